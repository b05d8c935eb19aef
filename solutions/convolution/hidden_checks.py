"""Checks that only graders have: conv2d."""

import torch

from autograder.calls import Call
from autograder.checking import (
    agree,
    agree_in_gradient,
    assert_device,
    assert_inputs_unchanged,
    observe,
    randn,
)


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
