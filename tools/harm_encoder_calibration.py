"""How the harm scorer's two models are put together: a chance from the logits of both, fitted on texts held out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from harm_encoder_model import Upper
from harm_encoder_texts import HELD_OUT, Floats, Pool, Rows, States
from harm_encoder_training import LEFT_OUT, logits_of
from harm_sets import IN_REPLY, OF_ONE_KIND
from harm_training import Linear, Material, train
from portolan.scorers._harm_encoder import HarmEncoder

JUDGED = tuple(LEFT_OUT)
CALIBRATING = (*JUDGED, "Davidson" + IN_REPLY, "EDOS" + IN_REPLY)
REPLIES = ("DiaSafety", "Davidson" + IN_REPLY, "EDOS" + IN_REPLY)
"""Sets whose texts reply to a prompt."""
Reader: TypeAlias = Callable[[Rows], Floats]
"""An encoder's logits of the texts at some places of the pool."""
Found: TypeAlias = Mapping[str, tuple[Floats, Floats]]
"""By set: logits of the linear model and of the encoder, (n_texts, 2), and whether each text is harmful."""


def reads_by_file(pool: Pool, folder: Path) -> Reader:
    """The encoder as it is bundled: 8 bits a weight, run by onnxruntime."""
    encoder = HarmEncoder(folder)
    texts, prompts = np.array(pool.texts, object), np.array(pool.prompts, object)
    return lambda places: encoder.logits(texts[places].tolist(), prompts[places].tolist(), threads=1)


def reads_by_layers(upper: Upper, states: States) -> Reader:
    """The encoder as it was trained."""
    return lambda places: logits_of(upper, states, places)


def calibrating_logits(material: Material, pool: Pool, linear: Linear, read: Reader) -> Found:
    """Logits of half of the texts that neither model saw."""
    by_words = linear_logits(linear, material, pool)
    found = {}
    for name in CALIBRATING:
        part = pool.parts[name]
        rows = part.calibrating
        found[name] = (np.column_stack([by_words[name][rows], read(part.places[rows])]), part.is_harmful[rows])
    return found


def shared(found: Found, names: Sequence[str] = CALIBRATING) -> list[float]:
    """Weight of the linear logit, of the encoder's, offset, and offset of replies: Platt's (1999) with two inputs.

    Each set counts alike, and so do its two answers.
    """
    labels = [found[name][1] for name in names]
    shares = [part.mean() for part in labels]
    weights = [
        np.where(part > 0, 0.5 / share, 0.5 / (1 - share)) / len(part)
        for part, share in zip(labels, shares, strict=True)
    ]
    sets = np.repeat(np.arange(len(labels)), [len(part) for part in labels])
    inputs = np.concatenate([found[name][0] for name in names])
    is_reply = np.repeat([name in REPLIES for name in names], [len(part) for part in labels])
    is_told = np.repeat([name not in OF_ONE_KIND for name in names], [len(part) for part in labels])
    return fit_two(inputs, np.concatenate(labels), np.concatenate(weights), sets, is_reply, is_told)


def fit_two(
    inputs: Floats,
    is_harmful: Floats,
    weights: NDArray[np.float64],
    sets: NDArray[np.int64],
    is_reply: NDArray[np.bool_],
    is_told: NDArray[np.bool_],
) -> list[float]:
    """Weights of two columns and two offsets, neither weight below 0: a chance never falls where a logit rises.

    How the two share is fitted with a bias for each set, so that it is learnt within sets, not from what tells one set
    from another; the slope and offsets (of texts alone, of replies) of what they give together without, on the texts
    that are told harmful or harmless: the others are of one kind of harm or not of that kind.
    """
    of_set = np.eye(int(sets.max()) + 1)[sets]
    shares = _logistic(np.column_stack([inputs, of_set]), is_harmful, weights)[:2]
    together = np.column_stack([inputs @ shares, ~is_reply, is_reply])
    slope, *offsets = _logistic(together[is_told], is_harmful[is_told], weights[is_told], n_positive=1)
    return [round(float(value), 6) for value in (*(slope * shares), *offsets)]


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


def linear_without(material: Material, name: str | None) -> Linear:
    """The linear model trained without a set of `LEFT_OUT`, or without the fold held out."""
    with threadpool_limits(limits=1):
        return train(material, without=LEFT_OUT[name]) if name else train(material, fold=HELD_OUT)


def linear_logits(model: Linear, material: Material, pool: Pool) -> Mapping[str, Floats]:
    """The linear model's logits of the texts of each part that is judged."""
    marks = {name: material.sets[name][1] for name in CALIBRATING} | {"XSTest": material.unseen[1]}
    return {name: model.logits(marks[name].take(pool.parts[name].rows)) for name in marks}
