"""Which rows to label next: those that a concept is least certain of, no two alike, and some at random."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from portolan.types import BoolArray, RowIds, Vectors

Order = Literal["useful", "likely"]
RANDOM_SHARE = 0.2
"""Of the useful rows so many are drawn from all, whatever the concept says: they show what it does not look for."""
N_CANDIDATES = 20
"""Candidates for each row that is asked for."""


def next_rows(
    vectors: Vectors,
    is_open: BoolArray,
    n: int,
    *,
    chances: NDArray[np.floating] | None,
    certainty: NDArray[np.floating] | None,
    order: Order = "useful",
    seed: int = 0,
) -> RowIds:
    """Row ids to label next, the most useful first; fewer than `n` where no more are open.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n_rows, n_dims)
        Of unit length, or zero.
    is_open : ndarray of bool, shape (n_rows,)
        Rows that may be asked: not labelled, with text.
    chances, certainty : ndarray of float, shape (n_rows,), optional
        What the concept says; None while it has not been taught: then rows are spread over the map.
    order : {"useful", "likely"}
        likely: by chance, the likeliest first.
    """
    rng = np.random.default_rng(seed)
    open_rows = np.flatnonzero(is_open)
    if chances is None or certainty is None:
        return spread(vectors, rng.permutation(open_rows)[: N_CANDIDATES * n], np.zeros(0, np.int64), n)
    if order == "likely":
        return open_rows[np.argsort(-chances[open_rows], kind="stable")][:n]
    n_random = min(len(open_rows), round(RANDOM_SHARE * n))
    random = rng.choice(open_rows, n_random, replace=False)
    unsure = open_rows[np.argsort(certainty[open_rows], kind="stable")][: N_CANDIDATES * n]
    picked = spread(vectors, np.setdiff1d(unsure, random, assume_unique=True), random, n - n_random, sure=certainty)
    return _mixed(picked, random)


def spread(
    vectors: Vectors, candidates: RowIds, taken: RowIds, n: int, *, sure: NDArray[np.floating] | None = None
) -> RowIds:
    """`n` of the candidates, each the one that lies farthest from those before it and from `taken` (Gonzalez 1985).

    With `sure`, a row's distance counts the less the surer it is.
    """
    own = np.asarray(vectors[candidates], np.float32)
    worth = (
        np.ones(len(candidates)) if sure is None else 1.0 - np.nan_to_num(sure[candidates].astype(np.float64), nan=1)
    )
    distance = np.full(len(candidates), 2.0)
    for row in taken.tolist():
        distance = np.minimum(distance, 1 - own @ vectors[row])
    picked: list[int] = []
    for _ in range(min(n, len(candidates))):
        place = int((worth * distance + 1e-9 * distance).argmax())
        picked.append(int(candidates[place]))
        distance = np.minimum(distance, 1 - own @ own[place])
        distance[place] = -1.0
    return np.array(picked, np.int64)


def _mixed(picked: RowIds, random: RowIds) -> RowIds:
    """Random rows spread evenly among those that were picked: whoever stops early has labelled some of both."""
    places = np.concatenate(
        [np.arange(len(picked)) / max(1, len(picked)), (np.arange(len(random)) + 0.5) / max(1, len(random))]
    )
    mixed: RowIds = np.concatenate([picked, random])[np.argsort(places, kind="stable")]
    return mixed
