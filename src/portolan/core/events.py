"""What people did to a map, as a log of events. The present state is a fold of it; nothing is ever changed or removed.

To undo an event is one more event, and that one can be undone too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

UNDONE = "undone"
VIEW_SAVED = "view-saved"
VIEW_RENAMED = "view-renamed"
VIEW_DELETED = "view-deleted"
CLUSTER_RENAMED = "cluster-renamed"
CLUSTERS_MERGED = "clusters-merged"
CLUSTER_SPLIT = "cluster-split"
CLUSTER_PINNED = "cluster-pinned"
CLUSTER_NOTED = "cluster-noted"
LABEL_SET_DEFINED = "label-set-defined"
LABELLED = "labelled"
UNLABELLED = "unlabelled"
DECIDED = "decided"
ROWS_REPLACED = "rows-replaced"
FINDING_DEFINED = "finding-defined"
FINDING_STATUS = "finding-status"
FINDING_RESPONSE = "finding-response"
PROVENANCE_DECLARED = "provenance-declared"

CLUSTER_KINDS = frozenset({CLUSTER_RENAMED, CLUSTERS_MERGED, CLUSTER_SPLIT, CLUSTER_PINNED, CLUSTER_NOTED})
SHAPING_KINDS = frozenset({CLUSTERS_MERGED, CLUSTER_SPLIT})
"""Those that change which rows belong together."""
LABEL_KINDS = frozenset({LABEL_SET_DEFINED, LABELLED, UNLABELLED})
FINDING_KINDS = frozenset({FINDING_DEFINED, FINDING_STATUS, FINDING_RESPONSE, PROVENANCE_DECLARED})
"""What people say of the audit of preference pairs."""
ROW_KINDS = frozenset({LABELLED, UNLABELLED, DECIDED})
"""Those that are about rows: `rows` in their payload names a set of them."""


@dataclass(frozen=True)
class Event:
    """One entry of the journal.

    Attributes
    ----------
    id : int
        Grows with every event; never reused.
    time : str
        UTC, ISO 8601.
    payload : mapping
        JSON values; what they are follows from `kind`.
    undone_by : int or None
        The event that undid it. Found by `with_undone`: it is not stored.
    """

    id: int
    time: str
    author: str
    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    undone_by: int | None = None


@dataclass(frozen=True)
class SavedView:
    """A view that somebody saved under a name.

    `link` is the part of the page's address after `#`; `where` the filter in it, as a filter expression ("" for none).
    """

    name: str
    link: str
    author: str
    time: str
    where: str = ""


def undone_by(events: Sequence[Event]) -> dict[int, int]:
    """Which event undid each that is undone, by id. An `undone` event that is itself undone undoes nothing."""
    found: dict[int, int] = {}
    for event in reversed(events):
        if event.kind == UNDONE and event.id not in found:
            found.setdefault(int(event.payload["event"]), event.id)
    return found


def with_undone(events: Sequence[Event]) -> list[Event]:
    """The events, each with what undid it."""
    by = undone_by(events)
    return [replace(event, undone_by=by[event.id]) if event.id in by else event for event in events]


def standing(events: Sequence[Event], kinds: Iterable[str]) -> list[Event]:
    """Events of those kinds that nobody has undone, in order."""
    wanted = frozenset(kinds)
    gone = undone_by(events)
    return [event for event in events if event.kind in wanted and event.id not in gone]


def row_set_names(events: Iterable[Event]) -> list[str]:
    """Names of all sets of rows that the payloads of events speak of, each once."""
    return list(dict.fromkeys(name for event in events for name in _row_set_names(event.payload)))


def _row_set_names(value: Any, key: str = "") -> list[str]:
    if isinstance(value, Mapping):
        # New values by column: a column may be called `rows`.
        return [name for key, part in value.items() if key != "edit" for name in _row_set_names(part, key)]
    if isinstance(value, list):
        return [name for part in value for name in _row_set_names(part)]
    return [value] if key == "rows" and isinstance(value, str) else []


def saved_views(events: Sequence[Event]) -> list[SavedView]:
    """Views by name as they now are: saved, perhaps saved again, renamed, and not deleted; in order of their names."""
    views: dict[str, SavedView] = {}
    for event in standing(events, (VIEW_SAVED, VIEW_RENAMED, VIEW_DELETED)):
        name = str(event.payload["name"])
        if event.kind == VIEW_SAVED:
            where = str(event.payload.get("where", ""))
            views[name] = SavedView(name, str(event.payload["link"]), event.author, event.time, where)
        elif (view := views.pop(name, None)) is not None and event.kind == VIEW_RENAMED:
            renamed = str(event.payload["to"])
            views[renamed] = replace(view, name=renamed)
    return sorted(views.values(), key=lambda view: (view.name.casefold(), view.name))
