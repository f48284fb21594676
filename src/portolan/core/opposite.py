"""Pairs that contradict each other: what one chose the other rejected."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from portolan.core.minhash import jaccards
from portolan.core.pair_facts import PairTexts
from portolan.core.shingles import Places, ShingleSets, shingle_sets

MOST_COMPARED = 64
"""Of a larger group each pair is compared with so many that stand beside it."""


def opposite_pairs(
    texts: Iterable[PairTexts], groups: NDArray[np.int64], *, threads: int | None = None
) -> NDArray[np.float32]:
    """How like each pair is to the pair of its group that comes nearest to being its opposite, in [0, 1].

    Likeness is the least of three Jaccard coefficients: of the prompts, of one's chosen and the other's rejected reply,
    and of one's rejected and the other's chosen. A pair is only the opposite of another where that is more than how
    like the replies are on the sides where they stand: two pairs of four equal replies contradict nothing.

    Parameters
    ----------
    texts : iterable of PairTexts
        Texts of the pairs, a batch at a time.
    groups : ndarray of int64, shape (n_pairs,)
        Equal for pairs that are compared.

    Returns
    -------
    ndarray of float32, shape (n_pairs,)
        0 where nothing is its opposite.
    """
    batches = list(texts)
    prompts = shingle_sets((batch.prompts for batch in batches), threads=threads)
    n_rows = len(groups)
    replies = shingle_sets(
        [*(batch.chosen for batch in batches), *(batch.rejected for batch in batches)], threads=threads
    )
    order = np.lexsort((np.arange(n_rows), groups))
    left, right = _beside(order, groups[order])
    alike = _likeness(prompts, prompts.set_of[left], prompts.set_of[right], of_blank=1)
    chosen, rejected = replies.set_of[:n_rows], replies.set_of[n_rows:]
    crossed = [(chosen, rejected), (rejected, chosen)]
    straight = [(chosen, chosen), (rejected, rejected)]
    opposite, same = (
        np.minimum(*(_likeness(replies, one[left], other[right], of_blank=0) for one, other in way))
        for way in (crossed, straight)
    )
    strength = np.where(opposite > same, np.minimum(alike, opposite), 0).astype(np.float32)
    found = np.zeros(n_rows, np.float32)
    np.maximum.at(found, left, strength)
    np.maximum.at(found, right, strength)
    return found


def _likeness(sets: ShingleSets, left: Places, right: Places, *, of_blank: float) -> NDArray[np.float32]:
    """Jaccard coefficients of sets; `of_blank` where both are blank, 0 where one is."""
    found = np.where((left < 0) & (right < 0), of_blank, 0).astype(np.float32)
    is_there = (left >= 0) & (right >= 0)
    coefficients = np.empty(int(is_there.sum()), np.float32)
    jaccards(sets.indptr, sets.hashes, left[is_there], right[is_there], coefficients)
    found[is_there] = coefficients
    return found


@njit(cache=True, nogil=True)
def _count(groups: Places, most: int) -> int:
    n = 0
    for i in range(len(groups)):
        j = i + 1
        while j < len(groups) and groups[j] == groups[i] and j - i <= most:
            n += 1
            j += 1
    return n


@njit(cache=True, nogil=True)
def _fill(order: Places, groups: Places, most: int, left: Places, right: Places) -> None:
    n = 0
    for i in range(len(groups)):
        j = i + 1
        while j < len(groups) and groups[j] == groups[i] and j - i <= most:
            left[n], right[n] = order[i], order[j]
            n += 1
            j += 1


def _beside(order: Places, groups: Places) -> tuple[Places, Places]:
    """Each two pairs of a group, `MOST_COMPARED` apart at most; `groups` in the order `order`."""
    n = _count(groups, MOST_COMPARED)
    left, right = np.empty(n, np.int64), np.empty(n, np.int64)
    _fill(order, groups, MOST_COMPARED, left, right)
    return left, right
