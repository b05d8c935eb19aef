"""The reader's language: what is found, what is extracted, what is released, and that nothing is missing."""

import ast
import json
import time

import pytest

from autograder import language
from autograder.feedback import as_html, as_text
from autograder.language import Catalogue, from_environment, gettext, known, speaking
from autograder.messages import discrepancies, program_problems, unit_messages, unit_problems
from autograder.quizzes.reading import load_quiz
from autograder.results import CheckResult, ExerciseResult, Outcome
from autograder.speech import Level, texts_in
from autograder.units import Course

CHINESE = "zh_CN"
UNITS = list(Course.find().units())


@pytest.fixture
def chinese():
    with speaking(CHINESE):
        yield gettext


def catalogue(wide=True, **more):
    made = Catalogue(wide=wide)
    made.add(
        {
            "the result": "结果",
            "expected: {expected}": "应为：{expected}",
            "{what}: shape {shape}": "{what}：形状 {shape}",
            "Also: {sentence}": "另外：{sentence}",
            "The gate is swapped.": "门调换了。",
            "Wrong.": "错误。",
            "{passed} of {checks} checks passed.": "{checks} 项检查通过了 {passed} 项。",
            "every element is 0": "每个元素都是 0",
            "axes {one} and {other} are swapped": "轴 {one} 和轴 {other} 调换了",
            **more,
        }
    )
    return made


# Which language


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("zh_CN.UTF-8", CHINESE),
        ("zh_CN", CHINESE),
        ("zh-cn", CHINESE),
        ("zh", CHINESE),
        ("zh_CN@pinyin", CHINESE),
        ("en_GB.UTF-8", "en"),
        ("C.UTF-8", "en"),
        ("POSIX", "en"),
        ("zh_TW", None),
        ("fr_FR.UTF-8", None),
        ("../../etc", None),
        ("", None),
    ],
)
def test_a_locale_stands_for_a_language(name, meant):
    assert known(name) == meant


@pytest.mark.parametrize(
    ("variables", "meant"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, CHINESE),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "fr:zh_CN:en"}, CHINESE),
        ({"LANG": "zh_CN.UTF-8", "AUTOGRADER_LANG": "en"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "AUTOGRADER_LANG": ""}, CHINESE),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
    ],
)
def test_the_first_variable_that_is_set_says_the_language(variables, meant):
    assert from_environment(variables) == meant


def test_a_name_out_of_code_is_not_translated_where_it_fills_a_place():
    made = catalogue(**{"dropout": "暂退法", "Write {name} in its cell now.": "现在在它的单元中写 {name}。"})
    assert made.translate("dropout") == "暂退法"
    assert made.translate("Write dropout in its cell now.") == "现在在它的单元中写 dropout。"


def test_a_notebook_is_spoken_to_in_the_language_it_was_released_in(tmp_path, monkeypatch):
    folder = tmp_path / "recurrent"
    folder.mkdir()
    content = {"metadata": {"autograder": {"unit": "recurrent", "language": CHINESE}}}
    (folder / "recurrent.ipynb").write_text(json.dumps(content))
    monkeypatch.chdir(folder)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.delenv("AUTOGRADER_LANG")
    monkeypatch.setitem(language.sys.modules, "ipykernel", language)
    assert language.language() == CHINESE
    monkeypatch.setenv("AUTOGRADER_LANG", "en")
    assert language.language() == "en"


# Looking up


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Wrong.", "错误。"),
        ("expected: the result: shape (2, 3)", "应为：结果：形状 (2, 3)"),
        ("expected: the result: 3", "应为：结果：3"),
        ("     expected: 4", "应为：4"),
        ("  Also: The gate is swapped.", "  另外：门调换了。"),
        ("Wrong. The gate is swapped. What?", "错误。门调换了。What?"),
        ("0 of 4 checks passed.", "4 项检查通过了 0 项。"),
        ("Also: The gate is swapped.\n1 of 2 checks passed.", "另外：门调换了。\n2 项检查通过了 1 项。"),
        ("1 of them\nfailed; 3 checks passed.", "1 of them\nfailed; 3 checks passed."),
        ("every element is 0; axes 0 and 1 are swapped", "每个元素都是 0；轴 0 和轴 1 调换了"),
        ("nothing that is known", "nothing that is known"),
        ("", ""),
    ],
)
def test_a_text_is_translated_as_far_as_it_is_known(text, said):
    assert catalogue().translate(text) == said


def test_of_two_templates_the_one_that_says_more_is_meant():
    known = catalogue(**{"{a} passed.": "甲", "{a} of {b} passed.": "乙"})
    assert known.translate("1 of 2 passed.") == "乙"


def test_a_template_of_places_alone_fits_nothing():
    assert catalogue(**{"{a}: {b}": "甲"}).translate("x: y") == "x: y"


def test_hostile_texts_take_no_longer_than_they_are(chinese):
    piece = "expected: , by up to of checks passed. at index : shape ; "
    started = time.process_time()
    for text in (
        piece * 70,
        "Also: " * 700,
        "item 0 of " * 400,
        "(" * 4000,
        ": " * 2000,
        "; " * 2000,
        "a. " * 1300,
    ):
        chinese(text)
    assert time.process_time() - started < 2


def test_what_came_from_a_submission_stays_escaped(chinese):
    check = CheckResult("shape", True, Outcome.FAILED, "One. <b>", "One. <b>\n     got: <script>x</script>")
    result = ExerciseResult("gru_step", Outcome.FAILED, 0.0, 2.0, feedback=check.message, checks=[check])
    page = as_html(result)
    assert "<script>" not in page
    assert "<b>" not in page
    assert "得到：&lt;script&gt;" in page
    assert "未通过" in as_text(result)


def test_english_texts_pass_unchanged():
    with speaking("en"):
        assert gettext("not attempted") == "not attempted"


def test_formulas_are_found_in_the_form_of_terminals(tmp_path):
    texts = language.with_plain_formulas({r"The mean is $\frac{a}{b}$.": r"均值为 $\frac{a}{b}$。"})
    assert texts["The mean is (a)/(b)."] == "均值为 (a)/(b)。"


# Collecting


def test_texts_are_collected_from_a_source():
    source = '''
"""A docstring of the module."""
TITLE = "Two words"
def f(x):
    """A docstring."""
    print(_(f"{len(x)} of {y.name} are {'very well' if x else 'not well'} done"), _("yes"), _(TITLE))
    raise CourseError(f"{path}: {error.strerror}; name {', '.join(others)}")
    return "not told to anybody"
'''
    found = list(texts_in(ast.parse(source), Level.NONE))
    assert found == [
        "Two words",
        "{x} of {name} are {value} done",
        "very well",
        "not well",
        "yes",
        "{path}: {strerror}; name {others}",
    ]


@pytest.mark.parametrize("name", UNITS)
def test_all_that_a_unit_says_is_collected(name):
    unit = Course.find().unit(name)
    texts = {message.text for message in unit_messages(unit)}
    assert {hint for exercise in unit.exercises.values() for hint in exercise.hints} <= texts
    assert {mistake.sentence for mistake in unit.mistakes.values()} <= texts
    for question in load_quiz(unit, keys=False).questions:
        assert {question.text, question.topic, question.explanation} <= texts | {""}


@pytest.mark.parametrize(
    ("english", "chinese", "problem"),
    [
        ("the mean $x_t$ of `h`", "`h` 的均值 $x_t$", None),
        ("the mean $x_t$", "均值 $x_T$", "formulas"),
        ("$\\text{mean}$ of it", "$\\text{均值}$", None),
        ("call `f`", "调用 `g`", "code"),
        ("{n} of {k}", "{k} 中的 {n}", None),
        ("{n} of {k}", "{k} 中的", "places"),
        ("# A\n\nb", "# 甲\n\n乙", None),
        ("# A\n\nb", "## 甲\n\n乙", "headings"),
        ("a\n\nb", "甲", "paragraphs"),
        ("[a](b.html)", "[甲](c.html)", "links"),
    ],
)
def test_what_has_to_be_the_same_is_compared(english, chinese, problem):
    found = discrepancies(english, chinese)
    assert [text.split(":")[0] for text in found] == ([f"other {problem}"] if problem else [])


# Nothing is missing


def test_the_program_is_translated():
    assert program_problems(CHINESE) == []


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_translated(name):
    assert unit_problems(Course.find().unit(name), CHINESE) == []
