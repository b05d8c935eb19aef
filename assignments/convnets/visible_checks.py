"""Checks that students have.

`run_network` builds the network, gives fixed numbers to its parameters, whatever they are called, and runs it.
"""

from functools import partial

import torch

from autograder.checking import agree, assert_matches, randn
from autograder.helpers import run_network


def shape(value):
    """Return a tensor's shape; what is no tensor as it is."""
    return tuple(value.shape) if isinstance(value, torch.Tensor) else value


def assert_built(got, parameters, output):
    """Assert the shapes of a network's parameters, and of what it returns.

    Pictures are float32 here: layers that the network does not know of as its own still run on them.
    """
    assert_matches(got["parameters"], sorted(parameters), what="the shapes of all parameters, sorted")
    assert_matches(shape(got["output"]), output, what="the shape of the output")


def assert_output(got, size, numbers, dtype=torch.float64, tolerance=1e-5):
    """Assert the numbers that come out."""
    expected = torch.tensor(numbers, dtype=dtype).reshape(size)
    assert_matches(got["output"], expected, what="the output", tolerance=tolerance)


# lenet


def test_lenet_layers(lenet):
    """LeNet has two convolutional and three linear layers of the sizes asked for, and gives one number per class."""
    got = lenet.driven_by(run_network)(x=randn(2, 1, 28, 28, seed=1, dtype=torch.float32))
    convolutions = [(6, 1, 5, 5), (6,), (16, 6, 5, 5), (16,)]
    assert_built(got, [*convolutions, (120, 400), (120,), (84, 120), (84,), (10, 84), (10,)], (2, 10))


def test_lenet_scores(lenet):
    """Sigmoids and average-pooling stand where they should, and nothing comes after the last layer."""
    got = lenet.driven_by(run_network)(3, x=randn(2, 1, 28, 28, seed=2))
    assert_output(got, (2, 3), LENET)


# alexnet


def test_alexnet_layers(alexnet):
    """AlexNet has five convolutional and three linear layers of the sizes asked for, and gives one number per class."""
    got = alexnet.driven_by(run_network)(x=randn(1, 1, 224, 224, seed=3, dtype=torch.float32))
    kernels = [(96, 1, 11, 11), (256, 96, 5, 5), (384, 256, 3, 3), (384, 384, 3, 3), (256, 384, 3, 3)]
    weights = [*kernels, (4096, 6400), (4096, 4096), (10, 4096)]
    assert_built(got, [*weights, *((weight[0],) for weight in weights)], (1, 10))


def test_alexnet_scores(alexnet):
    """In evaluation, ReLU and max-pooling stand where they should, and nothing is dropped."""
    got = alexnet.driven_by(run_network)(3, 2, x=randn(1, 2, 224, 224, seed=4, dtype=torch.float32))
    assert_output(got, (1, 3), ALEXNET, torch.float32, tolerance=1e-3)


def test_alexnet_dropout(alexnet):
    """In training, half of what comes into each of the last two linear layers is dropped, the rest is doubled, and no score is dropped."""
    # With weights of 0, what a layer gives depends on its bias alone, and not on what was dropped before it.
    network = alexnet.driven_by(partial(run_network, gain=0.0, inside=True))
    x = torch.zeros(2, 1, 224, 224)
    still, moving = network(x=x), network(x=x, training=True)
    whole, drawn = still["inputs"], moving["inputs"]
    for inputs in (whole, drawn):
        assert_matches(
            [shape(given) for given in inputs], [(2, 6400), (2, 4096), (2, 4096)], what="what comes in"
        )
    assert_matches(
        drawn[0], whole[0], what="what comes into the first linear layer, in training and in evaluation"
    )
    factors = [(drawn[place] / whole[place])[whole[place] > 0].double() for place in (1, 2)]
    # Of 8,192 numbers about half are above 0, and surely 3,600: the standard deviation of the share that is dropped is
    # below 0.0084, so that it rounds to another eighth than 0.5 with a probability below 1e-12 in each layer. What is
    # written down is rounded, so that all runs look alike, and two of them are enough to know a mistake by.
    shares = [round(8 * (factor == 0).double().mean().item()) / 8 for factor in factors]
    kept = [factor[factor != 0] for factor in factors]
    largest = [round(factor.max().item(), 3) if factor.numel() else 0.0 for factor in kept]
    smallest = [round(factor.min().item(), 3) if factor.numel() else 0.0 for factor in kept]
    assert_matches(
        shares, [0.5, 0.5], what="the shares that are dropped before the second and the third linear layer"
    )
    assert_matches(largest, [2.0, 2.0], what="the largest factors of what is kept")
    assert_matches(smallest, [2.0, 2.0], what="the smallest factors of what is kept")
    scores = still["output"], moving["output"]
    same = all(map(torch.is_tensor, scores)) and torch.equal(*scores)
    assert_matches(
        same, True, what="whether the scores are the same in training, as the last layer's weights are 0"
    )


# vgg_block


def test_vgg_layers(vgg_block):
    """The block has num_convs convolutions, 3×3, the first from in_channels, and halves height and width."""
    network = vgg_block.driven_by(run_network)
    got = network(1, 5, 5, x=randn(2, 5, 6, 9, seed=10, dtype=torch.float32))
    assert_built(got, [(5, 5, 3, 3), (5,)], (2, 5, 3, 4))
    got = network(1, 2, 5, x=randn(2, 2, 6, 9, seed=11, dtype=torch.float32))
    assert_built(got, [(5, 2, 3, 3), (5,)], (2, 5, 3, 4))
    got = network(3, 2, 5, x=randn(2, 2, 6, 9, seed=11, dtype=torch.float32))
    assert_built(got, [(5, 2, 3, 3), (5,), (5, 5, 3, 3), (5,), (5, 5, 3, 3), (5,)], (2, 5, 3, 4))


def test_vgg_output(vgg_block):
    """A ReLU follows each convolution, and max-pooling the last."""
    got = vgg_block.driven_by(run_network)(2, 2, 3, x=randn(1, 2, 4, 5, seed=12))
    assert_output(got, (1, 3, 2, 2), VGG)


# nin_block


def test_nin_layers(nin_block):
    """The block has one convolution with the kernel, stride and padding given, and two of 1×1."""
    got = nin_block.driven_by(run_network)(2, 5, 3, 2, 1, x=randn(2, 2, 7, 10, seed=13, dtype=torch.float32))
    assert_built(got, [(5, 2, 3, 3), (5,), (5, 5, 1, 1), (5,), (5, 5, 1, 1), (5,)], (2, 5, 4, 5))


def test_nin_output(nin_block):
    """A ReLU follows each of the three convolutions."""
    got = nin_block.driven_by(run_network)(3, 6, 3, 2, 1, x=randn(1, 3, 3, 4, seed=14))
    assert_output(got, (1, 6, 2, 2), NIN)


# inception_block


def test_inception_layers(inception_block):
    """Four branches with six convolutions in all keep height and width, and are joined over the channels."""
    got = inception_block.driven_by(run_network)(
        4, 2, (5, 3), (6, 7), 8, x=randn(2, 4, 5, 3, seed=15, dtype=torch.float32)
    )
    weights = [(2, 4, 1, 1), (5, 4, 1, 1), (3, 5, 3, 3), (6, 4, 1, 1), (7, 6, 5, 5), (8, 4, 1, 1)]
    assert_built(got, [*weights, *((weight[0],) for weight in weights)], (2, 20, 5, 3))


def test_inception_output(inception_block):
    """The branches come in the order of the arguments, and a ReLU follows each convolution."""
    got = inception_block.driven_by(run_network)(4, 1, (3, 1), (6, 2), 2, x=randn(1, 4, 2, 2, seed=31))
    assert_output(got, (1, 6, 2, 2), INCEPTION)


# residual_block


def test_residual_layers(residual_block):
    """Where the shape stays, the block has two convolutions, each with batch norm, and nothing else to learn."""
    got = residual_block.driven_by(run_network)(3, 3, x=randn(2, 3, 4, 5, seed=17, dtype=torch.float32))
    assert_built(got, [(3, 3, 3, 3), (3, 3, 3, 3), *[(3,)] * 6], (2, 3, 4, 5))


def test_residual_change_of_shape(residual_block):
    """Where channels change or the stride is not 1, the input goes through a 1×1 convolution with that stride."""
    for channels, stride, size in ((5, 1, (5, 4)), (2, 2, (3, 2)), (5, 3, (2, 2))):
        got = residual_block.driven_by(run_network)(
            2, channels, stride, x=randn(2, 2, 5, 4, seed=18, dtype=torch.float32)
        )
        weights = [(channels, 2, 3, 3), (channels, channels, 3, 3), (channels, 2, 1, 1)]
        assert_built(got, [*weights, *[(channels,)] * 7], (2, channels, *size))


def test_residual_training(residual_block):
    """In training mode, batch norm uses the batch; the input is added before the last ReLU."""
    network = residual_block.driven_by(partial(run_network, training=True))
    assert_output(network(2, 2, x=randn(2, 2, 2, 3, seed=19)), (2, 2, 2, 3), RESIDUAL)


def test_residual_evaluation(residual_block):
    """In evaluation mode, batch norm uses its running statistics."""
    got = residual_block.driven_by(run_network)(2, 3, 2, x=randn(1, 2, 3, 4, seed=20))
    assert_output(got, (1, 3, 2, 2), RESIDUAL_STRIDE)


# global_average_pool


def test_average_value(global_average_pool):
    """Each channel of each picture becomes the average over its height and width."""
    x = torch.tensor([[[[1.0, 2, 6], [3, 4, 2]], [[0, 0, 0], [3, 0, 0]]]], dtype=torch.float64)
    assert_matches(global_average_pool(x), torch.tensor([[3.0, 0.5]], dtype=torch.float64))


def test_average_batch(global_average_pool):
    """The result has one row per picture and one column per channel."""
    x = randn(3, 4, 2, 5, seed=21)
    agree(global_average_pool, lambda x: torch.nn.functional.adaptive_avg_pool2d(x, 1).flatten(1), x)


# What comes out with the fixed numbers.

# fmt: off
LENET = [-3.117225, -2.954419, -2.851943, -3.108192, -3.014465, -2.895535]
ALEXNET = [-133.845, 121.712, -84.319]
VGG = [
    1.474048, 1.819443, 6.585890, 6.435837, 4.160469, 4.550153, 2.305000, 4.282700,
    0.632670, 4.085315, 1.453628, 0.0,
]
NIN = [
    1.380011, 0.0, 3.431291, 2.567429, 0.0, 0.0, 1.310013, 1.596983,
    6.075057, 26.372032, 5.955296, 6.583212, 0.000190, 0.0, 0.0, 0.0,
    5.173206, 15.478194, 7.432919, 5.650285, 4.975753, 30.844181, 11.275431, 10.842312,
]
INCEPTION = [
    0.0, 2.347322, 0.478458, 3.750247, 0.0, 0.0, 0.0, 5.385616,
    2.887348, 1.206037, 3.314075, 0.0, 2.728949, 1.212743, 0.0, 0.296720,
    5.633532, 5.633532, 5.633532, 5.633532, 4.603938, 4.603938, 4.603938, 4.603938,
]
RESIDUAL = [
    0.0, 0.328120, 0.612688, 0.0, 0.0, 0.0, 0.068646, 0.0,
    0.036870, 0.0, 0.0, 0.0, 0.950224, 1.771995, 0.283211, 0.0,
    0.0, 2.215123, 0.0, 0.0, 0.0, 1.842075, 0.0, 0.925246,
]
RESIDUAL_STRIDE = [0.0, 0.0, 0.0, 0.0, 1.844192, 4.572753, 4.177284, 0.0, 0.0, 3.476865, 0.0, 0.0]
# fmt: on
