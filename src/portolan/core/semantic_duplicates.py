"""Texts that mean the same: groups of rows whose vectors lie close together, and how many at each threshold."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from portolan.core.groups import NO_TEXT, Duplicates, alone, duplicates_of, first_rows, join, roots
from portolan.core.neighbors import Neighbors
from portolan.core.parallel import map_blocks, one_blas_thread
from portolan.core.same_text import same_keys
from portolan.types import BoolArray, Vectors

CLOSE = 0.95
PREVIEWED = (0.8, 0.85, 0.9, 0.95, 0.99)
_BLOCK_PAIRS = 65_536
_BLOCK_ROWS = 1024
_SLACK = 1e-3
"""Distances in a kept graph may be rounded: pairs that miss a threshold by less are measured again."""

Places = NDArray[np.int64]
Pairs = tuple[Places, NDArray[np.float32]]
"""Rows that are close, int64 (n_pairs, 2), and their cosine similarity, float32 (n_pairs,)."""


def close_rows(
    vectors: Vectors, neighbors: Neighbors, *, least: float = PREVIEWED[0], threads: int | None = None
) -> Pairs:
    """Pairs of rows with a cosine similarity of at least `least`: those in the graph of neighbours, measured again.

    Rows with equal vectors are pairs whether the graph has them or not. Two close rows that are not among one another's
    kept neighbours are not found; both then have as many neighbours that are closer still.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n_rows, n_dims)
        Unit length; zeros where there is no text: those are in no pair.
    """
    rows, columns = np.nonzero((neighbors.ids >= 0) & (neighbors.distances <= 1 - least + _SLACK))
    others = neighbors.ids[rows, columns].astype(np.int64)
    packed = np.unique(np.minimum(rows, others) * len(vectors) + np.maximum(rows, others))
    pairs = np.column_stack(np.divmod(packed, len(vectors)))
    similarities = similarities_of(vectors, pairs[:, 0], pairs[:, 1], threads=threads)
    same = _equal_pairs(vectors)
    is_close = similarities >= least
    ones = np.ones(len(same), np.float32)
    return np.concatenate([same, pairs[is_close]]), np.concatenate([ones, similarities[is_close]])


def semantic_duplicates(vectors: Vectors, pairs: Pairs, *, threshold: float = CLOSE) -> Duplicates:
    """Rows that `pairs` of at least `threshold` link, in groups; similarity is the cosine with the first one."""
    parents = alone(len(vectors))
    found, similarities = pairs
    kept = found[similarities >= threshold]
    join(parents, kept[:, 0], kept[:, 1])
    groups = np.where(_has_text(vectors), roots(parents), NO_TEXT)
    return duplicates_of(groups, lambda rows, firsts: np.clip(similarities_of(vectors, rows, firsts), 0, 1))


def repeats_at(n_rows: int, pairs: Pairs, thresholds: Sequence[float] = PREVIEWED) -> dict[float, int]:
    """How many rows would repeat an earlier one at each threshold: the rows less the groups."""
    parents = alone(n_rows)
    found, similarities = pairs
    counts = {}
    above = np.inf
    for threshold in sorted(thresholds, reverse=True):
        more = found[(similarities >= threshold) & (similarities < above)]
        join(parents, more[:, 0], more[:, 1])
        counts[threshold] = int((roots(parents) != np.arange(n_rows)).sum())
        above = threshold
    return dict(sorted(counts.items()))


def similarities_of(
    vectors: Vectors, left: Places, right: Places, *, threads: int | None = None
) -> NDArray[np.float32]:
    """Cosine similarity of the rows left[i] and right[i], at most 1: float32, shape of `left`."""
    found = np.empty(len(left), np.float32)

    def work(start: int, stop: int) -> None:
        block = slice(start, stop)
        found[block] = np.einsum("ij,ij->i", vectors[left[block]], vectors[right[block]])

    list(map_blocks(work, len(left), block_rows=_BLOCK_PAIRS, threads=threads))
    return np.minimum(found, 1, out=found)


def duplicate_groups(vectors: Vectors, *, cutoff: float) -> Places:
    """The group of each row; rows within `cutoff` of one another, or linked by such rows, share one.

    Exact, without a graph. Work grows with the square of the number of different vectors: 6,000
    take a second, 100,000 some minutes.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n_rows, n_dims)
        Unit length, or zeros for rows without text: those are alone.
    cutoff : float
        Cosine distance, in [0, 2].

    Returns
    -------
    ndarray of int64, shape (n_rows,)
        Groups are numbered by their first row.
    """
    same = _equal_pairs(vectors)
    parents = alone(len(vectors))
    join(parents, same[:, 0], same[:, 1])
    rows = np.flatnonzero((roots(parents) == np.arange(len(vectors))) & _has_text(vectors))
    distinct = vectors[rows]
    with one_blas_thread():
        for start in range(0, len(rows), _BLOCK_ROWS):
            block = distinct[start : start + _BLOCK_ROWS]
            left, right = np.nonzero(np.triu(block @ distinct[start:].T >= 1 - cutoff, k=1))
            join(parents, rows[left + start], rows[right + start])
    numbered: Places = np.unique(first_rows(roots(parents)), return_inverse=True)[1].ravel().astype(np.int64)
    return numbered


def _equal_pairs(vectors: Vectors) -> Places:
    """Each row that has the vector of an earlier one, with the first that has it: int64, shape (n_pairs, 2)."""
    keys = b"".join(blake2b(row, digest_size=16).digest() for row in np.ascontiguousarray(vectors))
    first = first_rows(same_keys(np.frombuffer(keys, np.uint64).reshape(-1, 2)))
    rows = np.flatnonzero((first != np.arange(len(vectors))) & _has_text(vectors))
    return np.column_stack([first[rows], rows])


def _has_text(vectors: Vectors) -> BoolArray:
    return np.asarray(vectors.any(axis=1))
