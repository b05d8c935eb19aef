"""JupyterLab on a course, with formgrader: its lists filled, its Autograde button set to our examiner."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from autograder.errors import AutograderError, CourseError
from autograder.nbgrader_bridge import Marks, nbgrader_config
from autograder.release import record
from autograder.units import Course

HOST = "127.0.0.1"
USUAL_PORT = 8888
START_SECONDS = 120.0
STOP_SECONDS = 15.0


def prepare(course: Course) -> None:
    """Have every unit where formgrader looks for it, in `source/` and in the gradebook; raise where that fails."""
    if not (course.root / "nbgrader_config.py").is_file():
        raise CourseError(
            f"{course.root} holds no nbgrader_config.py, so formgrader would not use the sandbox; "
            "copy the one of this program's checkout there"
        )
    units = course.units("solutions")
    if not units:
        raise CourseError(
            f"{course.root} holds no solutions/: formgrader is for instructors; see `jupyter lab`"
        )
    config = nbgrader_config(course)
    database = str(config.CourseDirectory.db_url)
    marks = Marks(database, config, str(course.root))
    with closing(marks):
        for unit in units.values():
            if (course.root / "source" / unit.name).is_dir():
                marks.ensure_unit(course, unit)
            else:
                record(course, unit, database)


def choose_port(wanted: int | None) -> int:
    """Return the port asked for, else the usual one, else any; raise where the one asked for is taken."""
    for port in [USUAL_PORT, 0] if wanted is None else [wanted]:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                if port == wanted:
                    raise AutograderError(
                        f"port {wanted} cannot be used: {error.strerror}; name another one with --port"
                    ) from None
            else:
                return int(probe.getsockname()[1])
    raise AutograderError("no port is free on this machine; end what uses them")


@contextmanager
def jupyter_lab(folder: Path, port: int) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run JupyterLab in a folder; yield its process and its token once it answers, and stop it at the end."""
    token = secrets.token_urlsafe(24)
    options: dict[str, Any] = {
        "ServerApp.ip": HOST,
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": folder,
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": getattr(os, "geteuid", lambda: 1)() == 0,
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdates",
        "Application.log_level": "ERROR",
    }
    server = subprocess.Popen(
        [
            sys.executable,
            "-W",
            "ignore",
            "-m",
            "jupyterlab",
            *(f"--{name}={value}" for name, value in options.items()),
        ],
        cwd=folder,  # where nbgrader looks for its configuration
        env={**os.environ, "JUPYTER_TOKEN": token},
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is ours to pass on: JupyterLab would ask twice
    )
    try:
        wait_for(server, f"http://{HOST}:{port}/api")
        yield server, token
    finally:
        server.terminate()
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_for(server: subprocess.Popen[bytes], address: str) -> None:
    """Wait until a server answers; raise where it ends or keeps silent."""
    until = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AutograderError("JupyterLab did not start; what it says stands above, and `jupyter lab` says more")


def serve(course: Course, port: int | None, browser: bool) -> None:
    """Serve a course to its instructor until Ctrl-C."""
    chosen = choose_port(port)
    prepare(course)
    for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell started it in the background
        signal.signal(number, signal.default_int_handler)
    try:
        with jupyter_lab(course.root, chosen) as (server, token):
            address = f"http://{HOST}:{chosen}/formgrader?token={token}"
            print(f"formgrader: {address}")
            print(f"JupyterLab: http://{HOST}:{chosen}/lab?token={token}")
            print("Ctrl-C stops both; what was graded is kept.", flush=True)
            if browser:
                webbrowser.open(address)
            if server.wait():
                raise AutograderError("JupyterLab ended; what it says stands above; start it again")
    except KeyboardInterrupt:
        print("stopped")
