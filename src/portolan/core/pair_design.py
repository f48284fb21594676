"""Pairs as preference models learn from them: all numbers at a common scale, and weighed by prompt and provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

from portolan.core.mark_kernels import Floats
from portolan.core.pair_features import N_BUCKETS, PairFeatures
from portolan.core.scan import Ids, Places

BLOCKS = ("surface", "vectors", "relevance", "context", "provenance", "words")
CONTEXT_DIMS, KIND_DIMS = 16, 32
MOST_KINDS, LEAST_OF_KIND = 8, 50
LEAST_SPREAD = 1e-7
LEAST_PAIRS, ONE_IN = 3, 20_000
"""A mark that fewer pairs have, or fewer than one in so many, says nothing."""


@dataclass(frozen=True)
class Design:
    """Pairs as they are learnt from: every block of numbers at a common scale.

    Attributes
    ----------
    dense : ndarray of float32, shape (n_pairs, n_dense)
    indptr, marks, signs : ndarray
        Sparse part: places in `scales`, and 1 or -1.
    scales : ndarray of float32, shape (n_marks,)
        What a mark counts.
    block_of : ndarray of int64, shape (n_dense + n_marks,)
        Place in `blocks` of each number.
    """

    dense: Floats
    indptr: Places
    marks: Ids
    signs: NDArray[np.int8]
    scales: Floats
    block_of: NDArray[np.int64]
    blocks: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.dense)

    def only(self, rows: NDArray[np.int64]) -> Design:
        """Those pairs alone, at the same scale."""
        sizes = np.diff(self.indptr)[rows]
        indptr = np.concatenate([[0], np.cumsum(sizes)])
        places = np.repeat(self.indptr[rows] - indptr[:-1], sizes) + np.arange(indptr[-1])
        return replace(self, dense=self.dense[rows], indptr=indptr, marks=self.marks[places], signs=self.signs[places])

    @property
    def n_numbers(self) -> int:
        """Numbers in all."""
        return len(self.block_of)


def design_of(features: PairFeatures, *, blocks: Sequence[str] = BLOCKS, kinds: Floats | None = None) -> Design:
    """Features at a common scale. No outcome is looked at, and no number is centred, so that signs stay what they are.

    Numbers of `surface` and `relevance` are divided by their root mean square, `vectors` and `words` each by that of a
    whole pair. A rarer mark counts more, by the root of its inverse frequency's logarithm. `context` is the surface
    times the prompts' 16 principal components: what looks good in answer to one prompt need not in answer to another.
    `provenance` is the surface, and the 32 principal components of the vectors, apart for each kind of pair.

    Parameters
    ----------
    kinds : ndarray of float32, shape (n_pairs, n_kinds), optional
        Where a pair comes from: see `kinds_of`. Without it there is no block `provenance`.
    """
    widths = _widths(features, kinds)
    kept = [name for name in blocks if name in widths or name == "words"]
    dense = [name for name in kept if name != "words"]
    block_of = [number for number, name in enumerate(kept) if name != "words" for _ in range(widths[name])]
    out = np.empty((len(features), len(block_of)), np.float32)
    surface, ends = scaled(features.block("surface")), np.cumsum([widths[name] for name in dense]).tolist()
    for name, end in zip(dense, ends, strict=True):
        part = out[:, end - widths[name] : end]
        if name == "surface":
            part[:] = surface
        elif name == "context":
            _multiply(surface, principal(features.prompts, CONTEXT_DIMS, is_centred=True), part)
        elif name == "provenance" and kinds is not None:
            about = principal(scaled(features.block("vectors"), is_whole=True), KIND_DIMS)
            _multiply(np.hstack([surface, about]), kinds, part)
        else:
            part[:] = scaled(features.block(name), is_whole=name == "vectors")  # type: ignore[arg-type]
    indptr, marks, signs = np.zeros(len(features) + 1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int8)
    scales = np.zeros(0, np.float32)
    if "words" in kept:
        indptr, marks, signs, scales = _words(features)
        block_of += [kept.index("words")] * len(scales)
    return Design(out, indptr, marks, signs, scales, np.array(block_of, np.int64), tuple(kept))


def _widths(features: PairFeatures, kinds: Floats | None) -> dict[str, int]:
    """How many numbers each dense block has."""
    n_surface, n_dims = features.block("surface").shape[1], features.prompts.shape[1]
    widths = {"surface": n_surface, "vectors": n_dims, "relevance": 1, "context": n_surface * CONTEXT_DIMS}
    return widths if kinds is None else {**widths, "provenance": (n_surface + KIND_DIMS) * kinds.shape[1]}


def kinds_of(columns: Mapping[str, Sequence[str | None]]) -> tuple[Floats | None, tuple[str, ...]]:
    """Indicators of the values of columns that say where pairs come from, float32 (n_pairs, n_kinds), and their names.

    The most frequent values of each column; each indicator's mean square is 1. None where no column has two values.
    """
    found, names = [], []
    for name, values in columns.items():
        texts = np.array(["" if value is None else str(value) for value in values], dtype=object)
        told, numbers, counts = np.unique(texts, return_inverse=True, return_counts=True)
        if len(told) < 2:
            continue
        for place in np.argsort(-counts, kind="stable")[:MOST_KINDS].tolist():
            if counts[place] >= LEAST_OF_KIND:
                found.append((numbers.ravel() == place) * np.float32(np.sqrt(len(texts) / counts[place])))
                names.append(f"{name} = {told[place]}")
    return (np.stack(found, axis=1).astype(np.float32) if len(found) > 1 else None), tuple(names)


def scaled(part: Floats, *, is_whole: bool = False) -> Floats:
    """Each number over its root mean square; with `is_whole` all over that of whole rows."""
    squares = np.einsum("ij,ij->j", part, part, dtype=np.float64, casting="unsafe") / max(1, len(part))
    scale = np.sqrt(np.full(part.shape[1], squares.sum()) if is_whole else squares)
    found: Floats = part * np.divide(1, scale, out=np.zeros_like(scale), where=scale > 1e-9).astype(np.float32)
    return found


def principal(vectors: Floats, n_dims: int, *, is_centred: bool = False) -> Floats:
    """Principal components, each of mean square 1: float32, shape (n_rows, n_dims); zeros where there are fewer."""
    n = max(1, len(vectors))
    mean = vectors.mean(axis=0, dtype=np.float64) if is_centred else np.zeros(vectors.shape[1])
    spread = (vectors.T @ vectors).astype(np.float64) / n - np.outer(mean, mean)
    values, directions = np.linalg.eigh(spread)
    first = np.argsort(-values, kind="stable")[:n_dims]
    scale = np.where(values[first] > LEAST_SPREAD, 1 / np.sqrt(np.maximum(values[first], LEAST_SPREAD)), 0.0)
    turned = directions[:, first] * scale
    found = np.zeros((len(vectors), n_dims), np.float32)
    found[:, : len(first)] = vectors @ turned.astype(np.float32) - (mean @ turned).astype(np.float32)
    return found


@njit(cache=True, nogil=True)
def _multiply(left: Floats, right: Floats, out: Floats) -> None:
    """Out = every column of one times every column of the other, row by row."""
    for row in range(len(left)):
        for i in range(left.shape[1]):
            for j in range(right.shape[1]):
                out[row, i * right.shape[1] + j] = left[row, i] * right[row, j]


def _words(features: PairFeatures) -> tuple[Places, Ids, NDArray[np.int8], Floats]:
    counts = np.bincount(features.buckets, minlength=N_BUCKETS)
    is_kept = counts >= max(LEAST_PAIRS, len(features) // ONE_IN)
    number = np.where(is_kept, np.cumsum(is_kept) - 1, -1).astype(np.int32)
    frequency = counts[is_kept] / max(1, len(features))
    weights = np.sqrt(np.log(1 + 1 / np.maximum(frequency, 1e-12)))
    scales = weights / max(1e-9, np.sqrt((frequency * weights**2).sum()))
    marks = number[features.buckets]
    kept = marks >= 0
    kept_before = np.concatenate([[0], np.cumsum(kept)])
    return kept_before[features.indptr], marks[kept], features.signs[kept], scales.astype(np.float32)
