"""By what a row is known again: a hash of what it holds, the same in a new map of the same data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.answers import jsonable


def content_hash(row: Mapping[str, Any]) -> int:
    """64 bits of BLAKE2b over the row's columns as JSON, in order of their names; a column without a value counts not.

    So the order of columns does not matter, nor a column that is empty here.
    """
    held = {name: jsonable(value) for name, value in row.items() if value is not None}
    text = json.dumps(held, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def content_hashes(batch: pa.RecordBatch | pa.Table) -> NDArray[np.uint64]:
    """Hash of each row of the user's columns: uint64, shape (n_rows,); a column `row_id` is no part of it."""
    names = [name for name in batch.schema.names if name != "row_id"]
    return np.array([content_hash(row) for row in batch.select(names).to_pylist()], dtype=np.uint64)
