"""Pairs that stand in two splits of the data, the same or nearly so."""

from __future__ import annotations

import numpy as np

from portolan.core.leakage import leaks
from portolan.plugins import AuditedPairs, Found, findings

LEAST_LIKENESS = 0.8


class Leakage:
    """The pair is in another split too."""

    key = f"leakage:1:{LEAST_LIKENESS}"
    title = "The pair is in another split too"
    what = (
        f"Prompt and replies together share {LEAST_LIKENESS:.0%} or more of their words and pairs of neighbouring words"
        " with a pair of another split (train, test …): what is measured on the one was learnt from the other. Pairs of"
        " all splits are listed; dropping those of the training split mends it."
    )
    of_rankings = (
        "The ranking is in another split too",
        f"Prompt, best and worst reply together share {LEAST_LIKENESS:.0%} or more of their words and pairs of"
        " neighbouring words with those of a ranking of another split (train, test …): what is measured on the one was"
        " learnt from the other. Rankings of all splits are listed; dropping those of the training split mends it.",
    )
    needs = ()
    is_exact = True

    def find(self, of: AuditedPairs) -> Found:
        """Pairs by how like they are to the most alike pair of another split."""
        nowhere = np.full(of.n_rows, np.nan, np.float32)
        if of.split is None:
            note = "No column tells which split a row is in, such as train and test."
            return Found(nowhere, note=note, is_looked_for=False)
        column, splits = of.split
        likeness = leaks(of.shingles, splits, threshold=LEAST_LIKENESS, threads=of.threads).similarity
        is_near = likeness >= LEAST_LIKENESS
        return Found(np.where(is_near, likeness, nowhere), note=f"Between the values of {column}.")


findings.add("leakage", Leakage)
