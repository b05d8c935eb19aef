"""Start a unit or an exercise: files that work as they stand, with a TODO wherever an author has to think.

What is written is a small exercise, complete in each of its parts: it can be released, its reference passes its checks,
and its mistake is caught and named. `form.py` says what is still missing.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from autograder.entries import parse, read_text, read_toml
from autograder.errors import CourseError
from autograder.form import Todo, todos
from autograder.quizzes.reading import NAME, load_quiz
from autograder.syntax import bound_names, imported
from autograder.units import Course, Unit, marked_exercise

LONGEST = 32
# The setup cell's id, and what notebooks and files of checks have under these names.
TAKEN = {"after", "answer", "check", "plt", "quiz", "reference", "request", "setup", "torch"}
WIDTH = 110

UNIT = {
    "unit.toml": """\
title = "TITLE"  # TODO UNIT: what students read above it
order = ORDER
""",
    "notebook.py": """\
# %% [markdown]
# # TITLE
#
# TODO UNIT: what goes wrong without what is taught here, and what helps, in a paragraph or two.

# %% tags=["setup"]
import matplotlib.pyplot as plt
import torch

plt.rcParams["figure.figsize"] = (6, 3.5)
torch.set_num_threads(1)  # the computations here are too small to share out
""",
    "visible_checks.py": '"""Checks that students have: TITLE."""\n',
    "hidden_checks.py": '"""Checks for graders alone: TITLE."""\n',
    "mistakes.py": '''\
"""Wrong answers that students give, each with the sentence they are told."""
# ruff: noqa: F811 -- names repeat from exercise to exercise
''',
    "alternatives.py": '''\
"""Right answers written differently."""
# ruff: noqa: F811 -- names repeat from exercise to exercise
''',
    "quiz.toml": """\
# TODO UNIT: questions of several kinds, some of them marked; CONTRIBUTING.md lists the kinds
[[question]]
id = "UNIT_slope"
kind = "number"
topic = "slopes"
text = "What is the slope of $y = {a} x + 1$?"
explanation = "The slope is the factor of $x$; the 1 only moves the line."
answer = "a"
wrong = [{ answer = "a + 1", why = "This is $y$ at $x = 1$; the slope is the factor of $x$ alone." }]
[question.draw]
a = [2, 3, 5]
""",
}

EXERCISE = {
    "unit.toml": """\
[exercises.NAME]
points = 1  # TODO NAME: 1 for a line or two, up to 4 for the hardest
# TODO NAME: not_allowed = ["torch.nn.functional.…"], where torch has it ready-made
hints = [
    # TODO NAME: a nudge, a pointer, a sketch; none of them is the code
    "What happens to each element by itself?",
    "One product and one sum will do, and both take whole tensors.",
    "result = twice x, plus 1, as a new tensor.",
]
""",
    "notebook.py": '''\
# %% [markdown]
# ## TODO NAME: a heading
#
# TODO NAME: what it is for, and the formula:
#
# $$y = 2 x + 1$$


# %%
def NAME(x):
    """Return `2 * x + 1`, element by element.

    TODO NAME: the whole contract: shapes, dtypes, gradients, which arguments are refused, and the source.

    x: floating-point tensor of any shape. Returns a new tensor of the same shape and dtype.
    """
    ### BEGIN SOLUTION
    # TODO NAME: the reference; comments only say why
    return 2 * x + 1
    ### END SOLUTION


# %%
check(NAME)


# %%
@after(NAME)
def picture_of_NAME():
    # TODO NAME: a picture of what the function does
    x = torch.linspace(-2, 2, 41)
    plt.plot(x, NAME(x))
    plt.show()
''',
    "visible_checks.py": '''\
# TODO NAME: the first check is the core; add one for each clause of the contract
def test_NAME_value(NAME):
    """Each element is doubled, then 1 is added."""
    agree(NAME, lambda x: 2 * x + 1, randn(3, 4, seed=1))
''',
    "hidden_checks.py": '''\
# TODO NAME: other sizes, edge cases, float32
def test_NAME_gradient(NAME, reference):
    """The gradient with respect to x is right."""
    agree_in_gradient(NAME, reference, randn(2, 3, 5, seed=2))


def test_NAME_inputs(NAME):
    """The argument is left as it was."""
    assert_inputs_unchanged(NAME, randn(2, 3, seed=3))


def test_NAME_device(NAME):
    """The result is made on the device of x."""
    assert_device(NAME, randn(2, 3, seed=4))
''',
    "mistakes.py": '''\
# TODO NAME: wrong answers as students write them, each wrong in one way; the docstring is what they are told
@answer("NAME")
def offset_left_out(x):
    """The 1 is left out; add it after doubling."""
    return 2 * x
''',
    "alternatives.py": '''\
# TODO NAME: right answers written differently; the docstring says how
@answer("NAME")
def added_to_itself(x):
    """Adds x to itself in the place of a product."""
    return x + x + 1
''',
}

IMPORTS = {
    "notebook.py": ("autograder", ("after", "check")),
    "visible_checks.py": ("autograder.checking", ("agree", "randn")),
    "hidden_checks.py": (
        "autograder.checking",
        ("agree_in_gradient", "assert_device", "assert_inputs_unchanged", "randn"),
    ),
    "mistakes.py": ("autograder.authoring", ("answer",)),
    "alternatives.py": ("autograder.authoring", ("answer",)),
}


def new_unit(course: Course, name: str) -> tuple[Unit, list[Todo]]:
    """Make the folder of a unit without exercises; return the unit and what there is to fill in."""
    units = course.units()
    folder = course.root / "solutions" / name
    refuse_name(name, "unit")
    if name.endswith("_quiz"):
        raise CourseError(f"{name} would be taken for a notebook of questions; choose another name")
    if folder.exists():
        raise CourseError(f"{folder} exists already; choose another name, or add an exercise to it")
    refuse_taken(name, units)
    order = max((unit.order for unit in units.values()), default=0) + 1
    words = {"UNIT": name, "TITLE": name.replace("_", " ").capitalize(), "ORDER": str(order)}
    write({folder / file: filled(text, words) for file, text in UNIT.items()})
    unit = Unit.load(folder)
    return unit, todos(unit)


def new_exercise(course: Course, name: str, unit_name: str) -> tuple[Unit, list[Todo]]:
    """Add an exercise to each file of a unit; return the unit and what there is to fill in."""
    unit = course.unit(unit_name)
    refuse_name(name, "exercise")
    if name.endswith("_solution") or name in TAKEN:
        raise CourseError(f"{name} means something else in a notebook already; choose another name")
    refuse_taken(name, course.units())
    for path, line in bindings(unit, name):
        raise CourseError(f"{path}, line {line}: {name} is there already; choose another name")
    words = {"UNIT": unit.name, "TITLE": unit.title, "ORDER": str(unit.order), "NAME": name}
    texts = {}
    for file, added in EXERCISE.items():
        path = unit.folder / file
        text = read_text(path) if path.is_file() else filled(UNIT[file], words)
        if file in IMPORTS:
            text = with_import(path, text, *IMPORTS[file])
        gap = "\n\n\n" if file.endswith(".py") else "\n\n"
        texts[path] = text.rstrip() + gap + filled(added, words)
    if name not in read_toml(unit.folder / "unit.toml", texts[unit.folder / "unit.toml"]).get(
        "exercises", {}
    ):
        raise CourseError(f"{unit.folder / 'unit.toml'}: write exercises as [exercises.NAME] tables first")
    write(texts)
    unit = Unit.load(unit.folder)
    return unit, [todo for todo in todos(unit) if todo.exercise == name]


def filled(template: str, words: Mapping[str, str]) -> str:
    """Return a template with its words in capitals replaced."""
    return re.sub("|".join(words), lambda match: words[match.group()], template)


def refuse_name(name: str, kind: str) -> None:
    """Raise `CourseError` unless a name can stand in files, code and commands alike."""
    if not NAME.fullmatch(name) or len(name) > LONGEST:
        raise CourseError(
            f"{name!r} cannot be the name of {'an' if kind == 'exercise' else 'a'} {kind}; "
            f"write it in snake_case, in at most {LONGEST} letters, digits and underscores, as layer_norm"
        )
    if keyword.iskeyword(name) or hasattr(builtins, name):
        raise CourseError(f"{name} is a name of Python's own; choose another name, as {name}_{kind}")


def refuse_taken(name: str, units: Mapping[str, Unit]) -> None:
    """Raise `CourseError` where a unit, an exercise or a question has a name: the name is the id everywhere."""
    for unit in units.values():
        if name == unit.name:
            raise CourseError(f"{unit.folder} is a unit of this name; choose another name")
        if name in unit.exercises:
            raise CourseError(
                f"{unit.folder / 'unit.toml'}: {name} is an exercise already; choose another name"
            )
        quiz = load_quiz(unit, keys=False)
        if quiz is not None and name in {question.id for question in quiz.questions}:
            raise CourseError(
                f"{unit.folder / 'quiz.toml'}: a question has the id {name}; choose another name"
            )


def bindings(unit: Unit, name: str) -> Iterator[tuple[Path, int]]:
    """Yield where the unit's files define or import a name; named answers have names of their own."""
    for path in sorted(unit.folder.glob("*.py")):
        for node in parse(path).body:
            named = imported(node) if isinstance(node, ast.Import | ast.ImportFrom) else bound_names(node)
            if name in named and not marked_exercise(node):
                yield path, node.lineno


def with_import(path: Path, text: str, module: str, names: tuple[str, ...]) -> str:
    """Return a file's text with `from module import names`, in the order that the linter asks for."""
    body = parse(path, text).body
    ours = [node for node in body if isinstance(node, ast.ImportFrom) and node.module == module]
    missing = set(names).difference(*map(imported, ours))
    if not missing:
        return text
    lines = text.splitlines(keepends=True)
    if ours:
        first, last = ours[0].lineno - 1, ours[0].end_lineno
        missing |= {ast.unparse(alias) for alias in ours[0].names}
    else:
        first = last = end_of_imports(body, lines)
    ordered = sorted(missing, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    statement = f"from {module} import {', '.join(ordered)}\n"
    if len(statement) > WIDTH:
        statement = f"from {module} import (\n" + "".join(f"    {name},\n" for name in ordered) + ")\n"
    return "".join([*lines[:first], statement if ours or not first else f"\n{statement}", *lines[last:]])


def end_of_imports(body: list[ast.stmt], lines: list[str]) -> int:
    """Return after how many lines a further import belongs: after the first block of them, else after the docstring."""
    end = 0
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            end = node.end_lineno or 0
        elif end or not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            break
    if end:
        return end
    end = (body[0].end_lineno or 0) if body and isinstance(body[0], ast.Expr) else 0
    while end < len(lines) and lines[end].startswith("#"):
        end += 1
    return end


def write(texts: Mapping[Path, str]) -> None:
    """Write files all at once: each beside its place first, then into it."""
    folder = next(iter(texts)).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as draft:
            for path, text in texts.items():
                (Path(draft) / path.name).write_text(text, encoding="utf-8")
                if path.is_file():
                    shutil.copymode(path, Path(draft) / path.name)
            for path in texts:
                os.replace(Path(draft) / path.name, path)
    except OSError as error:
        with suppress(OSError):  # of a unit that is there already
            folder.rmdir()
        raise CourseError(f"{folder}: {error.strerror}; nothing was added") from None
