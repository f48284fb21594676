"""Duplicates planted in real texts, found by Portolan, datasketch and semhash: `duplicates.py`.

Texts are those of the data in `PORTOLAN_DATA` (abstracts, statements, definitions, headlines, replies; eight words or
more). Of 1,000 texts each a copy is planted: the same in another case, spacing or Unicode form; with 5, 10 or 20 % of
its words replaced, deleted or inserted; with half of those words replaced that have a synonym in the Open English
WordNet; with its last third put first. None of this data has labelled paraphrases: the last two stand for them.

A tool tells which rows repeat which row that is kept. *Recall*: planted copies in one group with their text.
*Precision*: of the rows told to repeat another, the share of those that are planted beside it or share seven tenths of
its words in their order (difflib), which none of the tools measures. Each tool runs in a process of its own, after a
run on 500 texts. `--speed FILE` times Portolan's exact and near duplicates on the texts of a jsonl.gz file.
"""

from __future__ import annotations

import argparse
import difflib
import gzip
import itertools
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from portolan.core.groups import Duplicates, alone, duplicates_of, join, roots
from portolan.core.near_duplicates import near_duplicates
from portolan.core.neighbors import find_neighbors
from portolan.core.same_text import exact_duplicates, normalized
from portolan.core.semantic_duplicates import close_rows, semantic_duplicates
from portolan.core.shingles import shingle_sets
from portolan.plugins import embedders

DATA = Path(os.environ.get("PORTOLAN_DATA", "data"))
N_PLANTED = 1_000
KINDS = ("same", "edits 5 %", "edits 10 %", "edits 20 %", "synonyms", "order")
SOURCES = {
    "arxiv-daily/papers": "summary",
    "model-written-evals/persona": "statement",
    "open-english-wordnet/synsets": "definition",
    "weibo-hot-search/2022": "title",
    "diasafety/train_val": "response",
}
TOOLS = (
    ("exact", 0.0),
    ("near", 0.5),
    ("near", 0.6),
    ("near", 0.7),
    ("semantic", 0.9),
    ("semantic", 0.95),
    ("datasketch", 0.5),
    ("datasketch", 0.7),
    ("semhash", 0.9),
    ("semhash", 0.95),
)
NAMES = {"exact": "exact-duplicate", "near": "near-duplicate", "semantic": "semantic-duplicate"}
ALIKE = 0.7
BATCH_ROWS = 8_192


def lines(name: str) -> Iterator[dict]:
    with gzip.open(DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def background(n_rows: int, chance: random.Random) -> list[str]:
    """Texts of all sources, none twice; a Chinese character counts as a word."""
    texts = {row[field] for name, field in SOURCES.items() for row in lines(name) if len(words_of(row[field])) >= 8}
    return chance.sample(sorted(texts), n_rows)


def words_of(text: str) -> list[str]:
    return re.findall(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+", text.lower())


def synonyms() -> dict[str, list[str]]:
    """Other words of a word's first synset."""
    found: dict[str, list[str]] = {}
    for row in lines("open-english-wordnet/synsets"):
        single = [word for word in row["members"] if word.isalpha() and word.islower()]
        for word in single if len(single) > 1 else ():
            found.setdefault(word, [other for other in single if other != word])
    return found


def same(text: str, chance: random.Random) -> str:
    wide = text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    return chance.choice([text.upper(), text.replace(" ", "  "), f"\n {text}\t", wide])


def edited(text: str, share: float, pool: list[str], chance: random.Random) -> str:
    parts = text.split() if " " in text else list(text)
    for place in sorted(chance.sample(range(len(parts)), max(1, round(share * len(parts)))), reverse=True):
        kind = chance.choice(["replace", "delete", "insert"])
        if kind == "delete":
            del parts[place]
        else:
            parts[place : place + (kind == "replace")] = [chance.choice(pool)]
    return (" " if " " in text else "").join(parts)


def reworded(text: str, known: dict[str, list[str]], chance: random.Random) -> str:
    def other(match: re.Match) -> str:
        choices = known.get(match.group().lower())
        return chance.choice(choices) if choices and chance.random() < 0.5 else match.group()

    return re.sub(r"[A-Za-z]+", other, text)


def reordered(text: str) -> str:
    parts = text.split() if " " in text else list(text)
    cut = len(parts) * 2 // 3
    return (" " if " " in text else "").join(parts[cut:] + parts[:cut])


def planted(n_rows: int, seed: int = 0) -> tuple[list[str], list[int], list[str]]:
    """Texts in a random order; the number of the text each was made from; its kind ("" for a text itself)."""
    chance = random.Random(seed)
    texts = background(n_rows, chance)
    known = synonyms()
    pool = [word for text in texts[:2000] for word in text.split() if len(word) < 20]
    can_change = [i for i, text in enumerate(texts) if sum(word in known for word in words_of(text)) >= 2]
    originals = chance.sample(can_change, N_PLANTED * len(KINDS))
    rows = [(text, i, "") for i, text in enumerate(texts)]
    make: dict[str, Callable[[str], str]] = {
        "same": lambda text: same(text, chance),
        "edits 5 %": lambda text: edited(text, 0.05, pool, chance),
        "edits 10 %": lambda text: edited(text, 0.1, pool, chance),
        "edits 20 %": lambda text: edited(text, 0.2, pool, chance),
        "synonyms": lambda text: reworded(text, known, chance),
        "order": reordered,
    }
    for place, i in enumerate(originals):
        kind = KINDS[place % len(KINDS)]
        rows.append((make[kind](texts[i]), i, kind))
    chance.shuffle(rows)
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]


def batches(texts: list[str]) -> Iterator[pa.LargeStringArray]:
    array = pa.array(texts, pa.large_string())
    return (array.slice(start, BATCH_ROWS) for start in range(0, len(array), BATCH_ROWS))


def vectors_of(texts: list[str]) -> np.ndarray:
    embedder = embedders.get("static")(None, random_state=0, threads=2)
    embedder.fit(lambda: batches(texts), n_rows=len(texts))
    return np.vstack([embedder.embed(batch) for batch in batches(texts)])


def by_exact(texts: list[str], _: float) -> Duplicates:
    return exact_duplicates(batches(texts))


def by_near(texts: list[str], threshold: float) -> Duplicates:
    return near_duplicates(shingle_sets(batches(texts), threads=2), threshold=threshold, threads=2)


def by_semantic(texts: list[str], threshold: float) -> Duplicates:
    vectors = vectors_of(texts)
    pairs = close_rows(vectors, find_neighbors(vectors, threads=2), threads=2)
    return semantic_duplicates(vectors, pairs, threshold=threshold)


def by_datasketch(texts: list[str], threshold: float) -> Duplicates:
    """MinHashLSH as documented, on the same normal form and the same shingles."""
    from datasketch import MinHash, MinHashLSH

    index, parents = MinHashLSH(threshold=threshold, num_perm=128), alone(len(texts))
    normal = [text for batch in batches(texts) for text in normalized(batch).to_pylist()]
    for row, text in enumerate(normal):
        words = words_of(text)
        pairs = [f"{left} {right}" for left, right in itertools.pairwise(words)]
        minima = MinHash(num_perm=128)
        minima.update_batch([shingle.encode() for shingle in {*words, *pairs}])
        others = np.array(index.query(minima), np.int64)
        join(parents, np.full(len(others), row), others)
        index.insert(row, minima)
    return duplicates_of(roots(parents), lambda rows, _: np.ones(len(rows), np.float32))


def by_semhash(texts: list[str], threshold: float) -> Duplicates:
    """`self_deduplicate` as documented, on Portolan's vectors in place of a model from the network."""
    from semhash import SemHash

    index = SemHash.from_embeddings(vectors_of(texts), texts, model=None)
    parents = alone(len(texts))
    rows_of = defaultdict(list)
    for row, text in enumerate(texts):
        rows_of[text].append(row)
    for found in index.self_deduplicate(threshold=threshold).filtered:
        rows = np.array(rows_of[found.record], np.int64)
        join(parents, rows, np.full(len(rows), rows_of[found.duplicate_of][0]))
    return duplicates_of(roots(parents), lambda rows, _: np.ones(len(rows), np.float32))


BY = {"exact": by_exact, "near": by_near, "semantic": by_semantic, "datasketch": by_datasketch, "semhash": by_semhash}


def measured(tool: str, threshold: float, file: Path) -> dict:
    """What a tool finds, in this process."""
    texts, of, kinds = json.loads(file.read_text())
    BY[tool](texts[:500], threshold)
    started, cpu = time.perf_counter(), time.process_time()
    found = BY[tool](texts, threshold)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    group_of = {i: found.first[row] for row, (i, kind) in enumerate(zip(of, kinds, strict=True)) if not kind}
    recall = {
        kind: float(np.mean([found.first[row] == group_of[of[row]] for row in range(len(of)) if kinds[row] == kind]))
        for kind in KINDS
    }
    repeats = np.flatnonzero(found.is_repeat)
    right = [of[row] == of[found.first[row]] or are_alike(texts[row], texts[found.first[row]]) for row in repeats]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "recall": recall,
        "precision": float(np.mean(right)),
        "n": len(right),
        "seconds": seconds,
        "cpu": cpu,
        "peak": peak,
    }


def are_alike(one: str, other: str) -> bool:
    return difflib.SequenceMatcher(None, words_of(one), words_of(other), autojunk=False).ratio() >= ALIKE


def speed(file: Path) -> None:
    with gzip.open(file, "rt", encoding="utf-8") as lines_:
        texts = [json.loads(line)["text"] for line in lines_]
    print(f"{len(texts):,} texts, {sum(map(len, texts)) / 1e6:.0f} million characters")
    for tool in ("exact", "near"):
        BY[tool](texts[:500], 0.5)
        started, cpu = time.perf_counter(), time.process_time()
        found = BY[tool](texts, 0.5)
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        print(f"{NAMES[tool]}: {seconds:.1f} s, processor {cpu:.1f} s, {found.is_repeat.sum():,} repeats", flush=True)
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB with the texts themselves")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--speed", type=Path)
    parser.add_argument("--tool", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.speed:
        return speed(options.speed)
    if options.tool:
        tool, threshold, file = options.tool
        return print(json.dumps(measured(tool, float(threshold), Path(file))))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "planted.json"
        file.write_text(json.dumps(planted(options.rows)))
        print(f"| | threshold | {' | '.join(KINDS)} | precision | told | s | CPU s | peak MB |")
        print("| --- | --: |" + " --: |" * (len(KINDS) + 5))
        for tool, threshold in TOOLS:
            command = [sys.executable, __file__, "--tool", tool, str(threshold), str(file)]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            recall = " | ".join(f"{found['recall'][kind]:.3f}" for kind in KINDS)
            told = f"{found['precision']:.3f} | {found['n']:,}"
            cost = f"{found['seconds']:.1f} | {found['cpu']:.1f} | {found['peak']:,.0f}"
            print(f"| {NAMES.get(tool, tool)} | {threshold or ''} | {recall} | {told} | {cost} |", flush=True)


if __name__ == "__main__":
    main()
