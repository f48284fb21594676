"""Lance datasets: written as a stream, read by row or in blocks.

Lance is imported where it is used: it takes over a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.store.files import read_errors, write_errors
from portolan.types import ClusterIds, Points, RowIds, Vectors

if TYPE_CHECKING:
    import lance

FILE_ROWS = 1 << 20
"""Rows in one file of a dataset."""


def write_dataset(path: Path, batches: Iterable[pa.RecordBatch], *, schema: pa.Schema) -> tuple[int, int]:
    """Write a new dataset, one batch in memory at a time; returns its version and its number of rows.

    An error raised by `batches` comes out as it is, not as Lance's account of it.
    """
    import lance

    failures: list[BaseException] = []

    def guarded() -> Iterator[pa.RecordBatch]:
        try:
            yield from batches
        except BaseException as failure:
            failures.append(failure)
            raise

    path.parent.mkdir(parents=True, exist_ok=True)
    reader = pa.RecordBatchReader.from_batches(schema, guarded())
    try:
        with write_errors(path):
            dataset = lance.write_dataset(reader, str(path), mode="create", max_rows_per_file=FILE_ROWS)
    except BaseException:
        if failures:
            raise failures[0] from None
        raise
    return dataset.version, dataset.count_rows()


def open_dataset(path: Path, *, version: int) -> lance.LanceDataset:
    """The dataset at exactly that version, whatever was written to it later."""
    import lance

    with read_errors(path):
        return lance.dataset(str(path), version=version)


def take(dataset: lance.LanceDataset, row_ids: Sequence[int] | RowIds, *, columns: list[str] | None) -> pa.Table:
    """Rows in the order asked. A row's id is its place in the dataset: rows are only ever appended."""
    places = pa.array(np.asarray(row_ids, dtype=np.int64))
    with read_errors(dataset.uri):
        return dataset.take(places, columns=columns)


def read(dataset: lance.LanceDataset, *, columns: list[str] | None) -> pa.Table:
    """All rows, in order, as one table."""
    with read_errors(dataset.uri):
        return dataset.to_table(columns=columns, scan_in_order=True)


def scan(
    dataset: lance.LanceDataset,
    *,
    columns: list[str] | None,
    batch_rows: int,
    offset: int = 0,
    limit: int | None = None,
) -> Iterator[pa.RecordBatch]:
    """Rows in order, in batches; little is read ahead, so memory stays small."""
    with read_errors(dataset.uri):
        yield from dataset.to_batches(
            columns=columns,
            batch_size=batch_rows,
            batch_readahead=2,
            offset=offset or None,
            limit=limit,
            scan_in_order=True,
        )


def vector_batches(blocks: Iterable[Vectors], *, n_dims: int) -> Iterator[pa.RecordBatch]:
    """Blocks of vectors as record batches with the row_id that each row gets."""
    at = 0
    for block in blocks:
        flat = pa.array(np.ascontiguousarray(block, dtype=np.float32).reshape(-1))
        row_ids = pa.array(np.arange(at, at + len(block), dtype=np.int64))
        at += len(block)
        yield pa.record_batch([row_ids, pa.FixedSizeListArray.from_arrays(flat, n_dims)], schema=vector_schema(n_dims))


def vector_schema(n_dims: int) -> pa.Schema:
    """Schema of a dataset of vectors."""
    return pa.schema([("row_id", pa.int64()), ("vector", pa.list_(pa.float32(), n_dims))])


def read_vectors(dataset: lance.LanceDataset) -> Vectors:
    """All vectors in one array, shape (n_rows, n_dims); beside it only a few batches are in memory."""
    n_dims = dataset.schema.field("vector").type.list_size
    vectors = np.empty((dataset.count_rows(), n_dims), dtype=np.float32)
    at = 0
    for batch in scan(dataset, columns=["vector"], batch_rows=8192):
        block = batch.column(0).flatten().to_numpy().reshape(-1, n_dims)
        vectors[at : at + len(block)] = block
        at += len(block)
    return vectors


def keyed(columns: dict[str, NDArray[Any]]) -> pa.Table:
    """Columns of all rows as a table with `row_id`."""
    n_rows = len(next(iter(columns.values()))) if columns else 0
    return pa.table({"row_id": np.arange(n_rows, dtype=np.int64), **columns})


def read_points(dataset: lance.LanceDataset) -> Points:
    """Positions of all rows, float32, shape (n_rows, 2)."""
    table = read(dataset, columns=["x", "y"])
    return np.stack([table.column(0).to_numpy(), table.column(1).to_numpy()], axis=1)


def read_clusters(dataset: lance.LanceDataset) -> list[ClusterIds]:
    """Each row's cluster in each layer: int32 (n_rows,) for each, layer 0 the finest."""
    table = read(dataset, columns=None)
    return [table.column(name).to_numpy() for name in table.column_names if name != "row_id"]
