"""Which texts hold every word and phrase of a query and nothing that it leaves out: a whole batch of texts at a time.

Texts in ASCII, of which most large collections are, are matched where they lie; others are folded one by one.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.query import Query, Term, fold
from portolan.core.search import SCANNED
from portolan.types import BoolArray

KINDS = np.array(
    [1 if byte > 127 else ord(chr(byte).lower()) if chr(byte).isalnum() else 0 for byte in range(256)], np.uint8
)
"""What a byte counts as: a small letter or a figure, 0 where it parts words, 1 where it is no ASCII.

What stands between two of ASCII that part words is a word in a text with other letters, too.
"""


def match_texts(texts: pa.Array, query: Query, *, passed_over: str = "", asked: BoolArray | None = None) -> BoolArray:
    """Whether each text matches: bool, shape (n_texts,). Nothing matches an empty query.

    Only texts `asked` for are looked at; all without it.

    `passed_over` is a character, not of ASCII, that counts as if it were not there.
    """
    if query.is_empty:
        return np.zeros(len(texts), np.bool_)
    texts = texts.cast(pa.large_string())
    ends, data = bytes_of(texts)
    plain = is_plain(ends, data)
    asked = np.ones(len(texts), np.bool_) if asked is None else asked
    found = _match_ascii(ends, data, query, asked)
    # What was found is there, whatever letters stand around it; what is to be left out may be spelled another way.
    matches = found & plain if query.without else found
    others = np.flatnonzero(asked & (~plain if query.without else ~plain & ~found))
    for place, text in zip(others.tolist(), texts.take(pa.array(others)).to_pylist(), strict=True):
        read = text.replace(passed_over, "") if passed_over else text
        matches[place] = holds(fold(read[:SCANNED]), query)
    return matches


def bytes_of(texts: pa.LargeStringArray) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Where the texts lie, from each of the first to the next, and all bytes."""
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    return ends, np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)


def is_plain(ends: NDArray[np.int64], data: NDArray[np.uint8]) -> BoolArray:
    """Whether each text is ASCII, and no longer than what is looked at of any: bool, shape (n_texts,)."""
    # Kernels take a while to load, and most commands match no texts.
    from portolan.core.text_kernels import tell_plain

    plain = np.empty(len(ends) - 1, np.bool_)
    tell_plain(ends, data, plain)
    plain &= np.diff(ends) <= SCANNED
    return plain


def holds(folded: str, query: Query) -> bool:
    """Whether a folded text holds every word and phrase and nothing that is to be left out."""
    return query.allows(folded) and all(term.is_in(folded) for term in query.words)


def _match_ascii(ends: NDArray[np.int64], data: NDArray[np.uint8], query: Query, asked: BoolArray) -> BoolArray:
    """Whether each text, from one of `ends` to the next, matches as far as ASCII tells."""
    matches = asked.copy()
    # The longest first: it stands in the fewest texts, as a rule, and only those are looked at again.
    for term in sorted(query.terms, key=_length, reverse=True):
        matches &= _has(ends, data, term, matches)
    for term in query.without:
        matches &= ~_has(ends, data, term, matches)
    return matches


def _has(ends: NDArray[np.int64], data: NDArray[np.uint8], term: Term, asked: BoolArray) -> BoolArray:
    """Whether the term stands, in ASCII, in each text that is asked for."""
    from portolan.core.text_kernels import tell_with

    found = np.zeros(len(asked), np.bool_)
    if all(token.isascii() for token in term.tokens):
        tokens = np.frombuffer("".join(term.tokens).encode(), np.uint8)
        token_ends = np.cumsum([len(token) for token in term.tokens])
        tell_with(ends, data, SCANNED, KINDS, tokens, token_ends, asked, found)
    return found


def _length(term: Term) -> int:
    return sum(map(len, term.tokens))
