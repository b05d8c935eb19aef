"""CONTRIBUTING.md does what it says: its example is followed to the letter in a copy of a course."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

import pytest
from markdown_it import MarkdownIt

pytestmark = pytest.mark.slow
TITLE = "An exercise in an afternoon"


@dataclass
class Block:
    """Hold a fenced block: its language, its text, and the paragraph above it."""

    language: str
    text: str
    above: str


def example(page):
    """Return the blocks of the worked example, in order."""
    above, inside, blocks = "", False, []
    for token in MarkdownIt().parse(page):
        if token.type == "heading_open":
            level = token.tag
        elif token.type == "inline":
            inside = token.content == TITLE if level == "h2" else inside
            above, level = token.content, ""
        elif token.type == "fence" and inside:
            blocks.append(Block(token.info, token.content, above))
            above = ""
    return blocks


@pytest.fixture(scope="module")
def followed(root, copy_course, tmp_path_factory):
    """Follow the example in a copy of the course; return its folder, the exit status of each command, and its output."""
    if shutil.which("git") is None:
        pytest.skip("needs git")
    folder = copy_course(tmp_path_factory.mktemp("afternoon") / "course").root
    for name in ("pyproject.toml", ".gitignore"):
        shutil.copy(root / name, folder)
    environment = {
        **os.environ,
        "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}",
        "GIT_CONFIG_GLOBAL": os.devnull,
        **{f"GIT_{who}_{what}": "author@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }  # fmt: skip

    def run(command):
        ended = subprocess.run(
            command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=600
        )
        return command, ended.returncode, ended.stdout + ended.stderr

    for command in ("git init", "git add .", "git commit -m course"):
        assert run(command)[1] == 0
    ran = []
    for block in example((root / "CONTRIBUTING.md").read_text()):
        if block.language == "sh":
            ran += [run(command) for command in block.text.splitlines()]
        elif "into the cell of `smooth_labels`" in block.above:
            type_answer(folder / "try.ipynb", block.text)
        else:
            path = folder / [part for part in block.above.split("`") if part.startswith("solutions/")][-1]
            assert path.is_file() or path.name == "equivalents.toml"
            path.write_text(block.text)
    return folder, ran, run


def type_answer(path, text):
    """Do what a student does in the notebook."""
    notebook = json.loads(path.read_text())
    [cell] = [
        cell
        for cell in notebook["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "smooth_labels_solution"
    ]
    cell["source"] = text
    path.write_text(json.dumps(notebook))


def test_each_command_of_the_example_ends_as_the_page_says(followed):
    _, ran, _ = followed
    quick, whole = "autograder audit smooth_labels --quick", "autograder audit smooth_labels"
    audits = [(command, code) for command, code, _ in ran if command.startswith("autograder audit")]
    assert audits == [(quick, 1), (quick, 0), (whole, 1), (whole, 0)]
    failed = [(command, said) for command, code, said in ran if code and "audit" not in command]
    assert failed == []


def test_the_first_audit_lists_what_there_is_to_fill_in(followed):
    folder, ran, _ = followed
    said = next(said for command, _, said in ran if "audit" in command)
    for name in (
        "unit.toml",
        "notebook.py",
        "visible_checks.py",
        "hidden_checks.py",
        "mistakes.py",
        "quiz.toml",
    ):
        assert f"solutions/soft_labels/{name}, line " in said
    assert "mistakes.py: 1 so far; write 4" in said and "alternatives.py: 1 so far; write 3" in said
    assert not [
        path
        for path in (folder / "solutions" / "soft_labels").iterdir()
        if path.is_file() and "TODO" in path.read_text()
    ]


def test_the_mutants_that_survive_are_those_that_the_page_names(followed):
    _, ran, _ = followed
    *_, said, _ = [said for command, _, said in ran if "audit" in command]
    survivors = [line for line in said.splitlines() if line.endswith("not caught")]
    assert len(survivors) == 2 and ".detach()" in survivors[0] and ".float()" in survivors[1]
    assert [line for line in said.splitlines() if line.startswith("smooth_labels, ")] == survivors


def test_a_wrong_answer_is_told_what_the_page_says(followed):
    _, ran, _ = followed
    [said] = [said for command, _, said in ran if "score" in command]
    assert "smooth_labels  0 / 2  failed, shared_by_the_others\n" in said


def test_what_is_committed_is_the_unit_and_its_release(followed):
    folder, _, run = followed
    _, _, said = run("git show --name-only --format=%s")
    assert {line.split("/")[0] for line in said.split() if "/" in line} == {"solutions", "assignments"}
    assert "assignments/soft_labels/soft_labels.ipynb" in said
    assert run("git status --porcelain")[2] == ""
    assert (folder / "assignments" / "soft_labels" / "mistakes.json").is_file()
