"""Serve one map until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from portolan.errors import InputError
from portolan.running import RunningServer, announce, find, withdraw
from portolan.server.app import create_app
from portolan.server.asking import ask
from portolan.server.current import CurrentMap, Open
from portolan.server.map_routes import warm_page
from portolan.server.security import ANY_ADDRESS, Access
from portolan.team import Team

FIRST_PORT = 8722
PORTS_TRIED = 50
GRACE_S = 0.3
"""How long open requests may take after the server was told to stop."""
QUIET_S = 0.7
"""A page that asked for nothing that long has drawn its first frame."""
MOST_BUSY_S = 10.0
"""Whoever asks on and on is not waited for longer."""


def print_url(url: str) -> None:
    """Write the URL as a line of its own, at once: a program that started us waits for it."""
    sys.stdout.write(url + "\n")
    sys.stdout.flush()


def serve(
    map_path: Path,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    token: str | None = None,
    on_ready: Callable[[str], None] = print_url,
    idle_s: float | None = None,
    open_map: Open | None = None,
) -> None:
    """Serve the map at `map_path` until SIGINT or SIGTERM; return at once if a server for it runs already.

    In a program's main thread, the program ends with the server when a search is cut off by the signal.

    Parameters
    ----------
    map_path : Path
        The map's folder. It may still be in the making.
    host : str
        Address to listen on. Anything but this machine's own is reachable by others, who need the token.
    port : int or None
        None takes the first free one from 8722, 0 any free one. A given port or token never reuses another server.
    token : str or None
        None makes one up.
    on_ready : callable
        Called with the URL, in a thread of its own, once requests are answered; by default prints it.
    idle_s : float or None
        Stop when nobody asked for anything that long; None never does.
    open_map : callable or None
        Opens the map's folder; None takes `portolan.map`'s.

    Raises
    ------
    InputError
        The port is taken, or the host is none of this machine's.
    """
    map_path = Path(map_path).resolve()
    is_plain = port is None and token is None and host == "127.0.0.1"
    running = find(map_path) if is_plain else None
    if running is not None:
        on_ready(running.url)
        return
    listener = listen(host, port)
    taken_port: int = listener.getsockname()[1]
    token = token or secrets.token_urlsafe(24)
    access = Access(token=token, port=taken_port, host=host, team=Team(map_path))
    current = CurrentMap(map_path, open_map=open_map or default_open())
    activity = Activity(create_app(current, access=access))
    warm_page(current)

    def warm() -> None:
        if activity.wait_for_quiet():
            current.warm()

    warming = threading.Thread(target=warm, daemon=True)
    shown_host = "127.0.0.1" if host in ANY_ADDRESS else host
    note = RunningServer(
        map=str(map_path), pid=os.getpid(), host=shown_host, port=taken_port, token=token, listens=host
    )

    def started() -> None:
        announce(note)
        # Not in the event loop: what is called may wait for a browser, and the browser for us.
        threading.Thread(target=on_ready, args=(note.url,), daemon=True).start()
        warming.start()

    server = Server(activity, access=access, on_started=started, idle_s=idle_s)
    try:
        server.run(sockets=[listener])
    finally:
        withdraw(note)
        listener.close()
        activity.end()
        current.desk.end()
    is_left = server.left_running or warming.is_alive() or current.desk.is_busy
    if is_left and threading.current_thread() is threading.main_thread():
        # Python would wait for the threads that still search. They only read: nothing is lost.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def default_open() -> Open:
    """How a map is opened. Imported late: a server that only names a running one needs no map."""
    from portolan.map import Map

    return Map.open


def listen(host: str, port: int | None) -> socket.socket:
    """A socket that listens on `host`.

    Raises
    ------
    InputError
        The port is taken, or the host is none of this machine's.
    """
    ports = [port] if port is not None else [*range(FIRST_PORT, FIRST_PORT + PORTS_TRIED), 0]
    for candidate in ports:
        try:
            return listen_on(host, candidate)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise InputError(
                    f"Cannot listen on '{host}': {error.strerror or error}.",
                    fix="Use 127.0.0.1, or an address of this machine.",
                ) from error
        except OverflowError as error:
            raise InputError(f"There is no port {candidate}.", fix="Give a port from 1024 to 65535.") from error
    raise InputError(f"Port {port} is taken or not allowed.", fix="Give another --port, or none to take a free one.")


def listen_on(host: str, port: int) -> socket.socket:
    """A socket that listens on exactly this host and port."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # elsewhere the option lets two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        # Listening now, not when the app is loaded: two servers that start together must not both think it theirs.
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


class Activity:
    """Passes requests on and remembers when the last one came."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._last = time.monotonic()
        self._began = threading.Event()
        self._ended = threading.Event()

    @property
    def idle_s(self) -> float:
        """Seconds since the last request."""
        return time.monotonic() - self._last

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        self._last = time.monotonic()
        self._began.set()
        await self.app(scope, receive, send)

    def wait_for_quiet(self) -> bool:
        """Wait until a page was asked for and has what it asked for; False if the server stops before.

        Where the processor draws, the first page wants all cores: what can wait, waits for it.
        """
        self._began.wait()
        latest = time.monotonic() + MOST_BUSY_S
        while not self._ended.is_set() and self.idle_s < QUIET_S and time.monotonic() < latest:
            self._ended.wait(QUIET_S / 5)
        return not self._ended.is_set()

    def end(self) -> None:
        """Nobody will ask any more: whoever waits need not."""
        self._ended.set()
        self._began.set()


class Server(uvicorn.Server):
    """Uvicorn, with a call when it is up, an end when it is idle, and a quiet exit on a signal."""

    def __init__(self, app: Activity, *, access: Access, on_started: Callable[[], None], idle_s: float | None) -> None:
        logging.getLogger("uvicorn.error").addFilter(is_worth_telling)
        super().__init__(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,  # its lines would hold the token
                server_header=False,
                lifespan="off",
                ws="none",
                proxy_headers=False,
                timeout_graceful_shutdown=GRACE_S,  # type: ignore[arg-type]  # only waited for: a fraction is fine
            )
        )
        self._activity = app
        self._access = access
        self._on_started = on_started
        self._idle_s = idle_s
        self.left_running = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, then say so. The first request of all makes the table of routes: it is our own."""
        await super().startup(sockets)
        await ask_once(self._activity.app, access=self._access)
        self._on_started()

    async def on_tick(self, counter: int) -> bool:
        """Whether to stop; asked ten times a second."""
        if self._idle_s is not None and self._activity.idle_s > self._idle_s:
            return True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close every connection; note whether a request had to be cut off."""
        await super().shutdown(sockets)
        self.left_running = bool(self.server_state.tasks)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM; unlike uvicorn's own, without raising the signal again once all is closed."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {sig: signal.signal(sig, self._stop) for sig in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)

    def _stop(self, _sig: int, _frame: FrameType | None) -> None:
        self.should_exit = True


async def ask_once(app: ASGIApp, *, access: Access) -> None:
    """Ask the application for a file of the page, which no route before takes, and drop the answer."""
    headers = {"host": f"127.0.0.1:{access.port}", "authorization": f"Bearer {access.token}"}
    await ask(app, "/favicon.svg", headers=headers)


def is_worth_telling(record: logging.LogRecord) -> bool:
    """False for what is said of requests that were cut off by stopping: it is no error."""
    is_cut_off = record.exc_info is not None and record.exc_info[0] is asyncio.CancelledError
    return not is_cut_off and "graceful shutdown exceeded" not in record.getMessage()
