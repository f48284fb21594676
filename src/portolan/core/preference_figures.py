"""How good a preference model is: accuracy beside plain rules, by subset, and whether its chances are what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portolan.core.concept_figures import Share, Z
from portolan.core.mark_kernels import Floats
from portolan.core.pair_fit import Reals

N_BINS = 10
LEAST_OF_SUBSET = 20
MOST_SUBSETS = 50


@dataclass(frozen=True)
class Judged:
    """Pairs that have an outcome, and what is needed to count them.

    Attributes
    ----------
    outcomes : ndarray of int8, shape (n_pairs,)
        1, -1; 0: not counted.
    groups : ndarray of int64, shape (n_pairs,)
        Pairs of one prompt: they are not independent.
    weights : ndarray of float32, shape (n_pairs,)
    """

    outcomes: NDArray[np.int8]
    groups: NDArray[np.int64]
    weights: Floats


@dataclass(frozen=True)
class Bin:
    """Pairs of like confidence: the mean chance that was told, how often it came true, how many rows they count as."""

    told: float
    true: float
    n: int


@dataclass(frozen=True)
class Figures:
    """How good margins are on the pairs that have an outcome.

    Attributes
    ----------
    accuracy : Share
        Pairs told right; one without a lead counts half.
    log_loss, brier : float
        Means over pairs; .6931 and .25 for a model that always says one half.
    calibration_error : float
        Mean distance between what is told and what comes true, over `bins` (ECE: Naeini et al. 2015).
    """

    accuracy: Share
    log_loss: float
    brier: float
    calibration_error: float
    bins: tuple[Bin, ...]

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "accuracy": self.accuracy.to_json(),
            "log_loss": round(self.log_loss, 4),
            "brier": round(self.brier, 4),
            "calibration_error": round(self.calibration_error, 4),
            "bins": [{"told": round(one.told, 4), "true": round(one.true, 4), "n": one.n} for one in self.bins],
        }


def accuracy(margins: Reals, of: Judged, *, within: NDArray[np.bool_] | None = None) -> Share:
    """Share of pairs told right, with an interval that knows that pairs of one prompt go together.

    Wilson's interval for as many independent pairs as these are worth: the variance of the share over groups says how
    many (Kish 1965).
    """
    is_in = (of.outcomes != 0) & np.isfinite(margins)
    if within is not None:
        is_in &= within
    hits = np.where(margins[is_in] == 0, 0.5, margins[is_in] * of.outcomes[is_in] > 0)
    return grouped_share(hits, of.groups[is_in], of.weights[is_in])


def grouped_share(hits: Reals, groups: NDArray[np.int64], weights: Floats | Reals, *, z: float = Z) -> Share:
    """A weighted share of hits (0 to 1) with an interval for groups that go together; n is how many there are.

    The interval reaches `z` standard errors to each side: 95 %, unless another is asked for.
    """
    # Shares of one row do not sum to whole numbers in float32: a share could be above 1.
    weights = weights.astype(np.float64)
    total = float(weights.sum())
    if not len(hits) or total == 0:
        return Share(float("nan"), 0.0, 1.0, 0)
    share = float((weights * hits).sum() / total)
    _, number = np.unique(groups, return_inverse=True)
    sums = np.bincount(number.ravel(), weights * (hits - share))
    n_groups = len(sums)
    variance = float((sums**2).sum()) / total**2 * n_groups / max(1, n_groups - 1)
    spread = share * (1 - share)
    n_worth = min(spread / variance, len(hits)) if variance > 0 and spread > 0 else float(n_groups)
    return Share(share, *_wilson_of(share, n_worth, z), len(hits))


def _wilson_of(share: float, n: float, z: float) -> tuple[float, float]:
    """Wilson's interval of a share of `n`, which need not be whole."""
    square = z * z / n
    middle = (share + square / 2) / (1 + square)
    half = z * sqrt(share * (1 - share) / n + square / (4 * n)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


def figures_of(logits: Reals, of: Judged) -> Figures:
    """Figures of calibrated margins."""
    is_in = (of.outcomes != 0) & np.isfinite(logits)
    signed, weights = logits[is_in] * of.outcomes[is_in], of.weights[is_in].astype(np.float64)
    if not len(signed):
        return Figures(accuracy(logits, of), float("nan"), float("nan"), float("nan"), ())
    chances = 1 / (1 + np.exp(-np.clip(signed, -50, 50)))
    bins, shares = reliability(signed, weights)
    return Figures(
        accuracy(logits, of),
        float(np.average(np.logaddexp(0, -signed), weights=weights)),
        float(np.average((1 - chances) ** 2, weights=weights)),
        float(sum(share * abs(one.told - one.true) for one, share in zip(bins, shares, strict=True))),
        bins,
    )


def reliability(signed: Reals, weights: Reals) -> tuple[tuple[Bin, ...], tuple[float, ...]]:
    """Pairs by how sure the model is, in bins of equal size, and the share of the weight of each bin.

    `signed` > 0 where the model is right.
    """
    sure = 1 / (1 + np.exp(-np.abs(signed)))
    hits = np.where(signed == 0, 0.5, signed > 0)
    order = np.argsort(sure, kind="stable")
    parts = [part for part in np.array_split(order, N_BINS) if weights[part].sum() > 0]
    bins = tuple(
        Bin(
            float(np.average(sure[part], weights=weights[part])),
            float(np.average(hits[part], weights=weights[part])),
            max(1, round(float(weights[part].sum()))),
        )
        for part in parts
    )
    return bins, tuple(float(weights[part].sum() / weights.sum()) for part in parts)


def majority_margins(is_first: NDArray[np.bool_], of: Judged, folds: NDArray[np.int64]) -> Reals:
    """Margins of always naming the position that wins more often in the other folds: 1, -1 or 0, float64 (n_pairs,).

    Parameters
    ----------
    is_first : ndarray of bool, shape (n_pairs,)
        Whether the reply that was given first is the chosen one.
    """
    margins = np.zeros(len(is_first))
    is_told = of.outcomes != 0
    side = np.where(is_first, 1.0, -1.0)
    for fold in np.unique(folds):
        others = is_told & (folds != fold)
        lead = float((of.weights[others] * side[others] * of.outcomes[others]).sum())
        margins[folds == fold] = side[folds == fold] * np.sign(lead)
    return margins


def by_subset(
    margins: Mapping[str, Reals], of: Judged, columns: Mapping[str, Sequence[str | None]]
) -> list[dict[str, Any]]:
    """Accuracy of each of several margins in each value of category columns, the largest value first.

    Columns of one value or of more than 50 say nothing; values of fewer than 20 pairs are left out.
    """
    found = []
    for name, values in columns.items():
        texts = np.array(["" if value is None else str(value) for value in values], dtype=object)
        kinds, numbers, counts = np.unique(texts, return_inverse=True, return_counts=True)
        if not 2 <= len(kinds) <= MOST_SUBSETS:
            continue
        for place in np.argsort(-counts, kind="stable").tolist():
            within = numbers.ravel() == place
            if int((within & (of.outcomes != 0)).sum()) < LEAST_OF_SUBSET:
                continue
            shares = {key: accuracy(each, of, within=within).to_json() for key, each in margins.items()}
            found.append({"column": name, "value": str(kinds[place]), **shares})
    return found
