"""What a student sees of a question, and how what is answered is read: no keys here.

Options, the right side of a matching and the items of an ordering are shown in an order that follows from the question's
id and their number alone, so that a letter means the same wherever the question stands. Drawn numbers follow from
the question's id and the student's.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from autograder.language import _
from autograder.quizzes.arithmetic import NotArithmetic, Number, evaluate, finite
from autograder.quizzes.reading import Question, says

LETTERS = "abcdefgh"
LONGEST = 2000
SLOT = re.compile(r"\{(\w+)\}")


class NotAnAnswer(ValueError):
    """Tell what an answer to this question looks like."""


@dataclass(frozen=True)
class Face:
    """Hold the public part of a question, in the order of showing."""

    id: str
    kind: str
    topic: str
    text: str
    choices: tuple[str, ...] = ()
    lefts: tuple[str, ...] = ()
    unit: str = ""
    draw: Mapping[str, tuple[Number, ...]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        record: dict[str, Any] = {"id": self.id, "kind": self.kind, "topic": self.topic, "text": self.text}
        for name in ("choices", "lefts"):
            if getattr(self, name):
                record[name] = list(getattr(self, name))
        if self.unit:
            record["unit"] = self.unit
        if self.draw:
            record["draw"] = {name: list(values) for name, values in self.draw.items()}
        return record

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Face:
        return cls(
            str(record["id"]),
            str(record["kind"]),
            str(record["topic"]),
            str(record["text"]),
            tuple(record.get("choices", ())),
            tuple(record.get("lefts", ())),
            str(record.get("unit", "")),
            {name: tuple(values) for name, values in record.get("draw", {}).items()},
        )

    @property
    def form(self) -> str:
        """Say what an answer looks like."""
        last = LETTERS[len(self.choices) - 1] if self.choices else ""
        example = " ".join(LETTERS[: len(self.choices)][::-1])
        match self.kind:
            case "choice":
                return f"one letter, a to {last}"
            case "choices":
                return f"all letters that are right, such as {LETTERS[0]} {last}"
            case "number":
                return f"a number, in {self.unit}" if self.unit else "a number"
            case "matching":
                return f"a letter for each number, in the order of the numbers, such as {example}"
            case "ordering":
                return f"all letters in the right order, such as {example}"
        return "a few words"


def face(question: Question) -> Face:
    """Return the public part of a question; a topic that is the answer is left out."""
    choices: tuple[str, ...] = ()
    lefts: tuple[str, ...] = ()
    match question.kind:
        case "choice" | "choices":
            choices = tuple(option.text for option in question.options)
        case "matching":
            choices = tuple(right for _, right in question.pairs)
            lefts = tuple(left for left, _ in question.pairs)
        case "ordering":
            choices = question.items
    shown = tuple(choices[index] for index in order(question.id, len(choices)))
    told = any(says(question.topic, answer) for answer in question.accepted)
    return Face(
        question.id,
        question.kind,
        "a term" if told else question.topic,
        question.text,
        shown,
        lefts,
        question.unit,
        question.draw,
    )


def order(name: str, count: int) -> list[int]:
    """Return in which order a question shows its parts; never the one that they are written in."""
    places = sorted(range(count), key=lambda place: _hash(f"{name}\0{place}"))
    return places[1:] + places[:1] if count > 1 and places == list(range(count)) else places


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def variant_index(name: str, draw: Mapping[str, tuple[Number, ...]], student: str) -> int:
    """Return which of the sets of numbers a student is given: 0 where nothing is drawn."""
    count = 1
    for values in draw.values():
        count *= len(values)
    known = unicodedata.normalize("NFC", student.strip()).casefold()
    return _hash(f"{name}\0{known}") % count


def drawn(name: str, draw: Mapping[str, tuple[Number, ...]], student: str) -> dict[str, Number]:
    """Return the numbers that a student is given."""
    index = variant_index(name, draw, student)
    values: dict[str, Number] = {}
    for key, listed in reversed(list(draw.items())):
        index, place = divmod(index, len(listed))
        values[key] = listed[place]
    return {key: values[key] for key in draw}


def filled(text: str, values: Mapping[str, Any]) -> str:
    """Return a text with its drawn numbers in their places; other braces stay, of which KaTeX has many."""
    return SLOT.sub(
        lambda match: str(values[match.group(1)]) if match.group(1) in values else match.group(), text
    )


def as_markdown(shown: Face, values: Mapping[str, Any] | None = None) -> str:
    """Return a question as Markdown, with lettered options; drawn numbers are filled in where they are given."""
    lines = [filled(_(shown.text), values or {})]
    if shown.lefts:
        lines += ["", *(f"{number}. {_(left)}" for number, left in enumerate(shown.lefts, start=1))]
    if shown.choices:
        pairs = zip(LETTERS, shown.choices, strict=False)
        lines += ["", *(f"- **{letter}**: {filled(_(text), values or {})}" for letter, text in pairs)]
    return "\n".join(lines)


def parse(shown: Face, answer: Any) -> Any:
    """Return an answer in one form; raise `NotAnAnswer` that says what one looks like.

    Choices become the places of what was picked, in the order of showing; numbers become numbers, texts stay texts.
    """
    if isinstance(answer, str) and len(answer) > LONGEST:
        raise NotAnAnswer(f"This is very long. Answer with {shown.form}.")
    try:
        match shown.kind:
            case "number":
                return _number(answer, shown.unit)
            case "text":
                if not isinstance(answer, str):
                    raise ValueError
                return answer
            case "choice":
                [picked] = _places(answer, shown)
                return picked
            case "choices":
                places = _places(answer, shown)
                return tuple(sorted(set(places)))
        places = _places(answer, shown)
        if sorted(places) != list(range(len(shown.choices))):
            raise ValueError
        return tuple(places)
    except (ValueError, TypeError, OverflowError):
        raise NotAnAnswer(f"This cannot be read as an answer. Answer with {shown.form}.") from None


def _number(answer: Any, unit: str) -> Number:
    if isinstance(answer, bool) or not isinstance(answer, int | float | str):
        raise ValueError
    if not isinstance(answer, str):
        return finite(answer)
    text = answer.strip().removeprefix("=").strip()
    if unit and text.casefold().endswith(unit.casefold()):
        text = text[: -len(unit)].strip()
    text = re.sub(r"(?<=\d)[\u202f\u00a0 ](?=\d{3}\b)", "", text).replace("^", "**").replace("−", "-")
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", text):
        text = text.replace(",", "")
    elif re.fullmatch(r"[+-]?\d+,\d+", text):
        text = text.replace(",", ".")
    try:
        return evaluate(text)
    except NotArithmetic:
        raise ValueError from None


def _places(answer: Any, shown: Face) -> list[int]:
    """Return the places of the letters in an answer: `b`, `a c`, `a, c`, `ac`, `1b 2a`, ["a", "c"], {1: "b"} …"""
    if isinstance(answer, Mapping):
        return _places(_by_left(answer, shown), shown)
    if isinstance(answer, str):
        if (exact := _exact(answer, shown)) is not None:
            return [exact]
        text = re.sub(r"[^\w]+|\band\b", " ", answer.casefold())
        if re.fullmatch(r"( *\d+ *[a-z])+ *", text):
            pairs = re.findall(r"(\d+) *([a-z])", text)
            return _places(_by_left({int(left): letter for left, letter in pairs}, shown), shown)
        letters: Iterable[Any] = "".join(text.split())
    elif isinstance(answer, list | tuple):
        letters = answer
    elif isinstance(answer, set | frozenset):
        letters = sorted(answer)
    else:
        raise ValueError
    return [_place(letter, shown) for letter in letters]


def _by_left(answer: Mapping[Any, Any], shown: Face) -> list[Any]:
    """Return the letters of a matching in the order of its left side."""
    keys = {str(key).casefold().strip(): value for key, value in answer.items()}
    named = [
        keys[str(number)] if str(number) in keys else keys[left.casefold().strip()]
        for number, left in enumerate(shown.lefts, start=1)
        if str(number) in keys or left.casefold().strip() in keys
    ]
    if len(named) != len(answer) or len(named) != len(shown.lefts):
        raise ValueError
    return named


def _place(letter: Any, shown: Face) -> int:
    if not isinstance(letter, str):
        raise ValueError
    if (exact := _exact(letter, shown)) is not None:
        return exact
    known = LETTERS[: len(shown.choices)]
    letter = letter.strip().casefold()
    if len(letter) != 1:
        raise ValueError
    return known.index(letter)


def _exact(text: str, shown: Face) -> int | None:
    """Return the place of an option that was written out; None where the text is none, or a letter."""
    written = " ".join(text.split()).casefold()
    for place, choice in enumerate(shown.choices):
        if len(written) > 1 and written == " ".join(choice.split()).casefold():
            return place
    return None
