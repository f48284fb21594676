"""Scoring a map's rows: what scorers are given, batch by batch, and what is kept of costly ones as they go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import pyarrow as pa

from portolan.core.neighbors import Neighbors
from portolan.core.pairs import text_columns
from portolan.core.scored import (
    ARROW_TYPES,
    ScoredTexts,
    as_column,
    is_text,
    scored_sides,
    sides_to_score,
    spread,
    whole_rows,
)
from portolan.plugins import Embedder, Texts, TextScorer
from portolan.stages.embed import load_embedder
from portolan.stages.texts import layout_texts
from portolan.store import Store
from portolan.types import Kind, Layout, Progress, Report, Roles, RowIds, Side, Vectors, silent


class MapToScore:
    """A map as scorers see it: `portolan.plugins.ScoredMap`."""

    def __init__(self, store: Store, roles: Roles, *, threads: int | None) -> None:
        self._store = store
        self._roles = roles
        self.threads = threads

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self._store.n_rows

    @property
    def kind(self) -> Kind:
        """What a row is."""
        return self._roles.kind

    @property
    def column_names(self) -> Sequence[str]:
        """The user's columns."""
        return list(self._store.schema.names)

    def column(self, name: str) -> pa.ChunkedArray:
        """One of the user's columns, in row order. Raises ColumnError."""
        return self._store.read_rows(columns=[name]).column(name)

    def texts(self, side: Side | None = None) -> Iterator[ScoredTexts]:
        """Texts of all rows in row order, a batch at a time, blank ones too; the whole row unless a side is named."""
        for batch in self._store.row_batches(columns=text_columns(self._roles)):
            yield side_of(batch, self._roles, side)

    def texts_of(self, row_ids: RowIds, side: Side | None = None) -> Iterator[ScoredTexts]:
        """Texts of some rows, a batch at a time."""
        for batch in self._store.read_rows(columns=text_columns(self._roles), row_ids=row_ids).to_batches():
            yield side_of(batch, self._roles, side)

    @property
    def layout(self) -> Layout:
        """What of pairs the vectors are of."""
        layout: Layout = self._store.manifest.stages["embed"].info["layout"]
        return layout

    @cached_property
    def embedder(self) -> Embedder:
        """The embedder that made the vectors."""
        return load_embedder(self._store)

    def embedded_texts(self, layout: Layout) -> Iterator[Texts]:
        """What is embedded of each row for that layout, in row order, a batch at a time."""
        yield from layout_texts(self._store, self._roles, layout)

    @cached_property
    def vectors(self) -> Vectors:
        """Vectors of all rows, float32 (n_rows, n_dims)."""
        return self._store.read_vectors()

    @cached_property
    def neighbors(self) -> Neighbors:
        """The nearest rows of each row."""
        return Neighbors(self._store.read_array("neighbors"), self._store.read_array("distances"))


def side_of(batch: pa.RecordBatch, roles: Roles, side: Side | None) -> ScoredTexts:
    """Texts of the rows of a batch: the whole rows, or a side of the pairs."""
    return whole_rows(batch, roles) if side is None else scored_sides(batch, roles)[sides_to_score(roles).index(side)]


def score_batches(
    store: Store,
    roles: Roles,
    scorer: TextScorer,
    *,
    stage: str,
    key: str,
    batch_texts: int,
    report: Report = silent,
) -> list[pa.Table]:
    """The scorer's columns for each of `sides_to_score`, n_rows values each; null where a row has no text.

    Finished batches of a costly scorer are kept under `stage` and `key`, and found again.
    """
    sides = sides_to_score(roles)
    parts: list[list[pa.Table]] = [[] for _ in sides]
    total, done, number = store.n_rows * len(sides), 0, 0
    report(Progress("score", 0, total, unit="texts"))
    for batch in store.row_batches(columns=text_columns(roles)):
        for start in range(0, batch.num_rows, batch_texts):
            few: list[ScoredTexts] | None = None
            for place, scored in enumerate(parts):
                kept = store.read_chunk_table(stage, key=key, number=number) if scorer.is_costly else None
                if kept is None:
                    few = few or scored_sides(batch.slice(start, batch_texts), roles)
                    kept = score_texts(scorer, few[place])
                    if scorer.is_costly:
                        store.write_chunk_table(stage, key=key, number=number, table=kept)
                scored.append(kept)
                number += 1
                done += kept.num_rows
                report(Progress("score", done, total, unit="texts"))
    return [pa.concat_tables(tables) for tables in parts]


def score_texts(scorer: TextScorer, texts: ScoredTexts) -> pa.Table:
    """The scorer's columns of a batch; it is given only the texts that are not blank, the others are null."""
    is_there = is_text(texts.texts)
    n_there = int(is_there.sum())
    if n_there == 0:
        return pa.table({one.name: pa.nulls(len(texts), ARROW_TYPES[one.kind]) for one in scorer.columns})
    found = scorer.score(texts if n_there == len(texts) else texts.only(is_there))
    columns = {one.name: as_column(found[one.name], one, n=n_there) for one in scorer.columns}
    if n_there < len(texts):
        columns = {name: spread(values, is_there) for name, values in columns.items()}
    return pa.table(columns)
