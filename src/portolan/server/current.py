"""The map as it is now: read again when its manifest changes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Annotated

from fastapi import Query

from portolan.errors import NotFoundError, PortolanError
from portolan.server.jobs import Desk
from portolan.server.reader import MapReader

MANIFEST = "map.json"

LayoutName = Annotated[str | None, Query(max_length=80, description="A further layout; by default the map's own")]
Open = Callable[[Path], MapReader]


class CurrentMap:
    """Hands out a reader of the map, a new one once `map.json` was replaced.

    So the page sees a map grow while another process makes it. Take the reader once in a request: the next call may
    give another.
    """

    def __init__(self, path: Path, *, open_map: Open) -> None:
        self.path = path
        self.desk = Desk()
        self._open_map = open_map
        self._lock = Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._reader: MapReader | None = None

    def read(self, layout: str | None = None) -> MapReader:
        """The map as its manifest now describes it; with `layout`, that further layout of its rows.

        Raises
        ------
        NotFoundError
            There is no manifest: nothing was made here yet, or the folder is gone. Or there is no such layout.
        """
        reader = self._read()
        if layout is None:
            return reader
        if layout not in reader.layouts:
            known = ", ".join(reader.layouts) or "none"
            raise NotFoundError(f"The map has no further layout '{layout[:80]}'.", fix=f"Its further layouts: {known}.")
        return reader.layouts[layout]

    def _read(self) -> MapReader:
        try:
            stat = (self.path / MANIFEST).stat()
        except OSError as error:
            raise NotFoundError(
                f"There is no map at {self.path}.", fix="It is being made, or was moved: wait, or open it where it is."
            ) from error
        # The manifest is replaced, not rewritten: its inode changes even within the clock's tick.
        stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        with self._lock:
            if self._reader is None or stamp != self._stamp:
                self._reader, self._stamp = self._open_map(self.path), stamp
            return self._reader

    def warm(self) -> None:
        """Do once what the first search and the first filter would wait for: read vectors, the embedder, columns."""
        with contextlib.suppress(PortolanError):
            reader = self.read()
            if reader.is_searchable and reader.n_rows:
                reader.search("first", limit=1)
                reader.neighbors([0], 1)
            if reader.layout_id:
                _warm_filters(reader)


def _warm_filters(reader: MapReader) -> None:
    """Read what the page counts from the start, and compile the kernels."""
    import pyarrow as pa

    from portolan.core.query import parse_query
    from portolan.core.text_match import match_texts
    from portolan.filtering import Clause

    match_texts(pa.array(["first"]), parse_query("first"))
    filterer = reader.filterer
    area = f"in_area('{reader.layout_id}', '0 0, 1 0, 0 1')"
    columns = filterer.memory.columns
    filterer.sift([Clause("area", area)], facets=[column["slug"] for column in columns])
    for column in columns:
        if column["kind"] in ("number", "time"):
            filterer.memory.numbers(column["name"], is_time=column["kind"] == "time")
