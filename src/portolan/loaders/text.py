"""Plain text (.txt, .md, .log): each line that is not blank is a row."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from portolan.loaders._bytes import line_blocks, utf8
from portolan.loaders._file import FileLoader
from portolan.plugins import ReadOptions, loaders


class TextLoader(FileLoader):
    """Reads lines into one column, `text`."""

    kind = "text"

    def read_chunks(
        self, chunks: Iterator[bytes], *, label: str, options: ReadOptions, notes: list[str]
    ) -> Iterator[pa.RecordBatch]:
        """Batches of the lines in `chunks`."""
        for block in line_blocks(utf8(chunks, notes)):
            lines = [line.rstrip("\r") for line in block.decode().split("\n") if line.strip()]
            if lines:
                yield pa.record_batch({"text": pa.array(lines, pa.string())})


loaders.add("text", TextLoader)
