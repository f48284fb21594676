"""Real servers in real processes: start, reuse, stop, kill."""

import contextlib
import http.client
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from fake_map import make_fake_map
from portolan import running

FAKE_SERVER = Path(__file__).parent / "fake_map.py"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Start servers of fake maps, each with its URL as its first line; kill what is left at the end."""
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    processes = []

    def start(path, **arguments):
        command = [sys.executable, str(FAKE_SERVER), str(path), *(f"{key}={value}" for key, value in arguments.items())]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        processes.append(process)
        return process, process.stdout.readline().strip()

    yield start
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.communicate()


@pytest.fixture
def path(tmp_path):
    return make_fake_map(tmp_path / "a.portolan")


def ask(url, target="/api/map", **headers):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
    token = parse_qs(parts.query)["token"][0]
    connection.request("GET", target, headers={"Authorization": f"Bearer {token}", **headers})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def test_the_first_line_is_a_url_that_answers_at_once(start, path):
    _, url = start(path)
    assert url.startswith("http://127.0.0.1:")
    assert ask(url)[0] == 200


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_at_once_even_with_open_connections(start, path, sig):
    process, url = start(path)
    parts = urlsplit(url)
    idle = socket.create_connection((parts.hostname, parts.port))
    halfway = socket.create_connection((parts.hostname, parts.port))
    halfway.sendall(b"GET /api/map HTTP/1.1\r\nHost: 127.0.0.1")
    process.send_signal(sig)
    assert process.wait(timeout=5) == 0
    assert process.stderr.read() == ""
    assert running.find(path) is None
    idle.close()
    halfway.close()


def test_a_signal_stops_it_at_once_even_in_the_middle_of_a_search(start, path):
    process, url = start(path)
    parts = urlsplit(url)
    token = parse_qs(parts.query)["token"][0]
    searching = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
    searching.request("GET", "/api/search?q=slow", headers={"Authorization": f"Bearer {token}"})
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=5) == 0
    assert process.stderr.read() == ""
    searching.close()


def test_a_second_open_of_a_map_gives_the_running_servers_url_and_ends(start, path):
    _, first = start(path)
    again, second = start(path)
    assert second == first
    assert again.wait(timeout=10) == 0


def test_another_map_gets_another_port_and_another_token(start, path, tmp_path):
    _, first = start(path)
    _, second = start(make_fake_map(tmp_path / "b.portolan"))
    assert urlsplit(first).port != urlsplit(second).port
    assert urlsplit(first).query != urlsplit(second).query
    assert ask(second)[0] == 200


def test_after_a_kill_the_next_open_starts_anew(start, path):
    process, first = start(path)
    process.kill()
    process.wait()
    _, second = start(path)
    assert second != first
    assert ask(second)[0] == 200


def test_a_given_port_is_taken_or_refused_with_a_fix(start, path):
    port = free_port()
    _, url = start(path, port=port)
    assert urlsplit(url).port == port
    refused, line = start(path, port=port)
    assert line == ""
    assert refused.wait(timeout=10) == 1
    assert f"Port {port} is taken" in refused.stderr.read()


def test_only_its_user_can_read_where_a_server_runs(start, path):
    start(path)
    note = running.note_path(path)
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    assert stat.S_IMODE(note.parent.stat().st_mode) == 0o700


def test_a_folder_that_others_can_enter_is_not_trusted(path, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "portolan").mkdir()
    (tmp_path / "portolan").chmod(0o777)
    assert running.note_path(path) is None
    assert running.find(path) is None


def test_a_note_that_another_server_answers_is_not_believed(start, path, tmp_path):
    _, url = start(make_fake_map(tmp_path / "b.portolan"))
    parts = urlsplit(url)
    token = parse_qs(parts.query)["token"][0]
    running.announce(
        running.RunningServer(map=str(path), pid=os.getpid(), host=parts.hostname, port=parts.port, token=token)
    )
    assert running.find(path) is None


def test_broken_notes_are_no_notes(start, path):
    running.note_path(path).write_text('{"map": 1')
    assert running.find(path) is None
    running.note_path(path).write_text('["a"]')
    assert running.find(path) is None


def test_nothing_is_written_into_the_map(start, path):
    before = sorted(path.rglob("*"))
    _, url = start(path)
    ask(url)
    assert sorted(path.rglob("*")) == before


def test_a_server_that_nobody_asks_ends_by_itself(start, path):
    process, _ = start(path, idle_s=0.2)
    assert process.wait(timeout=5) == 0
    assert running.find(path) is None


def test_stop_ends_the_server_of_a_map(start, path):
    process, _ = start(path)
    assert running.stop(path)
    assert process.wait(timeout=5) == 0
    assert not running.stop(path)


def test_raw_paths_lead_nowhere(start, path):
    _, url = start(path)
    for target in (
        "/../fake_map.py",
        "/assets/../../run.py",
        "/%2e%2e/run.py",
        "/..%2frun.py",
        "/api/tiles/../../map.json",
        "/api/tiles/chosen-1/../../map.json",
        "/api/tiles/chosen-1/0/0/0/../../../../../map.json",
        "//etc/passwd",
        "///etc/passwd",
    ):
        status, body = ask(url, target)
        assert status == 404, target
        assert b'"problem"' in body
