"""Tell from where a file lies who handed it in: the layouts of learning management systems, nbgrader and GitHub Classroom.

The outermost folder, archive or file name that fits a layout decides, since the system wrote it; what is further inside
was named by the student.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import yaml

from autograder.roster import Key, Person, slug

EXCHANGE = re.compile(r"(?P<student>.+?)\+(?P<unit>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d[ T][^+]*)(?:\+[^+]*)?")
MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)(?:_(?P<rest>.*))?")
CANVAS = re.compile(r"(?P<name>[\w-]+?)_(?P<late>LATE_)?(?P<id>\d+)_(?P<file>\d+)_(?P<rest>.+)")
CANVAS_ANONYMOUS = re.compile(r"anon_(?:LATE_)?\w+?_(?P<file>\d+)_.+")
GRADESCOPE = re.compile(r"submission_\d+")
METADATA = "submission_metadata.yml"
MAX_METADATA = 16 << 20
NOT_LAYOUT = {"assignments", "release", "autograded"}


@dataclass(frozen=True)
class Sender:
    """Hold who handed a file in: what to look up in the class list, and the name where there is no list.

    `rank` orders attempts where times do not; `time` is when the system says it came in; `trusted` tells whether a
    timestamp.txt beside the file is the system's. `number` is the system's own for the student, in one download (`scope`).
    """

    system: str
    keys: tuple[Key, ...]
    own: str
    time: datetime | None = None
    rank: int = 0
    late: bool = False
    trusted: bool = False
    scope: str = ""
    number: str = ""


def systems_senders(parts: tuple[str, ...], metadata: Mapping[str, list[Sender]]) -> list[Sender]:
    """Return who handed a file in as the layout of a system says it; more than one for a group, none where none fits."""
    for depth, part in enumerate(parts):
        last, scope = depth == len(parts) - 1, "/".join(parts[:depth])
        if not last and (found := EXCHANGE.fullmatch(part)):
            student = found["student"]
            keys = tuple((kind, student) for kind in ("id", "login", "email"))
            return [Sender("nbgrader", keys, student, parse_time(found["time"]), trusted=True)]
        if found := MOODLE.fullmatch(part):
            name, number = found["name"], found["id"]
            named = (("moodle", number), ("name", name))
            return [Sender("Moodle", named, slug(name), scope=scope, number=number)]
        if depth and not last and GRADESCOPE.fullmatch(part):
            return metadata.get("/".join(parts[: depth + 1])) or [Sender("Gradescope", (), "")]
        if (depth or last) and (found := CANVAS_ANONYMOUS.fullmatch(part)):
            return [Sender("Canvas", (), "", rank=int(found["file"][:18]))]
        if (depth or last) and (found := CANVAS.fullmatch(part)):
            number, rank = found["id"], int(found["file"][:18])
            keys = (("canvas", number), ("name", found["name"]))
            own, late = f"{slug(found['name'])}_{number}", bool(found["late"])
            return [Sender("Canvas", keys, own, rank=rank, late=late, scope=scope, number=number)]
        if depth == 1 and not last and parts[0].endswith("-submissions"):
            prefix = parts[0].removesuffix("submissions")
            if part.startswith(prefix) and len(part) > len(prefix):
                user = part.removeprefix(prefix)
                return [Sender("GitHub Classroom", (("github", user), ("login", user)), user)]
    return []


def canvas_name(person: Person) -> str:
    """Return the name that a student of a Canvas gradebook has where there is no class list."""
    compact = re.sub(r"\W", "", person.keys.get("name", "")).casefold()
    return f"{slug(compact)}_{person.keys.get('canvas', '')}"


def gradescope_senders(data: bytes, above: str) -> dict[str, list[Sender]]:
    """Return who handed in each folder of a Gradescope export; raise `ValueError` where the list cannot be read."""
    if len(data) > MAX_METADATA:
        raise ValueError(f"this is larger than {MAX_METADATA >> 20} MiB")
    try:
        content = yaml.load(data.decode("utf-8", "replace"), Loader=_Loader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ValueError(str(error).splitlines()[0]) from None
    if not isinstance(content, dict):
        raise ValueError("it lists no submissions")
    found = {}
    for folder, entry in content.items():
        if not isinstance(entry, dict):
            continue
        time = parse_time(entry.get(":created_at"))
        people = entry.get(":submitters")
        found[f"{above}/{folder}"] = [
            _submitter(person, time)
            for person in (people if isinstance(people, list) else [])
            if isinstance(person, dict)
        ]
    return found


def _submitter(person: Mapping[str, Any], time: datetime | None) -> Sender:
    found = (person.get(f":{key}") for key in ("name", "sid", "email"))
    # An alias can stand for more text than there is memory.
    name, sid, email = (str(value).strip() if isinstance(value, str | int) else "" for value in found)
    keys = [("sis", sid), ("id", sid), ("email", email), ("name", name)]
    own = slug(sid) or slug(email) or slug(name)
    return Sender("Gradescope", tuple(key for key in keys if key[1]), own, time)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Read YAML as Ruby writes it: symbols are text, and objects are what they hold."""


def _plain(loader: Any, tag: str, node: Any) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


_Loader.add_multi_constructor("!", _plain)


def parse_time(value: Any) -> datetime | None:
    """Return a time in UTC from what systems write; None for anything else."""
    if isinstance(value, dict):
        value = value.get("utc")
    if isinstance(value, str):
        from nbgrader.utils import parse_utc

        try:
            value = parse_utc(value)
        except (ValueError, OverflowError, TypeError):
            return None
    if not isinstance(value, datetime):
        return None
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        return None


def student_folders(parts: tuple[str, ...], units: Iterable[str]) -> tuple[str, ...]:
    """Return the folders between a source and a notebook that may be named after the student."""
    dull = {*units, *NOT_LAYOUT}
    names = (part.removesuffix(".zip").removesuffix(".ZIP") for part in parts[1:-1])
    return tuple(name for name in names if name.casefold() not in dull)


def named_file(stem: str, units: Iterable[str]) -> str:
    """Return what a notebook's name says beside its unit, as `ann` of `recurrent_ann`."""
    for unit in units:
        for name in (f"{unit}_quiz", unit):
            if name in stem:
                before, _, after = stem.partition(name)
                return (before.strip(" _-") or after.strip(" _-")).strip()
    return stem


def folder_sender(names: tuple[str, ...]) -> Sender:
    """Return who handed a file in as the names of folders say it, the outermost first."""
    keys = [(kind, name) for name in names for kind in ("id", "login", "email", "github", "name")]
    tails = [name[at + 1 :] for name in names for at, letter in enumerate(name) if letter == "-"]
    keys += [("github", tail) for tail in tails]
    return Sender("folder", tuple(keys), names[0] if names else "", trusted=True)


def own_sender(student: str) -> Sender:
    """Return who handed a file in as the student's own submission.json says it."""
    keys = tuple((kind, student) for kind in ("id", "login", "email", "github"))
    return Sender("submission.json", keys, student)
