"""Margins of pairs by preference models that have seen neither the pair's own fold nor one more, which is tested on.

An out-of-fold margin depends on the choices in all other folds. Who picks pairs by it, and then tests on another fold
what a model has learnt without them, has picked them with the answers of the test at hand. Here the models that tell
of fold j while fold k is tested on have learnt from neither: a cross-validation within the training folds of another
one (Stone 1974; Varma & Simon 2006).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from portolan.core.mark_kernels import Floats
from portolan.core.pair_design import Design
from portolan.core.pair_fit import Reals, Task, fit_models
from portolan.core.preference import calibrated, penalties_of, rows_tried
from portolan.types import Report, silent

Folds = NDArray[np.int64]
_Model = tuple[int, int, int, int]
"""A split, the two folds that the model leaves out, the lower first, and the place of its penalties in the grid."""


def nested_margins(
    design: Design,
    outcomes: NDArray[np.int8],
    splits: Sequence[Folds],
    *,
    weights: Floats | None = None,
    grid: Sequence[Mapping[str, float]],
    threads: int | None = None,
    report: Report = silent,
) -> list[Reals]:
    """Calibrated margins for each fold that may be tested on: of each split float64, shape (n_pairs, n_folds).

    Column k is made without any choice of fold k, its slope too, and is NaN for the pairs of fold k. Penalties are
    chosen for it by the log loss of the other folds, on the first split's models.

    Parameters
    ----------
    outcomes : ndarray of int8, shape (n_pairs,)
        1: the first reply won; -1: the second one; 0: neither, nothing is learnt from it.
    splits : sequence of ndarray of int64, shape (n_pairs,)
        Ways to fold the pairs, whole groups of prompts in one fold, of as many folds each; -1: in no fold, NaN.
    weights : ndarray of float32, shape (n_pairs,), optional
    """
    weights = np.ones(len(design), np.float32) if weights is None else weights
    n_folds = int(splits[0].max(initial=0)) + 1
    chosen = np.zeros((len(splits), n_folds), np.int64)
    known: dict[_Model, NDArray[np.float32]] = {}
    if len(grid) > 1:
        tried = rows_tried(len(design))
        every = [(0, low, high, place) for place in range(len(grid)) for low, high in combinations(range(n_folds), 2)]
        part = _Part(outcomes[tried], [folds[tried] for folds in splits], weights[tried])
        on = design.only(tried) if len(tried) < len(design) else design
        told = _fitted(on, part, every, grid, threads, report)
        losses = np.stack([_losses(told, part, place, n_folds) for place in range(len(grid))], axis=1)
        for number, folds in enumerate(part.splits):
            for test in range(n_folds):
                chosen[number, test] = losses[folds != test].sum(axis=0).argmin()
        known = told if len(tried) == len(design) else {}
    whole = _Part(outcomes, splits, weights)
    wanted = {
        _model(number, test, own, chosen[number, test])
        for number in range(len(splits))
        for test in range(n_folds)
        for own in range(n_folds)
        if own != test
    }
    known |= _fitted(design, whole, sorted(wanted - known.keys()), grid, threads, report)
    return [_calibrated(known, whole, number, chosen[number]) for number in range(len(splits))]


class _Part:
    """Choices of some pairs, and how they are folded."""

    def __init__(self, outcomes: NDArray[np.int8], splits: Sequence[Folds], weights: Floats) -> None:
        self.outcomes, self.splits, self.weights = outcomes, splits, weights


def _model(split: int, test: int, own: int, place: int) -> _Model:
    return split, min(test, own), max(test, own), int(place)


def _fitted(
    design: Design,
    part: _Part,
    models: Sequence[_Model],
    grid: Sequence[Mapping[str, float]],
    threads: int | None,
    report: Report,
) -> dict[_Model, NDArray[np.float32]]:
    """Margins of all pairs by each of the models, float32, shape (n_pairs,)."""
    if not models:
        return {}
    versions = np.repeat(part.outcomes[:, None], len(models), axis=1)
    for number, (split, low, high, _) in enumerate(models):
        versions[np.isin(part.splits[split], (-1, low, high)), number] = 0
    task = Task(
        versions,
        np.arange(len(models)),
        part.weights,
        # What a model leaves out its version of the outcomes says.
        np.zeros(len(design), np.int64),
        np.full(len(models), -1),
        penalties_of(design, [grid[place] for *_, place in models]),
    )
    _, margins = fit_models(design, task, threads=threads, report=report, stage="nested")
    return {model: np.ascontiguousarray(margins[:, number]) for number, model in enumerate(models)}


def _losses(told: Mapping[_Model, NDArray[np.float32]], part: _Part, place: int, n_folds: int) -> Reals:
    """Log loss of each pair, the mean over the models of the first split that have not seen it: float64, (n_pairs,)."""
    folds, total = part.splits[0], np.zeros(len(part.outcomes))
    for own, test in _both_ways(n_folds):
        rows = np.flatnonzero((folds == own) & (part.outcomes != 0))
        margins = told[_model(0, test, own, place)][rows].astype(np.float64)
        total[rows] += part.weights[rows] * np.logaddexp(0, -part.outcomes[rows] * margins) / (n_folds - 1)
    return total


def _calibrated(
    told: Mapping[_Model, NDArray[np.float32]], part: _Part, split: int, chosen: NDArray[np.int64]
) -> Reals:
    folds = part.splits[split]
    found = np.full((len(folds), len(chosen)), np.nan)
    for own, test in _both_ways(len(chosen)):
        rows = np.flatnonzero(folds == own)
        found[rows, test] = told[_model(split, test, own, int(chosen[test]))][rows]
    for test in range(len(chosen)):
        rows = np.flatnonzero((folds >= 0) & (folds != test))
        found[rows, test] = calibrated(found[rows, test], part.outcomes[rows], folds[rows], part.weights[rows])
    return found


def _both_ways(n_folds: int) -> Iterable[tuple[int, int]]:
    return ((own, test) for own in range(n_folds) for test in range(n_folds) if own != test)
