"""Harm scorers that have not seen what `benchmarks/audit.py` plants.

The bundled encoder was trained without a third of the texts (`tools/harm_encoder_texts.py`), and planted ones are of
that third; the linear model is trained anew without it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import scipy.sparse as sp

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from harm_fit import Marks
from harm_sets import diasafety, requests
from harm_training import Linear, fold_of, read_material, train
from portolan.core.harm import N_BUCKETS, HarmModel, marks_of, read_texts
from portolan.pieces import WEIGHTS, PieceTable
from portolan.plugins import ScoreColumn, scorers
from portolan.scorers._harm_encoder import ABOUT, HarmEncoder
from portolan.scorers.harm import LEAST_SUSPICION
from portolan.scorers.harm import WEIGHTS as BUNDLED

HELD_OUT = 0
"""The fold that neither model was trained on."""
PLANTED_FROM = ("DiaSafety", "requests", "hh-rlhf harmless")
WAYS = ("held-out", "held-out-both", "unseen")


def held_out(data: Path) -> tuple[set[str], set[str]]:
    """Contexts of DiaSafety and goals of AdvBench that are in the fold held out: what is planted."""
    dialogues, asked_for = diasafety(data), requests(data)
    contexts = {
        text for text, fold in zip(dialogues.prompts, fold_of(dialogues.groups), strict=True) if fold == HELD_OUT
    }
    goals = {text for text, fold in zip(asked_for.texts, fold_of(asked_for.groups), strict=True) if fold == HELD_OUT}
    return contexts, goals


def register(data: Path, way: str) -> str:
    """Train a linear model for one of `WAYS`, make a scorer of it, with the encoder or without; the scorer's name."""
    if way not in WAYS:
        return way
    name = f"harm-{way}"
    material = read_material(data)
    linear = train(material, without=PLANTED_FROM) if way == "unseen" else train(material, fold=HELD_OUT)
    scorers.add(name, lambda _argument=None, *, threads=None: Trained(name, linear, threads))
    return name


class Trained:
    """A linear model with the bundled one's calibration; if its name ends in "both", the encoder reads as in `harm`."""

    is_costly = False
    card = {"what": "Harm.", "limits": "For a benchmark."}  # noqa: RUF012  # never written to

    def __init__(self, name: str, linear: Linear, threads: int | None) -> None:
        self.key, self._linear, self._threads = f"{name}:1", linear, threads
        self._column = name.replace("-", "_")
        self.columns = (ScoreColumn(self._column, "number", "Chance of harm."),)
        self._table = PieceTable(WEIGHTS)
        self._encoder = HarmEncoder() if name.endswith("both") else None
        with np.load(BUNDLED / "model.npz") as parts:
            chance = map(float, parts["calibration"])
        self._model = HarmModel(linear.weights, linear.dense, np.zeros(1, np.float32), *chance)

    def score(self, texts):
        """Chance of harm of each text, in the context of its prompt."""
        read = read_texts(texts.texts, pa.array(texts.prompts, pa.large_string()), self._table, threads=self._threads)
        indptr, buckets, values, dense = marks_of(read)
        marks = Marks(sp.csr_matrix((values, buckets, indptr), shape=(len(texts), N_BUCKETS)), dense)
        logits = self._linear.logits(marks)
        chances = self._model.chance(logits, read.is_reply)
        is_read = chances >= LEAST_SUSPICION
        if self._encoder and is_read.any():
            some = texts.only(is_read)
            by_reading = self._encoder.logits(some.texts.to_pylist(), some.prompts.to_pylist(), threads=self._threads)
            linear_share, encoder_share, *offsets = ABOUT["calibration"]
            both = linear_share * logits[is_read] + encoder_share * by_reading
            both += np.where(read.is_reply[is_read], offsets[1], offsets[0])
            chances[is_read] = 1 / (1 + np.exp(-both))
        return {self._column: chances}
