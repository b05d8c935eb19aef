"""What a watch shows: on a terminal a page that is drawn anew, elsewhere a line for each thing that happens."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table

from autograder.console import page
from autograder.feedback import clean, mark
from autograder.language import _
from autograder.results import ExerciseResult, Outcome, out_of
from autograder.student.hints import Hint
from autograder.student.standing import Standing, answered_questions, passed, shown_path

CLEAR = "\x1b[H\x1b[2J\x1b[3J"
WIDEST_BAR = 24


@dataclass
class View:
    """Hold what there is to see of a watch."""

    standing: Standing | None
    course_done: int
    course_total: int
    shown: ExerciseResult | None
    next: tuple[str, Path] | None
    hints: Sequence[Hint]
    hint_count: int
    note: str


class Screen:
    """Show a watch."""

    def __init__(self, wanted: bool = True) -> None:
        """Show it on standard output, unless that is not wanted."""
        self.console = page if wanted else Console(quiet=True)
        self.keys = False
        self.drawn = wanted and page.is_terminal and not page.is_dumb_terminal

    def answer(self, results: Sequence[ExerciseResult], view: View) -> None:
        """Show what was found out about some exercises."""
        if self.drawn:
            self.draw(view)
            return
        for result in results:
            self._exercise(result)
        if view.standing:
            self.console.print(f"{self._counts(view)}. {self._next(view)}", soft_wrap=True)

    def say(self, view: View) -> None:
        """Show the view's note."""
        if self.drawn:
            self.draw(view)
        else:
            self.console.print(escape(_(clean(view.note))), soft_wrap=True)

    def draw(self, view: View) -> None:
        """Show everything, in one piece; where nothing can be drawn, only hints, which somebody asked for."""
        if not self.drawn:
            show_hints(view.hints[-1:], self.console)
            return
        with self.console.capture() as drawn:
            self._head(view)
            if view.shown:
                self.console.print()
                self._exercise(view.shown)
            if view.hints:
                self.console.print()
                show_hints(view.hints, self.console)
            self.console.print()
            if view.note:
                self.console.print(escape(_(clean(view.note))), style="yellow")
            self.console.print(self._next(view), style="bold")
            if self.keys:
                self.console.print(self._keys(view), style="dim")
        sys.stdout.write(CLEAR + drawn.get())
        sys.stdout.flush()

    def leave(self, view: View) -> None:
        """Say goodbye with where things stand."""
        counts = f" {self._counts(view)}." if view.standing else ""
        self.console.print(f"{_('Watching has ended.')}{counts}", soft_wrap=True)

    def _head(self, view: View) -> None:
        if view.standing is None:
            return
        unit, done = view.standing.unit, view.standing.done
        row = Table.grid(padding=(0, 1))
        cells = [f"[bold]{escape(unit.name)}[/]", escape(self._counts(view))]
        width = min(WIDEST_BAR, self.console.width - sum(map(len, cells)))
        if width >= WIDEST_BAR // 2:
            cells.insert(1, ProgressBar(len(unit.exercises), done, width))  # type: ignore[arg-type]
        row.add_row(*cells)
        self.console.print(row)
        signs = [signed(name, view.standing.exercises.get(name)) for name in unit.exercises]
        self.console.print("  ".join(signs))

    def _counts(self, view: View) -> str:
        assert view.standing is not None
        done, total = view.standing.done, len(view.standing.unit.exercises)
        name = "" if self.drawn else f"{view.standing.unit.name}: "
        return name + _(
            f"{done} of {total} exercises, {view.course_done} of {view.course_total} in the course"
        )

    def _exercise(self, result: ExerciseResult) -> None:
        colour = "green" if passed(result) else "red"
        self.console.print(
            f"[bold {colour}]{mark(result.outcome)} {result.name}[/]: {_(str(result.outcome))}"
        )
        if not passed(result):
            text = Padding(escape(_(clean(result.feedback))), (0, 0, 0, 4))
            self.console.print(text, soft_wrap=not self.drawn)

    def _next(self, view: View) -> str:
        if view.next is None:
            return _("All visible checks pass. Hidden checks will look at edge cases as well.")
        name, path = view.next
        return _(f"Next: {name} in {escape(shown_path(path))}")

    def _keys(self, view: View) -> str:
        left = view.hint_count - len(view.hints)
        keys = [_("h hint") + f" ({left})"] if left > 0 else []
        return "   ".join([*keys, _("r run again"), _("q quit")])


def untouched(result: ExerciseResult | None) -> bool:
    """Tell whether nothing was written yet."""
    return result is None or result.outcome is Outcome.NOT_ATTEMPTED


def show_hints(hints: Sequence[Hint], console: Console = page) -> None:
    """Show some hints, each with its place on the ladder."""
    for hint in hints:
        console.print(f"[bold]{_(hint.title)}[/]: {escape(_(hint.text))}")


def show_progress(standings: Sequence[Standing], in_full: bool) -> None:
    """Show how far a student has come: a row per unit and, in full, each exercise."""
    table = Table(box=None, pad_edge=False)
    table.add_column(_("unit"), no_wrap=True)
    for title in ("exercises", "points", "questions"):
        table.add_column(_(title), justify="right", no_wrap=True)
    table.add_column(_("next"))
    for standing in standings:
        questions = answered_questions(standing.unit)
        table.add_row(
            standing.unit.name,
            f"{standing.done} / {len(standing.unit.exercises)}",
            out_of(standing.points, standing.max_points),
            f"{questions[0]} / {questions[1]}" if questions else "",
            escape(_(clean(standing.error))) if standing.error else next(iter(standing.left), "✓"),
        )
    if len(standings) > 1:
        total, points = (
            len([n for s in standings for n in s.unit.exercises]),
            sum(s.max_points for s in standings),
        )
        done, earned = sum(s.done for s in standings), sum(s.points for s in standings)
        table.add_section()
        table.add_row(_("course"), f"{done} / {total}", out_of(earned, points), "", "", style="bold")
    page.print(table)
    for standing in standings if in_full else ():
        for name in standing.unit.exercises:
            page.print(f"  {signed(name, standing.exercises.get(name))}")


def signed(name: str, result: ExerciseResult | None) -> str:
    """Return an exercise's name with the sign of its outcome before it, as markup."""
    colour = "green" if passed(result) else "dim" if untouched(result) else "red"
    sign = "·" if result is None or untouched(result) else mark(result.outcome)
    return f"[{colour}]{sign}\N{NO-BREAK SPACE}{name}[/]"
