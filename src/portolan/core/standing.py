"""Which decision each row has: the last that stands, of those that take it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portolan.core.acts import RowsOf
from portolan.core.decisions import Decisions, fold_decisions
from portolan.core.events import Event
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

    def counts(self, is_counted: Callable[[Event], bool] = lambda _: True) -> dict[str, int]:
        """How many rows have each decision, those that occur; of the events that are to be counted."""
        by_event = np.bincount(self.owners + 1, minlength=len(self.events) + 1)[1:].tolist()
        counts: dict[str, int] = {}
        for event, count in zip(self.events, by_event, strict=True):
            if count and is_counted(event):
                counts[decision_of(event)] = counts.get(decision_of(event), 0) + count
        return counts


def stand(events: Sequence[Event], *, n_rows: int, rows_of: RowsOf) -> Standing:
    """What stands decided of `n_rows` rows after these events; the parameters are those of `fold_decisions`."""
    return standing_of(fold_decisions(events, n_rows=n_rows, rows_of=rows_of))


def standing_of(decisions: Decisions) -> Standing:
    """The acts of a fold that stand, and which of them each row has."""
    numbered = decisions.acts.standing()
    place_of = np.full(len(decisions.acts.acts) + 1, NOBODY, np.int32)
    place_of[np.array([number for number, _ in numbered], np.intp)] = np.arange(len(numbered))
    return Standing([act for _, act in numbered], place_of[decisions.numbers])


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
