"""Pairs that contradict each other: what one chose the other rejected."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from portolan.core.group_pairs import beside, likeness_of
from portolan.core.pair_facts import PairTexts
from portolan.core.reply_sets import ReplySets
from portolan.core.shingles import shingle_sets


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
    left, right = beside(groups)
    alike = likeness_of(prompts, prompts.set_of[left], prompts.set_of[right], of_blank=1)
    same, opposite = ReplySets.of(batches, threads=threads).likeness(left, right, of_blank=0)
    strength = np.where(opposite > same, np.minimum(alike, opposite), 0).astype(np.float32)
    found = np.zeros(len(groups), np.float32)
    np.maximum.at(found, left, strength)
    np.maximum.at(found, right, strength)
    return found
