"""Events as a person reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from portolan.core.counted import counted
from portolan.core.events import (
    CLUSTER_NOTED,
    CLUSTER_PINNED,
    CLUSTER_RENAMED,
    CLUSTER_SPLIT,
    CLUSTERS_MERGED,
    DECIDED,
    FINDING_DEFINED,
    FINDING_RESPONSE,
    FINDING_STATUS,
    LABEL_SET_DEFINED,
    LABELLED,
    PROVENANCE_DECLARED,
    ROWS_REPLACED,
    UNDONE,
    UNLABELLED,
    VIEW_DELETED,
    VIEW_RENAMED,
    VIEW_SAVED,
    Event,
)

Payload = Mapping[str, Any]


def told(event: Event, events: Sequence[Event] = ()) -> str:
    """What was done, as a clause: "renamed “Crime” to “Robbery”". `events`: to tell what an undo undid."""
    if event.kind == UNDONE:
        undone = next((one for one in events if one.id == event.payload["event"]), None)
        return f"took back: {told(undone, events)}" if undone is not None else f"took back {event.payload['event']}"
    tell = _TOLD.get(event.kind)
    return tell(event.payload) if tell is not None else event.kind.replace("-", " ")


def _merged(payload: Payload) -> str:
    first, *others = (f"“{one['name']}”" for one in payload["clusters"])
    called = f" as “{payload['to']}”" if payload.get("to") else ""
    return f"merged {', '.join(others)} into {first}{called}"


def _split(payload: Payload) -> str:
    part, how = payload["part"], payload["how"]
    by = f" by {how['where']}" if how.get("where") else ""
    rows = f"{part['size']:,} of {counted(payload['size'], 'row')}"
    return f"split “{payload['name']}”: {rows} are now “{part['name']}”{by}"


def _noted(payload: Payload) -> str:
    return (
        f"noted on “{payload['name']}”: {payload['note']}"
        if payload["note"]
        else (f"removed the note on “{payload['name']}”")
    )


def _labelled(payload: Payload) -> str:
    verb = "settled" if payload.get("settles") else "labelled"
    return f"{verb} {_rows(payload)} “{payload['value']}” ({payload['set']}){_where(payload)}"


def _unlabelled(payload: Payload) -> str:
    value = f"“{payload['value']}”" if payload.get("value") else "labels"
    of = {None: "", "*": " of everyone"}.get(payload.get("of"), f" of {payload.get('of')}")
    return f"took {value}{of} away from {_rows(payload)} ({payload['set']}){_where(payload)}"


def _defined(payload: Payload) -> str:
    values = ", ".join(f"“{one['value']}”" for one in payload.get("values", ()))
    return f"defined the labels {payload['set']}" + (f": {values}" if values else "")


def _decided(payload: Payload) -> str:
    verb = "settled" if payload.get("settles") else "decided"
    return f"{verb} to {payload['decision']} {_rows(payload)}{_where(payload)}"


def _replaced(payload: Payload) -> str:
    gone = payload["gone"]
    parts = [counted(gone[what], what.removesuffix("s")) for what in ("labels", "decisions") if gone[what]]
    verb = "is" if gone["labels"] + gone["decisions"] == 1 else "are"
    lost = f": {' and '.join(parts)} {verb} of rows that are gone" if parts else ""
    return f"put other data in the place of the map's{lost}"


def _rows(payload: Payload) -> str:
    size = payload.get("size")
    rows = "rows" if size is None else "1 row" if size == 1 else f"{size:,} rows"
    side = f" ({payload['side']})" if payload.get("side") else ""
    span = payload.get("span")
    return rows + side + (f" from character {span[0]} to {span[1]}" if span else "")


def _where(payload: Payload) -> str:
    return f" where {payload['where']}" if payload.get("where") else ""


def _finding_status(payload: Payload) -> str:
    return f"said that {payload['finding']}{_where(payload)} is {payload['status'].replace('-', ' ')}"


_TOLD: dict[str, Callable[[Payload], str]] = {
    CLUSTER_RENAMED: lambda payload: f"renamed “{payload['name']}” to “{payload['to']}”",
    CLUSTERS_MERGED: _merged,
    CLUSTER_SPLIT: _split,
    CLUSTER_PINNED: lambda payload: f"{'pinned' if payload['is_pinned'] else 'unpinned'} “{payload['name']}”",
    CLUSTER_NOTED: _noted,
    VIEW_SAVED: lambda payload: f"saved the view “{payload['name']}”",
    VIEW_RENAMED: lambda payload: f"renamed the view “{payload['name']}” to “{payload['to']}”",
    LABEL_SET_DEFINED: _defined,
    LABELLED: _labelled,
    UNLABELLED: _unlabelled,
    DECIDED: _decided,
    ROWS_REPLACED: _replaced,
    FINDING_DEFINED: lambda payload: f"defined the finding {payload['name']}: {payload['where']}",
    FINDING_STATUS: _finding_status,
    FINDING_RESPONSE: lambda payload: f"responded on {payload['finding']}: {payload['text']}",
    PROVENANCE_DECLARED: lambda payload: "declared where the data came from",
    VIEW_DELETED: lambda payload: f"deleted the view “{payload['name']}”",
}
