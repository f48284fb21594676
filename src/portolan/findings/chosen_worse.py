"""Pairs whose chosen reply is harmful while the rejected one is not."""

from __future__ import annotations

import numpy as np

from portolan.plugins import AuditedPairs, Found, findings

LEAST_CHANCE = 0.4


class ChosenWorse:
    """The choice goes the wrong way, if harm is what it was made by."""

    key = f"chosen-worse:2:{LEAST_CHANCE}"
    title = "The chosen reply is more harmful than the rejected one"
    what = (
        f"The chance that the chosen reply is harmful and the rejected one is not is {LEAST_CHANCE:g} or more, as the"
        " harm scorer tells each (their product, as if the scorer's mistakes on the two did not depend on each other)."
        " The sides may be swapped; or people preferred it for what has nothing to do with harm."
    )
    of_rankings = (
        "The best reply is more harmful than the worst",
        f"The chance that the best reply is harmful and the worst is not is {LEAST_CHANCE:g} or more, as the harm"
        " scorer tells each (their product, as if the scorer's mistakes on the two did not depend on each other). The"
        " order may be upside down; or people ranked by what has nothing to do with harm.",
    )
    needs = ("harm",)

    def find(self, of: AuditedPairs) -> Found:
        """Pairs by the chance that only the chosen reply is harmful."""
        chance = of.scores("harm", side="chosen") * (1 - of.scores("harm", side="rejected"))
        return Found(np.where((chance >= LEAST_CHANCE) & ~of.facts.is_tie, chance, np.nan).astype(np.float32))


findings.add("chosen-worse", ChosenWorse)
