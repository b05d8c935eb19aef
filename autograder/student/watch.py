"""`autograder check --watch`: check exercises as their notebook is saved, with everything warm, and say what is next.

One loop waits for keys, for the examiner's answers and for the next look at the files. Files are looked at rather than
subscribed to: a look costs microseconds, and it sees saves on network file systems, whoever made them, replaced files
and deleted ones alike.
"""

from __future__ import annotations

import selectors
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from autograder.errors import CourseError, NotebookError
from autograder.pool import ExaminerProcess, Pool
from autograder.results import ExerciseResult, Job, Result
from autograder.student.following import Followed, Text
from autograder.student.hints import Hints
from autograder.student.keys import LEAVE, Keys
from autograder.student.screen import Screen, View
from autograder.student.standing import Memory, passed
from autograder.units import Course, Exercise, Unit

Report = Callable[[dict[str, Any]], None]
SOON = 0.5  # what takes longer is announced
LOST = "The examiner's process ended before it had an answer. Save again, or press r."


@dataclass
class Task:
    """Ask for some exercises of a notebook to be checked, as their code is when this is asked."""

    notebook: Followed
    names: list[str]
    since: float = 0.0

    def __post_init__(self) -> None:
        self.texts: dict[str, Text] = {name: self.notebook.texts[name] for name in self.names}


class Watch:
    """Follow notebooks, have what changed checked, and show how it stands."""

    def __init__(
        self,
        course: Course,
        pool: Pool,
        notebooks: Sequence[Followed],
        screen: Screen,
        interval: float,
        report: Report,
    ) -> None:
        self.pool, self.notebooks, self.screen = pool, notebooks, screen
        self.interval, self.report = interval, report
        self.memory = Memory(course, pool.device)
        self.hints = Hints(course)
        self.selector = selectors.DefaultSelector()
        self.queue: deque[Task] = deque()
        self.running: Task | None = None
        self.examiner: ExaminerProcess | None = None
        self.spare: ExaminerProcess | None = None
        self.saved: Followed | None = None
        self.batch: list[str] = []  # what the last save asked for
        self.hurry = True  # somebody waits for its first answer
        self.note = "Starting …"
        self.hinting = False
        self.leaving = False

    def run(self) -> None:
        """Watch until somebody leaves."""
        self.start()
        with self.pool, Keys(self.draw) as keys:
            try:
                self.selector.register(self.pool.control, selectors.EVENT_READ, self.warm)
                if keys.file is not None:
                    self.selector.register(keys.file, selectors.EVENT_READ, lambda: self.press(keys.read()))
                    self.screen.keys = True
                self.screen.say(self.view())
                while not self.leaving:
                    for key, _ in self.selector.select(self.interval):
                        key.data()
                    self.look()
                    self.feed()
            finally:
                self.drop(self.examiner)
                self.drop(self.spare)
                for notebook in self.notebooks:
                    notebook.remember(self.memory)

    def start(self) -> None:
        """Read the notebooks, take what is known of them, and ask for the rest."""
        for notebook in self.notebooks:
            with suppress(NotebookError):
                names = notebook.look()
                if names and not notebook.recall(self.memory):
                    self.queue.append(Task(notebook, names))

    def warm(self) -> None:
        """Start an examiner, once the warm process is there to be forked."""
        self.selector.unregister(self.pool.control)
        self.pool.wait_until_ready()
        self.note = ""
        self.replace_examiner()
        if not self.queue:
            self.screen.answer([], self.view())

    def replace_examiner(self) -> None:
        """End the examiner, whatever it is doing, and go on with another one."""
        self.drop(self.examiner)
        self.running = None
        self.examiner, self.spare = self.spare or self.pool.start_examiner(0), None
        self.selector.register(
            self.examiner.connection, selectors.EVENT_READ, partial(self.hear, self.examiner)
        )

    def drop(self, examiner: ExaminerProcess | None) -> None:
        """End an examiner's process."""
        if examiner is not None:
            if examiner.connection in self.selector.get_map():
                self.selector.unregister(examiner.connection)
            examiner.stop()
            examiner.close()

    def look(self) -> None:
        """Look at the files, and ask for what was saved to be checked before all else."""
        for notebook in self.notebooks:
            try:
                names = notebook.look()
            except NotebookError as error:
                if notebook.asked:
                    self.say(f"{error}; it is looked at again when it is saved")
                continue
            if names is None:
                continue
            self.forget(notebook)
            focus = [name for name in names if name in notebook.focus]
            others = [name for name in names if name not in focus]
            if others:
                self.queue.append(Task(notebook, others))
            if focus:
                self.ask(notebook, focus)
            elif notebook.asked:
                self.say("Saved; no exercise has changed.")

    def forget(self, notebook: Followed) -> None:
        """Let go of what was asked about a notebook's earlier state, also where it is being checked."""
        self.queue = deque(task for task in self.queue if task.notebook is not notebook)
        if self.running and self.running.notebook is notebook:
            self.replace_examiner()

    def ask(self, notebook: Followed, names: list[str]) -> None:
        """Have exercises checked now, one by one, so that the first answer waits for nothing."""
        self.saved, self.batch = notebook, names
        self.note, self.hinting, self.hurry = "", False, True
        if self.running:
            self.queue.append(self.running)
            self.replace_examiner()
        self.queue.extendleft(Task(notebook, [name]) for name in reversed(names))

    def feed(self) -> None:
        """Give the examiner the next task; say so of one that takes its time.

        A spare examiner takes a while to be ready: it is started once the first answer is there, before the others.
        """
        if self.examiner is None:
            return
        if self.running:
            if self.running.since + SOON < time.monotonic() and self.running.notebook is self.saved:
                self.running.since = float("inf")
                self.say(f"Checking {' '.join(self.running.names)} …")
        elif self.queue and (self.hurry or self.spare):
            self.running = self.queue.popleft()
            self.running.since = time.monotonic()
            self.examiner.say(asdict(self.running.notebook.job(self.running.names)))
        elif self.spare is None:
            self.spare = self.pool.start_examiner(0)

    def hear(self, examiner: ExaminerProcess) -> None:
        """Take an answer of the examiner's, unless that was let go a moment ago."""
        if examiner is not self.examiner:
            return
        message = examiner.hear() or {}
        task, self.running, self.hurry = self.running, None, False
        if task is None or "record" not in message:
            if "problem" in message:
                raise CourseError(message["problem"])
            self.replace_examiner()
            self.say(LOST)
            return
        result = Result.from_record(message["record"])
        notebook = task.notebook
        fresh = [e for e in result.exercises if notebook.texts.get(e.name) == task.texts.get(e.name)]
        notebook.results.update({exercise.name: exercise for exercise in fresh})
        self.note = result.error or ""
        answered = [e for e in fresh if e.name in self.batch] if notebook is self.saved else []
        if notebook.asked:
            self.report(replace(result, exercises=fresh).to_json())
        if answered or not self.queue:
            self.screen.answer(answered, self.view())
        else:
            self.draw()

    def press(self, keys: str) -> None:
        """Do what keys ask for."""
        for key in keys:
            match key:
                case "r":
                    self.again()
                case "h":
                    self.hint()
                case _:
                    self.leaving = self.leaving or key == LEAVE

    def again(self) -> None:
        """Check the exercise at hand once more, and then the others that are asked for."""
        if found := self.at_hand() or self.first():
            notebook, exercise = found
            self.forget(notebook)
            self.ask(notebook, sorted(notebook.focus, key=lambda name: name != exercise.name))
            for name in self.batch:
                notebook.results.pop(name, None)
            self.draw()

    def hint(self) -> None:
        """Show the next hint for the exercise at hand."""
        if found := self.at_hand():
            _, exercise = found
            self.hinting = True
            if self.hints.next(exercise) is None:
                self.note = f"There are no hints for {exercise.name}."
            self.draw()

    def shown(self) -> ExerciseResult | None:
        """Return the answer to look at: the first of the last save that is not right, else the first."""
        results = self.saved.results if self.saved else {}
        found = [results[name] for name in self.batch if name in results]
        return next((result for result in found if not passed(result)), found[0] if found else None)

    def at_hand(self) -> tuple[Followed, Exercise] | None:
        """Return the exercise to work on: what was just saved and is not right, else the next unfinished."""
        shown = self.shown()
        first = [shown.name] if shown else []
        ordered = sorted(self.notebooks, key=lambda notebook: notebook is not self.saved)
        for notebook in ordered:
            for name in [*first, *notebook.focus] if notebook is self.saved else notebook.focus:
                if notebook.unit and not passed(notebook.results.get(name)):
                    return notebook, notebook.unit.exercises[name]
        return None

    def first(self) -> tuple[Followed, Exercise] | None:
        """Return the first exercise of what is watched, or was saved last."""
        for notebook in [self.saved, *self.notebooks]:
            if notebook and notebook.unit and notebook.focus:
                return notebook, notebook.unit.exercises[notebook.focus[0]]
        return None

    def view(self) -> View:
        """Return what there is to see now."""
        found = self.at_hand()
        standings = {n.unit.name: n.standing for n in self.notebooks if n.unit and n.standing}
        current = found or self.first()
        return View(
            standing=current and current[0].standing,
            course_done=sum(standing.done for standing in standings.values()),
            course_total=sum(len(unit.exercises) for unit in self.pool.units),
            shown=self.shown(),
            next=found and (found[1].name, found[0].path),
            hints=self.hints.given(found[1]) if found and self.hinting else [],
            hint_count=len(found[1].hints) if found else 0,
            note=self.note,
        )

    def say(self, note: str) -> None:
        self.note = note
        self.screen.say(self.view())

    def draw(self) -> None:
        self.screen.draw(self.view())


def followed(units: dict[str, Unit], asked: Sequence[Job]) -> list[Followed]:
    """Return the notebooks to follow: those that are asked for, then the units' others, for the sake of the counts."""
    names: dict[Path, list[str]] = {}
    for job in asked:
        path = Path(job.path or "")
        whole = not job.exercises or names.get(path) == []
        names[path] = [] if whole else [*names.get(path, []), *job.exercises]
    own = {unit.notebook: unit for unit in units.values()}
    others = [path for path in own if path not in names]
    return [
        *(Followed(path, units, own.get(path), focus) for path, focus in names.items()),
        *(Followed(path, units, own[path]) for path in others),
    ]


def watch(
    course: Course,
    units: dict[str, Unit],
    asked: Sequence[Job],
    device: str,
    interval: float,
    report: Report,
    screen: Screen,
) -> None:
    """Watch the notebooks that are asked for until somebody leaves; Ctrl-C is a way to leave."""
    pool = Pool(list(units.values()), False, 1, device=device, late=False)
    watching = Watch(course, pool, followed(units, asked), screen, interval, report)
    with suppress(KeyboardInterrupt):
        watching.run()
    screen.leave(watching.view())
