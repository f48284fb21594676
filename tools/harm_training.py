"""Train the harm scorer's model on some of the sets: what `make_harm.py` and `benchmarks/harm.py` share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
from numpy.typing import NDArray

from harm_fit import Examples, Marks, Penalty, fit
from harm_sets import IN_REPLY, HarmPairs, HarmSet, diasafety_pairs, harm_sets, harmless_pairs, xstest
from portolan.core.harm import N_BUCKETS, marks_of, read_texts
from portolan.pieces import WEIGHTS, PieceTable

N_FOLDS = 3
MOST_ROWS = 16_000
"""Of a set at most so many texts are trained on, evenly spread, so that a large one does not drown the others."""
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Linear:
    """A fitted model: weights of buckets (N_BUCKETS,), of the dense part (n_dense,), and a bias."""

    weights: NDArray[np.float32]
    dense: NDArray[np.float32]
    bias: float

    def logits(self, marks: Marks) -> NDArray[np.float32]:
        """Logits of texts, float32 (n_texts,)."""
        found: NDArray[np.float32] = marks.sparse @ self.weights + marks.dense @ self.dense + np.float32(self.bias)
        return found


@dataclass(frozen=True)
class Material:
    """Every set with its marks: labelled ones by name, pairs by name (better, worse), and XSTest."""

    sets: Mapping[str, tuple[HarmSet, Marks]]
    pairs: Mapping[str, tuple[HarmPairs, Marks, Marks]]
    unseen: tuple[HarmSet, Marks]


def read_material(data: Path) -> Material:
    """Read all sets from the folder of public sets, and mark their texts."""
    table = PieceTable(WEIGHTS)
    sets = {part.name: (part, _marked(part.texts, part.prompts, table)) for part in harm_sets(data)}
    pairs = {
        part.name: (part, _marked(part.better, part.prompts, table), _marked(part.worse, part.prompts, table))
        for part in (harmless_pairs(data), diasafety_pairs(data))
    }
    looks_unsafe = xstest(data)
    return Material(sets, pairs, (looks_unsafe, _marked(looks_unsafe.texts, looks_unsafe.prompts, table)))


def train(material: Material, *, without: Sequence[str] = (), fold: int | None = None) -> Linear:
    """Fit on all sets and pairs but those named in `without`, and but the texts of a fold of the cross-validation."""
    names = [name for name in material.sets if name.removesuffix(IN_REPLY) not in without]
    rows = {name: trained_rows(material.sets[name][0], fold) for name in names}
    sizes = [len(rows[name]) for name in names]
    labels = [material.sets[name][0].is_harmful[rows[name]] for name in names]
    examples = Examples(
        stacked([material.sets[name][1].take(rows[name]) for name in names]),
        np.concatenate(labels).astype(np.float32),
        np.repeat(np.arange(len(names)), sizes),
        np.repeat([np.sqrt(MOST_ROWS / size) for size in sizes], sizes).astype(np.float32),
    )
    return Linear(*fit(examples, _trained_pairs(material, without, fold), Penalty()))


def fold_of(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """The fold in which a text is tested, 0 … N_FOLDS - 1: all texts of a group in one."""
    return (groups * 2654435761 >> 7) % N_FOLDS


def trained_rows(part: HarmSet, fold: int | None) -> Rows:
    """The rows of a set that are trained on while `fold` is tested (None: all), at most MOST_ROWS."""
    rows = np.flatnonzero(fold_of(part.groups) != fold) if fold is not None else np.arange(len(part))
    return rows[np.linspace(0, len(rows) - 1, MOST_ROWS).astype(np.int64)] if len(rows) > MOST_ROWS else rows


def stacked(parts: Sequence[Marks]) -> Marks:
    """Marks of several sets, one below the other."""
    return Marks(sp.vstack([part.sparse for part in parts], format="csr"), np.vstack([part.dense for part in parts]))


def _trained_pairs(material: Material, without: Sequence[str], fold: int | None) -> Marks | None:
    part, better, worse = material.pairs["hh-rlhf harmless"]
    if part.name in without:
        return None
    rows = np.flatnonzero(fold_of(part.groups) != fold) if fold is not None else np.arange(len(part))
    gap = Marks((worse.sparse - better.sparse).tocsr(), worse.dense - better.dense)
    return gap.take(rows)


def _marked(texts: Sequence[str], prompts: Sequence[str], table: Any) -> Marks:
    read = read_texts(pa.array(texts, pa.large_string()), pa.array(prompts, pa.large_string()), table, threads=None)
    indptr, buckets, values, dense = marks_of(read)
    return Marks(sp.csr_matrix((values, buckets, indptr), shape=(len(texts), N_BUCKETS)), dense)
