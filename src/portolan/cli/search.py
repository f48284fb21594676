"""`portolan search`: find rows by words and meaning."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portolan.cli.output import note, out, out_json

if TYPE_CHECKING:
    from portolan.core.search import Hit

SHOWN_CHARACTERS = 100

EXAMPLES = r"""
  portolan search reviews 'battery life'
  portolan search reviews '"does not charge" -phone' --limit 50 --json
  portolan search reviews 'refund' --where "stars <= 2 AND country IN ('DE', 'FR')"
"""


def search(
    map_path: Annotated[Path, typer.Argument(metavar="MAP", help="The map's folder, or its name.")],
    query: Annotated[str, typer.Argument(metavar="QUERY", help='Words, "exact phrases", -words to leave out.')],
    limit: Annotated[int, typer.Option(help="At most this many rows.", min=1, max=10_000)] = 10,
    where: Annotated[str | None, typer.Option(help="Only rows that meet a filter expression (SQL WHERE).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows as JSON.")] = False,
) -> None:
    """Find rows by their words and by their meaning, best first."""
    from portolan.api import open_map

    hits = open_map(map_path).search(query, limit=limit, where=where)
    if as_json:
        out_json([_as_json(hit) for hit in hits])
        return
    if not hits:
        note("No row matches. Try fewer or other words.")
    for hit in hits:
        out(f"{hit.row_id:>9}  {hit.score:.3f}  {_text(hit)[:SHOWN_CHARACTERS]}")


def _as_json(hit: Hit) -> dict[str, Any]:
    matched = [piece for piece, is_match in hit.snippet if is_match]
    return {
        "row_id": hit.row_id,
        "score": hit.score,
        "found_by": list(hit.found_by),
        "text": _text(hit),
        "matched": matched,
    }


def _text(hit: Hit) -> str:
    return "".join(piece for piece, _ in hit.snippet)
