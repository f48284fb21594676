"""How long a text is: characters, words, turns. Of a pair, each reply by itself."""

from __future__ import annotations

import pyarrow.compute as pc

from portolan.plugins import Card, ScoreColumn, ScoredTexts, Scores, scorers
from portolan.scorers._argument import refuse_argument

WORD = r"[\p{L}\p{N}]+(?:['\x{2019}\-_.,][\p{L}\p{N}]+)*"
"""Letters and digits; what stands inside a word belongs to it: don't, 3.14, well-known."""
WIDE = r"[\p{Han}\p{Hiragana}\p{Katakana}]"
"""Scripts without spaces: each character counts as a word."""


CARD: Card = {
    "what": "How long a text is, in characters, words and turns.",
    "method": "Counting; exact.",
    "limits": "Words are runs of letters and digits; Thai, Lao and Khmer, which have no spaces, count few words.",
    "figures": [],
}


class LengthScorer:
    """Characters, words and turns."""

    key = "length:1"
    is_costly = False
    columns = (
        ScoreColumn("length", "number", "Characters (Unicode code points), with spaces; of a pair, of the reply."),
        ScoreColumn("length_words", "number", "Words; in Chinese and Japanese each character counts as one."),
        ScoreColumn("length_turns", "number", "Turns of the whole conversation, the prompt's with it; 1 for a text."),
    )
    card = CARD

    def __init__(self, argument: str | None = None, *, threads: int | None = None) -> None:
        refuse_argument("length", argument)

    def score(self, texts: ScoredTexts) -> Scores:
        """Counts of each text."""
        wide = pc.count_substring_regex(texts.texts, WIDE)
        words = pc.count_substring_regex(pc.replace_substring_regex(texts.texts, WIDE, " "), WORD)
        return {
            "length": pc.utf8_length(texts.texts),
            "length_words": pc.add(wide, words),
            "length_turns": texts.n_turns,
        }


scorers.add("length", LengthScorer)
