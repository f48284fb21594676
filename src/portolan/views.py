"""Views of a map, saved under names: each is an event of the journal."""

from __future__ import annotations

from portolan.acting import check_own
from portolan.core.events import VIEW_DELETED, VIEW_RENAMED, VIEW_SAVED, SavedView, saved_views
from portolan.errors import InputError, NotFoundError
from portolan.home import author_name
from portolan.store import Entry, Journal

LONGEST_NAME = 200


def save_view(journal: Journal, name: str, link: str, *, where: str = "", author: str | None = None) -> SavedView:
    """Save a link (a whole one, or what stands after `#`) and the filter in it; one of that name is replaced."""
    name = checked_name(name, of="A view")
    link = link.rpartition("#")[2].strip()
    payload = {"name": name, "link": link, "where": where.strip()}
    for known in saved_views(journal.events()):
        if known.name == name:
            check_own(known.author, f"The view '{name}'")
    [event] = journal.append([Entry(VIEW_SAVED, payload)], author=author or author_name())
    return SavedView(name, link, event.author, event.time, payload["where"])


def rename_view(journal: Journal, name: str, to: str, *, author: str | None = None) -> SavedView:
    """Give a saved view another name.

    Raises
    ------
    NotFoundError
        There is no view of that name.
    InputError
        There is one of the new name already.
    """
    to = checked_name(to, of="A view")
    known = {view.name for view in saved_views(journal.events())}
    check_own(find_view(journal, name).author, f"The view '{name}'")
    if to in known and to != name:
        raise InputError(f"There is a view '{to}' already.", fix="Choose another name, or delete that one first.")
    journal.append([Entry(VIEW_RENAMED, {"name": name, "to": to})], author=author or author_name())
    return find_view(journal, to)


def delete_view(journal: Journal, name: str, *, author: str | None = None) -> None:
    """Delete a saved view; undoing the event brings it back. Raises NotFoundError."""
    check_own(find_view(journal, name).author, f"The view '{name}'")
    journal.append([Entry(VIEW_DELETED, {"name": name})], author=author or author_name())


def find_view(journal: Journal, name: str) -> SavedView:
    """The saved view of that name. Raises NotFoundError."""
    views = saved_views(journal.events())
    for view in views:
        if view.name == name:
            return view
    names = ", ".join(f"'{view.name}'" for view in views[:8])
    raise NotFoundError(f"There is no view '{name}'.", fix=f"There are {names}." if names else "None is saved yet.")


def checked_name(name: str, *, of: str) -> str:
    """`name` without spaces around it. Raises InputError where nothing is left, or more than 200 characters."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        problem = "is empty" if not name else f"has {len(name)} characters"
        raise InputError(f"{of}'s name {problem}.", fix=f"Give 1 to {LONGEST_NAME} characters.")
    return name
