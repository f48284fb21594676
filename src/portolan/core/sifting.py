"""Which leaves of a filter expression are answered from codes and numbers in memory, and how.

A state a row, uint8: NO, UNKNOWN or YES. SQL's three-valued logic on these is arithmetic: AND is the minimum, OR the
maximum, NOT the distance from YES.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from sqlglot import exp

from portolan.core.expression import CALL_COLUMN, Leaf, Polygon, call_of, known_column

NO, UNKNOWN, YES = 0, 1, 2
States = NDArray[np.uint8]
Scalar = str | int | float | bool


@dataclass(frozen=True)
class IsIn:
    """The column's value is one of `values`."""

    column: str
    values: tuple[Scalar, ...]


@dataclass(frozen=True)
class Between:
    """The column's number lies between two others. `is_time`: seconds since 1970 of a column that tells when."""

    column: str
    low: float = -math.inf
    high: float = math.inf
    has_low: bool = True
    has_high: bool = True
    is_time: bool = False


@dataclass(frozen=True)
class IsMissing:
    """The column has no value."""

    column: str


@dataclass(frozen=True)
class HasTag:
    """The column's list holds a tag; `tag` None: it holds nothing at all."""

    column: str
    tag: str | None


@dataclass(frozen=True)
class InArea:
    """The row's point on a layout lies in a polygon, in map units."""

    layout: str
    polygon: Polygon


Test = IsIn | Between | IsMissing | HasTag | InArea

_MIRRORED: dict[type[exp.Expression], type[exp.Expression]] = {
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
    exp.EQ: exp.EQ,
}


def quick_test(leaf: Leaf, columns: Sequence[str]) -> Test | None:
    """The test that a leaf is; None where only a database can answer it."""
    tree = leaf.tree
    if isinstance(tree, exp.Anonymous) and len(leaf.calls) == 1 and leaf.sql == f'"{CALL_COLUMN.format(0)}"':
        call = leaf.calls[0]
        return InArea(str(call.argument), call.polygon) if call.name == "in_area" else None
    if isinstance(tree, exp.Is) and isinstance(tree.expression, exp.Null):
        subject = _subject(tree.this, columns)
        return IsMissing(subject[0]) if subject else None
    if isinstance(tree, exp.ArrayContains):
        return _tag_test(tree.this, scalar_of(tree.expression), columns)
    if isinstance(tree, exp.EQ) and isinstance(tree.expression, exp.Array) and not tree.expression.expressions:
        return _tag_test(tree.this, None, columns, is_empty=True)
    if isinstance(tree, exp.In):
        return _in_test(tree, columns)
    if isinstance(tree, exp.Between):
        return _range_test(tree.this, columns, low=tree.args["low"], high=tree.args["high"])
    if type(tree) in _MIRRORED:
        return _comparison(tree, columns)
    return None


def _tag_test(
    node: exp.Expression, tag: Scalar | None, columns: Sequence[str], *, is_empty: bool = False
) -> HasTag | None:
    subject = _subject(node, columns)
    if not subject or subject[1] or not (is_empty or isinstance(tag, str)):
        return None
    return HasTag(subject[0], tag if isinstance(tag, str) else None)


def _in_test(tree: exp.In, columns: Sequence[str]) -> IsIn | None:
    subject = _subject(tree.this, columns)
    values = [scalar_of(node) for node in tree.expressions]
    # `IN (SELECT …)` and `IN UNNEST(…)` have no such list.
    if not subject or subject[1] or not values or any(value is None for value in values):
        return None
    return IsIn(subject[0], tuple(value for value in values if value is not None))


def _comparison(tree: exp.Expression, columns: Sequence[str]) -> Test | None:
    kind: type[exp.Expression] = type(tree)
    left, right = tree.this, tree.expression
    if _subject(left, columns) is None:
        kind, left, right = _MIRRORED[kind], right, left
    subject = _subject(left, columns)
    if subject is None:
        return None
    if kind is exp.EQ and not subject[1]:
        value = scalar_of(right)
        return None if value is None else IsIn(subject[0], (value,))
    if kind is exp.EQ:
        return _range_test(left, columns, low=right, high=right)
    if kind in (exp.GT, exp.GTE):
        return _range_test(left, columns, low=right, has_low=kind is exp.GTE)
    return _range_test(left, columns, high=right, has_high=kind is exp.LTE)


def _range_test(
    left: exp.Expression,
    columns: Sequence[str],
    *,
    low: exp.Expression | None = None,
    high: exp.Expression | None = None,
    has_low: bool = True,
    has_high: bool = True,
) -> Between | None:
    subject = _subject(left, columns)
    if subject is None:
        return None
    column, is_time = subject
    bounds = [
        open_end if node is None else (_seconds_of(node) if is_time else _number_of(node))
        for node, open_end in ((low, -math.inf), (high, math.inf))
    ]
    if bounds[0] is None or bounds[1] is None:
        return None
    return Between(column, bounds[0], bounds[1], has_low, has_high, is_time)


def _subject(node: exp.Expression, columns: Sequence[str]) -> tuple[str, bool] | None:
    """The whole column that `node` is, and whether as a time."""
    if isinstance(node, exp.Column) and len(node.parts) == 1:
        return known_column(node, columns), False
    call = call_of(node, columns) if isinstance(node, exp.Time) else None
    return (str(call.argument), True) if call else None


def scalar_of(node: exp.Expression) -> Scalar | None:
    """The value that a literal says; None for what is no literal."""
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.Literal) and node.is_string:
        return str(node.this)
    return _number_of(node)


def _number_of(node: exp.Expression) -> int | float | None:
    if isinstance(node, exp.Neg):
        number = _number_of(node.this)
        return None if number is None else -number
    if not isinstance(node, exp.Literal) or node.is_string:
        return None
    text = str(node.this)
    return int(text) if text.isdigit() else float(text)


def _seconds_of(node: exp.Expression) -> float | None:
    """Seconds since 1970 of a date or timestamp in quotes, with or without its type before it."""
    if isinstance(node, exp.Cast):
        node = node.this
    if not isinstance(node, exp.Literal) or not node.is_string:
        return None
    try:
        moment = datetime.fromisoformat(str(node.this).strip())
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def join_states(how: str, parts: Sequence[States]) -> States:
    """AND or OR of states of rows."""
    result = parts[0]
    for part in parts[1:]:
        result = np.minimum(result, part) if how == "and" else np.maximum(result, part)
    return result


def states_by_code(is_yes: NDArray[np.bool_], codes: NDArray[np.unsignedinteger], *, missing: int) -> States:
    """States of rows by their codes: `is_yes` has one place a code; the missing code is unknown."""
    table = np.zeros(int(np.iinfo(codes.dtype).max) + 1 if codes.dtype != np.uint32 else len(is_yes) + 1, np.uint8)
    table[: len(is_yes)] = np.where(is_yes, YES, NO)
    if codes.dtype == np.uint32:
        # The missing code is 2^32 - 1: the last place of the table stands for it.
        table[-1] = UNKNOWN
        codes = np.minimum(codes, len(is_yes))
    else:
        table[missing] = UNKNOWN
    states: States = table[codes]
    return states
