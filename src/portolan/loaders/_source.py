"""The file a map was made from, looked at again: its schema, and its lines as they stand there."""

from __future__ import annotations

import codecs
from collections.abc import Collection, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from portolan.loaders._bytes import chunks_of, line_blocks, open_raw
from portolan.loaders._sniff import kind_of

LINES = "jsonl"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def is_lines(path: Path) -> bool:
    """Whether a file holds JSON lines."""
    return kind_of(path) == LINES


def raw_lines(path: Path, *, without: Collection[int] = ()) -> Iterator[bytes]:
    """The lines of a file of JSON lines, unpacked, as they stand there with their line ends; blank ones are left out.

    Parameters
    ----------
    without : collection of int
        Numbers of lines to leave out, from 1: those that could not be read.
    """
    number = 0
    with open_raw(path) as file:
        for block in line_blocks(chunks_of(file)):
            for line in _cut(block):
                number += 1
                whole = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
                if number not in without and not _is_blank(whole):
                    yield whole


def is_utf16(path: Path) -> bool:
    """Whether a file's text begins with a mark of UTF-16: its lines were read as something else than they are."""
    with open_raw(path) as file:
        return next(chunks_of(file), b"").startswith(_UTF16)


def _cut(block: bytes) -> list[bytes]:
    """Lines with their ends; a carriage return alone ends none."""
    lines = block.split(b"\n")
    return [*(line + b"\n" for line in lines[:-1]), *([lines[-1]] if lines[-1] else [])]


def _is_blank(line: bytes) -> bool:
    bare = line.strip()
    # Spaces of other scripts count as blank too, as they do to the reader.
    return not bare or (bare[0] >= 0x80 and not bare.decode("utf-8", "replace").strip())


def schema_of_file(path: Path) -> pa.Schema | None:
    """The schema that a file of a typed format states; None for text formats."""
    kind = kind_of(path)
    if kind == "parquet":
        return pq.read_schema(path)
    if kind != "arrow":
        return None
    with path.open("rb") as file:
        is_stream = file.read(4) == b"\xff\xff\xff\xff"
        file.seek(0)
        return (pa.ipc.open_stream(file) if is_stream else pa.ipc.open_file(file)).schema
