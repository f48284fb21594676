"""The loops of filtering, compiled; apart, because numba takes long to import."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from portolan.types import Points

N_BANDS = 512


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


def edges_by_band(polygon: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int32]]:
    """The polygon's edges (n, 4: x0 y0 x1 y1) and, for each of N_BANDS bands of its height, which of them cross it.

    Band b's edges are `members[starts[b] : starts[b + 1]]`.
    """
    edges = np.hstack([polygon, np.roll(polygon, -1, axis=0)])
    bottom, top = polygon[:, 1].min(), polygon[:, 1].max()
    height = (top - bottom) / N_BANDS or 1.0
    low = np.minimum(edges[:, 1], edges[:, 3])
    high = np.maximum(edges[:, 1], edges[:, 3])
    # A band more on both sides: rounding may put a row into the next one.
    first = np.clip(((low - bottom) / height).astype(np.int64) - 1, 0, N_BANDS - 1)
    last = np.clip(((high - bottom) / height).astype(np.int64) + 1, 0, N_BANDS - 1)
    members = [np.flatnonzero((first <= band) & (last >= band)) for band in range(N_BANDS)]
    starts = np.concatenate([[0], np.cumsum([len(some) for some in members])]).astype(np.int64)
    return edges, starts, np.concatenate(members).astype(np.int32)


@njit(cache=True, nogil=True)
def in_polygon(
    points: Points,
    edges: NDArray[np.float64],
    starts: NDArray[np.int64],
    members: NDArray[np.int32],
    box: NDArray[np.float64],
    states: NDArray[np.uint8],
) -> None:
    """States of rows whose point must lie in a polygon, by the even-odd rule (Shimrat, 1962).

    A row is tested against the edges of its band alone. `box`: left, bottom, right, top of the polygon.
    """
    n_bands = len(starts) - 1
    height = (box[3] - box[1]) / n_bands
    for i in range(len(points)):
        x, y = np.float64(points[i, 0]), np.float64(points[i, 1])
        states[i] = 0
        if x < box[0] or x > box[2] or y < box[1] or y > box[3] or height <= 0:
            continue
        band = min(int((y - box[1]) / height), n_bands - 1)
        is_inside = False
        for place in range(starts[band], starts[band + 1]):
            x0, y0, x1, y1 = edges[members[place]]
            if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
                is_inside = not is_inside
        if is_inside:
            states[i] = 2
