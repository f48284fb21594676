"""The experiment where pairs are picked by what a model of the same choices says of them: picked anew for each fold.

For each fold that is tested on, the pairs to change are picked among the others, by models that have not seen that
fold; so a pair may be changed in the model that is tested on one fold and not in that for another. What is compared is
a way of picking, and the pairs that it is measured on are all pairs: to leave out those that it would pick is to pick
them by their own choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portolan.core.bradley_terry import (
    Cases,
    curvatures,
    margins_out_of_fold,
    refit,
)
from portolan.core.effect import (
    LEAST_SUBSET,
    N_FOLDS,
    Footing,
    Measured,
    Setting,
    Split,
    check_setting,
    compared,
)
from portolan.core.effect_outcomes import ALL, Outcomes
from portolan.core.effect_statistics import SELF
from portolan.core.intervention import Intervention, Places, Strata, halves
from portolan.errors import InputError
from portolan.types import BoolArray, FloatArray, Progress, Report, silent

Picks = Sequence[Sequence[Intervention]]
"""What is done, [split][fold]: to pairs that are not in that fold."""
_DRAW, _HALF = 5, 6
"""First numbers of random seeds, by what is drawn."""


@dataclass(frozen=True)
class _Arm:
    """What one model has changed in each of a split's folds."""

    folds: Sequence[Intervention]


def measure_picked(
    on: Footing,
    picks: Picks,
    *,
    strata: Strata,
    subsets: Mapping[str, BoolArray] | None = None,
    setting: Setting | None = None,
    threads: int | None = None,
    report: Report = silent,
) -> Measured:
    """What picking pairs like that changes, beside as many random ones of each fold's training pairs.

    Parameters
    ----------
    picks : sequence of sequence of Intervention
        For each of the footing's splits and each of its folds what is done to pairs that are not in that fold.
    strata, subsets
        As in `measure_effect`; no pair of a subset is left out.

    Raises
    ------
    InputError
        No pair is picked in any fold, or all are; there are too few random draws.
    """
    setting = setting or Setting(n_splits=len(on.splits))
    check_setting(setting)
    n_pairs = len(on.design)
    n_picked = round(float(np.mean([len(one) * N_FOLDS / (N_FOLDS - 1) for split in picks for one in split])))
    _check_picked(n_picked, n_pairs)
    union = np.unique(np.concatenate([one.places for split in picks for one in split]))
    has_halves = len(np.unique(on.groups[union])) > 1
    n_models = 2 + setting.n_draws + (2 * setting.n_halvings if has_halves else 0)
    outcomes = Outcomes(_subsets(subsets or {}, n_pairs), on.groups, n_models=n_models, is_recalibrated=True)
    curve_of = [0, 1] + [2] * setting.n_draws + [3] * (n_models - 2 - setting.n_draws)
    for number, (split, of_folds) in enumerate(zip(on.splits, picks, strict=True)):
        arms = _arms(on, split, of_folds, union, strata, setting, has_halves=has_halves)
        weights = refit(
            on.design,
            _cases_of(arms, n_pairs),
            folds=split.folds,
            begin=on.weights,
            curves=_curves(on, split, of_folds, threads=threads),
            curve_of=curve_of,
            penalty=on.penalty,
            threads=threads,
        )
        outcomes.add(margins_out_of_fold(on.design, weights, split.folds, threads=threads), {})
        report(Progress("effect", len(on.splits) + number + 1, 2 * len(on.splits), unit="splits", note="refitting"))
    effects = compared(outcomes, setting, inflation=SELF)
    return Measured(effects, n_picked, n_pairs, outcomes.share_right(), strata, setting)


def _check_picked(n_picked: int, n_pairs: int) -> None:
    if 0 < n_picked < n_pairs:
        return
    which = "none" if not n_picked else "all"
    raise InputError(
        f"Of the pairs outside each fold that is tested on, models that have not seen that fold pick {which}.",
        fix=f"{'Widen' if not n_picked else 'Narrow'} the expression; or pick by what is no model of these choices.",
    )


def _subsets(further: Mapping[str, BoolArray], n_pairs: int) -> dict[str, BoolArray]:
    kept = {name: is_in for name, is_in in further.items() if is_in.sum() >= LEAST_SUBSET}
    return {ALL: np.ones(n_pairs, np.bool_), **kept}


def _arms(
    on: Footing,
    split: Split,
    of_folds: Sequence[Intervention],
    union: Places,
    strata: Strata,
    setting: Setting,
    *,
    has_halves: bool,
) -> list[_Arm]:
    """The picked pairs, random draws of as many, halves of the picked pairs; each draw and each half alike in folds."""
    arms = [_Arm(of_folds)]
    for number in range(setting.n_draws):
        order = np.random.default_rng((_DRAW, setting.seed, number)).permutation(len(on.design))
        drawn = [_drawn(one, order, split.folds != fold, strata.codes) for fold, one in enumerate(of_folds)]
        arms.append(_Arm(drawn))
    for number in range(setting.n_halvings if has_halves else 0):
        is_one = np.zeros(len(on.design), np.bool_)
        is_one[union] = halves(on.groups[union], seed=(_HALF, setting.seed, number))
        arms.append(_Arm([one.only(is_one[one.places]) for one in of_folds]))
        arms.append(_Arm([one.only(~is_one[one.places]) for one in of_folds]))
    return arms


def _drawn(one: Intervention, order: Places, is_trained: BoolArray, strata: NDArray[np.int64]) -> Intervention:
    """The same done to as many training pairs of each stratum: those that come first in a random order of all pairs."""
    found, done = [], []
    candidates = order[is_trained[order]]
    own = strata[one.places]
    for stratum in np.unique(own):
        wanted = np.flatnonzero(own == stratum)
        found.append(candidates[strata[candidates] == stratum][: len(wanted)])
        done.append(wanted)
    if not found:
        return one
    which = np.concatenate(done)
    return Intervention(one.action, np.concatenate(found), one.weights[which], one.targets[which])


def _cases_of(arms: Sequence[_Arm], n_pairs: int) -> Cases:
    """Weights and targets of every model in every fold: the first model has all pairs as they are."""
    shape = (n_pairs, N_FOLDS, 1 + len(arms))
    weights, targets = np.ones(shape, np.float32), np.ones(shape, np.float32)
    for place, arm in enumerate(arms, start=1):
        for fold, one in enumerate(arm.folds):
            weights[one.places, fold, place] = one.weights
            targets[one.places, fold, place] = one.targets
    return Cases(weights, targets)


def _curves(on: Footing, split: Split, of_folds: Sequence[Intervention], *, threads: int | None) -> FloatArray:
    """Curvatures without each fold: as it is, after what is picked for it, after a random change, after a half."""
    full = split.curves.sum(axis=0) - split.curves
    found = []
    for fold, one in enumerate(of_folds):
        own = np.zeros_like(full[fold])
        for side in (-1, 1):
            is_here = np.sign(one.weights - 1) == side
            places = one.places[is_here]
            if len(places):
                part = Cases(np.abs(one.weights[is_here] - 1), np.ones(len(places), np.float32))
                nowhere = np.zeros(len(places), np.int64)
                own += side * curvatures(on.design[places], part, on.weights, nowhere, n_parts=1, threads=threads)[0]
        n_trained = max(1, int((split.folds != fold).sum()))
        share = max(1e-3, 1 + float((one.weights - 1).sum()) / n_trained)
        found.append(np.stack([full[fold], full[fold] + own, share * full[fold], full[fold] + own / 2]))
    return np.stack(found)
