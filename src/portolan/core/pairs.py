"""Preference pairs and other kinds of rows: what is embedded, and what is read.

One row is cut into prompt (the turns both sides share), chosen reply and rejected reply. Of a ranking these are its
best and its worst reply.
"""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from portolan.core.plain_texts import plain_texts, style_of, text_array
from portolan.core.ranking import replies_of
from portolan.core.shared import Cut, JsonTurns, can_cut, cut_questions, cut_sides, cut_turns
from portolan.core.transcript import Style, turns_of
from portolan.core.votes import lead, votes_of, winner_first, winner_names
from portolan.errors import ColumnError
from portolan.types import Layout, Roles, Turn

Sides = tuple[list[Turn], list[Turn], list[Turn]]
"""Prompt, chosen reply, rejected reply."""
Reading = dict[str, Any]
"""What the page typesets; see docs/architecture.md, "The server's answers"."""


def text_columns(roles: Roles) -> list[str]:
    """The columns that texts are made of: all that `texts_of` and `sides_of` read."""
    parts = [roles.text, roles.prompt, roles.chosen, roles.rejected]
    parts += [roles.notes.get(part) for part in ("input", "replies", "scores", "choice")]
    names = [name for name in parts if name] + [vote["column"] for vote in votes_of(roles)]
    return list(dict.fromkeys(names))


_KINDS_OF_LAYOUT = {
    "prompt": ("pair", "ranking", "conversation", "red-team"),
    "rejected": ("pair",),
    "difference": ("pair", "ranking"),
}


def check_layout(roles: Roles, layout: Layout) -> None:
    """Raise ColumnError where rows of this kind have not what `layout` lays them out by."""
    if layout in _KINDS_OF_LAYOUT and roles.kind not in _KINDS_OF_LAYOUT[layout]:
        raise ColumnError(
            f"These rows (kind: {roles.kind}) cannot be laid out by {layout}.",
            fix="Leave --layout out, or name the columns of the pairs with --chosen and --rejected.",
        )


def texts_of(batch: pa.RecordBatch, roles: Roles, layout: Layout = "chosen") -> pa.LargeStringArray:
    """What is embedded of each row, without role marks; empty where the row has no text.

    `chosen` embeds the whole chosen conversation, `rejected` the rejected one, `prompt` what both share. `difference`
    embeds two texts a row: take them from `sides_of`.
    """
    if roles.kind == "pair" and layout in ("chosen", "rejected"):
        chosen, rejected = winner_first(batch, roles)
        side = chosen if layout == "chosen" else rejected
        return _with_prompt(batch, roles, plain_texts(side, roles))
    if layout == "prompt" and roles.kind != "text":
        return sides_of(batch, roles)[0]
    if roles.kind == "ranking":
        return _joined_turns(batch, roles)
    if roles.text is None:
        return text_array([""] * batch.num_rows)
    return _with_prompt(batch, roles, plain_texts(batch.column(roles.text), roles))


def sides_of(
    batch: pa.RecordBatch, roles: Roles
) -> tuple[pa.LargeStringArray, pa.LargeStringArray, pa.LargeStringArray]:
    """Prompt, chosen reply and rejected reply of each row as plain text."""
    style = style_of(roles)
    if roles.kind == "pair" and roles.prompt is None:
        sides = winner_first(batch, roles)
        if style is not None and all(can_cut(side, style) for side in sides):
            return cut_sides(*sides, style)
    prompts: list[str] = []
    chosen: list[str] = []
    rejected: list[str] = []
    for row in _rows(batch, roles):
        for out, turns in zip((prompts, chosen, rejected), sides_of_row(row, roles), strict=True):
            out.append("\n\n".join(turn.text for turn in turns))
    return text_array(prompts), text_array(chosen), text_array(rejected)


def questions_of(batch: pa.RecordBatch, roles: Roles) -> pa.LargeStringArray:
    """What each pair or ranking asks: the last human turn of its prompt, else its last turn; empty without a prompt."""
    style = style_of(roles)
    if roles.kind == "pair" and roles.prompt is None:
        sides = winner_first(batch, roles)
        if style is not None and all(can_cut(side, style) for side in sides):
            return cut_questions(*sides, style)
    return text_array([_question(sides_of_row(row, roles)[0]) for row in _rows(batch, roles)])


def cut_of(batch: pa.RecordBatch, roles: Roles) -> Cut | None:
    """The pairs of a batch, cut all at once; None where that takes a look at each row: see `sides_of_row`."""
    style = style_of(roles)
    if roles.kind != "pair" or roles.prompt is not None or style is None:
        return None
    sides = winner_first(batch, roles)
    return Cut.of(*sides, style) if all(can_cut(side, style) for side in sides) else None


def _question(turns: list[Turn]) -> str:
    humans = [turn.text for turn in turns if turn.role == "human"]
    return (humans or [turn.text for turn in turns] or [""])[-1]


def sides_of_row(row: dict[str, Any], roles: Roles) -> Sides:
    """Prompt, chosen reply and rejected reply of one row, as turns.

    The prompt is the longest run of turns with which both sides begin; a reply that ends a side is never part of it.
    Where the sides do not begin alike, the prompt is empty and each side stands in full. Of a ranking the chosen reply
    is the first that ranks highest, the rejected one the last that ranks lowest; where none ranks lower, there is none.
    """
    style = style_of(roles)
    if roles.kind == "ranking":
        return prompt_of(row, roles, style), *_best_and_worst(row, roles, style)
    if roles.kind != "pair":
        return _prompt_and_rest(row, roles, style)
    winner, loser = winner_names(row, roles)
    chosen = _side(row, roles, winner, style)
    rejected = _side(row, roles, loser, style)
    shared = 0
    for left, right in zip(chosen[: _longest_prompt(chosen)], rejected[: _longest_prompt(rejected)], strict=False):
        if left != right:
            break
        shared += 1
    return chosen[:shared], chosen[shared:], rejected[shared:]


def _best_and_worst(row: dict[str, Any], roles: Roles, style: Style | None) -> tuple[list[Turn], list[Turn]]:
    replies = replies_of(row, roles)
    ranked = sorted((reply for reply in replies if reply["rank"] is not None), key=lambda reply: reply["rank"])
    best = (ranked or replies)[:1]
    worst = [reply for reply in ranked[-1:] if reply["rank"] > ranked[0]["rank"]]
    turns = [
        [turn for reply in some for turn in turns_of(reply["text"], style, role="assistant")] for some in (best, worst)
    ]
    return turns[0], turns[1]


def _longest_prompt(turns: list[Turn]) -> int:
    """How many turns may be prompt: all but the last turn, unless that is the human's."""
    return len(turns) if turns and turns[-1].role != "assistant" else max(0, len(turns) - 1)


def _prompt_and_rest(row: dict[str, Any], roles: Roles, style: Style | None) -> Sides:
    turns = _side(row, roles, roles.text, style) if roles.text else turns_of(row.get(roles.prompt or ""), style)
    cut = next((place for place, turn in enumerate(turns) if turn.role == "assistant"), len(turns))
    return turns[:cut], turns[cut:], []


def _side(row: dict[str, Any], roles: Roles, column: str | None, style: Style | None) -> list[Turn]:
    """The turns of one side, the prompt column's first unless the side repeats them."""
    role = "assistant" if roles.prompt or roles.kind == "pair" else "human"
    turns = turns_of(row.get(column or ""), style, role=role)
    if roles.prompt is None:
        return turns
    prompt = prompt_of(row, roles, style)
    if prompt and turns and any(turn.role == "human" for turn in turns) and turns[0].role != "assistant":
        return turns
    return prompt + turns


def prompt_of(row: dict[str, Any], roles: Roles, style: Style | None) -> list[Turn]:
    """The turns of the prompt column, and of the input its instruction works on; an empty reply at its end is none."""
    turns = turns_of(row.get(roles.prompt or ""), style)
    if more := row.get(roles.notes.get("input", "")):
        turns.append(Turn("human", str(more)))
    return [turn for turn in turns if turn.text or turn.role != "assistant"]


def reading_of(row: dict[str, Any], roles: Roles) -> Reading:
    """One row as the page typesets it.

    Parameters
    ----------
    row : dict
        Column to value, as `RecordBatch.to_pylist` gives it.
    """
    if roles.kind == "pair":
        prompt, chosen, rejected = (_as_json(turns) for turns in sides_of_row(row, roles))
        return _pair((prompt, chosen, rejected), row, roles)
    if roles.kind == "ranking":
        return _ranking(row, roles)
    if roles.kind in ("conversation", "red-team"):
        turns = _as_json(_side(row, roles, roles.text, style_of(roles)))
        if roles.kind == "conversation":
            return {"kind": "conversation", "turns": turns}
        facts = {name: row.get(name) for name in json.loads(roles.notes.get("facts", "[]"))}
        return {"kind": "red-team", "turns": turns, "facts": facts}
    value = row.get(roles.text or "")
    return {"kind": "text", "text": "" if value is None else str(value)}


def ends_of(row: dict[str, Any], roles: Roles) -> dict[str, JsonTurns]:
    """Prompt, chosen and rejected reply of one row, as the page typesets turns; of a ranking the best and the worst."""
    prompt, chosen, rejected = (_as_json(turns) for turns in sides_of_row(row, roles))
    return {"prompt": prompt, "chosen": chosen, "rejected": rejected}


def readings_of(batch: pa.RecordBatch, roles: Roles) -> list[Reading]:
    """All rows of a batch as the page typesets them: as `reading_of` does, several times as fast for transcripts."""
    rows = batch.to_pylist()
    style = style_of(roles)
    if roles.kind == "pair" and roles.prompt is None:
        sides = winner_first(batch, roles)
        if style is not None and all(can_cut(side, style) for side in sides):
            cut = cut_turns(*sides, style)
            return [_pair(turns, row, roles) for turns, row in zip(cut, rows, strict=True)]
    return [reading_of(row, roles) for row in rows]


TURNS = pa.list_(pa.struct([("role", pa.string()), ("text", pa.large_string())]))
"""A conversation: its turns in order, each with who speaks (human, assistant, system, or what the data says)."""


def prompt_turns(batch: pa.RecordBatch, roles: Roles) -> pa.Array:
    """What is said before the replies of each row, turn by turn: an array of `TURNS`; empty without a prompt."""
    return pa.array([reading["prompt"] for reading in readings_of(batch, roles)], TURNS)


def _pair(sides: tuple[JsonTurns, JsonTurns, JsonTurns], row: dict[str, Any], roles: Roles) -> Reading:
    prompt, chosen, rejected = sides
    reading: Reading = {"kind": "pair", "prompt": prompt, "chosen": chosen, "rejected": rejected}
    return {**reading, "note": note} if (note := _note(row, roles, reading)) else reading


def _note(row: dict[str, Any], roles: Roles, reading: Reading) -> str:
    if "votes" in roles.notes and votes_of(roles) and not lead(row, roles):
        return f"Tie or no verdict: the sides stand as given, {roles.chosen} first."
    if not reading["prompt"]:
        return "The two sides do not begin with the same prompt."
    return ""


def _as_json(turns: list[Turn]) -> JsonTurns:
    return [{"role": turn.role, "text": turn.text} for turn in turns]


def _ranking(row: dict[str, Any], roles: Roles) -> Reading:
    style = style_of(roles)
    prompt = prompt_of(row, roles, style)
    replies = []
    for place, reply in enumerate(replies_of(row, roles)):
        turns = turns_of(reply["text"], style, role="assistant")
        replies.append({"turns": _as_json(turns), "rank": reply["rank"], "name": reply["name"] or f"Reply {place + 1}"})
    replies.sort(key=lambda reply: (reply["rank"] is None, reply["rank"] or 0))
    return {"kind": "ranking", "prompt": _as_json(prompt), "replies": replies}


def _joined_turns(batch: pa.RecordBatch, roles: Roles) -> pa.LargeStringArray:
    """Prompt and best reply of each ranking."""
    texts = []
    for row in _rows(batch, roles):
        reading = _ranking(row, roles)
        best = reading["replies"][0]["turns"] if reading["replies"] else []
        texts.append("\n\n".join(turn["text"] for turn in [*reading["prompt"], *best]))
    return text_array(texts)


def _rows(batch: pa.RecordBatch, roles: Roles) -> list[dict[str, Any]]:
    """Only the columns that play a part: the others may be large."""
    rows: list[dict[str, Any]] = batch.select(text_columns(roles)).to_pylist()
    return rows


def _with_prompt(batch: pa.RecordBatch, roles: Roles, replies: pa.LargeStringArray) -> pa.LargeStringArray:
    """Prompt and reply, where the reply does not repeat the prompt."""
    if roles.prompt is None or roles.notes.get("repeats_prompt"):
        return replies
    parts = [pc.utf8_trim_whitespace(plain_texts(batch.column(roles.prompt), roles)), replies]
    if "input" in roles.notes:
        parts.insert(1, pc.utf8_trim_whitespace(plain_texts(batch.column(roles.notes["input"]), roles)))
    present = [pc.if_else(pc.equal(part, ""), None, part) for part in parts]
    joined = pc.binary_join_element_wise(*present, pa.scalar("\n\n", pa.large_string()), null_handling="skip")
    return pc.fill_null(joined, "")
