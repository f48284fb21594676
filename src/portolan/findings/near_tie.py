"""Pairs whose replies a preference model cannot tell apart, though it can others."""

from __future__ import annotations

from typing import Any

import numpy as np

from portolan.plugins import AuditedPairs, Found, PreferenceTold, findings

WIDTH = 0.05
"""A chance so near to one half is a tie."""
LEAST_LEAD = 0.15
"""So much more often must the model be right on the pairs it is surest of than on those it is least sure of."""


class NearTie:
    """Neither reply is better."""

    key = f"near-tie:2:{WIDTH}:{LEAST_LEAD}"
    title = "Neither reply is better"
    what = (
        f"The preference model gives the chosen reply a chance within {WIDTH:g} of one half, in data where it is surely"
        " right about others. A choice between such replies may be much noise; it may also be that what tells them"
        " apart is something the model cannot read."
    )
    of_rankings = (
        "Neither order of the replies is better",
        f"The preference model gives the order, over all pairs of the ranking's replies, a chance within {WIDTH:g} of"
        " one half, in data where it is surely right about others. Such an order may be much noise; it may also be that"
        " what tells the replies apart is something the model cannot read.",
    )
    needs = ("preference",)

    def find(self, of: AuditedPairs) -> Found:
        """Pairs by how near to one half their chance is."""
        told = of.preference
        power = lead_of(told)
        confidence = np.full(of.n_rows, np.nan, np.float32)
        said = (
            f"The model is right on {100 * power['least_sure']:.0f} % of the tenth of the {of.kind}s that it is least"
            f" sure of, and on {100 * power['surest']:.0f} % of the tenth that it is surest of"
        )
        if power["surest"] - power["least_sure"] - power["error"] < LEAST_LEAD:
            note = f"This model cannot tell ties from other {of.kind}s. {said}."
            return Found(confidence, note=note, power=power, can_tell=False)
        distance = np.abs(told.chance - 0.5)
        is_tie = distance <= WIDTH
        confidence[is_tie] = 1 - distance[is_tie] / WIDTH
        none = "" if is_tie.any() else f"No {of.kind} is so near to one half. "
        return Found(confidence, note=f"{none}{said}.", power=power)


def lead_of(told: PreferenceTold) -> dict[str, Any]:
    """Accuracy where the model is least and most sure, out of fold, and half a 95 % interval of their difference."""
    bins = told.figures["bins"]
    first, last = bins[0], bins[-1]
    variance = sum(one["true"] * (1 - one["true"]) / max(1, one["n"]) for one in (first, last))
    return {
        "least_sure": first["true"], "surest": last["true"], "error": round(1.96 * float(np.sqrt(variance)), 4),
        "pairs_in_each": last["n"],
    }  # fmt: skip


findings.add("near-tie", NearTie)
