"""The tiles of a published site, and the same columns once more as one file each, for filters over all rows."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from portolan.core.columns import seconds_of
from portolan.store.files import write_errors
from portolan.types import FloatArray, Points

LEVEL = 5


def copy_tiles(
    source: Path, folder: Path, index: dict[str, Any], *, facets: frozenset[str], layouts: Sequence[str] = ()
) -> dict[str, Any]:
    """Copy the tiles of a layout into `folder`; returns its `tiles.json`.

    Of its columns `facets` alone, its own clusters, and those of the other `layouts` that are published.
    """
    columns = [
        column
        for column in index["columns"]
        if (column.get("of") in (None, *layouts) if column["kind"] == "cluster" else column["name"] in facets)
    ]
    kept = {**index, "columns": columns}
    names = ["xy", "row_id", *(column["slug"] for column in columns)]
    with write_errors(folder):
        for node in index["nodes"]:
            (folder / node["key"]).mkdir(parents=True, exist_ok=True)
            for name in names:
                shutil.copyfile(source / node["key"] / f"{name}.bin", folder / node["key"] / f"{name}.bin")
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
        (folder / "tiles.json").write_bytes(text.encode(errors="replace"))
    return kept


def write_columns(
    source: Path,
    folder: Path,
    index: dict[str, Any],
    *,
    points: Points,
    read: Callable[[str], pa.ChunkedArray] | None,
) -> None:
    """Write positions, row ids and codes of all rows in tile order, compressed, each as one file.

    Of numbers and times the values as well: codes are too coarse for a filter that names a value. `read` gives a column
    in row order; None: these values lie elsewhere.
    """
    keys = [node["key"] for node in index["nodes"]]
    with write_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        row_ids = _joined(source, keys, "row_id")
        places = np.frombuffer(row_ids, "<u4")
        _write(folder / "row_id.bin", row_ids)
        _write(folder / "xy.bin", np.ascontiguousarray(points[places], "<f4").tobytes())
        for column in index["columns"]:
            _write(folder / f"{column['slug']}.bin", _joined(source, keys, column["slug"]))
            if read is not None and column["kind"] in ("number", "time"):
                values = _numbers(read(column["name"]), is_time=column["kind"] == "time")
                _write(folder / f"{column['slug']}.values.bin", values[places].astype("<f8").tobytes())


def _numbers(column: pa.ChunkedArray, *, is_time: bool) -> FloatArray:
    """Numbers, or seconds since 1970; NaN where there is none."""
    array = column.combine_chunks()
    if is_time:
        return seconds_of(array)
    if pt.is_boolean(array.type):
        array = array.cast(pa.int8())
    numbers: FloatArray = pc.fill_null(array.cast(pa.float64(), safe=False), np.nan).to_numpy(zero_copy_only=False)
    return numbers


def _joined(source: Path, keys: Sequence[str], name: str) -> bytes:
    return b"".join((source / key / f"{name}.bin").read_bytes() for key in keys)


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(zlib.compress(data, LEVEL))
