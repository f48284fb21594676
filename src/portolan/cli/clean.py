"""`portolan clean`: apply a recipe of rules, or see what it would do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portolan.cli.output import note, out, out_json

if TYPE_CHECKING:
    from portolan.core.cleaning import Cleaned

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
    out(str(told))
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
