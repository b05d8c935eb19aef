"""The examiner: run a unit's pytest checks on an answer, and turn what happened into marks.

One pytest session collects the checks once and then grades as many submissions as it is given. A check reaches the
answer through a fixture named after the exercise; where the answer lives is the affair of a `Submission`.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
import torch
from _pytest.runner import runtestprotocol

from autograder.calls import Call
from autograder.checking import FACTS, Answer, Session
from autograder.entries import fault
from autograder.errors import CheckFailed, CourseError, Died, Missing, OutOfMemory, Raised, TimedOut
from autograder.results import CheckResult, ExerciseResult, Outcome
from autograder.units import Exercise, Unit
from autograder.watching import reported

# The rungs of a comparison; on the others an answer is not wrong about certain arguments.
COMPARED = ("shape", "finite", "value", "gradient")
OUTCOMES: list[tuple[type[CheckFailed], Outcome]] = [
    (Missing, Outcome.NOT_ATTEMPTED),
    (TimedOut, Outcome.TIMED_OUT),
    (OutOfMemory, Outcome.OUT_OF_MEMORY),
    (Died, Outcome.RAISED),
    (Raised, Outcome.RAISED),
    (CheckFailed, Outcome.FAILED),
]


class Submission(Protocol):
    """Open sessions in which answers can be called, each on a fresh copy of the submission's state."""

    def session(self, replaced: Sequence[str] = (), latest: bool = False) -> AbstractContextManager[Session]:
        """Open a session; the functions named in `replaced` act as the references do.

        With `latest`, all names stand for what the last cells bound, and not for what an answer's own cell did.
        """
        ...

    def rebinds(self, exercise: Exercise) -> bool:
        """Tell whether later cells bind names of an answer's own cell anew."""
        ...

    def keeps_state(self, exercise: str) -> bool:
        """Tell whether a call could leave something behind that a later one sees."""
        ...


class Check:
    """Hold one collected check: a pytest item, the exercise it belongs to, and the student's sentence."""

    def __init__(self, item: pytest.Function, exercise: Exercise, unit: Unit) -> None:
        self.item = item
        self.exercise = exercise
        self.unit = unit
        self.name = item.name.removeprefix("test_")
        self.visible = item.path.name.startswith("visible")
        # pytest would parse the check file anew to write a traceback of every failure; nobody reads it.
        item.repr_failure = lambda *_: ""  # type: ignore[method-assign]
        self.sentence = " ".join((inspect.getdoc(item.function) or "").split())
        if not self.sentence:
            raise CourseError(
                f"{at(item)} needs a docstring: the sentence that a student reads when it fails"
            )


class Examiner:
    """Hold the collected checks of some units, and run them; a pytest plugin."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self.units = {unit.name: unit for unit in units}
        self.checks: dict[str, list[Check]] = {}
        self.current: Answer | None = None
        self.excinfo: pytest.ExceptionInfo[BaseException] | None = None

    # Hooks and fixtures that pytest finds.

    @pytest.hookimpl
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        owners = {name: unit for unit in self.units.values() for name in unit.exercises}
        for item in session.items:
            if not isinstance(item, pytest.Function):
                continue
            named = [name for name in item.fixturenames if name in owners]
            if len(named) != 1:
                raise CourseError(
                    f"{at(item)} asks for {' and '.join(named) or 'no exercise'}; "
                    "let it take exactly one exercise of unit.toml as an argument"
                )
            if item.path.name.startswith("visible") and "reference" in item.fixturenames:
                raise CourseError(
                    f"{at(item)} asks for reference, which students do not have; "
                    "compare with small numbers or torch's own function, or move it to hidden_checks.py"
                )
            if unknown := {*item.fixturenames} - {*item._fixtureinfo.name2fixturedefs, "request"}:
                raise CourseError(
                    f"{at(item)} asks for {min(unknown)}, which is nothing that checks are given; "
                    "let it take one exercise and, in hidden_checks.py, reference"
                )
            unit = owners[named[0]]
            self.checks.setdefault(named[0], []).append(Check(item, unit.exercises[named[0]], unit))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
        if call.excinfo is not None:
            self.excinfo = call.excinfo
        return (yield)

    @pytest.fixture
    def reference(self, request: pytest.FixtureRequest) -> Callable[..., Any]:
        """Return the reference of the exercise that the check is about."""
        assert self.current is not None
        name = self.current.name
        unit = next(unit for unit in self.units.values() if name in unit.exercises)
        function: Callable[..., Any] = unit.references[name]
        return function

    # What the stages around it call.

    def run_check(
        self, check: Check, session: Session, watch: bool = False, tell: bool = False
    ) -> CheckResult:
        """Run one check on the answer that `session` reaches; `tell` the student what was expected and what came."""
        patterns = check.exercise.not_allowed if watch else ()
        self.current = Answer(check.exercise.name, session, patterns)
        self.excinfo = None
        facts: list[Any] = []
        token = FACTS.set(facts)
        try:
            with torch.random.fork_rng(devices=[]):
                runtestprotocol(check.item, log=False, nextitem=None)
        finally:
            FACTS.reset(token)
        result = CheckResult(check.name, check.visible, Outcome.PASSED, check.sentence, facts=facts)
        if used := reported(self.current.used, check.exercise.not_allowed):
            result.outcome = Outcome.NOT_ALLOWED
            result.message = f"It uses {', '.join(used[:2])}, which is not allowed here."
        elif self.excinfo is not None:
            self._judge(check, result, self.excinfo.value, tell)
        self._note_calls(check, result)
        return result

    def _note_calls(self, check: Check, result: CheckResult) -> None:
        """Note with which plain arguments the answer was right and wrong, as far as the check went."""
        assert self.current is not None
        reference = check.unit.references.get(check.exercise.name) if check.unit.source.is_file() else None
        calls = [plain_arguments(call, reference) for call in self.current.answered]
        error = self.excinfo.value if self.excinfo is not None else None
        if result.outcome is Outcome.PASSED:
            result.right = calls
        elif isinstance(error, CheckFailed) and error.rung in COMPARED and calls:
            result.right, result.wrong = calls[:-1], calls[-1:]

    def _judge(self, check: Check, result: CheckResult, error: BaseException, tell: bool) -> None:
        """Turn an exception out of a check into an outcome and what is said about it."""
        if isinstance(error, pytest.skip.Exception):
            result.outcome, result.message = Outcome.SKIPPED, str(error)
            return
        if isinstance(error, CheckFailed):
            assert self.current is not None
            error.call = error.call or self.current.last_call
            result.outcome = next(outcome for kind, outcome in OUTCOMES if isinstance(error, kind))
            result.details, result.symptom = error.render(), error.symptom
            result.message = message_for(check, error, tell)
            result.compared = error.compared if tell else None
            return
        result.details = f"{type(error).__name__}: {error}"
        result.message = check.sentence
        result.outcome = Outcome.FAILED if isinstance(error, AssertionError) else Outcome.GRADER_ERROR

    def exercise_checks(self, exercise: str) -> list[Check]:
        """Return an exercise's checks: the core first, visible ones before hidden ones."""
        return self.checks.get(exercise, [])


def plain_arguments(call: Call, reference: Any) -> dict[str, Any]:
    """Return the arguments of a call by name; what is not a plain value only as being there."""

    def reduced(value: Any) -> Any:
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, tuple) and len(value) <= 4 and all(type(item) is int for item in value):
            return value
        return ...

    named = {f"argument {index + 1}": value for index, value in enumerate(call.args)} | call.kwargs
    if reference is not None:
        try:
            bound = signature(reference).bind(*call.args, **call.kwargs)
        except TypeError:
            return {}
        bound.apply_defaults()
        named = bound.arguments
    return {name: reduced(value) for name, value in named.items()}


@functools.cache
def signature(reference: Any) -> inspect.Signature:
    """Return the arguments that a reference takes."""
    return inspect.signature(reference)


def message_for(check: Check, error: CheckFailed, tell: bool) -> str:
    """Say what a student may read: of a hidden check its sentence, and at most how the call ended."""
    if tell:
        return f"{check.sentence}\n{error.render()}"
    endings = {
        Raised: f" Your function raised {getattr(error, 'kind', '')}.",
        TimedOut: " Your function did not return in time.",
        OutOfMemory: " Your function asked for too much memory.",
        Died: " Your function ended its process.",
    }
    return check.sentence + next((ending for kind, ending in endings.items() if isinstance(error, kind)), "")


def hopeless(outcomes: Sequence[Outcome]) -> bool:
    """Tell whether an exercise is not worth further checks: it earns nothing whatever they say, or takes for ever."""
    return (
        outcomes[:1] in ([Outcome.NOT_ATTEMPTED], [Outcome.TIMED_OUT])
        or Outcome.NOT_ALLOWED in outcomes
        or outcomes.count(Outcome.TIMED_OUT) > 1
    )


def settle(exercise: Exercise, checks: list[CheckResult]) -> ExerciseResult:
    """Give marks: nothing unless the core passed, otherwise the share of checks that passed.

    A check that skips itself does not count; one that was not run, since the others were hopeless, did not pass.
    """
    if not checks:
        return ExerciseResult(exercise.name, Outcome.GRADER_ERROR, exercise.points, exercise.points)
    core = checks[0].outcome
    broken = [check.outcome for check in checks if not check.outcome.earns]
    score = 0.0
    if Outcome.NOT_ALLOWED in broken:
        outcome = Outcome.NOT_ALLOWED
    elif not core.earns:
        outcome = core
    else:
        outcome = next(
            (Outcome.RAISED if o is Outcome.NOT_ATTEMPTED else o for o in broken if o is not Outcome.SKIPPED),
            Outcome.GRADER_ERROR
            if any(check.outcome is Outcome.GRADER_ERROR for check in checks)
            else Outcome.PASSED,
        )
        given_up = hopeless([check.outcome for check in checks])
        counted = [check for check in checks if given_up or check.outcome is not Outcome.SKIPPED]
        score = exercise.points * sum(check.outcome.earns for check in counted) / len(counted)
    return ExerciseResult(exercise.name, outcome, round(score, 2), exercise.points, checks=checks)


def examine(units: Sequence[Unit], hidden: bool, work: Callable[[Examiner], None]) -> None:
    """Collect the checks of `units` and run `work` inside the pytest session.

    Raise `CourseError` that names the file where the checks cannot be collected.
    """
    examiner = Examiner(units)
    fixtures = answer_fixtures(examiner, [name for unit in units for name in unit.exercises])
    files = [str(path) for unit in units for path in unit.check_files(hidden)]
    loop = _Loop(examiner, work)
    options = [
        "--import-mode=importlib",
        "--strict-markers",
        "-pno:cacheprovider",
        "-pno:terminal",
        "-pno:capture",
        "-pno:logging",
        "-pno:junitxml",
        "-pno:doctest",
        "-pno:unittest",
        "-pno:warnings",
        "-pno:faulthandler",
        "-pno:threadexception",
        "-pno:unraisableexception",
        "-pno:tmpdir",
        "-c/dev/null",
        f"--rootdir={units[0].folder}",
        *files,
    ]
    forget(files)
    with only_our_plugins():
        code = pytest.main(options, plugins=[examiner, fixtures, loop])
    if loop.error is not None:
        raise loop.error
    if not loop.ran:
        raise loop.problem or CourseError(
            f"the checks in {', '.join(files)} cannot be collected (pytest says {int(code)}); "
            "run pytest --collect-only on them"
        )


def at(item: pytest.Function) -> str:
    """Return where a check stands: file, line, name."""
    return f"{item.path}, line {item.function.__code__.co_firstlineno}: {item.name}"


def forget(files: Sequence[str]) -> None:
    """Drop modules of check files that an earlier session loaded: other units' files have the same names."""
    names = {Path(file).name for file in files}
    for key, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and os.path.basename(file) in names:
            del sys.modules[key]


@contextmanager
def only_our_plugins() -> Iterator[None]:
    """Keep out of the examiner's session what this machine's own pytest sessions are set up with."""
    ours = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    before = {name: os.environ.pop(name, None) for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", *ours)}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


class _Loop:
    """Take the place of pytest's own loop over items."""

    def __init__(self, examiner: Examiner, work: Callable[[Examiner], None]) -> None:
        self.examiner, self.work = examiner, work
        self.error: BaseException | None = None
        self.problem: CourseError | None = None
        self.ran = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            return True
        self.ran = True
        try:
            self.work(self.examiner)
        except BaseException as error:
            self.error = error
        return True

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        error = excinfo.value
        self.problem = error if isinstance(error, CourseError) else CourseError(excinfo.exconly())
        return True

    def pytest_exception_interact(self, node: Any, call: pytest.CallInfo[None], report: object) -> None:
        if isinstance(report, pytest.CollectReport) and call.excinfo is not None:
            error = call.excinfo.value
            self.problem = fault(node.path, error.__cause__ or error)


def answer_fixtures(examiner: Examiner, names: Iterable[str]) -> object:
    """Return a pytest plugin with one fixture per exercise: the answer under examination."""

    def fixture(name: str) -> Any:
        @pytest.fixture(name=name)
        def current(self: object) -> Answer | None:
            return examiner.current

        return current

    return type("Answers", (), {f"fixture_{name}": fixture(name) for name in names})()
