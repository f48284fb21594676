"""JSON lines, plain or packed: rows by their values, or lines as they are given."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from portolan.core.row_json import json_line


class LinesWriter:
    """One file of JSON lines; packed by gzip where asked, with no time in it: equal rows give equal bytes."""

    def __init__(self, path: Path, *, is_packed: bool) -> None:
        self._file = path.open("wb")
        self._out = gzip.GzipFile("", "wb", 6, self._file, mtime=0) if is_packed else self._file
        self._is_open_ended = False

    def write(self, batch: pa.RecordBatch) -> None:
        """Write rows by their values; a value that is missing is null."""
        self.write_lines(json_line(row) + b"\n" for row in batch.to_pylist())

    def write_lines(self, lines: Iterable[bytes]) -> None:
        """Write lines with their ends. The last of the source may have none: it gets one if another follows."""
        text = b""
        for line in lines:
            if self._is_open_ended:
                self._out.write(b"\n")
            self._is_open_ended = not line.endswith(b"\n")
            text = line
            self._out.write(text)

    def close(self) -> None:
        """Finish the file."""
        if self._out is not self._file:
            self._out.close()
        self._file.close()
