"""The result of an experiment on pairs: its outcomes, its verdict, as JSON, as a table, for a notebook."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from portolan.core.concept_figures import Share
from portolan.core.counted import counted
from portolan.core.effect import OutcomeEffect
from portolan.core.effect_outcomes import MEANINGS, Outcome
from portolan.core.effect_svg import forest
from portolan.core.effect_verdict import DONE, can_tell, verdict_of
from portolan.core.effect_words import interval_words, level_words, number_words, outcome_words
from portolan.core.intervention import Action
from portolan.core.picked import Picked
from portolan.core.text_table import table

_NUMBERS = {"with_all": "with", "without": "without", "random_drop": "random_drop", "delta": "delta", "low": "low",
            "high": "high", "p": "p", "p_holm": "p_holm", "smallest": "smallest"}  # fmt: skip


@dataclass(frozen=True)
class Effect:
    """What doing something to some pairs changes, against the same done to as many random ones.

    Attributes
    ----------
    action : {"drop", "flip", "relabel", "weight"}
    where : str
        The filter expression of the pairs.
    outcomes : tuple of OutcomeEffect
        The main one first.
    n_selected, n_pairs : int
        Pairs that were changed; all pairs that a preference model can learn from.
    noun : {"pair", "ranking"}
        What a row is; of a ranking the best reply and the worst are the pair.
    matched_on, not_matched_on : tuple of str
        Columns of which the random draws have the same composition; those with which they would be mostly the
        selection itself.
    setting : mapping
        seeds (random draws), splits, folds, halvings, penalty; provenance (columns that the model is told).
    picked : Picked
        What the selection knows of the choices; where it has learnt from them, no effect is claimed.
    right : Share
        How often the model of all pairs as they are is right, held out, of all pairs.
    rows_key : str
        Names the rows that it was measured on, and by which model.
    selection_key : str
        Names the rows that were selected.
    """

    action: Action
    where: str
    outcomes: tuple[OutcomeEffect, ...] = field(repr=False)
    n_selected: int
    n_pairs: int
    matched_on: tuple[str, ...] = ()
    not_matched_on: tuple[str, ...] = ()
    setting: Mapping[str, Any] = field(default_factory=dict)
    noun: str = "pair"
    picked: Picked = field(default_factory=Picked)
    right: Share | None = None
    rows_key: str = field(default="", repr=False)
    selection_key: str = field(default="", repr=False)

    @property
    def verdict(self) -> str:
        """What it comes to, in one to four sentences."""
        return verdict_of(
            self.outcomes,
            action=self.action,
            n_selected=self.n_selected,
            noun=self.noun,
            picked=self.picked,
            right=self.right,
        )

    @property
    def is_effect(self) -> bool:
        """Whether any outcome is told from no effect."""
        return any(one.is_effect for one in self.outcomes)

    def to_json(self) -> dict[str, Any]:
        """The effect as JSON holds it; see `docs/effect.md`."""
        return {
            "action": self.action,
            "where": self.where,
            "n_selected": self.n_selected,
            "n_pairs": self.n_pairs,
            "noun": self.noun,
            "picked": self.picked.to_json(),
            "right": None if self.right is None else _share_json(self.right),
            "matched_on": list(self.matched_on),
            "not_matched_on": list(self.not_matched_on),
            "setting": dict(self.setting),
            "outcomes": [_outcome_json(one) for one in self.outcomes],
            "verdict": self.verdict,
            "rows_key": self.rows_key,
            "selection_key": self.selection_key,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Effect:
        """The effect that `to_json` gave."""
        return cls(
            action=data["action"],
            where=data["where"],
            outcomes=tuple(_outcome_of(one) for one in data["outcomes"]),
            n_selected=data["n_selected"],
            n_pairs=data["n_pairs"],
            matched_on=tuple(data["matched_on"]),
            not_matched_on=tuple(data["not_matched_on"]),
            setting=data["setting"],
            noun=data.get("noun", "pair"),
            picked=Picked.from_json(data["picked"]),
            right=_share_of(data["right"]),
            rows_key=data.get("rows_key", ""),
            selection_key=data.get("selection_key", ""),
        )

    def svg(self, *, width: int = 760) -> str:
        """The differences with their intervals as an SVG document; shaded: what would not have shown."""
        return forest([(self._words(one), one) for one in self.outcomes], title=self.heading, width=width)

    @property
    def heading(self) -> str:
        """What was done, in a line."""
        what = f"{DONE[self.action].capitalize()} {counted(self.n_selected, self.noun)}"
        return f"{what} of {self.n_pairs:,}: {self.where}"

    def __str__(self) -> str:
        lines = [self.heading, "", self._table(), "", self.verdict, self._method()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<div><p>{escape(self.verdict)}</p>{self.svg()}</div>"

    def _table(self) -> str:
        head = ("", "with", "without", "random", "delta", "95 % interval", "p (Holm)", "would have shown", "")
        rows: list[tuple[str, ...]] = [head]
        for one in self.outcomes:
            measure = one.outcome.measure
            levels = (level_words(measure, value) for value in (one.with_all, one.without, one.random_drop))
            between = interval_words(measure, one.low, one.high)
            least = number_words(measure, one.smallest, is_signed=False)
            mark = "effect" if one.is_effect else ""
            p_holm = f"{one.p_holm:.3f}" if math.isfinite(one.p_holm) else ""
            told = (number_words(measure, one.delta), between, p_holm, least, mark)
            rows.append((self._words(one), *levels, *told))
        return table(rows, align="<>>>>>>><")

    def _words(self, one: OutcomeEffect) -> str:
        return outcome_words(one.outcome.measure, one.outcome.subset, noun=self.noun)

    def _method(self) -> str:
        drawn = f"Random: {self.setting.get('seeds')} draws of as many {self.noun}s"
        matched = f" with the same {' and '.join(self.matched_on)}" if self.matched_on else ""
        free = f"; not on {', '.join(self.not_matched_on)}, with which they would be mostly the selection itself"
        told = self.setting.get("provenance", ())
        knows = f" The model is told the {' and '.join(told)} of each {self.noun}." if told else ""
        delta = "Delta: without, less random; of shares in percentage points."
        return f"{drawn}{matched}{free if self.not_matched_on else ''}. {delta}{knows}"


def _outcome_json(one: OutcomeEffect) -> dict[str, Any]:
    numbers = {name: _plain(getattr(one, attribute)) for attribute, name in _NUMBERS.items()}
    return {
        "name": one.outcome.measure,
        "subset": one.outcome.subset,
        **numbers,
        "effect": one.is_effect,
        "n": one.n_pairs,
        "what": MEANINGS[one.outcome.measure],
    }


def _share_json(right: Share) -> dict[str, Any]:
    value = _plain(right.value)
    return {"value": value, "low": right.low, "high": right.high, "n": right.n, "can_tell": can_tell(right)}


def _share_of(data: Mapping[str, Any] | None) -> Share | None:
    return None if data is None else Share(_number(data["value"]), data["low"], data["high"], data["n"])


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _plain(number: float) -> float | None:
    """JSON knows no NaN."""
    return number if math.isfinite(number) else None


def _outcome_of(data: Mapping[str, Any]) -> OutcomeEffect:
    numbers = {attribute: _number(data[name]) for attribute, name in _NUMBERS.items()}
    outcome = Outcome(data["name"], data["subset"])
    return OutcomeEffect(outcome=outcome, is_effect=data["effect"], n_pairs=data["n"], **numbers)
