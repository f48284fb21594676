"""How good a ranking of labelled rows is: average precision, precision and recall at a cut, each with an interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from portolan.types import BoolArray

Reals = NDArray[np.float64]

Z = 1.959964
"""Intervals cover 95 %."""
N_RESAMPLES = 200
N_CUTS = 19


@dataclass(frozen=True)
class Share:
    """A share of `n`, with its 95 % interval. NaN and 0 … 1 where `n` is 0."""

    value: float
    low: float
    high: float
    n: int

    def to_json(self) -> dict[str, float | int | None]:
        """As JSON holds it: no value is null."""
        value = None if np.isnan(self.value) else round(self.value, 4)
        return {"value": value, "low": round(self.low, 4), "high": round(self.high, 4), "n": self.n}


@dataclass(frozen=True)
class AtCut:
    """What comes of calling rows from a chance of `cut` on positive."""

    cut: float
    precision: Share
    recall: Share

    def to_json(self) -> dict[str, object]:
        """As JSON holds it."""
        return {"cut": self.cut, "precision": self.precision.to_json(), "recall": self.recall.to_json()}


def wilson(k: int, n: int) -> Share:
    """The share k / n with its interval (Wilson 1927), which is right for few rows and shares near 0 or 1 too."""
    if n == 0:
        return Share(float("nan"), 0.0, 1.0, 0)
    share, square = k / n, Z * Z / n
    middle = (share + square / 2) / (1 + square)
    half = Z * sqrt(share * (1 - share) / n + square / (4 * n)) / (1 + square)
    return Share(share, min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half)), n)


def average_precision(is_positive: BoolArray, scores: NDArray[np.floating]) -> float:
    """Mean of the precision at each positive row, best first; NaN where there is none.

    Rows of equal score count as one step, so that their order does not matter.
    """
    n_positive = int(is_positive.sum())
    if n_positive == 0:
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(is_positive[order])
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)
    found = np.diff(np.concatenate([[0], hits[last]]))
    return float((found * hits[last] / (last + 1)).sum() / n_positive)


def resampled(is_positive: BoolArray, scores: Reals, groups: NDArray[np.int64], *, seed: int = 0) -> Share:
    """Average precision with its interval: the bootstrap over groups of rows of the same text (Efron 1979)."""
    value = average_precision(is_positive, scores)
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)] if len(groups) < 2000 else None
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(N_RESAMPLES):
        if members is None:
            # So many that rows of the same text hardly matter.
            drawn = rng.integers(0, len(groups), len(groups))
        else:
            drawn = np.concatenate([members[place] for place in rng.integers(0, len(members), len(members))])
        if is_positive[drawn].any():
            found.append(average_precision(is_positive[drawn], scores[drawn]))
    low, high = np.quantile(found, [0.025, 0.975]) if found else (0.0, 1.0)
    return Share(value, float(low), float(high), len(is_positive))


def at_cut(is_positive: BoolArray, chances: Reals, cut: float) -> AtCut:
    """Precision and recall of the rows whose chance is `cut` or more."""
    is_above = chances >= cut
    n_hits = int((is_above & is_positive).sum())
    return AtCut(cut, wilson(n_hits, int(is_above.sum())), wilson(n_hits, int(is_positive.sum())))


def cuts(is_positive: BoolArray, chances: Reals) -> list[AtCut]:
    """Precision and recall at .05, .1 … .95."""
    return [at_cut(is_positive, chances, round(step / (N_CUTS + 1), 2)) for step in range(1, N_CUTS + 1)]
