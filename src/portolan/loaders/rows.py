"""Rows in memory or on the way: lists, iterators and generators of dicts or strings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, is_dataclass
from itertools import islice
from typing import Any, ClassVar

import pyarrow as pa

from portolan.loaders._schema import batch_of
from portolan.plugins import InputError, ReadOptions, loaders

BLOCK_ROWS = 2048


class RowsLoader:
    """Takes whatever can be iterated over, a block of rows at a time."""

    specificity: ClassVar[int] = 10

    @classmethod
    def accepts(cls, source: object) -> bool:
        """Whether `source` is an iterable that is no text and no mapping."""
        return isinstance(source, Iterable) and not isinstance(source, str | bytes | Mapping)

    def total_rows(self, source: Any) -> int | None:
        """Number of rows where `source` has a length."""
        return len(source) if hasattr(source, "__len__") else None

    def read(self, source: Any, *, options: ReadOptions) -> Iterator[pa.RecordBatch]:
        """The rows of `source`, in order; a string is a row with one column, `text`."""
        rows = iter(source)
        n_read = 0
        while block := list(islice(rows, min(BLOCK_ROWS, options.batch_rows))):
            yield batch_of([_row(value, n_read + place) for place, value in enumerate(block)])
            n_read += len(block)


def _row(value: Any, place: int) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    if isinstance(value, str) or value is None:
        return {"text": value}
    if isinstance(value, Mapping):
        return dict(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if hasattr(value, "_asdict"):  # named tuples
        return dict(value._asdict())
    if hasattr(value, "model_dump"):  # pydantic models
        return dict(value.model_dump())
    raise InputError(
        f"Row {place} is a {type(value).__name__}.", fix="Give each row as a dict (column to value) or as a string."
    )


loaders.add("rows", RowsLoader)
