"""The graded notebook: what a student handed in, put in order, with outputs, marks and feedback in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograder.feedback import as_html, as_text, clean
from autograder.language import _
from autograder.notebooks import Cell, Notebook
from autograder.results import ExerciseResult, Result

# What a submission's own outputs may keep: nothing that a browser would run.
HARMLESS = ("text/plain", "image/png", "image/jpeg")


def graded_notebook(released: dict[str, Any], submitted: Notebook | None, result: Result) -> dict[str, Any]:
    """Return the notebook to file under `autograded/`.

    Graded and locked cells are the released ones, whatever the submission made of them; missing ones are put back at
    the end. A submission that could not be read gives the released notebook with the cause on top.
    """
    originals = {grade_id(cell): cell for cell in released["cells"] if grade_id(cell)}
    outputs = {cell.index: cell for cell in result.cells}
    marks = {exercise.name: exercise for exercise in result.exercises}
    prose = {"".join(c["source"]).strip() for c in released["cells"] if c["cell_type"] == "markdown"}
    placed: set[str] = set()
    cells: list[dict[str, Any]] = []
    if submitted is None:
        note = _(f"**This notebook could not be graded.** {clean(result.error or '')}")
        cells.append({**new_cell("markdown", note), "metadata": {"autograder": {"note": True}}})
        submitted_cells: list[Cell] = []
    else:
        submitted_cells = submitted.cells
    adopted = adopt(submitted_cells, originals)
    for cell in submitted_cells:
        name = adopted.get(cell.index, "")
        original = originals.get(name)
        if original is None:
            known = cell.source.strip() in prose
            made = new_cell(cell.kind, cell.source if known or cell.kind == "code" else inert(cell.source))
        else:
            placed.add(name)
            made = copy_of(original, cell.source if is_solution(original) else None)
        ran = outputs.get(cell.index)
        if made["cell_type"] == "code" and ran is not None:
            made["outputs"] = [harmless(output) for output in ran.outputs]
            made["execution_count"] = ran.execution_count
        cells.append(made)
    for name, original in originals.items():
        if name not in placed:
            cells.append(copy_of(original, None))
    for index, made in enumerate(cells):
        exercise = marks.get(grade_id(made))
        if exercise is not None:
            made["outputs"] = verdict(exercise)
        elif is_graded(made):
            made["outputs"] = verdict_text(_(clean(result.error or "not graded")), 0.0)
        made["id"] = f"cell-{index}"
    return {
        "cells": cells,
        "metadata": released["metadata"],
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def adopt(cells: list[Cell], originals: Mapping[str, Any]) -> dict[int, str]:
    """Return which released cell each submitted one stands for, by its id, else by what it defines or checks."""
    from autograder import syntax

    taken: dict[str, int] = {}
    for cell in cells:
        if cell.grade_id in originals and originals[cell.grade_id]["cell_type"] == cell.kind:
            taken.setdefault(cell.grade_id, cell.index)
    for cell in cells:
        if cell.kind != "code" or cell.index in taken.values():
            continue
        tree = syntax.parse(cell.source)
        names = [n for node in (tree.body if tree else []) for n in syntax.bound_names(node)]
        for name in [*(f"{n}_solution" for n in names), cell.checks or ""]:
            if name in originals and name not in taken:
                taken[name] = cell.index
                break
    return {index: name for name, index in taken.items()}


def grade_id(cell: dict[str, Any]) -> str:
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def is_solution(cell: dict[str, Any]) -> bool:
    return bool(cell["metadata"].get("nbgrader", {}).get("solution"))


def is_graded(cell: dict[str, Any]) -> bool:
    return bool(cell["metadata"].get("nbgrader", {}).get("grade"))


def new_cell(kind: str, source: str) -> dict[str, Any]:
    """Return a free cell; one of an unknown kind becomes raw text."""
    kind = kind if kind in ("code", "markdown", "raw") else "raw"
    cell: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": source}
    if kind == "code":
        cell.update(outputs=[], execution_count=None)
    return cell


def copy_of(original: dict[str, Any], source: str | None) -> dict[str, Any]:
    """Return a copy of a released cell, with another source where one is given."""
    text = "".join(original["source"]) if source is None else source
    cell = new_cell(original["cell_type"], text)
    entry = original["metadata"]["nbgrader"]
    cell["metadata"] = {"nbgrader": dict(entry)}
    for key in ("deletable", "editable"):
        if key in original["metadata"]:
            cell["metadata"][key] = original["metadata"][key]
    return cell


def inert(text: str) -> str:
    """Return Markdown in which HTML shows as text, and pictures and links lead nowhere."""
    text = clean(text).replace("&", "&amp;").replace("<", "&lt;")
    return text.replace("](", "] (").replace("]:", "] :")


def harmless(output: dict[str, Any]) -> dict[str, Any]:
    """Return a submission's output without anything that a page would run or fetch."""
    match output["output_type"]:
        case "stream":
            return {**output, "text": clean(output["text"])}
        case "error":
            lines = [clean(line) for line in output["traceback"]]
            text = {"ename": clean(output["ename"]), "evalue": clean(output["evalue"])}
            return {**output, **text, "traceback": lines}
    data = {key: value for key, value in output["data"].items() if key in HARMLESS}
    if "text/plain" in data:
        data["text/plain"] = clean(data["text/plain"])
    return {**output, "data": data, "metadata": {}}


def verdict(exercise: ExerciseResult) -> list[dict[str, Any]]:
    """Return the outputs of a grade cell: what is shown, then the marks as nbgrader reads them."""
    return [
        {
            "output_type": "display_data",
            "data": {"text/plain": as_text(exercise), "text/html": as_html(exercise)},
            "metadata": {},
        },
        marks_output(exercise.score),
    ]


def verdict_text(text: str, score: float) -> list[dict[str, Any]]:
    """Return the outputs of a grade cell that was not reached."""
    shown = {"output_type": "display_data", "data": {"text/plain": text}, "metadata": {}}
    return [shown, marks_output(score)]


def marks_output(score: float) -> dict[str, Any]:
    return {
        "output_type": "execute_result",
        "data": {"text/plain": f"{score:g}"},
        "metadata": {},
        "execution_count": None,
    }
