"""A file of a report's texts: a section `## key` for each block, so that a person can write them anew."""

from __future__ import annotations

import re
from collections.abc import Sequence

from portolan.core.report import Report
from portolan.errors import InputError

_HEAD = re.compile(r"^## ([a-z0-9][a-z0-9.-]*)[ \t]*$", re.MULTILINE)
PREFACE = """\
The texts of “{title}”. Change what you like; `portolan report MAP -o OUT --texts THIS_FILE` puts them in place.
What stands under a heading replaces the block of that name; nothing under it leaves the block out; a heading that is
not there leaves the report's own text. Figures in texts that you leave in this file stay as they are when the map
changes: keep what you rewrote, and remove the rest.
"""


def write_texts(report: Report) -> str:
    """The present texts, each under its key."""
    parts = [PREFACE.format(title=report.title)]
    parts += [f"## {one.key}\n\n{one.text}\n" for one in report.prose()]
    return "\n".join(parts)


def read_texts(text: str, *, source: str = "The texts", known: Sequence[str]) -> dict[str, str]:
    """Texts by key.

    Parameters
    ----------
    source : str
        What to call the text in errors: its file.
    known : sequence of str
        The keys that there are.

    Raises
    ------
    InputError
        It has no section, one twice, or one that the report has not.
    """
    parts = _HEAD.split(text.replace("\r\n", "\n"))
    found: dict[str, str] = {}
    for key, body in zip(parts[1::2], parts[2::2], strict=True):
        if key in found:
            raise InputError(f"{source} has two sections '{key}'.", fix="Keep one of them.")
        found[key] = body.strip()
    if not found:
        raise InputError(
            f"{source} has no section.", fix="Begin each text with a line '## key': --write-texts writes them all."
        )
    unknown = sorted(set(found) - set(known))
    if unknown:
        raise InputError(
            f"{source} has texts that this report has not: {', '.join(unknown)}.",
            fix=f"Its texts are: {', '.join(known)}.",
        )
    return found
