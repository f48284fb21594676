"""Search at size: `python benchmarks/search.py 1000000 10000000`, a table in Markdown.

Texts are two definitions of the Open English WordNet each (`PORTOLAN_DATA`): their words are as frequent as words are.
Vectors are those of both together, from the bundled embedder, with noise; positions are drawn. Words are indexed and
vectors kept as a map's are. The server is a process of its own; each question is new to it.

- *search*: `/api/search`, by words and by meaning, fifty results with snippets; the slowest of its kind.
- *like a row*: the nearest to a row's vector. *text filter*, *meaning filter*: `/api/filter` with `text('…')` and
  `near('…', …)`, with the mask of all rows and the counts of every column.
- *opening*: from the start of the server until the first search is answered, nothing of the map in memory before.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

import explorer_own
from make_points_map import BLOCK, FIRST, draw_points, topics, write_tiles
from portolan.plugins import embedders
from portolan.stages.embed import keep_vectors, save_embedder
from portolan.store import FolderStore
from portolan.types import Roles

SEARCHES = {
    "a rare word": ["saxophone", "glacier", "violinist"],
    "a frequent word": ["used", "person", "water"],
    "several words": ["musical instrument with strings", "a small boat on a river", "disease of the skin"],
    "a phrase": ['"musical instrument"', '"genus of"', '"small boat"'],
    "frequent words": ["of the or in", "having a part of", "and with not"],
}
TEXT_FILTERS = {
    "of words": ["saxophone", "water", "musical instrument"],
    "of stop words": ["of the", "of a or the", "the -of"],
    "of a phrase": ['"musical instrument"', '"genus of"', '"of a"'],
}
MEANING_FILTERS = [
    "near('musical instruments', 0.5)",
    "near('diseases of the skin', 0.3)",
    "near(17, 0.6)",
    "near(4711, 0.2)",
]


def main() -> None:
    """Make what is missing, measure, print."""
    chosen = _arguments()
    chosen.maps.mkdir(parents=True, exist_ok=True)
    measured = {}
    for n_rows in chosen.rows:
        path = chosen.maps / f"search-{n_rows}.portolan"
        if not path.exists():
            make_map(path, n_rows)
        measured[f"{n_rows:,}"] = measure(path)
    names = list(next(iter(measured.values())))
    lines = [["", *measured], ["---", *["--:" for _ in measured]]]
    lines += [[name, *[f"{column[name]:,.0f}" for column in measured.values()]] for name in names]
    print("\n".join("| " + " | ".join(line) + " |" for line in lines))


def make_map(path: Path, n_rows: int) -> None:
    """Write a map of that many rows, with an index of its words and vectors to search."""
    rng = np.random.default_rng(0)
    definitions = _definitions()
    embedder = embedders.get("static")(None, random_state=0, threads=2)
    embedder.fit(lambda: [definitions], n_rows=len(definitions))
    basis = embedder.embed(definitions)
    texts = definitions.to_pylist()
    pairs = rng.integers(0, len(texts), (n_rows, 2))
    points, layers = draw_points(n_rows, seed=0)
    length = rng.lognormal(5, 0.8, n_rows).astype(np.float32)
    schema = pa.schema([("text", pa.large_string()), ("continent", pa.string()), ("length", pa.float32())])
    store = FolderStore.create(path, facts={"name": f"{n_rows:,} definitions, two by two"})

    def rows() -> Iterator[pa.RecordBatch]:
        for at in range(0, n_rows, BLOCK):
            some = pairs[at : at + BLOCK].tolist()
            continents = np.array(FIRST)[layers[2][at : at + BLOCK]]
            said = pa.array([f"{texts[one]}; {texts[other]}" for one, other in some], pa.large_string())
            yield pa.record_batch([said, pa.array(continents), pa.array(length[at : at + BLOCK])], schema=schema)

    def vectors() -> Iterator[np.ndarray]:
        for at in range(0, n_rows, BLOCK):
            one, other = pairs[at : at + BLOCK].T
            block = basis[one] + basis[other]
            block += rng.standard_normal(block.shape, np.float32) * np.float32(0.3 / np.sqrt(block.shape[1]))
            block /= np.linalg.norm(block, axis=1, keepdims=True) + 1e-9
            yield block

    with store.writing():
        store.write_rows(rows(), schema=schema, key="s-load")
        roles = Roles(kind="text", text="text", categories=("continent",), numbers=("length",))
        store.update({"roles": roles.to_json(), "roles_text": "text: text"})
        store.finish("load", key="s-load", info={"n_rows": n_rows, "source": "synthetic"})
        keep_vectors(store, vectors(), n_dims=embedder.n_dims, key="s-embed")
        with store.new_folder("embedder", key="s-embed") as folder:
            save_embedder(embedder, "static", folder)
        store.finish("embed", key="s-embed", info={"embedder": "static", "n_dims": embedder.n_dims, "layout": "chosen"})
        store.write_points(points, key="s-project")
        store.finish("project", key="s-project")
        store.write_clusters(layers, key="s-cluster")
        store.finish("cluster", key="s-cluster")
        store.write_table("topics", topics(points, layers), key="s-name")
        store.finish("name", key="s-name")
        write_tiles(store, points, layers, length)
        store.finish("tile", key="points-tile")
        store.write_search((batch.column("text") for batch in store.row_batches(columns=["text"])), key="s-index")
        store.finish("index", key="s-index")


def measure(path: Path) -> dict[str, float]:
    """Seconds and megabytes of the server, by what is asked."""
    found: dict[str, float] = {}
    started = time.perf_counter()
    with explorer_own.served(path) as url:
        _search(url, "lantern")
        found["opening, ms"] = (time.perf_counter() - started) * 1000
        # What is read after the first page is read now.
        time.sleep(10)
        for kind, queries in SEARCHES.items():
            found[f"search for {kind}, ms"] = max(_search(url, query) for query in queries)
        found["like a row, ms"] = max(_timed(url, f"/api/search?like={row}&limit=50") for row in (17, 4711, 90_000))
        for kind, texts in TEXT_FILTERS.items():
            found[f"text filter {kind}, ms"] = max(_filter(url, f"text('{text}')") for text in texts)
        found["meaning filter, ms"] = max(_filter(url, where) for where in MEANING_FILTERS)
        found["server's own memory, MB"] = _own_memory_mb(path)
    return found


def _search(url: str, query: str) -> float:
    return _timed(url, f"/api/search?q={urllib.parse.quote(query)}&limit=50")


def _filter(url: str, where: str) -> float:
    slugs = [column["slug"] for column in explorer_own._columns(url)]
    return _timed(
        url, "/api/filter", {"clauses": [{"key": "asked", "where": where}], "join": "and", "facets": slugs, "codes": []}
    )


def _timed(url: str, path: str, body: dict[str, Any] | None = None) -> float:
    started = time.perf_counter()
    explorer_own._ask(url, path, body)
    return (time.perf_counter() - started) * 1000


def _own_memory_mb(path: Path) -> float:
    """What the server of that map holds, files that are mapped from disk left out."""
    [server] = [
        one for one in Path("/proc").glob("[0-9]*") if str(path).encode() in (one / "cmdline").read_bytes().split(b"\0")
    ]
    lines = dict(line.split(":", 1) for line in (server / "status").read_text().splitlines())
    return int(lines["RssAnon"].split()[0]) / 1000


def _definitions() -> pa.LargeStringArray:
    file = Path(os.environ["PORTOLAN_DATA"]) / "open-english-wordnet" / "synsets.jsonl.gz"
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return pa.array([json.loads(line)["definition"] for line in lines], pa.large_string())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int, nargs="+")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "portolan-bench"
    parser.add_argument("--maps", type=Path, default=cache / "maps", help="folder to keep the synthetic maps in")
    return parser.parse_args()


if __name__ == "__main__":
    main()
