"""The two main directions of the vectors."""

from __future__ import annotations

import numpy as np

from portolan.core.parallel import one_blas_thread
from portolan.types import Points, Vectors

_SAMPLE_ROWS = 20_000


def principal_points(vectors: Vectors, *, random_state: int = 0) -> Points:
    """Rows along the first two principal directions, found on a sample of at most 20,000 rows.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n_rows, n_dims)

    Returns
    -------
    ndarray of float32, shape (n_rows, 2)
        Centred; zeros where the vectors do not differ. The sign of a direction is fixed by its largest entry.
    """
    n_rows, n_dims = vectors.shape
    if n_rows == 0 or n_dims == 0:
        return np.zeros((n_rows, 2), np.float32)
    rng = np.random.default_rng((random_state, 3))
    rows = np.sort(rng.choice(n_rows, min(n_rows, _SAMPLE_ROWS), replace=False))
    with one_blas_thread():
        sample = vectors[rows].astype(np.float32)
        mean = sample.mean(axis=0)
        sample -= mean
        _values, directions = np.linalg.eigh(sample.T.astype(np.float64) @ sample)
        axes = directions[:, ::-1][:, :2]
        axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
        points = (vectors @ axes.astype(np.float32)) - (mean @ axes.astype(np.float32))
    return np.pad(points, ((0, 0), (0, 2 - points.shape[1]))).astype(np.float32)
