"""Commands for students: check your own work, practise questions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.common import (
    CourseOption,
    DeviceOption,
    JobsOption,
    JsonOption,
    app,
    checked_device,
    cores,
    shows_text,
    write_lines,
)
from autograder.console import progress
from autograder.errors import AutograderError
from autograder.pool import Job, Pool
from autograder.results import Result
from autograder.runs import GradingRun, all_right
from autograder.sandbox import Limits
from autograder.units import Course, Unit

STUDENTS = "For students"


@app.command(rich_help_panel=STUDENTS)
def check(
    targets: Annotated[
        list[str] | None,
        typer.Argument(help="Units, exercises or notebooks. Default: all of assignments/."),
    ] = None,
    course: CourseOption = None,
    device: DeviceOption = "cpu",
    json_file: JsonOption = None,
    jobs: JobsOption = 1,
) -> None:
    """Check your own saved notebooks with the visible checks; say what is right and what to do next.

    Exit 0 where everything asked for is right, 1 where not.
    """
    from autograder.console import show_checked

    where = Course.find(course)
    units = where.units("assignments")
    if not units:
        raise AutograderError(f"{where.root / 'assignments'} holds no unit; run `autograder release` first")
    wanted = [job for target in targets or list(units) for job in check_jobs(target, units)]
    chosen = [unit for unit in units.values() if any(job.unit in (None, unit.name) for job in wanted)]
    at_a_time = min(jobs or cores(0), len(wanted))
    pool = Pool(chosen, False, at_a_time, Limits(), checked_device(device), late=False)
    results: list[Result] = []
    with GradingRun(pool, wanted) as run, progress("Checking", len(wanted)) as advance:
        for _, result in run.results():
            results.append(result)
            advance()
    write_lines([result.to_json() for result in results], json_file)
    if shows_text(json_file):
        show_checked(results, where.root)
    raise typer.Exit(0 if all(all_right(result) for result in results) else 1)


def check_jobs(target: str, units: dict[str, Unit]) -> list[Job]:
    """Return the jobs that a unit, an exercise or a notebook's path asks for."""
    if target in units:
        return [Job(target, str(units[target].notebook), unit=target)]
    for unit in units.values():
        if target in unit.exercises:
            return [Job(target, str(unit.notebook), unit=unit.name, exercises=[target])]
    if Path(target).suffix == ".ipynb" or Path(target).exists():
        return [Job(target, str(Path(target).resolve()))]
    names = ", ".join(units)
    raise AutograderError(f"{target!r} is no unit, exercise or notebook; the units are: {names}")


@app.command(rich_help_panel=STUDENTS)
def quiz(
    unit: Annotated[str | None, typer.Argument(help="The unit; without one, all units are listed.")] = None,
    course: CourseOption = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Forget the answers; other numbers are drawn.")
    ] = False,
    export: Annotated[
        Path | None,
        typer.Option(help="Instructors: write the questions and keys for Moodle (.xml) or Canvas (.zip)."),
    ] = None,
) -> None:
    """Practise a unit's questions here in the terminal; what is answered is kept, and a later call goes on."""
    from autograder.quizzes.practice import run

    raise typer.Exit(run(unit, course, restart, export))
