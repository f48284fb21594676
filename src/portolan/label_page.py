"""What is told of a map's labels: its sets with counts, and a page of labels."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from portolan.core import label_queue as queues
from portolan.core.decision_conflicts import conflict_lines
from portolan.core.decisions import decision_lines, decisions_table
from portolan.core.label_tables import conflicts_table, counts_of, labels_table
from portolan.core.labels import Labels
from portolan.errors import NotFoundError
from portolan.home import author_name
from portolan.store import Store
from portolan.types import RowIds

if TYPE_CHECKING:
    from portolan.map import Map


def label_counts(store: Store) -> list[dict[str, Any]]:
    """Sets of labels by name, each with its values and how many rows are taken to have each, on any side."""
    labels = store.judged.labels()
    columns = [column for column in store.judged.columns() if column.of is not None and not column.is_short]
    told = []
    for name, one in sorted(labels.sets.items()):
        own = [column.of for column in columns if column.of is not None and column.of.set == name]
        counts: dict[str, int] = {}
        for column in own:
            if not column.is_of_spans:
                for value, count in counts_of(labels, column).items():
                    counts[value] = counts.get(value, 0) + count
        told.append({
            "name": name, "description": one.description, "is_multiple": one.is_multiple, "is_open": one.is_open,
            "column": next((column.name for column in own if not column.side and not column.is_of_spans), None),
            "values": [
                {"value": value.value, "color": value.color, "key": value.key, "rows": counts.get(value.value, 0)}
                for value in one.values
            ],
        })  # fmt: skip
    return told


def label_page(
    store: Store, row_ids: Sequence[int] | None, name: str | None, *, only_conflicts: bool, offset: int, limit: int
) -> dict[str, Any]:
    """What `GET /api/labels` answers. Raises NotFoundError where there is no such row or set."""
    labels = store.judged.labels()
    if name is not None and name not in labels.sets:
        raise NotFoundError(f"There is no set of labels '{name}'.", fix=f"Sets: {', '.join(labels.sets) or 'none'}.")
    beyond = next((row for row in row_ids or () if not 0 <= row < store.n_rows), None)
    if beyond is not None:
        raise NotFoundError(f"There is no row {beyond}.", fix=f"Rows are 0 to {store.n_rows - 1}.")
    conflicts = conflicts_table(labels)
    found = conflicts if only_conflicts else _labels(labels, row_ids, name)
    if only_conflicts and name is not None:
        found = found.filter(pc.equal(found["set"], name))
    if only_conflicts and row_ids is not None:
        found = found.filter(pc.is_in(found["row_id"], value_set=_ids(row_ids)))
    events = store.main.journal.events()
    return {
        "sets": label_counts(store), "labels": found.slice(offset, limit).to_pylist(), "total": found.num_rows,
        **_decisions(store, row_ids),
        "n_conflicts": pc.count_distinct(conflicts["row_id"]).as_py(), "last_event": events[-1].id if events else 0,
    }  # fmt: skip


def label_queue(
    of: Map,
    store: Store,
    name: str,
    *,
    n_people: int,
    is_begun: bool,
    where: str | None,
    side: str | None,
    author: str | None,
) -> RowIds:
    """Rows to label next; see `Map.label_queue`."""
    labels = store.judged.labels()
    found = queues.label_queue(
        labels, name, author=author or author_name(), side=side or "", n_people=n_people, is_begun=is_begun
    )
    return found if where is None else found[np.isin(found, of.filter(where))]


def _labels(labels: Labels, row_ids: Sequence[int] | None, name: str | None) -> pa.Table:
    return labels_table(labels, row_ids=None if row_ids is None else np.asarray(row_ids, np.int64), name=name)


def _decisions(store: Store, row_ids: Sequence[int] | None) -> dict[str, list[dict[str, Any]]]:
    """What is decided of rows, and what else people last decided of them where they contradict each other."""
    if row_ids is None:
        return {"decisions": [], "contradicting": []}
    decisions, ids = store.judged.decisions(), np.asarray(row_ids, np.int64)
    told = {"decisions": decisions_table(decisions, ids), "contradicting": conflict_lines(decisions, ids)}
    return {name: _lines(table) for name, table in told.items()}


def decision_conflict_page(store: Store, *, offset: int, limit: int, n_row_ids: int) -> dict[str, Any]:
    """What `GET /api/decision-conflicts` answers."""
    found = store.judged.decision_conflicts()
    # Read after them: it knows each of their acts.
    decisions = store.judged.decisions()
    number_of = {act.id: number for number, act in enumerate(decisions.acts.acts, 1)}
    told = []
    for one in found[offset : offset + limit]:
        numbers = np.array([number_of[act.id] for act in one.acts], np.int32)
        lines = _lines(decision_lines(decisions, np.full(len(numbers), one.rows[0]), numbers))
        told.append({"n_rows": len(one.rows), "row_ids": one.rows[:n_row_ids].tolist(), "decisions": lines})
    return {"conflicts": told, "total": len(found), "n_rows": sum(len(one.rows) for one in found)}


def _lines(table: pa.Table) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = table.to_pylist()
    return [{**line, "edit": None if line["edit"] is None else json.loads(line["edit"])} for line in lines]


def _ids(row_ids: Sequence[int]) -> pa.Array:
    return pa.array(row_ids, pa.int64())
