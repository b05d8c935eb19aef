"""Draw what was expected beside what came, as inline SVG: heat maps for tables of numbers, curves for sequences.

Written by hand, since importing a plotting library would take longer than the checks. A picture carries its colours with
it and takes the rest from the page, so it suits light and dark; it has a text alternative, and needs no extension.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograder.language import _

if TYPE_CHECKING:
    import torch

LIGHT, DARK, OTHER = (245, 245, 245), (1, 102, 94), (118, 42, 131)
EXPECTED, MARK = "#0f9d8a", "#f08000"
MOST_CELLS, MOST_ROWS, MOST_COLUMNS = 400, 30, 40
CURVE_FROM, CURVE_TO = 8, 400
WIDTH, HEIGHT = 400, 110
FONT = 'font-size="11" font-family="sans-serif" fill="currentColor"'

Rows = list[list[float]]


@dataclass(frozen=True)
class Compared:
    """Hold two tensors of one shape that a check found to differ, and where."""

    what: str
    expected: torch.Tensor
    got: torch.Tensor
    wrong: torch.Tensor


def sequence_compared(what: str, expected: Any, got: Any) -> Compared | None:
    """Return two lists of numbers as tensors; None where they are something else."""
    import torch  # here, since most commands that show results have no use for it

    for values in (expected, got):
        if not isinstance(values, list | tuple) or not all(type(item) in (int, float) for item in values):
            return None
    if len(expected) != len(got):
        return None
    try:
        ours, theirs = (torch.tensor(values, dtype=torch.float64) for values in (expected, got))
    except (OverflowError, RuntimeError):
        return None
    return Compared(what, ours, theirs, ~torch.isclose(theirs, ours, rtol=1e-9, atol=1e-9, equal_nan=True))


def picture(compared: Compared) -> str:
    """Return a picture as HTML; empty where it would say no more than a number."""
    if compared.got.device.type == "meta" or compared.expected.is_complex():
        return ""
    what, (expected, got, wrong) = one_table(compared)
    if expected.numel() < 3:
        return ""
    if expected.dim() == 1 and CURVE_FROM <= expected.numel() <= CURVE_TO:
        key = _("; solid: expected, dashed: got")
        return framed(what, expected, got, wrong, curves(expected, got), key)
    rows, columns = (1, expected.numel()) if expected.dim() == 1 else expected.shape
    if rows > MOST_ROWS or columns > MOST_COLUMNS or rows * columns > MOST_CELLS:
        return ""
    tables = [values.reshape(rows, columns).tolist() for values in (expected, got, wrong)]
    key = "" if wrong.all() else _("; outlined: what differs")
    return framed(what, expected, got, wrong, heat_maps(*tables), key)


def one_table(compared: Compared) -> tuple[str, tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Return the first table that differs, where there are more than two axes, and what it is called."""
    expected, got, wrong = compared.expected, compared.got, compared.wrong
    name, bracket, index = compared.what.partition("[")
    what = _(name) + bracket + index
    if expected.dim() > 2:
        place = tuple(int(index) for index in wrong.nonzero()[0][:-2])
        what += str(list(place))
        expected, got, wrong = expected[place], got[place], wrong[place]
    return what, (expected.detach().double(), got.detach().double(), wrong)


def framed(
    what: str,
    expected: torch.Tensor,
    got: torch.Tensor,
    wrong: torch.Tensor,
    drawn: tuple[int, int, str],
    key: str,
) -> str:
    """Put a drawing under its caption, with a text alternative."""
    width, height, inner = drawn
    place = tuple(int(index) for index in wrong.nonzero()[0])
    size = " × ".join(map(str, expected.shape))
    count, numbers = int(wrong.sum()), wrong.numel()
    ours, theirs = expected[place].item(), got[place].item()
    alternative = _(
        f"Expected and got drawn for {what} ({size}): {count} of {numbers} numbers differ; "
        f"at {list(place)} expected {ours:.4g}, got {theirs:.4g}."
    )
    caption = _(f"{what}: {count} of {numbers} numbers differ{key}")
    return (
        f'<figure style="margin:.3em 0"><svg role="img" aria-label="{html.escape(alternative)}" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}" style="max-width:100%;height:auto;background:none">'
        f'{inner}</svg><figcaption style="font-size:.85em;opacity:.8">'
        f"{html.escape(caption)}</figcaption></figure>"
    )


def heat_maps(expected: Rows, got: Rows, wrong: Sequence[Sequence[bool]]) -> tuple[int, int, str]:
    """Return width, height and content of two heat maps side by side; small ones hold their numbers."""
    columns = len(expected[0])
    written = columns <= 6 and len(expected) <= 10
    across, down = (54, 20) if written else (max(8, min(16, 260 // columns)),) * 2
    colour = Scale([number for row in expected for number in row], [number for row in got for number in row])
    some_right = not all(all(row) for row in wrong)
    parts = []
    panel = columns * across
    for left, title, table in ((1, _("expected"), expected), (panel + 25, _("got"), got)):
        parts.append(f'<text x="{left}" y="11" {FONT}>{html.escape(title)}</text>')
        outlines = []
        for i, row in enumerate(table):
            for j, number in enumerate(row):
                x, y = left + j * across, 16 + i * down
                fill, ink = colour.of(number)
                box = f'<rect x="{x}" y="{y}" width="{across}" height="{down}" fill='
                parts.append(f'{box}"{fill}"/>')
                if written:
                    parts.append(
                        f'<text x="{x + across // 2}" y="{y + 14}" font-size="11" font-family="sans-serif" '
                        f'text-anchor="middle" fill="{ink}">{number:.4g}</text>'
                    )
                if table is got and wrong[i][j] and some_right:
                    outlines.append(f'{box}"none" stroke="{MARK}" stroke-width="2"/>')
        parts += outlines  # above all cells
    return 2 * panel + 26, 18 + len(expected) * down, "".join(parts)


class Scale:
    """Colour numbers by where they lie in the range of what was expected."""

    def __init__(self, expected: Sequence[float], got: Sequence[float]) -> None:
        self.low, self.high = reach(expected)
        if self.low == self.high:
            self.low, self.high = reach([*expected, *got])
        self.around_zero = self.low < 0 < self.high
        self.most = max(abs(self.low), abs(self.high))

    def of(self, number: float) -> tuple[str, str]:
        """Return the colour of a cell, and of what is written on it."""
        if not math.isfinite(number):
            return "#888", "#fff"
        if self.around_zero:
            share = number / self.most
        else:
            share = (number - self.low) / (self.high - self.low) if self.high > self.low else 0.5
            share = max(0.0, share)
        end, strength = (DARK if share >= 0 else OTHER), min(1.0, abs(share))
        red, green, blue = (round(a + (b - a) * strength) for a, b in zip(LIGHT, end, strict=True))
        return f"#{red:02x}{green:02x}{blue:02x}", "#fff" if strength > 0.55 else "#111"


def curves(expected: torch.Tensor, got: torch.Tensor) -> tuple[int, int, str]:
    """Return width, height and content of two curves over their index."""
    ours, theirs = expected.tolist(), got.tolist()
    low, high = reach([*ours, *theirs])
    span = (high / 2 - low / 2) or 1.0  # of halves, which cannot overflow
    left, right, top, bottom = 56, WIDTH - 6, 8, HEIGHT - 16

    def line(values: list[float], style: str) -> str:
        """Return a curve; it is broken where a number is not finite."""
        path, pen = [], "M"
        for index, number in enumerate(values):
            if not math.isfinite(number):
                pen = "M"
                continue
            x = left + (right - left) * index / (len(values) - 1)
            y = bottom - (bottom - top) * ((number / 2 - low / 2) / span)
            path.append(f"{pen}{x:.1f} {y:.1f}")
            pen = "L"
        return f'<path d="{"".join(path)}" fill="none" {style}/>'

    parts = [
        f'<path d="M{left} {top}V{bottom}H{right}" fill="none" stroke="currentColor" stroke-opacity=".4"/>',
        f'<text x="{left - 4}" y="{top + 6}" text-anchor="end" {FONT}>{high:.4g}</text>',
        f'<text x="{left - 4}" y="{bottom}" text-anchor="end" {FONT}>{low:.4g}</text>',
        f'<text x="{left}" y="{HEIGHT - 3}" {FONT}>0</text>',
        f'<text x="{right}" y="{HEIGHT - 3}" text-anchor="end" {FONT}>{len(ours) - 1}</text>',
        line(ours, f'stroke="{EXPECTED}" stroke-width="2"'),
        line(theirs, f'stroke="{MARK}" stroke-width="1.8" stroke-dasharray="5 3"'),
    ]
    return WIDTH, HEIGHT, "".join(parts)


def reach(numbers: Sequence[float]) -> tuple[float, float]:
    """Return the least and the largest of the finite numbers; zeros where there is none."""
    finite = [number for number in numbers if math.isfinite(number)]
    return (min(finite), max(finite)) if finite else (0.0, 0.0)
