"""Grade on the workers of a Dask cluster, in the place of a `Pool`: the same notebooks in, the same results out.

Dask carries the work; who gets what is decided here, a few submissions for each worker at a time. So the scheduler
never holds more than that, a worker's death costs only what it had, and a submission that was there when a worker died
is tried once more, on a worker that has nothing else to do: one that ends two workers is set aside.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from autograder import outpost
from autograder.bundle import Bundle
from autograder.console import problem
from autograder.errors import AutograderError, CourseError, NotebookError
from autograder.notebooks import read_file
from autograder.outpost import Slots
from autograder.pool import SLACK
from autograder.results import Job, Result
from autograder.sandbox import Level, Limits
from autograder.units import Unit, versions

TRIES = 2
CONNECT = 10.0  # seconds that a scheduler may take to answer
AHEAD = 1  # submissions that wait at a worker, so that it need not wait for the way there and back
TICK = 0.5  # seconds between looks at which workers there are
PATIENCE = 60.0  # seconds to wait for workers where there are none
KEPT = "what was graded is kept: run it again when that is mended"


@dataclass
class Worker:
    """Hold what is known of a worker."""

    address: str
    slots: Slots
    level: Level
    tasks: set[str] = field(default_factory=set)
    alone: bool = False  # it has a suspect, and nothing else until that is done
    gone: bool = False


@dataclass(frozen=True)
class Task:
    """Hold a submission on its way."""

    position: int
    worker: Worker
    future: Any
    until: float


class Cluster:
    """Hold the connection to a cluster; use it as a context manager."""

    def __init__(
        self,
        address: str,
        units: Sequence[Unit],
        hidden: bool,
        limits: Limits | None = None,
        device: str = "cpu",
    ) -> None:
        self.address, self.units = address, units
        self.where = f"the cluster {address}"
        self.limits = limits or Limits()
        self.order = {
            "digests": {unit.name: unit.digest for unit in units},
            "hidden": hidden,
            "limits": asdict(self.limits),
            "device": device,
        }
        self.must_isolate = False

    def __enter__(self) -> Cluster:
        self.bundle = Bundle.pack(self.units)
        self.order["bundle"] = self.bundle.digest
        self.name = hashlib.sha256(json.dumps(self.order, sort_keys=True).encode()).hexdigest()
        self.me = uuid.uuid4().hex
        self.workers: dict[str, Worker] = {}
        self.refused: set[str] = set()
        self.news: SimpleQueue[Any] = SimpleQueue()
        self.closing = threading.Event()
        self.local, self.client = connect(self.address)
        return self

    def __exit__(self, *exception: object) -> None:
        self.closing.set()
        with suppress(Exception):  # whoever is gone needs no goodbye
            self.client.run(outpost.leave, self.me, self.name, wait=False, on_error="ignore")
        with suppress(Exception):
            self.client.close()
        if self.local is not None:
            with suppress(Exception):
                self.local.close()

    def wait_until_ready(self) -> Level:
        """Wait for workers; return how far the weakest shuts submissions in, raise where one would grade differently."""
        until = time.monotonic() + PATIENCE
        while not self.workers:
            if problems := self.admit():
                others = f" (and {len(problems) - 1} more like it)" if problems[1:] else ""
                raise AutograderError(f"{problems[0]}{others}; nothing was graded")
            if not self.workers:
                self.require_patience(until)
                time.sleep(TICK)
        weakest = min(self.workers.values(), key=lambda w: (w.level.isolates, w.level.namespaces))
        self.must_isolate |= weakest.level.isolates
        if not weakest.level.isolates:
            self.where = f"the worker {weakest.address} on {weakest.slots.host}"
        return weakest.level

    def require_patience(self, until: float) -> None:
        """Raise where there has been no worker for too long."""
        if time.monotonic() > until:
            raise AutograderError(
                f"the cluster {self.address} has had no worker for {PATIENCE:g} s; start some, as with "
                f"`dask worker {self.address}`, and run it again: what was graded is kept"
            )

    def ask(self, what: str, *arguments: Any, **options: Any) -> Any:
        """Ask the scheduler, or workers through it."""
        try:
            return getattr(self.client, what)(*arguments, **options)
        except (OSError, RuntimeError, TimeoutError) as error:
            raise AutograderError(f"the scheduler of {self.where} is gone ({error}); {KEPT}") from None

    def admit(self) -> list[str]:
        """Take leave of workers that are gone, look newcomers over and prepare them; say what is wrong with some."""
        present: dict[str, int] = self.ask("nthreads")
        for address in set(self.workers) - set(present):
            self.workers.pop(address).gone = True
        new = [a for a in present if a not in self.workers and a not in self.refused]
        if not new or self.closing.is_set():
            return []
        found = self.ask("run", outpost.survey, workers=new, on_error="return")
        wrong = {address: text for address, facts in found.items() if (text := mismatch(address, facts))}
        hosts = {a: facts["host"] for a, facts in found.items() if a not in wrong and isinstance(facts, dict)}
        if not hosts or self.closing.is_set():
            self.refused |= set(wrong)
            return list(wrong.values())
        slots = self.slots(hosts, present)
        levels = self.ask(
            "run", outpost.establish, self.me, self.name, self.order, self.bundle.data, slots,
            workers=list(hosts), on_error="return",
        )  # fmt: skip
        for address, level in levels.items():
            if isinstance(level, dict):
                worker = Worker(address, slots[address], Level(**level))
                if worker.level.isolates or not self.must_isolate:
                    self.workers[address] = worker
                else:
                    wrong[address] = (
                        f"the worker {address} cannot shut submissions in: {worker.level.missing}"
                    )
            elif isinstance(level, AutograderError):
                wrong[address] = f"the worker {address} on {hosts[address]} cannot grade: {level}"
        self.refused |= set(wrong)
        return list(wrong.values())

    def slots(self, hosts: dict[str, str], threads: dict[str, int]) -> dict[str, Slots]:
        """Return the slots of each newcomer, apart from those of other workers on the same host."""
        taken = [worker.slots for worker in self.workers.values()]
        total = Counter[str]()
        for slots in taken:
            total[slots.host] += slots.size
        for address, host in hosts.items():
            total[host] += threads[address]
        found: dict[str, Slots] = {}
        for address, host in hosts.items():
            wanted, others = threads[address], [s for s in [*taken, *found.values()] if s.host == host]
            first = next(
                n for n in count() if all(n + wanted <= s.first or n >= s.first + s.size for s in others)
            )
            found[address] = Slots(host, first, wanted, total[host])
        return found

    def watch(self) -> None:
        """Go on looking at which workers there are, and tell the grading loop where that has changed."""
        closing, news = self.closing, self.news  # this run's: another one may follow
        while not closing.wait(TICK):
            before = set(self.workers)
            try:
                for text in self.admit():
                    problem(f"{text}; the others go on without it")
            except AutograderError as error:
                news.put(error)
                return
            if set(self.workers) != before:
                news.put(None)

    def grade(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Result]]:
        """Grade notebooks; yield (position, result) as they are done."""
        if not self.workers:
            self.wait_until_ready()
        threading.Thread(target=self.watch, daemon=True).start()
        return Round(self, jobs).results()


class Round:
    """Hold the submissions that wait, those that are suspected of ending workers, and those on their way."""

    def __init__(self, cluster: Cluster, jobs: Sequence[Job]) -> None:
        self.cluster, self.jobs = cluster, jobs
        # The one before it at the worker may take as long; only a worker that hangs takes longer.
        self.patience = 2 * (cluster.limits.submission_seconds + SLACK)
        self.waiting = deque(range(len(jobs)))
        self.suspects: deque[int] = deque()
        self.tries: Counter[int] = Counter()
        self.tasks: dict[str, Task] = {}
        self.ready: deque[tuple[int, Result]] = deque()

    def results(self) -> Iterator[tuple[int, Result]]:
        """Yield (position, result) as submissions are done."""
        cluster = self.cluster
        until = time.monotonic() + PATIENCE
        while self.waiting or self.suspects or self.tasks or self.ready:
            self.fill()
            while self.ready:
                yield self.ready.popleft()
            if cluster.workers:
                until = time.monotonic() + PATIENCE
            cluster.require_patience(until)
            try:
                news = cluster.news.get(timeout=TICK)
            except Empty:
                for key in [key for key, task in self.tasks.items() if task.until < time.monotonic()]:
                    self.lost(self.take(key))
                continue
            if isinstance(news, AutograderError):
                raise news
            if news is None:
                for key in [key for key, task in self.tasks.items() if task.worker.gone]:
                    self.lost(self.take(key))
            elif news.key in self.tasks:
                self.collect(self.take(news.key))

    def fill(self) -> None:
        """Give every worker as much as it can take; where there are suspects, the least busy one is left to them."""
        free = [worker for worker in list(self.cluster.workers.values()) if not worker.alone]
        if self.suspects and free:
            quiet = min(free, key=lambda worker: len(worker.tasks))
            free.remove(quiet)
            if not quiet.tasks:
                self.send(self.suspects.popleft(), quiet)
                quiet.alone = bool(quiet.tasks)
        for worker in free:
            while self.waiting and len(worker.tasks) < worker.slots.size + AHEAD:
                self.send(self.waiting.popleft(), worker)

    def send(self, position: int, worker: Worker) -> None:
        """Send a submission to a worker."""
        job = self.jobs[position]
        try:
            content = read_file(Path(job.path)) if job.text is None and job.path else None
        except NotebookError as error:
            self.ready.append((position, Result(job.name, status="refused", error=str(error))))
            return
        key = f"autograder-{uuid.uuid4().hex}"
        future = self.cluster.ask(
            "submit", outpost.grade, self.cluster.name, json.dumps(asdict(job)), content,
            key=key, workers=[worker.address], allow_other_workers=False, pure=False,
        )  # fmt: skip
        worker.tasks.add(key)
        self.tasks[key] = Task(position, worker, future, time.monotonic() + self.patience)
        future.add_done_callback(self.cluster.news.put)

    def take(self, key: str) -> Task:
        """Take a submission off its way."""
        task = self.tasks.pop(key)
        task.worker.tasks.discard(key)
        task.worker.alone = False
        return task

    def collect(self, task: Task) -> None:
        """Take a submission's result, or find out why there is none."""
        while not task.worker.gone:
            try:
                answer = json.loads(task.future.result(timeout=TICK))
            except TimeoutError:
                continue  # it is being fetched, unless the worker is gone by now
            except Exception:
                break  # KilledWorker, cancelled
            if "problem" in answer:
                raise CourseError(answer["problem"])
            if "record" not in answer:
                break  # the worker was started anew in between
            self.ready.append((task.position, Result.from_record(answer["record"])))
            return
        self.lost(task)

    def lost(self, task: Task) -> None:
        """Try a submission again that was at a worker which died; set it aside where that was the second one."""
        with suppress(Exception):
            task.future.cancel()
        self.tries[task.position] += 1
        if self.tries[task.position] < TRIES:
            self.suspects.append(task.position)
            return
        job = self.jobs[task.position]
        text = (
            f"{job.name} was set aside: {TRIES} workers died over it, the last one {task.worker.address} "
            f"on {task.worker.slots.host}; run `autograder score` on it to see why"
        )
        self.ready.append((task.position, Result(job.name, job.unit, "grader error", error=text)))


def connect(address: str) -> tuple[Any, Any]:
    """Return a client of a cluster, and, for `local:N`, the cluster that was started for it on this machine."""
    try:
        from distributed import Client, LocalCluster
        from distributed.versions import VersionMismatchWarning
    except ImportError:
        raise AutograderError(
            "grading on a cluster needs Dask; run `pip install 'autograder[cluster]'` here and on every worker"
        ) from None
    import logging
    import warnings

    for name in [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]:
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what goes wrong is said here, in one sentence
    warnings.simplefilter("ignore", VersionMismatchWarning)
    warnings.filterwarnings("ignore", "Sending large graph")
    kind, _, number = address.partition(":")
    try:
        if kind == "local":
            if int(number) < 1:
                raise ValueError("it needs a worker")
            # A port on the loopback is open to every user of this machine: hence the certificates.
            local = LocalCluster(
                n_workers=int(number),
                threads_per_worker=1,
                security=True,
                dashboard_address=None,
                host="127.0.0.1",
            )
            return local, Client(local, set_as_default=False)
        if address.endswith(".json"):  # Dask would wait for one that is not there
            address = str(json.loads(Path(address).read_text())["address"])
        return None, Client(address, timeout=CONNECT, set_as_default=False)
    except (OSError, ValueError, KeyError, TypeError, TimeoutError, RuntimeError) as error:
        cause = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise AutograderError(
            f"no Dask scheduler can be reached at {address} ({cause}); give --cluster tcp://HOST:8786 as "
            "`dask scheduler` prints it, its scheduler file, or local:N for N workers on this machine"
        ) from None


def mismatch(address: str, facts: Any) -> str:
    """Say in what a worker differs from this machine so that marks could; empty where in nothing."""
    remedy = "install the same versions on every worker, as with `pip install -c constraints.txt`"
    if isinstance(facts, OSError):
        return ""  # it has gone while it was asked
    if isinstance(facts, Exception):
        return f"the worker {address} has no autograder, or another version of it ({facts}); {remedy}"
    theirs, ours = facts["versions"], versions()
    different = [
        name for name in ours if comparable(name, ours[name]) != comparable(name, theirs.get(name, "none"))
    ]
    if not different:
        return ""
    has = ", ".join(f"{name} {theirs.get(name, 'none')}" for name in different)
    here = ", ".join(f"{name} {ours[name]}" for name in different)
    return f"the worker {address} on {facts['host']} has {has}, this machine has {here}; {remedy}"


def comparable(name: str, version: str) -> str:
    """Return the part of a version that matters: of Python's, the first two numbers."""
    return version.rpartition(".")[0] if name == "python" else version
