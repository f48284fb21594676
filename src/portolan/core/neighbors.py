"""The k nearest rows of each row, by cosine distance: exact for small data, by cells of the vector space for large.

Large data: k-means cuts the space into cells of a few hundred rows. Each row is compared with the rows of the few cells
nearest to it; the rows that look at one cell do so together, in one dense product. Rounds of neighbours of neighbours
find most of what is missed. The work grows linearly with the rows and is the same on any number of threads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from portolan.core.descent import improve_graph
from portolan.core.kmeans import assign_cells, cut_large_cells, fit_cells
from portolan.core.parallel import map_blocks
from portolan.errors import ShapeError
from portolan.types import Progress, Report, Vectors, silent

Ids = NDArray[np.int32]

_EXACT_ROWS = 30_000
_BLOCK_ROWS = 512
_COLUMN_CHUNK = 8192
_CELL_ROWS = 256
_N_PROBES = 12
_N_ROUNDS = 2
_QUERY_ROWS = 8192
_STRIDE = 16
_UNIT_TOLERANCE = 1e-5


@dataclass(frozen=True)
class Neighbors:
    """The nearest rows of each row, self excluded, nearest first.

    Attributes
    ----------
    ids : ndarray of int32, shape (n_rows, n_neighbors)
        -1 where a row has no vector (no text), or there are fewer rows than `n_neighbors`.
    distances : ndarray of float32, shape (n_rows, n_neighbors)
        Cosine distances in [0, 2]; infinite where the id is -1.
    """

    ids: Ids
    distances: NDArray[np.float32]


def find_neighbors(
    vectors: Vectors,
    *,
    n_neighbors: int = 15,
    random_state: int = 0,
    threads: int | None = None,
    report: Report = silent,
) -> Neighbors:
    """Nearest neighbours of each row by cosine distance.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n_rows, n_dims)
        Any length; a row of zeros (no text) has no neighbours and is nobody's neighbour.

    Returns
    -------
    Neighbors
        The same for any number of threads.

    Raises
    ------
    ShapeError
        `vectors` is not a matrix.
    """
    if vectors.ndim != 2:
        raise ShapeError(f"vectors has {vectors.ndim} dimension(s).", fix="Give a matrix of shape (n_rows, n_dims).")
    lengths = _lengths(vectors)
    rows = np.flatnonzero(lengths > 0).astype(np.int32)
    units = _units(vectors, lengths, rows)
    if len(rows) <= _EXACT_ROWS:
        ids, similarities = _search_all(units, n_neighbors, threads, report)
    else:
        ids, similarities = _search_cells(units, n_neighbors, random_state, threads, report)
    return _spread(ids, similarities, rows, len(vectors))


def _units(vectors: Vectors, lengths: NDArray[np.floating], rows: Ids) -> Vectors:
    """The given rows at unit length: the vectors themselves where they are that already, which spares a copy."""
    if len(rows) == len(vectors) and np.abs(lengths - 1).max(initial=0) < _UNIT_TOLERANCE:
        return np.ascontiguousarray(vectors, dtype=np.float32)
    units: Vectors = vectors[rows].astype(np.float32, copy=False)
    units /= lengths[rows, None]
    return units


def _lengths(vectors: Vectors) -> NDArray[np.float32]:
    """As `np.linalg.norm`, without a copy of the vectors."""
    lengths: NDArray[np.float32] = np.sqrt(np.einsum("ij,ij->i", vectors, vectors)).astype(np.float32)
    return lengths


def _spread(ids: Ids, similarities: Vectors, rows: Ids, n_rows: int) -> Neighbors:
    """From places among the rows with text to row numbers among all rows."""
    n_neighbors = ids.shape[1]
    all_ids = np.full((n_rows, n_neighbors), -1, np.int32)
    distances = np.full((n_rows, n_neighbors), np.inf, np.float32)
    is_found = ids >= 0
    all_ids[rows] = np.where(is_found, rows[ids] if len(rows) else ids, -1)
    distances[rows] = np.where(is_found, np.clip(1 - similarities, 0, 2), np.inf)
    return Neighbors(all_ids, distances)


def _empty(n_rows: int, n_neighbors: int) -> tuple[Ids, Vectors]:
    return np.full((n_rows, n_neighbors), -1, np.int32), np.full((n_rows, n_neighbors), -np.inf, np.float32)


def _search_all(units: Vectors, n_neighbors: int, threads: int | None, report: Report) -> tuple[Ids, Vectors]:
    n_rows = len(units)
    ids, similarities = _empty(n_rows, n_neighbors)
    all_rows = np.arange(n_rows, dtype=np.int32)

    def search(start: int, stop: int) -> int:
        queries = units[start:stop]
        for left in range(0, n_rows, _COLUMN_CHUNK):
            right = min(left + _COLUMN_CHUNK, n_rows)
            keep_nearest(
                queries @ units[left:right].T,
                all_rows[start:stop],
                all_rows[left:right],
                ids[start:stop],
                similarities[start:stop],
            )
        return stop

    for done in map_blocks(search, n_rows, block_rows=_BLOCK_ROWS, threads=threads):
        report(Progress("neighbors", done, n_rows))
    return ids, similarities


def _search_cells(
    units: Vectors, n_neighbors: int, random_state: int, threads: int | None, report: Report
) -> tuple[Ids, Vectors]:
    n_rows = len(units)
    centroids = fit_cells(units, n_cells=n_rows // _CELL_ROWS, random_state=random_state, threads=threads)
    cells, centroids = cut_large_cells(
        assign_cells(units, centroids, threads=threads), centroids, max_rows=4 * _CELL_ROWS
    )
    order = np.argsort(cells, kind="stable").astype(np.int32)
    probes = _probes(units, cells, centroids, threads)[order]
    ends = np.searchsorted(probes[:, 0], np.arange(len(centroids) + 1))
    # Rows of a cell lie together from here on, so that products and later visits read memory in order.
    units = units[order]
    places = np.arange(n_rows, dtype=np.int32)
    ids, similarities = _empty(n_rows, n_neighbors)

    def search(start: int, stop: int) -> int:
        for queries, cell in _queries_by_cell(probes[start:stop], start, len(centroids)):
            rows = slice(ends[cell], ends[cell + 1])
            found, best = ids[queries], similarities[queries]
            keep_nearest(units[queries] @ units[rows].T, queries, places[rows], found, best)
            ids[queries], similarities[queries] = found, best
        return stop

    for done in map_blocks(search, n_rows, block_rows=_QUERY_ROWS, threads=threads):
        report(Progress("neighbors", done * 2 // 3, n_rows))
    for done, (ids, similarities) in enumerate(  # noqa: B007, B020  # each round's graph replaces the last one's
        improve_graph(units, ids, similarities, n_rounds=_N_ROUNDS, threads=threads), start=1
    ):
        report(Progress("neighbors", n_rows * (2 * _N_ROUNDS + done) // (3 * _N_ROUNDS), n_rows))
    by_row_ids, by_row_similarities = np.empty_like(ids), np.empty_like(similarities)
    by_row_ids[order] = np.where(ids >= 0, order[ids], -1)
    by_row_similarities[order] = similarities
    return by_row_ids, by_row_similarities


def _probes(units: Vectors, cells: Ids, centroids: Vectors, threads: int | None) -> Ids:
    """Each row's own cell, then the cells nearest to it, shape (n_rows, n_probes)."""
    n_probes = min(_N_PROBES, len(centroids))
    others, closeness = _empty(len(units), n_probes - 1)
    all_cells = np.arange(len(centroids), dtype=np.int32)

    def choose(start: int, stop: int) -> None:
        similarities = units[start:stop] @ centroids.T
        keep_nearest(similarities, cells[start:stop], all_cells, others[start:stop], closeness[start:stop])

    list(map_blocks(choose, len(units), block_rows=_BLOCK_ROWS, threads=threads))
    return np.hstack((cells[:, None], others))


def _queries_by_cell(probes: Ids, start: int, n_cells: int) -> Iterator[tuple[Ids, int]]:
    """Each cell that rows `start`, `start` + 1, … want to see, with those rows: one dense product each."""
    order = np.argsort(probes, axis=None, kind="stable")
    rows = (order // probes.shape[1] + start).astype(np.int32)
    ends = np.searchsorted(probes.ravel()[order], np.arange(n_cells + 1))
    for cell in np.flatnonzero(np.diff(ends)):
        yield rows[ends[cell] : ends[cell + 1]], int(cell)


@njit(nogil=True, cache=True, fastmath={"nnan", "nsz", "reassoc"})
def keep_nearest(  # a kernel: calls would cost more than they explain
    similarities: Vectors, query_ids: Ids, candidate_ids: Ids, ids: Ids, best: Vectors
) -> None:
    """Merge candidates into the nearest found so far, in place; nearest first, ties in order of arrival.

    Parameters
    ----------
    similarities : ndarray of float32, shape (n_queries, n_candidates)
    query_ids : ndarray of int32, shape (n_queries,)
        A candidate with the query's own id is left out.
    candidate_ids : ndarray of int32, shape (n_candidates,)
        None of them may be in `ids` already.
    ids, best : ndarray, shape (n_queries, n_neighbors)
        Ids (-1: free) and similarities (-inf: free), changed in place.
    """
    n_candidates = similarities.shape[1]
    last = ids.shape[1] - 1
    for i in range(similarities.shape[0]):
        worst = best[i, last]
        # Each query starts at another candidate: equal rows then choose different neighbours, not all the same few.
        turn = i % max(n_candidates, 1)
        for half in range(2):
            begin, end = (turn, n_candidates) if half == 0 else (0, turn)
            for left in range(begin, end, _STRIDE):
                right = min(left + _STRIDE, end)
                highest = worst
                for j in range(left, right):
                    highest = max(highest, similarities[i, j])
                if highest <= worst:
                    continue
                for j in range(left, right):
                    similarity = similarities[i, j]
                    if similarity > worst and candidate_ids[j] != query_ids[i]:
                        place = last
                        while place > 0 and best[i, place - 1] < similarity:
                            best[i, place] = best[i, place - 1]
                            ids[i, place] = ids[i, place - 1]
                            place -= 1
                        best[i, place] = similarity
                        ids[i, place] = candidate_ids[j]
                        worst = best[i, last]
