"""Marks of texts (words and pairs of words) as hashed buckets: the kernels under `core/harm.py`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from portolan.core.scan import Bytes, Hashes, Ids, Places
from portolan.types import BoolArray

Floats = NDArray[np.float32]

_PRIME = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, nogil=True)
def _put(value: Any, bits: int, base: int, stamps: Ids, stamp: int, out: Ids, n: int) -> int:
    """Add the bucket of a hash unless this text has it already; how many buckets there are comes back."""
    bucket = np.int64((value * _PRIME) >> np.uint64(64 - bits)) + base
    if stamps[bucket] != stamp:
        stamps[bucket] = stamp
        out[n] = bucket
        n += 1
    return n


@njit(cache=True, nogil=True)
def word_marks(
    first: int, last: int, hashes: Hashes, breaks: BoolArray, bits: int, base: int, stamps: Ids, stamp: int, out: Ids
) -> int:
    """Buckets of words first … last - 1 and of each two that stand side by side, once each."""
    n = 0
    for place in range(first, last):
        n = _put(hashes[place], bits, base, stamps, stamp, out, n)
        if place > first and not breaks[place]:
            pair = (hashes[place - 1] * _PRIME) ^ (hashes[place] + (hashes[place - 1] >> np.uint64(31)))
            n = _put(pair, bits, base, stamps, stamp, out, n)
    return n


@njit(cache=True, nogil=True)
def surface_marks(first: int, last: int, starts: Places, ends: Places, data: Bytes, out: Floats) -> None:
    """out[0:4] = log of words first … last - 1, share in capitals, marks of exclamation and of question a word."""
    capitals, calls, questions = 0, 0, 0
    for place in range(first, last):
        is_capital = ends[place] - starts[place] > 2
        for i in range(starts[place], ends[place]):
            if not 65 <= data[i] <= 90:
                is_capital = False
        capitals += is_capital
        if place > first:
            for i in range(ends[place - 1], starts[place]):
                calls += data[i] == 33
                questions += data[i] == 63
    n = max(1, last - first)
    out[0] = np.log1p(last - first) / 4
    out[1] = capitals / n
    out[2] = min(np.float32(1), np.float32(4 * calls / n))
    out[3] = min(np.float32(1), np.float32(4 * questions / n))


@njit(cache=True, nogil=True)
def unit_vector(sums: Floats, out: Floats) -> None:
    """Out = `sums` at length 1; zeros stay zeros."""
    squares = np.float32(0)
    for value in sums:
        squares += value * value
    scale = np.float32(1) / max(np.sqrt(squares), np.float32(1e-9))
    for dim in range(len(sums)):
        out[dim] = sums[dim] * scale
