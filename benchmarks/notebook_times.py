"""Measure how long each unit's notebook takes from top to bottom, once it is solved, in a kernel of its own.

    python benchmarks/notebook_times.py [UNIT ...] [--save FOLDER]

The released notebook gets the references typed in and is run by nbclient, in a folder that holds what students have.
`--save` keeps the notebooks with their outputs, to look at the pictures. A cell that raises ends the run.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from autograder.release import reference_answers, solved_notebook
from autograder.units import Course, Unit

HERE = Course(Path(__file__).resolve().parents[1])


def run(unit: Unit, save: Path | None) -> float:
    """Run a unit's solved notebook; return the seconds it takes, start of the kernel included."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "assignments", unit.name)
        shutil.copytree(HERE.root / "assignments" / unit.name, folder)
        text = json.dumps(solved_notebook(HERE, unit, reference_answers(unit)))
        notebook = nbformat.reads(text, as_version=4)  # which joins the lines of a cell
        client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(folder)}})
        start = time.perf_counter()
        client.execute()
        seconds = time.perf_counter() - start
    if save:
        save.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, save / f"{unit.name}.ipynb")
    return seconds


def main() -> None:
    """Measure and print a line per unit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("units", nargs="*")
    parser.add_argument("--save", type=Path)
    options = parser.parse_args()
    for name, unit in HERE.units().items():
        if not options.units or name in options.units:
            print(f"{name:<16} {run(unit, options.save):6.1f} s", flush=True)


if __name__ == "__main__":
    main()
