"""Search small inputs for those that tell the most wrong answers apart, for authors to put into checks.

A case is one set of arguments. The search draws many, runs the reference, the named mistakes and the mutants on each,
and keeps the few that together separate the most pairs: first of all, each wrong answer from the right one.
"""

from __future__ import annotations

import itertools
import json
import random
import runpy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.calls import Call, perform, seed_everything, tree
from autograder.describe import describe_call
from autograder.diagnosis import as_data
from autograder.entries import fault
from autograder.errors import CheckFailed, CourseError, Raised
from autograder.mutants import equivalents as same_functions
from autograder.mutants import mutants, set_aside
from autograder.trials import in_time
from autograder.units import Unit

Draw = Callable[[random.Random], Any]
RIGHT = "the reference"
CALL_SECONDS = 2.0


@dataclass
class Case:
    """Hold one set of arguments: the seed that draws it, the call as one would write it, and the pairs it separates."""

    seed: int
    call: str
    pairs: frozenset[tuple[str, str]]


@dataclass
class Separation:
    """Hold the cases chosen, the wrong answers that none of them catches, and the mistakes that none tells apart."""

    cases: list[Case]
    uncaught: list[str]
    alike: list[tuple[str, str]]


def read_draw(path: Path) -> Draw:
    """Return the function `draw(dice)` of a file of the author's; it returns a tuple of arguments, or (args, kwargs)."""
    try:
        draw = runpy.run_path(str(path)).get("draw")
    except OSError as error:
        raise CourseError(f"{path}: {error.strerror}; name a Python file that defines draw(dice)") from None
    except Exception as error:
        raise fault(path, error) from None
    if not callable(draw):
        raise CourseError(f"{path}: it defines no draw(dice); let it return a tuple of arguments")

    def checked(dice: random.Random) -> Any:
        try:
            return draw(dice)
        except Exception as error:
            raise fault(path, error) from None

    return checked


def separate(unit: Unit, exercise: str, draw: Draw, count: int, most: int = 4) -> Separation:
    """Draw `count` cases, and choose up to `most` of them that separate as many wrong answers as can be."""
    functions = candidates(unit, exercise)
    named = {mistake.name for mistake in unit.mistakes.values() if mistake.exercise == exercise}
    drawn = [look(exercise, functions, draw, seed) for seed in range(count)]
    chosen: list[Case] = []
    covered: set[tuple[str, str]] = set()

    def gain(case: Case) -> tuple[int, int]:
        new = case.pairs - covered
        return sum(RIGHT in pair for pair in new), len(new)

    while len(chosen) < most:
        best = max(drawn, key=gain, default=None)
        if best is None or gain(best) == (0, 0):
            break
        chosen.append(best)
        covered |= best.pairs
    every = set(pairs_of(sorted(functions)))
    left = sorted(every - covered)
    return Separation(
        chosen,
        uncaught=[other if one == RIGHT else one for one, other in left if RIGHT in (one, other)],
        alike=[pair for pair in left if set(pair) <= named],
    )


def candidates(unit: Unit, exercise: str) -> dict[str, Callable[..., Any]]:
    """Return the reference, the named mistakes and the mutants that are not set aside, by name."""
    functions = {RIGHT: unit.references[exercise]}
    functions |= {m.name: m.function() for m in unit.mistakes.values() if m.exercise == exercise}
    same = same_functions(unit).get(exercise, {})
    for mutant in mutants(unit, exercise):
        if set_aside(mutant.name, same) is None:
            functions[f"mutant {mutant.name}"] = mutant.function(unit.references)
    return functions


def look(exercise: str, functions: dict[str, Callable[..., Any]], draw: Draw, seed: int) -> Case:
    """Return the case that a seed draws, with the pairs of functions that do different things on it."""
    arguments = draw(random.Random(seed))
    args, kwargs = arguments if is_args_and_kwargs(arguments) else (arguments, {})
    seen = {
        name: outcome(function, Call(exercise, tuple(args), kwargs)) for name, function in functions.items()
    }
    pairs = frozenset((one, other) for one, other in pairs_of(sorted(seen)) if seen[one] != seen[other])
    return Case(seed, describe_call(exercise, tuple(args), kwargs), pairs)


def is_args_and_kwargs(value: Any) -> bool:
    return (
        isinstance(value, tuple)
        and len(value) == 2
        and isinstance(value[0], tuple)
        and isinstance(value[1], dict)
    )


def pairs_of(names: list[str]) -> itertools.combinations[tuple[str, str]]:
    return itertools.combinations(names, 2)


def outcome(function: Callable[..., Any], call: Call) -> str:
    """Return what a call comes to, rounded to six digits: two functions that differ by rounding alone look the same."""
    seed_everything(1)
    try:
        result = perform(in_time(function, CALL_SECONDS), call).result
    except Raised as failure:
        return f"raised {failure.kinds[0] == 'ValueError'}"
    except CheckFailed as failure:
        return failure.rung
    return json.dumps(tree(brief, as_data(result)))


def brief(item: Any) -> Any:
    """Round a number in a result."""
    if isinstance(item, float):
        return "0" if abs(item) <= 1e-9 else f"{item:.6g}"
    return item
