"""How an outcome and a difference in it are said: the same words and digits in the verdict, the plot and the report."""

from __future__ import annotations

import math

from portolan.core.effect_outcomes import ALL, OTHER, SELECTED

TITLES = {
    "accuracy": "accuracy", "log_loss": "log loss", "recalibrated_log_loss": "recalibrated log loss",
    "calibration": "calibration slope",
    "agreement": "agreement with the full model", "probe_margin": "margin",
}  # fmt: skip
UNITS = {
    "accuracy": "percentage points", "log_loss": "nats", "recalibrated_log_loss": "nats", "calibration": "slope",
    "agreement": "percentage points", "probe_margin": "log-odds",
}  # fmt: skip
"""What differences are in."""
AS_GIVEN = "weights as given"
"""Stands for an expression where weights are numbers."""
SHARES = ("accuracy", "agreement")
"""Outcomes that are shares: told in per cent, differences in them in percentage points."""


def outcome_words(measure: str, subset: str, *, noun: str = "pair") -> str:
    """An outcome within a sentence: "accuracy on the other pairs"."""
    if measure == "probe_margin":
        return f"margin on the probes {subset}"
    known = {ALL: f"all {noun}s", OTHER: f"the other {noun}s", SELECTED: f"the selected {noun}s"}
    return f"{TITLES.get(measure, measure)} on {known.get(subset, subset)}"


def number_words(measure: str, value: float, *, is_signed: bool = True) -> str:
    """A difference without its unit: "+0.06" (points), "-0.0002"; no sign where it is written as 0, "" of no number."""
    if not math.isfinite(value):
        return ""
    told = f"{100 * value:+.2f}" if measure in SHARES else f"{value:+.4f}"
    return told if is_signed and float(told) != 0 else told[1:]


def difference_words(measure: str, value: float, *, is_signed: bool = True) -> str:
    """A difference: of shares "+0.06 points", else "-0.0002"."""
    return number_words(measure, value, is_signed=is_signed) + (" points" if measure in SHARES else "")


def interval_words(measure: str, low: float, high: float) -> str:
    """Both ends of a difference's interval, without the unit: "-0.15 to +0.28"; "" of no interval."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"{number_words(measure, low)} to {number_words(measure, high)}"


def level_words(measure: str, value: float | None) -> str:
    """An outcome's value: "62.28 %", "0.6450"; "" where there is none."""
    if value is None or not math.isfinite(value):
        return ""
    return f"{100 * value:.2f} %" if measure in SHARES else f"{value:.4f}"
