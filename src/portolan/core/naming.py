"""Names from keyphrases: joined for reading, distinct among siblings."""

from __future__ import annotations

from collections.abc import Sequence

from portolan.core.counted import counted

_MAX_CHARS = 38
_MAX_PHRASES = 3


def join_phrases(phrases: Sequence[str], *, n_phrases: int = _MAX_PHRASES, max_chars: int = _MAX_CHARS) -> str:
    """The first phrases as one name in sentence case: "Bank robbery, stealing cars".

    The first phrase always stands; others follow while the name stays within `max_chars`.
    """
    name = ""
    for phrase in phrases[:n_phrases]:
        longer = f"{name}, {phrase}" if name else phrase
        if name and len(longer) > max_chars:
            break
        name = longer
    return sentence_case(name)


def own_first(phrases: Sequence[str], *, of_parent: str, n_shared: int = 1) -> list[str]:
    """`phrases` with those that the parent's name has too behind the others, but for the first `n_shared`.

    A child's name then says what it is and what sets it apart: "Crime, prison" under "Crime, law, police".
    """
    known = {phrase.lower() for phrase in of_parent.split(", ")}
    shared = [phrase for phrase in phrases if phrase.lower() in known]
    late = set(shared[n_shared:])
    return [phrase for phrase in phrases if phrase not in late] + shared[n_shared:]


def sentence_case(name: str) -> str:
    """`name` with a capital first letter; the rest stays as written. "iPhone" stays too."""
    first = name.split(" ", 1)[0]
    return name if first != first.lower() else name[:1].upper() + name[1:]


def fallback_name(exemplars: Sequence[str], size: int, *, max_chars: int = _MAX_CHARS) -> str:
    """The beginning of a typical row, for a cluster without keyphrases."""
    for text in exemplars:
        flat = " ".join(text.split())
        if flat:
            return flat if len(flat) <= max_chars else flat[: max_chars - 1].rstrip() + "…"
    return counted(size, "row")


def distinct_name(name: str, phrases: Sequence[str], taken: set[str]) -> str:
    """`name`, or one with more phrases, fewer, or a number, that is not in `taken` (small letters)."""
    if name.lower() not in taken:
        return name
    for extra in phrases:
        longer = f"{name}, {extra}"
        if extra.lower() not in name.lower() and longer.lower() not in taken:
            return longer
    shorter = name.rpartition(", ")[0]
    if shorter and shorter.lower() not in taken:
        return shorter
    number = 2
    while f"{name} ({number})".lower() in taken:
        number += 1
    return f"{name} ({number})"
