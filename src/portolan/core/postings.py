"""Lists of the rows that hold a token, as bytes: the kernels of the index of words that a published site carries.

A token's list: its rows, ascending, each as the distance from the one before, then for each row one byte that tells how
much the token weighs there. Beside it, for phrases: for each row how often the token stands in it, and its places, each
as the distance from the one before. Distances and counts are varints (LEB128: seven bits a byte, the lowest first).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

K1 = 1.2
B = 0.75
"""Of BM25 (Robertson and Zaragoza, 2009), as Lance's index has them."""
WEIGHTS = 255

Ids = NDArray[np.int32]
Counts = NDArray[np.int64]
Bytes = NDArray[np.uint8]


@njit(cache=True, nogil=True)
def by_token(indptr: Counts, ids: Ids, n_tokens: int, first_row: int) -> tuple[Any, Any, Any]:
    """The tokens of rows, sorted by token: (starts (n_tokens + 1,), rows, places), rows and places ascending.

    Parameters
    ----------
    indptr : ndarray of int64, shape (n_rows + 1,)
    ids : ndarray of int32
        Tokens of row i are ids[indptr[i]:indptr[i + 1]]; negative ones are passed over, but have a place.
    first_row : int
        Row id of the first row.
    """
    starts = np.zeros(n_tokens + 1, np.int64)
    for i in range(len(ids)):
        if ids[i] >= 0:
            starts[ids[i] + 1] += 1
    for token in range(n_tokens):
        starts[token + 1] += starts[token]
    at = starts[:-1].copy()
    rows = np.empty(starts[n_tokens], np.uint32)
    places = np.empty(starts[n_tokens], np.uint32)
    for row in range(len(indptr) - 1):
        for i in range(indptr[row], indptr[row + 1]):
            token = ids[i]
            if token >= 0:
                rows[at[token]] = first_row + row
                places[at[token]] = i - indptr[row]
                at[token] += 1
    return starts, rows, places


@njit(cache=True, nogil=True)
def gather(
    starts: Counts, rows: NDArray[np.uint32], places: NDArray[np.uint32], at: Counts, rows_out: Any, places_out: Any
) -> None:
    """Append each token's part of one run to where its list has come to (`at`, which moves on)."""
    for token in range(len(starts) - 1):
        n = starts[token + 1] - starts[token]
        begin = starts[token] - starts[0]
        rows_out[at[token] : at[token] + n] = rows[begin : begin + n]
        places_out[at[token] : at[token] + n] = places[begin : begin + n]
        at[token] += n


@njit(cache=True, nogil=True)
def _varint(out: Bytes, at: Any, value: Any) -> Any:
    while value >= 128:
        out[at] = (value & 127) | 128
        value >>= 7
        at += 1
    out[at] = value
    return at + 1


@njit(cache=True, nogil=True)
def encode(
    starts: Counts,
    rows: NDArray[np.uint32],
    places: NDArray[np.uint32],
    lengths: NDArray[np.uint32],
    mean_length: float,
) -> tuple[Any, Any, Any, Any, Any]:
    """Lists of tokens as bytes.

    Parameters
    ----------
    starts : ndarray of int64, shape (n_tokens + 1,)
        Occurrences of token t are those from starts[t] to starts[t + 1], by row, then by place.
    lengths : ndarray of uint32
        Tokens of every row of the map.

    Returns
    -------
    n_rows : ndarray of int64, shape (n_tokens,)
        Rows that hold each token.
    lists, list_ends : the lists one after another; where each ends
    spots, spot_ends : the places likewise
    """
    n_tokens = len(starts) - 1
    n_rows = np.zeros(n_tokens, np.int64)
    list_ends, spot_ends = np.zeros(n_tokens, np.int64), np.zeros(n_tokens, np.int64)
    # A varint of 32 bits takes five bytes at most.
    lists = np.empty(len(rows) * 6 + 1, np.uint8)
    spots = np.empty(len(rows) * 10 + 1, np.uint8)
    weights = np.empty(len(rows) + 1, np.uint8)
    at, spot_at = 0, 0
    for token in range(n_tokens):
        before, n, i = np.int64(0), 0, starts[token]
        while i < starts[token + 1]:
            row = np.int64(rows[i])
            end = i
            while end < starts[token + 1] and rows[end] == rows[i]:
                end += 1
            at = _varint(lists, at, row - before)
            before = row
            count = end - i
            spot_at = _varint(spots, spot_at, count)
            place = np.int64(0)
            for j in range(i, end):
                spot_at = _varint(spots, spot_at, np.int64(places[j]) - place)
                place = np.int64(places[j])
            share = count / (count + K1 * (1 - B + B * lengths[row] / mean_length))
            weights[n] = max(1, round(share * WEIGHTS))
            n += 1
            i = end
        lists[at : at + n] = weights[:n]
        at += n
        n_rows[token], list_ends[token], spot_ends[token] = n, at, spot_at
    return n_rows, lists[:at], list_ends, spots[:spot_at], spot_ends
