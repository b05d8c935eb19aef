"""What grading anew changes: whose marks move, by how much and why, told before anything is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.markup import escape
from rich.table import Table

from autograder.console import page
from autograder.course import Submissions
from autograder.feedback import clean
from autograder.language import _
from autograder.records import CHANGED, Entry, Records, gradebook_entries
from autograder.results import CheckResult, ExerciseResult, Job, Outcome, Result, out_of
from autograder.runs import broken
from autograder.store import Store

NEAR = 1e-6


@dataclass(frozen=True)
class Move:
    """Hold what changes for one student in one exercise; `before` is None where it was never graded.

    A manual mark counts in place of one that moves.
    """

    student: str
    unit: str
    exercise: str
    before: float | None
    after: float | None
    points_before: float | None
    points_after: float | None
    manual: float | None
    reasons: list[str]

    @property
    def by(self) -> float:
        """Return how much the student gains."""
        return round((self.after or 0.0) - (self.before or 0.0), 4)

    @property
    def mark_moves(self) -> bool:
        return differs(self.before, self.after) or differs(self.points_before, self.points_after)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "by": self.by, "mark_moves": self.mark_moves}


def differs(one: float | None, other: float | None) -> bool:
    """Tell whether two marks differ by more than rounding."""
    return one is not other if one is None or other is None else abs(one - other) > NEAR


@dataclass
class Comparison:
    """Compare new results with what is on record, a notebook at a time."""

    submissions: Submissions
    store: Store
    moves: list[Move] = field(default_factory=list)
    compared: int = 0
    broken: bool = False

    def __post_init__(self) -> None:
        self.records = Records(self.submissions.course.root, self.store)
        self.entries = {
            key: entry
            for unit in self.submissions.units
            for key, entry in gradebook_entries(self.submissions.database, unit.name).items()
        }

    def add(self, job: Job, result: Result) -> list[Move]:
        """Compare one notebook's new result; return what changes."""
        student, unit, notebook = str(job.student), str(job.unit), job.name.rpartition("/")[2]
        entry = self.entries.get((student, unit, notebook))
        recorded = self.records.last(job)
        self.compared += 1
        self.broken = self.broken or broken(result)
        found = list(compare(student, unit, entry, recorded.result if recorded else None, result))
        if recorded and not recorded.current:
            for move in found:
                move.reasons.insert(0, CHANGED)
        self.moves += found
        return found


def compare(student: str, unit: str, entry: Entry | None, old: Result | None, new: Result) -> Iterator[Move]:
    """Yield what changes in each exercise of a notebook.

    The gradebook says what a student has; the old result explains it, where it is the one that the mark came from.
    """
    before = {exercise.name: exercise for exercise in old.exercises} if old else {}
    after = {exercise.name: exercise for exercise in new.exercises}
    grades = entry.grades if entry else {}
    for name in dict.fromkeys([*after, *grades, *before]):
        was, now, grade = before.get(name), after.get(name), grades.get(name)
        had = grade.auto if grade else was.score if was else None
        if was is not None and differs(was.score, had):
            was = None  # graded by something else since
        reasons = explain(was, now)
        if new.status != "graded" and (old is None or old.status != new.status):
            reasons.append(f"{new.status}: {new.error or ''}")
        move = Move(
            student,
            unit,
            name,
            had,
            kept(now, new, had),
            grade.points if grade else was.max_score if was else None,
            now.max_score if now else (grade.points if grade else None),
            grade.manual if grade else None,
            reasons,
        )
        if move.mark_moves or reasons:
            yield move


def kept(now: ExerciseResult | None, new: Result, had: float | None) -> float | None:
    """Return the mark that would be written."""
    if now is not None:
        return now.score
    return had if new.status == "grader error" else 0.0


def explain(was: ExerciseResult | None, now: ExerciseResult | None) -> list[str]:
    """Say what differs between two results of an exercise; nothing where one of them is not known."""
    if was is None or now is None:
        return []
    reasons = []
    if was.outcome is not now.outcome:
        reasons.append(f"outcome {was.outcome} → {now.outcome}")
    old, new = ({check.name: check for check in result.checks} for result in (was, now))
    for name, check in new.items():
        earlier = old.get(name)
        if earlier is None and not check.outcome.earns and check.outcome is not Outcome.SKIPPED:
            reasons.append(f"new check {check.outcome}: {said(check)}")
        elif earlier is not None and earlier.outcome is not check.outcome and moved(earlier, check):
            reasons.append(f"now {check.outcome}: {said(check)}")
    reasons += [f"check gone: {said(check)}" for name, check in old.items() if name not in new]
    passed = sum(name not in old and check.outcome is Outcome.PASSED for name, check in new.items())
    if passed:
        reasons.append("1 new check passed" if passed == 1 else f"{passed} new checks passed")
    if was.mistake != now.mistake:
        reasons.append(f"mistake {was.mistake or 'not named'} → {now.mistake or 'not named'}")
    if differs(was.max_score, now.max_score):
        reasons.append(f"out of {now.max_score:g}, was {was.max_score:g}")
    return reasons


def moved(old: CheckResult, new: CheckResult) -> bool:
    """Tell whether a check's change is news, and no consequence of another check's."""
    return old.outcome.earns != new.outcome.earns or Outcome.SKIPPED not in (old.outcome, new.outcome)


def said(check: CheckResult) -> str:
    return clean(check.sentence or check.name)


def show(comparison: Comparison) -> None:
    """Show the moves: by exercise and reason, then student by student."""
    moves = [move for move in comparison.moves if move.mark_moves]
    others = len({(m.student, m.unit) for m in comparison.moves}) - len({(m.student, m.unit) for m in moves})
    if not comparison.moves:
        page.print(
            _(f"Nothing changes: {comparison.compared} notebooks keep their marks and their feedback.")
        )
        return
    if moves:
        page.print(by_reason(moves))
        page.print(by_student(moves))
        students = {move.student for move in moves}
        up, down = (sum(1 for move in moves if sign * move.by > NEAR) for sign in (1, -1))
        page.print(
            _(
                f"{len(students)} students' marks move, {up} exercises up and {down} down, "
                f"among {comparison.compared} notebooks."
            )
        )
    else:
        page.print(_(f"No mark moves among {comparison.compared} notebooks."))
    if others:
        page.print(_(f"For {others} submissions the feedback alone changes; --json says how."))


def by_reason(moves: list[Move]) -> Table:
    """Return the table of reasons, by exercise: how many marks they move, and by how much together."""
    counted: dict[tuple[str, str], list[float]] = defaultdict(list)
    for move in moves:
        for reason in move.reasons or ["the earlier result is not known, only its mark"]:
            counted[move.exercise, reason].append(move.by)
    table = Table(title=_("Why marks move"))
    table.add_column(_("exercise"))
    table.add_column(_("students"), justify="right")
    table.add_column(_("points"), justify="right")
    table.add_column(_("reason"))
    for (exercise, reason), by in sorted(counted.items(), key=lambda item: (-len(item[1]), item[0])):
        table.add_row(escape(exercise), str(len(by)), f"{sum(by):+g}", escape(_(clean(reason))))
    return table


def by_student(moves: list[Move]) -> Table:
    """Return the table of marks that move, those that lose most first."""
    table = Table(title=_("Whose marks move"))
    table.add_column(_("student"))
    table.add_column(_("exercise"))
    for name in (_("old mark"), _("new mark"), _("by how much")):
        table.add_column(name, justify="right")
    table.add_column(_("remark"))
    for move in sorted(moves, key=lambda move: (move.by, move.student, move.unit)):
        note = _(f"manual mark {move.manual:g} stays") if move.manual is not None else ""
        table.add_row(
            escape(clean(move.student)),
            escape(move.exercise),
            shown(move.before, move.points_before),
            shown(move.after, move.points_after),
            f"{move.by:+g}",
            note,
        )
    return table


def shown(mark: float | None, points: float | None) -> str:
    return "–" if mark is None or points is None else out_of(mark, points)
