"""Rows whose label a classifier that has not seen them doubts: labels of a column, cross-fitted on vectors.

A softmax regression with an L2 penalty is fitted by L-BFGS on four fifths of the rows and tells the chance of each
label of the other fifth; rows of the same text are never on both sides. The penalty is the one with the least log loss
out of fold. How doubtful a label is, is how much likelier the likeliest other one is (the normalised margin of
Northcutt, Jiang and Chuang 2021, "Confident Learning").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portolan.core.concept import Frame
from portolan.types import Progress, Report, Vectors, silent

Reals = NDArray[np.float64]
Codes = NDArray[np.int64]

N_FOLDS = 5
STRENGTHS = (1e-4, 3e-4, 1e-3, 3e-3)
"""Of the penalty, times half the sum of squared weights; the loss is a mean over rows."""
MOST_STEPS = 120
MOST_ROWS = 60_000
"""Of more rows so many are learnt from in each fold."""
NO_LABEL = -1
_BLOCK_ROWS = 32_768


@dataclass(frozen=True)
class Doubts:
    """What is thought of each row's label.

    Attributes
    ----------
    doubt : ndarray of float32, shape (n_rows,)
        (1 + chance of the likeliest other label - chance of the row's own) / 2: above .5 another one is likelier. NaN
        without label or text.
    likeliest : ndarray of int64, shape (n_rows,)
        The likeliest label; NO_LABEL where `doubt` is NaN.
    accuracy : float
        Share of rows whose likeliest label is their own.
    """

    doubt: NDArray[np.float32]
    likeliest: Codes
    accuracy: float


def doubts(
    vectors: Vectors,
    labels: Codes,
    groups: Codes,
    frame: Frame,
    *,
    n_labels: int,
    seed: int = 0,
    report: Report = silent,
) -> Doubts:
    """How doubtful each row's label is.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n_rows, n_dims)
        Zeros where a row has no text.
    labels : ndarray of int64, shape (n_rows,)
        0 … n_labels - 1, or NO_LABEL.
    groups : ndarray of int64, shape (n_rows,)
        Rows of one number have the same text.
    """
    rows = np.flatnonzero((labels != NO_LABEL) & vectors.any(axis=1))
    chances = _out_of_fold(vectors, labels, groups, rows, frame, n_labels=n_labels, seed=seed, report=report)
    own = chances[np.arange(len(rows)), labels[rows]]
    others = chances.copy()
    others[np.arange(len(rows)), labels[rows]] = -1
    doubt = np.full(len(labels), np.nan, np.float32)
    doubt[rows] = (1 + others.max(axis=1) - own) / 2
    likeliest = np.full(len(labels), NO_LABEL, np.int64)
    likeliest[rows] = chances.argmax(axis=1)
    return Doubts(doubt, likeliest, float((likeliest[rows] == labels[rows]).mean()) if len(rows) else float("nan"))


def _out_of_fold(
    vectors: Vectors,
    labels: Codes,
    groups: Codes,
    rows: Codes,
    frame: Frame,
    *,
    n_labels: int,
    seed: int,
    report: Report,
) -> Reals:
    """Chance of each label, of each of `rows`, shape (len(rows), n_labels), by a model that has not seen its text."""
    folds = _folds(groups[rows], seed=seed)
    logits = np.empty((len(STRENGTHS), len(rows), n_labels))
    for fold in range(N_FOLDS):
        inside = rows[folds != fold]
        if len(inside) > MOST_ROWS:
            inside = np.sort(np.random.default_rng((seed, fold)).permutation(inside)[:MOST_ROWS])
        features, known = frame.features(vectors[inside]), labels[inside]
        found = _fit_path(features, known, n_labels, STRENGTHS)
        places = np.flatnonzero(folds == fold)
        for at in range(0, len(places), _BLOCK_ROWS):
            some = places[at : at + _BLOCK_ROWS]
            told = frame.features(vectors[rows[some]])
            for strength, (weights, biases) in enumerate(found):
                logits[strength, some] = told @ weights.T + biases
        report(Progress("score", fold + 1, N_FOLDS, unit="folds", note="mislabeled"))
    best = int(np.argmin([_log_loss(one, labels[rows]) for one in logits]))
    return _softmax(logits[best])


def _folds(groups: Codes, *, seed: int) -> Codes:
    """A fold for each row; rows of a group are in one."""
    _, inverse = np.unique(groups, return_inverse=True)
    order = np.random.default_rng(seed).permutation(int(inverse.max(initial=-1)) + 1)
    folds: Codes = order[inverse] % N_FOLDS
    return folds


def _fit_path(features: Reals, labels: Codes, n_labels: int, strengths: Sequence[float]) -> list[tuple[Reals, Reals]]:
    """Weights (n_labels, n_dims) and biases (n_labels,) for each strength, in the order given."""
    # scipy.optimize takes a quarter of a second to load.
    from scipy.optimize import minimize

    n_rows, n_dims = features.shape
    truth = np.zeros((n_rows, n_labels))
    truth[np.arange(n_rows), labels] = 1
    at = np.zeros(n_labels * (n_dims + 1))

    def loss(values: Reals, strength: float) -> tuple[float, Reals]:
        weights, biases = _split(values, n_labels)
        logits = features @ weights.T + biases
        chances = _softmax(logits)
        pull = (chances - truth) / n_rows
        slope = np.concatenate([pull.T @ features + strength * weights, pull.sum(axis=0)[:, None]], axis=1)
        told = -np.log(np.maximum(chances[np.arange(n_rows), labels], 1e-300)).mean()
        return float(told + strength / 2 * (weights**2).sum()), slope.ravel()

    found: dict[int, tuple[Reals, Reals]] = {}
    # The strongest first: its answer is near zero, and each is near the next.
    for place in np.argsort(strengths)[::-1].tolist():
        options = {"maxiter": MOST_STEPS}
        at = minimize(loss, at, args=(strengths[place],), jac=True, method="L-BFGS-B", options=options).x
        found[place] = _split(at.copy(), n_labels)
    return [found[place] for place in range(len(strengths))]


def _split(values: Reals, n_labels: int) -> tuple[Reals, Reals]:
    both = values.reshape(n_labels, -1)
    return both[:, :-1], both[:, -1]


def _softmax(logits: Reals) -> Reals:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances: Reals = raised / raised.sum(axis=1, keepdims=True)
    return chances


def _log_loss(logits: Reals, labels: Codes) -> float:
    chances = _softmax(logits)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(chances, 1e-12)).mean())
