"""The warm process: it has torch and IPython loaded, stays single-threaded, and forks whatever is needed.

    grader ── control socket ──▶ zygote ──fork──▶ examiner worker (trusted; loads checks after the fork)
                                        ──fork──▶ supervisor (trusted) ──fork──▶ examinee (shut in)

It starts with a clean environment and never holds a check, a reference or anything of the course's.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import Any

from autograder import kernel, sandbox
from autograder.sandbox import Level, Limits

PRELOADED = [
    "torch",
    "numpy.random",
    "pytest",
    "autograder.shell",
    "autograder.examinee",
    "autograder.worker",
]
# What torch and notebooks import late; `torch._dynamo` comes with the first optimiser step or meta tensor.
PRELOADED_LATE = [
    "torch._dynamo",
    "tqdm",
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "scipy.stats",
    "sklearn.datasets",
    "sklearn.model_selection",
]


@dataclass
class Warm:
    """Hold what every fork inherits."""

    level: Level
    program: bytes
    root: str
    shell: Any
    gpu: bool
    users: sandbox.Users


def main() -> None:
    """Serve the control socket whose descriptor is the first argument until its other end is closed."""
    control = socket.socket(fileno=int(sys.argv[1]))
    root = tempfile.mkdtemp(prefix="autograder-")
    try:
        options = json.loads(sys.argv[2])
        warm = preload(options, root)
        problem = sandbox.problem_with_gpu(root, warm.level, options["gpu"], warm.program) if warm.gpu else ""
        ready = {"level": warm.level.__dict__, "problem": problem}
        control.sendall(json.dumps(ready).encode() + b"\n")
        serve(control, warm)
    except BrokenPipeError:
        pass  # whoever started this is gone
    finally:
        shutil.rmtree(root, ignore_errors=True)


def serve(control: socket.socket, warm: Warm) -> None:
    """Fork whatever is asked for on the control socket and the lines that it opens, until it is closed."""
    selector = selectors.DefaultSelector()
    selector.register(control, selectors.EVENT_READ)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        for key, _ in selector.select():
            connection: socket.socket = key.fileobj  # type: ignore[assignment]
            request, sockets = take(connection)
            if request is None:
                selector.unregister(connection)
                connection.close()
                if connection is control:
                    return
                continue
            if request["op"] == "connect":
                selector.register(sockets[0], selectors.EVENT_READ)
            elif os.fork() == 0:
                become(request, sockets, warm)
            else:
                for item in sockets:
                    item.close()
            with contextlib.suppress(OSError):  # an examiner may have been ended while it waited
                connection.sendall(b"k")


def preload(options: dict[str, Any], root: str) -> Warm:
    """Import what submissions use, once, and find out how they can be shut in."""
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = f"{root}/inductor"  # torch would make a folder that stays
    for name in PRELOADED + (PRELOADED_LATE if options["late"] else []):
        importlib.import_module(name)
    import torch

    torch.set_num_threads(1)
    from autograder.calls import warm_up

    warm_up()
    if options["late"]:
        torch.ones(1, device="meta") * 2  # registers the meta functions
    from autograder.shell import make_shell, show_figures

    shell = make_shell()
    if options["late"]:
        show_figures(shell)
    level = Level(**options["level"]) if options["level"] else sandbox.probe()
    with_gpu = bool(options["gpu"])
    warm = Warm(level, kernel.compile_filter(with_gpu), root, shell, with_gpu, sandbox.Users.claimed())
    gc.collect()
    gc.freeze()
    if options["late"]:
        kernel.use_huge_pages()
    return warm


def take(connection: socket.socket) -> tuple[dict[str, Any] | None, list[socket.socket]]:
    """Receive one request and the sockets that came with it; None where the other side is gone."""
    try:
        data, descriptors, _, _ = socket.recv_fds(connection, 1 << 16, 4)
    except ConnectionError:
        return None, []
    if not data:
        return None, []
    return json.loads(data), [socket.socket(fileno=number) for number in descriptors]


def ask(connection: socket.socket, request: dict[str, Any], sockets: list[socket.socket]) -> None:
    """Send a request to the zygote and wait until it has acted."""
    numbers = [item.fileno() for item in sockets]
    socket.send_fds(connection, [json.dumps(request).encode()], numbers)
    if connection.recv(1) != b"k":
        raise EOFError("the warm process is gone")


def become(request: dict[str, Any], sockets: list[socket.socket], warm: Warm) -> None:
    """Turn this fresh fork into what the request asks for. Never returns."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        keep_only([item.fileno() for item in sockets])
        os.setsid()
        if request["op"] == "worker":
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            kernel.die_with_parent()
            from autograder.worker import work

            work(sockets[0], sockets[1])
        else:
            supervise(sockets[0], sockets[1], request, warm)
    except BaseException:
        if os.path.isdir(warm.root):  # else the run is over, and nobody waits for this process
            import traceback

            traceback.print_exc(file=sys.__stderr__)
        os._exit(70)
    os._exit(0)


def keep_only(descriptors: list[int]) -> None:
    """Close every descriptor but the standard ones and those given."""
    low = 3
    for number in sorted(descriptors):
        os.closerange(low, number)
        low = number + 1
    os.closerange(low, 1 << 16)


def supervise(channel: socket.socket, status: socket.socket, request: dict[str, Any], warm: Warm) -> None:
    """Fork the examinee, watch its time and memory, act on the examiner's word, and leave nothing running.

    On `status`, the examiner sends `i` (interrupt the cell) or closes the socket (end it all); it receives one line of
    JSON when the examinee has ended, with the reason.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limits = Limits(**request["limits"])
    if warm.level.namespaces:
        kernel.unshare()
        sandbox.build_root(warm.root, limits, request["shown"], warm.gpu)
    scratch = None if warm.level.namespaces else tempfile.mkdtemp(prefix="autograder-work-")
    kernel.become_subreaper()
    pid = os.fork()
    if pid == 0:
        status.close()
        examinee(channel, request, limits, warm, scratch)
    channel.close()
    reason = watch(pid, status, limits)
    if reason != "ended":
        os.kill(pid, signal.SIGKILL)
    end_all()
    if scratch is not None:
        shutil.rmtree(scratch, ignore_errors=True)
    with contextlib.suppress(OSError):
        status.sendall(json.dumps({"reason": reason}).encode() + b"\n")


def end_all() -> None:
    """Wait for every process that this one has started, and end what they have started, and start meanwhile."""
    while True:
        for number in descendants(os.getpid())[1:]:
            with contextlib.suppress(OSError):
                os.kill(number, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.001)


def examinee(
    channel: socket.socket, request: dict[str, Any], limits: Limits, warm: Warm, scratch: str | None
) -> None:
    """Be the examinee: shut this process in and serve the channel. Never returns."""
    try:
        os.setsid() if os.getpid() != 1 else None
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        keep_only([channel.fileno()])
        if scratch is not None:
            os.chdir(scratch)
        kernel.pin(request["cpu"])
        sandbox.enter(
            warm.root, warm.level, limits, warm.users.of(int(request["slot"])), warm.program, warm.gpu
        )
        from autograder.examinee import serve

        serve(channel, warm.shell)
    except BaseException:
        os._exit(71)


def watch(pid: int, status: socket.socket, limits: Limits) -> str:
    """Wait until the examinee ends or has to be ended; return why."""
    ended = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None  # of Linux
    until = time.monotonic() + limits.submission_seconds
    base, layout = resident(pid), stack_of(pid)
    selector = selectors.DefaultSelector()
    if ended is not None:
        selector.register(ended, selectors.EVENT_READ)
    selector.register(status, selectors.EVENT_READ)
    while True:
        left = until - time.monotonic()
        if left <= 0:
            return "time"
        if ended is None and os.waitpid(pid, os.WNOHANG)[0]:
            return "ended"
        for key, _ in selector.select(min(left, 0.1)):
            if key.fileobj == ended:
                return "ended"
            word = status.recv(16)
            if not word:
                return "closed"
            if b"i" in word:
                os.kill(pid, signal.SIGINT)
        used = 0
        for number in descendants(pid):
            inherited = base if stack_of(number) == layout else 0  # another program inherits nothing
            used += max(0, resident(number) - inherited)
        if used > limits.memory_mb << 20:
            return "memory"


def descendants(pid: int) -> list[int]:
    """Return a process and all it started, parents first."""
    found = [pid]
    for number in found:
        try:
            for task in os.listdir(f"/proc/{number}/task"):
                with open(f"/proc/{number}/task/{task}/children") as file:
                    found += [int(child) for child in file.read().split()]
        except OSError:
            continue
        if len(found) > 4000:
            break
    return found


def stack_of(pid: int) -> str:
    """Return where a process's stack begins: the same in all forks, another one in every program started."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[25]
    except (OSError, IndexError):
        return ""


def resident(pid: int) -> int:
    """Return the bytes of memory that belong to a process alone or are shared memory."""
    total = 0
    try:
        with open(f"/proc/{pid}/status") as file:
            for line in file:
                if line.startswith(("RssAnon", "RssShmem")):
                    total += int(line.split()[1]) << 10
    except (OSError, ValueError):
        return 0
    return total


if __name__ == "__main__":
    main()
