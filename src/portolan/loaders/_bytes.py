"""Bytes of a file, URL or pipe as chunks: decompressed, in UTF-8, cut at line ends."""

from __future__ import annotations

import codecs
import io
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

CHUNK_BYTES = 4 << 20
PIECE_BYTES = 1 << 13
HEAD_BYTES = 1 << 16
_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2", b"\xfd7zXZ\x00": "xz"}
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def is_url(source: object) -> bool:
    """Whether `source` names something that fsspec opens (`s3://bucket/key`, `https://…`)."""
    return isinstance(source, str) and "://" in source[:32]


def open_raw(source: str | Path) -> IO[bytes]:
    """The bytes of a local path or URL as they lie there."""
    if is_url(source):
        import fsspec

        opened: IO[bytes] = fsspec.open(str(source), "rb").open()
        return opened
    return Path(source).open("rb")


def compression_of(head: bytes) -> str | None:
    """What a file that begins with `head` is compressed with."""
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)


def chunks_of(file: IO[bytes], *, head: bytes = b"", piece_bytes: int = PIECE_BYTES) -> Iterator[bytes]:
    """Decompressed bytes of an open file; `head` was read from it before.

    Where compressed data is cut or damaged, all but the last `piece_bytes` before that place still come out.
    """
    whole = io.BufferedReader(_Joined(head, file), CHUNK_BYTES)
    compression = compression_of(whole.peek(8)[:8])
    stream: Any = whole
    if compression == "xz":
        stream = lzma.open(whole)  # noqa: SIM115 (read to its end below, over a file that the caller closes)
    elif compression:
        stream = pa.CompressedInputStream(pa.PythonFile(whole, "r"), compression)
    yield from _gathered(stream, piece_bytes)


def _gathered(stream: Any, piece_bytes: int) -> Iterator[bytes]:
    pieces: list[bytes] = []
    n_bytes = 0
    try:
        while piece := stream.read(piece_bytes):
            pieces.append(piece)
            n_bytes += len(piece)
            if n_bytes >= CHUNK_BYTES:
                yield b"".join(pieces)
                pieces, n_bytes = [], 0
    except (OSError, EOFError, lzma.LZMAError):
        if pieces:
            yield b"".join(pieces)
        raise
    if pieces:
        yield b"".join(pieces)


class _Joined(io.RawIOBase):
    """What was read already, then the rest of the file."""

    def __init__(self, head: bytes, file: IO[bytes]) -> None:
        self._head = head
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._head[: len(buffer)] or self._file.read(len(buffer))
        self._head = self._head[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


def utf8(chunks: Iterator[bytes], notes: list[str]) -> Iterator[bytes]:
    """The same text in valid UTF-8, without a byte order mark.

    A byte order mark decides. Else it is UTF-8; a byte that UTF-8 does not have means Windows-1252 if all before it was
    ASCII, and else counts as damaged (U+FFFD in its place). What was found goes to `notes`.
    """
    first = next(chunks, b"")
    for mark, encoding in _MARKS:
        if first.startswith(mark):
            decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
            yield decoder.decode(first[len(mark) :]).encode()
            for chunk in chunks:
                yield decoder.decode(chunk).encode()
            yield decoder.decode(b"", final=True).encode()
            return
    yield from _sniffed(first, chunks, notes)


def _sniffed(first: bytes, chunks: Iterator[bytes], notes: list[str]) -> Iterator[bytes]:
    rest = b""
    n_damaged = 0
    is_ascii_so_far, is_windows = True, False
    chunk = first
    while chunk:
        data = rest + chunk
        chunk = next(chunks, b"")
        if is_windows:
            yield data.decode("cp1252", "replace").encode()
            continue
        if data.isascii():
            rest = b""
            yield data
            continue
        keep = _whole_characters(data) if chunk else len(data)
        data, rest = data[:keep], data[keep:]
        try:
            data.decode()
            yield data
        except UnicodeDecodeError as error:
            if is_ascii_so_far and data[: error.start].isascii():
                is_windows = True
                notes.append("The file is not UTF-8: it was read as Windows-1252.")
                yield (data + rest).decode("cp1252", "replace").encode()
                rest = b""
                continue
            text = data.decode("utf-8", "replace")
            n_damaged += text.count("\ufffd") - data.count("\ufffd".encode())
            yield text.encode()
        is_ascii_so_far = False
    if n_damaged:
        notes.append(f"{n_damaged:,} bytes are not UTF-8; \ufffd stands in their place.")


def _whole_characters(data: bytes) -> int:
    """Length of the part of `data` that does not end inside a UTF-8 character."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(data) - back if back < needed else len(data)
        if byte < 0x80:
            break
    return len(data)


def line_blocks(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes cut after line ends, so that no line is in two blocks."""
    parts: list[bytes] = []
    for chunk in chunks:
        cut = chunk.rfind(b"\n") + 1
        if not cut:
            parts.append(chunk)
            continue
        yield b"".join([*parts, chunk[:cut]])
        parts = [chunk[cut:]] if cut < len(chunk) else []
    if parts:
        yield b"".join(parts)
