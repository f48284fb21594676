"""Comma-separated values and their kin (.csv, .tsv; any of , tab ; |), with or without a header row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from portolan.loaders._bytes import utf8
from portolan.loaders._file import FileLoader
from portolan.loaders._sniff import delimiter_of
from portolan.loaders.jsonl import report_broken
from portolan.plugins import BrokenLine, ReadOptions, loaders

BLOCK_BYTES = 32 << 20
"""A record may be as long as this."""
HEAD_CHARS = 1 << 18
_INT = r"^-?(?:0|[1-9][0-9]{0,17})$"  # no leading zeros: 007 is a name, not a number
_FLOAT = r"^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$|^[-+]?(?:nan|NaN|inf|Infinity)$"
_LEADING_ZERO = r"^[-+]?0[0-9]"
_BOOL = r"^(?:true|false|True|False|TRUE|FALSE)$"


class CsvLoader(FileLoader):
    """Reads cells as strings, then takes each column for what all its cells can be: integers, numbers, true/false."""

    kind = "csv"

    def read_chunks(
        self, chunks: Iterator[bytes], *, label: str, options: ReadOptions, notes: list[str]
    ) -> Iterator[pa.RecordBatch]:
        """Batches of the records in `chunks`; the types of a column may differ between them."""
        stream = _ChunkReader(utf8(chunks, notes))
        head = stream.peek_text(HEAD_CHARS)
        if not head.strip():
            return
        delimiter = delimiter_of(head) or ("\t" if "\t" in head.split("\n")[0] else ",")
        quote = '"' if delimiter != "\t" or _is_quoted(head, delimiter) else False
        first = next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), [])
        names, has_header = header_of(first)
        slots = [str(place) for place in range(len(names))]
        skipped: list[BrokenLine] = []
        reader = _open(stream, slots, delimiter, quote, has_header, label=label, skipped=skipped)
        for batch in _batches(reader, skipped, label=label, options=options):
            columns = [typed(batch.column(place)) for place in range(len(names))]
            yield pa.RecordBatch.from_arrays(columns, names=names)


def _open(
    stream: _ChunkReader,
    slots: list[str],
    delimiter: str,
    quote: str | bool,
    has_header: bool,
    *,
    label: str,
    skipped: list[BrokenLine],
) -> Any:
    def skip(row: pa.csv.InvalidRow) -> str:
        problem = f"{row.actual_columns} cells where {row.expected_columns} should be"
        # Arrow swallows what is raised here: the line is reported once its batch is out.
        skipped.append(BrokenLine(label, row.number or 0, problem, row.text[:2000]))
        return "skip"

    return pyarrow.csv.open_csv(
        pa.PythonFile(stream, "r"),
        read_options=pyarrow.csv.ReadOptions(
            use_threads=False, block_size=BLOCK_BYTES, column_names=slots, skip_rows_after_names=int(has_header)
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=delimiter, quote_char=quote, newlines_in_values=True, invalid_row_handler=skip
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(slots, pa.string()), strings_can_be_null=False
        ),
    )


def _batches(reader: Any, skipped: list[BrokenLine], *, label: str, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """The reader's batches, up to where it cannot go on; that place counts as a broken line."""
    is_done = False
    while not is_done:
        batch = None
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            is_done = True
        except pa.ArrowInvalid as error:
            is_done = True
            skipped.append(BrokenLine(label, 0, f"the rest cannot be read: {error}", ""))
        for line in skipped:
            report_broken(line, options)
        skipped.clear()
        if batch is not None:
            yield batch


def header_of(first: list[str]) -> tuple[list[str], bool]:
    """Column names, and whether the first record holds them.

    A header has no numbers, no long texts and no name twice; without one, columns are `column_1`, `column_2`, …
    """
    cells = [cell.strip() for cell in first]
    named = [cell for cell in cells if cell]
    looks_like_data = any(_is_number(cell) or len(cell) > 100 for cell in named)
    if not named or looks_like_data or len(set(named)) < len(named):
        return [f"column_{place}" for place in range(1, len(cells) + 1)], False
    return [cell or f"column_{place}" for place, cell in enumerate(cells, start=1)], True


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _is_quoted(head: str, delimiter: str) -> bool:
    cells = [cell for line in head.splitlines()[:200] for cell in line.split(delimiter)]
    return any(len(cell) > 1 and cell[0] == cell[-1] == '"' for cell in cells)


def typed(column: pa.StringArray) -> pa.Array:
    """`column` as integers, floats or booleans if each cell that is not empty is one; empty cells become null."""
    filled = pc.if_else(pc.equal(column, ""), None, column)
    values = pc.drop_null(filled)
    if not len(values):
        return pa.nulls(len(column))
    for pattern, kind in ((_INT, pa.int64()), (_FLOAT, pa.float64()), (_BOOL, pa.bool_())):
        if _all_match(values.slice(0, 20), pattern) and _all_match(values, pattern):
            if kind == pa.float64() and pc.any(pc.match_substring_regex(values, _LEADING_ZERO)).as_py():
                return column
            return pc.cast(pc.utf8_lower(filled) if kind == pa.bool_() else filled, kind)
    return column


def _all_match(values: pa.StringArray, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(values, pattern)).as_py())


class _ChunkReader(io.RawIOBase):
    """Chunks as a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def peek_text(self, n_chars: int) -> str:
        """The text the stream begins with; it stays unread."""
        while len(self._rest) < n_chars and (chunk := next(self._chunks, b"")):
            self._rest += chunk
        return self._rest[:n_chars].decode("utf-8", "ignore")

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        """At most `size` bytes, fewer only at the end."""
        parts = [self._rest]
        n_bytes = len(self._rest)
        while (size is None or size < 0 or n_bytes < size) and (chunk := next(self._chunks, None)) is not None:
            parts.append(chunk)
            n_bytes += len(chunk)
        data = b"".join(parts)
        end = n_bytes if size is None or size < 0 else size
        self._rest = data[end:]
        return data[:end]


loaders.add("csv", CsvLoader)
