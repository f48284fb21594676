"""Pairs whose two replies hardly differ."""

from __future__ import annotations

import numpy as np

from portolan.plugins import AuditedPairs, Found, findings

LEAST_LIKENESS = 0.8
"""Jaccard coefficient of words and pairs of neighbouring words: about one word in twenty differs."""


class NearIdentical:
    """The replies differ in little."""

    key = f"near-identical:1:{LEAST_LIKENESS}"
    title = "The two replies hardly differ"
    what = (
        f"The replies share {LEAST_LIKENESS:.0%} or more of their words and pairs of neighbouring words, neither is"
        " more than twice as long as the other, and they are not the same. Such a pair says little to a model, unless"
        " the one word that differs is what the preference is about: a fact, a number, a name."
    )
    of_rankings = (
        "The best and the worst reply hardly differ",
        f"The best and the worst reply share {LEAST_LIKENESS:.0%} or more of their words and pairs of neighbouring"
        " words, neither is more than twice as long as the other, and they are not the same. Such a ranking says little"
        " to a model, unless the one word that differs is what it is about: a fact, a number, a name.",
    )
    needs = ()
    is_exact = True

    def find(self, of: AuditedPairs) -> Found:
        """Pairs by the likeness of their replies."""
        likeness = of.facts.likeness
        is_near = (likeness >= LEAST_LIKENESS) & ~of.facts.is_identical
        return Found(np.where(is_near, likeness, np.nan).astype(np.float32))


findings.add("near-identical", NearIdentical)
