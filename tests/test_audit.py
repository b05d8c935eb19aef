"""The audit: the course as it stands has no findings, and a course that falls short is told where."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.audit import Audit, as_page, note
from autograder.cli import app
from autograder.errors import AutograderError, CourseError
from autograder.results import CheckResult, ExerciseResult, Outcome, Result

CORE = {
    "dropout",
    "xavier_uniform",
    "xavier_normal",
    "adam_step",
    "gru_gates",
    "gru_step",
    "lstm_gates",
    "lstm_step",
    "beam_search",
    "multi_head_attention",
    "positional_encoding",
    "conv2d",
}
SOLUTIONS = Path(__file__).resolve().parents[1] / "solutions"

WRONG_ALTERNATIVE = '''

@answer("dropout")
def forgets_to_rescale(x, p, training=True):
    """Does without the factor."""
    if not 0 <= p <= 1:
        raise ValueError
    return x * (torch.rand(x.shape) >= p) if training and p else x
'''
RIGHT_MISTAKE = '''

@answer("dropout")
def is_in_fact_right(x, p, training=True):
    """This is what the reference does."""
    if not 0 <= p <= 1:
        raise ValueError
    if not training or p == 0:
        return x
    return x * 0 if p == 1 else x * (torch.rand(x.shape, device=x.device) >= p) / (1 - p)
'''
IDLE_CHECK = '''

def test_nothing_trips_this(dropout):
    """The answer is a function."""
    assert dropout is not None
'''


def audited(cli, *arguments):
    ended = cli("audit", *arguments, "--quick", "--json", "-")
    audits = [json.loads(line) for line in ended.stdout.splitlines()]
    assert audits, ended.stderr
    findings = [f"{a['exercise']}, {f['subject']}: {f['problem']}" for a in audits for f in a["findings"]]
    return ended.returncode, audits, findings


@pytest.mark.slow
@pytest.mark.parametrize("unit", sorted(path.parent.name for path in SOLUTIONS.glob("*/unit.toml")))
def test_the_checks_of_a_unit_hold_what_they_promise(cli, unit):
    code, audits, findings = audited(cli, unit, "--repeats", 1)
    assert findings == []
    assert code == 0
    for audit in audits:
        core = audit["exercise"] in CORE
        assert audit["mistakes"] == audit["caught"] >= (8 if core else 4)
        assert audit["alternatives"] == audit["accepted"] >= (5 if core else 3)
        assert audit["runs"] == 1 + audit["alternatives"]


@pytest.fixture(scope="module")
def findings(copy_course, tmp_path_factory, cli):
    """Audit a copy of the course that falls short in four ways."""
    broken = copy_course(tmp_path_factory.mktemp("broken"))
    folder = broken.root / "solutions" / "regularization"

    def change(name, text):
        (folder / name).write_text(text((folder / name).read_text()))

    change("visible_checks.py", lambda text: text.partition("def test_p_below_0")[0])
    change("hidden_checks.py", lambda text: text + IDLE_CHECK)
    change("alternatives.py", lambda text: text + WRONG_ALTERNATIVE)
    change("mistakes.py", lambda text: text + RIGHT_MISTAKE)
    code, _, found = audited(cli, "dropout", "--course", broken.root, "--repeats", 0)
    assert code == 1
    return found


def test_a_deleted_check_lets_its_mistake_slip_through(findings):
    slipped = [text for text in findings if text.endswith("not caught") and "is_in_fact_right" not in text]
    assert slipped


def test_a_wrong_alternative_is_reported(findings):
    assert any("alternative forgets_to_rescale: kept_elements_are_rescaled" in text for text in findings)


def test_a_mistake_that_is_right_is_reported(findings):
    assert "dropout, mistake is_in_fact_right: not caught" in findings


def test_a_check_that_nothing_trips_is_reported(findings):
    assert "dropout, check nothing_trips_this: no wrong answer trips it" in findings


@pytest.mark.parametrize("option", ["--page", "--json"])
def test_a_file_that_cannot_be_written_is_said_before_the_audit(course, tmp_path, monkeypatch, option):
    monkeypatch.setattr("autograder.audit.audit_course", lambda *_: pytest.fail("it was audited"))
    with pytest.raises(AutograderError, match="name another file"):
        app(["audit", "--course", str(course.root), option, str(tmp_path)])


def test_an_audit_that_breaks_off_leaves_the_page_as_it_was(course, tmp_path, monkeypatch):
    def break_off(*_):
        raise CourseError("broken")

    monkeypatch.setattr("autograder.audit.audit_course", break_off)
    page = tmp_path / "audit.md"
    page.write_text("as it was\n")
    with pytest.raises(CourseError, match="broken"):
        app(["audit", "--course", str(course.root), "--page", str(page)])
    assert page.read_text() == "as it was\n"


BREAKS_OFF = """
import sys, time
from pathlib import Path
from autograder import audit
from autograder.errors import CourseError
from autograder.units import Course

def audit_exercise(unit, name, repeats, quick):
    if name == "dropout":
        raise CourseError("it breaks off")
    time.sleep(1)
    Path(sys.argv[2], name).touch()

audit.audit_exercise = audit_exercise
audit.audit_course(Course(Path(sys.argv[1])), [], 0, True, jobs=1)
"""


def test_where_one_exercise_breaks_off_the_others_are_not_audited_first(course, tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", BREAKS_OFF, course.root, tmp_path], capture_output=True, text=True
    )
    assert "CourseError: it breaks off" in ended.stderr
    assert not (tmp_path / "gru_step").exists()


def test_the_page_adds_up_what_was_counted():
    first = Audit("unit", "one", mistakes=1200, caught=1200, named=1199, killed=3, runs=1400)
    second = Audit("unit", "two", mistakes=5, caught=4, named=4, killed=2, runs=100)
    second.find("false alarm", "core: failed")
    second.find("false alarm other in its notebook", "core: failed")
    second.find("mistake doubled", "not caught")
    page = as_page([first, second])
    assert "In all: 1,204 of 1,205 mistakes caught and 1,203 named, 5 mutants killed" in page
    assert "1,500 runs of right answers with 2 false alarms" in page
    assert "- `two`, mistake doubled: not caught" in page


def test_what_notebooks_show_is_counted():
    audit = Audit("unit", "one")

    def noted(kind, label, outcome, mistake=None):
        checks = [
            CheckResult("core", True, outcome, "It is right."),
            CheckResult("edge", False, outcome, "So."),
        ]
        own = ExerciseResult("one", outcome, 0.0, 1.0, checks=checks, mistake=mistake)
        note(audit, kind, label, Result("n", "unit", exercises=[own]))

    noted("reference", "", Outcome.PASSED)
    noted("alternative", "other", Outcome.PASSED)
    noted("alternative", "refused", Outcome.FAILED)
    noted("false alarm", "other", Outcome.PASSED)
    noted("mistake", "doubled", Outcome.FAILED, "doubled")
    noted("mistake", "halved", Outcome.FAILED, "doubled")
    noted("mistake", "missed", Outcome.PASSED)
    counts = (audit.checks, audit.runs, audit.alternatives, audit.accepted)
    assert counts == (2, 4, 2, 1)
    assert (audit.mistakes, audit.caught, audit.named) == (3, 2, 1)
    subjects = [finding.subject.removesuffix(" in its notebook") for finding in audit.findings]
    assert subjects == ["alternative refused", "mistake halved", "mistake missed"]
