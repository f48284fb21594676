"""Which texts hold the most frequent words: a bit for each word, an integer for each text.

The index hands out the rows of a rare word at once, but takes seconds over those of a word that half of ten million
texts hold, and so does looking at the texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.query import Query, Term, fold, tokens_of
from portolan.core.search import SCANNED
from portolan.core.text_match import KINDS, bytes_of, is_plain
from portolan.types import BoolArray

MOST_WORDS = 64
"""One for each bit."""
LEAST_SHARE = 0.02
"""Share of texts that hold a word which is worth a bit."""
_SLOTS = 1024


@dataclass(frozen=True)
class WordBits:
    """Frequent words, and which texts hold them: bit i of `bits` (uint64, one for each text) stands for word i."""

    words: tuple[str, ...]
    bits: NDArray[np.uint64]

    def may_match(self, query: Query) -> BoolArray:
        """Whether each text has a chance to match: bool, one for each. It holds the frequent words that it should."""
        asked = self._mask(token for term in query.terms for token in term.tokens)
        left_out = self._mask(term.tokens[0] for term in query.without if len(term.tokens) == 1)
        may: BoolArray = (self.bits & asked) == asked
        if left_out:
            may &= (self.bits & left_out) == 0
        return may

    def rest(self, query: Query) -> Query:
        """What `may_match` does not tell: phrases, and words that are not frequent."""
        phrases, words, without = (
            tuple(term for term in terms if len(term.tokens) > 1 or term.tokens[0] not in self.words)
            for terms in (query.phrases, query.words, query.without)
        )
        return Query(words, phrases, without, query.text)

    def _mask(self, tokens: Iterable[str]) -> np.uint64:
        places = {self.words.index(token) for token in tokens if token in self.words}
        return np.uint64(sum(1 << place for place in places))


def frequent_words(texts: Iterable[str]) -> tuple[str, ...]:
    """The words that the most of the texts hold, the most frequent first; none that fewer than `LEAST_SHARE` do."""
    n_texts, counts = 0, Counter[str]()
    for text in texts:
        counts.update(set(tokens_of(fold(text[:SCANNED]))))
        n_texts += 1
    return tuple(word for word, count in counts.most_common(MOST_WORDS) if count >= LEAST_SHARE * n_texts)


def word_bits(texts: pa.Array, words: tuple[str, ...], *, passed_over: str = "") -> NDArray[np.uint64]:
    """The words that each text holds, as in `WordBits`: uint64, shape (n_texts,). `passed_over`: see `match_texts`."""
    # Kernels take a while to load, and most commands index no texts.
    from portolan.core.text_kernels import hash_token, tell_words

    texts = texts.cast(pa.large_string())
    ends, data = bytes_of(texts)
    plain = is_plain(ends, data)
    known = [(bit, word.encode()) for bit, word in enumerate(words) if word.isascii()]
    slots = np.full(_SLOTS, -1, np.int16)
    for bit, word in known:
        slot = hash_token(np.frombuffer(word, np.uint8)) % _SLOTS
        while slots[slot] >= 0:
            slot = (slot + 1) % _SLOTS
        slots[slot] = bit
    spelled = np.zeros((max(len(words), 1), max([len(word) for _, word in known], default=0) + 1), np.uint8)
    for bit, word in known:
        spelled[bit, : len(word)] = np.frombuffer(word, np.uint8)
    bits = np.zeros(len(texts), np.uint64)
    tell_words(ends, data, plain, KINDS, slots, spelled, bits)
    place_of = {word: place for place, word in enumerate(words)}
    others = np.flatnonzero(~plain)
    for row, text in zip(others.tolist(), texts.take(pa.array(others)).to_pylist(), strict=True):
        read = text.replace(passed_over, "") if passed_over else text
        said = place_of.keys() & set(tokens_of(fold(read[:SCANNED])))
        bits[row] = sum(1 << place_of[word] for word in said)
    return bits


def only_words(query: Query) -> Query:
    """The query with every phrase taken apart, and nothing left out: what a text must hold wherever it stands."""
    tokens = dict.fromkeys(token for term in query.terms for token in term.tokens)
    return Query(words=tuple(Term((token,)) for token in tokens))
