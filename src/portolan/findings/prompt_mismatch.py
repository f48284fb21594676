"""Pairs whose two sides are not replies to one conversation."""

from __future__ import annotations

import numpy as np

from portolan.plugins import AuditedPairs, Found, findings


class PromptMismatch:
    """The sides answer different things."""

    key = "prompt-mismatch:1"
    title = "The two replies answer different prompts"
    what = (
        "What people say differs between the two sides, so that the replies are not to the same prompt; the confidence"
        " is the share of people's turns that the sides do not begin with in common. It is a mistake of joining, or two"
        " whole conversations were compared, which parted before their last reply."
    )
    needs = ()
    is_exact = True

    def find(self, of: AuditedPairs) -> Found:
        """Pairs by what of their prompts is not shared."""
        if of.kind == "ranking":
            nowhere = np.full(of.n_rows, np.nan, np.float32)
            return Found(nowhere, note="All replies of a ranking have one prompt.", is_looked_for=False)
        unshared = of.facts.unshared
        return Found(np.where(unshared > 0, unshared, np.nan).astype(np.float32))


findings.add("prompt-mismatch", PromptMismatch)
