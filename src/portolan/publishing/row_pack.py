"""The rows of a published site, a few a block, each block compressed by itself: one row costs a few kilobytes."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic_core import to_json

from portolan.core.compare import Shares
from portolan.core.pairs import readings_of
from portolan.publishing.packs import Pack, file_bytes
from portolan.publishing.redaction import Redaction
from portolan.types import ClusterIds, Points, Roles

BLOCK_BYTES = 20_000
"""About so much of JSON is one block: 4 to 8 kB compressed."""
MOST_ROWS = 64
LEVEL = 3


def write_rows(
    folder: Path,
    batches: Iterator[pa.RecordBatch],
    *,
    roles: Roles,
    redaction: Redaction,
    points: Points,
    layers: list[ClusterIds],
    kept: Mapping[str, Shares],
    index: Callable[[pa.RecordBatch], object] | None,
    on_done: Callable[[int], None],
) -> dict[str, Any]:
    """Write all rows, block after block; returns what a reader must know.

    Parameters
    ----------
    batches : iterator of RecordBatch
        `row_id` and every column that is published or that texts are made of, in row order.
    kept : mapping of str to ndarray of float32, shape (n_rows,)
        By further layout: the share of its neighbours that each row keeps there; NaN for none.
    index : callable, optional
        Given every batch, in order, on another thread than rows are written down on.
    on_done : callable
        Told how many rows are done.
    """
    sizes: list[int] = []
    per_block = 0
    left: list[bytes] = []
    n_done = 0
    with (
        Pack(folder, "rows", file_bytes=file_bytes(len(points))) as pack,
        ThreadPoolExecutor(1) as helper,
    ):
        waiting: Future[list[bytes]] | None = None

        def work(batch: pa.RecordBatch, lines: list[bytes]) -> list[bytes]:
            if index is not None:
                index(batch)
            return _blocks(lines, per_block)

        def flush() -> None:
            nonlocal waiting
            if waiting is not None:
                for piece in waiting.result():
                    pack.add(piece)
                    sizes.append(len(piece))
            waiting = None

        for batch in batches:
            left += row_lines(batch, roles=roles, redaction=redaction, points=points, layers=layers, kept=kept)
            n_done += batch.num_rows
            if not per_block:
                mean = sum(map(len, left)) / max(1, len(left))
                per_block = int(min(MOST_ROWS, max(1, BLOCK_BYTES // max(1, mean))))
            flush()
            whole = len(left) // per_block * per_block
            waiting = helper.submit(work, batch, left[:whole])
            left = left[whole:]
            on_done(n_done)
        flush()
        for piece in _blocks(left, per_block or 1):
            pack.add(piece)
            sizes.append(len(piece))
    (folder / "rows-sizes.bin").write_bytes(zlib.compress(np.array(sizes, "<u4").tobytes(), LEVEL))
    return {**pack.to_json(), "rows_a_block": per_block or 1, "n_blocks": len(sizes)}


def row_lines(
    batch: pa.RecordBatch,
    *,
    roles: Roles,
    redaction: Redaction,
    points: Points,
    layers: list[ClusterIds],
    kept: Mapping[str, Shares],
) -> list[bytes]:
    """Rows as the page takes them, but their ids: one JSON object each, on one line."""
    # By place: a column of the user's may be called row_id as well.
    row_ids = batch.column(0).to_numpy()
    given = batch.select(list(range(1, batch.num_columns)))
    readings = [None] * batch.num_rows if redaction.texts == "drop" else readings_of(given, roles)
    cells = given.select(list(redaction.columns)).to_pylist()
    clusters = np.stack([ids[row_ids] for ids in layers], axis=1).tolist() if layers else [[]] * batch.num_rows
    lines = []
    for place, (x, y), row, reading, path in zip(
        row_ids.tolist(), places_of(points, row_ids), cells, readings, clusters, strict=True
    ):
        shown = redaction.reading(reading or {})
        shares = {name: round(float(of[place]), 4) for name, of in kept.items() if np.isfinite(of[place])}
        answer = {
            "row_id": place, "x": x, "y": y, "clusters": path, "reading": shown, "columns": redaction.cells(row),
            "kept": shares,
        }  # fmt: skip
        lines.append(to_json(answer, inf_nan_mode="null"))
    return lines


def places_of(points: Points, row_ids: NDArray[np.int64]) -> list[tuple[float | None, float | None]]:
    """Positions, short: a hundred-thousandth of a map is less than a page can show."""
    return [
        (float(f"{x:.7g}"), float(f"{y:.7g}")) if np.isfinite(x) and np.isfinite(y) else (None, None)
        for x, y in points[row_ids].tolist()
    ]


def _blocks(lines: list[bytes], per_block: int) -> list[bytes]:
    return [zlib.compress(b"\n".join(lines[at : at + per_block]), LEVEL) for at in range(0, len(lines), per_block)]
