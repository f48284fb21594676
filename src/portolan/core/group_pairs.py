"""Rows of one group, two by two, and how alike their texts are."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from portolan.core.minhash import jaccards
from portolan.core.shingles import Places, ShingleSets

MOST_COMPARED = 64
"""Of a larger group each row is compared with so many that stand beside it."""


def beside(groups: Places) -> tuple[Places, Places]:
    """Each two rows of a group, the earlier one and the later one, at most `MOST_COMPARED` of the group apart.

    Parameters
    ----------
    groups : ndarray of int64, shape (n_rows,)
        Equal for rows of a group.
    """
    order = np.lexsort((np.arange(len(groups)), groups))
    ordered = groups[order]
    n = _count(ordered, MOST_COMPARED)
    left, right = np.empty(n, np.int64), np.empty(n, np.int64)
    _fill(order, ordered, MOST_COMPARED, left, right)
    return left, right


def likeness_of(sets: ShingleSets, left: Places, right: Places, *, of_blank: float) -> NDArray[np.float32]:
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
