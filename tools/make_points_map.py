"""Write a map of synthetic points, to try the page at any size: `python tools/make_points_map.py 1000000 OUT.portolan`.

The points are drawn from nested normal distributions (continents, countries, towns), the texts say where each row
lies. It is a whole map as the server sees it, but nothing was embedded: use it to measure the page, never the pipeline.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from portolan.core.tile_columns import encode_column
from portolan.core.tiles import tile
from portolan.store import FolderStore
from portolan.types import ClusterIds, Points, Roles

BRANCHES = (14, 9, 7)
"""Continents, countries in each, towns in each of those."""
SPREAD = (1.0, 0.17, 0.055, 0.022)
BLOCK = 100_000
EXEMPLARS_FROM = 500_000
FIRST = ["Azure", "Amber", "Cedar", "Coral", "Ember", "Fjord", "Heron", "Ivory", "Juniper", "Lichen", "Maple", "Ochre",
         "Pearl", "Saffron"]  # fmt: skip
SECOND = ["bay", "cape", "delta", "forest", "harbour", "hills", "island", "lake", "meadow"]
THIRD = ["market", "mill", "bridge", "school", "tower", "garden", "quay"]


def main() -> None:
    """Make the map the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    started = time.perf_counter()
    make_points_map(chosen.out, n_rows=chosen.rows, seed=chosen.seed)
    print(f"{chosen.rows:,} rows in {time.perf_counter() - started:.1f} s: {chosen.out}")


def make_points_map(out: Path, *, n_rows: int, seed: int = 0) -> None:
    """Write a map of `n_rows` synthetic points to the folder `out`."""
    points, layers = draw_points(n_rows, seed=seed)
    rng = np.random.default_rng((seed, 1))
    length = rng.lognormal(5, 0.8, n_rows).astype(np.float32)
    store = FolderStore.create(
        out, facts={"name": f"{n_rows:,} synthetic rows", "description": "Points for benchmarks"}
    )
    with store.writing():
        schema = pa.schema([("text", pa.string()), ("continent", pa.string()), ("length", pa.float32())])
        store.write_rows(_rows(layers, length, schema), schema=schema, key="points")
        roles = Roles(kind="text", text="text", categories=("continent",), numbers=("length",))
        store.update({"roles": roles.to_json(), "roles_text": "text: text · category: continent · number: length"})
        store.finish("load", key="points", info={"n_rows": n_rows, "source": "synthetic"})
        # Directions on the map stand for meaning: neighbours are neighbours.
        vectors = np.concatenate([points, np.full((n_rows, 1), 4.0, np.float32)], axis=1)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        store.write_vectors((vectors[at : at + BLOCK] for at in range(0, n_rows, BLOCK)), n_dims=3, key="points-embed")
        store.finish("embed", key="points-embed")
        store.write_points(points, key="points-project")
        store.finish("project", key="points-project")
        store.write_clusters(layers, key="points-cluster")
        store.finish("cluster", key="points-cluster")
        store.write_table("topics", topics(points, layers), key="points-name")
        store.finish("name", key="points-name")
        write_tiles(store, points, layers, length)
        store.finish("tile", key="points-tile")


def write_tiles(store: FolderStore, points: Points, layers: list[ClusterIds], length: np.ndarray) -> None:
    """Encode the columns, tile the points, write the tiles."""
    continent = pa.array(np.array(FIRST)[layers[2]])
    columns = [
        encode_column("continent", continent, kind="category"),
        encode_column("length", length, kind="number"),
        *(encode_column(f"cluster_{layer}", ids, kind="cluster", layer=layer) for layer, ids in enumerate(layers)),
    ]
    tiling = tile(points, np.arange(len(points), dtype=np.int64))
    kept = [column for column in columns if column is not None]
    store.write_tiles(tiling, points=points, columns=kept, layout="points", key="points-tile")


def retile(out: Path) -> dict[str, float]:
    """Tile a map that `make_points_map` made once more, aside: seconds, and peak memory of this process in MB."""
    store = FolderStore.open(out)
    points, layers = store.read_points(), store.read_clusters()
    length = store.read_rows(columns=["length"]).column("length").to_numpy()
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        aside = FolderStore.create(Path(folder) / "aside", facts={})
        started = time.perf_counter()
        write_tiles(aside, points, layers, length)
        seconds = time.perf_counter() - started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"tiling s": round(seconds, 2), "tiling peak MB": round(peak_mb)}


def draw_points(n_rows: int, *, seed: int) -> tuple[Points, list[ClusterIds]]:
    """Positions, float32 (n_rows, 2), and each row's cluster in three layers, the finest first."""
    rng = np.random.default_rng((seed, 0))
    angles = rng.uniform(0, 2 * np.pi, BRANCHES[0])
    centres = (np.sqrt(rng.uniform(0, 1, BRANCHES[0])) * [np.cos(angles), np.sin(angles)]).T
    for level, n_children in enumerate(BRANCHES[1:], start=1):
        around = rng.normal(scale=SPREAD[level], size=(len(centres), n_children, 2))
        centres = (centres[:, None] + around).reshape(-1, 2)
    weights = rng.dirichlet(np.full(len(centres), 1.2))
    towns = rng.choice(len(centres), size=n_rows, p=weights).astype(np.int32)
    reach = SPREAD[3] * rng.uniform(0.4, 1.8, len(centres))
    points = np.empty((n_rows, 2), np.float32)
    for at in range(0, n_rows, BLOCK):
        block = towns[at : at + BLOCK]
        points[at : at + BLOCK] = centres[block] + rng.normal(size=(len(block), 2)) * reach[block, None]
    countries = (towns // BRANCHES[2]).astype(np.int32)
    return points, [towns, countries, (countries // BRANCHES[1]).astype(np.int32)]


def topics(points: Points, layers: list[ClusterIds]) -> pa.Table:
    """The table of clusters."""
    lines = []
    for layer, ids in enumerate(layers):
        sizes = np.bincount(ids)
        # The rows are in no order: the first of them hold some of every cluster but the smallest.
        first = ids[:EXEMPLARS_FROM]
        xs, ys = (np.bincount(ids, points[:, axis]) / np.maximum(sizes, 1) for axis in (0, 1))
        for cluster in np.flatnonzero(sizes).tolist():
            parent = -1 if layer == 2 else cluster // BRANCHES[2 - layer]
            lines.append(
                {
                    "cluster_id": cluster,
                    "layer": layer,
                    "parent_id": parent,
                    "name": _name(layer, cluster),
                    "keyphrases": [_name(layer, cluster).lower()],
                    "size": int(sizes[cluster]),
                    "exemplars": np.flatnonzero(first == cluster)[:3].tolist(),
                    "density": 1.0,
                    "x": float(xs[cluster]),
                    "y": float(ys[cluster]),
                }
            )
    return pa.Table.from_pylist(lines)


def _name(layer: int, cluster: int) -> str:
    town = cluster if layer == 0 else None
    country = cluster // BRANCHES[2] if layer == 0 else cluster if layer == 1 else None
    continent = cluster if country is None else country // BRANCHES[1]
    parts = [FIRST[continent]]
    if country is not None:
        parts.append(SECOND[country % BRANCHES[1]])
    if town is not None:
        parts.append(THIRD[town % BRANCHES[2]])
    return " ".join(parts)


def _rows(layers: list[ClusterIds], length: np.ndarray, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    towns, _, continents = layers
    for at in range(0, len(length), BLOCK):
        stop = min(at + BLOCK, len(length))
        texts = [f"Row {row} speaks of {_name(0, town)}." for row, town in enumerate(towns[at:stop].tolist(), start=at)]
        yield pa.record_batch(
            [pa.array(texts), pa.array(np.array(FIRST)[continents[at:stop]]), pa.array(length[at:stop])], schema=schema
        )


if __name__ == "__main__":
    main()
