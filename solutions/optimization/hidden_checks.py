"""Checks that only graders have, for every exercise of the unit."""

import functools
import itertools
import math
import runpy
from pathlib import Path

import torch

from autograder.checking import agree, assert_device, assert_matches, observe, randn
from autograder.describe import describe
from autograder.errors import CheckFailed
from autograder.helpers import joined_calls, with_arguments

VISIBLE = runpy.run_path(str(Path(__file__).with_name("visible_checks.py")))
dealt, each_once, order, seeded = (VISIBLE[name] for name in ("dealt", "each_once", "order", "seeded"))
assert_other_order = VISIBLE["assert_other_order"]


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


def momentum_rule(w, g, v, lr, gamma):
    """Take a step with momentum on plain numbers."""
    v = g * lr + v * gamma
    return w - v, v


def adagrad_rule(w, g, s, lr, eps):
    """Take a step of Adagrad on plain numbers."""
    s += g * g
    return w - g * lr / math.sqrt(eps + s), s


def rmsprop_rule(w, g, s, lr, gamma, eps):
    """Take a step of RMSProp on plain numbers."""
    s = g * g * (1 - gamma) + s * gamma
    return w - g * lr / math.sqrt(eps + s), s


def adadelta_rule(w, g, s, delta, rho, eps):
    """Take a step of Adadelta on plain numbers."""
    s = g * g * (1 - rho) + s * rho
    step = g * math.sqrt(delta + eps) / math.sqrt(s + eps)
    return w - step, s, step * step * (1 - rho) + delta * rho


def by_number(rule, states):
    """Return a step that applies a rule number by number: the second oracle."""

    def step(w, *rest):
        tensors, setting = (w, *rest[: 1 + states]), rest[1 + states :]
        rows = zip(*(x.flatten().tolist() for x in tensors), strict=True)
        columns = zip(*(rule(*row, *setting) for row in rows), strict=True)
        return tuple(torch.tensor(column, dtype=w.dtype).reshape(w.shape) for column in columns)

    return step


def assert_any_tensor(answer, rule, states, *setting):
    """Assert that steps are right for tensors of any number of dimensions, taken in turn, with states of their own."""
    oracle = by_number(rule, states)
    shapes = [(), (5,), (2, 3, 4), (5,)]
    kept = [
        (randn(*shape, seed=seed), *(torch.zeros(shape, dtype=torch.float64),) * states)
        for seed, shape in enumerate(shapes)
    ]
    for t in (1, 2):
        for index, (w, *state) in enumerate(kept):
            grad = randn(*w.shape, seed=10 * t + index)
            agree(answer, oracle, w, grad, *state, *setting)
            kept[index] = oracle(w, grad, *state, *setting)


def transposed(states, dtype=torch.float64):
    """Return weights, gradient and positive states of shape (3, 4), none of them contiguous."""
    tensors = [randn(4, 3, seed=31 + index, dtype=dtype).T for index in range(2 + states)]
    return (*tensors[:2], *(state.abs() for state in tensors[2:]))


def assert_float32_stays(answer, rule, states, *setting):
    """Assert that float32 arguments give float32 results."""
    agree(answer, by_number(rule, states), *transposed(states, torch.float32), *setting)


def chi_square(x, cells=8):
    """Return how far an order of 0 … n-1 is from spreading every eighth of the indices evenly over all eighths."""
    n = len(x)
    counts = (x * cells // n * cells + torch.arange(n) * cells // n).bincount(minlength=cells**2)
    expected = n / cells**2
    return ((counts - expected) ** 2 / expected).sum().item()


def test_any_number_of_examples(minibatches):
    """Any n and batch_size do, by position or by name: a single example, prime numbers, one example left over."""
    for n, batch_size in ((97, 13), (101, 100), (31, 2), (1, 1), (1, 64)):
        batches = dealt(minibatches, n=n, batch_size=batch_size, generator=seeded(n))
        sizes = [min(batch_size, n - first) for first in range(0, n, batch_size)]
        assert_matches([len(batch) for batch in batches], sizes, what="the sizes of the batches")
        each_once(batches, n)


def test_indices_go_anywhere(minibatches):
    """An index may end up in any place: no part of the range keeps to a part of the order."""
    for generator in ({}, {"generator": seeded(51)}):
        found = chi_square(order(minibatches, 16_000, 250, **generator))
        observe("log of the departure from chance", math.log(found + 1), 0.6)
        # Nearly a chi-square variable with 49 degrees of freedom: above 130 with probability 3e-9.
        if found > 130:
            raise CheckFailed(
                "value", "indices in any place, by chance", "indices that keep to certain places"
            )


def test_every_order_turns_up(minibatches):
    """Every order of the indices can come up."""
    driven = minibatches.driven_by(functools.partial(joined_calls, times=200))
    for generator in ({}, {"generator": seeded(52)}):
        got = driven(3, 2, **generator)
        if not isinstance(got, torch.Tensor) or tuple(got.shape) != (200, 3):
            observe("not three indices a call", 0.0)
            raise CheckFailed("structure", "three indices in each of 200 calls", describe(got))
        # One of six orders is missing after 200 calls with probability below 6 * (5/6)**200 = 9e-16.
        orders = {tuple(row) for row in got.tolist()}
        if len(orders) == 1:
            observe("one order in all calls", 0.0)  # whichever it is, which is up to the seed
            raise CheckFailed("value", "all six orders of three indices", "one and the same in 200 calls")
        assert_matches(sorted(map(list, orders)), [list(p) for p in itertools.permutations(range(3))])


def test_generator_goes_on(minibatches):
    """A generator goes on from call to call, so that every epoch has another order."""
    driven = minibatches.driven_by(functools.partial(joined_calls, times=2))
    got = driven(400, 30, generator=seeded(53))
    if not isinstance(got, torch.Tensor) or tuple(got.shape) != (2, 400):
        raise CheckFailed("structure", "400 indices in each of two calls", describe(got))
    assert_other_order(*got, "each of two calls")


def test_global_source_is_left_alone(minibatches):
    """A generator does not decide what later calls without one draw."""
    orders = []
    for _ in range(2):
        order(minibatches, 400, 30, generator=seeded(54))
        orders.append(order(minibatches, 400, 30))
    assert_other_order(*orders, "each of two calls")


def test_momentum_of_any_tensor(momentum_step):
    """Tensors of any shape are taken in turn, and each has its own velocity."""
    assert_any_tensor(momentum_step, momentum_rule, 1, 0.3, 0.8)


def test_momentum_of_any_setting(momentum_step, reference):
    """Any lr and gamma will do, by position or by name, and any layout in memory."""
    w, grad, v = transposed(1)
    agree(momentum_step, reference, w=w, grad=grad, v=v, lr=2.5, gamma=0.35)
    agree(momentum_step, reference, w, grad, -v, lr=0.02, gamma=0.0)
    agree(momentum_step, reference, w, grad, v, 1e-3, gamma=0.99)


def test_momentum_in_float32(momentum_step):
    """The results have the dtype of the arguments."""
    assert_float32_stays(momentum_step, momentum_rule, 1, 0.4, 0.65)


def test_momentum_on_any_device(momentum_step):
    """Nothing is made on the CPU: results are on the device of the arguments."""
    assert_device(momentum_step, *transposed(1), 0.1, 0.9)


def test_adagrad_of_any_tensor(adagrad_step):
    """Tensors of any shape are taken in turn, and each has its own sum."""
    assert_any_tensor(adagrad_step, adagrad_rule, 1, 0.3, 0.2)


def test_adagrad_of_any_setting(adagrad_step, reference):
    """Any lr and eps will do, by position or by name, and any layout in memory."""
    w, grad, s = transposed(1)
    agree(adagrad_step, reference, w=w, grad=grad, s=s, lr=2.5, eps=0.5)
    agree(adagrad_step, reference, w, 30 * grad, 4 * s, lr=0.02, eps=3.0)


def test_adagrad_without_gradient(adagrad_step):
    """Where gradient and sum are 0 the weights stay, without NaN."""
    w, grad = randn(5, seed=61), torch.tensor([0.0, 0.5, 0.0, -2.0, 0.0], dtype=torch.float64)
    agree(adagrad_step, by_number(adagrad_rule, 1), w, grad, torch.zeros_like(w), 0.1, 1e-10)


def test_adagrad_in_float32(adagrad_step):
    """The results have the dtype of the arguments."""
    assert_float32_stays(adagrad_step, adagrad_rule, 1, 0.4, 0.1)


def test_adagrad_on_any_device(adagrad_step):
    """Nothing is made on the CPU: results are on the device of the arguments."""
    assert_device(adagrad_step, *transposed(1), 0.1)


def test_rmsprop_of_any_tensor(rmsprop_step):
    """Tensors of any shape are taken in turn, and each has its own average."""
    assert_any_tensor(rmsprop_step, rmsprop_rule, 1, 0.3, 0.8, 0.2)


def test_rmsprop_of_any_setting(rmsprop_step, reference):
    """Any lr, gamma and eps will do, by position or by name, and any layout in memory."""
    w, grad, s = transposed(1)
    agree(rmsprop_step, reference, w=w, grad=grad, s=s, lr=2.5, gamma=0.35, eps=0.5)
    agree(rmsprop_step, reference, w, 30 * grad, 4 * s, lr=0.02, eps=3.0, gamma=0.0)
    agree(rmsprop_step, reference, w, grad, s, 0.3, gamma=0.99)


def test_rmsprop_without_gradient(rmsprop_step):
    """Where gradient and average are 0 the weights stay, without NaN."""
    w, grad = randn(5, seed=62), torch.tensor([0.0, 0.5, 0.0, -2.0, 0.0], dtype=torch.float64)
    agree(rmsprop_step, by_number(rmsprop_rule, 1), w, grad, torch.zeros_like(w), 0.1, 0.9, 1e-10)


def test_rmsprop_in_float32(rmsprop_step):
    """The results have the dtype of the arguments."""
    assert_float32_stays(rmsprop_step, rmsprop_rule, 1, 0.4, 0.65, 0.1)


def test_rmsprop_on_any_device(rmsprop_step):
    """Nothing is made on the CPU: results are on the device of the arguments."""
    assert_device(rmsprop_step, *transposed(1), 0.1)


def test_adadelta_of_any_tensor(adadelta_step):
    """Tensors of any shape are taken in turn, and each has its own averages."""
    assert_any_tensor(adadelta_step, adadelta_rule, 2, 0.8, 0.2)


def test_adadelta_of_any_setting(adadelta_step, reference):
    """Any rho and eps will do, by position or by name, and any layout in memory."""
    w, grad, s, delta = transposed(2)
    agree(adadelta_step, reference, w=w, grad=grad, s=s, delta=delta, rho=0.35, eps=0.5)
    agree(adadelta_step, reference, w, 30 * grad, 4 * s, 0.1 * delta, eps=3.0, rho=0.99)
    agree(adadelta_step, reference, w, grad, s, delta, rho=0.0)


def test_adadelta_without_gradient(adadelta_step):
    """Where the gradient is 0 the weights stay, without NaN; from zero averages eps makes the first step."""
    w, grad = randn(5, seed=63), torch.tensor([0.0, 0.5, 0.0, -2.0, 0.0], dtype=torch.float64)
    zeros = torch.zeros_like(w)
    agree(adadelta_step, by_number(adadelta_rule, 2), w, grad, zeros, zeros, 0.9, 1e-6)
    agree(adadelta_step, by_number(adadelta_rule, 2), w, 0 * grad, w.square(), w.abs(), 0.6, 1e-3)


def test_adadelta_in_float32(adadelta_step):
    """The results have the dtype of the arguments."""
    assert_float32_stays(adadelta_step, adadelta_rule, 2, 0.65, 0.1)


def test_adadelta_on_any_device(adadelta_step):
    """Nothing is made on the CPU: results are on the device of the arguments."""
    assert_device(adadelta_step, *transposed(2))


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


def slow_schedule(accuracies, lr, patience, tolerance):
    """Look back from each epoch, comparing all pairs: the second oracle."""
    halved_after = []
    for epoch in range(len(accuracies)):
        first = epoch - patience + 1
        if first >= 0 and all(first > halving for halving in halved_after):
            pairs = itertools.product(accuracies[first : epoch + 1], repeat=2)
            if all(a - b <= tolerance for a, b in pairs):
                halved_after.append(epoch)
    halvings = [sum(epoch > halving for halving in halved_after) for epoch in range(len(accuracies))]
    return [lr / 2 ** min(count, 10) for count in halvings]


def walk(length, largest, seed):
    """Return accuracies in sixty-fourths that go up or down by at most `largest` of them at a time."""
    generator = torch.Generator().manual_seed(seed)
    steps = torch.randint(-largest, largest + 1, (length,), generator=generator)
    return ((32 + steps.cumsum(0)).clamp(0, 64) / 64.0).tolist()


@functools.cache
def many_cases():
    """Return the arguments and the right results of many calls; steep curves and flat ones, with all sorts of bands.

    Accuracies are sixty-fourths, and tolerances whole or half ones, so that every band is exact, in float32 too.
    """
    settings = itertools.product((1, 2, 3, 4, 6, 9), (0.0, 0.5, 1.0, 2.0, 3.5, 5.0))
    cases = [
        (walk(48, 1 + seed % 3, 100 + seed), 0.75, patience, width / 64)
        for seed, (patience, width) in enumerate(settings)
    ]
    return cases, [slow_schedule(*case) for case in cases]


def test_any_patience_and_tolerance(halve_on_plateau):
    """The schedule is right for any accuracies, patience and tolerance."""
    cases, expected = many_cases()
    got = [halve_on_plateau(*case) for case in cases]
    assert_matches(got, expected, what=f"the rates in {len(cases)} cases")


def test_patience_of_one(halve_on_plateau):
    """With patience 1 every epoch is a plateau, down to the floor, for any lr and even without tolerance."""
    for lr, tolerance in ((0.5, 0.0), (96.0, 0.25)):
        agree(halve_on_plateau, slow_schedule, walk(16, 9, 7), lr, 1, tolerance)


def test_no_tolerance(halve_on_plateau):
    """With tolerance 0 only accuracies that are all the same are a plateau."""
    accuracies = [0.5, 0.5, 0.5, 0.75, 0.75, 0.5, 0.75, 0.75, 0.75, 0.75, 0.75, 0.75, 0.25]
    agree(halve_on_plateau, slow_schedule, accuracies, 0.5, 3, 0.0)
    agree(halve_on_plateau, slow_schedule, accuracies, 0.5, 4, 0.0)


def test_down_to_the_floor_and_on(halve_on_plateau):
    """The floor is lr / 1024, whatever lr is, and the rate stays there."""
    for lr, patience in ((3.0, 2), (512.0, 3)):
        agree(halve_on_plateau, slow_schedule, [0.625] * 40, lr=lr, patience=patience, tolerance=0.0)


def test_short_trainings(halve_on_plateau):
    """There is one rate for each epoch, however few there are; fewer than patience are no plateau."""
    for length in (1, 2, 3, 4):
        agree(halve_on_plateau, slow_schedule, [0.5] * length, 0.25, 3, 0.125)
    assert_matches(halve_on_plateau(accuracies=[0.5] * 6, lr=0.25, patience=7, tolerance=1.0), [0.25] * 6)


def test_accuracies_are_left_alone(halve_on_plateau):
    """The list of accuracies stays as it is."""
    accuracies = walk(20, 1, 8)
    driven = halve_on_plateau.driven_by(with_arguments)
    got = driven(accuracies, 0.5, 2, 1 / 64)
    expected = slow_schedule(accuracies, 0.5, 2, 1 / 64), [accuracies, 0.5, 2, 1 / 64]
    assert_matches(got, expected, what="the rates and the arguments after the call")
