"""Start a course in a folder of its own, from one that has the content."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from autograder.errors import CourseError
from autograder.roster import FILE
from autograder.units import Course, Unit

CONFIG = "nbgrader_config.py"
KEPT = ("constraints.txt", "LICENSE")
IGNORED = """__pycache__/
.ipynb_checkpoints/
.venv/
# What students hand in and what comes of it is nobody else's business.
/students.csv
/submitted/
/autograded/
/feedback/
/source/
/release/
/gradebook.db*
/.autograder/
"""
README = """# {name}

{units} units, {exercises} exercises, {points:g} points. `solutions/` is secret: keep this folder, and any repository of it, private.

    autograder release --zip students.zip   # the students' side, and one zip to hand out
    autograder collect DOWNLOAD…            # from Moodle, Canvas, Gradescope, GitHub Classroom, nbgrader or a folder
    autograder grade                        # marks into gradebook.db, a page for each student into feedback/
    autograder export canvas --template FILE

Who is who stands in `students.csv`; each command says more with `--help`.
"""
STUDENTS = "id,name,email,login,canvas_id,github\n"


def start(course: Course, folder: Path, units: Sequence[Unit], name: str) -> Path:
    """Make a course in a new or empty folder: units, what was released of them, their data, nbgrader's settings.

    The folder appears whole or not at all.
    """
    if not re.fullmatch(r"[\w][\w.-]*", name):
        raise CourseError(f"{name!r} cannot name a course; use letters, digits, . _ and -, with --name")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CourseError(f"{folder} is not empty; name a new folder")
    config = course.root / CONFIG
    if not config.is_file():
        raise CourseError(f"{config} is not there; name a whole course with --course")
    target = folder.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
            made = Path(scratch) / "course"
            made.mkdir()
            _fill(course, made, units, name)
            if target.exists():
                target.rmdir()
            made.rename(target)
    except OSError as error:
        raise CourseError(f"{folder}: {error.strerror or error}; name a folder that can be written") from None
    return folder


def _fill(course: Course, made: Path, units: Sequence[Unit], name: str) -> None:
    skipped = shutil.ignore_patterns("__pycache__", ".*")
    for unit in units:
        for side in ("solutions", "assignments"):
            if (course.root / side / unit.name).is_dir():
                shutil.copytree(course.root / side / unit.name, made / side / unit.name, ignore=skipped)
        for data in unit.data:
            place = made / "source_data" / data
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(course.root / "source_data" / data, place)
    for kept in KEPT:
        if (course.root / kept).is_file():
            shutil.copy(course.root / kept, made / kept)
    settings = (course.root / CONFIG).read_text(encoding="utf-8")
    named = re.sub(r"(?m)^(c\.CourseDirectory\.course_id = ).*$", rf'\g<1>"{name}"', settings)
    (made / CONFIG).write_text(named, encoding="utf-8")
    (made / ".gitignore").write_text(IGNORED, encoding="utf-8")
    (made / FILE).write_text(STUDENTS, encoding="utf-8")
    exercises = [exercise for unit in units for exercise in unit.exercises.values()]
    text = README.format(
        name=name,
        units=len(units),
        exercises=len(exercises),
        points=sum(exercise.points for exercise in exercises),
    )
    (made / "README.md").write_text(text, encoding="utf-8")
