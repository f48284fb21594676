"""What the two replies of pairs differ in: numbers of the chosen reply minus those of the rejected one.

Every number is antisymmetric: a pair whose sides are swapped has the same numbers with the other sign, to the last
bit. There are four blocks. `surface` is what a reply looks like (`reply_surface`). `vectors` is what it is about: the
difference of the replies' bundled vectors. `relevance` is how much nearer it is to the prompt's end, by cosine. `words`
is which words, and pairs of words, stand in one reply alone: buckets of hashes (Weinberger et al. 2009). Beside them
stands the vector of the prompt's end, with which a model may weigh them by what was asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit
from numpy.typing import NDArray

from portolan.core.mark_kernels import Floats, unit_vector, word_marks
from portolan.core.parallel import map_blocks
from portolan.core.reply_surface import N_SURFACE, SURFACE, describe_surface, mark_prompt, word_groups
from portolan.core.scan import Ids, Places
from portolan.core.words import Scan, scan_words, utf8_buffers

WORD_BITS = 17
N_BUCKETS = 1 << WORD_BITS
MAX_WORDS = 400
"""Only a reply's first so many words count as words and vectors."""
PROMPT_CHARS = 600
"""Of a prompt only the end: what was asked last."""
_BLOCK_ROWS = 512


@dataclass(frozen=True)
class PairFeatures:
    """Differences of pairs, chosen minus rejected.

    Attributes
    ----------
    dense : ndarray of float32, shape (n_pairs, n_dense)
        The blocks `surface`, `vectors` and `relevance`: see `block`.
    prompts : ndarray of float32, shape (n_pairs, n_dims)
        Vectors of the prompts' ends, of unit length; zeros without a prompt. No differences.
    indptr : ndarray of int64, shape (n_pairs + 1,)
    buckets : ndarray of int32, shape (n_marks,)
        Words and pairs of words that stand in one reply alone, ascending in each pair.
    signs : ndarray of int8, shape (n_marks,)
        1 where the chosen reply has it, -1 where the rejected one has.
    """

    dense: Floats
    prompts: Floats
    indptr: Places
    buckets: Ids
    signs: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.dense)

    @property
    def length(self) -> Floats:
        """Difference of the logarithms of the replies' words: float32, shape (n_pairs,)."""
        return self.dense[:, SURFACE.index("words")]

    def block(self, name: Literal["surface", "vectors", "relevance"]) -> Floats:
        """A dense block by name; relevance has one column."""
        ends = {"surface": (0, N_SURFACE), "vectors": (N_SURFACE, -1), "relevance": (-1, None)}
        return self.dense[:, slice(*ends[name])]

    def only(self, rows: NDArray[np.int64]) -> PairFeatures:
        """Those pairs alone, in that order."""
        sizes = np.diff(self.indptr)[rows]
        indptr = np.concatenate([[0], np.cumsum(sizes)])
        places = np.repeat(self.indptr[rows] - indptr[:-1], sizes) + np.arange(indptr[-1])
        return PairFeatures(self.dense[rows], self.prompts[rows], indptr, self.buckets[places], self.signs[places])

    def squeezed_words(self, n_dims: int) -> Floats:
        """Words as a count sketch (Charikar et al. 2002): float32, shape (n_pairs, n_dims), length kept on average.

        Each bucket goes to one of `n_dims` places with a sign, both by its hash; each pair is divided by the root of
        its number of marks.
        """
        mixed = np.arange(N_BUCKETS, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
        places = ((mixed * np.uint64(0xBF58476D1CE4E5B9)) >> np.uint64(32)) % np.uint64(n_dims)
        sides = np.where(mixed >> np.uint64(63) == 1, np.int8(1), np.int8(-1))
        out = np.zeros((len(self), n_dims), np.float32)
        _squeeze(self.indptr, self.buckets, self.signs, places.astype(np.int32), sides, out)
        return out


def pair_features(
    prompts: pa.LargeStringArray,
    chosen: pa.LargeStringArray,
    rejected: pa.LargeStringArray,
    table: Any,
    *,
    threads: int | None = None,
) -> PairFeatures:
    """Differences of some pairs; those of a pair depend on its own texts alone.

    Parameters
    ----------
    prompts, chosen, rejected : Arrow large_string arrays, n_pairs each
    table : PieceTable
        The bundled vectors of word pieces.
    """
    ends = pc.utf8_slice_codeunits(prompts, -PROMPT_CHARS)
    scans = [scan_words(part, max_words=MAX_WORDS, threads=threads) for part in (ends, chosen, rejected)]
    sums = [table.embed(scan, threads=threads)[0] for scan in scans]
    spans = tuple(utf8_buffers(part)[0] for part in (chosen, rejected))
    parts = tuple(_parts(scan) for scan in scans)
    n_dims, n = sums[0].shape[1], len(prompts)
    dense, asked = np.empty((n, N_SURFACE + n_dims + 1), np.float32), np.empty((n, n_dims), np.float32)
    groups = word_groups()

    def work(first: int, last: int) -> tuple[Places, Ids, NDArray[np.int8]]:
        n_words = sum(int(part[0][last] - part[0][first]) for part in parts[1:])
        sizes = np.zeros(last - first, np.int64)
        buckets, signs = np.empty(2 * n_words, np.int32), np.empty(2 * n_words, np.int8)
        n_marks = _differ(parts, spans, tuple(sums), groups, dense, asked, sizes, buckets, signs, first, last)
        return sizes, buckets[:n_marks].copy(), signs[:n_marks].copy()

    blocks = list(map_blocks(work, n, block_rows=_BLOCK_ROWS, threads=threads))
    return _joined(dense, asked, blocks)


def join_features(parts: Sequence[PairFeatures]) -> PairFeatures:
    """Features of batches, one after another."""
    if len(parts) == 1:
        return parts[0]
    blocks = [(np.diff(part.indptr), part.buckets, part.signs) for part in parts]
    dense, prompts = (np.concatenate([getattr(part, name) for part in parts]) for name in ("dense", "prompts"))
    return _joined(dense, prompts, blocks)


def _joined(dense: Floats, prompts: Floats, blocks: Sequence[tuple[Places, Ids, NDArray[np.int8]]]) -> PairFeatures:
    if not blocks:
        return PairFeatures(dense, prompts, np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int8))
    sizes, buckets, signs = (np.concatenate(part) for part in zip(*blocks, strict=True))
    return PairFeatures(dense, prompts, np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), buckets, signs)


def _parts(scan: Scan) -> tuple[Any, ...]:
    return scan.indptr, scan.hashes, scan.is_after_break, scan.starts, scan.ends, scan.data


@njit(cache=True, nogil=True)
def _differ(
    parts: Any,
    spans: Any,
    sums: Any,
    groups: Any,
    dense: Floats,
    asked: Floats,
    sizes: Places,
    buckets: Ids,
    signs: NDArray[np.int8],
    first: int,
    last: int,
) -> int:
    """Fill the pairs first … last - 1; how many marks there are comes back."""
    n_dims = sums[0].shape[1]
    stamps = np.full(N_BUCKETS, -1, np.int32)
    words = np.empty(N_BUCKETS + 1, np.int32)
    slots, seen = np.full(1 << 13, -1, np.int32), np.full(1 << 13, -1, np.int32)
    numbers = np.empty((2, N_SURFACE), np.float32)
    units = np.empty((2, n_dims), np.float32)
    prompts, chosen, rejected = parts
    n = 0
    for row in range(first, last):
        own = row - first
        begin, end = prompts[0][row], prompts[0][row + 1]
        n_slots = mark_prompt(begin, end, prompts[1], slots, own)
        opening = prompts[1][begin] if begin < end else np.uint64(0)
        question = (slots, own, n_slots, opening)
        one, other = (spans[0][row], spans[0][row + 1]), (spans[1][row], spans[1][row + 1])
        describe_surface(chosen, row, one, groups, question, seen, 2 * own, numbers[0])
        describe_surface(rejected, row, other, groups, question, seen, 2 * own + 1, numbers[1])
        unit_vector(sums[0][row], asked[row])
        unit_vector(sums[1][row], units[0])
        unit_vector(sums[2][row], units[1])
        for k in range(N_SURFACE):
            dense[row, k] = numbers[0, k] - numbers[1, k]
        nearer = np.float32(0)
        for dim in range(n_dims):
            gap = units[0, dim] - units[1, dim]
            dense[row, N_SURFACE + dim] = gap
            nearer += gap * asked[row, dim]
        dense[row, N_SURFACE + n_dims] = nearer
        sizes[own] = _word_marks(row, own, chosen, rejected, stamps, words, buckets[n:], signs[n:])
        n += sizes[own]
    return n


@njit(cache=True, nogil=True)
def _word_marks(
    row: int, own: int, chosen: Any, rejected: Any, stamps: Ids, words: Ids, buckets: Ids, signs: NDArray[np.int8]
) -> int:
    """Marks that stand in one reply alone, ascending, with their signs.

    Each reply stamps its marks, so that it names each once.
    """
    n_chosen = word_marks(
        chosen[0][row], chosen[0][row + 1], chosen[1], chosen[2], WORD_BITS, 0, stamps, 2 * own, words
    )
    for j in range(n_chosen):
        buckets[j] = words[j]
    n = n_chosen
    n_rejected = word_marks(
        rejected[0][row], rejected[0][row + 1], rejected[1], rejected[2], WORD_BITS, 0, stamps, 2 * own + 1, words
    )
    for j in range(n_rejected):
        buckets[n + j] = words[j]
    # Sorted with the sign in the lowest bit: of a mark of both replies the two stand side by side.
    for j in range(n_chosen):
        buckets[j] = 2 * buckets[j] + 1
    for j in range(n, n + n_rejected):
        buckets[j] = 2 * buckets[j]
    n += n_rejected
    buckets[:n].sort()
    kept, j = 0, 0
    while j < n:
        if j + 1 < n and buckets[j] // 2 == buckets[j + 1] // 2:
            j += 2
            continue
        signs[kept] = 1 if buckets[j] % 2 else -1
        buckets[kept] = buckets[j] // 2
        kept += 1
        j += 1
    return kept


@njit(cache=True, nogil=True)
def _squeeze(
    indptr: Places, buckets: Ids, signs: NDArray[np.int8], places: Ids, sides: NDArray[np.int8], out: Floats
) -> None:
    for row in range(len(indptr) - 1):
        size = indptr[row + 1] - indptr[row]
        scale = np.float32(1) / np.sqrt(np.float32(max(1, size)))
        for j in range(indptr[row], indptr[row + 1]):
            out[row, places[buckets[j]]] += scale * signs[j] * sides[buckets[j]]
