"""The turns of a row as texts to score, each after all that was said before it: how a conversation goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portolan.core.scored import ScoredTexts, plain_scored

MOST_TURNS = 200
"""Turns of a row that are told of; later ones are left out."""
MOST_CHARACTERS = 100_000
"""Characters of a turn, and of what stands before it, that are looked at."""


@dataclass(frozen=True)
class PlacedTurn:
    """A turn and where it stands.

    Attributes
    ----------
    part : str
        "prompt", "chosen", "rejected", "turns" or "replies", as in the row's reading.
    reply : int
        Which of the replies; 0 in other parts.
    turn : int
        Its place in the part.
    before : str
        All that was said before it.
    """

    part: str
    reply: int
    turn: int
    role: str
    text: str
    before: str


def placed_turns(reading: Mapping[str, Any]) -> list[PlacedTurn]:
    """The turns of a row's reading, in order; of a text, which has none, nothing."""
    return list(_placed(reading))[:MOST_TURNS]


def texts_of_turns(turns: Sequence[PlacedTurn]) -> ScoredTexts:
    """The turns as a scorer takes them."""
    return plain_scored(
        [turn.text[:MOST_CHARACTERS] for turn in turns], [turn.before[-MOST_CHARACTERS:] for turn in turns]
    )


def _placed(reading: Mapping[str, Any]) -> Iterator[PlacedTurn]:
    before: list[str] = []
    for part in ("turns", "prompt"):
        yield from _run(reading.get(part, ()), part, 0, before)
    for part in ("chosen", "rejected"):
        yield from _run(reading.get(part, ()), part, 0, [*before])
    for reply, one in enumerate(reading.get("replies", ())):
        yield from _run(one["turns"], "replies", reply, [*before])


def _run(turns: Sequence[Mapping[str, str]], part: str, reply: int, before: list[str]) -> Iterator[PlacedTurn]:
    """Turns one after another; each is added to what was said `before`."""
    for place, said in enumerate(turns):
        yield PlacedTurn(part, reply, place, said["role"], said["text"], "\n\n".join(before))
        before.append(said["text"])
