"""Agreement beyond chance, against published examples."""

import math

import numpy as np
import pytest

from portolan.core.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha
from portolan.errors import ShapeError


def from_table(table):
    """Ratings of two raters from a table of counts."""
    return np.array([(i, j) for i, line in enumerate(table) for j, count in enumerate(line) for _ in range(count)])


def test_cohens_kappa_of_his_own_example():
    # J. Cohen (1960), table 1: proportions of 200, kappa .492.
    table = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
    assert cohen_kappa(from_table(table)) == pytest.approx(0.492, abs=5e-4)


def test_cohens_kappa_of_fifty_proposals():
    # Two readers of 50 proposals, 35 agreed on: .4, the example of Wikipedia's article.
    assert cohen_kappa(from_table([[20, 5], [10, 15]])) == pytest.approx(0.4)


def test_rows_that_one_alone_rated_say_nothing_of_two():
    ratings = np.concatenate([from_table([[20, 5], [10, 15]]), [[0, -1], [-1, 1]]])
    assert cohen_kappa(ratings) == pytest.approx(0.4)


def test_fleiss_kappa_of_fourteen_raters():
    # The example of Wikipedia's article: 10 subjects, 14 raters, 5 categories; .210.
    counts = [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]  # fmt: skip
    ratings = np.array([np.repeat(np.arange(5), line) for line in counts])
    assert fleiss_kappa(ratings) == pytest.approx(0.210, abs=5e-4)


KRIPPENDORFF = """
    . . . . . 3 4 1 2 1 1 3 3 . 3
    1 . 2 1 3 3 4 3 . . . . . . .
    . . 2 1 3 4 4 . 2 1 1 3 3 . 4
"""


def krippendorffs_example():
    lines = [line.split() for line in KRIPPENDORFF.strip().splitlines()]
    return np.array([[-1 if cell == "." else int(cell) for cell in line] for line in lines]).T


def test_krippendorffs_alpha_of_three_coders_with_missing_values():
    # The example of Wikipedia's article: nominal alpha .691.
    assert krippendorff_alpha(krippendorffs_example()) == pytest.approx(0.691, abs=5e-4)


def test_krippendorffs_alpha_of_four_observers():
    # K. Krippendorff (2011), section C: 4 observers, 12 units, nominal alpha .743.
    lines = [
        "1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 .",
    ]  # fmt: skip
    ratings = np.array([[-1 if cell == "." else int(cell) for cell in line.split()] for line in lines]).T
    assert krippendorff_alpha(ratings) == pytest.approx(0.743, abs=5e-4)


@pytest.mark.parametrize("measure", [cohen_kappa, fleiss_kappa, krippendorff_alpha])
def test_without_shared_rows_or_any_difference_nothing_can_be_said(measure):
    assert math.isnan(measure(np.array([[0, -1], [-1, 1]])))
    assert math.isnan(measure(np.zeros((5, 2), int)))


@pytest.mark.parametrize("measure", [cohen_kappa, fleiss_kappa, krippendorff_alpha])
def test_who_agree_on_everything_have_one(measure):
    assert measure(np.array([[0, 0], [1, 1], [2, 2]])) == pytest.approx(1)


def test_cohens_kappa_is_of_two():
    with pytest.raises(ShapeError):
        cohen_kappa(np.zeros((3, 3), int))
