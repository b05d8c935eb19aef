"""The store of results: what a notebook earned, by content, so that nothing is graded twice and no run starts over."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, replace
from pathlib import Path

from autograder.errors import NotebookError
from autograder.files import write
from autograder.notebooks import read_file
from autograder.results import Job, Result
from autograder.sandbox import Limits
from autograder.units import Course, Unit


class Store:
    """Keep results in a folder, one file each, named by a hash of all that they depend on."""

    def __init__(self, folder: Path, device: str, limits: Limits) -> None:
        self.folder = folder
        self.conditions = json.dumps([device, asdict(limits)], sort_keys=True).encode()

    @classmethod
    def of(cls, course: Course, device: str, limits: Limits) -> Store:
        """Return the store that lies in a course."""
        return cls(course.root / ".autograder" / "results", device, limits)

    def key(self, job: Job, *units: Unit) -> str:
        """Return the hash of a notebook's bytes, its units' checks, the versions, the device and the limits.

        There are several units where the notebook is yet to say which one it belongs to.
        """
        digest = hashlib.sha256(self.conditions + "".join(unit.digest for unit in units).encode())
        if job.quiz:
            digest.update(f"quiz of {job.student}\0".encode())  # whose numbers are drawn
        try:
            digest.update(read_file(Path(job.path or "")))
        except NotebookError:
            digest.update(os.urandom(16))  # cannot be read now, so nothing is known about it
        return digest.hexdigest()

    def get(self, key: str, name: str) -> Result | None:
        """Return a stored result under the name of the notebook that asks; None where there is none."""
        try:
            record = json.loads(self._path(key).read_text(encoding="utf-8"))
            return replace(Result.from_record(record), notebook=name)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def holds(self, key: str) -> bool:
        """Tell whether there is a result of that name, whatever its state."""
        return self._path(key).is_file()

    def put(self, key: str, result: Result) -> bool:
        """Store a graded notebook's result; tell whether it was taken.

        A fault of ours is not kept, so that the next run tries again.
        """
        if result.status != "graded" or any(e.outcome == "grader error" for e in result.exercises):
            return False
        remedy = "mend that and run it again: what was graded before is kept"
        write(self._path(key), json.dumps(result.to_record()), remedy=remedy)
        return True

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"
