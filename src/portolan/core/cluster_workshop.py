"""Layers of clusters while edits are applied: rows are found again, clusters joined and cut."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portolan.core.row_sets import RowSet, find_cluster
from portolan.types import ClusterIds

Ref = tuple[int, int]
"""A cluster: its layer and its id there."""
ReadRows = Callable[[str], RowSet]
"""Gives the set of rows of that name."""


class Workshop:
    """The layers while edits are applied: arrays are copied before the first change of each.

    `rows` gives the sets of rows that the edit at hand names.
    """

    rows: ReadRows

    def __init__(self, layers: list[ClusterIds]) -> None:
        self.layers = layers
        self._own = [False] * len(layers)
        self._sizes = [_sizes(ids) for ids in layers]

    def layers_from(self, layer: int) -> list[int]:
        """All layers, that one first and the nearest next: a rebuilt map may have one more or less."""
        return sorted(range(len(self.layers)), key=lambda other: (abs(other - layer), other))

    def find(self, name: str, *, layer: int) -> Ref | None:
        """The cluster that a set of rows is now, of `layer` if it is there."""
        for level in self.layers_from(layer):
            cluster_id = self.find_in(level, name)
            if cluster_id is not None:
                return level, cluster_id
        return None

    def find_in(self, layer: int, name: str) -> int | None:
        """The cluster of `layer` that a set of rows is now."""
        return self.find_set(layer, self.rows(name))

    def is_mostly_in(self, layer: int, cluster_id: int, name: str) -> bool:
        """Whether more than half of a set of rows lies in a cluster."""
        rows = self.rows(name).rows
        known = rows[rows < len(self.layers[layer])]
        return 2 * int((self.layers[layer][known] == cluster_id).sum()) > len(rows)

    def find_set(self, layer: int, meant: RowSet) -> int | None:
        """The same, for a set at hand."""
        return find_cluster(meant, self.layers[layer], self._sizes[layer])

    def merge(self, layer: int, ids: Sequence[int]) -> set[Ref]:
        """Move all rows of the clusters `ids` into the first. Returns the clusters that hold other rows now."""
        here = self.layers[layer]
        moved = np.flatnonzero(np.isin(here, np.asarray(ids[1:], np.int32)))
        first = int(np.argmax(here == ids[0]))
        changed: set[Ref] = set()
        for level in range(layer, len(self.layers)):
            target = int(self.layers[level][first])
            before = {int(one) for one in np.unique(self.layers[level][moved])}
            if before != {target}:
                changed |= {(level, one) for one in before | {target}}
                self._put(level, moved, np.int32(target))
        return changed

    def cluster_of(self, level: int, layer: int, cluster_id: int) -> int:
        """The cluster of a coarser layer that a cluster of `layer` lies in."""
        return int(self.layers[level][int(np.argmax(self.layers[layer] == cluster_id))])

    def split(
        self, layer: int, cluster_id: int, meant: RowSet, *, wanted_ids: Mapping[str, Mapping[str, int]]
    ) -> dict[Ref, int]:
        """Cut the rows `meant` out of a cluster, and out of the finer ones that have rows on both sides.

        Returns
        -------
        dict
            The new id of the part of each cluster that was cut; empty where a side would have no row.
        """
        known = meant.rows[meant.rows < len(self.layers[layer])]
        part = known[self.layers[layer][known] == cluster_id]
        if not 0 < len(part) < self._sizes[layer][cluster_id]:
            return {}
        made: dict[Ref, int] = {}
        for level in range(layer, -1, -1):
            ids = self.layers[level][part]
            inside = np.bincount(ids, minlength=len(self._sizes[level]))
            cut = np.flatnonzero((inside > 0) & (inside < self._sizes[level]))
            if not len(cut):
                continue
            renamed = np.arange(len(inside), dtype=np.int32)
            wanted = wanted_ids.get(str(level), {})
            taken = len(inside)
            for one in cut.tolist():
                # The id it had when it was cut, so that links hold; another where that is taken by now.
                renamed[one] = taken = max(taken, int(wanted.get(str(one), 0)))
                taken += 1
                made[level, one] = int(renamed[one])
            self._put(level, part, renamed[ids])
        return made

    def _put(self, layer: int, rows: NDArray[np.int64], ids: Any) -> None:
        if not self._own[layer]:
            self.layers[layer], self._own[layer] = self.layers[layer].copy(), True
        self.layers[layer][rows] = ids
        # An id whose rows are gone is given to no other cluster.
        self._sizes[layer] = _sizes(self.layers[layer], at_least=len(self._sizes[layer]))


def _sizes(ids: ClusterIds, *, at_least: int = 0) -> NDArray[np.int64]:
    return np.bincount(ids[ids >= 0], minlength=at_least)
