"""The assertions that checks are made of: each rung breaks on its own example, and right answers pass."""

import math
from collections import namedtuple

import pytest
import torch

from autograder import checking
from autograder.calls import Call, Foreign, LocalSession
from autograder.checking import (
    FACTS,
    Answer,
    agree,
    agree_in_gradient,
    assert_device,
    assert_inputs_unchanged,
    assert_matches,
    assert_raises,
    assert_within,
    observe,
    randn,
    record,
    summary,
)
from autograder.errors import CheckFailed, Missing, Raised

Pair = namedtuple("Pair", "a b")
NAN, INF = float("nan"), float("inf")


def answer(function):
    return Answer("f", LocalSession({"f": function}))


def broken_rung(assertion, *arguments, **options):
    with pytest.raises(CheckFailed) as caught:
        assertion(*arguments, **options)
    return caught.value.rung


T = torch.tensor
BROKEN = {
    "type: nothing": ("type", None, T(1.0)),
    "type: a number": ("type", 1.0, T(1.0)),
    "type: foreign": ("type", Foreign("an object of type numpy.ndarray"), T(1.0)),
    "type: tensor for a float": ("type", T(1.0), 1.0),
    "type: flag for a float": ("type", True, 1.0),
    "type: float for an int": ("type", 1.0, 1),
    "type: int for a flag": ("type", 1, True),
    "type: tensor for a tuple": ("type", T([1.0, 2.0]), (T(1.0), T(2.0))),
    "type: list for a dict": ("type", [1], {"a": 1}),
    "structure: too few": ("structure", (1,), (1, 2)),
    "structure: too many": ("structure", (1, 2, 3), (1, 2)),
    "structure: other keys": ("structure", {"a": 1}, {"b": 1}),
    "shape": ("shape", T([1.0]), T(1.0)),
    "shape transposed": ("shape", torch.ones(2, 3), torch.ones(3, 2)),
    "dtype": ("dtype", T(1.0), T(1.0, dtype=torch.float64)),
    "dtype of integers": ("dtype", T(1), T(1, dtype=torch.int32)),
    "device": ("device", torch.ones(2, device="meta"), torch.ones(2)),
    "device of the grader": ("device", Foreign("a tensor on cpu instead of cuda"), torch.ones(2)),
    "finite: nan": ("finite", T([1.0, NAN]), T([1.0, 1.0])),
    "finite: infinity": ("finite", T([INF]), T([1.0])),
    "value": ("value", T([1.0, 2.0]), T([1.0, 2.1])),
    "value in an item": ("value", (T(1.0), [T(2.0)]), (T(1.0), [T(3.0)])),
    "value of a float": ("value", 1.0, 1.1),
    "value of a text": ("value", "a", "b"),
    "value of an integer tensor": ("value", T([1, 2]), T([1, 3])),
    "value: finite for nan": ("value", T([1.0]), T([NAN])),
    "value: sign of infinity": ("value", T([INF]), T([-INF])),
    "value: nan for a float": ("value", NAN, 1.0),
    "value beyond float64's tolerance": (
        "value",
        T(1.0 + 1e-7, dtype=torch.float64),
        T(1.0, dtype=torch.float64),
    ),
}

FITTING = {
    "list for a tuple": ([T(1.0), T(2.0)], (T(1.0), T(2.0))),
    "tuple for a list": ((1, 2), [1, 2]),
    "named tuple": (Pair(1, T(2.0)), (1, T(2.0))),
    "int for a float": (2, 2.0),
    "dict in another order": ({"b": 1, "a": 2}, {"a": 2, "b": 1}),
    "rounding in float64": (T(1.0 + 1e-12, dtype=torch.float64), T(1.0, dtype=torch.float64)),
    "rounding in float32": (T(1.0 + 1e-6), T(1.0)),
    "rounding in float16": (T(1.001, dtype=torch.float16), T(1.0, dtype=torch.float16)),
    "rounding of a float": (0.1 + 0.2, 0.3),
    "rounding beside large numbers": (T([1e6, 1e-2]), T([1e6, 0.0])),
    "nan where expected": (T([NAN, 1.0]), T([NAN, 1.0])),
    "nan for a float": (NAN, NAN),
    "infinity where expected": (T([INF, -INF]), T([INF, -INF])),
    "other strides": (torch.arange(6.0).reshape(2, 3).T.contiguous().T, torch.arange(6.0).reshape(2, 3)),
    "no elements": (torch.empty(0, 3), torch.empty(0, 3)),
    "meta": (torch.empty(3, device="meta"), torch.empty(3, device="meta")),
    "nothing": (None, None),
    "flags": (T([True, False]), T([True, False])),
}


@pytest.mark.parametrize(("rung", "got", "expected"), BROKEN.values(), ids=BROKEN)
def test_a_difference_breaks_its_rung(rung, got, expected):
    assert broken_rung(assert_matches, got, expected) == rung


@pytest.mark.parametrize(("got", "expected"), FITTING.values(), ids=FITTING)
def test_a_right_result_passes(got, expected):
    assert_matches(got, expected)


def test_the_lowest_broken_rung_is_reported():
    assert broken_rung(assert_matches, torch.zeros(3, dtype=torch.int64), torch.ones(2)) == "shape"
    assert broken_rung(assert_matches, torch.zeros(2, dtype=torch.int64), torch.ones(2)) == "dtype"


def test_a_failure_says_what_where_and_by_how_much():
    with pytest.raises(CheckFailed) as caught:
        assert_matches(T([[1.0, 2.0], [3.0, 4.5]]), T([[1.0, 2.0], [3.0, 4.0]]), what="the state")
    text = str(caught.value)
    assert "the state: 4" in text and "4.5" in text
    assert "at index [1, 1]; 1 of 4 elements differ, by up to 0.5" in text


def test_tolerance_can_be_given_and_grows_with_the_length_of_sums():
    assert_matches(T(1.05), T(1.0), tolerance=0.1)
    off = T(1.0 + 5e-5)
    assert broken_rung(assert_matches, off, T(1.0)) == "value"
    assert_matches(off, T(1.0), length=256 * 16)


def test_agree_passes_right_answers_and_returns_the_result():
    assert agree(answer(lambda x: 2 * x), lambda x: x + x, torch.ones(2)).tolist() == [2, 2]


def test_agree_says_what_was_called():
    asked = answer(lambda x, p: x)
    assert broken_rung(agree, asked, lambda x, p: 2 * x, torch.ones(2), p=0.5) == "value"
    assert asked.last_call == "f(tensor([1, 1], float32), p=0.5)"


def squares(x, y):
    return (x * y).sum(), x**2


X, Y = randn(3, seed=1), randn(3, seed=2)


def test_agree_in_gradient_passes_right_answers():
    agree_in_gradient(answer(lambda x, y: (torch.dot(x, y), x * x)), squares, X, Y)


@pytest.mark.parametrize(
    "function",
    [
        lambda x, y: tuple(part.detach() for part in squares(x, y)),
        lambda x, y: squares(x, y.detach()),
        lambda x, y: squares((x + x.detach()) / 2, y),
        lambda x, y: (squares(x, y)[0], squares(x.detach(), y)[1]),
        lambda x, y: (squares(x, y)[0], torch.tensor((x**2).tolist(), dtype=x.dtype)),
    ],
    ids=["detached", "one input detached", "halved", "one result detached", "rebuilt from numbers"],
)
def test_agree_in_gradient_sees_a_gradient_cut_or_scaled(function):
    assert broken_rung(agree_in_gradient, answer(function), squares, X, Y) == "gradient"


def test_agree_in_gradient_compares_values_first():
    assert broken_rung(agree_in_gradient, answer(lambda x, y: (x.sum(), x)), squares, X, Y) == "value"


def test_a_gradient_of_none_is_a_gradient_of_zero():
    agree_in_gradient(answer(lambda x: torch.zeros(3, dtype=x.dtype)), lambda x: 0 * x, X)
    agree_in_gradient(answer(lambda x: 0 * x), lambda x: torch.zeros(3, dtype=x.dtype), X)


def test_the_input_whose_gradient_is_wrong_is_named():
    def oracle(x, params):
        return x * params["w"]

    with pytest.raises(CheckFailed, match=r"the gradient with respect to argument 2\['w'\]"):
        agree_in_gradient(answer(lambda x, params: x * params["w"].detach()), oracle, X, {"n": T(1), "w": Y})


def spoil_value(x, n, params):
    params["w"].add_(1)


def spoil_integers(x, n, params):
    n.zero_()


def spoil_nan(x, n, params):
    x.nan_to_num_()


def spoil_requires_grad(x, n, params):
    x.requires_grad_()


def spoil_grad(x, n, params):
    if x.requires_grad:
        (x * 2).nan_to_num().sum().backward()


def spoil_dict(x, n, params):
    params.pop("w")


def spoil_shape(x, n, params):
    x.resize_(1)


@pytest.mark.parametrize(
    "spoil",
    [spoil_value, spoil_integers, spoil_nan, spoil_requires_grad, spoil_grad, spoil_dict, spoil_shape],
    ids=lambda function: function.__name__,
)
def test_a_changed_input_is_seen(spoil):
    def function(x, n, params):
        with torch.no_grad() if spoil is not spoil_grad else torch.enable_grad():
            spoil(x, n, params)

    arguments = (T([1.0, NAN]), T([1, 2]), {"w": T([1.0])})
    assert broken_rung(assert_inputs_unchanged, answer(function), *arguments) == "behaviour"


def test_inputs_left_alone_pass():
    assert_inputs_unchanged(answer(lambda x, p: x.clone().add_(p["w"])), T([1.0, NAN]), {"w": T([1.0])})


def test_a_changed_input_is_named():
    with pytest.raises(CheckFailed, match=r"argument 2\['w'\] as it was"):
        assert_inputs_unchanged(answer(lambda x, p: p["w"].detach().zero_()), X, {"w": X.clone()})


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x + torch.zeros(3),
        lambda x: torch.zeros(x.shape),
        lambda x: (x, [torch.ones(1)]),
        lambda x: torch.cat([x, torch.ones(1, dtype=x.dtype)]),
        lambda x: x.masked_fill(torch.ones(3) > 0, 1.0),
    ],
    ids=["sum", "result", "part of the result", "cat", "mask"],
)
def test_a_tensor_made_on_the_cpu_is_seen(function):
    assert broken_rung(assert_device, answer(function), X) == "device"


def test_what_was_called_on_another_device_is_said_and_written_down_nowhere_else(facts):
    asked = answer(lambda x: x.cpu() if x.dim() > 1 else torch.zeros(x.shape))
    asked(T([1.0, 2.0]))
    assert_device(asked, X.reshape(3, 1))
    assert broken_rung(assert_device, asked, X) == "device"
    assert asked.last_call == "f(float64[3])"
    assert facts == ["other device"] and len(asked.answered) == 1


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x + torch.zeros(3, device=x.device),
        lambda x: torch.zeros_like(x),
        lambda x: x * 2 + 1,
        lambda x: x if x.sum() > 0 else -x,
        lambda x: x * x.max().item(),
        lambda x: torch.tensor(x.tolist(), device=x.device),
    ],
    ids=["on the device", "like", "numbers", "branch on a value", "item", "list"],
)
def test_answers_that_make_nothing_on_the_cpu_or_read_values_pass(function):
    assert_device(answer(function), X)


class OwnError(ValueError):
    pass


def refusing(error):
    def function(x):
        raise error

    return answer(function)


def test_assert_raises_accepts_a_value_error_of_any_class():
    assert_raises(refusing(ValueError("p")), 1)
    assert_raises(refusing(OwnError()), 1)
    assert_raises(refusing(UnicodeDecodeError("ascii", b"", 0, 1, "")), 1)


def test_assert_raises_refuses_other_errors_and_answers():
    with pytest.raises(Raised) as caught:
        assert_raises(refusing(TypeError("p")), 1)
    assert caught.value.render() == "expected: ValueError\n     got: TypeError: p"
    assert broken_rung(assert_raises, answer(lambda x: x), 1) == "behaviour"
    with pytest.raises(Missing):
        assert_raises(refusing(NotImplementedError()), 1)


def test_assert_within_has_closed_ends():
    assert_within(0.5, 0.5, 0.7, "the share")
    assert_within(0.7, 0.5, 0.7, "the share")
    for value in (0.49, 0.71, NAN):
        assert broken_rung(assert_within, value, 0.5, 0.7, "the share") == "value"


@pytest.fixture
def facts():
    token = FACTS.set([])
    yield FACTS.get()
    FACTS.reset(token)


def test_what_was_seen_is_written_down(facts):
    observe("a number", 1, 0.5)
    assert_within(2.0, 1.0, 4.0, "the share")
    agree(answer(lambda x: x), lambda x: x, 3)
    assert facts == [("a number", 1.0, 0.5), ("the share", 2.0, 1.5), 3]


def test_what_is_written_down_is_bounded(facts):
    huge = [torch.ones(2, 90_000), torch.ones(2, 90_000)]
    assert summary(huge) is huge and summary(torch.ones(2, 150_000)) == ("large tensor", (2, 150_000))
    assert summary([*huge, *huge]) == ("large", "list") == summary(["x" * 250_000, "y" * 250_000])
    assert summary({"a": [0] * 500_000}) == ("large", "dict")
    for _ in range(20):
        observe("a number", 1.0)
        record(huge)
    assert [fact for fact in facts if fact is huge] == [huge] * 2
    assert facts.count("large") == 18 and facts.count(("a number", 1.0, 0.0)) == 20


def test_failures_are_written_down_as_well(facts):
    for function in (refusing(ValueError()), refusing(TypeError()), refusing(NotImplementedError())):
        with pytest.raises(CheckFailed):
            agree(function, lambda x: x, 3)
    assert facts == [("raised", "ValueError"), ("raised", "TypeError"), ("attempt",)]


def test_only_the_first_call_is_watched():
    asked = Answer("f", LocalSession({"f": lambda x: torch.relu(x)}), ("torch.relu",))
    asked(torch.ones(1))
    assert asked.used == ["torch.relu"] and asked.watch == ()


def test_an_answer_reports_what_was_asked_for():
    reply = answer(lambda x: 2 * x).ask(Call("", (torch.ones(1),), cotangents=[torch.ones(1)]))
    assert reply.gradients[0].item() == 2


def test_randn_gives_the_same_numbers_everywhere():
    assert randn(2, seed=3).tolist() == pytest.approx([0.803276, 0.174833], abs=1e-6)
    assert randn(2, seed=3, dtype=torch.float16).dtype == torch.float16
    assert math.prod(randn(2, 3, seed=3).shape) == 6


def test_everything_for_authors_can_be_imported():
    assert all(hasattr(checking, name) for name in checking.__all__)
