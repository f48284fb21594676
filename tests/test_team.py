"""Tokens with roles: who comes in, under which name, and what each may do."""

import json
import threading

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

import portolan
from portolan.acting import ROLES, Person
from portolan.errors import InputError, NotFoundError
from portolan.home import author_name, choose_author
from portolan.map import Map
from portolan.server.app import create_app
from portolan.server.current import CurrentMap
from portolan.server.roles import NEEDS, SAFE_METHODS, refusal_of, role_needed
from portolan.server.security import Access
from portolan.team import Team
from small_data import topic_rows


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTOLAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PORTOLAN_AUTHOR", "lea")
    return tmp_path / "home"


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "topics.portolan"
    return portolan.map_text(topic_rows(120), name="Topics", path=path, progress=False)


@pytest.fixture
def served(found):
    """Gives a client with the token of somebody in that role; None: that of whoever runs the server."""
    for file in found.path.glob("journal.sqlite*"):
        file.unlink()
    team = Team(found.path)
    app = create_app(
        CurrentMap(found.path, open_map=Map.open), access=Access(token="local", port=8722, team=Team(found.path))
    )

    def client(role=None, name=None):
        token = "local" if role is None else team.add(name or f"the {role}", role)
        headers = {"authorization": f"Bearer {token}"}
        return TestClient(app, base_url="http://127.0.0.1:8722", headers=headers, follow_redirects=False)

    client.app = app
    client.team = team
    return client


LABEL = {"set": "tone", "value": "calm", "rows": [3]}


def routes(app):
    """Method and path of every route under /api."""
    document = app.openapi()
    return [(method.upper(), path) for path, methods in document["paths"].items() for method in methods]


# What is kept.


def test_a_token_is_shown_once_and_only_its_hash_is_kept_where_only_its_owner_reads(tmp_path, home):
    token = Team(tmp_path / "map").add("grace", "labeller")
    [file] = (home / "tokens").glob("*.json")
    assert token not in file.read_text()
    assert file.stat().st_mode & 0o077 == 0
    assert (home / "tokens").stat().st_mode & 0o077 == 0
    assert Team(tmp_path / "map").person(token) == Person("grace", "labeller")


def test_the_map_itself_holds_nothing_of_it(tmp_path):
    (tmp_path / "map").mkdir()
    Team(tmp_path / "map").add("grace", "labeller")
    assert list((tmp_path / "map").iterdir()) == []
    assert Team(tmp_path / "copy").members() == []


def test_a_token_that_was_taken_away_is_nobodys_at_once(tmp_path):
    team, elsewhere = Team(tmp_path), Team(tmp_path)
    token = team.add("grace", "labeller")
    assert elsewhere.person(token) is not None
    team.remove("grace")
    assert elsewhere.person(token) is None


@pytest.mark.parametrize("name", ["", "  ", "a\nb\0", "x" * 81])
def test_a_name_that_is_none_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="no name"):
        Team(tmp_path).add(name, "viewer")


def test_a_name_has_one_token_and_nobody_gets_the_name_of_whoever_gives_them(tmp_path):
    team = Team(tmp_path)
    team.add("grace", "viewer")
    with pytest.raises(InputError, match="already"):
        team.add("Grace", "owner")
    with pytest.raises(InputError, match="your own name"):
        team.add("Lea", "labeller")


def test_what_is_not_there_is_said_with_what_is(tmp_path):
    team = Team(tmp_path)
    team.add("grace", "viewer")
    with pytest.raises(NotFoundError) as caught:
        team.remove("ada")
    assert "'grace'" in caught.value.fix
    with pytest.raises(InputError, match="no role 'boss'"):
        team.add("ada", "boss")


def test_several_processes_give_tokens_at_once_and_none_is_lost(tmp_path):
    threads = [threading.Thread(target=Team(tmp_path).add, args=(f"p{n}", "viewer")) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(member.name for member in Team(tmp_path).members()) == sorted(f"p{n}" for n in range(12))


def test_a_damaged_file_lets_nobody_in_and_is_said_to_its_owner(tmp_path, home):
    token = Team(tmp_path).add("grace", "owner")
    [file] = (home / "tokens").glob("*.json")
    file.write_text("{")
    assert Team(tmp_path).person(token) is None
    with pytest.raises(InputError, match="damaged"):
        Team(tmp_path).members()


# What each role may do.


def test_every_route_that_changes_something_says_which_role_it_needs(served):
    changing = {(method, path) for method, path in routes(served.app) if method not in SAFE_METHODS}
    assert changing - set(NEEDS) == set(), "Name it in server/roles.py"


def test_no_role_is_named_for_a_route_that_is_not_there(served):
    assert set(NEEDS) - set(routes(served.app)) == set()


def test_the_document_of_routes_leaves_none_out_that_changes_something(served):
    """What OpenAPI does not list could not be checked against the roles: of those there are only files."""
    listed = set(routes(served.app))
    found = [(method, route.path) for route in every(served.app.routes) for method in route.methods - SAFE_METHODS]
    assert len(found) >= len([method for method, _ in NEEDS if method not in SAFE_METHODS])
    for method, path in found:
        assert (method, path) in listed or (method, f"/api{path}") in listed


def every(found):
    """Routes, those of routers too."""
    for one in found:
        if isinstance(one, APIRoute):
            yield one
        elif hasattr(one, "original_router"):
            yield from every(one.original_router.routes)


def test_an_unknown_route_that_changes_something_needs_an_owner():
    assert role_needed("POST", "/api/new") == "owner"
    assert role_needed("DELETE", "/api/labels/") == "owner"
    assert role_needed("GET", "/api/new") == "viewer"


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_it_is_for_and_nothing_else(served, role):
    client = served(role)
    for method, path in routes(served.app):
        answer = client.request(method, path.replace("{", "").replace("}", ""), json={} if method == "POST" else None)
        is_refused = answer.status_code == 403 and "needs a" in answer.json()["problem"]
        assert is_refused == (not Person("x", role).may(role_needed(method, path))), (method, path, answer.text)


def test_who_is_refused_is_told_as_what_they_come_and_what_to_do():
    problem, fix = refusal_of(Person("grace", "viewer"), "POST", "/api/labels")
    assert problem == "grace comes as viewer; this needs a labeller."
    assert "--role labeller" in fix


def test_a_paths_tricks_lower_no_role(served):
    client = served("viewer")
    for path in (
        "/api/labels/",
        "//api/labels",
        "/api/filter/../labels",
        "/api/x/../labels",
        "/api/filter%2F..%2Flabels",
    ):
        assert client.post(path, json=LABEL).status_code in (307, 403, 404)
    assert len(portolan.open_map(served.team.map).history) == 0


# Under which name.


def test_the_author_is_who_shows_the_token_whatever_the_body_says(served):
    done = served("labeller", "grace").post("/api/labels", json={**LABEL, "author": "lea"}).json()
    assert done["event"]["author"] == "grace"


def test_every_route_that_writes_writes_under_the_tokens_name(served):
    client = served("owner", "ada")
    bodies = {
        "labels": LABEL,
        "decisions": {"decision": "drop", "rows": [1]},
        "label-sets": {"name": "tone", "values": [{"value": "calm"}]},
        "views": {"name": "Here", "link": "#map=1"},
        "clusters/edit": {"action": "pin", "clusters": [{"layer": 0, "cluster_id": 0}]},
        "undo": {},
    }
    for path, body in bodies.items():
        assert client.post(f"/api/{path}", json={**body, "author": "mallory"}).status_code == 200, path
    assert {event.author for event in portolan.open_map(served.team.map).journal.events()} == {"ada"}


def test_whoever_runs_the_server_may_say_who_did_it_and_is_by_default_who_they_are(served):
    client = served()
    assert client.post("/api/labels", json={**LABEL, "author": "bob"}).json()["event"]["author"] == "bob"
    assert client.post("/api/labels", json=LABEL).json()["event"]["author"] == "lea"
    assert client.get("/api/me").json() == {"name": "lea", "role": "owner", "is_local": True}


def test_people_are_told_apart_when_they_write_at_once(served):
    clients = {name: served("labeller", name) for name in ("ada", "bob", "cyd")}

    def write(name):
        for row in range(8):
            clients[name].post("/api/labels", json={**LABEL, "note": name, "rows": [row]})

    threads = [threading.Thread(target=write, args=(name,)) for name in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    events = portolan.open_map(served.team.map).journal.events()
    assert len(events) == 24
    assert all(event.author == event.payload["note"] for event in events)


def test_the_url_with_a_persons_token_gives_a_cookie_that_lets_them_in_as_they_are(served):
    client = served()
    token = served.team.add("grace", "viewer")
    del client.headers["authorization"]
    answer = client.get("/", params={"token": token})
    assert f"portolan_8722={token};" in answer.headers["set-cookie"]
    assert client.get("/api/me").json() == {"name": "grace", "role": "viewer", "is_local": False}
    framed = client.get("/", params={"token": token}, headers={"sec-fetch-dest": "iframe"})
    assert framed.headers["location"] == f"/t/{token}/"
    client.cookies.clear()
    assert client.get(f"/t/{token}/api/me").json()["name"] == "grace"
    assert (
        client.post(f"/t/{token}/api/labels", json=LABEL, headers={"sec-fetch-site": "same-origin"}).status_code == 403
    )


def test_a_server_that_runs_knows_new_people_at_once_and_forgets_them_at_once(served):
    client = served("labeller", "grace")
    assert client.get("/api/map").status_code == 200
    served.team.remove("grace")
    assert client.get("/api/map").status_code == 401


# What is somebody else's.


def test_a_labeller_undoes_their_own_and_nobody_elses(served):
    ada, grace = served("owner", "ada"), served("labeller", "grace")
    grace.post("/api/labels", json=LABEL)
    of_ada = ada.post("/api/labels", json={**LABEL, "value": "rude"}).json()["event"]["id"]
    refused = grace.post("/api/undo", json={"event": of_ada})
    assert (refused.status_code, "ada" in refused.json()["problem"]) == (403, True)
    assert grace.post("/api/undo", json={}).json()["event"]["told"].endswith("“calm” (tone)")
    assert ada.post("/api/undo", json={"event": of_ada}).status_code == 200


def test_an_owner_undoes_anyones(served):
    ada, grace = served("owner", "ada"), served("labeller", "grace")
    event = grace.post("/api/labels", json=LABEL).json()["event"]["id"]
    assert ada.post("/api/undo", json={"event": event}).status_code == 200
    assert grace.post("/api/undo", json={"event": event + 1}).status_code == 403


def test_a_labeller_takes_away_their_own_labels_only(served):
    grace = served("labeller", "grace")
    grace.post("/api/labels", json=LABEL)
    for whose in ("*", "lea"):
        assert grace.post("/api/labels", json={**LABEL, "action": "remove", "of": whose}).status_code == 403
    assert grace.post("/api/labels", json={**LABEL, "action": "remove"}).status_code == 200


def test_a_labeller_neither_replaces_nor_deletes_somebody_elses_view(served):
    ada, grace = served("owner", "ada"), served("labeller", "grace")
    ada.post("/api/views", json={"name": "Here", "link": "#map=1"})
    assert grace.post("/api/views", json={"name": "Here", "link": "#map=2"}).status_code == 403
    assert grace.post("/api/views", json={"name": "There", "renamed_from": "Here"}).status_code == 403
    assert grace.delete("/api/views", params={"name": "Here"}, headers={"sec-fetch-site": "none"}).status_code == 403
    assert grace.post("/api/views", json={"name": "Mine", "link": "#map=2"}).status_code == 200


# One's own name.


def test_a_name_that_one_chose_holds_everywhere_on_this_machine(served, monkeypatch):
    monkeypatch.delenv("PORTOLAN_AUTHOR")
    assert served().post("/api/me", json={"name": " Ada  L. "}).json()["name"] == "Ada L."
    assert author_name() == "Ada L."
    assert portolan.open_map(served.team.map).label("tone", "calm", rows=3).author == "Ada L."
    choose_author("")
    assert author_name() != "Ada L."


def test_the_name_that_the_variable_says_is_not_changed(served):
    answer = served().post("/api/me", json={"name": "Ada"})
    assert (answer.status_code, "PORTOLAN_AUTHOR" in answer.json()["problem"]) == (400, True)


def test_an_owner_with_a_token_goes_by_its_name(served):
    assert served("owner", "ada").post("/api/me", json={"name": "eve"}).status_code == 403


# What others did.


def test_what_others_did_since_is_told_with_their_names(served):
    ada, grace = served("owner", "ada"), served("labeller", "grace")
    start = ada.get("/api/changes").json()
    assert (start["last_event"], start["news"]) == (0, [])
    grace.post("/api/labels", json={**LABEL, "rows": [1, 2]})
    now = ada.get(f"/api/changes?since={start['last_event']}").json()
    [one] = now["news"]
    assert (one["author"], one["told"], one["is_mine"]) == ("grace", "labelled 2 rows “calm” (tone)", False)
    assert now["version"] != start["version"]
    assert grace.get("/api/changes?since=0").json()["news"][0]["is_mine"]
    assert ada.get(f"/api/changes?since={now['last_event']}").json()["news"] == []


def test_many_changes_are_counted_and_the_last_are_told(served):
    client = served()
    for row in range(25):
        client.post("/api/labels", json={**LABEL, "rows": [row]})
    told = client.get("/api/changes?since=0").json()
    assert (told["n_new"], len(told["news"]), told["news"][-1]["id"]) == (25, 20, 25)


def test_what_another_process_wrote_is_told_too(served):
    client = served()
    last = client.get("/api/changes").json()["last_event"]
    portolan.open_map(served.team.map).label("tone", "calm", rows=[5], author="eve")
    assert [one["author"] for one in client.get(f"/api/changes?since={last}").json()["news"]] == ["eve"]


# The command.


def test_the_command_gives_lists_and_takes_tokens(found, capsys):
    from portolan.cli.token import token

    token(found.path, "add", "grace", role="viewer", as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["url"].endswith(f"/?token={told['token']}")
    assert Team(found.path).person(told["token"]) == Person("grace", "viewer")
    token(found.path, "list", as_json=True)
    [listed] = json.loads(capsys.readouterr().out)
    assert (listed["name"], listed["role"]) == ("grace", "viewer")
    token(found.path, "remove", "grace", as_json=False)
    assert Team(found.path).members() == []
