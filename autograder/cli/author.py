"""Commands for authors: start an exercise, prove its checks, find inputs that tell mistakes apart."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.common import (
    CourseOption,
    Device,
    DeviceOption,
    JobsOption,
    JsonOption,
    app,
    at_a_time,
    line_writer,
    shows_text,
)
from autograder.console import say
from autograder.files import write
from autograder.units import Course

AUTHORS = "For authors"


new = typer.Typer(no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})
app.add_typer(
    new, name="new", help="Start a unit or an exercise that works as it stands.", rich_help_panel=AUTHORS
)


@new.command("unit")
def new_unit(
    name: Annotated[str, typer.Argument(help="The unit's name, as word_vectors: its folder and its id.")],
    course: CourseOption = None,
) -> None:
    """Make the folder of a unit: solutions/NAME/, with every file it needs, and exercises still to come."""
    from autograder.console import show_todos
    from autograder.scaffold import new_unit as make

    where = Course.find(course)
    unit, left = make(where, name)
    show_todos(f"made {unit.folder}", left, f"autograder new exercise NAME --unit {name}")


@new.command("exercise")
def new_exercise(
    name: Annotated[str, typer.Argument(help="The function's name, as layer_norm: its id everywhere.")],
    unit: Annotated[str, typer.Option(help="The unit that it belongs to.")],
    course: CourseOption = None,
) -> None:
    """Add an exercise to each file of a unit, at the end: a small one that works, with TODO where you come in."""
    from autograder.console import show_todos
    from autograder.scaffold import new_exercise as make

    made, left = make(Course.find(course), name, unit)
    show_todos(f"added {name} to {made.folder}", left, f"autograder audit {name} --quick")


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
    device: DeviceOption = Device.CPU,
) -> None:
    """Prove the checks: stubs earn 0, right answers pass, wrong ones are caught, named where they have a name.

    Exit 1 where anything falls short. On a GPU, it is all graded in notebooks, without mutants and junk, which know no
    device.
    """
    from autograder.audit import as_page, audit_course
    from autograder.console import show_audit

    if quick and device is not Device.CPU:
        raise typer.BadParameter(
            "what is quick runs on the CPU; leave one of the two out", param_hint="--quick"
        )
    where = Course.find(course)
    remedy = "name another file with --page"
    if page is not None:  # an audit takes minutes; a page that cannot be written is said before it
        write(page, page.read_bytes() if page.is_file() else "", remedy=remedy)
    with line_writer(json_file) as write_line:
        audits = audit_course(where, names or [], repeats, quick, at_a_time(jobs, device), device)
        for item in audits:
            write_line(item.to_json())
    if page is not None:
        write(page, as_page(audits, device), remedy=remedy)
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
    from autograder.student.standing import find_exercise

    unit, _ = find_exercise(Course.find(course).units(), exercise)
    found = search(unit, exercise, read_draw(cases), count, most)
    show_separation(found)
    raise typer.Exit(1 if found.uncaught else 0)


@app.command(rich_help_panel=AUTHORS)
def messages(
    units: Annotated[list[str] | None, typer.Argument(help="Units; default: all.")] = None,
    course: CourseOption = None,
    to: Annotated[str, typer.Option(help="The language that is translated to.")] = "zh_CN",
    program: Annotated[
        bool, typer.Option("--program", help="The program's own catalogue, not those of units.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; list what is missing or doubtful.")
    ] = False,
) -> None:
    """Renew the catalogues that translators fill in, solutions/UNIT/LANGUAGE.po, from what units say; translations stay.

    With --check, exit 1 where a translation is missing or departs from the English.
    """
    from autograder.messages import program_problems, renew_program, renew_unit, unit_problems

    if program and units:
        raise typer.BadParameter(
            "it is the catalogue of no unit: name no units with it", param_hint="--program"
        )
    where = Course.find(course)
    chosen = [where.unit(name) for name in units] if units else list(where.units().values())
    if not check:
        for path in [renew_program(to)] if program else [renew_unit(unit, to) for unit in chosen]:
            say(f"renewed {path}")
        return
    found = program_problems(to) if program else [text for unit in chosen for text in unit_problems(unit, to)]
    for text in found:
        say(text)
    raise typer.Exit(1 if found else 0)
