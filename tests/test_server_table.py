"""What the server answers to a table: a page of rows in an order, how many there are, where a row stands."""

import pytest
from starlette.testclient import TestClient

import portolan
from portolan.map import Map
from portolan.server.app import create_app
from portolan.server.current import CurrentMap

N = 60


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    topics = ["the cat sleeps on a warm sofa", "stocks and bonds fell on the market", "bake bread with yeast " * 60]
    rows = [{"text": f"{topics[i % 3]} number{i}", "lang": ["en", "de"][i % 2], "stars": i % 5} for i in range(N)]
    path = tmp_path_factory.mktemp("maps") / "m"
    portolan.map_text(rows, name="table", path=path, text="text", category=["lang", "stars"])
    with TestClient(create_app(CurrentMap(path, open_map=Map.open), access=None)) as client:
        yield client


def ask(client, **query):
    return client.post("/api/table", json=query)


def ids(answer):
    return [row["row_id"] for row in answer.json()["rows"]]


def test_a_page_of_the_rows_and_how_many_there_are(client):
    answer = ask(client, offset=5, limit=3)
    assert ids(answer) == [5, 6, 7]
    assert answer.json()["rows"][0]["columns"]["stars"] == 0
    assert (answer.json()["total"], answer.json()["place"]) == (N, None)


def test_rows_are_filtered_and_sorted_and_one_is_found(client):
    clauses = [{"key": "a", "where": "lang = 'de'"}, {"key": "b", "where": "row_id < 10"}]
    answer = ask(client, clauses=clauses, sort={"column": "stars", "descending": True}, find=1)
    assert ids(answer) == [9, 3, 7, 1, 5]
    assert answer.json()["place"] == 3
    assert ask(client, clauses=clauses, join="or", limit=0).json()["total"] == N // 2 + 5


def test_past_the_end_there_are_no_rows(client):
    answer = ask(client, offset=1000)
    assert (ids(answer), answer.json()["total"]) == ([], N)


def test_texts_are_cut_unless_whole_ones_are_asked_for(client):
    asked = [ask(client, offset=2, limit=1, previews=previews).json() for previews in (True, False)]
    cut, whole = (answer["rows"][0]["reading"]["text"] for answer in asked)
    assert len(cut) <= 601 < len(whole)


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 201},
        {"offset": -1},
        {"sort": {"column": ""}},
        {"sort": {"column": "star"}},
        {"clauses": [{"key": "a", "where": "stars >"}]},
    ],
)
def test_what_cannot_be_is_refused_with_a_fix(client, query):
    answer = ask(client, **query)
    assert answer.status_code == 400
    assert answer.json()["fix"]
