"""Rates of a finding by where rows came from: each value of a column beside all others, with intervals and p-values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from portolan.core.concept_figures import Share, wilson
from portolan.types import BoolArray

Codes = NDArray[np.int64]
MOST_VALUES = 200
"""A column with more values is no provenance that can be told of value by value."""


@dataclass(frozen=True)
class Rate:
    """How often a finding's rows have one value of a column, beside the rows of all other values.

    Attributes
    ----------
    n, count : int
        Rows with the value, and those of them that are in the finding.
    share : Share
        count of n, with its 95 % interval.
    expected : float
        The share among all other rows; NaN where there are none.
    excess, low, high : float
        Share less the expected one, with its 95 % interval.
    p : float
        How likely a difference at least as large is where value and finding have nothing to do with each other, after
        Holm's correction for the number of values.
    """

    value: str
    n: int
    count: int
    share: Share
    expected: float
    excess: float
    low: float
    high: float
    p: float

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        told = {"expected": self.expected, "excess": self.excess, "excess_low": self.low, "excess_high": self.high}
        return {
            "value": self.value, "n": self.n, "count": self.count, "rate": _plain(self.share.value),
            "low": _plain(self.share.low), "high": _plain(self.share.high),
            **{name: _plain(number) for name, number in told.items()}, "p": float(f"{self.p:.3g}"),
        }  # fmt: skip


def rates(codes: Codes, names: Sequence[str], is_found: BoolArray) -> list[Rate]:
    """The rate of each value, the largest excess first; values that no row has are left out.

    Intervals of shares: Wilson 1927; of differences: Newcombe 1998, method 10; p: Fisher's exact test (1922),
    two-sided, with Holm 1979.

    Parameters
    ----------
    codes : ndarray of int64, shape (n_rows,)
        Place in `names` of each row's value; -1 where it has none: such rows are left out.
    is_found : ndarray of bool, shape (n_rows,)
    """
    is_there = codes >= 0
    counts = np.bincount(codes[is_there & is_found], minlength=len(names))
    sizes = np.bincount(codes[is_there], minlength=len(names))
    n_all, n_found = int(sizes.sum()), int(counts.sum())
    values = np.flatnonzero(sizes)
    ps = holm(np.array([fisher(int(counts[v]), int(sizes[v]), n_found, n_all) for v in values]))
    found = []
    for value, p in zip(values.tolist(), ps.tolist(), strict=True):
        count, n = int(counts[value]), int(sizes[value])
        share, rest = wilson(count, n), wilson(n_found - count, n_all - n)
        excess, low, high = difference(share, rest)
        found.append(Rate(str(names[value]), n, count, share, rest.value, excess, low, high, p))
    return sorted(found, key=lambda one: (-one.excess if not np.isnan(one.excess) else 0.0, one.value))


def difference(one: Share, other: Share) -> tuple[float, float, float]:
    """One share less another, with its 95 % interval (Newcombe 1998, method 10)."""
    if one.n == 0 or other.n == 0:
        return float("nan"), -1.0, 1.0
    value = one.value - other.value
    low = value - sqrt((one.value - one.low) ** 2 + (other.high - other.value) ** 2)
    high = value + sqrt((one.high - one.value) ** 2 + (other.value - other.low) ** 2)
    return value, max(-1.0, low), min(1.0, high)


def fisher(count: int, n: int, n_found: int, n_all: int) -> float:
    """Fisher's exact test, two-sided: the sum of the chances of all tables that are no likelier than this one.

    Parameters
    ----------
    count, n : int
        Rows of the finding among the n that have the value.
    n_found, n_all : int
        The same among all rows.
    """
    least, most = max(0, n_found - (n_all - n)), min(n, n_found)
    if least == most:
        return 1.0
    logs = _log_chances(np.arange(least, most + 1), n, n_found, n_all)
    here = logs[count - least]
    # Tables that are as likely may differ in their last digits.
    return float(min(1.0, np.exp(logs[logs <= here + 1e-7]).sum()))


def _log_chances(counts: NDArray[np.int64], n: int, n_found: int, n_all: int) -> NDArray[np.float64]:
    """Logarithms of the hypergeometric chances of counts."""

    def choose(a: Any, b: Any) -> Any:
        return gammaln(a + 1.0) - gammaln(b + 1.0) - gammaln(a - b + 1.0)

    logs: NDArray[np.float64] = choose(n, counts) + choose(n_all - n, n_found - counts) - choose(n_all, n_found)
    return logs


def holm(ps: NDArray[np.float64]) -> NDArray[np.float64]:
    """p-values corrected for how many there are (Holm 1979), in the order given."""
    order = np.argsort(ps, kind="stable")
    steps = ps[order] * np.arange(len(ps), 0, -1)
    corrected = np.empty(len(ps))
    corrected[order] = np.minimum(1, np.maximum.accumulate(steps)) if len(ps) else steps
    return corrected


def codes_of(values: Sequence[Any]) -> tuple[Codes, list[str]]:
    """Values as places in a sorted list of their texts; -1 for None."""
    texts = [None if value is None else str(value) for value in values]
    names = sorted({text for text in texts if text is not None})
    places = {name: place for place, name in enumerate(names)}
    return np.array([-1 if text is None else places[text] for text in texts], np.int64), names


def told(by_column: Mapping[str, Sequence[Rate]]) -> dict[str, list[dict[str, Any]]]:
    """Rates by column as JSON holds them."""
    return {column: [one.to_json() for one in some] for column, some in by_column.items()}


def _plain(number: float) -> float | None:
    return None if np.isnan(number) else round(number, 6)
