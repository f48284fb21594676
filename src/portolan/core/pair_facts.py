"""What can be said of each pair without any model: lengths, turns, whether its sides share a prompt and are alike.

Of a ranking the pair is its best reply against its worst one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from portolan.core.near_duplicates import likeness
from portolan.core.pairs import cut_of, sides_of_row, text_columns
from portolan.core.plain_texts import text_array
from portolan.core.ranking import replies_of
from portolan.core.same_text import normalized
from portolan.core.scored import is_text
from portolan.core.shingles import shingle_sets
from portolan.core.votes import lead, votes_of
from portolan.types import BoolArray, Roles

Counts = NDArray[np.int32]
MOST_TIMES = 2
"""Replies of which one is longer than so many of the other are not compared word by word."""
HumanTurns = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""Turns of people in each row: those that both sides begin with, those of the chosen and the rejected side."""


@dataclass(frozen=True)
class PairTexts:
    """Texts of pairs, Arrow large_string arrays of one length, in row order; "" where there is none.

    Attributes
    ----------
    prompts : the turns that both sides begin with, an empty line between them
    chosen, rejected : what follows in each side: the reply, or all of a side that shares no turn with the other
    """

    prompts: pa.LargeStringArray
    chosen: pa.LargeStringArray
    rejected: pa.LargeStringArray

    def __len__(self) -> int:
        return len(self.prompts)


@dataclass(frozen=True)
class PairFacts:
    """What each pair is like; every array has shape (n_rows,).

    Attributes
    ----------
    prompt_chars, chosen_chars, rejected_chars : int32
        Lengths in characters.
    n_turns : int32
        Turns of people in the prompt.
    unshared : float32
        Share of what people said in both sides that the sides do not begin with in common, in [0, 1]: 0 for a pair
        whose replies answer one conversation, 1 where they answer two that have no turn of a person in common.
    likeness : float32
        Jaccard coefficient of the words, and pairs of neighbouring words, of the two replies; 0 where one is more than
        `MOST_TIMES` as long as the other, NaN where one is blank.
    is_identical : bool
        Whether the replies are the same text, whatever its case, white space and Unicode form.
    is_tie : bool
        Whether raters were as often for the one as for the other, or gave no verdict; whether no reply of a ranking
        ranks higher than another.
    """

    prompt_chars: Counts
    chosen_chars: Counts
    rejected_chars: Counts
    n_turns: Counts
    unshared: NDArray[np.float32]
    likeness: NDArray[np.float32]
    is_identical: BoolArray
    is_tie: BoolArray

    def __len__(self) -> int:
        return len(self.unshared)

    @classmethod
    def joined(cls, parts: Sequence[PairFacts]) -> PairFacts:
        """Facts of batches, one after another."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))


def read_texts(batch: pa.RecordBatch, roles: Roles) -> PairTexts:
    """Texts of the pairs of a batch (a few thousand rows)."""
    return _read(batch, roles)[0]


def read_facts(batch: pa.RecordBatch, roles: Roles, *, threads: int | None = None) -> PairFacts:
    """Facts of the pairs of a batch (a few thousand rows)."""
    texts, (shared, left, right) = _read(batch, roles)
    every = left + right
    return PairFacts(
        prompt_chars=_chars(texts.prompts),
        chosen_chars=_chars(texts.chosen),
        rejected_chars=_chars(texts.rejected),
        n_turns=shared.astype(np.int32),
        unshared=np.where(every > 0, 1 - 2 * shared / np.maximum(every, 1), 0).astype(np.float32),
        likeness=_likeness(texts, threads),
        is_identical=pc.equal(normalized(texts.chosen), normalized(texts.rejected)).to_numpy(zero_copy_only=False),
        is_tie=_ties(batch, roles),
    )


def _read(batch: pa.RecordBatch, roles: Roles) -> tuple[PairTexts, HumanTurns]:
    cut = cut_of(batch, roles)
    if cut is None:
        return _read_rows(batch, roles)
    return PairTexts(*cut.sides()), cut.human_turns()


def _read_rows(batch: pa.RecordBatch, roles: Roles) -> tuple[PairTexts, HumanTurns]:
    """Texts of pairs in any format, row by row, and turns of people in them."""
    texts: list[tuple[str, str, str]] = []
    humans: list[tuple[int, int, int]] = []
    for row in _rows(batch, roles):
        prompt, chosen, rejected = sides_of_row(row, roles)
        joined = ["\n\n".join(turn.text for turn in turns) for turns in (prompt, chosen, rejected)]
        texts.append((joined[0], joined[1], joined[2]))
        shared, left, right = (sum(turn.role == "human" for turn in turns) for turns in (prompt, chosen, rejected))
        humans.append((shared, shared + left, shared + right))
    columns = zip(*texts, strict=True) if texts else ((),) * 3
    found = np.array(humans, np.int64).reshape(-1, 3)
    return PairTexts(*(text_array(list(column)) for column in columns)), (found[:, 0], found[:, 1], found[:, 2])


def _rows(batch: pa.RecordBatch, roles: Roles) -> Iterator[dict[str, Any]]:
    yield from batch.select(text_columns(roles)).to_pylist()


def _chars(texts: pa.LargeStringArray) -> Counts:
    lengths: Counts = pc.utf8_length(texts).cast(pa.int32()).to_numpy(zero_copy_only=False)
    return lengths


def _likeness(texts: PairTexts, threads: int | None) -> NDArray[np.float32]:
    is_there: BoolArray = np.logical_and(is_text(texts.chosen), is_text(texts.rejected))
    found = np.where(is_there, 0, np.nan).astype(np.float32)
    lengths = np.stack([_chars(texts.chosen), _chars(texts.rejected)])
    rows = np.flatnonzero(is_there & (lengths.max(axis=0) <= MOST_TIMES * lengths.min(axis=0)))
    if len(rows):
        places = pa.array(rows)
        sets = shingle_sets([texts.chosen.take(places), texts.rejected.take(places)], threads=threads)
        left, right = sets.set_of.reshape(2, -1)
        is_known = (left >= 0) & (right >= 0)
        found[rows[is_known]] = likeness(sets, left[is_known], right[is_known])
    return found


def _ties(batch: pa.RecordBatch, roles: Roles) -> BoolArray:
    if roles.kind == "ranking":
        ranks = [{reply["rank"] for reply in replies_of(row, roles)} - {None} for row in _rows(batch, roles)]
        return np.array([len(different) < 2 for different in ranks], np.bool_)
    if not votes_of(roles):
        return np.zeros(batch.num_rows, np.bool_)
    return np.array([lead(row, roles) == 0 for row in _rows(batch, roles)], np.bool_)
