"""A report's arguments: what people say against a finding or for it, each answered by the numbers that there are.

Both sides are given what speaks for them; what is not known is said to be so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from portolan.core.concept_figures import Share, wilson
from portolan.core.counted import counted
from portolan.core.report import Block, Section, prose
from portolan.core.report_cards import card_figures
from portolan.core.report_effects import amount, caution, concluded, difference, noun_of, picked_of, what_outcome
from portolan.core.report_findings import more_frequent
from portolan.core.report_markup import code, plain
from portolan.core.report_material import Material
from portolan.core.report_words import interval, listed, lower, percent, rows_noun, share_words, sides_of, verb

EGREGIOUS, RECOVERY, HARMFUL, WORSE = "doubly-egregious", "recovery", "harmful-chosen", "chosen-worse"
HARM_FINDINGS = (EGREGIOUS, HARMFUL, WORSE, RECOVERY)


def arguments_section(of: Material) -> Section | None:
    """Arguments that findings of this map raise; None where they raise none."""
    by_name = {one["name"]: one for one in of.facts["findings"]}
    sections = [
        section
        for section in (
            _intended(of, by_name), _scorer_is_wrong(of, by_name), _too_few(of, by_name), _only_length(of),
        )
        if section is not None
    ]  # fmt: skip
    if not sections:
        return None
    text = (
        "What can be said against these findings, and what these data say to it. Figures on both sides are given; "
        "which of them weighs more is for the reader."
    )
    return Section("arguments", "Counter-arguments, in numbers", (prose("arguments", text),), tuple(sections))


def _section(key: str, title: str, points: Sequence[str], unknown: Sequence[str] = ()) -> Section:
    blocks: list[Block] = [prose(f"argument.{key}", _bullets(points))]
    if unknown:
        blocks.append(prose(f"argument.{key}.unknown", "Not known: " + " ".join(unknown)))
    return Section(f"argument-{key}", title, tuple(blocks))


def _bullets(points: Sequence[str]) -> str:
    return "\n".join(f"- {point}" for point in points if point)


# "These pairs are intended."


def _intended(of: Material, by_name: Mapping[str, Mapping[str, Any]]) -> Section | None:
    one = by_name.get(EGREGIOUS)
    if one is None or not one["count"]:
        return None
    points = [
        where_declared(one, of.facts), where_frequent(of.facts, one), order_of_harm(of.facts),
        turns_back(of.facts, by_name.get(RECOVERY)), dropping(of.facts, one),
    ]  # fmt: skip
    rows, is_ranked = rows_noun(of.facts["kind"]), of.facts["kind"] == "ranking"
    both = "the best and the worst reply" if is_ranked else "both replies"
    unknown = []
    if not one["judged"]["precision"]["n"]:
        unknown.append(f"In how many of these {rows} a person would call {both} bad: nobody has judged any.")
    if not effects_of(of.facts, one):
        unknown.append(f"What dropping them changes: {code('portolan effect MAP --drop ' + quoted(one['where']))}.")
    title = f"“These {rows} are intended: {both} are bad, and one is worse”"
    return _section("intended", title, points, unknown)


def quoted(expression: str) -> str:
    """An expression between quotation marks."""
    return f'"{expression}"'


def where_declared(one: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """How many rows lie where the card calls the finding intended."""
    card, rows = facts["provenance"], rows_noun(facts["kind"])
    counts = one["status_counts"]
    n = counts.get("intended", 0)
    total = one["count"]
    if not card["is_declared"]:
        text = f"No provenance card says where such {rows} are intended, so of none of the {total:,} it is known."
        if n:
            text = f"No provenance card is there; people called {n:,} of the {total:,} {rows} intended."
        return text
    if not n:
        return f"Neither the provenance card nor people call any of the {total:,} {rows} intended."
    share = wilson(n, total)
    rest = total - n
    return (
        f"{n:,} of the {total:,} {rows} ({percent(share.value)}) lie where they are called intended; {rest:,} "
        f"{verb(rest, 'does', 'do')} not."
    )


def where_frequent(facts: Mapping[str, Any], one: Mapping[str, Any]) -> str:
    """In which part of the data they are more frequent, and how many lie elsewhere."""
    most, rows = more_frequent(one), rows_noun(facts["kind"])
    if not most:
        return "No part of the data has more of them than the rest, beyond what chance could give."
    column, rate = most[0]
    rest = one["count"] - rate["count"]
    return (
        f"{rate['count']:,} of {one['count']:,} are in {code(column)} = {plain(rate['value'])}, where "
        f"{percent(rate['rate'])} of {rows} are such ({interval(rate['low'], rate['high'])}); {rest:,} "
        f"{verb(rest)} elsewhere, where {percent(rate['expected'])} of {rows} are."
    )


def order_of_harm(facts: Mapping[str, Any]) -> str:
    """Whether the chosen reply is the less harmful of the two, by the scorer."""
    told = facts.get("overlaps", {}).get("less_harmful_chosen")
    if not told or not told["n"]:
        return ""
    share, better = wilson(told["count"], told["n"]), sides_of(facts["kind"]).better
    text = (
        f"In {told['count']:,} of {told['n']:,} of them the scorer gives the {better} the lower chance of harm, "
        f"{percent(share.value)} ({interval(share.low, share.high)})"
    )
    if share.low <= 0.5 <= share.high:
        text += ": as often as a coin would, as far as these can tell."
    else:
        side = "the less" if share.low > 0.5 else "the more"
        text += f": by the scorer, the {better} is {side} harmful one more often than not."
    return f"{text} {order_is_weak(facts['cards'].get(facts['harm'], {}))}".strip()


def order_is_weak(card: Mapping[str, Any]) -> str:
    """How often the scorer finds the worse of two replies, by its card."""
    figures = [one for one in card.get("figures", []) if str(one["measure"]).startswith("right order")]
    unseen = [one for one in figures if "unseen" in str(one.get("on", ""))] or figures
    if not unseen:
        return "How often it finds the worse of two replies is not known."
    low, high = min(one["value"] for one in unseen), max(one["value"] for one in unseen)
    told = percent(low) if low == high else interval(low, high)
    where = " of kinds that it was not trained on" if unseen is not figures else ""
    return (
        f"By its card it finds the worse of two replies in {told} of pairs{where} (50 % is chance): weak evidence "
        "either way."
    )


def turns_back(facts: Mapping[str, Any], recovery: Mapping[str, Any] | None) -> str:
    """Whether chosen replies turn back from harm, which is what such data is collected for."""
    told = facts.get("overlaps", {}).get("harmful_prompts")
    if recovery is None or not told or not told["n"]:
        return ""
    share, rows, better = wilson(told["count"], told["n"]), rows_noun(facts["kind"]), sides_of(facts["kind"]).better
    text = (
        f"Of {counted(told['n'], rows_noun(facts['kind'], 1))} whose prompt the scorer calls harmful (a chance of "
        f"{told['cut']:g} or more), the {better} turns back in {told['count']:,}, {percent(share.value)} "
        f"({interval(share.low, share.high)})"
    )
    refusing = facts["overlaps"].get("egregious_refusing")
    if refusing is None:
        return text + "."
    if not refusing:
        return f"{text}. In none of the {rows} of this finding does the {better} refuse in words."
    return f"{text}. In {refusing:,} of the {rows} of this finding the {better} refuses in words."


def effects_of(facts: Mapping[str, Any], one: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Experiments that dropped rows of a finding."""
    column = one["where"].split(" ")[0]
    return [e for e in facts["effects"] if e["action"] == "drop" and one["count"] and column in e["where"]]


def dropping(facts: Mapping[str, Any], one: Mapping[str, Any]) -> str:
    """What dropping them was measured to change."""
    told = [
        f"Dropping {counted(effect['n_selected'], noun_of(effect))} ({code(effect['where'])}): "
        f"{lower(concluded(effect))}"
        for effect in effects_of(facts, one)
    ]
    return " ".join(told)


# "The scorer is wrong."


def _scorer_is_wrong(of: Material, by_name: Mapping[str, Mapping[str, Any]]) -> Section | None:
    used = [by_name[name] for name in HARM_FINDINGS if by_name.get(name, {}).get("count")]
    card = of.facts["cards"].get(of.facts["harm"])
    if not used or card is None:
        return None
    points = [
        f"The findings of harm ({listed([code(one['name']) for one in used])}) rest on the scorer "
        f"{code(of.facts['harm'])}. {_measured(card)}",
        found_of_planted(of.facts["kind"], used),
        *(judged_words(one) for one in used if one["judged"]["precision"]["n"]),
    ]
    unjudged = [one for one in used if not one["judged"]["precision"]["n"]]
    unknown = []
    if unjudged:
        names = listed([code(one["name"]) for one in unjudged])
        unknown.append(f"The precision on these data of {names}: nobody has judged a sample.")
    return _section("scorer", "“The scorer is wrong”", points, unknown)


_KNOWN = re.compile(r"held out|cross-validated")
"""Figures of texts of the sets that a scorer was trained on."""


def _measured(card: Mapping[str, Any]) -> str:
    """What its card measured, on texts unlike those it was trained on where there are such figures."""
    unseen = [one for one in card.get("figures", []) if not _KNOWN.search(str(one.get("on", "")))]
    figures = card_figures({"figures": unseen}) or card_figures(card)
    if not figures:
        return "How good it is has not been measured."
    where = "on texts of sets that it was not trained on" if unseen else "by its card"
    more = " Its other figures, what they mean, and its limits stand under [method](#method)."
    return f"Measured {where}: {'; '.join(figures)}.{more}"


def found_of_planted(kind: str, used: Sequence[Mapping[str, Any]]) -> str:
    """What share of the pairs that were planted the scorer found, of all findings in one sentence; "" if not known."""
    shares = {one["name"]: [f"{100 * fig['value']:.0f} %" for fig in one["power"].get("figures", ())] for one in used}
    known = [f"{code(name)} {listed(some)}" for name, some in shares.items() if some]
    if not known:
        return ""
    has_unseen = any(len(some) > 1 for some in shares.values())
    of_kinds = "of kinds of text that it was trained on" + (", and of others" if has_unseen else "")
    return (
        f"Of pairs like those of each finding, planted in hh-rlhf, it found so many {of_kinds}: {'; '.join(known)}. So "
        f"a {rows_noun(kind, 1)} that is not listed is not cleared."
    )


def judged_words(one: Mapping[str, Any]) -> str:
    """What blind judgement says of a finding."""
    precision = one["judged"]["precision"]
    return (
        f"Judged blind on these data, {code(one['name'])} is right for {share_words(precision)} of "
        f"{counted(precision['n'], 'row')}."
    )


# "They are too few to matter."


def _too_few(of: Material, by_name: Mapping[str, Mapping[str, Any]]) -> Section | None:
    one = by_name.get(EGREGIOUS) or by_name.get(HARMFUL)
    if one is None or not one["count"]:
        return None
    rows = rows_noun(of.facts["kind"])
    which = f"“{plain(one['title'])}”: {one['count']:,} of {of.facts['rows']:,} {rows}"
    points = [f"{which}, {share_words(one['share'])}."]
    effects = effects_of(of.facts, one)
    unknown = []
    for effect in effects:
        main = effect["outcomes"][0]
        if not picked_of(effect).has_claims:
            continue
        points.append(
            f"Without them, {what_outcome(main, noun_of(effect))} differs from a random drop of as many by "
            f"{difference(main)}.{_shown(main)} {caution(effect)}".strip()
        )
    if not effects:
        unknown.append("Whether a model learns anything else without them: no experiment was made.")
    unknown.append(
        f"What a larger model would learn from them: experiments here fit a linear model to these {rows} alone."
    )
    return _section("few", "“They are too few to matter”", points, unknown)


def _shown(main: Mapping[str, Any]) -> str:
    """How small a difference an experiment would have shown."""
    if main["smallest"] is None:
        return ""
    least = amount(main, main["smallest"], is_signed=False)
    return f" The experiment would have shown {least} or more four times in five; what is smaller it cannot rule out."


# "The choice is only length."


def _only_length(of: Material) -> Section | None:
    pairs, model = of.facts.get("pairs"), of.facts.get("preference")
    if not pairs or not pairs["longer_chosen"]["n"]:
        return None
    share, is_better = _share(pairs["longer_chosen"]), sides_of(of.facts["kind"]).is_better
    points = [
        f"The longer reply {is_better} in {percent(share.value)} ({interval(share.low, share.high)}) of "
        f"{counted(share.n, 'pair')} of replies that differ in length; a coin would give 50 %."
    ]
    if model is not None:
        base = model["baselines"].get("length")
        if base is not None:
            low, high = model["interval"]
            points.append(
                f"Held out, length alone tells which reply {is_better} in {percent(base)} of "
                f"{counted(model['pairs'], 'pair')}, the preference model in {percent(model['accuracy'])} "
                f"({interval(low, high)})."
            )
    unknown = (
        [] if model is not None else ["How far length, punctuation and layout predict the choice: no model was fitted."]
    )
    is_ranked = of.facts["kind"] == "ranking"
    title = "“Longer replies only rank higher”" if is_ranked else "“People only chose the longer reply”"
    return _section("length", title, points, unknown)


def _share(told: Mapping[str, Any]) -> Share:
    return Share(told["value"], told["low"], told["high"], told["n"])
