"""Checks that only graders have: adam_step."""

import math

import torch

from autograder.checking import agree, assert_device, randn


def slow_step(w, grad, v, s, t, lr, beta1, beta2, eps):
    """Take the step number by number: the second oracle."""
    lists = [[], [], []]
    for weight, g, first, second in zip(*(x.flatten().tolist() for x in (w, grad, v, s)), strict=True):
        first = first * beta1 + g * (1 - beta1)
        second = second * beta2 + g * g * (1 - beta2)
        size = math.sqrt(second / (1 - math.pow(beta2, t))) + eps
        lists[0].append(weight - lr * (first / (1 - math.pow(beta1, t))) / size)
        lists[1].append(first)
        lists[2].append(second)
    return tuple(torch.tensor(numbers, dtype=w.dtype).reshape(w.shape) for numbers in lists)


def test_several_tensors_in_turn(adam_step):
    """Steps of several tensors taken in turn do not meddle with each other: all state is in the arguments."""
    setting = (0.05, 0.75, 0.9, 0.03)
    states = []
    for seed, shape in enumerate([(5,), (2, 3, 4), (5,)]):
        states.append((randn(*shape, seed=seed), *(torch.zeros(shape, dtype=torch.float64),) * 2))
    for t in (1, 2):
        for index, (w, v, s) in enumerate(states):
            grad = randn(*w.shape, seed=10 * t + index)
            agree(adam_step, slow_step, w, grad, v, s, t, *setting)
            states[index] = slow_step(w, grad, v, s, t, *setting)


def test_any_time_and_setting(adam_step, reference):
    """The step is right for any t >= 1 and any lr, beta1, beta2 and eps."""
    w, grad, v = (randn(4, 3, seed=seed) for seed in (41, 42, 43))
    s = randn(4, 3, seed=44).square()
    for t, lr, beta1, beta2, eps in (
        (1, 0.3, 0.6, 0.7, 0.5),
        (40, 2.0, 0.97, 0.99, 1e-3),
        (900, 0.7, 0.05, 0.999, 0.02),
    ):
        agree(adam_step, reference, w, grad, v, s, t, lr=lr, beta1=beta1, beta2=beta2, eps=eps)


def test_no_gradient_no_step(adam_step):
    """Where gradient and moments are 0 the weights stay, without NaN."""
    w, grad = randn(6, seed=51), torch.tensor([0.0, 0.5, 0.0, -2.0, 0.0, 0.0], dtype=torch.float64)
    zeros = torch.zeros_like(w)
    agree(adam_step, slow_step, w, grad, zeros, zeros, 1, lr=0.1, beta1=0.9, beta2=0.99, eps=1e-8)


def test_float32_stays(adam_step):
    """The results have the dtype of the arguments."""
    w, grad, v = (randn(3, 5, seed=seed, dtype=torch.float32) for seed in (61, 62, 63))
    s = randn(3, 5, seed=64, dtype=torch.float32).square()
    agree(adam_step, slow_step, w, grad, v, s, 4, lr=0.1, beta1=0.8, beta2=0.95, eps=0.01)


def test_device(adam_step):
    """Nothing is made on the CPU: results are on the device of the arguments."""
    w, grad, v = (randn(3, 5, seed=seed) for seed in (71, 72, 73))
    assert_device(adam_step, w, grad, v, randn(3, 5, seed=74).square(), 2)
