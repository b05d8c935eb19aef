"""See which forbidden functions run while an answer runs, however it reached them.

Names in the source are one way to see a forbidden call (`autograder.syntax`); this is the other: every Python and C
function entered during the call is compared with the forbidden names, and so is every operator torch dispatches.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Iterable
from types import FrameType
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from autograder.syntax import matches

BLINDED = "sys.setprofile"  # what puts the watch out of action


class Watch:
    """Record, between enter and exit, the functions entered whose dotted names match a pattern.

    Patterns are dotted names with wildcards, such as `torch.nn.init.*`. With no pattern, watching costs nothing.
    """

    def __init__(self, patterns: tuple[str, ...]) -> None:
        self.patterns = patterns
        self.seen: set[str] = set()

    @property
    def used(self) -> list[str]:
        """Return the forbidden names that ran, the plainest first."""
        found = {name for name in self.seen if name == BLINDED or matches(name, self.patterns)}
        public = {name for name in found if "<" not in name and "._" not in name}
        return sorted(public or found, key=lambda name: (len(name), name))

    def __enter__(self) -> Watch:
        if self.patterns:
            self._mode = _FunctionNames(self.seen)
            self._mode.__enter__()
            self._before, self._watching = sys.getprofile(), True
            threading.setprofile(self._profile)  # for threads that the answer starts
            sys.setprofile(self._profile)
        return self

    def __exit__(self, *exception: object) -> None:
        if self.patterns:
            if sys.getprofile() != self._profile:
                self.seen.add(BLINDED)
            self._watching = False
            threading.setprofile(None)
            sys.setprofile(self._before if callable(self._before) else None)
            self._mode.__exit__(*exception)

    def _profile(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            module = frame.f_globals.get("__name__", "")
            if module.startswith("torch") and not (module == "torch.nn.init" and layers_own(frame)):
                self.seen.add(f"{public_module(module)}.{frame.f_code.co_qualname}")
        elif event == "c_call" and argument is sys.setprofile:
            if self._watching:
                self.seen.add(BLINDED)
        elif event == "c_call":
            name = getattr(argument, "__name__", "")
            owner = getattr(argument, "__self__", None)
            if owner is torch._C._nn:
                self.seen.add(f"torch.nn.functional.{name}")
            elif owner is None and hasattr(torch._C._VariableFunctions, name):
                self.seen.add(f"torch.{name}")


class _FunctionNames(TorchFunctionMode):
    """Record the public name of every torch function called, from Python or through an operator."""

    def __init__(self, seen: set[str]) -> None:
        super().__init__()
        self.seen = seen

    def __torch_function__(self, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        name = public_name(function)
        if not name.startswith("torch.nn.init."):  # the profile tells who called it
            self.seen.add(name)
        return function(*args, **(kwargs or {}))


def reported(names: Iterable[str], patterns: tuple[str, ...]) -> list[str]:
    """Return what may be said of the forbidden names that a submission reports about itself: no text of its own.

    A name that fits a pattern and that torch really has is said as it is; of any other, the pattern that it fits.
    """
    found: list[str] = []
    for name in names:
        if name == BLINDED:
            found.append(name)
        elif matches(name, tuple(patterns)):
            found.append(name if exists(name) else next(p for p in patterns if matches(name, (p,))))
    return list(dict.fromkeys(found))


def exists(name: str) -> bool:
    """Tell whether a dotted name leads to something in torch."""
    value: Any = torch
    for part in name.split(".")[1:]:
        value = inspect.getattr_static(value, part, None)
        if value is None:
            return False
    return name.startswith("torch.")


def layers_own(frame: FrameType | None) -> bool:
    """Tell whether an initialisation is a layer's own default, which nobody asked for by name."""
    while frame is not None:
        own = frame.f_code.co_name in ("reset_parameters", "_reset_parameters")
        if own and frame.f_globals.get("__name__", "").startswith("torch.nn.modules."):
            return True
        frame = frame.f_back
    return False


def public_name(function: Any) -> str:
    """Return the dotted name that a torch function is known by."""
    if isinstance(function, torch._ops.OpOverload | torch._ops.OpOverloadPacket):
        return f"torch.{str(function).split('.')[1]}"
    name = getattr(function, "__qualname__", "")
    module = getattr(function, "__module__", None) or ""
    if module == "torch._C._nn":
        return f"torch.nn.functional.{name}"
    if module.startswith("torch"):
        return f"{public_module(module)}.{name}"
    return f"torch.{name.replace('TensorBase.', 'Tensor.').removeprefix('_VariableFunctionsClass.')}"


def public_module(module: str) -> str:
    """Return the module that a torch-internal module's names are known by."""
    for inner in ("torch.nn.modules.", "torch.optim."):
        if module.startswith(inner):
            return inner.removesuffix(".").removesuffix(".modules")
    return module
