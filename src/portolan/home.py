"""Where maps live when no path is given, and how a name finds its map."""

from __future__ import annotations

import difflib
import getpass
import os
import re
import unicodedata
from pathlib import Path

from portolan.acting import guest
from portolan.errors import InputError, MapWriteError, NotFoundError

SUFFIX = ".portolan"
AUTHOR_FILE = "author"
LONGEST_AUTHOR = 80


def maps_home() -> Path:
    """`$PORTOLAN_HOME`, or `~/.portolan`."""
    return Path(os.environ.get("PORTOLAN_HOME") or Path.home() / ".portolan").expanduser()


def author_name() -> str:
    """Who does what is done now: `$PORTOLAN_AUTHOR`, the name that one chose, or the one that one is logged in under.

    In a server that answers somebody with a token of their own: their name.
    """
    person = guest()
    if person is not None:
        return person.name
    given = os.environ.get("PORTOLAN_AUTHOR", "").strip()
    try:
        return given or _chosen_author() or getpass.getuser()
    except (OSError, KeyError):
        # A container's user may have no name.
        return "somebody"


def choose_author(name: str) -> None:
    """Go by `name` from now on, on this machine, in every program; "" goes back to the name one is logged in under.

    Raises
    ------
    InputError
        It is no name, or `$PORTOLAN_AUTHOR` says another.
    MapWriteError
        It cannot be kept.
    """
    name = " ".join(name.split())
    if len(name) > LONGEST_AUTHOR or not name.isprintable():
        raise InputError(f"'{name[:100]}' is no name.", fix=f"Give 1 to {LONGEST_AUTHOR} letters.")
    if given := os.environ.get("PORTOLAN_AUTHOR", "").strip():
        raise InputError(f"$PORTOLAN_AUTHOR says that you are '{given}'.", fix="Change that, and start again.")
    path = maps_home() / AUTHOR_FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{AUTHOR_FILE}.{os.getpid()}.tmp")
        draft.write_text(name, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise MapWriteError(f"'{path}' cannot be written: {error.strerror}.", fix="Set $PORTOLAN_HOME.") from error


def _chosen_author() -> str:
    try:
        return (maps_home() / AUTHOR_FILE).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""


def slug(name: str) -> str:
    """`name` as a folder's name: lower case, letters and digits of any script, single hyphens.

    >>> slug("What's in Anthropic's RLHF?")
    'what-s-in-anthropic-s-rlhf'
    """
    letters = re.sub(r"[^\w]+", "-", unicodedata.normalize("NFC", name).casefold()).strip("-_")
    return letters[:80].rstrip("-") or "map"


def map_path(name: str, path: Path | None) -> Path:
    """The folder of a map to be made: `path` as given, or a place under `maps_home()`."""
    return maps_home() / (slug(name) + SUFFIX) if path is None else path.expanduser()


def find_map(map_or_name: str | Path) -> Path:
    """The folder of an existing map, given as a path (with or without its ending) or by its name.

    Raises
    ------
    NotFoundError
        There is no such map; the fix names the nearest ones.
    """
    given = Path(map_or_name).expanduser()
    places = [given, given.with_name(given.name + SUFFIX), maps_home() / (slug(str(map_or_name)) + SUFFIX)]
    for place in places:
        if place.is_dir():
            return place
    known = sorted(found.stem for found in maps_home().glob("*" + SUFFIX))
    near = difflib.get_close_matches(slug(str(map_or_name)), known, n=3) or known[:5]
    fix = f"Maps at hand: {', '.join(near)}." if near else "Make one: portolan map FILE."
    raise NotFoundError(f"There is no map '{map_or_name}'.", fix=fix)
