"""Checks that students have: initialisation, activations, gradients and batch norm.

Random numbers are judged by statistics. Each has a false-alarm probability far below 1e-7, and so has each check.
"""

import math
from typing import NamedTuple

import torch

from autograder.calls import Foreign
from autograder.checking import (
    agree,
    agree_in_gradient,
    assert_matches,
    assert_raises,
    observe,
    randn,
)
from autograder.describe import describe
from autograder.errors import CheckFailed
from autograder.helpers import identity, softsign


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


def numbers(*values):
    """Return numbers, or rows of numbers, as a float64 tensor."""
    return torch.tensor(values, dtype=torch.float64)


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


# fans


def whole(count):
    """Return a count as an int, also where it came as a whole float or a tensor of one element."""
    if isinstance(count, torch.Tensor) and count.numel() == 1 and count.device.type != "meta":
        count = count.item()
    return int(count) if isinstance(count, float) and count.is_integer() else count


def assert_fans(answer, shape, fan_in, fan_out):
    """Assert that the fans of a weight of this shape are these two counts."""
    got = answer(shape)
    assert_matches(tuple(map(whole, got)) if isinstance(got, list | tuple) else got, (fan_in, fan_out))


def test_fans_of_a_linear_layer(fans):
    """For a weight of shape (out, in), the fans are (in, out)."""
    assert_fans(fans, (7, 3), 3, 7)
    assert_fans(fans, (1, 10), 10, 1)


def test_fans_of_a_convolution(fans):
    """For a weight of shape (out, in, *kernel), both fans count all elements of the kernel."""
    assert_fans(fans, (16, 6, 5, 3), 90, 240)
    assert_fans(fans, (4, 7, 3), 21, 12)


def test_fans_need_two_dimensions(fans):
    """A shape of fewer than 2 dimensions is refused with ValueError."""
    assert_raises(fans, (5,))


# sigmoid_gradient


def test_sigmoid_gradient_value(sigmoid_gradient):
    """The result is the derivative of 1 / (1 + exp(-x)) at each element: 1/4 at 0, and less on both sides."""
    x = numbers([0.0, math.log(3), -math.log(3)], [math.log(4), -math.log(9), math.log(2)])
    assert_matches(sigmoid_gradient(x), numbers([1 / 4, 3 / 16, 3 / 16], [4 / 25, 9 / 100, 2 / 9]))


def test_sigmoid_gradient_far_out(sigmoid_gradient):
    """The derivative is finite far away from 0, on both sides, and goes to 0."""
    for far in (-1000.0, 1000.0, -40.0, 40.0):
        assert_matches(sigmoid_gradient(numbers(far)), numbers(0.0))


# leaky_relu


def test_leaky_relu_value(leaky_relu):
    """Elements of at least 0 stay as they are, negative ones are multiplied by the slope, which is 0.01 by default."""
    x = numbers([2.0, -300.0, 0.0], [-0.5, 700.0, -40.0])
    assert_matches(leaky_relu(x), numbers([2.0, -3.0, 0.0], [-0.005, 700.0, -0.4]))
    assert_matches(leaky_relu(x, 0.25), numbers([2.0, -75.0, 0.0], [-0.125, 700.0, -10.0]))


def test_leaky_relu_any_slope(leaky_relu):
    """The slope may be any number: above 1, negative, or 0."""
    for slope in (2.5, -0.75, 0.0):
        agree(leaky_relu, torch.nn.functional.leaky_relu, randn(3, 5, seed=50), slope)


# elu


def test_elu_value(elu):
    """Positive elements stay as they are; the others become alpha * (exp(x) - 1), where alpha is 1 by default."""
    x = numbers([2.0, -math.log(2), 0.0], [-math.log(4), 7.0, -math.log(5)])
    assert_matches(elu(x), numbers([2.0, -1 / 2, 0.0], [-3 / 4, 7.0, -4 / 5]))
    assert_matches(elu(x, 3.0), numbers([2.0, -3 / 2, 0.0], [-9 / 4, 7.0, -12 / 5]))


def test_elu_far_out(elu):
    """For large x of either sign the result is finite: x itself, or -alpha."""
    x = numbers(1000.0, -1000.0, 800.0, -900.0)
    assert_matches(elu(x, 0.5), numbers(1000.0, -0.5, 800.0, -0.5))


def test_elu_gradient(elu):
    """The gradient is 1 for positive x and alpha * exp(x) for negative x."""
    agree_in_gradient(elu, torch.nn.functional.elu, randn(3, 5, seed=51), 0.6)


# layer_gradient_norms


def test_layer_gradient_norms_value(layer_gradient_norms):
    """The result holds the norm of the gradient of H_L.sum() with respect to H_0, H_1, ..., H_{L-1}, in this order."""
    x = torch.tensor([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]])
    weights = [
        torch.tensor([[1.0, 2.0], [0.0, -1.0], [3.0, 1.0]]),
        torch.tensor([[1.0, 0.0, 2.0, -1.0], [2.0, 1.0, -1.0, 1.0]]),
    ]
    # Without an activation each row's gradient is (2, 3) with respect to H_1, and (8, -3, 9) with respect to H_0.
    norms = layer_gradient_norms(weights, x, identity)
    assert_matches(norms, torch.tensor([math.sqrt(308), math.sqrt(26)]))
    norms = layer_gradient_norms(weights, x, softsign)
    assert_matches(norms, torch.tensor([0.1201852, 1.3978133]))


def test_layer_gradient_norms_one_layer(layer_gradient_norms):
    """A network of one layer has one norm."""
    x, weights = numbers([1.0, -2.0, 0.5]), [numbers([2.0], [1.0], [4.0])]
    assert_matches(layer_gradient_norms(weights, x, identity), numbers(math.sqrt(21)))
    assert_matches(layer_gradient_norms(weights, x, softsign), numbers(math.sqrt(21) / 9))


# clip_gradients


def assert_clipped(answer, grads, theta, factor):
    """Assert that all gradients are scaled by a factor; a tiny number added to the norm against division by 0 is fine."""
    assert_matches(answer(grads, theta), [factor * grad for grad in grads], tolerance=1e-5)


def test_long_gradients_are_clipped(clip_gradients):
    """Gradients whose norm, taken over all of them together, is above theta are scaled so that it is theta."""
    grads = [numbers([3.0, 0.0], [-4.0, 0.0], [0.0, 0.0]), numbers(-12.0, 0.0, 84.0)]  # the norm is 85
    assert_clipped(clip_gradients, grads, 17.0, 0.2)
    assert_clipped(clip_gradients, grads, 1.0, 1 / 85)


def test_short_gradients_stay(clip_gradients):
    """Gradients whose norm is at most theta stay as they are."""
    grads = [numbers([0.3, 0.0], [-0.4, 0.0], [0.0, 0.0]), numbers(-1.2, 0.0, 8.4)]
    assert_clipped(clip_gradients, grads, 8.6, 1.0)
    assert_clipped(clip_gradients, grads, 100.0, 1.0)


def test_zero_gradients_stay_zero(clip_gradients):
    """All-zero gradients stay zero, without NaN."""
    assert_clipped(clip_gradients, [0 * randn(3, 2, seed=52), 0 * randn(4, seed=53)], 0.5, 1.0)


# batch_norm


def torch_batch_norm(x, gamma, beta, mean, var, training, eps=1e-5, momentum=0.1):
    """Return what torch's batch norm makes of a batch, and its running statistics afterwards."""
    mean, var = mean.detach().clone(), var.detach().clone()
    y = torch.nn.functional.batch_norm(x, mean, var, gamma, beta, training, momentum, eps)
    return y, mean, var


def batch_norm_inputs(*shape, seed, dtype=torch.float64):
    """Return x, gamma, beta, running_mean and running_var, no two channels alike."""
    c = shape[1]
    x = 1.3 * randn(*shape, seed=seed) + randn(c, seed=seed + 1).reshape(c, *[1] * (len(shape) - 2))
    gamma, beta = 1.5 + 0.4 * randn(c, seed=seed + 2), randn(c, seed=seed + 3)
    mean, var = randn(c, seed=seed + 4), 0.4 + randn(c, seed=seed + 5).square()
    return [value.to(dtype) for value in (x, gamma, beta, mean, var)]


def assert_normalised(answer, *args, **kwargs):
    """Assert that y is what torch computes; the running statistics are another check's affair."""
    y, mean, var = torch_batch_norm(*args, **kwargs)
    got = answer(*args, **kwargs)
    if not isinstance(got, list | tuple) or len(got) != 3:
        assert_matches(got, (y, mean, var))
    assert_matches(got[0], y, what="y")


def test_batch_is_normalised(batch_norm):
    """In training, y is gamma * (x - mean) / sqrt(var + eps) + beta, with each column's mean and biased variance."""
    assert_normalised(batch_norm, *batch_norm_inputs(5, 3, seed=60), True)


def test_running_statistics_move(batch_norm):
    """In training, the running statistics move by a share of momentum towards the batch's mean and unbiased variance."""
    agree(batch_norm, torch_batch_norm, *batch_norm_inputs(5, 3, seed=70), True)
    agree(batch_norm, torch_batch_norm, *batch_norm_inputs(4, 2, seed=80), True, momentum=0.3)


def test_evaluation_uses_running_statistics(batch_norm):
    """With training=False the running statistics normalise, and are returned unchanged."""
    agree(batch_norm, torch_batch_norm, *batch_norm_inputs(4, 3, seed=90), False)


def test_images_are_normalised_per_channel(batch_norm):
    """For (n, c, height, width) the statistics are those of a channel, over all images and pixels."""
    agree(batch_norm, torch_batch_norm, *batch_norm_inputs(2, 3, 1, 4, seed=100), True)
    agree(batch_norm, torch_batch_norm, *batch_norm_inputs(1, 2, 3, 4, seed=110), False)
