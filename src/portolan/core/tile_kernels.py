"""The loops of tiling, compiled; apart, because numba takes long to import."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from portolan.types import Points


@njit(cache=True, nogil=True)
def grow(
    points: Points, order: NDArray[np.uint32], x: float, y: float, size: float, capacity: int, finest: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Drop the rows, in order, into the tree. Returns the node of each (in that order), and each node's z, x, y."""
    n_rows = len(order)
    node_of = np.empty(n_rows, dtype=np.int32)
    limit = 1024
    children = np.full((limit, 4), -1, dtype=np.int32)
    kept = np.zeros(limit, dtype=np.int32)
    depth = np.zeros(limit, dtype=np.int32)
    column = np.zeros(limit, dtype=np.int32)
    line = np.zeros(limit, dtype=np.int32)
    n_nodes = 1
    scale = 2.0**finest / size
    last = 2**finest - 1
    # A loop of its own: these reads are all over memory, and so many are under way at once.
    cells = np.empty((n_rows, 2), dtype=np.int32)
    for place in range(n_rows):
        row = order[place]
        cells[place, 0] = min(max(int((points[row, 0] - x) * scale), 0), last)
        cells[place, 1] = min(max(int((points[row, 1] - y) * scale), 0), last)
    for place in range(n_rows):
        across, up = cells[place, 0], cells[place, 1]
        node = 0
        bit = finest
        while kept[node] >= capacity:
            bit -= 1
            if bit >= 0:
                right, upper = (across >> bit) & 1, (up >> bit) & 1
            else:
                # Rows reach this depth in a random order already: dealing them out in turn is fair.
                right, upper = (place >> (-2 * (bit + 1))) & 1, (place >> (-2 * (bit + 1) + 1)) & 1
            child = children[node, 2 * upper + right]
            if child < 0:
                if n_nodes == limit:
                    limit *= 2
                    children = np.concatenate((children, np.full((n_nodes, 4), -1, dtype=np.int32)))
                    kept = np.concatenate((kept, np.zeros(n_nodes, dtype=np.int32)))
                    depth = np.concatenate((depth, np.zeros(n_nodes, dtype=np.int32)))
                    column = np.concatenate((column, np.zeros(n_nodes, dtype=np.int32)))
                    line = np.concatenate((line, np.zeros(n_nodes, dtype=np.int32)))
                child = n_nodes
                n_nodes += 1
                children[node, 2 * upper + right] = child
                depth[child] = depth[node] + 1
                column[child] = 2 * column[node] + right
                line[child] = 2 * line[node] + upper
            node = child
        kept[node] += 1
        node_of[place] = node
    return node_of, depth[:n_nodes].copy(), column[:n_nodes].copy(), line[:n_nodes].copy()


@njit(cache=True, nogil=True)
def gather_nodes(
    order: NDArray[np.uint32], node_of: NDArray[np.int32], place_of: NDArray[np.int64], start: NDArray[np.int64]
) -> NDArray[np.uint32]:
    """Rows node by node, in priority order within each. Moves `start` on."""
    gathered = np.empty_like(order)
    for place in range(len(order)):
        node = place_of[node_of[place]]
        gathered[start[node]] = order[place]
        start[node] += 1
    return gathered
