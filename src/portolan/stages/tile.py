"""Tile: points and columns as the small files that the page draws."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import numpy as np

from portolan.core.tile_columns import ColumnKind, TileColumn, encode_column
from portolan.core.tiles import tile
from portolan.stages.edit import cluster_columns
from portolan.stages.run import Run
from portolan.types import Progress

LAYOUT_LETTERS = 10


def tile_points(run: Run) -> None:
    """Points and the user's columns as tiles: from here on the page can open."""

    def work(key: str) -> None:
        run.report(Progress("tile", 0, run.store.n_rows))
        row_ids = np.arange(run.store.n_rows, dtype=np.int64)
        run.store.write_tiles(
            tile(run.points, row_ids),
            points=run.points,
            columns=list(_given_columns(run)),
            # Named by what is drawn: browsers keep tiles for ever, and another map may be served at the same address.
            layout=sha256(run.points.tobytes()).hexdigest()[:LAYOUT_LETTERS],
            key=key,
        )
        run.report(Progress("tile", run.store.n_rows, run.store.n_rows))

    parts = [list(entry) for entry in _coloured(run)]
    run.stage("tile", after=["project"], parameters={"columns": parts}, work=work)


def tile_columns(run: Run) -> None:
    """The cluster layers as people made them, beside the tiles that are there."""

    def work(_key: str) -> None:
        run.store.add_tile_columns(cluster_columns(run.store, run.layers))

    run.stage("tile-clusters", after=["tile", "cluster"], parameters={}, work=work)


def _coloured(run: Run) -> Iterator[tuple[str, ColumnKind]]:
    """The user's columns that a map can be coloured by."""
    roles = run.roles
    for name in roles.categories:
        is_boolean = str(run.store.schema.field(name).type) == "bool"
        yield name, "boolean" if is_boolean else "category"
    if roles.time:
        yield roles.time, "time"
    for name in roles.numbers:
        yield name, "number"


def _given_columns(run: Run) -> Iterator[TileColumn]:
    for name, kind in _coloured(run):
        values = run.store.read_rows(columns=[name]).column(name)
        encoded = encode_column(name, values, kind=kind)
        if encoded is not None:
            yield encoded
