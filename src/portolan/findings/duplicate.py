"""Pairs that stand in the data before, the same or nearly so."""

from __future__ import annotations

import numpy as np

from portolan.plugins import AuditedPairs, Found, findings

LEAST_LIKENESS = 0.8


class Duplicate:
    """An earlier pair is the same."""

    key = f"duplicate:1:{LEAST_LIKENESS}"
    title = "The pair is there more than once"
    what = (
        f"Prompt and replies together share {LEAST_LIKENESS:.0%} or more of their words and pairs of neighbouring words"
        " with an earlier pair, whichever reply was chosen there; the first of its kind is not in the list. Several"
        " people may have judged one pair on purpose: then the copies are votes."
    )
    needs = ()

    def find(self, of: AuditedPairs) -> Found:
        """Pairs by how like they are to the first of their group."""
        found = of.near
        is_copy = found.is_repeat & (found.similarity >= LEAST_LIKENESS)
        return Found(np.where(is_copy, found.similarity, np.nan).astype(np.float32))


findings.add("duplicate", Duplicate)
