"""Who asks, and what others did meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query

from portolan.acting import guest
from portolan.core.events import Event
from portolan.core.telling import told
from portolan.errors import RoleError
from portolan.home import author_name, choose_author
from portolan.server.current import CurrentMap
from portolan.server.team_models import Changes, Me, NameToTake, News
from portolan.server.watching import Watch

MOST_NEWS = 20


def team_routes(current: CurrentMap) -> APIRouter:
    """Routes under /api for who does what."""
    router = APIRouter(tags=["team"])
    watch = Watch(current)

    @router.get("/me")
    def me() -> Me:
        """Who shows this token, and as what."""
        return whoever_asks()

    @router.post("/me")
    def rename(asked: NameToTake) -> Me:
        """Go by another name on this machine; only for whoever runs the server."""
        if (person := guest()) is not None:
            raise RoleError(
                f"Your token says that you are {person.name}.", fix="Ask for another: portolan token MAP add NAME."
            )
        choose_author(asked.name)
        return whoever_asks()

    @router.get("/changes")
    def changes(
        since: Annotated[int | None, Query(ge=0, description="An event's id; without it nothing is told")] = None,
    ) -> Changes:
        """What was done after an event, the last few of it: to be asked every second or two."""
        seen = watch.look()
        last = seen.events[-1].id if seen.events else 0
        new = [] if since is None or since >= last else [one for one in seen.events if one.id > since]
        mine = author_name() if new else ""
        return Changes(
            last_event=last,
            version=seen.version,
            n_new=len(new),
            news=[news_of(event, seen.events, mine) for event in new[-MOST_NEWS:]],
        )

    return router


def whoever_asks() -> Me:
    """The person that the server let in."""
    person = guest()
    return Me(name=author_name(), role="owner" if person is None else person.role, is_local=person is None)


def news_of(event: Event, events: Sequence[Event], mine: str) -> News:
    """An event as others are told of it."""
    return News(
        id=event.id, author=event.author, kind=event.kind, told=told(event, events), is_mine=event.author == mine
    )
