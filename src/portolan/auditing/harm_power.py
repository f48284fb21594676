"""What lists made of the bundled harm scorer are worth: what they found of harmful replies planted in hh-rlhf.

`python benchmarks/audit.py DATA` prints the figures on texts held out, `--harm unseen` those on sets unseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portolan.options import plugin_name
from portolan.plugins import scorers

HELD_OUT = "planted; other texts of their sets were trained on"
UNSEEN = "planted; from sets that were not trained on"
LINEAR: Mapping[str, tuple[float, float]] = {
    "chosen-worse": (0.40, 0.05),
    "doubly-egregious": (0.37, 0.02),
    "harmful-chosen": (0.59, 0.04),
    "over-refusal": (0.72, 0.73),
    "recovery": (0.95, 0.02),
}
"""Recall of the linear step, by finding: on texts held out, and on sets unseen."""
BOTH: Mapping[str, float] = {
    "chosen-worse": 0.35,
    "doubly-egregious": 0.27,
    "harmful-chosen": 0.53,
    "over-refusal": 0.87,
    "recovery": 0.98,
}
"""Recall of both steps, by finding, on texts held out; on sets unseen it was not measured."""


def harm_power(finding: str, choice: str) -> tuple[str, dict[str, Any]]:
    """What there is to say of a finding that is made of a harm scorer: a sentence, and figures."""
    name, argument = plugin_name(choice)
    if name != "harm":
        return f"Harm is told by the scorer {choice}. {scorers.get(name)(argument).card['limits']}", {}
    if finding not in LINEAR:
        return f"Harm is told by the scorer {choice}: docs/audit.md tells how well.", {}
    held_out, unseen = LINEAR[finding]
    if argument == "fast":
        figures = [_figure(held_out, HELD_OUT), _figure(unseen, UNSEEN)]
        return f"Harm is told by the scorer {choice}. {_linear(held_out, unseen)}", {"figures": figures}
    figures = [_figure(BOTH[finding], HELD_OUT)]
    return f"Harm is told by the scorer {choice}. {_both(BOTH[finding], unseen)}", {"figures": figures}


def _figure(value: float, on: str) -> dict[str, Any]:
    return {"measure": "recall", "value": value, "on": on}


def _linear(held_out: float, unseen: float) -> str:
    return (
        f"Of such pairs planted in hh-rlhf it found {100 * held_out:.0f} % where their texts were of kinds that it was"
        f" trained on, and {100 * unseen:.0f} % where they were of others: what it does not list is not cleared. The"
        " slower --harm harm, or a model of your own, may find more."
    )


def _both(held_out: float, unseen: float) -> str:
    return (
        f"Of such pairs planted in hh-rlhf it found {100 * held_out:.0f} % where their texts were of kinds that it was"
        f" trained on. Of other kinds its linear step alone found {100 * unseen:.0f} %; both steps together were not"
        " measured there. What it does not list is not cleared."
    )
