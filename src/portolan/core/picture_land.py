"""The land under a picture's points: how dense rows lie, as tints and lines; and what points look like on it.

The page has the same in `ui/src/core/density.ts` and `ui/src/render/landscape.ts`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portolan.core.picture_kernels import tint_land
from portolan.types import FloatArray

Pixels = NDArray[np.float32]

CELLS = 256
"""Cells along the longer side of what is drawn."""
MARGIN = 0.08
"""Land beyond the picture's edge, as a share of the longer side: what lies there bears on what lies within."""
FAIR_SAMPLE = 16_384
"""Smoothing grows below this many rows."""
BLOCK = 1 << 20


@dataclass(frozen=True)
class Land:
    """Density on a grid of cells.

    Attributes
    ----------
    values : ndarray of float64, shape (n_lines, n_columns)
        1 is the median over the rows.
    cell_px : float
        Side of a cell, px.
    margin_px : float
        The grid begins this far left of and above the place (0, 0).
    rows_per_px : float
        Rows on a px² where the density is 1.
    """

    values: FloatArray
    cell_px: float
    margin_px: float
    rows_per_px: float


@dataclass(frozen=True)
class PointLook:
    """How a point is drawn: diameter in px at scale 1, opacity in 0 … 1."""

    diameter: float
    opacity: float


def point_look(rows_per_px: float) -> PointLook:
    """Points large and solid where they are sparse, small and light where they crowd.

    `rows_per_px`: rows on a px² at a typical row's place. Below the smallest diameter the opacity falls instead.
    """
    ideal = 0.62 / np.sqrt(max(rows_per_px, 1e-9))
    diameter = min(11.0, max(1.7, 1.7 * ideal**0.68))
    crowding = rows_per_px * diameter * diameter
    return PointLook(float(diameter), float(min(0.92, max(0.22, 0.95 / max(1.0, crowding) ** 0.55))))


def measure_land(xy: Pixels, *, width: float, height: float) -> Land:
    """The land that rows at `xy` make (px, from the upper left of what is drawn, `width` by `height`)."""
    cell = max(width, height) / CELLS
    margin = MARGIN * max(width, height)
    shape = (int(np.ceil((height + 2 * margin) / cell)) + 1, int(np.ceil((width + 2 * margin) / cell)) + 1)
    values = np.zeros(shape[0] * shape[1])
    n_seen = 0
    for at in range(0, len(xy), BLOCK):
        n_seen += _splat(values, (xy[at : at + BLOCK].astype(np.float64) + margin) / cell - 0.5, shape)
    values = values.reshape(shape)
    radius = round(CELLS / 256 * 2.5 * min(4.0, (FAIR_SAMPLE / max(1, min(n_seen, FAIR_SAMPLE))) ** (1 / 6)))
    for _ in range(3):  # three box blurs come close to a Gaussian
        values = _blur(_blur(values, radius).T, radius).T
    median = _median_at(values, xy, margin=margin, cell=cell) or 1.0
    return Land(values / median, cell, margin, median / cell**2 if n_seen else 0.0)


def _splat(values: FloatArray, places: FloatArray, shape: tuple[int, int]) -> int:
    """Add rows to the four cells around each; returns how many lay on the grid."""
    corner = np.floor(places).astype(np.int64)
    is_on = (corner >= 0).all(1) & (corner[:, 0] < shape[1] - 1) & (corner[:, 1] < shape[0] - 1)
    corner, share = corner[is_on], (places - corner)[is_on]
    cells = corner[:, 1] * shape[1] + corner[:, 0]
    for right in (0, 1):
        for below in (0, 1):
            x, y = share[:, 0], share[:, 1]
            weights = (x if right else 1 - x) * (y if below else 1 - y)
            values += np.bincount(cells + right + below * shape[1], weights, len(values))
    return len(cells)


def _blur(values: FloatArray, radius: int) -> FloatArray:
    """Mean over 2 · radius + 1 cells along each line; beyond the edge there is nothing."""
    padded = np.pad(values, ((0, 0), (radius + 1, radius)))
    sums = np.cumsum(padded, axis=1)
    blurred: FloatArray = (sums[:, 2 * radius + 1 :] - sums[:, : -2 * radius - 1]) / (2 * radius + 1)
    return np.maximum(blurred, 0)


def _median_at(values: FloatArray, xy: Pixels, *, margin: float, cell: float) -> float:
    some = xy[:: max(1, len(xy) // 200_000)]
    if len(some) == 0:
        return 0.0
    places = np.clip(((some + margin) / cell).astype(np.int64), 0, [values.shape[1] - 1, values.shape[0] - 1])
    return float(np.median(values[places[:, 1], places[:, 0]]))


def shade_land(land: Land, *, x: FloatArray, y: FloatArray, strength: float, line: float, line_px: float) -> Pixels:
    """How strongly the land is tinted at each pixel, in 0 … 1: float32, shape (len(y) - 2, len(x)).

    Parameters
    ----------
    x, y : ndarray of float, px
        Where the pixels' middles lie; `y` with one line more on each side, to know how steep the land is there.
    strength, line : float
        Of the tints at their densest, and of the lines between them.
    line_px : float
        How wide a line is, in pixels of the picture.
    """
    # The spline is separable: first along each column of cells, then along each line of pixels.
    cells, weights = _spline(y, land, land.values.shape[0])
    lines = np.einsum("lsc,ls->lc", land.values[cells], weights)
    tint: Pixels = tint_land(lines, *_spline(x, land, land.values.shape[1]), strength, line, line_px)
    return tint


def _spline(at: FloatArray, land: Land, n_cells: int) -> tuple[NDArray[np.int64], FloatArray]:
    """Four cells for each place and their weights, of a cubic B-spline: no facets when the grid is magnified."""
    place = (at + land.margin_px) / land.cell_px - 0.5
    base = np.floor(place)
    f = place - base
    weights = np.stack([(1 - f) ** 3, 4 - 6 * f**2 + 3 * f**3, 4 - 6 * (1 - f) ** 2 + 3 * (1 - f) ** 3, f**3]) / 6
    cells = np.clip(base.astype(np.int64)[:, None] + np.arange(-1, 3), 0, n_cells - 1)
    return cells, np.ascontiguousarray(weights.T)
