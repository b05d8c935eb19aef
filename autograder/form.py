"""The form of a unit: whether all its files can be read and fit together, and what an author has still to write.

What cannot be read is a `CourseError`, which names file, line and remedy. What is merely missing is listed, so that
a unit can be released and tried while it is being written.
"""

from __future__ import annotations

import ast
import builtins
import dis
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import CodeType, FunctionType

from autograder.entries import fault, line_of, parse, read_text
from autograder.errors import CourseError
from autograder.units import Course, Unit

FILES = (
    "unit.toml",
    "notebook.py",
    "visible_checks.py",
    "hidden_checks.py",
    "mistakes.py",
    "alternatives.py",
    "equivalents.toml",
    "quiz.toml",
)
LEAST = {"mistakes": 4, "alternatives": 3}
HINTS = 3
CONTRACT_LINES = 3


@dataclass(frozen=True)
class Todo:
    """Hold a place that an author has to fill in; `exercise` is empty where it is about the whole unit."""

    path: Path
    line: int
    exercise: str
    text: str


def todos(unit: Unit) -> list[Todo]:
    """Return the TODO lines of a unit, in the order in which its files are written."""
    found = []
    for path in [unit.folder / name for name in FILES]:
        for number, line in enumerate(read_text(path).splitlines() if path.is_file() else [], start=1):
            if match := re.search(r"\bTODO\b:? *(\w*):? *(.*)", line):
                exercise = match[1] if match[1] in unit.exercises else ""
                text = match[2] if match[1] in (unit.name, exercise) else f"{match[1]} {match[2]}"
                found.append(Todo(path, number, exercise, text.strip() or "finish this"))
    return found


def missing(unit: Unit, name: str) -> Iterator[tuple[str, str]]:
    """Yield what has still to be written for an exercise: where, and what; for the first one, for the unit as well."""
    folder = unit.folder
    first = name == next(iter(unit.exercises))
    for todo in todos(unit):
        if todo.exercise == name or (first and not todo.exercise):
            yield f"{shown(todo.path)}, line {todo.line}", f"TODO: {todo.text}"
    contract = (unit.references[name].__doc__ or "").strip()
    if len(contract.splitlines()) < CONTRACT_LINES:
        where = f"{shown(unit.source)}{line_of(unit.source, f'def {name}')}"
        yield where, "the docstring is no contract yet; say shapes, dtypes, and what is refused"
    if (count := len(unit.exercises[name].hints)) != HINTS:
        where = (
            f"{shown(folder / 'unit.toml')}{line_of(folder / 'unit.toml', re.escape(f'[exercises.{name}]'))}"
        )
        yield where, f"{count} so far; write three hints: a nudge, a pointer, a sketch"
    for kind, answers in (("mistakes", unit.mistakes), ("alternatives", unit.alternatives)):
        least, count = LEAST[kind], sum(answer.exercise == name for answer in answers.values())
        if count < least:
            yield shown(folder / f"{kind}.py"), f"{count} so far; write {least} {kind} or more"
    for file in ("visible_checks.py", "hidden_checks.py"):
        if not any(name in arguments(check) for check in checks_in(folder / file)):
            yield shown(folder / file), f"no check of {name}; write one as def test_{name}_value({name})"


def check_form(course: Course, units: Iterable[Unit]) -> None:
    """Read all that authors write; raise `CourseError` for what cannot be read or does not fit together."""
    from autograder.mutants import equivalents
    from autograder.quizzes.reading import load_quiz
    from autograder.release import source_notebook

    owner: dict[str, Unit] = {}
    for unit in course.units().values():
        for name in unit.exercises:
            if owner.setdefault(name, unit) is not unit:
                raise CourseError(
                    f"{unit.folder / 'unit.toml'}: {name} is an exercise of {owner[name].name}, too; rename one"
                )
    for unit in map(replace, units):  # copies: what they load has no way into other processes
        for name in unit.exercises:
            check_names(unit, name)
        source_notebook(unit)
        check_checks(unit)
        for kind in LEAST:
            check_answers(unit, kind)
        equivalents(unit)
        load_quiz(unit)


def check_names(unit: Unit, name: str) -> None:
    """Refuse a reference that uses a name which is neither in it, nor a function of the notebook, nor imported."""
    namespace = unit.references
    waiting, seen = [name], set()
    while waiting:
        function = namespace[waiting.pop()]
        if not isinstance(function, FunctionType) or function in seen:
            continue
        seen.add(function)
        for used, line in global_names(function.__code__):
            if used in namespace:
                waiting.append(used)
            elif not hasattr(builtins, used):
                raise CourseError(
                    f"{unit.source}, line {line}: the reference of {name} uses {used}, which no import and no function "
                    "of the notebook defines; move it into the function: variables of other cells are not there"
                )


def global_names(code: CodeType) -> Iterator[tuple[str, int]]:
    """Yield the global names that a function reads, each with its line."""
    line = code.co_firstlineno
    for instruction in dis.get_instructions(code):
        line = instruction.positions.lineno or line if instruction.positions else line
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield str(instruction.argval), line
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from global_names(constant)


def checks_in(path: Path) -> list[ast.FunctionDef]:
    """Return the checks of a file; none where there is no file."""
    body = parse(path).body if path.is_file() else []
    return [node for node in body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


def arguments(check: ast.FunctionDef) -> set[str]:
    return {argument.arg for argument in check.args.args}


def check_answers(unit: Unit, kind: str) -> None:
    """Read a file of named answers, and run what stands between them: imports, constants, helpers."""
    path = unit.folder / f"{kind}.py"
    if unit.library(kind):
        try:
            exec(compile(parse(path), str(path), "exec"), {"__name__": kind})
        except Exception as error:
            raise fault(path, error) from None


def check_checks(unit: Unit) -> None:
    """Refuse two checks of one name: in one file Python would keep the second alone."""
    read_text(unit.folder / "visible_checks.py")
    known: dict[str, str] = {}
    for path in (unit.folder / "visible_checks.py", unit.folder / "hidden_checks.py"):
        for check in checks_in(path):
            place = f"{path}, line {check.lineno}"
            if check.name in known:
                raise CourseError(f"{place}: {check.name} stands in {known[check.name]} already; rename one")
            known[check.name] = f"{path.name}, line {check.lineno}"


def shown(path: Path) -> str:
    """Return a unit's file as seen from the course's folder."""
    return str(path.relative_to(path.parents[2]))
