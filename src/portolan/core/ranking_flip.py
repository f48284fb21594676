"""A ranking turned upside down: its replies stay where they are, and their scores change places.

The best reply gets the lowest score there is, the second best the second lowest, and so on; replies of one rank still
share one, and a reply without a score stays without. Turned twice, a ranking is as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.types as pt

from portolan.core.kinds import SCORE_FIELDS, SCORES
from portolan.core.ranking import number_of
from portolan.types import Roles


def turned_scores(scores: Sequence[Any]) -> list[Any]:
    """Scores in the opposite order, each written as one of those given; what is no number stays."""
    written: dict[float, Any] = {}
    for score in scores:
        number = number_of(score)
        if number is not None:
            written.setdefault(number, score)
    levels = sorted(written)
    other = dict(zip(levels, reversed(levels), strict=True))
    numbers = [number_of(score) for score in scores]
    return [score if number is None else written[other[number]] for score, number in zip(scores, numbers, strict=True)]


def turned_replies(replies: Sequence[Any], fields: Sequence[str]) -> list[Any]:
    """Replies with every field that ranks them in the opposite order."""
    turned = [dict(reply) if isinstance(reply, dict) else reply for reply in replies]
    for name in fields:
        having = [reply for reply in turned if isinstance(reply, dict) and name in reply]
        for reply, score in zip(having, turned_scores([reply[name] for reply in having]), strict=True):
            reply[name] = score
    return turned


def ranking_columns(schema: pa.Schema, roles: Roles) -> list[tuple[str, tuple[str, ...]]]:
    """Columns in which the order of a ranking's replies stands, each with the fields of its structs that hold it.

    A column of scores has no fields. Whatever ranks the replies is meant, not only what the map reads: a rank that is
    left behind would contradict the scores.
    """
    replies = roles.notes["replies"]
    kind = schema.field(replies).type.value_type
    own = roles.notes.get("score")
    if own and pt.is_struct(kind):
        fields = (own, *(name for name in SCORE_FIELDS if name != own and name in {part.name for part in kind}))
        return [(replies, fields)]
    lists = [part.name for part in schema if part.name.lower() in SCORES and pt.is_list(part.type)]
    return [(name, ()) for name in dict.fromkeys([roles.notes["scores"], *lists])]


def turned_value(value: Any, fields: Sequence[str]) -> Any:
    """What a cell of such a column is in a ranking that is turned upside down."""
    if not isinstance(value, list):
        return value
    return turned_replies(value, fields) if fields else turned_scores(value)
