"""The inner loop of matching texts: which of them are ASCII."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from portolan.types import BoolArray


@njit(cache=True, nogil=True)
def tell_plain(ends: NDArray[np.int64], data: NDArray[np.uint8], plain: BoolArray) -> None:
    """Fill `plain`: whether the bytes of each text, from one of `ends` to the next, are below 128."""
    for row in range(len(plain)):
        # Without a way out of the loop many bytes are looked at together.
        seen = np.uint8(0)
        for at in range(ends[row], ends[row + 1]):
            seen |= data[at]
        plain[row] = seen < 128
