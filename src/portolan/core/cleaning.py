"""What a recipe would do to a map, told before it is done: rows by rule, by value, examples, the balance of classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from portolan.core.cleaning_text import cleaned_in_words
from portolan.core.recipe import DECISIONS, Edit
from portolan.core.tiles import priority
from portolan.types import BoolArray, RowIds

MOST_VALUES = 30


@dataclass(frozen=True)
class Example:
    """A row that a rule takes. `text` is None where it is too harmful to be shown unasked."""

    row_id: int
    text: str | None


@dataclass(frozen=True)
class RuleTold:
    """What one rule does.

    Attributes
    ----------
    n_matched, n_taken : int
        Rows that meet its expression, and those that it gets.
    n_new : int
        Of those, rows that are not decided so already.
    taken_before : dict of str to int
        Rows it matched that another had: how many, by whom ("by hand", "rule 2", "recipe NAME").
    by : dict of str to dict
        For each column, rows that it gets by value.
    """

    number: int
    decision: str
    where: str
    reason: str
    n_matched: int
    n_taken: int
    n_new: int
    taken_before: dict[str, int]
    by: dict[str, dict[str, int]]
    examples: list[Example]


@dataclass(frozen=True)
class Balance:
    """Rows of one value of a column, by what becomes of them; `share_before` and `share_after` are of all rows left."""

    value: str
    before: int
    after: int
    share_before: float
    share_after: float
    decided: dict[str, int]


@dataclass(frozen=True, repr=False)
class Cleaned:
    """What a recipe does to a map, or would do. Printed, it is what `portolan clean` tells.

    Attributes
    ----------
    rules : list of RuleTold
        In order.
    by_hand : dict
        Rows that the recipe decides one by one: {rows, found, taken, lost: [row_id]}.
    decided_before, decided_after : dict of str to int
        Rows of each decision in the whole map.
    balance : dict of str to list of Balance
        By column, the most frequent values first.
    n_contradicted : int
        Rows of which people decided one thing and another by hand, and nobody settled it.
    written, undone : list of int
        Events that were written, and those of the recipe as it was before, which were undone.
    n_events : int
        Events that applying it writes: one for each part that is not there already, one for each that is undone.
    step : list of int
        All events that were written, those that undo among them: what to undo to take the step back.
    """

    recipe: str
    is_dry_run: bool
    n_rows: int
    n_left: int
    rules: list[RuleTold]
    by_hand: dict[str, Any]
    decided_before: dict[str, int]
    decided_after: dict[str, int]
    balance: dict[str, list[Balance]]
    n_contradicted: int = 0
    written: list[int] = field(default_factory=list)
    undone: list[int] = field(default_factory=list)
    n_events: int = 0
    step: list[int] = field(default_factory=list)

    @property
    def matching_nothing(self) -> list[int]:
        """Numbers of the rules that match no row."""
        return [rule.number for rule in self.rules if rule.n_matched == 0]

    def __repr__(self) -> str:
        return cleaned_in_words(self)

    def to_json(self) -> dict[str, Any]:
        """What `portolan clean --json` prints."""
        return {**asdict(self), "matching_nothing": self.matching_nothing}


@dataclass(frozen=True)
class Column:
    """A column whose values are counted, as codes.

    Attributes
    ----------
    codes : ndarray of int32, shape (n_rows,)
    values : list of str
        What each code says.
    """

    name: str
    codes: NDArray[np.int32]
    values: list[str]


def column_of(name: str, values: pa.ChunkedArray) -> Column:
    """A column of any type, counted by its values; what is missing counts as "none"."""
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if pa.types.is_nested(whole.type):
        whole = pa.array([None if value is None else str(value) for value in whole.to_pylist()], pa.string())
    encoded = pc.dictionary_encode(whole, null_encoding="encode")
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    said = ["none" if value is None else str(value) for value in encoded.dictionary.to_pylist()]
    return Column(name, encoded.indices.to_numpy(zero_copy_only=False).astype(np.int32), said)


def counts_in(column: Column, rows: RowIds) -> dict[str, int]:
    """Rows of each value among `rows`, the most frequent first."""
    counts = np.bincount(column.codes[rows], minlength=len(column.values))
    order = np.argsort(-counts, kind="stable")[:MOST_VALUES]
    return {column.values[code]: int(counts[code]) for code in order.tolist() if counts[code]}


def balance_of(
    column: Column, decisions: Mapping[str, BoolArray], edits: Sequence[tuple[RowIds, Edit]]
) -> list[Balance]:
    """How the values of a column are balanced before and after.

    Parameters
    ----------
    decisions : mapping of str to ndarray of bool, shape (n_rows,)
        Which rows have each decision afterwards.
    edits : sequence of (rows, edit)
        Rows that are edited afterwards: those that get another value in this column count as of it.
    """
    values = list(column.values)
    codes = column.codes
    for rows, edit in edits:
        if column.name in edit.get("set", {}):
            told = edit["set"][column.name]
            said = "none" if told is None else str(told)
            codes = codes.copy() if codes is column.codes else codes
            values += [said] if said not in values else []
            codes[rows] = values.index(said)
    before = np.bincount(column.codes, minlength=len(values))
    after = np.bincount(codes[~decisions["drop"]], minlength=len(values))
    decided = {name: np.bincount(column.codes[is_it], minlength=len(values)) for name, is_it in decisions.items()}
    order = np.argsort(-np.maximum(before, after), kind="stable")[:MOST_VALUES].tolist()
    n_before, n_after = max(int(before.sum()), 1), max(int(after.sum()), 1)
    return [
        Balance(
            values[code], int(before[code]), int(after[code]), before[code] / n_before, after[code] / n_after,
            {name: int(decided[name][code]) for name in DECISIONS if name in decided and decided[name][code]},
        )
        for code in order
    ]  # fmt: skip


def some_of(rows: RowIds, n: int) -> RowIds:
    """At most `n` of `rows`: a fair sample, the same each time, ascending."""
    if len(rows) <= n:
        return rows
    return np.sort(rows[np.argpartition(priority(rows), n)[:n]])
