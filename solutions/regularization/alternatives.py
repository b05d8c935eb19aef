"""Right answers written differently."""

import numpy as np
import torch

from autograder.authoring import answer


@answer("dropout")
def bernoulli(x, p, training=True):
    """Draws from torch.bernoulli."""
    if p < 0 or p > 1:
        raise ValueError("p must be between 0 and 1")
    if not training:
        return x
    if p == 1:
        return torch.zeros_like(x)
    return x * torch.bernoulli(torch.full_like(x, 1 - p)) / (1 - p)


@answer("dropout")
def masked_fill(x, p, training=True):
    """Fills dropped elements with zeros, in a copy."""
    if not 0.0 <= p <= 1.0:
        raise ValueError
    if not training:
        return x.clone()
    dropped = torch.rand_like(x) < p
    return (x / (1 - p if p < 1 else 1)).masked_fill(dropped | (p == 1), 0)


@answer("dropout")
def where_with_numpy(x, p, training=True):
    """Draws with NumPy."""
    if not 0 <= p <= 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    keep = torch.from_numpy(np.random.random(tuple(x.shape)) >= p).to(x.device)
    scale = 0.0 if p == 1 else 1 / (1 - p)
    return torch.where(keep, x * scale, torch.zeros_like(x))


@answer("dropout")
def bernoulli_in_place(x, p, training=True):
    """Fills an empty mask in place."""
    if not (p >= 0 and p <= 1):
        raise ValueError("bad p")
    if training and p > 0:
        mask = torch.empty_like(x).bernoulli_(1 - p)
        return mask.mul(x).div(max(1 - p, torch.finfo(x.dtype).eps))
    return x


@answer("dropout")
def autograd_function(x, p, training=True):
    """Has a backward pass of its own."""
    if not 0 <= p <= 1:
        raise ValueError("p out of range")

    class Drop(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            factor = torch.zeros_like(x)
            if p < 1:
                factor = (torch.rand_like(x) >= p).to(x.dtype) / (1 - p)
            ctx.save_for_backward(factor)
            return x * factor

        @staticmethod
        def backward(ctx, gradient):
            (factor,) = ctx.saved_tensors
            return gradient * factor

    return Drop.apply(x) if training else x
