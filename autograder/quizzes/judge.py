"""Judge an answer to a question: points, and what is told to who gave it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from autograder.quizzes.arithmetic import Number
from autograder.quizzes.face import (
    LETTERS,
    Face,
    NotAnAnswer,
    drawn,
    face,
    filled,
    order,
    parse,
    variant_index,
)
from autograder.quizzes.keys import close, said
from autograder.quizzes.reading import Question, Variant, normalised


class Judged(NamedTuple):
    """Hold what an answer earns and what is told about it."""

    points: float
    feedback: str


class Verdict(NamedTuple):
    """Hold how much of an answer is right, from 0 to 1, and what is told about the wrong part."""

    share: float
    why: str


def judge(question: Question, answer: Any, student_id: str = "") -> Judged:
    """Return the points of an answer, out of 1, and the feedback; pure, and never an exception for what was answered.

    `answer` is plain data: text, a number, or lists and dicts of letters (see `Face.form`). `student_id` says which
    numbers were drawn. The key is told only where the answer is right.
    """
    shown = face(question)
    values = drawn(question.id, question.draw, student_id)
    if not attempted(answer):
        return Judged(0.0, "Not answered.")
    try:
        given = parse(shown, answer)
    except NotAnAnswer as error:
        return Judged(0.0, str(error))
    verdict = compare(question, shown, given, student_id)
    if verdict.share == 1:
        return Judged(1.0, f"Right. {explained(question, values)}")
    opening = "Partly right." if verdict.share else "Wrong."
    closing = f" It was asked{said(values)}." if question.draw and question.marked else ""
    return Judged(round(verdict.share, 4), " ".join(f"{opening} {verdict.why}".split()) + closing)


def attempted(answer: Any) -> bool:
    """Tell whether there is an answer at all."""
    return not (
        answer is None or answer is Ellipsis or (hasattr(answer, "__len__") and not len(answer))
    ) and not (isinstance(answer, str) and not answer.strip())


def explained(question: Question, values: Mapping[str, Number]) -> str:
    """Return the explanation, with drawn numbers in their places."""
    return filled(question.explanation, values)


def variant(question: Question, student_id: str) -> Variant:
    """Return the numbers and the key that a student is given."""
    return question.variants[variant_index(question.id, question.draw, student_id)]


def compare(question: Question, shown: Face, given: Any, student_id: str) -> Verdict:
    """Compare an answer that was read with the key."""
    places = order(question.id, len(shown.choices))
    match question.kind:
        case "choice":
            picked = question.options[places[given]]
            return Verdict(float(picked.right), picked.why)
        case "choices":
            return compare_choices(question, [places[place] for place in given])
        case "number":
            return compare_number(question, given, variant(question, student_id))
        case "matching":
            right = sum(places[place] == index for index, place in enumerate(given))
            return Verdict(right / len(given), f"{right} of {len(given)} pairs are right.")
        case "ordering":
            return compare_order([places[place] for place in given])
    accepted = {normalised(text) for text in question.accepted}
    return Verdict(float(normalised(given) in accepted), "Another term is asked for.")


def compare_choices(question: Question, picked: list[int]) -> Verdict:
    """Return the share of right options picked, less one for each wrong one, and why those are wrong."""
    right = [index for index, option in enumerate(question.options) if option.right]
    hits = sum(index in right for index in picked)
    misses = [question.options[index].why for index in picked if index not in right]
    if hits == len(right) and not misses:
        return Verdict(1.0, "")
    missing = "More options are right than these." if hits < len(right) else ""
    return Verdict(max(0.0, (hits - len(misses)) / len(right)), " ".join([*misses, missing]))


def compare_number(question: Question, given: Number, key: Variant) -> Verdict:
    """Compare a number with the key, and with the wrong numbers that are recognised; only one reason is told."""
    if close(given, key.answer, question.tolerance):
        return Verdict(1.0, "")
    reasons = {why for wrong, why in key.wrong if close(given, wrong, question.tolerance)}
    why = filled(reasons.pop(), key.values) if len(reasons) == 1 else ""
    return Verdict(0.0, why or "It is another number.")


def compare_order(given: list[int]) -> Verdict:
    """Tell whether items are in order, and where the first one is that is not."""
    wrong = next((place for place, item in enumerate(given) if place != item), None)
    if wrong is None:
        return Verdict(1.0, "")
    return Verdict(0.0, f"Place {wrong + 1} is the first one that is wrong.")


def key_text(question: Question, student_id: str = "") -> str:
    """Return the key as a sentence, in the letters that students see."""
    places = order(question.id, len(face(question).choices))
    letter = {item: LETTERS[place] for place, item in enumerate(places)}
    match question.kind:
        case "choice" | "choices":
            right = [index for index, option in enumerate(question.options) if option.right]
            return f"The answer is {spaced(sorted(letter[index] for index in right))}."
        case "number":
            return f"The answer is {number_text(variant(question, student_id).answer)}{unit_text(question)}."
        case "matching" | "ordering":
            return f"The answer is {spaced(letter[index] for index in range(len(places)))}."
    return f"The answer is: {question.accepted[0]}."


def spaced(letters: Iterable[str]) -> str:
    return " ".join(letters)


def unit_text(question: Question) -> str:
    return f" {question.unit}" if question.unit else ""


def number_text(number: Number) -> str:
    """Return a number as people write it: whole ones in full, others to six digits."""
    return str(int(number)) if number == int(number) and abs(number) < 1e15 else f"{number:.6g}"
