"""Find near-identical answers in a class: runs of code tokens, weighted by how rare they are.

Names that an answer makes up for itself, comments, docstrings and layout do not count, so renaming and reformatting
hide nothing. Alike is not copied: short functions leave little room to differ.
"""

from __future__ import annotations

import ast
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from autograder import syntax
from autograder.errors import NotebookError
from autograder.notebooks import Notebook, plan
from autograder.units import Unit

RUN = 4  # tokens
SHORTEST = 80  # with fewer tokens of their own, right answers are alike anyway
LONGEST = 20_000
ROWS = 200  # compared at a time


@dataclass
class Fingerprint:
    """Hold what is compared of one submission: hashes of its tokens, and of each answer as written."""

    student: str
    tokens: dict[str, list[int]] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    wrong: frozenset[str] = frozenset()

    @property
    def size(self) -> int:
        return sum(map(len, self.tokens.values()))


@dataclass(frozen=True)
class Alike:
    """Hold two submissions that are alike, from 0 to 1, and the exercises on which they agree."""

    students: tuple[str, str]
    likeness: float
    same: tuple[str, ...]
    same_names: tuple[str, ...]
    wrong: tuple[str, ...]


def fingerprint(student: str, notebook: Notebook, unit: Unit, wrong: frozenset[str]) -> Fingerprint:
    """Return what is compared of a notebook: each answer with what it leads to, stubs left out."""
    syntax.parse.cache_clear()
    syntax.global_names.cache_clear()
    made = Fingerprint(student, wrong=wrong)
    try:
        code = plan(notebook, unit).code
    except NotebookError:
        return made
    room = LONGEST
    for name in unit.exercises:
        nodes = [node for node in code.reached(name) if not _of_another(node, name, unit)]
        if not nodes or syntax.is_stub(nodes[0]):
            continue
        made.tokens[name] = [_hash(t) for node in nodes for t in tokens(node, syntax.local_names(node))][
            :room
        ]
        made.written[name] = _hash(" ".join(t for node in nodes for t in tokens(node)))
        room -= len(made.tokens[name])
    return made


def _of_another(node: ast.stmt, name: str, unit: Unit) -> bool:
    return any(bound != name and bound in unit.exercises for bound in syntax.bound_names(node))


def _hash(token: str) -> int:
    return zlib.crc32(token.encode("utf-8", "replace"))


def tokens(node: ast.stmt, own: Collection[str] = ()) -> Iterator[str]:
    """Yield the code of a definition in reading order, its `own` names all alike; docstrings and annotations are left out."""
    waiting: list[ast.AST] = [node]
    while waiting:
        current = waiting.pop()
        match current:
            case ast.expr_context():
                continue
            case ast.Name(id=name) | ast.arg(arg=name):
                yield "name" if name in own else name
            case ast.Attribute(attr=name):
                yield f".{name}"
            case ast.keyword(arg=name):
                yield f"{name}="
            case ast.Constant(value=int(value)):
                yield f"{value:x}"  # of any length, where decimal digits have a limit
            case ast.Constant(value=value):
                yield repr(value)
            case ast.Expr(value=ast.Constant()):
                continue  # a docstring
            case _:
                yield type(current).__name__
        annotations = {getattr(current, "annotation", None), getattr(current, "returns", None)}
        waiting += [part for part in reversed([*ast.iter_child_nodes(current)]) if part not in annotations]


def find_alike(prints: Sequence[Fingerprint], least: float) -> list[Alike]:
    """Return the pairs that are at least so much alike, the most telling first.

    The measure is the cosine between counts of runs of tokens, where a run that many have weighs little.
    """
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

    taken = [item for item in prints if item.size >= SHORTEST]
    if len(taken) < 2:
        return []
    counting: Any = HashingVectorizer(analyzer=_runs, n_features=2**20, alternate_sign=False, norm=None)
    weights = TfidfTransformer(sublinear_tf=True).fit_transform(counting.transform(taken)).astype("float32")
    found = []
    for start in range(0, len(taken), ROWS):
        block = (weights[start : start + ROWS] @ weights[start:].T).toarray()
        for row, column in zip(*(block >= least).nonzero(), strict=True):
            if column > row:
                pair = taken[start + row], taken[start + column]
                found.append(_compare(*pair, likeness=min(1.0, float(block[row, column]))))
    return sorted(found, key=lambda pair: (-len(pair.wrong), -pair.likeness, pair.students))


def _runs(item: Fingerprint) -> list[str]:
    stream = list(chain.from_iterable(item.tokens.values()))
    return [str(stream[place : place + RUN]) for place in range(len(stream) - RUN + 1)]


def _compare(one: Fingerprint, other: Fingerprint, likeness: float) -> Alike:
    same = tuple(name for name, tokens in one.tokens.items() if tokens == other.tokens.get(name))
    names = tuple(name for name in same if one.written[name] == other.written[name])
    wrong = tuple(name for name in same if name in one.wrong and name in other.wrong)
    return Alike((one.student, other.student), likeness, same, names, wrong)
