"""What scorers' cards say of how good they are, in a few words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from portolan.core.counted import counted
from portolan.core.report_markup import plain
from portolan.core.report_words import listed

_TOLD = ("auc", "right order", "false alarms", "found", "precision", "recall", "accuracy", "right")
_NOT_TOLD = ("average precision", "right category")
_HARM_STEP = re.compile(r", (both|harm(?::all)?)\b")
_STEPS = {"harm": ("both", "harm"), "harm:all": ("both", "harm:all"), "harm:fast": ("",)}
"""Which figures of the harm scorer's card are of which of its ways; those that name no model are the linear step's."""
MOST_SETS = 6


def own_figures(scorer: str, figures: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The figures of a card that are of the scorer as it was run; of most scorers all are."""
    steps = _STEPS.get(scorer)
    if steps is None:
        return list(figures)

    def step(figure: Mapping[str, Any]) -> str:
        named = _HARM_STEP.search(str(figure["measure"]))
        return named[1] if named else ""

    return [one for one in figures if step(one) in steps]


def card_figures(card: Mapping[str, Any]) -> list[str]:
    """The main figures of a card, those of several sets measured alike as one range."""
    groups: dict[tuple[str, str], list[tuple[str, float, int]]] = {}
    for figure in card.get("figures", []):
        measure = _HARM_STEP.sub("", str(figure["measure"])).replace(">= ", "≥ ")
        on, _, how = str(figure.get("on", "")).partition(", ")
        is_told = measure.lower().startswith(_TOLD) and not measure.lower().startswith(_NOT_TOLD)
        if is_told and ":" not in str(figure.get("on", "")):
            groups.setdefault((measure, how), []).append((on, float(figure["value"]), int(figure.get("n") or 0)))
    return [_group(measure, how, sets) for (measure, how), sets in groups.items()]


def _group(measure: str, how: str, sets: Sequence[tuple[str, float, int]]) -> str:
    values = sorted(value for _, value, _ in sets)
    told = f"{values[0]:g}" if len(values) == 1 or values[0] == values[-1] else f"{values[0]:g} to {values[-1]:g}"
    names = listed(list(dict.fromkeys(on for on, _, _ in sets))[:MOST_SETS])
    how_told = f", {how}" if how else ""
    n = sum(n for _, _, n in sets)
    texts = f"; {counted(n, 'text')}" if n else ""
    return plain(f"{measure} {told} ({names}{how_told}{texts})")
