"""The loops of filtering, compiled; apart, because numba takes long to import."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def count_codes(
    codes: NDArray[np.unsignedinteger],
    is_shown: NDArray[np.bool_],
    place_of: NDArray[np.uint32],
    counts: NDArray[np.int64],
) -> None:
    """Count the rows that are shown at the place of their code; codes past the table go to its last place."""
    last = len(place_of) - 1
    for i in range(len(codes)):
        if is_shown[i]:
            code = codes[i]
            counts[place_of[code if code < last else last]] += 1


@njit(cache=True, nogil=True)
def between(
    values: NDArray[np.floating], low: float, high: float, has_low: bool, has_high: bool, states: NDArray[np.uint8]
) -> None:
    """States of rows whose number must lie between two others; what is NaN is unknown."""
    for i in range(len(values)):
        value = values[i]
        if value != value:
            states[i] = 1
        elif (value > low or (has_low and value == low)) and (value < high or (has_high and value == high)):
            states[i] = 2
        else:
            states[i] = 0
