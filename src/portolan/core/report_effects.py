"""A report's section on effects: what a preference model loses or gains when pairs are dropped."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from portolan.core.counted import counted
from portolan.core.effect_words import (
    difference_words,
    interval_words,
    level_words,
    number_words,
    outcome_words,
)
from portolan.core.picked import Picked
from portolan.core.report import Block, Code, Drawing, Figure, Section, Table, prose
from portolan.core.report_markup import code, plain
from portolan.core.report_material import Material
from portolan.core.report_words import (
    MINUS,
    capital,
    chance,
    interval,
    is_real,
    listed,
    percent,
    rows_noun,
    sides_of,
    verb,
)

DOING = {"drop": "dropping", "flip": "flipping", "relabel": "relabelling", "weight": "weighting"}
DONE = {"drop": "dropped", "flip": "flipped", "relabel": "relabelled", "weight": "weighted"}


def effects_section(of: Material) -> Section:
    """Each experiment that was made: its verdict, a plot, its numbers."""
    effects: Sequence[Mapping[str, Any]] = of.facts["effects"]
    rows = rows_noun(of.facts["kind"])
    title = f"What dropping {rows} changes"
    if not effects:
        text = (
            f"No experiment was made: what dropping any of these {rows} would change is not known. An experiment fits "
            "a preference model with and without them, and without as many random ones."
        )
        blocks: tuple[Block, ...] = (prose("effects", text), Code('portolan effect MAP --drop "EXPR"'))
        return Section("effects", title, blocks)
    sections = tuple(_effect(of, one, place) for place, one in enumerate(effects, start=1))
    return Section("effects", title, (prose("effects", _opening(effects)),), sections)


def _opening(effects: Sequence[Mapping[str, Any]]) -> str:
    """How an experiment is made."""
    rows = noun_of(effects[0]) + "s"
    text = (
        f"{counted(len(effects), 'experiment')} {verb(len(effects), 'was', 'were')} made. A linear preference model is "
        f"fitted to all {rows}; after a change to some of them; and after the same change to as many random {rows} of "
        f"the same composition. What counts is the difference between the last two: changing any {rows} changes a "
        f"model. Outcomes are measured on {rows} held out, whose prompts the model had not seen. A difference is "
        "called an effect where it is told from 0, at 5 % over all outcomes together (Holm)."
    )
    if noun_of(effects[0]) == "ranking":
        text += (
            " Of each ranking the best reply stands against the worst: what a change does to the replies between them "
            "is not measured."
        )
    return text


def noun_of(one: Mapping[str, Any]) -> str:
    """What a row of an experiment is."""
    return str(one.get("noun", "pair"))


def _effect(of: Material, one: Mapping[str, Any], place: int) -> Section:
    named = where_words(of.facts, one["where"])
    title = f"{DOING[one['action']].capitalize()} {counted(one['n_selected'], noun_of(one))}" + (
        f": {named}" if named else ""
    )
    key = f"effect.{place}"
    picked = picked_of(one)
    nested = picked.note(is_code=True) if picked.has_claims else ""
    blocks: list[Block] = [prose(key, what_was_done(one), nested, verdict(one), model_words(one), probe_words(one))]
    blocks += [Figure(drawings, CAPTION) for drawings in [of.drawings.get(key, ())] if drawings]
    blocks.append(_numbers(one))
    return Section(f"effect-{place}", title, tuple(blocks))


CAPTION = (
    "Differences from the random change, with 95 % intervals. Shaded: differences that this experiment shows less "
    "often than four times in five; a point there is no proof that there is no effect."
)


def what_was_done(one: Mapping[str, Any]) -> str:
    """Which pairs, and what they are compared with."""
    text = (
        f"{counted(one['n_selected'], noun_of(one))} of {one['n_pairs']:,} {verb(one['n_selected'], 'was', 'were')} "
        f"{DONE[one['action']]}{_relabelled(one)}: {code(one['where'])}. "
    )
    n_silent = one["setting"].get("rows_without_verdict", 0)
    if n_silent:
        more = f"{n_silent:,} more {verb(n_silent, 'row meets it and teaches', 'rows meet it and teach')} nothing"
        text += f"{more}: no reply is preferred, or both are the same. "
    seeds = one["setting"].get("seeds")
    matched = one["matched_on"]
    of_many = f"{counted(seeds, 'random draw')} of as many {noun_of(one)}s"
    text += f"Compared with {of_many}" if seeds else "Compared with random draws"
    if matched:
        text += f" of the same {listed([code(name) for name in matched])}"
    if one["not_matched_on"]:
        names = listed([code(name) for name in one["not_matched_on"]])
        text += f"; not of the same {names}, which decides the selection"
    return text + "."


def _relabelled(one: Mapping[str, Any]) -> str:
    to = one["setting"].get("to")
    better = sides_of(noun_of(one)).better
    return "" if to is None else f", with a chance of {to:g} that the {better} is the better one"


def where_words(facts: Mapping[str, Any], where: str) -> str:
    """The title of the finding whose rows an expression is, in quotation marks; "" where it is none's."""
    titles = [one["title"] for one in facts["findings"] if one["count"] and one["where"] == where.strip()]
    return f"“{titles[0]}”" if titles else ""


def model_words(one: Mapping[str, Any]) -> str:
    """How good the experiment's own model is, and where it is no better than a coin."""
    shares = [outcome for outcome in one["outcomes"] if outcome["name"] == "accuracy" and is_real(outcome["with"])]
    if not shares:
        return ""
    main, noun = shares[0], noun_of(one)
    warned = caution(one)
    if warned:
        return warned
    columns = one["setting"].get("provenance", ())
    told = f", which is told the {listed([code(name) for name in columns])} of each {noun}," if columns else ""
    text = (
        f"Before the change the experiment's own model{told} is right in {percent(main['with'])} of "
        f"{_where(main, noun)}, held out"
    )
    below = [f"{_where(part, noun)} ({percent(part['with'])})" for part in shares[1:] if part["with"] <= 0.5]
    if main["with"] <= 0.5:
        return text + ", no more than a coin: it says little about any change."
    return text + (f"; it is no better than a coin on {listed(below)}: of these it says little." if below else ".")


def _where(outcome: Mapping[str, Any], noun: str) -> str:
    """On what an accuracy is measured."""
    return what_outcome(outcome, noun).partition(" on ")[2]


def probe_words(one: Mapping[str, Any]) -> str:
    """What probes are, where there are some, and what they are taken for."""
    if not any(outcome["name"] == "probe_margin" for outcome in one["outcomes"]):
        return ""
    text = (
        "Probes are pairs from elsewhere whose better reply is plain; a margin above 0 means that the model prefers it."
    )
    columns = one["setting"].get("provenance", ())
    if not columns:
        return text
    missing = listed([code(name) for name in columns], last="or")
    return (
        f"{text} They have no {missing}, so each is judged once as a pair of every part of the data; its margin is the "
        "mean, each part weighted by its number of pairs."
    )


def picked_of(one: Mapping[str, Any]) -> Picked:
    """What an experiment's selection knows of the choices."""
    told = one.get("picked")
    return Picked() if told is None else Picked.from_json(told)


def caution(one: Mapping[str, Any]) -> str:
    """That the experiment's own model cannot be told from a coin, where that is so; else ""."""
    right = one.get("right")
    if right is None or right["can_tell"]:
        return ""
    return (
        f"The experiment's own model is right in {percent(right['value'])} of all held-out {noun_of(one)}s "
        f"({interval(right['low'], right['high'])}), which cannot be told from chance: it says little about any change."
    )


def concluded(one: Mapping[str, Any]) -> str:
    """What the experiment comes to, with the caution: for wherever it stands by itself."""
    return f"{verdict(one)} {caution(one)}".strip()


def verdict(one: Mapping[str, Any]) -> str:
    """What the experiment comes to: effects with their intervals, or how small a one would have shown; no caution."""
    noun, picked = noun_of(one), picked_of(one)
    if not picked.has_claims:
        claim, _, rest = picked.note(is_code=True).partition(":")
        return f"**{claim}**:{rest}"
    found = [outcome for outcome in one["outcomes"] if outcome["effect"]]
    main = one["outcomes"][0]
    n_outcomes = len(one["outcomes"])
    if found:
        told = [f"{what_outcome(outcome, noun)} {difference(outcome)}" for outcome in found]
        n = counted(n_outcomes, "outcome")
        text = f"**A measurable effect on {len(found)} of {n}**: {'; '.join(told)}."
        if not main["effect"]:
            text += f" {_no_effect(main, noun)}"
        return text
    on = f"any of {n_outcomes} outcomes" if n_outcomes > 1 else "the one outcome"
    return f"**No measurable effect** on {on}. {_no_effect(main, noun)}"


def _no_effect(main: Mapping[str, Any], noun: str) -> str:
    return (
        f"{capital(what_outcome(main, noun))} differs by {amount(main, main['delta'])} (95 %: {_ends(main)}) from what "
        f"the same change to random {noun}s leads to; {_smallest(main)}."
    )


def _smallest(main: Mapping[str, Any]) -> str:
    if main["smallest"] is None:
        return "how large a difference would have been shown is not known"
    return f"a difference of {amount(main, main['smallest'], is_signed=False)} would have been shown four times in five"


def amount(outcome: Mapping[str, Any], value: float, *, is_signed: bool = True) -> str:
    """A difference in an outcome: of shares in percentage points."""
    return _typeset(difference_words(outcome["name"], value, is_signed=is_signed))


def what_outcome(outcome: Mapping[str, Any], noun: str = "pair") -> str:
    """An outcome in words."""
    return outcome_words(outcome["name"], plain(outcome["subset"]), noun=noun)


def difference(outcome: Mapping[str, Any]) -> str:
    """A difference with its interval, where it has one."""
    ends = _ends(outcome)
    return amount(outcome, outcome["delta"]) + (f" ({ends})" if ends else "")


def _ends(outcome: Mapping[str, Any]) -> str:
    low, high = (math.nan if end is None else end for end in (outcome["low"], outcome["high"]))
    return _typeset(interval_words(outcome["name"], low, high))


def _typeset(number: str) -> str:
    return number.replace("-", MINUS)


def _numbers(one: Mapping[str, Any]) -> Table:
    rows = tuple(
        (
            what_outcome(outcome, noun_of(one)),
            *(_typeset(level_words(outcome["name"], outcome[name])) for name in ("with", "without", "random_drop")),
            _difference_cell(outcome), "" if outcome["p_holm"] is None else chance(outcome["p_holm"]),
            _smallest_cell(outcome), _claim_cell(outcome),
        )
        for outcome in one["outcomes"]
    )  # fmt: skip
    head = (
        "outcome", "before", "after", "after random", "difference (95 %)", "p", "would have shown", "",
    )  # fmt: skip
    caption = (
        f"All outcomes, measured on held-out {noun_of(one)}s. Difference: after, less after random; of shares in "
        "percentage points, of log loss in nats, of margins in log-odds. p: corrected for the number of outcomes "
        "(Holm). Would have shown: the difference that this experiment shows four times in five."
    )
    return Table(head, rows, "<>>>>>><", caption)


def _difference_cell(outcome: Mapping[str, Any]) -> str:
    ends = _ends(outcome)
    return _typeset(number_words(outcome["name"], outcome["delta"])) + (f" ({ends})" if ends else "")


def _claim_cell(outcome: Mapping[str, Any]) -> str:
    if outcome["p_holm"] is None:
        return "no claim"
    return "effect" if outcome["effect"] else "none shown"


def _smallest_cell(outcome: Mapping[str, Any]) -> str:
    return "" if outcome["smallest"] is None else number_words(outcome["name"], outcome["smallest"], is_signed=False)


def forest_drawing(svg: str, one: Mapping[str, Any], place: int) -> Drawing:
    """The forest plot of an experiment as a drawing of the report."""
    told = [f"{what_outcome(outcome, noun_of(one))} {difference(outcome)}" for outcome in one["outcomes"]]
    return Drawing(f"effect-{place}", svg, "Differences: " + "; ".join(told), least_px=640)
