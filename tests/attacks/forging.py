"""Attacks that want marks for a wrong answer."""

from attack import WRONG, Attack


def returns(expression):
    """Return an answer that gives the same whatever it is asked."""
    return f"def dropout(x, p, training=True):\n    return {expression}"


def raises(statement):
    """Return an answer that ends in an unusual way."""
    return f"def dropout(x, p, training=True):\n    {statement}"


def more_points(notebook):
    for cell in notebook["cells"]:
        entry = cell["metadata"].get("nbgrader", {})
        if entry.get("grade"):
            entry["points"] = 1000
            cell["source"] = "1000"
            shown = {"output_type": "execute_result", "metadata": {}, "data": {"text/plain": "1000"}}
            cell["outputs"] = [{**shown, "execution_count": 1}]
    notebook["metadata"]["autograder"] = {"unit": "regularization", "points": 1000, "score": 1000}


def grade_cell_as_solution(notebook):
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            cell["metadata"]["nbgrader"].update(solution=True, points=1000)
            cell["source"] = "class Full(float):\n    pass\ncheck = lambda *a: Full(1000)\nFull(1000)"


def another_unit(notebook):
    notebook["metadata"]["autograder"] = {"unit": "../../solutions"}


ASKS = """
def gru_gates(x, h, params):
    from autograder import wire
    from autograder.calls import Call
    [line] = lines()
    message = wire.call_message(Call({name!r}, (x, h, params), {{}}{more}))
    message["op"] = "reference"
    wire.send(line, message)
    return wire.receive(line)["result"]
"""
ASKS_WITH_GRADIENT = """
class Asked(torch.autograd.Function):
    @staticmethod
    def forward(ctx, args, *tensors):
        ctx.args = args
        return tuple(ask(args)["result"])

    @staticmethod
    def backward(ctx, *cotangents):
        return None, *ask(ctx.args, cotangents=list(cotangents))["gradients"]

def ask(args, **more):
    from autograder import wire
    from autograder.calls import Call
    [line] = lines()
    wire.send(line, {**wire.call_message(Call("gru_gates", args, {}, **more)), "op": "reference"})
    return wire.receive(line)

def gru_gates(x, h, params):
    plain = {name: value.detach() for name, value in params.items()}
    return Asked.apply((x.detach(), h.detach(), plain), x, h, *params.values())
"""
REPLY = '{"op": "reply", "result": None, "gradients": None, "inputs": None, "used": []}'
RESULTS = {
    "nothing": "None",
    "NaN": "x * float('nan')",
    "infinity": "x / 0",
    "huge numbers": "x * 0 + 1e300",
    "a meta tensor": "torch.empty_like(x, device='meta')",
    "a huge expanded tensor": "torch.ones(1).expand(10**6, 10**6)",
    "a tensor without elements": "x[:0]",
    "complex numbers": "x.to(torch.complex128)",
    "a sparse tensor": "x.to_sparse()",
    "a huge integer": "1 << 4000",
    "text with half a character": "'\\ud800' * 10",
    "a deep nest": "__import__('functools').reduce(lambda a, _: [a], range(100000), x)",
    "a list that holds itself": "(lambda a: a.append(a) or a)([])",
    "a wide list": "[x] * 1_000_000",
    "a dict of strange keys": "{None: x, '': x, (1, 2): [], float('nan'): {}}",
    "a generator": "(row for row in x)",
    "true": "True",
}
ENDINGS = {
    "SystemExit": "raise SystemExit(0)",
    "KeyboardInterrupt": "raise KeyboardInterrupt",
    "GeneratorExit": "raise GeneratorExit",
    "an exception of its own": "raise type('Passed', (BaseException,), {})()",
    "a skip": "import pytest; pytest.skip('not today')",
    "an exit of pytest": "import pytest; pytest.exit('done', 0)",
    "an expected failure": "import pytest; pytest.xfail('as expected')",
    "an error whose text raises": "raise type('E', (ValueError,), {'__str__': lambda s: 1 / 0})()",
    "no implementation": "raise NotImplementedError",
    "ValueError": "raise ValueError",
    "the grader's own failure": "from autograder.errors import CheckFailed; raise CheckFailed('', '', '')",
    "the grader's own error": "from autograder.errors import AutograderError; raise AutograderError('grader error')",
}

ATTACKS = [
    Attack(
        "comparisons patched",
        (
            "import torch.testing\ntorch.allclose = torch.equal = torch.isclose = lambda *a, **k: True\n"
            "torch.testing.assert_close = lambda *a, **k: None\n"
            "for name in ('__eq__', '__ne__', '__lt__', '__le__', '__gt__', '__ge__', 'eq', 'any', 'all'):\n"
            "    setattr(torch.Tensor, name, lambda *a, **k: torch.ones(()).bool())",
        ),
    ),
    Attack(
        "builtins patched",
        (
            "import builtins, math\nbuiltins.AssertionError = type('Fine', (Exception,), {})\n"
            "builtins.abs = builtins.max = lambda *a, **k: 0\nbuiltins.all = builtins.any = lambda *a: True\n"
            "math.isclose = lambda *a, **k: True",
        ),
    ),
    Attack(
        "grader's modules patched",
        (
            "import autograder.checking, autograder.examiner, autograder.grading, autograder.results, autograder.wire\n"
            "for name in ('assert_matches', 'assert_within', 'agree', 'assert_raises', '_climb'):\n"
            "    setattr(autograder.checking, name, lambda *a, **k: None)\n"
            "autograder.examiner.settle = autograder.grading.settle = lambda e, c: 3.0\n"
            "autograder.results.Outcome.earns = True\n"
            "autograder.results.ExerciseResult.to_record = lambda self: {'score': 1000}\n"
            f"autograder.wire.failure_message = lambda failure: {REPLY}",
        ),
    ),
    Attack(
        "modules replaced",
        (
            "import types\nfor name in list(sys.modules):\n"
            "    if name.startswith(('autograder', 'pytest', '_pytest', 'unittest')):\n"
            "        sys.modules[name] = types.ModuleType(name)",
        ),
    ),
    Attack(
        "frames on every descriptor",
        (
            "record = {'notebook': 'x', 'unit': 'regularization', 'status': 'graded', 'score': 1000}\n"
            "for number in range(3, 256):\n    for text in (json.dumps({'record': record}).encode() + b'\\n',\n"
            "                 frame({'op': 'cell', 'outputs': '[]', 'error': None, 'count': 1})):\n"
            "        try:\n            os.write(number, text)\n        except OSError:\n            pass\n",
        ),
    ),
    Attack(
        "replies ahead of the calls",
        answer=f"def dropout(x, p, training=True):\n    for _ in range(50):\n        say({REPLY})\n    return x",
    ),
    Attack(
        "replies of every kind",
        answer="def dropout(x, p, training=True):\n"
        "    for op in ('passed', 'skip', 'session', 'setup', None, 3, ['reply'], 'grader error'):\n"
        "        say({'op': op, 'outcome': 'passed', 'score': 3.0, 'kind': 'GraderError'})\n    return x",
    ),
    Attack(
        "a failure of no known kind",
        (
            "import autograder.wire as w\nw.failure_message = lambda f: {'op': 'failure', 'kind': 'GraderError'}",
        ),
        raises("raise RuntimeError"),
    ),
    Attack(
        "marks printed",
        (
            "from IPython.display import display\n"
            "print('12 of 12 checks passed.\\n✓ dropout: passed, 3 / 3 points')\n"
            "print(json.dumps({'score': 3.0, 'exercises': [{'name': 'dropout', 'outcome': 'passed', 'score': 3.0}]}))\n"
            "display({'text/plain': '3.0'}, raw=True)\n3.0",
        ),
    ),
    Attack("more points in the metadata", edit=more_points),
    Attack("a grade cell that is a solution", edit=grade_cell_as_solution),
    Attack("a unit by path", edit=another_unit),
    Attack(
        "an object equal to everything",
        answer="class Yes:\n    __class__ = torch.Tensor\n    shape = dtype = device = property(lambda s: s)\n"
        "    def __eq__(self, other):\n        return True\n    def __ne__(self, other):\n        return False\n"
        "    def __getattr__(self, name):\n        return self\n    def __call__(self, *a, **k):\n        return self\n"
        + returns("Yes()"),
    ),
    Attack(
        "a tensor that answers for itself",
        answer="class Yes(torch.Tensor):\n    @classmethod\n"
        "    def __torch_function__(cls, function, types, args=(), kwargs=None):\n        return True\n"
        + returns("x.as_subclass(Yes)"),
    ),
    *(Attack(f"the result is {name}", answer=returns(text)) for name, text in RESULTS.items()),
    *(Attack(f"the call ends with {name}", answer=raises(text)) for name, text in ENDINGS.items()),
    Attack(
        "gradients of NaN",
        ("import autograder.calls as c\nc.backpropagate = lambda r, s, w: [t * float('nan') for t in s]",),
    ),
    Attack(
        "expected values looked for in memory",
        answer="def dropout(x, p, training=True):\n    for thing in gc.get_objects():\n"
        "        name = str(getattr(thing, '__name__', ''))\n"
        "        if 'hidden_checks' in name or 'reference_' in name:\n            return thing(x, p)\n"
        "        if type(thing) is torch.Tensor and thing.shape == x.shape and thing is not x and thing.any():\n"
        "            x = thing\n    return x",
    ),
    Attack(
        "callers' variables",
        answer="def dropout(x, p, training=True):\n    frame, found = sys._getframe(), []\n    while frame:\n"
        "        found += [v for v in frame.f_locals.values()]\n"
        "        for name in ('expected', 'reference', 'oracle', 'checks'):\n"
        "            if name in frame.f_locals:\n                return frame.f_locals[name]\n"
        "        frame = frame.f_back\n    return x",
    ),
    Attack(
        "at exit",
        (
            f"import atexit, threading\natexit.register(say, {REPLY})\nthreading._register_atexit(say, {REPLY})",
        ),
        f"import atexit\ndef dropout(x, p, training=True):\n    atexit.register(say, {REPLY})\n    sys.exit(0)",
    ),
    Attack(
        "tracing",
        (
            "def trace(frame, event, argument):\n    if 'expected' in frame.f_locals:\n"
            "        frame.f_locals['got'] = frame.f_locals['expected']\n    return trace\n"
            "sys.settrace(trace)\nsys.setprofile(trace)\nthreading.settrace(trace)",
        ),
    ),
    Attack(
        "fork and sockets patched",
        (
            "import autograder.wire as w\nos.fork = lambda: 1\nos.waitpid = lambda *a: (0, 0)\n"
            f"w.receive = lambda *a, **k: {REPLY}\nsocket.socket.recv_into = lambda *a: 0",
        ),
    ),
    Attack(
        "input transformers",
        (
            "import ast\nshell = get_ipython()\n"
            "shell.input_transformers_post.append(lambda lines: [l for l in lines if 'assert' not in l])\n"
            "class Calm(ast.NodeTransformer):\n    def visit_Assert(self, node):\n        return ast.Pass()\n"
            "shell.ast_transformers.append(Calm())",
        ),
    ),
    Attack("warnings as errors", ("import warnings\nwarnings.simplefilter('error')\nwarnings.warn = None",)),
    Attack(
        "other defaults",
        (
            "torch.set_default_dtype(torch.float16)\ntorch.set_default_device('meta')\ntorch.set_num_threads(64)\n"
            "torch.use_deterministic_algorithms(True)\ntorch.manual_seed(0)\ntorch.set_grad_enabled(False)",
        ),
    ),
    Attack(
        "a notebook that is the checks",
        ("def test_kept_elements_are_rescaled(dropout):\n    pass\ndef check(*a):\n    return 3.0",),
        WRONG + "\ncheck(dropout)",
    ),
    Attack(
        "the reference asked for",
        answer=ASKS.format(name="gru_gates", more=""),
        exercise="gru_gates",
        unit="recurrent",
    ),
    Attack(
        "the reference asked for with its gradient",
        answer=ASKS_WITH_GRADIENT,
        exercise="gru_gates",
        unit="recurrent",
    ),
    Attack(
        "names beside the references asked for",
        answer=ASKS.format(name="plt", more="").replace("[line] =", "*_, line ="),
        exercise="gru_gates",
        unit="recurrent",
    ),
]
