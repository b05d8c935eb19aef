"""Messages: what crosses comes out as it went in, and nothing hostile gets through or takes memory."""

import json
import socket
import struct
import time
import tracemalloc
from functools import partial
from types import SimpleNamespace

import pytest
import torch

from autograder import wire
from autograder.calls import Call, Foreign, Reply
from autograder.errors import Died, Missing, OutOfMemory, ProtocolError, Raised, TimedOut
from autograder.helpers import identity, joined_calls, markov_log_probs, run_network
from autograder.remote import RemoteSession
from autograder.sandbox import Limits


@pytest.fixture
def ends():
    pair = socket.socketpair()
    yield pair
    for end in pair:
        end.close()


@pytest.fixture
def pass_on(ends):
    def passed(value, trusting=False):
        wire.send(ends[0], {"value": value})
        return wire.receive(ends[1], time.monotonic() + 10, trusting)["value"]

    return passed


@pytest.fixture
def receive_raw(ends):
    """Send bytes as they are and receive what they say."""

    def received(text, payload=b"", sizes=None, trusting=False):
        data = text if isinstance(text, bytes) else json.dumps(text).encode()
        ends[0].sendall(wire.HEADER.pack(*(sizes or (len(data), len(payload)))) + data + payload)
        return wire.receive(ends[1], time.monotonic() + 5, trusting)

    return received


def assert_same(got, sent):
    assert type(got) is type(sent)
    if isinstance(sent, torch.Tensor):
        assert (got.dtype, got.shape, got.stride()) == (sent.dtype, sent.shape, sent.stride())
        assert got.device == sent.device
        if sent.device.type != "meta":
            assert (
                torch.equal(torch.view_as_real(got), torch.view_as_real(sent))
                if sent.is_complex()
                else (torch.equal(got, sent))
            )
    elif isinstance(sent, dict):
        assert list(got) == list(sent)
        for key, item in sent.items():
            assert_same(got[key], item)
    elif isinstance(sent, list | tuple):
        assert len(got) == len(sent)
        for mine, theirs in zip(got, sent, strict=True):
            assert_same(mine, theirs)
    else:
        assert got == sent


@pytest.mark.parametrize("kind", sorted(wire.DTYPES))
def test_tensors_of_every_dtype_cross(pass_on, kind):
    sent = torch.tensor([[0, 1, 2], [3, 0, 5]]).to(wire.DTYPES[kind])
    assert_same(pass_on(sent), sent)


@pytest.mark.parametrize(
    "sent",
    [
        torch.tensor(3.5),
        torch.tensor(True),
        torch.empty(0),
        torch.empty(3, 0, 2, dtype=torch.int64),
        torch.arange(6.0).reshape(2, 3).T,
        torch.arange(24).reshape(2, 3, 4).permute(1, 2, 0),
        torch.empty(4, 5, device="meta"),
        torch.tensor([float("nan")]).isnan(),
    ],
    ids=["number", "flag", "empty", "no columns", "transposed", "permuted", "meta", "bool"],
)
def test_tensors_of_every_layout_cross(pass_on, sent):
    assert_same(pass_on(sent), sent)


def test_not_a_number_and_the_infinities_cross(pass_on):
    sent = [float("inf"), float("-inf"), torch.tensor([float("inf"), 1.0])]
    assert_same(pass_on(sent), sent)
    assert pass_on(float("nan")) != pass_on(float("nan"))


@pytest.mark.parametrize(
    "sent",
    [None, True, 7, -(2**200), 1.5, "grüße €", [], (), {}, [1, (2.0, {"a": [torch.ones(2), None]})]],
    ids=repr,
)
def test_plain_values_cross(pass_on, sent):
    assert_same(pass_on(sent), sent)


def test_a_slice_of_a_large_tensor_crosses_without_the_rest(pass_on):
    sent = torch.arange(1_000_000)[::250_000]
    assert torch.equal(pass_on(sent), sent)


def test_a_tensor_that_needs_a_gradient_crosses_without_it(pass_on):
    got = pass_on(torch.ones(2, requires_grad=True) * 2)
    assert not got.requires_grad and got.tolist() == [2, 2]


def test_what_does_not_cross_is_said(pass_on):
    assert pass_on(Foreign("an object of type x.Y")) == Foreign("an object of type x.Y")
    with pytest.raises(ProtocolError, match="type object cannot be sent"):
        pass_on(object())


def test_a_trusting_receiver_gets_dtypes_devices_generators_and_helpers(pass_on):
    assert pass_on(torch.float16, trusting=True) is torch.float16
    assert pass_on(torch.device("meta"), trusting=True) == torch.device("meta")
    generator = pass_on(torch.Generator().manual_seed(5), trusting=True)
    assert torch.equal(
        torch.rand(3, generator=generator), torch.rand(3, generator=torch.Generator().manual_seed(5))
    )
    assert pass_on(partial(joined_calls, times=2), trusting=True)(lambda: [torch.ones(1)]).shape == (2, 1)
    table = torch.arange(9.0).reshape(3, 3)
    assert pass_on(partial(markov_log_probs, table=table), trusting=True)((0, 2)).tolist() == [6, 7, 8]


def test_a_step_that_a_check_passed_comes_back_with_a_question_for_a_reference():
    ours, theirs = socket.socketpair()
    table = torch.arange(9.0).reshape(3, 3)
    for op in ("reference", "reply"):
        wire.send(theirs, {"op": op, "value": partial(markov_log_probs, table=table)})
    assert wire.receive(ours, time.monotonic() + 10)["value"]((0, 2)).tolist() == [6, 7, 8]
    with pytest.raises(ProtocolError, match="unknown kind"):
        wire.receive(ours, time.monotonic() + 10)
    wire.send(theirs, {"op": "reference", "value": joined_calls})
    with pytest.raises(ProtocolError, match="unknown kind"):
        wire.receive(ours, time.monotonic() + 10)


@pytest.mark.parametrize(
    "sent",
    [torch.float16, torch.device("cpu"), torch.Generator(), identity, joined_calls, run_network],
    ids=lambda v: type(v).__name__,
)
def test_an_untrusting_receiver_refuses_what_only_the_examiner_sends(pass_on, sent):
    with pytest.raises(ProtocolError, match="unknown kind"):
        pass_on(sent)


def test_only_helpers_can_be_sent_as_functions(pass_on):
    with pytest.raises(ProtocolError, match="cannot be sent"):
        pass_on(print)
    with pytest.raises(ProtocolError, match="cannot be sent"):
        pass_on(partial(eval, "1"))


TENSOR = {"tensor": "float32", "shape": [2], "order": [0]}
HOSTILE = {
    "huge shape": {**TENSOR, "shape": [1 << 40]},
    "huge product": {**TENSOR, "shape": [1 << 40, 1 << 40], "order": [0, 1]},
    "fewer bytes than claimed": {**TENSOR, "shape": [3]},
    "negative size": {**TENSOR, "shape": [-1]},
    "size that is no number": {**TENSOR, "shape": ["2"]},
    "size that is a flag": {**TENSOR, "shape": [True]},
    "too many dimensions": {**TENSOR, "shape": [1] * 30, "order": list(range(30))},
    "huge meta tensor": {"tensor": "float32", "shape": [1 << 40, 1 << 40], "meta": True},
    "order with a gap": {**TENSOR, "shape": [1, 2], "order": [0, 2]},
    "order of the wrong kind": {**TENSOR, "order": "0"},
    "order of texts": {**TENSOR, "order": ["a"]},
    "order without end": {**TENSOR, "order": [float("inf")]},
    "no order": {"tensor": "float32", "shape": [2]},
    "unknown dtype": {**TENSOR, "tensor": "float13"},
    "unknown kind": {"object": "os.system"},
    "pickle": {"pickle": "gASVIQAAAAAAAACM"},
    "empty object": {},
    "entries that are no pairs": {"dict": [[1, 2, 3]]},
    "helper": {"helper": "run_network", "args": [], "kwargs": {"dict": []}},
    "generator": {"generator": 1},
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_value_is_refused(receive_raw, value):
    with pytest.raises(ProtocolError):
        receive_raw({"value": value}, b"\0" * 8)


@pytest.mark.parametrize(
    "value",
    [{"helper": "torch", "args": [], "kwargs": {"dict": []}}, {"helper": "__builtins__"}, {"dtype": "x"}],
    ids=str,
)
def test_even_a_trusting_receiver_makes_nothing_but_helpers(receive_raw, value):
    try:
        got = receive_raw({"value": value}, trusting=True)["value"]
    except ProtocolError:
        return
    with pytest.raises(TypeError):
        got()


@pytest.mark.parametrize("depth", [100, 10_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"tuple":[', "]}")])
def test_deep_nesting_is_refused(receive_raw, depth, opening, closing):
    with pytest.raises(ProtocolError):
        receive_raw(b'{"value": ' + (opening * depth + closing * depth).encode() + b"}")


@pytest.mark.parametrize("text", [b"", b"{", b"[1]", b"7", b'"op"', b"\xff\xfe{", b"cos\nsystem\n"])
def test_what_is_no_json_object_is_refused(receive_raw, text):
    with pytest.raises(ProtocolError):
        receive_raw(text)


@pytest.mark.parametrize("sizes", [((1 << 32) - 1, 0), (2, (1 << 64) - 1), (2, wire.MAX_BYTES + 1)])
def test_a_huge_length_is_refused_before_memory_is_taken(receive_raw, sizes):
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError, match="too large"):
            receive_raw(b"{}", sizes=sizes)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_a_closed_connection_is_an_end_of_file(ends):
    ends[0].close()
    with pytest.raises(EOFError):
        wire.receive(ends[1])


def test_a_connection_closed_in_mid_message_is_an_end_of_file(ends):
    ends[0].sendall(struct.pack(">IQ", 10, 0) + b"{")
    ends[0].close()
    with pytest.raises(EOFError):
        wire.receive(ends[1])


@pytest.mark.parametrize("part", [b"", b"\0\0", struct.pack(">IQ", 10, 0) + b"{"])
def test_a_message_that_does_not_come_in_time_is_a_timeout(ends, part):
    ends[0].sendall(part)
    with pytest.raises(TimeoutError):
        wire.receive(ends[1], time.monotonic() + 0.05)


def test_a_message_that_nobody_reads_is_given_up(ends):
    with pytest.raises(TimeoutError):
        wire.send(ends[0], {"value": torch.zeros(1 << 20)}, time.monotonic() + 0.1)
    with pytest.raises(TimeoutError):
        wire.send(ends[0], {"value": 1}, time.monotonic() - 1)


def test_a_call_crosses(ends):
    sent = Call("f", (torch.ones(2), 3), {"p": 0.5}, [torch.zeros(1)], True, True, ("torch.*",))
    wire.send(ends[0], wire.call_message(sent))
    got = wire.message_call(wire.receive(ends[1], trusting=True))
    assert_same(vars(got), vars(sent))


def test_a_reply_crosses(ends):
    sent = Reply((torch.ones(2),), [None, torch.ones(1)], [(torch.ones(2), True, False)], ["torch.x"])
    wire.send(ends[0], wire.reply_message(sent))
    call = Call("f", cotangents=[], keep_inputs=True)
    assert_same(vars(wire.message_reply(wire.receive(ends[1]), call)), vars(sent))


@pytest.mark.parametrize(
    "changed",
    [
        {"gradients": None},
        {"gradients": [1.0]},
        {"inputs": [torch.ones(1)]},
        {"inputs": "none"},
        {"used": [1]},
        {"used": None},
    ],
    ids=str,
)
def test_a_reply_that_is_not_what_was_asked_for_is_refused(changed):
    right = wire.reply_message(Reply(1, [], [], []))
    call = Call("f", cotangents=[], keep_inputs=True)
    assert wire.message_reply(right, call).result == 1
    with pytest.raises(ProtocolError, match="not what was asked for"):
        wire.message_reply({**right, **changed}, call)


def test_failures_cross(ends):
    raised = Raised("ValueError", "no", "line 1", ["ValueError", "Exception"])
    for failure in (raised, Missing("f", "only the stub"), OutOfMemory(), Died()):
        wire.send(ends[0], wire.failure_message(failure))
        got = wire.message_failure(wire.receive(ends[1]), "f")
        assert (type(got), str(got)) == (type(failure), str(failure))


def test_a_failure_of_any_content_becomes_a_short_one():
    message = {"kind": "Raised", "error": ["x"], "text": "a" * 10_000, "line": 3, "kinds": {"a": 1}}
    failure = wire.message_failure(message, "f")
    assert len(str(failure)) < 1000
    assert isinstance(wire.message_failure({"kind": ["Passed"]}, "f"), Died)


def test_half_a_surrogate_pair_of_a_stranger_becomes_a_question_mark(pass_on):
    assert pass_on(["a\ud800b", {"\udfff": 1}]) == ["a?b", {"?": 1}]


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (1,), (3, 1), ()])
def test_tensors_with_gaps_in_memory_cross(pass_on, shape):
    sent = torch.arange(60.0).as_strided(shape, [2 * (axis + 2) for axis in range(len(shape))], 3)
    assert torch.equal(pass_on(sent), sent)


def test_a_reference_that_is_kept_busy_is_stopped_with_the_check(ends):
    """An answer may ask for the reference of another exercise with arguments that take for ever."""

    def endless(count):
        try:
            while True:
                count += 1
        except TimeoutError as error:
            raise ValueError("taken for the reference's own") from error

    limits = Limits(check_seconds=0.5)
    examinee = SimpleNamespace(limits=limits, deadline=time.monotonic() + 60, references={"count": endless})
    session = RemoteSession(ends[0], examinee, ["count"])
    wire.send(ends[1], {**wire.call_message(Call("count", (1,))), "op": "reference"})
    before = time.monotonic()
    with pytest.raises(TimedOut):
        session.call(Call("answer"))
    assert time.monotonic() - before < 10
    assert not session.begin_check()
