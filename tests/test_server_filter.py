"""What the server answers to a filter: a bit a row, counts, and rows to show at once."""

import json

import numpy as np
import pytest
from starlette.testclient import TestClient

import portolan
from portolan.map import Map
from portolan.server.app import create_app
from portolan.server.current import CurrentMap

N = 60


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    topics = ["the cat sleeps on a warm sofa", "stocks and bonds fell on the market", "bake bread with yeast"]
    rows = [{"text": f"{topics[i % 3]} number{i}", "lang": ["en", "de"][i % 2], "stars": i % 5} for i in range(N)]
    path = tmp_path_factory.mktemp("maps") / "m"
    return portolan.map_text(rows, name="filtered", path=path, text="text", category=["lang", "stars"])


@pytest.fixture(scope="module")
def client(made):
    with TestClient(create_app(CurrentMap(made.path, open_map=Map.open), access=None)) as client:
        yield client


def ask(client, clauses, **more):
    query = {"clauses": [{"key": key, "where": where} for key, where in clauses.items()], **more}
    answer = client.post("/api/filter", json=query)
    assert answer.status_code == 200, answer.json()
    body = answer.content
    length = int(np.frombuffer(body[:4], "<u4")[0])
    return json.loads(body[4 : 4 + length]), body[4 + length :]


def test_the_mask_has_a_bit_for_each_row_in_tile_order(client, made):
    about, rest = ask(client, {"a": "lang = 'de'"})
    mask = np.unpackbits(np.frombuffer(rest[-8:], np.uint8), bitorder="little")[:N]
    order = made.filterer.memory.order
    assert sorted(order[mask == 1]) == made.filter("lang = 'de'").tolist()
    assert about["n_shown"] == N // 2


def test_the_sample_holds_places_positions_ids_and_codes(client, made):
    lang = made.filterer.memory.named("lang")
    about, rest = ask(client, {"a": "stars = 3"}, codes=[lang["slug"]])
    n = about["sample"]
    assert n == N // 5
    places = np.frombuffer(rest[: 4 * n], "<u4")
    points = np.frombuffer(rest[4 * n : 12 * n], "<f4").reshape(n, 2)
    row_ids = np.frombuffer(rest[12 * n : 16 * n], "<u4")
    codes = np.frombuffer(rest[16 * n : 17 * n], np.uint8)
    assert sorted(row_ids) == made.filter("stars = 3").tolist()
    assert np.array_equal(made.filterer.memory.order[places], row_ids)
    assert np.array_equal(made.points[row_ids], points)
    names = [value for value, _ in lang["values"]]
    assert [names[code] for code in codes] == [["en", "de"][row % 2] for row in row_ids]


def test_counts_come_for_the_facets_that_are_asked(client, made):
    lang = made.filterer.memory.named("lang")
    about, _ = ask(client, {"a": "stars IN (0, 1)", lang["slug"]: "lang = 'en'"}, facets=[lang["slug"]])
    assert about["counts"] == {lang["slug"]: [12, 12, 0]}


def test_without_clauses_there_are_counts_alone(client, made):
    lang = made.filterer.memory.named("lang")
    about, rest = ask(client, {}, facets=[lang["slug"]])
    assert about["n_shown"] == N
    assert about["counts"][lang["slug"]] == [30, 30, 0]
    assert rest == b""


def test_clauses_may_be_joined_by_or(client):
    about, _ = ask(client, {"a": "stars = 0", "b": "stars = 1"}, join="or")
    assert about["n_shown"] == 24


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"clauses": [{"key": "a", "where": "nope = 1"}]}, 400),
        ({"clauses": [{"key": "a", "where": "lang = "}]}, 400),
        ({"facets": ["gone"]}, 404),
        ({"join": "xor"}, 400),
        ({"clauses": [{"key": "a"}]}, 400),
    ],
)
def test_what_cannot_be_asked_is_told_with_a_fix(client, query, status):
    answer = client.post("/api/filter", json=query)
    assert answer.status_code == status
    assert answer.json()["problem"]
    assert answer.json()["fix"]


def test_a_search_keeps_to_the_rows_of_a_filter(client, made):
    found = client.get("/api/search", params={"q": "cat", "where": "lang = 'de'"}).json()["results"]
    assert {row["row_id"] for row in found} <= set(made.filter("lang = 'de'").tolist())
    assert found


def test_counts_can_be_asked_alone(client, made):
    slug = made.filterer.memory.named("stars")["slug"]
    whole, _ = ask(client, {"a": "lang = 'de'"}, facets=[slug])
    about, rest = ask(client, {"a": "lang = 'de'"}, facets=[slug], rows=False)
    assert about["counts"] == whole["counts"]
    assert about["n_shown"] == N // 2
    assert (about["sample"], rest) == (0, b"")
