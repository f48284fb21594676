"""Who wrote the replies of a map's pairs: as its provenance card says, or as its columns' names do.

`writers_of` is the one place that tells it. `chosen_by` and `rejected_by` are kept as columns beside the data's own, so
that filters, colours and tables know them.
"""

from __future__ import annotations

import re

import pyarrow as pa

from portolan.core.events import PROVENANCE_DECLARED, standing
from portolan.core.provenance_card import ProvenanceCard
from portolan.core.votes import votes_of
from portolan.core.writers import (
    CHOSEN_BY,
    REJECTED_BY,
    WriterColumns,
    Writers,
    columns_read,
    find_writer_columns,
    lead_sql,
    writers,
)
from portolan.stages.measured import Measured, write_measured
from portolan.store import Store
from portolan.store.manifest import stage_key
from portolan.types import Roles

STAGE = "writers"
ABOUT = {
    CHOSEN_BY: "Who wrote the chosen reply, by {first}, {second} and the verdict.",
    REJECTED_BY: "Who wrote the rejected reply, by {first}, {second} and the verdict.",
}
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


def writers_of(store: Store) -> Writers | None:
    """Who wrote the chosen and the rejected reply of each pair; None where no columns tell it."""
    columns = writer_columns_of(store)
    if columns is None:
        return None
    roles = roles_of(store)
    return writers(_one_batch(store, columns_read(columns, roles)), roles, columns)


def writer_columns_of(store: Store) -> WriterColumns | None:
    """The columns that tell who wrote the first and the second reply: declared ones, else those of such names."""
    card, roles = _declared(store), roles_of(store)
    if card is not None and card.written_by is not None:
        return card.written_by
    if card is not None and not votes_of(roles):
        parts = {one.part: one.column for one in card.columns}
        if CHOSEN_BY in parts and REJECTED_BY in parts:
            return WriterColumns(parts[CHOSEN_BY], parts[REJECTED_BY])
    return find_writer_columns(store.schema, roles)


def keep_writers(store: Store) -> bool:
    """Have `chosen_by` and `rejected_by` as columns where they follow from a verdict, and no longer where not.

    Whether anything was written or taken away.

    Raises
    ------
    MapLockedError
        Another process has been writing the map for a minute.
    """
    columns = _derived_from(store)
    if are_kept(store) or (columns is None and STAGE not in store.manifest.stages):
        return False
    found = None if columns is None else writers_of(store)
    measured = []
    if columns is not None and found is not None:
        for name, what in ABOUT.items():
            codes, names = found.of(name)
            values = pa.array(names, pa.string()).take(pa.array(codes, mask=codes < 0))
            about = {"what": what.format(first=columns.first, second=columns.second), "side": None}
            measured.append(Measured(name, "category", values, about))
    write_measured(store, measured, stage=STAGE, key=_key(store))
    return True


def are_kept(store: Store) -> bool:
    """Whether the columns that `keep_writers` left are what it would leave now."""
    record = store.manifest.stages.get(STAGE)
    return record is not None and record.key == _key(store)


def writer_sql(store: Store, column: str) -> str:
    """Who wrote the chosen or the rejected reply, as SQL over the data's own columns."""
    columns, roles = writer_columns_of(store), roles_of(store)
    assert columns is not None
    first, second = quoted(columns.first), quoted(columns.second)
    votes = [str(vote["column"]) for vote in votes_of(roles)]
    if not votes:
        return first if column == CHOSEN_BY else second
    lead = lead_sql(_one_batch(store, votes), roles, {name: quoted(name) for name in votes})
    won, lost = (second, first) if column == CHOSEN_BY else (first, second)
    return f"(CASE WHEN {lead} > 0 THEN {won} WHEN {lead} < 0 THEN {lost} END)"


def roles_of(store: Store) -> Roles:
    """Which column plays which part."""
    return Roles.from_json(store.manifest.facts.get("roles", {}))


def quoted(column: str) -> str:
    """A column's name as an expression names it."""
    return column if _PLAIN.fullmatch(column) else '"' + column.replace('"', '""') + '"'


def _derived_from(store: Store) -> WriterColumns | None:
    """The columns that `chosen_by` and `rejected_by` follow from; None where the data has its own, or none tell it."""
    card = _declared(store)
    if any(name in store.schema.names for name in (CHOSEN_BY, REJECTED_BY)):
        return None
    if card is not None:
        return card.written_by
    roles = roles_of(store)
    return find_writer_columns(store.schema, roles) if votes_of(roles) else None


def _key(store: Store) -> str:
    columns = _derived_from(store)
    named = None if columns is None else [columns.first, columns.second]
    votes = roles_of(store).notes.get("votes", "")
    return stage_key(STAGE, inputs=[store.manifest.stages["load"].key], parameters={"columns": named, "votes": votes})


def _declared(store: Store) -> ProvenanceCard | None:
    said = standing(store.main.journal.events(), (PROVENANCE_DECLARED,))
    return ProvenanceCard.from_json(dict(said[-1].payload["card"])) if said else None


def _one_batch(store: Store, names: list[str]) -> pa.RecordBatch:
    table = store.read_rows(columns=names).select(names).combine_chunks()
    return pa.RecordBatch.from_arrays([column.combine_chunks() for column in table.columns], names=names)
