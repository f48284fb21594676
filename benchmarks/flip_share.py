"""What choices alone say of how many pairs are flipped: `python benchmarks/flip_share.py DATA`.

DATA holds hh-rlhf, alpaca-eval and pandalm. A lapse rate (Wichmann & Hill 2001; as symmetric label noise, Bootkrajang &
Kaban 2012), P(agrees) = rho + (1 - 2 rho) / (1 + exp(-s margin)), is fitted to out-of-fold margins, beside the bound
of `portolan.core.flip_share`: on the sets as they are and with flips planted, on parts of alpaca-eval by who wrote the
replies, where it can be seen whether lapses are flips, and on simulated pairs. Then: what a list is expected to hold
where the share of flips is known, beside what it holds.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from portolan.core.bradley_terry import Cases, fit
from portolan.core.flip_share import expected, flip_share
from portolan.core.preference import calibrated, cross_fit
from portolan.core.preference_figures import Judged, accuracy
from preference import Pairs, lines, read

RATES = (0.0, 0.05, 0.1, 0.2)
SHOWN = (20, 100, 500, 1000, 2000)
GRID = np.arange(0, 0.4951, 0.005)
SURE = 2.0
"""Of logits: the model says .88 or more."""
SEEDS = 40


@dataclass
class Fitted:
    """Margins of pairs and their outcomes, the flips that were planted, and prompts."""

    margins: np.ndarray
    outcomes: np.ndarray
    is_flipped: np.ndarray
    groups: np.ndarray

    @property
    def signed(self) -> np.ndarray:
        """Above 0 where the model agrees with the choice."""
        return self.margins * self.outcomes

    @property
    def told(self) -> str:
        """Accuracy, lapse rate and bound."""
        right = accuracy(self.margins, Judged(self.outcomes, self.groups, np.ones(len(self.margins), np.float32)))
        rho, low, high = lapse(self.signed, self.groups)
        most = flip_share(self.margins, self.outcomes, self.groups, ()).at_most
        return f"{right.n:,} | {right.value:.3f} | {rho:.3f} ({low:.3f} to {high:.3f}) | {most:.3f}"


def fitted(pairs: Pairs, *, rate: float = 0.0) -> Fitted:
    """The default model fitted to the pairs with some of them flipped."""
    is_flipped = np.zeros(len(pairs.outcomes), bool)
    can_be = np.flatnonzero(pairs.outcomes)
    is_flipped[np.random.default_rng(1).permutation(can_be)[: round(rate * len(can_be))]] = True
    outcomes = np.where(is_flipped, -pairs.outcomes, pairs.outcomes).astype(np.int8)
    raw = cross_fit(pairs.design(), outcomes, pairs.folds).margins
    return Fitted(calibrated(raw, outcomes, pairs.folds), outcomes, is_flipped, pairs.groups)


def lapse(signed: np.ndarray, groups: np.ndarray) -> tuple[float, float, float]:
    """The lapse rate of the greatest likelihood and the 95 % interval of its profile, widened by the design effect."""
    from scipy.optimize import minimize_scalar

    is_told = np.isfinite(signed) & (signed != 0)
    signed, groups = signed[is_told], groups[is_told]
    signed = signed / np.sqrt((signed**2).mean())

    def each(rho: float, log_slope: float) -> np.ndarray:
        chance = 1 / (1 + np.exp(-np.clip(np.exp(log_slope) * signed, -50, 50)))
        return np.log(np.maximum(rho + (1 - 2 * rho) * chance, 1e-12))

    slopes = [
        minimize_scalar(lambda s, rho=rho: -each(rho, s).sum(), bounds=(-3, 4), method="bounded").x for rho in GRID
    ]
    likelihood = np.array([each(rho, slope).sum() for rho, slope in zip(GRID, slopes, strict=True)])
    best = int(likelihood.argmax())
    scores = each(GRID[best] + 1e-4, slopes[best]) - each(GRID[best], slopes[best])
    scores -= scores.mean()
    sums = np.bincount(np.unique(groups, return_inverse=True)[1].ravel(), scores)
    effect = max(1.0, float((sums**2).sum() / (scores**2).sum()))
    within = GRID[likelihood >= likelihood[best] - 1.92 * effect]
    return float(GRID[best]), float(within[0]), float(within[-1])


def head(title: str) -> None:
    print(f"\n| {title} | pairs | accuracy | lapse rate (95 %) | flipped at most |\n| --- | --- | --- | --- | --- |")


def planted(name: str, pairs: Pairs) -> list[tuple[str, float, Fitted]]:
    found = []
    for rate in RATES:
        one = fitted(pairs, rate=rate)
        print(f"| {name}, {rate:.0%} planted | {one.told} |", flush=True)
        found.append((name, rate, one))
    return found


def quarter(pairs: Pairs) -> Pairs:
    return pairs.only(np.flatnonzero(pairs.groups % 4 == 0))


def by_writer(data: Path, pairs: Pairs) -> None:
    """Parts of alpaca-eval by who wrote the second replies, weakest first: none has flips planted."""
    rows = [row for row in lines(data / "alpaca-eval" / "gpt4_annotations.jsonl.gz") if row["preference"] in (1, 2)]
    writers = np.array([row["generator_2"] for row in rows])
    wins = np.array([row["preference"] == 2 for row in rows])
    order = sorted(set(writers.tolist()), key=lambda writer: wins[writers == writer].mean())
    head("alpaca-eval, nothing planted, replies of")
    for start in range(0, len(order), 8):
        some = order[start : start + 8]
        ends = (wins[writers == writer].mean() for writer in (some[0], some[-1]))
        title = f"{len(some)} models that win {' to '.join(f'{end:.2f}' for end in ends)}"
        print(f"| {title} | {fitted(pairs.only(np.flatnonzero(np.isin(writers, some)))).told} |", flush=True)
    one = fitted(pairs)
    is_sure = (np.abs(one.margins) > SURE) & (np.where(one.signed > 0, wins, ~wins))
    print(f"\nPairs of which the model of all is surer than {SURE:g} (logit) that the second reply is preferred:")
    for writer in [*order[-4:][::-1], *order[:4]]:
        rows_of = is_sure & (writers == writer)
        print(f"{writer}: {rows_of.sum():,}, against it {(one.signed[rows_of] < 0).mean():.3f}")
    print(f"all: {is_sure.sum():,}, against it {(one.signed[is_sure] < 0).mean():.3f}", flush=True)


def simulated() -> None:
    """Pairs of which the truth is known, by linear models fitted to them and cross-fitted."""
    print("\n| simulated (3,000 pairs) | flipped | lapse rate, mean | covers | low end above | bound covers |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, tails, unseen in (
        ("normal features, the model is right", 0.0, 0.0),
        ("heavy-tailed features", 0.8, 0.0),
        ("a tenth of choices for reasons unseen", 0.0, 0.1),
    ):
        for rho in (0.0, 0.1):
            found = np.array([_simulated(seed, rho, tails, unseen) for seed in range(SEEDS)])
            rhos, lows, highs, most = found.T
            covers = ((lows <= rho) & (rho <= highs)).mean()
            print(
                f"| {name} | {rho:.2f} | {rhos.mean():.3f} | {covers:.2f} | {(lows > rho).mean():.2f} | "
                f"{(most >= rho).mean():.2f} |",
                flush=True,
            )


def _simulated(seed: int, rho: float, tails: float, unseen: float) -> tuple[float, float, float, float]:
    """Lapse rate, its interval, and the bound."""
    rng = np.random.default_rng(seed)
    n, n_dims = 3000, 60
    design = (rng.normal(size=(n, n_dims)) * np.exp(tails * rng.normal(size=(n, 1)))).astype(np.float32)
    truth = design @ (rng.normal(size=n_dims) * 3 / np.sqrt(n_dims))
    outcomes = np.where(rng.random(n) < 1 / (1 + np.exp(-truth)), 1, -1)
    for share in (unseen, rho):
        outcomes[rng.random(n) < share] *= -1
    folds, margins = np.arange(n) % 5, np.empty(n)
    for fold in range(5):
        is_here = folds == fold
        weights = (~is_here).astype(np.float32)
        at = fit(design, Cases(weights, (outcomes > 0).astype(np.float32)), penalty=3.0)
        margins[is_here] = design[is_here] @ at
    logits = calibrated(margins, outcomes.astype(np.int8), folds)
    most = flip_share(logits, outcomes.astype(np.int8), np.arange(n), ()).at_most
    return *lapse(logits * outcomes, np.arange(n)), most


def known(found: list[tuple[str, float, Fitted]]) -> None:
    """What lists hold where the share is known, beside the planted flips in them."""
    print("\n| planted | rows | against the model, of pairs it is as sure of | expected (95 %) | planted flips |")
    print("| --- | --- | --- | --- | --- |")
    for name, rate, one in found:
        order = np.argsort(one.signed, kind="stable")
        for each in flip_share(one.margins, one.outcomes, one.groups, SHOWN).lists if rate else ():
            share = expected(rate, each)
            held = one.is_flipped[order[: each.listed]].mean()
            told = f"{share.value:.2f} ({share.low:.2f} to {share.high:.2f})"
            print(f"| {name}, {rate:.0%} | {each.listed:,} | {each.against.value:.3f} | {told} | {held:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    given = parser.parse_args()
    with threadpool_limits(limits=1, user_api="blas"):
        alpaca = read("alpaca-eval", given.data)
        sets = {"hh-rlhf": read("hh-rlhf", given.data), "pandalm": read("pandalm", given.data)}
        sets |= {"alpaca-eval, a quarter": quarter(alpaca), "alpaca-eval": alpaca}
        head("set")
        found = [one for name, pairs in sets.items() for one in planted(name, pairs)]
        by_writer(given.data, alpaca)
        simulated()
        known(found)


if __name__ == "__main__":
    main()
