"""A report's section on the preference model: what it can tell of these pairs, and what it cannot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from portolan.core.counted import counted
from portolan.core.report import Block, Figure, Section, Table, prose
from portolan.core.report_figures import Mark, dot_chart
from portolan.core.report_markup import code, plain
from portolan.core.report_material import Material
from portolan.core.report_shortcuts import shortcut_blocks
from portolan.core.report_words import capital, decimal, interval, is_real, listed, percent

BASELINES: Mapping[str, str] = {
    "chance": "a coin", "majority": "always the same position",
    "length": "the longer reply (or the shorter one, where that is more often right)",
    "surface": "the look of the replies alone (length, punctuation, layout)",
}  # fmt: skip
SUBSET_SIGNS = (("length", "length alone"), ("surface", "look alone"))


def preference_section(of: Material) -> Section:
    """Accuracy by part of the data beside plain rules, and what planted flips say of lists of likely flipped pairs."""
    told = of.facts.get("preference")
    if told is None:
        text = (
            "No preference model was fitted to these pairs, so nothing is said here of pairs that may be the wrong way "
            "round, or of what the choice depends on."
        )
        why = plain(of.facts.get("no_preference", ""))
        blocks: tuple[Block, ...] = (prose("preference", f"{text} {why}".strip()),)
        return Section("preference", "What a preference model can tell", blocks)
    blocks = (
        prose("preference", what_model(told), accuracy_words(told), against_baselines(told)),
        *_chart(told),
        *shortcut_blocks(of),
        prose("preference.power", *power_paragraphs(told)),
        *_cuts(told),
    )
    return Section("preference", "What a preference model can tell", blocks)


def what_model(told: Mapping[str, Any]) -> str:
    """Which model it is, in its card's words."""
    what = plain(told["card"].get("what", ""))
    old = "" if told["is_current"] else " It was fitted on rows that have since been replaced."
    return f"The model is {code(told['name'])}. {what}{old}".strip()


def accuracy_words(told: Mapping[str, Any]) -> str:
    """Held-out accuracy with its interval, beside chance."""
    low, high = told["interval"]
    text = (
        f"Of {counted(told['pairs'], 'pair')}{_of_rankings(told)}, each told by a fit that had not seen its prompt, it "
        f"prefers the {preferred(told)} in {percent(told['accuracy'])} ({interval(low, high)})."
    )
    if low <= 0.5 <= high:
        return text + " The interval includes 50 %: it cannot be told from a coin."
    if high < 0.5:
        return text + " That is below the 50 % of a coin."
    return text + " A coin would be right in 50 %."


def against_baselines(told: Mapping[str, Any]) -> str:
    """What plain rules reach on the same pairs."""
    rules = [
        f"{BASELINES.get(name, plain(name))} {percent(value)}"
        for name, value in told["baselines"].items()
        if name != "chance" and is_real(value)
    ]
    if not rules:
        return ""
    low = told["interval"][0]
    best = max(value for name, value in told["baselines"].items() if name != "chance" and is_real(value))
    sentence = f"On the same pairs plain rules reach: {listed(rules)}."
    if best >= low:
        sentence += " The model is not surely better than the best of these."
    return sentence


def _chart(told: Mapping[str, Any]) -> list[Block]:
    known = [one for one in told["by_provenance"] if one["model"]["value"] is not None]
    values = Counter(one["column"] for one in known)
    # A column of one value makes no parts.
    parts = [one for one in known if values[one["column"]] > 1]
    low, high = told["interval"]
    base = told["baselines"]
    every = Mark("all pairs", told["accuracy"], low, high, f"{told['pairs']:,} pairs",
                 others=tuple(base.get(name) for name, _ in SUBSET_SIGNS))  # fmt: skip
    marks = [every] + [
        Mark(
            f"{one['column']} = {one['value']}", one["model"]["value"], one["model"]["low"], one["model"]["high"],
            f"{one['model']['n']:,} pairs",
            others=tuple((one.get(name) or {}).get("value") for name, _ in SUBSET_SIGNS),
        )
        for one in parts
    ]  # fmt: skip
    chart = dot_chart(
        marks, name="accuracy", title=f"{capital(preferred(told))} preferred, held out", line=0.5,
        others=[what for _, what in SUBSET_SIGNS],
    )  # fmt: skip
    caption = (
        f"Share of held-out pairs in which the model prefers the {preferred(told)}, with 95 % intervals, beside two "
        "plain rules. The line at 50 % is a coin."
    )
    return [Figure((chart,), caption)]


def preferred(told: Mapping[str, Any]) -> str:
    """The reply that a model is right to prefer."""
    return "chosen reply" if told.get("rankings") is None else "reply that ranks higher"


def _of_rankings(told: Mapping[str, Any]) -> str:
    n = told.get("rankings")
    return "" if n is None else f" of {counted(n, 'ranking')} (each of which counts as one row)"


def _row(told: Mapping[str, Any]) -> str:
    return "pair" if told.get("rankings") is None else "ranking"


def wrong_way(told: Mapping[str, Any]) -> str:
    """What a row is whose order is the opposite of what it should be."""
    return "the wrong way round" if told.get("rankings") is None else "upside down"


def power_paragraphs(told: Mapping[str, Any]) -> list[str]:
    """What the model's list of likely flipped pairs is worth, from flips planted in these pairs."""
    power = told["power"]
    row = _row(told)
    wrong = wrong_way(told)
    if told["can_tell"]:
        opening = f"The model can tell some {row}s that are {wrong}."
    else:
        opening = f"**The model cannot tell which {row}s are {wrong}**, and no such {row} is listed."
    sentences = [opening]
    if is_real(power.get("auc")):
        refit = "the model was fitted again, and" if power.get("is_refitted") else "the model, fitted before,"
        sentences.append(
            f"To measure that, a random {100 * power['planted']:g} % of the {row}s were flipped; {refit} put a flipped "
            f"{row} before one that was not in {percent(power['auc'])} of cases (50 % is chance). The average "
            f"precision of its list is {decimal(power['average_precision'])}; that of a shuffled one is "
            f"{decimal(power['by_chance'])}."
        )
        if power.get("as_it_is"):
            most = percent(power["as_it_is"]["at_most"])
            sentences.append(
                f"As they stand, at most {most} of the {row}s are flipped at random; how many are, choices "
                "alone do not tell."
            )
    else:
        sentences.append(plain(told["says"]))
    return [" ".join(sentences)]


def _cuts(told: Mapping[str, Any]) -> list[Block]:
    cuts = told["power"].get("cuts", [])
    rows = tuple(
        (f"{cut['rows']:,}", *(_share(cut[name]) for name in ("precision", "recall")))
        for cut in cuts
        if cut["precision"]["value"] is not None
    )
    if not rows:
        return []
    head = (f"{_row(told)}s that the model contradicts most", "of them planted flips", "of all planted flips")
    share = f"{100 * told['power']['planted']:g} %"
    caption = f"What a list of likely flipped {_row(told)}s would hold, where {share} are flipped."
    return [Table(head, rows, "<>>", caption)]


def _share(share: Mapping[str, Any]) -> str:
    return f"{percent(share['value'])} ({interval(share['low'], share['high'])})"
