"""Read the files that authors write, so that what is wrong there is told by file, line and remedy."""

from __future__ import annotations

import ast
import difflib
import math
import re
import tomllib
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.errors import CourseError


def read_text(path: Path) -> str:
    """Return a file's text; raise `CourseError` where there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CourseError(f"{path}: there is no such file; a unit's folder needs one") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise CourseError(f"{path}, line {line}: this is no UTF-8; save the file as UTF-8") from None
    except OSError as error:
        raise CourseError(f"{path}: {error.strerror}; make it a file that you may read") from None


def read_toml(path: Path, text: str | None = None) -> dict[str, Any]:
    """Return what a TOML file, or a text that is to be one, holds."""
    try:
        return tomllib.loads(read_text(path) if text is None else text)
    except tomllib.TOMLDecodeError as error:
        raise CourseError(f"{path}: {error}; correct the file") from None


def parse(path: Path, text: str | None = None) -> ast.Module:
    """Return the syntax tree of a Python file, or of a text that is to be one."""
    try:
        return ast.parse(read_text(path) if text is None else text, str(path))
    except (SyntaxError, ValueError) as error:
        raise fault(path, error) from None


def fault(path: Path, error: BaseException) -> CourseError:
    """Return an author's error while a file is read or run as one sentence: file, line, what is wrong, what to do."""
    if isinstance(error, SyntaxError):
        line, said = error.lineno, error.msg
    else:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        line, said = frames[-1].lineno if frames else None, f"{type(error).__name__}: {error}"
    return CourseError(f"{path}{f', line {line}' if line else ''}: {said}; correct the file")


def line_of(path: Path, pattern: str, number: int = 1) -> str:
    """Return `, line N` for the line that a pattern begins for the `number`th time; nothing where there is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
    found = [match.start() for match in re.finditer(rf"(?m)^[ \t]*{pattern}", text)]
    return f", line {text.count(chr(10), 0, found[number - 1]) + 1}" if len(found) >= number else ""


class Entries:
    """Hold a TOML table whose keys are known; what does not fit is a `ValueError` that says what to write."""

    def __init__(self, table: object, *keys: str) -> None:
        if not isinstance(table, Mapping):
            raise ValueError(f"this is {table!r}, no table; write {' and '.join(keys[:2])} below it")
        self.facts = table
        for key in table:
            if key not in keys:
                near = difflib.get_close_matches(key, keys, 1)
                raise ValueError(
                    f"`{key}` is no key here; write `{near[0]}`" if near
                    else f"`{key}` is no key here; there are {', '.join(keys)}"
                )  # fmt: skip

    def text(self, key: str) -> str:
        """Return a text that has to be there."""
        value = self.facts.get(key)
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f'`{key}` is missing or no text; add {key} = "…"')
        return value.strip()

    def texts(self, key: str, least: int = 0, most: float = math.inf) -> tuple[str, ...]:
        """Return a list of `least` to `most` texts, empty where it is left out."""
        value = self.facts.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise ValueError(f'`{key}` is no list of texts; write {key} = ["…", "…"]')
        if not least <= len(value) <= most:
            raise ValueError(f"`{key}` has {len(value)} entries; make it {least} to {most}")
        return tuple(item.strip() for item in value)

    def flag(self, key: str) -> bool:
        """Return a truth value, false where it is left out."""
        value = self.facts.get(key, False)
        if not isinstance(value, bool):
            raise ValueError(f"`{key}` is true or false; write it without quotes")
        return value

    def number(self, key: str, example: str) -> float:
        """Return a number above 0 that has to be there."""
        value = self.facts.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
            raise ValueError(f"`{key}` is missing or no number above 0; add {example}")
        return float(value)

    def table(self, key: str) -> Mapping[str, Any]:
        """Return a table of tables, empty where it is left out."""
        value = self.facts.get(key, {})
        if not isinstance(value, Mapping):
            raise ValueError(f"`{key}` is no table; write [{key}.NAME] and the entries below it")
        return value
