"""`portolan export`: the dataset with the decisions applied."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portolan.cli.output import note, out, out_json

EXAMPLES = r"""
  portolan export reviews clean.jsonl
  portolan export reviews clean.parquet --replace
  portolan export reviews clean_folder && python -c "import datasets; datasets.load_dataset('clean_folder')"
"""


def export(
    map_path: Annotated[Path, typer.Argument(metavar="MAP", help="The map's folder, or its name.")],
    path: Annotated[
        Path, typer.Argument(metavar="OUT", help=".jsonl .jsonl.gz .parquet .csv .arrow, or a folder for `datasets`.")
    ],
    source: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The file the map was made from, if it lies elsewhere now.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace what lies there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Write the dataset with the decisions applied, in the input's own columns and order.

    Beside it: the removed rows, the changes, a data card and the recipe. The input is never changed.
    """
    from portolan.api import open_map

    made = open_map(map_path).export(path, replace=replace, source=source)
    if as_json:
        out_json(made.to_json())
        return
    told = ", ".join(f"{count:,} {decision}" for decision, count in made.decided.items()) or "no decisions"
    note(f"{made.n_rows:,} of {made.n_before:,} rows in {made.seconds:.1f} s ({told}).")
    note(made.equality[0].upper() + made.equality[1:] + ".")
    out("\n".join(str(one) for one in (made.path, *made.side_files)))
