"""The class report in a browser: drawn, sorted, printed, in light and dark, without a network and without scripts."""

import random

import pytest

from autograder.files import write_whole
from autograder.html_page import render
from autograder.report import ExerciseFigures, Standing, UnitFigures
from autograder.report_page import Pages
from autograder.results import CheckResult, ExerciseResult, Outcome
from autograder.similarity import Alike
from autograder.units import Course

STUDENTS = 214


@pytest.fixture(scope="module")
def report(root, tmp_path_factory):
    """Write a report of a class of 214 with made-up results; return its folder."""
    place = tmp_path_factory.mktemp("class") / "report"
    dice = random.Random(214)
    units = [made_up(unit, place.parent, dice) for unit in list(Course(root).units().values())[:4]]
    pages = Pages(place)
    for figures in units:
        write_whole(place / f"{figures.unit.name}.html", render(pages.unit(figures)))
    write_whole(place / "index.html", render(pages.course("deep-learning", units)))
    return place


def made_up(unit, root, dice):
    figures = UnitFigures(unit)
    figures.exercises = {name: ExerciseFigures(name, e.points) for name, e in unit.exercises.items()}
    hard = {name: dice.uniform(0.3, 0.95) for name in unit.exercises}
    for number in range(STUDENTS):
        student = f"student{number:03d}"
        feedback = root / "feedback" / student / unit.name / f"{unit.name}.html"
        write_whole(feedback, "<title>feedback</title>")
        standing = Standing(student, feedback, seconds=dice.uniform(0.2, 0.9), statuses=["graded"])
        skill = dice.gauss(0, 0.2)
        for name, exercise in unit.exercises.items():
            result = answered(unit, name, exercise.points, hard[name] + skill, dice)
            figures.exercises[name].add(student, result)
            standing.scores[name] = result.score
            standing.mark = round(standing.mark + result.score, 4)
            standing.points += exercise.points
        figures.standings.append(standing)
    figures.standings[7].notes = ["timed out: " + next(iter(unit.exercises))]
    figures.standings[7].seconds = 61.0
    names = tuple(unit.exercises)
    figures.alike = [Alike(("student011", "student108"), 0.97, names[:3], names[:1], names[:1])]
    return figures


def answered(unit, name, points, chance, dice):
    fate = dice.random()
    if fate < chance:
        return ExerciseResult(name, Outcome.PASSED, points, points, checks=seen(name, dice, 0.0))
    if fate > 0.97:
        return ExerciseResult(name, Outcome.NOT_ATTEMPTED, 0.0, points)
    mistakes = [answer.name for answer in unit.mistakes.values() if answer.exercise == name]
    mistake = mistakes[int(len(mistakes) * dice.random() ** 3)] if mistakes else None
    score = round(points * dice.choice([0, 0, 0.5, 0.8]), 2)
    return ExerciseResult(name, Outcome.FAILED, score, points, mistake, checks=seen(name, dice, 0.6))


def seen(name, dice, failing):
    return [
        CheckResult(
            f"test_{number}",
            number < 2,
            Outcome.FAILED if dice.random() < failing / (number + 1) else Outcome.PASSED,
            f"Property {number} of {name} holds.",
        )
        for number in range(5)
    ]


@pytest.fixture
def opened(page, report):
    """Open a page of the report; nothing else may be asked for, and nothing may go wrong in it."""
    asked, wrong = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))

    def go(name="recurrent"):
        page.goto((report / f"{name}.html").as_uri())
        return page

    yield go
    assert not wrong
    assert all(url.startswith(report.parent.as_uri()) for url in asked)


def first_column(page, section, place=1):
    cells = page.locator(f"section[aria-labelledby={section}] tbody tr > :nth-child({place})")
    return cells.all_inner_texts()


def test_tables_sort_by_number_and_by_name_with_the_keyboard(opened):
    page = opened()
    table = page.locator("section[aria-labelledby=exercises]")
    before = first_column(page, "exercises")
    table.get_by_role("button", name="exercise", exact=True).press("Enter")
    assert first_column(page, "exercises") == sorted(before) != before
    assert table.locator("th[aria-sort=ascending]").inner_text().endswith("exercise")
    table.get_by_role("button", name="full marks").click()
    counts = [int(count) for count in first_column(page, "exercises", 4)]
    assert counts == sorted(counts, reverse=True) and len(set(counts)) > 3
    assert table.locator("th[aria-sort]").count() == 1


def test_links_lead_to_pages_that_are_there(opened):
    page = opened("index")
    page.get_by_role("link", name="Recurrent networks").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Recurrent networks"
    row = page.locator("section[aria-labelledby=odd] tbody tr").first
    assert "slow" in row.inner_text() and "timed out" in row.inner_text()
    row.get_by_role("link", name="student007").click()
    assert page.title() == "feedback"


def test_a_mistake_says_how_many_of_how_many_and_who(opened):
    page = opened()
    first = page.locator("section[aria-labelledby=mistakes] tbody tr").first
    count, total = map(int, first.locator("th").inner_text().split(" of "))
    assert 3 < count < total == STUDENTS
    first.get_by_text(f"{count} students").click()
    assert first.get_by_role("link").count() == count


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index", "recurrent"])
def test_it_reads_in_light_and_dark_on_narrow_and_wide_screens(opened, page, tmp_path, name, scheme, width):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 1400})
    opened(name)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.screenshot(path=tmp_path / f"{name}-{scheme}-{width}.png")
    assert page.evaluate(LEAST_CONTRAST) >= 4.5


# The least contrast of any words to the ground they stand on, as WCAG counts it.
LEAST_CONTRAST = """() => {
    const channel = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const light = (rgb) => { const [r, g, b] = rgb.map(channel); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const ground = (element) => {
        for (; element; element = element.parentElement) {
            const found = numbers(getComputedStyle(element).backgroundColor);
            if (found[3] !== 0) return found.slice(0, 3);
        }
    };
    const ratios = [...document.querySelectorAll("p, a, th, td, li, h1, h2, .note, .histogram text")].map((element) => {
        const style = getComputedStyle(element);
        const words = numbers(element instanceof SVGElement ? style.fill : style.color).slice(0, 3);
        const [a, b] = [light(words), light(ground(element))].sort((x, y) => y - x);
        return (a + 0.05) / (b + 0.05);
    });
    return Math.min(...ratios);
}"""


def test_the_histogram_is_drawn_and_described(opened):
    page = opened()
    picture = page.get_by_role("img", name=f"Distribution of the marks of {STUDENTS} submissions")
    box = picture.bounding_box()
    assert box["width"] > 500 and box["height"] > 150
    heights = [float(bar.get_attribute("height")) for bar in picture.locator("rect").all()]
    assert len(heights) == 10 and max(heights) == 150
    for words in picture.locator("text").all():
        inside = words.bounding_box()
        assert box["x"] <= inside["x"] and inside["x"] + inside["width"] <= box["x"] + box["width"] + 1


def test_it_prints_whole(opened, page, tmp_path):
    page = opened()
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 1000})  # A4 between its margins
    assert page.locator("nav").is_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.pdf(path=tmp_path / "report.pdf", format="A4")
    assert (tmp_path / "report.pdf").stat().st_size > 50_000


def test_it_reads_without_scripts(chromium, report):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((report / "recurrent.html").as_uri())
    assert page.locator("section[aria-labelledby=exercises] thead th").first.inner_text() == "exercise"
    assert page.locator("th button").count() == 0
    assert page.locator("tbody tr").count() > STUDENTS
    context.close()
