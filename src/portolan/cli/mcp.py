"""`portolan mcp`: a map for agents."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from portolan.cli.output import out

HOST = "127.0.0.1"
SECRET = "PORTOLAN_MCP_SECRET"

EXAMPLES = r"""
  portolan mcp reviews
  portolan mcp reviews --start-server
  portolan mcp reviews --http 8800
"""


def mcp(
    map_path: Annotated[Path, typer.Argument(metavar="MAP", help="The map's folder, or its name.")],
    http: Annotated[int | None, typer.Option(metavar="PORT", help="Answer on a port of this machine.")] = None,
    start_server: Annotated[
        bool, typer.Option("--start-server", help="Links may start the page's server where none runs.")
    ] = False,
) -> None:
    """Let an agent read a map, by the Model Context Protocol: describe, search, filter, read, count, link.

    Nothing changes the map. An agent's program starts this command and speaks with it over stdin and stdout.
    """
    from portolan.agents.serving import run_http, run_stdio
    from portolan.api import find_map

    path = find_map(map_path)
    if http is None:
        run_stdio(path, may_start_server=start_server)
        return
    from portolan.server.run import listen

    listener = listen(HOST, http)
    run_http(path, listener=listener, secret=os.environ.get(SECRET), may_start_server=start_server, on_ready=out)
