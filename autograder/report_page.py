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
    number_columns,
    percent,
    share,
    stacked,
    text,
)
from autograder.language import _
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
    ("wrong", "no marks"),
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
            distribution(
                figures.marks,
                figures.points,
                _(f"Distribution of the marks of {len(figures.marks)} submissions"),
            ),
            difficulty([figures]),
            mistakes([figures], lambda _figures, student: people[student]),
            checks([figures]),
            self.odd([figures]),
            self.alike([figures], lambda _figures, student: people[student]),
            Section(
                "students",
                _("Students"),
                _(
                    "Marks by exercise, as the checks gave them; the mark counts manual marks and late penalties as well."
                ),
                columns(_("student"), _("status")) + number_columns(_("mark"), _("of points"), *exercises),
                [
                    [
                        people[item.student],
                        text(_(item.status)),
                        number(item.mark),
                        number(item.share, percent(item.share)),
                        *(scored(item, name) for name in exercises),
                    ]
                    for item in figures.standings
                ],
            ),
        ]
        counted = [
            (str(len(figures.standings)), _("handed in")),
            (str(len(figures.graded)), _("graded")),
            *averages(figures.marks, figures.points),
        ]
        return Page(
            figures.unit.title,
            f"{figures.unit.name}, {date.today()}",
            counted,
            sections,
            outdated([figures]),
            "index.html",
            _(STAFF),
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
            distribution(
                list(totals.values()),
                points,
                _(f"Distribution of the marks of {len(totals)} students"),
            ),
            Section(
                "units",
                _("Units"),
                _("A unit's page says the same of that unit alone."),
                columns(_("unit"))
                + number_columns(_("handed in"), _("graded"), _("points"), _("median mark"))
                + columns(_("mean share"), _("hardest exercise")),
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
                _("Students"),
                _(
                    "Marks by unit, manual marks and late penalties included; a dash where nothing was handed in."
                ),
                columns(_("student")) + number_columns(_("total"), _("of points"), *names),
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
            (str(len(students)), _("students")),
            (str(sum(len(figures.standings) for figures in units)), _("submissions")),
            *averages(list(totals.values()), points),
        ]
        lead = _(f"The course, {date.today()}")
        return Page(title, lead, counted, sections, outdated(units), foot=_(STAFF))

    def mark(self, standing: Standing | None) -> Cell:
        """Return a cell with a unit's mark, linked to the feedback page."""
        if standing is None:
            return Cell("–", -1)
        made = number(standing.mark, "" if standing.status == "graded" else _(standing.status))
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
                text(
                    told([*(["far slower than usual"] if slow else []), *item.notes]), note=told(item.repairs)
                ),
                number(item.seconds, f"{item.seconds:.1f}"),
            ]
            for figures, item, slow in found[:MOST]
        ]
        lead = _(
            "Refused, stopped by a limit, with a cell that raised, or far slower than the unit's median; "
            "then those that were only repaired."
        )
        titles = columns(_("student"), *unit_title(units), _("what happened")) + number_columns(_("seconds"))
        return Section(
            "odd",
            _("Slow or broken submissions"),
            lead,
            titles,
            rows,
            _("All went as usual."),
            rest(len(found), len(rows)),
        )

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
                text(", ".join(f"{n} ({_('both wrong')})" if n in pair.wrong else n for n in pair.same)),
            ]
            for figures, pair in pairs[:MOST]
        ]
        return Section(
            "alike",
            _("Near-identical submissions"),
            _(
                "Compared are runs of code without names, comments and layout; what many wrote alike weighs little."
            ),
            columns(_("student"), _("and student"), *unit_title(units), _("how much alike"))
            + number_columns(_("same answers"), _("with the same names"), _("wrong alike"))
            + columns(_("which answers")),
            rows,
            _("No two are as much alike as was asked for."),
            rest(len(pairs), len(rows)),
            _(SHORT),
        )


def named(units: Sequence[UnitFigures], figures: UnitFigures) -> list[Cell]:
    """Return a cell with the unit's name where a page is about several."""
    return [text(figures.unit.name)] if len(units) > 1 else []


def unit_title(units: Sequence[UnitFigures]) -> list[str]:
    """Return the title of the column that `named` fills."""
    return [_("unit")] if len(units) > 1 else []


def told(notes: Sequence[str]) -> str:
    """Return what is said of a submission, in the reader's language."""
    return " · ".join(_(clean(note)) for note in notes)


def rest(total: int, shown: int) -> str:
    """Say how many were left out; nothing where none were."""
    left = total - shown
    return _(f"And {left} more; `autograder report --json` has them all.") if left else ""


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
        (f"{median(marks):.4g}", _(f"median of {points:g} points")),
        (f"{mean(marks):.1f}", _("mean mark")),
        (str(sum(mark >= points for mark in marks)), _("with full marks")),
    ]


def outdated(units: Sequence[UnitFigures]) -> str:
    """Say what the report does not know; nothing where it knows all."""
    count = sum(figures.ungraded for figures in units)
    if not count:
        return ""
    subject = "1 submission is" if count == 1 else f"{count} submissions are"
    return _(f"{subject} not graded as handed in now. Run `autograder grade`, then the report again.")


def distribution(marks: Sequence[float], points: float, title: str) -> Section:
    """Return the histogram of marks."""
    drawn = histogram(marks, points, title)
    return Section("marks", _("Marks"), "" if drawn else _("Nothing was graded."), histogram=drawn)


def difficulty(units: Sequence[UnitFigures]) -> Section:
    """Return the exercises, the hardest first."""
    found = [(figures, item) for figures in units for item in figures.exercises.values() if item.shares]
    found.sort(key=lambda pair: pair[1].share)
    rows = [
        [
            text(item.name, note=_("question") if item.question else "", code=True),
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
    key = [(tone, _(words)) for tone, words in OUTCOMES]
    titles = columns(_("exercise"), *unit_title(units)) + number_columns(_("points")) + columns(_("earned"))
    titles += number_columns(*(words for _tone, words in key))
    lead = _("The hardest first, by the share of its points that the class earned from the checks.")
    return Section(
        "exercises", _("Exercises by difficulty"), lead, titles, rows, _("Nothing was graded."), key=key
    )


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
            Cell(f"{len(who)} {_('of')} {len(item.shares)}", len(who)),
            text(item.name, code=True),
            *named(units, figures),
            Cell(
                _(clean(figures.sentence(item.name, name))),
                name,
                people=[person(figures, student) for student in who],
            ),
        ]
        for figures, item, name, who in found[:WORST]
    ]
    titles = number_columns(_("students")) + columns(_("exercise"), *unit_title(units), _("mistake"))
    lead = _(
        "What answers were recognised as, by what the checks saw them do; the sentence is what students were told."
    )
    return Section(
        "mistakes",
        _("Named mistakes"),
        lead,
        titles,
        rows,
        _("None was recognised."),
        rest(len(found), len(rows)),
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
            text(_(clean(check.sentence))),
            text(_("students") if check.visible else _("staff alone")),
            Cell(f"{check.failed} {_('of')} {check.ran}", check.failed),
            number(check.unnamed),
        ]
        for figures, item, check in found[:WORST]
    ]
    titles = columns(_("exercise"), *unit_title(units), _("check"), _("seen by"))
    titles += number_columns(_("failed"), _("unexplained"))
    lead = _(
        "Untouched exercises aside. Unexplained are failures that no named mistake accounts for: many of them hint at a "
        "mistake without a name yet, or at a check that is not fair."
    )
    return Section(
        "checks",
        _("Checks that fail most"),
        lead,
        titles,
        rows,
        _("No check failed."),
        rest(len(found), len(rows)),
    )


def outcomes(item: ExerciseFigures) -> Cell:
    """Return a cell with a bar of how an exercise's answers ended; it is sorted by the points that were earned."""
    counts = item.right, item.partly, item.wrong, item.not_attempted
    total = max(1, sum(counts))
    parts = stacked([(tone, count / total) for (tone, _words), count in zip(OUTCOMES, counts, strict=True)])
    label = "; ".join(f"{words}: {count}" for (_tone, words), count in zip(OUTCOMES, counts, strict=True))
    return Cell(percent(item.share), round(item.share, 6), bar=parts, label=_(label))
