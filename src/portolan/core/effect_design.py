"""Features of pairs as one dense matrix: what an experiment of many refits is made on.

Words are squeezed into a few columns, so that the curvature of the model stays small enough to be solved with.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from portolan.core.bradley_terry import Design, unit_scale
from portolan.core.pair_features import PairFeatures

N_WORD_DIMS = 96
SIZES = {"surface": 1.0, "relevance": 1.0, "vectors": 4.0, "words": 2.0}
"""Root mean square of a column of surface and relevance; of a whole row of vectors and of words: how far each block is
held back by the one penalty."""
MOST_SURFACE = np.float32(5)
"""No more of a surface number counts, in root mean squares: else one reply in another script decides its column."""
KEY = f"effect-design:2:{N_WORD_DIMS}"
"""Names what the columns are; change the number when they change."""


class Scale(NamedTuple):
    """What columns are divided by: those of a map's pairs serve its probes as well."""

    surface: NDArray[np.float32]
    vectors: float
    relevance: NDArray[np.float32]


def dense_design(features: PairFeatures, scale: Scale | None = None) -> tuple[Design, Scale]:
    """Columns for surface, vectors, relevance and words, float32 (n_pairs, n_dims); and their scale.

    No column is centred: a pair with its replies swapped has the same numbers with the other sign.
    """
    surface, vectors = features.block("surface"), features.block("vectors")
    relevance = features.block("relevance")
    scale = scale or Scale(unit_scale(surface), _row_size(vectors), unit_scale(relevance))
    parts = [
        np.clip(surface / scale.surface, -MOST_SURFACE, MOST_SURFACE) * np.float32(SIZES["surface"]),
        vectors * np.float32(SIZES["vectors"] / scale.vectors),
        relevance * (np.float32(SIZES["relevance"]) / scale.relevance),
        features.squeezed_words(N_WORD_DIMS) * np.float32(SIZES["words"]),
    ]
    return np.ascontiguousarray(np.hstack(parts)), scale


def _row_size(part: NDArray[np.float32]) -> float:
    """Root of the mean squared length of rows; 1 where all are zero."""
    size = float(np.sqrt(np.einsum("ij,ij->", part, part, dtype=np.float64) / max(1, len(part))))
    return size if size > 0 else 1.0
