"""A small map in memory that answers what the server asks: real arrays, real files, no pipeline."""

import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from portolan.errors import NotFoundError
from portolan.stages import STAGES
from portolan.types import Roles


@dataclass(frozen=True)
class FakeHit:
    row_id: int
    score: float
    snippet: list
    found_by: tuple


class FakeMap:
    """Rows of `table` with positions, two layers of clusters and vectors, all made from a fixed seed."""

    kind = "text"
    name = "A map"
    description = "For tests"
    roles = Roles(kind="text", text="text", categories=("topic",))
    roles_text = "text: text · category: topic"
    quality = {"trustworthiness": 0.9, "knn_recall": float("nan")}  # noqa: RUF012 - read, never written
    is_searchable = True
    layout_id = "chosen-1"

    def __init__(self, path, table=None):
        manifest = json.loads((path / "map.json").read_text())
        self.path = path
        self.version = manifest["version"]
        self.stages = {stage: {"seconds": 1.0} for stage in STAGES[: manifest["n_stages"]]}
        self.table = default_table() if table is None else table
        self.n_rows = len(self.table)
        rng = np.random.default_rng(0)
        self.points = rng.normal(size=(self.n_rows, 2)).astype(np.float32)
        vectors = rng.normal(size=(self.n_rows, 8)).astype(np.float32)
        self.vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        self.cluster_layers = [np.arange(self.n_rows, dtype=np.int32) % 4, np.arange(self.n_rows, dtype=np.int32) % 2]
        self.layers = [(0, 4), (1, 2)]
        self.columns = [(field.name, str(field.type)) for field in self.table.schema]

    layouts = {}  # noqa: RUF012 - read, never written

    def fit_tiles(self):
        pass

    def layout_notes(self):
        return []

    def kept_of(self, row_ids):
        return [{} for _ in row_ids]

    def clusters_table(self):
        rows = []
        for layer, ids in enumerate(self.cluster_layers):
            for cluster_id in np.unique(ids).tolist():
                members = np.flatnonzero(ids == cluster_id)
                x, y = self.points[members].mean(axis=0).tolist()
                rows.append(
                    {
                        "cluster_id": cluster_id,
                        "layer": layer,
                        "parent_id": cluster_id % 2 if layer == 0 else -1,
                        "name": f"Cluster of {cluster_id}",
                        "keyphrases": ["one", "two"],
                        "size": len(members),
                        "exemplars": members[:2].tolist(),
                        "density": float("nan"),
                        "x": x,
                        "y": y,
                        "found": [],
                        "origin": None,
                    }
                )
        return pa.Table.from_pylist(rows)

    @property
    def filterer(self):
        raise NotFoundError("A map of this kind has no filters.", fix="Make a real one.")

    def tiles_folder(self):
        return self.path / "tiles" / self.layout_id

    def rows_by_id(self, row_ids):
        missing = [row_id for row_id in row_ids if row_id >= self.n_rows]
        if missing:
            raise NotFoundError(f"There is no row {missing[0]}.", fix=f"Rows are 0 to {self.n_rows - 1}.")
        return self.table.take(list(row_ids)).to_pylist()

    def reading(self, row):
        return {"kind": "text", "text": row["text"] or ""}

    def points_of(self, row_ids):
        return self.points[list(row_ids)]

    def cluster_ids_of(self, row_ids):
        return [layer[list(row_ids)] for layer in self.cluster_layers]

    def neighbors(self, row_ids, n_neighbors):
        self.rows_by_id(row_ids)
        similarities = self.vectors[list(row_ids)] @ self.vectors.T
        similarities[np.arange(len(row_ids)), list(row_ids)] = -2
        ids = np.argsort(-similarities, axis=1)[:, : min(n_neighbors, self.n_rows - 1)]
        return ids, np.take_along_axis(similarities, ids, axis=1)

    def search(self, query, *, limit, like=None, where=None):
        if like is not None:
            ids, similarities = self.neighbors([like], limit)
            return [
                FakeHit(int(i), float(s), [("", False)], ("meaning",))
                for i, s in zip(ids[0], similarities[0], strict=True)
            ]
        if query == "slow":
            time.sleep(30)
        texts = self.table["text"].to_pylist()
        found = [i for i, text in enumerate(texts) if text and query in text][:limit]
        return [FakeHit(i, 1.0, [(texts[i][: texts[i].index(query)], False), (query, True)], ("words",)) for i in found]


def default_table():
    return pa.table({"text": [f"row {i} speaks" for i in range(20)], "topic": ["a", "b"] * 10})


def make_fake_map(path, *, n_stages=None, version="1"):
    """A map folder with a manifest and one tile."""
    path.mkdir(parents=True, exist_ok=True)
    draft = path / "map.json.draft"
    draft.write_text(json.dumps({"version": version, "n_stages": n_stages}))
    draft.replace(path / "map.json")
    tile = path / "tiles" / FakeMap.layout_id / "0" / "0" / "0"
    tile.mkdir(parents=True, exist_ok=True)
    (tile / "xy.bin").write_bytes(bytes(range(160)))
    (tile.parent.parent.parent / "tiles.json").write_text(json.dumps({"version": 1, "nodes": []}))
    return path


if __name__ == "__main__":
    import sys

    from portolan.server.run import serve

    arguments = dict(argument.split("=") for argument in sys.argv[2:])
    port = int(arguments["port"]) if "port" in arguments else None
    idle_s = float(arguments["idle_s"]) if "idle_s" in arguments else None
    serve(Path(sys.argv[1]), port=port, idle_s=idle_s, open_map=FakeMap)
