"""`portolan clean`: apply a recipe of rules, or see what it would do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portolan.cli.output import note, out, out_json, table

if TYPE_CHECKING:
    from portolan.core.cleaning import Balance, Cleaned, RuleTold

LONGEST = 60
EXAMPLES = r"""
  portolan clean reviews --recipe clean.yaml --dry-run
  portolan clean reviews --recipe clean.yaml --dry-run --by stars --json
  portolan clean reviews --recipe clean.yaml
"""


def clean(
    map_path: Annotated[Path, typer.Argument(metavar="MAP", help="The map's folder, or its name.")],
    recipe: Annotated[Path, typer.Option("--recipe", metavar="FILE", help="The recipe: YAML, see docs/cleaning.md.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what it would do; change nothing.")] = False,
    by: Annotated[
        list[str] | None, typer.Option("--by", metavar="COLUMN", help="Count by this column; repeat for more.")
    ] = None,
    author: Annotated[str | None, typer.Option(help="Who decides; by default $PORTOLAN_AUTHOR or your name.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Decide by rules what becomes of rows: dropped, kept, flipped, edited, relabelled, or put aside for review.

    The decisions are kept in the map's journal; `portolan export` writes the dataset with them applied.
    """
    from portolan.api import open_map

    told = open_map(map_path).clean(recipe, dry_run, by=by, author=author)
    if as_json:
        out_json(told.to_json())
        return
    _print(told)


def _print(told: Cleaned) -> None:
    for rule in told.rules:
        _print_rule(rule)
    if told.by_hand["rows"]:
        out(f"by hand: {told.by_hand['taken']:,} of {told.by_hand['rows']:,} rows")
        if lost := told.by_hand["lost"]:
            out(f"  not in this map: {len(lost):,} (row {', '.join(str(row) for row in lost[:5])} …)")
    for name, balance in told.balance.items():
        _print_balance(name, balance)
    out("")
    names = dict.fromkeys([*told.decided_before, *told.decided_after])
    lines = [(name, f"{told.decided_before.get(name, 0):,}", f"{told.decided_after.get(name, 0):,}") for name in names]
    lines.append(("rows left", f"{told.n_rows - told.decided_before.get('drop', 0):,}", f"{told.n_left:,}"))
    out(table([("whole map", "before", "after"), *lines], align="<>>"))
    if told.matching_nothing:
        note("No row meets rule " + ", ".join(str(number) for number in told.matching_nothing) + ".")
    if told.is_dry_run:
        note("Nothing was changed. Without --dry-run the decisions are kept.")
    elif told.written or told.undone:
        undone = f"; {len(told.undone)} of the recipe as it was before undone" if told.undone else ""
        note(f"Kept as {len(told.written)} events{undone}.")
        note("Next: portolan export MAP OUT. To undo it: portolan restore MAP.")
    else:
        note("All of it was decided already: nothing to do.")


def _print_rule(rule: RuleTold) -> None:
    new = f", {rule.n_new:,} new" if rule.n_new != rule.n_taken else ""
    out(f"{rule.number}. {rule.decision} {rule.n_taken:,} of {rule.n_matched:,} matched{new}: {_cut(rule.where)}")
    if rule.reason:
        out(f"   {rule.reason}")
    for whose, count in rule.taken_before.items():
        out(f"   {count:,} taken before: {whose}")
    for name, counts in rule.by.items():
        if counts:
            out(f"   by {name}: " + ", ".join(f"{value} {count:,}" for value, count in list(counts.items())[:8]))
    for example in rule.examples:
        shown = "(harmful: open it in the map to read it)" if example.text is None else _cut(example.text)
        out(f"   row {example.row_id}: {shown}")


def _print_balance(name: str, balance: list[Balance]) -> None:
    lines = [
        (_cut(one.value), f"{one.before:,}", f"{one.share_before:.1%}", f"{one.after:,}", f"{one.share_after:.1%}")
        for one in balance
    ]
    out("\n" + table([(name, "before", "", "after", ""), *lines], align="<>>>>"))


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
