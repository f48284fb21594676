"""Neighbour search beside faiss IVF and pynndescent, on the same vectors: `neighbors.py --cache FOLDER [--set arxiv]`.

FOLDER is that of `layout.py`: it keeps the vectors. Two threads each; wall and CPU seconds from vectors to 15
neighbours, building an index included; recall@15 against exact search on a sample of 1,000 rows. "cold" is a process'
first search: pynndescent compiles anew in each process, ours once on a machine (its kernels are kept on disk).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from layout import SETS, sample_of
from portolan.core.metrics import knn_recall
from portolan.core.neighbors import Neighbors, find_neighbors
from portolan.types import Vectors

N_NEIGHBORS = 15
N_THREADS = 2
N_PROBES = (4, 8, 16, 32)


def ours(vectors: Vectors) -> Neighbors:
    return find_neighbors(vectors, n_neighbors=N_NEIGHBORS, threads=N_THREADS)


def faiss_ivf(vectors: Vectors, *, n_probes: int) -> Neighbors:
    import faiss

    faiss.omp_set_num_threads(N_THREADS)
    n_dims = vectors.shape[1]
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(n_dims), n_dims, 512, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors[:25_000])
    index.add(vectors)
    index.nprobe = n_probes
    similarities, ids = index.search(vectors, N_NEIGHBORS + 1)
    return without_self(ids, 1 - similarities)


def pynndescent(vectors: Vectors) -> Neighbors:
    from pynndescent import NNDescent

    ids, distances = NNDescent(
        vectors, metric="cosine", n_neighbors=N_NEIGHBORS + 1, random_state=0, n_jobs=N_THREADS
    ).neighbor_graph
    return without_self(ids, distances)


def without_self(ids: np.ndarray, distances: np.ndarray) -> Neighbors:
    """The row itself taken out of each list; the last where it is not there."""
    is_self = ids == np.arange(len(ids))[:, None]
    is_self[~is_self.any(axis=1), -1] = True
    shape = (len(ids), N_NEIGHBORS)
    return Neighbors(ids[~is_self].reshape(shape).astype(np.int32), distances[~is_self].reshape(shape))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--set", choices=list(SETS), default="arxiv")
    parser.add_argument("--rows", type=int, default=120_000)
    options = parser.parse_args()
    vectors, _labels = sample_of(options.set, options.cache, n_rows=options.rows, seed=0)
    searches: list[tuple[str, Callable[[], Neighbors]]] = [
        ("ours, cold", lambda: ours(vectors)),
        ("ours, warm", lambda: ours(vectors)),
        *((f"faiss IVF512, {n} probes", lambda n=n: faiss_ivf(vectors, n_probes=n)) for n in N_PROBES),
        ("pynndescent, cold", lambda: pynndescent(vectors)),
        ("pynndescent, warm", lambda: pynndescent(vectors)),
    ]
    print(f"{options.set}, {vectors.shape[0]:,} rows, {vectors.shape[1]} dimensions\n")
    print("| search | wall s | cpu s | recall@15 |\n| --- | ---: | ---: | ---: |")
    for name, search in searches:
        wall, cpu = time.perf_counter(), time.process_time()
        found = search()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(f"| {name} | {wall:.1f} | {cpu:.1f} | {knn_recall(vectors, found):.3f} |", flush=True)


if __name__ == "__main__":
    main()
