"""Which rows of a map meet a filter expression, and how many of each value they have."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Literal

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from portolan.clusters import Clusters
from portolan.core.columns import seconds_of
from portolan.core.expression import CALL_COLUMN, Call, Condition, Join, Leaf, Not, parse_expression, parse_value
from portolan.core.facets import count_values, facet_table
from portolan.core.sifting import NO, UNKNOWN, YES, InArea, States, join_states, quick_test
from portolan.errors import ExpressionError
from portolan.quick_tests import QuickTests
from portolan.searching import Searcher
from portolan.store import Store
from portolan.tile_memory import TileMemory
from portolan.types import BoolArray, RowIds

Given = Mapping[str, pa.Array]
NOTHING_GIVEN: Given = {}
CLUSTER_COLUMN = "cluster_{}"
MOST_STATES_BYTES = 400e6
BLOCK = 1 << 20


@dataclass(frozen=True)
class Clause:
    """One part of a filter. `key` is the slug of the column that it is about: its counts leave the clause out."""

    key: str
    where: str


@dataclass(frozen=True)
class Sift:
    """What a filter keeps.

    Attributes
    ----------
    is_shown : ndarray of bool, shape (n_rows,)
        In tile order.
    counts : mapping of slug to ndarray of int64
        Rows of each code, the missing last; for numbers and times of each of 32 bins, the missing last.
    by_clause : mapping of key to int
        Rows that meet each clause by itself.
    """

    is_shown: BoolArray
    counts: Mapping[str, NDArray[np.int64]]
    by_clause: Mapping[str, int]

    @property
    def n_shown(self) -> int:
        """Rows that are kept."""
        return int(np.count_nonzero(self.is_shown))


class Filterer:
    """Answers filter expressions on one map. What is known of an expression goes with the clusters it was asked of."""

    def __init__(self, store: Store, searcher: Searcher, clusters: Clusters) -> None:
        self.memory = TileMemory(store)
        self._store = store
        self._searcher = searcher
        self._clusters = clusters
        self.n_layers = len(clusters.counts)
        self._quick = QuickTests(store, self.memory)
        self._known: OrderedDict[tuple[str, str], States] = OrderedDict()
        self._lock = Lock()

    @property
    def columns(self) -> list[str]:
        """What expressions may name: `row_id`, the user's and measured columns, `cluster_0` (the finest) and so on."""
        clusters = [CLUSTER_COLUMN.format(layer) for layer in range(self.n_layers)]
        return list(dict.fromkeys(["row_id", *self._store.column_names(), *clusters]))

    def rows(self, text: str) -> BoolArray:
        """Whether each row meets the expression: bool, shape (n_rows,), in row order. Unknown (NULL) counts as no.

        Raises
        ------
        ExpressionError
            The expression cannot be understood, or compares what cannot be compared.
        """
        is_kept = np.empty(self._store.n_rows, np.bool_)
        is_kept[self.memory.order] = self.states(text) == YES
        return is_kept

    def values(self, text: str, given: Given = NOTHING_GIVEN) -> pa.ChunkedArray:
        """What an expression says of each row, in row order. Raises ExpressionError as `rows` does.

        Parameters
        ----------
        given : mapping of str to pa.Array of n_rows, optional
            Values that some columns are taken to have, in place of those that they have in the map.
        """
        leaf = parse_value(text, self.columns)
        return self._select(leaf, leaf.sql, given)

    def rows_given(self, text: str, given: Given) -> BoolArray:
        """As `rows`, with some columns taken to have other values than in the map: see `values`. Nothing is kept."""
        is_kept = np.empty(self._store.n_rows, np.bool_)
        is_kept[self.memory.order] = self._solve(parse_expression(text, self.columns), given) == YES
        return is_kept

    def numbers(self, text: str, given: Given = NOTHING_GIVEN) -> NDArray[np.float64]:
        """What an expression says of each row, as a number: float64, shape (n_rows,), NaN where it says nothing.

        Some columns may be `given` other values: see `values`.

        Raises
        ------
        ExpressionError
            It cannot be understood, or says what is no number.
        """
        said = self.values(text, given)
        try:
            numbers: NDArray[np.float64] = said.cast(pa.float64()).to_numpy()
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise ExpressionError(
                f"{text.strip()} says what is no number ({said.type}).",
                fix="Write an expression that is a number for each row: CASE WHEN … THEN 0.2 ELSE 1 END.",
            ) from error
        return numbers

    def states(self, text: str) -> States:
        """NO, UNKNOWN or YES for each row, in tile order; kept for when the same is asked again."""
        asked = (self._clusters.state + self._judged_state(text), text)
        with self._lock:
            if asked in self._known:
                self._known.move_to_end(asked)
                return self._known[asked]
        states = self._solve(parse_expression(text, self.columns))
        with self._lock:
            self._known[asked] = states
            while len(self._known) > 1 and len(self._known) * len(states) > MOST_STATES_BYTES:
                self._known.popitem(last=False)
        return states

    def _judged_state(self, text: str) -> str:
        """Names what the journal says in the columns that an expression may be about."""
        columns = self._store.judged.columns()
        return repr([(one.name, one.mark) for one in columns if one.name.lower() in text.lower()])

    def sift(
        self, clauses: Sequence[Clause], *, join: Literal["and", "or"] = "and", facets: Sequence[str] = ()
    ) -> Sift:
        """What clauses keep together, and the values of what they keep.

        Parameters
        ----------
        clauses : sequence of Clause
        join : "and" or "or"
        facets : sequence of str
            Slugs of columns to count. A column's counts leave its own clause out: they tell what one would see if
            one chose otherwise there.
        """
        parts = {clause.key: self.states(clause.where) == YES for clause in clauses}
        is_shown = self._joined(list(parts.values()), join)
        counts: dict[str, NDArray[np.int64]] = {}
        for slug in facets:
            others = [part for key, part in parts.items() if key != slug]
            counts[slug] = self._count(slug, is_shown if slug not in parts else self._joined(others, join))
        return Sift(is_shown, counts, {key: int(np.count_nonzero(part)) for key, part in parts.items()})

    def sample(self, sift: Sift, limit: int) -> RowIds:
        """Places in tile order of the first `limit` rows that are kept: coarse tiles first, so a fair sample."""
        found: list[NDArray[np.int64]] = []
        n_found = 0
        for at in range(0, len(sift.is_shown), BLOCK):
            places = np.flatnonzero(sift.is_shown[at : at + BLOCK])[: limit - n_found] + at
            found.append(places)
            n_found += len(places)
            if n_found >= limit:
                break
        return np.concatenate(found) if found else np.empty(0, np.int64)

    def on_layout(self, sift: Sift, beside: Filterer) -> Sift:
        """The same rows in the tile order of another layout of them."""
        is_shown = np.empty_like(sift.is_shown)
        is_shown[self.memory.order] = sift.is_shown
        return Sift(is_shown[beside.memory.order], sift.counts, sift.by_clause)

    def _joined(self, parts: Sequence[BoolArray], join: str) -> BoolArray:
        if not parts:
            return np.ones(self._store.n_rows, np.bool_)
        result = parts[0]
        for part in parts[1:]:
            result = result & part if join == "and" else result | part
        return result

    def _count(self, slug: str, is_shown: BoolArray) -> NDArray[np.int64]:
        column = self.memory.column(slug)
        n_clusters = self.memory.n_clusters(column) if column["kind"] == "cluster" else 0
        return count_values(self.memory.codes(column), is_shown, facet_table(column, n_clusters=n_clusters))

    # The tree, and its leaves.

    def _solve(self, condition: Condition, given: Given = NOTHING_GIVEN) -> States:
        if isinstance(condition, Not):
            return (YES - self._solve(condition.part, given)).astype(np.uint8)
        if isinstance(condition, Join):
            return join_states(condition.how, [self._solve(part, given) for part in condition.parts])
        test = None if given.keys() & set(condition.columns) else quick_test(condition, self.columns)
        quick = None if test is None else self._quick.states(test)
        return self._ask_database(condition, given) if quick is None else quick

    def _ask_database(self, leaf: Leaf, given: Given) -> States:
        if leaf.sql == f'"{CALL_COLUMN.format(0)}"' and leaf.calls[0].name in ("text", "near"):
            return np.where(self._answer(leaf.calls[0]), YES, NO).astype(np.uint8)[self.memory.order]
        condition = f"CAST(({leaf.sql}) AS BOOLEAN)"
        case = f"CASE WHEN {condition} THEN {YES} WHEN {condition} IS NULL THEN {UNKNOWN} ELSE {NO} END"
        states: States = self._select(leaf, f"CAST({case} AS UTINYINT)", given).to_numpy()[self.memory.order]
        return states

    def _select(self, leaf: Leaf, what: str, given: Given) -> pa.ChunkedArray:
        """What `what`, which is made of a leaf's columns and calls, is in each row, in row order."""
        table = self._table(leaf, given)
        with duckdb.connect(":memory:", config={"enable_external_access": "false"}) as database:
            database.execute("SET TimeZone = 'UTC'")
            database.register("map", table)
            try:
                found: pa.Table = database.sql(f"SELECT {what} AS answer FROM map").to_arrow_table()
            except duckdb.Error as error:
                raise ExpressionError(
                    f"The filter cannot be answered: {str(error).splitlines()[0]}",
                    fix="Compare a column with a value of its kind; CAST(column AS …) changes the kind.",
                ) from error
        return found.column(0)

    def _table(self, leaf: Leaf, given: Given) -> pa.Table:
        """What a leaf reads: rows in row order, one column each for the map's columns and for its calls."""
        known = set(self._store.column_names())
        table = self._store.read_columns([name for name in leaf.columns if name in known])
        for name in given.keys() & set(leaf.columns):
            table = table.set_column(table.schema.get_field_index(name), name, given[name])
        for layer in range(self.n_layers):
            name = CLUSTER_COLUMN.format(layer)
            if name in leaf.columns and name not in known:
                # -1 is no cluster: such a row is in none, so it meets no comparison.
                ids = pa.array(self._clusters.ids(layer))
                table = table.append_column(name, pc.if_else(pc.less(ids, 0), None, ids))
        for number, call in enumerate(leaf.calls):
            table = table.append_column(CALL_COLUMN.format(number), self._answer_column(call))
        return table

    def _answer_column(self, call: Call) -> pa.Array:
        if call.name == "time":
            seconds = seconds_of(self._store.read_rows(columns=[str(call.argument)]).column(str(call.argument)))
            micros = np.where(np.isnan(seconds), 0, seconds * 1e6).astype(np.int64)
            return pa.array(micros, mask=np.isnan(seconds)).cast(pa.timestamp("us"))
        if call.name == "in_area":
            is_found = np.empty(self._store.n_rows, np.bool_)
            is_found[self.memory.order] = self._quick.area(InArea(str(call.argument), call.polygon)) == YES
            return pa.array(is_found)
        return pa.array(self._answer(call))

    def _answer(self, call: Call) -> BoolArray:
        is_found = np.zeros(self._store.n_rows, np.bool_)
        if call.name == "text":
            is_found[self._searcher.matching(str(call.argument))] = True
        else:
            assert call.threshold is not None
            is_found = self._searcher.is_near(call.argument, call.threshold)
        return is_found
