"""Batches whose schemas differ become batches of one schema: kept aside once, then handed out widened."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO

import pyarrow as pa

from portolan.errors import MapWriteError
from portolan.loaders._schema import NAME_KEY, conform, merge_schemas, storable_schema

MEMORY_BYTES = 64 << 20
"""Batches are kept in memory up to this size, then in a temporary file."""
BATCH_BYTES = 64 << 20
"""A batch handed out is no larger than this, unless one row is."""
RESERVED = ("row_id", "batch_id")
"""Names of Portolan's own columns in a map."""


def unify(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows under one schema that holds all of them.

    A type seen in the last row counts as much as one in the first, so all batches are read before the first is handed
    out; memory stays bounded because they wait in a temporary file.
    """
    schema: pa.Schema | None = None
    with tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES) as file:
        n_streams = 0
        writer: pa.RecordBatchWriter | None = None
        writer_schema: pa.Schema | None = None
        for batch in batches:
            if writer is None or not batch.schema.equals(writer_schema):
                if writer is not None:
                    writer.close()
                writer_schema = batch.schema
                writer = pa.ipc.new_stream(pa.PythonFile(file, "w"), writer_schema)
                n_streams += 1
            _write(writer, batch)
            schema = merge_schemas(schema, batch.schema)
        if writer is not None:
            writer.close()
            file.seek(0)
            yield from _widened(file, n_streams, schema)


def _write(writer: pa.RecordBatchWriter, batch: pa.RecordBatch) -> None:
    try:
        writer.write_batch(batch)
    except OSError as error:
        raise MapWriteError(
            f"Rows cannot be kept aside in {tempfile.gettempdir()}: {error}.",
            fix="Free some room there, or set TMPDIR to a folder that has it.",
        ) from error


def _widened(file: IO[bytes], n_streams: int, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    target = storable_schema(schema)
    source = pa.PythonFile(file, "r")
    for _ in range(n_streams):
        for batch in pa.ipc.open_stream(source):
            yield conform(batch, target)


def stored(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Batches of one schema in the types that a map keeps."""
    for batch in batches:
        yield conform(batch, storable_schema(batch.schema))


def renamed(batches: Iterator[pa.RecordBatch], notes: list[str]) -> Iterator[pa.RecordBatch]:
    """Batches with names that a map can keep: Portolan's own, empty and repeated names give way."""
    schema: pa.Schema | None = None
    for batch in batches:
        if schema is None:
            schema = free_names(batch.schema, notes)
        yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)


def free_names(schema: pa.Schema, notes: list[str]) -> pa.Schema:
    """`schema` with each name used once and none of Portolan's own.

    A column `row_id` becomes `original_row_id`, an empty name `column_3`, a repeated `a` the second time `a_2`.
    The name it had is in the field's metadata.
    """
    taken: set[str] = set()
    fields = []
    for place, field in enumerate(schema, start=1):
        name = f"original_{field.name}" if field.name in RESERVED else field.name
        name = name if name.strip() else f"column_{place}"
        while name in taken or (name != field.name and name in schema.names):
            stem, _, count = name.rpartition("_")
            name = f"{stem}_{int(count) + 1}" if stem and count.isdigit() else f"{name}_2"
        taken.add(name)
        if name != field.name:
            notes.append(f"Column '{field.name}' is called '{name}' in the map.")
            field = field.with_name(name).with_metadata({**(field.metadata or {}), NAME_KEY: field.name.encode()})
        fields.append(field)
    return pa.schema(fields)


def rebatched(batches: Iterator[pa.RecordBatch], *, batch_rows: int) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of `batch_rows`, or fewer where rows are long."""
    waiting: list[pa.RecordBatch] = []
    n_waiting = n_bytes = 0
    for batch in batches:
        for piece in _pieces(batch, batch_rows):
            if waiting and (n_waiting + piece.num_rows > batch_rows or n_bytes + piece.nbytes > BATCH_BYTES):
                yield _joined(waiting)
                waiting, n_waiting, n_bytes = [], 0, 0
            waiting.append(piece)
            n_waiting += piece.num_rows
            n_bytes += piece.nbytes
    if waiting:
        yield _joined(waiting)


def _pieces(batch: pa.RecordBatch, batch_rows: int) -> Iterator[pa.RecordBatch]:
    n_parts = max(1, -(-batch.nbytes // BATCH_BYTES))
    step = max(1, min(batch_rows, batch.num_rows // n_parts))
    for start in range(0, batch.num_rows, step):
        yield batch.slice(start, step)


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)
