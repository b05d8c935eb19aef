"""`autograder check --watch`: what is noticed, how quickly it is answered, and what keys do, at a terminal and without."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from autograder import zygote
from autograder.errors import NotebookError
from autograder.pool import Pool
from autograder.student import following, watch
from autograder.student.following import Followed
from autograder.student.standing import Memory, unit_job

pexpect = pytest.importorskip("pexpect")
PATIENT = 240  # seconds, for a machine that has much else to do
RIGHT = """def dropout(x, p, training=True):
    if not 0 <= p <= 1:
        raise ValueError
    if not training or p == 0:
        return x
    return x * 0 if p == 1 else x * (torch.rand(x.shape) >= p) / (1 - p)
"""
WRONG = "def dropout(x, p, training=True):\n    return x\n"


@pytest.fixture(scope="module")
def student(copy_course, tmp_path_factory):
    copied = copy_course(tmp_path_factory.mktemp("watched"))
    shutil.rmtree(copied.root / "solutions")
    return copied


@pytest.fixture
def unit(student):
    """Return a unit as it was released."""
    found = student.unit("recurrent", "assignments")
    pristine = found.notebook.with_suffix(".pristine")
    if not pristine.exists():
        shutil.copy(found.notebook, pristine)
    shutil.copy(pristine, found.notebook)
    return found


def save(path, exercise, source, how="replace"):
    """Type an answer into a notebook and save it, as one editor or another does."""
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == f"{exercise}_solution":
            cell["source"] = source
    text = json.dumps(notebook)
    if how == "replace":
        other = path.with_name(f".~{path.name}")
        other.write_text(text)
        os.replace(other, path)
    elif how == "delete":
        path.unlink()
        path.write_text(text)
    else:
        path.write_text(text)


# What is noticed: the file alone, without processes.


@pytest.fixture
def notebook(unit, student):
    made = Followed(unit.notebook, student.units("assignments"), unit, [])
    assert made.look() == list(unit.exercises)
    assert made.look() is None
    return made


@pytest.mark.parametrize("how", ["replace", "delete", "in place"])
def test_a_save_is_seen_and_only_what_it_changes_is_asked_for(notebook, how):
    save(notebook.path, "lstm_step", "def lstm_step(x, state, params):\n    return state", how)
    assert notebook.look() == ["lstm_step"]
    assert notebook.look() is None


def test_what_calls_a_changed_function_comes_after_it(notebook):
    save(notebook.path, "gru_step", "def gru_step(x, h, params):\n    return gru_gates(x, h, params)[0]")
    assert notebook.look() == ["gru_step"]
    save(notebook.path, "gru_gates", "def gru_gates(x, h, params):\n    return h, h")
    assert notebook.look() == ["gru_gates", "gru_step"]


def test_a_cell_that_is_no_python_asks_for_its_own_exercise_alone(notebook):
    save(notebook.path, "gru_step", "def gru_step(x, h, params):\n    return gru_gates(x, h, params)[0]")
    notebook.look()
    save(notebook.path, "lstm_step", "def lstm_step(x, state, params:\n")
    assert notebook.look() == ["lstm_step"]
    save(notebook.path, "gru_gates", "def gru_gates(x, h, params:\n")
    assert notebook.look() == ["gru_gates", "gru_step"], "gru_step calls what is gone now"


def test_an_import_that_is_there_anyway_asks_for_nothing_else(notebook):
    save(notebook.path, "gru_step", "def gru_step(x, h, params):\n    return torch.tanh(x)")
    notebook.look()
    save(notebook.path, "gru_gates", "import torch\ndef gru_gates(x, h, params):\n    return h, h")
    assert notebook.look() == ["gru_gates"]
    save(notebook.path, "gru_gates", "import math as torch\ndef gru_gates(x, h, params):\n    return h, h")
    assert notebook.look() == ["gru_step"]


def test_prose_and_outputs_ask_for_nothing(notebook):
    content = json.loads(notebook.path.read_text())
    content["cells"].insert(0, {"cell_type": "markdown", "metadata": {}, "source": "# Mine"})
    notebook.path.write_text(json.dumps(content))
    assert notebook.look() == []


def test_half_a_file_is_waited_for(notebook):
    text = notebook.path.read_text()
    notebook.path.write_text(text[: len(text) // 2])
    assert notebook.look() is None
    assert notebook.look() is None
    notebook.path.write_text(text)
    assert notebook.look() == []


@pytest.mark.parametrize("state", ["half", "gone", "empty"])
def test_what_stays_unreadable_is_said_once_and_its_return_is_seen(notebook, monkeypatch, state):
    monkeypatch.setattr(following, "PATIENCE", 0.02)
    text = notebook.path.read_text()
    notebook.path.unlink() if state == "gone" else notebook.path.write_text("{" if state == "half" else "")
    assert notebook.look() is None
    time.sleep(0.05)
    with pytest.raises(NotebookError, match=r"recurrent\.ipynb"):
        notebook.look()
    assert [notebook.look() for _ in range(3)] == [None] * 3
    notebook.path.write_text(text)
    assert notebook.look() == []


def test_a_notebook_that_is_missing_from_the_start_is_said(unit, student, monkeypatch):
    monkeypatch.setattr(following, "PATIENCE", 0.0)
    unit.notebook.unlink()
    made = Followed(unit.notebook, student.units("assignments"), unit, [])
    assert made.look() is None
    with pytest.raises(NotebookError, match="No such file"):
        made.look()


def test_targets_of_one_notebook_are_followed_together(student, unit):
    units = student.units("assignments")
    from autograder.cli.student import check_jobs

    jobs = [*check_jobs("gru_step", units), *check_jobs("lstm_step", units)]
    one, other = watch.followed(units, jobs)
    assert one.path == unit.notebook and one.focus == ["gru_step", "lstm_step"]
    assert not other.asked and other.focus == []
    one, other = watch.followed(units, [*jobs, *check_jobs("recurrent", units)])
    assert one.focus == list(unit.exercises)


def test_a_watch_remembers_what_progress_asks_for(student, unit, notebook):
    from autograder.results import ExerciseResult, Outcome

    memory = Memory(student)
    assert not notebook.recall(memory)
    notebook.results = {name: ExerciseResult(name, Outcome.PASSED, 1, 1) for name in unit.exercises}
    save(unit.notebook, "gru_step", "x = 1")
    notebook.remember(memory)
    assert memory.get(memory.key(unit_job(unit), unit), "") is None, "the results are of an earlier content"
    notebook.look()
    notebook.results = {name: ExerciseResult(name, Outcome.PASSED, 1, 1) for name in unit.exercises}
    notebook.remember(memory)
    assert memory.get(memory.key(unit_job(unit), unit), "").exercises[0].outcome == "passed"
    notebook.results = {}
    assert notebook.recall(memory) and len(notebook.results) == len(unit.exercises)


# At a terminal.


class Terminal:
    """Drive a watch in a terminal of its own."""

    def __init__(self, student, *targets, size=(40, 100), **environment):
        self.student, self.path = student, student.root / "assignments/regularization/regularization.ipynb"
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "autograder", "check", "--watch", *targets],
            cwd=str(student.root),
            env={**os.environ, "TERM": "xterm-256color", **environment},
            encoding="utf-8",
            dimensions=size,
            timeout=PATIENT,
        )
        self.before = termios.tcgetattr(self.child.child_fd)
        self.said = ""

    def wait(self, pattern):
        """Wait until something is shown; return what was shown up to there, on that page."""
        self.child.expect(pattern)
        self.said += self.child.before + self.child.after
        return (self.child.before + self.child.after).rpartition("\x1b[2J")[2]

    def save(self, source, how="replace"):
        save(self.path, "dropout", source, how)

    def mode(self):
        return termios.tcgetattr(self.child.child_fd)

    def end(self):
        self.child.expect(pexpect.EOF)
        self.said += self.child.before
        after = self.mode() if self.child.isalive() else None
        self.child.close()
        return after


@pytest.fixture
def regularization(student, unit):
    found = student.unit("regularization", "assignments")
    save(found.notebook, "dropout", "def dropout(x, p, training=True):\n    raise NotImplementedError()\n")
    shutil.rmtree(student.root / ".autograder", ignore_errors=True)
    return found


@pytest.fixture
def terminal(student, regularization):
    """Return a way to start watches; they end with the test."""
    started = []

    def start(*targets, **options):
        started.append(Terminal(student, *targets, **options))
        return started[-1]

    yield start
    for one in started:
        one.child.close(force=True)


def plain(text):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


@pytest.mark.slow
def test_an_evening_at_the_terminal(terminal, regularization):
    shown = terminal("regularization")
    page = plain(shown.wait("q quit"))
    assert "0 of 1 exercises, 0 of 5 in the course" in page
    assert "Next: dropout in assignments/regularization/regularization.ipynb" in page
    shown.save(WRONG)
    page = plain(shown.wait("(?s)dropout[^\n]*: failed.*q quit"))
    assert "Next: dropout" in page and "checks passed" in page
    hints = regularization.exercises["dropout"].hints
    for number, text in enumerate(hints, 1):
        shown.child.send("h")
        page = plain(shown.wait(f"(?s)Hint {number} of 3.*q quit"))
        assert [hint.split(".")[0][:40] in " ".join(page.split()) for hint in hints] == [
            n <= number for n in range(1, 4)
        ], text
    shown.save(RIGHT, "in place")
    page = plain(shown.wait("(?s)dropout[^\n]*: passed.*q quit"))
    assert "1 of 1 exercises" in page and "All visible checks pass" in page and "Hint" not in page
    shown.child.send("r")
    shown.wait("(?s)dropout[^\n]*: passed.*q quit")
    shown.child.send("\x1b[A")  # an arrow says nothing
    shown.child.send("q")
    shown.end()
    assert shown.child.exitstatus == 0
    assert shown.said.rstrip().endswith("Watching has ended. 1 of 1 exercises, 1 of 5 in the course.")


@pytest.mark.slow
def test_a_function_that_hangs_is_let_go_with_the_next_save(terminal):
    shown = terminal("dropout")
    shown.wait("q quit")
    shown.save("def dropout(x, p, training=True):\n    while True:\n        pass\n")
    shown.wait("Checking dropout")
    began = time.monotonic()
    shown.save(WRONG)
    shown.wait("dropout[^\n]*: failed")
    assert "timed out" not in shown.said and time.monotonic() - began < PATIENT
    shown.child.sendintr()
    shown.end()
    assert shown.child.exitstatus == 0 and "Traceback" not in shown.said


SHELL = """
import os, signal, subprocess, sys, termios
before = termios.tcgetattr(0)
child = subprocess.Popen([sys.executable, "-m", "autograder", "check", "--watch", "regularization"])
signal.signal(signal.SIGINT, signal.SIG_IGN)
_, status = os.waitpid(child.pid, os.WUNTRACED)
print("SAME" if termios.tcgetattr(0) == before else "OTHER", "stopped" if os.WIFSTOPPED(status) else status)
if os.WIFSTOPPED(status):
    child.send_signal(signal.SIGCONT)
    _, status = os.waitpid(child.pid, 0)
    print("SAME" if termios.tcgetattr(0) == before else "OTHER", status)
"""


@pytest.mark.slow
@pytest.mark.parametrize("way", ["q", "ctrl-c", "ctrl-d", "ctrl-z", "TERM", "HUP"])
def test_the_terminal_is_as_it_was_after_every_way_out(student, regularization, way):
    child = pexpect.spawn(
        sys.executable, ["-c", SHELL], cwd=str(student.root), encoding="utf-8", timeout=PATIENT
    )
    child.expect("q quit")
    keys = {"q": "q", "ctrl-c": "\x03", "ctrl-d": "\x04", "ctrl-z": "\x1a"}
    if way in keys:
        child.send(keys[way])
    else:
        [number] = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
        os.kill(int(number), getattr(signal, f"SIG{way}"))
    if way == "ctrl-z":
        child.expect("SAME stopped")
        child.expect("q quit")
        child.send("q")
    child.expect(r"(SAME|OTHER) (\d+)")
    assert child.match[1] == "SAME"
    assert (child.match[2] == "0") == (way not in ("TERM", "HUP"))
    child.close(force=True)


@pytest.mark.slow
def test_a_narrow_terminal_without_colours_is_enough(terminal):
    shown = terminal("regularization", size=(24, 36), NO_COLOR="1")
    shown.wait("q quit")
    shown.save(WRONG)
    page = shown.wait("(?s)dropout[^\n]*: failed.*q quit")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", page), "no colours"
    assert max(len(line) for line in plain(page).splitlines()) <= 36


# Without a terminal.


@pytest.fixture
def lines(student, regularization):
    """Watch without a terminal; return the process and a way to wait for a line."""
    started = []

    def start(*words):
        process = subprocess.Popen(
            [sys.executable, "-m", "autograder", "check", "--watch", *words],
            cwd=student.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def line_with(process, text):
    """Return the next line that holds a text."""
    until = time.monotonic() + PATIENT
    while time.monotonic() < until:
        line = process.stdout.readline()
        if text in line or not line:
            return line
    raise TimeoutError(text)


def test_an_examiner_that_is_ended_while_it_asks_leaves_the_others_at_work(student):
    units = list(student.units("assignments").values())
    with Pool(units, hidden=False, late=False) as pool:
        pool.wait_until_ready()
        line, theirs = socket.socketpair()
        zygote.ask(pool.control, {"op": "connect"}, [theirs])
        given = socket.socketpair()
        socket.send_fds(line, [b'{"op": "worker"}'], [item.fileno() for item in given])
        line.close()  # gone before the answer
        time.sleep(0.5)
        [(_, result)] = pool.grade([unit_job(units[0])])
        assert result.status == "graded"
        for item in (theirs, *given):
            item.close()


@pytest.mark.slow
def test_saves_that_overtake_one_another_are_answered_by_the_last(lines, regularization):
    process = lines("regularization")
    line_with(process, "0 of 1")
    for number in range(12):  # each lets go of an examiner, wherever it is
        save(regularization.notebook, "dropout", WRONG.replace("return x", f"return x + {number}"))
        time.sleep(0.03 * number)
    save(regularization.notebook, "dropout", RIGHT)
    assert "passed" in line_with(process, "✓")


@pytest.mark.slow
def test_without_a_terminal_there_are_plain_lines_and_no_keys(lines, regularization):
    process = lines("regularization", "--poll", "0.02")
    assert line_with(process, "0 of 1").startswith("regularization: 0 of 1 exercises, 0 of 5 in the course.")
    save(regularization.notebook, "dropout", WRONG)
    assert line_with(process, "✗") == "✗ dropout: failed\n"
    assert "Next: dropout" in line_with(process, "Next")
    regularization.notebook.rename(regularization.notebook.with_suffix(".gone"))
    assert "regularization.ipynb: No such file" in line_with(process, "No such file")
    regularization.notebook.with_suffix(".gone").rename(regularization.notebook)
    assert line_with(process, "Saved") == "Saved; no exercise has changed.\n"
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=PATIENT)
    assert process.returncode == 0 and "\x1b" not in rest and "Traceback" not in rest


@pytest.mark.slow
def test_every_save_is_answered_by_a_record(lines, regularization):
    process = lines("regularization", "--json", "-")
    for source, outcome in [(WRONG, "failed"), (RIGHT, "passed")] * 2:
        save(regularization.notebook, "dropout", source)
        said = ""
        while said != outcome:
            exercises = json.loads(process.stdout.readline())["exercises"]
            said = next((e["outcome"] for e in exercises if e["name"] == "dropout"), said)
