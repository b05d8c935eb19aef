"""Old submissions and new checks: what moves is told first, exactly, and written only when asked."""

import json

import pytest
from nbgrader.api import Gradebook

from autograder.records import Entry, Grade
from autograder.regrading import compare
from autograder.results import CheckResult, ExerciseResult, Outcome, Result

UNIT = "regularization"
NEARLY = """
def dropout(x, p, training=True):
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)
"""
NEW_CHECK = '''

def test_the_moon_is_full(dropout):
    """The moon is full."""
    assert_within(0.0, 1.0, 2.0, "the moon")
'''


@pytest.fixture(scope="module")
def changed(copy_course, write_notebook, shut_in, tmp_path_factory, cli):
    """Return a course in which three students were graded before a check was added and points were changed."""
    del shut_in
    course = copy_course(tmp_path_factory.mktemp("old"))
    for student, answers in {"amara": {}, "bjorn": {"dropout": NEARLY}, "chen": {"dropout": None}}.items():
        write_notebook(course.root / "submitted" / student / UNIT / f"{UNIT}.ipynb", UNIT, answers)
    graded = cli("grade", "--course", course.root)
    assert graded.returncode == 0, graded.stderr
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}") as book:
        book.find_submission_notebook(UNIT, UNIT, "bjorn").grades[0].manual_score = 2.5
        book.db.commit()
    checks = course.root / "solutions" / UNIT / "hidden_checks.py"
    checks.write_text(checks.read_text() + "\nfrom autograder.checking import assert_within\n" + NEW_CHECK)
    return course.root


def marks(root):
    """Return what the gradebook holds: the checks' mark and the manual one, by student."""
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as book:
        found = {}
        for submission in book.assignment_submissions(UNIT):
            [grade] = submission.notebooks[0].grades
            found[submission.student_id] = grade.auto_score, grade.manual_score
    return found


def written(root):
    """Return all that a student or an instructor sees of the class."""
    folders = ("feedback", "autograded", "gradebook.db", ".autograder/graded")
    paths = [path for name in folders for path in [root / name, *(root / name).rglob("*")] if path.is_file()]
    return {str(path.relative_to(root)): path.read_bytes() for path in paths}


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_from_the_look_to_the_marks(changed, cli):
    before, old = written(changed), marks(changed)

    refused = cli("regrade", "--course", changed)
    assert refused.returncode == 2 and "--diff" in refused.stderr and "--yes" in refused.stderr

    looked = cli("regrade", "--course", changed, "--diff", "--json", "-")
    assert looked.returncode == 0, looked.stderr
    assert written(changed) == before
    moves = {move["student"]: move for move in lines(looked)}
    assert set(moves) == {"amara", "bjorn"}  # an untouched stub earns nothing either way
    for student, move in moves.items():
        assert move["mark_moves"] and move["before"] == old[student][0] and move["by"] < 0
        assert any("new check failed: The moon is full." in reason for reason in move["reasons"])
    assert moves["amara"]["reasons"][0] == "outcome passed → failed"
    assert (moves["amara"]["manual"], moves["bjorn"]["manual"]) == (None, 2.5)

    said = cli("regrade", "--course", changed, "--diff")
    assert "The moon is full." in said.stdout and "manual mark 2.5 stays" in said.stdout
    assert "2 students' marks move" in said.stdout and "nothing was written" in said.stderr
    assert "already" in said.stderr  # what was graded for the first look was kept
    assert written(changed) == before

    done = cli("regrade", "--course", changed, "--yes")
    assert done.returncode == 0, done.stderr
    now = marks(changed)
    assert now["amara"] == (moves["amara"]["after"], None)
    assert now["bjorn"] == (moves["bjorn"]["after"], 2.5)
    assert now["chen"] == old["chen"]
    page = (changed / "feedback" / "amara" / UNIT / f"{UNIT}.html").read_text()
    assert "The moon is full." in page

    again = cli("regrade", "--course", changed, "--diff")
    assert "Nothing changes" in again.stdout


# What moves, and why, without a class.


def exercise(score, outcome="passed", mistake=None, points=2.0, **checks):
    seen = [
        CheckResult(name, False, Outcome(ended.replace("_", " ")), f"About {name}.")
        for name, ended in checks.items()
    ]
    return ExerciseResult("f", Outcome(outcome), score, points, mistake, "", seen)


def result(*exercises, status="graded", error=None):
    return Result("n", "u", status, error=error, exercises=list(exercises))


def entry(auto, manual=None, points=2.0):
    return Entry(0.0, {"f": Grade(auto, manual, auto if manual is None else manual, points)})


def moves(old, new, was="the mark of the old result"):
    if was == "the mark of the old result":
        was = entry(old.exercises[0].score)
    return list(compare("s", "u", was, old, new))


def test_the_same_result_moves_nothing():
    same = exercise(1.0, "failed", "swapped", a="passed", b="failed")
    assert moves(result(same), result(same)) == []


@pytest.mark.parametrize(
    ("old", "new", "by", "reasons"),
    [
        (
            exercise(2.0, a="passed", b="passed"),
            exercise(1.0, "failed", "swapped", a="passed", b="failed"),
            -1.0,
            ["outcome passed → failed", "now failed: About b.", "mistake not named → swapped"],
        ),
        (
            exercise(1.0, "failed", "swapped", a="passed", b="failed"),
            exercise(2.0, a="passed", b="passed"),
            1.0,
            ["outcome failed → passed", "now passed: About b.", "mistake swapped → not named"],
        ),
        (
            exercise(1.0, "failed", a="passed", b="failed"),
            exercise(2.0, a="passed", c="passed"),
            1.0,
            ["outcome failed → passed", "check gone: About b.", "1 new check passed"],
        ),
        (exercise(2.0, a="passed"), exercise(3.0, points=3.0, a="passed"), 1.0, ["out of 3, was 2"]),
        (
            exercise(0.0, "failed", a="failed", b="failed"),
            exercise(0.0, "timed out", a="timed_out", b="skipped"),
            0.0,
            ["outcome failed → timed out", "now timed out: About a."],
        ),
        (
            exercise(0.0, "failed", "one", a="failed"),
            exercise(0.0, "failed", "other", a="failed"),
            0.0,
            ["mistake one → other"],
        ),
    ],
)
def test_what_moves_is_explained(old, new, by, reasons):
    [move] = moves(result(old), result(new))
    assert (move.by, move.reasons) == (by, reasons)
    assert move.mark_moves == (by != 0)


def test_the_gradebook_says_what_a_student_has():
    """A mark that formgrader set since is the old mark, and the earlier result does not explain it."""
    [move] = moves(result(exercise(2.0, a="passed")), result(exercise(2.0, a="passed")), entry(1.5))
    assert (move.before, move.after, move.reasons) == (1.5, 2.0, [])


def test_the_first_grading_is_a_move_too():
    [move] = moves(None, result(exercise(2.0, a="passed")), None)
    assert (move.before, move.after, move.by, move.mark_moves) == (None, 2.0, 2.0, True)


def test_a_submission_that_is_now_refused_loses_its_marks_and_a_grader_error_costs_none():
    old = result(exercise(2.0, a="passed"))
    [move] = moves(old, result(status="refused", error="no notebook"))
    assert (move.after, move.reasons) == (0.0, ["refused: no notebook"])
    [move] = moves(old, result(status="grader error", error="ours"))
    assert (move.after, move.by, move.mark_moves) == (2.0, 0.0, False)


def test_an_exercise_that_is_gone_takes_its_mark_along():
    other = exercise(1.0, a="passed")
    other.name = "g"
    found = {move.exercise: move for move in moves(result(exercise(2.0, a="passed")), result(other))}
    assert (found["f"].after, found["g"].before, found["g"].after) == (0.0, None, 1.0)
