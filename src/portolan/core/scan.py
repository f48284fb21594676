"""Words of UTF-8 texts as 64-bit hashes, read straight from Arrow's buffers: the kernels under `core/words.py`.

A word is a run of letters and digits of any script, lower-cased; an apostrophe between letters belongs to it ("don't"), a
final "'s" does not. Scripts written without spaces (Chinese, Japanese, Thai, …) and emoji give one word a character.
"""

from __future__ import annotations

import numba
import numpy as np

WORD, SPACE, BREAK, SINGLE, APOSTROPHE = 0, 1, 2, 3, 4
MAX_WORD_CHARS = 64
"""Only so many characters of a word count: a megabyte without a space is one word, not a megabyte of vocabulary."""

_FNV_START = np.uint64(14695981039346656037)
_FNV_PRIME = np.uint64(1099511628211)


@numba.njit(cache=True, nogil=True)
def _char_at(data, i, stop):  # type: ignore[no-untyped-def]  # numba
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


@numba.njit(cache=True, nogil=True)
def _kind_of_wide(char):  # type: ignore[no-untyped-def]  # numba
    """Kind of a code point above ASCII, by Unicode block."""
    if char < 0xC0:
        return WORD if char in (0xAA, 0xB5, 0xBA) else (SPACE if char in (0xA0, 0xAD) else BREAK)
    if char < 0x2000:
        if char in (0xD7, 0xF7, 0x060C, 0x061B, 0x061F, 0x06D4, 0x05C3, 0x0964, 0x0965):
            return BREAK
        if char == 0x05BE:  # the Hebrew hyphen
            return SPACE
        is_unspaced = 0x0E00 <= char < 0x0F00 or 0x1000 <= char < 0x10A0 or 0x1780 <= char < 0x1800
        return SINGLE if is_unspaced else WORD
    if char < 0x2070:  # general punctuation; spaces, hyphens and joiners break no phrase
        if char == 0x2019:
            return APOSTROPHE
        return SPACE if char <= 0x2012 or 0x2028 <= char <= 0x202F or char >= 0x205F else BREAK
    if char < 0x2C00:
        return SINGLE if 0x2600 <= char < 0x27C0 else (WORD if 0x2070 <= char < 0x20A0 else BREAK)
    if char < 0x3000:
        return SINGLE if char >= 0x2E80 else (BREAK if char >= 0x2E00 else WORD)
    if char < 0x3040:
        return SPACE if char == 0x3000 else BREAK
    if char < 0xA000:
        return SINGLE
    if char < 0xE000:
        return WORD
    if char < 0xFB00:
        return SINGLE
    if char < 0xFF00:
        if 0xFE00 <= char < 0xFE10:  # variation selectors
            return SPACE
        return BREAK if 0xFE10 <= char < 0xFE70 else (SPACE if char == 0xFEFF else WORD)
    if char < 0x10000:
        is_letter = 0xFF10 <= char < 0xFF1A or 0xFF21 <= char < 0xFF3B or 0xFF41 <= char < 0xFF5B
        return WORD if is_letter else (SINGLE if 0xFF66 <= char < 0xFFE0 else BREAK)
    if char < 0x1F000:
        return WORD
    if 0x1F3FB <= char <= 0x1F3FF or char >= 0xE0000:  # skin tones, tags
        return SPACE
    return SINGLE


def _ascii_kinds() -> np.ndarray:
    kinds = np.full(128, BREAK, dtype=np.uint8)
    for code in range(128):
        if chr(code).isalnum():
            kinds[code] = WORD
        elif (code < 33 and code not in (10, 13)) or chr(code) in "-_\x7f":
            kinds[code] = SPACE
    kinds[ord("'")] = APOSTROPHE
    return kinds


_ASCII_KINDS = _ascii_kinds()


@numba.njit(cache=True, nogil=True)
def _fold(char):  # type: ignore[no-untyped-def]  # numba
    """Lower case of a code point: ASCII, Latin, Greek and Cyrillic."""
    if char < 0x80:
        return char + 32 if 65 <= char <= 90 else char
    if 0xC0 <= char <= 0xDE or 0x391 <= char <= 0x3A9 or 0x410 <= char <= 0x42F:
        return char + 32
    if 0x400 <= char <= 0x40F:
        return char + 80
    if 0x100 <= char <= 0x137 or 0x14A <= char <= 0x177 or 0x1E00 <= char <= 0x1EFE:
        return char | 1
    return char


@numba.njit(cache=True, nogil=True)
def _kind(data, i, stop, ascii_kinds):  # type: ignore[no-untyped-def]  # numba
    if data[i] < 128:
        return np.int64(data[i]), 1, np.int64(ascii_kinds[data[i]])
    char, n = _char_at(data, i, stop)
    return char, n, np.int64(_kind_of_wide(char))


@numba.njit(cache=True, nogil=True)
def scan_text(data, start, stop, max_words, ascii_kinds, hashes, starts, ends, breaks, n):  # type: ignore[no-untyped-def]  # numba
    """Write the words of data[start:stop] behind place n of the four arrays; the new n comes back."""
    limit = n + max_words
    i = start
    is_after_break = True
    while i < stop and n < limit:
        char, width, kind = _kind(data, i, stop, ascii_kinds)
        if kind == SPACE:
            i += width
            continue
        if kind == BREAK or kind == APOSTROPHE:
            is_after_break = True
            i += width
            continue
        begin = i
        value = (_FNV_START ^ np.uint64(_fold(char))) * _FNV_PRIME
        i += width
        end = i
        if kind == WORD:
            chars = 1
            # The word as it was before an apostrophe, should only an "s" follow.
            short_value, short_end, chars_since = value, end, -1
            last_since = np.int64(0)
            while i < stop:
                char, width, kind = _kind(data, i, stop, ascii_kinds)
                if kind == APOSTROPHE:
                    if i + width >= stop or chars_since == 0:
                        break
                    _, _, following = _kind(data, i + width, stop, ascii_kinds)
                    if following != WORD:
                        break
                    short_value, short_end, chars_since = value, i, 0
                    char = np.int64(39)
                elif kind != WORD:
                    break
                else:
                    last_since = _fold(char)
                    if chars_since >= 0:
                        chars_since += 1
                i += width
                chars += 1
                if chars <= MAX_WORD_CHARS:
                    value = (value ^ np.uint64(_fold(char))) * _FNV_PRIME
                    end = i
            if chars_since == 1 and last_since == 115:
                value, end = short_value, short_end
        hashes[n] = value
        starts[n] = begin
        ends[n] = end
        breaks[n] = is_after_break
        is_after_break = False
        n += 1
    return n


@numba.njit(cache=True, nogil=True)
def scan_block(data, offsets, first, last, max_words, ascii_kinds, indptr, hashes, starts, ends, breaks):  # type: ignore[no-untyped-def]  # numba
    """Words of texts first … last - 1; `indptr` (last - first + 1,) receives where each text's words begin."""
    n = 0
    indptr[0] = 0
    for row in range(first, last):
        n = scan_text(data, offsets[row], offsets[row + 1], max_words, ascii_kinds, hashes, starts, ends, breaks, n)
        indptr[row - first + 1] = n
    return n


@numba.njit(cache=True, nogil=True)
def find_or_add(hashes, keys, ids, n_words, ids_out, new_places):  # type: ignore[no-untyped-def]  # numba
    """Id of each hash in the open-addressing table (keys, ids); unknown ones are added, their places noted.

    The table's length is a power of two; id -1 marks a free slot. Stops early, giving back how many hashes were done,
    when the table is half full.
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


@numba.njit(cache=True, nogil=True)
def find(hashes, keys, ids, ids_out):  # type: ignore[no-untyped-def]  # numba
    """Id of each hash in the table, -1 where it is not there."""
    mask = np.uint64(len(keys) - 1)
    for i in range(len(hashes)):
        value = hashes[i]
        slot = (value ^ (value >> np.uint64(29))) & mask
        while ids[slot] >= 0 and keys[slot] != value:
            slot = (slot + np.uint64(1)) & mask
        ids_out[i] = ids[slot]


@numba.njit(cache=True, nogil=True)
def insert(hashes, keys, ids, first_id):  # type: ignore[no-untyped-def]  # numba
    """Put distinct hashes into a table with room for them, with ids from `first_id` on."""
    mask = np.uint64(len(keys) - 1)
    for i in range(len(hashes)):
        value = hashes[i]
        slot = (value ^ (value >> np.uint64(29))) & mask
        while ids[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        keys[slot] = value
        ids[slot] = first_id + i
