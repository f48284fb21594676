"""The nearest of all vectors to a few: exact, in blocks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from portolan.core.parallel import one_blas_thread
from portolan.types import RowIds, Vectors

_BLOCK_ROWS = 65_536


def nearest(
    vectors: Vectors, queries: Vectors, *, limit: int, leave_out: RowIds | None = None
) -> tuple[RowIds, NDArray[np.float32]]:
    """Rows whose vectors are nearest to each query, by cosine similarity, the nearest first; ties by row.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n_rows, n_dims)
        Unit length, or zeros for rows without text: those are nobody's neighbours unless nothing else is left.
    queries : ndarray of float32, shape (n_queries, n_dims)
    leave_out : ndarray of int64, shape (n_queries,), optional
        For each query a row that is not to be found: itself.

    Returns
    -------
    rows : ndarray of int64, shape (n_queries, min(limit, n_rows - 1 or n_rows))
    similarities : ndarray of float32, same shape
    """
    n_found = min(limit, len(vectors) - (leave_out is not None))
    similarities = similarities_to(vectors, queries)
    if leave_out is not None:
        similarities[np.arange(len(queries)), leave_out] = -np.inf
    rows = np.argpartition(-similarities, max(n_found - 1, 0), axis=1)[:, :n_found] if n_found else _none(queries)
    found = np.take_along_axis(similarities, rows, axis=1)
    order = np.lexsort((rows, -found), axis=1)
    rows, found = np.take_along_axis(rows, order, axis=1), np.take_along_axis(found, order, axis=1)
    return rows.astype(np.int64), np.clip(found, -1, 1)


def similarities_to(vectors: Vectors, queries: Vectors) -> NDArray[np.float32]:
    """Cosine similarity of all rows to each query, shape (n_queries, n_rows); -2 for rows without text."""
    similarities = np.empty((len(queries), len(vectors)), np.float32)
    with one_blas_thread():
        for start in range(0, len(vectors), _BLOCK_ROWS):
            block = vectors[start : start + _BLOCK_ROWS]
            similarities[:, start : start + len(block)] = queries @ block.T
    # Exactly 0 is what a row without text gives: below every row that has some.
    similarities[similarities == 0] = -2
    return similarities


def _none(queries: Vectors) -> NDArray[np.int64]:
    return np.empty((len(queries), 0), np.int64)
