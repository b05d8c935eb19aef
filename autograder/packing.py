"""Pack the course for others: for students, for a GitHub Classroom template, for Gradescope. The same files give the same bytes."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from importlib.metadata import distribution
from pathlib import Path

from autograder import __version__
from autograder.archives import hidden, zipped
from autograder.errors import CourseError
from autograder.quizzes.reading import quiz_notebook_name
from autograder.units import Course, Unit

PACKAGE = Path(__file__).parent
CONSTRAINTS = "constraints.txt"
# What the cells for answers say in a released notebook.
UNANSWERED = ("raise NotImplementedError()", " = None", 'STUDENT = ""')
WELCOME = """# {course}

Unpack this folder, open a terminal in it (Python 3.11 or newer), and install what the notebooks need:

    python -m venv .venv
    . .venv/bin/activate            # on Windows: .venv\\Scripts\\activate
    pip install -r requirements.txt

Then open the notebooks, fill in the functions, and run the cell below each:

    jupyter lab assignments/
    autograder check                # says in a terminal (on Windows: of WSL) what is right and what to do next

The units:

{units}
"""


def wheel() -> tuple[str, bytes]:
    """Return this program as a wheel, made of the files that run now: its name and its bytes."""
    facts = distribution("autograder")
    info = f"autograder-{__version__}.dist-info"
    fields = [("Metadata-Version", "2.1"), ("Name", "autograder"), ("Version", __version__)]
    for name in ("Summary", "Requires-Python", "Provides-Extra", "Requires-Dist"):
        fields += [(name, value) for value in facts.metadata.get_all(name) or []]
    files = {f"autograder/{name}": data for name, data in folder_files(PACKAGE).items()}
    files[f"{info}/METADATA"] = "".join(f"{name}: {value}\n" for name, value in fields).encode()
    files[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: autograder\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    files[f"{info}/entry_points.txt"] = b"[console_scripts]\nautograder = autograder.cli:main\n"
    lines = [f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in sorted(files.items())]
    files[f"{info}/RECORD"] = "".join([*lines, f"{info}/RECORD,,\n"]).encode()
    return f"autograder-{__version__}-py3-none-any.whl", zipped(files)


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def folder_files(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by their names in it; what is hidden is left out, and so is what is a link."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and not any(hidden(part) for part in path.relative_to(folder).parts)
    }


def program_files(course: Course) -> dict[str, bytes]:
    """Return what installs this program: a wheel, `requirements.txt`, and exact versions where the course has them."""
    name, data = wheel()
    pinned = course.root / CONSTRAINTS
    files = {name: data, "requirements.txt": f"./{name}\n".encode()}
    if pinned.is_file():
        files[CONSTRAINTS] = pinned.read_bytes()
        files["requirements.txt"] = f"-c {CONSTRAINTS}\n./{name}\n".encode()
    return files


def released_files(course: Course, units: Sequence[Unit]) -> dict[str, bytes]:
    """Return the students' side of some units; raise `CourseError` where one was not released, or holds answers.

    What lies in the folder beside what `release` writes is left out.
    """
    files: dict[str, bytes] = {}
    for unit in units:
        folder = course.root / "assignments" / unit.name
        notebooks = [f"{unit.name}.ipynb", f"{quiz_notebook_name(unit.name)}.ipynb"]
        found = {name: data for name, data in folder_files(folder).items() if is_released(name, notebooks)}
        if notebooks[0] not in found:
            raise CourseError(f"{folder} holds no notebook; run `autograder release {unit.name}` first")
        for name in notebooks:
            if name in found and (answered := answered_cells(folder / name, found[name])):
                raise CourseError(
                    f"{folder / name}: {', '.join(answered)} holds an answer; run `autograder release {unit.name}` first"
                )
        files.update({f"assignments/{unit.name}/{name}": data for name, data in found.items()})
    return files


def is_released(name: str, notebooks: Sequence[str]) -> bool:
    """Tell whether a file of a released unit is one that `release` writes."""
    if name.startswith("data/") or name in ("visible_checks.py", *notebooks):
        return True
    return "/" not in name and name.endswith((".json", ".toml", ".po"))


def answered_cells(path: Path, data: bytes) -> list[str]:
    """Return the cells of a notebook for students in which something was answered."""
    try:
        cells = json.loads(data)["cells"]
        entries = [(cell["metadata"].get("nbgrader", {}), "".join(cell["source"])) for cell in cells]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CourseError(f"{path}: this is no notebook; run `autograder release` first") from None
    return [
        str(entry.get("grade_id"))
        for entry, source in entries
        if entry.get("solution") and not any(mark in source for mark in UNANSWERED)
    ]


def student_files(course: Course, units: Sequence[Unit], title: str) -> dict[str, bytes]:
    """Return all that students need, by name: the released units, this program, a page that says how to begin."""
    listed = "\n".join(f"- `assignments/{unit.name}/{unit.name}.ipynb`: {unit.title}" for unit in units)
    welcome = WELCOME.format(course=title, units=listed).encode()
    return {**released_files(course, units), **program_files(course), "README.md": welcome}


def student_zip(course: Course, units: Sequence[Unit], title: str) -> bytes:
    """Return the zip for students, with everything in one folder named after the course."""
    return zipped({f"{title}/{name}": data for name, data in student_files(course, units, title).items()})


def course_title(course: Course) -> str:
    """Return the course's name as nbgrader knows it, as one word for a folder."""
    from autograder.nbgrader_bridge import nbgrader_config
    from autograder.roster import slug

    return slug(str(nbgrader_config(course).CourseDirectory.get("course_id", ""))) or "course"
