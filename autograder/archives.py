"""Walk what a class handed in: folders, zips, and zips within zips.

Nothing is unpacked, no link is followed, no name found inside is used as a path, and no file is read beyond a limit.
What cannot be read is said, and the walk goes on.
"""

from __future__ import annotations

import os
import stat
import struct
import tempfile
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from lzma import LZMAError
from pathlib import Path
from typing import IO, Any

MAX_FILE = 64 << 20
MAX_ARCHIVE = 256 << 20
MAX_INFLATED = 512 << 20  # of all that one zip within another holds
MAX_DIRECTORY = 2 << 20  # the table of contents of a zip within another: some 20,000 files
MAX_DEPTH = 3
# What others leave in folders and archives without being asked.
CLUTTER = ("__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini")
BROKEN = (
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    struct.error,
)


@dataclass(frozen=True)
class Entry:
    """Hold a file that was found: its place, from the source's own name down, when it was changed, how to read it."""

    parts: tuple[str, ...]
    changed: tuple[int, ...]
    read: Callable[[], bytes]

    @property
    def name(self) -> str:
        return self.parts[-1]

    @property
    def place(self) -> str:
        return "/".join(self.parts)


Trouble = Callable[[str, str], None]


class TooLarge(ValueError):
    """Tell that a file is larger than anything that is read here."""


def walk(source: Path, trouble: Trouble) -> Iterator[Entry]:
    """Yield the files of a source, in the order of their names; read each before asking for the next.

    `trouble(place, why)` is told what cannot be read.
    """
    name = source.resolve().name
    if source.is_dir():
        yield from _folder(source, (name,), trouble)
    else:
        yield from _file(source, (name,), trouble)


def _folder(folder: Path, parts: tuple[str, ...], trouble: Trouble) -> Iterator[Entry]:
    waiting = _listed(folder, parts, trouble)
    while waiting:
        item, place = waiting.pop()
        if item.is_symlink():
            trouble("/".join(place), "this is a link, which is not followed")
        elif item.is_dir(follow_symlinks=False):
            waiting += _listed(Path(item.path), place, trouble)
        elif item.is_file(follow_symlinks=False):
            yield from _file(Path(item.path), place, trouble)
        else:
            trouble("/".join(place), "this is no ordinary file")


def _listed(
    folder: Path, parts: tuple[str, ...], trouble: Trouble
) -> list[tuple[os.DirEntry[str], tuple[str, ...]]]:
    """Return what is in a folder, with its place; the last name comes first."""
    try:
        found = sorted(os.scandir(folder), key=lambda item: item.name, reverse=True)
    except OSError as error:
        trouble("/".join(parts), f"{error.strerror}")
        return []
    return [(item, (*parts, plain(item.name))) for item in found if not hidden(item.name)]


def _file(path: Path, parts: tuple[str, ...], trouble: Trouble) -> Iterator[Entry]:
    try:
        if path.suffix.lower() != ".zip":
            changed = time.gmtime(path.stat().st_mtime)[:6]
            yield Entry(parts, tuple(changed), lambda: _read_file(path))
            return
        with path.open("rb") as stream:
            depth = 0 if len(parts) <= 2 else 1  # in a folder of a folder, it is a student's
            yield from _archive(stream, parts, depth, [MAX_INFLATED], trouble)
    except OSError as error:
        trouble("/".join(parts), error.strerror or str(error))


def _read_file(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with open(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("this is no ordinary file")
        return _bounded(stream, MAX_FILE)


def _bounded(stream: IO[bytes], limit: int) -> bytes:
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise TooLarge(f"this is larger than {limit >> 20} MiB")
    return data


def _archive(
    stream: IO[bytes], parts: tuple[str, ...], depth: int, budget: list[int], trouble: Trouble
) -> Iterator[Entry]:
    """Yield the files of a zip; `budget` holds how much a zip within another may still inflate to."""
    place = "/".join(parts)
    try:
        if depth:
            _check_directory(stream)
        archive = zipfile.ZipFile(stream)
    except BROKEN as error:
        trouble(place, f"this zip cannot be read: {error}")
        return
    with archive:
        members = [(member_name(info), info) for info in archive.infolist() if not info.is_dir()]
        for name, info in sorted(members, key=lambda member: member[0]):
            inside = tuple(part for part in name.replace("\\", "/").split("/") if part not in ("", "."))
            below = (*parts, *inside)
            if not inside or any(map(hidden, inside)):
                continue
            if ".." in inside or inside[0].endswith(":"):
                trouble("/".join(below), "its name leads out of the archive; it was left out")
            elif stat.S_ISLNK(info.external_attr >> 16):
                trouble("/".join(below), "this is a link, which is not followed")
            elif inside[-1].lower().endswith(".zip"):
                yield from _nested(archive, info, below, depth + 1, budget, trouble)
            else:
                yield Entry(below, tuple(info.date_time), _member_reader(archive, info, depth, budget))


def _member_reader(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, depth: int, budget: list[int]
) -> Callable[[], bytes]:
    def read() -> bytes:
        limit = min(MAX_FILE, budget[0]) if depth else MAX_FILE
        if info.file_size > limit:
            raise TooLarge(f"this is larger than {limit >> 20} MiB")
        with archive.open(info) as stream:
            data = _bounded(stream, limit)
        if depth:
            budget[0] -= len(data)
        return data

    return read


def _nested(
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    parts: tuple[str, ...],
    depth: int,
    budget: list[int],
    trouble: Trouble,
) -> Iterator[Entry]:
    place = "/".join(parts)
    if depth > MAX_DEPTH:
        trouble(place, "there are too many zips within zips")
        return
    left = budget if depth > 1 else [MAX_INFLATED]  # each in a class's download has its own
    with tempfile.SpooledTemporaryFile(max_size=16 << 20) as copy:
        try:
            limit = min(MAX_ARCHIVE, left[0])
            with archive.open(info) as stream:
                while chunk := stream.read(1 << 20):
                    copy.write(chunk)
                    if copy.tell() > limit:
                        raise TooLarge(f"this is larger than {limit >> 20} MiB")
            left[0] -= copy.tell()
        except BROKEN as error:
            trouble(place, f"this zip cannot be read: {error}")
            return
        yield from _archive(copy, parts, depth, left, trouble)


def _check_directory(stream: IO[bytes]) -> None:
    """Refuse a zip whose table of contents would fill the memory; a student's has a few entries."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - (1 << 16) - 42))
    tail = stream.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0:
        raise zipfile.BadZipFile("it has no end")
    if b"PK\6\7" in tail or struct.unpack_from("<L", tail, at + 12)[0] > MAX_DIRECTORY:
        raise TooLarge("it has too many files in it")
    stream.seek(0)


def member_name(info: zipfile.ZipInfo) -> str:
    """Return a member's name; what is not marked as UTF-8 often is, and else is read as zip's own code page."""
    name = info.filename
    if not info.flag_bits & 0x800:
        with suppress(UnicodeError):
            name = info.filename.encode("cp437").decode("utf-8")
    return plain(name)


def plain(name: str) -> str:
    """Return a name as text that can be shown and compared: composed accents, no undecodable bytes."""
    text = name.encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", text)


def hidden(name: str) -> bool:
    """Tell whether a file or folder is not meant to be seen."""
    return name in CLUTTER or (name.startswith(".") and name not in (".", ".."))


def zipped(files: dict[str, bytes], executable: tuple[str, ...] = ()) -> bytes:
    """Return a zip of some files; the same files give the same bytes."""
    with tempfile.SpooledTemporaryFile(max_size=64 << 20) as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in sorted(files.items()):
                info: Any = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                info.create_system = 3
                mode = 0o755 if name in executable else 0o644
                info.external_attr = (stat.S_IFREG | mode) << 16
                archive.writestr(info, data, compresslevel=9)
        stream.seek(0)
        return stream.read()
