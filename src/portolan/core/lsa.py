"""Latent semantic analysis: what a corpus' own words say, beside what a model of the language says.

TF-IDF over words and pairs of neighbouring words, and its leading singular vectors. After Deerwester et al. 1990,
"Indexing by latent semantic analysis"; the randomised method is Halko, Martinsson and Tropp 2011, algorithm 4.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from portolan.core.parallel import map_blocks, one_blas_thread
from portolan.core.words import Scan
from portolan.types import Vectors

_BLOCK_ROWS = 2048
_N_ITERATIONS = 3
_OVERSAMPLING = 12


@dataclass(frozen=True)
class Lsa:
    """A fitted model.

    Attributes
    ----------
    hashes : ndarray of uint64, shape (n_terms,)
        The words and pairs of words it knows.
    idf : ndarray of float32, shape (n_terms,)
        ln((1 + n_rows) / (1 + rows with the term)) + 1.
    components : ndarray of float32, shape (n_terms, n_dims)
        Singular vectors; n_dims is 0 for a corpus too small to have any.
    """

    hashes: NDArray[np.uint64]
    idf: NDArray[np.float32]
    components: Vectors

    @property
    def n_dims(self) -> int:
        """Length of a vector."""
        return int(self.components.shape[1])

    def table(self) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
        """Open-addressing table (keys, ids) of `hashes`."""
        from portolan.core.scan import insert

        size = 1 << max(4, int(np.ceil(np.log2(max(1, 4 * len(self.hashes))))))
        keys, ids = np.zeros(size, np.uint64), np.full(size, -1, np.int32)
        insert(self.hashes, keys, ids)
        return keys, ids


def fit_lsa(
    scan: Scan, *, n_dims: int = 128, max_terms: int = 50_000, random_state: int = 0, threads: int | None = None
) -> Lsa:
    """The model of a sample of texts.

    Terms in fewer than two texts say nothing about others and are left out; of the rest, the `max_terms` that stand in
    most texts are kept.
    """
    hashes, n_with = _document_frequency(scan)
    is_kept = n_with >= 2
    hashes, n_with = hashes[is_kept], n_with[is_kept]
    order = np.lexsort((hashes, -n_with))[:max_terms]
    hashes, n_with = hashes[order], n_with[order]
    n_rows = len(scan.indptr) - 1
    idf = (np.log((1 + n_rows) / (1 + n_with)) + 1).astype(np.float32)
    model = Lsa(hashes, idf, np.zeros((len(hashes), 0), np.float32))
    rows = weigh(scan, model, threads=threads)
    components = _singular_vectors(rows, n_dims=n_dims, random_state=random_state, threads=threads)
    return Lsa(hashes, idf, components)


def embed_lsa(scan: Scan, model: Lsa, *, threads: int | None = None, table: Any = None) -> Vectors:
    """Vectors of texts, shape (n_rows, model.n_dims), unit length; zeros where no term is known."""
    from portolan.core.bags import sparse_times_dense

    n_rows = len(scan.indptr) - 1
    vectors = np.zeros((n_rows, model.n_dims), np.float32)
    if not model.n_dims:
        return vectors
    keys, ids = table if table is not None else model.table()

    def embed(first: int, last: int) -> None:
        indptr, terms, weights = _weigh_block(scan, keys, ids, model.idf, first, last)
        sparse_times_dense(indptr, terms, weights, model.components, vectors[first:last], 0, last - first)

    for _ in map_blocks(embed, n_rows, block_rows=_BLOCK_ROWS, threads=threads):
        pass
    return unit_rows(vectors)


def weigh(scan: Scan, model: Lsa, *, threads: int | None = None) -> csr_array:
    """TF-IDF of texts, shape (n_rows, n_terms), float32, each row of unit length."""
    keys, ids = model.table()
    n_rows = len(scan.indptr) - 1
    blocks = list(
        map_blocks(
            lambda first, last: _weigh_block(scan, keys, ids, model.idf, first, last),
            n_rows,
            block_rows=_BLOCK_ROWS,
            threads=threads,
        )
    )
    sizes = [np.diff(block[0]) for block in blocks]
    indptr = np.concatenate([np.zeros(1, np.int64), *sizes]).cumsum()
    terms = np.concatenate([np.zeros(0, np.int32), *(block[1] for block in blocks)])
    weights = np.concatenate([np.zeros(0, np.float32), *(block[2] for block in blocks)])
    return csr_array((weights, terms, indptr), shape=(n_rows, len(model.hashes)))


def unit_rows(vectors: Vectors) -> Vectors:
    """`vectors` with rows of length 1; a zero row stays zero."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
    unit: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 1e-12)
    return unit


def _weigh_block(
    scan: Scan, keys: NDArray[np.uint64], ids: NDArray[np.int32], idf: NDArray[np.float32], first: int, last: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    from portolan.core.bags import weigh_terms

    size = 2 * int(scan.indptr[last] - scan.indptr[first])
    indptr, terms, weights = np.empty(last - first + 1, np.int64), np.empty(size, np.int32), np.empty(size, np.float32)
    n = weigh_terms(scan.indptr, scan.hashes, scan.is_after_break, keys, ids, idf, first, last, indptr, terms, weights)
    return indptr, terms[:n], weights[:n]


def _document_frequency(scan: Scan) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Each term's hash, ascending, and in how many texts it stands."""
    from portolan.core.bags import count_rows

    # Words and pairs are at most twice the words, and the table stays half empty.
    size = 1 << max(4, int(4 * len(scan.hashes)).bit_length())
    keys, counts, last = np.empty(size, np.uint64), np.zeros(size, np.int32), np.empty(size, np.int32)
    count_rows(scan.indptr, scan.hashes, scan.is_after_break, keys, counts, last)
    is_taken = counts > 0
    terms, frequencies = keys[is_taken], counts[is_taken].astype(np.int64)
    order = np.argsort(terms)
    return terms[order], frequencies[order]


def _singular_vectors(rows: csr_array, *, n_dims: int, random_state: int, threads: int | None) -> Vectors:
    """Leading right singular vectors of `rows`, shape (n_terms, at most n_dims), float32."""
    n_rows, n_terms = rows.shape
    # The last singular vectors of a tiny corpus are one row each: they would tell rows apart, not what they share.
    n_dims = min(n_dims, (min(n_rows, n_terms) - 1) // 2)
    if n_dims < 1:
        return np.zeros((n_terms, 0), np.float32)
    columns = rows.T.tocsr()
    size = min(n_dims + _OVERSAMPLING, n_rows, n_terms)
    rng = np.random.default_rng((random_state, 1))
    start = rng.standard_normal((n_terms, size), np.float32)
    with one_blas_thread():
        for _ in range(_N_ITERATIONS):
            start = _orthonormal(_product(columns, _product(rows, start, threads), threads))
        # Rayleigh-Ritz: the singular vectors within what `start` spans.
        image = _product(rows, start, threads)
        squares, rotation = np.linalg.eigh(image.T @ image)
        order = np.argsort(-squares)
        values = np.sqrt(np.maximum(squares[order], 0))
        left = start @ rotation[:, order]
    n_dims = int(np.sum(values[:n_dims] > 1e-4 * values[0])) if values[0] > 0 else 0
    return np.ascontiguousarray(left[:, :n_dims])


def _orthonormal(columns: NDArray[np.float32]) -> NDArray[np.float32]:
    """Orthonormal basis of what tall `columns` span, by their Gram matrix: several times faster than QR."""
    squares, rotation = np.linalg.eigh(columns.T @ columns)
    is_kept = squares > 1e-6 * squares[-1]
    basis: NDArray[np.float32] = columns @ (rotation[:, is_kept] / np.sqrt(squares[is_kept]))
    return basis


def _product(rows: csr_array, dense: NDArray[np.float32], threads: int | None) -> NDArray[np.float32]:
    from portolan.core.bags import sparse_times_dense

    out = np.zeros((rows.shape[0], dense.shape[1]), np.float32)
    dense = np.ascontiguousarray(dense)
    for _ in map_blocks(
        lambda first, last: sparse_times_dense(rows.indptr, rows.indices, rows.data, dense, out, first, last),
        rows.shape[0],
        block_rows=_BLOCK_ROWS,
        threads=threads,
    ):
        pass
    return out
