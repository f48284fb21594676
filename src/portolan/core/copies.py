"""Pairs that repeat an earlier pair: its prompt and both replies, whichever of them was chosen there."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from portolan.core.group_pairs import beside, likeness_of
from portolan.core.pair_facts import PairTexts
from portolan.core.reply_sets import ReplySets
from portolan.core.shingles import Places, ShingleSets


def copies(
    texts: Iterable[PairTexts],
    groups: Places,
    *,
    whole: ShingleSets,
    least: float,
    least_of_reply: float,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """How like each pair is to the earlier pair of its group that it comes nearest to repeating, in [0, 1].

    Likeness is the Jaccard coefficient of prompt and replies as a whole. Where the prompt is long, two pairs of
    different replies are nearly alike as a whole: so each reply has to be like one of the earlier pair, too.

    Parameters
    ----------
    texts : iterable of PairTexts
        Texts of the pairs, a batch at a time.
    groups : ndarray of int64, shape (n_pairs,)
        Equal for pairs that are compared.
    whole : ShingleSets
        Shingles of each pair as a whole, in the same order.
    least, least_of_reply : float
        Coefficients below which two pairs, and two replies, are not alike.

    Returns
    -------
    ndarray of float32, shape (n_pairs,)
        0 where a pair repeats none.
    """
    left, right = (np.concatenate(both) for both in zip(beside(groups), _same(whole.set_of), strict=True))
    alike = likeness_of(whole, whole.set_of[left], whole.set_of[right], of_blank=0)
    is_near = alike >= least
    left, right, alike = left[is_near], right[is_near], alike[is_near]
    straight, crossed = ReplySets.of(list(texts), threads=threads).likeness(left, right, of_blank=1)
    is_copy = np.maximum(straight, crossed) >= least_of_reply
    found = np.zeros(len(groups), np.float32)
    np.maximum.at(found, right[is_copy], alike[is_copy])
    return found


def _same(sets: Places) -> tuple[Places, Places]:
    """The first row that has a set and each later one that has it: in a large group they may stand far apart."""
    _, firsts, place = np.unique(sets, return_index=True, return_inverse=True)
    first = firsts[place.ravel()]
    later = np.flatnonzero((first != np.arange(len(sets))) & (sets >= 0))
    return first[later], later
