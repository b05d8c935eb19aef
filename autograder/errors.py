"""The exceptions of the program, in two trees: what stops the program, and what an answer did.

AutograderError          what stops the program, in one sentence that ends with what to do next
├── CourseError          the course's own files are wrong or missing
├── NotebookError        a notebook that someone handed in cannot be read
├── DataError            a corpus cannot be had (`corpora`)
├── ProtocolError        what came over a channel is not what was agreed
├── NotYet               an exercise is not right yet: a student's own check (`selfcheck`)
└── NotRead              an answer to a question cannot be read (`quizzes.notebook`)

AssertionError
└── CheckFailed          an answer fell short of a check
    ├── Raised           the answer raised
    ├── TimedOut         the answer took too long
    ├── OutOfMemory      the answer took too much memory
    ├── Died             the answer ended its process
    └── Missing          there is no answer
"""

from __future__ import annotations

from typing import Any


class AutograderError(Exception):
    """Tell, in one sentence that ends with what to do next, why the program stopped."""

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows: the sentence alone, in the reader's language."""
        from autograder.language import _  # it raises what stands here

        return [_(str(self))]


class CourseError(AutograderError):
    """Report course files that are wrong or missing."""


class NotebookError(AutograderError):
    """Report a notebook that cannot be read."""


class ProtocolError(AutograderError):
    """Report a message that is not what was agreed."""


class CheckFailed(AssertionError):
    """Report that an answer fell short: at which rung, what was expected, and what came."""

    def __init__(
        self, rung: str, expected: str = "", got: str = "", where: str = "", call: str = "", symptom: str = ""
    ) -> None:
        self.rung, self.expected, self.got, self.where, self.call = rung, expected, got, where, call
        self.symptom = symptom
        self.compared: Any = None  # what a picture can show of it
        super().__init__(self.render())

    def render(self) -> str:
        """Return the failure in the one grammar: called, expected, got, where."""
        lines = [
            (self.call, f"  called: {self.call}"),
            (self.expected, f"expected: {self.expected}"),
            (self.got, f"     got: {self.got}"),
            (self.where, f"   where: {self.where}"),
        ]
        return "\n".join(line for text, line in lines if text)


class Raised(CheckFailed):
    """Report that the answer raised an exception."""

    def __init__(self, kind: str, text: str, line: str = "", kinds: list[str] | None = None) -> None:
        self.kind, self.text, self.line = kind, text, line
        self.kinds = kinds or [kind]
        super().__init__("raised", got=f"{kind}: {text}" if text else kind, where=line)


class TimedOut(CheckFailed):
    """Report that the answer did not return in time."""

    def __init__(self, seconds: float) -> None:
        super().__init__("time", expected=f"an answer within {seconds:g} s", got="none by then")


class OutOfMemory(CheckFailed):
    """Report that the answer asked for more memory than it may have."""

    def __init__(self, text: str = "") -> None:
        super().__init__("memory", expected="less memory", got=text or "more than the limit")


class Died(CheckFailed):
    """Report that the process of the answer ended in mid-call."""

    def __init__(self, text: str = "") -> None:
        super().__init__("process", expected="a result", got=text or "the process ended")


class Missing(CheckFailed):
    """Report that the notebook defines no such function, or only the stub."""

    def __init__(self, name: str, why: str = "") -> None:
        self.why = why
        super().__init__("attempt", expected=f"a function {name}", got=why or "only the stub")
