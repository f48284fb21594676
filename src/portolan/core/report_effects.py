"""A report's section on effects: what a preference model loses or gains when pairs are dropped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portolan.core.counted import counted
from portolan.core.report import Block, Code, Drawing, Figure, Section, Table, prose
from portolan.core.report_markup import code, plain
from portolan.core.report_material import Material
from portolan.core.report_words import MINUS, capital, chance, decimal, is_real, listed, percent, signed, verb

DOING = {"drop": "dropping", "flip": "flipping", "relabel": "relabelling", "weight": "weighting"}
DONE = {"drop": "dropped", "flip": "flipped", "relabel": "relabelled", "weight": "weighted"}
TITLES = {
    "accuracy": "accuracy", "log_loss": "log loss", "calibration": "calibration slope",
    "agreement": "agreement with the full model", "probe_margin": "margin on probes",
}  # fmt: skip
SHARES = ("accuracy", "agreement")
"""Outcomes that are shares: differences in them are told in percentage points."""
SUBSETS = {"all": "all pairs", "not selected": "the other pairs", "selected": "these pairs themselves"}


def effects_section(of: Material) -> Section:
    """Each experiment that was made: its verdict, a plot, its numbers."""
    effects: Sequence[Mapping[str, Any]] = of.facts["effects"]
    if not effects:
        text = (
            "No experiment was made: what dropping any of these pairs would change is not known. An experiment fits a "
            "preference model with and without them, and without as many random ones."
        )
        blocks: tuple[Block, ...] = (prose("effects", text), Code('portolan effect MAP --drop "EXPR"'))
        return Section("effects", "What dropping pairs changes", blocks)
    sections = tuple(_effect(of, one, place) for place, one in enumerate(effects, start=1))
    opening = _opening(effects)
    if of.facts["kind"] == "ranking":
        opening += " Of each ranking the best reply and the worst are the pair."
    return Section("effects", "What dropping pairs changes", (prose("effects", opening),), sections)


def _opening(effects: Sequence[Mapping[str, Any]]) -> str:
    return (
        f"{counted(len(effects), 'experiment')} {verb(len(effects), 'was', 'were')} made. A linear preference model is "
        "fitted with all pairs, after a change, and after the same change to as many random pairs of the same "
        "composition. What counts is the difference between the last two: dropping any pairs leaves fewer to learn "
        "from. Outcomes are measured on pairs held out, whose prompts were not learnt from. A difference is called an "
        "effect where it is told from 0 after a correction for the number of outcomes (5 %, Holm)."
    )


def _effect(of: Material, one: Mapping[str, Any], place: int) -> Section:
    named = where_words(of.facts, one["where"])
    title = f"{DOING[one['action']].capitalize()} {counted(one['n_selected'], 'pair')}" + (
        f": {named}" if named else ""
    )
    key = f"effect.{place}"
    blocks: list[Block] = [prose(key, what_was_done(one), verdict(one), model_words(one), probe_words(one))]
    blocks += [Figure(drawings, CAPTION) for drawings in [of.drawings.get(key, ())] if drawings]
    blocks.append(_numbers(one))
    return Section(f"effect-{place}", title, tuple(blocks))


CAPTION = (
    "Differences to the random pairs, with 95 % intervals. The band shows differences too small to be shown four "
    "times in five by this experiment: a point within it, without an effect, is no proof that there is none."
)


def what_was_done(one: Mapping[str, Any]) -> str:
    """Which pairs, and what they are compared with."""
    text = (
        f"{counted(one['n_selected'], 'pair')} of {one['n_pairs']:,} {'was' if one['n_selected'] == 1 else 'were'} "
        f"{DONE[one['action']]}: {code(one['where'])}. "
    )
    n_silent = one["setting"].get("rows_without_verdict", 0)
    if n_silent:
        more = f"{n_silent:,} more {verb(n_silent, 'row meets it and teaches', 'rows meet it and teach')} nothing"
        text += f"{more}: no reply is preferred, or both are the same. "
    seeds = one["setting"].get("seeds")
    matched = one["matched_on"]
    text += f"Compared with {counted(seeds, 'random draw')} of as many pairs" if seeds else "Compared with random draws"
    if matched:
        text += f" of the same {listed([code(name) for name in matched])}"
    if one["not_matched_on"]:
        names = listed([code(name) for name in one["not_matched_on"]])
        text += f"; not of the same {names}, which decides the selection"
    return text + "."


def where_words(facts: Mapping[str, Any], where: str) -> str:
    """The title of the finding whose rows an expression is, in quotation marks; "" where it is none's."""
    titles = [one["title"] for one in facts["findings"] if one["count"] and one["where"] == where.strip()]
    return f"“{titles[0]}”" if titles else ""


def model_words(one: Mapping[str, Any]) -> str:
    """How good the experiment's own model is, and where it is no better than a coin."""
    shares = [outcome for outcome in one["outcomes"] if outcome["name"] == "accuracy" and is_real(outcome["with"])]
    if not shares:
        return ""
    main = shares[0]
    columns = one["setting"].get("provenance", ())
    told = f", told the {listed([code(name) for name in columns])} of each pair," if columns else ""
    text = (
        f"Fitted on all pairs, the experiment's own model{told} is right in {percent(main['with'])} of held-out pairs"
    )
    below = [
        f"{SUBSETS.get(part['subset'], plain(part['subset']))} ({percent(part['with'])})"
        for part in shares[1:]
        if part["with"] <= 0.5
    ]
    if main["with"] <= 0.5:
        return text + ", no more than a coin: it says little about any change."
    return text + (f"; no more often than a coin on {listed(below)}: of these it says little." if below else ".")


def probe_words(one: Mapping[str, Any]) -> str:
    """What probes are, where there are some, and what they are taken for."""
    if not any(outcome["name"] == "probe_margin" for outcome in one["outcomes"]):
        return ""
    text = "Probes are pairs from elsewhere whose better reply is plain: a margin above 0 prefers it."
    columns = one["setting"].get("provenance", ())
    if not columns:
        return text
    missing = listed([code(name) for name in columns], last="or")
    return (
        f"{text} They have no {missing}: told is the mean of their margins as "
        "pairs of each part of the data, the parts weighted by how frequent they are."
    )


def verdict(one: Mapping[str, Any]) -> str:
    """What the experiment comes to: effects with their intervals, or how small a one would have shown."""
    found = [outcome for outcome in one["outcomes"] if outcome["effect"]]
    main = one["outcomes"][0]
    if found:
        told = [f"{outcome_words(outcome)} {difference_words(outcome)}" for outcome in found]
        n = counted(len(one["outcomes"]), "outcome")
        text = f"**A measurable effect on {len(found)} of {n}**: {'; '.join(told)}."
        if not main["effect"]:
            text += f" {_no_effect(main)}"
        return text
    n_outcomes = len(one["outcomes"])
    on = f"any of {n_outcomes} outcomes" if n_outcomes > 1 else "the one outcome"
    return f"**No measurable effect** on {on}. {_no_effect(main)}"


def _no_effect(main: Mapping[str, Any]) -> str:
    low, high = (amount(main, main[end]).removesuffix(" points") for end in ("low", "high"))
    return (
        f"{capital(outcome_words(main))} differs by {amount(main, main['delta'])} (95 %: {low} to {high}) from what as "
        f"many random pairs lead to; {_smallest(main)}."
    )


def _smallest(main: Mapping[str, Any]) -> str:
    if main["smallest"] is None:
        return "how large a difference would have been shown is not known"
    return f"a difference of {amount(main, main['smallest'], is_signed=False)} would have been shown four times in five"


def amount(outcome: Mapping[str, Any], value: float, *, is_signed: bool = True) -> str:
    """A difference in an outcome: of shares in percentage points."""
    if outcome["name"] in SHARES:
        return f"{100 * value:{'+' if is_signed else ''}.2f} points".replace("-", MINUS)
    return signed(value) if is_signed else f"{value:.4f}"


def outcome_words(outcome: Mapping[str, Any]) -> str:
    """An outcome in words."""
    subset = outcome["subset"]
    if outcome["name"] == "probe_margin":
        return f"margin on the probes {plain(subset)}"
    return f"{TITLES.get(outcome['name'], outcome['name'])} on {SUBSETS.get(subset, plain(subset))}"


def difference_words(outcome: Mapping[str, Any]) -> str:
    """A difference with its interval."""
    low, high = (amount(outcome, outcome[end]).removesuffix(" points") for end in ("low", "high"))
    return f"{amount(outcome, outcome['delta'])} ({low} to {high})"


def _numbers(one: Mapping[str, Any]) -> Table:
    rows = tuple(
        (
            outcome_words(outcome),
            *(_plain(outcome[name]) for name in ("with", "without", "random_drop")),
            f"{signed(outcome['delta'])} ({signed(outcome['low'])} to {signed(outcome['high'])})",
            chance(outcome["p_holm"]), _plain(outcome["smallest"]),
            "effect" if outcome["effect"] else "none shown",
        )
        for outcome in one["outcomes"]
    )  # fmt: skip
    head = (
        "outcome", "all pairs", "after", "after random", "difference (95 %)", "corrected",
        "would have shown", "",
    )  # fmt: skip
    caption = (
        "All outcomes. Difference: after, less after random. Corrected: p for all outcomes together. Would have shown: "
        "the difference that this experiment shows four times in five."
    )
    return Table(head, rows, "<>>>>>><", caption)


def _plain(value: float | None) -> str:
    return "" if value is None else decimal(value, 4)


def forest_drawing(svg: str, one: Mapping[str, Any], place: int) -> Drawing:
    """The forest plot of an experiment as a drawing of the report."""
    told = [f"{outcome_words(outcome)} {difference_words(outcome)}" for outcome in one["outcomes"]]
    return Drawing(f"effect-{place}", svg, "Differences: " + "; ".join(told), least_px=640)
