"""Pairs that stand in the data before, the same or nearly so."""

from __future__ import annotations

import numpy as np

from portolan.core.copies import copies
from portolan.plugins import AuditedPairs, Found, findings

LEAST_LIKENESS = 0.8
LEAST_OF_REPLY = 0.5


class Duplicate:
    """An earlier pair is the same."""

    key = f"duplicate:2:{LEAST_LIKENESS}:{LEAST_OF_REPLY}"
    title = "The pair is there more than once"
    what = (
        f"Prompt and replies together share {LEAST_LIKENESS:.0%} or more of their words and pairs of neighbouring words"
        f" with an earlier pair, and each reply {LEAST_OF_REPLY:.0%} or more with one of that pair's, whichever was"
        " chosen there; the first of its kind is not in the list. Several people may have judged one pair on purpose:"
        " then the copies are votes."
    )
    of_rankings = (
        "The ranking is there more than once",
        f"Prompt, best and worst reply together share {LEAST_LIKENESS:.0%} or more of their words and pairs of"
        f" neighbouring words with those of an earlier ranking, and each of the two {LEAST_OF_REPLY:.0%} or more with"
        " one of its two, whichever is the best there; the first of its kind is not in the list. Several people may"
        " have ranked the same replies on purpose: then the copies are votes.",
    )
    needs = ()
    is_exact = True

    def find(self, of: AuditedPairs) -> Found:
        """Pairs by how like they are to an earlier one."""
        found = of.near
        rows = np.flatnonzero((found.first >= 0) & (found.sizes > 1))
        confidence = np.full(of.n_rows, np.nan, np.float32)
        if len(rows):
            confidence[rows] = copies(
                of.texts(rows), found.first[rows], whole=of.shingles.only(rows), least=LEAST_LIKENESS,
                least_of_reply=LEAST_OF_REPLY, threads=of.threads,
            )  # fmt: skip
        return Found(np.where(confidence > 0, confidence, np.nan).astype(np.float32))


findings.add("duplicate", Duplicate)
