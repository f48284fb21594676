"""`portolan restore`: take back every decision, or have them back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portolan.cli.output import note, out_json

EXAMPLES = r"""
  portolan restore reviews
  portolan restore reviews --undo
"""


def restore(
    map_path: Annotated[Path, typer.Argument(metavar="MAP", help="The map's folder, or its name.")],
    undo: Annotated[bool, typer.Option("--undo", help="Undo the last restore: the decisions stand again.")] = False,
    reason: Annotated[str, typer.Option(help="Why; kept with the events.")] = "",
    author: Annotated[str | None, typer.Option(help="Who does it; by default $PORTOLAN_AUTHOR or your name.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Take back every decision: an export then gives the dataset as it came. Nothing is lost: --undo has them back."""
    from portolan.api import open_map

    events = open_map(map_path).restore(undo=undo, reason=reason, author=author)
    if as_json:
        out_json({"events": [event.id for event in events], "of": [event.payload["event"] for event in events]})
        return
    if not events:
        note("No decision stands: there is nothing to restore.")
        return
    what = "stand again" if undo else "are taken back; --undo has them back"
    note(f"{len(events):,} events of decisions {what}.")
