"""How a report writes numbers, shares with intervals, lists and dates, as plain words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portolan.core.counted import counted

NOUNS = {"pair": "pair", "conversation": "conversation", "ranking": "ranking", "red-team": "attempt"}
AUDITED = ("pair", "ranking")
"""Kinds of rows that have an audit; of a ranking the best reply stands as chosen and the worst as rejected."""


@dataclass(frozen=True)
class Sides:
    """What the two replies that an audit looks at are called, without an article; `is_better`: what makes one so."""

    better: str
    worse: str
    is_better: str


PAIR_SIDES = Sides("chosen reply", "rejected reply", "was chosen")
RANKING_SIDES = Sides("best reply", "worst reply", "ranks higher")


def sides_of(kind: str) -> Sides:
    """What the replies of rows of that kind are called."""
    return RANKING_SIDES if kind == "ranking" else PAIR_SIDES


MINUS = "\N{MINUS SIGN}"


def percent(share: float) -> str:
    """A share as per cent, with as many digits as tell it from its neighbours: 12.3 %, 3.4 %, 0.82 %, 0.016 %."""
    if share in (0.0, 1.0):
        return f"{100 * share:.0f} %"
    return f"{100 * share:.{digits_of(100 * share)}f} %"


def digits_of(value: float) -> int:
    """Digits after the point that leave two that count, at most 3; one of numbers of 1 or more."""
    size = abs(value)
    return 1 if size >= 1 or size == 0 else 2 if size >= 0.1 else 3


def interval(low: float, high: float) -> str:
    """Both ends of a share's interval: "0.63 to 1.08 %"."""
    digits = _digits(100 * low, 100 * high)
    return f"{100 * low:.{digits}f} to {100 * high:.{digits}f} %"


def points_interval(low: float, high: float) -> str:
    """Both ends of a difference of two shares: "+1.5 to +3.0 points"."""
    digits = _digits(100 * low, 100 * high)
    return f"{100 * low:+.{digits}f} to {100 * high:+.{digits}f} points".replace("-", MINUS)


def _digits(low: float, high: float) -> int:
    """As many for both ends; a third where the smaller would be written as 0."""
    least = min(abs(low), abs(high))
    digits = 2 if least < 1 and max(abs(low), abs(high)) < 10 else 1
    while digits < 3 and least and round(least, digits) == 0:
        digits += 1
    return digits


def share_words(share: Mapping[str, Any]) -> str:
    """A share of JSON with its interval: "0.82 % (0.63 to 1.08 %)"; plain words where there is nothing to tell by."""
    if not share["n"] or share["value"] is None:
        return "unknown"
    return f"{percent(share['value'])} ({interval(share['low'], share['high'])})"


def decimal(value: float, digits: int = 3) -> str:
    """A number with its true minus."""
    return f"{value:.{digits}f}".replace("-", MINUS)


def signed(value: float, digits: int = 4) -> str:
    """A number with its sign, a true minus; without one where it is written as 0."""
    told = f"{value:+.{digits}f}"
    return told[1:] if float(told) == 0 else told.replace("-", MINUS)


def chance(p: float) -> str:
    """A p-value: "p = 0.012", "p < 0.001"."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def listed(parts: Sequence[str], *, last: str = "and") -> str:
    """Parts as a list in words: "a", "a and b", "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def rows_noun(kind: str, n: int = 2) -> str:
    """What rows are called."""
    noun = NOUNS.get(kind, "text")
    return noun if n == 1 else noun + "s"


def many(n: int, one: str, several: str | None = None) -> str:
    """A number of things; "no row" for none."""
    return f"no {one}" if n == 0 else counted(n, one, several)


def verb(n: int, one: str = "is", several: str = "are") -> str:
    """The form of a verb that goes with so many."""
    return one if n == 1 else several


def capital(text: str) -> str:
    """`text` with its first letter large."""
    return text[:1].upper() + text[1:]


def is_real(value: float | None) -> bool:
    """Whether there is a number at all."""
    return value is not None and math.isfinite(value)


def day(time: str) -> str:
    """The date of a moment in ISO 8601."""
    return time[:10]


def lower(text: str) -> str:
    """`text` with its first letter small, also where signs stand before it."""
    at = next((place for place, sign in enumerate(text) if sign.isalpha()), 0)
    return text[:at] + text[at : at + 1].lower() + text[at + 1 :]
