"""Rows that say what another row says, in other words: vectors that lie close together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portolan.core.semantic_duplicates import CLOSE, close_rows, repeats_at, semantic_duplicates
from portolan.plugins import Card, Report, ScoredMap, Scores, scorers, silent
from portolan.scorers._compared import PLANTED, Options, group_columns, halves, scores_of
from portolan.types import Progress

NAME = "semantic_duplicate"
CARD: Card = {
    "what": "Rows whose vectors lie close to another row's: they say nearly the same.",
    "method": f"Cosine similarity of the map's vectors of {CLOSE} or more, or threshold=NUMBER, between rows that the"
    " map's graph of neighbours links. The figures tell how many rows each threshold takes.",
    "source": "Abbas et al. 2023, SemDeDup (the idea; the graph of neighbours here in place of its clusters)",
    "limits": "As good as the map's embedder. Of pairs it sees what the map is laid out by, by default prompt and"
    " chosen reply. Two rows that are not among one another's kept neighbours are linked only by rows between them.",
    "command": "python benchmarks/duplicates.py --rows 20000",
    "figures": [
        {"measure": "recall, 5 % of words changed", "value": 0.79, "on": PLANTED, "n": 1_000},
        {"measure": "recall, other order", "value": 1.0, "on": PLANTED, "n": 1_000},
        {"measure": "recall, synonyms", "value": 0.086, "on": PLANTED, "n": 1_000},
        {"measure": "precision at 0.95, by words in common", "value": 0.851, "on": PLANTED, "n": 4_375},
    ],
}


class SemanticDuplicateScorer:
    """Groups of rows that mean the same; the first of each is the one to keep."""

    is_costly = False
    needs = ("embed", "neighbors")
    columns = group_columns(NAME, "Cosine similarity of its vector")
    card: Card = CARD
    argument = "threshold=0.95"

    def __init__(self, argument: str | None = None, *, threads: int | None = None) -> None:
        self.threshold = Options.of(argument, "semantic-duplicate", ("threshold",)).share("threshold", CLOSE)
        self.key = f"semantic-duplicate:1:{self.threshold}"

    def score_map(self, of: ScoredMap, *, report: Report = silent) -> Scores:
        """How close each row is to the first of its group; the group; its rows. The card then has the preview."""
        reading, comparing = halves(report, of.n_rows, "semantic-duplicate")
        vectors, neighbors = of.vectors, of.neighbors
        reading(Progress("score", 1, 1))
        pairs = close_rows(vectors, neighbors, least=min(self.threshold, 0.8), threads=of.threads)
        counts = repeats_at(len(vectors), pairs)
        self.card = {**CARD, "figures": [*_preview(counts, len(vectors)), *CARD["figures"]]}
        found = semantic_duplicates(vectors, pairs, threshold=self.threshold)
        comparing(Progress("score", 1, 1))
        return scores_of(NAME, found)


def _preview(counts: Mapping[float, int], n_rows: int) -> list[dict[str, Any]]:
    return [
        {"measure": f"rows that repeat another at {at:.2f}", "value": rows, "on": "this map", "n": n_rows}
        for at, rows in counts.items()
    ]


scorers.add("semantic-duplicate", SemanticDuplicateScorer)
