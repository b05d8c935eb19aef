"""The course run: grade what is in `submitted/`, and write gradebook, graded notebooks and feedback pages."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from autograder.errors import CourseError, NotebookError
from autograder.graded import graded_notebook
from autograder.nbgrader_bridge import FeedbackPages, Marks, nbgrader_config
from autograder.notebooks import read_notebook
from autograder.pool import Job
from autograder.results import Result
from autograder.units import Course, Unit


class CourseRun:
    """Hold one run over what a class handed in: the submissions found, and where results go."""

    def __init__(self, course: Course, names: Sequence[str], database: str | None = None) -> None:
        self.course = course
        known = course.units("solutions")
        for name in names:
            course.unit(name)
        self.config = nbgrader_config(course)
        if database:
            self.config.CourseDirectory.db_url = database
        directory = self.config.CourseDirectory
        self.submitted = course.root / str(directory.get("submitted_directory", "submitted"))
        self.autograded = course.root / str(directory.get("autograded_directory", "autograded"))
        self.feedback_folder = course.root / str(directory.get("feedback_directory", "feedback"))
        self.database = str(directory.get("db_url") or f"sqlite:///{course.root / 'gradebook.db'}")
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

    @property
    def jobs(self) -> list[Job]:
        """Return the grading jobs, in the order of the submissions."""
        return [
            Job(f"{student}/{unit}", str(self.notebook(student, unit)), unit=unit)
            for student, unit in self.submissions
        ]

    def notebook(self, student: str, unit: str) -> Path:
        """Return the notebook that a student handed in: the unit's, else the only one in the folder."""
        folder = self.submitted / student / unit
        expected = folder / f"{unit}.ipynb"
        others = sorted(folder.glob("*.ipynb"))
        return others[0] if not expected.exists() and len(others) == 1 else expected

    def write(self, results: Sequence[Result], advance: Callable[[], None]) -> None:
        """Write the gradebook, the graded notebooks and the feedback pages.

        Raise `CourseError` where something cannot be written; each student's marks are written whole or not at all.
        """
        try:
            self._write(results, advance)
        except (OSError, SQLAlchemyError) as error:
            cause = str(error).splitlines()[0]
            what = f"the gradebook {self.database}" if isinstance(error, SQLAlchemyError) else self.course.root
            raise CourseError(
                f"{what} cannot be written: {cause}; mend that and run it again: what was graded is kept"
            ) from None

    def _write(self, results: Sequence[Result], advance: Callable[[], None]) -> None:
        units = {unit.name: unit for unit in self.units}
        released = {name: read_released(self.course, unit) for name, unit in units.items()}
        marks = Marks(self.database, self.config, str(self.course.root))
        try:
            for unit in self.units:
                marks.ensure_unit(self.course, unit)
            pages = FeedbackPages(self.config)
            for (student, name), result in zip(self.submissions, results, strict=True):
                source = self.submitted / student / name
                notebook = graded_notebook(released[name], self._submitted(student, name, result), result)
                marks.record(student, units[name], result, timestamp(source))
                folder = self.autograded / student / name
                replace_folder(folder)
                write_text(folder / f"{name}.ipynb", json.dumps(notebook, indent=1) + "\n")
                if (source / "timestamp.txt").is_file():
                    shutil.copy(source / "timestamp.txt", folder / "timestamp.txt")
                page = pages.render(notebook, *marks.shown(student, units[name], notebook))
                write_text(self.feedback_folder / student / name / f"{name}.html", page)
                advance()
            marks.commit()
        finally:
            marks.close()

    def _submitted(self, student: str, unit: str, result: Result) -> Any:
        if result.status != "graded":
            return None
        try:
            return read_notebook(self.notebook(student, unit))
        except NotebookError:
            return None


def read_released(course: Course, unit: Unit) -> dict[str, Any]:
    """Return the released notebook of a unit."""
    path = course.root / "assignments" / unit.name / f"{unit.name}.ipynb"
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CourseError(f"{path}: {error}; run `autograder release {unit.name}`") from None
    return content


def timestamp(folder: Path) -> str | None:
    """Return when a submission was handed in, as nbgrader notes it."""
    try:
        return (folder / "timestamp.txt").read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def replace_folder(folder: Path) -> None:
    """Make an empty folder, in place of what stands there."""
    if folder.is_dir():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)
