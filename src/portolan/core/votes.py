"""Verdicts of raters: which side of a pair is the chosen one, where columns say so row by row."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from portolan.types import BoolArray, FloatArray, Roles


def winner_first(batch: pa.RecordBatch, roles: Roles) -> tuple[pa.Array, pa.Array]:
    """The chosen and the rejected column; where a winner column decides, of each row."""
    left, right = batch.column(roles.chosen), batch.column(roles.rejected)
    if not votes_of(roles):
        return left, right
    is_right = pa.array(_right_wins(batch, roles))
    return pc.if_else(is_right, right, left), pc.if_else(is_right, left, right)


def _right_wins(batch: pa.RecordBatch, roles: Roles) -> BoolArray:
    return leads(batch, roles) > 0


def leads(batch: pa.RecordBatch, roles: Roles) -> NDArray[np.int64]:
    """By how many votes the right side leads in each row, int64, shape (n_rows,); 0: a tie, no verdict, or no votes."""
    if are_scores(votes_of(roles)):
        first, second = (_numbers(batch.column(vote["column"])) for vote in votes_of(roles))
        return (second > first).astype(np.int64) - (second < first)
    votes = np.zeros(batch.num_rows, dtype=np.int64)
    for vote in votes_of(roles):
        words = [verdict_word(value) for value in batch.column(vote["column"]).to_pylist()]
        votes += np.array([(word in vote["right"]) - (word in vote["left"]) for word in words], dtype=np.int64)
    return votes


def votes_of(roles: Roles) -> list[dict[str, Any]]:
    """Columns that say which side of a pair is better: {column, left, right}, the last two lists of words.

    Or two columns of scores, one for each side, with `is_score` and no words: the higher one wins.
    """
    votes: list[dict[str, Any]] = json.loads(roles.notes.get("votes", "[]"))
    return votes


def are_scores(votes: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the verdict is which of two scores is higher."""
    return len(votes) == 2 and all(vote.get("is_score") for vote in votes)


def _numbers(column: pa.Array) -> FloatArray:
    """Scores as float64, NaN where there is none; what is NaN is neither higher nor lower."""
    values: FloatArray = pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False)
    return values


def origins(roles: Roles) -> tuple[str, ...]:
    """Category columns without the verdicts of raters: those say what was chosen, not where a row came from."""
    verdicts = {vote["column"] for vote in votes_of(roles)}
    return tuple(name for name in roles.categories if name not in verdicts)


def lead(row: dict[str, Any], roles: Roles) -> int:
    """By how many votes the right side leads; negative where the left one does."""
    votes = votes_of(roles)
    if are_scores(votes):
        first, second = (row.get(vote["column"]) for vote in votes)
        return 0 if first is None or second is None else int(second > first) - int(second < first)
    words = [(verdict_word(row.get(vote["column"])), vote) for vote in votes]
    return sum((word in vote["right"]) - (word in vote["left"]) for word, vote in words)


def winner_names(row: dict[str, Any], roles: Roles) -> tuple[str | None, str | None]:
    """The columns of the better and of the worse side in a row."""
    return (roles.rejected, roles.chosen) if lead(row, roles) > 0 else (roles.chosen, roles.rejected)


def verdict_word(value: Any) -> str:
    """A verdict as a word: 2, 2.0 and "2" are one."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip().lower()
