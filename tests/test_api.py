"""A map is made, opened, continued, refused and rebuilt as the contract says."""

import io
import json

import numpy as np
import pyarrow as pa
import pytest

import portolan
from portolan.api import plan, rebuild
from portolan.errors import InputError, MapFormatError, MapLockedError, NoRowsError, NotFoundError
from portolan.options import MapOptions
from portolan.store import FolderStore
from small_data import pair_rows, topic_rows


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "topics.portolan"
    return portolan.map_text(topic_rows(600), name="Topics", path=path, progress=False)


def test_rows_come_back_as_they_came_with_row_ids_in_order(made):
    assert made.rows.column_names == ["row_id", "text", "topic", "length"]
    assert made.rows.column("row_id").to_pylist() == list(range(600))
    assert made.rows.drop_columns("row_id").to_pylist() == topic_rows(600)


def test_vectors_and_points_have_one_line_a_row(made):
    assert made.vectors.dtype == np.float32
    assert len(made.vectors) == 600
    assert made.points.dtype == np.float32
    assert made.points.shape == (600, 2)
    assert np.isfinite(made.points).all()


def test_every_row_is_in_one_cluster_of_each_layer_and_layers_are_nested(made):
    assert made.n_layers >= 2
    for layer in range(made.n_layers):
        ids = made.cluster_ids(layer)
        assert ids.dtype == np.int32
        assert ids.min() >= 0
    for finer, coarser in zip(range(made.n_layers - 1), range(1, made.n_layers), strict=True):
        pairs = set(zip(made.cluster_ids(finer).tolist(), made.cluster_ids(coarser).tolist(), strict=True))
        assert len(pairs) == made.cluster_ids(finer).max() + 1


def test_topics_end_in_clusters_of_their_own(made):
    topics = np.array(made.rows.column("topic").to_pylist())
    finest = made.cluster_ids(0)
    majority = sum(np.unique(topics[finest == c], return_counts=True)[1].max() for c in np.unique(finest))
    assert majority / 600 > 0.95


def test_the_table_of_clusters_says_what_each_is(made):
    clusters = made.clusters
    expected = {"cluster_id", "layer", "parent_id", "name", "keyphrases", "size", "exemplars", "density", "x", "y"}
    assert expected <= set(clusters.column_names)
    finest = [entry for entry in clusters.to_pylist() if entry["layer"] == 0]
    assert sum(entry["size"] for entry in finest) == 600
    assert all(entry["name"] for entry in finest)


def test_search_finds_by_words_and_by_meaning(made):
    hits = made.search("tomato compost", limit=5)
    topics = made.rows.column("topic").to_pylist()
    assert {topics[hit.row_id] for hit in hits} == {"gardens"}
    assert hits[0].score >= hits[-1].score


def test_neighbors_are_of_the_same_topic_and_not_the_row_itself(made):
    rows, similarities = made.neighbors([0, 1], n_neighbors=5)
    assert rows.shape == similarities.shape == (2, 5)
    assert 0 not in rows[0]
    assert (np.diff(similarities, axis=1) <= 0).all()
    assert set(rows[0] % 4) == {0}


def test_info_has_what_scripts_rely_on(made):
    info = made.info()
    assert info["rows"] == 600
    assert [entry["layer"] for entry in info["layers"]] == list(range(made.n_layers))
    assert {"trustworthiness", "recall_at_15", "knn_recall", "share_in_layer_0"} <= set(info["quality"])
    assert {"load", "embed", "neighbors", "project", "cluster", "name", "tile", "index"} <= set(info["seconds"])
    assert info["peak_rss_mb"] > 0
    assert info["versions"]["portolan"] == portolan.__version__
    json.dumps(info)


def test_a_map_opens_by_path_and_by_name(made, monkeypatch):
    monkeypatch.setenv("PORTOLAN_HOME", str(made.path.parent))
    assert portolan.open_map(made.path).n_rows == 600
    assert portolan.open_map("topics").name == "Topics"


def test_a_map_describes_itself_to_notebooks_as_text(tmp_path):
    m = portolan.map_text(topic_rows(8), name="<script>x</script>", path=tmp_path / "m", progress=False)
    assert "<script>" not in m._repr_html_()
    assert "8 rows" in m._repr_html_()


def test_the_same_data_again_runs_nothing(made):
    before = made._store.manifest.to_json()
    again = portolan.map_text(topic_rows(600), name="Topics", path=made.path, progress=False)
    assert again._store.manifest.to_json()["stages"] == before["stages"]


def test_another_seed_redoes_the_layout_and_keeps_the_rows(tmp_path):
    first = portolan.map_text(topic_rows(200), path=tmp_path / "m", progress=False)
    loaded = first._store.manifest.stages["load"].finished
    points = first.points.copy()
    second = portolan.map_text(topic_rows(200), path=tmp_path / "m", random_state=1, progress=False)
    assert second._store.manifest.stages["load"].finished == loaded
    assert not np.array_equal(points, second.points)


def test_other_data_does_not_take_the_place_of_a_map_unasked(tmp_path):
    portolan.map_text(topic_rows(20), path=tmp_path / "m", progress=False)
    with pytest.raises(InputError) as caught:
        portolan.map_text(topic_rows(21), path=tmp_path / "m", progress=False)
    assert "--replace" in caught.value.fix
    assert portolan.open_map(tmp_path / "m").n_rows == 20
    replaced = portolan.map_text(topic_rows(21), path=tmp_path / "m", replace=True, progress=False)
    assert replaced.n_rows == len(replaced.points) == 21


@pytest.mark.slow
def test_one_and_two_threads_give_equal_maps(tmp_path):
    one, two = (portolan.map_text(topic_rows(3000), path=tmp_path / f"{n}", threads=n, progress=False) for n in (1, 2))
    assert one.vectors.tobytes() == two.vectors.tobytes()
    assert one.points.tobytes() == two.points.tobytes()
    assert one.clusters.equals(two.clusters)


def test_rebuild_makes_the_same_map_again(tmp_path):
    m = portolan.map_text(topic_rows(150), path=tmp_path / "m", progress=False)
    points, names = m.points.tobytes(), m.clusters.column("name").to_pylist()
    again = rebuild(m.path)
    assert again.points.tobytes() == points
    assert again.clusters.column("name").to_pylist() == names


@pytest.mark.parametrize("n_rows", [1, 2, 10])
def test_a_handful_of_rows_makes_a_whole_map(tmp_path, n_rows):
    m = portolan.map_text(topic_rows(n_rows), path=tmp_path / "m", progress=False)
    assert m.is_finished
    assert m.points.shape == (n_rows, 2)
    assert m.n_layers >= 1
    assert m.cluster_ids(0).tolist().count(-1) == 0
    assert m.search("oven planet soil goal the")


def test_rows_that_are_all_alike_make_a_map(tmp_path):
    m = portolan.map_text(["the same words"] * 500, path=tmp_path / "m", progress=False)
    assert np.isfinite(m.points).all()
    assert m.is_finished


def test_rows_without_text_are_kept_and_belong_to_no_cluster(tmp_path):
    rows = [*topic_rows(50), {"text": "", "topic": "none", "length": 0}, {"text": None, "topic": "none", "length": 0}]
    m = portolan.map_text(rows, path=tmp_path / "m", progress=False)
    assert m.n_rows == 52
    assert m.cluster_ids(0)[-2:].tolist() == [-1, -1]
    assert np.isfinite(m.points).all()


def test_only_rows_without_text_still_make_a_map(tmp_path):
    m = portolan.map_text(["", "", ""], path=tmp_path / "m", progress=False)
    assert m.n_rows == 3
    assert m.is_finished


def test_no_rows_are_refused(tmp_path):
    with pytest.raises(NoRowsError):
        portolan.map_text([], path=tmp_path / "m", progress=False)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(NotFoundError):
        portolan.map_text(tmp_path / "nothing.jsonl", path=tmp_path / "m", progress=False)


@pytest.mark.parametrize("layout", ["chosen", "prompt", "rejected", "difference"])
def test_pairs_are_laid_out_by_any_side(tmp_path, layout):
    m = portolan.map_text(pair_rows(80), path=tmp_path / "m", layout=layout, progress=False)
    assert m.roles.kind == "pair"
    assert m.is_finished
    assert m.search("Tell me", limit=3)


def test_a_reading_of_a_pair_has_the_prompt_once_and_both_replies(tmp_path):
    m = portolan.map_text(pair_rows(20), path=tmp_path / "m", progress=False)
    reading = m.reading(m.rows_by_id([3])[0])
    assert [turn["role"] for turn in reading["prompt"]] == ["human"]
    assert len(reading["chosen"]) == len(reading["rejected"]) == 1


def test_strange_texts_make_a_map(tmp_path):
    texts = [
        "nul \0 inside",
        "emoji 🧭🗺️",
        "שלום עולם",
        "مرحبا بالعالم",
        "微博热搜榜今天更新",
        "word " * 1_000_000,
        "\ud800 lone",
        "",
    ]
    m = portolan.map_text(texts * 3, path=tmp_path / "m", progress=False)
    assert m.n_rows == 24
    assert m.is_finished


def test_two_writers_do_not_meet(tmp_path):
    store = FolderStore.create(tmp_path / "m", facts={})
    with store.writing(), pytest.raises(MapLockedError) as caught:
        FolderStore.create(tmp_path / "m", facts={})
    assert caught.value.fix


def test_a_plan_tells_what_would_run_and_writes_nothing(tmp_path):
    source = tmp_path / "rows.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in topic_rows(100)))
    options = MapOptions(path=tmp_path / "m")
    planned = plan(source, options)
    assert planned.rows == 100
    assert planned.is_exact
    assert not (tmp_path / "m").exists()
    assert "text: text" in planned.to_text()
    portolan.map_text(source, path=tmp_path / "m", progress=False)
    assert all(stage.is_done for stage in plan(source, options).stages)
    changed = {
        stage.stage: stage.is_done for stage in plan(source, MapOptions(path=tmp_path / "m", random_state=5)).stages
    }
    assert changed["load"]
    assert changed["index"]
    assert not changed["project"]


def test_arrow_tables_and_iterators_are_read(tmp_path):
    table = pa.table({"text": [row["text"] for row in topic_rows(30)]})
    assert portolan.map_text(table, path=tmp_path / "a", progress=False).n_rows == 30
    assert portolan.map_text(iter(topic_rows(30)), path=tmp_path / "b", progress=False).n_rows == 30


def test_progress_goes_to_standard_error(tmp_path, monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    portolan.map_text(topic_rows(12), path=tmp_path / "m")
    assert "Embedding" in stream.getvalue()
    assert "text: text" in stream.getvalue()


def test_pairs_with_a_column_that_names_the_winner_are_read_from_the_store(tmp_path):
    left, right = topic_rows(40), topic_rows(40, seed=1)
    rows = [
        {
            "instruction": f"Write of {a['topic']}.",
            "output_1": a["text"],
            "output_2": b["text"],
            "preference": 1 + n % 2,
        }
        for n, (a, b) in enumerate(zip(left, right, strict=True))
    ]
    m = portolan.map_text(rows, path=tmp_path / "m", progress=False)
    assert m.roles.kind == "pair"
    assert m.reading(m.rows_by_id([1])[0])["chosen"][0]["text"] == right[1]["text"]
    assert m.is_finished


def test_rankings_of_several_replies_make_a_map(tmp_path):
    rows = [
        {"prompt": f"Write of {row['topic']}.", "responses": [row["text"], "no"], "scores": [0.9, 0.1]}
        for row in topic_rows(40)
    ]
    m = portolan.map_text(rows, path=tmp_path / "m", progress=False)
    assert m.roles.kind == "ranking"
    assert len(m.reading(m.rows_by_id([0])[0])["replies"]) == 2


def test_red_team_attempts_make_a_map(tmp_path):
    rows = [
        {"transcript": f"\n\nHuman: {row['text']}\n\nAssistant: No.", "rating": 1.0, "tags": ["a", "b"]}
        for row in topic_rows(40)
    ]
    m = portolan.map_text(rows, path=tmp_path / "m", progress=False)
    assert m.roles.kind == "red-team"
    assert m.is_finished


@pytest.mark.parametrize("kind", ["vectors", "points", "topics", "search"])
def test_a_damaged_part_is_named_with_the_fix_and_rebuild_mends_it(tmp_path, kind):
    m = portolan.map_text(topic_rows(60), path=tmp_path / "m", progress=False)
    for file in (tmp_path / "m" / kind).rglob("*"):
        if file.is_file():
            file.write_bytes(b"broken")
    damaged = portolan.open_map(m.path)
    with pytest.raises(MapFormatError) as caught:
        _ = (damaged.vectors, damaged.points, damaged.clusters, damaged.search("oven"))
    assert "rebuild" in caught.value.fix
    mended = rebuild(m.path)
    assert mended.points.tobytes() == m.points.tobytes()
    assert mended.search("oven")


@pytest.mark.parametrize("data", [[], None, 3])
def test_data_that_holds_no_rows_leaves_no_map_behind(data, tmp_path):
    with pytest.raises(InputError):
        portolan.map_text(data, name="none", path=tmp_path / "none", progress=False)
    assert not (tmp_path / "none").exists()


def test_data_that_holds_no_rows_leaves_a_map_that_was_there(tmp_path):
    path = tmp_path / "kept"
    portolan.map_text(topic_rows(50), name="kept", path=path, progress=False)
    with pytest.raises(InputError):
        portolan.map_text([], name="kept", path=path, progress=False)
    assert portolan.open_map(path).n_rows == 50


@pytest.mark.parametrize("choice", [{"namer": "foo"}, {"embedder": "foo"}])
def test_an_unknown_plugin_is_refused_before_any_work(choice, tmp_path):
    with pytest.raises(NotFoundError, match="foo"):
        portolan.map_text(topic_rows(50), name="m", path=tmp_path / "m", progress=False, **choice)
    assert not (tmp_path / "m").exists()
    with pytest.raises(NotFoundError, match="foo"):
        plan(topic_rows(50), MapOptions(name="m", path=tmp_path / "m", **choice))


def test_a_query_that_is_no_text_and_rows_that_are_no_numbers_are_refused(made):
    with pytest.raises(InputError, match="query is 5"):
        made.search(5)
    with pytest.raises(InputError, match="whole numbers"):
        made.neighbors([1.5])


@pytest.mark.parametrize("layout", ["prompt", "rejected", "difference"])
def test_a_layout_that_the_rows_have_no_texts_for_is_refused(layout, tmp_path):
    with pytest.raises(InputError, match=f"cannot be laid out by {layout}"):
        portolan.map_text(topic_rows(50), name="m", path=tmp_path / "m", layout=layout, progress=False)
    with pytest.raises(InputError, match=f"cannot be laid out by {layout}"):
        plan(topic_rows(50), MapOptions(name="m", path=tmp_path / "m", layout=layout))


@pytest.mark.parametrize("layout", ["prompt", "rejected", "difference"])
def test_pairs_are_laid_out_by_each_of_their_parts(layout, tmp_path):
    made = portolan.map_text(pair_rows(60), name="m", path=tmp_path / "m", layout=layout, progress=False)
    assert np.isfinite(made.points).all()
    assert made.vectors.any(axis=1).all()
