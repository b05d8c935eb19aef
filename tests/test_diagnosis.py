"""Naming mistakes: facts that are the same, facts that cover several runs, and the one mistake that fits."""

import json

import pytest
import torch

from autograder.calls import Call, Foreign, LocalSession
from autograder.diagnosis import (
    ANY,
    APART,
    Signature,
    as_data,
    cause_of,
    fits,
    merge,
    name_mistakes,
    same,
)
from autograder.errors import Raised
from autograder.results import CheckResult, Outcome

NAN = float("nan")


def data(*numbers, dtype=torch.float64):
    return as_data(torch.tensor(numbers, dtype=dtype))


SAME = {
    "equal": ([1, "a", None], [1, "a", None]),
    "rounding": ([1.0 + 1e-9], [1.0]),
    "rounding of a large number": ([12345.6789 + 1e-3], [12345.6789]),
    "tensor up to rounding": (data(1.0 + 1e-8), data(1.0)),
    "float32 tensor up to its rounding": (data(1.0001, dtype=torch.float32), data(1.0, dtype=torch.float32)),
    "rounding beside large numbers": (data(1e9 + 1, 0.5), data(1e9, 0.0)),
    "nan": ([NAN], [NAN]),
    "nan in a tensor": (data(NAN, 1.0), data(NAN, 1.0)),
    "statistic within its tolerance": (["share", 0.31, 0.02], ["share", 0.30, 0.02]),
    "anything": ([{"any": 3}], [ANY]),
    "any numbers": (data(1.0), {**data(2.0), "numbers": ANY}),
    "entries": (as_data({"a": 1.0}), as_data({"a": 1.0})),
    "foreign": (as_data(Foreign("x")), as_data(Foreign("x"))),
}
OTHER = {
    "number": ([1.0], [1.1]),
    "number past a float": ([1.0], [10**400]),
    "text": (["a"], ["b"]),
    "type": ([1], [True]),
    "length": ([1], [1, 1]),
    "shape": (data(1.0), as_data(torch.ones(1, 1, dtype=torch.float64))),
    "dtype": (data(1.0), data(1.0, dtype=torch.float32)),
    "tensor": (data(1.0, 2.0), data(1.0, 2.1)),
    "nan": ([NAN], [1.0]),
    "statistic": (["share", 0.35, 0.02], ["share", 0.30, 0.02]),
    "another statistic": (["share", 0.30, 0.02], ["mean", 0.30, 0.02]),
    "shape of any numbers": (data(1.0, 2.0), {**data(2.0), "numbers": ANY}),
    "keys": (as_data({"a": 1}), as_data({"b": 1})),
    "kind": (data(1.0), [1.0]),
    "foreign": (as_data(Foreign("x")), as_data(Foreign("y"))),
}


@pytest.mark.parametrize(("got", "known"), SAME.values(), ids=SAME)
def test_facts_are_the_same_up_to_rounding_and_tolerance(got, known):
    assert same(got, known)


@pytest.mark.parametrize(("got", "known"), OTHER.values(), ids=OTHER)
def test_other_facts_are_told_apart(got, known):
    assert not same(got, known)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1, "a"], [1, "a"]),
        (["share", 0.2, 0.1], ["share", 0.6, 0.1]),
        (data(1.0, 2.0), data(3.0, 2.0)),
        ([data(1.0), 3], [data(2.0), 3]),
        ([0.5], [0.7]),
        (as_data({"a": 0.5}), as_data({"a": 0.7})),
        (["share", 0.2, 0.0], ["share", float("inf"), 0.0]),
        ([None, ["share", 0.2, 0.1]], [None, ["share", 0.6, 0.1]]),
        (as_data({"a": None, "b": 0.5}), as_data({"a": None, "b": 0.7})),
    ],
    ids=str,
)
def test_merged_facts_cover_both(one, other):
    merged = merge(one, other)
    assert same(one, merged) and same(other, merged)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1], [2]),
        (["a"], ["b"]),
        ([1], [1, 2]),
        (data(1.0), data(1.0, 2.0)),
        ([1.0], ["a"]),
        ([None, 1.0], [1.0, 1.0]),
    ],
    ids=str,
)
def test_facts_of_another_form_are_not_merged(one, other):
    assert merge(one, other) is APART


def test_merging_a_statistic_does_not_cover_what_is_far_off():
    merged = merge(["share", 0.2, 0.01], ["share", 0.22, 0.01])
    assert not same(["share", 0.5, 0.01], merged)


def result(name, passed, *facts, outcome=None):
    return CheckResult(
        name, True, outcome or (Outcome.PASSED if passed else Outcome.FAILED), facts=list(facts)
    )


def known(name, **seen):
    return Signature(name, f"{name} it is.", {check: [variant] for check, variant in seen.items()})


DOUBLED = known("doubled", core=(False, [2.0]), edge=(True, []))
HALVED = known("halved", core=(False, [0.5]), edge=(True, []))
ALSO_DOUBLED = known("also_doubled", core=(False, [2.0]), edge=(True, [3.0]))


def test_the_one_mistake_that_fits_is_named():
    assert name_mistakes([DOUBLED, HALVED], [result("core", False, 2.0), result("edge", True)]) == [DOUBLED]


def test_nothing_is_named_where_two_mistakes_fit():
    assert name_mistakes([DOUBLED, ALSO_DOUBLED], [result("core", False, 2.0), result("edge", True)]) == []


@pytest.mark.parametrize(
    "checks",
    [
        [result("core", True, 1.0), result("edge", True)],
        [result("core", False, 3.0), result("edge", True)],
        [result("core", False, 2.0), result("edge", False)],
        [result("core", True, 2.0), result("edge", False)],
        [result("core", False, 2.0), result("edge", True), result("new", True)],
        [],
    ],
    ids=["all passed", "other facts", "other check failed", "core passed", "unknown check", "no checks"],
)
def test_nothing_is_named_where_none_fits(checks):
    assert name_mistakes([DOUBLED, HALVED], checks) == []


def test_facts_of_passed_checks_do_not_matter():
    assert name_mistakes([DOUBLED], [result("core", False, 2.0), result("edge", True, 99.0)]) == [DOUBLED]


def test_checks_that_did_not_run_do_not_matter():
    checks = [result("core", False, 2.0), result("edge", False, outcome=Outcome.SKIPPED)]
    assert name_mistakes([DOUBLED], checks) == [DOUBLED]


def test_any_variant_of_a_mistake_fits():
    varied = Signature("varied", "", {"core": [(True, []), (False, [2.0]), (False, ["x"])]})
    for passed, facts in ((True, []), (False, [2.0]), (False, ["x"])):
        assert fits(varied, [("core", passed, facts)])
    assert not fits(varied, [("core", False, [3])])


def test_a_signature_is_made_of_several_runs_of_a_random_mistake():
    runs = [result("core", False, 1.0), result("core", False, 2.0), result("core", True)]
    made = Signature(
        "random", "", run=lambda check, number: runs.pop(0) if runs else result("core", False, 7.0)
    )
    for seen in ((False, [1.0]), (False, [5.0]), (True, [])):
        assert fits(made, [("core", *seen)])
    assert not fits(made, [("core", False, [1.0, 2.0])])


def test_a_check_is_run_on_a_steady_mistake_twice_and_only_when_asked_for():
    asked = []
    made = Signature(
        "steady", "", run=lambda check, number: asked.append((check, number)) or result(check, False, 1.0)
    )
    assert asked == []
    assert made.variants("core") == made.variants("core") == [(False, [1.0])]
    assert asked == [("core", 0), ("core", 1)]


def test_a_mistake_that_draws_random_numbers_is_run_often_even_where_two_runs_are_alike():
    runs = [result("core", False, number) for number in (1, 1, 2, 3, 1)]
    for run in runs:
        run.drew = True
    made = Signature("drawn", "", run=lambda check, number: runs[number % 5])
    for number in (1, 2, 3):
        assert fits(made, [("core", False, [number])])


def test_a_mistake_that_fails_otherwise_is_not_run_on_the_checks_that_passed():
    asked = []
    other = Signature(
        "other", "", run=lambda check, number: asked.append((check, number)) or result(check, False, 1.0)
    )
    assert name_mistakes([other, DOUBLED], [result("edge", True), result("core", False, 2.0)]) == [DOUBLED]
    assert {check for check, _ in asked} == {"core"}


def test_of_several_that_fit_the_first_is_named_where_visible_checks_are_all_there_is():
    late = known("late too", core=(False, [9.0]), edge=(True, []))
    early = known("early", core=(False, [9.0]), edge=(True, []))
    seen = [result("core", False, 9.0), result("edge", True)]
    assert name_mistakes([early, late], seen) == []
    assert name_mistakes([early, late], seen, visible_alone=True) == [early]


def test_a_signature_survives_its_file_and_leaves_hidden_checks_out():
    facts = as_data([torch.ones(2, dtype=torch.float64), ("share", 1 / 3, 0.1), {"a": 2}])
    made = known("m", core=(False, facts), edge=(True, facts), hidden=(False, facts))
    text = json.dumps(made.to_json(["core", "edge"]))
    back = Signature.from_json(json.loads(text))
    assert fits(back, [("core", False, facts), ("edge", True, [])])
    assert "hidden" not in back.seen
    assert back.seen["edge"] == [(True, [])]
    assert (back.name, back.sentence) == (made.name, made.sentence)


LATE = known("late", core=(True, []), edge=(False, [9.0]), both=(False, [4.0]))
TWICE = known("twice", core=(False, [2.0]), edge=(True, []), both=(False, [5.0]))
NOISY = Signature(
    "noisy", "", {"core": [(True, []), (False, [2.0])], "edge": [(True, [])], "both": [(True, [])]}
)


def test_two_mistakes_at_once_are_named_where_each_shows_itself():
    seen = [result("core", False, 2.0), result("edge", False, 9.0), result("both", False, 77.0)]
    assert name_mistakes([LATE, TWICE, NOISY], seen) == [LATE, TWICE]


@pytest.mark.parametrize(
    "seen",
    [
        [result("core", False, 2.0), result("edge", False, 8.0), result("both", False, 77.0)],
        [result("core", False, 2.0), result("edge", False, 9.0), result("both", True)],
        [result("core", False, ("share", 0.3, 0.1)), result("edge", False, 9.0)],
    ],
    ids=["one check is of neither", "a check passed that both fail", "a random answer"],
)
def test_no_pair_is_named_where_it_does_not_explain_everything(seen):
    assert name_mistakes([LATE, TWICE, NOISY], seen) == []


def test_no_pair_is_named_on_what_several_mistakes_show():
    """A crash or a shape that many mistakes have in common is no evidence of one of them."""
    others = [known("later", core=(True, []), edge=(False, [9.0]), both=(True, []))]
    seen = [result("core", False, 2.0), result("edge", False, 9.0), result("both", False, 77.0)]
    assert name_mistakes([LATE, TWICE, *others], seen) == []


@pytest.mark.parametrize(
    ("otherwise", "named"),
    [([7.0], False), ([2.0, 6.0], True)],
    ids=["it would have shown by then", "it would have shown later"],
)
def test_a_pair_is_named_only_where_one_leaves_alone_what_the_other_shows(otherwise, named):
    late = known("late", core=(False, otherwise), edge=(False, [9.0]), both=(False, [4.0]))
    seen = [result("core", False, 2.0), result("edge", False, 9.0), result("both", False, 77.0)]
    assert name_mistakes([late, TWICE], seen) == ([late, TWICE] if named else [])


def wants_a_graph(x):
    with torch.no_grad():
        (x * 2).sum().backward()


CAUSES = [
    ("sizes in a product", lambda x: x @ x),
    ("sizes in a product", lambda x: x[None] @ x[None]),
    ("sizes in a product", lambda x: x.mv(x[:, 0])),
    ("sizes in a product", lambda x: x[0].dot(x[:, 0])),
    ("sizes in a product", lambda x: x.mm(x[0])),
    ("sizes in a product", lambda x: x.bmm(x)),
    ("sizes in a product", lambda x: torch.einsum("ij,jk", x, x)),
    ("sizes in parts to join along axis 0", lambda x: torch.cat([x, x.T])),
    ("sizes in parts to join", lambda x: torch.cat([x, x.T], 1)),
    ("sizes side by side", lambda x: x + x.T),
    ("number of elements", lambda x: x.view(4)),
    ("memory layout", lambda x: x.T.view(6)),
    ("changed in place", lambda x: x.clone().requires_grad_().add_(1)),
    ("dtypes", lambda x: x.double() @ x.T),
    ("no graph", wants_a_graph),
    ("KeyError", lambda x: {}["a"]),
    ("ValueError", lambda x: int("a")),
]


@pytest.mark.parametrize(("cause", "function"), CAUSES)
def test_exceptions_are_told_apart_by_what_led_to_them(cause, function):
    with pytest.raises(Raised) as caught:
        LocalSession({"f": function}).call(Call("f", (torch.ones(2, 3),)))
    assert cause_of(caught.value) == cause
