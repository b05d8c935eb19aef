"""Checks that only graders have: dropout."""

import torch

from autograder.calls import Call
from autograder.checking import (
    agree_in_gradient,
    assert_device,
    assert_inputs_unchanged,
    assert_matches,
    assert_within,
    observe,
    randn,
)
from autograder.errors import CheckFailed


def test_each_element_has_its_own_coin(dropout):
    """Every element is dropped independently of the others in its row, its column and its channel."""
    y = dropout(torch.ones(60, 70, 80), 0.35)
    zeros = (y == 0).double()
    # Means over 4,200 to 5,600 coins have standard deviations below 0.0074, and 210 of them are looked at:
    # 6.5 deviations give a false alarm with probability below 2e-8.
    for axes in ((0, 1), (0, 2), (1, 2)):
        share = zeros.mean(dim=axes)
        assert_within(share.min().item(), 0.35 - 0.048, 0.35, f"the smallest share dropped along {axes}")
        assert_within(share.max().item(), 0.35, 0.35 + 0.048, f"the largest share dropped along {axes}")


def test_each_call_draws_anew(dropout):
    """Two calls drop different elements."""
    x = torch.ones(1000, 1000)
    first, second = dropout(x, 0.4), dropout(x, 0.4)
    both = ((first == 0) & (second == 0)).double().mean().item()
    # Independent masks agree on 0.16 of a million elements: standard deviation 0.0004, and 0.012 with one coin per row.
    assert_within(both, 0.16 - 0.05, 0.16 + 0.05, "the share of elements dropped in both of two calls")


def test_float64_stays(dropout):
    """The result has the dtype of x."""
    for dtype in (torch.float64, torch.float16):
        y = dropout(randn(5, 3, seed=7, dtype=dtype), 0.25)
        assert_matches(str(y.dtype), str(dtype), what="the dtype")


def test_gradient_uses_the_mask(dropout):
    """The gradient is 1 / (1 - p) where an element was kept and 0 where it was dropped."""
    x = randn(30, 40, seed=8)
    reply = dropout.ask(Call("dropout", (x, 0.2), cotangents=[torch.ones_like(x)]))
    gradient = reply.gradients[0] if reply.gradients[0] is not None else torch.zeros_like(x)
    factor = torch.where(reply.result != 0, 1 / 0.8, 0.0)
    observe(
        "elements whose gradient is not that of the mask", float((gradient - factor).abs().gt(1e-9).any())
    )
    observe("gradient is zero everywhere", float(not gradient.any()))
    if not (gradient - factor).abs().max() <= 1e-9:
        raise CheckFailed("gradient", "1 / (1 - p) where kept, 0 where dropped", "another gradient")


def test_gradient_at_the_ends(dropout):
    """The gradient is 1 in evaluation and at p = 0, and 0 (no NaN) at p = 1."""
    x = randn(3, 4, seed=9)
    agree_in_gradient(dropout, lambda x, p: 0 * x, x, 1.0)
    agree_in_gradient(dropout, lambda x, p: 1 * x, x, 0.0)
    agree_in_gradient(dropout, lambda x, p, training: 1 * x, x, 0.4, training=False)


def test_x_is_left_alone(dropout):
    """x itself is not changed."""
    assert_inputs_unchanged(dropout, randn(6, 5, seed=10), 0.5)


def test_device(dropout):
    """The mask is made on the device of x."""
    assert_device(dropout, randn(6, 5, seed=11), 0.3)
