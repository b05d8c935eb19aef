"""Make the student's side of a unit from the author's: `solutions/UNIT/` to `assignments/UNIT/`.

The notebook goes through nbgrader's own generate_assignment, which clears solutions, locks cells and records the unit
in the gradebook, and so does the one of marked questions, where the unit has a quiz. Beside them go the visible checks,
the unit's facts, what visible checks see of each named mistake, and the questions.
"""

from __future__ import annotations

import ast
import json
import shutil
import tempfile
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder.entries import read_text
from autograder.errors import CourseError
from autograder.examiner import Examiner, examine
from autograder.grading import SIGNATURES, Grader, released_signatures
from autograder.language import ENGLISH, LANGUAGES, _, language, speaking
from autograder.messages import public_catalogue
from autograder.nbgrader_bridge import KERNEL, nbgrader_config, nbgrader_entry, run_converter
from autograder.notebooks import CHECK_CALL
from autograder.quizzes.reading import load_quiz, quiz_notebook_name
from autograder.quizzes.release import write_notebook, write_quiz
from autograder.student.reset import STUBS, stubs_text
from autograder.syntax import defined
from autograder.units import Course, Unit

SOLUTION_MARK = "### BEGIN SOLUTION"
END_MARK = "### END SOLUTION"
PRACTICE = """## Questions

{count} questions to practise on; they earn no marks. Answer in a cell of your own, as it says below each question, or in
a terminal with `autograder quiz`."""
PUBLIC = ("visible_checks.py", "unit.toml")


def release(
    course: Course, units: Sequence[Unit], database: str | None = None, spoken: str = ENGLISH
) -> list[Path]:
    """Write the student's side of some units, notebooks in one language; return the folders written.

    `database` is the gradebook to record the units in; by default the course's own.
    """
    import torch

    from autograder.form import check_form

    torch.set_num_threads(1)
    check_form(course, units)
    written: list[Path] = []

    def work(examiner: Examiner) -> None:
        for unit in units:
            written.append(release_unit(course, unit, Grader(unit, examiner, trusts_release=False), database))

    with speaking(spoken):
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
    for other in LANGUAGES:
        if text := public_catalogue(unit, other):
            (source / f"{other}.po").write_text(text, encoding="utf-8")
    generate(course, unit, database)
    released = course.root / "assignments" / unit.name
    notebook = (released / f"{unit.name}.ipynb").read_text(encoding="utf-8")
    (released / STUBS).write_text(stubs_text(notebook), encoding="utf-8")
    return released


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
    with speaking(ENGLISH):
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
    notebook = json.dumps(source_notebook(unit, language()), indent=1, ensure_ascii=False) + "\n"
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


def source_notebook(unit: Unit, spoken: str = ENGLISH) -> dict[str, Any]:
    """Return the author's notebook as nbgrader wants it: each cell with its part, in notebook format 4.5.

    Prose and contracts are in the language that is `spoken`, as far as they are translated; the cells are the same.
    """
    import jupytext

    text = read_text(unit.source)
    cells, checked, solved = [], [], []
    written = in_language(jupytext.reads(text, fmt="py:percent").cells, unit, spoken)
    for index, cell in enumerate([*written, *practice_cells(unit)]):
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
                f"{place(unit, f'def {name}(')}: the exercise {name} has {solved.count(name)} cells with its function and "
                f"{SOLUTION_MARK}, and {checked.count(name)} cells with check({name}); give it one of each"
            )
    return {
        "cells": cells,
        "metadata": {
            "autograder": {"unit": unit.name} | ({} if spoken == ENGLISH else {"language": spoken}),
            "kernelspec": KERNEL,
            "language_info": {"name": "python", "file_extension": ".py"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def in_language(cells: Sequence[Any], unit: Unit, spoken: str) -> list[Any]:
    """Return the author's cells in one language: a translated prose cell stands for the English one that it follows."""
    chosen: list[Any] = []
    for cell in cells:
        marked = cell.metadata.get("lang", ENGLISH)
        if marked == ENGLISH:
            chosen.append(cell)
            continue
        if not chosen or {chosen[-1].cell_type, cell.cell_type} != {"markdown"}:
            raise CourseError(
                f'{unit.source}: a cell marked lang="{marked}" follows no prose; '
                "put it right after the Markdown cell that it translates"
            )
        if marked == spoken:
            chosen[-1] = cell
    if spoken != ENGLISH:
        for cell in chosen:
            if SOLUTION_MARK in cell.source:
                cell.source = with_contract(cell.source)
    return chosen


def with_contract(source: str) -> str:
    """Return a solution cell with its contract, the docstring, in the reader's language."""
    lines = source.split("\n")
    for node in reversed(ast.parse(source).body):
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        contract = ast.get_docstring(node)
        if contract and (said := _(contract)) != contract:
            old = node.body[0]
            text = f'"""{said}\n"""' if "\n" in said else f'"""{said}"""'
            indent = " " * old.col_offset
            lines[old.lineno - 1 : old.end_lineno] = textwrap.indent(text, indent).split("\n")
    return "\n".join(lines)


def practice_cells(unit: Unit) -> list[Any]:
    """Return the cells that end a unit's notebook where there are practice questions."""
    from nbformat import v4

    quiz = load_quiz(unit, keys=False)
    if quiz is None or not quiz.practice:
        return []
    text = _(PRACTICE).format(count=len(quiz.practice))
    if quiz.marked:
        text += _(f" Those for credit are in `{quiz_notebook_name(unit.name)}.ipynb`.")
    return [
        v4.new_markdown_cell(text),
        v4.new_code_cell(f'from autograder import quiz\n\nquiz("{unit.name}")'),
    ]


def part(cell: Any, unit: Unit) -> tuple[str, float | None]:
    """Return the grade id of a code cell and, where it is graded, its points; an empty id for a free cell."""
    if SOLUTION_MARK in cell.source:
        answers = [name for name in defined(cell.source) if name in unit.exercises]
        if len(answers) != 1:
            raise CourseError(
                f"{place(unit, cell.source)}: this solution cell defines {' and '.join(answers) or 'no exercise'}; "
                "let each one define exactly one exercise of unit.toml"
            )
        marks = [
            line.strip() for line in cell.source.splitlines() if line.strip() in (SOLUTION_MARK, END_MARK)
        ]
        if marks != [SOLUTION_MARK, END_MARK] * (len(marks) // 2):
            raise CourseError(
                f"{place(unit, cell.source)}: the marks of {answers[0]} do not pair up; "
                f"write {SOLUTION_MARK} above the reference and {END_MARK} below it"
            )
        return f"{answers[0]}_solution", None
    if match := CHECK_CALL.fullmatch(cell.source.strip()):
        name = match.group(1)
        if name not in unit.exercises:
            raise CourseError(
                f"{place(unit, cell.source)}: check({name}), but unit.toml lists no {name}; correct one of the two"
            )
        return name, unit.exercises[name].points
    return ("setup", None) if "setup" in cell.metadata.get("tags", []) else ("", None)


def place(unit: Unit, source: str) -> str:
    """Return the author's notebook and, where a text stands in it, the line."""
    before, found, _rest = read_text(unit.source).partition(source)
    line = before.count("\n") + 1
    return f"{unit.source}, line {line}" if found else str(unit.source)


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
    except FileNotFoundError:
        raise CourseError(f"{path} is not released yet; run `autograder release {unit.name}`") from None
    except (OSError, ValueError) as error:
        raise CourseError(f"{path}: {error}; run `autograder release {unit.name}`") from None
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "").removesuffix("_solution")
        if cell["metadata"].get("nbgrader", {}).get("solution") and name in answers:
            cell["source"] = answers[name]
    return notebook
