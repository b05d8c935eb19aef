"""Measure how time per submission, memory and disk grow with the size of a class.

    python benchmarks/growth.py [--sizes 10 100 1000] [--unit recurrent] [--jobs 2]

Each class is graded by `autograder grade` from nothing: sandbox, gradebook, graded notebooks, feedback pages. All
submissions differ, so that none is taken from another's result: they hold a number, and one of ten sets of answers of
the sample class, some right and some wrong, the same ten in all sizes. What a run costs before its first submission is measured with a class of one, and taken
off. Memory is what all processes of the run hold together (their proportional set sizes), once a second: at half of
the class and at its highest. Nothing is asserted; a table is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil

from autograder.release import solved_notebook
from autograder.units import Course, Unit

HERE = Course(Path(__file__).resolve().parents[1])
sys.path.insert(0, str(HERE.root / "source_data"))
from sample_class import answers_of  # noqa: E402

MIB = 1 << 20


def make_class(folder: Path, unit: Unit, size: int) -> None:
    """Write a course whose class handed in `size` notebooks of one unit."""
    for name in ("solutions", "assignments"):
        shutil.copytree(HERE.root / name / unit.name, folder / name / unit.name)
    shutil.copy(HERE.root / "nbgrader_config.py", folder)
    for number in range(size):
        notebook = solved_notebook(HERE, unit, answers_of("", unit, random.Random(number % 10)))
        own = {"cell_type": "markdown", "id": "number", "metadata": {}, "source": f"Submission {number}"}
        place = folder / "submitted" / f"student{number:06d}" / unit.name
        place.mkdir(parents=True)
        text = json.dumps({**notebook, "cells": [*notebook["cells"], own]})
        (place / f"{unit.name}.ipynb").write_text(text, encoding="utf-8")


def held(process: psutil.Process) -> float:
    """Return the memory, in MiB, of a process and all that it started."""
    total = 0
    with suppress(psutil.Error):
        for one in [process, *process.children(recursive=True)]:
            with suppress(psutil.Error):
                total += one.memory_full_info().pss
    return total / MIB


def on_disk(path: Path) -> float:
    """Return the size, in MiB, of a file or of all files in a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file()) / MIB


def measure(unit: Unit, size: int, jobs: int) -> dict[str, float]:
    """Grade a class and return what that took."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make_class(folder, unit, size)
        command = [sys.executable, "-m", "autograder", "grade", "--course", str(folder), "--jobs", str(jobs)]
        memory: list[float] = []
        start = time.perf_counter()
        with open(folder / "said.txt", "w+") as said:
            process = subprocess.Popen(command, stdout=said, stderr=said)
            while process.poll() is None:
                memory.append(held(psutil.Process(process.pid)))
                with suppress(subprocess.TimeoutExpired):
                    process.wait(1)
            seconds = time.perf_counter() - start
            if process.returncode:
                said.seek(0)
                raise SystemExit(said.read())
        return {
            "seconds": seconds,
            "half": memory[len(memory) // 2],
            "peak": max(memory),
            "store": on_disk(folder / ".autograder"),
            "gradebook": on_disk(folder / "gradebook.db"),
            "notebooks": on_disk(folder / "autograded"),
            "pages": on_disk(folder / "feedback"),
        }


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--unit", default="recurrent")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    if min(options.sizes) < 2:
        parser.error("a class of one is what the others are compared with: give sizes of 2 or more")
    unit = HERE.unit(options.unit)
    start = measure(unit, 1, options.jobs)["seconds"]
    print(f"{unit.name}, {options.jobs} at a time; a class of one takes {start:.1f} s, taken off below")
    print(
        f"{'submissions':>11} {'s each':>8} {'growth':>7} {'memory, half':>13} {'peak':>9} "
        f"{'results':>9} {'gradebook':>10} {'notebooks':>10} {'pages':>9}"
    )
    first = 0.0
    for size in options.sizes:
        found = measure(unit, size, options.jobs)
        each = (found["seconds"] - start) / (size - 1)
        first = first or each
        print(
            f"{size:>11} {each:8.3f} {each / first:6.2f}× {found['half']:9.0f} MiB {found['peak']:5.0f} MiB "
            f"{found['store']:5.1f} MiB {found['gradebook']:6.1f} MiB {found['notebooks']:6.1f} MiB "
            f"{found['pages']:5.1f} MiB",
            flush=True,
        )


if __name__ == "__main__":
    main()
