"""Other data in the place of a map's: what people said of rows and clusters goes with the rows that are there again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.counted import counted
from portolan.core.events import ROWS_REPLACED
from portolan.core.moved_rows import GONE, match_rows, pack_moves
from portolan.core.row_identity import content_hashes
from portolan.core.row_sets import name_of
from portolan.home import author_name
from portolan.stages.run import Run
from portolan.store import Entry, Store
from portolan.types import BoolArray, RowIds

ROWS_AT_ONCE = 16_384
NO_ROWS: RowIds = np.empty(0, np.int64)


class Replacing:
    """The rows that are there and those that come, while the map is loaded anew.

    Nothing is read or hashed where nobody has said anything of a row or a cluster. Made before the first row is
    written: whoever writes a map sees the new rows from then on.
    """

    def __init__(self, run: Run) -> None:
        self._store = run.store
        record = run.store.manifest.stages.get("load") if run.options.is_replacing else None
        self._before = record.key if record is not None else ""
        self._has_any = labelled_rows(run.store) if record is not None else np.empty(0, np.bool_)
        self._rows = np.flatnonzero(self._has_any | edited_rows(run.store)) if record is not None else NO_ROWS
        self._after: list[NDArray[np.uint64]] = []
        if len(self._rows):
            self._hashes = np.concatenate([content_hashes(batch) for batch in _batches(run.store)])
            self._n_labels, self._n_decisions = _counts(run.store)

    def saw(self, batch: pa.RecordBatch) -> None:
        """Take note of rows that come."""
        if len(self._rows):
            self._after.append(content_hashes(batch))

    def write_down(self, after: str) -> str | None:
        """Write to the journal where the rows are in the data `after`; what a person should be told of it.

        To be called before that data takes its place: a process that is killed in between leaves an event that leads
        nowhere, which readers pass over.
        """
        if not len(self._rows) or self._before == after:
            return None
        targets = match_rows(self._hashes, np.concatenate(self._after))[self._rows]
        packed = pack_moves(self._rows, targets)
        is_gone = self._rows[(targets == GONE) & self._has_any[self._rows]]
        n_labels, n_decisions = int(self._n_labels[is_gone].sum()), int(self._n_decisions[is_gone].sum())
        payload = {
            "from": self._before, "to": after, "moved": {"rows": name_of(packed)}, "size": len(self._rows),
            "gone": {"rows": len(is_gone), "labels": n_labels, "decisions": n_decisions},
        }  # fmt: skip
        entry = Entry(ROWS_REPLACED, payload, row_sets={name_of(packed): packed})
        self._store.journal.append([entry], author=author_name())
        n_kept = int(self._has_any.sum()) - len(is_gone)
        if not n_kept + len(is_gone):
            return None
        if not n_labels + n_decisions:
            return f"Labels and decisions go with their rows ({n_kept:,}): all are there again."
        parts = [counted(n, what) for n, what in ((n_labels, "label"), (n_decisions, "decision")) if n]
        verb = "is" if n_labels + n_decisions == 1 else "are"
        return (
            f"{' and '.join(parts)} {verb} of rows that are gone: kept in the journal, and there again with the data. "
            f"Those of the other rows ({n_kept:,}) go with them."
        )


def _counts(store: Store) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many labels stand on each row, and how many decisions: int64, shape (n_rows,) each."""
    labels, decisions = store.judged.labels(), store.judged.decisions()
    n_labels = np.zeros(store.n_rows, np.int64)
    for numbers in labels.slots.values():
        n_labels += numbers > 0
    for places in labels.spans.values():
        np.add.at(n_labels, [place[0] for place in places], 1)
    return n_labels, (decisions.numbers > 0).astype(np.int64)


def labelled_rows(store: Store) -> BoolArray:
    """Whether anything was ever said or decided of each row: bool, shape (n_rows,)."""
    return _marked(store.judged.rows_of_acts(), store.n_rows)


def edited_rows(store: Store) -> BoolArray:
    """Whether any edit of clusters names the row: bool, shape (n_rows,)."""
    return _marked(store.judged.rows_of_edits(), store.n_rows)


def _marked(sets: Iterable[RowIds], n_rows: int) -> BoolArray:
    is_any = np.zeros(n_rows, np.bool_)
    for rows in sets:
        is_any[rows[rows < n_rows]] = True
    return is_any


def _batches(store: Store) -> Iterator[pa.RecordBatch | pa.Table]:
    for start in range(0, store.n_rows, ROWS_AT_ONCE):
        yield store.read_rows(offset=start, limit=ROWS_AT_ONCE)
