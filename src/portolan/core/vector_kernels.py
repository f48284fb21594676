"""The inner loop of searching vectors that are kept as bytes."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Codes = NDArray[np.int8]
Floats = NDArray[np.float32]


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def dots(codes: Codes, scales: Floats, query: Floats, found: Floats, first: int, last: int) -> None:
    """Fill `found` from first to last: a row's bytes times the query, times its scale; -2 where that is 0."""
    n_dims = codes.shape[1]
    for row in range(first, last):
        total = np.float32(0)
        for dim in range(n_dims):
            total += query[dim] * np.float32(codes[row, dim])
        found[row] = total * scales[row] if scales[row] > 0 else np.float32(-2)
