"""Say which protections a machine gives to whoever grades strangers' notebooks on it, and how to get more."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from typing import Any

from autograder.sandbox import Level

NAMESPACES = (
    "use Linux and allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, "
    "kernel.apparmor_restrict_unprivileged_userns=0, user.max_user_namespaces above 0), or grade as root"
)
LANDLOCK = "or a kernel from 5.13 on with Landlock, for files alone"
SECCOMP = "install libseccomp (Debian: libseccomp2; Fedora: libseccomp)"


@dataclass(frozen=True)
class Protection:
    """Hold one protection: what it keeps a submission from, what gives it here if anything, and how to get it."""

    what: str
    given_by: str
    remedy: str

    def __str__(self) -> str:
        if self.given_by:
            return f"yes  {self.what}: {self.given_by}"
        return f"no   {self.what}: {self.remedy}"

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "given": bool(self.given_by)}


def protections(level: Level) -> list[Protection]:
    """Return what a machine of this level gives, a line each."""
    apart = level.namespaces
    linux = sys.platform == "linux"
    files = "own file system, read-only" if apart else "Landlock" if level.landlock else ""
    sockets = (
        "own network namespace" if apart else "seccomp, but for sockets with a path" if level.seccomp else ""
    )
    others = "own process namespace" if apart else "Landlock, but for their names" if level.landlock else ""
    return [
        Protection(
            "no file but the interpreter's can be read, none written", files, f"{NAMESPACES}, {LANDLOCK}"
        ),
        Protection("scratch space has a limit", "tmpfs" if apart else "", NAMESPACES),
        Protection("no network, not even to this machine", sockets, NAMESPACES),
        Protection("no other process can be listed, signalled or traced", others, NAMESPACES),
        Protection(
            "nothing is left running",
            "own process namespace" if apart else "a supervisor that is their parent" if linux else "",
            NAMESPACES,
        ),
        Protection("dangerous system calls are refused", "seccomp" if level.seccomp else "", SECCOMP),
        Protection(
            "limits on time and memory, all processes together", "a supervisor" if linux else "", "use Linux"
        ),
        Protection(
            "limits on processes, open files and file sizes",
            "rlimits, apart for each submission"
            if apart
            else "rlimits, processes together with your own"
            if linux
            else "",
            "use Linux",
        ),
    ]


def verdict(level: Level) -> str:
    """Say in one sentence what this machine is good for."""
    if level.isolates:
        return "This machine can grade strangers' notebooks."
    return (
        f"This machine does not shut submissions in ({level.missing}): `grade` and `score` ask for --allow-unsafe. "
        "Checking your own notebooks needs nothing."
    )
