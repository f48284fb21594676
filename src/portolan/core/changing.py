"""Decisions applied to rows: the two sides of a pair exchanged, columns set, texts replaced; other rows stay.

A flip exchanges the two columns that hold the sides, and what else is told of each (`score_chosen` and
`score_rejected`); where a column says which side is better, it says the other one afterwards. A ranking that is flipped
is turned upside down: `core/ranking_flip.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.types as pt
from numpy.typing import NDArray

from portolan.core.plain_json import plain_json
from portolan.core.ranking_flip import ranking_columns, turned_value
from portolan.core.recipe import Edit, edited_columns
from portolan.core.votes import verdict_word, votes_of
from portolan.errors import ColumnError, InputError
from portolan.types import Roles

SPEAKER_FIELDS = ("role", "from", "speaker", "author")
"""Fields of a message in which no text is replaced."""


class Changer:
    """Applies decisions to rows of one schema.

    Parameters
    ----------
    schema : pyarrow.Schema
        The user's columns.
    """

    def __init__(self, schema: pa.Schema, roles: Roles) -> None:
        self.schema = schema
        self.roles = roles
        self.swapped = swapped_columns(schema, roles) if roles.kind == "pair" else []
        self.verdicts = _verdicts(roles) if roles.kind == "pair" or "choice" in roles.notes else []
        is_ranked = roles.kind == "ranking" and "choice" not in roles.notes
        self.rankings = ranking_columns(schema, roles) if is_ranked else []

    def check_flip(self) -> None:
        """Raise InputError where rows have no two sides to exchange, and no order to turn round."""
        if self.roles.kind not in ("pair", "ranking"):
            raise InputError(
                f"These rows are no pairs and no rankings (kind: {self.roles.kind}): there is nothing to flip.",
                fix="Drop, edit or relabel them; or name the two replies when the map is made: --chosen C --rejected "
                "C.",
            )
        for left, right in self.swapped:
            kinds = [self.schema.field(name).type for name in (left, right)]
            if kinds[0] != kinds[1]:
                raise ColumnError(
                    f"{left!r} is {kinds[0]} and {right!r} is {kinds[1]}: they cannot be exchanged.",
                    fix="Give both columns one type in the data.",
                )

    def checked_edit(self, edit: Edit) -> Edit:
        """The edit, its values as the columns hold them, in JSON.

        Raises
        ------
        ColumnError
            It names no column, or gives one what it cannot hold.
        """
        for name in edited_columns(edit):
            if name not in self.schema.names:
                raise ColumnError(f"There is no column {name!r}.", fix=f"Columns: {', '.join(self.schema.names)}.")
        values = {
            name: typed([value], self.schema.field(name))[0].as_py() for name, value in edit.get("set", {}).items()
        }
        for one in edit.get("replace", ()):
            kind = self.schema.field(one["column"]).type
            if not _has_texts(kind):
                raise ColumnError(
                    f"Column {one['column']!r} is {kind}: there is no text to replace.", fix="Use to: VALUE."
                )
        return {**edit, "set": {name: plain_json(value) for name, value in values.items()}} if values else edit

    def flip(self, batch: pa.RecordBatch, is_flipped: NDArray[np.bool_]) -> pa.RecordBatch:
        """`batch` with the sides of some rows exchanged, rankings turned. `is_flipped`: bool, shape (n_rows,)."""
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        places = np.flatnonzero(is_flipped)
        for left, right in self.swapped:
            columns[left], columns[right] = (
                put(columns[left], places, columns[right].take(pa.array(places))),
                put(columns[right], places, columns[left].take(pa.array(places))),
            )
        for name, turned in self.verdicts:
            values = [turn_verdict(value, turned) for value in columns[name].take(pa.array(places)).to_pylist()]
            columns[name] = put(columns[name], places, typed(values, batch.schema.field(name)))
        for name, fields in self.rankings:
            values = [turned_value(value, fields) for value in columns[name].take(pa.array(places)).to_pylist()]
            columns[name] = put(columns[name], places, typed(values, batch.schema.field(name)))
        return pa.RecordBatch.from_arrays(list(columns.values()), schema=batch.schema)

    def edit(self, batch: pa.RecordBatch, places: NDArray[np.int64], edit: Edit) -> pa.RecordBatch:
        """`batch` with the rows at `places` edited."""
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        for name, value in edit.get("set", {}).items():
            columns[name] = put(columns[name], places, typed([value] * len(places), batch.schema.field(name)))
        for one in edit.get("replace", ()):
            name, replace = one["column"], replacer(one["pattern"], one["with"])
            values = [in_texts(value, replace) for value in columns[name].take(pa.array(places)).to_pylist()]
            columns[name] = put(columns[name], places, typed(values, batch.schema.field(name)))
        return pa.RecordBatch.from_arrays(list(columns.values()), schema=batch.schema)

    @property
    def flipped_columns(self) -> list[str]:
        """Columns that a flip changes."""
        sides = [name for pair in self.swapped for name in pair]
        return [*sides, *(name for name, _ in self.verdicts), *(name for name, _ in self.rankings)]


def put(column: pa.Array, places: NDArray[np.int64], values: pa.Array) -> pa.Array:
    """`column` with `values` at `places`; of any type."""
    if not len(places):
        return column
    take_from = np.arange(len(column), dtype=np.int64)
    take_from[places] = len(column) + np.arange(len(places))
    return pa.concat_arrays([column, values]).take(pa.array(take_from))


def typed(values: Sequence[Any], field: pa.Field) -> pa.Array:
    """Values as a column's type. Raises ColumnError where it cannot hold them."""
    try:
        return pa.array(values, field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError) as error:
        if not pt.is_nested(field.type) and all(value is None or isinstance(value, str | int) for value in values):
            try:
                return pa.array([None if value is None else str(value) for value in values]).cast(field.type)
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
                pass
        raise ColumnError(
            f"Column {field.name!r} is {field.type}: it cannot hold {values[0]!r}.", fix="Give a value of its type."
        ) from error


def swapped_columns(schema: pa.Schema, roles: Roles) -> list[tuple[str, str]]:
    """Columns that a flip exchanges, two by two: the sides themselves, and others called after them.

    Where columns with a verdict say which side is better, only two flags, one for each side, are exchanged.
    """
    votes = votes_of(roles)
    if votes:
        flags = [vote["column"] for vote in votes]
        return [(flags[0], flags[1])] if _are_flags(votes) else []
    chosen, rejected = str(roles.chosen), str(roles.rejected)
    found = [(chosen, rejected)]
    for name in schema.names:
        other = re.sub(rf"(?<![a-zA-Z]){re.escape(chosen)}(?![a-zA-Z])", rejected, name)
        is_pair = other != name and other in schema.names and (name, other) not in found
        if is_pair and schema.field(name).type == schema.field(other).type:
            found.append((name, other))
    return found


def _are_flags(votes: Sequence[Mapping[str, Any]]) -> bool:
    return len(votes) == 2 and not votes[0]["right"] and not votes[1]["left"]


def _verdicts(roles: Roles) -> list[tuple[str, dict[str, str]]]:
    """Columns with a verdict, and what each word becomes in a flip."""
    if "choice" in roles.notes:
        return [(roles.notes["choice"], {"0": "1", "1": "0"})]
    votes = votes_of(roles)
    if _are_flags(votes):
        return []
    turned = []
    for vote in votes:
        # The two lists name the same ways of saying it, in one order.
        both = list(zip(vote["left"], vote["right"], strict=True))
        turned.append((vote["column"], {**dict(both), **{right: left for left, right in both}}))
    return turned


def turn_verdict(value: Any, turned: Mapping[str, str]) -> Any:
    """The other verdict, in the way that this one is written; a tie stays one."""
    word = turned.get(verdict_word(value))
    if word is None or value is None:
        return value
    if not isinstance(value, str):
        return type(value)(word)
    if value.strip().isupper():
        return word.upper()
    return word.capitalize() if value.strip()[:1].isupper() else word


def in_texts(value: Any, replace: Callable[[str], str]) -> Any:
    """`value` with `replace` done in every text of it, but in who speaks."""
    if isinstance(value, str):
        return replace(value)
    if isinstance(value, dict):
        return {name: item if name in SPEAKER_FIELDS else in_texts(item, replace) for name, item in value.items()}
    if isinstance(value, list):
        return [in_texts(item, replace) for item in value]
    return value


def replacer(pattern: str, by: str) -> Callable[[str], str]:
    """What replaces every match of a regular expression in a text."""
    compiled = re.compile(pattern)
    return lambda text: compiled.sub(by, text)


def _has_texts(kind: pa.DataType) -> bool:
    if pt.is_list(kind) or pt.is_fixed_size_list(kind):
        return _has_texts(kind.value_type)
    if pt.is_struct(kind):
        return any(_has_texts(field.type) for field in kind)
    return bool(pt.is_string(kind) or pt.is_large_string(kind))
