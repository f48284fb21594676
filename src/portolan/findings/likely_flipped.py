"""Pairs whose sides are likely the wrong way round."""

from __future__ import annotations

import numpy as np

from portolan.plugins import AuditedPairs, Found, findings


class LikelyFlipped:
    """The preference model speaks against the choice."""

    key = "likely-flipped:4"
    title = "The choice is likely the wrong way round"
    what = (
        "A preference model that has not seen the prompt speaks against the choice, and the list is no longer than"
        " planted flips in this very data say it may be: half of its rows or more are expected to be flipped where a"
        " tenth of the pairs is, and as the data stands half of it can be. How many are, choices alone do not tell:"
        " the others are pairs on which people knew better than the model, or differ from most."
    )
    of_rankings = (
        "The ranking is likely upside down",
        "A preference model that has not seen the prompt speaks against the order, over all pairs of the ranking's"
        " replies, and the list is no longer than rankings turned upside down in this very data say it may be: half of"
        " its rows or more are expected to be so where a tenth of the rankings is, and as the data stands half of it"
        " can be. How many are, orders alone do not tell: the others are rankings on which people knew better than the"
        " model, or differ from most.",
    )
    needs = ("preference",)

    def find(self, of: AuditedPairs) -> Found:
        """The pairs that the model contradicts most, as many as its power allows."""
        told = of.preference
        # Of a tie nothing was chosen that could be the wrong way round.
        against = np.where(of.facts.is_tie, np.nan, 1 - told.chance)
        confidence = np.full(of.n_rows, np.nan, np.float32)
        order = np.argsort(-np.where(np.isnan(against), -1.0, against), kind="stable")[: told.rows_worth_listing]
        order = order[against[order] > 0.5]
        confidence[order] = against[order]
        note = f"It contradicts no {of.kind}. {told.says}" if told.can_tell and not len(order) else told.says
        return Found(confidence, note=note, power=told.power, can_tell=told.can_tell)


findings.add("likely-flipped", LikelyFlipped)
