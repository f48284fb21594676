"""The tokens of texts as integer ids, split and folded as the search box does (`core/query.py`), for an index."""

from __future__ import annotations

import functools

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.query import LONGEST_TOKEN, fold, tokens_of
from portolan.core.scan import SINGLE, SPACE, WORD
from portolan.core.words import Vocabulary, scan_words

_FIRST_PLANE = 0x10000
NO_TOKEN = -1


@functools.cache
def _table() -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Kind and folded form of each code point of the first plane, as `core/scan.py` wants them."""
    kinds = np.full(_FIRST_PLANE, SPACE, np.uint8)
    lower = np.arange(_FIRST_PLANE, dtype=np.int32)
    for code in range(_FIRST_PLANE):
        character = chr(code)
        folded = fold(character) if character.isalnum() else ""
        if tokens_of(character):
            kinds[code] = WORD if _joins(character) else SINGLE
        if len(folded) == 1:
            lower[code] = ord(folded)
    # Accents written apart belong to their word; folding takes them out of it.
    kinds[0x300:0x370] = WORD
    return kinds, lower


def _joins(character: str) -> bool:
    return len(tokens_of(character * 2)) == 1


class TokenIds:
    """Numbers tokens in the order of their first appearance, over any number of batches."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self._ids: dict[str, int] = {}
        self._vocabulary = Vocabulary()
        self._id_of_word = np.empty(0, np.int32)

    def of(self, texts: pa.LargeStringArray) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Tokens of `texts`: (indptr (n_rows + 1,), ids), in the order of the text.

        What is no token that one can search for (longer than `LONGEST_TOKEN`, an emoji) has the id `NO_TOKEN`: it parts
        the tokens beside it.
        """
        scan = scan_words(texts, table=_table(), threads=1)
        words = self._vocabulary.add(scan)
        fresh = [self._id(word) for word in self._vocabulary.words[len(self._id_of_word) :]]
        if fresh:
            self._id_of_word = np.concatenate([self._id_of_word, np.array(fresh, np.int32)])
        return scan.indptr, self._id_of_word[words]

    def _id(self, word: str) -> int:
        found = tokens_of(fold(word))
        if not found or len(found[0]) > LONGEST_TOKEN:
            return NO_TOKEN
        if found[0] not in self._ids:
            self._ids[found[0]] = len(self.tokens)
            self.tokens.append(found[0])
        return self._ids[found[0]]
