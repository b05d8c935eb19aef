"""A quiz on its way through a course: released, handed in, graded in the ways there are."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.quizzes.face import drawn
from autograder.quizzes.files import unseal
from autograder.quizzes.reading import load_quiz
from autograder.results import Job
from autograder.sandbox import Limits
from autograder.store import Store
from autograder.units import Unit

BIN = Path(sys.executable).parent
RIGHT = {"gates_of_lstm": "'b c e'", "order_steps": "'b c a d'", "sigmoid_slope": "1/4"}
SOLVED = """def conv_output_shape(size, kernel, stride=1, padding=0):
    return tuple((n + 2 * padding - kernel) // stride + 1 for n in size)
"""


@pytest.fixture(scope="module")
def toy(root, tmp_path_factory, cli):
    """Return a released course of the small unit; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("toy")
    shutil.copytree(root / "tests" / "quiz_unit", folder / "solutions" / "toy")
    shutil.copy(root / "nbgrader_config.py", folder)
    made = cli("release", "--course", folder)
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture(scope="module")
def quiz(toy):
    return load_quiz(Unit.load(toy / "solutions" / "toy"))


def filled_in(toy, name, answers, student=""):
    """Return a released notebook with answers as they are typed."""
    notebook = json.loads((toy / "assignments" / "toy" / f"{name}.ipynb").read_text())
    for cell in notebook["cells"]:
        place = cell["metadata"].get("nbgrader", {}).get("grade_id", "").removesuffix("_solution")
        if place in answers and cell["metadata"]["nbgrader"]["solution"]:
            typed = answers[place]
            cell["source"] = typed if typed.startswith("def ") else f"{place} = {typed}"
        elif place == "student":
            cell["source"] = f"STUDENT = {student!r}"
    return notebook


def key(quiz, student):
    """Return the answer to the question with drawn numbers."""
    numbers = drawn("output_called", quiz.question("output_called").draw, student)
    return str((numbers["n"] + 3) // numbers["s"] + 1)


def other_student(quiz, student):
    """Return a student whose numbers have another key."""
    return next(name for name in map("student{}".format, range(99)) if key(quiz, name) != key(quiz, student))


# Releasing


def test_the_release_holds_two_notebooks_and_the_questions(toy):
    names = {path.name for path in (toy / "assignments" / "toy").iterdir()}
    assert {"toy.ipynb", "toy_quiz.ipynb", "practice.json", "questions.json"} <= names
    assert "quiz.toml" not in names
    with Gradebook(f"sqlite:///{toy / 'gradebook.db'}") as book:
        points = {
            n.name: {c.name: c.max_score for c in n.grade_cells}
            for n in book.find_assignment("toy").notebooks
        }
    assert points["toy"] == {"conv_output_shape": 2}
    assert len(points["toy_quiz"]) == 5 and set(points["toy_quiz"].values()) == {1}


def test_the_units_notebook_ends_with_its_questions(toy):
    notebook = json.loads((toy / "assignments" / "toy" / "toy.ipynb").read_text())
    text, code = notebook["cells"][-2:]
    assert "".join(text["source"]).startswith("## Questions\n\n4 questions to practise on")
    assert "".join(code["source"]) == 'from autograder import quiz\n\nquiz("toy")'
    assert code["outputs"] == [] and "nbgrader" not in code["metadata"]


def test_releasing_again_gives_the_same_bytes(toy, tmp_path, cli):
    shutil.copytree(toy / "solutions", tmp_path / "solutions")
    for name in ("nbgrader_config.py", "gradebook.db"):
        shutil.copy(toy / name, tmp_path)
    assert cli("release", "--course", tmp_path).returncode == 0
    folders = (toy / "assignments" / "toy", tmp_path / "assignments" / "toy")
    one, other = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders)
    assert one == other


def test_formgraders_button_releases_the_same(toy, tmp_path):
    shutil.copytree(toy, tmp_path, dirs_exist_ok=True)
    (tmp_path / "assignments" / "toy" / "toy_quiz.ipynb").unlink()
    script = (
        "from nbgrader.apps.api import NbGraderAPI\n"
        "from nbgrader.coursedir import CourseDirectory\n"
        "from traitlets.config.loader import PyFileConfigLoader\n"
        "config = PyFileConfigLoader('nbgrader_config.py', path='.').load_config()\n"
        "print(NbGraderAPI(CourseDirectory(config=config), config=config).generate_assignment('toy')['success'])\n"
    )
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert "True" in done.stdout, done.stderr
    for name in ("toy.ipynb", "toy_quiz.ipynb"):
        ours, theirs = (folder / "assignments" / "toy" / name for folder in (toy, tmp_path))
        assert json.loads(ours.read_text())["cells"] == json.loads(theirs.read_text())["cells"]


def test_no_key_of_a_marked_question_is_sealed_with_the_practice(toy, quiz):
    record = json.loads((toy / "assignments" / "toy" / "practice.json").read_text())
    unsealed = json.dumps([unseal(item["id"], item["sealed"]) for item in record["questions"]])
    assert all(question.id in unsealed for question in quiz.practice)
    assert not any(question.id in unsealed or question.explanation in unsealed for question in quiz.marked)


def test_a_quiz_that_comes_after_submissions_is_refused_with_the_remedy(toy, tmp_path, cli):
    shutil.copytree(toy, tmp_path, dirs_exist_ok=True)
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as book:
        book.remove_notebook("toy_quiz", "toy")
        book.add_student("amara")
        book.add_submission("toy", "amara")
    refused = cli("release", "--course", tmp_path)
    assert refused.returncode == 2 and "start a new gradebook" in refused.stderr


# Scoring


def scored(cli, toy, folder, **notebooks):
    """Return the records of `autograder score` for some notebooks, by name."""
    for name, notebook in notebooks.items():
        (folder / f"{name}.ipynb").write_text(json.dumps(notebook))
    paths = [folder / f"{name}.ipynb" for name in notebooks]
    done = cli("score", *paths, "--course", toy, "--json", folder / "results.jsonl")
    assert done.returncode == 0, done.stderr
    records = map(json.loads, (folder / "results.jsonl").read_text().splitlines())
    return dict(zip(notebooks, records, strict=True))


def stripped(notebook):
    """Return a notebook without what it says about itself."""
    cells = [{**cell, "metadata": {}} for cell in notebook["cells"]]
    return {**notebook, "cells": cells, "metadata": {}}


def test_both_notebooks_are_scored_as_what_they_are(toy, quiz, tmp_path, cli, shut_in):
    answers = {**RIGHT, "gates_of_lstm": "'b c'", "output_called": key(quiz, "amara")}
    answered = filled_in(toy, "toy_quiz", answers, "amara")
    written = filled_in(toy, "toy", {"conv_output_shape": SOLVED})
    ran = {"cell_type": "code", "metadata": {}, "source": "raise SystemExit", "outputs": []}
    records = scored(
        cli,
        toy,
        tmp_path,
        main=written,
        answers=answered,
        never_run={**answered, "cells": [ran, *answered["cells"]]},
        bare_main=stripped(written),
        bare_answers=stripped(answered),
        with_answers={**written, "cells": [*written["cells"], {**ran, "source": "sigmoid_slope = 0.25"}]},
    )
    for name in ("main", "bare_main", "with_answers"):
        exercises = records[name]["exercises"]
        assert [exercise["name"] for exercise in exercises] == ["conv_output_shape"]
        assert (records[name]["score"], records[name]["max_score"]) == (2, 2), records[name]
        assert len(exercises[0]["checks"]) == 2
    for name in ("answers", "never_run", "bare_answers"):
        record = records[name]
        assert (record["unit"], record["status"], record["max_score"]) == ("toy", "graded", 5)
        found = {e["name"]: (e["outcome"], e["score"]) for e in record["exercises"]}
        assert found == {
            "gates_of_lstm": ("failed", 0.6667),
            "output_called": ("passed", 1),
            "order_steps": ("passed", 1),
            "sigmoid_slope": ("passed", 1),
            "training_trick": ("not attempted", 0),
        }
        assert all(e["checks"] == [] and e["mistake"] is None and e["feedback"] for e in record["exercises"])
    told = {e["name"]: e["feedback"] for e in records["answers"]["exercises"]}
    assert told["sigmoid_slope"].startswith("Right. σ' = σ (1 - σ) is largest at 0")
    assert told["gates_of_lstm"].startswith("Partly right.") and told["training_trick"] == "Not answered."


def test_a_student_is_told_that_marked_questions_are_not_checked(toy, tmp_path, cli):
    notebook = tmp_path / "mine.ipynb"
    notebook.write_text(json.dumps(filled_in(toy, "toy_quiz", RIGHT)))
    done = cli("check", notebook, "--course", toy)
    assert done.returncode == 1 and "only graders have the keys" in done.stdout


# Grading a class


@pytest.fixture(scope="module")
def handed_in(toy, quiz):
    """Return a function that makes a course folder in which five students handed in."""
    exercise = filled_in(toy, "toy", {"conv_output_shape": SOLVED})
    answers = filled_in(toy, "toy_quiz", {**RIGHT, "output_called": key(quiz, "amara")}, "amara")
    locked = [cell for cell in answers["cells"] if not cell["metadata"].get("nbgrader", {}).get("locked")]
    notebooks = {
        "amara": {"toy": exercise, "toy_quiz": answers},
        "bjorn": {"toy": exercise},
        "chen": {"toy": exercise, "toy_quiz": filled_in(toy, "toy_quiz", {})},
        other_student(quiz, "amara"): {"toy": exercise, "toy_quiz": {**answers, "cells": locked}},
        "dora": {"toy_quiz": answers},
    }

    def made(folder):
        shutil.copytree(toy, folder, dirs_exist_ok=True)
        for student, given in notebooks.items():
            place = folder / "submitted" / student / "toy"
            place.mkdir(parents=True)
            for name, notebook in given.items():
                (place / f"{name}.ipynb").write_text(json.dumps(notebook))
        return folder

    return made


@pytest.fixture(scope="module")
def graded(handed_in, tmp_path_factory, cli, shut_in):
    """Grade the class; return its folder and what was said."""
    folder = handed_in(tmp_path_factory.mktemp("own"))
    done = cli("grade", "--course", folder, "--jobs", 2)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout


def recorded(folder):
    """Return marks and comments, by student and notebook."""
    found = {}
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        for submission in book.assignment_submissions("toy"):
            for notebook in submission.notebooks:
                found[submission.student_id, notebook.name] = {
                    **{grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in notebook.grades},
                    **{comment.name: comment.auto_comment for comment in notebook.comments},
                }
    return found


def test_the_class_table_adds_both_notebooks(graded, quiz):
    rows = [line.split("│")[1:-1] for line in graded[1].splitlines() if line.startswith("│")]
    marks = {row[0].strip(): (float(row[1]), float(row[2])) for row in rows}
    expected = {"amara": 6.0, "bjorn": 2.0, "chen": 2.0, other_student(quiz, "amara"): 5.0, "dora": 3.0}
    assert marks == {student: (mark, mark) for student, mark in expected.items()}


def test_marks_go_into_the_gradebook(graded, quiz):
    found = recorded(graded[0])
    assert found["amara", "toy"]["conv_output_shape"] == (2, False)
    assert found["amara", "toy_quiz"]["output_called"] == (1, False)
    assert found["amara", "toy_quiz"]["training_trick"] == (0, False)
    assert "Right. Count." in found["amara", "toy_quiz"]["output_called_solution"]
    missing = found["bjorn", "toy_quiz"]
    assert {missing[question.id] for question in quiz.marked} == {(0, False)}
    told = found[other_student(quiz, "amara"), "toy_quiz"]["output_called_solution"]
    assert "STUDENT = 'amara', but it was handed in by" in told


def test_graded_notebooks_and_pages_are_written_for_what_was_handed_in(graded, toy):
    folder = graded[0]
    for student in ("amara", "chen"):
        for name in ("toy", "toy_quiz"):
            notebook = json.loads((folder / "autograded" / student / "toy" / f"{name}.ipynb").read_text())
            ids = {c["metadata"].get("nbgrader", {}).get("grade_id") for c in notebook["cells"]}
            source = json.loads((toy / "assignments" / "toy" / f"{name}.ipynb").read_text())
            assert ids == {c["metadata"].get("nbgrader", {}).get("grade_id") for c in source["cells"]}
    page = (folder / "feedback" / "amara" / "toy" / "toy_quiz.html").read_text()
    assert "4 / 5" in page and "is largest at 0" in page
    for kind in ("autograded", "feedback"):
        assert [path.stem for path in (folder / kind / "bjorn" / "toy").iterdir()] == ["toy"]


def test_nbgrader_gives_the_same_marks_and_comments(graded, handed_in, tmp_path):
    folder = handed_in(tmp_path)
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    command = [BIN / "nbgrader", "autograde", "toy"]
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        for student in (folder / "submitted").iterdir():
            book.add_student(student.name)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    ours, theirs = recorded(graded[0]), recorded(folder)
    for found in (ours, theirs):  # to who hands in no notebook, nbgrader says nothing
        del found["dora", "toy"]["conv_output_shape_solution"]
    assert theirs == ours


def test_grading_again_takes_all_from_the_store(graded, cli):
    before = recorded(graded[0])
    again = cli("grade", "--course", graded[0])
    assert "8 of 9 results are in the store" in again.stderr
    assert again.stdout == graded[1] and recorded(graded[0]) == before


def test_results_are_kept_by_quiz_and_by_student(toy, tmp_path):
    shutil.copytree(toy / "solutions" / "toy", tmp_path / "toy")
    store, path = Store(tmp_path, "cpu", Limits()), tmp_path / "toy" / "quiz.toml"

    def named(student, quiz):
        return store.key(
            Job("x", str(path), unit="toy", student=student, quiz=quiz), Unit.load(tmp_path / "toy")
        )

    assert named("amara", False) == named("bjorn", False)
    assert len({named("amara", True), named("bjorn", True), named("amara", False)}) == 3
    before = named("amara", False)
    copied = tmp_path / "copy"
    copied.write_bytes(path.read_bytes())
    path.write_text(path.read_text().replace("Input, forget and output.", "Three."))
    job = Job("x", str(copied), unit="toy", student="amara", quiz=False)
    assert store.key(job, Unit.load(tmp_path / "toy")) != before


def test_results_are_kept_by_the_data_that_cells_read(root, tmp_path):
    shutil.copytree(root / "tests" / "quiz_unit", tmp_path / "solutions" / "toy")
    facts = tmp_path / "solutions" / "toy" / "unit.toml"
    facts.write_text(f'data = ["texts/sea.txt"]\n{facts.read_text()}')
    data, digests = tmp_path / "assignments" / "toy" / "data" / "sea.txt", set()
    for text in (None, "The sea is blue.", "The sea is grey."):
        if text is not None:
            data.parent.mkdir(parents=True, exist_ok=True)
            data.write_text(text)
        digests.add(Unit.load(facts.parent).digest)
    assert len(digests) == 3


def test_a_folder_with_a_quiz_alone_has_no_notebook_of_the_unit(graded):
    found = recorded(graded[0])
    assert found["dora", "toy"]["conv_output_shape"] == (0, False)
    assert found["dora", "toy_quiz"]["sigmoid_slope"] == (1, False)
    assert "toy.ipynb: No such file" in graded[1]
