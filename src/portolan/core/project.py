"""From the neighbour graph to a map: UMAP's objective, in gather form.

In each epoch every point reads the last epoch's positions, sums the expected attraction of all its edges and the
repulsion of points drawn at random, and moves itself alone. Nobody writes to another point, so the same seed gives the
same bytes on any number of threads. `docs/projection.md` has the formulas and the measurements.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit
from scipy import sparse

from portolan.core.fuzzy import fuzzy_graph
from portolan.core.neighbors import Neighbors
from portolan.core.parallel import thread_count
from portolan.core.pca import principal_points
from portolan.errors import ShapeError
from portolan.types import Points, Progress, Report, Vectors, silent

_BLOCK_ROWS = 256
_N_SAMPLES = 256
_N_NEGATIVES = 20.0
_MOMENTUM = 0.8
_STEP = 0.5
_N_EPOCHS = 400


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
        Steps of the layout; 400 unless told.

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
    start = _start(vectors[rows], random_state)
    placed = _lay_out(graph, start, random_state, n_epochs or _N_EPOCHS, thread_count(threads), report)
    points = np.empty((len(vectors), 2), np.float32)
    points[rows] = placed - placed.mean(axis=0) if len(rows) else placed
    points[~is_placed] = _beside(points[rows], int((~is_placed).sum()))
    return points


def _start(vectors: Vectors, random_state: int) -> Points:
    start = principal_points(vectors, random_state=random_state)
    extent = np.abs(start).max(initial=0)
    noise = np.random.default_rng((random_state, 2)).normal(size=start.shape)
    scale = _start_scale(len(vectors))
    return (start / (extent or 1) * scale + noise * scale * 1e-3).astype(np.float32)


def _start_scale(n_rows: int) -> float:
    """Half the width of the start: wider for more rows, so that no point begins in a crowd it cannot leave."""
    return float(20 * (max(n_rows, 1) / 6000) ** 0.14)


def _lay_out(
    graph: sparse.csr_matrix, start: Points, random_state: int, n_epochs: int, n_threads: int, report: Report
) -> Points:
    n_rows = len(start)
    now, then = start.copy(), np.empty_like(start)
    velocity = np.zeros_like(start)
    degrees = np.asarray(graph.sum(axis=1), np.float32).ravel()
    indptr, indices, weights = graph.indptr.astype(np.int64), graph.indices.astype(np.int32), graph.data
    n_blocks = -(-n_rows // _BLOCK_ROWS)
    # One span of whole blocks a thread: what a block computes does not depend on the span it is in.
    cuts = np.linspace(0, n_blocks, min(n_threads, max(n_blocks, 1)) + 1).astype(int) * _BLOCK_ROWS
    spans = [(int(a), int(min(b, n_rows))) for a, b in zip(cuts[:-1], cuts[1:], strict=True)]
    with ThreadPoolExecutor(len(spans)) as pool:
        for epoch in range(n_epochs):
            step = np.float32(_STEP * (1 - epoch / n_epochs))

            def move(span: tuple[int, int], epoch: int = epoch, step: np.float32 = step) -> None:
                args = (indptr, indices, weights, degrees, now, then, velocity)
                move_points(*args, span[0], span[1], random_state, epoch, step, _N_NEGATIVES, _MOMENTUM)

            list(pool.map(move, spans))
            now, then = then, now
            report(Progress("project", epoch + 1, n_epochs, "epochs"))
    return now


def _beside(points: Points, n_rows: int) -> Points:
    """A disc of `n_rows` points (Vogel's sunflower), below and right of the map, as dense as the map is on average."""
    radius = float(np.abs(points).max(initial=1.0))
    spacing = radius / np.sqrt(max(len(points), 1))
    turns = np.arange(n_rows)
    disc = spacing * np.sqrt(turns)[:, None] * np.stack((np.cos(turns * 2.399963), np.sin(turns * 2.399963)), axis=1)
    if not len(points):
        return disc.astype(np.float32)
    distance = radius + spacing * (np.sqrt(n_rows) + 2)
    return (disc + np.array([distance, -distance]) * np.sqrt(0.5)).astype(np.float32)


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"reassoc", "contract", "arcp", "nsz"})  # type: ignore[misc]  # untyped decorator
def move_points(  # type: ignore[no-untyped-def]  # a numba kernel
    indptr, indices, weights, degrees, now, then, velocity, first, last, seed, epoch, step, n_negatives, momentum
):
    """One epoch for the points `first` .. `last` - 1 (`first` begins a block): reads `now`, writes `then`."""
    n_rows = now.shape[0]
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
        velocity[i, 0] = np.float32(momentum) * velocity[i, 0] + rate * (np.float32(4) * pull_x + scale * push_x)
        velocity[i, 1] = np.float32(momentum) * velocity[i, 1] + rate * (np.float32(4) * pull_y + scale * push_y)
        then[i, 0] = x + velocity[i, 0]
        then[i, 1] = y + velocity[i, 1]


@njit(nogil=True, cache=True)  # type: ignore[misc]  # untyped decorator
def draw(seed, epoch, block, now, sample_x, sample_y):  # type: ignore[no-untyped-def]  # a numba kernel
    """Positions of points drawn at random: a hash of (seed, epoch, block, place), so that no order of work matters."""
    n_rows = np.uint64(now.shape[0])
    state = mix(mix(mix(np.uint64(seed)) ^ np.uint64(epoch)) ^ np.uint64(block))
    for m in range(sample_x.shape[0]):
        row = ((mix(state + np.uint64(m)) >> np.uint64(32)) * n_rows) >> np.uint64(32)
        sample_x[m] = now[row, 0]
        sample_y[m] = now[row, 1]


@njit(nogil=True, cache=True)  # type: ignore[misc]  # untyped decorator
def mix(value):  # type: ignore[no-untyped-def]  # a numba kernel
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014), after its increment."""
    value = value + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
