"""Wrong labels found, beside cleanlab: `python benchmarks/mislabeled.py DATA`, a table in Markdown.

DATA holds NoisyAG-News (labels by people, with the true ones) and banking77, of which a tenth of the labels is replaced
by others at random (three seeds). Both see the same vectors, the default embedder's. cleanlab: `find_label_issues`, and
the normalised margin, on chances of scikit-learn's `LogisticRegression` by `cross_val_predict`. *Precision at that
many*: of a list as long as there are wrong labels. *Told*: rows that the tool itself calls wrong (ours: a doubt above
.5), with their precision.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import portolan

SHARE, SEEDS = 0.1, (0, 1, 2)


def main(data: Path) -> None:
    """Measure both on both sets and print."""
    print("| set | tool | wrong | average precision | precision at that many | told | of them wrong | seconds |")
    print("| --- | --- | --: | --: | --: | --: | --: | --: |")
    for name, texts, labels, truth in sets(data):
        is_wrong = np.array(labels) != np.array(truth)
        with tempfile.TemporaryDirectory() as folder:
            rows = [{"text": text, "label": label} for text, label in zip(texts, labels, strict=True)]
            m = portolan.map_text(rows, path=Path(folder) / "m", text="text", progress=False)
            started = time.perf_counter()
            doubt = np.nan_to_num(m.score("mislabeled:label"), nan=0.0)
            line(name, "mislabeled", is_wrong, doubt, doubt > 0.5, time.perf_counter() - started)
            started = time.perf_counter()
            scores, told = cleanlab(m.vectors, labels)
            line(name, "cleanlab", is_wrong, scores, told, time.perf_counter() - started)


def sets(data: Path) -> Iterator[tuple[str, list[str], list[str], list[str]]]:
    """Name, texts, labels as given, true labels."""
    with gzip.open(data / "noisyag-news" / "val_part1.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    yield "NoisyAG-News, by people", *([row[key] for row in rows] for key in ("text", "label", "gt"))
    with gzip.open(data / "banking77" / "train.csv.gz", "rt", encoding="utf-8") as file:
        bank = list(csv.DictReader(file))
    truth = [row["category"] for row in bank]
    names = sorted(set(truth))
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        labels = list(truth)
        for row in rng.choice(len(labels), int(SHARE * len(labels)), replace=False).tolist():
            labels[row] = names[(names.index(labels[row]) + int(rng.integers(1, len(names)))) % len(names)]
        yield f"banking77, a tenth replaced, seed {seed}", [row["text"] for row in bank], labels, truth


def cleanlab(vectors: np.ndarray, labels: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Its score of each label (higher: more doubtful), and what it calls wrong."""
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict

    codes = np.unique(labels, return_inverse=True)[1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        chances = cross_val_predict(LogisticRegression(max_iter=400), vectors, codes, cv=5, method="predict_proba")
    quality = get_label_quality_scores(codes, chances, method="normalized_margin")
    return 1 - quality, find_label_issues(codes, chances)


def line(name: str, tool: str, is_wrong: np.ndarray, scores: np.ndarray, told: np.ndarray, seconds: float) -> None:
    """One line of the table."""
    order = np.argsort(-scores, kind="stable")
    hits = is_wrong[order]
    n_wrong = int(is_wrong.sum())
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    average = precision[hits].sum() / n_wrong
    print(
        f"| {name} | {tool} | {n_wrong:,} | {average:.3f} | {hits[:n_wrong].mean():.3f} | {int(told.sum()):,} |"
        f" {is_wrong[told].mean():.3f} | {seconds:.1f} |"
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
