"""What a file holds: its bytes decide, its name only between kinds of text."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import lzma
from functools import lru_cache
from pathlib import Path

from portolan.loaders._bytes import HEAD_BYTES, chunks_of, is_url, open_raw, utf8

ENDINGS = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".csv": "csv", ".tsv": "csv", ".tab": "csv",
    ".parquet": "parquet", ".pq": "parquet", ".arrow": "arrow", ".feather": "arrow", ".ipc": "arrow",
    ".txt": "text", ".text": "text", ".md": "text", ".log": "text",
}  # fmt: skip
"""Kind of file by ending; the names are those of the loaders."""
BINARY = ("parquet", "arrow")
PACKED = (".gz", ".zst", ".zstd", ".bz2", ".xz")
DELIMITERS = ",\t;|"


def ending_of(name: str) -> str:
    """The ending that tells the kind: `.csv` for `a/b.csv.gz`."""
    path = Path(name.split("?")[0])
    return Path(path.stem).suffix.lower() if path.suffix.lower() in PACKED else path.suffix.lower()


def is_file(source: object) -> bool:
    """Whether `source` names one file: a URL, or a path that exists and is no folder."""
    if is_url(source):
        return not str(source).startswith("hf:") and "*" not in str(source)
    return isinstance(source, str | Path) and str(source) != "" and Path(source).is_file()


def kind_of(source: object) -> str | None:
    """Name of the loader for the file `source`, or None where it is no file."""
    if not is_file(source):
        return None
    stamp = 0 if is_url(source) else Path(str(source)).stat().st_mtime_ns
    return _kind_of_file(str(source), stamp)


@lru_cache(maxsize=1024)
def _kind_of_file(name: str, _stamp: int) -> str:
    with open_raw(name) as file:
        head = file.read(HEAD_BYTES)
    return kind_of_head(head, name=name)


def kind_of_head(head: bytes, *, name: str = "") -> str:
    """Kind of a file that begins with `head`."""
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
        return "arrow"
    told = ENDINGS.get(ending_of(name))
    if told in BINARY:
        return told  # its loader says what is wrong with it: as text it would be rows of nonsense
    return kind_of_text(head_text(head), ending=ending_of(name))


def head_text(head: bytes) -> str:
    """The text that a file begins with: decompressed and decoded as far as `head` goes."""
    chunks: list[bytes] = []
    # `head` mostly ends in the middle of a compressed stream.
    with contextlib.suppress(OSError, EOFError, lzma.LZMAError):
        chunks.extend(chunks_of(io.BytesIO(head), piece_bytes=4096))
    return b"".join(utf8(iter(chunks), [])).decode()


def kind_of_text(text: str, *, ending: str = "") -> str:
    """Kind of a text file: what it begins with, and its name's ending where that leaves a choice."""
    told = ENDINGS.get(ending)
    start = text.lstrip()
    if start.startswith("{"):
        first, _, rest = start.partition("\n")
        if told in ("csv", "text") and not _is_json(first):
            return told
        return "jsonl" if _is_json(first) and (told != "json" or rest.lstrip().startswith("{")) else told_json(told)
    if start.startswith("[") and told not in ("csv", "text", "jsonl"):
        return "json"
    if told in ("jsonl", "json", "csv", "text"):
        return told
    return "csv" if delimiter_of(text) else "text"


def told_json(told: str | None) -> str:
    """A file of objects whose first line is no whole one: pretty-printed, unless its name says lines."""
    return "jsonl" if told == "jsonl" else "json"


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def delimiter_of(text: str) -> str | None:
    """The delimiter that cuts the first records into equally many cells, at least two; None if there is none."""
    lines = text.splitlines(keepends=True)[:200]
    if len(lines) > 1 and not text.endswith("\n"):
        lines = lines[:-1] or lines
    best: tuple[float, int, str] | None = None
    for delimiter in DELIMITERS:
        try:
            widths = [len(record) for record in csv.reader(lines, delimiter=delimiter) if record]
        except csv.Error:
            continue
        width = max(set(widths), key=widths.count) if widths else 1
        share = widths.count(width) / max(1, len(widths))
        if width > 1 and share > 0.8 and (best is None or (share, width) > best[:2]):
            best = (share, width, delimiter)
    return best[2] if best else None
