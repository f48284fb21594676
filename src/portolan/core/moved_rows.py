"""Where rows are found again in other data that took the place of the data they were in.

Putting other data in is an event of the journal. It says which data was replaced by which, and where the rows that
people had spoken of are now; what was said before it is read with the rows of today. Nothing is rewritten: rows that
are gone come back when the data they were in does.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from portolan.core.events import ROWS_REPLACED, Event
from portolan.core.row_sets import RowSet
from portolan.types import RowIds

GONE = -1
Moves = tuple[RowIds, RowIds]
"""Rows, ascending, and where each is now (GONE: nowhere)."""


def match_rows(before: NDArray[np.uint64], after: NDArray[np.uint64]) -> RowIds:
    """For each row of the former data the row of the new data with the same hash: int64, shape (n_before,).

    Of rows with equal hashes the first is found as the first, the second as the second; GONE where there is none left.
    """
    order_before, rank_before = _ranked(before)
    order_after, rank_after = _ranked(after)
    kind = np.dtype([("hash", np.uint64), ("rank", np.int64)])
    wanted, known = np.empty(len(before), kind), np.empty(len(after), kind)
    wanted["hash"], wanted["rank"] = before[order_before], rank_before
    known["hash"], known["rank"] = after[order_after], rank_after
    found = np.full(len(before), GONE, np.int64)
    _, at_before, at_after = np.intersect1d(wanted, known, assume_unique=True, return_indices=True)
    found[order_before[at_before]] = order_after[at_after]
    return found


def _ranked(hashes: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Rows in the order of their hashes, and of each how many of the same hash come before it."""
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    places = np.arange(len(hashes))
    is_first = np.ones(len(hashes), np.bool_)
    is_first[1:] = ordered[1:] != ordered[:-1]
    return order, places - np.maximum.accumulate(np.where(is_first, places, 0))


def pack_moves(rows: RowIds, targets: RowIds) -> bytes:
    """Rows and where they are now, as bytes."""
    return zlib.compress(np.concatenate([rows, targets]).astype("<i8").tobytes(), 6)


def unpack_moves(data: bytes) -> Moves:
    """What `pack_moves` wrote."""
    both = np.frombuffer(zlib.decompress(data), "<i8").astype(np.int64)
    return both[: len(both) // 2], both[len(both) // 2 :]


def follow(rows: RowIds, moves: Sequence[Moves]) -> RowIds:
    """Where rows are after several moves, ascending, without those that are gone."""
    for known, targets in moves:
        places = np.searchsorted(known, rows)
        is_known = (places < len(known)) & (known[np.minimum(places, len(known) - 1)] == rows) if len(known) else None
        found = targets[places[is_known]] if is_known is not None else np.empty(0, np.int64)
        rows = np.sort(found[found != GONE])
    return rows


def follow_set(rows: RowSet, moves: Sequence[Moves]) -> RowSet:
    """A set of rows where they are after several moves; a sample stays one, of as large a part of what is left."""
    found = follow(rows.rows, moves)
    return RowSet(found, round(rows.size * len(found) / max(len(rows.rows), 1)))


class Lineage:
    """Which data came after which, up to the present: which moves an event's rows have made.

    Parameters
    ----------
    events : sequence of Event
        The whole log.
    data : str
        Names the data that is there now. A replacement that was written down and did not come about (its process was
        killed) leads nowhere, and is passed over.
    """

    def __init__(self, events: Sequence[Event], data: str) -> None:
        self._present = data
        self._steps: list[Event] = []
        for event in reversed([event for event in events if event.kind == ROWS_REPLACED]):
            if event.payload["to"] == data:
                self._steps.append(event)
                data = str(event.payload["from"])
        self._steps.reverse()

    def sets(self) -> list[str]:
        """Names of all moves, as the journal keeps them."""
        return [_name(step.payload) for step in self._steps]

    def moves_of(self, event_id: int) -> list[str]:
        """Names of the moves that rows have made since an event, in order."""
        steps = [step for step in self._steps if step.id > event_id]
        # Data that comes back brings its rows back, those too that were gone meanwhile.
        data = str(steps[0].payload["from"]) if steps else self._present
        if data == self._present:
            return []
        last = max((place for place, step in enumerate(steps) if step.payload["from"] == data), default=0)
        return [_name(step.payload) for step in steps[last:]]


def _name(payload: Mapping[str, object]) -> str:
    moved = payload["moved"]
    assert isinstance(moved, Mapping)
    return str(moved["rows"])
