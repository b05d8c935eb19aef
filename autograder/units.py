"""The course on disk: where it is, its units, and what each unit asks.

A unit is one folder. On the author's side, `solutions/UNIT/`, it holds everything; on the student's side,
`assignments/UNIT/`, what `autograder release` let through. Both carry the same `unit.toml`.
"""

from __future__ import annotations

import ast
import hashlib
import linecache
import os
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from autograder.errors import CourseError


@dataclass(frozen=True)
class Exercise:
    """Describe one function to be written: its points, what would give it away, and hints."""

    name: str
    points: float
    not_allowed: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()


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
        """Read `folder/unit.toml`; raise `CourseError` naming the file and the entry at fault."""
        path = folder / "unit.toml"
        try:
            facts = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise CourseError(f"{path}: there is no such file; a unit's folder needs one") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise CourseError(f"{path}: {error}; correct the file") from None
        try:
            banned = tuple(facts.get("not_allowed", ()))
            exercises = {
                name: Exercise(
                    name=name,
                    points=float(entry["points"]),
                    not_allowed=banned + tuple(entry.get("not_allowed", ())),
                    hints=tuple(entry.get("hints", ())),
                )
                for name, entry in facts["exercises"].items()
            }
            data = tuple(str(name) for name in facts.get("data", ()))
            return cls(folder.name, folder, facts["title"], int(facts["order"]), exercises, data)
        except KeyError as error:
            raise CourseError(f"{path}: the entry {error} is missing; add it") from None
        except (TypeError, ValueError, AttributeError) as error:
            raise CourseError(f"{path}: {error}; correct the entry") from None

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
        tree = ast.parse(self.source.read_text(encoding="utf-8"), str(self.source))
        own = [
            node
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.decorator_list
        ]
        used = {name.id for node in own for name in ast.walk(node) if isinstance(name, ast.Name)}
        body: list[ast.stmt] = [
            node
            for node in tree.body
            if node in own or (isinstance(node, ast.Import | ast.ImportFrom) and used & imported_names(node))
        ]
        namespace: dict[str, Any] = {"__name__": f"reference_{self.name}"}
        exec(compile(ast.Module(body, []), str(self.source), "exec"), namespace)
        return namespace

    @cached_property
    def digest(self) -> str:
        """Return a hash of all that marks depend on: the unit's files, this program's, and torch's version."""
        digest = hashlib.sha256(version("torch").encode())
        package = Path(__file__).parent
        facts = [path for name in ("unit.toml", "quiz.toml") if (path := self.folder / name).is_file()]
        for path in [*sorted(self.folder.glob("*.py")), *facts, *sorted(package.rglob("*.py"))]:
            name = path.relative_to(package) if package in path.parents else path.name
            digest.update(f"{name}\0".encode() + path.read_bytes() + b"\0")
        return digest.hexdigest()

    def library(self, name: str) -> dict[str, WrittenAnswer]:
        """Return the answers in `mistakes.py` or `alternatives.py`, by `exercise.answer`."""
        path = self.folder / f"{name}.py"
        return read_answers(path) if path.is_file() else {}

    @cached_property
    def mistakes(self) -> dict[str, WrittenAnswer]:
        return self.library("mistakes")

    @cached_property
    def alternatives(self) -> dict[str, WrittenAnswer]:
        return self.library("alternatives")


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


def read_answers(path: Path) -> dict[str, WrittenAnswer]:
    """Read functions marked `@answer("exercise")` out of a file, each with what else it needs.

    An answer's text is the file's imports, constants and unmarked helpers, then the function itself under the
    exercise's name. Nothing is executed here.
    """
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    except SyntaxError as error:
        raise CourseError(f"{path}, line {error.lineno}: {error.msg}; correct the file") from None
    shared: list[ast.stmt] = []
    marked: list[tuple[str, ast.FunctionDef]] = []
    for node in tree.body:
        exercise = marked_exercise(node)
        if exercise is not None and isinstance(node, ast.FunctionDef):
            marked.append((exercise, node))
        elif (isinstance(node, ast.ImportFrom) and node.module == "autograder.authoring") or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ):
            continue
        else:
            shared.append(node)
    answers = {}
    for exercise, node in marked:
        sentence = " ".join((ast.get_docstring(node) or "").split())
        if not sentence:
            raise CourseError(f"{path}, line {node.lineno}: {node.name} needs a docstring")
        body = ast.FunctionDef(**{key: getattr(node, key) for key in node._fields})
        body.name, body.decorator_list = exercise, []
        body.body = node.body[1:] or [ast.Pass()]
        module = ast.Module(body=[*shared, body], type_ignores=[])
        source = ast.unparse(ast.fix_missing_locations(module)) + "\n"
        answer = WrittenAnswer(exercise, node.name.removeprefix("_"), sentence, source)
        if answer.full_name in answers:
            raise CourseError(f"{path}, line {node.lineno}: {answer.full_name} stands here twice; rename one")
        answers[answer.full_name] = answer
    return answers


def marked_exercise(node: ast.stmt) -> str | None:
    """Return the exercise that a function's `@answer("…")` names, if it has one."""
    for decorator in getattr(node, "decorator_list", []):
        match decorator:
            case ast.Call(func=ast.Name(id="answer"), args=[ast.Constant(value=str(exercise))]):
                return exercise
    return None


def imported_names(node: ast.Import | ast.ImportFrom) -> set[str]:
    """Return the names that an import statement binds."""
    return {(alias.asname or alias.name).split(".")[0] for alias in node.names}


def defined_names(source: str) -> list[str]:
    """Return the names that top-level statements of a cell bind; none if it does not parse."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    names = []
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.append(name)
            case ast.Assign(targets=targets):
                names += [target.id for target in targets if isinstance(target, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.append(name)
    return names


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
