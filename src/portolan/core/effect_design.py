"""Features of pairs as one dense matrix: what an experiment of many refits is made on.

Words are squeezed into a few columns, so that the curvature of the model stays small enough to be solved with. What
replies look like stands there once for all pairs and once more for each part of the data (Daumé 2007): what is
preferred may turn round between them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from portolan.core.bradley_terry import Design, unit_scale
from portolan.core.pair_features import PairFeatures
from portolan.core.reply_surface import N_SURFACE
from portolan.types import FloatArray

N_WORD_DIMS = 96
SIZES = {"surface": 1.0, "relevance": 1.0, "vectors": 4.0, "words": 2.0, "provenance": 2.0}
"""Root mean square of a column of surface and relevance, of one of provenance within its part; of a whole row of
vectors and of words: how far each block is held back by the one penalty."""
MOST_SURFACE = np.float32(5)
"""No more of a surface number counts, in root mean squares: else one reply in another script decides its column."""
MOST_KINDS = 8
"""Values of provenance columns that have surface columns of their own, the most frequent ones."""
LEAST_OF_KIND = 50
"""Pairs that such a value must have."""
KEY = f"effect-design:3:{N_WORD_DIMS}:{MOST_KINDS}"
"""Names what the columns are; change the number when they change."""


class Kinds(NamedTuple):
    """Where pairs come from, value by value.

    Attributes
    ----------
    columns : tuple of str, n_kinds
        The column that each value is of; a column may have several.
    shares : ndarray of float32, shape (n_pairs, n_kinds), in [0, 1]
        How much a pair is of each: 0 or 1 where it is known.
    """

    columns: tuple[str, ...]
    shares: NDArray[np.float32]


class Scale(NamedTuple):
    """What columns are divided by, and how frequent kinds are: those of a map's pairs serve its probes as well."""

    surface: NDArray[np.float32]
    vectors: float
    relevance: NDArray[np.float32]
    kinds: FloatArray


def kinds_of(columns: Sequence[tuple[str, Sequence[str]]], *, n_pairs: int) -> Kinds:
    """The most frequent values of columns that say where pairs come from; of a column of one value none."""
    found: list[tuple[int, str, NDArray[np.bool_]]] = []
    for name, values in columns:
        told, codes, counts = np.unique(np.asarray(values, dtype=object), return_inverse=True, return_counts=True)
        if len(told) > 1:
            codes = codes.ravel()
            found += [(int(n), name, codes == code) for code, n in enumerate(counts.tolist()) if n >= LEAST_OF_KIND]
    found = sorted(found, key=lambda one: -one[0])[:MOST_KINDS]
    shares = np.zeros((n_pairs, len(found)), np.float32)
    for place, (_, _, is_of) in enumerate(found):
        shares[:, place] = is_of
    return Kinds(tuple(name for _, name, _ in found), shares)


def dense_design(
    features: PairFeatures, scale: Scale | None = None, *, kinds: Kinds | None = None
) -> tuple[Design, Scale]:
    """Columns for surface, vectors, relevance, words and provenance, float32 (n_pairs, n_dims); and their scale.

    No column is centred: a pair with its replies swapped has the same numbers with the other sign. Pairs whose `kinds`
    are not given, but the scale of others is, may come from any part of those, from each as likely as it is frequent:
    their margin is the mean over the parts.
    """
    surface, vectors = features.block("surface"), features.block("vectors")
    relevance = features.block("relevance")
    if scale is None:
        shares = np.zeros(0) if kinds is None else kinds.shares.mean(axis=0, dtype=np.float64)
        scale = Scale(unit_scale(surface), _row_size(vectors), unit_scale(relevance), shares)
    own = np.broadcast_to(scale.kinds.astype(np.float32), (len(features), len(scale.kinds)))
    own = own if kinds is None else kinds.shares
    clipped = np.clip(surface / scale.surface, -MOST_SURFACE, MOST_SURFACE)
    parts = [
        (clipped, SIZES["surface"]),
        (vectors, SIZES["vectors"] / scale.vectors),
        (relevance / scale.relevance, SIZES["relevance"]),
        (features.squeezed_words(N_WORD_DIMS), SIZES["words"]),
    ]
    n_shared = sum(part.shape[1] for part, _ in parts)
    out = np.empty((len(features), n_shared + N_SURFACE * own.shape[1]), np.float32)
    end = 0
    for part, size in parts:
        np.multiply(part, np.float32(size), out=out[:, end : end + part.shape[1]])
        end += part.shape[1]
    for share in own.T:
        np.multiply(clipped, np.float32(SIZES["provenance"]) * share[:, None], out=out[:, end : end + N_SURFACE])
        end += N_SURFACE
    return out, scale


def columns_without(n_dims: int, kind_columns: Sequence[str], left_out: Collection[str]) -> NDArray[np.int64]:
    """Columns of a design that are left where the model is not told of some provenance columns, ascending."""
    n_shared = n_dims - N_SURFACE * len(kind_columns)
    is_kept = np.ones(n_dims, np.bool_)
    for place, name in enumerate(kind_columns):
        if name in left_out:
            begin = n_shared + N_SURFACE * place
            is_kept[begin : begin + N_SURFACE] = False
    return np.flatnonzero(is_kept)


def _row_size(part: NDArray[np.float32]) -> float:
    """Root of the mean squared length of rows; 1 where all are zero."""
    size = float(np.sqrt(np.einsum("ij,ij->", part, part, dtype=np.float64) / max(1, len(part))))
    return size if size > 0 else 1.0
