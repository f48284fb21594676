"""Both replies of pairs as sets of shingles, and how alike two pairs' replies are, as they stand and crossed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portolan.core.group_pairs import likeness_of
from portolan.core.pair_facts import PairTexts
from portolan.core.shingles import Places, ShingleSets, shingle_sets


@dataclass(frozen=True)
class ReplySets:
    """Replies of pairs as sets of shingles.

    Attributes
    ----------
    chosen, rejected : ndarray of int64, shape (n_pairs,)
        The set of each reply; -1 where it is blank.
    """

    sets: ShingleSets
    chosen: Places
    rejected: Places

    @classmethod
    def of(cls, batches: Sequence[PairTexts], *, threads: int | None = None) -> ReplySets:
        """The sets of all pairs' replies."""
        sets = shingle_sets(
            [*(batch.chosen for batch in batches), *(batch.rejected for batch in batches)], threads=threads
        )
        n = len(sets.set_of) // 2
        return cls(sets, sets.set_of[:n], sets.set_of[n:])

    def likeness(
        self, left: Places, right: Places, *, of_blank: float
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The lesser Jaccard coefficient of the replies of pairs `left` and `right`.

        Returns
        -------
        straight, crossed : ndarray of float32, shape (n_left,)
            Chosen beside chosen and rejected beside rejected; one's chosen beside the other's rejected.
        """
        straight, crossed = (
            np.minimum(
                likeness_of(self.sets, self.chosen[left], one[right], of_blank=of_blank),
                likeness_of(self.sets, self.rejected[left], other[right], of_blank=of_blank),
            )
            for one, other in ((self.chosen, self.rejected), (self.rejected, self.chosen))
        )
        return straight, crossed
