"""Commands for instructors after grading: what the class got wrong, and what new checks would change."""

from __future__ import annotations

import sys
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
    line_writer,
    shows_text,
    write_lines,
)
from autograder.cli.instructor import INSTRUCTORS, farm
from autograder.console import console, progress, say
from autograder.errors import AutograderError
from autograder.language import _
from autograder.runs import GradingRun
from autograder.sandbox import Limits
from autograder.store import Store
from autograder.units import Course


@app.command(rich_help_panel=INSTRUCTORS)
def report(
    units: Annotated[
        list[str] | None, typer.Argument(help="Units; default: all that were handed in, and the course.")
    ] = None,
    course: CourseOption = None,
    folder: Annotated[
        Path | None, typer.Option("--to", help="Where the pages go. Default: report/ in the course.")
    ] = None,
    alike: Annotated[
        float, typer.Option(help="How much alike a pair of submissions is to be named.", min=0.3, max=1.0)
    ] = 0.9,
    json_file: JsonOption = None,
    database: DatabaseOption = None,
) -> None:
    """Show what the class got wrong: marks, hardest exercises, named mistakes, near-identical submissions.

    Writes a page for each unit and one for the course, report/index.html. A page is one file and needs no network.
    Nothing is graded: run `autograder grade` first. The pages are for staff: they name students and hidden checks.
    """
    from autograder.course import Submissions
    from autograder.files import write
    from autograder.html_page import render
    from autograder.report import gather
    from autograder.report_page import Pages

    where = Course.find(course)
    handed_in = Submissions(where, units or [], database)
    store = Store.of(where, "cpu", Limits())
    found = list(gather(handed_in, store, alike))
    write_lines((figures.to_json() for figures in found), json_file)
    place = (folder or where.root / "report").resolve()
    pages = Pages(place)
    made = {f"{figures.unit.name}.html": pages.unit(figures) for figures in found}
    if not units:
        made["index.html"] = pages.course(
            str(handed_in.config.CourseDirectory.get("course_id", where.root.name)), found
        )
    for name, page in made.items():
        write(place / name, render(page), remedy="make room there, or name another folder with --to")
    if shows_text(json_file):
        say(f"report: {place / list(made)[-1]}")


@app.command(rich_help_panel=INSTRUCTORS)
def regrade(
    units: Annotated[
        list[str] | None, typer.Argument(help="Units; default: all that were handed in.")
    ] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Show what would change, and write no mark.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write without asking.")] = False,
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
    """Grade old submissions with new checks, points or mistakes: whose marks move, by how much and why; then write.

    Old marks are the gradebook's; manual marks stay as they are. Asks before it writes, but for --yes. With --diff,
    gradebook, graded notebooks and feedback pages stay untouched, and what was graded is kept for the run that writes.

    Exit 0 where every submission was graded or refused, 3 on a grader error.
    """
    from autograder.course import Submissions
    from autograder.regrading import Comparison, show

    if not (diff or yes or sys.stdin.isatty()):
        raise AutograderError(
            "this would ask before it writes, and there is no terminal; add --diff to look, or --yes to write"
        )
    limits = Limits(cell_seconds, check_seconds, submission_seconds, memory_mb)
    where = Course.find(course)
    handed_in = Submissions(where, units or [], database)
    pool = farm(cluster, handed_in.units, jobs, limits, device)
    store = Store.of(where, device, limits)
    comparison = Comparison(handed_in, store)
    with line_writer(json_file) as write, GradingRun(pool, handed_in.jobs, store) as run:
        run.require_isolation(allow_unsafe)
        with progress("Grading", len(handed_in.jobs)) as advance:
            for job, result in run.results():
                for move in comparison.add(job, result):
                    write(move.to_json())
                advance()
        if shows_text(json_file):
            show(comparison)
        code = 3 if comparison.broken else 0
        if diff or not comparison.moves or not (yes or typer.confirm(_("Write these marks?"), err=True)):
            if comparison.moves:
                console.print(_("nothing was written"))
            raise typer.Exit(code)
    with (
        GradingRun(pool, handed_in.jobs, store) as again,
        handed_in.writer(store) as writer,
        progress("Writing", len(handed_in.jobs)) as advance,
    ):
        for job, result in again.results():
            writer.add(job, result)
            advance()
    console.print(_("written: gradebook, graded notebooks and feedback pages"))
    raise typer.Exit(code)
