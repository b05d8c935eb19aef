"""The gradebook on a PostgreSQL server: several graders and readers at once, no marks lost, nothing there twice."""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import create_engine, inspect, text

pytestmark = pytest.mark.slow

UNITS = ["regularization", "recurrent"]
STUDENTS = [f"s{number}" for number in range(5)]


def program(name):
    """Return one of the server's programs; Debian keeps them off the path."""
    found = shutil.which(name) or next(iter(sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))), None)
    return str(found) if found else pytest.skip(f"needs PostgreSQL: {name} is not there")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Start a server of its own, as an ordinary user, on a free port of the loopback; return its URL."""
    pytest.importorskip("psycopg", reason="needs psycopg: pip install 'autograder[postgres]'")
    initdb, postgres = program("initdb"), program("postgres")
    folder = Path(
        subprocess.check_output(["mktemp", "-d"], text=True).strip()
    )  # which others may pass through
    user, prefix = pwd.getpwuid(os.getuid()).pw_name, []
    if os.getuid() == 0:  # which the server refuses to be
        user = "nobody"
        prefix = ["setpriv", f"--reuid={user}", "--clear-groups", "--"]
        shutil.chown(folder, user)
    data = folder / "data"
    subprocess.run(
        [*prefix, initdb, "-D", data, "-U", "grader", "-A", "trust", "-N"],
        check=True,
        capture_output=True,
        cwd="/",
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["-h", "127.0.0.1", "-p", str(port), "-k", "", "-c", "fsync=off"]
    started = subprocess.Popen(
        [*prefix, postgres, "-D", data, *options],
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port)
        yield f"postgresql+psycopg://grader@127.0.0.1:{port}"
    finally:
        started.send_signal(signal.SIGINT)  # which ends sessions, where SIGTERM waits for them
        started.wait(30)
        shutil.rmtree(folder)


def wait_for(port):
    """Wait until the server takes sessions: it listens for a while before that."""
    import psycopg

    until = time.monotonic() + 60
    while True:
        try:
            return psycopg.connect(f"postgresql://grader@127.0.0.1:{port}/postgres").close()
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


@pytest.fixture
def database(server, request):
    """Make an empty database; return its URL."""
    import psycopg

    name = request.node.name.replace("[", "_").replace("]", "_")
    with psycopg.connect(f"{server.replace('+psycopg', '')}/postgres", autocommit=True) as line:
        line.execute(f'CREATE DATABASE "{name}"')
    return f"{server}/{name}"


@pytest.fixture(scope="module")
def course_of_five(copy_course, units, write_notebook, tmp_path_factory, cli, shut_in):
    """Return a course in which five students handed in two units, and the marks in its own gradebook."""
    course = copy_course(tmp_path_factory.mktemp("five"))
    for unit in UNITS:
        mistakes = list(units[unit].mistakes.values())
        for number, student in enumerate(STUDENTS):
            wrong = mistakes[number % len(mistakes)]
            path = course.root / "submitted" / student / unit / f"{unit}.ipynb"
            write_notebook(path, unit, {wrong.exercise: wrong.source} if number else {})
    done = cli("grade", "--course", course.root)
    assert done.returncode == 0, done.stderr
    return course.root, everything(f"sqlite:///{course.root / 'gradebook.db'}")


def everything(url):
    """Return each mark and comment, by student and cell; nothing may be there twice."""
    found = {}
    with Gradebook(url, "deep-learning") as book:
        assert sorted(student.id for student in book.students) == STUDENTS
        for unit in UNITS:
            submissions = book.assignment_submissions(unit)
            assert sorted(submission.student_id for submission in submissions) == STUDENTS
            for submission in submissions:
                [notebook] = submission.notebooks
                for entry in [*notebook.grades, *notebook.comments]:
                    key = (submission.student_id, unit, type(entry).__name__, entry.name)
                    assert key not in found
                    found[key] = getattr(entry, "auto_score", None), getattr(entry, "auto_comment", None)
    return found


@contextmanager
def at_once(*commands):
    """Run commands of the program at the same time; all have to succeed."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "autograder", *map(str, words)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for words in commands
    ]  # fmt: skip
    try:
        yield running
        for process in running:
            said = process.communicate(timeout=300)[0]
            assert process.returncode == 0, said
    finally:
        for process in running:
            process.kill()
            process.wait()


def copies(course, tmp_path, number):
    """Copy a course, with the results it has: graders who work at once have folders of their own, and one gradebook."""
    return [shutil.copytree(course, tmp_path / f"grader{n}", symlinks=True) for n in range(number)]


def test_marks_on_a_server_are_those_in_a_file(course_of_five, database, cli):
    course, expected = course_of_five
    done = cli("grade", "--course", course, "--db", database)
    assert done.returncode == 0, done.stdout + done.stderr
    assert everything(database) == expected


@pytest.mark.parametrize("shares", [[UNITS[:1], UNITS[1:]], [UNITS, UNITS, UNITS[:1]]])
def test_graders_at_once_lose_and_double_nothing(course_of_five, database, shares, tmp_path):
    course, expected = course_of_five
    folders = copies(course, tmp_path, len(shares))
    commands = [
        ["grade", *share, "--course", folder, "--db", database]
        for share, folder in zip(shares, folders, strict=True)
    ]
    with at_once(*commands) as running:
        while any(process.poll() is None for process in running):
            read(database)  # as formgrader does
    assert everything(database) == expected


def read(url):
    """Read what there is, as formgrader does; a gradebook that is being made is left alone."""
    with create_engine(url).connect() as line:
        if not inspect(line).has_table("course") or not line.execute(text("SELECT * FROM course")).all():
            return
    with Gradebook(url, "deep-learning") as book:
        for unit in {assignment.name for assignment in book.assignments}:
            book.submission_dicts(unit)


def test_marks_given_by_hand_while_a_grader_writes_stay(course_of_five, database, cli, tmp_path):
    course, _ = course_of_five
    assert cli("grade", "--course", course, "--db", database).returncode == 0
    with (
        at_once(["grade", "--course", course, "--db", database]) as running,
        Gradebook(database, "deep-learning") as book,
    ):
        given = 0
        while running[0].poll() is None or given < 5:
            student = STUDENTS[given % 5]
            notebook = book.find_submission_notebook("regularization", "regularization", student)
            notebook.grades[0].manual_score = 1.5
            notebook.comments[0].manual_comment = f"seen {student}"
            book.db.commit()
            given += 1
            time.sleep(0.02)
    with Gradebook(database, "deep-learning") as book:
        for student in STUDENTS:
            notebook = book.find_submission_notebook("regularization", "regularization", student)
            assert notebook.grades[0].manual_score == 1.5 and notebook.score == 1.5
            assert notebook.comments[0].manual_comment == f"seen {student}"


def test_nbgraders_own_commands_and_formgrader_use_the_server(course_of_five, database, cli, tmp_path):
    folder = copies(course_of_five[0], tmp_path, 1)[0]
    with (folder / "nbgrader_config.py").open("a") as file:
        file.write(f"\nc.CourseDirectory.db_url = {database!r}\n")
    done = cli("grade", "--course", folder)
    assert done.returncode == 0, done.stderr
    shown = cli("export", "--to", "marks.csv", cwd=folder, module="nbgrader")
    assert shown.returncode == 0, shown.stderr
    rows = (folder / "marks.csv").read_text().splitlines()
    assert len(rows) == 1 + len(STUDENTS) * len(UNITS)
    program = (
        "import json; from nbgrader.apps.api import NbGraderAPI; from nbgrader.coursedir import CourseDirectory\n"
        "from traitlets.config.loader import PyFileConfigLoader\n"
        "config = PyFileConfigLoader('nbgrader_config.py', path='.').load_config(); config.CourseDirectory.root = '.'\n"
        "api = NbGraderAPI(CourseDirectory(config=config), config=config)\n"
        "print(json.dumps([[s['student'], s['score']] for s in api.get_submissions('recurrent')]))"
    )
    listed = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True)
    assert listed.returncode == 0, listed.stderr
    assert sorted(student for student, _ in json.loads(listed.stdout.splitlines()[-1])) == STUDENTS


def test_a_server_that_is_not_there_is_one_sentence(course_of_five, cli, server):
    url = "postgresql+psycopg://grader:secret@127.0.0.1:1/none"
    done = cli("grade", "--course", course_of_five[0], "--db", url)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "gradebook postgresql+psycopg://grader:***@127.0.0.1:1/none cannot be opened" in done.stderr
    assert "secret" not in done.stderr
