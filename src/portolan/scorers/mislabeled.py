"""Rows whose label in a column is doubted by a classifier that has not seen them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from portolan.core.concept import frame_of
from portolan.core.mislabeled import N_FOLDS, NO_LABEL, doubts
from portolan.core.same_text import exact_duplicates
from portolan.plugins import Card, InputError, Report, ScoreColumn, ScoredMap, Scores, scorers, silent

NAME = "mislabeled"
MOST_LABELS = 1000
LEAST_OF_EACH = N_FOLDS
CARD: Card = {
    "what": "How doubtful a row's label in a column is: mislabeled:COLUMN.",
    "method": "Softmax regression on the map's vectors, cross-fitted in five folds by text; (1 + chance of the"
    " likeliest other label - chance of its own) / 2, so that above .5 another label is likelier. Labels of fewer than"
    f" {LEAST_OF_EACH} rows are left out.",
    "source": "Northcutt, Jiang and Chuang 2021, Confident Learning (the normalised margin)",
    "limits": "A row that is hard, or the only one of its kind, is doubted too. Where most rows of a kind bear the same"
    " wrong label it learns that. It sees what the map's vectors see: of pairs, what the map is laid out by.",
    "command": "python benchmarks/mislabeled.py DATA",
    "figures": [
        {"measure": "average precision", "value": 0.541, "on": "NoisyAG-News, labels by people", "n": 4_986},
        {"measure": "precision at .5", "value": 0.593, "on": "NoisyAG-News, labels by people", "n": 702},
        {
            "measure": "average precision",
            "value": 0.925,
            "on": "banking77, a tenth of the labels replaced",
            "n": 10_003,
        },
    ],
}


class MislabeledScorer:
    """Doubts labels of a column of the user's data."""

    argument = "COLUMN"
    needs_argument = True
    is_costly = False
    needs = ("embed",)
    columns = (
        ScoreColumn(NAME, "number", "How doubtful its label is, 0 to 1: above .5 another one is likelier."),
        ScoreColumn(f"{NAME}_label", "category", "The likeliest label, by a model that has not seen the row."),
    )
    card: Card = CARD

    def __init__(self, argument: str | None = None, *, threads: int | None = None) -> None:
        if not argument:
            raise InputError(
                "The 'mislabeled' scorer needs to know which column holds the labels.",
                fix="Name it: --scorer mislabeled:COLUMN.",
            )
        self.column = argument
        self.key = f"mislabeled:1:{argument}"

    def score_map(self, of: ScoredMap, *, report: Report = silent) -> Scores:
        """Doubt of each row's label, and the likeliest one. Raises InputError where the column holds no labels."""
        codes, names = self._labels(of)
        groups = exact_duplicates((batch.texts for batch in of.texts()), n_rows=of.n_rows).first
        alone = np.where(groups >= 0, groups, np.arange(of.n_rows))
        found = doubts(of.vectors, codes, alone, frame_of(of.vectors), n_labels=len(names), report=report)
        there = found.likeliest != NO_LABEL
        figure = {"measure": "accuracy out of fold", "value": round(found.accuracy, 3), "on": "this map"}
        self.card = {**CARD, "figures": [{**figure, "n": int(there.sum())}, *CARD["figures"]]}
        likeliest = pa.array(names, pa.string()).take(pa.array(found.likeliest, mask=~there))
        return {NAME: found.doubt, f"{NAME}_label": likeliest}

    def _labels(self, of: ScoredMap) -> tuple[NDArray[np.int64], list[str]]:
        if self.column not in of.column_names:
            raise InputError(f"There is no column '{self.column}'.", fix=f"Name one of: {', '.join(of.column_names)}.")
        column = of.column(self.column)
        try:
            texts = column.cast(pa.string()).combine_chunks()
        except pa.ArrowInvalid as error:
            raise InputError(f"The column '{self.column}' holds no labels: it is {column.type}.",
                             fix="Name a column of words or whole numbers.") from error  # fmt: skip
        counts = {one["values"]: one["counts"] for one in pc.value_counts(texts).to_pylist()}
        names = sorted(name for name, n in counts.items() if name is not None and n >= LEAST_OF_EACH)
        if not 2 <= len(names) <= MOST_LABELS:
            raise InputError(
                f"The column '{self.column}' has {len(names)} labels of {LEAST_OF_EACH} rows or more.",
                fix=f"Name one with 2 to {MOST_LABELS} of them.",
            )
        places = pc.index_in(texts, pa.array(names, pa.string()))
        codes: NDArray[np.int64] = pc.fill_null(places, NO_LABEL).to_numpy(zero_copy_only=False).astype(np.int64)
        return codes, names


scorers.add("mislabeled", MislabeledScorer)
