"""Single keys from a terminal, whose mode is put back on every way out."""

from __future__ import annotations

import os
import signal
import sys
import termios
import tty
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any

LEAVE = "q"
ENDS = ("", "\x04")  # the terminal is gone; Ctrl-D


class Keys:
    """Read keys as they are pressed; use it as a context manager. Where nobody is at a terminal there are none."""

    def __init__(self, drawn_anew: Callable[[], None] = lambda: None) -> None:
        self.drawn_anew = drawn_anew
        self.file: int | None = None

    def __enter__(self) -> Keys:
        if not attended():
            return self
        self.file = sys.stdin.fileno()
        self.mode = termios.tcgetattr(self.file)
        self.handlers = {number: signal.getsignal(number) for number in (signal.SIGTSTP, *ENDING)}
        signal.signal(signal.SIGTSTP, self._suspend)
        for number in ENDING:
            signal.signal(number, leave)
        tty.setcbreak(self.file, termios.TCSANOW)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.file is None:
            return
        self._restore()
        for number, handler in self.handlers.items():
            signal.signal(number, handler)
        self.file = None

    def read(self) -> str:
        """Return the keys that were pressed, `q` also for the end of input; arrows and the like say nothing."""
        assert self.file is not None
        try:
            pressed = os.read(self.file, 64).decode("utf-8", "ignore")
        except OSError:
            pressed = ""
        if pressed in ENDS:
            return LEAVE
        return "" if pressed.startswith("\x1b") else pressed.lower()

    def _restore(self) -> None:
        if self.file is not None:
            with suppress(termios.error):  # the terminal is gone
                termios.tcsetattr(self.file, termios.TCSADRAIN, self.mode)

    def _suspend(self, number: int, frame: FrameType | None) -> Any:
        """Give the terminal back while this process is stopped, as by Ctrl-Z."""
        self._restore()
        os.kill(os.getpid(), signal.SIGSTOP)
        if self.file is not None:
            tty.setcbreak(self.file, termios.TCSANOW)
        self.drawn_anew()


ENDING = (signal.SIGTERM, signal.SIGHUP)


def leave(number: int, frame: FrameType | None) -> Any:
    """Leave by way of every `finally`."""
    raise SystemExit(128 + number)


def attended() -> bool:
    """Tell whether somebody sits at a terminal that this process may read from."""
    try:
        return sys.stdin.isatty() and sys.stdout.isatty() and os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False
