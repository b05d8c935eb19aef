"""The files of a quiz that students have: practice questions with sealed keys, and how far a student has come.

Sealed means: not to be read at a glance. It is no secret: the program unseals it on the student's own machine, and so can
anybody who reads the program. Practice earns no marks. The keys of marked questions are not in these files at all.
"""

from __future__ import annotations

import base64
import getpass
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

from autograder.errors import CourseError
from autograder.files import write
from autograder.language import LANGUAGES, register, teach, translations
from autograder.quizzes.face import face
from autograder.quizzes.reading import Question, Quiz, Variant, load_quiz, read_question
from autograder.units import Course, Unit

PRACTICE, MARKED = "practice.json", "questions.json"


def entry(question: Question) -> dict[str, Any]:
    """Return a question as `read_entry` reads it, with its variants worked out."""
    made: dict[str, Any] = {
        "id": question.id,
        "kind": question.kind,
        "topic": question.topic,
        "marked": question.marked,
        "text": question.text,
        "explanation": question.explanation,
    }
    match question.kind:
        case "choice" | "choices":
            made["options"] = [
                {"text": option.text, "right": option.right, "why": option.why} for option in question.options
            ]
        case "matching":
            made["pairs"] = [list(pair) for pair in question.pairs]
        case "ordering":
            made["items"] = list(question.items)
        case "text":
            made["accepted"] = list(question.accepted)
        case "number":
            made.update(tolerance=question.tolerance, unit=question.unit, answer="0")
            made["draw"] = {name: list(values) for name, values in question.draw.items()}
            made["variants"] = [
                {
                    "values": dict(variant.values),
                    "answer": variant.answer,
                    "wrong": [list(item) for item in variant.wrong],
                }
                for variant in question.variants
            ]
    return made


def read_entry(record: Mapping[str, Any]) -> Question:
    """Return the question that `entry` wrote down."""
    question = read_question({key: value for key, value in record.items() if key != "variants"})
    variants = tuple(
        Variant(item["values"], item["answer"], tuple((number, str(why)) for number, why in item["wrong"]))
        for item in record.get("variants", ())
    )
    return replace(question, variants=variants)


def seal(name: str, data: Mapping[str, Any]) -> str:
    """Return data as text that cannot be read at a glance; the same data give the same text."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return base64.b64encode(_mixed(name, text)).decode("ascii")


def unseal(name: str, text: str) -> Any:
    """Return what was sealed under a name; raise `ValueError` for anything else."""
    return json.loads(_mixed(name, base64.b64decode(text, validate=True)).decode())


def _mixed(name: str, data: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(data, cycle(hashlib.sha256(name.encode()).digest())))


def practice_text(quiz: Quiz) -> str:
    """Return the text of the released `practice.json`."""
    questions = [
        {**face(question).to_json(), "sealed": seal(question.id, entry(question)), **told(question)}
        for question in quiz.practice
    ]
    note = (
        "Practice earns no marks. `sealed` is no secret: it only keeps an answer from being read by accident."
    )
    record = {"unit": quiz.unit, "title": quiz.title, "note": note, "questions": questions}
    return json.dumps(record, indent=1, ensure_ascii=False) + "\n"


def told(question: Question) -> dict[str, Any]:
    """Return what is told after an answer in other languages, sealed as well; nothing where it is not translated."""
    texts = [question.explanation, *(option.why for option in question.options)]
    texts += [wrong.why for wrong in question.wrong]
    said = {name: made for name in LANGUAGES if (made := translations(name, texts))}
    return {"told": {name: seal(question.id, made) for name, made in said.items()}} if said else {}


def read_practice(path: Path) -> Quiz:
    """Read a released `practice.json`; raise `CourseError` with what to do where it is missing or damaged."""
    register(path.parent)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        questions = tuple(read_entry(unseal(str(item["id"]), item["sealed"])) for item in record["questions"])
        for item in record["questions"]:
            for name, sealed in item.get("told", {}).items():
                teach(name, unseal(str(item["id"]), sealed))
        return Quiz(str(record["unit"]), str(record["title"]), questions)
    except OSError as error:
        raise CourseError(f"{path}: {error.strerror}; run this in the course's folder") from None
    except (ValueError, KeyError, TypeError):
        raise CourseError(f"{path}: the file is damaged; fetch the unit's folder again") from None


def find_practice(name: str | None, start: Path | None = None) -> list[tuple[Quiz, Path]]:
    """Return practice quizzes, each with the file of its progress: of one unit, or of all.

    They are looked for in this folder, in the course's `assignments/`, and, on the author's side, in `solutions/`.
    """
    here = (start or Path.cwd()).resolve()
    if start is None and (here / PRACTICE).is_file():
        quiz = read_practice(here / PRACTICE)
        if name in (None, quiz.unit):
            root = here.parents[1] if here.parent.name == "assignments" else here
            return [(quiz, progress_path(root, quiz.unit))]
    course = Course.find(start)
    found = {}
    for path in sorted((course.root / "assignments").glob(f"*/{PRACTICE}")):
        found[path.parent.name] = path
    names = [unit.name for side in ("assignments", "solutions") for unit in course.units(side).values()]
    quizzes = []
    for unit in dict.fromkeys(names):
        read = _read(course, unit, found.get(unit)) if name in (None, unit) else None
        if read is not None and read.practice:
            quizzes.append((read, progress_path(course.root, unit)))
    if not quizzes:
        known = ", ".join(dict.fromkeys(names)) or "none"
        what = f"the unit {name!r} has no practice questions" if name else "there are no practice questions"
        raise CourseError(f"{what} in {course.root}; the units there are: {known}")
    return quizzes


def _read(course: Course, unit: str, path: Path | None) -> Quiz | None:
    if path is not None:
        return read_practice(path)
    author = course.root / "solutions" / unit
    return load_quiz(Unit.load(author)) if (author / "quiz.toml").is_file() else None


def progress_path(root: Path, unit: str) -> Path:
    return root / ".autograder" / "quiz" / f"{unit}.json"


class Progress:
    """Hold how far a student has come with a unit's practice questions, kept in a file after every answer."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.round = 0
        self.answers: dict[str, dict[str, Any]] = {}
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            self.round = int(record["round"])
            self.answers = {
                str(name): {
                    "tries": int(item["tries"]),
                    "right": bool(item["right"]),
                    "done": bool(item["done"]),
                }
                for name, item in record["answers"].items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            pass  # none yet, or damaged: practice starts over

    @property
    def student(self) -> str:
        """Return for whom numbers are drawn: another each time that practice starts over."""
        try:
            name = os.environ.get("AUTOGRADER_STUDENT") or getpass.getuser()
        except (KeyError, OSError, ImportError):
            name = ""
        return f"{name} {self.round}" if self.round else name

    def answered(self, name: str) -> bool:
        """Tell whether a question was answered rightly, or its answer told."""
        return name in self.answers and bool(self.answers[name]["done"])

    def at_once(self, name: str) -> bool:
        """Tell whether a question was answered rightly at the first try."""
        return self.answered(name) and bool(self.answers[name]["right"]) and self.tries(name) == 1

    def tries(self, name: str) -> int:
        """Return how often a question was answered."""
        return int(self.answers[name]["tries"]) if name in self.answers else 0

    def record(self, name: str, tries: int, right: bool, done: bool) -> None:
        """Keep how a question stands."""
        self.answers[name] = {"tries": tries, "right": right, "done": done}
        self.save()

    def restart(self) -> None:
        """Forget all answers; other numbers will be drawn."""
        self.round += 1
        self.answers = {}
        self.save()

    def save(self) -> None:
        """Write the file in one step; raise `CourseError` where that is not possible."""
        record = {"round": self.round, "answers": self.answers}
        remedy = "progress cannot be kept there, so make the folder writable"
        write(self.path, json.dumps(record, indent=1, sort_keys=True) + "\n", remedy=remedy)
