"""The command line: the contract of `score`, exit codes, and words that help."""

import json
import shutil

import pytest
import typer
from typer.testing import CliRunner

from autograder.cli import app
from autograder.cli.exports import write_table

KEYS = ["notebook", "unit", "status", "score", "max_score", "seconds", "repairs", "error", "exercises"]
EXERCISE_KEYS = ["name", "outcome", "score", "max_score", "mistake", "feedback", "checks"]
CHECK_KEYS = ["name", "visible", "outcome", "message"]
OUTCOMES = {
    "passed", "failed", "not attempted", "raised", "timed out", "out of memory", "not allowed", "skipped", "grader error",
}  # fmt: skip
COMMANDS = [command.name or command.callback.__name__ for command in app.registered_commands]


@pytest.fixture(scope="module")
def scored(course, write_notebook, tmp_path_factory, cli, shut_in):
    """Score five files in one call: right, no notebook, wrong, renamed without metadata, missing."""
    folder = tmp_path_factory.mktemp("score")
    write_notebook(folder / "z.ipynb", "recurrent")
    (folder / "b.ipynb").write_text("this is no notebook")
    write_notebook(
        folder / "a.ipynb", "regularization", {"dropout": "def dropout(x, p, training=True):\n    return x"}
    )
    nameless = write_notebook(folder / "homework (1).txt", "regularization")
    content = json.loads(nameless.read_text())
    cells = [{key: c[key] for key in ("cell_type", "source")} for c in content["cells"]]
    nameless.write_text(json.dumps({"cells": cells}))
    names = ["z.ipynb", "b.ipynb", "a.ipynb", "homework (1).txt", "missing.ipynb"]
    ended = cli("score", *names, "--course", course.root, "--json", "out.jsonl", "--jobs", 2, cwd=folder)
    return ended, [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()], names


def test_score_writes_one_object_a_line_in_the_order_of_the_arguments(scored):
    _, records, names = scored
    assert [record["notebook"] for record in records] == names


def test_score_writes_just_the_agreed_keys(scored):
    _, records, _ = scored
    assert all(list(record) == KEYS for record in records)
    exercises = [exercise for record in records for exercise in record["exercises"]]
    assert exercises and all(list(exercise) == EXERCISE_KEYS for exercise in exercises)
    checks = [check for exercise in exercises for check in exercise["checks"]]
    assert checks and all(list(check) == CHECK_KEYS for check in checks)
    assert {item["outcome"] for item in exercises + checks} <= OUTCOMES
    assert {check["visible"] for check in checks} == {True, False}


def test_score_exits_0_where_all_were_graded_or_refused(scored):
    ended, records, _ = scored
    assert ended.returncode == 0, ended.stderr
    assert [record["status"] for record in records] == ["graded", "refused", "graded", "graded", "refused"]


def test_score_gives_marks(scored):
    _, (right, _, wrong, renamed, _), _ = scored
    assert (right["unit"], right["score"], right["max_score"]) == ("recurrent", 10.0, 10.0)
    assert (wrong["unit"], wrong["score"], wrong["max_score"]) == ("regularization", 0.0, 3.0)
    assert (renamed["unit"], renamed["score"], renamed["error"]) == ("regularization", 3.0, None)
    assert all(isinstance(record["seconds"], float) for record in (right, wrong, renamed))


def test_a_refused_notebook_is_named_with_its_cause(scored):
    _, (_, refused, _, _, missing), _ = scored
    assert (
        "this is not a notebook: Expecting value: line 1 column 1 (char 0); save it" in refused["error"]
        and "b.ipynb" in refused["error"]
    )
    assert "missing.ipynb" in missing["error"] and "No such file" in missing["error"]
    assert refused["exercises"] == [] and refused["unit"] is None and refused["score"] == 0.0


def test_repairs_are_said(scored):
    _, records, _ = scored
    assert records[0]["repairs"] == []
    assert "the unit was recognised by its exercises as regularization" in records[3]["repairs"]


def test_output_is_plain_where_nobody_looks_at_a_terminal(scored):
    ended, records, _ = scored
    assert "10 / 10" in ended.stdout
    assert "\x1b" not in ended.stdout + ended.stderr
    assert "\x1b" not in json.dumps(records, ensure_ascii=False)


@pytest.fixture(scope="module")
def faulty(copy_course, tmp_path_factory, write_notebook, cli, shut_in):
    """Score a right answer with a check that breaks down by itself; JSON goes to standard output."""
    copied = copy_course(tmp_path_factory.mktemp("faulty"))
    path = copied.root / "solutions" / "regularization" / "hidden_checks.py"
    broken = '\n\ndef test_broken(dropout):\n    """Is broken."""\n    {}["nothing"]\n'
    path.write_text(path.read_text() + broken)
    notebook = write_notebook(copied.root / "right.ipynb", "regularization")
    ended = cli("score", notebook, "--course", copied.root, "--json", "-")
    return ended, json.loads(ended.stdout)


def test_score_exits_3_on_a_grader_error_and_keeps_the_points(faulty):
    ended, record = faulty
    assert ended.returncode == 3
    assert record["score"] == 3.0
    assert record["exercises"][0]["outcome"] == "grader error"


def test_standard_output_holds_nothing_but_json_when_asked_for(faulty):
    ended, _ = faulty
    assert len(ended.stdout.splitlines()) == 1


@pytest.fixture(scope="module")
def student(course, copy_course, tmp_path_factory):
    """Return a course as students have it: without the author's side."""
    copied = copy_course(tmp_path_factory.mktemp("student"))
    shutil.rmtree(copied.root / "solutions")
    return copied


def test_check_of_an_untouched_notebook_exits_1_and_says_what_is_next(student, cli):
    ended = cli("check", cwd=student.root)
    assert ended.returncode == 1
    assert "regularization  0 / 3 points so far" in ended.stdout
    assert "Next: dropout in regularization. Edit, save, and run `autograder check` again." in ended.stdout
    assert "\x1b" not in ended.stdout + ended.stderr


def test_check_of_a_right_notebook_exits_0_with_visible_checks_only(student, write_notebook, cli):
    write_notebook(student.root / "assignments/regularization/regularization.ipynb", "regularization")
    ended = cli("check", "dropout", "--json", "-", cwd=student.root)
    assert ended.returncode == 0, ended.stdout
    [exercise] = json.loads(ended.stdout)["exercises"]
    assert exercise["outcome"] == "passed" and all(check["visible"] for check in exercise["checks"])


def test_check_of_a_wrong_notebook_says_what_was_mixed_up(student, write_notebook, cli):
    answer = "def dropout(x, p, training=True):\n    return x"
    path = write_notebook(student.root / "mine.ipynb", "regularization", {"dropout": answer})
    ended = cli("check", path.name, cwd=student.root)
    assert ended.returncode == 1
    assert "✗ dropout: failed" in ended.stdout
    assert "called: dropout(float" in ended.stdout
    assert "Next: dropout in mine.ipynb." in ended.stdout


def test_check_of_a_damaged_notebook_says_so_and_nothing_else(student, cli):
    (student.root / "empty.ipynb").write_text("")
    ended = cli("check", "empty.ipynb", cwd=student.root)
    assert ended.returncode == 1
    assert "the file is empty; save the notebook again" in ended.stdout
    assert "All visible checks pass" not in ended.stdout


def test_names_of_files_hold_nothing_for_the_terminal(course, cli, tmp_path):
    path = tmp_path / "\x1b]0;owned\x07\x1b[31ma\u202e.ipynb"
    path.write_text("")
    ended = cli("score", path, "--course", course.root)
    assert "a.ipynb" in ended.stdout and not {"\x1b", "\x07", "\u202e"} & {*ended.stdout}


def test_an_interrupted_command_says_what_became_of_its_work(monkeypatch, capsys):
    def interrupt(start=None):
        raise KeyboardInterrupt

    monkeypatch.setattr("autograder.units.Course.find", interrupt)
    with pytest.raises(SystemExit) as ended:
        app(["export", "csv"])
    assert ended.value.code == 130
    assert "interrupted; what was finished is kept" in capsys.readouterr().err


def test_grading_without_the_authors_side_is_refused(student, cli):
    ended = cli("score", "x.ipynb", cwd=student.root)
    assert ended.returncode == 2
    assert "students use `check`" in ended.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command):
    shown = CliRunner().invoke(app, [command, "--help"])
    assert shown.exit_code == 0
    assert "Usage:" in shown.output and "--help" in shown.output


def test_help_lists_the_commands():
    shown = CliRunner().invoke(app, ["--help"])
    assert {"check", "score", "grade", "release", "audit", "doctor"} <= set(COMMANDS)
    assert all(command in shown.output for command in COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["release", "knitting"], "there are: regularization, recurrent"),
        (["grade", "knitting"], "there are: regularization, recurrent"),
        (["audit", "knitting"], "there are: dropout, gru_gates"),
        (["check", "knitting"], "the units are: regularization, recurrent"),
        (["score", "a.ipynb", "--device", "abacus"], "is not one of"),
        (["score"], "name the notebook files"),
        (["score", "a.ipynb", "--jobs", "-1"], "--jobs"),
        (["score", "a.ipynb", "--memory-mb", "0"], "--memory-mb"),
        (["score", "a.ipynb", "--cell-seconds", "0"], "--cell-seconds"),
        (["export", "results", "--from", "a.jsonl", "recurrent"], "name no units and no --db"),
        (["messages", "recurrent", "--program"], "name no units"),
        (["sing"], "No such command"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_wrong_usage_exits_2_and_says_what_there_is(course, cli, arguments, words):
    ended = cli(*arguments, cwd=course.root)
    assert ended.returncode == 2
    assert words in " ".join(ended.stderr.replace("│", " ").split())
    assert "Traceback" not in ended.stderr


def test_what_cannot_be_written_is_one_sentence(course, cli, tmp_path):
    notebook = tmp_path / "a.ipynb"
    notebook.write_text("no notebook")
    full = cli("score", "--json", "/dev/full", notebook, cwd=course.root)
    assert full.returncode == 3
    assert full.stderr.splitlines()[-1].startswith("error: No space left on device; mend that")
    assert "Traceback" not in full.stderr


def test_options_for_a_template_need_one(tmp_path):
    for column, scale in ((["recurrent=RNN"], False), (None, True)):
        with pytest.raises(typer.BadParameter, match="name that with --template"):
            write_table(None, None, tmp_path / "out.csv", None, column, scale)
