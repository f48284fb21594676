"""The user's rows: numbered on the way in, and given back as they came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from portolan.errors import ColumnError, NotFoundError
from portolan.store import storable, tables
from portolan.types import RowIds

if TYPE_CHECKING:
    import lance


def write(path: Path, batches: Iterable[pa.RecordBatch], *, schema: pa.Schema, batch_id: int) -> tuple[int, int]:
    """Write rows as a stream, numbered from 0. Returns the dataset's version and the number of rows."""
    numbers = [pa.field("row_id", pa.int64()), pa.field("batch_id", pa.int32())]
    stored = pa.schema([*numbers, *storable.stored_schema(schema)])

    def numbered() -> Iterator[pa.RecordBatch]:
        at = 0
        for batch in batches:
            row_ids = pa.array(np.arange(at, at + batch.num_rows, dtype=np.int64))
            of_batch = pa.array(np.full(batch.num_rows, batch_id, dtype=np.int32))
            yield pa.record_batch([row_ids, of_batch, *storable.to_stored(batch, schema)], schema=stored)
            at += batch.num_rows

    return tables.write_dataset(path, numbered(), schema=stored)


def read(
    dataset: lance.LanceDataset,
    schema: pa.Schema,
    *,
    columns: Sequence[str] | None,
    row_ids: Sequence[int] | RowIds | None,
    offset: int,
    limit: int | None,
) -> pa.Table:
    """`row_id` and the user's columns (all, or those named) as they came, in the order of `row_ids` or of the rows."""
    stored, fields = _columns(schema, columns)
    if row_ids is not None:
        table = tables.take(dataset, checked(row_ids, dataset.count_rows()), columns=stored)
    else:
        scanned = tables.scan(dataset, columns=stored, batch_rows=8192, offset=offset, limit=limit)
        table = pa.Table.from_batches(scanned, schema=pa.schema([dataset.schema.field(name) for name in stored]))
    return _as_given(table, fields, schema)


def batches(
    dataset: lance.LanceDataset, schema: pa.Schema, *, columns: Sequence[str] | None, batch_rows: int
) -> Iterator[pa.RecordBatch]:
    """`row_id` and the user's columns in row order, a batch at a time."""
    stored, fields = _columns(schema, columns)
    for batch in tables.scan(dataset, columns=stored, batch_rows=batch_rows):
        yield from _as_given(pa.Table.from_batches([batch]), fields, schema).combine_chunks().to_batches()


def checked(row_ids: Sequence[int] | RowIds, n_rows: int) -> RowIds:
    """`row_ids` as an array, all of which are there."""
    ids = np.asarray(row_ids, dtype=np.int64).reshape(-1)
    outside = ids[(ids < 0) | (ids >= n_rows)]
    if len(outside):
        raise NotFoundError(f"There is no row {outside[0]}.", fix=f"Row ids of this map go from 0 to {n_rows - 1}.")
    return ids


def _columns(schema: pa.Schema, columns: Sequence[str] | None) -> tuple[list[str], list[pa.Field]]:
    """Names in the dataset and fields as given, of the columns asked for."""
    stored = storable.stored_names(schema.names)
    if columns is None:
        return ["row_id", *stored], list(schema)
    wanted = [name for name in columns if name != "row_id" or "row_id" in schema.names]
    missing = [name for name in wanted if name not in schema.names]
    if missing:
        known = ", ".join(schema.names) or "none"
        raise ColumnError(f"There is no column '{missing[0]}'.", fix=f"Choose among: {known}.")
    places = [schema.names.index(name) for name in wanted]
    return ["row_id", *(stored[place] for place in places)], [schema.field(place) for place in places]


def _as_given(table: pa.Table, fields: list[pa.Field], schema: pa.Schema) -> pa.Table:
    columns = [storable.from_stored(table.column(i + 1), field.type) for i, field in enumerate(fields)]
    given = pa.schema([pa.field("row_id", pa.int64()), *fields], metadata=schema.metadata)
    return pa.Table.from_arrays([table.column(0), *columns], schema=given)
