"""Where a student stands: what is done in each unit of the course, remembered by content in `.autograder/`."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.errors import AutograderError, CourseError, NotebookError
from autograder.notebooks import Notebook, read_notebook
from autograder.pool import Pool
from autograder.quizzes.grading import assigned
from autograder.quizzes.judge import attempted
from autograder.quizzes.reading import quiz_notebook_name
from autograder.results import ExerciseResult, Job, Outcome, Result
from autograder.runs import GradingRun
from autograder.sandbox import Limits
from autograder.store import Store
from autograder.units import Course, Exercise, Unit


class Memory(Store):
    """Keep the results of visible checks beside the course; where nothing can be written, do without."""

    def __init__(self, course: Course, device: str = "cpu") -> None:
        super().__init__(course.root / ".autograder" / "checked", device, Limits())

    def put(self, key: str, result: Result) -> bool:
        with suppress(CourseError):
            return super().put(key, result)
        return False


@dataclass
class Standing:
    """Hold what is done of one unit."""

    unit: Unit
    exercises: Mapping[str, ExerciseResult]
    error: str | None = None

    @property
    def left(self) -> list[str]:
        """Return the exercises that are not right yet, in the unit's order."""
        return [name for name in self.unit.exercises if not passed(self.exercises.get(name))]

    @property
    def done(self) -> int:
        return len(self.unit.exercises) - len(self.left)

    @property
    def points(self) -> float:
        return round(sum(exercise.score for exercise in self.exercises.values()), 4)

    @property
    def max_points(self) -> float:
        return sum(exercise.points for exercise in self.unit.exercises.values())

    def to_json(self) -> dict[str, Any]:
        """Return the object that `autograder progress --json` writes on one line."""
        answered = answered_questions(self.unit)
        found = {name: self.exercises.get(name) for name in self.unit.exercises}
        return {
            "unit": self.unit.name,
            "done": self.done,
            "exercises": len(self.unit.exercises),
            "points": self.points,
            "max_points": self.max_points,
            "questions_answered": answered and answered[0],
            "questions": answered and answered[1],
            "error": self.error,
            "outcomes": {name: str(result.outcome) if result else None for name, result in found.items()},
        }


def passed(result: ExerciseResult | None) -> bool:
    """Tell whether an exercise is known to be right."""
    return result is not None and result.outcome is Outcome.PASSED


def unit_job(unit: Unit) -> Job:
    """Return the job that checks all exercises of a unit's own notebook, and runs no more than these need."""
    return Job(unit.name, str(unit.notebook), unit=unit.name, exercises=list(unit.exercises), quiz=False)


def stand(course: Course, units: Sequence[Unit], jobs: int) -> Iterator[Standing]:
    """Yield where the student stands in some units; a notebook is checked only where it has changed."""
    pool = Pool(units, False, jobs, Limits(), late=False)
    with GradingRun(pool, [unit_job(unit) for unit in units], Memory(course)) as run:
        for unit, (_, result) in zip(units, run.results(), strict=True):
            yield Standing(unit, {exercise.name: exercise for exercise in result.exercises}, result.error)


def answered_questions(unit: Unit) -> tuple[int, int] | None:
    """Return how many of a unit's marked questions have an answer, and how many there are; None without a quiz."""
    path = unit.folder / f"{quiz_notebook_name(unit.name)}.ipynb"
    try:
        found = questions(read_notebook(path))
    except NotebookError:
        return None
    return sum(found.values()), len(found)


def questions(notebook: Notebook) -> dict[str, bool]:
    """Return the marked questions of a notebook, each with whether it has an answer."""
    names = [cell.grade_id for cell in notebook.cells if cell.is_grade]
    given = {name for name, value in assigned(notebook.code_cells, names) if attempted(value)}
    return {name: name in given for name in names}


def find_exercise(units: Mapping[str, Unit], name: str) -> tuple[Unit, Exercise]:
    """Return an exercise and its unit by name; raise `AutograderError` that says what was perhaps meant."""
    for unit in units.values():
        if name in unit.exercises:
            return unit, unit.exercises[name]
    names = [known for unit in units.values() for known in unit.exercises]
    near = difflib.get_close_matches(name, names, 3)
    there = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(names) or 'none'}"
    raise AutograderError(f"there is no exercise {name!r}; {there}")


def student_side(course: Course) -> dict[str, Unit]:
    """Return the released units; raise `AutograderError` where there are none."""
    units = course.units("assignments")
    if not units:
        raise AutograderError(f"{course.root / 'assignments'} holds no unit; run `autograder release` first")
    return units


def shown_path(path: Path) -> str:
    """Return a path as it is shortest to type: from this folder where it lies in it."""
    with suppress(ValueError):
        return str(path.resolve().relative_to(Path.cwd()))
    return str(path)
