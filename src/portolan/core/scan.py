"""Words of UTF-8 texts as 64-bit hashes, read straight from Arrow's buffers: the kernels under `core/words.py`.

A word is a run of letters and digits of any script, lower-cased; an apostrophe between letters belongs to it ("don't"),
a final "'s" does not. Scripts written without spaces (Chinese, Japanese, Thai, …) and emoji give one word a character.
"""

from __future__ import annotations

import functools
import unicodedata
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from portolan.types import BoolArray

Bytes = NDArray[np.uint8]
Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]
Ids = NDArray[np.int32]

WORD, SPACE, BREAK, SINGLE, APOSTROPHE = 0, 1, 2, 3, 4
MAX_WORD_CHARS = 64
"""Only so many characters of a word count: a megabyte without a space is one word, not a megabyte of vocabulary."""

_UNSPACED = (
    (0x0E00, 0x0F00),  # Thai, Lao
    (0x1000, 0x10A0),  # Myanmar
    (0x1780, 0x1800),  # Khmer
    (0x2E80, 0x2FE0),  # radicals
    (0x3005, 0x3008),
    (0x3040, 0xA000),  # kana, ideographs
    (0xF900, 0xFB00),
    (0xFF66, 0xFFA0),  # narrow kana
)
_FNV_START = np.uint64(14695981039346656037)
_FNV_PRIME = np.uint64(1099511628211)
_FIRST_PLANE = 0x10000
_S = 115


@functools.cache
def character_table() -> tuple[Bytes, NDArray[np.int32]]:
    """Kind and lower case of each code point of the first plane, both of shape (65536,)."""
    kinds = np.array([_kind_of(chr(code)) for code in range(_FIRST_PLANE)], np.uint8)
    for start, stop in _UNSPACED:
        block = kinds[start:stop]
        block[block == WORD] = SINGLE
    kinds[[0x27, 0x2019]] = APOSTROPHE
    lower = np.arange(_FIRST_PLANE, dtype=np.int32)
    for code in range(0x3000):
        folded = chr(code).lower()
        lower[code] = ord(folded) if len(folded) == 1 else code
    lower[0x2019] = 0x27
    return kinds, lower


def _kind_of(char: str) -> int:
    category = unicodedata.category(char)
    if category[0] in "LNM":
        # Variation selectors: the emoji before them is the word.
        return SPACE if "\ufe00" <= char <= "\ufe0f" else WORD
    if category == "So" and char >= "\u2600":
        return SINGLE
    if char in "\n\r" or category in ("Zl", "Zp") or (category[0] in "PS" and category not in ("Pd", "Pc")):
        return BREAK
    return SPACE


@njit(cache=True, nogil=True)
def _char_at(data: Bytes, i: int, stop: int) -> tuple[Any, Any]:
    """Code point at byte i, and its length in bytes; a broken sequence counts as one byte."""
    lead = np.int64(data[i])
    if lead < 0xC0:
        return lead, 1
    n = 2 if lead < 0xE0 else (3 if lead < 0xF0 else 4)
    if i + n > stop:
        return np.int64(0xFFFD), 1
    char = lead & (0xFF >> (n + 1))
    for j in range(1, n):
        char = (char << 6) | (np.int64(data[i + j]) & 0x3F)
    return char, n


@njit(cache=True, nogil=True)
def _read(data: Bytes, i: int, stop: int, kinds: Bytes, lower: Ids) -> tuple[Any, Any, Any]:
    """Lower-cased code point at byte i, its length in bytes, and its kind."""
    char, n = _char_at(data, i, stop)
    if char < _FIRST_PLANE:
        return np.int64(lower[char]), n, np.int64(kinds[char])
    is_modifier = 0x1F3FB <= char <= 0x1F3FF or char >= 0xE0000  # skin tones, tags
    kind = SPACE if is_modifier else (SINGLE if char >= 0x1F000 else WORD)
    return char, n, np.int64(kind)


@njit(cache=True, nogil=True)
def _rest_of_word(data: Bytes, i: int, stop: int, value: Any, kinds: Bytes, lower: Ids) -> tuple[Any, Any, Any]:
    """A word whose first character, hashed to `value`, ends at byte i: its hash, its end, where to go on."""
    end = i
    chars = 1
    # The word as it was before its last apostrophe, should no more than an "s" follow.
    short_value, short_end = value, end
    last, n_since = 0, -1
    while i < stop:
        char, width, kind = _read(data, i, stop, kinds, lower)
        if kind == APOSTROPHE:
            if n_since == 0 or i + width >= stop or _read(data, i + width, stop, kinds, lower)[2] != WORD:
                break
            short_value, short_end, n_since = value, end, 0
        elif kind == WORD:
            last = char
            n_since += n_since >= 0
        else:
            break
        i += width
        chars += 1
        if chars <= MAX_WORD_CHARS:
            value = (value ^ np.uint64(char)) * _FNV_PRIME
            end = i
    if n_since == 1 and last == _S:
        return short_value, short_end, i
    return value, end, i


@njit(cache=True, nogil=True)
def scan_block(
    data: Bytes,
    offsets: Places,
    first: int,
    last: int,
    max_words: int,
    kinds: Bytes,
    lower: Ids,
    indptr: Places,
    hashes: Hashes,
    starts: Places,
    ends: Places,
    breaks: BoolArray,
) -> int:
    """Words of texts first … last - 1; `indptr` (last - first + 1,) receives where each text's words begin."""
    n = 0
    indptr[0] = 0
    for row in range(first, last):
        i, stop = offsets[row], offsets[row + 1]
        limit = n + max_words
        is_after_break = True
        while i < stop and n < limit:
            char, width, kind = _read(data, i, stop, kinds, lower)
            begin = i
            i += width
            if kind == SPACE:
                continue
            if kind in (BREAK, APOSTROPHE):
                is_after_break = True
                continue
            value: Any = (_FNV_START ^ np.uint64(char)) * _FNV_PRIME
            end = i
            if kind == WORD:
                value, end, i = _rest_of_word(data, i, stop, value, kinds, lower)
            hashes[n], starts[n], ends[n], breaks[n] = value, begin, end, is_after_break
            is_after_break = False
            n += 1
        indptr[row - first + 1] = n
    return n


@njit(cache=True, nogil=True)
def find_or_add(
    hashes: Hashes, keys: Hashes, ids: Ids, n_words: int, ids_out: Ids, new_places: Places
) -> tuple[int, int]:
    """Id of each hash in the open-addressing table (keys, ids); unknown ones are added, their places noted.

    The table's length is a power of two; id -1 marks a free slot. How many hashes were done comes back, fewer than all
    when the table is half full, and how many of them were new.
    """
    mask = np.uint64(len(keys) - 1)
    n_new = 0
    for i in range(len(hashes)):
        value = hashes[i]
        slot = (value ^ (value >> np.uint64(29))) & mask
        while ids[slot] >= 0 and keys[slot] != value:
            slot = (slot + np.uint64(1)) & mask
        if ids[slot] < 0:
            if 2 * (n_words + n_new) >= len(keys):
                return i, n_new
            keys[slot] = value
            ids[slot] = n_words + n_new
            new_places[n_new] = i
            n_new += 1
        ids_out[i] = ids[slot]
    return len(hashes), n_new


@njit(cache=True, nogil=True)
def insert(hashes: Hashes, keys: Hashes, ids: Ids) -> None:
    """Put distinct hashes into an empty table with room for them; the ids are their places."""
    mask = np.uint64(len(keys) - 1)
    for i in range(len(hashes)):
        value = hashes[i]
        slot = (value ^ (value >> np.uint64(29))) & mask
        while ids[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        keys[slot] = value
        ids[slot] = i
