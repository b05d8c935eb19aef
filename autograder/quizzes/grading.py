"""Grade a notebook of marked questions: its answers are read, never run, and judged one by one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from typing import Any

from autograder import syntax
from autograder.formulas import readable_math
from autograder.notebooks import Cell, Notebook
from autograder.quizzes.arithmetic import MOST_BITS, NotArithmetic, evaluate
from autograder.quizzes.judge import attempted, judge
from autograder.quizzes.reading import Question, Quiz
from autograder.results import ExerciseResult, Outcome
from autograder.units import Unit

LONGEST = 4000
WRITTEN = "The answer is written as code; write the answer itself, in quotes unless it is a number."


class Unreadable:
    """Stand for an answer that is not written out."""


def is_quiz(notebook: Notebook, unit: Unit) -> bool:
    """Tell whether a notebook is that of a unit's marked questions: by its metadata, else by the names it sets.

    Where it says nothing about itself and defines an exercise, it is the unit's other one.
    """
    entry = notebook.metadata.get("autograder")
    if isinstance(entry, dict) and entry.get("unit") == unit.name:
        return bool(entry.get("quiz"))
    answered = {name for name, _ in assigned(notebook.code_cells, unit.marked_names)}
    bound = {name for cell in notebook.code_cells for name in syntax.defined(cell.source)}
    return bool(answered) and not bound & set(unit.exercises)


def grade_quiz(quiz: Quiz, notebook: Notebook, student_id: str | None) -> list[ExerciseResult]:
    """Return one result per marked question, named by its id, out of 1 point each; nothing is run.

    `student_id` is the student's name in the course. Where it is not known, the notebook's `STUDENT` is taken. Repairs
    are noted in the notebook.
    """
    answers = read_answers(notebook, quiz.marked)
    written = answers.get("STUDENT")
    named = written.strip() if isinstance(written, str) else ""
    student = named if student_id is None else student_id
    results = []
    for question in quiz.marked:
        answer = answers.get(question.id)
        judged = judge(question, answer, student)
        feedback = WRITTEN if isinstance(answer, Unreadable) else readable_math(judged.feedback)
        if question.draw and student_id is not None and named and same(named) != same(student_id):
            feedback += f" The notebook says STUDENT = {named!r}, but it was handed in by {student_id}."
        outcome = Outcome.PASSED if judged.points == 1 else Outcome.FAILED
        if not attempted(answer):
            outcome = Outcome.NOT_ATTEMPTED
        score = round(judged.points * question.points, 4)
        results.append(ExerciseResult(question.id, outcome, score, question.points, feedback=feedback))
    return results


def same(name: str) -> str:
    """Return a name as names are compared."""
    return name.strip().casefold()


def read_answers(notebook: Notebook, questions: Sequence[Question]) -> dict[str, Any]:
    """Return what a notebook's cells set the questions' names, and `STUDENT`, to; what was mended is noted in it.

    An answer that is set several times counts as last set; setting it to None does not undo an answer.
    """
    names = [question.id for question in questions]
    answers: dict[str, Any] = {}
    times: dict[str, int] = {}
    for name, value in assigned(notebook.code_cells, [*names, "STUDENT"]):
        if attempted(value):
            answers[name] = value
            times[name] = times.get(name, 0) + 1
    texts = {question.id for question in questions if question.kind == "text"}
    for name, value in answers.items():
        if isinstance(value, Raw):
            notebook.repairs.append(f"the answer to {name} was no Python and was read as text")
            answers[name] = str(value)
        elif name in texts and isinstance(value, int | float):
            answers[name] = str(value)
        if times[name] > 1:
            notebook.repairs.append(f"{name} is answered {times[name]} times; the last answer counts")
    return answers


class Raw(str):
    """Hold an answer that was written without quotes and is no Python."""


def assigned(cells: Iterable[Cell], names: Sequence[str]) -> list[tuple[str, Any]]:
    """Return what top-level statements set some names to, in the order of the cells."""
    found: list[tuple[str, Any]] = []
    wanted = set(names)
    for cell in cells:
        if not any(name in cell.source for name in wanted):
            continue
        tree = syntax.parse(cell.source)
        if tree is None:
            found += _lines(cell.source, wanted)
            continue
        for node in tree.body:
            match node:
                case ast.Assign(targets=targets, value=value):
                    found += [
                        (t.id, literal(value)) for t in targets if isinstance(t, ast.Name) and t.id in wanted
                    ]
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if name in wanted:
                    found.append((name, literal(value)))
    return found


def _lines(source: str, wanted: set[str]) -> list[tuple[str, Any]]:
    """Return the answers in a cell that does not parse, line by line."""
    found: list[tuple[str, Any]] = []
    for line in source[:LONGEST].splitlines():
        match = re.match(r"\s*(\w+)\s*=\s*([^#]*)", line)
        if match and match.group(1) in wanted:
            tree = syntax.parse(line.strip())
            statement = tree.body[0] if tree is not None and len(tree.body) == 1 else None
            if isinstance(statement, ast.Assign):
                found.append((match.group(1), literal(statement.value)))
            else:
                found.append((match.group(1), Raw(match.group(2).strip().strip("\"'"))))
    return found


def literal(node: ast.expr) -> Any:
    """Return the data that an expression writes out; a bare name counts as text, arithmetic as its value."""
    try:
        return _literal(node, 0)
    except (ValueError, RecursionError):
        return Unreadable()


def _literal(node: ast.expr, depth: int) -> Any:
    if depth > 4:
        raise ValueError
    match node:
        case ast.Constant(value=int() as value) if value.bit_length() > MOST_BITS:
            raise ValueError
        case ast.Constant(value=None | bool() | int() | float() | str() as value):
            return value
        case ast.Constant(value=value) if value is Ellipsis:
            return None
        case ast.Name(id=name):
            return name
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            return [_literal(part, depth + 1) for part in parts]
        case ast.Dict(keys=keys, values=values):
            pairs = [
                (_literal(key, depth + 1), _literal(value, depth + 1))
                for key, value in zip(keys, values, strict=True)
                if key is not None
            ]
            if not all(isinstance(key, str | int) for key, _ in pairs):
                raise ValueError
            return dict(pairs)
    try:
        return evaluate(ast.unparse(node))
    except NotArithmetic:
        raise ValueError from None
