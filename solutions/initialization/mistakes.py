"""Wrong answers that students give, each with the sentence they are told."""
# ruff: noqa: F811 -- names repeat from exercise to exercise

import functools
import math

import numpy as np
import torch

from autograder.authoring import answer


def both_fans(shape):
    kernel = math.prod(shape[2:])
    return shape[1] * kernel, shape[0] * kernel


def refuse(shape):
    raise ValueError(f"a shape of fewer than 2 dimensions: {shape}")


def uniform(shape, a, generator):
    return (2 * torch.rand(shape, generator=generator) - 1) * a


def normal(shape, std, generator):
    return torch.randn(shape, generator=generator) * std


@answer("xavier_uniform")
def fan_in_alone(shape, gain=1.0, generator=None):
    """The bound is made from fan_in alone, as in He's initialisation; divide 6 by fan_in + fan_out."""
    return uniform(shape, gain * math.sqrt(6 / both_fans(shape)[0]), generator)


@answer("xavier_uniform")
def fan_out_alone(shape, gain=1.0, generator=None):
    """The bound is made from fan_out alone; divide 6 by fan_in + fan_out."""
    return uniform(shape, gain * math.sqrt(6 / both_fans(shape)[1]), generator)


@answer("xavier_uniform")
def half_of_6_over_fan_in(shape, gain=1.0, generator=None):
    """The bound is sqrt(3 / fan_in), which keeps the variance in the forward direction alone; use both fans."""
    return uniform(shape, gain * math.sqrt(3 / both_fans(shape)[0]), generator)


@answer("xavier_uniform")
def half_of_6_over_fan_out(shape, gain=1.0, generator=None):
    """The bound is sqrt(3 / fan_out), which keeps the variance in the backward direction alone; use both fans."""
    return uniform(shape, gain * math.sqrt(3 / both_fans(shape)[1]), generator)


@answer("xavier_uniform")
def bound_is_the_deviation(shape, gain=1.0, generator=None):
    """The standard deviation sqrt(2 / (fan_in + fan_out)) is the bound; a uniform bound is sqrt(3) times that."""
    return uniform(shape, gain * math.sqrt(2 / sum(both_fans(shape))), generator)


@answer("xavier_uniform")
def three_for_six(shape, gain=1.0, generator=None):
    """3 stands where 6 belongs: the bound is gain * sqrt(6 / (fan_in + fan_out))."""
    return uniform(shape, gain * math.sqrt(3 / sum(both_fans(shape))), generator)


@answer("xavier_uniform")
def mean_of_the_fans(shape, gain=1.0, generator=None):
    """6 is divided by the mean of the fans; divide it by their sum."""
    return uniform(shape, gain * math.sqrt(6 / (sum(both_fans(shape)) / 2)), generator)


@answer("xavier_uniform")
def product_of_the_fans(shape, gain=1.0, generator=None):
    """6 is divided by the product of the fans; divide it by their sum."""
    return uniform(shape, gain * math.sqrt(6 / math.prod(both_fans(shape))), generator)


@answer("xavier_uniform")
def no_root(shape, gain=1.0, generator=None):
    """The square root is missing: 6 / (fan_in + fan_out) is the bound's square."""
    return uniform(shape, gain * 6 / sum(both_fans(shape)), generator)


@answer("xavier_uniform")
def root_of_6_alone(shape, gain=1.0, generator=None):
    """The root is taken of 6 alone; take it of 6 / (fan_in + fan_out)."""
    return uniform(shape, gain * math.sqrt(6) / sum(both_fans(shape)), generator)


@answer("xavier_uniform")
def sum_of_roots(shape, gain=1.0, generator=None):
    """The roots of the two fans are added; take the root of their sum."""
    fan_in, fan_out = both_fans(shape)
    return uniform(shape, gain * math.sqrt(6) / (math.sqrt(fan_in) + math.sqrt(fan_out)), generator)


@answer("xavier_uniform")
def no_parentheses(shape, gain=1.0, generator=None):
    """6 is divided by fan_in before fan_out is added; put fan_in + fan_out in parentheses."""
    fan_in, fan_out = both_fans(shape)
    return uniform(shape, gain * math.sqrt(6 / fan_in + fan_out), generator)


@answer("xavier_uniform")
def gain_forgotten(shape, gain=1.0, generator=None):
    """The gain is not used; multiply the bound by it."""
    return uniform(shape, math.sqrt(6 / sum(both_fans(shape))), generator)


@answer("xavier_uniform")
def gain_squared(shape, gain=1.0, generator=None):
    """The gain counts twice; multiply the bound by it once."""
    return uniform(shape, gain**2 * math.sqrt(6 / sum(both_fans(shape))), generator)


@answer("xavier_uniform")
def gain_under_the_root(shape, gain=1.0, generator=None):
    """The gain stands under the square root; multiply the root by it."""
    return uniform(shape, math.sqrt(gain * 6 / sum(both_fans(shape))), generator)


@answer("xavier_uniform")
def divided_by_gain(shape, gain=1.0, generator=None):
    """The bound is divided by the gain; multiply it."""
    return uniform(shape, math.sqrt(6 / sum(both_fans(shape))) / gain, generator)


@answer("xavier_uniform")
def gain_added(shape, gain=1.0, generator=None):
    """The gain is added to the bound; multiply the bound by it."""
    return uniform(shape, gain - 1 + math.sqrt(6 / sum(both_fans(shape))), generator)


@answer("xavier_uniform")
def default_gain_of_relu(shape, gain=2**0.5, generator=None):
    """The gain is sqrt(2) where none is given; its default is 1."""
    return uniform(shape, gain * math.sqrt(6 / sum(both_fans(shape))), generator)


@answer("xavier_uniform")
def kernel_left_out(shape, gain=1.0, generator=None):
    """The kernel is left out of the fans; both count all its elements."""
    return uniform(shape, gain * math.sqrt(6 / (shape[0] + shape[1])), generator)


@answer("xavier_uniform")
def kernel_in_fan_in_alone(shape, gain=1.0, generator=None):
    """The kernel counts in fan_in alone; fan_out counts it too."""
    return uniform(shape, gain * math.sqrt(6 / (both_fans(shape)[0] + shape[0])), generator)


@answer("xavier_uniform")
def kernel_in_fan_out_alone(shape, gain=1.0, generator=None):
    """The kernel counts in fan_out alone; fan_in counts it too."""
    return uniform(shape, gain * math.sqrt(6 / (shape[1] + both_fans(shape)[1])), generator)


@answer("xavier_uniform")
def first_kernel_axis_alone(shape, gain=1.0, generator=None):
    """Only the kernel's first axis counts in the fans; count all its elements."""
    kernel = math.prod(shape[2:3])
    return uniform(shape, gain * math.sqrt(6 / ((shape[0] + shape[1]) * kernel)), generator)


@answer("xavier_uniform")
def last_kernel_axis_alone(shape, gain=1.0, generator=None):
    """Only the kernel's last axis counts in the fans; count all its elements."""
    kernel = shape[-1] if len(shape) > 2 else 1
    return uniform(shape, gain * math.sqrt(6 / ((shape[0] + shape[1]) * kernel)), generator)


@answer("xavier_uniform")
def square_kernel_assumed(shape, gain=1.0, generator=None):
    """The kernel is taken for a square; multiply the sizes of all its axes."""
    kernel = shape[2] ** 2 if len(shape) > 2 else 1
    return uniform(shape, gain * math.sqrt(6 / ((shape[0] + shape[1]) * kernel)), generator)


@answer("xavier_uniform")
def kernel_sizes_added(shape, gain=1.0, generator=None):
    """The kernel's sizes are added up; its number of elements is their product."""
    kernel = sum(shape[2:]) or 1
    return uniform(shape, gain * math.sqrt(6 / ((shape[0] + shape[1]) * kernel)), generator)


@answer("xavier_uniform")
def last_two_axes_are_the_fans(shape, gain=1.0, generator=None):
    """The last two sizes are taken for the fans; they are the first two, each times the number of kernel elements."""
    return uniform(shape, gain * math.sqrt(6 / (shape[-1] + shape[-2])), generator)


@answer("xavier_uniform")
def channels_last_layout(shape, gain=1.0, generator=None):
    """The kernel is looked for in the first axes; PyTorch's layout is (out, in, *kernel)."""
    kernel = math.prod(shape[:-2])
    return uniform(shape, gain * math.sqrt(6 / ((shape[-1] + shape[-2]) * kernel)), generator)


@answer("xavier_uniform")
def two_dimensions_only(shape, gain=1.0, generator=None):
    """Only shapes of two dimensions are handled; a convolution's weight has kernel axes as well."""
    fan_out, fan_in = shape
    return uniform(shape, gain * math.sqrt(6 / (fan_in + fan_out)), generator)


@answer("xavier_uniform")
def one_sided(shape, gain=1.0, generator=None):
    """The numbers are drawn from [0, a]; draw from [-a, a]."""
    return torch.rand(shape, generator=generator) * gain * math.sqrt(6 / sum(both_fans(shape)))


@answer("xavier_uniform")
def half_as_wide(shape, gain=1.0, generator=None):
    """The interval is [-a/2, a/2]; it is 2a long, from -a to a."""
    return (torch.rand(shape, generator=generator) - 0.5) * gain * math.sqrt(6 / sum(both_fans(shape)))


@answer("xavier_uniform")
def normal_for_uniform(shape, gain=1.0, generator=None):
    """The numbers are normal with the right standard deviation; this one is uniform."""
    return normal(shape, gain * math.sqrt(2 / sum(both_fans(shape))), generator)


@answer("xavier_uniform")
def normal_scaled_by_the_bound(shape, gain=1.0, generator=None):
    """Normal numbers are multiplied by the bound; draw uniform ones."""
    return normal(shape, gain * math.sqrt(6 / sum(both_fans(shape))), generator)


@answer("xavier_uniform")
def two_ends_alone(shape, gain=1.0, generator=None):
    """Only -a and a are drawn; draw from the whole interval between them."""
    signs = 2 * torch.randint(0, 2, shape, generator=generator) - 1
    return signs * gain * math.sqrt(6 / sum(both_fans(shape)))


@answer("xavier_uniform")
def equal_rows(shape, gain=1.0, generator=None):
    """All rows are alike, so all units learn the same; draw every element on its own."""
    a = gain * math.sqrt(6 / sum(both_fans(shape)))
    return uniform(shape[1:], a, generator).expand(shape).clone()


@answer("xavier_uniform")
def equal_columns(shape, gain=1.0, generator=None):
    """One number is drawn per output and shared by all its inputs; draw every element on its own."""
    a = gain * math.sqrt(6 / sum(both_fans(shape)))
    return uniform((shape[0],) + (1,) * (len(shape) - 1), a, generator).expand(shape).clone()


@answer("xavier_uniform")
def one_number_for_all(shape, gain=1.0, generator=None):
    """One number is drawn and fills the whole tensor; draw every element on its own."""
    a = gain * math.sqrt(6 / sum(both_fans(shape)))
    return torch.full(shape, uniform((1,), a, generator).item())


@answer("xavier_uniform")
def evenly_spaced(shape, gain=1.0, generator=None):
    """The numbers are evenly spaced, not drawn at random."""
    a = gain * math.sqrt(6 / sum(both_fans(shape)))
    return torch.linspace(-a, a, math.prod(shape)).reshape(shape)


@answer("xavier_uniform")
def mean_taken_away(shape, gain=1.0, generator=None):
    """The tensor's own mean is taken away; the mean is 0 in expectation, and draws stay as they are."""
    w = uniform(shape, gain * math.sqrt(6 / sum(both_fans(shape))), generator)
    return w - w.mean()


@answer("xavier_uniform")
def scaled_to_the_exact_deviation(shape, gain=1.0, generator=None):
    """The tensor is scaled until its own spread is exact; draws stay as they are, and theirs varies by chance."""
    w = torch.rand(shape, generator=generator) * 2 - 1
    return w / w.square().mean().sqrt() * gain * math.sqrt(2 / sum(both_fans(shape)))


@answer("xavier_uniform")
def generator_ignored(shape, gain=1.0, generator=None):
    """The generator is not used; where one is given, all draws come from it."""
    return uniform(shape, gain * math.sqrt(6 / sum(both_fans(shape))), None)


@answer("xavier_uniform")
def generator_for_signs_alone(shape, gain=1.0, generator=None):
    """Only some of the draws come from the generator; where one is given, all of them do."""
    signs = 2 * torch.randint(0, 2, shape, generator=generator) - 1
    return signs * torch.rand(shape) * gain * math.sqrt(6 / sum(both_fans(shape)))


@answer("xavier_uniform")
def generator_reseeded(shape, gain=1.0, generator=None):
    """The generator is seeded anew inside the function, so every one gives the same numbers; use it as it is."""
    if generator is not None:
        generator.manual_seed(0)
    return uniform(shape, gain * math.sqrt(6 / sum(both_fans(shape))), generator)


@answer("xavier_uniform")
def global_source_seeded(shape, gain=1.0, generator=None):
    """The generator's seed is given to the global source, which changes what others draw; pass the generator on."""
    if generator is not None:
        torch.manual_seed(generator.initial_seed())
    return uniform(shape, gain * math.sqrt(6 / sum(both_fans(shape))), None)


@answer("xavier_uniform")
def seed_set_inside(shape, gain=1.0, generator=None):
    """Every call draws the same numbers, because the seed is set inside the function."""
    if generator is None:
        torch.manual_seed(0)
    return uniform(shape, gain * math.sqrt(6 / sum(both_fans(shape))), generator)


@answer("xavier_uniform")
def seed_set_inside_and_generator_ignored(shape, gain=1.0, generator=None):
    """The seed is set inside the function and the generator is not used: every call draws the same numbers."""
    torch.manual_seed(0)
    return uniform(shape, gain * math.sqrt(6 / sum(both_fans(shape))), None)


@answer("xavier_uniform")
def drawn_once_per_shape(shape, gain=1.0, generator=None):
    """Numbers are drawn once per shape and handed out again; every call draws anew."""

    @functools.cache
    def numbers(shape):
        return torch.rand(shape, generator=torch.Generator().manual_seed(math.prod(shape))) * 2 - 1

    w = numbers(shape) if generator is None else uniform(shape, 1.0, generator)
    return w * gain * math.sqrt(6 / sum(both_fans(shape)))


@answer("xavier_uniform")
def float64_result(shape, gain=1.0, generator=None):
    """The result is float64; it should be float32."""
    w = torch.rand(shape, generator=generator, dtype=torch.float64) * 2 - 1
    return w * gain * math.sqrt(6 / sum(both_fans(shape)))


@answer("xavier_uniform")
def numpy_array(shape, gain=1.0, generator=None):
    """The result is a NumPy array; return a tensor."""
    a = gain * math.sqrt(6 / sum(both_fans(shape)))
    return np.float32(np.random.uniform(-a, a, shape))


@answer("xavier_uniform")
def transposed(shape, gain=1.0, generator=None):
    """The first two axes of the result are swapped; it has the shape that was asked for."""
    return uniform(shape, gain * math.sqrt(6 / sum(both_fans(shape))), generator).transpose(0, 1)


@answer("xavier_uniform")
def matrix_for_a_kernel(shape, gain=1.0, generator=None):
    """The result is a matrix (fan_out, fan_in); it has the shape that was asked for."""
    fan_in, fan_out = both_fans(shape)
    return uniform((fan_out, fan_in), gain * math.sqrt(6 / (fan_in + fan_out)), generator)


@answer("xavier_uniform")
def bound_returned(shape, gain=1.0, generator=None):
    """The bound itself is returned; return a tensor drawn from [-a, a]."""
    return gain * math.sqrt(6 / sum(both_fans(shape)))


@answer("xavier_normal")
def _fan_in_alone(shape, gain=1.0, generator=None):
    """The deviation is made from fan_in alone, as in He's initialisation; divide 2 by fan_in + fan_out."""
    return normal(shape, gain * math.sqrt(2 / both_fans(shape)[0]), generator)


@answer("xavier_normal")
def _fan_out_alone(shape, gain=1.0, generator=None):
    """The deviation is made from fan_out alone; divide 2 by fan_in + fan_out."""
    return normal(shape, gain * math.sqrt(2 / both_fans(shape)[1]), generator)


@answer("xavier_normal")
def one_over_fan_in(shape, gain=1.0, generator=None):
    """The deviation is sqrt(1 / fan_in), which keeps the variance in the forward direction alone; use both fans."""
    return normal(shape, gain * math.sqrt(1 / both_fans(shape)[0]), generator)


@answer("xavier_normal")
def one_over_fan_out(shape, gain=1.0, generator=None):
    """The deviation is sqrt(1 / fan_out), which keeps the variance in the backward direction alone; use both fans."""
    return normal(shape, gain * math.sqrt(1 / both_fans(shape)[1]), generator)


@answer("xavier_normal")
def bound_for_deviation(shape, gain=1.0, generator=None):
    """The bound of the uniform distribution is used as the standard deviation; 2 belongs where 6 stands."""
    return normal(shape, gain * math.sqrt(6 / sum(both_fans(shape))), generator)


@answer("xavier_normal")
def one_for_two(shape, gain=1.0, generator=None):
    """1 stands where 2 belongs: the standard deviation is gain * sqrt(2 / (fan_in + fan_out))."""
    return normal(shape, gain * math.sqrt(1 / sum(both_fans(shape))), generator)


@answer("xavier_normal")
def _mean_of_the_fans(shape, gain=1.0, generator=None):
    """2 is divided by the mean of the fans; divide it by their sum."""
    return normal(shape, gain * math.sqrt(2 / (sum(both_fans(shape)) / 2)), generator)


@answer("xavier_normal")
def _product_of_the_fans(shape, gain=1.0, generator=None):
    """2 is divided by the product of the fans; divide it by their sum."""
    return normal(shape, gain * math.sqrt(2 / math.prod(both_fans(shape))), generator)


@answer("xavier_normal")
def variance_for_deviation(shape, gain=1.0, generator=None):
    """The variance 2 / (fan_in + fan_out) is used as the standard deviation; take its root."""
    return normal(shape, gain * 2 / sum(both_fans(shape)), generator)


@answer("xavier_normal")
def root_of_2_alone(shape, gain=1.0, generator=None):
    """The root is taken of 2 alone; take it of 2 / (fan_in + fan_out)."""
    return normal(shape, gain * math.sqrt(2) / sum(both_fans(shape)), generator)


@answer("xavier_normal")
def _sum_of_roots(shape, gain=1.0, generator=None):
    """The roots of the two fans are added; take the root of their sum."""
    fan_in, fan_out = both_fans(shape)
    return normal(shape, gain * math.sqrt(2) / (math.sqrt(fan_in) + math.sqrt(fan_out)), generator)


@answer("xavier_normal")
def _no_parentheses(shape, gain=1.0, generator=None):
    """2 is divided by fan_in before fan_out is added; put fan_in + fan_out in parentheses."""
    fan_in, fan_out = both_fans(shape)
    return normal(shape, gain * math.sqrt(2 / fan_in + fan_out), generator)


@answer("xavier_normal")
def not_scaled(shape, gain=1.0, generator=None):
    """The fans are not used: the standard deviation is the gain."""
    return normal(shape, gain, generator)


@answer("xavier_normal")
def small_constant_deviation(shape, gain=1.0, generator=None):
    """The standard deviation is 0.01 whatever the shape; make it from the fans."""
    return normal(shape, gain * 0.01, generator)


@answer("xavier_normal")
def _gain_forgotten(shape, gain=1.0, generator=None):
    """The gain is not used; multiply the standard deviation by it."""
    return normal(shape, math.sqrt(2 / sum(both_fans(shape))), generator)


@answer("xavier_normal")
def _gain_squared(shape, gain=1.0, generator=None):
    """The gain counts twice; multiply the standard deviation by it once."""
    return normal(shape, gain**2 * math.sqrt(2 / sum(both_fans(shape))), generator)


@answer("xavier_normal")
def _gain_under_the_root(shape, gain=1.0, generator=None):
    """The gain stands under the square root; multiply the root by it."""
    return normal(shape, math.sqrt(gain * 2 / sum(both_fans(shape))), generator)


@answer("xavier_normal")
def _divided_by_gain(shape, gain=1.0, generator=None):
    """The standard deviation is divided by the gain; multiply it."""
    return normal(shape, math.sqrt(2 / sum(both_fans(shape))) / gain, generator)


@answer("xavier_normal")
def gain_is_the_mean(shape, gain=1.0, generator=None):
    """The gain moves the mean; it belongs to the standard deviation, and the mean is 0."""
    return normal(shape, math.sqrt(2 / sum(both_fans(shape))), generator) + gain


@answer("xavier_normal")
def _default_gain_of_relu(shape, gain=2**0.5, generator=None):
    """The gain is sqrt(2) where none is given; its default is 1."""
    return normal(shape, gain * math.sqrt(2 / sum(both_fans(shape))), generator)


@answer("xavier_normal")
def _kernel_left_out(shape, gain=1.0, generator=None):
    """The kernel is left out of the fans; both count all its elements."""
    return normal(shape, gain * math.sqrt(2 / (shape[0] + shape[1])), generator)


@answer("xavier_normal")
def _kernel_in_fan_in_alone(shape, gain=1.0, generator=None):
    """The kernel counts in fan_in alone; fan_out counts it too."""
    return normal(shape, gain * math.sqrt(2 / (both_fans(shape)[0] + shape[0])), generator)


@answer("xavier_normal")
def _kernel_in_fan_out_alone(shape, gain=1.0, generator=None):
    """The kernel counts in fan_out alone; fan_in counts it too."""
    return normal(shape, gain * math.sqrt(2 / (shape[1] + both_fans(shape)[1])), generator)


@answer("xavier_normal")
def _first_kernel_axis_alone(shape, gain=1.0, generator=None):
    """Only the kernel's first axis counts in the fans; count all its elements."""
    kernel = math.prod(shape[2:3])
    return normal(shape, gain * math.sqrt(2 / ((shape[0] + shape[1]) * kernel)), generator)


@answer("xavier_normal")
def _last_kernel_axis_alone(shape, gain=1.0, generator=None):
    """Only the kernel's last axis counts in the fans; count all its elements."""
    kernel = shape[-1] if len(shape) > 2 else 1
    return normal(shape, gain * math.sqrt(2 / ((shape[0] + shape[1]) * kernel)), generator)


@answer("xavier_normal")
def _square_kernel_assumed(shape, gain=1.0, generator=None):
    """The kernel is taken for a square; multiply the sizes of all its axes."""
    kernel = shape[2] ** 2 if len(shape) > 2 else 1
    return normal(shape, gain * math.sqrt(2 / ((shape[0] + shape[1]) * kernel)), generator)


@answer("xavier_normal")
def _kernel_sizes_added(shape, gain=1.0, generator=None):
    """The kernel's sizes are added up; its number of elements is their product."""
    kernel = sum(shape[2:]) or 1
    return normal(shape, gain * math.sqrt(2 / ((shape[0] + shape[1]) * kernel)), generator)


@answer("xavier_normal")
def _last_two_axes_are_the_fans(shape, gain=1.0, generator=None):
    """The last two sizes are taken for the fans; they are the first two, each times the number of kernel elements."""
    return normal(shape, gain * math.sqrt(2 / (shape[-1] + shape[-2])), generator)


@answer("xavier_normal")
def _channels_last_layout(shape, gain=1.0, generator=None):
    """The kernel is looked for in the first axes; PyTorch's layout is (out, in, *kernel)."""
    kernel = math.prod(shape[:-2])
    return normal(shape, gain * math.sqrt(2 / ((shape[-1] + shape[-2]) * kernel)), generator)


@answer("xavier_normal")
def _two_dimensions_only(shape, gain=1.0, generator=None):
    """Only shapes of two dimensions are handled; a convolution's weight has kernel axes as well."""
    fan_out, fan_in = shape
    return normal(shape, gain * math.sqrt(2 / (fan_in + fan_out)), generator)


@answer("xavier_normal")
def mean_is_the_deviation(shape, gain=1.0, generator=None):
    """The standard deviation is passed as the mean, too; the mean is 0."""
    std = gain * math.sqrt(2 / sum(both_fans(shape)))
    return normal(shape, std, generator) + std


@answer("xavier_normal")
def positive_only(shape, gain=1.0, generator=None):
    """All numbers are positive; keep their signs, so that the mean is 0."""
    return normal(shape, gain * math.sqrt(2 / sum(both_fans(shape))), generator).abs()


@answer("xavier_normal")
def uniform_for_normal(shape, gain=1.0, generator=None):
    """The numbers are uniform with the right standard deviation; this one is normal."""
    return uniform(shape, gain * math.sqrt(6 / sum(both_fans(shape))), generator)


@answer("xavier_normal")
def uniform_up_to_the_deviation(shape, gain=1.0, generator=None):
    """The numbers are uniform between minus and plus the standard deviation; draw normal ones."""
    return uniform(shape, gain * math.sqrt(2 / sum(both_fans(shape))), generator)


@answer("xavier_normal")
def cut_at_2_deviations(shape, gain=1.0, generator=None):
    """Numbers beyond two standard deviations are drawn again; a normal distribution has tails."""
    w = torch.randn(shape, generator=generator)
    while (far := w.abs() > 2).any():
        w = torch.where(far, torch.randn(shape, generator=generator), w)
    return w * gain * math.sqrt(2 / sum(both_fans(shape)))


@answer("xavier_normal")
def _equal_rows(shape, gain=1.0, generator=None):
    """All rows are alike, so all units learn the same; draw every element on its own."""
    std = gain * math.sqrt(2 / sum(both_fans(shape)))
    return normal(shape[1:], std, generator).expand(shape).clone()


@answer("xavier_normal")
def _equal_columns(shape, gain=1.0, generator=None):
    """One number is drawn per output and shared by all its inputs; draw every element on its own."""
    std = gain * math.sqrt(2 / sum(both_fans(shape)))
    return normal((shape[0],) + (1,) * (len(shape) - 1), std, generator).expand(shape).clone()


@answer("xavier_normal")
def _one_number_for_all(shape, gain=1.0, generator=None):
    """One number is drawn and fills the whole tensor; draw every element on its own."""
    std = gain * math.sqrt(2 / sum(both_fans(shape)))
    return torch.full(shape, normal((1,), std, generator).item())


@answer("xavier_normal")
def evenly_spaced_quantiles(shape, gain=1.0, generator=None):
    """The numbers are evenly spaced quantiles of the normal distribution, not drawn at random."""
    n = math.prod(shape)
    levels = (torch.arange(n) + 0.5) / n
    return torch.special.ndtri(levels).reshape(shape) * gain * math.sqrt(2 / sum(both_fans(shape)))


@answer("xavier_normal")
def _mean_taken_away(shape, gain=1.0, generator=None):
    """The tensor's own mean is taken away; the mean is 0 in expectation, and draws stay as they are."""
    w = normal(shape, gain * math.sqrt(2 / sum(both_fans(shape))), generator)
    return w - w.mean()


@answer("xavier_normal")
def _scaled_to_the_exact_deviation(shape, gain=1.0, generator=None):
    """The tensor is scaled until its own spread is exact; draws stay as they are, and theirs varies by chance."""
    w = torch.randn(shape, generator=generator)
    return w / w.square().mean().sqrt() * gain * math.sqrt(2 / sum(both_fans(shape)))


@answer("xavier_normal")
def _generator_ignored(shape, gain=1.0, generator=None):
    """The generator is not used; where one is given, all draws come from it."""
    return normal(shape, gain * math.sqrt(2 / sum(both_fans(shape))), None)


@answer("xavier_normal")
def generator_for_half_the_draws(shape, gain=1.0, generator=None):
    """Only some of the draws come from the generator; where one is given, all of them do."""
    radius = (-2 * torch.log1p(-torch.rand(shape, generator=generator))).sqrt()
    return radius * torch.cos(2 * math.pi * torch.rand(shape)) * gain * math.sqrt(2 / sum(both_fans(shape)))


@answer("xavier_normal")
def _generator_reseeded(shape, gain=1.0, generator=None):
    """The generator is seeded anew inside the function, so every one gives the same numbers; use it as it is."""
    if generator is not None:
        generator.manual_seed(0)
    return normal(shape, gain * math.sqrt(2 / sum(both_fans(shape))), generator)


@answer("xavier_normal")
def _global_source_seeded(shape, gain=1.0, generator=None):
    """The generator's seed is given to the global source, which changes what others draw; pass the generator on."""
    if generator is not None:
        torch.manual_seed(generator.initial_seed())
    return normal(shape, gain * math.sqrt(2 / sum(both_fans(shape))), None)


@answer("xavier_normal")
def _seed_set_inside(shape, gain=1.0, generator=None):
    """Every call draws the same numbers, because the seed is set inside the function."""
    if generator is None:
        torch.manual_seed(0)
    return normal(shape, gain * math.sqrt(2 / sum(both_fans(shape))), generator)


@answer("xavier_normal")
def _seed_set_inside_and_generator_ignored(shape, gain=1.0, generator=None):
    """The seed is set inside the function and the generator is not used: every call draws the same numbers."""
    torch.manual_seed(0)
    return normal(shape, gain * math.sqrt(2 / sum(both_fans(shape))), None)


@answer("xavier_normal")
def _float64_result(shape, gain=1.0, generator=None):
    """The result is float64; it should be float32."""
    std = gain * math.sqrt(2 / sum(both_fans(shape)))
    return torch.randn(shape, generator=generator, dtype=torch.float64) * std


@answer("xavier_normal")
def _numpy_array(shape, gain=1.0, generator=None):
    """The result is a NumPy array; return a tensor."""
    return np.float32(np.random.normal(0.0, gain * math.sqrt(2 / sum(both_fans(shape))), shape))


@answer("xavier_normal")
def _transposed(shape, gain=1.0, generator=None):
    """The first two axes of the result are swapped; it has the shape that was asked for."""
    return normal(shape, gain * math.sqrt(2 / sum(both_fans(shape))), generator).transpose(0, 1)


@answer("xavier_normal")
def _matrix_for_a_kernel(shape, gain=1.0, generator=None):
    """The result is a matrix (fan_out, fan_in); it has the shape that was asked for."""
    fan_in, fan_out = both_fans(shape)
    return normal((fan_out, fan_in), gain * math.sqrt(2 / (fan_in + fan_out)), generator)


@answer("xavier_uniform")
def all_zero(shape, gain=1.0, generator=None):
    """All weights are 0, so all units stay alike; draw every element at random."""
    return torch.zeros(shape)


@answer("xavier_normal")
def _all_zero(shape, gain=1.0, generator=None):
    """All weights are 0, so all units stay alike; draw every element at random."""
    return torch.zeros(shape)


# fans


@answer("fans")
def swapped(shape):
    """The two fans are swapped; PyTorch's layout is (out, in, *kernel), and the result is (fan_in, fan_out)."""
    return both_fans(shape)[::-1] if len(shape) > 1 else refuse(shape)


@answer("fans")
def kernel_left_out(shape):
    """The kernel is left out; both fans count all its elements."""
    if len(shape) < 2:
        raise ValueError("shape")
    return shape[1], shape[0]


@answer("fans")
def kernel_in_fan_in_alone(shape):
    """The kernel counts in fan_in alone; fan_out counts it too."""
    return (both_fans(shape)[0], shape[0]) if len(shape) > 1 else refuse(shape)


@answer("fans")
def kernel_in_fan_out_alone(shape):
    """The kernel counts in fan_out alone; fan_in counts it too."""
    return (shape[1], both_fans(shape)[1]) if len(shape) > 1 else refuse(shape)


@answer("fans")
def first_kernel_axis_alone(shape):
    """Only the kernel's first axis counts; multiply the sizes of all its axes."""
    kernel = math.prod(shape[2:3])
    return (shape[1] * kernel, shape[0] * kernel) if len(shape) > 1 else refuse(shape)


@answer("fans")
def last_kernel_axis_alone(shape):
    """Only the kernel's last axis counts; multiply the sizes of all its axes."""
    kernel = shape[-1] if len(shape) > 2 else 1
    return (shape[1] * kernel, shape[0] * kernel) if len(shape) > 1 else refuse(shape)


@answer("fans")
def two_kernel_axes_at_most(shape):
    """At most two axes of the kernel count; it may have any number of them."""
    kernel = math.prod(shape[2:4])
    return (shape[1] * kernel, shape[0] * kernel) if len(shape) > 1 else refuse(shape)


@answer("fans")
def two_kernel_axes_expected(shape):
    """Only kernels of two axes are handled; a kernel may have any number of them."""
    if len(shape) < 2:
        raise ValueError("shape")
    kernel = shape[2] * shape[3] if len(shape) > 2 else 1
    return shape[1] * kernel, shape[0] * kernel


@answer("fans")
def kernel_sizes_added(shape):
    """The kernel's sizes are added up; its number of elements is their product."""
    kernel = sum(shape[2:]) or 1
    return (shape[1] * kernel, shape[0] * kernel) if len(shape) > 1 else refuse(shape)


@answer("fans")
def last_two_axes(shape):
    """The last two sizes are taken for out and in; they are the first two, and the kernel follows."""
    kernel = math.prod(shape[:-2])
    return (shape[-1] * kernel, shape[-2] * kernel) if len(shape) > 1 else refuse(shape)


@answer("fans")
def all_elements_in_fan_in(shape):
    """fan_in counts all elements of the weight; leave the number of outputs out of it."""
    return (math.prod(shape), both_fans(shape)[1]) if len(shape) > 1 else refuse(shape)


@answer("fans")
def their_sum(shape):
    """The sum of the fans is returned; return both, as (fan_in, fan_out)."""
    return sum(both_fans(shape)) if len(shape) > 1 else refuse(shape)


@answer("fans")
def shape_not_checked(shape):
    """A shape of fewer than 2 dimensions is not refused with ValueError."""
    return both_fans(shape)


@answer("fans")
def one_dimension_let_through(shape):
    """A shape of one dimension is let through; fewer than 2 dimensions are to be refused with ValueError."""
    if len(shape) == 1:
        return shape[0], shape[0]
    return both_fans(shape) if shape else refuse(shape)


@answer("fans")
def empty_shape_let_through(shape):
    """Only a shape of one dimension is refused; an empty one is to be refused with ValueError as well."""
    if len(shape) == 1:
        raise ValueError("shape")
    return both_fans(shape) if shape else (1, 1)


# sigmoid_gradient


@answer("sigmoid_gradient")
def the_sigmoid_itself(x):
    """This is the sigmoid; its derivative is asked for."""
    return torch.sigmoid(x)


@answer("sigmoid_gradient")
def x_taken_for_the_sigmoid(x):
    """x (1 - x) is the derivative where x is a sigmoid's result already; here x goes into the sigmoid first."""
    return x * (1 - x)


@answer("sigmoid_gradient")
def s_forgotten(x):
    """This is 1 - sigmoid(x); multiply it by sigmoid(x)."""
    return 1 - torch.sigmoid(x)


@answer("sigmoid_gradient")
def plus_for_minus(x):
    """A sign is wrong: the second factor is 1 - s, not 1 + s."""
    s = torch.sigmoid(x)
    return s * (1 + s)


@answer("sigmoid_gradient")
def sign_turned(x):
    """The sign is wrong: the sigmoid rises everywhere, so its derivative is positive."""
    s = torch.sigmoid(x)
    return s * (s - 1)


@answer("sigmoid_gradient")
def one_minus_the_square(x):
    """1 - s * s is the form of the derivative of tanh; the sigmoid's is s (1 - s)."""
    return 1 - torch.sigmoid(x).square()


@answer("sigmoid_gradient")
def derivative_of_tanh(x):
    """This is the derivative of tanh; the sigmoid's is at most 1/4."""
    return 1 - torch.tanh(x).square()


@answer("sigmoid_gradient")
def no_square_below(x):
    """The square is missing in the denominator (1 + exp(-x)) ** 2."""
    e = torch.exp(-x.abs())
    return e / (1 + e)


@answer("sigmoid_gradient")
def nan_for_large_negative_x(x):
    """For large negative x this is infinity over infinity; write the derivative with torch.sigmoid."""
    return torch.exp(-x) / (1 + torch.exp(-x)) ** 2


@answer("sigmoid_gradient")
def nan_for_large_positive_x(x):
    """For large positive x this is infinity over infinity; write the derivative with torch.sigmoid."""
    return torch.exp(x) / (1 + torch.exp(x)) ** 2


@answer("sigmoid_gradient")
def second_derivative(x):
    """This is the second derivative; the first one is asked for."""
    s = torch.sigmoid(x)
    return s * (1 - s) * (1 - 2 * s)


@answer("sigmoid_gradient")
def difference_quotient(x):
    """This is a difference quotient, which is not exact; use the formula of the derivative."""
    return (torch.sigmoid(x + 1e-3) - torch.sigmoid(x)) / 1e-3


@answer("sigmoid_gradient")
def summed_up(x):
    """The derivatives are summed up; return one for each element."""
    s = torch.sigmoid(x)
    return (s * (1 - s)).sum()


@answer("sigmoid_gradient")
def rounded_to_float32(x):
    """The result is float32 whatever the dtype of x."""
    s = torch.sigmoid(x)
    return (s * (1 - s)).float()


@answer("sigmoid_gradient")
def rounded_to_float64(x):
    """The result is float64 whatever the dtype of x."""
    s = torch.sigmoid(x.double())
    return s * (1 - s)


@answer("sigmoid_gradient")
def x_overwritten(x):
    """x itself is changed; make a new tensor."""
    s = x.detach().sigmoid_()
    return s * (1 - s)


@answer("sigmoid_gradient")
def x_made_to_require_a_gradient(x):
    """x itself is made to require a gradient; work on x.detach().clone()."""
    x = x.requires_grad_() if x.is_leaf else x
    return torch.autograd.grad(torch.sigmoid(x).sum(), x)[0]


@answer("sigmoid_gradient")
def result_on_the_cpu(x):
    """The result is made on the CPU; make it on the device of x."""
    s = torch.sigmoid(x)
    result = torch.zeros(x.shape, dtype=x.dtype)
    result[...] = s * (1 - s)
    return result


# leaky_relu


def leaky(x, slope):
    return torch.where(x >= 0, x, slope * x)


@answer("leaky_relu")
def the_larger_of_the_two(x, negative_slope=0.01):
    """max(x, negative_slope * x) takes the wrong one for a slope above 1; choose by the sign of x."""
    return torch.maximum(x, negative_slope * x)


@answer("leaky_relu")
def slope_ignored(x, negative_slope=0.01):
    """Negative elements become 0; multiply them by the slope."""
    return torch.relu(x)


@answer("leaky_relu")
def slope_always_001(x, negative_slope=0.01):
    """The slope is 0.01 whatever is asked for; use negative_slope."""
    return leaky(x, 0.01)


@answer("leaky_relu")
def default_slope_01(x, negative_slope=0.1):
    """The slope is 0.1 where none is given; its default is 0.01."""
    return leaky(x, negative_slope)


@answer("leaky_relu")
def default_slope_02(x, negative_slope=0.2):
    """The slope is 0.2 where none is given; its default is 0.01."""
    return leaky(x, negative_slope)


@answer("leaky_relu")
def sides_swapped(x, negative_slope=0.01):
    """The sides are swapped: the slope belongs to negative elements, and positive ones stay."""
    return torch.where(x >= 0, negative_slope * x, x)


@answer("leaky_relu")
def slope_of_the_magnitude(x, negative_slope=0.01):
    """The sign of negative elements is lost: multiply x, not its magnitude."""
    return leaky(x, -negative_slope)


@answer("leaky_relu")
def slope_added_everywhere(x, negative_slope=0.01):
    """negative_slope * x is added for positive elements, too; these stay as they are."""
    return torch.relu(x) + negative_slope * x


@answer("leaky_relu")
def constant_on_the_left(x, negative_slope=0.01):
    """Negative elements become the slope itself; multiply them by it."""
    return torch.where(x >= 0, x, 0 * x + negative_slope)


@answer("leaky_relu")
def divided_by_the_slope(x, negative_slope=0.01):
    """Negative elements are divided by the slope; multiply them."""
    return torch.where(x >= 0, x, x / negative_slope)


@answer("leaky_relu")
def negative_slopes_refused(x, negative_slope=0.01):
    """A negative slope is refused; the slope may be any number."""
    if negative_slope < 0:
        raise ValueError("negative_slope")
    return leaky(x, negative_slope)


@answer("leaky_relu")
def slopes_up_to_1(x, negative_slope=0.01):
    """The slope is cut to the interval from 0 to 1; it may be any number."""
    return leaky(x, min(max(negative_slope, 0.0), 1.0))


@answer("leaky_relu")
def graph_cut(x, negative_slope=0.01):
    """The result is cut from the graph (detach, .data, no_grad or a new tensor), so no gradient reaches x."""
    return leaky(x.detach(), negative_slope)


@answer("leaky_relu")
def graph_cut_on_the_left(x, negative_slope=0.01):
    """Negative elements are cut from the graph, so no gradient reaches them."""
    return torch.where(x >= 0, x, negative_slope * x.detach())


@answer("leaky_relu")
def x_overwritten(x, negative_slope=0.01):
    """x itself is changed; make a new tensor."""
    x.data[x < 0] *= negative_slope
    return x * 1


@answer("leaky_relu")
def always_float32(x, negative_slope=0.01):
    """The result is float32 whatever the dtype of x."""
    return leaky(x, negative_slope).float()


@answer("leaky_relu")
def always_float64(x, negative_slope=0.01):
    """The result is float64 whatever the dtype of x."""
    return leaky(x.double(), negative_slope)


@answer("leaky_relu")
def one_axis_alone(x, negative_slope=0.01):
    """Tensors of other than one or two axes are not handled; x may have any shape."""
    rows = x if x.dim() == 2 else x[None]
    n, d = rows.shape
    return leaky(rows, negative_slope).reshape(x.shape)


@answer("leaky_relu")
def mask_on_the_cpu(x, negative_slope=0.01):
    """A tensor is made on the CPU; make it on the device of x."""
    factor = torch.full(x.shape, negative_slope, dtype=x.dtype)
    return torch.where(x >= 0, x, factor * x)


# elu


def elu_like(x, alpha):
    return torch.where(x > 0, x, alpha * torch.expm1(x.clamp(max=0)))


@answer("elu")
def alpha_ignored(x, alpha=1.0):
    """alpha is not used; multiply exp(x) - 1 by it."""
    return elu_like(x, 1.0)


@answer("elu")
def alpha_times_exp_alone(x, alpha=1.0):
    """Only exp(x) is multiplied by alpha; put exp(x) - 1 in parentheses."""
    return torch.where(x > 0, x, alpha * torch.exp(x.clamp(max=0)) - 1)


@answer("elu")
def alpha_on_both_sides(x, alpha=1.0):
    """Positive elements are multiplied by alpha as well; they stay as they are."""
    return torch.where(x > 0, alpha * x, alpha * torch.expm1(x.clamp(max=0)))


@answer("elu")
def alpha_in_the_exponent(x, alpha=1.0):
    """alpha stands in the exponent; it multiplies exp(x) - 1."""
    return torch.where(x > 0, x, torch.expm1(alpha * x.clamp(max=0)))


@answer("elu")
def celu(x, alpha=1.0):
    """This is CELU, with x / alpha in the exponent; ELU has x."""
    return torch.where(x > 0, x, alpha * torch.expm1(x.clamp(max=0) / alpha))


@answer("elu")
def minus_1_forgotten(x, alpha=1.0):
    """The 1 is not taken away from exp(x), so the curve jumps at 0."""
    return torch.where(x > 0, x, alpha * torch.exp(x.clamp(max=0)))


@answer("elu")
def sign_of_the_left_side(x, alpha=1.0):
    """1 - exp(x) stands where exp(x) - 1 belongs; negative elements become negative."""
    return torch.where(x > 0, x, -alpha * torch.expm1(x.clamp(max=0)))


@answer("elu")
def exp_of_minus_x(x, alpha=1.0):
    """The exponent has the wrong sign; it is exp(x), which is at most 1 for negative x."""
    return torch.where(x > 0, x, alpha * torch.expm1(-x.clamp(min=-600.0, max=0)))


@answer("elu")
def straight_on_the_left(x, alpha=1.0):
    """The left side is a straight line, as in leaky ReLU; it is alpha * (exp(x) - 1)."""
    return torch.where(x > 0, x, alpha * x)


@answer("elu")
def default_alpha(x, alpha=0.01):
    """alpha is 0.01 where none is given; its default is 1."""
    return elu_like(x, alpha)


@answer("elu")
def nan_in_the_gradient(x, alpha=1.0):
    """exp of a large x is infinite; it is not picked, but the gradient there is 0 * inf. Cut x at 0 before exp."""
    return torch.where(x > 0, x, alpha * (torch.exp(x) - 1))


@answer("elu")
def nan_from_a_mask(x, alpha=1.0):
    """exp of a large x is infinite, and infinity times a mask's 0 is NaN; choose with torch.where, cut x before exp."""
    return (x > 0) * x + (x <= 0) * alpha * (torch.exp(x) - 1)


@answer("elu")
def large_x_cut(x, alpha=1.0):
    """x itself is cut off before the cases are told apart, so large elements change; cut it in exp alone."""
    x = x.clamp(max=50.0)
    return torch.where(x > 0, x, alpha * (torch.exp(x) - 1))


@answer("elu")
def graph_cut(x, alpha=1.0):
    """The result is cut from the graph (detach, .data, no_grad or a new tensor), so no gradient reaches x."""
    return elu_like(x.detach(), alpha)


@answer("elu")
def graph_cut_on_the_left(x, alpha=1.0):
    """Negative elements are cut from the graph, so no gradient reaches them."""
    return torch.where(x > 0, x, elu_like(x.detach(), alpha))


@answer("elu")
def x_overwritten(x, alpha=1.0):
    """x itself is changed; make a new tensor."""
    y = elu_like(x, alpha)
    x.data[x < 0] = 0
    return y


@answer("elu")
def always_float32(x, alpha=1.0):
    """The result is float32 whatever the dtype of x."""
    return elu_like(x, alpha).float()


@answer("elu")
def always_float64(x, alpha=1.0):
    """The result is float64 whatever the dtype of x."""
    return elu_like(x.double(), alpha)


@answer("elu")
def zeros_on_the_cpu(x, alpha=1.0):
    """A tensor is made on the CPU; make it on the device of x."""
    return torch.relu(x) + alpha * torch.expm1(torch.minimum(x, torch.zeros(x.shape, dtype=x.dtype)))


# layer_gradient_norms


def outputs(weights, x, activation):
    layers = [x.detach().requires_grad_()]
    for weight in weights:
        layers.append(activation(layers[-1] @ weight))
    return layers


def gradients(weights, x, activation):
    layers = outputs(weights, x, activation)
    return torch.autograd.grad(layers[-1].sum(), layers[:-1])


def norms_of(tensors):
    return torch.stack([tensor.norm() for tensor in tensors])


@answer("layer_gradient_norms")
def last_layer_first(weights, x, activation):
    """The norms are in the order of the way back; the one for H_0 comes first."""
    return norms_of(gradients(weights, x, activation)).flip(0)


@answer("layer_gradient_norms")
def from_h_1_on(weights, x, activation):
    """The norms are those for H_1 to H_L; the contract asks for H_0 to H_{L-1}."""
    layers = outputs(weights, x, activation)
    return norms_of(torch.autograd.grad(layers[-1].sum(), layers[1:]))


@answer("layer_gradient_norms")
def one_too_many(weights, x, activation):
    """The norm for H_L is in the result as well; the last one is that for H_{L-1}."""
    layers = outputs(weights, x, activation)
    return norms_of(torch.autograd.grad(layers[-1].sum(), layers))


@answer("layer_gradient_norms")
def input_alone(weights, x, activation):
    """Only the norm for x is returned; there is one for each of H_0 to H_{L-1}."""
    return norms_of(gradients(weights, x, activation)[:1])


@answer("layer_gradient_norms")
def input_left_out(weights, x, activation):
    """The norm for H_0, which is x, is missing."""
    layers = outputs(weights, x, activation)
    return norms_of([torch.zeros_like(x), *torch.autograd.grad(layers[-1].sum(), layers[:-1])[1:]])[1:]


@answer("layer_gradient_norms")
def gradients_of_the_weights(weights, x, activation):
    """These are the gradients with respect to the weights; the contract asks for those of the layers' outputs."""
    weights = [weight.detach().requires_grad_() for weight in weights]
    return norms_of(torch.autograd.grad(outputs(weights, x, activation)[-1].sum(), weights))


@answer("layer_gradient_norms")
def before_the_activation(weights, x, activation):
    """These are the gradients with respect to H @ W, before the activation; the contract asks for those of H."""
    h, sums = x.detach().requires_grad_(), []
    for weight in weights:
        sums.append(h @ weight)
        h = activation(sums[-1])
    return norms_of(torch.autograd.grad(h.sum(), sums))


@answer("layer_gradient_norms")
def mean_of_the_output(weights, x, activation):
    """The mean of H_L is differentiated; take its sum."""
    layers = outputs(weights, x, activation)
    return norms_of(torch.autograd.grad(layers[-1].mean(), layers[:-1]))


@answer("layer_gradient_norms")
def squared_output(weights, x, activation):
    """The sum of the squares of H_L is differentiated; take the plain sum."""
    layers = outputs(weights, x, activation)
    return norms_of(torch.autograd.grad(layers[-1].square().sum(), layers[:-1]))


@answer("layer_gradient_norms")
def squared_norms(weights, x, activation):
    """The norms are squared; take the root of the sum of squares."""
    return norms_of(gradients(weights, x, activation)).square()


@answer("layer_gradient_norms")
def sums_of_magnitudes(weights, x, activation):
    """The magnitudes are summed up; the Euclidean norm is the root of the sum of squares."""
    return torch.stack([gradient.abs().sum() for gradient in gradients(weights, x, activation)])


@answer("layer_gradient_norms")
def largest_magnitudes(weights, x, activation):
    """The largest magnitude is taken; the Euclidean norm is the root of the sum of squares."""
    return torch.stack([gradient.abs().max() for gradient in gradients(weights, x, activation)])


@answer("layer_gradient_norms")
def spectral_norms(weights, x, activation):
    """This is the spectral norm of a matrix; the Euclidean one is the root of the sum of all squares."""
    return torch.stack([torch.linalg.matrix_norm(g, 2) for g in gradients(weights, x, activation)])


@answer("layer_gradient_norms")
def mean_over_the_batch(weights, x, activation):
    """The norm is taken for each example, and their mean is returned; take one norm of the whole gradient."""
    return torch.stack([gradient.norm(dim=1).mean() for gradient in gradients(weights, x, activation)])


@answer("layer_gradient_norms")
def root_of_the_mean_square(weights, x, activation):
    """The squares are averaged; the Euclidean norm sums them up."""
    return torch.stack([g.square().mean().sqrt() for g in gradients(weights, x, activation)])


@answer("layer_gradient_norms")
def norms_of_the_outputs(weights, x, activation):
    """These are the norms of the outputs themselves; the contract asks for those of their gradients."""
    return norms_of(outputs(weights, x, activation)[:-1]).detach()


@answer("layer_gradient_norms")
def gradients_unreduced(weights, x, activation):
    """The gradients themselves are returned; the contract asks for a tensor of their norms."""
    return list(gradients(weights, x, activation))


@answer("layer_gradient_norms")
def no_activation(weights, x, activation):
    """The activation is not applied."""
    return norms_of(gradients(weights, x, lambda h: h))


@answer("layer_gradient_norms")
def no_activation_at_the_end(weights, x, activation):
    """The activation is not applied in the last layer; every layer has one."""
    layers = [x.detach().requires_grad_()]
    for weight in weights[:-1]:
        layers.append(activation(layers[-1] @ weight))
    return norms_of(torch.autograd.grad((layers[-1] @ weights[-1]).sum(), layers))


@answer("layer_gradient_norms")
def activation_before_the_product(weights, x, activation):
    """The activation is applied before the product with the weights; it comes after."""
    layers = [x.detach().requires_grad_()]
    for weight in weights:
        layers.append(activation(layers[-1]) @ weight)
    return norms_of(torch.autograd.grad(layers[-1].sum(), layers[:-1]))


@answer("layer_gradient_norms")
def one_layer_at_a_time(weights, x, activation):
    """Each gradient goes through one layer alone; it has to come all the way from H_L.sum()."""
    norms, h = [], x.detach()
    for weight in weights:
        h = h.detach().requires_grad_()
        after = activation(h @ weight)
        norms.append(torch.autograd.grad(after.sum(), h)[0].norm())
        h = after
    return torch.stack(norms)


@answer("layer_gradient_norms")
def magnitude_of_the_slope(weights, x, activation):
    """The slope of the activation is taken for positive everywhere; it may fall as well."""
    layers, slopes = outputs(weights, x, activation), []
    for layer, weight in zip(layers, weights, strict=False):
        z = (layer @ weight).detach().requires_grad_()
        slopes.append(torch.autograd.grad(activation(z).sum(), z)[0].abs())
    gradient, norms = torch.ones_like(layers[-1]), []
    for weight, slope in zip(reversed(weights), reversed(slopes), strict=True):
        gradient = (gradient * slope) @ weight.T
        norms.append(gradient.norm())
    return torch.stack(norms[::-1])


@answer("layer_gradient_norms")
def list_of_norms(weights, x, activation):
    """The result is a list; return one tensor."""
    return [gradient.norm() for gradient in gradients(weights, x, activation)]


@answer("layer_gradient_norms")
def norms_in_float32(weights, x, activation):
    """The result is float32 whatever the dtype of x, as torch.tensor makes it out of Python numbers."""
    return torch.tensor([gradient.norm().item() for gradient in gradients(weights, x, activation)])


@answer("layer_gradient_norms")
def norms_in_float64(weights, x, activation):
    """The result is float64 whatever the dtype of x."""
    return norms_of(gradients(weights, x, activation)).double()


@answer("layer_gradient_norms")
def grad_left_behind(weights, x, activation):
    """backward() leaves a gradient in the .grad of the weights; use torch.autograd.grad."""
    layers = outputs(weights, x, activation)
    for layer in layers:
        layer.retain_grad()
    layers[-1].sum().backward()
    return norms_of([layer.grad for layer in layers[:-1]])


@answer("layer_gradient_norms")
def x_made_to_require_a_gradient(weights, x, activation):
    """x itself is made to require a gradient; work on x.detach().clone()."""
    layers = [x.requires_grad_()]
    for weight in weights:
        layers.append(activation(layers[-1] @ weight))
    return norms_of(torch.autograd.grad(layers[-1].sum(), layers[:-1]))


@answer("layer_gradient_norms")
def view_of_weights(weights, x, activation):
    """view() asks for a tensor that lies in memory in order; use reshape() or flatten()."""
    for tensor in (x, *weights):
        tensor.view(-1)
    return norms_of(gradients(weights, x, activation))


@answer("layer_gradient_norms")
def result_on_the_cpu(weights, x, activation):
    """The result is made on the CPU; make it on the device of x."""
    norms = torch.zeros(len(weights), dtype=x.dtype)
    for index, gradient in enumerate(gradients(weights, x, activation)):
        norms[index] = gradient.norm()
    return norms


# clip_gradients


def scaled_by(grads, factor):
    return [factor * grad for grad in grads]


def joint_norm(grads):
    return math.sqrt(sum(grad.square().sum().item() for grad in grads))


def factor_for(norm, theta):
    return theta / norm if norm > theta else 1.0


@answer("clip_gradients")
def short_ones_made_longer(grads, theta):
    """Gradients shorter than theta are scaled up; they stay as they are."""
    norm = joint_norm(grads)
    return scaled_by(grads, theta / norm if norm > 0 else 1.0)


@answer("clip_gradients")
def each_tensor_alone(grads, theta):
    """Each tensor is clipped on its own; the norm is that of all of them together."""
    return [factor_for(joint_norm([grad]), theta) * grad for grad in grads]


@answer("clip_gradients")
def long_tensors_alone(grads, theta):
    """Only tensors that are longer than theta themselves are scaled; scale all by the same factor."""
    factor = factor_for(joint_norm(grads), theta)
    return [factor * grad if grad.norm() > theta else grad for grad in grads]


@answer("clip_gradients")
def by_value(grads, theta):
    """Each element is cut to the interval from -theta to theta, which turns the gradient; scale all by one factor."""
    return [grad.clamp(-theta, theta) for grad in grads]


@answer("clip_gradients")
def norm_of_the_first(grads, theta):
    """The norm is that of the first tensor alone; it is that of all of them together."""
    return scaled_by(grads, factor_for(joint_norm(grads[:1]), theta))


@answer("clip_gradients")
def norm_of_the_last(grads, theta):
    """The norm is that of the last tensor alone; it is that of all of them together."""
    return scaled_by(grads, factor_for(joint_norm(grads[-1:]), theta))


@answer("clip_gradients")
def sum_of_the_norms(grads, theta):
    """The norms of the tensors are added; add their squares, and take the root of the sum."""
    return scaled_by(grads, factor_for(sum(grad.norm() for grad in grads), theta))


@answer("clip_gradients")
def largest_of_the_norms(grads, theta):
    """The largest of the tensors' norms is taken; add their squares, and take the root of the sum."""
    return scaled_by(grads, factor_for(max(joint_norm([grad]) for grad in grads), theta))


@answer("clip_gradients")
def mean_square(grads, theta):
    """The squares are averaged; the Euclidean norm sums them up."""
    count = sum(grad.numel() for grad in grads)
    return scaled_by(grads, factor_for(joint_norm(grads) / math.sqrt(count), theta))


@answer("clip_gradients")
def sum_of_magnitudes(grads, theta):
    """The magnitudes are summed up; the Euclidean norm is the root of the sum of squares."""
    return scaled_by(grads, factor_for(sum(grad.abs().sum() for grad in grads), theta))


@answer("clip_gradients")
def largest_magnitude(grads, theta):
    """The largest magnitude is taken; the Euclidean norm is the root of the sum of squares."""
    return scaled_by(grads, factor_for(max(grad.abs().max() for grad in grads), theta))


@answer("clip_gradients")
def squared_norm(grads, theta):
    """The root is missing: the norm is squared."""
    return scaled_by(grads, factor_for(joint_norm(grads) ** 2, theta))


@answer("clip_gradients")
def compared_with_theta_squared(grads, theta):
    """The norm is compared with the square of theta; compare it with theta."""
    norm = joint_norm(grads)
    return scaled_by(grads, theta / norm if norm > theta**2 else 1.0)


@answer("clip_gradients")
def scaled_to_1(grads, theta):
    """Long gradients are scaled to norm 1; scale them to theta."""
    norm = joint_norm(grads)
    return scaled_by(grads, 1 / norm if norm > theta else 1.0)


@answer("clip_gradients")
def theta_is_the_factor(grads, theta):
    """Long gradients are multiplied by theta; the factor is theta / norm."""
    return scaled_by(grads, theta if joint_norm(grads) > theta else 1.0)


@answer("clip_gradients")
def turned_upside_down(grads, theta):
    """The factor is upside down: it is theta / norm."""
    norm = joint_norm(grads)
    return scaled_by(grads, norm / theta if norm > theta else 1.0)


@answer("clip_gradients")
def larger_of_the_two(grads, theta):
    """The larger of 1 and theta / norm is taken; take the smaller one."""
    norm = joint_norm(grads)
    return scaled_by(grads, max(1.0, theta / norm) if norm > 0 else 1.0)


@answer("clip_gradients")
def long_ones_dropped(grads, theta):
    """Long gradients become zero; scale them so that their norm is theta."""
    return scaled_by(grads, 0.0 if joint_norm(grads) > theta else 1.0)


@answer("clip_gradients")
def nan_for_zeros(grads, theta):
    """All-zero gradients give 0 / 0; see to it that they stay zero."""
    norm = torch.cat([grad.reshape(-1) for grad in grads]).norm()
    return [torch.where(norm < theta, grad / norm * norm, theta * grad / norm) for grad in grads]


@answer("clip_gradients")
def division_by_zero(grads, theta):
    """All-zero gradients are divided by 0; see to it that they stay zero."""
    return scaled_by(grads, min(1.0, theta / joint_norm(grads)))


@answer("clip_gradients")
def strung_together(grads, theta):
    """The gradients are returned as one long vector; return a list of tensors of the old shapes."""
    vector = torch.cat([grad.reshape(-1) for grad in grads])
    return factor_for(joint_norm(grads), theta) * vector


@answer("clip_gradients")
def nothing_returned(grads, theta):
    """Nothing is returned; return a list of new tensors."""
    scaled_by(grads, factor_for(joint_norm(grads), theta))


@answer("clip_gradients")
def list_overwritten(grads, theta):
    """The gradients that come in are changed in place; make new tensors."""
    factor = factor_for(joint_norm(grads), theta)
    for grad in grads:
        grad.data.mul_(factor)
    return grads


@answer("clip_gradients")
def made_float32(grads, theta):
    """The results are float32 whatever the dtype of the gradients."""
    return scaled_by([grad.float() for grad in grads], factor_for(joint_norm(grads), theta))


@answer("clip_gradients")
def made_float64(grads, theta):
    """The results are float64 whatever the dtype of the gradients."""
    return scaled_by([grad.double() for grad in grads], factor_for(joint_norm(grads), theta))


@answer("clip_gradients")
def view_of_gradients(grads, theta):
    """view() asks for a tensor that lies in memory in order; use reshape() or flatten()."""
    return scaled_by(grads, factor_for(joint_norm([grad.view(-1) for grad in grads]), theta))


@answer("clip_gradients")
def matrices_alone(grads, theta):
    """Tensors of more than two axes have no part in the norm; all elements of all tensors count."""
    return scaled_by(grads, factor_for(joint_norm([g for g in grads if g.dim() < 3]), theta))


@answer("clip_gradients")
def squares_on_the_cpu(grads, theta):
    """A tensor is made on the CPU; make it on the device of the gradients."""
    squares = torch.zeros(len(grads), dtype=grads[0].dtype)
    for index, grad in enumerate(grads):
        squares[index] = grad.square().sum()
    factor = (theta / squares.sum().sqrt()).clamp(max=1)
    return [factor * grad for grad in grads]


# batch_norm


def all_but_channels(x):
    return [axis for axis in range(x.dim()) if axis != 1]


def along_channels(value, x):
    return value.reshape(1, -1, *[1] * (x.dim() - 2))


def normalised(x, mean, var, gamma, beta, eps):
    mean, var, gamma, beta = (along_channels(value, x) for value in (mean, var, gamma, beta))
    return gamma * (x - mean) / torch.sqrt(var + eps) + beta


def moved(old, batch, momentum):
    return (1 - momentum) * old + momentum * batch.detach()


def statistics(x):
    """Return the mean, the biased and the unbiased variance of each channel."""
    axes = all_but_channels(x)
    return x.mean(axes), x.var(axes, correction=0), x.var(axes, correction=1)


@answer("batch_norm")
def unbiased_variance_normalises(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The batch is normalised with its unbiased variance; that one belongs to the running variance."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, _, unbiased = statistics(x)
    y = normalised(x, mean, unbiased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def biased_variance_is_kept(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The running variance takes the batch's biased variance; it takes the unbiased one."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, _ = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, biased, momentum)


@answer("batch_norm")
def images_counted_alone(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The unbiased variance is made with the number of images; it is that of all values of a channel, pixels too."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, _ = statistics(x)
    n = max(len(x), 2)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, biased * n / (n - 1), momentum)


@answer("batch_norm")
def momentum_upside_down(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """momentum weighs the old statistics; in PyTorch's convention it weighs the batch's."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, 1 - momentum), moved(running_var, unbiased, 1 - momentum)


@answer("batch_norm")
def momentum_fixed(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The momentum is 0.1 whatever is asked for; use the argument."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, 0.1), moved(running_var, unbiased, 0.1)


@answer("batch_norm")
def default_momentum_09(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.9):
    """The momentum is 0.9 where none is given; its default is 0.1."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def batch_added_in_full(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The old statistics are not multiplied by 1 - momentum."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, running_mean + momentum * mean.detach(), running_var + momentum * unbiased.detach()


@answer("batch_norm")
def statistics_never_move(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The running statistics are returned as they came, in training too; there they move towards the batch's."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, _ = statistics(x)
    return normalised(x, mean, biased, gamma, beta, eps), running_mean, running_var


@answer("batch_norm")
def batch_returned_for_running(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The batch's own statistics are returned; return the running ones, moved towards them."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    return normalised(x, mean, biased, gamma, beta, eps), mean.detach(), unbiased.detach()


@answer("batch_norm")
def running_variance_of_eps(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """eps is added to the running variance as well; it belongs under the root alone."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased + eps, momentum)


@answer("batch_norm")
def running_deviation(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The running variance takes the batch's standard deviation; it takes the variance."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased.sqrt(), momentum)


@answer("batch_norm")
def batch_normalises_in_evaluation(
    x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1
):
    """In evaluation the batch's statistics normalise; the running ones do there."""
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    if not training:
        return y, running_mean, running_var
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def statistics_move_in_evaluation(
    x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1
):
    """The running statistics move in evaluation, too; return them unchanged there."""
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    if not training:
        y = normalised(x, running_mean, running_var, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def training_ignored(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """training is not looked at: the batch normalises and the running statistics move in evaluation, too."""
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def training_upside_down(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """Training and evaluation are swapped."""
    if training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def running_normalises_in_training(
    x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1
):
    """In training the new running statistics normalise; the batch's own do there."""
    if training:
        mean, _, unbiased = statistics(x)
        running_mean = moved(running_mean, mean, momentum)
        running_var = moved(running_var, unbiased, momentum)
    return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var


@answer("batch_norm")
def eps_outside_the_root(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """eps is added to the standard deviation; add it to the variance, under the root."""
    mean, biased, unbiased = statistics(x)
    if not training:
        var = (running_var.sqrt() + eps).square()
        return normalised(x, running_mean, var, gamma, beta, 0.0), running_mean, running_var
    y = normalised(x, mean, (biased.sqrt() + eps).square(), gamma, beta, 0.0)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def eps_forgotten(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """eps is not used; add it to the variance."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, 0.0), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, 0.0)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def eps_forgotten_in_evaluation(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """eps is not used in evaluation; add it to the running variance there."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, 0.0), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def eps_fixed(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """eps is 1e-5 whatever is asked for; use the argument."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, 1e-5), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, 1e-5)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def default_eps(x, gamma, beta, running_mean, running_var, training, eps=1e-3, momentum=0.1):
    """eps is 1e-3 where none is given; its default is 1e-5."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def divided_by_the_variance(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The root is missing: divide by the root of variance + eps."""
    if not training:
        y = normalised(x, running_mean, (running_var + eps).square(), gamma, beta, 0.0)
        return y, running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, (biased + eps).square(), gamma, beta, 0.0)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def gamma_forgotten(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """gamma is not used; the normalised values are multiplied by it."""
    gamma = torch.ones_like(gamma)
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def beta_forgotten(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """beta is not used; it is added at the end."""
    beta = torch.zeros_like(beta)
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def gamma_and_beta_swapped(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """gamma and beta are swapped: gamma multiplies, beta is added."""
    if not training:
        return normalised(x, running_mean, running_var, beta, gamma, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, beta, gamma, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def each_row_by_itself(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """Each example is normalised by itself, as in layer norm; take the statistics over the batch."""
    mean, biased, unbiased = statistics(x)
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    axes = list(range(1, x.dim()))
    rows = (x - x.mean(axes, keepdim=True)) / torch.sqrt(x.var(axes, correction=0, keepdim=True) + eps)
    y = along_channels(gamma, x) * rows + along_channels(beta, x)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def one_mean_for_all(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """One mean and variance are taken over the whole batch; each channel has its own."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    ones = torch.ones_like(gamma)
    mean, biased, unbiased = x.mean() * ones, x.var(correction=0) * ones, x.var() * ones
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def each_image_by_itself(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """Each image is normalised by itself, as in instance norm; take the statistics over all images."""
    mean, biased, unbiased = statistics(x)
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    y = normalised(x, mean, biased, gamma, beta, eps)
    if x.dim() == 4:
        own = (x - x.mean((2, 3), keepdim=True)) / torch.sqrt(x.var((2, 3), correction=0, keepdim=True) + eps)
        y = along_channels(gamma, x) * own + along_channels(beta, x)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def each_pixel_by_itself(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """Each pixel is normalised by itself, over the images; take the statistics over all images and pixels."""
    mean, biased, unbiased = statistics(x)
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    own = (x - x.mean(0)) / torch.sqrt(x.var(0, correction=0) + eps)
    y = along_channels(gamma, x) * own + along_channels(beta, x)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def channels_last_expected(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The last axis is taken for the channels; in (n, c, height, width) it is axis 1."""
    if training:
        axes = list(range(x.dim() - 1))
        mean, biased, unbiased = x.mean(axes), x.var(axes, correction=0), x.var(axes)
        y = gamma * (x - mean) / torch.sqrt(biased + eps) + beta
        return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)
    y = gamma * (x - running_mean) / torch.sqrt(running_var + eps) + beta
    return y, running_mean, running_var


@answer("batch_norm")
def columns_alone(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """Only x of shape (n, d) is handled; for images the statistics are taken over axes 0, 2 and 3."""
    n, _ = x.shape
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def statistics_cut_from_the_graph(
    x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1
):
    """The batch's statistics are cut from the graph; the gradient goes through mean and variance, too."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x.detach())
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def variance_cut_from_the_graph(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The batch's variance is cut from the graph; the gradient goes through it, too."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased.detach(), gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def graph_cut(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The result is cut from the graph (detach, .data or no_grad), so no gradient flows."""
    x, gamma, beta = x.detach(), gamma.detach(), beta.detach()
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps).detach(), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def graph_cut_in_evaluation(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """In evaluation the result is cut from the graph; gradients flow there, too."""
    if not training:
        y = normalised(x, running_mean, running_var, gamma, beta, eps)
        return y.detach(), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def statistics_updated_in_place(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The running statistics that came in are changed; return new tensors."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    running_mean.data.copy_(moved(running_mean, mean, momentum))
    running_var.data.copy_(moved(running_var, unbiased, momentum))
    return normalised(x, mean, biased, gamma, beta, eps), running_mean, running_var


@answer("batch_norm")
def x_centred_in_place(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """x itself is changed; make a new tensor."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    x.data -= along_channels(mean.detach(), x)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def y_alone(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """Only y is returned; the result is (y, running_mean, running_var)."""
    mean, biased, _ = statistics(x) if training else (running_mean, running_var, None)
    return normalised(x, mean, biased, gamma, beta, eps)


@answer("batch_norm")
def variance_before_mean(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The running statistics are returned in the wrong order; the mean comes first."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_var, running_mean
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_var, unbiased, momentum), moved(running_mean, mean, momentum)


@answer("batch_norm")
def statistics_with_extra_axes(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The running statistics returned have extra axes of size 1; they have the shape (c,) of those that came in."""
    mean, biased, unbiased = statistics(x)
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    y = normalised(x, mean, biased, gamma, beta, eps)
    new = moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)
    return y, *(along_channels(value, x) for value in new)


@answer("batch_norm")
def computed_in_float32(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The results are float32 whatever the dtype of x."""
    x, gamma, beta = x.float(), gamma.float(), beta.float()
    running_mean, running_var = running_mean.float(), running_var.float()
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def computed_in_float64(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The results are float64 whatever the dtype of x; cast them back."""
    x, gamma, beta = x.double(), gamma.double(), beta.double()
    running_mean, running_var = running_mean.double(), running_var.double()
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def view_of_x(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """view() asks for a tensor that lies in memory in order; use reshape() or flatten()."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    flat = x.view(*x.shape[:2], -1)
    mean, biased, unbiased = flat.mean((0, 2)), flat.var((0, 2), correction=0), flat.var((0, 2))
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def statistics_on_the_cpu(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """A tensor is made on the CPU; make it on the device of x."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    share = torch.full(running_mean.shape, momentum, dtype=x.dtype)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, share), moved(running_var, unbiased, share)


@answer("fans")
def kernel_taken_for_a_square(shape):
    """The kernel is taken for a square; multiply all its sizes."""
    if len(shape) < 2:
        refuse(shape)
    kernel = shape[2] ** 2 if len(shape) > 2 else 1
    return shape[1] * kernel, shape[0] * kernel


@answer("fans")
def channels_at_the_end(shape):
    """The last two axes are taken for in and out, as in other libraries; here they are the second and the first."""
    if len(shape) < 2:
        refuse(shape)
    kernel = math.prod(shape[:-2])
    return shape[-2] * kernel, shape[-1] * kernel


@answer("fans")
def fan_in_twice(shape):
    """fan_in is returned twice; fan_out counts the outputs."""
    if len(shape) < 2:
        refuse(shape)
    return math.prod(shape[1:]), math.prod(shape[1:])


@answer("fans")
def kernel_of_nothing(shape):
    """Without a kernel the fans are 0; an empty product is 1."""
    if len(shape) < 2:
        refuse(shape)
    kernel = math.prod(shape[2:]) if len(shape) > 2 else 0
    return shape[1] * kernel, shape[0] * kernel


@answer("xavier_uniform")
def larger_of_the_fans(shape, gain=1.0, generator=None):
    """6 is divided by the larger of the fans; divide it by their sum."""
    return uniform(shape, gain * math.sqrt(6 / max(both_fans(shape))), generator)


@answer("xavier_uniform")
def one_for_six(shape, gain=1.0, generator=None):
    """1 stands where 6 belongs: the bound is gain * sqrt(6 / (fan_in + fan_out))."""
    return uniform(shape, gain * math.sqrt(1 / sum(both_fans(shape))), generator)


@answer("xavier_uniform")
def generator_copied(shape, gain=1.0, generator=None):
    """A new generator with the seed of the one given draws, so that it never goes on; draw from the one given."""
    if generator is not None:
        generator = torch.Generator().manual_seed(generator.initial_seed())
    return uniform(shape, gain * math.sqrt(6 / sum(both_fans(shape))), generator)


@answer("xavier_uniform")
def flattened(shape, gain=1.0, generator=None):
    """The result is flat; give it the shape that was asked for."""
    return uniform(shape, gain * math.sqrt(6 / sum(both_fans(shape))), generator).flatten()


@answer("xavier_normal")
def _larger_of_the_fans(shape, gain=1.0, generator=None):
    """2 is divided by the larger of the fans; divide it by their sum."""
    return normal(shape, gain * math.sqrt(2 / max(both_fans(shape))), generator)


@answer("xavier_normal")
def three_for_two(shape, gain=1.0, generator=None):
    """3 stands where 2 belongs: the standard deviation is gain * sqrt(2 / (fan_in + fan_out))."""
    return normal(shape, gain * math.sqrt(3 / sum(both_fans(shape))), generator)


@answer("xavier_normal")
def _generator_copied(shape, gain=1.0, generator=None):
    """A new generator with the seed of the one given draws, so that it never goes on; draw from the one given."""
    if generator is not None:
        generator = torch.Generator().manual_seed(generator.initial_seed())
    return normal(shape, gain * math.sqrt(2 / sum(both_fans(shape))), generator)


@answer("xavier_normal")
def variance_with_the_gain_squared(shape, gain=1.0, generator=None):
    """The variance gain**2 * 2 / (fan_in + fan_out) is used as the standard deviation; take its root."""
    return normal(shape, gain**2 * 2 / sum(both_fans(shape)), generator)


@answer("xavier_normal")
def _flattened(shape, gain=1.0, generator=None):
    """The result is flat; give it the shape that was asked for."""
    return normal(shape, gain * math.sqrt(2 / sum(both_fans(shape))), generator).flatten()


@answer("xavier_normal")
def deviation_added(shape, gain=1.0, generator=None):
    """The standard deviation is added to the numbers; multiply them by it."""
    return normal(shape, 1.0, generator) + gain * math.sqrt(2 / sum(both_fans(shape)))


@answer("sigmoid_gradient")
def averaged_over_x(x):
    """The derivatives are averaged; return one for each element."""
    s = torch.sigmoid(x)
    return (s * (1 - s)).mean()


@answer("sigmoid_gradient")
def second_factor_squared(x):
    """The second factor is squared; the derivative is s (1 - s)."""
    s = torch.sigmoid(x)
    return s * (1 - s) ** 2


@answer("sigmoid_gradient")
def derivative_of_swish(x):
    """This is the derivative of x times the sigmoid; the sigmoid's own is asked for."""
    s = torch.sigmoid(x)
    return s + x * s * (1 - s)


@answer("sigmoid_gradient")
def x_for_s_in_the_second_factor(x):
    """The second factor is 1 - x; it is 1 - sigmoid(x)."""
    return torch.sigmoid(x) * (1 - x)


@answer("sigmoid_gradient")
def quarter_left_out(x):
    """1 - tanh(x / 2)**2 is four times the derivative; divide it by 4."""
    return 1 - torch.tanh(x / 2) ** 2


@answer("sigmoid_gradient")
def sigmoid_applied_twice(x):
    """The sigmoid is applied twice; s (1 - s) takes s = sigmoid(x)."""
    s = torch.sigmoid(torch.sigmoid(x))
    return s * (1 - s)


@answer("sigmoid_gradient")
def x_cut_off(x):
    """x is cut off first, so that far away from 0 the derivative stays too large; torch.sigmoid needs no help."""
    s = torch.sigmoid(x.clamp(-10, 10))
    return s * (1 - s)


@answer("leaky_relu")
def magnitude_of_the_negative_slope(x, negative_slope=0.01):
    """The slope's magnitude is used; a negative slope stays negative."""
    return leaky(x, abs(negative_slope))


@answer("leaky_relu")
def exponential_on_the_left(x, negative_slope=0.01):
    """The left side is an exponential, as in ELU; here it is a straight line."""
    return torch.where(x >= 0, x, negative_slope * torch.expm1(x.clamp(max=0)))


@answer("leaky_relu")
def slope_squared(x, negative_slope=0.01):
    """The slope is squared."""
    return leaky(x, negative_slope**2)


@answer("leaky_relu")
def bend_at_1(x, negative_slope=0.01):
    """Elements below 1 are multiplied by the slope; those below 0 are to be."""
    return torch.where(x >= 1, x, negative_slope * x)


@answer("leaky_relu")
def slope_0_taken_for_none(x, negative_slope=0.01):
    """A slope of 0 is replaced by the default; it is a slope like any other."""
    return leaky(x, negative_slope or 0.01)


@answer("leaky_relu")
def slope_added_on_the_left(x, negative_slope=0.01):
    """The slope is added to negative elements; multiply them by it."""
    return torch.where(x >= 0, x, x + negative_slope)


@answer("elu")
def default_alpha_of_a_tenth(x, alpha=0.1):
    """alpha is 0.1 where none is given; its default is 1."""
    return elu_like(x, alpha)


@answer("elu")
def minus_1_in_the_exponent(x, alpha=1.0):
    """1 is subtracted from x, inside of exp; subtract it from exp(x)."""
    return torch.where(x > 0, x, alpha * torch.exp(x.clamp(max=0) - 1))


@answer("elu")
def zero_on_the_left(x, alpha=1.0):
    """This is ReLU; the left side is alpha * (exp(x) - 1)."""
    return torch.relu(x)


@answer("elu")
def selu(x, alpha=1.0):
    """This is SELU's scale times ELU; leave out the scale."""
    return 1.0507009873554805 * elu_like(x, alpha)


@answer("elu")
def softplus(x, alpha=1.0):
    """This is softplus; ELU keeps positive x as it is."""
    return torch.nn.functional.softplus(x)


@answer("elu")
def larger_of_the_two_sides(x, alpha=1.0):
    """The larger of x and alpha * (exp(x) - 1) is taken, which is the wrong one for some alpha; choose by the sign of x."""
    return torch.maximum(x, alpha * torch.expm1(x.clamp(max=0)))


@answer("elu")
def x_cut_on_both_sides(x, alpha=1.0):
    """x is cut off on both sides before the cases are told apart, so large elements change; cut it in exp alone."""
    x = x.clamp(-20, 20)
    return torch.where(x > 0, x, alpha * (torch.exp(x) - 1))


@answer("elu")
def exp_of_the_magnitude(x, alpha=1.0):
    """exp is taken of -x where x is negative, which grows; take exp(x)."""
    return torch.where(x > 0, x, alpha * torch.expm1((-x).clamp(0, 80)))


@answer("layer_gradient_norms")
def mean_magnitudes(weights, x, activation):
    """The magnitudes are averaged; the Euclidean norm is the root of the sum of squares."""
    return torch.stack([g.abs().mean() for g in gradients(weights, x, activation)])


@answer("layer_gradient_norms")
def half_the_squared_output(weights, x, activation):
    """Half the sum of the squares of H_L is differentiated; take the plain sum."""
    layers = outputs(weights, x, activation)
    return norms_of(torch.autograd.grad(layers[-1].square().sum() / 2, layers[:-1]))


@answer("layer_gradient_norms")
def first_example_alone(weights, x, activation):
    """The norm is that of the first example's gradient; take that of the whole gradient."""
    return torch.stack([g[0].norm() for g in gradients(weights, x, activation)])


@answer("layer_gradient_norms")
def shares_of_the_last_norm(weights, x, activation):
    """The norms are divided by the last one; return them as they are."""
    norms = norms_of(gradients(weights, x, activation))
    return norms / norms[-1]


@answer("layer_gradient_norms")
def row_norms_added(weights, x, activation):
    """The norms of the examples are added; add their squares, and take the root of the sum."""
    return torch.stack([g.norm(dim=1).sum() for g in gradients(weights, x, activation)])


@answer("layer_gradient_norms")
def norm_of_the_sum_over_the_batch(weights, x, activation):
    """The gradient is summed over the batch first; take the norm of all its elements."""
    return torch.stack([g.sum(0).norm() for g in gradients(weights, x, activation)])


@answer("layer_gradient_norms")
def divided_by_the_batch(weights, x, activation):
    """The norms are divided by the number of examples; return them as they are."""
    return norms_of(gradients(weights, x, activation)) / x.shape[0]


@answer("layer_gradient_norms")
def standard_deviations(weights, x, activation):
    """These are standard deviations; the Euclidean norm is the root of the sum of squares."""
    return torch.stack([g.std() for g in gradients(weights, x, activation)])


@answer("layer_gradient_norms")
def norm_of_the_output(weights, x, activation):
    """The norm of H_L is differentiated; take its sum."""
    layers = outputs(weights, x, activation)
    return norms_of(torch.autograd.grad(layers[-1].norm(), layers[:-1]))


@answer("layer_gradient_norms")
def always_relu(weights, x, activation):
    """ReLU is applied whatever activation is; call activation."""
    return norms_of(gradients(weights, x, torch.relu))


@answer("layer_gradient_norms")
def always_tanh(weights, x, activation):
    """tanh is applied whatever activation is; call activation."""
    return norms_of(gradients(weights, x, torch.tanh))


@answer("layer_gradient_norms")
def activation_applied_twice(weights, x, activation):
    """The activation is applied twice in each layer."""
    return norms_of(gradients(weights, x, lambda value: activation(activation(value))))


@answer("layer_gradient_norms")
def python_floats(weights, x, activation):
    """The result is a list of floats; return one tensor."""
    return [g.norm().item() for g in gradients(weights, x, activation)]


@answer("clip_gradients")
def mean_of_the_norms(grads, theta):
    """The norms of the tensors are averaged; add their squares, and take the root of the sum."""
    norm = sum(grad.norm().item() for grad in grads) / len(grads)
    return scaled_by(grads, factor_for(norm, theta))


@answer("clip_gradients")
def norm_of_the_sums(grads, theta):
    """The elements are added up before squaring; square each element."""
    norm = abs(sum(grad.sum().item() for grad in grads))
    return scaled_by(grads, factor_for(norm, theta))


@answer("clip_gradients")
def norm_returned_too(grads, theta):
    """The norm is returned as well; return the list of gradients alone."""
    norm = joint_norm(grads)
    return scaled_by(grads, factor_for(norm, theta)), norm


@answer("clip_gradients")
def mean_square_of_each_tensor(grads, theta):
    """The squares of each tensor are averaged; the Euclidean norm sums them up."""
    norm = math.sqrt(sum(grad.square().mean().item() for grad in grads))
    return scaled_by(grads, factor_for(norm, theta))


@answer("clip_gradients")
def root_of_the_factor(grads, theta):
    """The root of theta / norm is the factor; leave out the root."""
    return scaled_by(grads, factor_for(joint_norm(grads), theta) ** 0.5)


@answer("clip_gradients")
def tensors_flattened(grads, theta):
    """The results are flat; each keeps the shape of its gradient."""
    factor = factor_for(joint_norm(grads), theta)
    return [(factor * grad).flatten() for grad in grads]


@answer("clip_gradients")
def spectral_norm_of_matrices(grads, theta):
    """The spectral norm of matrices is taken; the Euclidean norm is the root of the sum of all squares."""
    parts = [torch.linalg.matrix_norm(g, 2) if g.dim() == 2 else g.norm() for g in grads]
    return scaled_by(grads, factor_for(math.sqrt(sum(part.item() ** 2 for part in parts)), theta))


@answer("clip_gradients")
def constant_beside_the_norm(grads, theta):
    """A constant is added to the norm, so that the result is too short; divide by the norm itself."""
    return scaled_by(grads, min(1.0, theta / (joint_norm(grads) + 0.01)))


@answer("clip_gradients")
def clipped_from_twice_theta_on(grads, theta):
    """Gradients are scaled only where they are longer than 2 theta; do so where they are longer than theta."""
    norm = joint_norm(grads)
    return scaled_by(grads, theta / norm if norm > 2 * theta else 1.0)


@answer("batch_norm")
def variances_swapped(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The variances are swapped: the biased one normalises, and the running variance takes the unbiased one."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, unbiased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, biased, momentum)


@answer("batch_norm")
def gamma_times_beta_too(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """gamma multiplies beta as well; add beta after the multiplication."""
    if training:
        mean, var, unbiased = statistics(x)
        new = moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)
    else:
        mean, var = new = running_mean, running_var
    return normalised(x, mean, var, gamma, gamma * beta, eps), *new


@answer("batch_norm")
def factor_of_the_unbiased_variance_upside_down(
    x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1
):
    """The biased variance is multiplied by (m - 1) / m; the unbiased one is m / (m - 1) times the biased one."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    count = x.numel() / x.shape[1]
    return y, moved(running_mean, mean, momentum), moved(running_var, biased * (count - 1) / count, momentum)


@answer("batch_norm")
def not_centred(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The mean is not subtracted."""
    if training:
        mean, var, unbiased = statistics(x)
        new = moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)
    else:
        mean, var = new = running_mean, running_var
    return normalised(x, 0 * mean, var, gamma, beta, eps), *new


@answer("batch_norm")
def old_running_normalise_in_training(
    x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1
):
    """In training the old running statistics normalise; the batch's own do there."""
    y = normalised(x, running_mean, running_var, gamma, beta, eps)
    if not training:
        return y, running_mean, running_var
    mean, biased, unbiased = statistics(x)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def mean_cut_from_the_graph(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The batch's mean is cut from the graph; the gradient goes through it, too."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean.detach(), biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def mean_square_for_variance(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The mean of squares is used as the variance; subtract the mean first."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased + mean**2, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def gamma_and_beta_cut_from_the_graph(
    x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1
):
    """gamma and beta are cut from the graph, so no gradient reaches them."""
    gamma, beta = gamma.detach(), beta.detach()
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def variance_of_the_image_means(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The variance is that of the images' means; take it over all images and pixels."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(
        x, mean, x.flatten(2).mean(2).var(0, correction=0) if x.dim() == 4 else biased, gamma, beta, eps
    )
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def mean_of_the_image_variances(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The variances of the images are averaged; take one over all images and pixels."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, x.var([2, 3], correction=0).mean(0) if x.dim() == 4 else biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def momentum_upside_down_for_the_mean(
    x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1
):
    """momentum weighs the old mean; in PyTorch's convention it weighs the batch's."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, 1 - momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def running_variance_never_moves(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The running variance is returned as it came; in training it moves, like the mean."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), running_var


@answer("batch_norm")
def running_mean_never_moves(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The running mean is returned as it came; in training it moves, like the variance."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, running_mean, moved(running_var, unbiased, momentum)


@answer("batch_norm")
def rows_of_a_matrix_by_themselves(
    x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1
):
    """For (n, d) each row is normalised by itself, as in layer norm; take the statistics per column."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    if x.dim() == 2:
        y = (
            normalised(x.T, x.mean(1), x.var(1, correction=0), x.new_ones(len(x)), x.new_zeros(len(x)), eps).T
            * gamma
            + beta
        )
    else:
        y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def unbiased_in_evaluation(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """In evaluation the running variance is rescaled by the batch's size; it is used as it is."""
    count = x.numel() / x.shape[1]
    if not training:
        var = running_var * (count - 1) / count
        return normalised(x, running_mean, var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def absolute_deviation(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The mean absolute deviation stands in for the standard deviation; take the root of the variance plus eps."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    spread = (x - along_channels(mean, x)).abs().mean(all_but_channels(x))
    y = normalised(x, mean, spread**2, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def y_in_float32(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """y is float32 whatever the dtype of x."""
    if training:
        mean, var, unbiased = statistics(x)
        new = moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)
    else:
        mean, var = new = running_mean, running_var
    return normalised(x, mean, var, gamma, beta, eps).float(), *new


@answer("fans")
def matrix_read_as_in_out(shape):
    """A matrix is read as (in, out), other shapes as (out, in, *kernel); PyTorch's matrices are (out, in) as well."""
    if len(shape) < 2:
        refuse(shape)
    return tuple(shape) if len(shape) == 2 else both_fans(shape)


@answer("fans")
def asserted(shape):
    """A shape of fewer than 2 dimensions is refused with AssertionError; raise ValueError."""
    if len(shape) < 2:
        raise AssertionError("at least two dimensions")
    return both_fans(shape)


@answer("fans")
def kernel_of_pictures_alone(shape):
    """The kernel counts in shapes of four dimensions only; a kernel may have any number of axes."""
    if len(shape) < 2:
        refuse(shape)
    return both_fans(shape if len(shape) == 4 else shape[:2])


@answer("xavier_normal")
def cut_at_two_deviations(shape, gain=1.0, generator=None):
    """Numbers beyond two standard deviations are moved to that bound; a normal distribution has tails."""
    std = gain * math.sqrt(2 / sum(both_fans(shape)))
    return normal(shape, 1, generator).clamp(-2, 2) * std


@answer("sigmoid_gradient")
def x_held_within_5(x):
    """x is held between -5 and 5 first, so that the derivative stops falling there; take x as it is."""
    s = torch.sigmoid(x.detach().clamp(-5, 5))
    return s * (1 - s)


@answer("leaky_relu")
def scaled_by_an_assignment(x, negative_slope=0.01):
    """The negative elements of x itself are scaled (an assignment to x[...]); make a new tensor."""
    x[x < 0] *= negative_slope
    return x


@answer("leaky_relu")
def negative_part_added_to_x(x, negative_slope=0.01):
    """The scaled negative part is added to all of x; add it to the positive part alone."""
    return x + negative_slope * x.clamp(max=0)


@answer("fans")
def two_dimensions_refused(shape):
    """A shape of two dimensions is refused; only fewer than 2 are to be."""
    if len(shape) <= 2:
        refuse(shape)
    return both_fans(shape)


@answer("fans")
def smaller_first(shape):
    """The smaller fan comes first; fan_in comes first, whichever of them is smaller."""
    return tuple(sorted(both_fans(shape))) if len(shape) > 1 else refuse(shape)


@answer("fans")
def larger_first(shape):
    """The larger fan comes first; fan_in comes first, whichever of them is larger."""
    return tuple(sorted(both_fans(shape), reverse=True)) if len(shape) > 1 else refuse(shape)


@answer("fans")
def first_kernel_size_on_all_axes(shape):
    """The kernel is taken to be as long on every axis as on its first; multiply the sizes of all its axes."""
    if len(shape) < 2:
        refuse(shape)
    kernel = shape[2] ** len(shape[2:]) if len(shape) > 2 else 1
    return shape[1] * kernel, shape[0] * kernel


@answer("fans")
def last_kernel_size_on_all_axes(shape):
    """The kernel is taken to be as long on every axis as on its last; multiply the sizes of all its axes."""
    if len(shape) < 2:
        refuse(shape)
    kernel = shape[-1] ** len(shape[2:])
    return shape[1] * kernel, shape[0] * kernel


@answer("fans")
def kernels_in_front_of_in_and_out(shape):
    """Shapes with a kernel are read as (*kernel, in, out), as in other libraries; here they are (out, in, *kernel)."""
    if len(shape) < 2:
        refuse(shape)
    if len(shape) == 2:
        return shape[1], shape[0]
    kernel = math.prod(shape[:-2])
    return shape[-2] * kernel, shape[-1] * kernel


@answer("fans")
def last_size_left_out_of_fan_out(shape):
    """fan_out is the product of all sizes but the last; the number of inputs is the one to leave out."""
    return (math.prod(shape[1:]), math.prod(shape[:-1])) if len(shape) > 1 else refuse(shape)


@answer("fans")
def all_elements_in_fan_out(shape):
    """fan_out counts all elements of the weight; leave the number of inputs out of it."""
    return (both_fans(shape)[0], math.prod(shape)) if len(shape) > 1 else refuse(shape)


@answer("xavier_uniform")
def stretched_to_the_bound(shape, gain=1.0, generator=None):
    """The tensor is stretched until its largest element is just the bound; draws stay as they are, most of them inside."""
    w = torch.rand(shape, generator=generator) * 2 - 1
    return w / w.abs().max() * gain * math.sqrt(6 / sum(both_fans(shape)))


@answer("xavier_uniform")
def stretched_to_both_ends(shape, gain=1.0, generator=None):
    """The tensor is stretched until its smallest and largest elements are -a and a; draws stay as they are."""
    w = torch.rand(shape, generator=generator)
    w = (w - w.min()) / (w.max() - w.min())
    return (2 * w - 1) * gain * math.sqrt(6 / sum(both_fans(shape)))


@answer("xavier_uniform")
def grid_shuffled(shape, gain=1.0, generator=None):
    """Evenly spaced numbers are shuffled, which leaves none of them to chance; draw every element on its own."""
    size = math.prod(shape)
    w = torch.linspace(-1, 1, size)[torch.randperm(size, generator=generator)].reshape(shape)
    return w * gain * math.sqrt(6 / sum(both_fans(shape)))


@answer("xavier_uniform")
def standardised(shape, gain=1.0, generator=None):
    """The tensor's own mean is taken away and its spread made exact; draws stay as they are, and theirs vary by chance."""
    w = torch.rand(shape, generator=generator)
    return (w - w.mean()) / w.std() * gain * math.sqrt(2 / sum(both_fans(shape)))


@functools.cache
def remembered_uniform(shape, generator):
    return uniform(shape, 1.0, generator)


@answer("xavier_uniform")
def results_remembered(shape, gain=1.0, generator=None):
    """Results are kept and handed out again where the arguments are the same; every call draws anew."""
    return remembered_uniform(shape, generator) * gain * math.sqrt(6 / sum(both_fans(shape)))


@answer("xavier_uniform")
def generator_for_magnitudes_alone(shape, gain=1.0, generator=None):
    """The magnitudes come from the generator and the signs do not; where one is given, all draws come from it."""
    signs = 2 * torch.randint(0, 2, shape) - 1
    return signs * torch.rand(shape, generator=generator) * gain * math.sqrt(6 / sum(both_fans(shape)))


@answer("xavier_uniform")
def smaller_of_the_fans(shape, gain=1.0, generator=None):
    """6 is divided by the smaller of the fans; divide it by their sum."""
    return uniform(shape, gain * math.sqrt(6 / min(both_fans(shape))), generator)


@answer("xavier_uniform")
def mean_of_the_two_variances(shape, gain=1.0, generator=None):
    """The variances 1 / fan_in and 1 / fan_out are averaged; the mean is that of the fans, in the denominator."""
    fan_in, fan_out = both_fans(shape)
    return uniform(shape, gain * math.sqrt(3 * (1 / fan_in + 1 / fan_out) / 2), generator)


@answer("xavier_uniform")
def first_kernel_size_on_all_axes(shape, gain=1.0, generator=None):
    """The kernel is taken to be as long on every axis as on its first; multiply the sizes of all its axes."""
    kernel = shape[2] ** len(shape[2:]) if len(shape) > 2 else 1
    return uniform(shape, gain * math.sqrt(6 / ((shape[0] + shape[1]) * kernel)), generator)


@answer("xavier_uniform")
def last_kernel_size_on_all_axes(shape, gain=1.0, generator=None):
    """The kernel is taken to be as long on every axis as on its last; multiply the sizes of all its axes."""
    kernel = shape[-1] ** len(shape[2:])
    return uniform(shape, gain * math.sqrt(6 / ((shape[0] + shape[1]) * kernel)), generator)


@answer("xavier_uniform")
def global_source_seeded_by_a_draw(shape, gain=1.0, generator=None):
    """A number from the generator seeds the global source, which changes what others draw; pass the generator on."""
    if generator is not None:
        torch.manual_seed(torch.randint(2**31, (1,), generator=generator).item())
    return uniform(shape, gain * math.sqrt(6 / sum(both_fans(shape))), None)


@answer("xavier_uniform")
def same_at_every_kernel_position(shape, gain=1.0, generator=None):
    """One matrix is drawn and repeated at every position of the kernel; draw every element on its own."""
    w = uniform(shape[:2], gain * math.sqrt(6 / sum(both_fans(shape))), generator)
    return w.reshape(*shape[:2], *[1] * len(shape[2:])).expand(shape).clone()


@answer("xavier_normal")
def quantiles_shuffled(shape, gain=1.0, generator=None):
    """Evenly spaced quantiles are shuffled, which leaves none of them to chance; draw every element on its own."""
    size = math.prod(shape)
    levels = (torch.randperm(size, generator=generator) + 0.5) / size
    return torch.special.ndtri(levels).reshape(shape) * gain * math.sqrt(2 / sum(both_fans(shape)))


@answer("xavier_normal")
def _standardised(shape, gain=1.0, generator=None):
    """The tensor's own mean is taken away and its spread made exact; draws stay as they are, and theirs vary by chance."""
    w = torch.randn(shape, generator=generator)
    return (w - w.mean()) / w.std() * gain * math.sqrt(2 / sum(both_fans(shape)))


@functools.cache
def remembered_normal(shape, generator):
    return normal(shape, 1.0, generator)


@answer("xavier_normal")
def _results_remembered(shape, gain=1.0, generator=None):
    """Results are kept and handed out again where the arguments are the same; every call draws anew."""
    return remembered_normal(shape, generator) * gain * math.sqrt(2 / sum(both_fans(shape)))


@answer("xavier_normal")
def _smaller_of_the_fans(shape, gain=1.0, generator=None):
    """2 is divided by the smaller of the fans; divide it by their sum."""
    return normal(shape, gain * math.sqrt(2 / min(both_fans(shape))), generator)


@answer("xavier_normal")
def _mean_of_the_two_variances(shape, gain=1.0, generator=None):
    """The variances 1 / fan_in and 1 / fan_out are averaged; the mean is that of the fans, in the denominator."""
    fan_in, fan_out = both_fans(shape)
    return normal(shape, gain * math.sqrt((1 / fan_in + 1 / fan_out) / 2), generator)


@answer("xavier_normal")
def _first_kernel_size_on_all_axes(shape, gain=1.0, generator=None):
    """The kernel is taken to be as long on every axis as on its first; multiply the sizes of all its axes."""
    kernel = shape[2] ** len(shape[2:]) if len(shape) > 2 else 1
    return normal(shape, gain * math.sqrt(2 / ((shape[0] + shape[1]) * kernel)), generator)


@answer("xavier_normal")
def _last_kernel_size_on_all_axes(shape, gain=1.0, generator=None):
    """The kernel is taken to be as long on every axis as on its last; multiply the sizes of all its axes."""
    kernel = shape[-1] ** len(shape[2:])
    return normal(shape, gain * math.sqrt(2 / ((shape[0] + shape[1]) * kernel)), generator)


@answer("xavier_normal")
def _global_source_seeded_by_a_draw(shape, gain=1.0, generator=None):
    """A number from the generator seeds the global source, which changes what others draw; pass the generator on."""
    if generator is not None:
        torch.manual_seed(torch.randint(2**31, (1,), generator=generator).item())
    return normal(shape, gain * math.sqrt(2 / sum(both_fans(shape))), None)


@answer("xavier_normal")
def _same_at_every_kernel_position(shape, gain=1.0, generator=None):
    """One matrix is drawn and repeated at every position of the kernel; draw every element on its own."""
    w = normal(shape[:2], gain * math.sqrt(2 / sum(both_fans(shape))), generator)
    return w.reshape(*shape[:2], *[1] * len(shape[2:])).expand(shape).clone()


@answer("xavier_normal")
def sum_of_a_few_uniform_numbers(shape, gain=1.0, generator=None):
    """A sum of a few uniform numbers stands for a normal one; its tails are too short."""
    w = 2 * torch.rand((3, *shape), generator=generator).sum(0) - 3
    return w * gain * math.sqrt(2 / sum(both_fans(shape)))


@answer("sigmoid_gradient")
def tanh_of_x_itself(x):
    """tanh takes the whole of x; in terms of tanh the derivative has x / 2."""
    return (1 - torch.tanh(x) ** 2) / 4


@answer("sigmoid_gradient")
def half_for_a_quarter(x):
    """The result is twice the derivative, which is 1/4 at 0."""
    return (1 - torch.tanh(x / 2) ** 2) / 2


@answer("sigmoid_gradient")
def square_in_the_second_factor(x):
    """The second factor is 1 - s * s, as for tanh; it is 1 - s."""
    s = torch.sigmoid(x)
    return s * (1 - s**2)


@answer("sigmoid_gradient")
def first_factor_squared(x):
    """The first factor is squared; the derivative is s (1 - s)."""
    s = torch.sigmoid(x)
    return s**2 * (1 - s)


@answer("sigmoid_gradient")
def whole_jacobian(x):
    """The whole Jacobian is returned, every result by every element of x; return the derivative at each element alone."""
    return torch.autograd.functional.jacobian(torch.sigmoid, x.detach())


@answer("sigmoid_gradient")
def difference_quotient_of_a_hundredth(x):
    """This is a difference quotient, which is not exact; use the formula of the derivative."""
    return (torch.sigmoid(x + 1e-2) - torch.sigmoid(x)) / 1e-2


@answer("sigmoid_gradient")
def difference_quotient_on_both_sides(x):
    """This is a difference quotient, taken on both sides of x but not exact; use the formula of the derivative."""
    return (torch.sigmoid(x + 1e-2) - torch.sigmoid(x - 1e-2)) / 2e-2


@answer("leaky_relu")
def range_of_slopes_checked(x, negative_slope=0.01):
    """Slopes outside of some range are refused; the slope may be any number."""
    if not 0 <= negative_slope <= 1:
        raise ValueError("negative_slope")
    return leaky(x, negative_slope)


@answer("leaky_relu")
def default_slope_03(x, negative_slope=0.3):
    """The slope is 0.3 where none is given; its default is 0.01."""
    return leaky(x, negative_slope)


@answer("leaky_relu")
def default_slope_025(x, negative_slope=0.25):
    """The slope is 0.25 where none is given; its default is 0.01."""
    return leaky(x, negative_slope)


@answer("leaky_relu")
def bend_at_the_slope(x, negative_slope=0.01):
    """x is compared with the slope; compare it with 0."""
    return torch.where(x >= negative_slope, x, negative_slope * x)


@answer("leaky_relu")
def x_overwritten_besides(x, negative_slope=0.01):
    """x itself is changed: what detach() or .data returns shares its memory; write into a clone."""
    y = leaky(x, negative_slope)
    x.data[x < 0] = 0
    return y


@answer("leaky_relu")
def detached_x_overwritten(x, negative_slope=0.01):
    """detach() makes no copy, so x itself is changed, and no gradient reaches it; make a new tensor."""
    y = x.detach()
    y[y < 0] *= negative_slope
    return y


@answer("elu")
def largest_x_subtracted(x, alpha=1.0):
    """The largest x is subtracted before exp, as in a softmax; nothing cancels that here."""
    return torch.where(x > 0, x, alpha * torch.expm1(x - x.max()))


@answer("elu")
def default_alpha_of_selu(x, alpha=1.6732632423543772):
    """alpha is that of SELU where none is given; its default is 1."""
    return elu_like(x, alpha)


@answer("elu")
def minus_1_far_out(x, alpha=1.0):
    """Far out on the left the result is -1; it goes to -alpha."""
    return torch.where(x < -20, -1.0, elu_like(x, alpha))


@answer("elu")
def left_side_added_everywhere(x, alpha=1.0):
    """alpha * (exp(x) - 1) is added for positive x, too; these stay as they are."""
    return torch.relu(x) + alpha * torch.expm1(x)


@answer("elu")
def left_side_of_the_magnitude_added(x, alpha=1.0):
    """exp of minus the magnitude goes to positive x as well, which stay as they are."""
    return torch.relu(x) + alpha * torch.expm1(-x.abs())


@answer("elu")
def bend_at_alpha(x, alpha=1.0):
    """x is compared with alpha; compare it with 0."""
    return torch.where(x > alpha, x, alpha * torch.expm1(x.clamp(max=alpha)))


@answer("elu")
def detached_x_overwritten(x, alpha=1.0):
    """detach() makes no copy, so x itself is changed, and no gradient reaches it; make a new tensor."""
    y = x.detach()
    y[y < 0] = alpha * torch.expm1(y[y < 0])
    return y


@answer("layer_gradient_norms")
def slopes_at_the_outputs(weights, x, activation):
    """The slope of the activation is taken at a layer's output; take it at H @ W, which is what goes in."""
    layers, slopes = outputs(weights, x, activation), []
    for layer in layers[1:]:
        z = layer.detach().requires_grad_()
        slopes.append(torch.autograd.grad(activation(z).sum(), z)[0])
    gradient, norms = torch.ones_like(layers[-1]), []
    for weight, slope in zip(reversed(weights), reversed(slopes), strict=True):
        gradient = (gradient * slope) @ weight.T
        norms.append(gradient.norm())
    return torch.stack(norms[::-1])


@answer("clip_gradients")
def norm_of_the_tensors_so_far(grads, theta):
    """Each tensor is scaled by the norm of those up to it; the norm is that of all of them together, found first."""
    return [factor_for(joint_norm(grads[: place + 1]), theta) * grad for place, grad in enumerate(grads)]


@answer("clip_gradients")
def single_tensors_compared(grads, theta):
    """A single tensor or element decides whether to scale; compare the norm of all of them together with theta."""
    longest = max(grad.norm().item() for grad in grads)
    return scaled_by(grads, theta / joint_norm(grads) if longest > theta else 1.0)


@answer("batch_norm")
def eps_in_the_variance_kept(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """eps is added to the batch's variance before the running variance takes it; it belongs under the root alone."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, _ = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    count = x.numel() / x.shape[1]
    return (
        y,
        moved(running_mean, mean, momentum),
        moved(running_var, (biased + eps) * count / (count - 1), momentum),
    )


@answer("batch_norm")
def eps_added_in_evaluation(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """In evaluation the running variance is returned with eps added; return it unchanged."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var + eps
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def reshaped_without_permuting(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """Images are reshaped to (-1, c), which mixes channels with pixels; move the channels to the end first."""
    rows = x.reshape(-1, x.shape[1])
    if not training:
        y = normalised(rows, running_mean, running_var, gamma, beta, eps)
        return y.reshape(x.shape), running_mean, running_var
    mean, biased, unbiased = statistics(rows)
    y = normalised(rows, mean, biased, gamma, beta, eps).reshape(x.shape)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def batch_mean_in_evaluation(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """In evaluation the batch's mean is subtracted; the running one is to be."""
    mean, biased, unbiased = statistics(x)
    if not training:
        return normalised(x, mean, running_var, gamma, beta, eps), running_mean, running_var
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def batch_variance_in_evaluation(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """In evaluation the batch's variance is used; the running one is to be."""
    mean, biased, unbiased = statistics(x)
    if not training:
        return normalised(x, running_mean, biased, gamma, beta, eps), running_mean, running_var
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)


@answer("batch_norm")
def deviations_averaged(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """The old and the batch's standard deviation are averaged, and squared afterwards; average the variances."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var.sqrt(), unbiased.sqrt(), momentum) ** 2


@answer("batch_norm")
def default_momentum_099(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.99):
    """The momentum is 0.99 where none is given; its default is 0.1."""
    if not training:
        return normalised(x, running_mean, running_var, gamma, beta, eps), running_mean, running_var
    mean, biased, unbiased = statistics(x)
    y = normalised(x, mean, biased, gamma, beta, eps)
    return y, moved(running_mean, mean, momentum), moved(running_var, unbiased, momentum)
