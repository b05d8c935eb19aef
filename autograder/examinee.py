"""The examinee: the process that holds a student's notebook, runs its cells and answers calls.

It holds no expected value, no hidden check and no reference. The channel carries cells to run; then, for every check, a
socket on which a forked copy of this process serves calls, so that what one check does to it ends with that check.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from typing import Any

import torch

from autograder import gpu, wire
from autograder.calls import (
    Call,
    LocalSession,
    Reply,
    differentiable,
    fresh_copy,
    leaves,
    seed_everything,
    tree,
)
from autograder.errors import CheckFailed, Died, OutOfMemory
from autograder.shell import NotebookShell, attach, run_cell


def serve(channel: socket.socket, shell: NotebookShell) -> None:
    """Run cells and open sessions as the examiner asks, until it closes the channel. Never returns."""
    attach(shell)
    children: dict[int, int] = {}
    kept: dict[str, dict[str, Any]] = {}
    setup: dict[str, Any] = {}
    try:
        while True:
            message = wire.receive(channel, trusting=True)
            match message["op"]:
                case "setup":
                    seed_everything(message["seed"])
                    setup = message
                    if setup["gpu"] is not None:
                        gpu.hide()
                    wire.send(channel, {"op": "ready"})
                case "cell":
                    done = run(shell, message["source"])
                    for exercise, names in message["kept"].items():
                        own = {name: shell.user_ns[name] for name in names if name in shell.user_ns}
                        kept.setdefault(exercise, {}).update(own)
                    wire.send(channel, {"op": "cell", **done})
                case "session":
                    _, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
                    connection = socket.socket(fileno=descriptors[0])
                    sys.stdout.flush()
                    pid = os.fork()
                    if pid == 0:
                        channel.close()
                        answer_calls(connection, shell, kept, setup, message)
                    connection.close()
                    children[message["id"]] = pid
                case "end":
                    pid = children.pop(message["id"], 0)
                    if pid:
                        os.kill(pid, signal.SIGKILL)
                        os.waitpid(pid, 0)
    except (EOFError, OSError):
        os._exit(0)


def run(shell: NotebookShell, source: str) -> dict[str, Any]:
    """Run one cell and return its part of the reply."""
    try:
        outputs, error, count = run_cell(shell, source)
    except KeyboardInterrupt:
        outputs, error, count = list(shell.recorder.outputs), "KeyboardInterrupt: ", None
    import json

    return {"outputs": json.dumps(outputs, default=str), "error": error, "count": count}


def answer_calls(
    connection: socket.socket,
    shell: NotebookShell,
    kept: dict[str, dict[str, Any]],
    setup: dict[str, Any],
    message: dict[str, Any],
) -> None:
    """Serve one session in a forked copy of the process. Never returns."""
    try:
        silence()
        device = torch.device(setup["device"])
        if setup["gpu"] is not None:
            gpu.take(setup["gpu"], setup["memory_mb"])
        seed_everything(message["seed"])
        functions = shell.user_ns
        for name in message["replaced"]:
            functions[name] = reference_stub(connection, name)
        session = LocalSession(functions, device, {} if message["latest"] else kept)
        while True:
            call = wire.message_call(wire.receive(connection, trusting=True))
            try:
                answer = wire.reply_message(session.call(call))
            except CheckFailed as failure:
                answer = wire.failure_message(failure)
            except MemoryError:
                answer = wire.failure_message(OutOfMemory())
            except BaseException:
                answer = wire.failure_message(Died())
            over = setup["gpu"] is not None and answer["op"] == "failure" and not gpu.works()
            wire.send(connection, {**answer, "over": True} if over else answer)
            if over:
                os._exit(0)
    except BaseException:
        os._exit(0)


def silence() -> None:
    """Drop what the student's code prints during checks."""
    sys.stdout = sys.stderr = open(os.devnull, "w")


def reference_stub(connection: socket.socket, name: str) -> Any:
    """Return a function that has the examiner compute the reference, and its gradient; only numbers come here."""

    def ask(call: Call) -> Reply:
        message = wire.call_message(call)
        message["op"] = "reference"
        wire.send(connection, message)
        answer = wire.receive(connection)
        if answer.get("op") == "failure":
            raise ValueError(f"{name} refuses these arguments")
        reply = wire.message_reply(answer, call)
        given = next(leaves((call.args, call.kwargs)), None)
        if given is not None and given.is_cuda:  # what came back is on the CPU
            reply.result = fresh_copy(reply.result, given.device, False)
            reply.gradients = fresh_copy(reply.gradients, given.device, False)
        return reply

    class Ask(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, args: Any, kwargs: Any, box: list[Any], *inputs: torch.Tensor) -> Any:
            box.append(ask(Call(name, args, kwargs)).result)
            ctx.args, ctx.kwargs = args, kwargs
            return tuple(output.clone() for output in differentiable(box[0]))

        @staticmethod
        def backward(ctx: Any, *cotangents: torch.Tensor) -> Any:
            reply = ask(Call(name, ctx.args, ctx.kwargs, cotangents=list(cotangents)))
            return (None, None, None, *(reply.gradients or ()))

    def stub(*args: Any, **kwargs: Any) -> Any:
        box: list[Any] = []
        plain_args, plain_kwargs = tree(detached, args), tree(detached, kwargs)
        outputs = iter(Ask.apply(plain_args, plain_kwargs, box, *differentiable((args, kwargs))))
        # The outputs of the graph take the places of the result's floating-point tensors.
        return tree(lambda item: next(outputs) if is_differentiable(item) else item, box[0])

    stub.__name__ = name
    return stub


def detached(item: Any) -> Any:
    """Return a tensor cut from its graph; anything else as it is."""
    return item.detach() if isinstance(item, torch.Tensor) else item


def is_differentiable(item: Any) -> bool:
    """Tell whether something is a floating-point tensor."""
    return isinstance(item, torch.Tensor) and item.is_floating_point()
