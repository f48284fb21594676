"""Vectors in a quarter of the room, to search many of them: each number as one signed byte times its row's scale.

Similarities to a query are reckoned from the bytes, which tells which rows may be among those asked for; those few are
then reckoned again from the vectors as they are. Scalar quantisation with re-ranking: Jégou, Douze and Schmid 2011.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portolan.core.parallel import each_block
from portolan.types import BoolArray, RowIds, Vectors

Codes = NDArray[np.int8]
Floats = NDArray[np.float32]

HIGHEST = 127
DEVIATIONS = 6.0
"""A byte is off by at most half a scale, evenly: a unit query's similarity by scale / sqrt(12), one deviation."""
MARGIN = DEVIATIONS / np.sqrt(12)
"""Times a row's scale: further off than that no similarity is."""
NO_TEXT = np.float32(-2)
"""In place of a similarity, as `vector_kernels.dots` leaves it."""
_BLOCK_ROWS = 65_536


@dataclass(frozen=True)
class CodedVectors:
    """Vectors of all rows as bytes.

    Attributes
    ----------
    codes : ndarray of int8, shape (n_rows, n_dims)
    scales : ndarray of float32, shape (n_rows,)
        What a row's bytes are times; 0 for rows without text.
    vectors_of : callable
        The vectors of some rows as they are, in order: float32, shape (n, n_dims).
    """

    codes: Codes
    scales: Floats
    vectors_of: Callable[[RowIds], Vectors]

    def nearest(
        self, queries: Vectors, *, limit: int, leave_out: RowIds | None = None
    ) -> tuple[RowIds, NDArray[np.float32]]:
        """Rows nearest to each query, as `core.nearest.nearest` finds them."""
        n_found = min(limit, len(self.codes) - (leave_out is not None))
        rows = np.empty((len(queries), n_found), np.int64)
        found = np.empty((len(queries), n_found), np.float32)
        for place, query in enumerate(queries):
            left_out = None if leave_out is None else int(leave_out[place])
            rows[place], found[place] = self._nearest_to(query, n_found, left_out)
        return rows, found

    def similarities(self, query: Floats) -> Floats:
        """Cosine similarity of all rows to a query of unit length: off by at most `MARGIN` times the row's scale.

        Float32, shape (n_rows,); -2 for rows without text.
        """
        return similarities_by_codes(self.codes, self.scales, query)

    def is_near(self, query: Floats, threshold: float) -> BoolArray:
        """Whether each row's similarity is at least `threshold`; exact."""
        about = self.similarities(query)
        is_near: BoolArray = about >= threshold
        unsure = np.flatnonzero(np.abs(about - threshold) <= MARGIN * self.scales)
        unsure = unsure[self.scales[unsure] > 0]
        is_near[unsure] = self._exactly(query, unsure) >= threshold
        return is_near

    def _nearest_to(self, query: Floats, n_found: int, left_out: int | None) -> tuple[RowIds, Floats]:
        about = self.similarities(query)
        if left_out is not None:
            about[left_out] = -np.inf
        if n_found == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        off = np.float32(MARGIN) * self.scales
        least = np.partition(about - off, len(about) - n_found)[-n_found]
        candidates = np.flatnonzero(about + off >= least)
        exact = self._exactly(query, candidates)
        exact[self.scales[candidates] == 0] = NO_TEXT
        if left_out is not None:
            exact[candidates == left_out] = -np.inf
        order = np.lexsort((candidates, -exact))[:n_found]
        return candidates[order], np.clip(exact[order], -1, 1)

    def _exactly(self, query: Floats, rows: RowIds) -> Floats:
        exact = np.empty(len(rows), np.float32)
        for start in range(0, len(rows), _BLOCK_ROWS):
            some = rows[start : start + _BLOCK_ROWS]
            exact[start : start + len(some)] = self.vectors_of(some) @ query
        return exact


def encode(vectors: Vectors) -> tuple[Codes, Floats]:
    """Vectors as bytes and scales: int8, shape (n_rows, n_dims); float32, shape (n_rows,)."""
    scales = (np.abs(vectors).max(axis=1, initial=0) / HIGHEST).astype(np.float32)
    divisors = np.where(scales > 0, scales, np.float32(1))
    return np.rint(vectors / divisors[:, None]).astype(np.int8), scales


def similarities_by_codes(codes: Codes, scales: Floats, query: Floats) -> Floats:
    """Dot products of a query with all rows as their bytes tell them: float32, shape (n_rows,); -2 where scale is 0."""
    # Kernels take a while to load, and small maps need none.
    from portolan.core.vector_kernels import dots

    found = np.empty(len(codes), np.float32)
    asked = np.ascontiguousarray(query, np.float32)
    each_block(lambda start, stop: dots(codes, scales, asked, found, start, stop), len(codes), block_rows=_BLOCK_ROWS)
    return found
