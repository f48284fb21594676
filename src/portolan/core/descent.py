"""Neighbours of neighbours: a few rounds that repair a rough neighbour graph.

NN-descent (Dong, Moses and Li 2011) in gather form: in each round every row reads the last round's graph, looks at the
neighbours (forward and reverse) of its neighbours (forward and reverse), and writes its own list alone. So the result
does not depend on the number of threads.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numba import njit
from numpy.typing import NDArray

from portolan.core.parallel import map_blocks
from portolan.types import BoolArray, Vectors

Ids = NDArray[np.int32]

_BLOCK_ROWS = 2048


def improve_graph(
    units: Vectors, ids: Ids, similarities: Vectors, *, n_rounds: int, threads: int | None = None
) -> Iterator[tuple[Ids, Vectors]]:
    """The graph after each of `n_rounds` rounds.

    Parameters
    ----------
    units : ndarray of float32, shape (n_rows, n_dims)
        Unit length, C-contiguous.
    ids : ndarray of int32, shape (n_rows, n_neighbors)
        Rough neighbours, nearest first; -1: free. Faster where rows that are near have numbers that are near.
    similarities : ndarray of float32, shape (n_rows, n_neighbors)
        Cosine similarities; -inf where free.

    Yields
    ------
    tuple of ndarray
        `ids` and `similarities` of the better graph.
    """
    n_rows = len(ids)
    is_new = np.ones(ids.shape, np.bool_)
    for _ in range(n_rounds):
        reverse, is_new_reverse = np.full_like(ids, -1), np.zeros(ids.shape, np.bool_)
        keep_reverse(ids, similarities, is_new, reverse, np.full_like(similarities, -np.inf), is_new_reverse)
        joined = np.ascontiguousarray(np.hstack((ids, reverse)))
        is_new_joined = np.ascontiguousarray(np.hstack((is_new, is_new_reverse)))
        better, higher = ids.copy(), similarities.copy()

        def visit(
            start: int,
            stop: int,
            graph: tuple[Ids, NDArray[np.bool_], Ids, Vectors] = (joined, is_new_joined, better, higher),
        ) -> None:
            visit_neighbors(units, *graph, start, stop)

        list(map_blocks(visit, n_rows, block_rows=_BLOCK_ROWS, threads=threads))
        is_new = mark_new(ids, better)
        ids, similarities = better, higher
        yield ids, similarities


@njit(nogil=True, cache=True)
def keep_reverse(
    ids: Ids, similarities: Vectors, is_new: BoolArray, reverse: Ids, best: Vectors, is_new_reverse: BoolArray
) -> None:
    """Fill `reverse`: for each row, those most similar to it that have it in their list; nearest first."""
    n_rows, n_neighbors = ids.shape
    for i in range(n_rows):
        for j in range(n_neighbors):
            target = ids[i, j]
            if target < 0:
                break
            similarity = similarities[i, j]
            if similarity <= best[target, n_neighbors - 1]:
                continue
            place = n_neighbors - 1
            while place > 0 and best[target, place - 1] < similarity:
                best[target, place] = best[target, place - 1]
                reverse[target, place] = reverse[target, place - 1]
                is_new_reverse[target, place] = is_new_reverse[target, place - 1]
                place -= 1
            best[target, place] = similarity
            reverse[target, place] = i
            is_new_reverse[target, place] = is_new[i, j]


@njit(nogil=True, cache=True, fastmath={"reassoc", "contract", "nsz"})
def visit_neighbors(  # noqa: C901  # a kernel: calls would cost more than they explain
    units: Vectors, joined: Ids, is_new: BoolArray, ids: Ids, best: Vectors, first: int, last: int
) -> None:
    """Merge the neighbours' neighbours of the rows `first` .. `last` - 1 into `ids` and `best`, in place.

    A path of two old edges was walked in an earlier round: it is left out.
    """
    n_neighbors = ids.shape[1]
    n_dims = units.shape[1]
    seen = np.full(joined.shape[0], -1, np.int32)
    for i in range(first, last):
        seen[i] = i
        for j in range(n_neighbors):
            if ids[i, j] >= 0:
                seen[ids[i, j]] = i
        worst = best[i, n_neighbors - 1]
        for a in range(joined.shape[1]):
            middle = joined[i, a]
            if middle < 0:
                continue
            for b in range(joined.shape[1]):
                candidate = joined[middle, b]
                if candidate < 0 or seen[candidate] == i or not (is_new[i, a] or is_new[middle, b]):
                    continue
                seen[candidate] = i
                similarity = np.float32(0)
                for d in range(n_dims):
                    similarity += units[i, d] * units[candidate, d]
                if similarity > worst:
                    place = n_neighbors - 1
                    while place > 0 and best[i, place - 1] < similarity:
                        best[i, place] = best[i, place - 1]
                        ids[i, place] = ids[i, place - 1]
                        place -= 1
                    best[i, place] = similarity
                    ids[i, place] = candidate
                    worst = best[i, n_neighbors - 1]


@njit(nogil=True, cache=True)
def mark_new(old: Ids, new: Ids) -> BoolArray:
    """True where an id of `new` is not in the same row of `old`; bool, the shape of `new`."""
    is_new: BoolArray = np.ones(new.shape, np.bool_)
    for i in range(new.shape[0]):
        for j in range(new.shape[1]):
            for k in range(old.shape[1]):
                if new[i, j] == old[i, k]:
                    is_new[i, j] = False
                    break
    return is_new
