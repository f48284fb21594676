"""Communities of a weighted graph by the Leiden method, deterministic and without a graph library.

Traag, Waltman and van Eck 2019, "From Louvain to Leiden: guaranteeing well-connected communities". Modularity with a
resolution is maximised: local moves, a refinement that splits what does not hold together, and the same again on the
graph of the refined communities.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from portolan.core.leiden_kernels import dense, members_of, merge, move_nodes, refine

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
        parts = dense(refine(*arrays))
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
    return dense(moved)


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
        communities = dense(communities)
        n_communities = int(communities.max(initial=-1)) + 1
        if n_communities == n_nodes:
            break
        parts = dense(refine(*arrays))
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
    members, starts = members_of(groups, n_groups)
    indptr = np.zeros(n_groups + 1, np.int64)
    indices, weights = np.empty(graph.nnz, np.int32), np.empty(graph.nnz)
    merge(graph.indptr, graph.indices, graph.data, groups, members, starts, indptr, indices, weights)
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
