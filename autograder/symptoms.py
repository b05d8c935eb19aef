"""Say what differs between a wrong result and the right one, where no named mistake fits: what was measured, no more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch

Call = dict[str, Any]
COMMON = ("None", "True", "False", "0", "1", "0.0", "1.0")
RIGHT = "it was right in all calls with {name} = {value}, and wrong in one with another {name}"
WRONG = "it was wrong in a call with {name} = {value}, and right in all with another {name}"


def symptom(got: torch.Tensor, expected: torch.Tensor) -> str:
    """Describe the one simple change that turns the expected tensor into what came; empty where there is none.

    Both are of one shape and floating-point. Nothing is said of tensors with fewer than three numbers other than 0,
    which too many changes would fit.
    """
    x, y = expected.double(), got.double()
    if x.numel() < 3 or not x.isfinite().all() or not y.isfinite().all() or int((x != 0).sum()) < 3:
        return ""
    if not y.any():
        return "every element is 0"
    if x.flatten().unique().numel() > 2 and bool((y == y.flatten()[0]).all()):
        return "all elements are the same"
    if close(y, -x):
        return "every element has the wrong sign"
    if close(y.abs(), x.abs()):
        return "the magnitudes are right, some signs are wrong"
    factor = float((x * y).sum() / (x * x).sum())
    if abs(factor - 1) > 1e-6 and close(y, factor * x):
        return f"every element is {factor:.4g} times what it should be"
    offset = float((y - x).mean())
    if close(y, x + offset):
        return f"every element is off by the same {offset:.4g}"
    return rearranged(y, x) or along_an_axis(y, x)


def rearranged(y: torch.Tensor, x: torch.Tensor) -> str:
    """Describe a rearrangement of the elements; empty where it is none."""
    for one in range(x.dim()):
        for other in range(one + 1, x.dim()):
            if x.shape[one] == x.shape[other] and close(y, x.transpose(one, other)):
                return f"axes {one} and {other} are swapped"
        if x.shape[one] > 1 and close(y, x.flip(one)):
            return f"the order along axis {one} is reversed"
        for step in (1, -1):
            if x.shape[one] > 2 and close(y, x.roll(step, one)):
                return f"everything is shifted by one along axis {one}"
    if x.numel() <= 10_000 and close(y.flatten().sort().values, x.flatten().sort().values):
        return "the numbers are right, but in other places"
    return ""


def along_an_axis(y: torch.Tensor, x: torch.Tensor) -> str:
    """Say where along one axis the elements are right, if they are in one part and wrong in the other."""
    wrong = ~torch.isclose(y, x, rtol=1e-6, atol=1e-9)
    for axis, size in enumerate(x.shape):
        if size < 2:
            continue
        others = [other for other in range(x.dim()) if other != axis]
        broken = wrong.any(dim=others) if others else wrong
        places = broken.nonzero().flatten().tolist()
        if places == [0]:
            return f"only the first entry along axis {axis} is wrong"
        if places == [size - 1] and size > 2:
            return f"only the last entry along axis {axis} is wrong"
        if places == list(range(1, size)) and size > 2:
            return f"only the first entry along axis {axis} is right"
    return ""


def close(y: torch.Tensor, x: torch.Tensor) -> bool:
    """Tell whether two tensors are the same up to rounding."""
    limit = 1e-6 * max(1e-3, float(x.abs().max()))
    return y.shape == x.shape and bool(((y - x).abs() <= limit).all())


def without_numbers(text: str) -> str:
    """Return a symptom as it may be told of a hidden check."""
    if " times what it should be" in text:
        return "every element is off by the same factor"
    if "off by the same" in text:
        return "every element is off by the same amount"
    return text


def condition(right: Sequence[Call], wrong: Sequence[Call], tellable: Iterable[Call] = ()) -> str:
    """Say for which value of an argument an answer was right, if one value tells right calls from wrong ones.

    Calls are the plain arguments by name, `...` for what is not plain. At least two right calls and one wrong one are
    asked for. A value is said only where it stands in a `tellable` call, or is one that any function is tried with.
    """
    if len(right) < 2 or not wrong:
        return ""
    calls = [*right, *wrong]
    told = {(name, repr(value)) for call in tellable for name, value in call.items()}
    for name in calls[0]:
        if not all(name in call for call in calls):
            continue
        good, bad = {repr(call[name]) for call in right}, {repr(call[name]) for call in wrong}
        if good & bad:
            continue
        for values, text in ((good, RIGHT), (bad, WRONG)):
            value = min(values)
            if len(values) == 1 and value != "Ellipsis" and (value in COMMON or (name, value) in told):
                return text.format(name=name, value=value)
    return ""
