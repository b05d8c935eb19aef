"""Right answers written differently."""

import copy
import math
import random
from collections import deque
from typing import NamedTuple

import numpy as np
import torch
import torch.utils.data

from autograder.authoring import answer


@answer("minibatches")
def python_shuffle(n, batch_size, generator=None):
    """Shuffles a list with Python's own random numbers, or sorts by keys drawn from the generator."""
    if not batch_size >= 1:
        raise ValueError("batch_size must be at least 1")
    if generator is None:
        indices = list(range(n))
        random.shuffle(indices)
    else:
        keys = torch.rand(n, generator=generator, dtype=torch.float64, device=generator.device).tolist()
        indices = sorted(range(n), key=keys.__getitem__)
    device = generator.device if generator is not None else "cpu"
    return [
        torch.tensor(indices[first : first + batch_size], device=device) for first in range(0, n, batch_size)
    ]


@answer("minibatches")
def argsort_of_noise(n, batch_size, generator=None):
    """Sorts random numbers, and returns views in a tuple."""
    if batch_size <= 0:
        raise ValueError(batch_size)
    device = generator.device if generator else None
    noise = torch.rand(n, generator=generator, device=device, dtype=torch.float64)
    return noise.argsort().split(int(batch_size))


@answer("minibatches")
def numpy_permutation(n, batch_size, generator=None):
    """Permutes with NumPy, seeded from the generator where one is given."""
    if batch_size < 1:
        raise ValueError("empty batches")
    if generator is None:
        rng = np.random.default_rng()
    else:
        seed = torch.randint(2**62, (1,), generator=generator, device=generator.device)
        rng = np.random.default_rng(seed.item())
    order = torch.from_numpy(rng.permutation(n).astype(np.int64))
    if generator is not None:
        order = order.to(generator.device)
    batches = []
    while len(order):
        batches.append(order[:batch_size].clone())
        order = order[batch_size:]
    return batches


@answer("minibatches")
def fisher_yates(n, batch_size, generator=None):
    """Shuffles by swapping, one draw a swap."""
    if batch_size < 1:
        raise ValueError
    device = torch.device("cpu") if generator is None else generator.device
    indices = list(range(n))
    draws = torch.rand(n, generator=generator, device=device, dtype=torch.float64).tolist()
    for last in range(n - 1, 0, -1):
        other = int(draws[last] * (last + 1))
        indices[last], indices[other] = indices[other], indices[last]
    whole = torch.tensor(indices, dtype=torch.long, device=device)
    cuts = list(range(batch_size, n, batch_size))
    return list(torch.tensor_split(whole, cuts))


@answer("minibatches")
def weighted_draw(n, batch_size, generator=None):
    """Draws without replacement by torch.multinomial."""
    if batch_size < 1:
        raise ValueError(f"batch_size={batch_size}")
    weights = torch.ones(n, device=getattr(generator, "device", "cpu"))
    order = torch.multinomial(weights, n, replacement=False, generator=generator)
    return [order.narrow(0, i, min(batch_size, n - i)) for i in range(0, n, batch_size)]


@answer("minibatches")
def data_loader(n, batch_size, generator=None):
    """Lets torch's own samplers deal the indices out."""
    if batch_size < 1:
        raise ValueError("batch_size")
    if generator is not None and generator.device.type != "cpu":
        return list(torch.randperm(n, generator=generator, device=generator.device).split(batch_size))
    sampler = torch.utils.data.RandomSampler(range(n), generator=generator)
    batches = torch.utils.data.BatchSampler(sampler, batch_size, drop_last=False)
    return [torch.as_tensor(batch) for batch in batches]


class Pair(NamedTuple):
    w: torch.Tensor
    state: torch.Tensor


@answer("momentum_step")
def momentum_in_place(w, grad, v, lr, gamma):
    """Works in place on copies, under no_grad, and returns a list."""
    with torch.no_grad():
        v = v.clone().mul_(gamma).add_(grad, alpha=lr)
        return [w.clone().sub_(v), v]


@answer("momentum_step")
def momentum_in_one_expression(w, grad, v, lr, gamma):
    """Writes the velocity out in the weights, and returns a named tuple."""
    return Pair(w - gamma * v - lr * grad, torch.add(lr * grad, v, alpha=gamma))


@answer("momentum_step")
def momentum_with_numpy(w, grad, v, lr, gamma):
    """Computes with NumPy, which stops at tensors that require a gradient."""
    wn, gn, vn = (x.cpu().numpy() for x in (w, grad, v))
    vn = gamma * vn + lr * gn
    return tuple(torch.as_tensor(x, dtype=w.dtype, device=w.device) for x in (wn - vn, vn))


@answer("momentum_step")
def momentum_element_by_element(w, grad, v, lr, gamma):
    """Loops over the elements, in float64."""
    rows = zip(*(x.flatten().tolist() for x in (w, grad, v)), strict=True)
    new = [(wi - (gamma * vi + lr * gi), gamma * vi + lr * gi) for wi, gi, vi in rows]
    return tuple(
        torch.tensor(column, dtype=w.dtype, device=w.device).reshape(w.shape)
        for column in zip(*new, strict=True)
    )


@answer("momentum_step")
def momentum_the_other_way_up(w, grad, v, lr, gamma):
    """Keeps a velocity that points downhill inside, and turns it round at the end; detaches all."""
    down = -gamma * v.detach() - lr * grad.detach()
    return w.detach() + down, down.neg()


momentum_lambda = lambda w, grad, v, lr, gamma: (w - (v * gamma + grad * lr), v * gamma + grad * lr)  # noqa: E731


@answer("momentum_step")
def momentum_by_a_lambda(w, grad, v, lr, gamma):
    """Hands over to a lambda."""
    return momentum_lambda(w, grad, v, lr, gamma)


@answer("adagrad_step")
def adagrad_in_place(w, grad, s, lr, eps=1e-6):
    """Works in place on copies, under no_grad, and returns a list."""
    with torch.no_grad():
        s = s.clone().addcmul_(grad, grad)
        return [w.clone().addcdiv_(grad, (s + eps).sqrt_(), value=-lr), s]


@answer("adagrad_step")
def adagrad_by_rsqrt(w, grad, s, lr, eps=1e-6):
    """Multiplies by the reciprocal root, and returns a named tuple."""
    s = s + grad * grad
    return Pair(w - lr * torch.rsqrt(s + eps) * grad, s)


@answer("adagrad_step")
def adagrad_by_powers(w, grad, s, lr, eps=1e-6):
    """Raises to the power of -0.5, with float64 inside."""
    wd, gd, sd = (x.double() for x in (w, grad, s))
    sd = sd + gd.abs().pow(2)
    rate = lr * (sd + eps) ** -0.5
    return (wd - rate * gd).to(w.dtype), sd.to(s.dtype)


@answer("adagrad_step")
def adagrad_with_numpy(w, grad, s, lr, eps=1e-6):
    """Computes with NumPy, which stops at tensors that require a gradient."""
    wn, gn, sn = (x.cpu().numpy() for x in (w, grad, s))
    sn = sn + np.square(gn)
    new = wn - lr * gn / np.sqrt(sn + eps)
    return tuple(torch.as_tensor(x, dtype=w.dtype, device=w.device) for x in (new, sn))


@answer("adagrad_step")
def adagrad_element_by_element(w, grad, s, lr, eps=1e-6):
    """Loops over the elements."""
    rows = zip(*(x.flatten().tolist() for x in (w, grad, s)), strict=True)
    new = [(wi - lr * gi / math.sqrt(si + gi**2 + eps), si + gi**2) for wi, gi, si in rows]
    return tuple(
        torch.tensor(column, dtype=w.dtype, device=w.device).reshape(w.shape)
        for column in zip(*new, strict=True)
    )


@answer("rmsprop_step")
def rmsprop_in_place(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """Works in place on copies, under no_grad, and returns a list."""
    with torch.no_grad():
        s = s.clone().mul_(gamma).addcmul_(grad, grad, value=1 - gamma)
        return [w.clone().addcdiv_(grad, (s + eps).sqrt_(), value=-lr), s]


@answer("rmsprop_step")
def rmsprop_by_lerp(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """Moves the average by lerp, and returns a named tuple."""
    s = torch.lerp(s, grad.square(), 1 - gamma)
    return Pair(torch.addcmul(w, grad, torch.rsqrt(s + eps), value=-lr), s)


@answer("rmsprop_step")
def rmsprop_by_correction(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """Adds a share of the difference, in float64."""
    wd, gd, sd = (x.detach().double() for x in (w, grad, s))
    sd = sd + (1 - gamma) * (gd * gd - sd)
    return (wd - lr * gd / (sd + eps).pow(0.5)).to(w.dtype), sd.to(s.dtype)


@answer("rmsprop_step")
def rmsprop_with_numpy(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """Computes with NumPy, which stops at tensors that require a gradient."""
    wn, gn, sn = (x.cpu().numpy() for x in (w, grad, s))
    sn = gamma * sn + (1 - gamma) * gn**2
    new = wn - lr * gn / np.sqrt(sn + eps)
    return tuple(torch.as_tensor(x, dtype=w.dtype, device=w.device) for x in (new, sn))


@answer("rmsprop_step")
def rmsprop_with_helpers(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """Averages and scales in helper functions."""

    def average(old, new):
        return old * gamma + new * (1 - gamma)

    def scaled(x, squares):
        return x / torch.sqrt(squares + torch.full_like(squares, eps))

    squares = average(s, torch.mul(grad, grad))
    return w + (-lr) * scaled(grad, squares), squares


@answer("adadelta_step")
def adadelta_in_place(w, grad, s, delta, rho=0.9, eps=1e-5):
    """Works in place on copies, under no_grad, and returns a list."""
    with torch.no_grad():
        s = s.clone().mul_(rho).addcmul_(grad, grad, value=1 - rho)
        g = (delta + eps).sqrt_().div_((s + eps).sqrt_()).mul_(grad)
        delta = delta.clone().mul_(rho).addcmul_(g, g, value=1 - rho)
        return [w.clone().sub_(g), s, delta]


@answer("adadelta_step")
def adadelta_by_lerp(w, grad, s, delta, rho=0.9, eps=1e-5):
    """Moves both averages by lerp, with the square of the step from the quotient."""
    squares = grad.square()
    s = s.lerp(squares, 1 - rho)
    ratio = (delta + eps) / (s + eps)
    return w - ratio.sqrt() * grad, s, delta.lerp(ratio * squares, 1 - rho)


class Triple(NamedTuple):
    w: torch.Tensor
    s: torch.Tensor
    delta: torch.Tensor


@answer("adadelta_step")
def adadelta_by_roots(w, grad, s, delta, rho=0.9, eps=1e-5):
    """Divides two roots, and returns a named tuple."""

    def rms(squares):
        return (squares + eps) ** 0.5

    s = torch.add((1 - rho) * grad.pow(2), s, alpha=rho)
    step = grad / rms(s) * rms(delta)
    return Triple(w.sub(step), s, rho * delta + step * step * (1 - rho))


@answer("adadelta_step")
def adadelta_with_numpy(w, grad, s, delta, rho=0.9, eps=1e-5):
    """Computes with NumPy, which stops at tensors that require a gradient."""
    wn, gn, sn, dn = (x.cpu().numpy() for x in (w, grad, s, delta))
    sn = rho * sn + (1 - rho) * gn**2
    step = np.sqrt((dn + eps) / (sn + eps)) * gn
    new = (wn - step, sn, rho * dn + (1 - rho) * step**2)
    return tuple(torch.as_tensor(x, dtype=w.dtype, device=w.device) for x in new)


@answer("adadelta_step")
def adadelta_element_by_element(w, grad, s, delta, rho=0.9, eps=1e-5):
    """Loops over the elements, in float64."""
    new = []
    for wi, gi, si, di in zip(*(x.flatten().tolist() for x in (w, grad, s, delta)), strict=True):
        si = rho * si + (1 - rho) * gi * gi
        step = math.sqrt(di + eps) / math.sqrt(si + eps) * gi
        new.append((wi - step, si, rho * di + (1 - rho) * step * step))
    return tuple(
        torch.tensor(column, dtype=w.dtype, device=w.device).reshape(w.shape)
        for column in zip(*new, strict=True)
    )


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
    w_new, v_new, s_new = (torch.empty(x.shape, dtype=x.dtype, device=x.device) for x in (w, v, s))
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


@answer("halve_on_plateau")
def sliding_deque(accuracies, lr, patience=10, tolerance=1e-3):
    """Keeps the last accuracies in a deque and counts halvings."""
    recent = deque(maxlen=patience)
    halvings = 0
    rates = []
    for accuracy in accuracies:
        rates.append(lr * 0.5**halvings)
        recent.append(accuracy)
        if len(recent) == patience and max(recent) <= min(recent) + tolerance:
            halvings = min(halvings + 1, 10)
            recent.clear()
    return rates


@answer("halve_on_plateau")
def recursive(accuracies, lr, patience=10, tolerance=1e-3):
    """Looks for the first plateau and goes on behind it by recursion; returns a tuple."""

    def rates(rest, rate, floor):
        for end in range(patience, len(rest) + 1):
            window = rest[end - patience : end]
            if max(window) - min(window) <= tolerance:
                lower = rate / 2 if rate > floor else floor
                return (rate,) * end + rates(rest[end:], lower, floor)
        return (rate,) * len(rest)

    return rates(list(accuracies), lr, lr / 2**10)


@answer("halve_on_plateau")
def with_a_tensor(accuracies, lr, patience=10, tolerance=1e-3):
    """Looks at the bands of a float64 tensor's windows, all at once."""
    values = torch.tensor(accuracies, dtype=torch.float64)
    flat = set()
    if len(accuracies) >= patience:
        windows = values.unfold(0, patience, 1)
        bands = windows.amax(dim=1) - windows.amin(dim=1)
        flat = {start + patience - 1 for start in (bands <= tolerance).nonzero().flatten().tolist()}
    rates, rate, earliest = [], float(lr), patience - 1
    for epoch in range(len(accuracies)):
        rates.append(rate)
        if epoch in flat and epoch >= earliest and rate / 2 >= lr / 1024:
            rate /= 2
            earliest = epoch + patience
    return rates


@answer("halve_on_plateau")
def with_numpy_float32(accuracies, lr, patience=10, tolerance=1e-3):
    """Computes bands and rates in NumPy, the bands in float32, and returns NumPy's floats."""
    values = np.asarray(accuracies, dtype=np.float32)
    rates = np.full(len(values), lr, dtype=np.float64)
    start = 0
    for epoch in range(len(values)):
        if epoch - start + 1 >= patience and np.ptp(values[epoch - patience + 1 : epoch + 1]) <= tolerance:
            rates[epoch + 1 :] = np.maximum(rates[epoch + 1 :] / 2, lr / 1024)
            start = epoch + 1
    return list(rates)


@answer("halve_on_plateau")
def counter_of_epochs(accuracies, lr, patience=10, tolerance=1e-3):
    """Counts the epochs since the latest halving, and prepares all rates in advance."""
    ladder = [lr / 2**k for k in range(11)]
    rung = count = 0
    used = []
    for epoch, _ in enumerate(accuracies):
        used += [ladder[rung]]
        count += 1
        last = sorted(accuracies[max(0, epoch + 1 - patience) : epoch + 1])
        if count >= patience and last[-1] - last[0] <= tolerance:
            rung, count = min(rung + 1, len(ladder) - 1), 0
    return used


@answer("halve_on_plateau")
def stops_looking_at_the_floor(accuracies, lr, patience=10, tolerance=1e-3):
    """Fills the list up once the floor is reached, and compares all pairs."""
    rates, window, rate = [], [], lr
    for accuracy in accuracies:
        rates.append(rate)
        if rate == lr / 1024:
            return rates + [rate] * (len(accuracies) - len(rates))
        window = [*window, accuracy][-patience:]
        if len(window) == patience and all(abs(a - b) <= tolerance for a in window for b in window):
            rate, window = rate * 0.5, []
    return rates
