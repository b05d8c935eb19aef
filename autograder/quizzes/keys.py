"""Work out the keys of number questions, on the author's side: for all numbers that students may be given.

A key is an expression, or what the unit's reference returns; then the wrong numbers that are recognised are what the unit's
named mistakes return, each with its sentence.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from typing import Any

from autograder.bounds import time_limit
from autograder.quizzes.arithmetic import NotArithmetic, Number, evaluate, finite
from autograder.quizzes.reading import Question, Variant, Wrong
from autograder.units import Unit

SECONDS = 5.0


def with_keys(question: Question, unit: Unit) -> Question:
    """Return a question with its variants worked out; raise `ValueError` where a key or a wrong number is none."""
    if question.kind != "number":
        return question
    names = list(question.draw)
    drawn = [dict(zip(names, values, strict=True)) for values in product(*question.draw.values())]
    keys = called(question, unit, drawn) if question.call else [(key(question, at), []) for at in drawn]
    variants = []
    for values, (answer, mistaken) in zip(drawn, keys, strict=True):
        wrong = [(wrong_number(item, values), item.why) for item in question.wrong]
        variants.append(Variant(values, answer, tuple(separate(question, answer, [*wrong, *mistaken]))))
    for item in question.wrong:
        if not any(item.why == why for variant in variants for _, why in variant.wrong):
            raise ValueError(
                f"the wrong number {item.answer!r} is always right, within the tolerance; correct it or leave it out"
            )
    return replace(question, variants=tuple(variants))


def key(question: Question, values: Mapping[str, Number]) -> Number:
    """Return the key that `answer` says, for drawn numbers."""
    try:
        return number(question.answer, values)
    except NotArithmetic as error:
        raise ValueError(f"`answer`{said(values)}: {error}; correct it") from None


def wrong_number(item: Wrong, values: Mapping[str, Number]) -> Number | None:
    """Return a wrong number for drawn numbers; None where its expression has no value there."""
    try:
        return number(item.answer, values)
    except NotArithmetic as error:
        if values and "has no value" in str(error):
            return None
        raise ValueError(f"`wrong`{said(values)}: {error}; correct it") from None


def number(answer: Any, values: Mapping[str, Number]) -> Number:
    return evaluate(answer, values) if isinstance(answer, str) else finite(answer)


def said(values: Mapping[str, Number]) -> str:
    """Return drawn numbers as text: ` with n = 3, k = 5`; nothing where there are none."""
    return " with " + ", ".join(f"{name} = {value}" for name, value in values.items()) if values else ""


def separate(
    question: Question, answer: Number, wrong: list[tuple[Number | None, str]]
) -> Iterator[tuple[Number, str]]:
    """Yield the wrong numbers that are wrong here, and that no other reason explains as well."""
    for index, (value, why) in enumerate(wrong):
        if value is None or close(value, answer, question.tolerance):
            continue
        others = [other for at, (other, _) in enumerate(wrong) if at != index and wrong[at][1] != why]
        if not any(other is not None and close(value, other, question.tolerance) for other in others):
            yield value, why


def close(one: Number, other: Number, tolerance: float) -> bool:
    """Tell whether two numbers are equal up to a tolerance, and to rounding."""
    try:
        return abs(one - other) <= tolerance + 1e-9 * max(1.0, abs(other))
    except OverflowError:
        return one == other


def called(
    question: Question, unit: Unit, drawn: list[dict[str, Number]]
) -> list[tuple[Number, list[tuple[Number | None, str]]]]:
    """Return, for each set of drawn numbers, what the reference returns, and what each mistake does."""
    if question.exercise not in unit.exercises:
        names = ", ".join(unit.exercises)
        raise ValueError(f"the unit has no exercise `{question.exercise}`; it has: {names}")
    try:
        code = compile(question.call.strip(), f"<call of {question.id}>", "eval")
    except (SyntaxError, ValueError) as error:
        raise ValueError(f"`call` cannot be read: {error}; correct it") from None
    mistakes = [item for item in unit.mistakes.values() if item.exercise == question.exercise]
    functions = [(item.function(), item.sentence) for item in mistakes]
    with experiments_off():
        references = unit.references
    found = []
    for values in drawn:
        try:
            answer = returned(code, references, values)
        except Exception as error:
            raise ValueError(
                f"`call`{said(values)} gave {type(error).__name__}: {error}; let it return a finite number"
            ) from None
        wrong = []
        for function, sentence in functions:
            wrong.append((attempt(code, {**references, question.exercise: function}, values), sentence))
        found.append((answer, wrong))
    return found


def attempt(code: Any, functions: Mapping[str, Any], values: Mapping[str, Number]) -> Number | None:
    """Return what a mistake returns; None where it raises, takes too long or returns no finite number."""
    try:
        return returned(code, functions, values)
    except Exception:
        return None


def returned(code: Any, functions: Mapping[str, Any], values: Mapping[str, Number]) -> Number:
    """Return the number that a call returns with these functions."""
    import torch

    with time_limit(SECONDS):
        result = eval(code, {**functions, "torch": torch, "math": math, **values})
    if isinstance(result, torch.Tensor):
        result = result.item()
    if isinstance(result, bool):
        raise NotArithmetic("a truth value is not a number")
    return finite(result)


@contextmanager
def experiments_off() -> Iterator[None]:
    """Keep a notebook's experiments (`autograder.after`) from running while its functions are loaded."""
    before = os.environ.get("AUTOGRADER_EXAMINEE")
    os.environ["AUTOGRADER_EXAMINEE"] = "1"
    try:
        yield
    finally:
        os.environ.pop("AUTOGRADER_EXAMINEE")
        if before is not None:
            os.environ["AUTOGRADER_EXAMINEE"] = before
