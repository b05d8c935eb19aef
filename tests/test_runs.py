"""A run over notebooks that change, and machines that fail, under way."""

import os
import signal
import subprocess
import sys

import pytest

from autograder import pool as pools
from autograder.cluster import Cluster
from autograder.errors import AutograderError, CourseError
from autograder.notebooks import content_hash
from autograder.pool import Pool
from autograder.records import Records
from autograder.results import Job, Result
from autograder.runs import GradingRun
from autograder.sandbox import Limits
from autograder.store import Store


class Farm:
    """Grade by reading the file, as another version of it comes in."""

    where = "here"

    def __init__(self, units, newer=b""):
        self.units, self.newer = units, newer

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        pass

    def grade(self, jobs):
        for position, job in enumerate(jobs):
            path = pools.Path(job.path)
            if self.newer:
                path.write_bytes(self.newer)
            yield position, Result(job.name, job.unit, conditions={"notebook": content_hash(path)})


def test_a_notebook_that_changes_under_way_is_not_taken_for_the_one_before(units, tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_bytes(b"first")
    store, unit = Store(tmp_path / "results", "cpu", Limits()), units["regularization"]
    records = Records(tmp_path, store)
    job = Job("ann/a", str(path), unit=unit.name, student="ann")
    first = store.key(job, unit)
    with GradingRun(Farm([unit], newer=b"second"), [job], store) as run:
        [(_, result)] = run.results()
    assert result.conditions["notebook"] == content_hash(path)
    assert not store.holds(first) and not store.holds(store.key(job, unit))
    written = records.path("ann", unit.name)
    written.parent.mkdir(parents=True)
    written.write_text(records.text(unit, {"a": (job, result)}))
    assert records.last(job).current
    path.write_bytes(b"third")
    assert not records.last(job).current
    with GradingRun(Farm([unit]), [job], store) as run:
        [(_, result)] = run.results()
    assert store.holds(store.key(job, unit))


def test_a_notebook_that_changes_does_not_speak_for_its_copies(units, tmp_path):
    unit, jobs = units["regularization"], []
    for name in ("a", "b"):
        (tmp_path / f"{name}.ipynb").write_bytes(b"same")
        jobs.append(Job(name, str(tmp_path / f"{name}.ipynb"), unit=unit.name))
    store = Store(tmp_path / "results", "cpu", Limits())
    with (
        GradingRun(Farm([unit], newer=b"other"), jobs, store) as run,
        pytest.raises(AutograderError, match="a changed while it was graded"),
    ):
        list(run.results())


def test_what_is_all_in_the_store_needs_no_cluster(units, tmp_path):
    path, unit = tmp_path / "a.ipynb", units["regularization"]
    path.write_bytes(b"graded")
    store, job = Store(tmp_path / "results", "cpu", Limits()), Job("a", str(path), unit=unit.name)
    store.put(store.key(job, unit), Result("a", unit.name))
    with GradingRun(Cluster("tcp://127.0.0.1:9", [unit], True), [job], store) as run:
        run.require_isolation(False)
        [(_, result)] = run.results()
    assert (result.notebook, result.status) == ("a", "graded")


def test_what_is_no_file_has_no_result_and_does_not_hang(units, tmp_path):
    store, unit = Store(tmp_path / "results", "cpu", Limits()), units["regularization"]
    pipe = tmp_path / "pipe.ipynb"
    pools.os.mkfifo(pipe)
    endless = tmp_path / "endless.ipynb"
    endless.symlink_to("/dev/zero")
    for path in (pipe, endless, tmp_path / "none.ipynb"):
        job = Job("a", str(path), unit=unit.name)
        assert store.key(job, unit) != store.key(job, unit)


def test_a_warm_process_that_has_ended_is_said(units, write_notebook, tmp_path):
    path = write_notebook(tmp_path / "a.ipynb", "regularization")
    with Pool([units["regularization"]], True, late=False) as pool:
        pool.wait_until_ready()
        pool.process.kill()
        pool.process.wait()
        with pytest.raises(AutograderError, match="what was graded is kept"):
            list(pool.grade([Job("a", str(path))]))


OPTIMIZED = """
import sys
from pathlib import Path
from autograder.pool import Pool
from autograder.results import Job
from autograder.units import Unit
with Pool([Unit.load(Path(sys.argv[1]))], False, late=False) as pool:
    [(_, result)] = pool.grade([Job("a", sys.argv[2])])
print(result.status)
"""


def test_grading_waits_for_the_warm_process_where_asserts_are_left_out(units, write_notebook, tmp_path):
    unit, path = units["regularization"], write_notebook(tmp_path / "a.ipynb", "regularization")
    words = [sys.executable, "-O", "-c", OPTIMIZED, str(unit.folder), str(path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=240)
    assert done.stdout == "graded\n", done.stderr


def test_an_examiner_that_was_started_can_be_ended_and_costs_one_notebook(
    units, write_notebook, tmp_path, monkeypatch
):
    jobs = [
        Job(name, str(write_notebook(tmp_path / name, "regularization"))) for name in ("a.ipynb", "b.ipynb")
    ]
    pids = []

    def starting(pool, slot):
        examiner = start(pool, slot)
        pids.append(examiner.pid)
        if len(pids) == 1:
            os.kill(examiner.pid, signal.SIGKILL)
        return examiner

    start = Pool.start_examiner
    monkeypatch.setattr(Pool, "start_examiner", starting)
    with Pool([units["regularization"]], True, late=False) as pool:
        results = dict(pool.grade(jobs))
    assert results[0].error == "the examiner's process ended" and results[1].status == "graded"
    assert len(set(pids)) == 2


def test_a_course_that_submissions_could_read_is_refused(units, monkeypatch):
    unit = units["regularization"]
    monkeypatch.setattr("autograder.sandbox.readable_folders", lambda: [str(unit.folder.parents[1])])
    with pytest.raises(CourseError, match="move the course"):
        Pool([unit], hidden=True).__enter__()
    with Pool([unit], hidden=False, late=False):
        pass  # a student's own check has no secrets


def test_a_sandbox_that_cannot_be_set_up_is_the_graders_fault(units, write_notebook, tmp_path):
    write_notebook(tmp_path / "a.ipynb", "regularization")
    impossible = Limits(memory_mb=1 << 50)  # no such number of bytes can be a limit
    with Pool([units["regularization"]], True, limits=impossible, late=False) as pool:
        [(_, result)] = pool.grade([Job("a", str(tmp_path / "a.ipynb"))])
    assert result.status == "grader error"
    assert "run `autograder doctor`" in result.error
