"""Programs written for Nomic's client run unchanged, on this machine."""

import json
import warnings

import numpy as np
import pyarrow as pa
import pytest

from portolan import atlas
from portolan.atlas import AtlasDataset, AtlasProject
from portolan.atlas import arguments as arguments_module
from portolan.core.semantic_duplicates import duplicate_groups
from portolan.errors import InputError, NotFoundError, ShapeError

WORDS = {
    "space": ["planet", "orbit", "rocket", "moon", "star", "telescope", "comet", "galaxy"],
    "food": ["soup", "bread", "cheese", "apple", "spice", "oven", "recipe", "salad"],
    "music": ["violin", "guitar", "melody", "rhythm", "song", "concert", "choir", "drum"],
}


def sentences() -> list[dict]:
    rng = np.random.default_rng(0)
    return [
        {"key": f"k{n}", "text": f"The {' and the '.join(rng.choice(WORDS[topic], 4))} of {topic}.", "topic": topic,
         "date": f"2024-0{n % 9 + 1}-01"}
        for n, topic in enumerate([*WORDS] * 30)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PORTOLAN_HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def dataset(home) -> AtlasDataset:
    return atlas.map_text(
        data=sentences(), indexed_field="text", id_field="key", name="Small", description="Three topics"
    )


@pytest.fixture
def forgotten(monkeypatch):
    monkeypatch.setattr(arguments_module, "_warned", set())


def test_the_three_line_program_runs_unchanged(home, tmp_path, monkeypatch):
    folder = tmp_path / "hh-rlhf"
    folder.mkdir()
    asked = [f"\n\nHuman: {row['text']}\n\nAssistant:" for row in sentences()]
    lines = [json.dumps({"chosen": f"{prompt} Yes.", "rejected": f"{prompt} No."}) for prompt in asked]
    (folder / "train.jsonl").write_text("\n".join(lines))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    from datasets import load_dataset

    dataset = load_dataset(str(folder))["train"]
    project = atlas.map_text(data=[d for d in dataset], name="Anthropic RLHF", description="What's in it?")
    assert project.total_datums == 90
    assert project.map.roles.kind == "pair"


def test_a_dataset_tells_what_it_holds(dataset):
    assert isinstance(dataset, AtlasProject)
    assert (dataset.name, dataset.slug, dataset.description) == ("Small", "small", "Three topics")
    assert (dataset.total_datums, dataset.id_field, dataset.modality) == (90, "key", "text")
    assert dataset.dataset_fields == ["key", "text", "topic", "date"]
    assert not dataset.is_locked
    with dataset.wait_for_dataset_lock() as same:
        assert same is dataset


def test_a_dataset_is_found_again_by_its_name(dataset):
    again = AtlasDataset("Small")
    assert (again.total_datums, again.id_field) == (90, "key")
    assert AtlasDataset("someone/small").total_datums == 90


def test_rows_come_back_by_their_ids(dataset):
    assert [row["text"] for row in dataset.get_data(["k3", "k1"])] == [sentences()[3]["text"], sentences()[1]["text"]]
    with pytest.raises(NotFoundError, match="no-such"):
        dataset.get_data(["no-such"])


def test_topics_are_given_as_tables_coarse_to_fine(dataset):
    topics = dataset.maps[0].topics
    frame = topics.df
    assert list(frame.columns) == ["key", *(f"topic_depth_{depth}" for depth in range(1, topics.depth + 1))]
    assert frame["key"].tolist() == [f"k{n}" for n in range(90)]
    assert frame["topic_depth_1"].nunique() <= frame[f"topic_depth_{topics.depth}"].nunique()
    assert topics.tb.num_rows == 90


def test_topic_groups_hold_every_row_once(dataset):
    groups = dataset.maps[0].topics.group_by_topic(topic_depth=1)
    members = [name for group in groups for name in group["datum_ids"]]
    assert sorted(members) == sorted(f"k{n}" for n in range(90))


def test_topic_metadata_and_hierarchy_name_each_topic(dataset):
    topics = dataset.maps[0].topics
    metadata = topics.metadata
    assert metadata["topic_id"].is_unique
    names = set(metadata["topic_short_description"])
    assert all(topic in names and set(children) <= names for (topic, _), children in topics.hierarchy.items())


def test_topic_density_counts_rows_in_a_span_of_time(dataset):
    topics = dataset.maps[0].topics
    assert sum(topics.get_topic_density("date", "2024-01-01", "2024-04-01").values()) == 30


def test_embeddings_are_positions_and_vectors(dataset):
    embeddings = dataset.maps[0].embeddings
    assert list(embeddings.projected.columns) == ["key", "x", "y"]
    assert embeddings.latent.shape[0] == 90


def test_vector_search_finds_a_row_itself_first(dataset):
    neighbors, distances = dataset.maps[0].embeddings.vector_search(ids=["k0", "k7"], k=4)
    assert [found[0] for found in neighbors] == ["k0", "k7"]
    assert distances[0] == sorted(distances[0])
    assert np.allclose([found[0] for found in distances], 0, atol=1e-5)
    by_vector, _ = dataset.maps[0].vector_search(queries=dataset.maps[0].embeddings.latent[:1] * 3, k=4)
    assert by_vector == neighbors[:1]


def test_data_comes_back_as_it_was(dataset):
    table = dataset.maps[0].data.tb.drop_columns("row_id")
    assert table.to_pylist() == sentences()
    assert len(dataset.maps[0].data.df) == 90


def test_duplicates_keep_the_first_row_of_each_group(home):
    rows = [*sentences(), {**sentences()[0], "key": "copy"}]
    dataset = atlas.map_text(rows, "text", "key", name="With a copy")
    duplicates = dataset.maps[0].duplicates_within(0.0001)
    assert "copy" in duplicates.deletion_candidates()
    assert "k0" not in duplicates.deletion_candidates()
    assert set(duplicates.df["duplicate_class"]) <= {"singleton", "retention candidate", "deletion candidate"}


def test_duplicate_groups_are_linked_pairs_numbered_by_their_first_row():
    angles = np.array([0, 90, 5, 180, 10, 90])
    vectors = np.column_stack([np.cos(np.radians(angles)), np.sin(np.radians(angles))]).astype(np.float32)
    near = 1 - np.cos(np.radians(6))
    assert duplicate_groups(vectors, cutoff=near).tolist() == [0, 1, 0, 2, 0, 1]


def test_rows_without_text_are_no_duplicates_of_each_other():
    assert duplicate_groups(np.zeros((3, 4), np.float32), cutoff=0.5).tolist() == [0, 1, 2]


def test_rows_can_be_added_before_the_map_is_made(home):
    dataset = AtlasDataset("Grown", unique_id_field="key")
    dataset.add_data(sentences()[:60])
    dataset.add_data(pa.Table.from_pylist(sentences()[60:]))
    assert (dataset.total_datums, dataset.is_accepting_data, dataset.maps) == (90, True, [])
    assert dataset.create_index(indexed_field="text").name == "Grown"
    assert dataset.maps[0].ids[:2] == ["k0", "k1"]
    with pytest.raises(InputError, match="cannot be added"):
        dataset.add_data(sentences())


def test_what_cannot_be_done_says_what_to_do_instead(dataset):
    for refused in (dataset.add_data, dataset.delete_data, dataset.update_maps):
        with pytest.raises(InputError, match="call map_text again"):
            refused([])
    with pytest.raises(NotFoundError):
        dataset.get_map("another")


def test_embeddings_can_be_mapped_with_data(home):
    vectors = np.random.default_rng(0).normal(size=(90, 8))
    dataset = atlas.map_embeddings(vectors, sentences(), id_field="key", name="Given vectors")
    expected = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert np.allclose(dataset.maps[0].embeddings.latent, expected, atol=1e-6)
    assert dataset.modality == "embedding"


def test_embeddings_and_data_must_have_equal_length():
    with pytest.raises(ShapeError, match="3 embeddings and 2 rows"):
        atlas.map_data(["a", "b"], embeddings=np.ones((3, 2)))


def test_map_data_needs_something_to_map():
    with pytest.raises(InputError, match="neither data nor embeddings"):
        atlas.map_data()


def test_arguments_without_effect_warn_once(forgotten):
    with pytest.warns(UserWarning, match="'organization_name' has no effect"):
        arguments_module.understood({"organization_name": "us", "name": "n"})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        arguments_module.understood({"organization_name": "us", "is_public": True})


def test_arguments_of_every_era_are_taken(forgotten):
    with pytest.warns(UserWarning, match="projection.n_epochs"):
        understood = arguments_module.understood({
            "map_name": "n", "map_description": "d", "indexed_field": "text", "id_field": "key",
            "colorable_fields": ["a"], "reset_project_if_exists": True, "embedding_model": "static",
            "projection": {"n_neighbors": 20, "n_epochs": 9},
        })  # fmt: skip
    assert understood == {
        "name": "n", "description": "d", "text": "text", "id": "key", "replace": True, "n_neighbors": 20,
        "embedder": "static",
    }  # fmt: skip


def test_an_argument_of_no_era_is_an_error():
    with pytest.raises(TypeError, match="no_such"):
        atlas.map_text(["a"], no_such=1)
