"""The default embedder: a table of word pieces distilled from all-MiniLM-L6-v2, joined with what the corpus' words say.

No network runs, no attention: a text's vector is the sum of its word pieces' vectors, of unit length, beside half as
much of an LSA vector (`core/lsa.py`) fitted on the corpus. How the table was made: `tools/make_static.py`. How good it
is: `docs/embedder.md`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.parallel import map_blocks
from portolan.plugins import Embedder, InputError, Progress, Report, Texts, Vectors, embedders, silent

WEIGHTS = Path(__file__).parent / "static_weights"
LSA_WEIGHT = 0.5
N_LSA_DIMS = 128
MAX_WORDS = 1024
"""Only a text's first so many words count."""
_BLOCK_ROWS = 2048
_SAMPLE_ROWS = 40_000
_SAMPLE_WORDS = 2_000_000
_MAX_KNOWN_WORDS = 400_000


class StaticEmbedder:
    """Static table of word pieces and corpus-fitted LSA, side by side."""

    is_costly = False

    def __init__(self, argument: str | None = None, *, random_state: int = 0, threads: int | None = None) -> None:
        if argument:
            raise InputError(
                f"The 'static' embedder takes no argument, and '{argument}' was given.",
                fix="Use --embedder static, or --embedder model2vec:PATH for another static model.",
            )
        self._random_state = random_state
        self._threads = threads
        about = json.loads((WEIGHTS / "about.json").read_text())
        self.key = f"static:{about['sha256'][:16]}:lsa={N_LSA_DIMS}*{LSA_WEIGHT}:words={MAX_WORDS}:{random_state}"
        self._n_static_dims = int(about["n_dims"])
        self._pieces: PieceTable | None = None
        self._lsa: Any = None
        self._lsa_table: Any = None

    @property
    def n_dims(self) -> int:
        """Length of a vector: the static part's, and the LSA part's once fitted."""
        return self._n_static_dims + (self._lsa.n_dims if self._lsa is not None else 0)

    def fit(self, batches: Callable[[], Iterator[Texts]], *, n_rows: int, report: Report = silent) -> None:
        """Learn the LSA part from a sample of the corpus, spread evenly over it."""
        from portolan.core.lsa import fit_lsa
        from portolan.core.words import scan_words

        sample = _sample(batches(), n_rows=n_rows, report=report)
        scan = scan_words(sample, max_words=MAX_WORDS, threads=self._threads)
        self._set_lsa(fit_lsa(scan, n_dims=N_LSA_DIMS, random_state=self._random_state, threads=self._threads))
        report(Progress("embed", n_rows, n_rows, note="vocabulary learnt"))

    def embed(self, texts: Texts) -> Vectors:
        """Vectors of `texts`, shape (n_rows, n_dims), float32, unit length; a text without words gives zeros."""
        from portolan.core.lsa import embed_lsa, unit_rows
        from portolan.core.words import scan_words

        scan = scan_words(texts, max_words=MAX_WORDS, threads=self._threads)
        if self._pieces is None:
            self._pieces = PieceTable(WEIGHTS)
        static = unit_rows(self._pieces.embed(scan, threads=self._threads))
        if self._lsa is None or not self._lsa.n_dims:
            return static
        lsa = embed_lsa(scan, self._lsa, threads=self._threads, table=self._lsa_table)
        return unit_rows(np.hstack([static, np.float32(LSA_WEIGHT) * lsa]))

    def save(self, folder: Path) -> None:
        """Write the LSA part."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "static.json").write_text(json.dumps({"key": self.key, "random_state": self._random_state}))
        if self._lsa is not None:
            lsa = self._lsa
            np.savez(folder / "lsa.npz", hashes=lsa.hashes, idf=lsa.idf, components=lsa.components)

    @classmethod
    def load(cls, folder: Path, *, threads: int | None = None) -> Embedder:
        """The embedder that `save` wrote."""
        from portolan.core.lsa import Lsa

        saved = json.loads((folder / "static.json").read_text())
        embedder = cls(random_state=saved["random_state"], threads=threads)
        if embedder.key != saved["key"]:
            raise InputError(
                f"This map was embedded with '{saved['key']}'; this version of Portolan has '{embedder.key}'.",
                fix="Run: portolan rebuild MAP, to embed its rows anew.",
            )
        if (folder / "lsa.npz").exists():
            with np.load(folder / "lsa.npz") as parts:
                embedder._set_lsa(Lsa(parts["hashes"], parts["idf"], parts["components"]))
        return embedder

    def _set_lsa(self, lsa: Any) -> None:
        self._lsa = lsa
        self._lsa_table = lsa.table() if lsa.n_dims else None


class PieceTable:
    """Vectors of word pieces, and the pieces of each word met so far."""

    def __init__(self, folder: Path) -> None:
        from tokenizers import BertWordPieceTokenizer

        with np.load(folder / "table.npz") as parts:
            self._scales: NDArray[np.float32] = parts["scales"].astype(np.float32)
            self._table: NDArray[np.int8] = parts["table"]
        self._tokenizer = BertWordPieceTokenizer(str(folder / "vocab.txt"), lowercase=True)
        self._forget()

    def _forget(self) -> None:
        from portolan.core.words import Vocabulary

        self._vocabulary = Vocabulary()
        self._indptr = np.zeros(1, np.int64)
        self._pieces = np.zeros(0, np.int32)

    def embed(self, scan: Any, *, threads: int | None = None) -> Vectors:
        """Sum of the word pieces of each text, shape (n_rows, n_dims); not of unit length."""
        from portolan.core.bags import sum_pieces

        # A corpus of any size in bounded memory. What a word's pieces are depends on the word alone.
        if len(self._vocabulary) > _MAX_KNOWN_WORDS:
            self._forget()
        word_ids = self._vocabulary.add(scan)
        self._learn_pieces()
        n_rows = len(scan.indptr) - 1
        sums = np.zeros((n_rows, self._table.shape[1]), np.float32)

        def work(first: int, last: int) -> None:
            sum_pieces(scan.indptr, word_ids, self._indptr, self._pieces, self._table, self._scales, sums, first, last)

        for _ in map_blocks(work, n_rows, block_rows=_BLOCK_ROWS, threads=threads):
            pass
        return sums

    def _learn_pieces(self) -> None:
        """Look up the pieces of words that are new in the vocabulary."""
        new = self._vocabulary.words[len(self._indptr) - 1 :]
        if not new:
            return
        found = [encoding.ids for encoding in self._tokenizer.encode_batch(new, add_special_tokens=False)]
        sizes = np.fromiter(map(len, found), np.int64, len(found))
        self._indptr = np.concatenate([self._indptr, self._indptr[-1] + sizes.cumsum()])
        flat = np.fromiter((piece for pieces in found for piece in pieces), np.int32, int(sizes.sum()))
        self._pieces = np.concatenate([self._pieces, flat])


def _sample(batches: Iterator[Texts], *, n_rows: int, report: Report) -> pa.Array:
    """At most about `_SAMPLE_ROWS` texts and `_SAMPLE_WORDS` words, chosen by a hash of the row's place."""
    chosen = []
    start = 0
    for batch in batches:
        places = np.arange(start, start + len(batch), dtype=np.uint64)
        draw = ((places * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)).astype(np.float64) / 2**32
        is_chosen = draw < _SAMPLE_ROWS / max(1, n_rows)
        chosen.append(batch.filter(pa.array(is_chosen)).cast(pa.large_string()))
        start += len(batch)
        report(Progress("embed", start, n_rows, note="reading a sample"))
    sample = pa.concat_arrays(chosen) if chosen else pa.array([], pa.large_string())
    # Bytes rather than words, to know it before reading them: a word and its space are about six.
    sizes = np.minimum(pa.compute.binary_length(sample).to_numpy(), 6 * MAX_WORDS)
    step = int(np.ceil(max(1, sizes.sum()) / (6 * _SAMPLE_WORDS)))
    return sample.take(pa.array(np.arange(0, len(sample), step))) if step > 1 else sample


embedders.add("static", StaticEmbedder)
