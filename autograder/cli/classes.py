"""Commands for instructors around grading: start a course, collect what a class handed in, export marks."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.common import CourseOption, DatabaseOption, JsonOption, app, shows_text, write_lines
from autograder.cli.instructor import INSTRUCTORS
from autograder.console import console, page, problem
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


class Format(StrEnum):
    """Say what `export` writes."""

    CSV = "csv"
    CANVAS = "canvas"
    MOODLE = "moodle"
    RESULTS = "results"
    GRADESCOPE = "gradescope"
    CLASSROOM = "github-classroom"
    CLASSROOM_RESULT = "classroom-result"


class Visibility(StrEnum):
    """Say when Gradescope shows a mark."""

    VISIBLE = "visible"
    AFTER_PUBLISHED = "after_published"
    AFTER_DUE_DATE = "after_due_date"
    HIDDEN = "hidden"


DEFAULT_OUTPUT = {
    Format.CSV: "grades.csv",
    Format.CANVAS: "canvas.csv",
    Format.MOODLE: "moodle.csv",
    Format.RESULTS: "results",
    Format.GRADESCOPE: "gradescope.zip",
    Format.CLASSROOM: "github-classroom",
    Format.CLASSROOM_RESULT: "-",
}


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
    page.print(f"{folder} has {len(taken)} units; its README.md says what comes next", markup=False)


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
    directory = nbgrader_config(where).CourseDirectory
    target = where.root / str(directory.get("submitted_directory", "submitted"))
    report = gather(sources, target, units, class_list(where, roster), unit, dry_run)
    write_lines(report.to_json(), json_file)
    if shows_text(json_file):
        for place, why in report.problems:
            problem(f"{place}: {why}")
        for of, students in report.missing.items():
            more = f" and {len(students) - 8} more" if len(students) > 8 else ""
            problem(f"{of}: nothing from {', '.join(students[:8])}{more}", error=False)
        late = sum(line["late"] for line in report.lines)
        parts = [f"{count} {status}" for status, count in sorted(report.counts.items())]
        parts += [f"{late} late"] if late else []
        parts += [f"{len(report.problems)} not understood"] if report.problems else []
        done = "would be put" if dry_run else "put"
        problem(f"{done} under {target}: {', '.join(parts) or 'nothing'}", error=False)
    raise typer.Exit(1 if report.problems or not report.lines else 0)


@app.command(rich_help_panel=INSTRUCTORS)
def export(
    format: Annotated[
        Format,
        typer.Argument(
            help="csv, canvas, moodle: tables of marks. results: Gradescope's results.json, a file per submission. gradescope: "
            "an autograder for Gradescope. github-classroom: a template repository with a workflow. classroom-result: what "
            "that workflow reports.",
        ),
    ],
    units: Annotated[list[str] | None, typer.Argument(help="Units; default: all.")] = None,
    course: CourseOption = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file or folder to write; - is standard output.")
    ] = None,
    template: Annotated[
        Path | None,
        typer.Option(
            help="For canvas and moodle: the system's own export, to be filled; rows and columns stay."
        ),
    ] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="Which column of the template is a unit's, as UNIT=HEADER.")
    ] = None,
    scale: Annotated[
        bool, typer.Option("--scale", help="Convert marks where the template's points differ.")
    ] = False,
    exercises: Annotated[
        bool, typer.Option("--exercises", help="For csv: a column per exercise, not per unit.")
    ] = False,
    roster: RosterOption = None,
    database: DatabaseOption = None,
    scores: Annotated[
        Path | None,
        typer.Option("--from", help="For results: what `score --json` wrote, in place of the gradebook."),
    ] = None,
    visibility: Annotated[
        Visibility, typer.Option(help="When Gradescope shows marks and hidden checks.")
    ] = Visibility.AFTER_PUBLISHED,
) -> None:
    """Write marks as tables for Canvas, Moodle or anything else, or set grading up on Gradescope or GitHub Classroom.

    Marks come from the gradebook: manual marks and late penalties are in. Who has no submission has no mark.

        autograder export canvas --template downloaded.csv --output upload.csv
    """
    from autograder.archives import write_bytes
    from autograder.platforms import classroom_result, read_scores, results_of_scores

    target = output or Path(DEFAULT_OUTPUT[format])
    if scores is not None and format is Format.RESULTS:
        found = results_of_scores(read_scores(scores), visibility)
        write_out(target if output else Path("results.json"), json.dumps(found, indent=1).encode() + b"\n")
        return
    if format is Format.CLASSROOM_RESULT:
        if scores is None:
            raise AutograderError(
                "classroom-result is made from what `autograder check --json` wrote; name it with --from"
            )
        write_out(target, classroom_result(read_scores(scores)).encode() + b"\n")
        return
    where = Course.find(course)
    if format in (Format.GRADESCOPE, Format.CLASSROOM):
        from autograder.packing import course_title
        from autograder.platforms import classroom_files, gradescope_zip

        side = "solutions" if format is Format.GRADESCOPE else "assignments"
        taken = chosen(where, units, side)
        if not taken:
            raise AutograderError(f"{where.root / side} holds no unit; name a course with --course")
        if format is Format.GRADESCOPE:
            write_out(target, gradescope_zip(where, taken, visibility))
            return
        for name, data in classroom_files(where, taken, course_title(where)).items():
            write_bytes(target / name, data)
        said(target)
        return
    export_marks(
        where,
        format,
        units or [],
        target,
        template,
        column or [],
        scale,
        exercises,
        roster,
        database,
        visibility,
    )


def export_marks(
    course: Course,
    format: Format,
    units: list[str],
    target: Path,
    template: Path | None,
    column: list[str],
    scale: bool,
    exercises: bool,
    roster: list[Path] | None,
    database: str | None,
    visibility: Visibility,
) -> None:
    """Write what the gradebook holds."""
    from autograder.archives import write_bytes
    from autograder.exporting import canvas_sheet, fill, moodle_sheet, plain_sheet, read_grades
    from autograder.platforms import results_of_graded

    columns = {}
    for pair in column:
        unit, equals, header = pair.partition("=")
        if not equals:
            raise typer.BadParameter(f"{pair!r} is not of the form UNIT=HEADER", param_hint="--column")
        columns[unit.strip()] = header
    grades = read_grades(course, units, database, class_list(course, roster))
    for graded in grades.graded.values():
        if graded.pending:
            console.print(f"{graded.student}, {graded.unit}: a mark is yet to be given by hand", markup=False)
    if format is Format.RESULTS:
        for (student, unit), graded in grades.graded.items():
            text = json.dumps(results_of_graded(graded, visibility), indent=1)
            write_bytes(target / student / unit / "results.json", text.encode() + b"\n")
        said(target)
        return
    if template is None or format is Format.CSV:
        sheets = {Format.CANVAS: canvas_sheet, Format.MOODLE: moodle_sheet}
        sheet = sheets[format](grades) if format in sheets else plain_sheet(grades, exercises)
        write_out(target, sheet.data())
        return
    filled = fill(template, grades, columns, scale)
    write_out(target, filled.sheet.data())
    console.print(f"{filled.filled} marks filled in", markup=False)
    for student in filled.without_row:
        console.print(f"no row for {student}; add what the system calls them to the class list", markup=False)
    for student in filled.several_rows:
        console.print(
            f"several rows could be {student}; none was filled in: tell them apart in the class list",
            markup=False,
        )
    for unit in filled.without_column:
        console.print(f"no column for {unit}; where there is one, name it with --column", markup=False)


def write_out(path: Path, data: bytes) -> None:
    """Write a file, or standard output where it is -; say so."""
    from autograder.archives import write_bytes

    if str(path) == "-":
        typer.get_binary_stream("stdout").write(data)
        return
    write_bytes(path, data)
    said(path)


def said(path: Path) -> None:
    console.print(f"wrote {path}", markup=False, soft_wrap=True)
