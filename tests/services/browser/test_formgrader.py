"""An instructor's Monday in formgrader, served by `autograder serve`."""

import re
import signal
import socket
import subprocess
import sys

import pytest

from autograder.serving import HOST, choose_port

UNIT = "regularization"
IDENTITY = "def dropout(x, p, training=True):\n    return x\n"


@pytest.fixture
def served(own_jupyter, shut_in, copy_course, write_notebook, tmp_path):
    """Serve a course with two submissions as the command line does; give formgrader's address and the process."""
    course = copy_course(tmp_path / "course")
    for student, answers in (("ada", {}), ("ben", {"dropout": IDENTITY})):
        path = course.root / "submitted" / student / UNIT / f"{UNIT}.ipynb"
        write_notebook(path, UNIT, answers)
    command = [sys.executable, "-m", "autograder", "serve", "--course", course.root, "--no-browser"]
    port = choose_port(0)
    process = subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.PIPE, text=True)
    address = re.search(r"http://\S+", process.stdout.readline()).group()
    assert f"{HOST}:{port}/formgrader?token=" in address
    yield address, process
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert process.stdout.read().endswith("stopped\n")
    with socket.socket() as probe:
        assert probe.connect_ex((HOST, port)) != 0


@pytest.mark.slow
def test_the_autograde_button_examines_in_the_sandbox(page, served, tmp_path):
    address, _ = served
    page.goto(address)
    names = page.locator("#main-list a, table a").filter(has_text=re.compile("^(regularization|recurrent)$"))
    names.nth(1).wait_for()
    assert sorted(names.all_inner_texts()) == ["recurrent", "regularization"]
    page.goto(re.sub(r"formgrader\?.*", f"formgrader/manage_submissions/{UNIT}", address))
    for student, mark in (("ben", "0 / 3"), ("ada", "3 / 3")):
        line = page.locator("tr", has=page.locator("td", has_text=re.compile(f"^{student}$")))
        line.get_by_text("needs autograding").wait_for()
        line.locator(".autograde a").click()
        page.locator(".modal-dialog", has_text="Successfully autograded").wait_for()
        page.get_by_role("button", name="Close").click()
        page.locator(".modal-dialog").wait_for(state="detached")
        line.get_by_text(mark).wait_for()
    page.screenshot(path=tmp_path / "formgrader.png")


def test_a_course_without_its_author_side_is_not_served(cli, course, tmp_path):
    (tmp_path / "assignments").mkdir()
    refused = cli("serve", "--course", tmp_path, "--no-browser")
    assert refused.returncode == 2
    assert "nbgrader_config.py" in refused.stderr


def test_a_port_that_is_taken_is_refused_by_number(cli, course):
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        refused = cli("serve", "--course", course.root, "--no-browser", "--port", port)
    assert refused.returncode == 2
    assert f"port {port} cannot be used" in refused.stderr and "--port" in refused.stderr
