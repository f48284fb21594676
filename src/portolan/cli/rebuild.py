"""`portolan rebuild`: make everything derived again from rows, journal and parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portolan.cli.output import note, out_json

EXAMPLES = r"""
  portolan rebuild reviews
"""


def rebuild(
    map_path: Annotated[Path, typer.Argument(metavar="MAP", help="The map's folder, or its name.")],
    threads: Annotated[int | None, typer.Option(help="Default: all cores.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was made as JSON.")] = False,
) -> None:
    """Make everything derived again from the rows.

    That is: vectors, layout, clusters, names, tiles, search index.

    The same rows and parameters give the same map. Use it after an upgrade, or when a derived file is damaged.
    """
    from portolan import api

    made = api.rebuild(api.find_map(map_path), threads=threads, tell=note)
    if as_json:
        out_json(made.info())
