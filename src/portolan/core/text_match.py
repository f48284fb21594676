"""Which texts hold every word and phrase of a query and nothing that it leaves out: a whole batch of texts at a time.

Texts in ASCII, of which most large collections are, are matched where they lie; others are folded one by one.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from portolan.core.query import Query, Term, fold
from portolan.core.search import SCANNED
from portolan.types import BoolArray

# ASCII alone: what stands between two of these is a word in a text with other letters, too.
_OTHER = r"[\x00-\x2F\x3A-\x40\x5B-\x60\x7B-\x7F]"


def match_texts(texts: pa.Array, query: Query, *, passed_over: str = "") -> BoolArray:
    """Whether each text matches: bool, shape (n_texts,). Nothing matches an empty query.

    `passed_over` is a character, not of ASCII, that counts as if it were not there.
    """
    if query.is_empty:
        return np.zeros(len(texts), np.bool_)
    texts = texts.cast(pa.large_string())
    found = _as_array(_match_ascii(texts, query))
    plain = _plain(texts)
    # What was found is there, whatever letters stand around it; what is to be left out may be spelled another way.
    matches = found & plain if query.without else found
    others = np.flatnonzero(~plain if query.without else ~plain & ~found)
    for place, text in zip(others.tolist(), texts.take(pa.array(others)).to_pylist(), strict=True):
        read = text.replace(passed_over, "") if passed_over else text
        matches[place] = holds(fold(read[:SCANNED]), query)
    return matches


def _plain(texts: pa.LargeStringArray) -> BoolArray:
    """Whether each text is ASCII, and no longer than what is looked at of any: bool, shape (n_texts,)."""
    # Kernels take a while to load, and most commands match no texts.
    from portolan.core.text_kernels import tell_plain

    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    plain = np.empty(len(texts), np.bool_)
    tell_plain(ends, np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8), plain)
    return plain & (np.diff(ends) <= SCANNED)


def holds(folded: str, query: Query) -> bool:
    """Whether a folded text holds every word and phrase and nothing that is to be left out."""
    return query.allows(folded) and all(term.is_in(folded) for term in query.words)


def _match_ascii(texts: pa.Array, query: Query) -> pa.Array:
    found = pa.array(np.ones(len(texts), np.bool_))
    for term in query.terms:
        found = pc.and_(found, _has(texts, term))
    for term in query.without:
        found = pc.and_not(found, _has(texts, term))
    return found


def _has(texts: pa.Array, term: Term) -> pa.Array:
    """Whether the term stands in each text, if that is ASCII."""
    if not all(token.isascii() for token in term.tokens):
        return pa.array(np.zeros(len(texts), np.bool_))
    inside = f"{_OTHER}+".join(map(re.escape, term.tokens))
    return pc.match_substring_regex(texts, f"(?:^|{_OTHER})(?:{inside})(?:$|{_OTHER})", ignore_case=True)


def _as_array(flags: pa.Array) -> BoolArray:
    found: BoolArray = np.array(flags.to_numpy(zero_copy_only=False), dtype=np.bool_)
    return found
