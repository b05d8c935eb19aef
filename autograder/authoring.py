"""What files of named answers (`mistakes.py`, `alternatives.py`) import: the mark on each answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Function = TypeVar("Function", bound=Callable[..., object])


def answer(exercise: str) -> Callable[[Function], Function]:
    """Mark a function as an answer to `exercise`; its docstring says what it is.

    In `mistakes.py` the docstring is the sentence that a student is told; in `alternatives.py` it says how this right
    answer differs from the reference.
    """
    del exercise
    return lambda function: function
