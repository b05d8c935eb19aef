"""Attacks that want more than their share: time, memory, processes, files, output."""

from attack import Attack


def greedy(name, *cells, **more):
    """Return an attack of a notebook whose answers are right."""
    return Attack(name, cells, None, **more)


def endless(name, body):
    """Return an attack by an answer that does not come to an end."""
    return Attack(name, answer=f"def dropout(x, p, training=True):\n    {body}")


ENOUGH = 1500  # MiB: two and a half times what the test allows

ATTACKS = [
    greedy(
        "fork bomb",
        "started = 0\ntry:\n    while started < 5000:\n        if os.fork() == 0:\n            time.sleep(60)\n            os._exit(0)\n"
        "        started += 1\nexcept OSError:\n    tried(started)\nif started > 1000:\n    broke_out(started)",
        tries=True,
    ),
    greedy(
        "fork bomb of forks", "while True:\n    try:\n        os.fork()\n    except OSError:\n        pass"
    ),
    greedy(
        "threads",
        "started = 0\ntry:\n    while started < 5000:\n        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "        started += 1\nexcept RuntimeError:\n    tried(started)\nif started > 1000:\n    broke_out(started)",
        tries=True,
    ),
    greedy(
        "memory",
        "hoard = []\nwhile len(hoard) < 400:\n    hoard.append(b'x' * (16 << 20))\nbroke_out(len(hoard))",
    ),
    greedy(
        "memory of many processes",
        "for _ in range(8):\n    if os.fork() == 0:\n        hoard = b'x' * (300 << 20)\n        open('/scratch/filled', 'a').write('x')\n"
        "        time.sleep(60)\n"
        f"time.sleep(2)\nif len(open('/scratch/filled').read() if os.path.exists('/scratch/filled') else '') * 300 > {ENOUGH}:\n    broke_out()",
    ),
    greedy(
        "memory of many new programs",
        "text = \"hoard = b'x' * (150 << 20); open('/scratch/filled', 'a').write('x'); import time; time.sleep(3)\"\n"
        "programs = [subprocess.Popen([sys.executable, '-ISc', text]) for _ in range(12)]\n"
        f"time.sleep(1.8)\nif len(open('/scratch/filled').read() if os.path.exists('/scratch/filled') else '') * 150 > {ENOUGH}:\n    broke_out()",
    ),
    greedy(
        "memory that is shared and let go",
        "import mmap\nheld = []\ntry:\n    while len(held) < 100:\n        held.append(mmap.mmap(-1, 16 << 20))\n"
        "        held[-1].write(b'x' * (16 << 20))\n        held[-1].madvise(mmap.MADV_DONTNEED)\n"
        "except OSError as error:\n    tried(len(held), error)\nif len(held) == 100:\n    broke_out(len(held))",
        tries=True,
    ),
    greedy(
        "memory of /dev/zero",
        "import mmap\nheld = []\ntry:\n    zero = os.open('/dev/zero', os.O_RDWR)\n    while len(held) < 100:\n"
        "        held.append(mmap.mmap(zero, 16 << 20))\n        held[-1].write(b'x' * (16 << 20))\n"
        "        held[-1].madvise(mmap.MADV_DONTNEED)\nexcept OSError as error:\n    tried(len(held), error)\n"
        "if len(held) == 100:\n    broke_out(len(held))",
        tries=True,
    ),
    Attack(
        "results that fill the examiner",
        answer="def dropout(x, p, training=True):\n    return [torch.ones(2_000_000) for _ in range(8)]",
    ),
    greedy(
        "memory in files without a name",
        f"ENOUGH = {ENOUGH}\n"
        "held, got = [], 0\ntry:\n    while got < ENOUGH:\n        held.append(os.memfd_create('x'))\n"
        "        got += sum(os.write(held[-1], bytes(1 << 20)) for _ in range(15)) >> 20\nexcept OSError as error:\n"
        "    tried(got, error)\nif got >= ENOUGH:\n    broke_out(got)",
        tries=True,
    ),
    greedy(
        "memory in segments that nobody maps",
        f"ENOUGH = {ENOUGH}\n"
        "libc.shmat.restype = ctypes.c_void_p\ngot = 0\nwhile got < ENOUGH:\n    key = libc.shmget(0, 100 << 20, 0o1600)\n"
        "    place = libc.shmat(key, None, 0) if key >= 0 else None\n    if place in (None, 2**64 - 1):\n        break\n"
        "    ctypes.memset(place, 1, 100 << 20)\n    libc.shmdt(ctypes.c_void_p(place))\n    got += 100\n"
        "(broke_out if got >= ENOUGH else tried)(got)",
    ),
    greedy(
        "disk",
        "got = 0\nfor place in ('/tmp', '/scratch', '/dev/shm'):\n    for number in range(30):\n        try:\n"
        "            with open(f'{place}/{number}', 'wb') as file:\n                for _ in range(40):\n"
        "                    got += file.write(bytes(1 << 20)) >> 20\n        except OSError:\n            continue\n"
        "(tried if got < 200 else broke_out)(got)",
        tries=True,
    ),
    greedy(
        "names of files",
        "made = 0\ntry:\n    while made < 100_000:\n        os.mkdir(f'/scratch/{made}')\n        made += 1\nexcept OSError as error:\n"
        "    tried(made, error)\nelse:\n    broke_out(made)",
        tries=True,
    ),
    greedy(
        "open files",
        "held = []\ntry:\n    while len(held) < 5000:\n        held.append(open('/dev/null'))\nexcept OSError as error:\n    tried(error)\n"
        "if len(held) > 1000:\n    broke_out(len(held))\ndel held",
        tries=True,
    ),
    greedy("output", "for _ in range(200):\n    print('x' * 1_000_000)"),
    greedy("errors", "for _ in range(200):\n    print('x' * 1_000_000, file=sys.stderr)"),
    greedy("small outputs", "for number in range(300_000):\n    print(number)"),
    greedy(
        "displays",
        "from IPython.display import display\nfor _ in range(300):\n    display({'text/plain': 'x' * 1_000_000, 'text/html': 'y' * 1_000_000}, raw=True)",
    ),
    greedy("a shell's output", "!head -c 30000000 /dev/zero | tr '\\\\0' x", "print('after')"),
    greedy(
        "output past the recorder",
        *[
            "recorder = get_ipython().recorder\nrecorder.room = recorder.left = 10**12\nprint('x' * 12_000_000)"
        ]
        * 4,
    ),
    greedy(
        "outputs of no end",
        "say({'op': 'cell', 'outputs': '[' + '[],' * 3_000_000 + '[]]', 'error': 'x' * 9_000_000, 'count': 10**4000})",
    ),
    Attack("recursion", answer="def dropout(x, p, training=True):\n    return dropout(x, p, training)"),
    Attack(
        "recursion without a limit",
        ("sys.setrecursionlimit(10**9)\nthreading.stack_size(1 << 30)",),
        "def dropout(x, p, training=True):\n    return repr(deep)\n"
        "deep = []\nfor _ in range(10**6):\n    deep = [deep]",
    ),
    Attack("giant tensors", answer="def dropout(x, p, training=True):\n    return torch.ones(10**7, 10**4)"),
    Attack("a large result", answer="def dropout(x, p, training=True):\n    return torch.ones(60 << 20)"),
    Attack(
        "a large number",
        answer="def dropout(x, p, training=True):\n    return 9 ** 9 ** 9",
    ),
    endless("a loop", "while True:\n        pass"),
    endless(
        "a loop that catches everything",
        "while True:\n        try:\n            time.sleep(1)\n        except BaseException:\n            pass",
    ),
    endless(
        "a large product",
        "torch.ones(20000, 9000, dtype=torch.float64) @ torch.ones(9000, 20000, dtype=torch.float64)",
    ),
    endless("a regular expression", "__import__('re').match('(a+)+$', 'a' * 60 + 'b')"),
    endless("a stop", "os.kill(os.getpid(), signal.SIGSTOP)"),
    greedy(
        "a cell that ignores interrupts",
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    pass",
    ),
    greedy("a cell that sleeps", "time.sleep(1000)"),
    greedy("a cell in C", "sum(range(10**12))"),
    greedy("cells that hang one after another", *["while True:\n    pass"] * 6, seconds=30),
    greedy(
        "busy processes",
        "for _ in range(30):\n    if os.fork() == 0:\n        os.setsid()\n        while True:\n            pass",
    ),
    greedy(
        "a channel that drips",
        "[line] = lines()\nline.sendall(struct.pack('>IQ', 1000, 300 << 20))\nwhile True:\n    line.sendall(b' ')\n    time.sleep(0.1)",
    ),
    greedy(
        "a channel that nobody reads",
        "say({'op': 'cell', 'outputs': '[]', 'error': None, 'count': 1})\nwhile True:\n    time.sleep(1)",
        "# " + "x" * 900_000,
        seconds=30,
    ),
    Attack(
        "a session that nobody reads",
        answer="def dropout(x, p, training=True):\n    say({'op': 'reply', 'result': None, 'used': []})\n    time.sleep(1000)",
        seconds=30,
    ),
    Attack(
        "a bomb of brackets on the channel",
        answer='def dropout(x, p, training=True):\n    text = b\'{"op": "reply", "used": [], "result": [\' + b\'[],\' * 15_000_000 + b\'0]}\'\n'
        "    [line] = lines()\n    line.sendall(struct.pack('>IQ', len(text), 0) + text)",
        seconds=12,
    ),
    Attack(
        "large references",
        answer="def gru_gates(x, h, params):\n    return x, h\n\n_own = gru_gates\n",
        exercise="gru_gates",
        unit="recurrent",
        edit=lambda notebook: (
            [
                cell.update(
                    source="def gru_step(x, h, params):\n    from autograder import wire\n    from autograder.calls import Call\n"
                    "    gru_gates\n    [line] = lines()\n    small = {k: torch.ones(1, 1) for k in params}\n"
                    "    message = wire.call_message(Call('gru_gates', (torch.ones(9000, 1), torch.ones(9000, 1),\n"
                    "        {k: torch.ones(1, 9000) if '_x' in k else torch.ones(1, 1) for k in params})))\n"
                    "    message['op'] = 'reference'\n    for _ in range(10):\n        wire.send(line, message)\n"
                    "        wire.receive(line)\n    return x"
                )
                for cell in notebook["cells"]
                if cell["metadata"].get("nbgrader", {}).get("grade_id") == "gru_step_solution"
            ]
            and None
        ),
    ),
]
