"""Where a layout starts: the main directions of the vectors, bent so that far groups of rows keep their order.

K-means makes a few hundred cells. Multidimensional scaling places their centroids, from their own principal directions
on, so that the order of the distances on the sheet follows the order of the cosine distances. Each row then lies
between the cells that it resembles: nearby rows start nearby, which a row put at its own cell's place would not (the
layout never mends all of those tears).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist, squareform

from portolan.core.kmeans import SAMPLE_PER_CELL, fit_cells
from portolan.core.parallel import map_blocks, one_blas_thread
from portolan.core.pca import principal_points
from portolan.core.ranks import ranks
from portolan.types import Points, Vectors

_N_CELLS = 256
_ROWS_PER_CELL = 16
_N_STEPS = 100
_SHARPNESS = 15.0
_BLOCK_ROWS = 4096


def start_points(vectors: Vectors, *, random_state: int = 0, threads: int | None = None) -> Points:
    """First positions of the rows.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n_rows, n_dims)
        None of them zero.

    Returns
    -------
    ndarray of float32, shape (n_rows, 2)
        In [-1, 1]. Principal directions alone where there are fewer than 48 rows (three cells).
    """
    n_cells = min(_N_CELLS, len(vectors) // _ROWS_PER_CELL)
    if n_cells < 3:
        points = principal_points(vectors, random_state=random_state)
    else:
        units = _unit(vectors[_sample(len(vectors), n_cells, random_state)])
        centroids = fit_cells(units, n_cells=n_cells, random_state=random_state, threads=threads)
        # Of the cells, not of the rows: scaling then ends at a lower stress, so that more of the far order is kept.
        places = place_cells(centroids, principal_points(centroids, random_state=random_state).astype(np.float64))
        points = _between(vectors, centroids, places, threads)
    points = points - points.mean(axis=0) if len(points) else points
    extent = float(np.abs(points).max(initial=0))
    return (points / (extent or 1)).astype(np.float32)


def place_cells(centroids: Vectors, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places of the cells, whose distances follow the ranks of the centroids' cosine distances, from `places` on.

    SMACOF (de Leeuw 1977): each step moves every cell to the mean of where the others would have it. The sheet keeps
    its size: the ranks are scaled to the distances it has at first.

    Parameters
    ----------
    centroids : ndarray of float32, shape (n_cells, n_dims)
    places : ndarray of float, shape (n_cells, 2)

    Returns
    -------
    ndarray of float, shape (n_cells, 2)
    """
    wanted = squareform(ranks(pdist(centroids, "cosine").round(6)))
    wanted *= squareform(pdist(places)).sum() / wanted.sum()
    with one_blas_thread():
        for _ in range(_N_STEPS):
            distances = squareform(pdist(places))
            # Two cells at one place push each other in no direction.
            is_apart = distances > 1e-4 * distances.mean()
            ratios = np.divide(wanted, distances, out=np.ones_like(wanted), where=is_apart) - 1
            places = places + (ratios.sum(axis=1)[:, None] * places - ratios @ places) / len(places)
    return places


def _sample(n_rows: int, n_cells: int, random_state: int) -> NDArray[np.int64]:
    rng = np.random.default_rng((random_state, 6))
    return np.sort(rng.choice(n_rows, min(n_rows, n_cells * SAMPLE_PER_CELL), replace=False))


def _unit(vectors: Vectors) -> Vectors:
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _between(vectors: Vectors, centroids: Vectors, places: NDArray[np.float64], threads: int | None) -> Points:
    """Each row at the mean of the cells' places, weighted by exp(15 · cosine similarity)."""
    points = np.empty((len(vectors), 2), np.float32)

    def blend(start: int, stop: int) -> None:
        weights = np.exp(np.float32(_SHARPNESS) * (_unit(vectors[start:stop]) @ centroids.T))
        points[start:stop] = (weights @ places.astype(np.float32)) / weights.sum(axis=1, keepdims=True)

    list(map_blocks(blend, len(vectors), block_rows=_BLOCK_ROWS, threads=threads))
    return points
