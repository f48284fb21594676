"""`portolan info`: what is in a map, how good it is, and what made it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portolan.cli.output import out, out_json, table
from portolan.core.counted import counted

EXAMPLES = r"""
  portolan info reviews
  portolan info reviews --json | jq .quality
"""


def info(
    map_path: Annotated[Path, typer.Argument(metavar="MAP", help="The map's folder, or its name.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Show what is in a map, how good it is, and what made it."""
    from portolan.api import open_map

    facts = open_map(map_path).info()
    if as_json:
        out_json(facts)
        return
    out(f"{facts['name']}  {counted(facts['rows'], 'row')}\n{facts['roles']}\n{facts['path']}\n")
    out(table([("layer", "clusters"), *((str(e["layer"]), f"{e['clusters']:,}") for e in facts["layers"])], align="<>"))
    out("\nquality")
    out(table([(f"  {name}", f"{value:.3f}") for name, value in facts["quality"].items()] or [("  -", "")], align="<>"))
    out("\nseconds")
    out(table([(f"  {stage}", f"{seconds:.2f}") for stage, seconds in facts["seconds"].items()], align="<>"))
    if facts["lost_edits"]:
        out("\nedits whose topic is gone\n" + "\n".join(f"  {edit}" for edit in facts["lost_edits"]))
    out(f"\npeak memory  {facts['peak_rss_mb']:,.0f} MB")
