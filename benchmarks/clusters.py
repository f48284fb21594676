"""How well the clusters agree with known labels, beside plain Leiden.

    PORTOLAN_DATA=... python benchmarks/clusters.py [DATASET ...] [--rows N] [--embedder NAME]

For each labelled set: vectors by the default embedder, an exact graph of the 15 nearest rows, and on that same graph
our layers and igraph's Leiden (modularity, unweighted, resolutions 1 and 4). The figure is the adjusted mutual
information with the labels, of the best layer and of the better resolution; seconds are processor time of clustering
alone, all layers of ours and both resolutions of igraph's, its graph's making included.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import igraph
import numpy as np
import pyarrow as pa
from sklearn.metrics import adjusted_mutual_info_score

from portolan.core.cluster import cluster
from portolan.core.neighbors import Neighbors, find_neighbors
from portolan.plugins import embedders

Labelled = Iterator[tuple[str, str]]


def lines(path: Path) -> Iterator[dict]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file) if path.name.endswith(".csv.gz") else map(json.loads, file)


def banking77(data: Path) -> Labelled:
    for part in ("train", "test"):
        yield from ((row["text"], row["category"]) for row in lines(data / f"banking77/{part}.csv.gz"))


def ag_news(data: Path) -> Labelled:
    with gzip.open(data / "ag-news/test.csv.gz", "rt", encoding="utf-8", newline="") as file:
        yield from ((f"{title}. {text}", label) for label, title, text in csv.reader(file))


def arxiv(data: Path) -> Labelled:
    for row in lines(data / "arxiv-daily/papers.jsonl.gz"):
        yield f"{row['title']}. {row['summary']}", row["categories"][0]


def persona(data: Path) -> Labelled:
    for row in lines(data / "model-written-evals/persona.jsonl.gz"):
        yield row["statement"], row["persona"]


def wordnet(data: Path) -> Labelled:
    for row in lines(data / "open-english-wordnet/synsets.jsonl.gz"):
        if row["lexname"] not in ("adj.all", "adv.all"):
            yield row["definition"], row["lexname"]


SETS = {"banking77": banking77, "ag-news": ag_news, "arxiv": arxiv, "persona": persona, "wordnet": wordnet}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", nargs="*", default=list(SETS), metavar="DATASET", help=", ".join(SETS))
    parser.add_argument("--rows", type=int, default=20_000, help="rows of each set, evenly spaced")
    parser.add_argument("--embedder", default="static")
    arguments = parser.parse_args()
    print("| set | rows | ours: clusters, AMI | plain Leiden: clusters, AMI | difference | seconds: ours | plain |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name in arguments.datasets:
        texts, labels = sampled(SETS[name](Path(os.environ["PORTOLAN_DATA"])), arguments.rows)
        print(line(name, embedded(texts, arguments.embedder), labels), flush=True)


def sampled(rows: Labelled, n_rows: int) -> tuple[list[str], list[str]]:
    everything = list(rows)
    picks = np.unique(np.linspace(0, len(everything) - 1, n_rows).astype(int)) if n_rows else range(len(everything))
    return [everything[i][0] for i in picks], [everything[i][1] for i in picks]


def embedded(texts: list[str], embedder: str) -> np.ndarray:
    array = pa.array(texts, pa.large_string())
    built = embedders.get(embedder)(None, random_state=0)
    built.fit(lambda: iter([array]), n_rows=len(array))
    return built.embed(array)


def line(name: str, vectors: np.ndarray, labels: list[str]) -> str:
    # find_neighbors is exact up to about 30,000 rows.
    neighbors = find_neighbors(vectors, n_neighbors=15)
    cluster(neighbors, vectors=vectors)  # compiles
    start = time.process_time()
    layers = cluster(neighbors, vectors=vectors)
    ours_s = time.process_time() - start
    start = time.process_time()
    plain = plain_leiden(neighbors)
    plain_s = time.process_time() - start
    ours = max(agreement(labels, ids) for ids in layers)
    theirs = max(agreement(labels, ids) for ids in plain)
    return (
        f"| {name} | {len(labels):,} | {ours[1]}, {ours[0]:.3f} | {theirs[1]}, {theirs[0]:.3f} "
        f"| {ours[0] - theirs[0]:+.3f} | {ours_s:.1f} | {plain_s:.1f} |"
    )


def plain_leiden(neighbors: Neighbors) -> list[np.ndarray]:
    n_rows, n_neighbors = neighbors.ids.shape
    sources = np.repeat(np.arange(n_rows), n_neighbors)
    targets = neighbors.ids.ravel()
    pairs = np.stack([np.minimum(sources, targets), np.maximum(sources, targets)], axis=1)[targets >= 0]
    graph = igraph.Graph(n_rows, np.unique(pairs, axis=0))
    results = []
    for resolution in (1.0, 4.0):
        igraph.set_random_number_generator(random.Random(0))
        results.append(np.array(graph.community_leiden("modularity", resolution=resolution).membership))
    return results


def agreement(labels: list[str], ids: np.ndarray) -> tuple[float, int]:
    has_text = ids >= 0
    known = np.asarray(labels)[has_text]
    return float(adjusted_mutual_info_score(known, ids[has_text])), int(ids.max()) + 1


if __name__ == "__main__":
    main()
