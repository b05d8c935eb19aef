"""Grade the exercises of one submission: run the checks, name the mistake, word the feedback."""

from __future__ import annotations

import contextlib
import itertools
import json
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from autograder.calls import Call, LocalSession, Reply, random_state, seed_everything
from autograder.checking import Session
from autograder.diagnosis import Seen, Signature, name_mistakes, seen_from_json
from autograder.errors import CheckFailed, Missing
from autograder.examiner import Check, Examiner, Submission, hopeless, settle
from autograder.files import write_whole
from autograder.results import ALSO, PROBABLY, SEEN, CheckResult, ExerciseResult, Outcome
from autograder.symptoms import condition, without_numbers
from autograder.units import Exercise, Unit, WrittenAnswer

SIGNATURES = "mistakes.json"


class DrawingSession(LocalSession):
    """Answer calls in this process, and note whether one drew from a source of random numbers that all share."""

    drew = False

    def call(self, call: Call) -> Reply:
        before = random_state()
        try:
            return super().call(call)
        finally:
            self.drew = self.drew or random_state() != before


class LocalSubmission:
    """Hold functions of this process as a submission; with seeds, each session starts from the next one."""

    def __init__(self, functions: dict[str, Any], seeds: Iterator[int] | None = None) -> None:
        self.functions = functions
        self.seeds = seeds
        self.drew = False

    @contextmanager
    def session(self, replaced: Sequence[str] = (), latest: bool = False) -> Iterator[Session]:
        del replaced, latest
        if self.seeds is None:
            yield LocalSession(self.functions)
            return
        seed_everything(next(self.seeds))
        session = DrawingSession(self.functions)
        yield session
        self.drew = self.drew or session.drew

    def keeps_state(self, exercise: str) -> bool:
        del exercise
        return False

    def rebinds(self, exercise: Exercise) -> bool:
        del exercise
        return False


class Sessions:
    """Open sessions for checks: answers that keep no state share one until a check spoils it, others get one a check."""

    def __init__(self, submission: Submission, replaced: Sequence[str] = (), latest: bool = False) -> None:
        self.submission = submission
        self.open = partial(submission.session, replaced, latest)
        self.again = bool(replaced) or latest
        self.shared, self.alone = contextlib.ExitStack(), contextlib.ExitStack()
        self.current: Session | None = None

    def __enter__(self) -> Sessions:
        return self

    def __exit__(self, *exception: object) -> None:
        self.alone.close()
        self.shared.close()

    def next(self, exercise: str) -> Session:
        """Return the session for the next check of an exercise."""
        self.alone.close()
        if self.submission.keeps_state(exercise):
            return self.alone.enter_context(self.open())
        if self.current is None or not self.current.begin_check():
            self.shared.close()
            self.current = None
            self.current = self.shared.enter_context(self.open())
        return self.current


class Grader:
    """Grade submissions to one unit with an examiner that has its checks."""

    def __init__(self, unit: Unit, examiner: Examiner, trusts_release: bool = True) -> None:
        """Take a unit and an examiner; what was released about its mistakes is believed unless told otherwise."""
        self.unit = unit
        self.trusts_release = trusts_release
        self.examiner = examiner
        self.diagnoses = True
        self._signatures: dict[str, list[Signature]] = {}

    @cached_property
    def released_signatures(self) -> dict[str, list[Signature]]:
        """Return the signatures that came with a released unit; none where the file is missing or damaged."""
        path = self.unit.folder / SIGNATURES
        if self.has_references:
            path = self.unit.folder.parents[1] / "assignments" / self.unit.name / SIGNATURES
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            return {name: [Signature.from_json(item) for item in items] for name, items in data.items()}
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    @property
    def has_references(self) -> bool:
        return self.unit.source.is_file()

    def signatures(self, exercise: str) -> list[Signature]:
        """Return the signatures of an exercise's mistakes, with what earlier runs found out about them."""
        if not self.has_references:
            return self.released_signatures.get(exercise, [])
        if exercise not in self._signatures:
            known = self._known(exercise)
            self._signatures[exercise] = [
                Signature(
                    mistake.name,
                    mistake.sentence,
                    known.get(mistake.name, {}),
                    partial(self._show, mistake),
                )
                for mistake in self.unit.mistakes.values()
                if mistake.exercise == exercise
            ]
        return self._signatures[exercise]

    def _show(self, mistake: WrittenAnswer, name: str, number: int) -> CheckResult:
        """Run one check, by name, on a mistake; a run's number says what random numbers it has."""
        [check] = [c for c in self.examiner.exercise_checks(mistake.exercise) if c.name == name]
        functions = {**self.unit.references, mistake.exercise: mistake.function()}
        seed = zlib.crc32(f"{mistake.full_name} {name} {number}".encode())
        submission = LocalSubmission(functions, itertools.repeat(seed))
        with Sessions(submission) as sessions:
            result = self.run_one(check, sessions, watch=False)
        result.drew = submission.drew
        return result

    def name_mistakes(self, exercise: str, checks: Sequence[CheckResult]) -> list[Signature]:
        """Name the mistake behind some failed checks, or the two, and keep what was found out on the way."""
        if all(check.outcome.earns for check in checks):
            return []
        signatures = self.signatures(exercise)
        before = sum(len(item.seen) for item in signatures)
        named = name_mistakes(signatures, checks, visible_alone=not self.has_references)
        found_out = sum(len(item.seen) for item in signatures) - before
        if self.has_references and found_out > len(signatures) / 4:
            self._keep(exercise, signatures)
        return named

    def _keep(self, exercise: str, signatures: Sequence[Signature]) -> None:
        """Keep what is known of an exercise's mistakes for later runs; the little things are found out anew."""
        text = json.dumps([item.to_json(list(item.seen)) for item in signatures])
        with contextlib.suppress(OSError):  # a course that cannot be written to is graded all the same
            write_whole(self._cache_path(exercise), text)

    def _known(self, exercise: str) -> dict[str, dict[str, list[Seen]]]:
        """Return what earlier runs with the same files and versions found out, by mistake, else what was released."""
        try:
            data = json.loads(self._cache_path(exercise).read_text(encoding="utf-8"))
            return {item["name"]: seen_from_json(item) for item in data}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            released = self.released_signatures.get(exercise, []) if self.trusts_release else []
            return {item.name: item.seen for item in released}

    def _cache_path(self, exercise: str) -> Path:
        folder = self.unit.folder.parents[1] / ".autograder" / "signatures"
        return folder / f"{exercise}-{self.unit.digest[:16]}.json"

    def run(
        self, checks: Sequence[Check], sessions: Sessions, before: Sequence[CheckResult] = ()
    ) -> list[CheckResult]:
        """Run some checks of an exercise after those that ran `before`; the rest is skipped where it is hopeless.

        Where an exercise is graded again, hidden checks have run before, and no check tells more than they do.
        """
        results = list(before)
        for check in checks:
            if hopeless([result.outcome for result in results]):
                results.append(CheckResult(check.name, check.visible, Outcome.SKIPPED, check.sentence))
            else:
                tell = check.visible and not sessions.again
                results.append(self.run_one(check, sessions, watch=True, tell=tell))
        return results

    def run_one(self, check: Check, sessions: Sessions, watch: bool, tell: bool = False) -> CheckResult:
        """Run one check."""
        try:
            result = self.examiner.run_check(check, sessions.next(check.exercise.name), watch, tell)
        except CheckFailed as failure:  # the session could not be opened
            result = CheckResult(check.name, check.visible, Outcome.RAISED, check.sentence)
            if isinstance(failure, Missing):
                result.outcome = Outcome.NOT_ATTEMPTED
            result.message = result.details = failure.render()
        if result.outcome is Outcome.GRADER_ERROR and self._blames_the_answer(check):
            result.outcome = Outcome.FAILED
            result.message = f"{check.sentence} The result is not of the kind that the contract asks for."
        return result

    def _blames_the_answer(self, check: Check) -> bool:
        """Tell whether a check that broke down works on the reference, so that the answer broke it."""
        if not self.has_references:
            return True
        own = LocalSession(self.unit.references)
        return self.examiner.run_check(check, own).outcome is Outcome.PASSED

    def look(self, exercise: Exercise, sessions: Sessions) -> list[CheckResult]:
        """Run the visible checks of one exercise."""
        return self.run([c for c in self.examiner.exercise_checks(exercise.name) if c.visible], sessions)

    def grade(self, exercise: Exercise, submission: Submission) -> ExerciseResult:
        """Grade one exercise by itself."""
        with Sessions(submission) as sessions:
            return self.finish(exercise, sessions, self.look(exercise, sessions))

    def finish(
        self,
        exercise: Exercise,
        sessions: Sessions,
        looked: Sequence[CheckResult],
        depends_on: Sequence[str] = (),
    ) -> ExerciseResult:
        """Grade one exercise whose visible checks gave `looked`.

        Where the answer falls short, it is graded again in other ways, and the best result counts: with the helpers that
        later cells have bound anew, and with the references' versions of the exercises that it calls and that are wrong,
        which `depends_on` names.
        """
        checks = self.examiner.exercise_checks(exercise.name)
        result = settle(exercise, self.run([c for c in checks if not c.visible], sessions, looked))
        corrected_checks: list[CheckResult] = []
        latest = (False, True) if falls_short(result) and sessions.submission.rebinds(exercise) else (False,)
        replaced = dict.fromkeys(((), tuple(depends_on)))
        for wrong, helpers in list(itertools.product(replaced, latest))[1:]:
            if not falls_short(result):
                break
            with Sessions(sessions.submission, wrong, helpers) as others:
                again = settle(exercise, self.run(checks, others))
            if wrong:
                corrected_checks = again.checks
            if again.score > result.score:
                result = again
                if wrong:
                    names = " and ".join(wrong)
                    result.feedback = f"Graded with a correct {names}, since yours is not right yet. "
        named: list[Signature] = []
        if self.diagnoses:  # what an exercise gets wrong itself shows where the others are right
            named = self.name_mistakes(exercise.name, result.checks)
            named = named or self.name_mistakes(exercise.name, corrected_checks)
        result.mistake = "+".join(mistake.name for mistake in named) or None
        result.feedback += word(result, named)
        return result


def falls_short(result: ExerciseResult) -> bool:
    """Tell whether an answer is not worth all points, for a reason that other helpers could mend."""
    return result.score < result.max_score and result.outcome not in (Outcome.TIMED_OUT, Outcome.NOT_ALLOWED)


def word(result: ExerciseResult, named: Sequence[Signature]) -> str:
    """Write an exercise's feedback: what is wrong, what was probably mixed up, one next step."""
    checks = result.checks
    if not checks:
        return (
            f"There is no check of {result.name}, which is the grader's fault and costs no points; "
            "tell your instructor."
        )
    if result.outcome is Outcome.GRADER_ERROR:
        return "A check broke down, which is the grader's fault and costs no points; the instructor is told."
    passed = sum(check.outcome is Outcome.PASSED for check in checks)
    broken = next((check for check in checks if not check.outcome.earns), None)
    if broken is None:
        return f"All {len(checks)} checks passed."
    if result.outcome is Outcome.NOT_ATTEMPTED:
        return f"Not attempted yet. Write {result.name} in its cell, then run the check below it."
    lines = [broken.message.strip()]
    if result.outcome is Outcome.NOT_ALLOWED:
        lines.append(f"Write {result.name} without it; the exercise earns no points as it is.")
        return "\n".join(lines)
    if named:
        lines += [PROBABLY.format(sentence=mistake.sentence) for mistake in named]
    elif clue := clues(checks, broken):
        lines.append(clue)
    others = [check for check in checks if not check.outcome.earns and check is not broken]
    if result.outcome is Outcome.TIMED_OUT:
        lines.append("Look for a loop that does not end.")
    also = [check for check in others if check.outcome is not Outcome.SKIPPED]
    if len(also) <= 3:
        lines += [ALSO.format(sentence=check.sentence) for check in also]
    lines.append(f"{passed} of {len(checks)} checks passed.")
    return "\n".join(lines)


def clues(checks: Sequence[CheckResult], broken: CheckResult) -> str:
    """Say what was measured about a wrong answer that no named mistake fits; empty where nothing simple was."""
    found = []
    if broken.symptom:
        found.append(broken.symptom if broken.visible else without_numbers(broken.symptom))
    right = [call for check in checks for call in check.right]
    wrong = [call for check in checks for call in check.wrong]
    tellable = [call for check in checks if check.visible for call in [*check.right, *check.wrong]]
    if told := condition(right, wrong, tellable):
        found.append(told)
    return SEEN.format(found="; ".join(found)) if found else ""


def released_signatures(grader: Grader) -> str:
    """Return the text of the released signature file: what visible checks see of each mistake."""
    data = {}
    for name in grader.unit.exercises:
        visible = [c.name for c in grader.examiner.exercise_checks(name) if c.visible]
        data[name] = [item.to_json(visible) for item in grader.signatures(name)]
    return json.dumps(data, indent=None, separators=(",", ":"), sort_keys=True) + "\n"
