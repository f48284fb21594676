"""The leaves of a filter expression that need no database: answered from codes, numbers and points in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.types as pt

from portolan.core.parallel import each_block
from portolan.core.sifting import (
    NO,
    YES,
    Between,
    HasTag,
    InArea,
    IsIn,
    IsMissing,
    States,
    Test,
    join_states,
    states_by_code,
)
from portolan.core.tags import tags_of
from portolan.stages.judge import AS_OF
from portolan.store import Store
from portolan.tile_memory import TileMemory

BLOCK = 1 << 19


class QuickTests:
    """Answers tests on one map, with states in tile order. What it answers, the database would answer alike."""

    def __init__(self, store: Store, memory: TileMemory) -> None:
        self._store = store
        self._memory = memory

    def states(self, test: Test) -> States | None:
        """The states that a test gives; None where only the database can say."""
        if isinstance(test, InArea):
            return self.area(test)
        if test.column == "row_id":
            return self._row_ids(test)
        about = self._memory.named(test.column)
        if about is not None and AS_OF in about and not self._is_up_to_date(about):
            return None
        # A column of the user's own that is called like a layer of clusters hides that layer.
        if about is None or (about["kind"] == "cluster") == (test.column in self._store.column_names()):
            return None
        if isinstance(test, IsMissing):
            return self._missing(about)
        if isinstance(test, HasTag):
            return self._tagged(test, about)
        if isinstance(test, IsIn):
            return self._numbers_in(test) if about["kind"] == "number" else self._values_in(test, about)
        if (about["kind"], test.is_time) in (("number", False), ("time", True)):
            return self._between(test)
        return None

    def area(self, test: InArea) -> States:
        """Which rows' points lie in a polygon."""
        from portolan.core.polygon import polygon_grid

        points = self._memory.points(test.layout)
        grid = polygon_grid(np.array(test.polygon, dtype=np.float64))
        return _fill(len(points), lambda start, stop, states: grid.mark(points[start:stop], states))

    def _is_up_to_date(self, about: Mapping[str, Any]) -> bool:
        """Whether the codes of labels say what the journal says: it may have grown since they were written."""
        columns = self._store.judged.columns()
        return any((one.name, one.mark) == (about["name"], about[AS_OF]) for one in columns)

    def _row_ids(self, test: Test) -> States | None:
        if not isinstance(test, IsIn) or any(type(value) is not int for value in test.values):
            return None
        is_wanted = np.zeros(self._store.n_rows, np.bool_)
        is_wanted[[value for value in test.values if isinstance(value, int) and 0 <= value < len(is_wanted)]] = True
        return np.where(is_wanted, YES, NO).astype(np.uint8)[self._memory.order]

    def _values_in(self, test: IsIn, about: Mapping[str, Any]) -> States | None:
        if about["kind"] == "cluster":
            known: list[Any] = list(range(self._memory.n_clusters(about)))
        elif about["kind"] in ("category", "boolean") and _is_plain(self._store.column_type(test.column)):
            known = [value for value, _ in about["values"]]
        else:
            return None
        # '1' is compared with 1 by rules of the database's own.
        if known and any(_family(value) is not _family(known[0]) for value in test.values):
            return None
        wanted = set(test.values)
        is_yes = np.array([value in wanted for value in known], dtype=np.bool_)
        return states_by_code(is_yes, self._memory.codes(about), missing=about["missing"])

    def _tagged(self, test: HasTag, about: Mapping[str, Any]) -> States | None:
        # Maps of before have no mark of lists: theirs are the database's.
        if not about.get("is_list"):
            return None
        lists = tags_of(about)
        is_yes = np.array([not tags if test.tag is None else test.tag in tags for tags in lists], dtype=np.bool_)
        return states_by_code(is_yes, self._memory.codes(about), missing=about["missing"])

    def _missing(self, about: Mapping[str, Any]) -> States | None:
        # The codes of numbers and times call missing what is not finite or cannot be read; the database does not.
        if about["kind"] in ("number", "time"):
            return None
        return np.where(self._memory.codes(about) == about["missing"], YES, NO).astype(np.uint8)

    def _numbers_in(self, test: IsIn) -> States | None:
        if any(_family(value) is not float for value in test.values):
            return None
        parts = [self._between(Between(test.column, float(value), float(value))) for value in test.values]
        known = [part for part in parts if part is not None]
        return join_states("or", known) if len(known) == len(parts) else None

    def _between(self, test: Between) -> States | None:
        from portolan.core.sift_kernels import between

        values = self._memory.numbers(test.column, is_time=test.is_time)
        if values is None:
            return None
        # The database compares floats of 32 bits as such.
        low, high = (float(values.dtype.type(bound)) for bound in (test.low, test.high))
        return _fill(
            len(values),
            lambda start, stop, states: between(values[start:stop], low, high, test.has_low, test.has_high, states),
        )


def _fill(n_rows: int, work: Callable[[int, int, States], None]) -> States:
    """States of all rows, a block at a time on every core."""
    states = np.empty(n_rows, np.uint8)
    each_block(lambda start, stop: work(start, stop, states[start:stop]), n_rows, block_rows=BLOCK)
    return states


def _is_plain(kind: pa.DataType) -> bool:
    """Whether values of a category are in the codes as they are: lists, decimals and the like stand there as texts."""
    return bool(
        pt.is_string(kind) or pt.is_large_string(kind) or pt.is_integer(kind) or pt.is_boolean(kind) or pt.is_null(kind)
    )


def _family(value: object) -> type:
    """What a value is compared with: numbers with numbers, texts with texts, TRUE with TRUE."""
    return bool if isinstance(value, bool) else float if isinstance(value, (int, float)) else type(value)
