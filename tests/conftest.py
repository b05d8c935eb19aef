"""What tests share: a small released course, notebooks to hand in, and the command line."""

import copy
import fcntl
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from autograder import sandbox
from autograder.release import reference_answers, solved_notebook
from autograder.units import Course

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(Path(__file__).parent))
small_course = importlib.import_module("small_course")
os.environ["AUTOGRADER_LANG"] = "en"  # whatever language this machine speaks


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Under pytest-xdist, keep a file's tests in one process: they share what was dear to make."""
    if getattr(config.option, "numprocesses", None) and config.option.dist == "no":
        config.option.dist = "loadfile"


def copy_author_side(target):
    for name, kept in small_course.KEPT.items():
        small_course.reduce_unit(ROOT / "solutions" / name, target / "solutions" / name, kept)
    shutil.copy(ROOT / "nbgrader_config.py", target)


def code_cell(source):
    return {
        "cell_type": "code",
        "id": f"cell-{zlib.crc32(source.encode()):x}",
        "metadata": {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


# A shell that runs tests in the background has them, and all that they start, ignore Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def root():
    """Return the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def cli():
    """Run a command of the program in a process of its own."""

    def run(*arguments, cwd=ROOT, module="autograder", **environment):
        return subprocess.run(
            [sys.executable, "-m", module, *map(str, arguments)],
            cwd=cwd,
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **environment},
            capture_output=True,
            text=True,
            timeout=1200,
        )

    return run


@pytest.fixture(scope="session")
def course(tmp_path_factory, cli):
    """Return a released course of two units, made once for all test processes; tests leave it as it is."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = base / "course"
    with (base / "course.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "released").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            copy_author_side(folder)
            made = cli("release", "--course", folder)
            assert made.returncode == 0, made.stderr
            (folder / "released").touch()
    return Course(folder)


@pytest.fixture(scope="session")
def units(course):
    return course.units()


@pytest.fixture(scope="session")
def copy_course(course):
    """Copy the released course, for tests that write into it."""

    def copied(target):
        skipped = shutil.ignore_patterns("gradebook.db", "source", "released")
        shutil.copytree(course.root, target, ignore=skipped, dirs_exist_ok=True)
        return Course(Path(target))

    return copied


@pytest.fixture(scope="session")
def hand_in(course, units):
    """Make a notebook: the references' answers, changed by `answers` (None leaves the stub), between other cells."""
    right = {name: reference_answers(unit) for name, unit in units.items()}

    def made(unit, answers=None, before=(), after=(), pictures=False):
        given = {**right[unit], **(answers or {})}
        given = {name: text for name, text in given.items() if text is not None}
        notebook = copy.deepcopy(solved_notebook(course, units[unit], given))
        kept = [
            cell
            for cell in notebook["cells"]
            if pictures or cell["cell_type"] != "code" or "nbgrader" in cell["metadata"]
        ]
        setup = next(i for i, cell in enumerate(kept) if cell["cell_type"] == "code") + 1
        notebook["cells"] = [
            *kept[:setup],
            *map(code_cell, before),
            *kept[setup:],
            *map(code_cell, after),
        ]
        return notebook

    return made


@pytest.fixture(scope="session")
def write_notebook(hand_in):
    """Write a notebook made by `hand_in` into a file."""

    def write(path, *arguments, **options):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(hand_in(*arguments, **options)), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def shut_in():
    """Skip where this machine cannot shut submissions in."""
    level = sandbox.probe()
    if not level.isolates:
        pytest.skip(f"needs Linux namespaces: {level.why}")
