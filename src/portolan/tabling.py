"""Rows of a map in an order, a page at a time: what tables show, and what one steps through."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from threading import Lock
from typing import Literal

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.clusters import Clusters, Marks
from portolan.core.columns import seconds_of
from portolan.core.order import BY_ROW_ID, Page, Ranks, Sort, order_by_rank, text_keys, value_keys, value_ranks
from portolan.core.pairs import questions_of, sides_of, text_columns
from portolan.filtering import CLUSTER_COLUMN, Clause, Filterer
from portolan.store import Store
from portolan.types import BoolArray, Roles

Places = NDArray[np.uint32]
"""Rows by their places in tile order."""
FIRST_LOOK = 1 << 16
KEPT_ORDERS = 4
KEPT_LISTS = 3
PARTS = ("prompt", "chosen", "rejected")
"""Of a row that is no plain text, the parts that are sorted by their text as the page shows it."""


class Listed:
    """Rows of an order that a filter keeps, looked for only as far as they are asked for."""

    def __init__(self, order: Places, is_shown: BoolArray | None) -> None:
        self._order = order
        self._is_shown = is_shown
        self._found = order[:0] if is_shown is not None else order
        self._n_seen = 0
        self.total = len(order) if is_shown is None else int(np.count_nonzero(is_shown))

    def part(self, offset: int, stop: int) -> Places:
        """The rows from `offset` to `stop`."""
        while self._is_shown is not None and len(self._found) < min(stop, self.total):
            # Twice as far each time: putting the parts together costs no more than finding them.
            seen = self._order[self._n_seen : max(FIRST_LOOK, 2 * self._n_seen)]
            self._found = np.concatenate([self._found, seen[self._is_shown[seen]]])
            self._n_seen += len(seen)
        part: Places = self._found[offset:stop]
        return part

    def place_of(self, row: int) -> int | None:
        """Where a row stands; None where it is not among them."""
        if self._is_shown is not None and not self._is_shown[row]:
            return None
        before = self._order[: int(np.flatnonzero(self._order == row)[0])]
        return len(before) if self._is_shown is None else int(np.count_nonzero(self._is_shown[before]))


class Tabler:
    """Lists rows of one map in an order. Orders and lists are kept: the next page costs next to nothing.

    After an edit of clusters both are made anew. Every method may be called from several threads at once.
    """

    def __init__(self, store: Store, filterer: Filterer, clusters: Clusters, *, roles: Roles) -> None:
        self._store = store
        self._filterer = filterer
        self._clusters = clusters
        self._roles = roles
        self._lock = Lock()
        self._order = lru_cache(KEPT_ORDERS)(self._sorted)
        self._lists: dict[tuple[Marks, tuple[Clause, ...], str, Sort], Listed] = {}

    @property
    def columns(self) -> list[str]:
        """What rows can be sorted by, beside expressions over these."""
        return self._filterer.columns

    def page(
        self,
        clauses: Sequence[Clause] = (),
        *,
        join: Literal["and", "or"] = "and",
        where: str | None = None,
        sort: Sort | None = None,
        offset: int = 0,
        limit: int | None = None,
        find: int | None = None,
    ) -> Page:
        """Rows `offset` to `offset + limit` of a list.

        Parameters
        ----------
        clauses : sequence of Clause
            Only rows that meet all of these, or any.
        join : "and" or "or"
        where : str, optional
            One more clause.
        find : int, optional
            A row whose place in the list is wanted.

        Raises
        ------
        InputError, ExpressionError
            There is nothing such to sort by, or a clause cannot be understood.
        """
        if where is not None:
            clauses = [*clauses, Clause("where", where)]
        order = self._filterer.memory.order
        with self._lock:
            listed = self._list((self._clusters.marks, tuple(clauses), join, sort or BY_ROW_ID))
            stop = listed.total if limit is None else min(offset + limit, listed.total)
            row_ids = order[listed.part(offset, stop)].astype(np.int64)
            is_there = find is not None and 0 <= find < len(order)
            place = listed.place_of(int(self._rows_in_tiles[find])) if is_there else None
        return Page(row_ids, total=listed.total, place=place)

    @cached_property
    def _rows_in_tiles(self) -> Places:
        """Place in tile order of each row."""
        order = self._filterer.memory.order
        places = np.empty(len(order), np.uint32)
        places[order] = np.arange(len(order), dtype=np.uint32)
        return places

    def _list(self, asked: tuple[Marks, tuple[Clause, ...], Literal["and", "or"], Sort]) -> Listed:
        marks, clauses, join, sort = asked
        listed = self._lists.pop(asked, None)
        if listed is None:
            is_shown = self._filterer.sift(clauses, join=join).is_shown if clauses else None
            listed = Listed(self._order(sort, marks), is_shown)
        self._lists[asked] = listed
        if len(self._lists) > KEPT_LISTS:
            self._lists.pop(next(iter(self._lists)))
        return listed

    def _sorted(self, sort: Sort, _marks: Marks) -> Places:
        """All rows in an order, which is kept as long as the clusters are as `_marks` says: their names sort, too."""
        if sort == BY_ROW_ID:
            return self._rows_in_tiles
        ranked = self._ranked(sort.column)
        if ranked is not None:
            ranks, ids = ranked
            rows = order_by_rank(ranks, ids, is_descending=sort.is_descending)
            by_rank: Places = self._rows_in_tiles[rows]
            return by_rank
        row_ids = pa.array(np.arange(self._store.n_rows, dtype=np.uint32))
        table = pa.table({"row_id": row_ids, "key": self._keys(sort.column)})
        direction = "DESC" if sort.is_descending else "ASC"
        with duckdb.connect(":memory:", config={"enable_external_access": "false"}) as database:
            database.register("keys", table)
            ordered = database.sql(f"SELECT row_id FROM keys ORDER BY key {direction} NULLS LAST, row_id")
            by_key: Places = self._rows_in_tiles[ordered.to_arrow_table().column(0).to_numpy()]
        return by_key

    def _ranked(self, name: str) -> tuple[Ranks, NDArray[np.integer]] | None:
        """Ranks of the values of a column that has few of them, and each row's value, in row order."""
        given = [field.name for field in self._store.schema]
        for layer in range(self._filterer.n_layers):
            if name == CLUSTER_COLUMN.format(layer) and name not in given:
                ranks = value_ranks(self._clusters.names(layer))
                ids = self._clusters.ids(layer)
                return ranks, np.where(ids < 0, len(ranks), ids)
        column = self._filterer.memory.named(name)
        if column is None or column["kind"] not in ("category", "boolean") or self._part(name) is not None:
            return None
        codes = self._filterer.memory.codes(column)[self._rows_in_tiles]
        ranks = value_ranks([value for value, _ in column["values"]])
        return ranks, np.where(codes == column["missing"], len(ranks), codes)

    def _keys(self, column: str) -> pa.ChunkedArray:
        """What rows are compared by, in row order."""
        part = self._part(column)
        if part is not None:
            batches = self._store.row_batches(columns=text_columns(self._roles))
            roles = self._roles
            # Of a prompt, tables show what it asks in the end: conversations may begin alike.
            if part == 0 and roles.kind in ("pair", "ranking"):
                return _chunked([text_keys(questions_of(batch, roles)) for batch in batches])
            return _chunked([text_keys(sides_of(batch, roles)[part]) for batch in batches])
        given = [field.name for field in self._store.schema]
        if column in given:
            batches = self._store.row_batches(columns=[column])
            keys = seconds_keys if column == self._roles.time else value_keys
            return _chunked([keys(batch.column(column)) for batch in batches])
        values = self._filterer.values(column)
        return _chunked([value_keys(chunk) for chunk in values.chunks])

    def _part(self, column: str) -> int | None:
        """Which of prompt, chosen and rejected a column shows; None where it is shown as it came."""
        roles = self._roles
        if roles.kind == "text":
            return None
        parts = PARTS if roles.kind == "pair" else PARTS[:1]
        if column in parts:
            return parts.index(column)
        return 0 if column == roles.text and roles.kind != "pair" else None


def seconds_keys(values: pa.Array) -> pa.Array:
    """What times are compared by: seconds since 1970, null where there is no time."""
    return value_keys(pa.array(seconds_of(values)))


def _chunked(keys: list[pa.Array]) -> pa.ChunkedArray:
    return pa.chunked_array(keys) if keys else pa.chunked_array([pa.nulls(0)])
