"""Concepts: what is learnt from few labels, how good it is said to be, what to label next, the file."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portolan.core.concept import LEAST_OF_EACH, N_FOLDS, calibrate, drawn, folds_of, frame_of, learn
from portolan.core.concept_figures import at_cut, average_precision, cuts, resampled, wilson
from portolan.core.concept_file import Taught, checked_concept_name, told_of
from portolan.core.concept_telling import card_of, in_words, told_in_words
from portolan.core.logistic import balanced, fit_path
from portolan.core.useful import next_rows
from portolan.errors import InputError


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def two_kinds(n=400, n_dims=16, *, seed=0, gap=1.0):
    """Vectors, and which of them are it: a quarter, moved along one direction."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(0, 0.3, (n, n_dims))
    is_it = np.arange(n) % 4 == 0
    vectors[is_it, 0] += gap
    return unit(vectors), is_it


def lesson(vectors, is_it, n, *, seed=0):
    rng = np.random.default_rng(seed)
    rows = np.concatenate([rng.permutation(np.flatnonzero(is_it == kind))[: n // 2] for kind in (True, False)])
    return learn(vectors[rows], is_it[rows], rows, frame_of(vectors)), rows


# Figures.


@given(st.integers(0, 60), st.integers(1, 60))
def test_an_interval_holds_its_share_and_lies_within_0_and_1(k, n):
    share = wilson(min(k, n), n)
    assert 0 <= share.low <= share.value <= share.high <= 1
    assert share.high - share.low > 0


def test_an_interval_narrows_with_more_rows():
    assert wilson(80, 100).high - wilson(80, 100).low < wilson(8, 10).high - wilson(8, 10).low


def test_an_interval_is_wilsons():
    share = wilson(8, 10)
    assert (share.low, share.high) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))


def test_a_share_of_nothing_is_unknown():
    assert in_words(wilson(0, 0)) == "unknown"


def test_average_precision_is_the_mean_of_the_precision_at_each_hit():
    assert average_precision(np.array([True, False, True]), np.array([3.0, 2, 1])) == pytest.approx((1 + 2 / 3) / 2)


@given(st.lists(st.booleans(), min_size=2, max_size=20).filter(any), st.randoms())
def test_rows_of_equal_score_may_stand_in_any_order(kinds, chance):
    scores = np.array([chance.randint(0, 3) for _ in kinds], float)
    order = chance.sample(range(len(kinds)), len(kinds))
    is_it = np.array(kinds)
    assert average_precision(is_it, scores) == pytest.approx(average_precision(is_it[order], scores[order]))


def test_precision_and_recall_at_a_cut_count_rows_that_reach_it():
    found = at_cut(np.array([True, True, False, False]), np.array([0.9, 0.4, 0.5, 0.1]), 0.5)
    assert (found.precision.value, found.recall.value) == (0.5, 0.5)


def test_recall_falls_from_cut_to_cut():
    rng = np.random.default_rng(0)
    shares = [one.recall.value for one in cuts(rng.random(100) < 0.5, rng.random(100))]
    assert shares == sorted(shares, reverse=True)
    assert len(shares) == 19


def test_an_interval_of_average_precision_takes_rows_of_one_text_together():
    rng = np.random.default_rng(0)
    is_it, chances = rng.random(40) < 0.5, rng.random(40)
    alone = resampled(is_it, chances, np.arange(40))
    fourfold = resampled(np.repeat(is_it, 4), np.repeat(chances, 4), np.repeat(np.arange(40), 4))
    assert fourfold.high - fourfold.low == pytest.approx(alone.high - alone.low, rel=0.35)


# Learning.


def test_a_strong_penalty_leaves_the_share_alone_and_a_weak_one_tells_the_kinds_apart():
    vectors, is_it = two_kinds()
    features = vectors.astype(np.float64)
    weights, biases = fit_path(features, is_it, np.ones(len(is_it)), [1e6, 1e-4])
    assert np.abs(weights[0]).max() < 1e-5
    assert 1 / (1 + np.exp(-biases[0])) == pytest.approx(is_it.mean(), abs=1e-2)
    assert average_precision(is_it, features @ weights[1]) > 0.75


@given(st.integers(1, 30), st.integers(1, 30))
def test_both_kinds_count_alike(n_it, n_other):
    is_it = np.arange(n_it + n_other) < n_it
    weights = balanced(is_it)
    assert weights[is_it].sum() == pytest.approx(weights[~is_it].sum())
    assert weights.mean() == pytest.approx(1)


@given(st.integers(LEAST_OF_EACH, 30), st.integers(LEAST_OF_EACH, 30), st.integers(0, 5))
def test_every_fold_has_rows_of_both_kinds_and_no_text_is_in_two(n_it, n_other, seed):
    groups = np.repeat(np.arange(n_it + n_other), 2)
    is_it = groups < n_it
    folds = folds_of(is_it, groups, seed=seed)
    for fold in range(N_FOLDS):
        assert {True, False} == set(is_it[folds == fold].tolist())
    assert (folds[::2] == folds[1::2]).all()


def test_from_forty_labels_it_finds_the_rest():
    vectors, is_it = two_kinds()
    learnt, rows = lesson(vectors, is_it, 40)
    chances, certainty = learnt.model.chances(vectors)
    rest = np.setdiff1d(np.arange(len(vectors)), rows)
    assert average_precision(is_it[rest], chances[rest]) > 0.85
    assert ((chances >= 0) & (chances <= 1) & (certainty >= 0) & (certainty <= 1)).all()


def test_labels_that_mean_nothing_are_said_to_be_worth_nothing():
    rng = np.random.default_rng(1)
    vectors = unit(rng.normal(size=(200, 16)))
    learnt, _ = lesson(vectors, rng.random(200) < 0.5, 60)
    assert learnt.average_precision.low < 0.55
    assert learnt.model.chances(vectors)[0].std() < 0.25


def test_the_same_labels_teach_the_same():
    vectors, is_it = two_kinds()
    one, other = lesson(vectors, is_it, 30)[0], lesson(vectors, is_it, 30)[0]
    assert (one.model.weights == other.model.weights).all()
    assert (one.chances == other.chances).all()


def test_a_row_without_text_has_no_chance():
    vectors, is_it = two_kinds()
    learnt, _ = lesson(vectors, is_it, 30)
    chances, certainty = learnt.model.chances(np.zeros((2, 16), np.float32))
    assert np.isnan(chances).all()
    assert np.isnan(certainty).all()


def test_chances_of_rows_it_has_not_seen_are_shares():
    vectors, is_it = two_kinds(4000, gap=0.3)
    learnt, rows = lesson(vectors, is_it, 400)
    told = learnt.chances
    for low, high in ((0, 0.3), (0.7, 1)):
        there = (told >= low) & (told <= high)
        assert abs(is_it[rows][there].mean() - told[there].mean()) < 0.1


@pytest.mark.parametrize("n", [60, 3000])
def test_a_calibration_never_turns_the_order_around(n):
    rng = np.random.default_rng(0)
    logits = rng.normal(size=n)
    is_it = rng.random(n) < 1 / (1 + np.exp(-2 * logits))
    at = np.linspace(-6, 6, 200)
    chances = calibrate(logits, is_it).chance(at)
    assert (np.diff(chances) >= 0).all()
    assert ((chances > 0) & (chances < 1)).all()


def test_a_score_that_is_worse_than_chance_is_believed_to_say_nothing():
    logits = np.array([1.0, 2, 3, -1, -2, -3] * 3)
    calibration = calibrate(logits, logits < 0)
    assert np.ptp(calibration.chance(np.array([-9.0, 9.0]))) == 0


@given(st.integers(10, 200), st.integers(1, 199))
def test_of_many_labels_as_many_of_each_kind_are_drawn_as_can_be(most, n_it):
    is_it = np.arange(200) < n_it
    places = drawn(is_it, most=most)
    assert len(places) <= most
    assert len(np.unique(places)) == len(places)
    if n_it >= most and 200 - n_it >= most:
        assert abs(is_it[places].sum() - most / 2) <= 1


# What to label next.


def test_useful_rows_are_the_unsure_ones_and_no_two_alike():
    vectors, _ = two_kinds(400)
    doubled = np.concatenate([vectors, vectors])
    certainty = np.concatenate([np.linspace(0, 1, 400)] * 2).astype(np.float32)
    rows = next_rows(doubled, np.ones(800, bool), 20, chances=certainty, certainty=certainty, seed=3)
    assert len(set((rows % 400).tolist())) == len(rows) == 20
    assert np.median(certainty[rows]) < 0.5


def test_a_fifth_of_the_useful_rows_is_drawn_from_all():
    vectors, _ = two_kinds(4000)
    certainty = np.where(np.arange(4000) < 400, 0, 1).astype(np.float32)
    rows = next_rows(vectors, np.ones(4000, bool), 10, chances=certainty, certainty=certainty)
    assert (rows < 400).sum() >= 8
    assert (rows >= 400).any()


def test_likely_rows_come_best_first():
    chances = np.array([0.1, 0.9, 0.5, 0.95], np.float32)
    is_open = np.array([True, True, True, False])
    rows = next_rows(np.eye(4, dtype=np.float32), is_open, 2, chances=chances, certainty=chances, order="likely")
    assert rows.tolist() == [1, 2]


def test_labelled_rows_are_not_asked_again_and_a_seed_draws_the_same():
    vectors, is_it = two_kinds()
    chances = np.random.default_rng(0).random(400).astype(np.float32)
    is_open = ~is_it
    first, second, third = (
        next_rows(vectors, is_open, 12, chances=chances, certainty=chances, seed=seed) for seed in (1, 1, 2)
    )
    assert is_open[first].all()
    assert first.tolist() == second.tolist() != third.tolist()


def test_before_anything_is_taught_rows_are_spread_over_the_map():
    vectors = unit(np.repeat(np.eye(8), 50, axis=0) + np.random.default_rng(0).normal(0, 0.01, (400, 8)))
    rows = next_rows(vectors, np.ones(400, bool), 8, chances=None, certainty=None)
    assert sorted((rows // 50).tolist()) == list(range(8))


def test_there_are_no_more_rows_than_are_open():
    vectors, _ = two_kinds()
    is_open = np.zeros(400, bool)
    is_open[[3, 5]] = True
    chances = np.full(400, 0.5, np.float32)
    assert sorted(next_rows(vectors, is_open, 10, chances=chances, certainty=chances).tolist()) == [3, 5]


# The file.


def taught(n=40):
    vectors, is_it = two_kinds()
    learnt, _ = lesson(vectors, is_it, n)
    return Taught("rude", "tone", ("rude",), learnt.model, told_of(learnt, 0.5), "e:1", "Words of abuse."), vectors


def test_a_concept_comes_out_of_its_file_as_it_went_in():
    one, vectors = taught()
    text = one.to_text()
    again = Taught.from_text(text)
    assert again.to_text() == text
    assert (again.model.chances(vectors)[0] == one.model.chances(vectors)[0]).all()
    assert told_in_words(again.told) == told_in_words(one.told)
    assert len(text) < 100_000


def test_its_card_tells_precision_recall_and_average_precision_with_intervals():
    one, _ = taught()
    card = card_of(one)
    assert [figure["measure"] for figure in card["figures"]] == [
        "precision at 0.5",
        "recall at 0.5",
        "average precision",
    ]
    assert all("\N{EN DASH}" in figure["value"] for figure in card["figures"])
    assert card["what"].startswith("Words of abuse. Chance that people would label it “rude”")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"kind": "portolan-concept", "format": 1}', '{"kind": "other"}'])
def test_what_is_no_concept_is_refused(text):
    with pytest.raises(InputError):
        Taught.from_text(text)


def test_a_concept_of_a_newer_format_and_a_damaged_one_are_refused():
    one, _ = taught()
    data = one.to_json()
    with pytest.raises(InputError, match="format 2"):
        Taught.from_text(json.dumps({**data, "format": 2}))
    with pytest.raises(InputError, match="damaged"):
        Taught.from_text(json.dumps({**data, "weights": data["weights"][:40]}))


@settings(max_examples=30)
@given(st.text(max_size=8))
def test_a_name_is_one_that_a_column_can_have(name):
    if name and name.isascii() and name.replace("_", "a").isalnum():
        assert checked_concept_name(name) == name
    else:
        with pytest.raises(InputError):
            checked_concept_name(name)
