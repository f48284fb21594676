"""The server over a real map of pairs: every route, asked well and asked badly."""

import http.client
import json
from urllib.parse import parse_qs, quote, urlsplit

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

import portolan
from portolan import running
from portolan.map import Map
from portolan.server.app import create_app
from portolan.server.current import CurrentMap
from portolan.server.security import Access
from small_data import pair_rows


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "pairs.portolan"
    return portolan.map_text(pair_rows(300), name="Pairs", path=path, progress=False)


@pytest.fixture(scope="module")
def client(made):
    app = create_app(CurrentMap(made.path, open_map=Map.open), access=Access(token="t", port=8722))
    base = {"base_url": "http://127.0.0.1:8722", "headers": {"authorization": "Bearer t"}}
    with TestClient(app, raise_server_exceptions=False, **base) as client:
        yield client


def test_a_finished_map_is_ready(client, made):
    info = client.get("/api/map").json()
    assert (info["state"], info["next_stage"]) == ("ready", None)
    assert (info["kind"], info["n_rows"], info["is_searchable"]) == ("pair", 300, True)
    assert {column["name"]: column["role"] for column in info["columns"]} == {
        "chosen": "chosen",
        "rejected": "rejected",
        "subset": "category",
    }
    assert info["layers"] == [{"layer": layer, "clusters": count} for layer, count in made.layers]


def test_rows_lie_where_the_map_has_them_and_read_as_pairs(client, made):
    rows = client.get("/api/rows", params={"ids": "299,0", "previews": 1}).json()
    assert [row["row_id"] for row in rows] == [299, 0]
    assert np.allclose([[row["x"], row["y"]] for row in rows], made.points[[299, 0]])
    assert rows[0]["clusters"] == [int(made.cluster_ids(layer)[299]) for layer in range(made.n_layers)]
    reading = rows[1]["reading"]
    assert reading["kind"] == "pair"
    assert reading["prompt"] == [{"role": "human", "text": "Tell me about cooking."}]
    assert reading["chosen"][0]["role"] == "assistant"
    assert rows[1]["columns"]["subset"] == "even"


def test_clusters_are_those_of_the_map(client, made):
    clusters = client.get("/api/clusters").json()
    assert [cluster["name"] for cluster in clusters] == made.clusters["name"].to_pylist()
    assert sum(cluster["size"] for cluster in clusters if cluster["layer"] == 0) == 300


def test_a_link_of_the_present_layout_stays_as_it_is(client, made):
    part = f"#v={made.layout_id}&row=3&cluster=0/1"
    assert client.get("/api/link", params={"of": part}).json() == {"link": part, "notices": []}


def test_a_link_of_another_layout_is_said_of_the_present_one(client, made):
    answer = client.get("/api/link", params={"of": "#map=1/2/3&v=gone&row=3&cluster=0/1"}).json()
    assert answer["link"] == f"#v={made.layout_id}&row=3&cluster=0/1"
    assert "no longer known" in answer["notices"][0]


def test_the_tiles_hold_every_row_once(client):
    layout = client.get("/api/map").json()["layout"]
    index = client.get(f"/api/tiles/{layout}/tiles.json").json()
    row_ids = [
        np.frombuffer(client.get(f"/api/tiles/{layout}/{node['key']}/row_id.bin").content, dtype="<u4")
        for node in index["nodes"]
    ]
    assert sorted(np.concatenate(row_ids).tolist()) == list(range(300))
    for column in index["columns"]:
        answer = client.get(f"/api/tiles/{layout}/0/0/0/{column['slug']}.bin")
        assert answer.status_code == 200, column["name"]


def test_neighbors_are_those_of_the_map(client, made):
    near = client.get("/api/rows/7/neighbors", params={"limit": 5}).json()
    ids, similarities = made.neighbors(7, n_neighbors=5)
    assert [neighbor["row_id"] for neighbor in near] == ids[0].tolist()
    assert np.allclose([neighbor["similarity"] for neighbor in near], similarities[0])
    assert all(neighbor["preview"].startswith("Tell me about") for neighbor in near)


def test_search_finds_words_and_marks_them(client):
    answer = client.get("/api/search", params={"q": "telescope", "limit": 5}).json()
    assert 0 < answer["total"] <= 5
    by_words = [result for result in answer["results"] if "words" in result["found_by"]]
    assert any(part["is_match"] and "telescope" in part["text"].lower() for part in by_words[0]["snippet"])


def test_rows_like_a_row_leave_it_out(client):
    results = client.get("/api/search", params={"like": 7, "limit": 5}).json()["results"]
    assert 7 not in [result["row_id"] for result in results]
    assert len(results) == 5


def test_a_row_that_is_not_there_has_no_neighbors_and_nothing_is_like_it(client):
    for url in ("/api/rows/300/neighbors", "/api/search?like=300", "/api/rows?ids=300"):
        answer = client.get(url)
        assert answer.status_code == 404, url
        assert answer.json()["fix"]


def assert_is_answer_or_problem(answer):
    """Whatever was asked, the server answers, or says what is wrong and what to do; it never fails."""
    assert answer.status_code in (200, 400, 404), (answer.request.url, answer.text[:300])
    if answer.status_code != 200:
        assert set(answer.json()) == {"problem", "fix"}
        assert answer.json()["problem"]


ODD_WORDS = [
    "",
    "0",
    "-0",
    "1e3",
    "null",
    "NaN",
    "../map.json",
    "%2e%2e/",
    "\0",
    "1,2,,3",
    "9" * 5000,
    "\ud800",
    "٣",
    "1_0",
]
QUERY_PARTS = ['"', "-", "cake", "AND", "OR", "*", "(", ")", ":", "\\", "^", "~", "'", " "]
nonsense = st.one_of(
    st.text(max_size=60),
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(ODD_WORDS),
    st.lists(st.sampled_from(QUERY_PARTS)).map("".join),
)
fuzz = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def quoted(text):
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


@fuzz
@given(ids=nonsense, previews=nonsense)
def test_any_question_for_rows_is_answered(client, ids, previews):
    assert_is_answer_or_problem(client.get(f"/api/rows?ids={quoted(ids)}&previews={quoted(previews)}"))


@fuzz
@given(row_id=nonsense, limit=nonsense)
def test_any_question_for_neighbors_is_answered(client, row_id, limit):
    assert_is_answer_or_problem(client.get(f"/api/rows/{quoted(row_id)}/neighbors?limit={quoted(limit)}"))


@fuzz
@given(query=nonsense, like=st.one_of(st.none(), nonsense), limit=st.sampled_from(["1", "10", "500", "x", "0"]))
def test_any_search_is_answered(client, query, like, limit):
    url = f"/api/search?q={quoted(query)}&limit={limit}"
    assert_is_answer_or_problem(client.get(url if like is None else f"{url}&like={quoted(like)}"))


@fuzz
@given(layout=nonsense, tile=nonsense)
def test_any_question_for_a_tile_is_answered(client, layout, tile):
    assert_is_answer_or_problem(client.get(f"/api/tiles/{quoted(layout)}/{quoted(tile)}"))


def test_every_answer_is_strict_json(client):
    for url in ("/api/map", "/api/clusters", "/api/rows?ids=0,1,2", "/api/search?q=cake", "/api/rows/0/neighbors"):
        json.loads(client.get(url).text, parse_constant=pytest.fail)


def test_a_server_in_the_background_answers_is_reused_and_stops(made, tmp_path, monkeypatch):
    tmp_path.chmod(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    url = running.background(made.path)
    try:
        parts = urlsplit(url)
        token = parse_qs(parts.query)["token"][0]
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
        connection.request("GET", "/api/rows?ids=3", headers={"Authorization": f"Bearer {token}"})
        assert json.loads(connection.getresponse().read())[0]["row_id"] == 3
        connection.close()
        assert running.background(made.path) == url
    finally:
        assert running.stop(made.path)
    assert running.find(made.path) is None
