"""Search by words and by meaning, joined: which rows, in which order, and what of their text to show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from portolan.core.query import Query, Term, fold, fold_with_places
from portolan.core.stopwords import STOP
from portolan.types import BoolArray, RowIds

Way = Literal["words", "meaning"]
AnyRowIds = Sequence[int] | RowIds

FUSION = 60
"""Constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009)."""
SNIPPET_CHARACTERS = 240
LOOKED_AT = 20_000
"""Characters of a text that are searched for what to show."""
LONGEST_WORD = 24
"""Characters that are given up at most to show whole words."""
SCANNED = 1_000_000
"""Characters of a text that are looked at when a phrase is checked."""


@dataclass(frozen=True)
class Hit:
    """One row that was found.

    `score` is higher for better ones, comparable within one search. `snippet` is part of the row's text in pieces, each
    with whether it matches the query.
    """

    row_id: int
    score: float
    snippet: tuple[tuple[str, bool], ...]
    found_by: tuple[Way, ...]


def fuse(by_words: AnyRowIds, by_meaning: AnyRowIds) -> list[tuple[int, float, tuple[Way, ...]]]:
    """Two rankings as one, by reciprocal ranks: (row_id, score, what found it), best first; ties by row_id."""
    scores: dict[int, float] = {}
    found_by: dict[int, tuple[Way, ...]] = {}
    ways: tuple[tuple[Way, AnyRowIds], ...] = (("words", by_words), ("meaning", by_meaning))
    for way, row_ids in ways:
        for rank, row_id in enumerate(map(int, row_ids)):
            scores[row_id] = scores.get(row_id, 0.0) + 1 / (FUSION + 1 + rank)
            found_by[row_id] = (*found_by.get(row_id, ()), way)
    ranked = sorted(scores, key=lambda row_id: (-scores[row_id], row_id))
    return [(row_id, scores[row_id], found_by[row_id]) for row_id in ranked]


def join(
    query: Query,
    *,
    by_words: AnyRowIds,
    by_meaning: AnyRowIds,
    texts_of: Callable[[RowIds], Sequence[str]],
    limit: int,
    is_kept: BoolArray | None = None,
) -> list[Hit]:
    """The best `limit` rows of both rankings, with snippets; of those that are kept, where `is_kept` is given.

    A row that was found by its meaning alone is left out where it lacks a phrase of the query or holds what is to be
    left out.
    """
    hits: list[Hit] = []
    ranked = [one for one in fuse(by_words, by_meaning) if is_kept is None or is_kept[one[0]]]
    for start in range(0, len(ranked), limit or 1):
        some = ranked[start : start + limit]
        texts = texts_of(np.array([row_id for row_id, _, _ in some], dtype=np.int64))
        for (row_id, score, found_by), text in zip(some, texts, strict=True):
            if "words" in found_by or query.allows(fold(text[:SCANNED])):
                hits.append(Hit(row_id, score, snippet(text, query.terms), found_by))
        if len(hits) >= limit:
            break
    return hits[:limit]


def scan_texts(batches: Iterable[pa.Array], query: Query, *, limit: int) -> RowIds:
    """Rows that match, without an index: those with every word first, then by how many of the words they hold.

    Parameters
    ----------
    batches : iterable of Arrow string arrays
        The texts of all rows, in row order. No more of them is read than is needed.
    """
    found: list[tuple[int, int]] = []
    n_whole, at = 0, 0
    if query.is_empty:
        return np.empty(0, dtype=np.int64)
    for texts in batches:
        for place in _candidates(texts, query.terms):
            folded = fold(texts[place].as_py()[:SCANNED])
            if not query.allows(folded):
                continue
            n_found = sum(term.is_in(folded) for term in query.words)
            if n_found or not query.words:
                n_whole += n_found == len(query.words)
                found.append((-n_found, at + place))
        at += len(texts)
        if n_whole >= limit:
            break
    return np.array([row_id for _, row_id in sorted(found)[:limit]], dtype=np.int64)


def _candidates(texts: pa.Array, terms: Sequence[Term]) -> list[int]:
    """Places of texts that may hold one of the terms."""
    if not terms:
        return list(range(len(texts)))
    folded = pc.utf8_lower(texts)
    if not pc.all(pc.string_is_ascii(texts), min_count=0).as_py():
        # As `fold` does, nearly: what it folds further (ß) is looked at closely.
        folded = pc.replace_substring_regex(pc.utf8_normalize(folded, "NFKD"), "[\u0300-\u036f]", "")
    may = pc.match_substring(folded, "ß")
    for term in terms:
        may = pc.or_(may, pc.match_substring(folded, unicodedata.normalize("NFKD", term.tokens[0])))
    places: list[int] = np.flatnonzero(may.to_numpy(zero_copy_only=False)).tolist()
    return places


def snippet(
    text: str, terms: Sequence[Term], *, n_characters: int = SNIPPET_CHARACTERS
) -> tuple[tuple[str, bool], ...]:
    """The part of `text` with most of the terms, in whole words and in pieces: (piece, whether it matches).

    Of a query with other words too, words such as "how" and "the" are not marked.
    """
    looked_at = text[:LOOKED_AT]
    spans = _spans(looked_at, _telling(terms))
    start = _word_start(looked_at, _best_start(spans, n_characters))
    end = _word_end(looked_at, start + n_characters)
    pieces: list[tuple[str, bool]] = [("… ", False)] if start else []
    at = start
    for left, right, _ in spans:
        if left >= at and right <= end:
            pieces += [(looked_at[at:left], False), (looked_at[left:right], True)]
            at = right
    pieces.append((looked_at[at:end], False))
    if end < len(text):
        pieces.append((" …", False))
    plain = [(re.sub(r"\s+", " ", piece), is_match) for piece, is_match in pieces]
    return tuple((piece, is_match) for piece, is_match in plain if piece)


def _telling(terms: Sequence[Term]) -> Sequence[Term]:
    """The terms that say something; all of them where none does."""
    return [term for term in terms if len(term.tokens) > 1 or term.tokens[0] not in STOP] or terms


def _word_start(text: str, at: int) -> int:
    """The first place from `at` on where a word begins; `at` where none is near, as in scripts without spaces."""
    if at == 0 or text[at - 1].isspace():
        return at
    space = re.compile(r"\s+").search(text, at, at + LONGEST_WORD)
    return space.end() if space else at


def _word_end(text: str, at: int) -> int:
    """The last place up to `at` where a word ends."""
    if at >= len(text) or text[at].isspace():
        return min(at, len(text))
    space = max(text.rfind(mark, at - LONGEST_WORD, at) for mark in " \n\t")
    return space if space >= 0 else at


def _spans(text: str, terms: Sequence[Term]) -> list[tuple[int, int, int]]:
    """Where the terms stand: (start, end, which term), in order."""
    folded, places = fold_with_places(text)
    spans = [
        (places[match.start()], places[match.end() - 1] + 1, number)
        for number, term in enumerate(terms)
        for match in term.pattern.finditer(folded)
    ]
    return sorted(spans)


def _best_start(spans: list[tuple[int, int, int]], n_characters: int) -> int:
    """Where the part with most different terms begins: a little before its first match."""
    best, most = 0, 0
    for first, (left, _, _) in enumerate(spans[:200]):
        inside = {number for start, end, number in spans[first : first + 50] if end <= left + n_characters * 2 // 3}
        if len(inside) > most:
            best, most = left, len(inside)
    return 0 if best < n_characters // 3 else best - n_characters // 5
