"""`portolan open`: serve a map and open it in the browser."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from portolan.cli.output import note, out

EXAMPLES = r"""
  portolan open reviews
  portolan open ~/maps/reviews.portolan --port 9000 --no-open
  portolan open pairs --beside rejected
"""


def open_(
    map_path: Annotated[Path, typer.Argument(metavar="MAP", help="The map's folder, or its name.")],
    port: Annotated[int | None, typer.Option(help="Default: the first free one from 8722.")] = None,
    host: Annotated[str, typer.Option(help="127.0.0.1 keeps the map on this machine.")] = "127.0.0.1",
    beside: Annotated[
        str | None, typer.Option(metavar="LAYOUT", help="A further layout to show beside the map's own.")
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Serve and print the URL; open no browser.")] = False,
) -> None:
    """Serve a map on this machine and open it in the browser. Ctrl-C stops it.

    The first line printed is the URL; the token in it keeps others on this machine out.
    """
    from portolan.api import find_map, open_map

    path = find_map(map_path)
    part = open_map(path).link_part(beside=beside) if beside is not None else ""
    serve_map(path, port=port, host=host, is_opened=not no_open, part=part)


def serve_map(
    path: Path,
    *,
    port: int | None = None,
    host: str = "127.0.0.1",
    is_opened: bool = True,
    is_quiet: bool = False,
    part: str = "",
) -> None:
    """Serve the map at `path` until Ctrl-C; print its URL first, on stderr where stdout has other work (`is_quiet`).

    `part`: what the URL says after its address, with the `#`.
    """
    from portolan.server.run import serve

    def ready(address: str) -> None:
        url = address + part
        (note if is_quiet else out)(url)
        if is_opened:
            webbrowser.open(url)

    serve(path, host=host, port=port, on_ready=ready)
