"""A map's pairs as preferrers see them, batch by batch; and what is kept of costly ones as they go.

A ranking of several replies stands as all its pairs, one after another, which share the weight of one row.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.pair_design import kinds_of
from portolan.core.pair_features import PairFeatures, join_features, pair_features
from portolan.core.pairs import sides_of, text_columns
from portolan.core.prompt_groups import Digests, prompt_digests, prompt_groups
from portolan.core.ranking_pairs import mean_of_pairs, most_of_each, one_group_each, ranking_pairs, shared_weights
from portolan.core.scored import is_text
from portolan.core.votes import leads, origins, votes_of
from portolan.errors import InputError
from portolan.plugins import PairBatch, ScoringPreferrer
from portolan.store import Store
from portolan.types import BoolArray, FloatArray, Progress, Report, Roles, RowIds, silent

COSTLY_PAIRS = 128
"""Pairs in a batch that is kept when it is finished."""
BATCH_PAIRS = 4096
RANKED_PAIRS = 8
"""About so many pairs are expected of a ranking when its rows are read."""
STAGE = "preference"


PROVENANCE = frozenset(
    (
        "subset",
        "source",
        "dataset",
        "batch",
        "domain",
        "task",
        "category",
        "topic",
        "collector",
        "language",
        "split",
        "file",
    )
)
"""Names of category columns that say where a pair comes from: known before anybody chose, so that no choice shows."""


def provenance_columns(names: Sequence[str], roles: Roles) -> list[str]:
    """Category columns that say where pairs come from."""
    return [name for name in origins(roles) if name in names and name.lower() in PROVENANCE]


@dataclass(frozen=True)
class Told:
    """What the data itself says of its pairs.

    Attributes
    ----------
    outcomes : ndarray of int8, shape (n_pairs,)
        1: the chosen reply won; 0: a tie, no verdict, two equal replies, or a side without text.
    has_sides : ndarray of bool, shape (n_pairs,)
        Whether both replies have text.
    groups : ndarray of int64, shape (n_pairs,)
        Pairs of one prompt.
    is_first : ndarray of bool, shape (n_pairs,), or None
        Whether the reply given first is the chosen one; None where the data names the sides itself.
    weights : ndarray of float64, shape (n_pairs,)
        What each pair counts: 1, or of rankings one over the number of pairs of its ranking.
    rows : ndarray of int64, shape (n_pairs,), or None
        The ranking that each pair comes from, ascending; None where every row is one pair.
    n_rows : int
        Rows of the map.
    """

    outcomes: NDArray[np.int8]
    has_sides: BoolArray
    groups: RowIds
    is_first: BoolArray | None
    weights: FloatArray
    rows: RowIds | None
    n_rows: int

    @cached_property
    def row_outcomes(self) -> NDArray[np.int8]:
        """1 for each row that has a pair with an outcome, else 0: int8, shape (n_rows,)."""
        if self.rows is None:
            return self.outcomes
        return (np.bincount(self.rows, self.outcomes, self.n_rows) > 0).astype(np.int8)

    @cached_property
    def row_groups(self) -> RowIds:
        """The group of prompts of each row, int64 (n_rows,); one of its own for a ranking without pairs."""
        if self.rows is None:
            return self.groups
        found = self.n_rows + np.arange(self.n_rows)
        # All pairs of a ranking are in one group.
        found[self.rows] = self.groups
        return found

    def of_rows(self, values: FloatArray) -> FloatArray:
        """What is told of each row: its pair's value, or the weighted mean of a ranking's pairs; float64, (n_rows,)."""
        if self.rows is None:
            return values
        return mean_of_pairs(values, self.rows, self.weights, n_rows=self.n_rows)

    def of_pairs(self, values: NDArray[Any]) -> NDArray[Any]:
        """Values of rows, (n_rows, …), in the places of their pairs, (n_pairs, …)."""
        return values if self.rows is None else values[self.rows]


@dataclass(frozen=True)
class _Part:
    """Pairs of a batch; of rankings the row that each comes from, and whether its better reply is given first."""

    pairs: PairBatch
    rows: RowIds | None = None
    is_first: BoolArray | None = None

    def slice(self, start: int, size: int) -> _Part:
        """Some of them."""
        of, end = self.pairs, start + size
        prompts, chosen, rejected = (side.slice(start, size) for side in (of.prompts, of.chosen, of.rejected))
        return _Part(
            PairBatch(prompts, chosen, rejected, of.leads[start:end], of.columns.slice(start, size)),
            None if self.rows is None else self.rows[start:end],
            None if self.is_first is None else self.is_first[start:end],
        )


class MapOfPairs:
    """A map of pairs, or of rankings as pairs, as preferrers see it: `portolan.plugins.PairsToPrefer`.

    Parameters
    ----------
    ends_only : bool
        Whether a ranking is one pair, its best reply against its worst one, instead of all its pairs.
    """

    def __init__(
        self,
        store: Store,
        roles: Roles,
        *,
        key: str,
        ends_only: bool = False,
        threads: int | None = None,
        report: Report = silent,
    ) -> None:
        self._store, self._roles, self._key, self._report = store, roles, key, report
        self._is_ranking = roles.kind == "ranking" and not ends_only
        self.threads = threads

    @property
    def n_pairs(self) -> int:
        """Number of pairs."""
        return len(self.told.outcomes) if self._is_ranking else self._store.n_rows

    def batches(self, columns: Sequence[str] = (), *, batch_pairs: int = BATCH_PAIRS) -> Iterator[PairBatch]:
        """All pairs in order, a batch at a time, with some of the user's columns."""
        yield from (part.pairs for part in self._parts(columns, batch_pairs))

    def _parts(self, columns: Sequence[str] = (), batch_pairs: int = BATCH_PAIRS) -> Iterator[_Part]:
        named = list(dict.fromkeys([*text_columns(self._roles), *columns]))
        # Rows of rankings are few at a time: each of them is several pairs.
        size = max(1, batch_pairs // RANKED_PAIRS) if self._is_ranking else batch_pairs
        first_row = 0
        for batch in self._store.row_batches(columns=named):
            for start in range(0, batch.num_rows, size):
                rows = batch.slice(start, size)
                if not self._is_ranking:
                    sides, own = sides_of(rows, self._roles), pa.table(rows).select(list(columns))
                    yield _Part(PairBatch(*sides, leads(rows, self._roles), own))
                    continue
                part = self._ranked(rows, columns, first_row)
                first_row += rows.num_rows
                yield from (part.slice(at, batch_pairs) for at in range(0, len(part.pairs), batch_pairs))

    def _ranked(self, rows: pa.RecordBatch, columns: Sequence[str], first_row: int) -> _Part:
        found = ranking_pairs(rows, self._roles, most=most_of_each(self._store.n_rows))
        own = pa.table(rows).select(list(columns)).take(pa.array(found.rows))
        pairs = PairBatch(found.prompts, found.chosen, found.rejected, np.zeros(len(found), np.int64), own)
        return _Part(pairs, first_row + found.rows, found.is_first)

    @cached_property
    def features(self) -> PairFeatures:
        """What the replies of each pair differ in."""
        return self._read[0]

    @cached_property
    def told(self) -> Told:
        """What the data says of its pairs."""
        return self._read[1]

    @cached_property
    def _read(self) -> tuple[PairFeatures, Told]:
        """Features and outcomes in one pass over the rows."""
        from portolan.pieces import WEIGHTS, PieceTable

        table = PieceTable(WEIGHTS)
        features: list[PairFeatures] = []
        said: list[Digests] = []
        votes, sides, same = [], [], []
        rows: list[RowIds] = []
        is_first: list[BoolArray] = []
        done = 0
        for part in self._parts():
            pairs = part.pairs
            features.append(pair_features(pairs.prompts, pairs.chosen, pairs.rejected, table, threads=self.threads))
            said.append(prompt_digests(pairs.prompts, pairs.chosen))
            votes.append(pairs.leads)
            sides.append(is_text(pairs.chosen) & is_text(pairs.rejected))
            same.append(
                np.array(
                    [a == b for a, b in zip(pairs.chosen.to_pylist(), pairs.rejected.to_pylist(), strict=True)], bool
                )
            )
            if part.rows is not None and part.is_first is not None:
                rows.append(part.rows)
                is_first.append(part.is_first)
            done = int(part.rows[-1]) + 1 if part.rows is not None else done + len(pairs)
            self._report(Progress("pairs", done, self._store.n_rows, unit=self._roles.kind + "s"))
        if not features:
            raise InputError(
                "No row has two replies of which one ranks higher.", fix="Give each reply a score or a rank."
            )
        groups, has_sides, is_same = prompt_groups(said), np.concatenate(sides), np.concatenate(same)
        told = (
            self._told_of_rankings(groups, has_sides & ~is_same, np.concatenate(rows), np.concatenate(is_first))
            if self._is_ranking
            else self._told(groups, np.concatenate(votes), has_sides, is_same)
        )
        return join_features(features), told

    def _told(self, groups: RowIds, votes: RowIds, has_sides: BoolArray, is_same: BoolArray) -> Told:
        has_votes = bool(votes_of(self._roles))
        outcomes = (has_sides & ~is_same & ((votes != 0) | (not has_votes))).astype(np.int8)
        is_first = votes <= 0 if has_votes else None
        return Told(outcomes, has_sides, groups, is_first, np.ones(len(outcomes)), None, self._store.n_rows)

    def _told_of_rankings(self, groups: RowIds, is_counted: BoolArray, rows: RowIds, is_first: BoolArray) -> Told:
        n_rows = self._store.n_rows
        # Where every list is sorted the place of a reply says how it ranks, and nothing of what people favour.
        is_sorted = bool(is_first.all() or not is_first.any())
        return Told(
            is_counted.astype(np.int8),
            np.ones(len(rows), np.bool_),
            one_group_each(groups, rows),
            None if is_sorted else is_first,
            shared_weights(rows, is_counted, n_rows=n_rows),
            rows,
            n_rows,
        )

    @cached_property
    def kinds(self) -> NDArray[np.float32] | None:
        """Indicators of where each pair comes from; None where no column says."""
        names = provenance_columns(self._store.schema.names, self._roles)
        found = kinds_of({name: self._store.read_rows(columns=[name]).column(name).to_pylist() for name in names})[0]
        return None if found is None else self.told.of_pairs(found)

    def new_folder(self, name: str) -> Path:
        """A folder for what a costly model has learnt so far."""
        folder = self._work / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def _work(self) -> Path:
        return self._store.answers_folder() / f"preference-{self._key}"

    def forget_work(self) -> None:
        """Remove what costly models kept for this fit."""
        shutil.rmtree(self._work, ignore_errors=True)


def preferences_of(
    store: Store, pairs: MapOfPairs, preferrer: ScoringPreferrer, *, key: str, report: Report = silent
) -> FloatArray:
    """Margins of all pairs by a preferrer that learns nothing, (n_rows, n_judges); NaN where a side has no text.

    Finished batches of a costly one are kept under `key`, and found again.
    """
    found: list[FloatArray] = []
    size = COSTLY_PAIRS if preferrer.is_costly else BATCH_PAIRS
    done = 0
    for number, batch in enumerate(pairs.batches(preferrer.columns, batch_pairs=size)):
        kept = store.read_chunk_table(STAGE, key=key, number=number) if preferrer.is_costly else None
        if kept is None:
            kept = _preferred(preferrer, batch)
            # Of a batch in which nothing could be read nothing is kept: it is asked about again.
            if preferrer.is_costly and any(np.isfinite(column.to_numpy()).any() for column in kept.columns):
                store.write_chunk_table(STAGE, key=key, number=number, table=kept)
        found.append(np.stack([column.to_numpy() for column in kept.columns], axis=1))
        done += len(batch)
        report(Progress("preference", done, pairs.n_pairs, unit="pairs"))
    n_judges = max((part.shape[1] for part in found), default=1)
    # A batch in which no pair has two sides says nothing of how many judges there are.
    return np.concatenate([np.broadcast_to(part, (len(part), n_judges)) for part in found])


def _preferred(preferrer: ScoringPreferrer, batch: PairBatch) -> pa.Table:
    has_sides = is_text(batch.chosen) & is_text(batch.rejected)
    margins = np.full((len(batch), 1), np.nan)
    if has_sides.any():
        told = np.asarray(preferrer.prefer(batch.only(has_sides)).margins, np.float64).reshape(int(has_sides.sum()), -1)
        margins = np.full((len(batch), told.shape[1]), np.nan)
        margins[has_sides] = told
    return pa.table({f"margin_{judge}": margins[:, judge] for judge in range(margins.shape[1])})
