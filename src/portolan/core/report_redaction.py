"""Texts of which only the little words can be read: who refuses, asks or agrees shows, what it is about does not."""

from __future__ import annotations

import re

_LITTLE = """
a about after all also an and any are as at be because been before but by can can't cannot could did do does don't for
from had has have he her him his how i i'd i'll i'm i've if in into is isn't it it's its just let like may me might more
most my no not of on or our please she should so some sorry than thank thanks that that's the their them then there
these they this those to too was we were what when where which who why will with won't would yes you you're your
human assistant system user
"""
_READABLE = frozenset(_LITTLE.split())
_WORD = re.compile(r"[^\W_]+(?:['\N{RIGHT SINGLE QUOTATION MARK}][^\W_]+)*")
MASK = "█"
MOST_MASKS = 12


def redact(text: str) -> str:
    """`text` with every word masked that is not on a short list of little words; marks and lines stay.

    >>> redact("Sorry, I can't tell you his number: 555-0199.")
    "Sorry, I can't ████ you his ██████: ███-████."
    """
    return _WORD.sub(_masked, text)


def _masked(match: re.Match[str]) -> str:
    word = match[0]
    return (
        word
        if word.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'") in _READABLE
        else MASK * min(len(word), MOST_MASKS)
    )
