"""Measure, in one run on the same files, what a submission costs: here, with nbgrader's own autograde, and at the least.

    python benchmarks/throughput.py [--unit recurrent] [--submissions 40] [--nbgrader 4]

- nbgrader: `nbgrader autograde` in a course whose grade cells run the very same checks, in the student's kernel;
- here: `autograder score` with sandbox, limits, diagnosis and records, and `autograder grade` with gradebook and pages;
- floor: a fork of a process that has torch loaded, running the same cells and checks with nothing around them.

All answers are right ones, written in different ways. Nothing is asserted; a table is printed.
"""

from __future__ import annotations

import argparse
import importlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from autograder.release import reference_answers, solved_notebook
from autograder.units import Course, Unit

HERE = Course(Path(__file__).resolve().parents[1])
TOOLS = Path(sys.executable).parent
# The same work in all of them: one thread, and no pictures, which `after` leaves out while a notebook is graded.
ALIKE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "AUTOGRADER_EXAMINEE": "1"}
IN_KERNEL = '''
"""Run an exercise's checks in this very process, as nbgrader's own way of testing does."""
from pathlib import Path
from autograder.examiner import examine
from autograder.grading import Grader, LocalSubmission, Sessions
from autograder.units import Unit

UNIT = Unit.load(Path("{folder}"))

def assert_all(name, functions):
    def work(examiner):
        sessions = Sessions(LocalSubmission(functions))
        for result in Grader(UNIT, examiner).run(examiner.exercise_checks(name), sessions):
            assert result.outcome == "passed", result.message
    examine([UNIT], hidden=True, work=work)
'''


def submissions(unit: Unit, count: int) -> list[dict]:
    """Return solved notebooks, each with another mix of right answers."""
    made = []
    for number in range(count):
        answers = reference_answers(unit)
        for name in answers:
            own = [a.source for a in unit.alternatives.values() if a.exercise == name]
            pick = number % (len(own) + 1)
            answers[name] = own[pick - 1] if pick else answers[name]
        made.append(solved_notebook(HERE, unit, answers))
    return made


def seconds(work: Callable[[], object]) -> float:
    """Return how long some work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run(*command: str, cwd: Path) -> None:
    """Run a command quietly; stop where it fails."""
    environment = {**os.environ, **ALIKE, "PATH": f"{TOOLS}:{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")


def write_class(course: Path, unit: Unit, notebooks: list[dict]) -> None:
    """Write notebooks as submissions."""
    for number, notebook in enumerate(notebooks):
        folder = course / "submitted" / f"student{number:04d}" / unit.name
        folder.mkdir(parents=True)
        (folder / f"{unit.name}.ipynb").write_text(json.dumps(notebook))


def nbgrader_course(folder: Path, unit: Unit, notebooks: list[dict]) -> None:
    """Write a plain nbgrader course whose grade cells run the unit's checks in the student's kernel."""
    (folder / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'bench'\n")
    source = folder / "source" / unit.name
    source.mkdir(parents=True)
    text = IN_KERNEL.format(folder=unit.folder)

    def testing(notebook: dict) -> dict:
        for cell in notebook["cells"]:
            entry = cell["metadata"].get("nbgrader", {})
            if entry.get("grade"):
                name = entry["grade_id"]
                cell["source"] = f"from in_kernel import assert_all\nassert_all('{name}', globals())"
        return notebook

    first = testing(json.loads(json.dumps(notebooks[0])))
    (source / f"{unit.name}.ipynb").write_text(json.dumps(first))
    (source / "in_kernel.py").write_text(text)
    run("nbgrader", "generate_assignment", unit.name, cwd=folder)
    write_class(folder, unit, [testing(json.loads(json.dumps(notebook))) for notebook in notebooks])
    for place in (folder / "submitted").glob("*/*"):
        (place / "in_kernel.py").write_text(text)


def floor(unit: Unit, notebooks: list[dict]) -> float:
    """Return the seconds per submission of bare forks, in a process of its own."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump([cells(notebook) for notebook in notebooks], file)
        file.flush()
        command = [sys.executable, __file__, "--floor", file.name, "--unit", unit.name]
        environment = {**os.environ, **ALIKE, "MPLBACKEND": "agg"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return float(done.stdout)


def cells(notebook: dict) -> list[str]:
    """Return the code that a grader runs: all but the check cells."""
    return [
        "".join(cell["source"])
        for cell in notebook["cells"]
        if cell["cell_type"] == "code" and not cell["metadata"].get("nbgrader", {}).get("grade")
    ]


def measure_floor(unit: Unit, file: str) -> float:
    """Fork once per submission, run its cells and all checks in the fork; return seconds per submission."""
    import matplotlib.pyplot as plt
    import torch

    from autograder.examiner import Examiner, examine
    from autograder.grading import Grader, LocalSubmission, Sessions
    from autograder.zygote import PRELOADED, PRELOADED_LATE

    for name in (*PRELOADED, *PRELOADED_LATE):  # as the warm process has them
        importlib.import_module(name)

    torch.set_num_threads(1)
    torch.ones(1, device="meta") * 2
    # In a notebook a figure is drawn when it is shown.
    plt.show = lambda: (plt.savefig(io.BytesIO(), format="png"), plt.close("all"))
    plt.plot([0, 1])
    plt.show()
    sources = json.loads(Path(file).read_text())
    took: list[float] = []

    def work(examiner: Examiner) -> None:
        grader = Grader(unit, examiner)
        for name in unit.exercises:  # so that nothing is loaded for the first time in a fork
            grader.run(examiner.exercise_checks(name), Sessions(LocalSubmission(unit.references)))
        start = time.perf_counter()
        for code in sources:
            pid = os.fork()
            if pid == 0:
                namespace: dict = {"__name__": "__main__"}
                for source in code:
                    exec(source, namespace)
                for name in unit.exercises:
                    results = grader.run(examiner.exercise_checks(name), Sessions(LocalSubmission(namespace)))
                    assert all(result.outcome == "passed" for result in results)
                os._exit(0)
            if os.waitpid(pid, 0)[1]:
                raise SystemExit("a submission failed its checks")
        took.append((time.perf_counter() - start) / len(sources))

    examine([unit], hidden=True, work=work)
    return took[0]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--unit", default="recurrent")
    parser.add_argument("--submissions", type=int, default=40)
    parser.add_argument("--nbgrader", type=int, default=4, help="submissions graded with nbgrader itself")
    parser.add_argument("--floor", help=argparse.SUPPRESS)
    options = parser.parse_args()
    unit = HERE.unit(options.unit)
    if options.floor:
        print(measure_floor(unit, options.floor))
        return
    if options.submissions < 2:
        parser.error("the first submission pays for the start: measure 2 or more")
    notebooks = submissions(unit, options.submissions)
    with tempfile.TemporaryDirectory() as temporary:
        plain, own = Path(temporary, "plain"), Path(temporary, "own")
        plain.mkdir()
        nbgrader_course(plain, unit, notebooks[: options.nbgrader])
        theirs = seconds(lambda: run("nbgrader", "autograde", unit.name, cwd=plain)) / options.nbgrader
        own.mkdir()
        for name in ("solutions", "assignments"):
            shutil.copytree(HERE.root / name, own / name)
        shutil.copy(HERE.root / "nbgrader_config.py", own)
        write_class(own, unit, notebooks)
        files = [str(path) for path in sorted(own.glob("submitted/*/*/*.ipynb"))]
        tool = str(TOOLS / "autograder")
        start_one = seconds(lambda: run(tool, "score", files[0], cwd=own))
        scored = seconds(lambda: run(tool, "score", *files, cwd=own))
        graded = seconds(lambda: run(tool, "grade", unit.name, cwd=own))
        alone = seconds(lambda: run(tool, "score", "--jobs", "1", *files, cwd=own))
        bare = floor(unit, notebooks)
    count = len(notebooks)
    rows = [
        ("nbgrader autograde, one at a time", theirs),
        ("autograder score, start included", scored / count),
        ("autograder grade with gradebook and pages, start included", graded / count),
        ("autograder score --jobs 1, start taken off", max(0.0, alone - start_one) / (count - 1)),
        ("bare fork, one at a time", bare),
    ]
    print(f"{count} submissions of {unit.name}, {len(os.sched_getaffinity(0))} cores; seconds per submission")
    for name, value in rows:
        print(f"{name:<60} {value:8.3f}   {theirs / value:6.1f} × nbgrader   {value / bare:5.2f} × floor")


if __name__ == "__main__":
    main()
