"""What a reply looks like, whatever it says: length, shape, punctuation, kinds of words; in one pass over it.

These are the traits by which people and models prefer replies for their form (Singhal et al. 2023, "A long way to go";
Dubois et al. 2024, "Length-controlled AlpacaEval").
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from portolan.core.mark_kernels import Floats
from portolan.core.scan import Bytes, Hashes

WORD_GROUPS = {
    "first person": "i me my mine myself i'm i've i'd i'll",
    "second person": "you your yours yourself you're you've you'd you'll",
    "refusal": "sorry cannot can't unable won't apologize apologise decline refuse inappropriate illegal unethical",
    "hedges": "maybe perhaps might could may seems probably possibly likely think guess "
    "believe generally usually sometimes",
    "courtesy": "please thanks thank welcome glad happy hope hello hi sure great",
    "negation": "not no never don't doesn't didn't isn't aren't wasn't nothing none nor",
    "connectives": "because therefore however although since so thus for example instance first second "
    "finally also then",
    "asking": "what which who how why where when",
}  # fmt: skip
SURFACE = (
    "words", "characters", "characters a word", "words a sentence", "lines", "list items", "commas", "stops",
    "exclamations", "questions", "ends with a question", "ends unfinished", "quotes", "brackets", "colons", "digits",
    "capitals", "code marks", "other scripts", "distinct words", "words of the prompt", "prompt's words taken up",
    "blank lines", "begins like the prompt", *WORD_GROUPS,
)  # fmt: skip
"""Names of the numbers, in order. Counts are logarithms of one more; "distinct words", "words of the prompt",
"capitals" and "other scripts" are shares of the reply, "prompt's words taken up" of the prompt."""
N_SURFACE = len(SURFACE)
_N_COUNTED = N_SURFACE - len(WORD_GROUPS)
_SEEN_BITS = 13


@cache
def word_groups() -> tuple[Hashes, NDArray[np.int64]]:
    """Hashes of the words in `WORD_GROUPS`, ascending, and the number of the group of each; both (n_words,)."""
    from portolan.core.words import scan_words

    scans = [scan_words(pa.array([words], pa.large_string())).hashes for words in WORD_GROUPS.values()]
    hashes = np.concatenate(scans)
    groups = np.repeat(np.arange(len(scans)), [len(scan) for scan in scans])
    kept = np.unique(hashes, return_index=True)[1]
    return hashes[kept], groups[kept]


@njit(cache=True, nogil=True)
def mark_prompt(first: int, last: int, hashes: Hashes, seen: NDArray[np.int32], stamp: int) -> int:
    """Stamp the slots of a prompt's words; how many different slots there are comes back."""
    n = 0
    for place in range(first, last):
        slot = np.int64((hashes[place] * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - _SEEN_BITS))
        n += seen[slot] != stamp
        seen[slot] = stamp
    return n


@njit(cache=True, nogil=True)
def _count_bytes(data: Bytes, begin: int, stop: int, out: Floats) -> None:  # a kernel: one pass
    """Counts of characters by kind, from `out[4]` on."""
    n_lines, n_items, n_blank = 1, 0, 0
    is_line_start, n_in_line = True, 0
    last = 0
    for i in range(begin, stop):
        byte = data[i]
        if byte == 10:
            n_lines += 1
            n_blank += n_in_line == 0
            is_line_start, n_in_line = True, 0
            continue
        if byte == 32 or byte == 9 or byte == 13:
            continue
        follows = data[i + 1] if i + 1 < stop else 0
        if is_line_start:
            is_bullet = (byte == 45 or byte == 42) and follows == 32
            is_number = 48 <= byte <= 57 and (
                follows == 46 or follows == 41 or (48 <= follows <= 57 and i + 2 < stop and data[i + 2] == 46)
            )
            is_bullet |= byte == 0xE2 and follows == 0x80 and i + 2 < stop and data[i + 2] == 0xA2
            n_items += is_bullet or is_number
        is_line_start = False
        n_in_line += 1
        last = byte
        out[6] += byte == 44
        out[7] += byte == 46
        out[8] += byte == 33
        out[9] += byte == 63
        out[12] += byte == 34
        out[13] += byte == 40 or byte == 91
        out[14] += byte == 58 or byte == 59
        out[15] += 48 <= byte <= 57
        out[16] += 65 <= byte <= 90
        out[17] += byte == 96 or byte == 123 or byte == 60 or byte == 61 or byte == 95
        out[18] += byte >= 0xC0 and byte != 0xE2
    out[4], out[5] = n_lines, n_items
    out[10] = last == 63
    out[11] = last not in (46, 33, 63, 34, 41, 58, 39, 96, 0)
    out[22] = n_blank


@njit(cache=True, nogil=True)
def describe_surface(
    texts: Any,
    row: int,
    span: tuple[int, int],
    groups: tuple[Hashes, NDArray[np.int64]],
    prompt: tuple[NDArray[np.int32], int, int, Any],
    seen: NDArray[np.int32],
    stamp: int,
    out: Floats,
) -> None:
    """Out (N_SURFACE,) = the numbers of one reply.

    Parameters
    ----------
    texts : tuple of arrays
        indptr, hashes, breaks, starts, ends, data of a scan.
    span : (int, int)
        The bytes of `data` that the reply takes.
    prompt : (slots, stamp, n_slots, first word)
        As `mark_prompt` left them, and the hash of the prompt's first word (0: none).
    seen : ndarray of int32
        Slots of this reply's words, to be stamped with `stamp`.
    """
    indptr, hashes, data = texts[0], texts[1], texts[5]
    out[:] = 0
    n_words = indptr[row + 1] - indptr[row]
    n_chars = 0
    for i in range(span[0], span[1]):
        n_chars += (data[i] & 0xC0) != 0x80
    _count_bytes(data, span[0], span[1], out)
    n_distinct, n_shared, n_taken = 0, 0, 0
    for place in range(indptr[row], indptr[row + 1]):
        value = hashes[place]
        slot = np.int64((value * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - _SEEN_BITS))
        is_new = seen[slot] != stamp
        seen[slot] = stamp
        is_asked = prompt[0][slot] == prompt[1]
        n_distinct += is_new
        n_shared += is_asked
        n_taken += is_new and is_asked
        at = np.searchsorted(groups[0], value)
        if at < len(groups[0]) and groups[0][at] == value:
            out[_N_COUNTED + groups[1][at]] += 1
    n_sentences = max(np.float32(1), out[7] + out[8] + out[9])
    n = max(1, n_words)
    out[0], out[1] = n_words, n_chars
    out[2], out[3] = n_chars / n, n_words / n_sentences
    for k in range(len(out)):
        is_share = k == 10 or k == 11 or k == 16 or k == 18
        if not is_share:
            out[k] = np.log1p(out[k])
    out[16] = out[16] / max(1, n_chars)
    out[18] = out[18] / max(1, n_chars)
    out[19] = n_distinct / n
    out[20] = n_shared / n
    out[21] = n_taken / max(1, prompt[2])
    out[23] = n_words > 0 and prompt[3] != 0 and hashes[indptr[row]] == prompt[3]
