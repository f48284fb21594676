"""Labels and decisions of a real map: given, filtered by, beside the tiles, told, undone."""

import pytest

import portolan
from portolan.errors import ColumnError, InputError, NotFoundError
from portolan.map import Map
from small_data import pair_rows, topic_rows


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "topics.portolan"
    return portolan.map_text(topic_rows(200), name="Topics", path=path, progress=False)


@pytest.fixture(scope="module")
def found_pairs(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "pairs.portolan"
    return portolan.map_text(pair_rows(80), name="Pairs", path=path, progress=False)


def opened_anew(found):
    """The map without anything done to it."""
    for file in found.path.glob("journal.sqlite*"):
        file.unlink()
    opened = Map.open(found.path)
    opened.fit_tiles()
    return opened


@pytest.fixture
def made(found):
    return opened_anew(found)


@pytest.fixture
def pairs(found_pairs):
    return opened_anew(found_pairs)


def tile_column(of, name):
    found = [column for column in of._store.tile_columns() if column["name"] == name]
    return dict(found[0]["values"]) if found else None


def test_a_label_of_many_rows_is_one_event_and_a_column_to_filter_and_colour_by(made):
    made.label("topic", "short", where="length < 60", author="ada", reason="by length")
    assert len(made.history) == 1
    short = made.filter("length < 60").tolist()
    assert made.filter("label_topic = 'short'").tolist() == short
    assert made.filter("label = 'short'").tolist() == short
    assert len(made.filter("label IS NULL")) == made.n_rows - len(short)
    assert tile_column(made, "label_topic") == {"short": len(short)}
    assert set(made.labels["author"].to_pylist()) == {"ada"}


def test_labels_that_another_process_gave_are_there_at_once(made):
    assert not len(made.filter("row_id < 0"))
    Map.open(made.path).label("topic", "a", rows=[3, 5])
    assert made.filter("label_topic = 'a'").tolist() == [3, 5]
    Map.open(made.path).label("topic", "b", rows=[5])
    assert made.filter("label_topic = 'a'").tolist() == [3]
    assert made.filterer.values("upper(label_topic)").to_pylist()[3:6] == ["A", None, "B"]


def test_undoing_a_label_takes_it_out_of_filters_and_tiles_and_undoing_that_brings_it_back(made):
    event = made.label("topic", "a", rows=[3, 5])
    undo = made.edit.undo(event)
    assert tile_column(made, "label_topic") is None
    assert made.labels.num_rows == 0
    made.edit.undo(undo)
    assert tile_column(made, "label_topic") == {"a": 2}


def test_labels_as_of_a_time_are_those_that_stood_then(made):
    first = made.label("topic", "a", rows=[1])
    made.label("topic", "b", rows=[1])
    assert made.labels_at(first.time)["value"].to_pylist() == ["a"]
    assert made.labels_at("2001-01-01").num_rows == 0
    assert made.labels_at(first.time[:10])["value"].to_pylist() == ["b"]
    with pytest.raises(InputError, match="no time"):
        made.labels_at("Tuesday")


def test_a_defined_set_takes_only_its_labels_and_says_which(made):
    made.define_labels("tone", [{"value": "calm", "color": "#00aa88", "key": "1"}, "rude"], description="How it sounds")
    with pytest.raises(InputError, match="no label 'loud'") as caught:
        made.label("tone", "loud", rows=[1])
    assert "calm, rude" in caught.value.fix
    made.label("tone", "rude", rows=[1])
    [one] = made.label_counts()
    assert (one["column"], [value["rows"] for value in one["values"]]) == ("label_tone", [0, 1])


def test_several_labels_of_a_row_are_a_list_to_filter_by(made):
    made.define_labels("about", ["a", "b"], is_multiple=True)
    made.label("about", "b", rows=[1])
    made.label("about", "a", rows=[1, 2])
    assert made.filter("list_contains(label_about, 'a')").tolist() == [1, 2]
    assert tile_column(made, "label_about") == {'["a", "b"]': 1, '["a"]': 1}


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({}, InputError), ({"rows": [1], "where": "row_id = 1"}, InputError), ({"rows": []}, InputError),
        ({"rows": [10_000]}, NotFoundError), ({"rows": [-1]}, NotFoundError), ({"where": "row_id < 0"}, InputError),
        ({"rows": [1.5]}, InputError), ({"rows": [1], "side": "chosen"}, InputError),
        ({"rows": [1, 2], "span": (0, 3)}, InputError), ({"rows": [1], "span": (3, 3)}, InputError),
    ],
)  # fmt: skip
def test_rows_that_cannot_be_meant_are_refused_and_nothing_is_written(made, wrong, error):
    with pytest.raises(error):
        made.label("topic", "a", **wrong)
    assert made.history == []


def test_sides_of_pairs_have_columns_of_their_own(pairs):
    pairs.label("harm", "yes", rows=[1, 2], side="chosen")
    pairs.label("harm", "no", rows=[2], side="rejected")
    assert pairs.filter("label_harm_chosen = 'yes' AND label_harm_rejected = 'no'").tolist() == [2]


def test_a_part_of_a_text_is_labelled_and_found_by_its_row(made):
    made.label("words", "rude", rows=[4], span=(2, 9))
    assert made.filter("list_contains(label_words_spans, 'rude')").tolist() == [4]
    [line] = made.labels.to_pylist()
    assert (line["start"], line["end"]) == (2, 9)


def test_the_history_of_a_row_says_who_did_what_and_why_what_was_undone_too(made):
    made.label("topic", "a", where="row_id < 10", author="ada")
    event = made.decide("drop", rows=[3], reason="nonsense", author="bob")
    made.decide("drop", rows=[5], author="bob")
    made.edit.undo(event)
    told = [(one.author, one.kind, one.reason, one.undone_by is not None) for one in made.history(3)]
    assert told == [("ada", "labelled", "", False), ("bob", "decided", "nonsense", True)]
    with pytest.raises(NotFoundError):
        made.history(10_000)


def test_decisions_are_a_column_and_the_last_counts(made):
    made.decide("drop", where="row_id < 4", reason="first four", author="ada")
    made.decide("keep", rows=[2], author="bob")
    assert made.filter("decision = 'drop'").tolist() == [0, 1, 3]
    assert tile_column(made, "decision") == {"drop": 3, "keep": 1}
    lines = made.decisions.to_pylist()
    assert [one["author"] for one in lines] == ["ada", "ada", "bob", "ada"]
    assert lines[0]["reason"] == "first four"


def test_decisions_that_cannot_be_are_refused(made):
    for decision, more in (("burn", {}), ("flip", {}), ("edit", {}), ("drop", {"edit": {"text": "x"}})):
        with pytest.raises(InputError):
            made.decide(decision, rows=[1], **more)
    with pytest.raises(ColumnError):
        made.decide("edit", rows=[1], edit={"nowhere": "x"})


def test_a_column_of_ones_own_called_decision_keeps_its_name(tmp_path):
    rows = [{**row, "decision": "mine", "label": "own"} for row in topic_rows(40)]
    made = portolan.map_text(rows, path=tmp_path / "own.portolan", progress=False)
    made.decide("drop", rows=[1])
    made.label("topic", "a", rows=[1])
    assert len(made.filter("decision = 'mine' AND label = 'own'")) == 40
    assert made.filter("label_topic = 'a'").tolist() == [1]


def test_labels_are_on_further_layouts_too_and_survive_a_rebuild(pairs):
    if "rejected" not in pairs.layouts:
        pairs.add_layout("rejected", progress=False)
    beside = pairs.layouts["rejected"]
    beside.label("harm", "yes", rows=[1, 2])
    assert pairs.filter("label_harm = 'yes'").tolist() == [1, 2]
    assert beside.filter("label_harm = 'yes'").tolist() == [1, 2]
    assert tile_column(beside, "label_harm") == tile_column(pairs, "label_harm") == {"yes": 2}
    rebuilt = portolan.api.rebuild(pairs.path)
    assert tile_column(rebuilt, "label_harm") == {"yes": 2}


def test_a_map_that_is_being_written_is_labelled_and_its_tiles_follow(made, monkeypatch):
    monkeypatch.setattr("portolan.fitting.WAIT_S", 0.0)
    with Map.open(made.path)._store.writing():
        made.label("topic", "a", rows=[1])
        assert tile_column(made, "label_topic") is None
        assert made.filter("label_topic = 'a'").tolist() == [1]
    made.fit_tiles()
    assert tile_column(made, "label_topic") == {"a": 1}


def test_agreement_of_two_authors(made):
    made.label("topic", "a", rows=[0, 1, 2], author="ada")
    made.label("topic", "b", rows=[3], author="ada")
    made.label("topic", "a", rows=[0, 1], author="bob")
    made.label("topic", "b", rows=[2, 3], author="bob")
    told = made.agreement("topic")
    assert (told["rows"], told["agreed"]) == (4, 3)
    assert told["cohen"][0]["kappa"] == pytest.approx(0.5)
    with pytest.raises(NotFoundError):
        made.agreement("none")
