"""Chromium, and servers on free ports, for tests of what people see in a browser."""

import shutil
from contextlib import contextmanager

import pytest

from autograder.serving import HOST, choose_port, jupyter_lab

RUNS_AS_ROOT = ["--no-sandbox"]  # Chromium's own sandbox refuses root


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.parent.name == "browser":
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium():
    """Start the system's Chromium; skip where it, or playwright, is missing."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="needs playwright: pip install '.[browser]'"
    )
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("needs chromium, as Debian's package of that name")
    with playwright.sync_playwright() as driver:
        try:
            browser = driver.chromium.launch(executable_path=program, args=RUNS_AS_ROOT)
        except Exception as error:
            pytest.skip(f"needs a chromium that starts: {str(error).splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, tmp_path):
    """Return a page of a browser that knows nothing yet."""
    context = chromium.new_context(viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(60_000)
    page = context.new_page()
    yield page
    page.screenshot(path=tmp_path / "last.png")
    context.close()


@pytest.fixture(scope="session")
def own_jupyter(tmp_path_factory):
    """Keep Jupyter away from the settings, the kernels and the workspaces of who runs the tests."""
    folder = tmp_path_factory.mktemp("jupyter")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CONFIG", "DATA", "RUNTIME"):
            patch.setenv(f"JUPYTER_{name}_DIR", str(folder / name))
        for name in ("SETTINGS", "WORKSPACES"):
            patch.setenv(f"JUPYTERLAB_{name}_DIR", str(folder / name))
        yield


@pytest.fixture(scope="session")
def lab(own_jupyter):
    """Start JupyterLab in a folder; give an address that opens a file of it."""

    @contextmanager
    def started(folder):
        port = choose_port(0)
        with jupyter_lab(folder, port) as (_, token):
            yield lambda file: f"http://{HOST}:{port}/lab/tree/{file}?token={token}"

    return started
