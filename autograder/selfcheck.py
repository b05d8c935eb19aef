"""`check(f)` in a student's notebook: the visible checks, run here and now on the student's own function."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from autograder.errors import AutograderError
from autograder.examiner import Examiner, examine
from autograder.feedback import Shown
from autograder.grading import Grader, LocalSubmission
from autograder.language import _
from autograder.results import ExerciseResult, Outcome
from autograder.syntax import Code
from autograder.units import Course, Unit


class NotYet(AutograderError):
    """Tell that an exercise is not right yet; the table above it says why."""

    def _render_traceback_(self) -> list[str]:
        return [_(f"Not yet: {self}")]


def check_function(function: Any) -> None:
    """Check one function, show the outcome, and raise `NotYet` unless all visible checks pass."""
    namespace = notebook_namespace()
    unit, name = recognise(function, namespace)
    result = run_visible(unit, name, {**namespace, name: function})
    show(Shown(result))
    if not result.outcome.earns:
        raise NotYet(f"{name} is {result.outcome}. Change its cell, run it, and run this one again.")


def run_visible(unit: Unit, name: str, functions: dict[str, Any]) -> ExerciseResult:
    """Run the visible checks of one exercise on functions of this process."""
    results: list[ExerciseResult] = []
    exercise = unit.exercises[name]

    def work(examiner: Examiner) -> None:
        found = forbidden(functions, name, exercise.not_allowed)
        if found:
            text = f"It uses {', '.join(found)}, which is not allowed here."
            results.append(ExerciseResult(name, Outcome.NOT_ALLOWED, 0.0, exercise.points, feedback=text))
            return
        results.append(Grader(unit, examiner).grade(exercise, LocalSubmission(functions)))

    examine([unit], hidden=False, work=work)
    return results[0]


def forbidden(functions: dict[str, Any], name: str, patterns: tuple[str, ...]) -> list[str]:
    """Return forbidden names in what the notebook's cells say the function is; none outside a notebook."""
    cells = functions.get("In")
    if not isinstance(cells, list):
        return []
    return Code(str(cell) for cell in cells).forbidden(name, patterns)


def notebook_namespace() -> dict[str, Any]:
    """Return the names of the notebook, or of the script, that called `check`."""
    try:
        shell = get_ipython()  # type: ignore[name-defined]
        return dict(shell.user_ns)
    except NameError:
        frame = sys._getframe()
        while frame.f_back and frame.f_globals.get("__name__", "").startswith("autograder"):
            frame = frame.f_back
        return dict(frame.f_globals)


def recognise(function: Any, namespace: dict[str, Any]) -> tuple[Unit, str]:
    """Return the unit and the exercise that a function answers, by the name it has."""
    names = [key for key, value in namespace.items() if value is function and not key.startswith("_")]
    names.append(getattr(function, "__name__", ""))
    for unit in nearby_units():
        for name in names:
            if name in unit.exercises:
                return unit, name
    raise AutograderError(
        f"{' or '.join(filter(None, names)) or 'this value'} is not an exercise of the units near "
        f"{Path.cwd()}; run the notebook in its own folder"
    )


def nearby_units() -> list[Unit]:
    """Return the unit of this folder, else all released units of the course around it."""
    here = Path.cwd()
    if (here / "unit.toml").is_file():
        return [Unit.load(here)]
    return list(Course.find(here).units("assignments").values())


def show(result: Shown) -> None:
    """Display a result: rich in a notebook, plain elsewhere."""
    try:
        get_ipython()  # type: ignore[name-defined]
    except NameError:
        print(result)
        return
    from IPython.display import display

    display(result)
