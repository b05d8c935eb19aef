"""Write quizzes for learning platforms: Moodle XML, and a QTI archive for Canvas.

Keys and explanations go along, so these files are for instructors. A question with drawn numbers becomes several, one per
set of numbers, from which the platform picks one for each student. Canvas' archive has no matching and no ordering:
there these become one choice per pair, and one per place.
"""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from autograder.errors import AutograderError, CourseError
from autograder.files import write
from autograder.quizzes.face import LETTERS, face, filled, order
from autograder.quizzes.judge import number_text
from autograder.quizzes.reading import Option, Question, Quiz, Variant

MOST = 10
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$", re.DOTALL)
RENDER = MarkdownIt("commonmark").enable("table")


def export(quizzes: Sequence[Quiz], path: Path) -> list[str]:
    """Write quizzes into a file: Moodle XML where it ends in `.xml`, Canvas QTI in `.zip`; return notes on what changed."""
    notes: list[str] = []
    if path.suffix == ".xml":
        data = moodle_xml(quizzes)
    elif path.suffix == ".zip":
        if len(quizzes) != 1:
            raise CourseError("an archive for Canvas holds the quiz of one unit; name the unit")
        data, notes = canvas_zip(quizzes[0])
    else:
        raise CourseError(f"{path}: end the name in .xml for Moodle, or in .zip for Canvas")
    write(path, data, remedy="name another file with --export")
    return notes


def as_html(markdown: str) -> str:
    """Return Markdown as HTML, with its formulas in the marks that MathJax looks for."""
    formulas: list[str] = []

    def keep(match: re.Match[str]) -> str:
        marks = (r"\[", r"\]") if match.group(1) else (r"\(", r"\)")
        formulas.append(marks[0] + html.escape(match.group(1) or match.group(2), quote=False) + marks[1])
        return f"\ue000{len(formulas) - 1}\ue001"

    page = RENDER.render(FORMULA.sub(keep, markdown)).strip()
    return re.sub("\ue000(\\d+)\ue001", lambda match: formulas[int(match.group(1))], page)


def chosen(variants: Sequence[Variant]) -> list[Variant]:
    """Return at most `MOST` variants, spread over all of them."""
    step = max(1, -(-len(variants) // MOST))
    return list(variants[::step])


def asked(question: Question, text: str) -> str:
    """Return a question's text; where a number is asked for in a unit, the unit is said."""
    return f"{text}\n\nAnswer in {question.unit}." if question.unit else text


# Moodle XML: https://docs.moodle.org/en/Moodle_XML_format


def moodle_xml(quizzes: Sequence[Quiz]) -> bytes:
    """Return quizzes as Moodle XML: a category for each unit's practice and marked questions."""
    root = ET.Element("quiz")
    current = ""
    for quiz in quizzes:
        for kind, questions in (("practice", quiz.practice), ("marked", quiz.marked)):
            category = f"$course$/top/{quiz.title.replace('/', '//')}/{kind}"
            for question in sorted(questions, key=lambda question: bool(question.draw)):
                place = f"{category}/{question.id}" if question.draw else category
                if place != current:
                    node = ET.SubElement(root, "question", type="category")
                    _text(ET.SubElement(node, "category"), place)
                    current = place
                for number, variant in enumerate(chosen(question.variants) or [None], start=1):
                    name = f"{question.id} {number}" if question.draw else question.id
                    _moodle(root, question, name, variant)
    ET.indent(root)
    made: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return made + b"\n"


def _text(parent: ET.Element, text: str) -> None:
    ET.SubElement(parent, "text").text = text


def _rich(parent: ET.Element, tag: str, markdown: str, fraction: str | None = None) -> ET.Element:
    node = ET.SubElement(parent, tag, {"fraction": fraction} if fraction else {}, format="html")
    _text(node, as_html(markdown))
    return node


MOODLE_TYPES = {
    "choice": "multichoice",
    "choices": "multichoice",
    "number": "numerical",
    "matching": "matching",
    "ordering": "ordering",
    "text": "shortanswer",
}


def _moodle(root: ET.Element, question: Question, name: str, variant: Variant | None) -> None:
    """Add one question, for one set of numbers where they are drawn."""
    values = variant.values if variant else {}
    node = ET.SubElement(root, "question", type=MOODLE_TYPES[question.kind])
    _text(ET.SubElement(node, "name"), name)
    _rich(node, "questiontext", asked(question, filled(question.text, values)))
    _rich(node, "generalfeedback", filled(question.explanation, values))
    for tag, text in (("defaultgrade", "1"), ("penalty", "0.3333333"), ("hidden", "0")):
        ET.SubElement(node, tag).text = text
    match question.kind:
        case "choice" | "choices":
            single = "true" if question.kind == "choice" else "false"
            for tag, text in (("single", single), ("shuffleanswers", "true"), ("answernumbering", "abc")):
                ET.SubElement(node, tag).text = text
            share = 100 / sum(option.right for option in question.options)
            for option in question.options:
                loss = 0.0 if question.kind == "choice" else -share
                fraction = f"{share if option.right else loss:.7g}"
                _rich(_rich(node, "answer", option.text, fraction=fraction), "feedback", option.why)
        case "number" if variant is not None:
            _number(node, variant.answer, question.tolerance, "100", "")
            for wrong, why in variant.wrong:
                _number(node, wrong, question.tolerance, "0", filled(why, values))
        case "matching":
            ET.SubElement(node, "shuffleanswers").text = "true"
            for left, right in question.pairs:
                pair = _rich(node, "subquestion", left)
                _text(ET.SubElement(pair, "answer"), right)
        case "ordering":
            settings = (
                ("layouttype", "VERTICAL"),
                ("selecttype", "ALL"),
                ("selectcount", "0"),
                ("gradingtype", "ALL_OR_NOTHING"),
                ("showgrading", "SHOW"),
            )
            for tag, text in settings:
                ET.SubElement(node, tag).text = text
            for place, item in enumerate(question.items, start=1):
                _rich(node, "answer", item, fraction=str(place))
        case "text":
            ET.SubElement(node, "usecase").text = "0"
            for accepted in question.accepted:
                answer = ET.SubElement(node, "answer", fraction="100", format="moodle_auto_format")
                _text(answer, accepted.replace("*", r"\*"))


def _number(node: ET.Element, value: float, tolerance: float, fraction: str, why: str) -> None:
    answer = ET.SubElement(node, "answer", fraction=fraction, format="moodle_auto_format")
    _text(answer, f"{value:.12g}")
    _rich(answer, "feedback", why)
    rounding = 0.0 if isinstance(value, int) else 1e-9 * max(1.0, abs(value))
    ET.SubElement(answer, "tolerance").text = repr(max(tolerance, rounding))


# Canvas: QTI 1.2 through text2qti


def canvas_zip(quiz: Quiz) -> tuple[bytes, list[str]]:
    """Return a unit's quiz as a QTI archive for Canvas, and a note on each question that is left out or changed."""
    try:
        from text2qti.config import Config
        from text2qti.err import Text2qtiError
        from text2qti.qti import QTI
        from text2qti.quiz import Quiz as CanvasQuiz
    except ImportError:
        raise AutograderError(
            "text2qti is not installed; run `pip install 'autograder[lms]'` and this again"
        ) from None

    def made(text: str) -> Any:
        return QTI(CanvasQuiz(text, config=Config()))

    parts, notes = [f"Quiz title: {_line(quiz.title)}"], []
    for question in quiz.questions:
        part = canvas_text(question)
        try:
            made(f"{parts[0]}\n\n{part}")
        except Text2qtiError as error:
            cause = str(error).strip().splitlines()[-1].strip()
            notes.append(f"{question.id} was left out: text2qti says: {cause}")
        else:
            parts.append(part)
            if question.kind in ("matching", "ordering"):
                count = len(question.pairs or question.items)
                notes.append(f"{question.id} became {count} choices of one point each")
    if len(parts) == 1:
        raise CourseError(f"no question of {quiz.unit} can be written for Canvas; use a .xml file for Moodle")
    archive: bytes = made("\n\n".join(parts) + "\n").zip_bytes()
    return archive, notes


def canvas_text(question: Question) -> str:
    """Return a question in the text format of text2qti."""
    match question.kind:
        case "choice":
            return _canvas_choice(question, question.text, _shown(question), "*{}) ", "{}) ")
        case "choices":
            return _canvas_choice(question, question.text, _shown(question), "[*] ", "[ ] ")
        case "matching":
            rights = [right for _, right in question.pairs]
            parts = []
            for left, own in question.pairs:
                options = [Option(right, right == own, "") for right in rights]
                parts.append(
                    _canvas_choice(question, f"{question.text}\n\n{left}", _mixed(question, options))
                )
            return "\n\n".join(parts)
        case "ordering":
            parts = []
            for place, own in enumerate(question.items, start=1):
                options = [Option(item, item == own, "") for item in question.items]
                text = f"{question.text}\n\nWhich comes at place {place}?"
                parts.append(_canvas_choice(question, text, _mixed(question, options)))
            return "\n\n".join(parts)
        case "text":
            answers = "\n".join(f"*   {_line(text)}" for text in question.accepted)
            return f"{_head(question, question.text)}\n{answers}"
    numbers = [_canvas_number(question, variant) for variant in chosen(question.variants)]
    if len(numbers) == 1:
        return numbers[0]
    return "GROUP\npick: 1\npoints per question: 1\n\n" + "\n\n".join(numbers) + "\n\nEND_GROUP"


def _shown(question: Question) -> list[Option]:
    return _mixed(question, question.options)


def _mixed(question: Question, options: Sequence[Option]) -> list[Option]:
    """Return options in the order that students see elsewhere, too."""
    return [options[index] for index in order(question.id, len(face(question).choices))]


def _canvas_choice(
    question: Question, text: str, options: Sequence[Option], right: str = "*{}) ", wrong: str = "{}) "
) -> str:
    lines = [_head(question, text)]
    for letter, option in zip(LETTERS, options, strict=False):
        lines.append((right if option.right else wrong).format(letter) + _line(option.text))
        if option.why:
            lines.append(f"... {_line(option.why)}")
    return "\n".join(lines)


def _canvas_number(question: Question, variant: Variant) -> str:
    whole = isinstance(variant.answer, int) and question.tolerance == 0
    margin = max(question.tolerance, 1e-6 * abs(variant.answer))
    key = number_text(variant.answer) if whole else f"{variant.answer!r} +- {margin!r}"
    return f"{_head(question, filled(question.text, variant.values), variant)}\n=   {key}"


def _head(question: Question, text: str, variant: Variant | None = None) -> str:
    """Return the opening of a question: title, points, text, explanation; what follows a first line is indented."""
    values = variant.values if variant else {}
    lines = asked(question, text).splitlines()
    body = "\n".join([f"1.  {lines[0]}", *(f"    {line}".rstrip() for line in lines[1:])])
    points = "" if question.draw else "Points: 1\n"
    explanation = _line(filled(question.explanation, values))
    return f"Title: {_line(face(question).topic)}\n{points}{body}\n... {explanation}"


def _line(text: str) -> str:
    return " ".join(text.split())
