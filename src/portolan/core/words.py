"""Words of texts as integer ids: shared by the embedder and the namer.

>>> words = split_words(pa.array(["Don't panic: the map's words.", "地图"]))
>>> [words.vocabulary[i] for i in words.word_ids]
["don't", 'panic', 'the', 'map', 'words', '地', '图']
>>> words.indptr.tolist(), words.is_after_break.tolist()
([0, 5, 7], [True, False, True, False, False, True, False])

Phrases: words i and i + 1 of one text stand side by side, with no punctuation between, where `is_after_break[i + 1]` is
False.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.parallel import map_blocks
from portolan.types import BoolArray

_BLOCK_ROWS = 2048
_ALL = 2**40


@dataclass(frozen=True)
class Scan:
    """Words of texts as hashes, and where they stand.

    Attributes
    ----------
    indptr : ndarray of int64, shape (n_rows + 1,)
        Words of text i are indptr[i] … indptr[i + 1] - 1.
    hashes : ndarray of uint64, shape (n_words,)
        Equal for equal words (lower-cased).
    starts, ends : ndarray of int64, shape (n_words,)
        Bytes of `data` that a word covers.
    is_after_break : ndarray of bool, shape (n_words,)
        True for a text's first word and for each that follows punctuation or a new line: no phrase crosses it.
    data : ndarray of uint8
        The texts' UTF-8 bytes.
    """

    indptr: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    is_after_break: BoolArray
    data: NDArray[np.uint8]

    def word_at(self, place: int) -> str:
        """The word at a place, lower-cased."""
        raw = self.data[self.starts[place] : self.ends[place]].tobytes()
        return raw.decode("utf-8", errors="replace").lower().replace("\u2019", "'")


@dataclass
class Vocabulary:
    """Words seen so far, in the order of their first appearance; `split_words` adds to it.

    Use one vocabulary for all batches of a corpus, so that a word has the same id in each.
    """

    words: list[str] = field(default_factory=list)
    _keys: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(1 << 12, np.uint64), repr=False)
    _ids: NDArray[np.int32] = field(default_factory=lambda: np.full(1 << 12, -1, np.int32), repr=False)

    def __len__(self) -> int:
        return len(self.words)

    def __getitem__(self, word_id: int) -> str:
        return self.words[word_id]

    def add(self, scan: Scan) -> NDArray[np.int32]:
        """Id of each word of `scan`, shape (n_words,); new words are added."""
        from portolan.core.scan import find_or_add

        word_ids = np.empty(len(scan.hashes), np.int32)
        done = 0
        while done < len(scan.hashes):
            hashes = scan.hashes[done:]
            places = np.empty(min(len(hashes), len(self._keys)), np.int64)
            n_done, n_new = find_or_add(hashes, self._keys, self._ids, len(self.words), word_ids[done:], places)
            self.words += [scan.word_at(done + int(place)) for place in places[:n_new]]
            done += n_done
            if done < len(scan.hashes):
                self._grow()
        return word_ids

    def _grow(self) -> None:
        from portolan.core.scan import insert

        taken = self._ids >= 0
        hashes, ids = self._keys[taken], self._ids[taken]
        size = len(self._keys) * 4
        self._keys, self._ids = np.zeros(size, np.uint64), np.full(size, -1, np.int32)
        insert(hashes[np.argsort(ids)], self._keys, self._ids)


@dataclass(frozen=True)
class Words:
    """Words of texts as ids.

    Attributes
    ----------
    indptr : ndarray of int64, shape (n_rows + 1,)
        Words of text i are indptr[i] … indptr[i + 1] - 1.
    word_ids : ndarray of int32, shape (n_words,)
        Places in `vocabulary`, in the order of the text.
    is_after_break : ndarray of bool, shape (n_words,)
        True for a text's first word and for each that follows punctuation or a new line.
    vocabulary : Vocabulary
        `vocabulary[word_id]` is the word; `vocabulary.words` is the list.
    scan : Scan
        Where each word stands in the texts.
    """

    indptr: NDArray[np.int64]
    word_ids: NDArray[np.int32]
    is_after_break: BoolArray
    vocabulary: Vocabulary
    scan: Scan = field(repr=False)


def split_words(
    texts: pa.StringArray | pa.LargeStringArray | Sequence[str],
    *,
    vocabulary: Vocabulary | None = None,
    max_words: int | None = None,
    threads: int | None = None,
) -> Words:
    """Words of `texts` as ids, in order.

    Parameters
    ----------
    texts : Arrow strings (read in place) or a sequence of str, n_rows of them
        A null counts as an empty text.
    vocabulary : Vocabulary, optional
        Grows by the words it does not have. A new one by default.
    max_words : int, optional
        Only a text's first so many words count.
    """
    found = scan_words(texts, max_words=max_words, threads=threads)
    vocabulary = Vocabulary() if vocabulary is None else vocabulary
    return Words(found.indptr, vocabulary.add(found), found.is_after_break, vocabulary, found)


def scan_words(
    texts: pa.StringArray | pa.LargeStringArray | Sequence[str],
    *,
    max_words: int | None = None,
    threads: int | None = None,
    table: tuple[NDArray[np.uint8], NDArray[np.int32]] | None = None,
) -> Scan:
    """Words of `texts` as hashes; see `split_words` for the parameters.

    `table` tells another splitting of words: kind and folded form of each code point of the first plane.
    """
    from portolan.core.scan import character_table, scan_block

    offsets, data = utf8_buffers(texts)
    n_rows = len(offsets) - 1
    limit = _ALL if max_words is None else max_words
    kinds, lower = character_table() if table is None else table

    def scan(first: int, last: int) -> tuple[NDArray[Any], ...]:
        # No word is shorter than two bytes with what parts it from the next.
        size = int((offsets[last] - offsets[first]) // 2 + (last - first) + 1)
        if max_words is not None:
            size = min(size, max_words * (last - first))
        indptr = np.empty(last - first + 1, np.int64)
        hashes, starts = np.empty(size, np.uint64), np.empty(size, np.int64)
        ends, breaks = np.empty(size, np.int64), np.empty(size, np.bool_)
        n = scan_block(data, offsets, first, last, limit, kinds, lower, indptr, hashes, starts, ends, breaks)
        return indptr, hashes[:n].copy(), starts[:n].copy(), ends[:n].copy(), breaks[:n].copy()

    blocks = list(map_blocks(scan, n_rows, block_rows=_BLOCK_ROWS, threads=threads))
    indptr = np.zeros(n_rows + 1, np.int64)
    for number, block in enumerate(blocks):
        first = number * _BLOCK_ROWS
        indptr[first + 1 : first + len(block[0])] = indptr[first] + block[0][1:]

    def joined(part: int, dtype: type) -> NDArray[Any]:
        return np.concatenate([block[part] for block in blocks]) if blocks else np.empty(0, dtype)

    return Scan(indptr, joined(1, np.uint64), joined(2, np.int64), joined(3, np.int64), joined(4, np.bool_), data)


def utf8_buffers(
    texts: pa.StringArray | pa.LargeStringArray | Sequence[str],
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Offsets (n_rows + 1,) and the UTF-8 bytes of `texts`, without copying the bytes of an Arrow array."""
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    array = texts if isinstance(texts, pa.Array) else pa.array(texts, pa.large_string())
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        array = array.cast(pa.large_string())
    if array.null_count:
        array = array.fill_null("")
    if not len(array):
        return np.zeros(1, np.int64), np.zeros(0, np.uint8)
    _, places, content = array.buffers()
    width = np.dtype(np.int32 if pa.types.is_string(array.type) else np.int64)
    offsets = np.frombuffer(places, width, count=len(array) + 1, offset=array.offset * width.itemsize)
    data = np.frombuffer(content, np.uint8) if content is not None else np.zeros(0, np.uint8)
    return offsets.astype(np.int64), data
