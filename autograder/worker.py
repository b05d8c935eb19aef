"""An examiner process: grade one notebook after another, each in an examinee of its own."""

from __future__ import annotations

import json
import os
import socket
import time
import traceback
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autograder.bounds import memory_limit
from autograder.conditions import conditions
from autograder.errors import AutograderError, NotebookError
from autograder.examiner import Examiner, examine
from autograder.grading import Grader, Sessions
from autograder.kernel import pin
from autograder.notebooks import (
    Notebook,
    Plan,
    identify,
    narrow,
    parse_notebook,
    plan,
    read_file,
    read_notebook,
)
from autograder.quizzes.grading import grade_quiz, is_quiz
from autograder.quizzes.reading import Quiz, load_quiz
from autograder.remote import Examinee, Place
from autograder.results import CheckResult, ExerciseResult, Job, Outcome, Result
from autograder.sandbox import SCRATCH, Limits
from autograder.syntax import global_names, parse
from autograder.units import Exercise, Unit, released

MEMORY_MB = 6144  # for what answers return, and what is made of it


def work(jobs: socket.socket, control: socket.socket) -> None:
    """Grade what comes over `jobs` until it is closed. Never returns."""
    lines = jobs.makefile("rwb")

    def reply(message: dict[str, Any]) -> None:
        lines.write(json.dumps(message).encode() + b"\n")
        lines.flush()

    try:
        setup = json.loads(lines.readline())
        reply({"pid": os.getpid()})
        pin(setup["cpu"])
        os.chdir(setup["folder"])
        units = [Unit.load(Path(folder)) for folder in setup["units"]]

        def loop(examiner: Examiner) -> None:
            desk = Desk(control, examiner, units, setup)
            for line in lines:
                reply({"record": desk.handle(Job(**json.loads(line)))})

        with memory_limit(MEMORY_MB):
            examine(units, setup["hidden"], loop)
    except AutograderError as error:
        reply({"problem": str(error)})
    except BaseException:
        reply({"problem": traceback.format_exc()})
    os._exit(0)


class Desk:
    """Grade the notebooks of some units with one examiner."""

    def __init__(
        self,
        control: socket.socket,
        examiner: Examiner,
        units: list[Unit],
        setup: dict[str, Any],
    ) -> None:
        self.control = control
        self.units = {unit.name: unit for unit in units}
        self.graders = {unit.name: Grader(unit, examiner) for unit in units}
        self.quizzes: dict[str, Quiz | None] = {}
        self.limits = Limits(**setup["limits"])
        self.device = setup["device"]
        self.place = Place(setup["slot"], setup["cpu"], setup["gpu"])

    def handle(self, job: Job) -> dict[str, Any]:
        """Do one job and return its record."""
        started = time.perf_counter()
        parse.cache_clear()
        global_names.cache_clear()
        result = Result(job.name)
        try:
            self.grade(job, result)
        except NotebookError as error:
            result.status, result.error = "refused", str(error)
        except Exception as error:
            result.status = "grader error"
            result.error = f"{type(error).__name__}: {error}\n{traceback.format_exc()}"
        result.seconds = time.perf_counter() - started
        return result.to_record()

    def grade(self, job: Job, result: Result) -> None:
        """Grade one notebook into `result`."""
        where = str(job.path) if job.text is None else job.name
        data = read_file(Path(where)) if job.text is None else job.text.encode()
        notebook = parse_notebook(data, where)
        notebook.name = job.name
        unit = self.units[job.unit] if job.unit else identify(notebook, self.units)
        result.unit = unit.name
        result.conditions = conditions(unit, data, job, self.device, asdict(self.limits))
        if is_quiz(notebook, unit) if job.quiz is None else job.quiz:
            result.exercises = grade_quiz(self.quiz(unit, notebook), notebook, job.student)
            result.repairs = notebook.repairs
            return
        todo = plan(notebook, unit, setup_cell(unit))
        result.repairs = notebook.repairs
        if job.exercises:
            todo = narrow(todo, job.exercises)
        grader = self.graders[unit.name]
        seed = zlib.crc32("\0".join(cell.source for cell in todo.cells).encode("utf-8", "replace"))
        result.conditions["seed"] = seed
        references = unit.references if grader.has_references else {}
        shown = {str(path): f"{SCRATCH}/data" for path in released(unit, "data")}
        examinee = Examinee(self.control, self.limits, self.place, seed, self.device, references, shown)
        try:
            examinee.code = todo.code
            result.cells = examinee.run(todo.cells, todo.kept)
            wanted = [
                unit.exercises[name] for name in unit.exercises if name in (job.exercises or unit.exercises)
            ]
            refused = {exercise.name: refuse(exercise, todo) for exercise in wanted}
            # All visible checks run before the first hidden one: what they say can then hold no hidden input, whatever
            # the submission has passed from one of its processes to another.
            with Sessions(examinee) as sessions:
                looked = {e.name: grader.look(e, sessions) for e in wanted if refused[e.name] is None}
                for exercise in wanted:
                    graded = refused[exercise.name] or self.grade_exercise(
                        exercise, grader, todo, sessions, result, looked[exercise.name]
                    )
                    result.exercises.append(graded)
        finally:
            examinee.close()

    def quiz(self, unit: Unit, notebook: Notebook) -> Quiz:
        """Return the keys to a notebook of marked questions."""
        if unit.name not in self.quizzes:
            self.quizzes[unit.name] = load_quiz(unit)
        quiz = self.quizzes[unit.name]
        if quiz is None:
            raise NotebookError(
                f"{notebook.name}: these are questions for credit, to which only graders have the keys; "
                "run the cells below your answers to see how they are read"
            )
        return quiz

    def grade_exercise(
        self,
        exercise: Exercise,
        grader: Grader,
        todo: Plan,
        sessions: Sessions,
        result: Result,
        looked: list[CheckResult],
    ) -> ExerciseResult:
        """Grade one exercise of a notebook that has been run, after its visible checks."""
        name = exercise.name
        errors = {cell.index: cell.error for cell in result.cells if cell.error}
        own_error = errors.get(todo.defined_in.get(name, -2))
        wrong = [e.name for e in result.exercises if e.outcome is not Outcome.PASSED]
        needed = todo.code.uses(name, wrong) if grader.has_references else []
        graded = grader.finish(exercise, sessions, looked, needed)
        if graded.outcome is Outcome.NOT_ATTEMPTED and own_error:
            graded.outcome = Outcome.TIMED_OUT if own_error.startswith("TimeoutError") else Outcome.RAISED
            graded.feedback = f"The cell that defines {name} did not run to its end: {own_error}"
        return graded


def refuse(exercise: Exercise, todo: Plan) -> ExerciseResult | None:
    """Return the result of an exercise that reading the notebook settles; None where it has to be run."""
    name = exercise.name
    if found := todo.code.forbidden(name, exercise.not_allowed):
        text = (
            f"It uses {', '.join(found)}, which is not allowed here. "
            f"Write {name} without it; the exercise earns no points as it is."
        )
        return refusal(exercise, Outcome.NOT_ALLOWED, text)
    if name in todo.broken and name not in todo.defined_in:
        text = f"The cell that defines {name} cannot be run: {todo.broken[name]}."
        return refusal(exercise, Outcome.RAISED, text)
    return None


def refusal(exercise: Exercise, outcome: Outcome, feedback: str) -> ExerciseResult:
    """Return a result without points and without checks."""
    return ExerciseResult(exercise.name, outcome, 0.0, exercise.points, feedback=feedback)


def setup_cell(unit: Unit) -> str:
    """Return the source of the released notebook's setup cell; empty where there is none to be found."""
    for path in released(unit, unit.notebook.name):
        try:
            notebook = read_notebook(path)
        except NotebookError:
            continue
        return next((c.source for c in notebook.cells if c.grade_id == "setup"), "")
    return ""
