"""Arrow tables in memory, and what offers itself as one: pandas and polars frames, DuckDB relations, record batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pyarrow as pa

from portolan.plugins import ReadOptions, loaders


class TableLoader:
    """Takes the table over Arrow's C stream interface (`__arrow_c_stream__`), without copying where that can be."""

    specificity: ClassVar[int] = 50
    has_one_schema: ClassVar[bool] = True

    @classmethod
    def accepts(cls, source: object) -> bool:
        """Whether `source` speaks Arrow."""
        return hasattr(source, "__arrow_c_stream__") or isinstance(source, pa.RecordBatch)

    def total_rows(self, source: Any) -> int | None:
        """Number of rows, where the source has a length."""
        return len(source) if hasattr(source, "__len__") else None

    def read(self, source: Any, *, options: ReadOptions) -> Iterator[pa.RecordBatch]:
        """The rows of `source`, in order."""
        if isinstance(source, pa.RecordBatch):
            yield source
            return
        table = source if isinstance(source, pa.Table) else pa.RecordBatchReader.from_stream(source)
        yield from table.to_batches() if isinstance(table, pa.Table) else table


loaders.add("table", TableLoader)
