"""What is said of a wrong result that no named mistake fits: only what was measured."""

import pytest
import torch

from autograder.checking import randn
from autograder.symptoms import condition, symptom, without_numbers

X = randn(3, 4, 4, seed=1)
SEEN = {
    "every element is 2.5 times what it should be": X * 2.5,
    "every element is off by the same -0.5": X - 0.5,
    "every element has the wrong sign": -X,
    "the magnitudes are right, some signs are wrong": X.abs(),
    "every element is 0": X * 0,
    "all elements are the same": torch.full_like(X, 0.3),
    "axes 1 and 2 are swapped": X.transpose(1, 2),
    "the order along axis 0 is reversed": X.flip(0),
    "everything is shifted by one along axis 2": X.roll(1, 2),
    "the numbers are right, but in other places": X.flatten()[torch.randperm(48)].reshape(X.shape),
    "only the first entry along axis 0 is wrong": torch.cat([X[:1] ** 2, X[1:]]),
    "only the last entry along axis 1 is wrong": torch.cat([X[:, :-1], X[:, -1:] + X[:, :1]], 1),
    "only the first entry along axis 0 is right": torch.cat([X[:1], X[1:] ** 2]),
    "": X**2 + X,
}


@pytest.mark.parametrize("text", SEEN)
def test_a_simple_change_is_seen(text):
    assert symptom(SEEN[text], X) == text


def test_nothing_is_said_of_what_too_many_changes_would_fit():
    assert symptom(torch.tensor([2.0, 4.0]), torch.tensor([1.0, 2.0])) == ""
    assert symptom(X * float("nan"), X) == ""


def test_a_hidden_result_lends_no_number():
    for text in SEEN:
        assert not any(mark in without_numbers(text) for mark in ("2.5", "0.5"))


RIGHT = [{"x": ..., "stride": 1, "bias": None}, {"x": ..., "stride": 1, "bias": ...}]


def test_the_argument_that_tells_right_from_wrong_is_said():
    wrong = [{"x": ..., "stride": 3, "bias": ...}]
    assert (
        condition(RIGHT, wrong)
        == "it was right in all calls with stride = 1, and wrong in one with another stride"
    )
    assert "it was wrong in a call with bias = None" in condition(
        [{"bias": ...}, {"bias": ...}], [{"bias": None}]
    )


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (RIGHT, []),
        (RIGHT[:1], [{"x": ..., "stride": 3, "bias": None}]),
        (RIGHT, [{"x": ..., "stride": 1, "bias": None}]),
        ([{"p": 0.37}, {"p": 0.37}], [{"p": 0.21}]),
    ],
    ids=["nothing wrong", "one right call", "no argument differs", "a value of hidden checks"],
)
def test_nothing_more_than_what_was_seen_is_said(right, wrong):
    assert condition(right, wrong) == ""


def test_a_value_of_a_visible_check_may_be_said():
    assert "p = 0.37" in condition([{"p": 0.37}, {"p": 0.37}], [{"p": 0.21}], tellable=[{"p": 0.37}])
