"""Prove a course's checks: stubs earn nothing, right answers pass, every named mistake is caught and named.

The quick form runs answers in this process. The full form does what a class does: it types each answer into the
released notebook and grades that notebook, so that what holds here holds for students.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from autograder.console import progress
from autograder.errors import CourseError
from autograder.pool import Job, Pool
from autograder.results import ExerciseResult, Outcome, Result
from autograder.units import Course, Unit


@dataclass
class Finding:
    """Hold one thing that falls short, and what it is about."""

    subject: str
    problem: str


@dataclass
class Audit:
    """Hold what the audit of one exercise counted and found."""

    unit: str
    exercise: str
    checks: int = 0
    mistakes: int = 0
    caught: int = 0
    named: int = 0
    alternatives: int = 0
    accepted: int = 0
    runs: int = 0
    findings: list[Finding] = field(default_factory=list)
    tripped: set[str] = field(default_factory=set)

    def to_json(self) -> dict[str, Any]:
        record = asdict(self)
        record["tripped"] = sorted(self.tripped)
        return record

    def note_right(self, subject: str, result: ExerciseResult) -> bool:
        """Note how a right answer fared; return whether it was accepted."""
        if result.outcome is Outcome.PASSED:
            return True
        self.findings.append(Finding(subject, explain(result)))
        return False

    def note_mistake(self, name: str, result: ExerciseResult) -> None:
        """Note how a named mistake fared."""
        self.mistakes += 1
        self.tripped |= {c.name for c in result.checks if not c.outcome.earns}
        if any(c.outcome is Outcome.GRADER_ERROR for c in result.checks):
            self.findings.append(Finding(f"mistake {name}", explain(result)))
        elif result.outcome is Outcome.PASSED:
            self.findings.append(Finding(f"mistake {name}", "not caught"))
        else:
            self.caught += 1
            self.named += result.mistake == name
            if result.mistake != name and result.outcome is not Outcome.NOT_ALLOWED:
                failed = ", ".join(c.name for c in result.checks if not c.outcome.earns)
                self.findings.append(
                    Finding(f"mistake {name}", f"caught, but named {result.mistake}; failed {failed}")
                )

    def note_checks(self, names: Sequence[str]) -> None:
        """Note checks that nothing trips."""
        self.checks = len(names)
        for name in names:
            if name not in self.tripped:
                self.findings.append(Finding(f"check {name}", "no mistake trips it"))


def explain(result: ExerciseResult) -> str:
    """Say which checks an answer failed, for authors."""
    broken = [c for c in result.checks if not c.outcome.earns or c.outcome is Outcome.GRADER_ERROR]
    return "; ".join(f"{c.name}: {c.outcome} {c.details or c.message}" for c in broken) or (
        f"{result.outcome}: {result.feedback}"
    )


def audit_course(course: Course, names: Sequence[str], repeats: int, quick: bool, jobs: int) -> list[Audit]:
    """Audit the units and exercises in `names` (all where empty)."""
    units = course.units()
    known = {*units, *(name for unit in units.values() for name in unit.exercises)}
    if unknown := [name for name in names if name not in known]:
        raise CourseError(
            f"there is no unit or exercise {unknown[0]!r}; there are: {', '.join(sorted(known))}"
        )
    asked = [
        (unit, name)
        for unit in units.values()
        for name in unit.exercises
        if not names or unit.name in names or name in names
    ]
    return audit_quickly(asked, repeats) if quick else audit_fully(course, asked, repeats, jobs)


def audit_quickly(asked: Sequence[tuple[Unit, str]], repeats: int) -> list[Audit]:
    """Audit exercises in this process."""
    import torch

    from autograder.examiner import Examiner, examine
    from autograder.grading import Grader, LocalSubmission

    torch.set_num_threads(1)
    audits: list[Audit] = []
    seeds = itertools.count(1000)

    def audit_exercise(grader: Grader, name: str) -> Audit:
        unit, exercise = grader.unit, grader.unit.exercises[name]
        audit = Audit(unit.name, name)

        def grade(function: Any = None) -> ExerciseResult:
            functions = {**unit.references} if function is None else {**unit.references, name: function}
            return grader.grade(exercise, LocalSubmission(functions, seeds))

        audit.note_right("reference", grade())
        rights = [a for a in unit.alternatives.values() if a.exercise == name]
        audit.alternatives = len(rights)
        for right in rights:
            audit.accepted += audit.note_right(f"alternative {right.name}", grade(right.function()))
        for wrong in unit.mistakes.values():
            if wrong.exercise == name:
                audit.note_mistake(wrong.name, grade(wrong.function()))
        audit.note_checks([check.name for check in grader.examiner.exercise_checks(name)])
        for _ in range(repeats):
            for function in [None, *(right.function() for right in rights)]:
                audit.runs += 1
                audit.note_right("false alarm", grade(function))
        return audit

    def work(examiner: Examiner) -> None:
        graders = {unit.name: Grader(unit, examiner) for unit, _ in asked}
        with progress("Auditing", len(asked)) as advance:
            for unit, name in asked:
                audits.append(audit_exercise(graders[unit.name], name))
                advance()

    examine(list({unit.name: unit for unit, _ in asked}.values()), hidden=True, work=work)
    return audits


def audit_fully(course: Course, asked: Sequence[tuple[Unit, str]], repeats: int, jobs: int) -> list[Audit]:
    """Audit exercises through released notebooks, graded as a class's are."""
    from autograder.release import reference_answers, solved_notebook

    audits = {(unit.name, name): Audit(unit.name, name) for unit, name in asked}
    plan: list[tuple[Audit, str, str]] = []
    work: list[Job] = []
    for unit, name in asked:
        audit = audits[unit.name, name]
        right = reference_answers(unit)
        todo: list[tuple[str, str, dict[str, str]]] = [
            ("stub", "", {key: text for key, text in right.items() if key != name}),
            ("reference", "", right),
        ]
        todo += [
            (kind, answer.name, {**right, name: answer.source})
            for kind, library in (("alternative", unit.alternatives), ("mistake", unit.mistakes))
            for answer in library.values()
            if answer.exercise == name
        ]
        todo += [("repeat", "", right)] * repeats
        for kind, label, answers in todo:
            plan.append((audit, kind, label))
            text = json.dumps(solved_notebook(course, unit, answers))
            work.append(Job(f"{name} {kind} {label}", text=text, unit=unit.name))
    units = list({unit.name: unit for unit, _ in asked}.values())
    with Pool(units, True, jobs) as pool, progress("Auditing", len(work)) as advance:
        for position, result in pool.grade(work):
            audit, kind, label = plan[position]
            note(audit, kind, label, result)
            advance()
    return list(audits.values())


def note(audit: Audit, kind: str, label: str, result: Result) -> None:
    """Note one graded notebook in the audit of the exercise that it is about."""
    if result.status != "graded":
        audit.findings.append(Finding(f"{kind} {label}", f"{result.status}: {result.error}"))
        return
    for other in result.exercises:
        if other.name != audit.exercise and other.outcome is not Outcome.PASSED:
            audit.findings.append(Finding(f"{kind} {label}", f"costs {other.name} as well: {explain(other)}"))
    [own] = [exercise for exercise in result.exercises if exercise.name == audit.exercise]
    audit.checks = max(audit.checks, len(own.checks))
    match kind:
        case "stub":
            if own.outcome is not Outcome.NOT_ATTEMPTED or own.score != 0:
                audit.findings.append(Finding("stub", f"{own.outcome}, {own.score:g} points"))
        case "mistake":
            audit.note_mistake(label, own)
        case "alternative":
            audit.alternatives += 1
            audit.accepted += audit.note_right(f"alternative {label}", own)
        case _:
            audit.runs += 1
            audit.note_right(kind, own)
