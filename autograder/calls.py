"""One call of an answer: what is asked, how it is carried out beside the answer, and what comes back.

The same code runs in the examinee (a submission's own process), in a student's kernel (`check`), and in the examiner
for references and named mistakes, so all four are measured alike.
"""

from __future__ import annotations

import functools
import linecache
import numbers
import random
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from autograder import helpers
from autograder.errors import CheckFailed, Missing, OutOfMemory, Raised
from autograder.watching import Watch

MAX_BYTES = 64 << 20
MAX_DEPTH = 24
MAX_ITEMS = 100_000


@dataclass(frozen=True)
class Foreign:
    """Stand for a value that does not cross: neither a plain tensor nor plain data."""

    what: str

    def __repr__(self) -> str:
        return self.what


@dataclass
class Call:
    """Ask for one call: a function by name, its arguments, and what to report beside the result.

    With a `driver`, a function of the public helper module, the result is `driver(function, *args, **kwargs)`: so a
    check can run a network that a function builds, or feed a function what it returned before.
    """

    name: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    cotangents: list[torch.Tensor] | None = None
    requires_grad: bool = False
    keep_inputs: bool = False
    watch: tuple[str, ...] = ()
    driver: Any = None


@dataclass
class Reply:
    """Answer a `Call`: the result, gradients of all floating-point inputs, the inputs afterwards, forbidden names used."""

    result: Any
    gradients: list[torch.Tensor | None] | None = None
    inputs: list[tuple[torch.Tensor, bool, bool]] | None = None
    used: list[str] = field(default_factory=list)


def tree(change: Callable[[Any], Any], value: Any) -> Any:
    """Return a nested value with `change` applied to everything in it that is no list, tuple or dict."""
    if isinstance(value, list | tuple):
        return type(value)(tree(change, item) for item in value)
    if isinstance(value, dict):
        return {key: tree(change, item) for key, item in value.items()}
    return change(value)


def leaves(value: Any) -> Iterator[torch.Tensor]:
    """Yield the tensors in nested lists, tuples and dicts, in order."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item)


def any_tensor(value: Any) -> bool:
    """Tell whether there is a tensor in arguments, those bound to a helper included."""
    if isinstance(value, functools.partial):
        value = (value.args, value.keywords)
    if isinstance(value, dict):
        value = list(value.values())
    return any(map(any_tensor, value)) if isinstance(value, list | tuple) else isinstance(value, torch.Tensor)


def differentiable(value: Any) -> list[torch.Tensor]:
    """Return the floating-point tensors in a nested value."""
    return [tensor for tensor in leaves(value) if tensor.is_floating_point()]


def fresh_copy(value: Any, device: torch.device | None, requires_grad: bool) -> Any:
    """Copy arguments so that a call can neither change the caller's nor share memory with them.

    Ordinary tensors move to `device`; meta tensors stay. A generator becomes a new one with the same first seed.
    A `functools.partial` of a public helper is bound to copied arguments.
    """

    def copied(item: Any) -> Any:
        if isinstance(item, torch.Tensor):
            copy = item.detach().clone()
            if device is not None and item.device.type != "meta":
                copy = copy.to(device)
            return copy.requires_grad_(requires_grad and copy.is_floating_point())
        if isinstance(item, torch.Generator):
            return torch.Generator(device=device or "cpu").manual_seed(item.initial_seed())
        if isinstance(item, functools.partial):
            return functools.partial(item.func, *tree(copied, item.args), **tree(copied, item.keywords))
        return item

    return tree(copied, value)


def plain(value: Any, device: torch.device | None = None) -> Any:
    """Reduce a result to plain data: CPU or meta tensors, numbers, text, None, lists, tuples, dicts.

    What is not plain data, too deep, too many or too large becomes a `Foreign` that names it. A tensor that is not on
    `device` (the device that calls run on) becomes one as well, unless it is a meta tensor.
    """
    budget = [MAX_ITEMS, MAX_BYTES]

    def reduce(value: Any, depth: int) -> Any:
        budget[0] -= 1
        if depth > MAX_DEPTH:
            return Foreign("a value nested too deeply")
        if budget[0] < 0:
            raise OverflowError
        kind = type(value)
        if kind in (torch.Tensor, torch.nn.Parameter):
            return reduce_tensor(value)
        if value is None or kind in (bool, str):
            return value if kind is not str or len(value) <= MAX_BYTES >> 4 else Foreign("a huge text")
        if isinstance(value, numbers.Integral) and not isinstance(value, torch.Tensor):
            number = int(value)
            return number if number.bit_length() <= 4096 else Foreign("a huge integer")
        if isinstance(value, numbers.Real):
            return float(value)
        if isinstance(value, torch.dtype | torch.device):
            return str(value)
        if isinstance(value, tuple):
            return tuple(reduce(item, depth + 1) for item in value)
        if isinstance(value, list):
            return [reduce(item, depth + 1) for item in value]
        if isinstance(value, dict):
            return {str(key): reduce(item, depth + 1) for key, item in value.items()}
        return Foreign(f"an object of type {kind.__module__}.{kind.__qualname__}"[:200])

    def reduce_tensor(tensor: torch.Tensor) -> Any:
        if tensor.layout is not torch.strided or tensor.is_quantized or tensor.is_nested:
            return Foreign(f"a tensor of layout {tensor.layout}")
        size = tensor.numel() * tensor.element_size()
        shape = tuple(tensor.shape)
        if size > budget[1] or len(shape) > 16:
            return Foreign(f"a tensor of shape {shape}, which is too large")
        if tensor.device.type != "meta":
            budget[1] -= size
            if device is not None and tensor.device.type != device.type:
                return Foreign(f"a tensor on {tensor.device.type} instead of {device.type}")
        tensor = tensor.detach().resolve_conj().resolve_neg()
        return tensor.clone() if tensor.device.type in ("cpu", "meta") else tensor.cpu()

    try:
        return reduce(value, 0)
    except OverflowError:
        return Foreign("a value with too many parts")


def perform(function: Callable[..., Any], call: Call, device: torch.device | None = None) -> Reply:
    """Carry out `call` on `function`; raise a `CheckFailed` where it does not come to a result.

    Gradients are those of the sum over all floating-point results of result times cotangent; an input that no result
    depends on has None.
    """
    if not any_tensor((call.args, call.kwargs)):
        device = None  # nothing says where the result should be
    wants_gradient = call.cotangents is not None
    tracked = wants_gradient or call.requires_grad
    args = fresh_copy(call.args, device, tracked)
    kwargs = fresh_copy(call.kwargs, device, tracked)
    sources = differentiable((args, kwargs))  # before the call, which may take an argument apart
    if call.driver is not None:
        function = functools.partial(fresh_copy(call.driver, device, False), function)
    try:
        with Watch(call.watch) as watch:
            result = function(*args, **kwargs)
        gradients = None
        if call.cotangents is not None:
            gradients = backpropagate(result, sources, fresh_copy(call.cotangents, device, False))
        if device is not None and device.type == "cuda":
            torch.cuda.synchronize()  # a GPU's errors come when its work is waited for
    except CheckFailed:
        raise
    except Exception as error:
        raise translated(error, call.name) from None
    inputs = None
    if call.keep_inputs:
        inputs = [
            (plain(tensor.detach()), bool(tensor.requires_grad), tensor.grad is not None)
            for tensor in leaves((args, kwargs))
        ]
    return Reply(
        result=plain(result, device),
        gradients=None if gradients is None else [plain(gradient) for gradient in gradients],
        inputs=inputs,
        used=watch.used,
    )


def backpropagate(
    result: Any, sources: list[torch.Tensor], cotangents: list[torch.Tensor]
) -> list[torch.Tensor | None]:
    """Return the gradient of every source; None where no result depends on it."""
    pairs = [
        (output, cotangent)
        for output, cotangent in zip(differentiable(result), cotangents, strict=False)
        if output.requires_grad and output.shape == cotangent.shape
    ]
    if not pairs or not sources:
        return [None] * len(sources)
    # One scalar rather than `grad_outputs`, with which torch would first load its symbolic shapes.
    total = torch.stack([(output * weight).sum().double() for output, weight in pairs]).sum()
    return list(torch.autograd.grad(total, sources, allow_unused=True))


def translated(error: Exception, name: str) -> CheckFailed:
    """Turn an exception out of an answer into the failure it amounts to."""
    text, frames = str(error), traceback.extract_tb(error.__traceback__)
    if isinstance(error, NotImplementedError) and not text:
        if not frames or frames[-1].name == name or not own_frame(frames[-1]):
            return Missing(name, "only the stub")
        stub = frames.pop()  # of an exercise that this one calls
        text = f"{stub.name} is not written yet; write it first"
    if isinstance(error, MemoryError) or "can't allocate memory" in text or "out of memory" in text:
        return OutOfMemory()
    if isinstance(error, RecursionError):
        text = "maximum recursion depth exceeded"
    if text.startswith("CUDA error"):
        text = f"{text.splitlines()[0]}; most often an index was out of range"
    kinds = [kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins"]
    kind = type(error).__name__ if type(error).__module__ == "builtins" else kinds[0]
    return Raised(kind, text[:500], last_own_line(frames), kinds)


def last_own_line(frames: Sequence[traceback.FrameSummary]) -> str:
    """Return the innermost line of a traceback that stands in a notebook's cell."""
    for frame in reversed(frames):
        if own_frame(frame):
            text = (frame.line or linecache.getline(frame.filename, frame.lineno or 0)).strip()
            return f"line {frame.lineno} of its cell: {text[:120]}"
    return ""


def own_frame(frame: traceback.FrameSummary) -> bool:
    """Tell whether a line of a traceback stands in a notebook's cell."""
    return frame.filename.startswith(("<ipython-input", "<cell", "<answer")) or "ipykernel_" in frame.filename


def seed_everything(seed: int) -> None:
    """Seed the generators of Python, NumPy and torch: sibling forks would share their state."""
    random.seed(seed)
    np.random.seed(seed % (1 << 32))
    torch.default_generator.manual_seed(seed)  # `torch.manual_seed` asks every kind of device first
    if torch.cuda.is_initialized():
        torch.cuda.manual_seed_all(seed)


def random_state() -> tuple[Any, ...]:
    """Return the state of the generators that `seed_everything` seeds, to compare; those of GPUs aside."""
    of_numpy: Any = np.random.get_state()
    return (
        random.getstate(),
        of_numpy[1].tobytes(),
        of_numpy[2:],
        torch.default_generator.get_state().numpy().tobytes(),
    )


def warm_up() -> None:
    """Carry out a call of every kind once, so that processes forked from this one find its tables made."""
    call = Call("warm", (torch.ones(2),), cotangents=[torch.ones(2)], watch=("no.such.name",))
    perform(lambda x: x * 2, call)


class LocalSession:
    """Answer calls in this process, from functions in a namespace.

    `kept` holds, by function, names that stand for something else in the namespace while it is called.
    """

    def __init__(
        self,
        functions: dict[str, Any],
        device: torch.device | None = None,
        kept: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self.functions = functions
        self.device = device
        self.kept = kept or {}
        names = {name for own in self.kept.values() for name in own}
        self.common = {name: functions[name] for name in names if name in functions}
        self.called = ""

    def begin_check(self) -> bool:
        return True

    def call(self, call: Call) -> Reply:
        function = self.functions.get(call.name)
        if function is None:
            raise Missing(call.name, "no such name in the notebook")
        if not callable(function):
            raise Missing(call.name, f"{call.name} is not a function")
        if self.kept and call.name != self.called:
            self.functions.update({**self.common, **self.kept.get(call.name, {})})
            self.called = call.name
        return perform(function, call, self.device)


def is_helper(value: Any) -> bool:
    """Tell whether a value is a function of the public helper module, or one bound to arguments."""
    function = value.func if isinstance(value, functools.partial) else value
    return callable(function) and getattr(helpers, getattr(function, "__name__", ""), None) is function
