"""From the neighbour graph to a map: UMAP's objective, in gather form.

In each epoch every point reads the last epoch's positions, sums the expected attraction of all its edges and the
repulsion of points drawn at random, and moves itself alone. Nobody writes to another point, so the same seed gives the
same bytes on any number of threads. `docs/projection.md` has the formulas and the measurements.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import sparse

from portolan.core.curve import curve_order
from portolan.core.fuzzy import fuzzy_graph
from portolan.core.neighbors import Neighbors
from portolan.core.parallel import thread_count
from portolan.core.start import start_points
from portolan.errors import ShapeError
from portolan.types import Points, Progress, Report, Vectors, silent

_BLOCK_ROWS = 256
_N_SAMPLES = 256
_FIRST_NEGATIVES = 10.0
_LAST_NEGATIVES = 40.0
_ANCHOR = 0.01
_START_EXTENT = 20.0
_MOMENTUM = 0.8
_STEP = 0.5
_N_EPOCHS = 400
_N_EPOCHS_SMALL = 800
_SMALL_ROWS = 10_000


def project(
    vectors: Vectors,
    neighbors: Neighbors,
    *,
    random_state: int = 0,
    n_epochs: int | None = None,
    threads: int | None = None,
    report: Report = silent,
) -> Points:
    """Positions on the map.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n_rows, n_dims)
    neighbors : Neighbors
        Of the same rows, in the same order.
    n_epochs : int, optional
        Steps of the layout; unless told 400, or 800 up to 10,000 rows, which have the time to settle better.

    Returns
    -------
    ndarray of float32, shape (n_rows, 2)
        Finite; centred on 0. Rows without neighbours (no text) lie together beside the map.

    Raises
    ------
    ShapeError
        `vectors` and `neighbors` differ in length.
    """
    if len(vectors) != len(neighbors.ids):
        raise ShapeError(
            f"vectors has {len(vectors)} rows and neighbors has {len(neighbors.ids)}.",
            fix="Project the same rows that you searched neighbours for, in the same order.",
        )
    is_placed = neighbors.ids[:, 0] >= 0
    rows = np.flatnonzero(is_placed)
    graph = fuzzy_graph(neighbors)[rows][:, rows]
    start = _start(vectors[rows], random_state, threads)
    # Rows that start side by side are worked on together: their neighbours' places are then in the processor's cache.
    order = curve_order(start)
    graph = graph[order][:, order]
    n_epochs = n_epochs or _default_epochs(len(rows))
    placed = _lay_out(graph, start[order], random_state, n_epochs, thread_count(threads), report)
    points = np.empty((len(vectors), 2), np.float32)
    points[rows[order]] = placed - placed.mean(axis=0) if len(rows) else placed
    points[~is_placed] = _beside(points[rows], int((~is_placed).sum()))
    return points


def _start(vectors: Vectors, random_state: int, threads: int | None) -> Points:
    start = start_points(vectors, random_state=random_state, threads=threads)
    # Rows with equal vectors would never part: a little noise tells them apart.
    noise = np.random.default_rng((random_state, 2)).normal(size=start.shape) * 1e-3
    return ((start + noise) * _START_EXTENT).astype(np.float32)


def _lay_out(
    graph: sparse.csr_matrix, start: Points, random_state: int, n_epochs: int, n_threads: int, report: Report
) -> Points:
    n_rows = len(start)
    now, then = start.copy(), np.empty_like(start)
    velocity = np.zeros_like(start)
    degrees = np.asarray(graph.sum(axis=1), np.float32).ravel()
    n_blocks = -(-n_rows // _BLOCK_ROWS)
    # One span of whole blocks a thread: what a block computes does not depend on the span it is in.
    cuts = np.linspace(0, n_blocks, min(n_threads, max(n_blocks, 1)) + 1).astype(int) * _BLOCK_ROWS
    spans = list(pairwise(np.minimum(cuts, n_rows).tolist()))
    edges = (graph.indptr.astype(np.int64), graph.indices.astype(np.int32), graph.data, degrees)
    with ThreadPoolExecutor(len(spans)) as pool:
        for epoch in range(n_epochs):
            sheets = (start, now, then, velocity)
            schedule: tuple[Any, ...] = (
                random_state,
                epoch,
                _STEP * (1 - epoch / n_epochs),
                _n_negatives(epoch / n_epochs),
                _ANCHOR,
                _MOMENTUM,
            )
            moves = [pool.submit(move_points, *edges, *sheets, first, last, *schedule) for first, last in spans]
            for move in moves:
                move.result()
            now, then = then, now
            report(Progress("project", epoch + 1, n_epochs, "epochs"))
    return now


def _default_epochs(n_rows: int) -> int:
    return _N_EPOCHS_SMALL if n_rows <= _SMALL_ROWS else _N_EPOCHS


def _n_negatives(done: float) -> float:
    """Negatives for each edge: few at first, so that neighbours gather before groups part; all from the middle on."""
    return float(_FIRST_NEGATIVES * (_LAST_NEGATIVES / _FIRST_NEGATIVES) ** min(1.0, 2 * done))


def _beside(points: Points, n_rows: int) -> Points:
    """A disc of `n_rows` points (Vogel's sunflower), below and right of the map, as dense as the map is on average."""
    radius = float(np.linalg.norm(points, axis=1).max(initial=1.0))
    spacing = radius / np.sqrt(max(len(points), 1))
    turns = np.arange(n_rows)
    angles = turns * 2.399963  # the golden angle
    places: Points = np.stack((np.cos(angles), np.sin(angles)), axis=1).astype(np.float32)
    places *= (spacing * np.sqrt(turns)).astype(np.float32)[:, None]
    if len(points):
        distance = radius + spacing * (np.sqrt(n_rows) + 2)
        places += (np.array([distance, -distance]) * np.sqrt(0.5)).astype(np.float32)
    return places


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"reassoc", "contract", "arcp", "nsz"})
def move_points(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[np.float32],
    degrees: NDArray[np.float32],
    start: Points,
    now: Points,
    then: Points,
    velocity: Points,
    first: int,
    last: int,
    seed: int,
    epoch: int,
    step: float,
    n_negatives: float,
    anchor: float,
    momentum: float,
) -> None:
    """One epoch for the points `first` .. `last` - 1 (`first` begins a block): reads `now`, writes `then`."""
    sample_x = np.empty(_N_SAMPLES, np.float32)
    sample_y = np.empty(_N_SAMPLES, np.float32)
    one = np.float32(1)
    epsilon = np.float32(0.001)
    for i in range(first, last):
        if i % _BLOCK_ROWS == 0:
            draw(seed, epoch, i // _BLOCK_ROWS, now, sample_x, sample_y)
        x, y = now[i, 0], now[i, 1]
        pull_x = pull_y = np.float32(0)
        for e in range(indptr[i], indptr[i + 1]):
            dx, dy = now[indices[e], 0] - x, now[indices[e], 1] - y
            pull = weights[e] / (one + dx * dx + dy * dy)
            pull_x += pull * dx
            pull_y += pull * dy
        push_x = push_y = np.float32(0)
        for m in range(_N_SAMPLES):
            dx, dy = x - sample_x[m], y - sample_y[m]
            squared = dx * dx + dy * dy
            push = one / ((epsilon + squared) * (one + squared))
            push_x += push * dx
            push_y += push * dy
        scale = degrees[i] * np.float32(n_negatives / _N_SAMPLES)
        rate = np.float32(step) / (one + degrees[i])
        hold = np.float32(anchor) * degrees[i]
        force_x = np.float32(4) * pull_x + scale * push_x + hold * (start[i, 0] - x)
        force_y = np.float32(4) * pull_y + scale * push_y + hold * (start[i, 1] - y)
        velocity[i, 0] = np.float32(momentum) * velocity[i, 0] + rate * force_x
        velocity[i, 1] = np.float32(momentum) * velocity[i, 1] + rate * force_y
        then[i, 0] = x + velocity[i, 0]
        then[i, 1] = y + velocity[i, 1]


@njit(nogil=True, cache=True)
def draw(
    seed: int, epoch: int, block: int, now: Points, sample_x: NDArray[np.float32], sample_y: NDArray[np.float32]
) -> None:
    """Positions of points drawn at random: a hash of (seed, epoch, block, place), so that no order of work matters."""
    n_rows = np.uint64(now.shape[0])
    state = mix(mix(mix(np.uint64(seed)) ^ np.uint64(epoch)) ^ np.uint64(block))
    for m in range(sample_x.shape[0]):
        row = ((mix(state + np.uint64(m)) >> np.uint64(32)) * n_rows) >> np.uint64(32)
        sample_x[m] = now[row, 0]
        sample_y[m] = now[row, 1]


@njit(nogil=True, cache=True)
def mix(value: np.uint64) -> np.uint64:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014), after its increment."""
    value = value + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
