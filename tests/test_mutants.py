"""Machine-made wrong answers, junk, and inputs in other forms: what the audit tries checks on."""

import ast
import time

import pytest
import torch

from autograder.audit import Trial
from autograder.calls import Call
from autograder.errors import CourseError
from autograder.examiner import examine
from autograder.grading import Grader
from autograder.mutants import edits, equivalents, mutants, set_aside, without_docstring
from autograder.results import Outcome
from autograder.trials import JUNK, OtherMemory, SinglePrecision, in_time

SOURCE = '''
def f(x, axis=-1, eps=0.5, keep=True):
    """Do something."""
    if axis >= 3 and keep:
        raise ValueError
    total = 0
    for part in x[1:]:
        total += part.sum(dim=axis) / (2 + eps)
    return torch.sigmoid(-total), x @ x
'''


def names_of(source):
    return [name for name, _ in edits(without_docstring(ast.parse(source).body[0]))]


@pytest.mark.parametrize(
    "name",
    [
        "axis >= 3 -> axis > 3",
        "axis >= 3 and keep -> axis >= 3 or keep",
        "axis >= 3 and keep -> keep",
        "0.5 -> 0.75",
        "True -> False",
        "1 -> 2",
        "raise ValueError -> nothing",
        "total += part.sum(dim=axis) / (2 + eps) -> nothing",
        "part.sum(dim=axis) -> part.mean(dim=axis)",
        "part.sum(dim=axis) -> part.sum()",
        "part.sum(dim=axis) / (2 + eps) -> part.sum(dim=axis) * (2 + eps)",
        "2 + eps -> 2",
        "torch.sigmoid(-total) -> torch.tanh(-total)",
        "-total -> total",
        "x @ x -> x @ x.mT",
        "return (torch.sigmoid(-total), x @ x) -> return (x @ x, torch.sigmoid(-total))",
        "1: -> :",
    ],
)
def test_an_edit_of_every_kind_is_made(name):
    assert name in names_of(SOURCE)


def test_every_edit_is_a_function_that_compiles():
    plain = without_docstring(ast.parse(SOURCE).body[0])
    before = ast.unparse(plain)
    for _, changed in edits(plain):
        compile(ast.unparse(ast.fix_missing_locations(changed)), "mutant", "exec")
    assert ast.unparse(plain) == before


def test_mutants_of_a_unit_have_names_of_their_own(units):
    found = mutants(units["recurrent"], "gru_step")
    assert len({mutant.name for mutant in found}) == len(found) > 20
    assert len({mutant.source for mutant in found}) > 20


def test_mutants_are_set_aside_by_name_or_pattern(units, tmp_path):
    assert set_aside("a[0] -> b", ["a[0] -> b"]) == "a[0] -> b"
    assert set_aside("return x -> return x.detach()", ["*.detach()"]) == "*.detach()"
    assert set_aside("a[0] -> b", ["a* -> c", "a0 -> b"]) is None
    broken = units["recurrent"].__class__("broken", tmp_path, "", 1)
    (tmp_path / "equivalents.toml").write_text("x = ]")
    with pytest.raises(CourseError, match=r"equivalents.toml"):
        equivalents(broken)


@pytest.fixture(scope="module")
def trial_of(units):
    def run(exercise, act):
        unit = next(unit for unit in units.values() if exercise in unit.exercises)
        found = []

        def work(examiner):
            trial = Trial(Grader(unit, examiner), exercise)
            trial.grader.diagnoses = False
            found.append(act(trial))

        examine([unit], True, work)
        return found[0]

    return run


@pytest.mark.parametrize("exercise", ["dropout", "lstm_step"])
def test_junk_earns_nothing_and_breaks_nothing(trial_of, exercise):
    def act(trial):
        trial.junk()
        return trial.audit

    audit = trial_of(exercise, act)
    assert audit.junk == len(JUNK)
    assert audit.findings == []


def test_a_right_answer_is_no_junk(trial_of):
    assert trial_of("lstm_step", lambda trial: trial.grade()).outcome is Outcome.PASSED


def test_arguments_come_in_another_memory_order_with_the_same_values():
    seen = []
    session = OtherMemory({"f": lambda x: seen.append(x) or x})
    x = torch.arange(6.0).reshape(2, 3)
    assert torch.equal(session.call(Call("f", (x,))).result, x)
    assert seen[0].stride() != x.stride()


def test_arguments_come_in_single_precision_and_results_go_back_in_double():
    seen = []
    session = SinglePrecision({"f": lambda x: seen.append(x.dtype) or x})
    result = session.call(Call("f", (torch.ones(2, dtype=torch.float64),))).result
    assert (seen, result.dtype) == ([torch.float32], torch.float64)


def test_an_endless_mutant_is_ended():
    def endless():
        while True:
            pass

    started = time.monotonic()
    with pytest.raises(TimeoutError):
        in_time(endless, 0.2)()
    assert time.monotonic() - started < 5


@pytest.mark.slow
def test_a_clause_that_no_check_asks_about_leaves_a_mutant_alive(units, copy_course, tmp_path):
    course = copy_course(tmp_path / "course")
    folder = course.root / "solutions" / "regularization"
    (folder / "equivalents.toml").unlink(missing_ok=True)
    for name in ("visible_checks.py", "hidden_checks.py"):
        text = (folder / name).read_text()
        start = text.find("def test_p_") if "def test_p_" in text else len(text)
        (folder / name).write_text(text[:start])

    def act(examiner):
        trial = Trial(Grader(course.unit("regularization"), examiner), "dropout")
        trial.grader.diagnoses = False
        trial.mutants()
        return trial.audit

    found = []
    examine([course.unit("regularization")], True, lambda examiner: found.append(act(examiner)))
    [audit] = found
    alive = [finding.subject for finding in audit.findings if finding.problem == "not caught"]
    assert any("raise ValueError" in subject for subject in alive)
    assert audit.killed < audit.mutants - audit.equivalent
