"""Texts that are nearly the same: groups of rows that share most of their words and neighbours of words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from portolan.core.groups import NO_TEXT, Duplicates, alone, duplicates_of, join, roots
from portolan.core.minhash import N_BANDS, WINDOW, band_keys, close_pairs, coefficients, jaccards
from portolan.core.parallel import map_blocks
from portolan.core.shingles import Places, ShingleSets
from portolan.types import Progress, Report, silent

NEAR = 0.5
_BLOCK_SETS = 4096

T = TypeVar("T")

Pairs = tuple[Places, NDArray[np.float32]]
"""Sets that are close, int64 (n_pairs, 2), and how close, float32 (n_pairs,)."""


def near_duplicates(
    sets: ShingleSets, *, threshold: float = NEAR, threads: int | None = None, report: Report = silent
) -> Duplicates:
    """Rows whose sets of shingles have a Jaccard coefficient of `threshold` or more, or are linked by such rows.

    Groups depend on the texts alone: not on the order of the rows, not on the number of threads.

    Parameters
    ----------
    threshold : float
        In (0, 1]. 1 leaves texts with the same words and neighbours of words.
    """
    parents = alone(len(sets))
    for pairs, _ in close_by_band(sets, lambda: roots(parents), threshold=threshold, threads=threads, report=report):
        join(parents, pairs[:, 0], pairs[:, 1])
    groups = np.full(len(sets.set_of), NO_TEXT, np.int64)
    has_text = sets.set_of >= 0
    groups[has_text] = roots(parents)[sets.set_of[has_text]]
    return duplicates_of(groups, lambda rows, firsts: likeness(sets, sets.set_of[rows], sets.set_of[firsts]))


def close_by_band(
    sets: ShingleSets,
    colors: Callable[[], Places],
    *,
    threshold: float,
    threads: int | None = None,
    report: Report = silent,
) -> Iterator[Pairs]:
    """Pairs of sets of two colours that are close, band by band; a pair may come again.

    Parameters
    ----------
    colors : callable
        Asked before each band for the colour of each set, int64 (n_sets,): sets of one colour are not compared.
    """
    for number, band in enumerate(coefficients()):
        keys = _keys(sets, band, threads)
        order = np.argsort(keys, kind="stable")
        yield _close(sets, keys, order, colors(), threshold, threads)
        report(Progress("compare", number + 1, N_BANDS, unit="bands"))


def likeness(sets: ShingleSets, left: Places, right: Places) -> NDArray[np.float32]:
    """Jaccard coefficients of sets, float32, shape of `left` and `right`."""
    found = np.empty(len(left), np.float32)
    jaccards(sets.indptr, sets.hashes, left, right, found)
    return found


def _keys(sets: ShingleSets, band: NDArray[np.uint32], threads: int | None) -> NDArray[np.uint64]:
    keys = np.empty(len(sets), np.uint64)

    def work(start: int, stop: int) -> None:
        band_keys(sets.indptr, sets.hashes, band, start, stop, keys)

    _by_blocks(work, len(sets), threads)
    return keys


def _close(
    sets: ShingleSets, keys: NDArray[np.uint64], order: Places, colors: Places, threshold: float, threads: int | None
) -> Pairs:
    def work(start: int, stop: int) -> Pairs:
        most = (stop - start) * WINDOW
        pairs, similarities = np.empty((most, 2), np.int64), np.empty(most, np.float32)
        n = close_pairs(sets.indptr, sets.hashes, keys, order, colors, threshold, start, stop, pairs, similarities)
        return pairs[:n].copy(), similarities[:n].copy()

    found = _by_blocks(work, len(sets), threads)
    pairs = np.concatenate([np.empty((0, 2), np.int64), *(part[0] for part in found)])
    return pairs, np.concatenate([np.empty(0, np.float32), *(part[1] for part in found)])


def _by_blocks(work: Callable[[int, int], T], n_sets: int, threads: int | None) -> list[T]:
    """As `map_blocks`; few sets are not worth a thread, and each band asks twice."""
    if n_sets <= _BLOCK_SETS:
        return [work(0, n_sets)]
    return list(map_blocks(work, n_sets, block_rows=_BLOCK_SETS, threads=threads))
