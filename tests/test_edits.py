"""Edits of clusters: what they make of the clusters that were found, and of those that are found later."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from portolan.core.edits import apply_edits, cluster_edits, parents_of, shape_of
from portolan.core.events import (
    CLUSTER_PINNED,
    CLUSTER_RENAMED,
    CLUSTER_SPLIT,
    CLUSTERS_MERGED,
    UNDONE,
    Event,
)
from portolan.core.row_sets import name_of, pack, row_set, unpack

FINEST = np.repeat(np.arange(6, dtype=np.int32), 10)
COARSE = np.repeat(np.arange(3, dtype=np.int32), 20)
LAYERS = [FINEST, COARSE]


class Bench:
    """Makes edits on given layers as a person would, and applies them to others."""

    def __init__(self, layers, base="first"):
        self.layers, self.base = layers, base
        self.events, self.sets = [], {}

    def keep(self, rows, **how):
        data = pack(row_set(np.asarray(rows), **how))
        self.sets[name_of(data)] = data
        return name_of(data)

    def rows(self, layer, cluster_id):
        return np.flatnonzero(self.now().layers[layer] == cluster_id)

    def now(self):
        return self.applied(self.layers, self.base)

    def applied(self, layers, base):
        edits = cluster_edits(self.events)
        edited = apply_edits(edits, base=base, layers=lambda: list(layers), rows=self.set_of)
        return replace(edited, layers=edited.layers or list(layers))

    def set_of(self, _event, name):
        return unpack(self.sets[name])

    def add(self, kind, payload):
        state = shape_of(self.base, cluster_edits(self.events))
        event = Event(len(self.events) + 1, "now", "ada", kind, {"state": state, **payload})
        self.events.append(event)
        return event

    def about(self, layer, cluster_id):
        rows = self.rows(layer, cluster_id)
        return {"layer": layer, "cluster_id": cluster_id, "name": "old", "size": len(rows), "rows": self.keep(rows)}

    def rename(self, layer, cluster_id, to):
        return self.add(CLUSTER_RENAMED, {**self.about(layer, cluster_id), "to": to})

    def merge(self, layer, *ids):
        together = [self.about(layer, cluster_id) for cluster_id in ids]
        rows = self.keep(np.concatenate([self.rows(layer, cluster_id) for cluster_id in ids]))
        return self.add(CLUSTERS_MERGED, {"layer": layer, "clusters": together, "rows": rows, "to": ""})

    def split(self, layer, cluster_id, rows, name="part"):
        part = {"rows": self.keep(rows, is_whole=True), "name": name, "keyphrases": ["a"], "size": len(rows)}
        rest = {"name": "", "keyphrases": ["b"]}
        return self.add(CLUSTER_SPLIT, {**self.about(layer, cluster_id), "part": part, "rest": rest, "ids": {}})

    def undo(self, event):
        return self.add(UNDONE, {"event": event.id})


@pytest.fixture
def bench():
    return Bench(LAYERS)


def is_nested(layers):
    """Whether every cluster lies within one of the layer above."""
    return all(
        len(np.unique(upper[lower == cluster_id])) == 1
        for lower, upper in pairwise(layers)
        for cluster_id in np.unique(lower[lower >= 0])
    )


def test_names_and_pins_are_given_without_reading_any_cluster(bench):
    bench.rename(0, 2, "Bread")
    bench.add(CLUSTER_PINNED, {**bench.about(1, 0), "is_pinned": True})
    edits = cluster_edits(bench.events)
    edited = apply_edits(edits, base="first", layers=pytest.fail, rows=pytest.fail)
    assert edited.names == {(0, 2): "Bread"}
    assert edited.pinned == {(1, 0)}


def test_the_last_name_counts_and_undoing_it_gives_the_one_before(bench):
    bench.rename(0, 2, "Bread")
    last = bench.rename(0, 2, "Cake")
    assert bench.now().names == {(0, 2): "Cake"}
    bench.undo(last)
    assert bench.now().names == {(0, 2): "Bread"}


def test_a_merge_moves_all_rows_into_the_first(bench):
    bench.merge(0, 1, 0)
    edited = bench.now()
    assert np.unique(edited.layers[0]).tolist() == [1, 2, 3, 4, 5]
    assert (edited.layers[0][:20] == 1).all()
    assert edited.layers[1] is COARSE


def test_a_merge_across_parents_moves_the_rows_under_the_parent_of_the_first(bench):
    bench.merge(0, 0, 5)
    edited = bench.now()
    assert (edited.layers[1][50:] == 0).all()
    assert is_nested(edited.layers)
    assert edited.changed == {(0, 0), (0, 5), (1, 0), (1, 2)}


def test_a_merge_of_coarse_clusters_brings_their_children_along(bench):
    bench.merge(1, 0, 2)
    edited = bench.now()
    assert edited.layers[0] is FINEST
    assert parents_of(edited.layers)[0].tolist() == [0, 0, 1, 1, 0, 0]


def test_a_split_of_the_finest_layer_leaves_the_others_as_they_are(bench):
    bench.split(0, 0, range(3))
    edited = bench.now()
    assert edited.layers[0][:10].tolist() == [6] * 3 + [0] * 7
    assert edited.layers[1] is COARSE
    assert edited.born[0, 6].name == "part"


def test_a_split_cuts_the_finer_clusters_that_have_rows_on_both_sides(bench):
    bench.split(1, 0, range(15))
    edited = bench.now()
    assert edited.layers[1][:20].tolist() == [3] * 15 + [0] * 5
    assert edited.layers[0][:20].tolist() == [0] * 10 + [6] * 5 + [1] * 5
    assert is_nested(edited.layers)


def test_rows_of_other_clusters_are_no_part_of_a_split(bench):
    bench.split(0, 0, [0, 1, 30])
    assert bench.now().layers[0][30] == 3


def test_a_split_that_would_leave_one_side_empty_is_lost(bench):
    event = bench.split(0, 0, range(10))
    assert bench.now().lost == [event]


def test_undoing_a_split_takes_what_was_done_to_its_part_with_it(bench):
    split = bench.split(0, 0, range(3))
    renamed = bench.rename(0, 6, "Crusts")
    assert bench.now().names == {(0, 6): "Crusts"}
    bench.undo(split)
    edited = bench.now()
    assert (edited.layers[0] == FINEST).all()
    assert edited.lost == [renamed]


def test_an_id_whose_rows_are_gone_is_given_to_no_other_cluster(bench):
    bench.merge(0, 4, 5)
    bench.split(0, 0, range(3))
    assert bench.now().layers[0][0] == 6


def renumbered():
    """The same clusters under other ids, and two rows of each in the next."""
    moved = np.roll(FINEST, 2)
    return [(moved + 2) % 6, ((moved + 2) % 6) // 2]


def test_after_a_reclustering_edits_go_to_the_cluster_with_the_largest_overlap(bench):
    bench.rename(0, 2, "Bread")
    assert bench.applied(renumbered(), "second").names == {(0, 4): "Bread"}


def test_an_edit_whose_cluster_fell_apart_is_lost_and_applied_to_nothing(bench):
    event = bench.rename(1, 0, "Bread")
    scattered = np.arange(60, dtype=np.int32) % 6
    edited = bench.applied([scattered, scattered // 3], "second")
    assert (edited.names, edited.lost) == ({}, [event])


def test_an_edit_finds_its_cluster_in_another_layer_when_layers_have_shifted(bench):
    bench.rename(1, 0, "Bread")
    assert bench.applied([np.arange(60, dtype=np.int32) // 5, FINEST, COARSE], "second").names == {(2, 0): "Bread"}


def test_a_merge_is_done_again_on_other_clusters(bench):
    bench.merge(0, 0, 1)
    edited = bench.applied(renumbered(), "second")
    assert len(np.unique(edited.layers[0])) == 5
    assert len(np.unique(edited.layers[0][4:18])) == 1


def test_a_merge_that_the_reclustering_has_done_by_itself_is_found_and_changes_nothing(bench):
    event = bench.merge(0, 0, 1)
    edited = bench.applied([COARSE, COARSE], "second")
    assert not edited.is_shaped
    assert edited.found == {event.id: (0, 0)}


def test_a_merge_of_which_one_is_gone_is_lost(bench):
    event = bench.merge(0, 0, 1)
    ids = FINEST.copy()
    ids[10:20] = np.arange(10) % 6
    assert bench.applied([ids, ids // 2], "second").lost == [event]


def test_a_split_is_done_again_on_other_clusters(bench):
    bench.split(1, 1, range(20, 27))
    layers = renumbered()
    edited = bench.applied(layers, "second")
    new = edited.layers[1][24]
    assert new == 3
    assert is_nested(edited.layers)
    assert np.flatnonzero(edited.layers[1] == new).tolist() == list(range(22, 27))


def test_a_split_that_the_reclustering_has_done_by_itself_changes_nothing(bench):
    event = bench.split(1, 1, range(20, 30))
    edited = bench.applied([FINEST, FINEST], "second")
    assert not edited.is_shaped
    assert edited.found == {event.id: (1, 3)}


def test_no_two_edits_of_different_clusters_land_on_one():
    chance = np.random.default_rng(0)
    bench = Bench([FINEST, COARSE])
    for cluster_id in range(6):
        bench.rename(0, cluster_id, f"Name {cluster_id}")
    for _ in range(50):
        ids = (
            chance.permutation(FINEST)
            if chance.random() < 0.3
            else np.where(chance.random(60) < 0.4, chance.integers(0, 6, 60), FINEST).astype(np.int32)
        )
        edited = bench.applied([ids, ids // 2], "other")
        assert len(edited.names) + len(edited.lost) == 6
