"""Starting a course elsewhere, and the zip for students."""

import ast
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autograder.errors import CourseError
from autograder.packing import student_zip, wheel
from autograder.starting import start
from autograder.units import Course

UNIT = "regularization"


@pytest.fixture(scope="module")
def zipped(course):
    return student_zip(course, list(course.units().values()), "deep-learning")


def contents(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_course_is_made_whole(course, tmp_path):
    start(course, tmp_path / "new" / "mine", [course.unit(UNIT)], "dl-2026")
    made = Course(tmp_path / "new" / "mine")
    assert list(made.units()) == list(made.units("assignments")) == [UNIT]
    settings = (made.root / "nbgrader_config.py").read_text()
    assert 'c.CourseDirectory.course_id = "dl-2026"' in settings
    ast.parse(settings)
    assert not {"gradebook.db", "submitted"} & set(os.listdir(made.root))
    assert "/students.csv" in (made.root / ".gitignore").read_text()
    assert "1 units, 1 exercises, 3 points" in (made.root / "README.md").read_text()
    assert [path.name for path in made.root.parent.iterdir()] == ["mine"]


def test_a_new_course_collects_at_once(course, tmp_path, cli, write_notebook):
    assert cli("init", tmp_path / "mine", "--course", course.root).returncode == 0
    write_notebook(tmp_path / "in" / "ann" / "x.ipynb", UNIT)
    ended = cli("collect", tmp_path / "in", cwd=tmp_path / "mine")
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "mine" / "submitted" / "ann" / UNIT / f"{UNIT}.ipynb").is_file()


def test_nothing_is_overwritten_and_nothing_half_made(course, tmp_path, monkeypatch):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    with pytest.raises(CourseError, match="not empty"):
        start(course, tmp_path / "full", list(course.units().values()), "x")
    with pytest.raises(CourseError, match="--name"):
        start(course, tmp_path / "new", list(course.units().values()), 'x"\nimport os')

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copytree", full)
    with pytest.raises(CourseError, match="No space"):
        start(course, tmp_path / "new", list(course.units().values()), "x")
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


def test_the_program_alone_says_where_the_content_is(tmp_path):
    """Run it as where only a wheel is installed: no checkout at or above the package."""
    name, data = wheel()
    (tmp_path / name).write_bytes(data)
    with zipfile.ZipFile(tmp_path / name) as archive:
        archive.extractall(tmp_path / "site")
    ended = subprocess.run(
        [sys.executable, "-m", "autograder", "init", "mine"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 2
    assert "repository" in ended.stderr and "--course" in ended.stderr
    assert not (tmp_path / "mine").exists()


def test_the_students_zip_is_the_same_every_time(course, zipped):
    assert student_zip(course, list(course.units().values()), "deep-learning") == zipped


def test_the_students_zip_has_what_students_need(zipped):
    names = set(contents(zipped))
    for unit in (UNIT, "recurrent"):
        assert f"deep-learning/assignments/{unit}/{unit}.ipynb" in names
        assert f"deep-learning/assignments/{unit}/visible_checks.py" in names
    requirements = contents(zipped)["deep-learning/requirements.txt"].decode().split()
    assert f"deep-learning/{requirements[-1].removeprefix('./')}" in names
    assert all(name.startswith("deep-learning/") for name in names)


def test_the_students_zip_holds_nothing_secret(course, zipped):
    texts = b"\n".join(
        data for name, data in contents(zipped).items() if "/assignments/" in name or name.endswith(".md")
    )
    for unit in course.units().values():
        hidden = ast.parse((unit.folder / "hidden_checks.py").read_text())
        checks = [
            n.name for n in hidden.body if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")
        ]
        visible = (unit.folder / "visible_checks.py").read_text()
        assert checks
        for name in set(checks):
            assert name in visible or name.encode() not in texts, name
    assert b"BEGIN SOLUTION" not in texts
    assert not any("solutions" in name or "gradebook" in name for name in contents(zipped))


def test_what_lies_beside_released_files_stays_at_home(copy_course, tmp_path):
    copied = copy_course(tmp_path / "course")
    folder = copied.root / "assignments" / UNIT
    (folder / "solved.ipynb").write_text("{}")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / f"{UNIT}.ipynb").write_text("{}")
    (folder / "answers.py").symlink_to(copied.root / "solutions" / UNIT / "notebook.py")
    names = contents(student_zip(copied, [copied.unit(UNIT)], "c"))
    assert not any("solved" in name or "checkpoints" in name or "answers" in name for name in names)
    notebook = json.loads((folder / f"{UNIT}.ipynb").read_text())
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = "def dropout(x, p, training=True):\n    return x"
    (folder / f"{UNIT}.ipynb").write_text(json.dumps(notebook))
    with pytest.raises(CourseError, match="holds an answer"):
        student_zip(copied, [copied.unit(UNIT)], "c")


def test_the_wheel_can_be_installed(tmp_path):
    name, data = wheel()
    (tmp_path / name).write_bytes(data)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--no-deps",
        "--no-index",
        "--quiet",
    ]
    subprocess.run([*pip, "--target", tmp_path / "there", tmp_path / name], check=True, timeout=120)
    assert (tmp_path / "there" / "autograder" / "cli" / "classes.py").is_file()
    assert "console_scripts" in next((tmp_path / "there").glob("*.dist-info/entry_points.txt")).read_text()


@pytest.mark.slow
def test_release_writes_the_zip(course, copy_course, tmp_path, cli):
    copied = copy_course(tmp_path / "course")
    ended = cli("release", UNIT, "--zip", tmp_path / "students.zip", "--course", copied.root)
    assert ended.returncode == 0, ended.stderr
    names = contents(Path(tmp_path / "students.zip").read_bytes())
    assert f"deep-learning/assignments/{UNIT}/{UNIT}.ipynb" in names
    assert not any("recurrent" in name for name in names if "assignments" in name)
