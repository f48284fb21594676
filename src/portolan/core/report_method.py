"""A report's last sections: what the owner says, method and limits, how to make it again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from portolan.core.counted import counted
from portolan.core.effect_words import AS_GIVEN
from portolan.core.finding_status import what_of
from portolan.core.report import Block, Code, Section, Table, prose
from portolan.core.report_cards import card_figures
from portolan.core.report_findings import STATUS_WORDS
from portolan.core.report_markup import code, plain
from portolan.core.report_material import Material
from portolan.core.report_words import day, verb


def responses_section(of: Material) -> Section:
    """Who said what of which finding, with reasons."""
    rows = []
    for one in of.facts["findings"]:
        for said in one["said"]:
            where = code(said["where"]) if said["where"] else "all its rows"
            rows.append(
                (
                    plain(one["title"]), STATUS_WORDS[said["status"]], where, plain(said["reason"]),
                    plain(said["author"]), day(said["time"]),
                )
            )  # fmt: skip
    n_responses = sum(len(one["responses"]) for one in of.facts["findings"])
    owner = of.facts["provenance"]["owner"]
    blocks: list[Block] = [prose("responses", responses_words(len(rows), n_responses, owner))]
    if rows:
        head = ("finding", "status", "of which rows", "why", "who", "when")
        blocks.append(Table(head, tuple(rows), "<<<<<<", "What was said is to become of findings."))
    return Section("responses", "What the owner and others say", tuple(blocks))


def responses_words(n_said: int, n_responses: int, owner: str) -> str:
    """How much was said."""
    who = f"The data's owner, by the provenance card, is {plain(owner)}. " if owner else ""
    if not n_said and not n_responses:
        return f"{who}Nobody has said anything of these findings yet: all are open. Silence is no answer either way."
    statuses = f"{counted(n_said, 'status', 'statuses')} {verb(n_said, 'was', 'were')} given to findings"
    responses = f"{counted(n_responses, 'response')} {verb(n_responses, 'was', 'were')} written"
    where = " Responses stand with the findings that they are about." if n_responses else ""
    return f"{who}{statuses}; {responses}.{where}"


def method_section(of: Material) -> Section:
    """How figures were made, how good scorers are by their cards, and what is not known."""
    facts = of.facts
    blocks: list[Block] = [prose("method", *_method(facts))]
    if facts["cards"]:
        blocks.append(prose("method.scorers", *_scorers(facts["cards"])))
    blocks.append(prose("method.limits", _limits(facts)))
    return Section("method", "Method and limits", tuple(blocks))


MEASURES = (
    "AUC is the chance that a text that is such is ranked above one that is not (0.5: by chance); right order, the "
    "share of pairs of replies of which the worse is ranked above the other (0.5: by chance); found and false alarms, "
    "the shares of such and of other texts that are flagged; precision, the share of what is flagged that is such; "
    "recall, the share of such that is flagged. Held out: other texts of the sets that it was trained on; unseen: of "
    "other sets."
)


def _scorers(cards: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Each scorer that findings rest on, by its card: what it tells, how good it is, its limits."""
    told = [f"The scorers that findings rest on, by their own cards. {MEASURES}"]
    for name, card in sorted(cards.items()):
        figures = "; ".join(card_figures(card)) or "not measured"
        limits = f" Limits: {plain(card['limits'])}" if card.get("limits") else ""
        told.append(f"**{plain(name)}.** {plain(card.get('what', ''))} How good it is: {figures}.{limits}")
    return told


def _method(facts: Mapping[str, Any]) -> list[str]:
    texts = [
        "Intervals are at 95 %: of shares Wilson's (1927), of differences of two shares Newcombe's (1998, method 10). "
        "Whether a finding is more or less frequent in one part of the data than in the rest is told by Fisher's exact "
        "test (1922), with Holm's correction (1979) for the number of parts of a column; likewise of topics. Where the "
        "corrected p is 0.05 or more, for topics 0.01, no difference is claimed.",
    ]
    if facts["effects"]:
        is_told = any(one["setting"].get("provenance") for one in facts["effects"])
        once_more = ", these once more for each part of the data (Daumé 2007)" if is_told else ""
        texts.append(
            f"Effects: a linear Bradley-Terry model (1952) on frozen vectors, words and surface features{once_more}, "
            "cross-fitted so that pairs of one prompt are never on both sides; intervals account for which pairs were "
            "drawn and which are held out. Each interval is for itself; p-values are corrected for the number of "
            "outcomes (Holm 1979)."
        )
    if facts.get("preference"):
        method = plain(facts["preference"]["card"].get("method", ""))
        texts.append(f"The preference model, by its card: {method}" if method else "")
    return texts


def _limits(facts: Mapping[str, Any]) -> str:
    there = [one for one in facts["findings"] if one["count"] and not one.get("is_exact")]
    unjudged = [one for one in there if not one["judged"]["precision"]["n"]]
    points = []
    if unjudged:
        n, of_all = len(unjudged), len(there)
        which = f"None of the {of_all} findings" if n == of_all else f"{n} of the {of_all} findings"
        has = "has" if n == of_all else verb(n, "has not", "have not")
        points.append(
            f"{which} that do more than compare texts {has} been judged by a person on these data: their counts are "
            "counts of what a rule or a scorer flags."
        )
    points.append("What no finding looks for is not in this report: that is no sign that it is not in the data.")
    points.append("Each finding has its own correction; over all findings of the report there is none.")
    return "\n".join(f"- {point}" for point in points)


def again_section(of: Material) -> Section:
    """Commands, versions, hashes and seeds."""
    facts = of.facts
    made = facts["made"]
    rows = [
        ("rows of the map", f"{facts['rows']:,}"), ("hash of the data", code(facts["data_hash"] or "")),
        ("random state", str(facts["random_state"])),
        *([("harm told by", code(facts["harm"]))] if facts["harm"] else []),
        *((plain(name), code(version)) for name, version in sorted(facts["versions"].items())),
        ("report made with Portolan", code(made["portolan"])), ("report made on", plain(made["day"])),
    ]  # fmt: skip
    text = (
        f"This report was made by {code('portolan report')} from the map's own figures; the same commands on the same "
        "data give the same figures."
    )
    made_with = Table(("", ""), tuple(rows), "<<", "What it was made with.")
    blocks = (prose("again", text), Code("\n".join(commands(facts))), made_with)
    return Section("again", "How to make it again", blocks)


def commands(facts: Mapping[str, Any]) -> list[str]:
    """The commands that lead to this report."""
    lines = [_map_command(facts)]
    # A card beside the data comes with it.
    if facts["provenance"] is not None and facts["provenance"]["is_declared"] and not facts.get("card_beside"):
        lines.append("portolan audit MAP --provenance CARD.yaml")
    if facts["findings"]:
        lines.append(f"portolan audit MAP --harm {facts['harm']}")
    if facts.get("preference"):
        lines.append(f"portolan preference MAP --model {facts['preference']['name']}")
    lines += [_define_command(one) for one in facts["findings"] if one.get("definition")]
    lines += [_effect_command(one) for one in facts["effects"]]
    return [*lines, "portolan report MAP -o report.html"]


SAMPLE = "demo"
"""The source of the bundled sample."""
_OPTIONS = (
    ("text", None), ("prompt", None), ("chosen", None), ("rejected", None), ("id", None), ("time", None),
    ("layout", "chosen"), ("embedder", "static"), ("namer", "keyphrases"),
)  # fmt: skip
"""Options of `portolan map` with their defaults, by the parameter that holds what was given."""


def _map_command(facts: Mapping[str, Any]) -> str:
    """The command that makes the map, as far as it is known what it was made of."""
    if facts.get("source") == SAMPLE:
        return "portolan demo -o MAP"
    parameters = facts.get("parameters", {})
    options = [
        f"--{name} {_word(parameters[name])}"
        for name, default in _OPTIONS
        if parameters.get(name) not in (None, "", default)
    ]
    options += [f"--category {_word(name)}" for name in parameters.get("categories", ())]
    options += [f"--seed {parameters['random_state']}"] if parameters.get("random_state") else []
    return " ".join(["portolan map", _word(facts.get("source") or "DATA"), *options, "-o MAP"])


def _word(text: str) -> str:
    """A word of a command line."""
    return shlex.quote(str(text))


def _define_command(one: Mapping[str, Any]) -> str:
    """The command that defines a finding of somebody's own."""
    defined = one["definition"]
    parts = [f"portolan audit MAP --define {one['name']} {_word(defined['where'])}"]
    parts += [f"--confidence {_word(defined['score'])}"] if defined["score"] else []
    parts += [f"--what {_word(defined['what'])}"] if defined["what"] != what_of(defined["where"]) else []
    return " ".join(parts)


def _effect_command(one: Mapping[str, Any]) -> str:
    setting = one["setting"]
    if one["where"] == AS_GIVEN:
        return "# an experiment with weights given as numbers: m.effect(weights=…)"
    what = {"weight": "weights"}.get(one["action"], one["action"])
    parts = [f'portolan effect MAP --{what} "{one["where"]}"']
    parts += [f"--to {setting['to']:g}"] if "to" in setting else []
    parts += [f"--seeds {setting['seeds']}"] if setting.get("seeds") else []
    parts += [f"--seed {setting['random_state']}"] if setting.get("random_state") else []
    return " ".join(parts)
