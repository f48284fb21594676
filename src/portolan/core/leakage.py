"""Leakage between splits: texts that stand, the same or nearly so, in two values of a column such as train and test."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from numba import njit
from numpy.typing import NDArray

from portolan.core.near_duplicates import NEAR, close_by_band
from portolan.core.shingles import Places, ShingleSets
from portolan.types import Report, silent

NO_SPLIT = -1
NOBODY = -1
MOST_SPLITS = 32
"""Values of a column that may be splits; more are a category, an id or a time."""
_TRAINED = {"train", "training", "trn", "fit"}
_HELD_OUT = {"test", "testing", "tst", "val", "valid", "validation", "dev", "eval", "evaluation", "holdout", "held-out"}
_NAME = re.compile(r"(?i)(^|_)(splits?|folds?|partition)(_|$)")


@dataclass(frozen=True)
class Leaks:
    """For each text, the most alike one of another split.

    Attributes
    ----------
    similarity : ndarray of float32, shape (n_texts,)
        Jaccard coefficient of the shingles, 1 for the same text; 0 where none was found; NaN where there is no text or
        no split.
    other : ndarray of int64, shape (n_texts,)
        The place of that text, the first where several are the same; `NOBODY` where none was found.
    """

    similarity: NDArray[np.float32]
    other: Places


def split_column(columns: dict[str, Sequence[str | None]]) -> str | None:
    """The column that says which split a row is in, or None.

    Parameters
    ----------
    columns : dict
        The different values of each column that could be one, in the order of the columns.
    """
    values = {name: {str(value).strip().lower() for value in some if value} for name, some in columns.items()}
    for name, some in values.items():
        if some & _TRAINED and some & _HELD_OUT:
            return name
    return next((name for name, some in values.items() if _NAME.search(name) and 2 <= len(some) <= MOST_SPLITS), None)


def may_be_split(column: pa.ChunkedArray) -> list[str | None] | None:
    """The different values of a column that could say which split a row is in; None where it could not."""
    kind = column.type.value_type if pt.is_dictionary(column.type) else column.type
    if not (pt.is_string(kind) or pt.is_large_string(kind) or pt.is_integer(kind) or pt.is_boolean(kind)):
        return None
    values = pc.unique(column)
    if len(values) > MOST_SPLITS + 1:
        return None
    texts: list[str | None] = values.cast(pa.string()).to_pylist()
    return texts


def split_codes(column: pa.ChunkedArray) -> tuple[Places, list[str]]:
    """Which split each row is in, int64 (n_rows,), `NO_SPLIT` where it has none; and the splits' names, sorted."""
    texts = pc.cast(column, pa.string())
    names = sorted(value for value in pc.unique(texts).to_pylist() if value is not None)
    codes = pc.fill_null(pc.index_in(texts, pa.array(names, pa.string())), NO_SPLIT)
    return codes.to_numpy().astype(np.int64), names


def leaks(
    sets: ShingleSets,
    splits: Places,
    *,
    threshold: float = NEAR,
    threads: int | None = None,
    report: Report = silent,
) -> Leaks:
    """The most alike text of another split for each text, where one has a coefficient of `threshold` or more.

    Parameters
    ----------
    splits : ndarray of int64, shape (n_texts,)
        A text with `NO_SPLIT` leaks nowhere.
    """
    seen = _Seen.of(sets, splits)
    best, partner = np.zeros(len(sets), np.float32), np.full(len(sets), NOBODY, np.int64)
    for pairs, similarities in close_by_band(
        sets, lambda: seen.colors, threshold=threshold, threads=threads, report=report
    ):
        is_split = (seen.colors[pairs] != NO_SPLIT).all(axis=1)
        _keep_best(pairs[is_split], similarities[is_split], best, partner)
    return _of_texts(sets, splits, seen, best, partner)


@dataclass(frozen=True)
class _Seen:
    """In which splits each set stands.

    Attributes
    ----------
    colors : the only split of a set, one more than the last where it stands in several, `NO_SPLIT` where in none
    first, second : the first text that has the set, and the first in another split than that; `NOBODY` for none
    """

    colors: Places
    first: Places
    second: Places

    @classmethod
    def of(cls, sets: ShingleSets, splits: Places) -> _Seen:
        texts = np.flatnonzero((sets.set_of >= 0) & (splits != NO_SPLIT))
        first, second = np.full(len(sets), NOBODY, np.int64), np.full(len(sets), NOBODY, np.int64)
        found, begins = np.unique(sets.set_of[texts], return_index=True)
        first[found] = texts[begins]
        elsewhere = texts[splits[texts] != splits[first[sets.set_of[texts]]]]
        found, begins = np.unique(sets.set_of[elsewhere], return_index=True)
        second[found] = elsewhere[begins]
        several = splits.max(initial=0) + 1
        colors = np.where(first == NOBODY, NO_SPLIT, np.where(second != NOBODY, several, splits[first]))
        return cls(colors, first, second)


def _of_texts(sets: ShingleSets, splits: Places, seen: _Seen, best: NDArray[np.float32], partner: Places) -> Leaks:
    """What was found of sets, told of the texts that have them."""
    is_there = (sets.set_of >= 0) & (splits != NO_SPLIT)
    similarity = np.where(is_there, 0, np.nan).astype(np.float32)
    other = np.full(len(splits), NOBODY, np.int64)
    texts = np.flatnonzero(is_there)
    mine = sets.set_of[texts]
    for theirs, how_alike in ((partner[mine], best[mine]), (mine, np.ones(len(mine), np.float32))):
        # The set's first text may be in one's own split; its second is not, then.
        found = np.where(splits[seen.first[theirs]] != splits[texts], seen.first[theirs], seen.second[theirs])
        is_found = (theirs != NOBODY) & (found != NOBODY)
        similarity[texts[is_found]] = how_alike[is_found]
        other[texts[is_found]] = found[is_found]
    return Leaks(similarity, other)


@njit(cache=True, nogil=True)
def _keep_best(pairs: Places, similarities: NDArray[np.float32], best: NDArray[np.float32], partner: Places) -> None:
    """Keep of each set the nearest partner so far, in place; of equals the one that stands first."""
    for i in range(len(pairs)):
        for side in range(2):
            one, other = pairs[i, side], pairs[i, 1 - side]
            if similarities[i] > best[one] or (similarities[i] == best[one] and other < partner[one]):
                best[one], partner[one] = similarities[i], other
