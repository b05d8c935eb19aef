"""Pages of tables and bars, each a single file that needs no network; whatever is not markup of ours is escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from statistics import median
from typing import Any

from autograder.feedback import clean
from autograder.language import _, language
from autograder.results import in_points, readable

BAR = 120  # pixels


@dataclass
class Cell:
    """Hold a table's cell: what it shows, and what it is sorted by."""

    text: str
    order: float | str = ""
    href: str = ""
    note: str = ""
    code: bool = False
    bar: list[dict[str, Any]] = field(default_factory=list)
    label: str = ""
    people: list[Cell] = field(default_factory=list)

    @property
    def folded(self) -> str:
        """Return what stands for many people until somebody asks who they are; empty for a few."""
        return _(f"{len(self.people)} students") if len(self.people) > 3 else ""


@dataclass
class Section:
    """Hold a part of a page: words, perhaps a histogram, perhaps a table of columns by title and kind."""

    id: str
    title: str
    lead: str = ""
    columns: list[dict[str, str]] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)
    empty: str = ""
    more: str = ""
    warning: str = ""
    key: Sequence[tuple[str, str]] = ()
    histogram: dict[str, Any] | None = None


@dataclass
class Page:
    """Hold a page."""

    title: str
    lead: str
    facts: list[tuple[str, str]]
    sections: list[Section]
    warning: str = ""
    up: str = ""
    foot: str = ""


@cache
def _template() -> tuple[Any, str, str]:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("autograder")
    shown = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    script = files("autograder").joinpath("templates", "sort.js").read_text(encoding="utf-8")
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return shown.get_template("report.html"), script, allowed


def render(page: Page) -> str:
    """Return a page as HTML."""
    from markupsafe import Markup

    template, script, allowed = _template()
    words = {"report": _("class report"), "course": _("The whole course"), "sections": _("On this page")}
    shown = template.render(
        page=page,
        words=words,
        language=language().replace("_", "-"),
        width=BAR,
        script=Markup(script),
        script_hash=allowed,
    )
    return readable(shown)


def columns(*titles: str) -> list[dict[str, str]]:
    """Return columns of text."""
    return [{"title": title, "kind": "text"} for title in titles]


def number_columns(*titles: str) -> list[dict[str, str]]:
    """Return columns of numbers."""
    return [{"title": title, "kind": "number"} for title in titles]


def text(words: str, href: str = "", note: str = "", code: bool = False) -> Cell:
    return Cell(clean(words), clean(words), href, clean(note), code)


def number(value: float, shown: str = "") -> Cell:
    return Cell(shown or in_points(value), round(value, 6))


def share(value: float) -> Cell:
    """Return a cell with a share as a bar and in percent."""
    full = min(1.0, max(0.0, value))
    parts = stacked([("plain", full), ("rest", 1 - full)])
    return Cell(percent(value), round(value, 6), bar=parts, label=percent(value))


def percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def stacked(shares: Sequence[tuple[str, float]]) -> list[dict[str, Any]]:
    """Return a bar's parts from shares of the whole and their tones."""
    parts, start = [], 0.0
    for tone, part in shares:
        parts.append({"tone": tone, "start": round(BAR * start, 1), "length": round(BAR * part, 1)})
        start += part
    return parts


def histogram(marks: Sequence[float], points: float, title: str) -> dict[str, Any] | None:
    """Return the distribution of marks over ten parts of the points; None where nothing was graded."""
    if not marks or points <= 0:
        return None
    counts = [0] * 10
    for mark in marks:
        counts[max(0, min(9, int(10 * mark / points)))] += 1
    tallest, middle = max(counts), median(marks)
    made = []
    for place, count in enumerate(counts):
        height = round(150 * count / tallest, 1)
        made.append(
            {
                "x": 14 + 70 * place,
                "y": round(190 - height, 1),
                "width": 62,
                "height": height,
                "middle": 45 + 70 * place,
                "count": count,
                "label": f"{10 * place}–{10 * place + 10} %",
            }
        )
    spoken = "; ".join(f"{item['label']}: {item['count']}" for item in made if item["count"])
    return {
        "title": title,
        "description": _(f"By the share of {points:g} points: {spoken}. The median is {middle:.4g}."),
        "columns": made,
        "median": round(10 + 700 * min(1.0, max(0.0, middle / points)), 1),
        "median_label": _(f"median {middle:.4g}"),
        "axis": _(f"share of {points:g} points"),
    }
