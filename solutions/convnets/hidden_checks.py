"""Checks that only graders have."""

from functools import partial

import torch

from autograder.checking import (
    agree,
    agree_in_gradient,
    assert_device,
    assert_inputs_unchanged,
    randn,
)
from autograder.helpers import run_network

TRAINING = partial(run_network, training=True)


# lenet


def test_lenet_classes(lenet, reference):
    """There may be any number of classes and of pictures, and LeNet does the same in training and in evaluation."""
    for classes, pictures in ((7, 3), (1, 1), (26, 2)):
        for run in (run_network, TRAINING):
            agree(lenet.driven_by(run), reference, classes, x=randn(pictures, 1, 28, 28, seed=101))
    agree(lenet.driven_by(run_network), reference, num_classes=4, x=randn(5, 1, 28, 28, seed=102))


def test_lenet_gradients(lenet, reference):
    """Gradients flow through the whole network."""
    agree_in_gradient(lenet.driven_by(run_network), reference, x=randn(2, 1, 28, 28, seed=103))


def test_lenet_float32(lenet, reference):
    """float32 pictures give float32 results, as layers are made by default."""
    agree(lenet.driven_by(run_network), reference, x=randn(2, 1, 28, 28, seed=104, dtype=torch.float32))


# alexnet


def test_alexnet_channels_and_classes(alexnet, reference):
    """There may be any number of pictures, of input channels and of classes, given by name, too."""
    network = alexnet.driven_by(run_network)
    for pictures, channels, classes in ((2, 3, 7), (1, 5, 1)):
        x = torch.empty(pictures, channels, 224, 224, device="meta")  # shapes alone, which cost nothing
        agree(network, reference, num_classes=classes, in_channels=channels, x=x)


# vgg_block


def test_vgg_sizes(vgg_block, reference):
    """There may be any number of convolutions, of channels and of pixels, odd ones too."""
    for arguments, size in (((1, 3, 7), (2, 3, 5, 8)), ((4, 2, 3), (1, 2, 9, 2)), ((2, 5, 5), (3, 5, 6, 7))):
        for run in (run_network, TRAINING):
            agree(vgg_block.driven_by(run), reference, *arguments, x=randn(*size, seed=121))
    x = randn(2, 1, 4, 4, seed=122)
    agree(vgg_block.driven_by(run_network), reference, out_channels=4, in_channels=1, num_convs=2, x=x)


def test_vgg_gradients(vgg_block, reference):
    """Gradients flow through the whole block."""
    agree_in_gradient(vgg_block.driven_by(run_network), reference, 2, 2, 5, x=randn(2, 2, 6, 5, seed=123))


def test_vgg_float32(vgg_block, reference):
    """float32 pictures give float32 results, as layers are made by default."""
    x = randn(2, 2, 6, 5, seed=124, dtype=torch.float32)
    agree(vgg_block.driven_by(run_network), reference, 2, 2, 5, x=x)


# nin_block


def test_nin_sizes(nin_block, reference):
    """Kernel size, stride and padding may be any numbers, and so may channels and pixels."""
    for arguments, size in (
        ((3, 7, 11, 4, 0), (2, 3, 19, 27)),
        ((2, 6, 5, 1, 2), (1, 2, 4, 6)),
        ((5, 5, 2, 3, 1), (3, 5, 9, 8)),
        ((4, 3, 1, 1, 0), (2, 4, 3, 5)),
    ):
        for run in (run_network, TRAINING):
            agree(nin_block.driven_by(run), reference, *arguments, x=randn(*size, seed=131))
    sizes = {"padding": 1, "stride": 2, "kernel_size": 3, "out_channels": 4, "in_channels": 2}
    agree(nin_block.driven_by(run_network), reference, **sizes, x=randn(1, 2, 6, 5, seed=132))


def test_nin_gradients(nin_block, reference):
    """Gradients flow through the whole block."""
    agree_in_gradient(
        nin_block.driven_by(run_network), reference, 2, 6, 3, 2, 1, x=randn(2, 2, 6, 5, seed=133)
    )


def test_nin_float32(nin_block, reference):
    """float32 pictures give float32 results, as layers are made by default."""
    x = randn(2, 2, 6, 5, seed=134, dtype=torch.float32)
    agree(nin_block.driven_by(run_network), reference, 2, 6, 3, 2, 1, x=x)


# inception_block: sizes of 1×1 convolutions are all different, so that each branch gets its own numbers in any order.


def test_inception_sizes(inception_block, reference):
    """Channels of each branch and pixels may be any numbers."""
    for arguments, size in (
        ((3, 4, (6, 9), (5, 2), 7), (2, 3, 7, 4)),
        ((6, 2, (3, 4), (1, 8), 5), (1, 6, 1, 5)),
        ((2, 8, (3, 3), (4, 4), 6), (3, 2, 9, 8)),
    ):
        for run in (run_network, TRAINING):
            agree(inception_block.driven_by(run), reference, *arguments, x=randn(*size, seed=141))
    channels = {"c4": 2, "c3": (5, 4), "c2": (3, 6), "c1": 1, "in_channels": 4}
    agree(inception_block.driven_by(run_network), reference, **channels, x=randn(1, 4, 6, 5, seed=142))


def test_inception_branches_alike(inception_block, reference):
    """Each convolution has parameters of its own, also where several of them have as many channels."""
    x = torch.empty(2, 3, 5, 4, device="meta")  # shapes alone: like layers may be used in any order
    for arguments in ((3, 4, (4, 5), (4, 2), 4), (3, 2, (4, 5), (4, 5), 6)):
        agree(inception_block.driven_by(run_network), reference, *arguments, x=x)


def test_inception_gradients(inception_block, reference):
    """Gradients flow through all branches."""
    x = randn(2, 3, 6, 5, seed=143)
    agree_in_gradient(inception_block.driven_by(run_network), reference, 3, 4, (6, 9), (5, 2), 7, x=x)


def test_inception_float32(inception_block, reference):
    """float32 pictures give float32 results, as layers are made by default."""
    x = randn(2, 3, 6, 5, seed=144, dtype=torch.float32)
    agree(inception_block.driven_by(run_network), reference, 3, 4, (6, 9), (5, 2), 7, x=x)


# residual_block


def test_residual_sizes(residual_block, reference):
    """Channels, stride and pixels may be any numbers, in training and in evaluation."""
    for arguments, size in (
        ((5, 5), (3, 5, 6, 4)),
        ((3, 7), (2, 3, 5, 8)),
        ((4, 4, 2), (2, 4, 7, 6)),
        ((6, 2, 3), (3, 6, 9, 10)),
        ((2, 3, 2), (4, 2, 1, 5)),
    ):
        for run in (run_network, TRAINING):
            agree(residual_block.driven_by(run), reference, *arguments, x=randn(*size, seed=151))
    sizes = {"stride": 2, "out_channels": 4, "in_channels": 3}
    agree(residual_block.driven_by(run_network), reference, **sizes, x=randn(2, 3, 6, 5, seed=152))


def test_residual_gradients(residual_block, reference):
    """Gradients flow through the layers and around them."""
    for arguments in ((3, 3), (3, 5, 2)):
        for run in (run_network, TRAINING):
            agree_in_gradient(
                residual_block.driven_by(run), reference, *arguments, x=randn(2, 3, 6, 5, seed=153)
            )


def test_residual_float32(residual_block, reference):
    """float32 pictures give float32 results, as layers are made by default."""
    x = randn(2, 3, 6, 5, seed=154, dtype=torch.float32)
    agree(residual_block.driven_by(run_network), reference, 3, 5, 2, x=x)


# global_average_pool


def element_by_element(x):
    """Add up and divide."""
    rows = [[sum(map(sum, channel)) / (len(channel) * len(channel[0])) for channel in p] for p in x.tolist()]
    return torch.tensor(rows, dtype=x.dtype)


def test_average_sizes(global_average_pool):
    """Batch, channels, height and width may be any numbers, one too."""
    for size in ((2, 3, 5, 7), (1, 4, 3, 2), (5, 1, 2, 6), (3, 2, 1, 1), (1, 1, 4, 1), (4, 4, 4, 4)):
        agree(global_average_pool, element_by_element, randn(*size, seed=161))
    agree(global_average_pool, element_by_element, randn(2, 5, 3, 4, seed=162).permute(0, 3, 1, 2))


def test_average_gradients(global_average_pool, reference):
    """Gradients flow to x."""
    agree_in_gradient(global_average_pool, reference, randn(2, 3, 5, 4, seed=163))


def test_average_float32(global_average_pool, reference):
    """float32 pictures give a float32 result."""
    agree(global_average_pool, reference, randn(2, 3, 5, 4, seed=164, dtype=torch.float32))


def test_average_leaves_x_alone(global_average_pool):
    """x is not changed."""
    assert_inputs_unchanged(global_average_pool, randn(2, 3, 5, 4, seed=165))


def test_average_device(global_average_pool):
    """Whatever is made is made on the device of x."""
    assert_device(global_average_pool, randn(2, 3, 5, 4, seed=166))
