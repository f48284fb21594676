"""What a recipe does to a map, in words and tables of plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from portolan.core.counted import counted
from portolan.core.text_table import table

if TYPE_CHECKING:
    from portolan.core.cleaning import Balance, Cleaned, RuleTold

LONGEST = 60
"""Of an expression or a text, in letters."""


def cleaned_in_words(told: Cleaned) -> str:
    """Rule by rule what it takes, how it changes the balance of columns, and what then stands decided."""
    return "\n".join(_lines(told))


def _lines(told: Cleaned) -> Iterator[str]:
    for rule in told.rules:
        yield from _of_rule(rule)
    if told.by_hand["rows"]:
        yield f"by hand: {told.by_hand['taken']:,} of {told.by_hand['rows']:,} rows"
        if lost := told.by_hand["lost"]:
            yield f"  not in this map: {len(lost):,} (row {', '.join(str(row) for row in lost[:5])} …)"
    if told.n_contradicted:
        rows = counted(told.n_contradicted, "row")
        yield f"people contradict each other on {rows} decided by hand: portolan decide MAP --conflicts"
    for name, balance in told.balance.items():
        yield from ("", _of_balance(name, balance))
    names = dict.fromkeys([*told.decided_before, *told.decided_after])
    lines = [(name, f"{told.decided_before.get(name, 0):,}", f"{told.decided_after.get(name, 0):,}") for name in names]
    lines.append(("rows left", f"{told.n_rows - told.decided_before.get('drop', 0):,}", f"{told.n_left:,}"))
    yield from ("", table([("whole map", "before", "after"), *lines], align="<>>"))


def _of_rule(rule: RuleTold) -> Iterator[str]:
    new = f", {rule.n_new:,} new" if rule.n_new != rule.n_taken else ""
    yield f"{rule.number}. {rule.decision} {rule.n_taken:,} of {rule.n_matched:,} matched{new}: {_cut(rule.where)}"
    if rule.reason:
        yield f"   {rule.reason}"
    for whose, count in rule.taken_before.items():
        yield f"   {count:,} taken before: {whose}"
    for name, counts in rule.by.items():
        if counts:
            yield f"   by {name}: " + ", ".join(f"{value} {count:,}" for value, count in list(counts.items())[:8])
    for example in rule.examples:
        shown = "(harmful: open it in the map to read it)" if example.text is None else _cut(example.text)
        yield f"   row {example.row_id}: {shown}"


def _of_balance(name: str, balance: Sequence[Balance]) -> str:
    lines = [
        (_cut(one.value), f"{one.before:,}", f"{one.share_before:.1%}", f"{one.after:,}", f"{one.share_after:.1%}")
        for one in balance
    ]
    return table([(name, "before", "", "after", ""), *lines], align="<>>>>")


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
