"""Which rows somebody meant, and the cluster that they are today."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from portolan.core.row_sets import SAMPLE_ROWS, find_cluster, likeness, pack, row_set, unpack


@given(st.sets(st.integers(0, 2**40)))
def test_a_packed_set_is_read_back_as_it_was(rows):
    meant = row_set(np.array(sorted(rows), np.int64))
    again = unpack(pack(meant))
    assert again.rows.tolist() == sorted(rows)
    assert again.size == len(rows)


def test_a_large_set_is_kept_as_a_sample_unless_all_of_it_counts():
    rows = np.arange(100_000)
    assert (len(row_set(rows).rows), row_set(rows).size) == (SAMPLE_ROWS, 100_000)
    assert row_set(rows, is_whole=True).is_whole


def test_a_large_set_takes_a_few_kilobytes():
    rows = np.flatnonzero(np.random.default_rng(0).random(10_000_000) < 0.1)
    assert len(pack(row_set(rows))) < 12_000
    assert len(pack(row_set(rows, is_whole=True))) < 0.8 * len(rows)


def test_likeness_is_the_jaccard_index_with_each_cluster():
    ids = np.array([0, 0, 0, 1, 1, -1], np.int32)
    found = likeness(row_set(np.array([0, 1, 3])), ids, np.bincount(ids[ids >= 0]))
    assert found.tolist() == [2 / 4, 1 / 4]


def test_likeness_of_a_sample_is_near_that_of_the_whole():
    ids = np.repeat(np.arange(10, dtype=np.int32), 20_000)
    meant = np.arange(5_000, 25_000)
    sizes = np.bincount(ids)
    whole = likeness(row_set(meant, is_whole=True), ids, sizes)
    assert np.abs(likeness(row_set(meant), ids, sizes) - whole).max() < 0.03


def test_no_cluster_is_taken_for_one_that_shares_less_than_half():
    ids = np.repeat(np.arange(4, dtype=np.int32), 100)
    assert find_cluster(row_set(np.arange(100, 200)), ids, np.bincount(ids)) == 1
    assert find_cluster(row_set(np.arange(50, 150)), ids, np.bincount(ids)) is None


def test_rows_that_the_map_no_longer_has_count_as_lost():
    ids = np.zeros(10, np.int32)
    assert find_cluster(row_set(np.arange(100)), ids, np.bincount(ids)) is None
