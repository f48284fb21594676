"""Time and memory to tile n points with six columns: python benchmarks/tiles.py [n_points] (10 million by default)."""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from portolan.core.tile_columns import TileColumn, encode_column
from portolan.core.tiles import tile
from portolan.store.tile_files import write_tiles


def peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n_points", type=int, nargs="?", default=10_000_000)
    n_rows = parser.parse_args().n_points
    random = np.random.default_rng(0)
    centers = random.normal(size=(200, 2)).astype(np.float32) * 10
    group = random.integers(0, 200, n_rows)
    points = centers[group] + random.normal(size=(n_rows, 2)).astype(np.float32)
    words = pa.array([f"value {i}" for i in range(1000)])
    days = pa.array(random.integers(0, 10**9, n_rows)).cast(pa.timestamp("s"))
    row_ids = np.arange(n_rows)
    tile(points[:1000], row_ids[:1000])  # compiles, or loads what was compiled before
    print(f"{n_rows:,} points made; {peak_mb()} MB")

    began, began_cpu = time.perf_counter(), time.process_time()
    tiling = tile(points, row_ids)
    grown = time.perf_counter()
    print(f"tree: {grown - began:.2f} s, {tiling.n_nodes:,} nodes, depth {tiling.depth.max()}; peak {peak_mb()} MB")
    columns: list[TileColumn | None] = [
        encode_column("cluster_0", (group * 50 % 9973).astype(np.int32), kind="cluster", layer=0),
        encode_column("cluster_1", group.astype(np.int32), kind="cluster", layer=1),
        encode_column("word", words.take(pa.array(group * 5 % 1000)), kind="category"),
        encode_column("number", random.normal(size=n_rows), kind="number"),
        encode_column("day", days, kind="time"),
        encode_column("flag", group % 2 == 0, kind="boolean"),
    ]
    encoded = time.perf_counter()
    print(f"codes of {len(columns)} columns: {encoded - grown:.2f} s; peak {peak_mb()} MB")
    with tempfile.TemporaryDirectory() as folder:
        known = [column for column in columns if column is not None]
        write_tiles(Path(folder), tiling, points=points, row_ids=row_ids, columns=known)
        wrote = time.perf_counter()
        sizes = [file.stat().st_size for file in Path(folder).rglob("*") if file.is_file()]
    print(f"files: {wrote - encoded:.2f} s, {len(sizes):,} files, {sum(sizes) / 1e6:.0f} MB, largest {max(sizes):,} B")
    print(f"all: {wrote - began:.2f} s, {time.process_time() - began_cpu:.2f} s of CPU; peak {peak_mb()} MB")


if __name__ == "__main__":
    main()
