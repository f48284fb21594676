"""The shingles of texts: words and runs of words as sets of numbers, whose overlap tells how alike two texts are.

Broder, A. Z. (1997), On the resemblance and containment of documents: the resemblance of two texts is the Jaccard
coefficient of their sets of shingles; of a large set the smallest hashes are a fair sample.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from portolan.core.groups import NO_TEXT
from portolan.core.parallel import map_blocks
from portolan.core.same_text import digests_of, normalized, same_keys
from portolan.core.words import scan_words
from portolan.types import Progress, Report, silent

WIDTHS = (1, 2)
"""Words of a shingle: single words and neighbours. Wider ones lose a text of which every fifth word was changed."""
MOST_SHINGLES = 1024
"""Shingles kept of a text, those with the smallest hashes."""
_BLOCK_TEXTS = 2048
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_SECOND = np.uint64(0xC2B2AE3D27D4EB4F)

Places = NDArray[np.int64]
Hashes = NDArray[np.uint32]


@dataclass(frozen=True)
class ShingleSets:
    """Sets of shingles, each once, in an order that depends on the sets alone; and which rows have them.

    Attributes
    ----------
    set_of : ndarray of int64, shape (n_rows,)
        Which set each row has; `NO_TEXT` for a blank text.
    indptr : ndarray of int64, shape (n_sets + 1,)
    hashes : ndarray of uint32
        Set i is hashes[indptr[i]:indptr[i + 1]]: ascending, all different, at most `MOST_SHINGLES`.
    """

    set_of: Places
    indptr: Places
    hashes: Hashes

    def only(self, rows: Places) -> ShingleSets:
        """The same sets for some of the rows."""
        return ShingleSets(self.set_of[rows], self.indptr, self.hashes)

    def __len__(self) -> int:
        return len(self.indptr) - 1


@dataclass(frozen=True)
class _Part:
    """Sets of some texts: their sizes, their hashes one after another, and 128 bits that tell sets apart."""

    sizes: Places
    hashes: Hashes
    keys: NDArray[np.uint64]


def shingle_sets(
    batches: Iterable[pa.LargeStringArray],
    *,
    widths: tuple[int, ...] = WIDTHS,
    n_rows: int | None = None,
    threads: int | None = None,
    report: Report = silent,
) -> ShingleSets:
    """The shingles of texts (all rows, in order), the same for any number of threads and any cut into batches.

    Texts are compared in their normal form, by words; what parts words does not count. A text without words (signs,
    emoji) is one shingle of its own.

    Parameters
    ----------
    widths : tuple of int
        Words of a shingle; runs of each width count.
    n_rows : int, optional
        Told with the progress.
    """
    parts: list[_Part] = []
    done = 0
    for texts in batches:
        parts += _parts(normalized(texts), widths, threads)
        done += len(texts)
        report(Progress("shingles", done, n_rows))
    return _distinct(parts)


def _parts(texts: pa.LargeStringArray, widths: tuple[int, ...], threads: int | None) -> Iterator[_Part]:
    return map_blocks(
        lambda start, stop: _part(texts.slice(start, stop - start), widths),
        len(texts),
        block_rows=_BLOCK_TEXTS,
        threads=threads,
    )


def _part(texts: pa.LargeStringArray, widths: tuple[int, ...]) -> _Part:
    scan = scan_words(texts, threads=1)
    n_words = np.diff(scan.indptr)
    rows = np.repeat(np.arange(len(texts)), n_words)
    left_of = scan.indptr[1:][rows] - np.arange(len(rows))  # words from each place to the end of its text
    owners, shingles = [], []
    for width in widths:
        starts = np.flatnonzero(left_of >= width)
        owners.append(rows[starts])
        shingles.append(_runs(scan.hashes, starts, width))
    wordless = np.flatnonzero(n_words == 0)
    digests = digests_of(texts.take(pa.array(wordless)).to_pylist())
    is_there = digests.any(axis=1)
    owners.append(np.repeat(wordless[is_there], 2))
    shingles.append(digests[is_there].ravel())
    return _sets(np.concatenate(owners), np.concatenate(shingles), len(texts))


def _runs(words: NDArray[np.uint64], starts: Places, width: int) -> NDArray[np.uint64]:
    """Hash of the `width` words from each start."""
    found = np.full(len(starts), width, np.uint64)
    for offset in range(width):
        found = _mixed(found * _GOLDEN + words[starts + offset])
    return found


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Well spread 64 bits (the finaliser of splitmix64, Steele et al. 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _sets(owners: Places, shingles: NDArray[np.uint64], n_texts: int) -> _Part:
    """Sets by text: sorted, each shingle once, the smallest alone of a large set."""
    packed = (owners.astype(np.uint64) << np.uint64(32)) | (shingles >> np.uint64(32))
    order = np.argsort(packed)
    packed, shingles = packed[order], shingles[order]
    is_new = np.ones(len(packed), np.bool_)
    is_new[1:] = packed[1:] != packed[:-1]
    packed, shingles = packed[is_new], shingles[is_new]
    owners = (packed >> np.uint64(32)).astype(np.int64)
    sizes = np.bincount(owners, minlength=n_texts)
    starts = np.cumsum(sizes) - sizes
    keys = np.zeros((n_texts, 2), np.uint64)
    filled = np.flatnonzero(sizes)
    if len(filled):
        keys[filled, 0] = np.add.reduceat(_mixed(shingles ^ _GOLDEN), starts[filled])
        keys[filled, 1] = np.add.reduceat(_mixed(shingles ^ _SECOND), starts[filled])
    is_kept = np.arange(len(owners)) - starts[owners] < MOST_SHINGLES
    return _Part(np.minimum(sizes, MOST_SHINGLES), (packed[is_kept] & np.uint64(0xFFFFFFFF)).astype(np.uint32), keys)


def _distinct(parts: list[_Part]) -> ShingleSets:
    """Each different set once, in the order of its key."""
    sizes = np.concatenate([np.empty(0, np.int64), *(part.sizes for part in parts)])
    keys = np.concatenate([np.empty((0, 2), np.uint64), *(part.keys for part in parts)])
    hashes = np.concatenate([np.empty(0, np.uint32), *(part.hashes for part in parts)])
    parts.clear()
    rows = np.flatnonzero(sizes)
    set_of = np.full(len(sizes), NO_TEXT, np.int64)
    set_of[rows] = same_keys(keys[rows])
    _, first = np.unique(set_of[rows], return_index=True)
    first = rows[first]
    starts = np.cumsum(sizes) - sizes
    indptr = np.concatenate([[0], np.cumsum(sizes[first])]).astype(np.int64)
    taken = np.empty(indptr[-1], np.uint32)
    _gather(hashes, starts[first], indptr, taken)
    return ShingleSets(set_of, indptr, taken)


@njit(cache=True, nogil=True)
def _gather(hashes: Hashes, starts: Places, indptr: Places, out: Hashes) -> None:
    for i in range(len(starts)):
        for j in range(indptr[i + 1] - indptr[i]):
            out[indptr[i] + j] = hashes[starts[i] + j]
