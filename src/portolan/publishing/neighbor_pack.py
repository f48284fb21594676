"""The rows most like each row, found when the map was made: of fixed size, so that their place needs no index."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from portolan.publishing.packs import Pack, file_bytes
from portolan.types import Points

if TYPE_CHECKING:
    from portolan.store import Store

N_NEIGHBORS = 12
"""As many as the page lists."""
RECORD = np.dtype([("row_id", "<u4"), ("similarity", "<f4"), ("x", "<f4"), ("y", "<f4")])
NOBODY = 2**32 - 1
ROWS_A_PIECE = 16
RUN_ROWS = 65_536


def write_neighbors(folder: Path, store: Store, points: Points) -> dict[str, Any] | None:
    """Write the nearest rows of every row; None where the map does not keep them."""
    if not (store.has("neighbors") and store.has("distances")):
        return None
    ids, distances = store.read_array("neighbors"), store.read_array("distances")
    if len(ids) != len(points):
        return None
    n_neighbors = min(N_NEIGHBORS, ids.shape[1])
    with Pack(folder, "neighbors", file_bytes=file_bytes(len(points))) as pack:
        for start in range(0, len(ids), RUN_ROWS):
            some = np.array(ids[start : start + RUN_ROWS, :n_neighbors])
            records = np.zeros(some.shape, RECORD)
            records["row_id"] = np.where(some < 0, NOBODY, some)
            records["similarity"] = 1 - distances[start : start + RUN_ROWS, :n_neighbors]
            records["x"], records["y"] = points[some, 0], points[some, 1]
            for at in range(0, len(records), ROWS_A_PIECE):
                pack.add(records[at : at + ROWS_A_PIECE].tobytes())
    return {**pack.to_json(), "per_row": n_neighbors, "rows_a_piece": ROWS_A_PIECE}
