"""Harm of texts by a linear model: hashed words and pairs of words, vectors, a few counts.

The logit of a text is the sum of weights of what it has: its words and pairs of words, once more the same where it
replies to a prompt, words and pairs of that prompt (each part over the square root of how many it has), the bundled
vectors of both, and counts (length, capitals, marks). That a reply's words count beside those of any text lets a word
weigh another thing in answer to somebody than in a post (Daumé 2007, "Frustratingly Easy Domain Adaptation"). Hashing:
Weinberger et al. 2009.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit

from portolan.core.mark_kernels import Floats, surface_marks, unit_vector, word_marks
from portolan.core.parallel import map_blocks
from portolan.core.scan import Ids, Places
from portolan.core.words import Scan, scan_words
from portolan.types import BoolArray

WORD_BITS, PROMPT_BITS = 18, 17
REPLY_AT = 1 << WORD_BITS
"""Here begin the buckets of words that reply to a prompt; before them stand those of words anywhere."""
PROMPT_AT = 2 * REPLY_AT
N_BUCKETS = PROMPT_AT + (1 << PROMPT_BITS)
N_SURFACE = 6
"""Log of words, capitals, marks of exclamation and question; whether there is a prompt; log of the prompt's words."""
MAX_WORDS = 512
"""Only a text's first so many words count."""
PROMPT_CHARS = 600
"""Of a prompt only the end: what was said last."""
_BLOCK_ROWS = 1024


@dataclass(frozen=True)
class ReadTexts:
    """Texts and prompts cut into words, with the sums of their vectors.

    Attributes
    ----------
    texts, prompts : Scan
    text_sums, prompt_sums : ndarray of float32, shape (n_texts, n_dims)
        As `PieceTable.embed` sums them, not of unit length.
    known : ndarray of float32, shape (n_texts,)
        Share of a text's word pieces that are in an alphabet the table has read: 0 for Chinese, or without words.
    """

    texts: Scan
    prompts: Scan
    text_sums: Floats
    prompt_sums: Floats
    known: Floats

    def __len__(self) -> int:
        return len(self.known)

    @property
    def is_reply(self) -> BoolArray:
        """Which texts have a prompt with words before them: bool, shape (n_texts,)."""
        found: BoolArray = np.diff(self.prompts.indptr) > 0
        return found

    @property
    def n_dense(self) -> int:
        """How many numbers beside the buckets describe a text."""
        return 2 * int(self.text_sums.shape[1]) + N_SURFACE


@dataclass(frozen=True)
class HarmModel:
    """Weights of the linear model.

    Attributes
    ----------
    weights : ndarray of float32, shape (N_BUCKETS,)
    dense : ndarray of float32, shape (n_dense, 1 + n_categories)
        The first column is harm's, the others are the categories'.
    biases : ndarray of float32, shape (1 + n_categories,)
    slope, offset, reply_offset : float
        Calibration (Platt 1999): the chance of harm is 1 / (1 + exp(-(slope · logit + offset))); a text that replies to
        a prompt has an offset of its own.
    """

    weights: Floats
    dense: Floats
    biases: Floats
    slope: float
    offset: float
    reply_offset: float

    def chance(self, logits: Floats, is_reply: BoolArray) -> Floats:
        """Calibrated chance of harm, in [0, 1], float32, of logits and whether each text replies, same shape."""
        offsets = np.where(is_reply, self.reply_offset, self.offset)
        chances: Floats = (1 / (1 + np.exp(-(self.slope * np.float64(logits) + offsets)))).astype(np.float32)
        return chances


def read_texts(
    texts: pa.LargeStringArray, prompts: pa.LargeStringArray, table: Any, *, threads: int | None
) -> ReadTexts:
    """Cut texts and prompts into words; `table` is a `PieceTable`."""
    ends = pc.utf8_slice_codeunits(prompts, -PROMPT_CHARS)
    said, before = (scan_words(part, max_words=MAX_WORDS, threads=threads) for part in (texts, ends))
    text_sums, known = table.embed(said, threads=threads)
    prompt_sums, _ = table.embed(before, threads=threads)
    return ReadTexts(said, before, text_sums, prompt_sums, known)


def judge(read: ReadTexts, model: HarmModel, *, threads: int | None = None) -> Floats:
    """Logits of harm and of each category, float32, shape (n_texts, 1 + n_categories).

    A text's logits depend on the text and its prompt alone: neither on the others nor on the number of threads.
    """
    out = np.empty((len(read), len(model.biases)), np.float32)
    texts, prompts = _parts(read.texts), _parts(read.prompts)
    sums = read.text_sums, read.prompt_sums

    def work(first: int, last: int) -> None:
        _judge(texts, prompts, sums, model.weights, model.dense, model.biases, out, first, last)

    for _ in map_blocks(work, len(read), block_rows=_BLOCK_ROWS, threads=threads):
        pass
    return out


def marks_of(read: ReadTexts) -> tuple[Places, Ids, Floats, Floats]:
    """What the model sees of each text: indptr, buckets and values of compressed rows, and the dense part.

    Returns
    -------
    indptr : int64 (n_texts + 1,); buckets : int32, values : float32 (n_marks,); dense : float32 (n_texts, n_dense)
    """
    n_words = len(read.texts.hashes), len(read.prompts.hashes)
    room = 4 * n_words[0] + 2 * n_words[1]
    indptr, buckets = np.zeros(len(read) + 1, np.int64), np.empty(room, np.int32)
    values, dense = np.empty(room, np.float32), np.empty((len(read), read.n_dense), np.float32)
    sums = read.text_sums, read.prompt_sums
    n = _collect(_parts(read.texts), _parts(read.prompts), sums, indptr, buckets, values, dense)
    return indptr, buckets[:n], values[:n], dense


def _parts(scan: Scan) -> tuple[Any, ...]:
    """The arrays of a scan, as kernels take them."""
    return scan.indptr, scan.hashes, scan.is_after_break, scan.starts, scan.ends, scan.data


@njit(cache=True, nogil=True)
def _mark(row: int, texts: Any, prompts: Any, stamps: Ids, stamp: int, buckets: Ids, sizes: Places) -> None:
    """Buckets of one text; `sizes` (3,) says how many are words', words' in reply, and the prompt's."""
    first, last = texts[0][row], texts[0][row + 1]
    before, end = prompts[0][row], prompts[0][row + 1]
    sizes[0] = word_marks(first, last, texts[1], texts[2], WORD_BITS, 0, stamps, stamp, buckets)
    sizes[1] = 0
    if before < end:
        rest = buckets[sizes[0] :]
        sizes[1] = word_marks(first, last, texts[1], texts[2], WORD_BITS, REPLY_AT, stamps, stamp, rest)
    rest = buckets[sizes[0] + sizes[1] :]
    sizes[2] = word_marks(before, end, prompts[1], prompts[2], PROMPT_BITS, PROMPT_AT, stamps, stamp, rest)


@njit(cache=True, nogil=True)
def _describe(row: int, texts: Any, prompts: Any, sums: Any, out: Floats) -> None:
    """The dense part of one text."""
    indptr, _, _, starts, ends, data = texts
    n_dims = sums[0].shape[1]
    n_dense = 2 * n_dims
    unit_vector(sums[0][row], out[:n_dims])
    unit_vector(sums[1][row], out[n_dims:n_dense])
    surface_marks(indptr[row], indptr[row + 1], starts, ends, data, out[n_dense:])
    n_before = prompts[0][row + 1] - prompts[0][row]
    out[n_dense + 4] = min(1, n_before)
    out[n_dense + 5] = np.log1p(n_before) / 4


@njit(cache=True, nogil=True)
def _judge(
    texts: Any,
    prompts: Any,
    sums: Any,
    weights: Floats,
    dense: Floats,
    biases: Floats,
    out: Floats,
    first: int,
    last: int,
) -> None:
    stamps = np.full(N_BUCKETS, -1, np.int32)
    buckets = np.empty(N_BUCKETS + 1, np.int32)
    sizes = np.zeros(3, np.int64)
    numbers = np.empty(dense.shape[0], np.float32)
    for row in range(first, last):
        _mark(row, texts, prompts, stamps, row - first, buckets, sizes)
        _describe(row, texts, prompts, sums, numbers)
        begin = 0
        logit = 0.0
        for part in range(len(sizes)):
            total = 0.0
            for j in range(begin, begin + sizes[part]):
                total += weights[buckets[j]]
            logit += total / np.sqrt(max(1, sizes[part]))
            begin += sizes[part]
        for k in range(len(biases)):
            total = float(biases[k])
            for i in range(len(numbers)):
                total += numbers[i] * dense[i, k]
            out[row, k] = total + logit * (k == 0)


@njit(cache=True, nogil=True)
def _collect(
    texts: Any,
    prompts: Any,
    sums: Any,
    indptr: Places,
    buckets: Ids,
    values: Floats,
    dense: Floats,
) -> int:
    stamps = np.full(N_BUCKETS, -1, np.int32)
    sizes = np.zeros(3, np.int64)
    n = 0
    for row in range(len(indptr) - 1):
        _mark(row, texts, prompts, stamps, row, buckets[n:], sizes)
        _describe(row, texts, prompts, sums, dense[row])
        for part in range(len(sizes)):
            for _ in range(sizes[part]):
                values[n] = 1 / np.sqrt(sizes[part])
                n += 1
        indptr[row + 1] = n
    return n
