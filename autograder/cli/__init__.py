"""The command line: thin commands over the stages.

Exit 0 good, 1 work or content at fault, 2 it cannot be done as it was asked, 3 ours.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    sys.exit("error: commands need Linux, macOS or WSL; check(f) and quiz(...) in notebooks work here, too")

# isort: off
from autograder.cli import student, instructor, classes, exports, reports, author  # noqa: F401  in the order that --help lists them

# isort: on
from autograder.cli.common import app
from autograder.console import fail
from autograder.errors import AutograderError


def main() -> None:
    """Run the command line, and turn what goes wrong into one sentence and an exit code."""
    try:
        app()
    except AutograderError as error:
        fail(str(error), 2)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        fail(f"{where}{error.strerror or error}; mend that and run it again", 3)
