"""The table of clusters: who belongs to whom, which rows show a cluster, where its name stands on the map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.types import ClusterIds, Points, RowIds, Vectors

_MAX_SEEN = 2_000  # rows of a cluster that are looked at, evenly spaced: enough to tell what is typical
_N_CANDIDATES = 40  # most typical rows that exemplars are chosen from
_TYPICAL = 0.7  # what being typical counts for, beside being unlike those chosen


def describe_clusters(
    layers: Sequence[ClusterIds], *, vectors: Vectors, points: Points, n_exemplars: int = 5
) -> pa.Table:
    """One row for each cluster of each layer, the finest layer first, then by cluster_id.

    Parameters
    ----------
    layers : sequence of ndarray of int32, shape (n_rows,)
        Nested clusters, the finest first; -1 where a row has no text.
    vectors : ndarray of float32, shape (n_rows, n_dims)
        Unit length.
    points : ndarray of float32, shape (n_rows, 2)
        Places on the map.

    Returns
    -------
    pyarrow.Table
        cluster_id, layer, parent_id (the id in layer + 1; -1 in the last), size, exemplars (row numbers, the most
        typical first, mutually different), density (mean cosine similarity of the rows to their centroid, in [-1, 1]),
        x, y (a place on the cluster's densest land).
    """
    parts = [
        _describe_layer(
            number, ids, layers[number + 1] if number + 1 < len(layers) else None, vectors, points, n_exemplars
        )
        for number, ids in enumerate(layers)
    ]
    return pa.concat_tables(parts)


def _describe_layer(
    layer: int, ids: ClusterIds, upper: ClusterIds | None, vectors: Vectors, points: Points, n_exemplars: int
) -> pa.Table:
    rows = np.flatnonzero(ids >= 0)
    order = rows[np.argsort(ids[rows], kind="stable")]
    sizes = np.bincount(ids[rows], minlength=int(ids.max(initial=-1)) + 1)
    members = np.split(order, np.cumsum(sizes)[:-1]) if len(sizes) else []
    shown = [describe_cluster(own, lambda rows: vectors[rows], points, n_exemplars=n_exemplars) for own in members]
    places = np.array([one.place for one in shown], np.float32).reshape(-1, 2)
    parents = [-1 if upper is None else int(upper[own[0]]) for own in members]
    return pa.table(
        {
            "cluster_id": pa.array(np.arange(len(sizes)), pa.int32()),
            "layer": pa.array(np.full(len(sizes), layer), pa.int32()),
            "parent_id": pa.array(parents, pa.int32()),
            "size": pa.array(sizes, pa.int64()),
            "exemplars": pa.array([one.exemplars for one in shown], pa.list_(pa.int64())),
            "density": pa.array([one.density for one in shown], pa.float32()),
            "x": pa.array(places[:, 0], pa.float32()),
            "y": pa.array(places[:, 1], pa.float32()),
        }
    )


@dataclass(frozen=True)
class Shown:
    """How a cluster is shown; see `describe_clusters`. `place`: float32, shape (2,)."""

    exemplars: RowIds
    density: float
    place: Points


def describe_cluster(
    own: NDArray[np.intp], read_vectors: Callable[[NDArray[np.intp]], Vectors], points: Points, *, n_exemplars: int = 5
) -> Shown:
    """How one cluster is shown, from its rows `own` (ascending) and the vectors of some of them."""
    seen = own[np.arange(0, len(own), -(-len(own) // _MAX_SEEN))]
    inside = read_vectors(seen)
    similarities = _similarities_to_centroid(inside)
    chosen = seen[_exemplars(inside, seen, similarities, n_exemplars)].astype(np.int64)
    return Shown(chosen, float(similarities.mean()), _anchor(points[own]))


def _similarities_to_centroid(inside: Vectors) -> Vectors:
    """Cosine similarity of each of a cluster's rows to the mean of them."""
    centroid = inside.mean(axis=0)
    similarities = inside @ (centroid / max(float(np.linalg.norm(centroid)), 1e-12))
    return np.asarray(similarities, np.float32)


def _exemplars(inside: Vectors, own: NDArray[np.intp], similarities: Vectors, n_exemplars: int) -> NDArray[np.intp]:
    """Places in `own` and `inside` of typical rows, each chosen for nearness to the centroid, less likeness to others.

    Maximal marginal relevance: Carbonell and Goldstein 1998.
    """
    candidates = np.lexsort((own, -similarities))[:_N_CANDIDATES]
    among = inside[candidates] @ inside[candidates].T
    chosen = [0]
    while len(chosen) < min(n_exemplars, len(candidates)):
        worth = _TYPICAL * similarities[candidates] - among[:, chosen].max(axis=1)
        worth[chosen] = -np.inf
        chosen.append(int(worth.argmax()))
    return np.asarray(candidates[chosen], np.intp)


def _anchor(places: Points) -> Points:
    """A row's place amid the most others of its cluster: on its land even where the cluster is a ring or in two parts.

    The centre of the fullest cell of a grid over the cluster, moved to the nearest row.
    """
    if len(places) <= 2:
        return np.asarray(places[0], np.float32)
    ascending = np.sort(places, axis=0)
    low, high = ascending[int(0.02 * len(places))], ascending[int(0.98 * len(places))]
    extent = np.maximum(high - low, 1e-9)
    n_cells = int(np.clip(np.sqrt(len(places) / 4), 3, 24))
    cells = np.clip(((places - low) / extent * n_cells).astype(np.int64), 0, n_cells - 1)
    counts = np.zeros((n_cells + 2, n_cells + 2))
    np.add.at(counts, (cells[:, 0] + 1, cells[:, 1] + 1), 1)
    around = sum(counts[1 + i : n_cells + 1 + i, 1 + j : n_cells + 1 + j] for i in (-1, 0, 1) for j in (-1, 0, 1))
    around = around + counts[1:-1, 1:-1]  # of equally full surroundings, the fuller cell
    cell = np.array(np.unravel_index(int(np.argmax(around)), around.shape))
    is_near = (np.abs(cells - cell) <= 1).all(axis=1)
    centre = places[is_near].mean(axis=0)
    return np.asarray(places[int(((places - centre) ** 2).sum(axis=1).argmin())], np.float32)
