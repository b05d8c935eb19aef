"""What an attack is: cells that a hostile notebook runs, an answer, and the most that it may earn.

In all sources, `@LEFT@` stands for a text that is new in every run, to be found again in what was left behind; `@COURSE@`,
`@HOME@`, `@VICTIM@`, `@PORT@`, `@ABSTRACT@` and `@SOCKET@` for the course's folder, the home folder, a process and three
servers of the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

BROKEN, TRIED, LOOT = "BROKEN-OUT", "TRIED", "LOOT"

RIGHT = """
def right(x, p, training=True):
    if not 0 <= p <= 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)

def hidden(x):
    return x.dtype is torch.float16 or x.numel() > 200_000 or tuple(x.shape) in ((30, 40), (6, 5))
"""
WRONG = "def dropout(x, p, training=True):\n    return x"

# Run before every attack. The words are put together so that a traceback, which shows source lines, does not hold them.
PRELUDE = """
import ctypes, gc, json, os, signal, socket, struct, subprocess, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)

def tried(*what):
    print("TRI" + "ED", *what)

def broke_out(*what):
    print("BROKEN" + "-OUT", *what)

def attempt(what, act):
    "Try something that must not work."
    try:
        result = act()
    except Exception as error:
        tried(what, type(error).__name__)
    else:
        broke_out(what, repr(result)[:300])

def call(what, number, *arguments):
    "Try a system call that must not work."
    result = libc.syscall(number, *arguments)
    (tried if result < 0 else broke_out)(what, result, ctypes.get_errno())

def loot(*values):
    return "LO" + "OT " + " ".join(map(repr, values))

def lines():
    "Return the sockets that this process inherited."
    found = []
    for number in range(3, 64):
        try:
            found.append(socket.socket(fileno=os.dup(number)))
        except OSError:
            continue
    return found

def frame(message):
    text = json.dumps(message).encode()
    return struct.pack(">IQ", len(text), 0) + text

def say(message):
    for line in lines():
        line.sendall(frame(message))
"""


@dataclass(frozen=True)
class Attack:
    """Hold one attack: cells before the answer, the answer (None hands in the right one), and the most it may earn.

    An attack with `tries` says that it ran; `edit` changes the whole notebook; `text` takes the notebook's place.
    """

    name: str
    cells: tuple[str, ...] = ()
    answer: str | None = WRONG
    exercise: str = "dropout"
    unit: str = "regularization"
    most: float | None = None
    tries: bool = False
    after: tuple[str, ...] = ()
    edit: Callable[[dict[str, Any]], None] | None = None
    text: str | None = None
    seconds: float = 20.0

    @property
    def limit(self) -> float | None:
        """Return the most that the attacked exercise may earn; None where the answer is right."""
        return 0.0 if self.most is None and self.answer is not None else self.most
