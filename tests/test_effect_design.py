"""Columns that experiments on pairs are made on."""

import numpy as np
import pytest

from portolan.core.effect_design import LEAST_OF_KIND, MOST_KINDS, columns_without, dense_design, kinds_of
from portolan.core.pair_features import PairFeatures
from portolan.core.reply_surface import N_SURFACE

N = 120
PARTS = [("subset", ["a"] * 60 + ["b"] * 60), ("batch", ["x"] * 50 + ["y"] * 70)]


@pytest.fixture(scope="module")
def features():
    rng = np.random.default_rng(0)
    dense = rng.normal(size=(N, N_SURFACE + 4 + 1)).astype(np.float32)
    none = np.zeros(0, np.int32)
    return PairFeatures(dense, np.zeros((N, 4), np.float32), np.zeros(N + 1, np.int64), none, none.astype(np.int8))


def test_every_frequent_value_is_a_kind_and_the_most_frequent_stands_first():
    kinds = kinds_of(PARTS, n_pairs=N)
    assert kinds.columns == ("batch", "subset", "subset", "batch")
    assert kinds.shares.sum(axis=0).tolist() == [70, 60, 60, 50]


def test_rare_values_and_columns_of_one_value_are_no_kinds():
    rare = ["a"] * (N - LEAST_OF_KIND + 1) + ["b"] * (LEAST_OF_KIND - 1)
    kinds = kinds_of([("language", ["en"] * N), ("subset", rare)], n_pairs=N)
    assert kinds.columns == ("subset",)


def test_no_more_than_some_values_are_kinds():
    n = 20 * LEAST_OF_KIND
    values = [str(number // LEAST_OF_KIND) for number in range(n)]
    assert kinds_of([("source", values)], n_pairs=n).shares.shape == (n, MOST_KINDS)


def test_the_surface_stands_once_more_for_each_kind_and_is_zero_for_pairs_of_others(features):
    kinds = kinds_of(PARTS[:1], n_pairs=N)
    shared, _ = dense_design(features)
    design, _ = dense_design(features, kinds=kinds)
    own = design[:, shared.shape[1] :].reshape(N, 2, N_SURFACE)
    np.testing.assert_array_equal(design[:, : shared.shape[1]], shared)
    np.testing.assert_allclose(own[:60, 0], 2 * shared[:60, :N_SURFACE])
    assert not own[60:, 0].any()
    assert not own[:60, 1].any()


def test_pairs_of_unknown_origin_get_the_mean_margin_over_the_parts(features):
    kinds = kinds_of([("subset", ["a"] * 70 + ["b"] * 50)], n_pairs=N)
    _, scale = dense_design(features, kinds=kinds)
    weights = np.random.default_rng(1).normal(size=dense_design(features, scale)[0].shape[1])
    probe = features.only(np.arange(3))
    as_a, as_b, unknown = (
        dense_design(probe, scale._replace(kinds=np.array(shares)))[0] @ weights
        for shares in ([1.0, 0.0], [0.0, 1.0], scale.kinds)
    )
    np.testing.assert_allclose(unknown, (70 * as_a + 50 * as_b) / N, rtol=1e-4)


def test_a_model_that_is_not_told_of_a_column_has_the_columns_of_the_others_alone(features):
    kinds = kinds_of(PARTS, n_pairs=N)
    design, _ = dense_design(features, kinds=kinds)
    without, _ = dense_design(features, kinds=kinds_of(PARTS[:1], n_pairs=N))
    kept = columns_without(design.shape[1], kinds.columns, {"batch"})
    np.testing.assert_array_equal(design[:, kept], without)


def test_swapping_the_replies_changes_the_sign_of_every_number(features):
    kinds = kinds_of(PARTS, n_pairs=N)
    design, scale = dense_design(features, kinds=kinds)
    swapped = PairFeatures(-features.dense, features.prompts, features.indptr, features.buckets, features.signs)
    np.testing.assert_array_equal(dense_design(swapped, scale, kinds=kinds)[0], -design)
