"""Who is let in, and what every answer carries."""

import pytest
from starlette.testclient import TestClient

from fake_map import FakeMap, make_fake_map
from portolan.server.app import create_app
from portolan.server.current import CurrentMap
from portolan.server.security import Access

TOKEN = "right-token"
BASE = "http://127.0.0.1:8722"


@pytest.fixture
def page(tmp_path):
    folder = tmp_path / "page"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>A map</title>")
    (folder / "assets" / "index-abc.js").write_text("// " + "x" * 3000)
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest.fixture
def client(tmp_path, page):
    return client_of(tmp_path, page)


def client_of(tmp_path, page, *, host="127.0.0.1", base=BASE):
    path = make_fake_map(tmp_path / "a.portolan")
    access = Access(token=TOKEN, port=8722, host=host)
    app = create_app(CurrentMap(path, open_map=FakeMap), access=access, page_folder=page)
    return TestClient(app, base_url=base, follow_redirects=False)


BEARER = {"authorization": f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    "path", ["/", "/api/map", "/api/openapi.json", "/assets/index-abc.js", "/api/rows?ids=1", "/x"]
)
def test_nothing_is_answered_without_the_token(client, path):
    answer = client.get(path)
    assert answer.status_code == 401
    assert set(answer.json()) == {"problem", "fix"}


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x", "\u00e9", "right-tokeN"])
def test_a_wrong_token_is_refused(client, token):
    headers = {"authorization": f"Bearer {token}".encode("latin-1")}
    assert client.get("/api/map", headers=headers).status_code == 401
    assert client.get("/", params={"token": token}).status_code == 401
    assert client.get(f"/t/{token}/api/map").status_code == 401


def test_a_bearer_token_is_accepted(client):
    assert client.get("/api/map", headers=BEARER).status_code == 200


def test_the_printed_url_sets_a_cookie_and_leaves_the_token_out(client):
    answer = client.get("/", params={"token": TOKEN, "view": "a b"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/?view=a+b"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"portolan_8722={TOKEN};")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert client.get("/").status_code == 200
    assert client.get("/api/map").status_code == 200


def test_a_cookie_of_another_port_is_not_ours(client):
    client.cookies.set("portolan_8723", TOKEN)
    assert client.get("/api/map").status_code == 401


def test_the_token_in_the_query_lets_nobody_into_the_api(client):
    assert client.get("/api/map", params={"token": TOKEN}).status_code == 401


def test_a_frame_is_sent_to_a_url_that_carries_the_token(client):
    answer = client.get("/", params={"token": TOKEN}, headers={"sec-fetch-dest": "iframe"})
    assert answer.headers["location"] == f"/t/{TOKEN}/"
    assert "set-cookie" not in answer.headers
    assert client.get(f"/t/{TOKEN}/").status_code == 200
    assert client.get(f"/t/{TOKEN}/api/map").status_code == 200
    assert client.get(f"/t/{TOKEN}/assets/index-abc.js").status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8722", "127.0.0.1", "127.0.0.1:80", "", "localhost:x"])
def test_another_hosts_name_is_refused_even_with_the_token(client, host):
    assert client.get("/api/map", headers={**BEARER, "host": host}).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:8722", "localhost:8722", "LOCALHOST:8722", "[::1]:8722"])
def test_this_machines_own_names_are_accepted(client, host):
    assert client.get("/api/map", headers={**BEARER, "host": host}).status_code == 200


def test_the_given_host_is_accepted(tmp_path, page):
    client = client_of(tmp_path, page, host="maps.lan", base="http://maps.lan:8722")
    assert client.get("/api/map", headers=BEARER).status_code == 200
    assert client.get("/api/map", headers={**BEARER, "host": "evil.example:8722"}).status_code == 403


def test_served_to_the_network_any_address_but_no_foreign_name_is_accepted(tmp_path, page):
    client = client_of(tmp_path, page, host="0.0.0.0", base="http://192.168.7.7:8722")
    assert client.get("/api/map", headers=BEARER).status_code == 200
    assert client.get("/api/map", headers={**BEARER, "host": "evil.example:8722"}).status_code == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "http://localhost:8722"])
def test_another_sites_page_is_refused(client, origin):
    assert client.get("/api/map", headers={**BEARER, "origin": origin}).status_code == 403


def test_our_own_page_is_accepted(client):
    assert client.get("/api/map", headers={**BEARER, "origin": BASE}).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_sites_scripts_and_images_are_refused_but_its_links_are_not(client, site):
    embedded = {**BEARER, "sec-fetch-site": site, "sec-fetch-mode": "no-cors"}
    assert client.get("/api/map", headers=embedded).status_code == 403
    followed = {**BEARER, "sec-fetch-site": site, "sec-fetch-mode": "navigate"}
    assert client.get("/", headers=followed).status_code == 200


def test_a_change_with_a_cookie_alone_must_come_from_our_page(client):
    client.cookies.set("portolan_8722", TOKEN)
    assert client.post("/api/map").status_code == 403
    assert client.post("/api/map", headers={"origin": BASE}).status_code == 405


def test_a_large_request_is_refused(client):
    assert client.post("/api/map", headers=BEARER, content=b"x" * 1_000_001).status_code == 413


@pytest.mark.parametrize("path", ["/", "/api/map", "/api/nothing", "/api/rows?ids=x", "/assets/index-abc.js"])
@pytest.mark.parametrize("headers", [BEARER, {}])
def test_every_answer_carries_the_headers(client, path, headers):
    answer = client.get(path, headers=headers)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_the_api_is_not_cached(client):
    assert client.get("/api/map", headers=BEARER).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/assets/../../secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets/..%5c..%5csecret.txt",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/%00",
        "/t/right-token/../secret.txt",
        "/t/right-token/%2e%2e/secret.txt",
        "/t/right-token//etc/passwd",
        "/api/tiles/../map.json",
        "/api/tiles/%2e%2e/map.json",
        "/api/tiles/chosen-1/..%2f..%2fmap.json",
        "/api/tiles/chosen-1/0/0/0/..%2f..%2f..%2f..%2f..%2fmap.json",
        "/api/tiles/..%2f/tiles.json",
        "/api/tiles/chosen-1/%2fetc/passwd",
        "/api/tiles/chosen-1/0/0/0/%00.bin",
    ],
)
def test_no_path_leads_out_of_the_folders(client, path):
    answer = client.get(path, headers=BEARER)
    assert answer.status_code == 404
    assert b"secret" not in answer.content.replace(b"secret.txt", b"")
    assert b"root:" not in answer.content


def test_a_link_in_the_page_folder_leads_nowhere_else(client, page):
    (page / "linked.txt").symlink_to(page.parent / "secret.txt")
    assert client.get("/linked.txt", headers=BEARER).status_code == 404
