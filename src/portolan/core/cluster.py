"""Nested clusters of rows: Leiden on the graph of neighbours, then on the graph of clusters, upwards."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from portolan.core.cluster_level import Level
from portolan.core.fuzzy import fuzzy_graph
from portolan.core.leiden import fine_parts, leiden, merge_nodes, same_types, settled
from portolan.core.neighbors import Neighbors
from portolan.types import ClusterIds, Progress, Report, Vectors, silent

_SHRINK = 3.0  # a layer has about this many times fewer clusters than the one below
_MIDDLE = 25  # clusters of the layer that is found first
_BRIDGE = 0.02  # share of a cluster's strength that ties it to the clusters of nearest meaning
_SPARES = (1.0, 1.35, 1.8)  # of the groups wanted: so many are found, and the smallest joined
_LARGEST = 0.25  # share of rows that makes a group too large to be the whole layer's
_SAME = 1e-6  # cosine distance up to which two texts count as the same


def cluster(
    neighbors: Neighbors,
    *,
    vectors: Vectors | None = None,
    random_state: int = 0,
    n_layers: int | None = None,
    report: Report = silent,
) -> list[ClusterIds]:
    """Layers of clusters, strictly nested, the finest first.

    Parameters
    ----------
    neighbors : Neighbors
        Nearest rows of each row; rows with ids -1 throughout have no text.
    vectors : ndarray of float32, shape (n_rows, n_dims), optional
        Unit length. With them, groups of rows that know only each other join the group of nearest meaning.
    n_layers : int, optional
        How many layers to make at most; left out, 1 for a handful of rows and 3 or more from about a thousand.

    Returns
    -------
    list of ndarray of int32, shape (n_rows,)
        In each layer every row with text has one id, 0 .. n_clusters - 1, the largest cluster first; -1 without text.
    """
    has_text = _has_text(neighbors, vectors)
    rows = np.flatnonzero(has_text)
    sizes = layer_sizes(len(rows), n_layers=n_layers)
    if not sizes:
        return [np.full(len(has_text), -1, np.int32)]
    report(Progress("cluster", 0, len(sizes), "layers"))
    graph = fuzzy_graph(neighbors)
    graph = same_types(graph if len(rows) == len(has_text) else graph[rows][:, rows])
    strengths = np.asarray(graph.sum(axis=1), np.float64).ravel()
    level = Level(graph, strengths, np.ones(len(rows), np.int64), lambda: (vectors, rows))
    known = neighbors.distances[rows]
    if bool(np.all(known[np.isfinite(known)] < _SAME)):
        sizes = [1]
    layers: list[ClusterIds] = []
    for groups in _nested(level, sizes, random_state=random_state):
        if layers and groups.max() == layers[-1].max():
            continue  # nothing could be joined any more
        layers.append(_numbered(groups, rows, len(has_text)))
    report(Progress("cluster", len(sizes), len(sizes), "layers"))
    return layers


def _nested(level: Level, sizes: list[int], *, random_state: int) -> list[NDArray[np.int32]]:
    """Groups of rows for each of `sizes`, the finest first.

    A middle layer is found on the rows themselves, where Leiden is at its best. The finest is found on the rows too,
    with the edges between the middle's groups cut; what lies between and above is made by grouping clusters.
    """
    total = float(level.strengths.sum())
    middle = int(np.argmin([abs(np.log(size / _MIDDLE)) for size in sizes]))
    parts = fine_parts(
        level.graph, resolution=_resolution(sizes[0]), node_weights=level.strengths, random_state=random_state
    )
    base = _group_rows(level, sizes[middle], parts=parts, total=total, random_state=random_state)
    finer: list[NDArray[np.int32]] = []
    if middle > 0:
        inside = level.cut(base)
        parts = np.unique(np.stack([parts, base]), axis=1, return_inverse=True)[1].ravel().astype(np.int32)
        finest = _group_rows(inside, sizes[0], parts=parts, total=total, random_state=random_state)
        between = _upwards(inside.merged(finest), sizes[1:middle], total=total, random_state=random_state)
        finer = [finest, *(groups[finest] for groups in between)]
    coarser = _upwards(level.merged(base), sizes[middle + 1 :], total=total, random_state=random_state)
    return [*finer, base, *(groups[base] for groups in coarser)]


def _upwards(level: Level, sizes: list[int], *, total: float, random_state: int) -> list[NDArray[np.int32]]:
    """Groups of the level's nodes for each of `sizes`, each made of the groups before."""
    layers: list[NDArray[np.int32]] = []
    of_node = np.arange(level.n_nodes, dtype=np.int32)
    for n_wanted in sizes:
        groups = _group(level, n_wanted, total=total, random_state=random_state)
        level = level.merged(groups)
        of_node = groups[of_node]
        layers.append(of_node)
    return layers


def layer_sizes(n_rows: int, *, n_layers: int | None = None) -> list[int]:
    """About how many clusters each layer should have, the finest first.

    The finest have some 20 rows where there are a thousand and 250 where there are a million; the coarsest layer is
    what a person takes in at a glance, 6 to 20.
    """
    if n_rows == 0:
        return []
    finest = max(1, round(n_rows**0.65 / 2))
    top = min(finest, max(2, round(1.7 * n_rows**0.175)))
    if n_layers is None:
        n_layers = 1 + round(np.log(finest / top) / np.log(_SHRINK))
        n_layers = max(n_layers, 3) if finest >= 4 * top else n_layers
        n_layers = 1 if finest < 6 else n_layers
    if n_layers == 1:
        return [finest]
    return sorted({round(size) for size in np.geomspace(finest, top, n_layers)}, reverse=True)


def _has_text(neighbors: Neighbors, vectors: Vectors | None) -> NDArray[np.bool_]:
    """True where a row has neighbours; a row alone in its map has none, yet its vector tells."""
    has_text: NDArray[np.bool_] = np.asarray((neighbors.ids >= 0).any(axis=1))
    if has_text.any() or vectors is None:
        return has_text
    return np.asarray((vectors != 0).any(axis=1))


def _group_rows(
    level: Level, n_wanted: int, *, parts: NDArray[np.int32], total: float, random_state: int
) -> NDArray[np.int32]:
    """Groups of rows, about `n_wanted`, none of them dust.

    The resolution is searched for on the graph of `parts`; then each row goes where it gains most.
    """
    if n_wanted <= 1 or level.n_nodes <= 1:
        return np.zeros(level.n_nodes, np.int32)
    coarse = level.merged(parts)
    min_size = _min_size(level, n_wanted)

    def attempt(resolution: float) -> NDArray[np.int32]:
        groups = leiden(
            coarse.graph, resolution=resolution, random_state=random_state, node_weights=coarse.strengths, total=total
        )
        return _without_dust(coarse, groups, min_size)

    found, resolution = _search(attempt, n_wanted, tries=5, tolerance=0.15)
    groups = settled(
        level.graph,
        found[parts],
        resolution=resolution,
        node_weights=level.strengths,
        total=total,
        random_state=random_state,
    )
    return _without_dust(level, groups, min_size)


def _min_size(level: Level, n_wanted: int) -> int:
    """Rows that a group must have."""
    return max(2, int(level.sizes.sum() / n_wanted / 6))


def _group(level: Level, n_wanted: int, *, total: float, random_state: int) -> NDArray[np.int32]:
    """Groups of the level's nodes, which are clusters: about `n_wanted`, none of them dust."""
    if n_wanted <= 1 or level.n_nodes <= 1:
        return np.zeros(level.n_nodes, np.int32)
    graph = _bridged(level)
    min_size = _min_size(level, n_wanted)

    def attempt(resolution: float) -> NDArray[np.int32]:
        groups = leiden(
            graph, resolution=resolution, random_state=random_state, node_weights=level.strengths, total=total
        )
        return _without_dust(level, groups, min_size)

    for spare in _SPARES:
        found, _ = _search(attempt, min(round(spare * n_wanted), level.n_nodes), tries=12, tolerance=0.08)
        groups = _joined(level, graph, found, n_wanted)
        largest = np.bincount(groups, weights=level.sizes).max() / level.sizes.sum()
        if largest <= max(_LARGEST, 2 / n_wanted):
            break
    return groups


def _joined(level: Level, graph: sparse.csr_matrix, groups: NDArray[np.int32], n_wanted: int) -> NDArray[np.int32]:
    """`n_wanted` groups: the smallest joins the one it is tied to most for their sizes, again and again.

    At the resolution that gives a handful of groups, one of them takes in half of the map; joining small ones from a
    finer grouping gives groups of more equal size.
    """
    n_groups = int(groups.max()) + 1
    ties = merge_nodes(graph, groups, n_groups).toarray()
    strengths = np.bincount(groups, weights=level.strengths, minlength=n_groups)
    sizes = np.bincount(groups, weights=level.sizes, minlength=n_groups)
    target = np.arange(n_groups)
    for _ in range(n_groups - n_wanted):
        smallest = int(np.where(sizes > 0, sizes, np.inf).argmin())
        closeness = np.where(sizes > 0, ties[smallest] / np.maximum(strengths, 1e-12), -1.0)
        closeness[smallest] = -1.0
        partner = int(closeness.argmax())
        if closeness[partner] <= 0:
            sizes[smallest] = 0  # tied to nothing: it stays
            continue
        for totals in (strengths, sizes):
            totals[partner] += totals[smallest]
            totals[smallest] = 0
        ties[partner] += ties[smallest]
        ties[:, partner] += ties[:, smallest]
        ties[partner, partner] = 0
        target[target == smallest] = partner
    return np.unique(target[groups], return_inverse=True)[1].astype(np.int32)


def _search(
    attempt: Callable[[float], NDArray[np.int32]], n_wanted: int, *, tries: int, tolerance: float
) -> tuple[NDArray[np.int32], float]:
    """The attempt whose number of groups comes nearest to `n_wanted`, over resolutions, and its resolution."""
    resolution, low, high = _resolution(n_wanted), 0.0, np.inf
    best: tuple[NDArray[np.int32], float] | None = None
    best_error = np.inf
    for _ in range(tries):
        groups = attempt(resolution)
        n_found = int(groups.max()) + 1
        error = abs(np.log(n_found / n_wanted))
        if error < best_error:
            best, best_error = (groups, resolution), error
        if error <= tolerance:
            break
        if n_found < n_wanted:
            low = resolution
        else:
            high = resolution
        guess = resolution * float(np.clip(n_wanted / n_found, 0.1, 10))
        is_inside = low < guess < high
        resolution = guess if is_inside or high == np.inf else (low * high) ** 0.5 if low > 0 else high / 4
    assert best is not None  # tries >= 1
    return best


def _resolution(n_wanted: int) -> float:
    """About the resolution that gives so many groups."""
    return float((n_wanted / 20) ** 1.2)


def _bridged(level: Level) -> sparse.csr_matrix:
    """The level's graph, with light edges to the nodes of nearest meaning: islands can join something."""
    similarities = level.likeness(np.arange(level.n_nodes))
    if similarities is None:
        return level.graph
    n_near = min(3, level.n_nodes - 1)
    near = np.argpartition(-similarities, n_near - 1, axis=1)[:, :n_near]
    sources = np.repeat(np.arange(level.n_nodes), n_near)
    targets = near.ravel()
    is_open = np.isfinite(similarities[sources, targets])
    sources, targets = sources[is_open], targets[is_open]
    weights = _BRIDGE * np.minimum(level.strengths[sources], level.strengths[targets]) / n_near
    bridges = sparse.coo_matrix((weights, (sources, targets)), shape=level.graph.shape).tocsr()
    return level.graph + bridges + bridges.T


def _without_dust(level: Level, groups: NDArray[np.int32], min_size: int) -> NDArray[np.int32]:
    """Groups with fewer than `min_size` rows join the one they have most edges to, or the nearest in meaning."""
    while True:
        sizes = np.bincount(groups, weights=level.sizes)
        small = np.flatnonzero(sizes < min_size)
        if len(small) == 0 or len(sizes) == 1:
            return groups
        merged = level.merged(groups)
        targets = _best_partner(merged, small)
        is_tied = targets >= 0
        if not is_tied.any():
            return groups
        ties = sparse.coo_matrix(
            (np.ones(int(is_tied.sum())), (small[is_tied], targets[is_tied])), shape=(merged.n_nodes, merged.n_nodes)
        )
        groups = connected_components(ties, directed=False)[1].astype(np.int32)[groups]


def _best_partner(level: Level, small: NDArray[np.intp]) -> NDArray[np.intp]:
    """For each node of `small` the node with most edges to it, else the nearest centroid, else -1."""
    rows = level.graph[small]
    strongest = np.asarray(rows.argmax(axis=1)).ravel()
    has_edges = np.diff(rows.indptr) > 0
    partners = np.where(has_edges, strongest, -1)
    if has_edges.all():
        return partners
    similarities = level.likeness(small[~has_edges])
    if similarities is not None:
        partners[~has_edges] = np.where(np.isfinite(similarities.max(axis=1)), similarities.argmax(axis=1), -1)
    return partners


def _numbered(groups: NDArray[np.int32], rows: NDArray[np.intp], n_rows: int) -> ClusterIds:
    """Ids for all rows: the largest group is 0; of equal ones, that with the first row."""
    _, first, inverse, sizes = np.unique(groups, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    ids = np.full(n_rows, -1, np.int32)
    ids[rows] = rank[inverse]
    return ids
