"""Read notebooks that strangers hand in: whatever can be understood is, and what was mended is said."""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autograder import syntax
from autograder.errors import NotebookError
from autograder.results import readable
from autograder.units import Unit

MAX_FILE = 64 << 20
MAX_CELLS = 4000
MAX_SOURCE = 1 << 20
ANEW = "save it from JupyterLab as .ipynb, or put the answers into the released notebook"
# Brackets and commas: what a parser makes of a small file can be a hundred times as large.
MAX_NESTED, MAX_ITEMS = 1_000_000, 8_000_000
# No quantifiers side by side that match the same: these run over whatever a stranger hands in.
CHECK_CALL = re.compile(r"check\([ \t]*(\w+)[ \t]*\)")
DEFINITION = re.compile(r"^[ \t]*(?:def[ \t]+(\w+)|(\w+)[ \t]*=)", re.MULTILINE)


@dataclass
class Cell:
    """Hold one cell of a submitted notebook."""

    index: int
    kind: str
    source: str
    grade_id: str = ""
    is_grade: bool = False

    @property
    def checks(self) -> str | None:
        """Return the exercise that the cell does nothing but check."""
        lines = [
            line for line in self.source.splitlines() if line.strip() and not line.lstrip().startswith("#")
        ]
        if len(lines) != 1 or len(lines[0]) > 500:
            return None
        match = CHECK_CALL.fullmatch(lines[0].strip().removesuffix(";").rstrip())
        return match.group(1) if match else None


@dataclass
class Notebook:
    """Hold a submitted notebook: its cells, what it says about itself, and what was repaired."""

    name: str
    cells: list[Cell]
    metadata: dict[str, Any] = field(default_factory=dict)
    repairs: list[str] = field(default_factory=list)

    @property
    def code_cells(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.kind == "code"]


def read_notebook(path: Path) -> Notebook:
    """Read a notebook file; raise `NotebookError` with file and cause where that is not possible."""
    return parse_notebook(read_file(path), str(path))


def read_file(path: Path) -> bytes:
    """Return a notebook file's bytes; raise `NotebookError` where there are none to be had, or too many."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise NotebookError(f"{path}: this is not a file; name a notebook")
        if size > MAX_FILE:
            raise NotebookError(
                f"{path}: {size >> 20} MiB is too large for a notebook; clear its outputs and save it"
            )
        return path.read_bytes()
    except OSError as error:
        raise NotebookError(
            f"{path}: {error.strerror or error}; see that the file is there and can be read"
        ) from None


def content_hash(path: Path) -> str | None:
    """Return the SHA-256 of a notebook file; None where it cannot be read."""
    try:
        return hashlib.sha256(read_file(path)).hexdigest()
    except NotebookError:
        return None


def parse_notebook(data: bytes, name: str) -> Notebook:
    """Read a notebook from bytes: any text encoding with a mark, notebook formats 3 and 4."""
    repairs: list[str] = []
    text = _decoded(data, name, repairs)
    if not text.strip():
        raise NotebookError(f"{name}: the file is empty; save the notebook again")
    if text.count("[") + text.count("{") > MAX_NESTED or text.count(",") > MAX_ITEMS:
        raise NotebookError(
            f"{name}: the file has too many parts for a notebook; clear its outputs and save it"
        )
    try:
        content = json.loads(text)
    except RecursionError:
        raise NotebookError(f"{name}: the file is nested too deeply for a notebook; {ANEW}") from None
    except ValueError as error:
        raise NotebookError(f"{name}: this is not a notebook: {error}; {ANEW}") from None
    if not isinstance(content, dict):
        raise NotebookError(f"{name}: this is not a notebook: no object at the top; {ANEW}")
    metadata = content.get("metadata")
    cells = content.get("cells")
    if not isinstance(cells, list) and isinstance(content.get("worksheets"), list):
        sheets = [sheet for sheet in content["worksheets"] if isinstance(sheet, dict)]
        lists = [sheet["cells"] for sheet in sheets if isinstance(sheet.get("cells"), list)]
        cells = [cell for part in lists for cell in part]
        repairs.append("the notebook was of the old format 3")
    if not isinstance(cells, list):
        raise NotebookError(f"{name}: this is not a notebook: it has no cells; {ANEW}")
    if len(cells) > MAX_CELLS:
        raise NotebookError(
            f"{name}: {len(cells)} cells are too many for a notebook; leave in it what answers the exercises"
        )
    read = [cell for index, item in enumerate(cells) if (cell := _cell(index, item))]
    if len(read) < len(cells):
        repairs.append(f"{len(cells) - len(read)} cells could not be read and were left out")
    if sum(len(cell.source) for cell in read if cell.kind == "code") > MAX_SOURCE:
        raise NotebookError(
            f"{name}: there is too much code in the cells; leave in it what answers the exercises"
        )
    return Notebook(name, read, metadata if isinstance(metadata, dict) else {}, repairs)


def _decoded(data: bytes, name: str, repairs: list[str]) -> str:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            if encoding != "utf-8-sig":
                repairs.append(f"the file was encoded as {encoding}")
            break
    else:
        encoding = "utf-8"
        if data[:2] in (b"{\0", b"\0{"):
            encoding = "utf-16-le" if data[0] else "utf-16-be"
            repairs.append(f"the file was encoded as {encoding}")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        raise NotebookError(f"{name}: this is not a text file; {ANEW}") from None
    repairs.append("the file was not UTF-8 and was read as Windows-1252")
    return text


def _cell(index: int, item: Any) -> Cell | None:
    if not isinstance(item, dict):
        return None
    source = item.get("source", item.get("input", ""))
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    kind = item.get("cell_type")
    if not isinstance(source, str) or not isinstance(kind, str):
        return None
    metadata = item.get("metadata")
    entry = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    entry = entry if isinstance(entry, dict) else {}
    grade_id = entry.get("grade_id")
    return Cell(
        index,
        kind,
        readable(source.replace("\r\n", "\n")),
        grade_id if isinstance(grade_id, str) else "",
        entry.get("grade") is True and entry.get("solution") is not True,
    )


def identify(notebook: Notebook, units: Mapping[str, Unit]) -> Unit:
    """Tell which unit a notebook answers, by its metadata, else by the exercises or the marked questions in it."""
    entry = notebook.metadata.get("autograder")
    if isinstance(entry, dict) and isinstance(entry.get("unit"), str) and entry["unit"] in units:
        return units[entry["unit"]]
    names: list[str] = []
    for cell in notebook.code_cells:
        names += [cell.grade_id.removesuffix("_solution"), cell.checks or ""]
        names += syntax.defined(cell.source)
    counts = {unit.name: len(set(names) & {*unit.exercises, *unit.marked_names}) for unit in units.values()}
    best = max(counts.values(), default=0)
    fitting = [name for name, count in counts.items() if count == best]
    if best == 0:
        raise NotebookError(
            f"{notebook.name}: it defines no exercise of the course; is it a notebook of another one?"
        )
    if len(fitting) > 1:
        raise NotebookError(
            f"{notebook.name}: it could be of {' or '.join(fitting)}; leave the answers to one unit in it"
        )
    notebook.repairs.append(f"the unit was recognised by its exercises as {fitting[0]}")
    return units[fitting[0]]


@dataclass
class Plan:
    """Hold what to run of a notebook, and where each exercise is defined.

    `kept` says, by cell, which of the names that it binds are kept for which exercise, since later cells bind them anew.
    """

    cells: list[Cell]
    code: syntax.Code
    defined_in: dict[str, int]
    broken: dict[str, str]
    kept: dict[int, dict[str, list[str]]]


def narrow(todo: Plan, names: list[str]) -> Plan:
    """Return the plan that runs no more than some exercises need; whole where one of them is not found by reading."""
    if not all(name in todo.code.definitions or name in todo.broken for name in names):
        return todo
    cells = [replace(cell, source=todo.code.needed(cell.source, names)) for cell in todo.cells]
    return replace(todo, cells=[cell for cell in cells if cell.source.strip()])


def plan(notebook: Notebook, unit: Unit, setup: str = "") -> Plan:
    """Decide which cells to run: all code but checks, and no untouched stub where the exercise is answered elsewhere.

    `setup` is the released notebook's setup cell; it is run first where the notebook has lost its own.
    """
    cells = [
        cell
        for cell in notebook.code_cells
        if not (cell.is_grade and cell.grade_id in unit.exercises) and cell.checks is None
    ]
    answered: dict[str, list[int]] = {}
    stubs: dict[str, list[int]] = {}
    broken: dict[str, str] = {}
    for cell in cells:
        tree = syntax.parse(cell.source)
        if tree is None:
            for name in _guessed_names(cell, unit):
                broken[name] = syntax.problem(cell.source)
            continue
        for node in syntax.statements(tree):
            for name in syntax.bound_names(node):
                if name in unit.exercises:
                    kind = stubs if syntax.is_stub(node) else answered
                    kind.setdefault(name, []).append(cell.index)
    left_out = {
        index
        for name, places in stubs.items()
        if name in answered
        for index in places
        if _only_stubs(notebook, index)
    }
    for name in unit.exercises:
        places = list(dict.fromkeys(answered.get(name, [])))
        if len(places) > 1:
            notebook.repairs.append(f"{name} is defined in {len(places)} cells; the last one counts")
        if name in stubs and places and set(stubs[name]) & left_out:
            notebook.repairs.append(f"an untouched copy of the stub of {name} was left out")
        if not places and name not in stubs and name not in broken:
            notebook.repairs.append(f"no cell defines {name}")
    if setup and not any(c.grade_id == "setup" or c.source.strip() == setup.strip() for c in cells):
        cells = [Cell(-1, "code", setup, "setup"), *cells]
        notebook.repairs.append("the setup cell was missing; the released one was run instead")
    cells = [cell for cell in cells if cell.index not in left_out]
    defined = {name: places[-1] for name, places in {**stubs, **answered}.items()}
    code = syntax.Code((cell.source for cell in cells), unit.exercises)
    kept: dict[int, dict[str, list[str]]] = {}
    for name in unit.exercises:
        for key, place in code.kept(name).items():
            kept.setdefault(cells[place].index, {}).setdefault(name, []).append(key)
    return Plan(cells, code, defined, broken, kept)


def _only_stubs(notebook: Notebook, index: int) -> bool:
    """Tell whether a cell holds nothing but one untouched stub."""
    cell = next(cell for cell in notebook.cells if cell.index == index)
    tree = syntax.parse(cell.source)
    return tree is not None and len(tree.body) == 1 and syntax.is_stub(tree.body[0])


def _guessed_names(cell: Cell, unit: Unit) -> list[str]:
    """Return the exercises that a cell which does not parse was probably meant to define."""
    names = {name for pair in DEFINITION.findall(cell.source) for name in pair if name}
    names.add(cell.grade_id.removesuffix("_solution"))
    return [name for name in unit.exercises if name in names]
