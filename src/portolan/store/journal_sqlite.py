"""A journal in SQLite, beside the map.

Many processes may write at once, and none is in the way of readers (write-ahead log). The file is made with the first
event; without one there is nothing to read, and nothing is imported.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portolan.errors import MapFormatError, MapLockedError, MapWriteError, NotFoundError
from portolan.store.files import write_errors
from portolan.store.journal import WAIT_S, SqlJournal

if TYPE_CHECKING:
    import sqlalchemy as sa

    from portolan.store.journal_tables import Tables

FILE = "journal.sqlite"
FILES = (FILE, f"{FILE}-wal", f"{FILE}-shm", f"{FILE}-journal")
"""The journal and what SQLite keeps beside it while it is open."""
TRIES = 5
"""To copy a journal that others are writing."""


def sqlite_journal(folder: Path) -> SqlJournal:
    """The journal in a map's folder."""
    return SqlJournal(SqliteFile(folder / FILE))


class SqliteFile:
    """A journal's file. See `Database` for what the methods promise."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def place(self) -> str:
        """The file's path."""
        return str(self.path)

    @cached_property
    def tables(self) -> Tables:
        """Its tables: all their lines are this journal's."""
        from portolan.store.journal_tables import make_tables

        return make_tables()

    def is_empty(self) -> bool:
        """Whether there is no file yet."""
        return not self.path.exists()

    def stamp(self) -> object:
        """What the file system knows of the file and of the log beside it."""
        return tuple(_state(self.path.with_name(name)) for name in FILES[:2])

    def make_tables(self, connection: sa.Connection) -> None:
        """Make the tables that are missing."""
        self.tables.metadata.create_all(connection)

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction, alone among the writers."""
        if not self.path.exists() and not self.path.parent.is_dir():
            raise NotFoundError(f"There is no map at '{self.path.parent}'.", fix="Was it moved? Open it where it is.")
        with _errors(self.path), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that reads; of a copy, where this process may not write beside the journal.

        SQLite's readers of a write-ahead log leave marks beside it, and without those they may miss what others write.
        """
        if os.access(self.path, os.W_OK) and os.access(self.path.parent, os.W_OK):
            with _errors(self.path), self._reader.connect() as connection:
                yield connection
            return
        with tempfile.TemporaryDirectory(prefix="portolan-") as folder:
            copy = Path(folder) / FILE
            _copy_while_still(self.path, copy)
            with _errors(self.path), _engine(copy, mode="rw").connect() as connection:
                yield connection

    @cached_property
    def _writer(self) -> sa.Engine:
        return _engine(self.path, mode="rwc")

    @cached_property
    def _reader(self) -> sa.Engine:
        return _engine(self.path, mode="rw")


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


def _state(path: Path) -> tuple[int, int, int] | None:
    """Which file it is, when it was last written and how long it is; None where it is not there."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _copy_while_still(path: Path, copy: Path) -> None:
    """Copy a journal and its log as they are at one moment."""

    def states() -> list[tuple[int, int, int] | None]:
        return [_state(path.with_name(name)) for name in FILES[:2]]

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
def _errors(path: Path) -> Iterator[None]:
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
