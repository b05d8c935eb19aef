"""The reader's language in the report, in what regrading would change, and in pictures."""

import html.parser
import re
from types import SimpleNamespace

import pytest
import torch

from autograder.console import page as terminal
from autograder.html_page import render
from autograder.language import gettext, speaking
from autograder.messages import check_texts
from autograder.notebooks import ANEW
from autograder.pictures import Compared, picture
from autograder.records import CHANGED, Entry, Grade
from autograder.regrading import compare, show
from autograder.report import ExerciseFigures, Standing, UnitFigures, notes
from autograder.report_page import MOST, Pages
from autograder.results import CellOutput, CheckResult, ExerciseResult, Outcome, Result
from autograder.similarity import Alike
from autograder.units import Course

CHINESE = "zh_CN"
UNITS = [Course.find().unit(name) for name in ("recurrent", "attention")]
STUDENTS = [f"student{number}" for number in range(2 * MOST)]
# What stays as it is: code in backticks, what an answer raised, and names.
KEPT = ["ValueError: bad", "a.ipynb", "deep-learning", *STUDENTS[::-1]]
KEPT += [name for unit in UNITS for name in (*unit.mistakes, unit.title, unit.name, *unit.exercises)]


@pytest.fixture(autouse=True)
def chinese():
    with speaking(CHINESE):
        yield


class Reader(html.parser.HTMLParser):
    """Collect what a page says to eyes and to screen readers, code and scripts aside."""

    def __init__(self, text):
        super().__init__()
        self.language, self.within, self.said = None, [], []
        self.feed(text.replace("<wbr>", ""))

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.language = found.get("lang", self.language)
        self.said += [found[name] for name in ("aria-label", "title", "alt") if name in found]
        if tag in ("code", "script", "style"):
            self.within.append(tag)

    def handle_endtag(self, tag):
        if self.within and tag == self.within[-1]:
            self.within.pop()

    def handle_data(self, data):
        if not self.within:
            self.said.append(data)


def english(text, *kept):
    """Return the English words in a text, without those that are to be there."""
    for name in sorted({*KEPT, *kept}, key=len, reverse=True):
        text = text.replace(name, "")
    return re.findall("[A-Za-z]{2,}", re.sub("`[^`]*`", "", text))


def sentences(unit):
    """Return the sentences of some checks and mistakes of a unit."""
    [path] = [path for path in unit.check_files(hidden=True) if path.name.startswith("hidden")]
    mistakes = [mistake.sentence for mistake in unit.mistakes.values()]
    return [sentence for _name, sentence in check_texts(path, told=False)], mistakes


def odd_result(count):
    """Return a result that an instructor should know everything of."""
    exercises = [
        ExerciseResult("gru_step", outcome, 0.0, 1.0, checks=[CheckResult("c", True, outcome)])
        for outcome in Outcome
    ]
    cells = [CellOutput(number, error="ValueError: bad") for number in range(count)]
    error = f"a.ipynb: this is not a notebook: no object at the top; {ANEW}"
    return Result("n", status="refused", error=error, exercises=exercises, cells=cells)


def full(unit):
    """Return figures that make a page say all it can."""
    made = UnitFigures(unit)
    asked, wrong = sentences(unit)
    repairs = [
        "the file was encoded as UTF-16",
        "the setup cell was missing; the released one was run instead",
    ]
    for place, student in enumerate(STUDENTS):
        status = ("graded", "refused", "not graded", "grader error")[place % 4]
        standing = Standing(student, UNITS[0].folder, 1.0, 2.0, 0.1 if place else 9.0, [status])
        standing.notes, standing.repairs = [*notes(odd_result(place % 3)), CHANGED], repairs
        made.standings.append(standing)
    made.standings[-1].notes = []
    for place, name in enumerate((*unit.exercises, "asked")):
        exercise = made.exercises[name] = ExerciseFigures(name, 2.0, name == "asked")
        checks = [
            CheckResult(f"{index}", bool(index % 2), Outcome.FAILED, text) for index, text in enumerate(asked)
        ]
        for index, outcome in enumerate((Outcome.PASSED, Outcome.FAILED, Outcome.NOT_ATTEMPTED) * 4):
            found = checks if outcome is Outcome.FAILED else []
            for mistake in (m for m in unit.mistakes.values() if found and m.exercise == name):
                exercise.mistakes.setdefault(mistake.name, []).append(STUDENTS[index])
            score = 0.0 if outcome is Outcome.NOT_ATTEMPTED else place % 3
            exercise.add(STUDENTS[index], ExerciseResult(name, outcome, score, 2.0, checks=found))
    names = tuple(unit.exercises)
    pair = Alike((STUDENTS[0], STUDENTS[1]), 0.97, names, names[:1], names[:1])
    made.alike = [pair] * (MOST + 1)
    return made, [*asked, *wrong]


def empty(unit):
    """Return the figures of a unit in which nothing was graded and nothing is odd."""
    made = UnitFigures(unit, [Standing(STUDENTS[0], unit.folder, statuses=["not graded"])])
    return made, []


@pytest.mark.parametrize("make", [full, empty])
@pytest.mark.parametrize("of", ["unit", "course"])
def test_a_report_speaks_one_language(make, of, tmp_path):
    made = [make(unit) for unit in UNITS]
    pages, figures = Pages(tmp_path), [one for one, _told in made]
    drawn = pages.unit(figures[0]) if of == "unit" else pages.course("deep-learning", figures)
    read = Reader(render(drawn))
    assert read.language == "zh-CN"
    told = {gettext(sentence) for _figures, sentences in made for sentence in sentences}
    for text in read.said:
        assert not english(text, "UTF-16", "JupyterLab", "ipynb", "asked", *told), text
        assert not re.search("[\u4e00-\u9fff][,;:.]( |$)", text) or text in told


def test_a_report_s_record_is_english():
    record = full(UNITS[0])[0].to_json()
    with speaking("en"):
        assert record == full(UNITS[0])[0].to_json()
    assert "timed out: gru_step" in record["students"][0]["notes"]


def result(outcome, score, mistake, points, **checks):
    sentence = next(text for text in sentences(UNITS[0])[0] if not english(gettext(text)))
    seen = [CheckResult(name, False, Outcome(ended), sentence) for name, ended in checks.items()]
    return Result("n", "u", exercises=[ExerciseResult("gru_step", outcome, score, points, mistake, "", seen)])


def moves():
    """Return moves for every reason that there is."""
    old = result(Outcome.FAILED, 1.0, None, 2.0, a="passed", b="failed", gone="passed")
    for entry, was, now in [
        (
            Entry(0.0, {"gru_step": Grade(1.0, 1.5, 1.5, 2.0)}),
            old,
            result(Outcome.PASSED, 3.0, "swapped", 3.0),
        ),
        (None, old, result(Outcome.TIMED_OUT, 0.0, "swapped", 2.0, a="timed out", c="failed", d="passed")),
        (None, old, result(Outcome.FAILED, 0.5, None, 2.0, a="passed", b="failed", c="passed", d="passed")),
        (
            None,
            old,
            Result("n", "u", status="refused", error="a.ipynb: the file is empty; save the notebook again"),
        ),
        (None, None, result(Outcome.PASSED, 2.0, None, 2.0)),
    ]:
        yield from compare("amara", "recurrent", entry, was, now)


def test_what_regrading_changes_is_told_in_one_language():
    found = list(moves())
    found[0].reasons.append(CHANGED)
    others = list(
        compare("chen", "u", None, *[result(Outcome.FAILED, 1, name, 2) for name in ("swapped", None)])
    )
    with terminal.capture() as said:
        for told in ([*found, *others], others, []):
            show(SimpleNamespace(moves=told, compared=9))
    assert not english(said.get(), "amara", "chen", "swapped", "--json"), said.get()
    assert "outcome failed → timed out" in [reason for move in found for reason in move.reasons]


@pytest.mark.parametrize("what", ["the result", "item 2 of the result", "the result['h']"])
@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4), (12,)])
@pytest.mark.parametrize("all_wrong", [False, True])
def test_a_picture_speaks_one_language(what, shape, all_wrong):
    wrong = torch.full(shape, all_wrong)
    wrong[(0,) * len(shape)] = True
    drawn = picture(Compared(what, torch.zeros(shape), wrong.float(), wrong))
    read = Reader(drawn)
    assert len(read.said) > 2
    assert not english(" ".join(read.said))
