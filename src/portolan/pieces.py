"""The bundled table of word pieces, distilled from all-MiniLM-L6-v2: what a text's words mean, summed.

How the table was made: `tools/make_static.py`. Embedders and scorers build on it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portolan.core.parallel import map_blocks
from portolan.types import BoolArray, Vectors

WEIGHTS = Path(__file__).parent / "embedders" / "static_weights"
_BLOCK_ROWS = 2048
_UNKNOWN_SCALE = np.float32(1e-3)
_MAX_KNOWN_WORDS = 400_000


class PieceTable:
    """Vectors of word pieces, and the pieces of each word met so far."""

    def __init__(self, folder: Path) -> None:
        from tokenizers import BertWordPieceTokenizer

        with np.load(folder / "table.npz") as parts:
            self._scales: NDArray[np.float32] = parts["scales"].astype(np.float32)
            self._table: NDArray[np.int8] = parts["table"]
        self._tokenizer = BertWordPieceTokenizer(str(folder / "vocab.txt"), lowercase=True)
        self._trusted = _trusted(folder / "vocab.txt")
        self._scales[~self._trusted] *= _UNKNOWN_SCALE
        self._forget()

    def _forget(self) -> None:
        from portolan.core.words import Vocabulary

        self._vocabulary = Vocabulary()
        self._indptr = np.zeros(1, np.int64)
        self._pieces = np.zeros(0, np.int32)

    def embed(self, scan: Any, *, threads: int | None = None) -> tuple[Vectors, NDArray[np.float32]]:
        """Sum of the word pieces of each text, (n_rows, n_dims), not of unit length; share to trust, (n_rows,)."""
        from portolan.core.bags import sum_pieces

        # A corpus of any size in bounded memory. What a word's pieces are depends on the word alone.
        if len(self._vocabulary) > _MAX_KNOWN_WORDS:
            self._forget()
        word_ids = self._vocabulary.add(scan)
        self._learn_pieces()
        n_rows = len(scan.indptr) - 1
        sums, shares = np.zeros((n_rows, self._table.shape[1]), np.float32), np.zeros(n_rows, np.float32)

        def work(first: int, last: int) -> None:
            sum_pieces(
                scan.indptr,
                word_ids,
                self._indptr,
                self._pieces,
                self._table,
                self._scales,
                self._trusted,
                sums,
                shares,
                first,
                last,
            )

        for _ in map_blocks(work, n_rows, block_rows=_BLOCK_ROWS, threads=threads):
            pass
        return sums, shares

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


def _trusted(vocab: Path) -> BoolArray:
    """Whether the teacher, which reads English, knows a piece: Latin letters and digits, Greek, Cyrillic; not [UNK]."""
    pieces = vocab.read_text(encoding="utf-8").split("\n")[:-1] or [""]
    return np.array([piece != "[UNK]" and max(piece.lstrip("#"), default="#") < "\u0530" for piece in pieces])
