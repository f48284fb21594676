"""Vectors that mean the same on every map: what a concept that is taught on one map and applied on another stands on.

Most embedders give equal vectors to equal texts, whatever the map. The default one learns a part of its vectors, and
the mean that is taken out, from the map's own texts: its general part is the bundled table's alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portolan.plugins import Embedder, Texts, Vectors


@dataclass(frozen=True)
class Ground:
    """What vectors are about.

    `key` names them; `mean`, of the default embedder alone, is what the map's own texts have in common, float32.
    """

    key: str
    mean: NDArray[np.float32] | None = None


def ground_of(embedder: Embedder) -> Ground:
    """What the general part of an embedder's vectors stands on."""
    general: Any = getattr(embedder, "general", None)
    return Ground(embedder.key) if general is None else Ground(general.key, general.mean)


def general_part(embedder: Embedder, vectors: Vectors) -> Vectors:
    """The general part of vectors of a map: (n_rows, n_general_dims), of unit length."""
    general: Any = getattr(embedder, "general", None)
    return vectors if general is None else general.part(vectors)


def embed_general(embedder: Embedder, texts: Texts, mean: NDArray[np.float32] | None) -> Vectors:
    """Vectors of texts as they are on a map whose ground has that mean."""
    general: Any = getattr(embedder, "general", None)
    return embedder.embed(texts) if general is None or mean is None else general.embed(texts, mean)
