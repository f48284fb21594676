"""The loops of drawing points, compiled; apart, because numba takes long to import."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

HOLLOW_FROM_PX = 3.0
"""A hollow point is a ring only where it is wide enough to show one."""


@njit(cache=True, nogil=True, fastmath=True)
def draw_discs(
    ink: NDArray[np.float32],
    xy: NDArray[np.float32],
    codes: NDArray[Any],
    colors: NDArray[np.float32],
    is_hollow: NDArray[np.bool_],
    top: float,
    diameter: float,
    opacity: float,
    rim: float,
) -> None:
    """Draw points over `ink`, one after another: what the page's shader does, a pixel at a time.

    Parameters
    ----------
    ink : ndarray of float32, shape (height, width, 5)
        Red, green, blue (0 … 1, times alpha), alpha, and the sum of all cover. Changed in place.
    xy : ndarray of float32, shape (n, 2)
        Centres in px, y down from the picture's top.
    codes : ndarray of unsigned, shape (n,)
        Places in `colors` and `is_hollow`.
    top : float
        Where `ink` begins in the picture, px.
    diameter, opacity, rim : float
        px, in 0 … 1, and how wide a hollow point's ring is in px.
    """
    height, width = ink.shape[0], ink.shape[1]
    radius = 0.5 * diameter
    reach = radius + 0.5
    for place in range(len(xy)):
        x, y = xy[place, 0], xy[place, 1] - top
        if x < -reach or y < -reach or x > width + reach or y > height + reach:
            continue
        code = codes[place]
        red, green, blue = colors[code, 0], colors[code, 1], colors[code, 2]
        is_ring = is_hollow[code] and diameter > HOLLOW_FROM_PX
        # A pixel's middle lies half a pixel in.
        first_row, last_row = max(0, int(np.ceil(y - reach - 0.5))), min(height - 1, int(np.floor(y + reach - 0.5)))
        first, last = max(0, int(np.ceil(x - reach - 0.5))), min(width - 1, int(np.floor(x + reach - 0.5)))
        for row in range(first_row, last_row + 1):
            dy = row + 0.5 - y
            for column in range(first, last + 1):
                dx = column + 0.5 - x
                distance = np.sqrt(dx * dx + dy * dy)
                cover = min(1.0, max(0.0, radius - distance + 0.5))
                if cover <= 0:
                    continue
                if is_ring:
                    cover *= min(1.0, max(0.25, distance - radius + rim))
                alpha = cover * opacity
                ink[row, column, 0] = red * alpha + ink[row, column, 0] * (1 - alpha)
                ink[row, column, 1] = green * alpha + ink[row, column, 1] * (1 - alpha)
                ink[row, column, 2] = blue * alpha + ink[row, column, 2] * (1 - alpha)
                ink[row, column, 3] = alpha + ink[row, column, 3] * (1 - alpha)
                ink[row, column, 4] += cover
