"""Wrong answers that students give, each with the sentence they are told."""

import math

import torch

from autograder.authoring import answer


def angles_of(positions, exponents):
    return positions[:, None] / 10000**exponents


def numbers(start, stop, step, device):
    return torch.arange(start, stop, step, dtype=torch.float64, device=device)


def interleaved(sines, cosines, d, dtype):
    encoding = torch.zeros(len(sines), d, dtype=torch.float64, device=sines.device)
    encoding[:, 0::2] = sines
    encoding[:, 1::2] = cosines[:, : d // 2]
    return encoding.to(dtype)


# Which function stands in which column.


@answer("positional_encoding")
def sine_and_cosine_swapped(max_len, d, dtype=torch.float32, device=None):
    """Sine and cosine have changed places; even columns are sines, odd ones cosines."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, d, 2, device) / d)
    return interleaved(angles.cos(), angles.sin(), d, dtype)


@answer("positional_encoding")
def halves_instead_of_turns(max_len, d, dtype=torch.float32, device=None):
    """All sines come first and all cosines after them; they take turns, column by column."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, d, 2, device) / d)
    return torch.cat([angles.sin(), angles[:, : d // 2].cos()], dim=1).to(dtype)


@answer("positional_encoding")
def sines_only(max_len, d, dtype=torch.float32, device=None):
    """There are sines in the odd columns, too; they hold the cosines of the same angles."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, d, 2, device) / d)
    return interleaved(angles.sin(), angles.sin(), d, dtype)


@answer("positional_encoding")
def sine_or_cosine_by_position(max_len, d, dtype=torch.float32, device=None):
    """Rows take turns between sine and cosine; the columns do."""
    exponents = numbers(0, d, 1, device).div(2, rounding_mode="floor") * 2 / d
    angles = angles_of(numbers(0, max_len, 1, device), exponents)
    encoding = angles.sin()
    encoding[1::2] = angles[1::2].cos()
    return encoding.to(dtype)


# Frequencies and positions.


@answer("positional_encoding")
def cosine_has_its_own_exponent(max_len, d, dtype=torch.float32, device=None):
    """Column i uses the exponent i/d, so a cosine turns more slowly than its sine; both use 2j/d."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, d, 1, device) / d)
    encoding = angles.sin()
    encoding[:, 1::2] = angles[:, 1::2].cos()
    return encoding.to(dtype)


@answer("positional_encoding")
def two_left_out_of_the_exponent(max_len, d, dtype=torch.float32, device=None):
    """The exponent is j/d; it is 2j/d, where j counts pairs of columns."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, (d + 1) // 2, 1, device) / d)
    return interleaved(angles.sin(), angles.cos(), d, dtype)


@answer("positional_encoding")
def column_doubled_in_the_exponent(max_len, d, dtype=torch.float32, device=None):
    """The exponent doubles the number of the column; 2j is the even column itself."""
    angles = angles_of(numbers(0, max_len, 1, device), 2 * numbers(0, d, 2, device) / d)
    return interleaved(angles.sin(), angles.cos(), d, dtype)


@answer("positional_encoding")
def whole_numbers_in_the_exponent(max_len, d, dtype=torch.float32, device=None):
    """The exponent is rounded down to a whole number; 2j/d is a fraction."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, d, 2, device) // d)
    return interleaved(angles.sin(), angles.cos(), d, dtype)


@answer("positional_encoding")
def slowest_frequency_fixed(max_len, d, dtype=torch.float32, device=None):
    """Frequencies are spaced so that the last one is 1/10000; the exponents are 2j/d, which stays below 1."""
    pairs = (d + 1) // 2
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, pairs, 1, device) / max(1, pairs - 1))
    return interleaved(angles.sin(), angles.cos(), d, dtype)


@answer("positional_encoding")
def base_1000(max_len, d, dtype=torch.float32, device=None):
    """The base of the frequencies is 1000; it is 10000."""
    angles = numbers(0, max_len, 1, device)[:, None] / 1000 ** (numbers(0, d, 2, device) / d)
    return interleaved(angles.sin(), angles.cos(), d, dtype)


@answer("positional_encoding")
def log_of_the_base_left_out(max_len, d, dtype=torch.float32, device=None):
    """Frequencies are exp(-2j/d), so their base is e; for 10000 the exponent takes a factor of log(10000)."""
    angles = numbers(0, max_len, 1, device)[:, None] * torch.exp(-numbers(0, d, 2, device) / d)
    return interleaved(angles.sin(), angles.cos(), d, dtype)


@answer("positional_encoding")
def multiplied_instead_of_divided(max_len, d, dtype=torch.float32, device=None):
    """Positions are multiplied by 10000**(2j/d); divide by it."""
    angles = numbers(0, max_len, 1, device)[:, None] * 10000 ** (numbers(0, d, 2, device) / d)
    return interleaved(angles.sin(), angles.cos(), d, dtype)


@answer("positional_encoding")
def positions_from_1(max_len, d, dtype=torch.float32, device=None):
    """Positions count from 1; they count from 0."""
    angles = angles_of(numbers(1, max_len + 1, 1, device), numbers(0, d, 2, device) / d)
    return interleaved(angles.sin(), angles.cos(), d, dtype)


@answer("positional_encoding")
def positions_scaled_to_1(max_len, d, dtype=torch.float32, device=None):
    """Positions are divided by max_len; they are the whole numbers from 0."""
    angles = angles_of(numbers(0, max_len, 1, device) / max_len, numbers(0, d, 2, device) / d)
    return interleaved(angles.sin(), angles.cos(), d, dtype)


# Odd sizes.


@answer("positional_encoding")
def odd_size_breaks(max_len, d, dtype=torch.float32, device=None):
    """An odd d breaks the function, because there is one cosine too many; drop the last one."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, d, 2, device) / d)
    encoding = torch.zeros(max_len, d, dtype=torch.float64, device=device)
    encoding[:, 0::2] = angles.sin()
    encoding[:, 1::2] = angles.cos()
    return encoding.to(dtype)


@answer("positional_encoding")
def odd_size_loses_a_column(max_len, d, dtype=torch.float32, device=None):
    """For an odd d the last column is missing; it is a sine."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, d - 1, 2, device) / d)
    return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1).to(dtype)


@answer("positional_encoding")
def odd_size_gains_a_column(max_len, d, dtype=torch.float32, device=None):
    """For an odd d there is a cosine too many at the end; it ends with a sine."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, d, 2, device) / d)
    return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1).to(dtype)


@answer("positional_encoding")
def odd_size_ends_with_zeros(max_len, d, dtype=torch.float32, device=None):
    """For an odd d the last column stays 0; it is a sine."""
    encoding = torch.zeros(max_len, d, dtype=torch.float64, device=device)
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, d - 1, 2, device) / d)
    encoding[:, 0 : d - 1 : 2] = angles.sin()
    encoding[:, 1::2] = angles.cos()
    return encoding.to(dtype)


@answer("positional_encoding")
def odd_size_ends_with_a_cosine(max_len, d, dtype=torch.float32, device=None):
    """For an odd d the last column is a cosine; it is a sine."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, d, 2, device) / d)
    encoding = interleaved(angles.sin(), angles.cos(), d, torch.float64)
    if d % 2:
        encoding[:, -1] = angles[:, -1].cos()
    return encoding.to(dtype)


@answer("positional_encoding")
def odd_size_rounded_up(max_len, d, dtype=torch.float32, device=None):
    """For an odd d the exponents are those of d + 1; they are 2j/d with the d that is passed."""
    even = d + d % 2
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, even, 2, device) / even)
    return interleaved(angles.sin(), angles.cos(), d, dtype)


@answer("positional_encoding")
def odd_size_rounded_down(max_len, d, dtype=torch.float32, device=None):
    """For an odd d the exponents are j / (d // 2); that is not 2j/d."""
    exponents = numbers(0, (d + 1) // 2, 1, device) / max(1, d // 2)
    angles = angles_of(numbers(0, max_len, 1, device), exponents)
    return interleaved(angles.sin(), angles.cos(), d, dtype)


# Shape, dtype, device.


@answer("positional_encoding")
def transposed(max_len, d, dtype=torch.float32, device=None):
    """The result is (d, max_len); positions are its rows and d its columns."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, d, 2, device) / d)
    return interleaved(angles.sin(), angles.cos(), d, dtype).T


@answer("positional_encoding")
def batch_axis_in_front(max_len, d, dtype=torch.float32, device=None):
    """The result has a batch axis of size 1 in front; its shape is (max_len, d)."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, d, 2, device) / d)
    return interleaved(angles.sin(), angles.cos(), d, dtype)[None]


@answer("positional_encoding")
def one_position_too_many(max_len, d, dtype=torch.float32, device=None):
    """There are max_len + 1 rows; position max_len is not among them."""
    angles = angles_of(numbers(0, max_len + 1, 1, device), numbers(0, d, 2, device) / d)
    return interleaved(angles.sin(), angles.cos(), d, dtype)


@answer("positional_encoding")
def always_float32(max_len, d, dtype=torch.float32, device=None):
    """The result is float32 whatever dtype is passed."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, d, 2, device) / d)
    return interleaved(angles.sin(), angles.cos(), d, torch.float32)


@answer("positional_encoding")
def always_float64(max_len, d, dtype=torch.float32, device=None):
    """The result is float64 whatever dtype is passed."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, d, 2, device) / d)
    return interleaved(angles.sin(), angles.cos(), d, torch.float64)


@answer("positional_encoding")
def float64_by_default(max_len, d, dtype=torch.float64, device=None):
    """The result is float64 where no dtype is passed; the default is float32."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, d, 2, device) / d)
    return interleaved(angles.sin(), angles.cos(), d, dtype)


@answer("positional_encoding")
def angles_in_float32(max_len, d, dtype=torch.float32, device=None):
    """Angles are computed in float32, too coarse at thousands of radians; compute in float64, cast at the end."""
    positions = torch.arange(max_len, dtype=torch.float32, device=device)
    exponents = torch.arange(0, d, 2, dtype=torch.float32, device=device) / d
    angles = angles_of(positions, exponents)
    return interleaved(angles.sin(), angles.cos(), d, dtype)


@answer("positional_encoding")
def angles_in_the_dtype_asked_for(max_len, d, dtype=torch.float32, device=None):
    """Angles are computed in the dtype asked for, and float32 is too coarse; compute in float64, cast at the end."""
    positions = torch.arange(max_len, dtype=dtype, device=device)
    frequencies = torch.exp(torch.arange(0, d, 2, dtype=dtype, device=device) * (-math.log(10000) / d))
    angles = positions[:, None] * frequencies
    encoding = torch.zeros(max_len, d, dtype=dtype, device=device)
    encoding[:, 0::2] = angles.sin()
    encoding[:, 1::2] = angles[:, : d // 2].cos()
    return encoding


@answer("positional_encoding")
def device_ignored(max_len, d, dtype=torch.float32, device=None):
    """The result is made on the CPU whatever device is passed."""
    angles = angles_of(numbers(0, max_len, 1, None), numbers(0, d, 2, None) / d)
    return interleaved(angles.sin(), angles.cos(), d, dtype)


@answer("positional_encoding")
def devices_mixed(max_len, d, dtype=torch.float32, device=None):
    """Some of the numbers are made on the CPU and others on the device; make all of them on the device."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, d, 2, None) / d)
    return interleaved(angles.sin(), angles.cos(), d, dtype)


@answer("positional_encoding")
def turns_of_two_pi(max_len, d, dtype=torch.float32, device=None):
    """The angles are multiplied by 2 pi; they are pos / 10000**(2j/d)."""
    angles = 2 * math.pi * angles_of(numbers(0, max_len, 1, device), numbers(0, d, 2, device) / d)
    return interleaved(angles.sin(), angles.cos(), d, dtype)


@answer("positional_encoding")
def common_logarithm_of_the_base(max_len, d, dtype=torch.float32, device=None):
    """The exponent takes the common logarithm of 10000; with exp it is the natural one."""
    frequencies = torch.exp(-math.log10(10000) * numbers(0, d, 2, device) / d)
    angles = numbers(0, max_len, 1, device)[:, None] * frequencies
    return interleaved(angles.sin(), angles.cos(), d, dtype)


@answer("positional_encoding")
def divided_by_the_root_of_d(max_len, d, dtype=torch.float32, device=None):
    """The encoding is divided by the root of d; sines and cosines stay as they are."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, d, 2, device) / d)
    return interleaved(angles.sin() / math.sqrt(d), angles.cos() / math.sqrt(d), d, dtype)


@answer("positional_encoding")
def base_100000(max_len, d, dtype=torch.float32, device=None):
    """The base of the frequencies is 100000; it is 10000."""
    angles = numbers(0, max_len, 1, device)[:, None] / 100000 ** (numbers(0, d, 2, device) / d)
    return interleaved(angles.sin(), angles.cos(), d, dtype)


@answer("positional_encoding")
def slowest_column_first(max_len, d, dtype=torch.float32, device=None):
    """The frequencies grow from column to column; the first ones are the fastest, and later ones slower."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, d, 2, device).flip(0) / d)
    return interleaved(angles.sin(), angles.cos(), d, dtype)


@answer("positional_encoding")
def column_over_half_of_d(max_len, d, dtype=torch.float32, device=None):
    """The exponents are 2j / (d // 2), twice as large as they should be or more; they are 2j/d."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, d, 2, device) / (d // 2))
    return interleaved(angles.sin(), angles.cos(), d, dtype)


@answer("positional_encoding")
def two_less_than_d_in_the_exponent(max_len, d, dtype=torch.float32, device=None):
    """The exponents are 2j / (d - 2); they are 2j/d."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, d, 2, device) / max(1, d - 2))
    return interleaved(angles.sin(), angles.cos(), d, dtype)


@answer("positional_encoding")
def cosines_negative(max_len, d, dtype=torch.float32, device=None):
    """The cosines have the wrong sign."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, d, 2, device) / d)
    return interleaved(angles.sin(), -angles.cos(), d, dtype)


@answer("positional_encoding")
def one_less_than_d_in_the_exponent(max_len, d, dtype=torch.float32, device=None):
    """The exponents are 2j / (d - 1); they are 2j/d."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, d, 2, device) / max(1, d - 1))
    return interleaved(angles.sin(), angles.cos(), d, dtype)


@answer("positional_encoding")
def cosines_in_the_first_half(max_len, d, dtype=torch.float32, device=None):
    """All cosines come first and all sines after them; they take turns, column by column, sine first."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, d, 2, device) / d)
    return torch.cat([angles[:, : d // 2].cos(), angles.sin()], dim=1).to(dtype)


@answer("positional_encoding")
def pairs_counted_from_1(max_len, d, dtype=torch.float32, device=None):
    """In the exponents 2j/d, j counts from 1; it counts from 0, so the first angle is the position itself."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(2, d + 2, 2, device) / d)
    return interleaved(angles.sin(), angles.cos(), d, dtype)


@answer("positional_encoding")
def base_multiplied_by_the_exponent(max_len, d, dtype=torch.float32, device=None):
    """10000 is multiplied by 2j/d; 2j/d is its exponent."""
    angles = numbers(0, max_len, 1, device)[:, None] / (10000 * numbers(0, d, 2, device) / d)
    return interleaved(angles.sin(), angles.cos(), d, dtype)


@answer("positional_encoding")
def multiplied_by_the_root_of_d(max_len, d, dtype=torch.float32, device=None):
    """The encoding is multiplied by the root of d; sines and cosines stay as they are."""
    angles = angles_of(numbers(0, max_len, 1, device), numbers(0, d, 2, device) / d)
    return interleaved(angles.sin() * math.sqrt(d), angles.cos() * math.sqrt(d), d, dtype)


# layer_norm


def normed(x, gamma, beta, eps=1e-5):
    centred = x - x.mean(-1, keepdim=True)
    return gamma * centred / torch.sqrt(centred.square().mean(-1, keepdim=True) + eps) + beta


@answer("layer_norm")
def unbiased_variance(x, gamma, beta, eps=1e-5):
    """The variance is divided by d - 1; layer norm takes the biased one, divided by d."""
    return gamma * (x - x.mean(-1, keepdim=True)) / torch.sqrt(x.var(-1, keepdim=True) + eps) + beta


@answer("layer_norm")
def eps_outside_the_root(x, gamma, beta, eps=1e-5):
    """eps is added to the standard deviation; add it to the variance, inside the root."""
    centred = x - x.mean(-1, keepdim=True)
    return gamma * centred / (centred.square().mean(-1, keepdim=True).sqrt() + eps) + beta


@answer("layer_norm")
def eps_squared(x, gamma, beta, eps=1e-5):
    """The square of eps is added to the variance; add eps itself."""
    return normed(x, gamma, beta, eps**2)


@answer("layer_norm")
def eps_forgotten(x, gamma, beta, eps=1e-5):
    """eps is not used, so that alike entries give 0 / 0; add it to the variance."""
    return normed(x, gamma, beta, 0.0)


@answer("layer_norm")
def eps_fixed(x, gamma, beta, eps=1e-5):
    """eps is 1e-5 whatever is passed; use the argument."""
    return normed(x, gamma, beta)


@answer("layer_norm")
def another_default_eps(x, gamma, beta, eps=1e-6):
    """eps has another default; where none is passed it is 1e-5."""
    return normed(x, gamma, beta, eps)


@answer("layer_norm")
def variance_without_root(x, gamma, beta, eps=1e-5):
    """It is divided by the variance; divide by its square root."""
    centred = x - x.mean(-1, keepdim=True)
    return gamma * centred / (centred.square().mean(-1, keepdim=True) + eps) + beta


@answer("layer_norm")
def mean_not_subtracted(x, gamma, beta, eps=1e-5):
    """x is divided by its spread alone; subtract its mean first."""
    return gamma * x / torch.sqrt(x.var(-1, keepdim=True, unbiased=False) + eps) + beta


@answer("layer_norm")
def root_mean_square(x, gamma, beta, eps=1e-5):
    """x is divided by its root mean square without a mean; that is RMS norm."""
    return gamma * x / torch.sqrt(x.square().mean(-1, keepdim=True) + eps) + beta


@answer("layer_norm")
def not_divided(x, gamma, beta, eps=1e-5):
    """x is centred but not divided by its standard deviation."""
    return gamma * (x - x.mean(-1, keepdim=True)) + beta


@answer("layer_norm")
def over_the_first_axis(x, gamma, beta, eps=1e-5):
    """Mean and variance are taken over the first axis, as in batch norm; take them over the last one."""
    centred = x - x.mean(0, keepdim=True)
    return gamma * centred / torch.sqrt(centred.square().mean(0, keepdim=True) + eps) + beta


@answer("layer_norm")
def over_the_second_axis(x, gamma, beta, eps=1e-5):
    """Mean and variance are taken over axis 1, the steps; take them over the last one, however many there are."""
    centred = x - x.mean(1, keepdim=True)
    return gamma * centred / torch.sqrt(centred.square().mean(1, keepdim=True) + eps) + beta


@answer("layer_norm")
def over_all_but_the_first_axis(x, gamma, beta, eps=1e-5):
    """Mean and variance are taken over all axes but the first; each token is normalised on its own."""
    axes = tuple(range(1, x.ndim)) or (0,)
    centred = x - x.mean(axes, keepdim=True)
    return gamma * centred / torch.sqrt(centred.square().mean(axes, keepdim=True) + eps) + beta


@answer("layer_norm")
def over_everything(x, gamma, beta, eps=1e-5):
    """One mean and one variance are taken of the whole of x; each row has its own."""
    centred = x - x.mean()
    return gamma * centred / torch.sqrt(centred.square().mean() + eps) + beta


@answer("layer_norm")
def like_batch_norm(x, gamma, beta, eps=1e-5):
    """Mean and variance are taken per column, over all tokens, as in batch norm; take them per row."""
    axes = tuple(range(x.ndim - 1)) or (0,)
    centred = x - x.mean(axes, keepdim=True)
    return gamma * centred / torch.sqrt(centred.square().mean(axes, keepdim=True) + eps) + beta


@answer("layer_norm")
def gamma_and_beta_swapped(x, gamma, beta, eps=1e-5):
    """gamma and beta are swapped: gamma scales and beta shifts."""
    return normed(x, beta, gamma, eps)


@answer("layer_norm")
def gamma_left_out(x, gamma, beta, eps=1e-5):
    """The result is not scaled by gamma."""
    return normed(x, torch.ones_like(gamma), beta, eps)


@answer("layer_norm")
def beta_left_out(x, gamma, beta, eps=1e-5):
    """The result is not shifted by beta."""
    return normed(x, gamma, torch.zeros_like(beta), eps)


@answer("layer_norm")
def shifted_before_scaled(x, gamma, beta, eps=1e-5):
    """It is shifted first and scaled afterwards; beta is added last."""
    return gamma * (normed(x, 1.0, 0.0, eps) + beta)


@answer("layer_norm")
def mean_absolute_deviation(x, gamma, beta, eps=1e-5):
    """It is divided by the mean of the absolute deviations; divide by the root of the mean of their squares."""
    centred = x - x.mean(-1, keepdim=True)
    return gamma * centred / (centred.abs().mean(-1, keepdim=True).square() + eps).sqrt() + beta


@answer("layer_norm")
def over_the_last_two_axes(x, gamma, beta, eps=1e-5):
    """Mean and variance are taken over the last two axes; it is the last one alone."""
    axes = (-2, -1) if x.ndim > 1 else (-1,)
    centred = x - x.mean(axes, keepdim=True)
    return gamma * centred / torch.sqrt(centred.square().mean(axes, keepdim=True) + eps) + beta


@answer("layer_norm")
def three_axes_needed(x, gamma, beta, eps=1e-5):
    """x has to have three axes; any number of them may stand before the last one."""
    n, steps, d = x.shape
    return normed(x.reshape(n * steps, d), gamma, beta, eps).reshape(n, steps, d)


@answer("layer_norm")
def statistics_without_gradient(x, gamma, beta, eps=1e-5):
    """Mean and variance are cut from the graph; the gradient flows through them, too."""
    mean = x.detach().mean(-1, keepdim=True)
    variance = x.detach().var(-1, keepdim=True, unbiased=False)
    return gamma * (x - mean) / torch.sqrt(variance + eps) + beta


@answer("layer_norm")
def no_gradient_at_all(x, gamma, beta, eps=1e-5):
    """The result is cut from the graph (detach, .data or no_grad), so no gradient reaches x, gamma and beta."""
    return normed(x, gamma, beta, eps).detach()


@answer("layer_norm")
def norm_always_float32(x, gamma, beta, eps=1e-5):
    """The result is float32 whatever the dtype of x."""
    return normed(x.float(), gamma.float(), beta.float(), eps)


@answer("layer_norm")
def norm_always_float64(x, gamma, beta, eps=1e-5):
    """The result is float64 whatever the dtype of x."""
    return normed(x.double(), gamma.double(), beta.double(), eps)


@answer("layer_norm")
def centred_in_place(x, gamma, beta, eps=1e-5):
    """The mean is subtracted from the caller's own x; leave it as it is."""
    x.data -= x.data.mean(-1, keepdim=True)
    return normed(x, gamma, beta, eps)


@answer("layer_norm")
def made_on_the_cpu(x, gamma, beta, eps=1e-5):
    """A tensor is made on the CPU; make it on the device of x."""
    result = torch.zeros(x.shape, dtype=x.dtype)
    result = result + gamma * (x - x.mean(-1, keepdim=True))
    return result / torch.sqrt(x.var(-1, keepdim=True, unbiased=False) + eps) + beta


@answer("layer_norm")
def over_the_axis_before_the_last(x, gamma, beta, eps=1e-5):
    """Mean and variance are taken over the axis before the last one; take them over the last one."""
    centred = x - x.mean(-2, keepdim=True)
    return gamma * centred / torch.sqrt(centred.square().mean(-2, keepdim=True) + eps) + beta


@answer("layer_norm")
def variance_at_least_eps(x, gamma, beta, eps=1e-5):
    """The variance is raised to eps where it is smaller; add eps to it."""
    centred = x - x.mean(-1, keepdim=True)
    return gamma * centred / centred.square().mean(-1, keepdim=True).clamp(min=eps).sqrt() + beta


@answer("layer_norm")
def scaled_by_1_plus_gamma(x, gamma, beta, eps=1e-5):
    """It is scaled by 1 + gamma; scale by gamma."""
    return normed(x, 1 + gamma, beta, eps)


@answer("layer_norm")
def root_taken_twice(x, gamma, beta, eps=1e-5):
    """eps is added to the standard deviation and the root is taken of that; take it of the variance plus eps."""
    centred = x - x.mean(-1, keepdim=True)
    return gamma * centred / (centred.square().mean(-1, keepdim=True).sqrt() + eps).sqrt() + beta


@answer("layer_norm")
def squares_added_up(x, gamma, beta, eps=1e-5):
    """The squared deviations are added up; the variance is their mean."""
    centred = x - x.mean(-1, keepdim=True)
    return gamma * centred / torch.sqrt(centred.square().sum(-1, keepdim=True) + eps) + beta


@answer("layer_norm")
def variance_without_the_mean(x, gamma, beta, eps=1e-5):
    """The variance is the mean of the squares of x; subtract the mean of x before squaring."""
    centred = x - x.mean(-1, keepdim=True)
    return gamma * centred / torch.sqrt(x.square().mean(-1, keepdim=True) + eps) + beta


@answer("layer_norm")
def scale_without_gradient(x, gamma, beta, eps=1e-5):
    """gamma is cut from the graph (detach or .data), so it gets no gradient."""
    return normed(x, gamma.detach(), beta, eps)


@answer("layer_norm")
def shift_without_gradient(x, gamma, beta, eps=1e-5):
    """beta is cut from the graph (detach or .data), so it gets no gradient."""
    return normed(x, gamma, beta.detach(), eps)


@answer("layer_norm")
def unbiased_standard_deviation_plus_eps(x, gamma, beta, eps=1e-5):
    """eps is added to the unbiased standard deviation; add it to the biased variance, inside the root."""
    centred = x - x.mean(-1, keepdim=True)
    return (
        gamma * centred / (centred.square().sum(-1, keepdim=True) / (x.shape[-1] - 1)).sqrt().add(eps) + beta
    )


@answer("layer_norm")
def eps_inside_and_outside_the_root(x, gamma, beta, eps=1e-5):
    """eps is added inside the root and once more outside; it belongs inside alone."""
    centred = x - x.mean(-1, keepdim=True)
    return gamma * centred / (torch.sqrt(centred.square().mean(-1, keepdim=True) + eps) + eps) + beta


@answer("layer_norm")
def default_eps_of_1e_8(x, gamma, beta, eps=1e-8):
    """eps has another default; where none is passed it is 1e-5."""
    return normed(x, gamma, beta, eps)


@answer("layer_norm")
def default_eps_of_1e_3(x, gamma, beta, eps=1e-3):
    """eps has another default; where none is passed it is 1e-5."""
    return normed(x, gamma, beta, eps)


@answer("layer_norm")
def beta_subtracted(x, gamma, beta, eps=1e-5):
    """beta is subtracted; it is added."""
    return normed(x, gamma, -beta, eps)


@answer("layer_norm")
def mean_added_again(x, gamma, beta, eps=1e-5):
    """The mean is added again at the end; the rows of the result are shifted by beta alone."""
    return normed(x, gamma, beta, eps) + x.mean(-1, keepdim=True)


@answer("layer_norm")
def divided_by_gamma(x, gamma, beta, eps=1e-5):
    """It is divided by gamma; multiply by it."""
    return normed(x, 1 / gamma, beta, eps)


@answer("layer_norm")
def default_eps_of_1e_12(x, gamma, beta, eps=1e-12):
    """eps has another default; where none is passed it is 1e-5."""
    return normed(x, gamma, beta, eps)


@answer("layer_norm")
def deviation_at_least_eps(x, gamma, beta, eps=1e-5):
    """The standard deviation is raised to eps where it is smaller; add eps to the variance."""
    centred = x - x.mean(-1, keepdim=True)
    return gamma * centred / centred.square().mean(-1, keepdim=True).sqrt().clamp(min=eps) + beta


@answer("layer_norm")
def scaled_before_the_norm(x, gamma, beta, eps=1e-5):
    """x is scaled by gamma before it is normalised; scale afterwards."""
    return normed(gamma * x, 1, beta, eps)


@answer("layer_norm")
def divided_by_its_length(x, gamma, beta, eps=1e-5):
    """Each row is divided by its length as a vector; divide by its standard deviation."""
    centred = x - x.mean(-1, keepdim=True)
    return gamma * centred / (centred.norm(dim=-1, keepdim=True) + eps) + beta


@answer("layer_norm")
def gamma_and_beta_left_out(x, gamma, beta, eps=1e-5):
    """The result is neither scaled by gamma nor shifted by beta."""
    return normed(x, 1, 0, eps)


@answer("layer_norm")
def root_of_eps_outside_the_root(x, gamma, beta, eps=1e-5):
    """The root of eps is added to the standard deviation; add eps to the variance before the root is taken."""
    centred = x - x.mean(-1, keepdim=True)
    return gamma * centred / (centred.square().mean(-1, keepdim=True).sqrt() + math.sqrt(eps)) + beta


@answer("layer_norm")
def unbiased_variance_without_eps(x, gamma, beta, eps=1e-5):
    """The variance is divided by d - 1, and eps is not used; divide by d and add eps."""
    return gamma * (x - x.mean(-1, keepdim=True)) / x.std(-1, keepdim=True) + beta


# add_norm


@answer("add_norm")
def nothing_added(x, y, gamma, beta, eps=1e-5):
    """The norm is taken of y alone; add x first."""
    return normed(y, gamma, beta, eps)


@answer("add_norm")
def norm_of_x_alone(x, y, gamma, beta, eps=1e-5):
    """The norm is taken of x alone; add y first."""
    return normed(x, gamma, beta, eps)


@answer("add_norm")
def norm_before_the_sum(x, y, gamma, beta, eps=1e-5):
    """y is normalised and x is added afterwards; take the norm of the sum."""
    return x + normed(y, gamma, beta, eps)


@answer("add_norm")
def y_added_after_the_norm(x, y, gamma, beta, eps=1e-5):
    """x is normalised and y is added afterwards; take the norm of the sum."""
    return normed(x, gamma, beta, eps) + y


@answer("add_norm")
def sum_of_two_norms(x, y, gamma, beta, eps=1e-5):
    """x and y are normalised each; take one norm, of their sum."""
    return normed(x, gamma, beta, eps) + normed(y, gamma, beta, eps)


@answer("add_norm")
def sum_without_norm(x, y, gamma, beta, eps=1e-5):
    """x + y is scaled and shifted but not normalised."""
    return gamma * (x + y) + beta


@answer("add_norm")
def x_added_twice(x, y, gamma, beta, eps=1e-5):
    """x is added once more after the norm; the residual connection ends with the sum."""
    return x + normed(x + y, gamma, beta, eps)


@answer("add_norm")
def multiplied(x, y, gamma, beta, eps=1e-5):
    """x and y are multiplied; they are added."""
    return normed(x * y, gamma, beta, eps)


@answer("add_norm")
def subtracted(x, y, gamma, beta, eps=1e-5):
    """y is subtracted from x; it is added."""
    return normed(x - y, gamma, beta, eps)


@answer("add_norm")
def mean_of_both(x, y, gamma, beta, eps=1e-5):
    """The norm is taken of the mean of x and y, where eps weighs more; take it of the sum."""
    return normed((x + y) / 2, gamma, beta, eps)


@answer("add_norm")
def eps_not_passed_on(x, y, gamma, beta, eps=1e-5):
    """eps is not passed on to the norm."""
    return normed(x + y, gamma, beta)


@answer("add_norm")
def default_eps_is_another(x, y, gamma, beta, eps=1e-6):
    """eps has another default; where none is passed it is 1e-5."""
    return normed(x + y, gamma, beta, eps)


@answer("add_norm")
def _gamma_and_beta_swapped(x, y, gamma, beta, eps=1e-5):
    """gamma and beta are swapped: gamma scales and beta shifts."""
    return normed(x + y, beta, gamma, eps)


@answer("add_norm")
def _unbiased_variance(x, y, gamma, beta, eps=1e-5):
    """The variance is divided by d - 1; layer norm takes the biased one, divided by d."""
    x = x + y
    return gamma * (x - x.mean(-1, keepdim=True)) / torch.sqrt(x.var(-1, keepdim=True) + eps) + beta


@answer("add_norm")
def normed_over_the_steps(x, y, gamma, beta, eps=1e-5):
    """The sum is normalised over the wrong axis; it is the last one."""
    x = x + y
    axis = max(0, x.ndim - 2)
    centred = x - x.mean(axis, keepdim=True)
    return gamma * centred / torch.sqrt(centred.square().mean(axis, keepdim=True) + eps) + beta


@answer("add_norm")
def added_in_place(x, y, gamma, beta, eps=1e-5):
    """y is added to the caller's own x; leave it as it is."""
    x.data += y.data
    return normed(x, gamma, beta, eps)


@answer("add_norm")
def residual_without_gradient(x, y, gamma, beta, eps=1e-5):
    """x is cut from the graph, so that no gradient goes back past the part; that way is what the sum is for."""
    return normed(x.detach() + y, gamma, beta, eps)


@answer("add_norm")
def part_without_gradient(x, y, gamma, beta, eps=1e-5):
    """y is cut from the graph, so that the part learns nothing."""
    return normed(x + y.detach(), gamma, beta, eps)


@answer("add_norm")
def sum_in_float32(x, y, gamma, beta, eps=1e-5):
    """The result is float32 whatever the dtype of x."""
    return normed((x + y).float(), gamma.float(), beta.float(), eps)


@answer("add_norm")
def sum_in_float64(x, y, gamma, beta, eps=1e-5):
    """The result is float64 whatever the dtype of x."""
    return normed((x + y).double(), gamma.double(), beta.double(), eps)


@answer("add_norm")
def sum_on_the_cpu(x, y, gamma, beta, eps=1e-5):
    """A tensor is made on the CPU; make it on the device of x."""
    return normed(torch.zeros(x.shape, dtype=x.dtype) + x + y, gamma, beta, eps)


@answer("add_norm")
def summed_and_normed_over_the_steps(x, y, gamma, beta, eps=1e-5):
    """The sum is normalised over the axis before the last one; it is the last one."""
    centred = x + y - (x + y).mean(-2, keepdim=True)
    return gamma * centred / torch.sqrt(centred.square().mean(-2, keepdim=True) + eps) + beta


@answer("add_norm")
def _eps_outside_the_root(x, y, gamma, beta, eps=1e-5):
    """eps is added to the standard deviation; add it to the variance, inside the root."""
    centred = x + y - (x + y).mean(-1, keepdim=True)
    return gamma * centred / (centred.square().mean(-1, keepdim=True).sqrt() + eps) + beta


@answer("add_norm")
def _beta_left_out(x, y, gamma, beta, eps=1e-5):
    """The result is not shifted by beta."""
    return normed(x + y, gamma, 0, eps)


@answer("add_norm")
def _gamma_left_out(x, y, gamma, beta, eps=1e-5):
    """The result is not scaled by gamma."""
    return normed(x + y, 1, beta, eps)


@answer("add_norm")
def normed_twice(x, y, gamma, beta, eps=1e-5):
    """The sum is normalised twice; once is enough, since eps changes it each time."""
    return normed(normed(x + y, 1, 0, eps), gamma, beta, eps)


@answer("add_norm")
def y_added_twice(x, y, gamma, beta, eps=1e-5):
    """y is added twice; add it once."""
    return normed(x + 2 * y, gamma, beta, eps)


@answer("add_norm")
def unbiased_deviation_plus_eps(x, y, gamma, beta, eps=1e-5):
    """eps is added to the unbiased standard deviation; add it to the biased variance, inside the root."""
    centred = x + y - (x + y).mean(-1, keepdim=True)
    return (
        gamma * centred / (centred.square().sum(-1, keepdim=True) / (x.shape[-1] - 1)).sqrt().add(eps) + beta
    )


@answer("add_norm")
def no_eps_in_the_sum(x, y, gamma, beta, eps=1e-5):
    """eps is not used; add it to the variance, inside the root."""
    return normed(x + y, gamma, beta, 0.0)


@answer("add_norm")
def normed_over_the_batch(x, y, gamma, beta, eps=1e-5):
    """The sum is normalised over the first axis; it is the last one."""
    centred = x + y - (x + y).mean(0, keepdim=True)
    return gamma * centred / torch.sqrt(centred.square().mean(0, keepdim=True) + eps) + beta


@answer("add_norm")
def normed_over_two_axes(x, y, gamma, beta, eps=1e-5):
    """The sum is normalised over the last two axes at once; it is the last one alone."""
    axes = (-2, -1)
    centred = x + y - (x + y).mean(axes, keepdim=True)
    return gamma * centred / torch.sqrt(centred.square().mean(axes, keepdim=True) + eps) + beta


@answer("add_norm")
def sum_divided_by_the_variance(x, y, gamma, beta, eps=1e-5):
    """It is divided by the variance; divide by its square root."""
    centred = x + y - (x + y).mean(-1, keepdim=True)
    return gamma * centred / (centred.square().mean(-1, keepdim=True) + eps) + beta


@answer("add_norm")
def mean_of_the_sum_left_in(x, y, gamma, beta, eps=1e-5):
    """The sum is divided by its spread alone; subtract its mean first."""
    total = x + y
    return gamma * total / torch.sqrt(total.var(-1, correction=0, keepdim=True) + eps) + beta


@answer("add_norm")
def y_normed_before_the_sum_too(x, y, gamma, beta, eps=1e-5):
    """y is normalised before it is added, and the sum once more; take the norm of the sum alone."""
    return normed(x + normed(y, gamma, beta, eps), gamma, beta, eps)


# position_wise_ffn


@answer("position_wise_ffn")
def relu_left_out(x, params):
    """There is no ReLU, so that two layers are no more than one; take it of the hidden layer."""
    return (x @ params["W_1"] + params["b_1"]) @ params["W_2"] + params["b_2"]


@answer("position_wise_ffn")
def relu_at_the_end(x, params):
    """The ReLU comes after the second layer; it belongs between the two."""
    return torch.relu((x @ params["W_1"] + params["b_1"]) @ params["W_2"] + params["b_2"])


@answer("position_wise_ffn")
def relu_twice(x, params):
    """There is a ReLU after the second layer as well; only the hidden layer has one."""
    return torch.relu(torch.relu(x @ params["W_1"] + params["b_1"]) @ params["W_2"] + params["b_2"])


@answer("position_wise_ffn")
def relu_of_the_input(x, params):
    """The ReLU is taken of x; take it of the hidden layer."""
    return (torch.relu(x) @ params["W_1"] + params["b_1"]) @ params["W_2"] + params["b_2"]


@answer("position_wise_ffn")
def relu_before_the_bias(x, params):
    """The ReLU is taken before b_1 is added; add the bias first."""
    return (torch.relu(x @ params["W_1"]) + params["b_1"]) @ params["W_2"] + params["b_2"]


@answer("position_wise_ffn")
def tanh_for_relu(x, params):
    """The hidden units are tanh; they are ReLUs."""
    return torch.tanh(x @ params["W_1"] + params["b_1"]) @ params["W_2"] + params["b_2"]


@answer("position_wise_ffn")
def gelu_for_relu(x, params):
    """The hidden units are GELUs, as in some newer models; here they are ReLUs."""
    return torch.nn.functional.gelu(x @ params["W_1"] + params["b_1"]) @ params["W_2"] + params["b_2"]


@answer("position_wise_ffn")
def leaky(x, params):
    """The hidden units are leaky; a ReLU is 0 below 0."""
    hidden = torch.nn.functional.leaky_relu(x @ params["W_1"] + params["b_1"])
    return hidden @ params["W_2"] + params["b_2"]


@answer("position_wise_ffn")
def first_bias_left_out(x, params):
    """b_1 is not added."""
    return torch.relu(x @ params["W_1"]) @ params["W_2"] + params["b_2"]


@answer("position_wise_ffn")
def second_bias_left_out(x, params):
    """b_2 is not added."""
    return torch.relu(x @ params["W_1"] + params["b_1"]) @ params["W_2"]


@answer("position_wise_ffn")
def weights_transposed(x, params):
    """W_1 and W_2 are transposed, as in torch.nn.Linear; here weights multiply from the right as they are."""
    hidden = torch.relu(torch.nn.functional.linear(x, params["W_1"], params["b_1"]))
    return torch.nn.functional.linear(hidden, params["W_2"], params["b_2"])


@answer("position_wise_ffn")
def input_added(x, params):
    """x is added to the result; that residual connection belongs to the block around it."""
    result = torch.relu(x @ params["W_1"] + params["b_1"]) @ params["W_2"] + params["b_2"]
    return result + x if result.shape == x.shape else result + x.sum(-1, keepdim=True)


@answer("position_wise_ffn")
def positions_averaged(x, params):
    """The positions are averaged first; each one goes through the network by itself."""
    x = x.mean(dim=1, keepdim=True).expand_as(x)
    return torch.relu(x @ params["W_1"] + params["b_1"]) @ params["W_2"] + params["b_2"]


@answer("position_wise_ffn")
def first_position_alone(x, params):
    """Only the first position's result is returned; each position has one."""
    return torch.relu(x[:, 0] @ params["W_1"] + params["b_1"]) @ params["W_2"] + params["b_2"]


@answer("position_wise_ffn")
def positions_flattened(x, params):
    """The result has shape (n * T, d_out); it keeps the axes of x."""
    return torch.relu(x.flatten(0, 1) @ params["W_1"] + params["b_1"]) @ params["W_2"] + params["b_2"]


@answer("position_wise_ffn")
def hidden_layer_without_gradient(x, params):
    """The hidden layer is cut from the graph, so that x, W_1 and b_1 get no gradient."""
    return torch.relu(x @ params["W_1"] + params["b_1"]).detach() @ params["W_2"] + params["b_2"]


@answer("position_wise_ffn")
def parameters_without_gradient(x, params):
    """The parameters are copied with .data or torch.tensor, so that no gradient reaches them."""
    params = {name: value.data for name, value in params.items()}
    return torch.relu(x @ params["W_1"] + params["b_1"]) @ params["W_2"] + params["b_2"]


@answer("position_wise_ffn")
def network_in_float32(x, params):
    """The result is float32 whatever the dtype of x."""
    params = {name: value.float() for name, value in params.items()}
    return torch.relu(x.float() @ params["W_1"] + params["b_1"]) @ params["W_2"] + params["b_2"]


@answer("position_wise_ffn")
def network_in_float64(x, params):
    """The result is float64 whatever the dtype of x."""
    params = {name: value.double() for name, value in params.items()}
    return torch.relu(x.double() @ params["W_1"] + params["b_1"]) @ params["W_2"] + params["b_2"]


@answer("position_wise_ffn")
def params_taken_out(x, params):
    """The parameters are taken out of the caller's own dict; leave it as it is."""
    hidden = torch.relu(x @ params.pop("W_1") + params.pop("b_1"))
    return hidden @ params["W_2"] + params["b_2"]


@answer("position_wise_ffn")
def buffer_on_the_cpu(x, params):
    """A tensor is made on the CPU; make it on the device of x."""
    hidden = x @ params["W_1"] + params["b_1"]
    return torch.maximum(hidden, torch.zeros(hidden.shape, dtype=x.dtype)) @ params["W_2"] + params["b_2"]


@answer("position_wise_ffn")
def both_biases_left_out(x, params):
    """Neither b_1 nor b_2 is added."""
    return torch.relu(x @ params["W_1"]) @ params["W_2"]


@answer("position_wise_ffn")
def sigmoid_for_relu(x, params):
    """The hidden units are sigmoids; they are ReLUs."""
    return torch.sigmoid(x @ params["W_1"] + params["b_1"]) @ params["W_2"] + params["b_2"]


@answer("position_wise_ffn")
def absolute_values_for_relu(x, params):
    """The hidden units are absolute values; a ReLU is 0 below 0."""
    return (x @ params["W_1"] + params["b_1"]).abs() @ params["W_2"] + params["b_2"]


@answer("position_wise_ffn")
def input_rectified_too(x, params):
    """The ReLU is taken of x as well; take it of the hidden layer alone."""
    return fed(torch.relu(x), params)


@answer("position_wise_ffn")
def second_bias_twice(x, params):
    """b_2 is added twice; add it once."""
    return fed(x, params) + params["b_2"]


@answer("position_wise_ffn")
def elu_for_relu(x, params):
    """The hidden units are ELUs; they are ReLUs."""
    hidden = torch.nn.functional.elu(x @ params["W_1"] + params["b_1"])
    return hidden @ params["W_2"] + params["b_2"]


@answer("position_wise_ffn")
def silu_for_relu(x, params):
    """The hidden units are SiLUs, as in some newer models; here they are ReLUs."""
    hidden = torch.nn.functional.silu(x @ params["W_1"] + params["b_1"])
    return hidden @ params["W_2"] + params["b_2"]


@answer("position_wise_ffn")
def softplus_for_relu(x, params):
    """The hidden units are softplus; they are ReLUs."""
    hidden = torch.nn.functional.softplus(x @ params["W_1"] + params["b_1"])
    return hidden @ params["W_2"] + params["b_2"]


@answer("position_wise_ffn")
def softmax_for_relu(x, params):
    """The hidden layer is a softmax; its units are ReLUs."""
    hidden = torch.softmax(x @ params["W_1"] + params["b_1"], -1)
    return hidden @ params["W_2"] + params["b_2"]


@answer("position_wise_ffn")
def negative_part_for_relu(x, params):
    """The hidden units keep what is below 0; a ReLU keeps what is above."""
    hidden = (x @ params["W_1"] + params["b_1"]).clamp(max=0)
    return hidden @ params["W_2"] + params["b_2"]


@answer("position_wise_ffn")
def relu_before_the_second_bias(x, params):
    """There is a ReLU after the second product as well; only the hidden layer has one."""
    hidden = torch.relu(x @ params["W_1"] + params["b_1"])
    return torch.relu(hidden @ params["W_2"]) + params["b_2"]


@answer("position_wise_ffn")
def first_bias_subtracted(x, params):
    """b_1 is subtracted; it is added."""
    return torch.relu(x @ params["W_1"] - params["b_1"]) @ params["W_2"] + params["b_2"]


@answer("position_wise_ffn")
def second_bias_subtracted(x, params):
    """b_2 is subtracted; it is added."""
    return torch.relu(x @ params["W_1"] + params["b_1"]) @ params["W_2"] - params["b_2"]


@answer("position_wise_ffn")
def hidden_positions_averaged(x, params):
    """The hidden units are averaged over the positions; each position goes through the network by itself."""
    hidden = torch.relu(x @ params["W_1"] + params["b_1"])
    return hidden.mean(-2, keepdim=True).expand_as(hidden) @ params["W_2"] + params["b_2"]


# causal_valid_lens


@answer("causal_valid_lens")
def counted_from_0(n, steps):
    """The lengths count from 0, so that no step sees itself; step t sees t + 1 positions."""
    return torch.arange(steps).repeat(n, 1)


@answer("causal_valid_lens")
def one_step_ahead(n, steps):
    """Each step sees the next one, too; step t sees t + 1 positions."""
    return torch.arange(2, steps + 2).clamp(max=steps).repeat(n, 1)


@answer("causal_valid_lens")
def no_limit_one_step_ahead(n, steps):
    """The lengths count from 2; step t, counted from 0, sees t + 1 positions."""
    return torch.arange(2, steps + 2).repeat(n, 1)


@answer("causal_valid_lens")
def everything_seen(n, steps):
    """Every step sees all steps; it may not see what comes later."""
    return torch.full((n, steps), steps)


@answer("causal_valid_lens")
def counting_down(n, steps):
    """The lengths count down; later steps see more."""
    return torch.arange(steps, 0, -1).repeat(n, 1)


@answer("causal_valid_lens")
def transposed_lens(n, steps):
    """The result is (steps, n); sequences are its rows."""
    return torch.arange(1, steps + 1).repeat(n, 1).T


@answer("causal_valid_lens")
def sequences_counted(n, steps):
    """The lengths count up from sequence to sequence; they count up along the steps."""
    return torch.arange(1, n + 1)[:, None].repeat(1, steps)


@answer("causal_valid_lens")
def counted_on_through_the_batch(n, steps):
    """The count goes on from one sequence to the next; each sequence begins with 1."""
    return torch.arange(1, n * steps + 1).view(n, steps)


@answer("causal_valid_lens")
def one_row(n, steps):
    """The result is one row (steps,); repeat it for each of the n sequences."""
    return torch.arange(1, steps + 1)


@answer("causal_valid_lens")
def one_row_with_an_axis(n, steps):
    """The result is (1, steps); repeat it for each of the n sequences."""
    return torch.arange(1, steps + 1)[None]


@answer("causal_valid_lens")
def floats(n, steps):
    """The lengths are floating-point numbers; they are int64."""
    return torch.ones(n, steps).cumsum(1)


@answer("causal_valid_lens")
def int32(n, steps):
    """The lengths are int32; they are int64."""
    return torch.arange(1, steps + 1, dtype=torch.int32).repeat(n, 1)


@answer("causal_valid_lens")
def mask_instead_of_lengths(n, steps):
    """The result is a mask of who sees whom; return how many positions each step sees."""
    return torch.tril(torch.ones(steps, steps, dtype=torch.int64)).expand(n, steps, steps)


@answer("causal_valid_lens")
def lists(n, steps):
    """The result is a list of lists; it is a tensor."""
    return [list(range(1, steps + 1)) for _ in range(n)]


@answer("causal_valid_lens")
def each_length_repeated(n, steps):
    """Each length is repeated before the next one comes, so rows do not count up; repeat the whole row n times."""
    return torch.arange(1, steps + 1).repeat_interleave(n).reshape(n, steps)


@answer("causal_valid_lens")
def rows_side_by_side(n, steps):
    """The rows stand side by side in one; put them one below the other."""
    return torch.arange(1, steps + 1).repeat(1, n)


@answer("causal_valid_lens")
def last_step_missing(n, steps):
    """The last step is missing; count up to steps itself."""
    return torch.arange(1, steps).repeat(n, 1)


@answer("causal_valid_lens")
def triangle_of_ones(n, steps):
    """The result is a mask of who sees whom; return how many positions each step sees."""
    return torch.ones(n, steps, dtype=torch.int64).tril()


@answer("causal_valid_lens")
def one_row_for_each_step(n, steps):
    """There is a row for each step; there is one for each of the n sequences."""
    return torch.arange(1, steps + 1).repeat(steps, 1)


@answer("causal_valid_lens")
def rows_in_one_line(n, steps):
    """The rows stand one after the other on a single axis; the result has shape (n, steps)."""
    return torch.arange(1, steps + 1).repeat(n)


@answer("causal_valid_lens")
def n_and_steps_swapped(n, steps):
    """n and steps are swapped: n counts the sequences, and the lengths count up to steps."""
    return torch.arange(1, n + 1).repeat(steps, 1)


@answer("causal_valid_lens")
def mask_of_truth_values(n, steps):
    """The result is a mask of who sees whom; return how many positions each step sees."""
    return torch.ones(steps, steps, dtype=torch.bool).tril().repeat(n, 1, 1)


@answer("causal_valid_lens")
def no_more_than_sequences(n, steps):
    """The lengths stop at the number of sequences; they count up to steps."""
    return torch.arange(1, steps + 1).clamp(max=n).repeat(n, 1)


# The blocks


def attend(queries, keys, values, params, num_heads, valid_lens=None):
    q, k, v = (
        (x @ params[name]).unflatten(-1, (num_heads, -1)).transpose(1, 2)
        for x, name in ((queries, "W_q"), (keys, "W_k"), (values, "W_v"))
    )
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if valid_lens is not None:
        hidden = torch.arange(k.shape[2], device=k.device) >= valid_lens.reshape(len(valid_lens), 1, -1, 1)
        scores = scores.masked_fill(hidden, -1e9)
    return (torch.softmax(scores, -1) @ v).transpose(1, 2).flatten(2) @ params["W_o"]


def fed(x, params):
    return torch.relu(x @ params["W_1"] + params["b_1"]) @ params["W_2"] + params["b_2"]


def staircase(x, total):
    n, steps = x.shape[:2]
    return torch.arange(total - steps + 1, total + 1, device=x.device).repeat(n, 1)


# encoder_block


def encoded(x, params, num_heads, valid_lens=None, norm=normed):
    y = norm(x + attend(x, x, x, params["attention"], num_heads, valid_lens), **params["norm_1"])
    return norm(y + fed(y, params["ffn"]), **params["norm_2"])


@answer("encoder_block")
def lens_ignored(x, params, num_heads, valid_lens=None):
    """valid_lens is not used; nothing attends to positions at and past it."""
    return encoded(x, params, num_heads)


@answer("encoder_block")
def padding_zeroed(x, params, num_heads, valid_lens=None):
    """Positions past valid_lens are set to 0 at the end; every position gets its result."""
    result = encoded(x, params, num_heads, valid_lens)
    if valid_lens is not None:
        result = result * (torch.arange(x.shape[1], device=x.device) < valid_lens[:, None])[..., None]
    return result


@answer("encoder_block")
def padding_zeroed_first(x, params, num_heads, valid_lens=None):
    """Positions past valid_lens are set to 0 but still attended to; give valid_lens to the attention."""
    if valid_lens is not None:
        x = x * (torch.arange(x.shape[1], device=x.device) < valid_lens[:, None])[..., None]
    return encoded(x, params, num_heads)


@answer("encoder_block")
def causal(x, params, num_heads, valid_lens=None):
    """Self-attention is under a causal mask; in the encoder every position sees all valid ones."""
    lens = staircase(x, x.shape[1])
    return encoded(x, params, num_heads, lens if valid_lens is None else lens.clamp(max=valid_lens[:, None]))


@answer("encoder_block")
def first_residual_left_out(x, params, num_heads, valid_lens=None):
    """The first residual connection is missing: x is added to what attention finds."""
    y = normed(attend(x, x, x, params["attention"], num_heads, valid_lens), **params["norm_1"])
    return normed(y + fed(y, params["ffn"]), **params["norm_2"])


@answer("encoder_block")
def second_residual_left_out(x, params, num_heads, valid_lens=None):
    """The second residual connection is missing: y is added to what the ffn makes of it."""
    y = normed(x + attend(x, x, x, params["attention"], num_heads, valid_lens), **params["norm_1"])
    return normed(fed(y, params["ffn"]), **params["norm_2"])


@answer("encoder_block")
def second_residual_from_x(x, params, num_heads, valid_lens=None):
    """The second residual connection adds x; it adds y, what went into the ffn."""
    y = normed(x + attend(x, x, x, params["attention"], num_heads, valid_lens), **params["norm_1"])
    return normed(x + fed(y, params["ffn"]), **params["norm_2"])


@answer("encoder_block")
def ffn_of_x(x, params, num_heads, valid_lens=None):
    """The ffn works on x; it works on y, the result of the first add & norm."""
    y = normed(x + attend(x, x, x, params["attention"], num_heads, valid_lens), **params["norm_1"])
    return normed(y + fed(x, params["ffn"]), **params["norm_2"])


@answer("encoder_block")
def ffn_left_out(x, params, num_heads, valid_lens=None):
    """The ffn is missing; it follows the attention, with an add & norm of its own."""
    return normed(x + attend(x, x, x, params["attention"], num_heads, valid_lens), **params["norm_1"])


@answer("encoder_block")
def ffn_first(x, params, num_heads, valid_lens=None):
    """The ffn comes before the attention; attention is first."""
    y = normed(x + fed(x, params["ffn"]), **params["norm_1"])
    return normed(y + attend(y, y, y, params["attention"], num_heads, valid_lens), **params["norm_2"])


@answer("encoder_block")
def norms_swapped(x, params, num_heads, valid_lens=None):
    """norm_1 and norm_2 are swapped; norm_1 follows the attention."""
    return encoded(
        x, {**params, "norm_1": params["norm_2"], "norm_2": params["norm_1"]}, num_heads, valid_lens
    )


@answer("encoder_block")
def first_norm_twice(x, params, num_heads, valid_lens=None):
    """norm_1 is used in both places; norm_2 follows the ffn."""
    return encoded(x, {**params, "norm_2": params["norm_1"]}, num_heads, valid_lens)


@answer("encoder_block")
def first_norm_left_out(x, params, num_heads, valid_lens=None):
    """There is no norm after the attention."""
    y = x + attend(x, x, x, params["attention"], num_heads, valid_lens)
    return normed(y + fed(y, params["ffn"]), **params["norm_2"])


@answer("encoder_block")
def second_norm_left_out(x, params, num_heads, valid_lens=None):
    """There is no norm after the ffn."""
    y = normed(x + attend(x, x, x, params["attention"], num_heads, valid_lens), **params["norm_1"])
    return y + fed(y, params["ffn"])


@answer("encoder_block")
def pre_norm(x, params, num_heads, valid_lens=None):
    """The norms stand before the parts (pre-norm); here each follows the sum (post-norm)."""
    z = normed(x, **params["norm_1"])
    y = x + attend(z, z, z, params["attention"], num_heads, valid_lens)
    return y + fed(normed(y, **params["norm_2"]), params["ffn"])


@answer("encoder_block")
def parts_normed_before_the_sum(x, params, num_heads, valid_lens=None):
    """The parts' results are normalised and then added; take the norm of the sum."""
    y = x + normed(attend(x, x, x, params["attention"], num_heads, valid_lens), **params["norm_1"])
    return y + normed(fed(y, params["ffn"]), **params["norm_2"])


@answer("encoder_block")
def always_one_head(x, params, num_heads, valid_lens=None):
    """num_heads is not used: the attention has a single head."""
    return encoded(x, params, 1, valid_lens)


@answer("encoder_block")
def another_eps(x, params, num_heads, valid_lens=None):
    """The norms have an eps of 1e-6; it is 1e-5."""
    y = normed(x + attend(x, x, x, params["attention"], num_heads, valid_lens), **params["norm_1"], eps=1e-6)
    return normed(y + fed(y, params["ffn"]), **params["norm_2"], eps=1e-6)


@answer("encoder_block")
def attention_cut_from_the_graph(x, params, num_heads, valid_lens=None):
    """The attention is cut from the graph, so that its parameters get no gradient."""
    y = normed(x + attend(x, x, x, params["attention"], num_heads, valid_lens).detach(), **params["norm_1"])
    return normed(y + fed(y, params["ffn"]), **params["norm_2"])


@answer("encoder_block")
def block_in_float32(x, params, num_heads, valid_lens=None):
    """The result is float32 whatever the dtype of x."""
    return encoded(x, params, num_heads, valid_lens).float()


@answer("encoder_block")
def block_in_float64(x, params, num_heads, valid_lens=None):
    """The result is float64 whatever the dtype of x."""
    return encoded(x, params, num_heads, valid_lens).double()


@answer("encoder_block")
def x_overwritten(x, params, num_heads, valid_lens=None):
    """The first sum is written into the caller's own x; leave it as it is."""
    result = encoded(x, params, num_heads, valid_lens)
    x.data += attend(x, x, x, params["attention"], num_heads, valid_lens).data
    return result


@answer("encoder_block")
def mask_made_on_the_cpu(x, params, num_heads, valid_lens=None):
    """A mask is made on the CPU; make it on the device of x."""
    zeros = torch.zeros(x.shape[1], 1, dtype=x.dtype)
    return encoded(x + zeros, params, num_heads, valid_lens)


@answer("encoder_block")
def ffn_of_the_attention(x, params, num_heads, valid_lens=None):
    """The ffn works on what attention finds; it works on y, the result of the first add & norm."""
    found = attend(x, x, x, params["attention"], num_heads, valid_lens)
    y = normed(x + found, **params["norm_1"])
    return normed(y + fed(found, params["ffn"]), **params["norm_2"])


@answer("encoder_block")
def scale_and_shift_swapped(x, params, num_heads, valid_lens=None):
    """gamma and beta are swapped: gamma scales and beta shifts."""
    turned = {
        name: {"gamma": params[name]["beta"], "beta": params[name]["gamma"]} for name in ("norm_1", "norm_2")
    }
    return encoded(x, {**params, **turned}, num_heads, valid_lens)


@answer("encoder_block")
def one_position_too_many_seen(x, params, num_heads, valid_lens=None):
    """One position past valid_lens is attended to; the position at valid_lens is hidden already."""
    lens = None if valid_lens is None else (valid_lens + 1).clamp(max=x.shape[1])
    return encoded(x, params, num_heads, lens)


@answer("encoder_block")
def one_position_too_few_seen(x, params, num_heads, valid_lens=None):
    """The last valid position is hidden; all positions before valid_lens are seen."""
    lens = None if valid_lens is None else (valid_lens - 1).clamp(min=1)
    return encoded(x, params, num_heads, lens)


@answer("encoder_block")
def first_length_for_all(x, params, num_heads, valid_lens=None):
    """The first sequence's length holds for all of them; each sequence has its own."""
    lens = None if valid_lens is None else valid_lens[:1].expand_as(valid_lens)
    return encoded(x, params, num_heads, lens)


@answer("encoder_block")
def output_matrix_left_out(x, params, num_heads, valid_lens=None):
    """The heads are joined but not multiplied by W_o."""
    identity = torch.eye(x.shape[-1], dtype=x.dtype, device=x.device)
    return encoded(
        x, {**params, "attention": {**params["attention"], "W_o": identity}}, num_heads, valid_lens
    )


@answer("encoder_block")
def queries_and_keys_swapped(x, params, num_heads, valid_lens=None):
    """W_q and W_k are swapped."""
    own = params["attention"]
    own = {**own, "W_q": own["W_k"], "W_k": own["W_q"]}
    return encoded(x, {**params, "attention": own}, num_heads, valid_lens)


@answer("encoder_block")
def ffn_without_relu(x, params, num_heads, valid_lens=None):
    """The ffn has no ReLU; it comes between its two layers."""
    y = normed(x + attend(x, x, x, params["attention"], num_heads, valid_lens), **params["norm_1"])
    ffn = params["ffn"]
    z = (y @ ffn["W_1"] + ffn["b_1"]) @ ffn["W_2"] + ffn["b_2"]
    return normed(y + z, **params["norm_2"])


@answer("encoder_block")
def second_residual_from_both(x, params, num_heads, valid_lens=None):
    """The second residual connection adds x as well as y; it adds y alone."""
    y = normed(x + attend(x, x, x, params["attention"], num_heads, valid_lens), **params["norm_1"])
    return normed(x + y + fed(y, params["ffn"]), **params["norm_2"])


@answer("encoder_block")
def causal_in_place_of_lens(x, params, num_heads, valid_lens=None):
    """A causal mask takes the place of valid_lens; in the encoder every position sees all valid ones."""
    return encoded(x, params, num_heads, staircase(x, x.shape[1]))


@answer("encoder_block")
def both_residuals_left_out(x, params, num_heads, valid_lens=None):
    """Both residual connections are missing: what went into each part is added to its result."""
    y = normed(attend(x, x, x, params["attention"], num_heads, valid_lens), **params["norm_1"])
    return normed(fed(y, params["ffn"]), **params["norm_2"])


@answer("encoder_block")
def both_norms_left_out(x, params, num_heads, valid_lens=None):
    """Neither sum is normalised; an add & norm follows each of the two parts."""
    y = x + attend(x, x, x, params["attention"], num_heads, valid_lens)
    return y + fed(y, params["ffn"]) + 0 * sum(params[norm]["gamma"] for norm in ("norm_1", "norm_2"))


@answer("encoder_block")
def second_norm_twice(x, params, num_heads, valid_lens=None):
    """norm_2 is used in both places; norm_1 follows the attention."""
    return encoded(x, {**params, "norm_1": params["norm_2"]}, num_heads, valid_lens)


@answer("encoder_block")
def ffn_left_out_but_not_its_norm(x, params, num_heads, valid_lens=None):
    """The ffn is missing before the second norm; y and what the ffn makes of it are added there."""
    y = normed(x + attend(x, x, x, params["attention"], num_heads, valid_lens), **params["norm_1"])
    return normed(y, **params["norm_2"])


@answer("encoder_block")
def attention_left_out(x, params, num_heads, valid_lens=None):
    """Self-attention is missing; its result is added to x before the first norm."""
    y = normed(x, **params["norm_1"])
    return normed(y + fed(y, params["ffn"]), **params["norm_2"])


@answer("encoder_block")
def x_added_at_the_end(x, params, num_heads, valid_lens=None):
    """x is added once more at the end; the second norm is the last step."""
    return encoded(x, params, num_heads, valid_lens) + x


@answer("encoder_block")
def eps_of_1e_3(x, params, num_heads, valid_lens=None):
    """The norms have an eps of 1e-3; it is 1e-5."""
    y = normed(x + attend(x, x, x, params["attention"], num_heads, valid_lens), **params["norm_1"], eps=1e-3)
    return normed(y + fed(y, params["ffn"]), **params["norm_2"], eps=1e-3)


@answer("encoder_block")
def padding_does_not_attend(x, params, num_heads, valid_lens=None):
    """Positions past valid_lens attend to nothing; they attend to the valid ones like all the others."""
    found = attend(x, x, x, params["attention"], num_heads, valid_lens)
    if valid_lens is not None:
        found = found * (torch.arange(x.shape[1], device=x.device) < valid_lens[:, None])[..., None]
    y = normed(x + found, **params["norm_1"])
    return normed(y + fed(y, params["ffn"]), **params["norm_2"])


@answer("encoder_block")
def padding_zeroed_for_attention(x, params, num_heads, valid_lens=None):
    """Padding is set to 0 before the attention but still attended to; give valid_lens to the attention."""
    kept = x
    if valid_lens is not None:
        kept = x * (torch.arange(x.shape[1], device=x.device) < valid_lens[:, None])[..., None]
    y = normed(x + attend(kept, kept, kept, params["attention"], num_heads), **params["norm_1"])
    return normed(y + fed(y, params["ffn"]), **params["norm_2"])


@answer("encoder_block")
def keys_made_with_W_q(x, params, num_heads, valid_lens=None):
    """W_q makes the keys, too; W_k does."""
    attention = {**params["attention"], "W_k": params["attention"]["W_q"] + 0 * params["attention"]["W_k"]}
    return encoded(x, {**params, "attention": attention}, num_heads, valid_lens)


@answer("encoder_block")
def second_residual_from_the_attention(x, params, num_heads, valid_lens=None):
    """The second residual connection adds what attention finds; it adds y, what went into the ffn."""
    found = attend(x, x, x, params["attention"], num_heads, valid_lens)
    y = normed(x + found, **params["norm_1"])
    return normed(found + fed(y, params["ffn"]), **params["norm_2"])


@answer("encoder_block")
def ffn_and_residual_of_x(x, params, num_heads, valid_lens=None):
    """The ffn works on x and is added to x, so that nothing is left of the attention; both take y."""
    return normed(x + fed(x, params["ffn"]), **params["norm_2"])


@answer("encoder_block")
def parts_side_by_side(x, params, num_heads, valid_lens=None):
    """Attention and ffn work on x side by side; the ffn works on y, the result of the first add & norm."""
    y = x + attend(x, x, x, params["attention"], num_heads, valid_lens)
    return normed(y + fed(x, params["ffn"]), **params["norm_2"])


@answer("encoder_block")
def gelu_in_the_ffn(x, params, num_heads, valid_lens=None):
    """The ffn has GELUs, as in some newer models; here its hidden units are ReLUs."""
    y = normed(x + attend(x, x, x, params["attention"], num_heads, valid_lens), **params["norm_1"])
    ffn = params["ffn"]
    hidden = torch.nn.functional.gelu(y @ ffn["W_1"] + ffn["b_1"])
    return normed(y + hidden @ ffn["W_2"] + ffn["b_2"], **params["norm_2"])


@answer("encoder_block")
def ffn_without_biases(x, params, num_heads, valid_lens=None):
    """The ffn adds neither b_1 nor b_2."""
    y = normed(x + attend(x, x, x, params["attention"], num_heads, valid_lens), **params["norm_1"])
    ffn = params["ffn"]
    return normed(y + torch.relu(y @ ffn["W_1"]) @ ffn["W_2"], **params["norm_2"])


@answer("encoder_block")
def only_valid_position_hidden_too(x, params, num_heads, valid_lens=None):
    """The last valid position is hidden, even where it is the only one; all before valid_lens are seen."""
    found = attend(x, x, x, params["attention"], num_heads, None if valid_lens is None else valid_lens - 1)
    if valid_lens is not None:
        found = found * (valid_lens > 1)[:, None, None]
    y = normed(x + found, **params["norm_1"])
    return normed(y + fed(y, params["ffn"]), **params["norm_2"])


@answer("encoder_block")
def value_matrix_left_out(x, params, num_heads, valid_lens=None):
    """x itself is taken for the values; multiply it by W_v first."""
    identity = torch.eye(x.shape[-1], dtype=x.dtype, device=x.device)
    return encoded(
        x, {**params, "attention": {**params["attention"], "W_v": identity}}, num_heads, valid_lens
    )


@answer("encoder_block")
def x_times_the_root_of_d(x, params, num_heads, valid_lens=None):
    """x is multiplied by the root of d first, as embeddings are; the block takes x as it is."""
    return encoded(x * math.sqrt(x.shape[-1]), params, num_heads, valid_lens)


@answer("encoder_block")
def norms_over_the_steps(x, params, num_heads, valid_lens=None):
    """The norms are taken over the steps; each token is normalised on its own, over the last axis."""

    def norm(z, gamma, beta):
        return normed(z.mT, 1, 0).mT * gamma + beta

    return encoded(x, params, num_heads, valid_lens, norm)


@answer("encoder_block")
def norms_without_gamma_and_beta(x, params, num_heads, valid_lens=None):
    """The norms neither scale by gamma nor shift by beta."""
    return encoded(x, params, num_heads, valid_lens, lambda z, gamma, beta: normed(z, 1, 0))


@answer("encoder_block")
def norms_with_unbiased_variance(x, params, num_heads, valid_lens=None):
    """The variance is divided by d - 1; layer norm takes the biased one, divided by d."""

    def norm(z, gamma, beta):
        return gamma * (z - z.mean(-1, keepdim=True)) / torch.sqrt(z.var(-1, keepdim=True) + 1e-5) + beta

    return encoded(x, params, num_heads, valid_lens, norm)


@answer("encoder_block")
def norms_with_eps_outside_the_root(x, params, num_heads, valid_lens=None):
    """eps is added to the standard deviation; add it to the variance, inside the root."""

    def norm(z, gamma, beta):
        centred = z - z.mean(-1, keepdim=True)
        return gamma * centred / (centred.square().mean(-1, keepdim=True).sqrt() + 1e-5) + beta

    return encoded(x, params, num_heads, valid_lens, norm)


@answer("encoder_block")
def norms_with_unbiased_deviation_plus_eps(x, params, num_heads, valid_lens=None):
    """eps is added to the unbiased standard deviation; add it to the biased variance, inside the root."""

    def norm(z, gamma, beta):
        return gamma * (z - z.mean(-1, keepdim=True)) / (z.std(-1, keepdim=True) + 1e-5) + beta

    return encoded(x, params, num_heads, valid_lens, norm)


# decoder_block


def decoded(x, steps, encoder_outputs, params, num_heads, encoder_valid_lens, norm=normed):
    lens = staircase(x, steps.shape[1])
    y = norm(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = norm(y + found, **params["norm_2"])
    return norm(z + fed(z, params["ffn"]), **params["norm_3"])


def so_far(cache, x):
    return x if cache is None else torch.cat([cache, x], dim=1)


@answer("decoder_block")
def future_seen(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """There is no causal mask: steps see what comes later; with a cache, too, a step sees no later one."""
    steps = so_far(cache, x)
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def future_seen_within_a_piece(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """With a cache there is no causal mask, so that several steps at once see each other; mask them as well."""
    if cache is None:
        return decoded(x, x, encoder_outputs, params, num_heads, encoder_valid_lens), x
    steps = so_far(cache, x)
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def step_does_not_see_itself(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """Steps see earlier ones but not themselves; step t sees t + 1 positions."""
    steps = so_far(cache, x)
    lens = (staircase(x, steps.shape[1]) - 1).clamp(min=1)
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def causal_lengths_from_0(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The causal lengths begin at 0, so that no step sees itself and the first sees nothing; they begin at 1."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1]) - 1
    found = attend(x, steps, steps, params["self_attention"], num_heads, lens) * (lens > 0)[..., None]
    y = normed(x + found, **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def lengths_begin_anew_with_a_cache(
    x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None
):
    """With a cache the causal lengths begin at 1 again; the new steps see all cached ones as well."""
    steps = so_far(cache, x)
    lens = staircase(x, x.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def cache_not_used(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """New steps attend to themselves alone: the cache is not used, or the whole pass returns None as its cache."""
    return decoded(x, x, encoder_outputs, params, num_heads, encoder_valid_lens), x


@answer("decoder_block")
def cache_holds_last_piece_only(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The new cache holds the latest steps alone; it has to lead back to the first one."""
    return decoded(x, so_far(cache, x), encoder_outputs, params, num_heads, encoder_valid_lens), x


@answer("decoder_block")
def cache_not_extended(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The cache is returned as it came, without the new steps; add them."""
    steps = so_far(cache, x)
    y = decoded(x, steps, encoder_outputs, params, num_heads, encoder_valid_lens)
    return y, x if cache is None else cache


@answer("decoder_block")
def cache_joined_in_the_wrong_order(
    x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None
):
    """New steps are put before the cached ones; they come after them."""
    steps = x if cache is None else torch.cat([x, cache], dim=1)
    return decoded(x, steps, encoder_outputs, params, num_heads, encoder_valid_lens), steps


@answer("decoder_block")
def results_cached(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The cache holds the block's results; self-attention asks for its inputs, or their keys and values."""
    y = decoded(x, so_far(cache, x), encoder_outputs, params, num_heads, encoder_valid_lens)
    return y, so_far(cache, y)


@answer("decoder_block")
def cache_extended_in_place(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The cache that is passed in is extended itself; make a new one, so that the old one can be used again."""
    cache = [] if cache is None else cache
    cache.append(x)
    return decoded(x, torch.cat(cache, 1), encoder_outputs, params, num_heads, encoder_valid_lens), cache


@answer("decoder_block")
def cache_without_gradient(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The cache is cut from the graph, so that earlier steps get no gradient through it."""
    steps = so_far(cache, x)
    return decoded(x, steps, encoder_outputs, params, num_heads, encoder_valid_lens), steps.detach()


@answer("decoder_block")
def all_rows_returned(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """With a cache the results of all steps so far are returned; return those of the new steps alone."""
    steps = so_far(cache, x)
    return decoded(steps, steps, encoder_outputs, params, num_heads, encoder_valid_lens), steps


@answer("decoder_block")
def result_alone(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """Only y is returned; return (y, cache)."""
    return decoded(x, so_far(cache, x), encoder_outputs, params, num_heads, encoder_valid_lens)


@answer("decoder_block")
def cache_first(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The cache is returned first; the order is (y, cache)."""
    steps = so_far(cache, x)
    return steps, decoded(x, steps, encoder_outputs, params, num_heads, encoder_valid_lens)


@answer("decoder_block")
def encoder_lens_ignored(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """encoder_valid_lens is not used; nothing attends to encoder outputs at and past it."""
    steps = so_far(cache, x)
    return decoded(x, steps, encoder_outputs, params, num_heads, None), steps


@answer("decoder_block")
def encoder_lens_for_self_attention(
    x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None
):
    """encoder_valid_lens limits self-attention as well; it is about the encoder's outputs."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    if encoder_valid_lens is not None:
        lens = lens.minimum(encoder_valid_lens[:, None])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def cross_attention_causal(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """Attention to the encoder is under the causal mask, too; all valid outputs may be seen there."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    if encoder_valid_lens is not None:
        lens = lens.minimum(encoder_valid_lens[:, None])
    found = attend(y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, lens)
    z = normed(y + found, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def cross_attention_asks_with_x(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """Attention to the encoder asks with x; it asks with y, the result of the first add & norm."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        x, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def cross_attention_left_out(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """Attention to the encoder is missing, so that its outputs have no part in the result."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    z = normed(y, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def cross_attention_first(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """Attention to the encoder comes first; self-attention does."""
    found = attend(
        x, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    y = normed(x + found, **params["norm_1"])
    steps = so_far(cache, y)
    lens = staircase(x, steps.shape[1])
    z = normed(y + attend(y, steps, steps, params["self_attention"], num_heads, lens), **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def attentions_swapped(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The parameters of the two attentions are swapped."""
    swapped = {
        **params,
        "self_attention": params["cross_attention"],
        "cross_attention": params["self_attention"],
    }
    steps = so_far(cache, x)
    return decoded(x, steps, encoder_outputs, swapped, num_heads, encoder_valid_lens), steps


@answer("decoder_block")
def one_attention_for_both(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """Both attentions use the parameters of self-attention; the second one has its own."""
    params = {**params, "cross_attention": params["self_attention"]}
    steps = so_far(cache, x)
    return decoded(x, steps, encoder_outputs, params, num_heads, encoder_valid_lens), steps


@answer("decoder_block")
def norms_in_the_wrong_order(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """norm_2 and norm_3 are swapped; norm_2 follows the attention to the encoder."""
    params = {**params, "norm_2": params["norm_3"], "norm_3": params["norm_2"]}
    steps = so_far(cache, x)
    return decoded(x, steps, encoder_outputs, params, num_heads, encoder_valid_lens), steps


@answer("decoder_block")
def one_norm_for_all(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """norm_1 is used in all three places; each has its own."""
    params = {**params, "norm_2": params["norm_1"], "norm_3": params["norm_1"]}
    steps = so_far(cache, x)
    return decoded(x, steps, encoder_outputs, params, num_heads, encoder_valid_lens), steps


@answer("decoder_block")
def no_residual_at_cross_attention(
    x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None
):
    """The residual connection past the attention to the encoder is missing: add y."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(found, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def residuals_from_x(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The second residual connection adds x; it adds y, what asked the encoder."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(x + found, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def network_left_out(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The ffn and its add & norm are missing at the end."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    return normed(y + found, **params["norm_2"]), steps


@answer("decoder_block")
def norms_first(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The norms stand before the parts (pre-norm); here each follows the sum (post-norm)."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    asked, seen = normed(x, **params["norm_1"]), normed(steps, **params["norm_1"])
    y = x + attend(asked, seen, seen, params["self_attention"], num_heads, lens)
    asked = normed(y, **params["norm_2"])
    z = y + attend(
        asked, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    return z + fed(normed(z, **params["norm_3"]), params["ffn"]), steps


@answer("decoder_block")
def single_head(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """num_heads is not used: both attentions have a single head."""
    steps = so_far(cache, x)
    return decoded(x, steps, encoder_outputs, params, 1, encoder_valid_lens), steps


@answer("decoder_block")
def encoder_without_gradient(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The encoder's outputs are cut from the graph, so that the encoder learns nothing."""
    steps = so_far(cache, x)
    return decoded(x, steps, encoder_outputs.detach(), params, num_heads, encoder_valid_lens), steps


@answer("decoder_block")
def decoder_in_float32(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The result is float32 whatever the dtype of x."""
    steps = so_far(cache, x)
    return decoded(x, steps, encoder_outputs, params, num_heads, encoder_valid_lens).float(), steps


@answer("decoder_block")
def decoder_in_float64(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The result is float64 whatever the dtype of x."""
    steps = so_far(cache, x)
    return decoded(x, steps, encoder_outputs, params, num_heads, encoder_valid_lens).double(), steps


@answer("decoder_block")
def x_written_over(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The first sum is written into the caller's own x; leave it as it is."""
    steps = so_far(cache, x.clone())
    y = decoded(x.clone(), steps, encoder_outputs, params, num_heads, encoder_valid_lens)
    x.data += attend(x, steps, steps, params["self_attention"], num_heads, staircase(x, steps.shape[1])).data
    return y, steps


@answer("decoder_block")
def lengths_on_the_cpu(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The causal mask is made on the CPU; make it on the device of x."""
    steps = so_far(cache, x)
    future = torch.ones(x.shape[1], steps.shape[1], dtype=x.dtype).sum() * 0
    return decoded(
        x + future.expand(x.shape[-1]), steps, encoder_outputs, params, num_heads, encoder_valid_lens
    ), steps


@answer("decoder_block")
def first_norm_missing(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """There is no norm after self-attention."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = x + attend(x, steps, steps, params["self_attention"], num_heads, lens)
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def second_norm_missing(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """There is no norm after the attention to the encoder."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = y + found
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def third_norm_missing(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """There is no norm after the ffn."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    return z + fed(z, params["ffn"]), steps


@answer("decoder_block")
def no_residual_at_self_attention(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The residual connection past self-attention is missing: add x."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def no_residual_at_the_ffn(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The residual connection past the ffn is missing: add what went into it."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    return normed(fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def third_residual_from_y(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The last residual connection adds what asked the encoder; it adds what went into the ffn."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    return normed(y + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def ffn_before_the_encoder_is_added(
    x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None
):
    """The ffn works on what asked the encoder; it works on the result of the second add & norm."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    return normed(z + fed(y, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def first_two_norms_swapped(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """norm_1 and norm_2 are swapped; norm_1 follows self-attention."""
    params = {**params, "norm_1": params["norm_2"], "norm_2": params["norm_1"]}
    steps = so_far(cache, x)
    return decoded(x, steps, encoder_outputs, params, num_heads, encoder_valid_lens), steps


@answer("decoder_block")
def first_norm_for_the_last(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """norm_1 is used again after the ffn; norm_3 follows it."""
    params = {**params, "norm_3": params["norm_1"]}
    steps = so_far(cache, x)
    return decoded(x, steps, encoder_outputs, params, num_heads, encoder_valid_lens), steps


@answer("decoder_block")
def second_norm_for_the_last(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """norm_2 is used again after the ffn; norm_3 follows it."""
    params = {**params, "norm_3": params["norm_2"]}
    steps = so_far(cache, x)
    return decoded(x, steps, encoder_outputs, params, num_heads, encoder_valid_lens), steps


@answer("decoder_block")
def cross_attention_left_out_with_its_norm(
    x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None
):
    """Attention to the encoder is missing, so that its outputs have no part in the result."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    return normed(y + fed(y, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def cross_attention_first_with_norm_1(
    x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None
):
    """Attention to the encoder comes first; self-attention does."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    found = attend(
        x, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    y = normed(x + found, **params["norm_1"])
    z = normed(y + attend(y, steps, steps, params["self_attention"], num_heads, lens), **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def step_sees_the_next_one(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """Each step sees the next one, too; step t sees t + 1 positions."""
    steps = so_far(cache, x)
    lens = (staircase(x, steps.shape[1]) + 1).clamp(max=steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def new_steps_not_attended_to(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """With a cache the new steps attend to earlier ones alone; each sees itself and the new ones before it, too."""
    steps = so_far(cache, x)
    seen, lens = (x, staircase(x, x.shape[1])) if cache is None else (cache, None)
    y = normed(x + attend(x, seen, seen, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def last_row_alone(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """With a cache only the last row is returned; return one for each of the new steps."""
    steps = so_far(cache, x)
    y = decoded(x, steps, encoder_outputs, params, num_heads, encoder_valid_lens)
    return y if cache is None else y[:, -1:], steps


@answer("decoder_block")
def single_head_at_the_encoder(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The attention to the encoder has a single head; num_heads holds for both attentions."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(y, encoder_outputs, encoder_outputs, params["cross_attention"], 1, encoder_valid_lens)
    z = normed(y + found, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def cross_attention_to_the_decoder(
    x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None
):
    """The second attention reads the decoder's own steps; it reads the encoder's outputs."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    z = normed(y + attend(y, steps, steps, params["cross_attention"], num_heads, lens), **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def single_head_at_self_attention(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """Self-attention has a single head; num_heads holds for both attentions."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], 1, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def third_residual_from_x(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The last residual connection adds x; it adds what went into the ffn."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    return normed(x + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def first_results_cached(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The cache holds the results of the first add & norm; self-attention asks for its inputs, or their keys and values."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), so_far(cache, y)


@answer("decoder_block")
def latest_step_cached_alone(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The new cache holds the last step alone; it has to lead back to the first one."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps[:, -1:]


@answer("decoder_block")
def piece_sees_as_much_as_its_first_step(
    x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None
):
    """With a cache, all new steps see as much as the first of them; each sees those up to itself."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    if cache is not None:
        lens = lens[:, :1].expand_as(lens)
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def one_encoder_output_too_many(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The encoder output at encoder_valid_lens is still seen; that one is hidden already."""
    steps = so_far(cache, x)
    size = encoder_outputs.shape[1]
    lens = None if encoder_valid_lens is None else (encoder_valid_lens + 1).clamp(max=size)
    return decoded(x, steps, encoder_outputs, params, num_heads, lens), steps


@answer("decoder_block")
def one_encoder_output_too_few(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The last valid encoder output is hidden; all outputs before encoder_valid_lens are seen."""
    steps = so_far(cache, x)
    lens = None if encoder_valid_lens is None else encoder_valid_lens - 1
    return decoded(x, steps, encoder_outputs, params, num_heads, lens), steps


@answer("decoder_block")
def first_encoder_length_for_all(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The first sequence's length holds for the encoder outputs of all; each sequence has its own."""
    steps = so_far(cache, x)
    lens = None if encoder_valid_lens is None else encoder_valid_lens[:1].expand_as(encoder_valid_lens)
    return decoded(x, steps, encoder_outputs, params, num_heads, lens), steps


@answer("decoder_block")
def gammas_and_betas_swapped(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """gamma and beta are swapped: gamma scales and beta shifts."""
    steps = so_far(cache, x)
    swapped = {
        name: {"gamma": params[name]["beta"], "beta": params[name]["gamma"]}
        for name in ("norm_1", "norm_2", "norm_3")
    }
    return decoded(x, steps, encoder_outputs, params | swapped, num_heads, encoder_valid_lens), steps


@answer("decoder_block")
def eps_of_1e_6(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The norms have an eps of 1e-6; it is 1e-5."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    found = attend(x, steps, steps, params["self_attention"], num_heads, lens)
    y = normed(x + found, **params["norm_1"], eps=1e-6)
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"], eps=1e-6)
    return normed(z + fed(z, params["ffn"]), **params["norm_3"], eps=1e-6), steps


@answer("decoder_block")
def no_residuals(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """All residual connections are missing: what went into each part is added to its result."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(found, **params["norm_2"])
    return normed(fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def no_relu_in_the_ffn(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The ffn has no ReLU; it comes between its two layers."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    ffn = params["ffn"]
    u = (z @ ffn["W_1"] + ffn["b_1"]) @ ffn["W_2"] + ffn["b_2"]
    return normed(z + u, **params["norm_3"]), steps


@answer("decoder_block")
def self_attention_left_out(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """Self-attention is missing, so that steps know nothing of earlier ones."""
    steps = so_far(cache, x)
    y = normed(x, **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def second_attention_to_the_new_steps(
    x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None
):
    """The second attention reads the new steps themselves; it reads the encoder's outputs."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(y, y, y, params["cross_attention"], num_heads)
    z = normed(y + found, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def x_added_after_the_last_norm(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """x is added once more at the end; the third norm is the last step."""
    steps = so_far(cache, x)
    return decoded(x, steps, encoder_outputs, params, num_heads, encoder_valid_lens) + x, steps


@answer("decoder_block")
def _eps_of_1e_3(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The norms have an eps of 1e-3; it is 1e-5."""
    steps = so_far(cache, x)

    def norm(z, gamma, beta):
        return normed(z, gamma, beta, 1e-3)

    return decoded(x, steps, encoder_outputs, params, num_heads, encoder_valid_lens, norm), steps


@answer("decoder_block")
def norms_left_out(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """None of the sums is normalised; an add & norm follows each of the three parts."""
    steps = so_far(cache, x)

    def norm(z, gamma, beta):
        return z

    return decoded(x, steps, encoder_outputs, params, num_heads, encoder_valid_lens, norm), steps


@answer("decoder_block")
def cross_attention_asks_with_what_was_found(
    x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None
):
    """Attention to the encoder asks with what self-attention finds; it asks with the result of add & norm."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    own = attend(x, steps, steps, params["self_attention"], num_heads, lens)
    y = normed(x + own, **params["norm_1"])
    found = attend(
        own, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def ffn_of_the_cross_attention(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The ffn works on what is found in the encoder; it works on the result of the second add & norm."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    return normed(z + fed(found, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def _ffn_of_x(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """The ffn works on x; it works on the result of the second add & norm."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(y + found, **params["norm_2"])
    return normed(z + fed(x, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def all_residuals_from_x(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """All residual connections add x; each adds what went into its part."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    found = attend(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(x + found, **params["norm_2"])
    return normed(x + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def self_attention_left_out_with_its_norm(
    x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None
):
    """Self-attention and its add & norm are missing, so that steps know nothing of earlier ones."""
    steps = so_far(cache, x)
    found = attend(
        x, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = normed(x + found, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def only_encoder_output_hidden_too(
    x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None
):
    """The last valid encoder output is hidden, even an only one; all before encoder_valid_lens are seen."""
    steps = so_far(cache, x)
    lens = staircase(x, steps.shape[1])
    y = normed(x + attend(x, steps, steps, params["self_attention"], num_heads, lens), **params["norm_1"])
    lens = None if encoder_valid_lens is None else encoder_valid_lens - 1
    found = attend(y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, lens)
    if lens is not None:
        found = found * (lens > 0)[:, None, None]
    z = normed(y + found, **params["norm_2"])
    return normed(z + fed(z, params["ffn"]), **params["norm_3"]), steps


@answer("decoder_block")
def first_and_last_norm_swapped(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """norm_1 and norm_3 are swapped; norm_1 follows self-attention."""
    params = {**params, "norm_1": params["norm_3"], "norm_3": params["norm_1"]}
    steps = so_far(cache, x)
    return decoded(x, steps, encoder_outputs, params, num_heads, encoder_valid_lens), steps


@answer("decoder_block")
def first_norm_for_the_second(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """norm_1 is used again after the attention to the encoder; norm_2 follows it."""
    params = {**params, "norm_2": params["norm_1"]}
    steps = so_far(cache, x)
    return decoded(x, steps, encoder_outputs, params, num_heads, encoder_valid_lens), steps


@answer("decoder_block")
def second_norm_for_the_first(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """norm_2 is used after self-attention, too; norm_1 follows it."""
    params = {**params, "norm_1": params["norm_2"]}
    steps = so_far(cache, x)
    return decoded(x, steps, encoder_outputs, params, num_heads, encoder_valid_lens), steps


@answer("layer_norm")
def centred_by_an_assignment(x, gamma, beta, eps=1e-5):
    """The mean is taken off x itself (-= works in place); make a new tensor."""
    x -= x.mean(-1, keepdim=True)
    return gamma * x / torch.sqrt(x.square().mean(-1, keepdim=True) + eps) + beta


@answer("add_norm")
def added_by_an_assignment(x, y, gamma, beta, eps=1e-5):
    """y is added to x itself (+= works in place); make a new tensor."""
    x += y
    return normed(x, gamma, beta, eps)


@answer("position_wise_ffn")
def input_added_where_it_fits(x, params):
    """x is added to the result, which only works where sizes fit; the sum with x belongs to add & norm."""
    return x + torch.relu(x @ params["W_1"] + params["b_1"]) @ params["W_2"] + params["b_2"]
