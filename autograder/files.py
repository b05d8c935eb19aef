"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from autograder.errors import CourseError


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file in one step, with the permissions that it had, and make its folder where there is none.

    What stood there stays as it was where this raises `OSError`, and nothing is left beside it.
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content.encode() if isinstance(content, str) else content)
        if path.is_file():
            shutil.copymode(path, partial)
        os.replace(partial, path)
    except OSError:
        with suppress(OSError):
            partial.unlink()
        raise


def write(path: Path, content: str | bytes, *, remedy: str = "") -> None:
    """Write a file whole or not at all; raise `CourseError` that ends with `remedy` where that is not possible.

    What is no file, such as /dev/null or a pipe, is written to and never replaced.
    """
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as stream:
                stream.write(content.encode() if isinstance(content, str) else content)
            return
        write_whole(path, content)
    except OSError as error:
        raise CourseError(
            f"{path}: {error.strerror or error}; {remedy or 'mend that and run it again'}"
        ) from None
