"""A notebook that is followed as it is saved: what changed in it, and how its exercises stand."""

from __future__ import annotations

import ast
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from autograder import syntax
from autograder.errors import NotebookError
from autograder.notebooks import Notebook, Plan, identify, narrow, parse_notebook, plan, read_file
from autograder.results import ExerciseResult, Job, Result
from autograder.student.standing import Memory, Standing
from autograder.units import Unit

PATIENCE = 1.0  # how long a file may be half written or gone before that is said
MOST_PARSED = 2000


class Text(NamedTuple):
    """Hold an exercise's own definition, and all that is run to check it."""

    own: str
    all: str


class Followed:
    """Hold one notebook, and the results of its exercises as far as they belong to what it says now."""

    def __init__(
        self,
        path: Path,
        units: Mapping[str, Unit],
        unit: Unit | None = None,
        focus: Iterable[str] | None = None,
    ) -> None:
        """Follow a notebook; `focus` says which exercises are asked for: no names for all, None for none."""
        self.path, self.units, self.unit = path, units, unit
        self.asked, self._focus = focus is not None, set(focus or ())
        self.texts: dict[str, Text] = {}
        self.results: dict[str, ExerciseResult] = {}
        self.problem = ""
        self._seen: tuple[int, int, int] | None = (0, 0, 0)
        self._until: float | None = None

    @property
    def focus(self) -> list[str]:
        """Return the exercises that are asked for, in the unit's order."""
        names = self.unit.exercises if self.unit and self.asked else ()
        return [name for name in names if not self._focus or name in self._focus]

    @property
    def standing(self) -> Standing | None:
        """Return how the unit stands by this notebook; None while it is not known which unit that is."""
        return Standing(self.unit, self.results) if self.unit else None

    def job(self, names: Sequence[str]) -> Job:
        """Return the job that checks some exercises."""
        assert self.unit is not None
        return Job(str(self.path), str(self.path), unit=self.unit.name, exercises=list(names))

    def look(self) -> list[str] | None:
        """Return the exercises whose code changed since the last look, those written anew first; None without a save.

        A file that is gone, or cannot be read, may be in the middle of being written: it is looked at again, and after
        a while `NotebookError` is raised, once.
        """
        seen = signature(self.path)
        if seen == self._seen and self._until is None:
            return None
        waited = self._until is not None and seen == self._seen and time.monotonic() > self._until
        if seen != self._seen or self._until is None:
            self._until = time.monotonic() + PATIENCE
        self._seen = seen
        try:
            notebook = parse_notebook(read_file(self.path), str(self.path))
            self.unit = self.unit or identify(notebook, self.units)
        except NotebookError as error:
            if not waited:
                return None
            self._until = None
            self.problem = str(error)
            raise
        self._until = None
        self.problem = ""
        return self._changes(notebook)

    def _changes(self, notebook: Notebook) -> list[str]:
        assert self.unit is not None
        if syntax.parse.cache_info().currsize > MOST_PARSED:  # of long ago
            syntax.parse.cache_clear()
            syntax.global_names.cache_clear()
        todo = plan(notebook, self.unit)
        texts = {name: text_of(todo, name) for name in self.unit.exercises}
        changed = [name for name in texts if self.texts.get(name) != texts[name]]
        before, self.texts = self.texts, texts
        for name in changed:
            self.results.pop(name, None)
        return sorted(changed, key=lambda name: name in before and before[name].own == texts[name].own)

    def recall(self, memory: Memory) -> bool:
        """Take the results from an earlier time that the same content was checked; tell whether there were any."""
        assert self.unit is not None
        known = memory.get(memory.key(self.job(()), self.unit), self.unit.name)
        if known is not None:
            self.results = {exercise.name: exercise for exercise in known.exercises}
        return known is not None

    def remember(self, memory: Memory) -> None:
        """Keep the results for a later time, where there is one for every exercise."""
        if self.unit is None or set(self.results) != set(self.unit.exercises) or self._saved_since():
            return
        found = [self.results[name] for name in self.unit.exercises]
        result = Result(self.unit.name, self.unit.name, exercises=found)
        memory.put(memory.key(self.job(()), self.unit), result)

    def _saved_since(self) -> bool:
        """Tell whether the file may say something else than at the last look."""
        return self._until is not None or signature(self.path) != self._seen


def text_of(todo: Plan, name: str) -> Text:
    """Return the code that an exercise's result depends on; cells that are no Python only where it may be in them.

    An import that was there before, as answers bring along, changes nothing.
    """
    definition = todo.code.definitions.get(name)
    own = todo.broken.get(name, "") if definition is None else ast.unparse(definition)
    cells = [c for c in narrow(todo, [name]).cells if name in c.source or syntax.parse(c.source)]
    lines = [line for cell in cells for line in cell.source.split("\n") if line.strip()]
    again = {i for i, line in enumerate(lines) if line.startswith(("import ", "from ")) and line in lines[:i]}
    return Text(own, "\n".join(line for i, line in enumerate(lines) if i not in again))


def signature(path: Path) -> tuple[int, int, int] | None:
    """Return what changes with every save of a file; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
