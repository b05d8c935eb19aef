"""Machine-made wrong answers: small edits to a reference's syntax tree, one at a time.

A mutant that no check trips shows a clause that nobody checks, or is truly the same function; the latter are set aside
in `equivalents.toml` beside the unit, each with its reason.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from autograder.entries import line_of, parse, read_toml
from autograder.errors import CourseError
from autograder.units import Unit

OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
}
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
}
TWINS = [
    ("sigmoid", "tanh"),
    ("sum", "mean"),
    ("max", "min"),
    ("amax", "amin"),
    ("argmax", "argmin"),
    ("zeros", "ones"),
    ("zeros_like", "ones_like"),
    ("sin", "cos"),
    ("exp", "expm1"),
    ("log", "log1p"),
    ("sqrt", "square"),
    ("floor", "ceil"),
    ("rand", "randn"),
    ("triu", "tril"),
    ("all", "any"),
    ("log_softmax", "softmax"),
    ("maximum", "minimum"),
]
OTHER_NAME = {one: other for pair in TWINS for one, other in (pair, pair[::-1])}
DROPPED = ("clone", "detach", "abs", "contiguous", "clamp", "item", "sqrt", "transpose", "flip", "sort")


@dataclass(frozen=True)
class Mutant:
    """Hold one mutant: what was edited, in one line, and the whole source."""

    exercise: str
    name: str
    source: str

    def function(self, helpers: Mapping[str, Any]) -> Any:
        """Return the mutant as a function, in a namespace of its own that holds the helpers as well."""
        namespace = dict(helpers)
        exec(compile(self.source, f"<answer {self.exercise}>", "exec"), namespace)
        return namespace[self.exercise]


def mutants(unit: Unit, exercise: str) -> list[Mutant]:
    """Return the mutants of an exercise's reference, in the order of the source; helpers of it stay as they are."""
    tree = parse(unit.source)
    [reference] = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == exercise]
    found: dict[str, Mutant] = {}
    plain = ast.unparse(without_docstring(reference))
    for name, changed in edits(without_docstring(reference)):
        source = ast.unparse(ast.fix_missing_locations(changed)) + "\n"
        if source.strip() == plain.strip():
            continue
        label, number = name, 2
        while label in found and found[label].source != source:
            label, number = f"{name} ({number})", number + 1
        found[label] = Mutant(exercise, label, source)
    return list(found.values())


def without_docstring(function: ast.FunctionDef) -> ast.FunctionDef:
    """Return a copy of a function without its docstring and decorators."""
    made = copy.deepcopy(function)
    if ast.get_docstring(made) is not None:
        made.body = made.body[1:] or [ast.Pass()]
    made.decorator_list = []
    return made


def edits(function: ast.FunctionDef) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield every edit of a function: its name, and the function with it."""
    total = sum(1 for _ in ast.walk(function))
    for position in range(total):
        node = nth(function, position)
        for replacement in replacements(node):
            changed = copy.deepcopy(function)
            target = nth(changed, position)
            if replace_node(changed, target, replacement):
                yield f"{line(node)} -> {line(replacement) or 'nothing'}", changed


def nth(function: ast.FunctionDef, position: int) -> ast.AST:
    """Return a node by its place in the order of `ast.walk`."""
    return next(node for index, node in enumerate(ast.walk(function)) if index == position)


def line(node: ast.AST | None) -> str:
    """Return a node as one line of source."""
    return " ".join(ast.unparse(ast.fix_missing_locations(node)).split()) if node is not None else ""


def replace_node(root: ast.AST, target: ast.AST, replacement: ast.AST | None) -> bool:
    """Put a copy of `replacement` in the place of `target`; None takes a statement out. Return whether it was done."""
    for parent in ast.walk(root):
        for field, value in ast.iter_fields(parent):
            if value is target and replacement is not None:
                setattr(parent, field, copy.deepcopy(replacement))
                return True
            if isinstance(value, list) and any(item is target for item in value):
                index = next(i for i, item in enumerate(value) if item is target)
                if replacement is not None:
                    value[index] = copy.deepcopy(replacement)
                elif len(value) > 1:
                    del value[index]
                else:
                    value[index] = ast.Pass()
                return True
    return False


def replacements(node: ast.AST) -> Iterator[ast.AST | None]:
    """Yield what may stand in the place of a node; None for nothing."""
    for rule in RULES:
        yield from rule(node)


def operators(node: ast.AST) -> Iterator[ast.AST]:
    """Change an operator, or drop one of its terms."""
    if isinstance(node, ast.BinOp):
        for kind in OPERATORS.get(type(node.op), ()):
            yield ast.BinOp(node.left, kind(), node.right)
        if isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div | ast.Pow):
            yield node.left
        if isinstance(node.op, ast.Add | ast.Mult):
            yield node.right
        if isinstance(node.op, ast.MatMult):
            yield ast.BinOp(node.left, ast.MatMult(), ast.Attribute(node.right, "mT", ast.Load()))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        yield node.operand


def comparisons(node: ast.AST) -> Iterator[ast.AST]:
    """Change a comparison, or one link of a chain."""
    if isinstance(node, ast.Compare):
        for index, op in enumerate(node.ops):
            for kind in COMPARISONS.get(type(op), ()):
                yield ast.Compare(
                    node.left, [*node.ops[:index], kind(), *node.ops[index + 1 :]], node.comparators
                )
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.And() if isinstance(node.op, ast.Or) else ast.Or(), node.values)
        yield from node.values
    elif isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse


def constants(node: ast.AST) -> Iterator[ast.AST]:
    """Change a number by one, or by half; an axis is such a number; turn a truth value."""
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
        yield ast.Constant(value - 1)
    elif isinstance(value, float) and value == value and abs(value) != float("inf"):
        yield ast.Constant(value * 1.5 if value else 1.0)


def calls(node: ast.AST) -> Iterator[ast.AST]:
    """Call a function's twin, swap two arguments, leave a keyword or a method out."""
    if not isinstance(node, ast.Call):
        return
    match node.func:
        case ast.Attribute(value=value, attr=name) if name in OTHER_NAME:
            yield ast.Call(ast.Attribute(value, OTHER_NAME[name], ast.Load()), node.args, node.keywords)
        case ast.Name(id=name) if name in OTHER_NAME:
            yield ast.Call(ast.Name(OTHER_NAME[name], ast.Load()), node.args, node.keywords)
    for index in range(len(node.args) - 1):
        swapped = [*node.args]
        swapped[index], swapped[index + 1] = swapped[index + 1], swapped[index]
        yield ast.Call(node.func, swapped, node.keywords)
    for index in range(len(node.keywords)):
        yield ast.Call(node.func, node.args, [*node.keywords[:index], *node.keywords[index + 1 :]])
    if isinstance(node.func, ast.Attribute) and node.func.attr in DROPPED:
        yield node.func.value


def statements(node: ast.AST) -> Iterator[ast.AST | None]:
    """Leave a statement out, or take the other branch."""
    if isinstance(node, ast.AugAssign | ast.Raise):
        yield None
    elif isinstance(node, ast.If):
        yield None
        yield ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
    elif isinstance(node, ast.For | ast.While) and not any(isinstance(n, ast.Return) for n in ast.walk(node)):
        yield None
    elif isinstance(node, ast.Break):
        yield ast.Continue()


def returns(node: ast.AST) -> Iterator[ast.AST]:
    """Return results in another order, in another dtype, or cut from the graph."""
    if not isinstance(node, ast.Return) or node.value is None:
        return
    if isinstance(node.value, ast.Tuple) and len(node.value.elts) > 1:
        yield ast.Return(ast.Tuple([*node.value.elts[1:], node.value.elts[0]], ast.Load()))
        for index, part in enumerate(node.value.elts):
            parts = [*node.value.elts]
            parts[index] = method(part, "detach")
            yield ast.Return(ast.Tuple(parts, ast.Load()))
    elif isinstance(node.value, ast.BinOp | ast.Call | ast.Name | ast.Attribute | ast.Subscript):
        yield ast.Return(method(node.value, "detach"))
        yield ast.Return(method(node.value, "float"))


def method(value: ast.expr, name: str) -> ast.Call:
    return ast.Call(ast.Attribute(value, name, ast.Load()), [], [])


def slices(node: ast.AST) -> Iterator[ast.AST]:
    """Leave out one end of a slice, or its step."""
    if isinstance(node, ast.Slice):
        for field in ("lower", "upper", "step"):
            if getattr(node, field) is not None:
                kept = {name: getattr(node, name) for name in ("lower", "upper", "step") if name != field}
                yield ast.Slice(**kept)


RULES: list[Callable[[ast.AST], Iterator[ast.AST | None]]] = [
    operators,
    comparisons,
    constants,
    calls,
    statements,
    returns,
    slices,
]


def set_aside(name: str, entries: Iterable[str]) -> str | None:
    """Return the entry that sets a mutant aside: its name, or a pattern in which * stands for anything."""
    for entry in entries:
        if entry == name or ("*" in entry and re.fullmatch(re.escape(entry).replace(r"\*", ".*"), name)):
            return entry
    return None


def equivalents(unit: Unit) -> dict[str, dict[str, str]]:
    """Return the mutants set aside as the same function, by exercise and name, each with its reason."""
    path = unit.folder / "equivalents.toml"
    if not path.is_file():
        return {}
    facts = read_toml(path)
    for name, entries in facts.items():
        where = f"{path}{line_of(path, re.escape(f'[{name}]'))}: [{name}]"
        if name not in unit.exercises:
            raise CourseError(f"{where} is no exercise of unit.toml; correct the name")
        if not isinstance(entries, dict) or not all(isinstance(why, str) and why for why in entries.values()):
            raise CourseError(f'{where} does not say why; write "mutant" = "reason" below it')
    return facts
