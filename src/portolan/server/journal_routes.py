"""What people do to a map: edits of clusters, undo, history, saved views."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query

from portolan.acting import author_of
from portolan.core.events import Event, SavedView
from portolan.core.telling import told
from portolan.errors import InputError
from portolan.once import once
from portolan.server.current import CurrentMap
from portolan.server.journal_models import (
    Act,
    ClusterEdit,
    ClusterPage,
    ClusterRef,
    Done,
    JournalEvent,
    UndoRequest,
    View,
    ViewToSave,
)

if TYPE_CHECKING:
    from portolan.editing import Editor
    from portolan.server.reader import MapReader

MOST_EVENTS = 1000


def journal_routes(current: CurrentMap) -> APIRouter:
    """Routes under /api for what people do."""
    router = APIRouter(tags=["journal"])

    @router.post("/clusters/edit")
    def edit(asked: ClusterEdit) -> Done:
        """Rename, merge, split, pin or annotate clusters."""
        reader = current.read()
        return done_once(reader, asked, lambda: edit_clusters(reader.edit, asked))

    @router.get("/clusters/{layer}/{cluster_id}")
    def page(layer: int, cluster_id: int) -> ClusterPage:
        """What there is to know of one cluster."""
        reader = current.read()
        events = reader.history
        told = [
            event_of(one, reader, events) for one in reversed(events) if reader.cluster_of(one) == (layer, cluster_id)
        ]
        return ClusterPage.model_validate({**reader.cluster_page(layer, cluster_id), "events": told})

    @router.post("/undo")
    def undo(asked: UndoRequest) -> Done:
        """Undo an event; undoing an undo does it again."""
        reader = current.read()
        return done_once(reader, asked, lambda: reader.edit.undo(asked.event, reason=asked.reason, author=asked.author))

    @router.get("/history")
    def history(limit: Annotated[int, Query(ge=1, le=MOST_EVENTS)] = 200) -> list[JournalEvent]:
        """What was done, the last first."""
        reader = current.read()
        events = reader.history
        return [event_of(event, reader, events) for event in reversed(events[-limit:])]

    @router.get("/views")
    def views() -> list[View]:
        """Saved views, by name."""
        return [view_of(view) for view in current.read().views]

    @router.post("/views")
    def save(asked: ViewToSave) -> View:
        """Save a view under a name, in place of one of that name; or give one another name."""
        reader = current.read()
        if asked.renamed_from is not None:
            return view_of(reader.rename_view(asked.renamed_from, asked.name, author=asked.author))
        return view_of(reader.save_view(asked.name, asked.link, where=asked.where, author=asked.author))

    @router.delete("/views")
    def delete(name: Annotated[str, Query()]) -> list[View]:
        """Delete a view; the history keeps it. Answers with those that are left."""
        reader = current.read()
        reader.delete_view(name)
        return [view_of(view) for view in reader.views]

    return router


def edit_clusters(edit: Editor, asked: ClusterEdit) -> Event:
    """Do what was asked."""
    refs = [(one.layer, one.cluster_id) for one in asked.clusters]
    about: dict[str, Any] = {"reason": asked.reason, "author": asked.author}
    if asked.action == "merge":
        return edit.merge(refs, name=asked.name, **about)
    if len(refs) > 1:
        raise InputError(f"Asked to {asked.action} {len(refs)} clusters.", fix="Name one.")
    [ref] = refs
    if asked.action == "split":
        return edit.split(ref, where=asked.where, rows=asked.rows, name=asked.name, rest_name=asked.rest_name, **about)
    if asked.action == "rename":
        return edit.rename(ref, asked.name, **about)
    if asked.action == "note":
        return edit.note(ref, asked.note, **about)
    return edit.pin(ref, asked.action == "pin", **about)


def done_once(reader: MapReader, asked: Act, do: Callable[[], Event]) -> Done:
    """Do what was asked, unless it was done when the same was asked before; the answer to whoever asked."""
    with once(request_name(asked)):
        # Looked up before it is tried: what it did may be why it cannot be done again.
        event = next(iter(reader.journal.of_request()), None) or do()
    return Done(event=event_of(event, reader), version=str(reader.version))


def request_name(asked: Act) -> str | None:
    """What a journal knows a request by: who asked for what, under which id."""
    if asked.request_id is None:
        return None
    said = "\0".join((author_of(""), type(asked).__name__, asked.model_dump_json()))
    return "asked:" + blake2b(said.encode(), digest_size=16).hexdigest()


def event_of(event: Event, reader: MapReader, events: Sequence[Event] | None = None) -> JournalEvent:
    """An event as the page takes it."""
    cluster = reader.cluster_of(event)
    return JournalEvent(
        id=event.id,
        time=event.time,
        author=event.author,
        kind=event.kind,
        told=told(event, reader.history if events is None else events),
        reason=event.reason,
        undone_by=event.undone_by,
        cluster=None if cluster is None else ClusterRef(layer=cluster[0], cluster_id=cluster[1]),
        is_lost=any(lost.id == event.id for lost in reader.lost_edits),
    )


def view_of(view: SavedView) -> View:
    """A view as the page takes it."""
    return View(name=view.name, link=view.link, where=view.where, author=view.author, time=view.time)
