"""Shut an examinee in: its own namespaces and root folder, no privileges, no network, limits on what it takes.

The order of the steps matters. `build_root` runs in the supervisor, before the examinee is forked; `enter` in the
examinee, which afterwards can only give up more. See user_namespaces(7), pivot_root(2), capabilities(7), landlock(7).
"""

from __future__ import annotations

import ctypes
import os
import resource
import socket
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder import gpu
from autograder.bounds import virtual_size
from autograder.kernel import (
    BIND,
    LIBC,
    NEWNS,
    NODEV,
    NOEXEC,
    NOSUID,
    PR_CAP_AMBIENT,
    PR_CAPBSET_DROP,
    PR_SET_NO_NEW_PRIVS,
    PRIVATE,
    RDONLY,
    REC,
    REMOUNT,
    SYS_CAPSET,
    SYS_PIVOT_ROOT,
    checked,
    compile_filter,
    die_with_parent,
    filter_calls,
    mount,
    prctl,
    unshare,
)

DEVICES = ("null", "full", "random", "urandom")  # not zero, which gives shared memory that nobody counts
ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "fonts", "alternatives")
FIRST_USER, USERS, RUNS = 61_000, 64, 70  # what a container of 65,536 users has room for
SCRATCH = "/scratch"  # the examinee's working folder, in its own file system
WRITABLE = ("/tmp", SCRATCH, "/dev/shm")


@dataclass(frozen=True)
class Limits:
    """Set how much one submission may take: seconds of wall time, MiB of memory, MiB of scratch, processes, files."""

    cell_seconds: float = 60.0
    check_seconds: float = 10.0
    submission_seconds: float = 600.0
    memory_mb: int = 2048
    scratch_mb: int = 64
    processes: int = 64
    files: int = 256


@dataclass(frozen=True)
class Level:
    """Say which protections this machine gives."""

    namespaces: bool
    seccomp: bool
    landlock: bool
    why: str = ""

    @property
    def isolates(self) -> bool:
        """Tell whether strangers' code can be run: it sees no files and no network of the machine's."""
        return self.namespaces and self.seccomp

    @property
    def given(self) -> list[str]:
        """Return what this machine gives, in words."""
        parts = [
            "own file system, processes and network" if self.namespaces else "",
            "files out of reach but for the interpreter's" if self.landlock and not self.namespaces else "",
            "system calls filtered" if self.seccomp else "",
        ]
        return list(filter(None, parts)) or ["none: a separate process and nothing more"]

    def __str__(self) -> str:
        return ", ".join(self.given)

    @property
    def missing(self) -> str:
        """Say what is missing, for the sentence that refuses to go on."""
        if not self.namespaces:
            return self.why or "no namespaces"
        return "no libseccomp to filter system calls with"


def readable_folders() -> list[str]:
    """Return the folders that an examinee sees: the interpreter, its packages, this package, the system's libraries."""
    import autograder

    folders = ["/usr", sys.prefix, sys.base_prefix, str(Path(autograder.__file__).parent)]
    folders += [entry for entry in sys.path if "-packages" in entry]
    folders += [
        entry for entry in os.environ.get("PYTHONPATH", "").split(":") if entry and not _is_course(entry)
    ]
    found: list[str] = []
    for folder in map(os.path.realpath, folders):
        if os.path.isdir(folder) and folder != "/" and not any(_inside(folder, other) for other in found):
            found.append(folder)
    return found


def readable(folder: Path) -> str | None:
    """Return the folder through which an examinee sees another one; None where it does not."""
    resolved = os.path.realpath(folder)
    return next((other for other in readable_folders() if _inside(resolved, other)), None)


def _is_course(folder: str) -> bool:
    return os.path.isdir(os.path.join(folder, "solutions"))


def _inside(folder: str, other: str) -> bool:
    return folder == other or folder.startswith(other + "/")


def build_root(root: str, limits: Limits, shown: dict[str, str], with_gpu: bool = False) -> None:
    """Lay out the examinee's file system on a tmpfs at `root`, in this process's own mount namespace.

    `shown` maps folders of the machine to the places where the examinee sees them, read-only.
    """
    mount("none", "/", None, REC | PRIVATE)
    options = f"size={limits.scratch_mb}m,nr_inodes=20000,mode=755"
    mount("tmpfs", root, "tmpfs", NOSUID | NODEV, options)

    def bind(source: str, place: str, writable: bool = False, flags: int = NOSUID | NODEV) -> None:
        target = root + place
        if os.path.isdir(source):
            os.makedirs(target, exist_ok=True)
        else:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            Path(target).touch()
        mount(source, target, None, BIND | REC)
        if not writable:
            mount("none", target, None, REMOUNT | BIND | RDONLY | flags)

    for folder in readable_folders():
        bind(folder, folder)
    for name in ("bin", "sbin", "lib", "lib64"):
        if os.path.islink(f"/{name}"):
            os.symlink(os.readlink(f"/{name}"), f"{root}/{name}")
        elif os.path.isdir(f"/{name}"):
            bind(f"/{name}", f"/{name}")
    for name in ETC:
        if os.path.exists(f"/etc/{name}"):
            bind(os.path.realpath(f"/etc/{name}"), f"/etc/{name}")
    Path(f"{root}/etc/passwd").write_text(f"student:x:1000:1000::{SCRATCH}:/bin/sh\n")
    for name in DEVICES:
        bind(f"/dev/{name}", f"/dev/{name}", writable=True)
    if with_gpu:
        for path in gpu.device_files():
            bind(path, path, writable=True)
        for folder in filter(os.path.isdir, gpu.FOLDERS):
            bind(folder, folder, flags=NOSUID | NODEV | NOEXEC)
    for place in ("/proc", *WRITABLE):
        os.makedirs(root + place, exist_ok=True)
    for place in WRITABLE:
        os.chmod(root + place, 0o777)
    for source, place in shown.items():
        bind(source, place)


def enter_root(root: str) -> None:
    """Make `root` the file system of this process, the first of its process namespace.

    The change is made in a mount namespace of its own, since it holds for every process of the namespace: the
    supervisor goes on seeing the machine's /proc. The new /proc is mounted while the old one is still in sight: the
    kernel asks for that of an ordinary user.
    """
    checked(LIBC.unshare(NEWNS), "unshare")
    mount("proc", f"{root}/proc", "proc", NOSUID | NODEV | NOEXEC)
    os.chdir(root)
    checked(LIBC.syscall(SYS_PIVOT_ROOT, b".", b"."), "pivot_root")
    checked(LIBC.umount2(b".", 2), "umount")
    os.chdir(SCRATCH)


@dataclass(frozen=True)
class Users:
    """Hold the users that examinees become where root starts them: the system counts processes by user.

    Runs side by side take different ones: each claims its own by the name of a socket, until it ends.
    """

    first: int
    claim: socket.socket | None = None

    @classmethod
    def claimed(cls) -> Users:
        """Claim users for this process; where all are taken, share some."""
        places = [(os.getpid() + step) % RUNS for step in range(RUNS)]
        for place in places if sys.platform == "linux" and os.getuid() == 0 else ():
            claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            try:
                claim.bind(f"\0autograder-users-{place}")
            except OSError:
                claim.close()
                continue
            return cls(FIRST_USER + place * USERS, claim)
        return cls(FIRST_USER + places[0] * USERS)

    def of(self, slot: int) -> int:
        """Return the user of a slot."""
        return self.first + slot % USERS


def drop_privileges(user: int) -> None:
    """Give up every capability; as root, become this user."""
    for capability in range(64):
        if prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            break
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    prctl(PR_CAP_AMBIENT, 4, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    none = (ctypes.c_uint32 * 6)()
    checked(LIBC.syscall(SYS_CAPSET, header, none), "capset")


def set_limits(limits: Limits, with_gpu: bool = False) -> None:
    """Limit address space, processes, open files, file sizes, CPU time and core dumps of this process.

    CUDA reserves more address space than there is memory: with a GPU, memory is the supervisor's affair alone.
    """
    wanted = {
        "NPROC": limits.processes,
        "NOFILE": limits.files,
        "FSIZE": limits.scratch_mb << 20,
        "CPU": int(limits.submission_seconds) + 60,
        "CORE": 0,
    }
    if not with_gpu:
        wanted["AS"] = virtual_size() + (limits.memory_mb << 20) + (1 << 30)
    for name, value in wanted.items():
        kind = getattr(resource, f"RLIMIT_{name}")
        _, hard = resource.getrlimit(kind)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


def clean_environment(home: str) -> None:
    """Leave the examinee nothing of the grader's environment but how to find programs and the language."""
    kept = {key: os.environ[key] for key in ("PATH", "LANG", "LC_ALL") if key in os.environ}
    os.environ.clear()
    os.environ.update(kept)
    os.environ.update(
        HOME=home,
        IPYTHONDIR=f"{home}/.ipython",
        MPLCONFIGDIR=home,
        TMPDIR=home,
        MPLBACKEND="module://matplotlib_inline.backend_inline",
        PYTHONDONTWRITEBYTECODE="1",
        AUTOGRADER_EXAMINEE="1",
        USER="student",
    )


def enter(root: str, level: Level, limits: Limits, user: int, program: bytes, with_gpu: bool = False) -> None:
    """Shut this process in, as far as `level` goes. There is no way back."""
    if level.namespaces:
        enter_root(root)
    clean_environment(os.getcwd())
    if level.namespaces:
        drop_privileges(user)
    if sys.platform == "linux":
        die_with_parent()
        set_limits(limits, with_gpu)
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if level.landlock and not level.namespaces:
            restrict_files(os.getcwd(), gpu.device_files() if with_gpu else [])
        if level.seccomp:
            filter_calls(program)


def restrict_files(scratch: str, devices: Sequence[str] = ()) -> None:
    """Leave this process the interpreter's folders to read and `scratch` to write, by Landlock; see landlock(7).

    It can then trace and, where the kernel knows how, signal no process but its own. This is for machines that give
    no namespaces: sockets with a path, and other processes' names, stay in sight.
    """
    from landlockpy import AccessFS, Ruleset, Scope

    reading = AccessFS.READ_FILE | AccessFS.READ_DIR | AccessFS.EXECUTE
    everything = ~AccessFS.NONE
    libraries = ["/bin", "/sbin", "/lib", "/lib64", "/proc/self", *(f"/etc/{name}" for name in ETC)]
    with Ruleset(scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL) as rules:
        for folder in [*readable_folders(), *libraries]:
            if os.path.isdir(folder):
                rules.allow_path(folder, reading)
            elif os.path.exists(folder):
                rules.allow_path(folder, AccessFS.READ_FILE)
        both = AccessFS.READ_FILE | AccessFS.WRITE_FILE
        for name in DEVICES:
            rules.allow_path(f"/dev/{name}", both)
        for path in devices:
            rules.allow_path(path, both | AccessFS.IOCTL_DEV)
        for folder in filter(os.path.isdir, gpu.FOLDERS if devices else ()):
            rules.allow_path(folder, AccessFS.READ_FILE | AccessFS.READ_DIR)
        if devices:  # a driver names its threads in /proc/PID/task, and these processes are yet to be forked
            rules.allow_path("/proc", both | AccessFS.TRUNCATE | AccessFS.READ_DIR)
        rules.allow_path(scratch, everything)
        rules.restrict()


def landlock_works() -> bool:
    """Tell whether the kernel has Landlock, and the library to use it is there."""
    try:
        import landlockpy
    except ImportError:
        return False
    return landlockpy.abi_version() > 0


def probe() -> Level:
    """Find out, by trying in a child, which protections this machine gives."""
    if sys.platform != "linux":
        return Level(False, False, False, f"{sys.platform} has no namespaces")
    root = tempfile.mkdtemp(prefix="autograder-")
    problem = problem_inside(root, lambda: enter_root(root))
    os.rmdir(root)
    return Level(not problem, bool(compile_filter()), landlock_works(), problem)


def problem_with_gpu(root: str, level: Level, name: str, program: bytes) -> str:
    """Try to compute something on a GPU from inside, in a child; return what went wrong, if anything."""

    def compute() -> None:
        limits = Limits()
        enter(root, level, limits, FIRST_USER, program, with_gpu=True)
        gpu.take(name, limits.memory_mb)
        gpu.compute()

    return problem_inside(root, compute, level.namespaces, with_gpu=True)


def problem_inside(root: str, inside: Callable[[], None], apart: bool = True, with_gpu: bool = False) -> str:
    """Run a function in a child, in namespaces and a file system of its own; return what went wrong, if anything."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            if apart:
                unshare()
                build_root(root, Limits(), {}, with_gpu)
            if os.fork() == 0:
                try:
                    inside()
                    os.write(writer, b"nothing")
                except BaseException as error:
                    os.write(writer, str(error).encode()[:1000] or b"it failed")
                os._exit(0)
            os.wait()
        except BaseException as error:
            os.write(writer, str(error).encode()[:1000] or b"it failed")
        os._exit(0)
    os.close(writer)
    os.waitpid(pid, 0)
    answer = os.read(reader, 1000).decode(errors="replace")
    os.close(reader)
    return "" if answer == "nothing" else answer or "the process ended"
