"""Make the sample class: twelve students, every unit, from the course's own right and wrong answers.

    python source_data/sample_class.py [FOLDER]

FOLDER (default `demo`) becomes an nbgrader course of its own: a copy of the released units, the author's side, and
`submitted/`, with full answers, named mistakes, untouched stubs, other right answers, and a few damaged notebooks; and
with marked questions, some answered rightly, some not, some not at all.
The same answers go to the same students every time.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.quizzes.face import LETTERS, face, order
from autograder.quizzes.judge import number_text, variant
from autograder.quizzes.reading import Question, load_quiz, quiz_notebook_name
from autograder.release import reference_answers, solved_notebook
from autograder.units import Course, Unit

STUDENTS = [
    "amara",
    "bjorn",
    "chen",
    "divya",
    "elif",
    "farid",
    "greta",
    "hiro",
    "ines",
    "joao",
    "kofi",
    "lena",
]
HANDED_IN = "2026-10-02 12:00:00.000000 UTC"


def answers_of(student: str, unit: Unit, dice: random.Random) -> dict[str, str]:
    """Choose what a student types for each exercise of a unit: mostly right, in many ways, and some of it wrong."""
    chosen = reference_answers(unit)
    for name in list(chosen):
        fate = dice.random()
        if fate < 0.25:
            continue
        if fate < 0.55:
            library = unit.alternatives
        elif fate < 0.90:
            library = unit.mistakes
        else:
            del chosen[name]  # left as the stub
            continue
        own = [answer.source for answer in library.values() if answer.exercise == name]
        if own:
            chosen[name] = dice.choice(own)
    return chosen


def right_answer(question: Question, student: str) -> str:
    """Return what a student types who knows the answer."""
    places = order(question.id, len(face(question).choices))
    match question.kind:
        case "number":
            return number_text(variant(question, student).answer)
        case "text":
            return repr(question.accepted[0])
        case "matching" | "ordering":
            chosen = [places.index(item) for item in range(len(places))]
        case _:
            chosen = [place for place, item in enumerate(places) if question.options[item].right]
    return repr(" ".join(LETTERS[place] for place in chosen))


def answered_quiz(course: Course, unit: Unit, student: str, dice: random.Random) -> dict[str, Any] | None:
    """Return a unit's notebook of marked questions as a student fills it in; None where she does not hand it in."""
    quiz = load_quiz(unit)
    name = quiz_notebook_name(unit.name)
    path = course.root / "assignments" / unit.name / f"{name}.ipynb"
    if quiz is None or not path.is_file() or dice.random() < 0.1:
        return None
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    typed = {"student": f"STUDENT = {student!r}"}
    for question in quiz.marked:
        fate = dice.random()
        if fate < 0.65:
            typed[f"{question.id}_solution"] = f"{question.id} = {right_answer(question, student)}"
        elif fate < 0.9:
            typed[f"{question.id}_solution"] = (
                f"{question.id} = {'7' if question.kind == 'number' else repr('a')}"
            )
    for cell in notebook["cells"]:
        entry = cell["metadata"].get("nbgrader", {})
        cell["source"] = typed.get(entry.get("grade_id"), cell["source"])
    return notebook


def solution_of(notebook: dict[str, Any], last: bool = False) -> dict[str, Any]:
    """Return the first (or last) solution cell of a notebook."""
    cells = [c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("solution")]
    return cells[-1 if last else 0]


def with_deleted_cells(notebook: dict[str, Any]) -> str:
    """Delete the check cells and the setup cell."""
    doomed = [c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("locked")]
    return json.dumps({**notebook, "cells": [c for c in notebook["cells"] if c not in doomed]})


def with_copied_cell(notebook: dict[str, Any]) -> str:
    """Copy an untouched stub, metadata and all, below the answer."""
    answer = solution_of(notebook)
    name = answer["metadata"]["nbgrader"]["grade_id"].removesuffix("_solution")
    stub = {**answer, "id": "copied", "source": f"def {name}(*arguments):\n    raise NotImplementedError()\n"}
    place = notebook["cells"].index(answer) + 1
    cells = [*notebook["cells"][:place], stub, *notebook["cells"][place:]]
    return json.dumps({**notebook, "cells": cells})


def with_syntax_error(notebook: dict[str, Any]) -> str:
    """Break one solution cell's syntax."""
    solution_of(notebook)["source"] = (
        "def " + "".join(solution_of(notebook)["source"]).partition("def ")[2] + "\n  ("
    )
    return json.dumps(notebook)


def with_endless_loop(notebook: dict[str, Any]) -> str:
    """Add a cell that never ends."""
    loop = {"cell_type": "code", "id": "loop", "metadata": {}, "outputs": [], "execution_count": None}
    return json.dumps(
        {**notebook, "cells": [*notebook["cells"], {**loop, "source": "while True:\n    pass"}]}
    )


def not_a_notebook(notebook: dict[str, Any]) -> str:
    """Hand in something else."""
    del notebook
    return "%PDF-1.4 this is my homework"


DAMAGE: dict[tuple[str, int], Callable[[dict[str, Any]], str]] = {
    ("chen", 0): with_deleted_cells,
    ("divya", 1): with_copied_cell,
    ("elif", 2): with_syntax_error,
    ("farid", 3): with_endless_loop,
    ("greta", 4): not_a_notebook,
}


def make(course: Course, folder: Path) -> int:
    """Write the sample class; return the number of notebooks handed in."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("solutions", "assignments"):
        shutil.copytree(course.root / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(course.root / "nbgrader_config.py", folder)
    count = 0
    for student in STUDENTS:
        dice = random.Random(student)
        for index, unit in enumerate(course.units().values()):
            if student == "lena" and index > 3:
                continue  # dropped out
            notebook = solved_notebook(course, unit, answers_of(student, unit, dice))
            text = DAMAGE.get((student, index), json.dumps)(notebook)
            place = folder / "submitted" / student / unit.name
            place.mkdir(parents=True)
            (place / f"{unit.name}.ipynb").write_text(text, encoding="utf-8")
            (place / "timestamp.txt").write_text(HANDED_IN, encoding="utf-8")
            answered = answered_quiz(course, unit, student, random.Random(f"{student} {unit.name}"))
            if answered is not None:
                (place / f"{quiz_notebook_name(unit.name)}.ipynb").write_text(json.dumps(answered), "utf-8")
            count += 1 + (answered is not None)
    return count


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "demo")
    here = Course(Path(__file__).resolve().parents[1])
    print(f"{make(here, target)} notebooks of {len(STUDENTS)} students in {target}/submitted")
