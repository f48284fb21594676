"""Filter expressions: the condition of an SQL `WHERE`, checked and made ready to be answered.

Columns are those that the map has. Beside SQL's scalar functions there are `text('…')` (rows that match words, quotes
and -words as in the search box), `near('…', 0.7)` or `near(ROW_ID, 0.7)` (rows at least that similar in meaning),
`in_area('LAYOUT', 'x y, x y, x y')` (rows whose point lies in a polygon) and `time(COLUMN)` (a column that tells when,
in whatever form, as a timestamp). Queries inside the condition, aggregates and statements are refused: it tells of one
row, and changes nothing. What is left is a tree of AND, OR and NOT over leaves; `core/sifting.py` has those that are
answered from codes, the others are the database's.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from sqlglot import exp, parse_one
from sqlglot.errors import ParseError as SqlError
from sqlglot.errors import SqlglotError

from portolan.errors import ExpressionError

DIALECT = "duckdb"
CALL_COLUMN = "__call_{}"
_REFUSED = (
    exp.Query,
    exp.Subquery,
    exp.Exists,
    exp.AggFunc,
    exp.Window,
    exp.Star,
    exp.Placeholder,
    exp.Parameter,
    exp.Lambda,
    exp.Command,
    exp.Block,
    exp.DDL,
    exp.DML,
)


_ANEW = (exp.Rand, exp.Uuid, exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp, exp.CurrentDatetime)
_NAMED_ANEW = {
    "now", "today", "get_current_time", "get_current_timestamp", "transaction_timestamp", "setseed", "gen_random_uuid",
    "uuidv4", "uuidv7", "age", "nextval", "currval", "txid_current", "localtime", "localtimestamp",
}  # fmt: skip


Polygon = tuple[tuple[float, float], ...]
MOST_NAMED = 30
"""Columns that an error lists."""
FINDING = "finding_"
MADE_BY = {
    FINDING: "A finding is a column where it was looked for and has rows: portolan audit MAP tells which. ",
    "preference": "A preference model leaves that column: portolan preference MAP. ",
    "influence": "What each pair does is measured by: portolan effect MAP --influence. ",
    "harm": "The scorer harm leaves that column: portolan score MAP --scorer harm. ",
}
"""Beginnings of columns that are there once they were asked for, and by what."""
MOST_CORNERS = 2000


@dataclass(frozen=True)
class Call:
    """One of the map's own functions, as asked for: its answer is one value for each row.

    text: the words. near: a text or row, and the least similarity. in_area: a layout, and corners of a polygon in map
    units. time: a column.
    """

    name: str
    argument: str | int
    threshold: float | None = None
    polygon: Polygon = ()


@dataclass(frozen=True)
class Leaf:
    """A condition that a database can answer.

    Attributes
    ----------
    sql : str
        In DuckDB's dialect; the answer of call i stands in it as the column `__call_i`.
    columns : tuple of str
        The map's columns that it reads.
    calls : tuple of Call
    tree : sqlglot expression
        The same, read; calls still stand in it.
    """

    sql: str
    columns: tuple[str, ...]
    calls: tuple[Call, ...]
    tree: exp.Expression = field(compare=False)


@dataclass(frozen=True)
class Not:
    """What the part is not; unknown stays unknown."""

    part: Condition


@dataclass(frozen=True)
class Join:
    """All of the parts ("and"), or any ("or")."""

    how: Literal["and", "or"]
    parts: tuple[Condition, ...]


Condition = Leaf | Not | Join


def parse_expression(text: str, columns: Sequence[str]) -> Condition:
    """Read a filter expression over `columns`.

    Raises
    ------
    ExpressionError
        It is no condition, or names a column or function that is not there; says where.
    """
    return _condition(_checked(text), columns)


def parse_value(text: str, columns: Sequence[str]) -> Leaf:
    """Read an expression over `columns` that says any value of a row, to sort by. Raises as `parse_expression`."""
    return _leaf(_checked(text), columns)


def _checked(text: str) -> exp.Expression:
    tree = _tree(text)
    if isinstance(tree, exp.Alias):
        raise ExpressionError(
            f"{tree.alias!r} is a word too many.",
            fix="Join conditions by AND or OR; texts stand in quotes: 'like this'.",
            at=tree.args["alias"].meta.get("start"),
        )
    for node in tree.walk():
        if isinstance(node, _REFUSED):
            raise ExpressionError(
                f"{node.sql(dialect=DIALECT)!r} cannot stand in a filter.",
                fix="A filter is a condition on one row: comparisons joined by AND, OR and NOT.",
            )
    return tree


def _condition(tree: exp.Expression, columns: Sequence[str]) -> Condition:
    if isinstance(tree, exp.Paren):
        return _condition(tree.this, columns)
    if isinstance(tree, exp.Not):
        return Not(_condition(tree.this, columns))
    if isinstance(tree, exp.NEQ):
        return Not(_condition(exp.EQ(this=tree.this, expression=tree.expression), columns))
    if isinstance(tree, exp.And | exp.Or):
        how: Literal["and", "or"] = "and" if isinstance(tree, exp.And) else "or"
        return Join(how, (_condition(tree.this, columns), _condition(tree.expression, columns)))
    return _leaf(tree, columns)


def _leaf(tree: exp.Expression, columns: Sequence[str]) -> Leaf:
    used = [known_column(column, columns) for column in tree.find_all(exp.Column)]
    calls: list[Call] = []
    without = tree.copy().transform(lambda node: _without_call(node, calls, columns))
    return Leaf(without.sql(dialect=DIALECT), tuple(dict.fromkeys(used)), tuple(calls), tree)


def _tree(text: str) -> exp.Expression:
    if not text.strip():
        raise ExpressionError("The filter is empty.", fix="Write a condition, for instance: row_id < 100")
    try:
        tree = parse_one(text, dialect=DIALECT)
    except SqlError as error:
        where = error.errors[0] if error.errors else {}
        place = max(int(where.get("col") or 0) - len(str(where.get("highlight") or "")), 0)
        said = str(where.get("description", error))
        # What the parser says of its own classes helps nobody.
        what = "something is missing or too much here" if "<class" in said else said
        raise ExpressionError(
            f"The filter cannot be read at character {place + 1}: {what}",
            fix=f"Look at the mark: {text[:place]}▸{text[place:]}",
            at=place,
        ) from error
    except SqlglotError as error:
        raise ExpressionError(
            "The filter cannot be read: a quote is left open.",
            fix="Texts stand between two single quotes: 'like this'.",
        ) from error
    if not isinstance(tree, exp.Expression):
        raise ExpressionError("The filter cannot be read.", fix="Write a condition, for instance: row_id < 100")
    return tree


def columns_of(text: str, columns: Sequence[str]) -> set[str]:
    """The map's columns that a filter expression reads. Raises as `parse_expression`."""
    _condition(tree := _checked(text), columns)
    return {known_column(column, columns) for column in tree.find_all(exp.Column)}


def asks_anew(text: str) -> str | None:
    """What in an expression answers otherwise each time it is asked (a clock, chance), or None."""
    for node in _tree(text).walk():
        is_named = isinstance(node, exp.Anonymous) and str(node.this).lower() in _NAMED_ANEW
        if is_named or isinstance(node, _ANEW):
            return node.sql(dialect=DIALECT)
    return None


def _without_call(node: exp.Expression, calls: list[Call], columns: Sequence[str]) -> exp.Expression:
    """A call of the map's own functions becomes the column that will hold its answer."""
    call = call_of(node, columns)
    if call is None:
        return node
    calls.append(call)
    return exp.column(CALL_COLUMN.format(len(calls) - 1), quoted=True)


def call_of(node: exp.Expression, columns: Sequence[str]) -> Call | None:
    """The call of one of the map's own functions that `node` is, or None."""
    if isinstance(node, exp.Time) and isinstance(node.this, exp.Column):
        return Call("time", known_column(node.this, columns))
    name = str(node.this).lower() if isinstance(node, exp.Anonymous) else ""
    return _FUNCTIONS[name](node.expressions) if name in _FUNCTIONS else None


def _text_call(arguments: list[exp.Expression]) -> Call:
    if len(arguments) != 1 or not _is_string(arguments[0]) or not arguments[0].name.strip():
        raise ExpressionError("text() wants one string of words.", fix="For instance: text('\"credit card\" -bank')")
    return Call("text", arguments[0].name)


def _near_call(arguments: list[exp.Expression]) -> Call:
    fix = "For instance: near('credit cards', 0.7), or near(17, 0.7) for texts like that of row 17."
    if len(arguments) != 2:
        raise ExpressionError("near() wants a text or a row, and the least similarity.", fix=fix)
    what, least = arguments
    if not (_is_string(what) or (isinstance(what, exp.Literal) and what.is_int)):
        raise ExpressionError(f"near() does not understand {what.sql(dialect=DIALECT)}.", fix=fix)
    try:
        threshold = float(least.sql(dialect=DIALECT))
    except ValueError:
        threshold = 2.0
    if not -1 <= threshold <= 1:
        raise ExpressionError(f"near()'s similarity is {least.sql(dialect=DIALECT)}.", fix=f"Use -1 to 1. {fix}")
    return Call("near", what.name if _is_string(what) else int(what.name), threshold)


def _area_call(arguments: list[exp.Expression]) -> Call:
    fix = "For instance: in_area('LAYOUT', '0 0, 4 0, 4 3'), with the corners x y in map units."
    if len(arguments) != 2 or not all(_is_string(argument) for argument in arguments):
        raise ExpressionError("in_area() wants a layout and a polygon, both in quotes.", fix=fix)
    corners = [corner.split() for corner in arguments[1].name.split(",")]
    try:
        polygon = tuple((float(x), float(y)) for x, y in corners)
    except ValueError as error:
        raise ExpressionError("in_area()'s polygon cannot be read.", fix=fix) from error
    if not 3 <= len(polygon) <= MOST_CORNERS or not all(math.isfinite(x) and math.isfinite(y) for x, y in polygon):
        raise ExpressionError(f"in_area()'s polygon has {len(polygon)} corners.", fix=f"Give 3 to {MOST_CORNERS:,}.")
    return Call("in_area", arguments[0].name, polygon=polygon)


_FUNCTIONS = {"text": _text_call, "near": _near_call, "in_area": _area_call}


def _is_string(node: exp.Expression) -> bool:
    return isinstance(node, exp.Literal) and bool(node.is_string)


def known_column(column: exp.Column, columns: Sequence[str]) -> str:
    """The map's column that `column`, or the struct it is a field of, is; case matters only where two differ by it."""
    name = column.parts[0].name
    if name in columns:
        return name
    alike = [known for known in columns if known.lower() == name.lower()]
    if len(alike) == 1:
        return alike[0]
    is_finding = name.lower().startswith(FINDING)
    near = difflib.get_close_matches(name, columns, n=1, cutoff=0.85 if is_finding else 0.6)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    if not near:
        hint = next((told for begin, told in MADE_BY.items() if name.lower().startswith(begin)), "")
    known = ", ".join(columns[:MOST_NAMED]) + (f" and {len(columns) - MOST_NAMED} more" if columns[MOST_NAMED:] else "")
    raise ExpressionError(
        f"There is no column {name!r}.",
        fix=f"{hint}The columns are {known}. Texts stand in single quotes: 'like this'.",
        at=column.parts[0].meta.get("start"),
    )
