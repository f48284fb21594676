"""Flips planted into pairs, and what the finding `likely-flipped` says of them beside cleanlab and the length rule."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
import pyarrow as pa

import portolan
from preference import Pairs, by_length, cleanlab, pairs_of, texts_of

RATES = (0.05, 0.1, 0.2)
OF_ALPACA = 4
"""Of alpaca-eval the pairs of every fourth prompt are taken."""


@dataclass
class Flipped:
    """What was flipped and found.

    Attributes
    ----------
    is_flipped, listed : ndarray of bool, shape (n_pairs,)
    against : ndarray of float64, shape (n_pairs,)
        How far the map's preference model speaks against each choice, whether it lists any or not.
    rules : list of (name, scores, listed or None)
    """

    is_flipped: np.ndarray
    can_tell: bool
    listed: np.ndarray
    against: np.ndarray
    rules: list[tuple[str, np.ndarray, np.ndarray | None]]


class Unflipped:
    """The pairs of a set as they came."""

    def __init__(self, name: str, data: Path) -> None:
        *sides, more = texts_of(name, data)
        if name == "alpaca-eval":
            keep = pa.array([crc32(prompt.encode()) % OF_ALPACA == 0 for prompt in sides[0].to_pylist()])
            sides, more = [side.filter(keep) for side in sides], {}
        self.pairs: Pairs = pairs_of(name, *sides, more)
        self.prompts, *self.sides = (side.to_pylist() for side in sides)
        self.differs = np.array([one != other for one, other in zip(*self.sides, strict=True)])
        self.words = None

    def __len__(self) -> int:
        return len(self.prompts)

    def flip(self, rate: float) -> Flipped:
        """Flip a share of the pairs whose replies differ, make a map, look."""
        can_be = np.flatnonzero(self.differs)
        is_flipped = np.zeros(len(self), bool)
        is_flipped[np.random.default_rng(1).permutation(can_be)[: round(rate * len(can_be))]] = True
        with tempfile.TemporaryDirectory() as folder:
            m = portolan.map_text(self._rows(is_flipped), path=Path(folder) / "flipped", progress=False)
            m.findings.run(["likely-flipped"], progress=False)
            chance = m.preference.chance
            logits, listed = m.preference.margin, m.findings["likely-flipped"].is_inside
            can_tell = m.preference.can_tell
            known = m.preference.where_flipped(rate)["longest"]
            listed_if_known = np.isin(np.arange(len(self)), m.filter(known["where"]) if known else [])
        outcomes = np.where(is_flipped, -1, 1).astype(np.int8)
        plain = self._classifier(outcomes)
        return Flipped(
            is_flipped, can_tell, listed, 1 - np.nan_to_num(chance, nan=0.5),
            [
                ("its list, were the share known", 1 - np.nan_to_num(chance, nan=0.5), listed_if_known),
                ("cleanlab on a plain classifier", *cleanlab(plain)),
                ("cleanlab on the map's chances", *cleanlab(np.nan_to_num(logits))),
                ("length rule", by_length(self.pairs.features.length, outcomes), None),
            ],
        )  # fmt: skip

    def _rows(self, is_flipped: np.ndarray) -> list[dict[str, str]]:
        names = {True: ("rejected", "chosen"), False: ("chosen", "rejected")}
        rows = []
        for place, (prompt, better, worse) in enumerate(zip(self.prompts, *self.sides, strict=True)):
            row = {"prompt": prompt, **dict(zip(names[bool(is_flipped[place])], (better, worse), strict=True))}
            if self.pairs.subsets:
                row["subset"] = self.pairs.subsets[place]
            rows.append(row)
        return rows

    def _classifier(self, outcomes: np.ndarray) -> np.ndarray:
        """Out-of-fold logits that each outcome is right, by logistic regression on the difference of TF-IDF vectors."""
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import PredefinedSplit, cross_val_predict

        if self.words is None:
            read = TfidfVectorizer(min_df=3, sublinear_tf=True).fit(self.sides[0] + self.sides[1])
            self.words = read.transform(self.sides[0]) - read.transform(self.sides[1])
        # Every second pair is told the other way round: there have to be two classes.
        turned = np.where(np.arange(len(self)) % 2 == 0, 1, -1)
        found = cross_val_predict(
            LogisticRegression(fit_intercept=False, max_iter=400), self.words.multiply(turned[:, None]).tocsr(),
            outcomes * turned, cv=PredefinedSplit(self.pairs.folds), method="decision_function",
        )  # fmt: skip
        return found * turned * outcomes
