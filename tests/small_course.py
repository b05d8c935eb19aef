"""Make a course of a few exercises out of this one's units, so that tests of the program stay quick as the course grows."""

import ast
import json
import re
import tomllib

KEPT = {
    "regularization": ("dropout",),
    "recurrent": ("gru_gates", "gru_step", "lstm_gates", "lstm_step"),
}


def reduce_unit(source, target, kept):
    """Write a unit's author's side with some of its exercises."""
    target.mkdir(parents=True)
    facts = tomllib.loads((source / "unit.toml").read_text())
    others = set(facts["exercises"]) - set(kept)
    (target / "unit.toml").write_text(unit_text(facts, kept))
    (target / "notebook.py").write_text(notebook_text((source / "notebook.py").read_text(), others))
    for name in ("visible_checks.py", "hidden_checks.py"):
        (target / name).write_text(without_checks((source / name).read_text(), others))
    for name in ("mistakes.py", "alternatives.py"):
        (target / name).write_text(without_answers((source / name).read_text(), others))


def unit_text(facts, kept):
    """Return a unit.toml with some of the exercises; JSON's texts and lists are TOML's as well."""
    lines = [f"title = {json.dumps(facts['title'])}", f"order = {facts['order']}"]
    lines.append(f"not_allowed = {json.dumps(facts.get('not_allowed', []))}")
    for name in kept:
        lines.append(f"[exercises.{name}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in facts["exercises"][name].items()]
    return "\n".join(lines) + "\n"


def notebook_text(text, others):
    """Return a notebook without the cells of some exercises, and without experiments."""
    head, *cells = re.split(r"(?m)^(?=# %%)", text)
    return head + "".join(cell for cell in cells if not belongs(cell, others))


def belongs(cell, others):
    if "@after(" in cell or re.search(rf"(?m)^check\(({'|'.join(others or ['-'])})\)", cell):
        return True
    return "### BEGIN SOLUTION" in cell and any(re.search(rf"(?m)^def {name}\(", cell) for name in others)


def without_checks(text, others):
    """Return a file of checks without those of some exercises."""
    tree = ast.parse(text)
    tree.body = [
        node
        for node in tree.body
        if not isinstance(node, ast.FunctionDef)
        or not node.name.startswith("test_")
        or not {argument.arg for argument in node.args.args} & others
    ]
    return ast.unparse(tree) + "\n"


def without_answers(text, others):
    """Return a file of named answers without those to some exercises."""
    tree = ast.parse(text)
    tree.body = [node for node in tree.body if not {*answered(node)} & others]
    return ast.unparse(tree) + "\n"


def answered(node):
    for decorator in getattr(node, "decorator_list", []):
        if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == "answer":
            yield decorator.args[0].value
