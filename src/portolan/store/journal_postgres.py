"""A journal in PostgreSQL, for several people and machines: many maps' journals in one database, told apart by name."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING

from portolan.errors import (
    InputError,
    JournalError,
    MapFormatError,
    MapLockedError,
    MapWriteError,
    MissingExtraError,
    PortolanError,
)
from portolan.store.journal import WAIT_S, SqlJournal

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.exc import DBAPIError

    from portolan.store.journal_tables import Tables

DRIVER = "postgresql+psycopg"
PREFIX = "portolan_"
"""Of our tables' names: the database may hold others'."""
QUERY_NAME = "journal"
"""In a URL's query: the journal's name."""
CONNECT_S = 10


@dataclass(frozen=True)
class Place:
    """A journal in PostgreSQL: the database's URL, without a password, and the journal's name there."""

    url: str
    name: str

    def __str__(self) -> str:
        return f"{self.url}{'&' if '?' in self.url else '?'}{QUERY_NAME}={self.name}"


_passwords: dict[str, str] = {}
"""By URL without password: as this process was given them. They are kept nowhere else."""


def parse_place(url: str, *, name: str) -> Place:
    """The place that a person's URL names; `name` unless the URL has one as `?journal=NAME`.

    Its password is remembered for as long as the process runs, and goes nowhere else.

    Raises
    ------
    InputError
        It is no PostgreSQL URL.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.get_backend_name() not in ("postgresql", "postgres") or not parsed.database:
        raise InputError(
            "The journal's URL names no PostgreSQL database.", fix="Give postgresql://USER@HOST:PORT/DATABASE."
        )
    asked = parsed.query.get(QUERY_NAME)
    named = asked if isinstance(asked, str) and asked else name
    plain = parsed._replace(drivername="postgresql", password=None).difference_update_query([QUERY_NAME])
    place = Place(plain.render_as_string(), named)
    if parsed.password is not None:
        _passwords[place.url] = str(parsed.password)
    return place


def postgres_journal(place: Place) -> SqlJournal:
    """The journal at `place`. Nothing is asked of the database before it is needed."""
    return SqlJournal(PostgresDatabase(place))


class PostgresDatabase:
    """One journal of a database. See `Database` for what the methods promise."""

    def __init__(self, place: Place) -> None:
        self._place = place

    @property
    def place(self) -> str:
        """The URL, without a password."""
        return str(self._place)

    @cached_property
    def tables(self) -> Tables:
        """Its tables, which it shares with other journals."""
        from portolan.store.journal_tables import make_tables

        return make_tables(prefix=PREFIX, journal=self._place.name)

    def is_empty(self) -> bool:
        """Only the database knows."""
        return False

    def stamp(self) -> None:
        """Only the database knows."""
        return

    def make_tables(self, connection: sa.Connection) -> None:
        """Make the tables that are missing, while no other journal's writer does."""
        _lock(connection, PREFIX)
        self.tables.metadata.create_all(connection)

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction under the journal's own lock, which is let go when others can see what was written."""
        with self._errors(), self._engine.begin() as connection:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{int(WAIT_S * 1000)}ms'")
            _lock(connection, f"{PREFIX}journal {self._place.name}")
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that reads."""
        with self._errors(), self._engine.connect() as connection:
            yield connection

    @cached_property
    def _engine(self) -> sa.Engine:
        import sqlalchemy as sa

        try:
            import psycopg  # noqa: F401 - the driver that the URL names
        except ImportError as error:
            raise MissingExtraError(
                "A journal on PostgreSQL needs psycopg.", fix="Run: pip install 'portolan[postgres]'."
            ) from error
        url = sa.engine.make_url(self._place.url).set(drivername=DRIVER, password=_passwords.get(self._place.url))
        arguments = {"connect_timeout": CONNECT_S, "application_name": "portolan"}
        # A connection that broke since it was last used (the database was started anew) is replaced before it is used.
        engine = sa.create_engine(url, pool_pre_ping=True, pool_size=2, max_overflow=8, connect_args=arguments)
        weakref.finalize(self, engine.dispose)
        return engine

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Say in our words what the database complains of."""
        from sqlalchemy.exc import DBAPIError

        try:
            yield
        except DBAPIError as error:
            raise _told(error, self.place) from error


def _lock(connection: sa.Connection, what: str) -> None:
    """Wait for the advisory lock of that name; it is held until the transaction has ended and others see it."""
    from sqlalchemy import func, select

    key = int.from_bytes(blake2b(what.encode(), digest_size=8).digest(), "big", signed=True)
    connection.execute(select(func.pg_advisory_xact_lock(key)))


def _told(error: DBAPIError, place: str) -> PortolanError:
    """The error in our words, by its SQLSTATE (PostgreSQL's documentation, appendix A)."""
    state = getattr(error.orig, "sqlstate", None) or ""
    said = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
    if state == "55P03":
        return MapLockedError(f"'{place}' is being written by others.", fix="Try again; what they do takes moments.")
    if state.startswith("28"):
        return JournalError(
            f"'{place}' lets nobody in so: {said}.", fix="Set PGPASSWORD or ~/.pgpass, or correct the URL's user."
        )
    if state in ("42501", "25006"):
        return MapWriteError(f"'{place}' cannot be written: {said}.", fix="Grant the user CREATE, SELECT and INSERT.")
    if state.startswith("53"):
        return MapWriteError(f"'{place}' cannot be written: {said}.", fix="Free some space there, or try again later.")
    if state.startswith("22"):
        return InputError(f"'{place}' cannot keep that: {said}.", fix="Take out the control characters.")
    if not state or state.startswith(("08", "57")):
        # Without a state the server was not reached, or went away: libpq says it.
        return JournalError(
            f"'{place}' cannot be reached: {said}.",
            fix="Is the database running, and its password in PGPASSWORD or ~/.pgpass? Then try again.",
        )
    return MapFormatError(f"'{place}' does not answer as a journal: {said}.", fix="Is it the right database?")
