"""A run over many notebooks, in the order asked for: each content is graded once, and what the store holds not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Protocol

from autograder.console import console
from autograder.errors import AutograderError
from autograder.language import _
from autograder.results import Job, Outcome, Result
from autograder.sandbox import Level
from autograder.store import Store
from autograder.units import Unit


class Farm(Protocol):
    """Grade notebooks on this machine or others: a `Pool`, or a `Cluster`."""

    units: Sequence[Unit]
    where: str

    def wait_until_ready(self) -> Level:
        """Wait for what grades; return how far it shuts submissions in."""
        ...

    def __enter__(self) -> Farm: ...

    def __exit__(self, *exception: object) -> None: ...

    def grade(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Result]]:
        """Grade notebooks; yield (position, result) as they are done."""
        ...


class GradingRun:
    """Hold what is asked for, and what of it is still to be graded; use it as a context manager.

    The warm process starts on entering, so that its start and other preparations can overlap. Memory stays flat:
    a result that the store took is read back when its turn comes.
    """

    def __init__(self, pool: Farm, jobs: Sequence[Job], store: Store | None = None) -> None:
        self.pool, self.jobs, self.store = pool, jobs, store
        self.by_name = {unit.name: unit for unit in pool.units}
        self.keys = [self._key(job) or str(position) for position, job in enumerate(jobs)]
        self.first: dict[str, int] = {}
        for position, key in enumerate(self.keys):
            self.first.setdefault(key, position)
        self.todo = [p for key, p in self.first.items() if self._stored(key, jobs[p]) is None]

    def __enter__(self) -> GradingRun:
        if self.todo:
            self.pool.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.todo:
            self.pool.__exit__(kind, error, trace)

    def require_isolation(self, allow_unsafe: bool) -> None:
        """Say how submissions are shut in; refuse to go on where they are not and nobody allowed that."""
        waiting = {self.keys[position] for position in self.todo}
        done = sum(key not in waiting for key in self.keys)
        if done:
            said = _(f"{done} of {len(self.keys)} results are in the store already")
            console.print(f"[dim]{said}[/dim]")
        if self.todo:
            require_isolation(self.pool, allow_unsafe)

    def results(self) -> Iterator[tuple[Job, Result]]:
        """Yield each job with its result, in the order of the jobs, as soon as that can be had."""
        arriving = self.pool.grade([self.jobs[position] for position in self.todo]) if self.todo else iter(())
        last = {key: position for position, key in enumerate(self.keys)}
        kept: dict[str, Result] = {}  # what the store did not take
        for position, (job, key) in enumerate(zip(self.jobs, self.keys, strict=True)):
            while (result := kept.get(key) or self._stored(key, job)) is None:
                number, arrived = next(arriving, (None, None))
                if number is None or arrived is None:
                    raise AutograderError(f"the result of {job.name} was removed while grading; run it again")
                new = self.keys[self.todo[number]]
                graded = self.jobs[self.todo[number]]
                changed = self.store is not None and self._key(graded) != new  # since the run began
                if changed and self.keys.count(new) > 1:
                    raise AutograderError(f"{graded.name} changed while it was graded; run it again")
                if changed or not (self.store and self.store.put(new, arrived)):
                    kept[new] = arrived
            if last[key] == position:
                kept.pop(key, None)
            yield job, renamed(result, self.jobs[self.first[key]], job)

    def _key(self, job: Job) -> str | None:
        units = [self.by_name[job.unit]] if job.unit else self.pool.units
        return self.store.key(job, *units) if self.store else None

    def _stored(self, key: str, job: Job) -> Result | None:
        return self.store.get(key, job.name) if self.store else None


def require_isolation(farm: Farm, allow_unsafe: bool) -> None:
    """Say in one line how submissions are shut in; raise where they are not and nobody allowed that."""
    level = farm.wait_until_ready()
    if not level.isolates and not allow_unsafe:
        raise AutograderError(
            f"{farm.where} cannot shut submissions in ({level.missing}); run it on Linux with user "
            "namespaces, or add --allow-unsafe to run strangers' code with your own rights"
        )
    said = _(f"protection: {', '.join(map(_, level.given))}")
    console.print(f"[dim]{said}[/dim]")


def renamed(result: Result, graded: Job, job: Job) -> Result:
    """Return the result of one notebook as that of another with the same content."""
    error = result.error and result.error.replace(str(graded.path), str(job.path))
    return replace(result, notebook=job.name, error=error)


def broken(result: Result) -> bool:
    """Tell whether grading a notebook ran into a fault of ours."""
    return result.status == "grader error" or any(
        exercise.outcome is Outcome.GRADER_ERROR for exercise in result.exercises
    )


def all_right(result: Result) -> bool:
    """Tell whether every exercise of a result passed."""
    passed = all(exercise.outcome is Outcome.PASSED for exercise in result.exercises)
    return result.status == "graded" and passed
