"""JSON documents (.json): an array of objects, objects one after another, or one object of columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from portolan.loaders._bytes import utf8
from portolan.loaders._file import FileLoader
from portolan.loaders._schema import batch_of
from portolan.loaders.jsonl import problem_of, report_broken, row_of
from portolan.plugins import BrokenLine, ReadOptions, loaders

BLOCK_ROWS = 2048
_SPACE = " \t\r\n,"


class JsonLoader(FileLoader):
    """Reads an array one value at a time, so that only a block of rows is in memory."""

    kind = "json"

    def read_chunks(
        self, chunks: Iterator[bytes], *, label: str, options: ReadOptions, notes: list[str]
    ) -> Iterator[pa.RecordBatch]:
        """Batches of the objects in `chunks`."""
        rows: list[dict[str, Any]] = []
        for place, value in enumerate(_values(utf8(chunks, notes), label, options)):
            for row in _rows(value) if place == 0 else [value]:
                try:
                    rows.append(row_of(row))
                except ValueError as error:
                    report_broken(BrokenLine(label, place + 1, str(error), str(row)[:2000]), options)
            if len(rows) >= BLOCK_ROWS:
                yield batch_of(rows)
                rows = []
        if rows:
            yield batch_of(rows)


def _values(chunks: Iterator[bytes], label: str, options: ReadOptions) -> Iterator[Any]:
    """The elements of the outer array, or the values that follow one another, each parsed as soon as it is whole."""
    decoder = json.JSONDecoder()
    text, is_array, is_ended, wanted, n_lines = "", None, False, 0, 1
    while not is_ended or text.strip(_SPACE):
        while len(text) < wanted or not text.strip(_SPACE):
            chunk = next(chunks, b"")
            is_ended = not chunk
            if is_ended:
                break
            text += chunk.decode()
        stripped = text.lstrip(_SPACE)
        n_lines += text.count("\n", 0, len(text) - len(stripped))
        text = stripped
        if is_array is None and text:
            is_array = text.startswith("[")
            text = text[1:] if is_array else text
            continue
        if not text or (is_array and text.startswith("]")):
            return
        try:
            value, end = decoder.raw_decode(text)
            if end == len(text) and not is_ended:
                raise json.JSONDecodeError("cut", text, end)  # a number may go on in the next chunk
        except (json.JSONDecodeError, RecursionError) as error:
            if not is_ended:
                wanted = 2 * len(text) + 1  # doubling keeps a huge value from being parsed again and again
                continue
            line = n_lines + text.count("\n", 0, getattr(error, "pos", 0))
            report_broken(
                BrokenLine(label, line, f"the rest cannot be read: {problem_of(error)}", text[:2000]), options
            )
            return
        yield value
        n_lines += text.count("\n", 0, end)
        text, wanted = text[end:], 0


def _rows(value: Any) -> list[Any]:
    """Rows of the first value: of an object of columns, or of one that holds the rows under a key; else itself."""
    if not isinstance(value, dict):
        return [value]
    lists = [item for item in value.values() if isinstance(item, list)]
    with_rows = [item for item in lists if item and all(isinstance(row, dict) for row in item)]
    if len(with_rows) == 1 and len(lists) == 1 and not _is_row(value):
        return with_rows[0]
    if len(lists) == len(value) > 0 and len({len(item) for item in lists}) == 1 and not with_rows:
        return [dict(zip(value, cells, strict=True)) for cells in zip(*lists, strict=True)]
    return [value]


def _is_row(value: dict[str, Any]) -> bool:
    """Whether an object with one list of objects is a chat and not a file of rows."""
    return any(key in value for key in ("messages", "conversation", "conversations", "completions"))


loaders.add("json", JsonLoader)
