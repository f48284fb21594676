"""JSON lines (.jsonl, .ndjson; plain or compressed): one object a line."""

from __future__ import annotations

import io
import json
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pyarrow as pa
import pyarrow.json

from portolan.loaders._bytes import line_blocks, utf8
from portolan.loaders._file import FileLoader
from portolan.loaders._schema import batch_of, merge_schemas
from portolan.plugins import BrokenLine, ParseError, ReadOptions, loaders

SAMPLE_BYTES = 1 << 20
"""The schema to begin with is taken from this much text."""
N_AHEAD = 3
"""Blocks that are parsed at once."""


class JsonlLoader(FileLoader):
    """Reads blocks of lines with Arrow's parser, and a block that it refuses line by line with Python's.

    Arrow's parser is told the types (it would take ISO dates for timestamps otherwise) and refuses a block in which
    anything differs; Python's then finds the new type, or the broken line.
    """

    kind = "jsonl"

    def read_chunks(
        self, chunks: Iterator[bytes], *, label: str, options: ReadOptions, notes: list[str]
    ) -> Iterator[pa.RecordBatch]:
        """Batches of the lines in `chunks`; their schemas may differ."""
        schema: pa.Schema | None = None
        line = 1
        waiting: deque[tuple[bytes, Future[pa.RecordBatch | None]]] = deque()
        with ThreadPoolExecutor(2) as pool:
            blocks = line_blocks(utf8(chunks, notes))
            while True:
                while len(waiting) < N_AHEAD and (block := next(blocks, None)) is not None:
                    if schema is None:
                        schema = _sample_schema(block)
                    waiting.append((block, pool.submit(_parse_fast, block, schema)))
                if not waiting:
                    return
                block, future = waiting.popleft()
                batch = future.result()
                if batch is None:
                    batch = _parse_lines(block, line=line, label=label, options=options)
                    schema = merge_schemas(schema, batch.schema)
                line += block.count(b"\n")
                if batch.num_rows:
                    yield batch


def _sample_schema(block: bytes) -> pa.Schema:
    silent = ReadOptions()
    sample = block[: max(SAMPLE_BYTES, block.find(b"\n") + 1)]
    return _parse_lines(sample[: sample.rfind(b"\n") + 1] or sample, line=1, label="", options=silent).schema


def _parse_fast(block: bytes, schema: pa.Schema) -> pa.RecordBatch | None:
    """The block's rows if each line is an object that `schema` describes, else None."""
    if not len(schema):
        return None
    try:
        table = pyarrow.json.read_json(
            io.BytesIO(block),
            read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=len(block) + 1),
            parse_options=pyarrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error"),
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    batches = table.combine_chunks().to_batches()
    return batches[0] if len(batches) == 1 else None


def _parse_lines(block: bytes, *, line: int, label: str, options: ReadOptions) -> pa.RecordBatch:
    rows = []
    for number, text in enumerate(block.decode().split("\n"), start=line):
        if text.strip():
            try:
                rows.append(row_of(json.loads(text)))
            except (ValueError, RecursionError) as error:
                report_broken(BrokenLine(label, number, problem_of(error), text[:2000]), options)
    return batch_of(rows)


def row_of(value: Any) -> dict[str, Any]:
    """A JSON value as a row: an object as it is, a bare string as its `text`."""
    if isinstance(value, dict):
        return value
    if isinstance(value, str):
        return {"text": value}
    raise ValueError(f"{type(value).__name__} where an object should be")


def problem_of(error: Exception) -> str:
    """What was wrong with a line, in few words."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at column {error.colno}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def report_broken(broken: BrokenLine, options: ReadOptions) -> None:
    """Put a broken line aside, or raise ParseError if the reader is strict."""
    if options.is_strict:
        raise ParseError(
            f"Line {broken.line:,} of {broken.source} cannot be read: {broken.problem}.",
            fix="Mend that line, or leave out --strict to skip broken lines and list them.",
        )
    options.on_broken(broken)


loaders.add("jsonl", JsonlLoader)
