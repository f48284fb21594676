"""Pairs whose choice follows from what the replies look like, and how far that goes in the data."""

from __future__ import annotations

from typing import Any

import numpy as np

from portolan.plugins import AuditedPairs, Found, findings

LEAST_CHANCE = 0.7


class SurfaceShortcut:
    """A rule of looks gives the choice away."""

    key = f"surface-shortcut:3:{LEAST_CHANCE}"
    title = "Looks alone tell which reply was chosen"
    what = (
        f"A model that sees length, lists, punctuation and kinds of words alone, and has not seen the prompt, gives"
        f" the chosen reply a chance of {LEAST_CHANCE:g} or more. Such a pair may teach looks beside what was meant."
        " Often the longer or tidier reply is the better one too: look at the share, and where on the map it is high,"
        " before calling it a shortcut."
    )
    of_rankings = (
        "Looks alone tell the order of the replies",
        f"A model that sees length, lists, punctuation and kinds of words alone, and has not seen the prompt, gives the"
        f" order, over all pairs of the ranking's replies, a chance of {LEAST_CHANCE:g} or more. Such a ranking may"
        " teach looks beside what was meant. Often the longer or tidier reply is the better one too: look at the share,"
        " and where on the map it is high, before calling it a shortcut.",
    )
    needs = ("preference",)
    reads_writers = True

    def find(self, of: AuditedPairs) -> Found:
        """Pairs by what looks alone say of the choice."""
        told, shortcuts = of.preference, of.shortcuts
        nowhere = np.full(of.n_rows, np.nan, np.float32)
        rules = {name: share.to_json() for name, share in told.baselines.items() if name != "chance"}
        subsets = [
            {"column": one["column"], "value": one["value"], "length": one["length"], "surface": one["surface"]}
            for one in told.by_subset
        ]
        power = {"rules": rules, "by_subset": subsets, "alone": [one.to_json() for one in shortcuts.rules]}
        note = f"{shortcuts.says} {_said(rules)}"
        if rules["surface"]["low"] <= 0.5:
            return Found(nowhere, note=f"Looks alone do not tell the choice in this data. {note}", power=power)
        is_found = (told.surface >= LEAST_CHANCE) & ~of.facts.is_tie
        confidence = np.where(is_found, told.surface, np.nan).astype(np.float32)
        return Found(confidence, note=note, power=power)


def _said(rules: dict[str, Any]) -> str:
    parts = [f"{name} {one['value']:.3f} ({one['low']:.3f} to {one['high']:.3f})" for name, one in rules.items()]
    return f"Accuracy of plain rules on pairs they had not seen: {', '.join(parts)}."


findings.add("surface-shortcut", SurfaceShortcut)
