"""Grade again what a kept result was made of, under the same conditions, and say what differs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from autograder.errors import CourseError
from autograder.nbgrader_bridge import nbgrader_config
from autograder.notebooks import content_hash
from autograder.pool import Pool
from autograder.results import Job, Result
from autograder.runs import require_isolation
from autograder.sandbox import Limits
from autograder.units import Course

HASHES = ("checks", "notebook")
NEEDED = {"notebook", "limits", "device", "exercises", "student", "quiz"}


@dataclass(frozen=True)
class Replay:
    """Hold a kept result, and the one that the same notebook gets now."""

    file: Path
    notebook: Path
    then: Result
    now: Result

    @classmethod
    def run(cls, course: Course, name: str, given: Sequence[Path], kept: Path, allow_unsafe: bool) -> Replay:
        """Find a kept result by file, the first letters of its name, or its notebook, and grade the notebook again."""
        file = find_result(name, kept)
        then = read_result(file)
        made = then.conditions
        notebook = find_notebook(course, then, given or [Path(name), Path(then.notebook)]).resolve()
        job = Job(
            then.notebook,
            str(notebook),
            unit=then.unit,
            exercises=made["exercises"],
            student=made["student"],
            quiz=made["quiz"],
        )
        unit = course.unit(str(then.unit))
        with Pool([unit], True, 1, Limits(**made["limits"]), made["device"]) as pool:
            require_isolation(pool, allow_unsafe)
            [(_, now)] = pool.grade([job])
        return cls(file, notebook, then, now)

    @cached_property
    def conditions(self) -> list[str]:
        """Say in which versions, settings and contents then and now differ."""
        before, now = self.then.conditions, self.now.conditions
        return [
            f"{name}: {shown(name, before.get(name))} then, {shown(name, now.get(name))} now"
            for name in {**before, **now}
            if before.get(name) != now.get(name)
        ]

    @cached_property
    def marks(self) -> list[str]:
        """Say which marks differ, and through which checks."""
        before = {e["name"]: e for e in self.then.to_json()["exercises"]}
        now = {e["name"]: e for e in self.now.to_json()["exercises"]}
        found = [] if self.now.status == self.then.status else [f"{self.now.status}: {self.now.error or ''}"]
        for name in {**before, **now}:
            one, other = before.get(name, MISSING), now.get(name, MISSING)
            if (one["score"], one["max_score"]) != (other["score"], other["max_score"]):
                found.append(
                    f"{name}: {one['score']:g} of {one['max_score']:g} ({one['outcome']}) then, "
                    f"{other['score']:g} of {other['max_score']:g} ({other['outcome']}) now{because(one, other)}"
                )
        return found

    @property
    def same_marks(self) -> bool:
        return not self.marks

    @property
    def same(self) -> bool:
        """Tell whether everything but the time it took is the same, to the letter."""
        return wording(self.then) == wording(self.now)

    def lines(self) -> list[str]:
        """Return what a person is told."""
        marks = f"{self.now.score:g} / {self.now.max_score:g}"
        if not self.same_marks:
            verdict = f"marks differ: {self.then.score:g} / {self.then.max_score:g} then, {marks} now"
        else:
            words = (
                "the same to the letter" if self.same else "but outputs or feedback are worded differently"
            )
            verdict = f"the same marks, {marks}; {words}"
        lines = [f"{self.then.notebook}  {self.then.unit}  {verdict}", *(f"  {line}" for line in self.marks)]
        if self.conditions:
            return [*lines, "made under other conditions:", *(f"  {line}" for line in self.conditions)]
        return [*lines, "made under the same conditions"]

    def to_json(self) -> dict[str, Any]:
        return {
            "result": str(self.file),
            "notebook": str(self.notebook),
            "same": self.same,
            "same_marks": self.same_marks,
            "marks": self.marks,
            "conditions": self.conditions,
            "then": {**self.then.to_json(), "conditions": self.then.conditions},
            "now": {**self.now.to_json(), "conditions": self.now.conditions},
        }


MISSING: dict[str, Any] = {"score": 0.0, "max_score": 0.0, "outcome": "not there", "checks": []}


def wording(result: Result) -> dict[str, Any]:
    return {**result.to_record(), "seconds": 0.0, "conditions": {}}


def because(one: dict[str, Any], other: dict[str, Any]) -> str:
    """Name the checks whose outcome differs."""
    before = {check["name"]: check["outcome"] for check in one["checks"]}
    now = {check["name"]: check["outcome"] for check in other["checks"]}
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    return f"; checks: {', '.join(names)}" if names else ""


def shown(name: str, value: Any) -> str:
    return "none" if value is None else str(value)[:12] if name in HASHES else str(value)


def read_result(file: Path) -> Result:
    """Read a kept result; raise `CourseError` where it is none, or from before conditions were recorded."""
    try:
        result = Result.from_record(json.loads(file.read_text(encoding="utf-8")))
        if result.unit and set(result.conditions) >= NEEDED:
            return result
    except OSError as error:
        raise CourseError(f"{file}: {error.strerror}; name a kept result or a graded notebook") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise CourseError(f"{file}: this is not a kept result; name a file under .autograder/results/") from None


def find_result(name: str, kept: Path) -> Path:
    """Return the file of a kept result, by path, by the first letters of its name, or by the notebook it is about."""
    path = Path(name)
    if path.suffix == ".json":
        return path
    if path.is_file():
        digest = content_hash(path)
        found = [
            file for file in results(kept) if digest and f'"{digest}"' in file.read_text(encoding="utf-8")
        ]
        found.sort(key=lambda file: file.stat().st_mtime)
        if found:
            return found[-1]  # the one made last
        raise CourseError(f"{name}: no result in {kept} is about this notebook; grade it first")
    found = [file for file in results(kept) if file.name.startswith(name)]
    if len(found) != 1:
        many = f"{len(found)} results" if found else "no result"
        raise CourseError(f"{name}: {many} of this name in {kept}; give the file, or the notebook")
    return found[0]


def results(kept: Path) -> Iterator[Path]:
    return kept.glob("*/*.json")


def find_notebook(course: Course, result: Result, likely: Sequence[Path]) -> Path:
    """Return the notebook that a result is about, by its content: where it is likely, else among what was handed in."""
    wanted = result.conditions["notebook"]
    submitted = course.root / str(nbgrader_config(course).CourseDirectory.submitted_directory)
    handed_in = submitted.glob("*/*/*")
    for path in (*likely, *sorted(handed_in)):
        if path.is_file() and content_hash(path) == wanted:
            return path
    raise CourseError(
        f"the notebook of this result ({result.notebook}, SHA-256 {wanted[:12]}…) is not in {submitted} "
        "as it was when it was graded; name its file: `autograder score NOTEBOOK --replay RESULT`"
    )
