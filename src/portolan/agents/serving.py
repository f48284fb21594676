"""Runs the MCP server: on stdin and stdout, or on a port of this machine behind a secret path."""

from __future__ import annotations

import re
import secrets
import socket
from collections.abc import Callable
from pathlib import Path

from portolan.agents.server import create_mcp
from portolan.errors import InputError

LEAST_SECRET = 16


def run_stdio(path: Path, *, may_start_server: bool = False) -> None:
    """Answer on stdout what is asked on stdin, until it is closed."""
    create_mcp(path, may_start_server=may_start_server).run("stdio")


def run_http(
    path: Path,
    *,
    listener: socket.socket,
    secret: str | None = None,
    may_start_server: bool = False,
    on_ready: Callable[[str], None],
) -> None:
    """Answer on `http://127.0.0.1:PORT/SECRET/mcp` until it is stopped.

    Other users and pages of this machine can reach the port; without the path's secret they are told nothing. The SDK
    refuses requests that name another host.

    Parameters
    ----------
    listener : socket
        Listens on this machine's own address.
    secret : str, optional
        A new one each time unless given.
    on_ready : callable
        Is given the address.

    Raises
    ------
    InputError
        The secret is short, or no part of an address.
    """
    import uvicorn

    secret = secrets.token_urlsafe(LEAST_SECRET) if secret is None else secret
    if len(secret) < LEAST_SECRET or not re.fullmatch(r"[\w-]+", secret, re.ASCII):
        raise InputError(
            "The secret is short, or no part of an address.", fix=f"Use {LEAST_SECRET} or more letters and digits."
        )
    host, port = listener.getsockname()[:2]
    server = create_mcp(path, may_start_server=may_start_server)
    app = server.streamable_http_app(streamable_http_path=f"/{secret}/mcp", host=host)
    on_ready(f"http://{host}:{port}/{secret}/mcp")
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
