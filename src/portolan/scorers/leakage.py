"""Rows whose text stands, the same or nearly so, in another split of the data: what is tested on was trained on."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.leakage import MOST_SPLITS, NOBODY, Leaks, leaks, may_be_split, split_codes, split_column
from portolan.core.near_duplicates import NEAR
from portolan.core.shingles import shingle_sets
from portolan.plugins import Card, InputError, Report, ScoreColumn, ScoredMap, Scores, scorers, silent
from portolan.scorers._compared import Options, halves, texts_compared

NAME = "leakage"
CARD: Card = {
    "what": "Rows whose text stands, the same or nearly so, in another split (train, test …).",
    "method": f"As near-duplicate, between splits alone: Jaccard coefficient of shingles of {NEAR} or more, or"
    " threshold=NUMBER. The column is found by its values (train, test, validation …), or named: leakage:COLUMN. Of"
    " pairs prompts are compared with prompts, and replies, chosen or rejected, with replies.",
    "source": "Broder 1997, On the resemblance and containment of documents; Lee et al. 2022, Deduplicating Training"
    " Data Makes Language Models Better",
    "limits": "Sees words, not meaning: a translation or a paraphrase leaks unseen. Short prompts ('hi') and stock"
    " replies stand in every split. The card of near-duplicate tells how well the method finds.",
    "figures": [],
}


class LeakageScorer:
    """How much of a row stands in another split."""

    is_costly = False
    needs = ()
    columns = (
        ScoreColumn(NAME, "number", "Share of words and neighbours of words that it has in common with the most alike"
                    " text of another split, 0 to 1; 0 where none is near. Of pairs, the highest of their parts."),
        ScoreColumn("leakage_split", "category", "The split in which that text stands."),
        ScoreColumn("leakage_row", "number", "The row_id of that text."),
        ScoreColumn("leakage_prompt", "number", "The same of the prompt alone (pairs)."),
    )  # fmt: skip
    card = CARD
    argument = "COLUMN, threshold=0.5"

    def __init__(self, argument: str | None = None, *, threads: int | None = None) -> None:
        options = Options.of(argument, NAME, ("column", "threshold"))
        self.column = options.given.get("column")
        self.threshold = options.share("threshold", NEAR)
        self.key = f"leakage:1:{self.column or ''}:{self.threshold}"

    def score_map(self, of: ScoredMap, *, report: Report = silent) -> Scores:
        """The most alike text of another split: how alike, which split, which row; of pairs each part apart."""
        column = self.column or _found_column(of)
        codes, names = split_codes(of.column(column))
        if not 2 <= len(names) <= MOST_SPLITS:
            raise InputError(
                f"The column '{column}' has {len(names)} different values.",
                fix=f"Name one with 2 to {MOST_SPLITS}: --scorer leakage:COLUMN.",
            )
        if of.kind != "pair":
            only = self._leaks(of, ("",), codes, report)
            return _scores(only.similarity, only.other, codes, names)
        prompts = self._leaks(of, ("prompt",), codes, report)
        replies = self._leaks(of, ("chosen", "rejected"), codes, report)
        sides = replies.similarity.reshape(2, -1)
        every = np.stack([prompts.similarity, *sides])
        highest = np.nan_to_num(every, nan=-1).argmax(axis=0)
        rows = np.arange(of.n_rows)
        others = np.stack([prompts.other, *replies.other.reshape(2, -1)])[highest, rows]
        others = np.where(others >= 0, others % of.n_rows, NOBODY)
        return {
            **_scores(every[highest, rows], others, codes, names),
            "leakage_prompt": prompts.similarity,
            "leakage_chosen": sides[0],
            "leakage_rejected": sides[1],
        }

    def _leaks(self, of: ScoredMap, parts: tuple[str, ...], codes: NDArray[np.int64], report: Report) -> Leaks:
        """What leaks of some parts, compared with each other: the first part of all rows, then the next."""
        reading, comparing = halves(report, of.n_rows, NAME)
        n_texts = of.n_rows * len(parts)
        batches = (texts for part in parts for texts in texts_compared(of, (part,) if part else ()))
        sets = shingle_sets(batches, n_rows=n_texts, threads=of.threads, report=reading)
        splits = np.tile(codes, len(parts))
        return leaks(sets, splits, threshold=self.threshold, threads=of.threads, report=comparing)


def _scores(
    similarity: NDArray[np.float32], others: NDArray[np.int64], codes: NDArray[np.int64], names: list[str]
) -> Scores:
    is_found = others != NOBODY
    split = pa.array(names, pa.string()).take(pa.array(codes[others], mask=~is_found))
    return {NAME: similarity, "leakage_split": split, "leakage_row": np.where(is_found, others, np.nan)}


def _found_column(of: ScoredMap) -> str:
    """The column that holds splits. Raises InputError."""
    values = {name: may_be_split(of.column(name)) for name in of.column_names}
    found = split_column({name: some for name, some in values.items() if some is not None})
    if found is None:
        raise InputError(
            "No column tells which split a row is in.",
            fix=f"Name it: --scorer leakage:COLUMN. Columns: {', '.join(of.column_names)}.",
        )
    return found


scorers.add("leakage", LeakageScorer)
