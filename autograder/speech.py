"""What the program itself says, collected from its source: the messages of the program's own catalogue.

Collected are what is given to `_`, what is raised, help texts, and, in modules whose texts are stored in results or shown
elsewhere, all that reads like a sentence.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path

from autograder.language import LEAST_LETTERS, PLACE

WORDING = re.compile(
    r"(calls|checking|cli/.*|comparing|describe|doctor|errors|examiner|form|graded|grading|notebooks|records"
    r"|regrading|remote|report|report_page|results|sandbox|symptoms|student/(hints|reset|standing|submit|watch)|worker|quizzes/(face|grading|judge))\.py"
)
RAISED = re.compile(
    r"[A-Z]\w*(Error|Failed|Answer|Arithmetic|Read|Yet|Parameter|Refused)|Raised|Died|Missing"
)
SAID = ("_", "say", "problem")
NOT_SAID = ("compile", "getLogger", "startswith", "endswith", "Literal")
ENDED = re.compile(r"[A-Z][a-z]+[.!?]")
MARKUP = re.compile(r"\\[a-zA-Z(]|</?\w+[ >]|\w=\"")


class Level(IntEnum):
    """Say which strings in a part of the source are texts."""

    NONE = 0
    SENTENCES = 1
    ALL = 2


def program_texts() -> Iterator[tuple[str, str]]:
    """Yield each text with the file it stands in."""
    package = Path(__file__).parent
    for path in sorted(package.rglob("*.py")):
        file = path.relative_to(package).as_posix()
        level = Level.SENTENCES if WORDING.fullmatch(file) else Level.NONE
        for text in texts_in(ast.parse(path.read_text(encoding="utf-8")), level):
            yield file, text


def texts_in(tree: ast.Module, level: Level) -> Iterator[str]:
    """Yield what a module says, in the order of its source."""
    calls = [call for call in ast.walk(tree) if isinstance(call, ast.Call) and is_said(call)]
    given = {name.id for call in calls for name in call.args if isinstance(name, ast.Name)}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in given:
                yield from said(value, Level.ALL)
            case _:
                yield from said(node, level)


def said(node: ast.AST, level: Level) -> Iterator[str]:
    """Yield what a part of a module says."""
    match node:
        case ast.Constant() | ast.JoinedStr():
            text = template(node).strip()
            if (level is Level.ALL and letters(text)) or (level is Level.SENTENCES and is_sentence(text)):
                yield text
            for value in getattr(node, "values", ()):
                if isinstance(value, ast.FormattedValue):
                    yield from said(value.value, min(level, Level.SENTENCES))
            return
        case ast.Expr(value=ast.Constant()):  # a docstring
            return
        case ast.FunctionDef(decorator_list=marks) if any(
            called(mark) in ("command", "callback") for mark in marks
        ):
            yield ast.get_docstring(node) or ""
        case ast.ClassDef(name="Outcome"):
            level = Level.ALL
        case ast.Call() if is_said(node):
            level = Level.ALL
        case ast.Call() if RAISED.fullmatch(called(node)):
            level = max(level, Level.SENTENCES)
        case ast.Call() if called(node) in NOT_SAID:
            return
        case ast.keyword(arg="help" | "rich_help_panel" | "remedy"):
            level = Level.ALL
    for child in ast.iter_child_nodes(node):
        yield from said(child, level)


def is_said(call: ast.Call) -> bool:
    """Tell whether a call of a function, not of a method, says what it is given in the reader's language."""
    return isinstance(call.func, ast.Name) and call.func.id in SAID


def called(node: ast.AST) -> str:
    """Return the name of what is called, without what stands before its last dot."""
    function = node.func if isinstance(node, ast.Call) else None
    return str(getattr(function, "id", getattr(function, "attr", "")))


def letters(text: str) -> int:
    return sum(character.isalpha() for character in PLACE.sub("", text))


def is_sentence(text: str) -> bool:
    """Tell whether a string reads like words for people."""
    return (
        (" " in text or ENDED.fullmatch(text) is not None)
        and letters(text) >= LEAST_LETTERS
        and not MARKUP.search(text)
    )


def template(node: ast.expr) -> str:
    """Return a string in the source as a message: the values of an f-string become named places."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if not isinstance(node, ast.JoinedStr):
        return ""
    text, taken = "", Counter[str]()
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            name = place_name(part.value)
            taken[name] += 1
            text += f"{{{name}{taken[name] if taken[name] > 1 else ''}}}"
        elif isinstance(part, ast.Constant):
            text += str(part.value)
    return text


def place_name(node: ast.expr) -> str:
    """Return a telling name for the value of an expression."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.lower().strip("_") or "value"
        case ast.Subscript(value=value) | ast.Await(value=value):
            return place_name(value)
        case ast.Call(func=ast.Attribute(attr="join"), args=[ast.expr() as value]):
            return place_name(value)
        case ast.Call(args=[ast.expr() as value, *_]):
            return place_name(value)
        case ast.Call(func=function):
            return place_name(function)
    return "value"
