"""What is to become of rows, as a person decides: each decision is an event of the journal, made here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from portolan.choosing import AnyRows, chosen_rows
from portolan.core.decisions import DECISIONS
from portolan.core.events import DECIDED, Event
from portolan.core.row_sets import name_of, pack, row_set
from portolan.errors import ColumnError, InputError
from portolan.fitting import bring_up_to_date
from portolan.home import author_name
from portolan.store import Entry

if TYPE_CHECKING:
    from portolan.map import Map
    from portolan.store import Store

EDITING = ("edit", "relabel")
"""Decisions that put other values in a row's columns."""


def decide(
    of: Map,
    store: Store,
    decision: str,
    *,
    rows: AnyRows | None = None,
    where: str | None = None,
    edit: Mapping[str, Any] | None = None,
    reason: str = "",
    author: str | None = None,
) -> Event:
    """Decide what is to become of rows; see `Map.decide`."""
    if decision not in DECISIONS:
        raise InputError(f"There is no decision '{decision}'.", fix=f"Decide to {', '.join(DECISIONS)}.")
    if decision == "flip" and of.roles.kind != "pair":
        raise InputError("The map's rows are no pairs: there is nothing to flip.", fix="Decide to drop or edit them.")
    if (decision in EDITING) != bool(edit):
        does = "says no new values." if decision in EDITING else "changes no values."
        raise InputError(
            f"To {decision} {does}", fix='Give edit={"COLUMN": VALUE} with edit and relabel, and only there.'
        )
    for column in edit or {}:
        if column not in store.schema.names:
            raise ColumnError(f"There is no column '{column}'.", fix=f"Columns: {', '.join(store.schema.names)}.")
    found = chosen_rows(of, rows=rows, where=where)
    packed = pack(row_set(found, is_whole=True))
    payload = {
        "decision": decision, "rows": name_of(packed), "size": len(found), "rule": "", "where": (where or "").strip(),
        "edit": dict(edit) if edit else None,
    }  # fmt: skip
    entry = Entry(DECIDED, payload, reason.strip(), {name_of(packed): packed})
    [event] = store.main.journal.append([entry], author=author or author_name())
    bring_up_to_date(store.main)
    return event
