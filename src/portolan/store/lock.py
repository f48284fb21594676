"""One writer at a time, by `flock`: the system lets go of the lock when its holder dies, so none is ever stale."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from portolan.errors import MapLockedError
from portolan.store.files import write_errors


class WriterLock:
    """The lock of one map. The thread that holds it may take it again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = threading.RLock()
        self._depth = 0

    @property
    def is_held(self) -> bool:
        """Whether this store holds the lock."""
        return self._depth > 0

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Hold the lock; yields whether it was taken anew.

        Raises
        ------
        MapLockedError
            Another process, or another thread of this one, is writing the map.
        """
        if not self._thread.acquire(blocking=False):
            raise self._taken({"pid": os.getpid()})
        try:
            if self._depth:
                self._depth += 1
                try:
                    yield False
                finally:
                    self._depth -= 1
                return
            handle = self._open()
            try:
                self._depth = 1
                yield True
            finally:
                self._depth = 0
                os.close(handle)
        finally:
            self._thread.release()

    def _open(self) -> int:
        with write_errors(self._path.parent):
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _read_holder(handle)
            os.close(handle)
            raise self._taken(holder) from None
        since = datetime.now(UTC).isoformat("T", "seconds")
        mine = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
        with write_errors(self._path.parent):
            os.ftruncate(handle, 0)
            os.pwrite(handle, json.dumps(mine).encode(), 0)
        return handle

    def _taken(self, holder: dict[str, object]) -> MapLockedError:
        pid = holder.get("pid", "unknown")
        details = ", ".join(f"{name} {holder[name]}" for name in ("host", "since") if name in holder)
        who = f"process {pid}" + (f" ({details})" if details else "")
        return MapLockedError(
            f"'{self._path.parent}' is being written by {who}.",
            fix=f"Wait until it has finished, or stop it (kill {pid}). Reading the map needs no lock.",
        )


def _read_holder(handle: int) -> dict[str, object]:
    try:
        holder = json.loads(os.pread(handle, 4096, 0))
    except ValueError:
        return {}
    return holder if isinstance(holder, dict) else {}
