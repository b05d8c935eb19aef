"""Messages between processes: JSON with tensors as raw bytes behind it. Nothing here can run code.

A frame is two big-endian lengths (of the JSON, of the bytes), the JSON, the bytes. Both lengths are held against limits
before anything is allocated, and a tensor's shape against the bytes that really came.
"""

from __future__ import annotations

import builtins
import functools
import json
import math
import socket
import struct
import time
from typing import Any

import torch

from autograder import helpers
from autograder.calls import Call, Foreign, Reply, is_helper
from autograder.errors import (
    CheckFailed,
    Died,
    Missing,
    OutOfMemory,
    ProtocolError,
    Raised,
    TimedOut,
)
from autograder.results import readable

HEADER = struct.Struct(">IQ")
to_json = json.JSONEncoder(separators=(",", ":")).encode
MAX_TEXT = 24 << 20
MAX_PARTS = 250_000
MAX_BRACKETS = 1_500_000
MAX_BYTES = 320 << 20
DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        torch.float64,
        torch.float32,
        torch.float16,
        torch.bfloat16,
        torch.int64,
        torch.int32,
        torch.int16,
        torch.int8,
        torch.uint8,
        torch.bool,
        torch.complex64,
        torch.complex128,
    )
}


def encode(value: Any, buffers: list[bytes]) -> Any:
    """Turn a value into JSON data, with the bytes of its tensors appended to `buffers`."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, torch.Tensor):
        return _encode_tensor(value, buffers)
    if isinstance(value, list):
        return [encode(item, buffers) for item in value]
    if isinstance(value, tuple):
        return {"tuple": [encode(item, buffers) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[str(key), encode(item, buffers)] for key, item in value.items()]}
    if isinstance(value, Foreign):
        return {"foreign": value.what}
    if isinstance(value, torch.dtype | torch.device):
        return {type(value).__name__: str(value).removeprefix("torch.")}
    if isinstance(value, torch.Generator):
        return {"generator": value.initial_seed()}
    if is_helper(value):
        if isinstance(value, functools.partial):
            return {
                "helper": value.func.__name__,
                "args": encode(list(value.args), buffers),
                "kwargs": encode(value.keywords, buffers),
            }
        return {"helper": value.__name__, "args": [], "kwargs": {"dict": []}}
    raise ProtocolError(f"a value of type {type(value).__name__} cannot be sent")


def _encode_tensor(tensor: torch.Tensor, buffers: list[bytes]) -> Any:
    kind = str(tensor.dtype).removeprefix("torch.")
    if tensor.device.type == "meta":
        return {"tensor": kind, "shape": list(tensor.shape), "meta": True}
    shape, tensor = list(tensor.shape), tensor.detach().cpu()
    # A tensor of one element may have any stride and count as contiguous.
    if tensor.is_contiguous() and tensor.numel() > 1:
        order, flat = list(range(len(shape))), tensor.reshape(-1)
    else:  # the order of dimensions in memory travels too, so that a transposed input arrives transposed
        strides = tensor.stride()
        order = sorted(range(len(shape)), key=lambda axis: -strides[axis])
        flat = tensor.permute(order).reshape(-1)
        flat = flat.new_empty(flat.shape).copy_(flat)
    buffers.append(flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b"")
    return {"tensor": kind, "shape": shape, "order": order}


class Decoder:
    """Turn JSON data and bytes back into values.

    A trusting decoder also makes what only the examiner may send: dtypes, devices, generators and helper functions. Of
    these, `steps` may come from an examinee that asks for a reference.
    """

    def __init__(
        self, body: bytearray, offset: int, trusting: bool, steps: frozenset[str] = frozenset()
    ) -> None:
        """Take what came and where in it the bytes of tensors begin."""
        self.body, self.offset = body, offset
        self.left = MAX_PARTS
        self.trusting = trusting
        self.steps = steps

    def decode(self, data: Any, depth: int = 0) -> Any:
        self.left -= 1
        if depth > 64 or self.left < 0:
            raise ProtocolError("a value is nested too deeply or has too many parts")
        if data is None or isinstance(data, bool | int | float):
            return data
        if isinstance(data, str):
            return data if self.trusting else readable(data)
        if isinstance(data, list):
            return [self.decode(item, depth + 1) for item in data]
        match data:
            case {"tensor": str(kind), "shape": list(shape)}:
                return self._tensor(kind, shape, data)
            case {"tuple": list(items)}:
                return tuple(self.decode(item, depth + 1) for item in items)
            case {"dict": list(items)}:
                return {readable(str(key)): self.decode(item, depth + 1) for key, item in items}
            case {"foreign": str(what)}:
                return Foreign(readable(what[:200]))
            case {"helper": str(name), "args": args, "kwargs": kwargs} if self.trusting or name in self.steps:
                function = getattr(helpers, name)
                bound = self.decode(args, depth + 1), self.decode(kwargs, depth + 1)
                return functools.partial(function, *bound[0], **bound[1])
        if self.trusting:
            match data:
                case {"dtype": str(kind)}:
                    return DTYPES[kind]
                case {"device": str(name)}:
                    return torch.device(name)
                case {"generator": int(seed)}:
                    return torch.Generator().manual_seed(seed)
        raise ProtocolError("a value is of an unknown kind")

    def _tensor(self, kind: str, shape: list[Any], data: dict[str, Any]) -> torch.Tensor:
        if kind not in DTYPES or len(shape) > 16:
            raise ProtocolError("a tensor is of an unknown kind")
        if not all(type(size) is int and 0 <= size < 1 << 48 for size in shape):
            raise ProtocolError("a tensor has an impossible shape")
        dtype = DTYPES[kind]
        if data.get("meta"):
            if math.prod(shape) >= 1 << 62:
                raise ProtocolError("a tensor has an impossible shape")
            return torch.empty(shape, dtype=dtype, device="meta")
        order, axes = data.get("order"), list(range(len(shape)))
        if order != axes and (not isinstance(order, list) or sorted(map(int, order)) != axes):
            raise ProtocolError("a tensor has an impossible layout")
        size = math.prod(shape) * dtype.itemsize
        if self.offset + size > len(self.body):
            raise ProtocolError("a tensor claims more bytes than came")
        if size == 0:
            return torch.empty(shape, dtype=dtype)
        part = self.body[self.offset : self.offset + size]
        self.offset += size
        flat = torch.frombuffer(part, dtype=torch.uint8)
        flat = flat.ne(0) if dtype is torch.bool else flat.view(dtype)
        if order == axes:
            return flat.reshape(shape)
        stored = [shape[axis] for axis in order]
        return flat.reshape(stored).permute(sorted(axes, key=lambda axis: order[axis]))


def send(connection: socket.socket, message: dict[str, Any], deadline: float | None = None) -> None:
    """Send one message, a dict of plain values and tensors.

    Raise `TimeoutError` past `deadline` (of `time.monotonic`), as where the other side does not read; the connection is
    of no use after that.
    """
    buffers: list[bytes] = []
    data = {key: encode(value, buffers) for key, value in message.items()}
    text = to_json(data).encode("utf-8", "surrogatepass")
    _wait_until(connection, deadline)
    # In one piece, so that the other side wakes up once.
    connection.sendall(b"".join([HEADER.pack(len(text), sum(map(len, buffers))), text, *buffers]))


def receive(
    connection: socket.socket, deadline: float | None = None, trusting: bool = False
) -> dict[str, Any]:
    """Receive one message.

    Raise `EOFError` where the other side is gone, `TimeoutError` past `deadline` (of `time.monotonic`), and
    `ProtocolError` where what came is not a message.
    """
    text_size, size = HEADER.unpack(_read(connection, HEADER.size, deadline))
    if text_size > MAX_TEXT or size > MAX_BYTES:
        raise ProtocolError("a message is too large")
    body = _read(connection, text_size + size, deadline)
    text = body[:text_size]
    if text.count(b"[") + text.count(b"{") > MAX_BRACKETS:
        raise ProtocolError("a message has too many parts")
    try:
        data = json.loads(text.decode("utf-8", "surrogatepass"))
        if not isinstance(data, dict):
            raise ProtocolError("a message is not an object")
        steps = helpers.STEPS if data.get("op") == "reference" else frozenset()
        decoder = Decoder(body, text_size, trusting, steps)
        return {key: decoder.decode(value) for key, value in data.items()}
    except ProtocolError:
        raise
    except (ValueError, TypeError, LookupError, ArithmeticError, RuntimeError, AttributeError) as error:
        raise ProtocolError(f"a message cannot be read: {type(error).__name__}") from None


def _wait_until(connection: socket.socket, deadline: float | None) -> None:
    left = None if deadline is None else deadline - time.monotonic()
    if left is not None and left <= 0:
        raise TimeoutError
    connection.settimeout(left)


def _read(connection: socket.socket, size: int, deadline: float | None) -> bytearray:
    data = bytearray(size)
    view, got = memoryview(data), 0
    while got < size:
        _wait_until(connection, deadline)
        try:
            count = connection.recv_into(view[got:])
        except ConnectionError:
            count = 0
        if count == 0:
            raise EOFError
        got += count
    return data


def call_message(call: Call) -> dict[str, Any]:
    """Return the message that asks for a call."""
    return {
        "op": "call",
        "name": call.name,
        "args": list(call.args),
        "kwargs": call.kwargs,
        "cotangents": call.cotangents,
        "requires_grad": call.requires_grad,
        "keep_inputs": call.keep_inputs,
        "watch": list(call.watch),
        "driver": call.driver,
    }


def message_call(message: dict[str, Any]) -> Call:
    """Return the call that a message asks for."""
    return Call(
        name=str(message["name"]),
        args=tuple(message["args"]),
        kwargs=dict(message["kwargs"]),
        cotangents=message["cotangents"],
        requires_grad=bool(message["requires_grad"]),
        keep_inputs=bool(message["keep_inputs"]),
        watch=tuple(message["watch"]),
        driver=message["driver"],
    )


def reply_message(reply: Reply) -> dict[str, Any]:
    """Return the message that carries a reply."""
    return {
        "op": "reply",
        "result": reply.result,
        "gradients": reply.gradients,
        "inputs": reply.inputs,
        "used": reply.used,
    }


def message_reply(message: dict[str, Any], call: Call) -> Reply:
    """Return the reply that a message carries; raise `ProtocolError` where it does not answer `call`."""
    gradients, inputs, used = message.get("gradients"), message.get("inputs"), message.get("used")
    fits = isinstance(used, list) and all(isinstance(name, str) for name in used)
    if call.cotangents is not None:
        fits = fits and isinstance(gradients, list)
        fits = fits and all(g is None or isinstance(g, torch.Tensor) for g in gradients or ())
    if call.keep_inputs:
        fits = fits and isinstance(inputs, list)
        fits = fits and all(
            isinstance(item, tuple) and len(item) == 3 and isinstance(item[0], torch.Tensor)
            for item in inputs or ()
        )
    if not fits or "result" not in message:
        raise ProtocolError("a reply is not what was asked for")
    return Reply(message["result"], gradients, inputs, [name[:200] for name in used or ()][:20])


def failure_message(failure: CheckFailed) -> dict[str, Any]:
    """Return the message that carries a failure."""
    kind = type(failure).__name__
    message: dict[str, Any] = {"op": "failure", "kind": kind}
    if isinstance(failure, Raised):
        message.update(error=failure.kind, text=failure.text, line=failure.line, kinds=failure.kinds)
    elif isinstance(failure, Missing):
        message.update(why=failure.why)
    return message


def known_error(name: str) -> str:
    """Return the name of a built-in exception as it is; any other could carry a message of its own."""
    kind = getattr(builtins, name, None)
    known = isinstance(kind, type) and issubclass(kind, BaseException)
    return name if known else "an exception"


def message_failure(message: dict[str, Any], name: str) -> CheckFailed:
    """Return the failure that a message carries; everything in it is the submission's word."""

    def text(key: str, most: int) -> str:
        value = message.get(key, "")
        return value[:most] if isinstance(value, str) else ""

    match message.get("kind"):
        case "Raised":
            kinds = message.get("kinds")
            names = [str(kind)[:60] for kind in kinds][:20] if isinstance(kinds, list) else []
            return Raised(known_error(text("error", 60)), text("text", 500), text("line", 160), names or None)
        case "Missing":
            return Missing(name, text("why", 200))
        case "OutOfMemory":
            return OutOfMemory()
        case "TimedOut":
            return TimedOut(0)
    return Died()
