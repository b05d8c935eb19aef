"""Shut an examinee in: its own namespaces and root folder, no privileges, no network, limits on what it takes.

The order of the steps matters. `prepare` runs in the supervisor, before the examinee is forked; `enter` in the
examinee, which afterwards can only give up more. See user_namespaces(7), pivot_root(2), capabilities(7), seccomp(2).
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import resource
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = (
    0x00020000,
    0x04000000,
    0x08000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
NEWCGROUP = 0x02000000
RDONLY, NOSUID, NODEV, NOEXEC, REMOUNT, BIND, REC, PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 1, 24, 38, 47
PR_SET_CHILD_SUBREAPER, PR_SET_SECCOMP = 36, 22
SYS_PIVOT_ROOT, SYS_CAPSET = {"x86_64": (155, 126), "aarch64": (41, 91)}.get(os.uname().machine, (-1, -1))
DEVICES = ("null", "zero", "full", "random", "urandom")
ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "fonts", "alternatives")
FIRST_UID = 61_000
DENIED = [
    "acct",
    "add_key",
    "adjtimex",
    "bpf",
    "chroot",
    "clock_settime",
    "delete_module",
    "fanotify_init",
    "finit_module",
    "fsconfig",
    "fsmount",
    "fsopen",
    "fspick",
    "init_module",
    "io_uring_enter",
    "io_uring_register",
    "io_uring_setup",
    "ioperm",
    "iopl",
    "kcmp",
    "kexec_file_load",
    "kexec_load",
    "keyctl",
    "lookup_dcookie",
    "mbind",
    # Memory that belongs to no process escapes whoever adds up what processes have.
    "memfd_create",
    "memfd_secret",
    "migrate_pages",
    "mknod",
    "mknodat",
    "modify_ldt",
    "mount",
    "mount_setattr",
    "move_mount",
    "move_pages",
    "mq_open",
    "msgget",
    "name_to_handle_at",
    "nfsservctl",
    "open_by_handle_at",
    "open_tree",
    "perf_event_open",
    "personality",
    "pidfd_getfd",
    "pivot_root",
    "process_madvise",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    "quotactl",
    "reboot",
    "request_key",
    "sched_setaffinity",
    "semget",
    "set_mempolicy",
    "setdomainname",
    "sethostname",
    "setns",
    "settimeofday",
    "shmget",
    "swapoff",
    "swapon",
    "syslog",
    "umount2",
    "unshare",
    "userfaultfd",
    "vhangup",
]

_libc = ctypes.CDLL(None, use_errno=True)


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

    def __str__(self) -> str:
        parts = [
            "own file system, processes and network" if self.namespaces else "",
            "files out of reach but for the interpreter's" if self.landlock and not self.namespaces else "",
            "system calls filtered" if self.seccomp else "",
        ]
        given = ", ".join(part for part in parts if part)
        return given or "none: a separate process and nothing more"

    @property
    def missing(self) -> str:
        """Say what is missing, for the sentence that refuses to go on."""
        if not self.namespaces:
            return self.why or "no namespaces"
        return "no libseccomp to filter system calls with"


def _checked(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def _mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    _checked(
        _libc.mount(
            source.encode(),
            target.encode(),
            kind.encode() if kind else None,
            ctypes.c_ulong(flags),
            data.encode() if data else None,
        ),
        f"mount {target}",
    )


def _prctl(*arguments: int) -> int:
    return int(_libc.prctl(*[ctypes.c_ulong(argument) for argument in arguments]))


def unshare() -> None:
    """Enter new namespaces: mounts, processes, network, IPC, host name; as an ordinary user, of users too."""
    flags = NEWNS | NEWPID | NEWNET | NEWIPC | NEWUTS
    uid, gid = os.getuid(), os.getgid()
    if uid != 0:
        flags |= NEWUSER
    _checked(_libc.unshare(flags), "unshare")
    if uid != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


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


def _is_course(folder: str) -> bool:
    return os.path.isdir(os.path.join(folder, "solutions"))


def _inside(folder: str, other: str) -> bool:
    return folder == other or folder.startswith(other + "/")


def build_root(root: str, limits: Limits, shown: dict[str, str]) -> None:
    """Lay out the examinee's file system on a tmpfs at `root`, in this process's own mount namespace.

    `shown` maps folders of the machine to the places where the examinee sees them, read-only.
    """
    _mount("none", "/", None, REC | PRIVATE)
    options = f"size={limits.scratch_mb}m,nr_inodes=20000,mode=755"
    _mount("tmpfs", root, "tmpfs", NOSUID | NODEV, options)

    def bind(source: str, place: str, writable: bool = False) -> None:
        target = root + place
        if os.path.isdir(source):
            os.makedirs(target, exist_ok=True)
        else:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            Path(target).touch()
        _mount(source, target, None, BIND | REC)
        if not writable:
            _mount("none", target, None, REMOUNT | BIND | RDONLY | NOSUID | NODEV)

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
    Path(f"{root}/etc/passwd").write_text("student:x:1000:1000::/work:/bin/sh\n")
    for name in DEVICES:
        bind(f"/dev/{name}", f"/dev/{name}", writable=True)
    for place in ("/proc", "/tmp", "/work", "/dev/shm"):
        os.makedirs(root + place, exist_ok=True)
    for place in ("/tmp", "/work", "/dev/shm"):
        os.chmod(root + place, 0o777)
    for source, place in shown.items():
        bind(source, place)


def enter_root(root: str) -> None:
    """Make `root` the file system of this process, the first of its process namespace.

    The change is made in a mount namespace of its own, since it holds for every process of the namespace: the
    supervisor goes on seeing the machine's /proc. The new /proc is mounted while the old one is still in sight: the
    kernel asks for that of an ordinary user.
    """
    _checked(_libc.unshare(NEWNS), "unshare")
    _mount("proc", f"{root}/proc", "proc", NOSUID | NODEV | NOEXEC)
    os.chdir(root)
    _checked(_libc.syscall(SYS_PIVOT_ROOT, b".", b"."), "pivot_root")
    _checked(_libc.umount2(b".", 2), "umount")
    os.chdir("/work")


def drop_privileges(slot: int) -> None:
    """Give up every capability; as root, become the user of this slot."""
    for capability in range(64):
        if _prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            break
    if os.getuid() == 0:
        uid = FIRST_UID + slot
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    _prctl(PR_CAP_AMBIENT, 4, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    none = (ctypes.c_uint32 * 6)()
    _checked(_libc.syscall(SYS_CAPSET, header, none), "capset")


def set_limits(limits: Limits) -> None:
    """Limit address space, processes, open files, file sizes, CPU time and core dumps of this process."""
    seconds = int(limits.submission_seconds) + 60
    address_space = virtual_size() + (limits.memory_mb << 20) + (1 << 30)
    for name, value in {
        "AS": address_space,
        "NPROC": limits.processes,
        "NOFILE": limits.files,
        "FSIZE": limits.scratch_mb << 20,
        "CPU": seconds,
        "CORE": 0,
    }.items():
        kind = getattr(resource, f"RLIMIT_{name}")
        _, hard = resource.getrlimit(kind)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


@contextlib.contextmanager
def at_most(megabytes: int) -> Iterator[None]:
    """Have this process take no more than this much memory on top of what it has, for the time being."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if sys.platform == "linux":
        wanted = virtual_size() + (megabytes << 20)
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def virtual_size() -> int:
    """Return the bytes of address space that this process has mapped."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError):
        return 8 << 30
    return pages * resource.getpagesize()


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


def compile_filter() -> bytes:
    """Return the system-call filter as a BPF program; empty where libseccomp is missing."""
    try:
        import pyseccomp as seccomp
    except (ImportError, OSError, RuntimeError):
        return b""
    program = seccomp.SyscallFilter(seccomp.ALLOW)
    refuse = seccomp.ERRNO(errno.EPERM)
    for name in DENIED:
        try:
            program.add_rule(refuse, name)
        except (OSError, ValueError, RuntimeError):
            continue  # this kernel or library does not know the call
    program.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    for flag in (NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET, NEWCGROUP):
        program.add_rule(refuse, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag))
    no_family = seccomp.ERRNO(errno.EAFNOSUPPORT)
    program.add_rule(no_family, "socket", seccomp.Arg(0, seccomp.NE, int(socket.AF_UNIX)))
    program.add_rule(refuse, "ioctl", seccomp.Arg(1, seccomp.EQ, 0x5412))  # TIOCSTI
    with tempfile.TemporaryFile() as file:
        program.export_bpf(file)
        file.seek(0)
        return file.read()


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def filter_calls(program: bytes) -> None:
    """Put the system-call filter in force for this process and all it starts."""
    if not program:
        return
    buffer = ctypes.create_string_buffer(program, len(program))
    loaded = _Program(len(program) // 8, ctypes.addressof(buffer))
    _checked(_libc.prctl(PR_SET_SECCOMP, 2, ctypes.byref(loaded), 0, 0), "seccomp")


def enter(root: str, level: Level, limits: Limits, slot: int, program: bytes) -> None:
    """Shut this process in, as far as `level` goes. There is no way back."""
    if level.namespaces:
        enter_root(root)
    clean_environment(os.getcwd())
    if level.namespaces:
        drop_privileges(slot)
    if sys.platform == "linux":
        die_with_parent()
        set_limits(limits)
        _prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if level.landlock and not level.namespaces:
            restrict_files(os.getcwd())
        if level.seccomp:
            filter_calls(program)


def restrict_files(scratch: str) -> None:
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
        for name in DEVICES:
            rules.allow_path(f"/dev/{name}", AccessFS.READ_FILE | AccessFS.WRITE_FILE)
        rules.allow_path(scratch, everything)
        rules.restrict()


def landlock_works() -> bool:
    """Tell whether the kernel has Landlock, and the library to use it is there."""
    try:
        import landlockpy
    except ImportError:
        return False
    return landlockpy.abi_version() > 0


def pin(cpu: int | None) -> None:
    """Have this process and all it starts run on one processor."""
    if cpu is not None:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, {cpu})


def use_huge_pages() -> None:
    """Gather this process's memory into huge pages where the kernel can: a fork then costs a third of the time."""
    huge, collapse = 2 << 20, 25  # MADV_COLLAPSE, Linux 6.1
    _libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    try:
        lines = Path("/proc/self/maps").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        parts = line.split()
        if "w" not in parts[1] or (len(parts) > 5 and parts[5] != "[heap]"):
            continue
        low, high = (int(part, 16) for part in parts[0].split("-"))
        low, high = -(-low // huge) * huge, high // huge * huge
        if high > low:
            _libc.madvise(low, high - low, collapse)


def die_with_parent() -> None:
    """Have the kernel end this process when the one that forked it ends."""
    if sys.platform == "linux":
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def become_subreaper() -> None:
    """Have orphaned descendants become children of this process, so that none gets away."""
    if sys.platform == "linux":
        _prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def probe() -> Level:
    """Find out, by trying in a child, which protections this machine gives."""
    if sys.platform != "linux":
        return Level(False, False, False, f"{sys.platform} has no namespaces")
    root = tempfile.mkdtemp(prefix="autograder-")
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            unshare()
            build_root(root, Limits(), {})
            if os.fork() == 0:
                try:
                    enter_root(root)
                    os.write(writer, b"yes")
                except BaseException as error:
                    os.write(writer, str(error).encode())
                os._exit(0)
            os.wait()
        except BaseException as error:
            os.write(writer, str(error).encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(pid, 0)
    answer = os.read(reader, 1000).decode()
    os.close(reader)
    os.rmdir(root)
    works = answer == "yes"
    return Level(works, bool(compile_filter()), landlock_works(), "" if works else answer)
