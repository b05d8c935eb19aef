"""Put what was collected where grading looks for it, `submitted/STUDENT/UNIT/`, and keep what is replaced."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.errors import CourseError
from autograder.files import write
from autograder.senders import Sender, parse_time

TIMESTAMP = "timestamp.txt"
TIME_FORMAT = "%Y-%m-%d %H:%M:%S.%f UTC"


@dataclass(frozen=True)
class Attempt:
    """Hold a notebook that was handed in: what it is, and where a copy of it waits."""

    unit: str
    notebook: str
    copy: Path
    parts: tuple[str, ...]
    changed: tuple[int, ...]
    sender: Sender
    student: str = ""
    note: str = ""

    @property
    def place(self) -> str:
        return "/".join(self.parts)

    @property
    def order(self) -> tuple[Any, ...]:
        """Return what later attempts have more of."""
        time = self.sender.time.timestamp() if self.sender.time else 0.0
        named = self.parts[-1] == f"{self.notebook}.ipynb"
        return time, self.sender.rank, self.changed, named, self.place

    def to_json(self, status: str) -> dict[str, Any]:
        """Return the line that `autograder collect --json` writes."""
        return {
            "student": self.student,
            "unit": self.unit,
            "notebook": self.notebook,
            "status": status,
            "source": self.place,
            "system": self.sender.system,
            "timestamp": self.sender.time.strftime(TIME_FORMAT) if self.sender.time else None,
            "late": self.sender.late,
            "note": self.note,
        }


def put_in_place(folder: Path, attempts: Iterable[Attempt], dry_run: bool) -> list[dict[str, Any]]:
    """Put a student's notebooks of a unit where grading looks for them; return a line for each.

    What is replaced goes to `.autograder/replaced/`. A version that is known to be newer stays. The folder's time is that
    of its latest notebook.
    """
    lines = []
    there = _time(folder)
    times = {path.stem: there for path in folder.glob("*.ipynb")}
    changed = False
    for attempt in sorted(attempts, key=lambda item: item.notebook):
        path = folder / f"{attempt.notebook}.ipynb"
        data = attempt.copy.read_bytes()
        time = attempt.sender.time
        try:
            old = path.read_bytes() if path.exists() else None
        except OSError as error:
            raise CourseError(f"{path}: {error.strerror}; mend that and run it again") from None
        if old == data and (time is None or time == there or there is None):
            status = "unchanged" if time == there or time is None else "updated"
        elif old is not None and time is not None and there is not None and time < there:
            status = "older than what is there"
        else:
            status = "new" if old is None else "updated"
        lines.append(attempt.to_json(status))
        if status == "older than what is there":
            continue
        if time is not None or old != data:
            times[attempt.notebook] = time
        if status != "unchanged" and not dry_run:
            changed = True
            if old is not None and old != data:
                _keep(path, old)
            write(path, data)
    if changed:
        stamp = folder / TIMESTAMP
        if known := list(filter(None, times.values())):
            write(stamp, max(known).strftime(TIME_FORMAT).encode())
        else:
            stamp.unlink(missing_ok=True)
    return lines


def _time(folder: Path) -> datetime | None:
    try:
        return parse_time((folder / TIMESTAMP).read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError):
        return None


def _keep(path: Path, data: bytes) -> None:
    """Keep a version that is replaced."""
    unit, student, submitted = path.parent, path.parent.parent, path.parent.parent.parent
    folder = submitted.parent / ".autograder" / "replaced" / student.name / unit.name
    numbers = (kept.stem.rpartition(".")[2] for kept in folder.glob(f"{path.stem}.*.ipynb"))
    last = max((int(number) for number in numbers if number.isdecimal()), default=0)
    write(folder / f"{path.stem}.{last + 1}.ipynb", data)
