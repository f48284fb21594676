"""A report's first sections: what the dataset is, what one sees first, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portolan.core.counted import counted
from portolan.core.report import Block, Figure, Section, Table, prose
from portolan.core.report_figures import Mark, dot_chart
from portolan.core.report_markup import code, plain
from portolan.core.report_material import Material
from portolan.core.report_words import (
    Sides,
    capital,
    chance,
    interval,
    listed,
    many,
    percent,
    rows_noun,
    share_words,
    sides_of,
    verb,
)

MOST_VALUES = 12
MOST_TOPICS = 10
MOST_PARTS = 6
TIES = "no verdict, or a tie"
TIED = "no reply that ranks above another"
LEAST_TOPICS = 4
"""A layer of fewer topics says too little of what is in the data."""
KINDS = {
    "pair": "Each pair has a prompt and two replies, of which one was chosen and the other rejected.",
    "conversation": "Each row is a conversation.",
    "ranking": "Each ranking is a prompt with several replies and their ranks. Findings and experiments are about its "
    "best reply and its worst; how length goes with rank, and the preference model, are about every two replies of it.",
    "red-team": "Each row is an attempt to make a model misbehave.",
}


# The dataset.


def dataset_section(of: Material) -> Section:
    """What the dataset is: rows, columns, the map, statistics of pairs."""
    facts = of.facts
    blocks: list[Block] = [prose("dataset", _size(facts), _described(facts))]
    blocks += of.figure("map", _map_caption(facts))
    blocks.append(_columns(facts))
    if facts.get("pairs"):
        blocks += _pairs(facts)
    return Section("dataset", "The dataset", tuple(blocks))


def _size(facts: Mapping[str, Any]) -> str:
    n, kind = facts["rows"], facts["kind"]
    kind_told = KINDS.get(kind, "Each row is a text.")
    columns = counted(len(facts["columns"]), "column")
    return f"**{plain(facts['name'])}** has {n:,} {rows_noun(kind, n)} in {columns}. {kind_told}"


def _described(facts: Mapping[str, Any]) -> str:
    return f"Its description, as it was given: “{plain(facts['description'])}”" if facts["description"] else ""


def _map_caption(facts: Mapping[str, Any]) -> str:
    noun = rows_noun(facts["kind"], 1)
    share = facts.get("quality", {}).get("recall_at_15")
    near = (
        f" Of the 15 nearest {rows_noun(facts['kind'])} by text, {percent(share)} are among the 15 nearest on the map, "
        "on average: distances on it are a guide, no measure."
        if share is not None
        else ""
    )
    return (
        f"The map: one point for each {noun}, near each other where texts are alike; names are those of topics.{near}"
    )


def _columns(facts: Mapping[str, Any]) -> Table:
    rows = []
    for name, kind in facts["columns"]:
        values = facts["categories"].get(name)
        rows.append((code(name), code(kind), _values(values) if values else ""))
    return Table(("column", "type", "values, with their rows"), tuple(rows), "<<<", "The columns.")


def _values(values: Sequence[Sequence[Any]]) -> str:
    told = [f"{plain(str(value))} {count:,}" for value, count in values[:MOST_VALUES]]
    rest = len(values) - MOST_VALUES
    return "; ".join(told) + (f"; and {counted(rest, 'more value', 'more values')}" if rest > 0 else "")


def _pairs(facts: Mapping[str, Any]) -> list[Block]:
    told, sides, noun = facts["pairs"], sides_of(facts["kind"]), rows_noun(facts["kind"], 1)
    names = {
        "turns": "turns of people in the prompt", "prompt_chars": "prompt, characters",
        "chosen_chars": f"{sides.better}, characters", "rejected_chars": f"{sides.worse}, characters",
    }  # fmt: skip
    rows = tuple((name, *(_count(told[key][q]) for q in ("q05", "q50", "q95", "mean"))) for key, name in names.items())
    head = ("", "5 % have at most", "half have at most", "95 % have at most", "mean")
    blocks: list[Block] = [
        Table(head, rows, "<>>>>", f"How long the {noun}s are."),
        prose("dataset.length", length_bias(told), identical(told)),
    ]
    marks = [
        Mark(f"{column} = {value}", share["value"], share["low"], share["high"], counted(share["n"], "pair"))
        for column, value, share in _longer_by(told)
    ]
    if marks:
        every = told["longer_chosen"]
        whole = Mark("all pairs", every["value"], every["low"], every["high"], counted(every["n"], "pair"))
        caption = (
            f"How often the longer reply {sides.is_better}, among pairs of replies that differ in length, with 95 % "
            "intervals. The line at 50 % is where length says nothing."
        )
        title = f"Longer reply {sides.is_better.removeprefix('was ')}"
        chart = dot_chart([whole, *marks], name="longer-chosen", title=title, line=0.5)
        blocks.append(Figure((chart,), caption))
    return blocks


def _longer_by(told: Mapping[str, Any]) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Column, value and share of each part of the data; a column of one value makes no parts."""
    found = []
    for column, shares in told["longer_chosen_by"].items():
        there = [(column, value, share) for value, share in shares.items() if share["n"]]
        found += there if len(there) > 1 else []
    return found


def _count(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}" if value >= 10 or float(value).is_integer() else f"{value:,.1f}"


def length_bias(told: Mapping[str, Any]) -> str:
    """How often the longer reply was chosen, and in which parts of the data that differs from a coin's toss."""
    share = told["longer_chosen"]
    if not share["n"]:
        return "No two replies differ in length."
    is_better = _sides(told).is_better
    of_pairs = " of replies that differ in length" if _is_ranked(told) else " whose replies differ in length"
    sentence = (
        f"Of {counted(share['n'], 'pair')}{of_pairs}, the longer reply {is_better} in {percent(share['value'])} "
        f"({interval(share['low'], share['high'])}" + ("; each ranking counts once)" if _is_ranked(told) else ")")
    )
    if share["low"] <= 0.5 <= share["high"]:
        sentence += f": over all of them, length alone does not tell which reply {is_better}."
    else:
        side = "longer" if share["low"] > 0.5 else "shorter"
        sentence += f": over all of them, the {side} reply {is_better} more often than not."
    by_part = _longer_by(told)
    parts = [(value, one) for _, value, one in by_part if not one["low"] <= 0.5 <= one["high"]]
    longer = [f"{plain(value)} ({percent(one['value'])})" for value, one in parts if one["low"] > 0.5]
    shorter = [f"{plain(value)} ({percent(one['value'])})" for value, one in parts if one["high"] < 0.5]
    n_parts = len(by_part)
    said = [f"the longer one in {_parts(longer, n_parts)}"] if longer else []
    said += [f"the shorter one in {_parts(shorter, n_parts)}"] if shorter else []
    if said:
        sentence += f" By part of the data, it is {listed(said)}."
    return sentence


def _parts(names: Sequence[str], n_parts: int) -> str:
    """Parts of the data by name; their number where they are many."""
    return listed(names) if len(names) <= MOST_PARTS else f"{len(names)} of {n_parts} parts"


def _is_ranked(told: Mapping[str, Any]) -> bool:
    """Whether statistics are of rankings."""
    return "pairs_of_each" in told


def _sides(told: Mapping[str, Any]) -> Sides:
    return sides_of("ranking" if _is_ranked(told) else "pair")


def identical(told: Mapping[str, Any]) -> str:
    """Pairs that say nothing of a preference."""
    if _is_ranked(told):
        counts: tuple[tuple[int, str], ...] = (
            (told["identical"], "a best and a worst reply that are the same"), (told["ties"], TIED),
            (told["blank"], "a blank best or worst reply"),
        )  # fmt: skip
    else:
        counts = (
            (told["identical"], "two identical replies"), (told["mismatched"], "replies to different prompts"),
            (told["ties"], TIES), (told["blank"], "a blank reply"),
        )  # fmt: skip
    row = "ranking" if _is_ranked(told) else "pair"
    there = [f"{counted(n, row)} {verb(n, 'has', 'have')} {what}" for n, what in counts if n]
    sentences = [f"{capital(listed(there))}."] if there else []
    none = [what for n, what in counts if not n and what not in (TIES, TIED)]
    if none:
        sentences.append(f"No {row} has {listed(none, last='or')}.")
    if not told["ties"]:
        sentences.append(f"Every {row} {'ranks some reply above another' if _is_ranked(told) else 'has a verdict'}.")
    return " ".join(sentences)


# First impressions.


def impressions_section(of: Material) -> Section:
    """The largest topics, and which topics one part of the data is most unlike the others in."""
    facts = of.facts
    topics = facts["topics"]
    if not topics:
        text = "The rows have not been grouped into topics."
        return Section("impressions", "First impressions", (prose("impressions", text),))
    shown = topics[:MOST_TOPICS]
    rows = tuple(
        (of.link(one["name"], one["link"]), f"{one['size']:,}", percent(one["size"] / facts["rows"])) for one in shown
    )
    layers = listed([f"{n:,}" for n in facts["layers"]])
    noun = rows_noun(facts["kind"])
    covered = sum(one["size"] for one in shown)
    text = (
        f"Grouped by likeness of their texts, the {noun} form nested layers of {layers} topics. The table lists the "
        f"{'' if len(shown) == len(topics) else f'{len(shown)} largest of '}{counted(len(topics), 'topic')} of one "
        f"layer, which hold {percent(covered / facts['rows'])} of the {noun}. Names are the phrases that set a topic "
        "apart; nobody wrote them by hand."
    )
    if facts.get("topics_renamed"):
        text = text.replace("; nobody wrote them by hand", "; people renamed some")
    table = Table(("topic", noun, "share"), rows, "<>>", "The largest topics.")
    return Section("impressions", "First impressions", (prose("impressions", text), table, *_unlike(of)))


def _unlike(of: Material) -> list[Block]:
    """What stands out: topics of which one part of the data has more than the others."""
    found = of.facts["unlike"]
    if not of.facts["categories"]:
        return []
    if not found:
        text = (
            "No part of the data, by its columns, has more of a topic than the others, beyond what chance would give."
        )
        return [prose("impressions.unlike", text)]
    rows = tuple(
        (
            f"{code(one['column'])} = {plain(one['value'])}",
            of.link(one["topic"], one["link"]),
            f"{one['count']:,} of {one['n']:,}",
            share_words({"value": one["rate"], "low": one["low"], "high": one["high"], "n": one["n"]}),
            percent(one["expected"]),
        )
        for one in found
    )
    first = found[0]
    text = (
        f"Parts of the data differ in what they are about. The clearest difference: {percent(first['rate'])} of "
        f"{code(first['column'])} = {plain(first['value'])} is in the topic “{plain(first['topic'])}”, and "
        f"{percent(first['expected'])} of the rest ({chance(first['p'])})."
    )
    head = ("part of the data", "topic", "rows", "share of that part", "share of the rest")
    caption = (
        "Where parts of the data differ most from the rest, each with the topic in which the difference is clearest."
    )
    return [prose("impressions.unlike", text), Table(head, rows, "<<>>>", caption)]


# Where it comes from.

PARTS = {
    "subset": "part of the data", "source": "source", "batch": "batch", "collector": "collector",
    "chosen_by": "writer of the chosen reply", "rejected_by": "writer of the rejected reply",
}  # fmt: skip


def provenance_section(of: Material) -> Section:
    """What the data's owner declares of where rows come from, or that nothing is declared."""
    card = of.facts["provenance"]
    if not card["is_declared"]:
        return Section("provenance", "Where the data come from", (prose("provenance", undeclared(card)),))
    blocks: list[Block] = [prose("provenance", declared(card))]
    rows = [
        (
            code(column["column"]), PARTS[column["part"]], plain(one["value"]), plain(one["purpose"]),
            plain(", ".join(one["intended"])), plain(one["reason"]),
        )
        for column in card["columns"]
        for one in column["values"]
    ]  # fmt: skip
    if rows:
        head = ("column", "tells the", "value", "what it is for", "findings intended there", "why")
        blocks.append(Table(head, tuple(rows), "<<<<<<", "What the provenance card declares, in its words."))
    return Section("provenance", "Where the data come from", tuple(blocks))


def undeclared(card: Mapping[str, Any]) -> str:
    """That nobody declared anything, and what is used in its place."""
    text = "No provenance card says where these rows come from, or which findings are intended in some of them."
    names = list(dict.fromkeys(column["column"] for column in card["columns"]))
    if not names:
        return text + " No column tells it either: findings are told for the data as a whole."
    columns = "column" if len(names) == 1 else "columns"
    return (
        f"{text} The report tells findings by the {columns} {listed([code(name) for name in names])}, whose values it "
        "knows by name alone."
    )


def declared(card: Mapping[str, Any]) -> str:
    """Who declared what, and how many values have findings that are intended."""
    owner = f" by {plain(card['owner'])}" if card["owner"] else ""
    columns = [f"{code(one['column'])} (the {PARTS[one['part']]})" for one in card["columns"]]
    text = f"Declared{owner}: {listed(columns)} {verb(len(columns), 'tells', 'tell')} where a row comes from."
    if card["description"]:
        text += f" In the card's words: “{plain(card['description'])}”"
    n = sum(1 for column in card["columns"] for value in column["values"] if value["intended"])
    said = f"{capital(many(n, 'value'))} {verb(max(n, 1), 'has', 'have')} findings that the card calls intended."
    return f"{text} {said}"
