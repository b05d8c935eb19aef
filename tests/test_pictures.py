"""Pictures of what was expected and what came."""

import re
import xml.etree.ElementTree as ET

import pytest
import torch

from autograder.checking import assert_matches
from autograder.errors import CheckFailed
from autograder.examiner import examine
from autograder.feedback import as_html
from autograder.grading import Grader, LocalSubmission, Sessions
from autograder.pictures import Compared, picture, sequence_compared
from autograder.results import CheckResult, ExerciseResult, Outcome

TABLE = torch.arange(12.0).reshape(3, 4)


def compared(expected, got):
    with pytest.raises(CheckFailed) as caught:
        assert_matches(got, expected)
    return caught.value.compared


def drawn(*values):
    """Return a picture as a tree; it is well-formed."""
    return ET.fromstring(picture(compared(*values)))


def changed(table, *place, to=99.0):
    other = table.clone()
    other[place] = to
    return other


def test_a_small_table_is_drawn_with_its_numbers_and_what_differs_is_outlined():
    tree = drawn(TABLE, changed(TABLE, 1, 2))
    numbers = [node.text for node in tree.iter("text")]
    assert numbers == [
        "expected",
        *map(str, range(12)),
        "got",
        *map(str, range(6)),
        "99",
        *map(str, range(7, 12)),
    ]
    assert sum("stroke" in node.attrib for node in tree.iter("rect")) == 1
    said = tree.find("svg").get("aria-label")
    assert said == (
        "Expected and got drawn for the result (3 × 4): 1 of 12 numbers differ; at [1, 2] expected 6, got 99."
    )
    assert tree.find("figcaption").text == "the result: 1 of 12 numbers differ; outlined: what differs"


def test_of_more_axes_the_first_table_that_differs_is_drawn():
    cube = torch.zeros(2, 3, 4, 5)
    said = drawn(cube, changed(cube, 1, 2, 3, 4)).find("svg").get("aria-label")
    assert "the result[1, 2] (4 × 5): 1 of 20 numbers differ; at [3, 4]" in said


@pytest.mark.parametrize("kind", [torch.tensor, list])
def test_a_sequence_is_drawn_as_curves(kind):
    expected = [0.1 * 0.9**step for step in range(20)]
    tree = drawn(kind(expected), kind([*expected[:10], *expected[:10]]))
    curves = [node for node in tree.iter("path") if node.get("stroke") != "currentColor"]
    assert [len(re.findall("[ML]", node.get("d"))) for node in curves] == [20, 20]
    assert "10 of 20 numbers differ" in tree.find("svg").get("aria-label")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -1e308, 1e308])
@pytest.mark.parametrize("shape", [(3, 4), (12,)])
def test_strange_numbers_are_drawn(number, shape):
    table = TABLE.double().reshape(shape)
    text = picture(compared(table, changed(table, *[0] * len(shape), to=number)))
    ET.fromstring(text)
    assert not re.search(r'd="[^"]*(nan|inf)', text)


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (torch.zeros(2), torch.ones(2)),
        (torch.zeros(60, 60), torch.ones(60, 60)),
        (torch.zeros(9999), torch.ones(9999)),
        (torch.zeros(3, dtype=torch.complex64), torch.ones(3, dtype=torch.complex64)),
    ],
)
def test_what_would_say_nothing_is_not_drawn(expected, got):
    assert picture(Compared("the result", expected, got, got != expected)) == ""


@pytest.mark.parametrize("got", [["a"] * 9, [1.0] * 8, [True] * 9, [10**400] * 9, 3])
def test_what_is_no_sequence_of_numbers_is_not_compared(got):
    assert sequence_compared("the result", [1.0] * 9, got) is None


def test_text_in_a_picture_is_escaped():
    text = picture(Compared('<b onclick="x">', TABLE, TABLE + 1, torch.ones(3, 4, dtype=torch.bool)))
    assert "<b" not in text and 'onclick="' not in text


def result_of(tell):
    check = CheckResult("first", True, Outcome.FAILED, "The table is right.", "The table is right.\n got: 1")
    check.compared = compared(TABLE, TABLE + 1) if tell else None
    passed = CheckResult("second", True, Outcome.PASSED, "It has a <shape>.")
    feedback = (
        f"{check.message}\nProbably: It is one too large.\nAlso: It has a <shape>.\n1 of 2 checks passed."
    )
    return ExerciseResult("table", Outcome.FAILED, 0.0, 2.0, feedback=feedback, checks=[check, passed])


def test_a_result_is_a_table_for_eyes_and_for_screen_readers():
    tree = ET.fromstring(as_html(result_of(tell=True)))
    assert tree.get("role") == "status"
    table = tree.find("table")
    assert "".join(table.find("caption").itertext()) == "✗ table: failed, 0 / 2 points"
    assert [head.get("scope") for head in table.iter("th")] == ["col", "col", "row", "row"]
    first, second = table.findall("tbody/tr")
    assert [sign.get("aria-hidden") for sign in table.findall("tbody/tr/td/span")] == ["true", "true"]
    assert first.find("th/pre").text == " got: 1" and first.find("th/figure/svg") is not None
    assert "".join(second.itertext()) == "✓ passedIt has a <shape>."
    said = ["".join(note.itertext()) for note in tree.findall("p")]
    assert said == ["Probably: It is one too large.", "1 of 2 checks passed."]


def test_without_what_was_compared_there_is_no_picture():
    assert "<svg" not in as_html(result_of(tell=False))


@pytest.mark.parametrize("tell", [True, False])
def test_only_what_may_be_told_is_kept_for_a_picture(tell, units):
    unit = units["recurrent"]
    wrong = {**unit.references, "gru_step": lambda x, h, params: h * 0}
    seen = []

    def work(examiner):
        check = examiner.exercise_checks("gru_step")[0]
        with Sessions(LocalSubmission(wrong)) as sessions:
            seen.append(Grader(unit, examiner).run_one(check, sessions, watch=False, tell=tell))

    examine([unit], hidden=False, work=work)
    assert (seen[0].compared is not None) == tell
