"""Rows that share most of their words, in their order, with another row."""

from __future__ import annotations

from portolan.core.near_duplicates import NEAR, near_duplicates
from portolan.core.shingles import shingle_sets
from portolan.plugins import Card, Report, ScoredMap, Scores, scorers, silent
from portolan.scorers._compared import PLANTED, Options, group_columns, halves, scores_of, texts_compared

NAME = "near_duplicate"
CARD: Card = {
    "what": "Rows that share most of their words and neighbours of words with another row; the same text is 1.",
    "method": f"Jaccard coefficient of sets of shingles (words, and two words side by side) of {NEAR} or more, or"
    " threshold=NUMBER. Candidates by MinHash in 32 bands of 4; each is compared in full, and rows that are linked by"
    " others share a group. Option: of=prompt+chosen (parts of pairs).",
    "source": "Broder 1997, On the resemblance and containment of documents; Indyk and Motwani 1998 (LSH)",
    "limits": "Short texts of one mould, such as 'of or relating to tears' and 'of or relating to poets', are near by"
    " their words and not by what they say. A group may join rows that only a third one links: the score tells how near"
    " a row is to the first, so near_duplicate >= 0.8 names rows that are near what is kept.",
    "command": "python benchmarks/duplicates.py --rows 20000",
    "figures": [
        {"measure": "recall, 5 % of words changed", "value": 0.999, "on": PLANTED, "n": 1_000},
        {"measure": "recall, 10 % of words changed", "value": 0.998, "on": PLANTED, "n": 1_000},
        {"measure": "recall, 20 % of words changed", "value": 0.978, "on": PLANTED, "n": 1_000},
        {"measure": "precision at 0.5", "value": 0.969, "on": PLANTED, "n": 5_688},
        {"measure": "precision at 0.6", "value": 0.996, "on": PLANTED, "n": 5_098},
    ],
}


class NearDuplicateScorer:
    """Groups of rows with nearly the same text; the first of each is the one to keep."""

    is_costly = False
    needs = ()
    columns = group_columns(NAME, "Share of words, and of pairs of neighbouring words, that it has in common")
    card = CARD
    argument = "threshold=0.5, of=prompt+chosen"

    def __init__(self, argument: str | None = None, *, threads: int | None = None) -> None:
        options = Options.of(argument, "near-duplicate", ("threshold", "of"))
        self.threshold = options.share("threshold", NEAR)
        self.parts = options.parts()
        self.key = f"near-duplicate:1:{self.threshold}:{'+'.join(self.parts)}"

    def score_map(self, of: ScoredMap, *, report: Report = silent) -> Scores:
        """How near each row is to the first of its group; the group; its rows."""
        reading, comparing = halves(report, of.n_rows, "near-duplicate")
        texts = texts_compared(of, self.parts)
        sets = shingle_sets(texts, n_rows=of.n_rows, threads=of.threads, report=reading)
        found = near_duplicates(sets, threshold=self.threshold, threads=of.threads, report=comparing)
        return scores_of(NAME, found)


scorers.add("near-duplicate", NearDuplicateScorer)
