"""The journal under many writers: eight at once, and writers and server killed at random.

    python benchmarks/journal.py load [--seconds 60] [--what labels|events] [--database sqlite|postgresql]
    python benchmarks/journal.py kill [--kills 200] [--database …]

`load`: four processes write directly and four over HTTP, each with a token of its own, while two read on and on. Events
in must be events out: ids without a gap, none twice, each writer's in its order, and no reader may see a state that a
later one contradicts. `kill`: the same writers, one of them or the server killed with SIGKILL at random moments, and
started again; after each kill the map is opened anew, and every event that was reported must be in it.
`--what labels` gives labels through `Map.label` (which brings the tiles up to date too), `events` writes to the journal
alone. PostgreSQL is a server of its own in a temporary folder; see tests/postgres.py.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import numpy as np

N_ROWS = 2000
PAUSE_S = 0.02
"""Between the events of a writer that is to be killed: the log stays short enough to be read after each kill."""
ROOT = Path(__file__).resolve().parent.parent


# What the processes do.


def write_directly(path: str, author: str, first: str, what: str, pause_s: str) -> None:
    import portolan
    from portolan.store import Entry, FolderStore

    opened = portolan.open_map(path) if what == "labels" else None
    journal = FolderStore.open(path).journal
    for number in range(int(first), 10**9):
        print(f"try {number} {time.time()}", flush=True)
        if opened is not None:
            event = opened.label("tone", f"v{number % 3}", rows=number % N_ROWS, note=str(number), author=author)
        else:
            [event] = journal.append([Entry("noted", {"note": str(number)})], author=author)
        print(f"did {number} {event.id} {time.time()}", flush=True)
        time.sleep(float(pause_s))


def write_over_http(port: str, token: str, first: str, what: str, pause_s: str) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection = None
    for number in range(int(first), 10**9):
        if what == "labels":
            path, body = (
                "labels",
                {"set": "tone", "value": f"v{number % 3}", "rows": [number % N_ROWS], "note": str(number)},
            )
        else:
            path, body = "label-sets", {"name": f"n{number}", "values": []}
        print(f"try {number} {time.time()}", flush=True)
        try:
            connection = connection or http.client.HTTPConnection("127.0.0.1", int(port), timeout=60)
            connection.request("POST", f"/api/{path}", json.dumps(body), headers)
            answer = connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException):
            # The server was killed: whether it wrote that one nobody has said.
            connection = None
            time.sleep(0.05)
            continue
        if answer.status != 200:
            print(f"bad {number} {answer.status} {said[:200]!r}", flush=True)
            continue
        print(f"did {number} {json.loads(said)['event']['id']} {time.time()}", flush=True)
        time.sleep(float(pause_s))


def read_on(path: str) -> None:
    """Read the journal again and again, sometimes anew; print how often, and what was wrong."""
    from portolan.store import FolderStore

    journal, known, n_reads, wrong = FolderStore.open(path).journal, [], 0, 0
    is_over = []
    signal.signal(signal.SIGTERM, lambda *_: is_over.append(True))
    print("ready", flush=True)
    while not is_over:
        if n_reads % 50 == 49:
            journal = FolderStore.open(path).journal
        marks = [(event.id, event.time, event.author) for event in journal.events()]
        wrong += marks[: len(known)] != known or [mark[0] for mark in marks] != list(range(1, len(marks) + 1))
        known, n_reads = marks, n_reads + 1
        time.sleep(0.05)
    print(n_reads, wrong, flush=True)


def serve(path: str, port: str, token: str) -> None:
    from portolan.server.run import serve

    serve(Path(path), port=int(port), token=token)


# What starts, watches and kills them.


class Team:
    """Eight writers and a server of one map, each known by its author's name."""

    def __init__(self, path: Path, *, what: str, pause_s: float, folder: Path) -> None:
        from portolan.team import Team as Tokens

        self.path, self.what, self.pause_s, self.folder = path, what, pause_s, folder
        self.port = free_port()
        self.tokens = {f"http-{n}": Tokens(path).add(f"http-{n}", "owner") for n in range(4)}
        self.direct = [f"direct-{n}" for n in range(4)]
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._reported: dict[str, int] = {}
        """How many events were reported when each was started."""

    def start(self, name: str) -> None:
        """Start it, a writer with the number after the last one that it tried."""
        self._reported[name] = self._n_reported(name)
        if name == "server":
            self._run(name, "serve", self.path, self.port, "local")
            return
        first = str(1 + max((number for number, _ in said(self.folder / name, "try")), default=-1))
        where = (
            ("write_over_http", self.port, self.tokens[name])
            if name in self.tokens
            else ("write_directly", self.path, name)
        )
        self._run(name, *where, first, self.what, self.pause_s)

    def _run(self, name: str, *arguments: object) -> None:
        command = [sys.executable, "-W", "ignore", __file__, "do", *map(str, arguments)]
        with (self.folder / name).open("ab") as out, (self.folder / f"{name}.err").open("ab") as errors:
            self.running[name] = subprocess.Popen(command, stdout=out, stderr=errors)

    def kill(self, name: str) -> bool:
        """Kill it; False: it was dead already."""
        process = self.running.pop(name)
        was_alive = process.poll() is None
        process.kill()
        process.wait()
        return was_alive

    def at_work(self) -> list[str]:
        """Those that have had an event written since they were started: to kill the others would show nothing."""
        return [name for name in self.running if self._n_reported(name) > self._reported[name]]

    def _n_reported(self, name: str) -> int:
        names = self.tokens if name == "server" else [name]
        return sum(len(said(self.folder / one, "did")) for one in names)

    @property
    def writers(self) -> list[str]:
        """Names of all writers."""
        return [*self.direct, *self.tokens]

    def wait_for_server(self) -> None:
        """Wait until the server answers."""
        deadline = time.monotonic() + 60
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/api/ping", headers={"Authorization": "Bearer local"})
                if connection.getresponse().status == 200:
                    return
            except OSError:
                assert time.monotonic() < deadline, (self.folder / "server.err").read_text()
                time.sleep(0.05)


def said(path: Path, what: str) -> list[tuple[int, list[str]]]:
    """Lines of that kind that a writer has written whole: number, and the rest."""
    text = path.read_text() if path.exists() else ""
    lines = [line.split(" ", 3) for line in text.split("\n")[:-1]]
    return [(int(line[1]), line[2:]) for line in lines if line[0] == what]


def check(path: Path, team: Team) -> dict[str, int]:
    """Open the map anew, and hold what is in its journal against what was reported."""
    import portolan

    # First what was reported, then what is there: more may come in between, never less.
    reported = {name: said(team.folder / name, "did") for name in team.writers}
    opened = portolan.open_map(path)
    events = opened.journal.events()
    by_id = {event.id: event for event in events}
    lost = out_of_order = 0
    for name, lines in reported.items():
        for number, rest in lines:
            event = by_id.get(int(rest[0]))
            lost += event is None or event.author != name or number_of(event) != number
        ids = [int(rest[0]) for _, rest in lines]
        out_of_order += ids != sorted(ids)
    seen = Counter(
        (event.author, number_of(event))
        for event in events
        if event.kind != "label-set-defined" or event.author != "maker"
    )
    if team.what == "labels":
        assert len(opened.labels) > 0 or not events
    return {
        "reported": sum(map(len, reported.values())),
        "stored": sum(seen.values()),
        "lost": lost,
        "twice": sum(count > 1 for count in seen.values()),
        "gaps": int([event.id for event in events] != list(range(1, len(events) + 1))),
        "times back": int([event.time for event in events] != sorted(event.time for event in events)),
        "out of order": out_of_order,
        "refused": sum(len(said(team.folder / name, "bad")) for name in team.writers),
    }


def number_of(event: object) -> int:
    """The number that a writer gave an event."""
    payload = event.payload  # type: ignore[attr-defined]  # an Event: imported late
    return int(payload["note"]) if "note" in payload else int(payload["set"].lstrip("n") or -1)


def free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def make_map(folder: Path, journal: str | None) -> Path:
    import portolan

    words = ["pasta", "bread", "bank", "thief", "rain", "cloud"]
    texts = [f"{words[n % 6]} and {words[n // 6 % 6]} number {n}" for n in range(N_ROWS)]
    return portolan.map_text(texts, name="Journal", path=folder / "map.portolan", journal=journal, progress=False).path


def load(path: Path, folder: Path, *, what: str, seconds: float) -> dict[str, object]:
    team = Team(path, what=what, pause_s=0, folder=folder)
    team.start("server")
    team.wait_for_server()
    readers = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", __file__, "do", "read_on", str(path)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for reader in readers:
        reader.stdout.readline()
    for name in team.writers:
        team.start(name)
    # From when all of them write.
    deadline = time.monotonic() + 60
    while not all(said(folder / name, "did") for name in team.writers):
        assert time.monotonic() < deadline, [(folder / f"{name}.err").read_text() for name in team.writers]
        time.sleep(0.1)
    began = time.time()
    time.sleep(seconds)
    ended = time.time()
    for name in [*team.writers, "server"]:
        team.kill(name)
    told = []
    for reader in readers:
        reader.terminate()
        told.append(reader.communicate()[0].split())
    latencies: dict[str, list[float]] = {"direct": [], "http": []}
    n_timed = 0
    for name in team.writers:
        tries = {number: float(rest[0]) for number, rest in said(folder / name, "try")}
        for number, rest in said(folder / name, "did"):
            if began <= float(rest[1]) <= ended:
                latencies[name.split("-")[0]].append(float(rest[1]) - tries[number])
                n_timed += 1
    return {
        **check(path, team),
        "events/s": round(n_timed / (ended - began), 1),
        **{f"{where} p50 ms": round(1000 * float(np.median(times)), 1) for where, times in latencies.items()},
        **{f"{where} p99 ms": round(1000 * float(np.quantile(times, 0.99)), 1) for where, times in latencies.items()},
        "reads": sum(int(one[0]) for one in told),
        "reads that contradict": sum(int(one[1]) for one in told),
    }


def kill(path: Path, folder: Path, *, what: str, n_kills: int, seed: int) -> dict[str, object]:
    team = Team(path, what=what, pause_s=PAUSE_S, folder=folder)
    draw = random.Random(seed)
    team.start("server")
    team.wait_for_server()
    for name in team.writers:
        team.start(name)
    n_killed: Counter[str] = Counter()
    worst: Counter[str] = Counter()
    opening_s = []
    while sum(n_killed.values()) < n_kills:
        time.sleep(draw.uniform(0.02, 0.5))
        ready = team.at_work()
        if not ready:
            continue
        name = "server" if "server" in ready and draw.random() < 0.4 else draw.choice(ready)
        if team.kill(name):
            n_killed["server" if name == "server" else "writers"] += 1
        else:
            raise AssertionError(f"{name} died by itself: {(folder / f'{name}.err').read_text()[-2000:]}")
        started = time.monotonic()
        found = check(path, team)
        opening_s.append(time.monotonic() - started)
        for fault in ("lost", "twice", "gaps", "times back", "out of order", "refused"):
            worst[fault] = max(worst[fault], found[fault])
        team.start(name)
        print(f"\r{sum(n_killed.values())} kills, {found}", end="", file=sys.stderr)
    print(file=sys.stderr)
    for name in list(team.running):
        team.kill(name)
    import portolan

    opened = portolan.open_map(path)
    opened.fit_tiles()
    final = check(path, team)
    return {
        "kills of the server": n_killed["server"], "of writers": n_killed["writers"], "reported": final["reported"],
        "stored": final["stored"], **{fault: worst[fault] for fault in worst},
        "tiles behind": int(tiles_behind(opened)), "checked in s": round(float(np.median(opening_s)), 2),
    }  # fmt: skip


def tiles_behind(opened: object) -> bool:
    """Whether what stands beside the tiles says something else than the journal."""
    from portolan.stages.judge import AS_OF

    store = opened._store  # type: ignore[attr-defined]  # looks into the files
    wanted = {column.name: column.mark for column in store.judged.columns() if not column.is_short}
    return wanted != {entry["name"]: entry[AS_OF] for entry in store.tile_columns() if AS_OF in entry}


def main() -> None:
    if sys.argv[1] == "do":
        globals()[sys.argv[2]](*sys.argv[3:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["load", "kill"])
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--what", choices=["labels", "events"], default="labels")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT / "tests"))
    from postgres import PASSWORD, PostgresServer, find_binaries

    table: dict[str, dict[str, object]] = {}
    for database in given.database or ["sqlite", "postgresql"]:
        binaries = find_binaries()
        with (
            tempfile.TemporaryDirectory(prefix="portolan-journal-") as place,
            PostgresServer(binaries) if database == "postgresql" and binaries else nullcontext() as server,
        ):
            folder = Path(place)
            os.environ |= {
                "PORTOLAN_HOME": str(folder / "home"),
                "XDG_RUNTIME_DIR": str(folder),
                "PGPASSWORD": PASSWORD,
            }
            path = make_map(folder, server.url(password=None) if server else None)
            what = given.what
            table[database] = (
                load(path, folder, what=what, seconds=given.seconds)
                if given.mode == "load"
                else kill(path, folder, what=what, n_kills=given.kills, seed=given.seed)
            )
    print("| | " + " | ".join(table) + " |\n| --- |" + " ---: |" * len(table))
    for line in next(iter(table.values())):
        print(f"| {line} | " + " | ".join(str(found[line]) for found in table.values()) + " |")


if __name__ == "__main__":
    main()
