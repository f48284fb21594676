"""The journal: an append-only log of what people did to a map, in SQLite beside it.

Many processes may write at once, and none is in the way of readers (write-ahead log). What `append` has returned is on
the disk. The file is made with the first event; without one there is nothing to read, and nothing is imported.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from portolan.core.events import Event
from portolan.errors import MapFormatError, MapLockedError, MapWriteError, NotFoundError
from portolan.store.files import write_errors

if TYPE_CHECKING:
    import sqlalchemy as sa

FILE = "journal.sqlite"
FILES = (FILE, f"{FILE}-wal", f"{FILE}-shm", f"{FILE}-journal")
"""The journal and what SQLite keeps beside it while it is open."""
FORMAT = 1
WAIT_S = 20.0
"""How long a write waits for others to finish theirs."""
KEPT_SETS = 256
"""Sets of rows held in memory."""
TRIES = 5
"""To copy a journal that others are writing."""


@dataclass(frozen=True)
class Entry:
    """What is to be written: an event without id and time. `row_sets` are the packed sets that its payload names."""

    kind: str
    payload: Mapping[str, Any]
    reason: str = ""
    row_sets: Mapping[str, bytes] = field(default_factory=dict)


class SqliteJournal:
    """The journal in a map's folder. See `Journal` for what the methods promise."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._lock = Lock()
        self._events: list[Event] = []
        self._is_known = False
        self._row_set = lru_cache(maxsize=KEPT_SETS)(self._read_row_set)

    def append(self, entries: Sequence[Entry], *, author: str) -> list[Event]:
        """Write events, all or none; they are on the disk when this returns.

        Raises
        ------
        MapWriteError
            No permission, no space.
        MapLockedError
            Others kept the journal busy for 20 seconds.
        """
        from sqlalchemy import insert

        tables = _tables()
        if not self.path.exists() and not self.path.parent.is_dir():
            raise NotFoundError(f"There is no map at '{self.path.parent}'.", fix="Was it moved? Open it where it is.")
        with _journal_errors(self.path), self._writer.begin() as connection:
            if not self._is_made(connection):
                tables.metadata.create_all(connection)
                connection.execute(insert(tables.facts).values(name="format", value=str(FORMAT)))
            now = datetime.now(UTC).isoformat("T", "microseconds")
            written = []
            for entry in entries:
                for name, data in entry.row_sets.items():
                    known = connection.execute(tables.row_sets.select().where(tables.row_sets.c.name == name))
                    if known.first() is None:
                        connection.execute(insert(tables.row_sets).values(name=name, data=data))
                row = {"time": now, "author": author, "kind": entry.kind, "reason": entry.reason}
                made = connection.execute(insert(tables.events).values(**row, payload=dict(entry.payload)))
                key = made.inserted_primary_key
                assert key is not None
                written.append(Event(int(key[0]), now, author, entry.kind, dict(entry.payload), entry.reason))
        return written

    def events(self) -> list[Event]:
        """All events, in order. Those read before are kept: only newer ones are fetched."""
        if not self.path.exists():
            return []
        from sqlalchemy import select

        events = _tables().events
        with self._lock:
            last = self._events[-1].id if self._events else 0
            with self._reading() as connection:
                if not self._is_made(connection):
                    return []
                # Ids are given out under SQLite's write lock: no smaller one can appear later.
                found = connection.execute(select(events).where(events.c.id > last).order_by(events.c.id))
                self._events += [
                    Event(row.id, row.time, row.author, row.kind, row.payload, row.reason) for row in found
                ]
            return list(self._events)

    def read_row_set(self, name: str) -> bytes:
        """The packed set of rows of that name. Raises NotFoundError."""
        # Named by a hash of what it holds: it cannot change.
        return self._row_set(name)

    def _read_row_set(self, name: str) -> bytes:
        from sqlalchemy import select

        row_sets = _tables().row_sets
        with self._reading() as connection:
            found = connection.execute(select(row_sets.c.data).where(row_sets.c.name == name)).scalar()
        if found is None:
            raise NotFoundError(
                f"The journal '{self.path}' has no set of rows {name}.", fix="Put back a whole copy of the journal."
            )
        return bytes(found)

    @cached_property
    def _writer(self) -> sa.Engine:
        return _engine(self.path, mode="rwc")

    @cached_property
    def _reader(self) -> sa.Engine:
        return _engine(self.path, mode="rw")

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        """A connection that reads; of a copy, where this process may not write beside the journal.

        SQLite's readers of a write-ahead log leave marks beside it, and without those they may miss what others write.
        """
        if os.access(self.path, os.W_OK) and os.access(self.path.parent, os.W_OK):
            with _journal_errors(self.path), self._reader.connect() as connection:
                yield connection
            return
        with tempfile.TemporaryDirectory(prefix="portolan-") as folder:
            copy = Path(folder) / FILE
            _copy_while_still(self.path, copy)
            with _journal_errors(self.path), _engine(copy, mode="rw").connect() as connection:
                yield connection

    def _is_made(self, connection: sa.Connection) -> bool:
        """Whether the tables are there: another process may just be making them. Refuses those of a newer format."""
        from sqlalchemy import inspect, select

        if self._is_known:
            return True
        facts = _tables().facts
        if not inspect(connection).has_table(facts.name):
            return False
        found = connection.execute(select(facts.c.value).where(facts.c.name == "format")).scalar()
        if found is not None and int(found) > FORMAT:
            raise MapFormatError(
                f"'{self.path}' has format {found}; this Portolan knows formats up to {FORMAT}.",
                fix="Upgrade: pip install --upgrade portolan.",
            )
        self._is_known = True
        return True


@dataclass(frozen=True)
class _Tables:
    metadata: sa.MetaData
    events: sa.Table
    row_sets: sa.Table
    facts: sa.Table


_made: list[_Tables] = []


def _tables() -> _Tables:
    """The tables, in words that any database understands."""
    if _made:
        return _made[0]
    import sqlalchemy as sa

    metadata = sa.MetaData()
    events = sa.Table(
        "events",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("time", sa.String(40), nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sqlite_autoincrement=True,  # an id is never given twice
    )
    row_sets = sa.Table(
        "row_sets",
        metadata,
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    facts = sa.Table("facts", metadata, sa.Column("name", sa.String(40), primary_key=True), sa.Column("value", sa.Text))
    _made.append(_Tables(metadata, events, row_sets, facts))
    return _made[0]


def _engine(path: Path, *, mode: str) -> sa.Engine:
    """Connections to the SQLite file at `path`; each is closed after use, so that the log is folded into the file."""
    import sqlalchemy as sa
    from sqlalchemy.pool import NullPool

    url = sa.URL.create("sqlite", database=path.absolute().as_uri(), query={"mode": mode, "uri": "true"})
    engine = sa.create_engine(url, poolclass=NullPool, connect_args={"timeout": WAIT_S})

    @sa.event.listens_for(engine, "connect")
    def opened(connection: Any, _record: Any) -> None:
        # The driver would begin transactions by itself, and only with the first write: too late to wait for others.
        connection.isolation_level = None
        if mode == "rwc":
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")

    @sa.event.listens_for(engine, "begin")
    def begun(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if mode == "rwc" else "BEGIN")

    return engine


def _copy_while_still(path: Path, copy: Path) -> None:
    """Copy a journal and its log as they are at one moment."""

    def states() -> list[tuple[int, int, int] | None]:
        found: list[tuple[int, int, int] | None] = []
        for name in FILES[:2]:
            try:
                status = path.with_name(name).stat()
                found.append((status.st_ino, status.st_mtime_ns, status.st_size))
            except FileNotFoundError:
                found.append(None)
        return found

    for _ in range(TRIES):
        before = states()
        for name in FILES[:2]:
            source, target = path.with_name(name), copy.with_name(name)
            target.unlink(missing_ok=True)
            if source.exists():
                shutil.copyfile(source, target)
        if states() == before:
            return
    raise MapLockedError(f"'{path}' is being written.", fix="Try again in a moment.")


@contextmanager
def _journal_errors(path: Path) -> Iterator[None]:
    """Say in our words what the database complains of."""
    from sqlalchemy.exc import DBAPIError

    try:
        with write_errors(path):
            yield
    except DBAPIError as error:
        said = str(error.orig)
        if "locked" in said or "busy" in said:
            raise MapLockedError(
                f"'{path}' is being written by others.", fix="Try again; what they do takes moments."
            ) from error
        if "readonly" in said or "read-only" in said or "unable to open" in said:
            raise MapWriteError(
                f"'{path}' cannot be written: {said}.",
                fix="Copy the map to a folder you may write to, or change the permissions of this one.",
            ) from error
        if "full" in said or "disk I/O" in said:
            raise MapWriteError(
                f"'{path}' cannot be written: {said}.", fix="Free some space on that disk and try again."
            ) from error
        raise MapFormatError(
            f"'{path}' is damaged: {said}.",
            fix="Put back a copy of it. Without the file (move it away) the map reads as if nobody had done anything.",
        ) from error
