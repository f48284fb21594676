"""A tiling as files: `z/x/y/xy.bin`, `row_id.bin`, one file of codes per column, and `tiles.json` that lists them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portolan.core.tile_columns import TileColumn
from portolan.core.tiles import Tiling, relative_positions
from portolan.store.files import replace_file
from portolan.types import Points, RowIds

INDEX = "tiles.json"


def write_tiles(
    folder: Path, tiling: Tiling, *, points: Points, row_ids: RowIds, columns: Sequence[TileColumn]
) -> None:
    """Write a tiling and its columns into an empty folder, whose name is the layout's."""
    for node in range(tiling.n_nodes):
        below = folder / tiling.key(node)
        below.mkdir(parents=True, exist_ok=True)
        _write(below / "xy.bin", relative_positions(tiling, points, node).astype("<f4"))
        _write(below / "row_id.bin", row_ids[tiling.places(node)].astype("<u4"))
    entries = [_write_column(folder, tiling, column) for column in columns]
    _write_index(folder, {"layout": folder.name, **tiling.to_json(), "columns": entries})


def add_columns(folder: Path, tiling: Tiling, columns: Sequence[TileColumn]) -> None:
    """Add columns, in place of those of the same name; whoever reads the former `tiles.json` finds its files still."""
    index = read_index(folder)
    before = {entry["slug"] for entry in index["columns"]}
    added = [_write_column(folder, tiling, column) for column in columns]
    names = {entry["name"] for entry in added}
    entries = [entry for entry in index["columns"] if entry["name"] not in names] + added
    _write_index(folder, {**index, "columns": entries})
    kept = {f"{slug}.bin" for slug in before | {entry["slug"] for entry in entries}} | {"xy.bin", "row_id.bin"}
    for file in folder.glob("*/*/*/*.bin"):
        if file.name not in kept:
            file.unlink(missing_ok=True)


def drop_columns(folder: Path, names: Sequence[str]) -> None:
    """Take columns out of `tiles.json`; their files stay until columns are added again."""
    index = read_index(folder)
    _write_index(folder, {**index, "columns": [entry for entry in index["columns"] if entry["name"] not in names]})


def read_index(folder: Path) -> dict[str, Any]:
    """What `tiles.json` says. Not to be changed: it is kept for as long as the file stays as it is."""
    stat = (folder / INDEX).stat()
    return _index_as_it_is(folder, (stat.st_mtime_ns, stat.st_size, stat.st_ino))


@lru_cache(maxsize=8)
def _index_as_it_is(folder: Path, _stamp: tuple[int, int, int]) -> dict[str, Any]:
    index: dict[str, Any] = json.loads((folder / INDEX).read_bytes())
    return index


def read_codes(folder: Path, slug: str, *, dtype: str) -> NDArray[Any]:
    """Codes of a column, of all rows in tile order."""
    names = (node["key"] for node in read_index(folder)["nodes"])
    return np.frombuffer(b"".join((folder / name / f"{slug}.bin").read_bytes() for name in names), dtype=dtype)


def read_tiling(folder: Path, order: NDArray[np.uint32]) -> Tiling:
    """The tiling that `write_tiles` wrote, with the tile order that the store keeps beside it."""
    index = read_index(folder)
    nodes = index["nodes"]
    keys = np.array([[int(part) for part in node["key"].split("/")] for node in nodes], dtype=np.int32).reshape(-1, 3)
    start, count = (np.array([node[name] for node in nodes], dtype=np.int64) for name in ("start", "count"))
    root = (index["x"], index["y"], index["size"], index["capacity"])
    return Tiling(*root, keys[:, 0], keys[:, 1], keys[:, 2], start, count, order)


def _write_column(folder: Path, tiling: Tiling, column: TileColumn) -> dict[str, Any]:
    """Write a column's codes; returns its entry. Its slug has a hash of the codes: no file ever changes."""
    codes = np.ascontiguousarray(column.codes[tiling.order].astype(column.codes.dtype.newbyteorder("<")))
    letters = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in column.name)[:40]
    slug = f"{letters}-{sha256(column.name.encode(errors='replace') + codes.tobytes()).hexdigest()[:10]}"
    for node in range(tiling.n_nodes):
        start = tiling.start[node]
        _write(folder / tiling.key(node) / f"{slug}.bin", codes[start : start + tiling.count[node]])
    return {**column.description, "slug": slug}


def _write(path: Path, array: NDArray[Any]) -> None:
    # Not array.tofile(path): on a full disk its error does not say why.
    path.write_bytes(array.tobytes())


def _write_index(folder: Path, index: dict[str, Any]) -> None:
    replace_file(folder / INDEX, json.dumps(index, ensure_ascii=False, separators=(",", ":")).encode(errors="replace"))
