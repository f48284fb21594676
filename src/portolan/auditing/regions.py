"""Where on the map a finding's rows lie: clusters in which they are more frequent than elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from portolan.core.provenance import Rate, rates
from portolan.types import BoolArray

if TYPE_CHECKING:
    from portolan.map import Map

MOST_CLUSTERS = 500
"""Of layers with more clusters the coarser ones tell."""
LEAST_ROWS = 3
"""Rows of a finding in a cluster: fewer are no region."""
MOST_P = 0.01
N_REGIONS = 5


@dataclass(frozen=True)
class Region:
    """A cluster in which a finding is more frequent than elsewhere, by Fisher's test with Holm's correction."""

    layer: int
    cluster_id: int
    name: str
    rate: Rate

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        told = {name: value for name, value in self.rate.to_json().items() if name != "value"}
        return {"layer": self.layer, "cluster_id": self.cluster_id, "name": self.name, **told}


def regions(of: Map, is_found: BoolArray) -> list[Region]:
    """Clusters in which rows are found more often than elsewhere, in any layer, the surest first; at most five."""
    table = of.clusters_table()
    if not table.num_rows or not is_found.any():
        return []
    parts = (table.column(name).to_pylist() for name in ("layer", "cluster_id", "name"))
    names = {(layer, cluster): name for layer, cluster, name in zip(*parts, strict=True)}
    found: list[Region] = []
    for layer, n_clusters in of.layers:
        if n_clusters <= MOST_CLUSTERS:
            ids = of.cluster_ids(layer).astype(np.int64)
            labels = [str(cluster) for cluster in range(int(ids.max(initial=-1)) + 1)]
            for rate in rates(ids, labels, is_found):
                if rate.count >= LEAST_ROWS and rate.p <= MOST_P and rate.excess > 0:
                    cluster = int(rate.value)
                    found.append(Region(layer, cluster, str(names.get((layer, cluster), cluster)), rate))
    return sorted(found, key=lambda one: (one.rate.p, -one.rate.excess))[:N_REGIONS]
