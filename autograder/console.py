"""What the terminal shows: tables, progress, problems. Plain where nobody looks at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from autograder.feedback import clean, headline, mark
from autograder.language import _
from autograder.results import Outcome, Result, in_points, out_of

console = Console(stderr=True, highlight=False)
page = Console(highlight=False, width=None if sys.stdout.isatty() else 160)


def fail(text: str, code: int) -> None:
    """Say what went wrong on standard error and exit."""
    problem(text)
    raise SystemExit(code)


def problem(text: str) -> None:
    """Print one line about what went wrong, on standard error."""
    said = _(clean(text))
    say(f"error: {said}", console)


def say(text: str, to: Console = page) -> None:
    """Print one plain line, in the reader's language."""
    to.print(escape(_(clean(text))), soft_wrap=True)


@contextmanager
def progress(title: str, total: int) -> Iterator[Callable[[], None]]:
    """Show a progress bar on a terminal, nothing elsewhere; yield a function that advances it."""
    columns = [
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    ]
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(_(title), total=total)
        yield lambda: bar.advance(task)


def show_checked(results: Sequence[Result]) -> None:
    """Show a student's own results: each exercise, marks so far, and what to do next."""
    following: str | None = None
    for result in results:
        if result.status != "graded":
            page.print(
                f"[bold red]✗ {escape(clean(result.notebook))}[/]: {escape(_(clean(result.error or '')))}"
            )
            continue
        score, max_score = in_points(result.score), in_points(result.max_score)
        so_far = _(f"{score} / {max_score} points so far")
        page.print(f"[bold]{result.unit}[/]  {so_far}")
        for repair in result.repairs:
            page.print(f"  [dim]{escape(_(f'note: {clean(repair)}'))}[/]")
        for exercise in result.exercises:
            colour = "green" if exercise.outcome is Outcome.PASSED else "red"
            sign = mark(exercise.outcome)
            page.print(f"  [{colour}]{sign} {exercise.name}[/]: {_(exercise.outcome)}")
            if exercise.outcome is Outcome.PASSED:
                continue
            following = following or _(f"Next: {exercise.name} in {clean(result.notebook)}.")
            if exercise.outcome is not Outcome.NOT_ATTEMPTED:
                for line in _(clean(exercise.feedback)).splitlines():
                    page.print(f"      {escape(line)}")
    if following:
        page.print(f"\n{escape(following)} {_('Edit, save, and run `autograder check` again.')}")
    elif all(result.status == "graded" for result in results):
        page.print(_("\nAll visible checks pass. Hidden checks will look at edge cases as well."))


def show_scores(results: Sequence[Result]) -> None:
    """Show what `score` gave: a line per notebook and per exercise that is not right."""
    for result in results:
        if result.status != "graded":
            cause = escape(_(clean(result.error or "")))
            ended = _("refused") if result.status == "refused" else _("grader error")
            page.print(f"✗ {escape(clean(result.notebook))}: {ended}: {cause}")
            continue
        page.print(
            f"[bold]{escape(clean(result.notebook))}[/]  {result.unit}  {out_of(result.score, result.max_score)}"
            f"  [dim]{result.seconds:.2f} s[/]"
        )
        for repair in result.repairs:
            page.print(f"  [dim]{escape(_(f'repaired: {clean(repair)}'))}[/]")
        for exercise in result.exercises:
            named = f", {exercise.mistake}" if exercise.mistake else ""
            page.print(
                f"  {mark(exercise.outcome)} {exercise.name}  {out_of(exercise.score, exercise.max_score)}"
                f"  {_(exercise.outcome)}{named}"
            )
            for check in exercise.checks:
                if not check.outcome.earns and check.outcome is not Outcome.SKIPPED:
                    page.print(f"      {escape(clean(headline(check)))}")


def show_class(submissions: Any, tally: Any) -> None:
    """Show the class: a row per student, a column per unit; then the mistakes that were named most."""
    from autograder.nbgrader_bridge import without_password

    units = [unit.name for unit in submissions.units]
    table = Table(title=_("Marks"))
    table.add_column(_("student"))
    for unit in units:
        table.add_column(unit, justify="right")
    table.add_column(_("total"), justify="right")
    for student in sorted({student for student, _unit in tally.statuses}):
        cells = []
        for unit in units:
            statuses = dict.fromkeys(tally.statuses.get((student, unit), []))
            cells.append(
                in_points(tally.marks[student, unit]) if "graded" in statuses else ", ".join(map(_, statuses))
            )
        total = sum(tally.marks.get((student, unit), 0.0) for unit in units)
        table.add_row(escape(clean(student)), *cells, in_points(total))
    page.print(table)
    for name, count in sorted(tally.mistakes.items(), key=lambda item: (-item[1], item[0]))[:10]:
        page.print(f"{count:4d} × {name}")
    for line in tally.problems:
        page.print(escape(_(clean(line))))
    page.print(_(f"\nFeedback pages: {submissions.feedback_folder}"))
    database = without_password(submissions.database)
    page.print(_(f"Gradebook:      {database}"))


def show_audit(audits: Sequence[Any]) -> None:
    """Show what an audit counted, a row per exercise, and every finding."""
    table = Table(title=_("Audit"))
    table.add_column(_("exercise"))
    for name in (
        _("checks"),
        _("mistakes caught"),
        _("named"),
        _("alternatives accepted"),
        _("mutants killed"),
        _("same"),
        _("runs"),
        _("findings"),
    ):
        table.add_column(name, justify="right")
    for item in audits:
        table.add_row(
            f"{item.unit} / {item.exercise}",
            str(item.checks),
            f"{item.caught} / {item.mistakes}",
            str(item.named),
            f"{item.accepted} / {item.alternatives}",
            f"{item.killed} / {item.mutants - item.equivalent}",
            str(item.equivalent),
            str(item.runs),
            str(len(item.findings)),
        )
    page.print(table)
    for item in audits:
        for finding in item.findings:
            page.print(f"{item.exercise}, {escape(finding.subject)}: {escape(_(clean(finding.problem)))}")


def show_todos(done: str, todos: Sequence[Any], following: str) -> None:
    """Show what was made, each place that an author fills in, and the command that comes next."""
    page.print(escape(_(f"{done}; it works as it stands. To fill in:")), soft_wrap=True)
    for todo in todos:
        page.print(f"  {escape(str(todo.path))}:{todo.line}  {escape(todo.text)}", soft_wrap=True)
    page.print(_(f"Next: [bold]{escape(following)}[/]"), soft_wrap=True)


def show_separation(found: Any) -> None:
    """Show the cases that tell the most wrong answers apart, and what they leave."""
    for case in found.cases:
        told = _(f"tells {len(case.pairs)} pairs apart")
        page.print(f"[bold]seed {case.seed}[/]  {escape(case.call)}  {told}")
    for name in found.uncaught:
        page.print(escape(_(f"not caught by any: {name}")))
    for one, other in found.alike:
        page.print(escape(_(f"not told apart: {one} and {other}")))
