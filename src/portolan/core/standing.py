"""Which decision each row has: the last that stands, of those that take it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portolan.core.events import DECIDED, Event, standing
from portolan.core.recipe import NOBODY, Edit
from portolan.types import BoolArray, RowIds

KEEP = "keep"


@dataclass(frozen=True)
class Standing:
    """The decisions that stand.

    Attributes
    ----------
    events : sequence of Event
        `decided` events that nobody has undone, in order.
    owners : ndarray of int32, shape (n_rows,)
        For each row the place in `events` of the one that decides it; -1 where nobody decided.
    """

    events: Sequence[Event]
    owners: NDArray[np.int32]

    def rows_of(self, place: int) -> RowIds:
        """Rows that the event at `place` decides, ascending."""
        return np.flatnonzero(self.owners == place).astype(np.int64)

    def decided(self, decision: str) -> BoolArray:
        """Whether each row has that decision: bool, shape (n_rows,)."""
        is_it = np.array([decision_of(event) == decision for event in self.events] + [False], np.bool_)
        return is_it[self.owners]

    def counts(self) -> dict[str, int]:
        """How many rows have each decision, those that occur."""
        by_event = np.bincount(self.owners + 1, minlength=len(self.events) + 1)[1:].tolist()
        counts: dict[str, int] = {}
        for event, count in zip(self.events, by_event, strict=True):
            if count:
                counts[decision_of(event)] = counts.get(decision_of(event), 0) + count
        return counts


def stand(events: Sequence[Event], *, n_rows: int, rows_of: Callable[[Event], RowIds]) -> Standing:
    """What stands decided of `n_rows` rows after these events. `rows_of` gives the rows an event is about."""
    decided = standing(events, (DECIDED,))
    owners = np.full(n_rows, NOBODY, np.int32)
    for place, event in enumerate(decided):
        rows = rows_of(event)
        owners[rows[rows < n_rows]] = place
    return Standing(decided, owners)


def decision_of(event: Event) -> str:
    """What an event decides."""
    return str(event.payload["decision"])


def edit_of(event: Event) -> Edit:
    """What an event changes in its rows; empty where nothing. A plain {column: value} sets columns."""
    edit: dict[str, Any] = event.payload.get("edit") or {}
    is_whole = isinstance(edit.get("set", {}), dict) and isinstance(edit.get("replace", []), list)
    return edit if is_whole and set(edit) <= {"set", "replace"} else {"set": edit}


def recipe_of(event: Event) -> dict[str, Any]:
    """Of which recipe an event comes: {name, number, where, …}; empty where a person decided by hand."""
    told: dict[str, Any] = event.payload.get("recipe") or {}
    return told


def rule_of(event: Event) -> str:
    """By which rule an event decides, as a person reads it; "" where by hand."""
    told = recipe_of(event)
    return f"{told['name']} #{told['number']}" if told.get("number") else ""
