"""Practising: in the terminal, from the keyboard, and in a notebook, by plain calls."""

import json
import shutil

import pytest
from rich.console import Console

import autograder
from autograder import quiz as notebook_quiz
from autograder.errors import CourseError
from autograder.formulas import readable_math
from autograder.quizzes.files import (
    PRACTICE,
    Progress,
    find_practice,
    practice_text,
    progress_path,
    read_practice,
    seal,
    unseal,
)
from autograder.quizzes.judge import judge
from autograder.quizzes.notebook import NotRead
from autograder.quizzes.practice import Session
from autograder.quizzes.reading import load_quiz
from autograder.quizzes.release import write_quiz
from autograder.units import Unit


@pytest.fixture(scope="module")
def quiz(root):
    return load_quiz(Unit.load(root / "tests" / "quiz_unit"))


@pytest.fixture
def course(quiz, root, tmp_path, monkeypatch):
    """Return a student's course with one released unit, as the working folder."""
    folder = tmp_path / "assignments" / "toy"
    folder.mkdir(parents=True)
    shutil.copy(root / "tests" / "quiz_unit" / "unit.toml", folder)
    released = type(quiz)("toy", quiz.title, quiz.questions)
    write_quiz(released, folder)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTOGRADER_STUDENT", "amara")
    monkeypatch.delenv("AUTOGRADER_COURSE", raising=False)
    return tmp_path


class Keyboard:
    """Type lines one after the other; an exception in their place is raised."""

    def __init__(self, *lines):
        self.lines = list(lines)
        self.asked = []

    def __call__(self, prompt):
        self.asked.append(prompt)
        if not self.lines:
            raise EOFError
        line = self.lines.pop(0)
        if isinstance(line, type):
            raise line
        return line


def practise(course, *lines):
    """Practise with these lines typed; return the exit status, the page and the prompts."""
    import io

    [(quiz, path)] = find_practice("toy")
    page, keyboard = Console(file=io.StringIO(), width=200, color_system=None), Keyboard(*lines)
    status = Session(quiz, Progress(path), page, keyboard).run()
    return status, page.file.getvalue(), keyboard.asked


def kept(course):
    return json.loads(progress_path(course, "toy").read_text())["answers"]


def right(course, name):
    [(quiz, path)] = find_practice("toy")
    question, student = quiz.question(name), Progress(path).student
    tries = ["a", "b", "c", "d", *range(60)]
    return str(next(answer for answer in tries if judge(question, answer, student).points == 1))


# Files


def test_sealed_answers_cannot_be_read_at_a_glance(quiz):
    text = practice_text(quiz)
    for question in quiz.practice:
        assert question.explanation not in text
        assert all(not option.why or option.why not in text for option in question.options)
    assert '"right"' not in text and "accepted" not in text and "no secret" in text
    assert text == practice_text(quiz)


def test_sealing_is_undone_by_the_same_name_alone():
    data = {"answer": "ß", "list": [1, 2.5, None]}
    assert unseal("one", seal("one", data)) == data
    with pytest.raises(ValueError):  # noqa: PT011
        unseal("other", seal("one", data))


def test_practice_files_hold_all_that_judging_needs(quiz, course):
    read = read_practice(course / "assignments" / "toy" / PRACTICE)
    assert [question.id for question in read.questions] == [question.id for question in quiz.practice]
    for ours, theirs in zip(quiz.practice, read.questions, strict=True):
        for answer in ("a", "b c a", "beam search", 14, 26):
            assert judge(ours, answer, "amara") == judge(theirs, answer, "amara")


def test_marked_questions_are_not_in_practice_files(quiz, course):
    text = (course / "assignments" / "toy" / PRACTICE).read_text()
    assert all(question.id not in text for question in quiz.marked)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"unit": 1, "title": "t", "questions": [{"id": "x", "sealed": "!"}]}']
)
def test_damaged_practice_files_are_refused_with_the_next_step(course, text):
    path = course / "assignments" / "toy" / PRACTICE
    path.write_text(text)
    with pytest.raises(CourseError, match="fetch the unit's folder again"):
        find_practice("toy")


def test_practice_is_found_in_the_course_in_the_unit_and_on_its_own(course, monkeypatch, tmp_path_factory):
    [(_, path)] = find_practice(None)
    assert path == course / ".autograder" / "quiz" / "toy.json"
    monkeypatch.chdir(course / "assignments" / "toy")
    assert find_practice("toy")[0][1] == path
    alone = tmp_path_factory.mktemp("alone")
    shutil.copy(course / "assignments" / "toy" / PRACTICE, alone)
    monkeypatch.chdir(alone)
    assert find_practice("toy")[0][1] == alone / ".autograder" / "quiz" / "toy.json"
    with pytest.raises(CourseError, match="no practice questions"):
        find_practice("nothing", course)


def test_authors_practise_without_a_release(root, tmp_path):
    shutil.copytree(root / "tests" / "quiz_unit", tmp_path / "solutions" / "toy")
    [(quiz, _)] = find_practice("toy", tmp_path)
    assert quiz.unit == "toy"


# The terminal


def test_all_is_answered_and_kept(course):
    status, page, asked = practise(
        course, right(course, "gate_range"), right(course, "output_size"), "b a c", "beam search"
    )
    assert status == 0
    assert page.count("Right. ") == 4
    assert "4 of 4 answered, 4 right at the first try." in page and "--restart" in page
    assert asked[0] == "Answer (one letter, a to d): "
    assert all(item == {"tries": 1, "right": True, "done": True} for item in kept(course).values())


def test_a_wrong_answer_is_told_why_and_asked_again(course):
    wrong = next(letter for letter in "abcd" if letter != right(course, "gate_range"))
    _, page, asked = practise(course, wrong, right(course, "gate_range"))
    assert "Wrong. " in page and "Right. The sigmoid" in page
    assert asked[1] == "Answer (again, or Enter to be told): "
    assert kept(course)["gate_range"] == {"tries": 2, "right": True, "done": True}


def test_enter_after_a_wrong_answer_tells_the_answer(course):
    wrong = next(letter for letter in "abcd" if letter != right(course, "gate_range"))
    _, page, _ = practise(course, wrong, "")
    assert f"The answer is {right(course, 'gate_range')}. The sigmoid" in page
    assert kept(course)["gate_range"] == {"tries": 1, "right": False, "done": True}
    assert "[2/4]" in practise(course)[1] and "[1/4]" not in practise(course)[1]


def test_what_is_skipped_is_asked_the_next_time(course):
    _, page, _ = practise(course, "", right(course, "output_size"), "b a c", "beam")
    assert "3 of 4 answered" in page and "goes on with what you skipped" in page
    _, page, _ = practise(course, right(course, "gate_range"))
    assert "[1/4]" in page and "[2/4]" not in page and "4 of 4 answered" in page


@pytest.mark.parametrize(("leave", "status"), [("q", 0), (EOFError, 0), (KeyboardInterrupt, 130)])
def test_leaving_loses_nothing(course, leave, status):
    wrong = next(letter for letter in "abcd" if letter != right(course, "gate_range"))
    ended, page, _ = practise(course, wrong, leave)
    assert ended == status and "`autograder quiz toy` goes on where you left." in page
    assert kept(course)["gate_range"] == {"tries": 1, "right": False, "done": False}
    practise(course, right(course, "gate_range"), "q")
    assert kept(course)["gate_range"] == {"tries": 2, "right": True, "done": True}


def test_what_cannot_be_read_does_not_count_as_a_try(course):
    practise(course, "zzz", "a b", right(course, "gate_range"))
    assert kept(course)["gate_range"]["tries"] == 1


def test_restarting_draws_other_numbers(course):
    [(_, path)] = find_practice("toy")
    seen = set()
    for _ in range(6):
        progress = Progress(path)
        seen.add(practise(course, "")[1].split("[2/4]")[1].split("\n")[1])
        progress.restart()
        assert not progress.answers
    assert len(seen) > 1


def test_damaged_progress_starts_over(course):
    path = progress_path(course, "toy")
    path.parent.mkdir(parents=True)
    for text in ("", "[]", '{"round": "x"}', '{"round": 0, "answers": [1]}'):
        path.write_text(text)
        assert Progress(path).answers == {}


def test_progress_that_cannot_be_kept_is_said(course):
    (course / ".autograder").write_text("")
    with pytest.raises(CourseError, match="make the folder writable"):
        practise(course, right(course, "gate_range"))


def test_the_command_practises_from_a_pipe_without_colours(course, cli):
    import subprocess
    import sys

    command = [sys.executable, "-m", "autograder", "quiz", "toy"]
    done = subprocess.run(command, cwd=course, input="zz\nq\n", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout and "  a) " in done.stdout and "[1/4]" in done.stdout
    unknown = cli("quiz", "nothing", cwd=course)
    assert unknown.returncode == 2 and "the units there are: toy" in unknown.stderr
    refused = cli("quiz", "--restart", cwd=course)
    assert refused.returncode == 2 and "name it" in refused.stderr


def test_a_terminal_shows_options_in_columns(course):
    import io

    [(quiz, path)] = find_practice("toy")
    page = Console(file=io.StringIO(), width=60, color_system=None, force_terminal=True)
    Session(quiz, Progress(path), page, Keyboard("", "", "q")).run()
    lines = [line.rstrip() for line in page.file.getvalue().splitlines()]
    assert " 1. GRU" in lines and " c) no gate" in lines


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (r"gate $z_t = \sigma(x_t W_{xz})$", "gate z_t = σ(x_t W_xz)"),
        (r"$\frac{n + 2p}{s} \times \text{size}$", "(n + 2p)/(s) × size"),
        (r"$$\tilde{h} \odot h$$", "h~ ⊙ h"),
        ("no formula, 3 * 4", "no formula, 3 * 4"),
    ],
)
def test_formulas_are_readable_in_a_terminal(text, plain):
    assert readable_math(text) == plain


# The notebook


def test_quiz_is_exported_and_loaded_when_asked_for():
    assert "quiz" in autograder.__all__ and autograder.quiz is notebook_quiz
    with pytest.raises(AttributeError, match="no attribute 'quizz'"):
        _ = autograder.quizz


def test_a_notebook_shows_the_questions_and_how_to_answer(course):
    page = notebook_quiz("toy")
    text = page._repr_markdown_()
    assert text.count("### ") == 4 and 'quiz.answer("gate_range", …)` with one letter, a to d' in text
    assert "$z_t = \\sigma" in text and "σ" in repr(page)
    assert "{n}" not in text and "The sigmoid maps" not in text


def test_a_notebook_judges_at_once_and_keeps_it_with_the_terminal(course):
    wrong = next(letter for letter in "abcd" if letter != right(course, "gate_range"))
    assert "✗ **gate_range**: Wrong." in repr(notebook_quiz.answer("gate_range", wrong))
    assert "✓ **gate_range**: Right." in repr(notebook_quiz.answer("gate_range", right(course, "gate_range")))
    assert kept(course)["gate_range"] == {"tries": 2, "right": True, "done": True}
    assert "[1/4]" not in practise(course, "q")[1]
    assert "### 1. reset and update gates ✓" in repr(notebook_quiz("toy"))
    notebook_quiz.answer("gate_range", wrong)
    assert kept(course)["gate_range"]["right"]


def test_a_notebook_tells_the_answer_when_asked(course):
    assert "The answer is: beam search." in repr(notebook_quiz.tell("search_name"))
    assert kept(course)["search_name"] == {"tries": 0, "right": False, "done": True}
    assert "0 of 4 answered" in repr(notebook_quiz.restart("toy"))


def test_a_notebook_says_what_an_answer_looks_like(course):
    assert "Give one letter, a to d" in repr(notebook_quiz.answer("gate_range", None))
    assert "cannot be read" in repr(notebook_quiz.answer("gate_range", "<b>zz</b>"))
    assert not progress_path(course, "toy").exists()
    with pytest.raises(CourseError, match="there are: gate_range"):
        notebook_quiz.answer("nothing", "a")


def test_a_notebook_shows_the_sentence_alone_where_something_is_wrong(course):
    with pytest.raises(CourseError) as caught:
        notebook_quiz("nothing")
    assert caught.value._render_traceback_() == [str(caught.value)]


def test_a_notebook_of_a_unit_runs_its_practice(course):
    from nbclient import NotebookClient
    from nbformat import v4

    sources = ['from autograder import quiz\n\nquiz("toy")', 'quiz.answer("search_name", "Beam search")']
    notebook = v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources])
    folder = str(course / "assignments" / "toy")
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": folder}}).execute()
    pages = [cell.outputs[0].data["text/markdown"] for cell in notebook.cells]
    assert pages[0].startswith("## Toy unit: practice questions") and "✓ **search_name**: Right." in pages[1]
    assert kept(course)["search_name"]["right"]


def test_a_marked_question_is_shown_with_the_students_numbers(course, quiz):
    page = repr(notebook_quiz.show("output_called", "amara"))
    assert "Numbers for amara: n = " in page and "{n}" not in page
    assert "user name is missing" in repr(notebook_quiz.show("output_called", ""))
    with pytest.raises(CourseError, match="no marked question"):
        notebook_quiz.show("nothing", "amara")


def test_a_marked_answer_is_read_back_and_not_judged(course, quiz):
    assert "read as a e. It is marked after" in repr(notebook_quiz.given("gates_of_lstm", "e, a"))
    assert "read as 0.5." in repr(notebook_quiz.given("sigmoid_slope", "1/2"))
    assert "read as “greedy search”" in repr(notebook_quiz.given("training_trick", "greedy search"))
    with pytest.raises(NotRead, match=r"sigmoid_slope has no answer\. Give a number"):
        notebook_quiz.given("sigmoid_slope", None)
    with pytest.raises(NotRead, match="Answer with a number"):
        notebook_quiz.given("sigmoid_slope", "a quarter")


def test_while_a_submission_is_graded_questions_do_nothing(course, monkeypatch):
    monkeypatch.setenv("AUTOGRADER_EXAMINEE", "1")
    from autograder import quiz as silent

    assert silent("toy") is None and silent.answer("gate_range", "a") is None
    assert not progress_path(course, "toy").exists()
