"""The examiner's end of an examinee: start it, run the notebook in it, open sessions, survive whatever it does."""

from __future__ import annotations

import json
import socket
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any

from autograder import wire, zygote
from autograder.bounds import memory_limit, time_limit
from autograder.calls import Call, Reply, perform
from autograder.checking import Session
from autograder.errors import AutograderError, CheckFailed, Died, ProtocolError, TimedOut
from autograder.notebooks import Cell
from autograder.results import CellOutput, readable
from autograder.sandbox import Limits
from autograder.syntax import Code
from autograder.units import Exercise

RESTARTS = 3
GRACE = 2.0
MAX_OUTPUTS = 16 << 20
TOO_MUCH = "[the outputs were dropped: too much]\n"
NOT_STARTED = "the sandbox could not be set up; run `autograder doctor`, and look at the limits given"
GONE = (EOFError, OSError, ProtocolError)


@dataclass(frozen=True)
class Place:
    """Say where an examinee runs: its slot, with a user of its own where there are users, its processor and GPU."""

    slot: int = 0
    cpu: int | None = None
    gpu: str | None = None


class Examinee:
    """Hold one submission's process."""

    def __init__(
        self,
        control: socket.socket,
        limits: Limits,
        place: Place,
        seed: int,
        device: str = "cpu",
        references: dict[str, Any] | None = None,
        shown: dict[str, str] | None = None,
    ) -> None:
        self.control, self.limits, self.place, self.seed = control, limits, place, seed
        self.device = device
        self.references = references or {}
        self.shown = shown or {}
        self.channel: socket.socket | None = None
        self.status: socket.socket | None = None
        self.sessions = 0
        self.room = MAX_OUTPUTS
        self.started = time.monotonic()
        self.code: Code | None = None
        self.stateful: dict[str, bool] = {}

    @property
    def deadline(self) -> float:
        """Return when the whole submission has had its time."""
        return self.started + self.limits.submission_seconds

    def keeps_state(self, exercise: str) -> bool:
        """Tell whether an exercise's checks need a fresh copy of the notebook's state each."""
        if exercise not in self.stateful:
            self.stateful[exercise] = self.code is None or self.code.keeps_state(exercise)
        return self.stateful[exercise]

    def rebinds(self, exercise: Exercise) -> bool:
        """Tell whether later cells bind names of an answer's own cell anew, to what is allowed."""
        if self.code is None or not self.code.kept(exercise.name):
            return False
        return not self.code.forbidden(exercise.name, exercise.not_allowed, latest=True)

    def start(self) -> None:
        """Fork a new, empty examinee; end the one before. Raise where none can be shut in: that is no student's fault."""
        self.close()
        self.channel, theirs = socket.socketpair()
        self.status, report = socket.socketpair()
        request = {
            "op": "examinee",
            "limits": {
                **asdict(self.limits),
                "submission_seconds": max(GRACE, self.deadline - time.monotonic()),
            },
            "slot": self.place.slot,
            "cpu": self.place.cpu,
            "shown": self.shown,
        }
        zygote.ask(self.control, request, [theirs, report])
        theirs.close()
        report.close()
        setup = {"device": self.device, "gpu": self.place.gpu, "memory_mb": self.limits.memory_mb}
        try:
            wire.send(self.channel, {"op": "setup", "seed": self.seed, **setup})
            wire.receive(self.channel, max(self.deadline, time.monotonic() + GRACE))
        except (*GONE, TimeoutError) as error:
            if time.monotonic() < self.deadline:
                raise AutograderError(NOT_STARTED) from error

    def close(self) -> str:
        """End the examinee and all it started; return why it had ended, if it had."""
        if self.status is None or self.channel is None:
            return ""
        self.channel.close()
        self.status.settimeout(30)
        reason = ""
        try:
            self.status.shutdown(socket.SHUT_WR)
            reason = json.loads(self.status.recv(1000) or b'{"reason": ""}')["reason"]
        except (OSError, ValueError):
            pass
        self.status.close()
        self.channel = self.status = None
        return reason

    def run(self, cells: Sequence[Cell], kept: Mapping[int, Any]) -> list[CellOutput]:
        """Run a notebook's cells; one that hangs or ends the process is left out and the rest is run afresh.

        `kept` says, by cell, which names it binds for which exercise, to be kept from later cells.
        """
        done: dict[int, CellOutput] = {}
        skipped: set[int] = set()
        for _ in range(RESTARTS + 1):
            culprit = self._run_all([c for c in cells if c.index not in skipped], kept, done)
            if culprit is None:
                return list(done.values())
            skipped.add(culprit.index)
        self.start()
        return list(done.values())

    def _run_all(
        self, cells: Sequence[Cell], kept: Mapping[int, Any], done: dict[int, CellOutput]
    ) -> Cell | None:
        """Run cells in a new process; return the one that did not come back, its record in `done`."""
        self.start()
        assert self.channel is not None
        for cell in cells:
            try:
                done[cell.index] = self._run_cell(cell, kept.get(cell.index, {}))
            except (*GONE, TimeoutError) as error:
                reason = self.close()
                done[cell.index] = _lost(cell, error, reason, self.limits)
                return cell
        return None

    def _run_cell(self, cell: Cell, kept: Mapping[str, Sequence[str]]) -> CellOutput:
        assert self.channel is not None and self.status is not None
        until = min(time.monotonic() + self.limits.cell_seconds, self.deadline)
        wire.send(self.channel, {"op": "cell", "source": cell.source, "kept": kept}, until)
        late = False
        try:
            message = wire.receive(self.channel, until)
        except TimeoutError:
            late = True
            self.status.send(b"i")
            message = wire.receive(self.channel, time.monotonic() + GRACE)
        text = message.get("outputs")
        self.room -= len(text) if isinstance(text, str) else 0
        if self.room < 0:  # the process caps its outputs itself, unless the cell has got at it
            text, self.room = None, 0
        outputs = clean_outputs(text) if text is not None else [stream("stderr", TOO_MUCH)]
        error, count = message.get("error"), message.get("count")
        if late:
            error = f"TimeoutError: the cell ran for more than {self.limits.cell_seconds:g} s and was stopped"
        return CellOutput(
            cell.index,
            outputs,
            error[:600] if isinstance(error, str) else None,
            count if type(count) is int and 0 < count < 1 << 31 else None,
        )

    @contextmanager
    def session(self, replaced: Sequence[str] = (), latest: bool = False) -> Iterator[Session]:
        """Open a session on a fresh copy of the notebook's state."""
        if self.channel is None:
            raise Died("the notebook's process had ended")
        self.sessions += 1
        number = self.sessions
        ours, theirs = socket.socketpair()
        seed = zlib.crc32(f"{self.seed} {number}".encode())
        message = {"op": "session", "id": number, "seed": seed, "replaced": list(replaced), "latest": latest}
        try:
            wire.send(self.channel, message, time.monotonic() + self.limits.check_seconds)
            socket.send_fds(self.channel, [b"s"], [theirs.fileno()])
        except OSError:
            self.close()  # it is gone, or does not read; half a message may be under way
            raise Died("the notebook's process had ended") from None
        finally:
            theirs.close()
        remote = RemoteSession(ours, self, replaced)
        try:
            yield remote
        finally:
            ours.close()
            if self.channel is not None:
                with suppress(OSError):
                    wire.send(self.channel, {"op": "end", "id": number}, time.monotonic() + GRACE)


class RemoteSession:
    """Send calls to a session of an examinee, and compute references where it asks for them."""

    def __init__(self, connection: socket.socket, examinee: Examinee, replaced: Sequence[str] = ()) -> None:
        self.connection = connection
        self.replaced = replaced
        self.examinee = examinee
        self.failure: CheckFailed | None = None
        self.begin_check()

    def begin_check(self) -> bool:
        limits = self.examinee.limits
        self.deadline = min(time.monotonic() + limits.check_seconds, self.examinee.deadline)
        return self.failure is None

    def call(self, call: Call) -> Reply:
        if self.failure is not None:
            raise self.failure
        try:
            wire.send(self.connection, wire.call_message(call), self.deadline)
            while True:
                message = wire.receive(self.connection, self.deadline)
                match message.get("op"):
                    case "reply":
                        return wire.message_reply(message, call)
                    case "failure":
                        failure = wire.message_failure(message, call.name)
                        self.failure = failure if message.get("over") is True else None
                        raise failure
                    case "reference":
                        wire.send(self.connection, self._reference(message), self.deadline)
                    case _:
                        raise ProtocolError("a message is of an unknown kind")
        except TimeoutError:
            self.failure = TimedOut(self.examinee.limits.check_seconds)
        except ProtocolError as error:
            self.failure = CheckFailed("type", "a result that can be read", str(error))
        except (EOFError, OSError):
            self.failure = Died("the process ended during the call")
        raise self.failure

    def _reference(self, message: dict[str, Any]) -> dict[str, Any]:
        """Compute what a replaced function returns; only numbers go back."""
        try:
            call = wire.message_call(
                {**message, "watch": [], "keep_inputs": False, "requires_grad": False, "driver": None}
            )
            if call.name not in self.replaced:  # nobody may ask for what is being examined
                return {"op": "failure", "kind": "Raised"}
            reference = self.examinee.references[call.name]
            with memory_limit(256), time_limit(max(0.01, self.deadline - time.monotonic())):
                reply = perform(reference, call)
            if time.monotonic() > self.deadline:  # what ended it was taken for the reference's own exception
                raise TimeoutError
            return wire.reply_message(reply)
        except (CheckFailed, KeyError, TypeError, ValueError, MemoryError):
            return {"op": "failure", "kind": "Raised"}


def _lost(cell: Cell, error: BaseException, reason: str, limits: Limits) -> CellOutput:
    """Describe a cell that never answered."""
    if reason == "memory":
        text = f"MemoryError: the cell took more than {limits.memory_mb} MiB"
    elif reason == "time" or isinstance(error, TimeoutError):
        text = f"TimeoutError: the cell ran for more than {limits.cell_seconds:g} s and was stopped"
    elif isinstance(error, ProtocolError):
        text = "RuntimeError: the cell disturbed the channel to the grader"
    else:
        text = "RuntimeError: the cell ended the process"
    name, _, value = text.partition(": ")
    output = {"output_type": "error", "ename": name, "evalue": value, "traceback": [text]}
    return CellOutput(cell.index, [output], text)


def clean_outputs(text: Any) -> list[dict[str, Any]]:
    """Return a cell's outputs, keeping only what a notebook may hold: nothing here is to be trusted."""
    try:
        raw = json.loads(text) if isinstance(text, str) else []
    except (ValueError, RecursionError):
        return []
    outputs: list[dict[str, Any]] = []
    for item in raw if isinstance(raw, list) else []:
        if not isinstance(item, dict):
            continue
        match item.get("output_type"):
            case "stream":
                name = "stderr" if item.get("name") == "stderr" else "stdout"
                outputs.append(stream(name, item.get("text", "")))
            case "error":
                trace = item.get("traceback")
                outputs.append(
                    {
                        "output_type": "error",
                        "ename": readable(str(item.get("ename", ""))[:200]),
                        "evalue": readable(str(item.get("evalue", ""))[:2000]),
                        "traceback": list(map(readable, map(str, trace))) if isinstance(trace, list) else [],
                    }
                )
            case "display_data" | "execute_result" as kind:
                data = item.get("data")
                output = {"output_type": kind, "metadata": {}, "data": {}}
                if isinstance(data, dict):
                    output["data"] = {readable(k): readable(v) for k, v in data.items() if isinstance(v, str)}
                if kind == "execute_result":
                    output["execution_count"] = None
                outputs.append(output)
    return outputs


def stream(name: str, text: Any) -> dict[str, Any]:
    """Return an output of text."""
    return {"output_type": "stream", "name": name, "text": readable(str(text))}


__all__ = ["Examinee", "RemoteSession", "clean_outputs"]
