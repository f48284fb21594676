"""Whether a difference is larger than what dropping as many random rows does, and how large it may be.

One selection D of rows is compared with J random draws of the same size and composition. `docs/effect.md` derives what
stands here; in short, the variance of "without D, less the mean of the random draws" is

    max(v_draws, v_own) + v_draws / J + v_rows

where `v_draws` is the variance between the random draws, `v_own` is that of D itself, from doing it to random halves of
D (the squared difference of two halves has the variance of the whole as its mean), and `v_rows` is the sampling of the
held-out prompts so far as it goes beyond what the draws show already. Student's t with J - 1 degrees of freedom. On the
selected rows themselves, and of log loss on the others, all of it counts twice: there the pull of D enters squared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from portolan.types import FloatArray

LEVEL = 0.05
POWER = 0.8
SELF = 2.0


@dataclass(frozen=True)
class Difference:
    """A difference with its interval.

    Attributes
    ----------
    delta : float
        Without the rows, less the mean of the random draws.
    low, high : float
        95 % interval of that outcome by itself.
    p : float
        Two-sided, of that outcome by itself.
    error : float
        Standard error.
    degrees : int
        Of freedom.
    """

    delta: float
    low: float
    high: float
    p: float
    error: float
    degrees: int


def difference(
    without: float,
    draws: FloatArray,
    half_gaps: FloatArray,
    *,
    rows_variance: float = 0.0,
    resolution: float = 0.0,
    inflation: float = 1.0,
) -> Difference:
    """What one outcome says of a selection.

    Parameters
    ----------
    without : float
        The outcome after the intervention.
    draws : ndarray of float64, shape (n_draws,)
        The same after as many random ones; at least 2.
    half_gaps : ndarray of float64, shape (n_halvings,)
        Difference of the outcome between doing it to one half of the selection and to the other.
    rows_variance : float
        Sampling variance of the held-out pairs that the draws do not show.
    resolution : float
        The smallest step the outcome can take: no error is told below half of it.
    inflation : float
        What the variance is multiplied by: `SELF` where the pull of the selection enters squared.
    """
    from scipy.stats import t

    n_draws = len(draws)
    delta = float(without - draws.mean())
    between = float(draws.var(ddof=1))
    own = float(np.mean(np.square(half_gaps))) if len(half_gaps) else 0.0
    variance = inflation * (max(between, own) + between / n_draws + max(0.0, rows_variance))
    error = max(float(np.sqrt(variance)), resolution / 2)
    degrees = n_draws - 1
    if not np.isfinite(delta) or not error > 0:
        return Difference(delta, delta, delta, 1.0, error, degrees)
    margin = float(t.ppf(1 - LEVEL / 2, degrees)) * error
    return Difference(
        delta, delta - margin, delta + margin, float(2 * t.sf(abs(delta) / error, degrees)), error, degrees
    )


def holm(chances: Sequence[float]) -> FloatArray:
    """p-values after Holm (1979): below the level with at most that chance, if nothing is true. In the same order."""
    values = np.asarray(chances, np.float64)
    order = np.argsort(values, kind="stable")
    scaled = values[order] * np.arange(len(values), 0, -1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1)
    return adjusted


def smallest_shown(error: float, *, degrees: int, n_outcomes: int) -> float:
    """The smallest true difference that would have been claimed with a chance of 0.8.

    At the level that the first of `n_outcomes` needs after Holm, so it is on the safe side for the others.
    """
    from scipy.stats import t

    needed = t.ppf(1 - LEVEL / (2 * max(1, n_outcomes)), degrees) + t.ppf(POWER, degrees)
    return float(needed * error)
