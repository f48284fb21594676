"""What was done since somebody last asked: the journal is looked at once for all who ask."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from portolan.core.events import Event
from portolan.server.current import CurrentMap
from portolan.server.reader import MapReader

PAUSE_S = 0.5
"""A database is asked no more often, however many pages ask."""
TRUST_S = 10.0
"""How long the file system is believed that a file did not change: two writes may fall into one tick of its clock."""


@dataclass(frozen=True)
class Seen:
    """The map as it was when it was looked at. `stamp`: what the file system said of the journal before that."""

    reader: MapReader
    stamp: object | None
    at: float
    events: Sequence[Event]
    version: str


class Watch:
    """Tells many what has changed, and asks little. Every method may be called from several threads at once."""

    def __init__(self, current: CurrentMap) -> None:
        self._current = current
        self._lock = Lock()
        self._seen: Seen | None = None

    def look(self) -> Seen:
        """The map as it is now; of a journal in a database as it was at most half a second ago."""
        reader = self._current.read()
        stamp, now = reader.journal.stamp(), time.monotonic()
        with self._lock:
            seen = self._seen
            if seen is None or not _holds(seen, reader, stamp, now):
                # The stamp is from before the events are read: what is written meanwhile changes it.
                seen = self._seen = Seen(reader, stamp, now, reader.journal.events(), str(reader.version))
            return seen


def _holds(seen: Seen, reader: MapReader, stamp: object | None, now: float) -> bool:
    if seen.reader is not reader or seen.stamp != stamp:
        return False
    return now - seen.at < (PAUSE_S if stamp is None else TRUST_S)
