"""Rankings of several replies as weighted pairs: every reply against every other one that ranks lower.

All comparisons of a prompt stay together, as in Ouyang et al. 2022 ("Training language models to follow instructions
with human feedback", section 3.5): the pairs of a ranking share one weight, so that a ranking counts as one row
however many replies it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.pairs import prompt_of, text_columns
from portolan.core.plain_texts import style_of, text_array
from portolan.core.ranking import replies_of
from portolan.core.transcript import turns_of
from portolan.types import BoolArray, FloatArray, Roles, RowIds

MOST_PAIRS = 400_000
"""Of many long rankings some pairs are drawn, the same number of each, so that about so many are learnt from."""


@dataclass(frozen=True)
class RankingPairs:
    """Pairs of replies of some rankings, the better one first; every array has shape (n_pairs,).

    Attributes
    ----------
    prompts, chosen, rejected : Arrow large_string arrays
        As plain text. No reply is blank.
    rows : ndarray of int64
        The place of the ranking in the batch, ascending.
    is_first : ndarray of bool
        Whether the better reply stands before the other one in the row.
    """

    prompts: pa.LargeStringArray
    chosen: pa.LargeStringArray
    rejected: pa.LargeStringArray
    rows: RowIds
    is_first: BoolArray

    def __len__(self) -> int:
        return len(self.rows)


def most_of_each(n_rankings: int) -> int:
    """How many pairs of each ranking are learnt from at most."""
    return max(1, MOST_PAIRS // max(1, n_rankings))


def ranking_pairs(batch: pa.RecordBatch, roles: Roles, *, most: int | None = None) -> RankingPairs:
    """All pairs of a batch's rankings in which one reply ranks higher than the other.

    Replies of one rank are no pair; a reply that is blank or has no score is in none.

    Parameters
    ----------
    most : int, optional
        Of a ranking with more pairs so many are drawn, by a hash of its prompt.
    """
    style = style_of(roles)
    rows: list[int] = []
    prompts: list[str] = []
    sides: list[tuple[str, str]] = []
    is_first: list[bool] = []
    for place, row in enumerate(batch.select(text_columns(roles)).to_pylist()):
        prompt = _joined(prompt_of(row, roles, style))
        replies = ranked_texts(row, roles)
        pairs = [
            (better, worse)
            for number, better in enumerate(replies)
            for worse in replies[number + 1 :]
            if better[0] < worse[0]
        ]
        for better, worse in _drawn(pairs, most, prompt):
            rows.append(place)
            prompts.append(prompt)
            sides.append((better[2], worse[2]))
            is_first.append(better[1] < worse[1])
    return RankingPairs(
        text_array(prompts),
        text_array([better for better, _ in sides]),
        text_array([worse for _, worse in sides]),
        np.array(rows, np.int64),
        np.array(is_first, np.bool_),
    )


def ranked_texts(row: dict[str, Any], roles: Roles) -> list[tuple[int, int, str]]:
    """Replies that have a rank and text, best first: rank, place in the row, plain text."""
    style = style_of(roles)
    found = [
        (reply["rank"], place, _joined(turns_of(reply["text"], style, role="assistant")))
        for place, reply in enumerate(replies_of(row, roles))
        if reply["rank"] is not None
    ]
    return sorted(reply for reply in found if reply[2].strip())


def shared_weights(rows: RowIds, is_counted: BoolArray, *, n_rows: int) -> FloatArray:
    """One over the number of a ranking's pairs that count, 0 for its others: float64, shape (n_pairs,).

    Where none counts, all of the ranking's pairs share the weight, so that it still has a mean.
    """
    n_counted = np.bincount(rows, is_counted, n_rows)
    weighs = is_counted | (n_counted[rows] == 0)
    n_sharing = np.bincount(rows, weighs, n_rows)
    found: FloatArray = weighs / n_sharing[rows]
    return found


def mean_of_pairs(values: FloatArray, rows: RowIds, weights: FloatArray, *, n_rows: int) -> FloatArray:
    """Weighted mean of each ranking's pairs: float64, shape (n_rows,); NaN where it has none that is told of."""
    is_told = np.isfinite(values) & (weights > 0)
    total = np.bincount(rows[is_told], weights[is_told], n_rows)
    sums = np.bincount(rows[is_told], (weights * np.where(is_told, values, 0))[is_told], n_rows)
    found: FloatArray = np.divide(sums, total, out=np.full(n_rows, np.nan), where=total > 0)
    return found


def one_group_each(groups: NDArray[np.int64], rows: RowIds) -> NDArray[np.int64]:
    """Groups of pairs with all pairs of a ranking in one, that of its first pair: int64, shape (n_pairs,)."""
    first = np.searchsorted(rows, rows)
    return np.unique(groups[first], return_inverse=True)[1].ravel().astype(np.int64)


def _drawn(pairs: list[Any], most: int | None, prompt: str) -> list[Any]:
    if most is None or len(pairs) <= most:
        return pairs
    chance = np.random.default_rng(crc32(prompt.encode()))
    return [pairs[place] for place in np.sort(chance.permutation(len(pairs))[:most]).tolist()]


def _joined(turns: list[Any]) -> str:
    return "\n\n".join(turn.text for turn in turns)
