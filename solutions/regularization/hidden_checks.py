"""Checks that only graders have: folds, weight decay, dropout, early stopping, weights for shifted data."""

import math

import torch

from autograder.calls import Call
from autograder.checking import (
    agree,
    agree_in_gradient,
    assert_device,
    assert_inputs_unchanged,
    assert_matches,
    assert_raises,
    assert_within,
    observe,
    randn,
)
from autograder.errors import CheckFailed, Raised
from autograder.helpers import with_arguments

NAN, INF = math.nan, math.inf


def numbers(*rows, dtype=torch.float64):
    """Return a tensor, by default float64."""
    return torch.tensor(rows, dtype=dtype)


def assert_arguments_stay(answer, *args):
    """Assert that no argument is changed, for an exercise that asks for no gradient: NumPy is fine there."""
    try:
        assert_inputs_unchanged(answer, *args)
    except Raised as failure:
        if "numpy() on Tensor that requires grad" not in failure.text:
            raise


# k_fold_split


def test_any_n_and_k(k_fold_split, reference):
    """The folds are right for any n and k, the first and the last one, too."""
    for n, k in ((23, 7), (29, 4), (30, 8)):
        for i in range(k):
            agree(k_fold_split, reference, n, k, i)
    for i in (0, 5, 6, 12):
        agree(k_fold_split, reference, 1009, 13, i)


def test_two_folds(k_fold_split, reference):
    """k = 2 cuts the data in halves."""
    for n in (2, 6, 7):
        for i in range(2):
            agree(k_fold_split, reference, n, 2, i)


def test_leave_one_out(k_fold_split, reference):
    """With k = n each fold is a single index."""
    for i in range(5):
        agree(k_fold_split, reference, 5, 5, i)


def test_impossible_arguments(k_fold_split):
    """Everything but 2 <= k <= n and 0 <= i < k is refused with ValueError."""
    for n, k, i in ((1, 1, 0), (5, 0, 0), (5, -2, 0), (4, 9, 8), (9, 4, 6), (9, 4, -4), (9, 4, -1)):
        assert_raises(k_fold_split, n, k, i)


def test_folds_by_keyword(k_fold_split, reference):
    """The arguments can be given by their names: n, k and i."""
    agree(k_fold_split, reference, i=1, k=3, n=7)


# l2_penalty


def test_any_memory_layout(l2_penalty):
    """w need not be contiguous."""
    w = numbers([1.0, -2.0, 3.0], [0.0, 0.5, -4.0], [2.0, 1.0, 1.0], [0.0, 0.0, -2.0])
    assert_matches(l2_penalty(w.T), numbers(20.125)[0])
    w = torch.arange(24, dtype=torch.float64).reshape(2, 3, 4).permute(2, 0, 1)
    assert_matches(l2_penalty(w), numbers(2162.0)[0])


def test_penalty_has_the_dtype_of_w(l2_penalty):
    """The result has the dtype of w."""
    for dtype in (torch.float32, torch.float64):
        assert_matches(l2_penalty(numbers(0.5, -1.5, 2.0, dtype=dtype)), torch.tensor(3.25, dtype=dtype))


def test_gradient_is_w(l2_penalty):
    """The gradient of the penalty is w."""
    agree_in_gradient(l2_penalty, lambda w: (w**2).sum() / 2, randn(5, 3, seed=21))
    agree_in_gradient(l2_penalty, lambda w: (w**2).sum() / 2, randn(3, 2, 4, seed=22))


def test_gradient_of_zero_weights(l2_penalty):
    """Where all weights are 0, the penalty and its gradient are 0."""
    agree_in_gradient(l2_penalty, lambda w: (w**2).sum() / 2, torch.zeros(4, 3, dtype=torch.float64))


def test_penalty_leaves_w_alone(l2_penalty):
    """w itself is not changed."""
    assert_inputs_unchanged(l2_penalty, randn(3, 4, seed=23))


def test_penalty_device(l2_penalty):
    """Everything is made on the device of w."""
    assert_device(l2_penalty, randn(3, 4, seed=24))


def test_penalty_by_keyword(l2_penalty):
    """The argument can be given by its name: w."""
    assert_matches(l2_penalty(w=numbers(2.0, 4.0)), numbers(10.0)[0])


# sgd_weight_decay_step


def test_step_of_any_shape(sgd_weight_decay_step, reference):
    """The step is right for weights of any shape, and for any lr and weight_decay."""
    settings = ((0.1, 0.01), (0.03, 5.0), (2.0, 0.3), (1, 1))
    shapes = ((7,), (5, 3), (2, 3, 5), (1,))
    for seed, ((lr, decay), shape) in enumerate(zip(settings, shapes, strict=True)):
        w, grad = randn(*shape, seed=31 + seed), randn(*shape, seed=41 + seed)
        agree(sgd_weight_decay_step, reference, w, grad, lr, decay)
    agree(sgd_weight_decay_step, reference, randn(5, 3, seed=51).T, randn(3, 5, seed=52), 0.4, 0.7)


def test_strong_decay(sgd_weight_decay_step, reference):
    """The formula holds where lr * weight_decay is above 1, too."""
    agree(sgd_weight_decay_step, reference, randn(4, 3, seed=53), randn(4, 3, seed=54), 0.5, 3.0)


def test_step_keeps_the_dtype(sgd_weight_decay_step, reference):
    """The result has the dtype of w."""
    for dtype in (torch.float32, torch.float64):
        w, grad = randn(4, 3, seed=55, dtype=dtype), randn(4, 3, seed=56, dtype=dtype)
        agree(sgd_weight_decay_step, reference, w, grad, 0.3, 0.6)


def test_step_leaves_arguments_alone(sgd_weight_decay_step):
    """w and grad are not changed: the step returns a new tensor."""
    assert_arguments_stay(sgd_weight_decay_step, randn(4, 3, seed=57), randn(4, 3, seed=58), 0.3, 0.6)


def test_step_device(sgd_weight_decay_step):
    """Everything is made on the device of w."""
    assert_device(sgd_weight_decay_step, randn(4, 3, seed=59), randn(4, 3, seed=60), 0.3, 0.6)


def test_step_by_keyword(sgd_weight_decay_step, reference):
    """The arguments can be given by their names: w, grad, lr and weight_decay."""
    w, grad = randn(3, seed=61), randn(3, seed=62)
    agree(sgd_weight_decay_step, reference, weight_decay=0.7, lr=0.2, grad=grad, w=w)


# dropout


def dropped(y, x):
    """Return which elements are 0, as 0 and 1; assert first that y is a tensor with the shape of x."""
    if not isinstance(y, torch.Tensor) or y.shape != x.shape or y.device.type == "meta":
        assert_matches(y, x)
    return (y == 0).double()


def test_each_element_has_its_own_coin(dropout):
    """Every element is dropped independently of the others in its row, its column and its channel."""
    x = torch.ones(45, 50, 55)  # no larger, as a loop over the elements is fine
    zeros = dropped(dropout(x, 0.35), x)
    # Means over 2,250 to 2,750 coins have standard deviations below 0.0101, and 150 of them are looked at:
    # 6.5 deviations give a false alarm with probability below 2e-8.
    for axes in ((0, 1), (0, 2), (1, 2)):
        share = zeros.mean(dim=axes)
        observe(f"the shares along {axes} are all alike", float(share.max() - share.min() < 1e-3))
        assert_within(share.min().item(), 0.35 - 0.066, 0.35, f"the smallest share dropped along {axes}")
        assert_within(share.max().item(), 0.35, 0.35 + 0.066, f"the largest share dropped along {axes}")


def test_the_number_dropped_is_left_to_chance(dropout):
    """The coins are independent: how many elements fall differs from call to call."""
    x = torch.ones(4, 10)
    counts = {int(dropped(dropout(x, 0.5), x).sum()) for _ in range(14)}
    # The likeliest count of 40 coins has the probability 0.125: 14 equal counts have one below 1e-11.
    observe("the number dropped differs", float(len(counts) > 1))
    if len(counts) == 1:
        raise CheckFailed(
            "value", "other numbers of zeros in other calls", f"{counts.pop()} of 40 in every call"
        )


def test_each_call_draws_anew(dropout):
    """Two calls drop different elements."""
    x = torch.ones(300, 300)
    both = (dropped(dropout(x, 0.4), x) * dropped(dropout(x, 0.4), x)).mean().item()
    # Independent masks agree on 0.16 of 90,000 elements: standard deviation 0.0012, and 0.021 with one coin per row.
    assert_within(both, 0.16 - 0.05, 0.16 + 0.05, "the share of elements dropped in both of two calls")


def test_float64_stays(dropout):
    """The result has the dtype of x."""
    for dtype in (torch.float64, torch.float16):
        x = randn(5, 3, seed=7, dtype=dtype)
        y = dropout(x, 0.25)
        dropped(y, x)
        assert_matches(str(y.dtype), str(dtype), what="the dtype", rung="dtype")


def test_gradient_uses_the_mask(dropout):
    """The gradient is 1 / (1 - p) where an element was kept and 0 where it was dropped."""
    x = randn(30, 40, seed=8)
    reply = dropout.ask(Call("dropout", (x, 0.2), cotangents=[torch.ones_like(x)]))
    gradient = reply.gradients[0] if reply.gradients[0] is not None else torch.zeros_like(x)
    factor = (1 - dropped(reply.result, x)) / 0.8
    observe(
        "elements whose gradient is not that of the mask", float((gradient - factor).abs().gt(1e-9).any())
    )
    observe("gradient is zero everywhere", float(not gradient.any()))
    if not (gradient - factor).abs().max() <= 1e-9:
        raise CheckFailed("gradient", "1 / (1 - p) where kept, 0 where dropped", "another gradient")


def test_gradient_at_the_ends(dropout):
    """The gradient is 1 in evaluation and at p = 0, and 0 (no NaN) at p = 1."""
    x = randn(3, 4, seed=9)
    agree_in_gradient(dropout, lambda x, p: 0 * x, x, 1.0)
    agree_in_gradient(dropout, lambda x, p: 1 * x, x, 0.0)
    agree_in_gradient(dropout, lambda x, p, training: 1 * x, x, 0.4, training=False)


def test_x_is_left_alone(dropout):
    """x itself is not changed."""
    assert_inputs_unchanged(dropout, randn(6, 5, seed=10), 0.5)


def test_device(dropout):
    """The mask is made on the device of x."""
    assert_device(dropout, randn(6, 5, seed=11), 0.3)


# early_stopping


def seen(losses, patience):
    """Return (stop, best) the slow way: look at every beginning of the list anew."""
    for stop in range(len(losses)):
        ranked = sorted((loss, epoch) for epoch, loss in enumerate(losses[: stop + 1]) if loss == loss)
        best = ranked[0][1] if ranked else 0
        if stop - best == patience:
            break
    return stop, best


def test_any_losses(early_stopping):
    """stop and best are right for any losses and any patience."""
    for seed in range(6):
        drift = torch.linspace(2, 0.5 * seed - 1, 19, dtype=torch.float64)
        losses = [round(loss, 1) for loss in (drift + 0.4 * randn(19, seed=70 + seed)).tolist()]
        for patience in (1, 2, 4, 7):
            agree(early_stopping, seen, losses, patience)


def test_epochs_in_a_row_are_not_the_point(early_stopping):
    """What counts is the time since the best epoch, not since the loss last fell."""
    assert_matches(early_stopping([0.5, 0.2, 0.9, 0.8, 0.7, 0.6, 0.1], 4), (5, 1))
    assert_matches(early_stopping([0.5, 0.7, 0.4, 0.6, 0.3, 0.35, 0.2], 2), (6, 6))


def test_patience_of_one(early_stopping):
    """With patience 1 training stops at the first epoch that is no improvement."""
    assert_matches(early_stopping([3.0, 2.0, 1.0, 1.5, 0.5], 1), (3, 2))
    assert_matches(early_stopping([1.0, 1.0, 0.5], 1), (1, 0))


def test_short_training(early_stopping):
    """One epoch is enough, and patience may be longer than training."""
    assert_matches(early_stopping([0.4], 1), (0, 0))
    assert_matches(early_stopping([0.4, 0.3, 0.5], 10), (2, 1))


def test_patience_runs_out_in_the_last_epoch(early_stopping):
    """Where patience runs out in the last epoch, that is where training stops."""
    assert_matches(early_stopping([0.4, 0.3, 0.5, 0.6], 2), (3, 1))


def test_losses_of_any_size(early_stopping):
    """Losses may be huge, infinite or negative, and any lower loss is better, however little."""
    assert_matches(early_stopping([3e20, 2e20, 4e20, 5e20], 5), (3, 1))
    assert_matches(early_stopping([-1.0, -3.0, -2.0, -2.5], 2), (3, 1))
    assert_matches(early_stopping([INF, INF, 7.0, INF, 8.0], 3), (4, 2))
    assert_matches(early_stopping([0.5, 0.49999, 0.6, 0.49998, 0.7], 3), (4, 3))


def test_nan_until_patience_runs_out(early_stopping):
    """As long as no number has come, best is 0, and epochs of NaN go by like others."""
    assert_matches(early_stopping([NAN, NAN, NAN], 5), (2, 0))
    assert_matches(early_stopping([NAN, NAN, NAN, 0.5, 0.4], 2), (2, 0))
    assert_matches(early_stopping([NAN, 0.5, NAN, 0.6, 0.4], 2), (3, 1))


def test_the_list_is_left_alone(early_stopping):
    """The list of losses is not changed."""
    losses = [0.5, NAN, 0.3, 0.4, 0.35, 0.2]
    _, arguments = early_stopping.driven_by(with_arguments)(losses, 2)
    assert_matches(arguments, [losses, 2], what="the arguments")


def test_stopping_by_keyword(early_stopping):
    """The arguments can be given by their names: losses and patience."""
    assert_matches(early_stopping(patience=2, losses=[0.5, 0.6, 0.7, 0.8]), (2, 0))


# covariate_shift_weights


def test_weights_of_any_shape(covariate_shift_weights):
    """Each logit has its own weight, whatever the shape."""
    for seed, shape in enumerate(((7,), (5, 1), (2, 3, 5))):
        logits = randn(*shape, seed=81 + seed)
        agree(covariate_shift_weights, torch.exp, logits)
        agree(covariate_shift_weights, lambda x, clip: x.exp().clamp(max=clip), logits, 1.5)
    logits = randn(4, 3, seed=85).T
    agree(covariate_shift_weights, lambda x, clip: x.exp().clamp(max=clip), logits, 1)


def test_large_and_small_weights(covariate_shift_weights):
    """Without clip no weight is limited, and none is lost to rounding."""
    agree(covariate_shift_weights, torch.exp, numbers(-40.0, 3.0, 33.0))
    agree(covariate_shift_weights, torch.exp, numbers(12.0, 15.0, dtype=torch.float32))
    assert_matches(covariate_shift_weights(numbers(-20.0)), numbers(math.exp(-20)), tolerance=1e-12)


def test_none_is_no_limit(covariate_shift_weights):
    """clip=None is the same as no clip, and a clip above all weights changes nothing."""
    logits = 2 * randn(6, seed=86)
    agree(covariate_shift_weights, lambda x, clip: x.exp(), logits, clip=None)
    agree(covariate_shift_weights, lambda x, clip: x.exp(), logits, clip=1e6)


def test_weights_keep_the_dtype(covariate_shift_weights):
    """The weights have the dtype of the logits."""
    for dtype in (torch.float32, torch.float64):
        logits = randn(6, seed=87, dtype=dtype)
        agree(covariate_shift_weights, torch.exp, logits)
        agree(covariate_shift_weights, lambda x, clip: x.exp().clamp(max=clip), logits, 1.5)


def test_logits_are_left_alone(covariate_shift_weights):
    """The logits are not changed."""
    assert_arguments_stay(covariate_shift_weights, randn(6, seed=88))
    assert_arguments_stay(covariate_shift_weights, randn(6, seed=88), 1.5)


def test_weights_device(covariate_shift_weights):
    """Everything is made on the device of the logits."""
    assert_device(covariate_shift_weights, randn(6, seed=89), 1.5)


def test_weights_by_keyword(covariate_shift_weights):
    """The arguments can be given by their names: logits and clip."""
    agree(covariate_shift_weights, lambda clip, logits: logits.exp(), clip=50.0, logits=randn(5, seed=90))


# label_shift_weights


def shifted(classes, seed, dtype=torch.float64, share=None):
    """Return a confusion matrix (uneven, far from singular), the predictions' shares and the source's shares.

    With `share`, the predictions are those that this solution of the system gives, negative entries included.
    """
    confusion = randn(classes, classes, seed=seed).abs() + 2.5 * torch.eye(classes, dtype=torch.float64)
    confusion = confusion / confusion.sum(0)
    target = randn(classes, seed=seed + 1).abs() + 0.2 if share is None else numbers(*share)
    source = randn(classes, seed=seed + 2).abs() + 0.3
    prediction = confusion @ (target / target.sum())
    return tuple(x.to(dtype) for x in (confusion, prediction, source / source.sum()))


def test_any_number_of_labels(label_shift_weights, reference):
    """The weights are right for any number of labels."""
    for classes in (2, 5, 7):
        agree(label_shift_weights, reference, *shifted(classes, seed=100 + classes))


def test_several_negative_shares(label_shift_weights, reference):
    """All negative shares become 0, and the rest is rescaled afterwards."""
    agree(label_shift_weights, reference, *shifted(3, seed=131, share=(1.3, -0.1, -0.2)))
    agree(label_shift_weights, reference, *shifted(3, seed=111, share=(1.4, 0.2, -0.6)))
    agree(label_shift_weights, reference, *shifted(5, seed=121, share=(0.5, -0.2, 0.6, -0.1, 0.2)))


def test_without_shift_the_weights_are_one(label_shift_weights):
    """Where the target is like the source, all weights are 1."""
    confusion, _, source = shifted(6, seed=141)
    agree(label_shift_weights, lambda *_: torch.ones_like(source), confusion, confusion @ source, source)


def test_label_weights_keep_the_dtype(label_shift_weights, reference):
    """The weights have the dtype of the arguments."""
    for dtype in (torch.float32, torch.float64):
        agree(label_shift_weights, reference, *shifted(4, seed=151, dtype=dtype))


def test_shares_are_left_alone(label_shift_weights):
    """The arguments are not changed."""
    assert_arguments_stay(label_shift_weights, *shifted(4, seed=161, share=(0.5, -0.1, 0.2, 0.4)))


def test_label_weights_device(label_shift_weights):
    """Everything is made on the device of the arguments."""
    assert_device(label_shift_weights, *shifted(4, seed=171))


def test_label_weights_by_keyword(label_shift_weights, reference):
    """The arguments can be given by their names: confusion, target_prediction and source_label."""
    confusion, prediction, source = shifted(3, seed=181)
    agree(
        label_shift_weights,
        reference,
        source_label=source,
        target_prediction=prediction,
        confusion=confusion,
    )
