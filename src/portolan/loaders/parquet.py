"""Parquet files, local or by URL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, ClassVar

import pyarrow as pa
import pyarrow.parquet

from portolan.loaders._bytes import open_raw
from portolan.loaders._sniff import kind_of
from portolan.plugins import ParseError, ReadOptions, loaders


class ParquetLoader:
    """Reads row group by row group."""

    specificity: ClassVar[int] = 50
    has_one_schema: ClassVar[bool] = True

    @classmethod
    def accepts(cls, source: object) -> bool:
        """Whether `source` is a parquet file."""
        return kind_of(source) == "parquet"

    def total_rows(self, source: Any) -> int:
        """Number of rows, from the file's footer."""
        with open_raw(source) as file, _opened(file, source) as parquet:
            return int(parquet.metadata.num_rows)

    def read(self, source: Any, *, options: ReadOptions) -> Iterator[pa.RecordBatch]:
        """The rows of the file `source`, in order."""
        with open_raw(source) as file, _opened(file, source) as parquet:
            yield from parquet.iter_batches(batch_size=options.batch_rows)


def _opened(file: IO[bytes], source: Any) -> pyarrow.parquet.ParquetFile:
    try:
        return pyarrow.parquet.ParquetFile(file)
    except pa.ArrowInvalid as error:
        raise ParseError(
            f"{Path(str(source)).name} is a damaged parquet file: {error}", fix="Copy or download it again."
        ) from error


loaders.add("parquet", ParquetLoader)
