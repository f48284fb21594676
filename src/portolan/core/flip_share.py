"""How many pairs can be flipped at most, and what a list of them holds if so many are.

Flips that fall on any pair alike turn the surest cases, too, so that no more pairs can be flipped than are against the
model where it is surest: a share of a mixture is at most the least ratio of the two over all cuts (Blanchard, Lee &
Scott 2010). There is no such floor: people prefer against a sure model for reasons that it cannot see, and choices
alone do not tell those from flips. So nothing here says how many pairs *are* flipped. Where that share is known from
elsewhere, Bayes' rule says what a list holds, since of the pairs that are not flipped the model is right for as many
as of the flipped ones it is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portolan.core.concept_figures import Share, Z
from portolan.core.pair_fit import Reals
from portolan.core.preference_figures import grouped_share

HALF = 0.5
LEAST_SURE = 50
"""Fewer of the surest pairs than this bound nothing."""


@dataclass(frozen=True)
class SurePairs:
    """The pairs that the model is as sure of as of the last of a list, or surer.

    Attributes
    ----------
    rows : int
        The length asked for.
    listed : int
        Those of them that are against the model: `rows`, or where fewer are against it at all, as many as are.
    chance : float
        What the model says of the choice of the last of the list.
    against : Share
        Part of all pairs it is so sure of that is against it: the list over the list and its mirror image.
    """

    rows: int
    listed: int
    chance: float
    against: Share


@dataclass(frozen=True)
class FlipShare:
    """What the pairs as they stand say of flips.

    Attributes
    ----------
    at_most : float
        No more of the pairs are flipped at random: upper end of a 95 % interval, over all cuts tried at once; one half
        where nothing is known.
    surest : int
        Of how many of the surest pairs that was found.
    lists : tuple of SurePairs
        One for each length asked for.
    """

    at_most: float
    surest: int
    lists: tuple[SurePairs, ...]

    def list_of(self, rows: int) -> SurePairs | None:
        """That of the list of `rows`; None where it was not asked for."""
        return next((one for one in self.lists if one.rows == rows), None)

    def most_right(self, of: SurePairs) -> float:
        """The part of a list that is flipped at most."""
        return precision_where(self.at_most, of.against.low)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> FlipShare:
        """What JSON holds."""
        lists = (SurePairs(one["rows"], one["listed"], one["chance"], _share(one["against"])) for one in told["lists"])
        return cls(told["at_most"], told["surest"], tuple(lists))

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "at_most": round(self.at_most, 4),
            "surest": self.surest,
            "lists": [
                {
                    "rows": one.rows,
                    "listed": one.listed,
                    "chance": round(one.chance, 6),
                    "against": one.against.to_json(),
                    "half_if": round(share_for_half(one.against.value), 4),
                    "at_most": round(self.most_right(one), 4),
                }
                for one in self.lists
            ],
        }


def flip_share(margins: Reals, outcomes: NDArray[np.int8], groups: NDArray[np.int64], rows: Sequence[int]) -> FlipShare:
    """How many can be flipped, and what lists of some lengths are made of.

    Parameters
    ----------
    margins : ndarray of float64, shape (n,)
        Logits of the first reply by a model that has not seen the prompt; NaN: left out.
    outcomes : ndarray of int8, shape (n,)
        1, -1; 0: left out.
    groups : ndarray of int64, shape (n,)
        Rows of one prompt: they go together.
    rows : sequence of int
        Lengths of lists.
    """
    is_told = (outcomes != 0) & np.isfinite(margins)
    signed, groups = margins[is_told] * outcomes[is_told], groups[is_told]
    order = np.argsort(-np.abs(signed), kind="stable")
    is_against, groups = signed[order] < 0, groups[order]
    sure = np.abs(signed[order])
    at_most, surest = _bound(is_against, groups)
    places = np.flatnonzero(is_against)
    lists = []
    for asked in sorted(rows) if len(places) else ():
        listed = min(asked, len(places))
        n_sure = int(places[listed - 1]) + 1
        against = _against(is_against[:n_sure], groups[:n_sure])
        lists.append(SurePairs(asked, listed, _chance(-sure[n_sure - 1]), against))
    return FlipShare(at_most, surest, tuple(lists))


def _bound(is_against: NDArray[np.bool_], groups: NDArray[np.int64]) -> tuple[float, int]:
    """The least upper end among some numbers of the surest pairs, and that number."""
    n = len(is_against)
    counts = [n]
    while counts[-1] // 2 >= LEAST_SURE:
        counts.append(counts[-1] // 2)
    # One-sided, and shared among the cuts (Bonferroni): the least of several is low by chance.
    z = NormalDist().inv_cdf(1 - 0.025 / len(counts))
    ends = [(_against(is_against[:count], groups[:count], z=z).high, count) for count in counts]
    high, surest = min(ends)
    return min(0.5, high), surest


def _against(is_against: NDArray[np.bool_], groups: NDArray[np.int64], *, z: float = Z) -> Share:
    return grouped_share(is_against.astype(np.float64), groups, np.ones(len(groups)), z=z)


def _share(told: Mapping[str, Any]) -> Share:
    return Share(told["value"], told["low"], told["high"], told["n"])


def _chance(logit: float) -> float:
    return float(1 / (1 + np.exp(-max(logit, -500.0))))


def precision_where(share: float, against: float) -> float:
    """Which part of a list is flipped where a share of all pairs is, at random.

    Of pairs that it is so sure of, a part w is against the model; without flips it would be (w - s) / (1 - 2 s), and it
    would be right of a part r = (1 - s - w) / (1 - 2 s), which flips turn against it: precision = s r / w.
    """
    if share >= min(0.5, against):
        # As many are flipped as are against it: the list is flips alone.
        return 1.0
    return float(np.clip(share * (1 - share - against) / ((1 - 2 * share) * against), 0, 1))


def expected(share: float, of: SurePairs) -> Share:
    """Which part of a list is flipped where a share of all pairs is, at random, with its 95 % interval."""
    against = of.against
    value, low, high = (precision_where(share, part) for part in (against.value, against.high, against.low))
    return Share(value, low, high, of.listed)


def longest(share: float, of: FlipShare) -> SurePairs | None:
    """The longest list of which half or more is flipped, surely, where a share of all pairs is; None: there is none."""
    worth = [one for one in of.lists if expected(share, one).low >= HALF]
    return max(worth, key=lambda one: one.rows, default=None)


def share_for_half(against: float) -> float:
    """The share of flipped pairs at which half of a list is flipped: s (1 - s) = w / 2."""
    return (1 - sqrt(max(0.0, 1 - 2 * against))) / 2
