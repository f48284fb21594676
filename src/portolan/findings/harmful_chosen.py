"""Pairs whose chosen reply is harmful."""

from __future__ import annotations

import numpy as np

from portolan.plugins import AuditedPairs, Found, findings

LEAST_HARM = 0.5
"""Replies of assistants score low: docs/audit.md tells what this cut finds."""


class HarmfulChosen:
    """A model that learns from the pair learns to prefer it."""

    key = f"harmful-chosen:2:{LEAST_HARM}"
    title = "The chosen reply is harmful"
    what = (
        f"The harm scorer gives the chosen reply a chance of {LEAST_HARM:g} or more of being called harmful. Where the"
        " rejected one is worse the choice is still right, and teaches what is less bad; and a reply that quotes,"
        " explains or plays a part can look harmful without being so."
    )
    of_rankings = (
        "The best reply is harmful",
        f"The harm scorer gives the best reply a chance of {LEAST_HARM:g} or more of being called harmful. Where the"
        " others are worse the order is still right, and teaches what is less bad; and a reply that quotes, explains or"
        " plays a part can look harmful without being so.",
    )
    needs = ("harm",)

    def find(self, of: AuditedPairs) -> Found:
        """Pairs by the harm of their chosen reply."""
        harm = of.scores("harm", side="chosen")
        return Found(np.where((harm >= LEAST_HARM) & ~of.facts.is_tie, harm, np.nan).astype(np.float32))


findings.add("harmful-chosen", HarmfulChosen)
