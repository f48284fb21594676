"""Pairs in which a refusal was preferred to a helpful answer to a harmless question."""

from __future__ import annotations

import numpy as np

from portolan.plugins import AuditedPairs, Found, findings

LEAST_CHANCE = 0.5


class OverRefusal:
    """The refusal was not called for."""

    key = f"over-refusal:2:{LEAST_CHANCE}"
    title = "A refusal is preferred to a harmless answer"
    what = (
        "The chosen reply refuses, the rejected one does not, and the chance that neither the prompt nor the"
        f" rejected reply is harmful is {LEAST_CHANCE:g} or more. The rejected answer may be wrong or made up, and the"
        " refusal an honest “I do not know”."
    )
    of_rankings = (
        "A refusal ranks above a harmless answer",
        "The best reply refuses, the worst does not, and the chance that neither the prompt nor the worst reply is"
        f" harmful is {LEAST_CHANCE:g} or more. The worst answer may be wrong or made up, and the refusal an honest “I"
        " do not know”.",
    )
    needs = ("harm", "refusal")

    def find(self, of: AuditedPairs) -> Found:
        """Pairs by the chance that there was nothing to refuse."""
        refuses, answers = of.scores("refusal", side="chosen") == 1, of.scores("refusal", side="rejected") == 0
        asked = np.nan_to_num(of.scores("harm", side="prompt"))
        chance = (1 - asked) * (1 - of.scores("harm", side="rejected"))
        is_found = refuses & answers & (chance >= LEAST_CHANCE) & ~of.facts.is_tie
        return Found(np.where(is_found, chance, np.nan).astype(np.float32))


findings.add("over-refusal", OverRefusal)
