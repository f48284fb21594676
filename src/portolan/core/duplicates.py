"""Groups of near-identical vectors, exactly: every pair is compared, a block at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from portolan.core.parallel import one_blas_thread
from portolan.types import Vectors

BLOCK_ROWS = 1024


def duplicate_groups(vectors: Vectors, *, cutoff: float) -> NDArray[np.int64]:
    """The group of each row; rows within `cutoff` of one another, or linked by such rows, share one.

    Work grows with the square of the number of different vectors: 6,000 take a second, 100,000 some minutes.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n_rows, n_dims)
        Unit length, or zeros for rows without text: those are alone.
    cutoff : float
        Cosine distance, in [0, 2].

    Returns
    -------
    ndarray of int64, shape (n_rows,)
        Groups are numbered by their first row.
    """
    distinct, place = np.unique(vectors, axis=0, return_inverse=True)
    has_text = np.abs(distinct).max(axis=1) > 0
    lefts, rights = [], []
    with one_blas_thread():
        for start in range(0, len(distinct), BLOCK_ROWS):
            block = distinct[start : start + BLOCK_ROWS]
            left, right = np.nonzero(np.triu(block @ distinct[start:].T >= 1 - cutoff, k=1))
            lefts.append(left + start)
            rights.append(right + start)
    left, right = np.concatenate(lefts), np.concatenate(rights)
    size = (len(distinct), len(distinct))
    groups = connected_components(coo_array((np.ones(len(left), np.int8), (left, right)), shape=size), directed=False)[
        1
    ]
    of_row = groups[place.ravel()].astype(np.int64)
    alone = ~has_text[place.ravel()]
    of_row[alone] = groups.max(initial=0) + 1 + np.arange(alone.sum())
    return _numbered(of_row)


def _numbered(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same groups, numbered in order of their first rows."""
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    order = np.empty(len(first), dtype=np.int64)
    order[np.argsort(first, kind="stable")] = np.arange(len(first))
    numbered: NDArray[np.int64] = order[inverse.ravel()]
    return numbered
