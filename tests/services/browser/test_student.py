"""A student's evening in JupyterLab: type an answer, run it, read what is wrong, mend it, validate."""

import re
import shutil

import pytest

RIGHT = """def dropout(x, p, training=True):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return torch.zeros_like(x)
    return (torch.rand(x.shape) >= p) * x / (1 - p)
"""
DIVIDED_BY_P = RIGHT.replace("/ (1 - p)", "/ p")
CONTRAST = """element => {
    const light = colour => {
        const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map(v => v / 255)
            .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    let behind = element
    while (getComputedStyle(behind).backgroundColor.match(/^(transparent|rgba\\(.*, 0\\))$/)) behind = behind.parentElement
    const [a, b] = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor].map(light).sort()
    return (b + 0.05) / (a + 0.05)
}"""


class Notebook:
    """Act on an open notebook as a student does."""

    def __init__(self, page):
        self.page = page
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
        page.get_by_text(re.compile(r"Python 3.*Idle")).first.wait_for()

    def cell(self, text):
        return self.page.locator(".jp-Notebook .jp-CodeCell", has_text=text).first

    def type(self, text, instead_of):
        self.cell(instead_of).locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def run(self, text):
        """Run a cell, and return it once it has ended."""
        cell = self.cell(text)
        cell.locator(".cm-content").click()
        before = cell.locator(".jp-InputPrompt").first.inner_text()
        self.page.keyboard.press("Control+Enter")
        self.page.wait_for_function(
            "([cell, before]) => { const now = cell.querySelector('.jp-InputPrompt').innerText;"
            " return now !== before && /\\d/.test(now) }",
            arg=[cell.element_handle(), before],
        )
        return cell

    def choose(self, *names):
        """Choose from the menus."""
        for name in names:
            labels = self.page.locator(".lm-MenuBar-itemLabel, .lm-Menu-itemLabel")
            labels.filter(has_text=re.compile(f"^{name}$")).last.click()


@pytest.fixture(scope="module")
def students(course, tmp_path_factory):
    """Return a released unit alone, as a student has it."""
    folder = tmp_path_factory.mktemp("student") / "regularization"
    shutil.copytree(course.root / "assignments" / "regularization", folder)
    return folder


@pytest.mark.slow
def test_an_evening_in_jupyterlab(page, lab, students, tmp_path):
    with lab(students) as address:
        page.goto(address("regularization.ipynb"))
        notebook = Notebook(page)
        notebook.run("from autograder import")
        notebook.type(DIVIDED_BY_P, instead_of="def dropout")
        notebook.run("def dropout")
        shown = notebook.run("check(dropout)").locator(".autograder")
        table = shown.get_by_role("table", name="dropout: failed, 0 / 3 points")
        table.wait_for()
        core = table.get_by_role("row", name=re.compile("^✗? ?failed In training, kept elements")).first
        assert "called: dropout(" in core.inner_text()
        assert table.get_by_role("columnheader").all_inner_texts() == ["outcome", "check"]
        assert "Probably: The kept elements are divided by p; divide by 1 - p" in shown.inner_text()
        assert "Not yet: dropout is failed." in notebook.cell("check(dropout)").inner_text()
        page.screenshot(path=tmp_path / "light.png")
        texts = [core, table.locator("caption"), shown.locator("pre").first]
        assert all(text.evaluate(CONTRAST) > 7 for text in texts)

        notebook.choose("Settings", "Theme", "JupyterLab Dark")
        page.locator("body[data-jp-theme-light='false']").wait_for(state="attached")
        page.screenshot(path=tmp_path / "dark.png")
        assert all(text.evaluate(CONTRAST) > 7 for text in texts)

        notebook.type(RIGHT, instead_of="def dropout")
        notebook.run("def dropout")
        shown = notebook.run("check(dropout)").locator(".autograder")
        shown.get_by_role("table", name="dropout: passed, 3 / 3 points").wait_for()
        assert "Not yet" not in notebook.cell("check(dropout)").inner_text()

        page.get_by_role("button", name="Validate").click()
        said = page.locator(".jp-Dialog")
        said.get_by_text("Success! Your notebook passes all the tests.").wait_for()
        said.get_by_role("button", name="OK").click()
    assert "/ (1 - p)" in (students / "regularization.ipynb").read_text()
