"""Run a network that an answer builds, with numbers in its parameters that any right network would get, too.

Networks do not cross between processes, so this runs beside the student's code, and plain data comes back. Which numbers
a parameter gets depends on its name and shape, on its layer's other parameters, and on how many like layers came before
it on the path that data takes: not on the order in which layers were registered, on their names, or on how they are nested.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

STEP = 17  # between the first numbers of two rows of a weight, in the line that all rows are cut from


def run_network(
    build: Callable[..., Any],
    *args: Any,
    x: torch.Tensor,
    training: bool = False,
    gain: float = 3.0,
    inside: bool = False,
    **kwargs: Any,
) -> dict[str, Any]:
    """Build a network with `build(*args, **kwargs)`, give it fixed numbers and the dtype of `x`, and run it on `x`.

    A meta tensor as `x` gives shapes alone, at little cost.
    Returns `parameters`, the sorted shapes of all parameters, and `output`, in training or evaluation mode; in training
    also `statistics`, the running means and variances after it, in the order of the path; with `inside`, also
    `inputs`: what came into each linear layer, in order. Weights are normal with a standard deviation of
    `gain / sqrt(fan_in)`, biases and running means of 0.5; a norm's weights and running variances are about 1.
    """
    with Watched() as first:
        network = build(*args, **kwargs)
        if not isinstance(network, nn.Module):
            raise TypeError(f"the result is of type {type(network).__name__}; return an nn.Module")
        given = (
            torch.zeros(x.shape, dtype=x.dtype) if x.is_meta else x.clone()
        )  # lazy layers know no meta tensors
        network.to(given.device, given.dtype).eval()
        first.tensors.clear()
        with torch.no_grad():  # once for lazy layers, and to see the path
            network(given)
    layers = layers_on_path(network.to(x.device), first.tensors)
    fix_numbers(layers, gain)
    network.train(training)
    with Watched() as second:
        output = network(x.clone())
    result = {"parameters": sorted(tuple(p.shape) for p in network.parameters()), "output": output}
    if training:
        result["statistics"] = [tensor.clone() for layer in layers for tensor in running(layer).values()]
    return {**result, "inputs": second.linear_inputs} if inside else result


class Watched(TorchFunctionMode):
    """Note which tensors torch's functions are given, in order, and what linear layers are.

    Parameters are not initialised: that takes most of the time, and is overwritten. They are set to zero, for those of
    layers that a network does not own up to (kept in a plain list) would be left with whatever was in memory.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tensors: dict[int, None] = {}
        self.linear_inputs: list[torch.Tensor] = []

    def __torch_function__(self, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        kwargs = kwargs or {}
        given = [*args, *kwargs.values()]
        if getattr(function, "__module__", "") == "torch.nn.init":
            tensor = kwargs.get("tensor", given[0])
            if isinstance(tensor, nn.Parameter):  # a buffer keeps what it is given
                with torch.no_grad():
                    return tensor.zero_()
        name = getattr(function, "__name__", "")
        if name != "__get__":  # a look at an attribute is no use of the tensor
            self.tensors.update((id(value), None) for value in given if isinstance(value, torch.Tensor))
        if name == "linear":
            self.linear_inputs.append(given[0].detach())
        return function(*args, **kwargs)


def layers_on_path(network: nn.Module, used: dict[int, None]) -> list[nn.Module]:
    """Return the layers that have parameters: first those whose parameters were used, in that order, then the others."""
    places = {tensor: place for place, tensor in enumerate(used)}
    layers = {
        layer: min(places.get(id(parameter), len(places)) for parameter in own)
        for layer in network.modules()
        if (own := list(layer.parameters(recurse=False)))
    }
    return sorted(layers, key=lambda layer: layers[layer])


def running(layer: nn.Module) -> dict[str, torch.Tensor]:
    """Return the running mean and variance of a norm; nothing for other layers."""
    found = {name: getattr(layer, name, None) for name in ("running_mean", "running_var")}
    return {name: value for name, value in found.items() if isinstance(value, torch.Tensor)}


def fix_numbers(layers: list[nn.Module], gain: float) -> None:
    """Write fixed numbers into the parameters and running statistics of layers."""
    met: Counter[str] = Counter()
    for layer in layers:
        own: dict[str, torch.Tensor] = dict(layer.named_parameters(recurse=False))
        kind = str(sorted((name, tuple(parameter.shape)) for name, parameter in own.items()))
        met[kind] += 1
        own |= running(layer)
        for name, tensor in own.items():
            if tensor.is_meta:
                continue
            rows, columns = (*tensor.shape, 1)[0], math.prod(tensor.shape[1:])
            seed = zlib.crc32(f"{name} {kind} {met[kind]}".encode())
            generator = torch.Generator().manual_seed(seed)
            line = torch.randn(columns + STEP * (rows - 1), generator=generator, dtype=torch.float64)
            if tensor.dim() > 1:
                line *= gain / math.sqrt(columns)
            elif name == "running_var":
                line = 0.5 + line.abs()
            else:
                line = 0.5 * line + (name == "weight")
            with torch.no_grad():
                tensor.copy_(line.unfold(0, columns, STEP).reshape(tensor.shape))
