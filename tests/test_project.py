"""What project promises."""

import numpy as np
import pytest

from portolan.core.metrics import label_accuracy
from portolan.core.neighbors import Neighbors, find_neighbors
from portolan.core.project import project
from portolan.errors import ShapeError


def topics(n_rows, *, n_topics=5, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(n_topics, size=n_rows)
    vectors = rng.normal(size=(n_topics, 16))[labels] + 0.2 * rng.normal(size=(n_rows, 16))
    return vectors.astype(np.float32), labels


def lay_out(vectors, **options):
    return project(vectors, find_neighbors(vectors), **options)


def test_rows_of_a_topic_lie_together():
    vectors, labels = topics(1000)
    assert label_accuracy(lay_out(vectors), labels) > 0.99


def test_one_and_two_threads_give_the_same_bytes():
    vectors, _labels = topics(1500)
    graph = find_neighbors(vectors)
    one, two = (project(vectors, graph, threads=threads, n_epochs=50) for threads in (1, 2))
    assert one.tobytes() == two.tobytes()


def test_another_random_state_gives_another_map():
    vectors, _labels = topics(300)
    assert not np.array_equal(lay_out(vectors, n_epochs=20), lay_out(vectors, random_state=1, n_epochs=20))


@pytest.mark.parametrize("n_rows", [0, 1, 2, 10])
def test_few_rows_have_finite_places(n_rows):
    points = lay_out(topics(n_rows)[0])
    assert points.shape == (n_rows, 2)
    assert points.dtype == np.float32
    assert np.isfinite(points).all()


def test_equal_rows_are_spread_out():
    points = lay_out(np.ones((500, 8), np.float32))
    assert np.isfinite(points).all()
    assert len(np.unique(points.round(3), axis=0)) > 450


def test_rows_without_text_lie_beside_the_map():
    vectors, _labels = topics(500)
    vectors[::50] = 0
    points = lay_out(vectors)
    is_empty = ~vectors.any(axis=1)
    radius = np.linalg.norm(points[~is_empty], axis=1).max()
    distances = np.linalg.norm(points[is_empty], axis=1)
    assert np.isfinite(points).all()
    assert (distances > radius * 0.9).all()
    assert (distances < radius * 2).all()


def test_rows_without_any_text_are_still_placed():
    assert np.isfinite(lay_out(np.zeros((20, 4), np.float32))).all()


def test_islands_that_nothing_joins_stay_on_one_sheet():
    vectors = np.kron(np.eye(10), np.ones((40, 1))).astype(np.float32)
    vectors += 0.01 * np.random.default_rng(0).normal(size=vectors.shape).astype(np.float32)
    radius = np.linalg.norm(lay_out(vectors), axis=1)
    assert radius.max() < 4 * np.median(radius)


def test_progress_counts_epochs():
    seen = []
    lay_out(topics(50)[0], n_epochs=7, report=lambda progress: seen.append(progress.done))
    assert seen == [1, 2, 3, 4, 5, 6, 7]


def test_another_number_of_rows_is_refused_with_a_fix():
    graph = Neighbors(np.zeros((2, 1), np.int32), np.zeros((2, 1), np.float32))
    with pytest.raises(ShapeError, match="same rows"):
        project(np.ones((3, 4), np.float32), graph)
