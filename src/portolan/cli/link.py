"""`portolan link`: a link to what one wants to show."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portolan.cli.output import note, out
from portolan.core.link import parse_link
from portolan.errors import InputError

EXAMPLES = r"""
  portolan link reviews --row 42
  portolan link reviews --where "stars <= 2" --query refund --color stars
  portolan link reviews --cluster 2/17
  portolan link pairs --beside rejected
"""


def link(
    map_path: Annotated[Path, typer.Argument(metavar="MAP", help="The map's folder, or its name.")],
    row: Annotated[list[int] | None, typer.Option(help="A row to open; more than one are marked.")] = None,
    cluster: Annotated[str | None, typer.Option(metavar="LAYER/ID", help="A cluster to look at.")] = None,
    where: Annotated[str | None, typer.Option(help="Only rows that meet a filter expression (SQL WHERE).")] = None,
    query: Annotated[str | None, typer.Option(help="A search whose results are listed.")] = None,
    color: Annotated[str | None, typer.Option(help="The column that points are coloured by.")] = None,
    beside: Annotated[
        str | None, typer.Option(metavar="LAYOUT", help="A further layout to show beside the map's own.")
    ] = None,
    part: Annotated[
        bool, typer.Option("--part", help="Print the part after the address alone; start no server.")
    ] = False,
) -> None:
    """Print a link that opens the map's page at rows, a cluster, a filter or a search.

    Starts the map's server where none runs; it ends by itself after 12 hours without a question.
    """
    from portolan.api import open_map

    of = open_map(map_path)
    layer, cluster_id = _cluster(cluster)
    said = of.link_part(rows=row, layer=layer, cluster=cluster_id, where=where, query=query, color=color, beside=beside)
    if part:
        out(said or "#")
        return
    out(of.link() + said)
    note("Whoever has this link may read the map on this machine.")


def _cluster(text: str | None) -> tuple[int, int] | tuple[None, None]:
    """Layer and cluster_id in `LAYER/ID`."""
    if text is None:
        return None, None
    found = parse_link(f"cluster={text}").cluster
    if found is None:
        raise InputError(f"There is no cluster {text!r}.", fix="Give LAYER/ID, for instance 0/17 of the finest layer.")
    return found
