"""What people do, over the server: edits of clusters, undo, history, saved views."""

import pytest
from starlette.testclient import TestClient

import portolan
from portolan.map import Map
from portolan.server.app import create_app
from portolan.server.current import CurrentMap
from portolan.server.security import Access
from small_data import topic_rows


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "topics.portolan"
    return portolan.map_text(topic_rows(300), name="Topics", path=path, progress=False)


@pytest.fixture
def made(found):
    """The map without anything done to it."""
    for file in found.path.glob("journal.sqlite*"):
        file.unlink()
    return Map.open(found.path)


@pytest.fixture
def client(made):
    app = create_app(CurrentMap(made.path, open_map=Map.open), access=Access(token="t", port=8722))
    base = {"base_url": "http://127.0.0.1:8722", "headers": {"authorization": "Bearer t"}}
    with TestClient(app, raise_server_exceptions=False, **base) as client:
        yield client


def edit(client, action, *refs, **more):
    clusters = [{"layer": layer, "cluster_id": cluster_id} for layer, cluster_id in refs]
    answer = client.post("/api/clusters/edit", json={"action": action, "clusters": clusters, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def clusters(client):
    return {(one["layer"], one["cluster_id"]): one for one in client.get("/api/clusters").json()}


def columns(client):
    layout = client.get("/api/map").json()["layout"]
    return {one["name"]: one["slug"] for one in client.get(f"/api/tiles/{layout}/tiles.json").json()["columns"]}


def test_a_new_name_is_seen_at_once_by_the_server_and_by_others(client, made):
    before = client.get("/api/map").json()["version"]
    done = edit(client, "rename", (0, 1), name="  Bread  and cake ", author="ada", reason="clearer")
    assert (done["event"]["author"], done["event"]["reason"]) == ("ada", "clearer")
    assert done["event"]["cluster"] == {"layer": 0, "cluster_id": 1}
    assert clusters(client)[0, 1]["name"] == "Bread and cake"
    assert client.get("/api/map").json()["version"] == done["version"] != before
    assert "Bread and cake" in made.clusters["name"].to_pylist()


def test_pins_and_notes_are_told_with_the_clusters(client):
    edit(client, "pin", (0, 1))
    edit(client, "note", (0, 1), note="look again")
    assert (clusters(client)[0, 1]["is_pinned"], clusters(client)[0, 1]["note"]) == (True, "look again")
    edit(client, "unpin", (0, 1))
    assert clusters(client)[0, 1]["is_pinned"] is False


def test_a_split_makes_a_cluster_and_new_tile_columns_and_undoing_it_takes_them_back(client):
    before, slugs = clusters(client), columns(client)
    rows = list(range(0, 40))
    done = edit(client, "split", (0, 0), rows=rows, name="Some")
    after = clusters(client)
    [new] = set(after) - set(before)
    assert after[new]["name"] == "Some"
    assert after[new]["size"] + after[0, 0]["size"] == before[0, 0]["size"]
    assert columns(client)["cluster_0"] != slugs["cluster_0"]
    client.post("/api/undo", json={"event": done["event"]["id"]})
    assert clusters(client) == before
    assert columns(client) == slugs


def test_a_split_by_meaning_parts_two_topics_that_were_merged(client, made):
    names = ["cooking" if topic == "cooking" else "space" for topic in made.rows["topic"].to_pylist()]
    top = made.n_layers - 1
    of = {name: made.cluster_ids(top)[names.index(name)] for name in ("cooking", "space")}
    edit(client, "merge", (top, int(of["cooking"])), (top, int(of["space"])))
    edit(client, "split", (top, int(of["cooking"])))
    parts = {made.cluster_ids(top)[row] for row in range(300) if made.rows["topic"][row].as_py() == "cooking"}
    assert len(parts) == len({int(made.cluster_ids(top)[row]) for row in (0, 4, 8)}) == 1


def test_filters_follow_edits(client, made):
    size = clusters(client)[1, 0]["size"]
    assert len(made.filter("cluster_1 = 0")) == size
    other = clusters(client)[1, 1]["size"]
    edit(client, "merge", (1, 0), (1, 1))
    assert len(made.filter("cluster_1 = 0")) == size + other
    assert len(made.filter("cluster_1 = 1")) == 0


def test_the_history_tells_what_was_done_the_last_first(client):
    edit(client, "rename", (0, 0), name="Bread")
    client.post("/api/undo", json={})
    told = [(one["told"], one["undone_by"]) for one in client.get("/api/history").json()]
    assert told[0][0].startswith("took back: renamed")
    assert told[1][1] == 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"action": "rename", "clusters": [{"layer": 0, "cluster_id": 999}], "name": "x"}, 404),
        ({"action": "rename", "clusters": [{"layer": 0, "cluster_id": 0}], "name": "  "}, 400),
        ({"action": "rename", "clusters": []}, 400),
        ({"action": "burn", "clusters": [{"layer": 0, "cluster_id": 0}]}, 400),
        ({"action": "merge", "clusters": [{"layer": 0, "cluster_id": 0}]}, 400),
        ({"action": "merge", "clusters": [{"layer": 0, "cluster_id": 0}, {"layer": 1, "cluster_id": 0}]}, 400),
        ({"action": "split", "clusters": [{"layer": 0, "cluster_id": 0}], "where": "row_id < 0"}, 400),
        ({"action": "split", "clusters": [{"layer": 0, "cluster_id": 0}], "where": "nothing = 1"}, 400),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_fix_and_leaves_no_event(client, body, status):
    answer = client.post("/api/clusters/edit", json=body)
    assert answer.status_code == status
    assert answer.json()["fix"]
    assert client.get("/api/history").json() == []


def test_undoing_twice_or_nothing_is_refused(client):
    assert client.post("/api/undo", json={}).status_code == 404
    done = edit(client, "pin", (0, 0))
    client.post("/api/undo", json={"event": done["event"]["id"]})
    assert client.post("/api/undo", json={"event": done["event"]["id"]}).status_code == 400


def test_views_are_saved_listed_renamed_and_deleted(client, made):
    saved = client.post("/api/views", json={"name": "Robberies", "link": "http://x/#q=bank", "where": "row_id < 9"})
    assert saved.json()["link"] == "q=bank"
    assert [(view.name, view.link, view.where) for view in made.views] == [("Robberies", "q=bank", "row_id < 9")]
    client.post("/api/views", json={"name": "Banks/2", "renamed_from": "Robberies"})
    assert [view["name"] for view in client.get("/api/views").json()] == ["Banks/2"]
    assert client.delete("/api/views", params={"name": "Banks/2"}).json() == []
    client.post("/api/undo", json={})
    assert [view.name for view in made.views] == ["Banks/2"]


def test_a_view_that_is_not_there_is_neither_renamed_nor_deleted(client):
    assert client.delete("/api/views", params={"name": "x"}).status_code == 404
    assert client.post("/api/views", json={"name": "y", "renamed_from": "x"}).status_code == 404
    assert client.post("/api/views", json={"name": " ", "link": "q=1"}).status_code == 400


def test_a_body_that_is_no_json_is_refused(client):
    answer = client.post("/api/undo", content="{}", headers={"content-type": "text/plain"})
    assert answer.status_code == 415
    assert client.get("/api/history").json() == []


def test_another_sites_page_can_do_nothing(client):
    answer = client.post("/api/undo", json={}, headers={"origin": "http://evil.example"})
    assert answer.status_code == 403


def test_who_does_what_is_told_and_can_be_set(client, monkeypatch):
    monkeypatch.setenv("PORTOLAN_AUTHOR", "Ada L.")
    assert client.get("/api/map").json()["author"] == "Ada L."
    assert edit(client, "pin", (0, 0))["event"]["author"] == "Ada L."


def test_the_page_of_a_cluster_tells_its_rows_words_columns_and_neighbours(client, made):
    top = made.n_layers - 1
    cluster = int(made.cluster_ids(top)[0])
    page = client.get(f"/api/clusters/{top}/{cluster}").json()
    assert page["cluster"]["cluster_id"] == cluster
    assert all(made.cluster_ids(top)[one["row_id"]] == cluster and one["preview"] for one in page["exemplars"])
    assert page["phrases"][0]["share"] > page["phrases"][0]["share_of_siblings"]
    [topic] = [one for one in page["columns"] if one["name"] == "topic"]
    assert topic["values"][0] == {"value": "cooking", "code": 0, "inside": page["cluster"]["size"], "whole": 75}
    assert sum(one["size"] for one in page["subclusters"]) == page["cluster"]["size"]
    assert page["neighbors"][0]["cluster_id"] != cluster


def test_the_page_of_a_cluster_has_its_history(client):
    edit(client, "rename", (0, 1), name="Bread")
    edit(client, "rename", (0, 2), name="Cake")
    [event] = client.get("/api/clusters/0/1").json()["events"]
    assert event["told"].endswith("to “Bread”")
    assert client.get("/api/clusters/9/9").status_code == 404
