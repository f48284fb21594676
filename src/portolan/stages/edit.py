"""What people made of a map's clusters: the journal's edits on what is stored. Not a stage: it is done on reading."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.cluster_table import edit_table
from portolan.core.edits import Edited, SetOf, apply_edits, cluster_edits, shape_of
from portolan.core.events import Event
from portolan.core.exemplars import Shown, describe_cluster
from portolan.core.tile_columns import TileColumn, encode_column
from portolan.errors import PortolanError
from portolan.store import Manifest, Store
from portolan.types import ClusterIds, Points

MAIN = "main"
"""What a further layout calls the layout that the map itself shows."""
SHAPE = "shape"
"""In the entry of a cluster column of the tiles: names the edits that are in it; absent where there are none."""


def base_of(manifest: Manifest) -> str:
    """Names the clusters that were found: another clustering has another name, even under the same parameters.

    "" where there are none.
    """
    record = manifest.stages.get("cluster")
    return f"{record.key}-{record.finished}" if record is not None else ""


def edit_clusters(
    store: Store, edits: list[Event], *, base: str, layers: Callable[[], list[ClusterIds]] | None = None
) -> Edited:
    """The clusters `base` after `edits`; `layers` gives those that were found, where they may be at hand."""

    @cache
    def sets() -> SetOf:
        # Not fetched where no cluster has to be looked for.
        return store.judged.row_sets(edits)

    return apply_edits(
        edits, base=base, layers=layers or store.read_clusters, rows=lambda event, name: sets()(event, name)
    )


def edited_table(store: Store, edited: Edited, *, points: Callable[[], Points]) -> pa.Table:
    """The table of clusters after edits; `points` is asked only for clusters that hold other rows than were found."""

    def describe(own: NDArray[np.intp]) -> Shown:
        return describe_cluster(own, lambda rows: store.read_vectors(rows.astype(np.int64)), points())

    return edit_table(store.read_table("topics"), edited, describe)


def cluster_columns(store: Store, layers: list[ClusterIds]) -> list[TileColumn]:
    """The cluster layers as columns of the tiles, as people made them."""
    base = base_of(store.manifest)
    edits = cluster_edits(store.journal.events())
    shape = _shape(base, edits)
    if shape:
        found = layers
        layers = edit_clusters(store, edits, base=base, layers=lambda: found).layers
    columns = [encode_column(f"cluster_{layer}", ids, kind="cluster", layer=layer) for layer, ids in enumerate(layers)]
    about = {SHAPE: shape} if shape else {}
    return [TileColumn(one.name, {**one.description, **about}, one.codes) for one in columns if one is not None]


def _shape(base: str, edits: list[Event]) -> str:
    """What the cluster columns say of edits; "" for none that changes which rows are together."""
    shape = shape_of(base, edits)
    return "" if shape == shape_of(base, []) else shape


def fit_tiles(store: Store) -> bool:
    """Bring the cluster columns of the tiles up to what the journal says; whether anything was to do.

    Raises
    ------
    MapLockedError
        Another process is writing the map. If it makes the map anew, it does this at its end.
    """
    if not {"tile-clusters", "cluster"} <= set(store.manifest.stages):
        return False
    own = [entry for entry in store.tile_columns() if entry["kind"] == "cluster" and "of" not in entry]
    shapes = {entry.get(SHAPE, "") for entry in own}
    if shapes == {_shape(base_of(store.manifest), cluster_edits(store.journal.events()))}:
        return False
    with store.writing():
        layers = store.read_clusters()
        store.add_tile_columns(cluster_columns(store, layers))
        for beside in map(store.open_layout, store.layout_names()):
            guests = guest_columns(store, layers, MAIN)
            if beside.has("tiles") and any(entry.get("of") == MAIN for entry in beside.tile_columns()):
                beside.add_tile_columns(guests)
    return True


def mend_tiles(store: Store) -> None:
    """As `fit_tiles`, on opening: an editor that was killed after its event left the tiles as they were.

    Where another process writes the map, that one does it; a map that cannot be written to is shown as it is.
    """
    # A repair that fails is no reason not to open the map.
    with suppress(PortolanError):
        fit_tiles(store)


def guest_columns(store: Store, layers: list[ClusterIds], name: str) -> list[TileColumn]:
    """The finest clusters of `store`, as its people made them, for the tiles of another layout of its rows.

    `name` is what that layout calls this one; the column's entry says so as `of`.
    """
    return [
        TileColumn(guest_column(name), {**one.description, "name": guest_column(name), "of": name}, one.codes)
        for one in cluster_columns(store, layers)[:1]
    ]


def guest_column(name: str) -> str:
    """The column of the layout `name`'s finest clusters, in the tiles of another layout."""
    return f"cluster_0 of {name}"
