"""What submissions earn, however they are written and whatever they try; all graded by one pool."""

import json
import os

import pytest

from autograder.pool import Pool
from autograder.results import Job
from autograder.sandbox import Limits

SECRET = "the-marker-of-the-course"
LIMITS = Limits(cell_seconds=8, check_seconds=4, submission_seconds=120, memory_mb=700)

RIGHT = """
def right(x, p, training=True):
    if not 0 <= p <= 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)
"""
WRONG = "def dropout(x, p, training=True):\n    return x"
SPY = """
import glob, os
found = [str(dict(os.environ))]
places = {places!r}
names = [os.path.join(folder, name) for place in places for folder, _, files in os.walk(place) for name in files]
names = [name for name in names if name.endswith((".py", ".txt", ".db", ".ipynb", ".toml", ".json"))]
names = [name for name in names if "site-packages" not in name and "/lib/python" not in name]
names += glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/root{course}/*")
for name in filter(os.path.isfile, names):
    try:
        text = open(name, errors="replace").read()
    except OSError:
        continue
    if "-marker-of-" in text or "Checks that only graders have" in text:
        found.append(text[:5000])
print(len(names), found)
"""
SHOWING = [
    "import sys\nprint('to stdout')\nprint('to stderr', file=sys.stderr)",
    "from IPython.display import clear_output, display, HTML\ndisplay(HTML('<b>bold</b>'))\n40 + 2",
    "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
    "%%capture caught\nprint('kept away')",
    "caught.stdout.upper()",
    "handle = display('first', display_id=True)\nhandle.update('second')",
    "print('gone')\nclear_output()\nprint('stays')",
    "None",
    "!echo from the shell",
    "1 / 0",
]


ENDS = {"wrong": "return x + 1", "unwritten": "raise NotImplementedError", "endless": "while True: pass"}


def lists_of_jobs(hand_in, course):
    """Return what is handed in, by name: (unit, notebook)."""
    dropout = {
        "right": {},
        "stub": {"answers": {"dropout": None}},
        "lambda": {"answers": {"dropout": RIGHT + "dropout = lambda *a, **k: right(*a, **k)"}},
        "object": {
            "answers": {
                "dropout": RIGHT
                + "class Dropout:\n    def __call__(self, *a, **k):\n        return right(*a, **k)\n"
                + "dropout = Dropout()"
            }
        },
        "decorated": {
            "before": [
                "import functools\ndef kept(f):\n    @functools.wraps(f)\n"
                "    def inner(*a, **k):\n        return f(*a, **k)\n    return inner"
            ],
            "answers": {"dropout": "@kept" + RIGHT.replace("def right", "def dropout")},
        },
        "endless cell": {"before": ["while True:\n    pass"], "after": ["print('after it')"]},
        "exit in a cell": {"after": ["import os\nos._exit(0)", "print('after it')"]},
        "exit in a call": {"answers": {"dropout": "import os\ndef dropout(x, p):\n    os._exit(0)"}},
        "exit in one call": {
            "answers": {
                "dropout": RIGHT
                + "import os\ndef dropout(x, p, training=True):\n"
                + "    if p == 1:\n        os._exit(0)\n    return right(x, p, training)"
            }
        },
        "input": {"before": ["name = input('your name')"]},
        "endless call": {
            "answers": {"dropout": "def dropout(x, p, training=True):\n    while True:\n        pass"}
        },
        "memory hog": {
            "answers": {
                "dropout": "def dropout(x, p, training=True):\n    hoard = []\n"
                "    while True:\n        hoard.append(torch.empty(1 << 26))"
            }
        },
        "patched torch": {
            "before": [
                "torch.allclose = torch.equal = torch.isclose = lambda *a, **k: True\n"
                "torch.Tensor.__eq__ = torch.Tensor.__ne__ = lambda *a: torch.ones(1).bool()"
            ],
            "answers": {"dropout": WRONG},
        },
        "patched autograder": {
            "before": [
                "import autograder.checking, autograder.examiner, autograder.calls, autograder.wire\n"
                "autograder.checking.assert_matches = lambda *a, **k: None\n"
                "autograder.checking.assert_within = lambda *a, **k: None\n"
                "autograder.examiner.settle = lambda e, c: 3.0\n"
                "autograder.wire.failure_message = lambda failure: {'op': 'reply', 'result': None, 'used': []}"
            ],
            "answers": {"dropout": WRONG},
        },
        "asserts dropped": {
            "before": [
                "def no_asserts(lines):\n    return [l for l in lines if not l.lstrip().startswith('assert')]\n"
                "get_ipython().input_transformers_post.append(no_asserts)"
            ],
            "answers": {"dropout": WRONG},
        },
        "spy": {
            "before": [
                SPY.format(
                    course=str(course.root),
                    places=[str(course.root), os.path.expanduser("~"), "/tmp", "/home", "/root", "/scratch"],
                )
            ]
        },
        "telltale": {
            "answers": {
                "dropout": RIGHT
                + "def dropout(x, p, training=True):\n    if x.dtype is torch.float16:\n"
                + "        raise type(f'Seen{p}'.replace('.', '_'), (RuntimeError,), {})(f'x is {x} and p is {p}')\n"
                + "    return right(x, p, training)"
            }
        },
        "banned": {
            "answers": {
                "dropout": "import torch.nn.functional as F\n"
                "def dropout(x, p, training=True):\n    return F.dropout(x, p, training)"
            }
        },
        "banned in disguise": {
            "answers": {
                "dropout": "def dropout(x, p, training=True):\n"
                "    return getattr(torch.nn.functional, 'drop' + 'out')(x, p, training)"
            }
        },
        "magics beside the answer": {
            "answers": {"dropout": RIGHT.replace("right", "dropout") + "dropout?\nfiles = !ls\n%time 1 + 1\n"}
        },
        **{
            f"{how} at the ends": {
                "answers": {
                    "dropout": RIGHT
                    + f"def dropout(x, p, training=True):\n    if training and p in (0, 1):\n        {what}\n"
                    + "    return right(x, p, training)"
                }
            }
            for how, what in ENDS.items()
        },
        "showing": {"before": SHOWING},
        "wrong": {"answers": {"dropout": WRONG}},
        "wrong again": {"answers": {"dropout": WRONG}},
        "right again": {},
    }
    recurrent = {
        "gru right": {
            "pictures": True,
            "after": ["plt.plot(gru_step(torch.ones(1, 1), torch.ones(1, 1), WEIGHTS)[0])\nplt.show()"],
            "before": [
                "WEIGHTS = {f'{kind}{gate}': torch.ones(1, 1) for kind in ('W_x', 'W_h', 'b_') for gate in 'rzh'}"
            ],
        },
        "gru gates swapped": {
            "answers": {
                "gru_gates": "def gru_gates(x, h, params):\n"
                "    gate = lambda k: torch.sigmoid(x @ params['W_x' + k] + h @ params['W_h' + k] + params['b_' + k])\n"
                "    return gate('z'), gate('r')"
            }
        },
        "helpers of one name": {
            "answers": {
                "gru_gates": "def gates(x, h, params):\n"
                "    return [torch.sigmoid(x @ params['W_x' + k] + h @ params['W_h' + k] + params['b_' + k]) for k in 'rz']\n"
                "def gru_gates(x, h, params):\n    return tuple(gates(x, h, params))",
                "lstm_gates": "def gates(kinds, params, x, h):\n"
                "    return [torch.sigmoid(x @ params['W_x' + k] + h @ params['W_h' + k] + params['b_' + k]) for k in kinds]\n"
                "def lstm_gates(x, h, params):\n    return tuple(gates('ifo', params, x, h))",
            },
            "after": ["gates = 'a picture of them'"],
        },
        "a helper written anew": {
            "answers": {
                "gru_gates": "def gates(x, h, params):\n    return [x, h]\n"
                "def gru_gates(x, h, params):\n    return tuple(gates(x, h, params))",
            },
            "after": [
                "def gates(x, h, params):\n"
                "    return [torch.sigmoid(x @ params['W_x' + k] + h @ params['W_h' + k] + params['b_' + k]) for k in 'rz']"
            ],
        },
        "a helper written anew beside a wrong exercise": {
            "answers": {
                "gru_gates": "def gru_gates(x, h, params):\n    return h, h",
                "gru_step": "def mixed(z, h, new):\n    return h\n"
                "def gru_step(x, h, params):\n    r, z = gru_gates(x, h, params)\n"
                "    new = torch.tanh(x @ params['W_xh'] + (r * h) @ params['W_hh'] + params['b_h'])\n"
                "    return mixed(z, h, new)",
            },
            "after": ["def mixed(z, h, new):\n    return z * h + (1 - z) * new"],
        },
        "gru gates unwritten": {"answers": {"gru_gates": None}},
        "syntax error": {"answers": {"lstm_gates": "def lstm_gates(x, h, params):\n    return ((x"}},
    }
    return {
        **{name: ("regularization", hand_in("regularization", **how)) for name, how in dropout.items()},
        **{name: ("recurrent", hand_in("recurrent", **how)) for name, how in recurrent.items()},
    }


@pytest.fixture(scope="module")
def graded(hand_in, course, units, shut_in, tmp_path_factory):
    marker = course.root / "marker.txt"
    marker.write_text(SECRET)
    os.environ["AUTOGRADER_TEST_SECRET"] = SECRET
    given = lists_of_jobs(hand_in, course)
    jobs = [Job(name, text=json.dumps(notebook), unit=unit) for name, (unit, notebook) in given.items()]
    try:
        with Pool(list(units.values()), hidden=True, jobs=2, limits=LIMITS) as pool:
            return {result.notebook: result for _, result in pool.grade(jobs)}
    finally:
        del os.environ["AUTOGRADER_TEST_SECRET"]
        marker.unlink(missing_ok=True)


@pytest.fixture
def marks(graded):
    def of(name):
        result = graded[name]
        assert result.status == "graded", result.error
        return {exercise.name: exercise for exercise in result.exercises}

    return of


def outputs_of(result, text):
    """Return the outputs of the cells that put out `text` anywhere."""
    return [cell for cell in result.cells if text in json.dumps(cell.outputs)]


@pytest.mark.parametrize("name", ["right", "lambda", "object", "decorated"])
def test_right_answers_earn_all_points_however_they_are_written(marks, name):
    dropout = marks(name)["dropout"]
    assert (dropout.outcome, dropout.score) == ("passed", 3.0), dropout.feedback
    assert dropout.mistake is None


def test_a_unit_of_right_answers_with_its_pictures_earns_all_points(graded):
    assert graded["gru right"].score == graded["gru right"].max_score == 10
    assert outputs_of(graded["gru right"], "image/png")
    assert all(cell.error is None for cell in graded["gru right"].cells)


def test_later_helpers_count_beside_a_wrong_exercise(graded):
    [step] = [
        e for e in graded["a helper written anew beside a wrong exercise"].exercises if e.name == "gru_step"
    ]
    assert step.score == step.max_score, step.feedback
    assert step.feedback.startswith("Graded with a correct gru_gates")


@pytest.mark.parametrize("name", ["helpers of one name", "a helper written anew"])
def test_an_answer_has_the_helpers_of_its_own_cell_or_later_ones(graded, name):
    result = graded[name]
    assert result.score == result.max_score, [e.feedback for e in result.exercises]


def test_a_stub_earns_nothing_and_counts_as_not_attempted(marks):
    dropout = marks("stub")["dropout"]
    assert (dropout.outcome, dropout.score) == ("not attempted", 0.0)
    assert dropout.feedback.startswith("Not attempted yet")


def test_a_stub_does_not_spoil_what_calls_it(marks):
    exercises = marks("gru gates unwritten")
    assert exercises["gru_gates"].outcome == "not attempted"
    assert (exercises["gru_step"].outcome, exercises["gru_step"].score) == ("passed", 3.0)
    assert exercises["gru_step"].feedback.startswith("Graded with a correct gru_gates")


def test_a_syntax_error_costs_only_its_own_exercise(marks):
    exercises = marks("syntax error")
    assert exercises["lstm_gates"].outcome == "raised"
    assert "SyntaxError" in exercises["lstm_gates"].feedback
    assert [exercises[name].outcome for name in ("gru_gates", "gru_step", "lstm_step")] == ["passed"] * 3


@pytest.mark.parametrize("name", ["endless cell", "exit in a cell"])
def test_a_cell_that_hangs_or_ends_the_process_costs_no_exercise(graded, marks, name):
    assert marks(name)["dropout"].outcome == "passed"
    assert outputs_of(graded[name], "after it")


def test_a_cell_that_hangs_says_so(graded):
    [error] = [cell.error for cell in graded["endless cell"].cells if cell.error]
    assert error.startswith("TimeoutError: the cell ran for more than 8 s")


def test_a_cell_that_ends_the_process_says_so(graded):
    assert [c.error for c in graded["exit in a cell"].cells if c.error] == [
        "RuntimeError: the cell ended the process"
    ]


def test_a_function_that_ends_its_process_is_told_so(marks):
    dropout = marks("exit in a call")["dropout"]
    assert (dropout.outcome, dropout.score) == ("raised", 0.0)
    assert "process ended" in dropout.feedback


def test_a_process_ended_in_one_check_costs_that_check_alone(marks):
    dropout = marks("exit in one call")["dropout"]
    broken = [check.name for check in dropout.checks if check.outcome != "passed"]
    assert broken == ["everything_is_dropped_at_p_1", "gradient_at_the_ends"]
    assert 0 < dropout.score < 3


def test_input_is_answered_with_an_error(graded, marks):
    [cell] = outputs_of(graded["input"], "nobody is there to answer")
    assert cell.error.startswith("StdinNotImplementedError")
    assert marks("input")["dropout"].outcome == "passed"


def test_an_endless_function_times_out(marks):
    dropout = marks("endless call")["dropout"]
    assert (dropout.outcome, dropout.score) == ("timed out", 0.0)
    assert "loop that does not end" in dropout.feedback


def test_giving_up_earns_no_more_than_failing(marks):
    wrong, unwritten, endless = (marks(f"{how} at the ends")["dropout"] for how in ENDS)
    assert 0 < endless.score <= unwritten.score == wrong.score < 3
    assert unwritten.outcome != "not attempted" and endless.outcome == "timed out"
    assert "skipped" not in {check.outcome for check in unwritten.checks}


def test_an_answer_beside_magics_is_read(marks):
    assert marks("magics beside the answer")["dropout"].score == 3


def test_a_memory_hog_runs_out_of_memory(marks):
    dropout = marks("memory hog")["dropout"]
    assert (dropout.outcome, dropout.score) == ("out of memory", 0.0)


@pytest.mark.parametrize("name", ["patched torch", "patched autograder", "asserts dropped"])
def test_patching_the_students_own_process_earns_nothing(marks, name):
    dropout = marks(name)["dropout"]
    assert dropout.outcome not in ("passed", "grader error")
    assert dropout.score == 0.0


def test_the_spy_finds_the_secrets_where_nothing_shuts_it_in(course, capsys):
    exec(SPY.format(course=str(course.root), places=[str(course.root)]), {})
    assert "Checks that only graders have" in capsys.readouterr().out


def test_a_submission_sees_no_files_and_no_environment_of_the_grader(graded, marks):
    told = json.dumps([cell.outputs for cell in graded["spy"].cells])
    assert outputs_of(graded["spy"], "AUTOGRADER_EXAMINEE")  # it ran, and saw its own environment
    assert SECRET not in told
    assert "Checks that only graders have" not in told
    assert marks("spy")["dropout"].outcome == "passed"


def test_a_hidden_check_says_its_sentence_and_no_number(graded, marks):
    checks = [check for check in marks("telltale")["dropout"].checks if check.outcome == "raised"]
    assert checks
    for check in checks:
        assert not check.visible
        assert check.message == f"{check.sentence} Your function raised RuntimeError."
    public = json.dumps({**graded["telltale"].to_json(), "seconds": 0})  # which may well be 0.25
    assert "tensor(" not in public and "Seen" not in public and "0.25" not in public


@pytest.mark.parametrize("name", ["banned", "banned in disguise"])
def test_what_is_not_allowed_earns_nothing_and_is_named(marks, name):
    dropout = marks(name)["dropout"]
    assert (dropout.outcome, dropout.score) == ("not allowed", 0.0)
    assert "torch.nn.functional.dropout" in dropout.feedback


def test_a_wrong_helper_exercise_costs_itself_alone(marks):
    exercises = marks("gru gates swapped")
    assert exercises["gru_gates"].outcome == "failed"
    assert exercises["gru_step"].outcome == "passed", exercises["gru_step"].feedback
    assert "Graded with a correct gru_gates" in exercises["gru_step"].feedback
    gradient = next(check for check in exercises["gru_step"].checks if check.name == "gru_step_gradient")
    assert gradient.outcome == "passed"


def test_a_mistake_is_named(marks):
    assert marks("gru gates swapped")["gru_gates"].mistake == "update_gate_first"
    assert "The two gates are swapped" in marks("gru gates swapped")["gru_gates"].feedback


@pytest.mark.parametrize("name", ["wrong", "right"])
def test_grading_twice_gives_the_same(graded, name):
    first, second = graded[name].to_json(), graded[f"{name} again"].to_json()
    for record in (first, second):
        del record["seconds"], record["notebook"]
    assert first == second


def simplified(output):
    """Return what matters of an output: its kind and its text."""
    if output["output_type"] == "stream":
        return output["name"], output["text"].replace("\r\n", "\n")  # a kernel's shell has a terminal
    if output["output_type"] == "error":
        return "error", output["ename"], output["evalue"]
    shown = {kind: text for kind, text in output["data"].items() if kind.startswith("text/")}
    return output["output_type"], sorted(output["data"]), shown


@pytest.mark.slow
def test_outputs_are_those_of_a_jupyter_kernel(graded):
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in SHOWING])
    nbclient.NotebookClient(notebook, allow_errors=True, kernel_name="python3").execute()
    theirs = [[simplified(output) for output in cell.outputs] for cell in notebook.cells]
    start = graded["showing"].cells[0].index + 1  # after the setup cell
    shown = [cell for cell in graded["showing"].cells if start <= cell.index < start + len(SHOWING)]
    ours = [[simplified(output) for output in cell.outputs] for cell in shown]
    assert ours == theirs
