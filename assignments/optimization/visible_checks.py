"""Checks that students have, for every exercise of the unit.

Random orders are judged by statistics, each with a false-alarm probability below 1e-8.
"""

import torch

from autograder.calls import Foreign
from autograder.checking import (
    agree,
    assert_inputs_unchanged,
    assert_matches,
    assert_raises,
    assert_within,
    observe,
)
from autograder.describe import describe
from autograder.errors import CheckFailed, Raised

W = torch.tensor([[0.5, -1.2, 0.3], [2.0, 0.0, -0.7]], dtype=torch.float64)
GRAD = torch.tensor([[0.4, -0.9, 1.5], [-0.2, 0.6, -1.1]], dtype=torch.float64)
V = torch.tensor([[0.1, 0.3, -0.2], [0.25, -0.35, 0.05]], dtype=torch.float64)
S = torch.tensor([[0.2, 0.05, 0.6], [0.12, 0.35, 0.9]], dtype=torch.float64)
DELTA = torch.tensor([[0.04, 0.25, 0.09], [0.16, 0.01, 0.36]], dtype=torch.float64)
SETTING = {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 0.1}


def numbers(*rows):
    """Return a row, or a matrix of rows, in float64."""
    return torch.tensor(rows if len(rows) > 1 else rows[0], dtype=torch.float64)


def unpacked(answer, states, *args, **kwargs):
    """Return what a step returns, once it is a tuple or list of the weights and so many states."""
    got = answer(*args, **kwargs)
    if not isinstance(got, list | tuple) or len(got) != 1 + states:
        assert_matches(got, (args[0], *args[2 : 2 + states]))
    return got


def assert_arguments_stay(answer, states, *args):
    """Assert that a step leaves its arguments alone."""
    unpacked(answer, states, *args)
    try:
        assert_inputs_unchanged(answer, *args)
    except Raised:
        pass  # it worked above, so it stops at tensors that require a gradient; this unit asks for none


def dealt(answer, *args, **kwargs):
    """Return what `minibatches` returns, once it is a list of tensors of whole numbers with one dimension."""
    got = answer(*args, **kwargs)
    for value in got if isinstance(got, list | tuple) and got else [got]:
        tensor = isinstance(value, torch.Tensor)
        whole = tensor and not (value.is_floating_point() or value.is_complex() or value.dtype is torch.bool)
        if value is got or not whole or value.dim() != 1 or value.device.type == "meta":
            form = f"{value.dtype} with {value.dim()} dimensions" if tensor else type(value).__name__
            observe(
                f"{'the result' if value is got else 'a batch'} is {value if isinstance(value, Foreign) else form}",
                0.0,
            )
            raise CheckFailed("type", "a list of tensors of indices, each with one dimension", describe(got))
    return got


def each_once(batches, n):
    """Return the indices in the order in which they are dealt out, once each from 0 to n-1 is there once."""
    x = torch.cat([batch.long() for batch in batches])
    if not torch.equal(x.sort().values, torch.arange(n)):
        observe("number of indices", float(len(x)))
        observe("n is among them", float((x == n).any()))
        observe("some index twice", float(len(x.unique()) < len(x)))
        observe("some index twice in a batch", float(any(len(b.unique()) < len(b) for b in batches)))
        raise CheckFailed("value", f"each index from 0 to {n - 1} once", describe(x.sort().values.tolist()))
    return x


def order(answer, n, batch_size, **kwargs):
    """Return the order in which the answer deals out n indices."""
    return each_once(dealt(answer, n, batch_size, **kwargs), n)


def assert_other_order(first, second, what):
    """Assert that two orders of several hundred indices are not alike, but for chance."""
    alike = int((first == second).sum())
    observe(f"{what}: share alike", share(first == second), 0.5)
    observe(f"{what}: all alike", float(alike == len(first)))
    observe(
        "the index in front", float(first[0]), float(len(first))
    )  # so that two runs are seen to be random
    # Twelve places or more are alike with probability below 1 / 12! = 2.1e-9.
    if alike >= 12:
        raise CheckFailed(
            "value", f"another order in {what}", f"{alike} of {len(first)} indices in one place in both"
        )


def assert_refused(answer, *cases):
    """Assert that every one of these lists of arguments is refused with ValueError."""
    failures = []
    for case in cases:
        try:
            assert_raises(answer, *case)
        except CheckFailed as failure:
            failure.call = failure.call or answer.last_call
            failures.append(failure)
    if failures:
        raise failures[0]


def seeded(seed):
    """Return a new generator with this seed."""
    return torch.Generator().manual_seed(seed)


def share(flags):
    """Return the share of flags that are set."""
    return flags.double().mean().item()


def test_every_index_once(minibatches):
    """Every index from 0 to n-1 is dealt out once, batch_size to a batch, and to the last one what is left."""
    for n, batch_size in ((40, 17), (12, 3), (7, 7), (5, 8), (3, 1)):
        batches = dealt(minibatches, n, batch_size)
        full, rest = divmod(n, batch_size)
        sizes = [batch_size] * full + [rest] * (rest > 0)
        assert_matches([len(batch) for batch in batches], sizes, what="the sizes of the batches")
        each_once(batches, n)


def test_indices_are_int64(minibatches):
    """The indices are int64 tensors."""
    kinds = {str(batch.dtype) for batch in dealt(minibatches, 10, 4)}
    assert_matches(sorted(kinds), ["torch.int64"], what="the dtypes of the batches", rung="dtype")


def test_order_is_random(minibatches):
    """The indices come in random order, from one batch to the next and within each."""
    x = order(minibatches, 600, 50)
    rows = x.reshape(12, 50)
    # The number of ascents among 588 neighbours has mean 294 and variance 51; it is the sum of independent coins, so
    # that Bernstein's bound leaves 53 more or less a probability below 3e-9.
    ascents = share(rows[:, 1:] > rows[:, :-1])
    assert_within(
        ascents, 0.41, 0.59, "the share of indices that are larger than the one before in their batch"
    )
    # Twelve indices or more are in their places with probability below 1 / 12! = 2.1e-9.
    assert_within(
        share(x == torch.arange(600)), 0.0, 11.5 / 600, "the share of indices that are in their places"
    )
    # Some batch of 50 keeps to 300 neighbouring indices with probability below 12 * 300 * 2**-50 = 4e-12.
    reach = (rows.max(dim=1).values - rows.min(dim=1).values).min().item()
    assert_within(reach, 300, 599, "the smallest distance from the lowest to the highest index of a batch")


def test_every_epoch_another_order(minibatches):
    """Two calls give different orders."""
    first, second = order(minibatches, 500, 20), order(minibatches, 500, 20)
    assert_other_order(first, second, "each of two calls")


def test_generator_decides(minibatches):
    """All draws come from the generator: the same seed gives the same order, another seed gives another."""
    first = order(minibatches, 500, 20, generator=seeded(21))
    again = order(minibatches, 500, 20, generator=seeded(21))
    other = order(minibatches, 500, 20, generator=seeded(22))
    observe("share alike for one seed", share(first == again), 0.05)
    if not torch.equal(first, again):
        raise CheckFailed("value", "the same order for the same seed", "another one")
    assert_other_order(first, other, "a generator with another seed")


def test_batch_size_is_positive(minibatches):
    """A batch_size below 1 is refused with ValueError."""
    assert_refused(minibatches, (10, 0), (10, -4))


def test_velocity_moves_the_weights(momentum_step):
    """The new weights are w - v, with the new velocity v = gamma*v + lr*grad."""
    got = unpacked(momentum_step, 1, W, GRAD, V, 0.1, 0.7)
    assert_matches(got[0], numbers([0.39, -1.32, 0.29], [1.845, 0.185, -0.625]), what="w")


def test_velocity_is_returned(momentum_step):
    """The new velocity is returned after the weights."""
    got = unpacked(momentum_step, 1, W, GRAD, V, 0.1, 0.7)
    assert_matches(got[1], numbers([0.11, 0.12, 0.01], [0.155, -0.185, -0.075]), what="v")


def test_momentum_at_rest_and_without_friction(momentum_step):
    """From rest the first step is plain gradient descent; without a gradient and with gamma = 1, v stays as it is."""
    zeros = torch.zeros_like(W)
    agree(momentum_step, lambda w, grad, v, lr, gamma: (w - lr * grad, lr * grad), W, GRAD, zeros, 0.3, 0.6)
    agree(momentum_step, lambda w, grad, v, lr, gamma: (w - v, v), W, zeros, V, 0.3, 1.0)


def test_momentum_leaves_arguments(momentum_step):
    """The arguments are left as they are: the results are new tensors."""
    assert_arguments_stay(momentum_step, 1, W, GRAD, V, 0.1, 0.7)


def test_adagrad_weights(adagrad_step):
    """The new weights are w - lr * grad / sqrt(s + eps), with the new sum s."""
    got = unpacked(adagrad_step, 1, W, GRAD, S, 0.2, 0.13)
    expected = numbers(
        [0.3857142857143, -1.0190931932533, 0.126214666091],
        [2.0742781352708, -0.1309307341416, -0.5530063169482],
    )
    assert_matches(got[0], expected, what="w")


def test_adagrad_sum_is_returned(adagrad_step):
    """The new sum of squared gradients is returned after the weights."""
    got = unpacked(adagrad_step, 1, W, GRAD, S, 0.2, 0.13)
    assert_matches(got[1], numbers([0.36, 0.86, 2.85], [0.16, 0.71, 2.11]), what="s")


def test_adagrad_default(adagrad_step):
    """Left out, eps is 1e-6."""
    got = unpacked(adagrad_step, 1, numbers([0.0, 0.0]), numbers([0.5, 2e-3]), numbers([0.24, 1e-6]), 0.1)
    assert_matches(got[0], numbers([-0.0714284985423856, -0.0816496580927726]), what="w")


def test_adagrad_leaves_arguments(adagrad_step):
    """The arguments are left as they are: the results are new tensors."""
    assert_arguments_stay(adagrad_step, 1, W, GRAD, S, 0.2)


def test_rmsprop_weights(rmsprop_step):
    """The new weights are w - lr * grad / sqrt(s + eps), with the new average s."""
    got = unpacked(rmsprop_step, 1, W, GRAD, S, 0.2, 0.7, 0.13)
    expected = numbers(
        [0.3581346195736, -0.9181990690117, 0.0289476291284],
        [2.0841406323823, -0.1726663389207, -0.4923973931126],
    )
    assert_matches(got[0], expected, what="w")


def test_rmsprop_average_is_returned(rmsprop_step):
    """The new average of squared gradients is returned after the weights."""
    got = unpacked(rmsprop_step, 1, W, GRAD, S, 0.2, 0.7, 0.13)
    assert_matches(got[1], numbers([0.188, 0.278, 1.095], [0.096, 0.353, 0.993]), what="s")


def test_rmsprop_defaults(rmsprop_step):
    """Left out, the settings are gamma=0.9 and eps=1e-6."""
    got = unpacked(rmsprop_step, 1, numbers([0.0, 0.0]), numbers([0.5, 2e-3]), numbers([0.04, 1e-6]), 0.1)
    assert_matches(got[0], numbers([-0.2024424231874052, -0.1318760946791574]), what="w")


def test_rmsprop_leaves_arguments(rmsprop_step):
    """The arguments are left as they are: the results are new tensors."""
    assert_arguments_stay(rmsprop_step, 1, W, GRAD, S, 0.2)


def test_adadelta_weights(adadelta_step):
    """The new weights are w - sqrt((delta + eps) / (s + eps)) * grad, with the new s and the old delta."""
    got = unpacked(adadelta_step, 2, W, GRAD, S, DELTA, 0.7, 0.13)
    expected = numbers(
        [0.2075370259418, -0.331431197483, -0.3356741560368],
        [2.2265555861777, -0.3230291412349, 0.0266091241061],
    )
    assert_matches(got[0], expected, what="w")


def test_adadelta_averages_are_returned(adadelta_step):
    """The new averages, of squared gradients and of squared steps, are returned after the weights."""
    got = unpacked(adadelta_step, 2, W, GRAD, S, DELTA, 0.7, 0.13)
    assert_matches(got[1], numbers([0.188, 0.278, 1.095], [0.096, 0.353, 0.993]), what="s")
    expected = numbers(
        [0.0536603773585, 0.4013235294118, 0.1842244897959],
        [0.1273982300885, 0.0383043478261, 0.4103882457703],
    )
    assert_matches(got[2], expected, what="delta")


def test_adadelta_defaults(adadelta_step):
    """Left out, the settings are rho=0.9 and eps=1e-5."""
    s, delta = numbers([0.04, 1e-5]), numbers([0.01, 2e-5])
    got = unpacked(adadelta_step, 2, numbers([0.0, 0.0]), numbers([0.5, 4e-3]), s, delta)
    assert_matches(got[0], numbers([-0.2025286792620223, -0.0048271079202548]), what="w")


def test_adadelta_leaves_arguments(adadelta_step):
    """The arguments are left as they are: the results are new tensors."""
    assert_arguments_stay(adadelta_step, 2, W, GRAD, S, DELTA)


def test_new_weights(adam_step):
    """In the middle of training, the new weights are w - lr * v_hat / (sqrt(s_hat) + eps)."""
    got = unpacked(adam_step, 2, W, GRAD, V, S, 3, **SETTING)
    assert_matches(
        got[0],
        numbers(
            [0.4743500317749, -1.2138849794712, 0.2874587186411],
            [1.9672734452358, 0.0196606558817, -0.6859941548725],
        ),
        what="w",
    )


def test_moments_are_returned_uncorrected(adam_step):
    """The moments returned are the running averages themselves, before the correction."""
    got = unpacked(adam_step, 2, W, GRAD, V, S, 3, **SETTING)
    assert_matches(got[1], numbers([0.16, 0.06, 0.14], [0.16, -0.16, -0.18]), what="v")
    assert_matches(got[2], numbers([0.198, 0.088, 0.6825], [0.116, 0.3505, 0.9155]), what="s")


def test_first_step_has_the_length_lr(adam_step):
    """The first step from moments of 0 is lr * grad / (abs(grad) + eps)."""

    def first_step(w, grad, v, s, t, lr, beta1, beta2, eps):
        return w - lr * grad / (grad.abs() + eps), (1 - beta1) * grad, (1 - beta2) * grad**2

    zeros = torch.zeros_like(W)
    agree(adam_step, first_step, W, GRAD, zeros, zeros, 1, 0.05, 0.7, 0.9, 0.2)


def test_defaults(adam_step):
    """Left out, the settings are lr=1e-3, beta1=0.9, beta2=0.999 and eps=1e-8."""
    w, grad = numbers([0.0, 0.0]), numbers([0.5, 2e-8])
    v, s = numbers([0.3, 1e-8]), numbers([0.04, 1e-16])
    got = unpacked(adam_step, 2, w, grad, v, s, 2)
    expected = numbers([-0.000375522304042916, -0.000247415558819415])
    assert_matches(got[0], expected, what="w", tolerance=1e-11)


def test_t_counts_from_1(adam_step):
    """t below 1 is refused with ValueError."""
    assert_refused(adam_step, (W, GRAD, V, S, 0), (W, GRAD, V, S, -2))


def test_arguments_stay(adam_step):
    """The arguments are left as they are: the results are new tensors."""
    assert_arguments_stay(adam_step, 2, W, GRAD, V, S, 2)


# Accuracies, bands and rates are sums of few powers of 2, so that no comparison hangs on rounding.


def test_rate_is_halved_after_a_plateau(halve_on_plateau):
    """Once the last patience accuracies lie within the tolerance, the rate is halved from the next epoch on."""
    accuracies = [0.125, 0.5, 0.75, 0.8125, 0.75, 0.875, 0.5, 0.25]
    rates = [0.75, 0.75, 0.75, 0.75, 0.75, 0.375, 0.375, 0.375]
    assert_matches(halve_on_plateau(accuracies, 0.75, 3, 0.09375), rates)


def test_count_starts_anew(halve_on_plateau):
    """After a halving, only the accuracies of later epochs count."""
    rates = [1.5, 1.5, 1.5, 0.75, 0.75, 0.75, 0.375, 0.375]
    assert_matches(halve_on_plateau([0.5] * 8, 1.5, patience=3, tolerance=0.125), rates)


def test_band_is_highest_minus_lowest(halve_on_plateau):
    """The band goes from the lowest to the highest accuracy of all of the last epochs, wherever these stand."""
    climbing = [0.125, 0.1875, 0.25, 0.3125, 0.375, 0.4375]
    assert_matches(halve_on_plateau(climbing, 0.5, 4, 0.125), [0.5] * 6)
    there_and_back = [0.5, 0.75, 0.25, 0.5, 0.75, 0.25, 0.5]
    assert_matches(halve_on_plateau(there_and_back, 0.5, 4, 0.125), [0.5] * 7)


def test_band_as_wide_as_the_tolerance(halve_on_plateau):
    """A band just as wide as the tolerance counts as a plateau."""
    got = halve_on_plateau([0.5, 0.625, 0.5625, 0.75, 0.25], 0.5, patience=3, tolerance=0.125)
    assert_matches(got, [0.5, 0.5, 0.5, 0.25, 0.25])


def test_rate_has_a_floor(halve_on_plateau):
    """The rate never goes below lr / 1024."""
    rates = [2.0, 1.0, 0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625, 0.001953125]
    assert_matches(halve_on_plateau([0.5] * 14, 2.0, patience=1), [*rates, *rates[-1:] * 3])


def test_schedule_defaults(halve_on_plateau):
    """Left out, patience is 10 and tolerance is 1e-3."""
    still, moving = [0.7, 0.7009] * 6, [0.7, 0.7011] * 6
    assert_matches(halve_on_plateau(still, 0.5), [0.5] * 10 + [0.25] * 2)
    assert_matches(halve_on_plateau(moving, 0.5), [0.5] * 12)
