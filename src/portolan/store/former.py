"""What is kept of a former layout: where its rows lay and how they were clustered.

A link, or an area drawn on a layout, still finds its rows after a new layout has taken its place. What is kept belongs
to the rows it was made of: other rows in the same map have no former layouts.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from portolan.store.files import read_errors, remove, write_array
from portolan.types import ClusterIds, Points

FOLDER = "former"
MOST_KEPT = 16
"""Former layouts that are kept, the latest ones: each takes 8 bytes a row, and 2 or 4 for each layer of clusters."""
_POINTS = "points.npy"
_CLUSTERS = "clusters.npy"


def bare(layout: str) -> str:
    """A layout's name without what tells two folders of the same tiles apart: `a1b2-2` is `a1b2`, made again."""
    return re.sub(r"-\d+$", "", layout)


def keep(folder: Path, layout: str, *, points: Points, layers: list[ClusterIds]) -> None:
    """Keep a layout in `folder`, unless it is kept already; the oldest ones beyond `MOST_KEPT` go."""
    place = folder / layout
    if (place / _POINTS).exists():
        return
    place.mkdir(parents=True, exist_ok=True)
    if layers:
        largest = max(int(ids.max(initial=-1)) for ids in layers)
        kind = np.int16 if largest <= np.iinfo(np.int16).max else np.int32
        write_array(place / _CLUSTERS, np.stack(layers).astype(kind))
    # The points come last: a layout without them is the remains of a killed run.
    write_array(place / _POINTS, points.astype(np.float32))
    for name in names(folder)[:-MOST_KEPT]:
        remove(folder / name)


def names(folder: Path) -> list[str]:
    """The layouts kept in `folder`, the oldest first."""
    found = [(file.stat().st_mtime_ns, file.parent.name) for file in folder.glob(f"*/{_POINTS}")]
    return [name for _, name in sorted(found)]


def read_points(folder: Path, layout: str, *, n_rows: int) -> Points:
    """Where the rows lay: float32, shape (n_rows, 2); NaN for rows that came later."""
    kept: Points = _read(folder / layout / _POINTS)
    if len(kept) >= n_rows:
        return kept[:n_rows]
    points = np.full((n_rows, 2), np.nan, np.float32)
    points[: len(kept)] = kept
    return points


def read_clusters(folder: Path, layout: str, *, n_rows: int) -> list[ClusterIds]:
    """Each row's cluster in each layer, int32 (n_rows,) for each; -1 for later rows. Empty: none were made."""
    path = folder / layout / _CLUSTERS
    if not path.exists():
        return []
    kept = _read(path)
    layers = np.full((len(kept), n_rows), -1, np.int32)
    layers[:, : kept.shape[1]] = kept[:, :n_rows]
    return list(layers)


def _read(path: Path) -> NDArray[np.float32]:
    with read_errors(path):
        array: NDArray[np.float32] = np.load(path, allow_pickle=False)
    return array
