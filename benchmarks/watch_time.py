"""Measure how long `autograder check --watch` takes from a notebook's save to its answer, against a check from cold.

python benchmarks/watch_time.py [EXERCISE ...] [--saves 20]

In a course as students have it, solved but for one exercise, that exercise's cell is saved again and again, in turn with a
wrong answer and with one of the right ones, for which all visible checks run; the clock stops when the answer is printed.
One line per exercise: median and slowest of the saves, and the same exercise checked by a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autograder.release import reference_answers, solved_notebook
from autograder.units import Course, Unit

HERE = Course(Path(__file__).resolve().parents[1])
TOOL = str(Path(sys.executable).parent / "autograder")


def save(place: Path, text: str) -> None:
    """Save a notebook as editors do: a new file replaces the old one."""
    beside = place.with_suffix(".saving")
    beside.write_text(text)
    os.replace(beside, place)


def from_save_to_answer(course: Path, unit: Unit, exercise: str, saves: int) -> list[float]:
    """Return the seconds that each of some saves of a right answer waited until it was called right."""
    place = course / "assignments" / unit.name / unit.notebook.name
    sources = [f"def {exercise}(*args, **kwargs):\n    return 'wrong'\n"]
    sources += [a.source for a in unit.alternatives.values() if a.exercise == exercise]
    answers = reference_answers(unit)
    wrong, *rights = [json.dumps(solved_notebook(HERE, unit, {**answers, exercise: s})) for s in sources]
    save(place, wrong)
    command = [TOOL, "check", "--watch", unit.name, "--json", "-", "--course", str(course)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as watching:
        assert watching.stdout is not None

        def wait_for(outcome: str) -> None:
            said = ""
            while said != outcome:
                exercises = json.loads(watching.stdout.readline())["exercises"]
                said = next((e["outcome"] for e in exercises if e["name"] == exercise), said)

        wait_for("failed")
        took = []
        for number in range(saves + 1):
            time.sleep(0.5)
            began = time.perf_counter()
            save(place, rights[number % len(rights)])
            wait_for("passed")
            took.append(time.perf_counter() - began)
            save(place, wrong)
            wait_for("failed")
        watching.terminate()
    return took[1:]


def from_cold(course: Path, exercise: str) -> float:
    """Return the seconds that a check by a process of its own takes."""
    began = time.perf_counter()
    subprocess.run([TOOL, "check", exercise, "--course", str(course)], capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    """Measure and print a line per exercise."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("exercises", nargs="*", default=["dropout", "adam_step", "gru_step", "conv2d"])
    parser.add_argument("--saves", type=int, default=20)
    options = parser.parse_args()
    for exercise in options.exercises:
        [unit] = [u for u in HERE.units().values() if exercise in u.exercises]
        with tempfile.TemporaryDirectory() as folder:
            course = Path(folder)
            shutil.copytree(HERE.root / "assignments", course / "assignments")
            took = from_save_to_answer(course, unit, exercise, options.saves)
            cold = from_cold(course, exercise)
        middle = statistics.median(took)
        print(
            f"{exercise:<24} {middle:.3f} s, at most {max(took):.3f} s; from cold {cold:.2f} s, "
            f"{cold / middle:.0f} times as long",
            flush=True,
        )


if __name__ == "__main__":
    main()
