"""Cells of the vector space: k-means on a sample, on the sphere, deterministic for any number of threads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from portolan.core.parallel import map_blocks
from portolan.types import Vectors

_BLOCK_ROWS = 4096
_N_ITERATIONS = 6
SAMPLE_PER_CELL = 40


def fit_cells(vectors: Vectors, *, n_cells: int, random_state: int = 0, threads: int | None = None) -> Vectors:
    """Centroids of `n_cells` cells, found by spherical k-means on a sample of the rows.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n_rows, n_dims)
        Unit length.

    Returns
    -------
    ndarray of float32, shape (n_cells, n_dims)
        Unit length.
    """
    rng = np.random.default_rng((random_state, 1))
    n_sample = min(len(vectors), n_cells * SAMPLE_PER_CELL)
    sample = vectors[np.sort(rng.choice(len(vectors), n_sample, replace=False))]
    centroids = sample[rng.choice(n_sample, n_cells, replace=False)]
    for _ in range(_N_ITERATIONS):
        cells = assign_cells(sample, centroids, threads=threads)
        sums = _cell_sums(sample, cells, n_cells)
        is_empty = np.bincount(cells, minlength=n_cells) == 0
        # An empty cell starts again from a random row: one that would not shrink the largest cells helps nobody.
        sums[is_empty] = sample[rng.choice(n_sample, int(is_empty.sum()))]
        centroids = _unit(sums)
    return centroids


def assign_cells(vectors: Vectors, centroids: Vectors, *, threads: int | None = None) -> NDArray[np.int32]:
    """Index of the nearest centroid of each row, int32, shape (n_rows,)."""
    transposed = np.ascontiguousarray(centroids.T)

    def nearest(start: int, stop: int) -> NDArray[np.int32]:
        cells: NDArray[np.int32] = np.argmax(vectors[start:stop] @ transposed, axis=1).astype(np.int32)
        return cells

    blocks = list(map_blocks(nearest, len(vectors), block_rows=_BLOCK_ROWS, threads=threads))
    return np.concatenate(blocks) if blocks else np.empty(0, np.int32)


def cut_large_cells(
    cells: NDArray[np.int32], centroids: Vectors, *, max_rows: int
) -> tuple[NDArray[np.int32], Vectors]:
    """Cells of at most `max_rows` rows: a larger one (thousands of equal texts) is cut in pieces, in order of rows.

    Returns
    -------
    tuple of ndarray
        The new cell of each row, and the centroids: a piece has the centroid of its whole.
    """
    sizes = np.bincount(cells, minlength=len(centroids))
    n_pieces = np.maximum(-(-sizes // max_rows), 1)
    firsts = np.cumsum(n_pieces) - n_pieces
    order = np.argsort(cells, kind="stable")
    place = np.empty(len(cells), np.int64)
    place[order] = np.arange(len(cells)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return (firsts[cells] + place // max_rows).astype(np.int32), np.repeat(centroids, n_pieces, axis=0)


def _cell_sums(vectors: Vectors, cells: NDArray[np.int32], n_cells: int) -> Vectors:
    order = np.argsort(cells, kind="stable")
    found, starts = np.unique(cells[order], return_index=True)
    sums = np.zeros((n_cells, vectors.shape[1]), np.float32)
    sums[found] = np.add.reduceat(vectors[order], starts, axis=0)
    return sums


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return unit
