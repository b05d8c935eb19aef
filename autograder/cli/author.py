"""Commands for authors: prove checks, find inputs that tell mistakes apart."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.common import (
    CourseOption,
    JobsOption,
    JsonOption,
    app,
    cores,
    shows_text,
    write_lines,
    write_page,
)
from autograder.errors import AutograderError
from autograder.units import Course

AUTHORS = "For authors"


@app.command(rich_help_panel=AUTHORS)
def audit(
    names: Annotated[list[str] | None, typer.Argument(help="Units or exercises; default: all.")] = None,
    course: CourseOption = None,
    json_file: JsonOption = None,
    repeats: Annotated[int, typer.Option(help="How often right answers are graded again.")] = 20,
    quick: Annotated[
        bool, typer.Option("--quick", help="Named answers and junk alone: no mutants, no notebooks.")
    ] = False,
    page: Annotated[Path | None, typer.Option(help="Write the table as a Markdown page as well.")] = None,
    jobs: JobsOption = 0,
) -> None:
    """Prove the checks: stubs earn 0, right answers pass, wrong ones are caught, named where they have a name.

    Exit 1 where anything falls short.
    """
    from autograder.audit import as_page, audit_course
    from autograder.console import show_audit

    audits = audit_course(Course.find(course), names or [], repeats, quick, cores(jobs))
    if page is not None:
        write_page(page, as_page(audits))
    write_lines([item.to_json() for item in audits], json_file)
    if shows_text(json_file):
        show_audit(audits)
    raise typer.Exit(1 if any(item.findings for item in audits) else 0)


@app.command(rich_help_panel=AUTHORS)
def separate(
    exercise: Annotated[str, typer.Argument(help="An exercise.")],
    cases: Annotated[
        Path, typer.Argument(help="A Python file with draw(dice), which returns a tuple of arguments.")
    ],
    count: Annotated[int, typer.Option(help="How many cases are drawn.", min=1)] = 100,
    most: Annotated[int, typer.Option(help="How many are chosen.", min=1)] = 4,
    course: CourseOption = None,
) -> None:
    """Find the inputs that tell an exercise's wrong answers apart, for authors to put into checks.

    Exit 0 where the chosen cases catch every mistake and mutant, 1 where not.
    """
    from autograder.console import show_separation
    from autograder.separating import read_draw
    from autograder.separating import separate as search

    units = [unit for unit in Course.find(course).units().values() if exercise in unit.exercises]
    if not units:
        raise AutograderError(
            f"there is no exercise {exercise!r}; `autograder audit --help` says how to list them"
        )
    found = search(units[0], exercise, read_draw(cases), count, most)
    show_separation(found)
    raise typer.Exit(1 if found.uncaught else 0)
