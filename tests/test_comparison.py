"""How many neighbours a row keeps is counted as one would by hand."""

import numpy as np
import pyarrow as pa
import pytest

from portolan.core.compare import kept_neighbors, mean_of
from portolan.core.comparison import Comparison, clusters_kept
from portolan.core.neighbors import find_neighbors
from portolan.core.turn import turned
from portolan.errors import ShapeError


def unit(angles):
    """Vectors on the circle, so that who is near whom can be read off the angles."""
    radians = np.deg2rad(np.asarray(angles, np.float64))
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def kept(vectors, other, *, n_neighbors=2, threads=1):
    near, far = (find_neighbors(one, n_neighbors=n_neighbors, threads=threads) for one in (vectors, other))
    return kept_neighbors(near, other=far, other_vectors=other, threads=threads)


def test_the_same_space_keeps_every_neighbour():
    space = unit([0, 10, 25, 45, 70])
    assert kept(space, space).tolist() == [1.0] * 5


def test_a_row_that_moves_to_the_other_side_keeps_none_and_the_others_what_is_left():
    before = unit([0, 10, 25, 180, 190, 205])
    after = unit([190, 10, 25, 180, 191, 205])
    shares = kept(before, after)
    assert shares[0] == 0.0
    assert shares[1] == 0.5  # it keeps 25°, and loses the row that moved


def test_turning_a_space_changes_nothing():
    angles = np.array([0, 10, 25, 45, 70, 120, 200])
    assert kept(unit(angles), unit(angles + 77)).tolist() == [1.0] * 7


def test_spaces_of_different_dimensions_can_be_compared():
    space = unit([0, 10, 25, 45, 70])
    wider = np.hstack([space, np.zeros((5, 3), np.float32)])
    assert kept(space, wider).tolist() == [1.0] * 5


def test_among_copies_it_does_not_matter_which_ones_a_list_holds():
    copies = unit([5] * 8 + [200, 210])
    assert kept(copies, copies[::-1].copy()[::-1].copy())[:8].tolist() == [1.0] * 8
    near = find_neighbors(copies, n_neighbors=2)
    others = type(near)(np.where(near.ids >= 0, (near.ids + 1) % 8, -1).astype(np.int32), near.distances)
    assert kept_neighbors(near, other=others, other_vectors=copies)[:8].tolist() == [1.0] * 8


def test_a_row_without_text_in_one_space_has_no_share_and_is_no_ones_neighbour():
    space = unit([0, 10, 25, 45])
    empty = space.copy()
    empty[1] = 0
    shares = kept(space, empty)
    assert np.isnan(shares[1])
    assert np.isnan(kept(empty, space)[1])
    assert shares[0] == 0.5
    assert mean_of(np.array([np.nan, 0.25, 0.75], np.float32)) == 0.5
    assert mean_of(np.array([np.nan], np.float32)) is None


def test_any_number_of_threads_gives_the_same_shares():
    random = np.random.default_rng(0)
    one, other = (random.standard_normal((3000, 8)).astype(np.float32) for _ in range(2))
    shares = kept(one, other, n_neighbors=15)
    assert np.array_equal(shares, kept(one, other, n_neighbors=15, threads=4))
    # Unrelated spaces agree by chance alone: 15 of 2,999.
    assert shares.mean() < 0.02


def test_as_much_noise_as_moves_a_row_loses_neighbours_bit_by_bit():
    random = np.random.default_rng(0)
    space = random.standard_normal((1000, 16)).astype(np.float32)
    noise = random.standard_normal((1000, 16)).astype(np.float32)
    means = [kept(space, space + size * noise, n_neighbors=15).mean() for size in (0.01, 0.1, 0.5, 2)]
    assert means == sorted(means, reverse=True)
    assert means[0] > 0.95
    assert means[-1] < 0.2


def test_layouts_of_different_rows_are_refused():
    few, many = unit([0, 10, 20]), unit([0, 10, 20, 30])
    with pytest.raises(ShapeError, match="3 and 4 rows"):
        kept(few, many)


def test_clusters_are_told_by_the_mean_of_their_rows_the_least_kept_first():
    shares = np.array([1, 0.5, 0, 0.2, np.nan], np.float32)
    layers = [np.array([0, 0, 1, 1, 2], np.int32), np.array([0, 0, 0, 0, 0], np.int32)]
    named = pa.table(
        {
            "cluster_id": [0, 1, 2, 0],
            "layer": [0, 0, 0, 1],
            "name": ["a", "b", "c", "all"],
            "size": [2, 2, 1, 5],
            "keyphrases": [[], [], [], []],
        }
    )
    table = clusters_kept(shares, layers=layers, clusters=named)
    assert table.select(["name", "kept"]).to_pylist() == [
        {"name": "all", "kept": 0.425},
        {"name": "b", "kept": 0.1},
        {"name": "a", "kept": 0.75},
        {"name": "c", "kept": None},
    ]


def test_what_falls_apart_and_what_stays_together_are_told_of_one_layer_and_never_twice():
    clusters = pa.Table.from_pylist(
        [{"layer": 1, "cluster_id": 0, "name": "all", "size": 60, "kept": 0.4}]
        + [{"layer": 0, "cluster_id": i, "name": str(i), "size": 20 if i else 3, "kept": i / 10} for i in range(4)]
    )
    apart, together = Comparison("b", "kept_neighbors_b", 15, np.empty(0, np.float32), None, clusters).ends()
    assert [entry["name"] for entry in apart] == ["1"]
    assert [entry["name"] for entry in together] == ["3"]


def test_a_layout_is_turned_and_mirrored_to_lie_as_another_and_nothing_else():
    random = np.random.default_rng(0)
    like = random.standard_normal((50, 2)).astype(np.float32) * [3, 1]
    angle = 2.1
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ np.diag([1, -1])
    moved = (5 + like @ turn).astype(np.float32)
    back = turned(moved, like=like.astype(np.float32))
    assert np.allclose(back - back.mean(axis=0), like - like.mean(axis=0), atol=1e-4)
    assert np.allclose(back.mean(axis=0), moved.mean(axis=0), atol=1e-4)
    with pytest.raises(ShapeError):
        turned(moved, like=moved[:3])
