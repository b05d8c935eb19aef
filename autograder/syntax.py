"""Read what a notebook's code says, without running it: definitions, what they reach, and forbidden names in them."""

from __future__ import annotations

import ast
import fnmatch
import functools
import re
import symtable
import warnings
from collections.abc import Iterable, Iterator

UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
# Lines that IPython reads and Python does not: `%time f()`, `!ls`, `f?`, `??f`, `files = !ls`.
COMMAND = re.compile(r"[ \t]*(?:[%!].*|\?{1,2}[^\s#]+|[^\s#'\"]+\?)[ \t;]*")
CAPTURED = re.compile(r"([^=#'\"]+=)[ \t]*[%!].*")


@functools.cache  # cleared before each notebook, whose cells are looked at several times
def parse(source: str) -> ast.Module | None:
    """Parse a cell, leaving out what is IPython's own; None where the rest is not Python."""
    for reading in (str, plain):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(reading(source))
        except UNREADABLE:
            continue
    return None


def plain(source: str) -> str:
    """Return a cell line for line as IPython takes it, without magics, shell lines and questions for help.

    IPython's own transformation reads the whole cell anew for each line that it changes, which takes minutes for a cell
    made for it.
    """
    given = source.split("\n")
    margin = indentation(next(filter(str.strip, given), ""))
    lines: list[str] = []
    goes_on = opened = False
    for line in given:
        line = line.removeprefix(margin)
        captured = CAPTURED.fullmatch(line)
        if goes_on or captured or COMMAND.fullmatch(line):
            goes_on = line.endswith("\\")
            line = f"{captured[1]} None" if captured else f"{indentation(line)}pass" if opened else ""
        opened = line.rstrip().endswith(":") if line.strip() else opened
        lines.append(line)
    return "\n".join(lines)


def indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def problem(source: str) -> str:
    """Say why a cell cannot be parsed."""
    try:
        ast.parse(plain(source))
    except SyntaxError as error:
        return f"{type(error).__name__}: {error.msg}, line {error.lineno} of its cell"
    except UNREADABLE as error:
        return f"{type(error).__name__}: {error}"
    return "the cell cannot be parsed"


def bound_names(node: ast.stmt) -> list[str]:
    """Return the names that a top-level statement binds, imports aside; what is stored within an object binds none."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            inner = [part for target in targets for part in ast.walk(target)]
            return [
                part.id for part in inner if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
            ]
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.AugAssign(target=ast.Name(id=name)):
            return [name]
    return []


def changed_names(node: ast.stmt) -> set[str]:
    """Return the names that a top-level statement binds, and those in whose objects it stores something."""
    targets = node.targets if isinstance(node, ast.Assign) else []
    inside = {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
    return inside.union(bound_names(node))


def statements(tree: ast.Module | None) -> Iterator[ast.stmt]:
    """Yield the top-level statements of a cell, also those inside `if`, `try` and `with`.

    Those of `except` come before those of `try`: a name is theirs where nothing else binds it.
    """

    def walk(body: list[ast.stmt]) -> Iterator[ast.stmt]:
        for node in body:
            yield node
            if isinstance(node, ast.If | ast.Try | ast.With):
                for handler in getattr(node, "handlers", []):
                    yield from walk(handler.body)
                for inner in ("body", "orelse", "finalbody"):
                    yield from walk(getattr(node, inner, []))

    return walk(tree.body if tree else [])


def defined(source: str) -> list[str]:
    """Return the names that a cell's statements bind, imports aside; none where it does not parse."""
    return [name for node in statements(parse(source)) for name in bound_names(node)]


def bindings(tree: ast.Module | None) -> dict[str, ast.stmt | str]:
    """Return what the statements of a cell bind last: names with statements, or with dotted names that are imported."""
    found: dict[str, ast.stmt | str] = {}
    for node in statements(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.update(imported(node))
        else:
            found.update(dict.fromkeys(bound_names(node), node))
    return found


def is_stub(node: ast.stmt) -> bool:
    """Tell whether a function has nothing in it but a docstring and `raise NotImplementedError`."""
    if not isinstance(node, ast.FunctionDef):
        return False
    body = [
        item
        for item in node.body
        if not (isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant))
    ]
    match body:
        case [ast.Raise(exc=ast.Call(func=ast.Name(id="NotImplementedError")))]:
            return True
        case [ast.Raise(exc=ast.Name(id="NotImplementedError"))]:
            return True
    return False


class Code:
    """Hold the top-level bindings of a notebook's cells, in the order of running.

    Of two cells that bind a name the later one wins. But an exercise is called with what its own cell bound, and the
    cells of the exercises that it calls: students put an answer's helpers there, and what other cells call by the same
    names is none of its affair.
    """

    def __init__(self, sources: Iterable[str], exercises: Iterable[str] = ()) -> None:
        self.cells = [bindings(parse(source)) for source in sources]
        self.bound = {name: value for cell in self.cells for name, value in cell.items()}
        self.home = {
            name: place for place, cell in enumerate(self.cells) for name in cell if name in exercises
        }
        self._kept: dict[str, dict[str, int]] = {}

    @property
    def definitions(self) -> dict[str, ast.stmt]:
        """Return what is bound in the end, imports aside, by name."""
        return {name: value for name, value in self.bound.items() if isinstance(value, ast.stmt)}

    def kept(self, name: str) -> dict[str, int]:
        """Return the names that an exercise sees as an earlier cell bound them, and the places of these cells."""
        if name in self.home and name not in self._kept:
            kept: dict[str, int] = {}
            for _ in self.home:  # a helper that is kept may call further exercises, whose cells count, too
                calls = self._follow(name, kept).keys() & self.home.keys() - {name}
                places = [*sorted(self.home[other] for other in calls), self.home[name]]
                last = {key: place for place in places for key in self.cells[place]}
                before, kept = kept, {k: place for k, place in last.items() if self._is_lost(k, place)}
                if kept == before:
                    break
            self._kept[name] = kept
        return self._kept.get(name, {})

    def _is_lost(self, name: str, place: int) -> bool:
        """Tell whether a later cell binds a helper of the cell at `place` anew."""
        return name not in self.home and self.cells[place][name] != self.bound[name]

    def _seen(self, kept: dict[str, int]) -> dict[str, ast.stmt | str]:
        """Return what names stand for, some as earlier cells bound them: statements, or dotted names of imports."""
        return {**self.bound, **{name: self.cells[place][name] for name, place in kept.items()}}

    def _follow(self, name: str, kept: dict[str, int]) -> dict[str, ast.stmt]:
        """Return the definition of `name` and every top-level definition that it leads to, by name."""
        bound = self._seen(kept)
        found: dict[str, ast.stmt] = {}
        waiting = [name]
        while waiting:
            current = waiting.pop()
            value = bound.get(current)
            if isinstance(value, ast.stmt) and current not in found:
                found[current] = value
                waiting += global_names(value)
        return found

    def reached(self, name: str) -> list[ast.stmt]:
        """Return the definition of `name` and every top-level definition that it leads to."""
        return list(dict.fromkeys(self._follow(name, self.kept(name)).values()))

    def uses(self, name: str, others: Iterable[str]) -> list[str]:
        """Return which of `others` the definition of `name` leads to."""
        names = {used for node in self.reached(name) for used in global_names(node)}
        return [other for other in others if other != name and other in names]

    def forbidden(self, name: str, patterns: tuple[str, ...], latest: bool = False) -> list[str]:
        """Return the forbidden dotted names in the definition of `name` and what it leads to.

        With `latest`, it leads to what the last cells bound, whatever its own cell did.
        """
        if not patterns:
            return []
        found: set[str] = set()
        kept = {} if latest else self.kept(name)
        imports = {key: value for key, value in self._seen(kept).items() if isinstance(value, str)}
        for node in self._follow(name, kept).values():
            aliases = dict(imports)
            for inner in ast.walk(node):
                if isinstance(inner, ast.Import | ast.ImportFrom):
                    aliases.update(imported(inner))
            for local in local_names(node) - {key for key in aliases if key not in imports}:
                aliases.pop(local, None)
            found |= {d for d in dotted_names(node, aliases) if matches(d, patterns)}
        return sorted(found)

    def needed(self, source: str, names: Iterable[str]) -> str:
        """Return a cell with every statement blanked out that the definitions of `names` do not lead to.

        What stays keeps its line. A cell that does not parse stays as it is.
        """
        tree = parse(source)
        if tree is None:
            return source
        reached = [node for name in names for node in self.reached(name)]
        used = {used for node in reached for used in global_names(node)}
        wanted = used | set(names)
        kept: set[int] = set()
        for node in tree.body:
            bound = imported(node) if isinstance(node, ast.Import | ast.ImportFrom) else changed_names(node)
            if wanted.intersection(bound) or not isinstance(node, SELF_CONTAINED) or "*" in bound:
                first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
                kept.update(range(first, (node.end_lineno or first) + 1))
        lines = source.split("\n")
        return "\n".join(line if number in kept else "" for number, line in enumerate(lines, 1))

    def keeps_state(self, name: str) -> bool:
        """Tell whether the definition of `name` could leave something behind that a later call sees.

        A guess on the safe side: whatever is not plainly a function of its arguments may keep state.
        """
        reached = [*self.reached(name), *self._follow(name, {}).values()]
        return not reached or any(map(_keeps_state, reached))


# Statements that do nothing but bind names, or whose value nobody sees.
SELF_CONTAINED = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.AnnAssign,
    ast.Expr,
)
STATEFUL_CALLS = {"exec", "eval", "setattr", "delattr", "globals", "vars", "locals", "open", "__import__"}
FIXED = (ast.Constant, ast.Lambda, ast.Tuple, ast.UnaryOp, ast.BinOp, ast.Name, ast.Attribute)


def _keeps_state(node: ast.stmt) -> bool:
    """Tell whether one top-level definition could keep state between calls."""
    if isinstance(node, ast.Assign):
        return not isinstance(node.value, FIXED)
    if not isinstance(node, ast.FunctionDef) or node.decorator_list:
        return True
    local = local_names(node)
    for inner in ast.walk(node):
        match inner:
            case ast.Global() | ast.Nonlocal() | ast.ClassDef():
                return True
            case ast.arguments(defaults=defaults, kw_defaults=keyword_defaults):
                if any(d is not None and not isinstance(d, FIXED) for d in [*defaults, *keyword_defaults]):
                    return True
            case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                base = inner.value
                while isinstance(base, ast.Attribute | ast.Subscript):
                    base = base.value
                if isinstance(base, ast.Name) and base.id not in local:
                    return True
            case ast.Name(id=name) if name in STATEFUL_CALLS:
                return True
            case ast.Attribute(attr=attribute) if attribute.startswith(("set_", "manual_seed", "seed")):
                return True
    return False


@functools.cache
def global_names(node: ast.stmt) -> frozenset[str]:
    """Return the names that a top-level statement looks up in the notebook: not its arguments and local variables."""
    try:
        table = symtable.symtable(ast.unparse(node), "cell", "exec")
    except UNREADABLE:
        return frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name))
    found: set[str] = set()
    tables = [table]
    while tables:
        current = tables.pop()
        tables += current.get_children()
        module = current.get_type() == "module"
        found |= {
            s.get_name() for s in current.get_symbols() if (s.is_referenced() if module else s.is_global())
        }
    return frozenset(found)


def imported(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """Return the names that an import binds, with the dotted names they stand for."""
    if isinstance(node, ast.ImportFrom):
        return {a.asname or a.name: f"{node.module or ''}.{a.name}" for a in node.names}
    return {
        a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0] for a in node.names
    }


def local_names(node: ast.stmt) -> set[str]:
    """Return the names that a definition binds for itself: arguments and assigned variables."""
    names: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.arg):
            names.add(inner.arg)
        elif isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            names.add(inner.id)
        elif isinstance(inner, ast.FunctionDef | ast.ClassDef) and inner is not node:
            names.add(inner.name)
    return names


def dotted_names(node: ast.AST, aliases: dict[str, str]) -> set[str]:
    """Return the full dotted names that a piece of code mentions, through its import aliases."""
    found: set[str] = set()
    for inner in ast.walk(node):
        if name := _dotted(inner, aliases):
            found.add(name)
    return found


def _dotted(node: ast.AST, aliases: dict[str, str]) -> str | None:
    parts: list[str] = []
    while len(parts) < 50:
        match node:
            case ast.Name(id=name):
                base = aliases.get(name)
                return ".".join([base, *reversed(parts)]) if base else None
            case (
                ast.Attribute(value=value, attr=attribute)
                | ast.Call(func=ast.Name(id="getattr"), args=[value, ast.Constant(value=str(attribute)), *_])
            ):
                parts.append(attribute)
                node = value
            case _:
                return None
    return None


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether a dotted name is forbidden by one of the patterns, and excepted by none that begins with `!`."""
    fitting = {p for p in patterns if fnmatch.fnmatchcase(name, p.removeprefix("!"))}
    return bool(fitting) and not any(p.startswith("!") for p in fitting)
