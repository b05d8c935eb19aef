"""What notebooks show with a student's own functions: pictures and experiments that wait until these are written."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from autograder.language import _


def after(*exercises: Any) -> Callable[[Callable[[], Any]], Any]:
    """Run the decorated function at once, and put what it returns in its place.

    Where one of the `exercises` that it needs is still a stub, or does not work yet, say so in one line and go on with
    None: a notebook runs from top to bottom at any time. While a submission is graded nothing is run.
    """
    names = " and ".join(str(getattr(exercise, "__name__", exercise)) for exercise in exercises)

    def run(show: Callable[[], Any]) -> Any:
        if os.environ.get("AUTOGRADER_EXAMINEE"):
            return None
        try:
            return show()
        except NotImplementedError:
            print(_(f"There is more to see here once {names} is written."))
        except Exception as error:
            text = f"{type(error).__name__}: {error}"[:300]
            print(_(f"This does not work with {names} as it is ({text}). What does the check above say?"))
        if plt := sys.modules.get("matplotlib.pyplot"):
            plt.close("all")  # an empty figure would be shown otherwise
        return None

    return run


class Silent:
    """Stand for `quiz` while a submission is graded: questions to practise on have no part in it."""

    def __call__(self, *_: Any, **__: Any) -> None:
        return None

    def __getattr__(self, name: str) -> Silent:
        return self
