"""What is scored of each row, and what a scorer leaves of it: texts in, columns out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from numpy.typing import NDArray

from portolan.core.pairs import sides_of, texts_of
from portolan.core.plain_texts import plain_texts, style_of, text_array
from portolan.core.transcript import turns_of
from portolan.errors import ShapeError
from portolan.types import BoolArray, Roles, Side

ScoreKind = Literal["number", "boolean", "category", "tags", "text"]
MOST_TOLD = 6
"""Values of a category in its summary."""
Scores: TypeAlias = Mapping[str, "NDArray[Any] | pa.Array | pa.ChunkedArray | Sequence[Any]"]
"""Values by column: one a text or row, in order; None or NaN where missing."""
Card: TypeAlias = Mapping[str, Any]
"""How good a scorer is, as JSON holds it: what, method, source, limits (texts), command (what prints the figures) and
figures, a list of {measure, value, on, n}. `what` and `limits` are always there."""

ARROW_TYPES: Mapping[ScoreKind, pa.DataType] = {
    "number": pa.float32(),
    "boolean": pa.bool_(),
    "category": pa.string(),
    "tags": pa.list_(pa.string()),
    "text": pa.string(),
}


@dataclass(frozen=True)
class ScoreColumn:
    """A column that a scorer leaves. `what` says in a sentence what its values mean, with unit and range."""

    name: str
    kind: ScoreKind
    what: str


@dataclass(frozen=True)
class ScoredTexts:
    """Texts to score, one a row, and what was said before each.

    Attributes
    ----------
    texts : Arrow large_string array
        The row's text; of a pair one of the replies, of a ranking its best or worst one; of a conversation all from the
        first reply on.
    prompts : Arrow large_string array
        What stands before it in the conversation; "" where nothing does.
    """

    texts: pa.LargeStringArray
    prompts: pa.LargeStringArray
    count_turns: Callable[[], NDArray[np.int32]] = field(repr=False)

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def n_turns(self) -> NDArray[np.int32]:
        """Turns of the conversation that the text ends: int32, shape (n_texts,); 1 for a plain text."""
        return self.count_turns()

    def only(self, is_kept: BoolArray) -> ScoredTexts:
        """Those texts alone."""
        mask = pa.array(is_kept)
        return ScoredTexts(self.texts.filter(mask), self.prompts.filter(mask), lambda: self.n_turns[is_kept])


def plain_scored(texts: Sequence[str], prompts: Sequence[str] | None = None) -> ScoredTexts:
    """Plain strings as a scorer takes them."""
    said = text_array(list(prompts)) if prompts is not None else text_array([""] * len(texts))
    n_turns = np.array([1 + bool(prompt) for prompt in said.to_pylist()], np.int32)
    return ScoredTexts(text_array(list(texts)), said, lambda: n_turns)


def sides_to_score(roles: Roles) -> tuple[Side | None, ...]:
    """Which sides of a row are scored apart; (None,) where a row is one text."""
    return ("chosen", "rejected") if roles.kind in ("pair", "ranking") else (None,)


def scored_sides(batch: pa.RecordBatch, roles: Roles) -> list[ScoredTexts]:
    """What is scored of the rows of a batch, for each of `sides_to_score`."""
    if roles.kind == "pair":
        prompts, chosen, rejected = sides_of(batch, roles)
        sides = ((chosen, roles.chosen), (rejected, roles.rejected))
        return [ScoredTexts(texts, prompts, _turn_counter(batch, roles, column)) for texts, column in sides]
    if roles.kind == "ranking":
        prompts, *ends = sides_of(batch, roles)
        # A reply of a list is one turn more than its prompt.
        n_turns = (
            1 + _turns_in(batch.column(roles.prompt), roles) if roles.prompt else np.ones(batch.num_rows, np.int32)
        )
        return [ScoredTexts(texts, prompts, lambda: n_turns) for texts in ends]
    return [_scored_row(batch, roles)]


def whole_rows(batch: pa.RecordBatch, roles: Roles) -> ScoredTexts:
    """All text of each row: of a pair the prompt once, then both replies."""
    if roles.kind != "pair":
        texts = texts_of(batch, roles)
    else:
        texts = pc.binary_join_element_wise(*sides_of(batch, roles), pa.scalar("\n\n", pa.large_string()))
    return ScoredTexts(
        texts, text_array([""] * batch.num_rows), _turn_counter(batch, roles, roles.text or roles.chosen)
    )


def is_text(texts: pa.LargeStringArray) -> BoolArray:
    """Which texts are not blank."""
    found: BoolArray = pc.not_equal(pc.utf8_trim_whitespace(texts), "").to_numpy(zero_copy_only=False)
    return found


def as_column(values: Any, column: ScoreColumn, *, n: int) -> pa.Array:
    """Values of a column as Arrow keeps them; NaN becomes null.

    Raises
    ------
    ShapeError
        There are not `n` of them.
    """
    kind = ARROW_TYPES[column.kind]
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.Array):
        array = values.cast(kind, safe=False)
        if pt.is_floating(kind):
            array = pc.if_else(pc.is_nan(array), None, array)
    else:
        array = pa.array(values, from_pandas=True)
        array = array.cast(kind, safe=False) if len(array) else pa.array([], kind)
    if len(array) != n:
        raise ShapeError(
            f"The scorer gave {len(array)} values of '{column.name}' for {n} texts.",
            fix="A scorer must give one value for each text, in order.",
        )
    return array


def spread(values: pa.Array, is_there: BoolArray) -> pa.Array:
    """Values of the texts that are there, in the places of all; null elsewhere."""
    places = np.cumsum(is_there) - 1
    return values.take(pa.array(places, pa.int64(), mask=~is_there))


def summary_of(values: pa.Array, *, kind: ScoreKind) -> str:
    """What is in a column, in a few words: the range and middle of numbers, the most frequent values of others."""
    known = pc.drop_null(values)
    missing = f"{values.null_count:,} missing" if values.null_count else ""
    if not len(known):
        return missing
    if kind == "number":
        low, middle, high = pc.quantile(known, q=[0, 0.5, 1]).to_pylist()
        said = f"{low:.4g} to {high:.4g}, median {middle:.4g}"
    elif kind == "boolean":
        n_yes = int(pc.sum(known).as_py())
        said = f"yes {n_yes:,} ({n_yes / len(known):.1%})"
    elif kind == "text":
        said = f"{len(known):,} texts"
    else:
        flat = known.flatten() if kind == "tags" else known
        counts = sorted(pc.value_counts(flat).to_pylist(), key=lambda one: -one["counts"])
        said = ", ".join(f"{one['values']} {one['counts']:,}" for one in counts[:MOST_TOLD])
        said += ", …" if len(counts) > MOST_TOLD else "" if counts else "none"
    return ", ".join(part for part in (said, missing) if part)


def _scored_row(batch: pa.RecordBatch, roles: Roles) -> ScoredTexts:
    count = _turn_counter(batch, roles, roles.text)
    if roles.kind == "text":
        if roles.text is None or roles.prompt is None or roles.notes.get("repeats_prompt"):
            return ScoredTexts(texts_of(batch, roles), text_array([""] * batch.num_rows), count)
        texts, prompts = (plain_texts(batch.column(name), roles) for name in (roles.text, roles.prompt))
        return ScoredTexts(texts, prompts, count)
    before, replies, _ = sides_of(batch, roles)
    # A conversation in which nobody replies is a text of its own.
    has_reply = pc.not_equal(replies, "")
    return ScoredTexts(pc.if_else(has_reply, replies, before), pc.if_else(has_reply, before, ""), count)


def _turn_counter(batch: pa.RecordBatch, roles: Roles, column: str | None) -> Callable[[], NDArray[np.int32]]:
    """Counts turns when it is called; most scorers never ask."""
    parts = [batch.column(name) for name in dict.fromkeys((roles.prompt, column)) if name]
    return lambda: (
        np.sum([_turns_in(part, roles) for part in parts], axis=0, dtype=np.int32)
        if parts
        else np.ones(batch.num_rows, np.int32)
    )


def _turns_in(column: pa.Array, roles: Roles) -> NDArray[np.int32]:
    """Turns in each cell of a column; a transcript has one for each mark, a plain string is one."""
    style = style_of(roles)
    if pt.is_list(column.type) or pt.is_large_list(column.type):
        counts = pc.fill_null(pc.list_value_length(column), 0)
    elif pt.is_string(column.type) or pt.is_large_string(column.type):
        texts = pc.fill_null(column, "")
        marks = pc.count_substring_regex(texts, style.mark) if style else 0
        is_there = pc.cast(pc.not_equal(pc.utf8_trim_whitespace(texts), ""), pa.int32())
        counts = pc.max_element_wise(marks, is_there)
    else:
        return np.array([len(turns_of(value, style)) for value in column.to_pylist()], np.int32)
    found: NDArray[np.int32] = counts.cast(pa.int32()).to_numpy(zero_copy_only=False)
    return found
