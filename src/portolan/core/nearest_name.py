"""A hint for a name that nothing has: the one that it is nearest to."""

from __future__ import annotations

import difflib
from collections.abc import Sequence


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """A question that names the nearest one, whatever its case, hyphens and underscores; "" where none is near."""
    plain = {_plain(one): one for one in known}
    near = difflib.get_close_matches(_plain(name), list(plain), n=1, cutoff=0.6)
    return f"Did you mean '{plain[near[0]]}'? " if near else ""


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", "-")
