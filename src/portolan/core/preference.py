"""Which of two replies people prefer, told of every pair by a model that has not seen its prompt.

`cross_fit` fits the Bradley-Terry models of `pair_fit` on four folds and lets them tell of the fifth, five times. How
strongly each block of numbers is held back is chosen for a fold by the log loss on the other folds. The margins are
calibrated by one slope (Platt 1999, without the offset, so that P(a over b) = 1 - P(b over a)), again from the other
folds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portolan.core.mark_kernels import Floats
from portolan.core.pair_design import Design
from portolan.core.pair_fit import Reals, Task, fit_models
from portolan.types import Report, silent

BASE = {"surface": 100.0, "vectors": 5.0, "relevance": 100.0, "context": 1000.0, "provenance": 300.0, "words": 3.0}
"""Penalties by block; see docs/preference.md for how they were found."""
GRID: tuple[Mapping[str, float], ...] = tuple(
    {name: each * stronger for name, each in BASE.items()} for stronger in (0.3, 1.0, 4.0)
)
"""Penalties that are tried."""
MOST_TRIED = 20_000
"""Of more pairs so many are used to try them."""
LEFT_OUT = 1e7
"""A penalty that takes a block out of the model."""


@dataclass(frozen=True)
class CrossFit:
    """Margins of pairs by models that did not learn from them.

    Attributes
    ----------
    margins : ndarray of float64, shape (n_pairs,)
        Logits, not calibrated.
    penalties : tuple of mapping
        What was chosen for each fold.
    """

    margins: Reals
    penalties: tuple[Mapping[str, float], ...]


def cross_fit(
    design: Design,
    outcomes: NDArray[np.int8],
    folds: NDArray[np.int64],
    *,
    weights: Floats | None = None,
    grid: Sequence[Mapping[str, float]] = GRID,
    threads: int | None = None,
    report: Report = silent,
) -> CrossFit:
    """Out-of-fold margins of all pairs, those without an outcome too.

    Parameters
    ----------
    outcomes : ndarray of int8, shape (n_pairs,)
        1: the first reply won; -1: the second one; 0: neither, nothing is learnt from it.
    folds : ndarray of int64, shape (n_pairs,)
        Whole groups of prompts in one fold: see `prompt_groups.folds_of`.
    weights : ndarray of float32, shape (n_pairs,), optional
        How much each pair counts; by default all alike.
    """
    weights = np.ones(len(design), np.float32) if weights is None else weights
    n_folds = int(folds.max(initial=0)) + 1
    if len(grid) == 1:
        tried, own, chosen = np.zeros(0, np.int64), np.zeros((0, 1)), np.zeros(n_folds, np.int64)
    else:
        tried = rows_tried(len(design))
        part = (outcomes[tried], folds[tried], weights[tried])
        own = _own(design.only(tried) if len(tried) < len(design) else design, grid, *part, n_folds, threads, report)
        losses = np.array([_losses(own[:, place], *part, n_folds) for place in range(len(grid))])
        # A fold's own labels have no say in what is chosen for it.
        chosen = (losses.sum(axis=1, keepdims=True) - losses).argmin(axis=0)
    penalties = tuple(grid[place] for place in chosen.tolist())
    if len(tried) == len(design):
        return CrossFit(own[np.arange(len(design)), chosen[folds]], penalties)
    found = refit(design, outcomes[:, None], folds, penalties, weights=weights, threads=threads, report=report)
    return CrossFit(found[:, 0], penalties)


def rows_tried(n: int) -> NDArray[np.int64]:
    """The pairs that penalties are tried on: all, or some that are drawn."""
    if n <= MOST_TRIED:
        return np.arange(n)
    return np.sort(np.random.default_rng(0).permutation(n)[:MOST_TRIED])


def _own(
    design: Design,
    grid: Sequence[Mapping[str, float]],
    outcomes: NDArray[np.int8],
    folds: NDArray[np.int64],
    weights: Floats,
    n_folds: int,
    threads: int | None,
    report: Report,
) -> Reals:
    """Out-of-fold margins with each of the penalties: float64, shape (n_pairs, n_grid)."""
    left_out = np.tile(np.arange(n_folds), len(grid))
    penalties = penalties_of(design, [each for each in grid for _ in range(n_folds)])
    task = Task(outcomes[:, None], np.zeros_like(left_out), weights, folds, left_out, penalties)
    _, margins = fit_models(design, task, threads=threads, report=report)
    return own_margins(margins.reshape(len(design), len(grid), n_folds), folds)


def refit(
    design: Design,
    versions: NDArray[np.int8],
    folds: NDArray[np.int64],
    penalties: Sequence[Mapping[str, float]],
    *,
    weights: Floats | None = None,
    threads: int | None = None,
    report: Report = silent,
    stage: str = "preference",
) -> Reals:
    """Out-of-fold margins for several versions of the outcomes, with penalties as they were chosen for each fold.

    Parameters
    ----------
    versions : ndarray of int8, shape (n_pairs, n_versions)

    Returns
    -------
    ndarray of float64, shape (n_pairs, n_versions)
    """
    weights = np.ones(len(design), np.float32) if weights is None else weights
    n_versions, n_folds = versions.shape[1], len(penalties)
    left_out = np.tile(np.arange(n_folds), n_versions)
    version_of = np.repeat(np.arange(n_versions), n_folds)
    task = Task(versions, version_of, weights, folds, left_out, penalties_of(design, [*penalties] * n_versions))
    _, margins = fit_models(design, task, threads=threads, report=report, stage=stage)
    return own_margins(margins.reshape(len(design), n_versions, n_folds), folds)


def penalties_of(design: Design, models: Sequence[Mapping[str, float]]) -> Reals:
    """Penalties as `Task` takes them, (n_blocks, n_models); a block that is not named is left out of the model."""
    return np.array([[each.get(block, LEFT_OUT) for each in models] for block in design.blocks], np.float64)


def own_margins(margins: Floats, folds: NDArray[np.int64]) -> Reals:
    """Of margins (n_pairs, n, n_folds) those of the model that left the pair's fold out: float64 (n_pairs, n)."""
    found: Reals = margins[np.arange(len(folds)), :, folds].astype(np.float64)
    return found


def only_block(name: str) -> tuple[Mapping[str, float], ...]:
    """The grid with one block alone."""
    return tuple({name: each[name]} for each in GRID)


def _losses(margins: Reals, outcomes: NDArray[np.int8], folds: NDArray[np.int64], weights: Floats, n: int) -> Reals:
    losses = np.where(outcomes != 0, np.logaddexp(0, -outcomes * margins), 0.0) * weights
    return np.bincount(folds, losses, n).astype(np.float64)


def slope_of(margins: Reals, outcomes: NDArray[np.int8], weights: Floats | Reals | None = None) -> float:
    """The slope that makes margins logits: the least log loss without an offset, by Newton's method; never below 0."""
    is_told = (outcomes != 0) & np.isfinite(margins) & (margins != 0)
    x = margins[is_told] * outcomes[is_told]
    w = np.ones(len(x)) if weights is None else np.asarray(weights, np.float64)[is_told]
    spread = float(np.sqrt((x * x).mean())) if len(x) else 0.0
    if spread == 0:
        return 0.0
    x = x / spread
    slope = 0.0
    for _ in range(50):
        chances = 1 / (1 + np.exp(np.clip(slope * x, -50, 50)))
        # A hundredth of a pair holds the slope where all pairs are told right.
        first = float((w * x * chances).sum()) - 0.01 * slope
        second = float((w * x * x * chances * (1 - chances)).sum()) + 0.01
        step = float(np.clip(first / second, -2, 2))
        slope += step
        if abs(step) < 1e-9:
            break
    return max(0.0, slope) / spread


def calibrated(
    margins: Reals, outcomes: NDArray[np.int8], folds: NDArray[np.int64], weights: Floats | Reals | None = None
) -> Reals:
    """Margins as logits: each fold's times the slope that the other folds give; float64, shape (n_pairs,)."""
    found = np.full(len(margins), np.nan)
    for fold in np.unique(folds):
        is_other = folds != fold
        slope = slope_of(margins[is_other], outcomes[is_other], None if weights is None else weights[is_other])
        found[~is_other] = slope * margins[~is_other]
    return found
