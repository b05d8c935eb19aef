"""Commands that write marks for other systems: a table for each gradebook, and what graders elsewhere take."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from autograder.cli.classes import RosterOption, chosen, class_list
from autograder.cli.common import CourseOption, DatabaseOption, app
from autograder.cli.instructor import INSTRUCTORS
from autograder.console import console, say
from autograder.errors import AutograderError
from autograder.units import Course, Unit

export = typer.Typer(
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Write marks as tables for Canvas, Moodle or anything else, or set grading up on Gradescope or GitHub Classroom.\n\n"
    "Marks come from the gradebook: manual marks and late penalties are in. Who has no submission has no mark.\n\n"
    "    autograder export canvas --template downloaded.csv --output upload.csv",
)
app.add_typer(export, name="export", rich_help_panel=INSTRUCTORS)

UnitsArgument = Annotated[list[str] | None, typer.Argument(help="Units; default: all.")]
OutputOption = Annotated[
    Path, typer.Option("--output", "-o", help="The file or folder to write; - is standard output.")
]
TemplateOption = Annotated[
    Path | None,
    typer.Option(help="The system's own export, to be filled; its rows and its other columns stay."),
]
ColumnOption = Annotated[
    list[str] | None, typer.Option(help="Which column of the template is a unit's, as UNIT=HEADER.")
]
ScaleOption = Annotated[
    bool, typer.Option("--scale", help="Convert marks where the template's points differ.")
]


class Visibility(StrEnum):
    """Say when Gradescope shows a mark."""

    VISIBLE = "visible"
    AFTER_PUBLISHED = "after_published"
    AFTER_DUE_DATE = "after_due_date"
    HIDDEN = "hidden"


VisibilityOption = Annotated[Visibility, typer.Option(help="When Gradescope shows marks and hidden checks.")]


@export.command("csv")
def export_csv(
    units: UnitsArgument = None,
    course: CourseOption = None,
    output: OutputOption = Path("grades.csv"),
    exercises: Annotated[
        bool, typer.Option("--exercises", help="A column per exercise, not per unit.")
    ] = False,
    roster: RosterOption = None,
    database: DatabaseOption = None,
) -> None:
    """Write a plain table: a row per student."""
    from autograder.exporting import plain_sheet

    write_out(output, plain_sheet(marks(course, units, database, roster), exercises).data())


@export.command("canvas")
def export_canvas(
    units: UnitsArgument = None,
    course: CourseOption = None,
    output: OutputOption = Path("canvas.csv"),
    template: TemplateOption = None,
    column: ColumnOption = None,
    scale: ScaleOption = False,
    roster: RosterOption = None,
    database: DatabaseOption = None,
) -> None:
    """Write a gradebook for Canvas's import; with `--template`, fill in the one that Canvas exported."""
    from autograder.exporting import canvas_sheet

    write_table(canvas_sheet, marks(course, units, database, roster), output, template, column, scale)


@export.command("moodle")
def export_moodle(
    units: UnitsArgument = None,
    course: CourseOption = None,
    output: OutputOption = Path("moodle.csv"),
    template: TemplateOption = None,
    column: ColumnOption = None,
    scale: ScaleOption = False,
    roster: RosterOption = None,
    database: DatabaseOption = None,
) -> None:
    """Write a table for Moodle's grade import; with `--template`, fill in an assignment's grading worksheet."""
    from autograder.exporting import moodle_sheet

    write_table(moodle_sheet, marks(course, units, database, roster), output, template, column, scale)


@export.command("results")
def export_results(
    units: UnitsArgument = None,
    course: CourseOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="The folder to write; with --from, the file, and - is standard output."
        ),
    ] = None,
    scores: Annotated[
        Path | None, typer.Option("--from", help="What `score --json` wrote, in place of the gradebook.")
    ] = None,
    visibility: VisibilityOption = Visibility.AFTER_PUBLISHED,
    database: DatabaseOption = None,
) -> None:
    """Write Gradescope's results.json, a file per submission."""
    from autograder.files import write
    from autograder.platforms import read_scores, results_of_graded, results_of_scores

    def text(found: Any) -> bytes:
        return json.dumps(found, indent=1).encode() + b"\n"

    if scores is not None:
        if units or database:
            raise typer.BadParameter(
                "with it no gradebook is read: name no units and no --db", param_hint="--from"
            )
        found = results_of_scores(read_scores(scores), visibility)
        write_out(output or Path("results.json"), text(found))
        return
    folder = output or Path("results")
    for (student, unit), graded in marks(course, units, database, None).graded.items():
        write(folder / student / unit / "results.json", text(results_of_graded(graded, visibility)))
    said(folder)


@export.command("gradescope")
def export_gradescope(
    units: UnitsArgument = None,
    course: CourseOption = None,
    output: OutputOption = Path("gradescope.zip"),
    visibility: VisibilityOption = Visibility.AFTER_PUBLISHED,
) -> None:
    """Write an autograder for Gradescope: a zip to upload. It holds the hidden checks."""
    from autograder.platforms import gradescope_zip

    where = Course.find(course)
    write_out(output, gradescope_zip(where, some(where, units, "solutions"), visibility))


@export.command("github-classroom")
def export_classroom(
    units: UnitsArgument = None,
    course: CourseOption = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to write.")] = Path(
        "github-classroom"
    ),
) -> None:
    """Write a template repository for GitHub Classroom, with a workflow that runs the visible checks."""
    from autograder.files import write
    from autograder.packing import course_title
    from autograder.platforms import classroom_files

    where = Course.find(course)
    taken = some(where, units, "assignments")
    for name, data in classroom_files(where, taken, course_title(where)).items():
        write(output / name, data)
    said(output)


@export.command("classroom-result")
def export_classroom_result(
    scores: Annotated[Path, typer.Option("--from", help="What `autograder check --json` wrote.")],
    output: OutputOption = Path("-"),
) -> None:
    """Write what that workflow reports to GitHub Classroom."""
    from autograder.platforms import classroom_result, read_scores

    write_out(output, classroom_result(read_scores(scores)).encode() + b"\n")


def marks(
    course: Path | None, units: list[str] | None, database: str | None, roster: list[Path] | None
) -> Any:
    """Return what the gradebook holds; say which marks are yet to be given by hand."""
    from autograder.exporting import read_grades

    where = Course.find(course)
    grades = read_grades(where, units or [], database, class_list(where, roster))
    for graded in grades.graded.values():
        if graded.pending:
            say(f"{graded.student}, {graded.unit}: a mark is yet to be given by hand", console)
    return grades


def write_table(
    sheet: Any, grades: Any, output: Path, template: Path | None, column: list[str] | None, scale: bool
) -> None:
    """Write a system's table of marks, or fill in its own; say what was not filled in."""
    from autograder.exporting import fill

    if template is None:
        if column or scale:
            option = "--column" if column else "--scale"
            raise typer.BadParameter(
                "it is about the system's own export: name that with --template", param_hint=option
            )
        write_out(output, sheet(grades).data())
        return
    filled = fill(template, grades, dict(columns(column or [])), scale)
    write_out(output, filled.sheet.data())
    say(f"{filled.filled} marks filled in", console)
    for student in filled.without_row:
        say(f"no row for {student}; add what the system calls them to the class list", console)
    for student in filled.several_rows:
        say(
            f"several rows could be {student}; none was filled in: tell them apart in the class list", console
        )
    for unit in filled.without_column:
        say(f"no column for {unit}; where there is one, name it with --column", console)


def columns(pairs: list[str]) -> Iterator[tuple[str, str]]:
    """Yield unit and header of each UNIT=HEADER."""
    for pair in pairs:
        unit, equals, header = pair.partition("=")
        if not equals:
            raise typer.BadParameter(f"{pair!r} is not of the form UNIT=HEADER", param_hint="--column")
        yield unit.strip(), header


def some(course: Course, names: list[str] | None, side: str) -> list[Unit]:
    """Return the units that were asked for; raise `AutograderError` where there are none."""
    if taken := chosen(course, names, side):
        return taken
    raise AutograderError(f"{course.root / side} holds no unit; name a course with --course")


def write_out(path: Path, data: bytes) -> None:
    """Write a file, or standard output where it is -; say so."""
    from autograder.files import write

    if str(path) == "-":
        typer.get_binary_stream("stdout").write(data)
        return
    write(path, data)
    said(path)


def said(path: Path) -> None:
    say(f"wrote {path}", console)
