"""Two halves of a cluster, by its vectors."""

from __future__ import annotations

import numpy as np

from portolan.types import BoolArray, Vectors

_MOST_SEEN = 8192
_N_ITERATIONS = 20


def two_means(vectors: Vectors) -> BoolArray:
    """Which rows are in the smaller of two halves, by spherical 2-means: bool, shape (n_rows,).

    It starts from the two sides of the direction in which the vectors vary most, so it needs no chance.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n_rows, n_dims)
        Unit length, or zero.
    """
    seen = vectors[:: -(-len(vectors) // _MOST_SEEN) or 1]
    centred = seen - seen.mean(axis=0)
    direction = np.linalg.svd(centred[: 4 * centred.shape[1]], full_matrices=False)[2][0]
    is_second = centred @ direction > 0
    middles = np.stack([seen[~is_second].mean(axis=0), seen[is_second].mean(axis=0)]) if is_second.any() else None
    if middles is None or is_second.all():
        return np.zeros(len(vectors), np.bool_)
    for _ in range(_N_ITERATIONS):
        moved = _side(seen, middles)
        if not moved.any() or moved.all() or np.array_equal(moved, is_second):
            break
        is_second = moved
        middles = np.stack([seen[~is_second].mean(axis=0), seen[is_second].mean(axis=0)])
    is_part = _side(vectors, middles)
    smaller: BoolArray = is_part if 2 * is_part.sum() <= len(vectors) else ~is_part
    return smaller


def _side(vectors: Vectors, middles: Vectors) -> BoolArray:
    lengths = np.maximum(np.linalg.norm(middles, axis=1), 1e-12)
    closeness = vectors @ (middles.T / lengths)
    side: BoolArray = closeness[:, 1] > closeness[:, 0]
    return side
