"""Labels and decisions over the server."""

import numpy as np
import pytest
from starlette.testclient import TestClient

import portolan
from portolan.core.row_sets import pack, row_set
from portolan.map import Map
from portolan.server.app import create_app
from portolan.server.current import CurrentMap
from portolan.server.security import Access
from portolan.store import Entry
from small_data import topic_rows


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "topics.portolan"
    return portolan.map_text(topic_rows(120), name="Topics", path=path, progress=False)


@pytest.fixture
def client(found):
    for file in found.path.glob("journal.sqlite*"):
        file.unlink()
    app = create_app(CurrentMap(found.path, open_map=Map.open), access=Access(token="t", port=8722))
    base = {"base_url": "http://127.0.0.1:8722", "headers": {"authorization": "Bearer t"}}
    with TestClient(app, raise_server_exceptions=False, **base) as client:
        yield client


def post(client, path, status=200, **body):
    answer = client.post(f"/api/{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_label_is_told_with_its_set_and_by_row(client):
    post(client, "label-sets", name="tone", values=[{"value": "calm", "color": "#00aa88", "key": "1"}])
    event = post(client, "labels", set="tone", value="calm", rows=[3, 5], author="ada", note="so calm")["event"]
    assert event["told"] == "labelled 2 rows “calm” (tone)"
    told = client.get("/api/labels?ids=5").json()
    assert told["sets"][0]["values"] == [{"value": "calm", "color": "#00aa88", "key": "1", "rows": 2}]
    [line] = told["labels"]
    assert (line["row_id"], line["value"], line["author"], line["note"]) == (5, "calm", "ada", "so calm")
    assert told["last_event"] == event["id"]


def test_a_label_changes_the_maps_version_its_tiles_and_what_filters_find(client):
    before = client.get("/api/map").json()
    done = post(client, "labels", set="tone", value="calm", where="row_id < 7")
    assert client.get("/api/map").json()["version"] == done["version"] != before["version"]
    tiles = client.get(f"/api/tiles/{before['layout']}/tiles.json").json()
    [column] = [one for one in tiles["columns"] if one["name"] == "label_tone"]
    assert column["values"] == [["calm", 7]]
    found = client.get("/api/search", params={"q": "the", "where": "label_tone = 'calm'", "limit": 20}).json()
    assert {one["row_id"] for one in found["results"]} <= set(range(7))
    assert found["results"]


def test_labels_given_by_another_process_stand_beside_the_tiles_when_they_are_next_asked_for(client, found):
    other = Map.open(found.path)
    entry = Entry(
        "labelled", {"set": "tone", "value": "calm", "rows": "x"}, row_sets={"x": pack(row_set(np.array([1])))}
    )
    other.journal.append([entry], author="ada")
    layout = client.get("/api/map").json()["layout"]
    names = [one["name"] for one in client.get(f"/api/tiles/{layout}/tiles.json").json()["columns"]]
    assert "label_tone" in names


def test_labels_are_taken_away_again(client):
    post(client, "labels", set="tone", value="calm", rows=[3, 5], author="ada")
    post(client, "labels", action="remove", set="tone", rows=[3], of="ada", author="bob")
    assert [line["row_id"] for line in client.get("/api/labels").json()["labels"]] == [5]


def test_where_people_differ_is_counted_and_listed(client):
    post(client, "labels", set="tone", value="calm", rows=[3, 5], author="ada")
    post(client, "labels", set="tone", value="rude", rows=[5], author="bob")
    told = client.get("/api/labels?conflicts=true&set=tone").json()
    assert told["n_conflicts"] == 1
    assert [(line["row_id"], line["author"]) for line in told["labels"]] == [(5, "ada"), (5, "bob")]
    agreement = client.get("/api/label-agreement?set=tone").json()
    assert (agreement["rows"], agreement["agreed"], agreement["cohen"][0]["kappa"]) == (1, 0, 0.0)


def test_a_decision_stands_in_the_history_of_its_rows_and_is_undone(client):
    done = post(client, "decisions", decision="drop", rows=[4], reason="nonsense", author="ada")
    post(client, "undo", event=done["event"]["id"])
    history = client.get("/api/rows/4/history").json()
    assert [(one["kind"], one["reason"]) for one in history["events"]] == [("decided", "nonsense")]
    assert history["events"][0]["undone_by"] == 2
    assert client.get("/api/rows/5/history").json()["events"] == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("labels", {"set": "tone", "rows": [1]}, 400),
        ("labels", {"set": "tone", "value": "calm"}, 400),
        ("labels", {"set": "tone", "value": "calm", "rows": [9999]}, 404),
        ("labels", {"set": "tone", "value": "calm", "where": "nowhere = 1"}, 400),
        ("labels", {"action": "remove", "set": "none", "rows": [1]}, 404),
        ("label-sets", {"name": "tone", "values": [{"value": "a"}, {"value": "a"}]}, 400),
        ("label-sets", {"name": "tone", "values": [{"value": "a", "color": "red"}]}, 400),
        ("decisions", {"decision": "burn", "rows": [1]}, 400),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_fix_and_leaves_no_event(client, path, body, status):
    assert post(client, path, status=status, **body)["fix"]
    assert client.get("/api/labels").json()["last_event"] == 0


def test_labels_of_rows_come_with_what_is_decided_of_them(client):
    post(client, "decisions", decision="drop", rows=[3, 5], reason="too short", author="ada")
    post(client, "decisions", decision="keep", rows=[5], author="bob")
    told = client.get("/api/labels?ids=5,3,4").json()["decisions"]
    assert [(line["row_id"], line["decision"], line["author"]) for line in told] == [
        (3, "drop", "ada"),
        (5, "keep", "bob"),
    ]
    assert told[0]["reason"] == "too short"
    assert client.get("/api/labels").json()["decisions"] == []


def test_a_contradiction_is_told_with_who_and_why_and_ends_when_an_owner_settles_it(client):
    post(client, "labels", set="tone", value="calm", rows=[3], author="ada", reason="polite")
    post(client, "labels", set="tone", value="rude", rows=[3], author="bob", reason="sarcasm")
    told = client.get("/api/labels?conflicts=true").json()
    assert told["n_conflicts"] == 1
    assert [(one["author"], one["reason"]) for one in told["labels"]] == [("ada", "polite"), ("bob", "sarcasm")]
    event = post(client, "labels", set="tone", value="calm", rows=[3], settles=True, reason="a quote")["event"]
    assert event["told"] == "settled 1 row “calm” (tone)"
    assert client.get("/api/labels?conflicts=true").json()["n_conflicts"] == 0
    assert client.get("/api/labels?ids=3").json()["sets"][0]["values"][0]["rows"] == 1
    post(client, "labels", 400, set="tone", value="calm", rows=[3], settles=True, span=[0, 2])


def test_decisions_that_contradict_each_other_are_told_with_who_when_and_why_and_settled_all_at_once(client):
    post(client, "decisions", decision="drop", where="row_id < 9", reason="too short", author="ada")
    post(client, "decisions", decision="keep", where="row_id > 4", reason="short, and right", author="bob")
    told = client.get("/api/decision-conflicts").json()
    [one] = told["conflicts"]
    assert (told["total"], told["n_rows"], one["n_rows"], one["row_ids"]) == (1, 4, 4, [5, 6, 7, 8])
    assert [(line["author"], line["reason"]) for line in one["decisions"]] == [
        ("ada", "too short"),
        ("bob", "short, and right"),
    ]
    assert [line["author"] for line in client.get("/api/labels?ids=5,2").json()["contradicting"]] == ["ada", "bob"]
    act = {"decision": "keep", "between": [1, 2], "reason": "read them", "request_id": "8f14e45f"}
    done = post(client, "decisions", **act)
    assert done["event"]["told"] == "settled to keep 4 rows"
    assert client.get("/api/decision-conflicts").json() == {"conflicts": [], "total": 0, "n_rows": 0}
    assert post(client, "decisions", **act) == done
    assert post(client, "decisions", 404, decision="keep", between=[1, 2])["fix"]


def test_contradictions_come_a_page_at_a_time(client):
    for row in range(5):
        post(client, "decisions", decision="drop", rows=[row], author="ada")
    post(client, "decisions", decision="keep", where="row_id < 5", author="bob")
    told = client.get("/api/decision-conflicts?offset=3&limit=1").json()
    assert (told["total"], [one["row_ids"] for one in told["conflicts"]]) == (5, [[3]])


def test_a_queue_gives_each_person_what_others_have_begun(client):
    post(client, "labels", set="tone", value="calm", rows=[7], author="ada")
    told = client.get("/api/label-queue?set=tone&n_people=2&where=row_id between 5 and 9").json()
    assert (told["total"], told["row_ids"][0], sorted(told["row_ids"])) == (5, 7, [5, 6, 7, 8, 9])
    assert client.get("/api/label-queue?set=tone&limit=2").json()["total"] == 120
    assert client.get("/api/label-queue?set=tone&begun=true").json()["row_ids"] == [7]


def test_a_label_that_is_sent_again_is_given_once(client):
    act = {"set": "tone", "value": "calm", "rows": [3], "request_id": "8f14e45f"}
    assert post(client, "labels", **act) == post(client, "labels", **act)
    assert len(client.get("/api/history").json()) == 1


def test_what_was_done_answers_even_where_it_could_not_be_done_again(client):
    post(client, "labels", set="tone", value="calm", rows=[3])
    undo = {"event": 1, "request_id": "c9f0f895"}
    assert post(client, "undo", **undo) == post(client, "undo", **undo)
    post(client, "labels", set="tone", value="calm", rows=[5])
    rows = {"where": "label_tone is null", "set": "tone", "value": "calm", "request_id": "45c48cce"}
    assert post(client, "labels", **rows)["event"]["id"] == post(client, "labels", **rows)["event"]["id"] == 4


def test_an_id_that_is_used_for_another_act_does_that_too(client):
    for row in (3, 5):
        post(client, "labels", set="tone", value="calm", rows=[row], request_id="no id at all")
    post(client, "decisions", decision="drop", rows=[3], request_id="no id at all")
    assert len(client.get("/api/history").json()) == 3


def test_acts_without_an_id_are_done_as_often_as_they_are_sent(client):
    for _ in range(2):
        post(client, "labels", set="tone", value="calm", rows=[3])
    assert len(client.get("/api/history").json()) == 2
