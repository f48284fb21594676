"""pandas data frames and series."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, ClassVar

import pyarrow as pa

from portolan.loaders._schema import batch_of
from portolan.plugins import ReadOptions, loaders


class PandasLoader:
    """Converts a slice of rows at a time; a column of mixed types becomes text instead of failing."""

    specificity: ClassVar[int] = 60

    @classmethod
    def accepts(cls, source: object) -> bool:
        """Whether `source` is a pandas frame or series; does not import pandas."""
        pandas = sys.modules.get("pandas")
        return pandas is not None and isinstance(source, pandas.DataFrame | pandas.Series)

    def total_rows(self, source: Any) -> int:
        """Number of rows."""
        return len(source)

    def read(self, source: Any, *, options: ReadOptions) -> Iterator[pa.RecordBatch]:
        """The rows of `source`, in order; a named index becomes a column, a nameless one is left out."""
        frame = source.to_frame(name=source.name or "text") if source.ndim == 1 else source
        if any(name is not None for name in frame.index.names):
            frame = frame.reset_index()
        frame = frame.set_axis(_unique([str(name) for name in frame.columns]), axis=1)
        for start in range(0, len(frame), options.batch_rows):
            part = frame.iloc[start : start + options.batch_rows]
            try:
                yield pa.RecordBatch.from_pandas(part, preserve_index=False).replace_schema_metadata(None)
            except (pa.ArrowInvalid, pa.ArrowTypeError, ValueError):
                missing = part.astype(object).where(part.notna(), None)
                yield batch_of(missing.to_dict("records"))


def _unique(names: list[str]) -> list[str]:
    """The names, repeated ones with a number: pandas cannot hand out rows otherwise."""
    return [name if names.index(name) == place else f"{name}_{place + 1}" for place, name in enumerate(names)]


loaders.add("pandas", PandasLoader)
