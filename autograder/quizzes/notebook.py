"""Quizzes in notebooks, by plain calls that need no extension: in JupyterLab, VS Code, or anywhere Markdown is shown.

    from autograder import quiz

    quiz("recurrent")                          # shows the practice questions
    quiz.answer("gru_update_gate", "b")        # judges an answer, at once
    quiz.tell("gru_update_gate")               # gives up on a question

In the notebook of marked questions, `quiz.show("…", STUDENT)` shows a question with the numbers drawn for a student, and
`quiz.given("…", …)` says how an answer is read; neither knows the key.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.errors import AutograderError, CourseError
from autograder.feedback import clean
from autograder.formulas import readable_math
from autograder.language import _, register
from autograder.quizzes.arithmetic import Number
from autograder.quizzes.face import LETTERS, Face, NotAnAnswer, as_markdown, drawn, face, parse
from autograder.quizzes.files import MARKED, Progress, find_practice
from autograder.quizzes.judge import attempted, explained, judge, key_text
from autograder.quizzes.reading import Question, Quiz
from autograder.units import Course


class NotRead(AutograderError):
    """Tell that an answer is missing or cannot be read."""

    def _render_traceback_(self) -> list[str]:
        return [_(f"Not yet: {self}")]


class Page:
    """Hold Markdown that any front end shows; plain text where there is none."""

    def __init__(self, markdown: str) -> None:
        self.markdown = clean_lines(markdown)

    def _repr_markdown_(self) -> str:
        return self.markdown

    def __repr__(self) -> str:
        return readable_math(self.markdown)


def clean_lines(text: str) -> str:
    """Return a text without terminal sequences, as long as it is."""
    return "\n".join(clean(line) for line in text.split("\n"))


class Quizzes:
    """Show and judge quizzes; the one instance is `autograder.quiz`."""

    def __call__(self, unit: str | None = None) -> Page:
        """Return a unit's practice questions with their letters, and how to answer them."""
        found = find_practice(unit)
        if len(found) > 1:
            names = [quiz.unit for quiz, _ in found]
            lines = "\n".join(f"- `quiz({name!r})`" for name in names)
            return Page(f"{_(f'There are quizzes for {len(names)} units:')}\n\n{lines}")
        [(quiz, path)] = found
        progress = Progress(path)
        parts = [_(f"## {quiz.title}: practice questions"), self._standing(quiz, progress)]
        for number, question in enumerate(quiz.practice, start=1):
            parts.append(self._question(number, question, progress))
        return Page("\n\n".join(parts))

    def answer(self, name: str, answer: Any) -> Page:
        """Judge the answer to a practice question, and keep how it went."""
        quiz, question, progress = self._find(name)
        if not attempted(answer):
            return Page(_(f"**{name}**: there is no answer yet. Give {face(question).form}."))
        try:
            parse(face(question), answer)
        except NotAnAnswer as error:
            return Page(f"**{name}**: {html.escape(_(str(error)))}")
        judged = judge(question, answer, progress.student)
        right = judged.points == 1
        if not progress.answered(name):
            progress.record(name, progress.tries(name) + 1, right, done=right)
        sign = "✓" if right else "✗"
        told = "" if right else "\n\n" + _(f"Answer again, or `quiz.tell({name!r})`.")
        return Page(f"{sign} **{name}**: {_(judged.feedback)}{told}\n\n{self._standing(quiz, progress)}")

    def tell(self, name: str) -> Page:
        """Tell the answer to a practice question; it then counts as not known."""
        quiz, question, progress = self._find(name)
        if not progress.answered(name):
            progress.record(name, progress.tries(name), right=False, done=True)
        values = drawn(question.id, question.draw, progress.student)
        text = _(f"{key_text(question, progress.student)} {explained(question, values)}")
        return Page(f"**{name}**: {text}\n\n{self._standing(quiz, progress)}")

    def restart(self, unit: str) -> Page:
        """Forget a unit's answers; other numbers will be drawn."""
        [(_, path)] = find_practice(unit)
        Progress(path).restart()
        return self(unit)

    def show(self, name: str, student: str = "") -> Page:
        """Show a marked question with the numbers drawn for a student."""
        shown = marked_face(name)
        if not student.strip():
            return Page(
                _(
                    "Your user name is missing: write it into `STUDENT` at the top, and run that cell and this one."
                )
            )
        values = drawn(shown.id, shown.draw, student)
        numbers = ", ".join(f"{key} = {value}" for key, value in values.items())
        given = _(f"Numbers for {html.escape(student.strip())}: {numbers}")
        return Page(f"{as_markdown(shown, values)}\n\n{given}")

    def given(self, name: str, answer: Any) -> Page:
        """Say how the answer to a marked question is read; raise `NotRead` where it is missing or cannot be read."""
        shown = marked_face(name)
        if not attempted(answer):
            raise NotRead(f"{name} has no answer. Give {shown.form}.")
        try:
            read = parse(shown, answer)
        except NotAnAnswer as error:
            raise NotRead(f"{name}: {error}") from None
        said = read_as(shown, read)
        return Page(_(f"**{name}**: your answer is read as {said}. It is marked after you hand it in."))

    def _find(self, name: str) -> tuple[Quiz, Question, Progress]:
        found = find_practice(None)
        for quiz, path in found:
            for question in quiz.practice:
                if question.id == name:
                    return quiz, question, Progress(path)
        names = ", ".join(question.id for quiz, _ in found for question in quiz.practice)
        raise CourseError(f"there is no practice question {name!r}; there are: {names}")

    def _question(self, number: int, question: Question, progress: Progress) -> str:
        shown = face(question)
        values: Mapping[str, Number] = drawn(question.id, question.draw, progress.student)
        sign = " ✓" if progress.answered(question.id) else ""
        call = f'quiz.answer("{question.id}", …)'
        return f"### {number}. {_(shown.topic)}{sign}\n\n{as_markdown(shown, values)}\n\n" + _(
            f"`{call}` with {shown.form}"
        )

    def _standing(self, quiz: Quiz, progress: Progress) -> str:
        names = [question.id for question in quiz.practice]
        done = sum(progress.answered(name) for name in names)
        first = sum(progress.at_once(name) for name in names)
        return _(f"{done} of {len(names)} answered, {first} right at the first try.")


def read_as(shown: Face, read: Any) -> str:
    """Return an answer that was read, as text."""
    match shown.kind:
        case "number":
            return f"{read} {shown.unit}".strip()
        case "text":
            return html.escape(f"“{read}”")
        case "choice":
            return f"{LETTERS[read]}: {_(shown.choices[read]).rstrip('.。')}"
    return " ".join(LETTERS[place] for place in read)


def marked_face(name: str, start: Path | None = None) -> Face:
    """Return the public part of a marked question, from the released files near this folder."""
    here = (start or Path.cwd()).resolve()
    paths = [here / MARKED] if (here / MARKED).is_file() else []
    if not paths:
        paths = sorted((Course.find(here).root / "assignments").glob(f"*/{MARKED}"))
    for path in paths:
        register(path.parent)
        try:
            for record in json.loads(path.read_text(encoding="utf-8"))["questions"]:
                if record["id"] == name:
                    return Face.from_json(record)
        except (OSError, ValueError, KeyError, TypeError):
            raise CourseError(f"{path}: the file is damaged; fetch the unit's folder again") from None
    raise CourseError(f"there is no marked question {name!r} near {here}; run the notebook in its own folder")


quiz = Quizzes()
