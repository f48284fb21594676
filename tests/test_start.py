"""What the start of a layout promises."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr

from portolan.core.pca import principal_points
from portolan.core.start import place_cells, start_points


def ring(n_topics, n_rows):
    """Topics on a closed curve through six dimensions, which no plane shows in order."""
    turns = 2 * np.pi * np.arange(n_topics) / n_topics
    centres = np.stack([f(turns * k) for k in (1, 2, 3) for f in (np.cos, np.sin)], axis=1)
    labels = np.arange(n_rows) % n_topics
    rows = centres[labels] + 0.05 * np.random.default_rng(0).normal(size=(n_rows, 6))
    return rows.astype(np.float32), centres, labels


def order_kept(points, centres, labels):
    means = np.stack([points[labels == label].mean(axis=0) for label in range(len(centres))])
    return spearmanr(pdist(means), pdist(centres, "cosine")).statistic


def test_the_order_of_far_groups_is_kept_better_than_by_principal_directions():
    vectors, centres, labels = ring(24, 2400)
    assert order_kept(start_points(vectors), centres, labels) > order_kept(principal_points(vectors), centres, labels)


def test_cells_that_lie_in_a_plane_keep_their_order():
    angles = np.linspace(0, 1, 20)
    centroids = np.stack((np.cos(angles), np.sin(angles)), axis=1).astype(np.float32)
    shuffled = np.random.default_rng(0).normal(size=(20, 2))
    placed = place_cells(centroids, shuffled)
    assert spearmanr(pdist(placed), pdist(centroids, "cosine")).statistic > 0.9


@pytest.mark.parametrize("n_rows", [0, 1, 2, 47, 48, 400])
def test_equal_rows_have_finite_places(n_rows):
    points = start_points(np.ones((n_rows, 5), np.float32))
    assert points.shape == (n_rows, 2)
    assert np.isfinite(points).all()


def test_the_largest_coordinate_is_one():
    assert np.abs(start_points(ring(12, 1200)[0])).max() == pytest.approx(1)


def test_one_and_two_threads_give_the_same_bytes():
    vectors = ring(24, 9000)[0]
    assert start_points(vectors, threads=1).tobytes() == start_points(vectors, threads=2).tobytes()
