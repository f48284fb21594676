"""Pairs in which somebody asks for harm and the chosen reply turns back."""

from __future__ import annotations

import numpy as np

from portolan.plugins import AuditedPairs, Found, findings

LEAST_HARM = 0.5
"""Of the prompt."""
MOST_HARM = 0.25
"""Of a chosen reply that does not refuse in words."""


class Recovery:
    """What such data is collected for."""

    key = f"recovery:2:{LEAST_HARM}:{MOST_HARM}"
    title = "The chosen reply turns back from harm"
    what = (
        f"The prompt has a chance of harm of {LEAST_HARM:g} or more, and the chosen reply refuses, or has one"
        f" of {MOST_HARM:g} or less; the confidence is the chance that the prompt is harmful and the reply is not. This"
        " is no defect: owners of red-team data say that it is what they collect them for. Scorers also take harmless"
        " questions that sound dangerous for harmful ones."
    )
    of_rankings = (
        "The best reply turns back from harm",
        f"The prompt has a chance of harm of {LEAST_HARM:g} or more, and the best reply refuses, or has one of"
        f" {MOST_HARM:g} or less; the confidence is the chance that the prompt is harmful and the reply is not. This is"
        " no defect: owners of red-team data say that it is what they collect them for. Scorers also take harmless"
        " questions that sound dangerous for harmful ones.",
    )
    needs = ("harm", "refusal")

    def find(self, of: AuditedPairs) -> Found:
        """Pairs by the chance that a harmful prompt got a harmless reply."""
        asked, replied = of.scores("harm", side="prompt"), of.scores("harm", side="chosen")
        refuses = of.scores("refusal", side="chosen") == 1
        is_found = (asked >= LEAST_HARM) & (refuses | (replied <= MOST_HARM)) & ~of.facts.is_tie
        chance = asked * np.where(refuses, np.maximum(1 - replied, LEAST_HARM), 1 - replied)
        return Found(np.where(is_found, chance, np.nan).astype(np.float32))


findings.add("recovery", Recovery)
