"""Any static model of model2vec's kind, by name or from a local folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from portolan.embedders._model_files import require_argument, save_model, saved_model
from portolan.model_key import model_key
from portolan.plugins import Embedder, InputError, MissingExtraError, Report, Texts, Vectors, embedders, silent


class Model2VecEmbedder:
    """Static vectors of a model2vec model."""

    is_costly = False

    def __init__(self, argument: str | None = None, *, random_state: int = 0, threads: int | None = None) -> None:
        self._argument = require_argument("model2vec", argument)
        self._model: Any = None
        self.key = model_key("model2vec", self._argument)

    @property
    def n_dims(self) -> int:
        """Length of a vector."""
        return int(self._loaded().dim)

    def fit(self, batches: Callable[[], Iterator[Texts]], *, n_rows: int, report: Report = silent) -> None:
        """Load the model; nothing is learnt."""
        self._loaded()

    def embed(self, texts: Texts) -> Vectors:
        """Vectors of `texts`, shape (n_rows, n_dims), float32, unit length; zeros where the model knows no word."""
        from portolan.core.lsa import unit_rows

        if not len(texts):
            return np.zeros((0, self.n_dims), np.float32)
        found = self._loaded().encode(texts.to_pylist(), max_length=2048, use_multiprocessing=False)
        return unit_rows(np.asarray(found, np.float32))

    def save(self, folder: Path) -> None:
        """Write which model it is."""
        save_model(folder, argument=self._argument, n_dims=self.n_dims)

    @classmethod
    def load(cls, folder: Path, *, threads: int | None = None) -> Embedder:
        """The embedder that `save` wrote."""
        return cls(saved_model(folder)[0], threads=threads)

    def _loaded(self) -> Any:
        if self._model is None:
            try:
                from model2vec import StaticModel
            except ImportError as error:
                raise MissingExtraError(
                    "The 'model2vec' embedder needs the package model2vec.",
                    fix="Run: pip install 'portolan[model2vec]'.",
                ) from error
            try:
                self._model = StaticModel.from_pretrained(str(Path(self._argument).expanduser()))
            except (OSError, ValueError, KeyError) as error:
                raise InputError(
                    f"'{self._argument}' could not be loaded as a static model: {error}",
                    fix="Give a folder that model2vec has saved, or the name of a published model.",
                ) from error
        return self._model


embedders.add("model2vec", Model2VecEmbedder)
