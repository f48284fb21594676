"""The replies of a ranking: each with its text, its rank, and the name of who wrote it."""

from __future__ import annotations

import math
from typing import Any

from portolan.types import Roles


def replies_of(row: dict[str, Any], roles: Roles) -> list[dict[str, Any]]:
    """Replies as they stand in the row, each with `text`, `rank` and `name`.

    Rank 1 is best, replies of equal scores share a rank, and one whose score is missing has None.
    """
    notes = roles.notes
    given = row.get(notes["replies"]) or []
    scores = (row.get(notes["scores"]) or []) if "scores" in notes else []
    best = row.get(notes["choice"]) if "choice" in notes else None
    if best is not None:
        scores = [int(place == best) for place in range(len(given))]
    replies = []
    for place, reply in enumerate(given):
        fields = reply if isinstance(reply, dict) else {}
        is_own = bool(fields) and not scores
        score = fields.get(notes.get("score", "")) if is_own else (scores[place] if place < len(scores) else None)
        text = fields.get(notes.get("reply", "")) if fields else reply
        replies.append({"text": "" if text is None else text, "score": number_of(score), "name": _name_of(fields)})
    known = {reply["score"] for reply in replies if reply["score"] is not None}
    best_first = sorted(known, reverse=not notes.get("low_is_best"))
    rank_of = {score: place + 1 for place, score in enumerate(best_first)}
    return [{"text": reply["text"], "rank": rank_of.get(reply["score"]), "name": reply["name"]} for reply in replies]


def _name_of(fields: dict[str, Any]) -> str:
    return str(next((fields[key] for key in ("model", "name", "generator", "policy") if fields.get(key)), ""))


def number_of(value: Any) -> float | None:
    """A score as a number; None where it is none."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return None if math.isnan(found) else found
