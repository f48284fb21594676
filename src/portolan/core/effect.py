"""What a preference model loses or gains when some pairs are dropped, flipped, relabelled or weighted.

The model is fitted again with and without them, and with the same done to as many random pairs of the same composition;
outcomes are measured on held-out pairs, never on pairs whose prompt was trained on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from portolan.core.bradley_terry import (
    Cases,
    Design,
    curvatures,
    fit,
    losses_in_training,
    margins_of,
    margins_out_of_fold,
    refit,
)
from portolan.core.concept_figures import Share
from portolan.core.counted import counted
from portolan.core.effect_outcomes import ALL, OTHER, SELECTED, Outcome, Outcomes
from portolan.core.effect_statistics import LEVEL, SELF, difference, holm, smallest_shown
from portolan.core.intervention import (
    Intervention,
    Places,
    Strata,
    group_folds,
    halves,
    matched_draw,
)
from portolan.errors import InputError
from portolan.types import BoolArray, FloatArray, Progress, Report, silent

N_FOLDS = 5
LEAST_DRAWS, MOST_DRAWS = 5, 1000
MOST_SPLITS = 20
LEAST_SUBSET = 100
"""Pairs that a subset must have to be an outcome of its own."""
PENALTIES = (30.0, 100.0, 300.0, 1000.0, 3000.0)
_PENALTY_ROWS = 16_384
_FOLD, _DRAW, _HALF, _PENALTY = 1, 2, 3, 4
"""First numbers of random seeds, by what is drawn."""


@dataclass(frozen=True)
class Setting:
    """How thoroughly.

    `n_draws` random draws; `n_splits` ways to fold the pairs, over which everything is averaged; `n_halvings` of the
    selection.
    """

    n_draws: int = 20
    n_splits: int = 3
    n_halvings: int = 10
    seed: int = 0


@dataclass(frozen=True)
class Split:
    """One way to fold the pairs, with the curvature of the log loss in each fold: (n_folds, n_dims, n_dims)."""

    folds: Places
    curves: FloatArray


@dataclass(frozen=True)
class Footing:
    """A fit of all pairs as they are, and the splits: what every experiment on them begins with.

    Attributes
    ----------
    design : ndarray of float32, shape (n_pairs, n_dims)
    groups : ndarray of int64, shape (n_pairs,)
        Pairs of one prompt have the same number.
    weights : ndarray of float64, shape (n_dims,)
    """

    design: Design
    groups: Places
    weights: FloatArray
    penalty: float
    splits: tuple[Split, ...]


@dataclass(frozen=True)
class OutcomeEffect:
    """One line of the result.

    Attributes
    ----------
    with_all, without, random_drop : float
        The outcome with all pairs as they are; after the intervention; the mean of the random ones.
    delta, low, high : float
        `without - random_drop` with its 95 % interval.
    is_effect : bool
        Whether it is told from 0 after Holm's correction over all outcomes, at 5 %.
    p, p_holm : float
    smallest : float
        The smallest true difference that this experiment would have claimed four times in five.
    n_pairs : int
        Held-out pairs it is measured on; of probes, the probes.
    """

    outcome: Outcome
    with_all: float
    without: float
    random_drop: float
    delta: float
    low: float
    high: float
    p: float
    p_holm: float
    is_effect: bool
    smallest: float
    n_pairs: int


@dataclass(frozen=True)
class Measured:
    """All outcomes, and by how many changes of how many random draws they were judged.

    `right` is how often the model of all pairs as they are is right, of all pairs, held out.
    """

    effects: tuple[OutcomeEffect, ...]
    n_selected: int
    n_pairs: int
    right: Share
    strata: Strata = field(repr=False)
    setting: Setting = field(default_factory=Setting)


def footing(
    design: Design,
    groups: Places,
    *,
    setting: Setting,
    penalty: float | None = None,
    threads: int | None = None,
    report: Report = silent,
) -> Footing:
    """Fit all pairs, fold them, and find the penalty by held-out log loss where none is given.

    Raises
    ------
    InputError
        There are fewer prompts than folds.
    """
    n_prompts = len(np.unique(groups))
    if n_prompts < 2 * N_FOLDS:
        raise InputError(
            f"There are {len(design)} pairs of {n_prompts} prompts: too few to hold some out.",
            fix=f"Measure effects on pairs of at least {2 * N_FOLDS} different prompts.",
        )
    if penalty is None:
        penalty = find_penalty(design, groups, seed=setting.seed, threads=threads)
    cases = _as_given(len(design))
    weights = fit(design, cases, penalty=penalty, threads=threads)
    splits = []
    for number in range(setting.n_splits):
        folds = group_folds(groups, n_folds=N_FOLDS, seed=(_FOLD, setting.seed, number))
        splits.append(Split(folds, curvatures(design, cases, weights, folds, n_parts=N_FOLDS, threads=threads)))
        report(Progress("effect", number + 1, 2 * setting.n_splits, unit="splits", note="fitting all pairs"))
    return Footing(design, groups, weights, penalty, tuple(splits))


def find_penalty(design: Design, groups: Places, *, seed: int = 0, threads: int | None = None) -> float:
    """The penalty of `PENALTIES` with the smallest held-out log loss; on a sample of many pairs."""
    rows = np.arange(len(design))
    if len(rows) > _PENALTY_ROWS:
        rows = np.sort(np.random.default_rng((_PENALTY, seed)).choice(rows, _PENALTY_ROWS, replace=False))
    design, groups = design[rows], groups[rows]
    cases = _as_given(len(rows))
    folds = group_folds(groups, n_folds=N_FOLDS, seed=(_FOLD, seed, 0))
    many = Cases(cases.weights[:, None], cases.targets[:, None])
    losses = []
    for penalty in PENALTIES:
        weights = fit(design, cases, penalty=penalty, threads=threads)
        curves = curvatures(design, cases, weights, folds, n_parts=N_FOLDS, threads=threads)
        others = (curves.sum(axis=0) - curves)[:, None]
        found = refit(
            design, many, folds=folds, begin=weights, curves=others, curve_of=(0,), penalty=penalty, threads=threads
        )
        margins = margins_out_of_fold(design, found, folds, threads=threads)
        losses.append(float(np.logaddexp(0, -margins.astype(np.float64)).mean()))
    return PENALTIES[int(np.argmin(losses))]


def measure_effect(
    on: Footing,
    intervention: Intervention,
    *,
    strata: Strata,
    subsets: Mapping[str, BoolArray] | None = None,
    probes: Mapping[str, Design] | None = None,
    setting: Setting | None = None,
    threads: int | None = None,
    report: Report = silent,
) -> Measured:
    """What the intervention changes, beside what the same does to random pairs.

    Parameters
    ----------
    strata : Strata
        Kinds of pairs: the random draws have the same number of each.
    subsets : mapping of str to ndarray of bool, shape (n_pairs,)
        Further pairs to measure accuracy on, the selected ones left out; those of fewer than 100 pairs are no outcome.
    probes : mapping of str to ndarray of float32, shape (n_probes, n_dims)
        Differences of probe pairs by kind, in the columns of the design.

    Raises
    ------
    InputError
        No pair is selected, or all are; there are too few random draws.
    """
    setting = setting or Setting(n_splits=len(on.splits))
    n_pairs, n_selected = len(on.design), len(intervention)
    check_setting(setting)
    check_selected(n_selected, n_pairs)
    changed = _arms(on, intervention, strata, setting)
    cases = _cases_of(changed, n_pairs)
    outcomes = Outcomes(_subsets(intervention, subsets or {}, n_pairs), on.groups, n_models=cases.weights.shape[1])
    curve_of = [0, 1] + [2] * setting.n_draws + [3] * (len(changed) - 1 - setting.n_draws)
    before = _as_given(n_pairs)
    for number, split in enumerate(on.splits):
        curves = _curves(on, split, before, intervention, threads=threads)
        weights = refit(
            on.design,
            cases,
            folds=split.folds,
            begin=on.weights,
            curves=curves,
            curve_of=curve_of,
            penalty=on.penalty,
            threads=threads,
        )
        told = {kind: _mean_margins(rows, weights, threads) for kind, rows in (probes or {}).items()}
        margins = margins_out_of_fold(on.design, weights, split.folds, threads=threads)
        outcomes.add(margins, told, losses_in_training(on.design, weights, split.folds, threads=threads))
        report(Progress("effect", len(on.splits) + number + 1, 2 * len(on.splits), unit="splits", note="refitting"))
    n_probes = {kind: len(rows) for kind, rows in (probes or {}).items()}
    drawn = [arm.places for arm in changed[: 1 + setting.n_draws]]
    effects = compared(outcomes, setting, n_probes=n_probes, drawn=drawn)
    return Measured(effects, n_selected, n_pairs, outcomes.share_right(), strata, setting)


def check_setting(setting: Setting) -> None:
    """Raise InputError where so few draws or splits tell nothing, or so many cannot be held in memory."""
    if setting.n_draws < LEAST_DRAWS:
        raise InputError(
            f"{counted(setting.n_draws, 'random draw')} cannot tell what chance does.",
            fix=f"Take {LEAST_DRAWS} seeds or more.",
        )
    if setting.n_draws > MOST_DRAWS:
        raise InputError(f"{setting.n_draws:,} random draws are too many.", fix=f"Take {MOST_DRAWS:,} seeds or fewer.")
    if not 1 <= setting.n_splits <= MOST_SPLITS:
        raise InputError(
            f"The pairs cannot be folded in {counted(setting.n_splits, 'way')}.", fix=f"Take 1 to {MOST_SPLITS} splits."
        )
    if setting.seed < 0:
        raise InputError(f"{setting.seed} is no random state.", fix="Give 0 or a positive number.")


def check_selected(n_selected: int, n_pairs: int) -> None:
    """Raise InputError where a selection leaves nothing to compare."""
    if not n_selected:
        raise InputError(
            "No row is selected that a preference model learns from: nothing would change.",
            fix="Widen the expression. Rows whose replies are the same, or without a verdict, teach it nothing.",
        )
    if n_selected == n_pairs:
        raise InputError(
            "All rows are selected that a preference model learns from: nothing else is left to learn from or to "
            "compare with.",
            fix="Narrow the expression.",
        )


def _arms(on: Footing, intervention: Intervention, strata: Strata, setting: Setting) -> list[Intervention]:
    """What is fitted beside all pairs as they are: the intervention, the same on random draws, its halves."""
    arms = [intervention]
    for number in range(setting.n_draws):
        drawn = matched_draw(intervention.places, strata, seed=(_DRAW, setting.seed, number))
        arms.append(intervention.moved_to(drawn))
    own_groups = on.groups[intervention.places]
    if len(np.unique(own_groups)) > 1:
        for number in range(setting.n_halvings):
            is_one = halves(own_groups, seed=(_HALF, setting.seed, number))
            arms += [intervention.only(is_one), intervention.only(~is_one)]
    return arms


def _as_given(n_pairs: int) -> Cases:
    return Cases(np.ones(n_pairs, np.float32), np.ones(n_pairs, np.float32))


def _cases_of(arms: Sequence[Intervention], n_pairs: int) -> Cases:
    """Weights and targets of every model: the first has all pairs as they are."""
    weights = np.ones((n_pairs, 1 + len(arms)), np.float32)
    targets = np.ones_like(weights)
    for place, arm in enumerate(arms, start=1):
        weights[arm.places, place] = arm.weights
        targets[arm.places, place] = arm.targets
    return Cases(weights, targets)


def _curves(on: Footing, split: Split, before: Cases, intervention: Intervention, *, threads: int | None) -> FloatArray:
    """Curvatures without each fold: as it is, after the intervention, after a random one, after one of its halves."""
    rows = intervention.places
    change = Cases(np.abs(intervention.weights - 1), np.ones(len(rows), np.float32))
    sign = np.sign(intervention.weights - 1)
    own = np.zeros_like(split.curves)
    for side in (-1, 1):
        is_here = sign == side
        if is_here.any():
            part = Cases(change.weights[is_here], change.targets[is_here])
            places = rows[is_here]
            own += side * curvatures(
                on.design[places], part, on.weights, split.folds[places], n_parts=N_FOLDS, threads=threads
            )
    full = split.curves.sum(axis=0) - split.curves
    own = own.sum(axis=0) - own
    n_pairs = len(before.weights)
    share = max(1e-3, 1 + float((intervention.weights - 1).sum()) / n_pairs)
    return np.stack([full, full + own, share * full, full + own / 2], axis=1)


def _subsets(intervention: Intervention, further: Mapping[str, BoolArray], n_pairs: int) -> dict[str, BoolArray]:
    """Pairs that outcomes are measured on, the main ones first: those that are not selected.

    Of the selected pairs it is in question whether their labels are a measure of anything. They are measured on beside
    the others where they are dropped or weighted, and never where their labels are changed.
    """
    is_selected = np.zeros(n_pairs, np.bool_)
    is_selected[intervention.places] = True
    every = np.ones(n_pairs, np.bool_)
    found = {OTHER: ~is_selected}
    is_label_sure = intervention.action in ("drop", "weight")
    if is_label_sure:
        found[ALL] = every
    found |= {name: is_in & ~is_selected for name, is_in in further.items()}
    if is_label_sure:
        found[SELECTED] = is_selected
    kept = {name: is_in for name, is_in in found.items() if is_in.sum() >= LEAST_SUBSET}
    return kept or {ALL: every}


def _mean_margins(rows: Design, weights: FloatArray, threads: int | None) -> FloatArray:
    """Mean margin on probes of each model, over its folds: float64, shape (n_models,)."""
    found: FloatArray = margins_of(rows, weights.mean(axis=0), threads=threads).mean(axis=0, dtype=np.float64)
    return found


def compared(
    outcomes: Outcomes,
    setting: Setting,
    *,
    n_probes: Mapping[str, int] | None = None,
    drawn: Sequence[Places] | None = None,
    inflation: float | None = None,
) -> tuple[OutcomeEffect, ...]:
    """Every outcome after the intervention beside that after the random draws, corrected for their number.

    Models are all pairs as they are, the intervention, the draws, and its halves, two by two.

    Parameters
    ----------
    drawn : sequence of ndarray of int64, optional
        Pairs that the intervention and each draw change, for log loss.
    inflation : float, optional
        What variances are multiplied by; by default where the pull of the selection enters squared.
    """
    found = []
    for outcome in outcomes.names():
        values = outcomes.values(outcome)
        draws = values[2 : 2 + setting.n_draws]
        gaps = values[2 + setting.n_draws :: 2] - values[3 + setting.n_draws :: 2]
        n_pairs = outcomes.n_pairs(outcome)
        step = 1 / n_pairs if outcome.measure in ("accuracy", "agreement") else 0.0
        extra = _rows_variance(outcomes, outcome, setting, drawn, n_models=len(values))
        is_square = outcome.subset == SELECTED or (outcome.measure == "log_loss" and outcome.subset == OTHER)
        times = inflation or (SELF if is_square else 1.0)
        told = difference(float(values[1]), draws, gaps, rows_variance=extra, resolution=step, inflation=times)
        found.append((outcome, values, told, n_pairs or (n_probes or {}).get(outcome.subset, 0)))
    adjusted = holm([told.p for _, _, told, _ in found])
    return tuple(
        OutcomeEffect(
            outcome=outcome,
            with_all=float(values[0]),
            without=float(values[1]),
            random_drop=float(values[2 : 2 + setting.n_draws].mean()),
            delta=told.delta,
            low=told.low,
            high=told.high,
            p=told.p,
            p_holm=float(p_holm),
            is_effect=bool(p_holm < LEVEL),
            smallest=smallest_shown(told.error, degrees=told.degrees, n_outcomes=len(found)),
            n_pairs=n_pairs,
        )
        for (outcome, values, told, n_pairs), p_holm in zip(found, adjusted, strict=True)
    )


def _rows_variance(
    outcomes: Outcomes, outcome: Outcome, setting: Setting, drawn: Sequence[Places] | None, *, n_models: int
) -> float:
    """Sampling variance of the held-out pairs in the difference, less what a random draw shows of it."""
    n_draws = setting.n_draws
    mixes = np.zeros((n_models, 1 + n_draws))
    mixes[2 : 2 + n_draws] = -1 / n_draws
    mixes[1, 0] = 1
    for number in range(n_draws):
        # Against the mean of the others, so that it is as far from it as the selection is.
        mixes[2 : 2 + n_draws, 1 + number] = -1 / (n_draws - 1)
        mixes[2 + number, 1 + number] = 1
    found = outcomes.sampling_variance(outcome, mixes, drawn)
    return float(found[0] - found[1:].mean())
