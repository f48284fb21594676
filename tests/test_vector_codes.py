import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import portolan
from portolan.core.nearest import nearest, similarities_to
from portolan.core.vector_codes import HIGHEST, MARGIN, CodedVectors, encode
from portolan.errors import ShapeError
from portolan.stages import embed
from portolan.store import FolderStore

TEXTS = [f"{what} with {how} for {when}" for what in ("bread", "soup", "rice", "tea", "cake", "fish")
         for how in ("butter", "salt", "herbs", "milk") for when in ("breakfast", "supper", "guests")]  # fmt: skip


def unit_vectors(n_rows, n_dims, *, seed=0, spike=0.0):
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((n_rows, n_dims)).astype(np.float32)
    vectors[:, 0] += spike
    vectors[::7] = vectors[0]  # rows of the same text
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[3::50] = 0  # rows without text
    return vectors


def coded(vectors):
    return CodedVectors(*encode(vectors), lambda rows: vectors[rows])


def test_a_byte_is_off_by_at_most_half_a_step():
    vectors = unit_vectors(500, 24)
    codes, scales = encode(vectors)
    assert codes.dtype == np.int8
    assert np.abs(codes).max() == HIGHEST
    assert (np.abs(codes * scales[:, None] - vectors) <= scales[:, None] / 2 + 1e-7).all()


def test_similarities_by_bytes_are_within_their_margin():
    vectors = unit_vectors(2000, 64)
    about = coded(vectors).similarities(vectors[1])
    exact = similarities_to(vectors, vectors[1:2])[0]
    assert (np.abs(about - exact) <= MARGIN * encode(vectors)[1]).all()
    assert (about[3::50] == -2).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 60), st.sampled_from([3, 16, 97]), st.sampled_from([0.0, 8.0]))
def test_the_nearest_by_bytes_are_the_nearest(seed, limit, n_dims, spike):
    vectors = unit_vectors(300, n_dims, seed=seed, spike=spike)
    asked = np.array([0, 5])
    rows, found = coded(vectors).nearest(vectors[asked], limit=limit, leave_out=asked)
    true_rows, true = nearest(vectors, vectors[asked], limit=limit, leave_out=asked)
    np.testing.assert_allclose(found, true, atol=1e-6)
    # Rows that are equally near by the last digit may stand the other way round.
    np.testing.assert_allclose(vectors[rows[0]] @ vectors[0], vectors[true_rows[0]] @ vectors[0], atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(-0.9, 0.9))
def test_rows_near_a_threshold_are_looked_at_as_they_are(seed, threshold):
    vectors = unit_vectors(300, 16, seed=seed)
    exact = similarities_to(vectors, vectors[5:6])[0]
    if np.abs(exact - threshold).min() > 1e-6:
        np.testing.assert_array_equal(coded(vectors).is_near(vectors[5], threshold), exact >= threshold)


def test_only_rows_that_may_be_meant_are_read_again():
    vectors = unit_vectors(5000, 64)
    read = []
    some = CodedVectors(*encode(vectors), lambda rows: read.append(len(rows)) or vectors[rows])
    some.nearest(vectors[1:2], limit=10)
    assert sum(read) < 500


def rows_of(hits):
    return [hit.row_id for hit in hits]


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The same rows, their vectors held and as bytes."""
    folder = tmp_path_factory.mktemp("maps")
    held = portolan.map_text(TEXTS, path=folder / "held", progress=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embed, "MOST_HELD_BYTES", 0)
        coded = portolan.map_text(TEXTS, path=folder / "coded", progress=False)
    return held, coded


def test_a_map_of_many_rows_is_searched_without_its_vectors_in_memory(both):
    _, many = both
    many.search("bread for guests", limit=5)
    many.neighbors([3], n_neighbors=4)
    many.filter("near('soup', 0.4) OR near(3, 0.4)")
    assert "vectors" not in vars(many)


def test_a_map_of_many_rows_answers_as_a_map_of_few_does(both):
    held, many = both
    for query in ("bread for guests", "something sweet", "tea"):
        assert [hit.row_id for hit in many.search(query, limit=9)] == [
            hit.row_id for hit in held.search(query, limit=9)
        ]
    assert [hit.row_id for hit in many.search(like=7, limit=9)] == [hit.row_id for hit in held.search(like=7, limit=9)]
    for where in ("near('soup', 0.4)", "near(3, 0.6)", "NOT near('milk', 0.2)"):
        assert many.filter(where).tolist() == held.filter(where).tolist()
    for found, true in zip(many.neighbors([1, 2], n_neighbors=5), held.neighbors([1, 2], n_neighbors=5), strict=True):
        np.testing.assert_allclose(found, true, atol=1e-6)


def test_an_array_that_is_not_written_whole_is_refused(tmp_path):
    store = FolderStore.create(tmp_path / "map", facts={})
    with pytest.raises(ShapeError, match="3 lines"), store.new_array("codes", (3, 2), "int8", key="k") as append:
        append(np.zeros((2, 2), np.int8))
