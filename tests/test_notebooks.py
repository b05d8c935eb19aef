"""Notebooks as strangers hand them in: what can be understood is, what was mended is said, the rest is refused."""

import json

import pytest

from autograder import notebooks
from autograder.errors import NotebookError
from autograder.notebooks import identify, parse_notebook, plan, read_notebook
from autograder.units import Exercise, Unit

STUB = "def dropout(x, p):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
ANSWER = "def dropout(x, p):\n    return x"


@pytest.fixture
def fake_units(tmp_path):
    """Two units that share an exercise's name."""
    made = {"alpha": ["dropout", "shared"], "beta": ["gru", "shared"]}
    return {
        name: Unit(name, tmp_path, name, order, {e: Exercise(e, 1.0) for e in exercises})
        for order, (name, exercises) in enumerate(made.items())
    }


def cell(source, kind="code", grade_id="", grade=False):
    entry = {"nbgrader": {"grade_id": grade_id, "grade": grade, "solution": not grade}} if grade_id else {}
    return {"cell_type": kind, "metadata": entry, "source": source, "outputs": []}


def content(*sources, **more):
    cells = [source if isinstance(source, dict) else cell(source) for source in sources]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}


def parsed(*sources, **more):
    return parse_notebook(json.dumps(content(*sources, **more)).encode(), "x.ipynb")


@pytest.mark.parametrize(
    ("encoding", "repair"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", "encoded as utf-16"),
        ("utf-16-le", "encoded as utf-16-le"),
        ("utf-16-be", "encoded as utf-16-be"),
        ("utf-32", "encoded as utf-32"),
        ("cp1252", "read as Windows-1252"),
    ],
)
def test_every_encoding_is_read(encoding, repair):
    text = json.dumps(content("s = 'grün – café'"), ensure_ascii=False)
    notebook = parse_notebook(text.encode(encoding), "x.ipynb")
    assert [c.source for c in notebook.cells] == ["s = 'grün – café'"]
    assert (repair in notebook.repairs[0]) if repair else notebook.repairs == []


def test_format_3_is_read():
    sheet = {"cells": [{"cell_type": "code", "input": ["a = 1\n", "b = 2"], "language": "python"}]}
    notebook = parse_notebook(json.dumps({"nbformat": 3, "worksheets": [sheet]}).encode(), "x.ipynb")
    assert [c.source for c in notebook.code_cells] == ["a = 1\nb = 2"]
    assert notebook.repairs == ["the notebook was of the old format 3"]


@pytest.mark.parametrize("source", ["a = 1\nb = 2", ["a = 1\n", "b = 2"], "a = 1\r\nb = 2"])
def test_a_source_may_be_text_or_lines(source):
    assert parsed(cell(source)).cells[0].source == "a = 1\nb = 2"


@pytest.mark.parametrize("metadata", [None, [], "x", {"nbgrader": 3}, {"nbgrader": {"grade_id": [1]}}])
def test_missing_or_strange_metadata_does_no_harm(metadata):
    [read] = parsed({"cell_type": "code", "source": "a", "metadata": metadata}).cells
    assert (read.source, read.grade_id, read.is_grade) == ("a", "", False)
    assert parsed("a", metadata=metadata).metadata == (metadata if isinstance(metadata, dict) else {})


@pytest.mark.parametrize("broken", [3, None, [], {}, {"cell_type": "code", "source": 5}, {"source": "a"}])
def test_a_cell_that_cannot_be_read_is_left_out_and_said(broken):
    data = content("a = 1")
    data["cells"].append(broken)
    notebook = parse_notebook(json.dumps(data).encode(), "x.ipynb")
    assert [c.source for c in notebook.cells] == ["a = 1"]
    assert notebook.repairs == ["1 cells could not be read and were left out"]


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", "the file is empty"),
        (b" \n ", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b"%PDF-1.4", "not a notebook"),
        (b"[]", "no object at the top"),
        (b"7", "no object at the top"),
        (b'"cells"', "no object at the top"),
        (b"{}", "it has no cells"),
        (b'{"cells": 3}', "it has no cells"),
        (b'{"cells": [{"cell_type": "code", "sour', "not a notebook"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"cells":' * 100_000, "nested too deeply"),
        (b"\x89PNG\r\n\x1a\n\x81\x8d", "not a text file"),
        (json.dumps(content(*["a"] * (notebooks.MAX_CELLS + 1))).encode(), "too many"),
        (json.dumps(content("a" * (notebooks.MAX_SOURCE + 1))).encode(), "too much code"),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value[:20]),
)
def test_what_is_no_notebook_is_refused_with_file_and_cause(data, cause):
    with pytest.raises(NotebookError, match=f"x.ipynb: .*{cause}"):
        parse_notebook(data, "x.ipynb")


def test_a_number_too_long_to_read_is_refused():
    with pytest.raises(NotebookError, match=r"x\.ipynb: this is not a notebook"):
        parse_notebook(b'{"cells": ' + b"9" * 10_000 + b"}", "x.ipynb")


def test_files_that_cannot_be_read_are_refused_with_file_and_cause(tmp_path, monkeypatch):
    with pytest.raises(NotebookError, match=r"none\.ipynb: No such file"):
        read_notebook(tmp_path / "none.ipynb")
    with pytest.raises(NotebookError, match="this is not a file"):
        read_notebook(tmp_path)
    monkeypatch.setattr(notebooks, "MAX_FILE", 10)
    (tmp_path / "large.ipynb").write_text(json.dumps(content()))
    with pytest.raises(NotebookError, match=r"large\.ipynb: .* too large"):
        read_notebook(tmp_path / "large.ipynb")


def test_a_unit_is_known_by_its_metadata(fake_units):
    notebook = parsed("def gru(): pass", metadata={"autograder": {"unit": "alpha"}})
    assert identify(notebook, fake_units).name == "alpha"
    assert notebook.repairs == []


@pytest.mark.parametrize(
    "source",
    ["def gru():\n    pass", "gru = lambda x: x", "check(gru)", cell("broken (", grade_id="gru_solution")],
    ids=["function", "lambda", "check", "cell id"],
)
@pytest.mark.parametrize("metadata", [{}, {"autograder": 5}, {"autograder": {"unit": ["alpha"]}}], ids=str)
def test_a_unit_is_known_by_its_exercises(fake_units, source, metadata):
    notebook = parsed(source, metadata=metadata)
    assert identify(notebook, fake_units).name == "beta"
    assert notebook.repairs == ["the unit was recognised by its exercises as beta"]


def test_an_ambiguous_notebook_is_refused(fake_units):
    with pytest.raises(NotebookError, match=r"x\.ipynb: it could be of alpha or beta"):
        identify(parsed("def shared(): pass"), fake_units)


def test_a_notebook_of_another_course_is_refused(fake_units):
    with pytest.raises(NotebookError, match=r"x\.ipynb: it defines no exercise of the course"):
        identify(parsed("def knit(): pass", cell("gru", "markdown")), fake_units)


def planned(fake_units, *sources, setup=""):
    notebook = parsed(*sources)
    made = plan(notebook, fake_units["alpha"], setup)
    return notebook, made, [c.source for c in made.cells]


def test_an_untouched_copy_of_the_stub_is_left_out_wherever_it_stands(fake_units):
    for order in ([STUB, ANSWER], [ANSWER, STUB]):
        notebook, made, sources = planned(fake_units, *order)
        assert sources == [ANSWER]
        assert made.defined_in["dropout"] == order.index(ANSWER)
        assert "an untouched copy of the stub of dropout was left out" in notebook.repairs


def test_a_copied_cell_with_the_same_id_is_no_trouble(fake_units):
    copies = [cell(ANSWER, grade_id="dropout_solution"), cell(STUB, grade_id="dropout_solution")]
    assert planned(fake_units, *copies)[2] == [ANSWER]


def test_the_last_of_two_answers_counts(fake_units):
    notebook, made, sources = planned(fake_units, ANSWER, "def dropout(x, p):\n    return 2 * x")
    assert len(sources) == 2 and made.defined_in["dropout"] == 1
    assert "dropout is defined in 2 cells; the last one counts" in notebook.repairs


def test_an_answer_in_case_an_import_fails_is_found(fake_units):
    fallback = f"except ImportError:\n    {ANSWER}".replace("\n    return", "\n        return")
    for tried in ("import fast", "dropout = fast"):
        notebook, made, _ = planned(fake_units, f"try:\n    {tried}\n{fallback}")
        assert made.defined_in["dropout"] == 0
        assert not [repair for repair in notebook.repairs if "dropout" in repair]


def test_an_answer_in_another_cell_is_found(fake_units):
    _, made, sources = planned(fake_units, cell(STUB, grade_id="dropout_solution"), "y = 1", ANSWER)
    assert sources == ["y = 1", ANSWER] and made.defined_in["dropout"] == 2


def test_check_cells_are_not_run(fake_units):
    locked = cell("import os", grade_id="dropout", grade=True)
    assert planned(fake_units, ANSWER, "# mine\ncheck(dropout);", locked, "check(dropout), print()")[2] == [
        ANSWER,
        "check(dropout), print()",
    ]


def test_a_missing_setup_cell_is_put_first_and_said(fake_units):
    notebook, _, sources = planned(fake_units, ANSWER, setup="import torch")
    assert sources == ["import torch", ANSWER]
    assert "the setup cell was missing; the released one was run instead" in notebook.repairs


@pytest.mark.parametrize(
    "own", [cell("import torch as t", grade_id="setup"), "import torch\n"], ids=["id", "text"]
)
def test_a_setup_cell_that_is_there_stays(fake_units, own):
    notebook, _, sources = planned(fake_units, own, ANSWER, setup="import torch")
    assert len(sources) == 2
    assert not [text for text in notebook.repairs if "setup" in text]


def test_a_syntax_error_is_pinned_to_its_exercise(fake_units):
    notebook, made, _ = planned(fake_units, "def dropout(x, p:\n    return", "def shared(): pass")
    assert made.broken == {"dropout": "SyntaxError: '(' was never closed, line 1 of its cell"}
    assert "no cell defines dropout" not in notebook.repairs


def test_an_exercise_that_is_nowhere_is_said(fake_units):
    assert "no cell defines shared" in planned(fake_units, ANSWER)[0].repairs


def test_code_that_cannot_even_be_parsed_safely_breaks_nothing(fake_units):
    _, made, _ = planned(fake_units, "dropout = " + "(" * 5000, "dropout = 1\0", ANSWER)
    assert made.defined_in["dropout"] == 2
