"""Which server is running for a map: find it, start one, stop it.

A server leaves a note for the next one who opens the same map: a file that only its user can read, in a folder that
only its user can enter, outside the map (which may be read-only, or be copied elsewhere with everything in it).
"""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import http.client
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import portolan
from portolan.errors import PortolanError

PING_TIMEOUT_S = 2.0
START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 3.0


@dataclass(frozen=True)
class RunningServer:
    """A server that was started for a map.

    `host`: where this machine reaches it; `listens`: the host that it was started with.
    """

    map: str
    pid: int
    host: str
    port: int
    token: str
    listens: str = ""

    @property
    def url(self) -> str:
        """The address that lets a person in."""
        return address_of(self.host, self.port, self.token)

    def url_for(self, token: str) -> str:
        """The address that lets in somebody with a token of their own, who may be at another machine."""
        is_for_all = self.listens in ("0.0.0.0", "::")
        return address_of(socket.gethostname() if is_for_all else self.host, self.port, token)


def address_of(host: str, port: int, token: str) -> str:
    """The address that lets in whoever has the token."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/?token={token}"


class ServerStartError(PortolanError, RuntimeError):
    """A server was started and did not come up."""


def background(map_path: Path) -> str:
    """The URL of a server for the map: the one that runs, or a new one in a process of its own.

    The process outlives this one, so that the page goes on working when a script has ended. It ends by itself when
    nobody has asked it for anything for 12 hours.

    Raises
    ------
    ServerStartError
        The process ended, or said nothing for 30 seconds.
    """
    running = find(map_path)
    if running is not None:
        return running.url
    command = [sys.executable, "-m", "portolan.server", str(Path(map_path).resolve()), "--idle-hours", "12"]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True
        )
        # Should it end before we do, somebody must ask how it went, or it stays in the process table.
        threading.Thread(target=process.wait, daemon=True).start()
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and process.poll() is None:
            running = find(map_path)
            if running is not None:
                return running.url
            time.sleep(0.05)
        process.terminate()
        errors.seek(0)
        said = errors.read(2000).decode("utf-8", "replace").strip()
    raise ServerStartError(
        f"The server for {map_path} did not start. {said}".strip(), fix=f"Run: portolan open '{map_path}'"
    )


def find(map_path: Path) -> RunningServer | None:
    """The server that runs for the map and answers, if there is one."""
    note = note_path(map_path)
    if note is None:
        return None
    try:
        server = RunningServer(**json.loads(note.read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return server if answers(server) else None


def stop(map_path: Path) -> bool:
    """Stop the map's server and wait until it is gone. False when none was running."""
    server = find(map_path)
    if server is None:
        return False
    os.kill(server.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while time.monotonic() < deadline and answers(server):
        time.sleep(0.05)
    return True


def answers(server: RunningServer) -> bool:
    """Whether the server is there, knows its token, and serves that map in this version of Portolan."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=PING_TIMEOUT_S)
    try:
        connection.request("GET", "/api/ping", headers={"Authorization": f"Bearer {server.token}"})
        answer = connection.getresponse()
        said = json.loads(answer.read(10_000)) if answer.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()
    return said == {"map": server.map, "version": portolan.__version__}


def announce(server: RunningServer) -> None:
    """Leave a note for the next one who opens the map. Without a safe place for it there is none, and no harm."""
    note = note_path(Path(server.map))
    if note is None:
        return
    with contextlib.suppress(OSError):
        draft = note.with_name(f"{note.name}.{server.pid}")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(server), file)
        draft.replace(note)


def withdraw(server: RunningServer) -> None:
    """Take the note away, if it still is this server's."""
    note = note_path(Path(server.map))
    if note is None:
        return
    with contextlib.suppress(OSError, ValueError):
        if json.loads(note.read_text()) == asdict(server):
            note.unlink()


def note_path(map_path: Path) -> Path | None:
    """Where the note of a map's server lies; None where no folder is ours alone."""
    folder = notes_folder()
    if folder is None:
        return None
    return folder / (hashlib.sha256(str(Path(map_path).resolve()).encode()).hexdigest()[:24] + ".json")


def notes_folder() -> Path | None:
    """A folder that belongs to this user and that nobody else can enter."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(runtime) / "portolan" if runtime else Path(tempfile.gettempdir()) / f"portolan-{getpass.getuser()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    # Anyone may have made a folder of that name in /tmp before us: what it says must not be believed.
    if hasattr(os, "getuid") and (
        found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077
    ):
        return None
    return folder
