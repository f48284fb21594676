"""Groups of rows that belong together: joined by links, known by their first row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from portolan.types import BoolArray

NO_TEXT = -1
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Duplicates:
    """Rows that repeat others, in groups; the first row of a group is its representative.

    Attributes
    ----------
    first : ndarray of int64, shape (n_rows,)
        The first row of each row's group; the row itself where it is alone; `NO_TEXT` where it has no text.
    similarity : ndarray of float32, shape (n_rows,)
        How alike a row is to the first of its group, 0 to 1; 0 for first rows and for rows that are alone; NaN where
        it has no text.
    """

    first: Places
    similarity: NDArray[np.float32]

    @property
    def sizes(self) -> Places:
        """Rows of each row's group: int64, shape (n_rows,); 0 where the row has no text."""
        sizes = np.bincount(self.first[self.first >= 0], minlength=len(self.first))
        found: Places = np.where(self.first >= 0, sizes[self.first], 0)
        return found

    @property
    def is_repeat(self) -> BoolArray:
        """Which rows are in a group and are not its first: bool, shape (n_rows,)."""
        found: BoolArray = (self.first >= 0) & (self.first != np.arange(len(self.first)))
        return found


def alone(n: int) -> Places:
    """Groups of `n` members, each alone: what `join` begins with."""
    return np.arange(n, dtype=np.int64)


@njit(cache=True, nogil=True)
def root_of(parents: Places, member: int) -> int:
    """The smallest member of the group, which stands for it; the way there becomes shorter (Tarjan 1975)."""
    while parents[member] != member:
        parents[member] = parents[parents[member]]
        member = parents[member]
    return member


@njit(cache=True, nogil=True)
def join(parents: Places, left: Places, right: Places) -> None:
    """Join the groups of left[i] and right[i] for each i, in place (union-find)."""
    for i in range(len(left)):
        one, other = root_of(parents, left[i]), root_of(parents, right[i])
        if one < other:
            parents[other] = one
        elif other < one:
            parents[one] = other


@njit(cache=True, nogil=True)
def roots(parents: Places) -> Places:
    """The smallest member of each member's group, shape (n,)."""
    found = np.empty_like(parents)
    for member in range(len(parents)):
        found[member] = root_of(parents, member)
    return found


def first_rows(groups: Places) -> Places:
    """The first row of each row's group, from any numbers that groups have; `NO_TEXT` stays.

    Parameters
    ----------
    groups : ndarray of int64, shape (n_rows,)
        Equal for rows of a group; `NO_TEXT` for rows that are in none.
    """
    first = np.full(len(groups), NO_TEXT, np.int64)
    rows = np.flatnonzero(groups >= 0)
    _, begins, place = np.unique(groups[rows], return_index=True, return_inverse=True)
    first[rows] = rows[begins][place.ravel()]
    return first


def duplicates_of(groups: Places, likeness: Callable[[Places, Places], NDArray[np.float32]]) -> Duplicates:
    """Groups as `Duplicates`; `likeness(rows, firsts)` tells how alike each of some rows is to its first row."""
    first = first_rows(groups)
    similarity = np.where(first >= 0, 0, np.nan).astype(np.float32)
    found = Duplicates(first, similarity)
    rows = np.flatnonzero(found.is_repeat)
    similarity[rows] = likeness(rows, first[rows])
    return found
