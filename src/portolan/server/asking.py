"""Asks the application in this process, as a client would over the network."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Scope


@dataclass
class Answer:
    """What the application answered."""

    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


async def ask(
    app: ASGIApp,
    path: str,
    *,
    method: str = "GET",
    body: str = "",
    headers: Mapping[str, str] = {"host": "portolan"},
) -> Answer:
    """Ask an ASGI application as a client would, in this process.

    Parameters
    ----------
    path : str
        As in a URL, with its query: "/api/search?q=bread".
    body : str
        JSON, where there is one.
    """
    answer = Answer()
    parts: list[bytes] = []
    is_answered = asyncio.Event()
    asked: list[Message] = [{"type": "http.request", "body": body.encode(), "more_body": False}]

    async def receive() -> Message:
        if asked:
            return asked.pop()
        # Some answers watch meanwhile whether the client went away: it stays until it has its answer.
        await is_answered.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in message["headers"]}
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                is_answered.set()

    await app(_scope(path, method=method, body=body, headers=headers), receive, send)
    answer.body = b"".join(parts)
    return answer


def _scope(path: str, *, method: str, body: str, headers: Mapping[str, str]) -> Scope:
    route, _, query = path.partition("?")
    if body:
        headers = {**headers, "content-type": "application/json", "content-length": str(len(body.encode()))}
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "path": unquote(route),
        "raw_path": route.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": None,
        "server": ("portolan", 80),
    }
