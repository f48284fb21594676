"""How right a finding is, from rows that a person judged blind: precision of its rows, and recall by those outside it.

Rows inside a finding and rows outside it are two strata, each sampled at random: by a hash of the row, so that the
sample is the same whenever it is drawn, and a longer one begins with a shorter one. Only rows that were judged without
a gap from the beginning of a stratum's order count, so that what somebody looked up by themselves changes no figure.

Precision is a share with Wilson's interval (1927). Recall is 1 / (1 + r), r the wrong ones outside over the right ones
inside, each share weighted by its stratum (Cochran 1977, Sampling Techniques, chapter 5); the interval of that ratio of
two shares is MOVER-R's (Donner and Zou 2012), which combines the intervals of the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portolan.core.concept_figures import Share, wilson
from portolan.types import BoolArray, RowIds

RIGHT, WRONG, UNSURE = "right", "wrong", "unsure"
VALUES = (RIGHT, WRONG, UNSURE)
"""What may be said of a row: it is what the finding says, it is not, one cannot tell."""


@dataclass(frozen=True)
class Judged:
    """What judged rows say of a finding.

    Attributes
    ----------
    precision : Share
        Of its rows, the share that is right.
    recall : Share
        Of all rows that are it, the share that it found; NaN, and 0 to 1, where no row outside was judged.
    n_unsure : int
        Judged rows of which nobody could tell: they count for neither.
    """

    precision: Share
    recall: Share
    n_inside: int
    n_outside: int
    n_unsure: int

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "precision": self.precision.to_json(), "recall": self.recall.to_json(), "judged_inside": self.n_inside,
            "judged_outside": self.n_outside, "unsure": self.n_unsure,
        }  # fmt: skip


def sample_order(row_ids: RowIds, name: str, *, seed: int = 0) -> RowIds:
    """Rows in an order that looks random and depends on the row, the name and the seed alone."""
    salt = np.uint64(int.from_bytes(sha256(f"{name}:{seed}".encode()).digest()[:8], "little"))
    keys = _mixed(row_ids.astype(np.uint64) ^ salt)
    order: RowIds = row_ids[np.lexsort((row_ids, keys))]
    return order


def blind_sample(is_inside: BoolArray, name: str, n: int, *, outside: int | None = None, seed: int = 0) -> RowIds:
    """Rows to judge, those of the finding and others shuffled together: int64.

    Parameters
    ----------
    n : int
        Rows in all; fewer where there are not so many.
    outside : int, optional
        How many of them are not in the finding; by default half.
    """
    n_outside = n // 2 if outside is None else min(outside, n)
    inside = sample_order(np.flatnonzero(is_inside).astype(np.int64), name, seed=seed)[: n - n_outside]
    others = sample_order(np.flatnonzero(~is_inside).astype(np.int64), name, seed=seed)[:n_outside]
    # Shuffled so that each stratum keeps its order: who stops halfway has judged the beginning of both.
    strata = np.zeros(len(inside) + len(others), np.int64)
    strata[len(inside) :] = 1
    strata = strata[np.argsort(_mixed(np.arange(len(strata), dtype=np.uint64) ^ np.uint64(len(strata))), kind="stable")]
    rows = np.empty(len(strata), np.int64)
    rows[strata == 0], rows[strata == 1] = inside, others
    return rows


def judged(is_inside: BoolArray, labels: Mapping[int, str], name: str, *, seed: int = 0) -> Judged:
    """Precision and recall by judged rows.

    Parameters
    ----------
    labels : mapping of int to str
        What was said of rows: one of `VALUES`.
    """
    strata = [np.flatnonzero(mask).astype(np.int64) for mask in (is_inside, ~is_inside)]
    counts = [_counted(sample_order(rows, name, seed=seed), labels) for rows in strata]
    (right, wrong, unsure), (missed, cleared, unsure_outside) = counts
    precision, outside = wilson(right, right + wrong), wilson(missed, missed + cleared)
    recall = recall_of(precision, len(strata[0]), outside, len(strata[1]))
    return Judged(precision, recall, right + wrong, missed + cleared, unsure + unsure_outside)


def recall_of(inside: Share, n_inside: int, outside: Share, n_outside: int) -> Share:
    """The share of all rows that are it that stand inside, from the shares that are it inside and outside."""
    n = inside.n + outside.n
    if n_outside == 0 and inside.n:
        return Share(1.0, 1.0, 1.0, n)
    if inside.n == 0 or outside.n == 0 or n_inside == 0:
        return Share(float("nan"), 0.0, 1.0, n)
    weight = n_outside / n_inside
    low, high = ratio_interval(outside, inside)
    value = float("nan")
    if inside.value + outside.value > 0:
        value = inside.value / (inside.value + weight * outside.value)
    return Share(value, 1 / (1 + weight * high), 1 / (1 + weight * low), n)


def ratio_interval(top: Share, bottom: Share) -> tuple[float, float]:
    """The interval of top over bottom, two independent shares, from theirs (MOVER-R, Donner and Zou 2012)."""
    a, b = top.value, bottom.value

    def root(of_top: float, of_bottom: float) -> float:
        return a * b + sqrt(max(0.0, (a * b) ** 2 - of_top * of_bottom * (2 * a - of_top) * (2 * b - of_bottom)))

    # The lower bound multiplied out: the form in the paper divides by 0 where the upper bound is twice the share.
    below, above = root(top.low, bottom.high), bottom.low * (2 * b - bottom.low)
    low = top.low * (2 * a - top.low) / below if below > 0 else 0.0
    return low, root(top.high, bottom.low) / above if above > 0 else float("inf")


def _counted(order: RowIds, labels: Mapping[int, str]) -> tuple[int, int, int]:
    """Rows that are right, wrong and unsure, up to the first that nobody judged."""
    counts = dict.fromkeys(VALUES, 0)
    for row in order.tolist():
        said = labels.get(row)
        if said not in counts:
            break
        counts[said] += 1
    return counts[RIGHT], counts[WRONG], counts[UNSURE]


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Well spread 64 bits (the finaliser of splitmix64, Steele et al. 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
