"""Sums over the words of each text: the kernels under the static embedder and its LSA part."""

from __future__ import annotations

import numba
import numpy as np

_PAIR_PRIME = np.uint64(0x9E3779B97F4A7C15)


@numba.njit(cache=True, nogil=True)
def sum_pieces(indptr, word_ids, piece_indptr, pieces, table, scales, out, first, last):  # type: ignore[no-untyped-def]  # numba
    """out[row] = sum of scales[p] · table[p] over the word pieces p of the row's words, for rows first … last - 1."""
    n_dims = table.shape[1]
    for row in range(first, last):
        for place in range(indptr[row], indptr[row + 1]):
            word = word_ids[place]
            for j in range(piece_indptr[word], piece_indptr[word + 1]):
                piece = pieces[j]
                scale = scales[piece]
                for dim in range(n_dims):
                    out[row, dim] += scale * table[piece, dim]


@numba.njit(cache=True, nogil=True)
def term_hashes(indptr, hashes, breaks, first, last, rows_out, terms_out):  # type: ignore[no-untyped-def]  # numba
    """Hash of each word and of each two neighbouring words, with the row it stands in; how many there are comes back."""
    n = 0
    for row in range(first, last):
        for place in range(indptr[row], indptr[row + 1]):
            rows_out[n], terms_out[n] = row, hashes[place]
            n += 1
            if place > indptr[row] and not breaks[place]:
                rows_out[n] = row
                terms_out[n] = pair_hash(hashes[place - 1], hashes[place])
                n += 1
    return n


@numba.njit(cache=True, nogil=True, inline="always")
def pair_hash(left, right):  # type: ignore[no-untyped-def]  # numba
    """Hash of two neighbouring words."""
    return (left * _PAIR_PRIME) ^ (right + (left >> np.uint64(31)))


@numba.njit(cache=True, nogil=True)
def weigh_terms(indptr, hashes, breaks, keys, ids, idf, first, last, row_indptr, terms, weights):  # type: ignore[no-untyped-def]  # numba
    """TF-IDF of rows first … last - 1, in compressed rows; each row has length 1. How many entries there are comes back.

    The weight of a term is (1 + ln count) · idf; terms that the table (keys, ids) does not hold count for nothing.
    """
    mask = np.uint64(len(keys) - 1)
    n = 0
    row_indptr[0] = 0
    for row in range(first, last):
        begin = n
        for place in range(indptr[row], indptr[row + 1]):
            for is_pair in range(2):
                value = hashes[place]
                if is_pair:
                    if place == indptr[row] or breaks[place]:
                        continue
                    value = pair_hash(hashes[place - 1], hashes[place])
                slot = (value ^ (value >> np.uint64(29))) & mask
                while ids[slot] >= 0 and keys[slot] != value:
                    slot = (slot + np.uint64(1)) & mask
                if ids[slot] >= 0:
                    terms[n] = ids[slot]
                    n += 1
        terms[begin:n].sort()
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
        n = end
        row_indptr[row - first + 1] = n
    return n


@numba.njit(cache=True, nogil=True)
def sparse_times_dense(indptr, indices, values, dense, out, first, last):  # type: ignore[no-untyped-def]  # numba
    """out[row] = the compressed row times `dense`, for rows first … last - 1."""
    n_dims = dense.shape[1]
    for row in range(first, last):
        for j in range(indptr[row], indptr[row + 1]):
            value = values[j]
            other = indices[j]
            for dim in range(n_dims):
                out[row, dim] += value * dense[other, dim]
