"""Decisions: what is to become of rows, as a fold of the journal. The last that stands on a row counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

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
        ("time", pa.string()), ("event", pa.int64()), ("rule", pa.string()),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Decisions:
    """The decisions on `n_rows` rows after a log of events. Made by `fold_decisions`, never changed.

    Attributes
    ----------
    numbers : ndarray of int32, shape (n_rows,)
        The number of the act that decides each row; 0 where none stands.
    mark : int
        Another one in each state.
    """

    n_rows: int
    numbers: NDArray[np.int32]
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
    for number, act in acts.standing(after=0 if changed else n_before):
        rows = rows_of(act)
        numbers[rows[rows < n_rows]] = number
    return Decisions(n_rows, numbers, acts, acts.n_read)


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
    used, inverse = np.unique(decisions.numbers[rows], return_inverse=True)
    acts = [decisions.acts.acts[number - 1] for number in used.tolist()]
    told = {
        "decision": [act.payload["decision"] for act in acts],
        "reason": [act.reason for act in acts],
        "author": [act.author for act in acts],
        "time": [act.time for act in acts],
        "event": [act.id for act in acts],
        "rule": [rule_of(act) for act in acts],
    }
    columns = [pa.array(values, SCHEMA.field(name).type).take(pa.array(inverse)) for name, values in told.items()]
    return pa.Table.from_arrays([pa.array(rows.astype(np.int64)), *columns], schema=SCHEMA)


def rule_of(act: Event) -> str:
    """By which rule an act decides, as a person reads it; "" where by hand."""
    recipe = act.payload.get("recipe") or {}
    if recipe.get("number"):
        return f"{recipe['name']} #{recipe['number']}"
    return str(act.payload.get("rule") or "")
