"""What authors get wrong is told by file, line and remedy; what they have still to write is listed."""

from types import SimpleNamespace

import pytest

from autograder.errors import CourseError
from autograder.examiner import examine
from autograder.form import check_form, missing
from autograder.scaffold import new_exercise, new_unit
from autograder.units import Course

DONE = "    return 2 * x + 1\n"
CORE = "def test_twice_value(twice):\n"
NAMED = '@answer("twice")\n'
SENTENCE = '    """The 1 is left out; add it after doubling."""\n'

# What is done to which file; a text of the line that is to be named, if one can be; what is said.
FAULTS = {
    "bad TOML": ("unit.toml", ("points = 1", "points = = 1"), "", r"Invalid value \(at line 15, column 10\); correct"),
    "an unknown key": ("unit.toml", ("title =", "titel ="), "", "`titel` is no key here; write `title`"),
    "no title": ("unit.toml", ("title =", "#"), "", '`title` is missing or no text; add title = "…"'),
    "no number": ("unit.toml", ("order = 1", 'order = "1"'), "", "`order` is missing or no number above 0; add order"),
    "no points": ("unit.toml", ("points = 1", "#"), "[exercises.twice]", "twice: `points` is missing .*; add points"),
    "points as text": ("unit.toml", ("points = 1", 'points = "1"'), "[exercises.twice]", "`points` is .* no number"),
    "a misspelt key": ("unit.toml", ("points = 1", "point = 1"), "[exercises.twice]", "`point` .*; write `points`"),
    "hints as text": ("unit.toml", ("hints = [", 'hints = "x"\nnot_allowed = ['), "[exercises.twice]", "`hints` is no list"),
    "no table": ("unit.toml", ("[exercises.twice]", "[exercises]\ntwice = 1\n[exercises.third]"), "", "twice: this is 1, no"),
    "no name": ("unit.toml", ("[exercises.twice]", "[exercises.2x]"), "[exercises.2x]", "2x: this cannot be a function's"),
    "no such function": ("unit.toml", ("[exercises.twice]", "[exercises.thrice]"), "", "no function thrice, .*; write it"),
    "a broken line": ("notebook.py", (DONE, "    return 2 *\n"), "return 2 *", "invalid syntax; correct"),
    "a misspelt name": ("notebook.py", (DONE, "    return 2 * x + tocrh.ones(1)\n"), "tocrh", "twice uses tocrh, which .*; move"),
    "a cell's variable": (
        "notebook.py",
        ("def twice(x):", "FACTOR = 2\ndef helper(x):\n    return FACTOR * x\n\ndef twice(x):\n    helper(x)"),
        "return FACTOR", "the reference of twice uses FACTOR, which .*; move it into the function",
    ),
    "a class that breaks": ("notebook.py", ("def twice(x):", "class A(B):\n    pass\n\ndef twice(x):"), "class A", "NameError: .*; corr"),
    "a decorated reference": ("notebook.py", ("def twice(x):", "@torch.no_grad()\ndef twice(x):"), "", "undecorated"),
    "no END": ("notebook.py", ("    ### END SOLUTION\n", ""), "def twice(x)", "marks of twice do not pair up; write ### BEGIN"),
    "END first": ("notebook.py", ("    ### BEGIN SOLUTION\n", "    ### END SOLUTION\n    ### BEGIN SOLUTION\n"), "def twice(x)", "pair"),
    "no BEGIN": ("notebook.py", ("    ### BEGIN SOLUTION\n", ""), "def twice(x)", "twice has 0 cells with its function and .*; give"),
    "two in a cell": ("notebook.py", ("\n\n# %%\ncheck(twice)\n", "\ndef other(x):\n    pass\n"), "def twice(x)", "defines twice and other; let"),
    "no check cell": ("notebook.py", ("check(twice)", "twice(torch.ones(1))"), "def twice(x)", r"and 0 cells with check\(twice\); give"),
    "a check cell of nothing": ("notebook.py", ("check(twice)", "check(twise)"), "check(twise)", "lists no twise; correct"),
    "a broken check": ("visible_checks.py", (CORE, "def test_twice_value(twice)\n"), "def test_twice", "expected ':'; correct"),
    "a missing module": ("visible_checks.py", ("from autograder.checking", "import torche\nfrom autograder.checking"), "import torche", "No module named 'torche'; correct"),
    "a name at the top": ("hidden_checks.py", ("# TODO", "CASES = [case]\n#"), "CASES", "name 'case' is not defined; correct"),
    "no docstring": ("visible_checks.py", ('    """Each element is doubled, then 1 is added."""\n', ""), CORE, "test_twice_value needs a docstring"),
    "no exercise": ("visible_checks.py", ("test_twice_value(twice)", "test_twice_value(twise)"), "(twise)", "asks for no exercise; let"),
    "two exercises": ("visible_checks.py", ("test_twice_value(twice)", "test_twice_value(twice, other)"), "(twice, other)", "asks for twice and other; let"),
    "an unknown argument": ("hidden_checks.py", ("(twice, reference)", "(twice, refrence)"), "refrence", "asks for refrence, .*; let"),
    "a reference where none is": ("visible_checks.py", ("test_twice_value(twice)", "test_twice_value(twice, reference)"), "reference", "students do not have; compare"),
    "a check twice": ("hidden_checks.py", ("test_twice_device", "test_twice_inputs"), "", "test_twice_inputs stands in hidden_checks.py, line .* already; rename"),
    "a check in both files": ("hidden_checks.py", ("test_twice_device", "test_twice_value"), "def test_twice_value", "stands in visible_checks.py, line 13 already; rename"),
    "a broken mistake": ("mistakes.py", ("    return 2 * x\n", "    return 2 x\n"), "return 2 x", "invalid syntax; correct"),
    "a silent mistake": ("mistakes.py", (SENTENCE, ""), "def offset_left_out", "offset_left_out needs a docstring"),
    "an answer to nothing": ("mistakes.py", (NAMED, '@answer("twise")\n'), "def offset_left_out", "answers 'twise', which .*; correct the name"),
    "an empty mark": ("alternatives.py", (NAMED, "@answer\n"), "def added_to_itself", "names no exercise; write @answer"),
    "an answer twice": ("alternatives.py", ("# TODO twice", f'{NAMED}def added_to_itself(x):\n    """One."""\n    return x\n#'), "", "a second time under this name; rename"),
    "a missing helper": ("mistakes.py", ("# TODO twice", "LIMIT = limit\n#"), "LIMIT", "name 'limit' is not defined; correct"),
    "bad TOML of mutants": ("equivalents.toml", None, "", r"Expected '=' after a key .*; correct"),
    "mutants of nothing": ("equivalents.toml", '[twise]\n"a" = "b"\n', "[twise]", "no exercise of unit.toml; correct"),
    "a mutant without reason": ("equivalents.toml", '[other]\n[twice]\n"a" = ""\n', "[twice]", 'write "mutant" = "reason"'),
    "bad TOML of questions": ("quiz.toml", ('kind = "number"', "kind = number"), "", r"Invalid value \(at line 4, "),
    "a question without key": ("quiz.toml", ('answer = "a"', "#"), "[[question]]", "toy_slope: the key is missing; give"),
    "an unknown key of a question": ("quiz.toml", ('answer = "a"', 'answr = "a"'), "[[question]]", "`answr` is no .*; write `answer`"),
}  # fmt: skip


@pytest.fixture
def toy(tmp_path):
    """Make a course of one unit with two exercises, as `autograder new` makes them."""
    (tmp_path / "solutions").mkdir()
    course = Course(tmp_path)
    unit, _ = new_unit(course, "toy")
    for name in ("other", "twice"):
        new_exercise(course, name, "toy")
    return SimpleNamespace(course=course, folder=unit.folder, unit=lambda: course.unit("toy"))


def read_all(toy):
    unit = toy.unit()
    check_form(toy.course, [unit])
    examine([unit], hidden=True, work=lambda examiner: None)


def test_a_unit_as_it_is_started_can_be_read(toy):
    read_all(toy)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_by_file_line_and_remedy(toy, fault):
    name, change, line, said = FAULTS[fault]
    path = toy.folder / name
    if isinstance(change, tuple):
        text = path.read_text()
        at = text.rfind(change[0])  # the exercise twice comes last
        assert at >= 0
        path.write_text(text[:at] + change[1] + text[at + len(change[0]) :])
    else:
        path.write_text(change or "twice")
    with pytest.raises(CourseError, match=said) as caught:
        read_all(toy)
    told = str(caught.value)
    assert told.startswith(str(toy.folder / ("notebook.py" if "no function" in told else name)))
    if line:
        lines = path.read_text().splitlines()
        numbers = [number for number, text in enumerate(lines, start=1) if line.strip() in text]
        assert f", line {numbers[-1]}: " in told
    assert "Traceback" not in told and len(told.splitlines()) == 1


@pytest.mark.parametrize("name", ["unit.toml", "notebook.py", "visible_checks.py"])
def test_a_file_that_is_gone_is_named(toy, name):
    unit = toy.unit()
    (toy.folder / name).unlink()
    with pytest.raises(CourseError, match=f"{name}: there is no such file; a unit's folder needs one"):
        (check_form(toy.course, [unit]) if name != "unit.toml" else type(unit).load(toy.folder))


@pytest.mark.parametrize("name", ["unit.toml", "notebook.py", "hidden_checks.py", "mistakes.py", "quiz.toml"])
def test_another_encoding_is_told_with_the_line(toy, name):
    path = toy.folder / name
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], b"# caf\xe9\n", *lines[2:]]))
    with pytest.raises(CourseError, match=f"{name}, line 3: this is no UTF-8; save the file as UTF-8"):
        read_all(toy)


def test_an_exercise_of_two_units_is_refused(toy):
    unit, _ = new_unit(toy.course, "copy")
    for name in ("unit.toml", "notebook.py"):
        (unit.folder / name).write_text((toy.folder / name).read_text())
    with pytest.raises(CourseError, match=r"other is an exercise of \w+, too; rename one"):
        check_form(toy.course, [toy.unit()])


def test_what_is_still_to_be_written_is_listed(toy):
    def edit(name, old, new):
        path = toy.folder / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    for path in toy.folder.iterdir():
        path.write_text(path.read_text().replace("TODO twice", "done"))
    assert dict(missing(toy.unit(), "twice")) == {
        "solutions/toy/mistakes.py": "1 so far; write 4 mistakes or more",
        "solutions/toy/alternatives.py": "1 so far; write 3 alternatives or more",
    }
    edit("unit.toml", '    "One product and one sum will do, and both take whole tensors.",\n', "")
    edit("notebook.py", '"""Return `2 * x + 1`, element by element.\n', '"""Double."""\n    """')
    edit("hidden_checks.py", "(twice", "(other")
    found = dict(missing(toy.unit(), "twice"))
    assert found["solutions/toy/unit.toml, line 13"].startswith("2 so far; write three hints")
    assert found["solutions/toy/hidden_checks.py"].startswith("no check of twice; write one")
    assert found["solutions/toy/notebook.py, line 60"].startswith("the docstring is no contract yet")


def test_a_todo_of_the_unit_is_told_with_its_first_exercise(toy):
    first = [where for where, what in missing(toy.unit(), "other") if "order" in what or "read above" in what]
    assert first == ["solutions/toy/unit.toml, line 1"]
    assert first[0] not in dict(missing(toy.unit(), "twice"))
