"""The report's pages: one for each unit, and one for the course."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from statistics import mean, median
from urllib.parse import quote

from autograder.feedback import clean
from autograder.html_page import (
    Cell,
    Page,
    Section,
    columns,
    histogram,
    number,
    percent,
    share,
    stacked,
    text,
)
from autograder.report import ExerciseFigures, Standing, UnitFigures

WORST, MOST = 25, 50
STAFF = "For staff only: it names students and says what hidden checks ask. Do not publish it with the feedback pages."
SHORT = (
    "Alike is not copied. A short function can hardly be written in two ways, a right answer is often the textbook's, "
    "and students may share a source that you gave them. Look at both before you think anything of it; a shared wrong "
    "answer says more than a shared right one."
)
OUTCOMES = (
    ("right", "full marks"),
    ("partly", "some marks"),
    ("wrong", "none"),
    ("none", "not attempted"),
)


class Pages:
    """Make the pages of a report that stands in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def person(self, standing: Standing) -> Cell:
        """Return a cell with a student, linked to the feedback page where there is one."""
        return text(standing.student, self.link(standing.page) if standing.page.is_file() else "")

    def link(self, page: Path) -> str:
        """Return a relative link, whatever the names on the way are made of."""
        relative = os.path.relpath(page, self.folder)
        return "/".join(quote(os.fsencode(part)) for part in relative.split(os.sep))

    def unit(self, figures: UnitFigures) -> Page:
        """Return a unit's page."""
        people = {standing.student: self.person(standing) for standing in figures.standings}
        exercises = list(figures.exercises)
        sections = [
            distribution(figures.marks, figures.points, "submissions"),
            difficulty([figures]),
            mistakes([figures], lambda _, student: people[student]),
            checks([figures]),
            self.odd([figures]),
            self.alike([figures], lambda _, student: people[student]),
            Section(
                "students",
                "Students",
                "Marks by exercise, as the checks gave them; the mark counts manual marks and late penalties as well.",
                columns("student", "status", "mark#", "of points#", *(f"{name}#" for name in exercises)),
                [
                    [
                        people[item.student],
                        text(item.status),
                        number(item.mark),
                        number(item.share, percent(item.share)),
                        *(scored(item, name) for name in exercises),
                    ]
                    for item in figures.standings
                ],
            ),
        ]
        counted = [
            (str(len(figures.standings)), "handed in"),
            (str(len(figures.graded)), "graded"),
            *averages(figures.marks, figures.points),
        ]
        return Page(
            figures.unit.title,
            f"{figures.unit.name}, {date.today():%-d %B %Y}",
            counted,
            sections,
            outdated([figures]),
            "index.html",
            STAFF,
        )

    def course(self, title: str, units: Sequence[UnitFigures]) -> Page:
        """Return the course's page."""
        students: dict[str, dict[str, Standing]] = {}
        for figures in units:
            for item in figures.standings:
                students.setdefault(item.student, {})[figures.unit.name] = item
        points = sum(figures.points for figures in units)
        totals = {who: sum(item.mark for item in their.values()) for who, their in students.items()}
        names = [figures.unit.name for figures in units]

        def person(figures: UnitFigures, student: str) -> Cell:
            return self.person(students[student][figures.unit.name])

        sections = [
            distribution(list(totals.values()), points, "students"),
            Section(
                "units",
                "Units",
                "A unit's page says the same of that unit alone.",
                columns(
                    "unit", "handed in#", "graded#", "points#", "median#", "mean share", "hardest exercise"
                ),
                [
                    [
                        text(figures.unit.title, f"{quote(figures.unit.name)}.html"),
                        number(len(figures.standings)),
                        number(len(figures.graded)),
                        number(figures.points),
                        number(median(figures.marks or [0.0])),
                        share(mean([item.share for item in figures.graded] or [0.0])),
                        text(hardest(figures), code=True),
                    ]
                    for figures in units
                ],
            ),
            difficulty(units),
            mistakes(units, person),
            checks(units),
            self.odd(units),
            self.alike(units, person),
            Section(
                "students",
                "Students",
                "Marks by unit, manual marks and late penalties included; a dash where nothing was handed in.",
                columns("student", "total#", "of points#", *(f"{name}#" for name in names)),
                [
                    [
                        text(who),
                        number(totals[who]),
                        number(part := totals[who] / points if points else 0.0, percent(part)),
                        *(self.mark(their.get(name)) for name in names),
                    ]
                    for who, their in students.items()
                ],
            ),
        ]
        counted = [
            (str(len(students)), "students"),
            (str(sum(len(figures.standings) for figures in units)), "submissions"),
            *averages(list(totals.values()), points),
        ]
        lead = f"The course, {date.today():%-d %B %Y}"
        return Page(title, lead, counted, sections, outdated(units), foot=STAFF)

    def mark(self, standing: Standing | None) -> Cell:
        """Return a cell with a unit's mark, linked to the feedback page."""
        if standing is None:
            return Cell("–", -1)
        made = number(standing.mark, "" if standing.status == "graded" else standing.status)
        made.href = self.person(standing).href
        return made

    def odd(self, units: Sequence[UnitFigures]) -> Section:
        """Return the submissions that were slow, or did not go as usual."""
        found = [(figures, item, slow) for figures in units for item, slow in figures.odd]
        found.sort(key=lambda one: (one[1].status == "graded", not one[1].notes, -one[1].seconds))
        rows = [
            [
                self.person(item),
                *named(units, figures),
                text("; ".join([*(["slow"] if slow else []), *item.notes]), note="; ".join(item.repairs)),
                number(item.seconds, f"{item.seconds:.1f}"),
            ]
            for figures, item, slow in found[:MOST]
        ]
        more = rest(len(found), len(rows), "submissions")
        lead = (
            "Refused, stopped by a limit, with a cell that raised, or far slower than the unit's median; "
            "then those that were only repaired."
        )
        titles = columns("student", *(["unit"] if len(units) > 1 else []), "what", "seconds#")
        return Section("odd", "Slow or broken submissions", lead, titles, rows, "All went as usual.", more)

    def alike(self, units: Sequence[UnitFigures], person: Callable[[UnitFigures, str], Cell]) -> Section:
        """Return the pairs of submissions that are nearly the same."""
        pairs = [(figures, pair) for figures in units for pair in figures.alike]
        pairs.sort(key=lambda item: (-len(item[1].wrong), -item[1].likeness))
        rows = [
            [
                person(figures, pair.students[0]),
                person(figures, pair.students[1]),
                *named(units, figures),
                share(pair.likeness),
                number(len(pair.same)),
                number(len(pair.same_names)),
                number(len(pair.wrong)),
                text(", ".join(f"{n} (wrong)" if n in pair.wrong else n for n in pair.same)),
            ]
            for figures, pair in pairs[:MOST]
        ]
        return Section(
            "alike",
            "Near-identical submissions",
            "Compared are runs of code without names, comments and layout; what many wrote alike weighs little.",
            columns(
                "student",
                "and",
                *(["unit"] if len(units) > 1 else []),
                "alike",
                "same answers#",
                "with the same names#",
                "wrong alike#",
                "which",
            ),
            rows,
            "None.",
            rest(len(pairs), len(rows), "pairs"),
            SHORT,
        )


def named(units: Sequence[UnitFigures], figures: UnitFigures) -> list[Cell]:
    """Return a cell with the unit's name where a page is about several."""
    return [text(figures.unit.name)] if len(units) > 1 else []


def rest(total: int, shown: int, what: str) -> str:
    """Say how many were left out; nothing where none were."""
    return (
        f"And {total - shown} more {what}; `autograder report --json` has them all." if total > shown else ""
    )


def scored(item: Standing, exercise: str) -> Cell:
    """Return a cell with what a submission earned for an exercise."""
    return number(item.scores[exercise]) if exercise in item.scores else Cell("–", -1)


def hardest(figures: UnitFigures) -> str:
    """Return the exercise that earned the least."""
    answered = [item for item in figures.exercises.values() if item.shares]
    return min(answered, key=lambda item: item.share).name if answered else "–"


def averages(marks: Sequence[float], points: float) -> list[tuple[str, str]]:
    """Return the median, the mean and the share of full marks."""
    if not marks:
        return []
    return [
        (f"{median(marks):.4g}", f"median of {points:g} points"),
        (f"{mean(marks):.1f}", "mean"),
        (str(sum(mark >= points for mark in marks)), "with full marks"),
    ]


def outdated(units: Sequence[UnitFigures]) -> str:
    """Say what the report does not know; nothing where it knows all."""
    count = sum(figures.ungraded for figures in units)
    if not count:
        return ""
    subject = "1 submission is" if count == 1 else f"{count} submissions are"
    return f"{subject} not graded as handed in now. Run autograder grade, then the report again."


def distribution(marks: Sequence[float], points: float, what: str) -> Section:
    """Return the histogram of marks."""
    drawn = histogram(marks, points, what)
    return Section("marks", "Marks", "" if drawn else "Nothing was graded.", histogram=drawn)


def difficulty(units: Sequence[UnitFigures]) -> Section:
    """Return the exercises, the hardest first."""
    found = [(figures, item) for figures in units for item in figures.exercises.values() if item.shares]
    found.sort(key=lambda pair: pair[1].share)
    rows = [
        [
            text(item.name, note="question" if item.question else "", code=True),
            *named(units, figures),
            number(item.points),
            outcomes(item),
            number(item.right),
            number(item.partly),
            number(item.wrong),
            number(item.not_attempted),
        ]
        for figures, item in found
    ]
    titles = ["exercise", *(["unit"] if len(units) > 1 else []), "points#", "earned"]
    titles += [f"{words}#" for _, words in OUTCOMES]
    lead = "The hardest first, by the share of its points that the class earned from the checks."
    return Section("exercises", "Exercises by difficulty", lead, columns(*titles), rows, key=OUTCOMES)


def mistakes(units: Sequence[UnitFigures], person: Callable[[UnitFigures, str], Cell]) -> Section:
    """Return the named mistakes, the most frequent first."""
    found = [
        (figures, item, name, who)
        for figures in units
        for item in figures.exercises.values()
        for name, who in item.mistakes.items()
    ]
    found.sort(key=lambda one: (-len(one[3]), one[1].name, one[2]))
    rows = [
        [
            Cell(f"{len(who)} of {len(item.shares)}", len(who)),
            text(item.name, code=True),
            *named(units, figures),
            Cell(
                clean(figures.sentence(item.name, name)),
                name,
                people=[person(figures, student) for student in who],
            ),
        ]
        for figures, item, name, who in found[:WORST]
    ]
    titles = columns("students#", "exercise", *(["unit"] if len(units) > 1 else []), "mistake")
    lead = "What answers were recognised as, by what the checks saw them do; the sentence is what students were told."
    return Section(
        "mistakes",
        "Named mistakes",
        lead,
        titles,
        rows,
        "None was recognised.",
        rest(len(found), len(rows), "mistakes"),
    )


def checks(units: Sequence[UnitFigures]) -> Section:
    """Return the checks that fail most."""
    found = [
        (figures, item, check)
        for figures in units
        for item in figures.exercises.values()
        for check in item.checks.values()
        if check.failed
    ]
    found.sort(key=lambda one: (-one[2].failed, one[1].name))
    rows = [
        [
            text(item.name, code=True),
            *named(units, figures),
            text(check.sentence),
            text("visible" if check.visible else "hidden"),
            Cell(f"{check.failed} of {check.ran}", check.failed),
            number(check.unnamed),
        ]
        for figures, item, check in found[:WORST]
    ]
    titles = columns(
        "exercise", *(["unit"] if len(units) > 1 else []), "check", "seen by", "failed#", "unexplained#"
    )
    lead = (
        "Untouched exercises aside. Unexplained are failures that no named mistake accounts for: many of them hint at a "
        "mistake without a name yet, or at a check that is not fair."
    )
    return Section(
        "checks",
        "Checks that fail most",
        lead,
        titles,
        rows,
        "No check failed.",
        rest(len(found), len(rows), "checks"),
    )


def outcomes(item: ExerciseFigures) -> Cell:
    """Return a cell with a bar of how an exercise's answers ended; it is sorted by the points that were earned."""
    counts = item.right, item.partly, item.wrong, item.not_attempted
    total = max(1, sum(counts))
    parts = stacked([(tone, count / total) for (tone, _), count in zip(OUTCOMES, counts, strict=True)])
    label = ", ".join(f"{count} {words}" for (_, words), count in zip(OUTCOMES, counts, strict=True))
    return Cell(percent(item.share), round(item.share, 6), bar=parts, label=label)
