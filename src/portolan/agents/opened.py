"""The map that an agent asks: opened once, and anew when it has changed on disk."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from portolan.map import Map


class OpenedMap:
    """Hands out the map as its manifest now describes it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = Lock()
        self._map = Map.open(path)
        self._stamp = self._stamp_now()

    def read(self) -> Map:
        """The map. Raises NotFoundError once its folder is gone."""
        with self._lock:
            stamp = self._stamp_now()
            if stamp != self._stamp:
                self._map, self._stamp = Map.open(self.path), stamp
            return self._map

    def _stamp_now(self) -> tuple[int, ...]:
        try:
            status = (self.path / "map.json").stat()
        except OSError:
            return ()
        return (status.st_mtime_ns, status.st_size, status.st_ino)
