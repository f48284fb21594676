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
    UNDONE,
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


_TOLD: dict[str, Callable[[Payload], str]] = {
    CLUSTER_RENAMED: lambda payload: f"renamed “{payload['name']}” to “{payload['to']}”",
    CLUSTERS_MERGED: _merged,
    CLUSTER_SPLIT: _split,
    CLUSTER_PINNED: lambda payload: f"{'pinned' if payload['is_pinned'] else 'unpinned'} “{payload['name']}”",
    CLUSTER_NOTED: _noted,
    VIEW_SAVED: lambda payload: f"saved the view “{payload['name']}”",
    VIEW_RENAMED: lambda payload: f"renamed the view “{payload['name']}” to “{payload['to']}”",
    VIEW_DELETED: lambda payload: f"deleted the view “{payload['name']}”",
}
