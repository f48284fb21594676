"""The server tells of further layouts, and answers for the one that is asked."""

import json

import numpy as np
import pytest
from fastapi.testclient import TestClient

import portolan
from portolan.map import Map
from portolan.server.app import create_app
from portolan.server.current import CurrentMap
from small_data import pair_rows


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "pairs.portolan"
    m = portolan.map_text(pair_rows(300), path=path, name="Pairs", progress=False)
    m.add_layout("rejected", progress=False)
    return m


@pytest.fixture(scope="module")
def client(made):
    return TestClient(create_app(CurrentMap(made.path, open_map=Map.open), access=None))


def test_the_map_lists_its_further_layouts(client, made):
    [told] = client.get("/api/map").json()["layouts"]
    assert told == {
        "name": "rejected",
        "layout": made.layouts["rejected"].layout_id,
        "by": "rejected",
        "embedder": "static",
        "kept_column": "kept_neighbors_rejected",
        "kept": made.compare("rejected").mean,
        "n_neighbors": 15,
    }


def test_a_layout_is_told_of_as_a_map(client, made):
    told = client.get("/api/map", params={"layout": "rejected"}).json()
    assert told["layout"] == made.layouts["rejected"].layout_id
    assert told["n_rows"] == 300
    assert told["state"] == "ready"


def test_a_whole_row_says_what_it_keeps_and_a_preview_does_not(client, made):
    [row] = client.get("/api/rows", params={"ids": "7"}).json()
    assert row["kept"] == {"rejected": pytest.approx(made.compare("rejected").kept[7], abs=1e-4)}
    [preview] = client.get("/api/rows", params={"ids": "7", "previews": True}).json()
    assert preview["kept"] == {}


def test_rows_results_and_clusters_have_their_places_on_the_layout_asked(client, made):
    rejected = made.layouts["rejected"]
    [row] = client.get("/api/rows", params={"ids": "7", "layout": "rejected"}).json()
    assert (row["x"], row["y"]) == pytest.approx(rejected.points[7].tolist())
    assert row["clusters"] == [int(rejected.cluster_ids(layer)[7]) for layer in range(rejected.n_layers)]
    result = client.get("/api/search", params={"q": "tomato", "layout": "rejected"}).json()["results"][0]
    assert (result["x"], result["y"]) == pytest.approx(rejected.points[result["row_id"]].tolist())
    near = client.get("/api/rows/7/neighbors", params={"layout": "rejected", "limit": 3}).json()
    assert [one["row_id"] for one in near] == rejected.neighbors([7], 3)[0][0].tolist()
    clusters = client.get("/api/clusters", params={"layout": "rejected"}).json()
    assert [one["name"] for one in clusters] == rejected.clusters["name"].to_pylist()


def test_tiles_of_both_layouts_are_served(client, made):
    for one in (made, made.layouts["rejected"]):
        index = client.get(f"/api/tiles/{one.layout_id}/tiles.json").json()
        assert index["n_rows"] == 300
        key = index["nodes"][0]["key"]
        assert client.get(f"/api/tiles/{one.layout_id}/{key}/row_id.bin").status_code == 200


def test_a_filter_comes_in_the_tile_order_of_the_layout_asked(client, made):
    query = {"clauses": [{"key": "a", "where": "subset = 'odd'"}], "layout": "rejected"}
    body = client.post("/api/filter", json=query).content
    length = int(np.frombuffer(body[:4], "<u4")[0])
    about = json.loads(body[4 : 4 + length])
    mask = np.unpackbits(np.frombuffer(body[-38:], np.uint8), bitorder="little")[:300].astype(bool)
    order = made.layouts["rejected"].filterer.memory.order
    assert sorted(order[mask].tolist()) == made.filter("subset = 'odd'").tolist()
    n_sample = about["sample"]
    places = np.frombuffer(body[4 + length : 4 + length + 4 * n_sample], "<u4")
    points = np.frombuffer(body[4 + length + 4 * n_sample :][: 8 * n_sample], "<f4").reshape(n_sample, 2)
    assert np.array_equal(points, made.layouts["rejected"].points[order[places]])


def test_what_falls_apart_and_what_stays_together_is_told(client):
    told = client.get("/api/layouts/rejected").json()
    assert set(told) == {"fall_apart", "stay_together", "clusters"}
    assert {"name", "size", "kept", "layer", "cluster_id"} == set(told["clusters"][0])


@pytest.mark.parametrize(
    "path",
    [
        "/api/map?layout=no",
        "/api/rows?ids=1&layout=no",
        "/api/clusters?layout=no",
        "/api/layouts/no",
        "/api/tiles/no/tiles.json",
    ],
)
def test_a_layout_that_is_not_there_is_told_with_a_fix(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["fix"]


def test_a_layout_that_is_added_while_the_server_runs_is_there_at_once(tmp_path):
    path = tmp_path / "m"
    made = portolan.map_text(pair_rows(80), path=path, progress=False)
    client = TestClient(create_app(CurrentMap(path, open_map=Map.open), access=None))
    assert client.get("/api/map").json()["layouts"] == []
    made.add_layout("prompt", progress=False)
    assert [one["name"] for one in client.get("/api/map").json()["layouts"]] == ["prompt"]
