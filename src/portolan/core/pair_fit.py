"""Bradley-Terry models of pairs, many at once: each fold and each strength of the penalty is one of them.

The chance that the chosen reply wins is 1 / (1 + exp(-w · (phi(chosen) - phi(rejected)))): Bradley & Terry 1952, as
logistic regression on differences without an intercept, penalised by L2. The models differ in which pairs they learn
from and in how strongly each block of numbers is held back, so one pass over the pairs serves them all. What is
minimised is convex: L-BFGS (Liu & Nocedal 1989) with the diagonal of the Hessian at zero as its first guess, and
Newton's method along each direction, for which no further pass over the pairs is needed.

Sums over pairs go by blocks of fixed size, so that the number of threads changes nothing but time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from portolan.core.mark_kernels import Floats
from portolan.core.pair_design import Design
from portolan.core.parallel import map_blocks, thread_count
from portolan.core.scan import Ids, Places
from portolan.types import Progress, Report, silent

Reals = NDArray[np.float64]

N_STEPS = 12
N_KEPT = 6
"""Steps that L-BFGS remembers."""
_N_LINE = 3
_SMALL = 1e-3
"""A model is done when its gradient is so small beside what it was at first."""
_N_PARTS = 4
_BLOCK_ROWS = 4096
_LANES = 8


@dataclass(frozen=True)
class Task:
    """What each of `n_models` models learns.

    Attributes
    ----------
    outcomes : ndarray of int8, shape (n_pairs, n_versions)
        1: the first reply won; -1: the second one did; 0: nobody did, and no model learns from it. Of several versions
        of the truth (with planted flips) each model learns from one.
    version_of : ndarray of int64, shape (n_models,)
    weights : ndarray of float32, shape (n_pairs,)
    folds : ndarray of int64, shape (n_pairs,)
    left_out : ndarray of int64, shape (n_models,)
        The fold that a model does not learn from; -1: none.
    penalties : ndarray of float64, shape (n_blocks, n_models)
    """

    outcomes: NDArray[np.int8]
    version_of: NDArray[np.int64]
    weights: Floats
    folds: NDArray[np.int64]
    left_out: NDArray[np.int64]
    penalties: Reals

    @property
    def lessons(self) -> tuple[Any, ...]:
        """What the kernels ask, as they take it."""
        return self.outcomes, self.version_of, self.weights, self.folds, self.left_out


def fit_models(
    design: Design,
    task: Task,
    *,
    n_steps: int = N_STEPS,
    threads: int | None = None,
    report: Report = silent,
    stage: str = "preference",
) -> tuple[Floats, Floats]:
    """Weights of the models and their margins of all pairs, those they did not learn from too.

    Returns
    -------
    ndarray of float32, shape (n_numbers, n_models); ndarray of float32, shape (n_pairs, n_models)
        A margin is the logit of the chance that the first reply wins.
    """
    n_models = len(task.left_out)
    weights, margins = _Descent(design, _padded(task), thread_count(threads)).run(n_steps, report, stage)
    return weights[:, :n_models], margins[:, :n_models]


def margins_of(design: Design, weights: Floats, *, threads: int | None = None) -> Floats:
    """Margins that models' weights give the pairs of `design`: float32, shape (n_pairs, n_models)."""
    n_dense = design.dense.shape[1]
    out = np.empty((len(design), weights.shape[1]), np.float32)
    of_marks = np.ascontiguousarray(weights[n_dense:] * design.scales[:, None])

    def work(first: int, last: int) -> None:
        np.matmul(design.dense[first:last], weights[:n_dense], out=out[first:last])
        _add_marks(design.indptr, design.marks, design.signs, of_marks, out, first, last)

    for _ in map_blocks(work, len(design), block_rows=_BLOCK_ROWS, threads=threads):
        pass
    return out


def _padded(task: Task) -> Task:
    """The task with idle copies of its last model, until a vector register holds a whole number of them."""
    more = -len(task.left_out) % _LANES
    return replace(
        task,
        version_of=np.pad(task.version_of, (0, more), mode="edge"),
        left_out=np.pad(task.left_out, (0, more), mode="edge"),
        penalties=np.pad(task.penalties, ((0, 0), (0, more)), mode="edge"),
    )


class _Descent:
    """All models on their way down together; arrays of theirs have a column each."""

    def __init__(self, design: Design, task: Task, threads: int) -> None:
        self._design, self._task, self._threads = design, task, threads
        n_models = len(task.left_out)
        self._penalties = task.penalties[design.block_of].astype(np.float32)
        self._weights = np.zeros((design.n_numbers, n_models), np.float32)
        self._margins = np.zeros((len(design), n_models), np.float32)
        self._size = max(_BLOCK_ROWS, -(-len(design) // _N_PARTS))
        self._first_guess = np.float32(1) / self._curvature()

    def run(self, n_steps: int, report: Report, stage: str) -> tuple[Floats, Floats]:
        slope = self._slope()
        least = _SMALL * np.sqrt(_dots(slope, slope))
        moves: list[tuple[Floats, Floats, Reals]] = []
        for step in range(n_steps):
            report(Progress(stage, step, n_steps, unit="steps"))
            if (np.sqrt(_dots(slope, slope)) <= least).all():
                break
            way = self._direction(slope, moves)
            ahead = margins_of(self._design, way, threads=self._threads)
            length = self._length(way, ahead).astype(np.float32)
            move = length * way
            self._weights += move
            self._margins += length * ahead
            before, slope = slope, self._slope()
            turn = slope - before
            product = _dots(move, turn)
            moves.append((move, turn, np.where(product > 0, 1 / np.maximum(product, 1e-30), 0.0)))
            moves = moves[-N_KEPT:]
        report(Progress(stage, n_steps, n_steps, unit="steps"))
        return self._weights, self._margins

    def _direction(self, slope: Floats, moves: list[tuple[Floats, Floats, Reals]]) -> Floats:
        """The two loops of L-BFGS."""
        way = -slope
        shares = []
        for move, turn, inverse in reversed(moves):
            share = (inverse * _dots(move, way)).astype(np.float32)
            way -= share * turn
            shares.append(share)
        way *= self._first_guess
        for (move, turn, inverse), share in zip(moves, reversed(shares), strict=True):
            way += (share - (inverse * _dots(turn, way)).astype(np.float32)) * move
        return way

    def _length(self, way: Floats, ahead: Floats) -> Reals:
        """How far to go: the least loss along the way, by Newton's method, which convexity makes safe."""
        flat = _dots(self._penalties * self._weights, way)
        round_ = _dots(self._penalties * way, way)
        lengths = np.ones(way.shape[1])
        for _ in range(_N_LINE):
            first, second = self._along(ahead, lengths)
            first += flat + lengths * round_
            second += round_
            lengths = np.clip(lengths - first / np.maximum(second, 1e-30), 0.0, 8.0)
        return lengths

    def _along(self, ahead: Floats, lengths: Reals) -> tuple[Reals, Reals]:
        task, at = self._task, lengths.astype(np.float32)

        def work(first: int, last: int) -> tuple[Reals, Reals]:
            sums = np.zeros((2, len(at)))
            _bend(self._margins, ahead, at, task.lessons, sums, first, last)
            return sums[0], sums[1]

        blocks = list(map_blocks(work, len(self._design), block_rows=self._size, threads=self._threads))
        return sum(block[0] for block in blocks), sum(block[1] for block in blocks)  # type: ignore[return-value]

    def _slope(self) -> Floats:
        """Gradients of the losses."""
        design, task = self._design, self._task
        n_models = self._weights.shape[1]

        def work(first: int, last: int) -> tuple[Floats, Floats]:
            pull = np.empty((last - first, n_models), np.float32)
            _pull(self._margins, task.lessons, pull, first, last)
            of_marks = np.zeros((len(design.scales), n_models), np.float32)
            _gather_marks(design.indptr, design.marks, design.signs, pull, of_marks, first, last)
            return design.dense[first:last].T @ pull, of_marks

        dense = np.zeros((design.dense.shape[1], n_models), np.float32)
        marks = np.zeros((len(design.scales), n_models), np.float32)
        for part in map_blocks(work, len(design), block_rows=self._size, threads=self._threads):
            dense += part[0]
            marks += part[1]
        slope = np.concatenate([dense, marks * design.scales[:, None]])
        slope += self._penalties * self._weights
        return slope

    def _curvature(self) -> Floats:
        """The Hessian's diagonal where all weights are 0, as if every model learnt from its share of all pairs."""
        design = self._design
        counts = np.bincount(design.marks, minlength=len(design.scales)) * design.scales.astype(np.float64) ** 2
        squares = np.concatenate([np.einsum("ij,ij->j", design.dense, design.dense), counts])
        share = float((self._task.weights * (self._task.outcomes[:, 0] != 0)).sum()) / max(1, len(design))
        return (squares[:, None] * (share / 4) + self._penalties + 1e-6).astype(np.float32)


def _dots(left: Floats, right: Floats) -> Reals:
    """Products of the models' columns."""
    found: Reals = np.einsum("ij,ij->j", left, right, dtype=np.float64, casting="unsafe")
    return found


@njit(cache=True, nogil=True)
def _bend(
    margins: Floats, ahead: Floats, lengths: Floats, lessons: tuple[Any, ...], sums: Reals, first: int, last: int
) -> None:
    """First and second derivative of the models' losses along their ways, added to `sums` (2, n_models)."""
    outcomes, version_of, weights, folds, left_out = lessons
    for row in range(first, last):
        for k in range(len(lengths)):
            side = np.float32(outcomes[row, version_of[k]])
            if folds[row] == left_out[k] or side == 0:
                continue
            step = ahead[row, k]
            chance = np.float32(1) / (np.float32(1) + np.exp(side * (margins[row, k] + lengths[k] * step)))
            sums[0, k] -= weights[row] * side * step * chance
            sums[1, k] += weights[row] * step * step * chance * (np.float32(1) - chance)


@njit(cache=True, nogil=True)
def _pull(margins: Floats, lessons: tuple[Any, ...], out: Floats, first: int, last: int) -> None:
    """Derivatives of the losses by the margins."""
    outcomes, version_of, weights, folds, left_out = lessons
    for row in range(first, last):
        for k in range(out.shape[1]):
            side = np.float32(outcomes[row, version_of[k]])
            if folds[row] == left_out[k]:
                side = np.float32(0)
            out[row - first, k] = -weights[row] * side / (np.float32(1) + np.exp(side * margins[row, k]))


@njit(cache=True, nogil=True)
def _add_marks(
    indptr: Places, marks: Ids, signs: NDArray[np.int8], weights: Floats, out: Floats, first: int, last: int
) -> None:
    """Add the marks' weights to the margins. Unsigned places and flat arrays: the inner loop becomes one of vectors."""
    n_models = np.uintp(out.shape[1])
    flat = weights.ravel()
    total = np.empty(n_models, np.float32)
    for row in range(first, last):
        total[:] = 0
        for j in range(indptr[row], indptr[row + 1]):
            base, sign = np.uintp(marks[j]) * n_models, np.float32(signs[j])
            for k in range(n_models):
                total[k] += sign * flat[base + np.uintp(k)]
        for k in range(n_models):
            out[row, k] += total[k]


@njit(cache=True, nogil=True, fastmath={"contract"})
def _gather_marks(
    indptr: Places, marks: Ids, signs: NDArray[np.int8], pull: Floats, out: Floats, first: int, last: int
) -> None:
    """Add the pairs' pulls to the marks that they have."""
    n_models = np.uintp(out.shape[1])
    flat, own = out.ravel(), np.empty(n_models, np.float32)
    for row in range(first, last):
        for k in range(n_models):
            own[k] = pull[row - first, k]
        for j in range(indptr[row], indptr[row + 1]):
            base = np.uintp(marks[j]) * n_models
            if signs[j] > 0:
                for k in range(n_models):
                    flat[base + np.uintp(k)] += own[k]
            else:
                for k in range(n_models):
                    flat[base + np.uintp(k)] -= own[k]
