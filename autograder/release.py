"""Make the student's side of a unit from the author's: `solutions/UNIT/` to `assignments/UNIT/`.

The notebook goes through nbgrader's own generate_assignment, which clears solutions, locks cells and records the unit
in the gradebook, and so does the one of marked questions, where the unit has a quiz. Beside them go the visible checks,
the unit's facts, what visible checks see of each named mistake, and the questions.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder.errors import CourseError
from autograder.examiner import Examiner, examine
from autograder.grading import SIGNATURES, Grader, released_signatures
from autograder.nbgrader_bridge import KERNEL, nbgrader_config, nbgrader_entry, run_converter
from autograder.quizzes.reading import load_quiz, quiz_notebook_name
from autograder.quizzes.release import write_notebook, write_quiz
from autograder.units import Course, Unit, defined_names

SOLUTION_MARK = "### BEGIN SOLUTION"
CHECK_CALL = re.compile(r"check\((\w+)\)")
PRACTICE = """## Questions

{count} questions to practise on; they earn no marks. Answer in a cell of your own, as it says below each question, or in
a terminal with `autograder quiz`."""
PUBLIC = ("visible_checks.py", "unit.toml")


def release(course: Course, units: Sequence[Unit], database: str | None = None) -> list[Path]:
    """Write the student's side of some units; return the folders written.

    `database` is the gradebook to record the units in; by default the course's own.
    """
    import torch

    torch.set_num_threads(1)
    written: list[Path] = []

    def work(examiner: Examiner) -> None:
        for unit in units:
            written.append(release_unit(course, unit, Grader(unit, examiner, trusts_release=False), database))

    examine(units, hidden=False, work=work)
    return written


def release_unit(course: Course, unit: Unit, grader: Grader, database: str | None) -> Path:
    """Write one unit's student side."""
    source = write_source(course, unit)
    for name in PUBLIC:
        shutil.copy(unit.folder / name, source / name)
    (source / SIGNATURES).write_text(released_signatures(grader), encoding="utf-8")
    for name in unit.data:
        copy_data(course.root / "source_data" / name, source / "data")
    if quiz := load_quiz(unit):
        write_quiz(quiz, source)
    generate(course, unit, database)
    return course.root / "assignments" / unit.name


def copy_data(file: Path, folder: Path) -> None:
    """Copy a file that a notebook reads into the folder `data` beside it."""
    folder.mkdir(exist_ok=True)
    try:
        shutil.copy(file, folder / file.name)
    except OSError as error:
        raise CourseError(
            f"{file}: {error.strerror}; correct `data` in unit.toml, or make the file"
        ) from None


def record(course: Course, unit: Unit, database: str) -> None:
    """Record a unit in a gradebook without touching what is released."""
    source = write_source(course, unit)
    if quiz := load_quiz(unit, keys=False):
        write_notebook(quiz, source)
    with tempfile.TemporaryDirectory() as folder:
        generate(course, unit, database, folder)


def write_source(course: Course, unit: Unit) -> Path:
    """Write the notebook that nbgrader releases from, in a fresh folder `source/UNIT/`."""
    source = course.root / "source" / unit.name
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True)
    notebook = json.dumps(source_notebook(unit), indent=1, ensure_ascii=False) + "\n"
    (source / f"{unit.name}.ipynb").write_text(notebook, encoding="utf-8")
    return source


def generate(course: Course, unit: Unit, database: str | None, target: str | None = None) -> None:
    """Run nbgrader's generate_assignment on the unit's source folder."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory

    config = nbgrader_config(course)
    config.CourseDirectory.assignment_id = unit.name
    config.CourseDirectory.student_id = "."
    config.GenerateAssignment.force = True
    if database:
        config.CourseDirectory.db_url = database
    if target:
        config.CourseDirectory.release_directory = target
    converter = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config)
    try:
        run_converter(converter, f"to release {unit.name}")
    except CourseError as error:
        if "there are submissions" not in str(error):
            raise
        raise CourseError(
            f"the gradebook has submissions to {unit.name}, and nbgrader neither adds a notebook to such an assignment "
            f"nor takes one away: put quiz.toml of {unit.name} back as it was, or start a new gradebook"
        ) from None


def source_notebook(unit: Unit) -> dict[str, Any]:
    """Return the author's notebook as nbgrader wants it: each cell with its part, in notebook format 4.5."""
    import jupytext

    text = unit.source.read_text(encoding="utf-8")
    cells, checked, solved = [], [], []
    for index, cell in enumerate([*jupytext.reads(text, fmt="py:percent").cells, *practice_cells(unit)]):
        made: dict[str, Any] = {
            "cell_type": cell.cell_type,
            "id": f"{unit.name}-{index:02d}",
            "metadata": {},
            "source": cell.source,
        }
        if cell.cell_type == "code":
            made.update(execution_count=None, outputs=[])
            grade_id, points = part(cell, unit)
            if grade_id:
                solution = grade_id.endswith("_solution")
                made["id"] = grade_id.replace("_", "-")
                made["metadata"] = nbgrader_entry(grade_id, solution, points)
                if points is not None:
                    # "Run all" goes on past an exercise that is yet to be done.
                    made["metadata"]["tags"] = ["raises-exception"]
                if solution:
                    solved.append(grade_id.removesuffix("_solution"))
                elif points is not None:
                    checked.append(grade_id)
        cells.append(made)
    for name in unit.exercises:
        if solved.count(name) != 1 or checked.count(name) != 1:
            raise CourseError(
                f"{unit.source}: the exercise {name} has {solved.count(name)} solution cells and "
                f"{checked.count(name)} cells check({name}); give it one of each"
            )
    return {
        "cells": cells,
        "metadata": {
            "autograder": {"unit": unit.name},
            "kernelspec": KERNEL,
            "language_info": {"name": "python", "file_extension": ".py"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def practice_cells(unit: Unit) -> list[Any]:
    """Return the cells that end a unit's notebook where there are practice questions."""
    from nbformat import v4

    quiz = load_quiz(unit, keys=False)
    if quiz is None or not quiz.practice:
        return []
    text = PRACTICE.format(count=len(quiz.practice))
    if quiz.marked:
        text += f" Those for credit are in `{quiz_notebook_name(unit.name)}.ipynb`."
    return [
        v4.new_markdown_cell(text),
        v4.new_code_cell(f'from autograder import quiz\n\nquiz("{unit.name}")'),
    ]


def part(cell: Any, unit: Unit) -> tuple[str, float | None]:
    """Return the grade id of a code cell and, where it is graded, its points; an empty id for a free cell."""
    if SOLUTION_MARK in cell.source:
        defined = [name for name in defined_names(cell.source) if name in unit.exercises]
        if len(defined) != 1:
            raise CourseError(
                f"{unit.source}: a solution cell defines {defined or 'no exercise'}; "
                "let each one define exactly one exercise of unit.toml"
            )
        return f"{defined[0]}_solution", None
    if match := CHECK_CALL.fullmatch(cell.source.strip()):
        name = match.group(1)
        if name not in unit.exercises:
            raise CourseError(f"{unit.source}: check({name}), but unit.toml has no such exercise")
        return name, unit.exercises[name].points
    return ("setup", None) if "setup" in cell.metadata.get("tags", []) else ("", None)


def reference_answers(unit: Unit) -> dict[str, str]:
    """Return the source of each exercise's solution cell, with the reference in it."""
    answers = {}
    for cell in source_notebook(unit)["cells"]:
        name = str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))
        if name.endswith("_solution"):
            answers[name.removesuffix("_solution")] = str(cell["source"])
    return answers


def solved_notebook(course: Course, unit: Unit, answers: dict[str, str]) -> dict[str, Any]:
    """Return the released notebook with answers typed into its solution cells."""
    path = course.root / "assignments" / unit.name / f"{unit.name}.ipynb"
    try:
        notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CourseError(f"{path}: {error}; run `autograder release {unit.name}`") from None
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "").removesuffix("_solution")
        if cell["metadata"].get("nbgrader", {}).get("solution") and name in answers:
            cell["source"] = answers[name]
    return notebook
