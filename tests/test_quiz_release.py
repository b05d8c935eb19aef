"""Marked questions: the notebook that students get, grading what they hand in, and exports to other platforms."""

import io
import json
import shutil
import xml.etree.ElementTree as ET
import zipfile

import pytest

from autograder.errors import CourseError
from autograder.nbgrader_bridge import nbgrader_config, run_converter
from autograder.notebooks import parse_notebook
from autograder.quizzes.export import as_html, canvas_text, canvas_zip, export, moodle_xml
from autograder.quizzes.face import drawn
from autograder.quizzes.grading import grade_quiz, is_quiz
from autograder.quizzes.reading import Quiz, load_quiz, quiz_notebook_name
from autograder.quizzes.release import quiz_notebook, write_quiz
from autograder.results import Outcome
from autograder.units import Course, Unit


@pytest.fixture(scope="module")
def quiz(root):
    found = load_quiz(Unit.load(root / "tests" / "quiz_unit"))
    return Quiz("toy", found.title, found.questions)


@pytest.fixture(scope="module")
def released(quiz, root, tmp_path_factory):
    """Return the folder of a unit that nbgrader released, with its quiz."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory

    course = tmp_path_factory.mktemp("course")
    shutil.copy(root / "nbgrader_config.py", course)
    source = course / "source" / "toy"
    source.mkdir(parents=True)
    write_quiz(quiz, source)
    config = nbgrader_config(Course(course))
    config.CourseDirectory.assignment_id = "toy"
    config.CourseDirectory.student_id = "."
    run_converter(GenerateAssignment(coursedir=CourseDirectory(config=config), config=config), "in a test")
    return course / "assignments" / "toy"


@pytest.fixture
def hand_in(released):
    """Make a submitted notebook of marked questions: answers as they are typed, by name."""

    def made(answers, extra=(), student=""):
        notebook = json.loads((released / "toy_quiz.ipynb").read_text())
        for cell in notebook["cells"]:
            name = cell["metadata"].get("nbgrader", {}).get("grade_id", "").removesuffix("_solution")
            if cell["metadata"].get("nbgrader", {}).get("solution") and name in answers:
                cell["source"] = f"{name} = {answers[name]}"
            if name == "student" and student:
                cell["source"] = f"STUDENT = {student!r}"
        for source in extra:
            notebook["cells"].append({"cell_type": "code", "metadata": {}, "source": source, "outputs": []})
        return parse_notebook(json.dumps(notebook).encode(), "toy_quiz.ipynb")

    return made


def entries(notebook):
    return {
        cell["metadata"]["nbgrader"]["grade_id"]: cell
        for cell in notebook["cells"]
        if "nbgrader" in cell["metadata"]
    }


# What students get


def test_nbgrader_releases_the_notebook_with_answers_to_fill_in(quiz, released):
    notebook = json.loads((released / "toy_quiz.ipynb").read_text())
    cells = entries(notebook)
    for question in quiz.marked:
        solution, grade = cells[f"{question.id}_solution"], cells[question.id]
        assert "".join(solution["source"]).startswith(f"{question.id} = None  # your answer: ")
        assert solution["metadata"]["nbgrader"]["solution"] and not solution["metadata"]["nbgrader"]["locked"]
        assert grade["metadata"]["nbgrader"]["points"] == 1 and grade["metadata"]["nbgrader"]["locked"]
        assert "".join(grade["source"]) == f'quiz.given("{question.id}", {question.id})'
    assert "NotImplementedError" not in json.dumps(notebook)
    assert cells["student"]["metadata"]["nbgrader"]["solution"]
    assert "".join(cells["output_called_numbers"]["source"]) == 'quiz.show("output_called", STUDENT)'
    assert notebook["metadata"]["autograder"] == {"unit": "toy", "quiz": True}
    assert quiz_notebook_name("toy") == "toy_quiz"


def test_the_clearing_step_takes_the_place_of_nbgraders_own(root):
    from nbgrader.converters import GenerateAssignment

    ours = [step.split(".")[-1] for step in nbgrader_config(Course(root)).GenerateAssignment.preprocessors]
    theirs = [step.__name__ for step in GenerateAssignment.preprocessors.default_args[0]]
    assert ours == ["ClearAnswers" if name == "ClearSolutions" else name for name in theirs]


def test_no_key_of_a_marked_question_leaves_the_authors_side(quiz, released):
    text = "".join(path.read_text() for path in released.iterdir())
    for question in quiz.marked:
        assert question.explanation not in text
        assert all(not option.why or option.why not in text for option in question.options)
        assert all(wrong.why not in text for wrong in question.wrong)
        assert all(accepted not in text.replace(question.topic, "") for accepted in question.accepted)
    assert "exercise" not in (released / "questions.json").read_text()
    assert "0.25" not in text and "padding is counted once" not in text
    assert "sealed" not in (released / "questions.json").read_text()


def test_releasing_again_gives_the_same_bytes(quiz, tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        write_quiz(quiz, tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["practice.json", "questions.json", "toy_quiz.ipynb"]
    assert all(
        (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes() for name in files
    )


def test_a_quiz_without_marked_questions_has_no_notebook(quiz, tmp_path):
    only = Quiz("toy", "Toy", quiz.practice)
    assert [path.name for path in write_quiz(only, tmp_path)] == ["practice.json"]


def test_the_notebook_is_valid(quiz):
    import nbformat

    nbformat.validate(nbformat.from_dict(quiz_notebook(quiz)))


# Grading


def result_of(results, name):
    return next(result for result in results if result.name == name)


def test_an_untouched_notebook_is_not_attempted(quiz, hand_in):
    results = grade_quiz(quiz, hand_in({}), "amara")
    assert [result.name for result in results] == [question.id for question in quiz.marked]
    assert all(result.outcome is Outcome.NOT_ATTEMPTED and result.score == 0 for result in results)
    assert all(result.max_score == 1 for result in results)


def test_right_answers_earn_full_points(quiz, hand_in):
    numbers = drawn("output_called", quiz.question("output_called").draw, "amara")
    answers = {
        "gates_of_lstm": "'b c e'",
        "output_called": f"({numbers['n']} + 2*4 - 5) // {numbers['s']} + 1",
        "order_steps": "'b', 'c', 'a', 'd'",
        "sigmoid_slope": "1/4",
        "training_trick": '"Teacher forcing"',
    }
    notebook = hand_in(answers)
    results = grade_quiz(quiz, notebook, "amara")
    assert [result.score for result in results] == [1.0] * 5, [result.feedback for result in results]
    assert all(result.outcome is Outcome.PASSED for result in results)
    assert notebook.repairs == []


@pytest.mark.parametrize(
    ("name", "typed", "score"),
    [
        ("gates_of_lstm", "['b', 'c', 'e']", 1),
        ("gates_of_lstm", "{'b', 'c', 'e'}", 1),
        ("gates_of_lstm", "b, c, e", 1),
        ("gates_of_lstm", "'b'", 0.3333),
        ("gates_of_lstm", "b c e", 1),
        ("sigmoid_slope", "'0.25'", 1),
        ("sigmoid_slope", "0,25", 0),
        ("sigmoid_slope", "+0.25", 1),
        ("sigmoid_slope", "2**-2", 1),
        ("sigmoid_slope", "min(0.25, 1)", 1),
        ("sigmoid_slope", "float('0.25')", 0),
        ("sigmoid_slope", "__import__('os').system('touch pwned')", 0),
        ("sigmoid_slope", "True", 0),
        ("sigmoid_slope", "[" * 50 + "]" * 50, 0),
        ("training_trick", "teacher_forcing", 1),
        ("training_trick", "teacher forcing", 1),
        ("training_trick", "'scheduled sampling'", 0),
        ("training_trick", "3", 0),
    ],
)
def test_answers_are_read_as_they_are_typed_and_never_run(
    quiz, hand_in, name, typed, score, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    result = result_of(grade_quiz(quiz, hand_in({name: typed}), "amara"), name)
    assert result.score == score, result.feedback
    assert result.outcome in (Outcome.PASSED, Outcome.FAILED)
    assert list(tmp_path.iterdir()) == []


def test_an_answer_written_as_code_is_told_so(quiz, hand_in):
    result = result_of(
        grade_quiz(quiz, hand_in({"sigmoid_slope": "float('0.25')"}), "amara"), "sigmoid_slope"
    )
    assert "write the answer itself" in result.feedback


def test_what_is_read_without_quotes_is_noted(quiz, hand_in):
    notebook = hand_in({"training_trick": "teacher forcing  # I think"})
    assert result_of(grade_quiz(quiz, notebook, "amara"), "training_trick").score == 1
    assert any("was read as text" in repair for repair in notebook.repairs)


def test_the_last_answer_counts_and_none_undoes_nothing(quiz, hand_in):
    extra = ["sigmoid_slope = 0.5\nsigmoid_slope: float = 0.25", "sigmoid_slope = None"]
    notebook = hand_in({}, extra)
    assert result_of(grade_quiz(quiz, notebook, "amara"), "sigmoid_slope").score == 1
    assert notebook.repairs == ["sigmoid_slope is answered 2 times; the last answer counts"]


def test_numbers_follow_the_student_who_handed_in(quiz, hand_in):
    question = quiz.question("output_called")
    everyone = [f"s{i}" for i in range(30)]
    mine = drawn(question.id, question.draw, "s0")
    other = next(one for one in everyone if drawn(question.id, question.draw, one) != mine)
    key = (mine["n"] + 3) // mine["s"] + 1
    notebook = hand_in({"output_called": str(key)}, student="s0")
    assert result_of(grade_quiz(quiz, notebook, "s0"), "output_called").score == 1
    assert result_of(grade_quiz(quiz, notebook, None), "output_called").score == 1
    result = result_of(grade_quiz(quiz, notebook, other), "output_called")
    assert result.score == 0 and f"STUDENT = 's0', but it was handed in by {other}." in result.feedback


def bare(*sources):
    """Return a notebook that says nothing about itself."""
    cells = [{"cell_type": "code", "source": source} for source in sources]
    return parse_notebook(json.dumps({"cells": cells, "metadata": {}}).encode(), "x")


def test_a_notebook_is_recognised_as_a_quiz(root, hand_in):
    unit = Unit.load(root / "tests" / "quiz_unit")
    unit.name = "toy"
    assert is_quiz(hand_in({}), unit)
    stripped = hand_in({"sigmoid_slope": "1"})
    stripped.metadata.clear()
    assert is_quiz(stripped, unit)
    assert is_quiz(bare("sigmoid_slope = 0.25"), unit)
    assert not is_quiz(bare("x = 1"), unit)
    other = "def conv_output_shape(size, kernel): ..."
    assert not is_quiz(bare(other, "sigmoid_slope = 0.25"), unit)
    exercises = bare("sigmoid_slope = 0.25")
    exercises.metadata["autograder"] = {"unit": "toy"}
    assert not is_quiz(exercises, unit)


def test_a_hostile_notebook_breaks_nothing(quiz, hand_in):
    extra = [
        "sigmoid_slope = " + "(" * 5000,
        "sigmoid_slope = 10**10**10",
        "training_trick = " + "'x' * 10**9",
        "gates_of_lstm = {**{}, 1: 2}",
        "order_steps = lambda: 1",
        "output_called = " + "-" * 3000 + "1",
        "a.sigmoid_slope = 3\n(sigmoid_slope, b) = 1, 2\nfor sigmoid_slope in range(3): pass",
    ]
    results = grade_quiz(quiz, hand_in({}, extra), "amara")
    assert all(result.score == 0 for result in results)


# Exports


def moodle(quiz, kind=None):
    root = ET.fromstring(moodle_xml([quiz]))
    return [node for node in root if kind is None or node.get("type") == kind]


def test_moodle_gets_every_question_in_its_category(quiz):
    categories = [node.findtext("category/text") for node in moodle(quiz, "category")]
    assert categories == [
        "$course$/top/Toy unit/practice",
        "$course$/top/Toy unit/practice/output_size",
        "$course$/top/Toy unit/marked",
        "$course$/top/Toy unit/marked/output_called",
    ]
    names = [node.findtext("name/text") for node in moodle(quiz) if node.get("type") != "category"]
    assert {name.split(" ")[0] for name in names} == {question.id for question in quiz.questions}
    assert len(names) == len(set(names))


def test_moodle_choices_carry_fractions_and_reasons(quiz):
    [one, several] = sorted(moodle(quiz, "multichoice"), key=lambda node: node.findtext("single") != "true")
    fractions = {
        answer.findtext("text"): (answer.get("fraction"), answer.findtext("feedback/text") or "")
        for answer in one.findall("answer")
    }
    assert fractions["<p>between 0 and 1</p>"] == ("100", "")
    assert fractions["<p>between -1 and 1</p>"] == ("0", "<p>That is tanh.</p>")
    values = sorted(float(answer.get("fraction")) for answer in several.findall("answer"))
    assert values == [-33.33333, -33.33333, 33.33333, 33.33333, 33.33333]
    assert several.findtext("single") == "false"


def test_moodle_numbers_carry_tolerance_and_known_wrong_numbers(quiz):
    node = next(node for node in moodle(quiz, "numerical") if node.findtext("name/text") == "sigmoid_slope")
    found = [(a.get("fraction"), a.findtext("text"), a.findtext("tolerance")) for a in node.findall("answer")]
    assert found == [("100", "0.25", "0.001"), ("0", "0.5", "0.001"), ("0", "1", "0.001")]
    numbered = [n for n in moodle(quiz, "numerical") if n.findtext("name/text").startswith("output_size ")]
    assert 2 <= len(numbered) <= 10
    assert all("{n}" not in node.findtext("questiontext/text") for node in numbered)


def test_moodle_pairs_items_and_texts(quiz):
    [matching] = moodle(quiz, "matching")
    pairs = [(s.findtext("text"), s.findtext("answer/text")) for s in matching.findall("subquestion")]
    assert pairs[0] == ("<p>GRU</p>", "two gates") and len(pairs) == 3
    [ordering] = moodle(quiz, "ordering")
    items = [(answer.get("fraction"), answer.findtext("text")) for answer in ordering.findall("answer")]
    assert items[0] == ("1", "<p>forward</p>") and items[-1] == ("4", "<p>step</p>")
    texts = moodle(quiz, "shortanswer")
    assert [a.findtext("text") for a in texts[0].findall("answer")] == ["beam search", "beam"]


@pytest.mark.parametrize(
    ("markdown", "page"),
    [
        ("a $W_{hh}$ b", r"<p>a \(W_{hh}\) b</p>"),
        ("$a_1 < b_2$ and *this*", r"<p>\(a_1 &lt; b_2\) and <em>this</em></p>"),
        ("$$x^2$$", r"<p>\[x^2\]</p>"),
        ("`a < b`", "<p><code>a &lt; b</code></p>"),
        ("", ""),
    ],
)
def test_formulas_are_marked_for_mathjax(markdown, page):
    assert as_html(markdown) == page


def test_canvas_gets_an_archive(quiz):
    data, notes = canvas_zip(quiz)
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert "imsmanifest.xml" in names
    [assessment] = [
        name for name in names if name.endswith(".xml") and "assessment_" in name and "meta" not in name
    ]
    text = zipfile.ZipFile(io.BytesIO(data)).read(assessment).decode()
    ET.fromstring(text)
    assert text.count("multiple_choice_question") == 1 + 3 + 4
    assert (
        "multiple_answers_question" in text
        and "short_answer_question" in text
        and "numerical_question" in text
    )
    assert notes == [
        "match_terms became 3 choices of one point each",
        "order_steps became 4 choices of one point each",
    ]


def test_what_canvas_cannot_hold_is_left_out_and_said(quiz):
    from dataclasses import replace

    question = quiz.question("sigmoid_slope")
    [variant] = question.variants
    tiny = replace(question, tolerance=0.0, variants=(replace(variant, answer=1e-7),))
    _, notes = canvas_zip(Quiz("toy", "Toy", (tiny, quiz.question("search_name"))))
    assert len(notes) == 1 and notes[0].startswith("sigmoid_slope was left out: ")
    with pytest.raises(CourseError, match="no question of toy"):
        canvas_zip(Quiz("toy", "Toy", (tiny,)))


def test_drawn_numbers_become_a_group_for_canvas(quiz):
    text = canvas_text(quiz.question("output_size"))
    assert text.startswith("GROUP\npick: 1\n") and text.endswith("END_GROUP")
    assert text.count("\n=   ") >= 2


def test_the_name_of_the_file_says_the_format(quiz, tmp_path):
    assert export([quiz], tmp_path / "moodle.xml") == []
    assert ET.parse(tmp_path / "moodle.xml").getroot().tag == "quiz"
    assert len(export([quiz], tmp_path / "canvas.zip")) == 2
    with pytest.raises(CourseError, match="name the unit"):
        export([quiz, quiz], tmp_path / "canvas.zip")
    with pytest.raises(CourseError, match=r"end the name in \.xml"):
        export([quiz], tmp_path / "quiz.txt")
    with pytest.raises(CourseError, match="name another file"):
        export([quiz], tmp_path / "moodle.xml" / "moodle.xml")


def test_the_command_exports_for_instructors_alone(root, tmp_path, cli):
    shutil.copytree(root / "tests" / "quiz_unit", tmp_path / "solutions" / "toy")
    done = cli("quiz", "toy", "--course", tmp_path, "--export", tmp_path / "moodle.xml")
    assert done.returncode == 0, done.stderr
    assert "keep it from students" in done.stderr
    shutil.move(tmp_path / "solutions", tmp_path / "assignments")
    refused = cli("quiz", "toy", "--course", tmp_path, "--export", tmp_path / "again.xml")
    assert refused.returncode == 2 and not (tmp_path / "again.xml").exists()


def test_no_key_of_the_courses_marked_questions_is_released(root):
    for unit in Course(root).units().values():
        folder = root / "assignments" / unit.name
        quiz = load_quiz(unit)
        if quiz is None or not folder.is_dir():
            continue
        kept = [path for path in folder.rglob("*") if path.suffix in (".json", ".ipynb", ".py", ".toml")]
        text = "".join(path.read_text(encoding="utf-8") for path in kept)
        for question in quiz.marked:
            told = [question.explanation, *(option.why for option in question.options if option.why)]
            told += [wrong.why for wrong in question.wrong]
            assert [part for part in told if json.dumps(part, ensure_ascii=False)[1:-1] in text] == [], (
                question.id
            )
