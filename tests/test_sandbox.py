"""What an examinee can reach, at each level of protection that a machine may give."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder import sandbox
from autograder.doctor import protections, verdict
from autograder.pool import Pool
from autograder.results import Job
from autograder.sandbox import Level, Limits, Users

ATTEMPTS = """
import os, pathlib, socket

def attempt(what, act):
    try:
        act()
    except OSError as error:
        print(what, "refused")
    else:
        print(what, "done")

attempt("secret", pathlib.Path(SECRET).read_text)
attempt("outside", lambda: pathlib.Path(SECRET + ".new").write_text("x"))
attempt("scratch", lambda: pathlib.Path("own").write_text("x"))
attempt("environment", pathlib.Path(f"/proc/{PARENT}/environ").read_bytes)
attempt("signal", lambda: os.kill(PARENT, 0))
attempt("network", lambda: socket.create_connection(("127.0.0.1", 9), 1))
"""
SHUT = {"secret", "outside", "environment", "signal", "network"}


def reached(write_notebook, units, folder, level):
    """Return what a notebook says that it could do, and its marks, in a pool of some level."""
    secret = folder / "secret"
    secret.write_text("hidden")
    code = f"SECRET, PARENT = {str(secret)!r}, {os.getpid()}{ATTEMPTS}"
    path = write_notebook(folder / "a.ipynb", "regularization", before=[code])
    with Pool([units["regularization"]], True, limits=Limits(), level=level) as pool:
        [(_, result)] = pool.grade([Job("a", str(path), unit="regularization")])
    [said] = [cell.outputs[0]["text"] for cell in result.cells if cell.outputs]
    return dict(line.rsplit(" ", 1) for line in said.splitlines()), result


@pytest.mark.parametrize("kind", ["namespaces", "landlock"])
def test_an_examinee_reaches_its_scratch_folder_alone(kind, units, write_notebook, tmp_path):
    found = sandbox.probe()
    if not getattr(found, kind) or not found.seccomp:
        pytest.skip(f"needs {kind} and seccomp: {found.missing}")
    level = found if kind == "namespaces" else Level(False, True, True, "a test")
    said, result = reached(write_notebook, units, tmp_path, level)
    assert {what for what, how in said.items() if how == "refused"} == SHUT
    assert said["scratch"] == "done"
    assert result.score == 3.0


def test_an_examinee_reads_the_data_that_students_have_and_cannot_change_it(
    copy_course, write_notebook, shut_in, tmp_path
):
    course = copy_course(tmp_path / "course")
    data = course.root / "assignments" / "regularization" / "data"
    data.mkdir()
    (data / "numbers.txt").write_text("1 2 3")
    cells = ["print(open('data/numbers.txt').read())", "open('data/numbers.txt', 'w').write('4')"]
    path = write_notebook(tmp_path / "a.ipynb", "regularization", before=cells)
    with Pool([course.unit("regularization")], True, limits=Limits()) as pool:
        [(_, result)] = pool.grade([Job("a", str(path), unit="regularization")])
    assert [cell.outputs[0]["text"] for cell in result.cells if cell.outputs and not cell.error] == [
        "1 2 3\n"
    ]
    [refused] = [cell.error for cell in result.cells if cell.error]
    assert "Read-only" in refused
    assert (data / "numbers.txt").read_text() == "1 2 3"
    assert result.score == 3.0


def test_without_any_protection_a_notebook_is_graded_all_the_same(units, write_notebook, tmp_path):
    said, result = reached(write_notebook, units, tmp_path, Level(False, False, False, "a test"))
    assert said["secret"] == said["outside"] == "done"
    assert result.score == 3.0


def test_a_chain_of_forks_ends_with_the_notebook_where_there_are_no_namespaces(
    units, write_notebook, tmp_path, monkeypatch
):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    chain = (
        "import os, time\nif os.fork() == 0:\n    for _ in range(20_000):\n        if os.fork():\n"
        "            os._exit(0)\n        time.sleep(0.002)\n    os._exit(0)"
    )
    path = write_notebook(tmp_path / "a.ipynb", "regularization", before=[chain])
    start = time.monotonic()
    with Pool([units["regularization"]], True, level=Level(False, False, False, "a test")) as pool:
        [(_, result)] = pool.grade([Job("a", str(path), unit="regularization")])
    assert result.score == 3.0
    assert time.monotonic() - start < 30  # the chain goes on for more than 40 s
    sign = f"TMPDIR={tmp_path}".encode()
    left = [entry for entry in Path("/proc").glob("[0-9]*/environ") if sign in environment(entry)]
    assert not [entry for entry in left if entry.parent.name != str(os.getpid())]


def environment(entry):
    try:
        return entry.read_bytes()
    except OSError:
        return b""


def test_scratch_folders_do_not_stay(units, write_notebook, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    reached(write_notebook, units, tmp_path, Level(False, False, False, "a test"))
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("autograder")] == []


def test_as_an_ordinary_user_a_submission_is_shut_in_too(course, tmp_path):
    if os.getuid() != 0:
        pytest.skip("the other tests run as an ordinary user already")
    probing = "from autograder import sandbox; print(sandbox.probe())"
    as_user = {"user": 65534, "group": 65534, "extra_groups": [], "cwd": "/", "capture_output": True}
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    try:
        done = subprocess.run([sys.executable, "-c", probing], env=environment, text=True, **as_user)
    except PermissionError:
        pytest.skip(f"an ordinary user cannot run {sys.executable}")
    if done.returncode or "own file system" not in done.stdout:
        pytest.skip(f"an ordinary user has no namespaces here: {done.stdout}{done.stderr[-300:]}")
    notebook = course.root / "assignments" / "regularization" / "regularization.ipynb"
    if subprocess.run(["test", "-r", notebook], **as_user).returncode:
        pytest.skip(f"an ordinary user cannot read {notebook}")
    command = [sys.executable, "-m", "autograder", "score", str(notebook), "--json", "-"]
    done = subprocess.run([*command, "--course", str(course.root)], env=environment, text=True, **as_user)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["exercises"][0]["outcome"] == "not attempted"
    assert "own file system" in done.stderr


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives examinees users of their own")
def test_runs_side_by_side_have_users_of_their_own():
    one, other = Users.claimed(), Users.claimed()
    try:
        slots = range(sandbox.USERS)
        assert not {one.of(slot) for slot in slots} & {other.of(slot) for slot in slots}
        assert max(map(other.of, range(500))) < 65_534
    finally:
        one.claim.close()
        other.claim.close()


def test_doctor_says_what_is_missing_and_how_to_get_it():
    full, none = Level(True, True, True), Level(False, False, False, "namespaces are switched off")
    assert all(row.given_by for row in protections(full))
    assert "can grade" in verdict(full)
    missing = [row for row in protections(none) if not row.given_by]
    assert len(missing) >= 5
    assert all(str(row).startswith("no ") and row.remedy for row in missing)
    assert "namespaces are switched off" in verdict(none)
    partial = protections(Level(False, True, True, "x"))
    assert [row.what for row in partial if not row.given_by] == ["scratch space has a limit"]


def test_doctor_on_the_command_line(cli):
    done = cli("doctor", "--json", "-")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == (0 if all(row["given"] for row in rows) else 1)
    assert cli("doctor").stdout.count("\n") == len(rows) + 1
