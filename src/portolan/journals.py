"""Where a map keeps its journal, as a person chose it."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from portolan.home import slug
from portolan.store import FolderStore
from portolan.store.journal_postgres import Place, parse_place, postgres_journal
from portolan.store.journals import SQLITE


def choose_journal(choice: str | None, *, name: str) -> Callable[[FolderStore], None]:
    """What to do to a map so that its journal lies where `choice` says; the database is asked now.

    Parameters
    ----------
    choice : str or None
        A PostgreSQL URL, "sqlite" for the map's folder, or None: where it is.
    name : str
        The map's; the journal is called after it, where the URL does not say how.

    Raises
    ------
    InputError
        It is no such URL.
    JournalError
        The database cannot be reached.
    """
    if choice is None:
        return lambda store: None
    if choice == SQLITE:
        return lambda store: store.move_journal(None)
    place = parse_place(choice, name="")
    postgres_journal(place).events()

    def move(store: FolderStore) -> None:
        known = store.journal_place
        is_there = known is not None and known.url == place.url and place.name in ("", known.name)
        if not is_there:
            # The last part is drawn: another map of that name has another journal.
            store.move_journal(Place(place.url, place.name or f"{slug(name)}-{secrets.token_hex(4)}"))

    return move
