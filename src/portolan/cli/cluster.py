"""`portolan cluster`: what a person makes of the clusters, and how it is undone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portolan.cli.output import note, out, out_json, table

if TYPE_CHECKING:
    from portolan.core.events import Event
    from portolan.map import Map

ACTIONS = ("list", "rename", "merge", "split", "pin", "unpin", "note", "undo", "history")
MOST_ARGUMENTS = {"list": 0, "rename": 2, "split": 1, "pin": 1, "unpin": 1, "note": 2, "undo": 1, "history": 0}

EXAMPLES = r"""
  portolan cluster reviews list
  portolan cluster reviews rename 1/17 'Battery complaints'
  portolan cluster reviews merge 1/17 1/4 --reason 'the same thing twice'
  portolan cluster reviews split 1/17 --where "text('charger')" --name Chargers
  portolan cluster reviews undo
"""


def cluster(
    map_path: Annotated[Path, typer.Argument(metavar="MAP", help="The map's folder, or its name.")],
    action: Annotated[str, typer.Argument(metavar="ACTION", help="|".join(ACTIONS))],
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CLUSTER | TEXT | EVENT]...", help="Clusters as LAYER/ID; see `list` and `history`."),
    ] = None,
    name: Annotated[str, typer.Option(help="What to call the cluster that a merge or a split makes.")] = "",
    where: Annotated[
        str | None, typer.Option(help="Split off the rows that meet a filter expression (SQL WHERE).")
    ] = None,
    rows: Annotated[str | None, typer.Option(help="Split off these rows: ids with commas between.")] = None,
    reason: Annotated[str, typer.Option(help="Kept with what is done.")] = "",
    author: Annotated[
        str | None, typer.Option(help="Default: $PORTOLAN_AUTHOR, or the name you are logged in under.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """List, rename, merge, split, pin and annotate clusters. Everything is kept in the journal, and can be undone.

    A split without --where and --rows parts the cluster in two by meaning.
    """
    from portolan.api import open_map

    _check_action(action, map_path)
    given = arguments or []
    if len(given) > MOST_ARGUMENTS.get(action, len(given)):
        raise typer.BadParameter(f"{action} takes at most {MOST_ARGUMENTS[action]}.", param_hint="arguments")
    opened = open_map(map_path)
    if action == "list":
        _list(opened, as_json=as_json)
    elif action == "history":
        _history(opened, as_json=as_json)
    else:
        about: dict[str, Any] = {"reason": reason, "author": author}
        if action == "split":
            about |= {"name": name, "where": where, "rows": None if rows is None else _row_ids(rows)}
        elif action == "merge":
            about |= {"name": name}
        event = _edit(opened, action, given, about)
        _show(opened, event, as_json=as_json)


def _check_action(action: str, map_path: Path) -> None:
    if action in ACTIONS:
        return
    if str(map_path) in ACTIONS:
        raise typer.BadParameter(f"The map comes first: portolan cluster {action} {map_path}", param_hint="arguments")
    raise typer.BadParameter(f"{action!r} is none of {', '.join(ACTIONS)}.", param_hint="ACTION")


def _edit(opened: Map, action: str, given: list[str], about: dict[str, Any]) -> Event:
    if action == "undo":
        return opened.edit.undo(_number(given[0]) if given else None, **about)
    if action == "merge":
        return opened.edit.merge(given, **about)
    if not given or (action in ("rename", "note") and len(given) < 2):
        wanted = "LAYER/ID and a text" if action in ("rename", "note") else "LAYER/ID"
        raise typer.BadParameter(f"{action} wants a cluster as {wanted}.", param_hint="arguments")
    if action == "pin":
        return opened.edit.pin(given[0], **about)
    if action == "unpin":
        return opened.edit.pin(given[0], False, **about)
    if action == "split":
        return opened.edit.split(given[0], **about)
    return (opened.edit.rename if action == "rename" else opened.edit.note)(given[0], given[1], **about)


def _list(opened: Map, *, as_json: bool) -> None:
    clusters = opened.clusters.select(["layer", "cluster_id", "parent_id", "name", "size", "is_pinned", "note"])
    ordered = sorted(clusters.to_pylist(), key=lambda one: (-one["layer"], not one["is_pinned"], -one["size"]))
    if as_json:
        out_json(ordered)
        return
    lines = [
        (f"{one['layer']}/{one['cluster_id']}", f"{one['size']:,}", ("* " if one["is_pinned"] else "") + one["name"])
        for one in ordered
    ]
    out(table([("cluster", "rows", "name"), *lines], align="<><"))


def _history(opened: Map, *, as_json: bool) -> None:
    events = opened.history
    if as_json:
        out_json([_as_json(event, events) for event in events])
        return
    if not events:
        note("Nothing was done yet.")
        return
    lines = [(str(event.id), event.time[:16].replace("T", " "), event.author, _line(event, events)) for event in events]
    out(table([("event", "time (UTC)", "by", "what"), *lines], align="><<<"))


def _line(event: Event, events: list[Event]) -> str:
    from portolan.core.telling import told

    undone = f" (undone by {event.undone_by})" if event.undone_by is not None else ""
    return told(event, events) + (f": {event.reason}" if event.reason else "") + undone


def _show(opened: Map, event: Event, *, as_json: bool) -> None:
    if as_json:
        out_json(_as_json(event, opened.history))
        return
    out(f"{event.id}: {_line(event, opened.history)}")


def _as_json(event: Event, events: list[Event]) -> dict[str, Any]:
    from portolan.core.telling import told

    return {
        "id": event.id, "time": event.time, "author": event.author, "kind": event.kind, "told": told(event, events),
        "reason": event.reason, "undone_by": event.undone_by, "payload": dict(event.payload),
    }  # fmt: skip


def _row_ids(text: str) -> list[int]:
    return [_number(part) for part in text.split(",") if part.strip()]


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no whole number.", param_hint="arguments") from None
