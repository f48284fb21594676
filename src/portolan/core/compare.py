"""How far two layouts of the same rows agree: the share of each row's neighbours that it keeps.

Only who is near whom is compared, so the spaces may have any number of dimensions: local neighbourhood similarity, as
in the Embedding Comparator (Boggust, Carter and Satyanarayan 2022, arXiv 1912.04853). For lists of one length the share
kept and their Jaccard index put rows in the same order; the share is read without a calculation: 0.4 is 6 of 15.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from portolan.core.neighbors import Neighbors
from portolan.core.parallel import map_blocks
from portolan.errors import ShapeError
from portolan.types import Progress, Report, Vectors, silent

N_COMPARED = 15
"""Neighbours of a row that are compared."""
_BLOCK_ROWS = 1024
_TIE = 1e-5
"""Cosine distances that differ by less are the same: the last bits are rounding."""

Shares = NDArray[np.float32]


def kept_neighbors(
    neighbors: Neighbors,
    *,
    other: Neighbors,
    other_vectors: Vectors,
    threads: int | None = None,
    report: Report = silent,
) -> Shares:
    """Share of each row's nearest rows that are among its nearest in another space too.

    A neighbour is kept if it lies no further from the row, over there, than the row's last neighbour does. Where no two
    distances are equal that is the overlap of the two lists; among copies of one text it does not matter which of them
    a list happens to hold.

    Parameters
    ----------
    neighbors, other : Neighbors
        Of the same rows, in their space and in the other one; nearest first.
    other_vectors : ndarray of float32, shape (n_rows, n_dims)
        The other space. Zeros: the row has no text there.

    Returns
    -------
    ndarray of float32, shape (n_rows,)
        In [0, 1]; NaN where the row has no neighbours in one of the two.

    Raises
    ------
    ShapeError
        The two are not of the same rows.
    """
    n_rows = len(neighbors.ids)
    if not n_rows == len(other.ids) == len(other_vectors):
        raise ShapeError(
            f"The layouts have {n_rows:,} and {len(other.ids):,} rows, and {len(other_vectors):,} vectors.",
            fix="Compare two layouts of the same rows.",
        )
    n_compared = compared_count(neighbors, other)
    reach = _reach(other.distances[:, :n_compared])

    def share(start: int, stop: int) -> Shares:
        ids = np.asarray(neighbors.ids[start:stop, :n_compared])
        distances = _distances(other_vectors, start, ids)
        is_kept = distances <= reach[start:stop, None] + _TIE
        n_known = (ids >= 0).sum(axis=1)
        shares = np.divide(is_kept.sum(axis=1), n_known, out=np.full(len(ids), np.nan), where=n_known > 0)
        return np.where(np.isfinite(reach[start:stop]), shares, np.nan).astype(np.float32)

    shares = np.empty(n_rows, np.float32)
    done = 0
    for block in map_blocks(share, n_rows, block_rows=_BLOCK_ROWS, threads=threads):
        shares[done : done + len(block)] = block
        done += len(block)
        report(Progress("compare", done, n_rows))
    return shares


def compared_count(neighbors: Neighbors, other: Neighbors) -> int:
    """How many neighbours of a row are compared, where both layouts have found so many."""
    return min(N_COMPARED, int(neighbors.ids.shape[1]), int(other.ids.shape[1]))


def mean_of(shares: Shares) -> float | None:
    """Mean share of the rows that have one; None where none has."""
    known = shares[np.isfinite(shares)]
    return round(float(known.mean(dtype=np.float64)), 4) if len(known) else None


def _reach(distances: NDArray[np.float32]) -> NDArray[np.float32]:
    """Distance of each row's last neighbour; NaN where it has none."""
    known = np.where(np.isfinite(distances), distances, -np.inf)
    last = known.max(axis=1, initial=-np.inf)
    return np.where(np.isfinite(last), last, np.nan).astype(np.float32)


def _distances(vectors: Vectors, start: int, ids: NDArray[np.int32]) -> NDArray[np.float32]:
    """Cosine distances from rows `start` … to those named beside each; infinite to a row without text, or to none."""
    own = vectors[start : start + len(ids)]
    named = vectors[np.maximum(ids, 0)]
    products = np.einsum("nd,nkd->nk", own, named, optimize=False)
    lengths = np.linalg.norm(own, axis=1)[:, None] * np.linalg.norm(named, axis=2)
    is_known = (ids >= 0) & (lengths > 0)
    distances = np.full(ids.shape, np.inf, np.float32)
    np.subtract(1, products / np.where(is_known, lengths, 1), out=distances, where=is_known)
    return distances
