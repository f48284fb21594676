"""Turn a layout so that it lies as another one of the same rows does: which way is up has no meaning in either."""

from __future__ import annotations

import numpy as np

from portolan.errors import ShapeError
from portolan.types import Points


def turned(points: Points, *, like: Points) -> Points:
    """`points` turned, and mirrored where that is nearer, about their centre; no distance changes.

    Orthogonal Procrustes (Schönemann 1966) over all rows.

    Parameters
    ----------
    points, like : ndarray of float32, shape (n_rows, 2)
        Two layouts of the same rows.

    Raises
    ------
    ShapeError
        They are not of the same rows.
    """
    if points.shape != like.shape:
        raise ShapeError(
            f"The layouts have {len(points):,} and {len(like):,} rows.", fix="Give two layouts of the same rows."
        )
    if len(points) == 0:
        return points
    centre = points.mean(axis=0, dtype=np.float64)
    own = points - centre
    other = like - like.mean(axis=0, dtype=np.float64)
    left, _, right = np.linalg.svd(own.T @ other)
    result: Points = (own @ (left @ right) + centre).astype(np.float32)
    return result
