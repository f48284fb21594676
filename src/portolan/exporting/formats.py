"""Tables into files: parquet, Arrow, CSV and a folder that Hugging Face `datasets` loads. JSON lines: see lines.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pyarrow.types as pt

from portolan.core.plain_json import plain_json
from portolan.errors import InputError

ENDINGS = (".jsonl", ".jsonl.gz", ".parquet", ".csv", ".arrow")
GROUP_ROWS = 1 << 16
"""Rows in one group of a parquet file: what a reader holds at a time."""
SHARD_BYTES = 1 << 29
"""In memory, of one parquet file in a folder for `datasets`."""


class Writer(Protocol):
    """Takes rows a batch at a time; what it wrote is whole after `close`."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Write rows."""
        ...

    def close(self) -> None:
        """Finish the file."""
        ...


def format_of(out: Path) -> str:
    """The format that a name asks for: one of ENDINGS, or "folder".

    Raises
    ------
    InputError
        Its ending is of no format that is written.
    """
    name = out.name.lower()
    found = [ending for ending in ENDINGS if name.endswith(ending)]
    if found:
        return max(found, key=len)
    if out.suffix and not out.is_dir() and out.suffix.lower() in _NOT_WRITTEN:
        raise InputError(
            f"Datasets are not written as {out.suffix}.",
            fix=f"End the name in {', '.join(ENDINGS)}, or give a folder for Hugging Face datasets.",
        )
    return "folder"


_NOT_WRITTEN = {
    ".json", ".tsv", ".txt", ".xlsx", ".xls", ".feather", ".orc", ".avro", ".zip", ".gz", ".zst", ".xz", ".bz2", ".md",
    ".yaml", ".yml", ".db", ".sqlite", ".pq", ".ipc", ".ndjson", ".html",
}  # fmt: skip


class ParquetWriter:
    """One parquet file, compressed by Zstandard."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")
        self._waiting: list[pa.RecordBatch] = []
        self._n_waiting = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Write rows; groups are filled up first."""
        self._waiting.append(batch)
        self._n_waiting += batch.num_rows
        if self._n_waiting >= GROUP_ROWS or sum(one.nbytes for one in self._waiting) > SHARD_BYTES // 8:
            self._flush()

    def close(self) -> None:
        """Finish the file."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._n_waiting:
            self._writer.write_table(pa.Table.from_batches(self._waiting), row_group_size=GROUP_ROWS)
        self._waiting, self._n_waiting = [], 0


class ArrowWriter:
    """One Arrow file (IPC, as Feather 2), uncompressed: it can be mapped into memory."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._file = path.open("wb")
        self._writer = pa.ipc.new_file(self._file, schema)

    def write(self, batch: pa.RecordBatch) -> None:
        """Write rows."""
        self._writer.write_batch(batch)

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()
        self._file.close()


class CsvWriter:
    """One CSV file with a header; lists, structs and bytes stand in it as JSON."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = pa.schema([field.with_type(_flat(field.type)) for field in schema])
        self._writer = pyarrow.csv.CSVWriter(str(path), self._schema)

    def write(self, batch: pa.RecordBatch) -> None:
        """Write rows."""
        columns = [_as_cell(column, field.type) for column, field in zip(batch.columns, self._schema, strict=True)]
        self._writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=self._schema))

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()


class FolderWriter:
    """A folder that `datasets.load_dataset` reads: data/train-….parquet; the README is written by `export`."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._data = path / "data"
        self._data.mkdir(parents=True)
        self._schema = schema
        self._shards: list[Path] = []
        self._writer: ParquetWriter | None = None
        self._n_bytes = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Write rows; a new file is begun where one is large enough."""
        if self._writer is None or self._n_bytes > SHARD_BYTES:
            self._begin()
        assert self._writer is not None
        self._writer.write(batch)
        self._n_bytes += batch.nbytes

    def close(self) -> None:
        """Finish the files, and name each after how many there are."""
        if self._writer is None:
            self._begin()
        assert self._writer is not None
        self._writer.close()
        for number, path in enumerate(self._shards):
            path.rename(self._data / f"train-{number:05d}-of-{len(self._shards):05d}.parquet")

    def _begin(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._shards.append(self._data / f"shard-{len(self._shards):05d}")
        self._writer, self._n_bytes = ParquetWriter(self._shards[-1], self._schema), 0


TABLE_WRITERS: dict[str, Any] = {
    ".parquet": ParquetWriter, ".arrow": ArrowWriter, ".csv": CsvWriter, "folder": FolderWriter,
}  # fmt: skip


def _flat(kind: pa.DataType) -> pa.DataType:
    is_nested = pt.is_nested(kind) or pt.is_binary(kind) or pt.is_large_binary(kind) or pt.is_fixed_size_binary(kind)
    return pa.string() if is_nested else kind.value_type if pt.is_dictionary(kind) else kind


def _as_cell(column: pa.Array, kind: pa.DataType) -> pa.Array:
    if column.type == kind:
        return column
    if pt.is_dictionary(column.type):
        return column.cast(kind)
    cells = [
        None if value is None else json.dumps(plain_json(value), ensure_ascii=False) for value in column.to_pylist()
    ]
    return pa.array(cells, kind)
