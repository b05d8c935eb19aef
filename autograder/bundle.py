"""The instructor's bundle: what a machine needs of the course to grade, in one archive named by its content."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.archives import hidden, zipped
from autograder.errors import CourseError
from autograder.sandbox import readable
from autograder.units import Unit


@dataclass(frozen=True)
class Bundle:
    """Hold an archive of units; `digest` is the SHA-256 of its bytes."""

    digest: str
    data: bytes

    @classmethod
    def pack(cls, units: Sequence[Unit]) -> Bundle:
        """Pack units' folders and what was released of them; the same files give the same bytes."""
        roots = {path: unit.folder.parents[1] for unit in units for path in unit_files(unit)}
        data = zipped({path.relative_to(root).as_posix(): path.read_bytes() for path, root in roots.items()})
        return cls(hashlib.sha256(data).hexdigest(), data)

    def unpack(self, folder: Path) -> None:
        """Unpack into a folder; raise `CourseError` where the bytes are not those that the name stands for."""
        if hashlib.sha256(self.data).hexdigest() != self.digest:
            raise CourseError("the course's files were changed on their way here; run it again")
        with zipfile.ZipFile(io.BytesIO(self.data)) as archive:
            archive.extractall(folder)


def unit_files(unit: Unit) -> list[Path]:
    """Return the files of a unit that grading may read: no caches, checkpoints, or what editors leave."""
    released = unit.folder.parents[1] / "assignments" / unit.name
    return [
        path
        for folder in (unit.folder, released)
        for path in folder.rglob("*")
        if path.is_file() and not any(map(hidden, path.relative_to(folder).parts))
    ]


def private_folder() -> tuple[Path, subprocess.Popen[bytes]]:
    """Make a folder that no examinee can read, and start its keeper.

    The keeper is a shell that removes the folder when this process ends, however it ends, or closes the keeper's
    standard input.
    """
    folder = Path(tempfile.mkdtemp(prefix="autograder-bundle-")).resolve()  # of mode 0700
    if readable(folder):
        folder.rmdir()
        raise CourseError(
            f"examinees could read {folder.parent}; set TMPDIR to a folder outside the interpreter's own"
        )
    keeper = subprocess.Popen(
        ["/bin/sh", "-c", 'read _; rm -rf -- "$0"', str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"PATH": os.defpath},
        start_new_session=True,
    )
    return folder, keeper
