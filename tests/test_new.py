"""`autograder new`: what it makes works at once, lists what is missing, and takes nothing that is there."""

import json
import shutil
import subprocess
import sys

import nbformat
import pytest
from jupytext import TextFileContentsManager

from autograder import scaffold
from autograder.errors import CourseError
from autograder.form import todos
from autograder.scaffold import new_exercise, new_unit, with_import
from autograder.units import Course

LONG = "a" + "_longest_name_there_may_ever_be_"[:31].rstrip("_")


def linted(root, course):
    """Return what the linter and the formatter say of a course, under this one's rules."""
    shutil.copy(root / "pyproject.toml", course)
    ran = [
        subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", "solutions"],
            cwd=course,
            capture_output=True,
            text=True,
        )
        for command in (["check"], ["format", "--diff"])
    ]
    return "".join(one.stdout + one.stderr for one in ran if one.returncode)


@pytest.fixture(scope="module")
def started(tmp_path_factory, cli, root):
    """Start a unit and two exercises in an empty course, release it, audit it, and grade the stub."""
    folder = tmp_path_factory.mktemp("started")
    (folder / "solutions").mkdir()
    shutil.copy(root / "nbgrader_config.py", folder)
    commands = [
        ["new", "unit", "toy"],
        ["new", "exercise", "twice", "--unit", "toy"],
        ["new", "exercise", LONG, "--unit", "toy"],
        ["release", "toy"],
        ["audit", "twice", "--repeats", 0, "--json", "-"],
        ["score", "assignments/toy/toy.ipynb", "--allow-unsafe", "--json", "-"],
    ]
    return folder, [cli(*command, cwd=folder) for command in commands]


def test_what_is_made_is_said_with_the_places_to_fill_in(started):
    folder, (unit, exercise, *_) = started
    assert f"made {folder}/solutions/toy" in unit.stdout
    assert f"{folder}/solutions/toy/unit.toml:1  what students read above it" in unit.stdout
    assert unit.stdout.endswith("Next: autograder new exercise NAME --unit toy\n")
    named = [line.split("  ")[1] for line in exercise.stdout.splitlines() if line.startswith("  ")]
    assert len(named) == 12
    for place in named:
        path, number = place.split(":")
        line = (
            (folder / "solutions" / "toy" / path.rpartition("/")[2]).read_text().splitlines()[int(number) - 1]
        )
        assert "TODO twice: " in line
    assert exercise.stdout.endswith("Next: autograder audit twice --quick\n")


def test_what_is_made_can_be_released_and_its_stub_is_not_attempted(started):
    folder, (*_, release, _, score) = started
    assert release.returncode == 0, release.stderr
    assert (folder / "assignments" / "toy" / "toy.ipynb").is_file()
    result = json.loads(score.stdout)
    assert [(e["name"], e["outcome"], e["score"]) for e in result["exercises"]] == [
        ("twice", "not attempted", 0.0),
        (LONG, "not attempted", 0.0),
    ]


def test_the_audit_of_what_is_made_finds_what_is_left_to_do_and_nothing_else(started):
    folder, (*_, audit, _) = started
    assert audit.returncode == 1
    [record] = [json.loads(line) for line in audit.stdout.splitlines()]
    assert (record["mistakes"], record["caught"], record["named"]) == (1, 1, 1)
    assert record["alternatives"] == record["accepted"] == 1
    assert record["killed"] == record["mutants"] > 10 and record["equivalent"] == 0
    left = [todo for todo in todos(Course(folder).unit("toy")) if todo.exercise in ("", "twice")]
    expected = [(f"solutions/toy/{todo.path.name}, line {todo.line}", f"TODO: {todo.text}") for todo in left]
    expected += [
        ("solutions/toy/mistakes.py", "1 so far; write 4 mistakes or more"),
        ("solutions/toy/alternatives.py", "1 so far; write 3 alternatives or more"),
    ]
    assert [(finding["subject"], finding["problem"]) for finding in record["findings"]] == expected


def test_what_is_made_is_formatted_and_linted(started, root):
    folder, _ = started
    assert linted(root, folder) == ""


def test_an_exercise_joins_each_unit_of_the_course(root, tmp_path):
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(root / "solutions", tmp_path / "solutions", ignore=ignored)
    for unit in Course(tmp_path).units():
        folder, name = tmp_path / "solutions" / unit, f"twice_{unit}"
        before = {path.name: path.read_text() for path in folder.iterdir()}
        made, left = new_exercise(Course(tmp_path), name, unit)
        assert list(made.exercises)[-1] == name and len(left) == 12
        assert made.references[name](3) == 7
        assert f"{name}.offset_left_out" in made.mistakes and f"{name}.added_to_itself" in made.alternatives
        for file, text in before.items():
            after = {*(folder / file).read_text().splitlines()}
            assert [line for line in text.splitlines() if line not in after and "import" not in line] == []
    assert linted(root, tmp_path) == ""


def test_files_that_a_unit_does_without_are_made(root, tmp_path):
    course = Course(tmp_path)
    unit, _ = new_unit(course, "toy")
    (unit.folder / "alternatives.py").unlink()
    (unit.folder / "mistakes.py").write_text("")
    made, _ = new_exercise(course, "twice", "toy")
    assert set(made.alternatives) == {"twice.added_to_itself"} and set(made.mistakes) == {
        "twice.offset_left_out"
    }
    assert not [path for path in unit.folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Foo", "snake_case"),
        ("two words", "snake_case"),
        ("../up", "snake_case"),
        ("été", "snake_case"),
        ("", "snake_case"),
        ("a" * 33, "at most 32"),
        ("lambda", "Python's own"),
        ("sum", "Python's own"),
        ("toy", "is a unit of this name"),
        ("once", "once is an exercise already"),
        ("toy_slope", "a question has the id toy_slope"),
    ],
)
def test_names_that_cannot_be_taken_are_refused(tmp_path, name, said):
    course = Course(tmp_path)
    new_unit(course, "toy")
    new_unit(course, "other")
    new_exercise(course, "once", "toy")
    before = {path: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(CourseError, match=said):
        new_exercise(course, name, "other")
    with pytest.raises(CourseError, match=f"{said}|toy exists already; choose another name"):
        new_unit(course, name)
    assert {path: path.read_text() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", ["setup", "check", "reference", "twice_solution"])
def test_names_that_mean_something_in_a_notebook_are_refused(tmp_path, name):
    new_unit(Course(tmp_path), "toy")
    with pytest.raises(CourseError, match="means something else in a notebook already; choose"):
        new_exercise(Course(tmp_path), name, "toy")


def test_a_name_that_a_file_of_the_unit_uses_is_refused(tmp_path):
    unit, _ = new_unit(Course(tmp_path), "toy")
    with (unit.folder / "hidden_checks.py").open("a") as file:
        file.write("\n\ndef twice():\n    pass\n")
    with pytest.raises(CourseError, match=r"hidden_checks.py, line 4: twice is there already; choose"):
        new_exercise(Course(tmp_path), "twice", "toy")


def test_an_unknown_unit_is_refused_with_those_there_are(tmp_path, cli):
    new_unit(Course(tmp_path), "toy")
    ended = cli("new", "exercise", "twice", "--unit", "toys", "--course", tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: there is no unit 'toys' in ") and ended.stderr.endswith(
        "there are: toy\n"
    )


def test_nothing_is_written_where_a_file_cannot_be(tmp_path, monkeypatch):
    course = Course(tmp_path)
    unit, _ = new_unit(course, "toy")
    before = {path.name: path.read_text() for path in unit.folder.iterdir()}

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(scaffold.Path, "write_text", full)
    with pytest.raises(CourseError, match="toy: No space left on device"):
        new_exercise(course, "twice", "toy")
    monkeypatch.undo()
    assert {path.name: path.read_text() for path in unit.folder.iterdir()} == before


def test_a_unit_that_could_not_be_made_can_be_made_again(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(scaffold.Path, "write_text", full)
    with pytest.raises(CourseError, match="nothing was added"):
        new_unit(Course(tmp_path), "toy")
    assert not (tmp_path / "solutions" / "toy").exists()
    monkeypatch.undo()
    assert new_unit(Course(tmp_path), "toy")[0].name == "toy"


def test_a_unit_without_exercises_is_told_what_comes_next(tmp_path, cli):
    new_unit(Course(tmp_path), "toy")
    ended = cli("audit", "toy", "--course", tmp_path)
    assert ended.returncode == 2
    assert ended.stderr == "error: toy has no exercise yet; run `autograder new exercise NAME --unit toy`\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "from m import a, b\n"),
        ('"""Doc."""\n# note\n', '"""Doc."""\n# note\n\nfrom m import a, b\n'),
        ("import os\n\nx = 1\nimport late\n", "import os\n\nfrom m import a, b\n\nx = 1\nimport late\n"),
        ("from m import b, a\n", "from m import b, a\n"),
        ("from m import a\nfrom m import (\n    b,\n)\n", "from m import a\nfrom m import (\n    b,\n)\n"),
        ("from m import Z, B_C\nx = 1\n", "from m import B_C, Z, a, b\nx = 1\n"),
        ("from m import (\n    c,\n)\nx = 1\n", "from m import a, b, c\nx = 1\n"),
        (f"from m import {'n' * 96}\n", f"from m import (\n    a,\n    b,\n    {'n' * 96},\n)\n"),
    ],
)
def test_an_import_finds_its_place(tmp_path, text, expected):
    assert with_import(tmp_path / "file.py", text, "m", ("a", "b")) == expected


def test_notebooks_open_in_jupyter_and_are_saved_without_a_change(root, tmp_path):
    ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    shutil.copytree(root / "solutions", tmp_path / "solutions", ignore=ignored)
    new_unit(Course(tmp_path), "toy")
    new_exercise(Course(tmp_path), "twice", "toy")
    manager = TextFileContentsManager(root_dir=str(tmp_path))
    units = Course(tmp_path).units()
    assert len(units) == 10
    for unit in units.values():
        before = unit.source.read_bytes()
        model = manager.get(f"solutions/{unit.name}/notebook.py", type="notebook")
        cells = model["content"]["cells"]
        assert [cell["metadata"].get("tags") for cell in cells].count(["setup"]) == 1
        for cell in cells:  # as JupyterLab leaves them
            cell["metadata"].update(trusted=True, collapsed=False)
            if cell["cell_type"] == "code":
                cell.update(execution_count=3, outputs=[nbformat.v4.new_output("stream", text="seen\n")])
        model["content"]["metadata"]["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
        unit.source.unlink()
        manager.save({"type": "notebook", "content": model["content"]}, f"solutions/{unit.name}/notebook.py")
        assert unit.source.read_bytes() == before
        assert not list(unit.folder.glob("*.ipynb"))
