"""Which journal a map has: the one in its folder, or the one in PostgreSQL that its facts name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from portolan.core.events import Event, row_set_names
from portolan.errors import InputError
from portolan.store.journal import SqlJournal
from portolan.store.journal_postgres import Place, postgres_journal
from portolan.store.journal_sqlite import sqlite_journal

FACT = "journal"
"""The fact that says where the journal lies; absent where it lies in the map's folder."""
SQLITE = "sqlite"
"""What a person says instead of a URL for the journal in the map's folder."""


def open_journal(folder: Path, facts: Mapping[str, Any]) -> SqlJournal:
    """The journal that a map's facts name."""
    place = place_of(facts)
    return sqlite_journal(folder) if place is None else postgres_journal(place)


def place_of(facts: Mapping[str, Any]) -> Place | None:
    """Where in PostgreSQL the journal lies; None for the map's folder."""
    kept = facts.get(FACT)
    return Place(str(kept["url"]), str(kept["name"])) if kept else None


def fact_of(place: Place | None) -> dict[str, str] | None:
    """What a manifest keeps of a place: no password."""
    return None if place is None else {"url": place.url, "name": place.name}


def move(source: SqlJournal, target: SqlJournal) -> None:
    """Have in `target` whatever is in `source`.

    Raises
    ------
    InputError
        Both hold events, and not the same: two histories cannot be made one.
    """
    ours, theirs = source.events(), target.events()
    shared = min(len(ours), len(theirs))
    if _marks(ours[:shared]) != _marks(theirs[:shared]):
        raise InputError(
            f"'{target.place}' holds {len(theirs)} events, and the map has {len(ours)} others of its own.",
            fix="Choose another journal: put ?journal=NAME at the end of the URL.",
        )
    missing = ours[shared:]
    if missing:
        target.adopt(missing, source.read_row_sets(row_set_names(missing)))


def _marks(events: Sequence[Event]) -> list[tuple[int, str, str]]:
    return [(event.id, event.time, event.kind) for event in events]
