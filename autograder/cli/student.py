"""Commands for students: check your own work, see progress, take hints, start anew, hand in, practise questions."""

from __future__ import annotations

from collections.abc import Iterator
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
    write_lines,
)
from autograder.console import progress, say
from autograder.errors import AutograderError
from autograder.pool import Pool
from autograder.results import Job, Result
from autograder.runs import GradingRun, all_right
from autograder.sandbox import Limits
from autograder.student.hints import Hints, ladder
from autograder.student.reset import reset as put_back
from autograder.student.screen import Screen, show_hints, show_progress
from autograder.student.standing import find_exercise, shown_path, stand, student_side
from autograder.student.watch import watch as follow
from autograder.units import Course, Unit

STUDENTS = "For students"


def complete_unit(context: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Yield the released units that begin so, for the shell."""
    for unit in completable(context).values():
        if unit.name.startswith(incomplete):
            yield unit.name, unit.title


def complete_exercise(context: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Yield the released exercises that begin so, for the shell."""
    for unit in completable(context).values():
        for name in unit.exercises:
            if name.startswith(incomplete):
                yield name, unit.title


def complete_target(context: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Yield what `check` takes by name, for the shell."""
    yield from complete_unit(context, incomplete)
    yield from complete_exercise(context, incomplete)


def completable(context: typer.Context) -> dict[str, Unit]:
    """Return the released units; none where there is no course, since a shell has no use for an error."""
    try:
        return Course.find(context.params.get("course")).units("assignments")
    except AutograderError:
        return {}


UnitArgument = Annotated[str, typer.Argument(help="The unit.", autocompletion=complete_unit)]
ExerciseArgument = Annotated[str, typer.Argument(help="The exercise.", autocompletion=complete_exercise)]


@app.command(rich_help_panel=STUDENTS)
def check(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            help="Units, exercises or notebooks. Default: all of assignments/.",
            autocompletion=complete_target,
        ),
    ] = None,
    course: CourseOption = None,
    device: DeviceOption = Device.CPU,
    json_file: JsonOption = None,
    jobs: JobsOption = 1,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch", "-w", help="Stay, and check exercises as their notebook is saved. Keys: h r q."
        ),
    ] = False,
    poll: Annotated[
        float,
        typer.Option(
            min=0.01,
            max=60,
            help="With --watch: seconds between looks at the files; more for a slow network.",
        ),
    ] = 0.05,
) -> None:
    """Check your own saved notebooks with the visible checks; say what is right and what to do next.

    Exit 0 where everything asked for is right, 1 where not. With --watch it stays: save a notebook, and what you
    changed is checked at once. There, h gives a hint (each press says more), r checks again, q leaves.
    """
    from autograder.console import show_checked

    where = Course.find(course)
    units = student_side(where)
    wanted = [job for target in targets or list(units) for job in check_jobs(target, units)]
    if watch:
        with line_writer(json_file) as write:
            follow(where, units, wanted, device, poll, write, Screen(shows_text(json_file)))
        raise typer.Exit
    chosen = [unit for unit in units.values() if any(job.unit in (None, unit.name) for job in wanted)]
    pool = Pool(chosen, False, min(at_a_time(jobs, device), len(wanted)), Limits(), device, late=False)
    results: list[Result] = []
    with GradingRun(pool, wanted) as run, progress("Checking", len(wanted)) as advance:
        for _, result in run.results():
            results.append(result)
            advance()
    write_lines([result.to_json() for result in results], json_file)
    if shows_text(json_file):
        show_checked(results)
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


@app.command("progress", rich_help_panel=STUDENTS)
def show_progress_of(
    unit: Annotated[
        str | None,
        typer.Argument(help="The unit; without one, all units are listed.", autocompletion=complete_unit),
    ] = None,
    course: CourseOption = None,
    json_file: JsonOption = None,
    jobs: JobsOption = 0,
) -> None:
    """Show how far you have come: exercises, points and questions of each unit, by your saved notebooks.

    Only notebooks that have changed are checked anew. Exit 0, however far that is.
    """
    where = Course.find(course)
    student_side(where)
    chosen = [where.unit(unit, "assignments")] if unit else list(where.units("assignments").values())
    standings = []
    with progress("Checking", len(chosen)) as advance:
        for standing in stand(where, chosen, at_a_time(jobs)):
            standings.append(standing)
            advance()
    write_lines([standing.to_json() for standing in standings], json_file)
    if shows_text(json_file):
        show_progress(standings, in_full=unit is not None)


@app.command(rich_help_panel=STUDENTS)
def hint(
    exercise: ExerciseArgument,
    course: CourseOption = None,
    level: Annotated[
        int | None, typer.Option(min=1, help="Give this hint, 1 for the least telling, and not the next one.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Give all hints.")] = False,
) -> None:
    """Give the next hint for an exercise: first a nudge, then a pointer, then a sketch; never the solution."""
    where = Course.find(course)
    _, asked = find_exercise(student_side(where), exercise)
    hints = ladder(asked)
    if not hints:
        say(f"There are no hints for {exercise}.")
    elif everything:
        show_hints(hints)
    elif level is not None:
        show_hints([hints[min(level, len(hints)) - 1]])
    elif given := Hints(where).next(asked):
        show_hints([given])


@app.command(rich_help_panel=STUDENTS)
def reset(
    exercise: ExerciseArgument,
    course: CourseOption = None,
    notebook: Annotated[
        Path | None, typer.Option(help="The notebook. Default: the unit's own in assignments/.")
    ] = None,
) -> None:
    """Start an exercise anew: put its cell back as it was released; everything else in the notebook stays.

    A backup of the notebook is made beside it. A cell that was deleted comes back.
    """
    unit, _ = find_exercise(student_side(Course.find(course)), exercise)
    done = put_back(unit, exercise, notebook or unit.notebook)
    if done.backup:
        say(f"{exercise} is as it was released, in {shown_path(done.notebook)}.")
        say(f"The notebook as it was: {shown_path(done.backup)}")
        say("Is it open in JupyterLab? Then choose File, Reload Notebook from Disk.")
    for note in done.notes:
        say(f"Note: {note}.")


@app.command(rich_help_panel=STUDENTS)
def submit(
    unit: UnitArgument,
    course: CourseOption = None,
    student: Annotated[
        str | None,
        typer.Option(
            help="Your user name in the course. Default: as your questions are signed, else as here."
        ),
    ] = None,
    to: Annotated[Path, typer.Option(help="A folder, or the zip's name.")] = Path("."),
    exchange: Annotated[
        bool, typer.Option("--exchange", help="Hand in through nbgrader's exchange on this machine; no zip.")
    ] = False,
) -> None:
    """Hand in a unit: write one zip with its notebooks, as saved, for upload; say what is still missing.

    Nothing that is missing keeps you from handing in, and you may hand in again.
    """
    from autograder.student.submit import Submission

    where = Course.find(course)
    student_side(where)
    handed = Submission(where, where.unit(unit, "assignments"), student)
    for warning in handed.warnings():
        say(f"Note: {warning}")
    if exchange:
        say(f"Handed in through nbgrader's exchange: {unit}, {handed.exchange()}")
        return
    path = handed.write(to)
    say(f"{shown_path(path)} is ready to be uploaded: {unit} by {handed.student}.")


@app.command(rich_help_panel=STUDENTS)
def quiz(
    unit: Annotated[
        str | None,
        typer.Argument(help="The unit; without one, all units are listed.", autocompletion=complete_unit),
    ] = None,
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
