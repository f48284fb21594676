"""A report's findings: a table of all, then a section for each, with what is known of it and what is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portolan.core.counted import counted
from portolan.core.finding_status import NO_DEFECT
from portolan.core.report import Block, Example, Figure, Quote, Section, Table, prose
from portolan.core.report_figures import Mark, bar_chart
from portolan.core.report_markup import code, plain
from portolan.core.report_material import Material
from portolan.core.report_words import (
    capital,
    chance,
    day,
    interval,
    listed,
    percent,
    points_interval,
    rows_noun,
    share_words,
    sides_of,
    verb,
)

SURE = 0.05
MOST_BARS = 14
MOST_NAMED = 3
_CLOSED = ("intended", "dropped")
STATUS_WORDS = {
    "open": "open", "intended": "intended", "to-drop": "to be dropped", "dropped": "dropped", "mixed": "mixed",
}  # fmt: skip


def in_order(findings: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Findings that have rows: most rows first of those not yet called intended or dropped; what is no defect last."""
    there = [one for one in findings if one["count"]]
    return sorted(there, key=lambda one: (one["name"] in NO_DEFECT, -open_rows(one), -one["count"], one["name"]))


def open_rows(one: Mapping[str, Any]) -> int:
    """Rows that nobody has called intended, and that are not dropped."""
    return int(sum(n for status, n in one["status_counts"].items() if status not in _CLOSED))


def findings_section(of: Material) -> Section:
    """All findings."""
    found = in_order(of.facts["findings"])
    blocks: list[Block] = [prose("findings", _opening(of, found))]
    if found:
        blocks.append(_overview(of, found))
    absent = prose("findings.absent", _not_found(of), _empty(of), _not_looked_for(of))
    if absent.text:
        blocks.append(absent)
    return Section("findings", "Findings", tuple(blocks), tuple(finding_section(of, one) for one in found))


def _opening(of: Material, found: Sequence[Mapping[str, Any]]) -> str:
    n_looked = sum(one["is_looked_for"] for one in of.facts["findings"])
    noun = rows_noun(of.facts["kind"], 1)
    text = (
        f"{counted(n_looked, 'kind')} of finding {verb(n_looked, 'was', 'were')} looked for; {len(found)} "
        f"{verb(len(found), 'has', 'have')} rows. A title is what a rule looks for, and no verdict: a {noun} that a "
        f"rule lists is not thereby wrong, and each section says what else it can be. {_judged_of(found)}"
    )
    if not found:
        return text
    return text + (
        f" They stand by the number of {rows_noun(of.facts['kind'])} that nobody has called intended, the most first; "
        "what is no defect stands last."
    )


def _judged_of(found: Sequence[Mapping[str, Any]]) -> str:
    """How many of those that a person's judgement would tell more of have it."""
    exact = [one for one in found if one.get("is_exact")]
    open_ones = [one for one in found if not one.get("is_exact")]
    n = sum(1 for one in open_ones if one["judged"]["precision"]["n"])
    if not open_ones:
        return "All of them compare texts: every row is what the rule says." if exact else ""
    apart = ", those apart that only compare texts" if exact else ""
    if not n:
        return f"No person has judged a sample of any of them{apart}."
    which = "each" if n == len(open_ones) else f"{n} of {len(open_ones)}"
    return f"A person has judged a sample of {which}{apart}."


def _overview(of: Material, found: Sequence[Mapping[str, Any]]) -> Table:
    is_judged = any(one["judged"]["precision"]["n"] for one in found)
    rows = []
    for one in found:
        most = more_frequent(one)
        where = f"{plain(most[0][1]['value'])} ({percent(most[0][1]['rate'])})" if most else ""
        precision = one["judged"]["precision"]
        judged = (
            share_words(precision) if precision["n"] else "by comparing texts" if one.get("is_exact") else "not judged"
        )
        rows.append(
            (
                f"[{plain(one['title'])}](#finding-{one['name']})", f"{one['count']:,}", share_words(one["share"]),
                where, STATUS_WORDS[one["status"]], *([judged] if is_judged else []),
            )
        )  # fmt: skip
    head: tuple[str, ...] = ("finding", rows_noun(of.facts["kind"]), "share (95 %)", "more frequent in", "status")
    caption = "More frequent in: the part of the data, if any, with the clearest excess."
    if is_judged:
        head = (*head, "right")
        caption += " Right: of rows that a person judged blind, the share for which the finding is true."
    return Table(head, tuple(rows), "<>><<<" if is_judged else "<>><<", caption)


def _not_found(of: Material) -> str:
    none = [one for one in of.facts["findings"] if one["is_looked_for"] and not one["count"] and not _says(one)]
    if not none:
        return ""
    most = max(one["share"]["high"] for one in none)
    titles = listed([f"“{plain(one['title'])}” ({code(one['name'])})" for one in none], last="and")
    rows = rows_noun(of.facts["kind"])
    return (
        f"Looked for and not found: {titles}. Where none of {of.facts['rows']:,} {rows} is one, up to {percent(most)} "
        f"of further {rows} like these still might be (95 %)."
    )


def _empty(of: Material) -> str:
    """Findings that list nothing for a reason, which is no sign that there is nothing."""
    empty = [one for one in of.facts["findings"] if one["is_looked_for"] and not one["count"] and _says(one)]
    return "\n\n".join(
        f"No row is listed as “{plain(one['title'])}” ({code(one['name'])}). {plain(_says(one))}" for one in empty
    )


def _says(one: Mapping[str, Any]) -> str:
    return str(one["power"].get("says", ""))


def _not_looked_for(of: Material) -> str:
    missing = [one for one in of.facts["findings"] if not one["is_looked_for"]]
    if not missing:
        return ""
    told = [f"{code(one['name'])}: {plain(_says(one))}" for one in missing]
    return "Not looked for. " + " ".join(told)


# One finding.


def finding_section(of: Material, one: Mapping[str, Any]) -> Section:
    """What is known of one finding."""
    key = f"finding.{one['name']}"
    blocks: list[Block] = [prose(key, finding_size(of, one), capital(plain(one["what"])))]
    blocks += of.figure(key, region_caption(of, one))
    blocks.append(prose(f"{key}.where", *by_provenance(one)))
    blocks += provenance_charts(of, one)
    blocks.append(
        prose(f"{key}.worth", power_words(one), f"{precision_words(of, one)} {status_words(one)}", found_by(of, one))
    )
    blocks += [_reason(said) for said in one["said"] if said["reason"]]
    blocks += [Quote(said["text"], said["author"], day(said["time"])) for said in one["responses"]]
    blocks += _examples(of, one)
    return Section(f"finding-{one['name']}", one["title"], tuple(blocks))


def _reason(said: Mapping[str, Any]) -> Quote:
    """Why somebody gave rows a status."""
    return Quote(said["reason"], f"{said['author']} ({STATUS_WORDS[said['status']]})", day(said["time"]))


def finding_size(of: Material, one: Mapping[str, Any]) -> str:
    """How many rows, as a share with its interval."""
    n, rows = one["count"], of.facts["rows"]
    noun = rows_noun(of.facts["kind"], rows)
    see = f" {of.link('See them on the map.', one['link'])}" if of.address(one["link"]) else ""
    return f"**The rule lists {n:,} of {rows:,} {noun}, {share_words(one['share'])}.**{see}"


def more_frequent(one: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Values in which it is surely more frequent than elsewhere, with their column, the surest first."""
    return sorted(
        ((column, rate) for column, rate in _rates(one) if rate["p"] < SURE and (rate["excess"] or 0) > 0),
        key=lambda pair: (pair[1]["p"], -pair[1]["excess"]),
    )


def less_frequent(one: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Values in which it is surely less frequent than elsewhere, with their column, the surest first."""
    return sorted(
        ((column, rate) for column, rate in _rates(one) if rate["p"] < SURE and (rate["excess"] or 0) < 0),
        key=lambda pair: (pair[1]["p"], pair[1]["excess"]),
    )


def _rates(one: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Column and rate of each part of the data; of a column of one value there is no rest to compare it with."""
    rates = [(column, rate) for column, own in one["by_provenance"].items() for rate in own]
    return [(column, rate) for column, rate in rates if rate["expected"] is not None]


def by_provenance(one: Mapping[str, Any]) -> list[str]:
    """Where it is more and where it is less frequent, by columns of provenance, in sentences."""
    rates = _rates(one)
    if not rates:
        return []
    sentences = [_excess(column, rate) for column, rate in more_frequent(one)[:MOST_NAMED]]
    fewer = less_frequent(one)[:MOST_NAMED]
    if fewer:
        told = [
            f"{code(column)} = {plain(rate['value'])} ({rate['count']:,} of {rate['n']:,}, {percent(rate['rate'])})"
            for column, rate in fewer
        ]
        sentences.append(f"It is less frequent in {listed(told)} than in the rest of the data.")
    if not sentences:
        columns = listed([code(column) for column in dict.fromkeys(column for column, _ in rates)])
        least = min(rate["p"] for _, rate in rates)
        return [
            f"No part of the data, by {columns}, has more or fewer of them than chance could give "
            f"(smallest {chance(least)})."
        ]
    return [" ".join(sentences)]


def _excess(column: str, rate: Mapping[str, Any]) -> str:
    return (
        f"It is more frequent in {code(column)} = {plain(rate['value'])}: {rate['count']:,} of {rate['n']:,}, "
        f"{percent(rate['rate'])} ({interval(rate['low'], rate['high'])}), against {percent(rate['expected'])} in the "
        f"rest, an excess of {points_interval(rate['excess_low'], rate['excess_high'])} ({chance(rate['p'])})."
    )


def provenance_charts(of: Material, one: Mapping[str, Any]) -> list[Block]:
    """A bar chart for each column of provenance that has more than one value."""
    charts: list[Block] = []
    for column, rates in one["by_provenance"].items():
        if len(rates) < 2:
            continue
        shown = sorted(rates, key=lambda rate: -rate["rate"])[:MOST_BARS]
        marks = [
            Mark(
                rate["value"], rate["rate"], rate["low"], rate["high"], f"{rate['count']:,} of {rate['n']:,}",
                expected=rate["expected"],
            )
            for rate in shown
        ]  # fmt: skip
        left = f" The {MOST_BARS} largest shares of {len(rates)} values." if len(rates) > MOST_BARS else ""
        caption = (
            f"Share of {rows_noun(of.facts['kind'])} in the finding by {code(column)}, with 95 % intervals. The tick: "
            f"the share in the rest of the data.{left}"
        )
        chart = bar_chart(marks, name=f"{one['name']}-{column}", title=f"By {column}", expected="share in the rest")
        charts.append(Figure((chart,), caption))
    return charts


def region_caption(of: Material, one: Mapping[str, Any]) -> str:
    """What the picture of a finding's rows shows, and where they gather, if they do."""
    text = f"Where they lie: rows of the finding in colour over all {rows_noun(of.facts['kind'])}."
    drawn = of.facts.get("drawn", {}).get(one["name"], one["count"])
    if drawn < one["count"]:
        text += f" A fair sample of {drawn:,} of them is drawn."
    if not one["clusters"]:
        return text + " In no topic are there more of them than chance could give."
    told = [
        f"{of.link('“' + region['name'] + '”', region.get('link', ''))} ({region['count']:,} of {region['n']:,}, "
        f"{percent(region['rate'])}, against {percent(region['expected'])} elsewhere)"
        for region in _regions(one)[:MOST_NAMED]
    ]
    return (
        f"{text} Topics with more of them than the rest: {listed(told)}. The second drawing is the "
        "part framed in the first, around the middle of the rows in the first of these topics."
    )


def _regions(one: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Its topics, less those of another layer that hold the same rows or have the same name."""
    found: list[Mapping[str, Any]] = []
    for region in one["clusters"]:
        seen = {(other["count"], other["n"]) for other in found} | {other["name"] for other in found}
        if not {(region["count"], region["n"]), region["name"]} & seen:
            found.append(region)
    return found


def precision_words(of: Material, one: Mapping[str, Any]) -> str:
    """How right it is, by blind judgement; or that nobody judged."""
    judged = one["judged"]
    precision, recall = judged["precision"], judged["recall"]
    if not precision["n"]:
        if one.get("is_exact"):
            rows = rows_noun(of.facts["kind"])
            return f"The rule only compares texts: every one of these {rows} is what it says, be that a defect or not."
        return "Nobody has judged its rows yet: how many of them are what the title says is not known."
    text = (
        f"A person judged {counted(precision['n'], 'of its rows', 'of its rows')}, mixed with others and without "
        f"knowing which is which: the finding is right for {share_words(precision)} of them."
    )
    if judged["unsure"]:
        text += f" Of {counted(judged['unsure'], 'more row', 'more rows')} they could not tell."
    if recall["value"] is not None:
        text += (
            f" By {counted(judged['judged_outside'], 'row')} judged outside it, it finds {share_words(recall)} of all "
            "such rows."
        )
    else:
        text += " No row outside it was judged: how many it misses is not known."
    return text


def power_words(one: Mapping[str, Any]) -> str:
    """What else is said of what the list is worth."""
    return plain(_says(one))


def found_by(of: Material, one: Mapping[str, Any]) -> str:
    """How its rows were found, and how to have them again."""
    model = (of.facts.get("preference") or {}).get("name")
    names = [
        f"the preference model ({code(name)}; [what it can tell](#preference))"
        if name == model
        else f"{code(name)} ([how good it is](#method))"
        for name in one["scorers"]
    ]
    by = f"Found by its rule on what is told by {listed(names)}. " if names else ""
    if one["is_defined"]:
        by = f"{definition_words(one)} "
    return f"{by}As a filter expression: {code(one['where'])}."


def definition_words(one: Mapping[str, Any]) -> str:
    """Which rows somebody made a finding of their own, who, and how sure each is."""
    defined = one.get("definition")
    if not defined:
        return "Defined by a person as a filter expression."
    who = f" by {plain(defined['author'])}" if defined["author"] else ""
    sure = f", each as sure as {code(defined['score'])}" if defined["score"] else ""
    return f"Defined{who} as the rows where {code(defined['where'])}{sure}."


def status_words(one: Mapping[str, Any]) -> str:
    """What people, or the provenance card, say is to become of its rows."""
    counts = one["status_counts"]
    told = [f"{n:,} {verb(n)} {STATUS_WORDS[status]}" for status, n in counts.items() if n]
    if list(counts) == ["open"] and not one["said"]:
        return "Nobody has said what is to become of them: all are open."
    return f"Status: {listed(told)}."


def _examples(of: Material, one: Mapping[str, Any]) -> list[Block]:
    sides = sides_of(of.facts["kind"])
    return [
        Example(
            example["row_id"], example["score"], example["prompt"], example["chosen"], example["rejected"],
            of.facts["examples_mode"], of.address(example["link"]), capital(sides.better), capital(sides.worse),
        )
        for example in of.facts.get("examples", {}).get(one["name"], ())
    ]  # fmt: skip
