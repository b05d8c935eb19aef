"""Quizzes as authors write them: `solutions/UNIT/quiz.toml`, read and checked entry by entry.

What a message says is always which file, which question, what is wrong there, and what to do about it. The keys of
numbers are worked out in `keys.py`; what a student sees of a question is its face (`face.py`).
"""

from __future__ import annotations

import keyword
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.entries import line_of, read_toml
from autograder.errors import CourseError
from autograder.quizzes.arithmetic import FUNCTIONS, Number
from autograder.units import Course, Unit

FILE = "quiz.toml"
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
COMMON = {"id", "kind", "topic", "marked", "text", "explanation"}
OWN = {
    "choice": {"options"},
    "choices": {"options"},
    "number": {"answer", "tolerance", "unit", "wrong", "draw", "exercise", "call", "variants"},
    "matching": {"pairs"},
    "ordering": {"items"},
    "text": {"accepted"},
}
MOST_VARIANTS = 500


class BadQuestion(ValueError):
    """Tell what is wrong with a question, and what to do about it."""


@dataclass(frozen=True)
class Option:
    """Hold one option of a choice: its text, whether it is right, and what is told to who picks it wrongly."""

    text: str
    right: bool
    why: str


@dataclass(frozen=True)
class Wrong:
    """Hold a wrong number that is recognised, a number or an expression, and what is told to who gives it."""

    answer: Number | str
    why: str


@dataclass(frozen=True)
class Variant:
    """Hold the numbers that a student may be given, the key to them, and the wrong numbers that are recognised."""

    values: Mapping[str, Number]
    answer: Number
    wrong: tuple[tuple[Number, str], ...] = ()


@dataclass(frozen=True)
class Question:
    """Hold one question with its key; which of the later fields are filled depends on the kind."""

    id: str
    kind: str
    topic: str
    marked: bool
    text: str
    explanation: str
    options: tuple[Option, ...] = ()
    answer: Number | str | None = None
    tolerance: float = 0.0
    unit: str = ""
    wrong: tuple[Wrong, ...] = ()
    draw: Mapping[str, tuple[Number, ...]] = field(default_factory=dict)
    exercise: str = ""
    call: str = ""
    pairs: tuple[tuple[str, str], ...] = ()
    items: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()

    @property
    def points(self) -> float:
        """Return what a right answer earns: 1 where the question is marked."""
        return 1.0 if self.marked else 0.0


@dataclass(frozen=True)
class Quiz:
    """Hold a unit's questions."""

    unit: str
    title: str
    questions: tuple[Question, ...]

    @property
    def practice(self) -> tuple[Question, ...]:
        return tuple(question for question in self.questions if not question.marked)

    @property
    def marked(self) -> tuple[Question, ...]:
        return tuple(question for question in self.questions if question.marked)

    def question(self, name: str) -> Question:
        """Return a question by its id; raise `CourseError` that lists those there are."""
        for question in self.questions:
            if question.id == name:
                return question
        names = ", ".join(question.id for question in self.questions)
        raise CourseError(f"the quiz of {self.unit} has no question {name!r}; it has: {names}")


def load_quiz(unit: Unit, keys: bool = True) -> Quiz | None:
    """Read `quiz.toml` of a unit on the author's side; None where the unit has no quiz.

    Raise `CourseError` naming the file, the question and the remedy. Without `keys`, those of numbers are not worked
    out: what students see needs none.
    """
    from autograder.quizzes.keys import with_keys

    path = unit.folder / FILE
    if not path.is_file():
        return None
    content = read_toml(path)
    entries = content.get("question")
    if set(content) != {"question"} or not isinstance(entries, list) or not entries:
        raise CourseError(f"{path}: it should hold [[question]] tables and nothing else; correct the file")
    questions: dict[str, Question] = {}
    for number, entry in enumerate(entries, start=1):
        named = entry.get("id") if isinstance(entry, dict) else None
        where = f"question {named or f'number {number}'}"
        try:
            if isinstance(entry, dict) and "variants" in entry:
                raise BadQuestion("`variants` are worked out, not written; leave them out")
            question = read_question(entry)
            if keys:
                question = with_keys(question, unit)
            if question.id in questions:
                raise BadQuestion("this id stands here twice; give each question an id of its own")
            if question.id in unit.exercises:
                raise BadQuestion("an exercise has this name; give the question another id")
        except BadQuestion as error:
            line = line_of(path, r"\[\[question\]\]", number)
            raise CourseError(f"{path}{line}: {where}: {error}") from None
        questions[question.id] = question
    return Quiz(unit.name, unit.title, tuple(questions.values()))


def quiz_notebook_name(unit: str) -> str:
    """Return the name of the notebook of marked questions, without its ending."""
    return f"{unit}_quiz"


def marked_names(unit: Unit) -> list[str]:
    """Return the ids of a unit's marked questions, and nothing for what is not in order; the rest is not read."""
    try:
        entries = tomllib.loads((unit.folder / FILE).read_text(encoding="utf-8"))["question"]
        return [str(entry["id"]) for entry in entries if entry.get("marked") is True]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []


def load_quizzes(course: Course) -> dict[str, Quiz]:
    """Read the quizzes of all units; an id that two units use is refused."""
    quizzes: dict[str, Quiz] = {}
    owner: dict[str, str] = {}
    for unit in course.units("solutions").values():
        quiz = load_quiz(unit)
        if quiz is None:
            continue
        for question in quiz.questions:
            if question.id in owner:
                raise CourseError(
                    f"{unit.folder / FILE}: question {question.id}: the quiz of {owner[question.id]} has this id, "
                    "too; give one of them another id"
                )
            owner[question.id] = unit.name
        quizzes[unit.name] = quiz
    return quizzes


def read_question(entry: Any) -> Question:
    """Return a question from its TOML table; raise `BadQuestion` saying what to do."""
    if not isinstance(entry, dict):
        raise BadQuestion("this is no table; write it as [[question]] with keys below")
    name = _text(entry, "id")
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise BadQuestion(f"`id` is {name!r}; write it in snake_case, as update_gate_range")
    kind = _text(entry, "kind")
    if kind not in OWN:
        raise BadQuestion(f"`kind` is {kind!r}; make it one of {', '.join(OWN)}")
    if unknown := sorted(set(entry) - COMMON - OWN[kind]):
        allowed = ", ".join(sorted(OWN[kind] - {"variants"}))
        raise BadQuestion(
            f"{_listed(unknown)} is not for a question of kind {kind}; beside {', '.join(sorted(COMMON))} "
            f"it has: {allowed}"
        )
    marked = entry.get("marked", False)
    if not isinstance(marked, bool):
        raise BadQuestion("`marked` is true or false; write it without quotes")
    shared: dict[str, Any] = {
        "id": name,
        "kind": kind,
        "topic": _text(entry, "topic"),
        "marked": marked,
        "text": _text(entry, "text"),
        "explanation": _text(entry, "explanation"),
    }
    match kind:
        case "choice" | "choices":
            return Question(**shared, options=_options(entry, kind))
        case "number":
            return _number(entry, shared)
        case "matching":
            return Question(**shared, pairs=_pairs(entry))
        case "ordering":
            return Question(**shared, items=_texts(entry, "items", 3, 8))
    accepted = _texts(entry, "accepted", 1, 40)
    if empty := [text for text in accepted if not normalised(text)]:
        raise BadQuestion(
            f"`accepted` has {_listed(empty)}, of which nothing is left to compare; leave it out"
        )
    for key in ("id", "text"):
        if told := [text for text in accepted if says(shared[key], text)]:
            raise BadQuestion(f"`{key}` gives the answer {_listed(told)} away; word it otherwise")
    return Question(**shared, accepted=accepted)


def normalised(text: str) -> str:
    """Return a short text as answers are compared: without case, punctuation and extra spaces."""
    import unicodedata

    text = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(" " if unicodedata.category(character)[0] in "PZC" else character for character in text)
    return " ".join(kept.split())


def says(text: str, answer: str) -> bool:
    """Tell whether a text has the words of a short answer in it."""
    return f" {normalised(answer)} " in f" {normalised(text)} "


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise BadQuestion(f'`{key}` is missing or no text; add {key} = "…"')
    return value.strip()


def _texts(entry: Mapping[str, Any], key: str, least: int, most: int) -> tuple[str, ...]:
    value = entry.get(key)
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise BadQuestion(f'`{key}` is missing or no list of texts; write {key} = ["…", "…"]')
    if not least <= len(value) <= most:
        raise BadQuestion(f"`{key}` has {len(value)} entries; make it {least} to {most}")
    texts = tuple(item.strip() for item in value)
    if len({normalised(text) or text for text in texts}) < len(texts):
        raise BadQuestion(f"`{key}` has the same entry twice; make them distinct")
    return texts


def _options(entry: Mapping[str, Any], kind: str) -> tuple[Option, ...]:
    given = entry.get("options")
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        raise BadQuestion(
            "`options` is missing or no list of tables; write options = [{ text = …, right = true }, …]"
        )
    if not 3 <= len(given) <= 5:
        raise BadQuestion(f"`options` has {len(given)} entries; make it three to five")
    options = []
    for number, item in enumerate(given, start=1):
        if unknown := sorted(set(item) - {"text", "right", "why"}):
            raise BadQuestion(f"option {number} has {_listed(unknown)}; an option has text, right and why")
        right = item.get("right", False)
        if not isinstance(right, bool):
            raise BadQuestion(f"`right` of option {number} is true or false; write it without quotes")
        why = item.get("why", "")
        if not isinstance(why, str) or (not right and not why.strip()):
            raise BadQuestion(f"option {number} is wrong and has no `why`; say what is wrong about it")
        options.append(Option(_text(item, "text"), right, why.strip()))
    if len({option.text for option in options}) < len(options):
        raise BadQuestion("two options have the same text; make them distinct")
    right = sum(option.right for option in options)
    if kind == "choice" and right != 1:
        raise BadQuestion(f'{right} options are right; make exactly one so, or use kind = "choices"')
    if kind == "choices" and right in (0, len(options)):
        raise BadQuestion(
            f"{right} of {len(options)} options are right; have at least one right and one wrong"
        )
    return tuple(options)


def _pairs(entry: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    given = entry.get("pairs")
    if not isinstance(given, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in given):
        raise BadQuestion('`pairs` is missing or no list of pairs; write pairs = [["left", "right"], …]')
    if not 3 <= len(given) <= 6:
        raise BadQuestion(f"`pairs` has {len(given)} entries; make it three to six")
    columns = [
        _texts({side: [pair[index] for pair in given]}, side, 3, 6)
        for index, side in enumerate(("left", "right"))
    ]
    return tuple(zip(*columns, strict=True))


def _number(entry: Mapping[str, Any], shared: dict[str, Any]) -> Question:
    tolerance = entry.get("tolerance", 0.0)
    if not _is_number(tolerance) or tolerance < 0:
        raise BadQuestion(
            "`tolerance` is no number of 0 or more; write how far an answer may be off, as 0.01"
        )
    unit = entry.get("unit", "")
    if not isinstance(unit, str):
        raise BadQuestion("`unit` is no text; write it in quotes")
    draw = _draw(entry.get("draw", {}), shared["text"])
    wrong = _wrong(entry.get("wrong", []))
    called = {"exercise", "call"} & set(entry)
    if called and "answer" in entry:
        raise BadQuestion("`answer` stands beside `exercise` and `call`; keep one way to the key")
    if len(called) == 1:
        raise BadQuestion("`exercise` and `call` belong together; give both")
    answer = entry.get("answer")
    if not called and not _is_number(answer) and not (isinstance(answer, str) and answer.strip()):
        raise BadQuestion(
            "the key is missing; give `answer` (a number or an expression), or `exercise` and `call`"
        )
    if draw and _is_number(answer):
        raise BadQuestion(
            "numbers are drawn, but `answer` is fixed; write it as an expression in the drawn names"
        )
    return Question(
        **shared,
        answer=answer,
        tolerance=float(tolerance),
        unit=unit.strip(),
        wrong=wrong,
        draw=draw,
        exercise=_text(entry, "exercise") if called else "",
        call=_text(entry, "call") if called else "",
        variants=_variants(entry.get("variants", [])),
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _draw(given: Any, text: str) -> dict[str, tuple[Number, ...]]:
    if not isinstance(given, dict):
        raise BadQuestion("`draw` is no table; write [question.draw] and below it n = [28, 32]")
    count = 1
    for name, values in given.items():
        if not name.isidentifier() or keyword.iskeyword(name) or name in FUNCTIONS:
            raise BadQuestion(f"the drawn name `{name}` cannot stand in an expression; rename it")
        if not isinstance(values, list) or len(values) < 2 or not all(map(_is_number, values)):
            raise BadQuestion(f"`{name}` is drawn from {values!r}; give a list of two or more numbers")
        if len(set(values)) < len(values):
            raise BadQuestion(f"`{name}` is drawn from a list with a number twice; leave one out")
        if f"{{{name}}}" not in text:
            raise BadQuestion(
                f"`{name}` is drawn, but `text` does not say {{{name}}}; put it there, or leave it out"
            )
        count *= len(values)
    if count > MOST_VARIANTS:
        raise BadQuestion(f"the lists make {count} variants; shorten them to {MOST_VARIANTS} at most")
    return {name: tuple(values) for name, values in given.items()}


def _wrong(given: Any) -> tuple[Wrong, ...]:
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        raise BadQuestion('`wrong` is no list of tables; write wrong = [{ answer = 3.0, why = "…" }]')
    found = []
    for item in given:
        if set(item) != {"answer", "why"}:
            raise BadQuestion(f"an entry of `wrong` has {_listed(sorted(item))}; give it `answer` and `why`")
        answer = item["answer"]
        if not _is_number(answer) and not (isinstance(answer, str) and answer.strip()):
            raise BadQuestion(f"`wrong` has the answer {answer!r}; make it a number or an expression")
        found.append(Wrong(answer, _text(item, "why")))
    return tuple(found)


def _variants(given: Any) -> tuple[Variant, ...]:
    """Return variants that were worked out before: they come with a released file, not from an author."""
    try:
        return tuple(
            Variant(
                item["values"], item["answer"], tuple((number, str(why)) for number, why in item["wrong"])
            )
            for item in given
        )
    except (TypeError, KeyError, ValueError):
        raise BadQuestion("its variants are damaged; run `autograder release` again") from None
