"""How likely a text is harmful, offline: a linear model on words and vectors, trained on public sets.

Of a pair each reply is judged in the context of its prompt. How good it is: `CARD`, and docs/harm.md.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from portolan.plugins import Card, ScoreColumn, ScoredTexts, Scores, scorers
from portolan.scorers._argument import refuse_argument

WEIGHTS = Path(__file__).parent / "harm_weights"
LEAST_CHANCE = 0.5
"""A category is told from this chance of harm on."""
LEAST_KNOWN = 0.5
"""A text of which fewer word pieces are in an alphabet the table has read is not judged."""

_ABOUT = json.loads((WEIGHTS / "about.json").read_text(encoding="utf-8"))
CARD: Card = json.loads((WEIGHTS / "card.json").read_text(encoding="utf-8"))


class HarmScorer:
    """Chance of harm, and its likeliest category."""

    key = f"harm:1:{_ABOUT['sha256'][:16]}"
    is_costly = False
    columns = (
        ScoreColumn("harm", "number", "Chance that people would call the text harmful, 0 to 1."),
        ScoreColumn("harm_category", "category", f"The likeliest kind of harm, where harm is {LEAST_CHANCE} or more."),
    )
    card = CARD

    def __init__(self, argument: str | None = None, *, threads: int | None = None) -> None:
        refuse_argument("harm", argument)
        self._threads = threads
        self._loaded: tuple[Any, Any] | None = None

    def score(self, texts: ScoredTexts) -> Scores:
        """Chance of harm and category of each text, in the context of its prompt."""
        from portolan.core.harm import judge, read_texts

        model, table = self._load()
        read = read_texts(texts.texts, texts.prompts, table, threads=self._threads)
        logits = judge(read, model, threads=self._threads)
        chances = np.where(read.known >= LEAST_KNOWN, model.chance(logits[:, 0]), np.float32(np.nan))
        kinds = np.array(_ABOUT["categories"])[logits[:, 1:].argmax(axis=1)]
        told = [str(kind) if chance >= LEAST_CHANCE else None for kind, chance in zip(kinds, chances, strict=True)]
        return {"harm": chances, "harm_category": told}

    def _load(self) -> tuple[Any, Any]:
        """The model and the table of word pieces, read once."""
        from portolan.core.harm import HarmModel
        from portolan.pieces import WEIGHTS as PIECES
        from portolan.pieces import PieceTable

        if self._loaded is None:
            with np.load(WEIGHTS / "model.npz") as parts:
                arrays = [parts[name].astype(np.float32) for name in ("weights", "dense", "biases")]
                model = HarmModel(*arrays, *map(float, parts["calibration"]))
            self._loaded = model, PieceTable(PIECES)
        return self._loaded


scorers.add("harm", HarmScorer)
