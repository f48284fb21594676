"""`portolan publish`: a map as a folder that any web host serves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portolan.cli.output import note, out, out_json

EXAMPLES = r"""
  portolan publish reviews site
  portolan publish reviews site --zip --leave-out author --leave-out email
  portolan publish reviews site --texts blur
  python3 -m http.server --directory site
"""


def publish(
    map_path: Annotated[Path, typer.Argument(metavar="MAP", help="The map's folder, or its name.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to: a new folder, or one published before.")],
    zip_: Annotated[bool, typer.Option("--zip", help="Write DIR.zip beside it, too.")] = False,
    leave_out: Annotated[
        list[str] | None, typer.Option("--leave-out", metavar="COLUMN", help="Publish nothing of it; repeat for more.")
    ] = None,
    texts: Annotated[
        str, typer.Option(metavar="keep|blur|drop", help="blur: no letter can be read. drop: no texts.")
    ] = "keep",
    replace: Annotated[
        bool, typer.Option("--replace", help="Publish into a folder that holds other things, which stay.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was published as JSON.")] = False,
) -> None:
    """Write a map as a folder that any web host serves, without Python.

    The map, the texts, the search: all of it is in the folder, and nothing is asked of another host.
    """
    from portolan.api import open_map

    made = open_map(map_path).publish(
        folder,
        leave_out=leave_out or [],
        texts=texts,  # type: ignore[arg-type]  # checked where it is used, with a fix
        zip=zip_,
        replace=replace,
    )
    if as_json:
        out_json(made.to_json())
        return
    size = f"{made.n_files:,} files, {made.size_bytes / 1e6:,.1f} MB; {made.first_frame_bytes / 1e6:.2f} MB to open"
    readable = ", ".join(made.columns) or "none"
    note(f"Published in {made.seconds:.1f} s: {size}.\nColumns that can be read in it: {readable}.")
    note(f"Look at it: python3 -m http.server --directory '{made.path}'")
    out(str(made.path))
    if made.zip:
        out(str(made.zip))
