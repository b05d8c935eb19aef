"""Wrong answers that students give, each with the sentence they are told."""

import torch
import torch.nn.functional as F
from torch import nn

from autograder.authoring import answer


class Changed(nn.Module):
    """Run a right network and change what comes out."""

    def __init__(self, network, change):
        super().__init__()
        self.network, self.change = network, change

    def forward(self, x):
        return self.change(self.network(x))


class WithoutGraph(nn.Module):
    """Run a right network without recording anything."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    @torch.no_grad()
    def forward(self, x):
        return self.network(x)


# lenet


def features(activation=nn.Sigmoid, pool=nn.AvgPool2d, kernel=5, padding=(2, 0), bias=True):
    """Return the layers of LeNet up to the flattening."""
    return [
        nn.Conv2d(1, 6, kernel, padding=padding[0], bias=bias),
        activation(),
        pool(2),
        nn.Conv2d(6, 16, kernel, padding=padding[1], bias=bias),
        activation(),
        pool(2),
        nn.Flatten(),
    ]


def classifier(num_classes, activation=nn.Sigmoid, inputs=400, bias=True):
    """Return the layers of LeNet after the flattening."""
    return [
        nn.Linear(inputs, 120, bias),
        activation(),
        nn.Linear(120, 84, bias),
        activation(),
        nn.Linear(84, num_classes, bias),
    ]


@answer("lenet")
def relu_for_sigmoid(num_classes=10):
    """The activations are ReLUs; LeNet has sigmoids."""
    return nn.Sequential(*features(nn.ReLU), *classifier(num_classes, nn.ReLU))


@answer("lenet")
def tanh_for_sigmoid(num_classes=10):
    """The activations are tanh; here LeNet has sigmoids."""
    return nn.Sequential(*features(nn.Tanh), *classifier(num_classes, nn.Tanh))


@answer("lenet")
def max_pooling(num_classes=10):
    """The largest element of each window is taken; LeNet takes the average."""
    return nn.Sequential(*features(pool=nn.MaxPool2d), *classifier(num_classes))


@answer("lenet")
def first_padding_missing(num_classes=10):
    """The first convolution has no padding; with padding 2 it keeps the 28×28."""
    return nn.Sequential(*features(padding=(0, 0)), *classifier(num_classes, inputs=256))


@answer("lenet")
def padding_in_both(num_classes=10):
    """Both convolutions have padding 2; only the first one has."""
    return nn.Sequential(*features(padding=(2, 2)), *classifier(num_classes, inputs=784))


@answer("lenet")
def kernels_of_3(num_classes=10):
    """The kernels are 3×3; LeNet's are 5×5."""
    return nn.Sequential(*features(kernel=3, padding=(1, 0)), *classifier(num_classes, inputs=576))


@answer("lenet")
def overlapping_windows(num_classes=10):
    """The pooling windows move by 1; they move by 2, their own size."""
    layers = features(pool=lambda size: nn.AvgPool2d(size, stride=1))
    return nn.Sequential(*layers, *classifier(num_classes, inputs=16 * 22 * 22))


@answer("lenet")
def pooled_before_the_sigmoid(num_classes=10):
    """Pooling comes before the sigmoid; the sigmoid comes right after the convolution."""
    layers = features()
    layers[1], layers[2], layers[4], layers[5] = layers[2], layers[1], layers[5], layers[4]
    return nn.Sequential(*layers, *classifier(num_classes))


@answer("lenet")
def no_activation_after_convolutions(num_classes=10):
    """No sigmoid follows the convolutions."""
    return nn.Sequential(*features(nn.Identity), *classifier(num_classes))


@answer("lenet")
def no_activation_between_linear_layers(num_classes=10):
    """No sigmoid follows the linear layers, so the three of them are one."""
    return nn.Sequential(*features(), *classifier(num_classes, nn.Identity))


@answer("lenet")
def softmax_at_the_end(num_classes=10):
    """A softmax follows the last layer; the result is the last linear layer's."""
    return nn.Sequential(*features(), *classifier(num_classes), nn.Softmax(dim=1))


@answer("lenet")
def sigmoid_at_the_end(num_classes=10):
    """A sigmoid follows the last layer; the result is the last linear layer's."""
    return nn.Sequential(*features(), *classifier(num_classes), nn.Sigmoid())


@answer("lenet")
def linear_84_missing(num_classes=10):
    """The linear layer of 84 units is missing."""
    return nn.Sequential(*features(), nn.Linear(400, 120), nn.Sigmoid(), nn.Linear(120, num_classes))


@answer("lenet")
def always_ten_classes(num_classes=10):
    """The last layer always has 10 outputs; it has num_classes."""
    return nn.Sequential(*features(), *classifier(10))


@answer("lenet")
def convolutions_without_bias(num_classes=10):
    """The convolutions have no bias; they have one, as by default."""
    return nn.Sequential(*features(bias=False), *classifier(num_classes))


@answer("lenet")
def linear_layers_without_bias(num_classes=10):
    """The linear layers have no bias; they have one, as by default."""
    return nn.Sequential(*features(), *classifier(num_classes, bias=False))


@answer("lenet")
def layers_in_a_plain_list(num_classes=10):
    """The layers are in a plain list, so the network does not know their parameters; use nn.Sequential or nn.ModuleList."""

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = [*features(), *classifier(num_classes)]

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return x

    return Net()


@answer("lenet")
def lenet_without_a_graph(num_classes=10):
    """The network runs without a graph (no_grad or detach in forward), so no gradient reaches its parameters."""
    return WithoutGraph(nn.Sequential(*features(), *classifier(num_classes)))


@answer("lenet")
def lenet_in_float64(num_classes=10):
    """The result is float64 whatever the dtype of the pictures."""
    return Changed(nn.Sequential(*features(), *classifier(num_classes)), lambda y: y.double())


@answer("lenet")
def no_sigmoid_after_the_first_convolution(num_classes=10):
    """No sigmoid follows the first convolution."""
    layers = [*features(), *classifier(num_classes)]
    layers[1] = nn.Identity()
    return nn.Sequential(*layers)


@answer("lenet")
def no_sigmoid_after_the_second_convolution(num_classes=10):
    """No sigmoid follows the second convolution."""
    layers = [*features(), *classifier(num_classes)]
    layers[4] = nn.Identity()
    return nn.Sequential(*layers)


@answer("lenet")
def no_sigmoid_after_linear_120(num_classes=10):
    """No sigmoid follows the linear layer to 120."""
    layers = [*features(), *classifier(num_classes)]
    layers[8] = nn.Identity()
    return nn.Sequential(*layers)


@answer("lenet")
def no_sigmoid_after_linear_84(num_classes=10):
    """No sigmoid follows the linear layer to 84."""
    layers = [*features(), *classifier(num_classes)]
    layers[10] = nn.Identity()
    return nn.Sequential(*layers)


@answer("lenet")
def second_pooling_before_the_sigmoid(num_classes=10):
    """The second pooling comes before the sigmoid; the sigmoid comes right after the convolution."""
    layers = [*features(), *classifier(num_classes)]
    layers[4], layers[5] = layers[5], layers[4]
    return nn.Sequential(*layers)


@answer("lenet")
def log_softmax_at_the_end(num_classes=10):
    """A log-softmax follows the last layer; the result is the last linear layer's."""
    return nn.Sequential(*features(), *classifier(num_classes), nn.LogSoftmax(1))


@answer("lenet")
def flattened_with_channels_last(num_classes=10):
    """The channels are moved to the end before flattening; flatten (n, c, h, w) as it is."""
    change = Changed(nn.Sequential(*features()[:-1]), lambda y: y.permute(0, 2, 3, 1).flatten(1))
    return nn.Sequential(change, *classifier(num_classes))


@answer("lenet")
def windows_of_3(num_classes=10):
    """The first pooling window is 3×3 with padding; windows are 2×2 and do not overlap."""
    layers = [*features(), *classifier(num_classes)]
    layers[2] = nn.AvgPool2d(3, 2, 1)
    return nn.Sequential(*layers)


@answer("lenet")
def border_pixels_repeated(num_classes=10):
    """The first convolution pads with the border pixels; it pads with zeros."""
    layers = [*features(), *classifier(num_classes)]
    layers[0] = nn.Conv2d(1, 6, 5, padding=2, padding_mode="replicate")
    return nn.Sequential(*layers)


@answer("lenet")
def dropout_before_the_last_layer(num_classes=10):
    """There is dropout before the last layer; LeNet has none."""
    layers = [*features(), *classifier(num_classes)]
    return nn.Sequential(*layers[:-1], nn.Dropout(0.5), layers[-1])


@answer("lenet")
def linear_of_100(num_classes=10):
    """The second linear layer has 100 outputs; it has 84."""
    linear = [nn.Linear(120, 100), nn.Sigmoid(), nn.Linear(100, num_classes)]
    return nn.Sequential(*features(), nn.Linear(400, 120), nn.Sigmoid(), *linear)


@answer("lenet")
def batch_norm_added(num_classes=10):
    """There is batch norm after a convolution; this LeNet has none."""
    layers = [*features(), *classifier(num_classes)]
    return nn.Sequential(*layers[:4], nn.BatchNorm2d(16), *layers[4:])


@answer("lenet")
def relu_after_convolutions(num_classes=10):
    """ReLUs follow the convolutions; LeNet has sigmoids."""
    return nn.Sequential(*features(nn.ReLU), *classifier(num_classes))


@answer("lenet")
def relu_after_linear_layers(num_classes=10):
    """ReLUs follow the linear layers; LeNet has sigmoids."""
    return nn.Sequential(*features(), *classifier(num_classes, nn.ReLU))


@answer("lenet")
def second_pooling_takes_the_largest(num_classes=10):
    """The second pooling takes the largest element of each window; it takes the average."""
    layers = [*features(), *classifier(num_classes)]
    layers[5] = nn.MaxPool2d(2)
    return nn.Sequential(*layers)


@answer("lenet")
def first_pooling_takes_the_largest(num_classes=10):
    """The first pooling takes the largest element of each window; it takes the average."""
    layers = [*features(), *classifier(num_classes)]
    layers[2] = nn.MaxPool2d(2)
    return nn.Sequential(*layers)


# alexnet


def convolutions(in_channels, activation=nn.ReLU, pool=lambda: nn.MaxPool2d(3, 2), padding=1, bias=True):
    """Return the layers of AlexNet up to the flattening."""
    sizes = [(in_channels, 96, 11, 4, padding), (96, 256, 5, 1, 2)]
    sizes += [(256, 384, 3, 1, 1), (384, 384, 3, 1, 1), (384, 256, 3, 1, 1)]
    layers = []
    for place, size in enumerate(sizes):
        layers += [nn.Conv2d(*size, bias=bias), activation()]
        if place in (0, 1, 4):
            layers.append(pool())
    return [*layers, nn.Flatten()]


def dense(
    num_classes,
    activation=nn.ReLU,
    first=lambda: nn.Dropout(0.5),
    second=lambda: nn.Dropout(0.5),
    inputs=6400,
):
    """Return the layers of AlexNet after the flattening."""
    return [
        nn.Linear(inputs, 4096),
        activation(),
        first(),
        nn.Linear(4096, 4096),
        activation(),
        second(),
        nn.Linear(4096, num_classes),
    ]


class AlwaysDropped(nn.Module):
    def forward(self, x):
        return F.dropout(x, 0.5)


@answer("alexnet")
def no_dropout(num_classes=10, in_channels=1):
    """There is no dropout; it follows each of the two large linear layers."""
    return nn.Sequential(
        *convolutions(in_channels), *dense(num_classes, first=nn.Identity, second=nn.Identity)
    )


@answer("alexnet")
def second_dropout_missing(num_classes=10, in_channels=1):
    """Dropout follows the first large linear layer only; it follows the second one, too."""
    return nn.Sequential(*convolutions(in_channels), *dense(num_classes, second=nn.Identity))


@answer("alexnet")
def first_dropout_missing(num_classes=10, in_channels=1):
    """Dropout follows the second large linear layer only; it follows the first one, too."""
    return nn.Sequential(*convolutions(in_channels), *dense(num_classes, first=nn.Identity))


@answer("alexnet")
def dropout_before_the_linear_layers(num_classes=10, in_channels=1):
    """Dropout stands before each of the large linear layers; it comes after them."""
    layers = dense(num_classes, second=nn.Identity)
    return nn.Sequential(*convolutions(in_channels), nn.Dropout(0.5), *layers)


@answer("alexnet")
def dropout_of_a_quarter(num_classes=10, in_channels=1):
    """Dropout has another p; AlexNet has p = 0.5."""
    layers = dense(num_classes, first=lambda: nn.Dropout(0.25), second=lambda: nn.Dropout(0.25))
    return nn.Sequential(*convolutions(in_channels), *layers)


@answer("alexnet")
def dropout_in_evaluation(num_classes=10, in_channels=1):
    """Dropout is active in evaluation, too (F.dropout without training=self.training)."""
    layers = dense(num_classes, first=AlwaysDropped, second=AlwaysDropped)
    return nn.Sequential(*convolutions(in_channels), *layers)


@answer("alexnet")
def first_padding_of_2(num_classes=10, in_channels=1):
    """The first convolution has padding 2, as in another version of AlexNet; here it has padding 1."""
    return nn.Sequential(*convolutions(in_channels, padding=2), *dense(num_classes, inputs=256 * 6 * 6))


@answer("alexnet")
def first_padding_of_0(num_classes=10, in_channels=1):
    """The first convolution has no padding; it has padding 1, which shows in the numbers, not in the size."""
    return nn.Sequential(*convolutions(in_channels, padding=0), *dense(num_classes))


@answer("alexnet")
def average_pooling(num_classes=10, in_channels=1):
    """The average of each window is taken; AlexNet takes the largest element."""
    return nn.Sequential(*convolutions(in_channels, pool=lambda: nn.AvgPool2d(3, 2)), *dense(num_classes))


@answer("alexnet")
def windows_of_2(num_classes=10, in_channels=1):
    """The pooling windows are 2×2; they are 3×3 with stride 2, so that they overlap."""
    layers = convolutions(in_channels, pool=lambda: nn.MaxPool2d(2))
    return nn.Sequential(*layers, *dense(num_classes, inputs=256 * 6 * 6))


@answer("alexnet")
def sigmoids(num_classes=10, in_channels=1):
    """The activations are sigmoids; AlexNet has ReLUs."""
    return nn.Sequential(*convolutions(in_channels, nn.Sigmoid), *dense(num_classes, nn.Sigmoid))


@answer("alexnet")
def no_relu_after_linear_layers(num_classes=10, in_channels=1):
    """No ReLU follows the large linear layers."""
    return nn.Sequential(*convolutions(in_channels), *dense(num_classes, nn.Identity))


@answer("alexnet")
def relu_at_the_end(num_classes=10, in_channels=1):
    """A ReLU follows the last layer; the result is the last linear layer's."""
    return nn.Sequential(*convolutions(in_channels), *dense(num_classes), nn.ReLU())


@answer("alexnet")
def probabilities(num_classes=10, in_channels=1):
    """A softmax follows the last layer; the result is the last linear layer's."""
    return nn.Sequential(*convolutions(in_channels), *dense(num_classes), nn.Softmax(dim=1))


@answer("alexnet")
def always_one_channel(num_classes=10, in_channels=1):
    """The first convolution always takes 1 channel; it takes in_channels."""
    return nn.Sequential(*convolutions(1), *dense(num_classes))


@answer("alexnet")
def ten_classes_always(num_classes=10, in_channels=1):
    """The last layer always has 10 outputs; it has num_classes."""
    return nn.Sequential(*convolutions(in_channels), *dense(10))


@answer("alexnet")
def arguments_in_the_other_order(in_channels=1, num_classes=10):
    """The arguments are in the other order; num_classes comes first."""
    return nn.Sequential(*convolutions(in_channels), *dense(num_classes))


@answer("alexnet")
def no_bias_in_convolutions(num_classes=10, in_channels=1):
    """The convolutions have no bias; they have one, as by default."""
    return nn.Sequential(*convolutions(in_channels, bias=False), *dense(num_classes))


@answer("alexnet")
def scores_dropped(num_classes=10, in_channels=1):
    """There is dropout after the last layer, too; it follows the two large linear layers only."""
    return nn.Sequential(*convolutions(in_channels), *dense(num_classes), nn.Dropout(0.5))


@answer("alexnet")
def one_relu_for_three_convolutions(num_classes=10, in_channels=1):
    """Of the three 3×3 convolutions only the last is followed by a ReLU; each one is."""
    layers = convolutions(in_channels)
    layers[7], layers[9] = nn.Identity(), nn.Identity()
    return nn.Sequential(*layers, *dense(num_classes))


@answer("alexnet")
def no_relu_after_convolutions(num_classes=10, in_channels=1):
    """No ReLU follows the convolutions."""
    return nn.Sequential(*convolutions(in_channels, nn.Identity), *dense(num_classes))


# vgg_block


def vgg(
    num_convs,
    in_channels,
    out_channels,
    kernel=3,
    padding=1,
    activation=nn.ReLU,
    pool=nn.MaxPool2d,
    bias=True,
):
    """Return the layers of a block of VGG."""
    layers = []
    for _ in range(num_convs):
        layers += [nn.Conv2d(in_channels, out_channels, kernel, padding=padding, bias=bias), activation()]
        in_channels = out_channels
    return [*layers, pool(2)]


@answer("vgg_block")
def in_channels_for_all(num_convs, in_channels, out_channels):
    """Every convolution takes in_channels; from the second on they take out_channels."""
    layers = []
    for _ in range(num_convs):
        layers += [nn.Conv2d(in_channels, out_channels, 3, padding=1), nn.ReLU()]
    return nn.Sequential(*layers, nn.MaxPool2d(2))


@answer("vgg_block")
def one_layer_used_again(num_convs, in_channels, out_channels):
    """One convolution is used several times, with the same weights; make a new one each time."""
    first = [nn.Conv2d(in_channels, out_channels, 3, padding=1), nn.ReLU()]
    again = [nn.Conv2d(out_channels, out_channels, 3, padding=1), nn.ReLU()] * (num_convs - 1)
    return nn.Sequential(*first, *again, nn.MaxPool2d(2))


@answer("vgg_block")
def one_convolution_too_many(num_convs, in_channels, out_channels):
    """There is one convolution more than num_convs."""
    return nn.Sequential(*vgg(num_convs + 1, in_channels, out_channels))


@answer("vgg_block")
def always_two_convolutions(num_convs, in_channels, out_channels):
    """There are always two convolutions; there are num_convs."""
    return nn.Sequential(*vgg(2, in_channels, out_channels))


@answer("vgg_block")
def no_pooling(num_convs, in_channels, out_channels):
    """The max-pooling at the end is missing."""
    return nn.Sequential(*vgg(num_convs, in_channels, out_channels)[:-1])


@answer("vgg_block")
def pooling_after_each(num_convs, in_channels, out_channels):
    """Pooling follows each convolution; it comes once, at the end."""
    layers = []
    for _ in range(num_convs):
        layers += [nn.Conv2d(in_channels, out_channels, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        in_channels = out_channels
    return nn.Sequential(*layers)


@answer("vgg_block")
def pooling_first(num_convs, in_channels, out_channels):
    """Pooling comes before the convolutions; it comes after them."""
    layers = vgg(num_convs, in_channels, out_channels)
    return nn.Sequential(layers[-1], *layers[:-1])


@answer("vgg_block")
def pooling_with_stride_1(num_convs, in_channels, out_channels):
    """The pooling window moves by 1; it moves by 2."""
    return nn.Sequential(
        *vgg(num_convs, in_channels, out_channels, pool=lambda size: nn.MaxPool2d(size, stride=1))
    )


@answer("vgg_block")
def pooling_over_3(num_convs, in_channels, out_channels):
    """The pooling window is 3×3; it is 2×2."""
    pool = lambda size: nn.MaxPool2d(3, stride=2, padding=1)  # noqa: E731
    return nn.Sequential(*vgg(num_convs, in_channels, out_channels, pool=pool))


@answer("vgg_block")
def partial_windows_pooled(num_convs, in_channels, out_channels):
    """Windows that hang over the edge are pooled (ceil_mode); leave them out."""
    pool = lambda size: nn.MaxPool2d(size, ceil_mode=True)  # noqa: E731
    return nn.Sequential(*vgg(num_convs, in_channels, out_channels, pool=pool))


@answer("vgg_block")
def averages(num_convs, in_channels, out_channels):
    """The average of each window is taken; take the largest element."""
    return nn.Sequential(*vgg(num_convs, in_channels, out_channels, pool=nn.AvgPool2d))


@answer("vgg_block")
def no_padding(num_convs, in_channels, out_channels):
    """The convolutions have no padding; with padding 1 they keep the size."""
    kernel, padding = 3, 0

    class Net(nn.Sequential):
        def forward(self, x):
            if min(x.shape[2:]) < 2 * num_convs + 2:
                x = F.pad(x, (num_convs, num_convs, num_convs, num_convs))
            return super().forward(x)

    return Net(*vgg(num_convs, in_channels, out_channels, kernel, padding))


@answer("vgg_block")
def kernels_of_5(num_convs, in_channels, out_channels):
    """The kernels are 5×5; they are 3×3."""
    return nn.Sequential(*vgg(num_convs, in_channels, out_channels, 5, 2))


@answer("vgg_block")
def no_relu(num_convs, in_channels, out_channels):
    """No ReLU follows the convolutions."""
    return nn.Sequential(*vgg(num_convs, in_channels, out_channels, activation=nn.Identity))


@answer("vgg_block")
def one_relu_at_the_end(num_convs, in_channels, out_channels):
    """Only the last convolution is followed by a ReLU; each one is."""
    layers = vgg(num_convs, in_channels, out_channels, activation=nn.Identity)
    return nn.Sequential(*layers[:-1], nn.ReLU(), layers[-1])


@answer("vgg_block")
def sigmoid_for_relu(num_convs, in_channels, out_channels):
    """The activations are sigmoids; VGG has ReLUs."""
    return nn.Sequential(*vgg(num_convs, in_channels, out_channels, activation=nn.Sigmoid))


@answer("vgg_block")
def with_batch_norm(num_convs, in_channels, out_channels):
    """Batch norm follows the convolutions; this block has none."""
    activation = lambda: nn.Sequential(nn.BatchNorm2d(out_channels), nn.ReLU())  # noqa: E731
    return nn.Sequential(*vgg(num_convs, in_channels, out_channels, activation=activation))


@answer("vgg_block")
def no_bias(num_convs, in_channels, out_channels):
    """The convolutions have no bias; they have one, as by default."""
    return nn.Sequential(*vgg(num_convs, in_channels, out_channels, bias=False))


@answer("vgg_block")
def channels_in_the_other_order(num_convs, out_channels, in_channels):
    """The arguments are in another order; in_channels comes before out_channels."""
    return nn.Sequential(*vgg(num_convs, in_channels, out_channels))


@answer("vgg_block")
def convolutions_in_a_plain_list(num_convs, in_channels, out_channels):
    """The layers are in a plain list, so the block does not know their parameters; use nn.Sequential or nn.ModuleList."""

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = vgg(num_convs, in_channels, out_channels)

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return x

    return Block()


@answer("vgg_block")
def vgg_without_a_graph(num_convs, in_channels, out_channels):
    """The block runs without a graph (no_grad or detach in forward), so no gradient flows back."""
    return WithoutGraph(nn.Sequential(*vgg(num_convs, in_channels, out_channels)))


@answer("vgg_block")
def vgg_in_float64(num_convs, in_channels, out_channels):
    """The result is float64 whatever the dtype of the pictures."""
    return Changed(nn.Sequential(*vgg(num_convs, in_channels, out_channels)), lambda y: y.double())


@answer("vgg_block")
def relu_missing_after_the_last(num_convs, in_channels, out_channels):
    """No ReLU follows the last convolution; one follows each."""
    layers = vgg(num_convs, in_channels, out_channels)
    return nn.Sequential(*layers[:-2], layers[-1])


@answer("vgg_block")
def relu_missing_after_the_first(num_convs, in_channels, out_channels):
    """No ReLU follows the first convolution; one follows each."""
    layers = vgg(num_convs, in_channels, out_channels)
    return nn.Sequential(layers[0], *layers[2 if num_convs > 1 else 1 :])


@answer("vgg_block")
def out_channels_from_the_last(num_convs, in_channels, out_channels):
    """The channels change in the last convolution; they change in the first one."""
    before = vgg(num_convs - 1, in_channels, in_channels)[:-1]
    return nn.Sequential(*before, *vgg(1, in_channels, out_channels))


# nin_block


def nin(first, channels, activations=(nn.ReLU, nn.ReLU, nn.ReLU), kernel=1, padding=0, ones=2, bias=True):
    """Return the layers of a NiN block after a first convolution."""
    layers = [first, activations[0]()]
    for place in range(ones):
        layers += [
            nn.Conv2d(channels, channels, kernel, padding=padding, bias=bias),
            activations[place + 1](),
        ]
    return nn.Sequential(*layers)


@answer("nin_block")
def one_1x1_missing(in_channels, out_channels, kernel_size, stride, padding):
    """There is one 1×1 convolution; there are two."""
    return nin(nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding), out_channels, ones=1)


@answer("nin_block")
def three_by_three(in_channels, out_channels, kernel_size, stride, padding):
    """The second and the third convolution are 3×3; they are 1×1."""
    first = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
    return nin(first, out_channels, kernel=3, padding=1)


@answer("nin_block")
def no_relu_between_1x1(in_channels, out_channels, kernel_size, stride, padding):
    """No ReLU stands between the two 1×1 convolutions, so they are one."""
    first = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
    return nin(first, out_channels, (nn.ReLU, nn.Identity, nn.ReLU))


@answer("nin_block")
def no_relu_after_the_first(in_channels, out_channels, kernel_size, stride, padding):
    """No ReLU follows the first convolution."""
    first = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
    return nin(first, out_channels, (nn.Identity, nn.ReLU, nn.ReLU))


@answer("nin_block")
def no_relu_at_the_end(in_channels, out_channels, kernel_size, stride, padding):
    """No ReLU follows the last convolution."""
    first = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
    return nin(first, out_channels, (nn.ReLU, nn.ReLU, nn.Identity))


@answer("nin_block")
def stride_not_used(in_channels, out_channels, kernel_size, stride, padding):
    """The stride is not used; the first convolution has it."""
    return nin(nn.Conv2d(in_channels, out_channels, kernel_size, padding=padding), out_channels)


@answer("nin_block")
def padding_not_used(in_channels, out_channels, kernel_size, stride, padding):
    """The padding is not used; the first convolution has it."""
    return nin(nn.Conv2d(in_channels, out_channels, kernel_size, stride), out_channels)


@answer("nin_block")
def stride_and_padding_swapped(in_channels, out_channels, kernel_size, padding, stride):
    """Stride and padding are swapped; the stride comes first."""
    return nin(nn.Conv2d(in_channels, out_channels, kernel_size, max(1, stride), padding), out_channels)


@answer("nin_block")
def stride_in_all(in_channels, out_channels, kernel_size, stride, padding):
    """The 1×1 convolutions have the stride as well; only the first convolution has it."""
    first = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
    layers = nin(first, out_channels)
    for place in (2, 4):
        layers[place].stride = (stride, stride)
    return layers


@answer("nin_block")
def padding_in_all(in_channels, out_channels, kernel_size, stride, padding):
    """The 1×1 convolutions have the padding as well; only the first convolution has it."""
    first = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
    return nin(first, out_channels, padding=padding)


@answer("nin_block")
def pooled_at_the_end(in_channels, out_channels, kernel_size, stride, padding):
    """Max-pooling is part of the block; in NiN it stands between the blocks."""
    first = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
    return nin(first, out_channels).append(nn.MaxPool2d(3, stride=2, padding=1))


@answer("nin_block")
def kernels_of_1_first(in_channels, out_channels, kernel_size, stride, padding):
    """The 1×1 convolutions come first; they come after the convolution with the kernel."""
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, kernel_size, stride, padding),
        nn.ReLU(),
    )


@answer("nin_block")
def nin_without_bias(in_channels, out_channels, kernel_size, stride, padding):
    """The 1×1 convolutions have no bias; they have one, as by default."""
    return nin(nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding), out_channels, bias=False)


@answer("nin_block")
def same_1x1_twice(in_channels, out_channels, kernel_size, stride, padding):
    """One 1×1 convolution is used twice, with the same weights; make two."""
    one = nn.Conv2d(out_channels, out_channels, 1)
    first = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
    return nn.Sequential(first, nn.ReLU(), one, nn.ReLU(), one, nn.ReLU())


@answer("nin_block")
def nin_without_a_graph(in_channels, out_channels, kernel_size, stride, padding):
    """The block runs without a graph (no_grad or detach in forward), so no gradient flows back."""
    return WithoutGraph(nin(nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding), out_channels))


@answer("nin_block")
def nin_in_float64(in_channels, out_channels, kernel_size, stride, padding):
    """The result is float64 whatever the dtype of the pictures."""
    block = nin(nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding), out_channels)
    return Changed(block, lambda y: y.double())


@answer("nin_block")
def sigmoids_for_relus(in_channels, out_channels, kernel_size, stride, padding):
    """The activations are sigmoids; NiN has ReLUs."""
    first = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
    return nin(first, out_channels, (nn.Sigmoid,) * 3)


@answer("nin_block")
def leaky_for_relus(in_channels, out_channels, kernel_size, stride, padding):
    """The activations are leaky ReLUs; NiN has ReLUs."""
    first = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
    return nin(first, out_channels, (lambda: nn.LeakyReLU(0.1),) * 3)


@answer("nin_block")
def padding_that_keeps_the_size(in_channels, out_channels, kernel_size, stride, padding):
    """The padding is half of the kernel; it is what is passed."""
    first = nn.Conv2d(in_channels, out_channels, kernel_size, stride, kernel_size // 2)
    return nin(first, out_channels)


@answer("nin_block")
def three_1x1(in_channels, out_channels, kernel_size, stride, padding):
    """There are three 1×1 convolutions; there are two."""
    first = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
    return nin(first, out_channels, (nn.ReLU,) * 4, ones=3)


@answer("nin_block")
def batch_norm_after_the_first(in_channels, out_channels, kernel_size, stride, padding):
    """Batch norm follows the first convolution; this block has none."""
    first = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
    return nin(nn.Sequential(first, nn.BatchNorm2d(out_channels)), out_channels)


@answer("nin_block")
def dropout_behind_the_block(in_channels, out_channels, kernel_size, stride, padding):
    """There is dropout at the end; this block has none."""
    first = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
    return nn.Sequential(nin(first, out_channels), nn.Dropout(0.5))


@answer("nin_block")
def out_channels_from_the_second(in_channels, out_channels, kernel_size, stride, padding):
    """The first convolution keeps in_channels; it goes to out_channels."""
    first = [nn.Conv2d(in_channels, in_channels, kernel_size, stride, padding), nn.ReLU()]
    ones = [
        nn.Conv2d(in_channels, out_channels, 1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 1),
        nn.ReLU(),
    ]
    return nn.Sequential(*first, *ones)


@answer("nin_block")
def stride_in_the_first_1x1(in_channels, out_channels, kernel_size, stride, padding):
    """The 1×1 convolutions have the stride as well; only the first convolution has it."""
    first = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
    layers = nin(first, out_channels)
    layers[2].stride = (stride, stride)
    return layers


@answer("nin_block")
def one_kernel_size_for_all(in_channels, out_channels, kernel_size, stride, padding):
    """All three convolutions have the kernel size that is passed; the second and the third are 1×1."""
    first = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
    return nin(first, out_channels, kernel=kernel_size, padding=kernel_size // 2)


@answer("nin_block")
def relu_at_the_end_only(in_channels, out_channels, kernel_size, stride, padding):
    """Only the last convolution is followed by a ReLU; each one is."""
    first = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
    return nin(first, out_channels, (nn.Identity, nn.Identity, nn.ReLU))


@answer("nin_block")
def relu_after_the_first_only(in_channels, out_channels, kernel_size, stride, padding):
    """Only the first convolution is followed by a ReLU; each one is."""
    first = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
    return nin(first, out_channels, (nn.ReLU, nn.Identity, nn.Identity))


@answer("nin_block")
def no_relu_in_the_block(in_channels, out_channels, kernel_size, stride, padding):
    """No ReLU follows the convolutions; one follows each."""
    first = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
    return nin(first, out_channels, (nn.Identity,) * 3)


@answer("nin_block")
def pooled_over_3_at_the_end(in_channels, out_channels, kernel_size, stride, padding):
    """Max-pooling is part of the block; in NiN it stands between the blocks."""
    first = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
    return nn.Sequential(nin(first, out_channels), nn.MaxPool2d(3, 2))


# inception_block


def conv(before, after, size, activation=nn.ReLU):
    return nn.Sequential(nn.Conv2d(before, after, size, padding=size // 2), activation())


def four(in_channels, c1, c2, c3, c4, reduce=nn.ReLU, last=nn.ReLU, pool=None):
    """Return the four branches."""
    return [
        conv(in_channels, c1, 1, last),
        nn.Sequential(conv(in_channels, c2[0], 1, reduce), conv(c2[0], c2[1], 3, last)),
        nn.Sequential(conv(in_channels, c3[0], 1, reduce), conv(c3[0], c3[1], 5, last)),
        nn.Sequential(pool or nn.MaxPool2d(3, 1, 1), conv(in_channels, c4, 1, last)),
    ]


class Joined(nn.Module):
    def __init__(self, branches, join=lambda parts: torch.cat(parts, 1)):
        super().__init__()
        self.branches, self.join = nn.ModuleList(branches), join

    def forward(self, x):
        return self.join([branch(x) for branch in self.branches])


@answer("inception_block")
def pooling_branch_first(in_channels, c1, c2, c3, c4):
    """The branch with pooling is joined first; it comes last."""
    branches = four(in_channels, c1, c2, c3, c4)
    return Joined([branches[3], *branches[:3]])


@answer("inception_block")
def branches_2_and_3_swapped(in_channels, c1, c2, c3, c4):
    """The branches with 3×3 and 5×5 are joined in the wrong order; 3×3 comes first."""
    branches = four(in_channels, c1, c2, c3, c4)
    return Joined([branches[place] for place in (0, 2, 1, 3)])


@answer("inception_block")
def kernels_3_and_5_swapped(in_channels, c1, c2, c3, c4):
    """The kernels 3×3 and 5×5 are swapped; c2 belongs to 3×3 and c3 to 5×5."""
    branches = four(in_channels, c1, c2, c3, c4)
    branches[1] = nn.Sequential(conv(in_channels, c2[0], 1), conv(c2[0], c2[1], 5))
    branches[2] = nn.Sequential(conv(in_channels, c3[0], 1), conv(c3[0], c3[1], 3))
    return Joined(branches)


@answer("inception_block")
def pairs_read_backwards(in_channels, c1, c2, c3, c4):
    """c2 and c3 are read backwards; their first number belongs to the 1×1 convolution."""
    return Joined(four(in_channels, c1, c2[::-1], c3[::-1], c4))


@answer("inception_block")
def no_reduction(in_channels, c1, c2, c3, c4):
    """The 1×1 convolutions before 3×3 and 5×5 are missing."""
    branches = four(in_channels, c1, c2, c3, c4)
    branches[1], branches[2] = conv(in_channels, c2[1], 3), conv(in_channels, c3[1], 5)
    return Joined(branches)


@answer("inception_block")
def no_relu_after_the_reduction(in_channels, c1, c2, c3, c4):
    """No ReLU follows the 1×1 convolutions before 3×3 and 5×5; one follows every convolution."""
    return Joined(four(in_channels, c1, c2, c3, c4, reduce=nn.Identity))


@answer("inception_block")
def no_relu_before_joining(in_channels, c1, c2, c3, c4):
    """No ReLU follows the last convolution of each branch; one follows every convolution."""
    return Joined(four(in_channels, c1, c2, c3, c4, last=nn.Identity))


@answer("inception_block")
def no_relu_anywhere(in_channels, c1, c2, c3, c4):
    """There is no ReLU; one follows every convolution."""
    return Joined(four(in_channels, c1, c2, c3, c4, nn.Identity, nn.Identity))


@answer("inception_block")
def average_in_the_fourth_branch(in_channels, c1, c2, c3, c4):
    """The fourth branch takes averages; it takes the largest element."""
    return Joined(four(in_channels, c1, c2, c3, c4, pool=nn.AvgPool2d(3, 1, 1)))


@answer("inception_block")
def no_pooling_in_the_fourth_branch(in_channels, c1, c2, c3, c4):
    """The fourth branch has no pooling before its 1×1 convolution."""
    return Joined(four(in_channels, c1, c2, c3, c4, pool=nn.Identity()))


@answer("inception_block")
def pooling_after_the_1x1(in_channels, c1, c2, c3, c4):
    """The fourth branch pools after its 1×1 convolution; it pools before."""
    branches = four(in_channels, c1, c2, c3, c4)
    branches[3] = nn.Sequential(conv(in_channels, c4, 1), nn.MaxPool2d(3, 1, 1))
    return Joined(branches)


@answer("inception_block")
def fourth_branch_without_convolution(in_channels, c1, c2, c3, c4):
    """The fourth branch has no 1×1 convolution after its pooling."""
    branches = four(in_channels, c1, c2, c3, c4)
    branches[3] = nn.MaxPool2d(3, 1, 1)
    return Joined(branches)


@answer("inception_block")
def branches_in_a_row(in_channels, c1, c2, c3, c4):
    """The branches run one after the other; each of them sees the block's input."""
    return nn.Sequential(
        conv(in_channels, c1, 1),
        conv(c1, c2[0], 1),
        conv(c2[0], c2[1], 3),
        conv(c2[1], c3[0], 1),
        conv(c3[0], c3[1], 5),
        nn.MaxPool2d(3, 1, 1),
        conv(c3[1], c4, 1),
    )


@answer("inception_block")
def branches_in_a_plain_list(in_channels, c1, c2, c3, c4):
    """The branches are in a plain list, so the block does not know their parameters; use nn.ModuleList or attributes."""

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.branches = four(in_channels, c1, c2, c3, c4)

        def forward(self, x):
            return torch.cat([branch(x) for branch in self.branches], 1)

    return Block()


@answer("inception_block")
def inception_without_a_graph(in_channels, c1, c2, c3, c4):
    """The block runs without a graph (no_grad or detach in forward), so no gradient flows back."""
    return WithoutGraph(Joined(four(in_channels, c1, c2, c3, c4)))


@answer("inception_block")
def inception_in_float64(in_channels, c1, c2, c3, c4):
    """The result is float64 whatever the dtype of the pictures."""
    return Joined(four(in_channels, c1, c2, c3, c4), lambda parts: torch.cat(parts, 1).double())


@answer("inception_block")
def no_relu_before_3x3(in_channels, c1, c2, c3, c4):
    """No ReLU follows the 1×1 convolution before 3×3; one follows every convolution."""
    branches = four(in_channels, c1, c2, c3, c4)
    branches[1][0][1] = nn.Identity()
    return Joined(branches)


@answer("inception_block")
def no_relu_before_5x5(in_channels, c1, c2, c3, c4):
    """No ReLU follows the 1×1 convolution before 5×5; one follows every convolution."""
    branches = four(in_channels, c1, c2, c3, c4)
    branches[2][0][1] = nn.Identity()
    return Joined(branches)


@answer("inception_block")
def no_relu_after_3x3(in_channels, c1, c2, c3, c4):
    """No ReLU follows the 3×3 convolution; one follows every convolution."""
    branches = four(in_channels, c1, c2, c3, c4)
    branches[1][1][1] = nn.Identity()
    return Joined(branches)


@answer("inception_block")
def no_relu_after_5x5(in_channels, c1, c2, c3, c4):
    """No ReLU follows the 5×5 convolution; one follows every convolution."""
    branches = four(in_channels, c1, c2, c3, c4)
    branches[2][1][1] = nn.Identity()
    return Joined(branches)


@answer("inception_block")
def no_relu_in_the_fourth_branch(in_channels, c1, c2, c3, c4):
    """No ReLU follows the 1×1 convolution after pooling; one follows every convolution."""
    branches = four(in_channels, c1, c2, c3, c4)
    branches[3][1][1] = nn.Identity()
    return Joined(branches)


@answer("inception_block")
def no_relu_in_the_first_branch(in_channels, c1, c2, c3, c4):
    """No ReLU follows the 1×1 convolution of the first branch; one follows every convolution."""
    branches = four(in_channels, c1, c2, c3, c4)
    branches[0][1] = nn.Identity()
    return Joined(branches)


@answer("inception_block")
def second_pair_read_backwards(in_channels, c1, c2, c3, c4):
    """c2 is read backwards; its first number belongs to the 1×1 convolution."""
    return Joined(four(in_channels, c1, c2[::-1], c3, c4))


@answer("inception_block")
def third_pair_read_backwards(in_channels, c1, c2, c3, c4):
    """c3 is read backwards; its first number belongs to the 1×1 convolution."""
    return Joined(four(in_channels, c1, c2, c3[::-1], c4))


@answer("inception_block")
def two_branches_of_3x3(in_channels, c1, c2, c3, c4):
    """The third branch has a 3×3 convolution; it has one of 5×5."""
    branches = four(in_channels, c1, c2, c3, c4)
    branches[2][1] = conv(c3[0], c3[1], 3)
    return Joined(branches)


@answer("inception_block")
def pooling_padded_with_zeros(in_channels, c1, c2, c3, c4):
    """The fourth branch pads with zeros before pooling, which win over negative elements; padding never wins."""
    return Joined(four(in_channels, c1, c2, c3, c4, pool=nn.Sequential(nn.ZeroPad2d(1), nn.MaxPool2d(3, 1))))


@answer("inception_block")
def pooling_over_5(in_channels, c1, c2, c3, c4):
    """The fourth branch pools over 5×5; it pools over 3×3."""
    return Joined(four(in_channels, c1, c2, c3, c4, pool=nn.MaxPool2d(5, 1, 2)))


@answer("inception_block")
def sigmoids_in_the_branches(in_channels, c1, c2, c3, c4):
    """The activations are sigmoids; they are ReLUs."""
    return Joined(four(in_channels, c1, c2, c3, c4, nn.Sigmoid, nn.Sigmoid))


@answer("inception_block")
def one_reduction_for_both(in_channels, c1, c2, c3, c4):
    """One 1×1 convolution serves two branches where they have as many channels; each branch has its own."""
    branches = four(in_channels, c1, c2, c3, c4)
    if c2[0] == c3[0]:
        branches[2][0] = branches[1][0]
    return Joined(branches)


@answer("inception_block")
def branches_from_last_to_first(in_channels, c1, c2, c3, c4):
    """The branches are joined from the last to the first; the one with c1 comes first."""
    return Joined(four(in_channels, c1, c2, c3, c4)[::-1])


@answer("inception_block")
def joined_over_the_batch(in_channels, c1, c2, c3, c4):
    """The branches are joined over the batch; join them over the channels, axis 1."""
    return Joined(four(in_channels, c1, c2, c3, c4), torch.cat)


# residual_block


class Residual(nn.Module):
    """Be a right residual block, but for what is given."""

    def __init__(
        self, i, o, stride, join=None, shortcut=None, strides=None, middle=nn.ReLU, norms=None, bias=True
    ):
        super().__init__()
        first, second = strides or (stride, 1)
        norms = norms or (nn.BatchNorm2d(o), nn.BatchNorm2d(o))
        self.layers = nn.Sequential(
            nn.Conv2d(i, o, 3, first, 1, bias=bias),
            norms[0],
            middle(),
            nn.Conv2d(o, o, 3, second, 1, bias=bias),
            norms[1],
        )
        if shortcut is None:
            shortcut = nn.Identity() if i == o and stride == 1 else nn.Conv2d(i, o, 1, stride)
        self.shortcut = shortcut
        self.join = join or (lambda f, x: torch.relu(f + x))

    def forward(self, x):
        return self.join(self.layers(x), self.shortcut(x))


@answer("residual_block")
def no_way_around(in_channels, out_channels, stride=1):
    """The input is not added."""
    return Residual(in_channels, out_channels, stride, lambda f, x: torch.relu(f))


@answer("residual_block")
def no_last_relu(in_channels, out_channels, stride=1):
    """The ReLU after the sum is missing."""
    return Residual(in_channels, out_channels, stride, lambda f, x: f + x)


@answer("residual_block")
def relu_before_the_sum(in_channels, out_channels, stride=1):
    """The last ReLU comes before the input is added; it comes after the sum."""
    return Residual(in_channels, out_channels, stride, lambda f, x: torch.relu(f) + x)


@answer("residual_block")
def difference(in_channels, out_channels, stride=1):
    """The input is subtracted; add it."""
    return Residual(in_channels, out_channels, stride, lambda f, x: torch.relu(f - x))


@answer("residual_block")
def no_relu_in_the_middle(in_channels, out_channels, stride=1):
    """The ReLU between the two convolutions is missing."""
    return Residual(in_channels, out_channels, stride, middle=nn.Identity)


@answer("residual_block")
def always_a_1x1_convolution(in_channels, out_channels, stride=1):
    """The input always goes through a 1×1 convolution; where the shape stays, it is added as it is."""
    return Residual(
        in_channels, out_channels, stride, shortcut=nn.Conv2d(in_channels, out_channels, 1, stride)
    )


@answer("residual_block")
def shortcut_for_channels_only(in_channels, out_channels, stride=1):
    """With a stride and the same channels there is no 1×1 convolution, and the shapes do not fit; a stride needs one, too."""
    shortcut = (
        nn.Conv2d(in_channels, out_channels, 1, stride) if in_channels != out_channels else nn.Identity()
    )
    return Residual(in_channels, out_channels, stride, shortcut=shortcut)


@answer("residual_block")
def shortcut_subsampled(in_channels, out_channels, stride=1):
    """With a stride and the same channels, every so many pixels of the input are added; a 1×1 convolution is asked for."""

    class Subsample(nn.Module):
        def forward(self, x):
            return x[:, :, ::stride, ::stride]

    same = in_channels == out_channels
    return Residual(in_channels, out_channels, stride, shortcut=Subsample() if same else None)


@answer("residual_block")
def shortcut_for_stride_only(in_channels, out_channels, stride=1):
    """With other channels and stride 1 there is no 1×1 convolution, and the shapes do not fit; channels need one, too."""
    shortcut = nn.Conv2d(in_channels, out_channels, 1, stride) if stride != 1 else nn.Identity()
    return Residual(in_channels, out_channels, stride, shortcut=shortcut)


@answer("residual_block")
def shortcut_without_the_stride(in_channels, out_channels, stride=1):
    """The 1×1 convolution has no stride, so the shapes do not fit; it has the block's."""
    same = in_channels == out_channels and stride == 1
    shortcut = nn.Identity() if same else nn.Conv2d(in_channels, out_channels, 1)
    return Residual(in_channels, out_channels, stride, shortcut=shortcut)


@answer("residual_block")
def shortcut_with_batch_norm(in_channels, out_channels, stride=1):
    """Batch norm follows the 1×1 convolution; here there is none on the way around."""
    shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))
    same = in_channels == out_channels and stride == 1
    return Residual(in_channels, out_channels, stride, shortcut=None if same else shortcut)


@answer("residual_block")
def shortcut_of_3x3(in_channels, out_channels, stride=1):
    """The input goes through a 3×3 convolution where shape changes; it goes through one of 1×1."""
    shortcut = nn.Conv2d(in_channels, out_channels, 3, stride, 1)
    same = in_channels == out_channels and stride == 1
    return Residual(in_channels, out_channels, stride, shortcut=None if same else shortcut)


@answer("residual_block")
def shortcut_without_bias(in_channels, out_channels, stride=1):
    """The 1×1 convolution has no bias; it has one, as by default."""
    shortcut = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
    same = in_channels == out_channels and stride == 1
    return Residual(in_channels, out_channels, stride, shortcut=None if same else shortcut)


@answer("residual_block")
def stride_in_the_second_convolution(in_channels, out_channels, stride=1):
    """The second 3×3 convolution has the stride; the first one has it."""
    return Residual(in_channels, out_channels, stride, strides=(1, stride))


@answer("residual_block")
def stride_in_both_convolutions(in_channels, out_channels, stride=1):
    """Both 3×3 convolutions have the stride; only the first one has it."""
    return Residual(in_channels, out_channels, stride, strides=(stride, stride))


@answer("residual_block")
def convolutions_without_biases(in_channels, out_channels, stride=1):
    """The 3×3 convolutions have no bias; they have one, as by default."""
    return Residual(in_channels, out_channels, stride, bias=False)


@answer("residual_block")
def no_batch_norm(in_channels, out_channels, stride=1):
    """There is no batch norm; it follows each of the two convolutions."""
    return Residual(in_channels, out_channels, stride, norms=(nn.Identity(), nn.Identity()))


@answer("residual_block")
def one_batch_norm_for_both(in_channels, out_channels, stride=1):
    """One batch norm layer is used twice; each convolution has its own."""
    norm = nn.BatchNorm2d(out_channels)
    return Residual(in_channels, out_channels, stride, norms=(norm, norm))


@answer("residual_block")
def second_batch_norm_missing(in_channels, out_channels, stride=1):
    """Batch norm follows the first convolution only; it follows both."""
    return Residual(in_channels, out_channels, stride, norms=(nn.BatchNorm2d(out_channels), nn.Identity()))


@answer("residual_block")
def batch_statistics_in_evaluation(in_channels, out_channels, stride=1):
    """Batch norm uses the batch in evaluation, too; there it uses its running statistics."""
    norms = [nn.BatchNorm2d(out_channels, track_running_stats=False) for _ in range(2)]
    return Residual(in_channels, out_channels, stride, norms=norms)


@answer("residual_block")
def running_statistics_in_training(in_channels, out_channels, stride=1):
    """Batch norm uses its running statistics in training, too; there it uses the batch."""

    class Frozen(nn.BatchNorm2d):
        def train(self, mode=True):
            return super().train(False)

    return Residual(in_channels, out_channels, stride, norms=(Frozen(out_channels), Frozen(out_channels)))


@answer("residual_block")
def instance_norm(in_channels, out_channels, stride=1):
    """Each picture is normalised on its own (instance norm); batch norm takes the batch together."""
    norms = [nn.InstanceNorm2d(out_channels, affine=True, track_running_stats=True) for _ in range(2)]
    return Residual(in_channels, out_channels, stride, norms=norms)


@answer("residual_block")
def stride_ignored(in_channels, out_channels, stride=1):
    """The stride is not used; the first convolution and the 1×1 convolution have it."""
    shortcut = nn.Conv2d(in_channels, out_channels, 1)
    same = in_channels == out_channels and stride == 1
    return Residual(in_channels, out_channels, 1, shortcut=None if same else shortcut)


@answer("residual_block")
def batch_norm_after_the_sum(in_channels, out_channels, stride=1):
    """The second batch norm comes after the sum; it comes before the input is added."""
    norm = nn.BatchNorm2d(out_channels)
    block = Residual(in_channels, out_channels, stride, norms=(nn.BatchNorm2d(out_channels), nn.Identity()))
    block.norm = norm
    block.join = lambda f, x: torch.relu(norm(f + x))
    return block


@answer("residual_block")
def relu_before_batch_norm(in_channels, out_channels, stride=1):
    """The ReLU between the convolutions comes before batch norm; it comes after it."""
    norms = (nn.Sequential(nn.ReLU(), nn.BatchNorm2d(out_channels)), nn.BatchNorm2d(out_channels))
    return Residual(in_channels, out_channels, stride, norms=norms, middle=nn.Identity)


@answer("residual_block")
def way_around_without_gradient(in_channels, out_channels, stride=1):
    """The input is cut from the graph (detach or .data) before it is added; the gradient must flow around, too."""
    return Residual(in_channels, out_channels, stride, lambda f, x: torch.relu(f + x.detach()))


@answer("residual_block")
def residual_in_float64(in_channels, out_channels, stride=1):
    """The result is float64 whatever the dtype of the pictures."""
    return Residual(in_channels, out_channels, stride, lambda f, x: torch.relu(f + x).double())


@answer("residual_block")
def relu_before_and_after_the_sum(in_channels, out_channels, stride=1):
    """A ReLU comes before the input is added as well as after; only the sum has one."""
    return Residual(in_channels, out_channels, stride, lambda f, x: torch.relu(torch.relu(f) + x))


@answer("residual_block")
def relu_on_the_way_around(in_channels, out_channels, stride=1):
    """A ReLU is taken of what goes around; it is added as it is."""
    return Residual(in_channels, out_channels, stride, lambda f, x: torch.relu(f + torch.relu(x)))


@answer("residual_block")
def mean_of_both_ways(in_channels, out_channels, stride=1):
    """The mean of both ways is taken; add them."""
    return Residual(in_channels, out_channels, stride, lambda f, x: torch.relu((f + x) / 2))


@answer("residual_block")
def relu_first(in_channels, out_channels, stride=1):
    """A ReLU is taken of the input before the first convolution; the convolution takes the input as it is."""
    block = Residual(in_channels, out_channels, stride)
    block.layers = nn.Sequential(nn.ReLU(), *block.layers)
    return block


@answer("residual_block")
def first_batch_norm_missing(in_channels, out_channels, stride=1):
    """Batch norm follows the second convolution only; it follows both."""
    norms = nn.Identity(), nn.BatchNorm2d(out_channels)
    return Residual(in_channels, out_channels, stride, norms=norms)


@answer("residual_block")
def another_eps(in_channels, out_channels, stride=1):
    """Batch norm has another eps; leave it as by default."""
    norms = nn.BatchNorm2d(out_channels), nn.BatchNorm2d(out_channels, eps=1e-3)
    return Residual(in_channels, out_channels, stride, norms=norms)


@answer("residual_block")
def way_around_the_second_part_only(in_channels, out_channels, stride=1):
    """The way around starts after the first part; the block's input is added."""
    block = Residual(in_channels, out_channels, stride)
    first, last = block.layers[:3], block.layers[3:]
    block.layers = nn.Sequential(first, Joined([last, nn.Identity()], sum))
    block.join = lambda f, x: torch.relu(f)
    return block


@answer("residual_block")
def stride_of_2_by_default(in_channels, out_channels, stride=2):
    """The stride is 2 by default; it is 1."""
    return Residual(in_channels, out_channels, stride)


@answer("residual_block")
def averaged_on_the_way_around(in_channels, out_channels, stride=1):
    """The way around averages neighbouring pixels before its 1×1 convolution; the 1×1 convolution has the stride."""
    way = nn.Sequential(nn.AvgPool2d(stride, ceil_mode=True), nn.Conv2d(in_channels, out_channels, 1))
    plain = in_channels == out_channels and stride == 1
    return Residual(in_channels, out_channels, stride, shortcut=None if plain else way)


@answer("residual_block")
def added_before_the_second_convolution(in_channels, out_channels, stride=1):
    """The input is added before the second convolution; it is added after the second batch norm."""
    block = Residual(in_channels, out_channels, stride)
    first, last = block.layers[:3], block.layers[3:]
    block.layers = first
    block.last = last
    block.join = lambda f, x: torch.relu(last(f + x))
    return block


@answer("residual_block")
def another_eps_in_both(in_channels, out_channels, stride=1):
    """Batch norm has another eps; leave it as by default."""
    norms = [nn.BatchNorm2d(out_channels, eps=1e-3) for _ in range(2)]
    return Residual(in_channels, out_channels, stride, norms=norms)


@answer("residual_block")
def second_batch_norm_not_called(in_channels, out_channels, stride=1):
    """The second batch norm is made but never called; it follows the second convolution."""
    block = Residual(in_channels, out_channels, stride, norms=(nn.BatchNorm2d(out_channels), nn.Identity()))
    block.unused = nn.BatchNorm2d(out_channels)
    return block


@answer("residual_block")
def first_batch_norm_not_called(in_channels, out_channels, stride=1):
    """The first batch norm is made but never called; it follows the first convolution."""
    block = Residual(in_channels, out_channels, stride, norms=(nn.Identity(), nn.BatchNorm2d(out_channels)))
    block.unused = nn.BatchNorm2d(out_channels)
    return block


@answer("residual_block")
def input_added_through_1x1_only(in_channels, out_channels, stride=1):
    """The input is added only where it goes through a 1×1 convolution; where the shape stays, it is added as it is."""
    same = in_channels == out_channels and stride == 1
    return Residual(in_channels, out_channels, stride, (lambda f, x: torch.relu(f)) if same else None)


@answer("residual_block")
def relu_after_the_1x1(in_channels, out_channels, stride=1):
    """A ReLU follows the 1×1 convolution; what goes around has none of its own."""
    way = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.ReLU())
    same = in_channels == out_channels and stride == 1
    return Residual(in_channels, out_channels, stride, shortcut=None if same else way)


@answer("residual_block")
def normalised_before_each_convolution(in_channels, out_channels, stride=1):
    """Batch norm and ReLU come before each convolution, as in a later ResNet; here they come after."""
    block = Residual(in_channels, out_channels, stride, lambda f, x: f + x)
    first, _, _, second, norm = block.layers
    block.layers = nn.Sequential(nn.BatchNorm2d(in_channels), nn.ReLU(), first, norm, nn.ReLU(), second)
    return block


@answer("residual_block")
def another_momentum(in_channels, out_channels, stride=1):
    """Batch norm moves its running statistics by 0.9 a batch; leave its momentum as by default."""
    norms = [nn.BatchNorm2d(out_channels, momentum=0.9) for _ in range(2)]
    return Residual(in_channels, out_channels, stride, norms=norms)


# global_average_pool


@answer("global_average_pool")
def sum_for_average(x):
    """Height and width are summed up; take the average."""
    return x.sum(dim=(2, 3))


@answer("global_average_pool")
def largest_for_average(x):
    """The largest element of each channel is taken; take the average."""
    return x.amax(dim=(2, 3))


@answer("global_average_pool")
def axes_kept(x):
    """The result has shape (n, c, 1, 1); it is (n, c)."""
    return x.mean(dim=(2, 3), keepdim=True)


@answer("global_average_pool")
def averaged_over_channels(x):
    """The channels are averaged; average over height and width, and keep the channels."""
    return x.mean(dim=1).flatten(1)


@answer("global_average_pool")
def averaged_over_the_width_only(x):
    """Only the width is averaged; average over the height, too."""
    return x.mean(dim=3)


@answer("global_average_pool")
def averaged_over_the_batch(x):
    """All pictures are averaged together; each has a row of its own."""
    return x.mean(dim=(0, 2, 3)).expand(x.shape[0], -1)


@answer("global_average_pool")
def squeezed(x):
    """Axes of size 1 are squeezed away, and so the batch of a single picture; the result is (n, c) always."""
    return x.mean(dim=(2, 3)).squeeze()


@answer("global_average_pool")
def divided_by_the_height_twice(x):
    """The sum is divided by the height squared; pictures need not be square."""
    return x.sum(dim=(2, 3)) / x.shape[2] ** 2


@answer("global_average_pool")
def average_in_float32(x):
    """The result is float32 whatever the dtype of x."""
    return x.float().mean(dim=(2, 3))


@answer("global_average_pool")
def average_in_float64(x):
    """The result is float64 whatever the dtype of x."""
    return x.double().mean(dim=(2, 3))


@answer("global_average_pool")
def average_cut_from_the_graph(x):
    """The result is cut from the graph (detach, item or torch.tensor), so no gradient reaches x."""
    return x.detach().mean(dim=(2, 3))


@answer("global_average_pool")
def divided_in_place(x):
    """x itself is divided; make a new tensor."""
    x.data /= x.shape[2] * x.shape[3]
    return x.sum(dim=(2, 3))


@answer("global_average_pool")
def zeros_made_on_the_cpu(x):
    """The result is made on the CPU; make it on the device of x."""
    return torch.zeros(x.shape[:2], dtype=x.dtype) + x.mean(dim=(2, 3))


@answer("global_average_pool")
def averaged_over_the_height_only(x):
    """Only the height is averaged; average over the width, too."""
    return x.mean(2)


@answer("global_average_pool")
def channels_taken_for_the_last_axis(x):
    """Axes 1 and 2 are averaged, as if the channels came last; x is (n, c, h, w)."""
    return x.mean((1, 2))


@answer("global_average_pool")
def one_number_per_picture(x):
    """The channels are averaged as well; each of them has a number of its own."""
    return x.mean((1, 2, 3))


@answer("global_average_pool")
def divided_by_the_width_only(x):
    """The sum is divided by the width alone; divide by height times width."""
    return x.sum((2, 3)) / x.shape[3]


@answer("global_average_pool")
def divided_by_one_less(x):
    """The sum is divided by height times width minus 1; divide by height times width."""
    return x.sum((2, 3)) / (x.shape[2] * x.shape[3] - 1)


@answer("global_average_pool")
def middle_pixel(x):
    """Only the pixel in the middle is taken; average over all of them."""
    return x[:, :, x.shape[2] // 2, x.shape[3] // 2]


@answer("global_average_pool")
def median_for_average(x):
    """The median of each channel is taken; take the average."""
    return x.flatten(2).median(-1).values


@answer("global_average_pool")
def average_of_magnitudes(x):
    """Absolute values are averaged; average the elements, sign and all."""
    return x.abs().mean((2, 3))


@answer("global_average_pool")
def reshaped_with_channels_last(x):
    """x is reshaped to (n, pixels, c), which mixes up the channels; flatten the last two axes."""
    return x.reshape(len(x), -1, x.shape[1]).mean(1)


@answer("global_average_pool")
def pictures_and_channels_swapped(x):
    """The result is (c, n); the pictures come first."""
    return x.mean((2, 3)).T


@answer("global_average_pool")
def average_of_the_row_maxima(x):
    """The largest element of each row is averaged; average all of them."""
    return x.amax(3).mean(2)


@answer("global_average_pool")
def averaged_over_all_pictures(x):
    """All pictures are averaged together, so that the axis of the batch is lost; each has a row of its own."""
    return x.mean((0, 2, 3))


@answer("global_average_pool")
def divided_by_the_channels_too(x):
    """The sum is divided by the number of channels as well; divide by height times width."""
    return x.mean((2, 3)) / x.shape[1]


@answer("global_average_pool")
def divided_by_the_height_only(x):
    """The sum is divided by the height alone; divide by height times width."""
    return x.sum((2, 3)) / x.shape[2]


@answer("lenet")
def linear_120_missing(num_classes=10):
    """The linear layer of 120 units is missing."""
    return nn.Sequential(*features(), nn.Linear(400, 84), nn.Sigmoid(), nn.Linear(84, num_classes))


@answer("alexnet")
def widths_of_another_version(num_classes=10, in_channels=1):
    """The convolutions have 64, 192, 384, 256 and 256 channels, as in torchvision; here they have 96, 256, 384, 384 and 256."""
    layers = convolutions(in_channels)
    layers[0] = nn.Conv2d(in_channels, 64, 11, 4, 1)
    layers[3] = nn.Conv2d(64, 192, 5, 1, 2)
    layers[6] = nn.Conv2d(192, 384, 3, 1, 1)
    layers[8] = nn.Conv2d(384, 256, 3, 1, 1)
    layers[10] = nn.Conv2d(256, 256, 3, 1, 1)
    return nn.Sequential(*layers, *dense(num_classes))


@answer("alexnet")
def no_relu_after_the_third_convolution(num_classes=10, in_channels=1):
    """No ReLU follows the first of the three 3×3 convolutions."""
    layers = convolutions(in_channels)
    layers[7] = nn.Identity()
    return nn.Sequential(*layers, *dense(num_classes))


@answer("alexnet")
def no_relu_after_the_fourth_convolution(num_classes=10, in_channels=1):
    """No ReLU follows the second of the three 3×3 convolutions."""
    layers = convolutions(in_channels)
    layers[9] = nn.Identity()
    return nn.Sequential(*layers, *dense(num_classes))


@answer("vgg_block")
def picture_shrinks_by_2(num_convs, in_channels, out_channels):
    """The convolutions have no padding; padding 1 keeps the size of the picture."""
    return nn.Sequential(*vgg(num_convs, in_channels, out_channels, padding=0))


@answer("inception_block")
def third_reduction_as_wide_as_the_second(in_channels, c1, c2, c3, c4):
    """The 1×1 convolution of the third branch has c2[0] channels; it has c3[0]."""
    return Joined(four(in_channels, c1, c2, (c2[0], c3[1]), c4))


@answer("inception_block")
def pooling_with_a_stride_of_3(in_channels, c1, c2, c3, c4):
    """The pooling has stride 3, its default, so that sizes do not fit; its stride is 1."""
    return Joined(four(in_channels, c1, c2, c3, c4, pool=nn.MaxPool2d(3, padding=1)))


@answer("residual_block")
def no_biases_at_all(in_channels, out_channels, stride=1):
    """None of the convolutions has a bias, not the 1×1 one either; they have one, as by default."""
    same = in_channels == out_channels and stride == 1
    shortcut = nn.Identity() if same else nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
    return Residual(in_channels, out_channels, stride, shortcut=shortcut, bias=False)


@answer("lenet")
def windows_of_3_in_both(num_classes=10):
    """The pooling windows are 3×3 with padding; windows are 2×2 and do not overlap."""
    layers = features(pool=lambda size: nn.AvgPool2d(3, 2, 1))
    return nn.Sequential(*layers, *classifier(num_classes))


@answer("lenet")
def flattened_to_another_length(num_classes=10):
    """What is flattened does not have the length that the first linear layer takes; each picture of the batch gives 400 numbers."""
    return nn.Sequential(*features(), nn.Flatten(0), *classifier(num_classes))


@answer("lenet")
def convolution_to_120(num_classes=10):
    """The 120 units are a 5×5 convolution, as in the paper; here they are a linear layer."""
    last = nn.Sequential(nn.Conv2d(16, 120, 5), nn.Sigmoid(), nn.Flatten())
    return nn.Sequential(*features()[:-1], last, *classifier(num_classes)[2:])


class ScaledTanh(nn.Module):
    def forward(self, x):
        return 1.7159 * torch.tanh(x * 2 / 3)


@answer("lenet")
def scaled_tanh_for_sigmoid(num_classes=10):
    """The activations are scaled tanh, as in the paper; here LeNet has sigmoids."""
    return nn.Sequential(*features(ScaledTanh), *classifier(num_classes, ScaledTanh))


@answer("lenet")
def pooling_adds_up(num_classes=10):
    """Each window is summed up; LeNet takes the average."""
    layers = features(pool=lambda size: nn.AvgPool2d(size, divisor_override=1))
    return nn.Sequential(*layers, *classifier(num_classes))


@answer("alexnet")
def linear_layer_for_6x6(num_classes=10, in_channels=1):
    """What is flattened does not have the length that the first linear layer takes; each picture gives 256 channels of 5×5."""
    return nn.Sequential(*convolutions(in_channels), *dense(num_classes, inputs=256 * 6 * 6))


@answer("alexnet")
def two_groups(num_classes=10, in_channels=1):
    """The second, fourth and fifth convolution have two groups, as on the paper's two devices; here each sees all channels."""
    layers = convolutions(in_channels)
    layers[3] = nn.Conv2d(96, 256, 5, 1, 2, groups=2)
    layers[8] = nn.Conv2d(384, 384, 3, 1, 1, groups=2)
    layers[10] = nn.Conv2d(384, 256, 3, 1, 1, groups=2)
    return nn.Sequential(*layers, *dense(num_classes))


@answer("alexnet")
def response_normalised(num_classes=10, in_channels=1):
    """There is local response normalisation before the first two poolings, as in the paper; here there is none."""
    layers = convolutions(in_channels)
    for place in (5, 2):
        layers.insert(place, nn.LocalResponseNorm(5, k=2.0))
    return nn.Sequential(*layers, *dense(num_classes))


@answer("vgg_block")
def frame_of_border_pixels(num_convs, in_channels, out_channels):
    """The convolutions pad with the border pixels; they pad with zeros."""
    layers = []
    for _ in range(num_convs):
        layers += [nn.Conv2d(in_channels, out_channels, 3, padding=1, padding_mode="replicate"), nn.ReLU()]
        in_channels = out_channels
    return nn.Sequential(*layers, nn.MaxPool2d(2))


@answer("nin_block")
def padding_before_stride(in_channels, out_channels, kernel_size, stride, padding):
    """Stride and padding are swapped where the convolution is made; its stride comes before its padding."""
    return nin(nn.Conv2d(in_channels, out_channels, kernel_size, padding, stride), out_channels)


@answer("inception_block")
def pooling_branch_second(in_channels, c1, c2, c3, c4):
    """The branch with pooling is joined right after the first one; it comes last."""
    branches = four(in_channels, c1, c2, c3, c4)
    return Joined([branches[place] for place in (0, 3, 1, 2)])


@answer("inception_block")
def two_of_3x3_for_5x5(in_channels, c1, c2, c3, c4):
    """Two 3×3 convolutions stand for the 5×5 one, as in a later version; here it is one of 5×5."""
    branches = four(in_channels, c1, c2, c3, c4)
    branches[2] = nn.Sequential(branches[2][0], conv(c3[0], c3[1], 3), conv(c3[1], c3[1], 3))
    return Joined(branches)


@answer("residual_block")
def momentum_of_another_library(in_channels, out_channels, stride=1):
    """Batch norm moves its running statistics by 0.99 a batch, which is how much other libraries keep; leave its momentum as by default."""
    norms = [nn.BatchNorm2d(out_channels, momentum=0.99) for _ in range(2)]
    return Residual(in_channels, out_channels, stride, norms=norms)


@answer("residual_block")
def sum_written_into_the_input(in_channels, out_channels, stride=1):
    """The sum is written into the block's input (x += ...), which is not the block's own; make a new tensor."""
    return Residual(in_channels, out_channels, stride, lambda f, x: torch.relu(x.add_(f)))


@answer("global_average_pool")
def window_as_wide_as_high(x):
    """The window is as wide as the picture is high; pictures need not be square."""
    return F.avg_pool2d(x, x.shape[2]).flatten(1)


@answer("global_average_pool")
def one_square_averaged(x):
    """Only a square of the picture is averaged; pictures need not be square."""
    side = min(x.shape[2:])
    return x[:, :, :side, :side].mean((2, 3))
