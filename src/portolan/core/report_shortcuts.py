"""A report's words and figure on plain traits: how far length, style and the like alone tell the choice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portolan.core.report import Block, Figure, Table, prose
from portolan.core.report_figures import Mark, dot_chart
from portolan.core.report_markup import plain
from portolan.core.report_material import Material
from portolan.core.report_words import interval, listed, percent

NAMES = {
    "length": "length", "punctuation": "punctuation", "style": "style", "tone": "tone", "echo": "words of the prompt",
    "looks": "all looks together", "position": "position", "writer": "writer",
}  # fmt: skip
"""What the rules are called here."""
MOST_PARTS = 8


def shortcut_blocks(of: Material) -> list[Block]:
    """How far each plain trait alone tells which reply was chosen: over all pairs, and where in the data it is more."""
    told = of.facts.get("shortcuts")
    if not told or not told["rules"]:
        return []
    marks = [
        Mark(NAMES[one["rule"]], one["accuracy"]["value"], one["accuracy"]["low"], one["accuracy"]["high"],
             f"{one['accuracy']['n']:,} pairs")
        for one in told["rules"]
    ]  # fmt: skip
    chart = dot_chart(marks, name="shortcuts", title="Choice told by one trait alone, held out", line=0.5)
    caption = (
        "Share of held-out pairs in which a rule that sees this trait of the replies, and nothing else, names the one "
        "that was preferred, with 95 % intervals. The line at 50 % is a coin."
    )
    return [prose("preference.shortcuts", shortcut_words(told)), Figure((chart,), caption), *_parts(of, told)]


def shortcut_words(told: Mapping[str, Any]) -> str:
    """Which traits alone tell the choice, in words."""
    single = [one for one in told["rules"] if one["rule"] != "looks"]
    sure = sorted((one for one in single if one["is_sure"]), key=lambda one: -one["accuracy"]["value"])
    opening = "A model may learn a shortcut in place of what was meant: how a reply looks, or who wrote it."
    if not sure:
        return f"{opening} Here none of {len(single)} plain traits alone surely tells which reply was preferred."
    tell = [
        f"{NAMES[one['rule']]} {percent(one['accuracy']['value'])} "
        f"({interval(one['accuracy']['low'], one['accuracy']['high'])})"
        for one in sure
    ]
    rest = [NAMES[one["rule"]] for one in single if not one["is_sure"]]
    text = f"{opening} Alone, and surely more than a coin, the choice is told right by {listed(tell)} of the pairs"
    text += f"; not surely by {listed(rest)}." if rest else "."
    return text + " A better reply may be longer, too: that a trait tells the choice does not make the choice wrong."


def stronger(told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The surest rule of each part in which one surely tells more than a coin, and than elsewhere; the surest first."""
    some = [
        one for one in told["parts"]
        if one["is_other"] and one["is_sure"] and one["elsewhere"] is not None
        and one["accuracy"]["value"] > one["elsewhere"]
    ]  # fmt: skip
    some.sort(key=lambda one: (one["rule"] == "looks", one["p_other"], one["log_loss"]))
    best: dict[tuple[str, str], Mapping[str, Any]] = {}
    for one in some:
        best.setdefault((one["column"], one["value"]), one)
    return list(best.values())


def _parts(of: Material, told: Mapping[str, Any]) -> list[Block]:
    found = stronger(told)
    if not found:
        return []
    rows = tuple(
        (
            _part_name(of, one), NAMES[one["rule"]],
            f"{percent(one['accuracy']['value'])} ({interval(one['accuracy']['low'], one['accuracy']['high'])})",
            percent(one["elsewhere"]), f"{one['accuracy']['n']:,}",
        )
        for one in found[:MOST_PARTS]
    )  # fmt: skip
    left = len(found) - MOST_PARTS
    caption = (
        "Where in the data a trait alone tells the choice surely better than elsewhere, by a rule learnt there (Holm's "
        "correction over all parts and traits)." + (f" {left} more are in the JSON." if left > 0 else "")
    )
    return [Table(("part", "trait", "told right", "elsewhere", "pairs"), rows, "<<>>>", caption)]


def _part_name(of: Material, one: Mapping[str, Any]) -> str:
    if one["layer"] is None:
        return f"{plain(one['column'])} = {plain(one['value'])}"
    return f"topic {of.link(one['value'], one['link'])}"
