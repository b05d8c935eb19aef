"""Run a notebook's cells under IPython and keep what they put out, as Jupyter would, without a kernel around them."""

from __future__ import annotations

import ast
import builtins
import getpass
import io
import subprocess
import sys
import warnings
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

MAX_CELL = 1 << 20
MAX_NOTEBOOK = 8 << 20
NO_INPUT = "input() was called, but nobody is there to answer while a notebook is graded"


class Recorder:
    """Collect the outputs of the current cell, up to a size; what is beyond is dropped, and said."""

    def __init__(self) -> None:
        self.left = MAX_NOTEBOOK
        self.begin()

    def begin(self) -> None:
        """Start with the next cell."""
        self.outputs: list[dict[str, Any]] = []
        self.room = min(MAX_CELL, self.left)
        self.full = False
        self._clear_next = False

    def add(self, output: dict[str, Any], size: int) -> None:
        """Add one output if there is room for its `size` characters."""
        if self._clear_next:
            self.outputs, self._clear_next = [], False
        if size > self.room:
            if not self.full:
                self.outputs.append(_stream("stderr", "[more output was dropped: too much]\n"))
            self.full = True
            return
        self.room -= size
        self.left -= size
        self.outputs.append(output)

    def stream(self, name: str, text: str) -> None:
        """Add text to the stream `name`, joining it with what is there."""
        if self._clear_next:
            self.outputs, self._clear_next = [], False
        last = self.outputs[-1] if self.outputs else None
        if last and last["output_type"] == "stream" and last["name"] == name and not self.full:
            cut = text[: self.room]
            last["text"] += cut
            self.room -= len(cut)
            self.left -= len(cut)
            text = text[len(cut) :]
        if text:
            whole = text[: self.room] if not self.full else ""
            if whole:
                self.add(_stream(name, whole), len(whole))
            if len(whole) < len(text):
                self.add(_stream(name, ""), self.room + 1)

    def clear(self, wait: bool) -> None:
        """Drop the outputs so far; with `wait`, once the next one comes."""
        if wait:
            self._clear_next = True
        else:
            self.outputs = []

    def update(self, display_id: str, data: dict[str, Any], metadata: dict[str, Any]) -> None:
        """Replace the data of an earlier display."""
        for output in self.outputs:
            if output.get("transient") == display_id:
                output.update(data=data, metadata=metadata)


def _stream(name: str, text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


class _Publisher(DisplayPublisher):
    recorder: Recorder

    def publish(  # type: ignore[no-untyped-def]
        self, data, metadata=None, source=None, *, transient=None, update=False, **kwargs
    ) -> None:
        clean = {str(key): _text(value) for key, value in data.items()}
        display_id = str((transient or {}).get("display_id", ""))
        if update:
            self.recorder.update(display_id, clean, metadata or {})
            return
        output = {"output_type": "display_data", "data": clean, "metadata": metadata or {}}
        if display_id:
            output["transient"] = display_id
        self.recorder.add(output, sum(len(str(value)) for value in clean.values()))

    def clear_output(self, wait: bool = False) -> None:
        self.recorder.clear(wait)


class _Hook(DisplayHook):
    recorder: Recorder

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        data = {str(key): _text(value) for key, value in format_dict.items()}
        output = {
            "output_type": "execute_result",
            "data": data,
            "metadata": md_dict or {},
            "execution_count": self.prompt_count,
        }
        self.recorder.add(output, sum(len(str(value)) for value in data.values()))

    def finish_displayhook(self) -> None:
        pass


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        import base64

        return base64.b64encode(value).decode()
    return value


class _Stream(io.TextIOBase):
    """Write into the recorder."""

    encoding = "utf-8"

    def __init__(self, recorder: Recorder, name: str) -> None:
        self.recorder = recorder
        self.name = name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.recorder.stream(self.name, str(text))
        return len(text)


class _Transformers(TransformerManager):
    """Look for magics and shell lines only in what is not plain Python: reading its tokens takes longer than running it."""

    def __init__(self) -> None:
        super().__init__()
        self.usual = list(self.token_transformers)

    def do_token_transforms(self, lines: list[str]) -> list[str]:
        if self.token_transformers == self.usual and is_python("".join(lines)):
            return lines
        return list(super().do_token_transforms(lines))


def is_python(source: str) -> bool:
    """Tell whether Python alone can read a cell."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is given where the cell is run
            ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


class NotebookShell(InteractiveShell):
    """An IPython shell whose outputs go to a recorder."""

    recorder: Recorder

    def should_run_async(self, raw_cell: str, **facts: Any) -> bool:
        """Tell whether a cell awaits something; only one that says so is compiled to find out."""
        return ("await" in raw_cell or "async" in raw_cell) and bool(
            super().should_run_async(raw_cell, **facts)
        )

    def init_display_pub(self) -> None:
        self.display_pub = _Publisher(parent=self, shell=self)

    def init_displayhook(self) -> None:
        self.displayhook = _Hook(parent=self, shell=self, cache_size=0)
        self.display_trap = self.display_trap_class(hook=self.displayhook)

    @property
    def display_trap_class(self) -> Any:
        from IPython.core.display_trap import DisplayTrap

        return DisplayTrap

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        trace = [str(line) for line in stb]
        output = {
            "output_type": "error",
            "ename": str(getattr(etype, "__name__", etype))[:200],
            "evalue": str(evalue)[:2000],
            "traceback": trace,
        }
        self.recorder.add(output, sum(map(len, trace)))

    def enable_gui(self, gui: object = None) -> None:
        """Have no window: pictures go into the notebook."""

    def system(self, cmd: str) -> None:
        """Run a shell line and show what it prints, without a terminal of its own."""
        done = subprocess.run(
            self.var_expand(cmd, depth=1), shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        sys.stdout.write(done.stdout.decode("utf-8", "replace"))
        self.user_ns["_exit_code"] = done.returncode

    def ask_exit(self) -> None:
        """Ignore `exit` in a cell: the notebook goes on."""


def make_shell() -> NotebookShell:
    """Return the process's shell, without history, threads or a terminal."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.autoindent = False
    shell = NotebookShell.instance(config=config)
    shell.input_transformer_manager = _Transformers()
    shell.recorder = Recorder()
    for part in (shell.display_pub, shell.displayhook):
        part.recorder = shell.recorder  # type: ignore[union-attr]
    return shell


def show_figures(shell: NotebookShell) -> None:
    """Have matplotlib, loaded before there was a shell, put its figures into the cell's outputs.

    One figure is drawn and thrown away, so that processes forked from this one find fonts and parsers loaded.
    """
    import matplotlib.pyplot as plt
    from matplotlib_inline.backend_inline import configure_inline_support

    configure_inline_support(shell, "module://matplotlib_inline.backend_inline")
    figure, (one, other) = plt.subplots(1, 2)
    one.plot([0, 1], label="$x^2$")
    one.legend()
    other.imshow([[0, 1]])
    one.set(title="a", xlabel="b", ylabel="c")
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
    plt.close(figure)


def no_input(*_: object, **__: object) -> str:
    """Answer `input()` as a kernel without a front end does: with an error."""
    raise StdinNotImplementedError(NO_INPUT)


def attach(shell: NotebookShell) -> None:
    """Send this process's standard streams to the shell's recorder, and refuse input."""
    sys.stdout = _Stream(shell.recorder, "stdout")
    sys.stderr = _Stream(shell.recorder, "stderr")
    sys.stdin = io.StringIO()
    builtins.input = no_input
    getpass.getpass = no_input


def run_cell(shell: NotebookShell, source: str) -> tuple[list[dict[str, Any]], str | None, int | None]:
    """Run one cell; return its outputs, the error that ended it if any, and its execution count."""
    shell.recorder.begin()
    count = shell.execution_count
    result = shell.run_cell(source, store_history=True)
    error = result.error_before_exec or result.error_in_exec
    outputs = [
        {key: value for key, value in output.items() if key != "transient"}
        for output in shell.recorder.outputs
    ]
    text = f"{type(error).__name__}: {error}"[:500] if error is not None else None
    return outputs, text, count
