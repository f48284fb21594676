"""What a comparison of two layouts says: of each row, of the whole map, and of its clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from portolan.core.compare import Shares
from portolan.types import ClusterIds, FloatArray

MOST_TOLD_OF = 60
"""Clusters are told of the finest layer that has at most so many: few enough to know, fine enough to differ."""
LEAST_ROWS = 10
"""A cluster of fewer rows says little."""


@dataclass(frozen=True)
class Comparison:
    """How far the neighbourhoods of a map's rows differ in another layout of them.

    Attributes
    ----------
    layout : str
        Name of the other layout.
    column : str
        The map's column that holds `kept`.
    n_neighbors : int
        How many neighbours of each row were compared.
    kept : ndarray of float32, shape (n_rows,)
        Share of each row's neighbours that are its neighbours there too; NaN where it has none in one of the two.
    mean : float or None
        Over the rows that have a share.
    clusters : pyarrow.Table
        layer, cluster_id, name, size, kept: the map's clusters with the mean share of their rows; the coarsest layer
        first, in a layer the least kept first.
    """

    layout: str
    column: str
    n_neighbors: int
    kept: Shares
    mean: float | None
    clusters: pa.Table

    def ends(self, limit: int = 5) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Clusters that fall apart most, and those that stay together most, of one layer: at most `limit` of each."""
        known = [entry for entry in self.clusters.to_pylist() if entry["kept"] is not None]
        sizes: dict[int, int] = {}
        for entry in known:
            sizes[entry["layer"]] = sizes.get(entry["layer"], 0) + 1
        few = [layer for layer, n_clusters in sizes.items() if n_clusters <= MOST_TOLD_OF]
        layer = min(few, default=max(sizes, default=0))
        told = [entry for entry in known if entry["layer"] == layer and entry["size"] >= LEAST_ROWS]
        limit = min(limit, len(told) // 2)
        return told[:limit], told[::-1][:limit]

    def to_json(self) -> dict[str, Any]:
        """What it says of clusters, as JSON holds it."""
        apart, together = self.ends()
        return {"fall_apart": apart, "stay_together": together, "clusters": self.clusters.to_pylist()}


def clusters_kept(kept: Shares, *, layers: Sequence[ClusterIds], clusters: pa.Table) -> pa.Table:
    """The clusters' table as `Comparison.clusters` describes it.

    Parameters
    ----------
    layers : sequence of ndarray of int, each of shape (n_rows,)
        Each row's cluster in each layer.
    clusters : pyarrow.Table
        With cluster_id, layer, name, size.
    """
    means = [means_by_cluster(kept, ids) for ids in layers]
    places = zip(clusters["layer"].to_pylist(), clusters["cluster_id"].to_pylist(), strict=True)
    of_clusters = pa.array([means[layer][cluster_id] for layer, cluster_id in places], pa.float64(), from_pandas=True)
    table = clusters.select(["layer", "cluster_id", "name", "size"])
    table = table.append_column("kept", pc.round(of_clusters, ndigits=4))
    return table.sort_by([("layer", "descending"), ("kept", "ascending")])


def means_by_cluster(shares: Shares, cluster_ids: ClusterIds) -> FloatArray:
    """Mean share of each cluster: float64, shape (n_clusters,); NaN where no row of it has one."""
    is_counted = np.isfinite(shares) & (cluster_ids >= 0)
    n_clusters = int(cluster_ids.max(initial=-1)) + 1
    ids = cluster_ids[is_counted]
    n_counted = np.bincount(ids, minlength=n_clusters)
    sums = np.bincount(ids, weights=shares[is_counted], minlength=n_clusters)
    means: FloatArray = np.divide(sums, n_counted, out=np.full(n_clusters, np.nan), where=n_counted > 0)
    return means
