"""Quality of the default embedding beside its teacher's, on labelled sets: `embedding.py DATA CACHE [--cached-only]`.

The measure is the accuracy of the label that most of a row's 10 nearest neighbours (cosine) carry, with 80 % of the
rows known and 20 % asked for. None of the texts was fitted on (`tools/static_texts.py`); the corpus-fitted part sees
the texts of the set it is measured on, without labels, as it does in use. CACHE keeps the teacher's vectors, which take
long; with --cached-only, sets without them are left out of that row.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))

from portolan.core.lsa import embed_lsa, fit_lsa, unit_rows
from portolan.core.words import scan_words
from portolan.plugins import embedders
from portolan.types import Vectors
from static_fit import bags_of, first_table
from static_teacher import Teacher, teacher_folder
from static_texts import LabelledSet, labelled_sets

N_NEIGHBORS = 10


def label_accuracy(vectors: Vectors, labels: list[str], *, random_state: int = 0) -> float:
    """Share of the asked rows whose neighbours' most frequent label (the nearest's, in a tie) is their own."""
    _, codes = np.unique(labels, return_inverse=True)
    order = np.random.default_rng(random_state).permutation(len(codes))
    asked, known = order[: len(codes) // 5], order[len(codes) // 5 :]
    likeness = vectors[asked] @ vectors[known].T
    nearest = np.argsort(-likeness, axis=1, kind="stable")[:, :N_NEIGHBORS]
    votes = np.zeros((len(asked), codes.max() + 1))
    for place in range(N_NEIGHBORS):
        closeness = np.take_along_axis(likeness, nearest[:, place : place + 1], axis=1)[:, 0]
        votes[np.arange(len(asked)), codes[known][nearest[:, place]]] += 1 + 1e-3 * closeness
    return float((votes.argmax(axis=1) == codes[asked]).mean())


def teacher_vectors(labelled: LabelledSet, cache: Path, *, is_cached_only: bool) -> Vectors | None:
    path = cache / f"eval_{labelled.name}.npy"
    if not path.exists() and is_cached_only:
        return None
    if not path.exists():
        np.save(path, Teacher(cache, is_exact=True).embed(labelled.texts, max_pieces=256))
    return np.load(path).astype(np.float32)


def static_vectors(labelled: LabelledSet) -> Vectors:
    texts = pa.array(labelled.texts, pa.large_string())
    embedder = embedders.get("static")(threads=1)
    embedder.fit(lambda: iter([texts]), n_rows=len(texts))
    return embedder.embed(texts)


def table_vectors(labelled: LabelledSet) -> Vectors:
    return embedders.get("static")(threads=1).embed(pa.array(labelled.texts, pa.large_string()))


def lsa_vectors(labelled: LabelledSet) -> Vectors:
    scan = scan_words(pa.array(labelled.texts, pa.large_string()), max_words=1024)
    return embed_lsa(scan, fit_lsa(scan, n_dims=256))


def unfitted_vectors(labelled: LabelledSet, cache: Path) -> Vectors:
    """The teacher's vectors of single word pieces, weighted by rarity: distillation without fitting."""
    bags = bags_of(labelled.texts, str(teacher_folder() / "vocab.txt"), max_words=1024)
    table = first_table(np.load(cache / "tokens.npy"), bags, np.eye(384, dtype=np.float32))
    sums = np.zeros((len(labelled.texts), 384), np.float32)
    np.add.at(sums, np.repeat(np.arange(len(sums)), np.diff(bags.indptr)), table[bags.pieces])
    return unit_rows(sums)


def main(data: Path, cache: Path, *, is_cached_only: bool) -> None:
    sets = labelled_sets(data)
    ways: dict[str, Callable[[LabelledSet], Vectors | None]] = {
        "all-MiniLM-L6-v2": lambda s: teacher_vectors(s, cache, is_cached_only=is_cached_only),
        "static": static_vectors,
        "its table alone": table_vectors,
        "its table, not fitted": lambda s: unfitted_vectors(s, cache),
        "TF-IDF + SVD, 256": lsa_vectors,
    }
    found: dict[str, dict[str, float]] = {}
    for way, embed in ways.items():
        start = time.process_time()
        vectors = {s.name: embed(s) for s in sets}
        print(f"# {way}: {time.process_time() - start:.1f} CPU seconds")
        found[way] = {s.name: label_accuracy(v, s.labels) for s in sets if (v := vectors[s.name]) is not None}
    common = set(found["all-MiniLM-L6-v2"])
    print("| | " + " | ".join(s.name for s in sets) + " | mean of those with MiniLM | mean of all |")
    print("| --- |" + " --- |" * (len(sets) + 2))
    for way, values in found.items():
        cells = [f"{values[s.name]:.3f}" if s.name in values else "" for s in sets]
        of_common = np.mean([values[name] for name in common])
        of_all = f"{np.mean(list(values.values())):.3f}" if len(values) == len(sets) else ""
        print(f"| {way} | " + " | ".join(cells) + f" | {of_common:.3f} | {of_all} |")


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    if len(arguments) != 2:
        raise SystemExit(__doc__)
    main(Path(arguments[0]), Path(arguments[1]), is_cached_only="--cached-only" in sys.argv)
