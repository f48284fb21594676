"""The card of a cleaned dataset: rows before and after, what was decided, by whom and why, and of what data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa

from portolan.core.counted import counted
from portolan.core.recipe import DECISIONS

MOST_VALUES = 40
"""Of a column in the card, the most frequent; the others are told as one."""


class ValueCounts:
    """Rows of each value of one column: before, after, and by decision. Fed a batch at a time."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.before: dict[Any, int] = {}
        self.after: dict[Any, int] = {}
        self.decided: dict[str, dict[Any, int]] = {decision: {} for decision in DECISIONS}

    def add(self, given: pa.Array, result: pa.Array, *, is_kept: Any, by_decision: Mapping[str, Any]) -> None:
        """Count rows. `is_kept` and each of `by_decision`: bool, shape (n,)."""
        _count(self.before, given)
        _count(self.after, result.filter(pa.array(is_kept)))
        for decision, is_decided in by_decision.items():
            if np.any(is_decided):
                _count(self.decided[decision], given.filter(pa.array(is_decided)))


def _count(counts: dict[Any, int], column: pa.Array) -> None:
    for one in column.value_counts().to_pylist():
        value = one["values"]
        key = str(value) if isinstance(value, dict | list) else value
        counts[key] = counts.get(key, 0) + one["counts"]


@dataclass(frozen=True)
class Line:
    """What one event decided.

    Attributes
    ----------
    rule : str
        "" where decided by hand.
    """

    decision: str
    n_rows: int
    reason: str
    author: str
    time: str
    event: int
    rule: str = ""
    where: str = ""


@dataclass(frozen=True)
class Card:
    """What the card tells."""

    name: str
    description: str
    n_before: int
    n_after: int
    decided: Mapping[str, int]
    lines: Sequence[Line]
    counts: Sequence[ValueCounts]
    flipped: Sequence[str]
    """Columns that a flip changes."""
    source: str
    data_hash: str
    files: Mapping[str, str]
    """SHA-256 of each file of the result."""
    equality: str
    """What is equal to the source, and how."""
    versions: Mapping[str, str]
    broken_lines: int = 0
    n_contradicted: int = 0
    """Rows on whose decision by hand people contradict each other, unsettled."""
    provenance: str = ""
    """The file beside it that tells where rows came from; "" for none."""
    schema: Sequence[tuple[str, str]] = field(default_factory=tuple)


def write_card(card: Card) -> str:
    """The card as Markdown."""
    lines = [f"# {card.name}", ""]
    lines += [card.description, ""] if card.description else []
    lines += _rows(card)
    lines += _decisions(card)
    for counts in card.counts:
        lines += _values(counts)
    lines += ["## Columns", "", "| column | type |", "| --- | --- |"]
    lines += [f"| {_cell(name)} | {_cell(kind)} |" for name, kind in card.schema]
    lines += ["", "## What it is made from", ""]
    lines += [f"- source: {_cell(card.source)}, hash of its rows `{card.data_hash}`"]
    if card.broken_lines:
        lines.append(f"- {card.broken_lines:,} lines of the source could not be read; they are in no file")
    lines += [f"- result: `{name}`, SHA-256 `{digest}`" for name, digest in card.files.items()]
    lines += [f"- {card.equality}"]
    if card.provenance:
        lines.append(
            f"- where its rows came from, which findings are intended there, and what was answered: "
            f"[{card.provenance}]({quote(card.provenance)})"
        )
    lines += [f"- made with {', '.join(f'{name} {version}' for name, version in card.versions.items())}", ""]
    lines += ["## How to have it back", "", *_back(card)]
    return "\n".join(lines) + "\n"


def _rows(card: Card) -> list[str]:
    share = f" ({card.n_after / card.n_before:.1%})" if card.n_before else ""
    told = [f"| {_NAMES[name]} | {card.decided.get(name, 0):,} |" for name in DECISIONS if card.decided.get(name)]
    lines = ["## Rows", "", "| | rows |", "| --- | ---: |", f"| before | {card.n_before:,} |", *told]
    lines += [f"| after | {card.n_after:,}{share} |", ""]
    if card.decided.get("flip"):
        lines += [f"A flip exchanges or turns: {', '.join(card.flipped)}.", ""]
    return lines


_NAMES = {
    "drop": "dropped", "flip": "flipped", "edit": "edited", "relabel": "relabelled", "keep": "kept by a decision",
    "review": "kept, to be reviewed",
}  # fmt: skip


def _decisions(card: Card) -> list[str]:
    lines = ["## Decisions", ""]
    if not card.lines:
        return [*lines, "None: the rows are those of the source.", ""]
    lines += [
        "| decision | rows | reason | rule | by | when | event |",
        "| --- | ---: | --- | --- | --- | --- | ---: |",
    ]
    for one in card.lines:
        rule = f"{one.rule}: {_code(one.where)}" if one.rule else "by hand"
        reason = _cell(one.reason) or "none given"
        cells = [one.decision, f"{one.n_rows:,}", reason, rule, _cell(one.author), one.time[:19], str(one.event)]
        lines.append(f"| {' | '.join(cells)} |")
    if card.n_contradicted:
        rows = counted(card.n_contradicted, "row")
        lines += [
            "",
            f"People contradict each other on {rows} decided by hand: the latest decision is the one that counts.",
        ]
    return [*lines, ""]


def _values(counts: ValueCounts) -> list[str]:
    total_before, total_after = sum(counts.before.values()), sum(counts.after.values())
    used = [decision for decision in DECISIONS if counts.decided[decision]]
    values = sorted({*counts.before, *counts.after}, key=lambda value: (-counts.before.get(value, 0), str(value)))
    lines = [f"## By {_cell(counts.name)}", ""]
    lines += [f"| {_cell(counts.name)} | before | share | {''.join(f'{name} | ' for name in used)}after | share |"]
    lines += ["| --- | ---: | ---: |" + " ---: |" * (len(used) + 2)]
    for value in values[:MOST_VALUES]:
        before, after = counts.before.get(value, 0), counts.after.get(value, 0)
        decided = "".join(f"{counts.decided[name].get(value, 0):,} | " for name in used)
        shares = f"{before / max(total_before, 1):.1%}", f"{after / max(total_after, 1):.1%}"
        told = _cell("none" if value is None else str(value))
        lines.append(f"| {told} | {before:,} | {shares[0]} | {decided}{after:,} | {shares[1]} |")
    if len(values) > MOST_VALUES:
        lines += ["", f"And {len(values) - MOST_VALUES:,} values of fewer rows."]
    return [*lines, ""]


def _back(card: Card) -> list[str]:
    return [
        "The source was not changed. Beside this card, called after the exported file:",
        "",
        "- `.removed.parquet`: every dropped row whole, with its row_id, the reason, who dropped it and when",
        "- `.changes.jsonl`: every changed row: what changed, why, by whom",
        "- `.recipe.yaml`: the rules and the decisions by hand; `portolan clean MAP --recipe FILE` applies them again",
        "",
        "`portolan restore MAP` takes every decision back.",
    ]


def _code(text: str) -> str:
    """A text as code in a cell of a table."""
    told = " ".join(text.split()).replace("|", "\\|")
    return f"`` {told} ``" if "`" in told else f"`{told}`"


def _cell(text: str) -> str:
    """A text that neither ends a cell of a table nor begins anything else."""
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;")
