"""The worker's side of a cluster: what runs in a Dask worker's process, and nothing of Dask is needed to import it.

An outpost holds the unpacked bundle, one warm process, and as many examiners as the worker has threads. The client of
`autograder.cluster` calls the functions at the end of this module.
"""

from __future__ import annotations

import asyncio
import json
import select
import socket
import threading
import traceback
import uuid
from dataclasses import asdict, replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

from autograder.bundle import Bundle, private_folder
from autograder.errors import AutograderError, CourseError
from autograder.pool import SLACK, ExaminerProcess, Pool
from autograder.results import Job, Result
from autograder.runs import renamed
from autograder.sandbox import Limits
from autograder.units import Unit, versions

MOST = 2  # outposts of one worker: a client that was killed leaves its own behind


class Slots(NamedTuple):
    """Say which slots a worker has among those of its host: its first one, how many, and how many all workers there."""

    host: str
    first: int
    size: int
    on_host: int


class Outpost:
    """Grade one notebook at a time in each of a Dask worker's threads, with examiners that stay warm."""

    def __init__(self, order: dict[str, Any], bundle: Bundle, slots: Slots) -> None:
        self.clients: set[str] = set()
        self.folder, self.keeper = private_folder()
        try:
            bundle.unpack(self.folder)
            units = [Unit.load(self.folder / "solutions" / name) for name in order["digests"]]
            for unit in units:
                if unit.digest != order["digests"][unit.name]:
                    raise CourseError(f"the unit {unit.name} has arrived incomplete; run it again")
            limits = Limits(**order["limits"])
            self.pool = Pool(units, order["hidden"], slots.on_host, limits, order["device"])
            self.pool.__enter__()
        except BaseException:
            self.forget_files()
            raise
        self.lock = threading.Lock()  # the line to the warm process takes one request at a time
        self.idle: SimpleQueue[int | ExaminerProcess] = SimpleQueue()
        for slot in range(slots.first, slots.first + slots.size):
            self.idle.put(slot)

    def grade(self, job: Job, notebook: bytes | None) -> Result:
        """Grade one notebook; an examiner that breaks down is replaced when the next one comes."""
        here = job
        if notebook is not None:
            path = self.folder / f"{uuid.uuid4()}.ipynb"
            path.write_bytes(notebook)
            here = replace(job, path=str(path))
        taken = self.idle.get()
        slot = taken.slot if isinstance(taken, ExaminerProcess) else taken
        examiner: ExaminerProcess | None = None
        try:
            with self.lock:
                examiner = taken if isinstance(taken, ExaminerProcess) else self.pool.start_examiner(taken)
            result = self.examine(examiner, here)
        except BaseException:
            if examiner is not None:
                examiner.close()
            self.idle.put(slot)
            raise
        finally:
            if notebook is not None:
                Path(str(here.path)).unlink(missing_ok=True)
        if result is None:
            examiner.close()
            self.idle.put(slot)
            return Result(job.name, job.unit, "grader error", error="the examiner's process ended")
        examiner.worked = True
        self.idle.put(examiner)
        return renamed(result, here, job)

    def examine(self, examiner: ExaminerProcess, job: Job) -> Result | None:
        """Have an examiner grade a notebook; None where it ended, or was ended since its time was up."""
        examiner.say(asdict(job))
        wait = self.pool.limits.submission_seconds + SLACK
        if not select.select([examiner.connection], [], [], wait)[0]:
            examiner.stop()
        message = examiner.hear() or {}
        if "record" in message:
            return Result.from_record(message["record"])
        if "problem" in message and not examiner.worked:
            raise CourseError(message["problem"])
        return None

    def close(self) -> None:
        """End the warm process and remove the files."""
        self.pool.__exit__(None, None, None)
        self.forget_files()

    def forget_files(self) -> None:
        assert self.keeper.stdin is not None
        self.keeper.stdin.close()
        self.keeper.wait()


_outposts: dict[str, Outpost] = {}
_guard = threading.Lock()


def survey() -> dict[str, Any]:
    """Say what this worker is."""
    return {"versions": versions(), "host": socket.gethostname()}


async def establish(
    client: str, name: str, order: dict[str, Any], bundle: bytes, slots: dict[str, Slots], dask_worker: Any
) -> dict[str, Any]:
    """Open an outpost, unless there is one already, and say how far it shuts submissions in."""

    def work() -> dict[str, Any]:
        with _guard:
            if name not in _outposts:
                while len(_outposts) >= MOST:
                    _outposts.pop(next(iter(_outposts))).close()
                own = slots[dask_worker.address]
                _outposts[name] = Outpost(order, Bundle(order["bundle"], bundle), own)
            outpost = _outposts[name]
            outpost.clients.add(client)
            return asdict(outpost.pool.wait_until_ready())

    return await asyncio.to_thread(work)


def grade(name: str, job: str, notebook: bytes | None) -> str:
    """Grade a notebook at an outpost; return JSON: a record, a problem with the course, or that there is no outpost.

    No exception leaves this function, since not every one finds its way through Dask.
    """
    asked = Job(**json.loads(job))
    try:
        outpost = _outposts.get(name)
        if outpost is None:
            return json.dumps({"gone": True})
        return json.dumps({"record": outpost.grade(asked, notebook).to_record()})
    except AutograderError as error:
        return json.dumps({"problem": str(error)})
    except Exception:
        fault = Result(asked.name, asked.unit, "grader error", error=traceback.format_exc()[-4000:])
        return json.dumps({"record": fault.to_record()})


async def leave(client: str, name: str) -> None:
    """Give an outpost up, unless another client grades with it as well."""

    def work() -> None:
        with _guard:
            outpost = _outposts.get(name)
            if outpost is not None:
                outpost.clients.discard(client)
                if not outpost.clients:
                    _outposts.pop(name).close()

    await asyncio.to_thread(work)
