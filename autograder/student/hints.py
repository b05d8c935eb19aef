"""Hints in rungs: a nudge, a pointer, a sketch. Each time that one is asked for, the next is given."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass

from autograder.files import write_whole
from autograder.units import Course, Exercise

RUNGS = ("a nudge", "a pointer", "a sketch")


@dataclass(frozen=True)
class Hint:
    """Hold one hint, and where it stands on its ladder; the lowest is number 1."""

    number: int
    count: int
    text: str

    @property
    def rung(self) -> str:
        return RUNGS[self.number - 1] if self.number <= len(RUNGS) else "one more"

    @property
    def title(self) -> str:
        return f"Hint {self.number} of {self.count}, {self.rung}"


class Hints:
    """Hold how far up each exercise's hints a student has come, kept in a file."""

    def __init__(self, course: Course) -> None:
        self.path = course.root / ".autograder" / "hints.json"
        self.taken = self._read()

    def given(self, exercise: Exercise) -> list[Hint]:
        """Return the hints that were given so far."""
        return ladder(exercise)[: self.taken.get(exercise.name, 0)]

    def next(self, exercise: Exercise) -> Hint | None:
        """Give the next hint, or the last one again; None where the exercise has none."""
        found = ladder(exercise)[: len(self.given(exercise)) + 1]
        if not found:
            return None
        self.taken[exercise.name] = found[-1].number
        self._keep()
        return found[-1]

    def _read(self) -> dict[str, int]:
        try:
            record = json.loads(self.path.read_text(encoding="utf-8"))
            return {str(name): max(0, int(number)) for name, number in record.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}  # none given yet, or damaged: the ladder starts over

    def _keep(self) -> None:
        with suppress(OSError):  # a hint is given all the same where nothing can be written
            write_whole(self.path, json.dumps(self.taken, indent=1, sort_keys=True) + "\n")


def ladder(exercise: Exercise) -> list[Hint]:
    """Return all hints of an exercise, the least telling first."""
    return [Hint(number, len(exercise.hints), text) for number, text in enumerate(exercise.hints, 1)]
