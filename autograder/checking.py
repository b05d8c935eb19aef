"""What a check is written with: the answer under examination, and assertions that climb the ladder.

A check is a pytest function whose first argument is named after an exercise. It receives an `Answer`; calling it
runs the student's function, wherever that lives. Every comparison climbs the same rungs (type, shape, dtype, device,
finite, value, gradient), stops at the first broken one, and writes down what it saw: these facts are what a named
mistake is recognised by.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, Protocol

import torch

from autograder.calls import Call, Reply, differentiable, leaves, perform, plain, tree
from autograder.comparing import climb
from autograder.describe import describe, describe_call
from autograder.diagnosis import cause_of
from autograder.errors import CheckFailed, Raised

__all__ = [
    "Answer",
    "agree",
    "agree_in_gradient",
    "assert_device",
    "assert_inputs_unchanged",
    "assert_matches",
    "assert_raises",
    "assert_within",
    "observe",
    "randn",
]

FACTS: ContextVar[list[Any] | None] = ContextVar("facts", default=None)
MOST_KEPT, MOST_RECORDED = 200_000, 1_000_000  # numbers of one result, and of all that one check sees
DIFFERENT_DEVICES = ("on the same device", "two devices", "expected device", "different from other")


class Session(Protocol):
    """Carry calls to where the answer lives."""

    def call(self, call: Call) -> Reply:
        """Carry out one call."""
        ...

    def begin_check(self) -> bool:
        """Give the next check its time; return False where the session is spent and another has to be opened."""
        ...


class Answer:
    """Call the function under examination; results come back as plain tensors and data."""

    def __init__(self, name: str, session: Session, watch: tuple[str, ...] = ()) -> None:
        self.name = name
        self.session = session
        self.watch = watch
        self.driver: Any = None
        self.used: list[str] = []
        self.asked: list[Call] = []
        self.answered: list[Call] = []

    @property
    def last_call(self) -> str:
        """Return the last call as one would write it."""
        if not self.asked:
            return ""
        call = self.asked[-1]
        return describe_call(self.name, call.args, call.kwargs, call.driver)

    def driven_by(self, driver: Any) -> Answer:
        """Return the same answer, run by a function of `autograder.helpers` that takes it as its first argument."""
        driven = copy.copy(self)
        driven.driver = driver
        return driven

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return what the function returns for these arguments; they are copied first."""
        return self.ask(Call(self.name, args, kwargs)).result

    def ask(self, call: Call) -> Reply:
        """Carry out a call, with whatever else it asks to be reported."""
        call.watch, self.watch = self.watch, ()  # watching is slow, and the first call tells enough
        try:
            reply = self.send(call)
        except CheckFailed as failure:
            if isinstance(failure, Raised):
                record(("raised", cause_of(failure)))
            else:
                record((failure.rung,))
            raise
        self.used += reply.used
        self.answered.append(call)
        return reply

    def send(self, call: Call) -> Reply:
        """Carry out a call that feedback tells of; diagnosis does not see how it ends."""
        call.name = self.name
        call.driver = self.driver
        self.asked.append(call)
        return self.session.call(call)


def record(fact: Any) -> None:
    """Write down what a check saw, for diagnosis."""
    facts = FACTS.get()
    if facts is None:
        return
    size = extent(fact)
    if size > MOST_RECORDED / 1000 and size + sum(map(extent, facts)) > MOST_RECORDED:
        fact = "large"
    facts.append(fact)


def randn(*shape: int, seed: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Return a normal tensor of `shape`; the same for the same seed, on every machine."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)


def agree(answer: Answer, oracle: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Assert that the answer's result matches the oracle's on these arguments; return it."""
    expected = perform(oracle, Call(answer.name, args, kwargs, driver=answer.driver)).result
    got = answer(*args, **kwargs)
    assert_matches(got, expected)
    return got


def agree_in_gradient(answer: Answer, oracle: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Assert that results match, and their gradients to every floating-point input.

    Each result is weighted with its own fixed random cotangent. An input that nothing depends on counts as gradient 0.
    """
    shapes = differentiable(perform(oracle, Call(answer.name, args, kwargs, driver=answer.driver)).result)
    cotangents = [
        randn(*output.shape, seed=97 + index, dtype=output.dtype) for index, output in enumerate(shapes)
    ]
    expected = perform(oracle, Call(answer.name, args, kwargs, cotangents=cotangents, driver=answer.driver))
    got = answer.ask(Call(answer.name, args, kwargs, cotangents=cotangents))
    assert_matches(got.result, expected.result)
    inputs = [(name, value) for name, value in named_tensors(args, kwargs) if value.is_floating_point()]
    for (name, tensor), ours, theirs in zip(
        inputs, expected.gradients or [], got.gradients or [], strict=True
    ):
        zeros = torch.zeros_like(tensor)
        if theirs is None and ours is not None and ours.any():
            record((name, "no gradient"))
            raise CheckFailed(
                "gradient",
                f"the gradient with respect to {name}",
                "none",
                symptom=f"no gradient reaches {name}",
            )
        assert_matches(
            zeros if theirs is None else theirs,
            zeros if ours is None else ours,
            what=f"the gradient with respect to {name}",
            rung="gradient",
        )


def named_tensors(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield the tensors among the arguments with names as a reader would give them: argument 3['W_hh']."""

    def walk(value: Any, name: str) -> Iterator[tuple[str, torch.Tensor]]:
        if isinstance(value, torch.Tensor):
            yield name, value
        elif isinstance(value, dict | list | tuple):
            for key, item in value.items() if isinstance(value, dict) else enumerate(value):
                yield from walk(item, f"{name}[{key!r}]")

    for index, value in enumerate(args, 1):
        yield from walk(value, f"argument {index}")
    for key, value in kwargs.items():
        yield from walk(value, key)


def assert_raises(answer: Answer, *args: Any, **kwargs: Any) -> None:
    """Assert that the answer refuses these arguments with `ValueError`."""
    try:
        got = answer(*args, **kwargs)
    except Raised as failure:
        if "ValueError" in failure.kinds:
            return
        failure.expected = "ValueError"
        raise
    record(("returned", summary(got)))
    raise CheckFailed("behaviour", expected="ValueError", got=f"no error, but {describe(got)}")


def assert_inputs_unchanged(answer: Answer, *args: Any, **kwargs: Any) -> None:
    """Assert that a call leaves the values, `requires_grad` and `.grad` of its arguments alone."""
    names = [name for name, _ in named_tensors(args, kwargs)]
    for requires_grad in (False, True):
        call = Call(answer.name, args, kwargs, requires_grad=requires_grad, keep_inputs=True)
        after = answer.ask(call).inputs or []
        if len(after) != len(names):
            record("other arguments")
            raise CheckFailed(
                "behaviour", "the arguments as they were", "entries added or removed by the call"
            )
        for name, before, (value, required, has_grad) in zip(
            names, leaves((args, kwargs)), after, strict=True
        ):
            same = value.shape == before.shape and torch.equal(
                value.nan_to_num(nan=12345.0), before.nan_to_num(nan=12345.0)
            )
            if not same:
                record(("changed", name))
                raise CheckFailed("behaviour", f"{name} as it was", "other values in it after the call")
            if required != (requires_grad and before.is_floating_point()) or has_grad:
                record(("grad state", name))
                raise CheckFailed(
                    "behaviour", f"{name} as it was", "another requires_grad or .grad after the call"
                )
    record("inputs unchanged")


def assert_device(answer: Answer, *args: Any, **kwargs: Any) -> None:
    """Assert that nothing is made on the CPU by accident: run the answer on `meta` copies of the arguments.

    An answer that reads values cannot run there; that says nothing about devices, and passes.
    """

    def to_meta(item: Any) -> Any:
        return item.to("meta") if isinstance(item, torch.Tensor) else item

    try:
        got = answer.send(Call(answer.name, tree(to_meta, args), tree(to_meta, kwargs)))
    except Raised as failure:
        if any(text in failure.text for text in DIFFERENT_DEVICES) or fills_a_buffer(failure):
            record("mixed devices")
            raise CheckFailed(
                "device", "all tensors on the inputs' device", "tensors on two devices", failure.where
            ) from None
        return
    for tensor in leaves(got.result):
        if tensor.device.type != "meta":
            record("other device")
            raise CheckFailed("device", "a result on the inputs' device", f"one on {tensor.device.type}")


def fills_a_buffer(failure: Raised) -> bool:
    """Tell whether a call failed on writing a meta tensor into a CPU tensor, rather than on reading values."""
    if "Cannot copy out of meta tensor" not in failure.text:
        return False
    code = failure.line.partition(": ")[2]
    writes = re.match(r"\w+\s*\[.*\]\s*[-+*/@]?=[^=]", code) or ".copy_(" in code
    reads = re.search(r"\b(tolist|item|numpy|cpu|to|float|int|list|array|asarray)\s*\(", code)
    return bool(writes and not reads)


def assert_within(value: float, low: float, high: float, what: str) -> None:
    """Assert that a statistic lies in `[low, high]`; state the false-alarm probability beside the call."""
    observe(what, value, (high - low) / 2)
    if not low <= value <= high:
        raise CheckFailed("value", f"{what} between {low:.6g} and {high:.6g}", f"{value:.6g}")


def observe(what: str, value: float, tolerance: float = 0.0) -> None:
    """Write down a number that tells mistakes apart; two runs of one answer differ by at most `tolerance`."""
    record((what, float(value), float(tolerance)))


def assert_matches(
    got: Any,
    expected: Any,
    *,
    what: str = "the result",
    tolerance: float | None = None,
    length: int = 1,
    rung: str = "value",
) -> None:
    """Assert that a result is what was expected, climbing type, shape, dtype, device, finite, value.

    `tolerance` is relative to the largest expected magnitude, at least 1; by default it follows the dtype, and grows
    with the square root of `length`, the number of terms that one element sums up.
    """
    record(summary(got))
    climb(got, plain(expected), what, tolerance, math.sqrt(max(1.0, length / 256)), rung)


def summary(value: Any) -> Any:
    """Return what diagnosis keeps of a result: the value itself, unless it is huge."""
    if isinstance(value, torch.Tensor) and value.numel() > MOST_KEPT:
        return ("large tensor", tuple(value.shape))
    if extent(value) > 2 * MOST_KEPT:
        return ("large", type(value).__name__)
    return value


def extent(value: Any) -> int:
    """Return about how many numbers and characters a nested value holds."""
    if isinstance(value, torch.Tensor):
        return value.numel()
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    return 1 + sum(map(extent, value)) if isinstance(value, list | tuple | set | frozenset) else 1
