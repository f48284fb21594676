"""Vectors that are there already: an array, or a .npy file, one row for each row of the data.

They belong to rows, not to texts, so that there is `embed_rows` where other embedders have `embed`, and no text can be
searched by meaning.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from portolan.plugins import Embedder, InputError, NotFoundError, Report, ShapeError, Texts, Vectors, embedders, silent

_FILE = "vectors.npy"
_BLOCK_ROWS = 65_536


class VectorsEmbedder:
    """Hands out given vectors, scaled to unit length."""

    is_costly = False
    is_row_aligned = True
    """Vectors come from `embed_rows(start, stop)`; `embed` refuses."""

    def __init__(self, argument: Any = None, *, random_state: int = 0, threads: int | None = None) -> None:
        self._vectors = _opened(argument)
        if self._vectors.ndim != 2 or self._vectors.dtype.kind not in "fiu" or not self._vectors.shape[1]:
            raise ShapeError(
                f"Vectors must be numbers of shape (n_rows, n_dims); these are {self._vectors.dtype} of shape "
                f"{self._vectors.shape}.",
                fix="Give one vector of equal length for each row.",
            )
        self.key = f"vectors:{_digest(self._vectors)}"

    @property
    def n_dims(self) -> int:
        """Length of a vector."""
        return int(self._vectors.shape[1])

    @classmethod
    def from_column(cls, column: Any) -> VectorsEmbedder:
        """From an Arrow column of lists of equal length; a missing list gives zeros."""
        rows = column.to_pylist()
        sizes = {len(row) for row in rows if row is not None}
        if len(sizes) != 1:
            raise ShapeError(
                f"A column of vectors needs lists of one length; this one has the lengths {sorted(sizes)[:5]}.",
                fix="Give each row a vector of the same length.",
            )
        n_dims = sizes.pop()
        return cls(np.array([row if row is not None else [0.0] * n_dims for row in rows], np.float32))

    def fit(self, batches: Callable[[], Iterator[Texts]], *, n_rows: int, report: Report = silent) -> None:
        """Check that there is one vector for each row."""
        if len(self._vectors) != n_rows:
            raise ShapeError(
                f"There are {len(self._vectors)} vectors and {n_rows} rows.",
                fix="Give one vector for each row, in the order of the rows.",
            )

    def embed_rows(self, start: int, stop: int) -> Vectors:
        """Vectors of rows start … stop - 1, float32, unit length; a zero vector stays zero."""
        from portolan.core.lsa import unit_rows

        block = np.array(self._vectors[start:stop], np.float32)
        if not np.isfinite(block).all():
            row = start + int(np.flatnonzero(~np.isfinite(block).all(axis=1))[0])
            raise InputError(f"Vector {row} holds NaN or infinity.", fix="Give zeros for a row without a vector.")
        return unit_rows(block)

    def embed(self, texts: Texts) -> Vectors:
        """Refuse: given vectors know rows, not texts."""
        raise InputError(
            "This map was made from given vectors, so that a text cannot be placed on it.",
            fix="Search by words, or by a row that is like what you look for.",
        )

    def save(self, folder: Path) -> None:
        """Write nothing but the length of a vector: the vectors themselves are the map's."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / _FILE, np.zeros((0, self.n_dims), np.float32))

    @classmethod
    def load(cls, folder: Path, *, threads: int | None = None) -> Embedder:
        """An embedder that knows its length alone; the map has the vectors."""
        return cls(folder / _FILE, threads=threads)


def _opened(argument: Any) -> Any:
    if argument is None:
        raise InputError(
            "The 'vectors' embedder needs vectors.", fix="Give a .npy file: --embedder vectors:FILE.npy, or an array."
        )
    if not isinstance(argument, str | Path):
        return np.asarray(argument)
    path = Path(argument).expanduser()
    if not path.is_file():
        raise NotFoundError(f"There is no file of vectors at '{path}'.", fix="Give the path of a .npy file.")
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        raise InputError(f"'{path}' is no .npy file of numbers: {error}", fix="Write it with numpy.save.") from error


def _digest(vectors: Any) -> str:
    digest = hashlib.sha256(f"{vectors.dtype} {vectors.shape}".encode())
    for start in range(0, len(vectors), _BLOCK_ROWS):
        digest.update(np.ascontiguousarray(vectors[start : start + _BLOCK_ROWS]).data)
    return digest.hexdigest()[:16]


embedders.add("vectors", VectorsEmbedder)
