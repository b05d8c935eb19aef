"""A class run that is killed, or finds the disk full or the gradebook broken: nothing is lost, doubled or changed."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

pytestmark = pytest.mark.slow

UNIT = "regularization"
STUDENTS = ["amara", "bjorn", "chen", "divya", "elif", "farid"]


@pytest.fixture(scope="module")
def handed_in(copy_course, units, write_notebook, shut_in, tmp_path_factory):
    """Return a function that makes a course in which six students handed in six different answers."""
    answers = [*units[UNIT].alternatives.values(), *units[UNIT].mistakes.values()]

    def made(folder):
        course = copy_course(folder)
        for number, student in enumerate(STUDENTS):
            path = course.root / "submitted" / student / UNIT / f"{UNIT}.ipynb"
            write_notebook(path, UNIT, {"dropout": answers[number + 2].source})
        return course.root

    return made


def command(folder):
    return [sys.executable, "-m", "autograder", "grade", "--course", str(folder)]


def everything(folder):
    """Return what the gradebook says of everybody, and which pages there are."""
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        marks = {}
        for submission in book.assignment_submissions(UNIT):
            [notebook] = submission.notebooks
            marks[submission.student_id] = (
                [(grade.name, grade.auto_score, grade.manual_score) for grade in notebook.grades],
                [comment.auto_comment for comment in notebook.comments],
            )
        counts = len(book.students), len(book.assignments)
    pages = sorted(str(path.relative_to(folder)) for path in folder.glob("feedback/**/*.html"))
    graded = sorted(str(path.relative_to(folder)) for path in folder.glob("autograded/**/*.ipynb"))
    return marks, counts, pages, graded


def leftovers(temporary):
    """Return what a run has left: folders, and processes with its temporary folder in their environment."""
    mine = []
    for entry in Path("/proc").iterdir():
        try:
            if f"TMPDIR={temporary}\0".encode() in (entry / "environ").read_bytes():
                mine.append((entry / "cmdline").read_bytes()[:200])
        except OSError:
            continue
    return mine + [path.name for path in temporary.glob("autograder-*")]


def test_a_run_killed_twenty_times_ends_with_the_same_marks(handed_in, tmp_path):
    dice = random.Random(20)
    calm, shaken, temporary = handed_in(tmp_path / "calm"), handed_in(tmp_path / "shaken"), tmp_path / "tmp"
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary)}
    started = time.monotonic()
    subprocess.run(command(calm), check=True, capture_output=True, env=environment)
    whole = time.monotonic() - started
    for _ in range(20):
        process = subprocess.Popen(
            command(shaken), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(dice.uniform(0.1, 1.0) * whole)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    subprocess.run(command(shaken), check=True, capture_output=True, env=environment)
    assert everything(shaken) == everything(calm)
    until = time.monotonic() + 20
    while (left := leftovers(temporary)) and time.monotonic() < until:
        time.sleep(0.2)
    assert left == []


def fails(folder, *words):
    """Grade, and assert that it ends with one plain sentence."""
    done = subprocess.run(command(folder), capture_output=True, text=True)
    assert done.returncode in (2, 3), done.stderr
    assert not any(word in done.stderr for word in ("Traceback", "Rolling back")), done.stderr
    assert all(word in done.stderr for word in words), done.stderr
    return done


def test_a_corrupt_gradebook_is_said_and_left_as_it_is(handed_in, tmp_path):
    folder = handed_in(tmp_path / "course")
    (folder / "gradebook.db").write_bytes(b"this is no database" * 100)
    fails(folder, "gradebook", "backup")
    assert (folder / "gradebook.db").read_bytes().startswith(b"this is no database")
    (folder / "gradebook.db").unlink()
    assert subprocess.run(command(folder), capture_output=True).returncode == 0


def test_a_gradebook_that_something_else_holds_is_said(handed_in, tmp_path):
    folder = handed_in(tmp_path / "course")
    assert subprocess.run(command(folder), capture_output=True).returncode == 0
    before = everything(folder)
    other = sqlite3.connect(folder / "gradebook.db")
    try:
        other.execute("BEGIN EXCLUSIVE")
        fails(folder, "gradebook", "locked")
    finally:
        other.close()
    assert everything(folder) == before


def test_a_place_that_cannot_be_written_is_said(handed_in, tmp_path):
    folder = handed_in(tmp_path / "course")
    (folder / "feedback").write_text("a file in the way")
    fails(folder, "feedback", "run it again")
    (folder / "feedback").unlink()
    assert subprocess.run(command(folder), capture_output=True).returncode == 0


def test_a_full_disk_is_said_and_what_was_graded_is_kept(handed_in, tmp_path):
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(place)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        folder = shutil.copytree(handed_in(tmp_path / "course"), place / "course")
        for room in (8, 200, 450):  # KiB: too little for a gradebook, for its units, for the marks
            with (place / "ballast").open("wb") as file:
                file.write(bytes(shutil.disk_usage(place).free - (room << 10)))
            said = fails(folder, "run it again").stderr
            assert "disk is full" in said or "No space left" in said
            shutil.rmtree(folder / ".autograder", ignore_errors=True)
            (folder / "gradebook.db").unlink(missing_ok=True)
            (place / "ballast").unlink()
        assert subprocess.run(command(folder), capture_output=True).returncode == 0
    finally:
        subprocess.run(["umount", str(place)], check=True)
