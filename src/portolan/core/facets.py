"""How many rows have each value, or lie in each bin, of a column in codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portolan.core.parallel import each_block
from portolan.core.tile_columns import N_BINS, STEPS
from portolan.types import BoolArray

BLOCK = 1 << 19


@dataclass(frozen=True)
class FacetTable:
    """Where each code of a column is counted: `place_of[code]`; the last place counts the missing."""

    place_of: NDArray[np.uint32]
    n_counts: int


def facet_table(column: Mapping[str, Any], *, n_clusters: int = 0) -> FacetTable:
    """The table of a column, an entry of `tiles.json`: its values, its clusters, or 32 equal bins of its numbers."""
    if column["kind"] in ("number", "time"):
        bins = np.minimum(np.arange(STEPS + 1) * N_BINS // STEPS, N_BINS - 1)
        return FacetTable(np.append(bins, N_BINS).astype(np.uint32), N_BINS + 1)
    n_values = n_clusters if column["kind"] == "cluster" else len(column["values"])
    return FacetTable(np.arange(n_values + 1, dtype=np.uint32), n_values + 1)


def count_values(codes: NDArray[np.unsignedinteger], is_shown: BoolArray, table: FacetTable) -> NDArray[np.int64]:
    """Rows that are shown, by the places of `table`: int64, shape (table.n_counts,)."""
    from portolan.core.sift_kernels import count_codes

    def count(start: int, stop: int) -> NDArray[np.int64]:
        counts = np.zeros(table.n_counts, np.int64)
        count_codes(codes[start:stop], is_shown[start:stop], table.place_of, counts)
        return counts

    total = np.zeros(table.n_counts, np.int64)
    for counts in each_block(count, len(codes), block_rows=BLOCK):
        total += counts
    return total
