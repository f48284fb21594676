"""Pairs of which both replies are harmful."""

from __future__ import annotations

import numpy as np

from portolan.plugins import AuditedPairs, Found, findings

LEAST_HARM = 0.5
"""Replies of assistants score low: docs/audit.md tells what this cut finds."""


class DoublyEgregious:
    """Neither reply should be given."""

    key = f"doubly-egregious:1:{LEAST_HARM}"
    title = "Both replies are harmful"
    what = (
        f"The harm scorer gives each of the two replies a chance of {LEAST_HARM:g} or more of being called harmful; the"
        " confidence is the lower of the two. Such pairs often come from people who tried to make a model misbehave"
        " (red teaming), and can be there on purpose: to teach which of two bad replies is the worse."
    )
    of_rankings = (
        "The best and the worst reply are harmful",
        f"The harm scorer gives both the best and the worst reply a chance of {LEAST_HARM:g} or more of being called"
        " harmful; the confidence is the lower of the two. Replies between them are not looked at. Such rankings often"
        " come from people who tried to make a model misbehave (red teaming), and can be there on purpose: to teach"
        " which of several bad replies is the worse.",
    )
    needs = ("harm",)

    def find(self, of: AuditedPairs) -> Found:
        """Pairs by the harm of the less harmful reply."""
        least = np.minimum(of.scores("harm", side="chosen"), of.scores("harm", side="rejected"))
        return Found(np.where(least >= LEAST_HARM, least, np.nan).astype(np.float32))


findings.add("doubly-egregious", DoublyEgregious)
