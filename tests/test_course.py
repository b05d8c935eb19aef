"""A small class, graded in the three ways there are: by `autograder grade`, by nbgrader, by formgrader's button."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from sqlalchemy.exc import OperationalError

from autograder.errors import CourseError
from autograder.nbgrader_bridge import Marks, first_line, nbgrader_config
from autograder.results import ExerciseResult, Outcome, Result

pytestmark = pytest.mark.slow

UNIT = "regularization"
IN_TIME, LATE = "2026-10-02 12:00:00.000000", "2026-10-05 12:00:00.000000"
BUTTON = """
import sys
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import PyFileConfigLoader
config = PyFileConfigLoader("nbgrader_config.py", path=".").load_config()
config.CourseDirectory.root = "."
api = NbGraderAPI(CourseDirectory(config=config), config=config)
for student in sys.argv[2:]:
    print(api.autograde(sys.argv[1], student))
"""
# Right but for one clause: anything goes as p. And it tries to put scripts on the page.
NEARLY = """
import IPython.display
IPython.display.display(IPython.display.HTML("<script>alert(1)</script>"))
print("<script>alert(2)</script>")
def dropout(x, p, training=True):
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)
"""


def nearly(folder):
    """Return the marks for all checks of dropout but the two about p."""
    checks = sum(
        path.read_text().count("(dropout):") for path in (folder / "solutions" / UNIT).glob("*_checks.py")
    )
    return round(3 * (checks - 2) / checks, 2)


def without_locked_cells(notebook):
    """Damage a notebook as students do: the setup cell and the check cells are gone."""
    cells = [c for c in notebook["cells"] if not c["metadata"].get("nbgrader", {}).get("locked")]
    return {**notebook, "cells": cells}


def with_scripts(notebook):
    texts = ["<script>alert(3)</script>", '<img src="x" onerror="alert(4)">', "[go](javascript:alert(5))"]
    markdown = [
        {"cell_type": "markdown", "id": f"m{i}", "metadata": {}, "source": t} for i, t in enumerate(texts)
    ]
    return {**notebook, "cells": notebook["cells"] + markdown}


@pytest.fixture(scope="module")
def class_of_three(copy_course, course, hand_in, shut_in):
    """Return a function that makes a course folder in which three students handed in."""
    notebooks = {
        "amara": (hand_in(UNIT), IN_TIME),
        "bjorn": (without_locked_cells(hand_in(UNIT)), IN_TIME),
        "chen": (with_scripts(hand_in(UNIT, {"dropout": NEARLY})), LATE),
    }

    def made(folder, recorded=True):
        copied = copy_course(folder)
        if recorded:
            shutil.copy(course.root / "gradebook.db", copied.root)
        for student, (notebook, timestamp) in notebooks.items():
            place = copied.root / "submitted" / student / UNIT
            place.mkdir(parents=True)
            (place / f"{UNIT}.ipynb").write_text(json.dumps(notebook))
            (place / "timestamp.txt").write_text(f"{timestamp} UTC")
        return copied.root

    return made


def run_in(folder, *command):
    """Run a command in a course folder, with the tools of this environment on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended


@pytest.fixture(scope="module")
def own_way(class_of_three, tmp_path_factory, cli):
    """Grade with the program's own command; a fourth student hands in something else."""
    folder = class_of_three(tmp_path_factory.mktemp("own"), recorded=False)
    place = folder / "submitted" / "dora" / UNIT
    place.mkdir(parents=True)
    (place / f"{UNIT}.ipynb").write_text("%PDF-1.4 my homework")
    graded = cli("grade", "--course", folder, "--jobs", 2)
    assert graded.returncode == 0, graded.stdout + graded.stderr
    (folder / "first.txt").write_text(graded.stdout)
    return folder


@pytest.fixture(scope="module")
def nbgraders_way(class_of_three, tmp_path_factory):
    folder = class_of_three(tmp_path_factory.mktemp("nbgrader"))
    run_in(folder, Path(sys.executable).parent / "nbgrader", "autograde", UNIT)
    return folder


@pytest.fixture(scope="module")
def buttons_way(class_of_three, tmp_path_factory):
    folder = class_of_three(tmp_path_factory.mktemp("button"))
    ended = run_in(folder, sys.executable, "-c", BUTTON, UNIT, "amara", "bjorn", "chen")
    assert ended.stdout.count("'success': True") == 3, ended.stdout
    return folder


def recorded(folder, *students):
    """Return what the gradebook holds of each student: marks by exercise, comments by cell."""
    found = {}
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        for student in students or ("amara", "bjorn", "chen"):
            notebook = book.find_submission_notebook(UNIT, UNIT, student)
            found[student] = {
                **{grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in notebook.grades},
                **{comment.name: comment.auto_comment for comment in notebook.comments},
            }
    return found


def page_of(folder, student):
    return (folder / "feedback" / student / UNIT / f"{UNIT}.html").read_text()


def test_marks_are_what_the_answers_deserve(own_way):
    marks = {
        student: entries["dropout"][0]
        for student, entries in recorded(own_way, "dora", "amara", "bjorn", "chen").items()
    }
    assert marks["amara"] == marks["bjorn"] == 3
    assert marks["chen"] == nearly(own_way)
    assert marks["dora"] == 0


def test_nbgrader_gives_the_same_marks_and_comments(own_way, nbgraders_way):
    assert recorded(nbgraders_way) == recorded(own_way)


def test_formgraders_button_gives_the_same_marks_and_comments(own_way, buttons_way):
    assert recorded(buttons_way) == recorded(own_way)


def test_the_comment_says_what_is_wrong(own_way):
    entries = recorded(own_way)
    assert "p below 0 is refused with ValueError" in entries["chen"]["dropout_solution"]
    assert entries["amara"]["dropout_solution"].strip().startswith("All")


def test_a_file_that_is_no_notebook_is_refused_with_its_name(own_way):
    assert f"dora/{UNIT}" in recorded(own_way, "dora")["dora"]["dropout_solution"]
    assert "not a notebook" in page_of(own_way, "dora")


@pytest.mark.parametrize("way", ["own_way", "nbgraders_way", "buttons_way"])
def test_graded_notebooks_have_every_cell_of_the_released_one(way, request, course):
    folder = request.getfixturevalue(way)

    def ids(path):
        cells = json.loads(path.read_text())["cells"]
        return {c["metadata"]["nbgrader"]["grade_id"] for c in cells if "nbgrader" in c["metadata"]}

    released = ids(course.root / "assignments" / UNIT / f"{UNIT}.ipynb")
    for student in ("amara", "bjorn", "chen"):
        assert ids(folder / "autograded" / student / UNIT / f"{UNIT}.ipynb") == released


def test_nbgrader_makes_feedback_from_what_was_graded(own_way):
    page = page_of(own_way, "chen")
    made = own_way / "feedback" / "chen" / UNIT / f"{UNIT}.html"
    run_in(own_way, Path(sys.executable).parent / "nbgrader", "generate_feedback", UNIT, "--force")
    theirs = made.read_text()
    made.write_text(page)
    assert "p below 0 is refused with ValueError" in theirs


def test_the_feedback_page_shows_the_sentence_and_partial_marks(own_way):
    page = page_of(own_way, "chen")
    assert "p below 0 is refused with ValueError" in page
    assert f"{nearly(own_way)} / 3" in page


def test_the_feedback_page_runs_nothing_of_the_students(own_way):
    page = page_of(own_way, "chen")
    assert "alert(2)" in page  # what was printed is shown
    assert not re.search(r"<script[^>]*>\s*alert", page)
    assert not re.search(r"<img[^>]*onerror", page)
    assert 'href="javascript:' not in page


def test_a_late_submission_is_known_to_be_late(own_way):
    with Gradebook(f"sqlite:///{own_way / 'gradebook.db'}") as book:
        submission = book.find_submission(UNIT, "chen")
        assert str(submission.timestamp) == LATE.removesuffix(".000000")
        book.update_or_create_assignment(UNIT, duedate="2026-10-03 12:00:00.000000")
        late = {s.student_id: s.total_seconds_late for s in book.assignment_submissions(UNIT)}
        book.update_or_create_assignment(UNIT, duedate=None)
    assert late["chen"] == 2 * 24 * 3600
    assert late["amara"] == 0


def counts(folder):
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        submissions = book.assignment_submissions(UNIT)
        parts = [notebook for submission in submissions for notebook in submission.notebooks]
        numbers = len(book.students), len(book.assignments), len(submissions), len(parts)
        return *numbers, sum(len(n.grades) for n in parts), sum(len(n.comments) for n in parts)


def test_grading_again_changes_nothing_and_doubles_nothing(own_way, cli):
    before = recorded(own_way), counts(own_way), sorted(map(str, own_way.rglob("*ipynb")))
    again = cli("grade", "--course", own_way)
    assert again.returncode == 0, again.stderr
    assert (recorded(own_way), counts(own_way), sorted(map(str, own_way.rglob("*ipynb")))) == before
    assert again.stdout == (own_way / "first.txt").read_text()


def test_manual_marks_and_comments_survive_a_regrade(own_way, cli):
    with Gradebook(f"sqlite:///{own_way / 'gradebook.db'}") as book:
        notebook = book.find_submission_notebook(UNIT, UNIT, "chen")
        notebook.grades[0].manual_score = 2.9
        notebook.comments[0].manual_comment = "Well explained in class."
        book.db.commit()
    assert cli("grade", "--course", own_way).returncode == 0
    with Gradebook(f"sqlite:///{own_way / 'gradebook.db'}") as book:
        notebook = book.find_submission_notebook(UNIT, UNIT, "chen")
        assert (notebook.grades[0].manual_score, notebook.grades[0].auto_score) == (2.9, nearly(own_way))
        assert notebook.comments[0].comment == "Well explained in class."


def test_the_penalty_of_a_late_submission_follows_its_new_marks(copy_course, tmp_path):
    course = copy_course(tmp_path / "late")
    config = nbgrader_config(course)
    config.LateSubmissionPlugin.penalty_method = "zero"
    marks = Marks(f"sqlite:///{tmp_path / 'late.db'}", config, str(course.root))
    unit = course.unit(UNIT)
    try:
        marks.ensure_unit(course, unit)
        marks.book.update_or_create_assignment(UNIT, duedate="2026-10-03 12:00:00.000000 UTC")
        for score in (3.0, 1.0):
            dropout = ExerciseResult("dropout", Outcome.PASSED, score, 3.0)
            result = Result(UNIT, UNIT, "graded", exercises=[dropout])
            marks.record("chen", unit, {UNIT: result}, f"{LATE} UTC")
            totals, cells = marks.shown("chen", unit, UNIT)
            assert (totals["late_penalty"], totals["score"]) == (score, 0.0)
            assert cells["dropout"]["score"] == score
        marks.book.find_grade("dropout", UNIT, UNIT, "chen").manual_score = 0.5
        totals, _ = marks.shown("chen", unit, UNIT)
        assert (totals["late_penalty"], totals["score"]) == (1.0, 0.0)
    finally:
        marks.close()


class Refused(Exception):
    """Stand for a database driver's own error."""

    def __init__(self, text, sqlstate):
        super().__init__(text)
        self.sqlstate = sqlstate


def test_a_transaction_that_was_in_another_graders_way_is_tried_again(copy_course, tmp_path, monkeypatch):
    course = copy_course(tmp_path / "course")
    marks = Marks(f"sqlite:///{tmp_path / 'some.db'}", nbgrader_config(course), str(course.root))
    unit, write = course.unit(UNIT), marks._record
    result = Result(UNIT, UNIT, "graded", exercises=[ExerciseResult("dropout", Outcome.PASSED, 2.0, 3.0)])
    to_come = [Refused("deadlock detected", "40P01"), Refused("could not serialize access", "40001")]

    def record(*arguments):
        if to_come:
            raise OperationalError("UPDATE grade", {}, to_come.pop())
        write(*arguments)

    monkeypatch.setattr(marks, "_record", record)
    try:
        marks.ensure_unit(course, unit)
        marks.record("chen", unit, {UNIT: result}, None)
        assert marks.shown("chen", unit, UNIT)[0]["score"] == 2.0
        to_come = [Refused("no space left on device\nHINT: make room", "53100")]
        with pytest.raises(OperationalError) as caught:
            marks.record("chen", unit, {UNIT: result}, None)
        assert first_line(caught.value) == "no space left on device"
        to_come = [Refused("deadlock detected", "40P01")] * 9
        with pytest.raises(CourseError, match="deadlock detected; mend that and run it again"):
            marks.record("chen", unit, {UNIT: result}, None)
    finally:
        marks.close()
