"""Phrases that say what a cluster is about and its siblings are not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from portolan.core.find_phrases import find_phrases
from portolan.core.phrases import Phrases
from portolan.errors import ShapeError
from portolan.types import ClusterIds, Progress, Report, RowIds, silent

_MAX_ROWS = 40_000
_ENOUGH_ROWS = 20_000  # to read, where they give each finest cluster _ENOUGH_EACH
_ENOUGH_EACH = 24
_N_CANDIDATES = 40  # phrases of a cluster looked at, the best first
_WORTH = 0.2  # of the best phrase's score: what falls below tells too little
_WHOLE_SHARE = 0.6
_OFFENSIVE_WORTH = 1e-6  # beside any decent phrase it is left out
_COVERED = 0.6  # of a child's claim that its best phrase, once chosen, settles
_LENGTH_BONUS = np.array([0.0, 1.0, 1.6, 1.8, 1.8, 1.8, 1.8])


def rows_to_read(layers: Sequence[ClusterIds], *, max_rows: int = _MAX_ROWS, random_state: int = 0) -> RowIds:
    """Rows whose texts are enough to find keyphrases: some of each finest cluster, ascending.

    Returns
    -------
    ndarray of int64, shape (at most about max_rows,)
        All rows with text where there are no more than `max_rows`.
    """
    finest = layers[0]
    rows = np.flatnonzero(finest >= 0)
    if len(rows) <= max_rows:
        return rows.astype(np.int64)
    n_clusters = int(finest.max()) + 1
    max_rows = min(max_rows, max(_ENOUGH_ROWS, _ENOUGH_EACH * n_clusters))
    per_cluster = max(8, max_rows // n_clusters)
    shuffled = np.random.default_rng((random_state, len(rows))).permutation(rows)
    shuffled = shuffled[np.argsort(finest[shuffled], kind="stable")]
    sizes = np.bincount(finest[rows], minlength=n_clusters)
    rank = np.arange(len(shuffled)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.sort(shuffled[rank < per_cluster]).astype(np.int64)


def keyphrases(
    texts: pa.StringArray | pa.LargeStringArray,
    layers: Sequence[ClusterIds],
    *,
    rows: RowIds | None = None,
    n_phrases: int = 8,
    threads: int | None = None,
    report: Report = silent,
) -> list[list[tuple[str, ...]]]:
    """Keyphrases of each cluster of each layer, best first; a cluster may have none.

    Parameters
    ----------
    texts : Arrow strings, shape (n_texts,)
        Texts of `rows`.
    layers : sequence of ndarray of int32, shape (n_rows,)
        Nested clusters, the finest first.
    rows : ndarray of int64, shape (n_texts,), optional
        Which rows the texts belong to (see `rows_to_read`); left out, all rows in order.
    """
    rows = np.arange(len(layers[0]), dtype=np.int64) if rows is None else rows
    if len(rows) != len(texts):
        raise ShapeError(
            f"There are {len(texts)} texts and {len(rows)} rows.", fix="Give the text of each row, in the same order."
        )
    has_cluster = layers[0][rows] >= 0
    report(Progress("name", 0, len(layers), "layers"))
    phrases = find_phrases(texts, threads=threads)
    result = []
    lower: _Shares | None = None
    for number, shares in enumerate(_shares_of_layers(phrases, layers, rows, has_cluster)):
        scores = _scores(shares, phrases)
        result.append([_best(phrases, scores, shares, lower, c, n_phrases) for c in range(shares.n_clusters)])
        lower = shares
        report(Progress("name", number + 1, len(layers), "layers"))
    return result


@dataclass(frozen=True)
class _Shares:
    """In how many rows of each cluster of a layer the phrases stand, as estimated from the texts read.

    `counts`: csr (n_clusters, n_phrases) rows of the cluster, and `read` the same among the texts read alone.
    `sizes`: (n_clusters,). `siblings`: (n_clusters, n_phrases) counts of the parent, by `parents` (n_clusters,).
    """

    counts: sparse.csr_matrix
    read: sparse.csr_matrix
    sizes: NDArray[np.float64]
    parents: NDArray[np.int32]
    parent_counts: sparse.csr_matrix
    parent_sizes: NDArray[np.float64]

    @property
    def n_clusters(self) -> int:
        return len(self.sizes)


def _shares_of_layers(
    phrases: Phrases, layers: Sequence[ClusterIds], rows: RowIds, has_cluster: NDArray[np.bool_]
) -> list[_Shares]:
    finest = layers[0]
    n_finest = int(finest.max(initial=-1)) + 1
    n_texts = len(rows)
    of_text = finest[rows[has_cluster]]
    picks = sparse.csr_matrix(
        (np.ones(len(of_text), np.float32), (of_text, np.flatnonzero(has_cluster))), shape=(n_finest, n_texts)
    )
    read = (picks @ phrases.rows).tocsr()
    sizes = np.bincount(finest[finest >= 0], minlength=n_finest).astype(np.float64)
    n_read = np.maximum(np.bincount(of_text, minlength=n_finest), 1)
    # A sentence that many texts share speaks once or twice, not for each of them.
    weighted = sparse.csc_matrix((phrases.weights, phrases.rows.indices, phrases.rows.indptr), shape=phrases.rows.shape)
    counts = sparse.diags(sizes / n_read) @ (picks @ weighted).tocsr()
    tables = [(counts.tocsr(), read, sizes)]
    ups = []
    for lower, upper in pairwise(layers):
        up = _parents(lower, upper)
        ups.append(up)
        counts, read, sizes = tables[-1]
        merge = sparse.csr_matrix((np.ones(len(up)), (up, np.arange(len(up)))), shape=(int(up.max()) + 1, len(up)))
        tables.append(((merge @ counts).tocsr(), (merge @ read).tocsr(), merge @ sizes))
    whole = tables[-1]
    root = np.ones((1, len(whole[2])))
    tables.append((sparse.csr_matrix(root @ whole[0]), whole[1], np.array([whole[2].sum()])))
    ups.append(np.zeros(len(whole[2]), np.int32))
    for counts, read, _ in tables:
        # Entry by entry the two tables belong together.
        counts.sort_indices()
        read.sort_indices()
    return [_Shares(*tables[i], ups[i], tables[i + 1][0], tables[i + 1][2]) for i in range(len(layers))]


def _parents(lower: ClusterIds, upper: ClusterIds) -> NDArray[np.int32]:
    """Cluster of `upper` that holds each cluster of `lower`."""
    parents = np.full(int(lower.max(initial=-1)) + 1, -1, np.int32)
    has_text = lower >= 0
    parents[lower[has_text]] = upper[has_text]
    return parents


def _scores(shares: _Shares, phrases: Phrases) -> sparse.csr_matrix:
    """How well a phrase tells a cluster: the share of rows that have it, times how much rarer it is elsewhere.

    Elsewhere is the rest of the corpus and, equally, the rest of the parent.
    """
    counts = shares.counts.tocoo()
    row, column = counts.row, counts.col
    within = counts.data / shares.sizes[row]
    totals = np.asarray(shares.counts.sum(axis=0)).ravel()
    n_rows = shares.sizes.sum()
    among = _entries(shares.parent_counts, shares.parents[row], column)
    corpus_share = (totals[column] - counts.data + 0.5) / (n_rows - shares.sizes[row] + 1)
    parent_size = shares.parent_sizes[shares.parents[row]]
    sibling_share = (among - counts.data + 0.5) / (parent_size - shares.sizes[row] + 1)
    is_only = parent_size <= shares.sizes[row]
    sibling_share = np.where(is_only, corpus_share, sibling_share)
    floor = 1e-3
    lift = 0.5 * np.log(within / (corpus_share + floor)) + 0.5 * np.log(within / (sibling_share + floor))
    if shares.n_clusters == 1:
        lift = np.ones_like(within)
    read = np.asarray(shares.read.tocoo().data)
    enough = read >= np.minimum(2, shares.sizes[row])
    score = np.where(enough & (lift > 0), within**0.8 * lift, 0) * _LENGTH_BONUS[phrases.lengths[column]]
    result = sparse.csr_matrix((score, (row, column)), shape=shares.counts.shape)
    result.eliminate_zeros()
    return result


def _entries(matrix: sparse.csr_matrix, rows: NDArray[np.int32], columns: NDArray[np.int32]) -> NDArray[np.float64]:
    """Entries of `matrix` at pairs that it is known to hold."""
    n_columns = matrix.shape[1]
    held = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)) * n_columns + matrix.indices
    return np.asarray(matrix.data[np.searchsorted(held, rows.astype(np.int64) * n_columns + columns)])


def _best(
    phrases: Phrases, scores: sparse.csr_matrix, shares: _Shares, lower: _Shares | None, cluster_id: int, n_phrases: int
) -> tuple[str, ...]:
    """The cluster's best phrases, no two of which repeat a word; those of a parent speak for most of its children."""
    first, last = scores.indptr[cluster_id], scores.indptr[cluster_id + 1]
    columns, values = scores.indices[first:last], scores.data[first:last]
    order = np.lexsort((columns, -values))[:_N_CANDIDATES]
    candidates = [_candidate(phrases, int(columns[i]), float(values[i])) for i in order]
    candidates.sort(key=lambda candidate: -candidate.score)
    own = slice(shares.counts.indptr[cluster_id], shares.counts.indptr[cluster_id + 1])
    held = shares.counts.data[own][np.searchsorted(shares.counts.indices[own], columns[order])]
    n_rows = dict(zip(columns[order].tolist(), held.tolist(), strict=True))
    chosen: list[str] = []
    used: set[str] = set()
    for candidate in _by_coverage(candidates, lower, cluster_id):
        if len(chosen) == n_phrases:
            break
        if used.isdisjoint(candidate.beginnings) and not phrases.names_nothing(candidate.column):
            whole = _whole(candidate, candidates, n_rows)
            if used.isdisjoint(whole.beginnings):
                chosen.append(phrases.written(whole.column))
                used |= whole.beginnings
    return tuple(chosen)


def _by_coverage(candidates: Sequence[_Candidate], lower: _Shares | None, cluster_id: int) -> Iterator[_Candidate]:
    """Candidates worth naming, the next always the one that says most of the children not yet spoken for."""
    if not candidates:
        return
    scores = np.array([candidate.score for candidate in candidates])
    scores[scores < _WORTH * scores[0]] = 0
    children = np.zeros(0, np.intp) if lower is None else np.flatnonzero(lower.parents == cluster_id)
    if lower is None or len(children) < 2:
        yield from (candidates[int(i)] for i in np.flatnonzero(scores))
        return
    held = lower.counts[children][:, [candidate.column for candidate in candidates]].toarray()
    within = held / lower.sizes[children][:, None]
    best = np.maximum(within.max(axis=1, keepdims=True), 1e-12)
    claims = np.ones(len(children))
    while scores.any():
        worth = scores * (claims @ held) / np.maximum(held.sum(axis=0), 1e-12)
        pick = int(worth.argmax())
        yield candidates[pick]
        scores[pick] = 0
        claims *= 1 - _COVERED * within[:, pick] / best[:, 0]


def _candidate(phrases: Phrases, column: int, score: float) -> _Candidate:
    """The phrase of a column, far behind where a decent phrase will do."""
    penalty = _OFFENSIVE_WORTH if phrases.is_offensive(column) else 1.0
    return _Candidate(column, penalty * score, phrases.stems(column), phrases.beginnings(column))


@dataclass(frozen=True)
class _Candidate:
    """A phrase that may tell a cluster."""

    column: int
    score: float
    stems: tuple[str, ...]
    beginnings: frozenset[str]

    def holds(self, other: _Candidate) -> bool:
        """True if the other's words stand in this phrase, side by side."""
        n = len(other.stems)
        return any(self.stems[i : i + n] == other.stems for i in range(len(self.stems) - n + 1))


def _whole(part: _Candidate, candidates: Sequence[_Candidate], n_rows: dict[int, float]) -> _Candidate:
    """The longest phrase around `part` that nearly as many rows have: no half of "large language models"."""
    enough = _WHOLE_SHARE * n_rows[part.column]
    wholes = [
        other
        for other in candidates
        if len(other.stems) > len(part.stems)
        and n_rows[other.column] >= enough
        and other.holds(part)
        and other.score >= _WORTH * part.score
    ]
    return max(wholes, key=lambda other: (len(other.stems), other.score), default=part)
