"""A Bradley-Terry model on what the two replies of a pair differ in, and many refits of it at once.

The chance that the chosen reply is preferred is 1 / (1 + exp(-margin)), where the margin is a weighted sum of the
differences (Bradley and Terry 1952): a logistic regression without intercept, so that swapping the replies changes the
margin's sign and nothing else. It is fitted by Newton's method; a refit after a small change begins at the fit it came
from and needs a few steps with that fit's curvature.

Blocks of rows have a fixed size and their sums are added in order: the same bits on any number of threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portolan.core.parallel import map_blocks
from portolan.types import FloatArray

Design = NDArray[np.float32]
"""(n_pairs, n_dims) float32: features of the chosen reply less those of the rejected one."""

BLOCK_ROWS = 4096
MOST_STEPS = 60
CLOSE = 1e-5
"""A fit is done when a further step would lower the summed log loss by less than half of this."""


@dataclass(frozen=True)
class Cases:
    """How much each pair counts, and how often the chosen reply is to be preferred in it.

    Attributes
    ----------
    weights : ndarray of float32, shape (n_pairs,), (n_pairs, n_models) or (n_pairs, n_folds, n_models)
        0: left out. With an axis of folds, for `refit` alone: a pair may count otherwise in each fold's model.
    targets : ndarray of float32, same shape, in [0, 1]
        1: as given; 0: flipped; one half: neither is better.
    """

    weights: NDArray[np.float32]
    targets: NDArray[np.float32]


def expit(margins: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 / (1 + exp(-margins)), float32, without overflow."""
    chances = np.clip(margins, -80, 80)
    np.negative(chances, out=chances)
    np.exp(chances, out=chances)
    chances += 1
    np.reciprocal(chances, out=chances)
    return chances


def unit_scale(design: Design) -> NDArray[np.float32]:
    """What each column is divided by to have a mean square of 1, shape (n_dims,); 1 for a column of zeros."""
    squares = sum(
        map_blocks(
            lambda start, stop: np.square(design[start:stop], dtype=np.float64).sum(axis=0),
            len(design),
            block_rows=BLOCK_ROWS,
        ),
        np.zeros(design.shape[1]),
    )
    scale = np.sqrt(squares / max(1, len(design)))
    return np.where(scale > 0, scale, 1).astype(np.float32)


def fit(design: Design, cases: Cases, *, penalty: float, threads: int | None = None) -> FloatArray:
    """Weights of the model: float64, shape (n_dims,).

    What is minimised: the sum of the pairs' log losses, weighted, and penalty / 2 times the sum of squared weights.
    """
    from scipy.linalg import cho_factor, cho_solve

    at = np.zeros(design.shape[1])
    loss, slope = _loss_and_slope(design, cases, at, penalty, threads)
    for _ in range(MOST_STEPS):
        curve = curvature(design, cases, at, penalty=penalty, threads=threads)
        step = cho_solve(cho_factor(curve), slope)
        if step @ slope < CLOSE:
            break
        size = 1.0
        # Newton's step may overshoot where the data are nearly separable: then half of it, and so on.
        while True:
            nearer = at - size * step
            new_loss, new_slope = _loss_and_slope(design, cases, nearer, penalty, threads)
            if new_loss <= loss or size < 1e-3:
                break
            size /= 2
        at, loss, slope = nearer, new_loss, new_slope
    return at


def curvature(
    design: Design, cases: Cases, at: FloatArray, *, penalty: float = 0.0, threads: int | None = None
) -> FloatArray:
    """Second derivatives of what `fit` minimises, shape (n_dims, n_dims)."""
    total = curvatures(design, cases, at, np.zeros(len(design), np.int64), n_parts=1, threads=threads)[0]
    found: FloatArray = total + penalty * np.eye(design.shape[1])
    return found


def curvatures(
    design: Design,
    cases: Cases,
    at: FloatArray,
    parts: NDArray[np.int64],
    *,
    n_parts: int,
    threads: int | None = None,
) -> FloatArray:
    """Second derivatives of the log loss of each part of the pairs, without the penalty: (n_parts, n_dims, n_dims)."""
    weights = at.astype(np.float32)

    def work(start: int, stop: int) -> FloatArray:
        rows = design[start:stop]
        chances = expit(rows @ weights)
        roots = np.sqrt(cases.weights[start:stop] * chances * (1 - chances))
        found = np.zeros((n_parts, rows.shape[1], rows.shape[1]))
        for part in range(n_parts):
            is_here = (parts[start:stop] == part) & (roots > 0)
            scaled = rows[is_here] * roots[is_here, None]
            found[part] = scaled.T @ scaled
        return found

    total = np.zeros((n_parts, design.shape[1], design.shape[1]))
    for found in map_blocks(work, len(design), block_rows=BLOCK_ROWS, threads=threads):
        total += found
    return total


def refit(
    design: Design,
    cases: Cases,
    *,
    folds: NDArray[np.int64],
    begin: FloatArray,
    curves: FloatArray,
    curve_of: Sequence[int],
    penalty: float,
    threads: int | None = None,
    close: float = CLOSE,
) -> FloatArray:
    """Many models at once, each fitted without each fold: float64, shape (n_folds, n_models, n_dims).

    Parameters
    ----------
    cases : Cases
        Weights and targets of shape (n_pairs, n_models) or (n_pairs, n_folds, n_models).
    folds : ndarray of int64, shape (n_pairs,)
        0 … n_folds - 1: pairs of fold f do not count in the f-th model.
    begin : ndarray of float64, shape (n_dims,)
        A fit of all pairs, where every model begins.
    curves : ndarray of float64, shape (n_folds, n_curves, n_dims, n_dims)
        Second derivatives without the penalty, near enough to the truth that steps with them come closer.
    curve_of : sequence of int
        Which of a fold's curves each model steps with.
    close : float
        A model is done when a further step would lower its summed log loss by less than half of this.
    """
    from scipy.linalg import cho_factor, cho_solve

    n_folds, n_curves, n_dims = curves.shape[:3]
    n_models = cases.weights.shape[-1]
    models_of = [np.flatnonzero(np.asarray(curve_of) == number) for number in range(n_curves)]
    ridge = penalty * np.eye(n_dims)
    factors = [[cho_factor(curve + ridge) for curve in of_fold] for of_fold in curves]
    at = np.tile(begin, (n_folds, n_models, 1))
    is_open = np.ones((n_folds, n_models), np.bool_)
    shrink = np.ones((n_folds, n_models))
    last = np.full((n_folds, n_models), np.inf)
    for _ in range(MOST_STEPS):
        slopes = _slopes(design, cases, folds, at, threads) + penalty * at
        steps = np.empty_like(at)
        for fold in range(n_folds):
            for models, factor in zip(models_of, factors[fold], strict=True):
                if len(models):
                    steps[fold, models] = cho_solve(factor, slopes[fold, models].T).T
        gain = np.einsum("fmd,fmd->fm", steps, slopes)
        is_open &= gain >= close
        if not is_open.any():
            break
        # The curve may be too flat for a model that is far from the others: smaller steps, where one led away.
        shrink = np.where(gain > last, shrink / 2, shrink)
        last = gain
        at -= np.where(is_open, shrink, 0)[:, :, None] * steps
    return at


def margins_of(design: Design, weights: FloatArray, *, threads: int | None = None) -> NDArray[np.float32]:
    """Margins of pairs by each of some models, shape (n_pairs, n_models); `weights`: (n_models, n_dims)."""
    turned = np.ascontiguousarray(weights.T, dtype=np.float32)
    blocks = map_blocks(
        lambda start, stop: design[start:stop] @ turned, len(design), block_rows=BLOCK_ROWS, threads=threads
    )
    return np.concatenate([np.zeros((0, turned.shape[1]), np.float32), *blocks])


def margins_out_of_fold(
    design: Design, weights: FloatArray, folds: NDArray[np.int64], *, threads: int | None = None
) -> NDArray[np.float32]:
    """Margins of each pair by the models that were fitted without its fold, shape (n_pairs, n_models).

    Parameters
    ----------
    weights : ndarray of float64, shape (n_folds, n_models, n_dims)
        As `refit` gives them.
    """
    turned = np.ascontiguousarray(weights.transpose(0, 2, 1), dtype=np.float32)

    def work(start: int, stop: int) -> NDArray[np.float32]:
        found = np.empty((stop - start, turned.shape[2]), np.float32)
        for fold, of_fold in enumerate(turned):
            is_here = folds[start:stop] == fold
            found[is_here] = design[start:stop][is_here] @ of_fold
        return found

    return np.concatenate(list(map_blocks(work, len(design), block_rows=BLOCK_ROWS, threads=threads)))


def losses_in_training(
    design: Design, weights: FloatArray, folds: NDArray[np.int64], *, threads: int | None = None
) -> NDArray[np.float32]:
    """Log loss of each pair by the models that were fitted with its fold, their mean: float32 (n_pairs, n_models).

    Parameters
    ----------
    weights : ndarray of float64, shape (n_folds, n_models, n_dims)
        As `refit` gives them.
    """
    n_folds, n_models, n_dims = weights.shape
    turned = np.ascontiguousarray(weights.reshape(-1, n_dims).T, dtype=np.float32)

    def work(start: int, stop: int) -> NDArray[np.float32]:
        losses = np.logaddexp(0, -(design[start:stop] @ turned)).reshape(stop - start, n_folds, n_models)
        losses[np.arange(stop - start), folds[start:stop]] = 0
        mean: NDArray[np.float32] = losses.sum(axis=1) / np.float32(n_folds - 1)
        return mean

    return np.concatenate(list(map_blocks(work, len(design), block_rows=BLOCK_ROWS, threads=threads)))


def _slopes(design: Design, cases: Cases, folds: NDArray[np.int64], at: FloatArray, threads: int | None) -> FloatArray:
    """First derivatives of the summed log loss of each model, shape as `at`: (n_folds, n_models, n_dims)."""
    n_folds, n_models, n_dims = at.shape
    turned = np.ascontiguousarray(at.reshape(-1, n_dims).T, dtype=np.float32)

    def work(start: int, stop: int) -> FloatArray:
        rows = design[start:stop]
        pulls = expit(rows @ turned).reshape(stop - start, n_folds, n_models)
        pulls -= _by_fold(cases.targets[start:stop])
        pulls *= _by_fold(cases.weights[start:stop])
        pulls[np.arange(stop - start), folds[start:stop]] = 0
        return (pulls.reshape(stop - start, -1).T @ rows).astype(np.float64)

    total = np.zeros((n_folds * n_models, n_dims))
    for found in map_blocks(work, len(design), block_rows=BLOCK_ROWS, threads=threads):
        total += found
    return total.reshape(at.shape)


def _by_fold(part: NDArray[np.float32]) -> NDArray[np.float32]:
    """Numbers of pairs and models with an axis of folds between."""
    return part if part.ndim == 3 else part[:, None, :]


def _loss_and_slope(
    design: Design, cases: Cases, at: FloatArray, penalty: float, threads: int | None
) -> tuple[float, FloatArray]:
    weights = at.astype(np.float32)

    def work(start: int, stop: int) -> tuple[float, FloatArray]:
        rows, counts, targets = design[start:stop], cases.weights[start:stop], cases.targets[start:stop]
        margins = rows @ weights
        loss = float(np.sum(counts * (np.logaddexp(0, margins) - targets * margins), dtype=np.float64))
        return loss, ((counts * (expit(margins) - targets)) @ rows).astype(np.float64)

    loss, slope = penalty / 2 * float(at @ at), penalty * at
    for part, part_slope in map_blocks(work, len(design), block_rows=BLOCK_ROWS, threads=threads):
        loss += part
        slope = slope + part_slope
    return loss, slope
