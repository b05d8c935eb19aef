"""What is on record of a class: the marks in the gradebook, and the results that they came from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.errors import CourseError
from autograder.nbgrader_bridge import without_password
from autograder.notebooks import content_hash
from autograder.pool import Job
from autograder.results import Result
from autograder.store import Store
from autograder.units import Unit


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
    """Hold what the gradebook says of one exercise or question."""

    auto: float | None
    manual: float | None
    extra: float
    points: float

    @property
    def counts(self) -> float:
        """Return what the student gets: a manual mark takes the place of ours."""
        return (self.manual if self.manual is not None else self.auto or 0.0) + self.extra


@dataclass
class Entry:
    """Hold what the gradebook says of one notebook of a student."""

    penalty: float = 0.0
    grades: dict[str, Grade] = field(default_factory=dict)

    @property
    def score(self) -> float:
        return round(sum(grade.counts for grade in self.grades.values()) - self.penalty, 4)


def gradebook_entries(database: str, unit: str) -> dict[tuple[str, str], Entry]:
    """Return what the gradebook says of a unit, by student and notebook; nothing is written, and none is made."""
    from nbgrader import api
    from sqlalchemy import create_engine, inspect, select
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError

    found: dict[tuple[str, str], Entry] = {}
    try:
        url = make_url(database)
        if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
            return found
        columns = (
            api.SubmittedAssignment.student_id,
            api.Notebook.name,
            api.SubmittedNotebook.late_submission_penalty,
            api.GradeCell.name,
            api.GradeCell.max_score,
            api.Grade.auto_score,
            api.Grade.manual_score,
            api.Grade.extra_credit,
        )
        asked = (
            select(*columns)
            .select_from(api.Grade)
            .join(api.GradeCell, api.Grade.cell_id == api.GradeCell.id)
            .join(api.SubmittedNotebook, api.Grade.notebook_id == api.SubmittedNotebook.id)
            .join(api.Notebook, api.SubmittedNotebook.notebook_id == api.Notebook.id)
            .join(api.SubmittedAssignment, api.SubmittedNotebook.assignment_id == api.SubmittedAssignment.id)
            .join(api.Assignment, api.SubmittedAssignment.assignment_id == api.Assignment.id)
            .where(api.Assignment.name == unit)
        )
        engine = create_engine(url)
        try:
            if not inspect(engine).has_table("grade"):
                return found
            with engine.connect() as connection:
                for student, notebook, penalty, name, points, auto, manual, extra in connection.execute(
                    asked
                ):
                    entry = found.setdefault((student, notebook), Entry(penalty or 0.0))
                    entry.grades[name] = Grade(auto, manual, extra or 0.0, points)
        finally:
            engine.dispose()
    except SQLAlchemyError as error:
        cause = str(error).splitlines()[0]
        raise CourseError(
            f"the gradebook {without_password(database)} cannot be read: {cause}; "
            "close what else uses it, restore a backup, or name another one with --db"
        ) from None
    return found
