"""A kept result says what it was made of, and can be made again; what differs is named."""

import json
import shutil

import pytest

from autograder.errors import CourseError
from autograder.replay import read_result
from autograder.units import versions

pytestmark = pytest.mark.slow

UNIT = "regularization"
WRONG = "def dropout(x, p, training=True):\n    return x"


@pytest.fixture(scope="module")
def kept(copy_course, tmp_path_factory, write_notebook, cli, shut_in):
    """Grade a class of two, and score a file apart from it; return the course."""
    course = copy_course(tmp_path_factory.mktemp("kept")).root
    write_notebook(course / "submitted" / "amara" / UNIT / f"{UNIT}.ipynb", UNIT)
    write_notebook(course / "submitted" / "bjorn" / UNIT / f"{UNIT}.ipynb", UNIT, {"dropout": WRONG})
    write_notebook(course / "apart.ipynb", UNIT, {"dropout": WRONG}, before=["print(1)"])
    assert cli("grade", "--course", course).returncode == 0
    assert cli("score", "apart.ipynb", "--keep", "results", cwd=course).returncode == 0
    return course


def result_of(course, student):
    """Return the file of a student's result."""
    for path in (course / ".autograder" / "results").glob("*/*.json"):
        if json.loads(path.read_text())["notebook"].startswith(f"{student}/"):
            return path
    raise AssertionError(f"there is no result of {student}")


def changed(course, tmp_path, student, **conditions):
    """Return a copy of a student's result that was made under other conditions."""
    record = json.loads(result_of(course, student).read_text())
    record["conditions"].update(conditions)
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(record))
    return path


def test_a_result_says_what_it_was_made_of(kept):
    made = json.loads(result_of(kept, "amara").read_text())["conditions"]
    assert versions().items() <= made.items()
    assert (made["device"], made["threads"], made["limits"]["memory_mb"]) == ("cpu", 1, 2048)
    assert isinstance(made["seed"], int) and len(made["checks"]) == len(made["notebook"]) == 64


@pytest.mark.parametrize("way", ["file", "name", "notebook"])
def test_a_result_is_reproduced(kept, cli, way):
    path = result_of(kept, "amara")
    given = {"file": path, "name": path.stem[:12], "notebook": f"submitted/amara/{UNIT}/{UNIT}.ipynb"}[way]
    done = cli("score", "--replay", given, cwd=kept)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"amara/{UNIT}  {UNIT}  the same marks, 3 / 3; the same to the letter" in done.stdout
    assert "made under the same conditions" in done.stdout


def test_a_result_of_score_is_reproduced(kept, cli):
    done = cli("score", "--replay", "apart.ipynb", "--keep", "results", "--json", "-", cwd=kept)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["same"] and told["same_marks"] and told["conditions"] == [] == told["marks"]
    assert told["now"]["conditions"] == told["then"]["conditions"]


def test_other_versions_are_named(kept, cli, tmp_path):
    path = changed(kept, tmp_path, "amara", torch="2.0.1", seed=1)
    done = cli("score", "--replay", path, cwd=kept)
    assert done.returncode == 0, done.stderr
    assert f"torch: 2.0.1 then, {versions()['torch']} now" in done.stdout and "seed: 1 then" in done.stdout


def test_marks_that_differ_exit_1_with_their_checks(kept, cli, copy_course, tmp_path):
    course = shutil.copytree(kept, tmp_path / "course")
    path = course / "solutions" / UNIT / "hidden_checks.py"
    path.write_text(path.read_text() + '\n\ndef test_new(dropout):\n    """Is new."""\n    assert False\n')
    done = cli("score", "--replay", result_of(course, "amara"), cwd=course)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "marks differ: 3 / 3 then, 2." in done.stdout
    assert "dropout: 3 of 3 (passed) then, 2." in done.stdout and "(failed) now; checks: new" in done.stdout
    assert "checks: " in done.stdout.partition("made under other conditions")[2]


def test_a_notebook_that_moved_is_found_by_its_content(kept, cli, tmp_path):
    course = shutil.copytree(kept, tmp_path / "course")
    notebook = course / "submitted" / "amara" / UNIT / f"{UNIT}.ipynb"
    moved = course / "submitted" / "zoe" / UNIT / "copy.ipynb"
    moved.parent.mkdir(parents=True)
    notebook.rename(moved)
    path = result_of(course, "amara")
    assert cli("score", "--replay", path, cwd=course).returncode == 0
    moved = moved.rename(tmp_path / "elsewhere.ipynb")
    lost = cli("score", "--replay", path, cwd=course)
    assert lost.returncode == 2
    assert "not in" in lost.stderr and "autograder score NOTEBOOK --replay RESULT" in lost.stderr
    assert cli("score", moved, "--replay", path, cwd=course).returncode == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [("{}", "this is not a kept result"), ("[1]", "this is not a kept result"), (None, "No such file")],
)
def test_what_is_no_result_is_refused(kept, cli, tmp_path, content, said):
    path = tmp_path / "some.json"
    if content is not None:
        path.write_text(content)
    done = cli("score", "--replay", path, cwd=kept)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["student", "quiz", "limits"])
def test_a_result_that_says_too_little_is_refused(kept, tmp_path, name):
    record = json.loads(result_of(kept, "amara").read_text())
    del record["conditions"][name]
    path = tmp_path / "old.json"
    path.write_text(json.dumps(record))
    with pytest.raises(CourseError, match="this is not a kept result; name a file under"):
        read_result(path)


def test_an_unknown_name_is_refused(kept, cli):
    done = cli("score", "--replay", "zzz", cwd=kept)
    assert done.returncode == 2 and "no result of this name" in done.stderr


def test_kept_results_are_not_graded_again(kept, cli):
    done = cli("score", "apart.ipynb", "--keep", "results", cwd=kept)
    assert done.returncode == 0 and "1 of 1 results are in the store already" in done.stderr


def test_score_needs_notebooks_or_a_result(kept, cli):
    done = cli("score", cwd=kept)
    assert done.returncode == 2 and "name the notebook files" in done.stderr
