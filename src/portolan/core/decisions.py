"""Decisions: what is to become of rows, as a fold of the journal. The last that stands on a row counts.

What each author last decided by hand is kept beside it, so that nobody's word is lost where people contradict each
other (`core/decision_conflicts.py`). A decision that *settles* rows takes the place of all that was decided of them by
hand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.acts import Acts, RowsOf
from portolan.core.events import DECIDED, Event
from portolan.types import RowIds

Decision = Literal["keep", "drop", "flip", "edit", "relabel", "review"]
DECISIONS: tuple[str, ...] = get_args(Decision)
COLUMN = "decision"
SCHEMA = pa.schema(
    [
        ("row_id", pa.int64()), ("decision", pa.string()), ("reason", pa.string()), ("author", pa.string()),
        ("time", pa.string()), ("event", pa.int64()), ("rule", pa.string()), ("edit", pa.string()),
        ("settles", pa.bool_()),
    ]
)  # fmt: skip
"""`edit`: JSON, null where nothing is edited."""

Numbers = NDArray[np.int32]
"""(n_rows,) the number of the act that decided each row; 0 where none stands."""


@dataclass(frozen=True)
class Decisions:
    """The decisions on `n_rows` rows after a log of events. Made by `fold_decisions`, never changed.

    Attributes
    ----------
    numbers : ndarray of int32, shape (n_rows,)
        The number of the act that decides each row; 0 where none stands.
    by_author : mapping of str to ndarray of int32, shape (n_rows,)
        The number of the act by which each author last decided each row by hand, since it was last settled.
    mark : int
        Another one in each state.
    """

    n_rows: int
    numbers: Numbers
    by_author: Mapping[str, Numbers] = field(default_factory=dict)
    acts: Acts = field(default_factory=lambda: Acts(frozenset({DECIDED})))
    mark: int = 0


def fold_decisions(
    events: Sequence[Event], *, n_rows: int, rows_of: RowsOf, before: Decisions | None = None
) -> Decisions:
    """The decisions after a log of events; the parameters are those of `fold_labels`."""
    if before is None or before.n_rows != n_rows:
        before = Decisions(n_rows, np.zeros(n_rows, np.int32))
    acts, changed = before.acts.after(events)
    n_before = len(before.acts.acts)
    if not changed and len(acts.acts) == n_before:
        return replace(before, acts=acts)
    numbers = np.zeros(n_rows, np.int32) if changed else before.numbers.copy()
    by_hand = _ByHand({} if changed else before.by_author, n_rows)
    for number, act in acts.standing(after=0 if changed else n_before):
        rows = rows_of(act)
        rows = rows[rows < n_rows]
        numbers[rows] = number
        if is_by_hand(act):
            by_hand.apply(number, act, rows)
    return Decisions(n_rows, numbers, by_hand.by_author, acts, acts.n_read)


class _ByHand:
    """What each author last decided, being filled: arrays of before are copied when they are first written to."""

    def __init__(self, before: Mapping[str, Numbers], n_rows: int) -> None:
        self.by_author = dict(before)
        self._n_rows = n_rows
        self._own: set[str] = set()

    def apply(self, number: int, act: Event, rows: RowIds) -> None:
        if act.payload.get("settles"):
            for author in [name for name, known in self.by_author.items() if known[rows].any()]:
                self._numbers(author)[rows] = 0
        self._numbers(act.author)[rows] = number

    def _numbers(self, author: str) -> Numbers:
        if author not in self._own:
            known = self.by_author.get(author)
            self.by_author[author] = np.zeros(self._n_rows, np.int32) if known is None else known.copy()
            self._own.add(author)
        return self.by_author[author]


def decision_values(decisions: Decisions) -> pa.Array:
    """What is decided of each row: strings, null where nothing is."""
    place = {name: code for code, name in enumerate(DECISIONS)}
    of_act = [-1, *(place.get(str(act.payload["decision"]), -1) for act in decisions.acts.acts)]
    codes = np.array(of_act, np.int32)[decisions.numbers]
    encoded = pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), pa.array(DECISIONS))
    return encoded.cast(pa.string())


def decisions_table(decisions: Decisions, row_ids: RowIds | None = None) -> pa.Table:
    """A line for each row (of `row_ids`, where these are given) that is decided: the columns of SCHEMA, by row."""
    rows = np.flatnonzero(decisions.numbers)
    if row_ids is not None:
        ids = np.unique(row_ids)
        rows = ids[decisions.numbers[ids] > 0]
    return decision_lines(decisions, rows, decisions.numbers[rows])


def decision_lines(decisions: Decisions, rows: RowIds, numbers: Numbers) -> pa.Table:
    """A line for each of `rows` and the act of that number beside it: the columns of SCHEMA, in the order given."""
    used, inverse = np.unique(numbers, return_inverse=True)
    acts = [decisions.acts.acts[number - 1] for number in used.tolist()]
    told: dict[str, list[Any]] = {
        "decision": [act.payload["decision"] for act in acts],
        "reason": [act.reason for act in acts],
        "author": [act.author for act in acts],
        "time": [act.time for act in acts],
        "event": [act.id for act in acts],
        "rule": [rule_of(act) for act in acts],
        "edit": [edit_text(act) for act in acts],
        "settles": [bool(act.payload.get("settles")) for act in acts],
    }
    columns = [pa.array(values, SCHEMA.field(name).type).take(pa.array(inverse)) for name, values in told.items()]
    return pa.Table.from_arrays([pa.array(rows.astype(np.int64)), *columns], schema=SCHEMA)


def edit_text(act: Event) -> str | None:
    """What an act changes in its rows, as JSON with its keys in order; None where nothing."""
    edit = act.payload.get("edit")
    return json.dumps(edit, ensure_ascii=False, sort_keys=True) if edit else None


def is_by_hand(act: Event) -> bool:
    """Whether a person decided it, row by row or of many at once; else a recipe did."""
    return not act.payload.get("recipe")


def rule_of(act: Event) -> str:
    """By which rule an act decides, as a person reads it; "" where by hand."""
    recipe = act.payload.get("recipe") or {}
    if recipe.get("number"):
        return f"{recipe['name']} #{recipe['number']}"
    return str(act.payload.get("rule") or "")
