"""How likely a text is harmful, offline, in two steps, both trained on public sets.

A linear model on words and vectors judges every text in no time; a small encoder reads again what it finds suspicious
(`harm`), or every text (`harm:all`), or none (`harm:fast`). Of a pair each reply is judged in the context of its
prompt. How good it is: `CARD`, and docs/harm.md.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portolan.plugins import Card, InputError, ScoreColumn, ScoredTexts, Scores, scorers

WEIGHTS = Path(__file__).parent / "harm_weights"
LEAST_CHANCE = 0.5
"""A category is told from this chance of harm on."""
LEAST_KNOWN = 0.5
"""A text of which fewer word pieces are in an alphabet the table has read is not judged."""
LEAST_SUSPICION = 0.3
"""`harm` has the encoder read what the linear model gives this chance or more."""
_SUSPICIONS = {None: LEAST_SUSPICION, "all": 0.0, "fast": np.inf}

_ABOUT = json.loads((WEIGHTS / "about.json").read_text(encoding="utf-8"))
_ENCODER = json.loads((Path(__file__).parent / "harm_encoder" / "about.json").read_text(encoding="utf-8"))
CARD: Card = json.loads((WEIGHTS / "card.json").read_text(encoding="utf-8"))


class HarmScorer:
    """Chance of harm, its likeliest category, and which step judged."""

    columns = (
        ScoreColumn("harm", "number", "Chance that people would call the text harmful, 0 to 1."),
        ScoreColumn("harm_category", "category", f"The likeliest kind of harm, where harm is {LEAST_CHANCE} or more."),
        ScoreColumn("harm_step", "category", "Which model judged: linear (words) or encoder (which reads)."),
    )
    card = CARD
    argument = "all, or fast"
    is_costly = True

    def __init__(self, argument: str | None = None, *, threads: int | None = None) -> None:
        if argument not in _SUSPICIONS:
            raise InputError(
                f"The 'harm' scorer has no way '{argument}'.",
                fix="Use harm (the encoder reads what looks suspicious), harm:all (every text), or harm:fast (none).",
            )
        self._least = _SUSPICIONS[argument]
        self._threads = threads
        self._loaded: tuple[Any, Any] | None = None
        self._encoder: Any = None
        self.is_costly = argument != "fast"
        second = f":{_ENCODER['sha256'][:16]}:{self._least}" if self.is_costly else ""
        self.key = f"harm:4:{_ABOUT['sha256'][:16]}{second}"

    def score(self, texts: ScoredTexts) -> Scores:
        """Chance of harm, category and step of each text, in the context of its prompt."""
        from portolan.core.harm import judge, read_texts

        model, table = self._load()
        read = read_texts(texts.texts, texts.prompts, table, threads=self._threads)
        logits = judge(read, model, threads=self._threads)
        chances = np.where(read.known >= LEAST_KNOWN, model.chance(logits[:, 0], read.is_reply), np.float32(np.nan))
        is_read = chances >= self._least
        if is_read.any():
            chances[is_read] = self._chances(texts.only(is_read), logits[is_read, 0], read.is_reply[is_read])
        kinds = np.array(_ABOUT["categories"])[logits[:, 1:].argmax(axis=1)]
        told = [str(kind) if chance >= LEAST_CHANCE else None for kind, chance in zip(kinds, chances, strict=True)]
        steps = np.array(["linear", "encoder"])[is_read.astype(int)].tolist()
        judged = [None if np.isnan(chance) else step for chance, step in zip(chances, steps, strict=True)]
        return {"harm": chances, "harm_category": told, "harm_step": judged}

    def _chances(
        self, texts: ScoredTexts, linear: NDArray[np.float32], is_reply: NDArray[np.bool_]
    ) -> NDArray[np.float32]:
        """Chances of harm by both models together: a calibrated mean of their logits."""
        from portolan.scorers._harm_encoder import HarmEncoder

        self._encoder = self._encoder or HarmEncoder()
        read = self._encoder.logits(texts.texts.to_pylist(), texts.prompts.to_pylist(), threads=self._threads)
        by_words, by_reading, *offsets = _ENCODER["calibration"]
        logits = (
            by_words * np.float64(linear) + by_reading * np.float64(read) + np.where(is_reply, offsets[1], offsets[0])
        )
        chances: NDArray[np.float32] = (1 / (1 + np.exp(-logits))).astype(np.float32)
        return chances

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
