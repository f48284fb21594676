"""One line by which a person knows a row again."""

from __future__ import annotations

from typing import Any

from portolan.core.answers import clamp

LINE_CHARACTERS = 200


def preview_line(reading: dict[str, Any]) -> str:
    """The beginning of what a row says, on one line.

    A pair or a ranking is known by the last turn that its replies answer; a conversation by its first turn.
    """
    if reading["kind"] == "text":
        return one_line(reading["text"])
    prompt = reading.get("prompt", [])
    replies = [reading.get("chosen", [])] + [reply["turns"] for reply in reading.get("replies", [])]
    turns = [*prompt[-1:], *reading.get("turns", []), *(turn for reply in replies for turn in reply)]
    return next((line for line in (one_line(turn["text"]) for turn in turns) if line), "")


def one_line(text: str) -> str:
    """`text` without line breaks, cut to 200 characters."""
    # Only the beginning is looked at: a text may be megabytes long.
    return clamp(" ".join(text[: LINE_CHARACTERS * 8].split()), LINE_CHARACTERS)
