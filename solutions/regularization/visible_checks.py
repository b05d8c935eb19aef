"""Checks that students have: folds, weight decay, dropout, early stopping, weights for shifted data."""

import math

import torch

from autograder.checking import (
    agree,
    assert_matches,
    assert_raises,
    assert_within,
    observe,
    randn,
)
from autograder.errors import CheckFailed

NAN, INF = math.nan, math.inf


def numbers(*rows):
    """Return a float64 tensor."""
    return torch.tensor(rows, dtype=torch.float64)


def indices(*values):
    """Return an int64 tensor."""
    return torch.tensor(values, dtype=torch.int64)


# k_fold_split


def test_folds_of_one_size(k_fold_split):
    """The result is (train, valid): valid is the i-th of k contiguous folds, train all other indices, both ascending."""
    folds = [range(0, 4), range(4, 8), range(8, 12)]
    for i, fold in enumerate(folds):
        train = [index for index in range(12) if index not in fold]
        assert_matches(k_fold_split(12, 3, i), (indices(*train), indices(*fold)))


def test_first_folds_hold_one_more(k_fold_split):
    """Where k does not divide n, each of the first n % k folds holds one more."""
    folds = [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10], [11, 12]]
    splits = [k_fold_split(13, 5, i) for i in range(5)]
    rest = [[index for index in range(13) if index not in fold] for fold in folds]
    expected = [(indices(*train), indices(*fold)) for train, fold in zip(rest, folds, strict=True)]
    assert_matches(splits, expected, what="the list of all five splits")


def test_k_is_refused(k_fold_split):
    """k below 2 or above n is refused with ValueError."""
    assert_raises(k_fold_split, 6, 1, 0)
    assert_raises(k_fold_split, 6, 7, 2)


def test_i_is_refused(k_fold_split):
    """i below 0, or not below k, is refused with ValueError."""
    assert_raises(k_fold_split, 10, 3, -1)
    assert_raises(k_fold_split, 10, 3, 3)


# l2_penalty


def test_half_the_sum_of_squares(l2_penalty):
    """The penalty is half the sum of the squares of all elements, as a tensor without axes."""
    w = numbers([1.0, -2.0, 3.0], [0.0, 0.5, -4.0])
    assert_matches(l2_penalty(w), torch.tensor(15.125, dtype=torch.float64))


def test_any_number_of_axes(l2_penalty):
    """w may have any number of axes."""
    assert_matches(l2_penalty(numbers(3.0, -4.0, 1.0)), torch.tensor(13.0, dtype=torch.float64))
    w = torch.full((2, 3, 5, 7), -0.1, dtype=torch.float64)
    assert_matches(l2_penalty(w), torch.tensor(1.05, dtype=torch.float64))
    assert_matches(l2_penalty(numbers(-3.0)), torch.tensor(4.5, dtype=torch.float64))


# sgd_weight_decay_step


def test_the_weights_shrink_and_move(sgd_weight_decay_step):
    """The new weights are (1 - lr * weight_decay) * w - lr * grad."""
    w, grad = numbers([1.0, -2.0, 0.5], [3.0, 0.0, -1.0]), numbers([4.0, 1.0, -2.0], [0.0, 3.0, 2.0])
    expected = numbers([-1.1, -2.3, 1.45], [2.7, -1.5, -1.9])
    assert_matches(sgd_weight_decay_step(w, grad, 0.5, 0.2), expected)


def test_without_decay_it_is_sgd(sgd_weight_decay_step):
    """With weight_decay = 0 the step is that of plain gradient descent."""
    w, grad = numbers(1.0, -2.0, 0.5), numbers(4.0, 1.0, -2.0)
    assert_matches(sgd_weight_decay_step(w, grad, 0.25, 0.0), numbers(0.0, -2.25, 1.0))


def test_without_gradient_the_weights_shrink(sgd_weight_decay_step):
    """Where the gradient is 0, every weight shrinks by the share lr * weight_decay."""
    w = numbers(10.0, -20.0, 0.0, 5.0)
    assert_matches(sgd_weight_decay_step(w, torch.zeros_like(w), 0.5, 0.4), numbers(8.0, -16.0, 0.0, 4.0))


# dropout


def test_kept_elements_are_rescaled(dropout):
    """In training, kept elements are divided by 1 - p, and about a share p of all elements becomes 0."""
    x = 1 + torch.rand(500, 300, generator=torch.Generator().manual_seed(1))
    y = dropout(x, 0.3)
    if not isinstance(y, torch.Tensor) or y.shape != x.shape or y.device.type == "meta":
        assert_matches(y, x)
    share = (y == 0).double().mean().item()
    # One coin per row or per column, which another check is about, has a standard deviation of at most 0.0265 here, and
    # passes this one. 150,000 coins have 0.0012, so that a false alarm has a probability below 1e-40.
    observe("the share of zeros for p = 0.3", share, 0.005)
    if not 0.16 <= share <= 0.44:
        raise CheckFailed("value", "a share of zeros of about 0.3", f"{share:.6g}")
    kept = y != 0
    scale = (y[kept] / x[kept]).double()
    assert_within(scale.min().item(), 1 / 0.7 - 1e-4, 1 / 0.7 + 1e-4, "the smallest factor of a kept element")
    assert_within(scale.max().item(), 1 / 0.7 - 1e-4, 1 / 0.7 + 1e-4, "the largest factor of a kept element")


def test_evaluation_changes_nothing(dropout):
    """With training=False the result is x as it is."""
    x = randn(4, 7, seed=2)
    y = dropout(x, 0.6, training=False)
    if isinstance(y, torch.Tensor) and y.device.type != "meta":
        observe("something is dropped in evaluation", float((y == 0).any()))
    assert_matches(y, x)


def test_nothing_is_dropped_at_p_0(dropout):
    """With p = 0 every element is kept as it is."""
    agree(dropout, lambda x, p: x, randn(3, 5, seed=3), 0.0)


def test_everything_is_dropped_at_p_1(dropout):
    """With p = 1 the result is all zeros, without NaN."""
    agree(dropout, lambda x, p: torch.zeros_like(x), randn(3, 5, seed=4), 1.0)


def test_p_below_0(dropout):
    """p below 0 is refused with ValueError, in evaluation too."""
    x = randn(2, 3, seed=5)
    assert_raises(dropout, x, -0.1)
    assert_raises(dropout, x, -0.1, training=False)


def test_p_above_1(dropout):
    """p above 1 is refused with ValueError, in evaluation too."""
    x = randn(2, 3, seed=5)
    assert_raises(dropout, x, 1.5)
    assert_raises(dropout, x, 1.5, training=False)


# early_stopping


def test_patience_runs_out(early_stopping):
    """The result is (stop, best): best has the lowest loss so far, stop comes once patience epochs have gone by since."""
    losses = [0.9, 0.7, 0.6, 0.65, 0.64, 0.62, 0.5, 0.4]
    assert_matches(early_stopping(losses, 3), (5, 2))


def test_patience_never_runs_out(early_stopping):
    """Where patience never runs out, stop is the last epoch."""
    assert_matches(early_stopping([0.8, 0.5, 0.6, 0.4, 0.45], 2), (4, 3))


def test_an_equal_loss_is_no_improvement(early_stopping):
    """best is the first epoch of the lowest loss: a loss that is only as low does not count as better."""
    assert_matches(early_stopping([0.5, 0.3, 0.3, 0.4, 0.3, 0.2], 3), (4, 1))


def test_nan_is_no_improvement(early_stopping):
    """NaN is never the best, and any number that comes after it may be."""
    assert_matches(early_stopping([0.6, NAN, 0.5, NAN, NAN, NAN, 0.1], 3), (5, 2))
    assert_matches(early_stopping([NAN, NAN, 0.7, 0.8, 0.6], 3), (4, 4))


# covariate_shift_weights


def test_odds_from_logits(covariate_shift_weights):
    """The weights are exp(logits)."""
    logits = torch.tensor([0.0, 1.0, -1.0, math.log(4), math.log(0.25)], dtype=torch.float64)
    assert_matches(covariate_shift_weights(logits), numbers(1.0, math.e, 1 / math.e, 4.0, 0.25))


def test_clip_limits_the_weights(covariate_shift_weights):
    """With clip given, no weight is above clip, and smaller ones stay."""
    logits = torch.tensor([math.log(8), math.log(3), 0.0, math.log(2), math.log(0.5)], dtype=torch.float64)
    assert_matches(covariate_shift_weights(logits, 2.5), numbers(2.5, 2.5, 1.0, 2.0, 0.5))
    assert_matches(covariate_shift_weights(logits, clip=0.75), numbers(0.75, 0.75, 0.75, 0.75, 0.5))


# label_shift_weights

CONFUSION = numbers([0.7, 0.1, 0.2], [0.2, 0.8, 0.1], [0.1, 0.1, 0.7])


def test_target_share_over_source_share(label_shift_weights):
    """The weights are the target's label shares, solved for, over the source's."""
    # The target's shares are 0.2, 0.3 and 0.5.
    prediction, source = numbers(0.27, 0.33, 0.40), numbers(0.5, 0.3, 0.2)
    assert_matches(label_shift_weights(CONFUSION, prediction, source), numbers(0.4, 1.0, 2.5))


def test_a_perfect_classifier_counts(label_shift_weights):
    """Where the classifier makes no mistakes, its predictions are the target's shares."""
    confusion = torch.eye(4, dtype=torch.float64)
    prediction, source = numbers(0.4, 0.3, 0.2, 0.1), numbers(0.1, 0.3, 0.4, 0.2)
    assert_matches(label_shift_weights(confusion, prediction, source), numbers(4.0, 1.0, 0.5, 0.5))


def test_no_negative_shares(label_shift_weights):
    """Negative shares become 0, and the others are rescaled so that they sum to 1."""
    # The system's solution is -0.1, 0.4 and 0.7.
    prediction, source = numbers(0.11, 0.37, 0.52), numbers(0.25, 0.25, 0.5)
    assert_matches(label_shift_weights(CONFUSION, prediction, source), numbers(0.0, 1.6 / 1.1, 1.4 / 1.1))
