"""Many small pieces in a few files, addressed as one run of bytes: read by range, or a whole small file at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

from portolan.store.files import write_errors

LEAST_FILE_BYTES = 256_000
"""A host without ranges answers with a whole file."""
BYTES_A_ROW = 2
"""With more rows files are larger, so that there are some thousand of them at most."""


def file_bytes(n_rows: int) -> int:
    """At which size a pack goes on in another file."""
    return max(LEAST_FILE_BYTES, BYTES_A_ROW * n_rows)


class Pack:
    """Writes pieces into `NAME-00000.bin` and so on; no piece lies in two files. Use it in a `with` statement."""

    def __init__(self, folder: Path, name: str, *, file_bytes: int) -> None:
        self._folder = folder
        self._name = name
        self._file_bytes = file_bytes
        self._file: BinaryIO | None = None
        self._cuts = [0]
        self.size = 0

    def __enter__(self) -> Pack:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, piece: bytes) -> int:
        """Write a piece; returns where it begins."""
        with write_errors(self._folder):
            if self.size - self._cuts[-1] + len(piece) > self._file_bytes and self.size > self._cuts[-1]:
                self._cuts.append(self.size)
                self._next_file()
            if self._file is None:
                self._next_file()
            assert self._file is not None
            self._file.write(piece)
        self.size += len(piece)
        return self.size - len(piece)

    def _next_file(self) -> None:
        if self._file is not None:
            self._file.close()
        # Closed by the next one, or at the end.
        self._file = (self._folder / f"{self._name}-{len(self._cuts) - 1:05d}.bin").open("wb")

    def to_json(self) -> dict[str, Any]:
        """What a reader must know: the files' name, where each begins, and the size of all."""
        return {"name": self._name, "cuts": self._cuts, "size": self.size}
