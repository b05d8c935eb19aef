"""Checks that students have: dropout."""

import torch

from autograder.checking import agree, assert_matches, assert_raises, assert_within, randn


def kept_scale(y, x):
    """Return y / x where y is not zero: what the kept elements were multiplied by."""
    kept = y != 0
    return (y[kept] / x[kept]).double()


def test_kept_elements_are_rescaled(dropout):
    """In training, kept elements are divided by 1 - p, and about a share p of all elements becomes 0."""
    x = 1 + torch.rand(20_000, 5, generator=torch.Generator().manual_seed(1))
    y = dropout(x, 0.3)
    assert_matches(y.shape == x.shape, True, what="the result has the shape of x")
    share = (y == 0).double().mean().item()
    # 100,000 coins: standard deviation 0.00145. The interval is wide enough for one coin per row as well, which another
    # check is about; a false alarm has a probability below 1e-40.
    assert_within(share, 0.28, 0.32, "the share of zeros for p = 0.3")
    scale = kept_scale(y, x)
    assert_within(scale.min().item(), 1 / 0.7 - 1e-4, 1 / 0.7 + 1e-4, "the smallest factor of a kept element")
    assert_within(scale.max().item(), 1 / 0.7 - 1e-4, 1 / 0.7 + 1e-4, "the largest factor of a kept element")


def test_evaluation_changes_nothing(dropout):
    """With training=False the result is x as it is."""
    x = randn(4, 7, seed=2)
    agree(dropout, lambda x, p, training: x, x, 0.6, training=False)


def test_nothing_is_dropped_at_p_0(dropout):
    """With p = 0 every element is kept as it is."""
    agree(dropout, lambda x, p: x, randn(3, 5, seed=3), 0.0)


def test_everything_is_dropped_at_p_1(dropout):
    """With p = 1 the result is all zeros, without NaN."""
    agree(dropout, lambda x, p: torch.zeros_like(x), randn(3, 5, seed=4), 1.0)


def test_p_is_a_probability(dropout):
    """p below 0 or above 1 is refused with ValueError, in evaluation too."""
    x = randn(2, 3, seed=5)
    assert_raises(dropout, x, -0.1)
    assert_raises(dropout, x, 1.5)
    assert_raises(dropout, x, 1.5, training=False)
