"""The article: its opening, then every section, in the order in which one reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portolan.core.counted import counted
from portolan.core.finding_status import NO_DEFECT
from portolan.core.report import Report, Section, prose
from portolan.core.report_arguments import HARM_FINDINGS, RECOVERY, arguments_section
from portolan.core.report_dataset import dataset_section, impressions_section, provenance_section
from portolan.core.report_effects import DOING, concluded, effects_section, noun_of, where_words
from portolan.core.report_findings import findings_section, in_order
from portolan.core.report_markup import code, plain
from portolan.core.report_material import Material
from portolan.core.report_method import again_section, method_section, responses_section
from portolan.core.report_preference import preference_section, preferred, wrong_way
from portolan.core.report_words import AUDITED, lower, rows_noun, share_words, verb

MOST_SUMMED = 4


def article(of: Material) -> Report:
    """The report that the figures give. Rows that are no pairs have no audit: the report tells of the map alone."""
    facts = of.facts
    sections = [_opening(of), dataset_section(of), impressions_section(of)]
    if facts["kind"] in AUDITED:
        parts: list[Section | None] = [
            provenance_section(of), findings_section(of), preference_section(of), effects_section(of),
            arguments_section(of), responses_section(of), method_section(of),
        ]  # fmt: skip
        sections += [part for part in parts if part is not None]
    sections.append(again_section(of))
    what = "A preference audit" if facts["kind"] in AUDITED else "A map"
    subtitle = f"{what} of {facts['rows']:,} {rows_noun(facts['kind'], facts['rows'])}, {facts['made']['day']}"
    return Report(facts["name"], subtitle, tuple(sections), facts)


def _opening(of: Material) -> Section:
    return Section("short", "In short", (prose("short", summary(of.facts)),))


def summary(facts: Mapping[str, Any]) -> str:
    """The main figures, a line each."""
    noun = rows_noun(facts["kind"], facts["rows"])
    points = [f"The dataset has {facts['rows']:,} {noun}, grouped into {counted(facts['n_topics'], 'topic')}."]
    if facts["kind"] in AUDITED:
        points += [
            f"“{plain(one['title'])}”: {one['count']:,} {rows_noun(facts['kind'], one['count'])} by its rule, "
            f"{share_words(one['share'])}{_judged(one)}."
            for one in _summed(in_order(facts["findings"]))
        ]
        points += _model(facts)
        points += [f"{_done(facts, one)}: {lower(concluded(one))}" for one in facts["effects"][:MOST_SUMMED]]
        if not facts["provenance"]["is_declared"]:
            points.append("No provenance card says where the rows come from, or which findings are intended.")
    return "\n".join(f"- {point}" for point in points)


def _done(facts: Mapping[str, Any], one: Mapping[str, Any]) -> str:
    named = where_words(facts, one["where"])
    rows = noun_of(one) + "s"
    which = f"of {plain(named)}" if named else f"where {code(one['where'])}"
    return f"{DOING[one['action']].capitalize()} the {one['n_selected']:,} {rows} {which}"


def _summed(found: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The first findings, those with rows that somebody calls intended, and what red-team data is collected for.

    Both sides belong in a summary: where it tells of harm, it tells of recovery from harm.
    """
    first = found[:MOST_SUMMED]
    also = {RECOVERY} if any(one["name"] in HARM_FINDINGS for one in first) else set()
    return [one for place, one in enumerate(found) if place < MOST_SUMMED or _n_intended(one) or one["name"] in also]


def _n_intended(one: Mapping[str, Any]) -> int:
    return int(one["status_counts"].get("intended", 0))


def _judged(one: Mapping[str, Any]) -> str:
    n, precision = _n_intended(one), one["judged"]["precision"]
    intended = f"; {n:,} of them {verb(n)} called intended" if n else ""
    if not precision["n"] and one.get("is_exact"):
        return f"{intended}; found by comparing texts"
    judged = f"judged right {share_words(precision)}" if precision["n"] else "not judged by a person yet"
    no_defect = "; no defect" if one["name"] in NO_DEFECT else ""
    return f"{intended}{no_defect}; {judged}"


def _model(facts: Mapping[str, Any]) -> list[str]:
    told = facts.get("preference")
    if told is None:
        return []
    share = {"value": told["accuracy"], "low": told["interval"][0], "high": told["interval"][1], "n": told["pairs"]}
    rows = rows_noun(facts["kind"])
    can = f"can tell some of the {rows} that" if told["can_tell"] else f"cannot tell which {rows}"
    right = f"The preference model prefers the {preferred(told)} in {share_words(share)} of held-out pairs"
    return [f"{right}, and {can} are {wrong_way(told)}."]
