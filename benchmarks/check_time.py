"""Measure `autograder check` of one exercise against `python -c "import torch"`, alternately, in one run.

python benchmarks/check_time.py [--exercise adam_step] [--runs 7]
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
from autograder.units import Course

HERE = Course(Path(__file__).resolve().parents[1])


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True, env=dict(os.environ, OMP_NUM_THREADS="1"))
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--exercise", default="adam_step")
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    [unit] = [u for u in HERE.units().values() if options.exercise in u.exercises]
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(HERE.root / "assignments", Path(folder, "assignments"))
        notebook = Path(folder, "assignments", unit.name, f"{unit.name}.ipynb")
        notebook.write_text(json.dumps(solved_notebook(HERE, unit, reference_answers(unit))))
        tool = str(Path(sys.executable).parent / "autograder")
        check = [tool, "check", options.exercise, "--course", folder]
        torch = [sys.executable, "-c", "import torch"]
        seconds(torch), seconds(check)
        pairs = [(seconds(check), seconds(torch)) for _ in range(options.runs)]
    ratios = [mine / theirs for mine, theirs in pairs]
    print(f"autograder check: {statistics.median(mine for mine, _ in pairs):.2f} s")
    print(f"import torch:     {statistics.median(theirs for _, theirs in pairs):.2f} s")
    print(f"ratio:            {statistics.median(ratios):.2f} (from {min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main()
