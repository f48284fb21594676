"""An order of points on a sheet in which near places are mostly near."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from portolan.types import Points

_LAST_PLACE = 2**16 - 1
# Each step opens gaps in a number's bits, until there is one beside each of its 16.
_SPREADING = ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555))


def curve_order(points: Points) -> NDArray[np.int64]:
    """Rows along Morton's Z-curve (1966) on a grid of 65,536 by 65,536, int64, shape (n_rows,).

    Rows of one grid cell keep their order. `points` are finite.
    """
    low = points.min(axis=0, initial=np.inf)
    extent = float((points.max(axis=0, initial=-np.inf) - low).max()) if len(points) else 0.0
    places = ((points - low) * (_LAST_PLACE / (extent or 1.0))).astype(np.uint32)
    codes = _spread(places[:, 0]) | (_spread(places[:, 1]) << np.uint32(1))
    return np.argsort(codes, kind="stable")


def _spread(places: NDArray[np.uint32]) -> NDArray[np.uint32]:
    for step, mask in _SPREADING:
        places = (places | (places << np.uint32(step))) & np.uint32(mask)
    return places
