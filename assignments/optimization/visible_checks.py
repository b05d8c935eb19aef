"""Checks that students have: adam_step."""

import torch

from autograder.checking import agree, assert_inputs_unchanged, assert_matches, assert_raises
from autograder.errors import CheckFailed, Raised

W = torch.tensor([[0.5, -1.2, 0.3], [2.0, 0.0, -0.7]], dtype=torch.float64)
GRAD = torch.tensor([[0.4, -0.9, 1.5], [-0.2, 0.6, -1.1]], dtype=torch.float64)
V = torch.tensor([[0.1, 0.3, -0.2], [0.25, -0.35, 0.05]], dtype=torch.float64)
S = torch.tensor([[0.2, 0.05, 0.6], [0.12, 0.35, 0.9]], dtype=torch.float64)
SETTING = {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 0.1}


def numbers(*rows):
    """Return a row, or a matrix of rows, in float64."""
    return torch.tensor(rows if len(rows) > 1 else rows[0], dtype=torch.float64)


def three_results(answer, *args, **kwargs):
    """Return what the answer returns, once it is a tuple or list of three."""
    got = answer(*args, **kwargs)
    if not isinstance(got, list | tuple) or len(got) != 3:
        assert_matches(got, (args[0], args[2], args[3]))
    return got


def test_new_weights(adam_step):
    """In the middle of training, the new weights are w - lr * v_hat / (sqrt(s_hat) + eps)."""
    got = three_results(adam_step, W, GRAD, V, S, 3, **SETTING)
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
    got = three_results(adam_step, W, GRAD, V, S, 3, **SETTING)
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
    got = three_results(adam_step, w, grad, v, s, 2)
    expected = numbers([-0.000375522304042916, -0.000247415558819415])
    assert_matches(got[0], expected, what="w", tolerance=1e-11)


def test_t_counts_from_1(adam_step):
    """t below 1 is refused with ValueError."""
    failures = []
    for t in (0, -2):
        try:
            assert_raises(adam_step, W, GRAD, V, S, t)
        except CheckFailed as failure:
            failure.call = failure.call or adam_step.last_call
            failures.append(failure)
    if failures:
        raise failures[0]


def test_arguments_stay(adam_step):
    """The arguments are left as they are: the results are new tensors."""
    three_results(adam_step, W, GRAD, V, S, 2)
    try:
        assert_inputs_unchanged(adam_step, W, GRAD, V, S, 2)
    except Raised:
        pass  # it worked above, so it stops at tensors that require a gradient; this unit asks for none
