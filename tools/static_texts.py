"""Texts the static table is fitted on and measured on, from a folder of public sets.

Only permissively licensed sets are fitted on (MIT, Apache-2.0, CC0, CC BY). A text's checksum decides which half it
falls in, so that no text is both fitted on and measured on; labels are used for measuring alone.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HH_SUBSETS = ("harmless-base", "helpful-base", "helpful-online", "helpful-rejection-sampled")


@dataclass(frozen=True)
class LabelledSet:
    """Texts to measure on, each with its label."""

    name: str
    texts: list[str]
    labels: list[str]
    is_fitted_on: bool


def jsonl(path: Path) -> Iterator[dict]:
    """Records of a gzipped file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def table(path: Path, fields: list[str] | None = None) -> Iterator[dict]:
    """Records of a gzipped csv file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, fieldnames=fields)


def is_measured_on(text: str) -> bool:
    """Whether `text` belongs to the half that is only measured on."""
    return zlib.crc32(text.encode()) % 2 == 1


def fitting_texts(folder: Path, *, random_state: int = 0) -> list[str]:
    """About 100,000 short texts, shuffled: every beginning of the list is a fair sample."""
    limits = {"persona": 14_000, "wordnet": 42_000, "banking77": 4_000, "edos": 6_000, "davidson": 7_000,
              "diasafety": 7_000, "hh-rlhf": 20_000, "pandalm": 1_000}  # fmt: skip
    rng = np.random.default_rng(random_state)
    texts: list[str] = []
    for name, limit in limits.items():
        found = sorted({text for text in _unlabelled(folder, name) if text.strip() and not is_measured_on(text)})
        texts += [found[i] for i in rng.permutation(len(found))[:limit]]
    return [texts[i] for i in rng.permutation(len(texts))]


def _unlabelled(folder: Path, name: str) -> Iterator[str]:  # noqa: C901  # one branch for each set, flat
    if name == "persona":
        yield from (row["statement"] for row in jsonl(folder / "model-written-evals/persona.jsonl.gz"))
    elif name == "wordnet":
        for row in jsonl(folder / "open-english-wordnet/synsets.jsonl.gz"):
            yield row["definition"]
            yield f"{', '.join(row['members'])}: {row['definition']}"
            yield from (example for example in row.get("example") or [] if isinstance(example, str))
    elif name == "banking77":
        yield from (row["text"] for row in table(folder / "banking77/train.csv.gz"))
    elif name == "edos":
        yield from (row["text"] for row in table(folder / "edos/edos_labelled_aggregated.csv.gz"))
    elif name == "davidson":
        yield from (row["tweet"] for row in table(folder / "hate-speech-and-offensive-language/labeled_data.csv.gz"))
    elif name == "diasafety":
        for row in jsonl(folder / "diasafety/train_val.jsonl.gz"):
            yield row["context"]
            yield row["response"]
    elif name == "hh-rlhf":
        for subset in HH_SUBSETS:
            for row in jsonl(folder / f"hh-rlhf/{subset}.jsonl.gz"):
                yield from (turn.strip() for turn in re.split(r"\n\n(?:Human|Assistant): ?", row["chosen"]))
    elif name == "pandalm":
        for row in jsonl(folder / "pandalm/testset-v1.jsonl.gz"):
            yield row["instruction"] + " " + row["input"]


N_ROWS = {"persona": 5000, "hh-rlhf": 800, "arxiv": 700, "ag-news": 1000, "noisyag": 1000}
"""Rows measured on, 2,500 unless said here: fewer where texts are long, more where classes are many."""


def labelled_sets(folder: Path, *, random_state: int = 0) -> list[LabelledSet]:
    """Ten labelled sets, none of whose texts was fitted on."""
    sources = {
        "persona": ((r["statement"], r["persona"]) for r in jsonl(folder / "model-written-evals/persona.jsonl.gz")),
        "wordnet": (
            (r["definition"], r["lexname"])
            for r in jsonl(folder / "open-english-wordnet/synsets.jsonl.gz")
            if r["lexname"] not in {"adj.all", "adv.all"}
        ),
        "banking77": ((r["text"], r["category"]) for r in table(folder / "banking77/train.csv.gz")),
        "edos": ((r["text"], r["label_category"]) for r in table(folder / "edos/edos_labelled_aggregated.csv.gz")),
        "davidson": (
            (r["tweet"], r["class"])
            for r in table(folder / "hate-speech-and-offensive-language/labeled_data.csv.gz")
        ),
        "diasafety": (
            (r["context"] + "\n" + r["response"], r["category"] + r["label"])
            for r in jsonl(folder / "diasafety/train_val.jsonl.gz")
        ),
        "hh-rlhf": (
            (row["chosen"], subset)
            for subset in HH_SUBSETS
            for row in jsonl(folder / f"hh-rlhf/{subset}.jsonl.gz")
        ),
        "arxiv": (
            (r["title"] + ". " + r["summary"], r["categories"][0])
            for r in jsonl(folder / "arxiv-daily/papers.jsonl.gz")
        ),
        "ag-news": (
            (r["title"] + ". " + r["text"], r["label"])
            for r in table(folder / "ag-news/test.csv.gz", ["label", "title", "text"])
        ),
        "noisyag": ((r["text"], r["gt"]) for r in jsonl(folder / "noisyag-news/val_part1.jsonl.gz")),
    }  # fmt: skip
    not_fitted = {"arxiv", "ag-news", "noisyag"}
    rng = np.random.default_rng(random_state)
    sets = []
    for name, rows in sources.items():
        held = sorted({text: label for text, label in rows if text.strip() and is_measured_on(text)}.items())
        chosen = [held[i] for i in rng.permutation(len(held))[: N_ROWS.get(name, 2500)]]
        sets.append(LabelledSet(name, [t for t, _ in chosen], [label for _, label in chosen], name not in not_fitted))
    return sets
