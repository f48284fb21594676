"""Quality and CPU time of our layout against umap-learn's defaults, on the same vectors.

    PORTOLAN_DATA=… python benchmarks/layout.py --cache FOLDER [--rows 6000 20000] [--sets persona …] [--seeds 10 11]

FOLDER keeps what is slow: vectors by the default embedder (SET.npy) and labels (SET_y.npy), umap-learn's layouts and
their seconds. Put other vectors there under those names to compare on them. Each seed draws another sample; figures are
means over the seeds. A set with fewer rows than asked is used whole. CPU seconds are told, since they suffer less from
what else the machine does.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.metrics import global_order, label_accuracy, neighbor_recall, trustworthiness
from portolan.core.neighbors import find_neighbors
from portolan.core.project import project
from portolan.embedders.static import StaticEmbedder
from portolan.types import Points, Vectors

_BATCH_ROWS = 8192
Labelled = list[tuple[str, str]]


def json_rows(path: str) -> list[dict]:
    with gzip.open(Path(os.environ["PORTOLAN_DATA"]) / path, "rt") as file:
        return [json.loads(line) for line in file]


def csv_rows(path: str) -> list[dict]:
    with gzip.open(Path(os.environ["PORTOLAN_DATA"]) / path, "rt", newline="") as file:
        return list(csv.DictReader(file))


def wordnet() -> Labelled:
    rows = json_rows("open-english-wordnet/synsets.jsonl.gz")
    # adj.all and adv.all are no topics.
    topics = [row for row in rows if row["lexname"] not in ("adj.all", "adv.all")]
    return [(definition_of(row), row["lexname"]) for row in topics]


def definition_of(row: dict) -> str:
    return row["definition"] if isinstance(row["definition"], str) else " ".join(row["definition"])


SETS: dict[str, Callable[[], Labelled]] = {
    "persona": lambda: [(r["statement"], r["persona"]) for r in json_rows("model-written-evals/persona.jsonl.gz")],
    "wordnet": wordnet,
    "arxiv": lambda: [
        (f"{r['title']} {r['summary']}", r["categories"][0])
        for r in json_rows("arxiv-daily/papers.jsonl.gz")
        if r["categories"]
    ],
    "banking77": lambda: [
        (r["text"], r["category"]) for part in ("train", "test") for r in csv_rows(f"banking77/{part}.csv.gz")
    ],
    "edos": lambda: [(r["text"], r["label_category"]) for r in csv_rows("edos/edos_labelled_aggregated.csv.gz")],
}


def vectors_of(name: str, cache: Path) -> tuple[Vectors, NDArray[np.int64]]:
    """Vectors by the default embedder and labels of a whole set, in the order of its file; made once."""
    if not (cache / f"{name}.npy").exists():
        rows = SETS[name]()
        texts = pa.array([text for text, _label in rows])
        embedder = StaticEmbedder()
        batches = [texts[start : start + _BATCH_ROWS] for start in range(0, len(texts), _BATCH_ROWS)]
        embedder.fit(lambda: iter(batches), n_rows=len(texts))
        np.save(cache / f"{name}.npy", np.concatenate([embedder.embed(batch) for batch in batches]))
        np.save(cache / f"{name}_y.npy", np.unique([label for _text, label in rows], return_inverse=True)[1])
    return np.load(cache / f"{name}.npy"), np.load(cache / f"{name}_y.npy")


def sample_of(name: str, cache: Path, *, n_rows: int, seed: int) -> tuple[Vectors, NDArray[np.int64]]:
    """`n_rows` rows with words, drawn with `seed`, in random order."""
    vectors, labels = vectors_of(name, cache)
    rows = np.random.default_rng(seed).permutation(np.flatnonzero(vectors.any(axis=1)))[:n_rows]
    return vectors[rows], labels[rows]


def ours(vectors: Vectors) -> tuple[Points, float, float]:
    """Our layout, CPU seconds of neighbours and of projection."""
    begin = time.process_time()
    neighbors = find_neighbors(vectors)
    middle = time.process_time()
    points = project(vectors, neighbors)
    return points, middle - begin, time.process_time() - middle


def theirs(vectors: Vectors, kept: Path) -> tuple[Points, float]:
    """umap-learn's layout with its defaults and the CPU seconds of `fit_transform`; made once."""
    if not kept.exists():
        import umap

        umap.UMAP(n_epochs=2).fit_transform(vectors[:5000])  # compiles
        begin = time.process_time()
        points = umap.UMAP().fit_transform(vectors)
        kept.with_suffix(".json").write_text(json.dumps({"cpu_s": time.process_time() - begin}))
        np.save(kept, points)
    note = kept.with_suffix(".json")
    return np.load(kept), json.loads(note.read_text())["cpu_s"] if note.exists() else float("nan")


def measures(vectors: Vectors, points: Points, labels: NDArray[np.int64]) -> list[float]:
    return [
        trustworthiness(vectors, points),
        label_accuracy(points, labels),
        neighbor_recall(vectors, points),
        neighbor_recall(vectors, points, n_shown=100),
        global_order(vectors, points, labels),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--rows", type=int, nargs="+", default=[6000, 20_000, 120_000])
    parser.add_argument("--sets", nargs="+", default=list(SETS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[10, 11, 12])
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    warm = np.random.default_rng(0).normal(size=(2000, 16)).astype(np.float32)
    project(warm, find_neighbors(warm), n_epochs=2)  # compiles
    print("| set | rows | layout | cpu s | trust | label acc | recall@15 | in 100 | global order |")
    print("| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name in options.sets:
        n_most = int(vectors_of(name, options.cache)[0].any(axis=1).sum())
        for n_rows in sorted({min(n_rows, n_most) for n_rows in options.rows}):
            compare(name, n_rows=n_rows, seeds=options.seeds, cache=options.cache)


def compare(name: str, *, n_rows: int, seeds: list[int], cache: Path) -> None:
    """Print a row for umap-learn and one for us: means over samples drawn with `seeds`."""
    their_figures, our_figures = [], []
    for seed in seeds:
        vectors, labels = sample_of(name, cache, n_rows=n_rows, seed=seed)
        peer, peer_s = theirs(vectors, cache / f"umap_{name}_{n_rows}_{seed}.npy")
        points, neighbors_s, project_s = ours(vectors)
        their_figures.append([peer_s, *measures(vectors, peer, labels)])
        our_figures.append([neighbors_s, project_s, *measures(vectors, points, labels)])
    peer_s, *their_means = np.mean(their_figures, axis=0)
    neighbors_s, project_s, *our_means = np.mean(our_figures, axis=0)
    for layout, seconds, means in (
        ("umap-learn", f"{peer_s:.1f}", their_means),
        ("ours", f"{neighbors_s:.1f} + {project_s:.1f}", our_means),
    ):
        print(f"| {name} | {n_rows:,} | {layout} | {seconds} | {' | '.join(f'{m:.3f}' for m in means)} |", flush=True)


if __name__ == "__main__":
    main()
