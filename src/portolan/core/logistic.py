"""Logistic regression with an L2 penalty by L-BFGS, for several strengths of it, each begun at the one before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from portolan.types import BoolArray

Reals = NDArray[np.float64]

MOST_STEPS = 200


def fit_path(
    features: Reals, is_positive: BoolArray, weights: Reals, strengths: Sequence[float]
) -> tuple[Reals, Reals]:
    """Weights and biases of a model for each strength of the penalty.

    What is minimised: the mean of the rows' log losses, weighted, and strength / 2 times the sum of squared weights.

    Parameters
    ----------
    features : ndarray of float64, shape (n_rows, n_dims)
    weights : ndarray of float64, shape (n_rows,)
        How much each row counts.

    Returns
    -------
    ndarray of float64, shape (n_strengths, n_dims); ndarray of float64, shape (n_strengths,)
        In the order of `strengths`.
    """
    # scipy.optimize takes a quarter of a second to load, and most commands teach nothing.
    from scipy.optimize import minimize
    from scipy.special import expit

    signs = np.where(is_positive, 1.0, -1.0)
    shares = weights / weights.sum()
    n_dims = features.shape[1]
    found = np.zeros((len(strengths), n_dims + 1))
    at = np.zeros(n_dims + 1)

    def loss(values: Reals, strength: float) -> tuple[float, Reals]:
        margins = signs * (features @ values[:-1] + values[-1])
        pull = -shares * signs * expit(-margins)
        slope = np.append(features.T @ pull + strength * values[:-1], pull.sum())
        return float(shares @ np.logaddexp(0, -margins) + strength / 2 * (values[:-1] @ values[:-1])), slope

    # The strongest first: its answer is near zero, and each is near the next.
    for place in np.argsort(strengths)[::-1].tolist():
        options = {"maxiter": MOST_STEPS}
        at = minimize(loss, at, args=(strengths[place],), jac=True, method="L-BFGS-B", options=options).x
        found[place] = at
    return found[:, :-1], found[:, -1]


def balanced(is_positive: BoolArray) -> Reals:
    """Weights by which both classes count alike, with mean 1: float64, shape (n_rows,)."""
    n, n_positive = len(is_positive), int(is_positive.sum())
    return np.where(is_positive, n / (2 * max(1, n_positive)), n / (2 * max(1, n - n_positive)))
