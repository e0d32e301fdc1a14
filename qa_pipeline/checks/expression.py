"""Expressions over a call's metadata: arithmetic, comparison, ``and``, ``or``, ``not``, ``in``. Nothing else runs.

The expression is parsed by Python's own parser and walked node by node over an allow-list; names are looked up in
the metadata, never in Python. Length, depth and size of numbers are bounded, so that no expression can take long.
"""

from __future__ import annotations

import ast
import operator
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

#: Longer ones belong into several criteria.
MAX_CHARACTERS = 500

#: Operators and brackets inside each other; also the length of a chain such as a + b + c …
MAX_DEPTH = 60

#: Numbers beyond this are mistakes; powers are not offered, so that nothing grows past it by accident.
MAX_NUMBER = 1e15

Value = str | float | bool | tuple["Value", ...]

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}
_ORDER: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_EQUALITY = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)
_SHAPES = (ast.Constant, ast.Name, ast.BoolOp, ast.UnaryOp, ast.BinOp, ast.Compare, ast.Tuple, ast.List)
_SIGNS = (ast.expr_context, ast.boolop, ast.Not, *_EQUALITY)
_ALLOWED: tuple[type, ...] = (*_SHAPES, *_SIGNS, *_BINARY, *_UNARY, *_ORDER)

_CONSTANTS = {"yes": True, "no": False, "true": True, "false": False}
#: How tables write yes and no.
_TRUTHS = _CONSTANTS | {"是": True, "否": False}


#: 1,280.50 as sheets write it.
_GROUPED = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")


class ExpressionError(ValueError):
    """The expression cannot be used, or not on these values. Messages never hold a value: it may be a name."""


class UnknownName(ExpressionError):
    """The metadata does not say this."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the metadata does not say {name}")
        self.name = name


@lru_cache(maxsize=1024)
def parse(text: str) -> ast.expr:
    """The checked tree of an expression; ExpressionError says what is wrong."""
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(f"longer than {MAX_CHARACTERS} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" in a text is no mistake of the program
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise ExpressionError(f"not an expression: {getattr(error, 'msg', 'it cannot be read')}") from None
    for node, depth in _nodes(tree):
        _refuse(node, depth)
    return tree


def _nodes(tree: ast.AST) -> Iterator[tuple[ast.AST, int]]:
    """All nodes with their depth; without recursion, since the tree is not to be trusted yet."""
    waiting = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        waiting += [(child, depth + 1) for child in ast.iter_child_nodes(node)]


def _refuse(node: ast.AST, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ExpressionError(f"nested more than {MAX_DEPTH} deep, or a chain longer than that")
    if not isinstance(node, _ALLOWED):
        raise ExpressionError(f"{type(node).__name__} cannot be used: only arithmetic, comparison, and, or, not, in")
    if isinstance(node, ast.Constant):
        if not isinstance(node.value, str | int | float):
            raise ExpressionError(f"{type(node.value).__name__} cannot be used: only numbers, texts, yes and no")
        if isinstance(node.value, int | float) and not abs(node.value) <= MAX_NUMBER:
            raise ExpressionError(f"numbers may not lie above {MAX_NUMBER:.0e}")


def names(text: str) -> frozenset[str]:
    """The metadata that an expression asks for."""
    found = {node.id for node in ast.walk(parse(text)) if isinstance(node, ast.Name)}
    return frozenset(found - set(_CONSTANTS))


def compared_texts(text: str) -> Iterator[tuple[str, str]]:
    """Each name with each text that it is compared with: ``outcome == "deal"``, ``outcome in ("deal", "refusal")``."""
    for node in ast.walk(parse(text)):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            for comparison, left, right in zip(node.ops, sides, sides[1:], strict=False):
                if isinstance(comparison, ast.Eq | ast.NotEq):
                    yield from (
                        (name, said) for a, b in ((left, right), (right, left)) for name, said in _pairs(a, [b])
                    )
                elif isinstance(right, ast.Tuple | ast.List):
                    yield from _pairs(left, right.elts)


def _pairs(side: ast.expr, others: list[ast.expr]) -> Iterator[tuple[str, str]]:
    if isinstance(side, ast.Name):
        texts = [other.value for other in others if isinstance(other, ast.Constant)]
        yield from ((side.id, said) for said in texts if isinstance(said, str))


def evaluate(text: str, values: Mapping[str, Value | None]) -> bool:
    """Whether the expression is true; UnknownName when a value that decides it is missing."""
    return _truth(_value(parse(text), values))


def _value(node: ast.expr, values: Mapping[str, Value | None]) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return _named(node.id, values)
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(_value(part, values) for part in node.elts)
    if isinstance(node, ast.BoolOp):
        return _joined(node, values)
    if isinstance(node, ast.UnaryOp):
        inner = _value(node.operand, values)
        return (not _truth(inner)) if isinstance(node.op, ast.Not) else _number(_UNARY[type(node.op)], inner)
    if isinstance(node, ast.BinOp):
        return _number(_BINARY[type(node.op)], _value(node.left, values), _value(node.right, values))
    assert isinstance(node, ast.Compare)  # noqa: S101 - parse() lets nothing else through
    return _compared(node, values)


def _named(name: str, values: Mapping[str, Value | None]) -> Value:
    if name in _CONSTANTS:
        return _CONSTANTS[name]
    found = values.get(name)
    if found is None:
        raise UnknownName(name)
    return found


def _joined(node: ast.BoolOp, values: Mapping[str, Value | None]) -> bool:
    """A part that decides alone makes an unknown or unusable one irrelevant."""
    decisive = isinstance(node.op, ast.Or)
    unusable: ExpressionError | None = None
    for part in node.values:
        try:
            if _truth(_value(part, values)) is decisive:
                return decisive
        except ExpressionError as error:
            unusable = unusable or error
    if unusable:
        raise unusable
    return not decisive


def _truth(value: Any) -> bool:
    """Where yes or no is needed, a text of a table must say one of them: 否 is no, and any other is unusable."""
    if not isinstance(value, str):
        return bool(value)
    said = _TRUTHS.get(value.strip().casefold())
    if said is None:
        raise ExpressionError("a text that is neither yes nor no stands where yes or no is needed")
    return said


def _number(operation: Callable[..., Any], *parts: Any) -> float:
    if not all(isinstance(part, int | float) and not isinstance(part, bool) for part in parts):
        raise ExpressionError("arithmetic needs numbers")
    try:
        result = float(operation(*parts))
    except ArithmeticError:
        raise ExpressionError("cannot be computed: a division by zero") from None
    if abs(result) > MAX_NUMBER:
        raise ExpressionError("the result is too large")
    return result


def _compared(node: ast.Compare, values: Mapping[str, Value | None]) -> bool:
    left = _value(node.left, values)
    for comparison, right_node in zip(node.ops, node.comparators, strict=True):
        right = _value(right_node, values)
        if not _holds(comparison, left, right):
            return False
        left = right
    return True


def _holds(comparison: ast.cmpop, left: Any, right: Any) -> bool:
    if isinstance(comparison, ast.Eq | ast.NotEq):
        return _equal(left, right) is isinstance(comparison, ast.Eq)
    if isinstance(comparison, ast.In | ast.NotIn):
        return _inside(left, right) is isinstance(comparison, ast.In)
    if _kind(left) != _kind(right) or _kind(left) == "yes or no":
        raise ExpressionError(f"{_kind(left)} and {_kind(right)} have no order")
    try:
        return bool(_ORDER[type(comparison)](left, right))
    except TypeError:
        raise ExpressionError("lists of different things have no order") from None


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "yes or no"
    return "a text" if isinstance(value, str) else "a list" if isinstance(value, tuple) else "a number"


def _equal(left: Any, right: Any) -> bool:
    """Texts that stand for a number, or for yes and no, equal it: tables hold nothing but texts."""
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(_equal, left, right))
    if _kind(left) == _kind(right):
        return bool(left == right)
    text, other = (left, right) if isinstance(left, str) else (right, left)
    if not isinstance(text, str):
        return False
    if isinstance(other, bool):
        return _TRUTHS.get(text.strip().casefold()) is other
    return not isinstance(other, tuple) and as_number(text) == float(other)


def _inside(left: Any, right: Any) -> bool:
    if isinstance(right, tuple):
        return any(_equal(left, part) for part in right)
    if isinstance(left, str) and isinstance(right, str):
        return left in right
    raise ExpressionError("in needs a list, or a text within a text")


def as_number(text: str) -> float | None:
    """The number that a text of a table stands for; None where it is none, or an id too long for one."""
    plain = text.strip()
    plain = plain.replace(",", "") if _GROUPED.fullmatch(plain) else plain
    if not plain.isascii() or "_" in plain or sum(c.isdigit() for c in plain) not in range(1, 16):
        return None
    try:
        number = float(plain)
    except ValueError:
        return None
    return number if abs(number) <= MAX_NUMBER else None
