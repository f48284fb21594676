"""Teaching a real map: labels to a concept, its columns, what to label next, its file applied elsewhere."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import portolan
from portolan.cli.main import app
from portolan.errors import InputError, NotFoundError
from portolan.map import Map
from small_data import TOPICS, pair_rows, topic_rows

ROWS = topic_rows(200)
COOKING = list(TOPICS).index("cooking")


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return portolan.map_text(
        ROWS, name="Topics", path=tmp_path_factory.mktemp("maps") / "topics.portolan", progress=False
    )


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "others.portolan"
    return portolan.map_text(topic_rows(120, seed=7), name="Others", path=path, progress=False)


@pytest.fixture(scope="module")
def found_pairs(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "pairs.portolan"
    return portolan.map_text(pair_rows(120), name="Pairs", path=path, progress=False)


def opened_anew(of):
    """The map without labels."""
    for file in of.path.glob("journal.sqlite*"):
        file.unlink()
    return Map.open(of.path)


@pytest.fixture
def made(found):
    return opened_anew(found)


def cooking_labels(of, n=12):
    """`n` rows of cooking and `n` others, labelled so."""
    of.label("topic", "food", rows=list(range(0, 4 * n, 4)), author="ada")
    of.label("topic", "other", rows=[row for row in range(2 * n) if row % 4][:n], author="ada")


def taught(of, **how):
    cooking_labels(of)
    return of.teach("cooking", set="topic", value="food", **how)


def is_cooking(n):
    return np.arange(n) % 4 == COOKING


def test_a_few_labels_score_every_row(made):
    concept = taught(made)
    scores = concept.scores
    assert scores.shape == (200,)
    assert scores[is_cooking(200)].mean() > 0.8 > 0.3 > scores[~is_cooking(200)].mean()
    assert (concept.n_labels, concept.is_current) == (24, True)
    assert concept.precision.low <= concept.precision.value <= concept.precision.high
    assert repr(concept).startswith("<Concept cooking: Precision ")


def test_its_chances_are_columns_to_filter_sort_and_colour_by(made):
    concept = taught(made)
    assert made.filter("concept_cooking >= 0.5").tolist() == np.flatnonzero(concept.scores >= 0.5).tolist()
    assert {"concept_cooking", "concept_cooking_certainty"} <= {one["name"] for one in made._store.tile_columns()}
    best = made.table(sort="concept_cooking DESC", limit=1)["row_id"][0].as_py()
    assert concept.scores[best] == concept.scores.max()
    assert [note.name for note in made.scores] == ["concept:cooking"]


def test_all_rows_above_a_cut_are_labelled_by_one_event(made):
    concept = taught(made)
    n_before = len(made.history)
    made.label("topic", "food", where=f"{concept.column} >= 0.8")
    assert len(made.history) == n_before + 1


def test_too_few_labels_are_said_to_be_too_few(made):
    made.label("topic", "food", rows=[0, 4, 8])
    made.label("topic", "other", rows=[1])
    with pytest.raises(InputError) as problem:
        made.teach("cooking", set="topic", value="food")
    assert problem.value.fix == "Label at least 5 of each: 2 more “food”, 4 more that are not."


def test_the_same_text_labelled_again_and_again_is_one_label(tmp_path):
    rows = [{"text": "The butter and the oven."}] * 6 + topic_rows(40)
    of = portolan.map_text(rows, path=tmp_path / "same.portolan", progress=False)
    of.label("topic", "food", rows=list(range(6)))
    of.label("topic", "other", rows=[7, 8, 9, 11, 12, 13])
    with pytest.raises(InputError, match="Of different texts, 1 are labelled"):
        of.teach("cooking", set="topic", value="food")


def test_further_labels_make_a_concept_stale_until_it_is_taught_again(made):
    concept = taught(made)
    made.label("topic", "other", rows=[101, 102], author="ada")
    assert not made.concept("cooking").is_current
    again = made.teach("cooking", set="topic", value="food")
    assert again.is_current
    assert again.n_labels == concept.n_labels + 2


def test_teaching_by_the_same_labels_does_nothing(made):
    taught(made)
    before = made._store.manifest.stages["score-concept_cooking"].finished
    stages = made._store.manifest.stages
    made.teach("cooking", set="topic", value="food")
    assert made._store.manifest.stages["score-concept_cooking"] == stages["score-concept_cooking"]
    assert made._store.manifest.stages["score-concept_cooking"].finished == before


def test_several_labels_may_be_it_against_all_others(made):
    for number, topic in enumerate(TOPICS):
        made.label("topic", topic, rows=list(range(number, 40, 4)))
    concept = made.teach("home", set="topic", value=["cooking", "gardens"])
    at_home = np.isin(np.arange(200) % 4, [list(TOPICS).index(topic) for topic in ("cooking", "gardens")])
    assert concept.taught.told.n_positive == 20
    assert concept.scores[at_home].mean() > concept.scores[~at_home].mean() + 0.3


def test_a_set_or_label_that_is_not_there_is_told(made):
    with pytest.raises(NotFoundError, match="no set"):
        made.teach("cooking", set="topic", value="food")
    made.label("topic", "food", rows=[0])
    with pytest.raises(InputError, match="no label 'foot'"):
        made.teach("cooking", set="topic", value="foot")
    with pytest.raises(NotFoundError, match="no concept 'nothing'"):
        made.concept("nothing")


def test_rows_to_label_next_are_not_labelled_yet(made):
    concept = taught(made)
    labelled = set(made.labels["row_id"].to_pylist())
    useful, likely = concept.next(10).tolist(), concept.next(10, order="likely").tolist()
    assert not labelled & {*useful, *likely}
    assert len(useful) == len(likely) == 10
    assert sum(row % 4 == COOKING for row in likely) >= 9
    assert concept.next(10).tolist() == useful


# On sides of pairs.


def test_labels_of_sides_score_both_sides(found_pairs):
    of = opened_anew(found_pairs)
    for side in ("chosen", "rejected"):
        of.label("topic", "food", rows=list(range(0, 40, 4)), side=side)
        of.label("topic", "other", rows=list(range(1, 40, 4)), side=side)
    concept = of.teach("cooking", set="topic", value="food")
    assert concept.is_of_sides
    assert concept.n_labels == 40
    rejected = of.measured("concept_cooking_rejected").to_numpy()
    assert (of.measured("concept_cooking_chosen").to_numpy() == concept.scores).all()
    assert rejected[is_cooking(120)].mean() > rejected[~is_cooking(120)].mean() + 0.3
    assert len(concept.next(5)) == 5


# As a file.


def test_a_file_scores_another_map_as_well(made, others, tmp_path):
    path = taught(made, description="About cooking").save(tmp_path / "cooking.concept.json")
    assert path.stat().st_size < 100_000
    scores = others.score("concept", str(path), progress=False)
    assert scores[is_cooking(120)].mean() > scores[~is_cooking(120)].mean() + 0.3
    [note] = [note for note in others.scores if note.name.startswith("concept:")]
    assert note.card["what"].startswith("About cooking.")
    assert [column["name"] for column in note.columns] == ["concept_cooking", "concept_cooking_certainty"]


def test_a_file_tells_name_embedder_labels_figures_and_versions(made, tmp_path):
    data = json.loads(taught(made).save(tmp_path / "c.json").read_text())
    assert (data["name"], data["set"], data["values"]) == ("cooking", "topic", ["food"])
    assert data["embedder"].startswith("static-general:")
    assert data["figures"]["labels"] == {"positive": 12, "other": 12}
    assert data["figures"]["precision"].keys() == {"value", "low", "high", "n"}
    assert data["made"]["portolan"] == portolan.__version__


def test_a_file_scores_both_replies_of_pairs(made, found_pairs, tmp_path):
    path = taught(made).save(tmp_path / "cooking.concept.json")
    of = opened_anew(found_pairs)
    chosen = of.score("concept", str(path), progress=False)
    rejected = of.score("concept", str(path), side="rejected", progress=False)
    for scores in (chosen, rejected):
        assert scores[is_cooking(120)].mean() > scores[~is_cooking(120)].mean()


def test_a_map_of_another_embedder_is_refused(made, tmp_path):
    path = taught(made).save(tmp_path / "cooking.concept.json")
    np.save(tmp_path / "v.npy", np.random.default_rng(0).normal(size=(200, 8)).astype(np.float32))
    other = portolan.map_text(
        ROWS, path=tmp_path / "v.portolan", embedder=f"vectors:{tmp_path / 'v.npy'}", progress=False
    )
    with pytest.raises(InputError, match="was taught on vectors of 'static-general") as problem:
        other.score("concept", str(path), progress=False)
    assert "--embedder" in problem.value.fix


def test_without_a_file_the_scorer_asks_for_one(made, tmp_path):
    with pytest.raises(InputError, match="needs a file"):
        made.score("concept", progress=False)
    with pytest.raises(NotFoundError, match="no concept at"):
        made.score("concept", str(tmp_path / "none.json"), progress=False)


# On the command line.


def run(*arguments):
    return CliRunner().invoke(app, ["teach", *map(str, arguments)])


def test_the_command_teaches_lists_what_is_next_and_saves(made, tmp_path):
    cooking_labels(made)
    about = ["--set", "topic", "--value", "food", "--name", "cooking"]
    told = run(made.path, *about, "--next", 3, "--save", tmp_path / "c.json")
    assert told.exit_code == 0
    assert "Precision " in told.stdout
    assert "Label next:" in told.stdout
    assert (tmp_path / "c.json").exists()
    found = json.loads(run(made.path, *about, "--next", 3, "--json").stdout)
    assert found["labels"] == {"positive": 12, "other": 12}
    assert len(found["next"]) == 3
    assert "cooking" in [one["name"] for one in json.loads(run(made.path, "--json").stdout)]


def test_the_command_calls_a_concept_by_its_label(made):
    cooking_labels(made)
    assert json.loads(run(made.path, "--set", "topic", "--value", "food", "--json").stdout)["column"] == "concept_food"
