"""Commands for instructors: make the students' side, grade files, grade a class."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.common import (
    CellOption,
    CheckOption,
    ClusterOption,
    CourseOption,
    DatabaseOption,
    Device,
    DeviceOption,
    JobsOption,
    JsonOption,
    MemoryOption,
    TotalOption,
    UnsafeOption,
    app,
    at_a_time,
    line_writer,
    shows_text,
    write_lines,
)
from autograder.console import console, progress, say
from autograder.errors import AutograderError
from autograder.language import ENGLISH, asked
from autograder.pool import Pool
from autograder.results import Job, Result
from autograder.runs import Farm, GradingRun, broken
from autograder.sandbox import Limits
from autograder.store import Store
from autograder.units import Course, Unit

INSTRUCTORS = "For instructors"


@app.command(rich_help_panel=INSTRUCTORS)
def release(
    units: Annotated[list[str] | None, typer.Argument(help="Units; default: all.")] = None,
    course: CourseOption = None,
    zip_file: Annotated[
        Path | None,
        typer.Option("--zip", help="Also write one zip for students: notebooks, data, this program."),
    ] = None,
) -> None:
    """Make the students' side, assignments/UNIT/, from solutions/UNIT/.

    With --lang zh_CN, prose and contracts of the notebooks are in Chinese; code, names and checks are the same.
    """
    from autograder.release import release as make

    where = Course.find(course)
    chosen = [where.unit(name) for name in units] if units else list(where.units().values())
    for folder in make(where, chosen, spoken=asked() or ENGLISH):
        say(f"released {folder}", console)
    if zip_file is not None:
        from autograder.files import write
        from autograder.packing import course_title, student_zip

        write(zip_file, student_zip(where, chosen, course_title(where)))
        say(f"wrote {zip_file}", console)


def farm(cluster: str | None, units: list[Unit], jobs: int, limits: Limits, device: Device) -> Farm:
    """Return what grades: this machine's processors, or a cluster's."""
    if cluster is None:
        return Pool(units, True, at_a_time(jobs, device), limits, device)
    if jobs:
        raise typer.BadParameter("a cluster's workers say how much they do at a time", param_hint="--jobs")
    from autograder.cluster import Cluster

    return Cluster(cluster, units, True, limits, device)


@app.command(rich_help_panel=INSTRUCTORS)
def score(
    notebooks: Annotated[
        list[Path] | None, typer.Argument(help="Notebook files, whatever they are called.")
    ] = None,
    course: CourseOption = None,
    device: DeviceOption = Device.CPU,
    jobs: JobsOption = 0,
    json_file: JsonOption = None,
    allow_unsafe: UnsafeOption = False,
    cluster: ClusterOption = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            "--keep",
            help="Keep each result in this folder, with versions, seeds and hashes, and grade nothing there twice.",
        ),
    ] = None,
    result: Annotated[
        str | None,
        typer.Option(
            "--replay",
            metavar="RESULT",
            help="Grade again what a kept result was made of, and say what differs: the result's file, the first "
            "letters of its name, or a notebook that was graded. NOTEBOOKS then says where to find the notebook.",
        ),
    ] = None,
    cell_seconds: CellOption = Limits.cell_seconds,
    check_seconds: CheckOption = Limits.check_seconds,
    submission_seconds: TotalOption = Limits.submission_seconds,
    memory_mb: MemoryOption = Limits.memory_mb,
) -> None:
    """Grade notebook files, apart from any course run, with visible and hidden checks.

    Exit 0 where every file was graded or refused, 3 on a grader error; with --replay, 1 where marks differ.
    """
    from autograder.console import show_scores

    notebooks = notebooks or []
    where = Course.find(course)
    if result is not None:
        raise typer.Exit(again(where, result, notebooks, keep, json_file, allow_unsafe))
    if not notebooks:
        raise typer.BadParameter("name the notebook files to grade", param_hint="NOTEBOOKS")
    units = list(where.units("solutions").values())
    if not units:
        raise AutograderError("grading needs solutions/, which the instructor has; students use `check`")
    given = [Job(str(path), str(path.resolve())) for path in notebooks]
    limits = Limits(cell_seconds, check_seconds, submission_seconds, memory_mb)
    pool = farm(cluster, units, jobs, limits, device)
    store = Store(keep, device, limits) if keep else None
    results: list[Result] = []
    with line_writer(json_file) as write, GradingRun(pool, given, store) as run:
        run.require_isolation(allow_unsafe)
        with progress("Grading", len(given)) as advance:
            for _, graded in run.results():
                write(graded.to_json())
                results.append(replace(graded, cells=[]))
                advance()
    if shows_text(json_file):
        show_scores(results)
    raise typer.Exit(3 if any(map(broken, results)) else 0)


def again(
    course: Course,
    name: str,
    notebooks: list[Path],
    keep: Path | None,
    json_file: Path | None,
    allow_unsafe: bool,
) -> int:
    """Grade again what a kept result was made of; return the exit code."""
    from autograder.replay import Replay

    kept = keep or course.root / ".autograder" / "results"
    replay = Replay.run(course, name, notebooks, kept, allow_unsafe)
    write_lines([replay.to_json()], json_file)
    if shows_text(json_file):
        for line in replay.lines():
            say(line)
    return 3 if broken(replay.now) else 0 if replay.same_marks else 1


@app.command(rich_help_panel=INSTRUCTORS)
def grade(
    units: Annotated[
        list[str] | None, typer.Argument(help="Units; default: all that were handed in.")
    ] = None,
    course: CourseOption = None,
    device: DeviceOption = Device.CPU,
    jobs: JobsOption = 0,
    json_file: JsonOption = None,
    allow_unsafe: UnsafeOption = False,
    cluster: ClusterOption = None,
    database: DatabaseOption = None,
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
    pool = farm(cluster, handed_in.units, jobs, limits, device)
    store = Store.of(where, device, limits)
    tally = Tally()
    with (
        line_writer(json_file) as write,
        GradingRun(pool, handed_in.jobs, store) as run,
        handed_in.writer(store) as writer,  # while the warm process starts
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
def serve(
    course: CourseOption = None,
    port: Annotated[
        int | None, typer.Option(help="The port to listen on. Default: 8888, else any free one.", min=0)
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the addresses; open no browser.")
    ] = False,
) -> None:
    """Open formgrader and JupyterLab on a course; Autograde there uses the same examiner as `grade`.

    The addresses hold a token, and only this machine can reach them. Ctrl-C stops it.
    """
    from autograder.serving import serve as start

    start(Course.find(course), port, browser=not no_browser)


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
            say(str(row))
        say(verdict(level))
    raise typer.Exit(0 if level.isolates else 1)
