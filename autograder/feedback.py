"""Show results: as HTML in notebooks, as text anywhere. Everything that came from a submission is escaped or stripped."""

from __future__ import annotations

import html
import re

from autograder.language import _
from autograder.pictures import picture
from autograder.results import ALSO, PROBABLY, SEEN, CheckResult, ExerciseResult, Outcome, out_of, readable

MARKS = {Outcome.PASSED: "✓", Outcome.SKIPPED: "–", Outcome.GRADER_ERROR: "!"}
CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
LONGEST = 4000
MOST_NOTES = 20
GREEN, RED, GREY = "#2da44e", "#e5534b", "#8a8f98"
COLOURS = {
    Outcome.PASSED: GREEN,
    Outcome.SKIPPED: GREY,
    Outcome.NOT_ATTEMPTED: GREY,
    Outcome.GRADER_ERROR: GREY,
}
CELL = "text-align:left;vertical-align:top;padding:.15em .9em .15em .3em;white-space:normal;max-width:none"
TITLE = "caption-side:top;text-align:left;font-weight:bold;color:inherit;padding:.2em .3em;margin:0"
DETAILS = (
    "margin:.2em 0;padding:0;border:0;background:none;color:inherit;font-size:.92em;line-height:1.35;"
    "white-space:pre-wrap;overflow-wrap:anywhere"
)
SET_APART = "margin:.5em 0;padding:.3em .7em;border-left:4px solid #f08000;background:rgba(240,128,0,.12)"


def clean(text: str) -> str:
    """Strip terminal sequences and control characters, and cut what is very long."""
    text = readable(CONTROL.sub("", text))
    return text if len(text) <= LONGEST else text[:LONGEST] + " …"


def as_comment(text: str) -> str:
    """Return a text as nbgrader's comment, which is Markdown: a block of code, in which nothing is markup."""
    return "\n".join(f"    {line}" for line in _(clean(text)).splitlines())


def is_automatic(comment: str) -> bool:
    """Tell whether a comment came from `as_comment`, and not from a person."""
    return all(line.startswith("    ") for line in comment.splitlines() if line.strip())


def mark(outcome: Outcome) -> str:
    """Return the sign that stands beside an outcome's name, so that colour alone says nothing."""
    return MARKS.get(outcome, "✗")


def as_text(exercise: ExerciseResult) -> str:
    """Return an exercise's result as plain text."""
    lines = [f"{mark(exercise.outcome)} {heading(exercise)}"]
    lines += [f"  {mark(check.outcome)} {headline(check)}" for check in exercise.checks]
    lines += ["", *(f"  {line}" for line in _(clean(exercise.feedback)).splitlines())]
    return "\n".join(lines)


def heading(exercise: ExerciseResult) -> str:
    """Return an exercise's name, outcome and marks."""
    return (
        f"{exercise.name}: {_(exercise.outcome)}, {out_of(exercise.score, exercise.max_score)} {_('points')}"
    )


def headline(check: CheckResult) -> str:
    """Return one line about a check: its sentence, and its outcome where it is not passed."""
    if check.outcome is Outcome.PASSED:
        return _(check.sentence)
    return f"{_(check.sentence)} ({_(check.outcome)})"


def as_html(exercise: ExerciseResult) -> str:
    """Return an exercise's result as a table that suits light and dark pages and screen readers.

    All style is inline, so that any front end shows it alike. What the first broken check saw stands below its sentence.
    """
    broken = next((check for check in exercise.checks if not check.outcome.earns and check.message), None)
    told = broken is not None and broken.message.strip() in exercise.feedback
    notes = exercise.feedback.replace(broken.message.strip(), "", 1) if broken and told else exercise.feedback
    listed = {ALSO.format(sentence=check.sentence) for check in exercise.checks}
    said = "".join(
        note(line) for line in notes.splitlines()[:MOST_NOTES] if line.strip() and line not in listed
    )
    rows = "".join(row(check, tells=told and check is broken) for check in exercise.checks)
    head = f'<th scope="col" style="{CELL};opacity:.7;font-weight:normal">'
    table = (
        f'<table style="border-collapse:collapse;margin:0"><caption style="{TITLE}">{title(exercise)}</caption>'
        f"<thead><tr>{head}{_('outcome')}</th>{head}{_('check')}</th></tr></thead><tbody>{rows}</tbody></table>"
        if rows
        else f'<p style="{TITLE}">{title(exercise)}</p>'
    )
    return f'<div class="autograder" role="status">{table}{said}</div>'


def title(exercise: ExerciseResult) -> str:
    """Return the line above an exercise's table: sign, name, outcome, marks."""
    return f"{sign(exercise.outcome)} {html.escape(heading(exercise))}"


def sign(outcome: Outcome) -> str:
    """Return an outcome's sign in its colour; a screen reader is told by the word beside it."""
    return f'<span aria-hidden="true" style="color:{COLOURS.get(outcome, RED)}">{mark(outcome)}</span>'


def row(check: CheckResult, tells: bool) -> str:
    """Return a check's row; one that `tells` has its message, and a picture where there is one, below its sentence."""
    details = ""
    if tells:
        message = clean(_(check.message.strip().removeprefix(check.sentence).strip("\n")))
        details = f'<pre style="{DETAILS}">{html.escape(message)}</pre>' if message.strip() else ""
        details += picture(check.compared) if check.compared is not None else ""
    return (
        f'<tr><td style="{CELL};white-space:nowrap">{sign(check.outcome)} {_(check.outcome)}</td>'
        f'<th scope="row" style="{CELL};font-weight:normal;width:100%">'
        f"{html.escape(clean(_(check.sentence)))}{details}</th></tr>"
    )


def note(line: str) -> str:
    """Return a line of feedback; what was probably mixed up stands out."""
    set_apart = line.startswith(tuple(text.partition("{")[0] for text in (PROBABLY, SEEN)))
    style = SET_APART if set_apart else "margin:.3em 0"
    return f'<p style="{style}">{html.escape(clean(_(line)))}</p>'


class Shown:
    """Show an exercise's result in whatever front end there is."""

    def __init__(self, exercise: ExerciseResult) -> None:
        self.exercise = exercise

    def _repr_html_(self) -> str:
        return as_html(self.exercise)

    def __repr__(self) -> str:
        return as_text(self.exercise)
