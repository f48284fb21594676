"""Pairs cut into prompt and replies, a batch at a time: the cut of `pairs.sides_of_row` without a loop over rows."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from numpy.typing import NDArray

from portolan.core.transcript import ROLE_OF, Style

JsonTurns = list[dict[str, str]]
TURN = "\x1e"
"""Stands before each turn while a transcript is cut (ASCII: record separator)."""
SPEAKER = "\x1f"
"""Stands between speaker and text (ASCII: unit separator)."""
_ASSISTANTS = ["", *(word for word, role in ROLE_OF.items() if role == "assistant")]
"""Speakers whose turn is a reply; a text without any mark (speaker "") is one."""
_HUMANS = [word for word, role in ROLE_OF.items() if role == "human"]


@dataclass(frozen=True)
class _Turns:
    """Turns of a batch, one after another; row i has those from `offsets[i]` to `offsets[i + 1]`."""

    offsets: NDArray[np.int64]
    speakers: pa.Array
    texts: pa.Array


def can_cut(column: pa.Array, style: Style | None) -> bool:
    """Whether `column` holds transcripts of a known style, and none of the separators used here."""
    is_text = pt.is_string(column.type) or pt.is_large_string(column.type)
    if style is None or not is_text:
        return False
    data = column.buffers()[2]
    text = data.to_pybytes() if data else b""
    return TURN.encode() not in text and SPEAKER.encode() not in text


@dataclass(frozen=True)
class Cut:
    """Two columns of transcripts, cut into turns; `shared` says how many turns both sides of each row begin with."""

    left: _Turns
    right: _Turns
    shared: NDArray[np.int64]

    @classmethod
    def of(cls, chosen: pa.Array, rejected: pa.Array, style: Style) -> Cut:
        """Cut two columns of transcripts."""
        left, right = _turns(chosen, style), _turns(rejected, style)
        return cls(left, right, _shared_turns(left, right))

    def sides(self) -> tuple[pa.LargeStringArray, pa.LargeStringArray, pa.LargeStringArray]:
        """Prompt, chosen reply and rejected reply of each row as plain text."""
        starts, all_turns = np.zeros_like(self.shared), np.iinfo(np.int64).max
        return (
            _joined(self.left, starts, self.shared),
            _joined(self.left, self.shared, all_turns),
            _joined(self.right, self.shared, all_turns),
        )

    def questions(self) -> pa.LargeStringArray:
        """What each row asks: the last human turn of its prompt, else its last turn."""
        starts, stops = self.left.offsets[:-1], self.left.offsets[:-1] + self.shared
        is_human = _is_human(self.left)
        # Of each turn, the last human one so far; -1 before the first.
        humans = np.maximum.accumulate(np.where(is_human, np.arange(len(is_human)), -1))
        found = np.append(humans, -1)[stops - 1]
        turns = np.where(found >= starts, found, stops - 1)
        texts = pc.if_else(pa.array(stops > starts), self.left.texts.take(pa.array(np.maximum(turns, 0))), "")
        return pc.cast(texts, pa.large_string())

    def human_turns(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Turns of people in each row: those that both sides begin with, those of the chosen and the rejected side."""
        before = np.concatenate([[0], np.cumsum(_is_human(self.left))])
        starts = self.left.offsets[:-1]
        return before[starts + self.shared] - before[starts], _in_rows(self.left, before), _in_rows(self.right)


def cut_sides(
    chosen: pa.Array, rejected: pa.Array, style: Style
) -> tuple[pa.LargeStringArray, pa.LargeStringArray, pa.LargeStringArray]:
    """Prompt, chosen reply and rejected reply of each row as plain text, from two columns of transcripts."""
    return Cut.of(chosen, rejected, style).sides()


def cut_questions(chosen: pa.Array, rejected: pa.Array, style: Style) -> pa.LargeStringArray:
    """What each row asks, from two columns of transcripts: the last human turn of its prompt, else its last turn."""
    return Cut.of(chosen, rejected, style).questions()


def cut_turns(chosen: pa.Array, rejected: pa.Array, style: Style) -> list[tuple[JsonTurns, JsonTurns, JsonTurns]]:
    """Prompt, chosen reply and rejected reply of each row as turns {role, text}, from two columns of transcripts."""
    left, right = _turns(chosen, style), _turns(rejected, style)
    shared = _shared_turns(left, right).tolist()
    sides = zip(shared, _turn_lists(left), _turn_lists(right), strict=True)
    return [(mine[:n], mine[n:], other[n:]) for n, mine, other in sides]


def _turn_lists(turns: _Turns) -> list[JsonTurns]:
    """The turns of each row."""
    speakers, texts = turns.speakers.to_pylist(), turns.texts.to_pylist()
    every = [
        {"role": ROLE_OF.get(speaker, speaker), "text": text} for speaker, text in zip(speakers, texts, strict=True)
    ]
    bounds = turns.offsets.tolist()
    rows = [every[start:stop] for start, stop in itertools.pairwise(bounds)]
    return [_with_unmarked(row) if row and not row[0]["role"] else row for row in rows]


def _with_unmarked(turns: JsonTurns) -> JsonTurns:
    """`turns`, the first without mark: alone it is the reply, before others another's, and blank none at all."""
    first = turns[0]["text"]
    if len(turns) == 1:
        return [{"role": "assistant", "text": first}]
    return [{"role": "other", "text": first}, *turns[1:]] if first else turns[1:]


def _turns(column: pa.Array, style: Style) -> _Turns:
    texts = pc.fill_null(pc.cast(column, pa.large_string()), "")
    texts = pc.replace_substring_regex(texts, style.mark, f"{TURN}\\1{SPEAKER}")
    texts = pc.replace_substring_regex(texts, rf"\A\s*{TURN}", "")
    if style.tail:
        texts = pc.replace_substring_regex(texts, rf"{style.tail}({TURN}|\z)", "\\1")
    rows = pc.split_pattern(texts, TURN)
    parts = pc.split_pattern(rows.flatten(), SPEAKER, max_splits=1)
    bounds = parts.offsets.to_numpy().astype(np.int64)
    values = parts.values
    is_marked = pa.array(np.diff(bounds) == 2)
    speakers = pc.if_else(is_marked, values.take(pa.array(bounds[:-1])), "")
    return _Turns(
        offsets=rows.offsets.to_numpy().astype(np.int64),
        speakers=pc.utf8_lower(speakers),
        texts=pc.utf8_trim_whitespace(values.take(pa.array(bounds[1:] - 1))),
    )


def _shared_turns(left: _Turns, right: _Turns) -> NDArray[np.int64]:
    """How many turns both sides begin with; an assistant's turn that ends a side is never counted."""
    most = np.minimum(_longest_prompt(left), _longest_prompt(right))
    shared = np.zeros(len(most), dtype=np.int64)
    alive = np.flatnonzero(most > 0)
    while len(alive):
        at_left = pa.array(left.offsets[alive] + shared[alive])
        at_right = pa.array(right.offsets[alive] + shared[alive])
        equal = pc.and_(
            pc.equal(left.speakers.take(at_left), right.speakers.take(at_right)),
            pc.equal(left.texts.take(at_left), right.texts.take(at_right)),
        )
        alive = alive[equal.to_numpy(zero_copy_only=False)]
        shared[alive] += 1
        alive = alive[shared[alive] < most[alive]]
    return shared


def _is_human(turns: _Turns) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = pc.is_in(turns.speakers, pa.array(_HUMANS, turns.speakers.type)).to_numpy(
        zero_copy_only=False
    )
    return found


def _in_rows(turns: _Turns, before: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """Turns of people in each row; `before`, where it is known, is how many stand before each turn."""
    before = np.concatenate([[0], np.cumsum(_is_human(turns))]) if before is None else before
    found: NDArray[np.int64] = before[turns.offsets[1:]] - before[turns.offsets[:-1]]
    return found


def _longest_prompt(turns: _Turns) -> NDArray[np.int64]:
    """How many turns may be prompt: all but the last turn, unless that is not the assistant's."""
    last = turns.speakers.take(pa.array(turns.offsets[1:] - 1))
    by_assistant = pc.is_in(last, pa.array(_ASSISTANTS, last.type)).to_numpy(zero_copy_only=False)
    counts: NDArray[np.int64] = np.diff(turns.offsets) - by_assistant
    return counts


def _joined(turns: _Turns, start: NDArray[np.int64], stop: NDArray[np.int64] | int) -> pa.LargeStringArray:
    """The texts of turns `start` to `stop` of each row, an empty line between them."""
    counts = np.diff(turns.offsets)
    lengths = np.maximum(np.minimum(stop, counts) - start, 0)
    bounds = np.concatenate([[0], np.cumsum(lengths)])
    rows = np.repeat(np.arange(len(counts)), lengths)
    places = turns.offsets[rows] + start[rows] + np.arange(bounds[-1]) - bounds[rows]
    texts = turns.texts.take(pa.array(places))
    joined = pc.binary_join(pa.LargeListArray.from_arrays(pa.array(bounds), texts), pa.scalar("\n\n", texts.type))
    return pc.cast(joined, pa.large_string())
