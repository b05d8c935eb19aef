"""Right answers written differently."""

import copy
import math
from typing import NamedTuple

import numpy as np
import torch

from autograder.authoring import answer


class State(NamedTuple):
    w: torch.Tensor
    v: torch.Tensor
    s: torch.Tensor


@answer("adam_step")
def in_place_on_copies(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Works in place on copies, under no_grad, and returns a list."""
    if not t >= 1:
        raise ValueError("t must be at least 1")
    with torch.no_grad():
        w, v, s = w.clone(), v.clone(), s.clone()
        v.mul_(beta1).add_(grad, alpha=1 - beta1)
        s.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
        denominator = (s / (1 - beta2**t)).sqrt_().add_(eps)
        w.addcdiv_(v, denominator, value=-lr / (1 - beta1**t))
    return [w, v, s]


@answer("adam_step")
def lerp(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Moves the moments by lerp, and divides the root by the root of the correction."""
    if t <= 0:
        raise ValueError(t)
    new_v = torch.lerp(v, grad, 1 - beta1)
    new_s = torch.lerp(s, grad.square(), 1 - beta2)
    root = new_s.sqrt() / math.sqrt(1 - beta2**t) + eps
    return w - (lr / (1 - beta1**t)) * (new_v / root), new_v, new_s


@answer("adam_step")
def efficient_order(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Puts both corrections into the learning rate and scales eps to match."""
    if t < 1:
        raise ValueError
    v = v + (1 - beta1) * (grad - v)
    s = s + (1 - beta2) * (grad * grad - s)
    root = (1 - beta2**t) ** 0.5
    w = torch.sub(w, lr * root / (1 - beta1**t) * v / (torch.sqrt(s) + eps * root))
    return State(w, v, s)


@answer("adam_step")
@torch.no_grad()
def element_by_element(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Loops over the elements."""
    if t < 1:
        raise ValueError("t counts from 1")
    w_new, v_new, s_new = torch.empty_like(w), torch.empty_like(v), torch.empty_like(s)
    flat = [x.reshape(-1) for x in (w, grad, v, s)]
    for i in range(flat[0].numel()):
        wi, gi, vi, si = (x[i] for x in flat)
        vi = beta1 * vi + (1 - beta1) * gi
        si = beta2 * si + (1 - beta2) * gi**2
        v_new.view(-1)[i], s_new.view(-1)[i] = vi, si
        w_new.view(-1)[i] = wi - lr * (vi / (1 - beta1**t)) / ((si / (1 - beta2**t)) ** 0.5 + eps)
    return w_new, v_new, s_new


@answer("adam_step")
def double_inside(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Computes in float64 and casts back."""
    if int(t) < 1:
        raise ValueError(f"t = {t}")
    wd, gd, vd, sd = (x.detach().double() for x in (w, grad, v, s))
    vd = beta1 * vd + gd - beta1 * gd
    sd = beta2 * sd + gd.pow(2) - beta2 * gd.pow(2)
    step = lr * vd / (1 - math.pow(beta1, t)) / (torch.sqrt(sd / (1 - math.pow(beta2, t))) + eps)
    return tuple(x.to(w.dtype) for x in (wd - step, vd, sd))


@answer("adam_step")
def with_numpy(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Computes with NumPy, which stops at tensors that require a gradient."""
    if t < 1:
        raise ValueError("t")
    wn, gn, vn, sn = (x.cpu().numpy() for x in (w, grad, v, s))
    vn = beta1 * vn + (1 - beta1) * gn
    sn = beta2 * sn + (1 - beta2) * np.square(gn)
    wn = wn - lr * (vn / (1 - beta1**t)) / (np.sqrt(sn / (1 - beta2**t)) + eps)
    return tuple(torch.from_numpy(x).to(w.device, w.dtype) for x in (wn, vn, sn))


@answer("adam_step")
def helper_functions(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Averages and corrects in helper functions, the correction as a sum of the weights."""

    def average(old, new, beta):
        return beta * old + (1 - beta) * new

    def corrected(moment, beta):
        return moment / ((1 - beta) * sum(beta**k for k in range(t)))

    if t in range(1, 10**9):
        moments = average(v, grad, beta1), average(s, grad.abs() ** 2, beta2)
        step = corrected(moments[0], beta1) / (corrected(moments[1], beta2) ** 0.5 + eps)
        return w + (-lr) * step, *moments
    raise ValueError("t < 1")


@answer("adam_step")
def deep_copies(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Changes deep copies in place, which stops at tensors that require a gradient."""
    if t < 1:
        raise ValueError("t starts at 1")
    w, v, s = copy.deepcopy((w, v, s))
    v *= beta1
    v += (1 - beta1) * grad
    s *= beta2
    s += (1 - beta2) * grad * grad
    corrections = torch.tensor([1 - beta1**t, 1 - beta2**t], dtype=w.dtype, device=w.device)
    w -= lr * (v / corrections[0]) / ((s / corrections[1]).pow(0.5) + eps)
    return w, v, s
