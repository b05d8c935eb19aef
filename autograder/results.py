"""What examining an answer can end in, and the records that every other stage passes on."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

# Lines of an exercise's feedback that a page shows in ways of their own.
PROBABLY = "Probably: {sentence}"
SEEN = "What was seen: {found}."
ALSO = "Also: {sentence}"


def readable(text: str) -> str:
    """Return a text that can be written into any file: halves of surrogate pairs become question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def in_points(value: float | None) -> str:
    """Return a mark as text with at most two decimals; empty where there is none."""
    return "" if value is None else f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def out_of(score: float, most: float) -> str:
    """Return a mark as `1.5 / 3`."""
    return f"{in_points(score)} / {in_points(most)}"


class Outcome(StrEnum):
    """Say how a check, or an exercise, ended; the set is closed."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_ATTEMPTED = "not attempted"
    RAISED = "raised"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    NOT_ALLOWED = "not allowed"
    SKIPPED = "skipped"
    GRADER_ERROR = "grader error"

    @property
    def earns(self) -> bool:
        """Tell whether the outcome earns its points: a fault of ours never costs any."""
        return self in (Outcome.PASSED, Outcome.GRADER_ERROR)


@dataclass
class CheckResult:
    """Hold one check's outcome, what the student is told, and what stays with staff."""

    name: str
    visible: bool
    outcome: Outcome
    sentence: str = ""
    message: str = ""
    details: str = ""
    facts: list[Any] = field(default_factory=list, repr=False)
    symptom: str = ""
    compared: Any = field(default=None, repr=False)
    right: list[dict[str, Any]] = field(default_factory=list, repr=False)
    wrong: list[dict[str, Any]] = field(default_factory=list, repr=False)
    drew: bool = False  # random numbers, from a source that all share

    def to_json(self) -> dict[str, Any]:
        """Return the public record: facts and staff details stay out of it."""
        return {
            "name": self.name,
            "visible": self.visible,
            "outcome": str(self.outcome),
            "message": self.message,
        }


@dataclass
class ExerciseResult:
    """Hold one exercise's marks and feedback."""

    name: str
    outcome: Outcome
    score: float
    max_score: float
    mistake: str | None = None
    feedback: str = ""
    checks: list[CheckResult] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "outcome": str(self.outcome),
            "score": self.score,
            "max_score": self.max_score,
            "mistake": self.mistake,
            "feedback": self.feedback,
            "checks": [check.to_json() for check in self.checks],
        }

    def to_record(self) -> dict[str, Any]:
        """Return the staff's record: the public one, with sentences and details."""
        record = self.to_json()
        for check, public in zip(self.checks, record["checks"], strict=True):
            public.update(sentence=check.sentence, details=check.details)
        return record


@dataclass
class CellOutput:
    """Hold what one code cell of a submitted notebook printed, showed or raised."""

    index: int
    outputs: list[dict[str, Any]] = field(default_factory=list)
    error: str | None = None
    execution_count: int | None = None


@dataclass
class Job:
    """Ask for one notebook to be graded; `text` grades a notebook that is not in a file.

    `student` is who handed it in. `quiz` says whether it is a notebook of marked questions; None asks the notebook.
    """

    name: str
    path: str | None = None
    text: str | None = None
    unit: str | None = None
    exercises: list[str] = field(default_factory=list)
    student: str | None = None
    quiz: bool | None = None


@dataclass
class Result:
    """Hold everything that grading one notebook gave."""

    notebook: str
    unit: str | None = None
    status: str = "graded"
    seconds: float = 0.0
    repairs: list[str] = field(default_factory=list)
    error: str | None = None
    exercises: list[ExerciseResult] = field(default_factory=list)
    cells: list[CellOutput] = field(default_factory=list)
    conditions: dict[str, Any] = field(default_factory=dict)

    @property
    def score(self) -> float:
        return round(sum(exercise.score for exercise in self.exercises), 4)

    @property
    def max_score(self) -> float:
        return round(sum(exercise.max_score for exercise in self.exercises), 4)

    def to_json(self) -> dict[str, Any]:
        """Return the object that `autograder score --json` writes on one line."""
        return {
            "notebook": self.notebook,
            "unit": self.unit,
            "status": self.status,
            "score": self.score,
            "max_score": self.max_score,
            "seconds": round(self.seconds, 3),
            "repairs": self.repairs,
            "error": self.error,
            "exercises": [exercise.to_json() for exercise in self.exercises],
        }

    def to_record(self) -> dict[str, Any]:
        """Return everything, for the store of results and the path between processes."""
        record = self.to_json()
        record["exercises"] = [exercise.to_record() for exercise in self.exercises]
        record["cells"] = [asdict(cell) for cell in self.cells]
        record["conditions"] = self.conditions
        return record

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Result:
        """Rebuild a result from `to_record`."""
        exercises = []
        for item in record["exercises"]:
            checks = [
                CheckResult(
                    name=check["name"],
                    visible=check["visible"],
                    outcome=Outcome(check["outcome"]),
                    sentence=check["sentence"],
                    message=check["message"],
                    details=check["details"],
                )
                for check in item["checks"]
            ]
            exercises.append(
                ExerciseResult(
                    name=item["name"],
                    outcome=Outcome(item["outcome"]),
                    score=item["score"],
                    max_score=item["max_score"],
                    mistake=item["mistake"],
                    feedback=item["feedback"],
                    checks=checks,
                )
            )
        return cls(
            notebook=record["notebook"],
            unit=record["unit"],
            status=record["status"],
            seconds=record["seconds"],
            repairs=record["repairs"],
            error=record["error"],
            exercises=exercises,
            cells=[CellOutput(**cell) for cell in record["cells"]],
            conditions=record["conditions"],
        )
