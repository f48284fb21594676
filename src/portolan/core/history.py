"""What was done, in order: to a map, or to one of its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from portolan.core.acts import RowsOf
from portolan.core.events import ROW_KINDS, Event, with_undone
from portolan.types import RowIds


class History(list[Event]):
    """All that was done to a map, in order, each event with what undid it; `history(row_id)`: what concerns one row."""

    def __init__(self, events: Sequence[Event], of_row: Callable[[int], list[Event]]) -> None:
        super().__init__(with_undone(events))
        self._of_row = of_row

    def __call__(self, row_id: int) -> list[Event]:
        """Who said and decided what of a row, when and why, in order; what was undone too. Raises NotFoundError."""
        return self._of_row(row_id)


def row_history(events: Sequence[Event], row_id: int, *, rows_of: RowsOf) -> list[Event]:
    """Those of the events that are about a row, in order, each with what undid it."""
    return [event for event in with_undone(events) if event.kind in ROW_KINDS and _holds(rows_of(event), row_id)]


def _holds(rows: RowIds, row_id: int) -> bool:
    place = int(np.searchsorted(rows, row_id))
    return place < len(rows) and int(rows[place]) == row_id
