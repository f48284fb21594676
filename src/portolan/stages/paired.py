"""A map's pairs as preferrers see them, batch by batch; and what is kept of costly ones as they go."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.pair_design import kinds_of
from portolan.core.pair_features import PairFeatures, join_features, pair_features
from portolan.core.pairs import sides_of, text_columns
from portolan.core.prompt_groups import Digests, prompt_digests, prompt_groups
from portolan.core.scored import is_text
from portolan.core.votes import leads, votes_of
from portolan.plugins import PairBatch, ScoringPreferrer
from portolan.store import Store
from portolan.types import BoolArray, FloatArray, Progress, Report, Roles, RowIds, silent

COSTLY_PAIRS = 128
"""Pairs in a batch that is kept when it is finished."""
BATCH_PAIRS = 4096
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
    votes = {vote["column"] for vote in votes_of(roles)}
    return [name for name in roles.categories if name in names and name.lower() in PROVENANCE and name not in votes]


@dataclass(frozen=True)
class Told:
    """What the data itself says of its pairs.

    Attributes
    ----------
    outcomes : ndarray of int8, shape (n_rows,)
        1: the chosen reply won; 0: a tie, no verdict, two equal replies, or a side without text.
    has_sides : ndarray of bool, shape (n_rows,)
        Whether both replies have text.
    groups : ndarray of int64, shape (n_rows,)
        Pairs of one prompt.
    is_first : ndarray of bool, shape (n_rows,), or None
        Whether the reply given first is the chosen one; None where the data names the sides itself.
    """

    outcomes: NDArray[np.int8]
    has_sides: BoolArray
    groups: RowIds
    is_first: BoolArray | None


class MapOfPairs:
    """A map of pairs as preferrers see it: `portolan.plugins.PairsToPrefer`."""

    def __init__(
        self, store: Store, roles: Roles, *, key: str, threads: int | None = None, report: Report = silent
    ) -> None:
        self._store, self._roles, self._key, self._report = store, roles, key, report
        self.threads = threads

    @property
    def n_pairs(self) -> int:
        """Number of pairs."""
        return self._store.n_rows

    def batches(self, columns: Sequence[str] = (), *, batch_pairs: int = BATCH_PAIRS) -> Iterator[PairBatch]:
        """All pairs in order, a batch at a time, with some of the user's columns."""
        named = list(dict.fromkeys([*text_columns(self._roles), *columns]))
        for batch in self._store.row_batches(columns=named):
            for start in range(0, batch.num_rows, batch_pairs):
                part = batch.slice(start, batch_pairs)
                yield PairBatch(
                    *sides_of(part, self._roles), leads(part, self._roles), pa.table(part).select(list(columns))
                )

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
        parts: list[PairFeatures] = []
        said: list[Digests] = []
        votes, sides, same = [], [], []
        done = 0
        for pairs in self.batches():
            parts.append(pair_features(pairs.prompts, pairs.chosen, pairs.rejected, table, threads=self.threads))
            said.append(prompt_digests(pairs.prompts, pairs.chosen))
            votes.append(pairs.leads)
            sides.append(is_text(pairs.chosen) & is_text(pairs.rejected))
            same.append(
                np.array(
                    [a == b for a, b in zip(pairs.chosen.to_pylist(), pairs.rejected.to_pylist(), strict=True)], bool
                )
            )
            done += len(pairs)
            self._report(Progress("pairs", done, self.n_pairs, unit="pairs"))
        return join_features(parts), self._told(
            prompt_groups(said), *(np.concatenate(each) for each in (votes, sides, same))
        )

    def _told(self, groups: RowIds, votes: RowIds, has_sides: BoolArray, is_same: BoolArray) -> Told:
        has_votes = bool(votes_of(self._roles))
        outcomes = (has_sides & ~is_same & ((votes != 0) | (not has_votes))).astype(np.int8)
        return Told(outcomes, has_sides, groups, votes <= 0 if has_votes else None)

    @cached_property
    def kinds(self) -> NDArray[np.float32] | None:
        """Indicators of where each pair comes from; None where no column says."""
        names = provenance_columns(self._store.schema.names, self._roles)
        return kinds_of({name: self._store.read_rows(columns=[name]).column(name).to_pylist() for name in names})[0]

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
            if preferrer.is_costly:
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
