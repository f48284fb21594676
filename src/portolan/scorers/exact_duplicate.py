"""Rows whose text an earlier row has already, but for case, white space and Unicode's ways to write one letter."""

from __future__ import annotations

import pyarrow as pa

from portolan.core.same_text import NORMAL, Normal, exact_duplicates
from portolan.plugins import Card, InputError, Report, ScoredMap, Scores, scorers, silent
from portolan.scorers._compared import PLANTED, Options, exact_columns, halves, scores_of, texts_compared

NAME = "exact_duplicate"
CARD: Card = {
    "what": "Rows whose text an earlier row has already.",
    "method": "Digests (BLAKE2b, 128 bits) of the texts in a normal form: Unicode NFKC, lower case, runs of white space"
    " as one space. Options: of=prompt+chosen (parts of pairs), normal=nfkc+lower+spaced or normal=bytes.",
    "source": "Unicode Standard Annex #15; RFC 7693",
    "limits": "A changed comma makes another text: near-duplicate finds those.",
    "command": "python benchmarks/duplicates.py --rows 20000",
    "figures": [
        {"measure": "recall, another case, spacing or Unicode form", "value": 1.0, "on": PLANTED, "n": 1_000},
        {"measure": "precision", "value": 1.0, "on": PLANTED, "n": 1_018},
    ],
}


class ExactDuplicateScorer:
    """Groups of rows with the same text; the first of each is the one to keep."""

    is_costly = False
    needs = ()
    columns = exact_columns(NAME)
    card = CARD
    argument = "of=prompt+chosen, normal=nfkc+lower+spaced"

    def __init__(self, argument: str | None = None, *, threads: int | None = None) -> None:
        options = Options.of(argument, "exact-duplicate", ("of", "normal"))
        self.parts = options.parts()
        self.normal = _normal(options.given.get("normal", NORMAL.key))
        self.key = f"exact-duplicate:1:{'+'.join(self.parts)}:{self.normal.key}"

    def score_map(self, of: ScoredMap, *, report: Report = silent) -> Scores:
        """Whether each row repeats an earlier one; its group; the group's rows."""
        reading, _ = halves(report, of.n_rows, "exact-duplicate")
        found = exact_duplicates(texts_compared(of, self.parts), normal=self.normal, n_rows=of.n_rows, report=reading)
        return scores_of(NAME, found, pa.array(found.is_repeat, mask=found.first < 0))


def _normal(named: str) -> Normal:
    steps = set(named.split("+")) - {"bytes"}
    if wrong := steps - {"nfkc", "lower", "spaced"}:
        raise InputError(
            f"There is no normal form '{'+'.join(sorted(wrong))}'.",
            fix="Join any of nfkc, lower and spaced with +, or write normal=bytes.",
        )
    return Normal("nfkc" in steps, "lower" in steps, "spaced" in steps)


scorers.add("exact-duplicate", ExactDuplicateScorer)
