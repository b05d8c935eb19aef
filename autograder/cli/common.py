"""What the commands share: the program itself, its options, and how records are written."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from autograder import __version__
from autograder.console import fail
from autograder.errors import AutograderError
from autograder.language import _, choose


class Speaking(TyperGroup):
    """Take `--lang` wherever it stands on the line, and say help texts in the reader's language."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        choose(None)
        words, rest = iter(args), []
        for word in words:
            name, equals, value = word.partition("=")
            if name == "--lang":
                choose(value if equals else next(words, ""))
            else:
                rest.append(word)
                if word == "--":
                    rest += words
        translate_help(self)
        return super().make_context(info_name, rest, parent, **extra)

    def invoke(self, context: Any) -> Any:
        try:
            return super().invoke(context)
        except KeyboardInterrupt:
            fail("interrupted; what was finished is kept", 130)


def translate_help(command: Any) -> None:
    """Put the help texts of a command, and of those below it, into the reader's language."""
    command.help = _(command.help or "")
    for part in [command, *command.params]:
        if panel := getattr(part, "rich_help_panel", None):
            part.rich_help_panel = _(panel)
        if part is not command and getattr(part, "help", None):
            part.help = _(part.help)
    for below in getattr(command, "commands", {}).values():
        translate_help(below)


app = typer.Typer(
    cls=Speaking,
    help="An auto-graded deep-learning course: check your own work, grade a class, write exercises.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

CourseOption = Annotated[
    Path | None,
    typer.Option("--course", help="The course's folder. Default: the one at or above this folder."),
]


class Device(StrEnum):
    """Say where students' functions run."""

    CPU = "cpu"
    CUDA = "cuda"


DeviceOption = Annotated[Device, typer.Option(help="Where functions run.")]
JobsOption = Annotated[
    int, typer.Option("--jobs", "-j", min=0, help="Submissions graded at a time; 0 means one per core.")
]
JsonOption = Annotated[
    Path | None, typer.Option("--json", help="Write one JSON object a line here; - is standard output.")
]
ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        help="Grade on a Dask cluster: its scheduler's address (tcp://HOST:8786), its scheduler file (FILE.json), "
        "or local:N for N workers on this machine. How many at a time is then up to the workers.",
    ),
]
DatabaseOption = Annotated[str | None, typer.Option("--db", help="Gradebook, as an SQLAlchemy URL.")]
UnsafeOption = Annotated[
    bool, typer.Option("--allow-unsafe", help="Grade even where this machine cannot shut submissions in.")
]
CellOption = Annotated[float, typer.Option("--cell-seconds", min=0.1, help="Time limit of one cell.")]
CheckOption = Annotated[float, typer.Option("--check-seconds", min=0.1, help="Time limit of one check.")]
TotalOption = Annotated[
    float, typer.Option("--submission-seconds", min=0.1, help="Time limit of one notebook.")
]
MemoryOption = Annotated[
    int, typer.Option("--memory-mb", min=64, max=1 << 24, help="Memory limit of one notebook, in MiB.")
]


def show_version(value: bool) -> None:
    if value:
        print(f"autograder {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version.")
    ] = False,
    lang: Annotated[
        str | None,
        typer.Option(
            help="The language to speak, en or zh_CN, also after a command. Default: the environment's."
        ),
    ] = None,
) -> None:
    """Hold the options of the program itself."""
    del lang  # taken out of the line before it is parsed


def at_a_time(jobs: int, device: Device = Device.CPU) -> int:
    """Return how many submissions to grade at a time: one per GPU, or per core."""
    if jobs:
        return jobs
    if device is Device.CUDA:
        from autograder import gpu

        return len(gpu.visible())
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def write_lines(records: Iterable[dict[str, Any]], path: Path | None) -> None:
    """Write one JSON object a line where a file is asked for; - is standard output."""
    with line_writer(path) as write:
        for record in records:
            write(record)


@contextmanager
def line_writer(path: Path | None) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Yield a function that writes one JSON object a line, at once; it does nothing without a file."""
    if path is None:
        yield lambda record: None
        return
    if str(path) == "-":
        yield lambda record: print(json.dumps(record), flush=True)
        return
    try:
        file = path.open("w", encoding="utf-8")
    except OSError as error:
        raise AutograderError(f"{path}: {error.strerror}; name another file") from None
    with file:
        yield lambda record: print(json.dumps(record), file=file, flush=True)


def shows_text(json_file: Path | None) -> bool:
    """Tell whether standard output is for people, and not taken by JSON."""
    return json_file is None or str(json_file) != "-"
