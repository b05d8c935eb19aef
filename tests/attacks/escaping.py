"""Attacks that want out of the sandbox."""

from attack import Attack


def escape(name, *cells):
    """Return an attack of a notebook whose answers are right."""
    return Attack(name, cells, None, tries=True)


ATTACKS = [
    escape(
        "mounts",
        "call('mount', 165, b'none', b'/tmp', b'tmpfs', 0, None)\n"
        "call('mount', 165, b'/usr', b'/usr', None, 32 | 4096, None)\ncall('umount2', 166, b'/proc', 2)\n"
        "call('pivot_root', 155, b'/scratch', b'/scratch')\ncall('fsopen', 430, b'proc', 0)\ncall('open_tree', 428, -100, b'/', 1)\n"
        "call('move_mount', 429, -100, b'/usr', -100, b'/scratch', 0)\ncall('mount_setattr', 442, -100, b'/usr', 0, None, 0)",
    ),
    escape(
        "namespaces",
        "for flag in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000, 0x80):\n"
        "    call('unshare', 272, flag)\n"
        "for flag in (0x20000, 0x10000000, 0x40000000):\n"
        "    pid = libc.syscall(56, flag | 17, 0, 0, 0, 0)\n"
        "    if pid == 0:\n        os._exit(0)\n    (tried if pid < 0 else broke_out)('clone', pid)\n"
        "call('clone3', 435, ctypes.create_string_buffer(88), 88)\n"
        "for name in os.listdir('/proc/self/ns'):\n"
        "    attempt(name, lambda: libc.setns(os.open(f'/proc/1/ns/{name}', 0), 0) == 0 or 1 / 0)",
    ),
    escape(
        "tracing",
        "for pid in (1, os.getppid() or 1, @VICTIM@):\n    call('attach', 101, 16, pid, 0, 0)\n"
        "    call('seize', 101, 0x4206, pid, 0, 0)\ncall('kcmp', 312, 1, 1, 0, 0, 0)",
    ),
    escape(
        "other users",
        "for number in (0, 1, 61001, 61002, 65534):\n    if number != os.getuid():\n"
        "        attempt('uid', lambda: os.setuid(number))\n        attempt('three uids', lambda: os.setresuid(number, number, number))\n"
        "        attempt('gid', lambda: os.setresgid(number, number, number))\n"
        "attempt('groups', lambda: os.setgroups([0]))\n"
        "status = dict(line.split(':', 1) for line in open('/proc/self/status') if ':' in line)\n"
        "for name in ('CapEff', 'CapPrm', 'CapInh', 'CapBnd', 'CapAmb'):\n"
        "    (broke_out if int(status[name], 16) else tried)(name, status[name])\n"
        "(tried if status['NoNewPrivs'].strip() == '1' else broke_out)('new privileges')",
    ),
    escape(
        "programs that belong to root",
        "for program in ('su -c id', 'sudo -n id', 'mount', 'passwd -d root', 'newgrp root', 'pkexec id', 'unshare -r id',\n"
        "                'chroot / id', 'nsenter -t 1 -a id'):\n"
        "    done = subprocess.run(program, shell=True, capture_output=True, text=True, stdin=subprocess.DEVNULL)\n"
        "    (broke_out if 'uid=0' in done.stdout else tried)(program, done.returncode)",
    ),
    escape(
        "another root",
        "attempt('chroot', lambda: os.chroot('/scratch'))\nattempt('device', lambda: os.mknod('/scratch/disk', 0o60600, os.makedev(8, 0)))\n"
        "attempt('memory', lambda: os.mknod('/scratch/mem', 0o20600, os.makedev(1, 1)))\n"
        "attempt('handle', lambda: libc.open_by_handle_at(3, None, 0) >= 0 or 1 / 0)\n"
        "os.chdir('/')\nfor _ in range(50):\n    os.chdir('..')\n"
        "(broke_out if os.path.exists('@COURSE@/solutions'.lstrip('/')) else tried)(os.listdir('.'))",
    ),
    escape(
        "read-only places",
        "import autograder, torch\nplaces = ['/', '/usr', '/usr/bin', '/bin', '/lib', '/etc', '/dev', '/proc', sys.prefix, sys.base_prefix,\n"
        "          os.path.dirname(autograder.__file__), os.path.dirname(torch.__file__), os.path.dirname(os.__file__)]\n"
        "for place in places:\n    name = os.path.join(place, '@LEFT@')\n"
        "    if place != '/' or os.getuid() >= 61000:\n        attempt(place, lambda: open(name, 'w').write('x'))\n"
        "for path in (autograder.__file__, torch.__file__, os.__file__, '/etc/ld.so.cache', '/usr/bin/env', sys.executable):\n"
        "    attempt(path, lambda: open(path, 'ab').write(b'#'))\n    attempt(path, lambda: os.unlink(path))\n"
        "    attempt(path, lambda: os.chmod(path, 0o777))\n    attempt(path, lambda: os.utime(path))\n"
        "for path in ('/usr', '/proc', '/dev/null'):\n    attempt(path, lambda: os.rename(path, '/scratch/taken'))",
    ),
    escape(
        "links",
        "for target in ('@COURSE@/solutions', '@HOME@', '/proc/1/root/@COURSE@', '/proc/self/root/../@COURSE@', '/proc/@VICTIM@/root'):\n"
        "    link = f'/scratch/link{abs(hash(target))}'\n    os.symlink(target, link)\n"
        "    attempt(target, lambda: [name for name in os.listdir(link) if not name.startswith('.')][0])\n"
        "attempt('hard link', lambda: os.link(os.__file__, '/scratch/os.py'))\nattempt('hard link', lambda: os.link('/proc/self/mem', '/scratch/mem'))",
    ),
    escape(
        "signals",
        "for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP, signal.SIGHUP):\n"
        "    attempt('the victim', lambda: os.kill(@VICTIM@, number))\n    attempt('its group', lambda: os.killpg(@VICTIM@, number))\n"
        "    attempt('the parent', lambda: os.kill(os.getppid(), number) if os.getppid() else 1 / 0)\n"
        "for pid in range(2, 5000):\n    try:\n        os.kill(pid, 9)\n    except OSError:\n        pass\n"
        "try:\n    os.kill(-1, 9)\nexcept OSError:\n    pass\ntried()",
    ),
    escape(
        "the kernel's switches",
        "for path in ('/proc/sysrq-trigger', '/proc/sys/kernel/core_pattern', '/proc/sys/kernel/hostname', '/proc/sys/vm/drop_caches',\n"
        "             '/proc/sys/kernel/modprobe', '/proc/sys/kernel/sysrq', '/proc/sys/net/ipv4/ip_forward', '/proc/1/oom_score_adj-1',\n"
        "             '/proc/self/uid_map', '/proc/self/gid_map', '/sys/fs/cgroup/cgroup.procs', '/sys/kernel/mm/ksm/run', '/dev/mem',\n"
        "             '/proc/irq/default_smp_affinity', '/proc/bus/pci/devices', '/proc/sys/fs/binfmt_misc/register', '/sys/power/state'):\n"
        "    attempt(path, lambda: open(path, 'w').write('1'))\n"
        "attempt('oom', lambda: open('/proc/self/oom_score_adj', 'w').write('-1000'))\n"
        "(broke_out if os.path.isdir('/sys/kernel') else tried)('sysfs')",
    ),
    escape(
        "system calls that are refused",
        "room = ctypes.create_string_buffer(4096)\nfor name, number, arguments in (\n"
        "    ('bpf', 321, (0, room, 48)), ('perf_event_open', 298, (room, 0, -1, -1, 0)), ('userfaultfd', 323, (0,)),\n"
        "    ('io_uring_setup', 425, (8, room)), ('kexec_load', 246, (0, 0, 0, 0)), ('init_module', 175, (room, 10, b'')),\n"
        "    ('finit_module', 313, (0, b'', 0)), ('reboot', 169, (0xfee1dead, 672274793, 0, 0)), ('sethostname', 170, (b'x', 1)),\n"
        "    ('settimeofday', 164, (room, 0)), ('clock_settime', 227, (0, room)), ('acct', 163, (b'/scratch/acct',)),\n"
        "    ('swapon', 167, (b'/scratch/swap', 0)), ('iopl', 172, (3,)), ('ioperm', 173, (0, 1, 1)), ('add_key', 248, (b'user', b'x', b'y', 1, -3)),\n"
        "    ('request_key', 249, (b'user', b'x', 0, 0)), ('personality', 135, (0x0040000,)), ('fanotify_init', 300, (0, 0)),\n"
        "    ('memfd_secret', 447, (0,)), ('modify_ldt', 154, (0, room, 16)), ('vhangup', 153, ()), ('quotactl', 179, (0, 0, 0, room)),\n"
        "    ('name_to_handle_at', 303, (-100, b'/', room, room, 0)), ('process_madvise', 440, (3, room, 1, 4, 0)),\n"
        "    ('move_pages', 279, (1, 0, 0, 0, 0, 0))):\n    if os.uname().machine == 'x86_64':\n        call(name, number, *arguments)\ntried()",
    ),
    escape(
        "system calls of other architectures",
        "import mmap, platform\ncode = b'\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3'  # mov eax, 20; int 0x80; ret\n"
        "reader, writer = os.pipe()\npid = os.fork()\nif pid == 0:\n"
        "    area = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=7)\n    area.write(code)\n"
        "    function = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(area)))\n"
        "    os.write(writer, b'x' if function() > 0 else b'')\n    os._exit(0)\nos.waitpid(pid, 0)\nos.close(writer)\n"
        "(broke_out if platform.machine() == 'x86_64' and os.read(reader, 1) else tried)('32 bits')\n"
        "reader, writer = os.pipe()\npid = os.fork()\nif pid == 0:\n"
        "    os.write(writer, b'x' if libc.syscall(0x40000000 + 39) > 0 else b'')\n    os._exit(0)\nos.waitpid(pid, 0)\n"
        "os.close(writer)\n(broke_out if os.read(reader, 1) else tried)('x32')"
        if __import__("platform").machine() == "x86_64"
        else "tried()",
    ),
    escape(
        "own limits",
        "import resource\nfor name in ('AS', 'NPROC', 'NOFILE', 'FSIZE', 'CPU', 'CORE'):\n    kind = getattr(resource, f'RLIMIT_{name}')\n"
        "    soft, hard = resource.getrlimit(kind)\n    if hard == resource.RLIM_INFINITY:\n        broke_out(name)\n"
        "    attempt(name, lambda: resource.setrlimit(kind, (hard + 1, hard + 1)))\n    attempt(name, lambda: resource.prlimit(1, kind, (-1, -1)))\n"
        "attempt('nice', lambda: os.nice(-5))\n"
        "attempt('real time', lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50)))\n"
        "import fcntl\nattempt('a terminal', lambda: fcntl.ioctl(0, 0x5412, b'x'))",
    ),
]
