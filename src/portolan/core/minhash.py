"""Pairs of sets that are likely to overlap: minima of hashes, in bands; and how much two sets overlap.

Broder (1997): the minimum of a random hash over a set is the same for two sets with the chance of their Jaccard
coefficient. Indyk and Motwani (1998); Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, section 3.4: sets
that agree in all `N_ROWS` minima of any of `N_BANDS` bands are candidates, a chance of 1 - (1 - j^rows)^bands.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from portolan.core.shingles import MOST_SHINGLES, Hashes, Places

N_BANDS = 32
N_ROWS = 4
"""Minima of a band: sets that share half are found with a chance of 87 %, six tenths 99 %, seven tenths 99.98 %."""
WINDOW = 32
"""In a band each set is compared with so many of those after it that have the same minima: no squares."""
_SEED = 20_261_121


def coefficients() -> NDArray[np.uint32]:
    """Factors (odd) and summands of the hashes: uint32, shape (N_BANDS, N_ROWS, 2)."""
    drawn = np.random.default_rng(_SEED).integers(0, 2**32, (N_BANDS, N_ROWS, 2), dtype=np.uint32)
    drawn[..., 0] |= np.uint32(1)
    return drawn


@njit(cache=True, nogil=True)
def band_keys(
    indptr: Places, hashes: Hashes, band: NDArray[np.uint32], first: int, last: int, out: NDArray[np.uint64]
) -> None:
    """out[i] = the minima of a band over set i as one number, for sets first … last - 1; no set is empty."""
    for i in range(first, last):
        key = np.uint64(0)
        for row in range(band.shape[0]):
            factor, summand = band[row, 0], band[row, 1]
            smallest = np.uint32(0xFFFFFFFF)
            for place in range(indptr[i], indptr[i + 1]):
                smallest = min(smallest, np.uint32(np.uint32(factor * hashes[place]) + summand))
            key = (key ^ np.uint64(smallest)) * np.uint64(0x9E3779B97F4A7C15)
            key ^= key >> np.uint64(29)
        out[i] = key


@njit(cache=True, nogil=True)
def jaccard(indptr: Places, hashes: Hashes, one: int, other: int, least: float) -> float:
    """Shared elements of two different sets over all their elements, in [0, 1]; 0 where it must be below `least`.

    Where a set was cut to its `MOST_SHINGLES` smallest, the same is counted among as many smallest of the union.
    """
    i, end_i = indptr[one], indptr[one + 1]
    j, end_j = indptr[other], indptr[other + 1]
    n_one, n_other = end_i - i, end_j - j
    if min(n_one, n_other) < least * max(n_one, n_other):
        return 0.0
    most = MOST_SHINGLES if max(n_one, n_other) == MOST_SHINGLES else n_one + n_other
    n_shared, n_seen = 0, 0
    while i < end_i and j < end_j and n_seen < most:
        left, right = hashes[i], hashes[j]
        n_shared += left == right
        i += left <= right
        j += right <= left
        n_seen += 1
    if most > MOST_SHINGLES or n_seen < most:
        n_seen = min(most, n_seen + (end_i - i) + (end_j - j))
    if n_shared == n_seen and most != MOST_SHINGLES:
        # Different sets that agree in all their 32 bits: one element at least is not shared.
        return (n_shared - 1) / (n_shared + 1)
    return n_shared / n_seen


@njit(cache=True, nogil=True)
def jaccards(indptr: Places, hashes: Hashes, left: Places, right: Places, out: NDArray[np.float32]) -> None:
    """out[i] = Jaccard coefficient of the sets left[i] and right[i]; 1 for a set and itself."""
    for i in range(len(left)):
        out[i] = 1.0 if left[i] == right[i] else jaccard(indptr, hashes, left[i], right[i], 0.0)


@njit(cache=True, nogil=True)
def close_pairs(
    indptr: Places,
    hashes: Hashes,
    keys: NDArray[np.uint64],
    order: Places,
    colors: Places,
    least: float,
    first: int,
    last: int,
    pairs: Places,
    similarities: NDArray[np.float32],
) -> int:
    """Pairs of sets with equal keys, of two colours, with a coefficient of at least `least`; how many there are.

    Parameters
    ----------
    order : ndarray of int64, shape (n_sets,)
        The sets, those with equal keys side by side.
    colors : ndarray of int64, shape (n_sets,)
        Sets of one colour are not compared.
    first, last : int
        Places in `order` that are compared with those after them.
    pairs, similarities : ndarray, shape (at least (last - first) * WINDOW, 2) and (the same,)
        Filled from the beginning.
    """
    n_found = 0
    for place in range(first, last):
        one = order[place]
        for after in range(place + 1, min(place + 1 + WINDOW, len(order))):
            other = order[after]
            if keys[other] != keys[one]:
                break
            if colors[one] == colors[other]:
                continue
            similarity = jaccard(indptr, hashes, one, other, least)
            if similarity >= least:
                pairs[n_found, 0], pairs[n_found, 1] = one, other
                similarities[n_found] = similarity
                n_found += 1
    return n_found
