"""Commands for instructors around grading: start a course, collect what a class handed in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.common import CourseOption, JsonOption, app, shows_text, write_lines
from autograder.cli.instructor import INSTRUCTORS
from autograder.console import problem, say
from autograder.errors import AutograderError, CourseError
from autograder.roster import FILE, Roster
from autograder.units import Course, Unit

RosterOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--roster",
        help="Class list: a CSV file with a column id, and name, email, login, sis_id, canvas_id, github as far as known; "
        "or a gradebook exported from Canvas, or a grading worksheet from Moodle. Can be given more than once. "
        "Default: students.csv in the course's folder.",
    ),
]


def chosen(course: Course, names: list[str] | None, side: str) -> list[Unit]:
    """Return the units that were asked for, or all, in the course's order."""
    for name in names or []:
        course.unit(name, side)
    return [unit for unit in course.units(side).values() if not names or unit.name in names]


def class_list(course: Course, given: list[Path] | None) -> Roster:
    """Return the class list that was given, or the course's own."""
    own = course.root / FILE
    return Roster.load(given or ([own] if own.is_file() else []))


@app.command(rich_help_panel=INSTRUCTORS)
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    units: Annotated[list[str] | None, typer.Argument(help="Units to take along; default: all.")] = None,
    course: CourseOption = None,
    name: Annotated[str, typer.Option(help="The course's name for nbgrader; default: the folder's.")] = "",
) -> None:
    """Start a course of your own in DIR: units with their checks, nbgrader's settings, a class list to fill in.

    The content comes from a checkout of the course: the one at or above this folder, or --course.
    """
    from autograder.starting import start

    try:
        source = Course.find(course)
        taken = chosen(source, units, "solutions")
    except CourseError:
        if course is not None or units:
            raise
        taken = []
    if not taken:
        raise AutograderError(
            "there are no units to start from: the installed program holds none. Fetch the course's repository, and run "
            "`autograder init DIR` in it, or name it with --course"
        )
    start(source, folder, taken, name or folder.resolve().name)
    say(f"{folder} has {len(taken)} units; its README.md says what comes next")


@app.command(rich_help_panel=INSTRUCTORS)
def collect(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="SOURCE...",
            help="Bulk downloads from Moodle, Canvas or Gradescope (zips, or unpacked), nbgrader's exchange, a folder of "
            "GitHub Classroom clones, of zips that `autograder submit` made, or of notebooks by student.",
        ),
    ],
    course: CourseOption = None,
    roster: RosterOption = None,
    unit: Annotated[
        str | None, typer.Option(help="The unit that all of it is of; others are left out.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done; change nothing.")
    ] = False,
    json_file: JsonOption = None,
) -> None:
    """Put what a class handed in under submitted/STUDENT/UNIT/, the latest attempt of each.

    Units are recognised from the notebooks. What was not understood is listed. It can be run again: what is there already stays,
    and what is replaced is kept in .autograder/replaced/. Exit 0 where all was understood, 1 where not.
    """
    from autograder.collecting import collect as gather
    from autograder.nbgrader_bridge import nbgrader_config

    where = Course.find(course)
    units = where.units("solutions") or where.units("assignments")
    if unit is not None and unit not in units:
        raise AutograderError(f"there is no unit {unit!r}; there are: {', '.join(units)}")
    target = where.root / str(nbgrader_config(where).CourseDirectory.submitted_directory)
    report = gather(sources, target, units, class_list(where, roster), unit, dry_run)
    write_lines(report.to_json(), json_file)
    if shows_text(json_file):
        for place, why in report.problems:
            problem(f"{place}: {why}")
        for of, students in report.missing.items():
            more = f" and {len(students) - 8} more" if len(students) > 8 else ""
            say(f"{of}: nothing from {', '.join(students[:8])}{more}")
        late = sum(line["late"] for line in report.lines)
        parts = [f"{count} {status}" for status, count in sorted(report.counts.items())]
        parts += [f"{late} late"] if late else []
        parts += [f"{len(report.problems)} not understood"] if report.problems else []
        done = "would be put" if dry_run else "put"
        say(f"{done} under {target}: {', '.join(parts) or 'nothing'}")
    raise typer.Exit(1 if report.problems or not report.lines else 0)
