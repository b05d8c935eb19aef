"""Take marks out of the gradebook, and write them as tables: plain CSV, Canvas's gradebook, Moodle's.

A table that the system itself exported can be filled (`--template`): its rows, columns, separator and encoding stay, and marks go
where a row's student and a column's unit are known.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.errors import CourseError
from autograder.nbgrader_bridge import after_penalty, nbgrader_config, without_password
from autograder.records import gradebook_entries, gradebook_rows, people_in_gradebook
from autograder.results import in_points
from autograder.roster import Ambiguous, Person, Roster, people_of, slug
from autograder.senders import canvas_name
from autograder.sheets import Sheet, padded
from autograder.units import Course, Unit

POINTS = "points possible"


@dataclass(frozen=True)
class Mark:
    """Hold what one exercise or question earned, and what was said about it."""

    notebook: str
    exercise: str
    score: float
    max_score: float
    comment: str = ""


@dataclass
class Graded:
    """Hold a graded submission: its marks, what was taken off for lateness, and whether a mark is yet to be given."""

    student: str
    unit: str
    marks: list[Mark] = field(default_factory=list)
    penalties: dict[str, float] = field(default_factory=dict)
    pending: bool = False

    @property
    def score(self) -> float:
        """Return what counts: never less than 0."""
        return after_penalty(sum(mark.score for mark in self.marks), sum(self.penalties.values()))


@dataclass
class Grades:
    """Hold a class's marks by student and unit, what each unit gives, and who the students are."""

    units: dict[str, Unit]
    maxima: dict[str, float]
    graded: dict[tuple[str, str], Graded]
    people: Roster

    @property
    def students(self) -> list[str]:
        """Return everybody: those with marks, and those of the class list without."""
        return sorted({student for student, _ in self.graded} | set(self.people.people))

    def score(self, student: str, unit: str) -> float | None:
        """Return what a student earned in a unit; None where nothing was graded."""
        graded = self.graded.get((student, unit))
        return graded.score if graded else None


def read_grades(course: Course, names: Sequence[str], database: str | None, roster: Roster) -> Grades:
    """Read the marks of some units, or of all that the gradebook has."""
    from nbgrader.api import Assignment, Comment, SolutionCell
    from sqlalchemy import select

    known = course.units("solutions") or course.units("assignments")
    for name in names:
        if name not in known:
            raise CourseError(f"there is no unit {name!r}; there are: {', '.join(known) or 'none'}")
    url = database or str(nbgrader_config(course).CourseDirectory.db_url)
    points = dict(gradebook_rows(url, select(Assignment.name, Assignment.max_score)))
    units = {name: unit for name, unit in known.items() if name in points and (name in names or not names)}
    said = select(Comment.notebook_id, SolutionCell.name, Comment.comment)
    said = said.join(SolutionCell, Comment.cell_id == SolutionCell.id)
    comments = {
        (key, cell.removesuffix("_solution")): text or "" for key, cell, text in gradebook_rows(url, said)
    }
    graded: dict[tuple[str, str], Graded] = {}
    for (student, unit, notebook), entry in gradebook_entries(url).items():
        if unit in units:
            found = graded.setdefault((student, unit), Graded(student, unit))
            found.penalties[notebook] = entry.penalty
            for name, grade in entry.grades.items():
                comment = comments.get((entry.key, name), "")
                found.marks.append(Mark(notebook, name, grade.score, grade.points, comment))
                found.pending = found.pending or (grade.auto is None and grade.manual is None)
    if not graded:
        raise CourseError(
            f"there is no gradebook with marks at {without_password(url)}; run `autograder grade` first, "
            "or name another one with --db"
        )
    order = {name: at for unit in units.values() for at, name in enumerate(unit.exercises)}
    for found in graded.values():
        found.marks.sort(key=lambda mark: (mark.notebook, order.get(mark.exercise, 0), mark.exercise))
    people = Roster([*roster.people.values(), *people_in_gradebook(url)])
    return Grades(units, {name: float(points[name]) for name in units}, graded, people)


def plain_sheet(grades: Grades, exercises: bool = False) -> Sheet:
    """Return a table with a row per student and a column per unit, or per exercise."""
    columns: list[tuple[str, str]] = [(unit, "") for unit in grades.units]
    if exercises:
        named = {(g.unit, mark.exercise): None for g in grades.graded.values() for mark in g.marks}
        columns = [(unit, exercise) for unit in grades.units for of, exercise in named if of == unit]
    header = ["student", "first_name", "last_name", "email"]
    header += [f"{unit}.{exercise}" if exercise else unit for unit, exercise in columns]
    rows = []
    for student in grades.students:
        person = grades.people.people.get(student, Person(student))
        row = [student, *person.names, person.keys.get("email", "")]
        for unit, exercise in columns:
            graded = grades.graded.get((student, unit))
            found = [m.score for m in graded.marks if m.exercise == exercise] if graded and exercise else []
            row.append(in_points(sum(found) if found else None if exercise else grades.score(student, unit)))
        total = [grades.score(student, unit) for unit in grades.units]
        row += [in_points(sum(score or 0.0 for score in total)), in_points(sum(grades.maxima.values()))]
        rows.append(row)
    return Sheet([*header, "total", "max"], rows)


def canvas_sheet(grades: Grades) -> Sheet:
    """Return a table as Canvas imports it: who, a column per unit, and the points that each gives."""
    titles = [unit.title for unit in grades.units.values()]
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *titles]
    rows = [
        ["    Points Possible", "", "", "", "", *(in_points(grades.maxima[unit]) for unit in grades.units)]
    ]
    for student in grades.students:
        person = grades.people.people.get(student, Person(student))
        first, last = person.names
        name = f"{last}, {first}" if first and last else person.name or student
        known = [person.keys.get(kind, "") for kind in ("canvas", "sis")]
        login = person.keys.get("login", student)
        marks = [in_points(grades.score(student, unit)) for unit in grades.units]
        rows.append([name, *known, login, "", *marks])
    return Sheet(header, rows)


def moodle_sheet(grades: Grades) -> Sheet:
    """Return a table as Moodle's gradebook exports and imports it."""
    titles = [f"Assignment: {unit.title} (Real)" for unit in grades.units.values()]
    rows = []
    for student in grades.students:
        person = grades.people.people.get(student, Person(student))
        marks = [in_points(grades.score(student, unit)) for unit in grades.units]
        known = [person.keys.get("sis", student), person.keys.get("email", "")]
        rows.append([*person.names, *known, *marks])
    return Sheet(["First name", "Last name", "ID number", "Email address", *titles], rows)


@dataclass
class Filled:
    """Hold a filled table, and what could not be put into it."""

    sheet: Sheet
    filled: int = 0
    without_row: list[str] = field(default_factory=list)
    without_column: list[str] = field(default_factory=list)
    several_rows: list[str] = field(default_factory=list)


def fill(template: Path, grades: Grades, columns: Mapping[str, str], scale: bool) -> Filled:
    """Fill a table that Canvas or Moodle exported; raise `CourseError` where marks would mean something else there."""
    sheet = Sheet.read(template)
    sheet.rows = [padded(row, len(sheet.header)) for row in sheet.rows]
    places = unit_columns(template, sheet, grades, columns)
    result = Filled(sheet, without_column=[unit for unit in grades.units if unit not in places])
    most = {
        unit: maximum(template, sheet, unit, at, grades.maxima[unit], scale) for unit, at in places.items()
    }
    fixed = sheet.column("grade can be changed")
    students = [whose(person, grades) for person in people_of(sheet)]
    counts = Counter(student for student in students if student is not None)
    result.several_rows = sorted(student for student, count in counts.items() if count > 1)
    for row, student in zip(sheet.rows, students, strict=True):
        if student is None or counts[student] > 1:
            continue
        if fixed is not None and row[fixed].strip().casefold() == "no":
            continue
        for unit, at in places.items():
            score = grades.score(student, unit)
            if score is not None and row[at].strip().upper() not in ("EX", "N/A"):
                row[at] = in_points(
                    score * most[unit] / grades.maxima[unit] if grades.maxima[unit] else score
                )
                result.filled += 1
    result.without_row = sorted({student for student, _ in grades.graded} - set(counts))
    return result


def whose(person: Person, grades: Grades) -> str | None:
    """Return the student with marks whom a row is about; None where that is nobody, or not clear."""
    marked = {student for student, _ in grades.graded}
    try:
        known = grades.people.find(person.pairs())
    except Ambiguous:
        return None
    if known is not None:
        return known.id if known.id in marked else None
    email = person.keys.get("email", "").partition("@")[0]
    names = (canvas_name(person), slug(person.name), email)
    return next((name for name in names if name and name in marked), None)


def unit_columns(template: Path, sheet: Sheet, grades: Grades, columns: Mapping[str, str]) -> dict[str, int]:
    """Return where each unit's marks go: into the column named for it, or that of its name or title."""
    headers = {plain_header(header): at for at, header in enumerate(sheet.header)}
    places: dict[str, int] = {}
    grade = sheet.column("grade")
    for name, unit in grades.units.items():
        given = columns.get(name)
        wanted = [given] if given is not None else [name, unit.title]
        at = next((headers[plain_header(text)] for text in wanted if plain_header(text) in headers), None)
        if at is None and given is not None:
            raise CourseError(
                f"{template}: there is no column {given!r}; there are: {', '.join(sheet.header)}"
            )
        if at is None and sheet.column("identifier") is not None and grade is not None:
            if len(grades.units) > 1:
                raise CourseError(f"{template}: a grading worksheet is for one unit; name it")
            at = grade
        if at is not None:
            places[name] = at
    if not places:
        raise CourseError(
            f"{template}: no column is called like a unit; say which is which, as with "
            f"--column '{next(iter(grades.units))}={sheet.header[-1]}'. The columns are: {', '.join(sheet.header)}"
        )
    return places


def plain_header(text: str) -> str:
    """Return what a column is about: without Canvas's number, Moodle's kind of activity and kind of mark."""
    text = re.sub(r"\s*\((?:\d+|Real)\)\s*$", "", text.strip())
    return re.sub(r"^[A-Z]\w+:\s*", "", text).casefold()


def maximum(template: Path, sheet: Sheet, unit: str, at: int, ours: float, scale: bool) -> float:
    """Return what a unit gives in a table; raise `CourseError` where that is not what it gives here."""
    cells: Iterable[str] = [row[at] for row in sheet.rows if row[0].strip().casefold() == POINTS]
    if sheet.column("grade") == at and (column := sheet.column("maximum grade")) is not None:
        cells = {row[column] for row in sheet.rows}
    found = {float(cell.replace(",", ".")) for cell in cells if re.fullmatch(r"\s*\d+([.,]\d+)?\s*", cell)}
    if not found or found == {ours}:
        return ours
    if len(found) == 1 and scale:
        return found.pop()
    theirs = ", ".join(f"{value:g}" for value in sorted(found))
    raise CourseError(
        f"{template}: {unit} gives {theirs} points there and {ours:g} here; set {ours:g} points there and export it again, "
        "or convert marks with --scale"
    )
