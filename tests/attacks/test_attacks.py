"""A class of attackers, each with an honest student beside: none of them gets, sees, keeps or breaks anything.

All attacks are data, in a module for each family. They are graded once, by one pool; the tests look at what came of it.
"""

import contextlib
import copy
import fcntl
import html.parser
import importlib
import json
import os
import pickle
import re
import socket
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.course import Submissions, read_released
from autograder.errors import NotebookError
from autograder.feedback import as_comment
from autograder.graded import graded_notebook
from autograder.notebooks import parse_notebook
from autograder.pages import feedback_page
from autograder.pool import Pool
from autograder.release import reference_answers, solved_notebook
from autograder.results import Job, Result
from autograder.sandbox import Limits
from autograder.store import Store

sys.path.insert(0, str(Path(__file__).parent))
BROKEN, LOOT, PRELUDE, TRIED = (
    getattr(importlib.import_module("attack"), name) for name in ("BROKEN", "LOOT", "PRELUDE", "TRIED")
)
FAMILIES = ("forging", "stealing", "escaping", "exhausting", "persisting", "poisoning", "killing")
ATTACKS = {
    f"{family}: {attack.name}": attack
    for family in FAMILIES
    for attack in importlib.import_module(family).ATTACKS
}
LIMITS = Limits(
    cell_seconds=2.5,
    check_seconds=2.5,
    submission_seconds=15,
    memory_mb=600,
    scratch_mb=16,
    processes=40,
    files=64,
)
LOOK = """
import os
for place in ("/tmp", "/scratch", "/dev/shm"):
    print(place, [name for name in sorted(os.listdir(place)) if os.path.isfile(os.path.join(place, name))])
print([name for name in os.listdir("/proc") if name.isdigit()])
print(open("/proc/sysvipc/shm").read(), open("/proc/net/unix").read())
"""
each_attack = pytest.mark.parametrize("name", ATTACKS)


class Surroundings:
    """Put secrets, a process and servers around the sandbox, and see afterwards what became of them."""

    def __init__(self, course, folder):
        self.course, self.folder = course, folder
        self.left = f"left-{uuid.uuid4().hex}"
        self.secret = f"marker-of-{uuid.uuid4().hex}"
        self.home = Path.home() / f".{self.secret}"
        self.temporary = folder / "tmp"
        self.visitors = []

    def __enter__(self):
        root = self.course.root
        self.temporary.mkdir()
        self.before = os.environ.get("TMPDIR")
        os.environ.update(AUTOGRADER_TEST_SECRET=self.secret, TMPDIR=str(self.temporary))
        self.home.write_text(self.secret)
        other = root / "submitted" / "other" / "regularization" / "regularization.ipynb"
        other.parent.mkdir(parents=True)
        for path in (root / "marker.txt", root / "gradebook.db", other, root / "solutions" / "marker.txt"):
            path.write_text(self.secret)
        for path in sorted(root.glob("solutions/*/hidden_checks.py")):
            path.write_text(f"{path.read_text()}\n\nSECRET = {self.secret!r}\n")
        self.victim = subprocess.Popen(["sleep", "600"], env={"SECRET": self.secret}, start_new_session=True)
        self.servers = [socket.socket(), socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)]
        addresses = (("127.0.0.1", 0), f"\0{self.left}", str(self.folder / "socket"))
        for server, address in zip(self.servers, addresses, strict=True):
            server.bind(address)
            server.listen()
            threading.Thread(target=self.serve, args=(server,), daemon=True).start()
        return self

    def serve(self, server):
        with contextlib.suppress(OSError):
            while True:
                line, _ = server.accept()
                self.visitors.append(server.getsockname())
                line.close()

    def fill_in(self, text):
        facts = {
            "LEFT": self.left,
            "COURSE": self.course.root,
            "HOME": Path.home(),
            "VICTIM": self.victim.pid,
            "PORT": self.servers[0].getsockname()[1],
            "ABSTRACT": self.left,
            "SOCKET": self.folder / "socket",
        }
        return re.sub(r"@([A-Z]+)@", lambda match: str(facts[match.group(1)]), text)

    def __exit__(self, *exception):
        for server in self.servers:
            server.shutdown(socket.SHUT_RDWR)
            server.close()
        self.killed = self.victim.poll() is not None
        self.victim.kill()
        self.victim.wait()
        self.home.unlink()
        del os.environ["AUTOGRADER_TEST_SECRET"], os.environ["TMPDIR"]
        if self.before is not None:
            os.environ["TMPDIR"] = self.before

    def processes(self):
        """Return the processes that stem from the pool: by its environment, or by the attackers' sign."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            with contextlib.suppress(OSError):
                text = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
                if self.left.encode() in text or f"TMPDIR={self.temporary}".encode() in text:
                    found.append(text[:300])
        return found

    def files(self):
        """Return the files of the machine that carry the attackers' sign, and what is left of the pool's."""
        places = [
            "/",
            "/tmp",
            "/var/tmp",
            "/dev/shm",
            "/dev",
            "/etc",
            "/run",
            "/usr",
            "/usr/local",
            "/scratch",
        ]
        places += [str(Path.home()), str(self.course.root), sys.prefix, str(self.temporary)]
        found = [
            os.path.join(place, name)
            for place in places
            if os.path.isdir(place)
            for name in os.listdir(place)
            if self.left in name or place == str(self.temporary)
        ]
        return found + [
            str(p) for p in self.course.root.rglob("*") if p.name in ("usercustomize.py", "found")
        ]


def code_cell(source):
    made = {"cell_type": "code", "id": f"cell-{abs(hash(source)):x}", "metadata": {}, "source": source}
    return {**made, "outputs": [], "execution_count": None}


def hand_in(course, unit, attack, fill_in):
    """Return the text of the notebook that an attacker hands in."""
    if attack.text is not None:
        return attack.text
    answers = reference_answers(unit)
    if attack.answer is not None:
        answers[attack.exercise] = attack.answer
    notebook = copy.deepcopy(solved_notebook(course, unit, answers))
    kept = [c for c in notebook["cells"] if c["cell_type"] != "code" or "nbgrader" in c["metadata"]]
    setup = next(i for i, cell in enumerate(kept) if cell["cell_type"] == "code") + 1
    notebook["cells"] = [*kept[:setup], *map(code_cell, (PRELUDE, *attack.cells)), *kept[setup:]]
    if attack.edit is not None:
        attack.edit(notebook)
    for cell in notebook["cells"]:
        if isinstance(cell.get("source"), str):
            cell["source"] = fill_in(cell["source"])
    return json.dumps(notebook)


@pytest.fixture(scope="module")
def outcome(shut_in, copy_course, tmp_path_factory):
    """Grade all attacks, once for all test processes; return what came of them."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    path = base / "attacks.pickle"
    with (base / "attacks.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            folder = tmp_path_factory.mktemp("attacks")
            path.write_bytes(pickle.dumps(attack_all(copy_course(folder / "course"), folder)))
        return pickle.loads(path.read_bytes())


def attack_all(course, folder):
    """Grade every attack and an honest notebook after it; return the results and what the surroundings saw."""
    units = course.units()
    with Surroundings(course, folder) as surroundings:
        honest = hand_in(course, units["regularization"], replace(EMPTY, cells=(LOOK,)), lambda text: text)
        texts = {
            name: hand_in(course, units[attack.unit], attack, surroundings.fill_in)
            for name, attack in ATTACKS.items()
        }
        jobs = []
        for name, attack in ATTACKS.items():
            unit = None if attack.text is not None else attack.unit
            jobs += [
                Job(name, text=texts[name], unit=unit),
                Job(f"beside {name}", text=honest, unit="regularization"),
            ]
        results = {}
        started = time.perf_counter()
        with Pool(list(units.values()), hidden=True, jobs=2, limits=LIMITS) as pool:
            for _, result in pool.grade(jobs):
                results[result.notebook] = result
        seconds = time.perf_counter() - started
        time.sleep(0.2)
        seen = {"processes": surroundings.processes(), "files": surroundings.files()}
    seen.update(visitors=surroundings.visitors, killed=surroundings.killed, secret=surroundings.secret)
    seen["left"] = surroundings.left
    return {
        "results": results,
        "texts": texts,
        "seconds": seconds,
        "seen": seen,
        "pages": pages_of(course, units, results, texts),
        "course": course.root,
    }


EMPTY = replace(next(iter(ATTACKS.values())), name="honest", cells=(), answer=None)


def pages_of(course, units, results, texts):
    """Return the feedback page of every attacker, and the seconds that it took; the error where there is none."""
    pages = {}
    released = {f"released {name}": unit for name, unit in units.items()}
    for name in [*texts, *released]:
        result = results[name] if name in results else Result(name, released[name].name)
        unit = units[result.unit or "regularization"]
        notebook = None
        started = time.perf_counter()
        try:
            with contextlib.suppress(NotebookError):
                if name in texts and result.status == "graded":
                    notebook = parse_notebook(texts[name].encode(), name)
            released_notebook = read_released(course, unit)
            if name in released:
                notebook = parse_notebook(json.dumps(released_notebook).encode(), name)
            made = graded_notebook(released_notebook, notebook, result)
            totals = {"student": "s", "assignment": unit.name, "notebook": unit.name, "late_penalty": 0}
            cells = {exercise: {"score": 0, "points": 1} for exercise in unit.exercises}
            for exercise in unit.exercises:
                graded = next((e for e in result.exercises if e.name == exercise), None)
                cells[f"{exercise}_solution"] = {
                    "comment": as_comment(graded.feedback if graded else result.error or "")
                }
            page = feedback_page(made, {**totals, "score": 0, "max_score": 1}, cells)
        except Exception as error:
            page = error
        pages[name] = (page, time.perf_counter() - started)
    return pages


def public(result):
    """Return all of a result that a student gets to see."""
    return json.dumps([result.to_json(), [[c.outputs, c.error] for c in result.cells]])


@each_attack
def test_the_attack_earns_nothing(outcome, name):
    attack, result = ATTACKS[name], outcome["results"][name]
    assert result.status in (("graded", "refused") if attack.text is not None else ("graded",)), result.error
    assert all(exercise.outcome != "grader error" for exercise in result.exercises)
    assert all(c.outcome != "grader error" for exercise in result.exercises for c in exercise.checks)
    assert all(0 <= exercise.score <= exercise.max_score for exercise in result.exercises)
    if attack.limit is not None and result.status == "graded":
        [score] = [e.score for e in result.exercises if e.name == attack.exercise]
        assert score <= attack.limit


@each_attack
def test_the_attack_gets_nowhere(outcome, name):
    attack, text = ATTACKS[name], public(outcome["results"][name])
    assert BROKEN not in text, text[text.find(BROKEN) :][:400]
    assert LOOT not in text, text[text.find(LOOT) - 200 :][:400]
    assert outcome["seen"]["secret"] not in text
    assert "Checks that only graders have" not in text
    assert not attack.tries or TRIED in text, text[:3000]


@each_attack
def test_the_attack_is_over_in_time_and_takes_little_room(outcome, name):
    attack, result = ATTACKS[name], outcome["results"][name]
    assert result.seconds < attack.seconds
    assert len(json.dumps(result.to_record())) < 30_000_000


@each_attack
def test_the_honest_notebook_beside_it_keeps_its_marks(outcome, name):
    result = outcome["results"][f"beside {name}"]
    assert (result.status, result.score) == ("graded", 3.0), result.error or result.exercises[0].feedback
    told = json.dumps([cell.outputs for cell in result.cells])
    assert outcome["seen"]["left"] not in told
    assert told.count("[]") >= 3, told  # no file in any of the three places


@each_attack
def test_its_page_runs_nothing(outcome, name):
    page, seconds = outcome["pages"][name]
    assert isinstance(page, str), repr(page)
    released, _ = outcome["pages"][f"released {ATTACKS[name].unit}"]
    assert Active.of(page) - Active.of(released) == set()
    assert LOOT not in page and outcome["seen"]["secret"] not in page
    assert seconds < 8
    page.encode()  # it can be written into a file


def test_no_process_is_left(outcome):
    assert outcome["seen"]["processes"] == []


def test_no_file_is_left(outcome):
    assert outcome["seen"]["files"] == []


def test_nobody_outside_was_reached(outcome):
    assert outcome["seen"]["visitors"] == []
    assert not outcome["seen"]["killed"]


def test_all_of_it_takes_bounded_time(outcome):
    assert outcome["seconds"] < 600


def test_a_class_with_attackers_gets_its_gradebook_and_pages(outcome, copy_course, tmp_path):
    course = copy_course(tmp_path / "course")
    names = [n for n, a in ATTACKS.items() if a.unit == "regularization" and n.startswith(("pois", "kill"))]
    chosen = {f"student{index:03d}": name for index, name in enumerate(names)}
    for student, name in chosen.items():
        folder = course.root / "submitted" / student / "regularization"
        folder.mkdir(parents=True)
        (folder / "regularization.ipynb").write_bytes(outcome["texts"][name].encode())
    handed_in = Submissions(course, ["regularization"])
    store = Store(course.root / ".autograder" / "results", "cpu", Limits())
    with handed_in.writer(store) as writer:
        for job in handed_in.jobs:
            writer.add(job, outcome["results"][chosen[job.student]])
    pages = sorted(path.parts[-3] for path in (course.root / "feedback").rglob("*.html"))
    assert pages == sorted(chosen)
    for student, name in chosen.items():
        page = (course.root / "feedback" / student / "regularization" / "regularization.html").read_text()
        released, _ = outcome["pages"]["released regularization"]
        assert Active.of(page) - Active.of(released) == set(), name


class Active(html.parser.HTMLParser):
    """Collect what a browser would run or fetch in a page."""

    ELEMENTS = (
        "script",
        "iframe",
        "object",
        "embed",
        "form",
        "base",
        "meta",
        "link",
        "style",
        "frame",
        "applet",
    )

    def __init__(self):
        super().__init__()
        self.found = set()
        self.inside = None

    @classmethod
    def of(cls, page):
        parser = cls()
        parser.feed(page)
        return parser.found

    def handle_starttag(self, tag, attributes):
        plain = tuple((key, value) for key, value in attributes)
        if tag in self.ELEMENTS:
            self.found.add((tag, plain))
        self.inside = tag if tag in ("script", "style") else None
        for key, value in plain:
            target = re.sub(r"[\s\x00-\x1f]", "", value or "").lower()
            if key.startswith("on") or key in ("srcdoc", "formaction", "action", "background", "srcset"):
                self.found.add((tag, key, value))
            if key in ("href", "src", "data", "xlink:href", "poster") and not target.startswith(
                ("#", "data:image/png;base64,", "data:image/jpeg;base64,")
            ):
                self.found.add((tag, key, value))

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        if self.inside:
            self.found.add((self.inside, data))


def test_active_content_is_recognised():
    page = "<script>x</script><b onclick=y><a href=' java\tscript:z'><img src='http://a/b.png'><p title='onclick'>"
    assert len(Active.of(page)) == 5


def test_results_are_records(outcome):
    assert all(isinstance(result, Result) for result in outcome["results"].values())
    assert len(outcome["results"]) == 2 * len(ATTACKS)
