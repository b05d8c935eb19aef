"""Running a network that an answer builds: numbers follow layers along the path of the data, however it is written."""

from functools import partial

import pytest
import torch
from torch import nn

from autograder.calls import Call, perform
from autograder.checking import randn
from autograder.helpers import run_network

X = randn(2, 3, 7, 6, seed=1)


def sequential():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1))


def lazy():
    return nn.Sequential(nn.LazyConv2d(4, 3), nn.ReLU(), nn.LazyConv2d(4, 1), nn.LazyConv2d(4, 1))


class Backwards(nn.Module):
    """Registers its layers in another order than data takes."""

    def __init__(self):
        super().__init__()
        self.c, self.b, self.a = nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1), nn.Conv2d(3, 4, 3)

    def forward(self, x):
        return self.c(self.b(torch.relu(self.a(x))))


def run(build):
    return perform(build, Call("net", driver=partial(run_network, x=X))).result


def same(one, other):
    if isinstance(one, torch.Tensor):
        return torch.allclose(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


@pytest.mark.parametrize("build", [lazy, Backwards])
def test_the_same_network_gives_the_same_numbers_however_it_is_written(build):
    assert same(run(sequential), run(build))


@pytest.mark.parametrize(
    "build",
    [
        lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 1), nn.ReLU(), nn.Conv2d(4, 4, 1)),
        lambda: nn.Sequential(
            nn.Conv2d(3, 4, 3, bias=False), nn.ReLU(), nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1)
        ),
        lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 1)),
    ],
    ids=["another order", "no bias", "a layer less"],
)
def test_another_network_gives_other_numbers(build):
    assert not same(run(sequential), run(build))


def test_layers_in_a_plain_list_compute_the_same_in_every_run_and_buffers_keep_their_start():
    class Listed(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = [nn.Linear(64, 64), nn.Linear(64, 64)]
            self.register_buffer("scale", nn.init.constant_(torch.empty(64), 3.0))

        def forward(self, x):
            for layer in self.layers:
                layer.to(x.dtype)
                x = layer(x) + self.scale
            return x

    x = torch.ones(2, 64, dtype=torch.float64)
    for _ in range(3):
        assert torch.equal(run_network(Listed, x=x)["output"], torch.full_like(x, 3.0))
