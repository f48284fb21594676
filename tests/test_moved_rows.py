"""Other data in a map's place: what people said goes with the rows that are there again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import portolan
from portolan.core.events import ROWS_REPLACED, Event
from portolan.core.moved_rows import GONE, Lineage, follow, follow_set, match_rows, pack_moves, unpack_moves
from portolan.core.row_sets import RowSet
from portolan.stages import replace
from small_data import topic_rows


def hashes(*values):
    return np.array(values, np.uint64)


def test_a_row_is_found_where_its_hash_is():
    assert match_rows(hashes(7, 8, 9), hashes(9, 1, 7)).tolist() == [2, GONE, 0]


def test_of_equal_rows_the_first_is_the_first_and_one_too_many_is_gone():
    assert match_rows(hashes(5, 5, 5), hashes(1, 5, 5)).tolist() == [1, 2, GONE]


HASHES = st.lists(st.integers(0, 5), max_size=12)


@given(HASHES, HASHES)
def test_no_two_rows_are_found_in_one_and_all_that_can_be_found_are(before, after):
    found = match_rows(hashes(*before), hashes(*after)).tolist()
    there = [place for place in found if place != GONE]
    assert len(set(there)) == len(there)
    assert all(after[place] == value for value, place in zip(before, found, strict=True) if place != GONE)
    assert len(there) == sum(min(before.count(value), after.count(value)) for value in set(before))


def test_moves_are_packed_whole_and_followed_one_after_another():
    first = unpack_moves(pack_moves(np.array([1, 4]), np.array([9, GONE])))
    second = unpack_moves(pack_moves(np.array([9]), np.array([0])))
    assert follow(np.array([1, 4]), [first]).tolist() == [9]
    assert follow(np.array([1, 4]), [first, second]).tolist() == [0]


def replaced(number, before, after):
    return Event(number, "t", "ada", ROWS_REPLACED, {"from": before, "to": after, "moved": {"rows": f"m{number}"}})


def test_what_was_said_before_data_was_replaced_moves_and_what_was_said_after_stays():
    lineage = Lineage([replaced(5, "A", "B"), replaced(9, "B", "C")], "C")
    assert [lineage.moves_of(event) for event in (1, 7, 11)] == [["m5", "m9"], ["m9"], []]


def test_a_replacement_that_did_not_come_about_is_passed_over():
    log = [replaced(5, "A", "B"), replaced(6, "A", "B")]
    assert Lineage(log[:1], "A").moves_of(1) == []
    assert Lineage(log, "B").moves_of(1) == ["m6"]


def test_data_that_comes_back_brings_back_what_was_gone_meanwhile():
    lineage = Lineage([replaced(5, "A", "B"), replaced(9, "B", "A")], "A")
    assert lineage.moves_of(1) == []
    assert lineage.moves_of(7) == ["m9"]


ROWS = topic_rows(90)


@pytest.fixture
def made(tmp_path):
    """Make the map of rows, in the place of whatever was there."""
    path = tmp_path / "topics.portolan"
    return lambda rows: portolan.map_text(rows, name="Topics", path=path, replace=True, progress=False)


def said(m):
    """Texts that have a label, and what was decided, by text."""
    texts = m.rows[m.roles.text].to_pylist()
    labels = {(texts[one["row_id"]], one["value"]) for one in m.labels.to_pylist()}
    return labels, {(texts[one["row_id"]], one["decision"]) for one in m.decisions.to_pylist()}


def test_labels_and_decisions_follow_their_rows_into_other_data(made):
    m = made(ROWS)
    m.label("tone", "calm", rows=[3, 40, 80])
    m.decide("drop", rows=[41])
    labels, decisions = said(m)
    gone = m.rows[m.roles.text].to_pylist()[3]
    m = made(ROWS[10:][::-1])
    assert said(m) == ({one for one in labels if one[0] != gone}, decisions)
    assert m.filter("label_tone = 'calm'").tolist() == sorted(one["row_id"] for one in m.labels.to_pylist())


def test_what_is_of_rows_that_are_gone_is_told_kept_and_comes_back_with_them(made):
    m = made(ROWS)
    m.label("tone", "calm", rows=[3, 4, 40])
    m.decide("drop", rows=[3])
    before = said(m)
    m = made(ROWS[10:])
    assert m.history[-1].payload["gone"] == {"rows": 2, "labels": 2, "decisions": 1}
    assert len(m.labels) == 1
    m.label("tone", "rude", rows=[0])
    m = made(ROWS)
    labels, decisions = said(m)
    assert labels == before[0] | {(m.rows[m.roles.text][10].as_py(), "rude")}
    assert decisions == before[1]


def test_it_is_said_when_the_data_is_replaced(made, tmp_path, capsys):
    made(ROWS).label("tone", "calm", rows=[3, 4, 40])
    capsys.readouterr()
    portolan.map_text(ROWS[10:], name="Topics", path=tmp_path / "topics.portolan", replace=True)
    said = capsys.readouterr().err
    assert "2 labels are of rows that are gone" in said
    assert "Those of the other rows (1) go with them." in said


def test_what_was_undone_stays_undone_and_can_be_done_again(made):
    m = made(ROWS)
    event = m.label("tone", "calm", rows=[40])
    undo = m.edit.undo(event)
    m = made(ROWS[10:])
    assert len(m.labels) == 0
    m.edit.undo(undo)
    assert [one["row_id"] for one in m.labels.to_pylist()] == [30]


def test_a_rows_history_follows_it(made):
    m = made(ROWS)
    m.label("tone", "calm", rows=[40], reason="so calm")
    m = made(ROWS[10:])
    assert [event.reason for event in m.history(30)] == ["so calm"]
    assert m.history(40) == []


def test_nothing_is_hashed_where_nobody_said_anything_of_a_row(made, monkeypatch):
    made(ROWS)
    monkeypatch.setattr(replace, "content_hashes", lambda _: pytest.fail("hashed"))
    assert made(ROWS[10:]).n_rows == 80


def test_a_process_that_is_killed_before_the_data_is_replaced_leaves_labels_where_they_are(made, monkeypatch):
    m = made(ROWS)
    m.label("tone", "calm", rows=[3, 40])
    before = said(m)

    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("portolan.store.folder.FolderStore.finish", killed)
        with pytest.raises(KeyboardInterrupt):
            made(ROWS[10:])
    assert said(portolan.open_map(m.path)) == before
    assert [one["row_id"] for one in made(ROWS[10:]).labels.to_pylist()] == [30]


def cluster_named(m, name):
    """Texts of the rows of the finest cluster of that name; none where there is none."""
    texts = m.rows[m.roles.text].to_pylist()
    ids = [one["cluster_id"] for one in m.clusters.to_pylist() if (one["layer"], one["name"]) == (0, name)]
    return {texts[row] for row in np.flatnonzero(np.isin(m.cluster_ids(0), ids))}


def of_topic(m, topic):
    """The finest cluster that holds most of a topic, as (layer, cluster_id)."""
    is_it = np.array(m.rows["topic"].to_pylist()) == topic
    return 0, int(np.bincount(m.cluster_ids(0)[is_it]).argmax())


def likeness(some, others):
    return len(some & others) / len(some | others)


MANY = topic_rows(400)


def test_names_notes_and_pins_of_clusters_follow_their_rows_into_other_data(made):
    m = made(MANY)
    m.edit.rename(of_topic(m, "cooking"), "Kitchen")
    m.edit.note(of_topic(m, "space"), "Far away.")
    m.edit.pin(of_topic(m, "space"))
    kitchen = cluster_named(m, "Kitchen")
    m = made(MANY[7:][::-1])
    assert m.lost_edits == []
    assert likeness(cluster_named(m, "Kitchen"), kitchen) > 0.5
    [noted] = [one for one in m.clusters.to_pylist() if one["note"]]
    assert (noted["note"], noted["is_pinned"]) == ("Far away.", True)
    topics = np.array(m.rows["topic"].to_pylist())[m.cluster_ids(noted["layer"]) == noted["cluster_id"]]
    assert (topics == "space").mean() > 0.5


def test_merged_and_split_clusters_are_merged_and_split_in_other_data(made):
    m = made(MANY)
    m.edit.merge([of_topic(m, "cooking"), of_topic(m, "gardens")], name="At home")
    space = of_topic(m, "space")
    m.edit.split(space, rows=np.flatnonzero(m.cluster_ids(0) == space[1])[::3].tolist(), name="Every third")
    before = [cluster_named(m, name) for name in ("At home", "Every third")]
    m = made(MANY[::-1])
    assert m.lost_edits == []
    after = [cluster_named(m, name) for name in ("At home", "Every third")]
    assert all(likeness(*both) > 0.5 for both in zip(before, after, strict=True))


def test_an_edit_of_a_cluster_whose_rows_are_gone_is_lost_and_comes_back_with_them(made):
    m = made(MANY)
    event = m.edit.rename(of_topic(m, "space"), "Far away")
    m = made([row for row in MANY if row["topic"] != "space"])
    assert [lost.id for lost in m.lost_edits] == [event.id]
    assert cluster_named(m, "Far away") == set()
    m = made(MANY)
    assert m.lost_edits == []
    assert cluster_named(m, "Far away")


def test_a_sample_of_a_cluster_stays_one_of_what_is_left():
    moves = (np.array([2, 5, 7]), np.array([1, GONE, 0]))
    followed = follow_set(RowSet(np.array([2, 5]), 100), [moves])
    assert (followed.rows.tolist(), followed.size) == ([1], 50)


def test_nothing_is_said_of_labels_where_only_clusters_were_edited(made, tmp_path, capsys):
    m = made(ROWS)
    m.edit.rename((0, 0), "First")
    capsys.readouterr()
    portolan.map_text(ROWS[10:], name="Topics", path=tmp_path / "topics.portolan", replace=True)
    assert "abels" not in capsys.readouterr().err
