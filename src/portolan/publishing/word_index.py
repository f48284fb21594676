"""The index of words of a published site: which rows hold a token, how much it weighs there, and where it stands.

Written a run of rows at a time into scratch files, then merged some tokens at a time: memory stays bounded whatever the
number of rows. `core/postings.py` has the lists' form.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.tokens import TokenIds
from portolan.publishing.packs import Pack, file_bytes

RUN_TOKENS = 4_000_000
"""Tokens held in memory before they are put on the disk."""
TOKENS_A_SHELF = 512
"""About so many tokens of the dictionary are fetched with the one that is asked for."""


class WordIndex:
    """Takes the texts of all rows in order, then writes the index."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._ids = TokenIds()
        self._parts: list[tuple[NDArray[np.int64], NDArray[np.int32]]] = []
        self._held = 0
        self._n_rows = 0
        self._lengths: list[NDArray[np.uint32]] = []
        self._runs: list[NDArray[np.int64]] = []
        self._first_row = 0

    def add(self, texts: pa.LargeStringArray) -> None:
        """Take the texts of the next rows."""
        indptr, ids = self._ids.of(texts)
        self._parts.append((indptr, ids))
        self._lengths.append(np.diff(indptr).astype(np.uint32))
        self._held += len(ids)
        self._n_rows += len(texts)
        if self._held >= RUN_TOKENS:
            self._spill()

    def write(self, folder: Path) -> dict[str, Any]:
        """Write the index into `folder`; returns what a reader must know."""
        self._spill()
        lengths = np.concatenate([*self._lengths, np.empty(0, np.uint32)])
        size = file_bytes(self._n_rows)
        n_shelves = 1 << max(0, (len(self._ids.tokens) // TOKENS_A_SHELF).bit_length() - 1)
        shelves: list[dict[str, list[int]]] = [{} for _ in range(n_shelves)]
        with (
            Pack(folder, "lists", file_bytes=size) as lists,
            Pack(folder, "spots", file_bytes=size) as spots,
            Pack(folder, "words", file_bytes=size) as words,
        ):
            for first, encoded in self._encoded(lengths):
                for token, entry in _added(self._ids.tokens, first, encoded, lists, spots):
                    shelves[zlib.crc32(token.encode()) & (n_shelves - 1)][token] = entry
            ends = np.cumsum([len(piece) for piece in _packed(shelves, words)])
            packs = {pack: made.to_json() for pack, made in (("lists", lists), ("spots", spots), ("words", words))}
        return {**packs, "shelves": [0, *ends.tolist()], "n_tokens": len(self._ids.tokens)}

    def _spill(self) -> None:
        """Put what is held on the disk, sorted by token."""
        from portolan.core.postings import by_token

        if not self._held:
            return
        indptr = np.concatenate([[0], np.cumsum(np.concatenate([np.diff(part) for part, _ in self._parts]))])
        ids = np.concatenate([ids for _, ids in self._parts])
        starts, rows, places = by_token(indptr, ids, len(self._ids.tokens), self._first_row)
        rows.tofile(self._scratch / f"{len(self._runs)}.rows")
        places.tofile(self._scratch / f"{len(self._runs)}.places")
        self._runs.append(starts)
        self._first_row = self._n_rows
        self._parts, self._held = [], 0

    def _encoded(self, lengths: NDArray[np.uint32]) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """The lists of some tokens at a time: (first token, what `encode` gives)."""
        from portolan.core.postings import encode, gather

        n_tokens = len(self._ids.tokens)
        counts = np.zeros(n_tokens, np.int64)
        for starts in self._runs:
            counts[: len(starts) - 1] += np.diff(starts)
        files = [
            tuple(np.memmap(self._scratch / f"{number}.{name}", np.uint32, "r") for name in ("rows", "places"))
            for number, starts in enumerate(self._runs)
            if starts[-1]
        ]
        runs = [starts for starts in self._runs if starts[-1]]
        mean = float(lengths.mean()) if len(lengths) else 1.0
        for first, last in _groups(counts, RUN_TOKENS):
            starts = np.concatenate([[0], np.cumsum(counts[first:last])])
            rows, places = np.empty(starts[-1], np.uint32), np.empty(starts[-1], np.uint32)
            at = starts[:-1].copy()
            for run, (run_rows, run_places) in zip(runs, files, strict=True):
                known = run[first : min(last, len(run) - 1) + 1]
                if len(known) > 1:
                    held = slice(known[0], known[-1])
                    gather(known, np.array(run_rows[held]), np.array(run_places[held]), at, rows, places)
            yield first, encode(starts, rows, places, lengths, mean or 1.0)


def _groups(counts: NDArray[np.int64], most: int) -> Iterator[tuple[int, int]]:
    """Ranges of tokens with about `most` occurrences each."""
    ends = np.cumsum(counts)
    first = 0
    while first < len(counts):
        done = ends[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(ends, done + most, side="right")))
        yield first, last
        first = last


def _added(
    tokens: list[str], first: int, encoded: tuple[Any, ...], lists: Pack, spots: Pack
) -> Iterator[tuple[str, list[int]]]:
    """Adds the lists of some tokens: (token, [rows that hold it, list's place and size, those of the spots])."""
    n_rows, list_bytes, list_ends, spot_bytes, spot_ends = encoded
    list_at = spot_at = 0
    for place, (n, list_end, spot_end) in enumerate(
        zip(n_rows.tolist(), list_ends.tolist(), spot_ends.tolist(), strict=True)
    ):
        begins = lists.add(list_bytes[list_at:list_end].tobytes())
        spots_begin = spots.add(spot_bytes[spot_at:spot_end].tobytes())
        yield tokens[first + place], [n, begins, list_end - list_at, spots_begin, spot_end - spot_at]
        list_at, spot_at = list_end, spot_end


def _packed(shelves: list[dict[str, list[int]]], words: Pack) -> Iterator[bytes]:
    for shelf in shelves:
        text = json.dumps(shelf, ensure_ascii=False, separators=(",", ":"))
        piece = zlib.compress(text.encode(errors="replace"), 6)
        words.add(piece)
        yield piece
