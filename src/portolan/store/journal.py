"""The journal: an append-only log of what people did to a map, in a database that speaks SQL.

What is the same in any database stands here; `journal_sqlite` and `journal_postgres` each say how theirs is reached,
and how one writer at a time is let in. Ids are given out under that lock: whoever has seen an id never sees a smaller
one appear. What `append` has returned is on the disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from portolan.acting import author_of
from portolan.core.events import Event
from portolan.errors import InputError, MapFormatError, NotFoundError
from portolan.once import request_now, writing_once

if TYPE_CHECKING:
    import sqlalchemy as sa

    from portolan.store.journal_tables import Tables

FORMAT = 1
WAIT_S = 20.0
"""How long a write waits for others to finish theirs."""
KEPT_SETS = 256
"""Sets of rows held in memory."""
NAMES_AT_ONCE = 500
"""In one query: databases limit how many values one takes."""


@dataclass(frozen=True)
class Entry:
    """What is to be written: an event without id and time. `row_sets` are the packed sets that its payload names."""

    kind: str
    payload: Mapping[str, Any]
    reason: str = ""
    row_sets: Mapping[str, bytes] = field(default_factory=dict)


class Database(Protocol):
    """Where a journal lies."""

    @property
    def place(self) -> str:
        """What messages call it: a path or a URL, without a password."""
        ...

    @property
    def tables(self) -> Tables:
        """Its tables, and which of their lines are this journal's."""
        ...

    def is_empty(self) -> bool:
        """Whether nothing can have been written yet; where that is known without asking the database."""
        ...

    def stamp(self) -> object | None:
        """Another one whenever anything may have been written; None: only the database knows."""
        ...

    def reading(self) -> AbstractContextManager[sa.Connection]:
        """A connection that reads, in nobody's way. Says in our words what the database complains of."""
        ...

    def writing(self) -> AbstractContextManager[sa.Connection]:
        """One transaction, alone among the writers of this journal; on the disk when the block ends.

        Raises
        ------
        MapWriteError
            No permission, no space.
        MapLockedError
            Others kept the journal busy for 20 seconds.
        """
        ...

    def make_tables(self, connection: sa.Connection) -> None:
        """Make the tables that are missing."""
        ...


class SqlJournal:
    """A journal in a database. See `Journal` for what the methods promise."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._events: list[Event] = []
        self._is_known = False
        self._row_set = lru_cache(maxsize=KEPT_SETS)(self._read_row_set)

    @property
    def place(self) -> str:
        """Where it lies: a path or a URL, without a password."""
        return self._database.place

    def stamp(self) -> object | None:
        """Another one whenever anything may have been written; None: that is not known without asking the database."""
        return self._database.stamp()

    def append(self, entries: Sequence[Entry], *, author: str) -> list[Event]:
        """Write events, all or none; they are on the disk when this returns. Raises as `Database.writing`.

        Whoever came to a server with a token is the author of what they do, whatever `author` says. A request that has
        written before (see `portolan.once`) writes nothing more: the events of then come back. A second step of one
        request raises RequestError, and nothing of it is written.
        """
        author = author_of(author)
        for text in (author, *(entry.reason for entry in entries)):
            _check_text(text)
        with writing_once(), self._database.writing() as connection:
            self._make(connection)
            if known := self._of_request(connection):
                return known
            last, before = self._last(connection)
            # Times never run backwards, whatever clocks say: what stood at a time is what a prefix of the log says.
            now = max(datetime.now(UTC).isoformat("T", "microseconds"), before)
            events = [
                Event(last + number, now, author, entry.kind, dict(entry.payload), entry.reason)
                for number, entry in enumerate(entries, 1)
            ]
            row_sets = {name: data for entry in entries for name, data in entry.row_sets.items()}
            self._write(connection, events, row_sets)
            self._note_request(connection, events)
        return events

    def of_request(self) -> list[Event]:
        """What the request that is being answered wrote when it came before; nothing where it is new."""
        if request_now() is None or self._database.is_empty():
            return []
        with self._database.reading() as connection:
            return self._of_request(connection) if self._is_made(connection) else []

    def adopt(self, events: Sequence[Event], row_sets: Mapping[str, bytes]) -> None:
        """Write events of another journal as they are, those that follow on the last one here."""
        with self._database.writing() as connection:
            self._make(connection)
            last, _ = self._last(connection)
            self._write(connection, [event for event in events if event.id > last], row_sets)

    def events(self) -> list[Event]:
        """All events, in order. Those read before are kept: only newer ones are fetched."""
        if self._database.is_empty():
            return []
        with self._lock:
            last = self._events[-1].id if self._events else 0
            with self._database.reading() as connection:
                if not self._is_made(connection):
                    return []
                tables = self._database.tables
                events = tables.events
                query = tables.own(events).where(events.c.id > last).order_by(events.c.id)
                self._events += [_event(row) for row in connection.execute(query)]
            return list(self._events)

    def read_row_set(self, name: str) -> bytes:
        """The packed set of rows of that name. Raises NotFoundError."""
        # Named by a hash of what it holds: it cannot change.
        return self._row_set(name)

    def read_row_sets(self, names: Iterable[str]) -> dict[str, bytes]:
        """Several packed sets of rows, by name. Raises NotFoundError."""
        wanted = list(dict.fromkeys(names))
        if not wanted:
            return {}
        tables = self._database.tables
        row_sets = tables.row_sets
        found: dict[str, bytes] = {}
        with self._database.reading() as connection:
            for start in range(0, len(wanted), NAMES_AT_ONCE):
                part = wanted[start : start + NAMES_AT_ONCE]
                for row in connection.execute(tables.own(row_sets).where(row_sets.c.name.in_(part))):
                    found[row.name] = bytes(row.data)
        for name in wanted:
            if name not in found:
                raise NotFoundError(
                    f"The journal '{self.place}' has no set of rows {name}.",
                    fix="Put back a whole copy of the journal.",
                )
        return found

    def _read_row_set(self, name: str) -> bytes:
        return self.read_row_sets([name])[name]

    def _write(self, connection: sa.Connection, events: Sequence[Event], row_sets: Mapping[str, bytes]) -> None:
        from sqlalchemy import insert

        tables = self._database.tables
        for name, data in row_sets.items():
            known = connection.execute(tables.own(tables.row_sets).where(tables.row_sets.c.name == name))
            if known.first() is None:
                connection.execute(insert(tables.row_sets).values(**tables.scope, name=name, data=data))
        for event in events:
            row = {"id": event.id, "time": event.time, "author": event.author, "kind": event.kind}
            row |= {"reason": event.reason, "payload": dict(event.payload)}
            connection.execute(insert(tables.events).values(**tables.scope, **row))

    def _note_request(self, connection: sa.Connection, events: Sequence[Event]) -> None:
        from sqlalchemy import insert

        request, tables = request_now(), self._database.tables
        if request is not None and events:
            ids = f"{events[0].id} {events[-1].id}"
            connection.execute(insert(tables.facts).values(**tables.scope, name=request, value=ids))

    def _of_request(self, connection: sa.Connection) -> list[Event]:
        request, tables = request_now(), self._database.tables
        if request is None:
            return []
        found = connection.execute(tables.own(tables.facts, ["value"]).where(tables.facts.c.name == request)).scalar()
        if found is None:
            return []
        first, last = map(int, found.split())
        events = tables.events
        return [
            _event(row)
            for row in connection.execute(
                tables.own(events).where(events.c.id.between(first, last)).order_by(events.c.id)
            )
        ]

    def _last(self, connection: sa.Connection) -> tuple[int, str]:
        """Id and time of the last event; 0 and "" where there is none."""
        tables = self._database.tables
        query = tables.own(tables.events, ["id", "time"]).order_by(tables.events.c.id.desc()).limit(1)
        found = connection.execute(query).first()
        return (int(found.id), str(found.time)) if found is not None else (0, "")

    def _make(self, connection: sa.Connection) -> None:
        """Have the tables, and this journal's line of facts in them."""
        from sqlalchemy import insert

        if self._is_made(connection):
            return
        tables = self._database.tables
        self._database.make_tables(connection)
        connection.execute(insert(tables.facts).values(**tables.scope, name="format", value=str(FORMAT)))

    def _is_made(self, connection: sa.Connection) -> bool:
        """Whether the journal is there: another process may just be making it. Refuses one of a newer format."""
        from sqlalchemy import inspect

        if self._is_known:
            return True
        tables = self._database.tables
        facts = tables.facts
        if not inspect(connection).has_table(facts.name):
            return False
        found = connection.execute(tables.own(facts, ["value"]).where(facts.c.name == "format")).scalar()
        if found is None:
            return False
        if int(found) > FORMAT:
            raise MapFormatError(
                f"'{self.place}' has format {found}; this Portolan knows formats up to {FORMAT}.",
                fix="Upgrade: pip install --upgrade portolan.",
            )
        self._is_known = True
        return True


def _event(row: sa.Row[Any]) -> Event:
    return Event(row.id, row.time, row.author, row.kind, row.payload, row.reason)


def _check_text(text: str) -> None:
    """Refuse what a database cannot keep."""
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise InputError("A name or a reason holds letters that no text has.", fix="Take out the control characters.")
