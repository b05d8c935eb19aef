"""Quizzes as authors write them: `solutions/UNIT/quiz.toml`, read and checked entry by entry.

What a message says is always which file, which question, what is wrong there, and what to do about it. The keys of
numbers are worked out in `keys.py`; what a student sees of a question is its face (`face.py`).
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeVar

from autograder.entries import Entries, line_of, read_toml
from autograder.errors import CourseError
from autograder.quizzes.arithmetic import FUNCTIONS, Number
from autograder.units import Course, Unit

FILE = "quiz.toml"
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
COMMON = ("id", "kind", "topic", "marked", "text", "explanation")
OWN = {
    "choice": ("options",),
    "choices": ("options",),
    "number": ("answer", "tolerance", "unit", "wrong", "draw", "exercise", "call"),
    "matching": ("pairs",),
    "ordering": ("items",),
    "text": ("accepted",),
}
ANY = tuple(dict.fromkeys(chain(*OWN.values())))
MOST_VARIANTS = 500
Made = TypeVar("Made")


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
            question = read_question(entry)
            if keys:
                question = with_keys(question, unit)
            if question.id in questions:
                raise ValueError("this id stands here twice; give each question an id of its own")
            if question.id in unit.exercises:
                raise ValueError("an exercise has this name; give the question another id")
        except ValueError as error:
            line = line_of(path, r"\[\[question\]\]", number)
            raise CourseError(f"{path}{line}: {where}: {error}") from None
        questions[question.id] = question
    return Quiz(unit.name, unit.title, tuple(questions.values()))


def quiz_notebook_name(unit: str) -> str:
    """Return the name of the notebook of marked questions, without its ending."""
    return f"{unit}_quiz"


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


def read_question(entry: object) -> Question:
    """Return a question from its TOML table; raise `ValueError` saying what to do."""
    kind = str(entry.get("kind")).strip() if isinstance(entry, Mapping) else ""
    facts = Entries(entry, *COMMON, *OWN.get(kind, ANY))
    name = facts.text("id")
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise ValueError(f"`id` is {name!r}; write it in snake_case, as update_gate_range")
    if facts.text("kind") not in OWN:
        raise ValueError(f"`kind` is {kind!r}; make it one of {', '.join(OWN)}")
    shared: dict[str, Any] = {
        "id": name,
        "kind": kind,
        "topic": facts.text("topic"),
        "marked": facts.flag("marked"),
        "text": facts.text("text"),
        "explanation": facts.text("explanation"),
    }
    match kind:
        case "choice" | "choices":
            return Question(**shared, options=_options(facts, kind))
        case "number":
            return _number(facts, shared)
        case "matching":
            return Question(**shared, pairs=_pairs(facts))
        case "ordering":
            return Question(**shared, items=_distinct(facts, "items", 3, 8))
    accepted = _distinct(facts, "accepted", 1, 40)
    if empty := [text for text in accepted if not normalised(text)]:
        raise ValueError(
            f"`accepted` has {_listed(empty)}, of which nothing is left to compare; leave it out"
        )
    for key in ("id", "text"):
        if told := [text for text in accepted if says(shared[key], text)]:
            raise ValueError(f"`{key}` gives the answer {_listed(told)} away; word it otherwise")
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


def _distinct(facts: Entries, key: str, *size: int) -> tuple[str, ...]:
    texts = facts.texts(key, *size)
    if len({normalised(text) or text for text in texts}) < len(texts):
        raise ValueError(f"`{key}` has the same entry twice; make them distinct")
    return texts


def _each(facts: Entries, key: str, read: Callable[[Entries], Made], *keys: str) -> tuple[Made, ...]:
    """Return what is read from each table of a list, empty where it is left out."""
    given = facts.facts.get(key, [])
    if not isinstance(given, list):
        raise ValueError(f"`{key}` is no list of tables; write {key} = [{{ {' = …, '.join(keys)} = … }}]")
    made = []
    for number, table in enumerate(given, start=1):
        try:
            made.append(read(Entries(table, *keys)))
        except ValueError as error:
            raise ValueError(f"entry {number} of `{key}`: {error}") from None
    return tuple(made)


def _options(facts: Entries, kind: str) -> tuple[Option, ...]:
    options = _each(facts, "options", _option, "text", "right", "why")
    if not 3 <= len(options) <= 5:
        raise ValueError(f"`options` has {len(options)} entries; make it three to five")
    if len({option.text for option in options}) < len(options):
        raise ValueError("two options have the same text; make them distinct")
    right = sum(option.right for option in options)
    if kind == "choice" and right != 1:
        raise ValueError(f'{right} options are right; make exactly one so, or use kind = "choices"')
    if kind == "choices" and right in (0, len(options)):
        raise ValueError(
            f"{right} of {len(options)} options are right; have at least one right and one wrong"
        )
    return options


def _option(facts: Entries) -> Option:
    right = facts.flag("right")
    why = facts.text("why") if facts.facts.get("why") or not right else ""
    return Option(facts.text("text"), right, why)


def _pairs(facts: Entries) -> tuple[tuple[str, str], ...]:
    given = facts.facts.get("pairs")
    if not isinstance(given, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in given):
        raise ValueError('`pairs` is missing or no list of pairs; write pairs = [["left", "right"], …]')
    if not 3 <= len(given) <= 6:
        raise ValueError(f"`pairs` has {len(given)} entries; make it three to six")
    columns = {side: [pair[index] for pair in given] for index, side in enumerate(("left", "right"))}
    sides = Entries(columns, *columns)
    return tuple(zip(*(_distinct(sides, side) for side in columns), strict=True))


def _number(facts: Entries, shared: dict[str, Any]) -> Question:
    entry = facts.facts
    tolerance = entry.get("tolerance", 0.0)
    if not _is_number(tolerance) or tolerance < 0:
        raise ValueError("`tolerance` is no number of 0 or more; write how far an answer may be off, as 0.01")
    draw = _draw(entry.get("draw", {}), shared["text"])
    wrong = _each(facts, "wrong", _wrong, "answer", "why")
    called = {"exercise", "call"} & set(entry)
    if called and "answer" in entry:
        raise ValueError("`answer` stands beside `exercise` and `call`; keep one way to the key")
    if len(called) == 1:
        raise ValueError("`exercise` and `call` belong together; give both")
    answer = entry.get("answer")
    if not called and not _is_expression(answer):
        raise ValueError(
            "the key is missing; give `answer` (a number or an expression), or `exercise` and `call`"
        )
    if draw and _is_number(answer):
        raise ValueError(
            "numbers are drawn, but `answer` is fixed; write it as an expression in the drawn names"
        )
    return Question(
        **shared,
        answer=answer,
        tolerance=float(tolerance),
        unit=facts.text("unit") if entry.get("unit") else "",
        wrong=wrong,
        draw=draw,
        exercise=facts.text("exercise") if called else "",
        call=facts.text("call") if called else "",
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_expression(value: Any) -> bool:
    return _is_number(value) or (isinstance(value, str) and bool(value.strip()))


def _draw(given: Any, text: str) -> dict[str, tuple[Number, ...]]:
    if not isinstance(given, dict):
        raise ValueError("`draw` is no table; write [question.draw] and below it n = [28, 32]")
    count = 1
    for name, values in given.items():
        if not name.isidentifier() or keyword.iskeyword(name) or name in FUNCTIONS:
            raise ValueError(f"the drawn name `{name}` cannot stand in an expression; rename it")
        if not isinstance(values, list) or len(values) < 2 or not all(map(_is_number, values)):
            raise ValueError(f"`{name}` is drawn from {values!r}; give a list of two or more numbers")
        if len(set(values)) < len(values):
            raise ValueError(f"`{name}` is drawn from a list with a number twice; leave one out")
        if f"{{{name}}}" not in text:
            raise ValueError(
                f"`{name}` is drawn, but `text` does not say {{{name}}}; put it there, or leave it out"
            )
        count *= len(values)
    if count > MOST_VARIANTS:
        raise ValueError(f"the lists make {count} variants; shorten them to {MOST_VARIANTS} at most")
    return {name: tuple(values) for name, values in given.items()}


def _wrong(facts: Entries) -> Wrong:
    answer: Any = facts.facts.get("answer")
    if not _is_expression(answer):
        raise ValueError(f"`answer` is {answer!r}; make it a number or an expression")
    return Wrong(answer, facts.text("why"))
