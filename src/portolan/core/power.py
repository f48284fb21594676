"""What a list of likely flipped pairs is worth: some pairs of the user's own data are flipped, and looked for.

A tenth of the pairs is drawn by a hash and its sides are swapped; the model is cross-fitted anew on what has become of
the data; pairs are ranked by how far it speaks against their outcome. How many of the planted flips stand among the
first of that ranking is what the list can be expected to hold where a tenth is flipped. Flips that were in the data
before count as wrong, so figures are a little too low rather than too high. For other rates the shares of flipped and
of other pairs that a cut lists are taken from the tenth: precision = r·t / (r·t + (1 - r)·f).

How many flips there are in the data as it stands nobody knows, but how many there can be at most: a list of which not
half can be flips is not shown, whatever planted flips say (`flip_share`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portolan.core.concept_figures import Share, average_precision, wilson
from portolan.core.flip_share import FlipShare, share_for_half
from portolan.core.pair_fit import Reals

PLANTED = 0.1
OTHER_RATES = (0.05, 0.2)
CUTS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)
LEAST_PRECISION = 0.5
"""A list of which more than half is expected to be wrong is no list."""
MOST_PLANTINGS = 5
_ENOUGH_PAIRS = 20_000
"""Plantings are added until they have seen so many pairs: of few pairs one draw says little."""


@dataclass(frozen=True)
class CutPower:
    """What the `n` pairs that the model contradicts most are expected to hold.

    Attributes
    ----------
    precision, recall : Share
        Where a tenth of the pairs is flipped.
    at_rates : dict
        Expected precision where another share is flipped.
    """

    n: int
    precision: Share
    recall: Share
    at_rates: dict[float, float]

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        others = {str(rate): round(value, 4) for rate, value in self.at_rates.items()}
        return {
            "rows": self.n, "precision": self.precision.to_json(), "recall": self.recall.to_json(),
            "precision_at_rate": others,
        }  # fmt: skip


@dataclass(frozen=True)
class Power:
    """What lists of likely flipped pairs are worth, cut by cut.

    Attributes
    ----------
    average_precision : float
        Of the ranking, mean over plantings; `by_chance` is what a shuffled ranking has.
    auc : float
        Chance that a flipped pair ranks before one that is not.
    as_it_is : FlipShare or None
        What can be flipped in the data as it stands; None: not asked.
    """

    average_precision: float
    by_chance: float
    auc: float
    cuts: tuple[CutPower, ...]
    n_plantings: int
    is_refitted: bool
    as_it_is: FlipShare | None = None

    @property
    def most_rows(self) -> int:
        """The longest list of which half or more is expected to be right, surely, where a tenth is flipped; 0: none.

        It is no longer than half of it can be flips in the data as it stands.
        """
        return max((cut.n for cut in self.cuts if self._is_half_right(cut)), default=0)

    def _is_half_right(self, cut: CutPower) -> bool:
        return cut.precision.low >= LEAST_PRECISION and self._can_be_half_right(cut)

    def _can_be_half_right(self, cut: CutPower) -> bool:
        of = None if self.as_it_is is None else self.as_it_is.list_of(cut.n)
        return self.as_it_is is None or of is None or share_for_half(of.against.value) <= self.as_it_is.at_most

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "planted": PLANTED,
            "average_precision": round(self.average_precision, 4),
            "by_chance": round(self.by_chance, 4),
            "auc": round(self.auc, 4),
            "plantings": self.n_plantings,
            "is_refitted": self.is_refitted,
            "rows_worth_listing": self.most_rows,
            "cuts": [cut.to_json() for cut in self.cuts],
            "as_it_is": None if self.as_it_is is None else self.as_it_is.to_json(),
        }


def plant(outcomes: NDArray[np.int8], *, n_versions: int | None = None, seed: int = 0) -> NDArray[np.int8]:
    """Outcomes with a tenth flipped, int8 (n_pairs, n_versions); no pair is flipped in two versions.

    Which pairs are, a hash of their place and the seed says.
    """
    n = len(outcomes)
    told = np.flatnonzero(outcomes)
    if n_versions is None:
        n_versions = max(1, min(MOST_PLANTINGS, -(-_ENOUGH_PAIRS // max(1, len(told)))))
    found = np.repeat(outcomes[:, None], n_versions, axis=1)
    drawn = told[np.argsort(_mixed(told, seed), kind="stable")]
    size = round(PLANTED * len(told))
    for version in range(n_versions):
        found[drawn[version * size : (version + 1) * size], version] *= -1
    assert found.shape == (n, n_versions)
    return found


def _mixed(places: NDArray[np.int64], seed: int) -> NDArray[np.uint64]:
    """SplitMix64 (Steele et al. 2014) of places."""
    value = places.astype(np.uint64) + np.uint64(seed) * np.uint64(0xD1342543DE82EF95) + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: NDArray[np.uint64] = value ^ (value >> np.uint64(31))
    return mixed


def power_of(
    outcomes: NDArray[np.int8],
    margins_for: Callable[[NDArray[np.int8]], Reals],
    *,
    is_refitted: bool,
    seed: int = 0,
) -> Power:
    """What the model's ranking is worth on these pairs.

    Parameters
    ----------
    margins_for : callable
        Takes versions of the outcomes, (n_pairs, n_versions), and gives margins of the first reply in each.
    is_refitted : bool
        Whether it fits anew for each version; otherwise the flips are in what is judged alone.
    """
    versions = plant(outcomes, seed=seed)
    margins = margins_for(versions)
    is_told = (outcomes != 0) & np.isfinite(margins).all(axis=1)
    versions, margins = versions[is_told], margins[is_told]
    is_flipped = versions != outcomes[is_told][:, None]
    against = -margins * versions
    return _power(is_flipped, against, is_refitted=is_refitted)


def _power(is_flipped: NDArray[np.bool_], against: Reals, *, is_refitted: bool) -> Power:
    n, n_versions = is_flipped.shape
    pairs = [(is_flipped[:, version], against[:, version]) for version in range(n_versions)]
    precisions = [average_precision(*pair) for pair in pairs]
    areas = [_auc(*pair) for pair in pairs]
    ranked = np.stack([flips[np.argsort(-score, kind="stable")] for flips, score in pairs], axis=1)
    hits = np.cumsum(ranked.sum(axis=1))
    n_flipped = int(is_flipped.sum())
    cuts = tuple(_cut(rows, int(hits[rows - 1]), n, n_flipped, n_versions) for rows in CUTS if rows <= n // 2)
    mean = float(np.mean(precisions)) if n_flipped else float("nan")
    area = float(np.mean(areas)) if n_flipped else float("nan")
    return Power(mean, n_flipped / max(1, n * n_versions), area, cuts, n_versions, is_refitted)


def _cut(rows: int, n_hits: int, n: int, n_flipped: int, n_versions: int) -> CutPower:
    n_other = n * n_versions - n_flipped
    found, wrong = n_hits / n_flipped, (rows * n_versions - n_hits) / n_other
    at_rates = {rate: _precision(found, wrong, rate) for rate in OTHER_RATES}
    return CutPower(rows, wilson(n_hits, rows * n_versions), wilson(n_hits, n_flipped), at_rates)


def _precision(found: float, wrong: float, rate: float) -> float:
    listed = rate * found + (1 - rate) * wrong
    return rate * found / listed if listed > 0 else float("nan")


def _auc(is_flipped: NDArray[np.bool_], against: Reals) -> float:
    """Mann & Whitney 1947; ties count half."""
    values, places, counts = np.unique(against, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places.ravel()]
    n = int(is_flipped.sum())
    n_other = len(values[places.ravel()]) - n
    return float((ranks[is_flipped].sum() - n * (n + 1) / 2) / (n * n_other)) if n and n_other else float("nan")


def verdict(accuracy: Share, power: Power, *, rows: str = "pairs") -> tuple[bool, str]:
    """Whether a model can tell likely flipped pairs, and the sentence that says so with its figures.

    Parameters
    ----------
    rows : str
        What was flipped: "pairs", or "rankings" as a whole.
    """
    interval = f"95 %: {accuracy.low:.3f} to {accuracy.high:.3f}"
    said = f"it is right on {accuracy.value:.3f} of the pairs it had not seen ({interval})"
    if not power.cuts:
        return False, f"This model cannot tell: {accuracy.n:,} judged pairs are too few to plant flips among; {said}."
    best = max(power.cuts, key=lambda cut: cut.precision.low)
    planted = f"where a further {PLANTED:.0%} of the {rows} are flipped on purpose, {_worth(best)}"
    if accuracy.low <= 0.5:
        return False, f"This model cannot tell: {said}, which chance alone could give; {planted}."
    if power.most_rows == 0:
        can_be = [cut for cut in power.cuts if cut.precision.low >= LEAST_PRECISION]
        why = "but few can be flipped at all" if can_be else f"but {planted}: too few to list any"
        return False, f"This model cannot tell which {rows} are flipped: {said}, {why}.{_as_it_is(best, power, rows)}"
    longest = next(cut for cut in power.cuts if cut.n == power.most_rows)
    return True, (
        f"This model can tell: {said}; where a further {PLANTED:.0%} of the {rows} are flipped on purpose, "
        f"{_worth(longest)}, and hold {longest.recall.value:.0%} of all flips.{_as_it_is(longest, power, rows)}"
    )


def _as_it_is(cut: CutPower, power: Power, rows: str) -> str:
    """What the data as it stands says of flips."""
    of = None if power.as_it_is is None else power.as_it_is.list_of(cut.n)
    if power.as_it_is is None or of is None:
        return ""
    most, most_right = power.as_it_is.at_most, power.as_it_is.most_right(of)
    capped = "" if most_right > 0.99 else f" (at most {most_right:.0%} of those {cut.n:,} rows)"
    return (
        f" As they stand, at most {most:.1%} of the {rows} are flipped at random{capped}; half of those rows are where"
        f" {share_for_half(of.against.value):.1%} of all {rows} are. How many are, choices alone do not tell."
    )


def _worth(cut: CutPower) -> str:
    """Which part of the first rows of the ranking are flips."""
    low, high = f"{cut.precision.low:.0%}", f"{cut.precision.high:.0%}"
    return f"{cut.precision.value:.0%} ({low} to {high}) of the {cut.n:,} rows it contradicts most are such flips"
