"""A graph of rows, or of clusters of rows: what clustering works on, from the rows up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from portolan.core.leiden import merge_nodes
from portolan.types import Vectors


@dataclass(frozen=True)
class Level:
    """A graph whose nodes are rows, or clusters of rows.

    `graph`: edges between nodes. `strengths`, `sizes`: (n_nodes,) sums over a node's rows of their edges, and how many
    rows it has. `read` gives vectors, sums over a node's rows, and which line of them is each node's. `fences`:
    (n_nodes,) nodes of different value are never joined, or None.
    """

    graph: sparse.csr_matrix
    strengths: NDArray[np.float64]
    sizes: NDArray[np.int64]
    read: Callable[[], tuple[Vectors | None, NDArray[np.intp]]]
    fences: NDArray[np.int32] | None = None

    @cached_property
    def sums(self) -> tuple[Vectors | None, NDArray[np.intp]]:
        """What `read` gives, made when first asked for: few levels are."""
        return self.read()

    def cut(self, fences: NDArray[np.int32]) -> Level:
        """The level without the edges between nodes of different `fences`."""
        graph = self.graph
        sources = np.repeat(np.arange(self.n_nodes), np.diff(graph.indptr))
        is_inside = fences[sources] == fences[graph.indices]
        ends = np.concatenate(([0], np.cumsum(np.bincount(sources[is_inside], minlength=self.n_nodes))))
        kept = sparse.csr_matrix((graph.data[is_inside], graph.indices[is_inside], ends), shape=graph.shape)
        return Level(kept, self.strengths, self.sizes, lambda: self.sums, fences)

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.sizes)

    def merged(self, groups: NDArray[np.int32]) -> Level:
        """The level whose nodes are `groups` of this one's."""
        n_groups = int(groups.max()) + 1

        def read() -> tuple[Vectors | None, NDArray[np.intp]]:
            vectors, lines = self.sums
            if vectors is None:
                return None, lines
            entries = (np.ones(len(groups), np.float32), (groups, lines))
            picks = sparse.csr_matrix(entries, shape=(n_groups, len(vectors)))
            return np.asarray(picks @ vectors, np.float32), np.arange(n_groups)

        fences = None
        if self.fences is not None:
            fences = np.zeros(n_groups, np.int32)
            fences[groups] = self.fences
        return Level(
            merge_nodes(self.graph, groups, n_groups),
            np.bincount(groups, weights=self.strengths, minlength=n_groups).astype(np.float64),
            np.bincount(groups, weights=self.sizes, minlength=n_groups).astype(np.int64),
            read,
            fences,
        )

    def likeness(self, nodes: NDArray[np.intp]) -> NDArray[np.float32] | None:
        """Cosine similarity of `nodes` to each node's mean, (n, n_nodes); -inf to itself and beyond a fence."""
        centroids = self._centroids()
        if centroids is None:
            return None
        similarities = np.asarray(centroids[nodes] @ centroids.T, np.float32)
        similarities[np.arange(len(nodes)), nodes] = -np.inf
        if self.fences is not None:
            similarities[self.fences[nodes][:, None] != self.fences[None, :]] = -np.inf
        return similarities

    def _centroids(self) -> Vectors | None:
        """Unit vectors of the nodes' means."""
        vectors, lines = self.sums
        if vectors is None:
            return None
        sums = vectors[lines]
        return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12), np.float32)
