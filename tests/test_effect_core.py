"""What dropping pairs does: draws, statistics, the experiment as a whole."""

import numpy as np
import pytest

from portolan.core.bradley_terry import fit
from portolan.core.effect import Setting, find_penalty, footing, measure_effect
from portolan.core.effect_outcomes import Outcomes, calibration_slopes
from portolan.core.effect_statistics import difference, holm, smallest_shown
from portolan.core.influence import grounds, group_influence, leverages, pair_influence
from portolan.core.intervention import (
    Strata,
    dropping,
    flipping,
    group_folds,
    halves,
    matched_draw,
    relabelling,
    strata_of,
    weighting,
)
from portolan.errors import InputError

QUICK = Setting(n_draws=12, n_splits=1, n_halvings=6)
N, DIMS = 1200, 5


def pairs(seed=0, n=N, n_flipped=0):
    """Pairs whose first `n_flipped` were labelled the wrong way round; two to a prompt."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n, DIMS)).astype(np.float32)
    chances = 1 / (1 + np.exp(-1.5 * rows.sum(axis=1) / np.sqrt(DIMS)))
    rows[rng.random(n) > chances] *= -1
    rows[:n_flipped] *= -1
    return rows, np.arange(n) // 2


@pytest.fixture(scope="module")
def clean():
    return footing(*pairs(), setting=QUICK, penalty=3.0)


def one_kind(n=N):
    return Strata(np.zeros(n, np.int64))


# Draws.


def test_a_random_draw_has_the_composition_of_the_selection():
    codes = np.repeat([0, 1, 2], [10, 20, 30])
    drawn = matched_draw(np.array([0, 1, 12, 40, 41, 42]), Strata(codes), seed=(1,))
    assert np.bincount(codes[drawn]).tolist() == [2, 1, 3]
    assert len(set(drawn.tolist())) == 6


def test_a_column_that_decides_the_selection_is_not_matched_on():
    source, batch = np.repeat([0, 1], [100, 900]), np.arange(1000) % 5
    strata = strata_of(np.arange(90), [("source", source), ("batch", batch)], n_pairs=1000)
    assert (strata.columns, strata.left_out) == (("batch",), ("source",))


def test_halves_keep_prompts_whole_and_are_about_equal():
    groups = np.array([7, 7, 3, 3, 5, 9, 9, 1, 1, 2])
    is_one = halves(groups, seed=(0,))
    assert all(len(set(is_one[groups == group])) == 1 for group in groups)
    assert 4 <= is_one.sum() <= 6


def test_folds_keep_prompts_whole_and_are_about_equal():
    groups = np.random.default_rng(0).integers(0, 200, 1000)
    folds = group_folds(groups, n_folds=5, seed=(0,))
    assert all(len(set(folds[groups == group])) == 1 for group in set(groups.tolist()))
    assert np.bincount(folds).min() > 150


# Outcomes.


def test_margins_that_are_twice_too_large_have_a_calibration_slope_of_one_half():
    rng = np.random.default_rng(0)
    margins = rng.normal(size=20_000)
    margins *= np.where(rng.random(20_000) < 1 / (1 + np.exp(-np.abs(margins))), 1, -1) * np.sign(margins)
    slopes, _ = calibration_slopes(np.stack([margins, 2 * margins], axis=1).astype(np.float32))
    assert slopes[0] == pytest.approx(1, abs=0.05)
    assert slopes[1] == pytest.approx(slopes[0] / 2, abs=1e-4)


def test_a_pair_without_a_margin_is_half_right():
    found = Outcomes({"all": np.ones(4, bool)}, np.arange(4), n_models=1)
    found.add(np.array([[1], [0], [-1], [2]], np.float32), {})
    assert found.values(found.names()[0])[0] == 2.5 / 4


def test_sampling_variance_is_that_of_a_bootstrap_of_whole_prompts():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(200), 3)
    margins = (rng.normal(size=200)[groups] + rng.normal(size=600)).astype(np.float32)[:, None]
    found = Outcomes({"all": np.ones(600, bool)}, groups, n_models=1)
    found.add(margins, {})
    right = (margins[:, 0] > 0).reshape(200, 3)
    drawn = right[rng.integers(0, 200, (4000, 200))].mean(axis=(1, 2))
    told = found.sampling_variance(found.names()[0], np.ones((1, 1)))[0]
    assert told == pytest.approx(drawn.var(), rel=0.1)


def test_what_a_pair_does_to_log_loss_held_out_it_takes_back_where_it_is_trained_on():
    rng = np.random.default_rng(0)
    margins = rng.normal(size=(500, 2)).astype(np.float32)
    losses = np.logaddexp(0, -margins)
    found = Outcomes({"all": np.ones(500, bool)}, np.arange(500), n_models=2)
    found.add(margins, {}, losses)
    loss = next(one for one in found.names() if one.measure == "log_loss")
    mix = np.array([[1.0], [-1.0]])
    alone = found.sampling_variance(loss, mix)[0]
    assert alone > 0
    assert found.sampling_variance(loss, mix, [np.zeros(0, np.int64)])[0] < 1e-6 * alone
    assert found.sampling_variance(loss, mix, [np.arange(500)])[0] == pytest.approx(alone)


# Statistics.


def test_holm_multiplies_the_smallest_chance_by_the_number_of_outcomes():
    assert holm([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.06, 0.06])


def test_an_interval_is_wider_than_the_spread_of_the_draws_alone():
    draws = np.random.default_rng(0).normal(size=20)
    told = difference(0.0, draws, np.zeros(0))
    assert told.high - told.delta > 2.09 * draws.std(ddof=1)


def test_a_selection_whose_halves_differ_more_than_draws_do_has_a_wider_interval():
    draws = np.random.default_rng(0).normal(size=20)
    calm, wild = difference(0.0, draws, np.full(5, 0.1)), difference(0.0, draws, np.full(5, 9.0))
    assert wild.error > 3 * calm.error


def test_variance_of_held_out_pairs_only_ever_widens_the_interval():
    draws = np.random.default_rng(0).normal(size=20)
    plain = difference(0.0, draws, np.zeros(0))
    assert difference(0.0, draws, np.zeros(0), rows_variance=-1.0).error == plain.error
    assert difference(0.0, draws, np.zeros(0), rows_variance=1.0).error > plain.error


def test_an_outcome_of_the_selected_pairs_has_twice_the_variance():
    draws = np.random.default_rng(0).normal(size=20)
    one, two = (difference(0.0, draws, np.zeros(0), inflation=inflation) for inflation in (1.0, 2.0))
    assert two.error == pytest.approx(one.error * 2**0.5)


def test_no_difference_at_all_is_no_effect():
    assert difference(0.5, np.full(20, 0.5), np.zeros(4)).p == 1


def test_what_would_have_shown_grows_with_the_number_of_outcomes():
    assert smallest_shown(0.1, degrees=19, n_outcomes=12) > smallest_shown(0.1, degrees=19, n_outcomes=1) > 0.2


# The experiment.


def test_dropping_flipped_pairs_has_an_effect_that_is_told_as_better():
    on = footing(*pairs(n_flipped=200), setting=QUICK, penalty=3.0)
    found = measure_effect(on, dropping(np.arange(200)), strata=one_kind(), setting=QUICK)
    by_name = {(one.outcome.measure, one.outcome.subset): one for one in found.effects}
    loss = by_name["log_loss", "not selected"]
    assert loss.is_effect
    assert loss.high < 0
    assert by_name["log_loss", "selected"].low > 0


def test_dropping_random_pairs_has_no_effect(clean):
    places = np.sort(np.random.default_rng(3).choice(N, 100, replace=False))
    found = measure_effect(clean, dropping(places), strata=one_kind(), setting=QUICK)
    assert not any(one.is_effect for one in found.effects)


def test_the_claim_of_dropping_random_pairs_is_rarely_made():
    claims = 0
    for seed in range(40):
        on = footing(*pairs(seed, n=300), setting=QUICK, penalty=3.0)
        places = np.sort(np.random.default_rng((9, seed)).choice(300, 40, replace=False))
        found = measure_effect(on, dropping(places), strata=one_kind(300), setting=QUICK)
        claims += any(one.is_effect for one in found.effects)
    assert claims <= 5


def test_flipping_is_judged_on_pairs_that_were_not_flipped(clean):
    found = measure_effect(clean, flipping(np.arange(300)), strata=one_kind(), setting=QUICK)
    assert {one.outcome.subset for one in found.effects} == {"not selected"}
    assert found.effects[0].n_pairs == N - 300


def test_pairs_of_weight_one_and_as_they_were_change_nothing(clean):
    same = weighting(np.arange(100), np.ones(100))
    assert all(
        one.delta == pytest.approx(0, abs=1e-6)
        for one in measure_effect(clean, same, strata=one_kind(), setting=QUICK).effects
    )


def test_weight_zero_is_dropping(clean):
    places = np.arange(0, 300, 3)
    dropped = measure_effect(clean, dropping(places), strata=one_kind(), setting=QUICK)
    weighed = measure_effect(clean, weighting(places, np.zeros(100)), strata=one_kind(), setting=QUICK)
    assert [one.delta for one in dropped.effects] == [one.delta for one in weighed.effects]


def test_relabelling_to_one_half_takes_the_say_of_pairs_away(clean):
    found = measure_effect(clean, relabelling(np.arange(400), np.full(400, 0.5)), strata=one_kind(), setting=QUICK)
    assert found.effects[0].with_all > 0.5


def test_probes_of_each_kind_are_an_outcome(clean):
    probes = {"kind": np.ones((7, DIMS), np.float32)}
    found = measure_effect(clean, dropping(np.arange(100)), strata=one_kind(), probes=probes, setting=QUICK)
    told = found.effects[-1]
    assert (told.outcome.measure, told.outcome.subset, told.n_pairs) == ("probe_margin", "kind", 7)
    assert told.with_all > 0


def test_the_experiment_is_the_same_on_any_number_of_threads():
    def told(threads):
        on = footing(*pairs(), setting=QUICK, threads=threads)
        return measure_effect(on, dropping(np.arange(50)), strata=one_kind(), setting=QUICK, threads=threads).effects

    assert told(1) == told(3)


def test_small_subsets_are_no_outcomes_of_their_own(clean):
    subsets = {"few": np.arange(N) < 50, "many": np.arange(N) < 500}
    found = measure_effect(clean, dropping(np.arange(100)), strata=one_kind(), subsets=subsets, setting=QUICK)
    told = {one.outcome.subset for one in found.effects}
    assert "many" in told
    assert "few" not in told


@pytest.mark.parametrize("places", [np.zeros(0, np.int64), np.arange(N)])
def test_dropping_nothing_or_everything_is_refused(clean, places):
    with pytest.raises(InputError):
        measure_effect(clean, dropping(places), strata=one_kind(), setting=QUICK)


def test_too_few_prompts_to_hold_out_are_refused():
    with pytest.raises(InputError, match="too few"):
        footing(np.ones((40, 2), np.float32), np.zeros(40, np.int64), setting=QUICK)


def test_noise_alone_is_held_back_by_the_largest_penalty():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(300, 40)).astype(np.float32)
    assert find_penalty(noise, np.arange(300)) >= 300


# Influence.


@pytest.fixture(scope="module")
def small():
    rows, groups = pairs(4, n=300)
    on = footing(rows, groups, setting=QUICK, penalty=2.0)
    return on, grounds(on)


def held_out_loss(on, at, left_out):
    total = 0.0
    for fold in range(5):
        is_kept = at.folds != fold
        is_kept[left_out] = False
        from portolan.core.bradley_terry import Cases

        every = np.ones(is_kept.sum(), np.float32)
        weights = fit(on.design[is_kept], Cases(every, every), penalty=on.penalty)
        total += np.logaddexp(0, -(on.design[at.folds == fold].astype(np.float64) @ weights)).sum()
    return total


def test_influence_is_what_leaving_the_pair_out_and_fitting_again_does(small):
    on, at = small
    told = pair_influence(on, at)
    places = np.concatenate([np.argsort(told)[:10], np.argsort(told)[-10:]])
    before = held_out_loss(on, at, np.zeros(0, np.int64))
    true = np.array([held_out_loss(on, at, [place]) - before for place in places])
    assert np.corrcoef(told[places], true)[0, 1] > 0.98
    assert np.abs(told[places] - true).max() < 0.2 * np.abs(true).max()


def test_influence_of_a_group_is_nearer_to_a_refit_than_the_sum_of_its_pairs(small):
    on, at = small
    group = np.argsort(pair_influence(on, at))[:25]
    true = held_out_loss(on, at, group) - held_out_loss(on, at, np.zeros(0, np.int64))
    told = group_influence(on, at, [group])[0]
    assert abs(told - true) <= abs(pair_influence(on, at)[group].sum() - true)


def test_leverages_sum_to_no_more_than_the_dimensions(small):
    on, at = small
    in_training = np.array([leverages(on, at)[at.folds != fold, fold].sum() for fold in range(5)])
    assert (in_training <= DIMS).all()


def test_pairs_like_the_probes_raise_the_margin_on_them(small):
    on, at = small
    told = pair_influence(on, at, probes=on.design[:1] * 5)
    assert told[0] > np.quantile(told, 0.5) or on.groups[0] == on.groups[1]
