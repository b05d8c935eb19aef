"""Checks that only graders have."""

import torch
import torch.nn.functional as F

from autograder.calls import Call
from autograder.checking import (
    agree,
    agree_in_gradient,
    assert_device,
    assert_inputs_unchanged,
    assert_matches,
    assert_raises,
    observe,
    randn,
)
from autograder.helpers import with_arguments


def slowly(x, weight, bias=None, stride=1, padding=0):
    """Sum number by number; what lies outside of the image counts as 0."""
    (sh, sw), (ph, pw) = (v if isinstance(v, tuple) else (v, v) for v in (stride, padding))
    (n, c_in, height, width), (c_out, _, kh, kw) = x.shape, weight.shape
    pixels, kernels = x.tolist(), weight.tolist()
    added = [0.0] * c_out if bias is None else bias.tolist()

    def element(b, o, top, left):
        total = added[o]
        for u in range(max(0, -top), min(kh, height - top)):
            for v in range(max(0, -left), min(kw, width - left)):
                total += sum(pixels[b][c][top + u][left + v] * kernels[o][c][u][v] for c in range(c_in))
        return total

    tops, lefts = range(-ph, height + ph - kh + 1, sh), range(-pw, width + pw - kw + 1, sw)
    y = [[[[element(b, o, i, j) for j in lefts] for i in tops] for o in range(c_out)] for b in range(n)]
    return torch.tensor(y, dtype=x.dtype)


# corr2d


def slowly_correlated(x, k):
    """Do the same for one picture and one kernel."""
    return slowly(x[None, None], k[None, None])[0, 0]


def test_corr2d_every_size_another(corr2d):
    """Pictures and kernels of any height and width work."""
    agree(corr2d, slowly_correlated, randn(7, 11, seed=301), randn(3, 5, seed=302))
    agree(corr2d, slowly_correlated, randn(13, 6, seed=303), randn(2, 4, seed=304))


def test_corr2d_smallest_and_largest_kernel(corr2d):
    """Kernels of one pixel, of one row or column, and as large as the picture work."""
    x = randn(4, 6, seed=305)
    for kernel in ((1, 1), (1, 3), (3, 1), (4, 6), (4, 1), (1, 6)):
        agree(corr2d, slowly_correlated, x, randn(*kernel, seed=306))


def test_corr2d_transposed_inputs(corr2d):
    """Pictures and kernels that are views of other tensors work."""
    agree(corr2d, slowly_correlated, randn(9, 5, seed=307).mT, randn(2, 3, seed=308).mT)


def test_corr2d_gradients(corr2d, reference):
    """Gradients flow to x and k."""
    agree_in_gradient(corr2d, reference, randn(5, 7, seed=309), randn(2, 3, seed=310))


def test_corr2d_float32(corr2d, reference):
    """float32 inputs give a float32 result."""
    x, k = randn(5, 4, seed=311, dtype=torch.float32), randn(2, 3, seed=312, dtype=torch.float32)
    agree(corr2d, reference, x, k)


def test_corr2d_inputs_are_left_alone(corr2d):
    """x and k are not changed."""
    assert_inputs_unchanged(corr2d, randn(5, 4, seed=313), randn(2, 3, seed=314))


def test_corr2d_device(corr2d):
    """Whatever is made is made on the device of x."""
    assert_device(corr2d, randn(5, 4, seed=315), randn(2, 3, seed=316))


# conv_output_shape


def places(size, kernel, stride=1, padding=0):
    """Count the places of the kernel one by one."""
    four = [v if isinstance(v, tuple) else (v, v) for v in (size, kernel, stride, padding)]
    return tuple(
        len([start for start in range(-p, n + p) if (start + p) % s == 0 and start + k <= n + p])
        for n, k, s, p in zip(*four, strict=True)
    )


def test_output_shape_of_many_layers(conv_output_shape):
    """Any mixture of ints and pairs gives the number of places that the kernel has on each axis."""
    for size in (11, (7, 12)):
        for kernel in (3, (1, 4)):
            for stride in (1, 2, (3, 5)):
                for padding in (0, 2, (1, 0)):
                    arguments = (size, kernel, stride, padding)
                    assert_matches(conv_output_shape(*arguments), places(*arguments))


def test_output_shape_just_fits(conv_output_shape):
    """A kernel as large as the padded picture has one place, whatever the stride."""
    assert_matches(conv_output_shape((4, 5), (4, 5)), (1, 1))
    assert_matches(conv_output_shape(3, 7, 4, 2), (1, 1))
    assert_matches(conv_output_shape((2, 9), (4, 3), 1, (1, 0)), (1, 7))
    assert_matches(conv_output_shape(5, 1, 9), (1, 1))


def test_output_shape_just_does_not_fit(conv_output_shape):
    """ValueError is raised for a kernel that is larger than the padded picture by one, whatever the stride."""
    for arguments in ((4, 5, 3), (3, 8, 4, 2), ((4, 9), (7, 3), 5, 1), ((9, 4), (3, 7), (1, 6), (0, 1))):
        assert_raises(conv_output_shape, *arguments)


def test_output_shape_stride_of_a_pair(conv_output_shape):
    """ValueError is raised for a stride below 1 on either axis, with padding too."""
    for stride in ((1, 0), (0, 3), (3, -2), (-1, -1), -4):
        assert_raises(conv_output_shape, (8, 9), (3, 2), stride, (1, 1))


def test_output_shape_keywords(conv_output_shape):
    """The arguments can be given by name, in any order, and large sizes work."""
    assert_matches(conv_output_shape(padding=1, stride=(2, 1), kernel=(3, 4), size=(6, 5)), (3, 4))
    size = 10**5 + 2  # no larger, as counting the places one by one is fine
    assert_matches(conv_output_shape(size=size, kernel=3, stride=(1, 7)), (10**5, (10**5 - 1) // 7 + 1))


# true_convolution2d


def slowly_convolved(x, k):
    """Add up, for each element of the full convolution, all pairs of a pixel and a weight; keep the inner part."""
    (height, width), (kh, kw) = x.shape, k.shape
    full = torch.zeros(height + kh - 1, width + kw - 1, dtype=x.dtype)
    for i in range(height):
        for j in range(width):
            full[i : i + kh, j : j + kw] += x[i, j] * k
    return full[kh - 1 : height, kw - 1 : width]


def test_convolution_every_size_another(true_convolution2d):
    """Pictures and kernels of any height and width work."""
    agree(true_convolution2d, slowly_convolved, randn(7, 11, seed=321), randn(3, 5, seed=322))
    agree(true_convolution2d, slowly_convolved, randn(8, 5, seed=323).mT, randn(4, 2, seed=324))
    agree(true_convolution2d, slowly_convolved, randn(4, 5, seed=325), randn(1, 3, seed=326))
    agree(true_convolution2d, slowly_convolved, randn(4, 5, seed=327), randn(4, 5, seed=328))


def test_convolution_gradients(true_convolution2d, reference):
    """Gradients flow to x and k."""
    agree_in_gradient(true_convolution2d, reference, randn(5, 7, seed=329), randn(2, 3, seed=330))


def test_convolution_float32(true_convolution2d, reference):
    """float32 inputs give a float32 result."""
    x, k = randn(5, 4, seed=331, dtype=torch.float32), randn(2, 3, seed=332, dtype=torch.float32)
    agree(true_convolution2d, reference, x, k)


def test_convolution_inputs_are_left_alone(true_convolution2d):
    """x and k are not changed."""
    assert_inputs_unchanged(true_convolution2d, randn(5, 4, seed=333), randn(2, 3, seed=334))


def test_convolution_device(true_convolution2d):
    """Whatever is made is made on the device of x."""
    assert_device(true_convolution2d, randn(5, 4, seed=335), randn(2, 3, seed=336))


# conv2d


def test_every_size_another(conv2d):
    """Batch, channels, image, kernel, stride and padding may all be different numbers, together with a bias."""
    x, weight, bias = randn(2, 3, 7, 11, seed=101), randn(5, 3, 4, 2, seed=102), randn(5, seed=103)
    agree(conv2d, slowly, x, weight, bias, (2, 3), (1, 2))
    agree(conv2d, slowly, x.mT.contiguous(), weight.mT.contiguous(), bias, stride=3, padding=(0, 2))


def test_stride_with_padding(conv2d):
    """Stride and padding work together, also where the last rows and columns, or all of the padding, are left out."""
    for height, width, stride, padding in (
        (5, 6, 2, 1),
        (6, 5, 3, 2),
        (4, 5, (3, 4), (2, 1)),
        (2, 3, (1, 2), (3, 0)),
    ):
        x, weight = randn(1, 2, height, width, seed=111), randn(2, 2, 2, 3, seed=112)
        agree(conv2d, slowly, x, weight, None, stride, padding)


def test_smallest_and_largest_kernel(conv2d):
    """Kernels of one pixel work, and so do kernels as large as the image, with its padding."""
    agree(conv2d, slowly, randn(2, 3, 2, 4, seed=121), randn(2, 3, 1, 1, seed=122), randn(2, seed=123))
    agree(conv2d, slowly, randn(2, 3, 4, 2, seed=124), randn(2, 3, 1, 1, seed=125), stride=(3, 2))
    agree(conv2d, slowly, randn(2, 2, 3, 4, seed=126), randn(3, 2, 3, 4, seed=127))
    agree(conv2d, slowly, randn(2, 2, 2, 3, seed=128), randn(3, 2, 3, 4, seed=129), padding=1)
    agree(conv2d, slowly, randn(1, 2, 2, 3, seed=130), randn(3, 2, 6, 5, seed=131), padding=(2, 1))
    agree(conv2d, slowly, randn(1, 1, 1, 3, seed=132), randn(1, 1, 1, 2, seed=133), stride=2)


def test_kernel_just_does_not_fit(conv2d):
    """ValueError is raised for a kernel that is larger than the padded image by one, on either axis."""
    x = randn(1, 2, 3, 4, seed=134)
    for kernel, padding in (((6, 2), 1), ((2, 7), 1), ((8, 4), (2, 0)), ((2, 9), (0, 2))):
        assert_raises(conv2d, x, randn(3, 2, *kernel, seed=135), padding=padding)


def test_gradients(conv2d, reference):
    """Gradients flow to x, weight and bias."""
    x, weight, bias = randn(2, 2, 5, 4, seed=141), randn(3, 2, 3, 2, seed=142), randn(3, seed=143)
    reply = conv2d.ask(Call("conv2d", (x, weight, bias), cotangents=[randn(2, 3, 3, 3, seed=144)]))
    for name, gradient in zip(("x", "weight", "bias"), reply.gradients, strict=True):
        observe(f"no gradient reaches {name}", float(gradient is None or not gradient.any()))
    agree_in_gradient(conv2d, reference, x, weight, bias, stride=(2, 1), padding=(1, 2))
    agree_in_gradient(conv2d, reference, x, weight)


def test_float32_stays(conv2d, reference):
    """float32 inputs give a float32 result."""
    x, weight = (randn(*size, seed=151, dtype=torch.float32) for size in ((2, 2, 4, 3), (3, 2, 2, 3)))
    agree(conv2d, reference, x, weight, padding=1)
    agree(conv2d, reference, x, weight, randn(3, seed=152, dtype=torch.float32), 2)


def test_inputs_are_left_alone(conv2d):
    """x, weight and bias are not changed."""
    x, weight, bias = randn(1, 2, 4, 3, seed=161), randn(3, 2, 2, 3, seed=162), randn(3, seed=163)
    assert_inputs_unchanged(conv2d, x, weight, bias)
    assert_inputs_unchanged(conv2d, x, weight, bias, 1, 1)


def test_device(conv2d):
    """Whatever is made is made on the device of x."""
    x, weight, bias = randn(1, 2, 4, 3, seed=171), randn(3, 2, 2, 3, seed=172), randn(3, seed=173)
    assert_device(conv2d, x, weight, bias)
    assert_device(conv2d, x, weight, None, 1, 1)


# conv1x1


def pixel_by_pixel(x, weight, bias=None):
    """Multiply weight with the channels of one pixel after the other."""
    y = torch.zeros(x.shape[0], weight.shape[0], *x.shape[2:], dtype=x.dtype)
    for b in range(x.shape[0]):
        for i in range(x.shape[2]):
            for j in range(x.shape[3]):
                y[b, :, i, j] = weight @ x[b, :, i, j] + (0 if bias is None else bias)
    return y


def test_conv1x1_every_size_another(conv1x1):
    """Batch, channels, height and width may all be different numbers, or equal ones, or one."""
    weight, bias = randn(4, 3, seed=341), randn(4, seed=342)
    agree(conv1x1, pixel_by_pixel, randn(2, 3, 5, 7, seed=343), weight, bias)
    agree(conv1x1, pixel_by_pixel, randn(7, 3, 2, 1, seed=344), weight)
    agree(conv1x1, pixel_by_pixel, randn(3, 3, 3, 3, seed=345), randn(3, 3, seed=346), randn(3, seed=347))
    agree(conv1x1, pixel_by_pixel, randn(1, 1, 2, 3, seed=348), randn(1, 1, seed=349), randn(1, seed=350))


def test_conv1x1_transposed_inputs(conv1x1):
    """Pictures and weights that are views of other tensors work."""
    x = randn(2, 6, 5, 3, seed=351).permute(0, 3, 1, 2)
    agree(conv1x1, pixel_by_pixel, x, randn(3, 4, seed=352).mT, bias=randn(4, seed=353))


def test_conv1x1_gradients(conv1x1, reference):
    """Gradients flow to x, weight and bias."""
    x, weight = randn(2, 3, 4, 5, seed=354), randn(6, 3, seed=355)
    agree_in_gradient(conv1x1, reference, x, weight, randn(6, seed=356))
    agree_in_gradient(conv1x1, reference, x, weight)


def test_conv1x1_float32(conv1x1, reference):
    """float32 inputs give a float32 result."""
    x, weight = randn(2, 3, 4, 5, seed=357, dtype=torch.float32), randn(6, 3, seed=358, dtype=torch.float32)
    agree(conv1x1, reference, x, weight)
    agree(conv1x1, reference, x, weight, randn(6, seed=359, dtype=torch.float32))


def test_conv1x1_inputs_are_left_alone(conv1x1):
    """x, weight and bias are not changed."""
    assert_inputs_unchanged(conv1x1, randn(2, 3, 4, 5, seed=360), randn(6, 3, seed=361), randn(6, seed=362))


def test_conv1x1_device(conv1x1):
    """Whatever is made is made on the device of x."""
    x, weight = randn(2, 3, 4, 5, seed=363), randn(6, 3, seed=364)
    assert_device(conv1x1, x, weight)
    assert_device(conv1x1, x, weight, randn(6, seed=365))


# pool2d


def slowly_pooled(x, size, stride=None, padding=0, mode="max"):
    """Take window after window, cut off at the rim of the image."""
    stride = size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = (v if isinstance(v, tuple) else (v, v) for v in (size, stride, padding))
    height, width = x.shape[2:]
    rows = []
    for top in range(-ph, height + ph - kh + 1, sh):
        row = []
        for left in range(-pw, width + pw - kw + 1, sw):
            window = x[:, :, max(0, top) : top + kh, max(0, left) : left + kw].flatten(2)
            row.append(window.max(2).values if mode == "max" else window.sum(2) / (kh * kw))
        rows.append(torch.stack(row, -1))
    return torch.stack(rows, -2)


def test_pool_every_size_another(pool2d):
    """Batch, channels, image, window, stride and padding may all be different numbers, in each mode."""
    x = randn(2, 3, 9, 13, seed=371)
    for mode in ("max", "avg"):
        agree(pool2d, slowly_pooled, x, (4, 2), (3, 5), (2, 1), mode)
        agree(pool2d, slowly_pooled, x.mT, (3, 2), stride=(2, 3), padding=(1, 0), mode=mode)
        agree(pool2d, slowly_pooled, x, size=3, stride=4, padding=1, mode=mode)
        agree(pool2d, slowly_pooled, x, 4, (1, 3), 2, mode=mode)


def test_pool_smallest_and_largest_window(pool2d):
    """Windows of one element work, and so do windows as large as the image, with its padding."""
    x = randn(2, 2, 3, 4, seed=372)
    for mode in ("max", "avg"):
        agree(pool2d, slowly_pooled, x, 1, mode=mode)
        agree(pool2d, slowly_pooled, x, (3, 4), mode=mode)
        agree(pool2d, slowly_pooled, x, (5, 6), padding=1, mode=mode)
        agree(pool2d, slowly_pooled, x, (1, 4), (2, 1), (0, 2), mode)
        agree(pool2d, slowly_pooled, x, (1, 3), 2, mode=mode)


def test_pool_padding_far_below_zero(pool2d):
    """In max-pooling, padding never wins, however small the elements are."""
    x = -1e12 * (1 + randn(1, 2, 3, 5, seed=373).abs())
    # Whatever number the padding is, this is what is seen of it first, so that one mistake stands for all numbers.
    got = pool2d(x, 3, 2, 1)
    won = isinstance(got, torch.Tensor) and bool((got > x.max()).any())
    assert_matches(won, False, what="whether padding has won")
    agree(pool2d, largest_of, x, 3, 2, 1)
    agree(pool2d, largest_of, x.float(), 2, padding=1)


def largest_of(x, size, stride=None, padding=0):
    """Return what torch's own max-pooling makes of it."""
    return F.max_pool2d(x, size, stride, padding)


def test_pool_gradients(pool2d, reference):
    """Gradients flow to x: to the largest element of each window, or to all elements alike."""
    x = randn(2, 2, 5, 6, seed=374)
    for mode in ("max", "avg"):
        agree_in_gradient(pool2d, reference, x, (3, 2), (2, 1), (1, 0), mode=mode)
        agree_in_gradient(pool2d, reference, x, 2, mode=mode)


def test_pool_float32(pool2d, reference):
    """float32 inputs give a float32 result."""
    x = randn(2, 2, 5, 6, seed=375, dtype=torch.float32)
    for mode in ("max", "avg"):
        agree(pool2d, reference, x, 3, 2, 1, mode=mode)


def test_pool_refusals(pool2d):
    """ValueError is raised for another mode, and for a window larger than the padded image by one."""
    x = randn(2, 3, 4, 5, seed=376)
    for mode in ("mean", "average", "l2", ""):
        assert_raises(pool2d, x, 2, 1, 1, mode)
    for size, padding in ((6, 0), ((5, 2), 0), ((1, 6), 0), ((7, 2), 1), ((2, 8), (0, 1)), ((9, 3), (2, 0))):
        assert_raises(pool2d, x, size, 3, padding)
        assert_raises(pool2d, x, size, padding=padding, mode="avg")


def test_pool_inputs_are_left_alone(pool2d):
    """x is not changed."""
    for mode in ("max", "avg"):
        assert_inputs_unchanged(pool2d, randn(1, 2, 5, 4, seed=377), 2, 1, 1, mode)
        assert_inputs_unchanged(pool2d, randn(1, 2, 5, 4, seed=378), 2, mode=mode)


def test_pool_device(pool2d):
    """Whatever is made is made on the device of x."""
    for mode in ("max", "avg"):
        assert_device(pool2d, randn(1, 2, 5, 4, seed=379), 2, 1, 1, mode)
        assert_device(pool2d, randn(1, 2, 5, 4, seed=380), (2, 3), mode=mode)


# receptive_field


def seen(layers):
    """Follow the first and the last pixel that output element 0 depends on, from the output back to the input."""
    first, last = 0, 0
    for kernel, stride in reversed(layers):
        first, last = first * stride, last * stride + kernel - 1
    return last - first + 1


def test_field_of_networks(receptive_field):
    """The field is right for deep stacks with several strides."""
    lenet = [(5, 1), (2, 2), (5, 1), (2, 2)]
    alexnet = [(11, 4), (3, 2), (5, 1), (3, 2), (3, 1), (3, 1), (3, 1), (3, 2)]
    mixed = [(7, 3), (2, 1), (4, 5), (3, 2), (1, 1), (6, 4), (2, 7), (3, 1)]
    for layers in (lenet[::-1], alexnet, mixed, mixed[::-1], [(3, 1), (3, 1), (2, 2)] * 7):
        assert_matches(receptive_field(layers), seen(layers))


def test_field_of_very_deep_networks(receptive_field):
    """The field is exact, as an int, for very deep stacks."""
    assert_matches(receptive_field([(3, 1)] * 100), 201)
    assert_matches(receptive_field([(2, 2)] * 50), 2**50)
    assert_matches(receptive_field(layers=[(5, 3)] * 30), 1 + 4 * sum(3**depth for depth in range(30)))


def test_field_leaves_layers(receptive_field):
    """The list of layers itself is not changed."""
    layers = [(5, 2), (3, 1), (2, 3)]
    _, arguments = receptive_field.driven_by(with_arguments)(layers)
    assert_matches(arguments, [layers], what="the arguments")
