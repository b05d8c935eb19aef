"""Attacks on the grader's own work: processes that end, channels that break, notebooks that cannot be read."""

import json

from attack import RIGHT, Attack


def dies(name, *cells, **more):
    """Return an attack of a notebook whose answers are right."""
    return Attack(name, cells, None, **more)


def dies_in_a_check(name, statement, **more):
    return Attack(name, answer=f"def dropout(x, p, training=True):\n    {statement}", **more)


def damaged(name, text):
    """Return an attack by a file that is no proper notebook."""
    return Attack(name, text=text, most=3.0)


def notebook(*cells, **more):
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more})


def code(source, **more):
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], **more}


ANSWER = "def dropout(x, p, training=True):\n    return x"
SEGFAULT = "ctypes.string_at(0)"
CLOSE = "os.closerange(0, 4096)"
FRAMES = {
    "a frame that is too large": "struct.pack('>IQ', 2**32 - 1, 2**63)",
    "a frame that is no JSON": "struct.pack('>IQ', 10, 0) + b'\\xff' * 10",
    "a frame that is no object": "struct.pack('>IQ', 2, 0) + b'[]'",
    "a frame of deep brackets": "struct.pack('>IQ', 200000, 0) + b'[' * 200000",
    "a frame of large numbers": "struct.pack('>IQ', 20006, 0) + b'{\"op\":' + b'9' * 19999 + b'}'",
    "a tensor that is not there": "frame({'op': 'reply', 'used': [], 'result': {'tensor': 'float64', 'shape': [10**6, 10**6], 'order': [0, 1]}})",
    "a meta tensor of any size": "frame({'op': 'reply', 'used': [], 'result': {'tensor': 'float64', 'shape': [2**40, 2**21], 'meta': True, 'order': []}})",
    "a tensor of odd layout": "frame({'op': 'reply', 'used': [], 'result': {'tensor': 'float64', 'shape': [0, 1], 'order': ['0', 1.0]}})",
    "a tensor of odd shape": "frame({'op': 'reply', 'used': [], 'result': {'tensor': 'bool', 'shape': [True, -1, 1e3], 'order': [0, 1, 2]}})",
    "a helper": "frame({'op': 'reply', 'used': [], 'result': {'helper': 'identity', 'args': [], 'kwargs': {'dict': []}}})",
    "a reply without a result": "frame({'op': 'reply', 'used': 3, 'gradients': 'x', 'inputs': {'dict': []}})",
    "a reference of nothing": "frame({'op': 'reference', 'name': 'dropout', 'args': 5, 'kwargs': [], 'cotangents': 7})",
    "random bytes": "os.urandom(100000)",
}

ATTACKS = [
    dies("exit in a cell", "os._exit(0)"),
    dies("exit of every cell", *["os._exit(1)"] * 5),
    dies(
        "a signal to itself",
        "os.kill(os.getpid(), signal.SIGKILL)",
        "os.kill(os.getpid(), signal.SIGSEGV)",
        "os.abort()",
    ),
    dies("a fault", SEGFAULT),
    dies(
        "signals to all",
        "os.kill(0, signal.SIGTERM)",
        "os.kill(-1, signal.SIGKILL)",
        "os.kill(1, signal.SIGKILL)",
        "os.killpg(0, signal.SIGKILL)",
    ),
    dies(
        "a stop",
        "os.kill(os.getpid(), signal.SIGSTOP)\nif os.fork() == 0:\n    os.kill(1, signal.SIGSTOP)\ntime.sleep(0.2)",
    ),
    dies("all descriptors closed", CLOSE),
    dies(
        "all descriptors replaced",
        "null = os.open('/dev/null', os.O_RDWR)\nfor number in range(64):\n    os.dup2(null, number)",
    ),
    dies("the channel shut", "for line in lines():\n    line.shutdown(socket.SHUT_RDWR)"),
    dies(
        "the channel read by another",
        "if os.fork() == 0:\n    for line in lines():\n        while line.recv(100):\n            pass\ntime.sleep(0.1)",
    ),
    dies("another program", "os.execv('/bin/sh', ['sh', '-c', 'sleep 100'])"),
    dies(
        "modules gone",
        "for name in list(sys.modules):\n    if name not in ('sys', 'builtins'):\n        del sys.modules[name]",
    ),
    dies(
        "builtins gone",
        "import builtins\nfor name in dir(builtins):\n    if not name.startswith('_'):\n        delattr(builtins, name)",
    ),
    dies(
        "the shell taken apart",
        "shell = get_ipython()\nshell.run_cell = None\nshell.user_ns.clear()\nshell.recorder = None",
    ),
    dies(
        "no folder",
        "import shutil\nos.chdir('/scratch')\nshutil.rmtree('/scratch', ignore_errors=True)\nos.umask(0o777)",
    ),
    dies("a stack that overflows", "sys.setrecursionlimit(10**7)\ndef f():\n    return [f()][0]\nf()"),
    dies(
        "collected for ever",
        "gc.set_threshold(1)\ngc.callbacks.append(lambda *a: time.sleep(0.001))\ngc.disable()",
    ),
    dies_in_a_check("exit in a check", "os._exit(0)"),
    dies_in_a_check("a fault in a check", SEGFAULT),
    dies_in_a_check("a signal in a check", "os.kill(os.getpid(), signal.SIGKILL)"),
    dies_in_a_check(
        "the notebook's process killed in a check",
        "os.kill(os.getppid(), signal.SIGKILL); os.kill(-1, signal.SIGKILL)",
    ),
    dies_in_a_check("all descriptors closed in a check", CLOSE),
    dies_in_a_check("another program in a check", "os.execv('/bin/sh', ['sh', '-c', 'sleep 100'])"),
    *(
        dies_in_a_check(f"{name} in a check", f"[line.sendall({text}) for line in lines()]")
        for name, text in FRAMES.items()
    ),
    *(
        dies(f"{name} in a cell", f"[line.sendall({text}) for line in lines()]")
        for name, text in list(FRAMES.items())[:4]
    ),
    Attack(
        "exit in hidden checks",
        answer=f"{RIGHT}\ndef dropout(x, p, training=True):\n    if hidden(x):\n        os._exit(0)\n    return right(x, p, training)",
        most=2.9,
    ),
    damaged("an empty file", ""),
    damaged("no JSON", "{" * 50),
    damaged("nothing", "null"),
    damaged("a number", "1e999"),
    damaged(
        "a long number",
        notebook(code(ANSWER), nbformat_minor=0).replace('"nbformat": 4', '"nbformat": ' + "9" * 9000),
    ),
    damaged("deep brackets", "[" * 200_000),
    damaged("deep cells", notebook(json.loads("[" * 900 + "]" * 900))),
    damaged(
        "cells of all kinds",
        notebook(
            None, 3, "x", [], {}, code(None), code([1, None]), code({"a": 1}), {"cell_type": 3}, code(ANSWER)
        ),
    ),
    damaged("cells that are none", json.dumps({"cells": {"a": 1}})),
    damaged("sheets of numbers", json.dumps({"worksheets": [{"cells": 5}, {"cells": "xy"}, 7, {}]})),
    damaged("too many cells", notebook(*[code("x")] * 5000)),
    damaged("too much code", notebook(code("x = 1\n" * 1_000_000))),
    damaged(
        "metadata of all kinds",
        notebook(
            code(ANSWER, metadata={"nbgrader": {"grade_id": ["x"], "grade": "yes"}}),
            code(ANSWER, metadata=[1]),
            metadata=[1],
        ),
    ),
    damaged("half a character", notebook(code("x = '\ud800'"), code(ANSWER))),
    damaged("no character", notebook(code("x = '\0'"), code(ANSWER))),
    damaged("a chain of names", notebook(code(ANSWER + ".a" * 2500))),
    damaged("a chain of sums", notebook(code(ANSWER + "+x" * 2500))),
    damaged("a chain of calls", notebook(code(ANSWER + "(x)" * 2500))),
    damaged("deep code", notebook(code("x = " + "(" * 5000 + ")" * 5000), code(ANSWER))),
    damaged("a check of many spaces", notebook(code("check(x)" + " " * 60_000 + "y"), code(ANSWER))),
    damaged(
        "a broken cell of many lines", notebook(code("def dropout(:" + "\n" * 25_000 + "("), code(ANSWER))
    ),
    damaged(
        "many names",
        notebook(
            code("\n".join(f"a{i} = a{i + 1}" for i in range(20_000)) + "\na20000 = dropout"),
            code("def dropout(x, p, training=True):\n    return a0"),
        ),
    ),
]
