"""Near-identical rows: every pair of vectors is compared."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.atlas.frames import frame
from portolan.core.semantic_duplicates import duplicate_groups
from portolan.types import Vectors

SINGLETON, RETAINED, DELETABLE = "singleton", "retention candidate", "deletion candidate"


class AtlasDuplicates:
    """Groups of rows whose vectors lie within `cutoff` of each other; the first row of a group is to be kept."""

    def __init__(self, vectors: Vectors, ids: list[str], *, id_field: str | None, cutoff: float) -> None:
        self._vectors = vectors
        self._ids = ids
        self._id_field = id_field or "id"
        self.cutoff = cutoff

    @cached_property
    def _groups(self) -> NDArray[np.int64]:
        return duplicate_groups(self._vectors, cutoff=self.cutoff)

    @cached_property
    def _classes(self) -> list[str]:
        sizes = np.bincount(self._groups)
        is_first = np.zeros(len(self._groups), dtype=bool)
        is_first[np.unique(self._groups, return_index=True)[1]] = True
        return [
            SINGLETON if sizes[group] == 1 else RETAINED if first else DELETABLE
            for group, first in zip(self._groups, is_first, strict=True)
        ]

    @property
    def tb(self) -> pa.Table:
        """An Arrow table: id, duplicate_class, cluster_id."""
        return pa.table({self._id_field: self._ids, "duplicate_class": self._classes, "cluster_id": self._groups})

    @property
    def df(self) -> Any:
        """The same as a pandas frame."""
        return frame(self.tb)

    def deletion_candidates(self) -> list[str]:
        """Ids of the rows that repeat an earlier one."""
        return [name for name, kind in zip(self._ids, self._classes, strict=True) if kind == DELETABLE]
