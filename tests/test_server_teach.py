"""What the server tells and takes of concepts."""

import json

import pytest
from fastapi.testclient import TestClient

import portolan
from portolan.core.concept_file import Taught
from portolan.map import Map
from portolan.server.app import create_app
from portolan.server.current import CurrentMap
from small_data import topic_rows

SUBJECT = {"name": "cooking", "set": "topic", "values": ["food"]}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "topics.portolan"
    return portolan.map_text(topic_rows(160), name="Topics", path=path, progress=False)


@pytest.fixture
def server(made):
    for file in made.path.glob("journal.sqlite*"):
        file.unlink()
    return TestClient(create_app(CurrentMap(made.path, open_map=Map.open), access=None))


def give(server, value, rows):
    assert server.post("/api/labels", json={"set": "topic", "value": value, "rows": rows}).status_code == 200


def test_a_concept_is_taught_told_and_handed_out_as_a_file(server):
    give(server, "food", list(range(0, 48, 4)))
    give(server, "other", list(range(1, 48, 4)))
    taught = server.post("/api/concepts", json=SUBJECT).json()
    assert taught["column"] == "concept_cooking"
    assert taught["labels"] == {"positive": 12, "other": 12}
    assert sum(taught["histogram"]) == 160
    assert len(taught["histogram"]) == 20
    assert [one["cut"] for one in taught["curve"]][::9] == [0.05, 0.5, 0.95]
    assert server.get("/api/concepts").json() == [taught]
    file = server.get("/api/concepts/file", params={"name": "cooking"})
    assert file.headers["content-disposition"] == 'attachment; filename="cooking.concept.json"'
    assert Taught.from_text(file.text).name == "cooking"
    names = [column["name"] for column in server.get("/api/map").json()["columns"]]
    assert "text" in names
    assert json.loads(file.text)["values"] == ["food"]


def test_what_is_missing_before_it_can_be_taught_is_told(server):
    give(server, "food", [0, 4])
    lesson = server.get("/api/concepts/lesson", params={"set": "topic", "value": "food"}).json()
    assert (lesson["positive"], lesson["other"]) == (2, 0)
    assert lesson["missing"].startswith("Label at least 5 of each: 3 more “food”")
    refused = server.post("/api/concepts", json=SUBJECT)
    assert refused.status_code == 400
    assert "Label at least 5 of each" in refused.json()["fix"]


def test_rows_to_label_next_are_named_before_and_after_it_is_taught(server):
    give(server, "food", [0, 4])
    first = server.post("/api/concepts/next", json={**SUBJECT, "name": None, "n": 7}).json()["row_ids"]
    assert len(first) == 7
    assert not {0, 4} & set(first)


def test_further_labels_make_it_stale(server):
    give(server, "food", list(range(0, 48, 4)))
    give(server, "other", list(range(1, 48, 4)))
    server.post("/api/concepts", json=SUBJECT)
    give(server, "other", [101])
    [concept] = server.get("/api/concepts").json()
    assert not concept["is_current"]
