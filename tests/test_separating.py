"""The search for inputs that tell wrong answers apart."""

import math
import random

import pytest

from autograder.calls import Call
from autograder.errors import CourseError
from autograder.separating import outcome, read_draw, separate

LAZY = """
import torch
def draw(dice):
    return torch.ones(1, 1, dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64), params(1, 1, 0.0)
"""
GOOD = """
import torch
def draw(dice):
    n, d, h = (dice.choice((1, 2, 3)) for _ in range(3))
    made = torch.Generator().manual_seed(dice.randrange(1000))
    rand = lambda *shape: torch.randn(*shape, generator=made, dtype=torch.float64)
    weights = {f"W_x{g}": rand(d, h) for g in "rzh"} | {f"W_h{g}": rand(h, h) for g in "rzh"}
    return (rand(n, d), rand(n, h), weights | {f"b_{g}": rand(h) for g in "rzh"}), {}
"""
LAZY += """
def params(d, h, value):
    names = [f"{kind}{gate}" for gate in "rzh" for kind in ("W_x", "W_h", "b_")]
    shape = {"W_x": (d, h), "W_h": (h, h), "b_": (h,)}
    return {name: torch.full(shape[name[:-1]], value, dtype=torch.float64) for name in names}
"""


@pytest.fixture
def search(units, tmp_path):
    def searched(text, count=12):
        file = tmp_path / "cases.py"
        file.write_text(text)
        return separate(units["recurrent"], "gru_step", read_draw(file), count)

    return searched


def test_good_inputs_catch_what_lazy_ones_let_through(search):
    lazy, good = search(LAZY, 1), search(GOOD)
    assert len(lazy.uncaught) > len(good.uncaught)
    assert len(lazy.alike) > len(good.alike)
    assert good.cases[0].call.startswith("gru_step(")


def test_each_case_adds_something(search):
    found = search(GOOD)
    seen = set()
    for case in found.cases:
        assert case.pairs - seen
        seen |= case.pairs


def test_the_same_seeds_find_the_same_cases(search):
    assert [c.seed for c in search(GOOD).cases] == [c.seed for c in search(GOOD).cases]


def test_results_that_differ_by_rounding_alone_look_the_same_and_nan_is_not_0():
    near, *others = (outcome(lambda x: x, Call("f", (x,))) for x in (1e-12, 0.0, 1.0, math.nan, math.inf))
    assert near == others[0]
    assert len({*others}) == 4


def test_a_file_without_draw_is_refused(tmp_path):
    (tmp_path / "cases.py").write_text("x = 1")
    with pytest.raises(CourseError, match="defines no draw"):
        read_draw(tmp_path / "cases.py")
    with pytest.raises(CourseError, match="name a Python file"):
        read_draw(tmp_path / "missing.py")
    (tmp_path / "cases.py").write_text("def draw(dice):\n    return dice.nothing()\n")
    with pytest.raises(CourseError, match=r"cases\.py, line 2: AttributeError"):
        read_draw(tmp_path / "cases.py")(random.Random(1))
    (tmp_path / "cases.py").write_text("import torch\nunknown\n")
    with pytest.raises(CourseError, match=r"cases\.py, line 2: NameError"):
        read_draw(tmp_path / "cases.py")
