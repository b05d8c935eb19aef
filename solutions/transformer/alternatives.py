"""Right answers written differently."""

import math

import numpy as np
import torch

from autograder.authoring import answer


@answer("positional_encoding")
def plain_loops(max_len, d, dtype=torch.float32, device=None):
    """Goes through all elements with Python's own numbers."""
    rows = []
    for pos in range(max_len):
        row = []
        for column in range(d):
            angle = pos / math.pow(10000, 2 * (column // 2) / d)
            row.append(math.sin(angle) if column % 2 == 0 else math.cos(angle))
        rows.append(row)
    return torch.tensor(rows, dtype=dtype, device=device)


@answer("positional_encoding")
def with_numpy(max_len, d, dtype=torch.float32, device=None):
    """Computes in NumPy and moves the result."""
    angles = np.arange(max_len)[:, None] / np.power(10000.0, np.arange(0, d, 2) / d)
    encoding = np.empty((max_len, d))
    encoding[:, ::2] = np.sin(angles)
    encoding[:, 1::2] = np.cos(angles)[:, : d // 2]
    return torch.from_numpy(encoding).to(device=device, dtype=dtype)


@answer("positional_encoding")
def stacked_and_cut(max_len, d, dtype=torch.float32, device=None):
    """Stacks pairs and cuts a cosine too many; frequencies from exp and log."""
    steps = torch.arange((d + 1) // 2, dtype=torch.double, device=device)
    frequencies = torch.exp(steps * -(2 * math.log(10000.0) / d))
    angles = torch.outer(torch.arange(max_len, dtype=torch.double, device=device), frequencies)
    return (
        torch.stack((torch.sin(angles), torch.cos(angles)), dim=-1).flatten(-2)[:, :d].to(dtype).contiguous()
    )


@answer("positional_encoding")
def shifted_sines(max_len, d, dtype=torch.float32, device=None):
    """A cosine is a sine a quarter turn ahead."""
    column = torch.arange(d, device=device)
    odd = column % 2
    frequency = torch.pow(10000.0, -(column - odd).double() / d)
    pos = torch.arange(max_len, device=device).double().unsqueeze(1)
    return torch.sin(pos * frequency + odd * (math.pi / 2)).to(dtype)


@answer("positional_encoding")
def complex_numbers(max_len, d, dtype=torch.float32, device=None):
    """Sine and cosine are the two parts of a complex exponential."""
    pairs = -(-d // 2)
    angles = torch.arange(max_len).double().view(-1, 1) * 10.0 ** (torch.arange(pairs).double() * (-8 / d))
    circle = torch.view_as_real(torch.exp(1j * angles)).flip(-1)
    return circle.reshape(max_len, 2 * pairs)[:, :d].to(dtype).to(device)


@answer("positional_encoding")
def turned_step_by_step(max_len, d, dtype=torch.float32, device=None):
    """Each row is the row before it, turned by one step."""
    exponents = torch.arange(d, device=device) // 2 * 2 / torch.tensor(d, dtype=torch.float64, device=device)
    step = 10000**-exponents
    even = torch.arange(d, device=device) % 2 == 0
    sine, cosine = torch.zeros_like(step), torch.ones_like(step)
    rows = []
    for _ in range(max_len):
        rows.append(torch.where(even, sine, cosine))
        sine, cosine = (
            sine * torch.cos(step) + cosine * torch.sin(step),
            cosine * torch.cos(step) - sine * torch.sin(step),
        )
    return torch.stack(rows).type(dtype)


@answer("positional_encoding")
def column_by_column(max_len, d, dtype=torch.float32, device="cpu"):
    """Fills an empty result one column at a time; the device is the CPU where none is passed."""
    result = torch.empty((max_len, d), dtype=dtype, device=device)
    pos = torch.arange(max_len, dtype=torch.float64, device=device)
    for i in range(d):
        function = torch.cos if i & 1 else torch.sin
        result[:, i] = function(pos / 10000.0 ** ((i - i % 2) / d))
    return result


@answer("positional_encoding")
def whole_turns_taken_off(max_len, d, dtype=torch.float32, device=None):
    """Takes whole turns off in float64, and the sine of what is left in float32."""
    pos = torch.arange(max_len, dtype=torch.float64, device=device)[:, None]
    i = torch.arange(d, dtype=torch.float64, device=device)
    odd = i.remainder(2)
    turns = pos * torch.exp((i - odd) / d * -math.log(1e4)) / (2 * math.pi)
    angle = ((turns - turns.round()) * (2 * math.pi)).float()
    return torch.where(odd.bool(), angle.cos(), angle.sin()).to(dtype)
