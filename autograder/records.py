"""What is on record of a class: the marks in the gradebook, and the results that they came from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.nbgrader_bridge import opening
from autograder.notebooks import content_hash
from autograder.results import Job, Result
from autograder.roster import Person
from autograder.store import Store
from autograder.units import Unit

CHANGED = "handed in anew since it was graded"


@dataclass(frozen=True)
class Recorded:
    """Hold the last result of a notebook, and whether the notebook is still the one that was graded."""

    result: Result
    current: bool


class Records:
    """Remember the last result of each notebook of a class, whatever checks it came from.

    A submission has a small file of its own, which points into the store of results; what the store did not take (a
    refused notebook) stands in the file.
    """

    def __init__(self, root: Path, store: Store) -> None:
        self.folder, self.store = root / ".autograder" / "graded", store

    def text(self, unit: Unit, found: Mapping[str, tuple[Job, Result]]) -> str:
        """Return what to write into the submission's file for the results of its notebooks, by name."""
        entries: dict[str, dict[str, Any]] = {}
        for name, (job, result) in found.items():
            now, key = content_hash(Path(job.path or "")), self.store.key(job, unit)
            graded = result.conditions.get("notebook", now)  # something newer may have been collected since
            entries[name] = {"content": graded}
            if graded == now and self.store.holds(key):
                entries[name]["key"] = key
            else:
                entries[name]["result"] = {**result.to_record(), "cells": []}
        return json.dumps(entries)

    def path(self, student: str, unit: str) -> Path:
        """Return the file of a submission."""
        return self.folder / student / f"{unit}.json"

    def last(self, job: Job) -> Recorded | None:
        """Return the last result of a job's notebook; None where it was never graded, or the result is gone."""
        try:
            entries = json.loads(self.path(str(job.student), str(job.unit)).read_text(encoding="utf-8"))
            entry = entries[job.name.rpartition("/")[2]]
            if "key" in entry:
                result = self.store.get(str(entry["key"]), job.name)
            else:
                result = Result.from_record(entry["result"])
            return (
                Recorded(result, entry["content"] == content_hash(Path(job.path or ""))) if result else None
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None


@dataclass
class Grade:
    """Hold what the gradebook says of one exercise or question.

    `score` counts: the manual mark in place of ours, and extra credit.
    """

    auto: float | None
    manual: float | None
    score: float
    points: float


@dataclass
class Entry:
    """Hold what the gradebook says of one notebook of a student; `key` is its own name for it."""

    penalty: float = 0.0
    grades: dict[str, Grade] = field(default_factory=dict)
    key: str = ""

    @property
    def raw_score(self) -> float:
        """Return what the marks add up to, before the late penalty."""
        return sum(grade.score for grade in self.grades.values())


def gradebook_rows(database: str, asked: Any) -> list[Any]:
    """Return what a gradebook answers; nothing where there is none. Nothing is written, and none is made."""
    from sqlalchemy import NullPool, create_engine, inspect, make_url

    with opening(database):
        url = make_url(database)
        if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
            return []
        with create_engine(url, poolclass=NullPool).connect() as connection:
            return list(connection.execute(asked)) if inspect(connection).has_table("grade") else []


def gradebook_entries(database: str, unit: str | None = None) -> dict[tuple[str, str, str], Entry]:
    """Return what the gradebook says of a unit, or of all, by student, unit and notebook."""
    from nbgrader import api
    from sqlalchemy import select

    columns = (
        api.SubmittedAssignment.student_id,
        api.Assignment.name,
        api.Notebook.name,
        api.SubmittedNotebook.late_submission_penalty,
        api.SubmittedNotebook.id,
        api.GradeCell.name,
        api.Grade.auto_score,
        api.Grade.manual_score,
        api.Grade.score,
        api.GradeCell.max_score,
    )
    asked = (
        select(*columns)
        .select_from(api.Grade)
        .join(api.GradeCell, api.Grade.cell_id == api.GradeCell.id)
        .join(api.SubmittedNotebook, api.Grade.notebook_id == api.SubmittedNotebook.id)
        .join(api.Notebook, api.SubmittedNotebook.notebook_id == api.Notebook.id)
        .join(api.SubmittedAssignment, api.SubmittedNotebook.assignment_id == api.SubmittedAssignment.id)
        .join(api.Assignment, api.SubmittedAssignment.assignment_id == api.Assignment.id)
    )
    if unit is not None:
        asked = asked.where(api.Assignment.name == unit)
    found: dict[tuple[str, str, str], Entry] = {}
    for student, of, notebook, penalty, key, name, *grade in gradebook_rows(database, asked):
        entry = found.setdefault((student, of, notebook), Entry(penalty or 0.0, key=key))
        entry.grades[name] = Grade(*grade)
    return found


def people_in_gradebook(database: str) -> Iterator[Person]:
    """Yield the students whom the gradebook knows."""
    from nbgrader.api import Student
    from sqlalchemy import select

    asked = select(
        Student.id, Student.first_name, Student.last_name, Student.email, Student.lms_user_id
    ).order_by(Student.last_name, Student.first_name)
    kinds = ("first_name", "last_name", "email", "canvas")
    for student, *values in gradebook_rows(database, asked):
        yield Person(student, {kind: value for kind, value in zip(kinds, values, strict=True) if value})
