"""Collect what a class handed in, from wherever it lies, into `submitted/STUDENT/UNIT/`.

Units are recognised from the notebooks themselves. Students are recognised by where a file lies (`senders.py`) and by the class
list (`roster.py`). What is not understood is reported, never guessed at.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.archives import BROKEN, Entry, walk
from autograder.errors import CourseError, NotebookError
from autograder.notebooks import identify, parse_notebook
from autograder.placing import TIMESTAMP, Attempt, put_in_place
from autograder.quizzes.grading import is_quiz
from autograder.quizzes.reading import quiz_notebook_name
from autograder.roster import Ambiguous, Roster, safe
from autograder.senders import (
    METADATA,
    Sender,
    folder_sender,
    gradescope_senders,
    named_file,
    own_sender,
    parse_time,
    student_folders,
    systems_senders,
)
from autograder.units import Unit

SLIP = "submission.json"
NOBODY = Sender("", (), "")


@dataclass
class Report:
    """Hold what came of collecting: a line per notebook, a line per thing that was not understood, who is missing."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    missing: dict[str, list[str]] = field(default_factory=dict)

    def trouble(self, place: str, why: str) -> None:
        """Note what was not understood."""
        self.problems.append((place, why))

    @property
    def counts(self) -> Counter[str]:
        return Counter(str(line["status"]) for line in self.lines)

    def to_json(self) -> list[dict[str, Any]]:
        """Return all lines: collected notebooks, then problems, then who is missing."""
        problems = [{"source": place, "problem": why} for place, why in self.problems]
        missing = [{"unit": unit, "missing": students} for unit, students in self.missing.items()]
        return [*self.lines, *problems, *missing]


class Collection:
    """Hold what was found in the sources, with copies in a scratch folder, until it is put in place."""

    def __init__(self, units: Mapping[str, Unit], roster: Roster, unit: str | None, scratch: Path) -> None:
        self.units, self.roster, self.unit, self.scratch = units, roster, unit, scratch
        self.report = Report()
        self.attempts: list[Attempt] = []

    def read(self, source: Path) -> None:
        """Take a source's notebooks in."""
        found: list[Attempt] = []
        metadata: dict[str, list[Sender]] = {}
        slips: dict[tuple[str, ...], Sender] = {}
        times: dict[tuple[str, ...], datetime] = {}
        others: list[tuple[str, ...]] = []
        for entry in walk(source, self.report.trouble):
            above = entry.parts[:-1]
            try:
                if entry.name == METADATA and not systems_senders((*above, ""), {}) and not self.owner(above):
                    metadata.update(gradescope_senders(entry.read(), "/".join(above)))
                elif entry.name == SLIP:
                    slips[above] = own_sender(_slip_student(entry.read()))
                elif entry.name == TIMESTAMP:
                    if time := parse_time(entry.read().decode("utf-8", "replace").strip()):
                        times[above] = time
                elif entry.name.lower().endswith(".ipynb"):
                    found.append(self.take(entry))
                else:
                    others.append(entry.parts)
            except NotebookError as error:
                self.report.trouble(entry.place, str(error).removeprefix(f"{entry.place}: "))
            except BROKEN as error:
                self.report.trouble(entry.place, f"this cannot be read: {error}")
        self.place(found, metadata, slips, times)
        self.mention(others, metadata, found)

    def take(self, entry: Entry) -> Attempt:
        """Tell which notebook of which unit a file is; keep a copy."""
        data = entry.read()
        note = ""
        try:
            notebook = parse_notebook(data, entry.place)
        except NotebookError as error:
            unit, name = self.guess(entry.parts, error)
            note = "it cannot be read as a notebook; grading will refuse it and say why"
        else:
            try:
                unit = identify(notebook, self.units)
            except NotebookError:
                if self.unit is None:
                    raise
                unit = self.units[self.unit]
            name = quiz_notebook_name(unit.name) if is_quiz(notebook, unit) else unit.name
        if self.unit is not None and unit.name != self.unit:
            raise NotebookError(
                f"{entry.place}: this is of {unit.name}, not of {self.unit}; collect it without --unit"
            )
        number, copy = tempfile.mkstemp(dir=self.scratch)
        with os.fdopen(number, "wb") as file:
            file.write(data)
        return Attempt(unit.name, name, Path(copy), entry.parts, entry.changed, NOBODY, note=note)

    def guess(self, parts: tuple[str, ...], error: NotebookError) -> tuple[Unit, str]:
        """Return the unit of a damaged notebook by what it or its folder is called; raise the error where that says nothing."""
        for part in reversed(parts):
            for name in sorted(self.units, key=len, reverse=True):
                if name in part.casefold():
                    quiz = quiz_notebook_name(name)
                    return self.units[name], quiz if quiz in part.casefold() else name
        if self.unit is None:
            raise error
        return self.units[self.unit], self.unit

    def place(
        self,
        found: Sequence[Attempt],
        metadata: Mapping[str, list[Sender]],
        slips: Mapping[tuple[str, ...], Sender],
        times: Mapping[tuple[str, ...], datetime],
    ) -> None:
        """Say of each notebook who handed it in, and when.

        A folder that is named after somebody in the class list decides, and whatever lies inside is that student's own.
        """
        owners = [self.owner(item.parts[:-1]) for item in found]
        named = [
            systems_senders((*item.parts[: depth + 1], "") if depth else item.parts, metadata)
            or ([] if depth else _slips_sender(item.parts, slips))
            for item, depth in zip(found, owners, strict=True)
        ]
        bare = [student_folders(item.parts, self.units) for item in found]
        wrapped = shared_folders([folders for folders, known in zip(bare, named, strict=True) if not known])
        for item, folders, senders, depth in zip(found, bare, named, owners, strict=True):
            names = folders[wrapped:]
            if depth:
                names = student_folders((*item.parts[: depth + 1], ""), self.units)[-1:]
            elif not folders:
                stem = named_file(item.parts[-1].rpartition(".")[0], self.units)
                names = (stem,) if stem and stem not in self.units else ()
            for sender in senders or [folder_sender(names)]:
                time = times.get(item.parts[:-1])
                if time is not None and sender.trusted and _systems_own(item, sender):
                    sender = replace(sender, time=time)
                self.enter(replace(item, sender=sender))

    def owner(self, folders: tuple[str, ...]) -> int:
        """Return the place of the outermost folder that is named after somebody in the class list; 0 where none is."""
        for depth in range(1, len(folders) if self.roster.people else 0):
            named = student_folders((folders[0], folders[depth], ""), self.units)
            with suppress(Ambiguous):
                if self.roster.find(folder_sender(named).keys):
                    return depth
        return 0

    def enter(self, attempt: Attempt) -> None:
        """Take a notebook for the student whom its sender stands for; report it where that is not clear."""
        sender = attempt.sender
        try:
            person = self.roster.find(sender.keys)
        except Ambiguous as error:
            self.report.trouble(attempt.place, f"who handed it in is not clear: {error}")
            return
        student = person.id if person else ("" if self.roster.people else sender.own)
        if student and safe(student):
            self.attempts.append(replace(attempt, student=student))
        elif student:
            self.report.trouble(attempt.place, f"{student!r} cannot be the name of a student's folder")
        elif sender.keys:
            called = next((value for kind, value in sender.keys if kind == "name"), sender.keys[0][1])
            self.report.trouble(attempt.place, f"{called} ({sender.system}) is not in the class list")
        elif sender.system == "Canvas":
            self.report.trouble(
                attempt.place, "the download is anonymous; reveal the names and download it again"
            )
        else:
            self.report.trouble(
                attempt.place, "who handed it in is not known; put it in a folder of that name"
            )

    def mention(
        self,
        others: Sequence[tuple[str, ...]],
        metadata: Mapping[str, list[Sender]],
        found: Sequence[Attempt],
    ) -> None:
        """Report the files of students who handed in no notebook in the same place."""
        handed_in = {self.group(item.parts, metadata) for item in found}
        alone: dict[Any, list[tuple[str, ...]]] = defaultdict(list)
        for parts in others:
            group = self.group(parts, metadata)
            if group and group not in handed_in:
                alone[group].append(parts)
        for files in alone.values():
            names = ", ".join(parts[-1] for parts in files[:3])
            more = f" and {len(files) - 3} more" if len(files) > 3 else ""
            self.report.trouble("/".join(files[0][:-1]), f"no notebook was handed in here, but {names}{more}")

    def group(self, parts: tuple[str, ...], metadata: Mapping[str, list[Sender]]) -> Any:
        """Return what the files of one student have in common; nothing for a file that is nobody's."""
        senders = systems_senders(parts, metadata)
        return tuple(sender.keys for sender in senders) or student_folders(parts, self.units)[:1]

    def put(self, target: Path, dry_run: bool) -> Report:
        """Put the latest attempts in place, unless it is a dry run; return the report."""
        self.attempts = self.told_apart()
        latest: dict[tuple[str, str, str], Attempt] = {}
        for attempt in sorted(self.attempts, key=lambda item: item.order):
            latest[attempt.student, attempt.unit, attempt.notebook] = attempt
        chosen = {id(attempt) for attempt in latest.values()}
        folders: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
        for attempt in self.attempts:
            if id(attempt) in chosen:
                folders[attempt.student, attempt.unit].append(attempt)
            else:
                self.report.lines.append(attempt.to_json("earlier attempt"))
        for (student, unit), attempts in sorted(folders.items()):
            self.report.lines += put_in_place(target / student / unit, attempts, dry_run)
        for unit in sorted({unit for _, unit in folders}, key=list(self.units).index):
            here = {student for student, of in folders if of == unit}
            if absent := sorted(set(self.roster.people) - here):
                self.report.missing[unit] = absent
        return self.report

    def told_apart(self) -> list[Attempt]:
        """Return the attempts less those of namesakes: of one name, where the system knows two students."""
        numbers: dict[tuple[str, str], set[str]] = defaultdict(set)
        for attempt in self.attempts:
            numbers[attempt.sender.scope, attempt.student].add(attempt.sender.number)
        kept = []
        for attempt in self.attempts:
            sender, person = attempt.sender, self.roster.people.get(attempt.student)
            sure = person is not None and sender.number in map(person.keys.get, ("moodle", "canvas"))
            if sender.number and not sure and len(numbers[sender.scope, attempt.student]) > 1:
                self.report.trouble(
                    attempt.place,
                    f"{sender.system} has several students who could be {attempt.student}; name a list that has its "
                    "numbers (a gradebook from Canvas, a grading worksheet from Moodle) with --roster, after the class list",
                )
            else:
                kept.append(attempt)
        return kept


def shared_folders(paths: Sequence[tuple[str, ...]]) -> int:
    """Return how many outer folders all paths share, as long as each keeps one of its own."""
    shared = 0
    while len(paths) > 1 and all(len(path) > shared + 1 for path in paths):
        if len({path[shared] for path in paths}) > 1:
            break
        shared += 1
    return shared


def _slips_sender(parts: tuple[str, ...], slips: Mapping[tuple[str, ...], Sender]) -> list[Sender]:
    """Return who a submission.json in the folder of a file, or the nearest above it, says handed it in."""
    above = (parts[:depth] for depth in range(len(parts) - 1, 0, -1))
    return next(([slips[place]] for place in above if place in slips), [])


def _slip_student(data: bytes) -> str:
    """Return the student whom a submission.json names."""
    try:
        content = json.loads(data[: 1 << 20])
        student = content["student"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError("this names no student") from None
    return str(student).strip() if isinstance(student, str | int) else ""


def _systems_own(attempt: Attempt, sender: Sender) -> bool:
    """Tell whether a timestamp.txt beside a notebook is the system's, and not a file that a student put there."""
    zips = [part for part in attempt.parts[1:-1] if part.lower().endswith(".zip")]
    if sender.system == "nbgrader":
        return not zips
    return not zips and len(attempt.parts) >= 4 and attempt.parts[-2] == attempt.unit


def collect(
    sources: Sequence[Path],
    target: Path,
    units: Mapping[str, Unit],
    roster: Roster,
    unit: str | None = None,
    dry_run: bool = False,
) -> Report:
    """Collect sources into a folder of submissions; return what came of it."""
    for source in sources:
        if not source.exists():
            raise CourseError(f"{source}: there is no such file or folder; name what you downloaded")
        if source.is_dir() and (
            source.resolve() == target.resolve() or target.resolve() in source.resolve().parents
        ):
            raise CourseError(f"{source}: this is where submissions are put; name what is to be collected")
    with tempfile.TemporaryDirectory(prefix="autograder-") as scratch:
        collection = Collection(units, roster, unit, Path(scratch))
        for source in sources:
            collection.read(source)
        return collection.put(target, dry_run)
