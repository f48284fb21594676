"""Measured columns: what is known of each row beside the user's columns, as a table and beside the tiles.

Filters, sorting and Python read the table `columns/NAME`; the page counts and colours by the tile column.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.types as pt

from portolan.core.tile_columns import ColumnKind, TileColumn, encode_column
from portolan.errors import MapLockedError
from portolan.store import Store

COLUMNS = "columns"
"""In a stage's info: entries with `name` and `kind` of each column it measured."""
UNTILED = "text"
"""A kind of column that no map is coloured by: sentences."""
WAIT_S = 60.0
_PAUSE_S = 0.1


@dataclass(frozen=True)
class Measured:
    """A measured column: its values in row order, and what the map's info says of it."""

    name: str
    kind: str
    values: pa.Array
    about: Mapping[str, Any] = field(default_factory=dict)


def write_measured(
    store: Store,
    columns: Sequence[Measured],
    *,
    stage: str,
    key: str,
    seconds: float = 0.0,
    info: Mapping[str, Any] | None = None,
) -> None:
    """Keep columns as the result of `stage`, in place of what it measured before; the page can use them at once.

    Raises
    ------
    MapLockedError
        Another process has been writing the map for a minute.
    """
    with patiently_writing(store):
        before = store.manifest.stages.get(stage)
        for column in columns:
            row_ids = np.arange(len(column.values), dtype=np.int64)
            store.write_table(f"columns/{column.name}", pa.table({"row_id": row_ids, "value": column.values}), key=key)
        now = {column.name for column in columns}
        gone = [entry["name"] for entry in (before.info.get(COLUMNS, []) if before else []) if entry["name"] not in now]
        coloured = _put_beside_tiles(store, columns, gone=gone)
        entries = [
            {"name": one.name, "kind": one.kind, **one.about, "is_coloured": one.name in coloured} for one in columns
        ]
        store.finish(stage, key=key, seconds=seconds, info={**(info or {}), COLUMNS: entries})
        store.sweep()


def read_measured(store: Store, name: str) -> pa.Array:
    """Values of a measured column in row order. Raises NotFoundError."""
    return store.read_table(f"columns/{name}", columns=["value"]).column(0).combine_chunks()


def fit_measured(store: Store) -> bool:
    """Put measured columns beside tiles that were made without them; whether any was missing."""
    missing = [(tiled, _missing_in(tiled, store)) for tiled in _tiled(store)]
    if not any(entries for _, entries in missing):
        return False
    with patiently_writing(store):
        known = {name: read_measured(store, name) for name in {e["name"] for _, entries in missing for e in entries}}
        for tiled, entries in missing:
            columns = [Measured(entry["name"], entry["kind"], known[entry["name"]]) for entry in entries]
            tiled.add_tile_columns(list(_encoded(columns)))
    return True


def tile_column(column: Measured) -> TileColumn | None:
    """The column as codes; None where it is nothing to colour by (sentences, too many values, no value at all)."""
    if column.kind == UNTILED:
        return None
    return encode_column(column.name, column.values, kind=tile_kind(column.values.type))


def tile_kind(kind: pa.DataType) -> ColumnKind:
    """What a column of that Arrow type is on the page."""
    if pt.is_boolean(kind):
        return "boolean"
    return "number" if pt.is_floating(kind) or pt.is_integer(kind) else "category"


def _encoded(columns: Sequence[Measured]) -> Iterator[TileColumn]:
    for column in columns:
        encoded = tile_column(column)
        if encoded is not None:
            yield encoded


def _put_beside_tiles(store: Store, columns: Sequence[Measured], *, gone: Sequence[str]) -> set[str]:
    """Write the columns beside all tiles, take out those in `gone`; names of those that can be coloured by."""
    encoded = list(_encoded(columns))
    coloured = {column.name for column in encoded}
    stale = [*gone, *(column.name for column in columns if column.name not in coloured)]
    for tiled in _tiled(store):
        if stale:
            tiled.drop_tile_columns(stale)
        tiled.add_tile_columns(encoded)
    return coloured


def _tiled(store: Store) -> list[Store]:
    """The map and its further layouts, those that have tiles."""
    every = [store, *map(store.open_layout, store.layout_names())]
    return [one for one in every if one.has("tiles")]


def _missing_in(tiled: Store, store: Store) -> list[dict[str, Any]]:
    there = {column["name"] for column in tiled.tile_columns()}
    return [entry for entry in measured_entries(store) if entry["is_coloured"] and entry["name"] not in there]


def measured_entries(store: Store) -> list[dict[str, Any]]:
    """What the map's info says of each measured column, those of comparisons left out."""
    return [entry for record in store.manifest.stages.values() for entry in record.info.get(COLUMNS, [])]


@contextmanager
def patiently_writing(store: Store) -> Iterator[None]:
    """Hold the map's lock, after waiting a minute for who holds it: what was measured is worth that."""
    until = time.monotonic() + WAIT_S
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(store.writing())
                break
            except MapLockedError:
                if time.monotonic() > until:
                    raise
                time.sleep(_PAUSE_S)
        yield
