"""Prove a course's checks: stubs earn nothing, right answers pass, every wrong one is caught, and named where it has a name.

In processes of its own, an exercise's checks are tried on references, alternatives, named mistakes and junk; the whole
audit adds machine-made mutants, inputs in other forms, repeated runs, and grades every answer once more as a class's
are: typed into the released notebook, so that what holds here holds for students.
"""

from __future__ import annotations

import concurrent.futures
import itertools
import json
import multiprocessing
import platform
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import torch

from autograder.bounds import memory_limit
from autograder.console import progress
from autograder.errors import CourseError
from autograder.examiner import Examiner, examine
from autograder.form import check_form, missing
from autograder.grading import Grader, LocalSubmission, Sessions
from autograder.mutants import equivalents, mutants, set_aside
from autograder.pool import Pool
from autograder.release import reference_answers, solved_notebook
from autograder.results import ExerciseResult, Job, Outcome, Result
from autograder.trials import JUNK, VARIATIONS, VariedSubmission, in_time
from autograder.units import Course, Unit, WrittenAnswer

CALL_SECONDS = 5.0


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
    mutants: int = 0
    killed: int = 0
    equivalent: int = 0
    junk: int = 0
    runs: int = 0
    findings: list[Finding] = field(default_factory=list)
    tripped: set[str] = field(default_factory=set)

    def to_json(self) -> dict[str, Any]:
        record = asdict(self)
        record["tripped"] = sorted(self.tripped)
        return record

    def find(self, subject: str, problem: str) -> None:
        self.findings.append(Finding(subject, problem))

    def note_right(self, subject: str, result: ExerciseResult) -> bool:
        """Note how a right answer fared; return whether it was accepted."""
        if result.outcome is Outcome.PASSED:
            return True
        self.find(subject, explain(result))
        return False

    def note_mistake(self, subject: str, name: str, result: ExerciseResult) -> None:
        """Note how a named mistake fared."""
        self.mistakes += 1
        self.note_tripped(subject, result)
        if result.outcome is Outcome.PASSED:
            self.find(subject, "not caught")
            return
        self.caught += 1
        self.named += result.mistake == name
        if result.mistake != name and result.outcome is not Outcome.NOT_ALLOWED:
            failed = ", ".join(c.name for c in result.checks if not c.outcome.earns)
            self.find(subject, f"caught, but named {result.mistake}; failed {failed}")

    def note_tripped(self, subject: str, result: ExerciseResult) -> None:
        """Note which checks a wrong answer trips; a fault of ours is a finding."""
        self.tripped |= {c.name for c in result.checks if not c.outcome.earns}
        if any(c.outcome is Outcome.GRADER_ERROR for c in result.checks):
            self.find(subject, explain(result))

    def note_checks(self, names: Sequence[str]) -> None:
        """Note checks that nothing trips."""
        self.checks = len(names)
        for name in names:
            if name not in self.tripped:
                self.find(f"check {name}", "no wrong answer trips it")


def explain(result: ExerciseResult) -> str:
    """Say which checks an answer failed, for authors."""
    broken = [c for c in result.checks if not c.outcome.earns or c.outcome is Outcome.GRADER_ERROR]
    return "; ".join(f"{c.name}: {c.outcome} {c.details or c.message}" for c in broken) or (
        f"{result.outcome}: {result.feedback}"
    )


def audit_course(
    course: Course, names: Sequence[str], repeats: int, quick: bool, jobs: int, device: str = "cpu"
) -> list[Audit]:
    """Audit the units and exercises in `names` (all where empty), several exercises at a time.

    On a GPU everything is graded in notebooks: each has a process of its own, which a failing kernel ends.
    """
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
    chosen = {unit.name: unit for unit, _ in asked}
    if not asked:
        raise CourseError(
            f"{names[0]} has no exercise yet; run `autograder new exercise NAME --unit {names[0]}`"
        )
    torch.set_num_threads(1)
    check_form(course, chosen.values())
    for unit in [] if quick else chosen.values():
        solved_notebook(course, unit, {})  # an audit takes minutes; what is not released is said before it
    if device != "cpu":
        return audit_notebooks(course, asked, jobs, device, repeats)
    # Forks: torch is loaded once. Nothing parallel has run in this process, which they would not survive.
    context = multiprocessing.get_context("fork")
    with (
        concurrent.futures.ProcessPoolExecutor(jobs, context) as pool,
        progress("Auditing", len(asked)) as advance,
    ):
        waiting = [pool.submit(audit_exercise, unit, name, repeats, quick) for unit, name in asked]
        try:
            for done in concurrent.futures.as_completed(waiting):
                done.result()
                advance()
        except BaseException:
            for worker in multiprocessing.active_children():  # else they would first audit what is queued
                worker.terminate()
            raise
        audits = [done.result() for done in waiting]
    if not quick:
        for audit, released in zip(audits, audit_notebooks(course, asked, jobs), strict=True):
            audit.findings += released.findings
    return audits


def audit_exercise(unit: Unit, name: str, repeats: int, quick: bool) -> Audit:
    """Audit one exercise in this process."""
    audits: list[Audit] = []

    def work(examiner: Examiner) -> None:
        trial = Trial(Grader(unit, examiner, trusts_release=False), name)
        for subject, problem in missing(unit, name):
            trial.audit.find(subject, problem)
        trial.named_answers()
        trial.grader.diagnoses = False  # what follows has no name
        trial.junk()
        if not quick:
            trial.mutants()
            trial.variations()
        trial.false_alarms(repeats)
        trial.audit.note_checks([check.name for check in examiner.exercise_checks(name)])
        audits.append(trial.audit)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # mutants do what torch warns of
        examine([unit], hidden=True, work=work)
    return audits[0]


class Trial:
    """Try the checks of one exercise."""

    def __init__(self, grader: Grader, name: str) -> None:
        self.grader, self.unit = grader, grader.unit
        self.exercise = self.unit.exercises[name]
        self.audit = Audit(self.unit.name, name)
        self.seeds = itertools.count(1000)
        self.rights = [a for a in self.unit.alternatives.values() if a.exercise == name]

    def grade(self, function: Any = None) -> ExerciseResult:
        """Grade a function, the reference by default."""
        functions = {**self.unit.references}
        if function is not None:
            functions[self.exercise.name] = function
        return self.grader.grade(self.exercise, LocalSubmission(functions, self.seeds))

    def named_answers(self) -> None:
        """Try the reference, the alternatives and the named mistakes."""
        audit = self.audit
        audit.note_right("reference", self.grade())
        audit.alternatives = len(self.rights)
        for right in self.rights:
            audit.accepted += audit.note_right(f"alternative {right.name}", self.grade(right.function()))
        for wrong in self.unit.mistakes.values():
            if wrong.exercise == self.exercise.name:
                audit.note_mistake(f"mistake {wrong.name}", wrong.name, self.grade(wrong.function()))

    def junk(self) -> None:
        """Try answers that are none."""
        reference = self.unit.references[self.exercise.name]
        for name, make in JUNK.items():
            self.audit.junk += 1
            result = self.grade(make(reference))
            self.audit.note_tripped(f"junk {name}", result)
            if result.outcome is Outcome.PASSED or result.score == self.exercise.points:
                self.audit.find(f"junk {name}", "not caught")

    def mutants(self) -> None:
        """Try small edits of the reference."""
        name, audit = self.exercise.name, self.audit
        same = equivalents(self.unit).get(name, {})
        used: set[str] = set()
        for mutant in mutants(self.unit, name):
            audit.mutants += 1
            if entry := set_aside(mutant.name, same):
                audit.equivalent += 1
                used.add(entry)
                continue
            function = mutant.function(self.unit.references)
            with memory_limit(4096):
                result = self.grade(in_time(function, CALL_SECONDS))
            audit.note_tripped(f"mutant {mutant.name}", result)
            audit.killed += result.outcome is not Outcome.PASSED
            if result.outcome is Outcome.PASSED:
                audit.find(f"mutant {mutant.name}", "not caught")
        for left in set(same) - used:
            audit.find(f"equivalents.toml, {left}", "there is no such mutant; take the entry out")

    def variations(self) -> None:
        """Try right answers on inputs in other forms, with the checks that the reference passes on them."""
        for variation in VARIATIONS:
            base = self.varied(variation, None)
            for right in self.rights:
                for check, broken in self.varied(variation, right).items():
                    if broken and not base[check]:
                        self.audit.find(f"alternative {right.name}, {variation}", f"{check}: {broken}")

    def varied(self, variation: str, right: WrittenAnswer | None) -> dict[str, str]:
        """Return, per check, what a right answer falls short of on varied inputs; empty text for nothing."""
        functions = {**self.unit.references}
        if right is not None:
            functions[self.exercise.name] = right.function()
        checks = self.grader.examiner.exercise_checks(self.exercise.name)
        with Sessions(VariedSubmission(functions, variation)) as sessions:
            results = self.grader.run(checks, sessions)
        return {r.name: "" if r.outcome.earns else (r.details or r.message) for r in results}

    def false_alarms(self, repeats: int) -> None:
        """Grade right answers again and again, with other seeds, on one thread and on two."""
        for number in range(repeats):
            torch.set_num_threads(1 + number % 2)
            for function in [None, *(right.function() for right in self.rights)]:
                self.audit.runs += 1
                self.audit.note_right("false alarm", self.grade(function))
        torch.set_num_threads(1)


def audit_notebooks(
    course: Course,
    asked: Sequence[tuple[Unit, str]],
    jobs: int,
    device: str = "cpu",
    repeats: int = 0,
) -> list[Audit]:
    """Grade stubs, right answers and mistakes in released notebooks; return what that counted and found.

    Right answers are graded again and again, with other seeds, where `repeats` asks for it.
    """
    audits = [Audit(unit.name, name) for unit, name in asked]
    plan: list[tuple[Audit, str, str]] = []
    work: list[Job] = []
    for (unit, name), audit in zip(asked, audits, strict=True):
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
        todo += [
            ("false alarm", label, {**answers, name: f"{answers[name]}\n# run {number}"})
            for number in range(repeats)
            for kind, label, answers in todo
            if kind in ("reference", "alternative")
        ]
        for kind, label, answers in todo:
            plan.append((audit, kind, label))
            text = json.dumps(solved_notebook(course, unit, answers))
            work.append(Job(f"{name} {kind} {label}", text=text, unit=unit.name))
    units = list({unit.name: unit for unit, _ in asked}.values())
    with Pool(units, True, jobs, device=device) as pool, progress("Auditing notebooks", len(work)) as advance:
        for position, result in pool.grade(work):
            note(*plan[position], result)
            advance()
    return audits


def note(audit: Audit, kind: str, label: str, result: Result) -> None:
    """Note one graded notebook in the audit of the exercise that it is about."""
    subject = f"{kind} {label} in its notebook".replace("  ", " ")
    if result.status != "graded":
        audit.find(subject, f"{result.status}: {result.error}")
        return
    for other in result.exercises:
        if other.name != audit.exercise and other.outcome is not Outcome.PASSED:
            audit.find(subject, f"costs {other.name} as well: {explain(other)}")
    [own] = [exercise for exercise in result.exercises if exercise.name == audit.exercise]
    if kind == "stub":
        if own.outcome is not Outcome.NOT_ATTEMPTED or own.score != 0:
            audit.find(subject, f"{own.outcome}, {own.score:g} points")
    elif kind == "mistake":
        audit.note_mistake(subject, label, own)
    else:
        right = audit.note_right(subject, own)
        audit.checks, audit.runs = len(own.checks), audit.runs + 1
        audit.alternatives += kind == "alternative"
        audit.accepted += right and kind == "alternative"


def as_page(audits: Sequence[Audit], device: str = "cpu") -> str:
    """Return the audit as a page: a table for each unit, and the findings."""
    lines = [
        "# The audit",
        "",
        "What `make audit` counted: named mistakes caught and recognised, right answers accepted, machine-made mutants",
        "of the references killed (those that are the same function are set aside in `equivalents.toml`), junk caught, and",
        "repeated runs of right answers. "
        f"Python {platform.python_version()}, torch {torch.__version__}, "
        f"{'CPU' if device == 'cpu' else 'GPU, in notebooks alone: no mutants and no junk'}.",
    ]
    total = {
        name: sum(getattr(a, name) for a in audits)
        for name in ("mistakes", "caught", "named", "killed", "runs")
    }
    alarms = sum(f.subject.startswith("false alarm") for a in audits for f in a.findings)
    lines += [
        "",
        f"In all: {total['caught']:,} of {total['mistakes']:,} mistakes caught and {total['named']:,} named, "
        f"{total['killed']:,} mutants killed, {total['runs']:,} runs of right answers with {alarms} false alarms.",
    ]
    heads = (
        "exercise",
        "checks",
        "mistakes",
        "named",
        "right answers",
        "mutants",
        "same",
        "junk",
        "runs",
        "findings",
    )
    for unit, group in itertools.groupby(audits, key=lambda item: item.unit):
        lines += ["", f"## {unit}", "", f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
        for a in group:
            cells = [
                f"`{a.exercise}`",
                a.checks,
                f"{a.caught} of {a.mistakes}",
                a.named,
                f"{a.accepted} of {a.alternatives}",
                f"{a.killed} of {a.mutants - a.equivalent}",
                a.equivalent,
                a.junk,
                a.runs,
                len(a.findings),
            ]
            lines.append(f"| {' | '.join(map(str, cells))} |")
    found = [f"- `{a.exercise}`, {f.subject}: {f.problem}" for a in audits for f in a.findings]
    return "\n".join([*lines, "", *(["Findings:", "", *found] if found else ["No findings."]), ""])
