"""A student's terminal: progress, hints, starting anew, handing in, and what the shell completes."""

import json
import shutil
import zipfile

import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.errors import AutograderError, CourseError, NotebookError
from autograder.quizzes.reading import load_quiz
from autograder.quizzes.release import write_notebook as write_quiz_notebook
from autograder.student.hints import Hints
from autograder.student.reset import reset
from autograder.student.standing import answered_questions, find_exercise, stand
from autograder.student.submit import Submission
from autograder.units import Course

GATES = "def gru_gates(x, h, params):\n    return None"


@pytest.fixture
def student(copy_course, tmp_path):
    """Return a course as one student has it: no author's side, nothing remembered."""
    copied = copy_course(tmp_path / "course")
    shutil.rmtree(copied.root / "solutions")
    shutil.rmtree(copied.root / ".autograder", ignore_errors=True)
    return copied


@pytest.fixture
def recurrent(student):
    return student.unit("recurrent", "assignments")


@pytest.fixture
def say(student, monkeypatch):
    """Run a command in this process, in the student's course; return what ended it and what it said."""
    monkeypatch.chdir(student.root)

    def run(*words, **environment):
        ended = CliRunner().invoke(app, [*map(str, words)], prog_name="autograder", env=environment)
        assert ended.exception is None or not isinstance(ended.exception, AssertionError)
        return ended

    return run


def cells_of(unit):
    return json.loads(unit.notebook.read_text())["cells"]


def source_of(cell):
    return "".join(cell["source"])


def changed(unit, change):
    """Change the cells of a unit's notebook, or the whole of it; save it."""
    notebook = json.loads(unit.notebook.read_text())
    notebook["cells"] = change(notebook["cells"])
    unit.notebook.write_text(json.dumps(notebook))


def answered(name, text):
    """Return a change that types an answer."""

    def change(cells):
        for cell in cells:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == f"{name}_solution":
                cell.update(source=text, execution_count=3, outputs=[])
        return cells

    return change


def without(name):
    """Return a change that deletes an exercise's cell."""

    def change(cells):
        return [c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") != f"{name}_solution"]

    return change


# progress


def test_progress_counts_what_is_done_and_checks_only_what_changed(student, recurrent, write_notebook, say):
    write_notebook(recurrent.notebook, "recurrent", {"gru_step": GATES.replace("gates", "step")})
    first = say("progress")
    assert first.exit_code == 0
    row = first.stdout.partition("recurrent")[2].split()
    assert row[:3] == ["3", "/", "4"] and "gru_step" in row
    assert "3 / 5" in first.stdout
    checked = student.root / ".autograder" / "checked"
    [kept] = [path for path in checked.rglob("*.json") if "recurrent" in path.read_text()]
    record = json.loads(kept.read_text())
    record["exercises"][1]["outcome"] = "passed"
    kept.write_text(json.dumps(record))
    said = json.loads(say("progress", "recurrent", "--json", "-").stdout)
    assert (said["done"], said["exercises"]) == (4, 4), "the notebook did not change: it is not checked again"
    assert list(said["outcomes"].values()) == ["passed"] * 4


def test_progress_goes_on_where_a_notebook_cannot_be_read(recurrent, say):
    recurrent.notebook.write_text("{")
    first, second = map(json.loads, say("progress", "--json", "-").stdout.splitlines())
    assert first["error"] is None and "recurrent.ipynb: this is not a notebook" in second["error"]
    assert second["done"] == 0


def quiz_of(student, root, unit_name="recurrent"):
    """Put the notebook of marked questions beside a unit's notebook; return the path and the questions' names."""
    quiz = load_quiz(Course(root).unit(unit_name), keys=False)
    folder = student.root / "assignments" / unit_name
    write_quiz_notebook(quiz, folder)
    return folder / f"{unit_name}_quiz.ipynb", [question.id for question in quiz.marked]


def test_answered_questions_are_counted(student, recurrent, root):
    assert answered_questions(recurrent) is None
    path, names = quiz_of(student, root)
    assert answered_questions(recurrent) == (0, len(names))
    path.write_text(path.read_text().replace(f"{names[0]} = None", f"{names[0]} = 'a'"))
    assert answered_questions(recurrent) == (1, len(names))


# hint


def flat(ended):
    """Return what a command said, with lines joined."""
    return " ".join(ended.stdout.split())


def test_each_call_gives_the_next_hint_and_the_last_one_stays(recurrent, say):
    hints = recurrent.exercises["gru_step"].hints
    said = [flat(say("hint", "gru_step")) for _ in range(len(hints) + 1)]
    for number, text in enumerate([*hints, hints[-1]]):
        others = [other for other in hints if other != text]
        assert text in said[number] and not any(other in said[number] for other in others)
    assert said[0].startswith("Hint 1 of 3, a nudge:")


def test_a_level_is_given_without_being_remembered_and_all_are_given_in_order(recurrent, say):
    hints = recurrent.exercises["gru_step"].hints
    assert hints[1] in flat(say("hint", "gru_step", "--level", 2))
    everything = flat(say("hint", "gru_step", "--all"))
    assert [everything.index(text) for text in hints] == sorted(everything.index(text) for text in hints)
    assert hints[0] in flat(say("hint", "gru_step"))


def test_hints_start_over_where_their_file_is_damaged(student, recurrent):
    exercise = recurrent.exercises["gru_step"]
    assert [Hints(student).next(exercise).number for _ in range(2)] == [1, 2]
    for text in ("[]", "{", '{"gru_step": "x"}', '{"gru_step": -5}'):
        Hints(student).path.write_text(text)
        assert Hints(student).next(exercise).number == 1
    assert Hints(student).given(exercise)[-1].number == 1


def test_an_exercise_that_there_is_not_is_answered_with_those_meant(student):
    with pytest.raises(AutograderError, match="there is no exercise 'gru_stepp'; did you mean gru_step"):
        find_exercise(student.units("assignments"), "gru_stepp")
    with pytest.raises(AutograderError, match="there are: dropout, gru_gates"):
        find_exercise(student.units("assignments"), "zzzz")


# reset


def test_reset_puts_back_that_cell_only_and_keeps_a_backup(recurrent):
    pristine = cells_of(recurrent)
    changed(recurrent, answered("gru_gates", GATES))
    changed(recurrent, answered("gru_step", "x = 1"))
    before = recurrent.notebook.read_bytes()
    done = reset(recurrent, "gru_step", recurrent.notebook)
    assert done.backup.read_bytes() == before and done.backup.parent == recurrent.folder
    assert done.backup.suffix != ".ipynb", "no tool may take it for another notebook of the unit"
    after = cells_of(recurrent)
    differing = [new["id"] for new, old in zip(after, pristine, strict=True) if new != old]
    assert differing == ["gru-gates-solution"], "gru_step is as released, gru_gates as answered"
    again = reset(recurrent, "gru_gates", recurrent.notebook)
    assert again.backup != done.backup and cells_of(recurrent) == pristine


def test_a_deleted_cell_comes_back_in_its_place(recurrent):
    pristine = cells_of(recurrent)
    changed(recurrent, without("gru_step"))
    reset(recurrent, "gru_step", recurrent.notebook)
    assert cells_of(recurrent) == pristine


def test_a_cell_without_its_metadata_is_found_by_what_it_defines(recurrent):
    pristine = cells_of(recurrent)

    def stripped(cells):
        for cell in answered("gru_step", "def gru_step(x, h, params):\n    return h")(cells):
            cell["metadata"] = {}
        return cells

    changed(recurrent, stripped)
    reset(recurrent, "gru_step", recurrent.notebook)
    assert [source_of(c) for c in cells_of(recurrent)] == [source_of(c) for c in pristine]
    [cell] = [c for c in cells_of(recurrent) if c["id"] == "gru-step-solution"]
    assert cell["metadata"]["nbgrader"]["grade_id"] == "gru_step_solution"


def test_a_copy_elsewhere_is_left_and_told_of(recurrent):
    def copied(cells):
        source = "def gru_step(x, h, params):\n    return 2"
        return [*cells, {**cells[-1], "cell_type": "code", "id": "mine", "metadata": {}, "source": source}]

    changed(recurrent, copied)
    done = reset(recurrent, "gru_step", recurrent.notebook)
    assert done.notes[-1].startswith(f"gru_step is also defined in cell {len(cells_of(recurrent))}")
    assert source_of(cells_of(recurrent)[-1]).endswith("return 2")


def test_ids_stay_distinct_and_older_formats_get_none(recurrent):
    def taken(cells):
        kept = without("gru_step")(cells)
        kept[0]["id"] = "gru-step-solution"
        return kept

    changed(recurrent, taken)
    reset(recurrent, "gru_step", recurrent.notebook)
    ids = [cell["id"] for cell in cells_of(recurrent)]
    assert len(ids) == len(set(ids))
    notebook = json.loads(recurrent.notebook.read_text())
    notebook["nbformat_minor"] = 4
    notebook["cells"] = [
        {k: v for k, v in c.items() if k != "id"} for c in without("gru_step")(notebook["cells"])
    ]
    recurrent.notebook.write_text(json.dumps(notebook))
    reset(recurrent, "gru_step", recurrent.notebook)
    assert not any("id" in cell for cell in cells_of(recurrent))


def test_nothing_is_written_where_nothing_changes_or_nothing_can_be_read(recurrent, say):
    said = say("reset", "gru_step")
    assert said.exit_code == 0 and "as it was released; nothing was changed" in said.stdout
    for text in ("", "{", "[]", '{"cells": [3]}', '{"worksheets": [{"cells": []}]}'):
        recurrent.notebook.write_text(text)
        with pytest.raises(NotebookError):
            reset(recurrent, "gru_step", recurrent.notebook)
        assert recurrent.notebook.read_text() == text
    assert not list(recurrent.folder.glob("*backup*")) and not list(recurrent.folder.glob("*.part"))


def test_a_link_stays_a_link_and_odd_characters_do_no_harm(recurrent, tmp_path):
    real = tmp_path / "kept elsewhere.ipynb"
    changed(recurrent, lambda cells: [{**cells[0], "source": "half \ud83d of a pair"}, *cells[1:]])
    changed(recurrent, answered("gru_step", "x = 1"))
    recurrent.notebook.rename(real)
    recurrent.notebook.symlink_to(real)
    reset(recurrent, "gru_step", recurrent.notebook)
    assert recurrent.notebook.is_symlink()
    assert "NotImplementedError" in real.read_text(encoding="utf-8")


def test_a_unit_without_its_stubs_says_what_to_do(recurrent):
    (recurrent.folder / "stubs.json").write_text("{}")
    with pytest.raises(CourseError, match=r"stubs\.json: the file is damaged; fetch the unit's folder again"):
        reset(recurrent, "gru_step", recurrent.notebook)


def test_stubs_hold_nothing_but_released_cells(recurrent, course):
    stubs = json.loads((recurrent.folder / "stubs.json").read_text())
    assert list(stubs) == list(recurrent.exercises)
    assert all(cell in cells_of(course.unit("recurrent", "assignments")) for cell in stubs.values())
    assert "SOLUTION" not in json.dumps(stubs)


# submit


def test_the_zip_lies_right_when_it_is_unpacked_where_graders_look(student, recurrent, root, say, tmp_path):
    quiz_of(student, root)
    assert say("submit", "recurrent", "--student", "ada", "--to", tmp_path).exit_code == 0
    with zipfile.ZipFile(tmp_path / "recurrent-ada.zip") as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "submitted")
    folder = tmp_path / "submitted" / "ada" / "recurrent"
    assert {path.name for path in folder.iterdir()} == {
        "recurrent.ipynb", "recurrent_quiz.ipynb", "submission.json",
    }  # fmt: skip
    assert (folder / "recurrent.ipynb").read_bytes() == recurrent.notebook.read_bytes()
    manifest = json.loads((folder / "submission.json").read_text())
    assert (manifest["unit"], manifest["student"]) == ("recurrent", "ada")
    assert set(manifest["files"]) == {"recurrent.ipynb", "recurrent_quiz.ipynb"}


def test_what_is_missing_is_said_and_keeps_nobody_from_handing_in(student, recurrent):
    changed(recurrent, answered("gru_step", "def gru_step(:"))
    changed(recurrent, answered("lstm_step", "def lstm_step(x, state, params):\n    return x"))
    changed(recurrent, without("lstm_gates"))
    submission = Submission(student, recurrent, "ada")
    said = "\n".join(submission.warnings())
    assert "not attempted: gru_gates\n" in said
    assert "the cell of gru_step cannot be run: SyntaxError" in said
    assert "no cell defines lstm_gates" in said
    assert "code cells were not run" in said
    assert "not checked since it was changed; `autograder check recurrent`" in said
    assert submission.write(recurrent.folder).is_file()


def test_what_the_last_check_found_is_said(student, recurrent, write_notebook):
    write_notebook(recurrent.notebook, "recurrent", {"gru_step": GATES.replace("gates", "step")})
    list(stand(student, [recurrent], 1))
    said = list(Submission(student, recurrent, "ada").warnings())
    assert "the visible checks do not pass yet: gru_step" in said


def test_an_unreadable_notebook_is_handed_in_with_a_warning_and_a_missing_one_is_not(student, recurrent, say):
    recurrent.notebook.write_text("{ half a notebook")
    ended = say("submit", "recurrent", "--student", "ada")
    assert ended.exit_code == 0
    assert "graders will not be able to read it" in ended.stdout
    assert (student.root / "recurrent-ada.zip").is_file()
    recurrent.notebook.unlink()
    ended = say("submit", "recurrent", "--student", "ada")
    assert isinstance(ended.exception, NotebookError)
    assert "No such file" in str(ended.exception) and "see that the file is there" in str(ended.exception)


def test_the_student_is_who_signed_the_questions(student, recurrent, root, monkeypatch):
    monkeypatch.delenv("AUTOGRADER_STUDENT", raising=False)
    path, _ = quiz_of(student, root)
    path.write_text(path.read_text().replace('STUDENT = \\"\\"', 'STUDENT = \\"grace\\"'))
    submission = Submission(student, recurrent)
    assert submission.student == "grace"
    assert not any("signed" in warning for warning in submission.warnings())
    other = "\n".join(Submission(student, recurrent, "ada").warnings())
    assert "the questions are signed 'grace', but 'ada' hands in" in other


@pytest.mark.parametrize("name", ["../ada", "a/b", "", " ", ".hidden", "a\nb", "a+b", "x" * 200])
def test_a_name_that_could_lead_elsewhere_is_refused(student, recurrent, name, monkeypatch):
    monkeypatch.setenv("AUTOGRADER_STUDENT", name or " ")
    with pytest.raises(Exception, match="--student"):
        Submission(student, recurrent).write(student.root)
    assert not list(student.root.glob("*.zip*"))


def test_a_zip_that_cannot_be_written_is_said_so(student, recurrent):
    (student.root / "taken").write_text("a file in the way")
    with pytest.raises(CourseError, match=r"a\.zip: .*; name another file or folder with --to"):
        Submission(student, recurrent, "ada").write(student.root / "taken" / "a.zip")


def test_the_exchange_takes_what_nbgrader_collects(student, recurrent, tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    exchange = tmp_path / "exchange"
    with (student.root / "nbgrader_config.py").open("a") as config:
        config.write(
            f"\nc.Exchange.root = {str(exchange)!r}\nc.Exchange.cache = {str(tmp_path / 'cache')!r}\n"
        )
    with pytest.raises(CourseError, match="or hand in a zip with `autograder submit recurrent`"):
        Submission(student, recurrent, "ada").exchange()
    (exchange / "deep-learning" / "inbound").mkdir(parents=True)
    (exchange / "deep-learning" / "outbound" / "recurrent").mkdir(parents=True)
    exchange.chmod(0o777)
    when = Submission(student, recurrent, "ada").exchange()
    [handed] = (exchange / "deep-learning" / "inbound").iterdir()
    assert handed.name.startswith(f"ada+recurrent+{when}+")
    assert (handed / "recurrent.ipynb").read_bytes() == recurrent.notebook.read_bytes()


# completion


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("check gru", {"gru_gates", "gru_step"}),
        ("check re", {"regularization", "recurrent"}),
        ("hint ls", {"lstm_gates", "lstm_step"}),
        ("reset dr", {"dropout"}),
        ("submit rec", {"recurrent"}),
        ("progress reg", {"regularization"}),
        ("hint zz", set()),
    ],
)
def test_the_shell_completes_names(say, words, expected):
    assert completed(say, words) == expected


def completed(say, words):
    """Return what bash is offered after some words of a command."""
    number = str(len(words.split()))
    ended = say(_AUTOGRADER_COMPLETE="complete_bash", COMP_WORDS=f"autograder {words}", COMP_CWORD=number)
    return set(ended.stdout.split())


def test_completion_without_a_course_is_silent(say, tmp_path, monkeypatch):
    monkeypatch.setattr(Course, "find", lambda start=None: Course(tmp_path))
    (tmp_path / "assignments" / "damaged").mkdir(parents=True)
    (tmp_path / "assignments" / "damaged" / "unit.toml").write_text("[")
    assert completed(say, "hint g") == set()
