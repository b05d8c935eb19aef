"""Grading where classes already are: Gradescope's autograder and results, GitHub Classroom's workflow and results.

On Gradescope, hidden checks run, in Gradescope's container. On GitHub, students' own repositories run the visible checks alone.
"""

from __future__ import annotations

import base64
import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.archives import zipped
from autograder.errors import CourseError
from autograder.exporting import Graded
from autograder.feedback import clean
from autograder.packing import folder_files, program_files, released_files, student_files
from autograder.results import in_points
from autograder.units import Course, Unit

WORKFLOW = ".github/workflows/classroom.yml"
CLASSROOM = """# What GitHub Classroom runs on every push: the visible checks. Its points say how far a student has come; the
# marks that count come from `autograder collect` and `autograder grade`, with hidden checks.
name: Autograding Tests
on: [push, repository_dispatch]
permissions:
  checks: write
  actions: read
  contents: read
jobs:
  run-autograding-tests:
    runs-on: ubuntu-latest
    if: github.actor != 'github-classroom[bot]'
    timeout-minutes: 30
    steps:
      - name: Checkout code
        uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.11"
          cache: pip
      - name: Install
        run: pip install -r requirements.txt
      - name: Visible checks
        id: visible-checks
        run: |
          autograder check --json checked.jsonl || [ $? -eq 1 ]
          echo "result=$(autograder export classroom-result --from checked.jsonl --output -)" >> "$GITHUB_OUTPUT"
      - name: Autograding Reporter
        uses: classroom-resources/autograding-grading-reporter@v1
        env:
          VISIBLE-CHECKS_RESULTS: "${{ steps.visible-checks.outputs.result }}"
        with:
          runners: visible-checks
"""
SETUP = """#!/usr/bin/env bash
# Runs once, as root, when Gradescope builds the image.
set -euo pipefail
apt-get update
apt-get install -y python3.11 python3.11-venv || apt-get install -y python3 python3-venv
"$(command -v python3.11 || command -v python3)" -m venv /autograder/venv
cd /autograder/source
/autograder/venv/bin/pip install -r requirements.txt
"""
RUN = """#!/usr/bin/env bash
# Runs for each submission. Gradescope's container may refuse namespaces; then Landlock, seccomp and limits remain.
set -uo pipefail
autograder=/autograder/venv/bin/autograder
scores=$(mktemp)
mapfile -d '' notebooks < <(find /autograder/submission -type f -name '*.ipynb' -not -path '*/.*' -print0 | sort -z)
if [ "${#notebooks[@]}" -gt 0 ]; then
    "$autograder" score --course /autograder/source --allow-unsafe --json "$scores" "${notebooks[@]}"
fi
mkdir -p /autograder/results
"$autograder" export results --from "$scores" --visibility @VISIBILITY@ --output /autograder/results/results.json
"""


def classroom_files(course: Course, units: Sequence[Unit], title: str) -> dict[str, bytes]:
    """Return the files of a template repository for GitHub Classroom."""
    return {**student_files(course, units, title), WORKFLOW: CLASSROOM.encode()}


def gradescope_zip(course: Course, units: Sequence[Unit], visibility: str) -> bytes:
    """Return the zip that Gradescope takes as an autograder. It holds the hidden checks: it is for Gradescope alone."""
    files = {**program_files(course), **released_files(course, units)}
    for unit in units:
        found = folder_files(course.root / "solutions" / unit.name)
        files.update({f"solutions/{unit.name}/{name}": data for name, data in found.items()})
    files["setup.sh"] = SETUP.encode()
    files["run_autograder"] = RUN.replace("@VISIBILITY@", visibility).encode()
    return zipped(files, executable=("setup.sh", "run_autograder"))


def read_scores(path: Path) -> list[dict[str, Any]]:
    """Read what `score --json` or `check --json` wrote; raise `CourseError` where it is something else."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        records = [json.loads(line) for line in lines if line.strip()]
        for record in records:
            float(record["score"]), float(record["max_score"]), record["exercises"], record["status"]
    except OSError as error:
        raise CourseError(f"{path}: {error.strerror}; name a file that --json wrote") from None
    except (ValueError, KeyError, TypeError):
        raise CourseError(f"{path}: this is not what `autograder score --json` writes") from None
    return records


def results_of_scores(records: Sequence[Mapping[str, Any]], visibility: str) -> dict[str, Any]:
    """Return Gradescope's results for the notebooks of one submission.

    Marks are shown as `visibility` says; what visible checks found is shown at once. An exercise that was handed in
    twice counts with its better answer.
    """
    best: dict[tuple[str, str], Mapping[str, Any]] = {}
    notes = []
    for record in records:
        if record["status"] != "graded":
            notes.append(f"{Path(str(record['notebook'])).name}: {record['status']}: {record.get('error')}")
        for exercise in record["exercises"]:
            key = str(record["unit"]), str(exercise["name"])
            if key not in best or exercise["score"] > best[key]["score"]:
                best[key] = exercise
    if not records:
        notes.append("No notebook was handed in.")
    tests = [
        test(name, entry["score"], entry["max_score"], entry["feedback"], visibility)
        for (_, name), entry in best.items()
    ]
    for (_, name), entry in best.items():
        visible = [check for check in entry["checks"] if check["visible"]]
        if visible and visibility != "visible":
            right = all(check["outcome"] == "passed" for check in visible)
            lines = [f"{check['outcome']}: {check['name']}\n{check['message']}".strip() for check in visible]
            shown = {
                "name": f"{name}: visible checks",
                "output": clean("\n".join(lines)),
                "visibility": "visible",
            }
            tests.append({**shown, "status": "passed" if right else "failed"})
    return results(sum(entry["score"] for entry in best.values()), tests, "\n".join(notes))


def results_of_graded(graded: Graded, visibility: str) -> dict[str, Any]:
    """Return Gradescope's results for a submission in the gradebook, with manual marks and late penalties."""
    tests = [
        test(mark.exercise, mark.score, mark.max_score, textwrap.dedent(mark.comment), visibility)
        for mark in graded.marks
    ]
    taken_off = sum(graded.penalties.values())
    return results(
        graded.score, tests, f"Taken off for lateness: {in_points(taken_off)}" if taken_off else ""
    )


def test(name: str, score: float, max_score: float, output: str, visibility: str) -> dict[str, Any]:
    """Return one test of Gradescope's results: an exercise."""
    return {
        "name": name,
        "score": round(score, 4),
        "max_score": max_score,
        "output": clean(output),
        "output_format": "text",
        "visibility": visibility,
    }


def results(score: float, tests: list[dict[str, Any]], output: str) -> dict[str, Any]:
    """Return Gradescope's results.json."""
    found: dict[str, Any] = {"score": round(score, 4), "stdout_visibility": "hidden", "tests": tests}
    return {**found, "output": clean(output), "output_format": "text"} if output else found


def classroom_result(records: Iterable[Mapping[str, Any]]) -> str:
    """Return what GitHub Classroom's reporter takes from a step: results as JSON, in base64."""
    tests = []
    most = 0.0

    def add(name: str, right: bool, score: float, message: str, command: str) -> None:
        tests.append(
            {
                "name": name,
                "status": "pass" if right else "fail",
                "score": round(score, 4),
                "message": "" if right else clean(message)[:500],
                "test_code": command,
                "filename": "",
                "line_no": 0,
                "duration": 0,
            }
        )

    for record in records:
        if record["status"] != "graded":
            add(
                record["notebook"],
                False,
                0.0,
                record["error"] or "",
                f"autograder check {record['notebook']}",
            )
        for exercise in record["exercises"]:
            name, right = exercise["name"], exercise["outcome"] == "passed"
            most += exercise["max_score"]
            command = f"autograder check {name}"
            add(f"{record['unit']}: {name}", right, exercise["score"], exercise["feedback"], command)
    passed = bool(tests) and all(entry["status"] == "pass" for entry in tests)
    result = {"version": 1, "status": "pass" if passed else "fail", "max_score": most, "tests": tests}
    return base64.b64encode(json.dumps(result).encode()).decode()
