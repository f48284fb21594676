"""The loops of drawing points and land, compiled; apart, because numba takes long to import."""

from __future__ import annotations

import math
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


@njit(cache=True, nogil=True, fastmath=True)
def tint_land(
    lines: NDArray[np.float64],
    cells: NDArray[np.int64],
    weights: NDArray[np.float64],
    strength: float,
    line: float,
    line_px: float,
) -> NDArray[np.float32]:
    """How strongly the land is tinted, in 0 … 1: float32, one line less on each side than `lines` has.

    Heights grow with the logarithm of density; there is a tint for each whole step, and a fine line between.

    Parameters
    ----------
    lines : ndarray of float64, shape (n_lines, n_cells)
        Density along each line of pixels.
    cells, weights : ndarray, shape (n_columns, 4)
        Which cells each column of pixels mixes, and how.
    """
    n_lines, width = len(lines), len(cells)
    height = np.empty((n_lines, width), dtype=np.float32)
    for row in range(n_lines):
        for column in range(width):
            density = 0.0
            for step in range(4):
                density += weights[column, step] * lines[row, cells[column, step]]
            height[row, column] = math.log2(1 + 7 * max(density, 0.0)) * 1.25
    tint = np.zeros((n_lines - 2, width), dtype=np.float32)
    for row in range(1, n_lines - 1):
        for column in range(width):
            here = height[row, column]
            down = 0.5 * (height[row + 1, column] - height[row - 1, column])
            left, right = max(column - 1, 0), min(column + 1, width - 1)
            across = (height[row, right] - height[row, left]) / max(right - left, 1)
            slope = max((abs(down) + abs(across)) * line_px, 1e-4)
            shore = _smooth((here - 1 + slope) / (2 * slope))
            if here < 0.9 and shore <= 0:
                continue
            band = math.floor(here)
            level = band - 1 + _smooth((here - band) / (1.2 * slope))
            shade = strength * min(max(0.16 + 0.11 * level + 0.06 * here, 0.0), 1.0) * shore
            if here >= 0.9:
                shade += line * (1 - _smooth(abs(here - round(here)) / slope))
            tint[row - 1, column] = min(max(shade, 0.0), 1.0)
    return tint


@njit(cache=True, nogil=True, fastmath=True)
def _smooth(t: float) -> float:
    s = min(max(t, 0.0), 1.0)
    return s * s * (3 - 2 * s)


@njit(cache=True, nogil=True, fastmath=True)
def blend(
    tint: NDArray[np.float32],
    faded: NDArray[np.float32],
    ink: NDArray[np.float32],
    tones: NDArray[np.float32],
    fade: float,
    full: float,
    relief: float,
    deepest: float,
    is_light: bool,
) -> NDArray[np.uint8]:
    """Land, what a filter left out, and points, one over another: uint8, shape (height, width, 3).

    Where far more points lie on a pixel than fill it, their colour deepens with the logarithm of their number.

    Parameters
    ----------
    tint : ndarray of float32, shape (height, width)
        Of `tint_land`.
    faded, ink : ndarray of float32, shape (height, width, 5)
        Of `draw_discs`; `faded` may have no pixels.
    tones : ndarray of float32, shape (3, 3)
        Paper, land and what is faded, in 0 … 1.
    fade : float
        How strongly `faded` shows.
    full : float
        As many covers as make a point's colour nearly full.
    relief, deepest : float
        By how much powers deepen colours, and after how many doublings of `full` they are deepest.
    """
    height, width = tint.shape
    out = np.empty((height, width, 3), dtype=np.uint8)
    has_faded = len(faded) > 0
    for row in range(height):
        for column in range(width):
            alpha = ink[row, column, 3]
            cover = ink[row, column, 4]
            power = 1.0
            if cover > full:
                power += relief * min(math.log2(cover / full) / deepest, 1.0)
            for channel in range(3):
                value = tones[0, channel] + tint[row, column] * (tones[1, channel] - tones[0, channel])
                if has_faded:
                    value += fade * faded[row, column, 3] * (tones[2, channel] - value)
                if alpha > 0:
                    over = ink[row, column, channel]
                    if power > 1.0:
                        # Powers, not a mixture with black or white: the colour stays itself.
                        color = min(max(over / alpha, 0.0), 1.0)
                        over = alpha * (color**power if is_light else 1 - (1 - color) ** power)
                    value = value * (1 - alpha) + over
                out[row, column, channel] = int(min(max(value, 0.0), 1.0) * 255 + 0.5)
    return out
