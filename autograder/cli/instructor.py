"""Commands for instructors: make the students' side, grade files, grade a class."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.common import (
    CellOption,
    CheckOption,
    CourseOption,
    DeviceOption,
    JobsOption,
    JsonOption,
    MemoryOption,
    TotalOption,
    UnsafeOption,
    app,
    checked_device,
    cores,
    line_writer,
    shows_text,
    write_lines,
)
from autograder.console import console, problem, progress
from autograder.errors import AutograderError
from autograder.pool import Job, Pool
from autograder.results import Result
from autograder.runs import GradingRun, broken
from autograder.sandbox import Limits
from autograder.store import Store
from autograder.units import Course

INSTRUCTORS = "For instructors"


@app.command(rich_help_panel=INSTRUCTORS)
def release(
    units: Annotated[list[str] | None, typer.Argument(help="Units; default: all.")] = None,
    course: CourseOption = None,
) -> None:
    """Make the students' side, assignments/UNIT/, from solutions/UNIT/."""
    from autograder.release import release as make

    where = Course.find(course)
    chosen = [where.unit(name) for name in units] if units else list(where.units().values())
    for folder in make(where, chosen):
        console.print(f"released {folder}")


@app.command(rich_help_panel=INSTRUCTORS)
def score(
    notebooks: Annotated[list[Path], typer.Argument(help="Notebook files, whatever they are called.")],
    course: CourseOption = None,
    device: DeviceOption = "cpu",
    jobs: JobsOption = 0,
    json_file: JsonOption = None,
    allow_unsafe: UnsafeOption = False,
    cell_seconds: CellOption = Limits.cell_seconds,
    check_seconds: CheckOption = Limits.check_seconds,
    submission_seconds: TotalOption = Limits.submission_seconds,
    memory_mb: MemoryOption = Limits.memory_mb,
) -> None:
    """Grade notebook files, apart from any course run, with visible and hidden checks.

    Exit 0 where every file was graded or refused, 3 on a grader error.
    """
    from autograder.console import show_scores

    units = list(Course.find(course).units("solutions").values())
    if not units:
        raise AutograderError("grading needs solutions/, which the instructor has; students use `check`")
    asked = [Job(str(path), str(path.resolve())) for path in notebooks]
    limits = Limits(cell_seconds, check_seconds, submission_seconds, memory_mb)
    pool = Pool(units, True, cores(jobs), limits, checked_device(device))
    results: list[Result] = []
    with line_writer(json_file) as write, GradingRun(pool, asked) as run:
        run.require_isolation(allow_unsafe)
        with progress("Grading", len(asked)) as advance:
            for _, result in run.results():
                write(result.to_json())
                results.append(replace(result, cells=[]))
                advance()
    if shows_text(json_file):
        show_scores(results)
    raise typer.Exit(3 if any(broken(result) for result in results) else 0)


@app.command(rich_help_panel=INSTRUCTORS)
def grade(
    units: Annotated[
        list[str] | None, typer.Argument(help="Units; default: all that were handed in.")
    ] = None,
    course: CourseOption = None,
    device: DeviceOption = "cpu",
    jobs: JobsOption = 0,
    json_file: JsonOption = None,
    allow_unsafe: UnsafeOption = False,
    database: Annotated[str | None, typer.Option("--db", help="Gradebook, as an SQLAlchemy URL.")] = None,
    cell_seconds: CellOption = Limits.cell_seconds,
    check_seconds: CheckOption = Limits.check_seconds,
    submission_seconds: TotalOption = Limits.submission_seconds,
    memory_mb: MemoryOption = Limits.memory_mb,
) -> None:
    """Grade submitted/STUDENT/UNIT/ for a class: gradebook, graded notebooks, feedback pages.

    Exit 0 where every submission was graded or refused, 3 on a grader error.
    """
    from autograder.console import show_class
    from autograder.course import Submissions, Tally

    limits = Limits(cell_seconds, check_seconds, submission_seconds, memory_mb)
    where = Course.find(course)
    handed_in = Submissions(where, units or [], database)
    pool = Pool(handed_in.units, True, cores(jobs), limits, checked_device(device))
    store = Store(where.root / ".autograder" / "results", device, limits)
    tally = Tally()
    with (
        line_writer(json_file) as write,
        GradingRun(pool, handed_in.jobs, store) as run,
        handed_in.writer() as writer,  # while the warm process starts
    ):
        run.require_isolation(allow_unsafe)
        with progress("Grading", len(handed_in.jobs)) as advance:
            for job, result in run.results():
                writer.add(job, result)
                write(result.to_json())
                tally.add(job, result)
                advance()
    if shows_text(json_file):
        show_class(handed_in, tally)
    raise typer.Exit(3 if tally.broken else 0)


@app.command(rich_help_panel=INSTRUCTORS)
def doctor(json_file: JsonOption = None) -> None:
    """Say which protections this machine gives to whoever grades strangers' notebooks on it.

    Exit 0 where it gives them all, 1 where not.
    """
    from autograder.doctor import protections, verdict
    from autograder.sandbox import probe

    level = probe()
    write_lines([row.to_json() for row in protections(level)], json_file)
    if shows_text(json_file):
        for row in protections(level):
            problem(str(row), error=False)
        problem(verdict(level), error=False)
    raise typer.Exit(0 if level.isolates else 1)
