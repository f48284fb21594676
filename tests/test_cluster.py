"""Clusters: nested layers in which every row with text has one place."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import sparse

from portolan.core.cluster import cluster, layer_sizes
from portolan.core.exemplars import describe_clusters
from portolan.core.leiden import leiden
from portolan.core.neighbors import Neighbors


def blobs(n_blobs, rows_per_blob, *, n_dims=16, spread=0.25, seed=0):
    """Unit vectors around random directions, and the blob of each row."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((n_blobs, n_dims))
    of_row = np.arange(n_blobs * rows_per_blob) % n_blobs
    vectors = centres[of_row] / np.linalg.norm(centres[of_row], axis=1, keepdims=True)
    vectors = vectors + spread * rng.standard_normal(vectors.shape) / np.sqrt(n_dims)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), of_row


def exact_neighbors(vectors, n_neighbors=15):
    """Nearest rows by brute force; ids -1 where a row has no vector or too few others exist."""
    distances = 1 - vectors @ vectors.T
    is_empty = ~vectors.any(axis=1)
    np.fill_diagonal(distances, np.inf)
    distances[is_empty] = distances[:, is_empty] = np.inf
    ids = np.argsort(distances, axis=1, kind="stable")[:, :n_neighbors].astype(np.int32)
    nearest = np.take_along_axis(distances, ids, axis=1).astype(np.float32)
    ids[~np.isfinite(nearest)] = -1
    missing = n_neighbors - ids.shape[1]
    if missing > 0:
        ids = np.pad(ids, ((0, 0), (0, missing)), constant_values=-1)
        nearest = np.pad(nearest, ((0, 0), (0, missing)), constant_values=np.inf)
    return Neighbors(ids, np.maximum(nearest, 0))


def layers_of(vectors, **options):
    return cluster(exact_neighbors(vectors), vectors=vectors, **options)


@pytest.fixture(scope="module")
def many():
    vectors, of_row = blobs(24, 60)
    return vectors, of_row, layers_of(vectors)


def test_a_thousand_rows_have_at_least_three_layers_the_finest_first(many):
    _, _, layers = many
    sizes = [int(ids.max()) + 1 for ids in layers]
    assert len(sizes) >= 3
    assert sizes == sorted(sizes, reverse=True)


def test_every_row_is_in_exactly_one_cluster_of_each_layer(many):
    _, _, layers = many
    for ids in layers:
        assert ids.dtype == np.int32
        assert set(ids.tolist()) == set(range(int(ids.max()) + 1))


def test_a_cluster_lies_in_one_cluster_of_the_next_layer(many):
    _, _, layers = many
    for lower, upper in pairwise(layers):
        assert len(set(zip(lower.tolist(), upper.tolist(), strict=True))) == int(lower.max()) + 1


def test_ids_go_by_size_the_largest_first(many):
    _, _, layers = many
    for ids in layers:
        sizes = np.bincount(ids)
        assert (np.diff(sizes) <= 0).all()


def test_well_parted_groups_are_found():
    vectors, of_row = blobs(24, 60, spread=0.2)
    best = layers_of(vectors, n_layers=1)[0]
    # Every cluster holds rows of one group alone.
    assert all(len(set(of_row[best == c].tolist())) == 1 for c in range(int(best.max()) + 1))


def test_no_cluster_is_dust(many):
    _, _, layers = many
    for ids in layers:
        sizes = np.bincount(ids)
        assert sizes.min() >= sizes.mean() / 8


def test_the_same_seed_gives_the_same_clusters(many):
    vectors, _, layers = many
    for first, again in zip(layers, layers_of(vectors), strict=True):
        assert np.array_equal(first, again)


def test_rows_without_text_are_in_no_cluster_and_change_no_other():
    vectors, _ = blobs(5, 40)
    padded = np.concatenate([vectors, np.zeros((3, 16), np.float32)])
    for ids, without in zip(layers_of(padded), layers_of(vectors), strict=True):
        assert ids[-3:].tolist() == [-1, -1, -1]
        assert np.array_equal(ids[:-3], without)


def test_one_row_is_one_cluster():
    vectors = np.eye(1, 4, dtype=np.float32)
    assert [ids.tolist() for ids in layers_of(vectors)] == [[0]]


def test_ten_rows_have_one_layer():
    vectors, _ = blobs(2, 5)
    assert len(layers_of(vectors)) == 1


def test_rows_all_alike_are_one_cluster():
    vectors = np.tile(np.eye(1, 8, dtype=np.float32), (500, 1))
    assert [set(ids.tolist()) for ids in layers_of(vectors)] == [{0}]


def test_no_rows_with_text_are_one_layer_of_no_clusters():
    assert [ids.tolist() for ids in layers_of(np.zeros((3, 4), np.float32))] == [[-1, -1, -1]]


def test_groups_of_copies_that_know_only_each_other_join_what_is_near():
    copies, _ = blobs(200, 1, n_dims=8, seed=1)
    vectors = np.repeat(copies, 20, axis=0)
    layers = layers_of(vectors)
    assert int(layers[-1].max()) + 1 <= 20
    for ids in layers:
        # The copies of a text stay together.
        assert (ids.reshape(200, 20) == ids.reshape(200, 20)[:, :1]).all()


def test_as_many_layers_as_asked_for():
    vectors, _ = blobs(30, 40, spread=1.0)
    assert [len(layers_of(vectors, n_layers=n)) for n in (1, 2, 3)] == [1, 2, 3]


def test_the_coarsest_layer_is_taken_in_at_a_glance_and_the_finest_grows_with_the_rows():
    for n_rows in (1_000, 6_436, 120_000, 1_000_000, 10_000_000):
        sizes = layer_sizes(n_rows)
        assert len(sizes) >= 3
        assert 5 <= sizes[-1] <= 30
        assert 20 <= n_rows / sizes[0] <= 600


def test_leiden_parts_two_triangles_that_one_edge_joins():
    edges = np.array([[0, 1], [1, 2], [2, 0], [3, 4], [4, 5], [5, 3], [2, 3]])
    half = sparse.coo_matrix((np.ones(7), (edges[:, 0], edges[:, 1])), shape=(6, 6))
    communities = leiden((half + half.T).tocsr(), resolution=1.0)
    assert len(set(communities[:3].tolist())) == 1
    assert len(set(communities[3:].tolist())) == 1
    assert communities[0] != communities[3]


def test_leiden_reaches_the_modularity_of_the_karate_club():
    import igraph

    club = igraph.Graph.Famous("Zachary")
    half = np.array(club.get_edgelist())
    graph = sparse.coo_matrix((np.ones(len(half)), (half[:, 0], half[:, 1])), shape=(34, 34))
    communities = leiden((graph + graph.T).tocsr(), resolution=1.0)
    # 0.4198 is the best there is: Brandes et al. 2008.
    assert club.modularity(communities.tolist()) > 0.41


@pytest.fixture(scope="module")
def table(many):
    vectors, of_row, layers = many
    angle = 2 * np.pi * of_row / 24
    rng = np.random.default_rng(0)
    points = 10 * np.stack([np.cos(angle), np.sin(angle)], axis=1) + rng.normal(0, 0.3, (len(of_row), 2))
    points = points.astype(np.float32)
    return describe_clusters(layers, vectors=vectors, points=points).to_pylist(), layers, vectors, points


def test_each_cluster_of_each_layer_has_one_line(table):
    lines, layers, _, _ = table
    expected = [(layer, c) for layer, ids in enumerate(layers) for c in range(int(ids.max()) + 1)]
    assert [(line["layer"], line["cluster_id"]) for line in lines] == expected


def test_a_parent_holds_its_childrens_rows_and_the_top_has_none(table):
    lines, layers, _, _ = table
    for line in lines:
        if line["layer"] == len(layers) - 1:
            assert line["parent_id"] == -1
        else:
            rows = layers[line["layer"]] == line["cluster_id"]
            assert set(layers[line["layer"] + 1][rows].tolist()) == {line["parent_id"]}


def test_sizes_count_rows(table):
    lines, layers, _, _ = table
    assert all(line["size"] == (layers[line["layer"]] == line["cluster_id"]).sum() for line in lines)


def test_exemplars_are_different_rows_of_their_cluster(table):
    lines, layers, _, _ = table
    for line in lines:
        assert len(set(line["exemplars"])) == min(5, line["size"])
        assert {layers[line["layer"]][row] for row in line["exemplars"]} == {line["cluster_id"]}


def test_copies_are_not_shown_as_exemplars_while_others_are_left():
    vectors = np.array([[1, 0], [1, 0], [1, 0], [0.8, 0.6], [0.8, -0.6]], np.float32)
    line = describe_clusters(
        [np.zeros(5, np.int32)], vectors=vectors, points=np.zeros((5, 2), np.float32), n_exemplars=3
    ).to_pylist()[0]
    assert sorted(line["exemplars"]) == [0, 3, 4]


def test_a_names_place_is_on_the_clusters_land(table):
    lines, layers, _, points = table
    for line in lines:
        own = points[layers[line["layer"]] == line["cluster_id"]]
        assert np.hypot(*(own - [line["x"], line["y"]]).T).min() < 1e-5


def test_the_name_of_a_cluster_in_two_parts_stands_on_the_larger():
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(0, 0.1, (300, 2)), rng.normal(10, 0.1, (100, 2))]).astype(np.float32)
    vectors = np.tile(np.eye(1, 2, dtype=np.float32), (400, 1))
    line = describe_clusters([np.zeros(400, np.int32)], vectors=vectors, points=points).to_pylist()[0]
    assert abs(line["x"]) < 1
    assert abs(line["y"]) < 1


def test_rows_nearer_to_their_centroid_make_a_denser_cluster():
    tight, _ = blobs(1, 50, spread=0.1)
    loose, _ = blobs(1, 50, spread=2.0)
    ids = np.repeat(np.arange(2, dtype=np.int32), 50)
    lines = describe_clusters([ids], vectors=np.concatenate([tight, loose]), points=np.zeros((100, 2), np.float32))
    dense, sparse_ = lines["density"].to_pylist()
    assert dense > sparse_
