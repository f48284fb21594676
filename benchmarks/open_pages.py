"""Many open pages on one server: what their questions cost, how soon they hear, and what they meet when it starts anew.

    python benchmarks/open_pages.py MAP [--pages 50] [--seconds 30]

Of a copy of the map. Each page asks `/api/changes` every 1.5 seconds under one named token, as the page does, while a
row is labelled every second: told are how long answers take, how soon all pages have heard of a label, and how much of
a processor the server takes, beside what it takes while nobody asks. Then the server is killed with SIGKILL and started
again on the same port: told is when each page is answered again, with the token that it has, and whether it then hears
of all that was written meanwhile.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

PAUSE_S = 1.5
PATIENCE_S = 60.0
WARM_S = 20.0


class Server:
    """`portolan open` on a port, in a process of its own."""

    def __init__(self, path: Path, port: int) -> None:
        command = [sys.executable, "-m", "portolan", "open", str(path), "--no-open", "--port", str(port)]
        started = time.perf_counter()
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.process.stdout.readline()
        self.seconds_to_start = time.perf_counter() - started

    def processor_s(self) -> float:
        """Seconds of a processor that it took so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kill(self) -> None:
        """End it at once, in the midst of whatever it does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Page:
    """Asks what has changed, again and again, as an open page does. `heard`: event ids, each with when it was heard."""

    def __init__(self, port: int, token: str, is_over: threading.Event) -> None:
        self.port, self.token, self.is_over = port, token, is_over
        self.answers: list[tuple[float, float]] = []
        self.refused: list[int] = []
        self.heard: dict[int, float] = {}
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        """Ask until it is over."""
        time.sleep(random.random() * PAUSE_S)
        connection, since = None, None
        while not self.is_over.is_set():
            asked = time.perf_counter()
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
                path = "/api/changes" if since is None else f"/api/changes?since={since}"
                connection.request("GET", path, headers={"authorization": f"Bearer {self.token}"})
                answer = connection.getresponse()
                body = json.loads(answer.read())
            except (OSError, http.client.HTTPException):
                connection = None
            else:
                now = time.perf_counter()
                if answer.status != 200:
                    self.refused.append(answer.status)
                else:
                    self.answers.append((now, now - asked))
                    since = body["last_event"]
                    for news in body["news"]:
                        self.heard[news["id"]] = now
            self.is_over.wait(PAUSE_S)


def label(path: Path, *, seconds: float) -> dict[int, float]:
    """Label a row every second, as another process would; events, each with when it was written."""
    import portolan

    opened, written = portolan.open_map(path), {}
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        event = opened.label("tone", "calm", rows=len(written) % len(opened), author="ada")
        written[event.id] = time.perf_counter()
        time.sleep(1.0)
    return written


def told(name: str, values: list[float], unit: str = "ms") -> str:
    scale = 1000 if unit == "ms" else 1
    middle, late, last = (scale * float(np.quantile(values, q)) for q in (0.5, 0.99, 1))
    return f"{name}: median {middle:.0f} {unit}, 99 % {late:.0f}, longest {last:.0f} ({len(values):,})"


def main() -> None:
    from portolan.team import Team

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("map", type=Path)
    parser.add_argument("--pages", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=30)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PORTOLAN_HOME"] = f"{folder}/home"
        path = Path(folder) / "map.portolan"
        shutil.copytree(asked.map, path)
        token = Team(path).add("grace", "labeller")
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        measure(path, port, token, asked)


def measure(path: Path, port: int, token: str, asked: argparse.Namespace) -> None:
    server, is_over = Server(path, port), threading.Event()
    # Once somebody has asked and is quiet, the server reads ahead what searches and filters need.
    once = threading.Event()
    page = Page(port, token, once)
    time.sleep(2 * PAUSE_S)
    once.set()
    page.thread.join()
    time.sleep(WARM_S)
    before = server.processor_s()
    time.sleep(5)
    print(f"nobody asks: {100 * (server.processor_s() - before) / 5:.1f} % of a processor")
    pages = [Page(port, token, is_over) for _ in range(asked.pages)]
    try:
        time.sleep(2 * PAUSE_S)
        before, began = server.processor_s(), time.perf_counter()
        time.sleep(asked.seconds / 2)
        share = (server.processor_s() - before) / (time.perf_counter() - began)
        print(f"{asked.pages} pages, nothing new: {100 * share:.1f} % of a processor")
        before, began = server.processor_s(), time.perf_counter()
        written = label(path, seconds=asked.seconds)
        share = (server.processor_s() - before) / (time.perf_counter() - began)
        print(f"{asked.pages} pages, a label a second: {100 * share:.1f} % of a processor")
        time.sleep(2 * PAUSE_S)
        print(told("an answer", [took for page in pages for _, took in page.answers]))
        late = [page.heard[one] - at for page in pages for one, at in written.items() if one in page.heard]
        print(told("from a label to a page that has heard of it", late))
        print(f"not heard: {len(pages) * len(written) - len(late)}")
        server.kill()
        killed, meanwhile = time.perf_counter(), label(path, seconds=2)
        server = Server(path, port)
        time.sleep(4 * PAUSE_S)
        first = [min((at for at, _ in page.answers if at > killed), default=killed + PATIENCE_S) for page in pages]
        print(f"killed; started again in {server.seconds_to_start:.1f} s, {time.perf_counter() - killed:.1f} s ago")
        print(told("from the kill to a page's first answer", [at - killed for at in first], "s"))
        missed = sum(one not in page.heard for page in pages for one in meanwhile)
        print(f"refused: {sum(len(page.refused) for page in pages)}; of what was written meanwhile not heard: {missed}")
    finally:
        is_over.set()
        for page in pages:
            page.thread.join()
        server.kill()


if __name__ == "__main__":
    main()
