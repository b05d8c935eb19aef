"""Quizzes: reading and checking them, drawing numbers, showing questions."""

import copy
import json
import shutil
import tomllib

import pytest

from autograder.errors import CourseError
from autograder.quizzes.arithmetic import NotArithmetic, evaluate
from autograder.quizzes.face import Face, as_markdown, drawn, face, filled, order
from autograder.quizzes.judge import judge
from autograder.quizzes.reading import load_quiz, load_quizzes, read_question, says
from autograder.units import Course, Unit


@pytest.fixture(scope="module")
def quiz(root):
    return load_quiz(Unit.load(root / "tests" / "quiz_unit"))


@pytest.fixture(scope="module")
def entries(root):
    content = tomllib.loads((root / "tests" / "quiz_unit" / "quiz.toml").read_text())
    return {entry["id"]: entry for entry in content["question"]}


@pytest.fixture
def written(root, tmp_path):
    """Write a quiz.toml into a copy of the small unit, and read it."""

    def read(text):
        folder = tmp_path / "solutions" / "toy"
        shutil.copytree(root / "tests" / "quiz_unit", folder, dirs_exist_ok=True)
        (folder / "quiz.toml").write_text(text, encoding="utf-8")
        return load_quiz(Unit.load(folder))

    return read


# Arithmetic


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(28 + 2*2 - 5)//2 + 1", 14),
        ("-7 % 3", 2),
        ("2**10", 1024),
        ("7 / 2", 3.5),
        ("min(3, 2) + max(1, 5) + abs(-1)", 8),
        ("floor(2.7) + ceil(2.1) + round(2.6)", 8),
        ("round(2.345, 1) + round(1234, -2)", 1202.3),
        ("sqrt(16) + exp(0) + log(1)", 5),
        ("(3 > 2) * 10 + (1 <= 2 <= 2)", 11),
        ("  +n * k ", 15),
        ("True", 1),
    ],
)
def test_arithmetic_is_evaluated(text, value):
    assert evaluate(text, {"n": 3, "k": 5}) == value


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "().__class__",
        "n.real",
        "[1][0]",
        "lambda: 1",
        "'a' * 3",
        "unknown",
        "n if n else 1",
        "n and 1",
        "9**9**9",
        "10**100000",
        "2.0**100000",
        "(-8)**0.5",
        "1/0",
        "1e400",
        "log(0)",
        "exp(1000)",
        "min()",
        "round(1, ndigits=2)",
        "round(5, -10**9)",
        "round(5, 10**400)",
        "round(5, 2, 3)",
        "1 in n",
        "f'{n}'",
        "n := 3",
        "1 2",
        "",
        "\0",
        "(" * 300,
        "1+" * 300 + "1",
        "1j",
        "max(*n)",
        "sqrt",
    ],
)
def test_what_is_no_arithmetic_is_refused(text):
    with pytest.raises(NotArithmetic):
        evaluate(text, {"n": 3})


# Reading


def test_the_small_quiz_is_read(quiz):
    assert [question.kind for question in quiz.practice] == ["choice", "number", "matching", "text"]
    assert [question.id for question in quiz.marked] == [
        "gates_of_lstm",
        "output_called",
        "order_steps",
        "sigmoid_slope",
        "training_trick",
    ]
    assert quiz.title == "Toy unit"
    assert quiz.question("order_steps").points == 1 and quiz.question("gate_range").points == 0
    with pytest.raises(CourseError, match="it has: gate_range"):
        quiz.question("nothing")


def test_a_unit_without_a_quiz_has_none(root):
    assert load_quiz(Unit("toy", root / "tests", "Toy", 1)) is None


def without(*keys):
    return lambda entry: [entry.pop(key) for key in keys]


def having(**values):
    return lambda entry: entry.update(values)


def option(index, **values):
    return lambda entry: entry["options"][index].update(values)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("gate_range", without("id"), "`id` is missing"),
        ("gate_range", having(id="Gate range"), "snake_case"),
        ("gate_range", having(id="class"), "snake_case"),
        ("gate_range", having(kind="single"), "make it one of choice, choices"),
        ("gate_range", without("topic"), "`topic` is missing"),
        ("gate_range", having(explanation=" "), "`explanation` is missing"),
        ("gate_range", having(marked="yes"), "without quotes"),
        ("gate_range", having(hint="?"), "`hint` is no key here; there are id, .*, explanation, options$"),
        ("gate_range", having(answer=3), "`answer` is no key here"),
        ("gate_range", lambda e: e.update(explantion=e.pop("explanation")), "write `explanation`"),
        ("gate_range", lambda e: e.update(knd=e.pop("kind")), "`knd` is no key here; write `kind`"),
        ("gate_range", without("options"), "`options` has 0 entries"),
        ("gate_range", having(options="a"), "no list of tables; write options = .{ text = …, right = …, why = … }"),
        ("gate_range", having(options=["a", "b", "c"]), "entry 1 of `options`: this is 'a', no table"),
        ("gate_range", lambda entry: entry["options"].pop(), None),
        ("gate_range", lambda entry: entry.update(options=entry["options"][:2]), "three to five"),
        ("gate_range", option(1, right=True, why=""), "2 options are right"),
        ("gate_range", option(0, right=False, why="no"), "0 options are right"),
        ("gate_range", option(1, why=""), "entry 2 of `options`: `why` is missing"),
        ("gate_range", option(1, text="between 0 and 1"), "same text"),
        ("gate_range", option(1, because="x"), "entry 2 of `options`: `because`"),
        ("gate_range", option(1, right="no"), "entry 2 of `options`: `right` is true or false; write it without quotes"),
        ("gates_of_lstm", lambda e: [o.update(right=True) for o in e["options"]], "at least one right and one wrong"),
        ("output_size", without("answer"), "the key is missing"),
        ("output_size", having(answer=3), "write it as an expression"),
        ("output_size", having(answer="n + q"), "the name 'q' is not known"),
        ("output_size", having(answer="n / (k - 3)"), "with n = 28, k = 3"),
        ("output_size", having(tolerance=-1), "`tolerance`"),
        ("output_size", having(unit=3), "`unit`"),
        ("output_size", having(exercise="conv_output_shape", call="1"), "keep one way to the key"),
        ("output_size", having(draw={"n": [28]}), "two or more numbers"),
        ("output_size", having(draw={"n": [28, 28]}), "a number twice"),
        ("output_size", having(draw={"n": [1, 2], "w": [1, 2]}), "does not say {w}"),
        ("output_size", having(draw={"max": [1, 2]}), "rename it"),
        ("output_size", having(draw={"n": list(range(600))}), "600 variants"),
        ("output_size", having(draw=[1]), r"\[question.draw\]"),
        ("output_size", having(wrong=[{"answer": 1}]), "entry 1 of `wrong`: `why` is missing"),
        ("output_size", having(wrong=[{"answer": "n +", "why": "x"}]), "`wrong` with n = 28"),
        ("output_size", having(wrong=[{"answer": [], "why": "x"}]), "a number or an expression"),
        ("output_size", having(wrong=[{"answer": "(n + 2*p - k)//s + 1", "why": "x"}]), "always right"),
        ("output_called", without("call"), "belong together"),
        ("output_called", having(exercise="conv2d"), "has no exercise `conv2d`; it has: conv_output_shape"),
        ("output_called", having(call="conv_output_shape("), "cannot be read"),
        ("output_called", having(call="conv_output_shape((n, n), 5)"), "gave NotArithmetic"),
        ("output_called", having(call="1 / 0"), "gave ZeroDivisionError"),
        ("match_terms", having(pairs=[["a", "b"]]), "three to six"),
        ("match_terms", having(pairs=[["a"], ["b"], ["c"]]), "no list of pairs"),
        ("match_terms", having(pairs=[["a", "x"], ["b", "x"], ["c", "y"]]), "`right` has the same entry twice"),
        ("order_steps", having(items=["a", "b"]), "make it 3 to 8"),
        ("order_steps", having(items=["a", "b", 3]), "no list of texts"),
        ("search_name", having(accepted=[]), "make it 1 to 40"),
        ("search_name", having(accepted=["beam", "Beam!"]), "same entry twice"),
        ("search_name", having(accepted=["..."]), "nothing is left to compare"),
        ("search_name", having(accepted=["search name"]), "`id` gives the answer `search name` away"),
        ("search_name", having(accepted=["keeps the best"]), "`text` gives the answer"),
    ],
)  # fmt: skip
def test_a_faulty_question_is_refused_with_the_remedy(root, entries, name, change, said):
    from autograder.quizzes.keys import with_keys

    entry = copy.deepcopy(entries[name])
    change(entry)
    unit = Unit.load(root / "tests" / "quiz_unit")
    if said is None:
        assert with_keys(read_question(entry), unit).id == name
        return
    with pytest.raises(ValueError, match=said):
        with_keys(read_question(entry), unit)


CHOICE = """
[[question]]
id = "{}"
kind = "text"
topic = "t"
text = "t"
explanation = "e"
accepted = ["yes"]
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[question", "quiz.toml: .*correct the file"),
        ("", r"\[\[question\]\] tables"),
        ("question = 3", r"\[\[question\]\] tables"),
        ("title = 'x'\n" + CHOICE.format("one"), "nothing else"),
        (CHOICE.format("one") * 2, "question one: this id stands here twice"),
        (CHOICE.format("conv_output_shape"), "an exercise has this name"),
        (CHOICE.format("one").replace('kind = "text"', ""), "question one: `kind` is missing"),
        (CHOICE.format("one").replace('id = "one"', ""), "question number 1: `id` is missing"),
        (CHOICE.format("one") + "variants = []", "`variants` is no key here"),
    ],
)
def test_a_faulty_file_is_refused_with_its_name(written, text, said):
    with pytest.raises(CourseError, match=said) as caught:
        written(text)
    assert "quiz.toml" in str(caught.value)


def test_the_names_of_marked_questions_are_there_as_far_as_they_can_be_read(root, tmp_path):
    quiz = load_quiz(Unit.load(root / "tests" / "quiz_unit"))
    assert Unit.load(root / "tests" / "quiz_unit").marked_names == [question.id for question in quiz.marked]
    for text in (None, "[[question", "question = 3", "question = [3]", "[[question]]\nmarked = true"):
        if text is not None:
            (tmp_path / "quiz.toml").write_text(text)
        assert Unit("toy", tmp_path, "Toy", 1).marked_names == []


def test_an_id_belongs_to_one_unit_of_the_course(root, tmp_path):
    for name in ("one", "other"):
        shutil.copytree(root / "tests" / "quiz_unit", tmp_path / "solutions" / name)
    with pytest.raises(CourseError, match="the quiz of one has this id, too"):
        load_quizzes(Course(tmp_path))


# Numbers drawn per student


def test_a_student_always_gets_the_same_numbers(quiz):
    question = quiz.question("output_size")
    mine = drawn(question.id, question.draw, "amara")
    assert mine == drawn(question.id, question.draw, " Amara ")
    assert list(mine) == ["n", "k", "p", "s"]
    everyone = [tuple(drawn(question.id, question.draw, f"s{i}").values()) for i in range(500)]
    assert len(set(everyone)) == len(question.variants) == 24
    assert max(everyone.count(one) for one in set(everyone)) < 60


def test_every_variant_has_the_key_that_its_numbers_ask_for(quiz):
    question = quiz.question("output_size")
    for variant in question.variants:
        n, k, p, s = variant.values.values()
        assert variant.answer == (n + 2 * p - k) // s + 1
    for student in ("a", "b", "c"):
        values = drawn(question.id, question.draw, student)
        n, k, p, s = values.values()
        assert judge(question, (n + 2 * p - k) // s + 1, student).points == 1


def test_the_key_of_a_call_is_what_the_reference_returns(quiz):
    question = quiz.question("output_called")
    for variant in question.variants:
        n, s = variant.values.values()
        assert variant.answer == (n + 8 - 5) // s + 1
        reasons = dict(variant.wrong)
        assert "raises" not in str(reasons)
        if s == 1:
            assert reasons == {
                n + 4 - 5 + 1: "The padding is counted once; it stands on both sides.",
                n + 8 - 5: "The one at the end is missing: the first place counts, too.",
            }


def test_a_wrong_number_that_is_right_in_a_variant_is_not_told_there(quiz):
    question = quiz.question("output_size")
    assert {len(variant.wrong) for variant in question.variants} == {0, 1}
    for variant in question.variants:
        assert all(wrong != variant.answer for wrong, _ in variant.wrong)


# Faces


def test_the_order_of_showing_depends_on_id_and_number_alone():
    for count in range(2, 9):
        for name in ("one", "two", "three", "gate_range"):
            places = order(name, count)
            assert sorted(places) == list(range(count)) and places != list(range(count))
    assert order("one", 1) == [0] and order("one", 0) == []
    assert len({tuple(order(f"q{i}", 4)) for i in range(200)}) > 15


def test_a_face_holds_no_key(quiz):
    for question in quiz.questions:
        text = json.dumps(face(question).to_json())
        assert question.explanation not in text and "right" not in face(question).to_json()
        assert all(not option.why or option.why not in text for option in question.options)
        if question.kind == "text":
            assert not any(says(text, answer) for answer in question.accepted)
        assert Face.from_json(json.loads(text)) == face(question)


def test_formulas_keep_their_braces_and_drawn_numbers_get_their_places():
    assert filled("$W_{hh}$ of {n} by {n}, {m}", {"n": 3}) == "$W_{hh}$ of 3 by 3, {m}"
    assert filled("{big} {small}", {"big": 12345678, "small": 0.001}) == "12345678 0.001"


def test_questions_are_shown_with_letters(quiz):
    text = as_markdown(face(quiz.question("match_terms")))
    assert "1. GRU" in text and "- **a**: " in text and "- **c**: " in text


def test_keys_are_worked_out_without_a_notebooks_experiments(root, tmp_path):
    folder = tmp_path / "solutions" / "toy"
    shutil.copytree(root / "tests" / "quiz_unit", folder)
    source = (folder / "notebook.py").read_text()
    experiment = "\n\n# %%\n@after(conv_output_shape)\ndef ran():\n    open('ran', 'w')\n"
    (folder / "notebook.py").write_text(
        f"from autograder import after\n{source}{experiment}".replace("'ran'", f"{str(folder / 'ran')!r}")
    )
    assert load_quiz(Unit.load(folder)) is not None
    assert not (folder / "ran").exists()
