"""Labels as tables and columns: who said what, where people differ, what each row is taken to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from portolan.core.labels import Labels, Numbers, Slot
from portolan.types import BoolArray, RowIds

PREFIX = "label_"
SHORT = "label"
"""The column of the only set, or of the set of that name."""
SPANS = "_spans"
SCHEMA = pa.schema(
    [
        ("row_id", pa.int64()), ("set", pa.string()), ("value", pa.string()), ("side", pa.string()),
        ("author", pa.string()), ("time", pa.string()), ("event", pa.int64()), ("note", pa.string()),
        ("start", pa.int32()), ("end", pa.int32()), ("reason", pa.string()), ("settles", pa.bool_()),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class LabelColumn:
    """A column of a map that labels make. `side` is "" for whole rows; `is_of_spans`: what parts of texts have."""

    name: str
    set: str
    side: str = ""
    is_of_spans: bool = False


def label_columns(labels: Labels) -> list[LabelColumn]:
    """The columns that there are: `label_SET`, `label_SET_chosen`, `label_SET_rejected`, `label_SET_spans`."""
    columns = []
    for name in sorted(labels.sets):
        sides = {slot.side for slot in labels.slots if slot.set == name}
        # A set that nobody has used yet has its column: a queue of what is not labelled is a filter.
        columns += [
            LabelColumn(_column_name(name, side), name, side) for side in sorted(sides | (set() if sides else {""}))
        ]
        if any(slot.set == name and places for slot, places in labels.spans.items()):
            columns.append(LabelColumn(f"{PREFIX}{name}{SPANS}", name, is_of_spans=True))
    return columns


def _column_name(name: str, side: str) -> str:
    if name == SHORT and not side:
        return SHORT
    return f"{PREFIX}{name}" + (f"_{side}" if side else "")


def short_name(columns: Sequence[LabelColumn]) -> str | None:
    """The column that `label` stands for: that of the only set; None where there are several, or none of whole rows."""
    if len({column.set for column in columns}) != 1 or columns[0].name == SHORT:
        return None
    return next((column.name for column in columns if not column.side and not column.is_of_spans), None)


def column_values(labels: Labels, column: LabelColumn) -> pa.Array:
    """What each row is taken to be: strings, null where nobody said; lists of strings where there may be several."""
    if column.is_of_spans:
        return _span_values(labels, column.set)
    own = _with_the_last_word(_slots_of(labels, column.set, column.side))
    is_multiple = column.set in labels.sets and labels.sets[column.set].is_multiple
    return _all_values(labels, own) if is_multiple else _last_values(labels, own)


def _slots_of(labels: Labels, name: str, side: str) -> dict[Slot, Numbers]:
    return {slot: numbers for slot, numbers in labels.slots.items() if (slot.set, slot.side) == (name, side)}


def settled(own: Mapping[Slot, Numbers]) -> BoolArray | None:
    """Whether a label settles each row: bool, shape (n_rows,); None where none settles any."""
    settling = [numbers > 0 for slot, numbers in own.items() if slot.settles]
    return np.logical_or.reduce(settling) if settling else None


def _with_the_last_word(own: Mapping[Slot, Numbers]) -> dict[Slot, Numbers]:
    """The labels without those that count for nothing because another settles the row."""
    is_settled = settled(own)
    if is_settled is None:
        return dict(own)
    return {slot: numbers if slot.settles else np.where(is_settled, 0, numbers) for slot, numbers in own.items()}


def _last_values(labels: Labels, own: Mapping[Slot, Numbers]) -> pa.Array:
    numbers = latest(own.values(), n_rows=labels.n_rows)
    codes, values = value_codes(labels, numbers)
    encoded = pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), pa.array(values, pa.string()))
    return encoded.cast(pa.string())


def _all_values(labels: Labels, own: Mapping[Slot, Numbers]) -> pa.Array:
    order = [one.value for one in labels.sets[own_set].values] if (own_set := _set_of(own)) else []
    flags: dict[str, BoolArray] = {value: np.zeros(labels.n_rows, np.bool_) for value in order}
    for slot, numbers in own.items():
        flags.setdefault(slot.value, np.zeros(labels.n_rows, np.bool_))
        flags[slot.value] |= numbers > 0
    values = list(flags)
    has = np.stack([flags[value] for value in values], axis=1) if values else np.zeros((labels.n_rows, 0), np.bool_)
    return _lists(has, values)


def _set_of(own: Mapping[Slot, Numbers]) -> str | None:
    return next((slot.set for slot in own), None)


def _span_values(labels: Labels, name: str) -> pa.Array:
    found: set[tuple[int, str]] = set()
    for slot, places in labels.spans.items():
        if slot.set == name:
            found |= {(place[0], labels.value_of(number)) for place, number in places.items()}
    values = sorted({value for _, value in found})
    has = np.zeros((labels.n_rows, len(values)), np.bool_)
    for row, value in found:
        has[row, values.index(value)] = True
    return _lists(has, values)


def _lists(has: NDArray[np.bool_], values: Sequence[str]) -> pa.Array:
    """A list of values for each row, null where there is none."""
    counts = has.sum(axis=1)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    _, codes = np.nonzero(has)
    encoded = pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(values, pa.string()))
    return pa.ListArray.from_arrays(pa.array(offsets), encoded.cast(pa.string()), mask=pa.array(counts == 0))


def latest(slots: Any, *, n_rows: int) -> Numbers:
    """For each row the number of the last act of several slots; 0 where there is none."""
    last = np.zeros(n_rows, np.int32)
    for numbers in slots:
        np.maximum(last, numbers, out=last)
    return last


def value_codes(labels: Labels, numbers: Numbers) -> tuple[NDArray[np.int32], list[str]]:
    """Values of acts as codes, and the values; -1 where there is no act."""
    values = sorted({str(act.payload.get("value")) for act in labels.acts.acts if "value" in act.payload})
    place = {value: code for code, value in enumerate(values)}
    of_act = [-1, *(place.get(str(act.payload.get("value")), -1) for act in labels.acts.acts)]
    codes: NDArray[np.int32] = np.array(of_act, np.int32)[numbers]
    return codes, values


# Tables.


def labels_table(labels: Labels, *, row_ids: RowIds | None = None, name: str | None = None) -> pa.Table:
    """Labels that stand, of every author: the columns of SCHEMA, by row and then in the order they were given.

    Only those of `row_ids`, and of the set `name`, where these are given.
    """
    parts = []
    for slot, numbers in labels.slots.items():
        if name in (None, slot.set):
            only = numbers if row_ids is None else _only(numbers, row_ids)
            parts.append(_slot_parts(slot, only))
    for slot, places in labels.spans.items():
        if name in (None, slot.set):
            wanted = None if row_ids is None else set(row_ids.tolist())
            parts.append(_span_parts(slot, {at: n for at, n in places.items() if wanted is None or at[0] in wanted}))
    return _table(labels, parts)


def _only(numbers: Numbers, row_ids: RowIds) -> Numbers:
    kept = np.zeros_like(numbers)
    kept[row_ids] = numbers[row_ids]
    return kept


def conflicts_table(labels: Labels) -> pa.Table:
    """Labels of whole rows or sides that contradict each other, where none settles it: in the columns of SCHEMA."""
    parts = []
    for name, side in sorted({(slot.set, slot.side) for slot in labels.slots}):
        every = _slots_of(labels, name, side)
        own = {slot: numbers for slot, numbers in every.items() if not slot.settles}
        if len({slot.author for slot in own}) < 2:
            continue
        differs = differing(labels, own)
        if (is_settled := settled(every)) is not None:
            differs &= ~is_settled
        parts += [_slot_parts(slot, np.where(differs, numbers, 0)) for slot, numbers in own.items()]
    return _table(labels, parts)


def differing(labels: Labels, own: Mapping[Slot, Numbers]) -> BoolArray:
    """Whether authors who labelled a row differ on it: bool, shape (n_rows,)."""
    by_author: dict[str, NDArray[np.int64]] = {}
    _, values = value_codes(labels, np.zeros(0, np.int32))
    place = {value: number for number, value in enumerate(values)}
    for slot, numbers in own.items():
        if slot.value:  # multiple choice: the values that an author gave, as a sum of hashes
            said = np.where(numbers > 0, np.int64(hash_of(place[slot.value])), 0)
        else:
            said = value_codes(labels, numbers)[0].astype(np.int64) + 1
        by_author[slot.author] = by_author.get(slot.author, np.zeros(labels.n_rows, np.int64)) + said
    low = np.full(labels.n_rows, np.iinfo(np.int64).max)
    high = np.zeros(labels.n_rows, np.int64)
    for said in by_author.values():
        low = np.where(said > 0, np.minimum(low, said), low)
        high = np.maximum(high, said)
    differs: BoolArray = (high > 0) & (low != high)
    return differs


def hash_of(code: int) -> int:
    """A number below 2^55 for each of the values, such that sums of different sets of them differ."""
    return int((code + 1) * 0x9E3779B97F4A7C15 % (1 << 55)) + 1


def _slot_parts(slot: Slot, numbers: Numbers) -> tuple[Slot, NDArray[np.int64], NDArray[np.int64], Any, Any]:
    rows = np.flatnonzero(numbers)
    return slot, rows, numbers[rows].astype(np.int64), None, None


def _span_parts(slot: Slot, places: Mapping[tuple[int, int, int], int]) -> tuple[Slot, Any, Any, Any, Any]:
    found = np.array([(*place, number) for place, number in places.items()], np.int64).reshape(-1, 4)
    return slot, found[:, 0], found[:, 3], found[:, 1], found[:, 2]


def _table(labels: Labels, parts: Sequence[tuple[Slot, Any, Any, Any, Any]]) -> pa.Table:
    parts = [part for part in parts if len(part[1])]
    if not parts:
        return SCHEMA.empty_table()
    rows = np.concatenate([part[1] for part in parts])
    numbers = np.concatenate([part[2] for part in parts])
    order = np.lexsort((numbers, rows))
    used, inverse = np.unique(numbers, return_inverse=True)
    acts = [labels.act(number) for number in used.tolist()]

    def of_act(values: list[Any], kind: pa.DataType) -> pa.Array:
        return pa.array(values, kind).take(pa.array(inverse[order]))

    def of_spans(place: int) -> pa.Array:
        filled: list[Any] = [np.full(len(part[1]), -1) if part[place] is None else part[place] for part in parts]
        joined: NDArray[np.int64] = np.concatenate(filled)[order]
        return pa.array(joined.astype(np.int32), mask=joined < 0)

    columns = [
        pa.array(rows[order]),
        of_act([act.payload["set"] for act in acts], pa.string()),
        of_act([act.payload["value"] for act in acts], pa.string()),
        of_act([act.payload.get("side") for act in acts], pa.string()),
        of_act([act.author for act in acts], pa.string()),
        of_act([act.time for act in acts], pa.string()),
        of_act([act.id for act in acts], pa.int64()),
        of_act([act.payload.get("note", "") for act in acts], pa.string()),
        of_spans(3),
        of_spans(4),
        of_act([act.reason for act in acts], pa.string()),
        of_act([bool(act.payload.get("settles")) for act in acts], pa.bool_()),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def counts_of(labels: Labels, column: LabelColumn) -> dict[str, int]:
    """How many rows have each value of a column, the most frequent first."""
    values = column_values(labels, column)
    if pa.types.is_list(values.type):
        values = values.flatten()
    counted = pc.value_counts(pc.drop_null(values)).to_pylist()
    return {str(one["values"]): int(one["counts"]) for one in sorted(counted, key=lambda one: -one["counts"])}
