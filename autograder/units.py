"""The course on disk: where it is, its units, and what each unit asks.

A unit is one folder. On the author's side, `solutions/UNIT/`, it holds everything; on the student's side,
`assignments/UNIT/`, what `autograder release` let through. Both carry the same `unit.toml`.
"""

from __future__ import annotations

import ast
import hashlib
import keyword
import linecache
import os
import platform
import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from autograder import __version__
from autograder.entries import Entries, fault, line_of, parse, read_toml
from autograder.errors import CourseError
from autograder.language import register
from autograder.syntax import imported


@dataclass(frozen=True)
class Exercise:
    """Describe one function to be written: its points, what would give it away, and hints."""

    name: str
    points: float
    not_allowed: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()

    @classmethod
    def read(cls, name: str, entry: object, banned: tuple[str, ...]) -> Exercise:
        """Return an exercise from its table; `banned` is not allowed in the whole unit."""
        if not name.isidentifier() or keyword.iskeyword(name):
            raise ValueError("this cannot be a function's name; write it in snake_case, as layer_norm")
        facts = Entries(entry, "points", "not_allowed", "hints")
        points = facts.number("points", "points = 2")
        return cls(name, points, banned + facts.texts("not_allowed"), facts.texts("hints"))


@dataclass
class Unit:
    """Describe one unit of the course, read from its folder's `unit.toml`."""

    name: str
    folder: Path
    title: str
    order: int
    exercises: dict[str, Exercise] = field(default_factory=dict)
    data: tuple[str, ...] = ()

    @classmethod
    def load(cls, folder: Path) -> Unit:
        """Read `folder/unit.toml`, and have the unit's catalogues looked up from now on.

        Raise `CourseError` naming the file and the entry at fault.
        """
        path = folder / "unit.toml"
        register(folder)
        try:
            facts = Entries(read_toml(path), "title", "order", "not_allowed", "data", "exercises")
            title, order = facts.text("title"), int(facts.number("order", "order = 10"))
            data, banned = facts.texts("data"), facts.texts("not_allowed")
            asked = facts.table("exercises")
        except ValueError as error:
            raise CourseError(f"{path}: {error}") from None
        exercises = {}
        for name, entry in asked.items():
            try:
                exercises[name] = Exercise.read(name, entry, banned)
            except ValueError as error:
                line = line_of(path, re.escape(f"[exercises.{name}]"))
                raise CourseError(f"{path}{line}: exercise {name}: {error}") from None
        return cls(folder.name, folder, title, order, exercises, data)

    @property
    def notebook(self) -> Path:
        """Return the path of the released notebook."""
        return self.folder / f"{self.name}.ipynb"

    @property
    def source(self) -> Path:
        """Return the path of the author's notebook, in percent format."""
        return self.folder / "notebook.py"

    def check_files(self, hidden: bool) -> list[Path]:
        """Return the pytest files of this unit, visible ones first."""
        names = ["visible_checks.py"] + (["hidden_checks.py"] if hidden else [])
        return [path for name in names if (path := self.folder / name).is_file()]

    @cached_property
    def references(self) -> dict[str, Any]:
        """Return the namespace of the author's functions: the references, by exercise, and their helpers.

        Only functions, classes and the imports they use are executed; what is decorated is an experiment that would run
        at once, and is left out.
        """
        tree = parse(self.source)
        own = [
            node
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.decorator_list
        ]
        used = {name.id for node in own for name in ast.walk(node) if isinstance(name, ast.Name)}
        body: list[ast.stmt] = [
            node
            for node in tree.body
            if node in own or (isinstance(node, ast.Import | ast.ImportFrom) and used & imported(node).keys())
        ]
        namespace: dict[str, Any] = {"__name__": f"reference_{self.name}"}
        try:
            exec(compile(ast.Module(body, []), str(self.source), "exec"), namespace)
        except Exception as error:
            raise fault(self.source, error) from None
        if missing := [name for name in self.exercises if name not in namespace]:
            raise CourseError(
                f"{self.source}: there is no function {missing[0]}, which unit.toml lists; "
                "write it in a cell of its own, undecorated, or correct unit.toml"
            )
        return namespace

    @cached_property
    def digest(self) -> str:
        """Return a hash of what marks depend on: the unit's files, this program's, and the versions of what it uses."""
        parts = program_digest(), self.checks_digest, *versions().values()
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()

    @cached_property
    def checks_digest(self) -> str:
        """Return a hash of the unit's own files that marks depend on, and of the data that its cells read."""
        facts = [path for name in ("unit.toml", "quiz.toml") if (path := self.folder / name).is_file()]
        data = [path for name in self.data for path in released(self, f"data/{Path(name).name}")]
        return content_digest(self.folder.parents[1], [*sorted(self.folder.glob("*.py")), *facts, *data])

    @cached_property
    def marked_names(self) -> list[str]:
        """Return the ids of the quiz's marked questions, and nothing for what is not in order; the rest is not read."""
        try:
            entries = read_toml(self.folder / "quiz.toml")["question"]
            return [str(entry["id"]) for entry in entries if entry.get("marked") is True]
        except (CourseError, KeyError, TypeError, AttributeError):
            return []

    def library(self, name: str) -> dict[str, WrittenAnswer]:
        """Return the answers in `mistakes.py` or `alternatives.py`, by `exercise.answer`."""
        path = self.folder / f"{name}.py"
        return read_answers(path, self.exercises) if path.is_file() else {}

    @cached_property
    def mistakes(self) -> dict[str, WrittenAnswer]:
        return self.library("mistakes")

    @cached_property
    def alternatives(self) -> dict[str, WrittenAnswer]:
        return self.library("alternatives")


def released(unit: Unit, name: str) -> list[Path]:
    """Return where a file or folder that students have is: in the unit's own folder, or its released one; at most once."""
    folders = [unit.folder, unit.folder.parents[1] / "assignments" / unit.name]
    return [folder / name for folder in folders if (folder / name).exists()][:1]


def content_digest(folder: Path, files: Iterable[Path]) -> str:
    """Return a hash of some files' names and contents."""
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder)}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


@cache
def program_digest() -> str:
    """Return a hash of this program's own files."""
    package = Path(__file__).parent
    return content_digest(package, sorted(package.rglob("*.py")))


@cache
def versions() -> dict[str, str]:
    """Return what has to be the same on two machines for them to give the same marks in the same words."""
    return {
        "autograder": f"{__version__} ({program_digest()[:12]})",
        "python": platform.python_version(),
        "torch": version("torch"),
        "numpy": version("numpy"),
        "machine": platform.machine(),
    }


@dataclass(frozen=True)
class WrittenAnswer:
    """Hold a named answer, right or wrong, as text: what a student would have typed."""

    exercise: str
    name: str
    sentence: str
    source: str

    @property
    def full_name(self) -> str:
        return f"{self.exercise}.{self.name}"

    def function(self) -> Any:
        """Return the answer as a function, in a namespace of its own."""
        namespace: dict[str, Any] = {"__name__": f"answer_{self.name}"}
        file = f"<answer {self.full_name}>"
        linecache.cache[file] = (len(self.source), None, self.source.splitlines(True), file)
        exec(compile(self.source, file, "exec"), namespace)
        return namespace[self.exercise]


def read_answers(path: Path, exercises: Container[str]) -> dict[str, WrittenAnswer]:
    """Read functions marked `@answer("exercise")` out of a file, each with what else it needs.

    An answer's text is the file's imports, constants and unmarked helpers, then the function itself under the
    exercise's name. Nothing is executed here.
    """
    tree = parse(path)
    shared: list[ast.stmt] = []
    marked: list[tuple[str, ast.FunctionDef]] = []
    for node in tree.body:
        try:
            exercise = marked_exercise(node)
        except ValueError as error:
            raise CourseError(f"{path}, line {node.lineno}: {error}") from None
        if exercise is not None and isinstance(node, ast.FunctionDef):
            marked.append((exercise, node))
        elif (isinstance(node, ast.ImportFrom) and node.module == "autograder.authoring") or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ):
            continue
        else:
            shared.append(node)
    beside = ast.unparse(ast.Module(body=shared, type_ignores=[]))
    answers = {}
    for exercise, node in marked:
        where = f"{path}, line {node.lineno}: {node.name}"
        if exercise not in exercises:
            raise CourseError(
                f"{where} answers {exercise!r}, which unit.toml does not list; correct the name in @answer"
            )
        sentence = " ".join((ast.get_docstring(node) or "").split())
        if not sentence:
            raise CourseError(f"{where} needs a docstring: the sentence that says what it does")
        body = ast.FunctionDef(**{key: getattr(node, key) for key in node._fields})
        body.name, body.decorator_list = exercise, []
        body.body = node.body[1:] or [ast.Pass()]
        source = "\n\n".join(filter(None, [beside, ast.unparse(ast.fix_missing_locations(body))])) + "\n"
        answer = WrittenAnswer(exercise, node.name.removeprefix("_"), sentence, source)
        if answer.full_name in answers:
            raise CourseError(f"{where} answers {exercise} a second time under this name; rename one")
        answers[answer.full_name] = answer
    return answers


def marked_exercise(node: ast.stmt) -> str | None:
    """Return the exercise that a function's `@answer("…")` names, if it has one; raise `ValueError` if it names none."""
    for decorator in getattr(node, "decorator_list", []):
        match decorator:
            case ast.Call(func=ast.Name(id="answer"), args=[ast.Constant(value=str(exercise))], keywords=[]):
                return exercise
            case ast.Name(id="answer") | ast.Call(func=ast.Name(id="answer")):
                raise ValueError('the mark @answer names no exercise; write @answer("layer_norm")')
    return None


@dataclass(frozen=True)
class Course:
    """Locate a course: the folder that holds `solutions/` or `assignments/`."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Course:
        """Return the course at or above `start`, else the checkout this package runs from."""
        given = os.environ.get("AUTOGRADER_COURSE")
        if start is None and given:
            start = Path(given)
        here = (start or Path.cwd()).resolve()
        for folder in [here, *here.parents, Path(__file__).resolve().parents[1]]:
            if (folder / "solutions").is_dir() or (folder / "assignments").is_dir():
                return cls(folder)
        raise CourseError(
            f"no course at or above {here}: neither solutions/ nor assignments/ is there; "
            "change to the course's folder or name it with --course"
        )

    def units(self, side: str = "solutions") -> dict[str, Unit]:
        """Return the units of one side, `solutions` or `assignments`, in the course's order."""
        folder = self.root / side
        found = [Unit.load(path.parent) for path in folder.glob("*/unit.toml")]
        return {unit.name: unit for unit in sorted(found, key=lambda unit: unit.order)}

    def unit(self, name: str, side: str = "solutions") -> Unit:
        """Return one unit by name; raise `CourseError` that lists those there are."""
        units = self.units(side)
        if name not in units:
            raise CourseError(
                f"there is no unit {name!r} in {self.root / side}; there are: {', '.join(units) or 'none'}"
            )
        return units[name]
