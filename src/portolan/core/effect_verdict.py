"""What an experiment says, in sentences: an effect, or none that was measured and how small a one would have shown."""

from __future__ import annotations

import math
from collections.abc import Sequence

from portolan.core.counted import counted
from portolan.core.effect import OutcomeEffect
from portolan.core.effect_outcomes import HIGHER_IS_BETTER, Outcome
from portolan.core.intervention import Action

DONE = {"drop": "dropping", "flip": "flipping", "relabel": "relabelling", "weight": "weighting"}
TITLES = {
    "accuracy": "accuracy",
    "log_loss": "log loss",
    "calibration": "calibration slope",
    "agreement": "agreement with the full model",
    "probe_margin": "margin on probes",
}
MOST_TOLD = 4


def title_of(outcome: Outcome) -> str:
    """An outcome as a person reads it: "accuracy, subset = helpful"."""
    return f"{TITLES[outcome.measure]}, {_where(outcome)}"


def phrase_of(outcome: Outcome) -> str:
    """An outcome within a sentence: "accuracy on pairs not selected"."""
    if outcome.measure == "probe_margin":
        return f"margin on the probes {outcome.subset}"
    return f"{TITLES[outcome.measure]} on {_where(outcome)}"


def verdict_of(effects: Sequence[OutcomeEffect], *, action: Action, n_selected: int) -> str:
    """What is measured, or that nothing is and what would have shown; and whether the model can tell at all."""
    what = f"{DONE[action]} {counted(n_selected, 'pair')}"
    found = sorted((one for one in effects if one.is_effect), key=lambda one: one.p)
    told = _found(found, effects, what, action) if found else _none(effects[0], what, action)
    return " ".join(part for part in (told, model_note(effects[0])) if part)


def model_note(main: OutcomeEffect) -> str:
    """What to know of a model that is right in hardly more than half of the held-out pairs; "" of one that can tell."""
    share = main.with_all
    margin = 1.96 * math.sqrt(max(share * (1 - share), 1e-9) / max(1, main.n_pairs))
    if share - margin > 0.5:
        return ""
    return (
        f"The model itself is right in {share:.1%} of held-out pairs, which cannot be told from chance: "
        "on these data it says little about any change."
    )


def _none(main: OutcomeEffect, what: str, action: Action) -> str:
    return (
        f"No measurable effect of {what}: {phrase_of(main.outcome)} {main.delta:+.4f} (±{_half(main):.4f}) against "
        f"{DONE[action]} as many at random. A difference of {main.smallest:.4f} would have shown four times in five."
    )


def _found(found: Sequence[OutcomeEffect], effects: Sequence[OutcomeEffect], what: str, action: Action) -> str:
    lines = [
        f"{phrase_of(one.outcome)} {one.delta:+.4f} ({one.low:+.4f} to {one.high:+.4f}){_sense(one)}" for one in found
    ]
    more = f"; and {len(lines) - MOST_TOLD} more" if len(lines) > MOST_TOLD else ""
    main = effects[0]
    rest = ""
    if not main.is_effect:
        rest = f" {phrase_of(main.outcome).capitalize()}: no measurable effect, {main.delta:+.4f} (±{_half(main):.4f})."
    return (
        f"{what.capitalize()} has a measurable effect on {len(found)} of {counted(len(effects), 'outcome')}, against "
        f"{DONE[action]} as many at random: {'; '.join(lines[:MOST_TOLD])}{more}.{rest}"
    )


def _half(one: OutcomeEffect) -> float:
    return (one.high - one.low) / 2


def _sense(one: OutcomeEffect) -> str:
    is_higher_better = HIGHER_IS_BETTER[one.outcome.measure]
    if is_higher_better is None:
        return ""
    return ", better" if (one.delta > 0) == is_higher_better else ", worse"


def _where(outcome: Outcome) -> str:
    if outcome.measure == "probe_margin":
        return outcome.subset
    return {"all": "all pairs", "not selected": "pairs not selected", "selected": "the selected pairs"}.get(
        outcome.subset, outcome.subset
    )
