"""What torch really runs while an answer runs, however it was reached."""

import importlib
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
import torch.nn.functional as F

from autograder.watching import Watch, reported

DROPOUT = ("torch.nn.Dropout*", "torch.nn.functional.*dropout*", "torch.*dropout*")
INIT = ("torch.nn.init.*",)
OPTIM = ("torch.optim", "torch.optim.*")
UNFOLD = ("torch.nn.Unfold*", "torch.nn.functional.unfold", "torch.nn.functional.conv*", "torch.conv*")


def used(patterns, function):
    with Watch(patterns) as watch:
        function()
    return watch.used


def reset_parameters(weight):
    getattr(torch.nn.init, "xavier_" + "uniform_")(weight)


def in_a_thread(function):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


def own_profile(function):
    before = sys.getprofile()
    sys.setprofile(None)
    with torch._C.DisableTorchFunction():
        function()
    sys.setprofile(before)


def adam():
    weight = torch.nn.Parameter(torch.ones(2))
    weight.sum().backward()
    torch.optim.Adam([weight]).step()


X = torch.ones(3, 4)
SEEN = {
    "function": (DROPOUT, lambda: F.dropout(X, 0.5)),
    "function in place": (DROPOUT, lambda: F.dropout(X.clone(), 0.5, inplace=True)),
    "layer": (DROPOUT, lambda: torch.nn.Dropout(0.5)(X)),
    "alpha dropout": (DROPOUT, lambda: torch.nn.AlphaDropout(0.5)(X)),
    "torch.dropout": (DROPOUT, lambda: torch.dropout(X, 0.5, True)),
    "operator": (DROPOUT, lambda: torch.ops.aten.native_dropout(X, 0.5, True)),
    "operator overload": (DROPOUT, lambda: torch.ops.aten.native_dropout.default(X, 0.5, True)),
    "alias of a module": (DROPOUT, lambda: (lambda module: module.dropout(X, 0.5))(F)),
    "getattr": (DROPOUT, lambda: getattr(F, "drop" + "out")(X, 0.5)),
    "dict": (DROPOUT, lambda: vars(F)["alpha_" + "dropout"](X, 0.5)),
    "eval": (DROPOUT, lambda: eval("F.dr" + "opout(X, 0.5)")),
    "in a thread": (DROPOUT, lambda: in_a_thread(lambda: vars(F)["drop" + "out"](X, 0.5))),
    "init": (INIT, lambda: importlib.import_module("torch.nn.init").xavier_uniform_(torch.empty(3, 4))),
    "init by hand": (INIT, lambda: torch.nn.init.normal_(torch.nn.Linear(3, 4).weight)),
    "init under a layer's name": (INIT, lambda: reset_parameters(torch.empty(3, 4))),
    "Adam": (OPTIM, adam),
    "conv2d": (UNFOLD, lambda: F.conv2d(torch.ones(1, 1, 5, 5), torch.ones(1, 1, 2, 2))),
    "conv layer": (UNFOLD, lambda: torch.nn.Conv2d(1, 1, 2)(torch.ones(1, 1, 5, 5))),
    "F.unfold": (UNFOLD, lambda: F.unfold(torch.ones(1, 1, 5, 5), 2)),
}
BLINDED = {
    "profile taken away": lambda: (sys.setprofile(None), F.dropout(X, 0.5)),
    "profile taken away for a while": lambda: own_profile(lambda: F.dropout(X, 0.5)),
}
UNSEEN = {
    "own dropout": (DROPOUT, lambda: (torch.rand(X.shape) > 0.5) * X / 0.5),
    "own function of that name": (DROPOUT, lambda: (lambda dropout: dropout(X))(lambda x: x)),
    "a layer's own initialisation": (INIT, lambda: torch.nn.Linear(3, 4)),
    "a deeper layer's": (INIT, lambda: torch.nn.TransformerEncoderLayer(4, 2)),
    "own threads": (DROPOUT, lambda: in_a_thread(lambda: X * 2)),
    "uniform_": (INIT, lambda: torch.empty(3, 4).uniform_(-1, 1)),
    "gradients": (OPTIM, lambda: torch.ones(2, requires_grad=True).sum().backward()),
    "Tensor.unfold": (UNFOLD, lambda: torch.ones(5, 5).unfold(0, 2, 1).unfold(1, 2, 1)),
    "einsum": (UNFOLD, lambda: torch.einsum("ij,jk->ik", X, X.T)),
}


@pytest.mark.parametrize(("patterns", "function"), SEEN.values(), ids=SEEN)
def test_what_is_forbidden_is_seen(patterns, function):
    assert used(patterns, function) != []


@pytest.mark.parametrize(("patterns", "function"), UNSEEN.values(), ids=UNSEEN)
def test_what_is_allowed_is_not_flagged(patterns, function):
    assert used(patterns, function) == []


def test_the_plainest_name_comes_first():
    assert used(DROPOUT, SEEN["function"][1])[0] in ("torch.dropout", "torch.nn.functional.dropout")


def test_watching_ends_with_the_call():
    with Watch(DROPOUT) as watch:
        pass
    F.dropout(X, 0.5)
    assert watch.used == []


def test_watching_ends_with_an_exception():
    with pytest.raises(ZeroDivisionError), Watch(DROPOUT) as watch:
        1 / 0  # noqa: B018
    F.dropout(X, 0.5)
    assert watch.used == []


def test_results_and_gradients_are_those_without_watching():
    def squares(x):
        y = (x * x).sum()
        return torch.autograd.grad(y, x)[0]

    x = torch.arange(3.0, requires_grad=True)
    with Watch(DROPOUT):
        watched = squares(x)
    assert torch.equal(watched, squares(x))


@pytest.mark.parametrize("name", BLINDED)
def test_an_answer_that_puts_the_watch_out_is_told_so(name):
    before = sys.getprofile()
    assert used(DROPOUT, BLINDED[name])[0] == "sys.setprofile"
    assert reported(["sys.setprofile"], DROPOUT) == ["sys.setprofile"]
    assert sys.getprofile() == before
