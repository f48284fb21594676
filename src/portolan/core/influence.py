"""How much each pair matters to what a preference model says of held-out pairs, or of probes: without fitting again.

Leaving pair i out moves the weights of a model that was fitted on it by H^-1 g_i / (1 - h_i), to first order: g_i is
the slope of the pair's loss, H the curvature of the whole, h_i the pair's leverage (Pregibon 1981; Cook and Weisberg
1982; Koh and Liang 2017 without the leverage). What that does to an outcome is its slope times that; of log loss, the
square is counted too, for every move costs some. Models are cross-fitted: a pair acts through the folds that it is
trained on, on pairs of other prompts alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from portolan.core.bradley_terry import BLOCK_ROWS, Cases, Design, expit, margins_of, margins_out_of_fold, refit
from portolan.core.effect import N_FOLDS, Footing
from portolan.core.intervention import Places
from portolan.core.parallel import map_blocks
from portolan.types import FloatArray

Of = Literal["log_loss", "chance"]
MOST_LEVERAGE = np.float32(0.99)
_CLOSE = 1e-10


@dataclass(frozen=True)
class Grounds:
    """Models of one split, each fitted without a fold, and what is needed to tell what a pair does to them.

    Attributes
    ----------
    folds : ndarray of int64, shape (n_pairs,)
    weights : ndarray of float64, shape (n_folds, n_dims)
    curves : ndarray of float64, shape (n_folds, n_dims, n_dims)
        Curvature of what each model minimises, the penalty included.
    held_out : ndarray of float64, shape (n_folds, n_dims, n_dims)
        Curvature of the log loss of the fold itself.
    """

    folds: Places
    weights: FloatArray
    curves: FloatArray
    held_out: FloatArray


def grounds(on: Footing, *, split: int = 0, threads: int | None = None) -> Grounds:
    """The cross-fitted models of one of a footing's splits, as the pairs are."""
    part = on.splits[split]
    others = part.curves.sum(axis=0) - part.curves
    every = np.ones((len(on.design), 1), np.float32)
    weights = refit(
        on.design,
        Cases(every, every),
        folds=part.folds,
        begin=on.weights,
        curves=others[:, None],
        curve_of=(0,),
        penalty=on.penalty,
        threads=threads,
        close=_CLOSE,
    )[:, 0]
    return Grounds(part.folds, weights, others + on.penalty * np.eye(on.design.shape[1]), part.curves)


def pair_influence(
    on: Footing, at: Grounds, *, of: Of = "log_loss", probes: Design | None = None, threads: int | None = None
) -> NDArray[np.float32]:
    """What each pair does for an outcome: float32, shape (n_pairs,). Positive: the outcome is better with the pair.

    Parameters
    ----------
    of : {"log_loss", "chance"}
        Summed log loss of the held-out pairs, in nats: how much less of it there is with the pair. Or the sum of the
        chances that the model gives to the chosen replies, which accuracy follows: how much more.
    probes : ndarray of float32, shape (n_probes, n_dims), optional
        Instead, the mean margin on these: how much higher it is with the pair.
    """
    from scipy.linalg import cho_factor, cho_solve

    slopes = _outcome_slopes(on, at, of=of, probes=probes, threads=threads)
    pulls = np.stack(
        [cho_solve(cho_factor(curve), slope) for curve, slope in zip(at.curves, slopes, strict=True)], axis=1
    )
    is_loss = probes is None and of == "log_loss"
    lengths = _lengths(on, at, threads=threads)
    both = np.concatenate([pulls, at.weights.T], axis=1).astype(np.float32)

    def work(start: int, stop: int) -> NDArray[np.float32]:
        found = on.design[start:stop] @ both
        chances = expit(found[:, N_FOLDS:])
        missing, length = 1 - chances, lengths[start:stop]
        left = 1 - np.minimum(chances * missing * length, MOST_LEVERAGE)
        # The slope of a pair's loss is -missing * x: leaving the pair out moves the weights against it.
        moves = -missing * found[:, :N_FOLDS] / left
        if is_loss:
            # Any move costs held-out loss by its square: the fold's curvature is about that of another fold.
            moves += np.square(missing / left) * length / (2 * (N_FOLDS - 1))
        moves[np.arange(stop - start), at.folds[start:stop]] = 0
        total: NDArray[np.float32] = moves.sum(axis=1)
        return total

    without = np.concatenate(list(map_blocks(work, len(on.design), block_rows=BLOCK_ROWS, threads=threads)))
    # What is lost without the pair; of log loss, which is better when smaller, what is gained.
    return without if is_loss else -without


def leverages(on: Footing, at: Grounds, *, threads: int | None = None) -> NDArray[np.float32]:
    """How far each pair decides its own fit in each fold's model: float32 (n_pairs, n_folds), in [0, 0.99]."""
    chances = expit(margins_of(on.design, at.weights, threads=threads))
    found: NDArray[np.float32] = np.minimum(chances * (1 - chances) * _lengths(on, at, threads=threads), MOST_LEVERAGE)
    return found


def _lengths(on: Footing, at: Grounds, *, threads: int | None) -> NDArray[np.float32]:
    """X' H^-1 x of each pair in each fold's model: float32 (n_pairs, n_folds)."""
    from scipy.linalg import cho_factor, solve_triangular

    roots = []
    for curve in at.curves:
        lower = np.tril(cho_factor(curve, lower=True)[0])
        roots.append(solve_triangular(lower, np.eye(len(lower)), lower=True).T.astype(np.float32))

    def work(start: int, stop: int) -> NDArray[np.float32]:
        rows = on.design[start:stop]
        return np.stack([np.square(rows @ root).sum(axis=1) for root in roots], axis=1)

    return np.concatenate(list(map_blocks(work, len(on.design), block_rows=BLOCK_ROWS, threads=threads)))


def group_influence(
    on: Footing,
    at: Grounds,
    groups: Sequence[Places],
    *,
    of: Of = "log_loss",
    probes: Design | None = None,
    threads: int | None = None,
) -> FloatArray:
    """What each group of pairs does together, by one Newton step without it: float64, shape (n_groups,).

    Signs as in `pair_influence`. The curvature is the one without the group, so that pairs that stand in for each other
    do not hide each other's weight.
    """
    from scipy.linalg import cho_factor, cho_solve

    slopes = _outcome_slopes(on, at, of=of, probes=probes, threads=threads)
    is_loss = probes is None and of == "log_loss"
    found = np.zeros(len(groups))
    for number, places in enumerate(groups):
        rows, folds = on.design[places].astype(np.float64), at.folds[places]
        for fold in range(N_FOLDS):
            trained = rows[folds != fold]
            chances = expit((trained @ at.weights[fold]).astype(np.float32)).astype(np.float64)
            curve = at.curves[fold] - (trained * (chances * (1 - chances))[:, None]).T @ trained
            step = cho_solve(cho_factor(curve), -((1 - chances) @ trained))
            found[number] += slopes[fold] @ step
            if is_loss:
                found[number] += step @ at.held_out[fold] @ step / 2
    return found if is_loss else -found


def _outcome_slopes(on: Footing, at: Grounds, *, of: Of, probes: Design | None, threads: int | None) -> FloatArray:
    """Slope of the outcome in the weights of each fold's model, shape (n_folds, n_dims)."""
    if probes is not None:
        return np.tile(probes.mean(axis=0, dtype=np.float64) / N_FOLDS, (N_FOLDS, 1))
    margins = margins_out_of_fold(on.design, at.weights[:, None], at.folds, threads=threads)[:, 0]
    chances = expit(margins)
    pulls = -(1 - chances) if of == "log_loss" else chances * (1 - chances)

    def work(start: int, stop: int) -> FloatArray:
        total = np.zeros((N_FOLDS, on.design.shape[1]))
        for fold in range(N_FOLDS):
            is_here = at.folds[start:stop] == fold
            total[fold] = pulls[start:stop][is_here] @ on.design[start:stop][is_here]
        return total

    blocks = map_blocks(work, len(on.design), block_rows=BLOCK_ROWS, threads=threads)
    found: FloatArray = sum(blocks, np.zeros((N_FOLDS, on.design.shape[1])))
    return found
