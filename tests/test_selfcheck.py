"""`check(f)` in a student's notebook, and nbgrader's Validate button."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import selfcheck
from autograder.diagnosis import Signature
from autograder.examiner import examine, settle
from autograder.feedback import SET_APART, as_html
from autograder.grading import word
from autograder.results import CheckResult, Outcome
from autograder.units import Exercise

SHELL = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
shell = InteractiveShell.instance(colors="nocolor")
said = []
for cell in json.loads(sys.argv[1]):
    with capture_output() as caught:
        ended = shell.run_cell(cell, store_history=True)
    error = ended.error_before_exec or ended.error_in_exec
    shown = [dict(output.data) for output in caught.outputs]
    said.append({"error": error and f"{type(error).__name__}: {error}", "text": caught.stdout, "shown": shown})
print("RESULT" + json.dumps(said))
"""
RIGHT = """
def dropout(x, p, training=True):
    if not 0 <= p <= 1:
        raise ValueError
    if not training or p == 0:
        return x
    return x * 0 if p == 1 else x * (torch.rand(x.shape) >= p) / (1 - p)
"""
DIVIDED_BY_P = RIGHT.replace("/ (1 - p)", "/ p")
GATES = """
def gru_gates(x, h, params):
    return tuple(torch.sigmoid(x @ params["W_x" + k] + h @ params["W_h" + k] + params["b_" + k]) for k in "rz")
"""


def in_shell(folder, *cells, **environment):
    """Run cells in an IPython shell of their own; return per cell the error, the text and what was displayed."""
    ended = subprocess.run(
        [sys.executable, "-c", SHELL, json.dumps(cells)],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "RESULT" in ended.stdout, ended.stdout + ended.stderr
    return json.loads(ended.stdout.partition("RESULT")[2])


@pytest.fixture(scope="module")
def students(course, tmp_path_factory):
    """Return assignments/ alone, as students have it."""
    folder = tmp_path_factory.mktemp("students")
    shutil.copytree(course.root / "assignments", folder / "assignments")
    return folder / "assignments"


@pytest.fixture(scope="module")
def session(students):
    """Run a student's session in one unit; return what each cell gave."""
    setup = "import torch\nfrom autograder import check"
    cells = {
        "setup": setup,
        "stub": "def dropout(x, p, training=True):\n    raise NotImplementedError()\ncheck(dropout)",
        "calls a stub": "def keep(x, p):\n    raise NotImplementedError()\n"
        "def dropout(x, p, training=True):\n    return keep(x, p)\ncheck(dropout)",
        "mistake": DIVIDED_BY_P + "\ncheck(dropout)",
        "banned": "def dropout(x, p, training=True):\n    return torch.dropout(x, p, training)\ncheck(dropout)",
        "right": RIGHT,
        "check": "check(dropout)",
        "lambda": "written = dropout\ndropout = lambda *a, **k: written(*a, **k)\ncheck(dropout)",
        "another": "check(print)",
        "state": "x = torch.ones(3, requires_grad=True)\nstate = torch.get_rng_state()\ncheck(dropout)\n"
        "assert torch.equal(state, torch.get_rng_state())",
    }
    said = in_shell(students / "regularization", *cells.values())
    return dict(zip(cells, said, strict=True))


@pytest.mark.parametrize("cell", ["right", "check", "lambda", "state"])
def test_a_right_answer_passes_without_an_error(session, cell):
    assert session[cell]["error"] is None


def test_the_outcome_is_shown_as_a_table_and_as_text(session, units):
    [shown] = session["check"]["shown"]
    assert "✓ dropout: passed" in shown["text/plain"]
    assert "<table" in shown["text/html"]
    checks = (units["regularization"].folder / "visible_checks.py").read_text().count("(dropout):")
    assert shown["text/html"].count("<tr>") == 1 + checks
    assert session["check"]["text"] == ""


@pytest.mark.parametrize("cell", ["stub", "mistake", "banned"])
def test_a_wrong_answer_raises(session, cell):
    assert session[cell]["error"].startswith("NotYet: dropout is ")
    assert "Traceback" not in session[cell]["text"]


def test_an_untouched_stub_is_told_what_to_do(session):
    assert "Not attempted yet. Write dropout in its cell" in session["stub"]["shown"][0]["text/plain"]


def test_a_stub_that_an_answer_calls_is_what_is_to_be_written(session):
    shown = session["calls a stub"]["shown"][0]["text/plain"]
    assert "keep is not written yet; write it first" in shown
    assert "line 2 of its cell: return keep(x, p)" not in shown and "return keep(x, p)" in shown


def test_a_mistake_is_named_from_the_released_file(session):
    shown = session["mistake"]["shown"][0]["text/plain"]
    assert "Probably: The kept elements are divided by p; divide by 1 - p, the share that is kept." in shown


def test_what_is_not_allowed_is_said(session):
    assert "It uses torch.dropout, which is not allowed here." in session["banned"]["shown"][0]["text/plain"]


def settled(*outcomes):
    sentences = [f"Sentence {number}." for number in range(len(outcomes))]
    checks = [CheckResult(s, True, outcome, s, s) for s, outcome in zip(sentences, outcomes, strict=True)]
    return settle(Exercise("twice", 2.0), checks)


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ((Outcome.PASSED, Outcome.PASSED), "All 2 checks passed."),
        (
            (Outcome.PASSED, Outcome.GRADER_ERROR),
            "A check broke down, which is the grader's fault and costs no",
        ),
        ((Outcome.GRADER_ERROR, Outcome.SKIPPED), "A check broke down"),
        ((), "There is no check of twice, which is the grader's fault and costs no points"),
    ],
)
def test_a_fault_of_ours_is_told_and_earns_all_points(outcomes, said, monkeypatch):
    result = settled(*outcomes)
    assert word(result, []).startswith(said) and result.score == 2.0
    monkeypatch.setattr(selfcheck, "recognise", lambda *_: (None, "twice"))
    monkeypatch.setattr(selfcheck, "run_visible", lambda *_: result)
    selfcheck.check_function(print)


def test_what_was_probably_mixed_up_stands_out_and_no_check_is_told_twice():
    result = settled(Outcome.PASSED, Outcome.FAILED, Outcome.FAILED)
    result.feedback = word(result, [Signature("offset", "The 1 is left out.", {})])
    page = as_html(result)
    assert (
        page.count(f'<p style="{SET_APART}">')
        == page.count(f'<p style="{SET_APART}">Probably: The 1 is left')
        == 1
    )
    assert [page.count(f"Sentence {number}.") for number in range(3)] == [1, 1, 1]


def test_something_else_than_an_exercise_is_refused(session):
    assert session["another"]["error"].startswith(
        "AutograderError: print is not an exercise of the units near"
    )


def test_check_does_nothing_while_a_submission_is_graded(students):
    cells = "from autograder import check", "check(3)", "import sys; assert 'torch' not in sys.modules"
    said = in_shell(students, *cells, AUTOGRADER_EXAMINEE="1")
    assert [cell["error"] for cell in said] == [None] * 3


def test_check_needs_nothing_that_only_unix_has(students):
    without = (
        "import os, signal, sys\n"
        "sys.modules.update(dict.fromkeys(('fcntl', 'grp', 'pwd', 'resource', 'termios', 'tty')))\n"
        "for module, name in ((os, 'fork'), (os, 'getuid'), (signal, 'SIGALRM'), (signal, 'setitimer')):\n"
        "    delattr(module, name)"
    )
    cells = without, "import torch\nfrom autograder import check, quiz", RIGHT, "check(dropout)"
    assert [cell["error"] for cell in in_shell(students, *cells)] == [None] * 4


def test_exercises_of_two_units_can_be_checked_in_one_session(students):
    cells = "import torch\nfrom autograder import check", RIGHT, "check(dropout)", GATES, "check(gru_gates)"
    assert [cell["error"] for cell in in_shell(students.parent, *cells)] == [None] * 5


def test_two_units_examined_one_after_the_other_have_their_own_checks(units):
    found = {}
    for name, unit in units.items():
        examine(
            [unit], hidden=True, work=lambda examiner, name=name: found.update({name: set(examiner.checks)})
        )
    assert found == {name: set(unit.exercises) for name, unit in units.items()}


def validated(folder):
    tool = Path(sys.executable).parent / "nbgrader"
    command = [tool, "validate", "regularization.ipynb"]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    return ended.stdout + ended.stderr


@pytest.mark.slow
def test_validate_says_what_is_wrong_with_an_untouched_notebook(students):
    said = validated(students / "regularization")
    assert "VALIDATION FAILED ON 1 CELL(S)!" in said
    assert "Not yet: dropout is not attempted" in said


@pytest.mark.slow
def test_validate_passes_a_solved_notebook(students, write_notebook, tmp_path):
    shutil.copytree(students / "regularization", tmp_path / "regularization")
    write_notebook(tmp_path / "regularization" / "regularization.ipynb", "regularization", pictures=True)
    assert "Success! Your notebook passes all the tests." in validated(tmp_path / "regularization")
