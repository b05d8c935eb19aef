"""The reader's language from end to end: released notebooks, marks, practice questions and the command line."""

import ast
import json
import re
import subprocess
import sys

import pytest

from autograder import language
from autograder.language import gettext, speaking
from autograder.messages import (
    po_text,
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
from autograder.units import Course, Unit

CHINESE = "zh_CN"
UNITS = list(Course.find().units())


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


# Collecting anew


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


@pytest.mark.parametrize(
    "words",
    [["hint", "dropout", "--all"], ["reset", "dropout"], ["submit", "regularization"]],
    ids=lambda words: words[0],
)
def test_what_a_students_command_says_is_chinese_to_the_last_line(copy_course, cli, tmp_path, words):
    where = copy_course(tmp_path / "course").root
    ran = cli(*words, "--lang", CHINESE, cwd=where)
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.strip().splitlines()
    assert lines and all(re.search(r"[\u4e00-\u9fff]", line) for line in lines), ran.stdout
