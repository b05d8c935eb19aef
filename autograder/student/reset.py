"""Put one exercise's cell back as it was released, with a backup of the notebook beside it."""

from __future__ import annotations

import json
import shutil
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder import syntax
from autograder.errors import CourseError, NotebookError
from autograder.files import write
from autograder.notebooks import Notebook, parse_notebook, read_file
from autograder.results import readable
from autograder.units import Unit

STUBS = "stubs.json"


@dataclass
class Reset:
    """Say what was done: where the backup is, None where the cell was as released, and what else there is to know."""

    notebook: Path
    backup: Path | None = None
    notes: list[str] = field(default_factory=list)


def stubs_text(notebook: str) -> str:
    """Return the text of the released file of stubs, from a released notebook's: its solution cells, by exercise."""
    stubs = {
        entry["grade_id"].removesuffix("_solution"): cell
        for cell in json.loads(notebook)["cells"]
        if (entry := cell["metadata"].get("nbgrader", {})).get("solution")
    }
    return json.dumps(stubs, indent=1, ensure_ascii=False) + "\n"


def released_stub(unit: Unit, exercise: str) -> dict[str, Any]:
    """Return an exercise's solution cell as it was released."""
    path = unit.folder / STUBS
    try:
        cell: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))[exercise]
        "".join(cell["source"])
        return cell
    except OSError as error:
        raise CourseError(f"{path}: {error.strerror}; fetch the unit's folder again") from None
    except (ValueError, KeyError, TypeError):
        raise CourseError(f"{path}: the file is damaged; fetch the unit's folder again") from None


def reset(unit: Unit, exercise: str, path: Path) -> Reset:
    """Put the cell of an exercise back as released; all other cells, and all the file says else, stay.

    Raise `NotebookError` where the file cannot be understood; it is left as it is then.
    """
    path = path.resolve()
    stub = released_stub(unit, exercise)
    data = read_file(path)
    notebook = parse_notebook(data, str(path))
    content = json_content(data, path)
    done = Reset(path)
    place, found = place_of(exercise, notebook)
    sources = {cell.index: cell.source for cell in notebook.cells}
    if found and sources[place] == "".join(stub["source"]):
        done.notes.append(f"{exercise} is as it was released; nothing was changed")
    else:
        put(content, place, found, stub)
        done.backup = back_up(path)
        write(path, readable(json.dumps(content, indent=1, ensure_ascii=False)) + "\n")
    others = [n for n in defining(exercise, notebook) if not (found and n == place)]
    if others:
        cells = ", ".join(str(number + 1 + (not found and number >= place)) for number in others)
        done.notes.append(
            f"{exercise} is also defined in cell {cells}, which counts as your answer; delete it"
        )
    return done


def json_content(data: bytes, path: Path) -> dict[str, Any]:
    """Return the whole of a notebook file, to be written again."""
    try:
        content: dict[str, Any] = json.loads(data)
    except ValueError:  # read_notebook makes do with other encodings
        content = {}
    if not isinstance(content.get("cells"), list) or not all(isinstance(c, dict) for c in content["cells"]):
        raise NotebookError(
            f"{path}: this is not how notebooks are written today; open it in JupyterLab, save it, and try again"
        )
    return content


def place_of(exercise: str, notebook: Notebook) -> tuple[int, bool]:
    """Return the position of an exercise's cell and True; where it is gone, the position to put it at and False."""
    marked = [cell.index for cell in notebook.code_cells if cell.grade_id == f"{exercise}_solution"]
    if found := marked or defining(exercise, notebook):
        return found[0], True
    below = [cell.index for cell in notebook.code_cells if exercise in (cell.checks, cell.grade_id)]
    last = notebook.cells[-1].index + 1 if notebook.cells else 0
    return (below[0] if below else last), False


def defining(exercise: str, notebook: Notebook) -> list[int]:
    """Return the positions of the cells that define an exercise."""
    return [cell.index for cell in notebook.code_cells if exercise in syntax.defined(cell.source)]


def put(content: dict[str, Any], place: int, replace: bool, stub: dict[str, Any]) -> None:
    """Put a stub into a notebook's cells, in the place of one or before it."""
    cells: list[dict[str, Any]] = content["cells"]
    kept = [*cells[:place], *cells[place + replace :]]
    if (content.get("nbformat"), content.get("nbformat_minor", 0)) < (4, 5):
        stub.pop("id", None)  # cells had none then
    elif any(cell.get("id") == stub["id"] for cell in kept):
        stub["id"] = uuid.uuid4().hex[:8]
    cells[place : place + replace] = [stub]


def back_up(path: Path) -> Path:
    """Copy a file to a new name beside it, which no tool takes for a notebook of the unit."""
    number = 1
    while (backup := path.with_name(f"{path.name}.backup-{number}")).exists():
        number += 1
    try:
        shutil.copy2(path, backup)
    except OSError as error:
        raise CourseError(f"{backup}: {error.strerror}; make room for a backup and try again") from None
    return backup
