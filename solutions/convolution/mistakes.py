"""Wrong answers that students give, each with the sentence they are told."""

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


# The kernel


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
