"""Pairs whose two replies are the same text."""

from __future__ import annotations

import numpy as np

from portolan.plugins import AuditedPairs, Found, findings


class Identical:
    """The replies do not differ."""

    key = "identical:1"
    title = "The two replies are the same"
    what = (
        "Both replies are the same text, whatever its case, white space and Unicode form: nobody can have preferred one"
        " to the other. It can be a mistake of joining or cleaning, or a collector's fallback for two equal samples."
    )
    of_rankings = (
        "The best and the worst reply are the same",
        "The best and the worst reply are the same text, whatever its case, white space and Unicode form: nobody can"
        " have preferred one to the other. It can be a mistake of joining or cleaning, or of two equal samples of one"
        " model.",
    )
    needs = ()
    is_exact = True

    def find(self, of: AuditedPairs) -> Found:
        """Pairs with one text on both sides, with certainty."""
        return Found(np.where(of.facts.is_identical, 1, np.nan).astype(np.float32))


findings.add("identical", Identical)
