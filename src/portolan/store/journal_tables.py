"""The tables of a journal, in words that any database understands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlalchemy as sa

JOURNAL = "journal"
"""The column that tells one journal's lines from another's, where several share a database."""


@dataclass(frozen=True)
class Tables:
    """The tables. `scope` holds what a line of this journal has in the column JOURNAL, if there is such a column."""

    metadata: sa.MetaData
    events: sa.Table
    row_sets: sa.Table
    facts: sa.Table
    scope: Mapping[str, str] = field(default_factory=dict)

    def own(self, table: sa.Table, columns: Sequence[str] = ()) -> sa.Select[Any]:
        """The lines of a table that are this journal's: all their columns, or those named."""
        from sqlalchemy import select

        query = select(*(table.c[name] for name in columns)) if columns else select(table)
        for name, value in self.scope.items():
            query = query.where(table.c[name] == value)
        return query


def make_tables(*, prefix: str = "", journal: str | None = None) -> Tables:
    """The tables, their names beginning with `prefix`; with `journal`, those that several journals share."""
    import sqlalchemy as sa

    metadata = sa.MetaData()
    is_shared = journal is not None

    def own() -> list[sa.Column[Any]]:
        return [sa.Column(JOURNAL, sa.String(200), primary_key=True)] if is_shared else []

    events = sa.Table(
        f"{prefix}events",
        metadata,
        *own(),
        sa.Column("id", sa.BigInteger if is_shared else sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("time", sa.String(40), nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    row_sets = sa.Table(
        f"{prefix}row_sets",
        metadata,
        *own(),
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    facts = sa.Table(
        f"{prefix}facts",
        metadata,
        *own(),
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.Text),
    )
    return Tables(metadata, events, row_sets, facts, {JOURNAL: journal} if journal is not None else {})
