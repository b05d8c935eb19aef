"""What checks are tried on beside named answers: junk, right answers on inputs in another form, slow or endless code."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch

from autograder.bounds import time_limit
from autograder.calls import Call, LocalSession, Reply, tree
from autograder.checking import Session
from autograder.comparing import LOOSENED
from autograder.grading import LocalSubmission

Function = Callable[..., Any]


def constant(value: Any) -> Callable[[Function], Function]:
    return lambda reference: lambda *args, **kwargs: value


def raising(kind: type[Exception]) -> Callable[[Function], Function]:
    def made(reference: Function) -> Function:
        def answer(*args: Any, **kwargs: Any) -> Any:
            raise kind("junk")

        return answer

    return made


def first_argument(reference: Function) -> Function:
    return lambda *args, **kwargs: args[0] if args else next(iter(kwargs.values()), None)


def filled(number: float) -> Callable[[Function], Function]:
    """Return junk of the right form: the reference's result with every number replaced."""

    def fill(value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            return torch.full_like(value, number) if value.is_floating_point() else value * 0 - 1
        if isinstance(value, bool):
            return not value
        if isinstance(value, int):
            return -1 - abs(value)
        return f"{value}?" if isinstance(value, str) else number

    return lambda reference: lambda *args, **kwargs: tree(fill, reference(*args, **kwargs))


def of_another_dtype(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.to(torch.int32 if value.dtype is torch.int64 else torch.float16)
    return str(value)


def one_axis_more(value: Any) -> Any:
    return value.unsqueeze(0) if isinstance(value, torch.Tensor) else [value]


def reformed(change: Callable[[Any], Any]) -> Callable[[Function], Function]:
    return lambda reference: lambda *args, **kwargs: tree(change, reference(*args, **kwargs))


JUNK: dict[str, Callable[[Function], Function]] = {
    "None": constant(None),
    "a text": constant("junk"),
    "a number": constant(0.0),
    "an empty list": constant([]),
    "an object": constant(object()),
    "a scalar tensor": constant(torch.tensor(0.0)),
    "a huge expanded tensor": constant(torch.zeros(1).expand(10**6, 10**6)),
    "a sparse tensor": constant(torch.eye(3).to_sparse()),
    "the first argument": first_argument,
    "zeros": filled(0.0),
    "a constant": filled(0.7),
    "NaN": filled(float("nan")),
    "infinity": filled(float("inf")),
    "another dtype": reformed(of_another_dtype),
    "an axis more": reformed(one_axis_more),
    "ValueError always": raising(ValueError),
    "NotImplementedError with a text": raising(NotImplementedError),
}


class OtherMemory(LocalSession):
    """Hand over every argument in another order of memory: transposed, where it has two axes or more."""

    def call(self, call: Call) -> Reply:
        return super().call(
            replace(call, args=tree(transposed, call.args), kwargs=tree(transposed, call.kwargs))
        )


class SinglePrecision(LocalSession):
    """Hand over float64 arguments as float32, and results back as float64."""

    def call(self, call: Call) -> Reply:
        lowered = replace(
            call,
            args=tree(to_float32, call.args),
            kwargs=tree(to_float32, call.kwargs),
            cotangents=tree(to_float32, call.cotangents),
        )
        reply = super().call(lowered)
        return replace(
            reply,
            result=tree(to_float64, reply.result),
            gradients=tree(to_float64, reply.gradients),
            inputs=None if reply.inputs is None else tree(to_float64, reply.inputs),
        )


def transposed(value: Any) -> Any:
    if isinstance(value, torch.Tensor) and value.dim() > 1 and value.device.type != "meta":
        return value.mT.contiguous().mT
    return value


def to_float32(value: Any) -> Any:
    return value.float() if isinstance(value, torch.Tensor) and value.dtype is torch.float64 else value


def to_float64(value: Any) -> Any:
    return value.double() if isinstance(value, torch.Tensor) and value.dtype is torch.float32 else value


VARIATIONS: dict[str, tuple[type[LocalSession], float]] = {
    "other memory order": (OtherMemory, 1.0),
    "float32": (SinglePrecision, 1e5),
}


class VariedSubmission(LocalSubmission):
    """Hold functions as a submission whose arguments come in another form."""

    def __init__(self, functions: dict[str, Any], variation: str) -> None:
        super().__init__(functions)
        self.kind, self.slack = VARIATIONS[variation]

    @contextmanager
    def session(self, replaced: Sequence[str] = (), latest: bool = False) -> Iterator[Session]:
        del replaced, latest
        token = LOOSENED.set(self.slack)
        try:
            yield self.kind(self.functions)
        finally:
            LOOSENED.reset(token)


def in_time(function: Function, seconds: float) -> Function:
    """Return the function with a limit on each call."""

    def limited(*args: Any, **kwargs: Any) -> Any:
        with time_limit(seconds):
            return function(*args, **kwargs)

    with contextlib.suppress(AttributeError):
        limited.__name__ = function.__name__
    return limited
