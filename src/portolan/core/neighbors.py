"""The k nearest rows of each row, by cosine distance: exact for small data, by cells of the vector space for large.

Large data: k-means cuts the space into cells of a few hundred rows. The rows of one cell are compared, in one dense
product, with the rows of the cells nearest to it. So the work is matrix products (fast, and equal on any number of
threads) and grows linearly with the rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from portolan.core.kmeans import assign_cells, fit_cells
from portolan.core.parallel import map_blocks
from portolan.errors import ShapeError
from portolan.types import Progress, Report, Vectors, silent

Ids = NDArray[np.int32]

_EXACT_ROWS = 30_000
_BLOCK_ROWS = 512
_COLUMN_CHUNK = 8192
_CELL_ROWS = 256
_N_PROBES = 40


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
        raise ShapeError(
            f"vectors has {vectors.ndim} dimension(s).", fix="Give a matrix of shape (n_rows, n_dims)."
        )
    lengths = np.linalg.norm(vectors, axis=1)
    rows = np.flatnonzero(lengths > 0).astype(np.int32)
    units = np.ascontiguousarray(vectors[rows] / lengths[rows, None], dtype=np.float32)
    if len(rows) <= _EXACT_ROWS:
        ids, similarities = _search_all(units, n_neighbors, threads, report)
    else:
        ids, similarities = _search_cells(units, n_neighbors, random_state, threads, report)
    return _spread(ids, similarities, rows, len(vectors))


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
    n_cells = n_rows // _CELL_ROWS
    centroids = fit_cells(units, n_cells=n_cells, random_state=random_state, threads=threads)
    cells = assign_cells(units, centroids, threads=threads)
    order = np.argsort(cells, kind="stable").astype(np.int32)
    bounds = np.searchsorted(cells[order], np.arange(n_cells + 1))
    sorted_units = units[order]
    n_probes = min(_N_PROBES, n_cells)
    sorted_ids, sorted_similarities = _empty(n_rows, n_neighbors)

    def search(cell: int, _stop: int) -> int:
        own = slice(bounds[cell], bounds[cell + 1])
        closeness = centroids @ centroids[cell]
        closeness[cell] = np.inf
        # Nearest cell first: the worst kept similarity rises early, and most later candidates are refused at once.
        for probe in np.argsort(-closeness, kind="stable")[:n_probes]:
            other = slice(bounds[probe], bounds[probe + 1])
            keep_nearest(
                sorted_units[own] @ sorted_units[other].T,
                order[own],
                order[other],
                sorted_ids[own],
                sorted_similarities[own],
            )
        return int(bounds[cell + 1])

    for done in map_blocks(search, n_cells, block_rows=1, threads=threads):
        report(Progress("neighbors", done, n_rows))
    ids, similarities = np.empty_like(sorted_ids), np.empty_like(sorted_similarities)
    ids[order], similarities[order] = sorted_ids, sorted_similarities
    return ids, similarities


@njit(nogil=True, cache=True)  # type: ignore[misc]  # numba's decorators are untyped
def keep_nearest(similarities, query_ids, candidate_ids, ids, best):  # type: ignore[no-untyped-def]  # a numba kernel
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
    n_neighbors = ids.shape[1]
    for i in range(similarities.shape[0]):
        worst = best[i, n_neighbors - 1]
        n_candidates = similarities.shape[1]
        for step in range(n_candidates):
            # Each query starts at another candidate: equal rows then choose different neighbours, not all the same few.
            j = (i + step) % n_candidates
            similarity = similarities[i, j]
            if similarity > worst and candidate_ids[j] != query_ids[i]:
                place = n_neighbors - 1
                while place > 0 and best[i, place - 1] < similarity:
                    best[i, place] = best[i, place - 1]
                    ids[i, place] = ids[i, place - 1]
                    place -= 1
                best[i, place] = similarity
                ids[i, place] = candidate_ids[j]
                worst = best[i, n_neighbors - 1]
