"""The loops of the Leiden method, compiled: moving nodes, refining communities, merging a graph."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(nogil=True, cache=True)
def dense(ids: NDArray[np.int32]) -> NDArray[np.int32]:
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
def members_of(groups: NDArray[np.int32], n_groups: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
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
def merge(indptr, indices, weights, groups, members, starts, to_indptr, to_indices, to_weights):  # type: ignore[no-untyped-def]  # numba kernel
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
