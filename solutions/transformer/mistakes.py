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
