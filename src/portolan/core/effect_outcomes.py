"""What is measured of held-out pairs: accuracy, log loss, calibration, agreement, margins on probes.

Every outcome is the mean over some pairs of what each pair contributes, or behaves like one for small changes; so its
sampling variance follows from the contributions, prompts kept whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from portolan.core.concept_figures import Share
from portolan.core.preference_figures import grouped_share
from portolan.types import BoolArray, FloatArray

Measure = Literal["accuracy", "log_loss", "recalibrated_log_loss", "calibration", "agreement", "probe_margin"]
Contributions = NDArray[np.float32]
Margins = NDArray[np.float32]
"""(n_pairs, n_models) float32: how much each model prefers the chosen reply, in log-odds."""

ALL = "all"
OTHER = "not selected"
SELECTED = "selected"
MEANINGS: Mapping[Measure, str] = {
    "accuracy": "share of held-out pairs in which the model prefers the chosen reply",
    "log_loss": "mean log loss of held-out pairs, in nats",
    "recalibrated_log_loss": "the same after all margins were scaled by the one number that suits them best: what the "
    "model knows, however sure it is",
    "calibration": "slope of what happened on what the model said, held out: 1 is calibrated, below 1 too sure",
    "agreement": "share of held-out pairs on which the model prefers the same reply as the one fitted on all pairs",
    "probe_margin": "mean margin on probe pairs, in log-odds",
}
HIGHER_IS_BETTER: Mapping[Measure, bool | None] = {
    "accuracy": True,
    "log_loss": False,
    "recalibrated_log_loss": False,
    "calibration": None,
    "agreement": None,
    "probe_margin": True,
}
FULL = 0
"""The model that was fitted on all pairs as they are: the first."""
_SLOPE_STEPS = 30


@dataclass(frozen=True)
class Outcome:
    """What is measured, and on which pairs."""

    measure: Measure
    subset: str


class Outcomes:
    """Values of outcomes for each of some models, averaged over several ways to fold the pairs.

    Parameters
    ----------
    subsets : mapping of str to ndarray of bool, shape (n_pairs,)
        Accuracy is measured on each, log loss on `OTHER`, `ALL` and `SELECTED`, the rest on the first.
    groups : ndarray of int64, shape (n_pairs,)
        Pairs of one prompt have the same number.
    is_recalibrated : bool
        Whether accuracy, and log loss after recalibration on the first subset, are all that is measured: what a change
        that makes models surer or less sure of the same does not touch.
    """

    def __init__(
        self,
        subsets: Mapping[str, BoolArray],
        groups: NDArray[np.int64],
        *,
        n_models: int,
        is_recalibrated: bool = False,
    ) -> None:
        self._is_recalibrated = is_recalibrated
        self._subsets = {name: np.flatnonzero(is_in) for name, is_in in subsets.items()}
        self._main = next(iter(self._subsets))
        self._groups = np.unique(groups, return_inverse=True)[1].ravel()
        shape = (len(groups), n_models)
        measures: tuple[Measure, ...] = (
            ("accuracy", "recalibrated_log_loss")
            if is_recalibrated
            else ("accuracy", "log_loss", "calibration", "agreement")
        )
        self._parts: dict[Measure, Contributions] = {name: np.zeros(shape, np.float32) for name in measures}
        self._trained = np.zeros(shape, np.float32)
        self._slopes = np.zeros(n_models)
        self._probes: dict[str, FloatArray] = {}
        self._n_splits = 0

    def add(self, margins: Margins, probes: Mapping[str, FloatArray], in_training: Contributions | None = None) -> None:
        """Take in held-out margins of one way to fold the pairs.

        Parameters
        ----------
        probes : mapping of str to ndarray of float64, shape (n_models,)
            Mean margins on probes.
        in_training : ndarray of float32, shape (n_pairs, n_models), optional
            Log loss of each pair in the models that it was trained on, for `sampling_variance`.
        """
        self._n_splits += 1
        if in_training is not None:
            self._trained += in_training
        is_right = (margins > 0) + np.float32(0.5) * (margins == 0)
        self._parts["accuracy"] += is_right
        if self._is_recalibrated:
            scale = np.maximum(np.nan_to_num(calibration_slopes(margins[self._subsets[self._main]])[0]), 0)
            self._parts["recalibrated_log_loss"] += np.logaddexp(0, -scale.astype(np.float32) * margins)
            return
        self._parts["log_loss"] += np.logaddexp(0, -margins)
        self._parts["agreement"] += np.sign(margins) == np.sign(margins[:, [FULL]])
        rows = self._subsets[self._main]
        slopes, pulls = calibration_slopes(margins[rows])
        self._slopes += slopes
        self._parts["calibration"][rows] += pulls
        for kind, means in probes.items():
            self._probes[kind] = self._probes.get(kind, 0) + means

    def names(self) -> list[Outcome]:
        """All outcomes, in the order they are told."""
        found = [Outcome("accuracy", name) for name in self._subsets]
        if self._is_recalibrated:
            return [*found, Outcome("recalibrated_log_loss", self._main)]
        found += [Outcome("log_loss", name) for name in self._subsets if name in (OTHER, ALL, SELECTED)]
        found += [Outcome("calibration", self._main), Outcome("agreement", self._main)]
        return found + [Outcome("probe_margin", kind) for kind in self._probes]

    def share_right(self) -> Share:
        """Share of all pairs, selected or not, that the model of all pairs as they are is right on, held out."""
        hits = self._parts["accuracy"][:, FULL].astype(np.float64) / max(1, self._n_splits)
        return grouped_share(hits, self._groups, np.ones(len(hits)))

    def n_pairs(self, outcome: Outcome) -> int:
        """How many pairs the outcome is measured on; 0 for probes."""
        return len(self._subsets.get(outcome.subset, ())) if outcome.measure != "probe_margin" else 0

    def values(self, outcome: Outcome) -> FloatArray:
        """The outcome for each model: float64, shape (n_models,)."""
        if outcome.measure == "probe_margin":
            return self._probes[outcome.subset] / self._n_splits
        if outcome.measure == "calibration":
            return self._slopes / self._n_splits
        rows = self._subsets[outcome.subset]
        found: FloatArray = self._parts[outcome.measure][rows].mean(axis=0, dtype=np.float64) / self._n_splits
        return found

    def sampling_variance(
        self, outcome: Outcome, mixes: FloatArray, changed: Sequence[NDArray[np.int64]] | None = None
    ) -> FloatArray:
        """Variance of mixtures of the models' outcomes over the draw of prompts: float64, shape (n_mixes,).

        What a bootstrap of whole prompts comes to with ever more draws. Probes are a fixed set: 0. A pair counts for
        log loss twice: held out it is tested on, and in the other folds it is trained on, which takes back nearly all
        that it did, since what is fitted is that very loss (an infinitesimal jackknife; Efron 1982).

        Parameters
        ----------
        mixes : ndarray of float64, shape (n_models, n_mixes)
            Weights of the models in each mixture; of a sum of 0.
        changed : sequence of ndarray of int64, optional
            For each mixture, pairs that its first model was not trained on: they take nothing back.
        """
        rows = self._subsets.get(outcome.subset, np.zeros(0, np.int64))
        if outcome.measure == "probe_margin" or len(rows) < 2:
            return np.zeros(mixes.shape[1])
        scale = mixes.astype(np.float32) / np.float32(self._n_splits)
        mixed = np.zeros((len(self._groups), mixes.shape[1]), np.float32)
        tested = self._parts[outcome.measure][rows] @ scale
        mixed[rows] = (tested - tested.mean(axis=0)) / np.float32(len(rows))
        if outcome.measure == "log_loss" and changed is not None:
            mixed -= self._taken_back(scale, changed)
        order = np.argsort(self._groups, kind="stable")
        begins = np.flatnonzero(np.diff(self._groups[order], prepend=-1))
        found: FloatArray = np.square(np.add.reduceat(mixed[order], begins, axis=0, dtype=np.float64)).sum(axis=0)
        return found

    def _taken_back(self, scale: Contributions, changed: Sequence[NDArray[np.int64]]) -> Contributions:
        trained: Contributions = self._trained @ scale
        for number, places in enumerate(changed):
            is_trained = np.ones(len(trained), np.bool_)
            is_trained[places] = False
            n_trained = max(1, int(is_trained.sum()))
            mean = trained[is_trained, number].sum(dtype=np.float64) / n_trained
            trained[:, number] = np.where(is_trained, (trained[:, number] - mean) / n_trained, 0)
        return trained


def calibration_slopes(margins: Margins) -> tuple[FloatArray, Contributions]:
    """Slope b of each model with which 1 / (1 + exp(-b margin)) fits best, and what each pair pulls it by.

    Logistic recalibration (Cox 1958) without offset: sides are symmetric. NaN where all margins are 0.

    Returns
    -------
    ndarray of float64, shape (n_models,)
    ndarray of float32, shape (n_pairs, n_models)
        The mean over pairs of the pulls is how the slope moves, to first order.
    """
    slopes = np.zeros(margins.shape[1])
    pulls = np.full(margins.shape, np.nan, np.float32)
    for model in range(margins.shape[1]):
        values = margins[:, model].astype(np.float64)
        if not values.any():
            slopes[model] = np.nan
            continue
        at = 1.0
        for _ in range(_SLOPE_STEPS):
            missing = 1 / (1 + np.exp(np.clip(at * values, -80, 80)))
            curve = max(float(np.mean(values**2 * missing * (1 - missing))), 1e-12)
            step = float(np.mean(values * missing)) / curve
            at += min(max(step, -1.0), 1.0)
            if abs(step) < 1e-9:
                break
        slopes[model] = at
        pulls[:, model] = values * missing / curve
    return slopes, pulls
