"""What a person calls a cluster or a column, found in the map."""

from __future__ import annotations

import json
from difflib import get_close_matches
from pathlib import Path

import pyarrow as pa

from portolan.errors import ColumnError, NotFoundError


def find_cluster(clusters: pa.Table, cluster: int | str, *, layer: int | None = None) -> tuple[int, int]:
    """Layer and id of a cluster, from its name (in any case) or its id in a layer.

    Parameters
    ----------
    clusters : Table
        `map.clusters_table()`.
    layer : int, optional
        Where left out: the coarsest that has it.

    Raises
    ------
    NotFoundError
        No cluster has that name or id.
    """
    rows = clusters.select(["layer", "cluster_id", "name"]).to_pylist() if clusters.num_rows else []
    there = [row for row in rows if layer is None or row["layer"] == layer]
    if isinstance(cluster, str):
        found = [row for row in there if (row["name"] or "").casefold() == cluster.strip().casefold()]
    else:
        coarsest = max((row["layer"] for row in there), default=0)
        found = [row for row in there if row["cluster_id"] == cluster and row["layer"] == coarsest]
    if found:
        best = max(found, key=lambda row: row["layer"])
        return int(best["layer"]), int(best["cluster_id"])
    where = "" if layer is None else f" in layer {layer}"
    near = get_close_matches(str(cluster), [row["name"] for row in there if row["name"]], n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(map(repr, near))}? " if near else ""
    raise NotFoundError(
        f"There is no cluster {cluster!r}{where}.", fix=f"{hint}map.clusters has ids, layers and names."
    )


def find_column(tiles_folder: Path, column: str) -> str:
    """The name of a column that can colour the points, as the page knows it.

    Raises
    ------
    ColumnError
        The map has no colours for a column of that name.
    """
    names = [one["name"] for one in json.loads((tiles_folder / "tiles.json").read_bytes())["columns"]]
    if column in names:
        return column
    raise ColumnError(
        f"The points cannot be coloured by {column!r}.", fix=f"This map has colours for: {', '.join(names)}."
    )
