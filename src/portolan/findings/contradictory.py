"""Pairs that are nearly the same as another one, with the opposite choice."""

from __future__ import annotations

import numpy as np

from portolan.core.opposite import opposite_pairs
from portolan.plugins import AuditedPairs, Found, findings

LEAST_LIKENESS = 0.5


class Contradictory:
    """The same question was decided both ways."""

    key = f"contradictory:2:{LEAST_LIKENESS}"
    title = "A nearly equal pair has the opposite choice"
    what = (
        "Another pair has nearly the same prompt, a chosen reply like this pair's rejected one, and a rejected reply"
        f" like this one's chosen ({LEAST_LIKENESS:.0%} or more of words and pairs of neighbouring words each); the"
        " confidence is the least of the three. At most one of the two choices can be followed; where several people"
        " judged one pair, it shows that they disagree."
    )
    of_rankings = (
        "A nearly equal ranking has the opposite order",
        "Another ranking has nearly the same prompt, a best reply like this one's worst, and a worst reply like this"
        f" one's best ({LEAST_LIKENESS:.0%} or more of words and pairs of neighbouring words each); the confidence is"
        " the least of the three. At most one of the two orders can be followed; where several people ranked the same"
        " replies, it shows that they disagree.",
    )
    needs = ()
    is_exact = True

    def find(self, of: AuditedPairs) -> Found:
        """Pairs by how like their opposite they are."""
        found = of.near
        rows = np.flatnonzero((found.first >= 0) & (found.sizes > 1) & ~of.facts.is_tie)
        confidence = np.full(of.n_rows, np.nan, np.float32)
        if len(rows):
            confidence[rows] = opposite_pairs(of.texts(rows), found.first[rows], threads=of.threads)
        is_found = confidence >= LEAST_LIKENESS
        return Found(np.where(is_found, confidence, np.nan).astype(np.float32))


findings.add("contradictory", Contradictory)
