"""Answers a page that asks over a notebook's channel, with the same application that the server runs.

A notebook's kernel hears its page on its main thread, one message after another. So that a search does not keep
that thread, each question goes to an event loop in a thread of its own, and the routes to that loop's threads.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import cache
from typing import Any

from starlette.types import ASGIApp

from portolan.server.asking import Answer, ask

log = logging.getLogger("portolan.widget")

Send = Callable[[dict[str, Any], list[bytes]], None]


class Bridge:
    """Hears questions as messages and sends the answers as messages.

    To us: `{kind: "ask", call, method, path, body}` and `{kind: "abort", call}`; `call` names the question.
    From us: `{kind: "answer", call, status, headers}` with the body as the one buffer. An aborted question gets none.

    Parameters
    ----------
    app : ASGI application
        What answers; paths are the server's.
    send : callable
        Sends a message with its buffers. Called in a thread of the bridge.
    """

    def __init__(self, app: ASGIApp, *, send: Send) -> None:
        self._app = app
        self._send = send
        self._asked: dict[str, Future[None]] = {}
        self._lock = threading.Lock()

    def hear(self, message: Mapping[str, Any]) -> None:
        """Take one message; returns at once. One that is none of ours is passed over."""
        call = str(message.get("call", ""))
        if message.get("kind") == "ask":
            with self._lock:
                self._asked[call] = asyncio.run_coroutine_threadsafe(self._answer(call, message), loop())
        elif message.get("kind") == "abort":
            with self._lock:
                asked = self._asked.pop(call, None)
            if asked is not None:
                asked.cancel()

    def close(self) -> None:
        """Give up what is still asked."""
        with self._lock:
            asked, self._asked = list(self._asked.values()), {}
        for future in asked:
            future.cancel()

    async def _answer(self, call: str, message: Mapping[str, Any]) -> None:
        # The outer edge: whatever fails is told to the page, not lost.
        try:
            answer = await ask(
                self._app,
                str(message.get("path", "/")),
                method=str(message.get("method", "GET")),
                body=str(message.get("body") or ""),
            )
        except Exception as error:
            log.exception("%s %s failed", message.get("method"), message.get("path"))
            answer = _failure(error)
        with self._lock:
            is_wanted = self._asked.pop(call, None) is not None
        if is_wanted:
            self._send(
                {"kind": "answer", "call": call, "status": answer.status, "headers": answer.headers}, [answer.body]
            )


def _failure(error: Exception) -> Answer:
    problem = {
        "problem": f"The kernel failed: {type(error).__name__}.",
        "fix": "The notebook's log says more; please report what it shows.",
    }
    return Answer(headers={"content-type": "application/json"}, body=json.dumps(problem).encode())


@cache
def loop() -> asyncio.AbstractEventLoop:
    """The event loop that answers for all widgets of this process, in its own thread."""
    made = asyncio.new_event_loop()
    threading.Thread(target=made.run_forever, name="portolan-widget", daemon=True).start()
    return made
