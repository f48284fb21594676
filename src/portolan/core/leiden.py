"""Communities of a weighted graph by the Leiden method, deterministic and without a graph library.

Traag, Waltman and van Eck 2019, "From Louvain to Leiden: guaranteeing well-connected communities". Modularity with a
resolution is maximised: local moves, a refinement that splits what does not hold together, and the same again on the
graph of the refined communities.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import sparse

_N_PASSES = 2
_MAX_PARTS = 20_000
_MAX_MERGES = 30


def leiden(
    graph: sparse.csr_matrix,
    *,
    resolution: float,
    random_state: int = 0,
    node_weights: NDArray[np.float64] | None = None,
    total: float | None = None,
    n_passes: int = _N_PASSES,
) -> NDArray[np.int32]:
    """Community of each node, 0 .. n_communities - 1 in no particular order.

    Parameters
    ----------
    graph : csr_matrix of shape (n_nodes, n_nodes)
        Symmetric, weights above 0. Entries on the diagonal change nothing.
    resolution : float
        Above 0; higher means more and smaller communities.
    random_state : int
        Decides the order in which nodes are visited.
    node_weights : ndarray of float, shape (n_nodes,), optional
        Strength of each node; left out, the sums of its edges. Give it for a graph of communities, whose inner edges
        are not in `graph`.
    total : float, optional
        Sum of the strengths of the whole graph; left out, the sum of `node_weights`.
    """
    if node_weights is None:
        node_weights = np.asarray(graph.sum(axis=1), np.float64).ravel()
    penalty = resolution / max(total or float(node_weights.sum()), 1e-300)
    rng = np.random.default_rng((random_state, graph.shape[0]))
    graph = same_types(graph)
    communities = np.arange(graph.shape[0], dtype=np.int32)
    for _ in range(n_passes):
        communities = _one_pass(graph, node_weights, penalty=penalty, start=communities, rng=rng)
    return communities


def fine_parts(
    graph: sparse.csr_matrix,
    *,
    resolution: float,
    node_weights: NDArray[np.float64],
    random_state: int = 0,
    max_parts: int = _MAX_PARTS,
) -> NDArray[np.int32]:
    """Small parts that hold together: what rounds of moves and refinement make of single nodes.

    One round, and more while there are over `max_parts`. Grouping parts is many times faster than grouping nodes, and
    gives much the same at any lower resolution. The other parameters are those of `leiden`.
    """
    penalty = resolution / max(float(node_weights.sum()), 1e-300)
    part_of_node = np.arange(graph.shape[0], dtype=np.int32)
    while True:
        n_nodes = graph.shape[0]
        graph = same_types(graph)
        order = np.random.default_rng((random_state, n_nodes)).permutation(n_nodes).astype(np.int32)
        communities = np.arange(n_nodes, dtype=np.int32)
        arrays = (graph.indptr, graph.indices, graph.data, node_weights, penalty, order, communities)
        move_nodes(*arrays)
        parts = _dense(refine(*arrays))
        n_parts = int(parts.max(initial=-1)) + 1
        part_of_node = parts[part_of_node]
        if n_parts <= max_parts or n_parts == n_nodes:
            return part_of_node
        graph = merge_nodes(graph, parts, n_parts)
        node_weights = np.bincount(parts, weights=node_weights, minlength=n_parts).astype(np.float64)


def settled(
    graph: sparse.csr_matrix,
    communities: NDArray[np.int32],
    *,
    resolution: float,
    node_weights: NDArray[np.float64],
    total: float,
    random_state: int = 0,
) -> NDArray[np.int32]:
    """`communities` once each node is where it gains most; the other parameters are those of `leiden`."""
    n_nodes = graph.shape[0]
    graph = same_types(graph)
    order = np.random.default_rng((random_state, n_nodes)).permutation(n_nodes).astype(np.int32)
    moved = communities.astype(np.int32)
    move_nodes(graph.indptr, graph.indices, graph.data, node_weights, resolution / max(total, 1e-300), order, moved)
    return _dense(moved)


def _one_pass(
    graph: sparse.csr_matrix,
    strengths: NDArray[np.float64],
    *,
    penalty: float,
    start: NDArray[np.int32],
    rng: np.random.Generator,
) -> NDArray[np.int32]:
    """Better communities than `start`: moves and merges, from single nodes up to where nothing gains."""
    node_of_row = np.arange(graph.shape[0])
    for _ in range(_MAX_MERGES):
        n_nodes = graph.shape[0]
        order = rng.permutation(n_nodes).astype(np.int32)
        communities = start.copy()
        arrays = (graph.indptr, graph.indices, graph.data, strengths, penalty, order, communities)
        move_nodes(*arrays)
        communities = _dense(communities)
        n_communities = int(communities.max(initial=-1)) + 1
        if n_communities == n_nodes:
            break
        parts = _dense(refine(*arrays))
        n_parts = int(parts.max()) + 1
        if n_parts == n_nodes:
            # No part can grow inside its community: the communities themselves are the next nodes.
            parts, n_parts = communities, n_communities
        start = np.zeros(n_parts, np.int32)
        start[parts] = communities
        strengths = np.bincount(parts, weights=strengths, minlength=n_parts).astype(np.float64)
        graph = merge_nodes(graph, parts, n_parts)
        node_of_row = parts[node_of_row]
        communities = start
    return communities[node_of_row]


def merge_nodes(graph: sparse.csr_matrix, groups: NDArray[np.int32], n_groups: int) -> sparse.csr_matrix:
    """Graph of groups of nodes: the sums of the edges between them, inner edges left out, in no order of columns."""
    graph = same_types(graph)
    members, starts = _members(groups, n_groups)
    indptr = np.zeros(n_groups + 1, np.int64)
    indices, weights = np.empty(graph.nnz, np.int32), np.empty(graph.nnz)
    _merge(graph.indptr, graph.indices, graph.data, groups, members, starts, indptr, indices, weights)
    n_edges = int(indptr[-1])
    return _graph(weights[:n_edges].copy(), indices[:n_edges].copy(), indptr)


def same_types(graph: sparse.csr_matrix) -> sparse.csr_matrix:
    """`graph` with one type for all sizes: one compiled kernel serves each level."""
    return _graph(
        graph.data.astype(np.float64, copy=False),
        graph.indices.astype(np.int32, copy=False),
        graph.indptr.astype(np.int64, copy=False),
    )


def _graph(weights: NDArray[np.float64], indices: NDArray[np.int32], indptr: NDArray[np.int64]) -> sparse.csr_matrix:
    # The constructor would choose the types of the indices by itself.
    graph = sparse.csr_matrix((len(indptr) - 1, len(indptr) - 1), dtype=np.float64)
    graph.data, graph.indices, graph.indptr = weights, indices, indptr
    return graph


@njit(nogil=True, cache=True)
def _dense(ids: NDArray[np.int32]) -> NDArray[np.int32]:
    """Ids 0, 1, … in the order in which `ids`, all below len(ids), first appear."""
    known = np.full(len(ids), -1, np.int32)
    result = np.empty(len(ids), np.int32)
    n_known = 0
    for i in range(len(ids)):
        if known[ids[i]] < 0:
            known[ids[i]] = n_known
            n_known += 1
        result[i] = known[ids[i]]
    return result


@njit(nogil=True, cache=True)
def _members(groups: NDArray[np.int32], n_groups: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Nodes in the order of their groups, and where each group starts, (n_groups + 1,)."""
    starts = np.zeros(n_groups + 1, np.int64)
    for g in groups:
        starts[g + 1] += 1
    starts = np.cumsum(starts)
    free = starts.copy()
    members = np.empty(len(groups), np.int32)
    for i in range(len(groups)):
        members[free[groups[i]]] = i
        free[groups[i]] += 1
    return members, starts


@njit(nogil=True, cache=True)
def _merge(indptr, indices, weights, groups, members, starts, to_indptr, to_indices, to_weights):  # type: ignore[no-untyped-def]  # numba kernel
    """Fill the last three with the edges between groups; nodes of group g are members[starts[g]:starts[g + 1]]."""
    n_groups = len(starts) - 1
    links = np.zeros(n_groups)
    seen = np.empty(n_groups, np.int32)
    end = 0
    for g in range(n_groups):
        n_seen = 0
        for m in range(starts[g], starts[g + 1]):
            i = members[m]
            for e in range(indptr[i], indptr[i + 1]):
                h = groups[indices[e]]
                if h != g:
                    if links[h] == 0.0:
                        seen[n_seen] = h
                        n_seen += 1
                    links[h] += weights[e]
        for s in range(n_seen):
            h = seen[s]
            to_indices[end] = h
            to_weights[end] = links[h]
            links[h] = 0.0
            end += 1
        to_indptr[g + 1] = end


@njit(nogil=True, cache=True)
def move_nodes(  # type: ignore[no-untyped-def]  # noqa: C901  # one numba kernel: calls would cost more than they tell
    indptr, indices, weights, strengths, penalty, order, communities
):
    """Move nodes to the neighbouring community with the most gain until none gains; changes `communities`.

    Nodes wait in a ring: first all in `order`, then again those beside a node that moved.
    """
    n_nodes = len(order)
    totals = np.zeros(n_nodes)
    for i in range(n_nodes):
        totals[communities[i]] += strengths[i]
    links = np.zeros(n_nodes)
    seen = np.empty(n_nodes, np.int32)
    ring = order.copy()
    is_waiting = np.ones(n_nodes, np.bool_)
    first, n_waiting = 0, n_nodes
    while n_waiting > 0:
        i = ring[first]
        first = (first + 1) % n_nodes
        n_waiting -= 1
        is_waiting[i] = False
        own = communities[i]
        n_seen = 0
        for e in range(indptr[i], indptr[i + 1]):
            c = communities[indices[e]]
            if indices[e] != i:
                if links[c] == 0.0:
                    seen[n_seen] = c
                    n_seen += 1
                links[c] += weights[e]
        totals[own] -= strengths[i]
        best, best_gain = own, links[own] - penalty * strengths[i] * totals[own]
        for s in range(n_seen):
            c = seen[s]
            gain = links[c] - penalty * strengths[i] * totals[c]
            if gain > best_gain + 1e-12:
                best, best_gain = c, gain
            links[c] = 0.0
        totals[best] += strengths[i]
        if best != own:
            communities[i] = best
            for e in range(indptr[i], indptr[i + 1]):
                j = indices[e]
                if not is_waiting[j] and communities[j] != best:
                    is_waiting[j] = True
                    ring[(first + n_waiting) % n_nodes] = j
                    n_waiting += 1


@njit(nogil=True, cache=True)
def refine(  # type: ignore[no-untyped-def]  # noqa: C901  # one numba kernel, as above
    indptr, indices, weights, strengths, penalty, order, communities
):
    """Well-connected parts of each community: single nodes join a part that gains and that holds to the rest."""
    n_nodes = len(order)
    wholes = np.zeros(n_nodes)
    for i in range(n_nodes):
        wholes[communities[i]] += strengths[i]
    parts = np.arange(n_nodes).astype(np.int32)
    totals = strengths.copy()
    is_single = np.ones(n_nodes, np.bool_)
    outward = np.zeros(n_nodes)  # edges from a part to the rest of its community
    for i in range(n_nodes):
        for e in range(indptr[i], indptr[i + 1]):
            if indices[e] != i and communities[indices[e]] == communities[i]:
                outward[i] += weights[e]
    links = np.zeros(n_nodes)
    seen = np.empty(n_nodes, np.int32)
    for i in order:
        whole = wholes[communities[i]]
        if not is_single[i] or outward[i] < penalty * strengths[i] * (whole - strengths[i]):
            continue
        n_seen = 0
        for e in range(indptr[i], indptr[i + 1]):
            j = indices[e]
            if j != i and communities[j] == communities[i]:
                p = parts[j]
                if links[p] == 0.0:
                    seen[n_seen] = p
                    n_seen += 1
                links[p] += weights[e]
        best, best_gain, best_links = i, 0.0, 0.0
        for s in range(n_seen):
            p = seen[s]
            gain = links[p] - penalty * strengths[i] * totals[p]
            if gain > best_gain and outward[p] >= penalty * totals[p] * (whole - totals[p]):
                best, best_gain, best_links = p, gain, links[p]
            links[p] = 0.0
        if best != i:
            parts[i] = best
            totals[best] += strengths[i]
            totals[i] = 0.0
            outward[best] += outward[i] - 2 * best_links
            is_single[best] = False
            is_single[i] = False
    return parts
