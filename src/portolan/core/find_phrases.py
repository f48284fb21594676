"""Finding the phrases of texts: runs of words that carry meaning and stand together in several texts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from portolan.core.phrases import Phrases
from portolan.core.word_kinds import CHARACTER, CONTENT, FILLER, LINK, NUMBER, PARTICLE, kinds_and_stems
from portolan.core.words import Words, split_words
from portolan.types import BoolArray

_MAX_WORDS = 160  # of each text: what it is about stands at its beginning, and memory stays bounded
_LONGEST = 4  # words of a phrase
_LONGEST_UNSPACED = 6  # characters of a phrase in a script without spaces
_MIN_ROWS = 3  # texts that must have a phrase
_FILLER_SHARE = 0.3  # of a phrase's texts that must have the filler beside it, for the filler to stay
_WORD_SHARE = 0.45  # of a run's texts that have the same longer run, for it to be a part of a word
_N_BUCKETS = 1 << 22
_CONTEXT = 3  # words on either side of a phrase that make two of its places alike


def find_phrases(texts: pa.StringArray | pa.LargeStringArray, *, threads: int | None = None) -> Phrases:
    """Phrases of one to four words that stand together in a text and carry meaning.

    A phrase begins and ends with a word of meaning and may have grammar inside ("board of directors"); it never crosses
    punctuation. Singular and plural count as one.
    """
    words = split_words(texts, max_words=_MAX_WORDS, threads=threads)
    tokens = _tokens(words)
    row = np.repeat(np.arange(len(words.indptr) - 1), np.diff(words.indptr))
    found = [_spans(length, tokens) for length in range(1, _LONGEST_UNSPACED + 1)]
    places = np.concatenate([place for place, _ in found])
    keys = np.concatenate([hashed for _, hashed in found])
    lengths = np.repeat(np.arange(1, len(found) + 1), [len(place) for place, _ in found])
    is_frequent = _frequent(keys)
    places, keys, lengths = places[is_frequent], keys[is_frequent], lengths[is_frequent]
    return _collect(row[places], keys, places, lengths, words, tokens)


@dataclass(frozen=True)
class _Tokens:
    """What the texts' words are, each (n_words,).

    `kind`; `key`: a number that it shares with its plural; `is_after_break`: no phrase reaches back over it;
    `is_joined`: a hyphen ties it to the word before, (n_words + 1,), the last one False.
    """

    kind: NDArray[np.int8]
    key: NDArray[np.uint64]
    is_after_break: BoolArray
    is_joined: BoolArray


def _tokens(words: Words) -> _Tokens:
    kinds, stems = kinds_and_stems(words.vocabulary.words)
    kind, scan = kinds[words.word_ids], words.scan
    is_joined = np.zeros(len(kind) + 1, np.bool_)
    if len(kind):
        is_joined[1:-1] = (scan.starts[1:] - scan.ends[:-1] == 1) & (scan.data[scan.ends[:-1]] == ord("-"))
    # Inside a compound every word carries: "top-up", "few-shot".
    is_grammar = kind <= LINK
    kind[is_grammar & is_joined[:-1]] = CONTENT
    kind[is_grammar & is_joined[1:]] = FILLER
    return _Tokens(kind, stems[words.word_ids], words.is_after_break, is_joined)


@dataclass(frozen=True)
class _Candidates:
    """Runs of words that may be phrases, each (n,), by ascending key.

    `counts`: texts that have it; `places`: where it first stands; `lengths`: its words.
    """

    keys: NDArray[np.uint64]
    counts: NDArray[np.int64]
    places: NDArray[np.int64]
    lengths: NDArray[np.int64]


def _collect(
    row: NDArray[np.int64],
    keys: NDArray[np.uint64],
    places: NDArray[np.int64],
    lengths: NDArray[np.int64],
    words: Words,
    tokens: _Tokens,
) -> Phrases:
    """Phrases from their occurrences, each counted once a text, those in too few texts left out."""
    _, first, phrase = np.unique(keys, return_index=True, return_inverse=True)
    n_rows = len(words.indptr) - 1
    occurrence = phrase.astype(np.int64) * n_rows + row
    order = np.lexsort((places, occurrence))
    sorted_occurrence = occurrence[order]
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = sorted_occurrence[1:] != sorted_occurrence[:-1]
    order, sorted_occurrence = order[is_first], sorted_occurrence[is_first]
    column = phrase[order]
    counts = np.bincount(column, minlength=len(first))
    is_kept = counts >= min(_MIN_ROWS, max(n_rows // 2, 1))
    candidates = _Candidates(keys[first], counts, places[first], lengths[first])
    is_kept &= ~_is_part_of_word(candidates, tokens) & ~_is_padded(candidates, tokens)
    order = order[is_kept[column]]
    indptr = np.concatenate(([0], np.cumsum(counts[is_kept])))
    rows = sparse.csc_matrix((np.ones(len(order), np.float32), row[order], indptr), shape=(n_rows, int(is_kept.sum())))
    weights = _weights(phrase[order], row[order], places[order], lengths[order], words)
    return Phrases(rows, places[order], weights, lengths[first[is_kept]], words)


def _weights(
    phrase: NDArray[np.int64],
    row: NDArray[np.int64],
    places: NDArray[np.int64],
    lengths: NDArray[np.int64],
    words: Words,
) -> NDArray[np.float32]:
    """1 / sqrt(n) for each place of a phrase that stands amid the same words in n texts."""
    starts, ends = words.indptr[row], words.indptr[row + 1]
    context = _mixed(phrase.astype(np.uint64))
    for step in range(1, _CONTEXT + 1):
        for at in (places - step, places + lengths + step - 1):
            is_inside = (at >= starts) & (at < ends)
            beside = np.where(is_inside, words.word_ids[np.where(is_inside, at, 0)] + 1, 0)
            context = _mixed(context + beside.astype(np.uint64))
    _, which, n_alike = np.unique(context, return_inverse=True, return_counts=True)
    return (1 / np.sqrt(n_alike[which])).astype(np.float32)


def _is_padded(of: _Candidates, tokens: _Tokens) -> BoolArray:
    """True for a phrase that begins or ends with filler and mostly occurs without it.

    So "getting declined" and "card works" go, "New York" and "phone number" stay.
    """
    is_padded = np.zeros(len(of.keys), np.bool_)
    for length in (2, 3):
        for filler_at, rest_from in ((0, 1), (length - 1, 0)):
            is_own = (of.lengths == length) & (
                tokens.kind[np.minimum(of.places + filler_at, len(tokens.kind) - 1)] == FILLER
            )
            own = np.flatnonzero(is_own)
            rest = np.zeros(len(own), np.uint64)
            for i in range(rest_from, rest_from + length - 1):
                rest = _mixed(rest + tokens.key[of.places[own] + i])
            at = np.minimum(np.searchsorted(of.keys, rest), len(of.keys) - 1)
            n_rest = np.where(of.keys[at] == rest, of.counts[at], 0)
            is_padded[own] |= of.counts[own] < _FILLER_SHARE * n_rest
    return is_padded


def _is_part_of_word(of: _Candidates, tokens: _Tokens) -> BoolArray:
    """True for characters that mostly stand inside one longer run of characters."""
    is_part = np.zeros(len(of.keys), np.bool_)
    for length in range(3, _LONGEST_UNSPACED + 1):
        own = np.flatnonzero((of.lengths == length) & (tokens.kind[of.places] == CHARACTER))
        for start in (0, 1):
            part = np.zeros(len(own), np.uint64)
            for i in range(start, start + length - 1):
                part = _mixed(part + tokens.key[of.places[own] + i])
            at = np.minimum(np.searchsorted(of.keys, part), len(of.keys) - 1)
            is_most = (of.keys[at] == part) & (of.counts[own] >= _WORD_SHARE * of.counts[at])
            is_part[at[is_most]] = True
    return is_part


def _frequent(keys: NDArray[np.uint64]) -> BoolArray:
    """False where a key certainly occurs fewer than three times: most do, and need no sorting."""
    buckets = (keys >> np.uint64(40)).astype(np.int64) & (_N_BUCKETS - 1)
    return np.asarray(np.bincount(buckets, minlength=_N_BUCKETS)[buckets] >= _MIN_ROWS)


def _spans(length: int, tokens: _Tokens) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Places at which a phrase of `length` words stands, and its key."""
    n_places = max(len(tokens.kind) - length + 1, 0)
    parts = [tokens.kind[i : i + n_places] for i in range(length)]
    # No phrase cuts a compound in two.
    is_whole = ~tokens.is_joined[:n_places] & ~tokens.is_joined[length : length + n_places]
    hashed = np.zeros(n_places, np.uint64)
    for i in range(length):
        if i > 0:
            is_whole &= ~tokens.is_after_break[i : i + n_places]
        hashed = _mixed(hashed + tokens.key[i : i + n_places])
    places = np.flatnonzero(is_whole & _is_phrase(parts))
    return places, hashed[places]


def _is_phrase(parts: list[NDArray[np.int8]]) -> BoolArray:
    """True where words of these kinds, side by side, read as a phrase."""
    length = len(parts)

    def number_of(kind: int) -> NDArray[np.int8]:
        total = np.zeros(len(parts[0]), np.int8)
        for part in parts:
            total += part == kind
        return total

    n_content, n_links = number_of(CONTENT), number_of(LINK)
    is_characters = (number_of(CHARACTER) + number_of(PARTICLE) == length) & (length > 1)
    is_characters &= (parts[0] == CHARACTER) & (parts[-1] == CHARACTER)
    if length > _LONGEST:
        return np.asarray(is_characters)
    is_plain = n_content + number_of(FILLER) + number_of(NUMBER) == length
    # Filler may begin or end ("New York", "phone number"), see _is_padded; a number may end ("COVID-19").
    is_plain &= (n_content > 0) & (parts[0] != NUMBER) & (length < _LONGEST)
    is_plain &= (parts[0] == CONTENT) | (parts[-1] != FILLER)
    is_linked = (n_content + n_links == length) & (n_links == 1) & (parts[0] == CONTENT) & (parts[-1] == CONTENT)
    return np.asarray(is_characters | is_plain | (is_linked & (length > 2)))


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64: equal keys for equal phrases, in practice different ones for others."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
