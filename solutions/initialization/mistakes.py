"""Wrong answers that students give, each with the sentence they are told."""

import functools
import math

import numpy as np
import torch

from autograder.authoring import answer


def fans(shape):
    kernel = math.prod(shape[2:])
    return shape[1] * kernel, shape[0] * kernel


def uniform(shape, a, generator):
    return (2 * torch.rand(shape, generator=generator) - 1) * a


def normal(shape, std, generator):
    return torch.randn(shape, generator=generator) * std


@answer("xavier_uniform")
def fan_in_alone(shape, gain=1.0, generator=None):
    """The bound is made from fan_in alone, as in He's initialisation; divide 6 by fan_in + fan_out."""
    return uniform(shape, gain * math.sqrt(6 / fans(shape)[0]), generator)


@answer("xavier_uniform")
def fan_out_alone(shape, gain=1.0, generator=None):
    """The bound is made from fan_out alone; divide 6 by fan_in + fan_out."""
    return uniform(shape, gain * math.sqrt(6 / fans(shape)[1]), generator)


@answer("xavier_uniform")
def half_of_6_over_fan_in(shape, gain=1.0, generator=None):
    """The bound is sqrt(3 / fan_in), which keeps the variance in the forward direction alone; use both fans."""
    return uniform(shape, gain * math.sqrt(3 / fans(shape)[0]), generator)


@answer("xavier_uniform")
def half_of_6_over_fan_out(shape, gain=1.0, generator=None):
    """The bound is sqrt(3 / fan_out), which keeps the variance in the backward direction alone; use both fans."""
    return uniform(shape, gain * math.sqrt(3 / fans(shape)[1]), generator)


@answer("xavier_uniform")
def bound_is_the_deviation(shape, gain=1.0, generator=None):
    """The standard deviation sqrt(2 / (fan_in + fan_out)) is the bound; a uniform bound is sqrt(3) times that."""
    return uniform(shape, gain * math.sqrt(2 / sum(fans(shape))), generator)


@answer("xavier_uniform")
def three_for_six(shape, gain=1.0, generator=None):
    """3 stands where 6 belongs: the bound is gain * sqrt(6 / (fan_in + fan_out))."""
    return uniform(shape, gain * math.sqrt(3 / sum(fans(shape))), generator)


@answer("xavier_uniform")
def mean_of_the_fans(shape, gain=1.0, generator=None):
    """6 is divided by the mean of the fans; divide it by their sum."""
    return uniform(shape, gain * math.sqrt(6 / (sum(fans(shape)) / 2)), generator)


@answer("xavier_uniform")
def product_of_the_fans(shape, gain=1.0, generator=None):
    """6 is divided by the product of the fans; divide it by their sum."""
    return uniform(shape, gain * math.sqrt(6 / math.prod(fans(shape))), generator)


@answer("xavier_uniform")
def no_root(shape, gain=1.0, generator=None):
    """The square root is missing: 6 / (fan_in + fan_out) is the bound's square."""
    return uniform(shape, gain * 6 / sum(fans(shape)), generator)


@answer("xavier_uniform")
def root_of_6_alone(shape, gain=1.0, generator=None):
    """The root is taken of 6 alone; take it of 6 / (fan_in + fan_out)."""
    return uniform(shape, gain * math.sqrt(6) / sum(fans(shape)), generator)


@answer("xavier_uniform")
def sum_of_roots(shape, gain=1.0, generator=None):
    """The roots of the two fans are added; take the root of their sum."""
    fan_in, fan_out = fans(shape)
    return uniform(shape, gain * math.sqrt(6) / (math.sqrt(fan_in) + math.sqrt(fan_out)), generator)


@answer("xavier_uniform")
def no_parentheses(shape, gain=1.0, generator=None):
    """6 is divided by fan_in before fan_out is added; put fan_in + fan_out in parentheses."""
    fan_in, fan_out = fans(shape)
    return uniform(shape, gain * math.sqrt(6 / fan_in + fan_out), generator)


@answer("xavier_uniform")
def gain_forgotten(shape, gain=1.0, generator=None):
    """The gain is not used; multiply the bound by it."""
    return uniform(shape, math.sqrt(6 / sum(fans(shape))), generator)


@answer("xavier_uniform")
def gain_squared(shape, gain=1.0, generator=None):
    """The gain counts twice; multiply the bound by it once."""
    return uniform(shape, gain**2 * math.sqrt(6 / sum(fans(shape))), generator)


@answer("xavier_uniform")
def gain_under_the_root(shape, gain=1.0, generator=None):
    """The gain stands under the square root; multiply the root by it."""
    return uniform(shape, math.sqrt(gain * 6 / sum(fans(shape))), generator)


@answer("xavier_uniform")
def divided_by_gain(shape, gain=1.0, generator=None):
    """The bound is divided by the gain; multiply it."""
    return uniform(shape, math.sqrt(6 / sum(fans(shape))) / gain, generator)


@answer("xavier_uniform")
def gain_added(shape, gain=1.0, generator=None):
    """The gain is added to the bound; multiply the bound by it."""
    return uniform(shape, gain - 1 + math.sqrt(6 / sum(fans(shape))), generator)


@answer("xavier_uniform")
def default_gain_of_relu(shape, gain=2**0.5, generator=None):
    """The gain is sqrt(2) where none is given; its default is 1."""
    return uniform(shape, gain * math.sqrt(6 / sum(fans(shape))), generator)


@answer("xavier_uniform")
def kernel_left_out(shape, gain=1.0, generator=None):
    """The kernel is left out of the fans; both count all its elements."""
    return uniform(shape, gain * math.sqrt(6 / (shape[0] + shape[1])), generator)


@answer("xavier_uniform")
def kernel_in_fan_in_alone(shape, gain=1.0, generator=None):
    """The kernel counts in fan_in alone; fan_out counts it too."""
    return uniform(shape, gain * math.sqrt(6 / (fans(shape)[0] + shape[0])), generator)


@answer("xavier_uniform")
def kernel_in_fan_out_alone(shape, gain=1.0, generator=None):
    """The kernel counts in fan_out alone; fan_in counts it too."""
    return uniform(shape, gain * math.sqrt(6 / (shape[1] + fans(shape)[1])), generator)


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
    return torch.rand(shape, generator=generator) * gain * math.sqrt(6 / sum(fans(shape)))


@answer("xavier_uniform")
def half_as_wide(shape, gain=1.0, generator=None):
    """The interval is [-a/2, a/2]; it is 2a long, from -a to a."""
    return (torch.rand(shape, generator=generator) - 0.5) * gain * math.sqrt(6 / sum(fans(shape)))


@answer("xavier_uniform")
def normal_for_uniform(shape, gain=1.0, generator=None):
    """The numbers are normal with the right standard deviation; this one is uniform."""
    return normal(shape, gain * math.sqrt(2 / sum(fans(shape))), generator)


@answer("xavier_uniform")
def normal_scaled_by_the_bound(shape, gain=1.0, generator=None):
    """Normal numbers are multiplied by the bound; draw uniform ones."""
    return normal(shape, gain * math.sqrt(6 / sum(fans(shape))), generator)


@answer("xavier_uniform")
def two_ends_alone(shape, gain=1.0, generator=None):
    """Only -a and a are drawn; draw from the whole interval between them."""
    signs = 2 * torch.randint(0, 2, shape, generator=generator) - 1
    return signs * gain * math.sqrt(6 / sum(fans(shape)))


@answer("xavier_uniform")
def equal_rows(shape, gain=1.0, generator=None):
    """All rows are alike, so all units learn the same; draw every element on its own."""
    a = gain * math.sqrt(6 / sum(fans(shape)))
    return uniform(shape[1:], a, generator).expand(shape).clone()


@answer("xavier_uniform")
def equal_columns(shape, gain=1.0, generator=None):
    """One number is drawn per output and shared by all its inputs; draw every element on its own."""
    a = gain * math.sqrt(6 / sum(fans(shape)))
    return uniform((shape[0],) + (1,) * (len(shape) - 1), a, generator).expand(shape).clone()


@answer("xavier_uniform")
def one_number_for_all(shape, gain=1.0, generator=None):
    """One number is drawn and fills the whole tensor; draw every element on its own."""
    a = gain * math.sqrt(6 / sum(fans(shape)))
    return torch.full(shape, uniform((1,), a, generator).item())


@answer("xavier_uniform")
def evenly_spaced(shape, gain=1.0, generator=None):
    """The numbers are evenly spaced, not drawn at random."""
    a = gain * math.sqrt(6 / sum(fans(shape)))
    return torch.linspace(-a, a, math.prod(shape)).reshape(shape)


@answer("xavier_uniform")
def mean_taken_away(shape, gain=1.0, generator=None):
    """The tensor's own mean is taken away; the mean is 0 in expectation, and draws stay as they are."""
    w = uniform(shape, gain * math.sqrt(6 / sum(fans(shape))), generator)
    return w - w.mean()


@answer("xavier_uniform")
def scaled_to_the_exact_deviation(shape, gain=1.0, generator=None):
    """The tensor is scaled until its own spread is exact; draws stay as they are, and theirs varies by chance."""
    w = torch.rand(shape, generator=generator) * 2 - 1
    return w / w.square().mean().sqrt() * gain * math.sqrt(2 / sum(fans(shape)))


@answer("xavier_uniform")
def generator_ignored(shape, gain=1.0, generator=None):
    """The generator is not used; where one is given, all draws come from it."""
    return uniform(shape, gain * math.sqrt(6 / sum(fans(shape))), None)


@answer("xavier_uniform")
def generator_for_signs_alone(shape, gain=1.0, generator=None):
    """Only some of the draws come from the generator; where one is given, all of them do."""
    signs = 2 * torch.randint(0, 2, shape, generator=generator) - 1
    return signs * torch.rand(shape) * gain * math.sqrt(6 / sum(fans(shape)))


@answer("xavier_uniform")
def generator_reseeded(shape, gain=1.0, generator=None):
    """The generator is seeded anew inside the function, so every one gives the same numbers; use it as it is."""
    if generator is not None:
        generator.manual_seed(0)
    return uniform(shape, gain * math.sqrt(6 / sum(fans(shape))), generator)


@answer("xavier_uniform")
def global_source_seeded(shape, gain=1.0, generator=None):
    """The generator's seed is given to the global source, which changes what others draw; pass the generator on."""
    if generator is not None:
        torch.manual_seed(generator.initial_seed())
    return uniform(shape, gain * math.sqrt(6 / sum(fans(shape))), None)


@answer("xavier_uniform")
def seed_set_inside(shape, gain=1.0, generator=None):
    """Every call draws the same numbers, because the seed is set inside the function."""
    if generator is None:
        torch.manual_seed(0)
    return uniform(shape, gain * math.sqrt(6 / sum(fans(shape))), generator)


@answer("xavier_uniform")
def seed_set_inside_and_generator_ignored(shape, gain=1.0, generator=None):
    """The seed is set inside the function and the generator is not used: every call draws the same numbers."""
    torch.manual_seed(0)
    return uniform(shape, gain * math.sqrt(6 / sum(fans(shape))), None)


@answer("xavier_uniform")
def drawn_once_per_shape(shape, gain=1.0, generator=None):
    """Numbers are drawn once per shape and handed out again; every call draws anew."""

    @functools.cache
    def numbers(shape):
        return torch.rand(shape, generator=torch.Generator().manual_seed(math.prod(shape))) * 2 - 1

    w = numbers(shape) if generator is None else uniform(shape, 1.0, generator)
    return w * gain * math.sqrt(6 / sum(fans(shape)))


@answer("xavier_uniform")
def float64_result(shape, gain=1.0, generator=None):
    """The result is float64; it should be float32."""
    w = torch.rand(shape, generator=generator, dtype=torch.float64) * 2 - 1
    return w * gain * math.sqrt(6 / sum(fans(shape)))


@answer("xavier_uniform")
def numpy_array(shape, gain=1.0, generator=None):
    """The result is a NumPy array; return a tensor."""
    a = gain * math.sqrt(6 / sum(fans(shape)))
    return np.float32(np.random.uniform(-a, a, shape))


@answer("xavier_uniform")
def transposed(shape, gain=1.0, generator=None):
    """The first two axes of the result are swapped; it has the shape that was asked for."""
    return uniform(shape, gain * math.sqrt(6 / sum(fans(shape))), generator).transpose(0, 1)


@answer("xavier_uniform")
def matrix_for_a_kernel(shape, gain=1.0, generator=None):
    """The result is a matrix (fan_out, fan_in); it has the shape that was asked for."""
    fan_in, fan_out = fans(shape)
    return uniform((fan_out, fan_in), gain * math.sqrt(6 / (fan_in + fan_out)), generator)


@answer("xavier_uniform")
def bound_returned(shape, gain=1.0, generator=None):
    """The bound itself is returned; return a tensor drawn from [-a, a]."""
    return gain * math.sqrt(6 / sum(fans(shape)))


@answer("xavier_normal")
def _fan_in_alone(shape, gain=1.0, generator=None):
    """The deviation is made from fan_in alone, as in He's initialisation; divide 2 by fan_in + fan_out."""
    return normal(shape, gain * math.sqrt(2 / fans(shape)[0]), generator)


@answer("xavier_normal")
def _fan_out_alone(shape, gain=1.0, generator=None):
    """The deviation is made from fan_out alone; divide 2 by fan_in + fan_out."""
    return normal(shape, gain * math.sqrt(2 / fans(shape)[1]), generator)


@answer("xavier_normal")
def one_over_fan_in(shape, gain=1.0, generator=None):
    """The deviation is sqrt(1 / fan_in), which keeps the variance in the forward direction alone; use both fans."""
    return normal(shape, gain * math.sqrt(1 / fans(shape)[0]), generator)


@answer("xavier_normal")
def one_over_fan_out(shape, gain=1.0, generator=None):
    """The deviation is sqrt(1 / fan_out), which keeps the variance in the backward direction alone; use both fans."""
    return normal(shape, gain * math.sqrt(1 / fans(shape)[1]), generator)


@answer("xavier_normal")
def bound_for_deviation(shape, gain=1.0, generator=None):
    """The bound of the uniform distribution is used as the standard deviation; 2 belongs where 6 stands."""
    return normal(shape, gain * math.sqrt(6 / sum(fans(shape))), generator)


@answer("xavier_normal")
def one_for_two(shape, gain=1.0, generator=None):
    """1 stands where 2 belongs: the standard deviation is gain * sqrt(2 / (fan_in + fan_out))."""
    return normal(shape, gain * math.sqrt(1 / sum(fans(shape))), generator)


@answer("xavier_normal")
def _mean_of_the_fans(shape, gain=1.0, generator=None):
    """2 is divided by the mean of the fans; divide it by their sum."""
    return normal(shape, gain * math.sqrt(2 / (sum(fans(shape)) / 2)), generator)


@answer("xavier_normal")
def _product_of_the_fans(shape, gain=1.0, generator=None):
    """2 is divided by the product of the fans; divide it by their sum."""
    return normal(shape, gain * math.sqrt(2 / math.prod(fans(shape))), generator)


@answer("xavier_normal")
def variance_for_deviation(shape, gain=1.0, generator=None):
    """The variance 2 / (fan_in + fan_out) is used as the standard deviation; take its root."""
    return normal(shape, gain * 2 / sum(fans(shape)), generator)


@answer("xavier_normal")
def root_of_2_alone(shape, gain=1.0, generator=None):
    """The root is taken of 2 alone; take it of 2 / (fan_in + fan_out)."""
    return normal(shape, gain * math.sqrt(2) / sum(fans(shape)), generator)


@answer("xavier_normal")
def _sum_of_roots(shape, gain=1.0, generator=None):
    """The roots of the two fans are added; take the root of their sum."""
    fan_in, fan_out = fans(shape)
    return normal(shape, gain * math.sqrt(2) / (math.sqrt(fan_in) + math.sqrt(fan_out)), generator)


@answer("xavier_normal")
def _no_parentheses(shape, gain=1.0, generator=None):
    """2 is divided by fan_in before fan_out is added; put fan_in + fan_out in parentheses."""
    fan_in, fan_out = fans(shape)
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
    return normal(shape, math.sqrt(2 / sum(fans(shape))), generator)


@answer("xavier_normal")
def _gain_squared(shape, gain=1.0, generator=None):
    """The gain counts twice; multiply the standard deviation by it once."""
    return normal(shape, gain**2 * math.sqrt(2 / sum(fans(shape))), generator)


@answer("xavier_normal")
def _gain_under_the_root(shape, gain=1.0, generator=None):
    """The gain stands under the square root; multiply the root by it."""
    return normal(shape, math.sqrt(gain * 2 / sum(fans(shape))), generator)


@answer("xavier_normal")
def _divided_by_gain(shape, gain=1.0, generator=None):
    """The standard deviation is divided by the gain; multiply it."""
    return normal(shape, math.sqrt(2 / sum(fans(shape))) / gain, generator)


@answer("xavier_normal")
def gain_is_the_mean(shape, gain=1.0, generator=None):
    """The gain moves the mean; it belongs to the standard deviation, and the mean is 0."""
    return normal(shape, math.sqrt(2 / sum(fans(shape))), generator) + gain


@answer("xavier_normal")
def _default_gain_of_relu(shape, gain=2**0.5, generator=None):
    """The gain is sqrt(2) where none is given; its default is 1."""
    return normal(shape, gain * math.sqrt(2 / sum(fans(shape))), generator)


@answer("xavier_normal")
def _kernel_left_out(shape, gain=1.0, generator=None):
    """The kernel is left out of the fans; both count all its elements."""
    return normal(shape, gain * math.sqrt(2 / (shape[0] + shape[1])), generator)


@answer("xavier_normal")
def _kernel_in_fan_in_alone(shape, gain=1.0, generator=None):
    """The kernel counts in fan_in alone; fan_out counts it too."""
    return normal(shape, gain * math.sqrt(2 / (fans(shape)[0] + shape[0])), generator)


@answer("xavier_normal")
def _kernel_in_fan_out_alone(shape, gain=1.0, generator=None):
    """The kernel counts in fan_out alone; fan_in counts it too."""
    return normal(shape, gain * math.sqrt(2 / (shape[1] + fans(shape)[1])), generator)


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
    std = gain * math.sqrt(2 / sum(fans(shape)))
    return normal(shape, std, generator) + std


@answer("xavier_normal")
def positive_only(shape, gain=1.0, generator=None):
    """All numbers are positive; keep their signs, so that the mean is 0."""
    return normal(shape, gain * math.sqrt(2 / sum(fans(shape))), generator).abs()


@answer("xavier_normal")
def uniform_for_normal(shape, gain=1.0, generator=None):
    """The numbers are uniform with the right standard deviation; this one is normal."""
    return uniform(shape, gain * math.sqrt(6 / sum(fans(shape))), generator)


@answer("xavier_normal")
def uniform_up_to_the_deviation(shape, gain=1.0, generator=None):
    """The numbers are uniform between minus and plus the standard deviation; draw normal ones."""
    return uniform(shape, gain * math.sqrt(2 / sum(fans(shape))), generator)


@answer("xavier_normal")
def cut_at_2_deviations(shape, gain=1.0, generator=None):
    """Numbers beyond two standard deviations are drawn again; a normal distribution has tails."""
    w = torch.randn(shape, generator=generator)
    while (far := w.abs() > 2).any():
        w = torch.where(far, torch.randn(shape, generator=generator), w)
    return w * gain * math.sqrt(2 / sum(fans(shape)))


@answer("xavier_normal")
def _equal_rows(shape, gain=1.0, generator=None):
    """All rows are alike, so all units learn the same; draw every element on its own."""
    std = gain * math.sqrt(2 / sum(fans(shape)))
    return normal(shape[1:], std, generator).expand(shape).clone()


@answer("xavier_normal")
def _equal_columns(shape, gain=1.0, generator=None):
    """One number is drawn per output and shared by all its inputs; draw every element on its own."""
    std = gain * math.sqrt(2 / sum(fans(shape)))
    return normal((shape[0],) + (1,) * (len(shape) - 1), std, generator).expand(shape).clone()


@answer("xavier_normal")
def _one_number_for_all(shape, gain=1.0, generator=None):
    """One number is drawn and fills the whole tensor; draw every element on its own."""
    std = gain * math.sqrt(2 / sum(fans(shape)))
    return torch.full(shape, normal((1,), std, generator).item())


@answer("xavier_normal")
def evenly_spaced_quantiles(shape, gain=1.0, generator=None):
    """The numbers are evenly spaced quantiles of the normal distribution, not drawn at random."""
    n = math.prod(shape)
    levels = (torch.arange(n) + 0.5) / n
    return torch.special.ndtri(levels).reshape(shape) * gain * math.sqrt(2 / sum(fans(shape)))


@answer("xavier_normal")
def _mean_taken_away(shape, gain=1.0, generator=None):
    """The tensor's own mean is taken away; the mean is 0 in expectation, and draws stay as they are."""
    w = normal(shape, gain * math.sqrt(2 / sum(fans(shape))), generator)
    return w - w.mean()


@answer("xavier_normal")
def _scaled_to_the_exact_deviation(shape, gain=1.0, generator=None):
    """The tensor is scaled until its own spread is exact; draws stay as they are, and theirs varies by chance."""
    w = torch.randn(shape, generator=generator)
    return w / w.square().mean().sqrt() * gain * math.sqrt(2 / sum(fans(shape)))


@answer("xavier_normal")
def _generator_ignored(shape, gain=1.0, generator=None):
    """The generator is not used; where one is given, all draws come from it."""
    return normal(shape, gain * math.sqrt(2 / sum(fans(shape))), None)


@answer("xavier_normal")
def generator_for_half_the_draws(shape, gain=1.0, generator=None):
    """Only some of the draws come from the generator; where one is given, all of them do."""
    radius = (-2 * torch.log1p(-torch.rand(shape, generator=generator))).sqrt()
    return radius * torch.cos(2 * math.pi * torch.rand(shape)) * gain * math.sqrt(2 / sum(fans(shape)))


@answer("xavier_normal")
def _generator_reseeded(shape, gain=1.0, generator=None):
    """The generator is seeded anew inside the function, so every one gives the same numbers; use it as it is."""
    if generator is not None:
        generator.manual_seed(0)
    return normal(shape, gain * math.sqrt(2 / sum(fans(shape))), generator)


@answer("xavier_normal")
def _global_source_seeded(shape, gain=1.0, generator=None):
    """The generator's seed is given to the global source, which changes what others draw; pass the generator on."""
    if generator is not None:
        torch.manual_seed(generator.initial_seed())
    return normal(shape, gain * math.sqrt(2 / sum(fans(shape))), None)


@answer("xavier_normal")
def _seed_set_inside(shape, gain=1.0, generator=None):
    """Every call draws the same numbers, because the seed is set inside the function."""
    if generator is None:
        torch.manual_seed(0)
    return normal(shape, gain * math.sqrt(2 / sum(fans(shape))), generator)


@answer("xavier_normal")
def _seed_set_inside_and_generator_ignored(shape, gain=1.0, generator=None):
    """The seed is set inside the function and the generator is not used: every call draws the same numbers."""
    torch.manual_seed(0)
    return normal(shape, gain * math.sqrt(2 / sum(fans(shape))), None)


@answer("xavier_normal")
def _float64_result(shape, gain=1.0, generator=None):
    """The result is float64; it should be float32."""
    std = gain * math.sqrt(2 / sum(fans(shape)))
    return torch.randn(shape, generator=generator, dtype=torch.float64) * std


@answer("xavier_normal")
def _numpy_array(shape, gain=1.0, generator=None):
    """The result is a NumPy array; return a tensor."""
    return np.float32(np.random.normal(0.0, gain * math.sqrt(2 / sum(fans(shape))), shape))


@answer("xavier_normal")
def _transposed(shape, gain=1.0, generator=None):
    """The first two axes of the result are swapped; it has the shape that was asked for."""
    return normal(shape, gain * math.sqrt(2 / sum(fans(shape))), generator).transpose(0, 1)


@answer("xavier_normal")
def _matrix_for_a_kernel(shape, gain=1.0, generator=None):
    """The result is a matrix (fan_out, fan_in); it has the shape that was asked for."""
    fan_in, fan_out = fans(shape)
    return normal((fan_out, fan_in), gain * math.sqrt(2 / (fan_in + fan_out)), generator)


@answer("xavier_uniform")
def all_zero(shape, gain=1.0, generator=None):
    """All weights are 0, so all units stay alike; draw every element at random."""
    return torch.zeros(shape)


@answer("xavier_normal")
def _all_zero(shape, gain=1.0, generator=None):
    """All weights are 0, so all units stay alike; draw every element at random."""
    return torch.zeros(shape)
