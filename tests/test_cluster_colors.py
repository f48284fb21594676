"""Colours of clusters stay what they were when people edit others."""

import pytest

import portolan
from portolan.core.cluster_colors import FoundCluster, PaletteCluster, cluster_colors, palette_cluster
from portolan.core.color import VISIONS, delta_e, seen_by
from portolan.core.palette import PALETTES
from portolan.map import Map
from small_data import topic_rows


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "topics.portolan"
    return portolan.map_text(topic_rows(300), path=path, progress=False)


@pytest.fixture
def made(found):
    """The map without anything done to it."""
    for file in found.path.glob("journal.sqlite*"):
        file.unlink()
    return Map.open(found.path)


def colors(of, palette="portolan"):
    """Colour of each cluster by (layer, cluster_id)."""
    lines = of.clusters.to_pylist()
    by_layer = cluster_colors(map(palette_cluster, lines), "light", palette=palette)
    return {(line["layer"], line["cluster_id"]): by_layer[line["layer"]][line["cluster_id"]] for line in lines}


def with_all_within(of, *refs):
    """Those clusters and all inside them."""
    inside = set(refs)
    for line in sorted(of.clusters.to_pylist(), key=lambda line: -line["layer"]):
        if (line["layer"] + 1, line["parent_id"]) in inside:
            inside.add((line["layer"], line["cluster_id"]))
    return inside


def others(shown, *touched):
    return {ref: color for ref, color in shown.items() if ref not in set().union(*touched)}


def test_a_cluster_that_was_not_touched_keeps_its_colour_whatever_is_split(made):
    before = colors(made)
    for layer in (2, 1, 0):
        made.edit.split((layer, 0))
        after = colors(made)
        touched = with_all_within(made, *{ref for ref in after if ref not in before}, (layer, 0))
        assert others(after, touched) == others(before, touched)
        made.edit.undo()
    assert colors(made) == before


@pytest.mark.parametrize("palette", PALETTES)
def test_the_two_parts_of_a_split_topic_are_told_apart_and_the_rest_keeps_its_colour(made, palette):
    before = colors(made, palette)
    made.edit.split((2, 0))
    after = colors(made, palette)
    (part,) = (ref for ref in after if ref[0] == 2 and ref not in before)
    assert after[2, 0] == before[2, 0]
    assert delta_e(after[part], after[2, 0]) > 10


def test_the_parts_of_a_split_subtopic_are_two_shades_of_one_colour(made):
    made.edit.split((1, 1))
    after = colors(made)
    (part,) = (ref for ref in after if ref[0] == 1 and ref[1] > 9)
    assert 1 < delta_e(after[part], after[1, 1]) < 20


def test_a_second_split_and_its_undoing_leave_the_colour_of_the_first_part(made):
    made.edit.split((2, 0))
    (first,) = (ref for ref in colors(made) if ref[0] == 2 and ref[1] > 4)
    one = colors(made)[first]
    made.edit.split((2, 1))
    assert colors(made)[first] == one
    (second,) = (ref for ref in colors(made) if ref[0] == 2 and ref[1] > first[1])
    assert delta_e(colors(made)[second], one) > 5
    made.edit.undo()
    assert colors(made)[first] == one


def test_what_is_merged_takes_the_colour_of_the_first_and_all_others_keep_theirs(made):
    before = colors(made)
    made.edit.merge([(2, 3), (2, 1)])
    after = colors(made)
    moved = with_all_within(made, (2, 3))
    assert others(after, moved) == others(before, moved, {(2, 1)})
    assert after[2, 3] == before[2, 3]
    shades = [after[ref] for ref in moved if ref[0] == 1]
    foreign = [color for ref, color in after.items() if ref[0] == 2 and ref[1] != 3]
    assert all(delta_e(shade, after[2, 3]) < min(delta_e(shade, one) for one in foreign) for shade in shades)


def test_a_merge_across_topics_leaves_the_colours_of_their_other_children(made):
    before = colors(made)
    made.edit.merge([(1, 1), (1, 2)])
    after = colors(made)
    moved = with_all_within(made, (1, 1))
    assert others(after, moved) == others(before, moved, {(1, 2)})


def test_the_table_says_what_edits_made_a_cluster_of(made):
    size = {(one["layer"], one["cluster_id"]): one["size"] for one in made.clusters.to_pylist()}
    made.edit.merge([(2, 3), (2, 1)])
    made.edit.split((2, 0))
    lines = {(one["layer"], one["cluster_id"]): one for one in made.clusters.to_pylist()}
    assert {one["cluster_id"]: one["size"] for one in lines[2, 3]["found"]} == {3: size[2, 3], 1: size[2, 1]}
    assert (lines[2, 5]["origin"], lines[2, 5]["found"]) == (0, [])
    assert [one["size"] for one in lines[2, 0]["found"]] == [size[2, 0]]
    assert (lines[2, 2]["origin"], lines[2, 2]["found"]) == (None, [])


def test_a_part_of_a_part_is_traced_to_the_cluster_that_was_found(made):
    made.edit.split((2, 0))
    made.edit.split((2, 5))
    origins = {one["cluster_id"]: one["origin"] for one in made.clusters.to_pylist() if one["layer"] == 2}
    assert (origins[5], origins[6]) == (0, 0)


def test_a_cluster_of_which_nothing_is_known_but_its_split_has_a_colour():
    found = FoundCluster(0, -1, 9, 0.0, 0.0)
    known = PaletteCluster(0, 0, -1, 5, 0.0, 0.0, found=(found,))
    stray = PaletteCluster(3, 0, -1, 4, 0.0, 0.0, origin=2)
    first, *_, second = cluster_colors([known, stray], "light")[0]
    assert first != second


@pytest.mark.parametrize("palette", ["distinct", "okabe-ito"])
@pytest.mark.parametrize("ground", ["light", "dark"])
def test_topics_near_each_other_differ_to_every_eye_in_a_palette_made_for_that(palette, ground):
    topics = [PaletteCluster(k, 0, -1, 100 - k, float(k % 4), float(k // 4)) for k in range(12)]
    shown = cluster_colors(topics, ground, palette=palette)[0]
    beside = [(k, k + 1) for k in range(12) if k % 4 < 3] + [(k, k + 4) for k in range(8)]
    for vision in VISIONS:
        seen = [seen_by(color, vision) for color in shown]
        assert min(delta_e(seen[a], seen[b]) for a, b in beside) > 8
