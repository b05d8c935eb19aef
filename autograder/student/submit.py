"""Hand in a unit: its notebooks as a zip for a learning platform, or through nbgrader's exchange.

The zip holds `STUDENT/UNIT/`, so that unpacked in `submitted/` it lies where graders look for it: `UNIT.ipynb`, the
notebook of marked questions where the unit has one, and `submission.json`, which says what this is.
"""

from __future__ import annotations

import getpass
import hashlib
import io
import json
import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from autograder.errors import AutograderError, CourseError, NotebookError
from autograder.files import write
from autograder.notebooks import Notebook, parse_notebook, plan, read_file
from autograder.quizzes.grading import assigned
from autograder.quizzes.reading import quiz_notebook_name
from autograder.student.standing import Memory, passed, questions, unit_job
from autograder.syntax import is_stub
from autograder.units import Course, Unit

MANIFEST = "submission.json"
NAME = re.compile(r"[^\W_][\w.@-]{0,99}")


@dataclass
class Submission:
    """Hold what one student hands in for one unit."""

    course: Course
    unit: Unit
    named: str | None = None

    @cached_property
    def files(self) -> dict[str, bytes]:
        """Return the notebooks to hand in, by name, as they are saved."""
        path = self.unit.notebook
        quiz = path.with_stem(quiz_notebook_name(self.unit.name))
        return {found.name: read_file(found) for found in (path, quiz) if found == path or quiz.exists()}

    @cached_property
    def notebooks(self) -> dict[str, Notebook | NotebookError]:
        """Return what can be read of each notebook, or why it cannot."""
        found: dict[str, Notebook | NotebookError] = {}
        for name, data in self.files.items():
            try:
                found[name] = parse_notebook(data, name)
            except NotebookError as error:
                found[name] = error
        return found

    @property
    def quiz(self) -> Notebook | None:
        """Return the notebook of marked questions, where there is one to read."""
        found = self.notebooks.get(f"{quiz_notebook_name(self.unit.name)}.ipynb")
        return found if isinstance(found, Notebook) else None

    @cached_property
    def signed(self) -> str:
        """Return the name that the notebook of marked questions is signed with, if it is."""
        values = [value for _, value in assigned(self.quiz.code_cells, ["STUDENT"])] if self.quiz else []
        return next((v.strip() for v in reversed(values) if isinstance(v, str) and v.strip()), "")

    @cached_property
    def student(self) -> str:
        """Return who hands in: as said, else as the questions are signed, else this computer's user."""
        name = self.named or os.environ.get("AUTOGRADER_STUDENT") or self.signed or user_name()
        if not NAME.fullmatch(name):
            raise AutograderError(
                f"{name!r} cannot be a student's name here; give your user name in the course with --student: "
                "letters, digits, and . _ @ - after the first"
            )
        return name

    def warnings(self) -> Iterator[str]:
        """Say what a student may want to mend before handing in."""
        for name, notebook in self.notebooks.items():
            if isinstance(notebook, NotebookError):
                yield f"{notebook}. It is handed in as it is, but graders will not be able to read it"
            elif name == self.unit.notebook.name:
                yield from self._exercises(notebook)
        if self.quiz:
            yield from self._questions(self.quiz)

    def _exercises(self, notebook: Notebook) -> Iterator[str]:
        todo = plan(notebook, self.unit)
        undone = [
            name
            for name in self.unit.exercises
            if (node := todo.code.definitions.get(name)) is not None and is_stub(node)
        ]
        if undone:
            yield f"not attempted: {', '.join(undone)}"
        for name, problem in todo.broken.items():
            if name not in todo.code.definitions:
                yield f"the cell of {name} cannot be run: {problem}"
        yield from notebook.repairs
        if never := never_run(self.files[self.unit.notebook.name], notebook):
            yield (
                f"{never} code cells were not run before the notebook was saved; graders run them anyway, "
                "but look at them once yourself: run all, save, and hand in again"
            )
        memory = Memory(self.course)
        known = memory.get(memory.key(unit_job(self.unit), self.unit), self.unit.name)
        if known is None:
            yield f"not checked since it was changed; `autograder check {self.unit.name}` says what is right"
            return
        wrong = [exercise.name for exercise in known.exercises if not passed(exercise)]
        if more := [name for name in wrong if name not in undone and name not in todo.broken]:
            yield f"the visible checks do not pass yet: {', '.join(more)}"

    def _questions(self, quiz: Notebook) -> Iterator[str]:
        if empty := [name for name, given in questions(quiz).items() if not given]:
            yield f"questions without an answer: {', '.join(empty)}"
        if not self.signed:
            yield "the questions are not signed; write your user name where their notebook says STUDENT"
        elif self.signed.casefold() != self.student.casefold():
            yield (
                f"the questions are signed {self.signed!r}, but {self.student!r} hands in; some of them have "
                "numbers of your own, so sign with the same name"
            )

    def write(self, target: Path) -> Path:
        """Write the zip to a file, or into a folder under its own name; return where it is."""
        path = target / f"{self.unit.name}-{self.student}.zip" if target.is_dir() else target
        when = datetime.now(UTC)
        manifest = {
            "unit": self.unit.name,
            "student": self.student,
            "saved": when.isoformat(timespec="seconds"),
            "files": {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()},
        }
        contents = {**self.files, MANIFEST: json.dumps(manifest, indent=1).encode() + b"\n"}
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in contents.items():
                entry = zipfile.ZipInfo(f"{self.student}/{self.unit.name}/{name}", when.timetuple()[:6])
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
        write(path, packed.getvalue(), remedy="name another file or folder with --to")
        return path

    def exchange(self) -> str:
        """Hand the unit's folder in through nbgrader's exchange; return when, as nbgrader notes it."""
        from nbgrader.apps import SubmitApp
        from nbgrader.exchange import ExchangeError

        assert self.files
        app = exchange_app(self.course, SubmitApp)
        app.coursedir.assignment_id = self.unit.name
        if self.named:
            app.coursedir.student_id = self.student
        submit = app.exchange.Submit(coursedir=app.coursedir, authenticator=app.authenticator, parent=app)
        submit.assignment_dir = str(self.unit.folder.parent)
        try:
            submit.start()
        except (ExchangeError, OSError, RuntimeError) as error:
            raise CourseError(
                f"nbgrader's exchange does not take it: {error}; ask your instructor, or hand in a zip "
                f"with `autograder submit {self.unit.name}`"
            ) from None
        return str(submit.timestamp)


def exchange_app(course: Course, kind: Any) -> Any:
    """Return one of nbgrader's commands, configured as on this machine and in this course, and quiet."""
    from nbgrader.auth import Authenticator
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.exchange import ExchangeFactory

    from autograder.nbgrader_bridge import nbgrader_config

    app = kind()
    app.log.disabled = True  # what matters comes as an exception
    app.load_cwd_config = False
    app.load_config_file()
    app.update_config(nbgrader_config(course))
    app.coursedir = CourseDirectory(parent=app)
    app.authenticator = Authenticator(parent=app)
    app.exchange = ExchangeFactory(parent=app)
    return app


def never_run(data: bytes, notebook: Notebook) -> int:
    """Count the code cells that were not run since they were written or cleared."""
    try:
        cells = json.loads(data)["cells"]
    except (ValueError, KeyError, TypeError):
        return 0
    written = [cell for cell in notebook.code_cells if cell.source.strip()]
    return sum(cells[cell.index].get("execution_count") is None for cell in written)


def user_name() -> str:
    """Return the name of this computer's user; empty where it has none."""
    try:
        return os.environ.get("JUPYTERHUB_USER") or getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""
