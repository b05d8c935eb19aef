"""What students get: the same bytes each time, and nothing of the author's side."""

import ast
import json
import shutil
import subprocess
import sys
import zipfile

import pytest

from autograder.diagnosis import same
from autograder.quizzes.files import unseal
from autograder.quizzes.reading import load_quiz, says
from autograder.units import Course


def files_of(folder):
    """Return the bytes of all files, by name; what Python and Jupyter leave behind is no part of a release."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    left = ("__pycache__", ".ipynb_checkpoints")
    return {str(p.relative_to(folder)): p.read_bytes() for p in paths if not set(left) & set(p.parts)}


def squeezed(line):
    return "".join(line.split())


def solution_lines(source):
    """Split a notebook's source into the lines between the solution marks and all others."""
    inside, outside, solving = [], [], False
    for line in source.splitlines():
        if "### BEGIN SOLUTION" in line:
            solving = True
        elif "### END SOLUTION" in line:
            solving = False
        else:
            (inside if solving else outside).append(line)
    return "\n".join(inside), "\n".join(outside)


def without_docstrings(source):
    """Drop docstrings: those of mistakes are told to students."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node):
            first = node.body[0]
            lines[first.lineno - 1 : first.end_lineno] = [""] * (first.end_lineno - first.lineno + 1)
    return "\n".join(lines)


def public_text(course):
    """Return what authors write for students to see, without white space."""
    folders = [unit.folder for unit in course.units().values()]
    notebooks = [solution_lines((folder / "notebook.py").read_text())[1] for folder in folders]
    public = [
        (folder / name).read_text() for folder in folders for name in ("visible_checks.py", "unit.toml")
    ]
    return squeezed("".join(notebooks + public))


def secrets_of(course, unit):
    """Return the telling lines of a unit's author's side, without white space."""
    folder, known = course.unit(unit).folder, public_text(course)
    solutions, _ = solution_lines((folder / "notebook.py").read_text())
    hidden = (folder / "hidden_checks.py").read_text()
    mistakes = without_docstrings((folder / "mistakes.py").read_text())
    alternatives = (folder / "alternatives.py").read_text()
    lines = "\n".join([solutions, hidden, mistakes, alternatives]).splitlines()
    telling = {squeezed(line) for line in lines if not line.startswith(("import ", "from "))}
    return {line for line in telling if len(line) >= 25 and line not in known}


def quiz_secrets_of(course, unit):
    """Return the keys of a unit's marked questions that are told by nothing else, without white space."""
    quiz = load_quiz(course.unit(unit), keys=False)
    telling = []
    for question in quiz.marked if quiz else ():
        telling += [question.explanation, question.call, *(option.why for option in question.options)]
        telling += [str(question.answer or ""), *(wrong.why for wrong in question.wrong)]
        telling += [str(wrong.answer) for wrong in question.wrong]
        telling.append("".join(map(json.dumps, question.pairs)) + "".join(map(json.dumps, question.items)))
    return {squeezed(text) for text in telling if len(squeezed(text)) >= 12}


def released_text(folder):
    """Return everything that a released unit says, without white space."""
    parts = []
    for name, data in sorted(files_of(folder).items()):
        if name.endswith(".ipynb"):
            cells = json.loads(data)["cells"]
            parts += ["".join(cell["source"]) + json.dumps(cell.get("outputs", "")) for cell in cells]
        if name.endswith("practice.json"):
            parts += [str(unseal(item["id"], item["sealed"])) for item in json.loads(data)["questions"]]
        parts.append(data.decode())
        parts.append(data.decode().replace('\\"', '"').replace("\\\\", "\\"))
    return squeezed("".join(parts))


def test_releasing_again_gives_the_same_bytes(course, copy_course, tmp_path, cli):
    again = copy_course(tmp_path / "course")
    shutil.rmtree(again.root / "assignments")
    shutil.rmtree(again.root / ".autograder", ignore_errors=True)
    made = cli("release", "regularization", "--course", again.root)
    assert made.returncode == 0, made.stderr
    theirs = files_of(course.root / "assignments" / "regularization")
    ours = files_of(again.root / "assignments" / "regularization")
    assert set(ours) == {
        "regularization.ipynb", "visible_checks.py", "unit.toml", "mistakes.json", "stubs.json",
    }  # fmt: skip
    assert [name for name in ours if ours[name] != theirs[name]] == []


@pytest.mark.slow
def test_what_is_committed_is_what_would_be_released_now(root, tmp_path, cli):
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("solutions", "source_data"):
        shutil.copytree(root / name, tmp_path / name, ignore=ignored)
    shutil.copy(root / "nbgrader_config.py", tmp_path)
    made = cli("release", "--course", tmp_path)
    assert made.returncode == 0, made.stderr
    fresh, committed = files_of(tmp_path / "assignments"), files_of(root / "assignments")
    assert set(committed) == set(fresh)
    stale = [name for name in fresh if not as_fresh(name, committed[name], fresh[name])]
    assert stale == [], "run `autograder release`"


def as_fresh(name, committed, fresh):
    """Tell whether a committed file is the fresh one; what mistakes compute, up to rounding on this machine."""
    if name.endswith("mistakes.json"):
        return same(json.loads(committed), json.loads(fresh), 1e-4)
    return committed == fresh


def test_nothing_of_the_authors_side_is_released(root):
    text = released_text(root / "assignments")
    assert text
    for unit in Course(root).units():
        secrets = secrets_of(Course(root), unit)
        assert secrets
        assert sorted(line for line in secrets if line in text) == [], unit
        assert sorted(told for told in quiz_secrets_of(Course(root), unit) if told in text) == [], unit


def test_marked_questions_are_released_without_any_part_of_the_key(root):
    public = {"id", "kind", "topic", "text", "choices", "lefts", "unit", "draw"}
    for path in (root / "assignments").glob("*/questions.json"):
        quiz = load_quiz(Course(root).unit(path.parent.name), keys=False)
        questions = {item["id"]: item for item in json.loads(path.read_text())["questions"]}
        assert list(questions) == [question.id for question in quiz.marked]
        for question in quiz.marked:
            shown = questions[question.id]
            written = [option.text for option in question.options] or list(question.items)
            assert set(shown) <= public
            assert not written or shown["choices"] != written
            assert not [text for text in question.accepted if says(json.dumps(shown), text)]


def test_a_leak_would_be_seen(course, copy_course, tmp_path):
    leaky = copy_course(tmp_path / "course")
    secrets = secrets_of(leaky, "recurrent")
    clean = released_text(leaky.root / "assignments" / "recurrent")
    assert not any(line in clean for line in secrets)
    path = leaky.root / "assignments" / "recurrent" / "visible_checks.py"
    path.write_text(path.read_text() + f"# {hidden_line(leaky).strip()}\n")
    leaked = released_text(leaky.root / "assignments" / "recurrent")
    assert any(line in leaked for line in secrets)


def hidden_line(course):
    """Return a line of the hidden checks."""
    lines = (course.root / "solutions" / "recurrent" / "hidden_checks.py").read_text().splitlines()
    return next(line for line in lines if "assert_device(" in line)


def test_released_notebooks_hold_stubs_locked_checks_and_no_outputs(course):
    notebook = json.loads((course.root / "assignments/recurrent/recurrent.ipynb").read_text())
    entries = {
        c["metadata"]["nbgrader"]["grade_id"]: c for c in notebook["cells"] if "nbgrader" in c["metadata"]
    }
    for name in course.unit("recurrent").exercises:
        assert "raise NotImplementedError()" in "".join(entries[f"{name}_solution"]["source"])
        assert entries[name]["metadata"]["nbgrader"]["locked"]
        assert "".join(entries[name]["source"]) == f"check({name})"
    assert all(not cell.get("outputs") for cell in notebook["cells"])


@pytest.mark.slow
def test_the_wheel_holds_the_package_and_nothing_of_the_course(root, tmp_path):
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in ("autograder", "solutions", "assignments", "tests"):
        shutil.copytree(root / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, checkout)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, checkout]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    [wheel] = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "autograder/cli/student.py" in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"autograder"}
    assert not [name for name in names if "checks" in name or "mistakes" in name or name.endswith(".ipynb")]
    assert "autograder/quizzes/reading.py" in names
    data = {n for n in names if not n.endswith(".py") and ".dist-info/" not in n}
    templates = {
        f"autograder/templates/{path.name}" for path in (root / "autograder" / "templates").iterdir()
    }
    assert data == templates | {"autograder/locale/zh_CN/LC_MESSAGES/autograder.po"}
