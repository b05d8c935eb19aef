"""Make the students' side of a quiz: `practice.json`, and for marked questions `UNIT_quiz.ipynb` and `questions.json`.

The keys of marked questions stay in `solutions/`: what is written here holds their text and options only.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from autograder.language import _
from autograder.nbgrader_bridge import KERNEL, nbgrader_entry
from autograder.quizzes.face import as_markdown, face
from autograder.quizzes.files import MARKED, PRACTICE, practice_text
from autograder.quizzes.reading import Question, Quiz, quiz_notebook_name

OPENING = """# {title}: questions for credit

Each question earns one point. Write your answer where it says `None`, in quotes unless it is a number, and run the cell
below it: it says how your answer is read, not whether it is right. Answers are read, not run, so write them out: a
letter, a number, `3 * 28 + 1`, a few words."""
STUDENT = "Your user name in this course: some questions have numbers of your own."


def write_quiz(quiz: Quiz, folder: Path) -> list[Path]:
    """Write the files of a quiz that students get into a unit's folder; return what was written.

    The notebook is written as nbgrader's source notebook; generate_assignment makes the released one of it.
    """
    written = write_notebook(quiz, folder)
    if quiz.practice:
        (folder / PRACTICE).write_text(practice_text(quiz), encoding="utf-8")
        written.append(folder / PRACTICE)
    if quiz.marked:
        (folder / MARKED).write_text(questions_text(quiz), encoding="utf-8")
        written.append(folder / MARKED)
    return written


def write_notebook(quiz: Quiz, folder: Path) -> list[Path]:
    """Write the notebook of marked questions, if there are any, into a unit's source folder."""
    if not quiz.marked:
        return []
    path = folder / f"{quiz_notebook_name(quiz.unit)}.ipynb"
    text = json.dumps(quiz_notebook(quiz), indent=1, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8")
    return [path]


def questions_text(quiz: Quiz) -> str:
    """Return the text of `questions.json`: what students see of marked questions."""
    record = {"unit": quiz.unit, "questions": [face(question).to_json() for question in quiz.marked]}
    return json.dumps(record, indent=1, ensure_ascii=False) + "\n"


def quiz_notebook(quiz: Quiz) -> dict[str, Any]:
    """Return the notebook of marked questions: per question its text, a cell for the answer, and a grade cell."""
    name = quiz_notebook_name(quiz.unit)
    cells = [
        markdown(f"{name}-title", _(OPENING).format(title=_(quiz.title))),
        code("setup", "from autograder import quiz", nbgrader_entry("setup", solution=False)),
    ]
    if any(question.draw for question in quiz.marked):
        cells.append(answer_cell("student", f'# {_(STUDENT)}\nSTUDENT = ""', ""))
    for number, question in enumerate(quiz.marked, start=1):
        cells += question_cells(number, question)
    return {
        "cells": cells,
        "metadata": {
            "autograder": {"unit": quiz.unit, "quiz": True},
            "kernelspec": KERNEL,
            "language_info": {"name": "python", "file_extension": ".py"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def question_cells(number: int, question: Question) -> list[dict[str, Any]]:
    """Return the cells of one marked question."""
    shown, plain = face(question), question.id.replace("_", "-")
    names = {name: f"**{name}**" for name in question.draw}
    text = f"### {number}. {_(shown.topic)}\n\n{as_markdown(shown, names)}"
    if question.draw:
        text += "\n\n" + _(f"The cell below shows your own numbers for {', '.join(names.values())}.")
    cells = [markdown(f"{plain}-question", text)]
    if question.draw:
        show = f'quiz.show("{question.id}", STUDENT)'
        cells.append(code(f"{plain}-numbers", show, nbgrader_entry(f"{question.id}_numbers", solution=False)))
    answer = f"{question.id} = None  # {_(f'your answer: {shown.form}')}"
    made = answer_cell(f"{question.id}_solution", answer, question.id)
    given = f'quiz.given("{question.id}", {question.id})'
    check = code(plain, given, nbgrader_entry(question.id, solution=False, points=question.points))
    return [*cells, made, check]


def answer_cell(grade_id: str, source: str, question: str) -> dict[str, Any]:
    """Return a cell to write into, which `ClearAnswers` leaves as it is."""
    made = code(grade_id.replace("_", "-"), source, nbgrader_entry(grade_id, solution=True))
    made["metadata"]["autograder"] = {"question": question}
    return made


def markdown(name: str, source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name[:64], "metadata": {}, "source": source}


def code(name: str, source: str, metadata: dict[str, Any]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": name[:64],
        "metadata": metadata,
        "source": source,
        "execution_count": None,
        "outputs": [],
    }
