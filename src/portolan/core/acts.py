"""Acts on rows, a log of them read on and on: which are new, which stand, and which no longer do or stand again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from portolan.core.events import UNDONE, Event, undone_by
from portolan.types import RowIds

RowsOf = Callable[[Event], RowIds]
"""Gives the rows that an event is about, ascending."""


@dataclass(frozen=True)
class Acts:
    """Events of some kinds out of a log, in order, those that were undone too.

    An act goes by its *number*, its place here from 1 on: it says which came later, and fits in 32 bits.

    Attributes
    ----------
    n_read : int
        How many events of the log have been read.
    undos : tuple of Event
        Every `undone` event so far.
    gone : frozenset of int
        Ids of acts that are undone now.
    """

    kinds: frozenset[str]
    acts: tuple[Event, ...] = ()
    n_read: int = 0
    undos: tuple[Event, ...] = ()
    gone: frozenset[int] = frozenset()

    def after(self, events: Sequence[Event]) -> tuple[Acts, set[int]]:
        """The acts of a longer log, and the numbers of those known before that are undone since, or stand again."""
        new = events[self.n_read :]
        acts = (*self.acts, *(event for event in new if event.kind in self.kinds))
        undos = (*self.undos, *(event for event in new if event.kind == UNDONE))
        gone = self.gone
        if len(undos) > len(self.undos):
            gone = frozenset(undone_by(undos))
        turned = gone ^ self.gone
        changed = {number for number, act in enumerate(self.acts, 1) if act.id in turned} if turned else set()
        return Acts(self.kinds, acts, len(events), undos, gone), changed

    def stands(self, number: int) -> bool:
        """Whether an act is not undone."""
        return self.acts[number - 1].id not in self.gone

    def standing(self, *, after: int = 0) -> list[tuple[int, Event]]:
        """Acts that stand, with their numbers, those after the number `after`."""
        return [(number, act) for number, act in enumerate(self.acts[after:], after + 1) if act.id not in self.gone]
