"""A concept learnt from a few labelled vectors: logistic regression, calibrated and judged on rows it did not see.

Vectors are centred on the mean of all rows of the map, and each dimension is divided by the root of its spread: halfway
to all dimensions counting alike. Beside the labelled rows 200 others, of no label, count a little as rows that
are not it: most rows are not what one looks for. The strength of the penalty is the one with the least log loss in a
cross-validation whose folds keep rows of the same text together. The logits of those folds, each from a model that has
not seen the row, give the calibration (Platt 1999; from many labels on, isotonic: Zadrozny & Elkan 2002), and every
figure that is told. How good it is beside plainer ways: `docs/concepts.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portolan.core.concept_figures import Reals, Share, resampled
from portolan.core.logistic import balanced, fit_path
from portolan.types import BoolArray, Vectors

LEAST_OF_EACH = 5
"""Labels of each kind without which nothing is learnt: every fold needs one to be judged by."""
N_FOLDS = 5
MOST_LABELS = 4000
"""Of more labels so many are learnt from, drawn evenly from both kinds' shares."""
ISOTONIC_FROM = 1000
"""Labels from which on the calibration is a staircase rather than an S: Niculescu-Mizil & Caruana 2005."""
STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
N_BACKGROUND = 200
BACKGROUND_SHARE = 0.3
"""All rows of the background together weigh so much of what the labels weigh."""
_BLOCK_ROWS = 32_768


@dataclass(frozen=True)
class Frame:
    """Where the rows of a map lie: `mean` and `scale` of each dimension, float64, shape (n_dims,)."""

    mean: Reals
    scale: Reals

    def features(self, vectors: Vectors) -> Reals:
        """Vectors as they are learnt from: centred, each dimension over its scale; float64."""
        found: Reals = (np.asarray(vectors, np.float64) - self.mean) / self.scale
        return found


@dataclass(frozen=True)
class Calibration:
    """Turns logits into chances: an S of `slope` and `offset`, or where there are many labels a line through steps.

    Attributes
    ----------
    at, chances : ndarray of float64, shape (n_steps,), or None
        Logits, ascending, and the chance at each; between two it is interpolated, beyond them it stays.
    """

    slope: float
    offset: float
    at: Reals | None = None
    chances: Reals | None = None

    def chance(self, logits: NDArray[np.floating]) -> Reals:
        """Chances, in [0, 1], of the same shape."""
        if self.at is None or self.chances is None:
            found: Reals = 1 / (1 + np.exp(-(self.slope * np.asarray(logits, np.float64) + self.offset)))
        else:
            found = np.interp(logits, self.at, self.chances)
        return found


@dataclass(frozen=True)
class Model:
    """What was learnt, in terms of the vectors as they are.

    Attributes
    ----------
    weights : ndarray of float32, shape (1 + N_FOLDS, n_dims)
        The model of all labels, then those of the folds.
    biases : ndarray of float32, shape (1 + N_FOLDS,)
    """

    weights: NDArray[np.float32]
    biases: NDArray[np.float32]
    calibration: Calibration

    def logits(self, vectors: Vectors) -> NDArray[np.float32]:
        """Logits of each model: float32, shape (n_rows, 1 + N_FOLDS); NaN where a vector is zero (no text)."""
        found = np.empty((len(vectors), len(self.biases)), np.float32)
        for start in range(0, len(vectors), _BLOCK_ROWS):
            block = np.asarray(vectors[start : start + _BLOCK_ROWS], np.float32)
            found[start : start + len(block)] = block @ self.weights.T + self.biases
            found[start : start + len(block)][~block.any(axis=1)] = np.nan
        return found

    def chances(self, vectors: Vectors) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Chance of each row and how certain it is, each float32 (n_rows,) in [0, 1]; NaN without a vector.

        Certainty is how far the folds' models put the row, on the mean, to one side of a chance of one half: 0 where it
        lies there or they contradict each other.
        """
        chances = self.calibration.chance(self.logits(vectors))
        certainty = np.abs((2 * chances[:, 1:] - 1).mean(axis=1))
        return chances[:, 0].astype(np.float32), certainty.astype(np.float32)


@dataclass(frozen=True)
class Learnt:
    """A model, and what it says of each labelled row when it has not seen it.

    Attributes
    ----------
    is_positive : ndarray of bool, shape (n_labels,)
    chances : ndarray of float64, shape (n_labels,)
        Out of fold, in the order of `is_positive`.
    """

    model: Model
    is_positive: BoolArray
    chances: Reals
    average_precision: Share
    strength: float


def frame_of(vectors: Vectors, *, most_rows: int = 5_000) -> Frame:
    """Mean and spread of a map's vectors, of every so manieth row; rows without text count for nothing."""
    step = -(-max(1, len(vectors)) // most_rows)
    sample = np.asarray(vectors[::step], np.float64)
    sample = sample[sample.any(axis=1)]
    n_dims = vectors.shape[1]
    if len(sample) < 2:
        return Frame(np.zeros(n_dims), np.full(n_dims, 1 / np.sqrt(n_dims)))
    spread = sample.std(axis=0)
    # A dimension in which nothing differs says nothing, and must not be blown up.
    root = np.sqrt(np.maximum(spread, 0.1 * np.sqrt((spread**2).mean()) + 1e-12))
    # Rows are then of length 1 on the mean, so that a strength of the penalty is the same on every map.
    return Frame(sample.mean(axis=0), root * np.sqrt(((spread / root) ** 2).sum() + 1e-12))


def learn(
    vectors: Vectors,
    is_positive: BoolArray,
    groups: NDArray[np.int64],
    frame: Frame,
    *,
    background: Vectors | None = None,
    seed: int = 0,
) -> Learnt:
    """Learn from labelled rows.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n_labels, n_dims)
        At least LEAST_OF_EACH distinct groups of each kind.
    groups : ndarray of int64, shape (n_labels,)
        Rows of one number have the same text: they are in the same fold.
    frame : Frame
        Of all rows of the map.
    background : ndarray of float32, shape (n_background, n_dims), optional
        Rows drawn from those without a label.
    """
    features = frame.features(vectors)
    others = frame.features(vectors[:0] if background is None else background)
    folds = folds_of(is_positive, groups, seed=seed)
    n = len(is_positive)
    logits = np.zeros((len(STRENGTHS), n))
    paths = []
    for fold in range(N_FOLDS):
        is_in = folds != fold
        weights, biases = _fit(features[is_in], is_positive[is_in], others, STRENGTHS)
        logits[:, ~is_in] = weights @ features[~is_in].T + biases[:, None]
        paths.append((weights, biases))
    best = _best(logits, is_positive)
    whole = _fit(features, is_positive, others, STRENGTHS[best : best + 1])
    weights = np.stack([whole[0][0], *(path[0][best] for path in paths)]) / frame.scale
    biases = np.array([whole[1][0], *(path[1][best] for path in paths)]) - weights @ frame.mean
    calibration = calibrate(logits[best], is_positive)
    chances = calibration.chance(logits[best])
    return Learnt(
        Model(_halved(weights), _halved(biases), calibration),
        is_positive, chances, resampled(is_positive, chances, groups, seed=seed), STRENGTHS[best],
    )  # fmt: skip


def _halved(values: Reals) -> NDArray[np.float32]:
    """In the precision in which a concept is kept: what is applied elsewhere is what was measured here."""
    return values.astype(np.float16).astype(np.float32)


def folds_of(is_positive: BoolArray, groups: NDArray[np.int64], *, seed: int) -> NDArray[np.int64]:
    """A fold for each row, 0 … N_FOLDS - 1: rows of a group in the same one, each kind spread evenly over them."""
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    rng = np.random.default_rng(seed)
    of_group = np.empty(len(first), np.int64)
    for kind in (True, False):
        places = np.flatnonzero(is_positive[first] == kind)
        of_group[rng.permutation(places)] = np.arange(len(places)) % N_FOLDS
    folds: NDArray[np.int64] = of_group[inverse]
    return folds


def _fit(features: Reals, is_positive: BoolArray, others: Reals, strengths: Sequence[float]) -> tuple[Reals, Reals]:
    """Weights and biases for each strength; the background counts as rows that are not it."""
    n, n_others = len(is_positive), len(others)
    weights = np.append(balanced(is_positive), np.full(n_others, BACKGROUND_SHARE * n / max(1, n_others)))
    return fit_path(
        np.concatenate([features, others]), np.append(is_positive, np.zeros(n_others, bool)), weights, strengths
    )


def _best(logits: Reals, is_positive: BoolArray) -> int:
    """Place of the strength whose calibrated chances have the least balanced log loss."""
    weights = balanced(is_positive)
    losses = []
    for one in logits:
        chances = np.clip(_platt(one, is_positive).chance(one), 1e-6, 1 - 1e-6)
        losses.append(float(-np.log(np.where(is_positive, chances, 1 - chances)) @ weights))
    return int(np.argmin(losses))


def calibrate(logits: Reals, is_positive: BoolArray) -> Calibration:
    """What turns logits of rows that a model has not seen into the share of positives among rows of that logit.

    The share is that among labelled rows.
    """
    if len(logits) >= ISOTONIC_FROM:
        from scipy.optimize import isotonic_regression

        at, inverse = np.unique(logits, return_inverse=True)
        counts = np.bincount(inverse)
        shares = np.bincount(inverse, weights=is_positive) / counts
        steps = isotonic_regression(shares, weights=counts).x
        # The ends of each step are enough.
        keep = np.append(True, np.diff(steps) > 0) | np.append(np.diff(steps) > 0, True)
        return Calibration(1.0, 0.0, at[keep], np.clip(steps[keep], 1e-3, 1 - 1e-3))
    return _platt(logits, is_positive)


def _platt(logits: Reals, is_positive: BoolArray) -> Calibration:
    n_positive = int(is_positive.sum())
    n_other = len(is_positive) - n_positive
    # Platt's targets: as if one row more of each kind had been seen, on the wrong side.
    high, low = (n_positive + 1) / (n_positive + 2), 1 / (n_other + 2)
    features = np.repeat(logits, 2)[:, None]
    kinds = np.tile([True, False], len(logits))
    targets = np.where(is_positive, high, low)
    weights = np.stack([targets, 1 - targets], axis=1).ravel()
    slopes, offsets = fit_path(features, kinds, weights, [1e-6])
    # Worse than chance out of fold: then the score says nothing, not the opposite.
    slope = max(float(slopes[0, 0]), 0.0)
    offset = float(offsets[0]) if slope else float(np.log(targets.mean() / (1 - targets.mean())))
    return Calibration(slope, offset)


def drawn(is_positive: BoolArray, *, most: int = MOST_LABELS, seed: int = 0) -> NDArray[np.int64]:
    """Places of the labels that are learnt from, ascending: all, or `most` of them, the kinds as even as can be."""
    n = len(is_positive)
    if n <= most:
        return np.arange(n)
    rng = np.random.default_rng(seed)
    kinds = [rng.permutation(np.flatnonzero(is_positive == kind)) for kind in (True, False)]
    fewer = min(min(map(len, kinds)), most // 2)
    rooms = [fewer if len(places) == fewer else most - fewer for places in kinds]
    chosen: Sequence[NDArray[np.int64]] = [places[:room] for places, room in zip(kinds, rooms, strict=True)]
    return np.sort(np.concatenate(chosen))[:most]
