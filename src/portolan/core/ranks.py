"""Ranks of values. As `scipy.stats.rankdata`, whose package takes most of a second to import."""

from __future__ import annotations

import numpy as np

from portolan.types import FloatArray


def ranks(values: FloatArray) -> FloatArray:
    """Rank of each value, from 1; equal values share the mean of their ranks. All NaN where a value is NaN.

    Parameters
    ----------
    values : ndarray of float, shape (n,)

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    if np.isnan(values).any():
        return np.full(len(values), np.nan)
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[place])
