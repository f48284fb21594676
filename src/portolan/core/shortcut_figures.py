"""How right plain rules are, over all pairs and in parts of them, and in which parts that is surely otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from portolan.core.concept_figures import Share
from portolan.core.pair_fit import Reals
from portolan.core.preference_figures import grouped_share
from portolan.core.provenance import holm
from portolan.core.shortcuts import WHAT, RulePairs, rule_logits

LEVEL = 0.05
WIDER = 2.0
"""The variance of a rule's accuracy where its trait tells nothing, beside that of a coin, at most.

A rule that is learnt from the pairs it is judged on, fold by fold, is right or wrong in all folds together: where its
weights lean by chance in all pairs they lean in each fold. With the sum S of the pairs' d numbers, each towards the
reply that was chosen, held-out margins add up to about (S² - d) / |S|, where S² is a chi-square of d degrees: a
variance of 2 for many d, and for d = 1 the tail of a two-sided test.
"""
LEAST_OF_PART = 100
"""Pairs with an outcome below which nothing is said of a part."""
MOST_OF_PART = 4_000
"""Of larger parts so many pairs are drawn: their intervals are narrow enough."""
MOST_PARTS = 40
"""Of a column the largest values."""


@dataclass(frozen=True)
class Rule:
    """What one trait alone tells of the choice.

    Attributes
    ----------
    accuracy : Share
        Pairs told right, with its 95 % interval; a pair of which the rule says nothing counts half.
    log_loss : float
        Mean over pairs; .6931 for a rule that says nothing.
    p : float
        How likely so high an accuracy is where the trait tells nothing, after Holm's correction for how many are asked.
    """

    name: str
    accuracy: Share
    log_loss: float
    p: float

    @property
    def is_sure(self) -> bool:
        """Whether it surely tells more than a coin."""
        return self.p < LEVEL

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "rule": self.name, "what": WHAT[self.name], "accuracy": self.accuracy.to_json(),
            "log_loss": round(self.log_loss, 4), "p": float(f"{self.p:.3g}"), "is_sure": self.is_sure,
        }  # fmt: skip


@dataclass(frozen=True)
class PartRule:
    """What one trait alone tells of the choice in a part of the pairs, by a rule that was learnt in that part alone.

    Attributes
    ----------
    column, value : str
        The part: rows with that value.
    cluster : (layer, cluster_id) or None
        Where the part is a topic of the map.
    rule : Rule
        `p` after Holm's correction for all parts and rules.
    elsewhere : float
        Accuracy in all other parts of the column, each by its own rule; NaN where there are none.
    p_other : float
        How likely a difference at least as large is where the trait tells the choice as well here as there, after
        Holm's correction for all parts and rules.
    """

    column: str
    value: str
    cluster: tuple[int, int] | None
    rule: Rule
    elsewhere: float
    p_other: float

    @property
    def is_other(self) -> bool:
        """Whether the trait tells the choice surely better, or surely worse, than elsewhere."""
        return self.p_other < LEVEL

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        layer, cluster_id = self.cluster or (None, None)
        elsewhere = None if np.isnan(self.elsewhere) else round(self.elsewhere, 4)
        return {
            "column": self.column, "value": self.value, "layer": layer, "cluster_id": cluster_id,
            **self.rule.to_json(), "elsewhere": elsewhere, "p_other": float(f"{self.p_other:.3g}"),
            "is_other": self.is_other,
        }  # fmt: skip


@dataclass(frozen=True)
class Column:
    """Which part each pair is in.

    Attributes
    ----------
    codes : ndarray of int64, shape (n_pairs,)
        Place in `values`; -1: in none.
    clusters : sequence of (layer, cluster_id), optional
        Of each value, where the parts are topics of the map.
    """

    name: str
    codes: NDArray[np.int64]
    values: Sequence[str]
    clusters: Sequence[tuple[int, int]] | None = None


def rules_of(of: RulePairs, *, threads: int | None = None) -> list[Rule]:
    """What each trait alone tells of the choice, over all pairs."""
    logits = rule_logits(of, threads=threads)
    ps = holm(np.array([_above_half(each, of) for each in logits.values()]))
    return [_rule(name, each, of, p) for (name, each), p in zip(logits.items(), ps.tolist(), strict=True)]


def rules_by_part(of: RulePairs, columns: Sequence[Column], *, threads: int | None = None) -> list[PartRule]:
    """The same in each part that has pairs enough, part by part, rule by rule.

    A column of which fewer than two parts have pairs enough says nothing.
    """
    found: list[tuple[PartRule, float, float]] = []
    for column in columns:
        found += _of_column(of, column, threads)
    if not found:
        return []
    sure = holm(np.array([p for _, p, _ in found]))
    other = holm(np.array([p for _, _, p in found]))
    return [
        PartRule(
            one.column, one.value, one.cluster, Rule(one.rule.name, one.rule.accuracy, one.rule.log_loss, p),
            one.elsewhere, p_other,
        )
        for (one, _, _), p, p_other in zip(found, sure.tolist(), other.tolist(), strict=True)
    ]  # fmt: skip


def _of_column(of: RulePairs, column: Column, threads: int | None) -> list[tuple[PartRule, float, float]]:
    """Rules of each part, with p-values that are not corrected: above one half, otherwise than elsewhere."""
    told = np.where(of.outcomes != 0, column.codes, -1)
    counts = np.bincount(told[told >= 0], minlength=len(column.values))
    parts = [part for part in np.argsort(-counts, kind="stable")[:MOST_PARTS].tolist() if counts[part] >= LEAST_OF_PART]
    if len(parts) < 2:
        return []
    pairs = {part: of.only(_drawn(np.flatnonzero(told == part))) for part in parts}
    logits = {part: rule_logits(some, threads=threads) for part, some in pairs.items()}
    found = []
    for rule in of.rules:
        sums = {part: _sums(logits[part][rule], some) for part, some in pairs.items()}
        for part in parts:
            rest = np.concatenate([own for other, own in sums.items() if other != part])
            p_other = _differ(sums[part], rest)
            one = _rule(rule, logits[part][rule], pairs[part], 1.0)
            cluster = None if column.clusters is None else column.clusters[part]
            elsewhere = float(rest[:, 0].sum() / rest[:, 1].sum())
            told_part = PartRule(column.name, str(column.values[part]), cluster, one, elsewhere, 1.0)
            found.append((told_part, _above_half(logits[part][rule], pairs[part]), p_other))
    return found


def _drawn(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    if len(rows) <= MOST_OF_PART:
        return rows
    return np.sort(np.random.default_rng(len(rows)).permutation(rows)[:MOST_OF_PART])


def _rule(name: str, logits: Reals, of: RulePairs, p: float) -> Rule:
    is_told = of.outcomes != 0
    signed, weights = (logits * of.outcomes)[is_told], of.weights[is_told].astype(np.float64)
    share = grouped_share(_hits(signed), of.groups[is_told], weights)
    return Rule(name, share, float(np.average(np.logaddexp(0, -signed), weights=weights)), p)


def _hits(signed: Reals) -> Reals:
    return np.where(signed == 0, 0.5, signed > 0)


def _sums(logits: Reals, of: RulePairs) -> Reals:
    """Weighted hits and weights of each group of pairs: float64, shape (n_groups, 2)."""
    is_told = of.outcomes != 0
    number = np.unique(of.groups[is_told], return_inverse=True)[1].ravel()
    weights = of.weights[is_told].astype(np.float64)
    hits = _hits((logits * of.outcomes)[is_told])
    return np.stack([np.bincount(number, weights * hits), np.bincount(number, weights)], axis=1)


def _above_half(logits: Reals, of: RulePairs) -> float:
    """One-sided p-value of an accuracy of one half, groups of pairs apart: a score test."""
    sums = _sums(logits, of)
    gaps = sums[:, 0] - sums[:, 1] / 2
    spread = float((gaps**2).sum())
    return float(ndtr(-gaps.sum() / np.sqrt(WIDER * spread))) if spread > 0 else 1.0


def _differ(one: Reals, other: Reals) -> float:
    """Two-sided p-value of two equal accuracies, groups of pairs apart: a score test."""
    share = (one[:, 0].sum() + other[:, 0].sum()) / (one[:, 1].sum() + other[:, 1].sum())
    gap, spread = 0.0, 0.0
    for sign, sums in ((1, one), (-1, other)):
        total = sums[:, 1].sum()
        gap += sign * sums[:, 0].sum() / total
        spread += float(((sums[:, 0] - share * sums[:, 1]) ** 2).sum()) / total**2
    return float(2 * ndtr(-abs(gap) / np.sqrt(WIDER * spread))) if spread > 0 else 1.0


def told(rules: Sequence[Rule], parts: Sequence[PartRule]) -> Mapping[str, Any]:
    """Both as JSON holds them."""
    return {"rules": [one.to_json() for one in rules], "parts": [one.to_json() for one in parts]}
