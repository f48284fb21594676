"""Fit the harm scorer's linear model: logistic regression on marks, and on differences of marks for pairs.

Each set has a bias of its own while fitting: how often a set calls a text harmful says how it was collected, not what
harm is. A column is scaled by its inverse document frequency, so that rare marks may weigh more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Marks:
    """What the model sees of texts: `sparse` (n_texts, N_BUCKETS) and `dense` (n_texts, n_dense)."""

    sparse: sp.csr_matrix
    dense: Floats

    def __len__(self) -> int:
        return len(self.dense)

    def take(self, rows: NDArray[Any]) -> Marks:
        """Those texts alone."""
        return Marks(self.sparse[rows], self.dense[rows])


@dataclass(frozen=True)
class Examples:
    """Labelled texts: marks, whether harmful (n,), number of the set of each (n,), weight (n,)."""

    marks: Marks
    is_harmful: Floats
    set_ids: NDArray[np.int64]
    weights: Floats


@dataclass(frozen=True)
class Penalty:
    """How strongly weights are held back; and how much pairs count beside labelled texts."""

    sparse: float = 20.0
    dense: float = 10.0
    pairs: float = 0.3
    n_steps: int = 30


def fit(examples: Examples, pairs: Marks | None, penalty: Penalty) -> tuple[Floats, Floats, float]:
    """Weights of buckets, of the dense part, and the mean bias of the sets.

    Minimises the weighted log loss of labelled texts plus that of pairs (better minus worse, no bias), L2 penalised, by
    L-BFGS from zero. Deterministic.
    """
    scale = _idf(examples.marks.sparse)
    kept = np.flatnonzero(scale)
    n_kept, n_sets = len(kept), int(examples.set_ids.max()) + 1
    stretch = np.float32(np.sqrt(penalty.sparse / penalty.dense))

    def prepared(marks: Marks) -> tuple[sp.csr_matrix, sp.csc_matrix, Floats]:
        x = (marks.sparse[:, kept] @ sp.diags_array(scale[kept])).tocsr().astype(np.float32)
        return x, x.T, stretch * marks.dense

    def both(parts: tuple[sp.csr_matrix, Any, Floats], w: Floats) -> Floats:
        return parts[0] @ w[:n_kept] + parts[2] @ w[n_kept:]

    def back(parts: tuple[Any, sp.csc_matrix, Floats], slopes: Floats) -> Floats:
        return np.concatenate([parts[1] @ slopes, parts[2].T @ slopes])

    x = prepared(examples.marks)
    d = prepared(pairs) if pairs is not None and len(pairs) else None
    signs = 2 * examples.is_harmful - 1

    def loss(theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        w, biases = theta[:-n_sets].astype(np.float32), theta[-n_sets:]
        margins = signs * (both(x, w) + biases[examples.set_ids])
        slopes = -examples.weights * signs / (1 + np.exp(np.clip(margins, -50, 50)))
        total = float((examples.weights * np.logaddexp(0, -margins)).sum()) + penalty.sparse / 2 * float(w @ w)
        grad = back(x, slopes.astype(np.float32)) + penalty.sparse * w
        if d is not None:
            gaps = both(d, w)
            total += penalty.pairs * float(np.logaddexp(0, -gaps).sum())
            grad -= back(d, (penalty.pairs / (1 + np.exp(np.clip(gaps, -50, 50)))).astype(np.float32))
        by_set = np.bincount(examples.set_ids, slopes, n_sets)
        return total, np.concatenate([grad, by_set]).astype(np.float64)

    start = np.zeros(n_kept + examples.marks.dense.shape[1] + n_sets)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": penalty.n_steps, "maxcor": 8})
    w = found.x[:-n_sets].astype(np.float32)
    weights = np.zeros(len(scale), np.float32)
    weights[kept] = w[:n_kept] * scale[kept]
    shares = np.bincount(examples.set_ids, examples.weights, n_sets)
    return weights, w[n_kept:] * stretch, float(shares @ found.x[-n_sets:] / shares.sum())


def _idf(x: sp.csr_matrix) -> Floats:
    """Inverse document frequency of each bucket; 0 for one that fewer than two texts have."""
    counts = np.bincount(x.indices, minlength=x.shape[1])
    return np.where(counts >= 2, np.log(len(x.indptr) / np.maximum(counts, 1)), 0).astype(np.float32)


def fit_categories(
    dense: Floats, kinds: NDArray[np.int64], n_kinds: int, *, penalty: float = 3.0
) -> tuple[Floats, Floats]:
    """Weights (n_dense, n_kinds) and biases (n_kinds,) of a softmax over categories, each category counting alike."""
    counts = np.maximum(np.bincount(kinds, minlength=n_kinds), 1)
    weights = (len(kinds) / n_kinds / counts[kinds]).astype(np.float32)
    is_kind = np.eye(n_kinds, dtype=np.float32)[kinds]

    def loss(theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        w = theta.astype(np.float32).reshape(-1, n_kinds)
        logits = dense @ w[:-1] + w[-1]
        logits -= logits.max(axis=1, keepdims=True)
        chances = np.exp(logits)
        chances /= chances.sum(axis=1, keepdims=True)
        total = float(-(weights * np.log(np.maximum(chances[is_kind > 0], 1e-9))).sum())
        slopes = weights[:, None] * (chances - is_kind)
        grad = np.vstack([dense.T @ slopes + penalty * w[:-1], slopes.sum(axis=0)])
        return total + penalty / 2 * float((w[:-1] ** 2).sum()), grad.ravel().astype(np.float64)

    start = np.zeros((dense.shape[1] + 1) * n_kinds)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 60})
    w = found.x.astype(np.float32).reshape(-1, n_kinds)
    return w[:-1], w[-1]


def fit_chance(logits: Floats, is_harmful: Floats, weights: Floats, is_reply: Floats) -> tuple[float, float, float]:
    """Slope, offset, and offset of replies to a prompt that turn out-of-fold logits into chances (Platt 1999).

    `is_reply` is 1 or 0. Sets with prompts were collected otherwise than those without: how often each calls a text
    harmful is nothing that a prompt tells.
    """
    signs = 2 * is_harmful - 1
    columns = np.column_stack([logits, 1 - is_reply, is_reply]).astype(np.float64)

    def loss(theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margins = signs * (columns @ theta)
        slopes = -weights * signs / (1 + np.exp(np.clip(margins, -50, 50)))
        return float((weights * np.logaddexp(0, -margins)).sum()), columns.T @ slopes

    found = minimize(loss, np.array([1.0, 0.0, 0.0]), jac=True, method="L-BFGS-B")
    return float(found.x[0]), float(found.x[1]), float(found.x[2])
