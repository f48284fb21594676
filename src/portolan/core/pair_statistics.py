"""Statistics of preference pairs: lengths, turns, how often the longer reply was chosen, pairs that say nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portolan.core.concept_figures import Share, wilson
from portolan.core.counted import counted
from portolan.core.pair_facts import PairFacts
from portolan.core.text_table import table
from portolan.types import BoolArray

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
MOST_VALUES = 50
"""A column with more values is no subset to tell of one by one."""
LEAST_PRINTED, MOST_PRINTED = 20, 8
"""Values of fewer pairs, and of a column more than so many, are not printed: `by_value` has them all."""


@dataclass(frozen=True)
class Spread:
    """How numbers of rows are spread: mean, and the quantiles of `QUANTILES`. NaN where there are none."""

    mean: float
    quantiles: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return self.quantiles[QUANTILES.index(0.5)]

    def to_json(self) -> dict[str, float | None]:
        """As JSON holds it."""
        named = zip(QUANTILES, self.quantiles, strict=True)
        values = {"mean": self.mean, **{f"q{round(100 * q):02d}": value for q, value in named}}
        return {name: None if np.isnan(value) else round(float(value), 2) for name, value in values.items()}


@dataclass(frozen=True)
class PairStatistics:
    """What pairs are like as a whole.

    Attributes
    ----------
    n_rows : int
    turns : Spread
        Turns of people in the prompt.
    prompt_chars, chosen_chars, rejected_chars : Spread
        Lengths in characters.
    longer_chosen : Share
        Of pairs whose replies differ in length and that are no tie, the share in which the longer reply was chosen.
        .5 would be no bias.
    by_value : mapping of column to mapping of value to Share
        The same within each value of each column.
    n_identical, n_mismatched, n_ties, n_blank : int
        Pairs of two equal replies; of sides that do not answer the same prompt; without a verdict; with a blank reply.
    n_pairs : int or None
        Of rankings: all pairs of replies of which one ranks higher. Their lengths and counts are those of the best and
        the worst reply; `longer_chosen` is over all pairs, of which those of a ranking share one weight.
    pairs_of_each : Spread or None
        Of rankings: how many pairs each has.
    """

    n_rows: int
    turns: Spread
    prompt_chars: Spread
    chosen_chars: Spread
    rejected_chars: Spread
    longer_chosen: Share
    by_value: Mapping[str, Mapping[str, Share]]
    n_identical: int
    n_mismatched: int
    n_ties: int
    n_blank: int
    n_pairs: int | None = None
    pairs_of_each: Spread | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        by_value = {
            column: {value: share.to_json() for value, share in shares.items()}
            for column, shares in self.by_value.items()
        }
        of_rankings = (
            {} if self.pairs_of_each is None
            else {"pairs": self.n_pairs, "pairs_of_each": self.pairs_of_each.to_json()}
        )  # fmt: skip
        return {
            "rows": self.n_rows, **of_rankings, "turns": self.turns.to_json(),
            "prompt_chars": self.prompt_chars.to_json(),
            "chosen_chars": self.chosen_chars.to_json(), "rejected_chars": self.rejected_chars.to_json(),
            "longer_chosen": self.longer_chosen.to_json(), "longer_chosen_by": by_value,
            "identical": self.n_identical, "mismatched": self.n_mismatched, "ties": self.n_ties, "blank": self.n_blank,
        }  # fmt: skip

    def lines(self) -> list[tuple[str, ...]]:
        """What there is to tell, each with its name."""
        best, worst = "chosen", "rejected"
        told: list[tuple[str, ...]] = [("pairs", f"{self.n_rows:,}")]
        if self.pairs_of_each is not None:
            best, worst = "best", "worst"
            told = [
                ("rankings", f"{self.n_rows:,}"),
                ("pairs of replies in all", f"{self.n_pairs:,}"),
                ("pairs of a ranking", _spread_told(self.pairs_of_each)),
            ]
        told += [
            ("turns of people in the prompt", _spread_told(self.turns)),
            ("prompt, characters", _spread_told(self.prompt_chars)),
            (f"{best} reply, characters", _spread_told(self.chosen_chars)),
            (f"{worst} reply, characters", _spread_told(self.rejected_chars)),
            (
                f"the longer reply {'is chosen' if self.n_pairs is None else 'ranks higher'}",
                share_told(self.longer_chosen),
            ),
        ]
        for column, shares in self.by_value.items():
            # A column of one value makes no parts.
            told += _lines_of_values(column, shares) if len(shares) > 1 else []
        counts = [("identical replies", self.n_identical), ("different prompts", self.n_mismatched),
                  ("ties, or no verdict", self.n_ties), ("a blank reply", self.n_blank)]  # fmt: skip
        if self.pairs_of_each is not None:
            counts = [("best and worst reply the same", self.n_identical), ("no reply above another", self.n_ties),
                      ("a blank best or worst reply", self.n_blank)]  # fmt: skip
        return told + [(name, f"{n:,} ({n / max(self.n_rows, 1):.2%})") for name, n in counts]

    def __str__(self) -> str:
        return table(self.lines(), align="<<")


def pair_statistics(facts: PairFacts, values: Mapping[str, NDArray[np.object_]]) -> PairStatistics:
    """Statistics of pairs.

    Parameters
    ----------
    values : mapping of str to ndarray of object, shape (n_rows,)
        Columns to tell the bias of length by, as texts; None where missing. Those of many values are left out.
    """
    chosen, rejected = facts.chosen_chars, facts.rejected_chars
    is_counted = (chosen != rejected) & ~facts.is_tie
    is_longer = chosen > rejected
    by_value = {name: _by_value(column, is_counted, is_longer) for name, column in values.items()}
    return PairStatistics(
        n_rows=len(facts),
        turns=spread_of(facts.n_turns),
        prompt_chars=spread_of(facts.prompt_chars),
        chosen_chars=spread_of(chosen),
        rejected_chars=spread_of(rejected),
        longer_chosen=wilson(int((is_counted & is_longer).sum()), int(is_counted.sum())),
        by_value={name: shares for name, shares in by_value.items() if shares},
        n_identical=int(facts.is_identical.sum()),
        n_mismatched=int((facts.unshared > 0).sum()),
        n_ties=int(facts.is_tie.sum()),
        n_blank=int(((chosen == 0) | (rejected == 0)).sum()),
    )


def spread_of(values: NDArray[np.integer[Any]]) -> Spread:
    """How numbers are spread."""
    if not len(values):
        return Spread(float("nan"), (float("nan"),) * len(QUANTILES))
    return Spread(float(values.mean()), tuple(np.quantile(values, QUANTILES).tolist()))


def _by_value(column: NDArray[np.object_], is_counted: BoolArray, is_longer: BoolArray) -> dict[str, Share]:
    names = sorted({str(value) for value in column if value is not None})
    if len(names) > MOST_VALUES:
        return {}
    shares = {}
    for name in names:
        inside = (column == name) & is_counted
        shares[name] = wilson(int((inside & is_longer).sum()), int(inside.sum()))
    return shares


def _lines_of_values(column: str, shares: Mapping[str, Share]) -> list[tuple[str, ...]]:
    """The values of a column with the most pairs, in order, and how many are left out.

    A share of a few pairs says nothing.
    """
    enough = [value for value, share in shares.items() if share.n >= LEAST_PRINTED]
    shown = set(sorted(enough, key=lambda value: -shares[value].n)[:MOST_PRINTED])
    if not shown:
        return [(f"  {column}", f"{counted(len(shares), 'value')} with fewer than {LEAST_PRINTED} pairs each")]
    lines: list[tuple[str, ...]] = [
        (f"  {column} = {value}", share_told(shares[value])) for value in shares if value in shown
    ]
    few, many = len(shares) - len(enough), len(enough) - len(shown)
    left = [f"{counted(few, 'value')} with fewer than {LEAST_PRINTED} pairs"] if few else []
    left += [f"{counted(many, 'value')} with fewer than those above"] if many else []
    return [*lines, (f"  {column}", f"and {' and '.join(left)}: see statistics.by_value")] if left else lines


def share_told(share: Share) -> str:
    """A share with its interval, in words."""
    if share.n == 0:
        return "none to tell by"
    return f"{share.value:.1%} ({share.low:.1%} to {share.high:.1%} of {counted(share.n, 'pair')})"


def _spread_told(spread: Spread) -> str:
    if np.isnan(spread.mean):
        return "none"
    low, high = spread.quantiles[1], spread.quantiles[-2]
    return f"median {spread.median:,.0f}, nine in ten from {low:,.0f} to {high:,.0f}"
