"""Farm notebooks out to examiner processes, all forked from one warm process, and collect the results."""

from __future__ import annotations

import json
import math
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autograder import gpu, zygote
from autograder.errors import AutograderError, CourseError
from autograder.results import Job, Result
from autograder.sandbox import Level, Limits, readable
from autograder.units import Unit

# What an examiner needs beside its submission's time: collecting checks, reading, comparing.
SLACK = 300.0
KEPT = (
    "PATH",
    "HOME",
    "XDG_CACHE_HOME",
    "LANG",
    "LC_ALL",
    "PYTHONPATH",
    "VIRTUAL_ENV",
    "TMPDIR",
    "CUDA_VISIBLE_DEVICES",
    "LD_LIBRARY_PATH",  # where a GPU's driver may be
)


@dataclass
class ExaminerProcess:
    """Hold the line to one examiner process and the position of the job it has."""

    connection: socket.socket
    lines: Any
    slot: int
    job: int | None = None
    worked: bool = False
    pid: int | None = None
    until: float = math.inf

    def say(self, message: dict[str, Any]) -> None:
        try:
            self.lines.write(json.dumps(message).encode() + b"\n")
            self.lines.flush()
        except OSError:
            pass  # the next `hear` finds out

    def hear(self) -> dict[str, Any] | None:
        """Return the next message, None where the process has ended."""
        try:
            line = self.lines.readline()
            return dict(json.loads(line)) if line else None
        except (OSError, ValueError):
            return None

    def stop(self) -> None:
        """End the process, which has had its time; the next `hear` finds it gone."""
        if self.pid is not None:
            with suppress(OSError):
                os.kill(self.pid, signal.SIGKILL)
        self.until = math.inf

    def close(self) -> None:
        with suppress(OSError):  # what was not sent goes nowhere
            self.lines.close()
        self.connection.close()


class Pool:
    """Hold a warm process and its examiners; use it as a context manager."""

    where = "this machine"

    def __init__(
        self,
        units: Sequence[Unit],
        hidden: bool,
        jobs: int = 1,
        limits: Limits | None = None,
        device: str = "cpu",
        level: Level | None = None,
        late: bool = True,
    ) -> None:
        self.units, self.hidden, self.jobs = units, hidden, max(1, jobs)
        self.limits, self.device = limits or Limits(), device
        self.gpus = gpu.visible() if device == "cuda" else []
        # Tests give a level; otherwise the warm process finds out what this machine can do.
        self.options = {
            "level": asdict(level) if level else None,
            "late": late,
            "gpu": self.gpus[0] if self.gpus else None,
        }

    def __enter__(self) -> Pool:
        for unit in self.units:
            if self.hidden and (place := readable(unit.folder)):
                raise CourseError(
                    f"{unit.folder}: submissions could read the checks there, since they see {place}, where this "
                    "program or its interpreter is; move the course to a folder of its own"
                )
        self.control, theirs = socket.socketpair()
        environment = {key: os.environ[key] for key in KEPT if key in os.environ}
        environment.update(
            OPENBLAS_NUM_THREADS="1",
            OMP_NUM_THREADS="1",
            MKL_NUM_THREADS="1",
            # Memory that a check frees is kept for the next one: every new page costs a fault.
            MALLOC_TRIM_THRESHOLD_=str(64 << 20),
            MALLOC_MMAP_THRESHOLD_=str(32 << 20),
            PYDEVD_DISABLE_FILE_VALIDATION="1",
            MPLBACKEND="module://matplotlib_inline.backend_inline",
        )
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-W",
                "ignore",
                "-m",
                "autograder.zygote",
                str(theirs.fileno()),
                json.dumps(self.options),
            ],
            pass_fds=[theirs.fileno()],
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        theirs.close()
        self._ready: dict[str, Any] = {}
        return self

    def wait_until_ready(self) -> Level:
        """Wait for the warm process; return how far it shuts submissions in."""
        if not self._ready:
            text = b""
            while not text.endswith(b"\n"):
                part = self.control.recv(4096)
                if not part:
                    raise AutograderError(
                        "the warm process did not start; run `autograder doctor` to see why"
                    )
                text += part
            self._ready = json.loads(text)
        if problem := self._ready["problem"]:
            raise AutograderError(
                f"a GPU cannot be used from inside the sandbox here ({problem}); leave --device cuda out"
            )
        return Level(**self._ready["level"])

    def __exit__(self, *exception: object) -> None:
        self.control.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def start_examiner(self, slot: int) -> ExaminerProcess:
        """Have the warm process fork an examiner, with a line of its own to the warm process; hear its process ID."""
        self.wait_until_ready()
        ours, theirs = socket.socketpair()
        line, other_end = socket.socketpair()
        try:
            zygote.ask(self.control, {"op": "connect"}, [other_end])
            zygote.ask(self.control, {"op": "worker"}, [theirs, line])
        except (EOFError, OSError):
            raise AutograderError(
                "the warm process has ended; run it again: what was graded is kept"
            ) from None
        finally:
            for item in (theirs, line, other_end):
                item.close()
        examiner = ExaminerProcess(ours, ours.makefile("rwb"), slot)
        examiner.say(
            {
                "folder": str(Path.cwd()),
                "units": [str(unit.folder) for unit in self.units],
                "hidden": self.hidden,
                "limits": asdict(self.limits),
                "device": self.device,
                "slot": slot,
                "cpu": own_cpu(slot) if self.jobs > 1 else None,
                "gpu": self.gpus[slot % len(self.gpus)] if self.gpus else None,
            }
        )
        examiner.pid = (examiner.hear() or {}).get("pid")
        return examiner

    def grade(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Result]]:
        """Grade notebooks; yield (position, result) as they are done.

        An examiner that breaks down costs the one notebook it had, as a grader error, and is replaced.
        """
        waiting = deque(range(len(jobs)))
        selector = selectors.DefaultSelector()
        for slot in range(min(self.jobs, len(jobs))):
            self._assign(self.start_examiner(slot), jobs, waiting, selector)
        while selector.get_map():
            examiners: list[ExaminerProcess] = [key.data for key in selector.get_map().values()]
            nearest = min(examiner.until for examiner in examiners) - time.monotonic()
            for key, _ in selector.select(None if nearest == math.inf else max(0.0, nearest)):
                examiner: ExaminerProcess = key.data
                position = examiner.job
                assert position is not None
                message = examiner.hear()
                if message is not None and "record" in message:
                    self._assign(examiner, jobs, waiting, selector)  # before the caller takes its time
                    yield position, Result.from_record(message["record"])
                    continue
                selector.unregister(examiner.connection)
                examiner.close()
                problem = (message or {}).get("problem", "the examiner's process ended")
                if message is not None and not examiner.worked:
                    raise CourseError(problem)
                yield position, _broken(jobs[position], problem)
                if waiting:
                    self._assign(self.start_examiner(examiner.slot), jobs, waiting, selector)
            for examiner in examiners:
                if examiner.until < time.monotonic():
                    examiner.stop()

    def _assign(
        self,
        examiner: ExaminerProcess,
        jobs: Sequence[Job],
        waiting: deque[int],
        selector: selectors.BaseSelector,
    ) -> None:
        """Give an examiner the next job; let it go where there is none."""
        registered = examiner.connection in selector.get_map()
        if not waiting:
            if registered:
                selector.unregister(examiner.connection)
            examiner.close()
            return
        if not registered:
            selector.register(examiner.connection, selectors.EVENT_READ, examiner)
        examiner.worked = examiner.job is not None
        examiner.job = waiting.popleft()
        examiner.until = time.monotonic() + self.limits.submission_seconds + SLACK
        examiner.say(asdict(jobs[examiner.job]))


def own_cpu(slot: int) -> int | None:
    """Return the processor for a slot, so that a submission which keeps processors busy slows no other down."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    cpus = sorted(os.sched_getaffinity(0))
    return cpus[slot % len(cpus)]


def _broken(job: Job, problem: str) -> Result:
    return Result(job.name, job.unit, "grader error", error=problem)
