"""Any sentence-transformers model, by name or from a local folder.

A transformer computes a text's vector beside others of its batch, padded to their length, so that vectors from
different batches may differ in their last bits (by about 1e-6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from portolan.embedders._model_files import require_argument, save_model, saved_model
from portolan.model_key import model_key
from portolan.plugins import Embedder, InputError, MissingExtraError, Report, Texts, Vectors, embedders, silent


class SbertEmbedder:
    """Vectors of a sentence-transformers model; on a GPU where there is one."""

    is_costly = True

    def __init__(self, argument: str | None = None, *, random_state: int = 0, threads: int | None = None) -> None:
        self._argument = require_argument("sbert", argument)
        self._model: Any = None
        self._n_dims = 0
        self.key = model_key("sbert", self._argument)

    @property
    def n_dims(self) -> int:
        """Length of a vector."""
        return self._n_dims or len(self._encode(["length"])[0])

    def fit(self, batches: Callable[[], Iterator[Texts]], *, n_rows: int, report: Report = silent) -> None:
        """Load the model; nothing is learnt."""
        self._n_dims = self.n_dims

    def embed(self, texts: Texts) -> Vectors:
        """Vectors of `texts`, shape (n_rows, n_dims), float32, unit length; a text of white space alone gives zeros."""
        said = texts.to_pylist()
        places = [i for i, text in enumerate(said) if text.strip()]
        vectors = np.zeros((len(said), self.n_dims), np.float32)
        if places:
            vectors[places] = self._encode([said[i] for i in places])
        return vectors

    def save(self, folder: Path) -> None:
        """Write which model it is."""
        save_model(folder, argument=self._argument, n_dims=self.n_dims)

    @classmethod
    def load(cls, folder: Path, *, threads: int | None = None) -> Embedder:
        """The embedder that `save` wrote."""
        argument, n_dims = saved_model(folder)
        embedder = cls(argument, threads=threads)
        embedder._n_dims = n_dims
        return embedder

    def _encode(self, texts: list[str]) -> Vectors:
        # encode() sorts by length itself, so that short texts are not padded to long ones.
        found: Vectors = self._loaded().encode(
            texts, batch_size=64, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        )
        return found.astype(np.float32, copy=False)

    def _loaded(self) -> Any:
        if self._model is None:
            try:
                from sentence_transformers import SentenceTransformer
            except ImportError as error:
                raise MissingExtraError(
                    "The 'sbert' embedder needs sentence-transformers.", fix="Run: pip install 'portolan[sbert]'."
                ) from error
            try:
                self._model = SentenceTransformer(str(Path(self._argument).expanduser()))
            except (OSError, ValueError) as error:
                raise InputError(
                    f"'{self._argument}' could not be loaded as a sentence-transformers model: {error}",
                    fix="Give a folder that holds one, or the name of a published model and a network.",
                ) from error
        return self._model


embedders.add("sbert", SbertEmbedder)
