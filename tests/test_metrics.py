"""What the measures measure."""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness as sklearn_trustworthiness

from portolan.core.metrics import (
    global_order,
    knn_recall,
    label_accuracy,
    measure_quality,
    neighbor_recall,
    trustworthiness,
)
from portolan.core.neighbors import Neighbors, find_neighbors

CIRCLE = np.stack([f(np.linspace(0, 3, 200)) for f in (np.cos, np.sin)], axis=1).astype(np.float32)


def noise(n_rows, n_dims, seed=0):
    return np.random.default_rng(seed).normal(size=(n_rows, n_dims)).astype(np.float32)


def test_a_map_that_is_the_data_is_perfect():
    quality = measure_quality(CIRCLE, CIRCLE, find_neighbors(CIRCLE))
    assert quality == pytest.approx({"trustworthiness": 1, "recall_at_15": 1, "knn_recall": 1}, abs=0.02)


def test_a_random_map_recalls_little():
    assert neighbor_recall(CIRCLE, noise(200, 2)) < 0.2


def test_trustworthiness_is_that_of_scikit_learn():
    vectors, points = noise(300, 8), noise(300, 2, seed=1)
    theirs = sklearn_trustworthiness(vectors, points, n_neighbors=15, metric="cosine")
    assert trustworthiness(vectors, points, n_sample=300) == pytest.approx(theirs, abs=1e-6)


def test_more_shown_neighbors_recall_more():
    vectors, points = noise(300, 8), noise(300, 2, seed=1)
    assert neighbor_recall(vectors, points, n_shown=100) > neighbor_recall(vectors, points)


def test_recall_of_the_graph_counts_true_neighbors():
    vectors = noise(100, 8)
    graph = find_neighbors(vectors, n_neighbors=4)
    ids = graph.ids.copy()
    ids[:, 3] = find_neighbors(vectors, n_neighbors=60).ids[:, 59]
    assert knn_recall(vectors, graph) == 1
    assert knn_recall(vectors, Neighbors(ids, graph.distances)) == 0.75


def test_label_accuracy_is_the_share_of_right_votes():
    labels = np.repeat(["a", "b"], 100)
    points = np.where(labels == "a", 0, 100)[:, None] + noise(200, 2)
    assert label_accuracy(points, labels) == 1


def test_global_order_sees_centroids_in_the_wrong_order():
    labels = np.repeat(np.arange(5), 20)
    vectors = np.stack((np.cos(labels * 0.2), np.sin(labels * 0.2)), axis=1).astype(np.float32)
    assert global_order(vectors, labels[:, None].astype(np.float32), labels) > 0.95
    assert global_order(vectors, np.array([0, 3, 1, 4, 2], np.float32)[labels][:, None], labels) < 0.5


def test_two_labels_have_no_order():
    assert np.isnan(global_order(noise(4, 3), noise(4, 2), np.array([0, 0, 1, 1])))


@pytest.mark.parametrize("n_rows", [0, 1, 2, 10])
def test_few_rows_can_be_measured(n_rows):
    vectors = noise(n_rows, 4)
    quality = measure_quality(vectors, vectors[:, :2], find_neighbors(vectors))
    assert all(0 <= value <= 1 for value in quality.values())


def test_rows_without_text_are_left_out():
    vectors = CIRCLE.copy()
    vectors[:20] = 0
    quality = measure_quality(vectors, CIRCLE, find_neighbors(vectors))
    assert quality["recall_at_15"] > 0.95
