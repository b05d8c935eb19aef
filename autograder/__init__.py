"""Auto-graded exercises for a deep-learning course: `check`, `after` and `quiz` are what notebooks import."""

from __future__ import annotations

import os
from typing import Any

from autograder.teaching import Silent, after

__all__ = ["__version__", "after", "check", "quiz"]
__version__ = "0.1.0"


def check(function: Any) -> None:
    """Run an exercise's visible checks on `function`, show the outcome, and raise `NotYet` if one fails.

    The exercise is recognised by the name that the function has in the notebook. While a submission is graded this
    does nothing: the examiner runs the checks.
    """
    if os.environ.get("AUTOGRADER_EXAMINEE"):
        return
    from autograder.selfcheck import check_function

    check_function(function)


def __getattr__(name: str) -> Any:
    """Return `quiz`, which few who import this package need; while a submission is graded, it does nothing."""
    if name == "quiz" and os.environ.get("AUTOGRADER_EXAMINEE"):
        return Silent()
    if name == "quiz":
        from autograder.quizzes.notebook import quiz

        return quiz
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
