"""How the harm scorer's two models are put together: a chance from the logits of both, fitted on texts held out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from harm_encoder_model import Upper
from harm_encoder_training import HELD_OUT, LEFT_OUT, Part, Pool, Rows, States, logits_of
from harm_training import Material, read_material, train

Floats = NDArray[np.float32]
JUDGED = ("DiaSafety", "Davidson", "EDOS", "requests")


def calibration(data: Path, pool: Pool, states: States, upper: Upper) -> list[float]:
    """Weight of the linear logit, of the encoder's, and offset: Platt's (1999) with two inputs.

    On the fold that neither model saw; each set counts alike, and so do its two answers.
    """
    linear = linear_logits(read_material(data), pool, without=None)
    inputs, labels, weights = [], [], []
    for name in JUDGED:
        part = pool.parts[name]
        rows = held_out(part)
        inputs.append(np.column_stack([linear[name][rows], logits_of(upper, states, part.places[rows])]))
        labels.append(part.is_harmful[rows])
        share = labels[-1].mean()
        weights.append(np.where(labels[-1] > 0, 0.5 / share, 0.5 / (1 - share)) / len(rows))
    sets = np.repeat(np.arange(len(labels)), [len(part) for part in labels])
    return fit_two(np.concatenate(inputs), np.concatenate(labels), np.concatenate(weights), sets)


def fit_two(inputs: Floats, is_harmful: Floats, weights: NDArray[np.float64], sets: NDArray[np.int64]) -> list[float]:
    """Weights of two columns and an offset, neither weight below 0: a chance never falls where a logit rises.

    How the two share is fitted with a bias for each set, so that it is learnt within sets, not from what tells one set
    from another; the slope and offset of what they give together without.
    """
    of_set = np.eye(int(sets.max()) + 1)[sets]
    shares = _logistic(np.column_stack([inputs, of_set]), is_harmful, weights)[:2]
    together = np.column_stack([inputs @ shares, np.ones(len(inputs))])
    slope, offset = _logistic(together, is_harmful, weights, n_positive=1)
    return [round(float(value), 6) for value in (*(slope * shares), offset)]


def _logistic(
    x: NDArray[np.float64], is_harmful: Floats, weights: NDArray[np.float64], *, n_positive: int = 2
) -> NDArray[np.float64]:
    """Weights of columns; the first `n_positive` are not below 0."""
    signs = 2.0 * is_harmful - 1

    def loss(theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margins = signs * (x @ theta)
        slopes = -weights * signs / (1 + np.exp(np.clip(margins, -50, 50)))
        return float((weights * np.logaddexp(0, -margins)).sum()), x.T @ slopes

    start = np.append(np.full(n_positive, 0.5), np.zeros(x.shape[1] - n_positive))
    bounds = [(0, None)] * n_positive + [(None, None)] * (x.shape[1] - n_positive)
    found: NDArray[np.float64] = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return found


def held_out(part: Part) -> Rows:
    """Which of a part's texts no training saw."""
    return np.flatnonzero(part.folds == HELD_OUT)


def linear_logits(material: Material, pool: Pool, *, without: str | None) -> Mapping[str, Floats]:
    """The linear model's logits of each part, trained without a set of `LEFT_OUT`, or without the held out fold."""
    with threadpool_limits(limits=1):
        model = train(material, without=LEFT_OUT[without]) if without else train(material, fold=HELD_OUT)
    marks = {name: material.sets[name][1] for name in JUDGED} | {"XSTest": material.unseen[1]}
    return {name: model.logits(marks[name].take(pool.parts[name].rows)) for name in marks}
