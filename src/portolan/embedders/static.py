"""The default embedder: a table of word pieces distilled from all-MiniLM-L6-v2, joined with what the corpus' words say.

No network runs, no attention: a text's vector is the sum of its word pieces' vectors, less most of the corpus' mean, of
unit length, beside half as much of an LSA vector (`core/lsa.py`) fitted on the corpus. How the table was made:
`tools/make_static.py`. How good it is: `docs/embedder.md`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.pieces import WEIGHTS, PieceTable
from portolan.plugins import Embedder, InputError, Progress, Report, Texts, Vectors, embedders, silent

LSA_WEIGHT = 0.5
N_LSA_DIMS = 128
MEAN_SHARE = 0.9
"""So much of the corpus' mean vector is taken out: what all texts share tells none apart. Not all of it, so that rows
that are all alike keep a direction."""
MAX_WORDS = 1024
"""Only a text's first so many words count."""
_SAMPLE_ROWS = 40_000
_SAMPLE_WORDS = 2_000_000
_MEAN_ROWS = 8192
_FEW_ROWS = 10
_LEAST_TRUST = np.float32(0.1)


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
        lsa = f"lsa={N_LSA_DIMS}*{LSA_WEIGHT}"
        self.key = f"static:{about['sha256'][:16]}:{lsa}:mean={MEAN_SHARE}:words={MAX_WORDS}:{random_state}"
        self._n_static_dims = int(about["n_dims"])
        self._mean = np.zeros(self._n_static_dims, np.float32)
        self._pieces: PieceTable | None = None
        self._lsa: Any = None
        self._lsa_table: Any = None

    @property
    def n_dims(self) -> int:
        """Length of a vector: the static part's, and the LSA part's once fitted."""
        return self._n_static_dims + (self._lsa.n_dims if self._lsa is not None else 0)

    def fit(self, batches: Callable[[], Iterator[Texts]], *, n_rows: int, report: Report = silent) -> None:
        """Learn the mean and the LSA part from a sample of the corpus, spread evenly over it."""
        from portolan.core.lsa import fit_lsa
        from portolan.core.words import scan_words

        sample = _sample(batches(), n_rows=n_rows, report=report)
        scan = scan_words(sample, max_words=MAX_WORDS, threads=self._threads)
        self._set_lsa(fit_lsa(scan, n_dims=N_LSA_DIMS, random_state=self._random_state, threads=self._threads))
        self._mean = self._mean_of(sample)
        report(Progress("embed", n_rows, n_rows, note="vocabulary learnt"))

    @property
    def general(self) -> GeneralPart:
        """What of the vectors no corpus decides."""
        return GeneralPart(self)

    def embed(self, texts: Texts) -> Vectors:
        """Vectors of `texts`, shape (n_rows, n_dims), float32, unit length; a text without words gives zeros."""
        from portolan.core.lsa import embed_lsa, unit_rows
        from portolan.core.words import scan_words

        scan = scan_words(texts, max_words=MAX_WORDS, threads=self._threads)
        static, shares = self._centred(scan, self._mean)
        if self._lsa is None or not self._lsa.n_dims:
            return static
        lsa = embed_lsa(scan, self._lsa, threads=self._threads, table=self._lsa_table)
        # Where the table does not know the words, the corpus itself has the say.
        weights = np.maximum(shares, _LEAST_TRUST)[:, None]
        return unit_rows(np.hstack([weights * static, np.float32(LSA_WEIGHT) * lsa]))

    def _centred(self, scan: Any, mean: NDArray[np.float32]) -> tuple[Vectors, NDArray[np.float32]]:
        """As `_static`, less the mean."""
        from portolan.core.lsa import unit_rows

        static, shares = self._static(scan)
        static[static.any(axis=1)] -= mean
        return unit_rows(static), shares

    def _static(self, scan: Any) -> tuple[Vectors, NDArray[np.float32]]:
        """Static part of unit length, zeros where there are no words, and the share of word pieces to trust."""
        from portolan.core.lsa import unit_rows

        if self._pieces is None:
            self._pieces = PieceTable(WEIGHTS)
        sums, shares = self._pieces.embed(scan, threads=self._threads)
        return unit_rows(sums), shares

    def _mean_of(self, sample: Texts) -> NDArray[np.float32]:
        """What is taken out of each static part, shape (n_static_dims,); little for few rows."""
        from portolan.core.words import scan_words

        step = -(-max(1, len(sample)) // _MEAN_ROWS)
        rows = sample.take(pa.array(np.arange(0, len(sample), step)))
        static, _ = self._static(scan_words(rows, max_words=MAX_WORDS, threads=self._threads))
        share = MEAN_SHARE * len(rows) / (len(rows) + _FEW_ROWS)
        mean: NDArray[np.float32] = (share * static.sum(axis=0) / max(1, len(rows))).astype(np.float32)
        return mean

    def save(self, folder: Path) -> None:
        """Write the mean and the LSA part."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "static.json").write_text(json.dumps({"key": self.key, "random_state": self._random_state}))
        if self._lsa is not None:
            lsa = self._lsa
            np.savez(folder / "learnt.npz", hashes=lsa.hashes, idf=lsa.idf, components=lsa.components, mean=self._mean)

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
        if (folder / "learnt.npz").exists():
            with np.load(folder / "learnt.npz") as parts:
                embedder._set_lsa(Lsa(parts["hashes"], parts["idf"], parts["components"]))
                embedder._mean = parts["mean"]
        return embedder

    def _set_lsa(self, lsa: Any) -> None:
        self._lsa = lsa
        self._lsa_table = lsa.table() if lsa.n_dims else None


class GeneralPart:
    """The part of the vectors that comes from the bundled table alone; the corpus decides no more of it than a mean."""

    def __init__(self, of: StaticEmbedder) -> None:
        self._of = of
        self.key = ":".join(("static-general", *of.key.split(":")[1:2], f"words={MAX_WORDS}"))
        self.mean: NDArray[np.float32] = of._mean

    def part(self, vectors: Vectors) -> Vectors:
        """That part of the embedder's vectors: float32, shape (n_rows, n_static_dims), of unit length or zero."""
        from portolan.core.lsa import unit_rows

        return unit_rows(np.ascontiguousarray(vectors[:, : self._of._n_static_dims]))

    def embed(self, texts: Texts, mean: NDArray[np.float32]) -> Vectors:
        """That part of texts' vectors, less a mean that may be another map's."""
        from portolan.core.words import scan_words

        return self._of._centred(scan_words(texts, max_words=MAX_WORDS, threads=self._of._threads), mean)[0]


def _sample(batches: Iterator[Texts], *, n_rows: int, report: Report) -> pa.Array:
    """At most about `_SAMPLE_ROWS` texts and `_SAMPLE_WORDS` words, chosen by a hash of the row's place."""
    import pyarrow.compute as pc

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
    sizes = np.minimum(pc.binary_length(sample).to_numpy(), 6 * MAX_WORDS)
    step = int(np.ceil(max(1, sizes.sum()) / (6 * _SAMPLE_WORDS)))
    return sample.take(pa.array(np.arange(0, len(sample), step))) if step > 1 else sample


embedders.add("static", StaticEmbedder)
