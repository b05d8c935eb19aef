"""A class graded on a Dask cluster of real processes: the same results, whatever dies; and one sentence where it cannot be."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue

import pytest

from autograder import cluster as module
from autograder.bundle import Bundle, private_folder
from autograder.cluster import Round, Worker
from autograder.errors import AutograderError, CourseError
from autograder.outpost import Outpost, Slots
from autograder.results import Job, Result
from autograder.sandbox import Level, Limits, readable_folders

pytestmark = pytest.mark.slow

UNIT = "regularization"
POISON = """
import os, signal
from autograder import outpost
grade = getattr(outpost, "whole", outpost.Outpost.grade)  # this file is run twice
outpost.whole = grade
def ends(self, job, notebook):
    if notebook and b"ends its worker" in notebook:
        os.kill(os.getpid(), signal.SIGKILL)
    return grade(self, job, notebook)
outpost.Outpost.grade = ends
"""

# What a submission would do to get at the bundle.
SEARCH = """
import os
places = ("/tmp", "/var/tmp", "/dev/shm", "/run")
found = [name for top in places for _, _, names in os.walk(top) for name in names if "hidden_checks" in name]
print("found:", found)
"""


@contextmanager
def process(*words, **environment):
    """Run a module of Dask's in a process of its own, in a group of its own."""
    started = subprocess.Popen(
        [sys.executable, "-m", *map(str, words)],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(10)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory, shut_in):
    """Start `dask scheduler`; return its address."""
    pytest.importorskip("distributed", reason="needs Dask: pip install 'autograder[cluster]'")
    file = tmp_path_factory.mktemp("scheduler") / "scheduler.json"
    words = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", file]
    with process("distributed.cli.dask_scheduler", *words):
        until = time.monotonic() + 60
        while not file.exists() and time.monotonic() < until:
            time.sleep(0.05)
        yield json.loads(file.read_text())["address"]


@pytest.fixture
def worker(scheduler, tmp_path):
    """Return a function that starts a `dask worker` and gives its process; all end with the test."""
    with ExitStack() as stack:

        def start(*options, **environment):
            words = ["--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard", *options]
            environment = {"TMPDIR": str(tmp_path), **environment}
            words += ["--local-directory", tmp_path / "dask"]
            return stack.enter_context(
                process("distributed.cli.dask_worker", scheduler, *words, **environment)
            )

        yield start


@pytest.fixture(scope="module")
def handed_in(copy_course, units, write_notebook, tmp_path_factory):
    """Return a function that makes a course in which eight students handed in; the last one's is no notebook."""
    answers = [*units[UNIT].alternatives.values(), *units[UNIT].mistakes.values()][:7]

    def made(folder, poisonous=()):
        course = copy_course(folder)
        for number, answer in enumerate(answers):
            path = course.root / "submitted" / f"s{number}" / UNIT / f"{UNIT}.ipynb"
            after = ["# this ends its worker"] if number in poisonous else [SEARCH]
            write_notebook(path, UNIT, {"dropout": answer.source}, after=after)
        path = course.root / "submitted" / "s7" / UNIT / f"{UNIT}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text("%PDF-1.4 my homework")
        return course.root

    return made


@pytest.fixture(scope="module")
def here(handed_in, tmp_path_factory, cli, shut_in):
    """Grade the class on this machine."""
    folder = handed_in(tmp_path_factory.mktemp("here"))
    done = cli("grade", "--course", folder, "--jobs", 1, "--json", folder / "results.jsonl")
    assert done.returncode == 0, done.stderr
    return folder


def graded(folder):
    """Return what was written of a class: the lines of JSON, and all that the store holds, but for the time it took."""
    text = (folder / "results.jsonl").read_text().replace(str(folder), "COURSE")
    lines = [{**json.loads(line), "seconds": 0} for line in text.splitlines()]
    stored = {
        path.name: {**json.loads(path.read_text()), "seconds": 0}
        for path in (folder / ".autograder" / "results").glob("*/*.json")
    }
    return lines, stored


def left(folder):
    """Return what workers have left in a folder of their own."""
    return [path.name for path in folder.glob("autograder-*")]


def goes_away(found, seconds=20):
    until = time.monotonic() + seconds
    while (rest := found()) and time.monotonic() < until:
        time.sleep(0.1)
    return rest


def test_workers_killed_in_mid_run_change_nothing(scheduler, worker, here, handed_in, tmp_path):
    folder = handed_in(tmp_path / "course")
    workers = [worker("--no-nanny") for _ in range(2)]
    words = ["grade", "--course", folder, "--cluster", scheduler, "--json", folder / "results.jsonl"]
    with process("autograder", *words) as run:
        lines = folder / "results.jsonl"
        until = time.monotonic() + 120
        while not (lines.exists() and lines.read_text().count("\n")) and time.monotonic() < until:
            time.sleep(0.02)
        workers[0].send_signal(signal.SIGKILL)
        worker("--no-nanny")  # one that joins in mid-run
        assert run.wait(120) == 0
    lines, stored = graded(folder)
    assert (lines, stored) == graded(here)
    printed = [
        output["text"] for record in stored.values() for c in record["cells"] for output in c["outputs"]
    ]
    assert printed.count("found: []\n") == len(stored)
    assert goes_away(lambda: left(tmp_path)) == []


def test_a_submission_that_ends_two_workers_is_set_aside(scheduler, worker, here, handed_in, tmp_path, cli):
    preload = tmp_path / "poison.py"
    preload.write_text(POISON)
    for _ in range(3):
        worker("--no-nanny", "--preload", preload)
    folder = handed_in(tmp_path / "course", poisonous=[2])
    done = cli("grade", "--course", folder, "--cluster", scheduler, "--json", folder / "results.jsonl")
    assert done.returncode == 3, done.stderr
    lines, expected = graded(folder)[0], graded(here)[0]
    aside = lines.pop(2)
    del expected[2]
    assert lines == expected
    assert aside["status"] == "grader error"
    assert "s2/regularization was set aside: 2 workers died over it" in aside["error"]


def refuses(done, *words):
    assert done.returncode == 2, done.stdout + done.stderr
    assert all(word in done.stderr for word in words), done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_a_worker_with_another_version_is_told_before_anything_is_graded(
    scheduler, worker, here, cli, tmp_path
):
    facts = tmp_path / "packages" / "torch-2.0.1.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: torch\nVersion: 2.0.1\n")
    path = os.pathsep.join([str(facts.parent), os.environ.get("PYTHONPATH", "")])
    worker("--no-nanny", PYTHONPATH=path)
    notebook = next(here.glob("submitted/s0/*/*.ipynb"))
    done = cli("score", notebook, "--course", here, "--cluster", scheduler)
    refuses(done, "has torch 2.0.1, this machine has torch", "nothing was graded")


def test_a_worker_that_cannot_shut_submissions_in_is_told(scheduler, worker, here, cli, tmp_path):
    packages = tmp_path / "packages"
    packages.mkdir()
    (packages / "pyseccomp.py").write_text("raise ImportError")
    path = os.pathsep.join([str(packages), os.environ.get("PYTHONPATH", "")])
    worker("--no-nanny", PYTHONPATH=path)
    notebook = next(here.glob("submitted/s0/*/*.ipynb"))
    done = cli("score", notebook, "--course", here, "--cluster", scheduler)
    refuses(done, "the worker tcp://", "cannot shut submissions in", "libseccomp", "--allow-unsafe")


def test_a_cluster_on_this_machine(here, handed_in, tmp_path, cli):
    pytest.importorskip("cryptography", reason="needs certificates: pip install 'autograder[cluster]'")
    folder = handed_in(tmp_path / "course")
    words = ["--course", folder, "--cluster", "local:2", "--json", folder / "results.jsonl"]
    done = cli("grade", *words, TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert graded(folder) == graded(here)
    assert goes_away(lambda: left(tmp_path)) == []


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "local:many", "local:0", "nonsense://x", "no.json"])
def test_no_scheduler_is_one_sentence(address, monkeypatch):
    pytest.importorskip("distributed", reason="needs Dask: pip install 'autograder[cluster]'")
    monkeypatch.setattr(module, "CONNECT", 0.5)
    with pytest.raises(AutograderError, match=r"no Dask scheduler .* give --cluster tcp://HOST:8786"):
        module.connect(address)


def test_a_cluster_serves_one_run_after_another(scheduler, worker, units, hand_in, monkeypatch):
    monkeypatch.setattr(module, "SLACK", 0)
    cluster = module.Cluster(scheduler, [units[UNIT]], hidden=True, limits=Limits(submission_seconds=60))
    job = Job("a", text=json.dumps(hand_in(UNIT)))
    for _ in range(2):
        ended = worker("--no-nanny")
        with cluster:
            [(_, result)] = cluster.grade([job])
        assert (result.status, result.score) == ("graded", result.max_score), result.error
        ended.kill()
        ended.wait()


def test_the_number_of_jobs_is_the_clusters_own(here, cli):
    done = cli("score", "x.ipynb", "--course", here, "--cluster", "local:2", "--jobs", 3)
    assert done.returncode == 2 and "--jobs" in done.stderr


# The bundle


def test_the_same_files_give_the_same_bundle(copy_course, tmp_path):
    one, other = copy_course(tmp_path / "one"), copy_course(tmp_path / "other")
    packed = Bundle.pack(list(one.units().values()))
    for path in other.root.rglob("*.py"):
        os.utime(path, (1, 2_000_000_000))
    (other.root / "solutions" / UNIT / "__pycache__").mkdir(exist_ok=True)
    (other.root / "solutions" / UNIT / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert Bundle.pack(list(reversed(other.units().values()))) == packed
    (other.root / "solutions" / UNIT / "hidden_checks.py").write_text("# changed\n")
    assert Bundle.pack(list(other.units().values())).digest != packed.digest


def test_data_that_students_have_are_there_on_a_worker(copy_course, write_notebook, shut_in, tmp_path):
    course = copy_course(tmp_path / "course")
    data = course.root / "assignments" / UNIT / "data"
    (data / ".cache").mkdir(parents=True)
    (data / "numbers.txt").write_text("1 2 3")
    (data / ".cache" / "numbers.txt").write_text("4")
    unit = course.unit(UNIT)
    order = {"digests": {UNIT: unit.digest}, "hidden": True, "limits": asdict(Limits()), "device": "cpu"}
    cells = ["import os\nprint(open('data/numbers.txt').read(), os.listdir('data'))"]
    notebook = write_notebook(tmp_path / "a.ipynb", UNIT, before=cells)
    outpost = Outpost(order, Bundle.pack([unit]), Slots("host", 0, 1, 1))
    try:
        result = outpost.grade(Job("a", unit=UNIT), notebook.read_bytes())
    finally:
        outpost.close()
    printed = [output["text"] for cell in result.cells for output in cell.outputs if "text" in output]
    assert "1 2 3 ['numbers.txt']\n" in printed, [cell.error for cell in result.cells]


def test_no_cluster_is_started_for_files_that_cannot_be_packed(units, monkeypatch):
    def unreadable(units):
        raise PermissionError("unit.toml")

    started = []
    monkeypatch.setattr(Bundle, "pack", unreadable)
    monkeypatch.setattr(module, "connect", started.append)
    with pytest.raises(PermissionError):
        module.Cluster("local:1", [units[UNIT]], hidden=True).__enter__()
    assert started == []


def test_a_bundle_that_was_changed_on_its_way_is_refused(units, tmp_path):
    packed = Bundle.pack(list(units.values()))
    with pytest.raises(CourseError, match="changed on their way"):
        Bundle(packed.digest, packed.data[:-1] + b"x").unpack(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_private_folder_is_private_and_goes_with_its_process(tmp_path):
    program = "import time; from autograder.bundle import private_folder; print(private_folder()[0], flush=True); time.sleep(60)"
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment) as holder:
        folder = Path(holder.stdout.readline().decode().strip())
        (folder / "secret").write_text("x")
        assert folder.stat().st_mode & 0o777 == 0o700
        holder.kill()
    assert goes_away(folder.exists) is False


def test_no_bundle_is_unpacked_where_examinees_can_read(monkeypatch):
    monkeypatch.setattr("tempfile.mkdtemp", lambda prefix: str(Path(readable_folders()[0]) / prefix))
    monkeypatch.setattr(Path, "rmdir", lambda self: None)
    with pytest.raises(CourseError, match="examinees could read"):
        private_folder()


# Who gets what: a cluster of names alone


class Future:
    def __init__(self, key, position):
        self.key, self.position = key, position

    def add_done_callback(self, function):
        pass

    def cancel(self):
        pass

    def result(self, timeout):
        return json.dumps({"record": Result(f"n{self.position}").to_record()})


class Names:
    """Stand in for a cluster: workers are names, and what they do is said by the test."""

    def __init__(self, *slots):
        level = Level(True, True, True)
        self.workers = {
            str(n): Worker(str(n), Slots("host", n, size, 1), level) for n, size in enumerate(slots)
        }
        self.news, self.limits = SimpleQueue(), Limits()
        self.name, self.deaths = "name", Counter()

    def ask(self, what, function, name, job, content, key, workers, **options):
        return Future(key, int(json.loads(job)["name"]))

    def require_patience(self, until):
        pass

    def end(self, address, round):
        """Have a worker die and be started anew."""
        old = self.workers[address]
        self.deaths.update(round.tasks[key].position for key in old.tasks)
        old.gone = True
        self.workers[address] = Worker(address, old.slots, old.level)
        self.news.put(None)


def play(names, jobs, poison=(), deaths=()):
    """Have the workers do one submission after another; return the results and how many were on their way at most."""
    round = Round(names, [Job(str(n), text="") for n in range(jobs)])
    results, most, steps = {}, 0, 0
    arriving = round.results()
    fill = round.fill

    def filled():
        nonlocal most, steps
        fill()
        most = max(most, len(round.tasks))
        steps += 1
        for worker in list(names.workers.values()):
            suspects = [n for n in round.tries if n not in results]
            if worker.alone:
                assert len(worker.tasks) == 1 and len(suspects) > 0
            running = sorted(worker.tasks)[: worker.slots.size]
            if any(round.tasks[key].position in poison for key in running) or steps in deaths:
                names.end(worker.address, round)
                return
        for key, task in round.tasks.items():
            if key in sorted(task.worker.tasks)[: task.worker.slots.size]:
                names.news.put(task.future)
                return

    round.fill = filled
    for position, result in arriving:
        assert position not in results
        results[position] = result
    return results, most


def test_only_a_few_submissions_are_on_their_way():
    results, most = play(Names(2, 1, 4), 2000)
    assert len(results) == 2000 and all(result.status == "graded" for result in results.values())
    assert most == 2 + 1 + 4 + 3 * module.AHEAD


def test_poison_takes_two_workers_and_no_other_submission_along():
    names = Names(2, 1, 4)
    results, _ = play(names, 300, poison={7, 8, 150})
    assert {p for p, result in results.items() if result.status == "grader error"} == {7, 8, 150}
    assert len(results) == 300 and all(names.deaths[p] <= module.TRIES for p in range(300))


def test_workers_that_die_by_themselves_cost_nothing():
    results, _ = play(Names(1, 1, 1), 200, deaths={20, 60, 100, 140})
    assert len(results) == 200 and all(result.status == "graded" for result in results.values())
