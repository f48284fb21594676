"""What is to become of rows, as a person decides: each decision is an event of the journal, made here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from portolan.acting import check_role
from portolan.choosing import AnyRows, chosen_rows
from portolan.core.changing import Changer
from portolan.core.decisions import DECISIONS
from portolan.core.events import DECIDED, Event
from portolan.core.row_sets import name_of, pack, row_set
from portolan.errors import ColumnError, InputError, NotFoundError
from portolan.fitting import bring_up_to_date
from portolan.home import author_name
from portolan.store import Entry
from portolan.types import RowIds

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
    settles: bool = False,
    between: Sequence[int] | None = None,
    reason: str = "",
    author: str | None = None,
) -> Event:
    """Decide what is to become of rows; see `Map.decide`."""
    settles = settles or between is not None
    if settles:
        check_role("owner", "To settle decisions")
    if decision not in DECISIONS:
        raise InputError(f"There is no decision '{decision}'.", fix=f"Decide to {', '.join(DECISIONS)}.")
    if decision == "flip":
        Changer(store.schema, of.roles).check_flip()
    if (decision in EDITING) != bool(edit):
        does = "says no new values." if decision in EDITING else "changes no values."
        raise InputError(
            f"To {decision} {does}", fix='Give edit={"COLUMN": VALUE} with edit and relabel, and only there.'
        )
    for column in edit or {}:
        if column not in store.schema.names:
            raise ColumnError(f"There is no column '{column}'.", fix=f"Columns: {', '.join(store.schema.names)}.")
    is_chosen = between is None or rows is not None or where is not None
    found = chosen_rows(of, rows=rows, where=where) if is_chosen else None
    if between is not None:
        found = _contradicted(store, between, found)
    assert found is not None
    packed = pack(row_set(found, is_whole=True))
    payload = {
        "decision": decision, "rows": name_of(packed), "size": len(found), "rule": "", "where": (where or "").strip(),
        "edit": dict(edit) if edit else None,
    }  # fmt: skip
    if settles:
        payload["settles"] = True
    entry = Entry(DECIDED, payload, reason.strip(), {name_of(packed): packed})
    [event] = store.main.journal.append([entry], author=author or author_name())
    bring_up_to_date(store.main)
    return event


def _contradicted(store: Store, between: Sequence[int], asked: RowIds | None) -> RowIds:
    """The rows on which these events, and no others, contradict each other now; all of `asked` must be among them."""
    wanted = sorted(set(between))
    found = next((one for one in store.judged.decision_conflicts() if [act.id for act in one.acts] == wanted), None)
    if found is not None and (asked is None or bool(np.isin(asked, found.rows).all())):
        return found.rows if asked is None else asked
    events = " and ".join(map(str, wanted)) or "none"
    raise NotFoundError(
        f"Events {events} are not what people last decided of these rows.",
        fix="Somebody has settled it or decided anew: look again at m.decision_conflicts.",
    )
