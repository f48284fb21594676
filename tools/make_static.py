"""Make the weights of the `static` embedder: `make_static.py DATA CACHE OUT`.

DATA holds the public sets (`static_texts.py`), CACHE keeps the teacher's vectors (an interrupted run continues), OUT
receives table.npz, vocab.txt and about.json. Takes about 40 minutes of one core, most of it the teacher.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path

import numpy as np

from portolan.core.lsa import unit_rows
from portolan.types import Vectors
from static_fit import bags_of, first_table, fit_table, leading_directions, quantised
from static_teacher import SHA256, Teacher, teacher_folder
from static_texts import fitting_texts

N_DIMS = 256
CHUNK = 4096
N_FIRST, N_TEXTS = 5 * CHUNK, 13 * CHUNK
"""The table is fitted on a first part of the texts, then on all."""
MAX_WORDS, MAX_PIECES = 60, 80


def targets(texts: list[str], cache: Path) -> Vectors:
    """The teacher's unit vectors of `texts`, kept in `cache` a chunk at a time."""
    teacher = None
    chunks = []
    for start in range(0, len(texts), CHUNK):
        path = cache / f"fit{start // CHUNK:03d}.npy"
        if not path.exists():
            teacher = teacher or Teacher(cache, is_exact=False)
            np.save(path, teacher.embed(texts[start : start + CHUNK], max_pieces=MAX_PIECES).astype(np.float16))
        chunks.append(np.load(path))
    return np.concatenate(chunks).astype(np.float32)


def pieces(cache: Path) -> Vectors:
    """The teacher's vector of each word piece, kept in `cache`."""
    path = cache / "tokens.npy"
    if not path.exists():
        np.save(path, Teacher(cache, is_exact=True).pieces())
    return np.load(path)


def write(table: Vectors, out: Path, *, vocab: Path) -> None:
    """Write the table as int8 with a scale for each piece, its vocabulary, and what it is."""
    out.mkdir(parents=True, exist_ok=True)
    codes, scales = quantised(table)
    np.savez(out / "table.npz", table=codes, scales=scales)
    shutil.copy(vocab, out / "vocab.txt")
    about = {
        "n_dims": int(table.shape[1]),
        "sha256": hashlib.sha256((out / "table.npz").read_bytes()).hexdigest(),
        "teacher": "sentence-transformers/all-MiniLM-L6-v2",
        "teacher_sha256": SHA256,
        "n_texts": N_TEXTS,
    }
    (out / "about.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def main(data: Path, cache: Path, out: Path) -> None:
    """Make the weights."""
    cache.mkdir(parents=True, exist_ok=True)
    vocab = teacher_folder() / "vocab.txt"
    texts = fitting_texts(data)[:N_TEXTS]
    wanted = targets(texts, cache)
    directions = leading_directions(wanted[:N_FIRST], N_DIMS)
    wanted = unit_rows(wanted @ directions)
    bags = bags_of(texts, str(vocab), max_words=MAX_WORDS)
    first_bags = bags.take(np.arange(N_FIRST))
    table = first_table(pieces(cache), first_bags, directions)
    table = fit_table(table, first_bags, wanted[:N_FIRST], n_epochs=6, rate=3e-3, batch_rows=1024)
    codes, scales = quantised(table)
    table = codes * scales[:, None]
    table = fit_table(table, bags, wanted, n_epochs=3, rate=1.5e-3, batch_rows=2048)
    write(table, out, vocab=vocab)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    main(*(Path(argument) for argument in sys.argv[1:]))
