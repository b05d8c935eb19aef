"""The class report: its figures, its pages, and near-identical submissions; nothing is graded for it."""

import base64
import hashlib
import html.parser
import json
import re
import time
from pathlib import Path
from urllib.parse import unquote

import pytest
from nbgrader.api import Gradebook

from autograder import report as reporting
from autograder.html_page import Cell, Page, Section, columns, histogram, number_columns, render, text
from autograder.notebooks import Cell as NotebookCell
from autograder.notebooks import Notebook
from autograder.pool import Pool
from autograder.results import CheckResult, ExerciseResult, Outcome
from autograder.sandbox import Limits
from autograder.similarity import Fingerprint, find_alike, fingerprint
from autograder.store import Store

UNIT = "recurrent"
HOSTILE = 'eve<img src=x onerror="alert(1)">&'
WRONG = """
def gru_step(x, h, params):
    r, z = gru_gates(x, h, params)
    candidate = torch.tanh(x @ params["W_xh"] + (r * h) @ params["W_hh"] + params["b_h"])
    return (1 - z) * h + z * candidate
"""
COPIED = """
# all my own work
def gru_step(inputs, state, params):
    reset, update = gru_gates(inputs, state, params)

    new = torch.tanh(inputs @ params["W_xh"]
                     + (reset * state) @ params["W_hh"] + params["b_h"])
    return (1 - update) * state + update * new
"""


@pytest.fixture(scope="module")
def graded(copy_course, units, write_notebook, shut_in, tmp_path_factory, cli):
    """Return a course in which six students handed in, and were graded."""
    del shut_in
    course = copy_course(tmp_path_factory.mktemp("class"))
    given = {
        "amara": {},
        "bjorn": {"gru_step": WRONG},
        "chen": {"gru_step": COPIED},
        "elif": dict.fromkeys(units[UNIT].exercises),
        HOSTILE: {"gru_gates": "def gru_gates(*a):\n    raise ValueError('<script>alert(2)</script>')"},
    }
    for student, answers in given.items():
        write_notebook(course.root / "submitted" / student / UNIT / f"{UNIT}.ipynb", UNIT, answers)
    place = course.root / "submitted" / "dora" / UNIT
    place.mkdir(parents=True)
    (place / f"{UNIT}.ipynb").write_text("%PDF-1.4 <b>my homework</b>")
    done = cli("grade", "--course", course.root)
    assert done.returncode == 0, done.stderr
    return course.root


@pytest.fixture(scope="module")
def figures(graded, cli):
    """Return what `report --json -` says; the pages are written as well."""
    done = cli("report", "--course", graded, "--json", "-", "--alike", "0.8")
    assert done.returncode == 0, done.stderr
    [unit] = map(json.loads, done.stdout.splitlines())
    return unit


def test_the_figures_count_what_the_class_handed_in(figures):
    assert (figures["handed_in"], figures["graded"], figures["not_graded"]) == (6, 5, 0)
    statuses = {item["student"]: item["status"] for item in figures["students"]}
    assert statuses["dora"] == "refused" and statuses["amara"] == "graded"
    marks = {item["student"]: item["mark"] for item in figures["students"]}
    assert marks["amara"] == figures["points"] and marks["elif"] == marks["dora"] == 0
    assert 0 < marks["bjorn"] == marks["chen"] < figures["points"]


def test_exercises_and_checks_are_counted(figures):
    exercises = {item["name"]: item for item in figures["exercises"]}
    step, gates = exercises["gru_step"], exercises["gru_gates"]
    assert (step["answers"], step["right"], step["not_attempted"]) == (5, 2, 1)
    assert step["right"] + step["partly"] + step["wrong"] + step["not_attempted"] == step["answers"]
    assert (gates["right"], gates["wrong"]) == (3, 1)
    assert all(check["ran"] <= 4 for check in step["checks"])  # the untouched stub is left out
    assert max(check["failed"] for check in step["checks"]) == 2
    assert all(check["unnamed"] == 0 for check in step["checks"])


def test_a_named_mistake_has_its_sentence_and_its_students(figures, units):
    [step] = [item for item in figures["exercises"] if item["name"] == "gru_step"]
    [mistake] = step["mistakes"]
    assert mistake["students"] == ["bjorn", "chen"] and mistake["count"] == 2
    assert mistake["name"] == "z_and_1_minus_z_swapped"
    assert mistake["sentence"] == units[UNIT].mistakes[f"gru_step.{mistake['name']}"].sentence


def test_copies_with_other_names_are_found(figures):
    pairs = {tuple(pair["students"]): pair for pair in figures["alike"]}
    copied = pairs["bjorn", "chen"]
    assert copied["likeness"] == 1 and "gru_step" in copied["wrong"]
    assert "gru_step" not in copied["same_names"] and "gru_gates" in copied["same_names"]
    assert figures["alike"][0]["students"] == ["bjorn", "chen"]  # what is wrong alike comes first
    assert not any("elif" in pair for pair in pairs)


class Reader(html.parser.HTMLParser):
    """Collect a page's elements, attributes and visible text."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.words, self.script = [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        if self.elements and self.elements[-1][0] == "script":
            self.script += data
        else:
            self.words.append(data)


@pytest.fixture(scope="module", params=["index", UNIT])
def page(request, graded, figures):
    del figures
    return (graded / "report" / f"{request.param}.html").read_text()


def test_pages_fetch_nothing_and_run_one_known_script(page):
    read = Reader(page)
    policy = next(a["content"] for _, a in read.elements if a.get("http-equiv") == "Content-Security-Policy")
    script = page[page.index("<script>") + 8 : page.index("</script>")]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy and policy.startswith("default-src 'none'")
    assert [tag for tag, _ in read.elements].count("script") == 1
    for tag, attributes in read.elements:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base", "form")
        assert not any(name.startswith("on") or name == "src" for name in attributes)
        assert not re.match(r"(?i)\s*([a-z]+:|//)", attributes.get("href", ""))
    assert "url(" not in page and "@import" not in page


def test_hostile_names_and_texts_are_shown_as_text(page):
    words = "".join(Reader(page).words)
    assert HOSTILE in words
    assert "<b>my homework" not in page and "<script>alert(2)" not in page


def test_students_are_linked_to_their_feedback(page, graded):
    targets = [unquote(a["href"]) for tag, a in Reader(page).elements if tag == "a"]
    feedback = {target for target in targets if "feedback" in target}
    assert len(feedback) == 6
    assert all((graded / "report" / target).resolve().is_file() for target in feedback)
    assert f"../feedback/{HOSTILE}/{UNIT}/{UNIT}.html" in feedback


def test_pictures_have_words_and_tables_have_headings(page):
    read = Reader(page)
    ids = {attributes["id"] for _, attributes in read.elements if "id" in attributes}
    pictures = [a for tag, a in read.elements if tag == "svg" and a.get("aria-hidden") != "true"]
    assert any("histogram" in a["class"] for a in pictures)
    for attributes in pictures:
        assert attributes["role"] == "img"
        named = attributes.get("aria-label") or set(attributes["aria-labelledby"].split()) <= ids
        assert named
    headings = [a for tag, a in read.elements if tag == "th"]
    assert headings and all(a["scope"] in ("col", "row") for a in headings)


def test_the_page_says_what_counts(graded, figures):
    words = " ".join("".join(Reader((graded / "report" / f"{UNIT}.html").read_text()).words).split())
    assert "2 of 5" in words and "For staff only" in words and "Alike is not copied" in words
    assert "refused:" in words and "full marks" in words


def handed_in(root, names=()):
    from autograder.course import Submissions
    from autograder.units import Course

    return Submissions(Course(root), list(names))


def gathered(root):
    store = Store(root / ".autograder" / "results", "cpu", Limits())
    return list(reporting.gather(handed_in(root), store, 0.9))


def test_nothing_is_graded_for_the_report_whatever_changed_since(graded, figures, monkeypatch, cli):
    monkeypatch.setattr(Pool, "__enter__", lambda self: pytest.fail("the report grades"))
    checks = graded / "solutions" / UNIT / "hidden_checks.py"
    before = checks.read_text()
    try:
        checks.write_text(before + "\n# another version\n")
        [unit] = gathered(graded)
    finally:
        checks.write_text(before)
    assert [item.mark for item in unit.standings] == [item["mark"] for item in figures["students"]]


@pytest.mark.parametrize(("penalty", "gained"), [(0.5, 1.5), (9.0, 0.0)])
def test_manual_marks_and_late_penalties_count(graded, penalty, gained):
    [before] = gathered(graded)
    with Gradebook(f"sqlite:///{graded / 'gradebook.db'}") as book:
        notebook = book.find_submission_notebook(UNIT, UNIT, "elif")
        notebook.grades[0].manual_score, notebook.late_submission_penalty = 2.0, penalty
        book.db.commit()
        try:
            [after] = gathered(graded)
        finally:
            notebook.grades[0].manual_score, notebook.late_submission_penalty = None, None
            book.db.commit()
    gains = {
        new.student: new.mark - old.mark for old, new in zip(before.standings, after.standings, strict=True)
    }
    assert gains.pop("elif") == gained and set(gains.values()) == {0.0}


def test_a_submission_handed_in_anew_is_said_to_be_out_of_date(graded, cli):
    path = graded / "submitted" / "amara" / UNIT / f"{UNIT}.ipynb"
    before = path.read_bytes()
    try:
        path.write_bytes(before + b"\n")
        done = cli("report", "--course", graded, "--to", graded / "other")
    finally:
        path.write_bytes(before)
    assert done.returncode == 0, done.stderr
    assert "1 submission is not graded as handed in now" in (graded / "other" / "index.html").read_text()


def test_a_damaged_record_costs_one_submission(graded):
    record = graded / ".autograder" / "graded" / "amara" / f"{UNIT}.json"
    before = record.read_text()
    try:
        for damage in ("", "[]", '{"recurrent": {"key": "../../x"}}', '{"recurrent": 3}'):
            record.write_text(damage)
            [unit] = gathered(graded)
            assert unit.ungraded == 1 and len(unit.graded) == 4
    finally:
        record.write_text(before)


def test_without_a_graded_class_it_says_what_to_do(copy_course, write_notebook, tmp_path, cli):
    course = copy_course(tmp_path / "course")
    done = cli("report", "--course", course.root)
    assert done.returncode == 2 and "collect" in done.stderr
    write_notebook(course.root / "submitted" / "amara" / UNIT / f"{UNIT}.ipynb", UNIT)
    done = cli("report", "--course", course.root)
    assert done.returncode == 2 and "autograder grade" in done.stderr
    assert not (course.root / "report").exists() and not (course.root / "gradebook.db").exists()


def test_a_place_that_cannot_be_written_is_said(graded, tmp_path, cli):
    (tmp_path / "file").touch()
    done = cli("report", "--course", graded, "--to", tmp_path / "file" / "report")
    assert done.returncode == 2 and "--to" in done.stderr and "Traceback" not in done.stderr


# The pieces, without a class.


def test_outcomes_of_an_exercise_are_told_apart():
    figures = reporting.ExerciseFigures("f", 2.0)
    failed = CheckResult("test_a", True, Outcome.FAILED, "It adds.")
    skipped = CheckResult("test_b", False, Outcome.SKIPPED, "It multiplies.")
    for student, outcome, score, mistake in [
        ("a", Outcome.PASSED, 2, None),
        ("b", Outcome.FAILED, 1, "one+other"),
        ("c", Outcome.RAISED, 0, None),
        ("d", Outcome.NOT_ATTEMPTED, 0, None),
        ("e", Outcome.GRADER_ERROR, 2, None),
    ]:
        checks = [] if score == 2 else [failed, skipped]
        figures.add(student, ExerciseResult("f", outcome, score, 2.0, mistake, "", checks))
    counted = figures.right, figures.partly, figures.wrong, figures.not_attempted
    assert counted == (2, 1, 1, 1) and figures.share == 0.5
    assert figures.mistakes == {"one": ["b"], "other": ["b"]}
    check = figures.checks["test_a"]
    assert list(figures.checks) == ["test_a"]
    assert (check.ran, check.failed, check.unnamed) == (2, 2, 1)


def test_the_histogram_counts_everybody_once():
    drawn = histogram([0, 0.99, 1, 5, 9.99, 10, 10.5, -1], 10, "students")
    assert [column["count"] for column in drawn["columns"]] == [3, 1, 0, 0, 0, 1, 0, 0, 0, 3]
    assert "median is 3" in drawn["description"] and "90–100 %: 3" in drawn["description"]
    assert histogram([], 10, "students") is None and histogram([0.0], 0, "students") is None


def test_a_page_escapes_all_it_is_given():
    nasty = "</script><script>alert(1)</script>\x1b[31m\ud800"
    row = [text(nasty, href='"><i>', note=nasty), Cell(nasty, nasty, people=[text(nasty)] * 5)]
    section = Section("a", text(nasty).text, columns=columns("x") + number_columns("y"), rows=[row])
    made = render(Page(text(nasty).text, text(nasty).text, [], [section]))
    made.encode()
    assert "alert(1)</script>" not in made and "<i>" not in made and made.count("<script>") == 1


def answer(source):
    return Notebook("n", [NotebookCell(0, "code", source)])


LONG = """
def gru_step(x, h, W):
    "A docstring."
    z = (x @ W[0] + h @ W[1]).sigmoid()  # the gate
    r = (x @ W[2] + h @ W[3]).sigmoid()
    n = (x @ W[4] + r * (h @ W[5])).tanh()
    helper = [z, r, n]
    total = sum(part.abs().mean() for part in helper)
    if total > 100 or total < -100:
        raise ValueError("too much")
    return (1 - z) * n + z * h
"""


def likeness(unit, one, other):
    prints = [fingerprint(str(i), answer(source), unit, frozenset()) for i, source in enumerate((one, other))]
    found = find_alike(prints, 0.0)
    return found[0].likeness if found else None


def test_names_comments_and_layout_hide_nothing(units):
    renamed = re.sub(r"\b(z|r|n|x|h|W|helper|total|part)\b", lambda m: f"v_{m[0]}", LONG)
    renamed = (
        renamed.replace("  # the gate", "")
        .replace('    "A docstring."\n', "")
        .replace("\n    if", "\n\n    if")
    )
    assert likeness(units[UNIT], LONG, renamed) == pytest.approx(1, abs=1e-6)


def test_other_code_is_not_alike(units):
    other = LONG.replace("(1 - z) * n + z * h", "torch.lerp(n, h, z)").replace(
        "sum(part.abs().mean() for part in helper)", "max(float(torch.linalg.norm(p)) for p in helper)"
    )
    assert 0.2 < likeness(units[UNIT], LONG, other) < 0.9


@pytest.mark.parametrize(
    "source",
    [
        "def gru_step(x):\n    raise NotImplementedError()",
        "def gru_step(x):\n    return x",
        "def gru_step(x):\n    return " + "+".join("1" * 3000),
        "def gru_step(x):\n    return 0x" + "f" * 20_000,
        "def gru_step(x):\n    return '\ud800' * 2",
        "def gru_step(x:\n",
        "gru_step = 3",
    ],
)
def test_odd_sources_are_read(units, source):
    made = fingerprint("s", answer(source), units[UNIT], frozenset())
    assert find_alike([made, made], 0.9) == [] or made.size >= 80


def test_a_thousand_submissions_are_compared_in_seconds():
    prints = []
    for number in range(1000):
        base = [(number // 2 * 7919 + place * place) % 251 for place in range(1200)]
        prints.append(Fingerprint(f"s{number}", {"f": base}, {"f": number}))
    started = time.process_time()
    found = find_alike(prints, 0.9)
    assert time.process_time() - started < 60
    together = {pair.students for pair in found}
    assert all((f"s{number}", f"s{number + 1}") in together for number in range(0, 1000, 2))


def test_help_teaches(cli):
    shown = cli("report", "--help").stdout
    assert "autograder grade" in shown and "staff" in shown
    assert Path(reporting.__file__).with_name("templates").is_dir()
