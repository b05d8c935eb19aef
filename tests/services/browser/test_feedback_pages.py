"""Feedback pages of hostile notebooks, in a real browser: nothing runs, nothing is fetched, what was written is shown."""

import importlib
import json
import re
import sys
from pathlib import Path

import pytest

from autograder.pages import POLICY, feedback_page

sys.path.insert(0, str(Path(__file__).parents[2] / "attacks"))
attack, poisoning = importlib.import_module("attack"), importlib.import_module("poisoning")
UNIT = "regularization"
HUGE = attack.Attack(
    "much output", ("print('<script>poison()</script>' * 2_000_000)\nfor n in range(9999): display(n)",), None
)
ATTACKS = [*poisoning.ATTACKS, HUGE]
STUDENTS = {f"attacker {number:02d} <b onmouseover='poison()'>": each for number, each in enumerate(ATTACKS)}
SWAPPED = """def gru_step(x, h, params):
    r, z = gru_gates(x, h, params)
    h_tilde = torch.tanh(x @ params["W_xh"] + (r * h) @ params["W_hh"] + params["b_h"])
    return (1 - z) * h + z * h_tilde
"""
SENTINEL = "window.poisoned = 0; window.poison = () => { window.poisoned += 1 }"
TOUCH = """() => {
    document.querySelectorAll("details").forEach(each => { each.open = true })
    for (const each of document.body.querySelectorAll("*"))
        for (const kind of ["mouseover", "mouseenter", "focus", "error", "load", "toggle"])
            each.dispatchEvent(new Event(kind))
    for (const each of document.querySelectorAll("a, button, [href]"))
        each.dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true}))
    return window.poisoned
}"""


@pytest.fixture(scope="module")
def pages(shut_in, copy_course, hand_in, write_notebook, cli, tmp_path_factory):
    """Grade a class of attackers; return the text of each one's page, by the attack's name, and the course."""
    folder = tmp_path_factory.mktemp("hostile")
    copy_course(folder)
    for student, each in STUDENTS.items():
        answers = {} if each.answer is None else {each.exercise: each.answer}
        notebook = hand_in(UNIT, answers, before=(attack.PRELUDE, *each.cells))
        if each.edit is not None:
            each.edit(notebook)
        path = folder / "submitted" / student / UNIT / f"{UNIT}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook))
    honest = folder / "submitted" / "ben" / "recurrent" / "recurrent.ipynb"
    write_notebook(honest, "recurrent", {"gru_step": SWAPPED})
    graded = cli("grade", "--course", folder)
    assert graded.returncode == 0, graded.stderr
    return {
        each.name: folder / "feedback" / student / UNIT / f"{UNIT}.html" for student, each in STUDENTS.items()
    }


@pytest.fixture
def watched(page):
    """Return a page that says what it asked for, and what it tried to run."""
    page.add_init_script(SENTINEL)
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("dialog", lambda dialog: page.asked.append(f"dialog {dialog.message}"))
    page.context.on("page", lambda other: page.asked.append(f"window {other.url}"))
    return page


def opened(watched, html):
    """Show a page and do all that a reader could; return how often something ran, and what is shown."""
    watched.asked.clear()
    watched.goto("about:blank")
    watched.set_content(html)
    ran = watched.evaluate(TOUCH)
    return ran, watched.locator("body").inner_text()


def test_nothing_runs_and_nothing_is_fetched_even_without_the_policy(watched, pages):
    for name, path in pages.items():
        html = path.read_text()
        assert POLICY in html
        ran, shown = opened(watched, html.replace(POLICY, "script-src 'unsafe-inline'"))
        assert (ran, watched.asked) == (0, []), name
        assert UNIT in shown and not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown), name


@pytest.mark.parametrize(
    "name", ["a markdown cell", "a raw cell", "displays", "streams", "errors", "a result in a visible check"]
)
def test_what_was_written_is_shown_as_text(watched, pages, name):
    _, shown = opened(watched, pages[name].read_text())
    assert "<script>poison()</script>" in shown


def test_much_output_is_cut(watched, pages):
    assert pages[HUGE.name].stat().st_size < 500_000
    _, shown = opened(watched, pages[HUGE.name].read_text())
    assert "<script>poison()</script>" * 3 in shown


def test_the_policy_stops_what_might_slip_through(watched, pages):
    html = pages["a markdown cell"].read_text()
    assert opened(watched, html.replace("</main>", "<script>poison()</script></main>"))[0] == 0
    free = html.replace(POLICY, "").replace("</main>", "<script>poison()</script></main>")
    assert opened(watched, free)[0] == 1


def test_comments_and_names_are_text_as_well(watched, pages):
    path = pages["a markdown cell"]
    graded = path.parents[3] / "autograded" / path.parents[1].name / UNIT / f"{UNIT}.ipynb"
    comment = "**Well done.** " + poisoning.MARKDOWN
    totals = {"notebook": poisoning.ACTIVE, "score": 1.5, "max_score": 3.0, "late_penalty": 0.5}
    cells = {
        "dropout": {"score": 1.5, "points": 3.0},
        "dropout_solution": {"comment": comment},
    }
    html = feedback_page(json.loads(graded.read_text()), totals, cells)
    ran, shown = opened(watched, html.replace(POLICY, "script-src 'unsafe-inline'"))
    assert (ran, watched.asked) == (0, [])
    assert "Well done." in shown and "**Well" not in shown
    assert "<script>poison()</script>" in shown


def test_a_page_says_marks_sentences_and_the_mistake(page, pages):
    folder = pages[HUGE.name].parents[3]
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    address = (folder / "feedback" / "ben" / "recurrent" / "recurrent.html").as_uri()
    page.goto(address)
    marks = page.get_by_role("table", name="marks", exact=True)
    assert "gru_step\t0 / 3" in marks.inner_text()
    marks.get_by_role("link", name="gru_step").click()
    section = page.locator("#gru_step")
    assert section.evaluate("each => Math.abs(each.getBoundingClientRect().top)") < 5
    table = section.get_by_role("table", name="gru_step: failed, 0 / 3 points")
    assert table.get_by_role("row", name=re.compile("failed Where the update gate is 1")).count() == 1
    assert "Probably: z and 1 - z are swapped" in section.inner_text()
    page.locator("summary", has_text="A step of a GRU").click()
    assert page.locator("details[open] math").first.bounding_box()["width"] > 20
    assert asked == [address]
