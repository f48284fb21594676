"""What find_neighbors promises."""

import numpy as np
import pytest

from portolan.core import neighbors as module
from portolan.core.metrics import knn_recall
from portolan.core.neighbors import find_neighbors
from portolan.errors import ShapeError


def topics(n_rows, *, n_dims=32, n_topics=40, seed=0):
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(n_topics, n_dims))
    return (centres[rng.integers(n_topics, size=n_rows)] + 0.5 * rng.normal(size=(n_rows, n_dims))).astype(np.float32)


@pytest.fixture
def small_is_large(monkeypatch):
    """The way of large data, on data small enough for a test."""
    monkeypatch.setattr(module, "_EXACT_ROWS", 1000)
    monkeypatch.setattr(module, "_CELL_ROWS", 64)


def test_neighbors_come_nearest_first_without_the_row_itself():
    angles = np.array([0.0, 0.1, 0.3, 0.7])
    vectors = np.stack((np.cos(angles), np.sin(angles)), axis=1).astype(np.float32)
    found = find_neighbors(vectors, n_neighbors=3)
    assert found.ids.tolist() == [[1, 2, 3], [0, 2, 3], [1, 0, 3], [2, 1, 0]]
    np.testing.assert_allclose(found.distances[0], 1 - np.cos([0.1, 0.3, 0.7]), atol=1e-6)


def test_rows_without_text_have_no_neighbors_and_are_nobodys():
    vectors = topics(50)
    vectors[7] = 0
    found = find_neighbors(vectors)
    assert (found.ids[7] == -1).all()
    assert not (found.ids == 7).any()


def test_the_length_of_a_vector_does_not_matter():
    vectors = topics(100)
    assert (find_neighbors(vectors).ids == find_neighbors(vectors * 4).ids).all()


@pytest.mark.parametrize("n_rows", [0, 1, 2, 10])
def test_fewer_rows_than_neighbors_leave_places_free(n_rows):
    found = find_neighbors(topics(n_rows))
    assert found.ids.shape == (n_rows, 15)
    assert ((found.ids >= 0).sum(axis=1) == max(n_rows - 1, 0)).all()
    assert np.isinf(found.distances[found.ids < 0]).all()


@pytest.mark.usefixtures("small_is_large")
@pytest.mark.parametrize("n_rows", [900, 3000])
def test_equal_rows_find_each_other_at_distance_zero(n_rows):
    found = find_neighbors(np.ones((n_rows, 4), np.float32))
    assert (found.ids >= 0).all()
    assert (found.ids != np.arange(n_rows)[:, None]).all()
    assert found.distances.max() < 1e-6


@pytest.mark.usefixtures("small_is_large")
def test_large_data_recalls_at_least_95_percent():
    vectors = topics(6000)
    assert knn_recall(vectors, find_neighbors(vectors)) >= 0.95


@pytest.mark.usefixtures("small_is_large")
def test_no_row_is_listed_twice():
    ids = np.sort(find_neighbors(topics(3000)).ids, axis=1)
    assert (np.diff(ids, axis=1) > 0).all()


@pytest.mark.usefixtures("small_is_large")
def test_one_and_two_threads_give_the_same_bytes():
    vectors = topics(9000)
    one, two = find_neighbors(vectors, threads=1), find_neighbors(vectors, threads=2)
    assert one.ids.tobytes() == two.ids.tobytes()
    assert one.distances.tobytes() == two.distances.tobytes()


def test_progress_ends_at_all_rows():
    seen = []
    find_neighbors(topics(2000), report=seen.append)
    assert (seen[-1].stage, seen[-1].done, seen[-1].total) == ("neighbors", 2000, 2000)


def test_a_single_vector_is_refused_with_a_fix():
    with pytest.raises(ShapeError, match="matrix"):
        find_neighbors(np.ones(3, np.float32))


@pytest.mark.usefixtures("small_is_large")
def test_vectors_of_unit_length_are_left_as_they_came():
    vectors = topics(3000)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    before = vectors.tobytes()
    found = find_neighbors(vectors)
    assert vectors.tobytes() == before
    assert (found.ids == find_neighbors(vectors * 4).ids).mean() > 0.999
