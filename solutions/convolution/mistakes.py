"""Wrong answers that students give, each with the sentence they are told."""

import math

import torch
import torch.nn.functional as F

from autograder.authoring import answer


def pair(value):
    return tuple(value) if isinstance(value, tuple | list) else (value, value)


def same_channels(x, weight):
    if x.shape[1] != weight.shape[1]:
        raise ValueError("the numbers of channels differ")


def stride_above_0(stride):
    if min(pair(stride)) < 1:
        raise ValueError("the stride must be at least 1")


def kernel_fits(x, weight, padding):
    ph, pw = pair(padding)
    if weight.shape[2] > x.shape[2] + 2 * ph or weight.shape[3] > x.shape[3] + 2 * pw:
        raise ValueError("the kernel does not fit")


def checked(x, weight, stride, padding):
    same_channels(x, weight)
    stride_above_0(stride)
    kernel_fits(x, weight, padding)
    return pair(stride), pair(padding)


def framed(x, padding):
    ph, pw = padding
    return F.pad(x, (pw, pw, ph, ph))


def windows(x, weight, stride):
    return x.unfold(2, weight.shape[2], stride[0]).unfold(3, weight.shape[3], stride[1])


def correlate(x, weight, stride):
    return torch.einsum("nchwij,ocij->nohw", windows(x, weight, stride), weight)


def plus(y, bias):
    return y if bias is None else y + bias[:, None, None]


# corr2d


def slide(x, k):
    """Return what a right answer makes of one picture and one kernel."""
    return torch.einsum("ijuv,uv->ij", x.unfold(0, k.shape[0], 1).unfold(1, k.shape[1], 1), k)


@answer("corr2d")
def turned_kernel(x, k):
    """The kernel is turned by 180°, as in convolution proper; take it as it is."""
    return slide(x, k.flip(0, 1))


@answer("corr2d")
def kernel_rows_reversed(x, k):
    """The kernel's rows run from bottom to top; take them from top to bottom, as they are."""
    return slide(x, k.flip(0))


@answer("corr2d")
def rows_and_columns_of_the_kernel_swapped(x, k):
    """The kernel's rows and columns are swapped."""
    return slide(x, k.T)


@answer("corr2d")
def result_transposed(x, k):
    """The rows and columns of the result are swapped."""
    return slide(x, k).T


@answer("corr2d")
def result_without_the_1(x, k):
    """The last row and column are missing; there are H - kh + 1 places on an axis, not H - kh."""
    return slide(x, k)[:-1, :-1]


@answer("corr2d")
def result_as_large_as_x(x, k):
    """The result is as large as x, with zeros where no window fits; leave them out."""
    y = slide(x, k)
    return F.pad(y, (0, x.shape[1] - y.shape[1], 0, x.shape[0] - y.shape[0]))


@answer("corr2d")
def picture_padded(x, k):
    """The picture is padded with zeros first; the kernel stays inside the picture."""
    below, beside = k.shape[0] - 1, k.shape[1] - 1
    return slide(F.pad(x, (beside // 2, beside - beside // 2, below // 2, below - below // 2)), k)


@answer("corr2d")
def window_goes_round(x, k):
    """Windows at the rim go on at the other side of the picture (torch.roll); leave these places out."""
    return sum(x.roll((-u, -v), (0, 1)) * k[u, v] for u in range(k.shape[0]) for v in range(k.shape[1]))


@answer("corr2d")
def windows_side_by_side(x, k):
    """The kernel moves by its own size; it moves by one pixel."""
    kh, kw = k.shape
    return torch.einsum("ijuv,uv->ij", x.unfold(0, kh, kh).unfold(1, kw, kw), k)


@answer("corr2d")
def height_for_both_axes(x, k):
    """The kernel's height is used for its width as well; kernels need not be square."""
    side = k.shape[0]
    square = F.pad(k, (0, max(0, side - k.shape[1])))[:, :side]
    return slide(x, square)


@answer("corr2d")
def averaged(x, k):
    """The products are averaged over the window; add them up."""
    return slide(x, k) / k.numel()


@answer("corr2d")
def matrix_product(x, k):
    """Window and kernel are multiplied as matrices; multiply them element by element."""
    seen = x.unfold(0, k.shape[0], 1).unfold(1, k.shape[1], 1)
    return (seen @ k.T).sum((2, 3))


@answer("corr2d")
def result_in_float32(x, k):
    """The result is float32 whatever the dtype of x, as torch.zeros makes it by default."""
    return slide(x.float(), k.float())


@answer("corr2d")
def result_cut_from_the_graph(x, k):
    """The result is cut from the graph (item, detach or torch.tensor), so no gradient reaches x and k."""
    return slide(x, k).detach()


@answer("corr2d")
def kernel_cut_from_the_graph(x, k):
    """The kernel is cut from the graph (item, tolist or detach), so it gets no gradient."""
    return slide(x, k.detach())


@answer("corr2d")
def picture_multiplied_in_place(x, k):
    """x is written to (a slice of it is multiplied in place); leave the arguments as they are."""
    y = slide(x, k)
    x.data[: k.shape[0], : k.shape[1]] *= k.data
    return y


@answer("corr2d")
def zeros_made_on_the_cpu(x, k):
    """The result is made on the CPU; make it on the device of x."""
    y = torch.zeros(x.shape[0] - k.shape[0] + 1, x.shape[1] - k.shape[1] + 1, dtype=x.dtype)
    return y + slide(x, k)


@answer("corr2d")
def kernel_columns_reversed(x, k):
    """The kernel's columns run from right to left; take them from left to right, as they are."""
    return slide(x, k.flip(1))


@answer("corr2d")
def largest_product(x, k):
    """The largest product of each window is taken, as in pooling; add the products up."""
    return (x.unfold(0, k.shape[0], 1).unfold(1, k.shape[1], 1) * k).amax((2, 3))


@answer("corr2d")
def kernel_one_too_short(x, k):
    """The kernel's last row and column are left out; sum over all of its rows and columns."""
    rows, columns = x.shape[0] - k.shape[0] + 1, x.shape[1] - k.shape[1] + 1
    y = x.new_zeros(rows, columns)
    for u in range(k.shape[0] - 1):
        for v in range(k.shape[1] - 1):
            y = y + x[u : u + rows, v : v + columns] * k[u, v]
    return y


@answer("corr2d")
def divided_by_the_kernels_sum(x, k):
    """The result is divided by the sum of the kernel's weights; leave the sum of the products as it is."""
    return slide(x, k) / k.sum()


@answer("corr2d")
def picture_padded_by_half_a_kernel(x, k):
    """The picture is padded with zeros first; the kernel stays inside the picture."""
    below, beside = k.shape[0] // 2, k.shape[1] // 2
    return slide(F.pad(x, (beside, beside, below, below)), k)


@answer("corr2d")
def picture_turned_by_180_degrees(x, k):
    """The picture is turned by 180°; take it as it is, and the kernel, too."""
    return slide(x.flip(0, 1), k)


@answer("corr2d")
def sums_multiplied(x, k):
    """The sum of the window is multiplied by the sum of the kernel; multiply element by element, then add up."""
    return slide(x, torch.ones_like(k)) * k.sum()


@answer("corr2d")
def last_places_left_at_zero(x, k):
    """The last row and column of the result stay 0; there are H - kh + 1 places on an axis, so the loops end too early."""
    y = slide(x, k)
    return F.pad(y[:-1, :-1], (0, 1, 0, 1))


@answer("corr2d")
def picture_padded_more_at_the_start(x, k):
    """The picture is padded with zeros first; the kernel stays inside the picture."""
    below, beside = k.shape[0] - 1, k.shape[1] - 1
    return slide(F.pad(x, (beside - beside // 2, beside // 2, below - below // 2, below // 2)), k)


@answer("corr2d")
def kernel_flattened_by_columns(x, k):
    """The kernel is flattened in one order and the windows in another; rows come before columns in both."""
    return slide(x, k.T.reshape(k.shape))


@answer("corr2d")
def windows_flattened_by_columns(x, k):
    """The kernel is flattened in one order and the windows in another; rows come before columns in both."""
    seen = x.unfold(0, k.shape[0], 1).unfold(1, k.shape[1], 1)
    return seen.mT.flatten(2) @ k.flatten()


@answer("corr2d")
def matrix_product_over_the_rows(x, k):
    """Window and kernel are multiplied as matrices; multiply them element by element."""
    seen = x.unfold(0, k.shape[0], 1).unfold(1, k.shape[1], 1)
    return (seen.mT @ k).sum((2, 3))


@answer("corr2d")
def square_result_assumed(x, k):
    """The number of rows of the result is used for its columns as well; pictures and kernels need not be square."""
    (kh, kw), places = k.shape, range(x.shape[0] - k.shape[0] + 1)
    return torch.stack([torch.stack([(x[i : i + kh, j : j + kw] * k).sum() for j in places]) for i in places])


# conv_output_shape


def axes(size, kernel, stride, padding):
    """Return (n, k, s, p) for the height and for the width."""
    return list(zip(pair(size), pair(kernel), pair(stride), pair(padding), strict=True))


def refuse(size, kernel, stride, padding):
    """Raise ValueError where a right answer does."""
    for n, k, s, p in axes(size, kernel, stride, padding):
        if s < 1 or k > n + 2 * p:
            raise ValueError("the kernel does not fit, or the stride is below 1")


@answer("conv_output_shape")
def without_the_1(size, kernel, stride=1, padding=0):
    """The + 1 is missing: the kernel stands at its first place before it moves at all."""
    refuse(size, kernel, stride, padding)
    return tuple((n + 2 * p - k) // s for n, k, s, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def added_before_the_division(size, kernel, stride=1, padding=0):
    """1 is added before the division by the stride; divide n + 2p - k by the stride, then add 1."""
    refuse(size, kernel, stride, padding)
    return tuple((n + 2 * p - k + 1) // s for n, k, s, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def rounded_up(size, kernel, stride=1, padding=0):
    """The division is rounded up; a step that leads past the end is not taken, so round down."""
    refuse(size, kernel, stride, padding)
    return tuple(-((k - n - 2 * p) // s) + 1 for n, k, s, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def padding_counted_once(size, kernel, stride=1, padding=0):
    """The padding is added once; it is so much on each side, so add it twice."""
    refuse(size, kernel, stride, padding)
    return tuple((n + p - k) // s + 1 for n, k, s, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def padding_left_out(size, kernel, stride=1, padding=0):
    """The padding is left out of the size."""
    refuse(size, kernel, stride, padding)
    return tuple((n - k) // s + 1 for n, k, s, _ in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def stride_left_out(size, kernel, stride=1, padding=0):
    """The stride is left out of the size; divide n + 2p - k by it."""
    refuse(size, kernel, stride, padding)
    return tuple(n + 2 * p - k + 1 for n, k, _, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def width_first(size, kernel, stride=1, padding=0):
    """The result has the width first; the height comes first."""
    refuse(size, kernel, stride, padding)
    return tuple((n + 2 * p - k) // s + 1 for n, k, s, p in axes(size, kernel, stride, padding))[::-1]


@answer("conv_output_shape")
def same_kernel_on_both_axes(size, kernel, stride=1, padding=0):
    """The kernel's height is used for its width as well; a pair has one for each axis."""
    refuse(size, kernel, stride, padding)
    four = axes(size, pair(kernel)[0], stride, padding)
    return tuple((n + 2 * p - k) // s + 1 for n, k, s, p in four)


@answer("conv_output_shape")
def same_stride_on_both_axes(size, kernel, stride=1, padding=0):
    """The height's stride is used for the width as well; a pair has one for each axis."""
    refuse(size, kernel, stride, padding)
    four = axes(size, kernel, pair(stride)[0], padding)
    return tuple((n + 2 * p - k) // s + 1 for n, k, s, p in four)


@answer("conv_output_shape")
def same_padding_on_both_axes(size, kernel, stride=1, padding=0):
    """The height's padding is used for the width as well; a pair has one for each axis."""
    refuse(size, kernel, stride, padding)
    four = axes(size, kernel, stride, pair(padding)[0])
    return tuple((n + 2 * p - k) // s + 1 for n, k, s, p in four)


@answer("conv_output_shape")
def one_number(size, kernel, stride=1, padding=0):
    """For a square picture one number is returned; the result is always a pair."""
    refuse(size, kernel, stride, padding)
    height, width = ((n + 2 * p - k) // s + 1 for n, k, s, p in axes(size, kernel, stride, padding))
    return height if isinstance(size, int) else (height, width)


@answer("conv_output_shape")
def floats(size, kernel, stride=1, padding=0):
    """The sizes are floats, as / makes them; use // or math.floor, so that they are ints."""
    refuse(size, kernel, stride, padding)
    return tuple((n + 2 * p - k) // float(s) + 1 for n, k, s, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def kernel_not_checked(size, kernel, stride=1, padding=0):
    """A kernel that does not fit is not refused; raise ValueError."""
    if min(pair(stride)) < 1:
        raise ValueError("stride")
    return tuple((n + 2 * p - k) // s + 1 for n, k, s, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def result_checked_after_rounding_to_zero(size, kernel, stride=1, padding=0):
    """int() rounds a negative number up to 0, so a kernel that is a little too large passes; compare k with n + 2p."""
    if min(pair(stride)) < 1:
        raise ValueError("stride")
    shape = tuple(int((n + 2 * p - k) / s) + 1 for n, k, s, p in axes(size, kernel, stride, padding))
    if min(shape) < 1:
        raise ValueError("the kernel does not fit")
    return shape


@answer("conv_output_shape")
def kernel_checked_against_the_bare_picture(size, kernel, stride=1, padding=0):
    """The kernel is compared with the picture without its padding; it may be as large as n + 2p."""
    refuse(size, kernel, stride, 0)
    return tuple((n + 2 * p - k) // s + 1 for n, k, s, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def kernel_of_full_size_refused(size, kernel, stride=1, padding=0):
    """A kernel just as large as the padded picture is refused; it fits, once."""
    refuse(size, kernel, stride, padding)
    if any(k == n + 2 * p for n, k, _, p in axes(size, kernel, stride, padding)):
        raise ValueError("the kernel does not fit")
    return tuple((n + 2 * p - k) // s + 1 for n, k, s, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def kernel_checked_on_both_axes_together(size, kernel, stride=1, padding=0):
    """A kernel is refused only where it is too large on both axes; one is enough."""
    four = axes(size, kernel, stride, padding)
    if min(pair(stride)) < 1 or all(k > n + 2 * p for n, k, _, p in four):
        raise ValueError("the kernel does not fit, or the stride is below 1")
    return tuple((n + 2 * p - k) // s + 1 for n, k, s, p in four)


@answer("conv_output_shape")
def strides_not_checked(size, kernel, stride=1, padding=0):
    """A stride below 1 is not refused with ValueError."""
    refuse(size, kernel, 1, padding)
    return tuple((n + 2 * p - k) // s + 1 for n, k, s, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def only_a_stride_of_0_refused(size, kernel, stride=1, padding=0):
    """A stride of 0 is refused but a negative one is not; raise ValueError for every stride below 1."""
    refuse(size, kernel, 1, padding)
    if 0 in pair(stride):
        raise ValueError("stride")
    return tuple((n + 2 * p - k) // s + 1 for n, k, s, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def stride_checked_if_it_is_an_int(size, kernel, stride=1, padding=0):
    """A stride below 1 is refused as an int but not in a pair; check both numbers."""
    refuse(size, kernel, stride if isinstance(stride, int) else 1, padding)
    four = axes(size, kernel, stride, padding)
    return tuple((n + 2 * p - k) // (s or 1) + 1 for n, k, s, p in four)


@answer("conv_output_shape")
def kernel_as_width_and_height(size, kernel, stride=1, padding=0):
    """A pair as kernel is read as (width, height); it is (height, width)."""
    kernel = pair(kernel)[::-1]
    refuse(size, kernel, stride, padding)
    return tuple((n + 2 * p - k) // s + 1 for n, k, s, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def stride_as_width_and_height(size, kernel, stride=1, padding=0):
    """A pair of strides is read as (width, height); it is (height, width)."""
    stride = pair(stride)[::-1]
    refuse(size, kernel, stride, padding)
    return tuple((n + 2 * p - k) // s + 1 for n, k, s, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def padding_as_width_and_height(size, kernel, stride=1, padding=0):
    """A pair of paddings is read as (width, height); it is (height, width)."""
    padding = pair(padding)[::-1]
    refuse(size, kernel, stride, padding)
    return tuple((n + 2 * p - k) // s + 1 for n, k, s, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def int_stride_for_the_height_only(size, kernel, stride=1, padding=0):
    """An int as stride is used for the height only; it holds for the width as well."""
    refuse(size, kernel, stride, padding)
    stride = (stride, 1) if isinstance(stride, int) else stride
    return tuple((n + 2 * p - k) // s + 1 for n, k, s, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def rounded_to_the_nearest(size, kernel, stride=1, padding=0):
    """The division is rounded to the nearest whole number; a step that leads past the end is not taken."""
    refuse(size, kernel, stride, padding)
    return tuple(round((n + 2 * p - k) / s) + 1 for n, k, s, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def not_rounded(size, kernel, stride=1, padding=0):
    """The division by the stride is not rounded; round down, so that the sizes are ints."""
    refuse(size, kernel, stride, padding)
    return tuple((n + 2 * p - k) / s + 1 for n, k, s, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def stride_of_the_width_not_checked(size, kernel, stride=1, padding=0):
    """Of a pair of strides only the height's is checked; raise ValueError where either is below 1."""
    refuse(size, kernel, pair(stride)[0], padding)
    return tuple((n + 2 * p - k) // s + 1 for n, k, s, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def stride_divides_the_size_alone(size, kernel, stride=1, padding=0):
    """n + 2p is divided by the stride before the kernel is taken off; divide n + 2p - k."""
    refuse(size, kernel, stride, padding)
    return tuple((n + 2 * p) // s - k + 1 for n, k, s, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def first_of_each_pair_on_both_axes(size, kernel, stride=1, padding=0):
    """Of each pair the height's number is used for the width as well; a pair has one for each axis."""
    kernel, stride, padding = pair(kernel)[0], pair(stride)[0], pair(padding)[0]
    refuse(size, kernel, stride, padding)
    return tuple((n + 2 * p - k) // s + 1 for n, k, s, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def height_given_twice(size, kernel, stride=1, padding=0):
    """The height of the result is given for its width as well; each axis has a size of its own."""
    refuse(size, kernel, stride, padding)
    n, k, s, p = axes(size, kernel, stride, padding)[0]
    return ((n + 2 * p - k) // s + 1,) * 2


@answer("conv_output_shape")
def kernel_minus_1_taken_off(size, kernel, stride=1, padding=0):
    """k - 1 is taken off, and 1 is added after the division as well; take off k."""
    refuse(size, kernel, stride, padding)
    return tuple((n + 2 * p - (k - 1)) // s + 1 for n, k, s, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def paddings_of_both_axes_added_up(size, kernel, stride=1, padding=0):
    """A pair of paddings is read as (before, after) on every axis; it is (height, width), each on both sides."""
    both = sum(pair(padding))
    refuse([n + both for n in pair(size)], kernel, stride, 0)
    return tuple((n + both - k) // s + 1 for n, k, s, _ in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def rounded_to_the_nearest_at_the_end(size, kernel, stride=1, padding=0):
    """The division is rounded to the nearest whole number; a step that leads past the end is not taken."""
    refuse(size, kernel, stride, padding)
    return tuple(round((n + 2 * p - k) / s + 1) for n, k, s, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def kernel_alone_divided(size, kernel, stride=1, padding=0):
    """Only the kernel is divided by the stride, as // comes before -; put n + 2p - k into parentheses."""
    refuse(size, kernel, stride, padding)
    return tuple(n + 2 * p - k // s + 1 for n, k, s, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def refused_with_an_assertion(size, kernel, stride=1, padding=0):
    """What does not fit is refused with an AssertionError; raise ValueError."""
    for n, k, s, p in axes(size, kernel, stride, padding):
        assert s >= 1 and k <= n + 2 * p
    return tuple((n + 2 * p - k) // s + 1 for n, k, s, p in axes(size, kernel, stride, padding))


# true_convolution2d


@answer("true_convolution2d")
def not_turned(x, k):
    """The kernel is not turned, so this is cross-correlation; turn it by 180° first."""
    return slide(x, k)


@answer("true_convolution2d")
def rows_reversed_only(x, k):
    """Only the order of the kernel's rows is reversed; turning by 180° reverses that of the columns as well."""
    return slide(x, k.flip(0))


@answer("true_convolution2d")
def columns_reversed_only(x, k):
    """Only the order of the kernel's columns is reversed; turning by 180° reverses that of the rows as well."""
    return slide(x, k.flip(1))


@answer("true_convolution2d")
def transposed_instead(x, k):
    """The kernel is transposed; turn it by 180° instead."""
    return slide(x, k.T)


@answer("true_convolution2d")
def turned_by_90_degrees(x, k):
    """The kernel is turned by 90°; turn it twice as far."""
    return slide(x, k.rot90())


@answer("true_convolution2d")
def picture_turned(x, k):
    """The picture is turned instead of the kernel, so the result is turned as well; turn the kernel."""
    return slide(x.flip(0, 1), k)


@answer("true_convolution2d")
def both_turned(x, k):
    """Picture and kernel are both turned, or the result is; turn the kernel alone."""
    return slide(x.flip(0, 1), k.flip(0, 1))


@answer("true_convolution2d")
def full_convolution(x, k):
    """All places where the kernel overlaps the picture are kept; keep those where it lies inside."""
    kh, kw = k.shape
    return slide(F.pad(x, (kw - 1, kw - 1, kh - 1, kh - 1)), k.flip(0, 1))


@answer("true_convolution2d")
def sign_reversed(x, k):
    """The kernel's sign is changed as well; it is turned and nothing else."""
    return slide(x, -k.flip(0, 1))


@answer("true_convolution2d")
def kernel_turned_in_place(x, k):
    """The caller's own kernel is turned; make a turned copy, and leave k as it is."""
    k.data = k.data.flip(0, 1)
    return slide(x, k)


@answer("true_convolution2d")
def convolution_in_float32(x, k):
    """The result is float32 whatever the dtype of x."""
    return slide(x.float(), k.flip(0, 1).float())


@answer("true_convolution2d")
def turned_kernel_cut_from_the_graph(x, k):
    """The turned kernel is a new tensor outside of the graph (torch.tensor, detach), so k gets no gradient."""
    return slide(x, k.detach().flip(0, 1))


@answer("true_convolution2d")
def convolution_cut_from_the_graph(x, k):
    """The result is cut from the graph (item, detach or NumPy), so no gradient reaches x and k."""
    return slide(x, k.flip(0, 1)).detach()


@answer("true_convolution2d")
def turned_copy_on_the_cpu(x, k):
    """The turned kernel is made on the CPU; make it on the device of k."""
    turned = torch.zeros(k.shape, dtype=k.dtype)
    turned[:] = k.flip(0, 1)
    return slide(x, turned)


@answer("true_convolution2d")
def turned_by_90_degrees_clockwise(x, k):
    """The kernel is turned by 90°; turn it twice as far."""
    return slide(x, k.rot90(-1))


@answer("true_convolution2d")
def transposed_and_turned(x, k):
    """The kernel is turned, but its rows and columns are swapped as well; reverse the order of both, and no more."""
    return slide(x, k.T.flip(0, 1))


@answer("true_convolution2d")
def result_of_the_size_of_the_picture(x, k):
    """The picture is padded with zeros first; keep the places where the kernel lies inside."""
    below, beside = k.shape[0] // 2, k.shape[1] // 2
    return slide(F.pad(x, (beside, beside, below, below)), k.flip(0, 1))


@answer("true_convolution2d")
def sign_instead_of_order(x, k):
    """The kernel's sign is changed instead of the order of its rows and columns; reverse their order."""
    return slide(x, -k)


@answer("true_convolution2d")
def indices_off_by_one(x, k):
    """The kernel is read at [-u, -v], which starts at its first row and column; start at [-1 - u, -1 - v]."""
    return slide(x, k.flip(0, 1).roll((1, 1), (0, 1)))


@answer("true_convolution2d")
def turned_round_the_edge(x, k):
    """Windows at the rim go on at the other side of the picture, as with Fourier transforms of its size; leave them out."""
    shape = tuple(x.shape)
    y = torch.fft.irfft2(torch.fft.rfft2(x) * torch.fft.rfft2(k, s=shape), s=shape)
    return y[: x.shape[0] - k.shape[0] + 1, : x.shape[1] - k.shape[1] + 1]


@answer("true_convolution2d")
def picture_padded_more_at_the_end(x, k):
    """The picture is padded with zeros first; keep the places where the kernel lies inside."""
    below, beside = k.shape[0] - 1, k.shape[1] - 1
    x = F.pad(x, (beside // 2, beside - beside // 2, below // 2, below - below // 2))
    return slide(x, k.flip(0, 1))


# conv2d


@answer("conv2d")
def kernel_flipped(x, weight, bias=None, stride=1, padding=0):
    """The kernel is turned by 180°, as in convolution proper; cross-correlation takes it as it is."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight.flip(2, 3), stride), bias)


@answer("conv2d")
def kernel_upside_down(x, weight, bias=None, stride=1, padding=0):
    """The kernel's rows run from bottom to top; take them from top to bottom, as they are."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight.flip(2), stride), bias)


@answer("conv2d")
def kernel_mirrored(x, weight, bias=None, stride=1, padding=0):
    """The kernel's columns run from right to left; take them from left to right, as they are."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight.flip(3), stride), bias)


@answer("conv2d")
def kernel_transposed(x, weight, bias=None, stride=1, padding=0):
    """The kernel's height and width are swapped."""
    stride, padding = checked(x, weight, stride, padding)
    kernel_fits(x, weight.mT, padding)
    return plus(correlate(framed(x, padding), weight.mT, stride), bias)


@answer("conv2d")
def kernel_in_another_order(x, weight, bias=None, stride=1, padding=0):
    """The kernel is flattened in one order and the windows in another; rows come before columns in both."""
    stride, padding = checked(x, weight, stride, padding)
    seen = windows(framed(x, padding), weight, stride).mT.flatten(4)
    return plus(torch.einsum("nchwi,oci->nohw", seen, weight.flatten(2)), bias)


@answer("conv2d")
def square_kernel_assumed(x, weight, bias=None, stride=1, padding=0):
    """The kernel's height is used for its width as well; kernels need not be square."""
    stride, padding = checked(x, weight, stride, padding)
    side = weight.shape[2]
    square = torch.zeros(*weight.shape[:2], side, side, dtype=weight.dtype, device=weight.device)
    shared = min(side, weight.shape[3])
    square[..., :shared] = weight[..., :shared]
    return plus(correlate(framed(x, padding), square, stride), bias)


@answer("conv2d")
def square_image_assumed(x, weight, bias=None, stride=1, padding=0):
    """The output's height is used for its width as well; images need not be square."""
    stride, padding = checked(x, weight, stride, padding)
    y = plus(correlate(framed(x, padding), weight, stride), bias)
    square = torch.zeros(*y.shape[:3], y.shape[2], dtype=y.dtype, device=y.device)
    shared = min(y.shape[2:])
    square[..., :shared] = y[..., :shared]
    return square


@answer("conv2d")
def output_height_and_width_swapped(x, weight, bias=None, stride=1, padding=0):
    """Height and width of the result are swapped."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight, stride), bias).mT


@answer("conv2d")
def mean_of_the_window(x, weight, bias=None, stride=1, padding=0):
    """The products are averaged over the window; add them up."""
    stride, padding = checked(x, weight, stride, padding)
    area = weight.shape[2] * weight.shape[3]
    return plus(correlate(framed(x, padding), weight, stride) / area, bias)


@answer("conv2d")
def largest_of_the_window(x, weight, bias=None, stride=1, padding=0):
    """The largest product of each window is taken, as in pooling; add the products up."""
    stride, padding = checked(x, weight, stride, padding)
    products = windows(framed(x, padding), weight, stride)[:, None] * weight[None, :, :, None, None]
    return plus(products.flatten(5).amax(5).sum(2), bias)


# Channels and batch


@answer("conv2d")
def first_channel_only(x, weight, bias=None, stride=1, padding=0):
    """Only the first input channel is used; add up the products over all input channels."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding)[:, :1], weight[:, :1], stride), bias)


@answer("conv2d")
def last_channel_only(x, weight, bias=None, stride=1, padding=0):
    """Each input channel overwrites the result of the one before; add up the products over all input channels."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding)[:, -1:], weight[:, -1:], stride), bias)


@answer("conv2d")
def channels_averaged(x, weight, bias=None, stride=1, padding=0):
    """The input channels are averaged; add them up."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight, stride) / x.shape[1], bias)


@answer("conv2d")
def channels_not_summed(x, weight, bias=None, stride=1, padding=0):
    """The input channels are kept apart in the result; add them up."""
    stride, padding = checked(x, weight, stride, padding)
    y = torch.einsum("nchwij,ocij->nochw", windows(framed(x, padding), weight, stride), weight)
    return y if bias is None else y + bias[:, None, None, None]


@answer("conv2d")
def one_kernel_for_all_channels(x, weight, bias=None, stride=1, padding=0):
    """The kernel of the first input channel is used for all of them; each input channel has its own."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight[:, :1].expand_as(weight), stride), bias)


@answer("conv2d")
def one_kernel_for_all_outputs(x, weight, bias=None, stride=1, padding=0):
    """The kernels of the first output channel are used for all of them; each output channel has its own."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight[:1].expand_as(weight), stride), bias)


@answer("conv2d")
def one_output_channel(x, weight, bias=None, stride=1, padding=0):
    """The output channels are added up into one; the result has c_out channels."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight, stride), bias).sum(1, keepdim=True)


@answer("conv2d")
def input_channels_first(x, weight, bias=None, stride=1, padding=0):
    """The first two axes of weight are read as (c_in, c_out); they are (c_out, c_in)."""
    checked(x, weight, stride, padding)
    weight = weight.reshape(weight.shape[1], weight.shape[0], *weight.shape[2:]).transpose(0, 1)
    return plus(correlate(framed(x, pair(padding)), weight, pair(stride)), bias)


@answer("conv2d")
def output_channels_after_the_image(x, weight, bias=None, stride=1, padding=0):
    """The output channels are the last axis of the result; they come right after the batch."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight, stride), bias).permute(0, 2, 3, 1)


@answer("conv2d")
def channels_and_batch_swapped(x, weight, bias=None, stride=1, padding=0):
    """The result has output channels first and the batch second; the batch comes first."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight, stride), bias).transpose(0, 1)


@answer("conv2d")
def first_image_only(x, weight, bias=None, stride=1, padding=0):
    """Only the first image of the batch is used; each image has a result of its own."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x[:1].expand_as(x), padding), weight, stride), bias)


@answer("conv2d")
def result_squeezed(x, weight, bias=None, stride=1, padding=0):
    """Axes of size 1 are squeezed away; the result always has four axes."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight, stride), bias).squeeze()


# The bias


@answer("conv2d")
def bias_lost(x, weight, bias=None, stride=1, padding=0):
    """The bias is not added."""
    stride, padding = checked(x, weight, stride, padding)
    return correlate(framed(x, padding), weight, stride)


@answer("conv2d")
def bias_required(x, weight, bias=None, stride=1, padding=0):
    """The function fails without a bias; with bias=None nothing is added."""
    stride, padding = checked(x, weight, stride, padding)
    return correlate(framed(x, padding), weight, stride) + bias.view(-1, 1, 1)


@answer("conv2d")
def bias_once_per_input_channel(x, weight, bias=None, stride=1, padding=0):
    """The bias is added once for each input channel; add it once."""
    stride, padding = checked(x, weight, stride, padding)
    y = correlate(framed(x, padding), weight, stride)
    return y if bias is None else y + x.shape[1] * bias[:, None, None]


@answer("conv2d")
def bias_once_per_weight(x, weight, bias=None, stride=1, padding=0):
    """The bias is added to each product before the sum; add it once, after the sum."""
    stride, padding = checked(x, weight, stride, padding)
    y = correlate(framed(x, padding), weight, stride)
    return y if bias is None else y + weight[0].numel() * bias[:, None, None]


@answer("conv2d")
def bias_along_the_width(x, weight, bias=None, stride=1, padding=0):
    """The bias is added along the last axis, the width; give it the shape (c_out, 1, 1)."""
    stride, padding = checked(x, weight, stride, padding)
    y = correlate(framed(x, padding), weight, stride)
    return y if bias is None else y + bias


@answer("conv2d")
def first_bias_for_all(x, weight, bias=None, stride=1, padding=0):
    """The first bias is added to all output channels; each output channel has its own."""
    stride, padding = checked(x, weight, stride, padding)
    y = correlate(framed(x, padding), weight, stride)
    return y if bias is None else y + bias[0]


@answer("conv2d")
def bias_subtracted(x, weight, bias=None, stride=1, padding=0):
    """The bias is subtracted; add it."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight, stride), None if bias is None else -bias)


# Stride


@answer("conv2d")
def stride_ignored(x, weight, bias=None, stride=1, padding=0):
    """The stride is not used; it says by how much the window moves."""
    _, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight, (1, 1)), bias)


@answer("conv2d")
def stride_swapped(x, weight, bias=None, stride=1, padding=0):
    """A pair of strides is read as (width, height); it is (height, width)."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight, stride[::-1]), bias)


@answer("conv2d")
def first_stride_for_both(x, weight, bias=None, stride=1, padding=0):
    """The height's stride is used for the width as well; a pair has one for each axis."""
    (sh, _), padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight, (sh, sh)), bias)


@answer("conv2d")
def stride_in_height_only(x, weight, bias=None, stride=1, padding=0):
    """The stride is used for the height only; it holds for the width as well."""
    (sh, _), padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight, (sh, 1)), bias)


@answer("conv2d")
def size_of_stride_1_with_stride(x, weight, bias=None, stride=1, padding=0):
    """The result has the size for stride 1 and is filled in part; divide the size by the stride."""
    (sh, sw), padding = checked(x, weight, stride, padding)
    inner = correlate(framed(x, padding), weight, (sh, sw))
    full = correlate(framed(x, padding), weight, (1, 1)) * 0
    full[:, :, : inner.shape[2], : inner.shape[3]] = inner
    return plus(full, bias)


@answer("conv2d")
def stride_between_kernel_elements(x, weight, bias=None, stride=1, padding=0):
    """The stride spreads the kernel's elements (dilation); it is by how much the whole window moves."""
    (sh, sw), padding = checked(x, weight, stride, padding)
    (c_out, c_in, kh, kw) = weight.shape
    wide = weight.new_zeros(c_out, c_in, (kh - 1) * sh + 1, (kw - 1) * sw + 1)
    wide[:, :, ::sh, ::sw] = weight
    x = framed(x, padding)
    missing = [max(0, wide.shape[axis] - x.shape[axis]) for axis in (2, 3)]
    return plus(correlate(F.pad(x, (0, missing[1], 0, missing[0])), wide, (1, 1)), bias)


@answer("conv2d")
def stride_as_int_only(x, weight, bias=None, stride=1, padding=0):
    """A pair of strides is not accepted; stride may be an int or a pair (height, width)."""
    same_channels(x, weight)
    kernel_fits(x, weight, padding)
    if isinstance(stride, int):
        stride_above_0(stride)
    if isinstance(stride, tuple) and min(stride) < 1:
        raise ValueError("the stride must be at least 1")
    rows = (x.shape[2] + 2 * pair(padding)[0] - weight.shape[2]) // stride + 1
    return plus(correlate(framed(x, pair(padding)), weight, (stride, stride))[:, :, :rows], bias)


@answer("conv2d")
def stride_as_pair_only(x, weight, bias=None, stride=(1, 1), padding=0):
    """An int as stride is not accepted; stride may be an int or a pair (height, width)."""
    same_channels(x, weight)
    if stride == 0 or stride == -1:
        raise ValueError("the stride must be at least 1")
    sh, sw = stride
    stride, padding = checked(x, weight, (sh, sw), padding)
    return plus(correlate(framed(x, padding), weight, stride), bias)


@answer("conv2d")
def windows_from_the_far_end(x, weight, bias=None, stride=1, padding=0):
    """The windows are counted from the bottom right; the first one stands at the top left."""
    stride, padding = checked(x, weight, stride, padding)
    y = correlate(framed(x, padding).flip(2, 3), weight.flip(2, 3), stride)
    return plus(y.flip(2, 3), bias)


# Size of the output


@answer("conv2d")
def size_rounded_up(x, weight, bias=None, stride=1, padding=0):
    """The output size is rounded up, so the last window hangs over the edge; round down."""
    (sh, sw), padding = checked(x, weight, stride, padding)
    x = framed(x, padding)
    below, beside = -(x.shape[2] - weight.shape[2]) % sh, -(x.shape[3] - weight.shape[3]) % sw
    return plus(correlate(F.pad(x, (0, beside, 0, below)), weight, (sh, sw)), bias)


@answer("conv2d")
def size_without_the_1(x, weight, bias=None, stride=1, padding=0):
    """The output size lacks the + 1, so the last row and column are missing."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight, stride)[:, :, :-1, :-1], bias)


@answer("conv2d")
def size_divided_after_adding_1(x, weight, bias=None, stride=1, padding=0):
    """1 is added before the division by the stride; divide n + 2p - k by the stride, then add 1."""
    (sh, sw), padding = checked(x, weight, stride, padding)
    x = framed(x, padding)
    rows, columns = (x.shape[2] - weight.shape[2] + 1) // sh, (x.shape[3] - weight.shape[3] + 1) // sw
    return plus(correlate(x, weight, (sh, sw))[:, :, :rows, :columns], bias)


@answer("conv2d")
def size_without_the_padding(x, weight, bias=None, stride=1, padding=0):
    """The output size is computed without the padding, so the last windows are missing; add 2p to the size."""
    (sh, sw), padding = checked(x, weight, stride, padding)
    rows, columns = (x.shape[2] - weight.shape[2]) // sh + 1, (x.shape[3] - weight.shape[3]) // sw + 1
    return plus(
        correlate(framed(x, padding), weight, (sh, sw))[:, :, : max(rows, 0), : max(columns, 0)], bias
    )


@answer("conv2d")
def size_of_the_input(x, weight, bias=None, stride=1, padding=0):
    """The image is always padded so that the result has the input's size; pad as much as padding says."""
    (sh, sw), _ = checked(x, weight, stride, padding)
    up, left = (weight.shape[2] - 1) // 2, (weight.shape[3] - 1) // 2
    x = F.pad(x, (left, weight.shape[3] - 1 - left, up, weight.shape[2] - 1 - up))
    return plus(correlate(x, weight, (sh, sw)), bias)


# Padding


@answer("conv2d")
def padding_ignored(x, weight, bias=None, stride=1, padding=0):
    """The padding is not used; the image is framed with so many zeros on each side."""
    stride, _ = checked(x, weight, stride, padding)
    return plus(correlate(x, weight, stride), bias)


@answer("conv2d")
def padding_swapped(x, weight, bias=None, stride=1, padding=0):
    """A pair of paddings is read as (width, height); it is (height, width)."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding[::-1]), weight, stride), bias)


@answer("conv2d")
def first_padding_for_both(x, weight, bias=None, stride=1, padding=0):
    """The height's padding is used for the width as well; a pair has one for each axis."""
    stride, (ph, _) = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, (ph, ph)), weight, stride), bias)


@answer("conv2d")
def padding_in_width_only(x, weight, bias=None, stride=1, padding=0):
    """The padding is used for the width only; it holds for the height as well."""
    stride, (_, pw) = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, (0, pw)), weight, stride), bias)


@answer("conv2d")
def padded_top_left_only(x, weight, bias=None, stride=1, padding=0):
    """Padding counts once, at the top and on the left; it counts for each side, and the size grows by 2p."""
    stride, (ph, pw) = checked(x, weight, stride, padding)
    return plus(correlate(F.pad(x, (pw, 0, ph, 0)), weight, stride), bias)


@answer("conv2d")
def padded_bottom_right_only(x, weight, bias=None, stride=1, padding=0):
    """Zeros are added at the bottom and on the right only; padding counts for each side."""
    stride, (ph, pw) = checked(x, weight, stride, padding)
    return plus(correlate(F.pad(x, (0, pw, 0, ph)), weight, stride), bias)


@answer("conv2d")
def twice_the_padding_top_left(x, weight, bias=None, stride=1, padding=0):
    """The size grows by twice the padding, but the image stands in a corner; put it in the middle."""
    stride, (ph, pw) = checked(x, weight, stride, padding)
    return plus(correlate(F.pad(x, (0, 2 * pw, 0, 2 * ph)), weight, stride), bias)


@answer("conv2d")
def padding_shared_by_both_sides(x, weight, bias=None, stride=1, padding=0):
    """The padding is split over the two sides; each side gets all of it."""
    stride, (ph, pw) = checked(x, weight, stride, padding)
    up, left = ph // 2, pw // 2
    return plus(correlate(F.pad(x, (left, pw - left, up, ph - up)), weight, stride), bias)


@answer("conv2d")
def padding_doubled(x, weight, bias=None, stride=1, padding=0):
    """Each side is padded with twice the padding; each side gets it once."""
    stride, (ph, pw) = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, (2 * ph, 2 * pw)), weight, stride), bias)


@answer("conv2d")
def result_padded(x, weight, bias=None, stride=1, padding=0):
    """The result is padded, not the image; put the zeros around x before the windows are taken."""
    stride, padding = checked(x, weight, stride, padding)
    room = [max(0, weight.shape[axis] - x.shape[axis]) for axis in (2, 3)]
    return framed(plus(correlate(F.pad(x, (0, room[1], 0, room[0])), weight, stride), bias), padding)


@answer("conv2d")
def border_repeated(x, weight, bias=None, stride=1, padding=0):
    """The padding repeats the border pixels; it is zeros."""
    stride, (ph, pw) = checked(x, weight, stride, padding)
    return plus(correlate(F.pad(x, (pw, pw, ph, ph), mode="replicate"), weight, stride), bias)


@answer("conv2d")
def border_mirrored(x, weight, bias=None, stride=1, padding=0):
    """The padding mirrors the image at its border; it is zeros."""
    stride, (ph, pw) = checked(x, weight, stride, padding)
    return plus(correlate(F.pad(x, (pw, pw, ph, ph), mode="reflect"), weight, stride), bias)


@answer("conv2d")
def image_wrapped_around(x, weight, bias=None, stride=1, padding=0):
    """The padding wraps around to the image's other side (as torch.roll does); it is zeros."""
    stride, (ph, pw) = checked(x, weight, stride, padding)
    rows = torch.arange(-ph, x.shape[2] + ph, device=x.device) % x.shape[2]
    columns = torch.arange(-pw, x.shape[3] + pw, device=x.device) % x.shape[3]
    return plus(correlate(x[:, :, rows][..., columns], weight, stride), bias)


@answer("conv2d")
def padded_with_ones(x, weight, bias=None, stride=1, padding=0):
    """The padding is ones; it is zeros."""
    stride, (ph, pw) = checked(x, weight, stride, padding)
    return plus(correlate(F.pad(x, (pw, pw, ph, ph), value=1.0), weight, stride), bias)


@answer("conv2d")
def padding_as_int_only(x, weight, bias=None, stride=1, padding=0):
    """A pair of paddings is not accepted; padding may be an int or a pair (height, width)."""
    stride, _ = checked(x, weight, stride, padding)
    return plus(correlate(F.pad(x, [int(padding)] * 4), weight, stride), bias)


# Errors


@answer("conv2d")
def channels_not_checked(x, weight, bias=None, stride=1, padding=0):
    """Different numbers of channels are not refused with ValueError; compare x and weight first."""
    stride_above_0(stride)
    kernel_fits(x, weight, padding)
    return plus(correlate(framed(x, pair(padding)), weight, pair(stride)), bias)


@answer("conv2d")
def surplus_channels_dropped(x, weight, bias=None, stride=1, padding=0):
    """Where x has more channels than weight, those left over are dropped; raise ValueError."""
    stride_above_0(stride)
    kernel_fits(x, weight, padding)
    if x.shape[1] < weight.shape[1]:
        raise ValueError("too few channels")
    return plus(correlate(framed(x[:, : weight.shape[1]], pair(padding)), weight, pair(stride)), bias)


@answer("conv2d")
def channels_grouped(x, weight, bias=None, stride=1, padding=0):
    """Channels that are a multiple of weight's are not refused; raise ValueError unless the numbers are equal."""
    if x.shape[1] % weight.shape[1]:
        raise ValueError("channels")
    stride_above_0(stride)
    kernel_fits(x, weight, padding)
    weight = weight.repeat(1, x.shape[1] // weight.shape[1], 1, 1)
    return plus(correlate(framed(x, pair(padding)), weight, pair(stride)), bias)


@answer("conv2d")
def one_channel_broadcast(x, weight, bias=None, stride=1, padding=0):
    """A single channel is stretched to match several; raise ValueError unless the numbers are equal."""
    if x.shape[1] != weight.shape[1] and 1 not in (x.shape[1], weight.shape[1]):
        raise ValueError("channels")
    stride_above_0(stride)
    kernel_fits(x, weight, padding)
    return plus(correlate(framed(x, pair(padding)), weight, pair(stride)), bias)


@answer("conv2d")
def kernel_fit_not_checked(x, weight, bias=None, stride=1, padding=0):
    """A kernel larger than the padded image is not refused with ValueError."""
    same_channels(x, weight)
    stride_above_0(stride)
    return plus(correlate(framed(x, pair(padding)), weight, pair(stride)), bias)


@answer("conv2d")
def empty_result_where_nothing_fits(x, weight, bias=None, stride=1, padding=0):
    """A kernel larger than the padded image gives an empty or cut result; raise ValueError."""
    same_channels(x, weight)
    stride_above_0(stride)
    x, stride = framed(x, pair(padding)), pair(stride)
    sizes = [max(0, (x.shape[a] - weight.shape[a]) // stride[a - 2] + 1) for a in (2, 3)]
    if 0 in sizes:
        return x.new_zeros(x.shape[0], weight.shape[0], *sizes)
    return plus(correlate(x, weight, stride), bias)


@answer("conv2d")
def fit_checked_in_height_only(x, weight, bias=None, stride=1, padding=0):
    """That the kernel fits is checked for the height only; check the width as well."""
    same_channels(x, weight)
    stride_above_0(stride)
    if weight.shape[2] > x.shape[2] + 2 * pair(padding)[0]:
        raise ValueError("the kernel does not fit")
    return plus(correlate(framed(x, pair(padding)), weight, pair(stride)), bias)


@answer("conv2d")
def fit_checked_on_both_axes_together(x, weight, bias=None, stride=1, padding=0):
    """A kernel is refused only where it is too large on both axes; one axis is enough."""
    same_channels(x, weight)
    stride_above_0(stride)
    ph, pw = pair(padding)
    if weight.shape[2] > x.shape[2] + 2 * ph and weight.shape[3] > x.shape[3] + 2 * pw:
        raise ValueError("the kernel does not fit")
    return plus(correlate(framed(x, (ph, pw)), weight, pair(stride)), bias)


@answer("conv2d")
def fit_checked_without_padding(x, weight, bias=None, stride=1, padding=0):
    """The kernel is compared with the image without its padding; it may be as large as the padded image."""
    kernel_fits(x, weight, 0)
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight, stride), bias)


@answer("conv2d")
def fit_checked_with_padding_once(x, weight, bias=None, stride=1, padding=0):
    """The kernel is compared with the image padded on one side; it may be as large as the image padded on both."""
    stride, (ph, pw) = checked(x, weight, stride, padding)
    if weight.shape[2] > x.shape[2] + ph or weight.shape[3] > x.shape[3] + pw:
        raise ValueError("the kernel does not fit")
    return plus(correlate(framed(x, (ph, pw)), weight, stride), bias)


@answer("conv2d")
def kernel_of_the_image_size_refused(x, weight, bias=None, stride=1, padding=0):
    """A kernel just as large as the padded image is refused; it fits, once."""
    stride, (ph, pw) = checked(x, weight, stride, padding)
    if weight.shape[2] >= x.shape[2] + 2 * ph or weight.shape[3] >= x.shape[3] + 2 * pw:
        raise ValueError("the kernel does not fit")
    return plus(correlate(framed(x, (ph, pw)), weight, stride), bias)


@answer("conv2d")
def stride_larger_than_the_kernel_refused(x, weight, bias=None, stride=1, padding=0):
    """A stride larger than the kernel is refused; it skips pixels, and is fine."""
    stride, padding = checked(x, weight, stride, padding)
    if stride[0] > weight.shape[2] or stride[1] > weight.shape[3]:
        raise ValueError("the stride is too large")
    return plus(correlate(framed(x, padding), weight, stride), bias)


@answer("conv2d")
def stride_not_checked(x, weight, bias=None, stride=1, padding=0):
    """A stride below 1 is not refused with ValueError."""
    same_channels(x, weight)
    kernel_fits(x, weight, padding)
    return plus(correlate(framed(x, pair(padding)), weight, pair(stride)), bias)


@answer("conv2d")
def stride_0_refused_only(x, weight, bias=None, stride=1, padding=0):
    """A stride of 0 is refused but a negative one is not; raise ValueError for every stride below 1."""
    same_channels(x, weight)
    kernel_fits(x, weight, padding)
    if 0 in pair(stride):
        raise ValueError("the stride must not be 0")
    return plus(correlate(framed(x, pair(padding)), weight, pair(stride)), bias)


@answer("conv2d")
def negative_stride_refused_only(x, weight, bias=None, stride=1, padding=0):
    """A negative stride is refused but 0 is not; raise ValueError for every stride below 1."""
    same_channels(x, weight)
    kernel_fits(x, weight, padding)
    if min(pair(stride)) < 0:
        raise ValueError("the stride must not be negative")
    if 0 in pair(stride):
        return x.new_zeros(x.shape[0], weight.shape[0], 0, 0)
    return plus(correlate(framed(x, pair(padding)), weight, pair(stride)), bias)


@answer("conv2d")
def stride_checked_in_height_only(x, weight, bias=None, stride=1, padding=0):
    """Of a pair of strides only the height's is checked; raise ValueError where either is below 1."""
    same_channels(x, weight)
    kernel_fits(x, weight, padding)
    if pair(stride)[0] < 1:
        raise ValueError("the stride must be at least 1")
    return plus(correlate(framed(x, pair(padding)), weight, pair(stride)), bias)


@answer("conv2d")
def stride_checked_on_both_axes_together(x, weight, bias=None, stride=1, padding=0):
    """A pair of strides is refused only where both are below 1; one is enough."""
    same_channels(x, weight)
    kernel_fits(x, weight, padding)
    if max(pair(stride)) < 1:
        raise ValueError("the stride must be at least 1")
    return plus(correlate(framed(x, pair(padding)), weight, pair(stride)), bias)


# Type, graph, inputs, device


@answer("conv2d")
def always_float32(x, weight, bias=None, stride=1, padding=0):
    """The result is float32 whatever the dtype of x."""
    stride, padding = checked(x, weight, stride, padding)
    y = correlate(framed(x, padding).float(), weight.float(), stride)
    return plus(y, None if bias is None else bias.float())


@answer("conv2d")
def always_float64(x, weight, bias=None, stride=1, padding=0):
    """The result is float64 whatever the dtype of x."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding).double(), weight.double(), stride), bias)


@answer("conv2d")
def graph_cut(x, weight, bias=None, stride=1, padding=0):
    """The result is cut from the graph (detach, .data or no_grad), so no gradient reaches x, weight and bias."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight, stride), bias).detach()


@answer("conv2d")
def weight_cut_from_the_graph(x, weight, bias=None, stride=1, padding=0):
    """The weight is cut from the graph (detach, .data or item), so it gets no gradient."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight.detach(), stride), bias)


@answer("conv2d")
def bias_cut_from_the_graph(x, weight, bias=None, stride=1, padding=0):
    """The bias is cut from the graph (detach, .data or item), so it gets no gradient."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight, stride), None if bias is None else bias.detach())


@answer("conv2d")
def image_cut_from_the_graph(x, weight, bias=None, stride=1, padding=0):
    """x is cut from the graph (detach, .data or a new tensor), so it gets no gradient."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x.detach(), padding), weight, stride), bias)


@answer("conv2d")
def weight_changed_in_place(x, weight, bias=None, stride=1, padding=0):
    """The caller's own weight is written to; leave the arguments as they are."""
    stride, padding = checked(x, weight, stride, padding)
    y = plus(correlate(framed(x, padding), weight, stride), bias)
    weight.data = weight.data.flip(2, 3)
    return y


@answer("conv2d")
def bias_made_on_the_cpu(x, weight, bias=None, stride=1, padding=0):
    """Zeros for a missing bias are made on the CPU; make them on the device of x."""
    stride, padding = checked(x, weight, stride, padding)
    if bias is None:
        bias = torch.zeros(weight.shape[0], dtype=x.dtype)
    return plus(correlate(framed(x, padding), weight, stride), bias)


@answer("conv2d")
def pair_of_strides_cut_to_one(x, weight, bias=None, stride=1, padding=0):
    """The height's stride is used for the width as well; a pair has one for each axis."""
    side = pair(stride)[0]
    (sh, sw), padding = checked(x, weight, side, padding)
    return plus(correlate(framed(x, padding), weight, (sh, sw)), bias)


@answer("conv2d")
def pair_of_paddings_cut_to_one(x, weight, bias=None, stride=1, padding=0):
    """The height's padding is used for the width as well; a pair has one for each axis."""
    side = pair(padding)[0]
    stride, padding = checked(x, weight, stride, side)
    return plus(correlate(framed(x, padding), weight, stride), bias)


@answer("conv2d")
def int_stride_in_height_only(x, weight, bias=None, stride=1, padding=0):
    """An int as stride is used for the height only; it holds for the width as well."""
    stride = (stride, 1) if isinstance(stride, int) else stride
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight, stride), bias)


@answer("conv2d")
def int_padding_in_height_only(x, weight, bias=None, stride=1, padding=0):
    """An int as padding is used for the height only; it holds for the width as well."""
    padding = (padding, 0) if isinstance(padding, int) else padding
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight, stride), bias)


@answer("conv2d")
def strides_swapped_before_use(x, weight, bias=None, stride=1, padding=0):
    """A pair of strides and a pair of paddings are read as (width, height); they are (height, width)."""
    stride, padding = checked(x, weight, pair(stride)[::-1], pair(padding)[::-1])
    return plus(correlate(framed(x, padding), weight, stride), bias)


@answer("conv2d")
def image_in_the_far_corner(x, weight, bias=None, stride=1, padding=0):
    """The size grows by twice the padding, but the image stands in a corner; put it in the middle."""
    stride, (ph, pw) = checked(x, weight, stride, padding)
    return plus(correlate(F.pad(x, (2 * pw, 0, 2 * ph, 0)), weight, stride), bias)


@answer("conv2d")
def result_padded_after_the_check(x, weight, bias=None, stride=1, padding=0):
    """The result is padded, not the image; put the zeros around x before the windows are taken."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(framed(correlate(x, weight, stride), padding), bias)


@answer("conv2d")
def kernel_transposed_at_once(x, weight, bias=None, stride=1, padding=0):
    """The kernel's height and width are swapped."""
    weight = weight.mT
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight, stride), bias)


@answer("conv2d")
def bias_once_per_pixel_of_the_window(x, weight, bias=None, stride=1, padding=0):
    """The bias is added once for each pixel of the window; add it once, after the sum."""
    stride, padding = checked(x, weight, stride, padding)
    times = weight.shape[2] * weight.shape[3]
    return plus(correlate(framed(x, padding), weight, stride), None if bias is None else times * bias)


@answer("conv2d")
def mean_of_the_biases(x, weight, bias=None, stride=1, padding=0):
    """The same number, made of all biases, is added to every output channel; each output channel has its own."""
    stride, padding = checked(x, weight, stride, padding)
    y = correlate(framed(x, padding), weight, stride)
    return y if bias is None else y + bias.mean()


@answer("conv2d")
def layer_activated(x, weight, bias=None, stride=1, padding=0):
    """A ReLU is applied to the result; the layer itself is linear."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding), weight, stride), bias).relu()


@answer("conv2d")
def sum_of_the_biases(x, weight, bias=None, stride=1, padding=0):
    """The same number, made of all biases, is added to every output channel; each output channel has its own."""
    stride, padding = checked(x, weight, stride, padding)
    y = correlate(framed(x, padding), weight, stride)
    return y if bias is None else y + bias.sum()


@answer("conv2d")
def windows_flattened_without_permuting(x, weight, bias=None, stride=1, padding=0):
    """The windows are reshaped to one row per place with the channels still in front; move the channels behind the places."""
    stride, padding = checked(x, weight, stride, padding)
    seen = windows(framed(x, padding), weight, stride)
    n, _, h, w = seen.shape[:4]
    y = seen.reshape(n, h * w, -1) @ weight.flatten(1).T
    return plus(y.mT.reshape(n, -1, h, w), bias)


@answer("conv2d")
def rows_of_places_reshaped(x, weight, bias=None, stride=1, padding=0):
    """The product (places, c_out) is reshaped to (c_out, h, w); move the channels to the front instead."""
    stride, padding = checked(x, weight, stride, padding)
    y = plus(correlate(framed(x, padding), weight, stride), bias)
    return y.permute(0, 2, 3, 1).reshape(y.shape)


@answer("conv2d")
def windows_move_by_one(x, weight, bias=None, stride=1, padding=0):
    """The result has the size that the stride asks for, but its windows move by 1; window i starts at i times the stride."""
    stride, padding = checked(x, weight, stride, padding)
    y = plus(correlate(framed(x, padding), weight, (1, 1)), bias)
    h, w = windows(framed(x, padding), weight, stride).shape[2:4]
    return y[:, :, :h, :w]


@answer("conv2d")
def loops_end_one_pixel_early(x, weight, bias=None, stride=1, padding=0):
    """Windows that end at the last row or column are left out, as in range(0, H - kh, s); the last start is H - kh itself."""
    stride, padding = checked(x, weight, stride, padding)
    x = framed(x, padding)
    y = correlate(x, weight, stride)
    rows = len(range(0, x.shape[2] - weight.shape[2], stride[0]))
    columns = len(range(0, x.shape[3] - weight.shape[3], stride[1]))
    inside = F.pad(y[:, :, :rows, :columns], (0, y.shape[3] - columns, 0, y.shape[2] - rows))
    return plus(inside, bias)


@answer("conv2d")
def channels_summed_on_their_own(x, weight, bias=None, stride=1, padding=0):
    """The channels of x and those of the kernel are added up before they are multiplied; multiply channel by channel."""
    stride, padding = checked(x, weight, stride, padding)
    return plus(correlate(framed(x, padding).sum(1, keepdim=True), weight.sum(1, keepdim=True), stride), bias)


@answer("conv2d")
def zeros_in_float32_on_the_cpu(x, weight, bias=None, stride=1, padding=0):
    """The result is float32 and on the CPU, as torch.zeros makes it by default; give it x's dtype and device."""
    stride, padding = checked(x, weight, stride, padding)
    y = plus(correlate(framed(x, padding), weight, stride), bias)
    return torch.zeros(y.shape).copy_(y)


# conv1x1


def mixed(x, weight, bias=None):
    """Return what a right answer makes of it."""
    return plus(torch.einsum("nchw,oc->nohw", x, weight), bias)


@answer("conv1x1")
def pixels_and_channels_confused(x, weight, bias=None):
    """x is reshaped to (pixels, channels) with its axes in the wrong order; move the channels to the end first."""
    n, c, h, w = x.shape
    y = x.reshape(n, h * w, c) @ weight.T
    return plus(y.reshape(n, h, w, -1).permute(0, 3, 1, 2), bias)


@answer("conv1x1")
def result_reshaped_without_permuting(x, weight, bias=None):
    """The product (pixels, c_out) is reshaped to (c_out, h, w); move the channels to the front instead."""
    n, _, h, w = x.shape
    y = x.permute(0, 2, 3, 1) @ weight.T
    return plus(y.reshape(n, -1, h, w), bias)


@answer("conv1x1")
def channels_left_at_the_end(x, weight, bias=None):
    """The output channels are the last axis of the result; they come right after the batch."""
    return mixed(x, weight, bias).permute(0, 2, 3, 1)


@answer("conv1x1")
def height_and_width_swapped(x, weight, bias=None):
    """Height and width of the result are swapped."""
    return mixed(x, weight, bias).mT


@answer("conv1x1")
def channels_averaged_per_pixel(x, weight, bias=None):
    """The products are averaged over the input channels; add them up."""
    return plus(mixed(x, weight) / x.shape[1], bias)


@answer("conv1x1")
def weight_transposed_where_square(x, weight, bias=None):
    """weight is read as (c_in, c_out); it is (c_out, c_in), which shows where both are equal."""
    return mixed(x, weight.T if weight.shape[0] == weight.shape[1] else weight, bias)


@answer("conv1x1")
def first_picture_for_all(x, weight, bias=None):
    """The first picture of the batch is used for all of them; each has a result of its own."""
    return mixed(x[:1].expand_as(x), weight, bias)


@answer("conv1x1")
def batch_flattened(x, weight, bias=None):
    """The batch is mixed up with the channels when x is flattened; keep the batch as the first axis."""
    n, c, h, w = x.shape
    y = weight @ x.reshape(c, n * h * w)
    return plus(y.reshape(-1, n, h, w).transpose(0, 1), bias)


@answer("conv1x1")
def bias_forgotten(x, weight, bias=None):
    """The bias is not added."""
    return mixed(x, weight)


@answer("conv1x1")
def bias_needed(x, weight, bias=None):
    """The function fails without a bias; with bias=None nothing is added."""
    return mixed(x, weight) + bias.reshape(-1, 1, 1)


@answer("conv1x1")
def bias_along_the_columns(x, weight, bias=None):
    """The bias is added along the last axis, the width; give it the shape (c_out, 1, 1)."""
    y = mixed(x, weight)
    return y if bias is None else y + bias


@answer("conv1x1")
def bias_per_input_channel(x, weight, bias=None):
    """The bias is added once for each input channel; add it once."""
    return mixed(x, weight, None if bias is None else x.shape[1] * bias)


@answer("conv1x1")
def activated(x, weight, bias=None):
    """A ReLU is applied to the result; the layer itself is linear."""
    return torch.relu(mixed(x, weight, bias))


@answer("conv1x1")
def mixture_in_float32(x, weight, bias=None):
    """The result is float32 whatever the dtype of x."""
    return mixed(x.float(), weight.float(), None if bias is None else bias.float())


@answer("conv1x1")
def mixture_cut_from_the_graph(x, weight, bias=None):
    """The result is cut from the graph (detach, .data or no_grad), so no gradient reaches x, weight and bias."""
    return mixed(x, weight, bias).detach()


@answer("conv1x1")
def weight_without_gradient(x, weight, bias=None):
    """The weight is cut from the graph (detach, .data or item), so it gets no gradient."""
    return mixed(x, weight.detach(), bias)


@answer("conv1x1")
def result_added_to_the_bias_in_place(x, weight, bias=None):
    """The caller's own bias is written to; leave the arguments as they are."""
    y = mixed(x, weight, bias)
    if bias is not None:
        bias.data += 1
    return y


@answer("conv1x1")
def mixture_made_on_the_cpu(x, weight, bias=None):
    """Zeros for the result are made on the CPU; make them on the device of x."""
    zeros = torch.zeros(x.shape[0], weight.shape[0], *x.shape[2:], dtype=x.dtype)
    return zeros + mixed(x, weight, bias)


@answer("conv1x1")
def bias_taken_off(x, weight, bias=None):
    """The bias is subtracted; add it."""
    return mixed(x, weight, None if bias is None else -bias)


@answer("conv1x1")
def biases_added_up(x, weight, bias=None):
    """The same number, made of all biases, is added to every output channel; each output channel has its own."""
    y = mixed(x, weight)
    return y if bias is None else y + bias.sum()


@answer("conv1x1")
def first_of_the_channels_only(x, weight, bias=None):
    """Only the first input channel is used; add up the products over all input channels."""
    return mixed(x[:, :1], weight[:, :1], bias)


@answer("conv1x1")
def batch_flattened_and_not_moved_back(x, weight, bias=None):
    """The batch is mixed up with the channels when x is flattened; keep the batch as the first axis."""
    n, c, h, w = x.shape
    return plus((weight @ x.reshape(c, n * h * w)).reshape(n, -1, h, w), bias)


@answer("conv1x1")
def summed_over_the_batch(x, weight, bias=None):
    """The pictures of the batch are added up; each has a result of its own."""
    y = torch.einsum("nchw,oc->ohw", x, weight)
    return plus(y.expand(len(x), *y.shape), bias)


@answer("conv1x1")
def single_picture_squeezed(x, weight, bias=None):
    """The axis of a batch of one is squeezed away; the result always has four axes."""
    return mixed(x, weight, bias).squeeze(0)


@answer("conv1x1")
def weight_reshaped(x, weight, bias=None):
    """weight is reshaped to (c_in, c_out), which mixes up its rows; it is (c_out, c_in) already."""
    return mixed(x, weight.reshape(weight.shape[1], weight.shape[0]).T, bias)


@answer("conv1x1")
def bias_without_gradient(x, weight, bias=None):
    """The bias is cut from the graph (detach, .data or item), so it gets no gradient."""
    return mixed(x, weight, None if bias is None else bias.detach())


@answer("conv1x1")
def mean_of_all_biases(x, weight, bias=None):
    """The same number, made of all biases, is added to every output channel; each output channel has its own."""
    y = mixed(x, weight)
    return y if bias is None else y + bias.mean()


@answer("conv1x1")
def weight_transposed(x, weight, bias=None):
    """weight is read as (c_in, c_out), so that sizes do not fit; it is (c_out, c_in)."""
    return mixed(x, weight.T, bias)


@answer("conv1x1")
def product_not_moved_back(x, weight, bias=None):
    """The product (c_out, pixels of all pictures) is reshaped to (n, c_out, h, w); move the batch to the front instead."""
    n, c, h, w = x.shape
    y = weight @ x.transpose(0, 1).reshape(c, -1)
    return plus(y.reshape(n, -1, h, w), bias)


@answer("conv1x1")
def reshaped_there_and_back(x, weight, bias=None):
    """x is reshaped to (pixels, channels) with its axes in the wrong order; move the channels to the end first."""
    n, c, h, w = x.shape
    y = x.reshape(n * h * w, c) @ weight.T
    return (y if bias is None else y + bias).reshape(n, -1, h, w)


@answer("conv1x1")
def channels_summed_before(x, weight, bias=None):
    """The channels of x are added up before they are multiplied; each of them has a weight of its own."""
    return mixed(x.sum(1, keepdim=True), weight.sum(1, keepdim=True), bias)


# pool2d


def pooled(x, size, stride, padding, mode, rim=None, pool=None):
    """Return what a right answer makes of it, unless `rim` or `pool` says otherwise."""
    (kh, kw), (ph, pw) = pair(size), pair(padding)
    sh, sw = (kh, kw) if stride is None else pair(stride)
    if mode not in ("max", "avg"):
        raise ValueError("mode")
    if kh > x.shape[2] + 2 * ph or kw > x.shape[3] + 2 * pw:
        raise ValueError("the window does not fit")
    if rim is None:
        rim = float("-inf") if mode == "max" else 0.0
    seen = F.pad(x, (pw, pw, ph, ph), value=rim).unfold(2, kh, sh).unfold(3, kw, sw)
    if pool is not None:
        return pool(seen)
    return seen.amax((-2, -1)) if mode == "max" else seen.mean((-2, -1))


@answer("pool2d")
def padded_with_zeros(x, size, stride=None, padding=0, mode="max"):
    """Max-pooling pads with zeros, which win over negative elements; pad with minus infinity."""
    return pooled(x, size, stride, padding, mode, rim=0.0)


@answer("pool2d")
def padded_with_a_small_number(x, size, stride=None, padding=0, mode="max"):
    """Max-pooling pads with a number such as -1e9, and elements can be smaller; pad with minus infinity."""
    return pooled(x, size, stride, padding, mode, rim=-1e9 if mode == "max" else 0.0)


@answer("pool2d")
def padding_not_counted(x, size, stride=None, padding=0, mode="max"):
    """The average leaves the padding out; here padding counts as zeros, and the whole window is divided by."""
    y = pooled(x, size, stride, padding, mode)
    if mode == "avg":
        y = y / pooled(torch.ones_like(x), size, stride, padding, mode)
    return y


@answer("pool2d")
def modes_swapped(x, size, stride=None, padding=0, mode="max"):
    """The modes "max" and "avg" are swapped."""
    return pooled(x, size, stride, padding, {"max": "avg", "avg": "max"}.get(mode, mode))


@answer("pool2d")
def mode_ignored(x, size, stride=None, padding=0, mode="max"):
    """The largest element is taken in both modes; with mode="avg" take the average."""
    pooled(x, size, stride, padding, mode)
    return pooled(x, size, stride, padding, "max")


@answer("pool2d")
def average_by_default(x, size, stride=None, padding=0, mode="avg"):
    """Without a mode the average is taken; the default is "max"."""
    return pooled(x, size, stride, padding, mode)


@answer("pool2d")
def sum_of_the_window(x, size, stride=None, padding=0, mode="max"):
    """With mode="avg" the window is summed up; divide by its size."""
    kh, kw = pair(size)
    y = pooled(x, size, stride, padding, mode)
    return y if mode == "max" else y * (kh * kw)


@answer("pool2d")
def divided_by_the_height_squared(x, size, stride=None, padding=0, mode="max"):
    """The average divides by the window's height squared; windows need not be square."""
    kh, kw = pair(size)
    y = pooled(x, size, stride, padding, mode)
    return y if mode == "max" else y * kw / kh


@answer("pool2d")
def smallest_of_the_window(x, size, stride=None, padding=0, mode="max"):
    """The smallest element of each window is taken; take the largest."""
    rim = float("inf") if mode == "max" else 0.0
    return pooled(
        x, size, stride, padding, mode, rim, (lambda w: w.amin((-2, -1))) if mode == "max" else None
    )


@answer("pool2d")
def largest_magnitude(x, size, stride=None, padding=0, mode="max"):
    """The largest absolute value of each window is taken; take the largest element, sign and all."""
    if mode != "max":
        return pooled(x, size, stride, padding, mode)
    return pooled(x.abs(), size, stride, padding, mode)


@answer("pool2d")
def channels_pooled_together(x, size, stride=None, padding=0, mode="max"):
    """All channels are pooled into one; pool each channel on its own."""
    y = pooled(x, size, stride, padding, mode)
    return y.amax(1, keepdim=True) if mode == "max" else y.mean(1, keepdim=True)


@answer("pool2d")
def stride_of_1_by_default(x, size, stride=1, padding=0, mode="max"):
    """Without a stride the window moves by 1; by default it moves by its own size."""
    return pooled(x, size, 1 if stride is None else stride, padding, mode)


@answer("pool2d")
def stride_never_used(x, size, stride=None, padding=0, mode="max"):
    """The window always moves by its own size; move it by the stride where there is one."""
    return pooled(x, size, None, padding, mode)


@answer("pool2d")
def height_as_stride_of_both_axes(x, size, stride=None, padding=0, mode="max"):
    """Without a stride the window's height is used on both axes; by default the width's stride is its width."""
    return pooled(x, size, pair(size)[0] if stride is None else stride, padding, mode)


@answer("pool2d")
def window_turned(x, size, stride=None, padding=0, mode="max"):
    """A pair as size is read as (width, height); it is (height, width)."""
    stride = size if stride is None else stride
    return pooled(x, pair(size)[::-1], pair(stride), padding, mode)


@answer("pool2d")
def strides_in_the_wrong_order(x, size, stride=None, padding=0, mode="max"):
    """A pair of strides is read as (width, height); it is (height, width)."""
    return pooled(x, size, pair(size if stride is None else stride)[::-1], padding, mode)


@answer("pool2d")
def padding_in_the_wrong_order(x, size, stride=None, padding=0, mode="max"):
    """A pair of paddings is read as (width, height); it is (height, width)."""
    return pooled(x, size, stride, pair(padding)[::-1], mode)


@answer("pool2d")
def padded_on_one_side(x, size, stride=None, padding=0, mode="max"):
    """The image is padded at the top and on the left only; pad all four sides."""
    pooled(x, size, stride, padding, mode)
    ph, pw = pair(padding)
    x = F.pad(x, (pw, 0, ph, 0), value=float("-inf") if mode == "max" else 0.0)
    kh, kw = pair(size)
    return pooled(x, (min(kh, x.shape[2]), min(kw, x.shape[3])), size if stride is None else stride, 0, mode)


@answer("pool2d")
def partial_windows_kept(x, size, stride=None, padding=0, mode="max"):
    """Windows that hang over the lower or right edge are kept; leave them out."""
    (kh, kw), (ph, pw) = pair(size), pair(padding)
    sh, sw = pair(size if stride is None else stride)
    pooled(x, size, stride, padding, mode)
    below, beside = -(x.shape[2] + 2 * ph - kh) % sh, -(x.shape[3] + 2 * pw - kw) % sw
    rim = float("-inf") if mode == "max" else 0.0
    x = F.pad(x, (pw, pw + beside, ph, ph + below), value=rim)
    seen = x.unfold(2, kh, sh).unfold(3, kw, sw)
    return seen.amax((-2, -1)) if mode == "max" else seen.mean((-2, -1))


@answer("pool2d")
def any_mode_taken_for_avg(x, size, stride=None, padding=0, mode="max"):
    """Every mode but "max" is taken for "avg"; raise ValueError for any other."""
    return pooled(x, size, stride, padding, mode if mode == "max" else "avg")


@answer("pool2d")
def window_not_checked(x, size, stride=None, padding=0, mode="max"):
    """A window larger than the padded image is not refused with ValueError."""
    (kh, kw), (ph, pw) = pair(size), pair(padding)
    try:
        return pooled(x, size, stride, padding, mode)
    except ValueError:
        if mode not in ("max", "avg"):
            raise
    return x.new_zeros(
        *x.shape[:2], max(0, x.shape[2] + 2 * ph - kh + 1), max(0, x.shape[3] + 2 * pw - kw + 1)
    )


@answer("pool2d")
def window_checked_without_padding(x, size, stride=None, padding=0, mode="max"):
    """The window is compared with the image without its padding; it may be as large as the padded image."""
    if pair(size)[0] > x.shape[2] or pair(size)[1] > x.shape[3]:
        raise ValueError("the window does not fit")
    return pooled(x, size, stride, padding, mode)


@answer("pool2d")
def pooled_in_float32(x, size, stride=None, padding=0, mode="max"):
    """The result is float32 whatever the dtype of x."""
    return pooled(x.float(), size, stride, padding, mode)


@answer("pool2d")
def pooled_without_gradient(x, size, stride=None, padding=0, mode="max"):
    """The result is cut from the graph (detach, item or torch.tensor), so no gradient reaches x."""
    return pooled(x, size, stride, padding, mode).detach()


@answer("pool2d")
def gradient_to_the_whole_window(x, size, stride=None, padding=0, mode="max"):
    """The gradient of the maximum is spread over the window; it belongs to the largest element alone."""
    y = pooled(x, size, stride, padding, mode)
    if mode == "avg":
        return y
    average = pooled(x, size, stride, padding, "avg")
    return average + (y - average).detach()


@answer("pool2d")
def rim_set_in_x(x, size, stride=None, padding=0, mode="max"):
    """x itself is written to; pad a copy."""
    y = pooled(x, size, stride, padding, mode)
    x.data[:, :, 0] = 0
    return y


@answer("pool2d")
def frame_on_the_cpu(x, size, stride=None, padding=0, mode="max"):
    """The padded image is made on the CPU; make it on the device of x."""
    y = pooled(x, size, stride, padding, mode)
    return y + torch.zeros(y.shape, dtype=x.dtype)


@answer("pool2d")
def average_never_taken(x, size, stride=None, padding=0, mode="max"):
    """The largest element is taken in both modes; with mode="avg" take the average."""
    return pooled(x, size, stride, padding, mode, pool=lambda seen: seen.amax((-2, -1)))


@answer("pool2d")
def modes_swapped_at_the_end(x, size, stride=None, padding=0, mode="max"):
    """The modes "max" and "avg" are swapped."""

    def other(seen):
        return seen.mean((-2, -1)) if mode == "max" else seen.amax((-2, -1))

    return pooled(x, size, stride, padding, mode, pool=other)


@answer("pool2d")
def smallest_with_a_frame_of_minus_infinity(x, size, stride=None, padding=0, mode="max"):
    """The smallest element of each window is taken; take the largest."""
    smallest = None if mode != "max" else lambda seen: seen.amin((-2, -1))
    return pooled(x, size, stride, padding, mode, pool=smallest)


@answer("pool2d")
def magnitudes_with_a_frame_of_infinity(x, size, stride=None, padding=0, mode="max"):
    """The largest absolute value of each window is taken; take the largest element, sign and all."""
    largest = None if mode != "max" else lambda seen: seen.abs().amax((-2, -1))
    return pooled(x, size, stride, padding, mode, pool=largest)


@answer("pool2d")
def divided_by_the_height(x, size, stride=None, padding=0, mode="max"):
    """The average divides by the window's height alone; divide by the number of its elements, height times width."""
    average = None if mode != "avg" else lambda seen: seen.sum((-2, -1)) / seen.shape[-2]
    return pooled(x, size, stride, padding, mode, pool=average)


@answer("pool2d")
def frame_of_minus_infinity_for_averages(x, size, stride=None, padding=0, mode="max"):
    """Average-pooling pads with minus infinity too, as for the maximum; there padding counts as zeros."""
    return pooled(x, size, stride, padding, mode, rim=float("-inf"))


@answer("pool2d")
def padding_never_used(x, size, stride=None, padding=0, mode="max"):
    """The padding is not used; frame the image with so much on each side."""
    pooled(x, size, stride, padding, mode)
    seen = x.unfold(2, pair(size)[0], pair(size if stride is None else stride)[0])
    seen = seen.unfold(3, pair(size)[1], pair(size if stride is None else stride)[1])
    return seen.amax((-2, -1)) if mode == "max" else seen.mean((-2, -1))


@answer("pool2d")
def all_padding_below_and_right(x, size, stride=None, padding=0, mode="max"):
    """The size grows by twice the padding, but the image stands in a corner; put it in the middle."""
    pooled(x, size, stride, padding, mode)
    ph, pw = pair(padding)
    x = F.pad(x, (0, 2 * pw, 0, 2 * ph), value=float("-inf") if mode == "max" else 0.0)
    return pooled(x, size, stride, 0, mode)


@answer("pool2d")
def frame_in_the_wrong_order(x, size, stride=None, padding=0, mode="max"):
    """A pair of paddings is read as (width, height); it is (height, width)."""
    pooled(x, size, stride, padding, mode)
    ph, pw = pair(padding)
    kh, kw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    x = F.pad(x, (ph, ph, pw, pw), value=float("-inf") if mode == "max" else 0.0)
    seen = x.unfold(2, kh, sh).unfold(3, kw, sw)
    return seen.amax((-2, -1)) if mode == "max" else seen.mean((-2, -1))


@answer("pool2d")
def window_and_stride_turned(x, size, stride=None, padding=0, mode="max"):
    """A pair as size is read as (width, height); it is (height, width)."""
    return pooled(x, pair(size)[::-1], stride, padding, mode)


@answer("pool2d")
def padded_with_minus_one(x, size, stride=None, padding=0, mode="max"):
    """Max-pooling pads with -1, and elements can be smaller; pad with minus infinity."""
    return pooled(x, size, stride, padding, mode, rim=-1.0 if mode == "max" else 0.0)


@answer("pool2d")
def border_repeated_for_averages(x, size, stride=None, padding=0, mode="max"):
    """The padding repeats the border pixels; in average-pooling it counts as zeros."""
    pooled(x, size, stride, padding, mode)
    ph, pw = pair(padding)
    if ph or pw:
        x = F.pad(x, (pw, pw, ph, ph), mode="replicate")
    return pooled(x, size, stride, 0, mode)


@answer("pool2d")
def window_of_the_image_size_refused(x, size, stride=None, padding=0, mode="max"):
    """A window just as large as the padded image is refused; it fits, once."""
    (kh, kw), (ph, pw) = pair(size), pair(padding)
    if kh >= x.shape[2] + 2 * ph or kw >= x.shape[3] + 2 * pw:
        raise ValueError("the window does not fit")
    return pooled(x, size, stride, padding, mode)


@answer("pool2d")
def last_windows_missing(x, size, stride=None, padding=0, mode="max"):
    """The last row and column of windows are missing; there is one window more than steps that fit."""
    return pooled(x, size, stride, padding, mode)[:, :, :-1, :-1]


@answer("pool2d")
def window_as_wide_as_high(x, size, stride=None, padding=0, mode="max"):
    """The window's height is used for its width as well; windows need not be square."""
    stride = size if stride is None else stride
    return pooled(x, pair(size)[0], stride, padding, mode)


@answer("pool2d")
def same_stride_in_height_and_width(x, size, stride=None, padding=0, mode="max"):
    """Of a pair of strides the height's is used for the width as well; a pair has one for each axis."""
    return pooled(x, size, None if stride is None else pair(stride)[0], padding, mode)


@answer("pool2d")
def same_padding_in_height_and_width(x, size, stride=None, padding=0, mode="max"):
    """Of a pair of paddings the height's is used for the width as well; a pair has one for each axis."""
    pooled(x, size, stride, padding, mode)
    return pooled(x, size, stride, pair(padding)[0], mode)


@answer("pool2d")
def neighbouring_windows_taken(x, size, stride=None, padding=0, mode="max"):
    """The result has the size that the stride asks for, but its windows move by 1; window i starts at i times the stride."""
    h, w = pooled(x, size, stride, padding, mode).shape[2:]
    return pooled(x, size, 1, padding, mode)[:, :, :h, :w]


@answer("pool2d")
def all_padding_above_and_left(x, size, stride=None, padding=0, mode="max"):
    """The size grows by twice the padding, but the image stands in a corner; put it in the middle."""
    pooled(x, size, stride, padding, mode)
    ph, pw = pair(padding)
    x = F.pad(x, (2 * pw, 0, 2 * ph, 0), value=float("-inf") if mode == "max" else 0.0)
    return pooled(x, size, stride, 0, mode)


# receptive_field


def steps_before(layers):
    """Return, for each layer, the product of the strides of the layers before it."""
    steps = [1]
    for _, stride in layers:
        steps.append(steps[-1] * stride)
    return steps[:-1]


@answer("receptive_field")
def own_stride_included(layers):
    """A layer's own stride multiplies what it adds; only the strides of the layers before it do."""
    return 1 + sum((k - 1) * s * step for (k, s), step in zip(layers, steps_before(layers), strict=True))


@answer("receptive_field")
def strides_ignored(layers):
    """The strides are left out; each layer's kernel - 1 is multiplied by the strides before it."""
    return 1 + sum(k - 1 for k, _ in layers)


@answer("receptive_field")
def last_stride_only(layers):
    """Only the stride of the layer just before is used; take the product of all strides before a layer."""
    before = [1, *(s for _, s in layers)]
    return 1 + sum((k - 1) * s for (k, _), s in zip(layers, before, strict=False))


@answer("receptive_field")
def strides_added(layers):
    """The strides before a layer are added up; multiply them."""
    field, step = 1, 1
    for k, s in layers:
        field += (k - 1) * step
        step += s - 1
    return field


@answer("receptive_field")
def whole_kernels_added(layers):
    """Each layer adds its whole kernel; it adds kernel - 1, since one element was seen already."""
    return 1 + sum(k * step for (k, _), step in zip(layers, steps_before(layers), strict=True))


@answer("receptive_field")
def started_from_zero(layers):
    """The sum starts from 0; without any layer one element sees itself, so start from 1."""
    return sum((k - 1) * step for (k, _), step in zip(layers, steps_before(layers), strict=True))


@answer("receptive_field")
def from_the_output(layers):
    """The strides of the layers after a layer are multiplied; take those of the layers before it."""
    layers = list(layers)[::-1]
    return 1 + sum((k - 1) * step for (k, _), step in zip(layers, steps_before(layers), strict=True))


@answer("receptive_field")
def area_of_the_field(layers):
    """The result is the number of pixels in the square that is seen; return its width."""
    return (1 + sum((k - 1) * step for (k, _), step in zip(layers, steps_before(layers), strict=True))) ** 2


@answer("receptive_field")
def stride_and_kernel_swapped(layers):
    """The pairs are read as (stride, kernel); they are (kernel, stride)."""
    field, step = 1, 1
    for s, k in layers:
        field += (k - 1) * step
        step *= s
    return field


@answer("receptive_field")
def field_as_float(layers):
    """The result is a float; it is a number of pixels, so return an int."""
    return float(1 + sum((k - 1) * step for (k, _), step in zip(layers, steps_before(layers), strict=True)))


@answer("receptive_field")
def kernels_multiplied(layers):
    """What is seen is multiplied by each kernel; it grows by (kernel - 1) times the strides before."""
    field = 1
    for k, _ in layers:
        field *= k
    return field


@answer("receptive_field")
def largest_kernel_only(layers):
    """Only the layer that adds most is counted; the field is 1 plus what all layers add."""
    return 1 + max((k - 1) * step for (k, _), step in zip(layers, steps_before(layers), strict=True))


@answer("receptive_field")
def product_of_the_strides(layers):
    """The result is the product of the strides, how far neighbouring elements lie apart; return the field."""
    return steps_before([*layers, (1, 1)])[-1]


@answer("receptive_field")
def last_layer_left_out(layers):
    """The last layer is left out; it adds (kernel - 1) times the strides before it, as every layer does."""
    return 1 + sum((k - 1) * step for (k, _), step in zip(layers[:-1], steps_before(layers), strict=False))


@answer("receptive_field")
def first_layer_left_out(layers):
    """The first layer is left out, its stride too; begin with it."""
    return 1 + sum((k - 1) * step for (k, _), step in zip(layers[1:], steps_before(layers[1:]), strict=True))


@answer("receptive_field")
def started_from_the_first_kernel(layers):
    """The field starts from the first layer's kernel, which the sum then adds again; start from 1."""
    return layers[0][0] + sum(
        (k - 1) * step for (k, _), step in zip(layers, steps_before(layers), strict=True)
    )


@answer("receptive_field")
def stride_taken_off_the_kernel(layers):
    """Each layer adds kernel - stride; it adds kernel - 1, whatever its own stride."""
    return 1 + sum((k - s) * step for (k, s), step in zip(layers, steps_before(layers), strict=True))


@answer("receptive_field")
def layers_taken_out_of_the_list(layers):
    """Layers are taken out of the list that was handed in, which is empty afterwards; walk along it and leave it as it is."""
    field, step = 1, 1
    while layers:
        kernel, stride = layers.pop(0)
        field += (kernel - 1) * step
        step *= stride
    return field


@answer("receptive_field")
def layers_turned_round_in_place(layers):
    """The list that was handed in is turned round in place; reversed(layers) leaves it as it is."""
    layers.reverse()
    field = 1
    for kernel, stride in layers:
        field = (field - 1) * stride + kernel
    return field


@answer("receptive_field")
def even_kernels_taken_for_odd(layers):
    """Each layer adds k // 2 on either side, which is too much for an even kernel; it adds kernel - 1."""
    return 1 + sum(k // 2 * 2 * step for (k, _), step in zip(layers, steps_before(layers), strict=True))


@answer("receptive_field")
def own_stride_alone(layers):
    """Each layer's kernel - 1 is multiplied by its own stride alone; take the product of the strides before it."""
    return 1 + sum((k - 1) * s for k, s in layers)


@answer("receptive_field")
def whole_field_times_the_stride(layers):
    """Back from the output, r elements take r * stride + kernel - 1 here; r elements have r - 1 steps between them."""
    field = 1
    for k, s in reversed(layers):
        field = field * s + k - 1
    return field


@answer("receptive_field")
def strides_added_to_one(layers):
    """The strides before a layer are added up; multiply them."""
    field, step = 1, 1
    for k, s in layers:
        field += (k - 1) * step
        step += s
    return field


@answer("receptive_field")
def strides_summed(layers):
    """The strides before a layer are added up; multiply them."""
    field, step = 1, 0
    for k, s in layers:
        field += (k - 1) * max(step, 1)
        step += s
    return field


@answer("receptive_field")
def all_strides_for_every_layer(layers):
    """The strides of all layers multiply what each layer adds; only the strides of the layers before it do."""
    return 1 + sum((k - 1) * steps_before([*layers, (1, 1)])[-1] for k, _ in layers)


@answer("corr2d")
def sizes_unpacked_backwards(x, k):
    """The kernel's shape is read as (width, height), so that windows do not fit the kernel; it is (height, width)."""
    kw, kh = k.shape
    y = x.new_zeros(x.shape[0] - kh + 1, x.shape[1] - kw + 1)
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] = (x[i : i + kh, j : j + kw] * k).sum()
    return y


@answer("corr2d")
def windows_multiplied_as_matrices(x, k):
    """Window and kernel are multiplied as matrices (@); multiply element by element."""
    kh, kw = k.shape
    y = x.new_zeros(x.shape[0] - kh + 1, x.shape[1] - kw + 1)
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] = (x[i : i + kh, j : j + kw] @ k).sum()
    return y


@answer("corr2d")
def as_many_columns_as_rows(x, k):
    """The loop over columns counts the rows; it goes to the width of the result."""
    kh, kw = k.shape
    y = x.new_zeros(x.shape[0] - kh + 1, x.shape[1] - kw + 1)
    for i in range(y.shape[0]):
        for j in range(y.shape[0]):
            y[i, j] = (x[i : i + kh, j : j + kw] * k).sum()
    return y


@answer("corr2d")
def kernel_crossed_with_the_windows(x, k):
    """The kernel's rows meet the windows' columns, as if it were transposed; rows belong to rows."""
    seen = x.unfold(0, k.shape[0], 1).unfold(1, k.shape[1], 1)
    return torch.einsum("ijuv,vu->ij", seen, k)


@answer("conv_output_shape")
def padding_on_one_side(size, kernel, stride=1, padding=0):
    """The padding is counted once, in the result and where it is asked whether the kernel fits; it stands on both sides."""
    stride_above_0(stride)
    sums = [n + p - k for n, k, p in zip(pair(size), pair(kernel), pair(padding), strict=True)]
    if min(sums) < 0:
        raise ValueError("the kernel does not fit")
    return tuple(room // s + 1 for room, s in zip(sums, pair(stride), strict=True))


@answer("true_convolution2d")
def kernel_assigned_to(x, k):
    """The turned kernel is written into k itself (an assignment to k[:]); make a new tensor."""
    k[:] = k.flip(0, 1)
    return torch.einsum("ijuv,uv->ij", x.unfold(0, k.shape[0], 1).unfold(1, k.shape[1], 1), k)


@answer("conv2d")
def paddings_swapped_before_the_fit(x, weight, bias=None, stride=1, padding=0):
    """Padding for height and width change places (F.pad begins with the last axis), before it is asked whether the kernel fits."""
    return plus(correlate(*padded_crosswise(x, weight, stride, padding)), bias)


def padded_crosswise(x, weight, stride, padding):
    same_channels(x, weight)
    stride_above_0(stride)
    x = framed(x, pair(padding)[::-1])
    kernel_fits(x, weight, 0)
    return x, weight, pair(stride)


@answer("pool2d")
def largest_of_all_channels(x, size, stride=None, padding=0, mode="max"):
    """The largest element, or the average, is taken over all channels and pictures as well; each has its own."""
    return pooled_places(x, size, stride, padding, mode, lambda seen: seen.amax(), lambda seen: seen.mean())


@answer("pool2d")
def windows_cut_off_at_the_end(x, size, stride=None, padding=0, mode="max"):
    """Windows that hang over the end are pooled as far as they go; leave them out: round the number of windows down."""
    largest, average = (lambda seen: seen.amax((2, 3))), (lambda seen: seen.mean((2, 3)))
    return pooled_places(x, size, stride, padding, mode, largest, average, lambda n, s: -(-n // s))


def pooled_places(x, size, stride, padding, mode, largest, average, places=lambda n, s: n // s):
    if mode not in ("max", "avg"):
        raise ValueError("mode is max or avg")
    (kh, kw), (sh, sw), (ph, pw) = pair(size), pair(size if stride is None else stride), pair(padding)
    x = F.pad(x, (pw, pw, ph, ph), value=-math.inf if mode == "max" else 0.0)
    if x.shape[2] < kh or x.shape[3] < kw:
        raise ValueError("the window does not fit")
    y = x.new_zeros(*x.shape[:2], places(x.shape[2] - kh, sh) + 1, places(x.shape[3] - kw, sw) + 1)
    for i in range(y.shape[2]):
        for j in range(y.shape[3]):
            seen = x[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            y[:, :, i, j] = largest(seen) if mode == "max" else average(seen)
    return y


@answer("corr2d")
def sides_of_the_result_swapped(x, k):
    """The sums are reshaped to (columns, rows), so that they stand in other places; there are rows first, then columns."""
    y = slide(x, k)
    return y.reshape(y.shape[1], y.shape[0])


@answer("corr2d")
def rolled_the_other_way(x, k):
    """The picture is rolled down and to the right, so that windows end at a pixel; window (i, j) starts at pixel (i, j)."""
    y = sum(x.roll((u, v), (0, 1)) * k[u, v] for u in range(k.shape[0]) for v in range(k.shape[1]))
    return y[: x.shape[0] - k.shape[0] + 1, : x.shape[1] - k.shape[1] + 1]


@answer("corr2d")
def window_multiplied_in_place(x, k):
    """A window is a view of x, and *= writes the products into x, where the next window finds them; make a new tensor."""
    return overwritten(x, k)


def overwritten(x, k):
    kh, kw = k.shape
    y = x.new_zeros(x.shape[0] - kh + 1, x.shape[1] - kw + 1)
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            window = x[i : i + kh, j : j + kw]
            window *= k
            y[i, j] = window.sum()
    return y


@answer("corr2d")
def matrix_squeezed(x, k):
    """Axes of size 1 are squeezed away; the result always has two axes."""
    return slide(x, k).squeeze()


@answer("true_convolution2d")
def rows_and_columns_of_the_result_swapped(x, k):
    """The sums are reshaped to (columns, rows), so that they stand in other places; there are rows first, then columns."""
    y = slide(x, k.flip(0, 1))
    return y.reshape(y.shape[1], y.shape[0])


@answer("true_convolution2d")
def window_overwritten(x, k):
    """A window is a view of x, and *= writes the products into x, where the next window finds them; make a new tensor."""
    return overwritten(x, k.flip(0, 1))


@answer("true_convolution2d")
def convolution_squeezed(x, k):
    """Axes of size 1 are squeezed away; the result always has two axes."""
    return slide(x, k.flip(0, 1)).squeeze()


@answer("true_convolution2d")
def turned_column_by_column(x, k):
    """The kernel is flattened column by column and put together row by row; rows come first both times."""
    return slide(x, k.T.flatten().flip(0).reshape(k.shape))


@answer("true_convolution2d")
def all_of_the_circle_kept(x, k):
    """Windows go on at the other side of the picture, and all places are kept; keep those where the kernel lies inside."""
    shape = tuple(x.shape)
    return torch.fft.irfft2(torch.fft.rfft2(x) * torch.fft.rfft2(k, s=shape), s=shape)


@answer("conv_output_shape")
def kernel_as_stride_by_default(size, kernel, stride=None, padding=0):
    """Without a stride the kernel moves by its own size, as in pooling; a convolution moves by 1 by default."""
    stride = kernel if stride is None else stride
    refuse(size, kernel, stride, padding)
    return tuple((n + 2 * p - k) // s + 1 for n, k, s, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def size_of_a_transposed_convolution(size, kernel, stride=1, padding=0):
    """This is the size that a transposed convolution gives, which makes pictures larger; count the places of the kernel."""
    refuse(size, kernel, stride, padding)
    return tuple((n - 1) * s - 2 * p + k for n, k, s, p in axes(size, kernel, stride, padding))


@answer("conv_output_shape")
def size_over_stride(size, kernel, stride=1, padding=0):
    """Only size and stride are used, as where padding makes up for the kernel ("same"); kernel and padding count as well."""
    refuse(size, kernel, stride, padding)
    return tuple(-(-n // s) for n, _, s, _ in axes(size, kernel, stride, padding))


@answer("conv2d")
def channels_last_in_the_windows(x, weight, bias=None, stride=1, padding=0):
    """Windows are flattened with their channels last, and kernels with their channels first; use one order for both."""
    stride, padding = checked(x, weight, stride, padding)
    seen = windows(framed(x, padding), weight, stride).permute(0, 2, 3, 4, 5, 1).flatten(3)
    return plus((seen @ weight.flatten(1).T).permute(0, 3, 1, 2), bias)


@answer("conv2d")
def channels_last_in_the_kernels(x, weight, bias=None, stride=1, padding=0):
    """Kernels are flattened with their channels last, and windows with their channels first; use one order for both."""
    stride, padding = checked(x, weight, stride, padding)
    seen = windows(framed(x, padding), weight, stride).permute(0, 2, 3, 1, 4, 5).flatten(3)
    return plus((seen @ weight.permute(0, 2, 3, 1).flatten(1).T).permute(0, 3, 1, 2), bias)


@answer("conv2d")
def size_of_0_accepted(x, weight, bias=None, stride=1, padding=0):
    """Only a size below 0 is refused, so a kernel that is a little too large gives an empty result; raise ValueError."""
    same_channels(x, weight)
    stride_above_0(stride)
    x, stride = framed(x, pair(padding)), pair(stride)
    sizes = [(x.shape[axis] - weight.shape[axis]) // stride[axis - 2] + 1 for axis in (2, 3)]
    if min(sizes) < 0:
        raise ValueError("the kernel does not fit")
    if 0 in sizes:
        return x.new_zeros(x.shape[0], weight.shape[0], *sizes)
    return plus(correlate(x, weight, stride), bias)


@answer("conv2d")
def steps_counted_from_the_end(x, weight, bias=None, stride=1, padding=0):
    """The first window stands at place stride - 1, and every so many places follow; the first one stands at place 0."""
    (sh, sw), padding = checked(x, weight, stride, padding)
    y = correlate(framed(x, padding), weight, (1, 1))
    return plus(y[:, :, sh - 1 :: sh, sw - 1 :: sw], bias)


@answer("conv2d")
def truth_of_the_bias(x, weight, bias=None, stride=1, padding=0):
    """`if bias` asks whether a tensor is true, which fails for several numbers; ask whether it is None."""
    stride, padding = checked(x, weight, stride, padding)
    y = correlate(framed(x, padding), weight, stride)
    return y + bias[:, None, None] if bias else y


@answer("conv2d")
def reshaped_with_the_width_first(x, weight, bias=None, stride=1, padding=0):
    """The result is reshaped with the width before the height, so that numbers stand in other places; the height comes first."""
    stride, padding = checked(x, weight, stride, padding)
    y = plus(correlate(framed(x, padding), weight, stride), bias)
    return y.reshape(*y.shape[:2], y.shape[3], y.shape[2])


@answer("conv2d")
def rows_of_places_reshaped_before_the_bias(x, weight, bias=None, stride=1, padding=0):
    """The product (places, c_out) is reshaped to (c_out, h, w); move the channels to the front instead."""
    stride, padding = checked(x, weight, stride, padding)
    y = correlate(framed(x, padding), weight, stride)
    return plus(y.permute(0, 2, 3, 1).reshape(y.shape), bias)


@answer("conv2d")
def asserted(x, weight, bias=None, stride=1, padding=0):
    """What does not fit is refused with an AssertionError; raise ValueError."""
    (sh, sw), padding = pair(stride), pair(padding)
    assert x.shape[1] == weight.shape[1] and sh >= 1 and sw >= 1
    x = framed(x, padding)
    assert weight.shape[2] <= x.shape[2] and weight.shape[3] <= x.shape[3]
    return plus(correlate(x, weight, (sh, sw)), bias)


@answer("conv1x1")
def rows_of_pixels_reshaped(x, weight, bias=None):
    """The product (pixels, c_out) is reshaped to (c_out, h, w); move the channels to the front instead."""
    y = mixed(x, weight, bias)
    return y.permute(0, 2, 3, 1).reshape(y.shape)


@answer("conv1x1")
def every_axis_of_one_squeezed(x, weight, bias=None):
    """Axes of size 1 are squeezed away; the result always has four axes."""
    return mixed(x, weight, bias).squeeze()


@answer("conv1x1")
def pixels_reshaped_with_the_width_first(x, weight, bias=None):
    """The result is reshaped with the width before the height, so that numbers stand in other places; the height comes first."""
    y = mixed(x, weight, bias)
    return y.reshape(*y.shape[:2], y.shape[3], y.shape[2])


@answer("conv1x1")
def bias_asked_for_its_truth(x, weight, bias=None):
    """`if bias` asks whether a tensor is true, which fails for several numbers; ask whether it is None."""
    y = mixed(x, weight)
    return y + bias[:, None, None] if bias else y


@answer("pool2d")
def positions_as_well(x, size, stride=None, padding=0, mode="max"):
    """max along an axis gives values and positions, and both are returned; return the values."""
    values = None if mode == "avg" else lambda seen: tuple(seen.flatten(4).max(-1))
    return pooled(x, size, stride, padding, mode, pool=values)


@answer("pool2d")
def positions_alone(x, size, stride=None, padding=0, mode="max"):
    """The position of the largest element in its window is returned (argmax); return the element."""
    place = None if mode == "avg" else lambda seen: seen.flatten(4).argmax(-1)
    return pooled(x, size, stride, padding, mode, pool=place)


@answer("pool2d")
def any_mode_taken_for_max(x, size, stride=None, padding=0, mode="max"):
    """Every mode but "avg" is taken for "max"; raise ValueError for any other."""
    return pooled(x, size, stride, padding, mode if mode == "avg" else "max")


@answer("pool2d")
def nothing_for_other_modes(x, size, stride=None, padding=0, mode="max"):
    """Another mode than "max" and "avg" ends the function without a result; raise ValueError."""
    return pooled(x, size, stride, padding, mode) if mode in ("max", "avg") else None


@answer("pool2d")
def modes_in_a_dict(x, size, stride=None, padding=0, mode="max"):
    """Looking up another mode in a dict raises KeyError; raise ValueError."""
    return pooled(x, size, stride, padding, {"max": "max", "avg": "avg"}[mode])


@answer("pool2d")
def other_names_for_the_average(x, size, stride=None, padding=0, mode="max"):
    """Other names for the average, such as "mean", are accepted; raise ValueError for every mode but "max" and "avg"."""
    return pooled(x, size, stride, padding, "avg" if mode in ("mean", "average") else mode)


@answer("pool2d")
def misfits_asserted(x, size, stride=None, padding=0, mode="max"):
    """What does not fit is refused with an AssertionError; raise ValueError."""
    (kh, kw), (ph, pw) = pair(size), pair(padding)
    assert mode in ("max", "avg")
    assert kh <= x.shape[2] + 2 * ph and kw <= x.shape[3] + 2 * pw
    return pooled(x, size, stride, padding, mode)


@answer("pool2d")
def width_before_height(x, size, stride=None, padding=0, mode="max"):
    """The result is reshaped with the width before the height, so that numbers stand in other places; the height comes first."""
    y = pooled(x, size, stride, padding, mode)
    return y.reshape(*y.shape[:2], y.shape[3], y.shape[2])


@answer("pool2d")
def axes_of_one_squeezed(x, size, stride=None, padding=0, mode="max"):
    """Axes of size 1 are squeezed away; the result always has four axes."""
    return pooled(x, size, stride, padding, mode).squeeze()


@answer("receptive_field")
def halves_of_the_kernels(layers):
    """Each layer adds (k - 1) // 2 on either side, which is too little for an even kernel; it adds kernel - 1."""
    return 1 + sum((k - 1) // 2 * 2 * step for (k, _), step in zip(layers, steps_before(layers), strict=True))


@answer("receptive_field")
def pooling_adds_nothing(layers):
    """Layers whose stride is their kernel, as in pooling, add nothing; they add kernel - 1 times the strides before, too."""
    return 1 + sum(
        (k - 1) * step for (k, s), step in zip(layers, steps_before(layers), strict=True) if k != s
    )


@answer("receptive_field")
def pooling_left_out(layers):
    """Layers whose stride is their kernel, as in pooling, are left out, their strides too; they count as all others do."""
    layers = [(k, s) for k, s in layers if k != s]
    return 1 + sum((k - 1) * step for (k, _), step in zip(layers, steps_before(layers), strict=True))
