"""How faithful a map is: measured on a sample of rows against all rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.spatial import KDTree
from scipy.spatial.distance import pdist

from portolan.core.neighbors import Ids, Neighbors
from portolan.core.parallel import one_blas_thread
from portolan.core.ranks import ranks
from portolan.types import Points, Vectors

_N_NEIGHBORS = 15
_N_SAMPLE = 500
_BLOCK_ROWS = 64


def measure_quality(
    vectors: Vectors,
    points: Points,
    neighbors: Neighbors,
    *,
    random_state: int = 0,
    n_sample: int = _N_SAMPLE,
) -> dict[str, float]:
    """Trustworthiness, recall@15 of the map and recall of the graph, on `n_sample` rows with text.

    Returns
    -------
    dict
        Keys `trustworthiness`, `recall_at_15`, `knn_recall`; values in [0, 1]; empty for fewer than 3 rows with text.
    """
    rows = np.flatnonzero(neighbors.ids[:, 0] >= 0)
    if len(rows) < 3:
        return {}
    queries = _sample(len(rows), random_state, n_sample)
    vectors, points = vectors[rows], points[rows]
    n_neighbors = min(_N_NEIGHBORS, (len(rows) - 1) // 2)
    on_map = map_neighbors(points, queries, n_neighbors=n_neighbors)
    places = np.full(len(neighbors.ids), -1, np.int32)
    places[rows] = np.arange(len(rows))
    in_graph = neighbors.ids[rows[queries], :n_neighbors]
    in_graph = np.where(in_graph >= 0, places[in_graph], -1)
    ranks = similarity_ranks(vectors, queries, np.hstack((on_map, in_graph)))
    map_ranks, graph_ranks = ranks[:, :n_neighbors], ranks[:, n_neighbors:]
    return {
        "trustworthiness": _trust(map_ranks, len(rows)),
        "recall_at_15": float((map_ranks <= n_neighbors).mean()),
        "knn_recall": float(((graph_ranks <= n_neighbors) & (in_graph >= 0)).mean()),
    }


def trustworthiness(
    vectors: Vectors, points: Points, *, n_neighbors: int = _N_NEIGHBORS, random_state: int = 0, n_sample: int = 2000
) -> float:
    """Share of the map's neighbourhoods that the vectors confirm, in [0, 1]; 1: no false neighbour.

    Venna and Kaski 2001, as in scikit-learn's `trustworthiness`, with cosine distance, over a sample of rows.
    """
    queries = _sample(len(points), random_state, n_sample)
    on_map = map_neighbors(points, queries, n_neighbors=n_neighbors)
    return _trust(similarity_ranks(vectors, queries, on_map), len(points))


def neighbor_recall(
    vectors: Vectors,
    points: Points,
    *,
    n_neighbors: int = _N_NEIGHBORS,
    n_shown: int | None = None,
    random_state: int = 0,
    n_sample: int = 2000,
) -> float:
    """Share of each row's `n_neighbors` nearest in the vectors that are among its `n_shown` nearest on the map."""
    n_shown = n_shown or n_neighbors
    queries = _sample(len(points), random_state, n_sample)
    on_map = map_neighbors(points, queries, n_neighbors=n_shown)
    ranks = similarity_ranks(vectors, queries, on_map)
    return float((ranks <= n_neighbors).sum() / (len(queries) * n_neighbors))


def knn_recall(vectors: Vectors, neighbors: Neighbors, *, random_state: int = 0, n_sample: int = 1000) -> float:
    """Share of the graph's neighbours that are true nearest neighbours, on a sample of the rows that have any."""
    rows = np.flatnonzero(neighbors.ids[:, 0] >= 0)
    queries = rows[_sample(len(rows), random_state, n_sample)]
    if not len(queries):
        return 1.0
    found = neighbors.ids[queries]
    ranks = similarity_ranks(vectors, queries, found)
    return float(((ranks <= found.shape[1]) & (found >= 0)).sum() / max(int((found >= 0).sum()), 1))


def label_accuracy(
    points: Points, labels: NDArray[np.generic], *, n_neighbors: int = 10, random_state: int = 0
) -> float:
    """Share of rows whose label is the commonest of their 10 nearest rows among four fifths of the others.

    Each fifth is judged once by the other four: a single fifth of a few thousand rows errs by more than layouts differ.
    Ties go to the label that comes first in order. `points` may have any number of columns.
    """
    codes = np.unique(labels, return_inverse=True)[1]
    order = np.random.default_rng((random_state, 5)).permutation(len(points))
    hits = 0
    for test in np.array_split(order, 5):
        train = np.setdiff1d(order, test)
        _distances, nearest = KDTree(points[train]).query(points[test], k=min(n_neighbors, len(train)))
        votes = codes[train][nearest]
        counts = np.apply_along_axis(np.bincount, 1, votes, minlength=int(codes.max()) + 1)
        hits += int((counts.argmax(axis=1) == codes[test]).sum())
    return hits / len(points)


def global_order(vectors: Vectors, points: Points, labels: NDArray[np.generic]) -> float:
    """Spearman correlation of the distances between the labels' centroids, in the vectors and on the map.

    NaN for fewer than three labels.
    """
    codes = np.unique(labels, return_inverse=True)[1]
    if codes.max(initial=0) < 2:
        return float("nan")
    in_vectors = pdist(_centroids(vectors, codes), "cosine")
    on_map = pdist(_centroids(points, codes))
    return float(np.corrcoef(ranks(in_vectors), ranks(on_map))[0, 1])


def map_neighbors(points: Points, queries: NDArray[np.int64], *, n_neighbors: int) -> Ids:
    """The nearest rows on the map of each query row, itself excluded, int32, shape (n_queries, n_neighbors)."""
    n_found = min(n_neighbors + 1, len(points))
    _distances, found = KDTree(points).query(points[queries], k=n_found)
    is_other = found != queries[:, None]
    # A query buried under equal points may not find itself: then its last neighbour goes.
    is_other[is_other.all(axis=1), -1] = False
    others: Ids = found[is_other].reshape(len(queries), n_found - 1).astype(np.int32)
    return others


def similarity_ranks(vectors: Vectors, queries: NDArray[np.int64], candidates: Ids) -> NDArray[np.int64]:
    """Rank (1: most similar) of each candidate among all other rows, by cosine similarity to its query row.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n_rows, n_dims)
    queries : ndarray of int, shape (n_queries,)
    candidates : ndarray of int32, shape (n_queries, n_candidates)
        -1 gets the worst rank.

    Returns
    -------
    ndarray of int64, shape (n_queries, n_candidates)
        Rows that are exactly as similar as the candidate share its rank.
    """
    ranks = np.empty(candidates.shape, np.int64)
    lengths = np.linalg.norm(vectors, axis=1)
    inverse = (1 / np.maximum(lengths, 1e-12)).astype(np.float32)
    with one_blas_thread():
        for start, stop in _blocks(len(queries)):
            block = queries[start:stop]
            similarities = (vectors[block] @ vectors.T) * inverse
            similarities[:, lengths == 0] = -np.inf
            similarities[np.arange(len(block)), block] = -np.inf
            count_better(similarities, candidates[start:stop], ranks[start:stop])
    return ranks


@njit(nogil=True, cache=True)
def count_better(similarities: Vectors, candidates: Ids, ranks: NDArray[np.int64]) -> None:
    """Fill `ranks`: 1 + the number of columns of `similarities` above each candidate's; last for a candidate of -1."""
    n_rows = similarities.shape[1]
    for i in range(candidates.shape[0]):
        for j in range(candidates.shape[1]):
            if candidates[i, j] < 0:
                ranks[i, j] = n_rows
                continue
            own = similarities[i, candidates[i, j]]
            n_better = 0
            for row in range(n_rows):
                n_better += similarities[i, row] > own
            ranks[i, j] = 1 + n_better


def _trust(ranks: NDArray[np.int64], n_rows: int) -> float:
    n_neighbors = ranks.shape[1]
    penalty = np.maximum(ranks - n_neighbors, 0).sum() / len(ranks)
    worst = n_neighbors * (2 * n_rows - 3 * n_neighbors - 1) / 2
    return float(1 - penalty / worst) if worst > 0 else 1.0


def _sample(n_rows: int, random_state: int, n_sample: int) -> NDArray[np.int64]:
    rng = np.random.default_rng((random_state, 4))
    return np.sort(rng.choice(n_rows, min(n_sample, n_rows), replace=False))


def _blocks(n_rows: int) -> Iterator[tuple[int, int]]:
    return ((start, min(start + _BLOCK_ROWS, n_rows)) for start in range(0, n_rows, _BLOCK_ROWS))


def _centroids(values: NDArray[np.float32], codes: NDArray[np.int64]) -> NDArray[np.float64]:
    sums = np.zeros((int(codes.max()) + 1, values.shape[1]))
    np.add.at(sums, codes, values)
    return sums / np.bincount(codes)[:, None]
