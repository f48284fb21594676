"""The fuzzy graph of UMAP: how strongly each two neighbours belong together."""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy import sparse

from portolan.core.neighbors import Neighbors
from portolan.types import Vectors

_N_BISECTIONS = 40


def fuzzy_graph(neighbors: Neighbors) -> sparse.csr_matrix:
    """Weights of edges between rows, symmetric, in (0, 1].

    Each row's distances are made relative to its nearest neighbour and scaled so that its weights sum to
    log2(n_neighbors); an edge that either row sees is kept (the probabilistic union). McInnes, Healy and Melville 2018,
    section 3.1.

    Returns
    -------
    scipy.sparse.csr_matrix of float32, shape (n_rows, n_rows)
        An empty row where the row has no neighbours.
    """
    n_rows, n_neighbors = neighbors.ids.shape
    weights = np.zeros((n_rows, n_neighbors), np.float32)
    membership(neighbors.distances, np.log2(n_neighbors + 1), weights)
    is_edge = (neighbors.ids >= 0) & (weights > 0)
    ends = np.concatenate(([0], np.cumsum(is_edge.sum(axis=1))))
    directed = sparse.csr_matrix((weights[is_edge], neighbors.ids[is_edge], ends), shape=(n_rows, n_rows))
    reverse = directed.T.tocsr()
    graph = (directed + reverse - directed.multiply(reverse)).tocsr()
    graph.sort_indices()
    return graph


@njit(nogil=True, cache=True)
def membership(distances: Vectors, target: float, weights: Vectors) -> None:
    """Fill `weights`, shape (n_rows, n_neighbors): exp(-(distance - nearest) / scale), each row's sum is `target`."""
    for i in range(distances.shape[0]):
        nearest = distances[i, 0]
        if not np.isfinite(nearest):
            continue
        low, high, scale = 0.0, np.inf, 1.0
        for _ in range(_N_BISECTIONS):
            total = 0.0
            for j in range(distances.shape[1]):
                total += np.exp(-(distances[i, j] - nearest) / scale)
            if total > target:
                high = scale
                scale = (low + high) / 2
            else:
                low = scale
                scale = scale * 2 if high == np.inf else (low + high) / 2
        for j in range(distances.shape[1]):
            weights[i, j] = np.exp(-(distances[i, j] - nearest) / scale)
