"""Checks that students have."""

import torch
import torch.nn.functional as F

from autograder.checking import agree, assert_matches, assert_raises, randn


def torchs_own(x, weight, bias=None, stride=1, padding=0):
    """Return what torch's own layer makes of it."""
    return F.conv2d(x, weight, bias, stride, padding)


def numbers(*rows):
    """Return rows of numbers as a float64 tensor."""
    return torch.tensor(rows, dtype=torch.float64)


PICTURE = numbers([1, 2, 0, 3], [4, 0, 5, 2], [1, 3, 1, 6])
HOOK = numbers([1, 1, 0], [1, 0, 2], [3, 0, 0])


# corr2d


def test_corr2d_value(corr2d):
    """Each element of the result is the sum of a window of x times the kernel, which is not turned."""
    assert_matches(corr2d(PICTURE, numbers([1, 0, 2], [-1, 3, 1])), numbers([2, 25], [23, 10]))


def test_corr2d_kernel_at_one_pixel(corr2d):
    """A single bright pixel leaves the kernel behind turned by 180°."""
    x = torch.zeros(5, 5, dtype=torch.float64)
    x[2, 2] = 1
    assert_matches(corr2d(x, HOOK), numbers([0, 0, 3], [2, 0, 1], [0, 1, 1]))


def test_corr2d_shape(corr2d):
    """The result has H - kh + 1 rows and W - kw + 1 columns, for kernels that are not square as well."""
    for shape, kernel in (((5, 3), (2, 3)), ((3, 6), (3, 2)), ((4, 5), (1, 4)), ((2, 3), (1, 1))):
        x, k = randn(*shape, seed=201), randn(*kernel, seed=202)
        agree(corr2d, lambda x, k: torchs_own(x[None, None], k[None, None])[0, 0], x, k)


# conv_output_shape


def test_output_shape_kernel(conv_output_shape):
    """Each axis becomes n - k + 1 long; the result is a pair of ints, the height first."""
    assert_matches(conv_output_shape((9, 7), (3, 2)), (7, 6))
    assert_matches(conv_output_shape(28, 5), (24, 24))
    assert_matches(conv_output_shape((6, 11), 4), (3, 8))


def test_output_shape_padding(conv_output_shape):
    """Padding is added on both sides of an axis."""
    assert_matches(conv_output_shape(10, 5, padding=2), (10, 10))
    assert_matches(conv_output_shape((4, 9), (2, 3), padding=(0, 3)), (3, 13))


def test_output_shape_stride(conv_output_shape):
    """The kernel's way, n + 2p - k, is divided by the stride and rounded down before 1 is added."""
    assert_matches(conv_output_shape(9, 3, 2), (4, 4))
    assert_matches(conv_output_shape((8, 9), 3, 3), (2, 3))
    assert_matches(conv_output_shape((12, 13), (4, 3), stride=(3, 4)), (3, 3))


def test_output_shape_stride_and_padding(conv_output_shape):
    """Stride and padding work together."""
    assert_matches(conv_output_shape(224, 11, 4, 1), (54, 54))
    assert_matches(conv_output_shape((10, 7), (4, 5), (3, 2), (1, 2)), (3, 4))


def test_output_shape_kernel_fits(conv_output_shape):
    """ValueError is raised where the kernel is larger than the padded picture, on one axis or on both."""
    for arguments in ((3, 4), ((5, 3), (4, 4)), ((3, 5), (4, 4)), (2, 5, 1, 1), ((9, 2), 4, 1, (1, 0))):
        assert_raises(conv_output_shape, *arguments)


def test_output_shape_stride_is_at_least_1(conv_output_shape):
    """ValueError is raised for a stride below 1, also where it is one of a pair."""
    for stride in (0, -1, (0, 1), (1, 0), (2, -1)):
        assert_raises(conv_output_shape, 7, 3, stride)


# true_convolution2d


def test_convolution_value(true_convolution2d):
    """The result is the cross-correlation of x with the kernel turned by 180°."""
    assert_matches(true_convolution2d(PICTURE, numbers([1, 0, 2], [-1, 3, 1])), numbers([20, 1], [2, 25]))


def test_convolution_of_one_pixel(true_convolution2d):
    """A single bright pixel leaves the kernel behind as it is."""
    x = torch.zeros(5, 5, dtype=torch.float64)
    x[2, 2] = 1
    assert_matches(true_convolution2d(x, HOOK), HOOK)


def test_convolution_shape(true_convolution2d):
    """The result has H - kh + 1 rows and W - kw + 1 columns, for kernels that are not square as well."""
    x = torch.zeros(3, 7, dtype=torch.float64)
    x[1, 3] = 2
    k = numbers([1, 2, 3, 4], [5, 6, 7, 8])
    assert_matches(true_convolution2d(x, k), 2 * k)
    assert_matches(true_convolution2d(x.mT, k.mT), 2 * k.mT)


# conv2d


def test_windows_times_kernels(conv2d):
    """Each output element is the sum of a window over all input channels times the kernel, which is not flipped."""
    agree(conv2d, torchs_own, randn(2, 2, 5, 4, seed=1), randn(3, 2, 2, 3, seed=2))


def test_bias(conv2d):
    """Each output channel has its own number added, once per element."""
    agree(conv2d, torchs_own, randn(1, 2, 4, 4, seed=3), randn(3, 2, 3, 2, seed=4), 3 * randn(3, seed=5))


def test_stride_as_int(conv2d):
    """An int as stride moves the window by so many steps on both axes, as long as it stays inside."""
    agree(conv2d, torchs_own, randn(2, 1, 6, 7, seed=6), randn(2, 1, 3, 2, seed=7), stride=2)


def test_padding_as_int(conv2d):
    """An int as padding frames the image with so many zeros on all four sides."""
    agree(conv2d, torchs_own, randn(2, 1, 3, 4, seed=8), randn(2, 1, 2, 3, seed=9), padding=1)


def test_pairs(conv2d):
    """Stride and padding may be pairs: the first number is for the height, the second for the width."""
    x, weight = randn(1, 2, 5, 6, seed=10), randn(2, 2, 3, 2, seed=11)
    agree(conv2d, torchs_own, x, weight, stride=(2, 1))
    agree(conv2d, torchs_own, x, weight, padding=(0, 1))
    agree(conv2d, torchs_own, x, weight, None, (1, 3), (2, 1))


def test_channels_match(conv2d):
    """ValueError is raised where x has another number of channels than weight."""
    for given, asked in ((3, 2), (2, 3), (4, 2), (3, 1), (1, 3)):
        assert_raises(conv2d, randn(2, given, 4, 5, seed=12), randn(2, asked, 3, 2, seed=13))


def test_kernel_fits(conv2d):
    """ValueError is raised where the kernel is larger than the padded image, on one axis or on both."""
    x = randn(1, 2, 3, 4, seed=14)
    assert_raises(conv2d, x, randn(2, 2, 5, 6, seed=15))
    assert_raises(conv2d, x, randn(2, 2, 4, 2, seed=16))
    assert_raises(conv2d, x, randn(2, 2, 2, 5, seed=17))
    assert_raises(conv2d, x, randn(2, 2, 6, 2, seed=18), padding=1)
    assert_raises(conv2d, x, randn(2, 2, 2, 5, seed=19), padding=(1, 0))
    assert_raises(conv2d, x, randn(2, 2, 4, 2, seed=20), None, (2, 1), (0, 1))


def test_stride_is_at_least_1(conv2d):
    """ValueError is raised for a stride below 1, also where it is one of a pair."""
    x, weight = randn(1, 2, 4, 5, seed=21), randn(2, 2, 3, 2, seed=22)
    for stride in (0, (0, 0), -1, (0, 1), (1, 0), (-2, 2), (2, -1)):
        assert_raises(conv2d, x, weight, stride=stride)


# conv1x1


def one_by_one(x, weight, bias=None):
    """Return what torch's own layer makes of it."""
    return F.conv2d(x, weight[:, :, None, None], bias)


def test_conv1x1_mixes_channels(conv1x1):
    """Each output channel is a sum of the input channels, weighted with its own row of weight, pixel by pixel."""
    x = torch.stack([PICTURE, 10 * PICTURE, 100 * PICTURE])[None]
    expected = torch.stack([321 * PICTURE, -99 * PICTURE])[None]
    assert_matches(conv1x1(x, numbers([1, 2, 3], [1, 0, -1])), expected)


def test_conv1x1_batch(conv1x1):
    """Every picture of the batch has a result of its own, of as many rows and columns."""
    agree(conv1x1, one_by_one, randn(2, 3, 2, 4, seed=211), randn(5, 3, seed=212))
    agree(conv1x1, one_by_one, randn(3, 2, 5, 1, seed=213), randn(4, 2, seed=214))


def test_conv1x1_bias(conv1x1):
    """Each output channel has its own number added, once per element."""
    agree(conv1x1, one_by_one, randn(2, 3, 4, 4, seed=215), randn(4, 3, seed=216), 3 * randn(4, seed=217))


# pool2d


def largest(x, size, stride=None, padding=0, mode="max"):
    """Return what torch's own max-pooling makes of it."""
    return F.max_pool2d(x, size, stride, padding)


def average(x, size, stride=None, padding=0, mode="avg"):
    """Return what torch's own average-pooling makes of it."""
    return F.avg_pool2d(x, size, stride, padding)


def test_pool_largest(pool2d):
    """By default each element is the largest of a window, and windows do not overlap."""
    x = numbers([1, 5, -2, -7], [3, 2, -4, -1], [0, 0, 6, 8], [-3, -5, 9, 7])[None, None]
    assert_matches(pool2d(x, 2), numbers([5, -1], [0, 9])[None, None])


def test_pool_average(pool2d):
    """With mode="avg" each element is the average of a window."""
    x = numbers([1, 5, -2, -7], [3, 2, -4, -1], [0, 0, 6, 8], [-3, -5, 9, 7])[None, None]
    assert_matches(pool2d(x, 2, mode="avg"), numbers([2.75, -3.5], [-2, 7.5])[None, None])


def test_pool_channels(pool2d):
    """Each channel of each picture is pooled on its own; rows and columns that fill no window are left out."""
    x = randn(2, 3, 5, 7, seed=221)
    agree(pool2d, largest, x, 2)
    agree(pool2d, average, x, (3, 2), mode="avg")


def test_pool_stride(pool2d):
    """The stride says by how much the window moves, in height and width; it need not be the window's size."""
    x = randn(1, 2, 6, 7, seed=222)
    agree(pool2d, largest, x, 3, 2)
    agree(pool2d, largest, x, 2, stride=(3, 1))
    agree(pool2d, average, x, (2, 3), (1, 2), mode="avg")


def test_pool_padding_never_wins(pool2d):
    """In max-pooling, padding is never the largest, not even where all elements are negative."""
    x = -1 - randn(1, 2, 3, 4, seed=223).abs()
    agree(pool2d, largest, x, 2, padding=1)
    agree(pool2d, largest, x, (2, 3), 1, (0, 1))


def test_pool_padding_counts_as_zeros(pool2d):
    """In average-pooling, padding counts as zeros, and the sum is divided by the whole window's size."""
    x = 1 + randn(1, 2, 3, 4, seed=224).abs()
    agree(pool2d, average, x, 2, padding=1, mode="avg")
    agree(pool2d, average, x, (2, 3), 1, (0, 1), "avg")


def test_pool_mode(pool2d):
    """ValueError is raised for a mode other than "max" and "avg"."""
    for mode in ("min", "sum", "other"):
        assert_raises(pool2d, randn(1, 2, 4, 6, seed=225), 2, mode=mode)


def test_pool_window_fits(pool2d):
    """ValueError is raised where the window is larger than the padded picture, on one axis or on both, in each mode."""
    x = randn(1, 2, 3, 4, seed=226)
    for size, padding in ((5, 0), ((4, 2), 0), ((2, 5), 0), (6, 1), ((2, 7), (1, 1)), ((6, 4), (1, 2))):
        for mode in ("max", "avg"):
            assert_raises(pool2d, x, size, padding=padding, mode=mode)


# receptive_field


def test_field_without_stride(receptive_field):
    """Without strides, each layer adds its kernel - 1 to the one element one starts with."""
    assert_matches(receptive_field([(3, 1)]), 3)
    assert_matches(receptive_field([(3, 1), (5, 1), (2, 1)]), 8)


def test_field_with_stride(receptive_field):
    """What a layer adds is multiplied by the strides of all layers before it, and not by its own."""
    assert_matches(receptive_field([(3, 2)]), 3)
    assert_matches(receptive_field([(3, 2), (4, 1)]), 9)
    assert_matches(receptive_field([(5, 1), (2, 2), (5, 1), (2, 2)]), 16)


def test_field_of_one_pixel(receptive_field):
    """A layer of one pixel sees no neighbours, but its stride spreads what comes after."""
    assert_matches(receptive_field([(1, 1)]), 1)
    assert_matches(receptive_field([(1, 3), (3, 1), (1, 2)]), 7)
