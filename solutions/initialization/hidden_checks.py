"""Checks that only graders have: xavier_uniform and xavier_normal."""

import itertools
import math
import runpy
from pathlib import Path

import torch

from autograder.checking import observe
from autograder.errors import CheckFailed

VISIBLE = runpy.run_path(str(Path(__file__).with_name("visible_checks.py")))
drawn, sigma, seeded, share = (VISIBLE[name] for name in ("drawn", "sigma", "seeded", "share"))
assert_distribution = VISIBLE["assert_distribution"]


def with_a_generator(answer):
    """Return samples of several shapes and gains, drawn from a generator, all arguments by position."""
    cases = (((12, 10, 2, 3, 5), 0.7, 31), ((4, 5000), 1.6, 32), ((900, 3), 0.2, 33))
    return [drawn(answer, sigma(shape, gain), shape, gain, seeded(seed)) for shape, gain, seed in cases]


def assert_independent(answer):
    """Assert that no row, column or kernel position has a mean of its own, nor any pair of these."""
    x = drawn(answer, 1.0, (16, 12, 9, 8)).x
    x = x / x.square().mean().sqrt()
    largest = 0.0
    for count in (1, 2):
        for kept in itertools.combinations(range(4), count):
            means = x.mean(dim=[axis for axis in range(4) if axis not in kept])
            terms = x.numel() / means.numel()
            largest = max(largest, means.abs().max().item() * math.sqrt(terms))
    observe("log of the largest mean in deviations", math.log(largest), 0.5)
    # 785 means over 72 numbers or more; each is beyond 7 deviations with probability 3e-12.
    if largest > 7:
        raise CheckFailed("value", "means that differ by chance alone", f"one {largest:.3g} deviations off")


def assert_not_standardised(answer):
    """Assert that means and mean squares of small tensors vary as those of independent numbers do."""
    x = torch.stack([drawn(answer, 1.0, (5, 4)).x for _ in range(32)]).flatten(1)
    x = x / x.square().mean().sqrt()
    # The mean of 32 squared sums of 20 numbers, over its expectation: nearly a chi-square variable with 32 degrees of
    # freedom, over 32. Chernoff: it leaves 0.1 to 4 with probability below 2e-10.
    sums = x.sum(1).square().mean().item() / 20
    # The variance of the mean of 20 squares is (kurtosis - 1) / 20, with kurtosis 1.8 or 3. Estimated from 32 means it
    # is nearly a chi-square variable with 31 degrees of freedom, over 31; below a tenth with probability below 1e-9.
    squares = x.square().mean(1).var().item() * 20
    observe("log of the mean square of sums", math.log(sums + 1e-6), 1.5)
    observe("log of the variance of mean squares", math.log(squares + 1e-6), 1.5)
    if not 0.1 <= sums <= 4:
        raise CheckFailed("value", "sums that vary by chance as those of independent numbers", "others")
    if squares < 0.08:
        raise CheckFailed("value", "mean squares that vary by chance", "the same one in every tensor")


def assert_other_draws_stay_random(answer):
    """Assert that drawing from a seeded generator does not decide what later calls draw."""
    samples = []
    for _ in range(2):
        drawn(answer, 1.0, (40, 30), generator=seeded(41))
        samples.append(drawn(answer, 1.0, (40, 30)).x)
    differ = share(samples[0] != samples[1])
    observe("share that differs after equal generators", differ, 0.05)
    if differ < 0.99:
        raise CheckFailed("behaviour", "other numbers in calls without a generator", "the same numbers")


def test_any_shape_gain_and_generator(xavier_uniform):
    """The interval is right for any shape and gain, with a generator too."""
    assert_distribution(True, *with_a_generator(xavier_uniform))


def test_numbers_are_independent(xavier_uniform):
    """Every element is drawn on its own: no row, column or kernel position stands out."""
    assert_independent(xavier_uniform)


def test_nothing_is_evened_out(xavier_uniform):
    """The draws are left as they are: a tensor's own mean and spread vary by chance."""
    assert_not_standardised(xavier_uniform)


def test_global_source_is_left_alone(xavier_uniform):
    """A generator does not change what later calls without one draw."""
    assert_other_draws_stay_random(xavier_uniform)


def test_every_shape_gain_and_generator(xavier_normal):
    """The distribution is right for any shape and gain, with a generator too."""
    assert_distribution(False, *with_a_generator(xavier_normal))


def test_draws_are_independent(xavier_normal):
    """Every element is drawn on its own: no row, column or kernel position stands out."""
    assert_independent(xavier_normal)


def test_draws_are_not_evened_out(xavier_normal):
    """The draws are left as they are: a tensor's own mean and spread vary by chance."""
    assert_not_standardised(xavier_normal)


def test_generator_leaves_the_global_source_alone(xavier_normal):
    """A generator does not change what later calls without one draw."""
    assert_other_draws_stay_random(xavier_normal)
