"""How far people who labelled the same rows agree, beyond what chance would give.

Ratings are codes of shape (n_rows, n_raters): whole numbers from 0, -1 where a rater said nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from portolan.errors import ShapeError
from portolan.types import FloatArray

Ratings = NDArray[np.integer]


def cohen_kappa(ratings: Ratings) -> float:
    """Cohen's kappa of two raters, in [-1, 1]; NaN where they share no row, or both always say the same one thing.

    Rows that only one of them rated are left out.

    Raises
    ------
    ShapeError
        There are not two raters.

    References
    ----------
    J. Cohen (1960): A coefficient of agreement for nominal scales.
    """
    if ratings.ndim != 2 or ratings.shape[1] != 2:
        raise ShapeError(f"Ratings have shape {ratings.shape}.", fix="Give two columns, one a rater.")
    both = ratings[(ratings >= 0).all(axis=1)]
    if not len(both):
        return float("nan")
    n_values = int(both.max()) + 1
    shares = [np.bincount(both[:, rater], minlength=n_values) / len(both) for rater in (0, 1)]
    return _beyond_chance(float((both[:, 0] == both[:, 1]).mean()), float(shares[0] @ shares[1]))


def fleiss_kappa(ratings: Ratings) -> float:
    """Fleiss' kappa of rows that all have the same number of ratings, at most 1; NaN where there are none.

    Rows with fewer ratings than most have are left out: the measure knows no missing ones (alpha does).

    References
    ----------
    J. L. Fleiss (1971): Measuring nominal scale agreement among many raters.
    """
    counts = _counts(ratings)
    n_ratings = counts.sum(axis=1)
    several = n_ratings[n_ratings >= 2].astype(np.int64)
    if not len(several):
        return float("nan")
    usual = int(np.bincount(several).argmax())
    counts = counts[n_ratings == usual]
    shares = counts.sum(axis=0) / counts.sum()
    agreed = ((counts**2).sum(axis=1) - usual) / (usual * (usual - 1))
    return _beyond_chance(float(agreed.mean()), float(shares @ shares))


def krippendorff_alpha(ratings: Ratings) -> float:
    """Krippendorff's alpha for nominal values, at most 1; any number of raters, any ratings missing.

    NaN where no row has two ratings, or all ratings are the same.

    References
    ----------
    K. Krippendorff (2011): Computing Krippendorff's alpha-reliability.
    """
    counts = _counts(ratings)
    n_ratings = counts.sum(axis=1)
    counts, n_ratings = counts[n_ratings >= 2], n_ratings[n_ratings >= 2]
    total = float(n_ratings.sum())
    if total == 0:
        return float("nan")
    by_value = counts.sum(axis=0)
    observed = float(((n_ratings**2 - (counts**2).sum(axis=1)) / (n_ratings - 1)).sum()) / total
    expected = (total**2 - float((by_value**2).sum())) / (total * (total - 1))
    return 1 - observed / expected if expected > 0 else float("nan")


def _counts(ratings: Ratings) -> FloatArray:
    """How many raters gave each value to each row: float, shape (n_rows, n_values)."""
    n_values = int(ratings.max(initial=-1)) + 1
    counts = np.zeros((len(ratings), n_values))
    for value in range(n_values):
        counts[:, value] = (ratings == value).sum(axis=1)
    return counts


def _beyond_chance(observed: float, expected: float) -> float:
    return (observed - expected) / (1 - expected) if expected < 1 else float("nan")
