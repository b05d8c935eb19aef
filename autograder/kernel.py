"""The system calls that the sandbox is made of, and what a process may still call once it is shut in.

See unshare(2), mount(2), prctl(2), seccomp(2), getrlimit(2).
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import mmap
import os
import signal
import socket
import sys
import tempfile
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

CUDA_CALLS = {"memfd_create"}  # what a GPU's driver does not start without

LIBC = ctypes.CDLL(None, use_errno=True)


def checked(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    checked(
        LIBC.mount(
            source.encode(),
            target.encode(),
            kind.encode() if kind else None,
            ctypes.c_ulong(flags),
            data.encode() if data else None,
        ),
        f"mount {target}",
    )


def prctl(*arguments: int) -> int:
    return int(LIBC.prctl(*[ctypes.c_ulong(argument) for argument in arguments]))


def unshare() -> None:
    """Enter new namespaces: mounts, processes, network, IPC, host name; as an ordinary user, of users too."""
    flags = NEWNS | NEWPID | NEWNET | NEWIPC | NEWUTS
    uid, gid = os.getuid(), os.getgid()
    if uid != 0:
        flags |= NEWUSER
    checked(LIBC.unshare(flags), "unshare")
    if uid != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def compile_filter(with_gpu: bool = False) -> bytes:
    """Return the system-call filter as a BPF program; empty where libseccomp is missing."""
    try:
        import pyseccomp as seccomp
    except (ImportError, OSError, RuntimeError):
        return b""
    program = seccomp.SyscallFilter(seccomp.ALLOW)
    refuse = seccomp.ERRNO(errno.EPERM)
    for name in DENIED:
        if with_gpu and name in CUDA_CALLS:
            continue
        try:
            program.add_rule(refuse, name)
        except (OSError, ValueError, RuntimeError):
            continue  # this kernel or library does not know the call
    program.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    for flag in (NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET, NEWCGROUP):
        program.add_rule(refuse, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag))
    no_family = seccomp.ERRNO(errno.EAFNOSUPPORT)
    program.add_rule(no_family, "socket", seccomp.Arg(0, seccomp.NE, int(socket.AF_UNIX)))
    program.add_rule(refuse, "ioctl", seccomp.Arg(1, seccomp.MASKED_EQ, 0xFFFFFFFF, 0x5412))  # TIOCSTI
    # Shared memory without a file can be let go of and yet kept, so that nobody sees whose it is.
    shared = mmap.MAP_SHARED | mmap.MAP_ANONYMOUS
    if not with_gpu:
        program.add_rule(refuse, "mmap", seccomp.Arg(3, seccomp.MASKED_EQ, shared, shared))
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
    checked(LIBC.prctl(PR_SET_SECCOMP, 2, ctypes.byref(loaded), 0, 0), "seccomp")


def pin(cpu: int | None) -> None:
    """Have this process and all it starts run on one processor."""
    if cpu is not None:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, {cpu})


def use_huge_pages() -> None:
    """Gather this process's memory into huge pages where the kernel can: a fork then costs a third of the time."""
    huge, collapse = 2 << 20, 25  # MADV_COLLAPSE, Linux 6.1
    LIBC.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
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
            LIBC.madvise(low, high - low, collapse)


def die_with_parent() -> None:
    """Have the kernel end this process when the one that forked it ends."""
    if sys.platform == "linux":
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def become_subreaper() -> None:
    """Have orphaned descendants become children of this process, so that none gets away."""
    if sys.platform == "linux":
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
