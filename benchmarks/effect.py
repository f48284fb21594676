"""The effect of dropping pairs: claims under chance, coverage of intervals, influence beside refits, seconds.

python benchmarks/effect.py model                how often the model is right, told of subsets and not; its probes
python benchmarks/effect.py null                 200 random selections of the bundled sample, of several sizes
python benchmarks/effect.py prompts              the same of whole prompts, whose pairs are alike, simulated
python benchmarks/effect.py coverage             planted flips in simulated pairs, where the truth is known
python benchmarks/effect.py planted              planted flips in one subset of the bundled sample
python benchmarks/effect.py picked [--data DATA] pairs picked by models, where sides are set by a coin; planted flips
python benchmarks/effect.py influence            closed form beside fitting again without each pair of the sample
python benchmarks/effect.py speed [--map MAP]    seconds and peak memory: the sample, simulated pairs, a map of yours
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import itertools
import json
import resource
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

import portolan
from portolan.core.bradley_terry import Cases, margins_of, margins_out_of_fold, refit
from portolan.core.effect import Setting, footing, measure_effect
from portolan.core.effect_nested import measure_picked
from portolan.core.influence import grounds, group_influence, pair_influence
from portolan.core.intervention import Strata, dropping, strata_of
from portolan.core.pair_design import design_of
from portolan.core.parallel import one_blas_thread
from portolan.core.preference import GRID, calibrated, cross_fit
from portolan.core.preference_nested import nested_margins
from portolan.core.prompt_groups import folds_of
from portolan.effecting import PairsAtHand
from portolan.errors import InputError
from portolan.probing import probe_designs, probes_of
from portolan.sample import sample_path
from portolan.types import silent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = (model, null, prompts, coverage, planted, picked, influence, speed)
    parser.add_argument("what", choices=[part.__name__ for part in parts])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--map", type=Path)
    parser.add_argument("--data", type=Path, help="Of picked: the folder that has alpaca-eval.")
    given = parser.parse_args()
    with one_blas_thread():
        next(part for part in parts if part.__name__ == given.what)(given)


def sample(path=None):
    """The pairs of the bundled sample, or of a map, as an experiment takes them."""
    with tempfile.TemporaryDirectory() as folder:
        m = (
            portolan.open_map(path)
            if path
            else portolan.map_text(str(sample_path()), path=Path(folder) / "s.portolan", progress=False)
        )
        hand = PairsAtHand(m._store, m.roles, threads=None, report=silent)
        return hand, hand.strata_columns, hand.subsets


def wilson(n_hits, n):
    z, share = 1.96, n_hits / n
    middle, half = share + z * z / (2 * n), z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


# The model itself.


def model(_given):
    hand, _, subsets = sample()
    probes = probe_designs(probes_of(True), hand.scale)
    rows = {"all": np.ones(len(hand.rows), np.bool_), **subsets}
    print(f"| told | columns | penalty | log loss | {' | '.join([*rows, *probes])} |")
    print("| --- " * (4 + len(rows) + len(probes)) + "|")
    for untold in (frozenset(hand.kind_columns), frozenset()):
        columns = hand.columns(untold)
        on = footing(hand.design[:, columns], hand.groups, setting=Setting(n_splits=3))
        told, weights = [], []
        for split in range(3):
            at = grounds(on, split=split)
            weights.append(at.weights)
            margins = margins_out_of_fold(on.design, at.weights[:, None], at.folds)[:, 0]
            shares = [(margins[is_in] > 0).mean() for is_in in rows.values()]
            of_probes = [margins_of(part[:, columns], at.weights).mean() for part in probes.values()]
            told.append([np.logaddexp(0, -margins).mean(), *shares, *of_probes])
        names = ", ".join(sorted(set(hand.kind_columns) - untold)) or "nothing"
        figures = " | ".join(f"{value:.3f}" for value in np.mean(told, axis=0))
        print(f"| {names} | {len(columns)} | {on.penalty:g} | {figures} |")
    print(f"\n| probes taken for pairs of | share | {' | '.join(probes)} |")
    print("| --- " * (2 + len(probes)) + "|")
    one_each = np.eye(len(hand.kind_columns), dtype=np.float32)
    for place, share in enumerate(hand.scale.kinds):
        as_of = probe_designs(probes_of(True), hand.scale._replace(kinds=one_each[place]))
        part = next(name for name, is_in in subsets.items() if hand.kinds.shares[hand.rows][is_in, place].all())
        figures = " | ".join(f"{margins_of(rows, np.concatenate(weights)).mean():+.3f}" for rows in as_of.values())
        print(f"| {part} | {share:.3f} | {figures} |")


# Under chance.


def null(given):
    hand, columns, subsets = sample()
    setting = Setting(n_splits=3)
    on = footing(hand.design, hand.groups, setting=setting)
    probes = probe_designs(probes_of(True), hand.scale)
    n = len(hand.rows)
    print("| selected | runs | with any claim | 95 % interval | outcomes | of each alone below .05 |")
    print("| --- | --- | --- | --- | --- | --- |")
    for size in (10, 60, 600):
        claims, alone, n_told = 0, 0, 0
        for run in range(given.runs):
            places = np.sort(np.random.default_rng((run, size)).choice(n, size, replace=False))
            found = measure_effect(
                on,
                dropping(places),
                strata=strata_of(places, columns, n_pairs=n),
                subsets=subsets,
                probes=probes,
                setting=Setting(n_splits=3, seed=run),
            ).effects
            claims += any(one.is_effect for one in found)
            alone += sum(one.p < 0.05 for one in found)
            n_told += len(found)
        low, high = wilson(claims, given.runs)
        share, each = claims / given.runs, alone / n_told
        print(
            f"| {size} | {given.runs} | {share:.3f} | {low:.3f} to {high:.3f} | {len(found)} | {each:.3f} |", flush=True
        )


def prompts(given):
    """30 of 250 prompts, six pairs of each that are much alike: random draws are of pairs, the selection is not."""
    n, n_dims, claims = 1500, 20, 0
    groups = np.arange(n) // 6
    for run in range(given.runs):
        rng = np.random.default_rng((run, 5))
        design = (rng.normal(size=(n // 6, n_dims))[groups] + 0.6 * rng.normal(size=(n, n_dims))).astype(np.float32)
        chances = 1 / (1 + np.exp(-0.8 * design.sum(axis=1) / np.sqrt(n_dims)))
        design[rng.random(n) > chances] *= -1
        setting = Setting(n_splits=2, seed=run)
        on = footing(design, groups, setting=setting, penalty=10.0)
        places = np.flatnonzero(np.isin(groups, rng.choice(n // 6, 30, replace=False)))
        strata = Strata(np.zeros(n, np.int64))
        claims += any(one.is_effect for one in measure_effect(on, dropping(places), strata=strata).effects)
    low, high = wilson(claims, given.runs)
    print(f"whole prompts: {claims / given.runs:.3f} of {given.runs} runs with any claim ({low:.3f} to {high:.3f})")


# Known truth.


def simulated(rng, n, n_dims, *, n_selected, share):
    """Pairs of two to a prompt; of `n_selected` a share was labelled the wrong way round."""
    design = rng.normal(size=(n, n_dims)).astype(np.float32)
    chances = 1 / (1 + np.exp(-design.sum(axis=1) / np.sqrt(n_dims)))
    design[rng.random(n) > chances] *= -1
    places = np.sort(rng.choice(n, n_selected, replace=False))
    design[places[rng.random(n_selected) < share]] *= -1
    return design, places


def coverage(given):
    """New pairs, new selection, new flips in every run: the truth is the mean of all runs."""
    n, n_dims = 1500, 20
    for share, size in ((0.0, 200), (0.5, 30), (0.5, 200), (1.0, 150)):
        told = defaultdict(list)
        for run in range(given.runs):
            rng = np.random.default_rng((run, size))
            design, places = simulated(rng, n, n_dims, n_selected=size, share=share)
            setting = Setting(n_splits=2, seed=run)
            on = footing(design, np.arange(n) // 2, setting=setting, penalty=10.0)
            found = measure_effect(
                on,
                dropping(places),
                strata=Strata(np.zeros(n, np.int64)),
                subsets={"a half": np.arange(n) < n // 2},
                probes={"all ones": np.ones((5, n_dims), np.float32)},
                setting=setting,
            )
            for one in found.effects:
                told[one.outcome.measure, one.outcome.subset].append(one)
        print(f"\n{size} of {n} pairs dropped, {share:.0%} of them flipped")
        print_coverage(told)


def planted(given):
    """Flips planted in helpful-base of the sample, each run in other pairs; two thirds of the selection are flipped."""
    hand, columns, subsets = sample()
    base = np.flatnonzero(subsets["subset = helpful-base"])
    probes = probe_designs(probes_of(True), hand.scale)
    for size in (60, 400):
        told = defaultdict(list)
        for run in range(given.runs):
            rng = np.random.default_rng((run, size))
            places = np.sort(rng.choice(base, size, replace=False))
            design = hand.design.copy()
            design[rng.choice(places, 2 * size // 3, replace=False)] *= -1
            setting = Setting(n_splits=1, seed=run)
            on = footing(design, hand.groups, setting=setting, penalty=300.0)
            found = measure_effect(
                on,
                dropping(places),
                strata=strata_of(places, columns, n_pairs=len(design)),
                subsets=subsets,
                probes=probes,
                setting=setting,
            )
            for one in found.effects:
                told[one.outcome.measure, one.outcome.subset].append(one)
        print(f"\n{size} pairs of helpful-base dropped, two thirds of them flipped")
        print_coverage(told)


# Picked by a model.

COIN_PAIRS = 600
CUTS = (0.48, 0.5)


def picked(given):
    """Sides set by a coin, pairs of the sample drawn anew in every run; then flips planted in alpaca-eval."""
    if given.data is not None:
        planted_and_picked(given)
        return
    with tempfile.TemporaryDirectory() as folder:
        m = portolan.map_text(str(sample_path()), path=Path(folder) / "s.portolan", progress=False)
        hand = PairsAtHand(m._store, m.roles, threads=None, report=silent)
        features = hand.every_pair(None, silent)
        pairs = design_of(features.features, kinds=features.kinds).only(hand.rows)
    told = defaultdict(list)
    for run in range(given.runs):
        rng = np.random.default_rng((run, 7))
        rows = np.sort(rng.choice(len(hand.rows), COIN_PAIRS, replace=False))
        sides = rng.choice(np.array([-1, 1], np.int8), COIN_PAIRS)
        design = hand.design[rows] * sides[:, None]
        of = pairs.only(rows)
        setting = Setting(n_splits=1, seed=run)
        on = footing(design, hand.groups[rows], setting=setting)
        strata = Strata(np.zeros(COIN_PAIRS, np.int64))
        # A model of elsewhere: some direction of the features, scaled like a preference model that can tell.
        elsewhere = design @ rng.normal(size=design.shape[1]).astype(np.float32)
        elsewhere /= elsewhere.std()
        folds = folds_of(hand.groups[rows])
        plain = calibrated(cross_fit(of, sides, folds).margins, sides, folds) * sides
        nested = nested_margins(of, sides, [split.folds for split in on.splits], grid=GRID)
        nested = [part * sides[:, None] for part in nested]
        for cut in CUTS:
            least = np.log(cut / (1 - cut))
            own, other = (dropping(np.flatnonzero(margins < least)) for margins in (plain, elsewhere))
            free = {"out of fold alone, the others measured on": own, "of elsewhere, the others measured on": other}
            every = {"nested": picks_below(nested, least), "of elsewhere, all measured on": picks_of(other.places, on)}
            for way, change in free.items():
                with contextlib.suppress(InputError):
                    told[way, cut].append(measure_effect(on, change, strata=strata, setting=setting))
            for way, picks in every.items():
                with contextlib.suppress(InputError):
                    told[way, cut].append(measure_picked(on, picks, strata=strata, setting=setting))
    print(f"{COIN_PAIRS:,} pairs of the sample, sides set by a coin\n")
    print("| picked by a margin | below | runs | pairs, mean | with any claim | 95 % interval | each alone below .05 |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for (way, cut), every in sorted((one for one in told.items() if one[1]), key=lambda one: one[0]):
        n_claims = sum(any(one.is_effect for one in found.effects) for found in every)
        alone = np.mean([one.p < 0.05 for found in every for one in found.effects])
        low, high = wilson(n_claims, len(every))
        n_picked = np.mean([found.n_selected for found in every])
        share = n_claims / len(every)
        print(
            f"| {way} | {cut:g} | {len(every)} | {n_picked:.0f} | {share:.3f} | {low:.3f} to {high:.3f} | {alone:.3f} |"
        )


def picks_below(margins, least):
    return [[dropping(np.flatnonzero(part[:, fold] < least)) for fold in range(part.shape[1])] for part in margins]


def picks_of(places, on):
    """The same pairs in every fold, those of the fold left out."""
    return [
        [dropping(places[split.folds[places] != fold]) for fold in range(split.folds.max() + 1)] for split in on.splits
    ]


def alpaca_pairs(data):
    """Every fortieth row of alpaca-eval that has a winner."""
    with gzip.open(data / "alpaca-eval" / "gpt4_annotations.jsonl.gz", "rt") as lines:
        rows = [row for row in map(json.loads, itertools.islice(lines, 0, None, 40)) if row["preference"] in (1, 2)]
    return [
        {
            "prompt": row["instruction"],
            "chosen": row[f"output_{int(row['preference'])}"],
            "rejected": row[f"output_{3 - int(row['preference'])}"],
        }
        for row in rows
    ]


def planted_and_picked(given):
    """Flips planted in alpaca-eval: dropping what nested models contradict beside dropping the flipped themselves."""
    with tempfile.TemporaryDirectory() as folder:
        m = portolan.map_text(alpaca_pairs(given.data), path=Path(folder) / "a.portolan", progress=False)
        hand = PairsAtHand(m._store, m.roles, threads=None, report=silent)
        features = hand.every_pair(None, silent)
        pairs = design_of(features.features, kinds=features.kinds).only(hand.rows)
    n = len(hand.rows)
    print(f"{n:,} pairs of alpaca-eval; dropped, less as many at random; means over {given.runs} runs\n")
    print("| flipped | dropped | pairs | right | accuracy, points | recalibrated log loss | runs with a claim |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for share in (0.1, 0.2):
        told = defaultdict(list)
        for run in range(given.runs):
            rng = np.random.default_rng((run, 8))
            wrong = rng.random(n) < share
            sides = np.where(wrong, -1, 1).astype(np.int8)
            setting = Setting(n_splits=1, seed=run)
            on = footing(hand.design * sides[:, None], hand.groups, setting=setting)
            strata = Strata(np.zeros(n, np.int64))
            nested = nested_margins(pairs, sides, [split.folds for split in on.splits], grid=GRID)
            nested = [part * sides[:, None] for part in nested]
            for cut in (0.2, 0.3, 0.4):
                picks = picks_below(nested, np.log(cut / (1 - cut)))
                with contextlib.suppress(InputError):
                    found = measure_picked(on, picks, strata=strata, setting=setting)
                    hits = np.mean([wrong[one.places].mean() for part in picks for one in part if len(one)])
                    told[f"`preference < {cut:g}`, nested"].append((found, hits))
            size = int(wrong.sum())
            drops = {"the flipped": np.flatnonzero(wrong), "as many random": rng.choice(n, size, replace=False)}
            for name, places in drops.items():
                picks = picks_of(np.sort(places), on)
                told[name].append((measure_picked(on, picks, strata=strata, setting=setting), wrong[places].mean()))
        for name, every in told.items():
            accuracy, loss = (np.mean([found.effects[place].delta for found, _ in every]) for place in (0, -1))
            claimed = np.mean([any(one.is_effect for one in found.effects) for found, _ in every])
            size, hits = np.mean([found.n_selected for found, _ in every]), np.mean([hit for _, hit in every])
            print(
                f"| {share:.0%} | {name} | {size:.0f} | {hits:.2f} | {100 * accuracy:+.2f} | {loss:+.4f} "
                f"| {claimed:.2f} of {len(every)} |",
                flush=True,
            )


def print_coverage(told):
    print("| outcome | true difference | spread | mean half width | covered | claimed | would have shown |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for (measure, subset), every in told.items():
        deltas = np.array([one.delta for one in every])
        truth = deltas.mean()
        covered = np.mean([one.low <= truth <= one.high for one in every])
        half = np.mean([(one.high - one.low) / 2 for one in every])
        claimed = np.mean([one.is_effect for one in every])
        smallest = np.mean([one.smallest for one in every])
        print(
            f"| {measure}, {subset} | {truth:+.4f} | {deltas.std():.4f} | {half:.4f} | {covered:.3f} | {claimed:.3f} "
            f"| {smallest:.4f} |",
            flush=True,
        )


# Influence.


def influence(_given):
    hand, _, _ = sample()
    on = footing(hand.design, hand.groups, setting=Setting(n_splits=1))
    probes = probe_designs(probes_of(True), hand.scale)
    started = time.perf_counter()
    at = grounds(on)
    told = {"log_loss": pair_influence(on, at), "chance": pair_influence(on, at, of="chance")}
    told |= {kind: pair_influence(on, at, probes=rows) for kind, rows in probes.items()}
    in_closed_form = time.perf_counter() - started
    n = len(on.design)
    started = time.perf_counter()
    true = refitted(on, at, [np.array([place]) for place in range(n)], probes)
    print(f"{n} pairs: closed form {in_closed_form:.1f} s (5 outcomes), refits {time.perf_counter() - started:.0f} s\n")
    print("| of | Spearman | Pearson | lowest 50 in common | lowest 50 within lowest 100 |")
    print("| --- | --- | --- | --- | --- |")
    for name, values in told.items():
        mine, real = np.argsort(values)[:100], np.argsort(true[name])[:100]
        common = len(np.intersect1d(mine[:50], real[:50])) / 50
        within = len(np.intersect1d(mine, real[:50])) / 50
        pearson = np.corrcoef(values, true[name])[0, 1]
        print(f"| {name} | {spearmanr(values, true[name])[0]:.4f} | {pearson:.4f} | {common:.2f} | {within:.2f} |")
    print("\nGroups: relative error of what dropping them does to the summed held-out log loss\n")
    print("| group | pairs | refit | sum of pairs | one Newton step |")
    print("| --- | --- | --- | --- | --- |")
    order = np.argsort(told["log_loss"])
    rng = np.random.default_rng(0)
    groups = {f"lowest {k}": order[:k] for k in (10, 50, 200, 600)}
    groups |= {f"random {k}": rng.choice(n, k, replace=False) for k in (50, 600)}
    groups |= {"highest 200": order[-200:]}
    real = refitted(on, at, list(groups.values()), {})["log_loss"]
    steps = group_influence(on, at, list(groups.values()))
    for (name, places), refit_value, step in zip(groups.items(), real, steps, strict=True):
        print(f"| {name} | {len(places)} | {refit_value:+.2f} | {told['log_loss'][places].sum():+.2f} | {step:+.2f} |")


def refitted(on, at, groups, probes):
    """What each group does, by fitting again without it; signs as in `pair_influence`."""
    part = on.splits[0]
    others = (part.curves.sum(axis=0) - part.curves)[:, None]
    found = defaultdict(list)
    margins = margins_out_of_fold(on.design, at.weights[:, None], at.folds)[:, 0].astype(np.float64)
    before = {"log_loss": np.logaddexp(0, -margins).sum(), "chance": (1 / (1 + np.exp(-margins))).sum()}
    mean = at.weights.mean(axis=0)[None]
    before |= {kind: margins_of(rows, mean).mean(dtype=np.float64) for kind, rows in probes.items()}
    for start in range(0, len(groups), 64):
        few = groups[start : start + 64]
        cases = Cases(np.ones((len(on.design), len(few)), np.float32), np.ones((len(on.design), len(few)), np.float32))
        for model, places in enumerate(few):
            cases.weights[places, model] = 0
        weights = refit(
            on.design, cases, folds=part.folds, begin=on.weights, curves=others, curve_of=[0] * len(few),
            penalty=on.penalty, close=1e-9,
        )  # fmt: skip
        told = margins_out_of_fold(on.design, weights, at.folds).astype(np.float64)
        found["log_loss"] += (np.logaddexp(0, -told).sum(axis=0) - before["log_loss"]).tolist()
        found["chance"] += (before["chance"] - (1 / (1 + np.exp(-told))).sum(axis=0)).tolist()
        for kind, rows in probes.items():
            means = margins_of(rows, weights.mean(axis=0)).mean(axis=0, dtype=np.float64)
            found[kind] += (before[kind] - means).tolist()
    return {name: np.array(values) for name, values in found.items()}


# Speed.


def speed(given):
    print("| pairs | columns | seeds | ways to fold | first fit, s (CPU) | experiment, s | influence, s | peak MB |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    hand, _, _ = sample(given.map)
    timed(hand.design, hand.groups, n_splits=1 if len(hand.rows) > 50_000 else 3)
    if not given.map:
        rng = np.random.default_rng(0)
        design, _ = simulated(rng, 160_800, hand.design.shape[1], n_selected=1, share=0)
        timed(design, np.arange(len(design)) // 2, n_splits=1)


def timed(design, groups, *, n_splits):
    clock = [(time.perf_counter(), time.process_time())]
    setting = Setting(n_splits=n_splits)
    on = footing(design, groups, setting=setting)
    clock.append((time.perf_counter(), time.process_time()))
    places = np.arange(0, len(design), 50)
    measure_effect(on, dropping(places), strata=Strata(np.zeros(len(design), np.int64)), setting=setting)
    clock.append((time.perf_counter(), time.process_time()))
    pair_influence(on, grounds(on))
    clock.append((time.perf_counter(), time.process_time()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    spent = [f"{after[0] - before[0]:.1f} ({after[1] - before[1]:.1f})" for before, after in itertools.pairwise(clock)]
    print(
        f"| {len(design):,} | {design.shape[1]} | {setting.n_draws} | {n_splits} | {' | '.join(spent)} | {peak:,.0f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
