"""What a notebook's code says without being run: forbidden names and how they are reached, stubs, magics."""

import ast
import time

import pytest

from autograder.syntax import Code, bound_names, defined, is_stub, matches, parse

BANNED = (
    "torch.nn.Dropout*",
    "torch.nn.functional.*dropout*",
    "torch.*dropout*",
    "torch.nn.functional.conv*",
)

USING = {
    "dotted": ["import torch", "def f(x):\n    return torch.nn.functional.dropout(x)"],
    "module alias": ["import torch.nn.functional as F", "def f(x):\n    return F.dropout(x)"],
    "torch alias": ["import torch as t", "def f(x):\n    return t.dropout(x, 0.5, True)"],
    "from torch import nn": ["from torch import nn", "def f(x):\n    return nn.Dropout(0.5)(x)"],
    "name alias": ["from torch.nn.functional import dropout as d", "def f(x):\n    return d(x)"],
    "import inside": ["def f(x):\n    import torch.nn.functional as F\n    return F.dropout2d(x)"],
    "import of a name inside": ["def f(x):\n    from torch import dropout\n    return dropout(x, 0.1, True)"],
    "import in the same cell": ["from torch import nn\ndef f(x):\n    return nn.Dropout1d()(x)"],
    "import in an if": ["if True:\n    import torch.nn.functional as G", "def f(x):\n    return G.conv2d(x)"],
    "import in a try": [
        "try:\n    from torch import nn\nexcept ImportError:\n    nn = None",
        "def f(x):\n    return nn.Dropout()(x)",
    ],
    "import in an except": [
        "try:\n    raise ValueError\nexcept ValueError:\n    from torch import dropout",
        "def f(x):\n    return dropout(x)",
    ],
    "getattr": ["import torch.nn.functional as F", "def f(x):\n    return getattr(F, 'dropout')(x)"],
    "getattr with default": ["import torch", "def f(x):\n    return getattr(torch, 'dropout', None)(x, 0.1, True)"],
    "helper": ["import torch", "def g(x):\n    return torch.dropout(x, 0.1, True)", "def f(x):\n    return g(x)"],
    "helper of a helper": [
        "import torch",
        "def h(x):\n    return torch.dropout(x, 0.1, True)",
        "def g(x):\n    return h(x)",
        "def f(x):\n    return g(x)",
    ],
    "instance": ["from torch import nn", "layer = nn.Dropout(0.5)", "def f(x):\n    return layer(x)"],
    "class attribute": [
        "from torch import nn",
        "class A:\n    layer = nn.Dropout(0.5)",
        "def f(x):\n    return A.layer(x)",
    ],
    "lambda": ["import torch.nn.functional as F", "f = lambda x: F.dropout(x)"],
    "callable object": ["import torch", "class A:\n    def __call__(self, x):\n        return torch.dropout(x, 0.1, True)\nf = A()"],
    "alias": ["import torch.nn.functional as F", "f = F.dropout"],
    "default argument": ["import torch.nn.functional as F", "def f(x, d=F.dropout):\n    return d(x)"],
    "decorator": ["import torch", "@torch.nn.functional.dropout\ndef f(x):\n    return x"],
    "magic beside it": ["import torch", "%matplotlib inline\ndef f(x):\n    return torch.dropout(x, 0.1, True)"],
}  # fmt: skip

NOT_USING = {
    "own helper of that name": ["def dropout(x):\n    return x", "def f(x):\n    return dropout(x)"],
    "own conv2d": ["import torch", "def conv2d(x):\n    return x", "def f(x):\n    return conv2d(x)"],
    "elsewhere": ["import torch.nn.functional as F", "y = F.dropout(1)", "def f(x):\n    return x"],
    "in a function not called": ["import torch", "def g(x):\n    return torch.dropout(x)", "def f(x):\n    return x"],
    "imported only": ["from torch.nn.functional import dropout", "def f(x):\n    return x"],
    "argument": ["from torch.nn.functional import dropout", "def f(x, dropout):\n    return dropout * x"],
    "local variable": ["from torch.nn.functional import dropout", "def f(x):\n    dropout = 2\n    return dropout * x"],
    "own function over the import": ["from torch import dropout", "def dropout(x):\n    return x", "def f(x):\n    return dropout(x)"],
    "comment": ["import torch", "def f(x):\n    return x  # torch.nn.functional.dropout(x)"],
    "text": ["import torch", "def f(x):\n    'As torch.dropout does.'\n    return 'torch.dropout', x"],
    "attribute of something else": ["import mine", "def f(x):\n    return mine.dropout(x) + x.dropout"],
    "method of an own class": ["class A:\n    def dropout(self):\n        return 1", "def f(x):\n    return A().dropout()"],
    "the exercise itself": ["def f(x):\n    return f(x - 1) if x else x"],
    "answer redefined": ["import torch", "def f(x):\n    return torch.dropout(x, 0.1, True)", "def f(x):\n    return x"],
}  # fmt: skip


@pytest.mark.parametrize("cells", USING.values(), ids=USING)
def test_a_forbidden_name_is_seen_however_it_is_reached(cells):
    assert Code(cells).forbidden("f", BANNED) != []


@pytest.mark.parametrize("cells", NOT_USING.values(), ids=NOT_USING)
def test_what_is_not_torchs_own_is_not_flagged(cells):
    assert Code(cells).forbidden("f", BANNED) == []


def test_the_name_found_is_the_full_one():
    cells = ["import torch.nn.functional as F", "def f(x):\n    return F.dropout(x)"]
    assert Code(cells).forbidden("f", BANNED) == ["torch.nn.functional.dropout"]


def test_without_patterns_nothing_is_forbidden():
    assert Code(USING["dotted"]).forbidden("f", ()) == []


def test_cells_that_do_not_parse_are_passed_over():
    assert Code(["def f(:", *USING["module alias"]]).forbidden("f", BANNED)


def test_what_is_stored_in_a_function_does_not_hide_its_definition():
    code = Code(
        ["from torch.nn.functional import dropout\ndef f(x):\n    return dropout(x)", "f.note = times[f] = 1"]
    )
    assert code.forbidden("f", BANNED) == ["torch.nn.functional.dropout"]
    assert code.needed("table = {}\ntable[0] = 2\nother = 3", ["table"]) == "table = {}\ntable[0] = 2\n"


def test_uses_tells_which_other_exercises_an_answer_calls():
    code = Code(["def a(): pass", "def b(): a()", "def c(): b()", "def d(): return 'a'"])
    assert code.uses("c", ["a", "b", "c", "d"]) == ["a", "b"]
    assert code.uses("d", ["a", "b", "c"]) == []


def test_an_exercise_is_read_with_the_helpers_of_its_own_cell():
    own = "from torch.nn.functional import dropout as helper\ndef f(x):\n    return helper(x)"
    later = "def helper(x):\n    return x\ndef g(x):\n    return helper(x)"
    code = Code([own, later, "f2 = 1\nhelper = 2"], ["f", "g"])
    assert code.forbidden("f", BANNED) == ["torch.nn.functional.dropout"]
    assert code.forbidden("g", BANNED) == []
    assert (code.kept("f"), code.kept("g")) == ({"helper": 0}, {"helper": 1})
    assert Code([own, later]).forbidden("f", BANNED) == []  # a notebook's own check sees what is bound last


def test_an_exercise_that_is_written_anew_elsewhere_counts_there():
    code = Code(["def f(x): pass\ndef g(x): pass", "def f(x): return 1"], ["f", "g"])
    assert code.kept("g") == code.kept("f") == code.kept("h") == {}
    assert Code(["import math\ndef f(x): pass", "import math"], ["f"]).kept("f") == {}


def test_an_exercise_has_the_helpers_of_those_that_it_calls_but_its_own_first():
    first = "def helper(): pass\ndef other(): pass\ndef f(): helper(), other()"
    code = Code([first, "def helper(): pass\ndef g(): f(), helper()", "helper = other = 1"], ["f", "g"])
    assert code.kept("f") == {"helper": 0, "other": 0}
    assert code.kept("g") == {"helper": 1, "other": 0}
    assert len(code.reached("g")) == 4


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("if a:\n    x = 1\nelse:\n    y = 2\nwith b:\n    z = 3", ["x", "y", "z"]),
        ("try:\n    import fast\nexcept ImportError:\n    def f(): pass", ["f"]),
        (
            "try:\n    x = 1\nexcept A:\n    y = 2\nexcept B:\n    z = 3\nelse:\n    u = 4",
            ["y", "z", "x", "u"],
        ),
    ],
)
def test_names_are_defined_in_the_statements_of_other_statements(source, names):
    assert defined(source) == names


def statement(source):
    return ast.parse(source).body[0]


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    raise NotImplementedError()",
        "def f():\n    raise NotImplementedError",
        "def f():\n    raise NotImplementedError('later')",
        "def f():\n    'docs'\n    # YOUR CODE HERE\n    raise NotImplementedError()",
        "def f():\n    ...\n    raise NotImplementedError()",
    ],
)
def test_an_untouched_stub_is_known(source):
    assert is_stub(statement(source))


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    pass",
        "def f():\n    return 1\n    raise NotImplementedError()",
        "def f(x):\n    x = x + 1\n    raise NotImplementedError()",
        "def f():\n    raise ValueError()",
        "class f:\n    raise NotImplementedError()",
        "f = 1",
    ],
)
def test_anything_else_is_no_stub(source):
    assert not is_stub(statement(source))


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline\nx = 1",
        "!ls\nx = 1",
        "%%time\nx = 1",
        "x = 1",
        "  %config a\nx = 1",
        "x = '\\d'",
        "x = !ls",
        "x = %timeit -o f(1)",
        "x = 1\nx?",
        "??x\nx = 1;\nx.y??  ",
        "!pip install \\\n    torch\nx = 1",
        "for name in names:\n    !echo {name}\n    %time f(name)\nx = 1",
        "    # all of the cell is indented\n    x = 1",
    ],
)
def test_cells_with_magics_are_parsed(source):
    assert [name for node in parse(source).body for name in bound_names(node)] == ["x"]


def test_lines_keep_their_numbers_where_commands_are_left_out():
    [node] = parse("%%time\n!ls \\\n  -l\n\ndef f(x):\n    return x\nf?").body
    assert (node.lineno, node.end_lineno) == (5, 6)


def test_a_cell_made_to_be_slow_to_read_is_not():
    for source in (" " * 300_000 + "\nx", "?" * 300_000 + "x", "a?;" * 100_000 + "x", "x" * 300_000 + "= !"):
        start = time.process_time()
        parse(f"({source}")
        assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "source", ["def f(:", "x = 1\0", "(" * 5000, "-" * 100_000 + "1"], ids=["a", "b", "c", "d"]
)
def test_what_is_not_python_gives_none(source):
    assert parse(source) is None


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def f(): pass", ["f"]),
        ("async def f(): pass", ["f"]),
        ("class A: pass", ["A"]),
        ("a = b = 1", ["a", "b"]),
        ("a, (b, *c) = x", ["a", "b", "c"]),
        ("a: int = 1", ["a"]),
        ("a += 1", ["a"]),
        ("a.note = b[0] = c = 1", ["c"]),
        ("print(a)", []),
        ("import a", []),
    ],
)
def test_bound_names_are_those_that_a_statement_binds(source, names):
    assert bound_names(statement(source)) == names


STATELESS = [
    "def f(x):\n    return x + 1",
    "def f(x):\n    y = {}\n    y['a'] = x\n    return y",
    "f = lambda x: x",
    "def f(x, p=0.5, shape=(1, 2)):\n    return x",
]
STATEFUL = [
    "def f(x):\n    global seen\n    seen = x",
    "def f(x):\n    f.seen = x",
    "def f(x, seen=[]):\n    seen.append(x)",
    "seen = []\ndef f(x):\n    seen.append(x)",
    "cache = {}\ndef f(x):\n    cache[1] = x",
    "class F:\n    def __call__(self, x):\n        self.x = x\nf = F()",
    "import functools\n@functools.cache\ndef f(x):\n    return x",
    "def make():\n    n = 0\n    def f(x):\n        nonlocal n\n        n += 1\n    return f\nf = make()",
    "import torch\ndef f(x):\n    torch.set_default_dtype(torch.float64)",
    "import random\ndef f(x):\n    random.seed(1)",
    "def f(x):\n    exec('global y; y = 1')",
    "y = 1",
    "cache = {}\ndef f(x):\n    cache[1] = x\ncache[0] = 1",
]


@pytest.mark.parametrize("source", STATELESS)
def test_a_plain_function_of_its_arguments_keeps_no_state(source):
    assert not Code([source]).keeps_state("f")


@pytest.mark.parametrize("source", STATEFUL)
def test_an_answer_that_may_remember_is_known(source):
    assert Code([source]).keeps_state("f")


def test_only_the_statements_that_an_exercise_needs_stay_in_their_lines():
    first = "import torch\nimport matplotlib.pyplot as plt\nSCALE = 2"
    second = "def f(x):\n    return torch.exp(x) * SCALE\n\nplt.plot([1])\nwaste = [f(i) for i in range(9)]"
    code = Code([first, second])
    assert code.needed(first, ["f"]) == "import torch\n\nSCALE = 2"
    assert code.needed(second, ["f"]) == "def f(x):\n    return torch.exp(x) * SCALE\n\n\n"


def test_a_name_may_be_excepted_from_what_is_forbidden():
    patterns = ("torch.nn.init.*", "!torch.nn.init._calculate_fan*")
    assert matches("torch.nn.init.xavier_uniform_", patterns)
    assert not matches("torch.nn.init._calculate_fan_in_and_fan_out", patterns)
    assert not matches("torch.rand", patterns)
