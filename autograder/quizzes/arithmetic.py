"""Evaluate arithmetic that stands in a quiz, or that a student types as a number: numbers and nothing else."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

Number = int | float

LONGEST = 400
MOST_BITS = 2048
MOST_DIGITS = 300
BINARY: dict[type[ast.operator], Callable[[Any, Any], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
FUNCTIONS: dict[str, Callable[..., Number]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "round": lambda number, *digits: round(number, *map(few, digits)),
    "floor": math.floor,
    "ceil": math.ceil,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
}


class NotArithmetic(ValueError):
    """Tell why an expression is not arithmetic that can be evaluated."""


def few(digits: Number) -> int:
    """Return a number of digits to round to: with -10**9, an integer takes hours."""
    if not isinstance(digits, int) or abs(digits) > MOST_DIGITS:
        raise NotArithmetic(f"a number cannot be rounded to {digits} digits here")
    return digits


def evaluate(expression: str, names: Mapping[str, Number] | None = None) -> Number:
    """Return the value of an expression of numbers, the given names, `+ - * / // % **`, comparisons and `FUNCTIONS`.

    Raise `NotArithmetic` for anything else, and where the value is no finite number. A comparison counts as 0 or 1.
    """
    if len(expression) > LONGEST:
        raise NotArithmetic("the expression is too long")
    try:
        tree = ast.parse(expression.strip(), mode="eval")
        value = _value(tree.body, names or {})
    except NotArithmetic:
        raise
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NotArithmetic(f"{expression!r} cannot be read as arithmetic") from None
    except (ZeroDivisionError, OverflowError, TypeError) as error:
        raise NotArithmetic(f"{expression!r} has no value: {error}") from None
    return finite(value)


def finite(value: Any) -> Number:
    """Return a number that is one: comparisons as 0 or 1; raise `NotArithmetic` for nan, infinity and anything else."""
    if isinstance(value, bool):
        return int(value)
    if not isinstance(value, int | float):
        raise NotArithmetic(f"{value!r} is not a number")
    if isinstance(value, float) and not math.isfinite(value):
        raise NotArithmetic(f"{value} is not a finite number")
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise NotArithmetic("the number is too large")
    return value


def _value(node: ast.expr, names: Mapping[str, Number]) -> Number:
    match node:
        case ast.Constant(value=value) if isinstance(value, int | float):
            return finite(value)
        case ast.Name(id=name) if name in names:
            return finite(names[name])
        case ast.Name(id=name):
            known = ", ".join(names) or "none"
            raise NotArithmetic(f"the name {name!r} is not known here; known are: {known}")
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, names)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand, names)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in BINARY:
            return _binary(op, _value(left, names), _value(right, names))
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            values = [_value(part, names) for part in (left, *comparators)]
            holds = []
            for comparison, one, other in zip(ops, values, values[1:], strict=False):
                if type(comparison) not in COMPARISONS:
                    raise NotArithmetic(f"{type(comparison).__name__} is not allowed here")
                holds.append(COMPARISONS[type(comparison)](one, other))
            return int(all(holds))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
            return finite(FUNCTIONS[name](*[_value(argument, names) for argument in arguments]))
        case ast.Call():
            raise NotArithmetic(f"of functions, only {', '.join(FUNCTIONS)} are allowed here")
    raise NotArithmetic(f"{type(node).__name__} is not allowed here")


def _binary(op: ast.operator, left: Number, right: Number) -> Number:
    """Return the result of an operation; powers are looked at before they are taken, since they can grow without end."""
    if isinstance(op, ast.Pow):
        if isinstance(left, int) and isinstance(right, int):
            if right > 0 and max(left.bit_length(), 1) * right > MOST_BITS:
                raise NotArithmetic("the power is too large")
        elif left < 0:
            raise NotArithmetic("a negative number has no real power with a fraction")
    return finite(BINARY[type(op)](left, right))
