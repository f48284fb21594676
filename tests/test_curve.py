"""What an order along a curve promises."""

import numpy as np
import pytest

from portolan.core.curve import curve_order


def test_the_four_quarters_follow_each_other():
    corners = np.array([(1, 1), (0, 1), (1, 0), (0, 0)], np.float32)
    assert curve_order(corners).tolist() == [3, 2, 1, 0]


def test_neighbours_in_the_order_are_near_on_the_sheet():
    points = np.random.default_rng(0).uniform(size=(10_000, 2)).astype(np.float32)
    along = points[curve_order(points)]
    steps = np.linalg.norm(np.diff(along, axis=0), axis=1)
    assert np.median(steps) < 0.02  # about 0.5 in the order as drawn


def test_equal_points_keep_their_order():
    assert curve_order(np.ones((5, 2), np.float32)).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("n_rows", [0, 1])
def test_tiny_input(n_rows):
    assert curve_order(np.zeros((n_rows, 2), np.float32)).tolist() == list(range(n_rows))
