"""What an experiment says, in sentences: an effect, or none that was measured and how small a one would have shown."""

from __future__ import annotations

import math
from collections.abc import Sequence

from portolan.core.concept_figures import Share
from portolan.core.counted import counted
from portolan.core.effect import OutcomeEffect
from portolan.core.effect_outcomes import HIGHER_IS_BETTER, Outcome
from portolan.core.effect_words import difference_words, interval_words, number_words, outcome_words
from portolan.core.intervention import Action
from portolan.core.picked import Picked

DONE = {"drop": "dropping", "flip": "flipping", "relabel": "relabelling", "weight": "weighting"}
MOST_TOLD = 4
ENDS = "Of each ranking the best reply against the worst was measured, and no reply between them."


def verdict_of(
    effects: Sequence[OutcomeEffect],
    *,
    action: Action,
    n_selected: int,
    noun: str = "pair",
    picked: Picked | None = None,
    right: Share | None = None,
) -> str:
    """What is measured, or that nothing is and what would have shown; and whether the model can tell at all.

    Parameters
    ----------
    noun : {"pair", "ranking"}
        What a row is.
    picked : Picked, optional
        What the selection knows of the choices.
    right : Share, optional
        How often the model is right on all rows as they are, held out.
    """
    what = f"{DONE[action]} {counted(n_selected, noun)}"
    found = sorted((one for one in effects if one.is_effect), key=lambda one: one.p)
    picked = picked or Picked()
    if not picked.has_claims:
        claim, colon, rest = picked.note().partition(":")
        told = f"{claim} of {what}{colon}{rest}"
    else:
        told = _found(found, effects, what, action, noun) if found else _none(effects[0], what, action, noun)
        told = f"{told} {picked.note()}".strip()
    parts = (told, "" if right is None else model_note(right, noun=noun), ENDS if noun == "ranking" else "")
    return " ".join(part for part in parts if part)


def can_tell(right: Share) -> bool:
    """Whether a model that is right so often is surely better than a coin."""
    return right.low > 0.5


def model_note(right: Share, *, noun: str = "pair") -> str:
    """What to know of a model that is not surely right in more than half of all held-out rows; "" of one that is."""
    if can_tell(right):
        return ""
    return (
        f"The model itself is right in {100 * right.value:.1f} % of all held-out {noun}s, which cannot be told from "
        "chance: on these data it says little about any change."
    )


def shown_words(main: OutcomeEffect) -> str:
    """How small a difference this experiment would have shown."""
    if not math.isfinite(main.smallest):
        return "How large a difference would have been shown is not known."
    least = difference_words(main.outcome.measure, main.smallest, is_signed=False)
    return f"A difference of {least} would have been shown four times in five."


def _none(main: OutcomeEffect, what: str, action: Action, noun: str) -> str:
    return (
        f"No measurable effect of {what}: {_words(main.outcome, noun)} differs by {_with_half(main)} from "
        f"{DONE[action]} as many at random. {shown_words(main)}"
    )


def _found(
    found: Sequence[OutcomeEffect], effects: Sequence[OutcomeEffect], what: str, action: Action, noun: str
) -> str:
    lines = [f"{_words(one.outcome, noun)} {_with_interval(one)}{_sense(one)}" for one in found]
    more = f"; and {len(lines) - MOST_TOLD} more" if len(lines) > MOST_TOLD else ""
    main = effects[0]
    rest = ""
    if not main.is_effect:
        rest = f" No measurable effect on {_words(main.outcome, noun)}: {_with_half(main)}."
    return (
        f"{what.capitalize()} has a measurable effect on {len(found)} of {counted(len(effects), 'outcome')}, compared "
        f"with {DONE[action]} as many at random: {'; '.join(lines[:MOST_TOLD])}{more}.{rest}"
    )


def _words(outcome: Outcome, noun: str) -> str:
    return outcome_words(outcome.measure, outcome.subset, noun=noun)


def _with_half(one: OutcomeEffect) -> str:
    measure = one.outcome.measure
    half = number_words(measure, (one.high - one.low) / 2, is_signed=False)
    return f"{difference_words(measure, one.delta)} (±{half})"


def _with_interval(one: OutcomeEffect) -> str:
    measure = one.outcome.measure
    return f"{difference_words(measure, one.delta)} ({interval_words(measure, one.low, one.high)})"


def _sense(one: OutcomeEffect) -> str:
    is_higher_better = HIGHER_IS_BETTER[one.outcome.measure]
    if is_higher_better is None:
        return ""
    return ", better" if (one.delta > 0) == is_higher_better else ", worse"
