"""Where maps live when no path is given, and how a name finds its map."""

from __future__ import annotations

import difflib
import getpass
import os
import re
import unicodedata
from pathlib import Path

from portolan.errors import NotFoundError

SUFFIX = ".portolan"


def maps_home() -> Path:
    """`$PORTOLAN_HOME`, or `~/.portolan`."""
    return Path(os.environ.get("PORTOLAN_HOME") or Path.home() / ".portolan").expanduser()


def author_name() -> str:
    """Who does what is done now: `$PORTOLAN_AUTHOR`, or the name one is logged in under."""
    given = os.environ.get("PORTOLAN_AUTHOR", "").strip()
    try:
        return given or getpass.getuser()
    except (OSError, KeyError):
        # A container's user may have no name.
        return "somebody"


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
