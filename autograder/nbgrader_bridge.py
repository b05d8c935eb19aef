"""The way into nbgrader: its configuration, its converters, its gradebook and its feedback pages."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from autograder.errors import CourseError
from autograder.feedback import as_comment
from autograder.quizzes.reading import quiz_notebook_name
from autograder.results import Outcome, Result
from autograder.units import Course, Unit

SOUGHT = [
    ("grade", "notebook_id"),
    ("comment", "notebook_id"),
    ("submitted_notebook", "assignment_id"),
    ("submitted_assignment", "student_id"),
]
ATTEMPTS = 3
ROLLED_BACK = "40"  # the class of SQL's states for transactions that were in another's way, as in a deadlock
TURN = 0x6D61726B73  # a number that stands for the right to prepare a gradebook
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def nbgrader_entry(grade_id: str, solution: bool, points: float | None = None) -> dict[str, Any]:
    """Return a cell's nbgrader metadata: solution, grade (where there are points), or read-only."""
    entry: dict[str, Any] = {
        "grade": points is not None,
        "grade_id": grade_id,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        entry["points"] = points
    return {"nbgrader": entry}


def nbgrader_config(course: Course) -> Any:
    """Return the configuration in the course's `nbgrader_config.py`, complete with the course's folders and gradebook."""
    from traitlets.config import Config
    from traitlets.config.loader import PyFileConfigLoader

    path = course.root / "nbgrader_config.py"
    config = Config()
    if path.is_file():
        config.merge(PyFileConfigLoader(path.name, path=str(path.parent)).load_config())
    directory = config.CourseDirectory
    directory.root = str(course.root)
    directory.setdefault("release_directory", "assignments")
    for name in ("submitted", "autograded", "feedback"):
        directory.setdefault(f"{name}_directory", name)
    directory.setdefault("db_url", f"sqlite:///{course.root / 'gradebook.db'}")
    # nbgrader starts `alembic` for a new gradebook, and looks for it on the path alone.
    tools = os.path.dirname(sys.executable)
    if tools not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([tools, os.environ.get("PATH", "")])
    return config


class _Collect(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        lines = record.getMessage().strip().splitlines() or [""]
        if lines[0].startswith("Traceback"):
            # An exception stands at the left margin; the rest is indented.
            causes = [line for line in lines if re.match(r"[\w.]+: ", line)]
            lines = causes[-1:] or lines[-1:]
        self.lines += lines


def run_converter(converter: Any, doing: str) -> None:
    """Run one of nbgrader's converters; raise `CourseError` with what it logged where it fails."""
    from nbgrader.converters.base import NbGraderException

    collected = _Collect()
    converter.log.addHandler(collected)
    try:
        converter.start()
    except (NbGraderException, SystemExit):
        lines = "\n".join(collected.lines[:2])
        raise CourseError(f"nbgrader failed {doing}:\n{lines}\nmend that and run it again") from None
    finally:
        converter.log.removeHandler(collected)


@contextmanager
def turn(database: str) -> Iterator[None]:
    """Wait for this grader's turn to prepare a gradebook on a server; one in a file has a lock of its own."""
    from sqlalchemy import NullPool, create_engine, text

    engine = create_engine(database, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.connect() as line:
        line.execute(text(f"SELECT pg_advisory_lock({TURN})"))
        yield  # the end of the connection is the end of the lock


def without_password(database: str) -> str:
    """Return a database's URL as it may be shown."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(database).render_as_string()
    except ArgumentError:
        return database


def first_line(error: Exception) -> str:
    """Return the first line of what went wrong; of a database's errors, what the database itself said."""
    return (str(getattr(error, "orig", None) or error) or type(error).__name__).splitlines()[0]


def worth_another_try(error: Exception) -> bool:
    """Tell whether what failed came of other graders: entries that they made first, or a transaction in their way."""
    from nbgrader.api import InvalidEntry
    from sqlalchemy.exc import IntegrityError

    state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    return isinstance(error, InvalidEntry | IntegrityError) or state.startswith(ROLLED_BACK)


@contextmanager
def opening(database: str) -> Iterator[None]:
    """Raise `CourseError` where a gradebook cannot be opened, or read."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        cause = first_line(error)
        raise CourseError(
            f"the gradebook {without_password(database)} cannot be opened: {cause}; "
            "close what else uses it, make room, restore a backup, or name another one with --db, and run it again"
        ) from None
    except ImportError as error:
        raise CourseError(
            f"the gradebook {without_password(database)} cannot be opened: {error}; install its driver, "
            "for PostgreSQL as postgresql+psycopg://… with `pip install 'autograder[postgres]'`"
        ) from None


def after_penalty(score: float, penalty: float) -> float:
    """Return what counts of a score, less what is taken off for lateness: never less than 0, as nbgrader exports it."""
    return round(max(0.0, score - penalty), 4)


class Marks:
    """Hold the gradebook open and record results in it as nbgrader's own autograde step would."""

    def __init__(self, database: str, config: Any, root: str) -> None:
        from nbgrader.api import Gradebook
        from sqlalchemy.exc import SAWarning

        # nbgrader builds its objects in an order that SQLAlchemy dislikes, and logs what it also raises.
        warnings.simplefilter("ignore", SAWarning)
        logging.getLogger("tornado.application").setLevel(logging.CRITICAL)

        self.database, self.config, self.root = database, config, root
        course_id = str(config.CourseDirectory.get("course_id", "default_course"))
        self.cells: list[Any] = []
        with opening(database), turn(database):
            self.book = Gradebook(database, course_id)
            self._index()

    def _index(self) -> None:
        """Index what is looked up for each submission, which nbgrader leaves to a search of the whole table."""
        from sqlalchemy import text

        for table, column in SOUGHT:
            self.book.db.execute(
                text(f"CREATE INDEX IF NOT EXISTS sought_{table}_{column} ON {table} ({column})")
            )
        self.book.db.commit()

    def close(self) -> None:
        self.book.close()

    def commit(self) -> None:
        self.book.db.commit()

    def ensure_unit(self, course: Course, unit: Unit) -> None:
        """Have the unit in the gradebook, with the points that `unit.toml` says."""
        from autograder.release import record  # it stands above this module, and takes seconds to load

        wanted = {unit.name: {name: exercise.points for name, exercise in unit.exercises.items()}}
        if questions := unit.marked_names:
            wanted[quiz_notebook_name(unit.name)] = dict.fromkeys(questions, 1.0)
        with turn(self.database):
            if any(self.points(unit, notebook) != points for notebook, points in wanted.items()):
                self.book.db.rollback()  # what it has read would be in the way
                record(course, unit, self.database)
                self.book.db.expire_all()
        # Held, and not read anew after each commit: they are the same for the whole class.
        self.book.db().expire_on_commit = False
        for notebook in (self.book.find_notebook(name, unit.name) for name in wanted):
            self.cells += [*notebook.grade_cells, *notebook.solution_cells]

    def points(self, unit: Unit, notebook: str) -> dict[str, float]:
        """Return the points of a notebook's grade cells; none where the gradebook does not have it."""
        from nbgrader.api import MissingEntry

        try:
            return {c.name: c.max_score for c in self.book.find_notebook(notebook, unit.name).grade_cells}
        except MissingEntry:
            return {}

    def record(
        self, student: str, unit: Unit, results: Mapping[str, Result | None], timestamp: str | None
    ) -> None:
        """Record one submission's marks and explanations, by notebook; manual marks and comments stay.

        A notebook that was not handed in has no result. It earns nothing. Where another grader makes the same entries
        at the same time, these are taken.
        """
        for _ in range(ATTEMPTS):
            try:
                return self._record(student, unit, results, timestamp)
            except Exception as error:
                self.book.db.rollback()
                if not worth_another_try(error):
                    raise
                cause = first_line(error)
        raise CourseError(
            f"the gradebook {without_password(self.database)} does not take the marks of {student} in {unit.name}: "
            f"{cause}; mend that and run it again: what was graded is kept"
        )

    def _record(
        self, student: str, unit: Unit, results: Mapping[str, Result | None], timestamp: str | None
    ) -> None:
        from nbgrader.utils import parse_utc

        when = {}
        with contextlib.suppress(ValueError, OverflowError):  # a timestamp that is none
            when = {"timestamp": parse_utc(timestamp)} if timestamp else {}
        self.book.update_or_create_student(student)
        self.book.update_or_create_submission(unit.name, student, **when)
        for name, result in results.items():
            notebook = self.book.find_submission_notebook(name, unit.name, student)
            if result is None:
                notebook.late_submission_penalty = None
                for grade in notebook.grades:
                    grade.auto_score, grade.needs_manual_grade = 0.0, False
                for comment in notebook.comments:
                    comment.auto_comment = None
            else:
                self.mark(notebook, result)
                self.penalise(student, unit, notebook)
        self.book.db.commit()

    def mark(self, notebook: Any, result: Result) -> None:
        """Write the marks and explanations of one notebook."""
        marks = {exercise.name: exercise for exercise in result.exercises}
        for grade in notebook.grades:
            exercise = marks.get(grade.name)
            ours = result.status == "grader error" or (
                exercise is not None and exercise.outcome is Outcome.GRADER_ERROR
            )
            grade.auto_score = exercise.score if exercise else (None if ours else 0.0)
            grade.needs_manual_grade = ours or grade.manual_score is not None
        for comment in notebook.comments:
            exercise = marks.get(comment.name.removesuffix("_solution"))
            comment.auto_comment = as_comment(exercise.feedback if exercise else result.error or "")

    def penalise(self, student: str, unit: Unit, notebook: Any) -> None:
        """Have nbgrader's late-submission plugin set the penalty of a late submission."""
        from nbgrader.preprocessors import AssignLatePenalties

        seconds = self.book.find_submission(unit.name, student).total_seconds_late
        notebook.late_submission_penalty = None
        if seconds > 0:
            assign = AssignLatePenalties(config=self.config)
            assign.init_plugin()
            self.book.db.flush()
            self.book.db.refresh(notebook)  # the database adds the marks up
            penalty = assign.plugin_inst.late_submission_penalty(student, notebook.score, seconds)
            if penalty is not None:
                notebook.late_submission_penalty = assign._check_late_penalty(notebook, penalty)

    def shown(
        self, student: str, unit: Unit, notebook: str
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """Return what a feedback page shows: the totals, and per cell the marks and the comment."""
        entry = self.book.find_submission_notebook(notebook, unit.name, student)
        for item in [entry, *entry.grades, *entry.comments]:
            self.book.db.expire(item)
        penalty = entry.late_submission_penalty or 0
        totals = {
            "student": student,
            "assignment": unit.name,
            "notebook": notebook,
            "score": after_penalty(entry.score, penalty),
            "max_score": entry.max_score,
            "late_penalty": penalty,
        }
        cells: dict[str, dict[str, Any]] = {}
        for grade in entry.grades:
            cells[grade.name] = {"score": grade.score, "points": grade.max_score}
        for comment in entry.comments:
            cells[comment.name] = {"comment": comment.comment}
        return totals, cells
