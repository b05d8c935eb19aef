"""The reader's language: what is found, what is extracted, what is released, and that nothing is missing."""

import ast
import json
import re
import subprocess
import sys
import time

import pytest

from autograder import language
from autograder.feedback import as_html, as_text
from autograder.language import Catalogue, from_environment, gettext, known, speaking
from autograder.messages import (
    discrepancies,
    po_text,
    program_problems,
    public_catalogue,
    read_catalogue,
    renew_unit,
    unit_messages,
    unit_problems,
)
from autograder.quizzes.face import face
from autograder.quizzes.files import practice_text, read_practice
from autograder.quizzes.judge import judge
from autograder.quizzes.reading import load_quiz
from autograder.release import release, source_notebook
from autograder.results import CheckResult, ExerciseResult, Outcome
from autograder.speech import Level, texts_in
from autograder.units import Course, Unit

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


def translate_all(unit):
    """Write a catalogue that translates every text of a unit into itself with a mark."""
    messages = unit_messages(unit)
    made = read_catalogue(unit.folder / "none.po", CHINESE)
    for message in messages:
        made.add(message.text, f"译 {message.text}")
    (unit.folder / f"{CHINESE}.po").write_text(po_text(messages, made, CHINESE))


def paired(text):
    """Return a percent notebook with one and the same translation after each prose cell."""
    text = re.sub(r'(?m)^# %% \[markdown\] lang=".*"\n(?:(?!# %%)(?:#.*)?\n)*', "", text)
    head, *cells = text.split("# %% [markdown]\n")
    made = [head]
    for cell in cells:
        prose = "".join(line + "\n" for line in cell.split("\n\n")[0].split("\n"))
        rest = cell[len(prose.rstrip("\n")) :]
        made.append(f'# %% [markdown]\n{prose}\n# %% [markdown] lang="{CHINESE}"\n# 译文\n{rest}')
    return "".join(made)


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


def test_renewing_keeps_translations_and_marks_those_of_changed_texts(copy_course, tmp_path):
    unit = copy_course(tmp_path).unit("regularization")
    translate_all(unit)
    before = (unit.folder / "zh_CN.po").read_text()
    renew_unit(unit, CHINESE)
    assert (unit.folder / "zh_CN.po").read_text() == before
    facts = unit.folder / "unit.toml"
    hint = unit.exercises["dropout"].hints[0]
    facts.write_text(facts.read_text().replace(hint, hint + " Look again."))
    unit = Unit.load(unit.folder)
    renew_unit(unit, CHINESE)
    [problem] = [text for text in unit_problems(unit, CHINESE) if "lang=" not in text]
    assert "unit.toml:dropout" in problem
    assert "English was changed" in problem


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


# Releasing


@pytest.fixture(scope="module")
def both(copy_course, tmp_path_factory):
    """Return two copies of a course: one untranslated, and one released in Chinese."""
    plain, told = (copy_course(tmp_path_factory.mktemp(name) / "course") for name in ("plain", "told"))
    for unit in told.units().values():
        unit.source.write_text(paired(unit.source.read_text()))
        translate_all(unit)
    release(told, [Unit.load(unit.folder) for unit in told.units().values()], spoken=CHINESE)
    return plain, told


def test_translations_leave_the_english_notebook_as_it_is(both):
    plain, told = both
    for name, unit in plain.units().items():
        assert source_notebook(told.unit(name)) == source_notebook(unit)


def test_a_chinese_notebook_has_the_same_cells(both):
    read = [json.loads(course.unit("recurrent", "assignments").notebook.read_text()) for course in both]
    english, chinese = (notebook["cells"] for notebook in read)
    kept = ("id", "cell_type")
    assert [[c[k] for k in kept] for c in english] == [[c[k] for k in kept] for c in chinese]
    for one, other in zip(english, chinese, strict=True):
        entries = [dict(c["metadata"].get("nbgrader", {})) for c in (one, other)]
        assert [e.pop("checksum", None) and None for e in entries] == [None, None]
        assert entries[0] == entries[1]
        if one["cell_type"] == "markdown":
            assert "".join(other["source"]).strip() == "译文"
    assert read[1]["metadata"]["autograder"] == {"unit": "recurrent", "language": CHINESE}
    [stub] = ["".join(c["source"]) for c in chinese if c["id"] == "gru-step-solution"]
    contract = ast.get_docstring(ast.parse(stub).body[0])
    assert re.search("[\u4e00-\u9fff]", contract)
    assert "raise NotImplementedError" in stub


def test_a_released_catalogue_holds_nothing_of_graders(both):
    _, told = both
    for name, unit in told.units().items():
        text = (told.root / "assignments" / name / "zh_CN.po").read_text()
        public = {
            str(m.id) for m in read_catalogue(told.root / "assignments" / name / "zh_CN.po", CHINESE) if m.id
        }
        assert public == {message.text for message in unit_messages(unit) if message.public}
        assert "hidden_checks" not in text


@pytest.mark.parametrize("name", UNITS)
def test_keys_of_questions_are_no_public_texts(name):
    unit = Course.find().unit(name)
    public = {message.text for message in unit_messages(unit) if message.public}
    for question in load_quiz(unit, keys=False).questions:
        shown = face(question)
        whys = {
            question.explanation,
            *(option.why for option in question.options),
            *(w.why for w in question.wrong),
        }
        sentences = {mistake.sentence for mistake in unit.mistakes.values()}
        assert not (whys - {""} - sentences - {*shown.choices}) & public


def test_a_chinese_submission_earns_the_same(both, cli, tmp_path):
    lines = []
    for course in both:
        notebook = json.loads(course.unit("regularization", "assignments").notebook.read_text())
        for cell in notebook["cells"]:
            if cell["id"] == "dropout-solution":
                cell["source"] = "".join(cell["source"]).replace(
                    "raise NotImplementedError()", "return x * 2"
                )
        path = tmp_path / f"{len(lines)}.ipynb"
        path.write_text(json.dumps(notebook))
        ran = cli("score", path, "--json", "-", "--course", both[0].root, "--allow-unsafe", "--lang", CHINESE)
        record = json.loads(ran.stdout)
        lines.append([record["exercises"], record["score"], record["repairs"]])
    assert lines[0] == lines[1]
    assert "checks passed" in lines[0][0][0]["feedback"]  # records are English


def test_practice_is_told_in_chinese_and_nobody_reads_it_at_a_glance(tmp_path):
    unit = Course.find().unit("attention")
    quiz = load_quiz(unit)
    [question] = [q for q in quiz.practice if q.id == "attention_bottleneck"]
    told = str(read_catalogue(unit.folder / "zh_CN.po", CHINESE)[question.explanation].string)
    text = practice_text(quiz)
    assert told and told not in text and json.dumps(told) not in text
    path = tmp_path / "practice.json"
    path.write_text(text)
    language._State.catalogues.clear()
    read_practice(path)
    letter = "abcd"[list(face(question).choices).index(question.options[0].text)]
    with speaking(CHINESE):
        assert gettext(judge(question, letter).feedback).endswith(told)


def test_public_catalogue_is_empty_where_nothing_is_translated(copy_course, tmp_path):
    assert public_catalogue(copy_course(tmp_path).unit("recurrent"), CHINESE) == ""


# On the command line


def test_check_speaks_chinese_where_the_machine_does(both, cli):
    _, told = both
    ran = cli(
        "check",
        "dropout",
        "--course",
        told.root,
        AUTOGRADER_LANG="",
        LANG="zh_CN.UTF-8",
        LC_ALL="",
        LANGUAGE="",
    )
    assert ran.returncode == 1
    assert "未作答" in ran.stdout
    assert "接下来" in ran.stdout


@pytest.mark.parametrize(
    "arguments", [["--lang", "zh_CN", "check", "none"], ["check", "--lang=zh_CN", "none"]]
)
def test_the_language_is_asked_for_anywhere_on_the_line(both, cli, arguments):
    ran = cli(*arguments, "--course", both[0].root)
    assert ran.returncode == 2
    assert ran.stderr.startswith("错误：")
    assert "现有" in ran.stderr or "单元有" in ran.stderr


def test_a_language_that_there_is_not_is_refused_with_those_there_are(cli):
    ran = cli("check", "--lang", "fr")
    assert ran.returncode == 2
    assert "en, zh_CN" in ran.stderr


def test_help_speaks_chinese(cli):
    ran = cli("--help", "--lang", "zh_CN")
    assert "写给学生" in ran.stdout
    assert "For students" not in ran.stdout


def test_english_costs_no_catalogue():
    code = "import sys; from autograder.feedback import _; _('failed'); print('babel' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


# Nothing is missing


def test_the_program_is_translated():
    assert program_problems(CHINESE) == []


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_translated(name):
    assert unit_problems(Course.find().unit(name), CHINESE) == []
