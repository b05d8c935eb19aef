"""Checks that students have: conv2d."""

import torch

from autograder.checking import agree, assert_raises, randn


def torchs_own(x, weight, bias=None, stride=1, padding=0):
    """Return what torch's own layer makes of it."""
    return torch.nn.functional.conv2d(x, weight, bias, stride, padding)


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
