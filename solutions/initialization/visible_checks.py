"""Checks that students have: xavier_uniform and xavier_normal.

Random numbers are judged by statistics. Each has a false-alarm probability far below 1e-7, and so has each check.
"""

import math
from typing import NamedTuple

import torch

from autograder.calls import Foreign
from autograder.checking import assert_matches, observe
from autograder.describe import describe
from autograder.errors import CheckFailed


class Sample(NamedTuple):
    """Hold what one call drew: how it was called, the numbers, the same sorted, and the deviation they should have."""

    call: str
    x: torch.Tensor
    ordered: torch.Tensor
    std: float


def drawn(answer, std, *args, **kwargs):
    """Draw a sample; assert that it is a tensor of the right shape with finite numbers, hardly any of them twice."""
    shape = args[0]
    got = answer(*args, **kwargs)
    if not isinstance(got, torch.Tensor):
        observe("not a tensor: " + (describe(got) if isinstance(got, Foreign) else type(got).__name__), 0.0)
        raise CheckFailed("type", f"a tensor of shape {shape}", describe(got))
    assert_matches(tuple(got.shape), shape, what="the shape", rung="shape")
    if got.device.type == "meta" or got.is_complex():
        raise CheckFailed("type", "a tensor of real numbers", describe(got))
    unfinite = got.numel() - int(got.isfinite().sum())
    if unfinite:
        observe("all numbers are finite", 0.0)
        raise CheckFailed("finite", "finite numbers", f"{unfinite} that are NaN or infinite")
    x = got.double()
    ordered = x.flatten().sort().values
    different = 1 + int((ordered[1:] != ordered[:-1]).sum())
    observe("the share of different numbers", different / got.numel(), 0.02)
    observe("there is a number other than 0", float(got.any()))
    # float32 numbers from 0 to 1 have 2**24 values to take, so that 20,000 of them hold about a dozen repeats.
    if different < 0.9 * got.numel():
        raise CheckFailed("value", f"{got.numel()} independent draws", f"only {different} different numbers")
    return Sample(answer.last_call, x, ordered, std)


def assert_distribution(uniform, *samples):
    """Assert that each sample has mean 0, the right standard deviation, and the uniform or the normal distribution."""
    found = [look(uniform, sample) for sample in samples]
    for sample, (mean, std, gap, largest, beyond) in zip(samples, found, strict=True):
        n = sample.x.numel()
        # The mean of n numbers has the standard deviation 1 / sqrt(n), the estimate of a standard deviation
        # sqrt((kurtosis - 1) / 4n); 6 deviations give a false alarm with probability 2e-9.
        slack = 6 * sample.std / math.sqrt(n)
        inside(sample, "the mean", mean, -slack, slack)
        slack = 6 * sample.std * math.sqrt((1.8 if uniform else 3.0) - 1) / math.sqrt(4 * n)
        inside(sample, "the standard deviation", std, sample.std - slack, sample.std + slack)
        if uniform:
            # All n numbers stay below a * (1 - 25 / n) with probability exp(-25), or 1.4e-11.
            a = math.sqrt(3) * sample.std
            inside(sample, "the largest magnitude", largest, a * (1 - 25 / n), a * (1 + 1e-5))
        else:
            # Chernoff: a count with mean m is below m - 6 sqrt(m) with probability below 1.6e-8, and above
            # m + 6 sqrt(m) + 12 with probability below 1e-9.
            m = 0.0026998 * n
            slack = 6 * math.sqrt(m)
            inside(sample, "numbers beyond 3 deviations", beyond, max(0.0, m - slack), m + slack + 12)
        # Dvoretzky, Kiefer and Wolfowitz: the gap is over sqrt(log(2e9) / 2n) with probability below 1e-9.
        law = "uniform" if uniform else "normal"
        what = f"the largest gap to the {law} distribution function"
        inside(sample, what, gap, 0.0, math.sqrt(math.log(2e9) / (2 * n)))


def look(uniform, sample):
    """Return mean, deviation, gap to the distribution function, largest magnitude and count beyond 3 deviations."""
    z = sample.ordered / sample.std
    n = z.numel()
    steps = torch.arange(n + 1, dtype=torch.float64) / n
    below = ((z / math.sqrt(3) + 1) / 2).clamp(0, 1) if uniform else torch.special.ndtr(z)
    gap = max((below - steps[:-1]).max().item(), (steps[1:] - below).max().item())
    mean, std, largest = z.mean().item(), z.std().item(), max(-z[0].item(), z[-1].item())
    noise = 1 / math.sqrt(n)
    observe("mean / expected deviation", mean, 9 * noise * max(1.0, std))
    observe("log of deviation / expected deviation", math.log(std), 6 * noise)
    observe("gap to the distribution function", gap, 4 * noise)
    observe("log of largest magnitude / deviation", math.log(max(largest / std, 1e-9)), 0.4)
    return mean * sample.std, std * sample.std, gap, largest * sample.std, float((z.abs() > 3).sum())


def inside(sample, what, value, low, high):
    """Fail unless a statistic of a sample lies between `low` and `high`."""
    if not low <= value <= high:
        raise CheckFailed(
            "value", f"{what} between {low:.5g} and {high:.5g}", f"{value:.5g}", call=sample.call
        )


def assert_float32(answer):
    """Assert that the result is float32, with and without a generator."""
    for generator in (None, seeded(11)):
        got = answer((6, 4), generator=generator)
        kind = str(got.dtype) if isinstance(got, torch.Tensor) else describe(got)
        assert_matches(kind, "torch.float32", what="the dtype", rung="dtype")


def assert_draws_from_the_generator(answer):
    """Assert that equal generators give equal numbers, and others give other numbers."""
    first = drawn(answer, 1.0, (40, 30), generator=seeded(21)).x
    again = drawn(answer, 1.0, (40, 30), generator=seeded(21)).x
    other = drawn(answer, 1.0, (40, 30), generator=seeded(22)).x
    alike = share(first == again)
    differ = share(first != other)
    observe("share that equal generators give alike", alike, 0.05)
    observe("share that other generators give differently", differ, 0.05)
    observe("share of signs alike", share(first.sign() == again.sign()), 0.15)
    magnitudes = torch.stack([first.flatten().abs(), again.flatten().abs()])
    observe("correlation of magnitudes", torch.corrcoef(magnitudes)[0, 1].item(), 0.2)
    if alike < 1:
        raise CheckFailed("value", "the same numbers from two generators with one seed", "other numbers")
    # 1,200 numbers of 24 bits: the chance that 13 of them agree by accident is below 1e-50.
    if differ < 0.99:
        raise CheckFailed("value", "other numbers from a generator with another seed", "the same numbers")


def assert_draws_anew(answer):
    """Assert that two calls in a row give different numbers."""
    first, second = drawn(answer, 1.0, (40, 30)).x, drawn(answer, 1.0, (40, 30)).x
    differ = share(first != second)
    observe("share that differs between two calls", differ, 0.05)
    if differ < 0.99:
        raise CheckFailed("value", "other numbers in every call", "the same numbers in two calls")


def seeded(seed):
    """Return a new generator with this seed."""
    return torch.Generator().manual_seed(seed)


def share(flags):
    """Return the share of flags that are set."""
    return flags.double().mean().item()


def sigma(shape, gain=1.0):
    """Return the standard deviation that both initialisations ask for."""
    kernel = math.prod(shape[2:])
    return gain * math.sqrt(2 / (shape[0] * kernel + shape[1] * kernel))


def tall_and_wide(answer):
    return [drawn(answer, sigma(shape), shape) for shape in ((160, 70), (50, 220))]


def with_gains(answer):
    large, small = (90, 120), (60, 40)
    return [drawn(answer, sigma(large, 2.5), large, gain=2.5), drawn(answer, sigma(small, 0.3), small, 0.3)]


def kernels(answer):
    return [drawn(answer, sigma(shape), shape) for shape in ((40, 12, 7), (24, 32, 3, 5))]


def test_numbers_fill_the_interval(xavier_uniform):
    """The numbers are spread evenly over [-a, a], a = gain * sqrt(6 / (fan_in + fan_out))."""
    assert_distribution(True, *tall_and_wide(xavier_uniform))


def test_gain_widens_the_interval(xavier_uniform):
    """The bound is proportional to the gain."""
    assert_distribution(True, *with_gains(xavier_uniform))


def test_fans_count_the_kernel(xavier_uniform):
    """For a convolution's weight, both fans count all elements of the kernel."""
    assert_distribution(True, *kernels(xavier_uniform))


def test_result_is_float32(xavier_uniform):
    """The result is a float32 tensor."""
    assert_float32(xavier_uniform)


def test_generator_decides(xavier_uniform):
    """All draws come from the generator: the same seed gives the same numbers, another seed gives others."""
    assert_draws_from_the_generator(xavier_uniform)


def test_every_call_draws_anew(xavier_uniform):
    """Without a generator, two calls give different numbers."""
    assert_draws_anew(xavier_uniform)


def test_numbers_are_normal(xavier_normal):
    """The numbers are normal, with mean 0 and standard deviation gain * sqrt(2 / (fan_in + fan_out))."""
    assert_distribution(False, *tall_and_wide(xavier_normal))


def test_gain_scales_the_deviation(xavier_normal):
    """The standard deviation is proportional to the gain."""
    assert_distribution(False, *with_gains(xavier_normal))


def test_both_fans_count_the_kernel(xavier_normal):
    """For a convolution's weight, both fans count all elements of the kernel."""
    assert_distribution(False, *kernels(xavier_normal))


def test_dtype_is_float32(xavier_normal):
    """The result is a float32 tensor."""
    assert_float32(xavier_normal)


def test_draws_come_from_the_generator(xavier_normal):
    """All draws come from the generator: the same seed gives the same numbers, another seed gives others."""
    assert_draws_from_the_generator(xavier_normal)


def test_each_call_draws_anew(xavier_normal):
    """Without a generator, two calls give different numbers."""
    assert_draws_anew(xavier_normal)
