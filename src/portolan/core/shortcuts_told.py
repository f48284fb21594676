"""What plain rules tell of the choice, as a person, JSON and a report want it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portolan.core.concept_figures import Share
from portolan.core.counted import counted
from portolan.core.shortcut_figures import PartRule, Rule
from portolan.core.shortcuts import LOOKS, WHAT
from portolan.core.text_table import table

TOPIC = "topic"
"""The column of a part that is a topic of the map."""
MOST_TOLD = 12
"""Parts of a column in a table."""


@dataclass(frozen=True)
class Shortcuts:
    """How far plain traits alone tell which reply was chosen. `print(m.shortcuts)` shows it.

    Attributes
    ----------
    rules : sequence of Rule
        Over all pairs: length, punctuation, style, tone, echo, looks, and where it is known position and writer.
    parts : sequence of PartRule
        The same in each value of the columns of provenance, and in each topic, that has pairs enough.
    """

    rules: Sequence[Rule]
    parts: Sequence[PartRule]

    def __getitem__(self, rule: str) -> Rule:
        return {one.name: one for one in self.rules}[rule]

    @property
    def sure(self) -> list[Rule]:
        """The rules that surely tell more than a coin, the most telling first; all looks together last."""
        return sorted((one for one in self.rules if one.is_sure), key=lambda one: (one.name == LOOKS, one.log_loss))

    @property
    def unlike(self) -> list[PartRule]:
        """Where in the data a trait tells the choice surely better or worse than elsewhere, the surest first."""
        return sorted(
            (one for one in self.parts if one.is_other),
            key=lambda one: (one.rule.name == LOOKS, one.p_other, one.rule.log_loss),
        )

    @property
    def stronger(self) -> list[PartRule]:
        """Those of `unlike` in which it tells surely more than a coin, and more than elsewhere."""
        return [one for one in self.unlike if one.rule.is_sure and one.rule.accuracy.value > one.elsewhere]

    @property
    def regions(self) -> list[PartRule]:
        """Those of `stronger` that are topics of the map."""
        return [one for one in self.stronger if one.cluster is not None]

    @property
    def says(self) -> str:
        """The most telling of it, in a sentence or two."""
        single = [one for one in self.sure if one.name != LOOKS]
        if not single:
            text = "No plain trait alone surely tells which reply was chosen"
            text += ", though all looks together do." if self.sure else "."
        else:
            best = [f"{one.name} is right on {_told(one.accuracy)}" for one in single[:3]]
            text = f"Alone, {'; '.join(best)} of {counted(single[0].accuracy.n, 'pair')}."
        for one in self.stronger[:1]:
            text += (
                f" In {one.column} “{one.value}” {one.rule.name} is right on {_told(one.rule.accuracy)}, "
                f"elsewhere on {one.elsewhere:.1%}."
            )
        return text

    def lines(self) -> list[tuple[str, ...]]:
        """Cells of a table of `rules`, under a head."""
        rows: list[tuple[str, ...]] = [("alone", "accuracy", "95 %", "log loss", "pairs", "")]
        return rows + [
            (
                one.name, f"{one.accuracy.value:.4f}", f"{one.accuracy.low:.3f} to {one.accuracy.high:.3f}",
                f"{one.log_loss:.4f}", f"{one.accuracy.n:,}", "" if one.is_sure else "not surely above chance",
            )
            for one in self.rules
        ]  # fmt: skip

    def part_lines(self) -> list[tuple[str, ...]]:
        """Cells of a table of `parts`, a line a part with the accuracy of each rule, under a head; none without any.

        + and - mark what is surely more, and surely less, than in the other parts of the column.
        """
        by_part: dict[tuple[str, str], list[PartRule]] = {}
        for one in self.parts:
            by_part.setdefault((one.column, one.value), []).append(one)
        names = [one.name for one in self.rules]
        rows: list[tuple[str, ...]] = [("in parts", "pairs", *names)] if by_part else []
        for column, n_parts in Counter(column for column, _ in by_part).items():
            parts = [(value, some) for (own, value), some in by_part.items() if own == column]
            for value, some in parts[:MOST_TOLD]:
                told = {one.rule.name: f"{one.rule.accuracy.value:.3f}{_mark(one)}" for one in some}
                n_pairs = f"{some[0].rule.accuracy.n:,}"
                rows.append((f"{column} = {value}", n_pairs, *(told.get(name, "") for name in names)))
            if n_parts > MOST_TOLD:
                rows.append((f"{column}: {n_parts - MOST_TOLD} more, see --json", "", *("" for _ in names)))
        return rows

    def __str__(self) -> str:
        told = [table(self.lines(), align="<>>>><")]
        if self.parts:
            signs = (
                "+, -: surely more, surely less than in the other parts of its column. Rules are learnt in each part."
            )
            told.append(table(self.part_lines(), align="<>" + "<" * len(self.rules)) + "\n" + signs)
        return "\n\n".join([*told, self.says])

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "rules": [one.to_json() for one in self.rules], "parts": [one.to_json() for one in self.parts],
            "says": self.says,
        }  # fmt: skip

    @classmethod
    def from_json(cls, told: Mapping[str, Any], names: Mapping[tuple[int, int], str]) -> Shortcuts:
        """What `to_json` gave; topics bear the `names` that they have now."""
        return cls([_rule(one) for one in told["rules"]], [_part(one, names) for one in told["parts"]])


def _mark(one: PartRule) -> str:
    if not one.is_other:
        return ""
    return "+" if one.rule.accuracy.value > one.elsewhere else "-"


def _told(share: Share) -> str:
    return f"{share.value:.1%} ({share.low:.1%} to {share.high:.1%})"


def _rule(told: Mapping[str, Any]) -> Rule:
    share = told["accuracy"]
    value = float("nan") if share["value"] is None else share["value"]
    return Rule(told["rule"], Share(value, share["low"], share["high"], share["n"]), told["log_loss"], told["p"])


def _part(told: Mapping[str, Any], names: Mapping[tuple[int, int], str]) -> PartRule:
    cluster = None if told["layer"] is None else (told["layer"], told["cluster_id"])
    value = told["value"] if cluster is None else names.get(cluster, told["value"])
    elsewhere = float("nan") if told["elsewhere"] is None else told["elsewhere"]
    return PartRule(told["column"], value, cluster, _rule(told), elsewhere, told["p_other"])


__all__ = ["TOPIC", "WHAT", "Shortcuts"]
