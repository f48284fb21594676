"""What stands decided of each row of a map, read from its journal; and all of it taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from portolan.core.events import UNDONE, Event, standing, undone_by
from portolan.core.row_sets import unpack
from portolan.core.standing import Standing, standing_of
from portolan.errors import NotFoundError
from portolan.fitting import bring_up_to_date
from portolan.home import author_name
from portolan.store import Entry, Store
from portolan.types import RowIds

RESTORE = "restore"
"""In the payload of an `undone` event: that it is one of all those that one command wrote."""


def standing_decisions(store: Store, events: Sequence[Event] | None = None) -> Standing:
    """The decisions that stand now, or after `events`."""
    return standing_of(store.judged.decisions(events))


def rows_of_event(store: Store, event: Event, packed: Mapping[str, bytes]) -> RowIds:
    """Rows that a `decided` event is about, ascending; of `packed` where it is not written yet."""
    name = str(event.payload["rows"])
    return unpack(packed[name]).rows if name in packed else store.judged.reader([event])(event)


def restore(store: Store, *, reason: str = "", author: str | None = None) -> list[Event]:
    """Undo every decision that stands, in one step; the events that do so."""
    stands = standing_decisions(store).events
    entries = [Entry(UNDONE, {"event": event.id, "by": RESTORE}, reason.strip()) for event in stands]
    return _written(store, entries, author=author) if entries else []


def undo_restore(store: Store, *, reason: str = "", author: str | None = None) -> list[Event]:
    """Have back what the last `restore` that stands took away, in one step.

    Raises
    ------
    NotFoundError
        There is none.
    """
    stands = [event for event in standing(store.journal.events(), (UNDONE,)) if event.payload.get("by") == RESTORE]
    if not stands:
        raise NotFoundError("There is no restore to undo.", fix="Decisions that stand: portolan clean, m.decisions.")
    # Events of one step have one time.
    last = [event for event in stands if event.time == stands[-1].time]
    entries = [Entry(UNDONE, {"event": event.id}, reason.strip()) for event in last]
    return _written(store, entries, author=author)


def undo_step(store: Store, events: Sequence[int], *, reason: str = "", author: str | None = None) -> list[Event]:
    """Undo events that one command wrote, in one step; undoing an undo does it again.

    Raises
    ------
    NotFoundError
        One of them is not there, or is undone already.
    """
    written = store.journal.events()
    there = {event.id for event in written} - undone_by(written).keys()
    gone = [event for event in events if event not in there]
    if gone or not events:
        problem = f"Event {gone[0]} is undone already." if gone else "No event is named."
        raise NotFoundError(problem, fix="Look at the history: m.history.")
    entries = [Entry(UNDONE, {"event": event}, reason.strip()) for event in sorted(events)]
    return _written(store, entries, author=author)


def _written(store: Store, entries: Sequence[Entry], *, author: str | None) -> list[Event]:
    events = store.main.journal.append(entries, author=author or author_name())
    bring_up_to_date(store.main)
    return events
