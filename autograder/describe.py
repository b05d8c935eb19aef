"""Say in few words what a value or a call is, for feedback."""

from __future__ import annotations

import functools
from typing import Any

import torch

LONGEST = 160


def describe(value: Any) -> str:
    """Describe a value in one short phrase: small ones in full, tensors by dtype and shape."""
    if isinstance(value, torch.Tensor):
        kind = str(value.dtype).removeprefix("torch.")
        if value.device.type != "meta" and value.numel() <= 6:
            return f"tensor({_numbers(value.tolist())}, {kind})"
        return f"a {kind} tensor of shape {tuple(value.shape)}"
    if isinstance(value, torch.Generator):
        return "a generator"
    if isinstance(value, functools.partial) or callable(value):
        function = value.func if isinstance(value, functools.partial) else value
        return str(getattr(function, "__name__", "a function"))
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, dict):
        parts = ", ".join(f"{key}: {_brief(item)}" for key, item in value.items())
        return _cut(f"{{{parts}}}")
    if isinstance(value, list | tuple):
        opening, closing = "[]" if isinstance(value, list) else "()"
        return _cut(opening + ", ".join(_brief(item) for item in value) + closing)
    return _cut(repr(value))


def describe_call(name: str, args: tuple[Any, ...], kwargs: dict[str, Any], driver: Any = None) -> str:
    """Describe a call as one would write it; a driver's name stands around it."""
    parts = [_brief(value) for value in args]
    parts += [f"{key}={_brief(value)}" for key, value in kwargs.items()]
    if driver is not None:
        return f"{describe(driver)}({', '.join([name, *parts])})"
    return f"{name}({', '.join(parts)})"


def _brief(value: Any) -> str:
    if isinstance(value, torch.Tensor) and (value.device.type == "meta" or value.numel() > 6):
        return f"{str(value.dtype).removeprefix('torch.')}{list(value.shape)}"
    if isinstance(value, dict) and len(value) > 3:
        return f"{{{', '.join(list(map(str, value))[:2])}, … {len(value)} entries}}"
    return describe(value)


def _numbers(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_numbers(item) for item in value) + "]"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
