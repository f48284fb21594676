"""A map's columns and points in memory, in tile order: what filters and counts are answered from.

A column is read when it is first asked for, and kept: one or two bytes a row for codes, eight for points and numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from threading import RLock
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.types as pt
from numpy.typing import NDArray

from portolan.core.columns import seconds_of
from portolan.errors import NotFoundError
from portolan.store import Store
from portolan.types import FloatArray, Points

Codes = NDArray[np.unsignedinteger]
EXACT_INTEGERS = 2**53
MOST_LAYOUTS = 3


class TileMemory:
    """The tiles of one map; before there are any, its rows in their own order."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = RLock()
        self._codes: dict[str, Codes] = {}
        self._numbers: dict[tuple[str, bool], FloatArray | None] = {}
        self._points: dict[str, Points] = {}
        self._n_clusters: dict[str, int] = {}

    @property
    def n_rows(self) -> int:
        """Rows of the map."""
        return self._store.n_rows

    @property
    def layout(self) -> str | None:
        """Name of the layout that the tiles show; None before there are any."""
        return self._store.layout if self._store.has("tiles") else None

    @cached_property
    def order(self) -> NDArray[np.uint32]:
        """Row ids in tile order: uint32, shape (n_rows,)."""
        if not self._store.has("tiles"):
            return np.arange(self.n_rows, dtype=np.uint32)
        return np.ascontiguousarray(self._store.tile_order())

    @property
    def columns(self) -> list[dict[str, Any]]:
        """What `tiles.json` says of each column; none before there are tiles."""
        return self._store.tile_columns() if self._store.has("tiles") else []

    def column(self, slug: str) -> dict[str, Any]:
        """A column by its slug. Raises NotFoundError."""
        for column in self.columns:
            if column["slug"] == slug:
                return column
        raise NotFoundError(f"The map has no column {slug!r} now.", fix="Load the page again: columns have changed.")

    def named(self, name: str) -> dict[str, Any] | None:
        """A column by its name, or None."""
        return next((column for column in self.columns if column["name"] == name), None)

    def codes(self, column: Mapping[str, Any]) -> Codes:
        """Codes of a column of `columns`: unsigned, shape (n_rows,)."""
        with self._lock:
            slug = column["slug"]
            if slug not in self._codes:
                # Columns that follow from the journal have other slugs after each event.
                there = {one["slug"] for one in self.columns}
                self._codes = {known: codes for known, codes in self._codes.items() if known in there}
                self._codes[slug] = self._store.tile_codes(column)
            return self._codes[slug]

    def n_clusters(self, column: Mapping[str, Any]) -> int:
        """One more than the largest id in a column of clusters."""
        with self._lock:
            slug = column["slug"]
            if slug not in self._n_clusters:
                codes = self.codes(column)
                self._n_clusters[slug] = int(codes[codes != column["missing"]].astype(np.int64).max(initial=-1)) + 1
            return self._n_clusters[slug]

    def numbers(self, name: str, *, is_time: bool) -> FloatArray | None:
        """Values of a column of numbers, or seconds since 1970 of one that tells when: float, shape (n_rows,).

        Missing ones are NaN. None where that would not be exact: integers past 2^53, floats among which some are NaN.
        """
        with self._lock:
            if (name, is_time) not in self._numbers:
                column = self._store.read_columns([name]).column(name).combine_chunks()
                values = seconds_of(column) if is_time else _exact(column)
                self._numbers[name, is_time] = None if values is None else values[self.order]
            return self._numbers[name, is_time]

    def points(self, layout: str) -> Points:
        """Positions on a layout, the present one or a former one: float32, shape (n_rows, 2); NaN where it had none."""
        with self._lock:
            if layout not in self._points:
                while len(self._points) >= MOST_LAYOUTS:
                    del self._points[next(iter(self._points))]
                self._points[layout] = self._store.points_of_layout(layout)[self.order]
            return self._points[layout]


def _exact(column: pa.Array) -> FloatArray | None:
    """Numbers with NaN for what is missing; None where that would change them."""
    kind = column.type
    if pt.is_integer(kind):
        values: FloatArray = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        return None if np.nanmax(np.abs(values), initial=0) > EXACT_INTEGERS else values
    if not pt.is_floating(kind):
        return None
    values = column.to_numpy(zero_copy_only=False)
    return None if np.isnan(values).sum() > column.null_count else values
