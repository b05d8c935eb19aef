"""Wrong answers that students give, each with the sentence they are told."""

import math

import numpy as np
import torch

from autograder.authoring import answer


def refuse_impossible(n, k, i):
    """Refuse what k_fold_split refuses."""
    if not (2 <= k <= n and 0 <= i < k):
        raise ValueError("there is no such fold")


def cut_out(index, start, stop):
    """Return what lies outside and inside of start to stop."""
    return torch.cat([index[:start], index[stop:]]), index[start:stop]


def first_lowest(losses, last):
    """Return the first epoch of the lowest loss up to the epoch `last`; 0 where all are NaN."""
    known = [(loss, epoch) for epoch, loss in enumerate(losses[: last + 1]) if loss == loss]
    return min(known)[1] if known else 0


def at_most(weights, clip):
    """Return the weights, limited from above where clip is given."""
    return weights if clip is None else weights.clamp(max=clip)


def weights_of(target, source_label):
    """Return the ratio of shares, those of the target mended first."""
    target = target.clamp(min=0)
    return target / target.sum() / source_label


@answer("k_fold_split")
def remainder_in_the_last_fold(n, k, i):
    """The last fold takes the whole remainder; each of the first n % k folds holds one more."""
    refuse_impossible(n, k, i)
    size = n // k
    return cut_out(torch.arange(n), i * size, n if i == k - 1 else (i + 1) * size)


@answer("k_fold_split")
def remainder_never_validated(n, k, i):
    """All folds hold n // k indices, so the remainder is in no fold; each of the first n % k folds holds one more."""
    refuse_impossible(n, k, i)
    size = n // k
    return cut_out(torch.arange(n), i * size, (i + 1) * size)


@answer("k_fold_split")
def remainder_thrown_away(n, k, i):
    """The remainder is in neither train nor valid; each of the first n % k folds holds one more."""
    refuse_impossible(n, k, i)
    size = n // k
    return cut_out(torch.arange(size * k), i * size, (i + 1) * size)


@answer("k_fold_split")
def last_folds_are_longer(n, k, i):
    """The last n % k folds hold one more; it should be the first ones."""
    refuse_impossible(n, k, i)
    sizes = [n // k + (j >= k - n % k) for j in range(k)]
    return cut_out(torch.arange(n), sum(sizes[:i]), sum(sizes[: i + 1]))


@answer("k_fold_split")
def longer_folds_overlap(n, k, i):
    """The first n % k folds hold one more, but the ones behind them do not start later by as much."""
    refuse_impossible(n, k, i)
    size, start = n // k, i * (n // k)
    return cut_out(torch.arange(n), start, start + size + (i < n % k))


@answer("k_fold_split")
def fold_size_rounded_up(n, k, i):
    """The size n / k is rounded up for every fold, so the last ones run short; fold sizes differ by at most one."""
    refuse_impossible(n, k, i)
    size = -(-n // k)
    return cut_out(torch.arange(n), i * size, min(n, (i + 1) * size))


@answer("k_fold_split")
def cuts_rounded(n, k, i):
    """The cuts are multiples of n / k, rounded down, so that the longer folds are anywhere; they should come first."""
    refuse_impossible(n, k, i)
    return cut_out(torch.arange(n), i * n // k, (i + 1) * n // k)


@answer("k_fold_split")
def train_and_valid_swapped(n, k, i):
    """The two results are swapped: train, the larger part, comes first."""
    refuse_impossible(n, k, i)
    valid = torch.tensor_split(torch.arange(n), k)[i]
    return valid, torch.tensor([j for j in range(n) if j not in valid])


@answer("k_fold_split")
def folds_counted_from_one(n, k, i):
    """Folds are counted from 1; the first one has i = 0."""
    refuse_impossible(n, k, i)
    folds = torch.tensor_split(torch.arange(n), k)
    return torch.cat(folds[: i - 1] + folds[i:] if i else folds[:-1]), folds[i - 1]


@answer("k_fold_split")
def every_kth_index(n, k, i):
    """A fold takes every k-th index; folds are contiguous."""
    refuse_impossible(n, k, i)
    index = torch.arange(n)
    return index[index % k != i], index[i::k]


@answer("k_fold_split")
def shuffled_first(n, k, i):
    """The indices are shuffled before they are cut; folds are contiguous, and both results ascend."""
    refuse_impossible(n, k, i)
    folds = torch.tensor_split(torch.randperm(n, generator=torch.Generator().manual_seed(0)), k)
    return torch.cat(folds[:i] + folds[i + 1 :]), folds[i]


@answer("k_fold_split")
def train_before_the_fold_only(n, k, i):
    """train holds only what comes before the fold; what comes after it belongs there as well."""
    refuse_impossible(n, k, i)
    folds = torch.tensor_split(torch.arange(n), k)
    return torch.arange(int(folds[i][0])), folds[i]


@answer("k_fold_split")
def train_starts_behind_the_fold(n, k, i):
    """train begins behind the fold and goes on from 0; it should ascend."""
    refuse_impossible(n, k, i)
    folds = torch.tensor_split(torch.arange(n), k)
    return torch.cat(folds[i + 1 :] + folds[:i]), folds[i]


@answer("k_fold_split")
def train_is_everything(n, k, i):
    """train holds the indices of the fold as well; what validates a model must be unknown to it."""
    refuse_impossible(n, k, i)
    return torch.arange(n), torch.tensor_split(torch.arange(n), k)[i]


@answer("k_fold_split")
def fold_ends_one_early(n, k, i):
    """The last index of the fold is left out: the end of a slice is not part of it."""
    refuse_impossible(n, k, i)
    folds = torch.tensor_split(torch.arange(n), k)
    return torch.cat(folds[:i] + folds[i + 1 :]), folds[i][:-1]


@answer("k_fold_split")
def floating_point_indices(n, k, i):
    """The indices are floating-point numbers; they should be int64."""
    refuse_impossible(n, k, i)
    folds = torch.tensor_split(torch.arange(float(n)), k)
    return torch.cat(folds[:i] + folds[i + 1 :]), folds[i]


@answer("k_fold_split")
def int32_indices(n, k, i):
    """The indices are int32; they should be int64."""
    refuse_impossible(n, k, i)
    folds = torch.tensor_split(torch.arange(n, dtype=torch.int32), k)
    return torch.cat(folds[:i] + folds[i + 1 :]), folds[i]


@answer("k_fold_split")
def lists_of_indices(n, k, i):
    """The results are lists; they should be int64 tensors."""
    refuse_impossible(n, k, i)
    valid = torch.tensor_split(torch.arange(n), k)[i].tolist()
    return [j for j in range(n) if j not in valid], valid


@answer("k_fold_split")
def numpy_indices(n, k, i):
    """The results are NumPy arrays; they should be int64 tensors."""
    refuse_impossible(n, k, i)
    folds = np.array_split(np.arange(n), k)
    return np.concatenate(folds[:i] + folds[i + 1 :]), folds[i]


@answer("k_fold_split")
def masks(n, k, i):
    """The results are masks of True and False; they should hold the indices themselves."""
    refuse_impossible(n, k, i)
    valid = torch.zeros(n, dtype=torch.bool)
    valid[torch.tensor_split(torch.arange(n), k)[i]] = True
    return ~valid, valid


@answer("k_fold_split")
def nothing_refused(n, k, i):
    """Impossible values of k and i are not refused; raise ValueError."""
    size, extra = divmod(n, k)
    start = i * size + min(i, extra)
    return cut_out(torch.arange(n), start, start + size + (i < extra))


@answer("k_fold_split")
def asserted(n, k, i):
    """Impossible values are refused with AssertionError; raise ValueError."""
    assert 2 <= k <= n and 0 <= i < k
    return cut_out(torch.arange(n), i * (n // k) + min(i, n % k), (i + 1) * (n // k) + min(i + 1, n % k))


@answer("k_fold_split")
def single_fold_accepted(n, k, i):
    """k = 1 is not refused, although it leaves nothing to train on; raise ValueError for k below 2."""
    if k < 1 or k > n or not 0 <= i < k:
        raise ValueError("there is no such fold")
    return cut_out(torch.arange(n), i * (n // k) + min(i, n % k), (i + 1) * (n // k) + min(i + 1, n % k))


@answer("k_fold_split")
def only_k_1_refused(n, k, i):
    """k = 1 is refused, but 0 and negative values are not; raise ValueError for any k below 2."""
    if k == 1 or k > n or (k > 0 and not 0 <= i < k):
        raise ValueError("there is no such fold")
    return cut_out(torch.arange(n), i * (n // k) + min(i, n % k), (i + 1) * (n // k) + min(i + 1, n % k))


@answer("k_fold_split")
def more_folds_than_indices(n, k, i):
    """k above n is not refused, although it leaves folds empty; raise ValueError."""
    if k < 2 or not 0 <= i < k:
        raise ValueError("there is no such fold")
    return cut_out(torch.arange(n), i * (n // k) + min(i, n % k), (i + 1) * (n // k) + min(i + 1, n % k))


@answer("k_fold_split")
def i_not_checked(n, k, i):
    """i is not checked; raise ValueError unless 0 <= i < k."""
    if not 2 <= k <= n:
        raise ValueError("there are no such folds")
    return cut_out(torch.arange(n), i * (n // k) + min(i, n % k), (i + 1) * (n // k) + min(i + 1, n % k))


@answer("k_fold_split")
def i_may_be_k(n, k, i):
    """i = k is not refused, although the last fold has i = k - 1; raise ValueError."""
    if not (2 <= k <= n and 0 <= i <= k):
        raise ValueError("there is no such fold")
    return cut_out(torch.arange(n), i * (n // k) + min(i, n % k), (i + 1) * (n // k) + min(i + 1, n % k))


@answer("k_fold_split")
def negative_i_counts_from_the_end(n, k, i):
    """A negative i is taken as counting from the last fold; raise ValueError."""
    if not (2 <= k <= n and i < k):
        raise ValueError("there is no such fold")
    i = i % k
    return cut_out(torch.arange(n), i * (n // k) + min(i, n % k), (i + 1) * (n // k) + min(i + 1, n % k))


@answer("k_fold_split")
def leave_one_out_refused(n, k, i):
    """k = n is refused; it is allowed, and leaves one index out at a time."""
    if not (2 <= k < n and 0 <= i < k):
        raise ValueError("there is no such fold")
    return cut_out(torch.arange(n), i * (n // k) + min(i, n % k), (i + 1) * (n // k) + min(i + 1, n % k))


@answer("k_fold_split")
def two_folds_refused(n, k, i):
    """k = 2 is refused; it is allowed."""
    if not (2 < k <= n and 0 <= i < k):
        raise ValueError("there is no such fold")
    return cut_out(torch.arange(n), i * (n // k) + min(i, n % k), (i + 1) * (n // k) + min(i + 1, n % k))


@answer("k_fold_split")
def folds_under_other_names(n, folds, fold):
    """The arguments have other names; they are n, k and i."""
    refuse_impossible(n, folds, fold)
    size, extra = divmod(n, folds)
    start = fold * size + min(fold, extra)
    return cut_out(torch.arange(n), start, start + size + (fold < extra))


@answer("l2_penalty")
def sum_without_half(w):
    """The sum of squares is not halved."""
    return (w**2).sum()


@answer("l2_penalty")
def mean_of_squares(w):
    """The squares are averaged; they should be summed."""
    return (w**2).mean() / 2


@answer("l2_penalty")
def averaged_over_rows(w):
    """The sum is divided by the number of rows; a penalty on weights knows no batch."""
    return (w**2).sum() / 2 / max(1, w.shape[0] if w.dim() else 1)


@answer("l2_penalty")
def norm_not_squared(w):
    """This is half the norm; the penalty is half the squared norm, so leave out the root."""
    return w.norm() / 2


@answer("l2_penalty")
def largest_singular_value(w):
    """For a matrix, linalg.norm with ord=2 is the largest singular value; sum the squares of all elements."""
    return torch.linalg.norm(w.reshape(len(w), -1) if w.dim() > 1 else w.reshape(-1), 2) ** 2 / 2


@answer("l2_penalty")
def sum_of_magnitudes(w):
    """This is half the sum of magnitudes, an L1 penalty; square the elements."""
    return w.abs().sum() / 2


@answer("l2_penalty")
def squared_after_the_sum(w):
    """The sum is squared; square the elements first, then sum."""
    return w.sum() ** 2 / 2


@answer("l2_penalty")
def one_penalty_per_row(w):
    """Only the last axis is summed, which leaves one number per row; sum over all axes."""
    return (w**2).sum(-1) / 2


@answer("l2_penalty")
def matrix_product(w):
    """w @ w is a matrix product, which is the sum of squares for a vector alone; multiply element by element."""
    return (w @ w).sum() / 2 if w.dim() else w * w / 2


@answer("l2_penalty")
def matrices_only(w):
    """The sum runs over two axes, so only matrices work; sum over all axes, however many there are."""
    rows, columns = w.shape
    return sum(w[i, j] ** 2 for i in range(rows) for j in range(columns)) / 2


@answer("l2_penalty")
def python_number(w):
    """The result is a Python number, through which no gradient flows; return a tensor."""
    return (w**2).sum().item() / 2


@answer("l2_penalty")
def penalty_with_an_axis(w):
    """The result has shape (1,); a scalar tensor has no axes."""
    return (w**2).sum().reshape(1) / 2


@answer("l2_penalty")
def penalty_without_graph(w):
    """The result is cut from the graph (detach, .data or no_grad), so no gradient reaches w."""
    return (w.detach() ** 2).sum() / 2


@answer("l2_penalty")
def gradient_doubled(w):
    """The gradient is 2 w, because only the value is halved; the gradient of half the sum of squares is w."""
    total = (w**2).sum()
    return total - total.detach() / 2


@answer("l2_penalty")
def root_before_the_square(w):
    """The root of the sum, squared again, has no gradient at 0 (it comes out as NaN); leave out the root."""
    return torch.sqrt((w * w).sum()) ** 2 / 2


@answer("l2_penalty")
def contiguous_only(w):
    """view(-1) fails on a tensor that is not contiguous, such as a transposed one; sum over all axes instead."""
    flat = w.view(-1)
    return flat @ flat / 2


@answer("l2_penalty")
def squared_in_place(w):
    """w itself is squared; make a new tensor."""
    total = (w**2).sum() / 2
    w.data.pow_(2)
    return total


@answer("l2_penalty")
def penalty_always_float32(w):
    """The result is float32 whatever the dtype of w."""
    return (w**2).sum().float() / 2


@answer("l2_penalty")
def penalty_always_float64(w):
    """The result is float64 whatever the dtype of w."""
    return (w**2).sum().double() / 2


@answer("l2_penalty")
def summed_on_the_cpu(w):
    """The sum is made on the CPU; make it on the device of w."""
    squares = w.reshape(-1, 1) ** 2
    total = torch.zeros(1, dtype=w.dtype)
    for row in squares:
        total = torch.cat([total, row])
    return total.sum() / 2


@answer("l2_penalty")
def penalty_of_another_name(weights):
    """The argument has another name; it is w."""
    return (weights**2).sum() / 2


@answer("sgd_weight_decay_step")
def decay_without_the_learning_rate(w, grad, lr, weight_decay):
    """The weights shrink by weight_decay alone; the share is lr * weight_decay."""
    return (1 - weight_decay) * w - lr * grad


@answer("sgd_weight_decay_step")
def gradient_without_the_learning_rate(w, grad, lr, weight_decay):
    """The gradient is not multiplied by lr."""
    return (1 - lr * weight_decay) * w - grad


@answer("sgd_weight_decay_step")
def no_decay(w, grad, lr, weight_decay):
    """This is a step without weight decay: w has to shrink as well."""
    return w - lr * grad


@answer("sgd_weight_decay_step")
def no_gradient(w, grad, lr, weight_decay):
    """The weights shrink, but do not move against the gradient."""
    return (1 - lr * weight_decay) * w


@answer("sgd_weight_decay_step")
def weights_grow(w, grad, lr, weight_decay):
    """The weights grow by the share lr * weight_decay; they should shrink."""
    return (1 + lr * weight_decay) * w - lr * grad


@answer("sgd_weight_decay_step")
def uphill(w, grad, lr, weight_decay):
    """The step goes along the gradient; subtract it."""
    return (1 - lr * weight_decay) * w + lr * grad


@answer("sgd_weight_decay_step")
def decay_after_the_step(w, grad, lr, weight_decay):
    """The gradient's part is decayed as well; only the old weights are."""
    return (1 - lr * weight_decay) * (w - lr * grad)


@answer("sgd_weight_decay_step")
def gradient_decayed(w, grad, lr, weight_decay):
    """The gradient is scaled down in place of the weights."""
    return w - lr * (1 - lr * weight_decay) * grad


@answer("sgd_weight_decay_step")
def decayed_twice(w, grad, lr, weight_decay):
    """The weights shrink by twice lr * weight_decay: the penalty's half cancels the 2 of its derivative."""
    return (1 - 2 * lr * weight_decay) * w - lr * grad


@answer("sgd_weight_decay_step")
def towards_zero_by_sign(w, grad, lr, weight_decay):
    """Every weight moves towards 0 by the same amount, which is what an L1 penalty does; let it shrink by a share."""
    return w - lr * (grad + weight_decay * w.sign())


@answer("sgd_weight_decay_step")
def penalty_subtracted(w, grad, lr, weight_decay):
    """The penalty itself is subtracted from every weight; its gradient, which is w, should be."""
    return w - lr * (grad + weight_decay * (w**2).sum() / 2)


@answer("sgd_weight_decay_step")
def divided_by_one_plus(w, grad, lr, weight_decay):
    """The weights are divided by 1 + lr * weight_decay; multiply them by 1 - lr * weight_decay."""
    return w / (1 + lr * weight_decay) - lr * grad


@answer("sgd_weight_decay_step")
def shrunk_exponentially(w, grad, lr, weight_decay):
    """The weights are multiplied by exp(-lr * weight_decay); the factor is 1 - lr * weight_decay."""
    return math.exp(-lr * weight_decay) * w - lr * grad


@answer("sgd_weight_decay_step")
def rates_swapped(w, grad, lr, weight_decay):
    """lr and weight_decay are swapped: the gradient is multiplied by lr."""
    return (1 - lr * weight_decay) * w - weight_decay * grad


@answer("sgd_weight_decay_step")
def factor_not_below_zero(w, grad, lr, weight_decay):
    """The factor 1 - lr * weight_decay is held at 0 or above; the formula has no such limit."""
    return max(0.0, 1 - lr * weight_decay) * w - lr * grad


@answer("sgd_weight_decay_step")
def vectors_do_not_decay(w, grad, lr, weight_decay):
    """Tensors with fewer than two axes are not decayed; whatever is handed in as w is to shrink."""
    return (1 - lr * weight_decay if w.dim() > 1 else 1) * w - lr * grad


@answer("sgd_weight_decay_step")
def stepped_in_place(w, grad, lr, weight_decay):
    """w itself is changed; return a new tensor."""
    w.data.mul_(1 - lr * weight_decay).sub_(lr * grad.data)
    return w


@answer("sgd_weight_decay_step")
def decay_written_into_grad(w, grad, lr, weight_decay):
    """grad itself is changed, because the decay is added to it in place; make a new tensor."""
    grad.data.add_(weight_decay * w.data)
    return w - lr * grad


@answer("sgd_weight_decay_step")
def nothing_returned(w, grad, lr, weight_decay):
    """w is changed and nothing returned; leave w as it is and return the new weights."""
    w.data.mul_(1 - lr * weight_decay).sub_(lr * grad.data)


@answer("sgd_weight_decay_step")
def step_always_float32(w, grad, lr, weight_decay):
    """The result is float32 whatever the dtype of w."""
    return ((1 - lr * weight_decay) * w - lr * grad).float()


@answer("sgd_weight_decay_step")
def step_always_float64(w, grad, lr, weight_decay):
    """The result is float64 whatever the dtype of w."""
    return (1 - lr * weight_decay) * w.double() - lr * grad.double()


@answer("sgd_weight_decay_step")
def made_on_the_cpu(w, grad, lr, weight_decay):
    """The new weights are made on the CPU; make them on the device of w."""
    new = torch.zeros(w.shape, dtype=w.dtype)
    new += (1 - lr * weight_decay) * w - lr * grad
    return new


@answer("sgd_weight_decay_step")
def step_under_other_names(w, g, eta, lam):
    """The arguments have other names; they are w, grad, lr and weight_decay."""
    return (1 - eta * lam) * w - eta * g


@answer("dropout")
def no_rescaling(x, p, training=True):
    """The kept elements are not divided by 1 - p, so the expected value shrinks."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training:
        return x
    return (torch.rand(x.shape, device=x.device) >= p) * x


@answer("dropout")
def divided_by_p(x, p, training=True):
    """The kept elements are divided by p; divide by 1 - p, the share that is kept."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    return (torch.rand(x.shape, device=x.device) >= p) * x / p


@answer("dropout")
def p_is_the_share_kept(x, p, training=True):
    """p is taken for the probability of keeping an element; it is the probability of dropping it."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training:
        return x
    if p == 0:
        return x * 0
    return (torch.rand(x.shape, device=x.device) < p) * x / p


@answer("dropout")
def active_in_evaluation(x, p, training=True):
    """Elements are dropped in evaluation too; with training=False return x as it is."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)


@answer("dropout")
def scaled_in_evaluation_instead(x, p, training=True):
    """This is plain dropout, which rescales in evaluation; inverted dropout rescales in training."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training:
        return x * (1 - p)
    return (torch.rand(x.shape, device=x.device) >= p) * x


@answer("dropout")
def scaled_twice(x, p, training=True):
    """The kept elements are divided by 1 - p twice."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p) / (1 - p)


@answer("dropout")
def one_coin_per_row(x, p, training=True):
    """One coin is drawn per row, so whole rows vanish; draw one per element."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    coins = torch.rand((*x.shape[:-1], 1), device=x.device)
    return (coins >= p) * x / (1 - p)


@answer("dropout")
def one_coin_per_column(x, p, training=True):
    """One coin is drawn per column and shared by the whole batch; draw one per element."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape[-1], device=x.device) >= p) * x / (1 - p)


@answer("dropout")
def same_mask_in_every_call(x, p, training=True):
    """Every call draws the same mask, because the seed is set inside the function."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    torch.manual_seed(0)
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)


@answer("dropout")
def nan_at_p_1(x, p, training=True):
    """At p = 1 the division by 1 - p is 0 / 0; return zeros there."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training:
        return x
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)


@answer("dropout")
def p_not_checked(x, p, training=True):
    """p outside 0 to 1 is not refused; raise ValueError."""
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)


@answer("dropout")
def p_checked_in_training_only(x, p, training=True):
    """p is checked in training only; raise ValueError in evaluation too."""
    if not training:
        return x
    if not 0 <= p <= 1:
        raise ValueError("p")
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)


@answer("dropout")
def gradient_through_another_mask(x, p, training=True):
    """The backward pass does not use the forward pass's mask: do not detach the kept elements from the graph."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    y = (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)
    return x + (y - x).detach()


@answer("dropout")
def graph_cut(x, p, training=True):
    """The result is cut from the graph (detach, .data or no_grad), so no gradient reaches x."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training:
        return x
    if p == 1:
        return torch.zeros_like(x)
    return (torch.rand(x.shape, device=x.device) >= p) * x.detach() / (1 - p)


@answer("dropout")
def x_changed_in_place(x, p, training=True):
    """x itself is changed; make a new tensor."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    x.data[torch.rand(x.shape, device=x.device) < p] = 0
    return x / (1 - p) if p < 1 else x


@answer("dropout")
def always_float32(x, p, training=True):
    """The result is float32 whatever the dtype of x."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p).float() * x.float() / (1 - p)


@answer("dropout")
def mask_on_the_cpu(x, p, training=True):
    """The mask is made on the CPU; make it on the device of x."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape) >= p) * x / (1 - p)


@answer("dropout")
def exact_share_dropped(x, p, training=True):
    """Always the same number of elements is dropped; let each element draw its own coin."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    order = torch.randperm(x.numel(), device=x.device)
    return (order >= round(p * x.numel())).reshape(x.shape) * x / (1 - p)


@answer("dropout")
def normal_numbers_for_coins(x, p, training=True):
    """p is compared with normal random numbers (randn); take uniform ones from 0 to 1 (rand)."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.randn(x.shape, device=x.device) >= p) * x / (1 - p)


@answer("dropout")
def p_ignored(x, p, training=True):
    """Half of the elements are dropped whatever p is."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= 0.5) * x * 2


@answer("dropout")
def off_by_default(x, p, training=False):
    """The default of training is False; it should be True."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)


@answer("dropout")
def rescaled_in_evaluation_too(x, p, training=True):
    """In evaluation x is divided by 1 - p as well; with training=False return x as it is."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if p == 1:
        return x * 0
    kept = torch.rand(x.shape, device=x.device) >= p if training else 1
    return kept * x / (1 - p)


@answer("dropout")
def nothing_dropped_at_p_1(x, p, training=True):
    """At p = 1 x is returned as it is; every element should be dropped there."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p in (0, 1):
        return x
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)


@answer("dropout")
def p_1_refused(x, p, training=True):
    """p = 1 is refused; it is allowed, and drops everything."""
    if not 0 <= p < 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)


@answer("dropout")
def both_ends_refused(x, p, training=True):
    """p = 0 and p = 1 are refused; both are allowed."""
    if not 0 < p < 1:
        raise ValueError("p")
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p) if training else x


@answer("dropout")
def p_asserted(x, p, training=True):
    """p outside 0 to 1 is refused with AssertionError; raise ValueError."""
    assert 0 <= p <= 1
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)


@answer("dropout")
def negative_p_accepted(x, p, training=True):
    """A negative p is not refused; raise ValueError."""
    if p > 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)


@answer("dropout")
def p_above_1_accepted(x, p, training=True):
    """p above 1 is not refused; raise ValueError."""
    if p < 0:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p >= 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)


@answer("early_stopping")
def one_epoch_late(losses, patience):
    """Training stops one epoch late: patience epochs have gone by as soon as stop - best equals patience."""
    best = first_lowest(losses, 0)
    for epoch in range(len(losses)):
        best = first_lowest(losses, epoch)
        if epoch - best > patience:
            return epoch, best
    return len(losses) - 1, best


@answer("early_stopping")
def one_epoch_early(losses, patience):
    """Training stops one epoch early: the best epoch itself does not count as one that has gone by."""
    for epoch in range(len(losses)):
        best = first_lowest(losses, epoch)
        if epoch and epoch - best + 1 >= patience and best != epoch:
            return epoch, best
    return len(losses) - 1, best


@answer("early_stopping")
def equal_counts_as_better(losses, patience):
    """A loss that is only as low as the best counts as better; best is the first epoch of the lowest loss."""
    best, lowest = 0, math.inf
    for epoch, loss in enumerate(losses):
        if loss <= lowest:
            best, lowest = epoch, loss
        if epoch - best >= patience:
            return epoch, best
    return epoch, best


@answer("early_stopping")
def stop_and_best_swapped(losses, patience):
    """The two results are swapped: stop comes first."""
    for epoch in range(len(losses)):
        best = first_lowest(losses, epoch)
        if epoch - best >= patience:
            break
    return best, epoch


@answer("early_stopping")
def stop_only(losses, patience):
    """Only stop is returned; return (stop, best)."""
    for epoch in range(len(losses)):
        if epoch - first_lowest(losses, epoch) >= patience:
            return epoch
    return epoch


@answer("early_stopping")
def loss_for_best(losses, patience):
    """The second result is the best loss; it should be the epoch of the best loss."""
    for epoch in range(len(losses)):
        best = first_lowest(losses, epoch)
        if epoch - best >= patience:
            break
    return epoch, float(losses[best])


@answer("early_stopping")
def epochs_counted_from_one(losses, patience):
    """Epochs are counted from 1; the first one is 0."""
    for epoch in range(len(losses)):
        best = first_lowest(losses, epoch)
        if epoch - best >= patience:
            break
    return epoch + 1, best + 1


@answer("early_stopping")
def number_of_epochs_at_the_end(losses, patience):
    """Where patience never runs out, stop is the number of epochs; it should be the last epoch, one less."""
    for epoch in range(len(losses)):
        best = first_lowest(losses, epoch)
        if epoch - best >= patience:
            return epoch, best
    return len(losses), best


@answer("early_stopping")
def none_at_the_end(losses, patience):
    """Where patience never runs out, nothing is returned; return the last epoch and the best one."""
    for epoch in range(len(losses)):
        best = first_lowest(losses, epoch)
        if epoch - best >= patience:
            return epoch, best


@answer("early_stopping")
def best_of_the_whole_list(losses, patience):
    """best is looked for in the whole list; training that has stopped never sees what comes later."""
    for epoch in range(len(losses)):
        if epoch - first_lowest(losses, epoch) >= patience:
            break
    return epoch, first_lowest(losses, len(losses) - 1)


@answer("early_stopping")
def compared_with_the_epoch_before(losses, patience):
    """Each loss is compared with the one before it; compare it with the lowest so far."""
    waited = 0
    for epoch in range(len(losses)):
        before = losses[epoch - 1] if epoch else math.nan
        waited = waited + 1 if epoch and not (losses[epoch] < before or before != before) else 0
        if waited >= patience:
            break
    return epoch, first_lowest(losses, epoch)


@answer("early_stopping")
def patience_not_renewed(losses, patience):
    """Epochs without improvement are counted over the whole training; an improvement starts the count anew."""
    waited = 0
    for epoch in range(len(losses)):
        best = first_lowest(losses, epoch)
        waited += best != epoch
        if waited >= patience:
            break
    return epoch, best


@answer("early_stopping")
def highest_is_best(losses, patience):
    """The highest value is taken for the best; a loss is better when it is lower."""
    negated = [-loss for loss in losses]
    for epoch in range(len(losses)):
        best = first_lowest(negated, epoch)
        if epoch - best >= patience:
            break
    return epoch, best


@answer("early_stopping")
def patience_ignored(losses, patience):
    """patience is ignored: stop is always the last epoch."""
    return len(losses) - 1, first_lowest(losses, len(losses) - 1)


@answer("early_stopping")
def stuck_on_a_first_nan(losses, patience):
    """A NaN in the first epoch is never beaten, because every comparison with it is False; any number beats it."""
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best >= patience:
            break
    return epoch, best


@answer("early_stopping")
def nan_is_best(losses, patience):
    """NaN is taken for an improvement; it never is one."""
    best, lowest = 0, math.inf
    for epoch, loss in enumerate(losses):
        if not loss >= lowest:
            best, lowest = epoch, loss
        if epoch - best >= patience:
            break
    return epoch, best


@answer("early_stopping")
def nan_epochs_do_not_count(losses, patience):
    """Epochs with NaN are not counted as gone by; they are epochs like others."""
    best, lowest, waited = 0, math.inf, 0
    for epoch, loss in enumerate(losses):
        if loss < lowest:
            best, lowest, waited = epoch, loss, 0
        elif loss == loss and epoch:
            waited += 1
        if waited >= patience:
            break
    return epoch, best


@answer("early_stopping")
def nan_stops_training(losses, patience):
    """Training stops at the first NaN; it goes on until patience runs out."""
    for epoch, loss in enumerate(losses):
        best = first_lowest(losses, epoch)
        if epoch - best >= patience or loss != loss:
            break
    return epoch, best


@answer("early_stopping")
def waits_for_a_number(losses, patience):
    """Patience is not counted until a number has come; epochs of NaN at the beginning go by like others."""
    for epoch in range(len(losses)):
        best = first_lowest(losses, epoch)
        if epoch - best >= patience and not all(loss != loss for loss in losses[: epoch + 1]):
            break
    return epoch, best


@answer("early_stopping")
def minus_one_without_a_number(losses, patience):
    """Where no number has come, best is -1; it should be 0."""
    best, lowest = -1, math.inf
    for epoch, loss in enumerate(losses):
        if loss < lowest:
            best, lowest = epoch, loss
        if epoch - max(best, 0) >= patience:
            break
    return epoch, best


@answer("early_stopping")
def starts_from_a_thousand(losses, patience):
    """The lowest loss starts as some large number, which greater losses never beat; start from infinity."""
    best, lowest = 0, 1e3
    for epoch, loss in enumerate(losses):
        if loss < lowest:
            best, lowest = epoch, loss
        if epoch - best >= patience:
            break
    return epoch, best


@answer("early_stopping")
def losses_taken_for_positive(losses, patience):
    """Negative losses are left out; a loss may be negative, and is better the lower it is."""
    best, lowest = 0, math.inf
    for epoch, loss in enumerate(losses):
        if 0 <= loss < lowest:
            best, lowest = epoch, loss
        if epoch - best >= patience:
            break
    return epoch, best


@answer("early_stopping")
def infinity_is_a_number_too_late(losses, patience):
    """An infinite loss counts as an improvement whenever it comes; only a lower loss is one."""
    best, lowest = 0, math.inf
    for epoch, loss in enumerate(losses):
        if loss < lowest or loss == math.inf:
            best, lowest = epoch, min(loss, lowest)
        if epoch - best >= patience:
            break
    return epoch, best


@answer("early_stopping")
def small_gains_ignored(losses, patience):
    """A loss has to be lower by some margin to count as better; any lower loss is better."""
    best, lowest = 0, math.inf
    for epoch, loss in enumerate(losses):
        if loss < lowest - 1e-3 or (lowest == math.inf and loss < lowest):
            best, lowest = epoch, loss
        if epoch - best >= patience:
            break
    return epoch, best


@answer("early_stopping")
def long_patience_refused(losses, patience):
    """patience beyond the number of epochs is refused; then stop is just the last epoch."""
    if patience >= len(losses) and patience > 1:
        raise ValueError("patience")
    for epoch in range(len(losses)):
        best = first_lowest(losses, epoch)
        if epoch - best >= patience:
            break
    return epoch, best


@answer("early_stopping")
def tensors_for_ints(losses, patience):
    """The results are tensors; they should be ints."""
    for epoch in range(len(losses)):
        best = first_lowest(losses, epoch)
        if epoch - best >= patience:
            break
    return torch.tensor(epoch), torch.tensor(best)


@answer("early_stopping")
def floats_for_ints(losses, patience):
    """The results are floats; they should be ints."""
    for epoch in range(len(losses)):
        best = first_lowest(losses, epoch)
        if epoch - best >= patience:
            break
    return float(epoch), float(best)


@answer("early_stopping")
def list_used_up(losses, patience):
    """The list of losses is taken apart on the way; leave it as it is."""
    best, lowest, epoch = 0, math.inf, -1
    while losses:
        loss, epoch = losses.pop(0), epoch + 1
        if loss < lowest:
            best, lowest = epoch, loss
        if epoch - best >= patience:
            break
    return epoch, best


@answer("early_stopping")
def nan_replaced_in_the_list(losses, patience):
    """NaN is replaced in the list itself; leave the list as it is."""
    for epoch, loss in enumerate(losses):
        if loss != loss:
            losses[epoch] = math.inf
    for epoch in range(len(losses)):
        best = losses.index(min(losses[: epoch + 1]))
        if epoch - best >= patience:
            break
    return epoch, best


@answer("early_stopping")
def stopping_under_other_names(validation_losses, wait):
    """The arguments have other names; they are losses and patience."""
    for epoch in range(len(validation_losses)):
        best = first_lowest(validation_losses, epoch)
        if epoch - best >= wait:
            break
    return epoch, best


@answer("covariate_shift_weights")
def probabilities(logits, clip=None):
    """The weights are the classifier's probabilities; they should be its odds, exp(logits)."""
    return at_most(torch.sigmoid(logits), clip)


@answer("covariate_shift_weights")
def source_over_target(logits, clip=None):
    """The weights are exp(-logits), source over target; target over source is exp(logits)."""
    return at_most(torch.exp(-logits), clip)


@answer("covariate_shift_weights")
def logits_for_weights(logits, clip=None):
    """The logits themselves are the weights; take exp of them."""
    return at_most(logits.clone(), clip)


@answer("covariate_shift_weights")
def one_plus_the_odds(logits, clip=None):
    """The weights are 1 + exp(logits), the inverse of a probability; the odds are exp(logits)."""
    return at_most(1 + torch.exp(logits), clip)


@answer("covariate_shift_weights")
def rescaled_to_sum_one(logits, clip=None):
    """The weights are rescaled to sum 1; leave them as they are."""
    return at_most(torch.softmax(logits.flatten(), 0).reshape(logits.shape), clip)


@answer("covariate_shift_weights")
def rescaled_to_mean_one(logits, clip=None):
    """The weights are rescaled to mean 1; leave them as they are."""
    weights = at_most(torch.exp(logits), clip)
    return weights / weights.mean()


@answer("covariate_shift_weights")
def power_of_two(logits, clip=None):
    """The weights are powers of 2 or 10; a logit is a natural logarithm, so take exp."""
    return at_most(2**logits, clip)


@answer("covariate_shift_weights")
def overflow_feared(logits, clip=None):
    """The largest logit is subtracted first, as in a softmax, which changes the weights."""
    return at_most(torch.exp(logits - logits.max()), clip)


@answer("covariate_shift_weights")
def logits_clipped(logits, clip=None):
    """clip limits the logits; it should limit the weights, after exp."""
    return torch.exp(at_most(logits, clip))


@answer("covariate_shift_weights")
def clip_from_below(logits, clip=None):
    """clip is taken for the smallest weight; it is the largest."""
    weights = torch.exp(logits)
    return weights if clip is None else weights.clamp(min=clip)


@answer("covariate_shift_weights")
def clip_ignored(logits, clip=None):
    """clip has no effect; where it is given, no weight may be above it."""
    return torch.exp(logits)


@answer("covariate_shift_weights")
def heavy_samples_dropped(logits, clip=None):
    """Weights above clip become 0; they should become clip."""
    weights = torch.exp(logits)
    return weights if clip is None else torch.where(weights > clip, 0, weights)


@answer("covariate_shift_weights")
def heavy_samples_set_to_one(logits, clip=None):
    """Weights above clip become 1; they should become clip."""
    weights = torch.exp(logits)
    return weights if clip is None else torch.where(weights > clip, 1, weights)


@answer("covariate_shift_weights")
def scaled_down_to_clip(logits, clip=None):
    """All weights are scaled down until the largest is clip; only those above clip should change."""
    weights = torch.exp(logits)
    return weights if clip is None else weights * min(1, clip / weights.max())


@answer("covariate_shift_weights")
def clipped_below_as_well(logits, clip=None):
    """Weights are held above 1 / clip as well; clip limits them from above only."""
    weights = torch.exp(logits)
    return weights if clip is None else weights.clamp(min=1 / clip).clamp(max=clip)


@answer("covariate_shift_weights")
def clip_at_ten_by_default(logits, clip=10.0):
    """There is a limit by default; clip=None means that there is none."""
    return at_most(torch.exp(logits), clip)


@answer("covariate_shift_weights")
def clip_has_to_be_given(logits, clip):
    """clip has no default; it should be None."""
    return at_most(torch.exp(logits), clip)


@answer("covariate_shift_weights")
def fractions_of_probabilities(logits, clip=None):
    """sigmoid / (1 - sigmoid) divides by a rounding error where logits are large; take exp(logits)."""
    share = torch.sigmoid(logits)
    return at_most(share / (1 - share), clip)


@answer("covariate_shift_weights")
def guarded_by_a_constant(logits, clip=None):
    """A small constant is added or a limit set against overflow, which changes large or small weights."""
    return at_most(torch.exp(logits.clamp(-20, 20)), clip)


@answer("covariate_shift_weights")
def exponentiated_in_place(logits, clip=None):
    """The logits themselves are changed; make a new tensor."""
    logits.data.exp_()
    return at_most(logits.detach().clone(), clip)


@answer("covariate_shift_weights")
def weights_in_a_list(logits, clip=None):
    """The result is a list; it should be a tensor."""
    return at_most(torch.exp(logits), clip).tolist()


@answer("covariate_shift_weights")
def weights_always_float32(logits, clip=None):
    """The result is float32 whatever the dtype of the logits."""
    return at_most(torch.exp(logits), clip).float()


@answer("covariate_shift_weights")
def weights_always_float64(logits, clip=None):
    """The result is float64 whatever the dtype of the logits."""
    return at_most(torch.exp(logits.double()), clip)


@answer("covariate_shift_weights")
def clip_on_the_cpu(logits, clip=None):
    """The limit is made as a tensor on the CPU; make it on the device of the logits."""
    weights = torch.exp(logits)
    if clip is None:
        return weights
    return torch.minimum(weights, torch.full(logits.shape, float(clip), dtype=logits.dtype))


@answer("covariate_shift_weights")
def vectors_only(logits, clip=None):
    """The result is flattened; it should have the shape of the logits."""
    return at_most(torch.exp(logits), clip).flatten()


@answer("covariate_shift_weights")
def weights_under_other_names(scores, limit=None):
    """The arguments have other names; they are logits and clip."""
    return at_most(torch.exp(scores), limit)


@answer("label_shift_weights")
def confusion_transposed(confusion, target_prediction, source_label):
    """The confusion matrix is used transposed; by the contract, its first axis is the predicted label."""
    return weights_of(torch.linalg.solve(confusion.T, target_prediction), source_label)


@answer("label_shift_weights")
def multiplied_not_solved(confusion, target_prediction, source_label):
    """The predictions are multiplied by the confusion matrix; solve the system that it stands for."""
    return weights_of(confusion @ target_prediction, source_label)


@answer("label_shift_weights")
def predictions_taken_as_they_are(confusion, target_prediction, source_label):
    """The predictions' shares are taken for the target's; correct them by the confusion matrix first."""
    return weights_of(target_prediction, source_label)


@answer("label_shift_weights")
def diagonal_alone(confusion, target_prediction, source_label):
    """Only the diagonal of the confusion matrix is used; solve with the whole matrix."""
    return weights_of(target_prediction / confusion.diagonal(), source_label)


@answer("label_shift_weights")
def solved_with_joint_shares(confusion, target_prediction, source_label):
    """The columns are multiplied by the source's shares first, so the solution is the ratio already, and divided again."""
    return weights_of(torch.linalg.solve(confusion * source_label, target_prediction), source_label)


@answer("label_shift_weights")
def rows_rescaled(confusion, target_prediction, source_label):
    """The rows of the confusion matrix are rescaled to sum 1; its columns sum to 1 already, so take it as it is."""
    confusion = confusion / confusion.sum(1, keepdim=True)
    return weights_of(torch.linalg.solve(confusion, target_prediction), source_label)


@answer("label_shift_weights")
def shares_for_weights(confusion, target_prediction, source_label):
    """The target's shares are returned; divide them by the source's."""
    return weights_of(torch.linalg.solve(confusion, target_prediction), torch.ones_like(source_label))


@answer("label_shift_weights")
def source_over_target_shares(confusion, target_prediction, source_label):
    """The ratio is upside down; it is target over source."""
    target = torch.linalg.solve(confusion, target_prediction).clamp(min=0)
    return source_label / (target / target.sum())


@answer("label_shift_weights")
def multiplied_by_the_source(confusion, target_prediction, source_label):
    """The target's shares are multiplied by the source's; divide by them."""
    return weights_of(torch.linalg.solve(confusion, target_prediction), 1 / source_label)


@answer("label_shift_weights")
def divided_by_the_prediction(confusion, target_prediction, source_label):
    """The target's shares are divided by those of the predictions; divide by the source's shares."""
    return weights_of(torch.linalg.solve(confusion, target_prediction), target_prediction)


@answer("label_shift_weights")
def negative_shares_kept(confusion, target_prediction, source_label):
    """Negative shares are kept; set them to 0 before rescaling."""
    target = torch.linalg.solve(confusion, target_prediction)
    return target / target.sum() / source_label


@answer("label_shift_weights")
def magnitudes_of_shares(confusion, target_prediction, source_label):
    """Negative shares are replaced by their magnitudes; set them to 0."""
    return weights_of(torch.linalg.solve(confusion, target_prediction).abs(), source_label)


@answer("label_shift_weights")
def softmax_of_shares(confusion, target_prediction, source_label):
    """The solution goes through a softmax; set negative shares to 0 and divide by the sum."""
    return torch.softmax(torch.linalg.solve(confusion, target_prediction), 0) / source_label


@answer("label_shift_weights")
def shifted_to_be_positive(confusion, target_prediction, source_label):
    """The smallest share is subtracted from all where one is negative; set just the negative ones to 0."""
    target = torch.linalg.solve(confusion, target_prediction)
    return weights_of(target - target.min().clamp(max=0), source_label)


@answer("label_shift_weights")
def not_rescaled(confusion, target_prediction, source_label):
    """After negative shares are set to 0, the rest is not rescaled to sum 1."""
    return torch.linalg.solve(confusion, target_prediction).clamp(min=0) / source_label


@answer("label_shift_weights")
def clipped_after_rescaling(confusion, target_prediction, source_label):
    """Shares are clipped to 0 to 1 after the rescaling, so they no longer sum to 1; set negative ones to 0 first."""
    target = torch.linalg.solve(confusion, target_prediction)
    return (target / target.sum()).clamp(0, 1) / source_label


@answer("label_shift_weights")
def one_negative_share_only(confusion, target_prediction, source_label):
    """Only the smallest share is set to 0; set every negative one to 0."""
    target = torch.linalg.solve(confusion, target_prediction).clone()
    if target.min() < 0:
        target[target.argmin()] = 0
    return target / target.sum() / source_label


@answer("label_shift_weights")
def weights_rescaled(confusion, target_prediction, source_label):
    """The weights are rescaled to sum 1; rescale the shares, before the division by the source's."""
    weights = torch.linalg.solve(confusion, target_prediction).clamp(min=0) / source_label
    return weights / weights.sum()


@answer("label_shift_weights")
def one_row_per_label(confusion, target_prediction, source_label):
    """Every share is divided by every share, which gives a matrix; divide element by element."""
    target = torch.linalg.solve(confusion, target_prediction).clamp(min=0)
    return (target / target.sum())[:, None] / source_label


@answer("label_shift_weights")
def column_for_a_vector(confusion, target_prediction, source_label):
    """The result is a column of shape (k, 1); it should have the shape of the shares, (k,)."""
    target = torch.linalg.solve(confusion, target_prediction[:, None]).clamp(min=0)
    return target / target.sum() / source_label[:, None]


@answer("label_shift_weights")
def matrix_inverted_in_place(confusion, target_prediction, source_label):
    """The confusion matrix itself is changed; work on a copy."""
    target = torch.linalg.solve(confusion, target_prediction)
    confusion.data.copy_(torch.linalg.inv(confusion.data))
    return weights_of(target, source_label)


@answer("label_shift_weights")
def predictions_overwritten(confusion, target_prediction, source_label):
    """target_prediction is overwritten with the solution; make a new tensor."""
    target_prediction.data.copy_(torch.linalg.solve(confusion.data, target_prediction.data))
    return weights_of(target_prediction, source_label)


@answer("label_shift_weights")
def label_weights_always_float32(confusion, target_prediction, source_label):
    """The result is float32 whatever the dtype of the arguments."""
    return weights_of(torch.linalg.solve(confusion, target_prediction), source_label).float()


@answer("label_shift_weights")
def label_weights_always_float64(confusion, target_prediction, source_label):
    """The result is float64 whatever the dtype of the arguments."""
    target = torch.linalg.solve(confusion.double(), target_prediction.double())
    return weights_of(target, source_label.double())


@answer("label_shift_weights")
def inverse_made_on_the_cpu(confusion, target_prediction, source_label):
    """The identity matrix is made on the CPU; make it on the device of the arguments."""
    inverse = torch.linalg.solve(confusion, torch.eye(len(confusion), dtype=confusion.dtype))
    return weights_of(inverse @ target_prediction, source_label)


@answer("label_shift_weights")
def label_weights_under_other_names(confusion, mu, p):
    """The arguments have other names; they are confusion, target_prediction and source_label."""
    return weights_of(torch.linalg.solve(confusion, mu), p)


@answer("k_fold_split")
def indices_counted_from_one(n, k, i):
    """The indices go from 1 to n; they go from 0 to n - 1."""
    refuse_impossible(n, k, i)
    folds = torch.tensor_split(torch.arange(n) + 1, k)
    return torch.cat(folds[:i] + folds[i + 1 :]), folds[i]


@answer("k_fold_split")
def train_behind_the_fold_only(n, k, i):
    """train holds only what comes after the fold; what comes before it belongs there as well."""
    refuse_impossible(n, k, i)
    folds = torch.tensor_split(torch.arange(n), k)
    return torch.cat([*folds[i + 1 :], folds[i][:0]]), folds[i]


@answer("k_fold_split")
def cuts_rounded_to_the_nearest(n, k, i):
    """The cuts are multiples of n / k, rounded, so that the longer folds are anywhere; they should come first."""
    refuse_impossible(n, k, i)
    return cut_out(torch.arange(n), round(i * n / k), round((i + 1) * n / k))


@answer("k_fold_split")
def all_starts_moved_by_the_remainder(n, k, i):
    """Every fold but the first starts n % k later; it starts later by the number of longer folds before it."""
    refuse_impossible(n, k, i)
    size, rest = divmod(n, k)
    start = i * size + (rest if i else 0)
    return cut_out(torch.arange(n), start, start + size + (i < rest))


@answer("k_fold_split")
def uneven_folds_refused(n, k, i):
    """A k that does not divide n is refused; the first n % k folds hold one more."""
    refuse_impossible(n, k, i)
    if n % k:
        raise ValueError(k)
    return cut_out(torch.arange(n), i * n // k, (i + 1) * n // k)


@answer("l2_penalty")
def half_squared_as_well(w):
    """w is halved before it is squared, which divides by 4; halve the sum of squares."""
    return ((w / 2) ** 2).sum()


@answer("l2_penalty")
def the_norm_itself(w):
    """This is the norm; the penalty is half its square."""
    return w.norm()


@answer("l2_penalty")
def squares_not_summed(w):
    """The squares are not added up; the result is one number for the whole tensor."""
    return w**2 / 2


@answer("l2_penalty")
def first_axis_summed_alone(w):
    """Only the first axis is summed; sum over all axes."""
    return (w**2).sum(dim=0) / 2 if w.dim() else w**2 / 2


@answer("l2_penalty")
def mean_without_half(w):
    """The squares are averaged, and not halved; they should be summed and halved."""
    return (w**2).mean()


@answer("l2_penalty")
def sum_doubled(w):
    """The sum of squares is doubled; halve it."""
    return 2 * (w**2).sum()


@answer("l2_penalty")
def root_of_half_the_sum(w):
    """The root of half the sum of squares is taken; leave out the root."""
    return torch.sqrt((w**2).sum() / 2)


@answer("l2_penalty")
def elements_not_squared(w):
    """The elements are summed as they are; square them first."""
    return w.sum() / 2


@answer("sgd_weight_decay_step")
def half_the_decay(w, grad, lr, weight_decay):
    """The weights shrink by half of lr * weight_decay; the 2 of the square's derivative cancels the penalty's half."""
    return (1 - lr * weight_decay / 2) * w - lr * grad


@answer("sgd_weight_decay_step")
def learning_rate_twice_in_the_decay(w, grad, lr, weight_decay):
    """lr counts twice in the decay; the share is lr * weight_decay."""
    return (1 - lr**2 * weight_decay) * w - lr * grad


@answer("sgd_weight_decay_step")
def decay_without_the_weights(w, grad, lr, weight_decay):
    """weight_decay itself is added to the gradient; multiply it by w."""
    return w - lr * (grad + weight_decay)


@answer("sgd_weight_decay_step")
def weight_decay_squared(w, grad, lr, weight_decay):
    """weight_decay is squared; the share is lr * weight_decay."""
    return (1 - lr * weight_decay**2) * w - lr * grad


@answer("sgd_weight_decay_step")
def update_for_the_weights(w, grad, lr, weight_decay):
    """The update alone is returned; add it to w."""
    return -lr * (grad + weight_decay * w)


@answer("sgd_weight_decay_step")
def gradient_shrunk_by_weight_decay(w, grad, lr, weight_decay):
    """The gradient is multiplied by 1 - weight_decay; the weights are to shrink, by lr * weight_decay."""
    return w - lr * (1 - weight_decay) * grad


@answer("sgd_weight_decay_step")
def weights_and_gradient_swapped(w, grad, lr, weight_decay):
    """w and grad are swapped."""
    return (1 - lr * weight_decay) * grad - lr * w


@answer("sgd_weight_decay_step")
def decay_of_the_squared_weights(w, grad, lr, weight_decay):
    """The squared weights are added to the gradient; the penalty's derivative is w itself."""
    return w - lr * (grad + weight_decay * w**2)


@answer("sgd_weight_decay_step")
def factor_in_wrong_parentheses(w, grad, lr, weight_decay):
    """The weights are multiplied by (1 - lr) * weight_decay; the factor is 1 - lr * weight_decay."""
    return (1 - lr) * weight_decay * w - lr * grad


@answer("dropout")
def mask_turned_over(x, p, training=True):
    """The mask is turned over: a share p is kept, where a share p is to be dropped."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) < p) * x / (1 - p)


@answer("dropout")
def mask_turned_over_between_the_ends(x, p, training=True):
    """p is taken for the probability of keeping an element, unless it is 0 or 1; it is the probability of dropping it."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) < p) * x / p


@answer("dropout")
def share_kept_with_zeros_at_both_ends(x, p, training=True):
    """p is taken for the probability of keeping an element, and p = 0 and p = 1 both give zeros; p is the probability of dropping it."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training:
        return x
    if p == 1:
        return x * 0
    if p == 0:
        return x * 0
    return (torch.rand(x.shape, device=x.device) < p) * x / p


@answer("dropout")
def multiplied_by_the_share_kept(x, p, training=True):
    """The kept elements are multiplied by 1 - p; divide them by it."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p) * x * (1 - p)


@answer("dropout")
def divided_by_one_plus_p(x, p, training=True):
    """The kept elements are divided by 1 + p; divide them by 1 - p."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 + p)


@answer("dropout")
def divided_by_the_root(x, p, training=True):
    """The kept elements are divided by the root of 1 - p; divide them by 1 - p itself."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p) ** 0.5


@answer("dropout")
def training_turned_over(x, p, training=True):
    """training is turned over: elements are dropped in evaluation, and x is returned in training."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if training:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)


@answer("dropout")
def mask_for_the_result(x, p, training=True):
    """The scaled mask is returned; multiply x by it."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p).to(x.dtype) / (1 - p)


@answer("dropout")
def rescaled_by_the_share_really_kept(x, p, training=True):
    """The kept elements are divided by the share that was kept by chance; divide them by 1 - p."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    mask = (torch.rand(x.shape, device=x.device) >= p).to(x.dtype)
    return mask * x / mask.mean().clamp(min=1e-9)


@answer("dropout")
def division_by_zero_at_p_1(x, p, training=True):
    """At p = 1 the division by 1 - p is one by 0; return zeros there."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training:
        return x
    return (torch.rand(x.shape, device=x.device) >= p) * x * (1 / (1 - p))


@answer("dropout")
def p_0_refused(x, p, training=True):
    """p = 0 is refused; it is allowed, and keeps everything."""
    if not 0 < p <= 1:
        raise ValueError("p")
    if not training:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)


@answer("dropout")
def factor_of_two(x, p, training=True):
    """The kept elements are doubled whatever p is; divide them by 1 - p."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p) * x * 2


@answer("dropout")
def no_rescaling_on_the_cpu(x, p, training=True):
    """The kept elements are not divided by 1 - p; besides, the mask is made on the CPU."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape) >= p) * x


@answer("dropout")
def divided_by_p_on_the_cpu(x, p, training=True):
    """The kept elements are divided by p instead of 1 - p; besides, the mask is made on the CPU."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape) >= p) * x / p


@answer("dropout")
def mask_turned_over_on_the_cpu(x, p, training=True):
    """The mask is turned over, so that a share p is kept; besides, the mask is made on the CPU."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape) < p) * x / (1 - p)


@answer("dropout")
def one_coin_per_row_on_the_cpu(x, p, training=True):
    """One coin is drawn per row, so whole rows vanish; besides, the mask is made on the CPU."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand((*x.shape[:-1], 1)) >= p) * x / (1 - p)


@answer("dropout")
def one_coin_per_column_on_the_cpu(x, p, training=True):
    """One coin is drawn per column and shared by the whole batch; besides, the mask is made on the CPU."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape[-1]) >= p) * x / (1 - p)


@answer("dropout")
def exact_share_on_the_cpu(x, p, training=True):
    """Just a share p of the elements is dropped, not each by a coin of its own; besides, the mask is made on the CPU."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    order = torch.randperm(x.numel()).reshape(x.shape)
    return (order >= round(p * x.numel())) * x / (1 - p)


@answer("early_stopping")
def patience_less_one(losses, patience):
    """Training stops when patience - 1 epochs have gone by since the best one; it stops after patience of them."""
    best, low = 0, math.inf
    for epoch, loss in enumerate(losses):
        if loss < low:
            best, low = epoch, loss
        if epoch - best >= patience - 1:
            return epoch, best
    return len(losses) - 1, best


@answer("early_stopping")
def patience_less_one_but_not_at_once(losses, patience):
    """Training stops when patience - 1 epochs have gone by since the best one, at epoch 1 at the earliest; it stops after patience of them."""
    best, low = 0, math.inf
    for epoch, loss in enumerate(losses):
        if loss < low:
            best, low = epoch, loss
        if epoch and epoch - best >= patience - 1:
            return epoch, best
    return len(losses) - 1, best


@answer("early_stopping")
def lowest_loss_for_best(losses, patience):
    """The second result is the lowest loss; it should be its epoch."""
    best, low = 0, math.inf
    for epoch, loss in enumerate(losses):
        if loss < low:
            best, low = epoch, loss
        if epoch - best >= patience:
            return epoch, low
    return len(losses) - 1, low


@answer("early_stopping")
def stops_at_the_best_at_the_end(losses, patience):
    """Where patience never runs out, stop is the best epoch; it should be the last one."""
    best, low = 0, math.inf
    for epoch, loss in enumerate(losses):
        if loss < low:
            best, low = epoch, loss
        if epoch - best >= patience:
            return epoch, best
    return best, best


@answer("early_stopping")
def minus_one_at_the_end(losses, patience):
    """Where patience never runs out, stop is -1; it should be the last epoch."""
    best, low = 0, math.inf
    for epoch, loss in enumerate(losses):
        if loss < low:
            best, low = epoch, loss
        if epoch - best >= patience:
            return epoch, best
    return -1, best


@answer("early_stopping")
def none_for_stop_at_the_end(losses, patience):
    """Where patience never runs out, stop is None; it should be the last epoch."""
    best, low = 0, math.inf
    for epoch, loss in enumerate(losses):
        if loss < low:
            best, low = epoch, loss
        if epoch - best >= patience:
            return epoch, best
    return None, best


@answer("early_stopping")
def epoch_after_the_stop(losses, patience):
    """stop is the epoch after the one at which patience runs out; it should be that epoch itself."""
    best, low = 0, math.inf
    for epoch, loss in enumerate(losses):
        if loss < low:
            best, low = epoch, loss
        if epoch - best >= patience:
            return epoch + 1, best
    return len(losses) - 1, best


@answer("early_stopping")
def starts_from_zero(losses, patience):
    """The lowest loss starts from 0, which no positive loss beats; start from infinity."""
    best, low = 0, math.inf
    for epoch, loss in enumerate(losses):
        if loss < (low if low < math.inf else 0.0):
            best, low = epoch, loss
        if epoch - best >= patience:
            return epoch, best
    return len(losses) - 1, best


@answer("early_stopping")
def lowest_of_the_whole_list_first(losses, patience):
    """The lowest loss of the whole list is looked for first; training that has stopped never sees what comes later."""
    best = min(range(len(losses)), key=lambda epoch: losses[epoch])
    return min(best + patience, len(losses) - 1), best


@answer("early_stopping")
def latest_gain_for_best(losses, patience):
    """Each loss is compared with the one before it, and best is the latest that was lower; compare with the lowest so far."""
    best = waited = 0
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[epoch - 1]:
            best, waited = epoch, 0
        else:
            waited += 1
        if waited >= patience:
            return epoch, best
    return len(losses) - 1, best


@answer("early_stopping")
def argmin_that_takes_nan(losses, patience):
    """NaN counts as the lowest loss, as NumPy's argmin has it; it never improves."""
    for epoch in range(len(losses)):
        best = int(np.argmin(losses[: epoch + 1]))
        if epoch - best >= patience:
            return epoch, best
    return len(losses) - 1, best


@answer("early_stopping")
def nan_taken_out_of_the_list(losses, patience):
    """Epochs with NaN are taken out of the list, so that later epochs get other numbers; leave them in."""
    losses = [loss for loss in losses if loss == loss] or [0.0]
    best, low = 0, math.inf
    for epoch, loss in enumerate(losses):
        if loss < low:
            best, low = epoch, loss
        if epoch - best >= patience:
            return epoch, best
    return len(losses) - 1, best


@answer("early_stopping")
def all_worse_epochs_counted(losses, patience):
    """All epochs without a gain count towards patience; the count starts anew at each best epoch."""
    best, low, worse = 0, math.inf, 0
    for epoch, loss in enumerate(losses):
        if loss < low:
            best, low = epoch, loss
        else:
            worse += 1
            if worse >= patience:
                return epoch, best
    return len(losses) - 1, best


@answer("covariate_shift_weights")
def softplus_for_exp(logits, clip=None):
    """The weights are log(1 + exp(logits)); they should be exp(logits)."""
    return at_most(torch.nn.functional.softplus(logits), clip)


@answer("covariate_shift_weights")
def small_clip_ignored(logits, clip=None):
    """A clip below 1 has no effect; no weight may be above it, however small it is."""
    return at_most(logits.exp(), clip if clip and clip >= 1 else None)


@answer("label_shift_weights")
def multiplied_by_the_transpose(confusion, target_prediction, source_label):
    """The predictions are multiplied by the transposed confusion matrix; solve the system instead."""
    return weights_of(confusion.T @ target_prediction, source_label)


@answer("label_shift_weights")
def shares_of_length_one(confusion, target_prediction, source_label):
    """The shares are divided by their Euclidean norm; divide them by their sum."""
    target = torch.linalg.solve(confusion, target_prediction).clamp(min=0)
    return target / target.norm() / source_label


@answer("label_shift_weights")
def largest_share_one(confusion, target_prediction, source_label):
    """The shares are divided by the largest of them; divide them by their sum."""
    target = torch.linalg.solve(confusion, target_prediction).clamp(min=0)
    return target / target.max() / source_label


@answer("label_shift_weights")
def mean_share_one(confusion, target_prediction, source_label):
    """The shares are divided by their mean; divide them by their sum."""
    target = torch.linalg.solve(confusion, target_prediction).clamp(min=0)
    return target / target.mean() / source_label


@answer("label_shift_weights")
def difference_of_shares(confusion, target_prediction, source_label):
    """The source's shares are subtracted; divide by them."""
    target = torch.linalg.solve(confusion, target_prediction).clamp(min=0)
    return target / target.sum() - source_label


@answer("label_shift_weights")
def divided_by_predicted_source_shares(confusion, target_prediction, source_label):
    """The target's shares are divided by the predicted shares of the source; divide by source_label."""
    target = torch.linalg.solve(confusion, target_prediction).clamp(min=0)
    return target / target.sum() / (confusion @ source_label)


@answer("label_shift_weights")
def weights_of_mean_one(confusion, target_prediction, source_label):
    """The weights are rescaled to mean 1; rescale the shares, before the division by the source's."""
    target = torch.linalg.solve(confusion, target_prediction).clamp(min=0)
    weights = target / source_label
    return weights / weights.mean()


@answer("label_shift_weights")
def negative_shares_left_out(confusion, target_prediction, source_label):
    """Labels with a negative share are left out of the result; their weight is 0."""
    target = torch.linalg.solve(confusion, target_prediction)
    kept = target > 0
    return weights_of(target[kept], source_label[kept])


@answer("label_shift_weights")
def ridge_added(confusion, target_prediction, source_label):
    """Something is added to the diagonal of the confusion matrix; solve the system as it is."""
    ridge = 0.01 * torch.eye(len(source_label), dtype=confusion.dtype, device=confusion.device)
    return weights_of(torch.linalg.solve(confusion + ridge, target_prediction), source_label)


@answer("k_fold_split")
def start_from_its_own_size(n, k, i):
    """The start is i times this fold's own size; larger folds before it push it further: add up the sizes before it."""
    refuse_impossible(n, k, i)
    size = n // k + (i < n % k)
    return cut_out(torch.arange(n), i * size, (i + 1) * size)


@answer("l2_penalty")
def half_the_norm(w):
    """The root is taken of the sum of squares, which makes half the norm; leave the root out."""
    return torch.sqrt((w * w).sum()) / 2


@answer("l2_penalty")
def squared_by_an_assignment(w):
    """w itself is squared (**= works in place); make a new tensor."""
    w **= 2
    return w.sum() / 2


@answer("sgd_weight_decay_step")
def brackets_left_out(w, grad, lr, weight_decay):
    """1 - lr * weight_decay * w is 1 minus a product; put 1 - lr * weight_decay in brackets and multiply w by that."""
    return (1 - lr * weight_decay * w - lr * grad).detach()


@answer("dropout")
def turned_over_but_at_the_ends(x, p, training=True):
    """Unless p is 0 or 1, a share p is kept and divided by 1 - p; a share p is to be dropped."""
    if not 0 <= p <= 1:
        raise ValueError("p is a probability")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) < p) * x / (1 - p)


@answer("dropout")
def scaled_down_in_evaluation(x, p, training=True):
    """In evaluation x is multiplied by 1 - p, though training has divided by it; with training=False return x as it is."""
    if not 0 <= p <= 1:
        raise ValueError("p is a probability")
    if not training:
        return x * (1 - p)
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)


@answer("dropout")
def one_mask_for_the_batch(x, p, training=True):
    """One mask is drawn for all samples of the batch; draw one coin per element of x."""
    if not 0 <= p <= 1:
        raise ValueError("p is a probability")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape[1:], device=x.device) >= p) * x / (1 - p)


@answer("early_stopping")
def any_fall_starts_the_count_anew(losses, patience):
    """A loss below that of the epoch before starts the count anew; only one below the best so far does."""
    best, waited = None, 0
    for epoch, loss in enumerate(losses):
        if loss == loss and (best is None or loss < losses[best]):
            best, waited = epoch, 0
        elif epoch and loss < losses[epoch - 1]:
            waited = 0
        elif epoch:
            waited += 1
        if waited >= patience:
            return epoch, best or 0
    return len(losses) - 1, best or 0


@answer("covariate_shift_weights")
def rescaled_to_a_mean_of_1(logits, clip=None):
    """The weights are rescaled to a mean of 1; they are exp(logits) as it is."""
    weights = logits.detach().exp()
    return at_most(weights / weights.mean(), clip)


@answer("label_shift_weights")
def shares_cut_at_1(confusion, target_prediction, source_label):
    """Shares above 1 are cut down to 1 before rescaling; only negative ones are changed."""
    return weights_of(torch.linalg.solve(confusion, target_prediction).clamp(max=1), source_label).detach()


@answer("k_fold_split")
def train_before_the_fold_but_for_the_first(n, k, i):
    """train holds only what comes before the fold, unless it is the first; what comes after it belongs there as well."""
    refuse_impossible(n, k, i)
    folds = torch.tensor_split(torch.arange(n), k)
    return torch.cat(folds[:i] if i else folds[1:]), folds[i]


@answer("l2_penalty")
def vectors_not_penalised(w):
    """Tensors with fewer than two axes are taken for biases and get no penalty; whatever is handed in as w gets one."""
    return (w**2).sum() / 2 if w.dim() > 1 else 0 * w.sum()


@answer("dropout")
def coins_of_ten_sides(x, p, training=True):
    """An integer from 0 to 9 decides, so that p is rounded to tenths; compare p with numbers from all of 0 to 1."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training:
        return x
    if p == 1:
        return x * 0
    return (torch.randint(0, 10, x.shape, device=x.device) >= 10 * p) * x / (1 - p)


@answer("dropout")
def always_float64(x, p, training=True):
    """The result is float64 whatever the dtype of x."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p).double() * x / (1 - p)


@answer("dropout")
def mask_of_float32(x, p, training=True):
    """The mask is float32, which makes the result float32 where x is float16; it has the dtype of x."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p).float() * x / (1 - p)


@answer("dropout")
def zeros_written_into_x(x, p, training=True):
    """x itself gets the zeros: what detach() or .data returns shares its memory; make a new tensor."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    x.data[torch.rand(x.shape, device=x.device) < p] = 0
    return x * (x != 0) / (1 - p)


@answer("dropout")
def zeros_assigned_to_x(x, p, training=True):
    """The zeros are assigned to x itself (x[...] = 0); make a new tensor."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    x[torch.rand(x.shape, device=x.device) < p] = 0
    return x / (1 - p)


@answer("early_stopping")
def compared_with_a_nan_before(losses, patience):
    """Each loss is compared with the one before it, which none is below where that is NaN; compare it with the lowest so far."""
    waited = 0
    for epoch in range(len(losses)):
        waited = waited + 1 if epoch and not losses[epoch] < losses[epoch - 1] else 0
        if waited >= patience:
            break
    return epoch, first_lowest(losses, epoch)


@answer("early_stopping")
def patience_past_the_end(losses, patience):
    """stop is best + patience even where training ends before; then it should be the last epoch."""
    for epoch in range(len(losses)):
        best = first_lowest(losses, epoch)
        if epoch - best >= patience:
            break
    return best + patience, best


@answer("early_stopping")
def first_nan_counted(losses, patience):
    """A NaN in epoch 0 counts as an epoch that has gone by; best is 0 until a number comes, and the count starts behind it."""
    best, low, waited = 0, math.inf, 0
    for epoch, loss in enumerate(losses):
        if loss < low:
            best, low, waited = epoch, loss, 0
        elif epoch or loss != loss:
            waited += 1
        if waited >= patience:
            return epoch, best
    return len(losses) - 1, best


@answer("covariate_shift_weights")
def limit_of_1_at_least(logits, clip=None):
    """A clip below 1 counts as 1; no weight may be above clip, however small it is."""
    return at_most(logits.exp(), None if clip is None else max(clip, 1))


@answer("label_shift_weights")
def nearest_shares(confusion, target_prediction, source_label):
    """All shares are lowered by the same amount until they sum to 1 (a projection); set negative ones to 0 and divide by the sum."""
    target = torch.linalg.solve(confusion, target_prediction)
    ordered = target.sort(descending=True).values
    counts = torch.arange(1, len(target) + 1, device=target.device)
    excess = (ordered.cumsum(0) - 1) / counts
    return (target - excess[ordered > excess][-1]).clamp(min=0) / source_label
