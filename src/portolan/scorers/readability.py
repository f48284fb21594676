"""How easily an English text reads: Flesch's reading ease, and the school grade after Kincaid."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from portolan.plugins import Card, ScoreColumn, ScoredTexts, Scores, scorers
from portolan.scorers._argument import refuse_argument

FEWEST_WORDS = 10
"""Below, one long word decides."""
LEAST_LATIN = 0.9
"""Of the letters: the formula is English's."""
_WORD = r"[a-z]+(?:['\x{2019}][a-z]+)*"
_SENTENCE_END = r"[.!?\x{2026}]+[\"'\x{201d}\x{2019})\]]*(?:\s|\z)|\n\s*\n|\n\s*(?:[-*\x{2022}]|\d+[.)])\s"
_VOWELS = r"[aeiouy]+"
_SILENT = r"[aeiouy][a-z]*(?:[bcdfghjkmnpqrstvwxz]e|[bcdfghjkmnpqrvwy]es|[bcfghjkmnpqrsvwxyzl]ed)\b"
"""An e at the end that is not spoken: make, makes, called; table and wanted keep theirs."""
CARD: Card = {
    "what": "How easily an English text reads: 100 very easily, 60 as a newspaper, 30 as a contract.",
    "method": "206.835 - 1.015 words/sentences - 84.6 syllables/words, within 0 and 100; "
    "syllables by rules of spelling, right for 96 % of words in running text (CMUdict).",
    "source": "R. Flesch, A new readability yardstick, J. Applied Psychology 32 (1948); J. P. Kincaid et al., 1975.",
    "limits": "English alone. Missing where a text has fewer than 10 words or is written in another script.",
    "figures": [],
}


class ReadabilityScorer:
    """Flesch reading ease, and Flesch-Kincaid grade."""

    key = "readability:1"
    is_costly = False
    columns = (
        ScoreColumn("readability", "number", "Flesch reading ease, 0 (hard) to 100 (easy)."),
        ScoreColumn("readability_grade", "number", "Flesch-Kincaid grade: years of (US) school, 0 to 25."),
    )
    card = CARD

    def __init__(self, argument: str | None = None, *, threads: int | None = None) -> None:
        refuse_argument("readability", argument)

    def score(self, texts: ScoredTexts) -> Scores:
        """Reading ease and grade of each text."""
        lower = pc.utf8_lower(texts.texts)
        words = _count(lower, _WORD)
        letters = _count(lower, r"\pL")
        ends = pc.if_else(pc.match_substring_regex(lower, r"[.!?\x{2026}][\"'\x{201d}\x{2019})\]]*\s*\z"), 0, 1)
        sentences = _count(lower, _SENTENCE_END) + ends.to_numpy(zero_copy_only=False)
        is_english = (words >= FEWEST_WORDS) & (_count(lower, "[a-z]") >= LEAST_LATIN * letters)
        with np.errstate(divide="ignore", invalid="ignore"):
            per_sentence = words / np.maximum(sentences, 1)
            per_word = syllables(lower) / words
        ease = np.clip(206.835 - 1.015 * per_sentence - 84.6 * per_word, 0, 100)
        grade = np.clip(0.39 * per_sentence + 11.8 * per_word - 15.59, 0, 25)
        return {
            "readability": np.where(is_english, ease, np.nan),
            "readability_grade": np.where(is_english, grade, np.nan),
        }


def syllables(lower: pa.Array) -> NDArray[np.float64]:
    """Syllables of English texts in lower case, by rules of spelling: float64, shape (n_texts,)."""
    counted = _count(lower, _VOWELS) - _count(lower, _SILENT) + _count(lower, _SPLIT)
    syllables: NDArray[np.float64] = np.maximum(counted, _count(lower, _WORD))
    return syllables


_SPLIT = r"[aeiouy]ing\b|ia(?:n|ns|te|tes|ted|tion)?\b|eo|i(?:um|er|ent|ence|or)\b|ua(?:l|lly|te|ted|tion)\b"
"""Two vowels that are spoken apart: being, media, video, medium, actual."""


def _count(texts: pa.Array, pattern: str) -> NDArray[Any]:
    found: NDArray[Any] = pc.count_substring_regex(texts, pattern).to_numpy(zero_copy_only=False).astype(np.float64)
    return found


scorers.add("readability", ReadabilityScorer)
