"""What is done to some pairs before a preference model is fitted again, and the same done to others, drawn at random.

Dropping, flipping, relabelling and weighting are one thing: each pair of the selection gets another weight, another
target, or both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from portolan.types import BoolArray, FloatArray

Action = Literal["drop", "flip", "relabel", "weight"]
Places = NDArray[np.int64]

OWN_SHARE = 0.5
"""A stratum of which more than this is selected says what the selection is: a draw from it would be the same rows."""


@dataclass(frozen=True)
class Intervention:
    """What some pairs become.

    Attributes
    ----------
    places : ndarray of int64, shape (n_selected,)
        The pairs, in ascending order.
    weights : ndarray of float32, shape (n_selected,)
        How much each counts from then on: 0 leaves it out.
    targets : ndarray of float32, shape (n_selected,), in [0, 1]
        How often the chosen reply is to be preferred: 0 flips the pair.
    """

    action: Action
    places: Places
    weights: NDArray[np.float32]
    targets: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.places)

    def moved_to(self, places: Places) -> Intervention:
        """The same done to other pairs: the i-th of them becomes what the i-th of these would."""
        return Intervention(self.action, places, self.weights, self.targets)

    def only(self, is_kept: BoolArray) -> Intervention:
        """A part of it; shape (n_selected,)."""
        return Intervention(self.action, self.places[is_kept], self.weights[is_kept], self.targets[is_kept])


def dropping(places: Places) -> Intervention:
    """Leave pairs out."""
    return Intervention("drop", places, np.zeros(len(places), np.float32), np.ones(len(places), np.float32))


def flipping(places: Places) -> Intervention:
    """Take the rejected reply of pairs for the chosen one."""
    return Intervention("flip", places, np.ones(len(places), np.float32), np.zeros(len(places), np.float32))


def relabelling(places: Places, chances: FloatArray) -> Intervention:
    """Give pairs a chance, in [0, 1], that the chosen reply is the better one; 0.5: neither is."""
    return Intervention("relabel", places, np.ones(len(places), np.float32), chances.astype(np.float32))


def weighting(places: Places, weights: FloatArray) -> Intervention:
    """Let pairs count so many times."""
    return Intervention("weight", places, weights.astype(np.float32), np.ones(len(places), np.float32))


@dataclass(frozen=True)
class Strata:
    """Kinds of pairs among which a random draw keeps the composition of a selection.

    Attributes
    ----------
    codes : ndarray of int64, shape (n_pairs,)
    columns : tuple of str
        What they are made of.
    left_out : tuple of str
        Columns that decide the selection: matched on them, the draw would be the selection itself.
    """

    codes: Places
    columns: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def strata_of(selected: Places, columns: Sequence[tuple[str, Places]], *, n_pairs: int) -> Strata:
    """Strata from columns of codes, 0 and up.

    A column is left out where most of the selection lies in values of which most pairs are selected; so is one that
    would do the same together with those before it.
    """
    codes = np.zeros(n_pairs, np.int64)
    used, left_out = [], []
    for name, values in columns:
        joined = np.unique(codes * (int(values.max(initial=0)) + 1) + values, return_inverse=True)[1].ravel()
        if _is_own(joined, selected):
            left_out.append(name)
        else:
            codes = joined
            used.append(name)
    return Strata(codes, tuple(used), tuple(left_out))


def _is_own(codes: Places, selected: Places) -> bool:
    n_all = np.bincount(codes)
    n_selected = np.bincount(codes[selected], minlength=len(n_all))
    is_own = n_selected > OWN_SHARE * n_all
    return bool(n_selected[is_own].sum() > OWN_SHARE * len(selected))


def matched_draw(places: Places, strata: Strata, *, seed: Sequence[int]) -> Places:
    """As many pairs of each stratum, drawn from all of its pairs without putting back; the i-th in the i-th's stratum.

    From all pairs, the selected ones too: so a selection that was itself drawn at random is one more such draw, and
    nothing tells it from them.
    """
    rng = np.random.default_rng(tuple(seed))
    drawn = np.empty(len(places), np.int64)
    own = strata.codes[places]
    for stratum in np.unique(own):
        wanted = np.flatnonzero(own == stratum)
        drawn[wanted] = rng.choice(np.flatnonzero(strata.codes == stratum), len(wanted), replace=False)
    return drawn


def halves(groups: Places, *, seed: Sequence[int]) -> BoolArray:
    """Which members are in the one half of a selection, the groups (prompts) whole: bool, shape (n_selected,)."""
    rng = np.random.default_rng(tuple(seed))
    numbers, group_of = np.unique(groups, return_inverse=True)
    # Groups by size, drawn within a size: every second one makes halves of nearly equal numbers.
    sizes = np.bincount(group_of.ravel())
    order = np.lexsort((rng.random(len(numbers)), -sizes))
    is_one = np.zeros(len(numbers), np.bool_)
    is_one[order[0::2]] = True
    swap = rng.random(len(numbers) // 2) < 0.5
    pairs = order[: 2 * len(swap)].reshape(-1, 2)
    is_one[pairs[swap, 0]], is_one[pairs[swap, 1]] = False, True
    found: BoolArray = is_one[group_of.ravel()]
    return found


def group_folds(groups: Places, *, n_folds: int, seed: Sequence[int]) -> Places:
    """A fold for each row, groups whole, folds of nearly equal numbers of rows: int64, shape (n_rows,)."""
    rng = np.random.default_rng(tuple(seed))
    _, group_of = np.unique(groups, return_inverse=True)
    sizes = np.bincount(group_of.ravel())
    order = rng.permutation(len(sizes))
    before = np.cumsum(sizes[order]) - sizes[order] / 2
    folds = np.empty(len(sizes), np.int64)
    folds[order] = np.minimum(before * n_folds / max(1, sizes.sum()), n_folds - 1).astype(np.int64)
    found: Places = folds[group_of.ravel()]
    return found
