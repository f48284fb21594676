"""Sums over the words of each text: the kernels under the static embedder and its LSA part."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from portolan.core.scan import Hashes, Ids, Places
from portolan.types import BoolArray

Floats = NDArray[np.float32]

_PAIR_PRIME = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, nogil=True)
def sum_pieces(
    indptr: Places,
    word_ids: Ids,
    piece_indptr: Places,
    pieces: Ids,
    table: NDArray[np.int8],
    scales: Floats,
    trusted: BoolArray,
    out: Floats,
    shares: Floats,
    first: int,
    last: int,
) -> None:
    """out[row] = sum of scales[p] · table[p] over the word pieces p of the row's words, for rows first … last - 1.

    shares[row] becomes the share of the row's pieces that are `trusted`.
    """
    n_dims = table.shape[1]
    for row in range(first, last):
        n_pieces, n_trusted = 0, 0
        for place in range(indptr[row], indptr[row + 1]):
            word = word_ids[place]
            for j in range(piece_indptr[word], piece_indptr[word + 1]):
                piece = pieces[j]
                scale = scales[piece]
                n_pieces += 1
                n_trusted += trusted[piece]
                for dim in range(n_dims):
                    out[row, dim] += scale * table[piece, dim]
        shares[row] = n_trusted / max(n_pieces, 1)


@njit(cache=True, nogil=True)
def _pair_hash(left: Any, right: Any) -> Any:
    """Hash of two neighbouring words."""
    return (left * _PAIR_PRIME) ^ (right + (left >> np.uint64(31)))


@njit(cache=True, nogil=True)
def count_rows(indptr: Places, hashes: Hashes, breaks: BoolArray, keys: Hashes, counts: Ids, last: Ids) -> None:
    """In how many rows each word, and each two neighbouring words, stand: counted in an open-addressing table.

    `keys`, `counts` and `last` have a power of two of slots, at least four for each word; `counts` begins with zeros,
    which mark free slots.
    """
    for row in range(len(indptr) - 1):
        for place in range(indptr[row], indptr[row + 1]):
            _count(hashes[place], row, keys, counts, last)
            if place > indptr[row] and not breaks[place]:
                _count(_pair_hash(hashes[place - 1], hashes[place]), row, keys, counts, last)


@njit(cache=True, nogil=True)
def _count(value: Any, row: int, keys: Hashes, counts: Ids, last: Ids) -> None:
    mask = np.uint64(len(keys) - 1)
    slot = (value ^ (value >> np.uint64(29))) & mask
    while counts[slot] > 0 and keys[slot] != value:
        slot = (slot + np.uint64(1)) & mask
    if counts[slot] == 0 or last[slot] != row:
        keys[slot] = value
        counts[slot] += 1
        last[slot] = row


@njit(cache=True, nogil=True)
def _find(value: Any, keys: Hashes, ids: Ids) -> Any:
    """Id of a hash in an open-addressing table, -1 where it is not there."""
    mask = np.uint64(len(keys) - 1)
    slot = (value ^ (value >> np.uint64(29))) & mask
    while ids[slot] >= 0 and keys[slot] != value:
        slot = (slot + np.uint64(1)) & mask
    return ids[slot]


@njit(cache=True, nogil=True)
def _sort(terms: Ids, begin: int, end: int) -> None:
    """Sort terms[begin:end] in place: Shell's method with the gaps of Ciura 2001.

    numba's own sort takes seconds to compile, and a text has a few hundred terms.
    """
    for gap in (1750, 701, 301, 132, 57, 23, 10, 4, 1):
        for place in range(begin + gap, end):
            term = terms[place]
            hole = place
            while hole >= begin + gap and terms[hole - gap] > term:
                terms[hole] = terms[hole - gap]
                hole -= gap
            terms[hole] = term


@njit(cache=True, nogil=True)
def _weigh(terms: Ids, weights: Floats, idf: Floats, begin: int, n: int) -> int:
    """Merge equal terms[begin:n] into one entry each, weighted, of length 1 together; where they now end comes back."""
    _sort(terms, begin, n)
    end = begin
    total = np.float32(0.0)
    i = begin
    while i < n:
        term = terms[i]
        count = 0
        while i < n and terms[i] == term:
            count += 1
            i += 1
        weight = np.float32((1.0 + np.log(count)) * idf[term])
        terms[end], weights[end] = term, weight
        total += weight * weight
        end += 1
    for j in range(begin, end):
        weights[j] /= np.sqrt(total)
    return end


@njit(cache=True, nogil=True)
def weigh_terms(
    indptr: Places,
    hashes: Hashes,
    breaks: BoolArray,
    keys: Hashes,
    ids: Ids,
    idf: Floats,
    first: int,
    last: int,
    row_indptr: Places,
    terms: Ids,
    weights: Floats,
) -> int:
    """TF-IDF of rows first … last - 1, in compressed rows of length 1; how many entries there are comes back.

    The weight of a term is (1 + ln count) · idf; terms that the table (keys, ids) does not hold count for nothing.
    """
    n = 0
    row_indptr[0] = 0
    for row in range(first, last):
        begin = n
        for place in range(indptr[row], indptr[row + 1]):
            term = _find(hashes[place], keys, ids)
            if term >= 0:
                terms[n] = term
                n += 1
            if place > indptr[row] and not breaks[place]:
                term = _find(_pair_hash(hashes[place - 1], hashes[place]), keys, ids)
                if term >= 0:
                    terms[n] = term
                    n += 1
        n = _weigh(terms, weights, idf, begin, n)
        row_indptr[row - first + 1] = n
    return n


@njit(cache=True, nogil=True)
def sparse_times_dense(
    indptr: Places, indices: Ids, values: Floats, dense: Floats, out: Floats, first: int, last: int
) -> None:
    """out[row] = the compressed row times `dense`, for rows first … last - 1."""
    n_dims = dense.shape[1]
    for row in range(first, last):
        for j in range(indptr[row], indptr[row + 1]):
            value = values[j]
            other = indices[j]
            for dim in range(n_dims):
                out[row, dim] += value * dense[other, dim]
