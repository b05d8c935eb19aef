"""The course run: grade what is in `submitted/`, and write gradebook, graded notebooks and feedback pages."""

from __future__ import annotations

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from autograder.errors import CourseError, NotebookError
from autograder.files import write_whole
from autograder.graded import graded_notebook
from autograder.language import asked, released_in, speaking
from autograder.nbgrader_bridge import Marks, first_line, nbgrader_config, without_password
from autograder.notebooks import Notebook, read_notebook
from autograder.pages import feedback_page
from autograder.quizzes.reading import quiz_notebook_name
from autograder.records import Records
from autograder.results import Job, Result
from autograder.runs import broken
from autograder.store import Store
from autograder.units import Course, Unit


class Submissions:
    """Hold what a class handed in, and where results go."""

    def __init__(self, course: Course, names: Sequence[str], database: str | None = None) -> None:
        self.course = course
        known = course.units("solutions")
        for name in names:
            course.unit(name)
        self.config = nbgrader_config(course)
        if database:
            self.config.CourseDirectory.db_url = database
        directory = self.config.CourseDirectory
        self.submitted = course.root / str(directory.submitted_directory)
        self.autograded = course.root / str(directory.autograded_directory)
        self.feedback_folder = course.root / str(directory.feedback_directory)
        self.database = str(directory.db_url)
        if not self.submitted.is_dir():
            raise CourseError(f"{self.submitted} is not there; collect submissions first")
        self.submissions = [
            (student, unit)
            for student in sorted(entry.name for entry in self.submitted.iterdir() if entry.is_dir())
            for unit in known
            if (not names or unit in names) and (self.submitted / student / unit).is_dir()
        ]
        if not self.submissions:
            raise CourseError(
                f"{self.submitted} holds no submission for {', '.join(names or known)}; "
                "submissions are expected as submitted/STUDENT/UNIT/UNIT.ipynb"
            )
        taken = {unit for _, unit in self.submissions}
        self.units = [unit for unit in known.values() if unit.name in taken]

    @cached_property
    def jobs(self) -> list[Job]:
        """Return the grading jobs, in the order of the submissions; marked questions come after their unit's exercises."""
        return [
            Job(f"{student}/{name}", str(path), unit=unit, student=student, quiz=name != unit)
            for student, unit in self.submissions
            for name in self.notebooks(unit)
            if (path := self.notebook(student, unit, name)).exists() or name == unit
        ]

    def notebooks(self, unit: str) -> list[str]:
        """Return the names of the notebooks that a unit asks for: its own, and that of its quiz where it is released."""
        quiz = quiz_notebook_name(unit)
        return [unit, quiz] if released_path(self.course, unit, quiz).is_file() else [unit]

    def notebook(self, student: str, unit: str, name: str) -> Path:
        """Return a notebook that a student handed in; in the unit's place, the only other one in the folder."""
        folder = self.submitted / student / unit
        expected = folder / f"{name}.ipynb"
        if name != unit or expected.exists():
            return expected
        others = sorted(set(folder.glob("*.ipynb")) - {folder / f"{quiz_notebook_name(unit)}.ipynb"})
        return others[0] if len(others) == 1 else expected

    @contextmanager
    def writer(self, store: Store) -> Iterator[Writer]:
        """Open the gradebook. Each student's marks in a unit are written whole or not at all."""
        with self.said_what_fails():
            writer = Writer(self, Records(self.course.root, store))
        try:
            yield writer
            writer.flush()
        finally:
            with self.said_what_fails():
                writer.marks.close()

    @contextmanager
    def said_what_fails(self) -> Iterator[None]:
        """Raise `CourseError` where the gradebook, or the course's folder, cannot be written."""
        try:
            yield
        except (OSError, SQLAlchemyError) as error:
            cause = first_line(error)
            what = (
                f"the gradebook {without_password(self.database)}"
                if isinstance(error, SQLAlchemyError)
                else self.course.root
            )
            raise CourseError(
                f"{what} cannot be written: {cause}; mend that and run it again: what was graded is kept"
            ) from None


class Writer:
    """Write marks, graded notebooks and feedback pages, a submission at a time."""

    def __init__(self, submissions: Submissions, records: Records) -> None:
        self.submissions, self.records = submissions, records
        self.units = {unit.name: unit for unit in submissions.units}
        self.released = {
            name: read_released(submissions.course, unit, name)
            for unit in submissions.units
            for name in submissions.notebooks(unit.name)
        }
        self.marks = Marks(submissions.database, submissions.config, str(submissions.course.root))
        for unit in submissions.units:
            self.marks.ensure_unit(submissions.course, unit)
        self.waiting: dict[str, tuple[Job, Result]] = {}  # the notebooks of one submission

    def add(self, job: Job, result: Result) -> None:
        """Take the result of a notebook; those of one submission come one after the other."""
        if any((job.student, job.unit) != (other.student, other.unit) for other, _ in self.waiting.values()):
            self.flush()
        self.waiting[job.name.rpartition("/")[2]] = job, result

    def flush(self) -> None:
        """Write the submission whose notebooks have come."""
        if not self.waiting:
            return
        found, self.waiting = self.waiting, {}
        first, _ = next(iter(found.values()))
        student, unit = str(first.student), self.units[str(first.unit)]
        spoken = asked() or released_in(self.released[unit.name])
        with speaking(spoken), self.submissions.said_what_fails():
            self.write(student, unit, found)

    def write(self, student: str, unit: Unit, found: Mapping[str, tuple[Job, Result]]) -> None:
        """Write one submission, in the language of its released notebooks."""
        run = self.submissions
        source, folder = run.submitted / student / unit.name, run.autograded / student / unit.name
        names = run.notebooks(unit.name)
        given = {name: found[name][1] if name in found else None for name in names}
        made = {
            name: graded_notebook(self.released[name], submitted(job, result), result)
            for name, (job, result) in found.items()
        }
        self.marks.record(student, unit, given, timestamp(source))
        replace_folder(folder)
        if handed_in := timestamp(source):
            write_whole(folder / "timestamp.txt", handed_in)
        for name in names:
            page = run.feedback_folder / student / unit.name / f"{name}.html"
            if name not in made:
                page.unlink(missing_ok=True)
                continue
            write_whole(folder / f"{name}.ipynb", json.dumps(made[name], indent=1) + "\n")
            write_whole(page, feedback_page(made[name], *self.marks.shown(student, unit, name)))
        self.marks.commit()
        write_whole(self.records.path(student, unit.name), self.records.text(unit, found))


@dataclass
class Tally:
    """Count what a class earned, without holding its results."""

    marks: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    statuses: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    mistakes: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    broken: bool = False

    def add(self, job: Job, result: Result) -> None:
        """Count one notebook."""
        taken = str(job.student), str(job.unit)
        self.marks[taken] += result.score
        self.statuses[taken].append(result.status)
        self.mistakes.update(f"{e.name}: {e.mistake}" for e in result.exercises if e.mistake)
        if result.status != "graded":
            self.problems.append(f"{result.status}: {result.error or ''}")
        self.broken = self.broken or broken(result)


def submitted(job: Job, result: Result) -> Notebook | None:
    """Return what was handed in, where it was graded."""
    if result.status != "graded":
        return None
    try:
        return read_notebook(Path(job.path or ""))
    except NotebookError:
        return None


def released_path(course: Course, unit: str, name: str) -> Path:
    """Return where a released notebook of a unit is."""
    return course.root / "assignments" / unit / f"{name}.ipynb"


def read_released(course: Course, unit: Unit, name: str | None = None) -> dict[str, Any]:
    """Return a released notebook of a unit: its own, or another by name."""
    path = released_path(course, unit.name, name or unit.name)
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CourseError(f"{path}: {error}; run `autograder release {unit.name}`") from None
    return content


def timestamp(folder: Path) -> str | None:
    """Return when a submission was handed in, as nbgrader notes it; a link is not followed."""
    path = folder / "timestamp.txt"
    try:
        return None if path.is_symlink() else path.read_text(encoding="utf-8")[:100].strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def replace_folder(folder: Path) -> None:
    """Make an empty folder, in place of what stands there."""
    if folder.is_dir():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
