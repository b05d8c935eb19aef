"""Show results: as HTML in notebooks, as text anywhere. Everything that came from a submission is escaped or stripped."""

from __future__ import annotations

import html
import re

from autograder.results import CheckResult, ExerciseResult, Outcome, readable

MARKS = {Outcome.PASSED: "✓", Outcome.SKIPPED: "–", Outcome.GRADER_ERROR: "!"}
CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
LONGEST = 4000


def clean(text: str) -> str:
    """Strip terminal sequences and control characters, and cut what is very long."""
    text = readable(CONTROL.sub("", text))
    return text if len(text) <= LONGEST else text[:LONGEST] + " …"


def as_comment(text: str) -> str:
    """Return a text as nbgrader's comment, which is Markdown: a block of code, in which nothing is markup."""
    return "\n".join(f"    {line}" for line in clean(text).splitlines())


def mark(outcome: Outcome) -> str:
    """Return the sign that stands beside an outcome's name, so that colour alone says nothing."""
    return MARKS.get(outcome, "✗")


def points(exercise: ExerciseResult) -> str:
    """Return the marks as `1.5 / 3`."""
    return f"{exercise.score:g} / {exercise.max_score:g}"


def as_text(exercise: ExerciseResult) -> str:
    """Return an exercise's result as plain text."""
    lines = [f"{mark(exercise.outcome)} {exercise.name}: {exercise.outcome}, {points(exercise)} points"]
    lines += [f"  {mark(check.outcome)} {headline(check)}" for check in exercise.checks]
    lines += ["", *(f"  {line}" for line in clean(exercise.feedback).splitlines())]
    return "\n".join(lines)


def headline(check: CheckResult) -> str:
    """Return one line about a check: its sentence, and its outcome where it is not passed."""
    if check.outcome is Outcome.PASSED:
        return check.sentence
    return f"{check.sentence} ({check.outcome})"


def as_html(exercise: ExerciseResult) -> str:
    """Return an exercise's result as a table that suits light and dark pages and screen readers."""
    rows = "".join(
        f'<tr><td style="text-align:center">{mark(check.outcome)}</td>'
        f'<td style="text-align:left">{check.outcome}</td>'
        f'<td style="text-align:left">{html.escape(clean(check.sentence))}</td></tr>'
        for check in exercise.checks
    )
    title = f"{mark(exercise.outcome)} {exercise.name}: {exercise.outcome}, {points(exercise)} points"
    table = (
        '<table style="margin:0.3em 0"><thead><tr><th></th><th style="text-align:left">outcome</th>'
        f'<th style="text-align:left">check</th></tr></thead><tbody>{rows}</tbody></table>'
        if rows
        else ""
    )
    text = html.escape(clean(exercise.feedback))
    return (
        f'<div class="autograder" role="status"><p><strong>{html.escape(title)}</strong></p>{table}'
        f'<pre style="white-space:pre-wrap;margin:0.3em 0">{text}</pre></div>'
    )


class Shown:
    """Show an exercise's result in whatever front end there is."""

    def __init__(self, exercise: ExerciseResult) -> None:
        self.exercise = exercise

    def _repr_html_(self) -> str:
        return as_html(self.exercise)

    def __repr__(self) -> str:
        return as_text(self.exercise)
