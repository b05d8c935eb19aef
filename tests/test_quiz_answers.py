"""Quizzes: reading answers and judging them."""

import pytest

from autograder.quizzes.face import NotAnAnswer, drawn, face, parse
from autograder.quizzes.judge import judge, key_text
from autograder.quizzes.reading import load_quiz, load_quizzes, normalised
from autograder.units import Course, Unit


@pytest.fixture(scope="module")
def quiz(root):
    return load_quiz(Unit.load(root / "tests" / "quiz_unit"))


# Reading answers


@pytest.fixture(scope="module")
def faces(quiz):
    return {question.id: face(question) for question in quiz.questions}


@pytest.mark.parametrize("answer", ["b", "B", " b ", "b)", "(b)", "b.", ["b"], ("b",)])
def test_one_letter_is_read(faces, answer):
    assert parse(faces["gate_range"], answer) == 1


def test_an_option_that_is_written_out_is_read(faces):
    for place, text in enumerate(faces["gate_range"].choices):
        assert parse(faces["gate_range"], f" {text.upper()} ") == place
    assert parse(faces["gates_of_lstm"], ["input", "b", "Forget"]) == (1, 4)


@pytest.mark.parametrize(
    "answer", ["a c e", "a, c, e", "ace", "eca", "a and c and e", ["a", "c", "e"], {"a", "c", "e"}]
)
def test_several_letters_are_read(faces, answer):
    assert parse(faces["gates_of_lstm"], answer) == (0, 2, 4)


@pytest.mark.parametrize(
    "answer", ["b a c", "bac", "1b 2a 3c", "1-b, 2-a, 3-c", "3: c, 1: b, 2: a", ["b", "a", "c"], {1: "b", 2: "a", "3": "c"}, {"GRU": "b", "LSTM": "a", "rnn": "c"}]
)  # fmt: skip
def test_matchings_are_read(faces, answer):
    assert parse(faces["match_terms"], answer) == (1, 0, 2)


@pytest.mark.parametrize(
    ("answer", "value"),
    [(3, 3), (2.5, 2.5), ("3", 3), (" 2.5 ", 2.5), ("2,5", 2.5), ("28 // 2 + 1", 15), ("= 3", 3), ("15 pixels", 15),
     ("1,234", 1234), ("1 234", 1234), ("2^3", 8), ("−3", -3), ("1e3", 1000.0), ("1/4", 0.25)],
)  # fmt: skip
def test_numbers_are_read(faces, answer, value):
    assert parse(faces["output_size"], answer) == value


JUNK = [None, "", "z", "abcdefgh", "a b", 3.7, -1, True, [], {}, [1, 2], [None], ["aa"], "   ", "é", "\0", "x" * 5000, {"a": "b"},
        float("nan"), float("inf"), 10**400, [["a"]], {"GRU": 3}, object(), b"a", "a" * 200, "9**9**9", "__import__('os')",
        {1: "a", 2: "a", 3: "a"}, ["a", "a", "b"]]  # fmt: skip


@pytest.mark.parametrize("junk", JUNK, ids=lambda value: repr(value)[:20])
def test_junk_earns_nothing_and_breaks_nothing(quiz, junk):
    for question in quiz.questions:
        judged = judge(question, junk, "amara")
        assert judged.points < 1 and judged.feedback
        if question.kind in ("number", "text"):
            assert judged.points == 0


@pytest.mark.parametrize("name", ["gate_range", "output_size", "match_terms", "order_steps"])
def test_what_cannot_be_read_is_told_how_to_be_written(faces, name):
    with pytest.raises(NotAnAnswer, match=f"Answer with {faces[name].form}"):
        parse(faces[name], "zzz")


# Judging


def letters(question, texts):
    shown = face(question).choices
    return " ".join("abcdefgh"[shown.index(text)] for text in texts)


def right_answer(question, student):
    match question.kind:
        case "choice" | "choices":
            return letters(question, [option.text for option in question.options if option.right])
        case "number":
            values = drawn(question.id, question.draw, student)
            [variant] = [variant for variant in question.variants if variant.values == values]
            return variant.answer
        case "matching":
            return letters(question, [right for _, right in question.pairs])
        case "ordering":
            return letters(question, question.items)
    return question.accepted[0]


def test_right_answers_earn_a_point_and_the_explanation(quiz):
    for question in quiz.questions:
        for student in ("amara", "björn", ""):
            judged = judge(question, right_answer(question, student), student)
            assert judged.points == 1 and judged.feedback.startswith("Right. "), question.id


def test_the_key_that_is_told_is_right(quiz):
    for question in quiz.questions:
        told = key_text(question, "amara").removeprefix("The answer is").strip(": .")
        assert judge(question, told, "amara").points == 1, (question.id, told)


def test_a_wrong_option_is_told_why_and_no_key(quiz):
    question = quiz.question("gate_range")
    judged = judge(question, letters(question, ["between -1 and 1"]))
    assert judged == (0.0, "Wrong. That is tanh.")


@pytest.mark.parametrize(
    ("picked", "share"),
    [
        (["forget", "input", "output"], 1),
        (["forget", "input"], 0.6667),
        (["forget"], 0.3333),
        (["forget", "input", "output", "update"], 0.6667),
        (["forget", "update", "reset"], 0),
        (["update"], 0),
        (["forget", "input", "output", "update", "reset"], 0.3333),
    ],
)
def test_several_options_earn_their_share(quiz, picked, share):
    question = quiz.question("gates_of_lstm")
    judged = judge(question, letters(question, picked))
    assert judged.points == share
    assert ("The update gate is the GRU's." in judged.feedback) == ("update" in picked)
    assert ("More options are right" in judged.feedback) == (not {"forget", "input", "output"} <= set(picked))


@pytest.mark.parametrize(
    ("answer", "points", "said"),
    [
        (0.25, 1, "Right."),
        ("1/4", 1, "Right."),
        (0.2509, 1, "Right."),
        (0.252, 0, "It is another number."),
        (0.5, 0, "That is the sigmoid itself at 0."),
        ("1.0", 0, "That is the derivative of tanh at 0."),
    ],
)
def test_numbers_have_a_tolerance_and_known_wrong_ones_are_named(quiz, answer, points, said):
    judged = judge(quiz.question("sigmoid_slope"), answer)
    assert judged.points == points and said in judged.feedback


def test_a_drawn_number_that_is_wrong_is_told_with_its_numbers(quiz):
    question = quiz.question("output_called")
    for i in range(50):
        values = drawn(question.id, question.draw, f"s{i}")
        judged = judge(question, 1000, f"s{i}")
        assert f"It was asked with n = {values['n']}, s = {values['s']}." in judged.feedback
        if values["s"] == 1:
            assert "The one at the end is missing" in judge(question, values["n"] + 3, f"s{i}").feedback


def test_practice_reasons_have_their_numbers_filled_in(quiz):
    question = quiz.question("output_size")
    variant = next(variant for variant in question.variants if variant.wrong and variant.values["p"] == 2)
    student = next(
        f"s{i}" for i in range(500) if drawn(question.id, question.draw, f"s{i}") == dict(variant.values)
    )
    assert "The padding of 2 stands on both sides." in judge(question, variant.wrong[0][0], student).feedback


def test_matchings_earn_a_share_and_orderings_all_or_nothing(quiz):
    question = quiz.question("match_terms")
    swapped = letters(question, ["three gates", "two gates", "no gate"])
    assert judge(question, swapped) == (0.3333, "Partly right. 1 of 3 pairs are right.")
    question = quiz.question("order_steps")
    swapped = letters(question, ["forward", "backward", "loss", "step"])
    assert judge(question, swapped) == (0.0, "Wrong. Place 2 is the first one that is wrong.")


@pytest.mark.parametrize(
    "answer", ["beam search", "Beam-Search", "  beam   search. ", "“Beam search”", "BEAM", "beam_search"]
)
def test_short_texts_are_compared_loosely(quiz, answer):
    assert judge(quiz.question("search_name"), answer).points == 1


def test_another_text_is_wrong(quiz):
    assert judge(quiz.question("search_name"), "greedy search").points == 0
    assert normalised("  Ｂｅａｍ—search!") == "beam search"


@pytest.mark.parametrize("empty", [None, "", "  ", [], {}, (), ...])
def test_no_answer_is_no_answer(quiz, empty):
    for question in quiz.questions:
        assert judge(question, empty, "amara") == (0.0, "Not answered.")


# The course's own quizzes


def quiz_folders(root):
    return sorted(path.parent for path in (root / "solutions").glob("*/quiz.toml"))


def test_the_courses_quizzes_are_sound(root):
    """Each has ten questions or more, several kinds of them, marked and unmarked; right answers earn full points."""
    quizzes = load_quizzes(Course(root))
    assert set(quizzes) == {folder.name for folder in quiz_folders(root)}
    for quiz in quizzes.values():
        assert len(quiz.questions) >= 10, quiz.unit
        assert quiz.practice and quiz.marked
        kinds = {question.kind for question in quiz.questions}
        assert {"choice", "choices", "number", "text"} <= kinds and kinds & {"matching", "ordering"}, (
            quiz.unit
        )
        for question in quiz.questions:
            for student in ("amara", "chen"):
                judged = judge(question, right_answer(question, student), student)
                assert judged.points == 1, question.id
                told = key_text(question, student).removeprefix("The answer is").strip(": .")
                assert judge(question, told, student).points == 1, (question.id, told)
