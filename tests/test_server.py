"""What the server answers."""

import gzip
import json
import os
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from starlette.testclient import TestClient

from fake_map import FakeMap, make_fake_map
from portolan.core.answers import jsonable
from portolan.core.preview import preview_line
from portolan.server.app import create_app
from portolan.server.current import CurrentMap
from portolan.server.page_routes import NOT_BUILT
from portolan.server.security import Access


def serve_fake(path, *, table=None, page_folder=None):
    app = create_app(
        CurrentMap(path, open_map=lambda folder: FakeMap(folder, table=table)),
        access=Access(token="t", port=8722),
        page_folder=page_folder or path / "no-page",
    )
    return TestClient(app, base_url="http://127.0.0.1:8722", headers={"authorization": "Bearer t"})


def turn(text):
    return {"role": "human", "text": text}


@pytest.fixture
def path(tmp_path):
    return make_fake_map(tmp_path / "a.portolan")


@pytest.fixture
def client(path):
    return serve_fake(path)


# The map


def test_the_map_tells_what_it_is(client):
    info = client.get("/api/map").json()
    assert info["name"] == "A map"
    assert info["n_rows"] == 20
    assert info["columns"][1] == {"name": "topic", "type": "string", "role": "category"}
    assert info["layers"] == [{"layer": 0, "clusters": 4}, {"layer": 1, "clusters": 2}]
    assert info["state"] == "ready"
    assert info["next_stage"] is None


def test_a_quality_that_could_not_be_measured_is_null(client):
    assert client.get("/api/map").json()["quality"]["knn_recall"] is None


def test_a_map_in_the_making_says_what_comes_next_and_then_that_it_is_ready(path):
    make_fake_map(path, n_stages=3, version="1")
    client = serve_fake(path)
    before = client.get("/api/map").json()
    assert (before["state"], before["next_stage"], before["version"]) == ("building", "project", "1")
    make_fake_map(path, version="2")
    after = client.get("/api/map").json()
    assert (after["state"], after["next_stage"], after["version"]) == ("ready", None, "2")


def test_a_map_is_read_again_only_when_its_manifest_changed(path):
    opened = []

    def count(folder):
        opened.append(folder)
        return FakeMap(folder)

    app = create_app(CurrentMap(path, open_map=count), access=None)
    client = TestClient(app)
    for _ in range(3):
        client.get("/api/map")
    make_fake_map(path)
    client.get("/api/map")
    assert len(opened) == 2


def test_a_map_that_is_not_there_yet_is_not_found_with_a_fix(tmp_path):
    answer = serve_fake(tmp_path / "nothing").get("/api/map")
    assert answer.status_code == 404
    assert answer.json()["fix"]


def test_clusters_have_names_places_and_parents(client):
    clusters = client.get("/api/clusters").json()
    assert [cluster["parent_id"] for cluster in clusters] == [0, 1, 0, 1, -1, -1]
    assert clusters[0]["name"] == "Cluster of 0"
    assert clusters[0]["exemplars"] == [0, 4]
    assert clusters[0]["density"] is None
    assert isinstance(clusters[0]["x"], float)


# Rows


def test_rows_come_in_the_order_asked(client):
    rows = client.get("/api/rows", params={"ids": "7, 3,7"}).json()
    assert [row["row_id"] for row in rows] == [7, 3, 7]
    assert rows[1]["reading"] == {"kind": "text", "text": "row 3 speaks"}
    assert rows[1]["columns"] == {"text": "row 3 speaks", "topic": "b"}
    assert rows[1]["clusters"] == [3, 1]


def test_previews_are_cut_to_600_characters_and_whole_rows_are_not(path):
    client = serve_fake(path, table=pa.table({"text": ["long " * 1000], "topic": ["a"]}))
    preview = client.get("/api/rows", params={"ids": "0", "previews": 1}).json()[0]
    whole = client.get("/api/rows", params={"ids": "0"}).json()[0]
    assert len(preview["reading"]["text"]) == 600  # 599 and an ellipsis: the cut falls on a space
    assert preview["reading"]["text"].endswith("…")
    assert len(preview["columns"]["text"]) == 600
    assert len(whole["reading"]["text"]) == 5000


@pytest.mark.parametrize(
    "ids", ["", "abc", "-1", "1,,2", "1.5", "1;2", "9" * 400, str(2**53), "٣", "1 2", "0x1", "../map.json", "1,\x00"]
)
def test_what_is_no_row_id_is_refused_with_a_fix(client, ids):
    answer = client.get("/api/rows", params={"ids": ids})
    assert answer.status_code == 400
    assert answer.json()["fix"] == "Give row ids as ids=1,2,3."


def test_more_than_a_thousand_rows_are_refused(client):
    answer = client.get("/api/rows", params={"ids": ",".join(["1"] * 1001)})
    assert answer.status_code == 400
    assert "1,001" in answer.json()["problem"]
    assert client.get("/api/rows", params={"ids": ",".join(["1"] * 1000)}).status_code == 200


def test_a_row_that_is_not_there_is_not_found(client):
    answer = client.get("/api/rows", params={"ids": "1,99"})
    assert (answer.status_code, answer.json()["problem"]) == (404, "There is no row 99.")


def test_neighbors_come_nearest_first_without_the_row_itself(client):
    near = client.get("/api/rows/5/neighbors", params={"limit": 4}).json()
    assert len(near) == 4
    assert 5 not in [neighbor["row_id"] for neighbor in near]
    similarities = [neighbor["similarity"] for neighbor in near]
    assert similarities == sorted(similarities, reverse=True)
    assert near[0]["preview"] == f"row {near[0]['row_id']} speaks"


@pytest.mark.parametrize("url", ["/api/rows/x/neighbors", "/api/rows/-1/neighbors", "/api/rows/1/neighbors?limit=0"])
def test_a_wrong_question_for_neighbors_is_refused(client, url):
    answer = client.get(url)
    assert answer.status_code == 400
    assert set(answer.json()) == {"problem", "fix"}


# Values


@pytest.mark.parametrize(
    ("value", "json_value"),
    [
        (float("nan"), None),
        (float("-inf"), None),
        (2**53 - 1, 2**53 - 1),
        (2**53, "9007199254740992"),
        (-(2**63), "-9223372036854775808"),
        (True, True),
        (b"\xff\x00", {"size_bytes": 2, "base64": "/wA="}),
        (datetime(2024, 5, 1, 12, tzinfo=UTC), "2024-05-01T12:00:00+00:00"),
        (date(2024, 5, 1), "2024-05-01"),
        (timedelta(seconds=90), 90.0),
        (Decimal("1.10"), "1.10"),
        (np.float32("nan"), None),
        (np.array([[1, 2]]), [[1, 2]]),
        ({"a": [{"b": float("nan"), 3: (1,)}]}, {"a": [{"b": None, "3": [1]}]}),
        ("a\ud800b", "a?b"),
    ],
)
def test_every_value_has_a_form_in_json(value, json_value):
    assert jsonable(value) == json_value
    json.dumps(jsonable(value), allow_nan=False).encode()


def test_columns_of_every_kind_reach_the_page(path):
    table = pa.table(
        {
            "text": ["مرحبا 👩‍👩‍👧 \0 <script>"],
            "big": pa.array([2**60], pa.int64()),
            "ratio": [float("inf")],
            "when": pa.array([datetime(2024, 5, 1)], pa.timestamp("us")),
            "raw": pa.array([b"\x00"], pa.binary()),
            "nested": [[{"deep": [1, None]}]],
            "flag": [False],
            "none": pa.nulls(1),
        }
    )
    columns = serve_fake(path, table=table).get("/api/rows", params={"ids": "0"}).json()[0]["columns"]
    assert columns == {
        "text": "مرحبا 👩‍👩‍👧 \0 <script>",
        "big": str(2**60),
        "ratio": None,
        "when": "2024-05-01T00:00:00",
        "raw": {"size_bytes": 1, "base64": "AA=="},
        "nested": [{"deep": [1, None]}],
        "flag": False,
        "none": None,
    }


@pytest.mark.parametrize(
    ("reading", "line"),
    [
        ({"kind": "text", "text": "a\n\n b"}, "a b"),
        ({"kind": "pair", "prompt": [turn("p"), turn("q")], "chosen": [turn("c")], "rejected": []}, "q"),
        ({"kind": "pair", "prompt": [], "chosen": [turn("c")], "rejected": [turn("r")]}, "c"),
        ({"kind": "conversation", "turns": [turn(""), turn("first")]}, "first"),
        ({"kind": "ranking", "prompt": [], "replies": [{"turns": [turn("r")], "rank": 1, "name": "m"}]}, "r"),
        ({"kind": "conversation", "turns": []}, ""),
    ],
)
def test_a_row_is_known_by_one_line(reading, line):
    assert preview_line(reading) == line


# Search


def test_search_finds_rows_and_shows_why(client):
    answer = client.get("/api/search", params={"q": "row 1", "limit": 3}).json()
    assert answer["total"] == 3
    first = answer["results"][0]
    assert first["row_id"] == 1
    assert first["snippet"] == [{"text": "", "is_match": False}, {"text": "row 1", "is_match": True}]
    assert first["found_by"] == ["words"]
    assert answer["took_ms"] >= 0


def test_search_finds_rows_like_a_row(client):
    answer = client.get("/api/search", params={"like": 2, "limit": 5}).json()
    assert [result["found_by"] for result in answer["results"]] == [["meaning"]] * 5


@pytest.mark.parametrize(
    "params",
    [{}, {"q": "  "}, {"q": "\0"}, {"q": "x" * 2001}, {"q": "x", "limit": 501}, {"q": "x", "limit": 0}, {"like": -1}],
)
def test_a_search_for_nothing_or_too_much_is_refused(client, params):
    answer = client.get("/api/search", params=params)
    assert answer.status_code == 400
    assert answer.json()["problem"]


# Tiles


def test_tiles_are_the_files_and_may_be_kept_for_ever(client, path):
    answer = client.get("/api/tiles/chosen-1/0/0/0/xy.bin", headers={"accept-encoding": "gzip"})
    assert answer.content == bytes(range(160))
    assert "immutable" in answer.headers["cache-control"]
    assert "content-encoding" not in answer.headers
    assert answer.headers["etag"]


def test_the_list_of_tiles_is_asked_for_anew(client):
    assert client.get("/api/tiles/chosen-1/tiles.json").headers["cache-control"] == "no-cache"


def test_a_range_of_a_tile_can_be_asked_for(client):
    answer = client.get("/api/tiles/chosen-1/0/0/0/xy.bin", headers={"range": "bytes=8-15"})
    assert answer.status_code == 206
    assert answer.content == bytes(range(8, 16))
    assert answer.headers["content-range"] == "bytes 8-15/160"


def test_a_tile_that_is_not_there_is_not_found(client):
    for tile in ("0/0/0/none.bin", "9/9/9/xy.bin", "tiles.txt", ""):
        assert client.get(f"/api/tiles/chosen-1/{tile}").status_code == 404
    assert client.get("/api/tiles/other/tiles.json").status_code == 404


# The page and the rest


def test_without_its_bundle_the_page_says_how_to_build_it(client):
    answer = client.get("/")
    assert answer.status_code == 503
    assert answer.text == NOT_BUILT


def test_the_page_is_revalidated_and_its_hashed_assets_are_kept(path, tmp_path):
    page = tmp_path / "page"
    (page / "assets").mkdir(parents=True)
    (page / "index.html").write_text("<title>page</title>")
    (page / "assets" / "index-abc.js").write_text("1")
    client = serve_fake(path, page_folder=page)
    assert client.get("/").headers["cache-control"] == "no-cache"
    assert "immutable" in client.get("/assets/index-abc.js").headers["cache-control"]
    assert client.get("/assets/index-abc.js").headers["content-type"].startswith("text/javascript")


def test_long_answers_are_compressed(client):
    with client.stream("GET", "/api/rows", params={"ids": ",".join(map(str, range(20)))}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert len(json.loads(gzip.decompress(b"".join(answer.iter_raw())))) == 20


def test_unknown_addresses_and_methods_are_problems_with_a_fix(client):
    for answer in (client.get("/api/nothing"), client.get("/nothing"), client.put("/api/map")):
        assert answer.status_code in (404, 405)
        assert set(answer.json()) == {"problem", "fix"}


def test_an_unforeseen_failure_is_a_problem_too_and_tells_no_secrets(path):
    def fail(_folder):
        raise RuntimeError("secret")

    app = create_app(CurrentMap(path, open_map=fail), access=None)
    answer = TestClient(app, raise_server_exceptions=False).get("/api/map")
    assert answer.status_code == 500
    assert set(answer.json()) == {"problem", "fix"}
    assert "secret" not in answer.text


def test_openapi_describes_every_route_and_its_problems(client):
    document = client.get("/api/openapi.json").json()
    assert {"/api/map", "/api/clusters", "/api/rows", "/api/rows/{row_id}/neighbors", "/api/search"} <= set(
        document["paths"]
    )
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert set(operation["responses"]) >= {"200", "400", "401", "404"}, path
            assert "422" not in operation["responses"]
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_with_the_page_goes_what_it_asks_for_first(path, tmp_path):
    page = tmp_path / "page"
    page.mkdir()
    (page / "index.html").write_text("<title>page</title>")
    finest = {"slug": "finest-1", "kind": "cluster", "layer": 0}
    manifest = {"nodes": [{"key": "0/0/0"}], "columns": [{"slug": "size-1", "kind": "number"}, finest]}
    tiles = path / "tiles" / "chosen-1"
    (tiles / "tiles.json").write_text(json.dumps(manifest))
    client = serve_fake(path, page_folder=page)
    links = re.findall(r"<\./([^>]*)>; rel=preload; as=fetch; crossorigin=anonymous", client.get("/").headers["link"])
    assert [link.rpartition("/")[2].partition("?")[0] for link in links] == [
        "clusters",
        "tiles.json",
        "xy.bin",
        "row_id.bin",
        "finest-1.bin",
    ]
    version = client.get("/api/map").json()["version"]
    assert links[1] == f"api/tiles/chosen-1/tiles.json?v={version}"


def test_the_page_comes_before_there_is_a_map(tmp_path):
    (tmp_path / "index.html").write_text("<title>page</title>")
    answer = serve_fake(tmp_path / "none.portolan", page_folder=tmp_path).get("/")
    assert answer.status_code == 200
    assert "link" not in answer.headers


@pytest.mark.parametrize("address", ["/api/map", "/api/clusters", "/api/tiles/chosen-1/0/0/0/xy.bin", "/api/none"])
def test_head_is_answered_as_get_without_the_body(client, address):
    head, get = client.head(address), client.get(address)
    assert head.status_code == get.status_code
    assert head.headers["content-length"] == get.headers["content-length"]
    assert head.content == b""


def test_the_clusters_are_written_down_once_for_each_state_of_the_map(path):
    tables = []

    class Counting(FakeMap):
        def clusters_table(self):
            tables.append(self)
            return super().clusters_table()

    client = TestClient(
        create_app(CurrentMap(path, open_map=Counting), access=Access(token="t", port=8722)),
        base_url="http://127.0.0.1:8722",
        headers={"authorization": "Bearer t"},
    )
    first = client.get("/api/clusters").json()
    assert client.get("/api/clusters").json() == first
    assert len(tables) == 1
    os.utime(path / "map.json", ns=(1, 1))
    assert client.get("/api/clusters").json() == first
    assert len(tables) == 2
