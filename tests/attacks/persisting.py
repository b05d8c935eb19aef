"""Attacks that want to stay: processes and files for the time after the submission, or for the next one."""

from attack import RIGHT, Attack


def stays(name, *cells, **more):
    """Return an attack of a notebook whose answers are right."""
    return Attack(name, cells, None, **more)


DAEMON = """
def daemon(act):
    if os.fork() == 0:
        os.setsid()
        for number in range(1, 65):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        if os.fork() == 0:
            libc.prctl(1, 0, 0, 0, 0)
            act()
        os._exit(0)
"""
SLEEP = "os.execv('/bin/sh', ['sh', '-c', 'while :; do sleep 1; done', '@LEFT@'])"
FILES = """
for place in ('/tmp', '/scratch', '/dev/shm', '/var/tmp', '@HOME@', '@COURSE@', '/run', '/dev', '/etc', '/usr/local'):
    for name in ('@LEFT@', 'usercustomize.py', 'conftest.py'):
        try:
            os.makedirs(place, exist_ok=True)
            with open(f'{place}/{name}', 'w') as file:
                file.write('@LEFT@')
            os.chmod(f'{place}/{name}', 0o4777)
        except OSError:
            continue
tried()
"""

ATTACKS = [
    stays("a daemon", DAEMON, f"daemon(lambda: {SLEEP})"),
    stays(
        "a daemon that forks on",
        DAEMON,
        "def on():\n    while True:\n        if os.fork():\n            os._exit(0)\n        time.sleep(0.01)\ndaemon(on)",
    ),
    stays(
        "a shell in the background",
        "!nohup setsid sh -c 'while :; do sleep 1; done' @LEFT@ >/dev/null 2>&1 &",
    ),
    stays(
        "a program that outlives its kernel",
        "subprocess.Popen(['sh', '-c', 'trap \"\" TERM HUP INT; while :; do sleep 1; done', '@LEFT@'], start_new_session=True)\nos._exit(0)",
    ),
    stays(
        "threads that never end",
        "def on():\n    while True:\n        time.sleep(0.05)\nfor daemon in (True, False):\n    threading.Thread(target=on, daemon=daemon).start()",
    ),
    stays(
        "signals ignored",
        "for number in range(1, 65):\n    try:\n        signal.signal(number, signal.SIG_IGN)\n    except (OSError, ValueError):\n        pass",
    ),
    stays(
        "signals blocked",
        "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True:\n    time.sleep(1)",
    ),
    stays(
        "no death with its parent",
        "libc.prctl(1, 0, 0, 0, 0)\nlibc.prctl(36, 1, 0, 0, 0)\nif os.fork() == 0:\n    libc.prctl(1, 0, 0, 0, 0)\n    os.setsid()\n    time.sleep(1000)",
    ),
    Attack(
        "a daemon out of a check",
        (DAEMON,),
        f"{RIGHT}\ndef dropout(x, p, training=True):\n    daemon(lambda: {SLEEP})\n    return right(x, p, training)",
        most=3.0,
    ),
    stays("a daemon at exit", DAEMON, f"import atexit\natexit.register(daemon, lambda: {SLEEP})"),
    stays("files", FILES, tries=True),
    stays(
        "files of a start",
        "for path in ('/scratch/.ipython/profile_default/startup/a.py', '/scratch/sitecustomize.py', '/scratch/.local/lib/x.pth', '/scratch/.matplotlib/@LEFT@'):\n"
        "    os.makedirs(os.path.dirname(path), exist_ok=True)\n    open(path, 'w').write('print(\"@LEFT@\")')",
    ),
    stays(
        "shared memory and queues",
        "print(libc.shmget(0x1eff, 4096, 0o1666), libc.semget(0x1eff, 1, 0o1666), libc.msgget(0x1eff, 0o1666))\n"
        "from multiprocessing import shared_memory\nshared_memory.SharedMemory('at-@LEFT@', create=True, size=4096)",
    ),
    stays(
        "a socket with a name",
        "server = socket.socket(socket.AF_UNIX)\nserver.bind('\\0@LEFT@')\nserver.listen()\nif os.fork() == 0:\n    server.accept()",
    ),
    stays(
        "a locked file",
        "import fcntl\nheld = open(os.__file__)\nfcntl.flock(held, fcntl.LOCK_EX)\nif os.fork() == 0:\n    time.sleep(1000)",
    ),
]
