"""The figures of a class, gathered from what is on record: nothing is graded, and one result is held at a time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median
from typing import Any

from autograder.course import Submissions, submitted
from autograder.errors import CourseError
from autograder.nbgrader_bridge import after_penalty
from autograder.records import CHANGED, Records, gradebook_entries
from autograder.results import CheckResult, ExerciseResult, Job, Outcome, Result
from autograder.similarity import Alike, Fingerprint, find_alike, fingerprint
from autograder.store import Store
from autograder.units import Unit

STOPPED = (Outcome.TIMED_OUT, Outcome.OUT_OF_MEMORY, Outcome.GRADER_ERROR)
SLOW_SECONDS, SLOW_FACTOR = 2.0, 4.0  # slow is both: so many seconds, and so many times the unit's median


@dataclass
class Standing:
    """Hold how one submission ended."""

    student: str
    page: Path
    mark: float = 0.0
    points: float = 0.0
    seconds: float = 0.0
    statuses: list[str] = field(default_factory=list)
    scores: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    repairs: list[str] = field(default_factory=list)

    @property
    def status(self) -> str:
        """Return the worst that happened to a notebook of the submission."""
        order = ("grader error", "refused", "not graded", "graded")
        return next(status for status in order if status in self.statuses)

    @property
    def share(self) -> float:
        return self.mark / self.points if self.points else 0.0


@dataclass
class CheckFigures:
    """Count how one check ended; `unnamed` counts failures that no mistake explains."""

    sentence: str
    visible: bool
    ran: int = 0
    failed: int = 0
    unnamed: int = 0


@dataclass
class ExerciseFigures:
    """Count how an exercise, or a marked question, went."""

    name: str
    points: float
    question: bool = False
    shares: list[float] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    partly: int = 0
    mistakes: dict[str, list[str]] = field(default_factory=dict)
    checks: dict[str, CheckFigures] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """Return how much of its points the class earned, from 0 to 1."""
        return mean(self.shares) if self.shares else 0.0

    @property
    def right(self) -> int:
        return sum(share >= 1 for share in self.shares)

    @property
    def not_attempted(self) -> int:
        return self.outcomes[Outcome.NOT_ATTEMPTED]

    @property
    def wrong(self) -> int:
        return len(self.shares) - self.right - self.partly - self.not_attempted

    def add(self, student: str, exercise: ExerciseResult) -> None:
        """Count one student's answer."""
        share = exercise.score / exercise.max_score if exercise.max_score else 0.0
        self.shares.append(share)
        self.outcomes[exercise.outcome] += 1
        if 0 < share < 1 and exercise.outcome is not Outcome.NOT_ATTEMPTED:
            self.partly += 1
        for name in (exercise.mistake or "").split("+"):
            if name:
                self.mistakes.setdefault(name, []).append(student)
        if exercise.outcome is not Outcome.NOT_ATTEMPTED:
            for check in exercise.checks:
                self._count(check, bool(exercise.mistake))

    def _count(self, check: CheckResult, named: bool) -> None:
        if check.outcome is Outcome.SKIPPED:
            return
        counted = self.checks.setdefault(check.name, CheckFigures(check.sentence, check.visible))
        counted.ran += 1
        if not check.outcome.earns:
            counted.failed += 1
            counted.unnamed += not named


@dataclass
class UnitFigures:
    """Hold a unit's figures."""

    unit: Unit
    standings: list[Standing] = field(default_factory=list)
    exercises: dict[str, ExerciseFigures] = field(default_factory=dict)
    alike: list[Alike] = field(default_factory=list)

    @property
    def graded(self) -> list[Standing]:
        return [standing for standing in self.standings if "graded" in standing.statuses]

    @property
    def points(self) -> float:
        return max((standing.points for standing in self.standings), default=0.0)

    @property
    def marks(self) -> list[float]:
        return [standing.mark for standing in self.graded]

    @property
    def ungraded(self) -> int:
        """Return how many submissions were not graded as they now are."""
        return sum("not graded" in s.statuses or CHANGED in s.notes for s in self.standings)

    @property
    def odd(self) -> list[tuple[Standing, bool]]:
        """Return the submissions that were slow or broken, with whether they were slow; the worst come first."""
        usual = median([standing.seconds for standing in self.graded] or [0.0])
        limit = max(SLOW_SECONDS, SLOW_FACTOR * usual)
        found = [(item, item.seconds >= limit) for item in self.standings]
        found = [(item, slow) for item, slow in found if slow or item.notes or item.repairs]
        return sorted(found, key=lambda one: (one[0].status == "graded", not one[0].notes, -one[0].seconds))

    def sentence(self, exercise: str, mistake: str) -> str:
        """Return what a student is told about a mistake; its name, where the course has it no more."""
        known = self.unit.mistakes.get(f"{exercise}.{mistake}")
        return known.sentence if known else mistake.replace("_", " ")

    def to_json(self) -> dict[str, Any]:
        """Return the figures, for scripts."""
        return {
            "unit": self.unit.name,
            "title": self.unit.title,
            "handed_in": len(self.standings),
            "graded": len(self.graded),
            "not_graded": self.ungraded,
            "points": self.points,
            "mean": round(mean(self.marks), 4) if self.marks else None,
            "median": round(median(self.marks), 4) if self.marks else None,
            "students": [
                {
                    "student": item.student,
                    "status": item.status,
                    "mark": item.mark,
                    "points": item.points,
                    "seconds": round(item.seconds, 3),
                    "scores": item.scores,
                    "notes": item.notes,
                    "repairs": item.repairs,
                }
                for item in self.standings
            ],
            "exercises": [self._exercise_json(item) for item in self.exercises.values()],
            "slow": [standing.student for standing, slow in self.odd if slow],
            "alike": [
                {
                    "students": pair.students,
                    "likeness": round(pair.likeness, 4),
                    "same": pair.same,
                    "same_names": pair.same_names,
                    "wrong": pair.wrong,
                }
                for pair in self.alike
            ],
        }

    def _exercise_json(self, item: ExerciseFigures) -> dict[str, Any]:
        return {
            "name": item.name,
            "points": item.points,
            "question": item.question,
            "answers": len(item.shares),
            "mean_share": round(item.share, 4),
            "right": item.right,
            "partly": item.partly,
            "wrong": item.wrong,
            "not_attempted": item.not_attempted,
            "outcomes": dict(item.outcomes),
            "mistakes": [
                {"name": name, "sentence": self.sentence(item.name, name), "count": len(who), "students": who}
                for name, who in item.mistakes.items()
            ],
            "checks": [{"name": name, **vars(check)} for name, check in item.checks.items()],
        }


def gather(submissions: Submissions, store: Store, least: float) -> Iterator[UnitFigures]:
    """Yield the figures of each unit; raise `CourseError` where nothing has been graded."""
    records = Records(submissions.course.root, store)
    known = False
    for unit in submissions.units:
        figures = unit_figures(submissions, records, unit, least)
        known = known or any(set(item.statuses) != {"not graded"} for item in figures.standings)
        yield figures
    if not known:
        raise CourseError(
            f"nothing in {submissions.submitted} has been graded yet; run `autograder grade`, then the report"
        )


def unit_figures(submissions: Submissions, records: Records, unit: Unit, least: float) -> UnitFigures:
    """Return the figures of one unit."""
    figures = UnitFigures(unit)
    figures.exercises = {name: ExerciseFigures(name, e.points) for name, e in unit.exercises.items()}
    entries = gradebook_entries(submissions.database, unit.name)
    standings: dict[str, Standing] = {}
    penalties: dict[str, float] = defaultdict(float)
    prints: list[Fingerprint] = []
    for job in submissions.jobs:
        if job.unit != unit.name:
            continue
        student, notebook = str(job.student), job.name.rpartition("/")[2]
        page = submissions.feedback_folder / student / unit.name / f"{notebook}.html"
        standing = standings.setdefault(student, Standing(student, page))
        recorded = records.last(job)
        if recorded is None:
            standing.statuses.append("not graded")
            continue
        result = recorded.result
        entry = entries.get((student, unit.name, notebook))
        standing.mark += entry.raw_score if entry else result.score
        penalties[student] += entry.penalty if entry else 0.0
        standing.points += sum(g.points for g in entry.grades.values()) if entry else result.max_score
        standing.seconds += result.seconds
        standing.statuses.append(result.status)
        standing.notes += notes(result) + ([] if recorded.current else [CHANGED])
        standing.repairs += result.repairs
        for exercise in result.exercises:
            standing.scores[exercise.name] = exercise.score
            asked = ExerciseFigures(exercise.name, exercise.max_score, bool(job.quiz))
            figures.exercises.setdefault(exercise.name, asked).add(student, exercise)
        if not job.quiz:
            prints += _prints(job, result, unit)
    for student, penalty in penalties.items():
        standings[student].mark = after_penalty(standings[student].mark, penalty)
    figures.standings = list(standings.values())
    figures.alike = find_alike(prints, least)
    return figures


def _prints(job: Job, result: Result, unit: Unit) -> list[Fingerprint]:
    notebook = submitted(job, result)
    if notebook is None:
        return []
    wrong = frozenset(e.name for e in result.exercises if not e.outcome.earns)
    return [fingerprint(str(job.student), notebook, unit, wrong)]


def notes(result: Result) -> list[str]:
    """Return what an instructor should know of how grading a notebook went; nothing where all went as usual."""
    found = [f"{result.status}: {result.error or ''}"] if result.status != "graded" else []
    for outcome in STOPPED:
        names = [e.name for e in result.exercises if any(c.outcome is outcome for c in e.checks)]
        found += [f"{outcome}: {', '.join(names)}"] if names else []
    errors = [cell for cell in result.cells if cell.error]
    if errors:
        number, error = errors[0].index + 1, errors[0].error
        others = len(errors) - 1
        found.append(
            f"cell {number} raised {error} and {others} more" if others else f"cell {number} raised {error}"
        )
    return found
