"""The ladder that every comparison climbs: type, structure, shape, dtype, device, finite, value."""

from __future__ import annotations

import math
from contextvars import ContextVar
from typing import Any

import torch

from autograder.calls import Foreign
from autograder.describe import describe
from autograder.errors import CheckFailed
from autograder.pictures import Compared, sequence_compared
from autograder.symptoms import symptom

TOLERANCE = {
    torch.float64: 1e-7,
    torch.float32: 2e-5,
    torch.float16: 5e-3,
    torch.bfloat16: 4e-2,
}
# By how much tolerances grow while an audit hands over float64 inputs as float32.
LOOSENED: ContextVar[float] = ContextVar("loosened", default=1.0)


def climb(got: Any, expected: Any, what: str, tolerance: float | None, growth: float, rung: str) -> None:
    """Raise `CheckFailed` at the first rung where a result is not what was expected: type, structure, shape, … value.

    `what` names the result in messages, `growth` widens the dtype's tolerance, and `rung` is what the last one is called.
    """
    if isinstance(expected, torch.Tensor):
        _climb_tensor(got, expected, what, tolerance, growth, rung)
    elif isinstance(expected, list | tuple):
        if not isinstance(got, list | tuple):
            raise CheckFailed("type", f"{what}: a {type(expected).__name__}", describe(got))
        if len(got) != len(expected):
            raise CheckFailed("structure", f"{what}: {len(expected)} items", f"{len(got)} items")
        for index, (mine, ours) in enumerate(zip(got, expected, strict=True)):
            part = f"item {index} of {what}"
            try:
                climb(mine, ours, part, tolerance, growth, rung)
            except CheckFailed as failure:
                failure.compared = failure.compared or sequence_compared(what, expected, got)
                raise
    elif isinstance(expected, dict):
        if not isinstance(got, dict):
            raise CheckFailed("type", f"{what}: a dict", describe(got))
        if set(got) != set(expected):
            raise CheckFailed("structure", f"{what}: the keys {sorted(expected)}", f"the keys {sorted(got)}")
        for key, ours in expected.items():
            climb(got[key], ours, f"{what}[{key!r}]", tolerance, growth, rung)
    elif isinstance(expected, float):
        if isinstance(got, bool) or not isinstance(got, int | float):
            raise CheckFailed("type", f"{what}: a float", describe(got))
        limit = (tolerance if tolerance is not None else TOLERANCE[torch.float64]) * LOOSENED.get()
        close = math.isclose(got, expected, rel_tol=limit, abs_tol=limit)
        if not (close or (math.isnan(expected) and math.isnan(got))):
            raise CheckFailed(rung, f"{what}: {expected:.8g}", f"{got:.8g}")
    elif type(got) is not type(expected):
        raise CheckFailed("type", f"{what}: {describe(expected)}", describe(got))
    elif got != expected:
        raise CheckFailed(rung, f"{what}: {describe(expected)}", describe(got))


def _climb_tensor(
    got: Any,
    expected: torch.Tensor,
    what: str,
    tolerance: float | None,
    growth: float,
    rung: str,
) -> None:
    if not isinstance(got, torch.Tensor):
        broken = "device" if isinstance(got, Foreign) and "instead of" in got.what else "type"
        raise CheckFailed(broken, f"{what}: a tensor", describe(got))
    if got.shape != expected.shape:
        raise CheckFailed("shape", f"{what}: shape {tuple(expected.shape)}", f"shape {tuple(got.shape)}")
    if got.dtype != expected.dtype:
        raise CheckFailed("dtype", f"{what}: {expected.dtype}", f"{got.dtype}")
    if got.device.type != expected.device.type:
        raise CheckFailed("device", f"{what}: on {expected.device.type}", f"on {got.device.type}")
    if got.device.type == "meta" or got.numel() == 0:
        return
    if not expected.is_floating_point():
        wrong = got != expected
    else:
        unfinite = torch.isfinite(expected) & ~torch.isfinite(got)
        if unfinite.any():
            place = _place(unfinite)
            failure = CheckFailed(
                "finite", f"{what}: finite numbers", f"{got[place].item()}", _at(place, unfinite)
            )
            failure.compared = Compared(what, expected, got, unfinite)
            raise failure
        limit = tolerance if tolerance is not None else TOLERANCE.get(expected.dtype, 0.0) * growth
        limit *= LOOSENED.get()
        size = expected[torch.isfinite(expected)].abs().max().item() if expected.isfinite().any() else 1.0
        close = torch.isclose(got, expected, rtol=0.0, atol=limit * max(1.0, size), equal_nan=True)
        wrong = ~close
    if wrong.any():
        place = _place(wrong)
        worst = (got - expected).abs()[wrong].max().item() if expected.is_floating_point() else None
        failure = CheckFailed(
            rung,
            f"{what}: {_number(expected[place])}",
            _number(got[place]),
            _at(place, wrong) if worst is None else f"{_at(place, wrong)}, by up to {worst:.3g}",
            symptom=symptom(got, expected) if expected.is_floating_point() else "",
        )
        failure.compared = Compared(what, expected, got, wrong)
        raise failure


def _place(wrong: torch.Tensor) -> tuple[int, ...]:
    return tuple(int(index) for index in wrong.nonzero()[0])


def _at(place: tuple[int, ...], wrong: torch.Tensor) -> str:
    count = int(wrong.sum())
    spot = f"at index {list(place)}" if place else "in the one element"
    return f"{spot}; {count} of {wrong.numel()} elements differ"


def _number(element: torch.Tensor) -> str:
    value = element.item()
    return f"{value:.6g}" if isinstance(value, float) else str(value)
