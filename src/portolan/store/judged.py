"""Columns that follow from the journal: labels and decisions, as they are now.

They are worked out from the log, on reading, and kept: any process may add an event at any time, and nothing of them
has to be written. What stands beside the tiles follows (`stages.judge`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING

import pyarrow as pa

from portolan.core.decision_conflicts import DecisionConflict, decision_conflicts
from portolan.core.decisions import COLUMN, Decisions, decision_values, fold_decisions
from portolan.core.events import CLUSTER_KINDS, ROW_KINDS, Event, row_set_names
from portolan.core.history import row_history
from portolan.core.label_tables import SHORT, LabelColumn, column_values, label_columns, short_name
from portolan.core.labels import Labels, fold_labels
from portolan.core.moved_rows import Lineage, follow_set, unpack_moves
from portolan.core.row_sets import RowSet, unpack
from portolan.types import RowIds

if TYPE_CHECKING:
    from portolan.store.protocol import Journal

LIST = pa.list_(pa.string())


@dataclass(frozen=True)
class JudgedColumn:
    """A column that follows from the journal.

    `mark` is another one in each state of what it says; `is_short`: another name of a column that is there too.
    """

    name: str
    of: LabelColumn | None
    is_list: bool = False
    mark: int = 0
    is_short: bool = False


class Judged:
    """Labels and decisions of one map. Every method may be called from several threads at once.

    `journal()`, `n_rows()`, `data()`, which names the data that the rows are of, and `taken()`, names that other
    columns have, are asked each time: they change.
    """

    def __init__(
        self,
        journal: Callable[[], Journal],
        *,
        n_rows: Callable[[], int],
        data: Callable[[], str],
        taken: Callable[[], Sequence[str]],
    ) -> None:
        self._journal, self._n_rows, self._data, self._taken = journal, n_rows, data, taken
        self._known_data: str | None = None
        self._lock = RLock()
        self._labels: Labels | None = None
        self._decisions: Decisions | None = None
        self._conflicts: tuple[Decisions, list[DecisionConflict]] | None = None
        self._values: dict[str, tuple[int, pa.Array]] = {}

    def labels(self, events: Sequence[Event] | None = None) -> Labels:
        """The labels as they are now; or after `events`, a beginning of the log."""
        if events is not None:
            return fold_labels(events, n_rows=self._n_rows(), rows_of=self.reader(events))
        with self._lock:
            self._read_on()
            assert self._labels is not None
            return self._labels

    def decisions(self, events: Sequence[Event] | None = None) -> Decisions:
        """The decisions as they are now; or after `events`, a beginning of the log."""
        if events is not None:
            return fold_decisions(events, n_rows=self._n_rows(), rows_of=self.reader(events))
        with self._lock:
            self._read_on()
            assert self._decisions is not None
            return self._decisions

    def decision_conflicts(self) -> list[DecisionConflict]:
        """Rows of which people decided one thing and another, as it is now."""
        with self._lock:
            now = self.decisions()
            # What is no decision changes the state and leaves its arrays: nothing has to be compared anew.
            if self._conflicts is None or self._conflicts[0].numbers is not now.numbers:
                self._conflicts = (now, decision_conflicts(now))
            return self._conflicts[1]

    @property
    def n_contradicted(self) -> int:
        """Rows of which people decided one thing and another by hand, and nobody settled it."""
        return sum(len(one.rows) for one in self.decision_conflicts())

    def history(self, row_id: int) -> list[Event]:
        """Who said and decided what of a row, in order; what was undone too."""
        events = self._journal().events()
        return row_history(events, row_id, rows_of=self.reader(events))

    def rows_of_edits(self) -> Iterator[RowIds]:
        """The rows that every edit of clusters names, undone ones too, as they are found in the present data."""
        events = [event for event in self._journal().events() if event.kind in CLUSTER_KINDS]
        read = self.row_sets(events)
        return (read(event, name).rows for event in events for name in row_set_names([event]))

    def rows_of_acts(self) -> Iterator[RowIds]:
        """The rows of each label and decision ever made, undone ones too, as they are found in the present data."""
        events = [event for event in self._journal().events() if event.kind in ROW_KINDS]
        rows_of = self.reader(events)
        return (rows_of(event) for event in events)

    def columns(self) -> list[JudgedColumn]:
        """The columns that there are now. Names that others have are left to those."""
        labels, decisions = self.labels(), self.decisions()
        kinds = label_columns(labels)
        columns = [_judged(labels, kind.name, kind) for kind in kinds]
        short = short_name(kinds)
        columns += [
            JudgedColumn(SHORT, one.of, one.is_list, one.mark, is_short=True) for one in columns if one.name == short
        ]
        if decisions.acts.acts:
            columns.append(JudgedColumn(COLUMN, None, mark=decisions.mark))
        taken = set(self._taken())
        free: list[JudgedColumn] = []
        for one in columns:
            if one.name not in taken:
                free.append(one)
                taken.add(one.name)
        return free

    def read(self, column: JudgedColumn) -> pa.Array:
        """What the column says of each row, in row order."""
        with self._lock:
            known = self._values.get(column.name)
            if known is None or known[0] != column.mark or len(known[1]) != self._n_rows():
                values = decision_values(self.decisions()) if column.of is None else None
                if column.of is not None:
                    values = column_values(self.labels(), column.of)
                known = self._values[column.name] = (column.mark, values)
            return known[1]

    def _read_on(self) -> None:
        events, n_rows, data = self._journal().events(), self._n_rows(), self._data()
        if data != self._known_data:
            # Other data: every act is about other rows now.
            self._labels = self._decisions = None
            self._values.clear()
            self._known_data = data
        before = (self._labels, self._decisions)
        if all(one is not None and one.n_rows == n_rows and one.acts.n_read == len(events) for one in before):
            return
        n_read = min((one.acts.n_read for one in before if one is not None and one.n_rows == n_rows), default=0)
        if n_read > len(events):
            # Another journal than before.
            self._labels = self._decisions = None
            n_read = 0
        rows_of = self.reader(events[n_read:])
        self._labels = fold_labels(events, n_rows=n_rows, rows_of=rows_of, before=self._labels)
        self._decisions = fold_decisions(events, n_rows=n_rows, rows_of=rows_of, before=self._decisions)

    def reader(self, events: Sequence[Event]) -> Callable[[Event], RowIds]:
        """Gives the rows that an event is about, in the present data; those of `events` are fetched at once."""
        read = self.row_sets([event for event in events if event.kind in ROW_KINDS])
        return lambda event: read(event, str(event.payload["rows"])).rows

    def row_sets(self, events: Sequence[Event]) -> Callable[[Event, str], RowSet]:
        """Gives a set of rows that an event names, in the present data; those of `events` are fetched at once."""
        journal = self._journal()
        lineage = Lineage(journal.events(), self._data())
        packed = journal.read_row_sets(row_set_names(events))
        moves = {name: unpack_moves(journal.read_row_set(name)) for name in lineage.sets()}

        def read(event: Event, name: str) -> RowSet:
            rows = unpack(packed.get(name) or journal.read_row_set(name))
            return rows if not moves else follow_set(rows, [moves[name] for name in lineage.moves_of(event.id)])

        return read


def _judged(labels: Labels, name: str, kind: LabelColumn) -> JudgedColumn:
    is_list = kind.is_of_spans or (kind.set in labels.sets and labels.sets[kind.set].is_multiple)
    return JudgedColumn(name, kind, is_list, labels.marks.get(kind.set, 0))
