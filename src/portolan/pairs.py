"""The pairs of a map: their statistics, and the pairs themselves as a table."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.pair_facts import PairFacts, PairTexts, read_facts, read_texts
from portolan.core.pair_statistics import PairStatistics, pair_statistics
from portolan.core.pairs import TURNS, prompt_turns, text_columns
from portolan.core.ranking_pairs import ranking_pairs, shared_weights
from portolan.core.ranking_statistics import RankedLengths, ranking_statistics, read_lengths
from portolan.core.votes import origins
from portolan.errors import InputError
from portolan.store import Store
from portolan.types import Progress, Report, Roles, RowIds, silent

BATCH_ROWS = 8192
SIDES = tuple((name, pa.large_string()) for name in ("prompt", "chosen", "rejected"))
BATCH_RANKINGS = 1024


def check_pairs(roles: Roles) -> None:
    """Raise InputError where rows are no pairs, and no rankings, of which the best and the worst reply are a pair."""
    if roles.kind not in ("pair", "ranking"):
        raise InputError(
            f"These rows (kind: {roles.kind}) are no preference pairs.",
            fix="Name the two columns when the map is made: portolan map DATA --chosen C --rejected C.",
        )


def pair_texts(store: Store, roles: Roles, row_ids: RowIds | None = None) -> Iterator[PairTexts]:
    """Texts of the pairs in row order, or of some in the order asked, a batch at a time."""
    return (read_texts(batch, roles) for batch in _batches(store, roles, row_ids))


def _batches(store: Store, roles: Roles, row_ids: RowIds | None) -> Iterator[pa.RecordBatch]:
    """The columns of texts, of all rows or of some in the order asked."""
    columns = text_columns(roles)
    if row_ids is None:
        yield from store.row_batches(columns=columns, batch_rows=BATCH_ROWS)
        return
    asked = np.asarray(row_ids, np.int64)
    for at in range(0, len(asked), BATCH_ROWS):
        yield from store.read_rows(columns=columns, row_ids=asked[at : at + BATCH_ROWS]).combine_chunks().to_batches()


def pair_facts(store: Store, roles: Roles, *, threads: int | None = None, report: Report = silent) -> PairFacts:
    """Facts of all pairs, in row order."""
    parts, done = [], 0
    for batch in store.row_batches(columns=text_columns(roles), batch_rows=BATCH_ROWS):
        parts.append(read_facts(batch, roles, threads=threads))
        done += batch.num_rows
        report(Progress("pairs", done, store.n_rows))
    return PairFacts.joined(parts)


class Pairs:
    """The pairs of a map. `str(m.pairs)` tells of them; every figure is an attribute of `m.pairs.statistics`.

    Facts of a ranking are those of its best reply, which stands as chosen, against its worst, which stands as rejected.
    """

    def __init__(self, store: Store, roles: Roles, *, report: Report = silent) -> None:
        check_pairs(roles)
        self._store, self._roles, self._report = store, roles, report

    @cached_property
    def facts(self) -> PairFacts:
        """What can be said of each pair without a model: lengths, turns, likeness of the replies. Arrays by row."""
        return pair_facts(self._store, self._roles, report=self._report)

    @cached_property
    def statistics(self) -> PairStatistics:
        """Statistics of all pairs, and of each value of the map's categories that is no verdict."""
        values = {name: self._texts_of(name) for name in origins(self._roles)}
        if not self._is_ranking:
            return pair_statistics(self.facts, values)
        return ranking_statistics(self.facts, self._lengths(), values)

    @property
    def _is_ranking(self) -> bool:
        return self._roles.kind == "ranking"

    def _lengths(self) -> RankedLengths:
        parts, first_row = [], 0
        for batch in self._store.row_batches(columns=text_columns(self._roles), batch_rows=BATCH_RANKINGS):
            parts.append(read_lengths(batch, self._roles, first_row=first_row))
            first_row += batch.num_rows
        return RankedLengths.joined(parts)

    def table(self, row_ids: Sequence[int] | RowIds | None = None) -> pa.Table:
        """`row_id`, `prompt`, `chosen` and `rejected` as plain text; of all pairs, or of some in the order asked.

        `prompt_turns` is the prompt once more, turn by turn with roles: a list of {role, text}, where role is human,
        assistant, system, or what else the data says.

        Of rankings all pairs, one after another, and `weight`: one over the number of pairs of its ranking.
        """
        rows = np.arange(self._store.n_rows) if row_ids is None else np.asarray(row_ids, np.int64)
        asked = None if row_ids is None else rows
        if self._is_ranking:
            return self._ranked_table(rows)
        parts = [
            self._table_of(read_texts(batch, self._roles), prompt_turns(batch, self._roles))
            for batch in _batches(self._store, self._roles, asked)
        ]
        whole = pa.concat_tables(parts) if parts else pa.schema([*SIDES, ("prompt_turns", TURNS)]).empty_table()
        return whole.add_column(0, "row_id", pa.array(rows, pa.int64()))

    @staticmethod
    def _table_of(texts: PairTexts, turns: pa.Array) -> pa.Table:
        sides = {"prompt": texts.prompts, "chosen": texts.chosen, "rejected": texts.rejected}
        return pa.table({**sides, "prompt_turns": turns})

    def _ranked_table(self, rows: RowIds) -> pa.Table:
        parts = []
        for at in range(0, len(rows), BATCH_RANKINGS):
            asked = rows[at : at + BATCH_RANKINGS]
            [batch] = (
                self._store.read_rows(columns=text_columns(self._roles), row_ids=asked).combine_chunks().to_batches()
            )
            found = ranking_pairs(batch, self._roles)
            weights = shared_weights(found.rows, np.ones(len(found), np.bool_), n_rows=len(asked))
            parts.append(
                pa.table(
                    {
                        "row_id": pa.array(asked[found.rows], pa.int64()), "prompt": found.prompts,
                        "chosen": found.chosen, "rejected": found.rejected, "weight": weights,
                        "prompt_turns": prompt_turns(batch, self._roles).take(pa.array(found.rows)),
                    }
                )
            )  # fmt: skip
        schema = pa.schema(
            [("row_id", pa.int64()), *SIDES, ("weight", pa.float64()), ("prompt_turns", TURNS)]
        )  # fmt: skip
        return pa.concat_tables(parts) if parts else schema.empty_table()

    def _texts_of(self, column: str) -> NDArray[np.object_]:
        values = self._store.read_rows(columns=[column]).column(column).to_pylist()
        return np.array([None if value is None else str(value) for value in values], dtype=object)

    def __len__(self) -> int:
        return self._store.n_rows

    def to_json(self) -> dict[str, Any]:
        """The statistics as JSON holds them."""
        return self.statistics.to_json()

    def __str__(self) -> str:
        return str(self.statistics)

    def __repr__(self) -> str:
        return f"<Pairs of {len(self):,} rankings>" if self._is_ranking else f"<Pairs: {len(self):,}>"

    def _repr_html_(self) -> str:
        lines = "".join(
            f"<tr><td>{html.escape(name)}</td><td>{html.escape(told)}</td></tr>"
            for name, told in self.statistics.lines()
        )
        return f"<table>{lines}</table>"
