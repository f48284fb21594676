"""What the loaders of one file share: opening it, and reading it as a stream."""

from __future__ import annotations

import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa

from portolan.loaders._bytes import chunks_of, open_raw
from portolan.loaders._sniff import kind_of
from portolan.plugins import BrokenLine, ParseError, ReadOptions


class FileLoader:
    """A loader of one kind of text file; `read_chunks` is what each kind adds.

    Attributes
    ----------
    kind : str
        The kind of file, as `_sniff.kind_of` names it.
    notes : list of str
        What the person should know about the last read: encoding, damaged bytes.
    """

    kind: ClassVar[str]
    specificity: ClassVar[int] = 50

    def __init__(self) -> None:
        self.notes: list[str] = []

    @classmethod
    def accepts(cls, source: object) -> bool:
        """Whether `source` is a file of this kind."""
        return kind_of(source) == cls.kind

    def read(self, source: Any, *, options: ReadOptions) -> Iterator[pa.RecordBatch]:
        """The rows of the file `source`, in order."""
        label = Path(str(source)).name
        with open_raw(source) as file:
            chunks = whole_chunks(chunks_of(file), label=label, options=options)
            yield from self.read_chunks(chunks, label=label, options=options, notes=self.notes)

    def read_chunks(
        self, chunks: Iterator[bytes], *, label: str, options: ReadOptions, notes: list[str]
    ) -> Iterator[pa.RecordBatch]:
        """The rows in a stream of decompressed bytes."""
        raise NotImplementedError


def whole_chunks(chunks: Iterator[bytes], *, label: str, options: ReadOptions) -> Iterator[bytes]:
    """The chunks up to where a damaged compressed file breaks off; that place counts as a broken line."""
    n_bytes = 0
    try:
        for chunk in chunks:
            n_bytes += len(chunk)
            yield chunk
    except (OSError, EOFError, lzma.LZMAError) as error:
        problem = f"the compressed file breaks off after {n_bytes:,} bytes of text ({error})"
        if options.is_strict:
            raise ParseError(f"{label}: {problem}.", fix="Copy or download the file again.") from error
        options.on_broken(BrokenLine(label, 0, problem, ""))
