"""One call of an answer: what comes back is plain and small, and every failure is of a known kind."""

import tracemalloc
from collections import OrderedDict, namedtuple

import numpy as np
import pytest
import torch

from autograder.calls import Call, Foreign, LocalSession, is_helper, perform, plain
from autograder.errors import Missing, OutOfMemory, Raised
from autograder.helpers import identity

Pair = namedtuple("Pair", "a b")


class OwnTensor(torch.Tensor):
    pass


class OwnText(str):
    __slots__ = ()


def nested(depth, kind=list):
    value = kind()
    for _ in range(depth):
        value = kind([value])
    return value


def containing_itself():
    value = []
    value.append(value)
    return value


def many_times_itself():
    value = [0]
    for _ in range(60):
        value = [value, value]
    return value


GIANTS = {
    "expanded tensor": lambda: torch.empty(1).expand(10**12),
    "expanded in two ways": lambda: torch.empty(1, 1).expand(10**6, 10**6),
    "list of expanded tensors": lambda: [torch.empty(1).expand(10**7)] * 1000,
    "deep list": lambda: nested(5000),
    "deep tuple": lambda: nested(5000, tuple),
    "list in itself": containing_itself,
    "twice itself, often": many_times_itself,
    "long list": lambda: [0] * 10**6,
    "long text": lambda: "a" * (1 << 25),
    "large integer": lambda: 1 << 10**6,
}


def contains_foreign(value):
    if isinstance(value, dict):
        return any(map(contains_foreign, value.values()))
    if isinstance(value, list | tuple):
        return any(map(contains_foreign, value))
    return isinstance(value, Foreign)


@pytest.mark.parametrize("make", GIANTS.values(), ids=GIANTS)
def test_a_giant_becomes_foreign_without_taking_memory(make):
    value = make()
    tracemalloc.start()
    try:
        reduced = plain(value)
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()
    assert contains_foreign(reduced)
    assert len(str(reduced)) < 10**7


FOREIGN = {
    "own class of tensor": lambda: torch.ones(2).as_subclass(OwnTensor),
    "sparse tensor": lambda: torch.eye(2).to_sparse(),
    "compressed tensor": lambda: torch.eye(2).to_sparse_csr(),
    "nested tensor": lambda: torch.nested.nested_tensor([torch.ones(1), torch.ones(2)]),
    "quantized tensor": lambda: torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
    "numpy array": lambda: np.ones(2),
    "object": object,
    "own text": lambda: OwnText("a"),
    "bytes": lambda: b"a",
    "set": lambda: {1},
    "function": lambda: len,
    "module": lambda: torch.nn.Linear(1, 1),
    "complex number": lambda: 1j,
    "17 dimensions": lambda: torch.ones([1] * 17),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", FOREIGN.values(), ids=FOREIGN)
def test_what_is_no_plain_data_becomes_foreign(make):
    assert isinstance(plain(make()), Foreign)


def test_a_foreign_value_is_named_in_short():
    assert plain(np.ones(2)).what == "an object of type numpy.ndarray"
    assert len(plain(type("A" * 1000, (), {})()).what) == 200


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float64(1.5), 1.5),
        (np.int64(3), 3),
        (Pair(1, [2]), (1, [2])),
        (OrderedDict(a=1), {"a": 1}),
        ({1: 2}, {"1": 2}),
        (torch.float32, "torch.float32"),
        (torch.device("cpu"), "cpu"),
        (torch.Size([2, 3]), (2, 3)),
        (True, True),
        (None, None),
    ],
    ids=repr,
)
def test_values_that_are_as_good_as_plain_are_made_so(value, expected):
    assert plain(value) == expected
    assert type(plain(value)) is type(expected)


def test_parameters_views_and_conjugates_become_tensors():
    x = torch.arange(4.0)
    assert type(plain(torch.nn.Parameter(x))) is torch.Tensor
    assert plain(x[1:]).tolist() == [1, 2, 3]
    assert not plain(torch.ones(1, dtype=torch.complex64).conj()).is_conj()
    assert not plain(x.requires_grad_()).requires_grad


def test_a_result_does_not_share_memory_with_what_the_answer_keeps():
    kept = torch.ones(2)
    reduced = plain(kept)
    kept.zero_()
    assert reduced.tolist() == [1, 1]


def test_a_tensor_on_another_device_than_asked_for_is_foreign():
    assert "on cpu instead of cuda" in plain(torch.ones(1), torch.device("cuda")).what
    assert plain(torch.ones(1, device="meta"), torch.device("cuda")).device.type == "meta"


def test_the_result_comes_back():
    assert perform(lambda x, p: {"y": x * p}, Call("f", (torch.ones(2),), {"p": 3})).result["y"].tolist() == [
        3,
        3,
    ]


def test_gradients_are_weighted_with_the_cotangents():
    x, y, n = torch.tensor([2.0]), torch.tensor([5.0]), torch.tensor([1])
    call = Call("f", (x, [y], n), cotangents=[torch.tensor([1.0]), torch.tensor([10.0])])
    reply = perform(lambda x, ys, n: (x * ys[0], x + 0), call)
    assert [gradient.item() for gradient in reply.gradients] == [15, 2]


def test_an_input_that_nothing_depends_on_has_no_gradient():
    call = Call("f", (torch.ones(2), torch.ones(2)), cotangents=[torch.ones(2)])
    assert perform(lambda x, y: 2 * x, call).gradients[1] is None
    assert perform(lambda x, y: x.detach(), call).gradients == [None, None]


def test_the_callers_arguments_cannot_be_changed():
    x, config = torch.ones(2), {"a": [1]}

    def spoil(x, config):
        x.zero_()
        config["a"].append(2)

    perform(spoil, Call("f", (x, config)))
    assert (x.tolist(), config) == ([1, 1], {"a": [1]})


def test_the_inputs_afterwards_are_reported():
    def spoil(x, y):
        x.add_(1)
        y.requires_grad_()

    reply = perform(spoil, Call("f", (torch.ones(1), torch.ones(1)), keep_inputs=True))
    assert [(value.item(), required, has) for value, required, has in reply.inputs] == [
        (2, False, False),
        (1, True, False),
    ]


def test_a_generator_arrives_with_its_first_seed():
    generator = torch.Generator().manual_seed(3)
    torch.rand(5, generator=generator)
    got = perform(lambda g: torch.rand(2, generator=g), Call("f", (generator,))).result
    assert torch.equal(got, torch.rand(2, generator=torch.Generator().manual_seed(3)))


def raising(error):
    def answer():
        raise error

    return answer


class OwnValueError(ValueError):
    pass


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NotImplementedError(), Missing),
        (NotImplementedError("p above 1"), Raised),
        (MemoryError(), OutOfMemory),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate"), OutOfMemory),
        (torch.OutOfMemoryError("CUDA out of memory."), OutOfMemory),
        (ValueError("no"), Raised),
        (OwnValueError("no"), Raised),
        (RecursionError("deep " * 1000), Raised),
        (AssertionError("no"), Raised),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_an_exception_becomes_the_failure_it_amounts_to(error, kind):
    with pytest.raises(kind) as caught:
        perform(raising(error), Call("f"))
    assert type(caught.value) is kind
    assert len(str(caught.value)) < 1000


def test_the_kinds_of_an_exception_are_those_everyone_knows():
    with pytest.raises(Raised) as caught:
        perform(raising(OwnValueError("no")), Call("f"))
    assert caught.value.kind == "ValueError"
    assert caught.value.kinds == ["ValueError", "Exception", "BaseException", "object"]


def test_endless_recursion_is_an_error_of_the_answer():
    def endless(x):
        return endless(x)

    with pytest.raises(Raised, match="RecursionError"):
        perform(endless, Call("f", (1,)))


def test_a_name_that_is_missing_or_no_function_is_not_attempted():
    session = LocalSession({"g": 3, "h": lambda: 4})
    with pytest.raises(Missing, match="no such name"):
        session.call(Call("f"))
    with pytest.raises(Missing, match="g is not a function"):
        session.call(Call("g"))
    assert session.call(Call("h")).result == 4


def test_helpers_are_the_public_ones_alone():
    assert is_helper(identity)
    assert not is_helper(lambda x: x)
    assert not is_helper(torch)
    impostor = lambda x: x  # noqa: E731
    impostor.__name__ = "identity"
    assert not is_helper(impostor)
