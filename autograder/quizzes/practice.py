"""What `autograder quiz` does: practise in the terminal, or write a quiz for a learning platform.

Practice needs a keyboard only, and nothing is lost when it is left.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape
from rich.table import Table

from autograder.errors import CourseError
from autograder.feedback import clean
from autograder.formulas import readable_math
from autograder.language import _
from autograder.quizzes.arithmetic import Number
from autograder.quizzes.face import (
    LETTERS,
    Face,
    NotAnAnswer,
    drawn,
    face,
    filled,
    parse,
)
from autograder.quizzes.files import Progress, find_practice
from autograder.quizzes.judge import attempted, explained, judge, key_text
from autograder.quizzes.reading import Question, Quiz, load_quiz, load_quizzes
from autograder.units import Course


def make_console() -> Console:
    """Return the page to write on: plain where it is no terminal, or where colours are not wanted."""
    plain = not sys.stdout.isatty() or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    if plain:
        return Console(highlight=False, force_terminal=False, color_system=None, soft_wrap=True)
    return Console(highlight=False)


class Session:
    """Ask the questions that are not answered yet, one after the other."""

    def __init__(
        self, quiz: Quiz, progress: Progress, page: Console, read: Callable[[str], str] = input
    ) -> None:
        self.quiz, self.progress, self.page, self.read = quiz, progress, page, read

    def run(self) -> int:
        """Ask until all is answered or the student leaves; return the exit status."""
        questions = self.quiz.practice
        done = sum(self.progress.answered(question.id) for question in questions)
        title = _(self.quiz.title)
        self.say(_(f"{title}: {len(questions)} practice questions, {done} answered."), "bold")
        if done < len(questions):
            self.say(
                _("Enter alone skips a question or shows its answer, q leaves; what is answered is kept."),
                "dim",
            )
        try:
            for number, question in enumerate(questions, start=1):
                if not self.progress.answered(question.id):
                    self.ask(question, f"[{number}/{len(questions)}]")
        except (EOFError, Left):
            self.page.print()
            self.end(left=True)
            return 0
        except KeyboardInterrupt:
            self.page.print()
            self.end(left=True)
            return 130
        self.end(left=False)
        return 0

    def ask(self, question: Question, place: str) -> None:
        """Ask one question until it is answered, its answer told, or it is skipped."""
        shown, student = face(question), self.progress.student
        values = drawn(question.id, question.draw, student)
        self.page.print()
        self.say(f"{place} {_(shown.topic)}", "bold")
        self.show(shown, values)
        tries = self.progress.tries(question.id)
        while True:
            answer = self.answer(shown, again=tries > 0)
            if not attempted(answer):
                if tries:
                    self.say(f"{key_text(question, student)} {explained(question, values)}")
                    self.progress.record(question.id, tries, right=False, done=True)
                return
            tries += 1
            judged = judge(question, answer, student)
            right = judged.points == 1
            self.progress.record(question.id, tries, right, done=right)
            self.say(judged.feedback, "green" if right else "yellow")
            if right:
                return

    def answer(self, shown: Face, again: bool) -> str:
        """Return what the student types, once it can be read as an answer; an empty line as it is."""
        while True:
            asked = _("again, or Enter to be told") if again else _(shown.form)
            typed = self.read(_(f"Answer ({asked}): ")).strip()
            if typed == "q":
                raise Left
            if not sys.stdin.isatty():
                self.page.print(typed)
            try:
                if attempted(typed):
                    parse(shown, typed)
            except NotAnAnswer as error:
                self.say(str(error), "yellow")
            else:
                return typed

    def show(self, shown: Face, values: dict[str, Number]) -> None:
        """Print a question with its options."""
        marks = [f"{number}." for number in range(1, len(shown.lefts) + 1)]
        marks += [f"{letter})" for letter in LETTERS[: len(shown.choices)]]
        lines = list(zip(marks, [*shown.lefts, *shown.choices], strict=True))
        if not self.page.is_terminal:
            self.say(filled(_(shown.text), values))
            for mark, text in lines:
                self.say(f"  {mark} {filled(_(text), values)}")
            return
        self.page.print(self.written(shown.text, values))
        table = Table.grid(padding=(0, 1))
        for mark, text in lines:
            table.add_row(f" {mark}", self.written(text, values))
        if lines:
            self.page.print(table)

    def written(self, text: str, values: dict[str, Number]) -> Markdown:
        return Markdown(readable_math(filled(_(text), values)))

    def say(self, text: str, style: str = "") -> None:
        self.page.print(escape(clean(readable_math(_(text)))), style=style or None)

    def end(self, left: bool) -> None:
        """Say how it went, and what to do next."""
        questions = self.quiz.practice
        known = [question for question in questions if self.progress.answered(question.id)]
        missed = [question.topic for question in known if not self.progress.at_once(question.id)]
        first = len(known) - len(missed)
        self.say(_(f"{len(known)} of {len(questions)} answered, {first} right at the first try."), "bold")
        command = f"autograder quiz {self.quiz.unit}"
        if len(known) < len(questions):
            where = _("where you left") if left else _("with what you skipped")
            self.say(_(f"Next: `{command}` goes on {where}."))
        elif missed:
            topics = ", ".join(_(topic) for topic in dict.fromkeys(missed))
            self.say(_(f"Next: look again at {topics}; `{command} --restart` asks anew."))
        else:
            self.say(
                _(
                    f"Next: the unit's other questions; `{command} --restart` asks these anew, with other numbers."
                )
            )


class Left(Exception):
    """Tell that the student wants to leave."""


def edit_lines() -> None:
    """Let a typed line be edited, where Python has readline."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401


def practise(unit: str | None, course: Path | None = None, restart: bool = False) -> int:
    """Practise a unit in the terminal, or list all units with how far one has come; return the exit status."""
    page = make_console()
    found = find_practice(unit, course)
    if unit is None and len(found) > 1:
        for quiz, path in found:
            progress = Progress(path)
            done = sum(progress.answered(question.id) for question in quiz.practice)
            page.print(f"{quiz.unit:16} {done:2} / {len(quiz.practice):2}  {escape(_(quiz.title))}")
        page.print(_("Next: `autograder quiz UNIT` asks the questions of one unit."))
        return 0
    [(quiz, path)] = found
    progress = Progress(path)
    if restart:
        progress.restart()
    edit_lines()
    return Session(quiz, progress, page).run()


def run(unit: str | None, course: Path | None, restart: bool, export: Path | None) -> int:
    """Practise, or export; return the exit status."""
    if export is not None:
        return write_export(unit, course, export)
    if restart and unit is None:
        raise CourseError("--restart forgets the answers of one unit; name it")
    return practise(unit, course, restart)


def write_export(unit: str | None, course: Path | None, path: Path) -> int:
    """Write the quiz of a unit, or of all, for a learning platform."""
    from autograder.console import console
    from autograder.quizzes.export import export

    where = Course.find(course)
    if not (where.root / "solutions").is_dir():
        raise CourseError("an export holds the keys, which are in solutions/; students use `autograder quiz`")
    if unit is None:
        quizzes = list(load_quizzes(where).values())
    else:
        found = load_quiz(where.unit(unit))
        quizzes = [found] if found else []
    if not quizzes:
        raise CourseError(f"there is no quiz to export; write solutions/{unit or 'UNIT'}/quiz.toml")
    for note in export(quizzes, path):
        console.print(_(f"note: {note}"), markup=False)
    count = sum(len(quiz.questions) for quiz in quizzes)
    console.print(_(f"wrote {path}: {count} questions with their keys; keep it from students"), markup=False)
    return 0
