"""Who is who: a class list, and how learning management systems call the same people.

A class list is a CSV file with a column `id`, the student's name in this course, and whatever else is known: `name` (or
`first_name` and `last_name`), `email`, `login`, `sis_id`, `canvas_id`, `moodle_id`, `github`. A gradebook exported from Canvas and a
grading worksheet from Moodle are read as class lists, too.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder.errors import CourseError
from autograder.sheets import Sheet, padded

FILE = "students.csv"
# How a student is called, by kind, and the headers of columns that say it.
COLUMNS = {
    "id": ("id", "student_id", "student", "username", "roster_identifier"),
    "name": ("name", "full name", "full_name"),
    "first_name": ("first_name", "first name", "firstname"),
    "last_name": ("last_name", "last name", "lastname", "surname"),
    "email": ("email", "email address", "email_address"),
    "login": ("login", "login_id", "sis login id"),
    "sis": ("sis_id", "sis user id", "id number", "idnumber", "sid", "gradescope_id"),
    "canvas": ("canvas_id", "lms_user_id"),
    "moodle": ("moodle_id", "identifier"),
    "github": ("github", "github_username"),
}
# What the student's name in the course may be the same as.
SAME_AS_ID = ("id", "login", "sis", "email", "github")
# What two students never share.
SURE = ("email", "login", "sis", "canvas")
SAFE = re.compile(r"[\w@](?:[\w@.,'+ -]{0,98}[\w)-])?")
PARTICIPANT = re.compile(r"\D*(\d+)")

Key = tuple[str, str]


@dataclass(frozen=True)
class Person:
    """Hold a student: the name in the course, empty where only others are known, and those by kind."""

    id: str
    keys: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the student's name, as it is spoken."""
        return self.keys.get("name") or " ".join(
            self.keys[part] for part in ("first_name", "last_name") if self.keys.get(part)
        )

    @property
    def names(self) -> tuple[str, str]:
        """Return first and last name."""
        first, last = self.keys.get("first_name", ""), self.keys.get("last_name", "")
        if first or last:
            return first, last
        if "," in self.name:
            last, _, first = self.name.partition(",")
            return first.strip(), last.strip()
        first, _, last = self.name.rpartition(" ")
        return first, last

    def pairs(self) -> list[Key]:
        """Return how the student is called, what is surest first."""
        order = ("id", "login", "sis", "canvas", "moodle", "github", "email")
        known = {**self.keys, "id": self.id}
        return [(kind, known[kind]) for kind in order if known.get(kind)] + (
            [("name", self.name)] if self.name else []
        )

    def fits(self, facts: Iterable[Key]) -> bool:
        """Tell whether nothing that is known of the student is otherwise."""
        return all(
            spellings(kind, value) == spellings(kind, self.keys.get(kind, value)) for kind, value in facts
        )


class Ambiguous(ValueError):
    """Tell that a name fits several students."""


class Roster:
    """Hold the people of a class, found by whatever they are called."""

    def __init__(self, people: Iterable[Person] = ()) -> None:
        self.people: dict[str, Person] = {}
        self._index: dict[Key, set[str]] = defaultdict(set)
        for person in people:
            self.add(person)

    @classmethod
    def load(cls, paths: Sequence[Path]) -> Roster:
        """Read class lists; one after the first adds what it knows of the people in the first."""
        roster = cls(read_people(paths[0]) if paths else ())
        for path in paths[1:]:
            for person in read_people(path):
                roster.add(person, new=False)
        return roster

    def add(self, person: Person, new: bool = True) -> None:
        """Take what is new about a person who is known, and one who is not unless `new` is false."""
        try:
            known = self.find([pair for pair in person.pairs() if pair[0] in (*SAME_AS_ID, "canvas")])
        except Ambiguous:
            known = None
        if known is not None:
            person = replace(known, keys={**person.keys, **known.keys})
        elif not new:
            return
        self.people[person.id] = person
        for kind, value in person.pairs():
            for spelling in spellings(kind, value):
                self._index[kind, spelling].add(person.id)
        for kind in SAME_AS_ID:
            self._index[kind, spellings(kind, person.id)[0]].add(person.id)

    def find(self, pairs: Sequence[Key]) -> Person | None:
        """Return the student whom the first name that is known stands for; raise `Ambiguous` where it fits several.

        A namesake of whom something else is known not to fit is somebody else.
        """
        for kind, value in pairs:
            fitting: set[str] = set()
            for spelling in spellings(kind, value):
                fitting |= self._index.get((kind, spelling), set())
            if kind == "name":
                facts = [pair for pair in pairs if pair[0] in SURE and pair[1] != value]
                fitting = {student for student in fitting if self.people[student].fits(facts)}
            if len(fitting) > 1:
                raise Ambiguous(f"{value} could be {' or '.join(sorted(fitting))}")
            if fitting:
                return self.people[fitting.pop()]
        return None


def spellings(kind: str, value: str) -> list[str]:
    """Return the forms in which a name is compared: a person's name from any of its parts on, without spaces."""
    text = unicodedata.normalize("NFKC", value).casefold().strip()
    if kind != "name":
        return [text]
    parts = re.findall(r"\w+", text)
    return list(dict.fromkeys("".join(parts[at:] + parts[:at]) for at in range(len(parts)))) or [text]


def read_people(path: Path) -> list[Person]:
    """Read a class list; raise `CourseError` naming file and line where it is not in order."""
    sheet = Sheet.read(path)
    people = people_of(sheet)
    if not any(person.id for person in people) and people:
        raise CourseError(
            f"{path}: no column says who is who; give the students' names in this course in a column `id`"
        )
    seen: dict[str, int] = {}
    for line, person in zip(sheet.lines, people, strict=True):
        if person.id and not safe(person.id):
            raise CourseError(
                f"{path}, line {line}: {person.id!r} cannot be the name of a folder; use letters, digits, . _ - @"
            )
        if person.id in seen and person.id:
            raise CourseError(
                f"{path}: {person.id} stands in lines {seen[person.id]} and {line}; leave one of them out"
            )
        seen[person.id] = line
    return [person for person in people if person.id]


def people_of(sheet: Sheet) -> list[Person]:
    """Return who each row of a table is about, in the order of the rows."""
    columns = {kind: sheet.column(*names) for kind, names in COLUMNS.items()}
    own = ["id"]
    if is_canvas(sheet):
        columns.update(name=sheet.column("student"), canvas=sheet.column("id"), id=None)
        own = ["login", "sis"]
    elif sheet.column("identifier") is not None or columns["id"] is None:
        own = ["id", "sis", "email"]
    people = []
    for cells in sheet.rows:
        row = padded(cells, len(sheet.header))
        keys = {kind: row[at].strip().removeprefix("'") for kind, at in columns.items() if at is not None}
        if number := PARTICIPANT.fullmatch(keys.get("moodle", "")):
            keys["moodle"] = number.group(1)
        name = next((keys[kind] for kind in own if keys.get(kind)), "")
        people.append(Person(name, {kind: value for kind, value in keys.items() if value and kind != "id"}))
    return people


def is_canvas(sheet: Sheet) -> bool:
    """Tell whether a table is a gradebook exported from Canvas."""
    return sheet.column("sis login id") is not None and sheet.column("student") is not None


def safe(name: str) -> bool:
    """Tell whether a student's name in the course can name a folder."""
    return SAFE.fullmatch(name) is not None


def slug(text: str) -> str:
    """Return a name in the course for who has none: lower case, words joined by underlines."""
    return "_".join(re.findall(r"[\w@.-]+", unicodedata.normalize("NFKC", text).casefold()))[:80].strip(".-")
