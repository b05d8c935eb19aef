"""Checks that only graders have: initialisation, activations, gradients and batch norm."""

import functools
import itertools
import math
import runpy
from pathlib import Path

import torch

from autograder.calls import Call, perform
from autograder.checking import (
    agree,
    agree_in_gradient,
    assert_device,
    assert_inputs_unchanged,
    assert_matches,
    assert_raises,
    observe,
    randn,
)
from autograder.describe import describe
from autograder.errors import CheckFailed, Raised
from autograder.helpers import joined_calls, sine, softsign

VISIBLE = runpy.run_path(str(Path(__file__).with_name("visible_checks.py")))
drawn, sigma, seeded, share = (VISIBLE[name] for name in ("drawn", "sigma", "seeded", "share"))
assert_distribution, assert_fans = VISIBLE["assert_distribution"], VISIBLE["assert_fans"]
assert_clipped, numbers = VISIBLE["assert_clipped"], VISIBLE["numbers"]
torch_batch_norm, batch_norm_inputs = VISIBLE["torch_batch_norm"], VISIBLE["batch_norm_inputs"]


def with_a_generator(answer):
    """Return samples of several shapes and gains, drawn from a generator, all arguments by position."""
    cases = (((12, 10, 2, 3, 5), 0.7, 31), ((4, 5000), 1.6, 32), ((900, 3), 0.2, 33))
    return [drawn(answer, sigma(shape, gain), shape, gain, seeded(seed)) for shape, gain, seed in cases]


def assert_independent(answer):
    """Assert that no row, column or kernel position has a mean of its own, nor any pair of these."""
    x = drawn(answer, 1.0, (16, 12, 9, 8)).x
    x = x / x.square().mean().sqrt()
    largest = 0.0
    for count in (1, 2):
        for kept in itertools.combinations(range(4), count):
            means = x.mean(dim=[axis for axis in range(4) if axis not in kept])
            terms = x.numel() / means.numel()
            largest = max(largest, means.abs().max().item() * math.sqrt(terms))
    observe("log of the largest mean in deviations", math.log(largest), 0.5)
    # 785 means over 72 numbers or more; each is beyond 7 deviations with probability 3e-12.
    if largest > 7:
        raise CheckFailed("value", "means that differ by chance alone", f"one {largest:.3g} deviations off")


def all_alike(values):
    """Tell whether values are all the same, up to a thousandth of the largest magnitude."""
    return bool(values.max() - values.min() <= 1e-3 * values.abs().max())


def assert_not_standardised(answer):
    """Assert that means, mean squares and largest magnitudes of small tensors vary as those of independent numbers do."""
    x = torch.stack([drawn(answer, 1.0, (5, 4)).x for _ in range(32)]).flatten(1)
    x = x / x.square().mean().sqrt()
    # The mean of 32 squared sums of 20 numbers, over its expectation: nearly a chi-square variable with 32 degrees of
    # freedom, over 32. Chernoff: it leaves 0.1 to 4 with probability below 2e-10.
    sums = x.sum(1).square().mean().item() / 20
    # The variance of the mean of 20 squares is (kurtosis - 1) / 20, with kurtosis 1.8 or 3. Estimated from 32 means it
    # is nearly a chi-square variable with 31 degrees of freedom, over 31; below a tenth with probability below 1e-9.
    squares = x.square().mean(1).var().item() * 20
    observe("log of the mean square of sums", math.log(sums + 1e-6), 1.5)
    observe("log of the variance of mean squares", math.log(squares + 1e-6), 1.5)
    # In units of the bound or of the deviation, the largest of 20 magnitudes has a density below 20. So 32 of them lie
    # within 0.01 with probability below 32 * 0.2**31, or 7e-21; and normal ones exceed 10 with one below 1e-20.
    magnitudes_alike, numbers_alike = all_alike(x.abs().amax(1)), all_alike(x.amax(1))
    observe("the largest magnitude is always the same", float(magnitudes_alike))
    observe("the largest number is always the same", float(numbers_alike))
    if not 0.1 <= sums <= 4:
        raise CheckFailed("value", "sums that vary by chance as those of independent numbers", "others")
    if squares < 0.08:
        raise CheckFailed("value", "mean squares that vary by chance", "the same one in every tensor")
    if magnitudes_alike:
        raise CheckFailed("value", "largest magnitudes that vary by chance", "the same one in every tensor")


def assert_other_draws_stay_random(answer):
    """Assert that drawing from a seeded generator does not decide what later calls draw."""
    samples = []
    for _ in range(2):
        drawn(answer, 1.0, (40, 30), generator=seeded(41))
        samples.append(drawn(answer, 1.0, (40, 30)).x)
    differ = share(samples[0] != samples[1])
    observe("share that differs after equal generators", differ, 0.05)
    if differ < 0.99:
        raise CheckFailed("behaviour", "other numbers in calls without a generator", "the same numbers")


def assert_generator_goes_on(answer):
    """Assert that two calls with one and the same generator draw different numbers."""
    got = answer.driven_by(functools.partial(joined_calls, times=2))((30, 20), generator=seeded(42))
    if not isinstance(got, torch.Tensor) or tuple(got.shape) != (2, 600):
        raise CheckFailed("structure", "600 numbers in each of two calls", describe(got))
    # Two numbers of 24 bits are alike with probability 6e-8, and 7 of 600 by chance with less than 1e-30.
    differ = share(got[0] != got[1])
    observe("share that differs in the second call with a generator", differ, 0.1)
    if differ < 0.99:
        raise CheckFailed(
            "behaviour", "other numbers in the second call with a generator", "the same numbers"
        )


def test_any_shape_gain_and_generator(xavier_uniform):
    """The interval is right for any shape and gain, with a generator too."""
    assert_distribution(True, *with_a_generator(xavier_uniform))


def test_numbers_are_independent(xavier_uniform):
    """Every element is drawn on its own: no row, column or kernel position stands out."""
    assert_independent(xavier_uniform)


def test_nothing_is_evened_out(xavier_uniform):
    """The draws are left as they are: a tensor's own mean and spread vary by chance."""
    assert_not_standardised(xavier_uniform)


def test_global_source_is_left_alone(xavier_uniform):
    """A generator does not change what later calls without one draw."""
    assert_other_draws_stay_random(xavier_uniform)


def test_the_generator_goes_on(xavier_uniform):
    """A generator goes on from call to call, so that every call draws anew."""
    assert_generator_goes_on(xavier_uniform)


def test_every_shape_gain_and_generator(xavier_normal):
    """The distribution is right for any shape and gain, with a generator too."""
    assert_distribution(False, *with_a_generator(xavier_normal))


def test_the_generator_goes_on_drawing(xavier_normal):
    """A generator goes on from call to call, so that every call draws anew."""
    assert_generator_goes_on(xavier_normal)


def test_draws_are_independent(xavier_normal):
    """Every element is drawn on its own: no row, column or kernel position stands out."""
    assert_independent(xavier_normal)


def test_draws_are_not_evened_out(xavier_normal):
    """The draws are left as they are: a tensor's own mean and spread vary by chance."""
    assert_not_standardised(xavier_normal)


def test_generator_leaves_the_global_source_alone(xavier_normal):
    """A generator does not change what later calls without one draw."""
    assert_other_draws_stay_random(xavier_normal)


def strided(*shape, seed, dtype=torch.float64):
    """Return a normal tensor whose elements do not lie in order in memory."""
    return randn(*reversed(shape), seed=seed, dtype=dtype).permute(*reversed(range(len(shape))))


def assert_left_alone(answer, *args):
    """Assert that arguments stay as they are, also where they require a gradient, if the answer can work on such."""
    answer(*args)
    try:
        assert_inputs_unchanged(answer, *args)
    except Raised:
        return


# fans


def test_fans_of_any_kernel(fans):
    """The kernel may have any number of axes, of any sizes."""
    assert_fans(fans, (2, 3, 5, 7, 11), 1155, 770)
    assert_fans(fans, (8, 5, 1, 1), 5, 8)
    assert_fans(fans, (13, 4, 2, 9), 72, 234)


def test_fans_refuse_an_empty_shape(fans):
    """An empty shape is refused with ValueError as well."""
    assert_raises(fans, ())


# sigmoid_gradient


def test_sigmoid_gradient_any_tensor(sigmoid_gradient):
    """The result has the shape and dtype of x, whatever these are and however x lies in memory."""

    def oracle(x):
        return 0.25 / torch.cosh(x / 2).square()

    agree(sigmoid_gradient, oracle, 2 * strided(2, 5, 3, seed=120))
    agree(sigmoid_gradient, oracle, randn(7, seed=121, dtype=torch.float32))


def test_sigmoid_gradient_far_out_in_float32(sigmoid_gradient):
    """Far away from 0 the result is finite in float32, too."""
    for far in (-100.0, 100.0, -3e4, 3e4):
        x = torch.tensor([far, 0.0])
        assert_matches(sigmoid_gradient(x), torch.tensor([0.0, 0.25]))


def test_sigmoid_gradient_leaves_x_alone(sigmoid_gradient):
    """x itself is not changed, nor are its requires_grad and .grad."""
    assert_left_alone(sigmoid_gradient, randn(3, 4, seed=122))


def test_sigmoid_gradient_device(sigmoid_gradient):
    """The result is on the device of x."""
    assert_device(sigmoid_gradient, randn(3, 4, seed=123))


# leaky_relu


def test_leaky_relu_gradient(leaky_relu):
    """The gradient is 1 for positive x and the slope for negative x."""
    for slope in (0.3, 1.75, -0.5):
        agree_in_gradient(
            leaky_relu, torch.nn.functional.leaky_relu, randn(5, 3, seed=130), negative_slope=slope
        )


def test_leaky_relu_any_tensor(leaky_relu):
    """The result has the shape and dtype of x, whatever these are and however x lies in memory."""
    agree(leaky_relu, torch.nn.functional.leaky_relu, strided(2, 5, 3, seed=131), 0.2)
    agree(leaky_relu, torch.nn.functional.leaky_relu, randn(7, seed=132, dtype=torch.float32), 0.2)


def test_leaky_relu_leaves_x_alone(leaky_relu):
    """x itself is not changed."""
    assert_inputs_unchanged(leaky_relu, randn(3, 4, seed=133), 0.2)


def test_leaky_relu_device(leaky_relu):
    """The result is on the device of x."""
    assert_device(leaky_relu, randn(3, 4, seed=134), 0.2)


# elu


def test_elu_gradient_far_out(elu):
    """The gradient is free of NaN for large x of either sign: 1 on the right, 0 on the left."""
    far = numbers(1000.0, -1000.0, 0.5, -0.5)
    agree_in_gradient(elu, torch.nn.functional.elu, far, alpha=1.7)
    agree_in_gradient(elu, torch.nn.functional.elu, far.float() / 5, alpha=0.4)


def test_elu_any_tensor(elu):
    """The result has the shape and dtype of x, whatever these are and however x lies in memory."""
    agree(elu, torch.nn.functional.elu, strided(2, 5, 3, seed=140), 0.3)
    agree(elu, torch.nn.functional.elu, randn(7, seed=141, dtype=torch.float32), 2.4)


def test_elu_leaves_x_alone(elu):
    """x itself is not changed."""
    assert_inputs_unchanged(elu, randn(3, 4, seed=142), 0.7)


def test_elu_device(elu):
    """The result is on the device of x."""
    assert_device(elu, randn(3, 4, seed=143), 0.7)


# layer_gradient_norms


def by_hand(slope, function):
    """Return an oracle that multiplies the Jacobians itself; `slope` is the derivative of the activation."""

    def norms(weights, x, activation):
        slopes = []
        for weight in weights:
            slopes.append(slope(x @ weight))
            x = function(x @ weight)
        gradient, found = torch.ones_like(x), []
        for weight, factor in zip(reversed(weights), reversed(slopes), strict=True):
            gradient = (gradient * factor) @ weight.T
            found.append(gradient.square().sum().sqrt())
        return torch.stack(found[::-1])

    return norms


def network(n, *widths, seed, dtype=torch.float64):
    """Return weights of a network of these widths, and inputs."""
    weights = [
        randn(d, h, seed=seed + k, dtype=dtype)
        for k, (d, h) in enumerate(zip(widths, widths[1:], strict=False))
    ]
    return weights, randn(n, widths[0], seed=seed + 50, dtype=dtype)


def test_layer_gradient_norms_changing_widths(layer_gradient_norms):
    """Layers may have any widths, and there may be any number of them."""
    oracle = by_hand(lambda z: 1 / (1 + z.abs()).square(), softsign)
    for widths in ((5, 7, 2, 3), (2, 3, 5, 4, 6, 1), (3, 1, 4)):
        agree(layer_gradient_norms, oracle, *network(4, *widths, seed=200), softsign)


def test_layer_gradient_norms_any_activation(layer_gradient_norms):
    """The activation may rise and fall."""
    agree(layer_gradient_norms, by_hand(torch.cos, sine), *network(3, 4, 5, 2, seed=210), activation=sine)


def test_layer_gradient_norms_float32(layer_gradient_norms):
    """The result has the dtype of x."""
    oracle = by_hand(lambda z: 1 / (1 + z.abs()).square(), softsign)
    agree(layer_gradient_norms, oracle, *network(3, 4, 5, 2, seed=220, dtype=torch.float32), softsign)


def test_layer_gradient_norms_transposed_weights(layer_gradient_norms):
    """Weights and x may lie in memory in any order."""
    oracle = by_hand(lambda z: 1 / (1 + z.abs()).square(), softsign)
    weights, x = [strided(4, 5, seed=230), strided(5, 3, seed=231)], strided(2, 4, seed=232)
    agree(layer_gradient_norms, oracle, weights, x, softsign)


def test_layer_gradient_norms_leave_arguments_alone(layer_gradient_norms):
    """The weights and x are not changed, nor are their requires_grad and .grad."""
    assert_left_alone(layer_gradient_norms, *network(3, 4, 5, 2, seed=240), softsign)


def test_layer_gradient_norms_device(layer_gradient_norms):
    """The result is on the device of x."""
    assert_device(layer_gradient_norms, *network(3, 4, 5, 2, seed=250), softsign)


# clip_gradients


def test_any_number_of_tensors(clip_gradients):
    """There may be any number of gradients of any shapes, zeros among them, and they lie in memory in any order."""
    grads = [randn(2, 3, 4, seed=260), 5 * randn(1, seed=261), torch.zeros(3, 2, dtype=torch.float64)]
    grads += [strided(5, 2, seed=262), 0.1 * randn(7, seed=263)]
    norm = math.sqrt(sum(grad.square().sum().item() for grad in grads))
    assert_clipped(clip_gradients, grads, 0.75 * norm, 0.75)
    assert_clipped(clip_gradients, grads, 1.25 * norm, 1.0)
    assert_clipped(clip_gradients, grads[:1], 0.5, 0.5 / grads[0].square().sum().sqrt().item())


def test_clipped_in_float32(clip_gradients):
    """The results have the dtype of the gradients."""
    grads = [torch.tensor([[6.0, 0.0], [0.0, 2.0]]), torch.tensor([3.0, 0.0, 0.0])]  # the norm is 7
    assert_clipped(clip_gradients, grads, 3.5, 0.5)


def test_gradients_are_left_alone(clip_gradients):
    """The gradients that come in are not changed."""
    assert_left_alone(clip_gradients, [randn(3, 4, seed=264), randn(5, seed=265)], 0.5)


def test_clipped_on_the_device(clip_gradients):
    """The results are on the device of the gradients."""
    assert_device(clip_gradients, [randn(3, 4, seed=266), randn(5, seed=267)], 0.5)


# batch_norm


def assert_gradients(answer, *args, **kwargs):
    """Assert that the gradients of y with respect to x, gamma and beta are torch's."""
    y = torch_batch_norm(*args, **kwargs)[0]
    weights = [randn(*y.shape, seed=98), torch.zeros_like(args[3]), torch.zeros_like(args[4])]
    call = Call(answer.name, args, kwargs, cotangents=weights)
    expected, got = perform(torch_batch_norm, call), answer.ask(call)
    assert_matches(got.result, expected.result)
    for name, ours, theirs, value in zip(
        ("x", "gamma", "beta"), expected.gradients, got.gradients, args, strict=False
    ):
        what = f"the gradient of y with respect to {name}"
        assert_matches(
            torch.zeros_like(value) if theirs is None else theirs, ours, what=what, rung="gradient"
        )


def test_gradients_of_a_batch(batch_norm):
    """In training, gradients flow from y to x (also through mean and variance), gamma and beta."""
    assert_gradients(batch_norm, *batch_norm_inputs(7, 3, seed=300), True)
    assert_gradients(batch_norm, *batch_norm_inputs(3, 2, 4, 5, seed=310), True, eps=0.2)


def test_gradients_in_evaluation(batch_norm):
    """In evaluation, gradients flow from y to x, gamma and beta."""
    assert_gradients(batch_norm, *batch_norm_inputs(5, 3, seed=320), False)
    assert_gradients(batch_norm, *batch_norm_inputs(3, 2, 4, 5, seed=330), False)


def test_eps_is_added_to_the_variance(batch_norm):
    """eps is added to the variance, under the root, in training and in evaluation; running statistics know nothing of it."""
    for training in (True, False):
        agree(batch_norm, torch_batch_norm, *batch_norm_inputs(5, 3, seed=340), training, eps=0.5)


def test_any_momentum(batch_norm):
    """momentum is the share of the batch in the new running statistics."""
    for momentum in (0.75, 1.0):
        agree(batch_norm, torch_batch_norm, *batch_norm_inputs(6, 2, seed=350), True, momentum=momentum)


def test_images_of_any_size(batch_norm):
    """Images may have any size, even one pixel, and a batch may be one image."""
    for shape in ((5, 3, 2, 7), (1, 4, 3, 2), (7, 2, 1, 1)):
        agree(batch_norm, torch_batch_norm, *batch_norm_inputs(*shape, seed=360), True)
        agree(batch_norm, torch_batch_norm, *batch_norm_inputs(*shape, seed=370), training=False)


def test_images_in_any_layout(batch_norm):
    """x may lie in memory in any order."""
    _, *others = batch_norm_inputs(3, 4, seed=380)
    agree(batch_norm, torch_batch_norm, strided(3, 4, 2, 5, seed=381), *others, True)


def test_batch_norm_in_float32(batch_norm):
    """The results have the dtype of x."""
    agree(batch_norm, torch_batch_norm, *batch_norm_inputs(6, 3, seed=390, dtype=torch.float32), True)
    agree(batch_norm, torch_batch_norm, *batch_norm_inputs(2, 3, 4, 5, seed=391, dtype=torch.float32), False)


def test_batch_norm_leaves_arguments_alone(batch_norm):
    """x, gamma, beta and the running statistics that come in are not changed."""
    assert_inputs_unchanged(batch_norm, *batch_norm_inputs(5, 3, seed=400), True)


def test_batch_norm_device(batch_norm):
    """The results are on the device of x."""
    assert_device(batch_norm, *batch_norm_inputs(5, 3, seed=410), True)
