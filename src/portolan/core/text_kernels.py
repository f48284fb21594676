"""The inner loops of matching texts: which are ASCII, in which a word or phrase stands, which words each holds."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from portolan.types import BoolArray

BLOCK = 32
"""Bytes that are looked at together, for the first two bytes of what is searched."""
GROUP = 64
"""Texts that are looked at together, for a byte that is not ASCII."""
_SEED, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
"""Of the FNV-1a hash of 64 bits (Fowler, Noll and Vo)."""
_SMALL = np.uint8(32)
"""The bit that small letters and figures have and capitals have not."""


@njit(cache=True, nogil=True)
def tell_plain(ends: NDArray[np.int64], data: NDArray[np.uint8], plain: BoolArray) -> None:
    """Fill `plain`: whether the bytes of each text, from one of `ends` to the next, are below 128."""
    for start in range(0, len(plain), GROUP):
        stop = min(start + GROUP, len(plain))
        is_plain = _highest(data[ends[start] : ends[stop]]) < 128
        for row in range(start, stop):
            plain[row] = is_plain or _highest(data[ends[row] : ends[row + 1]]) < 128


@njit(cache=True, nogil=True, inline="always")
def _highest(data: NDArray[np.uint8]) -> np.uint8:
    highest = np.uint8(0)
    for byte in data:
        highest = max(highest, byte)
    return highest


@njit(cache=True, nogil=True, inline="always")
def _has_both(left: NDArray[np.uint8], right: NDArray[np.uint8], first: np.uint8, second: np.uint8) -> np.uint8:
    """Whether `first` stands somewhere in `left` with `second` in its place in `right`; capitals count as small."""
    # Slices, bytes alone and no way out of the loop: so the compiler looks at all of them in a few steps.
    hit = np.uint8(0)
    for at in range(BLOCK):
        hit |= np.uint8((left[at] | _SMALL) == first) & np.uint8((right[at] | _SMALL) == second)
    return hit


@njit(cache=True, nogil=True)
def tell_with(
    ends: NDArray[np.int64],
    data: NDArray[np.uint8],
    longest: int,
    kinds: NDArray[np.uint8],
    tokens: NDArray[np.uint8],
    token_ends: NDArray[np.int64],
    asked: BoolArray,
    found: BoolArray,
) -> None:
    """Tell in `found`, all false before, which texts hold the tokens one after another; only those `asked` for.

    Bytes beyond the first `longest` of a text are not looked at. `kinds` tells what each of the 256 bytes counts as, 0
    where it parts tokens: two tokens of a phrase are parted by one such byte or more, and by nothing else.
    """
    n_rows = len(found)
    first, second = tokens[0], tokens[min(1, token_ends[0] - 1)]
    ahead = np.int64(token_ends[0] > 1)
    last = ends[n_rows] - ahead
    row, at = 0, ends[0]
    while row < n_rows:
        if not asked[row] or at >= min(ends[row + 1], ends[row] + longest):
            row += 1
            at = ends[row]
            continue
        stop = min(at + BLOCK, last)
        is_short = stop < at + BLOCK
        if is_short or _has_both(data[at:stop], data[at + ahead : stop + ahead], first, second):
            place = at
            while place < stop:
                if data[place] | _SMALL != first or data[place + ahead] | _SMALL != second:
                    place += 1
                    continue
                while ends[row + 1] <= place:
                    row += 1
                start, end = ends[row], ends[row + 1]
                if asked[row] and (place == start or kinds[data[place - 1]] == 0):
                    found[row] = _stands(data, place, min(end, start + longest), end, kinds, tokens, token_ends)
                place = end if found[row] else place + 1
        at += BLOCK
        while row < n_rows and (found[row] or ends[row + 1] <= at):
            row += 1
            at = max(at, ends[row])


@njit(cache=True, nogil=True, inline="always")
def _stands(
    data: NDArray[np.uint8],
    at: int,
    stop: int,
    end: int,
    kinds: NDArray[np.uint8],
    tokens: NDArray[np.uint8],
    token_ends: NDArray[np.int64],
) -> bool:
    """Whether the tokens stand one after another from `at` on, before `stop`; the text goes on until `end`."""
    said = 0
    for token_end in token_ends:
        parted = said > 0
        while parted and at < stop and kinds[data[at]] == 0:
            at += 1
        while said < token_end:
            if at >= stop or kinds[data[at]] != tokens[said]:
                return False
            at += 1
            said += 1
        if at < end and kinds[data[at]] != 0:
            return False
    return True


@njit(cache=True, nogil=True)
def tell_words(
    ends: NDArray[np.int64],
    data: NDArray[np.uint8],
    plain: BoolArray,
    kinds: NDArray[np.uint8],
    slots: NDArray[np.int16],
    spelled: NDArray[np.uint8],
    bits: NDArray[np.uint64],
) -> None:
    """Set in `bits`, all 0 before, which words each plain text holds: bit i for the word in line i of `spelled`.

    A word ends at the first 0 of its line, and lies in `slots`, by its hash or in the next that was free.
    """
    for row in range(len(bits)):
        if not plain[row]:
            continue
        seen = np.uint64(0)
        length, hashed = 0, _SEED
        for at in range(ends[row], ends[row + 1] + 1):
            kind = kinds[data[at]] if at < ends[row + 1] else np.uint8(0)
            if kind != 0:
                hashed = (hashed ^ np.uint64(kind)) * _PRIME
                length += 1
                continue
            if 0 < length < spelled.shape[1]:
                slot = hashed % np.uint64(len(slots))
                while slots[slot] >= 0:
                    if _is_spelled(data[at - length : at], kinds, spelled[slots[slot]]):
                        seen |= np.uint64(1) << np.uint64(slots[slot])
                        break
                    slot = (slot + np.uint64(1)) % np.uint64(len(slots))
            length, hashed = 0, _SEED
        bits[row] = seen


@njit(cache=True)
def hash_token(token: NDArray[np.uint8]) -> np.uint64:
    """The hash by which `tell_words` finds a token: FNV-1a, 64 bits."""
    hashed = _SEED
    for byte in token:
        hashed = (hashed ^ np.uint64(byte)) * _PRIME
    return hashed


@njit(cache=True, nogil=True, inline="always")
def _is_spelled(token: NDArray[np.uint8], kinds: NDArray[np.uint8], word: NDArray[np.uint8]) -> bool:
    at = 0
    while at < len(token) and kinds[token[at]] == word[at]:
        at += 1
    return at == len(token) and word[at] == 0
