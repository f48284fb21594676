"""The model of pairs, and its refits."""

import numpy as np
import pytest

from portolan.core.bradley_terry import Cases, curvatures, fit, losses_in_training, margins_out_of_fold, refit

N, DIMS = 400, 6


@pytest.fixture(scope="module")
def design():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(N, DIMS)).astype(np.float32)
    chances = 1 / (1 + np.exp(-rows @ rng.normal(size=DIMS)))
    rows[rng.random(N) > chances] *= -1
    return rows


def ones(n):
    return Cases(np.ones(n, np.float32), np.ones(n, np.float32))


def test_the_fit_has_no_slope_left(design):
    weights = fit(design, ones(N), penalty=3.0)
    missing = 1 / (1 + np.exp(design @ weights))
    assert np.abs(3.0 * weights - missing @ design).max() < 0.02


def test_swapping_the_replies_of_every_pair_turns_the_weights_round(design):
    assert np.allclose(fit(-design, ones(N), penalty=3.0), -fit(design, ones(N), penalty=3.0), atol=1e-6)


def test_a_flipped_pair_is_the_pair_with_its_replies_swapped(design):
    turned = design.copy()
    turned[:50] *= -1
    targets = np.ones(N, np.float32)
    targets[:50] = 0
    flipped = fit(design, Cases(np.ones(N, np.float32), targets), penalty=3.0)
    assert np.allclose(flipped, fit(turned, ones(N), penalty=3.0), atol=1e-5)


def test_a_refit_without_pairs_and_without_a_fold_is_a_fit_of_the_rest(design):
    folds = np.arange(N) % 4
    begin = fit(design, ones(N), penalty=3.0)
    parts = curvatures(design, ones(N), begin, folds, n_parts=4)
    cases = Cases(np.ones((N, 2), np.float32), np.ones((N, 2), np.float32))
    cases.weights[:120, 1] = 0
    found = refit(
        design,
        cases,
        folds=folds,
        begin=begin,
        curves=(parts.sum(axis=0) - parts)[:, None],
        curve_of=(0, 0),
        penalty=3.0,
    )
    is_kept = (folds != 2) & (np.arange(N) >= 120)
    assert np.allclose(found[2, 1], fit(design[is_kept], ones(is_kept.sum()), penalty=3.0), atol=1e-3)


def test_a_pair_is_told_by_the_model_that_has_not_seen_its_fold(design):
    weights = np.arange(4 * DIMS, dtype=np.float64).reshape(4, 1, DIMS)
    margins = margins_out_of_fold(design, weights, np.arange(N) % 4)
    assert margins[5, 0] == pytest.approx(float(design[5] @ weights[1, 0]), rel=1e-5)


def test_a_pairs_loss_in_training_is_told_by_the_other_folds_models(design):
    weights = np.random.default_rng(0).normal(size=(4, 1, DIMS))
    found = losses_in_training(design, weights, np.arange(N) % 4)
    others = [np.logaddexp(0, -float(design[5] @ weights[fold, 0])) for fold in (0, 2, 3)]
    assert found[5, 0] == pytest.approx(np.mean(others), rel=1e-5)


def test_the_fit_is_the_same_on_any_number_of_threads(design):
    many = np.tile(design, (50, 1))
    one, four = (fit(many, ones(len(many)), penalty=3.0, threads=threads) for threads in (1, 4))
    assert (one == four).all()


def test_separable_pairs_have_finite_weights():
    rows = np.abs(np.random.default_rng(1).normal(size=(30, 2))).astype(np.float32)
    assert np.isfinite(fit(rows, ones(30), penalty=0.1)).all()
