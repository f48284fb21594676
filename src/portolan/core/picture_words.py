"""How numbers, times and columns are written on a picture. The page has the same in `ui/src/core/format.ts`."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta

NOUNS = {"pair": "pair", "conversation": "conversation", "ranking": "ranking", "red-team": "attempt"}
CLOCK_BELOW_S = 4 * 86_400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def row_noun(kind: str) -> str:
    """What one row of a map is called."""
    return NOUNS.get(kind, "text")


def column_words(name: str) -> str:
    """A column's name in words: "label_confidence" becomes "label confidence"."""
    return re.sub(r"[_\s]+", " ", name).strip() or name


def written_number(value: float) -> str:
    """A measured number with at most three significant digits."""
    if float(value).is_integer() or abs(value) >= 1000:
        return f"{math.floor(value + 0.5):,}"
    if abs(value) < 0.001:
        return f"{value:.1e}"
    return f"{float(f'{value:.3g}'):g}"


def written_moment(seconds: float, span_s: float) -> str:
    """A moment in seconds since 1970 as a date, with the time of day where the span shown is short."""
    try:
        at = EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return written_number(seconds)
    day = f"{at.day} {at:%b} {at.year}"
    return f"{day}, {at:%H:%M}" if span_s < CLOCK_BELOW_S else day
