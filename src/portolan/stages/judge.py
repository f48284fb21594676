"""Labels and decisions beside the tiles, brought up to what the journal says. Not a stage: done after events."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from portolan.core.tile_columns import TileColumn, encode_column
from portolan.store import Store
from portolan.store.judged import JudgedColumn

AS_OF = "as_of"
"""In the entry of a column that follows from the journal: which state of it the codes say."""


def fit_judged(store: Store) -> bool:
    """Bring the columns of labels and decisions up to what the journal says; whether anything was to do.

    Raises
    ------
    MapLockedError
        Another process is writing the map.
    """
    wanted = {column.name: column for column in store.judged.columns() if not column.is_short}
    behind = [tiled for tiled in _tiled(store) if _marks(tiled) != {name: one.mark for name, one in wanted.items()}]
    if not behind:
        return False
    with store.writing():
        for tiled in behind:
            marks = _marks(tiled)
            gone = [name for name in marks if name not in wanted]
            stale = [column for name, column in wanted.items() if marks.get(name) != column.mark]
            if gone:
                tiled.drop_tile_columns(gone)
            if stale:
                tiled.add_tile_columns(list(_encoded(store, stale)))
    return True


def _encoded(store: Store, columns: list[JudgedColumn]) -> Iterator[TileColumn]:
    for column in columns:
        found = encode_column(column.name, store.judged.read(column), kind="category")
        if found is None:
            # More combinations of values than colours can tell apart: a column that says nothing of any row.
            found = encode_column(column.name, pa.nulls(store.n_rows, pa.string()), kind="category")
        assert found is not None
        yield TileColumn(found.name, {**found.description, AS_OF: column.mark}, found.codes)


def _tiled(store: Store) -> list[Store]:
    """The map and its further layouts, those that have tiles."""
    every = [store, *map(store.open_layout, store.layout_names())]
    return [one for one in every if one.has("tiles")]


def _marks(tiled: Store) -> dict[str, int]:
    return {entry["name"]: entry[AS_OF] for entry in tiled.tile_columns() if AS_OF in entry}
