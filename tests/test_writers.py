"""Many writers of one journal, in processes of their own, directly and over HTTP, some of them killed."""

import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import pytest

import portolan
from portolan.map import Map
from portolan.store.journal_postgres import parse_place
from postgres import PASSWORD
from small_data import topic_rows

DIRECTLY = """
import sys
from portolan.store import Entry, FolderStore
journal = FolderStore.open(sys.argv[1]).journal
for number in range(int(sys.argv[3])):
    journal.append([Entry("x", {"number": number})], author=sys.argv[2])
    print(number, flush=True)
"""
OVER_HTTP = """
import http.client, json, sys
port, token, author = sys.argv[1:4]
connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=60)
headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
for number in range(int(sys.argv[4])):
    body = {"name": f"{author} {number}", "link": "#map=1", "author": author}
    connection.request("POST", "/api/views", json.dumps(body), headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200, answer.status
    print(number, flush=True)
"""
MANY = "100000"


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "topics.portolan"
    return portolan.map_text(topic_rows(60), name="Topics", path=path, progress=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def path(request, found):
    """A map with its journal there, and nothing in it."""
    for file in found.path.glob("journal.sqlite*"):
        file.unlink()
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").url() + f"?journal={request.node.originalname}"
        found._store.move_journal(parse_place(url, name=""))
        yield found.path
        found._store.update({"journal": None})
    else:
        yield found.path


def start(program, *arguments):
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", program, *map(str, arguments)], stdout=subprocess.PIPE, text=True
    )


def told(writer, *, n_read=0):
    """How many events a writer has reported; `n_read` of them were read before."""
    numbers = [int(line) for line in writer.stdout if line[-1] == "\n"]
    writer.communicate(timeout=200)
    assert numbers == list(range(n_read, n_read + len(numbers)))
    return n_read + len(numbers)


SERVER = """
import sys
from pathlib import Path
from portolan.map import Map
from portolan.server.run import serve
serve(Path(sys.argv[1]), port=None, idle_s=None, open_map=Map.open)
"""


def stored(path):
    """Numbers of events by author, once it is checked that ids have no gap."""
    events = Map.open(path).journal.events()
    assert [event.id for event in events] == list(range(1, len(events) + 1))
    assert [event.time for event in events] == sorted(event.time for event in events)
    found = {}
    for event in events:
        number = event.payload["number"] if event.kind == "x" else int(event.payload["name"].split()[1])
        found.setdefault(event.author, []).append(number)
    return found


def test_what_eight_writers_report_is_what_is_there_each_in_its_order(path, tmp_path, monkeypatch, postgres):
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    server = start(SERVER, path)
    try:
        parts = urlsplit(server.stdout.readline().strip())
        token = parse_qs(parts.query)["token"][0]
        writers = {f"direct-{number}": start(DIRECTLY, path, f"direct-{number}", 12) for number in range(4)}
        writers |= {f"http-{n}": start(OVER_HTTP, parts.port, token, f"http-{n}", 12) for n in range(4)}
        reported = {author: told(writer) for author, writer in writers.items()}
    finally:
        server.kill()
        server.communicate()
    assert reported == dict.fromkeys(writers, 12)
    assert stored(path) == {author: list(range(12)) for author in writers}


def test_killed_writers_lose_nothing_that_they_had_reported(path, monkeypatch, postgres):
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    writers = {f"direct-{number}": start(DIRECTLY, path, f"direct-{number}", MANY) for number in range(4)}
    first = [writer.stdout.readline() for writer in writers.values()]
    for writer in writers.values():
        writer.kill()
    reported = {author: told(writer, n_read=1) for author, writer in writers.items()}
    assert first == ["0\n"] * 4
    for author, numbers in stored(path).items():
        # The last one may have been written and not yet reported.
        assert numbers == list(range(len(numbers)))
        assert reported[author] <= len(numbers) <= reported[author] + 1
