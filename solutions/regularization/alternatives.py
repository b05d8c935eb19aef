"""Right answers written differently."""

import itertools
import math
from typing import NamedTuple

import numpy as np
import torch

from autograder.authoring import answer


class Split(NamedTuple):
    """Name the two parts."""

    train: torch.Tensor
    valid: torch.Tensor


@answer("k_fold_split")
def tensor_split(n, k, i):
    """Lets torch cut."""
    if k < 2 or k > n or i < 0 or i >= k:
        raise ValueError
    folds = list(torch.arange(n).tensor_split(k))
    valid = folds.pop(i)
    return torch.cat(folds), valid


@answer("k_fold_split")
def numpy_split(n, k, i):
    """Lets NumPy cut, and returns a list."""
    if not 2 <= k <= n:
        raise ValueError("k")
    if i not in range(k):
        raise ValueError("i")
    folds = np.array_split(np.arange(n, dtype=np.int64), k)
    rest = np.concatenate([fold for j, fold in enumerate(folds) if j != i])
    return [torch.from_numpy(rest), torch.from_numpy(folds[i])]


@answer("k_fold_split")
def one_index_at_a_time(n, k, i):
    """Deals out the indices in a loop, and returns a NamedTuple."""
    if min(k - 2, n - k, i, k - 1 - i) < 0:
        raise ValueError("impossible")
    train, valid, fold, left = [], [], 0, n // k + (n % k > 0)
    for index in range(n):
        if left == 0:
            fold += 1
            left = n // k + (fold < n % k)
        (valid if fold == i else train).append(index)
        left -= 1
    return Split(torch.tensor(train), torch.tensor(valid))


@answer("k_fold_split")
def masked(n, k, i):
    """Finds the indices that a mask sets; refuses with a subclass of ValueError."""

    class NoSuchFold(ValueError):
        pass

    if not (2 <= k <= n and 0 <= i < k):
        raise NoSuchFold
    index = torch.arange(n)
    size, extra = n // k, n % k
    long = extra * (size + 1)
    fold = torch.where(index < long, index // (size + 1), extra + (index - long) // size)
    return (fold != i).nonzero(as_tuple=True)[0], (fold == i).nonzero(as_tuple=True)[0]


@answer("k_fold_split")
def scikit_learn(n, k, i):
    """Leaves it to scikit-learn, which refuses most impossible values itself."""
    from sklearn.model_selection import KFold

    if i < 0 or i >= k:
        raise ValueError("no such fold")
    splits = KFold(k).split(range(n))
    return tuple(torch.as_tensor(part) for part in next(itertools.islice(splits, i, None)))


@answer("k_fold_split")
def sets_of_indices(n, k, i):
    """Takes the difference of two sets."""
    if not 2 <= k <= n or not 0 <= i <= k - 1:
        raise ValueError
    sizes = [n // k + 1] * (n % k) + [n // k] * (k - n % k)
    bounds = [0, *itertools.accumulate(sizes)]
    valid = set(range(bounds[i], bounds[i + 1]))
    return torch.LongTensor(sorted(set(range(n)) - valid)), torch.LongTensor(sorted(valid))


@answer("l2_penalty")
def scalar_product(w):
    """The scalar product of the flattened weights with themselves."""
    flat = w.reshape(-1)
    return flat.dot(flat).div(2)


@answer("l2_penalty")
def squared_norm(w):
    """Half the squared norm."""
    return 0.5 * torch.linalg.vector_norm(w) ** 2


@answer("l2_penalty")
def einsum_penalty(w):
    """Sums with einsum."""
    return torch.einsum("...,...->", w, w) / 2


@answer("l2_penalty")
def mean_times_number(w):
    """The mean of squares times their number, halved."""
    return w.pow(2).mean() * (w.numel() / 2)


@answer("l2_penalty")
def squared_error(w):
    """Half the squared distance from zero, by a loss function of torch's."""
    return torch.nn.functional.mse_loss(w, torch.zeros_like(w), reduction="sum") / 2


@answer("l2_penalty")
def element_by_element(w):
    """Adds up in a loop."""
    total = w.new_zeros(())
    for value in w.flatten():
        total = total + value * value / 2
    return total


@answer("l2_penalty")
def summed_in_float64(w):
    """Adds up in float64 and casts back."""
    return (0.5 * w.double().square().sum()).to(w.dtype)


@answer("sgd_weight_decay_step")
def gradient_of_the_penalty_added(w, grad, lr, weight_decay):
    """Adds the penalty's gradient to the loss's."""
    return w - lr * (grad + weight_decay * w)


@answer("sgd_weight_decay_step")
def in_place_on_a_copy(w, grad, lr, weight_decay):
    """Works in place, on a copy and without a graph."""
    with torch.no_grad():
        new = w.clone()
        new *= 1 - lr * weight_decay
        new -= lr * grad
    return new


@answer("sgd_weight_decay_step")
def torch_sgd(w, grad, lr, weight_decay):
    """Lets torch's optimiser take the step."""
    parameter = torch.nn.Parameter(w.detach().clone())
    parameter.grad = grad.detach().clone()
    torch.optim.SGD([parameter], lr=lr, weight_decay=weight_decay).step()
    return parameter.detach()


@answer("sgd_weight_decay_step")
def numpy_step(w, grad, lr, weight_decay):
    """Computes with NumPy, in the dtype of w."""
    step = lr * grad.detach().cpu().numpy() + lr * weight_decay * w.detach().cpu().numpy()
    return w.detach() - torch.as_tensor(step, dtype=w.dtype).to(w.device)


@answer("sgd_weight_decay_step")
def by_autograd(w, grad, lr, weight_decay):
    """Differentiates a loss whose gradient is grad, plus the penalty."""
    with torch.enable_grad():
        leaf = w.detach().clone().requires_grad_()
        loss = (leaf * grad.detach()).sum() + weight_decay * leaf.square().sum() / 2
        (slope,) = torch.autograd.grad(loss, leaf)
    return torch.add(w.detach(), slope, alpha=-lr)


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


@answer("early_stopping")
def every_beginning(losses, patience):
    """Looks at every beginning of the list anew."""
    for stop in range(len(losses)):
        numbers = [math.inf if math.isnan(loss) else loss for loss in losses[: stop + 1]]
        best = numbers.index(min(numbers))
        if stop == best + patience:
            return stop, best
    return stop, best


@answer("early_stopping")
def counts_the_wait(losses, patience):
    """Counts epochs without improvement."""
    lowest, best, waited = None, 0, 0
    for epoch in range(len(losses)):
        loss = losses[epoch]
        if not math.isnan(loss) and (lowest is None or loss < lowest):
            lowest, best, waited = loss, epoch, 0
        elif epoch > 0:
            waited += 1
        if waited == patience:
            return [epoch, best]
    return [len(losses) - 1, best]


@answer("early_stopping")
def by_running_minimum(losses, patience):
    """Takes a running minimum with NumPy, and returns its integers."""
    values = np.nan_to_num(np.array(losses, dtype=np.float64), nan=np.inf, posinf=np.inf, neginf=-np.inf)
    lowest = np.minimum.accumulate(values)
    improved = np.concatenate([[True], lowest[1:] < lowest[:-1]])
    best = np.maximum.accumulate(np.where(improved, np.arange(len(values)), 0))
    out_of_patience = np.flatnonzero(np.arange(len(values)) - best >= patience)
    stop = out_of_patience[0] if len(out_of_patience) else np.int64(len(values) - 1)
    return stop, best[stop]


@answer("early_stopping")
def with_torch(losses, patience):
    """Uses torch's cumulative minimum of float64 numbers."""
    values = torch.tensor(losses, dtype=torch.float64).nan_to_num(nan=math.inf, posinf=math.inf)
    for stop in range(len(losses)):
        lowest = values[: stop + 1].min()
        best = int((values[: stop + 1] == lowest).nonzero()[0])
        if stop - best >= patience:
            break
    return stop, best


@answer("early_stopping")
def recursive(losses, patience):
    """Goes from epoch to epoch by recursion, on a list of its own."""
    losses = list(losses)

    def go(epoch, best):
        if losses[epoch] < losses[best] or (losses[best] != losses[best] and losses[epoch] == losses[epoch]):
            best = epoch
        if epoch - best >= patience or epoch == len(losses) - 1:
            return epoch, best
        return go(epoch + 1, best)

    return go(0, 0)


@answer("covariate_shift_weights")
def minimum_with_a_number(logits, clip=None):
    """Limits with minimum, in the odds' own dtype."""
    weights = logits.exp()
    if clip is None:
        return weights
    return torch.minimum(weights, torch.full_like(weights, clip))


@answer("covariate_shift_weights")
def limits_the_logits(logits, clip=None):
    """Limits the logits by the logarithm of clip."""
    with torch.no_grad():
        return torch.exp(logits if clip is None else logits.clamp(max=math.log(clip)))


@answer("covariate_shift_weights")
def numpy_weights(logits, clip=None):
    """Computes with NumPy, which refuses tensors that require a gradient."""
    weights = np.exp(logits.numpy())
    return torch.from_numpy(weights if clip is None else np.minimum(weights, weights.dtype.type(clip)))


@answer("covariate_shift_weights")
def one_logit_at_a_time(logits, clip=math.inf):
    """Takes one logit after the other with the math module."""
    limit = math.inf if clip is None else clip
    weights = [min(math.exp(logit), limit) for logit in logits.flatten().tolist()]
    return torch.tensor(weights, dtype=logits.dtype, device=logits.device).reshape(logits.shape)


@answer("covariate_shift_weights")
def ratio_of_probabilities(logits, clip=None):
    """Takes the ratio of the two probabilities on the logarithmic scale."""
    log_target, log_source = torch.nn.functional.logsigmoid(logits), torch.nn.functional.logsigmoid(-logits)
    weights = torch.exp(log_target - log_source)
    if clip is not None:
        weights[weights > clip] = clip
    return weights


@answer("label_shift_weights")
def by_the_inverse(confusion, target_prediction, source_label):
    """Multiplies with the inverse."""
    target = torch.relu(torch.linalg.inv(confusion) @ target_prediction)
    return target / (source_label * target.sum())


@answer("label_shift_weights")
def by_least_squares(confusion, target_prediction, source_label):
    """Solves by least squares."""
    with torch.no_grad():
        target = torch.linalg.lstsq(confusion, target_prediction.unsqueeze(1)).solution.squeeze(1)
        target[target < 0] = 0
        target /= target.sum()
        return target / source_label


@answer("label_shift_weights")
def numpy_weights_of_labels(confusion, target_prediction, source_label):
    """Solves with NumPy, which refuses tensors that require a gradient."""
    target = np.maximum(np.linalg.solve(confusion.numpy(), target_prediction.numpy()), 0)
    return torch.from_numpy(target / target.sum() / source_label.numpy())


@answer("label_shift_weights")
def by_elimination(confusion, target_prediction, source_label):
    """Eliminates by hand, in Python's own numbers."""
    rows = [[*row, right] for row, right in zip(confusion.tolist(), target_prediction.tolist(), strict=True)]
    k = len(rows)
    for j in range(k):
        pivot = max(range(j, k), key=lambda r: abs(rows[r][j]))
        rows[j], rows[pivot] = rows[pivot], rows[j]
        for r in range(k):
            if r != j:
                factor = rows[r][j] / rows[j][j]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[j], strict=True)]
    shares = [max(rows[j][k] / rows[j][j], 0.0) for j in range(k)]
    target = torch.tensor(shares, dtype=source_label.dtype, device=source_label.device)
    return target / target.sum() / source_label


@answer("label_shift_weights")
def solved_in_float64(confusion, target_prediction, source_label):
    """Solves a system with a column on the right, in float64, and casts back."""
    solution = torch.linalg.pinv(confusion.double()) @ target_prediction.double().reshape(-1, 1)
    shares = torch.where(solution < 0, torch.zeros_like(solution), solution).flatten()
    return (shares / shares.sum() / source_label.double()).to(source_label.dtype)
