"""Points in a polygon, compiled; apart, because numba takes long to import."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from portolan.types import Points

N_CELLS = 256
OUTSIDE, ON_EDGE, INSIDE = 0, 1, 2


@dataclass(frozen=True)
class PolygonGrid:
    """A polygon, and which cells of a grid over its box lie in it.

    Attributes
    ----------
    edges : ndarray of float64, shape (n_edges, 4)
        x0, y0, x1, y1.
    starts, members : ndarray of int64 and int32
        The edges that cross row r of cells: `members[starts[r] : starts[r + 1]]`.
    cells : ndarray of uint8, shape (N_CELLS + 2, N_CELLS + 2)
        OUTSIDE, ON_EDGE or INSIDE, with a cell more on each side.
    corner, scale : ndarray of float64, shape (2,)
        Left and bottom of the box; cells per map unit.
    """

    edges: NDArray[np.float64]
    starts: NDArray[np.int64]
    members: NDArray[np.int32]
    cells: NDArray[np.uint8]
    corner: NDArray[np.float64]
    scale: NDArray[np.float64]

    def mark(self, points: Points, states: NDArray[np.uint8]) -> None:
        """2 for each point that lies in the polygon by the even-odd rule (Shimrat, 1962), else 0.

        Few points lie in a cell that an edge crosses: the others are answered by their cell.
        """
        _mark(points, self.edges, self.starts, self.members, self.cells, self.corner, self.scale, states)


def polygon_grid(polygon: NDArray[np.float64]) -> PolygonGrid:
    """The grid over a polygon of corners x, y, shape (n, 2)."""
    edges = np.hstack([polygon, np.roll(polygon, -1, axis=0)])
    corner, extent = polygon.min(axis=0), np.ptp(polygon, axis=0)
    scale = np.divide(N_CELLS, extent, out=np.zeros(2), where=extent > 0)
    low = np.minimum(edges[:, 1], edges[:, 3])
    high = np.maximum(edges[:, 1], edges[:, 3])
    # A row more on both sides: rounding may put a point into the next one.
    first = np.clip(((low - corner[1]) * scale[1]).astype(np.int64) - 1, 0, N_CELLS - 1)
    last = np.clip(((high - corner[1]) * scale[1]).astype(np.int64) + 1, 0, N_CELLS - 1)
    members = [np.flatnonzero((first <= row) & (last >= row)) for row in range(N_CELLS)]
    starts = np.concatenate([[0], np.cumsum([len(some) for some in members])]).astype(np.int64)
    flat = np.concatenate(members).astype(np.int32)
    cells = np.zeros((N_CELLS + 2, N_CELLS + 2), np.uint8)
    if scale.all():
        _mark_edges(edges, corner, scale, cells)
        _fill_inside(edges, starts, flat, corner, scale, cells)
    return PolygonGrid(edges, starts, flat, cells, corner, scale)


@njit(cache=True, nogil=True)
def _mark_edges(
    edges: NDArray[np.float64], corner: NDArray[np.float64], scale: NDArray[np.float64], cells: NDArray[np.uint8]
) -> None:
    """ON_EDGE for every cell that an edge may touch, and those around it."""
    most = cells.shape[0] - 1
    for edge in range(len(edges)):
        x0, y0 = (edges[edge, 0] - corner[0]) * scale[0], (edges[edge, 1] - corner[1]) * scale[1]
        x1, y1 = (edges[edge, 2] - corner[0]) * scale[0], (edges[edge, 3] - corner[1]) * scale[1]
        for row in range(int(min(y0, y1)) - 1, int(max(y0, y1)) + 2):
            # Where the edge enters and leaves the row and its two neighbours.
            enters, leaves = 0.0, 1.0
            if y0 != y1:
                one, other = (row - 1 - y0) / (y1 - y0), (row + 2 - y0) / (y1 - y0)
                enters, leaves = max(0.0, min(one, other)), min(1.0, max(one, other))
            a, b = x0 + enters * (x1 - x0), x0 + leaves * (x1 - x0)
            # One is added for the cell more on each side.
            left, right = max(0, int(min(a, b))), min(most, int(max(a, b)) + 2)
            cells[min(max(row + 1, 0), most), left : right + 1] = ON_EDGE


@njit(cache=True, nogil=True)
def _is_inside(
    x: float, y: float, row: int, edges: NDArray[np.float64], starts: NDArray[np.int64], members: NDArray[np.int32]
) -> bool:
    is_inside = False
    for place in range(starts[row], starts[row + 1]):
        x0, y0, x1, y1 = edges[members[place]]
        if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
            is_inside = not is_inside
    return is_inside


@njit(cache=True, nogil=True)
def _fill_inside(
    edges: NDArray[np.float64],
    starts: NDArray[np.int64],
    members: NDArray[np.int32],
    corner: NDArray[np.float64],
    scale: NDArray[np.float64],
    cells: NDArray[np.uint8],
) -> None:
    """INSIDE for cells that no edge touches and whose middle lies in the polygon."""
    for row in range(len(starts) - 1):
        for column in range(len(starts) - 1):
            if cells[row + 1, column + 1] == OUTSIDE:
                x, y = corner[0] + (column + 0.5) / scale[0], corner[1] + (row + 0.5) / scale[1]
                if _is_inside(x, y, row, edges, starts, members):
                    cells[row + 1, column + 1] = INSIDE


@njit(cache=True, nogil=True)
def _mark(
    points: Points,
    edges: NDArray[np.float64],
    starts: NDArray[np.int64],
    members: NDArray[np.int32],
    cells: NDArray[np.uint8],
    corner: NDArray[np.float64],
    scale: NDArray[np.float64],
    states: NDArray[np.uint8],
) -> None:
    n_rows = len(starts) - 1
    for i in range(len(points)):
        x, y = np.float64(points[i, 0]), np.float64(points[i, 1])
        if x != x or y != y:
            states[i] = OUTSIDE
            continue
        # Clamped without a branch that depends on the point: half of them would be guessed wrong.
        column = int(min(max((x - corner[0]) * scale[0], -1.0), n_rows + 0.0) + 1)
        row = int(min(max((y - corner[1]) * scale[1], -1.0), n_rows + 0.0) + 1)
        state = cells[row, column]
        if state == ON_EDGE:
            is_inside = _is_inside(x, y, min(max(row - 1, 0), n_rows - 1), edges, starts, members)
            state = INSIDE if is_inside else OUTSIDE
        states[i] = state
