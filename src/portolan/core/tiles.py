"""An additive quadtree over the points, so that a page draws ten million rows from small files.

Rows are taken in priority order; a node keeps the first `capacity` that reach it and hands the rest down to its four
children. Every prefix of the order is a fair sample, so the root alone already looks like the map. The format on disk
is in docs/map-format.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portolan.errors import InputError, ShapeError
from portolan.types import Points, RowIds

CAPACITY = 16384
"""Rows a node keeps: 128 kB of positions, drawn and fetched in one go."""
FINEST_SPLIT = 18
"""Below this depth a square is 1/262,144 of the map's width: rows there (in practice, rows at one place) are dealt out
to the children whatever their position, so that the tree ends."""
MARGIN = 0.01
"""Free space around the points, as a share of their extent."""


@dataclass(frozen=True)
class Tiling:
    """Where each row lies in the tree.

    Nodes are breadth first. Node i covers the square `depth[i]/column[i]/line[i]`, and keeps the rows
    `order[start[i] : start[i] + count[i]]`.
    """

    x: float
    y: float
    size: float
    capacity: int
    depth: NDArray[np.int32]
    column: NDArray[np.int32]
    line: NDArray[np.int32]
    start: NDArray[np.int64]
    count: NDArray[np.int64]
    order: NDArray[np.uint32]
    """Places of the rows (in `points`) in tile order."""

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.depth)

    def key(self, node: int) -> str:
        """Name of a node: z/x/y."""
        return f"{self.depth[node]}/{self.column[node]}/{self.line[node]}"

    def places(self, node: int) -> NDArray[np.uint32]:
        """Places of the rows that a node keeps."""
        start = self.start[node]
        return self.order[start : start + self.count[node]]

    def to_json(self) -> dict[str, Any]:
        """The part of `tiles.json` that says where rows lie."""
        nodes = [
            {"key": self.key(node), "start": int(self.start[node]), "count": int(self.count[node])}
            for node in range(self.n_nodes)
        ]
        root = {"n_rows": len(self.order), "x": self.x, "y": self.y, "size": self.size}
        return {"version": 1, **root, "capacity": self.capacity, "nodes": nodes}


def tile(points: Points, row_ids: RowIds, *, capacity: int = CAPACITY) -> Tiling:
    """The quadtree of `points`; the same for equal points and ids, whatever their order in memory was made by.

    Parameters
    ----------
    points : ndarray of float32, shape (n_rows, 2)
        Finite positions.
    row_ids : ndarray of int64, shape (n_rows,)
        Below 2^32. A row's priority is a hash of its id.
    capacity : int
        Rows that a node keeps.

    Raises
    ------
    ShapeError
        The two arrays differ in length.
    InputError
        A position is not finite, or an id does not fit in 32 bits.
    """
    if points.ndim != 2 or points.shape != (len(row_ids), 2):
        raise ShapeError(f"points has shape {points.shape} and row_ids {row_ids.shape}.", fix="Give one point a row.")
    if len(row_ids) and (row_ids.min() < 0 or row_ids.max() >= 2**32):
        raise InputError("Row ids must be from 0 to 4,294,967,295.", fix="Tile fewer rows at once.")
    x, y, size = root_square(points)
    order = np.argsort(priority(row_ids)).astype(np.uint32)
    if len(order) <= capacity:
        # The root keeps all. Small maps, a person's first, need not wait for the kernels to be compiled.
        at_root, first = np.zeros(1, np.int32), np.zeros(1, np.int64)
        return Tiling(x, y, size, capacity, at_root, at_root, at_root, first, first + len(order), order)
    from portolan.core.tile_kernels import gather_nodes, grow

    node_of, depth, column, line = grow(points, order, x, y, size, capacity, FINEST_SPLIT)
    rank = np.lexsort((line, column, depth))
    place_of = np.empty(len(rank), dtype=np.int64)
    place_of[rank] = np.arange(len(rank))
    count = np.bincount(node_of, minlength=len(depth))[rank]
    start = np.cumsum(count) - count
    in_tile_order = gather_nodes(order, node_of, place_of, start.copy())
    return Tiling(x, y, size, capacity, depth[rank], column[rank], line[rank], start, count, in_tile_order)


def root_square(points: Points) -> tuple[float, float, float]:
    """Left, bottom and side of a square that holds all points with a margin; some square where they have no extent."""
    if len(points) == 0:
        return 0.0, 0.0, 1.0
    # Axis by axis: several times as fast as a minimum over rows of two.
    low = np.array([points[:, axis].min() for axis in (0, 1)], dtype=np.float64)
    high = np.array([points[:, axis].max() for axis in (0, 1)], dtype=np.float64)
    if not np.isfinite([low, high]).all():
        raise InputError("Some positions are not finite numbers.", fix="Every row needs a finite x and y.")
    extent = float((high - low).max())
    # Points may lie so close, far from the origin, that float64 cannot tell a smaller square's sides apart.
    size = max(extent * (1 + 2 * MARGIN), float(np.abs([low, high]).max()) * 1e-9) or 1.0
    center = (low + high) / 2
    return float(center[0] - size / 2), float(center[1] - size / 2), size


def priority(row_ids: RowIds) -> NDArray[np.uint64]:
    """A number per row, all different, that looks random: the splitmix64 hash of its id (Steele et al., 2014)."""
    value = row_ids.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


def relative_positions(tiling: Tiling, points: Points, node: int) -> NDArray[np.float32]:
    """Positions of a node's rows in its own square, float32 in [0, 1], shape (count, 2)."""
    side = tiling.size / 2.0 ** int(tiling.depth[node])
    corner = np.array([tiling.x + tiling.column[node] * side, tiling.y + tiling.line[node] * side])
    relative = (points[tiling.places(node)].astype(np.float64) - corner) / side
    clipped: NDArray[np.float32] = np.clip(relative, 0, 1).astype(np.float32)
    return clipped


def map_positions(tiling: Tiling, relative: NDArray[np.float32], node: int) -> NDArray[np.float64]:
    """Positions on the map, from those in a node's square: what the page does, for tests and tools."""
    side = tiling.size / 2.0 ** int(tiling.depth[node])
    corner = np.array([tiling.x + tiling.column[node] * side, tiling.y + tiling.line[node] * side])
    return corner + relative.astype(np.float64) * side
