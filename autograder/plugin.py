"""What nbgrader's commands and formgrader's buttons run in place of nbgrader's own steps (see nbgrader_config.py)."""

from __future__ import annotations

import atexit
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from nbgrader.api import Gradebook
from nbgrader.preprocessors import ClearSolutions, NbGraderPreprocessor
from traitlets import Bool, Enum

from autograder.course import Submissions, read_released, submitted
from autograder.errors import AutograderError
from autograder.feedback import as_comment
from autograder.graded import grade_id, graded_notebook
from autograder.language import asked, released_in, speaking
from autograder.pages import feedback_page
from autograder.pool import Pool
from autograder.results import Result
from autograder.units import Course

_open = ExitStack()
_pools: dict[str, Pool] = {}
atexit.register(_open.close)


def warm_pool(unit: Any, device: str) -> Pool:
    """Return a pool for a unit, kept warm for the notebooks that follow."""
    key = f"{unit.folder} {device}"
    if key not in _pools:
        _pools[key] = _open.enter_context(Pool([unit], True, 1, device=device))
    return _pools[key]


class ClearAnswers(ClearSolutions):  # type: ignore[misc]
    """Clear solutions, but leave the cells of a quiz as they are: they hold no solution, and no stub would suit them."""

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
        if "question" in cell.metadata.get("autograder", {}):
            return cell, resources
        cleared: tuple[Any, Any] = super().preprocess_cell(cell, resources, cell_index)
        return cleared


class Examine(NbGraderPreprocessor):  # type: ignore[misc]
    """Run the submitted notebook in a sandbox, examine it, and put marks and feedback into its grade cells."""

    allow_unsafe = Bool(False, help="Grade even where this machine cannot shut submissions in.").tag(
        config=True
    )
    device = Enum(["cpu", "cuda"], "cpu", help="Where functions run.").tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        import nbformat

        where = resources["nbgrader"]
        course = Course(Path.cwd())
        handed_in = Submissions(course, [where["assignment"]])
        unit = course.unit(where["assignment"])
        pool = warm_pool(unit, self.device)
        level = pool.wait_until_ready()
        if not level.isolates and not self.allow_unsafe:
            raise AutograderError(
                f"this machine cannot shut submissions in ({level.missing}); "
                "set c.Examine.allow_unsafe = True to run strangers' code with your own rights"
            )
        [job] = [j for j in handed_in.jobs if j.name == f"{where['student']}/{where['notebook']}"]
        [(_, result)] = pool.grade([job])
        resources["autograder"] = result
        released = read_released(course, unit, where["notebook"])
        with speaking(asked() or released_in(released)):
            made = graded_notebook(released, submitted(job, result), result)
        return nbformat.from_dict(made), resources


class Explain(NbGraderPreprocessor):  # type: ignore[misc]
    """Write each exercise's feedback into the gradebook, as the comment on its solution cell."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        result: Result = resources["autograder"]
        where = resources["nbgrader"]
        with Gradebook(where["db_url"]) as book:
            notebook = book.find_submission_notebook(where["notebook"], where["assignment"], where["student"])
            marks = {exercise.name: exercise for exercise in result.exercises}
            for comment in notebook.comments:
                exercise = marks.get(comment.name.removesuffix("_solution"))
                with speaking(asked() or released_in(nb)):
                    comment.auto_comment = as_comment(exercise.feedback if exercise else result.error or "")
            book.db.commit()
        return nb, resources


class FeedbackExporter(Exporter):
    """Write the same pages for `nbgrader generate_feedback` and formgrader's button."""

    file_extension = ".html"
    output_mimetype = "text/html"

    def from_notebook_node(self, nb: Any, resources: Any = None, **options: Any) -> Any:
        nb, resources = super().from_notebook_node(nb, resources, **options)
        cells = {grade_id(cell): dict(cell["metadata"]["nbgrader"]) for cell in nb["cells"] if grade_id(cell)}
        return feedback_page(nb, resources["nbgrader"], cells), resources
