"""What is piped in: `-`. Its beginning tells whether it is JSON lines, JSON, CSV or text."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from typing import Any, ClassVar, cast

import pyarrow as pa
import pyarrow.parquet

from portolan.loaders._bytes import HEAD_BYTES, chunks_of
from portolan.loaders._file import FileLoader, whole_chunks
from portolan.loaders._sniff import kind_of_head
from portolan.plugins import ReadOptions, loaders


class StdinLoader:
    """Reads standard input once."""

    specificity: ClassVar[int] = 80

    def __init__(self) -> None:
        self.notes: list[str] = []

    @classmethod
    def accepts(cls, source: object) -> bool:
        """Whether `source` is a dash."""
        return isinstance(source, str) and source == "-"

    def read(self, source: Any, *, options: ReadOptions) -> Iterator[pa.RecordBatch]:
        """The rows that are piped in, in order; parquet and Arrow files are held in memory."""
        file = sys.stdin.buffer
        head = file.read(HEAD_BYTES)
        kind = kind_of_head(head)
        if kind == "parquet":
            yield from pyarrow.parquet.ParquetFile(io.BytesIO(head + file.read())).iter_batches(options.batch_rows)
        elif kind == "arrow":
            yield from _arrow(head + file.read())
        else:
            loader = cast(FileLoader, loaders.get(kind)())
            chunks = whole_chunks(chunks_of(file, head=head), label="standard input", options=options)
            yield from loader.read_chunks(chunks, label="standard input", options=options, notes=self.notes)


def _arrow(data: bytes) -> Iterator[pa.RecordBatch]:
    if data.startswith(b"ARROW1"):
        yield from pa.ipc.open_file(data).read_all().to_batches()
    else:
        yield from pa.ipc.open_stream(data)


loaders.add("stdin", StdinLoader)
